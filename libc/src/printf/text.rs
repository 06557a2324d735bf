//! `%c %s %lc %ls %C %S %m`.

use super::encoding::{Decoded, Encoding};
use super::engine::{Conversion, Printer};
use super::format::Length;
use super::output::Unit;
use crate::errno::{Errno, Result};
use crate::types::wchar_t;

fn is_wide(conversion: &Conversion) -> bool {
    matches!(conversion.specification.length, Length::Long | Length::LongLong)
        || matches!(conversion.specification.conversion, b'S' | b'C')
}

/// A unit type's own way with characters and strings of both kinds.
pub trait TextUnit: Unit {
    /// Prints a string of bytes, at most `limit` of what the precision counts.
    ///
    /// # Safety
    /// `text` is a string, or has at least `limit` bytes.
    unsafe fn narrow_string(
        printer: &mut Printer<Self>,
        conversion: &Conversion,
        text: *const u8,
        limit: usize,
    ) -> Result<()>;

    /// Prints a string of wide characters, at most `limit` of what the precision counts.
    ///
    /// # Safety
    /// `text` is a wide string, or long enough for `limit`.
    unsafe fn wide_string(
        printer: &mut Printer<Self>,
        conversion: &Conversion,
        text: *const wchar_t,
        limit: usize,
    ) -> Result<()>;

    /// Prints a character given as a byte.
    fn narrow_character(printer: &mut Printer<Self>, conversion: &Conversion, character: u8) -> Result<()>;

    /// Prints a character given as a wide one.
    fn wide_character(printer: &mut Printer<Self>, conversion: &Conversion, character: wchar_t)
    -> Result<()>;
}

/// The length of a string, at most `limit`; nothing beyond the terminator or the limit is read.
#[inline]
unsafe fn bounded_length<T: Unit>(text: *const T, limit: usize) -> usize {
    let mut length = 0;
    // SAFETY: the caller passes a string or at least `limit` units.
    while length < limit && unsafe { text.add(length).read().code() } != 0 {
        length += 1;
    }
    length
}

/// The characters that a string of bytes begins with, one after the other.
struct Decoder {
    next: *const u8,
    encoding: Encoding,
}

impl Decoder {
    /// The next character; `None` at the terminator.
    ///
    /// # Safety
    /// The string has its terminator.
    unsafe fn next(&mut self) -> Result<Option<wchar_t>> {
        let mut bytes = [0; 4];
        for length in 1..=bytes.len() {
            // SAFETY: no byte before this one was the terminator: that would have ended the character.
            bytes[length - 1] = unsafe { self.next.add(length - 1).read() };
            match self.encoding.decode(&bytes[..length]) {
                Decoded::Character(0, _) => return Ok(None),
                Decoded::Character(character, _) => {
                    self.next = self.next.wrapping_add(length);
                    return Ok(Some(character));
                }
                Decoded::Invalid => break,
                Decoded::Incomplete => (),
            }
        }
        Err(Errno::EILSEQ)
    }
}

impl TextUnit for u8 {
    #[inline]
    unsafe fn narrow_string(
        printer: &mut Printer<u8>,
        conversion: &Conversion,
        text: *const u8,
        limit: usize,
    ) -> Result<()> {
        // SAFETY: as the caller promises.
        let text = unsafe { core::slice::from_raw_parts(text, bounded_length(text, limit)) };
        printer.padded(conversion, text.len(), |printer| printer.write(text))
    }

    unsafe fn wide_string(
        printer: &mut Printer<u8>,
        conversion: &Conversion,
        text: *const wchar_t,
        limit: usize,
    ) -> Result<()> {
        let encoding = Encoding::current();
        // Calls `take` with the bytes of each character that still fits.
        let each = |take: &mut dyn FnMut(&[u8]) -> Result<()>| {
            let mut room = limit;
            let mut next = text;
            while room > 0 {
                // SAFETY: the string goes on while neither its terminator nor the limit is reached.
                let character = unsafe { next.read() };
                if character == 0 {
                    break;
                }
                let (bytes, length) = encoding.encode(character).ok_or(Errno::EILSEQ)?;
                if length > room {
                    break;
                }
                room -= length;
                take(&bytes[..length])?;
                next = next.wrapping_add(1);
            }
            Ok(())
        };
        let mut length = 0;
        each(&mut |bytes| {
            length += bytes.len();
            Ok(())
        })?;
        printer.padded(conversion, length, |printer| {
            each(&mut |bytes| printer.write(bytes))
        })
    }

