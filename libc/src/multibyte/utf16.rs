//! <uchar.h>: bytes to UTF-16, UTF-32 and back.

use super::decode::{Decoded, SURROGATE, encode, mbstate_t};
use super::restartable::{INCOMPLETE, INVALID, Own, convert, state_or, wcrtomb};
use crate::errno::{EILSEQ, set_errno};
use crate::locale::current_is_utf8;
use crate::types::*;

/// `(size_t)-3`: the second half of the character before; no byte was taken.
const SECOND_HALF: size_t = usize::MAX - 2;

fn invalid() -> size_t {
    set_errno(EILSEQ);
    INVALID
}

export! {
    /// The next UTF-16 unit of at most `n` bytes; as `mbrtowc`, and -3 for a second half.
    /// ISO C, POSIX.1-2024 `mbrtoc16`.
    pub unsafe extern "C" fn mbrtoc16(
        unit: *mut char16_t,
        s: *const c_char,
        n: size_t,
        state: *mut mbstate_t,
    ) -> size_t {
        // SAFETY: the caller's pointers.
        unsafe {
            let state = state_or(state, Own::Utf16);
            if state.count & SURROGATE != 0 {
                if !unit.is_null() && !s.is_null() {
                    *unit = state.value as char16_t;
                }
                *state = mbstate_t::INITIAL;
                return SECOND_HALF;
            }
            let (s, n) = if s.is_null() { (c"".as_ptr(), 1) } else { (s, n) };
            match convert(s.cast(), n, state, current_is_utf8()) {
                Decoded::Char(c, taken) => {
                    let first = if c < 0x1_0000 {
                        c
                    } else {
                        let rest = c - 0x1_0000;
                        *state = mbstate_t { count: SURROGATE, value: 0xdc00 | rest & 0x3ff };
                        0xd800 | rest >> 10
                    };
                    if !unit.is_null() {
                        *unit = first as char16_t;
                    }
                    if c == 0 { 0 } else { taken }
                }
                Decoded::Incomplete => INCOMPLETE,
                Decoded::Invalid => invalid(),
            }
        }
    }

    /// The bytes of a UTF-16 unit at `s`: none for a first half, which waits in the state. -1 with EILSEQ.
    /// ISO C, POSIX.1-2024 `c16rtomb`.
    pub unsafe extern "C" fn c16rtomb(s: *mut c_char, unit: char16_t, state: *mut mbstate_t) -> size_t {
        // SAFETY: state is null or valid; s has room for MB_CUR_MAX bytes.
        unsafe {
            let state = state_or(state, Own::Utf16);
            if s.is_null() {
                *state = mbstate_t::INITIAL;
                return 1;
            }
            let unit = u32::from(unit);
            let waiting = (state.count & SURROGATE != 0).then_some(state.value);
            *state = mbstate_t::INITIAL;
            let c = match (waiting, unit) {
                (None, 0xd800..=0xdbff) => {
                    *state = mbstate_t { count: SURROGATE, value: unit };
                    return 0;
                }
                (Some(first @ 0xd800..=0xdbff), 0xdc00..=0xdfff) => {
                    0x1_0000 + ((first & 0x3ff) << 10 | unit & 0x3ff)
                }
                (None, 0..=0xd7ff | 0xe000..) => unit,
                _ => return invalid(),
            };
            let Some((bytes, n)) = encode(current_is_utf8(), c) else { return invalid() };
            core::ptr::copy_nonoverlapping(bytes.as_ptr(), s.cast(), n);
            n
        }
    }

    /// The bytes of a UTF-32 unit. ISO C, POSIX.1-2024 `c32rtomb`.
    pub unsafe extern "C" fn c32rtomb(s: *mut c_char, unit: char32_t, state: *mut mbstate_t) -> size_t {
        // SAFETY: as wcrtomb; wide characters are UTF-32.
        unsafe { wcrtomb(s, unit as wchar_t, state) }
    }
}

// Wide characters are UTF-32, and `wchar_t` has `char32_t`'s representation.
crate::alias!(mbrtoc32 = super::restartable::mbrtowc);
