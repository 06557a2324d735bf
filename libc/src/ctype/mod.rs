//! <ctype.h>: classes and case of single bytes.
//!
//! The functions take an `unsigned char` value or `EOF`; other values between -128 and 255 are what `char`
//! makes of them, and all others belong to no class. The `_l` forms ignore the locale: bytes have the same
//! classes in each. Neighbours: `table` (what macros read), `wctype` (wide characters).

pub mod table;

use crate::types::*;
use table::class;

export! {
    /// Whether `c` is a letter or a digit. ISO C, POSIX.1-2024 `isalnum`.
    pub unsafe extern "C" fn isalnum(c: c_int) -> c_int {
        c_int::from(table::classes_at(c) & class::ALNUM)
    }

    /// `isalnum` in a locale. POSIX.1-2024 `isalnum_l`.
    pub unsafe extern "C" fn isalnum_l(c: c_int, _: *const c_void) -> c_int {
        c_int::from(table::classes_at(c) & class::ALNUM)
    }

    /// Whether `c` is a letter. ISO C, POSIX.1-2024 `isalpha`.
    pub unsafe extern "C" fn isalpha(c: c_int) -> c_int {
        c_int::from(table::classes_at(c) & class::ALPHA)
    }

    /// `isalpha` in a locale. POSIX.1-2024 `isalpha_l`.
    pub unsafe extern "C" fn isalpha_l(c: c_int, _: *const c_void) -> c_int {
        c_int::from(table::classes_at(c) & class::ALPHA)
    }

    /// Whether `c` is a space or a tab. ISO C, POSIX.1-2024 `isblank`.
    pub unsafe extern "C" fn isblank(c: c_int) -> c_int {
        c_int::from(table::classes_at(c) & class::BLANK)
    }

    /// `isblank` in a locale. POSIX.1-2024 `isblank_l`.
    pub unsafe extern "C" fn isblank_l(c: c_int, _: *const c_void) -> c_int {
        c_int::from(table::classes_at(c) & class::BLANK)
    }

    /// Whether `c` is a control character. ISO C, POSIX.1-2024 `iscntrl`.
    pub unsafe extern "C" fn iscntrl(c: c_int) -> c_int {
        c_int::from(table::classes_at(c) & class::CNTRL)
    }

    /// `iscntrl` in a locale. POSIX.1-2024 `iscntrl_l`.
    pub unsafe extern "C" fn iscntrl_l(c: c_int, _: *const c_void) -> c_int {
        c_int::from(table::classes_at(c) & class::CNTRL)
    }

    /// Whether `c` is a decimal digit. ISO C, POSIX.1-2024 `isdigit`.
    pub unsafe extern "C" fn isdigit(c: c_int) -> c_int {
        c_int::from(table::classes_at(c) & class::DIGIT)
    }

    /// `isdigit` in a locale. POSIX.1-2024 `isdigit_l`.
    pub unsafe extern "C" fn isdigit_l(c: c_int, _: *const c_void) -> c_int {
        c_int::from(table::classes_at(c) & class::DIGIT)
    }

    /// Whether `c` is a printing character other than space. ISO C, POSIX.1-2024 `isgraph`.
    pub unsafe extern "C" fn isgraph(c: c_int) -> c_int {
        c_int::from(table::classes_at(c) & class::GRAPH)
    }

    /// `isgraph` in a locale. POSIX.1-2024 `isgraph_l`.
    pub unsafe extern "C" fn isgraph_l(c: c_int, _: *const c_void) -> c_int {
        c_int::from(table::classes_at(c) & class::GRAPH)
    }

    /// Whether `c` is a lower-case letter. ISO C, POSIX.1-2024 `islower`.
    pub unsafe extern "C" fn islower(c: c_int) -> c_int {
        c_int::from(table::classes_at(c) & class::LOWER)
    }

    /// `islower` in a locale. POSIX.1-2024 `islower_l`.
    pub unsafe extern "C" fn islower_l(c: c_int, _: *const c_void) -> c_int {
        c_int::from(table::classes_at(c) & class::LOWER)
    }

    /// Whether `c` is a printing character. ISO C, POSIX.1-2024 `isprint`.
    pub unsafe extern "C" fn isprint(c: c_int) -> c_int {
        c_int::from(table::classes_at(c) & class::PRINT)
    }

    /// `isprint` in a locale. POSIX.1-2024 `isprint_l`.
    pub unsafe extern "C" fn isprint_l(c: c_int, _: *const c_void) -> c_int {
        c_int::from(table::classes_at(c) & class::PRINT)
    }

    /// Whether `c` is a printing character that is neither space nor alphanumeric. ISO C, POSIX.1-2024 `ispunct`.
    pub unsafe extern "C" fn ispunct(c: c_int) -> c_int {
        c_int::from(table::classes_at(c) & class::PUNCT)
    }

    /// `ispunct` in a locale. POSIX.1-2024 `ispunct_l`.
    pub unsafe extern "C" fn ispunct_l(c: c_int, _: *const c_void) -> c_int {
        c_int::from(table::classes_at(c) & class::PUNCT)
    }

    /// Whether `c` is white space. ISO C, POSIX.1-2024 `isspace`.
    pub unsafe extern "C" fn isspace(c: c_int) -> c_int {
        c_int::from(table::classes_at(c) & class::SPACE)
    }

    /// `isspace` in a locale. POSIX.1-2024 `isspace_l`.
    pub unsafe extern "C" fn isspace_l(c: c_int, _: *const c_void) -> c_int {
        c_int::from(table::classes_at(c) & class::SPACE)
    }

    /// Whether `c` is an upper-case letter. ISO C, POSIX.1-2024 `isupper`.
    pub unsafe extern "C" fn isupper(c: c_int) -> c_int {
        c_int::from(table::classes_at(c) & class::UPPER)
    }

    /// `isupper` in a locale. POSIX.1-2024 `isupper_l`.
    pub unsafe extern "C" fn isupper_l(c: c_int, _: *const c_void) -> c_int {
        c_int::from(table::classes_at(c) & class::UPPER)
    }

    /// Whether `c` is a hexadecimal digit. ISO C, POSIX.1-2024 `isxdigit`.
    pub unsafe extern "C" fn isxdigit(c: c_int) -> c_int {
        c_int::from(table::classes_at(c) & class::XDIGIT)
    }

    /// `isxdigit` in a locale. POSIX.1-2024 `isxdigit_l`.
    pub unsafe extern "C" fn isxdigit_l(c: c_int, _: *const c_void) -> c_int {
        c_int::from(table::classes_at(c) & class::XDIGIT)
    }

    /// Whether `c` is a 7-bit character. POSIX.1-2001 `isascii`.
    pub unsafe extern "C" fn isascii(c: c_int) -> c_int {
        c_int::from(c & !0x7f == 0)
    }

    /// `c` with all but its low seven bits removed. POSIX.1-2001 `toascii`.
    pub unsafe extern "C" fn toascii(c: c_int) -> c_int {
        c & 0x7f
    }

    /// `c` in lower case. ISO C, POSIX.1-2024 `tolower`.
    pub unsafe extern "C" fn tolower(c: c_int) -> c_int {
        table::lower(c)
    }

    /// `tolower` in a locale. POSIX.1-2024 `tolower_l`.
    pub unsafe extern "C" fn tolower_l(c: c_int, _: *const c_void) -> c_int {
        table::lower(c)
    }

    /// `c` in upper case. ISO C, POSIX.1-2024 `toupper`.
    pub unsafe extern "C" fn toupper(c: c_int) -> c_int {
        table::upper(c)
    }

    /// `toupper` in a locale. POSIX.1-2024 `toupper_l`.
    pub unsafe extern "C" fn toupper_l(c: c_int, _: *const c_void) -> c_int {
        table::upper(c)
    }

    /// Where the pointer to the class table is. LSB `__ctype_b_loc`.
    pub unsafe extern "C" fn __ctype_b_loc() -> *const *const u16 {
        table::CLASS_POINTER.as_ptr().cast_const().cast()
    }

    /// Where the pointer to the lower-case table is. LSB `__ctype_tolower_loc`.
    pub unsafe extern "C" fn __ctype_tolower_loc() -> *const *const i32 {
        table::LOWER_POINTER.as_ptr().cast_const().cast()
    }

    /// Where the pointer to the upper-case table is. LSB `__ctype_toupper_loc`.
    pub unsafe extern "C" fn __ctype_toupper_loc() -> *const *const i32 {
        table::UPPER_POINTER.as_ptr().cast_const().cast()
    }
}

