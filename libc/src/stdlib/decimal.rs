//! `ecvt`, `fcvt`, `gcvt` and their families: a floating-point number's digits. BSD, glibc.
//!
//! The digits are those of printf, which are exact. The forms without `_r` write into storage that all calls share.

use crate::errno::{ERANGE, set_errno};
use crate::printf::narrow::vsnprintf;
use crate::printf::va_list::VaList;
use crate::types::*;
use core::cell::UnsafeCell;
use core::ptr;

/// Significant digits of a `double`; more are not written.
const DIGITS: c_int = 17;
/// Room for the digits of the largest number before its point, and those behind it.
const ROOM: usize = 512;
/// What `fcvt` writes behind the point at most.
const FRACTION_MAX: c_int = 100;

struct Shared(UnsafeCell<[u8; ROOM]>);

// SAFETY: the functions that use it are not thread-safe, and say so.
unsafe impl Sync for Shared {}

static SHARED: Shared = Shared(UnsafeCell::new([0; ROOM]));

/// Prints a number with a precision: `letter` is `e`, `f` or `g`. The bytes written, without their zero.
fn print(value: f64, letter: u8, precision: c_int, text: &mut [u8]) -> usize {
    let arguments = [precision as u64, value.to_bits()];
    let format = [b'%', b'.', b'*', letter, 0];
    let mut list = VaList::of_memory(arguments.as_ptr());
    // SAFETY: the arguments are those that the format names; the text has the size given.
    let length = unsafe {
        vsnprintf(
            text.as_mut_ptr().cast(),
            text.len(),
            format.as_ptr().cast(),
            &raw mut list,
        )
    };
    usize::try_from(length).unwrap_or(0).min(text.len() - 1)
}

fn is_negative(text: &[u8]) -> bool {
    text.first() == Some(&b'-')
}

/// Digits, where their point is, and whether the number is negative.
struct Decimal {
    text: [u8; ROOM],
    start: usize,
    end: usize,
    point: c_int,
    negative: bool,
}

impl Decimal {
    /// What infinity and what is no number give: their names.
    fn name(text: [u8; ROOM], length: usize, negative: bool) -> Decimal {
        Decimal {
            text,
            start: usize::from(negative),
            end: length,
            point: 0,
            negative,
        }
    }
}

/// `digits` significant digits.
fn significant(value: f64, digits: c_int) -> Decimal {
    let mut text = [0; ROOM];
    let length = print(value, b'e', digits.clamp(1, DIGITS) - 1, &mut text);
    let negative = is_negative(&text[..length]);
    let Some(mark) = text[..length].iter().position(|&byte| byte == b'e') else {
        return Decimal::name(text, length, negative);
    };
    let exponent = core::str::from_utf8(&text[mark + 1..length])
        .ok()
        .and_then(|exponent| exponent.parse::<c_int>().ok())
        .unwrap_or(0);
    let start = usize::from(negative);
    let mut end = start;
    for at in start..mark {
        if text[at] != b'.' {
            text[end] = text[at];
            end += 1;
        }
    }
    Decimal {
        text,
        start,
        end: if digits <= 0 { start } else { end },
        point: exponent + 1,
        negative,
    }
}

/// `digits` digits behind the point; a negative count rounds before it.
fn fraction(value: f64, digits: c_int) -> Decimal {
    let mut text = [0; ROOM];
    let length = print(value, b'f', digits.clamp(0, FRACTION_MAX), &mut text);
    let negative = is_negative(&text[..length]);
    let start = usize::from(negative);
    if !text[start..length].first().is_some_and(u8::is_ascii_digit) {
        return Decimal::name(text, length, negative);
    }
    let whole = text[start..length]
        .iter()
        .position(|&byte| byte == b'.')
        .unwrap_or(length - start);
    if digits < 0 {
        return rounded_before_the_point(value, digits, whole as c_int);
    }
    let mut end = start;
    for at in start..length {
        if text[at] != b'.' {
            text[end] = text[at];
            end += 1;
        }
    }
    let mut decimal = Decimal {
        text,
        start,
        end,
        point: whole as c_int,
        negative,
    };
    // Below one the zeros in front say nothing; of zero itself they are the digits.
    let is_zero = {
        let mut exact = [0; 64];
        let length = print(value, b'e', 0, &mut exact);
        exact[..length]
            .iter()
            .take_while(|&&byte| byte != b'e')
            .all(|byte| !matches!(byte, b'1'..=b'9'))
    };
    if !is_zero && decimal.text[decimal.start] == b'0' && decimal.end - decimal.start > 1 {
        while decimal.start < decimal.end && decimal.text[decimal.start] == b'0' {
            decimal.start += 1;
            decimal.point -= 1;
        }
    }
    decimal
}

