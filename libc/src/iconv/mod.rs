//! <iconv.h>: conversions between encodings, character by character through Unicode.
//!
//! UTF-8, UTF-16, UTF-32, UCS-2, UCS-4, ASCII, ISO-8859-1 to 16, CP1250 to 1252, KOI8-R and -U. The suffix
//! `//TRANSLIT` writes `?` for what the target cannot express, `//IGNORE` leaves it out and reports it at the end.

mod encoding;
mod table;

use crate::errno::{E2BIG, EBADF, EILSEQ, EINVAL, ENOMEM, set_errno};
use crate::heap::{free, malloc};
use crate::types::*;
use core::ffi::CStr;
use core::ptr;
use encoding::{Bytes, Encoding, Order, Read, by_name};

/// A conversion. What `iconv_t` points to.
pub struct Conversion {
    from: Encoding,
    to: Encoding,
    transliterate: bool,
    ignore: bool,
    /// The order that the input's mark set; `None` before the first character.
    order: Option<Order>,
    /// Whether the output's mark was written, if it has one.
    marked: bool,
}

/// `(iconv_t)-1`.
const NO_CONVERSION: *mut Conversion = ptr::without_provenance_mut(usize::MAX);

/// A name without its suffixes, and which there are.
fn split(name: &[u8]) -> (&[u8], bool, bool) {
    let end = name
        .windows(2)
        .position(|pair| pair == b"//")
        .unwrap_or(name.len());
    let (name, suffixes) = name.split_at(end);
    let has = |wanted: &[u8]| {
        suffixes
            .split(|&b| b == b'/' || b == b',')
            .any(|suffix| suffix.eq_ignore_ascii_case(wanted))
    };
    (name, has(b"TRANSLIT"), has(b"IGNORE"))
}

/// What stopped a conversion.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stop {
    /// All input was converted.
    Done,
    /// No room for the next character.
    Full,
    /// The input ends within a character.
    Incomplete,
    /// Input that is no character, or that the target has not.
    Invalid,
}

/// How far a conversion came.
struct Progress {
    read: usize,
    written: usize,
    /// Characters that were replaced.
    replaced: usize,
    /// Whether any were left out.
    ignored: bool,
    stop: Stop,
}

impl Conversion {
    fn run(&mut self, input: &[u8], output: &mut [u8]) -> Progress {
        let mut progress = Progress {
            read: 0,
            written: 0,
            replaced: 0,
            ignored: false,
            stop: Stop::Done,
        };
        while progress.read < input.len() {
            let (c, length) = match self.from.read(&input[progress.read..], &mut self.order) {
                Read::Char(c, length) => (c, length),
                Read::Skip(length) => {
                    progress.read += length;
                    continue;
                }
                Read::Incomplete => {
                    progress.stop = Stop::Incomplete;
                    break;
                }
                Read::Invalid(length) if self.ignore => {
                    progress.read += length;
                    progress.ignored = true;
                    continue;
                }
                Read::Invalid(_) => {
                    progress.stop = Stop::Invalid;
                    break;
                }
            };
            if !self.marked {
                if !put(&mut progress, output, self.to.write(0xfeff)) {
                    break;
                }
                self.marked = true;
            }
            match self.to.write(c) {
                Some(bytes) => {
                    if !put(&mut progress, output, Some(bytes)) {
                        break;
                    }
                }
                None if self.transliterate => {
                    if !put(&mut progress, output, self.to.write(u32::from(b'?'))) {
                        break;
                    }
                    progress.replaced += 1;
                }
                None if self.ignore => progress.ignored = true,
                None => {
                    progress.stop = Stop::Invalid;
                    break;
                }
            }
            progress.read += length;
        }
        progress
    }
}

/// Writes bytes, or says that there is no room.
fn put(progress: &mut Progress, output: &mut [u8], bytes: Option<(Bytes, usize)>) -> bool {
    let Some((bytes, length)) = bytes else { return true };
    match output.get_mut(progress.written..progress.written + length) {
        Some(place) => {
            place.copy_from_slice(&bytes[..length]);
            progress.written += length;
            true
        }
        None => {
            progress.stop = Stop::Full;
            false
        }
    }
}

