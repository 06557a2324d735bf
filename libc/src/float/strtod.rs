//! strtod, strtof, strtold, their wide forms and their forms with a locale. ISO C17 7.22.1.3, 7.29.4.1.1.
//!
//! All supported locales write numbers as the C locale does, so the forms with a locale ignore it. On overflow and
//! on an inexact result below the smallest normal number, `errno` is ERANGE and the exceptions are raised.

use super::f80::F80;
use super::parse::{Meaning, Parsed, Text, parse};
use super::round::{DOUBLE, FLOAT, Format, LONG_DOUBLE, Rounded, Rounding};
use crate::errno::{ERANGE, set_errno};
use crate::fenv::{FE_INEXACT, FE_OVERFLOW, FE_UNDERFLOW, exceptions::raise};
use crate::types::*;

/// A C string as text.
#[derive(Clone, Copy)]
pub struct Narrow(pub *const c_char);

impl Text for Narrow {
    #[inline(always)]
    fn at(&self, index: usize) -> u32 {
        // SAFETY: the string ends with a zero, and no unit after that is asked for.
        unsafe { self.0.add(index).cast::<u8>().read() as u32 }
    }
}

/// A wide C string as text.
#[derive(Clone, Copy)]
pub struct Wide(pub *const wchar_t);

impl Text for Wide {
    #[inline(always)]
    fn at(&self, index: usize) -> u32 {
        // SAFETY: the string ends with a zero, and no unit after that is asked for.
        unsafe { self.0.add(index).read() as u32 }
    }

    fn is_space(unit: u32) -> bool {
        // The white space of Unicode but the spaces that do not break, as iswspace has it.
        matches!(unit, 0x20 | 9..=13 | 0x1680 | 0x2000..=0x2006 | 0x2008..=0x200a | 0x2028 | 0x2029 | 0x205f | 0x3000)
    }
}

/// Sets `errno` and raises exceptions for what happened in rounding.
#[inline]
pub fn report(parsed: &Parsed) {
    if let Meaning::Finite(Rounded {
        inexact: true,
        overflow,
        underflow,
        ..
    }) = parsed.meaning
    {
        if overflow || underflow {
            set_errno(ERANGE);
        }
        let range = if overflow {
            FE_OVERFLOW
        } else {
            FE_UNDERFLOW * underflow as c_int
        };
        raise(range | FE_INEXACT);
    }
}

/// Reads a number and stores the end of what was read.
#[inline(always)]
fn read<T: Text, U>(text: T, start: *const U, end: *mut *mut U, format: &Format) -> Parsed {
    let parsed = parse(&text, format, Rounding::current());
    if !end.is_null() {
        // SAFETY: the caller passes a place for the pointer; `parsed.end` is within the string.
        unsafe { end.write(start.add(parsed.end).cast_mut()) };
    }
    report(&parsed);
    parsed
}

/// The double that was read; zero if nothing was.
#[inline(always)]
pub fn as_f64(parsed: Parsed) -> f64 {
    match parsed.meaning {
        Meaning::Nothing => 0.0,
        Meaning::Finite(rounded) => rounded.to_f64(),
        Meaning::Infinite => f64::INFINITY.copysign(if parsed.negative { -1.0 } else { 1.0 }),
        Meaning::Nan(payload) => f64::from_bits(
            0x7ff8_0000_0000_0000 | payload & 0x7_ffff_ffff_ffff | (parsed.negative as u64) << 63,
        ),
    }
}

/// The float that was read; zero if nothing was.
#[inline(always)]
pub fn as_f32(parsed: Parsed) -> f32 {
    match parsed.meaning {
        Meaning::Nothing => 0.0,
        Meaning::Finite(rounded) => rounded.to_f32(),
        Meaning::Infinite => f32::INFINITY.copysign(if parsed.negative { -1.0 } else { 1.0 }),
        Meaning::Nan(payload) => {
            f32::from_bits(0x7fc0_0000 | payload as u32 & 0x3f_ffff | (parsed.negative as u32) << 31)
        }
    }
}

/// The long double that was read; zero if nothing was.
pub fn as_f80(parsed: Parsed) -> F80 {
    match parsed.meaning {
        Meaning::Nothing => F80::ZERO,
        Meaning::Finite(rounded) => rounded.to_f80(),
        Meaning::Infinite => F80::INFINITY.with_sign(parsed.negative),
        Meaning::Nan(payload) => F80 {
            mantissa: 3 << 62 | payload & (u64::MAX >> 2),
            sign_exponent: 0x7fff,
        }
        .with_sign(parsed.negative),
    }
}

