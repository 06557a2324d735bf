//! One byte at a time: getc, putc, ungetc, and the functions behind the macros. ISO C17 7.21.7.

use super::file::{File, flag, locked};
use super::input::{get_byte, uflow, underflow};
use super::output::{EOF, overflow, put_byte};
use super::standard::{STDIN, STDOUT};
use crate::types::*;

export! {
    /// Takes the next byte, or `EOF`. ISO C17 7.21.7.1.
    pub unsafe extern "C" fn fgetc(stream: *mut File) -> c_int {
        // SAFETY: the caller passes an open stream.
        unsafe { locked(stream, get_byte) }
    }

    /// Takes the next byte of stdin, or `EOF`. ISO C17 7.21.7.6.
    pub unsafe extern "C" fn getchar() -> c_int {
        // SAFETY: stdin names an open stream.
        unsafe { locked(STDIN.get(), get_byte) }
    }

    /// `fgetc` by a caller that has the lock. POSIX.1-2024.
    pub unsafe extern "C" fn getc_unlocked(stream: *mut File) -> c_int {
        // SAFETY: the caller passes an open stream that it has locked.
        unsafe { get_byte(&mut *stream) }
    }

    /// `getchar` by a caller that has the lock. POSIX.1-2024.
    pub unsafe extern "C" fn getchar_unlocked() -> c_int {
        // SAFETY: stdin names an open stream, locked by the caller.
        unsafe { get_byte(&mut *STDIN.get()) }
    }

    /// Puts a byte; the byte, or `EOF`. ISO C17 7.21.7.3.
    pub unsafe extern "C" fn fputc(byte: c_int, stream: *mut File) -> c_int {
        // SAFETY: the caller passes an open stream.
        unsafe { locked(stream, |file| put_byte(file, byte as u8)) }
    }

    /// Puts a byte to stdout; the byte, or `EOF`. ISO C17 7.21.7.8.
    pub unsafe extern "C" fn putchar(byte: c_int) -> c_int {
        // SAFETY: stdout names an open stream.
        unsafe { locked(STDOUT.get(), |file| put_byte(file, byte as u8)) }
    }

    /// `fputc` by a caller that has the lock. POSIX.1-2024.
    pub unsafe extern "C" fn putc_unlocked(byte: c_int, stream: *mut File) -> c_int {
        // SAFETY: the caller passes an open stream that it has locked.
        unsafe { put_byte(&mut *stream, byte as u8) }
    }

    /// `putchar` by a caller that has the lock. POSIX.1-2024.
    pub unsafe extern "C" fn putchar_unlocked(byte: c_int) -> c_int {
        // SAFETY: stdout names an open stream, locked by the caller.
        unsafe { put_byte(&mut *STDOUT.get(), byte as u8) }
    }

    /// Puts a byte back, to be read next; the byte, or `EOF`. At least 16 fit. ISO C17 7.21.7.10.
    pub unsafe extern "C" fn ungetc(byte: c_int, stream: *mut File) -> c_int {
        if byte == EOF {
            return EOF;
        }
        // SAFETY: the caller passes an open stream.
        unsafe {
            locked(stream, |file| {
                if file.has(flag::NO_READS)
                    || super::input::leave_writing(file).is_err()
                    || !file.push_back(byte as u8)
                {
                    return EOF;
                }
                file.flags &= !flag::END;
                byte as u8 as c_int
            })
        }
    }

    /// A native `int` in two halves of the old days: takes one. glibc.
    pub unsafe extern "C" fn getw(stream: *mut File) -> c_int {
        let mut bytes = [0; 4];
        // SAFETY: the caller passes an open stream.
        let count = unsafe { locked(stream, |file| super::input::get(file, bytes.as_mut_ptr(), 4)) };
        if count == 4 { c_int::from_ne_bytes(bytes) } else { EOF }
    }

    /// Puts a native `int`. Returns 0, or `EOF`. glibc.
    pub unsafe extern "C" fn putw(word: c_int, stream: *mut File) -> c_int {
        // SAFETY: the caller passes an open stream.
        match unsafe { locked(stream, |file| super::output::put_all(file, &word.to_ne_bytes())) } {
            Ok(()) => 0,
            Err(_) => EOF,
        }
    }

    /// Puts a byte where the macro cannot go on: the buffer is full, or the stream not fully buffered. glibc.
    pub unsafe extern "C" fn __overflow(stream: *mut File, byte: c_int) -> c_int {
        // SAFETY: the caller passes an open stream that it has locked.
        unsafe { overflow(&mut *stream, byte) }
    }

    /// Takes a byte where the macro cannot go on: the buffer is empty. glibc.
    pub unsafe extern "C" fn __uflow(stream: *mut File) -> c_int {
        // SAFETY: the caller passes an open stream that it has locked.
        unsafe { uflow(&mut *stream) }
    }

    /// Fills the buffer; the next byte, which is not taken, or `EOF`. glibc.
    pub unsafe extern "C" fn __underflow(stream: *mut File) -> c_int {
        // SAFETY: the caller passes an open stream that it has locked.
        unsafe { underflow(&mut *stream) }
    }
}
alias!(getc = fgetc);
alias!(_IO_getc = fgetc);
alias!(fgetc_unlocked = getc_unlocked);
alias!(putc = fputc);
alias!(_IO_putc = fputc);
alias!(fputc_unlocked = putc_unlocked);
