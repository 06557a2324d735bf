//! Waiting for any of many descriptors: Linux's epoll.

use super::CLOSE_ON_EXEC;
use crate::errno::{Errno, returned, returned_status};
use crate::seam::*;
use crate::signal::CSignalSet;
use crate::thread::cancel;
use crate::types::*;
use core::ptr;

const CONTROL_DELETE: c_int = 2;

/// Waits, with another signal mask if there is one.
unsafe fn wait(
    epoll: c_int,
    events: *mut epoll_event,
    maximum: c_int,
    timeout: *const timespec,
    mask: *const CSignalSet,
) -> c_int {
    // SAFETY: the caller's room, time and set.
    unsafe {
        if maximum <= 0 {
            return returned(Err::<c_int, _>(Errno::EINVAL));
        }
        let set = mask.as_ref().map(CSignalSet::without_internal);
        let mask = set.as_ref().map_or(ptr::null(), ptr::from_ref);
        returned(cancel::point(|| {
            System::epoll_wait(epoll, events, maximum, timeout, mask)
        }))
    }
}

/// As `wait`, with the time in milliseconds; a negative one is for ever.
unsafe fn wait_milliseconds(
    epoll: c_int,
    events: *mut epoll_event,
    maximum: c_int,
    timeout_ms: c_int,
    mask: *const CSignalSet,
) -> c_int {
    let time = timespec {
        tv_sec: (timeout_ms / 1000).into(),
        tv_nsec: (timeout_ms % 1000) as c_long * 1_000_000,
    };
    let timeout = if timeout_ms < 0 {
        ptr::null()
    } else {
        &raw const time
    };
    // SAFETY: the caller's room and set.
    unsafe { wait(epoll, events, maximum, timeout, mask) }
}

// SAFETY of every block below: descriptors, structures and sets are the program's, which are checked where they are used.
crate::export! {
    /// A set of descriptors to wait for; the size is only a hint of old, but must be positive. Linux `epoll_create`.
    pub unsafe extern "C" fn epoll_create(size: c_int) -> c_int {
        if size <= 0 {
            return returned(Err::<c_int, _>(Errno::EINVAL));
        }
        returned(System::epoll_create(0))
    }

    /// A set of descriptors to wait for. Flags: `EPOLL_CLOEXEC`. Linux `epoll_create1`.
    pub unsafe extern "C" fn epoll_create1(flags: c_int) -> c_int {
        if flags & !CLOSE_ON_EXEC != 0 {
            return returned(Err::<c_int, _>(Errno::EINVAL));
        }
        returned(System::epoll_create(flags))
    }

    /// Adds a descriptor to a set, changes what is waited for, or takes it out. Linux `epoll_ctl`.
    pub unsafe extern "C" fn epoll_ctl(epoll: c_int, operation: c_int, fd: c_int, event: *const epoll_event) -> c_int {
        if operation != CONTROL_DELETE && event.is_null() {
            return returned(Err::<c_int, _>(Errno::EFAULT));
        }
        // SAFETY: see above.
        returned_status(unsafe { System::epoll_control(epoll, operation, fd, event) })
    }

    /// Waits at most `timeout_ms` milliseconds (-1: for ever) until descriptors of a set are ready; how many. Linux `epoll_wait`.
    pub unsafe extern "C-unwind" fn epoll_wait(
        epoll: c_int,
        events: *mut epoll_event,
        maximum: c_int,
        timeout_ms: c_int,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { wait_milliseconds(epoll, events, maximum, timeout_ms, ptr::null()) }
    }

    /// As `epoll_wait`, with another signal mask. Linux `epoll_pwait`.
    pub unsafe extern "C-unwind" fn epoll_pwait(
        epoll: c_int,
        events: *mut epoll_event,
        maximum: c_int,
        timeout_ms: c_int,
        mask: *const CSignalSet,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { wait_milliseconds(epoll, events, maximum, timeout_ms, mask) }
    }

    /// As `epoll_pwait`, with the time in nanoseconds (null: for ever). Linux `epoll_pwait2`.
    pub unsafe extern "C-unwind" fn epoll_pwait2(
        epoll: c_int,
        events: *mut epoll_event,
        maximum: c_int,
        timeout: *const timespec,
        mask: *const CSignalSet,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { wait(epoll, events, maximum, timeout, mask) }
    }
}
