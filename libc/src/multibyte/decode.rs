//! Bytes to characters and back, one at a time and restartable: what every conversion stands on.
//!
//! UTF-8 is strict: no overlong forms, no surrogates, nothing above U+10FFFF (Unicode 15, table 3-7), and an
//! error is found at the first byte that cannot continue. In the C locale every byte is a character, as
//! POSIX.1-2024 6.2 asks: bytes from 0x80 become U+DF80 to U+DFFF, which no UTF-8 text can give.

use crate::types::*;

/// A character that began in earlier bytes: glibc's `mbstate_t`, 8 bytes, zero at rest.
///
/// While a UTF-8 sequence is open, `count` is its length times 256 plus the bytes read, and `value` the bits
/// read so far in their final place. The conversions to and from UTF-16 use `SURROGATE` with them.
#[repr(C)]
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct mbstate_t {
    pub(super) count: c_uint,
    pub(super) value: c_uint,
}

/// In `mbstate_t::count`: `value` is a surrogate that waits for its other half.
pub(super) const SURROGATE: c_uint = 1 << 31;

impl mbstate_t {
    /// Between characters.
    pub const INITIAL: mbstate_t = mbstate_t { count: 0, value: 0 };

    /// Whether no character is open.
    pub fn is_initial(&self) -> bool {
        self.count == 0
    }
}

/// What some bytes are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decoded {
    /// A character, and how many of these bytes it took (at least 1).
    Char(u32, usize),
    /// All bytes were taken, and the character is not complete.
    Incomplete,
    /// No character begins so.
    Invalid,
}

/// The first byte of a UTF-8 sequence: its length, or `None`.
fn sequence_length(first: u8) -> Option<u32> {
    match first {
        0x00..=0x7f => Some(1),
        0xc2..=0xdf => Some(2),
        0xe0..=0xef => Some(3),
        0xf0..=0xf4 => Some(4),
        _ => None,
    }
}

/// Whether `byte` may follow as the second of a sequence whose bits so far are `value`.
fn second_is_valid(length: u32, value: u32, byte: u8) -> bool {
    match (length, value) {
        // No overlong forms, no surrogates, not beyond U+10FFFF.
        (3, 0x0000) => byte >= 0xa0,
        (3, 0xd000) => byte < 0xa0,
        (4, 0x00_0000) => byte >= 0x90,
        (4, 0x10_0000) => byte < 0x90,
        _ => true,
    }
}

/// Takes bytes of `bytes` for the character that `state` has open, or for a new one.
pub fn utf8(bytes: &[u8], state: &mut mbstate_t) -> Decoded {
    let mut taken = 0;
    let (length, mut seen, mut value) = if state.count == 0 {
        let Some(&first) = bytes.first() else {
            return Decoded::Incomplete;
        };
        if first < 0x80 {
            return Decoded::Char(u32::from(first), 1);
        }
        let Some(length) = sequence_length(first) else {
            return Decoded::Invalid;
        };
        taken = 1;
        (length, 1, u32::from(first) & (0x7f >> length))
    } else {
        (state.count >> 8 & 7, state.count & 0xff, state.value)
    };
    // A state that no conversion left (the caller's memory) is as good as none.
    if !(2..=4).contains(&length) || !(1..length).contains(&seen) {
        *state = mbstate_t::INITIAL;
        return Decoded::Invalid;
    }
    if state.count == 0 {
        value <<= 6 * (length - 1);
    }
    while seen < length {
        let Some(&byte) = bytes.get(taken) else {
            *state = mbstate_t {
                count: length << 8 | seen,
                value,
            };
            return Decoded::Incomplete;
        };
        if byte & 0xc0 != 0x80 || seen == 1 && !second_is_valid(length, value, byte) {
            return Decoded::Invalid;
        }
        seen += 1;
        value |= u32::from(byte & 0x3f) << (6 * (length - seen));
        taken += 1;
    }
    *state = mbstate_t::INITIAL;
    Decoded::Char(value, taken)
}

/// The wide character of a byte in the C locale.
pub fn c_locale_char(byte: u8) -> u32 {
    if byte < 0x80 {
        u32::from(byte)
    } else {
        0xdf00 | u32::from(byte)
    }
}

/// The byte of a wide character in the C locale.
pub fn c_locale_byte(wide: u32) -> Option<u8> {
    match wide {
        0..=0x7f => Some(wide as u8),
        0xdf80..=0xdfff => Some((wide & 0xff) as u8),
        _ => None,
    }
}

/// Takes bytes for one character in the encoding of the locale.
#[inline]
pub fn decode(is_utf8: bool, bytes: &[u8], state: &mut mbstate_t) -> Decoded {
    if is_utf8 {
        return utf8(bytes, state);
    }
    match bytes.first() {
        Some(&byte) => Decoded::Char(c_locale_char(byte), 1),
        None => Decoded::Incomplete,
    }
}

/// The bytes of a character: how many of the four were written, or `None` if it has none.
#[inline]
pub fn encode(is_utf8: bool, wide: u32) -> Option<([u8; 4], usize)> {
    let mut bytes = [0; 4];
    if !is_utf8 {
        bytes[0] = c_locale_byte(wide)?;
        return Some((bytes, 1));
    }
    let length = char::from_u32(wide)?.encode_utf8(&mut bytes).len();
    Some((bytes, length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_character_survives_the_round_trip() {
        for c in '\0'..=char::MAX {
            let (bytes, n) = encode(true, c as u32).unwrap();
            let mut state = mbstate_t::INITIAL;
            assert_eq!(utf8(&bytes[..n], &mut state), Decoded::Char(c as u32, n));
            // And byte by byte.
            for &byte in &bytes[..n - 1] {
                assert_eq!(utf8(&[byte], &mut state), Decoded::Incomplete);
                assert!(!state.is_initial());
            }
            assert_eq!(utf8(&bytes[n - 1..n], &mut state), Decoded::Char(c as u32, 1));
            assert!(state.is_initial());
        }
        assert_eq!(encode(true, 0xd800), None);
        assert_eq!(encode(true, 0x110000), None);
    }

    #[test]
    fn every_byte_is_a_character_in_the_c_locale() {
        for byte in 0..=255u8 {
            assert_eq!(c_locale_byte(c_locale_char(byte)), Some(byte));
        }
        assert_eq!(encode(false, 0x80), None);
        assert_eq!(encode(false, 0x1_df80), None);
    }

    #[test]
    fn states_that_no_conversion_left_are_refused() {
        for count in [1, 5, 0x100, 0x305, 0x700, 0x403 << 1, u32::MAX, SURROGATE] {
            let mut state = mbstate_t {
                count,
                value: u32::MAX,
            };
            let _ = utf8(b"\x80\x80\x80\x80", &mut state);
        }
    }

    proptest! {
        #[test]
        fn validity_is_that_of_rust(bytes in prop::collection::vec(any::<u8>(), 1..8)) {
            let mut state = mbstate_t::INITIAL;
            let ours = utf8(&bytes, &mut state);
            match std::str::from_utf8(&bytes) {
                Ok(text) => {
                    let first = text.chars().next().unwrap();
                    prop_assert_eq!(ours, Decoded::Char(first as u32, first.len_utf8()));
                }
                Err(error) if error.valid_up_to() > 0 => {
                    prop_assert!(matches!(ours, Decoded::Char(..)));
                }
                Err(error) => match error.error_len() {
                    None => prop_assert_eq!(ours, Decoded::Incomplete),
                    Some(_) => prop_assert_eq!(ours, Decoded::Invalid),
                },
            }
        }
    }
}
