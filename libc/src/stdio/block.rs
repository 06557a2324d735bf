//! fread and fwrite. ISO C17 7.21.8.

use super::file::{File, flag, locked};
use super::{input, output};
use crate::errno::{EOVERFLOW, set_errno};
use crate::types::*;

/// The bytes of `count` items, if that is a size.
fn bytes(size: size_t, count: size_t, file: &mut File) -> Option<usize> {
    let bytes = size.checked_mul(count);
    if bytes.is_none() {
        file.flags |= flag::ERROR;
        set_errno(EOVERFLOW);
    }
    bytes
}

unsafe fn read_items(file: &mut File, place: *mut c_void, size: size_t, count: size_t) -> size_t {
    match bytes(size, count, file) {
        None | Some(0) => 0,
        Some(wanted) => {
            // SAFETY: the caller passes room for all items.
            let read = unsafe { input::get(file, place.cast(), wanted) };
            if read == wanted { count } else { read / size }
        }
    }
}

unsafe fn write_items(file: &mut File, data: *const c_void, size: size_t, count: size_t) -> size_t {
    match bytes(size, count, file) {
        None | Some(0) => 0,
        Some(wanted) => {
            // SAFETY: the caller passes so many items.
            let written = unsafe { output::put(file, data.cast(), wanted) };
            if written == wanted { count } else { written / size }
        }
    }
}

export! {
    /// Reads items; how many were read whole. ISO C17 7.21.8.1.
    pub unsafe extern "C" fn fread(place: *mut c_void, size: size_t, count: size_t, stream: *mut File) -> size_t {
        // SAFETY: as the caller promises.
        unsafe { locked(stream, |file| read_items(file, place, size, count)) }
    }

    /// `fread` by a caller that has the lock. glibc.
    pub unsafe extern "C" fn fread_unlocked(place: *mut c_void, size: size_t, count: size_t, stream: *mut File) -> size_t {
        // SAFETY: as the caller promises.
        unsafe { read_items(&mut *stream, place, size, count) }
    }

    /// `fread` into `room` bytes, for programs built with `_FORTIFY_SOURCE`. LSB.
    pub unsafe extern "C" fn __fread_chk(place: *mut c_void, room: size_t, size: size_t, count: size_t, stream: *mut File) -> size_t {
        if size.checked_mul(count).is_none_or(|bytes| bytes > room) {
            crate::string::fortify::chk_fail();
        }
        // SAFETY: as the caller promises.
        unsafe { fread(place, size, count, stream) }
    }

    /// `fread_unlocked` into `room` bytes, for programs built with `_FORTIFY_SOURCE`. LSB.
    pub unsafe extern "C" fn __fread_unlocked_chk(place: *mut c_void, room: size_t, size: size_t, count: size_t, stream: *mut File) -> size_t {
        if size.checked_mul(count).is_none_or(|bytes| bytes > room) {
            crate::string::fortify::chk_fail();
        }
        // SAFETY: as the caller promises.
        unsafe { fread_unlocked(place, size, count, stream) }
    }

    /// Writes items; how many were taken whole. ISO C17 7.21.8.2.
    pub unsafe extern "C" fn fwrite(data: *const c_void, size: size_t, count: size_t, stream: *mut File) -> size_t {
        // SAFETY: as the caller promises.
        unsafe { locked(stream, |file| write_items(file, data, size, count)) }
    }

    /// `fwrite` by a caller that has the lock. glibc.
    pub unsafe extern "C" fn fwrite_unlocked(data: *const c_void, size: size_t, count: size_t, stream: *mut File) -> size_t {
        // SAFETY: as the caller promises.
        unsafe { write_items(&mut *stream, data, size, count) }
    }
}
alias!(_IO_fread = fread);
alias!(_IO_fwrite = fwrite);
