//! Strings and lines: fgets, fputs, puts, getline, getdelim. ISO C17 7.21.7, POSIX.1-2024.

use super::file::{File, flag, locked};
use super::input::underflow;
use super::output::{EOF, put, put_byte};
use super::standard::{STDIN, STDOUT};
use crate::errno::{EINVAL, ENOMEM, EOVERFLOW, set_errno};
use crate::heap::{malloc, realloc};
use crate::string::{find_byte::memchr, length::strlen};
use crate::types::*;

/// What is readable, after a fill if need be; empty at the end or after an error.
fn ready(file: &mut File) -> &[u8] {
    if file.readable() == 0 && underflow(file) == EOF {
        return &[];
    }
    // SAFETY: these bytes were read ahead.
    unsafe { core::slice::from_raw_parts(file.read_ptr, file.readable()) }
}

/// The length of `text` up to and with the delimiter, and whether it has one.
fn up_to(text: &[u8], delimiter: u8) -> (usize, bool) {
    // SAFETY: the slice is valid memory.
    let found = unsafe { memchr(text.as_ptr().cast(), delimiter as c_int, text.len()) };
    if found.is_null() {
        (text.len(), false)
    } else {
        (found.addr() - text.as_ptr().addr() + 1, true)
    }
}

/// Reads a line into `place`, at most `size - 1` bytes and a terminator. Whether anything came.
unsafe fn read_line(file: &mut File, place: *mut u8, size: c_int) -> bool {
    let Ok(room) = usize::try_from(size - 1) else {
        return false;
    };
    // The error that this call meets counts, not one from before.
    let before = file.flags & flag::ERROR;
    file.flags &= !flag::ERROR;
    let mut length = 0;
    while length < room {
        let text = ready(file);
        if text.is_empty() {
            break;
        }
        let (count, ends) = up_to(&text[..text.len().min(room - length)], b'\n');
        // SAFETY: the caller passes room for `size` bytes.
        unsafe { core::ptr::copy(text.as_ptr(), place.add(length), count) };
        file.read_ptr = file.read_ptr.wrapping_add(count);
        length += count;
        if ends {
            break;
        }
    }
    let failed = file.has(flag::ERROR) && crate::errno::get_errno() != crate::errno::EAGAIN;
    file.flags |= before;
    if (length == 0 && room > 0) || failed {
        return false;
    }
    // SAFETY: length <= size - 1.
    unsafe { place.add(length).write(0) };
    true
}

/// Reads up to and with a delimiter into a block of the heap that grows as needed.
unsafe fn read_delimited(
    file: &mut File,
    line: *mut *mut c_char,
    size: *mut size_t,
    delimiter: c_int,
) -> ssize_t {
    // SAFETY: the caller passes a block of the heap (or null) and its size.
    unsafe {
        if (*line).is_null() || *size == 0 {
            let block = if (*line).is_null() {
                malloc(120)
            } else {
                realloc((*line).cast(), 120)
            };
            if block.is_null() {
                file.flags |= flag::ERROR;
                set_errno(ENOMEM);
                return -1;
            }
            *line = block.cast();
            *size = 120;
        }
        let mut length = 0usize;
        loop {
            let text = ready(file);
            if text.is_empty() {
                break;
            }
            let (count, ends) = up_to(text, delimiter as u8);
            let needed = length + count + 1;
            if needed > isize::MAX as usize {
                file.flags |= flag::ERROR;
                set_errno(EOVERFLOW);
                return -1;
            }
            if needed > *size {
                let larger = needed.max(size.read().saturating_mul(2));
                let block = realloc((*line).cast(), larger);
                if block.is_null() {
                    file.flags |= flag::ERROR;
                    set_errno(ENOMEM);
                    return -1;
                }
                *line = block.cast();
                *size = larger;
            }
            core::ptr::copy_nonoverlapping(text.as_ptr(), line.read().cast::<u8>().add(length), count);
            file.read_ptr = file.read_ptr.wrapping_add(count);
            length += count;
            if ends {
                break;
            }
        }
        if length == 0 {
            return -1;
        }
        line.read().add(length).write(0);
        length as ssize_t
    }
}

/// Puts a string. 1, or `EOF`.
unsafe fn put_string(file: &mut File, text: *const c_char) -> c_int {
    // SAFETY: the caller passes a string.
    unsafe {
        let length = strlen(text);
        if put(file, text.cast(), length) == length {
            1
        } else {
            EOF
        }
    }
}

