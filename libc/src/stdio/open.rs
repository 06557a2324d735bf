//! fopen, fdopen, freopen. ISO C17 7.21.5.3 and .4, POSIX.1-2024.

use super::device::{DESCRIPTOR, SEEK_END, SEEK_SET};
use super::file::{self, File, flag, locked};
use super::{buffering, close, input};
use crate::errno::{Errno, Result, returned};
use crate::seam::{AT_FDCWD, Files, System};
use crate::types::*;
use core::ffi::CStr;

const O_RDONLY: c_int = 0;
const O_WRONLY: c_int = 1;
const O_RDWR: c_int = 2;
const O_ACCMODE: c_int = 3;
const O_CREAT: c_int = 0o100;
const O_EXCL: c_int = 0o200;
const O_TRUNC: c_int = 0o1000;
const O_APPEND: c_int = 0o2000;
const O_CLOEXEC: c_int = 0o2_000_000;
const F_SETFD: c_int = 2;
const FD_CLOEXEC: c_ulong = 1;
const F_GETFL: c_int = 3;
const F_SETFL: c_int = 4;

/// What a mode string asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// Flags of open.
    pub open_flags: c_int,
    /// Flags of the stream.
    pub stream_flags: c_int,
}

/// Reads a mode string: `r`, `w` or `a`; then `+`, `b`, `x`, `e` (close on exec), `m`, `c` (glibc's hints) in any
/// order; a comma begins `ccs=`, which names an encoding and is left to the locale. EINVAL.
pub fn parse_mode(mode: &CStr) -> Result<Mode> {
    let (first, rest) = mode.to_bytes().split_first().ok_or(Errno::EINVAL)?;
    let mut result = match first {
        b'r' => Mode {
            open_flags: O_RDONLY,
            stream_flags: flag::NO_WRITES,
        },
        b'w' => Mode {
            open_flags: O_WRONLY | O_CREAT | O_TRUNC,
            stream_flags: flag::NO_READS,
        },
        b'a' => Mode {
            open_flags: O_WRONLY | O_CREAT | O_APPEND,
            stream_flags: flag::NO_READS | flag::APPENDING,
        },
        _ => return Err(Errno::EINVAL),
    };
    for letter in rest {
        match letter {
            b'+' => {
                result.open_flags = result.open_flags & !O_ACCMODE | O_RDWR;
                result.stream_flags &= flag::APPENDING;
            }
            b'x' => result.open_flags |= O_EXCL,
            b'e' => result.open_flags |= O_CLOEXEC,
            b',' => break,
            _ => (),
        }
    }
    Ok(result)
}

/// Opens a file.
unsafe fn open_descriptor(path: *const c_char, mode: Mode) -> Result<c_int> {
    // SAFETY: the caller passes a path; the system checks it once more.
    unsafe { System::openat(AT_FDCWD, path, mode.open_flags, 0o666) }
}

unsafe fn open(path: *const c_char, mode: *const c_char) -> Result<*mut File> {
    // SAFETY: the caller passes two strings.
    unsafe {
        let mode = parse_mode(CStr::from_ptr(mode))?;
        let fd = open_descriptor(path, mode)?;
        let stream = file::allocate(mode.stream_flags | flag::FILE_BUFFER, fd, &DESCRIPTOR);
        if stream.is_err() {
            let _ = System::close(fd);
        }
        stream
    }
}

/// Makes a stream of a descriptor, after a look at whether the mode fits it.
pub unsafe fn from_descriptor(fd: c_int, mode: Mode) -> Result<*mut File> {
    // SAFETY: these commands take no pointer.
    unsafe {
        let flags = System::fcntl(fd, F_GETFL, 0)?;
        let wanted = mode.open_flags & O_ACCMODE;
        let given = flags & O_ACCMODE;
        if given != O_RDWR && given != wanted {
            return Err(Errno::EINVAL);
        }
        if mode.open_flags & O_APPEND != 0 && flags & O_APPEND == 0 {
            System::fcntl(fd, F_SETFL, (flags | O_APPEND) as c_ulong)?;
        }
        if mode.open_flags & O_CLOEXEC != 0 {
            let flags = System::descriptor_flags(fd)?;
            System::fcntl(fd, F_SETFD, flags as c_ulong | FD_CLOEXEC)?;
        }
        let stream = file::allocate(mode.stream_flags | flag::FILE_BUFFER, fd, &DESCRIPTOR)?;
        if mode.stream_flags & (flag::APPENDING | flag::NO_READS) == flag::APPENDING | flag::NO_READS {
            // ftell before the first write answers where that write will go.
            let _ = System::lseek(fd, 0, SEEK_END);
        }
        Ok(stream)
    }
}

