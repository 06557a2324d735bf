//! Names of hosts and users, as far as they go without network and user database: lookups answer `ENOSYS`,
//! the texts of errors are all there. POSIX.1-2024 <netdb.h>, <pwd.h>.

use crate::errno::{ENOSYS, set_errno};
use crate::types::*;
use core::ptr;

const EAI_SYSTEM: c_int = -11;

/// A text for an error of `getaddrinfo`.
fn text(error: c_int) -> &'static core::ffi::CStr {
    match error {
        0 => c"Success",
        -1 => c"Bad value for ai_flags",
        -2 => c"Name or service not known",
        -3 => c"Temporary failure in name resolution",
        -4 => c"Non-recoverable failure in name resolution",
        -5 => c"No address associated with hostname",
        -6 => c"ai_family not supported",
        -7 => c"ai_socktype not supported",
        -8 => c"Servname not supported for ai_socktype",
        -9 => c"Address family for hostname not supported",
        -10 => c"Memory allocation failure",
        -11 => c"System error",
        -12 => c"Argument buffer overflow",
        -100 => c"Processing request in progress",
        -101 => c"Request canceled",
        -102 => c"Request not canceled",
        -103 => c"All requests done",
        -104 => c"Interrupted by a signal",
        -105 => c"Parameter string not correctly encoded",
        _ => c"Unknown error",
    }
}

crate::export! {
    /// Addresses of a host and service: EAI_SYSTEM with `ENOSYS`. POSIX.1-2024 `getaddrinfo`.
    pub unsafe extern "C" fn getaddrinfo(
        _node: *const c_char,
        _service: *const c_char,
        _hints: *const c_void,
        _result: *mut *mut c_void,
    ) -> c_int {
        set_errno(ENOSYS);
        EAI_SYSTEM
    }

    /// Frees a list of `getaddrinfo`, which makes none. POSIX.1-2024 `freeaddrinfo`.
    pub unsafe extern "C" fn freeaddrinfo(_list: *mut c_void) {}

    /// The text of an error of `getaddrinfo`. POSIX.1-2024 `gai_strerror`.
    pub unsafe extern "C" fn gai_strerror(error: c_int) -> *const c_char {
        text(error).as_ptr()
    }

    /// Reads the resolver's configuration anew: -1 with `ENOSYS`. glibc `res_init`.
    pub unsafe extern "C" fn __res_init() -> c_int {
        set_errno(ENOSYS);
        -1
    }

    /// A user by number; `ENOSYS`, no entry. POSIX.1-2024 `getpwuid_r`.
    pub unsafe extern "C" fn getpwuid_r(
        _user: uid_t,
        _entry: *mut c_void,
        _buffer: *mut c_char,
        _length: size_t,
        result: *mut *mut c_void,
    ) -> c_int {
        // SAFETY: the function's contract.
        unsafe { result.write(ptr::null_mut()) };
        ENOSYS
    }
}
