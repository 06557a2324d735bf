//! `%d %i %u %o %x %b %p` and `%a %e %f %g`.

use super::engine::{Counted, Failure};
use super::format::Directive;
use crate::errno::Result as Fallible;
use crate::float::parse::{Parsed, Text, parse};
use crate::float::round::{DOUBLE, FLOAT, Format, LONG_DOUBLE, Rounding};
use crate::float::strtod::{as_f32, as_f64, as_f80, report};
use crate::heap::Vector;
use crate::printf::format::Length;
use crate::printf::output::Unit;

/// What is taken of a number: at most so many units, of which the ASCII ones are passed on.
struct Taker<'a, 'b, U: Unit> {
    input: &'a mut Counted<'b, U>,
    room: usize,
}

impl<U: Unit> Taker<'_, '_, U> {
    /// The next unit in lower case, if it is ASCII and within the width.
    fn peek(&mut self) -> Option<u8> {
        if self.room == 0 {
            return None;
        }
        let code = self.input.peek()?.code();
        u8::try_from(code)
            .ok()
            .filter(u8::is_ascii)
            .map(|byte| byte.to_ascii_lowercase())
    }

    fn advance(&mut self) {
        self.input.advance();
        self.room -= 1;
    }

    /// Takes a letter if it is next.
    fn takes(&mut self, letter: u8) -> bool {
        let found = self.peek() == Some(letter);
        if found {
            self.advance();
        }
        found
    }

    /// Takes all of a word, of which the first letter may be wanting: a matching failure otherwise.
    fn word(&mut self, word: &[u8]) -> Result<(), Failure> {
        if word.iter().all(|&letter| self.takes(letter)) {
            Ok(())
        } else {
            Err(Failure::Matching)
        }
    }
}

fn begin<'a, 'b, U: Unit>(
    input: &'a mut Counted<'b, U>,
    directive: &Directive,
) -> Result<Taker<'a, 'b, U>, Failure> {
    if input.peek().is_none() {
        return Err(Failure::Input);
    }
    Ok(Taker {
        input,
        room: directive.width.unwrap_or(usize::MAX),
    })
}

/// A number's magnitude and sign, as strtoull reads them; too large ones saturate.
fn magnitude<U: Unit>(taker: &mut Taker<U>, mut base: u32) -> Result<(bool, u64), Failure> {
    let negative = taker.takes(b'-');
    if !negative {
        taker.takes(b'+');
    }
    let mut any = false;
    if matches!(base, 0 | 2 | 16) && taker.takes(b'0') {
        any = true;
        if base != 2 && taker.takes(b'x') {
            base = 16;
            any = false;
        } else if base == 2 && taker.takes(b'b') {
            any = false;
        } else if base == 0 {
            base = 8;
        }
    } else if base == 0 {
        base = 10;
    }
    let mut value = 0u64;
    let mut fits = true;
    while let Some(digit) = taker.peek().and_then(|unit| (unit as char).to_digit(base)) {
        any = true;
        match value
            .checked_mul(base as u64)
            .and_then(|value| value.checked_add(digit as u64))
        {
            Some(larger) => value = larger,
            None => fits = false,
        }
        taker.advance();
    }
    if any {
        Ok((negative, if fits { value } else { u64::MAX }))
    } else {
        Err(Failure::Matching)
    }
}

/// Reads an integer; `signed` decides how one that is too large saturates.
///
/// # Safety
/// The argument is a place for an integer of the directive's length.
pub unsafe fn integer<U: Unit>(
    input: &mut Counted<U>,
    directive: &Directive,
    base: u32,
    signed: bool,
    argument: Option<u64>,
) -> Result<(), Failure> {
    let (negative, value) = magnitude(&mut begin(input, directive)?, base)?;
    let value = match (signed, negative) {
        (false, false) => value,
        (false, true) if value == u64::MAX => value,
        (false, true) => value.wrapping_neg(),
        (true, false) => value.min(i64::MAX as u64),
        (true, true) => value.min(1 << 63).wrapping_neg(),
    };
    let Some(place) = argument else { return Ok(()) };
    // SAFETY: as the caller promises.
    unsafe {
        match directive.length {
            Length::Normal => (place as *mut u32).write(value as u32),
            Length::Char => (place as *mut u8).write(value as u8),
            Length::Short => (place as *mut u16).write(value as u16),
            _ => (place as *mut u64).write(value),
        }
    }
    Ok(())
}

/// Reads a pointer as `%p` prints it.
///
/// # Safety
/// The argument is a place for a pointer.
pub unsafe fn pointer<U: Unit>(
    input: &mut Counted<U>,
    directive: &Directive,
    argument: Option<u64>,
) -> Result<(), Failure> {
    let mut taker = begin(input, directive)?;
    let value = if taker.takes(b'(') {
        taker.word(b"nil)")?;
        0
    } else {
        let (negative, value) = magnitude(&mut taker, 16)?;
        if negative { value.wrapping_neg() } else { value }
    };
    if let Some(place) = argument {
        // SAFETY: as the caller promises.
        unsafe { (place as *mut u64).write(value) };
    }
    Ok(())
}

