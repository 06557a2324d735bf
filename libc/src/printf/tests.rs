//! Tests of printf against the host's: both get the same format and the same `va_list`.

use super::narrow::{vasprintf, vsnprintf};
use super::types_of_format::parse_printf_format;
use super::va_list::VaList;
use super::wide::vswprintf;
use crate::errno::{self, get_errno, set_errno};
use crate::float::tests::{DIRECTIONS, in_direction};
use proptest::prelude::*;
use std::ffi::{CStr, CString, c_char, c_int};
use std::string::String;
use std::vec::Vec;

unsafe extern "C" {
    #[link_name = "vsnprintf"]
    fn host_vsnprintf(place: *mut c_char, size: usize, format: *const c_char, list: *mut VaList) -> c_int;
}

/// An argument list in memory: 8 bytes each, long doubles at even places.
type Words = Vec<u64>;

fn ours(format: &CStr, words: &Words, size: usize) -> (c_int, Vec<u8>) {
    let mut place = std::vec![0xaau8; size + 8];
    let mut list = VaList::of_memory(words.as_ptr());
    // SAFETY: the place has the told size, and the words are what the format takes.
    let count = unsafe { vsnprintf(place.as_mut_ptr().cast(), size, format.as_ptr(), &mut list) };
    assert!(
        place[size..].iter().all(|&byte| byte == 0xaa),
        "wrote beyond the place"
    );
    (count, place)
}

fn hosts(format: &CStr, words: &Words, size: usize) -> (c_int, Vec<u8>) {
    let mut place = std::vec![0xaau8; size + 8];
    let mut list = VaList::of_memory(words.as_ptr());
    // SAFETY: the place has the told size, and the words are what the format takes.
    let count = unsafe { host_vsnprintf(place.as_mut_ptr().cast(), size, format.as_ptr(), &mut list) };
    (count, place)
}

/// Formats here and on the host, and compares count and text.
fn compare(format: &str, words: &Words, size: usize) {
    let format = CString::new(format).unwrap();
    // The arguments must lie on a 16-byte boundary for long doubles.
    let mut aligned = words.clone();
    if !aligned.as_ptr().addr().is_multiple_of(16) {
        aligned.reserve_exact(64);
    }
    let found = ours(&format, &aligned, size);
    let expected = hosts(&format, &aligned, size);
    let text = |result: &(c_int, Vec<u8>)| {
        let end = result.1.iter().position(|&byte| byte == 0).unwrap_or(0);
        String::from_utf8_lossy(&result.1[..end]).into_owned()
    };
    assert_eq!(
        (found.0, text(&found)),
        (expected.0, text(&expected)),
        "format {format:?}, arguments {words:x?}, size {size}"
    );
}

fn text(format: &str, words: &[u64]) -> String {
    let (count, place) = ours(&CString::new(format).unwrap(), &words.to_vec(), 256);
    assert!(count >= 0, "{format:?} failed with errno {}", get_errno());
    String::from_utf8_lossy(&place[..count as usize]).into_owned()
}

#[test]
fn integers_take_flags_width_and_precision() {
    assert_eq!(
        text(
            "%d %s %08lx %c",
            &[7, c"hello".as_ptr() as u64, 0xbeef, 'z' as u64]
        ),
        "7 hello 0000beef z"
    );
    assert_eq!(
        text("[%5d|%-5d|%05d|%+d|% d|%.3d|%5.0d]", &[1, 2, 3, 4, 5, 6, 0]),
        "[    1|2    |00003|+4| 5|006|     ]"
    );
    assert_eq!(text("%#x %#o %#b %#x", &[255, 8, 5, 0]), "0xff 010 0b101 0");
    assert_eq!(text("%hhd %hd %d", &[u64::MAX - 255, 65535, u64::MAX]), "0 -1 -1");
}