export! {
    /// Reads a line, with its end, of at most `size - 1` bytes; null at the end or after an error. ISO C17 7.21.7.2.
    pub unsafe extern "C" fn fgets(place: *mut c_char, size: c_int, stream: *mut File) -> *mut c_char {
        // SAFETY: as the caller promises.
        let any = unsafe { locked(stream, |file| read_line(file, place.cast(), size)) };
        if any { place } else { core::ptr::null_mut() }
    }

    /// `fgets` by a caller that has the lock. glibc.
    pub unsafe extern "C" fn fgets_unlocked(place: *mut c_char, size: c_int, stream: *mut File) -> *mut c_char {
        // SAFETY: as the caller promises.
        let any = unsafe { read_line(&mut *stream, place.cast(), size) };
        if any { place } else { core::ptr::null_mut() }
    }

    /// `fgets` into `room` bytes, for programs built with `_FORTIFY_SOURCE`. LSB.
    pub unsafe extern "C" fn __fgets_chk(place: *mut c_char, room: size_t, size: c_int, stream: *mut File) -> *mut c_char {
        if size > 0 && size as usize > room {
            crate::string::fortify::chk_fail();
        }
        // SAFETY: as the caller promises.
        unsafe { fgets(place, size, stream) }
    }

    /// `fgets_unlocked` into `room` bytes, for programs built with `_FORTIFY_SOURCE`. LSB.
    pub unsafe extern "C" fn __fgets_unlocked_chk(place: *mut c_char, room: size_t, size: c_int, stream: *mut File) -> *mut c_char {
        if size > 0 && size as usize > room {
            crate::string::fortify::chk_fail();
        }
        // SAFETY: as the caller promises.
        unsafe { fgets_unlocked(place, size, stream) }
    }

    /// Reads a line of stdin without its end into memory of unknown size, as C89 had it; null at the end.
    pub unsafe extern "C" fn gets(place: *mut c_char) -> *mut c_char {
        // SAFETY: the caller hopes that the line fits.
        unsafe { __gets_chk(place, usize::MAX) }
    }

    /// `gets` into `room` bytes. LSB.
    pub unsafe extern "C" fn __gets_chk(place: *mut c_char, room: size_t) -> *mut c_char {
        // SAFETY: stdin names an open stream; at most `room` bytes are written.
        let any = unsafe {
            locked(STDIN.get(), |file| {
                let mut length = 0;
                loop {
                    let text = ready(file);
                    if text.is_empty() {
                        break length > 0;
                    }
                    let (count, ends) = up_to(text, b'\n');
                    let kept = count - ends as usize;
                    if length + kept >= room {
                        crate::string::fortify::chk_fail();
                    }
                    core::ptr::copy_nonoverlapping(text.as_ptr(), place.cast::<u8>().add(length), kept);
                    place.add(length + kept).write(0);
                    file.read_ptr = file.read_ptr.wrapping_add(count);
                    length += kept;
                    if ends {
                        break true;
                    }
                }
            })
        };
        if any { place } else { core::ptr::null_mut() }
    }

    /// Puts a string. 1, or `EOF`. ISO C17 7.21.7.4.
    pub unsafe extern "C" fn fputs(text: *const c_char, stream: *mut File) -> c_int {
        // SAFETY: as the caller promises.
        unsafe { locked(stream, |file| put_string(file, text)) }
    }

    /// `fputs` by a caller that has the lock. glibc.
    pub unsafe extern "C" fn fputs_unlocked(text: *const c_char, stream: *mut File) -> c_int {
        // SAFETY: as the caller promises.
        unsafe { put_string(&mut *stream, text) }
    }

    /// Puts a string and the end of a line to stdout. Its length, or `EOF`. ISO C17 7.21.7.9.
    pub unsafe extern "C" fn puts(text: *const c_char) -> c_int {
        // SAFETY: as the caller promises; stdout names an open stream.
        unsafe {
            locked(STDOUT.get(), |file| {
                let length = strlen(text);
                if put(file, text.cast(), length) != length || put_byte(file, b'\n') == EOF {
                    return EOF;
                }
                c_int::try_from(length + 1).unwrap_or(c_int::MAX)
            })
        }
    }

    /// Reads up to and with a delimiter into a block of the heap; the length, or -1. POSIX.1-2024.
    pub unsafe extern "C" fn getdelim(line: *mut *mut c_char, size: *mut size_t, delimiter: c_int, stream: *mut File) -> ssize_t {
        if line.is_null() || size.is_null() {
            set_errno(EINVAL);
            return -1;
        }
        // SAFETY: as the caller promises.
        unsafe { locked(stream, |file| read_delimited(file, line, size, delimiter)) }
    }

    /// Reads a line into a block of the heap; the length, or -1. POSIX.1-2024.
    pub unsafe extern "C" fn getline(line: *mut *mut c_char, size: *mut size_t, stream: *mut File) -> ssize_t {
        // SAFETY: as the caller promises.
        unsafe { getdelim(line, size, b'\n' as c_int, stream) }
    }
}
alias!(__getdelim = getdelim);
alias!(_IO_puts = puts);
alias!(_IO_fputs = fputs);
alias!(_IO_fgets = fgets);
