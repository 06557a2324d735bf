//! The categories, and the names by which a locale is asked for.

use crate::types::*;
use core::ffi::CStr;

/// How many category numbers there are; `LC_ALL` is one of them.
pub const CATEGORIES: usize = 13;
/// Character classes and encoding.
pub const LC_CTYPE: c_int = 0;
/// All categories at once.
pub const LC_ALL: c_int = 6;

/// Each category's name, in the order of their numbers.
pub(super) static CATEGORY_NAMES: [&str; CATEGORIES] = [
    "LC_CTYPE",
    "LC_NUMERIC",
    "LC_TIME",
    "LC_COLLATE",
    "LC_MONETARY",
    "LC_MESSAGES",
    "LC_ALL",
    "LC_PAPER",
    "LC_NAME",
    "LC_ADDRESS",
    "LC_TELEPHONE",
    "LC_MEASUREMENT",
    "LC_IDENTIFICATION",
];

/// A locale by the spelling that it was asked for with: programs compare what `setlocale` returns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Name {
    /// `C`, also asked for as `POSIX`.
    C,
    /// `C.UTF-8`.
    Utf8Upper,
    /// `C.utf8`.
    Utf8Lower,
}

/// The data of a category in a locale. Its address stands in `Locale::categories`.
pub struct Category {
    /// The name it was asked for by.
    pub name: Name,
}

static C: Category = Category { name: Name::C };
static UTF8_UPPER: Category = Category {
    name: Name::Utf8Upper,
};
static UTF8_LOWER: Category = Category {
    name: Name::Utf8Lower,
};

impl Name {
    /// The locale that `text` asks for, if there is one. The codeset may be spelled in either case, with or
    /// without its hyphen.
    pub fn parse(text: &[u8]) -> Option<Name> {
        match text {
            b"C" | b"POSIX" => Some(Name::C),
            b"C.utf8" => Some(Name::Utf8Lower),
            _ => {
                let codeset = text.strip_prefix(b"C.")?;
                let folded = codeset.iter().filter(|&&b| b != b'-').map(u8::to_ascii_lowercase);
                folded.eq(*b"utf8").then_some(Name::Utf8Upper)
            }
        }
    }

    /// The name as `setlocale` returns it.
    pub const fn text(self) -> &'static CStr {
        match self {
            Name::C => c"C",
            Name::Utf8Upper => c"C.UTF-8",
            Name::Utf8Lower => c"C.utf8",
        }
    }

    /// Whether characters are encoded in UTF-8.
    pub const fn is_utf8(self) -> bool {
        !matches!(self, Name::C)
    }

    /// The data that `Locale::categories` points to.
    pub(super) const fn category(self) -> &'static Category {
        match self {
            Name::C => &C,
            Name::Utf8Upper => &UTF8_UPPER,
            Name::Utf8Lower => &UTF8_LOWER,
        }
    }
}
