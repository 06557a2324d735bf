//! Every function against the host's own, at every alignment, with unmapped pages on both sides.

use super::*;
use crate::types::*;
use proptest::prelude::*;
use std::ptr;
use std::sync::atomic::Ordering;

/// The host's functions: exported names are not defined in unit tests.
mod host {
    use crate::types::*;
    unsafe extern "C" {
        pub fn strcmp(a: *const c_char, b: *const c_char) -> c_int;
        pub fn strncmp(a: *const c_char, b: *const c_char, n: size_t) -> c_int;
        pub fn strcasecmp(a: *const c_char, b: *const c_char) -> c_int;
        pub fn strncasecmp(a: *const c_char, b: *const c_char, n: size_t) -> c_int;
        pub fn strverscmp(a: *const c_char, b: *const c_char) -> c_int;
        pub fn strstr(a: *const c_char, b: *const c_char) -> *mut c_char;
        pub fn strcasestr(a: *const c_char, b: *const c_char) -> *mut c_char;
        pub fn strspn(a: *const c_char, b: *const c_char) -> size_t;
        pub fn strcspn(a: *const c_char, b: *const c_char) -> size_t;
        pub fn strpbrk(a: *const c_char, b: *const c_char) -> *mut c_char;
        pub fn strerror(error: c_int) -> *const c_char;
        pub fn strsignal(signal: c_int) -> *const c_char;
        pub fn mmap(a: *mut c_void, n: size_t, p: c_int, f: c_int, fd: c_int, o: off_t) -> *mut c_void;
        pub fn mprotect(a: *mut c_void, n: size_t, p: c_int) -> c_int;
        pub fn munmap(a: *mut c_void, n: size_t) -> c_int;
    }
}

/// Readable memory of whole pages between two unmapped pages.
struct Guarded {
    base: *mut u8,
    size: usize,
}

impl Guarded {
    fn new(pages: usize) -> Self {
        let size = pages * 4096;
        // SAFETY: an anonymous mapping of its own.
        unsafe {
            let base = host::mmap(ptr::null_mut(), size + 8192, 0, 0x22, -1, 0).cast::<u8>();
            assert!(!base.is_null() && base.addr() != usize::MAX);
            assert_eq!(host::mprotect(base.add(4096).cast(), size, 3), 0);
            Guarded { base, size }
        }
    }

    fn slice(&mut self) -> &mut [u8] {
        // SAFETY: the inner pages are mapped for as long as self lives.
        unsafe { std::slice::from_raw_parts_mut(self.base.add(4096), self.size) }
    }

    /// Where `n` bytes lie that end at the unmapped page, or begin after the other one, or in between.
    fn places(&self, n: usize) -> impl Iterator<Item = usize> + use<> {
        let size = self.size;
        (0..40)
            .chain((0..40).map(move |k| size - n - k))
            .filter(move |&p| p + n <= size)
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's own.
        unsafe { host::munmap(self.base.cast(), self.size + 8192) };
    }
}

/// Runs a test with every vector level that this processor has. The level is shared by all tests: each path
/// is right for every caller, so a change in the middle of another test does no harm.
fn at_each_level(test: impl Fn()) {
    // SAFETY: detect may be called at any time.
    unsafe { vector::detect() };
    test();
    let (level, last) = (
        vector::LEVEL.load(Ordering::Relaxed),
        vector::LAST_OFFSET_32.load(Ordering::Relaxed),
    );
    vector::LEVEL.store(1, Ordering::Relaxed);
    vector::LAST_OFFSET_32.store(-1, Ordering::Relaxed);
    test();
    vector::LEVEL.store(level, Ordering::Relaxed);
    vector::LAST_OFFSET_32.store(last, Ordering::Relaxed);
}

/// What untouched memory is compared with: whole slices, since these tests look at gigabytes.
static ONES: [u8; 8192] = [1; 8192];
static ZEROS: [u8; 8192] = [0; 8192];
static FILLED: [u8; 8192] = [0xa5; 8192];

fn lengths() -> impl Iterator<Item = usize> {
    (0..300).chain([383, 384, 385, 511, 512, 513, 600, 1000, 1024, 1025, 2000])
}

#[test]
fn detection_keeps_registers_and_finds_a_level() {
    // SAFETY: detect may be called at any time.
    unsafe { vector::detect() };
    let avx2 = std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("bmi1");
    assert_eq!(vector::LEVEL.load(Ordering::Relaxed), if avx2 { 2 } else { 1 });
}

