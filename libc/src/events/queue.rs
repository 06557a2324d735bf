//! Message queues. POSIX.1-2024 <mqueue.h>.

use super::NON_BLOCK;
use crate::errno::{Errno, returned, returned_status};
use crate::seam::*;
use crate::thread::cancel;
use crate::types::*;

const F_SETFL: c_int = 4;

/// A deadline that is a time; a null one never comes.
///
/// # Safety
/// `time` is null or a `struct timespec`.
unsafe fn deadline<'a>(time: *const timespec) -> Result<Option<&'a timespec>, Errno> {
    // SAFETY: the caller's word.
    match unsafe { time.as_ref() } {
        Some(time) if time.tv_sec < 0 || !(0..1_000_000_000).contains(&time.tv_nsec) => Err(Errno::EINVAL),
        time => Ok(time),
    }
}

unsafe fn send(
    queue: c_int,
    data: *const c_char,
    length: size_t,
    priority: c_uint,
    time: *const timespec,
) -> c_int {
    // SAFETY: the program's message and time.
    returned_status(unsafe {
        deadline(time).and_then(|until| {
            cancel::point(|| System::queue_send(queue, data.cast(), length, priority, until))
        })
    })
}

unsafe fn receive(
    queue: c_int,
    data: *mut c_char,
    length: size_t,
    priority: *mut c_uint,
    time: *const timespec,
) -> ssize_t {
    // SAFETY: the program's room and time.
    let received = unsafe {
        deadline(time)
            .and_then(|until| cancel::point(|| System::queue_receive(queue, data.cast(), length, until)))
    };
    match received {
        Ok((length, of)) => {
            if !priority.is_null() {
                // SAFETY: the program's place.
                unsafe { priority.write(of) };
            }
            length as ssize_t
        }
        Err(error) => returned::<c_int>(Err(error)) as ssize_t,
    }
}

// SAFETY of every block below: names, messages and structures are the program's, which the system checks.
crate::export! {
    /// Opens a message queue, or with `O_CREAT` makes it with `mode` and `attributes` (null: the usual ones). POSIX.1-2024 `mq_open`.
    pub unsafe extern "C" fn mq_open(name: *const c_char, flags: c_int, mode: mode_t, attributes: *const mq_attr) -> c_int {
        const O_CREAT: c_int = 0o100;
        // Without O_CREAT the last two were not passed.
        let (mode, attributes) = if flags & O_CREAT != 0 { (mode, attributes) } else { (0, core::ptr::null()) };
        // SAFETY: see above.
        returned(unsafe { System::queue_open(name, flags, mode, attributes) })
    }

    /// Closes a message queue. POSIX.1-2024 `mq_close`.
    pub unsafe extern "C" fn mq_close(queue: c_int) -> c_int {
        returned_status(System::queue_attributes(queue).and_then(|_| {
            super::notification::stop(queue);
            System::close(queue)
        }))
    }

    /// Takes a queue's name away. POSIX.1-2024 `mq_unlink`.
    pub unsafe extern "C" fn mq_unlink(name: *const c_char) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::queue_unlink(name) })
    }

    /// Sends a message. POSIX.1-2024 `mq_send`.
    pub unsafe extern "C-unwind" fn mq_send(queue: c_int, data: *const c_char, length: size_t, priority: c_uint) -> c_int {
        // SAFETY: see above.
        unsafe { send(queue, data, length, priority, core::ptr::null()) }
    }

    /// As `mq_send`, until a point of real time. POSIX.1-2024 `mq_timedsend`.
    pub unsafe extern "C-unwind" fn mq_timedsend(
        queue: c_int,
        data: *const c_char,
        length: size_t,
        priority: c_uint,
        time: *const timespec,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { send(queue, data, length, priority, time) }
    }

    /// Receives the oldest message of the highest priority; its length. POSIX.1-2024 `mq_receive`.
    pub unsafe extern "C-unwind" fn mq_receive(queue: c_int, data: *mut c_char, length: size_t, priority: *mut c_uint) -> ssize_t {
        // SAFETY: see above.
        unsafe { receive(queue, data, length, priority, core::ptr::null()) }
    }

    /// As `mq_receive`, until a point of real time. POSIX.1-2024 `mq_timedreceive`.
    pub unsafe extern "C-unwind" fn mq_timedreceive(
        queue: c_int,
        data: *mut c_char,
        length: size_t,
        priority: *mut c_uint,
        time: *const timespec,
    ) -> ssize_t {
        // SAFETY: see above.
        unsafe { receive(queue, data, length, priority, time) }
    }

    /// Attributes of a queue. POSIX.1-2024 `mq_getattr`.
    pub unsafe extern "C" fn mq_getattr(queue: c_int, attributes: *mut mq_attr) -> c_int {
        returned_status(System::queue_attributes(queue).map(|found| {
            // SAFETY: see above.
            unsafe { attributes.write(found) }
        }))
    }

    /// Sets `O_NONBLOCK` of an open queue; what was set goes to `old`, if that is not null. POSIX.1-2024 `mq_setattr`.
    pub unsafe extern "C" fn mq_setattr(queue: c_int, new: *const mq_attr, old: *mut mq_attr) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe {
            let flags = (*new).mq_flags;
            if flags & !c_long::from(NON_BLOCK) != 0 {
                return returned_status(Err(Errno::EINVAL));
            }
            System::queue_attributes(queue).and_then(|found| {
                System::fcntl(queue, F_SETFL, flags as c_ulong)?;
                if !old.is_null() {
                    old.write(found);
                }
                Ok(())
            })
        })
    }
}

crate::alias!(__mq_open_2 = mq_open);