#[test]
fn quirks_of_the_host_are_kept() {
    for (format, words) in [
        ("%-5.3y|", std::vec![]),
        ("%.-3d|", std::vec![5]),
        ("%+p|%010p|% p|%.12p|%-20p|", std::vec![0, 0, 16, 17, 18]),
        ("%.3s|%.6s|%s|%.0s|", std::vec![0; 4]),
        ("%5%|%-5%|", std::vec![]),
        ("%hhlld|", std::vec![1]),
        ("%05c|%05s|", std::vec!['a' as u64, c"b".as_ptr() as u64]),
        ("%#.0x|%#o|%#.3o|%#.0o", std::vec![0, 0, 8, 0]),
        ("%1$d %d %d", std::vec![7, 8]),
        ("%d %1$d", std::vec![7, 8]),
        ("%2$*1$d|%3$.*1$d", std::vec![6, 8, 9]),
        ("%0-5d|%+ d|% +d", std::vec![6, 8, 9]),
        ("%*d|%-*d|%.*d", std::vec![u64::MAX - 4, 3, 4, 3, u64::MAX, 7]),
        ("%'d|%Id", std::vec![1_234_567, 5]),
        ("%qd|%Ld|%zd|%td|%jd|%Zd", std::vec![u64::MAX; 6]),
        ("%C|%lc|%S|%ls", std::vec![65, 66, 0, 0]),
    ] {
        compare(format, &words, 200);
    }
}

#[test]
fn a_format_that_ends_within_a_specification_fails() {
    for format in [c"abc%", c"%5", c"%.", c"%l", c"%1$"] {
        set_errno(0);
        assert_eq!(ours(format, &std::vec![1, 2], 10).0, -1, "{format:?}");
        assert_eq!(get_errno(), errno::EINVAL);
    }
}

#[test]
fn text_longer_than_an_int_fails() {
    for format in [
        c"%2147483647d%d",
        c"%2147483648d",
        c"%99999999999999999999d",
        c"%.2147483647d%d",
    ] {
        set_errno(0);
        assert_eq!(ours(format, &std::vec![1, 2], 10).0, -1, "{format:?}");
        assert_eq!(get_errno(), errno::EOVERFLOW);
    }
}

#[test]
fn error_messages_are_those_of_errno() {
    set_errno(errno::ENOENT);
    assert_eq!(text("%m|%5.2m|", &[]), "No such file or directory|   No|");
}

#[test]
fn n_stores_the_count() {
    let mut counts = [0u64; 5];
    let mut place = |index: usize| (&raw mut counts[index]) as u64;
    let words = [place(0), place(1), place(2), place(3), place(4)];
    assert_eq!(text("12%n3%hhn4%hn5%ln6%lln", &words), "123456");
    assert_eq!(counts, [2, 3, 4, 5, 6]);
}

#[test]
fn wide_arguments_become_multibyte_ones() {
    let wide: Vec<i32> = "a\u{e9}\u{20ac}".chars().map(|c| c as i32).chain([0]).collect();
    set_errno(0);
    let (count, _) = ours(c"%ls", &std::vec![wide.as_ptr() as u64], 20);
    assert_eq!((count, get_errno()), (-1, errno::EILSEQ));
    let ascii: Vec<i32> = "wide".chars().map(|c| c as i32).chain([0]).collect();
    assert_eq!(
        text("%ls|%.2S|%6ls|%-6ls|", &[ascii.as_ptr() as u64; 4]),
        "wide|wi|  wide|wide  |"
    );
}