#[test]
fn strlen_and_memchr_find_the_byte_at_every_alignment() {
    at_each_level(|| {
        let mut memory = Guarded::new(2);
        for n in lengths() {
            for place in memory.places(n + 1) {
                let whole = memory.slice();
                whole.fill(0x55);
                if place > 0 {
                    whole[place - 1] = 0;
                }
                whole[place + n] = 0;
                let s = whole[place..].as_ptr();
                // SAFETY: the bytes from s to the zero are readable.
                unsafe {
                    assert_eq!(strlen(s.cast()), n, "at {place}");
                    assert_eq!(strnlen(s.cast(), n), n);
                    assert_eq!(strnlen(s.cast(), n / 2), n / 2);
                    assert_eq!(strnlen(s.cast(), usize::MAX), n);
                    assert_eq!(memchr(s.cast(), 0, n + 1).addr(), s.addr() + n);
                    assert!(memchr(s.cast(), 0, n).is_null());
                    assert_eq!(memchr(s.cast(), 0x100, usize::MAX).addr(), s.addr() + n);
                    assert_eq!(strchr(s.cast(), 0).addr(), s.addr() + n);
                    assert!(strchr(s.cast(), 0x56).is_null());
                    assert_eq!(strchrnul(s.cast(), 0x56).addr(), s.addr() + n);
                    assert!(memrchr(s.cast(), 0, n).is_null());
                    assert_eq!(memrchr(s.cast(), 0, n + 1).addr(), s.addr() + n);
                    let last = strrchr(s.cast(), 0x55);
                    assert_eq!(last.addr(), if n == 0 { 0 } else { s.addr() + n - 1 });
                    assert_eq!(strrchr(s.cast(), 0).addr(), s.addr() + n);
                    if n > 0 {
                        let middle = n / 2;
                        memory.slice()[place + middle] = 0xee;
                        assert_eq!(memchr(s.cast(), 0xee, n).addr(), s.addr() + middle);
                        assert!(memchr(s.cast(), 0xee, middle).is_null());
                        assert_eq!(strchr(s.cast(), 0xee).addr(), s.addr() + middle);
                        assert_eq!(strrchr(s.cast(), 0xee).addr(), s.addr() + middle);
                        assert_eq!(memrchr(s.cast(), 0xee, n).addr(), s.addr() + middle);
                        assert_eq!(rawmemchr(s.cast(), 0xee).addr(), s.addr() + middle);
                    }
                }
            }
        }
    });
}

#[test]
fn memset_writes_exactly_its_bytes() {
    at_each_level(|| {
        let mut memory = Guarded::new(2);
        for n in lengths() {
            for place in memory.places(n) {
                let whole = memory.slice();
                whole.fill(1);
                let target = whole[place..].as_mut_ptr();
                // SAFETY: n bytes are writable at place.
                let returned = unsafe { memset(target.cast(), 0x1a5, n) };
                assert_eq!(returned.addr(), target.addr());
                let whole = memory.slice();
                assert!(whole[..place] == ONES[..place], "{n} at {place}");
                assert!(whole[place..place + n] == FILLED[..n], "{n} at {place}");
                assert!(whole[place + n..] == ONES[place + n..], "{n} at {place}");
            }
        }
    });
}

#[test]
fn memcpy_copies_exactly_its_bytes() {
    at_each_level(|| {
        let mut from = Guarded::new(2);
        let mut to = Guarded::new(2);
        for (i, byte) in from.slice().iter_mut().enumerate() {
            *byte = (i * 7 + i / 256) as u8 | 1;
        }
        for n in lengths() {
            for place in from.places(n) {
                for target in [0, 1, 17, 31, 8192 - n] {
                    to.slice().fill(0);
                    let source = from.slice()[place..].as_ptr();
                    // SAFETY: n bytes are readable and writable.
                    unsafe {
                        let at = to.slice()[target..].as_mut_ptr();
                        assert_eq!(memcpy(at.cast(), source.cast(), n).addr(), at.addr());
                        assert_eq!(mempcpy(at.cast(), source.cast(), n).addr(), at.addr() + n);
                    }
                    assert!(to.slice()[..target] == ZEROS[..target]);
                    assert_eq!(&to.slice()[target..target + n], &from.slice()[place..place + n]);
                    assert!(to.slice()[target + n..] == ZEROS[target + n..]);
                }
            }
        }
    });
}

