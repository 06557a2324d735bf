//! Copying and joining strings: `strcpy`, `stpcpy`, `strncpy`, `strcat`, `strlcpy`, `memccpy`, `strdup`.
//!
//! Each measures first and then moves whole blocks.

use super::copy_memory::memmove;
use super::find::strnlen;
use super::find_byte::memchr;
use super::length::strlen;
use super::set_memory::memset;
use crate::heap::malloc;
use crate::types::*;
use core::ptr;

export! {
    /// Copies a string; returns the target. ISO C, POSIX.1-2024 `strcpy`.
    pub unsafe extern "C" fn strcpy(target: *mut c_char, source: *const c_char) -> *mut c_char {
        // SAFETY: source is a string, and the target has room for it.
        unsafe { memmove(target.cast(), source.cast(), strlen(source) + 1).cast() }
    }

    /// Copies a string; returns the copy's terminator. POSIX.1-2024 `stpcpy`.
    pub unsafe extern "C" fn stpcpy(target: *mut c_char, source: *const c_char) -> *mut c_char {
        // SAFETY: source is a string, and the target has room for it.
        unsafe {
            let length = strlen(source);
            memmove(target.cast(), source.cast(), length + 1);
            target.add(length)
        }
    }

    /// Copies at most `n` bytes of a string and fills the rest of `n` with zeros. Returns the target.
    /// ISO C, POSIX.1-2024 `strncpy`.
    pub unsafe extern "C" fn strncpy(target: *mut c_char, source: *const c_char, n: size_t) -> *mut c_char {
        // SAFETY: n bytes are writable at target; source is a string or has n bytes.
        unsafe { stpncpy(target, source, n) };
        target
    }

    /// As `strncpy`; returns the first zero written, or the end. POSIX.1-2024 `stpncpy`.
    pub unsafe extern "C" fn stpncpy(target: *mut c_char, source: *const c_char, n: size_t) -> *mut c_char {
        // SAFETY: n bytes are writable at target; source is a string or has n bytes.
        unsafe {
            let length = strnlen(source, n);
            memmove(target.cast(), source.cast(), length);
            memset(target.add(length).cast(), 0, n - length);
            target.add(length)
        }
    }

    /// Appends a string. ISO C, POSIX.1-2024 `strcat`.
    pub unsafe extern "C" fn strcat(target: *mut c_char, source: *const c_char) -> *mut c_char {
        // SAFETY: both are strings; the target has room for both.
        unsafe { strcpy(target.add(strlen(target)), source) };
        target
    }

    /// Appends at most `n` bytes of a string and a terminator. ISO C, POSIX.1-2024 `strncat`.
    pub unsafe extern "C" fn strncat(target: *mut c_char, source: *const c_char, n: size_t) -> *mut c_char {
        // SAFETY: both are strings (source may be n bytes); the target has room.
        unsafe {
            let end = target.add(strlen(target));
            let length = strnlen(source, n);
            memmove(end.cast(), source.cast(), length);
            *end.add(length) = 0;
        }
        target
    }

    /// Copies a string into a buffer of `size` bytes, cut off and terminated. Returns the source's length.
    /// POSIX.1-2024 `strlcpy`.
    pub unsafe extern "C" fn strlcpy(target: *mut c_char, source: *const c_char, size: size_t) -> size_t {
        // SAFETY: source is a string; size bytes are writable at target.
        unsafe {
            let length = strlen(source);
            if let Some(room) = size.checked_sub(1) {
                let copied = length.min(room);
                memmove(target.cast(), source.cast(), copied);
                *target.add(copied) = 0;
            }
            length
        }
    }

    /// Appends a string within a buffer of `size` bytes in all. Returns the length that it tried to make.
    /// POSIX.1-2024 `strlcat`.
    pub unsafe extern "C" fn strlcat(target: *mut c_char, source: *const c_char, size: size_t) -> size_t {
        // SAFETY: source is a string; size bytes are writable at target.
        unsafe {
            let used = strnlen(target, size);
            used + strlcpy(target.add(used), source, size - used)
        }
    }

    /// Copies up to and with the first byte equal to `c`, at most `n` bytes. Returns the byte after it in the
    /// copy, or null when it did not occur. POSIX.1-2024 `memccpy`.
    pub unsafe extern "C" fn memccpy(
        target: *mut c_void,
        source: *const c_void,
        c: c_int,
        n: size_t,
    ) -> *mut c_void {
        // SAFETY: both buffers have n bytes, or as many as come up to the match.
        unsafe {
            let found = memchr(source, c, n);
            if found.is_null() {
                memmove(target, source, n);
                return ptr::null_mut();
            }
            let length = found.addr() - source.addr() + 1;
            memmove(target, source, length);
            target.byte_add(length)
        }
    }

    /// A copy of a string in the heap, or null with ENOMEM. POSIX.1-2024 `strdup`.
    pub unsafe extern "C" fn strdup(s: *const c_char) -> *mut c_char {
        // SAFETY: s is a string; malloc gives that much room or null.
        unsafe {
            let size = strlen(s) + 1;
            let copy = malloc(size);
            if copy.is_null() {
                return ptr::null_mut();
            }
            memmove(copy, s.cast(), size).cast()
        }
    }

    /// A copy of at most `n` bytes of a string in the heap, or null with ENOMEM. POSIX.1-2024 `strndup`.
    pub unsafe extern "C" fn strndup(s: *const c_char, n: size_t) -> *mut c_char {
        // SAFETY: s is a string or has n bytes; malloc gives that much room or null.
        unsafe {
            let length = strnlen(s, n);
            let copy: *mut c_char = malloc(length + 1).cast();
            if copy.is_null() {
                return ptr::null_mut();
            }
            memmove(copy.cast(), s.cast(), length);
            *copy.add(length) = 0;
            copy
        }
    }

    /// Swaps each pair of bytes while copying `n` bytes; a last odd byte is left out. POSIX.1-2024 `swab`.
    pub unsafe extern "C" fn swab(source: *const c_void, target: *mut c_void, n: ssize_t) {
        let (source, target): (*const u8, *mut u8) = (source.cast(), target.cast());
        let pairs = usize::try_from(n).unwrap_or(0) / 2;
        for i in 0..pairs {
            // SAFETY: n bytes are readable and writable; they do not overlap by the standard's rule.
            unsafe {
                let (a, b) = (*source.add(2 * i), *source.add(2 * i + 1));
                *target.add(2 * i) = b;
                *target.add(2 * i + 1) = a;
            }
        }
    }

    /// Exclusive-ors `n` bytes with 42: hides a text from a casual look. glibc `memfrob`.
    pub unsafe extern "C" fn memfrob(s: *mut c_void, n: size_t) -> *mut c_void {
        for i in 0..n {
            // SAFETY: n bytes are writable at s.
            unsafe { *s.cast::<u8>().add(i) ^= 42 };
        }
        s
    }
}

crate::alias!(__strdup = strdup);
crate::alias!(__strndup = strndup);
crate::alias!(__stpcpy = stpcpy);
crate::alias!(__stpncpy = stpncpy);
