//! The syntax of strtod: white space, sign, decimal, hexadecimal, `inf`, `nan(...)`; on text of any unit.

use super::from_decimal::{self, Number};
use super::hexadecimal;
use super::round::{Format, Rounded, Rounding};

/// Text that ends with a zero unit. Reading stops there and never goes on beyond it.
pub trait Text {
    /// The unit at `index`; every unit before it is known to be nonzero.
    fn at(&self, index: usize) -> u32;

    /// Whether the unit is white space.
    fn is_space(unit: u32) -> bool {
        matches!(unit, 0x20 | 9..=13)
    }
}

/// What a text names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Meaning {
    /// Nothing: no conversion could be performed.
    Nothing,
    /// A finite number.
    Finite(Rounded),
    /// An infinity.
    Infinite,
    /// A NaN with the payload that the text gave in parentheses.
    Nan(u64),
}

/// The result of reading a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parsed {
    /// Its sign.
    pub negative: bool,
    /// What follows the sign.
    pub meaning: Meaning,
    /// The index after the last unit that belongs to it; 0 for [`Meaning::Nothing`].
    pub end: usize,
}

/// Reads the longest prefix of `text` that is a number, and rounds it to `format`.
pub fn parse<T: Text>(text: &T, format: &Format, rounding: Rounding) -> Parsed {
    let mut at = 0;
    while T::is_space(text.at(at)) {
        at += 1;
    }
    let negative = text.at(at) == b'-' as u32;
    if negative || text.at(at) == b'+' as u32 {
        at += 1;
    }
    let first = text.at(at);
    if (first.wrapping_sub(b'0' as u32)) < 10 || first == b'.' as u32 {
        if first == b'0' as u32
            && text.at(at + 1) | 0x20 == b'x' as u32
            && let Some(parsed) = hexadecimal_number(text, at + 2, negative, format, rounding)
        {
            return parsed;
        }
        return decimal_number(text, at, negative, format, rounding);
    }
    let (meaning, end) = if matches(text, at, b"inf") {
        let long = matches(text, at + 3, b"inity");
        (Meaning::Infinite, at + if long { 8 } else { 3 })
    } else if matches(text, at, b"nan") {
        let (payload, end) = nan_payload(text, at + 3);
        (Meaning::Nan(payload), end)
    } else {
        (Meaning::Nothing, 0)
    };
    Parsed {
        negative,
        meaning,
        end,
    }
}

fn matches<T: Text>(text: &T, at: usize, word: &[u8]) -> bool {
    // The comparison stops at the first difference, so it never passes the end of the text.
    word.iter().enumerate().all(|(i, &letter)| {
        let unit = text.at(at + i);
        unit < 0x80 && (unit as u8).to_ascii_lowercase() == letter
    })
}

/// Reads `(n-char-sequence)` after `nan`: its number, if it is one in C's notation, and the end.
fn nan_payload<T: Text>(text: &T, at: usize) -> (u64, usize) {
    if text.at(at) != b'(' as u32 {
        return (0, at);
    }
    let mut end = at + 1;
    while let Some(unit) = char::from_u32(text.at(end))
        && (unit.is_ascii_alphanumeric() || unit == '_')
    {
        end += 1;
    }
    if text.at(end) != b')' as u32 {
        return (0, at);
    }
    (payload(text, at + 1, end), end + 1)
}

/// The payload that a whole text names as the argument of `nan`.
pub fn payload_of_tag<T: Text>(text: &T) -> u64 {
    let mut end = 0;
    while text.at(end) != 0 {
        end += 1;
    }
    payload(text, 0, end)
}

/// The number between two places, in C's notation; 0 if it is none.
fn payload<T: Text>(text: &T, mut start: usize, end: usize) -> u64 {
    let base = if text.at(start) != b'0' as u32 {
        10
    } else if text.at(start + 1) | 0x20 == b'x' as u32 {
        start += 2;
        16
    } else {
        8
    };
    let mut payload = 0u64;
    for i in start..end {
        match char::from_u32(text.at(i)).and_then(|unit| unit.to_digit(base)) {
            Some(digit) => payload = payload.saturating_mul(base as u64).saturating_add(digit as u64),
            None => return 0,
        }
    }
    payload
}

