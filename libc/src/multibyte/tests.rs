//! The C functions in both locales, by this thread's own locale.

use super::utf8_units::{c8rtomb, mbrtoc8};
use super::utf16::{c16rtomb, mbrtoc16};
use super::*;
use crate::locale::{GLOBAL_HANDLE, freelocale, newlocale, uselocale};
use crate::types::*;
use std::ptr;

/// Runs a test with C.UTF-8 as this thread's locale.
fn in_utf8(test: impl FnOnce()) {
    // SAFETY: the locale is freed when this thread uses it no more.
    unsafe {
        let locale = newlocale(1, c"C.UTF-8".as_ptr(), ptr::null_mut());
        uselocale(locale);
        test();
        uselocale(GLOBAL_HANDLE);
        freelocale(locale);
    }
}

#[test]
fn mbrtowc_resumes_a_character_that_was_cut() {
    in_utf8(|| {
        let mut state = mbstate_t::INITIAL;
        let mut wide = 0;
        // SAFETY: all pointers are valid.
        unsafe {
            assert_eq!(
                mbrtowc(&mut wide, c"\xe2\x82".as_ptr(), 2, &mut state),
                usize::MAX - 1
            );
            assert_eq!(mbsinit(&state), 0);
            assert_eq!(mbrtowc(&mut wide, c"\xac".as_ptr(), 1, &mut state), 1);
            assert_eq!(wide, 0x20ac);
            assert_ne!(mbsinit(&state), 0);
            assert_eq!(mbrtowc(&mut wide, c"".as_ptr(), 1, &mut state), 0);
            assert_eq!(mbrtowc(&mut wide, c"x".as_ptr(), 0, &mut state), usize::MAX - 1);
            assert_eq!(mbrtowc(&mut wide, c"\xff".as_ptr(), 1, &mut state), usize::MAX);
            assert_eq!(crate::errno::get_errno(), crate::errno::EILSEQ);
            assert_eq!(mblen(c"\xc3\xa4".as_ptr(), 2), 2);
            assert_eq!(mblen(c"\xc3\xa4".as_ptr(), 1), -1);
        }
    });
}

#[test]
fn strings_convert_both_ways_and_count() {
    in_utf8(|| {
        let text = c"a\u{e4}\u{20ac}\u{1f600}";
        let mut wide = [0; 8];
        let mut back = [0 as c_char; 16];
        // SAFETY: all buffers have the sizes given.
        unsafe {
            assert_eq!(mbstowcs(ptr::null_mut(), text.as_ptr(), 0), 4);
            assert_eq!(mbstowcs(wide.as_mut_ptr(), text.as_ptr(), 8), 4);
            assert_eq!(wide[..5], [0x61, 0xe4, 0x20ac, 0x1f600, 0]);
            assert_eq!(wcstombs(ptr::null_mut(), wide.as_ptr(), 0), 10);
            assert_eq!(wcstombs(back.as_mut_ptr(), wide.as_ptr(), 16), 10);
            assert_eq!(crate::string::strcmp(back.as_ptr(), text.as_ptr()), 0);
            // Whole characters only.
            assert_eq!(wcstombs(back.as_mut_ptr(), wide.as_ptr(), 5), 3);
            let mut source = text.as_ptr();
            let mut state = mbstate_t::INITIAL;
            assert_eq!(mbsnrtowcs(wide.as_mut_ptr(), &mut source, 2, 8, &mut state), 1);
            assert_eq!(mbsinit(&state), 0);
            assert_eq!(mbsnrtowcs(wide.as_mut_ptr(), &mut source, 4, 8, &mut state), 2);
            assert_eq!(wide[..2], [0xe4, 0x20ac]);
            assert_eq!(source.addr() - text.as_ptr().addr(), 6);
        }
    });
}

#[test]
fn every_byte_is_valid_in_the_c_locale() {
    let mut wide = 0;
    for byte in 1..=255u8 {
        let text = [byte as c_char, 0];
        // SAFETY: all pointers are valid; this thread is in the C locale.
        unsafe {
            let mut back = [0 as c_char; 6];
            assert_eq!(mbtowc(&mut wide, text.as_ptr(), 1), 1);
            assert_eq!(wctomb(back.as_mut_ptr(), wide), 1);
            assert_eq!(back[0], text[0]);
            assert_eq!(wctob(btowc(c_int::from(byte))), c_int::from(byte));
        }
    }
    // SAFETY: WEOF and EOF may be asked.
    unsafe {
        assert_eq!(btowc(-1), WEOF);
        assert_eq!(wctob(WEOF), -1);
    }
}

#[test]
fn utf16_halves_are_joined_and_split() {
    in_utf8(|| {
        let mut state = mbstate_t::INITIAL;
        let mut unit = 0;
        let mut back = [0 as c_char; 6];
        // SAFETY: all pointers are valid.
        unsafe {
            assert_eq!(mbrtoc16(&mut unit, c"\u{1f600}".as_ptr(), 4, &mut state), 4);
            assert_eq!(unit, 0xd83d);
            assert_eq!(mbrtoc16(&mut unit, c"x".as_ptr(), 1, &mut state), usize::MAX - 2);
            assert_eq!(unit, 0xde00);
            assert_eq!(mbrtoc16(&mut unit, c"x".as_ptr(), 1, &mut state), 1);
            let mut state = mbstate_t::INITIAL;
            assert_eq!(c16rtomb(back.as_mut_ptr(), 0xd83d, &mut state), 0);
            assert_eq!(c16rtomb(back.as_mut_ptr(), 0xde00, &mut state), 4);
            assert_eq!(
                back[..4].iter().map(|&b| b as u8).collect::<Vec<_>>(),
                "\u{1f600}".as_bytes()
            );
            assert_eq!(c16rtomb(back.as_mut_ptr(), 0xde00, &mut state), usize::MAX);
        }
    });
}

#[test]
fn utf8_units_come_and_go_one_by_one() {
    in_utf8(|| {
        for text in ["a", "\u{e4}", "\u{20ac}", "\u{1f600}"] {
            let bytes = text.as_bytes();
            let (mut state, mut unit) = (mbstate_t::INITIAL, 0);
            // SAFETY: all pointers are valid.
            unsafe {
                assert_eq!(
                    mbrtoc8(&mut unit, bytes.as_ptr().cast(), bytes.len(), &mut state),
                    bytes.len()
                );
                assert_eq!(unit, bytes[0]);
                for &byte in &bytes[1..] {
                    assert_eq!(mbrtoc8(&mut unit, c"x".as_ptr(), 1, &mut state), usize::MAX - 2);
                    assert_eq!(unit, byte);
                }
                assert_ne!(mbsinit(&state), 0);
                let mut back = [0 as c_char; 6];
                for &byte in &bytes[..bytes.len() - 1] {
                    assert_eq!(c8rtomb(back.as_mut_ptr(), byte, &mut state), 0);
                }
                let last = bytes[bytes.len() - 1];
                assert_eq!(c8rtomb(back.as_mut_ptr(), last, &mut state), bytes.len());
                assert_eq!(back[0] as u8, bytes[0]);
                assert_eq!(c8rtomb(back.as_mut_ptr(), 0xff, &mut state), usize::MAX);
            }
        }
    });
}
