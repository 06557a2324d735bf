//! Comparing wide strings. Both locales collate by code point.

use super::copy::wcslcpy;
use super::find::wcslen;
use crate::locale::{current_is_utf8, is_utf8, locale_t};
use crate::types::*;
use crate::wctype::lower;

fn order<T: Ord>(a: T, b: T) -> c_int {
    a.cmp(&b) as c_int
}

unsafe fn difference(a: *const wchar_t, b: *const wchar_t, limit: usize) -> c_int {
    for i in 0..limit {
        // SAFETY: no terminator lies before index i in either string.
        let (x, y) = unsafe { (*a.add(i), *b.add(i)) };
        if x != y || x == 0 {
            return order(x, y);
        }
    }
    0
}

unsafe fn difference_without_case(
    a: *const wchar_t,
    b: *const wchar_t,
    limit: usize,
    is_utf8: bool,
) -> c_int {
    for i in 0..limit {
        // SAFETY: no terminator lies before index i in either string.
        let (x, y) = unsafe { (*a.add(i), *b.add(i)) };
        let (x, y) = (lower(x as wint_t, is_utf8), lower(y as wint_t, is_utf8));
        if x != y || x == 0 {
            return order(x as wchar_t, y as wchar_t);
        }
    }
    0
}

export! {
    /// Compares two wide strings. ISO C, POSIX.1-2024 `wcscmp`.
    pub unsafe extern "C" fn wcscmp(a: *const wchar_t, b: *const wchar_t) -> c_int {
        // SAFETY: both are wide strings.
        unsafe { difference(a, b, usize::MAX) }
    }

    /// Compares at most `n` wide characters. ISO C, POSIX.1-2024 `wcsncmp`.
    pub unsafe extern "C" fn wcsncmp(a: *const wchar_t, b: *const wchar_t, n: size_t) -> c_int {
        // SAFETY: both are wide strings or have n characters.
        unsafe { difference(a, b, n) }
    }

    /// Compares in the collating order of the locale. ISO C, POSIX.1-2024 `wcscoll`.
    pub unsafe extern "C" fn wcscoll(a: *const wchar_t, b: *const wchar_t) -> c_int {
        // SAFETY: both are wide strings.
        unsafe { difference(a, b, usize::MAX) }
    }

    /// `wcscoll` in a locale. POSIX.1-2024 `wcscoll_l`.
    pub unsafe extern "C" fn wcscoll_l(a: *const wchar_t, b: *const wchar_t, _: locale_t) -> c_int {
        // SAFETY: both are wide strings.
        unsafe { difference(a, b, usize::MAX) }
    }

    /// Transforms so that `wcscmp` of results is `wcscoll` of strings: a copy. ISO C, POSIX.1-2024 `wcsxfrm`.
    pub unsafe extern "C" fn wcsxfrm(target: *mut wchar_t, source: *const wchar_t, n: size_t) -> size_t {
        // SAFETY: source is a wide string; n characters are writable at target.
        unsafe { if n == 0 { wcslen(source) } else { wcslcpy(target, source, n) } }
    }

    /// `wcsxfrm` in a locale. POSIX.1-2024 `wcsxfrm_l`.
    pub unsafe extern "C" fn wcsxfrm_l(
        target: *mut wchar_t,
        source: *const wchar_t,
        n: size_t,
        _: locale_t,
    ) -> size_t {
        // SAFETY: as wcsxfrm.
        unsafe { wcsxfrm(target, source, n) }
    }

    /// Compares without regard to case. POSIX.1-2024 `wcscasecmp`.
    pub unsafe extern "C" fn wcscasecmp(a: *const wchar_t, b: *const wchar_t) -> c_int {
        // SAFETY: both are wide strings.
        unsafe { difference_without_case(a, b, usize::MAX, current_is_utf8()) }
    }

    /// Compares at most `n` wide characters without regard to case. POSIX.1-2024 `wcsncasecmp`.
    pub unsafe extern "C" fn wcsncasecmp(a: *const wchar_t, b: *const wchar_t, n: size_t) -> c_int {
        // SAFETY: both are wide strings or have n characters.
        unsafe { difference_without_case(a, b, n, current_is_utf8()) }
    }

    /// `wcscasecmp` in a locale. POSIX.1-2024 `wcscasecmp_l`.
    pub unsafe extern "C" fn wcscasecmp_l(
        a: *const wchar_t,
        b: *const wchar_t,
        locale: locale_t,
    ) -> c_int {
        // SAFETY: both are wide strings; locale is valid.
        unsafe { difference_without_case(a, b, usize::MAX, is_utf8(locale)) }
    }

    /// `wcsncasecmp` in a locale. POSIX.1-2024 `wcsncasecmp_l`.
    pub unsafe extern "C" fn wcsncasecmp_l(
        a: *const wchar_t,
        b: *const wchar_t,
        n: size_t,
        locale: locale_t,
    ) -> c_int {
        // SAFETY: both are wide strings or have n characters; locale is valid.
        unsafe { difference_without_case(a, b, n, is_utf8(locale)) }
    }

    /// Compares `n` wide characters by value. ISO C, POSIX.1-2024 `wmemcmp`.
    pub unsafe extern "C" fn wmemcmp(a: *const wchar_t, b: *const wchar_t, n: size_t) -> c_int {
        for i in 0..n {
            // SAFETY: n characters are readable at both.
            let (x, y) = unsafe { (*a.add(i), *b.add(i)) };
            if x != y {
                return order(x, y);
            }
        }
        0
    }
}

crate::alias!(__wcscoll_l = wcscoll_l);
crate::alias!(__wcsxfrm_l = wcsxfrm_l);
crate::alias!(__wcscasecmp_l = wcscasecmp_l);
crate::alias!(__wcsncasecmp_l = wcsncasecmp_l);
