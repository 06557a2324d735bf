//! <wctype.h>, and the columns of <wchar.h>: classes, case and width of wide characters.
//!
//! In the C locale only ASCII has classes and case; in C.UTF-8 all of Unicode. Neighbours: `ctype` (bytes),
//! `table` (what Unicode says).

mod table;

use crate::ctype::table as bytes;
use crate::locale::{current_is_utf8, is_utf8, locale_t};
use crate::types::*;
use core::ffi::CStr;
use core::ptr;

/// The classes in the order of their `wctype_t`, which is the place here plus one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
enum Class {
    Alnum,
    Alpha,
    Blank,
    Cntrl,
    Digit,
    Graph,
    Lower,
    Print,
    Punct,
    Space,
    Upper,
    Xdigit,
}

static CLASSES: [(&CStr, Class); 12] = [
    (c"alnum", Class::Alnum),
    (c"alpha", Class::Alpha),
    (c"blank", Class::Blank),
    (c"cntrl", Class::Cntrl),
    (c"digit", Class::Digit),
    (c"graph", Class::Graph),
    (c"lower", Class::Lower),
    (c"print", Class::Print),
    (c"punct", Class::Punct),
    (c"space", Class::Space),
    (c"upper", Class::Upper),
    (c"xdigit", Class::Xdigit),
];

impl Class {
    /// The bit of the byte tables.
    fn bit(self) -> u16 {
        use bytes::class::*;
        match self {
            Class::Alnum => ALNUM,
            Class::Alpha => ALPHA,
            Class::Blank => BLANK,
            Class::Cntrl => CNTRL,
            Class::Digit => DIGIT,
            Class::Graph => GRAPH,
            Class::Lower => LOWER,
            Class::Print => PRINT,
            Class::Punct => PUNCT,
            Class::Space => SPACE,
            Class::Upper => UPPER,
            Class::Xdigit => XDIGIT,
        }
    }

    fn has(self, point: wint_t, is_utf8: bool) -> bool {
        if point < 0x80 {
            return bytes::classes_at(point as i32) & self.bit() != 0;
        }
        if !is_utf8 || point > 0x10_ffff {
            return false;
        }
        match self {
            Class::Alnum | Class::Alpha => table::is_alpha(point),
            Class::Blank => table::is_blank(point),
            Class::Cntrl => table::is_control(point),
            Class::Digit | Class::Xdigit => false,
            Class::Graph => table::is_print(point) && !table::is_space(point),
            Class::Lower => table::is_lower(point),
            Class::Print => table::is_print(point),
            Class::Punct => table::is_print(point) && !table::is_space(point) && !table::is_alpha(point),
            Class::Space => table::is_space(point),
            Class::Upper => table::is_upper(point),
        }
    }
}

/// `point` in lower case.
pub fn lower(point: wint_t, is_utf8: bool) -> wint_t {
    if is_utf8 || point < 0x80 {
        table::to_lower(point)
    } else {
        point
    }
}

/// `point` in upper case.
pub fn upper(point: wint_t, is_utf8: bool) -> wint_t {
    if is_utf8 || point < 0x80 {
        table::to_upper(point)
    } else {
        point
    }
}

/// Whether a wide character belongs to a named class (`[:alpha:]`); `None` for an unknown name.
pub fn has_named_class(name: &[u8], point: wint_t, is_utf8: bool) -> Option<bool> {
    let (_, class) = CLASSES.iter().find(|(text, _)| text.to_bytes() == name)?;
    Some(class.has(point, is_utf8))
}

/// Whether `[:name:]` is a class.
pub fn is_class_name(name: &[u8]) -> bool {
    CLASSES.iter().any(|(text, _)| text.to_bytes() == name)
}

fn class_of(number: wctype_t) -> Option<Class> {
    let index = usize::try_from(number).ok()?.checked_sub(1)?;
    CLASSES.get(index).map(|(_, class)| *class)
}