export! {
    /// The double that a text begins with. ISO C17 7.22.1.3.
    pub unsafe extern "C" fn strtod(text: *const c_char, end: *mut *mut c_char) -> f64 {
        as_f64(read(Narrow(text), text, end, &DOUBLE))
    }

    /// The float that a text begins with. ISO C17 7.22.1.3.
    pub unsafe extern "C" fn strtof(text: *const c_char, end: *mut *mut c_char) -> f32 {
        as_f32(read(Narrow(text), text, end, &FLOAT))
    }

    /// The double that a text begins with; 0 if none. ISO C17 7.22.1.1.
    pub unsafe extern "C" fn atof(text: *const c_char) -> f64 {
        as_f64(read(Narrow(text), text, core::ptr::null_mut(), &DOUBLE))
    }

    /// The double that a wide text begins with. ISO C17 7.29.4.1.1.
    pub unsafe extern "C" fn wcstod(text: *const wchar_t, end: *mut *mut wchar_t) -> f64 {
        as_f64(read(Wide(text), text, end, &DOUBLE))
    }

    /// The float that a wide text begins with. ISO C17 7.29.4.1.1.
    pub unsafe extern "C" fn wcstof(text: *const wchar_t, end: *mut *mut wchar_t) -> f32 {
        as_f32(read(Wide(text), text, end, &FLOAT))
    }

    /// `strtod` in the current locale, for programs built against old headers; `group` must be 0. glibc.
    pub unsafe extern "C" fn __strtod_internal(text: *const c_char, end: *mut *mut c_char, _group: c_int) -> f64 {
        as_f64(read(Narrow(text), text, end, &DOUBLE))
    }

    /// `strtof` in the current locale, for programs built against old headers; `group` must be 0. glibc.
    pub unsafe extern "C" fn __strtof_internal(text: *const c_char, end: *mut *mut c_char, _group: c_int) -> f32 {
        as_f32(read(Narrow(text), text, end, &FLOAT))
    }

    /// `wcstod` in the current locale, for programs built against old headers; `group` must be 0. glibc.
    pub unsafe extern "C" fn __wcstod_internal(text: *const wchar_t, end: *mut *mut wchar_t, _group: c_int) -> f64 {
        as_f64(read(Wide(text), text, end, &DOUBLE))
    }

    /// `wcstof` in the current locale, for programs built against old headers; `group` must be 0. glibc.
    pub unsafe extern "C" fn __wcstof_internal(text: *const wchar_t, end: *mut *mut wchar_t, _group: c_int) -> f32 {
        as_f32(read(Wide(text), text, end, &FLOAT))
    }
}

long_double! {
    /// The long double that a text begins with. ISO C17 7.22.1.3.
    strtold(text: *const c_char, end: *mut *mut c_char;) {
        as_f80(read(Narrow(text), text, end, &LONG_DOUBLE))
    }

    /// The long double that a wide text begins with. ISO C17 7.29.4.1.1.
    wcstold(text: *const wchar_t, end: *mut *mut wchar_t;) {
        as_f80(read(Wide(text), text, end, &LONG_DOUBLE))
    }

    /// `strtold` in a given locale. glibc.
    strtold_l(text: *const c_char, end: *mut *mut c_char, _locale: *const c_void;) {
        as_f80(read(Narrow(text), text, end, &LONG_DOUBLE))
    }

    /// `wcstold` in a given locale. glibc.
    wcstold_l(text: *const wchar_t, end: *mut *mut wchar_t, _locale: *const c_void;) {
        as_f80(read(Wide(text), text, end, &LONG_DOUBLE))
    }

    /// `strtold_l` under the name that libstdc++ uses. glibc.
    __strtold_l(text: *const c_char, end: *mut *mut c_char, _locale: *const c_void;) {
        as_f80(read(Narrow(text), text, end, &LONG_DOUBLE))
    }

    /// `wcstold_l` under the name that libstdc++ uses. glibc.
    __wcstold_l(text: *const wchar_t, end: *mut *mut wchar_t, _locale: *const c_void;) {
        as_f80(read(Wide(text), text, end, &LONG_DOUBLE))
    }

    /// `strtold` under the name of TS 18661-3 for its 64-bit extended type. glibc.
    strtof64x(text: *const c_char, end: *mut *mut c_char;) {
        as_f80(read(Narrow(text), text, end, &LONG_DOUBLE))
    }

    /// `wcstold` under the name of TS 18661-3 for its 64-bit extended type. glibc.
    wcstof64x(text: *const wchar_t, end: *mut *mut wchar_t;) {
        as_f80(read(Wide(text), text, end, &LONG_DOUBLE))
    }

    /// `strtold` in the current locale, for programs built against old headers; `group` must be 0. glibc.
    __strtold_internal(text: *const c_char, end: *mut *mut c_char, _group: c_int;) {
        as_f80(read(Narrow(text), text, end, &LONG_DOUBLE))
    }

    /// `wcstold` in the current locale, for programs built against old headers; `group` must be 0. glibc.
    __wcstold_internal(text: *const wchar_t, end: *mut *mut wchar_t, _group: c_int;) {
        as_f80(read(Wide(text), text, end, &LONG_DOUBLE))
    }
}

// The forms with a locale have the locale as a third argument, which the first form never looks at.
alias!(strtod_l = strtod);
alias!(__strtod_l = strtod);
alias!(strtof_l = strtof);
alias!(__strtof_l = strtof);
alias!(wcstod_l = wcstod);
alias!(__wcstod_l = wcstod);
alias!(wcstof_l = wcstof);
alias!(__wcstof_l = wcstof);
alias!(strtof32 = strtof);
alias!(strtof64 = strtod);
alias!(strtof32x = strtod);
alias!(wcstof32 = wcstof);
alias!(wcstof64 = wcstod);
alias!(wcstof32x = wcstod);
