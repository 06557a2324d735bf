//! Directives of scanf: `%`, position, suppression, width, `m`, length, conversion.

use crate::printf::format::Length;
use crate::printf::output::Unit;

/// A conversion specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Directive {
    /// `n$`: which argument is stored to, counted from 0.
    pub position: Option<usize>,
    /// `*`: nothing is stored.
    pub suppressed: bool,
    /// `m`: memory is allocated for text.
    pub allocates: bool,
    /// The most units taken.
    pub width: Option<usize>,
    /// The length modifier.
    pub length: Length,
    /// The conversion's letter; 0 when the format ends before it or it is none.
    pub conversion: u8,
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

    /// The next unit's number, 0 at the end.
    #[inline]
    pub fn peek(&self) -> u32 {
        // SAFETY: the string is valid, and nothing advances beyond its end.
        unsafe { self.next.read().code() }
    }

    /// Goes on by one unit, which must not be the terminator.
    #[inline]
    pub fn advance(&mut self) {
        self.next = self.next.wrapping_add(1);
    }

    /// Takes a letter if it is next.
    fn takes(&mut self, letter: u8) -> bool {
        let found = self.peek() == letter as u32;
        if found {
            self.advance();
        }
        found
    }

    /// A decimal number, at most so large that a multiple of it is still a size.
    fn number(&mut self) -> Option<usize> {
        let mut value = None;
        loop {
            let digit = self.peek().wrapping_sub(b'0' as u32);
            if digit > 9 {
                return value;
            }
            value = Some((value.unwrap_or(0) * 10 + digit as usize).min(1 << 48));
            self.advance();
        }
    }

    /// Reads a directive; the `%` has been taken.
    pub fn directive(&mut self) -> Directive {
        let mut result = Directive {
            position: None,
            suppressed: false,
            allocates: false,
            width: None,
            length: Length::Normal,
            conversion: 0,
        };
        let start = self.next;
        match self.number() {
            Some(number) if number > 0 && self.peek() == b'$' as u32 => {
                self.advance();
                result.position = Some(number - 1);
            }
            _ => self.next = start,
        }
        // Grouping and local digits (glibc) change nothing in the supported locales.
        loop {
            if self.takes(b'*') {
                result.suppressed = true;
            } else if !self.takes(b'\'') && !self.takes(b'I') {
                break;
            }
        }
        // A width of 0 is none (glibc).
        result.width = self.number().filter(|&width| width > 0);
        result.allocates = self.takes(b'm');
        result.length = if self.takes(b'h') {
            if self.takes(b'h') {
                Length::Char
            } else {
                Length::Short
            }
        } else if self.takes(b'l') {
            if self.takes(b'l') {
                Length::LongLong
            } else {
                Length::Long
            }
        } else if self.takes(b'L') || self.takes(b'q') {
            Length::LongLong
        } else if self.takes(b'j') {
            Length::Max
        } else if self.takes(b'z') || self.takes(b'Z') {
            Length::Size
        } else if self.takes(b't') {
            Length::Difference
        } else {
            Length::Normal
        };
        let conversion = self.peek();
        if conversion != 0 {
            self.advance();
        }
        result.conversion = u8::try_from(conversion).unwrap_or(0);
        result
    }

    /// Reads a set after `%[`: `None` if it has no end.
    pub fn set(&mut self) -> Option<Set<U>> {
        let inverted = self.takes(b'^');
        let start = self.next;
        // A bracket that comes first is a member.
        self.takes(b']');
        while self.peek() != b']' as u32 {
            if self.peek() == 0 {
                return None;
            }
            self.advance();
        }
        // SAFETY: both pointers are into the format, which outlives the engine's loop over it.
        let members = unsafe { core::slice::from_raw_parts(start, self.next.offset_from(start) as usize) };
        self.advance();
        Some(Set { inverted, members })
    }
}

/// The units that `%[` takes.
pub struct Set<U: 'static> {
    inverted: bool,
    members: &'static [U],
}

impl<U: Unit> Set<U> {
    /// Whether the unit is taken.
    pub fn has(&self, unit: U) -> bool {
        let code = unit.code();
        let mut rest = self.members;
        loop {
            rest = match rest {
                [] => return self.inverted,
                // `a-z`; a `-` at either end is a member, and a range that runs backwards is empty.
                [low, minus, high, more @ ..] if minus.code() == b'-' as u32 => {
                    if (low.code()..=high.code()).contains(&code) {
                        return !self.inverted;
                    }
                    more
                }
                [member, more @ ..] => {
                    if member.code() == code {
                        return !self.inverted;
                    }
                    more
                }
            };
        }
    }
}