/// What `wctrans` returns: the address of the mapping.
static MAPPINGS: [i32; 2] = [0, 1];

macro_rules! classes {
    ($($name:ident $name_l:ident $class:ident $text:literal;)*) => {
        export! {
            $(
                #[doc = concat!("Whether `c` is ", $text, ". ISO C, POSIX.1-2024 `", stringify!($name), "`.")]
                pub unsafe extern "C" fn $name(c: wint_t) -> c_int {
                    c_int::from(Class::$class.has(c, current_is_utf8()))
                }

                #[doc = concat!("`", stringify!($name), "` in a locale. POSIX.1-2024 `", stringify!($name_l), "`.")]
                pub unsafe extern "C" fn $name_l(c: wint_t, locale: locale_t) -> c_int {
                    // SAFETY: locale is LC_GLOBAL_LOCALE or a locale.
                    c_int::from(Class::$class.has(c, unsafe { is_utf8(locale) }))
                }
            )*
        }
    };
}

classes! {
    iswalnum iswalnum_l Alnum "a letter or a digit";
    iswalpha iswalpha_l Alpha "a letter";
    iswblank iswblank_l Blank "a space or a tab";
    iswcntrl iswcntrl_l Cntrl "a control character";
    iswdigit iswdigit_l Digit "a decimal digit of ASCII";
    iswgraph iswgraph_l Graph "a printing character other than space";
    iswlower iswlower_l Lower "a lower-case letter";
    iswprint iswprint_l Print "a printing character";
    iswpunct iswpunct_l Punct "a printing character that is neither space nor alphanumeric";
    iswspace iswspace_l Space "white space";
    iswupper iswupper_l Upper "an upper-case letter";
    iswxdigit iswxdigit_l Xdigit "a hexadecimal digit";
}

