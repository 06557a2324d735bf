//! `nl_langinfo`: one item of a locale.
//!
//! An item's number is its category and its place in it, as glibc counts them; libstdc++ also asks for the
//! items of wide texts and for numbers, which are returned in place of a pointer.

use super::names::CATEGORIES;
use super::object::{current, locale_t, name_in};
use crate::types::*;
use core::ffi::CStr;
use core::ptr;

const NUMERIC: c_int = 1;
const TIME: c_int = 2;
const MONETARY: c_int = 4;
const MESSAGES: c_int = 5;
const PAPER: c_int = 7;
const MEASUREMENT: c_int = 11;

macro_rules! texts {
    ($name:ident, $wide:ident: $($text:literal),* $(,)?) => {
        static $name: &[&CStr] = &[$(
            // SAFETY: the literal ends with the zero added here and has no other.
            unsafe { CStr::from_bytes_with_nul_unchecked(concat!($text, "\0").as_bytes()) }
        ),*];
        static $wide: &[&[wchar_t]] = &[$({
            const BYTES: &[u8] = concat!($text, "\0").as_bytes();
            const LENGTH: usize = BYTES.len();
            const fn wide() -> [wchar_t; LENGTH] {
                let mut out = [0; LENGTH];
                let mut i = 0;
                while i < LENGTH {
                    out[i] = BYTES[i] as wchar_t;
                    i += 1;
                }
                out
            }
            const WIDE: [wchar_t; LENGTH] = wide();
            &WIDE
        }),*];
    };
}

texts!(DAYS, WIDE_DAYS:
    "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat",
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
);
texts!(MONTHS, WIDE_MONTHS:
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
);
// From AM_STR: the halves of the day, the formats of date and time, and the four items of eras.
texts!(FORMATS, WIDE_FORMATS:
    "AM", "PM", "%a %b %e %H:%M:%S %Y", "%m/%d/%y", "%H:%M:%S", "%I:%M:%S %p", "", "", "", "", "", "",
);
texts!(DATE_FORMAT, WIDE_DATE_FORMAT: "%a %b %e %H:%M:%S %Z %Y");

/// The abbreviated and full names of the days, from Sunday: `[abbreviated; 7]`, `[full; 7]`.
pub fn day_names() -> &'static [&'static CStr] {
    DAYS
}

/// The abbreviated and full names of the months.
pub fn month_names() -> &'static [&'static CStr] {
    MONTHS
}

/// What an item is.
enum Item {
    Text(&'static CStr),
    Wide(&'static [wchar_t]),
    /// A number, returned in place of the pointer.
    Word(usize),
}

fn time(index: usize) -> Option<Item> {
    let text = |texts: &'static [&'static CStr], i: usize| texts.get(i).copied().map(Item::Text);
    let wide = |texts: &'static [&'static [wchar_t]], i: usize| texts.get(i).copied().map(Item::Wide);
    match index {
        0x00..=0x0d => text(DAYS, index),
        0x0e..=0x25 => text(MONTHS, index - 0x0e),
        0x26..=0x31 => text(FORMATS, index - 0x26),
        0x32 => Some(Item::Word(0)),
        0x34..=0x41 => wide(WIDE_DAYS, index - 0x34),
        0x42..=0x59 => wide(WIDE_MONTHS, index - 0x42),
        0x5a..=0x64 => wide(WIDE_FORMATS, index - 0x5a),
        // The week: seven days, counted from Sunday 30 November 1997, the first week holds 4 January.
        0x65 => Some(Item::Text(c"\x07")),
        0x66 => Some(Item::Word(19_971_130)),
        0x67 => Some(Item::Text(c"\x04")),
        0x68 => Some(Item::Text(c"\x01")),
        0x69 => Some(Item::Text(c"\x02")),
        0x6a => Some(Item::Text(c"\x01")),
        0x6b => Some(Item::Text(c"")),
        0x6c => text(DATE_FORMAT, 0),
        0x6d => wide(WIDE_DATE_FORMAT, 0),
        // The months' names where they stand alone.
        0x6f..=0x7a => text(MONTHS, index - 0x6f + 12),
        0x7b..=0x86 => wide(WIDE_MONTHS, index - 0x7b + 12),
        0x87..=0x92 => text(MONTHS, index - 0x87),
        0x93..=0x9e => wide(WIDE_MONTHS, index - 0x93),
        _ => None,
    }
}

