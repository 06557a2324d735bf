//! Clocks and sleep: `time`, `clock_gettime`, `nanosleep` and their kin, over the seam.

use crate::errno::{EINVAL, Errno, returned_status, set_errno};
use crate::seam::{Clock, System};
use crate::thread::cancel;
use crate::types::*;
use core::ptr;

/// Time of day.
pub const CLOCK_REALTIME: clockid_t = 0;
/// Time that never goes back.
pub const CLOCK_MONOTONIC: clockid_t = 1;
const CLOCK_PROCESS_CPUTIME_ID: clockid_t = 2;
const CLOCK_THREAD_CPUTIME_ID: clockid_t = 3;
const TIMER_ABSTIME: c_int = 1;
/// `TIME_UTC`, the base of `timespec_get`.
const TIME_UTC: c_int = 1;
const BILLION: c_long = 1_000_000_000;

fn is_valid(time: &timespec) -> bool {
    (0..BILLION).contains(&time.tv_nsec)
}

export! {
    /// A clock's time. POSIX.1-2024 `clock_gettime`.
    pub unsafe extern "C" fn clock_gettime(clock: clockid_t, time: *mut timespec) -> c_int {
        match System::now(clock) {
            Ok(now) => {
                // SAFETY: time is valid.
                unsafe { time.write(now) };
                0
            }
            Err(error) => returned_status(Err(error)),
        }
    }

    /// A clock's resolution. POSIX.1-2024 `clock_getres`.
    pub unsafe extern "C" fn clock_getres(clock: clockid_t, resolution: *mut timespec) -> c_int {
        match System::resolution(clock) {
            Ok(value) => {
                if !resolution.is_null() {
                    // SAFETY: resolution is valid.
                    unsafe { resolution.write(value) };
                }
                0
            }
            Err(error) => returned_status(Err(error)),
        }
    }

    /// Sets a clock. POSIX.1-2024 `clock_settime`.
    pub unsafe extern "C" fn clock_settime(clock: clockid_t, time: *const timespec) -> c_int {
        // SAFETY: time is valid.
        let time = unsafe { &*time };
        returned_status(if is_valid(time) { System::set_clock(clock, time) } else { Err(Errno::EINVAL) })
    }

    /// The clock of a process's processor time; an error number. POSIX.1-2024 `clock_getcpuclockid`.
    pub unsafe extern "C" fn clock_getcpuclockid(process: pid_t, clock: *mut clockid_t) -> c_int {
        // Linux's encoding: the complement of the pid, three bits, and 2 for the scheduler's own count.
        let wanted = if process == 0 { CLOCK_PROCESS_CPUTIME_ID } else { !process << 3 | 2 };
        if process < 0 || System::resolution(wanted).is_err() {
            return crate::errno::ESRCH;
        }
        // SAFETY: clock is valid.
        unsafe { clock.write(wanted) };
        0
    }

    /// Sleeps for a time, or until it with TIMER_ABSTIME; an error number. POSIX.1-2024 `clock_nanosleep`.
    pub unsafe extern "C" fn clock_nanosleep(
        clock: clockid_t,
        flags: c_int,
        time: *const timespec,
        remaining: *mut timespec,
    ) -> c_int {
        // SAFETY: time is valid.
        let time = unsafe { *time };
        if !is_valid(&time) || clock == CLOCK_THREAD_CPUTIME_ID {
            return EINVAL;
        }
        let absolute = flags & TIMER_ABSTIME != 0;
        let mut left = timespec::default();
        match cancel::point(|| System::sleep(clock, absolute, &time, Some(&mut left))) {
            Ok(()) => 0,
            Err(error) => {
                if error == Errno::EINTR && !absolute && !remaining.is_null() {
                    // SAFETY: remaining is valid.
                    unsafe { remaining.write(left) };
                }
                error.0
            }
        }
    }

    /// Sleeps; -1 with EINTR and the rest in `*remaining`. POSIX.1-2024 `nanosleep`.
    pub unsafe extern "C" fn nanosleep(time: *const timespec, remaining: *mut timespec) -> c_int {
        // SAFETY: the caller's pointers.
        match unsafe { clock_nanosleep(CLOCK_REALTIME, 0, time, remaining) } {
            0 => 0,
            error => {
                set_errno(error);
                -1
            }
        }
    }

    /// Sleeps for seconds; those left when a signal came. POSIX.1-2024 `sleep`.
    pub unsafe extern "C" fn sleep(seconds: c_uint) -> c_uint {
        let time = timespec { tv_sec: time_t::from(seconds), tv_nsec: 0 };
        let mut left = timespec::default();
        // SAFETY: both are valid.
        if unsafe { clock_nanosleep(CLOCK_REALTIME, 0, &time, &mut left) } == 0 {
            return 0;
        }
        // The rest of a second counts when it is half of one.
        (left.tv_sec + time_t::from(left.tv_nsec >= BILLION / 2)) as c_uint
    }

    /// Sleeps for microseconds. POSIX.1-2001 `usleep`.
    pub unsafe extern "C" fn usleep(microseconds: useconds_t) -> c_int {
        let time = timespec {
            tv_sec: time_t::from(microseconds / 1_000_000),
            tv_nsec: c_long::from(microseconds % 1_000_000) * 1000,
        };
        // SAFETY: time is valid.
        unsafe { nanosleep(&time, ptr::null_mut()) }
    }

    /// Seconds since the Epoch. ISO C, POSIX.1-2024 `time`.
    pub unsafe extern "C" fn time(place: *mut time_t) -> time_t {
        let seconds = System::now(CLOCK_REALTIME).map_or(-1, |now| now.tv_sec);
        if !place.is_null() {
            // SAFETY: place is valid.
            unsafe { place.write(seconds) };
        }
        seconds
    }

    /// Processor time of the process in microseconds. ISO C, POSIX.1-2024 `clock`.
    pub unsafe extern "C" fn clock() -> clock_t {
        System::now(CLOCK_PROCESS_CPUTIME_ID).map_or(-1, |now| now.tv_sec * 1_000_000 + now.tv_nsec / 1000)
    }

    /// The time of day; the base, or 0. ISO C `timespec_get`.
    pub unsafe extern "C" fn timespec_get(time: *mut timespec, base: c_int) -> c_int {
        if base != TIME_UTC {
            return 0;
        }
        // SAFETY: time is valid.
        if unsafe { clock_gettime(CLOCK_REALTIME, time) } == 0 { base } else { 0 }
    }

    /// The resolution of the time of day; the base, or 0. ISO C23 `timespec_getres`.
    pub unsafe extern "C" fn timespec_getres(time: *mut timespec, base: c_int) -> c_int {
        if base != TIME_UTC {
            return 0;
        }
        // SAFETY: time is null or valid.
        if unsafe { clock_getres(CLOCK_REALTIME, time) } == 0 { base } else { 0 }
    }

    /// The time of day in microseconds. POSIX.1-2008 `gettimeofday`.
    pub unsafe extern "C" fn gettimeofday(time: *mut timeval, zone: *mut c_void) -> c_int {
        if !zone.is_null() {
            // SAFETY: a `struct timezone` is two ints, which no system fills any more.
            unsafe { zone.cast::<[c_int; 2]>().write([0, 0]) };
        }
        if time.is_null() {
            return 0;
        }
        match System::now(CLOCK_REALTIME) {
            Ok(now) => {
                // SAFETY: time is valid.
                unsafe { time.write(timeval { tv_sec: now.tv_sec, tv_usec: now.tv_nsec / 1000 }) };
                0
            }
            Err(error) => returned_status(Err(error)),
        }
    }

    /// Sets the time of day. 4.3BSD `settimeofday`.
    pub unsafe extern "C" fn settimeofday(time: *const timeval, zone: *const c_void) -> c_int {
        if !zone.is_null() || time.is_null() {
            return returned_status(Err(Errno::EINVAL));
        }
        // SAFETY: time is valid.
        let time = unsafe { *time };
        if !(0..1_000_000).contains(&time.tv_usec) {
            return returned_status(Err(Errno::EINVAL));
        }
        let time = timespec { tv_sec: time.tv_sec, tv_nsec: time.tv_usec * 1000 };
        returned_status(System::set_clock(CLOCK_REALTIME, &time))
    }

    /// The time of day in milliseconds. 4.3BSD `ftime`.
    pub unsafe extern "C" fn ftime(place: *mut timeb) -> c_int {
        match System::now(CLOCK_REALTIME) {
            Ok(now) => {
                let millitm = (now.tv_nsec / 1_000_000) as c_ushort;
                // SAFETY: place is valid.
                unsafe { place.write(timeb { time: now.tv_sec, millitm, timezone: 0, dstflag: 0 }) };
                0
            }
            Err(error) => returned_status(Err(error)),
        }
    }
}

/// What `ftime` fills. 4.3BSD `struct timeb`.
#[repr(C)]
#[allow(non_camel_case_types, missing_docs, reason = "the members are BSD's")]
pub struct timeb {
    pub time: time_t,
    pub millitm: c_ushort,
    pub timezone: c_short,
    pub dstflag: c_short,
}

crate::alias!(__clock_gettime = clock_gettime);
crate::alias!(__gettimeofday = gettimeofday);
crate::alias!(__nanosleep = nanosleep);
crate::alias!(__clock_nanosleep = clock_nanosleep);
