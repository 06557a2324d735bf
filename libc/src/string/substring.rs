//! Finding a string in a string: `strstr`, `strcasestr`, `memmem`, and `wcsstr` through `find`.
//!
//! The two-way algorithm of Crochemore and Perrin (1991): linear time and constant memory for every input, so
//! no choice of needle and haystack makes a search slow.

use super::find::{strchr, strnlen};
use super::find_byte::memchr;
use super::length::strlen;
use crate::types::*;
use core::ptr;

/// The critical factorisation of a needle: where its maximal suffix starts under one order, and its period.
fn maximal_suffix<T: Copy + Ord>(needle: &[T], reversed: bool) -> (usize, usize) {
    let (mut start, mut candidate, mut offset, mut period) = (0, 1, 0, 1);
    while let Some(&next) = needle.get(candidate + offset) {
        let current = needle[start + offset];
        let smaller = if reversed { next > current } else { next < current };
        if next == current {
            offset += 1;
            if offset == period {
                candidate += period;
                offset = 0;
            }
        } else if smaller {
            candidate += offset + 1;
            offset = 0;
            period = candidate - start;
        } else {
            start = candidate;
            candidate = start + 1;
            offset = 0;
            period = 1;
        }
    }
    (start, period)
}

/// The first index at which `needle` occurs. `has(n)` tells whether the haystack has at least `n` elements;
/// `at(i)` is read only for elements that `has` confirmed.
pub(crate) fn find<T: Copy + Ord>(
    needle: &[T],
    mut has: impl FnMut(usize) -> bool,
    at: impl Fn(usize) -> T,
) -> Option<usize> {
    let length = needle.len();
    if length == 0 {
        return Some(0);
    }
    let (forward, reversed) = (maximal_suffix(needle, false), maximal_suffix(needle, true));
    let (split, period) = if forward.0 > reversed.0 { forward } else { reversed };
    let periodic = split + period <= length && needle[..split] == needle[period..period + split];
    let shift = if periodic {
        period
    } else {
        split.max(length - split) + 1
    };
    // How many elements at the needle's start are known to match (only when it is periodic).
    let mut known = 0;
    let mut place = 0;
    while has(place + length) {
        let mut i = split.max(known);
        while i < length && needle[i] == at(place + i) {
            i += 1;
        }
        if i < length {
            place += i - split + 1;
            known = 0;
            continue;
        }
        let mut j = split;
        while j > known && needle[j - 1] == at(place + j - 1) {
            j -= 1;
        }
        if j <= known {
            return Some(place);
        }
        place += shift;
        known = if periodic { length - period } else { 0 };
    }
    None
}

/// How far a string is known to reach, measured only as far as the search has come.
struct Reach {
    start: *const c_char,
    known: usize,
    ended: bool,
}

impl Reach {
    fn has(&mut self, n: usize) -> bool {
        while self.known < n && !self.ended {
            let step = (n - self.known).max(256);
            // SAFETY: `start` is a string whose terminator does not lie before `known`.
            let more = unsafe { strnlen(self.start.add(self.known), step) };
            self.known += more;
            self.ended = more < step;
        }
        self.known >= n
    }
}

/// The bytes of a string, without its terminator.
unsafe fn bytes<'a>(s: *const c_char) -> &'a [u8] {
    // SAFETY: s is a string that outlives the caller's use.
    unsafe { core::slice::from_raw_parts(s.cast(), strlen(s)) }
}

export! {
    /// The first place where `needle` occurs in a string, or null. ISO C, POSIX.1-2024 `strstr`.
    pub unsafe extern "C" fn strstr(haystack: *const c_char, needle: *const c_char) -> *mut c_char {
        // SAFETY: both are strings; `at` stays within what `has` confirmed.
        unsafe {
            let needle = bytes(needle);
            let Some(&first) = needle.first() else { return haystack as *mut c_char };
            let start = strchr(haystack, c_int::from(first));
            if start.is_null() || needle.len() == 1 {
                return start;
            }
            let mut reach = Reach { start, known: 0, ended: false };
            match find(needle, |n| reach.has(n), |i| *start.cast::<u8>().add(i)) {
                Some(index) => start.add(index),
                None => ptr::null_mut(),
            }
        }
    }

    /// `strstr` without regard to case. glibc, BSD `strcasestr`.
    pub unsafe extern "C" fn strcasestr(haystack: *const c_char, needle: *const c_char) -> *mut c_char {
        /// A byte that compares as its lower case.
        #[derive(Clone, Copy)]
        #[repr(transparent)]
        struct Folded(u8);
        impl Folded {
            fn key(self) -> u8 {
                self.0.to_ascii_lowercase()
            }
        }
        impl PartialEq for Folded {
            fn eq(&self, other: &Self) -> bool {
                self.key() == other.key()
            }
        }
        impl Eq for Folded {}
        impl PartialOrd for Folded {
            fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }
        impl Ord for Folded {
            fn cmp(&self, other: &Self) -> core::cmp::Ordering {
                self.key().cmp(&other.key())
            }
        }
        // SAFETY: both are strings; Folded is a byte; `at` stays within what `has` confirmed.
        unsafe {
            let needle = core::slice::from_raw_parts(needle.cast::<Folded>(), strlen(needle));
            let mut reach = Reach { start: haystack, known: 0, ended: false };
            match find(needle, |n| reach.has(n), |i| *haystack.cast::<Folded>().add(i)) {
                Some(index) => haystack.add(index) as *mut c_char,
                None => ptr::null_mut(),
            }
        }
    }

    /// The first place where `needle_size` bytes occur in `size` bytes, or null. POSIX.1-2024 `memmem`.
    pub unsafe extern "C" fn memmem(
        haystack: *const c_void,
        size: size_t,
        needle: *const c_void,
        needle_size: size_t,
    ) -> *mut c_void {
        if needle_size == 0 {
            return haystack as *mut c_void;
        }
        if needle_size > size {
            return ptr::null_mut();
        }
        // SAFETY: both buffers have the sizes given; neither is empty here.
        unsafe {
            let needle = core::slice::from_raw_parts(needle.cast::<u8>(), needle_size);
            let start = memchr(haystack, c_int::from(needle[0]), size - needle_size + 1);
            if start.is_null() || needle_size == 1 {
                return start;
            }
            let left = size - (start.addr() - haystack.addr());
            match find(needle, |n| n <= left, |i| *start.cast::<u8>().add(i)) {
                Some(index) => start.byte_add(index),
                None => ptr::null_mut(),
            }
        }
    }
}

crate::alias!(__strcasestr = strcasestr);
