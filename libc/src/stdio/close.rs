//! fclose, fcloseall, fflush. ISO C17 7.21.5.1 and .2.

use super::file::{File, flag, for_each_stream, locked, unlink};
use super::output::EOF;
use super::{at_exit, buffering, position};
use crate::errno::{Result, set_errno};
use crate::types::*;

/// What fclose does under the lock: all of it but giving the structure back.
pub fn finish(file: &mut File) -> Result<()> {
    let synchronised = position::synchronise(file);
    // SAFETY: the stream's device is open; nobody uses it after this.
    let closed = unsafe { (file.operations.close)(file) };
    buffering::release(file);
    file.flags |= flag::NO_READS | flag::NO_WRITES;
    file.fileno = -1;
    synchronised.and(closed)
}

fn flush_one(file: &mut File) -> c_int {
    match position::synchronise(file) {
        Ok(()) => 0,
        Err(error) => {
            set_errno(error.0);
            EOF
        }
    }
}

export! {
    /// Writes what is pending, sets an input's offset to the first byte that was not read, closes the device.
    /// Returns 0, or `EOF`; the stream is gone in both cases. ISO C17 7.21.5.1, POSIX.1-2024.
    pub unsafe extern "C" fn fclose(stream: *mut File) -> c_int {
        // SAFETY: the caller passes an open stream and does not use it again.
        unsafe {
            unlink(stream);
            let result = locked(stream, finish);
            if (*stream).allocated {
                crate::heap::free(stream.cast());
            }
            match result {
                Ok(()) => 0,
                Err(error) => {
                    set_errno(error.0);
                    EOF
                }
            }
        }
    }

    /// Writes what is pending of one stream or (null) of all; gives back what was read ahead. Returns 0, or `EOF`.
    /// ISO C17 7.21.5.2, POSIX.1-2024.
    pub unsafe extern "C" fn fflush(stream: *mut File) -> c_int {
        if stream.is_null() {
            return at_exit::flush_all();
        }
        // SAFETY: the caller passes an open stream.
        unsafe { locked(stream, flush_one) }
    }

    /// `fflush` by a caller that has the stream's lock. glibc.
    pub unsafe extern "C" fn fflush_unlocked(stream: *mut File) -> c_int {
        if stream.is_null() {
            return at_exit::flush_all();
        }
        // SAFETY: the caller passes an open stream that it has locked.
        unsafe { flush_one(&mut *stream) }
    }

    /// Writes what is pending of all line buffered streams. glibc.
    pub unsafe extern "C" fn _flushlbf() {
        for_each_stream(|stream| {
            // SAFETY: the list holds open streams; one that is in use will be flushed by its user.
            unsafe {
                if (*stream).has(flag::LINE_BUFFERED) && (*(*stream).lock).try_lock() {
                    flush_one(&mut *stream);
                    (*(*stream).lock).unlock();
                }
            }
        });
    }

    /// Flushes all streams. (glibc closes none of them either.) Returns 0, or `EOF`. glibc.
    pub unsafe extern "C" fn fcloseall() -> c_int {
        at_exit::flush_all()
    }
}
alias!(_IO_fclose = fclose);
alias!(_IO_fflush = fflush);
