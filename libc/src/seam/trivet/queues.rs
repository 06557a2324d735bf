//! Message queues: open files of the file server, with messages of their own.

use super::delivery::restartable;
use super::files::{file_server, mask};
use super::{BLOCKING, Trivet, descriptor, failed, failed_or};
use crate::errno::{Errno, Result};
use crate::seam::MessageQueues;
use crate::types::*;
use trivet_ipc::file;
use trivet_ipc::file::QueueAttributes;
use trivet_ipc::file_server as server;
use trivet_ipc::shared::OpenFlags;
use trivet_ipc::{CallOptions, ErrorNumber, Failure, In, Out};

/// Bytes of a name with its slash; one more is too many.
const NAME_MAX: usize = 256;

/// A queue's name.
///
/// # Safety
/// `name` is null or a C string.
unsafe fn name_of<'a>(name: *const c_char) -> Result<In<'a, [u8]>> {
    if name.is_null() {
        return Err(Errno::EFAULT);
    }
    let mut length = 0;
    // SAFETY: the string's bytes up to its terminator, by the caller's word.
    while unsafe { *name.add(length) } != 0 {
        length += 1;
        if length > NAME_MAX {
            return Err(Errno::ENAMETOOLONG);
        }
    }
    Ok(In::<[u8]>::from_raw(name.cast(), length))
}

/// What is no message queue is EBADF, also where its server has never heard of them.
fn no_queue<E: ErrorNumber>(failure: Failure<E>) -> Errno {
    match failed_or(Errno::EBADF)(failure) {
        Errno::ENOSYS | Errno::EACCES => Errno::EBADF,
        error => error,
    }
}

/// A deadline in nanoseconds of real time.
fn until(deadline: Option<&timespec>) -> u64 {
    deadline.map_or(u64::MAX, |time| {
        (time.tv_sec as u64)
            .saturating_mul(1_000_000_000)
            .saturating_add(time.tv_nsec as u64)
            .min(u64::MAX - 1)
    })
}

impl MessageQueues for Trivet {
    unsafe fn queue_open(
        name: *const c_char,
        flags: c_int,
        mode: mode_t,
        attributes: *const mq_attr,
    ) -> Result<c_int> {
        // SAFETY: the caller's name and attributes.
        let (name, asked) = unsafe { (name_of(name)?, attributes.as_ref()) };
        let wanted = asked.map_or_else(QueueAttributes::default, |asked| QueueAttributes {
            maximum_messages: asked.mq_maxmsg,
            message_size: asked.mq_msgsize,
            ..QueueAttributes::default()
        });
        if asked.is_some() && (wanted.maximum_messages, wanted.message_size) == (0, 0) {
            return Err(Errno::EINVAL);
        }
        // As Linux has it, no program that is executed gets a queue's descriptor.
        let options = CallOptions::DEFAULT.into_descriptor(true);
        let flags = OpenFlags::from_word(flags as u32 as u64 & OpenFlags::ALL.word());
        server::open_queue_with(options, file_server(), name, &wanted, flags, mode, mask())
            .map(|queue| queue.0 as c_int)
            .map_err(failed)
    }
    unsafe fn queue_unlink(name: *const c_char) -> Result<()> {
        // SAFETY: the caller's name.
        let name = unsafe { name_of(name) }?;
        match server::unlink_queue(file_server(), name).map_err(failed) {
            Err(Errno::EPERM) => Err(Errno::EACCES),
            done => done,
        }
    }
    unsafe fn queue_send(
        queue: c_int,
        data: *const c_void,
        length: usize,
        priority: c_uint,
        deadline: Option<&timespec>,
    ) -> Result<()> {
        const MESSAGE_MAX: usize = 1 << 20;
        let handle = descriptor(queue)?;
        if length > MESSAGE_MAX {
            return Err(Errno::EMSGSIZE);
        }
        restartable(|| {
            let bytes = In::<[u8]>::from_raw(data.cast(), length);
            file::send_message_with(BLOCKING, handle, priority, until(deadline), bytes).map_err(no_queue)
        })
    }
    unsafe fn queue_receive(
        queue: c_int,
        data: *mut c_void,
        length: usize,
        deadline: Option<&timespec>,
    ) -> Result<(usize, c_uint)> {
        const ROOM_MAX: usize = 1 << 24;
        let handle = descriptor(queue)?;
        restartable(|| {
            // SAFETY: the caller's room.
            let room = unsafe { Out::<[u8]>::from_raw(data.cast(), length.min(ROOM_MAX)) };
            file::receive_message_with(BLOCKING, handle, until(deadline), room)
                .map(|reply| (reply.count as usize, reply.priority as c_uint))
                .map_err(no_queue)
        })
    }
    fn queue_attributes(queue: c_int) -> Result<mq_attr> {
        let mut found = QueueAttributes::default();
        file::queue_attributes(descriptor(queue)?, &mut found).map_err(no_queue)?;
        Ok(mq_attr {
            mq_flags: found.flags,
            mq_maxmsg: found.maximum_messages,
            mq_msgsize: found.message_size,
            mq_curmsgs: found.current_messages,
            reserved: [0; 4],
        })
    }
    unsafe fn queue_notify(queue: c_int, event: *const c_void) -> Option<Result<()>> {
        let handle = match descriptor(queue) {
            Ok(handle) => handle,
            Err(error) => return Some(Err(error)),
        };
        event
            .is_null()
            .then(|| file::await_message(handle, true).map_err(no_queue))
    }
    fn queue_await(queue: c_int) -> Result<()> {
        let handle = descriptor(queue)?;
        file::await_message_with(BLOCKING, handle, false).map_err(no_queue)
    }
    fn queue_notified(queue: c_int) -> Result<pid_t> {
        let mut found = QueueAttributes::default();
        file::queue_attributes(descriptor(queue)?, &mut found).map_err(no_queue)?;
        Ok(found.reserved[0] as pid_t)
    }
}