export! {
    /// The class of a name, or 0. ISO C, POSIX.1-2024 `wctype`.
    pub unsafe extern "C" fn wctype(name: *const c_char) -> wctype_t {
        // SAFETY: name is a string.
        let name = unsafe { CStr::from_ptr(name) };
        CLASSES.iter().position(|(text, _)| *text == name).map_or(0, |index| index as wctype_t + 1)
    }

    /// `wctype` in a locale. POSIX.1-2024 `wctype_l`.
    pub unsafe extern "C" fn wctype_l(name: *const c_char, _: locale_t) -> wctype_t {
        // SAFETY: name is a string.
        unsafe { wctype(name) }
    }

    /// Whether `c` belongs to a class that `wctype` returned. ISO C, POSIX.1-2024 `iswctype`.
    pub unsafe extern "C" fn iswctype(c: wint_t, class: wctype_t) -> c_int {
        c_int::from(class_of(class).is_some_and(|class| class.has(c, current_is_utf8())))
    }

    /// `iswctype` in a locale. POSIX.1-2024 `iswctype_l`.
    pub unsafe extern "C" fn iswctype_l(c: wint_t, class: wctype_t, locale: locale_t) -> c_int {
        // SAFETY: locale is LC_GLOBAL_LOCALE or a locale.
        let is_utf8 = unsafe { is_utf8(locale) };
        c_int::from(class_of(class).is_some_and(|class| class.has(c, is_utf8)))
    }

    /// `c` in lower case. ISO C, POSIX.1-2024 `towlower`.
    pub unsafe extern "C" fn towlower(c: wint_t) -> wint_t {
        lower(c, current_is_utf8())
    }

    /// `towlower` in a locale. POSIX.1-2024 `towlower_l`.
    pub unsafe extern "C" fn towlower_l(c: wint_t, locale: locale_t) -> wint_t {
        // SAFETY: locale is LC_GLOBAL_LOCALE or a locale.
        lower(c, unsafe { is_utf8(locale) })
    }

    /// `c` in upper case. ISO C, POSIX.1-2024 `towupper`.
    pub unsafe extern "C" fn towupper(c: wint_t) -> wint_t {
        upper(c, current_is_utf8())
    }

    /// `towupper` in a locale. POSIX.1-2024 `towupper_l`.
    pub unsafe extern "C" fn towupper_l(c: wint_t, locale: locale_t) -> wint_t {
        // SAFETY: locale is LC_GLOBAL_LOCALE or a locale.
        upper(c, unsafe { is_utf8(locale) })
    }

    /// The mapping `tolower` or `toupper` by name, or null with EINVAL. ISO C, POSIX.1-2024 `wctrans`.
    pub unsafe extern "C" fn wctrans(name: *const c_char) -> wctrans_t {
        // SAFETY: name is a string.
        match unsafe { CStr::from_ptr(name) }.to_bytes() {
            b"tolower" => &raw const MAPPINGS[0],
            b"toupper" => &raw const MAPPINGS[1],
            _ => {
                crate::errno::set_errno(crate::errno::EINVAL);
                ptr::null()
            }
        }
    }

    /// `wctrans` in a locale. POSIX.1-2024 `wctrans_l`.
    pub unsafe extern "C" fn wctrans_l(name: *const c_char, _: locale_t) -> wctrans_t {
        // SAFETY: name is a string.
        unsafe { wctrans(name) }
    }

    /// `c` by a mapping that `wctrans` returned. ISO C, POSIX.1-2024 `towctrans`.
    pub unsafe extern "C" fn towctrans(c: wint_t, mapping: wctrans_t) -> wint_t {
        map(c, mapping, current_is_utf8())
    }

    /// `towctrans` in a locale. POSIX.1-2024 `towctrans_l`.
    pub unsafe extern "C" fn towctrans_l(c: wint_t, mapping: wctrans_t, locale: locale_t) -> wint_t {
        // SAFETY: locale is LC_GLOBAL_LOCALE or a locale.
        map(c, mapping, unsafe { is_utf8(locale) })
    }

    /// The columns that a wide character takes: 0, 1, 2, or -1 when it does not print. POSIX.1-2024 `wcwidth`.
    pub unsafe extern "C" fn wcwidth(c: wchar_t) -> c_int {
        columns(c as wint_t, current_is_utf8())
    }

    /// The columns of at most `n` wide characters, or -1 when one does not print. POSIX.1-2024 `wcswidth`.
    pub unsafe extern "C" fn wcswidth(s: *const wchar_t, n: size_t) -> c_int {
        let is_utf8 = current_is_utf8();
        let mut sum: c_int = 0;
        for i in 0..n {
            // SAFETY: s is a wide string, or has n characters.
            let c = unsafe { *s.add(i) };
            if c == 0 {
                break;
            }
            match columns(c as wint_t, is_utf8) {
                -1 => return -1,
                width => sum = sum.saturating_add(width),
            }
        }
        sum
    }
}

fn columns(point: wint_t, is_utf8: bool) -> c_int {
    if point >= 0x7f && !is_utf8 {
        return -1;
    }
    table::columns(point).map_or(-1, |n| n as c_int)
}

fn map(point: wint_t, mapping: wctrans_t, is_utf8: bool) -> wint_t {
    if ptr::eq(mapping, &raw const MAPPINGS[0]) {
        lower(point, is_utf8)
    } else if ptr::eq(mapping, &raw const MAPPINGS[1]) {
        upper(point, is_utf8)
    } else {
        point
    }
}

crate::alias!(__iswctype = iswctype);
crate::alias!(__iswctype_l = iswctype_l);
crate::alias!(__towlower_l = towlower_l);
crate::alias!(__towupper_l = towupper_l);
crate::alias!(__wctype_l = wctype_l);
crate::alias!(__towctrans = towctrans);
crate::alias!(__towctrans_l = towctrans_l);
crate::alias!(__wctrans_l = wctrans_l);

#[cfg(test)]
mod tests;
