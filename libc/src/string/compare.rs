//! Comparing strings: `strcmp`, `strncmp`, their case-blind forms, `strcoll`, `strxfrm`, `strverscmp`.
//!
//! Both locales (C and C.UTF-8) collate by byte value, which for UTF-8 is the order of code points.

use super::block::{self, SIZE};
use super::copy_memory::memmove;
use super::length::strlen;
use crate::types::*;

/// Where two strings first differ or end, within `limit` bytes; both bytes there.
#[inline(always)]
unsafe fn difference(a: *const u8, b: *const u8, limit: usize) -> c_int {
    let mut i = 0;
    while i < limit {
        let (x, y) = (a.wrapping_add(i), b.wrapping_add(i));
        if block::within_page(x) && block::within_page(y) {
            // SAFETY: neither block leaves the page of a byte that belongs to the strings.
            let stop =
                unsafe { block::zero_or_different(block::load_unaligned(x), block::load_unaligned(y)) };
            if stop == 0 {
                i = i.saturating_add(SIZE);
                continue;
            }
            i += stop.trailing_zeros() as usize;
            if i >= limit {
                return 0;
            }
            // SAFETY: no terminator lies before index i in either string.
            return unsafe { c_int::from(*a.wrapping_add(i)) - c_int::from(*b.wrapping_add(i)) };
        }
        for _ in 0..SIZE {
            if i >= limit {
                return 0;
            }
            // SAFETY: no terminator lies before index i in either string.
            let (x, y) = unsafe { (*a.wrapping_add(i), *b.wrapping_add(i)) };
            if x != y || x == 0 {
                return c_int::from(x) - c_int::from(y);
            }
            i += 1;
        }
    }
    0
}

/// As `difference`, upper-case letters taken as lower case. Both locales fold single bytes as ASCII.
#[inline(always)]
unsafe fn difference_without_case(a: *const u8, b: *const u8, limit: usize) -> c_int {
    for i in 0..limit {
        // SAFETY: no terminator lies before index i in either string.
        let (x, y) = unsafe { (*a.wrapping_add(i), *b.wrapping_add(i)) };
        let (x, y) = (x.to_ascii_lowercase(), y.to_ascii_lowercase());
        if x != y || x == 0 {
            return c_int::from(x) - c_int::from(y);
        }
    }
    0
}

