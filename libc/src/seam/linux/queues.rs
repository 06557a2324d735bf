//! Message queues on Linux.

use super::Linux;
use super::numbers::*;
use super::raw::{blocking_call, call};
use crate::errno::{Errno, Result};
use crate::seam::MessageQueues;
use crate::types::*;

/// A name as Linux takes it: without its slash.
unsafe fn plain(name: *const c_char) -> Result<*const c_char> {
    if name.is_null() {
        return Err(Errno::EFAULT);
    }
    // SAFETY: the caller's string.
    if unsafe { *name } as u8 != b'/' {
        return Err(Errno::EINVAL);
    }
    // SAFETY: inside of the string.
    Ok(unsafe { name.add(1) })
}

// SAFETY of every block below: the kernel checks descriptors, numbers and pointers; the memory that a call may
// write is the caller's to offer, by the contract of the trait's `unsafe` functions.
impl MessageQueues for Linux {
    unsafe fn queue_open(
        name: *const c_char,
        flags: c_int,
        mode: mode_t,
        attributes: *const mq_attr,
    ) -> Result<c_int> {
        // SAFETY: see above.
        unsafe { call!(MQ_OPEN, plain(name)?, flags, mode, attributes) }.map(|fd| fd as c_int)
    }
    unsafe fn queue_unlink(name: *const c_char) -> Result<()> {
        // SAFETY: see above.
        match unsafe { call!(MQ_UNLINK, plain(name)?) } {
            // POSIX has EACCES where Linux's sticky directory says EPERM.
            Err(Errno::EPERM) => Err(Errno::EACCES),
            done => done.map(drop),
        }
    }
    unsafe fn queue_send(
        queue: c_int,
        data: *const c_void,
        length: usize,
        priority: c_uint,
        deadline: Option<&timespec>,
    ) -> Result<()> {
        let time = deadline.map_or(core::ptr::null(), core::ptr::from_ref);
        // SAFETY: see above.
        unsafe { blocking_call!(MQ_TIMEDSEND, queue, data, length, priority, time) }.map(drop)
    }
    unsafe fn queue_receive(
        queue: c_int,
        data: *mut c_void,
        length: usize,
        deadline: Option<&timespec>,
    ) -> Result<(usize, c_uint)> {
        let time = deadline.map_or(core::ptr::null(), core::ptr::from_ref);
        let mut priority: c_uint = 0;
        // SAFETY: see above.
        let length =
            unsafe { blocking_call!(MQ_TIMEDRECEIVE, queue, data, length, &raw mut priority, time) }?;
        Ok((length, priority))
    }
    fn queue_attributes(queue: c_int) -> Result<mq_attr> {
        let mut found = mq_attr::default();
        // SAFETY: see above.
        unsafe { call!(MQ_GETSETATTR, queue, 0, &raw mut found) }?;
        Ok(found)
    }
    unsafe fn queue_notify(queue: c_int, event: *const c_void) -> Option<Result<()>> {
        // SAFETY: see above.
        Some(unsafe { call!(MQ_NOTIFY, queue, event) }.map(drop))
    }
    fn queue_await(_: c_int) -> Result<()> {
        Err(Errno::ENOSYS)
    }
    fn queue_notified(_: c_int) -> Result<pid_t> {
        Err(Errno::ENOSYS)
    }
}