/// Reads `e+12` or `p-3`: the exponent and its end, or nothing when no digit follows.
fn exponent<T: Text>(text: &T, at: usize, letter: u8) -> Option<(i64, usize)> {
    if text.at(at) | 0x20 != letter as u32 {
        return None;
    }
    let mut end = at + 1;
    let negative = text.at(end) == b'-' as u32;
    if negative || text.at(end) == b'+' as u32 {
        end += 1;
    }
    let start = end;
    let mut value = 0i64;
    loop {
        let digit = text.at(end).wrapping_sub(b'0' as u32);
        if digit > 9 {
            break;
        }
        // Saturates far beyond every format, yet a million zeros in the digits can still make up for it.
        value = (value * 10 + digit as i64).min(1 << 50);
        end += 1;
    }
    (end > start).then_some((if negative { -value } else { value }, end))
}

#[inline]
fn decimal_number<T: Text>(
    text: &T,
    start: usize,
    negative: bool,
    format: &Format,
    rounding: Rounding,
) -> Parsed {
    let mut at = start;
    let mut mantissa = 0u64;
    let mut count = 0u32;
    let mut scale = 0i64;
    let mut truncated = false;
    let mut point = None;
    let mut first = None;
    loop {
        let unit = text.at(at);
        let digit = unit.wrapping_sub(b'0' as u32);
        if digit <= 9 {
            if count < 19 {
                mantissa = mantissa * 10 + digit as u64;
                if mantissa != 0 {
                    if count == 0 {
                        first = Some(at);
                    }
                    count += 1;
                }
            } else {
                truncated |= digit != 0;
                scale += 1;
            }
        } else if unit == b'.' as u32 && point.is_none() {
            point = Some(at);
        } else {
            break;
        }
        at += 1;
    }
    let digits_end = at;
    if let Some(point) = point {
        if at == start + 1 {
            return Parsed {
                negative,
                meaning: Meaning::Nothing,
                end: 0,
            };
        }
        scale -= (at - point - 1) as i64;
    }
    if let Some((power, end)) = exponent(text, at, b'e') {
        scale = scale.saturating_add(power);
        at = end;
    }
    let exponent = scale.clamp(-(1 << 30), 1 << 30) as i32;
    let number = Number {
        mantissa,
        exponent,
        count,
        truncated,
    };
    let mut next = first.unwrap_or(digits_end);
    let rounded = from_decimal::to_binary(number, format, rounding, negative, &mut || {
        if Some(next) == point {
            next += 1;
        }
        let digit = (next < digits_end).then(|| (text.at(next) - b'0' as u32) as u8);
        next += 1;
        digit
    });
    Parsed {
        negative,
        meaning: Meaning::Finite(rounded),
        end: at,
    }
}

/// Reads what follows `0x`; nothing if no hexadecimal digit does.
fn hexadecimal_number<T: Text>(
    text: &T,
    start: usize,
    negative: bool,
    format: &Format,
    rounding: Rounding,
) -> Option<Parsed> {
    let mut at = start;
    let mut mantissa = 0u128;
    let mut scale = 0i64;
    let mut sticky = false;
    let mut point = None;
    let mut any = false;
    loop {
        let unit = text.at(at);
        if let Some(digit) = char::from_u32(unit).and_then(|unit| unit.to_digit(16)) {
            any = true;
            if mantissa >> 124 == 0 {
                mantissa = mantissa << 4 | digit as u128;
            } else {
                sticky |= digit != 0;
                scale += 4;
            }
        } else if unit == b'.' as u32 && point.is_none() {
            point = Some(at);
        } else {
            break;
        }
        at += 1;
    }
    if !any {
        return None;
    }
    if let Some(point) = point {
        scale -= 4 * (at - point - 1) as i64;
    }
    if let Some((power, end)) = exponent(text, at, b'p') {
        scale = scale.saturating_add(power);
        at = end;
    }
    let rounded = hexadecimal::to_binary(mantissa, scale, sticky, format, rounding, negative);
    Some(Parsed {
        negative,
        meaning: Meaning::Finite(rounded),
        end: at,
    })
}