/// `digits` is negative: as many digits before the point are zeros.
fn rounded_before_the_point(value: f64, digits: c_int, whole: c_int) -> Decimal {
    let mut decimal = significant(value, (whole + digits).max(1));
    let zeros = decimal.point - (decimal.end - decimal.start) as c_int;
    for _ in 0..zeros.max(0) {
        if decimal.end + 1 < ROOM {
            decimal.text[decimal.end] = b'0';
            decimal.end += 1;
        }
    }
    decimal
}

/// Hands digits over: 0, or -1 with ERANGE when there is no room.
unsafe fn store(
    decimal: &Decimal,
    point: *mut c_int,
    negative: *mut c_int,
    place: *mut c_char,
    room: size_t,
) -> c_int {
    let digits = &decimal.text[decimal.start..decimal.end];
    // SAFETY: the places are the caller's.
    unsafe {
        *point = decimal.point;
        *negative = c_int::from(decimal.negative);
        if digits.len() >= room {
            set_errno(ERANGE);
            return -1;
        }
        ptr::copy_nonoverlapping(digits.as_ptr().cast(), place, digits.len());
        *place.add(digits.len()) = 0;
    }
    0
}

unsafe fn shared(decimal: &Decimal, point: *mut c_int, negative: *mut c_int) -> *mut c_char {
    // SAFETY: the room is this file's, and has the size given.
    unsafe {
        let place = SHARED.0.get().cast();
        store(decimal, point, negative, place, ROOM);
        place
    }
}

unsafe fn general(value: f64, digits: c_int, place: *mut c_char) -> *mut c_char {
    let mut text = [0; 64];
    let length = print(value, b'g', digits.min(DIGITS), &mut text);
    // SAFETY: the caller has room for the digits, a sign, a point and an exponent.
    unsafe {
        ptr::copy_nonoverlapping(text.as_ptr().cast(), place, length);
        *place.add(length) = 0;
    }
    place
}

// SAFETY of every block below: places are the caller's.
crate::export! {
    /// `digits` significant digits, and where their point is. BSD `ecvt`.
    pub unsafe extern "C" fn ecvt(value: f64, digits: c_int, point: *mut c_int, negative: *mut c_int) -> *mut c_char {
        // SAFETY: see above.
        unsafe { shared(&significant(value, digits), point, negative) }
    }

    /// `digits` digits behind the point. BSD `fcvt`.
    pub unsafe extern "C" fn fcvt(value: f64, digits: c_int, point: *mut c_int, negative: *mut c_int) -> *mut c_char {
        // SAFETY: see above.
        unsafe { shared(&fraction(value, digits), point, negative) }
    }

    /// As `%g` prints it. BSD `gcvt`.
    pub unsafe extern "C" fn gcvt(value: f64, digits: c_int, place: *mut c_char) -> *mut c_char {
        // SAFETY: see above.
        unsafe { general(value, digits, place) }
    }

    /// As `ecvt`, into the caller's room; -1 with ERANGE when it is too small. glibc `ecvt_r`.
    pub unsafe extern "C" fn ecvt_r(
        value: f64,
        digits: c_int,
        point: *mut c_int,
        negative: *mut c_int,
        place: *mut c_char,
        room: size_t,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { store(&significant(value, digits), point, negative, place, room) }
    }

    /// As `fcvt`, into the caller's room; -1 with ERANGE when it is too small. glibc `fcvt_r`.
    pub unsafe extern "C" fn fcvt_r(
        value: f64,
        digits: c_int,
        point: *mut c_int,
        negative: *mut c_int,
        place: *mut c_char,
        room: size_t,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { store(&fraction(value, digits), point, negative, place, room) }
    }
}