fn item(category: c_int, index: usize, is_utf8: bool) -> Option<Item> {
    let codeset = if is_utf8 { c"UTF-8" } else { c"ANSI_X3.4-1968" };
    Some(match (category, index) {
        (0, 0x0d) => Item::Word(if is_utf8 { 6 } else { 1 }),
        (0, 0x0e)
        | (NUMERIC, 5)
        | (TIME, 0x6e)
        | (MONETARY, 0x2d)
        | (MESSAGES, 4)
        | (PAPER, 2)
        | (8, 6)
        | (9, 0x0c)
        | (10, 4)
        | (MEASUREMENT, 1)
        | (12, 0x0f) => Item::Text(codeset),
        (NUMERIC, 0) => Item::Text(c"."),
        (NUMERIC, 1 | 2) => Item::Text(c""),
        (NUMERIC, 3) => Item::Word('.' as usize),
        (NUMERIC, 4) => Item::Word(0),
        (TIME, _) => return time(index),
        (MONETARY, 0x00..=0x06) => Item::Text(c""),
        (MONETARY, 0x0f) => Item::Text(c"-"),
        (MONETARY, 0x07..=0x15) => Item::Text(c"\xff"),
        (MONETARY, 0x2b | 0x2c) => Item::Word(0),
        (MESSAGES, 0) => Item::Text(c"^[yY]"),
        (MESSAGES, 1) => Item::Text(c"^[nN]"),
        // ISO A4, in millimetres.
        (PAPER, 0) => Item::Word(297),
        (PAPER, 1) => Item::Word(210),
        (8, 0) => Item::Text(c"%p%t%g%t%m%t%f"),
        (9, 0) => Item::Text(c"%a%N%f%N%d%N%b%N%s %h %e %r%N%C-%z %T%N%c%N"),
        (10, 0) => Item::Text(c"+%c %a %l"),
        (MEASUREMENT, 0) => Item::Text(c"\x01"),
        (12, 0) => Item::Text(if is_utf8 {
            c"C locale"
        } else {
            c"ISO/IEC 14652 i18n FDCC-set"
        }),
        _ => return None,
    })
}

export! {
    /// An item of a locale; an empty text for an unknown item. POSIX.1-2024 `nl_langinfo_l`.
    pub unsafe extern "C" fn nl_langinfo_l(number: c_int, locale: locale_t) -> *mut c_char {
        let category = number >> 16;
        let index = (number & 0xffff) as usize;
        if !(0..CATEGORIES as c_int).contains(&category) {
            return c"".as_ptr().cast_mut();
        }
        // SAFETY: locale is LC_GLOBAL_LOCALE or a locale.
        let name = unsafe { name_in(locale, category) };
        if index == 0xffff {
            return name.text().as_ptr().cast_mut();
        }
        match item(category, index, name.is_utf8()) {
            Some(Item::Text(text)) => text.as_ptr().cast_mut(),
            Some(Item::Wide(text)) => text.as_ptr().cast_mut().cast(),
            Some(Item::Word(word)) => ptr::without_provenance_mut(word),
            None => c"".as_ptr().cast_mut(),
        }
    }

    /// An item of the current locale. POSIX.1-2024 `nl_langinfo`.
    pub unsafe extern "C" fn nl_langinfo(number: c_int) -> *mut c_char {
        // SAFETY: the current locale is live; the global one has its handle.
        unsafe { nl_langinfo_l(number, ptr::from_ref(current()).cast_mut()) }
    }
}

crate::alias!(__nl_langinfo_l = nl_langinfo_l);