/// The text of a number: short ones on the stack.
struct Number {
    short: [u8; 128],
    length: usize,
    long: Vector<u8>,
}

impl Number {
    fn push(&mut self, byte: u8) -> Result<(), Failure> {
        let result: Fallible<()> = if self.length < self.short.len() {
            self.short[self.length] = byte;
            self.length += 1;
            Ok(())
        } else {
            if self.long.is_empty() {
                self.long
                    .extend_from_slice(&self.short)
                    .map_err(|_| Failure::Input)?;
            }
            self.long.push(byte)
        };
        result.map_err(|_| Failure::Input)
    }

    fn text(&self) -> &[u8] {
        if self.long.is_empty() {
            &self.short[..self.length]
        } else {
            &self.long
        }
    }
}

impl Text for &Number {
    fn at(&self, index: usize) -> u32 {
        self.text().get(index).map_or(0, |&byte| byte as u32)
    }
}

/// Takes digits that `is_digit` knows, with at most one point among them; whether there was one digit or more.
fn digits<U: Unit>(
    taker: &mut Taker<U>,
    number: &mut Number,
    is_digit: fn(&u8) -> bool,
) -> Result<bool, Failure> {
    let (mut any, mut point) = (false, false);
    while let Some(unit) = taker.peek() {
        if is_digit(&unit) {
            any = true;
        } else if unit == b'.' && !point {
            point = true;
        } else {
            break;
        }
        number.push(unit)?;
        taker.advance();
    }
    Ok(any)
}

/// Takes the text of a floating-point number as strtod knows it, all of it or nothing.
fn take<U: Unit>(taker: &mut Taker<U>, number: &mut Number) -> Result<(), Failure> {
    if let Some(sign @ (b'-' | b'+')) = taker.peek() {
        number.push(sign)?;
        taker.advance();
    }
    let words: Option<(&[u8], u8)> = match taker.peek() {
        Some(b'i') => Some((b"inf", b'i')),
        Some(b'n') => Some((b"nan", b'(')),
        _ => None,
    };
    if let Some((word, more)) = words {
        taker.word(word)?;
        word.iter().try_for_each(|&letter| number.push(letter))?;
        if more == b'i' && taker.peek() == Some(b'i') {
            taker.word(b"inity")?;
        } else if more == b'(' && taker.takes(b'(') {
            number.push(b'(')?;
            while let Some(unit) = taker
                .peek()
                .filter(|unit| unit.is_ascii_alphanumeric() || *unit == b'_')
            {
                number.push(unit)?;
                taker.advance();
            }
            taker.word(b")")?;
            number.push(b')')?;
        }
        return Ok(());
    }
    let mut letter = b'e';
    let mut any = false;
    if taker.takes(b'0') {
        number.push(b'0')?;
        any = true;
        if taker.takes(b'x') {
            number.push(b'x')?;
            letter = b'p';
            any = false;
        }
    }
    let is_digit = if letter == b'p' {
        u8::is_ascii_hexdigit
    } else {
        u8::is_ascii_digit
    };
    any |= digits(taker, number, is_digit)?;
    if !any {
        return Err(Failure::Matching);
    }
    if taker.takes(letter) {
        number.push(letter)?;
        if let Some(sign @ (b'-' | b'+')) = taker.peek() {
            number.push(sign)?;
            taker.advance();
        }
        let mut any = false;
        while let Some(digit) = taker.peek().filter(u8::is_ascii_digit) {
            number.push(digit)?;
            taker.advance();
            any = true;
        }
        if !any {
            return Err(Failure::Matching);
        }
    }
    Ok(())
}

/// Reads a floating-point number.
///
/// # Safety
/// The argument is a place for a number of the directive's length.
pub unsafe fn floating<U: Unit>(
    input: &mut Counted<U>,
    directive: &Directive,
    argument: Option<u64>,
) -> Result<(), Failure> {
    let mut number = Number {
        short: [0; 128],
        length: 0,
        long: Vector::new(),
    };
    take(&mut begin(input, directive)?, &mut number)?;
    let read = |format: &Format| -> Parsed {
        let parsed = parse(&&number, format, Rounding::current());
        report(&parsed);
        parsed
    };
    let Some(place) = argument else { return Ok(()) };
    // SAFETY: as the caller promises.
    unsafe {
        match directive.length {
            Length::Long => (place as *mut f64).write(as_f64(read(&DOUBLE))),
            Length::LongLong => (place as *mut crate::float::f80::F80).write(as_f80(read(&LONG_DOUBLE))),
            _ => (place as *mut f32).write(as_f32(read(&FLOAT))),
        }
    }
    Ok(())
}
