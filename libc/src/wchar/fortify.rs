//! The `_FORTIFY_SOURCE` entries of the wide functions: each knows the target's size in characters.

use super::{copy::*, find::*};
use crate::string::fortify::chk_fail;
use crate::types::*;

fn check(needed: usize, size: usize) {
    if needed > size {
        chk_fail();
    }
}

export! {
    /// `wcscpy` into `size` characters. LSB `__wcscpy_chk`.
    pub unsafe extern "C" fn __wcscpy_chk(
        target: *mut wchar_t,
        source: *const wchar_t,
        size: size_t,
    ) -> *mut wchar_t {
        // SAFETY: the check proves the room.
        unsafe {
            check(wcslen(source) + 1, size);
            wcscpy(target, source)
        }
    }

    /// `wcpcpy` into `size` characters. LSB `__wcpcpy_chk`.
    pub unsafe extern "C" fn __wcpcpy_chk(
        target: *mut wchar_t,
        source: *const wchar_t,
        size: size_t,
    ) -> *mut wchar_t {
        // SAFETY: the check proves the room.
        unsafe {
            check(wcslen(source) + 1, size);
            wcpcpy(target, source)
        }
    }

    /// `wcsncpy` into `size` characters. LSB `__wcsncpy_chk`.
    pub unsafe extern "C" fn __wcsncpy_chk(
        target: *mut wchar_t,
        source: *const wchar_t,
        n: size_t,
        size: size_t,
    ) -> *mut wchar_t {
        // SAFETY: the check proves the room.
        unsafe {
            check(n, size);
            wcsncpy(target, source, n)
        }
    }

    /// `wcpncpy` into `size` characters. LSB `__wcpncpy_chk`.
    pub unsafe extern "C" fn __wcpncpy_chk(
        target: *mut wchar_t,
        source: *const wchar_t,
        n: size_t,
        size: size_t,
    ) -> *mut wchar_t {
        // SAFETY: the check proves the room.
        unsafe {
            check(n, size);
            wcpncpy(target, source, n)
        }
    }

    /// `wmemcpy` into `size` characters. LSB `__wmemcpy_chk`.
    pub unsafe extern "C" fn __wmemcpy_chk(
        target: *mut wchar_t,
        source: *const wchar_t,
        n: size_t,
        size: size_t,
    ) -> *mut wchar_t {
        // SAFETY: the check proves the room.
        unsafe {
            check(n, size);
            wmemcpy(target, source, n)
        }
    }

    /// `wmempcpy` into `size` characters. LSB `__wmempcpy_chk`.
    pub unsafe extern "C" fn __wmempcpy_chk(
        target: *mut wchar_t,
        source: *const wchar_t,
        n: size_t,
        size: size_t,
    ) -> *mut wchar_t {
        // SAFETY: the check proves the room.
        unsafe {
            check(n, size);
            wmempcpy(target, source, n)
        }
    }

    /// `wcslcpy` into `size` characters. LSB `__wcslcpy_chk`.
    pub unsafe extern "C" fn __wcslcpy_chk(
        target: *mut wchar_t,
        source: *const wchar_t,
        n: size_t,
        size: size_t,
    ) -> size_t {
        // SAFETY: the check proves the room.
        unsafe {
            check(n, size);
            wcslcpy(target, source, n)
        }
    }

    /// `wcslcat` into `size` characters. LSB `__wcslcat_chk`.
    pub unsafe extern "C" fn __wcslcat_chk(
        target: *mut wchar_t,
        source: *const wchar_t,
        n: size_t,
        size: size_t,
    ) -> size_t {
        // SAFETY: the check proves the room.
        unsafe {
            check(n, size);
            wcslcat(target, source, n)
        }
    }

    /// `wcscat` into `size` characters. LSB `__wcscat_chk`.
    pub unsafe extern "C" fn __wcscat_chk(
        target: *mut wchar_t,
        source: *const wchar_t,
        size: size_t,
    ) -> *mut wchar_t {
        // SAFETY: the check proves the room.
        unsafe {
            check(wcslen(target) + wcslen(source) + 1, size);
            wcscat(target, source)
        }
    }

    /// `wcsncat` into `size` characters. LSB `__wcsncat_chk`.
    pub unsafe extern "C" fn __wcsncat_chk(
        target: *mut wchar_t,
        source: *const wchar_t,
        n: size_t,
        size: size_t,
    ) -> *mut wchar_t {
        // SAFETY: the check proves the room.
        unsafe {
            check(wcslen(target) + wcsnlen(source, n) + 1, size);
            wcsncat(target, source, n)
        }
    }

    /// `wmemset` into `size` characters. LSB `__wmemset_chk`.
    pub unsafe extern "C" fn __wmemset_chk(
        target: *mut wchar_t,
        value: wchar_t,
        n: size_t,
        size: size_t,
    ) -> *mut wchar_t {
        // SAFETY: the check proves the room.
        unsafe {
            check(n, size);
            wmemset(target, value, n)
        }
    }
}

crate::alias!(__wmemmove_chk = __wmemcpy_chk);
