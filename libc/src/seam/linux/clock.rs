//! Clocks, randomness and the emergency message on Linux.

use super::Linux;
use super::numbers::*;
use super::raw::{blocking_call, call};
use crate::errno::{Errno, Result};
use crate::seam::{Clock, Console, Entropy};
use crate::types::*;

const TIMER_ABSTIME: c_int = 1;

impl Clock for Linux {
    fn now(clock: clockid_t) -> Result<timespec> {
        let mut time = timespec::default();
        // SAFETY: `time` is a valid timespec.
        unsafe { call!(CLOCK_GETTIME, clock, &raw mut time) }?;
        Ok(time)
    }
    fn resolution(clock: clockid_t) -> Result<timespec> {
        let mut time = timespec::default();
        // SAFETY: `time` is a valid timespec.
        unsafe { call!(CLOCK_GETRES, clock, &raw mut time) }?;
        Ok(time)
    }
    fn set_clock(clock: clockid_t, time: &timespec) -> Result<()> {
        // SAFETY: `time` is a valid timespec.
        unsafe { call!(CLOCK_SETTIME, clock, time as *const timespec) }.map(drop)
    }
    fn sleep(
        clock: clockid_t,
        absolute: bool,
        time: &timespec,
        remaining: Option<&mut timespec>,
    ) -> Result<()> {
        let flags = if absolute { TIMER_ABSTIME } else { 0 };
        let remaining = remaining.map_or(core::ptr::null_mut(), |rest| rest as *mut timespec);
        // SAFETY: both are valid timespecs or null.
        unsafe { blocking_call!(CLOCK_NANOSLEEP, clock, flags, time as *const timespec, remaining) }.map(drop)
    }
}

impl Entropy for Linux {
    unsafe fn random(buffer: *mut c_void, length: usize, flags: c_uint) -> Result<usize> {
        // SAFETY: the kernel checks the buffer, which the caller owns.
        unsafe { blocking_call!(GETRANDOM, buffer, length, flags) }
    }
}

impl Console for Linux {
    fn emergency(mut message: &[u8]) {
        while !message.is_empty() {
            // SAFETY: `message` is valid for reads.
            match unsafe { call!(WRITE, 2, message.as_ptr(), message.len()) } {
                Ok(written) => message = message.get(written..).unwrap_or(&[]),
                Err(Errno::EINTR) => {}
                Err(_) => return,
            }
        }
    }
}