#[test]
fn memmove_keeps_overlapping_bytes() {
    at_each_level(|| {
        let mut memory = Guarded::new(1);
        let mut model: Vec<u8> = (0..4096u32).map(|i| (i * 31 + i / 256) as u8).collect();
        for n in lengths() {
            for distance in [
                0, 1, 2, 8, 15, 16, 31, 32, 33, 64, 100, 128, 255, 256, 257, 500, 511, 512, 513, 900,
            ] {
                for (source, target) in [(37, 37 + distance), (37 + distance, 37)] {
                    memory.slice().copy_from_slice(&model);
                    let base = memory.slice().as_mut_ptr();
                    // SAFETY: both ranges lie in the page.
                    unsafe { memmove(base.add(target).cast(), base.add(source).cast(), n) };
                    let before = model.clone();
                    model.copy_within(source..source + n, target);
                    assert_eq!(memory.slice(), &model[..], "{n} from {source} to {target}");
                    model = before;
                }
            }
        }
    });
}

#[test]
fn memcmp_orders_by_the_first_byte_that_differs() {
    at_each_level(|| {
        let mut a = Guarded::new(1);
        let mut b = Guarded::new(1);
        a.slice().fill(0x80);
        b.slice().fill(0x80);
        for n in lengths() {
            for place in a.places(n) {
                let other = 4096 - n;
                let x = a.slice()[place..].as_ptr();
                // SAFETY: n bytes are readable at both.
                let equal = unsafe { memcmp(x.cast(), b.slice()[other..].as_ptr().cast(), n) };
                assert_eq!(equal, 0);
                for at in [0, n / 3, n / 2, n.saturating_sub(2), n.saturating_sub(1)] {
                    if at >= n {
                        continue;
                    }
                    for (byte, sign) in [(0x7f, 1), (0x81, -1), (0x01, 1), (0xff, -1)] {
                        b.slice()[other + at] = byte;
                        // A later difference does not count.
                        let later = (at + 1).min(n - 1);
                        if later > at {
                            b.slice()[other + later] = if sign > 0 { 0xff } else { 0 };
                        }
                        // SAFETY: as above.
                        let result = unsafe { memcmp(x.cast(), b.slice()[other..].as_ptr().cast(), n) };
                        assert_eq!(result.signum(), sign, "{n} at {place}, difference at {at}");
                        b.slice()[other + at] = 0x80;
                        b.slice()[other + later] = 0x80;
                    }
                }
            }
        }
    });
}

#[test]
fn strings_are_compared_and_copied_up_to_the_page_end() {
    let mut a = Guarded::new(1);
    let mut b = Guarded::new(1);
    for n in 0..80 {
        for k in 0..40 {
            let (p, q) = (4096 - n - 1, 4096 - n - 1 - k);
            a.slice().fill(b'x');
            b.slice().fill(b'X');
            a.slice()[4095] = 0;
            b.slice()[q + n] = 0;
            // SAFETY: both are strings; the copies have room.
            unsafe {
                let (x, y) = (a.slice()[p..].as_ptr().cast(), b.slice()[q..].as_mut_ptr().cast());
                assert_eq!(strcmp(x, y) == 0, n == 0);
                assert_eq!(strcasecmp(x, y), 0);
                assert_eq!(strncasecmp(x, y, n + 5), 0);
                assert_eq!(strncmp(x, y, 0), 0);
                strcpy(y, x);
                assert_eq!(strcmp(x, y), 0);
                assert_eq!(strncmp(x, y, n + 1), 0);
                assert_eq!(stpcpy(y, x).addr(), y.addr() + n);
                assert_eq!(strncpy(y, x, n / 2).addr(), y.addr());
                assert_eq!(stpncpy(y, x, n + 1).addr(), y.addr() + n);
            }
        }
    }
}

#[test]
fn strtok_r_skips_runs_of_delimiters_and_strsep_does_not() {
    let mut text = *b"  a,b ,, c\0";
    let mut state = ptr::null_mut();
    let mut words = Vec::new();
    // SAFETY: all are strings.
    unsafe {
        let mut word = strtok_r(text.as_mut_ptr().cast(), c" ,".as_ptr(), &mut state);
        while !word.is_null() {
            words.push(std::ffi::CStr::from_ptr(word).to_str().unwrap().to_string());
            word = strtok_r(ptr::null_mut(), c" ,".as_ptr(), &mut state);
        }
        assert_eq!(words, ["a", "b", "c"]);
        let mut text = *b"a,,b\0";
        let mut place = text.as_mut_ptr().cast();
        let mut fields = Vec::new();
        loop {
            let field = strsep(&mut place, c",".as_ptr());
            if field.is_null() {
                break;
            }
            fields.push(std::ffi::CStr::from_ptr(field).to_str().unwrap().to_string());
        }
        assert_eq!(fields, ["a", "", "b"]);
    }
}

