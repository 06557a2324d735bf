//! Whole strings: `mbstowcs`, `wcstombs`, `mbsrtowcs`, `wcsrtombs` and the forms with a limit on the source.

use super::decode::{Decoded, encode, mbstate_t};
use super::restartable::{INVALID, Own, convert, state_or};
use crate::errno::{EILSEQ, set_errno};
use crate::locale::current_is_utf8;
use crate::types::*;
use core::ptr;

export! {
    /// Converts at most `bytes` bytes at `*source` into at most `n` characters. Sets `*source` to where it
    /// stopped, or null after the terminator; with a null target only counts. -1 with EILSEQ.
    /// POSIX.1-2024 `mbsnrtowcs`.
    pub unsafe extern "C" fn mbsnrtowcs(
        target: *mut wchar_t,
        source: *mut *const c_char,
        bytes: size_t,
        n: size_t,
        state: *mut mbstate_t,
    ) -> size_t {
        let is_utf8 = current_is_utf8();
        // SAFETY: the caller's pointers; characters are written while fewer than n are.
        unsafe {
            let state = state_or(state, Own::String);
            // Only counting leaves the caller's state alone.
            let mut counting = *state;
            let state = if target.is_null() { &mut counting } else { state };
            let mut s: *const u8 = (*source).cast();
            let mut left = bytes;
            let mut count = 0;
            while target.is_null() || count < n {
                match convert(s, left, state, is_utf8) {
                    Decoded::Char(c, taken) => {
                        if !target.is_null() {
                            *target.add(count) = c as wchar_t;
                        }
                        if c == 0 {
                            if !target.is_null() {
                                *source = ptr::null();
                            }
                            return count;
                        }
                        s = s.add(taken);
                        left -= taken;
                        count += 1;
                    }
                    Decoded::Incomplete => {
                        // The source's limit: what is open stays in the state.
                        s = s.add(left);
                        break;
                    }
                    Decoded::Invalid => {
                        if !target.is_null() {
                            *source = s.cast();
                        }
                        set_errno(EILSEQ);
                        return INVALID;
                    }
                }
            }
            if !target.is_null() {
                *source = s.cast();
            }
            count
        }
    }

    /// Converts the string at `*source` into at most `n` characters. ISO C, POSIX.1-2024 `mbsrtowcs`.
    pub unsafe extern "C" fn mbsrtowcs(
        target: *mut wchar_t,
        source: *mut *const c_char,
        n: size_t,
        state: *mut mbstate_t,
    ) -> size_t {
        // SAFETY: the source is a string, so it ends before its limit.
        unsafe { mbsnrtowcs(target, source, usize::MAX, n, state) }
    }

    /// Converts a string into at most `n` characters; -1 with EILSEQ. ISO C, POSIX.1-2024 `mbstowcs`.
    pub unsafe extern "C" fn mbstowcs(target: *mut wchar_t, source: *const c_char, n: size_t) -> size_t {
        let mut source = source;
        let mut state = mbstate_t::INITIAL;
        // SAFETY: the caller's pointers.
        unsafe { mbsrtowcs(target, &mut source, n, &mut state) }
    }

    /// Converts at most `characters` characters at `*source` into at most `n` bytes, whole characters only.
    /// Sets `*source` to where it stopped, or null after the terminator; with a null target only counts.
    /// -1 with EILSEQ. POSIX.1-2024 `wcsnrtombs`.
    pub unsafe extern "C" fn wcsnrtombs(
        target: *mut c_char,
        source: *mut *const wchar_t,
        characters: size_t,
        n: size_t,
        _state: *mut mbstate_t,
    ) -> size_t {
        let is_utf8 = current_is_utf8();
        // SAFETY: the caller's pointers; bytes are written while they fit into n.
        unsafe {
            let mut s = *source;
            let mut left = characters;
            let mut count = 0;
            while left > 0 {
                let Some((bytes, length)) = encode(is_utf8, *s as u32) else {
                    if !target.is_null() {
                        *source = s;
                    }
                    set_errno(EILSEQ);
                    return INVALID;
                };
                if !target.is_null() {
                    if n - count < length {
                        break;
                    }
                    ptr::copy_nonoverlapping(bytes.as_ptr(), target.add(count).cast(), length);
                }
                if *s == 0 {
                    if !target.is_null() {
                        *source = ptr::null();
                    }
                    return count;
                }
                s = s.add(1);
                left -= 1;
                count += length;
            }
            if !target.is_null() {
                *source = s;
            }
            count
        }
    }

    /// Converts the wide string at `*source` into at most `n` bytes. ISO C, POSIX.1-2024 `wcsrtombs`.
    pub unsafe extern "C" fn wcsrtombs(
        target: *mut c_char,
        source: *mut *const wchar_t,
        n: size_t,
        state: *mut mbstate_t,
    ) -> size_t {
        // SAFETY: the source is a string, so it ends before its limit.
        unsafe { wcsnrtombs(target, source, usize::MAX, n, state) }
    }

    /// Converts a wide string into at most `n` bytes; -1 with EILSEQ. ISO C, POSIX.1-2024 `wcstombs`.
    pub unsafe extern "C" fn wcstombs(target: *mut c_char, source: *const wchar_t, n: size_t) -> size_t {
        let mut source = source;
        // SAFETY: the caller's pointers.
        unsafe { wcsrtombs(target, &mut source, n, ptr::null_mut()) }
    }
}
