//! `asctime` and `ctime`: `Thu Jan  1 00:00:00 1970`.

use super::broken::tm;
use super::local::localtime_r;
use crate::errno::{EINVAL, EOVERFLOW, set_errno};
use crate::types::*;
use core::ffi::CStr;
use core::fmt::{self, Write};
use core::ptr;

/// Room for any `int` in every member, which `asctime_r`'s callers need not have.
const ROOM: usize = 114;
/// What POSIX asks the caller of `asctime_r` to provide, in bytes.
const CALLERS_ROOM: usize = 26;

static mut SHARED: [u8; ROOM] = [0; ROOM];

/// A buffer as a place to format into.
struct Buffer<'a> {
    bytes: &'a mut [u8],
    used: usize,
}

impl Write for Buffer<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let place = self
            .bytes
            .get_mut(self.used..self.used + text.len())
            .ok_or(fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.used += text.len();
        Ok(())
    }
}

fn name(names: &'static [&'static CStr], index: c_int) -> &'static str {
    let found = usize::try_from(index).ok().and_then(|i| names.get(i));
    found.and_then(|name| name.to_str().ok()).unwrap_or("???")
}

/// Writes the text into `place` of `room` bytes; null with EOVERFLOW when it does not fit.
unsafe fn write(broken: *const tm, place: *mut u8, room: usize) -> *mut c_char {
    // SAFETY: broken is null or valid.
    let Some(broken) = (unsafe { broken.as_ref() }) else {
        set_errno(EINVAL);
        return ptr::null_mut();
    };
    let mut text = [0; ROOM];
    let mut buffer = Buffer {
        bytes: &mut text,
        used: 0,
    };
    let written = writeln!(
        buffer,
        "{} {} {:2} {:02}:{:02}:{:02} {}\0",
        name(&crate::locale::day_names()[..7], broken.tm_wday),
        name(&crate::locale::month_names()[..12], broken.tm_mon),
        broken.tm_mday,
        broken.tm_hour,
        broken.tm_min,
        broken.tm_sec,
        i64::from(broken.tm_year) + 1900,
    );
    let used = buffer.used;
    if written.is_err() || used > room {
        set_errno(EOVERFLOW);
        return ptr::null_mut();
    }
    // writeln! ends with the newline; the zero stands before it.
    text[used - 2] = b'\n';
    text[used - 1] = 0;
    // SAFETY: place has room for `used` bytes.
    unsafe { ptr::copy_nonoverlapping(text.as_ptr(), place, used) };
    place.cast()
}

export! {
    /// A broken-down time as text, in 26 bytes of the caller's. Null with EOVERFLOW. POSIX.1-2008 `asctime_r`.
    pub unsafe extern "C" fn asctime_r(broken: *const tm, buffer: *mut c_char) -> *mut c_char {
        // SAFETY: broken is null or valid; buffer has 26 bytes.
        unsafe { write(broken, buffer.cast(), CALLERS_ROOM) }
    }

    /// A broken-down time as text, which the next call overwrites. ISO C, POSIX.1-2024 `asctime`.
    pub unsafe extern "C" fn asctime(broken: *const tm) -> *mut c_char {
        // SAFETY: broken is null or valid; the buffer is shared by the standard's leave.
        unsafe { write(broken, (&raw mut SHARED).cast(), ROOM) }
    }

    /// An instant as text in local time, in 26 bytes of the caller's. POSIX.1-2008 `ctime_r`.
    pub unsafe extern "C" fn ctime_r(time: *const time_t, buffer: *mut c_char) -> *mut c_char {
        let mut broken = tm::ZERO;
        // SAFETY: time is valid; buffer has 26 bytes.
        unsafe {
            if localtime_r(time, &mut broken).is_null() {
                return ptr::null_mut();
            }
            asctime_r(&broken, buffer)
        }
    }

    /// An instant as text in local time, which the next call overwrites. ISO C, POSIX.1-2024 `ctime`.
    pub unsafe extern "C" fn ctime(time: *const time_t) -> *mut c_char {
        let mut broken = tm::ZERO;
        // SAFETY: time is valid.
        unsafe {
            if localtime_r(time, &mut broken).is_null() {
                return ptr::null_mut();
            }
            asctime(&broken)
        }
    }
}
