//! <stdio_ext.h>: a look into a stream. Solaris, glibc.

use super::buffering;
use super::file::{File, flag, locked};
use crate::types::*;

const FSETLOCKING_QUERY: c_int = 0;
const FSETLOCKING_INTERNAL: c_int = 1;
const FSETLOCKING_BYCALLER: c_int = 2;

export! {
    /// The buffer's size in bytes.
    pub unsafe extern "C" fn __fbufsize(stream: *mut File) -> size_t {
        // SAFETY: the caller passes an open stream.
        unsafe { (*stream).capacity() }
    }

    /// How many bytes are pending to be written.
    pub unsafe extern "C" fn __fpending(stream: *mut File) -> size_t {
        // SAFETY: the caller passes an open stream.
        unsafe { (*stream).pending() }
    }

    /// Forgets what was read ahead and what is pending.
    pub unsafe extern "C" fn __fpurge(stream: *mut File) {
        // SAFETY: the caller passes an open stream.
        unsafe {
            locked(stream, |file| {
                file.write_ptr = file.write_base;
                file.discard_input();
            })
        }
    }

    /// Whether the stream can be read.
    pub unsafe extern "C" fn __freadable(stream: *mut File) -> c_int {
        // SAFETY: the caller passes an open stream.
        unsafe { !(*stream).has(flag::NO_READS) as c_int }
    }

    /// Whether the stream can be written.
    pub unsafe extern "C" fn __fwritable(stream: *mut File) -> c_int {
        // SAFETY: the caller passes an open stream.
        unsafe { !(*stream).has(flag::NO_WRITES) as c_int }
    }

    /// Whether the stream can only be read, or was read last.
    pub unsafe extern "C" fn __freading(stream: *mut File) -> c_int {
        // SAFETY: the caller passes an open stream.
        unsafe {
            let file = &*stream;
            (file.has(flag::NO_WRITES) || (!file.has(flag::PUTTING) && !file.read_base.is_null())) as c_int
        }
    }

    /// Whether the stream can only be written, or was written last.
    pub unsafe extern "C" fn __fwriting(stream: *mut File) -> c_int {
        // SAFETY: the caller passes an open stream.
        unsafe { (*stream).has(flag::NO_READS | flag::PUTTING) as c_int }
    }

    /// Whether the stream is line buffered.
    pub unsafe extern "C" fn __flbf(stream: *mut File) -> c_int {
        // SAFETY: the caller passes an open stream.
        unsafe {
            if !(*stream).has(flag::NO_WRITES) {
                buffering::decide_lines(&mut *stream);
            }
            (*stream).has(flag::LINE_BUFFERED) as c_int
        }
    }

    /// Whether the library locks the stream (1) or the caller does (2); sets it unless `how` is 0.
    pub unsafe extern "C" fn __fsetlocking(stream: *mut File, how: c_int) -> c_int {
        // SAFETY: the caller passes an open stream.
        unsafe {
            let before =
                if (*stream).has(flag::USER_LOCK) { FSETLOCKING_BYCALLER } else { FSETLOCKING_INTERNAL };
            if how != FSETLOCKING_QUERY {
                (*stream).flags &= !flag::USER_LOCK;
                if how == FSETLOCKING_BYCALLER {
                    (*stream).flags |= flag::USER_LOCK;
                }
            }
            before
        }
    }

    /// Marks the stream as one that met an error. musl, gnulib.
    pub unsafe extern "C" fn __fseterr(stream: *mut File) {
        // SAFETY: the caller passes an open stream.
        unsafe { (*stream).flags |= flag::ERROR };
    }
}
