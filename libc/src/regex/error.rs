//! What can be wrong with a regular expression, by <regex.h>'s numbers, and `regerror`.

use crate::types::*;
use core::ffi::CStr;

/// An error of `regcomp` or `regexec`, by its number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i32)]
pub enum Error {
    /// No match.
    NoMatch = 1,
    /// An unknown collating element.
    Collate = 3,
    /// An unknown class name.
    Class = 4,
    /// A backslash at the end.
    Escape = 5,
    /// A back-reference to no group.
    SubRegex = 6,
    /// A bracket that is not closed.
    Bracket = 7,
    /// A parenthesis that is not closed, or not opened.
    Paren = 8,
    /// A brace that is not closed.
    Brace = 9,
    /// What stands between braces is no interval.
    BadBrace = 10,
    /// A range whose end comes before its start.
    Range = 11,
    /// No memory, or an expression beyond the limits.
    Space = 12,
    /// A repetition of nothing.
    BadRepeat = 13,
    /// A repetition beyond RE_DUP_MAX.
    Size = 15,
    /// A closing parenthesis too many.
    CloseParen = 16,
}

impl From<crate::errno::Errno> for Error {
    fn from(_: crate::errno::Errno) -> Error {
        Error::Space
    }
}

static TEXTS: [&CStr; 17] = [
    c"Success",
    c"No match",
    c"Invalid regular expression",
    c"Invalid collation character",
    c"Invalid character class name",
    c"Trailing backslash",
    c"Invalid back reference",
    c"Unmatched [, [^, [:, [., or [=",
    c"Unmatched ( or \\(",
    c"Unmatched \\{",
    c"Invalid content of \\{\\}",
    c"Invalid range end",
    c"Memory exhausted",
    c"Invalid preceding regular expression",
    c"Premature end of regular expression",
    c"Regular expression too big",
    c"Unmatched ) or \\)",
];

export! {
    /// The text of an error, cut off to `size` bytes; the bytes it needs. POSIX.1-2024 `regerror`.
    pub unsafe extern "C" fn regerror(
        code: c_int,
        _expression: *const c_void,
        buffer: *mut c_char,
        size: size_t,
    ) -> size_t {
        let text = usize::try_from(code).ok().and_then(|i| TEXTS.get(i)).copied();
        let text = text.unwrap_or(c"Unknown error").to_bytes_with_nul();
        if size > 0 {
            let copied = text.len().min(size);
            // SAFETY: size bytes are writable at buffer.
            unsafe {
                core::ptr::copy_nonoverlapping(text.as_ptr(), buffer.cast(), copied);
                *buffer.add(copied - 1) = 0;
            }
        }
        text.len()
    }
}
