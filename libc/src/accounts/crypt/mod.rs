//! <crypt.h>: one-way hashes of passwords.
//!
//! SHA-512 (`$6$`) and SHA-256 (`$5$`). A setting of another kind answers a text that equals no hash, with errno EINVAL, as libxcrypt does:
//! a program that forgets to look compares it with the stored hash, and must not find them equal.

pub mod hash;
pub mod sha2;

use crate::errno::{Errno, set_errno};
use crate::lock::Lock;
use crate::types::*;
use core::ffi::CStr;

/// Bytes of `crypt_data.output` and of what `crypt` answers.
const OUTPUT_SIZE: usize = 384;

/// glibc's and libxcrypt's `struct crypt_data`, of which only the answer is used.
#[repr(C)]
pub struct CryptData {
    /// The answer.
    pub output: [u8; OUTPUT_SIZE],
    unused: [u8; 32768 - OUTPUT_SIZE],
}

/// Writes the hash, or what stands for none.
///
/// # Safety
/// `password` and `setting` are strings or null.
unsafe fn write_hash(password: *const c_char, setting: *const c_char, output: &mut [u8; OUTPUT_SIZE]) {
    let text = |pointer: *const c_char| {
        // SAFETY: the caller's strings.
        (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_bytes())
    };
    output.fill(0);
    let (password, setting) = (text(password), text(setting));
    let found = match (password, setting) {
        (Some(password), Some(_)) if password.len() >= hash::PASSWORD_MAX => Err(Errno::ERANGE),
        (Some(password), Some(setting)) => hash::hash(password, setting).ok_or(Errno::EINVAL),
        _ => Err(Errno::EINVAL),
    };
    match found {
        Ok(text) => output[..text.bytes().len()].copy_from_slice(text.bytes()),
        Err(errno) => {
            // Never what the setting is itself.
            let failed = if setting.is_some_and(|setting| setting.starts_with(b"*0")) {
                b"*1"
            } else {
                b"*0"
            };
            output[..2].copy_from_slice(failed);
            set_errno(errno.0);
        }
    }
}

static OUTPUT: Lock<[u8; OUTPUT_SIZE]> = Lock::new([0; OUTPUT_SIZE]);

export! {
    /// `crypt`: the hash of a password, in memory of the library's own. POSIX.1-2024.
    pub unsafe extern "C" fn crypt(password: *const c_char, setting: *const c_char) -> *mut c_char {
        let mut output = OUTPUT.lock();
        // SAFETY: the caller's strings.
        unsafe { write_hash(password, setting, &mut output) };
        output.as_mut_ptr().cast()
    }

    /// `crypt_r`: `crypt` into memory of the caller's. glibc.
    pub unsafe extern "C" fn crypt_r(
        password: *const c_char,
        setting: *const c_char,
        data: *mut CryptData,
    ) -> *mut c_char {
        // SAFETY: the caller's structure, of which the answer is the first field.
        let output = unsafe { &mut (*data).output };
        // SAFETY: the caller's strings.
        unsafe { write_hash(password, setting, output) };
        output.as_mut_ptr().cast()
    }
}