#[test]
fn wide_formats_print_both_kinds_of_strings() {
    let format: Vec<i32> = "%s|%ls|%5.2f|%-4d|%c%lc"
        .chars()
        .map(|c| c as i32)
        .chain([0])
        .collect();
    let wide: Vec<i32> = "\u{20ac}5".chars().map(|c| c as i32).chain([0]).collect();
    let words = [
        c"bytes".as_ptr() as u64,
        wide.as_ptr() as u64,
        2.5f64.to_bits(),
        7,
        'x' as u64,
        0xe9,
    ];
    let mut place = [-1; 40];
    let mut list = VaList::of_memory(words.as_ptr());
    // SAFETY: the place has forty characters, and the words are what the format takes.
    let count = unsafe { vswprintf(place.as_mut_ptr(), 40, format.as_ptr(), &mut list) };
    let text: String = place[..count as usize]
        .iter()
        .map(|&c| char::from_u32(c as u32).unwrap())
        .collect();
    assert_eq!(text, "bytes|\u{20ac}5| 2.50|7   |x\u{e9}");
    assert_eq!(place[count as usize], 0);
    let mut list = VaList::of_memory(words.as_ptr());
    set_errno(0);
    assert_eq!(
        // SAFETY: the place has more than ten characters, and the words are what the format takes.
        unsafe { vswprintf(place.as_mut_ptr(), 10, format.as_ptr(), &mut list) },
        -1
    );
    assert_eq!(get_errno(), errno::EOVERFLOW);
}

#[test]
fn vasprintf_allocates_what_is_needed() {
    let mut place = std::ptr::null_mut();
    let words = [12345u64];
    // SAFETY: the place gets the block; the word is what the format takes.
    let count = unsafe {
        vasprintf(
            &mut place,
            c"%06000d".as_ptr(),
            &mut VaList::of_memory(words.as_ptr()),
        )
    };
    assert_eq!(count, 6000);
    assert_eq!(
        // SAFETY: `vasprintf` made a string of it.
        unsafe { CStr::from_ptr(place) }.to_bytes(),
        std::format!("{:06000}", 12345).as_bytes()
    );
    // SAFETY: the block came from `vasprintf`, and nothing uses it any more.
    unsafe { crate::heap::free(place.cast()) };
}

#[test]
fn types_of_a_format_are_glibcs() {
    let mut types = [-1; 8];
    // SAFETY: there is room for eight types.
    let count = unsafe { parse_printf_format(c"%d%hd%ld%lld%s%f%Lf%p".as_ptr(), 8, types.as_mut_ptr()) };
    assert_eq!((count, types), (8, [0, 0x400, 0x200, 0x100, 3, 7, 0x107, 5]));
    // SAFETY: there is room for eight types.
    let count = unsafe { parse_printf_format(c"%3$*1$d %2$n %%".as_ptr(), 8, types.as_mut_ptr()) };
    assert_eq!((count, types[0], types[1], types[2]), (3, 0, 0x800, 0));
}

fn specification() -> impl Strategy<Value = (String, Words)> {
    let flags = prop::collection::vec(
        prop::sample::select(std::vec!["-", "+", " ", "#", "0", "'"]),
        0..3,
    );
    let width = prop_oneof![Just(String::new()), (0u32..40).prop_map(|w| std::format!("{w}"))];
    let precision = prop_oneof![
        Just(String::new()),
        Just(".".into()),
        (0u32..30).prop_map(|p| std::format!(".{p}"))
    ];
    let integer = (
        prop::sample::select(std::vec!["", "hh", "h", "l", "ll", "j", "z", "t"]),
        prop::sample::select(std::vec!["d", "i", "u", "o", "x", "X", "b", "p"]),
        prop_oneof![any::<u64>(), 0u64..300, (0u64..300).prop_map(u64::wrapping_neg)],
    )
        .prop_map(|(length, conversion, value)| (std::format!("{length}{conversion}"), std::vec![value]));
    let conversions = || prop::sample::select(std::vec!["e", "E", "f", "F", "g", "G", "a", "A"]);
    let number = || {
        prop_oneof![
            any::<u64>(),
            any::<i32>().prop_map(|n| (n as f64 / 64.0).to_bits()),
            (any::<i32>(), 0i32..12).prop_map(|(n, p)| (n as f64 / 10f64.powi(p)).to_bits()),
            Just(0f64.to_bits()),
            Just((-0f64).to_bits()),
        ]
    };
    let double =
        (conversions(), number()).prop_map(|(conversion, value)| (conversion.into(), std::vec![value]));
    let long_double = (conversions(), number(), any::<u64>(), any::<u16>(), any::<bool>()).prop_map(
        |(conversion, value, bits, field, any_bits)| {
            let value = if any_bits {
                let bits = if field & 0x7fff == 0 {
                    bits >> 1
                } else {
                    bits | 1 << 63
                };
                [bits, field as u64]
            } else {
                let value = crate::float::f80::F80::from_f64(f64::from_bits(value));
                [value.mantissa, value.sign_exponent as u64]
            };
            (std::format!("L{conversion}"), value.to_vec())
        },
    );
    (
        flags,
        width,
        precision,
        prop_oneof![2 => integer, 2 => double, 1 => long_double],
    )
        .prop_map(|(flags, width, precision, (conversion, words))| {
            (
                std::format!("%{}{width}{precision}{conversion}", flags.concat()),
                words,
            )
        })
}

