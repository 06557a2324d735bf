//! Conversion specifications: `%`, flags, width, precision, length, conversion.

use super::output::Unit;
use crate::errno::{Errno, Result};

/// Flags of a specification, as bits.
pub mod flag {
    /// `-`: pad on the right.
    pub const LEFT: u8 = 1;
    /// `+`: a sign always.
    pub const PLUS: u8 = 2;
    /// Space: a space where no sign is.
    pub const SPACE: u8 = 4;
    /// `#`: the alternative form.
    pub const ALTERNATIVE: u8 = 8;
    /// `0`: pad with zeros.
    pub const ZERO: u8 = 16;
    /// `'`: group digits. The supported locales have no grouping.
    pub const GROUP: u8 = 32;
    /// `I`: the locale's own digits (glibc). The supported locales have none.
    pub const LOCAL_DIGITS: u8 = 64;
}

/// A width or precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Not given.
    None,
    /// Given in the format.
    Given(usize),
    /// `*`: the next argument.
    Next,
    /// `*n$`: argument `n`, counted from 0.
    Position(usize),
}

/// The length modifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// None: `int`, `double`.
    Normal,
    /// `hh`: `char`.
    Char,
    /// `h`: `short`.
    Short,
    /// `l`: `long`, `wint_t`.
    Long,
    /// `ll`, `q`, `L`: `long long`, `long double`.
    LongLong,
    /// `j`: `intmax_t`.
    Max,
    /// `z`, `Z`: `size_t`.
    Size,
    /// `t`: `ptrdiff_t`.
    Difference,
}

/// A conversion specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Specification {
    /// [`flag`]s.
    pub flags: u8,
    /// The minimum width.
    pub width: Amount,
    /// The precision.
    pub precision: Amount,
    /// The length modifier.
    pub length: Length,
    /// The conversion's letter; 0 when the format ends before it.
    pub conversion: u8,
    /// `n$`: which argument is converted, counted from 0.
    pub position: Option<usize>,
}

impl Specification {
    /// Whether the flag is set.
    #[inline(always)]
    pub fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Whether any part names its argument by position.
    pub fn is_positional(&self) -> bool {
        self.position.is_some()
            || matches!(self.width, Amount::Position(_))
            || matches!(self.precision, Amount::Position(_))
    }
}

/// A format string while it is read.
pub struct Reader<U> {
    next: *const U,
}

impl<U: Unit> Reader<U> {
    /// Reads from `format` on, which ends with a zero unit.
    ///
    /// # Safety
    /// The string stays valid while it is read.
    pub unsafe fn new(format: *const U) -> Self {
        Reader { next: format }
    }

    /// Where the next unit is.
    #[inline(always)]
    pub fn place(&self) -> *const U {
        self.next
    }

    /// The next unit's number. Never called again after it gave 0 and `advance` was not called.
    #[inline(always)]
    pub fn peek(&self) -> u32 {
        // SAFETY: the string is valid, and nothing advances beyond its end.
        unsafe { self.next.read().code() }
    }

    /// Goes on by one unit, which must not be the terminator.
    #[inline(always)]
    pub fn advance(&mut self) {
        self.next = self.next.wrapping_add(1);
    }

    /// Takes the units up to a `%` or the end.
    #[inline]
    pub fn literal(&mut self) -> &'static [U] {
        let start = self.next;
        while !matches!(self.peek(), 0 | 0x25) {
            self.advance();
        }
        // SAFETY: both pointers are into the same string. The lifetime is the string's, which the caller of
        // `new` vouches for; the slice is used up before the engine returns.
        unsafe { core::slice::from_raw_parts(start, self.next.offset_from(start) as usize) }
    }

    /// A decimal number; `None` when no digit is next.
    fn number(&mut self) -> Result<Option<usize>> {
        let mut value = None;
        loop {
            let digit = self.peek().wrapping_sub(b'0' as u32);
            if digit > 9 {
                return Ok(value);
            }
            let next = value.unwrap_or(0) * 10 + digit as usize;
            if next > i32::MAX as usize {
                return Err(Errno::EOVERFLOW);
            }
            value = Some(next);
            self.advance();
        }
    }

    /// A number followed by `$`, counted from 0; otherwise nothing is taken.
    fn position(&mut self) -> Result<Option<usize>> {
        let start = self.next;
        if let Some(number) = self.number()?
            && self.peek() == b'$' as u32
            && number > 0
        {
            self.advance();
            return Ok(Some(number - 1));
        }
        self.next = start;
        Ok(None)
    }

    /// What follows `*`.
    fn starred(&mut self) -> Result<Amount> {
        Ok(self.position()?.map_or(Amount::Next, Amount::Position))
    }

    /// Reads a specification; the `%` has been taken.
    #[inline]
    pub fn specification(&mut self) -> Result<Specification> {
        let mut result = Specification {
            flags: 0,
            width: Amount::None,
            precision: Amount::None,
            length: Length::Normal,
            conversion: 0,
            position: None,
        };
        // Most specifications are a single letter.
        let first = self.peek();
        if matches!(first, 0x63..=0x67 | 0x69 | 0x70 | 0x73 | 0x75 | 0x78) {
            self.advance();
            result.conversion = first as u8;
            return Ok(result);
        }
        if first.wrapping_sub(b'1' as u32) < 9 {
            result.position = self.position()?;
        }
        loop {
            result.flags |= match self.peek() {
                0x2d => flag::LEFT,
                0x2b => flag::PLUS,
                0x20 => flag::SPACE,
                0x23 => flag::ALTERNATIVE,
                0x30 => flag::ZERO,
                0x27 => flag::GROUP,
                0x49 => flag::LOCAL_DIGITS,
                _ => break,
            };
            self.advance();
        }
        if self.peek() == b'*' as u32 {
            self.advance();
            result.width = self.starred()?;
        } else if let Some(width) = self.number()? {
            result.width = Amount::Given(width);
        }
        if self.peek() == b'.' as u32 {
            self.advance();
            if self.peek() == b'*' as u32 {
                self.advance();
                result.precision = self.starred()?;
            } else {
                result.precision = Amount::Given(self.number()?.unwrap_or(0));
            }
        }
        result.length = self.length();
        let conversion = self.peek();
        if conversion != 0 {
            self.advance();
        }
        result.conversion = u8::try_from(conversion).unwrap_or(b'?');
        Ok(result)
    }

    #[inline]
    fn length(&mut self) -> Length {
        let first = self.peek();
        let length = match first {
            0x68 => Length::Short,
            0x6c => Length::Long,
            0x4c | 0x71 => Length::LongLong,
            0x6a => Length::Max,
            0x7a | 0x5a => Length::Size,
            0x74 => Length::Difference,
            _ => return Length::Normal,
        };
        self.advance();
        if first == self.peek() && matches!(length, Length::Short | Length::Long) {
            self.advance();
            return if length == Length::Short {
                Length::Char
            } else {
                Length::LongLong
            };
        }
        length
    }
}
