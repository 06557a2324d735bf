//! The entries that `_FORTIFY_SOURCE` calls in place of string functions: each knows the target's size, and
//! ends the process when the write would pass it. The `mem*` ones stand beside their functions.

use super::copy::*;
use super::find::strnlen;
use super::length::strlen;
use crate::types::*;

/// Says so and ends the process, after a detected overflow of a buffer.
pub extern "C" fn chk_fail() -> ! {
    crate::signal::abort::abort_with(b"*** buffer overflow detected ***: terminated\n")
}

#[inline(always)]
fn check(needed: usize, size: usize) {
    if needed > size {
        chk_fail();
    }
}

export! {
    /// `strcpy` into `size` bytes. LSB `__strcpy_chk`.
    pub unsafe extern "C" fn __strcpy_chk(
        target: *mut c_char,
        source: *const c_char,
        size: size_t,
    ) -> *mut c_char {
        // SAFETY: source is a string; the check proves the room.
        unsafe {
            check(strlen(source) + 1, size);
            strcpy(target, source)
        }
    }

    /// `stpcpy` into `size` bytes. LSB `__stpcpy_chk`.
    pub unsafe extern "C" fn __stpcpy_chk(
        target: *mut c_char,
        source: *const c_char,
        size: size_t,
    ) -> *mut c_char {
        // SAFETY: source is a string; the check proves the room.
        unsafe {
            check(strlen(source) + 1, size);
            stpcpy(target, source)
        }
    }

    /// `strncpy` into `size` bytes. LSB `__strncpy_chk`.
    pub unsafe extern "C" fn __strncpy_chk(
        target: *mut c_char,
        source: *const c_char,
        n: size_t,
        size: size_t,
    ) -> *mut c_char {
        check(n, size);
        // SAFETY: the check proves the room.
        unsafe { strncpy(target, source, n) }
    }

    /// `stpncpy` into `size` bytes. LSB `__stpncpy_chk`.
    pub unsafe extern "C" fn __stpncpy_chk(
        target: *mut c_char,
        source: *const c_char,
        n: size_t,
        size: size_t,
    ) -> *mut c_char {
        check(n, size);
        // SAFETY: the check proves the room.
        unsafe { stpncpy(target, source, n) }
    }

    /// `strcat` into `size` bytes in all. LSB `__strcat_chk`.
    pub unsafe extern "C" fn __strcat_chk(
        target: *mut c_char,
        source: *const c_char,
        size: size_t,
    ) -> *mut c_char {
        // SAFETY: both are strings; the check proves the room. The sum of two object sizes cannot wrap.
        unsafe {
            check(strlen(target) + strlen(source) + 1, size);
            strcat(target, source)
        }
    }

    /// `strncat` into `size` bytes in all. LSB `__strncat_chk`.
    pub unsafe extern "C" fn __strncat_chk(
        target: *mut c_char,
        source: *const c_char,
        n: size_t,
        size: size_t,
    ) -> *mut c_char {
        // SAFETY: both are strings; the check proves the room.
        unsafe {
            check(strlen(target) + strnlen(source, n) + 1, size);
            strncat(target, source, n)
        }
    }

    /// `strlcpy` into at most `size` bytes. glibc `__strlcpy_chk`.
    pub unsafe extern "C" fn __strlcpy_chk(
        target: *mut c_char,
        source: *const c_char,
        n: size_t,
        size: size_t,
    ) -> size_t {
        check(n, size);
        // SAFETY: the check proves the room.
        unsafe { strlcpy(target, source, n) }
    }

    /// `strlcat` into at most `size` bytes. glibc `__strlcat_chk`.
    pub unsafe extern "C" fn __strlcat_chk(
        target: *mut c_char,
        source: *const c_char,
        n: size_t,
        size: size_t,
    ) -> size_t {
        check(n, size);
        // SAFETY: the check proves the room.
        unsafe { strlcat(target, source, n) }
    }
}
