//! The restartable conversions of one character: `mbrtowc`, `wcrtomb`, `mbrlen`, `mbsinit`, and their forms
//! without a state, `mbtowc`, `wctomb`, `mblen`, `btowc`, `wctob`.

use super::decode::{Decoded, c_locale_byte, c_locale_char, decode, encode, mbstate_t};
use crate::errno::{EILSEQ, set_errno};
use crate::locale::current_is_utf8;
use crate::types::*;

/// `(size_t)-1`: no character.
pub(super) const INVALID: size_t = usize::MAX;
/// `(size_t)-2`: not yet a whole character.
pub(super) const INCOMPLETE: size_t = usize::MAX - 1;
/// `WEOF`.
pub const WEOF: wint_t = u32::MAX;

crate::thread_storage! {
    /// The state of `mbrtowc` and `mbrlen` without one, and of `mbtowc`: each thread's own.
    fn states() -> [mbstate_t; 4] = "trivet_thread_multibyte";
}

/// Which function a thread's own state belongs to.
#[derive(Clone, Copy)]
pub(super) enum Own {
    Decode = 0,
    Length = 1,
    String = 2,
    Utf16 = 3,
}

/// The caller's state, or the thread's own.
pub(super) unsafe fn state_or<'a>(state: *mut mbstate_t, own: Own) -> &'a mut mbstate_t {
    // SAFETY: state is null or valid; the storage is this thread's, and each function uses one element.
    unsafe {
        if state.is_null() {
            &mut (*states())[own as usize]
        } else {
            &mut *state
        }
    }
}

/// At most `n` bytes at `s`: as many as one character may take, and none beyond its end, so that a caller may
/// give an `n` larger than its buffer.
pub(super) unsafe fn convert(s: *const u8, n: usize, state: &mut mbstate_t, is_utf8: bool) -> Decoded {
    let mut taken = 0;
    while taken < n {
        // SAFETY: bytes up to n are readable as long as no character is complete.
        let byte = unsafe { *s.add(taken) };
        taken += 1;
        match decode(is_utf8, &[byte], state) {
            Decoded::Incomplete => {}
            Decoded::Char(c, _) => return Decoded::Char(c, taken),
            Decoded::Invalid => return Decoded::Invalid,
        }
    }
    Decoded::Incomplete
}

unsafe fn next(wide: *mut wchar_t, s: *const c_char, n: size_t, state: &mut mbstate_t) -> size_t {
    // SAFETY: the caller's pointers.
    match unsafe { convert(s.cast(), n, state, current_is_utf8()) } {
        Decoded::Char(c, taken) => {
            if !wide.is_null() {
                // SAFETY: wide is valid.
                unsafe { *wide = c as wchar_t };
            }
            if c == 0 { 0 } else { taken }
        }
        Decoded::Incomplete => INCOMPLETE,
        Decoded::Invalid => {
            set_errno(EILSEQ);
            INVALID
        }
    }
}