export! {
    /// A conversion between two encodings, or -1 with EINVAL or ENOMEM. POSIX.1-2024 `iconv_open`.
    pub unsafe extern "C" fn iconv_open(to: *const c_char, from: *const c_char) -> *mut Conversion {
        // SAFETY: both are strings; malloc returns null or room for a conversion.
        unsafe {
            let (to, transliterate, ignore) = split(CStr::from_ptr(to).to_bytes());
            let (from, _, _) = split(CStr::from_ptr(from).to_bytes());
            let (Some(to), Some(from)) = (by_name(to), by_name(from)) else {
                set_errno(EINVAL);
                return NO_CONVERSION;
            };
            let place: *mut Conversion = malloc(size_of::<Conversion>()).cast();
            if place.is_null() {
                set_errno(ENOMEM);
                return NO_CONVERSION;
            }
            place.write(Conversion { from, to, transliterate, ignore, order: None, marked: !to.has_mark() });
            place
        }
    }

    /// Converts as much as it can; the number of characters replaced, or -1 with E2BIG, EILSEQ or EINVAL (an
    /// incomplete character at the end). Null input starts anew. POSIX.1-2024 `iconv`.
    pub unsafe extern "C" fn iconv(
        conversion: *mut Conversion,
        input: *mut *mut c_char,
        input_left: *mut size_t,
        output: *mut *mut c_char,
        output_left: *mut size_t,
    ) -> size_t {
        // SAFETY: the conversion is open; the buffers have as many bytes as is said.
        unsafe {
            if conversion.is_null() || conversion == NO_CONVERSION {
                set_errno(EBADF);
                return usize::MAX;
            }
            let conversion = &mut *conversion;
            if input.is_null() || (*input).is_null() {
                conversion.order = None;
                conversion.marked = !conversion.to.has_mark();
                return 0;
            }
            let source = core::slice::from_raw_parts((*input).cast::<u8>(), *input_left);
            let target = core::slice::from_raw_parts_mut((*output).cast::<u8>(), *output_left);
            let progress = conversion.run(source, target);
            *input = (*input).add(progress.read);
            *input_left -= progress.read;
            *output = (*output).add(progress.written);
            *output_left -= progress.written;
            let error = match progress.stop {
                Stop::Done if progress.ignored => EILSEQ,
                Stop::Done => return progress.replaced,
                Stop::Full => E2BIG,
                Stop::Incomplete => EINVAL,
                Stop::Invalid => EILSEQ,
            };
            set_errno(error);
        }
        usize::MAX
    }

    /// Ends a conversion. POSIX.1-2024 `iconv_close`.
    pub unsafe extern "C" fn iconv_close(conversion: *mut Conversion) -> c_int {
        if conversion.is_null() || conversion == NO_CONVERSION {
            set_errno(EBADF);
            return -1;
        }
        // SAFETY: the conversion came from iconv_open and is used no more; it has nothing to drop.
        unsafe { free(conversion.cast()) };
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errno::get_errno;
    use proptest::prelude::*;
    use std::ffi::CString;

    mod host {
        use crate::types::*;
        unsafe extern "C" {
            pub fn iconv_open(to: *const c_char, from: *const c_char) -> *mut c_void;
            pub fn iconv(
                c: *mut c_void,
                i: *mut *mut c_char,
                n: *mut size_t,
                o: *mut *mut c_char,
                m: *mut size_t,
            ) -> size_t;
            pub fn iconv_close(c: *mut c_void) -> c_int;
        }
    }

    /// The result, errno after a failure, input left, and the output.
    type Outcome = (usize, c_int, usize, Vec<u8>);

    fn run(ours: bool, to: &str, from: &str, input: &[u8], room: usize) -> Option<Outcome> {
        let (to, from) = (CString::new(to).unwrap(), CString::new(from).unwrap());
        let mut input = input.to_vec();
        let mut output = vec![0u8; room];
        let (mut i, mut n) = (input.as_mut_ptr().cast(), input.len());
        let (mut o, mut m) = (output.as_mut_ptr().cast(), room);
        // SAFETY: the buffers have the sizes given; the conversion is closed by who opened it.
        unsafe {
            let (result, error) = if ours {
                let c = iconv_open(to.as_ptr(), from.as_ptr());
                if c == NO_CONVERSION {
                    return None;
                }
                let result = iconv(c, &mut i, &mut n, &mut o, &mut m);
                let error = get_errno();
                iconv_close(c);
                (result, error)
            } else {
                let c = host::iconv_open(to.as_ptr(), from.as_ptr());
                if c.addr() == usize::MAX {
                    return None;
                }
                let result = host::iconv(c, &mut i, &mut n, &mut o, &mut m);
                let error = std::io::Error::last_os_error().raw_os_error().unwrap();
                host::iconv_close(c);
                (result, error)
            };
            output.truncate(room - m);
            Some((result, if result == usize::MAX { error } else { 0 }, n, output))
        }
    }

    const NAMES: [&str; 14] = [
        "UTF-8",
        "utf8",
        "UTF-16LE",
        "UTF-16BE",
        "UTF-32LE",
        "UTF-32BE",
        "UCS-2LE",
        "UCS-4",
        "WCHAR_T",
        "ASCII",
        "ISO-8859-1",
        "latin1",
        "UTF-16",
        "UTF-32",
    ];
    const SINGLE: [&str; 19] = [
        "ISO-8859-2",
        "ISO-8859-3",
        "ISO-8859-4",
        "ISO-8859-5",
        "ISO-8859-6",
        "ISO-8859-7",
        "ISO-8859-8",
        "ISO-8859-9",
        "ISO-8859-10",
        "ISO-8859-11",
        "ISO-8859-13",
        "ISO-8859-14",
        "ISO-8859-15",
        "ISO-8859-16",
        "CP1250",
        "CP1251",
        "CP1252",
        "KOI8-R",
        "KOI8-U",
    ];

    #[test]
    fn every_byte_of_every_table_is_that_of_the_host() {
        for name in SINGLE {
            for byte in 0..=255u8 {
                let (ours, theirs) = (
                    run(true, "UTF-8", name, &[byte], 8),
                    run(false, "UTF-8", name, &[byte], 8),
                );
                assert_eq!(ours, theirs, "{name} {byte:#x}");
                if let Some((0, _, _, text)) = ours {
                    assert_eq!(run(true, name, "UTF-8", &text, 8).unwrap().3, [byte], "{name}");
                }
            }
        }
    }

    #[test]
    fn unknown_names_are_refused_and_suffixes_understood() {
        assert!(run(true, "KLINGON", "UTF-8", b"", 1).is_none());
        assert_eq!(
            run(true, "ASCII//TRANSLIT", "UTF-8", "a\u{20ac}".as_bytes(), 9).unwrap(),
            (1, 0, 0, b"a?".to_vec())
        );
        let ignored = run(true, "ASCII//IGNORE", "UTF-8", "a\u{20ac}b".as_bytes(), 9).unwrap();
        assert_eq!(ignored, (usize::MAX, EILSEQ, 0, b"ab".to_vec()));
        assert_eq!(run(true, "UTF-16", "UTF-8", b"", 9).unwrap().3, b"");
        assert_eq!(
            run(true, "UTF-16", "UTF-8", b"a", 9),
            run(false, "UTF-16", "UTF-8", b"a", 9)
        );
        assert_eq!(
            run(true, "UTF-32", "UTF-8", b"a", 9),
            run(false, "UTF-32", "UTF-8", b"a", 9)
        );
    }

    #[test]
    fn numbers_beyond_unicode_pass_between_utf8_and_ucs4_alone() {
        let numbers: [&[u8]; 9] = [
            b"\xf5\x80\x80\x80",
            b"\xf4\x90\x80\x80",
            b"\xf7\xbf\xbf\xbf",
            b"\xf8\x88\x80\x80\x80",
            b"\xfd\xbf\xbf\xbf\xbf\xbf",
            b"\xf5\x80",
            b"\xed\xa0\x80",
            b"\xf8\x87\xbf\xbf\xbf",
            b"\xfe",
        ];
        for to in [
            "UTF-8",
            "UCS-4LE",
            "WCHAR_T",
            "UTF-16LE",
            "UTF-32LE",
            "UCS-2LE",
            "ISO-8859-1",
            "KOI8-R",
        ] {
            for bytes in numbers {
                assert_eq!(
                    run(true, to, "UTF-8", bytes, 99),
                    run(false, to, "UTF-8", bytes, 99),
                    "{to} {bytes:x?}"
                );
            }
            for number in [0x14_0000u32, 0xd800, 0x7fff_ffff, 0x8000_0000] {
                let bytes = number.to_le_bytes();
                // The host copies wide characters into UCS-4 without a look.
                let copied = |from: &str| number > 0x7fff_ffff && from == "WCHAR_T";
                let froms = ["UCS-4LE", "UTF-32LE", "WCHAR_T"].into_iter();
                for from in froms.filter(|&from| from != to && !copied(from)) {
                    let ours = run(true, to, from, &bytes, 99);
                    assert_eq!(ours, run(false, to, from, &bytes, 99), "{from} {to} {number:x}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn conversions_are_those_of_the_host(
            to in prop::sample::select(&NAMES[..]),
            from in prop::sample::select(&NAMES[..]),
            text in prop::collection::vec(prop_oneof![any::<char>(), prop::char::range('a', 'z'), prop::char::range('\u{80}', '\u{7ff}')], 0..8),
            room in 0usize..40,
            cut in 0usize..3,
        ) {
            let text: String = text.into_iter().filter(|&c| c != '\u{feff}' && c != '\u{fffe}' && !('\u{e0000}'..'\u{e0080}').contains(&c)).collect();
            // The host refuses a conversion of WCHAR_T to itself.
            prop_assume!(from != to);
            // It writes a mark before it has read anything; here the mark comes with the first character.
            prop_assume!(!["UTF-16", "UTF-32"].contains(&to));
            if let Some((0, _, 0, mut input)) = run(true, from, "UTF-8", text.as_bytes(), 100) {
                input.truncate(input.len().saturating_sub(cut));
                // Which of two errors is found first is not said.
                let without_error = |(result, _, left, output): Outcome| (result, left, output);
                let ours = run(true, to, from, &input, room).map(without_error);
                let theirs = run(false, to, from, &input, room).map(without_error);
                prop_assert_eq!(ours, theirs, "{} {}", from, to);
            }
        }

        #[test]
        fn random_bytes_convert_as_on_the_host(
            from in prop::sample::select(&["UTF-8", "UTF-16LE", "UTF-16BE", "UTF-32BE", "ASCII"][..]),
            input in prop::collection::vec(any::<u8>(), 0..12),
        ) {
            // Which of two errors is found first is not said.
            let without_error = |(result, _, left, output): Outcome| (result, left, output);
            let ours = run(true, "UTF-8", from, &input, 99).map(without_error);
            prop_assert_eq!(ours, run(false, "UTF-8", from, &input, 99).map(without_error), "{}", from);
        }
    }
}
