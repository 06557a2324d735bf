//! Text to integers: `strtol` and its kin, bytes and wide characters.
//!
//! One reader serves all: it accumulates 64 bits with an overflow flag, and the callers clamp. White space is
//! that of the locale (bytes: the same in both). The thousands grouping that `__strtol_internal` may ask for
//! is accepted: neither locale has a separator.

use crate::errno::{EINVAL, ERANGE, set_errno};
use crate::locale::locale_t;
use crate::types::*;
use crate::wctype::iswspace;

/// A character of the text: a byte or a wide character.
trait Unit: Copy {
    /// The ASCII value, or 0xff for anything else.
    fn ascii(self) -> u8;
    /// Whether it is white space.
    fn is_space(self) -> bool;
}

impl Unit for u8 {
    #[inline(always)]
    fn ascii(self) -> u8 {
        self
    }
    #[inline(always)]
    fn is_space(self) -> bool {
        self == b' ' || self.wrapping_sub(b'\t') < 5
    }
}

impl Unit for wchar_t {
    #[inline(always)]
    fn ascii(self) -> u8 {
        if (0..0x80).contains(&self) {
            self as u8
        } else {
            0xff
        }
    }
    fn is_space(self) -> bool {
        // SAFETY: any value may be asked.
        unsafe { iswspace(self as wint_t) != 0 }
    }
}

/// The value of a digit in base 36, or 255.
static DIGITS: [u8; 256] = {
    let mut table = [255; 256];
    let mut i = 0;
    while i < 10 {
        table[b'0' as usize + i] = i as u8;
        i += 1;
    }
    i = 0;
    while i < 26 {
        table[b'a' as usize + i] = 10 + i as u8;
        table[b'A' as usize + i] = 10 + i as u8;
        i += 1;
    }
    table
};

/// What was read.
struct Number {
    magnitude: u64,
    negative: bool,
    /// The magnitude does not fit 64 bits.
    overflow: bool,
}

/// Reads an integer and stores where it ends (at `s` when there is none). `None` for an invalid base.
#[inline(always)]
unsafe fn read<U: Unit>(s: *const U, end: *mut *const U, base: c_int) -> Option<Number> {
    let mut base = base as u32;
    if base == 1 || base > 36 {
        set_errno(EINVAL);
        return None;
    }
    let mut at = s;
    let mut number = Number {
        magnitude: 0,
        negative: false,
        overflow: false,
    };
    // SAFETY: `at` stops at the first character that is not part of a number, the terminator at the latest.
    unsafe {
        while (*at).is_space() {
            at = at.add(1);
        }
        let sign = (*at).ascii();
        if sign == b'-' || sign == b'+' {
            number.negative = sign == b'-';
            at = at.add(1);
        }
        if base & !16 == 0 {
            if (*at).ascii() == b'0' {
                if (*at.add(1)).ascii() | 0x20 == b'x' && DIGITS[usize::from((*at.add(2)).ascii())] < 16 {
                    at = at.add(2);
                    base = 16;
                } else if base == 0 {
                    base = 8;
                }
            } else if base == 0 {
                base = 10;
            }
        }
        let first = at;
        loop {
            let digit = u32::from(DIGITS[usize::from((*at).ascii())]);
            if digit >= base {
                break;
            }
            let (product, high) = number.magnitude.overflowing_mul(u64::from(base));
            let (sum, carry) = product.overflowing_add(u64::from(digit));
            number.magnitude = sum;
            at = at.add(1);
            if high | carry {
                number.overflow = true;
                while u32::from(DIGITS[usize::from((*at).ascii())]) < base {
                    at = at.add(1);
                }
                break;
            }
        }
        if !end.is_null() {
            *end = if at == first { s } else { at };
        }
    }
    Some(number)
}

