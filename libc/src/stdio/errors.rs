//! perror, <err.h> and <error.h>: messages about errors on stderr. ISO C17 7.21.10.4, BSD, glibc.

use super::file::{File, locked};
use super::{close, output, standard};
use crate::errno::{get_errno, set_errno};
use crate::printf::engine::Care;
use crate::printf::narrow::print_to_stream;
use crate::printf::va_list::VaList;
use crate::string::error_text::strerror;
use crate::types::*;
use core::ffi::CStr;
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering};

/// How many messages error and error_at_line have printed: C's `error_message_count`.
static MESSAGE_COUNT: AtomicU32 = AtomicU32::new(0);
/// Whether error_at_line leaves out further messages for the same line: C's `error_one_per_line`.
static ONE_PER_LINE: AtomicU32 = AtomicU32::new(0);
/// What error prints in place of the program's name: C's `error_print_progname`, a function or null.
static PRINT_NAME: AtomicUsize = AtomicUsize::new(0);
/// The file and line of the last message, for `error_one_per_line`.
static LAST_FILE: AtomicPtr<c_char> = AtomicPtr::new(core::ptr::null_mut());
static LAST_LINE: AtomicU32 = AtomicU32::new(0);

alias_data!(error_message_count = MESSAGE_COUNT: c_uint);
alias_data!(error_one_per_line = ONE_PER_LINE: c_int);
alias_data!(error_print_progname = PRINT_NAME: usize);

/// Puts a C string.
unsafe fn put_text(file: &mut File, text: *const c_char) {
    // SAFETY: the callers pass strings.
    let _ = output::put_all(file, unsafe { CStr::from_ptr(text) }.to_bytes());
}

/// Puts a part of a message that is known here.
fn put(file: &mut File, text: &[u8]) {
    let _ = output::put_all(file, text);
}

/// Puts the text of an error.
fn put_error(file: &mut File, error: c_int) {
    // SAFETY: strerror gives a string, the calling thread's own.
    unsafe { put_text(file, strerror(error)) };
}

/// Prints `program: message[: error]` and the end of the line. A null format prints no message.
unsafe fn print_warning(error: Option<c_int>, format: *const c_char, list: *mut VaList) {
    // SAFETY: stderr names an open stream; the format and its list are the caller's.
    unsafe {
        locked(standard::STDERR.get(), |file| {
            put_text(file, crate::env::short_name());
            put(file, b": ");
            if !format.is_null() {
                let _ = print_to_stream(file, format, list, Care::Normal);
                if error.is_some() {
                    put(file, b": ");
                }
            }
            if let Some(error) = error {
                put_error(file, error);
            }
            put(file, b"\n");
        })
    }
}

/// Where error_at_line says that the error is.
struct Place {
    file: *const c_char,
    line: c_uint,
}

/// Prints what error and error_at_line print, and exits if `status` says so.
unsafe fn print_error(
    status: c_int,
    error: c_int,
    place: Option<Place>,
    format: *const c_char,
    list: *mut VaList,
) {
    // SAFETY: the streams are open; format, list and file name are the caller's.
    unsafe {
        close::fflush(standard::STDOUT.get());
        let print_name = PRINT_NAME.load(Ordering::Relaxed);
        if print_name != 0 {
            let print_name: unsafe extern "C-unwind" fn() = core::mem::transmute(print_name);
            print_name();
        }
        locked(standard::STDERR.get(), |stream| {
            if print_name == 0 {
                put_text(stream, crate::env::full_name());
                put(stream, if place.is_some() { b":" } else { b": " });
            }
            if let Some(Place { file, line }) = place {
                let mut digits = [0; 20];
                let start = crate::float::to_decimal::write_u64(line as u64, &mut digits);
                put_text(stream, file);
                put(stream, b":");
                put(stream, if line == 0 { b"0" } else { &digits[start..] });
                put(stream, b": ");
            }
            let _ = print_to_stream(stream, format, list, Care::Normal);
            MESSAGE_COUNT.fetch_add(1, Ordering::Relaxed);
            if error != 0 {
                put(stream, b": ");
                put_error(stream, error);
            }
            put(stream, b"\n");
        });
        close::fflush(standard::STDERR.get());
        if status != 0 {
            crate::exit::exit(status);
        }
    }
}

export! {
    /// Prints `text: ` and the text of `errno` to stderr. ISO C17 7.21.10.4.
    pub unsafe extern "C" fn perror(text: *const c_char) {
        let error = get_errno();
        // SAFETY: stderr names an open stream; the caller passes a string or null.
        unsafe {
            locked(standard::STDERR.get(), |file| {
                if !text.is_null() && text.read() != 0 {
                    put_text(file, text);
                    put(file, b": ");
                }
                put_error(file, error);
                put(file, b"\n");
            })
        }
        set_errno(error);
    }

    /// Prints a message and the text of `errno`. BSD.
    pub unsafe extern "C" fn vwarn(format: *const c_char, list: *mut VaList) {
        // SAFETY: as the caller promises.
        unsafe { print_warning(Some(get_errno()), format, list) };
    }

    /// Prints a message. BSD.
    pub unsafe extern "C" fn vwarnx(format: *const c_char, list: *mut VaList) {
        // SAFETY: as the caller promises.
        unsafe { print_warning(None, format, list) };
    }

    /// Prints a message and the text of `errno`, and exits. BSD.
    pub unsafe extern "C" fn verr(status: c_int, format: *const c_char, list: *mut VaList) {
        // SAFETY: as the caller promises.
        unsafe {
            vwarn(format, list);
            crate::exit::exit(status)
        }
    }

    /// Prints a message, and exits. BSD.
    pub unsafe extern "C" fn verrx(status: c_int, format: *const c_char, list: *mut VaList) {
        // SAFETY: as the caller promises.
        unsafe {
            vwarnx(format, list);
            crate::exit::exit(status)
        }
    }

    /// `error` with its arguments in a list.
    pub unsafe extern "C" fn verror(status: c_int, error: c_int, format: *const c_char, list: *mut VaList) {
        // SAFETY: as the caller promises.
        unsafe { print_error(status, error, None, format, list) };
    }

    /// `error_at_line` with its arguments in a list.
    pub unsafe extern "C" fn verror_at_line(status: c_int, error: c_int, file: *const c_char, line: c_uint, format: *const c_char, list: *mut VaList) {
        if ONE_PER_LINE.load(Ordering::Relaxed) != 0 {
            let last_line = LAST_LINE.swap(line, Ordering::Relaxed);
            let last_file = LAST_FILE.swap(file.cast_mut(), Ordering::Relaxed).cast_const();
            // SAFETY: the program keeps the names of its files.
            let same = last_line == line
                && (last_file == file
                    || (!last_file.is_null() && !file.is_null() && unsafe { CStr::from_ptr(last_file) == CStr::from_ptr(file) }));
            if same {
                return;
            }
        }
        // SAFETY: as the caller promises.
        unsafe { print_error(status, error, Some(Place { file, line }), format, list) };
    }
}

variadic! {
    warn(1) = vwarn;
    warnx(1) = vwarnx;
    err(2) = verr;
    errx(2) = verrx;
    error(3) = verror;
    error_at_line(5) = verror_at_line;
}
