//! The text that is searched, and what may be asked of a place in it.

use super::set::Mode;
use super::syntax::{Place, decode};
use crate::wctype;

/// "No place": a group that took part in no match.
pub const UNSET: usize = usize::MAX;

/// The text of one search.
#[derive(Clone, Copy)]
pub struct Text<'a> {
    /// All of it.
    pub bytes: &'a [u8],
    /// How characters are compared.
    pub mode: Mode,
    /// The text's start is no line's start.
    pub not_bol: bool,
    /// The text's end is no line's end.
    pub not_eol: bool,
}

impl Text<'_> {
    /// The character at a place, and its length.
    #[inline]
    pub fn at(&self, place: usize) -> Option<(u32, usize)> {
        decode(&self.bytes[place..], self.mode.is_utf8)
    }

    /// Whether a period takes the character.
    #[inline]
    pub fn is_any(&self, c: u32) -> bool {
        !(self.mode.lines && c == u32::from(b'\n'))
    }

    fn is_word(&self, place: usize) -> bool {
        let Some((c, _)) = self.at(place) else {
            return false;
        };
        c == u32::from(b'_') || wctype::has_named_class(b"alnum", c, self.mode.is_utf8) == Some(true)
    }

    fn is_word_before(&self, place: usize) -> bool {
        if place == 0 {
            return false;
        }
        let mut start = place - 1;
        // A character has three bytes after its first at most.
        while self.mode.is_utf8 && start > 0 && place - start < 4 && self.bytes[start] & 0xc0 == 0x80 {
            start -= 1;
        }
        self.is_word(start)
    }

    /// Whether a place is such a one.
    pub fn is(&self, place: usize, kind: Place) -> bool {
        let end = self.bytes.len();
        match kind {
            Place::LineStart => {
                place == 0 && !self.not_bol || self.mode.lines && place > 0 && self.bytes[place - 1] == b'\n'
            }
            Place::LineEnd => {
                place == end && !self.not_eol || self.mode.lines && place < end && self.bytes[place] == b'\n'
            }
            Place::TextStart => place == 0 && !self.not_bol,
            Place::TextEnd => place == end && !self.not_eol,
            Place::WordEdge => self.is_word_before(place) != self.is_word(place),
            Place::NoWordEdge => self.is_word_before(place) == self.is_word(place),
            Place::WordStart => !self.is_word_before(place) && self.is_word(place),
            Place::WordEnd => self.is_word_before(place) && !self.is_word(place),
        }
    }
}

/// Whether captures `a` are to be preferred to `b` by POSIX.1-2024 9.1: the leftmost match, then for each part
/// (a group, or a repetition before one) from the left the one that takes part, starts first and is longest.
pub fn is_better(a: &[usize], b: &[usize]) -> bool {
    for (x, y) in a.chunks(2).zip(b.chunks(2)) {
        if x[0] != y[0] {
            // UNSET is the largest, so that taking part comes first.
            return x[0] < y[0];
        }
        if let (Some(&x), Some(&y)) = (x.get(1), y.get(1))
            && x != y
        {
            return y == UNSET || x != UNSET && x > y;
        }
    }
    false
}
