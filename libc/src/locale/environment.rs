//! Reading environment variables without the lock that `setenv` takes: a locale is chosen, and `TZ` read, where
//! ISO C lets the caller take care that nobody changes the environment.

use crate::types::*;
use core::ffi::CStr;

unsafe extern "C" {
    static mut __environ: *const *const c_char;
}

/// The value of an environment variable, if it is set.
///
/// # Safety
/// Nobody changes the environment meanwhile, nor while the result is used.
pub unsafe fn variable(name: &str) -> Option<&'static CStr> {
    // SAFETY: the environment is null or an array of strings that ends with null.
    unsafe {
        let mut entry = __environ;
        if entry.is_null() {
            return None;
        }
        while !(*entry).is_null() {
            let text = CStr::from_ptr(*entry);
            if let Some(rest) = text.to_bytes_with_nul().strip_prefix(name.as_bytes())
                && rest.first() == Some(&b'=')
            {
                return CStr::from_bytes_with_nul(&rest[1..]).ok();
            }
            entry = entry.add(1);
        }
    }
    None
}
