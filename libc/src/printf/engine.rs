//! The loop over a format, and what all conversions share: counting, padding.

use super::arguments::{Arguments, Table};
use super::format::{Amount, Reader, Specification, flag};
use super::output::{Output, Unit};
use super::text::TextUnit;
use super::va_list::VaList;
use super::{floating, integer, text};
use crate::errno::{Errno, Result, get_errno};
use crate::types::c_int;

/// Text that is being printed: where it goes, and how much there was.
pub struct Printer<'a, U: Unit> {
    output: &'a mut dyn Output<U>,
    total: usize,
    /// `errno` at the start, for `%m`.
    pub errno: c_int,
}

/// A specification with its width and precision fetched.
#[derive(Clone, Copy, Debug)]
pub struct Conversion {
    /// The specification; its flags have what a negative width adds.
    pub specification: Specification,
    /// The minimum width.
    pub width: usize,
    /// The precision, if given and not negative.
    pub precision: Option<usize>,
}

impl Conversion {
    /// Whether the flag is set.
    #[inline(always)]
    pub fn has(&self, flag: u8) -> bool {
        self.specification.has(flag)
    }
}

impl<U: Unit> Printer<'_, U> {
    /// How many units were printed.
    pub fn total(&self) -> usize {
        self.total
    }

    #[inline]
    fn count(&mut self, length: usize) -> Result<()> {
        self.total = self.total.checked_add(length).ok_or(Errno::EOVERFLOW)?;
        if self.total > c_int::MAX as usize {
            Err(Errno::EOVERFLOW)
        } else {
            Ok(())
        }
    }

    /// Prints text.
    #[inline]
    pub fn write(&mut self, text: &[U]) -> Result<()> {
        self.count(text.len())?;
        self.output.write(text)
    }

    /// Prints ASCII text.
    #[inline]
    pub fn write_ascii(&mut self, text: &[u8]) -> Result<()> {
        self.count(text.len())?;
        U::write_ascii(self.output, text)
    }

    /// Prints an ASCII character many times.
    #[inline]
    pub fn fill(&mut self, character: u8, count: usize) -> Result<()> {
        if count == 0 {
            return Ok(());
        }
        self.count(count)?;
        self.output.fill(U::from_ascii(character), count)
    }

    /// Prints `body`, which writes `length` units, padded with spaces to the width.
    #[inline]
    pub fn padded(
        &mut self,
        conversion: &Conversion,
        length: usize,
        body: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        let padding = conversion.width.saturating_sub(length);
        let left = conversion.has(flag::LEFT);
        if !left {
            self.fill(b' ', padding)?;
        }
        body(self)?;
        if left {
            self.fill(b' ', padding)?;
        }
        Ok(())
    }
}

/// How careful to be, as the programs built with `_FORTIFY_SOURCE` ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Care {
    /// As the standard says.
    Normal,
    /// `%n` in a format that the program can write ends it.
    Fortified,
}

/// Prints a format and its arguments, and returns how many units that were. Errors: EOVERFLOW beyond `INT_MAX`,
/// EILSEQ for a character that the encoding has not, EINVAL for a format that ends within a specification, and
/// those of the output.
///
/// # Safety
/// The format is a string, and the list holds what it says.
pub unsafe fn print<U: TextUnit>(
    output: &mut dyn Output<U>,
    format: *const U,
    list: &mut VaList,
    care: Care,
) -> Result<c_int> {
    let mut printer = Printer {
        output,
        total: 0,
        errno: get_errno(),
    };
    // SAFETY: the caller passes a string.
    let mut reader = unsafe { Reader::new(format) };
    // Positions count from the first argument, whatever was taken before the first position is met.
    let mut all = *list;
    let mut arguments = Arguments::List(list);
    loop {
        let literal = reader.literal();
        if !literal.is_empty() {
            printer.write(literal)?;
        }
        if reader.peek() == 0 {
            return Ok(printer.total as c_int);
        }
        reader.advance();
        let start = reader.place();
        let specification = reader.specification()?;
        if specification.is_positional() && matches!(arguments, Arguments::List(_)) {
            // SAFETY: the list fits the format, as the caller promises.
            arguments = Arguments::Table(unsafe { Table::new(start, &mut all)? });
        }
        // SAFETY: the arguments fit the format, as the caller promises.
        unsafe { convert(&mut printer, specification, &mut arguments, start, care)? };
    }
}

