//! What <assert.h> calls. ISO C17 7.2.

use super::close::fflush;
use super::file::locked;
use super::{output, standard};
use crate::string::error_text::strerror;
use crate::types::*;
use core::ffi::CStr;

/// Prints `program: file:line: function: message`, and aborts.
unsafe fn fail(message: [&[u8]; 3], file: *const c_char, line: c_uint, function: *const c_char) -> ! {
    let mut digits = [0; 20];
    let start = crate::float::to_decimal::write_u64(line as u64, &mut digits);
    // SAFETY: stderr names an open stream; the callers pass strings, or no function.
    unsafe {
        let text = |text: *const c_char| {
            if text.is_null() {
                b""
            } else {
                CStr::from_ptr(text).to_bytes()
            }
        };
        let parts = [
            text(crate::env::short_name()),
            b": ",
            text(file),
            b":",
            if line == 0 { b"0" } else { &digits[start..] },
            b": ",
            text(function),
            if function.is_null() { b"" } else { b": " },
            message[0],
            message[1],
            message[2],
            b"\n",
        ];
        let stream = standard::STDERR.get();
        locked(stream, |stream| {
            // One write, so that messages of several threads stay whole.
            let mut line = [0; 1024];
            let mut length = 0;
            for byte in parts.into_iter().flatten() {
                if let Some(place) = line.get_mut(length) {
                    *place = *byte;
                    length += 1;
                }
            }
            let _ = output::put_all(stream, &line[..length]);
        });
        fflush(stream);
    }
    crate::signal::abort::abort_now()
}

export! {
    /// Reports a failed assertion, and aborts. glibc, LSB.
    pub unsafe extern "C" fn __assert_fail(assertion: *const c_char, file: *const c_char, line: c_uint, function: *const c_char) {
        // SAFETY: the macro passes strings.
        unsafe { fail([b"Assertion `", CStr::from_ptr(assertion).to_bytes(), b"' failed."], file, line, function) }
    }

    /// Reports an unexpected error number, and aborts. glibc.
    pub unsafe extern "C" fn __assert_perror_fail(error: c_int, file: *const c_char, line: c_uint, function: *const c_char) {
        // SAFETY: the macro passes strings; strerror gives one.
        unsafe { fail([b"Unexpected error: ", CStr::from_ptr(strerror(error)).to_bytes(), b"."], file, line, function) }
    }

    /// Reports a failed assertion, and aborts. BSD.
    pub unsafe extern "C" fn __assert(assertion: *const c_char, file: *const c_char, line: c_int) {
        // SAFETY: the caller passes strings.
        unsafe { __assert_fail(assertion, file, line as c_uint, core::ptr::null()) }
    }
}