#[test]
fn long_doubles_of_the_longest_fractions_print_every_digit() {
    // Around the exponent from which on the larger numbers are used, at both ends of the range, and subnormal ones.
    let near = (1130..1270).flat_map(|distance: i32| [distance, -distance]);
    for exponent in near.chain([16383, -16382, -16381, -16383]) {
        for mantissa in [u64::MAX, 1 << 63 | 1] {
            let biased = (exponent + 16383) as u64;
            let mantissa = if biased == 0 { mantissa >> 1 } else { mantissa };
            compare("%.12000Le", &std::vec![mantissa, biased], 13000);
        }
    }
}

proptest! {
    #![proptest_config(crate::float::tests::config())]

    #[test]
    fn any_conversion_prints_as_on_the_host((format, words) in specification(), size in prop_oneof![Just(6000usize), 1usize..40], way in 0usize..4) {
        in_direction(DIRECTIONS[way].1, || compare(&format, &words, size));
    }

    #[test]
    fn any_text_as_format_is_total(format in "[%a-zA-Z0-9.*$# '+-]{0,30}") {
        // Conversions that take addresses are left out; everything else must come back.
        let format: String = format.chars().filter(|c| !matches!(c, 's' | 'S' | 'n' | '*' | '$')).collect();
        let words = std::vec![1; 64];
        let (count, _) = ours(&CString::new(format.clone()).unwrap(), &words, 40);
        prop_assert!(count >= -1);
    }
}

#[test]
fn strfromd_takes_one_plain_conversion() {
    use super::strfrom::{strfromd, strfromf, strfroml};
    let mut place = [0i8; 32];
    let target = (&raw mut place).cast::<c_char>();
    let text = |count: c_int| {
        assert!(count >= 0);
        // SAFETY: the functions end what they write with a zero.
        unsafe { CStr::from_ptr(target) }.to_str().unwrap().to_owned()
    };
    // SAFETY: the target has the 32 bytes, or more than the 4, that are told.
    unsafe {
        assert_eq!(text(strfromd(target, 32, c"%.3f".as_ptr(), 2.5)), "2.500");
        assert_eq!(text(strfromd(target, 32, c"%a".as_ptr(), 1.5)), "0x1.8p+0");
        assert_eq!(text(strfromf(target, 4, c"%g".as_ptr(), 0.125)), "0.1");
        let long = crate::float::f80::F80::from_f64(3.25);
        assert_eq!(text(strfroml(target, 32, c"%.1e".as_ptr(), &long)), "3.2e+00");
        for format in [c"%d", c"%5g", c"%g ", c"x%g", c"%Lg", c"%.*g", c"%-g"] {
            assert_eq!(strfromd(target, 32, format.as_ptr(), 1.0), -1, "{format:?}");
        }
    }
}
