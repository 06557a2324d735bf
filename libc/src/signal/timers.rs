//! Alarms and interval timers. POSIX.1-2024 `alarm`; POSIX.1-2008 `setitimer`.

use crate::errno::returned_status;
use crate::seam::{Signals, System};
use crate::types::*;
use core::ptr;

/// C's `struct itimerval`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct Interval {
    /// The time between later expiries.
    pub interval: timeval,
    /// The time to the next expiry; zero: none.
    pub value: timeval,
}

const ITIMER_REAL: c_int = 0;

/// Sets the real-time timer once; what was left of the one before.
fn set_real(value: timeval, interval: timeval) -> timeval {
    let new = Interval { interval, value };
    let mut old = Interval::default();
    // SAFETY: both are local variables of the system's layout.
    let _ = unsafe { System::interval_timer(ITIMER_REAL, (&raw const new).cast(), (&raw mut old).cast()) };
    old.value
}

crate::export! {
    /// Has SIGALRM sent in `seconds`, 0 cancels; the seconds that were left. POSIX.1-2024 `alarm`.
    pub unsafe extern "C" fn alarm(seconds: c_uint) -> c_uint {
        let left = set_real(timeval { tv_sec: seconds.into(), tv_usec: 0 }, timeval::default());
        // A rest counts as a whole second, so that a running alarm never reads as 0.
        let round_up = left.tv_usec >= 500_000 || (left.tv_sec == 0 && left.tv_usec > 0);
        left.tv_sec as c_uint + c_uint::from(round_up)
    }

    /// Has SIGALRM sent in and then every so many microseconds; what was left. BSD `ualarm`.
    pub unsafe extern "C" fn ualarm(value: c_uint, interval: c_uint) -> c_uint {
        let time = |microseconds: c_uint| timeval {
            tv_sec: (microseconds / 1_000_000).into(),
            tv_usec: (microseconds % 1_000_000).into(),
        };
        let left = set_real(time(value), time(interval));
        (left.tv_sec * 1_000_000 + left.tv_usec) as c_uint
    }

    /// Sets an interval timer. POSIX.1-2008 `setitimer`.
    pub unsafe extern "C" fn setitimer(which: c_int, new: *const Interval, old: *mut Interval) -> c_int {
        // SAFETY: the caller's pointers, which the system checks.
        returned_status(unsafe { System::interval_timer(which, new.cast(), old.cast()) })
    }

    /// What is left of an interval timer. POSIX.1-2008 `getitimer`.
    pub unsafe extern "C" fn getitimer(which: c_int, value: *mut Interval) -> c_int {
        // SAFETY: the caller's pointer, which the system checks.
        returned_status(unsafe { System::interval_timer(which, ptr::null(), value.cast()) })
    }
}