    #[inline]
    fn narrow_character(printer: &mut Printer<u8>, conversion: &Conversion, character: u8) -> Result<()> {
        printer.padded(conversion, 1, |printer| printer.write(&[character]))
    }

    fn wide_character(printer: &mut Printer<u8>, conversion: &Conversion, character: wchar_t) -> Result<()> {
        let (bytes, length) = Encoding::current().encode(character).ok_or(Errno::EILSEQ)?;
        printer.padded(conversion, length, |printer| printer.write(&bytes[..length]))
    }
}

impl TextUnit for wchar_t {
    unsafe fn narrow_string(
        printer: &mut Printer<wchar_t>,
        conversion: &Conversion,
        text: *const u8,
        limit: usize,
    ) -> Result<()> {
        let encoding = Encoding::current();
        let mut decoder = Decoder { next: text, encoding };
        let mut length = 0;
        // SAFETY: the string is as the caller promises; characters beyond the limit are not looked at.
        while length < limit && unsafe { decoder.next()? }.is_some() {
            length += 1;
        }
        printer.padded(conversion, length, |printer| {
            let mut decoder = Decoder { next: text, encoding };
            for _ in 0..length {
                // SAFETY: as above; so many characters were found.
                if let Some(character) = unsafe { decoder.next()? } {
                    printer.write(&[character])?;
                }
            }
            Ok(())
        })
    }

    unsafe fn wide_string(
        printer: &mut Printer<wchar_t>,
        conversion: &Conversion,
        text: *const wchar_t,
        limit: usize,
    ) -> Result<()> {
        // SAFETY: as the caller promises.
        let text = unsafe { core::slice::from_raw_parts(text, bounded_length(text, limit)) };
        printer.padded(conversion, text.len(), |printer| printer.write(text))
    }

    fn narrow_character(
        printer: &mut Printer<wchar_t>,
        conversion: &Conversion,
        character: u8,
    ) -> Result<()> {
        match Encoding::current().decode(&[character]) {
            Decoded::Character(character, _) => {
                printer.padded(conversion, 1, |printer| printer.write(&[character]))
            }
            _ => Err(Errno::EILSEQ),
        }
    }

    fn wide_character(
        printer: &mut Printer<wchar_t>,
        conversion: &Conversion,
        character: wchar_t,
    ) -> Result<()> {
        printer.padded(conversion, 1, |printer| printer.write(&[character]))
    }
}

/// Prints a string argument; a null pointer as `(null)`, if the precision has room for it (glibc).
///
/// # Safety
/// The argument is a string of the kind that the conversion says, or null.
#[inline]
pub unsafe fn string<U: TextUnit>(
    printer: &mut Printer<U>,
    conversion: &Conversion,
    argument: u64,
) -> Result<()> {
    let limit = conversion.precision.unwrap_or(usize::MAX);
    // SAFETY: as the caller promises; the replacement is a string.
    unsafe {
        if argument == 0 {
            let text = if limit >= 6 { c"(null)" } else { c"" };
            U::narrow_string(printer, conversion, text.as_ptr().cast(), usize::MAX)
        } else if is_wide(conversion) {
            U::wide_string(printer, conversion, argument as *const wchar_t, limit)
        } else {
            U::narrow_string(printer, conversion, argument as *const u8, limit)
        }
    }
}

/// Prints a character argument.
#[inline]
pub fn character<U: TextUnit>(
    printer: &mut Printer<U>,
    conversion: &Conversion,
    argument: u64,
) -> Result<()> {
    if is_wide(conversion) {
        U::wide_character(printer, conversion, argument as wchar_t)
    } else {
        U::narrow_character(printer, conversion, argument as u8)
    }
}

/// Prints the text of the error that `errno` had when printing began (glibc).
pub fn error_message<U: TextUnit>(printer: &mut Printer<U>, conversion: &Conversion) -> Result<()> {
    let limit = conversion.precision.unwrap_or(usize::MAX);
    // SAFETY: strerror gives a string, the calling thread's own.
    unsafe {
        let text = crate::string::error_text::strerror(printer.errno);
        U::narrow_string(printer, conversion, text.cast(), limit)
    }
}
