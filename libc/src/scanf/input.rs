//! Where scanf reads from: strings and streams, narrow and wide.

use crate::printf::output::Unit;
use crate::stdio::file::File;
use crate::stdio::input::underflow;
use crate::stdio::output::EOF;
use crate::stdio::wide::{WEOF, get_character, push_back};
use crate::types::*;

/// A source of units with one unit of look-ahead.
pub trait Input<U: Unit> {
    /// The next unit, which stays; `None` at the end or after an error.
    fn peek(&mut self) -> Option<U>;

    /// Takes the unit that `peek` gave.
    fn advance(&mut self);
}

/// A string, which ends with a zero unit.
pub struct Text<U>(*const U);

impl<U: Unit> Text<U> {
    /// Reads the string.
    ///
    /// # Safety
    /// It stays valid while it is read.
    pub unsafe fn new(text: *const U) -> Self {
        Text(text)
    }
}

impl<U: Unit> Input<U> for Text<U> {
    #[inline]
    fn peek(&mut self) -> Option<U> {
        // SAFETY: the string is valid, and nothing advances beyond its end.
        let unit = unsafe { self.0.read() };
        (unit.code() != 0).then_some(unit)
    }

    #[inline]
    fn advance(&mut self) {
        self.0 = self.0.wrapping_add(1);
    }
}

impl Input<u8> for File {
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        if self.read_ptr < self.read_end {
            // SAFETY: this byte was read ahead.
            return Some(unsafe { self.read_ptr.read() });
        }
        match underflow(self) {
            EOF => None,
            byte => Some(byte as u8),
        }
    }

    #[inline]
    fn advance(&mut self) {
        self.read_ptr = self.read_ptr.wrapping_add(1);
    }
}

/// A stream of wide characters. What was looked at and not taken goes back by `finish`.
pub struct WideStream<'a> {
    file: &'a mut File,
    held: Option<wchar_t>,
}

impl<'a> WideStream<'a> {
    /// Reads the stream, whose lock the caller has.
    pub fn new(file: &'a mut File) -> Self {
        WideStream { file, held: None }
    }

    /// Gives back the character that was looked at last.
    pub fn finish(self) {
        if let Some(character) = self.held {
            push_back(self.file, character as wint_t);
        }
    }
}

impl Input<wchar_t> for WideStream<'_> {
    fn peek(&mut self) -> Option<wchar_t> {
        if self.held.is_none() {
            match get_character(self.file) {
                WEOF => return None,
                character => self.held = Some(character as wchar_t),
            }
        }
        self.held
    }

    fn advance(&mut self) {
        self.held = None;
    }
}