/// Prints one conversion. `start` is the specification's text after the `%`.
#[inline]
unsafe fn convert<U: TextUnit>(
    printer: &mut Printer<U>,
    mut specification: Specification,
    arguments: &mut Arguments,
    start: *const U,
    care: Care,
) -> Result<()> {
    // SAFETY: the arguments fit the format, as the engine's caller promises.
    unsafe {
        let width = match specification.width {
            Amount::None => 0,
            amount => arguments.amount(amount)?.unwrap_or(0),
        };
        if width < 0 {
            specification.flags |= flag::LEFT;
        }
        let precision = match specification.precision {
            Amount::None => None,
            amount => arguments
                .amount(amount)?
                .and_then(|value| usize::try_from(value).ok()),
        };
        let conversion = Conversion {
            specification,
            width: width.unsigned_abs() as usize,
            precision,
        };
        let position = specification.position;
        match specification.conversion {
            b'd' | b'i' => integer::signed(printer, &conversion, arguments.integer(position)?),
            b'u' | b'x' | b'X' | b'o' | b'b' | b'B' => {
                integer::unsigned(printer, &conversion, arguments.integer(position)?)
            }
            b's' | b'S' => text::string(printer, &conversion, arguments.integer(position)?),
            b'c' | b'C' => text::character(printer, &conversion, arguments.integer(position)?),
            b'p' => integer::pointer(printer, &conversion, arguments.integer(position)?),
            b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'a' | b'A' => {
                floating::number(printer, &conversion, arguments)
            }
            b'm' => text::error_message(printer, &conversion),
            b'%' => printer.fill(b'%', 1),
            b'n' => {
                let place = arguments.integer(position)?;
                if care == Care::Fortified {
                    super::checked::refuse_n(start.cast());
                }
                integer::store_count(printer.total(), specification.length, place);
                Ok(())
            }
            0 => Err(Errno::EINVAL),
            _ => unknown(printer, &conversion, start),
        }
    }
}

/// Prints a specification that is none the way glibc does: put together again from what was understood.
fn unknown<U: Unit>(printer: &mut Printer<U>, conversion: &Conversion, start: *const U) -> Result<()> {
    printer.write_ascii(b"%")?;
    for (flag, character) in [
        (flag::ALTERNATIVE, b'#'),
        (flag::GROUP, b'\''),
        (flag::PLUS, b'+'),
        (flag::SPACE, b' '),
        (flag::LEFT, b'-'),
        (flag::ZERO, b'0'),
        (flag::LOCAL_DIGITS, b'I'),
    ] {
        let hidden = (flag == flag::SPACE && conversion.has(flag::PLUS))
            || (flag == flag::ZERO && conversion.has(flag::LEFT));
        if conversion.has(flag) && !hidden {
            printer.fill(character, 1)?;
        }
    }
    if conversion.width != 0 {
        integer::plain(printer, conversion.width)?;
    }
    if let Some(precision) = conversion.precision {
        printer.write_ascii(b".")?;
        integer::plain(printer, precision)?;
    }
    // The conversion is the last unit of the specification's text, which is read once more to find it.
    // SAFETY: the text was read as a specification before, so it is one.
    let mut reader = unsafe { Reader::new(start) };
    reader.specification()?;
    // SAFETY: the specification has at least its conversion.
    printer.write(&[unsafe { reader.place().sub(1).read() }])
}
