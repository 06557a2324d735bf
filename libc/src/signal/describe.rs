//! Signals in words on the standard error stream. POSIX.1-2024 `psignal`, `psiginfo`.

use crate::seam::{Files, System};
use crate::string::error_text::sigdescr_np;
use crate::types::*;
use core::ffi::CStr;

/// Writes `text: description`, or the description alone.
unsafe fn describe(signal: c_int, text: *const c_char) {
    const STANDARD_ERROR: c_int = 2;
    let mut line = [0u8; 512];
    let mut used = 0;
    let mut put = |bytes: &[u8]| {
        let count = bytes.len().min(line.len() - used);
        line[used..used + count].copy_from_slice(&bytes[..count]);
        used += count;
    };
    // SAFETY: the text is null or a string; descriptions are strings.
    unsafe {
        if !text.is_null() && *text != 0 {
            put(CStr::from_ptr(text).to_bytes());
            put(b": ");
        }
        let description = sigdescr_np(signal);
        if description.is_null() {
            put(b"Unknown signal");
        } else {
            put(CStr::from_ptr(description).to_bytes());
        }
    }
    put(b"\n");
    // SAFETY: the line's own bytes. Where the stream is not to be written, nobody is to be told.
    let _ = unsafe { System::write(STANDARD_ERROR, line.as_ptr().cast(), used) };
}

crate::export! {
    /// Says what a signal is, behind `text`. POSIX.1-2024 `psignal`.
    pub unsafe extern "C" fn psignal(signal: c_int, text: *const c_char) {
        // SAFETY: the caller's text.
        unsafe { describe(signal, text) }
    }

    /// Says what signal a handler was told of, behind `text`. POSIX.1-2024 `psiginfo`.
    pub unsafe extern "C" fn psiginfo(information: *const c_void, text: *const c_char) {
        // SAFETY: the signal's number is the first field of `siginfo_t`.
        unsafe { describe(information.cast::<c_int>().read(), text) }
    }
}
