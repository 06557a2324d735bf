//! Tests of scanf against the host's: both get the same text, format and `va_list`.

use super::narrow::{vfscanf, vsscanf};
use super::wide::vswscanf;
use crate::printf::va_list::VaList;
use proptest::prelude::*;
use std::ffi::{CString, c_char, c_int};
use std::string::String;
use std::vec::Vec;

unsafe extern "C" {
    #[link_name = "__isoc99_vsscanf"]
    fn host_vsscanf(text: *const c_char, format: *const c_char, list: *mut VaList) -> c_int;
}

/// Eight places of 64 bytes each, and what was stored in them.
fn run(
    scan: unsafe extern "C" fn(*const c_char, *const c_char, *mut VaList) -> c_int,
    text: &str,
    format: &str,
) -> (c_int, Vec<u8>) {
    let (text, format) = (CString::new(text).unwrap(), CString::new(format).unwrap());
    let mut places = std::vec![0xeeu8; 8 * 64];
    let words: Vec<u64> = (0..8)
        .map(|index| places[index * 64..].as_mut_ptr() as u64)
        .collect();
    let mut list = VaList::of_memory(words.as_ptr());
    // SAFETY: text and format end with a zero, and each word is a place of 64 bytes, more than any conversion of the test writes.
    let count = unsafe { scan(text.as_ptr(), format.as_ptr(), &mut list) };
    // A long double has six bytes of padding, which mean nothing.
    (count, places)
}

fn compare(text: &str, format: &str) {
    assert_eq!(
        run(vsscanf, text, format),
        run(host_vsscanf, text, format),
        "text {text:?}, format {format:?}"
    );
}

#[test]
fn formats_read_as_on_the_host() {
    for (text, format) in [
        ("12 -34 0x56 077 99", "%d%i%i%i%u"),
        ("12abc", "%d%s"),
        ("  hello world", "%s %n%c%c"),
        ("12345", "%2d%3s"),
        ("1.5 -2e3 inf nan 0x1p4", "%f%lf%f%lf%f"),
        ("abc-def", "%[a-c]-%[^f]"),
        ("a]b", "%[]a]%c"),
        ("x-y", "%[x-]%c"),
        ("12%34", "%d%%%d"),
        ("", "%d"),
        ("", ""),
        ("   ", "%d"),
        ("abc", "%d"),
        ("7", "%*d%d"),
        ("7 8", "%*d%d"),
        ("5 6", "%2$d %1$d"),
        ("999999999999999999999 -999999999999999999999", "%ld %ld"),
        ("99999999999", "%d"),
        ("300 70000", "%hhd%hd"),
        ("18446744073709551616 -1", "%lu%lu"),
        ("0x7fff (nil)", "%p%p"),
        ("abcdef", "%3c%n"),
        ("ab", "%5c"),
        ("a b", "a b"),
        ("ab", "a b%n"),
        ("12", "%d%n"),
        ("1e5x", "%lf%c"),
        ("1.", "%lf%n"),
        (".5", "%lf%n"),
        ("+-3", "%d"),
        ("- 3", "%d"),
        ("08 09", "%i%i"),
        ("12 34", "%ld%zd"),
        ("infinite", "%f"),
        ("infinity7", "%f%d"),
        ("wide", "%ls"),
        ("ab", "%lc%C"),
        ("xyz", "%l[xy]%c"),
        ("17", "%y"),
        ("1,2", "%d,%d%n"),
        ("0", "%x%n"),
        ("0b101", "%i%n"),
        ("123", "%0d"),
    ] {
        compare(text, format);
    }
}

#[test]
fn long_doubles_are_stored_whole() {
    let (count, places) = run(vsscanf, "3.14159265358979323846264", "%Lf");
    let (host_count, host_places) = run(host_vsscanf, "3.14159265358979323846264", "%Lf");
    assert_eq!((count, &places[..10]), (host_count, &host_places[..10]));
}

#[test]
fn numbers_cut_short_do_not_match() {
    assert_eq!(run(vsscanf, "0xg", "%i").0, 0);
    assert_eq!(run(vsscanf, "1ex", "%lf").0, 0);
    assert_eq!(run(vsscanf, "100ergs of energy", "%f%s").0, 0);
    assert_eq!(run(vsscanf, "in", "%f").0, 0);
}

#[test]
fn long_numbers_are_read_whole() {
    let digits = std::format!("0.{}1e1000", "0".repeat(999));
    let (count, places) = run(vsscanf, &digits, "%lf");
    assert_eq!(
        (count, f64::from_ne_bytes(places[..8].try_into().unwrap())),
        (1, 1.0)
    );
}

