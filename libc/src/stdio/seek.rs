//! fseek, ftell, rewind, fgetpos and their kin. ISO C17 7.21.9, POSIX.1-2024 fseeko.

use super::device::SEEK_SET;
use super::file::{File, flag, locked};
use super::position::{seek, tell};
use crate::errno::{Result, returned, set_errno};
use crate::types::*;

/// glibc's `fpos_t`: the position, and the state of a decoder. UTF-8 needs no state between characters.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Position {
    offset: off_t,
    state: [u32; 2],
}

fn status(result: Result<()>) -> c_int {
    returned(result.map(|()| 0))
}

export! {
    /// Moves a stream. Returns 0, or -1. POSIX.1-2024.
    pub unsafe extern "C" fn fseeko(stream: *mut File, offset: off_t, whence: c_int) -> c_int {
        // SAFETY: the caller passes an open stream.
        status(unsafe { locked(stream, |file| seek(file, offset, whence)) }.map(|_| ()))
    }

    /// A stream's position, or -1. POSIX.1-2024.
    pub unsafe extern "C" fn ftello(stream: *mut File) -> off_t {
        // SAFETY: the caller passes an open stream.
        returned(unsafe { locked(stream, tell) })
    }

    /// Moves a stream to its beginning and clears its error. ISO C17 7.21.9.5.
    pub unsafe extern "C" fn rewind(stream: *mut File) {
        // SAFETY: the caller passes an open stream.
        let result = unsafe {
            locked(stream, |file| {
                let result = seek(file, 0, SEEK_SET);
                file.flags &= !(flag::ERROR | flag::END);
                result
            })
        };
        if let Err(error) = result {
            set_errno(error.0);
        }
    }

    /// Stores a stream's position. Returns 0, or -1. ISO C17 7.21.9.1.
    pub unsafe extern "C" fn fgetpos(stream: *mut File, position: *mut Position) -> c_int {
        // SAFETY: the caller passes an open stream and a place for the position.
        unsafe {
            status(locked(stream, tell).map(|offset| position.write(Position { offset, state: [0; 2] })))
        }
    }

    /// Moves a stream to a stored position. Returns 0, or -1. ISO C17 7.21.9.3.
    pub unsafe extern "C" fn fsetpos(stream: *mut File, position: *const Position) -> c_int {
        // SAFETY: the caller passes an open stream and a position.
        status(unsafe { locked(stream, |file| seek(file, (*position).offset, SEEK_SET)) }.map(|_| ()))
    }
}
alias!(fseek = fseeko);
alias!(fseeko64 = fseeko);
alias!(ftell = ftello);
alias!(ftello64 = ftello);
alias!(fgetpos64 = fgetpos);
alias!(fsetpos64 = fsetpos);
