//! The `_FORTIFY_SOURCE` entries of the conversions: each knows the target's size.

use super::decode::mbstate_t;
use super::restartable::{__ctype_get_mb_cur_max, wcrtomb, wctomb};
use super::strings::*;
use crate::string::fortify::chk_fail;
use crate::types::*;

fn check(needed: usize, size: usize) {
    if needed > size {
        chk_fail();
    }
}

export! {
    /// `wctomb` into `size` bytes. LSB `__wctomb_chk`.
    pub unsafe extern "C" fn __wctomb_chk(s: *mut c_char, wide: wchar_t, size: size_t) -> c_int {
        // SAFETY: the check proves the room.
        unsafe {
            check(__ctype_get_mb_cur_max(), size);
            wctomb(s, wide)
        }
    }

    /// `wcrtomb` into `size` bytes. LSB `__wcrtomb_chk`.
    pub unsafe extern "C" fn __wcrtomb_chk(
        s: *mut c_char,
        wide: wchar_t,
        state: *mut mbstate_t,
        size: size_t,
    ) -> size_t {
        // SAFETY: the check proves the room.
        unsafe {
            check(__ctype_get_mb_cur_max(), size);
            wcrtomb(s, wide, state)
        }
    }

    /// `mbstowcs` into `size` characters. LSB `__mbstowcs_chk`.
    pub unsafe extern "C" fn __mbstowcs_chk(
        target: *mut wchar_t,
        source: *const c_char,
        n: size_t,
        size: size_t,
    ) -> size_t {
        check(n, size);
        // SAFETY: the check proves the room.
        unsafe { mbstowcs(target, source, n) }
    }

    /// `wcstombs` into `size` bytes. LSB `__wcstombs_chk`.
    pub unsafe extern "C" fn __wcstombs_chk(
        target: *mut c_char,
        source: *const wchar_t,
        n: size_t,
        size: size_t,
    ) -> size_t {
        check(n, size);
        // SAFETY: the check proves the room.
        unsafe { wcstombs(target, source, n) }
    }

    /// `mbsrtowcs` into `size` characters. LSB `__mbsrtowcs_chk`.
    pub unsafe extern "C" fn __mbsrtowcs_chk(
        target: *mut wchar_t,
        source: *mut *const c_char,
        n: size_t,
        state: *mut mbstate_t,
        size: size_t,
    ) -> size_t {
        check(n, size);
        // SAFETY: the check proves the room.
        unsafe { mbsrtowcs(target, source, n, state) }
    }

    /// `wcsrtombs` into `size` bytes. LSB `__wcsrtombs_chk`.
    pub unsafe extern "C" fn __wcsrtombs_chk(
        target: *mut c_char,
        source: *mut *const wchar_t,
        n: size_t,
        state: *mut mbstate_t,
        size: size_t,
    ) -> size_t {
        check(n, size);
        // SAFETY: the check proves the room.
        unsafe { wcsrtombs(target, source, n, state) }
    }

    /// `mbsnrtowcs` into `size` characters. LSB `__mbsnrtowcs_chk`.
    pub unsafe extern "C" fn __mbsnrtowcs_chk(
        target: *mut wchar_t,
        source: *mut *const c_char,
        bytes: size_t,
        n: size_t,
        state: *mut mbstate_t,
        size: size_t,
    ) -> size_t {
        check(n, size);
        // SAFETY: the check proves the room.
        unsafe { mbsnrtowcs(target, source, bytes, n, state) }
    }

    /// `wcsnrtombs` into `size` bytes. LSB `__wcsnrtombs_chk`.
    pub unsafe extern "C" fn __wcsnrtombs_chk(
        target: *mut c_char,
        source: *mut *const wchar_t,
        characters: size_t,
        n: size_t,
        state: *mut mbstate_t,
        size: size_t,
    ) -> size_t {
        check(n, size);
        // SAFETY: the check proves the room.
        unsafe { wcsnrtombs(target, source, characters, n, state) }
    }
}