#[inline(always)]
unsafe fn signed<U: Unit>(s: *const U, end: *mut *const U, base: c_int) -> i64 {
    // SAFETY: s is a string; end is null or valid.
    let Some(number) = (unsafe { read(s, end, base) }) else {
        return 0;
    };
    let limit = i64::MAX as u64 + u64::from(number.negative);
    if number.overflow || number.magnitude > limit {
        set_errno(ERANGE);
        return if number.negative { i64::MIN } else { i64::MAX };
    }
    if number.negative {
        number.magnitude.wrapping_neg() as i64
    } else {
        number.magnitude as i64
    }
}

#[inline(always)]
unsafe fn unsigned<U: Unit>(s: *const U, end: *mut *const U, base: c_int) -> u64 {
    // SAFETY: s is a string; end is null or valid.
    let Some(number) = (unsafe { read(s, end, base) }) else {
        return 0;
    };
    if number.overflow {
        set_errno(ERANGE);
        return u64::MAX;
    }
    if number.negative {
        number.magnitude.wrapping_neg()
    } else {
        number.magnitude
    }
}

export! {
    /// The `long` that a string begins with, in a base of 2 to 36, or 0 for C's own notation. `*end` is where
    /// it ends. ERANGE and the limit when it does not fit; EINVAL for the base. ISO C, POSIX.1-2024 `strtol`.
    pub unsafe extern "C" fn strtol(s: *const c_char, end: *mut *mut c_char, base: c_int) -> c_long {
        // SAFETY: s is a string; end is null or valid.
        unsafe { signed::<u8>(s.cast(), end.cast(), base) }
    }

    /// As `strtol` for `unsigned long`; a minus sign negates. ISO C, POSIX.1-2024 `strtoul`.
    pub unsafe extern "C" fn strtoul(s: *const c_char, end: *mut *mut c_char, base: c_int) -> c_ulong {
        // SAFETY: s is a string; end is null or valid.
        unsafe { unsigned::<u8>(s.cast(), end.cast(), base) }
    }

    /// As `strtol` for a wide string. ISO C, POSIX.1-2024 `wcstol`.
    pub unsafe extern "C" fn wcstol(s: *const wchar_t, end: *mut *mut wchar_t, base: c_int) -> c_long {
        // SAFETY: s is a wide string; end is null or valid.
        unsafe { signed::<wchar_t>(s, end.cast(), base) }
    }

    /// As `strtoul` for a wide string. ISO C, POSIX.1-2024 `wcstoul`.
    pub unsafe extern "C" fn wcstoul(s: *const wchar_t, end: *mut *mut wchar_t, base: c_int) -> c_ulong {
        // SAFETY: s is a wide string; end is null or valid.
        unsafe { unsigned::<wchar_t>(s, end.cast(), base) }
    }

    /// The `int` that a string begins with. ISO C, POSIX.1-2024 `atoi`.
    pub unsafe extern "C" fn atoi(s: *const c_char) -> c_int {
        // SAFETY: s is a string.
        unsafe { signed::<u8>(s.cast(), core::ptr::null_mut(), 10) as c_int }
    }

    /// The `long` that a string begins with. ISO C, POSIX.1-2024 `atol`.
    pub unsafe extern "C" fn atol(s: *const c_char) -> c_long {
        // SAFETY: s is a string.
        unsafe { signed::<u8>(s.cast(), core::ptr::null_mut(), 10) }
    }
}

/// `strtol_l` and the like: all locales read alike, so the locale in the last place is not looked at.
pub unsafe extern "C" fn strtol_in(
    s: *const c_char,
    end: *mut *mut c_char,
    base: c_int,
    _: locale_t,
) -> c_long {
    // SAFETY: s is a string; end is null or valid.
    unsafe { strtol(s, end, base) }
}

/// `strtoul_l` and the like.
pub unsafe extern "C" fn strtoul_in(
    s: *const c_char,
    end: *mut *mut c_char,
    base: c_int,
    _: locale_t,
) -> c_ulong {
    // SAFETY: s is a string; end is null or valid.
    unsafe { strtoul(s, end, base) }
}

