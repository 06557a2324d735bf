//! Finding one byte: `strchr`, `strchrnul`, `strrchr`, `memrchr`, `rawmemchr`, `strnlen`.

use super::block::{self, SIZE};
use super::find_byte::memchr;
use crate::types::*;
use core::ptr;

/// The first place in the string at `s` of `byte` or of the terminator.
#[inline]
unsafe fn byte_or_end(s: *const u8, byte: u8) -> *const u8 {
    let wanted = block::splat(byte);
    let zero = block::splat(0);
    let skip = s.addr() % SIZE;
    let mut at = s.wrapping_sub(skip);
    // SAFETY: each block holds a byte of the string: the first its first byte, a later one is reached only when
    // the terminator was not before it.
    unsafe {
        let data = block::load(at);
        let mut mask = (block::equal(data, wanted) | block::equal(data, zero)) >> skip << skip;
        while mask == 0 {
            at = at.wrapping_add(SIZE);
            let data = block::load(at);
            mask = block::equal(data, wanted) | block::equal(data, zero);
        }
        at.wrapping_add(mask.trailing_zeros() as usize)
    }
}

export! {
    /// The first place of a character, or of the terminator if it does not occur. glibc `strchrnul`.
    pub unsafe extern "C" fn strchrnul(s: *const c_char, c: c_int) -> *mut c_char {
        // SAFETY: `s` is a string.
        unsafe { byte_or_end(s.cast(), c as u8) as *mut c_char }
    }

    /// The first place of a character (the terminator counts), or null. ISO C, POSIX.1-2024 `strchr`.
    pub unsafe extern "C" fn strchr(s: *const c_char, c: c_int) -> *mut c_char {
        // SAFETY: `s` is a string; the place found is in it.
        unsafe {
            let found = byte_or_end(s.cast(), c as u8);
            if *found == c as u8 { found as *mut c_char } else { ptr::null_mut() }
        }
    }

    /// The last place of a character (the terminator counts), or null. ISO C, POSIX.1-2024 `strrchr`.
    pub unsafe extern "C" fn strrchr(s: *const c_char, c: c_int) -> *mut c_char {
        let wanted = block::splat(c as u8);
        let zero = block::splat(0);
        let s: *const u8 = s.cast();
        let skip = s.addr() % SIZE;
        let mut at = s.wrapping_sub(skip);
        let mut last = ptr::null();
        let mut keep = u32::MAX << skip;
        loop {
            // SAFETY: the block holds a byte of the string: the terminator was not before it.
            let data = unsafe { block::load(at) };
            let mut hits = block::equal(data, wanted) & keep;
            let end = block::equal(data, zero) & keep;
            if end != 0 {
                // Up to the terminator and with it.
                hits &= end ^ (end - 1);
            }
            if hits != 0 {
                last = at.wrapping_add(31 - hits.leading_zeros() as usize);
            }
            if end != 0 {
                return last as *mut c_char;
            }
            at = at.wrapping_add(SIZE);
            keep = u32::MAX;
        }
    }

    /// The last of `n` bytes that equals the low byte of `c`, or null. glibc `memrchr`.
    pub unsafe extern "C" fn memrchr(s: *const c_void, c: c_int, n: size_t) -> *mut c_void {
        let s: *const u8 = s.cast();
        let wanted = block::splat(c as u8);
        let mut left = n;
        // SAFETY: `n` bytes are readable at `s`.
        unsafe {
            while left >= SIZE {
                let at = s.add(left - SIZE);
                let hits = block::equal(block::load_unaligned(at), wanted);
                if hits != 0 {
                    return at.add(31 - hits.leading_zeros() as usize) as *mut c_void;
                }
                left -= SIZE;
            }
            while left > 0 {
                left -= 1;
                if *s.add(left) == c as u8 {
                    return s.add(left) as *mut c_void;
                }
            }
        }
        ptr::null_mut()
    }

    /// The first place of a byte that is known to occur. glibc `rawmemchr`.
    pub unsafe extern "C" fn rawmemchr(s: *const c_void, c: c_int) -> *mut c_void {
        // SAFETY: the byte occurs, so memchr reads no further than its block.
        unsafe { memchr(s, c, usize::MAX) }
    }

    /// Length of a string, at most `n` bytes. POSIX.1-2024 `strnlen`.
    pub unsafe extern "C" fn strnlen(s: *const c_char, n: size_t) -> size_t {
        // SAFETY: `n` bytes, or as many as come up to the terminator, are readable.
        let end = unsafe { memchr(s.cast(), 0, n) };
        if end.is_null() { n } else { end.addr() - s.addr() }
    }
}

crate::alias!(index = strchr);
crate::alias!(rindex = strrchr);
crate::alias!(__rawmemchr = rawmemchr);
crate::alias!(__strchrnul = strchrnul);
crate::alias!(__strnlen = strnlen);
