//! The loop over a format.

use super::format::{Directive, Reader, Set};
use super::input::Input;
use super::text::TextUnit;
use super::{number, text};
use crate::printf::format::Length;
use crate::printf::integer::store_count;
use crate::printf::output::Unit;
use crate::printf::va_list::VaList;
use crate::types::{c_int, wchar_t};

/// Why a conversion did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The input ended, could not be read, or memory ran out.
    Input,
    /// The input is not what the directive wants.
    Matching,
}

/// The input with a count of the units taken.
pub struct Counted<'a, U: Unit> {
    input: &'a mut dyn Input<U>,
    /// How many units were taken.
    pub taken: usize,
}

impl<U: Unit> Counted<'_, U> {
    /// The next unit, which stays.
    #[inline]
    pub fn peek(&mut self) -> Option<U> {
        self.input.peek()
    }

    /// Takes the unit that `peek` gave.
    #[inline]
    pub fn advance(&mut self) {
        self.input.advance();
        self.taken += 1;
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.advance();
        }
    }
}

/// Whether a unit is white space.
#[inline]
pub fn is_space<U: Unit>(unit: U) -> bool {
    use crate::float::parse::Text;
    if size_of::<U>() == size_of::<wchar_t>() {
        crate::float::strtod::Wide::is_space(unit.code())
    } else {
        matches!(unit.code(), 0x20 | 9..=13)
    }
}

/// The arguments: places to store to, one after the other or by position.
struct Arguments<'a> {
    list: &'a mut VaList,
    first: VaList,
}

impl Arguments<'_> {
    /// The next argument, or the one at a position.
    unsafe fn next(&mut self, position: Option<usize>) -> u64 {
        // SAFETY: the list fits the format, as the engine's caller promises.
        unsafe {
            match position {
                None => self.list.integer(),
                Some(position) => {
                    let mut list = self.first;
                    for _ in 0..position {
                        list.integer();
                    }
                    list.integer()
                }
            }
        }
    }
}

/// Reads input as a format says and stores what it finds; how many directives stored, or -1 (`EOF`) if the input
/// ended before the first of them.
///
/// # Safety
/// The format is a string, and the list holds what it says.
pub unsafe fn scan<U: TextUnit>(input: &mut dyn Input<U>, format: *const U, list: &mut VaList) -> c_int {
    let mut input = Counted { input, taken: 0 };
    let first = *list;
    let mut arguments = Arguments { list, first };
    // SAFETY: the caller passes a string.
    let mut reader = unsafe { Reader::new(format) };
    let mut stored = 0;
    let result = loop {
        let unit = reader.peek();
        if unit == 0 {
            break Ok(());
        }
        reader.advance();
        // SAFETY: the arguments fit the format, as the caller promises.
        let result = unsafe {
            if unit != b'%' as u32 {
                literal(&mut input, unit)
            } else {
                let directive = reader.directive();
                convert(&mut input, &directive, &mut reader, &mut arguments, &mut stored)
            }
        };
        if result.is_err() {
            break result;
        }
    };
    if result == Err(Failure::Input) && stored == 0 {
        -1
    } else {
        stored
    }
}

/// White space takes all white space; any other unit takes itself.
fn literal<U: TextUnit>(input: &mut Counted<U>, wanted: u32) -> Result<(), Failure> {
    let is_white = if size_of::<U>() == 1 {
        matches!(wanted, 0x20 | 9..=13)
    } else {
        use crate::float::parse::Text;
        crate::float::strtod::Wide::is_space(wanted)
    };
    if is_white {
        input.skip_space();
        return Ok(());
    }
    match input.peek() {
        None => Err(Failure::Input),
        Some(unit) if unit.code() == wanted => {
            input.advance();
            Ok(())
        }
        Some(_) => Err(Failure::Matching),
    }
}

/// Carries out one directive.
unsafe fn convert<U: TextUnit>(
    input: &mut Counted<U>,
    directive: &Directive,
    reader: &mut Reader<U>,
    arguments: &mut Arguments,
    stored: &mut c_int,
) -> Result<(), Failure> {
    if !matches!(directive.conversion, b'[' | b'c' | b'C' | b'n') {
        input.skip_space();
    }
    let set = if directive.conversion == b'[' {
        Some(reader.set().ok_or(Failure::Matching)?)
    } else {
        None
    };
    match directive.conversion {
        b'%' => return literal(input, b'%' as u32),
        b'n' => {
            if !directive.suppressed {
                // SAFETY: the argument is a place of the type that the length names.
                unsafe { store_count(input.taken, directive.length, arguments.next(directive.position)) };
            }
            return Ok(());
        }
        _ => (),
    }
    // SAFETY: the arguments fit the format, as the caller promises.
    unsafe {
        let mut argument = || (!directive.suppressed).then(|| arguments.next(directive.position));
        match directive.conversion {
            b'd' => number::integer(input, directive, 10, true, argument())?,
            b'i' => number::integer(input, directive, 0, true, argument())?,
            b'u' => number::integer(input, directive, 10, false, argument())?,
            b'o' => number::integer(input, directive, 8, false, argument())?,
            b'x' | b'X' => number::integer(input, directive, 16, false, argument())?,
            b'b' => number::integer(input, directive, 2, false, argument())?,
            b'p' => number::pointer(input, directive, argument())?,
            b'a' | b'A' | b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => {
                number::floating(input, directive, argument())?
            }
            b's' | b'S' => text::string(input, directive, argument(), &mut |unit| !is_space(unit))?,
            b'c' | b'C' => text::characters(input, directive, argument())?,
            b'[' => {
                let set: Set<U> = set.ok_or(Failure::Matching)?;
                text::string(input, directive, argument(), &mut |unit| set.has(unit))?
            }
            _ => return Err(Failure::Matching),
        }
    }
    *stored += !directive.suppressed as c_int;
    Ok(())
}

/// Whether a directive stores wide characters.
pub fn is_wide(directive: &Directive) -> bool {
    matches!(directive.length, Length::Long | Length::LongLong) || matches!(directive.conversion, b'S' | b'C')
}
