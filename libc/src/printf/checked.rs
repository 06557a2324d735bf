//! The entries that `_FORTIFY_SOURCE` calls in place of the printf family. LSB 5.
//!
//! `checks` above 0 asks for care with `%n`; `room` is the size of the place as the compiler knows it.

use super::engine::Care;
use super::narrow::{self, returned};
use super::va_list::VaList;
use super::wide;
use crate::start::program;
use crate::stdio::file::{File, locked};
use crate::stdio::standard;
use crate::string::fortify::chk_fail;
use crate::types::*;

/// Ends the program for a `%n` in a format that the program can write: nobody writes such a format honestly.
pub fn refuse_n(format: *const c_void) {
    if !is_constant(format.addr()) {
        crate::signal::abort::abort_with(b"*** %n in writable segment detected ***: terminated\n");
    }
}

/// Whether an address lies in a part of the program's image that cannot be written.
fn is_constant(address: usize) -> bool {
    const WRITABLE: u32 = 2;
    program::headers().iter().any(|header| {
        let start = program::load_address().wrapping_add(header.address as usize);
        let inside = address.wrapping_sub(start) < header.memory_size as usize;
        header.kind == program::PT_LOAD && header.flags & WRITABLE == 0 && inside
    })
}

#[inline]
fn care(checks: c_int) -> Care {
    if checks > 0 { Care::Fortified } else { Care::Normal }
}

#[inline]
fn check(size: size_t, room: size_t) {
    if size > room {
        chk_fail();
    }
}

export! {
    /// `vfprintf`. LSB.
    pub unsafe extern "C" fn __vfprintf_chk(stream: *mut File, checks: c_int, format: *const c_char, list: *mut VaList) -> c_int {
        // SAFETY: as the caller promises.
        returned(unsafe { locked(stream, |file| narrow::print_to_stream(file, format, list, care(checks))) })
    }

    /// `vprintf`. LSB.
    pub unsafe extern "C" fn __vprintf_chk(checks: c_int, format: *const c_char, list: *mut VaList) -> c_int {
        // SAFETY: as the caller promises.
        unsafe { __vfprintf_chk(standard::STDOUT.get(), checks, format, list) }
    }

    /// `vsnprintf`. LSB.
    pub unsafe extern "C" fn __vsnprintf_chk(place: *mut c_char, size: size_t, checks: c_int, room: size_t, format: *const c_char, list: *mut VaList) -> c_int {
        check(size, room);
        // SAFETY: as the caller promises.
        returned(unsafe { narrow::print_to_memory(place, size, format, list, care(checks)) })
    }

    /// `vsprintf`. LSB.
    pub unsafe extern "C" fn __vsprintf_chk(place: *mut c_char, checks: c_int, room: size_t, format: *const c_char, list: *mut VaList) -> c_int {
        // SAFETY: as the caller promises; nothing is written beyond the room.
        let result = returned(unsafe { narrow::print_to_memory(place, room, format, list, care(checks)) });
        if result >= 0 && result as size_t >= room {
            chk_fail();
        }
        result
    }

    /// `vasprintf`. LSB.
    pub unsafe extern "C" fn __vasprintf_chk(place: *mut *mut c_char, checks: c_int, format: *const c_char, list: *mut VaList) -> c_int {
        // SAFETY: as the caller promises.
        returned(unsafe { narrow::print_to_heap(place, format, list, care(checks)) })
    }

    /// `vdprintf`. LSB.
    pub unsafe extern "C" fn __vdprintf_chk(fd: c_int, checks: c_int, format: *const c_char, list: *mut VaList) -> c_int {
        // SAFETY: as the caller promises.
        returned(unsafe { narrow::print_to_descriptor(fd, format, list, care(checks)) })
    }

    /// `vfwprintf`. LSB.
    pub unsafe extern "C" fn __vfwprintf_chk(stream: *mut File, checks: c_int, format: *const wchar_t, list: *mut VaList) -> c_int {
        // SAFETY: as the caller promises.
        returned(unsafe { locked(stream, |file| wide::print_to_stream(file, format, list, care(checks))) })
    }

    /// `vwprintf`. LSB.
    pub unsafe extern "C" fn __vwprintf_chk(checks: c_int, format: *const wchar_t, list: *mut VaList) -> c_int {
        // SAFETY: as the caller promises.
        unsafe { __vfwprintf_chk(standard::STDOUT.get(), checks, format, list) }
    }

    /// `vswprintf`; the room counts wide characters. LSB.
    pub unsafe extern "C" fn __vswprintf_chk(place: *mut wchar_t, size: size_t, checks: c_int, room: size_t, format: *const wchar_t, list: *mut VaList) -> c_int {
        check(size, room);
        // SAFETY: as the caller promises.
        returned(unsafe { wide::print_to_memory(place, size, format, list, care(checks)) })
    }
}

variadic! {
    __printf_chk(2) = __vprintf_chk;
    __fprintf_chk(3) = __vfprintf_chk;
    __sprintf_chk(4) = __vsprintf_chk;
    __snprintf_chk(5) = __vsnprintf_chk;
    __asprintf_chk(3) = __vasprintf_chk;
    __dprintf_chk(3) = __vdprintf_chk;
    __wprintf_chk(2) = __vwprintf_chk;
    __fwprintf_chk(3) = __vfwprintf_chk;
    __swprintf_chk(5) = __vswprintf_chk;
}
