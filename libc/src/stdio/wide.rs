//! Wide streams: fwide, fgetwc, fputwc, fgetws, fputws, ungetwc. ISO C17 7.29.3, POSIX.1-2024.
//!
//! A wide stream has the same buffer of bytes as any other; characters are decoded and encoded on the way, in the
//! encoding of the calling thread's locale.

use super::file::{File, flag, locked};
use super::growing_wide;
use super::input::{get_byte, leave_writing, underflow};
use super::output::{EOF, put_all};
use super::standard::{STDIN, STDOUT};
use crate::errno::{EILSEQ, Errno, Result, set_errno};
use crate::multibyte::decode::encode as encode_as;
use crate::printf::encoding::{Decoded, Encoding};
use crate::types::*;

/// `WEOF`.
pub const WEOF: wint_t = u32::MAX;

/// Makes the stream a wide one, if it has no orientation yet. EBADF for one of bytes would be POSIX's wish; glibc
/// lets them mix, and so does this.
pub fn orient(file: &mut File) -> Result<()> {
    if file.mode == 0 {
        file.mode = 1;
    }
    Ok(())
}

/// Puts a character. EILSEQ if the encoding has none such.
pub fn put_character(file: &mut File, character: wchar_t) -> Result<()> {
    let encoded = if growing_wide::is_wide_memory(file) {
        encode_as(true, character as u32)
    } else {
        Encoding::current().encode(character)
    };
    match encoded {
        Some((bytes, length)) => put_all(file, &bytes[..length]),
        None => {
            file.fail(Errno::EILSEQ);
            Err(Errno::EILSEQ)
        }
    }
}

/// Takes a character, or `WEOF`: at the end, after an error, or with EILSEQ at bytes that are none.
pub fn get_character(file: &mut File) -> wint_t {
    let encoding = Encoding::current();
    let mut bytes = [0; 4];
    for length in 1..=bytes.len() {
        let byte = underflow(file);
        if byte == EOF {
            if length > 1 {
                // A character cut off by the end of the file.
                file.fail(Errno::EILSEQ);
            }
            return WEOF;
        }
        bytes[length - 1] = byte as u8;
        match encoding.decode(&bytes[..length]) {
            Decoded::Character(character, _) => {
                file.read_ptr = file.read_ptr.wrapping_add(1);
                return character as wint_t;
            }
            Decoded::Incomplete => {
                get_byte(file);
            }
            Decoded::Invalid => break,
        }
    }
    file.fail(Errno::EILSEQ);
    WEOF
}

/// Puts a character back.
pub fn push_back(file: &mut File, character: wint_t) -> wint_t {
    if character == WEOF || file.has(flag::NO_READS) || leave_writing(file).is_err() {
        return WEOF;
    }
    let Some((bytes, length)) = Encoding::current().encode(character as wchar_t) else {
        set_errno(EILSEQ);
        return WEOF;
    };
    for (done, &byte) in bytes[..length].iter().rev().enumerate() {
        if !file.push_back(byte) {
            // Nothing of a character that does not fit stays.
            file.read_ptr = file.read_ptr.wrapping_add(done);
            return WEOF;
        }
    }
    file.flags &= !flag::END;
    character
}

fn get_oriented(file: &mut File) -> wint_t {
    let _ = orient(file);
    get_character(file)
}

fn put_oriented(file: &mut File, character: wchar_t) -> wint_t {
    match orient(file).and_then(|()| put_character(file, character)) {
        Ok(()) => character as wint_t,
        Err(error) => {
            set_errno(error.0);
            WEOF
        }
    }
}

unsafe fn get_string(file: &mut File, place: *mut wchar_t, size: c_int) -> *mut wchar_t {
    let Ok(room) = usize::try_from(size - 1) else {
        return core::ptr::null_mut();
    };
    let before = file.flags & flag::ERROR;
    file.flags &= !flag::ERROR;
    let mut length = 0;
    while length < room {
        let character = get_oriented(file);
        if character == WEOF {
            break;
        }
        // SAFETY: the caller passes room for `size` characters.
        unsafe { place.add(length).write(character as wchar_t) };
        length += 1;
        if character == '\n' as wint_t {
            break;
        }
    }
    let failed = file.has(flag::ERROR);
    file.flags |= before;
    if (length == 0 && room > 0) || failed {
        return core::ptr::null_mut();
    }
    // SAFETY: length <= size - 1.
    unsafe { place.add(length).write(0) };
    place
}

unsafe fn put_string(file: &mut File, text: *const wchar_t) -> c_int {
    let mut next = text;
    loop {
        // SAFETY: the caller passes a wide string.
        let character = unsafe { next.read() };
        if character == 0 {
            return 1;
        }
        if put_oriented(file, character) == WEOF {
            return EOF;
        }
        next = next.wrapping_add(1);
    }
}

