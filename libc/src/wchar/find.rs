//! Lengths, and finding wide characters and strings.

use crate::string::substring;
use crate::types::*;
use core::ptr;

/// How many characters come before the terminator and before one for which `stop` holds.
unsafe fn run(s: *const wchar_t, stop: impl Fn(wchar_t) -> bool) -> usize {
    let mut n = 0;
    // SAFETY: the terminator ends the run at the latest.
    unsafe {
        while *s.add(n) != 0 && !stop(*s.add(n)) {
            n += 1;
        }
    }
    n
}

export! {
    /// Length of a wide string, without its terminator. ISO C, POSIX.1-2024 `wcslen`.
    pub unsafe extern "C" fn wcslen(s: *const wchar_t) -> size_t {
        // SAFETY: s is a wide string.
        unsafe { run(s, |_| false) }
    }

    /// Length of a wide string, at most `n`. POSIX.1-2024 `wcsnlen`.
    pub unsafe extern "C" fn wcsnlen(s: *const wchar_t, n: size_t) -> size_t {
        let mut length = 0;
        // SAFETY: s is a wide string or has n characters.
        unsafe {
            while length < n && *s.add(length) != 0 {
                length += 1;
            }
        }
        length
    }

    /// The first place of a character (the terminator counts), or null. ISO C, POSIX.1-2024 `wcschr`.
    pub unsafe extern "C" fn wcschr(s: *const wchar_t, c: wchar_t) -> *mut wchar_t {
        // SAFETY: s is a wide string.
        unsafe {
            let found = s.add(run(s, |x| x == c));
            if *found == c { found.cast_mut() } else { ptr::null_mut() }
        }
    }

    /// The first place of a character, or of the terminator. glibc `wcschrnul`.
    pub unsafe extern "C" fn wcschrnul(s: *const wchar_t, c: wchar_t) -> *mut wchar_t {
        // SAFETY: s is a wide string.
        unsafe { s.add(run(s, |x| x == c)).cast_mut() }
    }

    /// The last place of a character (the terminator counts), or null. ISO C, POSIX.1-2024 `wcsrchr`.
    pub unsafe extern "C" fn wcsrchr(s: *const wchar_t, c: wchar_t) -> *mut wchar_t {
        let mut last = ptr::null();
        let mut at = s;
        // SAFETY: `at` does not pass the terminator.
        unsafe {
            loop {
                if *at == c {
                    last = at;
                }
                if *at == 0 {
                    return last.cast_mut();
                }
                at = at.add(1);
            }
        }
    }

    /// Length of the part at the start made of characters of `accept`. ISO C, POSIX.1-2024 `wcsspn`.
    pub unsafe extern "C" fn wcsspn(s: *const wchar_t, accept: *const wchar_t) -> size_t {
        // SAFETY: both are wide strings.
        unsafe { run(s, |c| wcschr(accept, c).is_null()) }
    }

    /// Length of the part at the start without characters of `reject`. ISO C, POSIX.1-2024 `wcscspn`.
    pub unsafe extern "C" fn wcscspn(s: *const wchar_t, reject: *const wchar_t) -> size_t {
        // SAFETY: both are wide strings.
        unsafe { run(s, |c| !wcschr(reject, c).is_null()) }
    }

    /// The first character that is one of `accept`, or null. ISO C, POSIX.1-2024 `wcspbrk`.
    pub unsafe extern "C" fn wcspbrk(s: *const wchar_t, accept: *const wchar_t) -> *mut wchar_t {
        // SAFETY: both are wide strings.
        unsafe {
            let found = s.add(wcscspn(s, accept));
            if *found == 0 { ptr::null_mut() } else { found.cast_mut() }
        }
    }

    /// The first place where `needle` occurs, or null. ISO C, POSIX.1-2024 `wcsstr`.
    pub unsafe extern "C" fn wcsstr(haystack: *const wchar_t, needle: *const wchar_t) -> *mut wchar_t {
        // SAFETY: both are wide strings; only characters before the terminator are read.
        unsafe {
            let needle = core::slice::from_raw_parts(needle, wcslen(needle));
            let Some(&first) = needle.first() else { return haystack.cast_mut() };
            let start = wcschr(haystack, first);
            if start.is_null() {
                return start;
            }
            let length = wcslen(start);
            match substring::find(needle, |n| n <= length, |i| *start.add(i)) {
                Some(index) => start.add(index),
                None => ptr::null_mut(),
            }
        }
    }

    /// The next word between characters of `delimiters`; `state` keeps the place. ISO C, POSIX.1-2024 `wcstok`.
    pub unsafe extern "C" fn wcstok(
        s: *mut wchar_t,
        delimiters: *const wchar_t,
        state: *mut *mut wchar_t,
    ) -> *mut wchar_t {
        // SAFETY: s, or what state keeps, is a wide string.
        unsafe {
            let mut s = if s.is_null() { *state } else { s };
            if s.is_null() {
                return ptr::null_mut();
            }
            s = s.add(wcsspn(s, delimiters));
            if *s == 0 {
                *state = ptr::null_mut();
                return ptr::null_mut();
            }
            let end = s.add(wcscspn(s, delimiters));
            if *end == 0 {
                *state = ptr::null_mut();
            } else {
                *end = 0;
                *state = end.add(1);
            }
            s
        }
    }

    /// The first of `n` wide characters that equals `c`, or null. ISO C, POSIX.1-2024 `wmemchr`.
    pub unsafe extern "C" fn wmemchr(s: *const wchar_t, c: wchar_t, n: size_t) -> *mut wchar_t {
        for i in 0..n {
            // SAFETY: n characters are readable at s.
            unsafe {
                if *s.add(i) == c {
                    return s.add(i).cast_mut();
                }
            }
        }
        ptr::null_mut()
    }
}

crate::alias!(wcswcs = wcsstr);