/// `wcstol_l` and the like.
pub unsafe extern "C" fn wcstol_in(
    s: *const wchar_t,
    end: *mut *mut wchar_t,
    base: c_int,
    _: locale_t,
) -> c_long {
    // SAFETY: s is a wide string; end is null or valid.
    unsafe { wcstol(s, end, base) }
}

/// `wcstoul_l` and the like.
pub unsafe extern "C" fn wcstoul_in(
    s: *const wchar_t,
    end: *mut *mut wchar_t,
    base: c_int,
    _: locale_t,
) -> c_ulong {
    // SAFETY: s is a wide string; end is null or valid.
    unsafe { wcstoul(s, end, base) }
}

/// `__strtol_internal`: a fourth argument asks for grouping, of which neither locale has any.
pub unsafe extern "C" fn strtol_grouped(
    s: *const c_char,
    end: *mut *mut c_char,
    base: c_int,
    _group: c_int,
) -> c_long {
    // SAFETY: s is a string; end is null or valid.
    unsafe { strtol(s, end, base) }
}

/// `__strtoul_internal`.
pub unsafe extern "C" fn strtoul_grouped(
    s: *const c_char,
    end: *mut *mut c_char,
    base: c_int,
    _group: c_int,
) -> c_ulong {
    // SAFETY: s is a string; end is null or valid.
    unsafe { strtoul(s, end, base) }
}

/// `__wcstol_internal`.
pub unsafe extern "C" fn wcstol_grouped(
    s: *const wchar_t,
    end: *mut *mut wchar_t,
    base: c_int,
    _group: c_int,
) -> c_long {
    // SAFETY: s is a wide string; end is null or valid.
    unsafe { wcstol(s, end, base) }
}

/// `__wcstoul_internal`.
pub unsafe extern "C" fn wcstoul_grouped(
    s: *const wchar_t,
    end: *mut *mut wchar_t,
    base: c_int,
    _group: c_int,
) -> c_ulong {
    // SAFETY: s is a wide string; end is null or valid.
    unsafe { wcstoul(s, end, base) }
}

