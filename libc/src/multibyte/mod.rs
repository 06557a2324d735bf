//! Multibyte characters: the conversions of <wchar.h>, <stdlib.h> and <uchar.h>.
//!
//! `decode` has the two encodings (UTF-8, and the C locale's single bytes); the C functions add states, limits
//! and errno. Neighbours: `locale` says which encoding is in force; `iconv` converts between all of them.

pub mod decode;
pub mod fortify;
pub mod restartable;
pub mod strings;
pub mod utf16;
pub mod utf8_units;

pub use decode::{Decoded, mbstate_t};
pub use restartable::{WEOF, btowc, mblen, mbrlen, mbrtowc, mbsinit, mbtowc, wcrtomb, wctob, wctomb};
pub use strings::{mbsnrtowcs, mbsrtowcs, mbstowcs, wcsnrtombs, wcsrtombs, wcstombs};

#[cfg(test)]
mod tests;