#[test]
fn m_allocates_text() {
    let text = std::format!("{} tail", "x".repeat(5000));
    let text = CString::new(text).unwrap();
    let mut places = [std::ptr::null_mut::<c_char>(); 3];
    let words: Vec<u64> = places.iter_mut().map(|place| place as *mut _ as u64).collect();
    let mut list = VaList::of_memory(words.as_ptr());
    assert_eq!(
        // SAFETY: text and format end with a zero, and the words are places for pointers.
        unsafe { vsscanf(text.as_ptr(), c"%ms %m[ait]%mc".as_ptr(), &mut list) },
        3
    );
    // SAFETY: the conversions made a string, a string and a character, which nothing uses after they are freed.
    unsafe {
        assert_eq!(std::ffi::CStr::from_ptr(places[0]).to_bytes().len(), 5000);
        assert_eq!(std::ffi::CStr::from_ptr(places[1]), c"tai");
        assert_eq!(*places[2], b'l' as c_char);
        places.iter().for_each(|place| crate::heap::free(place.cast()));
    }
}

#[test]
fn a_stream_keeps_what_does_not_match() {
    let mut memory = *b"12abc 7";
    // SAFETY: the array has the told seven bytes and outlives the stream; the places are of this frame.
    unsafe {
        let stream = crate::stdio::memory::fmemopen(memory.as_mut_ptr().cast(), 7, c"r".as_ptr());
        let mut number = 0i32;
        let list = |place: *mut i32| VaList::of_memory(Box::leak(Box::new(place as u64)));
        assert_eq!(vfscanf(stream, c"%d".as_ptr(), &mut list(&mut number)), 1);
        assert_eq!(vfscanf(stream, c"%d".as_ptr(), &mut list(&mut number)), 0);
        assert_eq!((number, crate::stdio::character::fgetc(stream)), (12, 'a' as i32));
        assert_eq!(vfscanf(stream, c"bc%d".as_ptr(), &mut list(&mut number)), 1);
        assert_eq!(vfscanf(stream, c"%d".as_ptr(), &mut list(&mut number)), -1);
        crate::stdio::close::fclose(stream);
    }
}

#[test]
fn wide_formats_store_both_kinds() {
    let wide = |text: &str| text.chars().map(|c| c as i32).chain([0]).collect::<Vec<i32>>();
    let (mut number, mut narrow, mut text) = (0i32, [0u8; 8], [0i32; 8]);
    let words = [
        &raw mut number as u64,
        &raw mut narrow as u64,
        &raw mut text as u64,
    ];
    let mut list = VaList::of_memory(words.as_ptr());
    // SAFETY: text and format end with a zero, and the words are places of the types that the format names.
    let count = unsafe {
        vswscanf(
            wide("\u{2003}-5 abc \u{20ac}x").as_ptr(),
            wide("%d %s %ls").as_ptr(),
            &mut list,
        )
    };
    assert_eq!(
        (count, number, &narrow[..4], &text[..3]),
        (3, -5, &b"abc\0"[..], &[0x20ac, 'x' as i32, 0][..])
    );
}

proptest! {
    #![proptest_config(crate::float::tests::config())]

    #[test]
    fn any_text_reads_as_on_the_host(
        text in "[-+ 0-9a-f.xeinfty%]{0,24}",
        directives in prop::collection::vec("%(\\*|)[1-9]?(d|u|x|o|hhd|hd|ld|s|c|n|\\[0-9\\]|\\[\\^a-c\\])|[ a-f0-9%]", 0..6),
    ) {
        let format: String = directives.into_iter().map(|d| if d == "%" { "%%".into() } else { d }).collect();
        // Prefixes 0x without a digit are where the host departs from the standard.
        prop_assume!(!text.contains('x') || !format.contains('x'));
        compare(&text, &format);
    }

    #[test]
    fn any_number_reads_as_on_the_host(text in "[-+]?[0-9]{1,20}(\\.[0-9]{0,20})?(e[-+]?[0-9]{1,3})?", width in prop_oneof![Just(String::new()), (1usize..40).prop_map(|w| std::format!("{w}"))]) {
        // A number cut off behind its e is where the host departs from the standard.
        let cut: String = width.parse::<usize>().map_or(text.clone(), |w| text.chars().take(w).collect());
        prop_assume!(!cut.ends_with(['e', '-', '+']));
        compare(&text, &std::format!("%{width}lf%n%s"));
        compare(&text, &std::format!("%{width}f%n%c"));
    }
}
