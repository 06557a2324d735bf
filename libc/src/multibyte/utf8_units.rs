//! <uchar.h>'s UTF-8 units: `mbrtoc8`, `c8rtomb`, from C23, which libstdc++ uses.

use super::decode::{Decoded, encode, mbstate_t, utf8};
use super::restartable::{INCOMPLETE, INVALID, Own, convert, state_or};
use crate::errno::{EILSEQ, set_errno};
use crate::locale::current_is_utf8;
use crate::types::*;

/// In `mbstate_t::count`, with a number of units: `value` has the units that follow, the next one lowest.
const UNITS: c_uint = 1 << 30;
/// `(size_t)-3`: a further unit of the character before; no byte was taken.
const FURTHER: size_t = usize::MAX - 2;

fn invalid() -> size_t {
    set_errno(EILSEQ);
    INVALID
}

export! {
    /// The next UTF-8 unit of at most `n` bytes; as `mbrtowc`, and -3 for a unit after the first.
    /// ISO C23 `mbrtoc8`.
    pub unsafe extern "C" fn mbrtoc8(
        unit: *mut c_uchar,
        s: *const c_char,
        n: size_t,
        state: *mut mbstate_t,
    ) -> size_t {
        // SAFETY: the caller's pointers.
        unsafe {
            let state = state_or(state, Own::Utf16);
            let store = |value: c_uint| {
                if !unit.is_null() {
                    *unit = value as c_uchar;
                }
            };
            if state.count & UNITS != 0 {
                store(state.value);
                let left = (state.count & 3).saturating_sub(1);
                *state = if left == 0 {
                    mbstate_t::INITIAL
                } else {
                    mbstate_t { count: UNITS | left, value: state.value >> 8 }
                };
                return FURTHER;
            }
            let (s, n) = if s.is_null() { (c"".as_ptr(), 1) } else { (s, n) };
            match convert(s.cast(), n, state, current_is_utf8()) {
                Decoded::Char(c, taken) => {
                    let Some((bytes, length)) = encode(true, c) else { return invalid() };
                    let [first, rest @ ..] = bytes;
                    store(c_uint::from(first));
                    if length > 1 {
                        let value = rest.iter().rev().fold(0, |sum, &b| sum << 8 | c_uint::from(b));
                        *state = mbstate_t { count: UNITS | (length - 1) as c_uint, value };
                    }
                    if c == 0 { 0 } else { taken }
                }
                Decoded::Incomplete => INCOMPLETE,
                Decoded::Invalid => invalid(),
            }
        }
    }

    /// The bytes of a UTF-8 unit at `s`: none until a character is complete. -1 with EILSEQ. ISO C23 `c8rtomb`.
    pub unsafe extern "C" fn c8rtomb(s: *mut c_char, unit: c_uchar, state: *mut mbstate_t) -> size_t {
        // SAFETY: state is null or valid; s has room for MB_CUR_MAX bytes.
        unsafe {
            let state = state_or(state, Own::Utf16);
            if s.is_null() {
                *state = mbstate_t::INITIAL;
                return 1;
            }
            match utf8(&[unit], state) {
                Decoded::Incomplete => 0,
                Decoded::Invalid => {
                    *state = mbstate_t::INITIAL;
                    invalid()
                }
                Decoded::Char(c, _) => {
                    let Some((bytes, n)) = encode(current_is_utf8(), c) else { return invalid() };
                    core::ptr::copy_nonoverlapping(bytes.as_ptr(), s.cast(), n);
                    n
                }
            }
        }
    }
}