export! {
    /// Compares two strings by byte value. ISO C, POSIX.1-2024 `strcmp`.
    pub unsafe extern "C" fn strcmp(a: *const c_char, b: *const c_char) -> c_int {
        // SAFETY: both are strings.
        unsafe { difference(a.cast(), b.cast(), usize::MAX) }
    }

    /// Compares at most `n` bytes of two strings. ISO C, POSIX.1-2024 `strncmp`.
    pub unsafe extern "C" fn strncmp(a: *const c_char, b: *const c_char, n: size_t) -> c_int {
        // SAFETY: both are strings, or arrays of at least n bytes.
        unsafe { difference(a.cast(), b.cast(), n) }
    }

    /// Compares two strings without regard to case. POSIX.1-2024 `strcasecmp`.
    pub unsafe extern "C" fn strcasecmp(a: *const c_char, b: *const c_char) -> c_int {
        // SAFETY: both are strings.
        unsafe { difference_without_case(a.cast(), b.cast(), usize::MAX) }
    }

    /// Compares at most `n` bytes without regard to case. POSIX.1-2024 `strncasecmp`.
    pub unsafe extern "C" fn strncasecmp(a: *const c_char, b: *const c_char, n: size_t) -> c_int {
        // SAFETY: both are strings, or arrays of at least n bytes.
        unsafe { difference_without_case(a.cast(), b.cast(), n) }
    }

    /// `strcasecmp` in a locale; all of them fold alike. POSIX.1-2024 `strcasecmp_l`.
    pub unsafe extern "C" fn strcasecmp_l(a: *const c_char, b: *const c_char, _: *const c_void) -> c_int {
        // SAFETY: both are strings.
        unsafe { strcasecmp(a, b) }
    }

    /// `strncasecmp` in a locale; all of them fold alike. POSIX.1-2024 `strncasecmp_l`.
    pub unsafe extern "C" fn strncasecmp_l(
        a: *const c_char,
        b: *const c_char,
        n: size_t,
        _: *const c_void,
    ) -> c_int {
        // SAFETY: both are strings, or arrays of at least n bytes.
        unsafe { strncasecmp(a, b, n) }
    }

    /// Compares in the collating order of the locale: byte values. ISO C, POSIX.1-2024 `strcoll`.
    pub unsafe extern "C" fn strcoll(a: *const c_char, b: *const c_char) -> c_int {
        // SAFETY: both are strings.
        unsafe { strcmp(a, b) }
    }

    /// `strcoll` in a locale. POSIX.1-2024 `strcoll_l`.
    pub unsafe extern "C" fn strcoll_l(a: *const c_char, b: *const c_char, _: *const c_void) -> c_int {
        // SAFETY: both are strings.
        unsafe { strcmp(a, b) }
    }

    /// Transforms a string so that `strcmp` of results is `strcoll` of strings: a copy. Returns the length
    /// needed, without the terminator. ISO C, POSIX.1-2024 `strxfrm`.
    pub unsafe extern "C" fn strxfrm(target: *mut c_char, source: *const c_char, n: size_t) -> size_t {
        // SAFETY: source is a string; n bytes are writable at target.
        unsafe {
            let length = strlen(source);
            if n > 0 {
                memmove(target.cast(), source.cast(), n.min(length + 1));
            }
            length
        }
    }

    /// `strxfrm` in a locale. POSIX.1-2024 `strxfrm_l`.
    pub unsafe extern "C" fn strxfrm_l(
        target: *mut c_char,
        source: *const c_char,
        n: size_t,
        _: *const c_void,
    ) -> size_t {
        // SAFETY: as strxfrm.
        unsafe { strxfrm(target, source, n) }
    }

    /// Compares strings with their runs of digits taken as numbers, as version names are ordered. A run that
    /// starts with 0 counts as a fraction: `000 < 00 < 01 < 010 < 09 < 0 < 1 < 9 < 10`. glibc `strverscmp`.
    pub unsafe extern "C" fn strverscmp(a: *const c_char, b: *const c_char) -> c_int {
        let (a, b): (*const u8, *const u8) = (a.cast(), b.cast());
        let mut i = 0;
        // Where the run of digits that ends at i begins, and whether it is zeros so far.
        let mut run = 0;
        let mut zeros = true;
        // SAFETY: indices run up to the first difference or terminator, and then over digits only.
        unsafe {
            loop {
                let (x, y) = (*a.add(i), *b.add(i));
                if x != y {
                    break;
                }
                if x == 0 {
                    return 0;
                }
                if !x.is_ascii_digit() {
                    run = i + 1;
                    zeros = true;
                } else if x != b'0' {
                    zeros = false;
                }
                i += 1;
            }
            let (x, y) = (*a.add(i), *b.add(i));
            let integer_run = run == i || *a.add(run) != b'0';
            if x.is_ascii_digit() && y.is_ascii_digit() && integer_run
                && !(run == i && (x == b'0' || y == b'0'))
                || integer_run && run < i && (x.is_ascii_digit() || y.is_ascii_digit())
            {
                // Two integers: the longer run of digits is the larger number.
                let mut j = i;
                while (*a.add(j)).is_ascii_digit() {
                    if !(*b.add(j)).is_ascii_digit() {
                        return 1;
                    }
                    j += 1;
                }
                if (*b.add(j)).is_ascii_digit() {
                    return -1;
                }
            } else if zeros && run < i && (x.is_ascii_digit() || y.is_ascii_digit()) {
                // After leading zeros only: more zeros are a smaller fraction, and any digit less than none.
                return match (x.is_ascii_digit(), y.is_ascii_digit()) {
                    (true, false) => -1,
                    (false, true) => 1,
                    _ => c_int::from(x) - c_int::from(y),
                };
            }
            c_int::from(x) - c_int::from(y)
        }
    }
}

crate::alias!(__strcasecmp = strcasecmp);
crate::alias!(__strcasecmp_l = strcasecmp_l);
crate::alias!(__strncasecmp_l = strncasecmp_l);
crate::alias!(__strcoll_l = strcoll_l);
crate::alias!(__strxfrm_l = strxfrm_l);
crate::alias!(__strverscmp = strverscmp);
