//! The character tables that `<ctype.h>`'s macros and libstdc++ read directly.
//!
//! Index 0 to 255 is a byte, -128 to -1 the same byte as a signed `char` (and -1 is `EOF`): each table has 384
//! entries and programs get a pointer to its 128th. Both locales have the same: bytes from 0x80 have no class.

use core::sync::atomic::AtomicPtr;

/// Entries in a table, and how many of them have a negative index.
const ENTRIES: usize = 384;
const NEGATIVE: usize = 128;

/// The classes as bits of a table entry (glibc's values on a little-endian machine).
pub mod class {
    /// Upper-case letters.
    pub const UPPER: u16 = 1 << 8;
    /// Lower-case letters.
    pub const LOWER: u16 = 1 << 9;
    /// Letters.
    pub const ALPHA: u16 = 1 << 10;
    /// Decimal digits.
    pub const DIGIT: u16 = 1 << 11;
    /// Hexadecimal digits.
    pub const XDIGIT: u16 = 1 << 12;
    /// White space.
    pub const SPACE: u16 = 1 << 13;
    /// Printing characters, with the space.
    pub const PRINT: u16 = 1 << 14;
    /// Printing characters, without the space.
    pub const GRAPH: u16 = 1 << 15;
    /// Space and tab.
    pub const BLANK: u16 = 1 << 0;
    /// Control characters.
    pub const CNTRL: u16 = 1 << 1;
    /// Printing characters that are neither space nor alphanumeric.
    pub const PUNCT: u16 = 1 << 2;
    /// Letters and digits.
    pub const ALNUM: u16 = 1 << 3;
}

const fn classes_of(byte: u8) -> u16 {
    use class::*;
    let mut bits = 0;
    if byte.is_ascii_uppercase() {
        bits |= UPPER;
    }
    if byte.is_ascii_lowercase() {
        bits |= LOWER;
    }
    if byte.is_ascii_alphabetic() {
        bits |= ALPHA | ALNUM;
    }
    if byte.is_ascii_digit() {
        bits |= DIGIT | ALNUM;
    }
    if byte.is_ascii_hexdigit() {
        bits |= XDIGIT;
    }
    if matches!(byte, b'\t'..=b'\r' | b' ') {
        bits |= SPACE;
    }
    if matches!(byte, b'\t' | b' ') {
        bits |= BLANK;
    }
    if byte.is_ascii_graphic() {
        bits |= GRAPH | PRINT;
    }
    if byte == b' ' {
        bits |= PRINT;
    }
    if byte.is_ascii_control() {
        bits |= CNTRL;
    }
    if byte.is_ascii_punctuation() {
        bits |= PUNCT;
    }
    bits
}

/// The classes of each byte.
#[repr(C, align(64))]
pub struct Classes([u16; ENTRIES]);

/// What each byte maps to in another case.
#[repr(C, align(64))]
pub struct Mapping([i32; ENTRIES]);

const fn classes() -> Classes {
    let mut table = [0; ENTRIES];
    let mut i = 0;
    while i < 128 {
        table[NEGATIVE + i] = classes_of(i as u8);
        i += 1;
    }
    Classes(table)
}

const fn mapping(upper: bool) -> Mapping {
    let mut table = [0; ENTRIES];
    let mut i = 0;
    while i < ENTRIES {
        let index = i as i32 - NEGATIVE as i32;
        table[i] = if index == -1 {
            -1
        } else {
            let byte = (index & 0xff) as u8;
            (if upper {
                byte.to_ascii_uppercase()
            } else {
                byte.to_ascii_lowercase()
            }) as i32
        };
        i += 1;
    }
    Mapping(table)
}

static CLASSES: Classes = classes();
static LOWER: Mapping = mapping(false);
static UPPER: Mapping = mapping(true);

/// The class table's entry 0.
pub const fn class_table() -> *const u16 {
    // SAFETY: the table has more than `NEGATIVE` entries.
    unsafe { (&raw const CLASSES.0).cast::<u16>().add(NEGATIVE) }
}

/// The lower-case table's entry 0.
pub const fn lower_table() -> *const i32 {
    // SAFETY: the table has more than `NEGATIVE` entries.
    unsafe { (&raw const LOWER.0).cast::<i32>().add(NEGATIVE) }
}

/// The upper-case table's entry 0.
pub const fn upper_table() -> *const i32 {
    // SAFETY: the table has more than `NEGATIVE` entries.
    unsafe { (&raw const UPPER.0).cast::<i32>().add(NEGATIVE) }
}

/// The classes of `c`; of nothing outside -128 to 255.
#[inline(always)]
pub fn classes_at(c: i32) -> u16 {
    usize::try_from(c.wrapping_add(NEGATIVE as i32))
        .ok()
        .and_then(|i| CLASSES.0.get(i))
        .copied()
        .unwrap_or(0)
}

/// `c` in lower case; `c` itself outside -128 to 255.
#[inline(always)]
pub fn lower(c: i32) -> i32 {
    usize::try_from(c.wrapping_add(NEGATIVE as i32))
        .ok()
        .and_then(|i| LOWER.0.get(i))
        .copied()
        .unwrap_or(c)
}

/// `c` in upper case; `c` itself outside -128 to 255.
#[inline(always)]
pub fn upper(c: i32) -> i32 {
    usize::try_from(c.wrapping_add(NEGATIVE as i32))
        .ok()
        .and_then(|i| UPPER.0.get(i))
        .copied()
        .unwrap_or(c)
}

/// What `__ctype_b_loc` and its kin point to. All threads share them, since all locales have the same tables.
pub static CLASS_POINTER: AtomicPtr<u16> = AtomicPtr::new(class_table().cast_mut());
/// As `CLASS_POINTER`, for `__ctype_tolower_loc`.
pub static LOWER_POINTER: AtomicPtr<i32> = AtomicPtr::new(lower_table().cast_mut());
/// As `CLASS_POINTER`, for `__ctype_toupper_loc`.
pub static UPPER_POINTER: AtomicPtr<i32> = AtomicPtr::new(upper_table().cast_mut());