crate::alias!(__isalnum_l = isalnum_l);
crate::alias!(__isalpha_l = isalpha_l);
crate::alias!(__isblank_l = isblank_l);
crate::alias!(__iscntrl_l = iscntrl_l);
crate::alias!(__isdigit_l = isdigit_l);
crate::alias!(__isgraph_l = isgraph_l);
crate::alias!(__islower_l = islower_l);
crate::alias!(__isprint_l = isprint_l);
crate::alias!(__ispunct_l = ispunct_l);
crate::alias!(__isspace_l = isspace_l);
crate::alias!(__isupper_l = isupper_l);
crate::alias!(__isxdigit_l = isxdigit_l);
crate::alias!(__tolower_l = tolower_l);
crate::alias!(__toupper_l = toupper_l);
crate::alias!(_tolower = tolower);
crate::alias!(_toupper = toupper);

#[cfg(test)]
mod tests {
    use crate::types::*;

    unsafe extern "C" {
        fn __ctype_b_loc() -> *const *const u16;
        fn __ctype_tolower_loc() -> *const *const i32;
        fn __ctype_toupper_loc() -> *const *const i32;
    }

    #[test]
    fn tables_are_those_of_the_host() {
        for i in -128..256isize {
            // SAFETY: both tables have entries from -128 to 255.
            unsafe {
                assert_eq!(
                    *(*super::__ctype_b_loc()).offset(i),
                    *(*__ctype_b_loc()).offset(i),
                    "{i}"
                );
                assert_eq!(
                    *(*super::__ctype_tolower_loc()).offset(i),
                    *(*__ctype_tolower_loc()).offset(i)
                );
                assert_eq!(
                    *(*super::__ctype_toupper_loc()).offset(i),
                    *(*__ctype_toupper_loc()).offset(i)
                );
            }
        }
    }

    #[test]
    fn values_outside_the_table_have_no_class_and_no_case() {
        for c in [i32::MIN, -129, 256, i32::MAX] {
            // SAFETY: any value may be asked.
            unsafe {
                assert_eq!(super::isprint(c), 0);
                assert_eq!(super::toupper(c), c);
                assert_eq!(super::tolower(c), c);
            }
        }
        // SAFETY: any value may be asked.
        unsafe {
            assert_ne!(super::isalpha(c_int::from(b'a')), 0);
            assert_eq!(super::isalpha(c_int::from(b'1')), 0);
        }
    }
}
