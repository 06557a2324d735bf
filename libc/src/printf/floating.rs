//! `%e %f %g %a` and their capitals, of double and long double.

use super::arguments::Arguments;
use super::engine::{Conversion, Printer};
use super::format::{Length, flag};
use super::integer::sign_of_positive;
use super::output::Unit;
use crate::errno::Result;
use crate::float::hexadecimal::Hexadecimal;
use crate::float::round::Rounding;
use crate::float::to_decimal::{Decimal, Digits, decimal};
use crate::float::value::{Class, Value};

/// Prints a floating-point argument.
///
/// # Safety
/// The arguments fit the format.
pub unsafe fn number<U: Unit>(
    printer: &mut Printer<U>,
    conversion: &Conversion,
    arguments: &mut Arguments,
) -> Result<()> {
    let specification = &conversion.specification;
    let hexadecimal = specification.conversion | 0x20 == b'a';
    let (value, digits) = if specification.length == Length::LongLong {
        // SAFETY: as the caller promises.
        let value = unsafe { arguments.long_double(specification.position)? };
        (value.value(), hexadecimal.then(|| Hexadecimal::of_f80(value)))
    } else {
        // SAFETY: as the caller promises.
        let value = unsafe { arguments.double(specification.position)? };
        (
            Value::from_f64(value),
            hexadecimal.then(|| Hexadecimal::of_f64(value)),
        )
    };
    let sign: &[u8] = if value.negative {
        b"-"
    } else {
        sign_of_positive(conversion)
    };
    let capital = specification.conversion & 0x20 == 0;
    match (value.class, digits) {
        (Class::Nan, _) => word(printer, conversion, sign, if capital { b"NAN" } else { b"nan" }),
        (Class::Infinite, _) => word(printer, conversion, sign, if capital { b"INF" } else { b"inf" }),
        (_, Some(digits)) => hexadecimal_number(printer, conversion, sign, digits, value.negative),
        (Class::Zero, None) => styled(
            printer,
            conversion,
            sign,
            Decimal {
                digits: b"",
                point: 1,
            },
        ),
        (Class::Finite { mantissa, exponent }, None) => {
            let precision = conversion.precision.unwrap_or(6);
            let wanted = match specification.conversion | 0x20 {
                b'f' => Digits::AfterPoint(precision),
                b'e' => Digits::Significant(precision.saturating_add(1)),
                _ => Digits::Significant(precision.max(1)),
            };
            let mut result = Ok(());
            decimal(
                mantissa,
                exponent,
                value.negative,
                wanted,
                Rounding::current(),
                &mut |digits| {
                    result = styled(printer, conversion, sign, digits);
                },
            );
            result
        }
    }
}

/// Prints `inf` or `nan`, which are never padded with zeros.
fn word<U: Unit>(
    printer: &mut Printer<U>,
    conversion: &Conversion,
    sign: &[u8],
    word: &'static [u8; 3],
) -> Result<()> {
    printer.padded(conversion, sign.len() + 3, |printer| {
        printer.write_ascii(sign)?;
        printer.write_ascii(word)
    })
}

/// Text that is put together in a small buffer and printed in few pieces.
struct Pieces<'a, 'b, U: Unit> {
    printer: &'a mut Printer<'b, U>,
    buffer: [u8; 48],
    length: usize,
}

impl<U: Unit> Pieces<'_, '_, U> {
    #[inline]
    fn text(&mut self, text: &[u8]) -> Result<()> {
        if text.len() > self.buffer.len() - self.length {
            self.flush()?;
            if text.len() > self.buffer.len() {
                return self.printer.write_ascii(text);
            }
        }
        self.buffer[self.length..][..text.len()].copy_from_slice(text);
        self.length += text.len();
        Ok(())
    }

    #[inline]
    fn zeros(&mut self, count: usize) -> Result<()> {
        if count > self.buffer.len() - self.length {
            self.flush()?;
            if count > self.buffer.len() {
                return self.printer.fill(b'0', count);
            }
        }
        self.buffer[self.length..][..count].fill(b'0');
        self.length += count;
        Ok(())
    }

    #[inline]
    fn flush(&mut self) -> Result<()> {
        let length = core::mem::take(&mut self.length);
        if length == 0 {
            Ok(())
        } else {
            self.printer.write_ascii(&self.buffer[..length])
        }
    }
}

/// Prints `prefix`, zeros for the `0` flag, then `body` of `length` characters, padded to the width.
fn laid_out<U: Unit>(
    printer: &mut Printer<U>,
    conversion: &Conversion,
    prefix: [&[u8]; 2],
    length: usize,
    body: impl FnOnce(&mut Pieces<U>) -> Result<()>,
) -> Result<()> {
    let mut length = length.saturating_add(prefix[0].len() + prefix[1].len());
    let mut zeros = 0;
    if conversion.has(flag::ZERO) && !conversion.has(flag::LEFT) {
        zeros = conversion.width.saturating_sub(length);
        length += zeros;
    }
    printer.padded(conversion, length, |printer| {
        let mut pieces = Pieces {
            printer,
            buffer: [0; 48],
            length: 0,
        };
        pieces.text(prefix[0])?;
        pieces.text(prefix[1])?;
        pieces.zeros(zeros)?;
        body(&mut pieces)?;
        pieces.flush()
    })
}

