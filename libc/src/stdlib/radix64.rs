//! `a64l` and `l64a`: 32-bit numbers as up to six characters, the lowest first.

use crate::types::*;

const DIGITS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

crate::thread_storage! {
    /// What `l64a` returned last on this thread.
    fn text() -> [u8; 8] = "trivet_thread_l64a";
}

export! {
    /// The number that a text in radix 64 means, its 32 bits sign-extended (glibc does not). POSIX.1-2024 `a64l`.
    pub unsafe extern "C" fn a64l(s: *const c_char) -> c_long {
        let mut value = 0u32;
        for i in 0..6 {
            // SAFETY: no character before index i was the terminator.
            let byte = unsafe { *s.cast::<u8>().add(i) };
            let Some(digit) = DIGITS.iter().position(|&d| d == byte) else { break };
            value |= (digit as u32).wrapping_shl(6 * i as u32);
        }
        c_long::from(value as i32)
    }

    /// The low 32 bits of a number in radix 64; the next call overwrites it. POSIX.1-2024 `l64a`.
    pub unsafe extern "C" fn l64a(value: c_long) -> *mut c_char {
        // SAFETY: the storage is this thread's alone.
        let text = unsafe { &mut *text() };
        let mut rest = value as u32;
        let mut length = 0;
        while rest != 0 {
            text[length] = DIGITS[(rest & 63) as usize];
            rest >>= 6;
            length += 1;
        }
        text[length] = 0;
        text.as_mut_ptr().cast()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    unsafe extern "C" {
        #[link_name = "a64l"]
        fn host_a64l(s: *const c_char) -> c_long;
    }

    #[test]
    fn numbers_survive_the_round_trip() {
        for value in [
            0,
            1,
            63,
            64,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_ffff,
            0x1234_5678,
            -1,
        ] {
            // SAFETY: l64a returns a string.
            unsafe {
                let text = l64a(value);
                assert_eq!(a64l(text), c_long::from(value as i32));
                assert_eq!(host_a64l(text) as u32, a64l(text) as u32);
            }
        }
    }
}