export! {
    /// Whether a state is between characters. ISO C, POSIX.1-2024 `mbsinit`.
    pub unsafe extern "C" fn mbsinit(state: *const mbstate_t) -> c_int {
        // SAFETY: state is null or valid.
        c_int::from(unsafe { state.as_ref() }.is_none_or(mbstate_t::is_initial))
    }

    /// The next character of at most `n` bytes: bytes taken, 0 for the null character, -2 when it is not
    /// complete, -1 with EILSEQ. ISO C, POSIX.1-2024 `mbrtowc`.
    pub unsafe extern "C" fn mbrtowc(
        wide: *mut wchar_t,
        s: *const c_char,
        n: size_t,
        state: *mut mbstate_t,
    ) -> size_t {
        // SAFETY: the caller's pointers.
        unsafe {
            let state = state_or(state, Own::Decode);
            if s.is_null() { next(core::ptr::null_mut(), c"".as_ptr(), 1, state) } else { next(wide, s, n, state) }
        }
    }

    /// As `mbrtowc` without storing the character. ISO C, POSIX.1-2024 `mbrlen`.
    pub unsafe extern "C" fn mbrlen(s: *const c_char, n: size_t, state: *mut mbstate_t) -> size_t {
        // SAFETY: the caller's pointers.
        unsafe {
            let state = state_or(state, Own::Length);
            let s = if s.is_null() { (c"".as_ptr(), 1) } else { (s, n) };
            next(core::ptr::null_mut(), s.0, s.1, state)
        }
    }

    /// The bytes of a character at `s`, and how many; -1 with EILSEQ. ISO C, POSIX.1-2024 `wcrtomb`.
    pub unsafe extern "C" fn wcrtomb(s: *mut c_char, wide: wchar_t, state: *mut mbstate_t) -> size_t {
        // SAFETY: state is null or valid. Neither encoding has shift states, so a null s only resets it.
        let state = unsafe { state_or(state, Own::Decode) };
        if s.is_null() {
            *state = mbstate_t::INITIAL;
            return 1;
        }
        match encode(current_is_utf8(), wide as u32) {
            Some((bytes, n)) => {
                // SAFETY: s has room for MB_CUR_MAX bytes, and n is at most that.
                unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), s.cast(), n) };
                n
            }
            None => {
                set_errno(EILSEQ);
                INVALID
            }
        }
    }

    /// The length of the next character in bytes, or -1. ISO C, POSIX.1-2024 `mblen`.
    pub unsafe extern "C" fn mblen(s: *const c_char, n: size_t) -> c_int {
        // SAFETY: the caller's pointers.
        unsafe { mbtowc(core::ptr::null_mut(), s, n) }
    }

    /// The next character, complete within `n` bytes: bytes taken, 0 for the null character, -1. Null `s` asks
    /// whether encodings have states: they have not. ISO C, POSIX.1-2024 `mbtowc`.
    pub unsafe extern "C" fn mbtowc(wide: *mut wchar_t, s: *const c_char, n: size_t) -> c_int {
        if s.is_null() {
            return 0;
        }
        let mut state = mbstate_t::INITIAL;
        // SAFETY: the caller's pointers.
        match unsafe { next(wide, s, n, &mut state) } {
            INVALID => -1,
            INCOMPLETE => {
                set_errno(EILSEQ);
                -1
            }
            taken => taken as c_int,
        }
    }

    /// The bytes of a character at `s`, and how many; -1. ISO C, POSIX.1-2024 `wctomb`.
    pub unsafe extern "C" fn wctomb(s: *mut c_char, wide: wchar_t) -> c_int {
        if s.is_null() {
            return 0;
        }
        let mut state = mbstate_t::INITIAL;
        // SAFETY: s has room for MB_CUR_MAX bytes.
        unsafe { wcrtomb(s, wide, &mut state) as c_int }
    }

    /// The character that one byte makes, or WEOF. ISO C, POSIX.1-2024 `btowc`.
    pub unsafe extern "C" fn btowc(c: c_int) -> wint_t {
        match u8::try_from(c) {
            Ok(byte) if byte < 0x80 => wint_t::from(byte),
            Ok(byte) if !current_is_utf8() => c_locale_char(byte),
            _ => WEOF,
        }
    }

    /// The byte that a character is, or EOF. ISO C, POSIX.1-2024 `wctob`.
    pub unsafe extern "C" fn wctob(c: wint_t) -> c_int {
        if c < 0x80 {
            return c as c_int;
        }
        if current_is_utf8() { -1 } else { c_locale_byte(c).map_or(-1, c_int::from) }
    }

    /// `MB_CUR_MAX`: the most bytes that a character of the current locale takes (6 in UTF-8, as glibc has it).
    pub unsafe extern "C" fn __ctype_get_mb_cur_max() -> size_t {
        if current_is_utf8() { 6 } else { 1 }
    }
}

crate::alias!(__mbrtowc = mbrtowc);
crate::alias!(__mbrlen = mbrlen);