/// Prints decimal digits in the style of the conversion.
fn styled<U: Unit>(
    printer: &mut Printer<U>,
    conversion: &Conversion,
    sign: &[u8],
    decimal: Decimal,
) -> Result<()> {
    let precision = conversion.precision.unwrap_or(6);
    let alternative = conversion.has(flag::ALTERNATIVE);
    match conversion.specification.conversion | 0x20 {
        b'f' => fixed(printer, conversion, sign, decimal, precision, alternative),
        b'e' => scientific(printer, conversion, sign, decimal, precision, alternative),
        _ => {
            let significant = precision.max(1) as i64;
            let exponent = decimal.point as i64 - 1;
            let is_fixed = exponent < significant && exponent >= -4;
            let mut places = if is_fixed {
                significant - 1 - exponent
            } else {
                significant - 1
            };
            if !alternative {
                // Zeros at the end go, and the point with them.
                let zeros = decimal
                    .digits
                    .iter()
                    .rev()
                    .take_while(|&&digit| digit == b'0')
                    .count();
                let count = (decimal.digits.len() - zeros) as i64;
                let needed = if is_fixed {
                    count - decimal.point as i64
                } else {
                    count - 1
                };
                places = places.min(needed).max(0);
            }
            if is_fixed {
                fixed(printer, conversion, sign, decimal, places as usize, alternative)
            } else {
                scientific(printer, conversion, sign, decimal, places as usize, alternative)
            }
        }
    }
}

/// Prints `ddd.ddd`.
fn fixed<U: Unit>(
    printer: &mut Printer<U>,
    conversion: &Conversion,
    sign: &[u8],
    Decimal { digits, point }: Decimal,
    places: usize,
    alternative: bool,
) -> Result<()> {
    let has_point = places > 0 || alternative;
    let whole = if digits.is_empty() {
        1
    } else {
        point.max(1) as usize
    };
    let length = whole.saturating_add(has_point as usize).saturating_add(places);
    laid_out(printer, conversion, [sign, b""], length, |pieces| {
        let before = (point.max(0) as usize).min(digits.len());
        if before == 0 {
            pieces.text(b"0")?;
        } else {
            pieces.text(&digits[..before])?;
            pieces.zeros(whole - before)?;
        }
        if has_point {
            pieces.text(b".")?;
        }
        let leading = ((-point).max(0) as usize).min(places);
        pieces.zeros(leading)?;
        let shown = (digits.len() - before).min(places - leading);
        pieces.text(&digits[before..before + shown])?;
        pieces.zeros(places - leading - shown)
    })
}

/// Prints `d.ddde+dd`.
fn scientific<U: Unit>(
    printer: &mut Printer<U>,
    conversion: &Conversion,
    sign: &[u8],
    Decimal { digits, point }: Decimal,
    places: usize,
    alternative: bool,
) -> Result<()> {
    let has_point = places > 0 || alternative;
    let capital = conversion.specification.conversion & 0x20 == 0;
    let mut suffix = [0; 8];
    let start = exponent_text(point - 1, if capital { b'E' } else { b'e' }, 2, &mut suffix);
    let suffix = &suffix[start..];
    let length = (1 + has_point as usize + suffix.len()).saturating_add(places);
    laid_out(printer, conversion, [sign, b""], length, |pieces| {
        let (first, rest) = digits.split_at(digits.len().min(1));
        pieces.text(if first.is_empty() { b"0" } else { first })?;
        if has_point {
            pieces.text(b".")?;
        }
        let shown = rest.len().min(places);
        pieces.text(&rest[..shown])?;
        pieces.zeros(places - shown)?;
        pieces.text(suffix)
    })
}

/// An exponent with its letter and sign and at least `least` digits, at the end of the buffer.
fn exponent_text(exponent: i32, letter: u8, least: usize, text: &mut [u8; 8]) -> usize {
    let mut start = text.len();
    let mut rest = exponent.unsigned_abs();
    while rest > 0 || text.len() - start < least {
        start -= 1;
        text[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    text[start - 1] = if exponent < 0 { b'-' } else { b'+' };
    text[start - 2] = letter;
    start - 2
}

/// Prints `0xh.hhhp+d`.
fn hexadecimal_number<U: Unit>(
    printer: &mut Printer<U>,
    conversion: &Conversion,
    sign: &[u8],
    number: Hexadecimal,
    negative: bool,
) -> Result<()> {
    let number = match conversion.precision {
        None => number.shortened(),
        Some(precision) => number.rounded(precision, Rounding::current(), negative),
    };
    let places = conversion.precision.unwrap_or(number.count);
    let has_point = places > 0 || conversion.has(flag::ALTERNATIVE);
    let capital = conversion.specification.conversion == b'A';
    let symbols = if capital {
        b"0123456789ABCDEF"
    } else {
        b"0123456789abcdef"
    };
    let mut suffix = [0; 8];
    let start = exponent_text(number.exponent, if capital { b'P' } else { b'p' }, 1, &mut suffix);
    let suffix = &suffix[start..];
    let mut digits = [0; 16];
    let shown = places.min(number.count);
    for (index, digit) in digits[..shown].iter_mut().enumerate() {
        *digit = symbols[number.digit(index) as usize];
    }
    let length = (1 + has_point as usize + suffix.len()).saturating_add(places);
    laid_out(
        printer,
        conversion,
        [sign, if capital { b"0X" } else { b"0x" }],
        length,
        |pieces| {
            pieces.text(&symbols[number.leading as usize..][..1])?;
            if has_point {
                pieces.text(b".")?;
            }
            pieces.text(&digits[..shown])?;
            pieces.zeros(places - shown)?;
            pieces.text(suffix)
        },
    )
}
