//! `dlopen` and its family in a program that is linked statically: there is nothing to load from.
//!
//! Every lookup fails and says why by `dlerror`. POSIX.1-2024 <dlfcn.h>.

use crate::types::*;
use core::ptr;

crate::thread_storage! {
    /// Whether the calling thread has an error that `dlerror` has not told yet.
    fn failed() -> u8 = "trivet_loader_failed";
}

fn fail() {
    // SAFETY: the storage is the calling thread's own.
    unsafe { failed().write(1) };
}

crate::export! {
    /// Loads a shared object: not in a static program. POSIX.1-2024 `dlopen`.
    pub unsafe extern "C" fn dlopen(_file: *const c_char, _mode: c_int) -> *mut c_void {
        fail();
        ptr::null_mut()
    }

    /// Looks a name up: a static program has no names at run time. POSIX.1-2024 `dlsym`.
    pub unsafe extern "C" fn dlsym(_handle: *mut c_void, _name: *const c_char) -> *mut c_void {
        fail();
        ptr::null_mut()
    }

    /// Looks a name up in a version. glibc `dlvsym`.
    pub unsafe extern "C" fn dlvsym(
        _handle: *mut c_void,
        _name: *const c_char,
        _version: *const c_char,
    ) -> *mut c_void {
        fail();
        ptr::null_mut()
    }

    /// Closes a shared object: there is none. POSIX.1-2024 `dlclose`.
    pub unsafe extern "C" fn dlclose(_handle: *mut c_void) -> c_int {
        fail();
        -1
    }

    /// The object and name of an address: not known. POSIX.1-2024 `dladdr`.
    pub unsafe extern "C" fn dladdr(_address: *const c_void, _information: *mut c_void) -> c_int {
        0
    }

    /// Why the calling thread's last lookup failed, once. POSIX.1-2024 `dlerror`.
    pub unsafe extern "C" fn dlerror() -> *mut c_char {
        // SAFETY: the storage is the calling thread's own.
        if unsafe { failed().replace(0) } == 0 {
            return ptr::null_mut();
        }
        c"shared objects cannot be loaded: the program is linked statically".as_ptr().cast_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_once() {
        // SAFETY: null arguments are not looked at.
        unsafe {
            assert!(dlerror().is_null());
            assert!(dlsym(ptr::null_mut(), c"main".as_ptr()).is_null());
            assert!(!dlerror().is_null());
            assert!(dlerror().is_null());
        }
    }
}