#[test]
fn strlcpy_and_strlcat_terminate_and_return_the_length_they_tried() {
    let mut buffer = [b'#' as c_char; 8];
    let at = buffer.as_mut_ptr();
    // SAFETY: the sizes given are at most the buffer's.
    unsafe {
        assert_eq!(strlcpy(at, c"hello".as_ptr(), 8), 5);
        assert_eq!(strlcat(at, c"world".as_ptr(), 8), 10);
        assert_eq!(strcmp(at, c"hellowo".as_ptr()), 0);
        assert_eq!(strlcpy(at, c"hello".as_ptr(), 3), 5);
        assert_eq!(strcmp(at, c"he".as_ptr()), 0);
        assert_eq!(strlcpy(at, c"hello".as_ptr(), 0), 5);
        assert_eq!(strlcat(at, c"x".as_ptr(), 2), 3);
    }
}

#[test]
fn error_texts_are_those_of_the_host() {
    for error in -3..140 {
        // SAFETY: both return strings.
        unsafe {
            let (ours, theirs) = (strerror(error), host::strerror(error));
            assert_eq!(std::ffi::CStr::from_ptr(ours), std::ffi::CStr::from_ptr(theirs));
        }
    }
    for signal in -2..70 {
        // SAFETY: both return strings.
        unsafe {
            let (ours, theirs) = (strsignal(signal), host::strsignal(signal));
            // The host's own reserved signals are named by another number there.
            if signal != 32 && signal != 33 {
                assert_eq!(std::ffi::CStr::from_ptr(ours), std::ffi::CStr::from_ptr(theirs));
            }
        }
    }
}

#[test]
fn two_way_search_is_linear_for_periodic_needles() {
    let haystack = [b'a'; 200_000];
    let mut needle = [b'a'; 50_000];
    needle[25_000] = b'b';
    // SAFETY: both sizes are right. Quadratic time would be some 10^10 comparisons.
    let found = unsafe {
        memmem(
            haystack.as_ptr().cast(),
            haystack.len(),
            needle.as_ptr().cast(),
            needle.len(),
        )
    };
    assert!(found.is_null());
}

/// A short string over a small alphabet, so that matches and near misses are common.
fn text(alphabet: &'static [u8], most: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(alphabet), 0..most).prop_map(|mut v| {
        v.push(0);
        v
    })
}

proptest! {
    #[test]
    fn searching_agrees_with_the_host(h in text(b"abAB", 60), n in text(b"abA", 8)) {
        let (h, n): (*const c_char, *const c_char) = (h.as_ptr().cast(), n.as_ptr().cast());
        // SAFETY: both are strings.
        unsafe {
            prop_assert_eq!(strstr(h, n), host::strstr(h, n));
            prop_assert_eq!(strcasestr(h, n), host::strcasestr(h, n));
            prop_assert_eq!(strspn(h, n), host::strspn(h, n));
            prop_assert_eq!(strcspn(h, n), host::strcspn(h, n));
            prop_assert_eq!(strpbrk(h, n), host::strpbrk(h, n));
            let found = memmem(h.cast(), strlen(h), n.cast(), strlen(n));
            prop_assert_eq!(found.cast(), host::strstr(h, n));
        }
    }

    #[test]
    fn comparing_agrees_with_the_host(a in text(b"abAB\xc3\xff", 40), b in text(b"abAB\xc3\xff", 40), n in 0usize..50) {
        let (a, b): (*const c_char, *const c_char) = (a.as_ptr().cast(), b.as_ptr().cast());
        // SAFETY: both are strings.
        unsafe {
            prop_assert_eq!(strcmp(a, b).signum(), host::strcmp(a, b).signum());
            prop_assert_eq!(strncmp(a, b, n).signum(), host::strncmp(a, b, n).signum());
            prop_assert_eq!(strcasecmp(a, b).signum(), host::strcasecmp(a, b).signum());
            prop_assert_eq!(strncasecmp(a, b, n).signum(), host::strncasecmp(a, b, n).signum());
        }
    }

    #[test]
    fn version_order_agrees_with_the_host(a in text(b"001239a.", 12), b in text(b"001239a.", 12)) {
        let (a, b): (*const c_char, *const c_char) = (a.as_ptr().cast(), b.as_ptr().cast());
        // SAFETY: both are strings.
        unsafe {
            prop_assert_eq!(strverscmp(a, b).signum(), host::strverscmp(a, b).signum());
        }
    }
}
