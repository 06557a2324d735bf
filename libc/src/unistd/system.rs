//! The host's name and other facts of the system. POSIX.1-2024 `gethostname`.

use crate::errno::{ENAMETOOLONG, Errno, Result, returned_status};
use crate::seam::*;
use crate::types::*;
use core::ptr;

/// C's `struct utsname`: six texts of 65 bytes.
type SystemNames = [[u8; 65]; 6];

fn names() -> Result<SystemNames> {
    let mut names: SystemNames = [[0; 65]; 6];
    // SAFETY: a local variable of the system's layout.
    unsafe { System::uname(names.as_mut_ptr().cast()) }?;
    Ok(names)
}

/// Copies a text with its terminator; whether all of it fitted.
unsafe fn copy(text: &[u8], buffer: *mut c_char, length: usize) -> bool {
    let used = text
        .iter()
        .position(|&byte| byte == 0)
        .map_or(text.len(), |end| end + 1);
    // SAFETY: the callers' buffer has `length` bytes.
    unsafe { ptr::copy_nonoverlapping(text.as_ptr().cast(), buffer, used.min(length)) };
    used <= length
}

// SAFETY of every block below: buffers are the caller's.
crate::export! {
    /// The host's name; `ENAMETOOLONG` when it does not fit. POSIX.1-2024 `gethostname`.
    pub unsafe extern "C" fn gethostname(buffer: *mut c_char, length: size_t) -> c_int {
        returned_status(names().and_then(|names| {
            // SAFETY: see above.
            if unsafe { copy(&names[1], buffer, length) } { Ok(()) } else { Err(Errno(ENAMETOOLONG)) }
        }))
    }

    /// The domain's name. BSD `getdomainname`.
    pub unsafe extern "C" fn getdomainname(buffer: *mut c_char, length: size_t) -> c_int {
        returned_status(names().map(|names| {
            // SAFETY: see above.
            unsafe { copy(&names[5], buffer, length) };
        }))
    }

    /// As `gethostname`; ends a program whose buffer is too small. Fortified `gethostname`.
    pub unsafe extern "C" fn __gethostname_chk(buffer: *mut c_char, length: size_t, size: size_t) -> c_int {
        // SAFETY: see above.
        unsafe {
            if length > size {
                crate::signal::abort::__chk_fail();
            }
            gethostname(buffer, length)
        }
    }
}
