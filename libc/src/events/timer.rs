//! Timers that are read as descriptors: Linux's timerfd.

use super::{CLOSE_ON_EXEC, NON_BLOCK};
use crate::errno::{Errno, returned, returned_status};
use crate::seam::*;
use crate::types::*;

/// `TFD_TIMER_ABSTIME` and `TFD_TIMER_CANCEL_ON_SET`.
const KNOWN_FLAGS: c_int = 3;

fn is_time(time: &timespec) -> bool {
    time.tv_sec >= 0 && (0..1_000_000_000).contains(&time.tv_nsec)
}

// SAFETY of every block below: structures are the program's.
crate::export! {
    /// A timer of a clock. Flags: `TFD_NONBLOCK`, `TFD_CLOEXEC`. Linux `timerfd_create`.
    pub unsafe extern "C" fn timerfd_create(clock: clockid_t, flags: c_int) -> c_int {
        if flags & !(CLOSE_ON_EXEC | NON_BLOCK) != 0 {
            return returned(Err::<c_int, _>(Errno::EINVAL));
        }
        returned(System::timer_descriptor(clock, flags))
    }

    /// Arms a timer, or with a value of zero disarms it; `old` may be null. Linux `timerfd_settime`.
    pub unsafe extern "C" fn timerfd_settime(
        fd: c_int,
        flags: c_int,
        new: *const itimerspec,
        old: *mut itimerspec,
    ) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe {
            match new.as_ref() {
                None => Err(Errno::EFAULT),
                Some(new) if flags & !KNOWN_FLAGS != 0 || !is_time(&new.it_value) || !is_time(&new.it_interval) => {
                    Err(Errno::EINVAL)
                }
                Some(new) => System::set_timer_descriptor(fd, flags, new, old),
            }
        })
    }

    /// The time until a timer expires, and its interval. Linux `timerfd_gettime`.
    pub unsafe extern "C" fn timerfd_gettime(fd: c_int, current: *mut itimerspec) -> c_int {
        if current.is_null() {
            return returned_status(Err(Errno::EFAULT));
        }
        // SAFETY: see above.
        returned_status(unsafe { System::timer_descriptor_setting(fd, current) })
    }
}
