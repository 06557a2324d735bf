//! Sets of bytes: `strspn`, `strcspn`, `strpbrk`, and the splitting functions built on them.

use super::find::strchrnul;
use crate::types::*;
use core::ptr;

/// A set of byte values.
struct ByteSet([u64; 4]);

impl ByteSet {
    /// The bytes of a string, without its terminator.
    ///
    /// # Safety
    /// `s` is a string.
    unsafe fn of(s: *const c_char) -> Self {
        let mut set = ByteSet([0; 4]);
        let mut at: *const u8 = s.cast();
        // SAFETY: `at` does not pass the terminator.
        unsafe {
            while *at != 0 {
                set.insert(*at);
                at = at.add(1);
            }
        }
        set
    }

    fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 != 0
    }
}

/// How many bytes of `s` come before one for which `stop` holds.
unsafe fn run(s: *const c_char, stop: impl Fn(u8) -> bool) -> usize {
    let mut n = 0;
    // SAFETY: `stop` holds for the terminator at the latest.
    unsafe {
        while !stop(*s.cast::<u8>().add(n)) {
            n += 1;
        }
    }
    n
}

export! {
    /// Length of the part at the start that is made of bytes of `accept`. ISO C, POSIX.1-2024 `strspn`.
    pub unsafe extern "C" fn strspn(s: *const c_char, accept: *const c_char) -> size_t {
        // SAFETY: both are strings; the set has no zero byte, so the run ends at the terminator.
        unsafe {
            let set = ByteSet::of(accept);
            run(s, |byte| !set.contains(byte))
        }
    }

    /// Length of the part at the start without bytes of `reject`. ISO C, POSIX.1-2024 `strcspn`.
    pub unsafe extern "C" fn strcspn(s: *const c_char, reject: *const c_char) -> size_t {
        // SAFETY: both are strings; zero is in the set, so the run ends at the terminator.
        unsafe {
            let first = *reject;
            if first == 0 || *reject.add(1) == 0 {
                return strchrnul(s, c_int::from(first)).addr() - s.addr();
            }
            let mut set = ByteSet::of(reject);
            set.insert(0);
            run(s, |byte| set.contains(byte))
        }
    }

    /// The first byte that is one of `accept`, or null. ISO C, POSIX.1-2024 `strpbrk`.
    pub unsafe extern "C" fn strpbrk(s: *const c_char, accept: *const c_char) -> *mut c_char {
        // SAFETY: both are strings.
        unsafe {
            let found = s.add(strcspn(s, accept));
            if *found == 0 { ptr::null_mut() } else { found as *mut c_char }
        }
    }

    /// The next word between bytes of `delimiters`; `state` keeps the place. POSIX.1-2024 `strtok_r`.
    pub unsafe extern "C" fn strtok_r(
        s: *mut c_char,
        delimiters: *const c_char,
        state: *mut *mut c_char,
    ) -> *mut c_char {
        // SAFETY: s, or what state keeps, is a string; both arguments are valid.
        unsafe {
            let mut s = if s.is_null() { *state } else { s };
            if s.is_null() {
                return ptr::null_mut();
            }
            s = s.add(strspn(s, delimiters));
            if *s == 0 {
                *state = s;
                return ptr::null_mut();
            }
            let end = s.add(strcspn(s, delimiters));
            *state = end;
            if *end != 0 {
                *end = 0;
                *state = end.add(1);
            }
            s
        }
    }

    /// `strtok_r` with one place for the whole process. ISO C, POSIX.1-2024 `strtok`.
    pub unsafe extern "C" fn strtok(s: *mut c_char, delimiters: *const c_char) -> *mut c_char {
        static mut PLACE: *mut c_char = ptr::null_mut();
        // SAFETY: the standard lets strtok keep one place for all; a caller with threads uses strtok_r.
        unsafe { strtok_r(s, delimiters, &raw mut PLACE) }
    }

    /// The next field, which may be empty, between bytes of `delimiters`. 4.4BSD `strsep`.
    pub unsafe extern "C" fn strsep(place: *mut *mut c_char, delimiters: *const c_char) -> *mut c_char {
        // SAFETY: *place is null or a string.
        unsafe {
            let s = *place;
            if s.is_null() {
                return ptr::null_mut();
            }
            let end = s.add(strcspn(s, delimiters));
            if *end == 0 {
                *place = ptr::null_mut();
            } else {
                *end = 0;
                *place = end.add(1);
            }
            s
        }
    }
}

crate::alias!(__strtok_r = strtok_r);
crate::alias!(__strsep = strsep);
