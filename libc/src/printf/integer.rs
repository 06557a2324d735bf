//! `%d %i %u %o %x %X %b %B %p %n`.

use super::engine::{Conversion, Printer};
use super::format::{Length, flag};
use super::output::Unit;
use crate::errno::Result;
use crate::float::to_decimal::write_u64;

/// Prints a signed integer.
#[inline]
pub fn signed<U: Unit>(printer: &mut Printer<U>, conversion: &Conversion, argument: u64) -> Result<()> {
    let value = match conversion.specification.length {
        Length::Normal => argument as i32 as i64,
        Length::Char => argument as i8 as i64,
        Length::Short => argument as i16 as i64,
        _ => argument as i64,
    };
    let prefix: &[u8] = if value < 0 {
        b"-"
    } else {
        sign_of_positive(conversion)
    };
    let mut digits = [0; 64];
    let start = decimal(value.unsigned_abs(), &mut digits);
    number(printer, conversion, prefix, &digits[start..])
}

/// The sign that flags ask for before a number that is not negative.
#[inline]
pub fn sign_of_positive(conversion: &Conversion) -> &'static [u8] {
    if conversion.has(flag::PLUS) {
        b"+"
    } else if conversion.has(flag::SPACE) {
        b" "
    } else {
        b""
    }
}

/// Prints an unsigned integer.
#[inline]
pub fn unsigned<U: Unit>(printer: &mut Printer<U>, conversion: &Conversion, argument: u64) -> Result<()> {
    let value = match conversion.specification.length {
        Length::Normal => argument as u32 as u64,
        Length::Char => argument as u8 as u64,
        Length::Short => argument as u16 as u64,
        _ => argument,
    };
    let alternative = conversion.has(flag::ALTERNATIVE) && value != 0;
    let mut digits = [0; 64];
    let (start, prefix): (usize, &[u8]) = match conversion.specification.conversion {
        b'u' => (decimal(value, &mut digits), b""),
        b'x' => (
            binary(value, 4, b"0123456789abcdef", &mut digits),
            if alternative { b"0x" } else { b"" },
        ),
        b'X' => (
            binary(value, 4, b"0123456789ABCDEF", &mut digits),
            if alternative { b"0X" } else { b"" },
        ),
        b'b' => (
            binary(value, 1, b"0123456789abcdef", &mut digits),
            if alternative { b"0b" } else { b"" },
        ),
        b'B' => (
            binary(value, 1, b"0123456789abcdef", &mut digits),
            if alternative { b"0B" } else { b"" },
        ),
        _ => (octal(value, conversion, &mut digits), b""),
    };
    number(printer, conversion, prefix, &digits[start..])
}

/// Prints a pointer: `(nil)`, or its address in hexadecimal.
pub fn pointer<U: Unit>(printer: &mut Printer<U>, conversion: &Conversion, address: u64) -> Result<()> {
    if address == 0 {
        return printer.padded(conversion, 5, |printer| printer.write_ascii(b"(nil)"));
    }
    let mut digits = [0; 64];
    let start = binary(address, 4, b"0123456789abcdef", &mut digits);
    let prefix: &[u8] = match sign_of_positive(conversion) {
        b"+" => b"+0x",
        b" " => b" 0x",
        _ => b"0x",
    };
    number(printer, conversion, prefix, &digits[start..])
}

/// Prints a number of this library's own, without any flag.
pub fn plain<U: Unit>(printer: &mut Printer<U>, value: usize) -> Result<()> {
    let mut digits = [b'0'; 64];
    let start = decimal(value as u64, &mut digits);
    printer.write_ascii(&digits[start.min(63)..])
}

/// Stores the count of units so far for `%n`.
///
/// # Safety
/// `place` is the address of an integer of that length.
pub unsafe fn store_count(count: usize, length: Length, place: u64) {
    // SAFETY: the program passes a place of the type that the length names.
    unsafe {
        match length {
            Length::Normal => (place as *mut i32).write(count as i32),
            Length::Char => (place as *mut i8).write(count as i8),
            Length::Short => (place as *mut i16).write(count as i16),
            _ => (place as *mut i64).write(count as i64),
        }
    }
}

/// Decimal digits at the end of the buffer; none for zero.
#[inline]
fn decimal(value: u64, digits: &mut [u8; 64]) -> usize {
    let tail: &mut [u8; 20] = digits.last_chunk_mut().expect("64 is more than 20");
    44 + write_u64(value, tail)
}

/// Digits of a power of two at the end of the buffer; none for zero.
#[inline]
fn binary(mut value: u64, bits: u32, symbols: &[u8; 16], digits: &mut [u8; 64]) -> usize {
    let mut start = 64;
    while value != 0 {
        start -= 1;
        digits[start] = symbols[value as usize & ((1 << bits) - 1)];
        value >>= bits;
    }
    start
}

/// Octal digits; `#` puts a zero first unless the precision does so already.
fn octal(value: u64, conversion: &Conversion, digits: &mut [u8; 64]) -> usize {
    let mut start = binary(value, 3, b"0123456789abcdef", digits);
    let shown = 64 - start;
    if conversion.has(flag::ALTERNATIVE) && conversion.precision.unwrap_or((value == 0) as usize) <= shown {
        start -= 1;
        digits[start] = b'0';
    }
    start
}

/// Prints prefix and digits with zeros between them for the precision or the `0` flag.
#[inline]
fn number<U: Unit>(
    printer: &mut Printer<U>,
    conversion: &Conversion,
    prefix: &[u8],
    digits: &[u8],
) -> Result<()> {
    if conversion.width == 0 && conversion.precision.is_none() && prefix.is_empty() && !digits.is_empty() {
        return printer.write_ascii(digits);
    }
    let mut zeros = conversion.precision.unwrap_or(1).saturating_sub(digits.len());
    if conversion.precision.is_none() && conversion.has(flag::ZERO) && !conversion.has(flag::LEFT) {
        zeros = zeros.max(conversion.width.saturating_sub(prefix.len() + digits.len()));
    }
    let length = prefix.len() + zeros + digits.len();
    printer.padded(conversion, length, |printer| {
        if !prefix.is_empty() {
            printer.write_ascii(prefix)?;
        }
        printer.fill(b'0', zeros)?;
        if digits.is_empty() {
            Ok(())
        } else {
            printer.write_ascii(digits)
        }
    })
}