export! {
    /// Sets a stream's orientation, if it has none, and returns it: positive wide, negative bytes. ISO C17 7.29.3.5.
    pub unsafe extern "C" fn fwide(stream: *mut File, mode: c_int) -> c_int {
        // SAFETY: the caller passes an open stream.
        unsafe {
            locked(stream, |file| {
                if file.mode == 0 {
                    file.mode = mode.signum();
                }
                file.mode
            })
        }
    }

    /// Takes a character, or `WEOF`. ISO C17 7.29.3.1.
    pub unsafe extern "C" fn fgetwc(stream: *mut File) -> wint_t {
        // SAFETY: the caller passes an open stream.
        unsafe { locked(stream, get_oriented) }
    }

    /// `fgetwc` by a caller that has the lock. glibc.
    pub unsafe extern "C" fn fgetwc_unlocked(stream: *mut File) -> wint_t {
        // SAFETY: the caller passes an open stream that it has locked.
        unsafe { get_oriented(&mut *stream) }
    }

    /// Takes a character of stdin, or `WEOF`. ISO C17 7.29.3.7.
    pub unsafe extern "C" fn getwchar() -> wint_t {
        // SAFETY: stdin names an open stream.
        unsafe { locked(STDIN.get(), get_oriented) }
    }

    /// `getwchar` by a caller that has the lock. glibc.
    pub unsafe extern "C" fn getwchar_unlocked() -> wint_t {
        // SAFETY: stdin names an open stream, locked by the caller.
        unsafe { get_oriented(&mut *STDIN.get()) }
    }

    /// Puts a character; it, or `WEOF`. ISO C17 7.29.3.3.
    pub unsafe extern "C" fn fputwc(character: wchar_t, stream: *mut File) -> wint_t {
        // SAFETY: the caller passes an open stream.
        unsafe { locked(stream, |file| put_oriented(file, character)) }
    }

    /// `fputwc` by a caller that has the lock. glibc.
    pub unsafe extern "C" fn fputwc_unlocked(character: wchar_t, stream: *mut File) -> wint_t {
        // SAFETY: the caller passes an open stream that it has locked.
        unsafe { put_oriented(&mut *stream, character) }
    }

    /// Puts a character to stdout; it, or `WEOF`. ISO C17 7.29.3.9.
    pub unsafe extern "C" fn putwchar(character: wchar_t) -> wint_t {
        // SAFETY: stdout names an open stream.
        unsafe { locked(STDOUT.get(), |file| put_oriented(file, character)) }
    }

    /// `putwchar` by a caller that has the lock. glibc.
    pub unsafe extern "C" fn putwchar_unlocked(character: wchar_t) -> wint_t {
        // SAFETY: stdout names an open stream, locked by the caller.
        unsafe { put_oriented(&mut *STDOUT.get(), character) }
    }

    /// Puts a character back, to be read next; it, or `WEOF`. At least 4 fit. ISO C17 7.29.3.10.
    pub unsafe extern "C" fn ungetwc(character: wint_t, stream: *mut File) -> wint_t {
        // SAFETY: the caller passes an open stream.
        unsafe {
            locked(stream, |file| {
                let _ = orient(file);
                push_back(file, character)
            })
        }
    }

    /// Reads a line, with its end, of at most `size - 1` characters; null at the end or after an error.
    /// ISO C17 7.29.3.2.
    pub unsafe extern "C" fn fgetws(place: *mut wchar_t, size: c_int, stream: *mut File) -> *mut wchar_t {
        // SAFETY: as the caller promises.
        unsafe { locked(stream, |file| get_string(file, place, size)) }
    }

    /// `fgetws` by a caller that has the lock. glibc.
    pub unsafe extern "C" fn fgetws_unlocked(place: *mut wchar_t, size: c_int, stream: *mut File) -> *mut wchar_t {
        // SAFETY: as the caller promises.
        unsafe { get_string(&mut *stream, place, size) }
    }

    /// `fgetws` into room for `room` characters, for programs built with `_FORTIFY_SOURCE`. LSB.
    pub unsafe extern "C" fn __fgetws_chk(place: *mut wchar_t, room: size_t, size: c_int, stream: *mut File) -> *mut wchar_t {
        if size > 0 && size as usize > room {
            crate::string::fortify::chk_fail();
        }
        // SAFETY: as the caller promises.
        unsafe { fgetws(place, size, stream) }
    }

    /// `fgetws_unlocked` into room for `room` characters, for programs built with `_FORTIFY_SOURCE`. LSB.
    pub unsafe extern "C" fn __fgetws_unlocked_chk(place: *mut wchar_t, room: size_t, size: c_int, stream: *mut File) -> *mut wchar_t {
        if size > 0 && size as usize > room {
            crate::string::fortify::chk_fail();
        }
        // SAFETY: as the caller promises.
        unsafe { fgetws_unlocked(place, size, stream) }
    }

    /// Puts a wide string. 1, or `EOF`. ISO C17 7.29.3.4.
    pub unsafe extern "C" fn fputws(text: *const wchar_t, stream: *mut File) -> c_int {
        // SAFETY: as the caller promises.
        unsafe { locked(stream, |file| put_string(file, text)) }
    }

    /// `fputws` by a caller that has the lock. glibc.
    pub unsafe extern "C" fn fputws_unlocked(text: *const wchar_t, stream: *mut File) -> c_int {
        // SAFETY: as the caller promises.
        unsafe { put_string(&mut *stream, text) }
    }
}
alias!(getwc = fgetwc);
alias!(getwc_unlocked = fgetwc_unlocked);
alias!(putwc = fputwc);
alias!(putwc_unlocked = fputwc_unlocked);