// `long`, `long long` and `intmax_t` are one type.
crate::alias!(strtoll = strtol);
crate::alias!(strtoimax = strtol);
crate::alias!(strtoq = strtol);
crate::alias!(strtoull = strtoul);
crate::alias!(strtoumax = strtoul);
crate::alias!(strtouq = strtoul);
crate::alias!(atoll = atol);
crate::alias!(wcstoll = wcstol);
crate::alias!(wcstoimax = wcstol);
crate::alias!(wcstoq = wcstol);
crate::alias!(wcstoull = wcstoul);
crate::alias!(wcstoumax = wcstoul);
crate::alias!(wcstouq = wcstoul);
crate::alias!(strtol_l = strtol_in);
crate::alias!(strtoll_l = strtol_in);
crate::alias!(__strtol_l = strtol_in);
crate::alias!(__strtoll_l = strtol_in);
crate::alias!(strtoul_l = strtoul_in);
crate::alias!(strtoull_l = strtoul_in);
crate::alias!(__strtoul_l = strtoul_in);
crate::alias!(__strtoull_l = strtoul_in);
crate::alias!(wcstol_l = wcstol_in);
crate::alias!(wcstoll_l = wcstol_in);
crate::alias!(__wcstol_l = wcstol_in);
crate::alias!(__wcstoll_l = wcstol_in);
crate::alias!(wcstoul_l = wcstoul_in);
crate::alias!(wcstoull_l = wcstoul_in);
crate::alias!(__wcstoul_l = wcstoul_in);
crate::alias!(__wcstoull_l = wcstoul_in);
crate::alias!(__strtol_internal = strtol_grouped);
crate::alias!(__strtoll_internal = strtol_grouped);
crate::alias!(__strtoul_internal = strtoul_grouped);
crate::alias!(__strtoull_internal = strtoul_grouped);
crate::alias!(__wcstol_internal = wcstol_grouped);
crate::alias!(__wcstoll_internal = wcstol_grouped);
crate::alias!(__wcstoul_internal = wcstoul_grouped);
crate::alias!(__wcstoull_internal = wcstoul_grouped);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errno::get_errno;
    use proptest::prelude::*;

    mod host {
        use crate::types::*;
        unsafe extern "C" {
            pub fn strtol(s: *const c_char, end: *mut *mut c_char, base: c_int) -> c_long;
            pub fn strtoul(s: *const c_char, end: *mut *mut c_char, base: c_int) -> c_ulong;
            pub fn wcstol(s: *const wchar_t, end: *mut *mut wchar_t, base: c_int) -> c_long;
        }
    }

    fn check(text: &str, base: c_int) {
        let bytes = std::ffi::CString::new(text).unwrap();
        let wide: Vec<wchar_t> = text.chars().map(|c| c as wchar_t).chain([0]).collect();
        let (mut a, mut b) = (std::ptr::null_mut(), std::ptr::null_mut());
        let (mut c, mut d) = (std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: all are strings. The host's errno is std's last_os_error.
        unsafe {
            set_errno(0);
            let ours = strtol(bytes.as_ptr(), &mut a, base);
            let error = get_errno();
            let theirs = host::strtol(bytes.as_ptr(), &mut b, base);
            assert_eq!((ours, a), (theirs, b), "strtol {text:?} base {base}");
            if ours != i64::MAX && ours != i64::MIN && (2..=36).contains(&base) {
                assert_eq!(error, 0);
            }
            let ours = strtoul(bytes.as_ptr(), &mut a, base);
            let theirs = host::strtoul(bytes.as_ptr(), &mut b, base);
            assert_eq!((ours, a), (theirs, b), "strtoul {text:?} base {base}");
            let ours = wcstol(wide.as_ptr(), &mut c, base);
            let theirs = host::wcstol(wide.as_ptr(), &mut d, base);
            assert_eq!((ours, c), (theirs, d), "wcstol {text:?} base {base}");
        }
    }

    #[test]
    fn limits_and_notations_are_those_of_the_host() {
        for text in [
            "",
            " ",
            "0",
            "-0",
            "+7",
            " \t\n\u{b}\u{c}\r42x",
            "0x",
            "0xg",
            "0x1f",
            "-0X1F",
            "08",
            "077",
            "- 1",
            "+-1",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "-9223372036854775809",
            "18446744073709551615",
            "18446744073709551616",
            "-18446744073709551615",
            "99999999999999999999999",
            "zz",
            "ZZ",
            "1z",
            "0b101",
            "1e5",
            "x",
            "000000000000000000000000000000000001",
        ] {
            for base in [0, 2, 3, 8, 10, 16, 35, 36] {
                check(text, base);
            }
        }
    }

    #[test]
    fn errors_are_reported_by_errno() {
        // SAFETY: all are strings.
        unsafe {
            set_errno(0);
            assert_eq!(
                strtol(c"9223372036854775808".as_ptr(), std::ptr::null_mut(), 10),
                i64::MAX
            );
            assert_eq!(get_errno(), ERANGE);
            set_errno(0);
            assert_eq!(
                strtoul(c"99999999999999999999".as_ptr(), std::ptr::null_mut(), 10),
                u64::MAX
            );
            assert_eq!(get_errno(), ERANGE);
            for base in [1, 37, -1, i32::MIN] {
                set_errno(0);
                assert_eq!(strtol(c"1".as_ptr(), std::ptr::null_mut(), base), 0);
                assert_eq!(get_errno(), EINVAL);
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_reads_as_on_the_host(text in "[ \t]{0,2}[-+]?(0[xX]?)?[0-9a-zA-Z]{0,24}[ .]?", base in 2..37, zero in any::<bool>()) {
            check(&text, if zero { 0 } else { base });
        }
    }
}
