//! Multibyte characters of the current locale, as printf, scanf and the wide streams need them: whole characters
//! from bytes that lie together. The encodings themselves are `multibyte`'s.

use crate::multibyte::decode::{self, mbstate_t};
use crate::types::wchar_t;

/// The encoding of a locale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding {
    is_utf8: bool,
}

/// What a decoder finds in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// A character and how many bytes it has.
    Character(wchar_t, usize),
    /// The beginning of one.
    Incomplete,
    /// No character.
    Invalid,
}

impl Encoding {
    /// The encoding of the calling thread's locale.
    #[inline]
    pub fn current() -> Encoding {
        Encoding {
            is_utf8: crate::locale::current_is_utf8(),
        }
    }

    /// The bytes of a character and their count; `None` if the encoding has no such character.
    #[inline]
    pub fn encode(self, character: wchar_t) -> Option<([u8; 4], usize)> {
        decode::encode(self.is_utf8, character as u32)
    }

    /// The character that `bytes` begin with. An empty slice is incomplete.
    #[inline]
    pub fn decode(self, bytes: &[u8]) -> Decoded {
        match decode::decode(self.is_utf8, bytes, &mut mbstate_t::INITIAL.clone()) {
            decode::Decoded::Char(character, length) => Decoded::Character(character as wchar_t, length),
            decode::Decoded::Incomplete => Decoded::Incomplete,
            decode::Decoded::Invalid => Decoded::Invalid,
        }
    }
}