/// Puts a stream's own descriptor into another mode, as freopen does without a path. EBADF if it was not opened for
/// what the mode asks.
fn change_mode(fd: c_int, mode: Mode) -> Result<()> {
    // SAFETY: these commands take no pointer.
    unsafe {
        let flags = System::fcntl(fd, F_GETFL, 0)?;
        let (wanted, given) = (mode.open_flags & O_ACCMODE, flags & O_ACCMODE);
        if given != O_RDWR && given != wanted {
            return Err(Errno::EBADF);
        }
        let append = mode.open_flags & O_APPEND;
        if flags & O_APPEND != append {
            System::fcntl(fd, F_SETFL, (flags & !O_APPEND | append) as c_ulong)?;
        }
        if mode.open_flags & O_TRUNC != 0 {
            System::ftruncate(fd, 0)?;
        }
        // A device that cannot seek has no position to set.
        let _ = System::lseek(fd, 0, if append == 0 { SEEK_SET } else { SEEK_END });
        Ok(())
    }
}

/// Opens another file in a stream's place, at the same descriptor: programs count on that with stdout.
unsafe fn change_file(file: &mut File, path: *const c_char, mode: Mode) -> Result<()> {
    // SAFETY: the caller passes a path.
    unsafe {
        let new = open_descriptor(path, mode)?;
        let old = file.fileno;
        if old >= 0 && file.has(flag::FILE_BUFFER) {
            let moved = System::dup3(new, old, mode.open_flags & O_CLOEXEC);
            let _ = System::close(new);
            moved?;
        } else {
            let _ = (file.operations.close)(file);
            file.operations = &DESCRIPTOR;
            file.fileno = new;
        }
        Ok(())
    }
}

/// Opens another file, or (without a path) the same one in another mode, in a stream's place.
unsafe fn reopen(file: &mut File, path: *const c_char, mode: *const c_char) -> Result<()> {
    // SAFETY: the caller passes strings, or a null path.
    unsafe {
        let _ = super::position::synchronise(file);
        let _ = input::leave_writing(file);
        let mode = parse_mode(CStr::from_ptr(mode))?;
        if path.is_null() {
            change_mode(file.fileno, mode)?;
        } else {
            change_file(file, path, mode)?;
        }
        buffering::release(file);
        file.discard_input();
        let kept = flag::LINKED | flag::USER_LOCK;
        file.flags = flag::MAGIC | file.flags & kept | mode.stream_flags | flag::FILE_BUFFER;
        file.mode = 0;
        file.buffering_known = false;
        Ok(())
    }
}

export! {
    /// Opens a file as a stream; null with `errno` set. ISO C17 7.21.5.3.
    pub unsafe extern "C" fn fopen(path: *const c_char, mode: *const c_char) -> *mut File {
        // SAFETY: as the caller promises.
        returned(unsafe { open(path, mode) })
    }

    /// Makes a stream of a descriptor; null with `errno` set. POSIX.1-2024.
    pub unsafe extern "C" fn fdopen(fd: c_int, mode: *const c_char) -> *mut File {
        // SAFETY: the caller passes a string.
        returned(unsafe { parse_mode(CStr::from_ptr(mode)).and_then(|mode| from_descriptor(fd, mode)) })
    }

    /// Opens another file in a stream's place; null with `errno` set, and the stream closed. ISO C17 7.21.5.4.
    pub unsafe extern "C" fn freopen(path: *const c_char, mode: *const c_char, stream: *mut File) -> *mut File {
        // SAFETY: as the caller promises.
        unsafe {
            match locked(stream, |file| reopen(file, path, mode)) {
                Ok(()) => stream,
                Err(error) => {
                    close::fclose(stream);
                    returned(Err(error))
                }
            }
        }
    }
}
alias!(fopen64 = fopen);
alias!(_IO_fopen = fopen);
alias!(_IO_fdopen = fdopen);
alias!(freopen64 = freopen);
