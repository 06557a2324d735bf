//! <net/if.h> and <ifaddrs.h>: the network's interfaces. The system has none yet: names and numbers of interfaces are
//! unknown, and lists of them cannot be had.

use crate::errno::{ENODEV, ENOSYS, ENXIO, set_errno};
use crate::types::*;
use core::ptr;

export! {
    /// The number of an interface: 0 with ENODEV. POSIX.1-2024 `if_nametoindex`.
    pub unsafe extern "C" fn if_nametoindex(_name: *const c_char) -> c_uint {
        set_errno(ENODEV);
        0
    }

    /// The name of an interface: null with ENXIO. POSIX.1-2024 `if_indextoname`.
    pub unsafe extern "C" fn if_indextoname(_index: c_uint, _name: *mut c_char) -> *mut c_char {
        set_errno(ENXIO);
        ptr::null_mut()
    }

    /// All interfaces: null with ENOSYS. POSIX.1-2024 `if_nameindex`.
    pub unsafe extern "C" fn if_nameindex() -> *mut c_void {
        set_errno(ENOSYS);
        ptr::null_mut()
    }

    /// Frees a list of `if_nameindex`, which makes none. POSIX.1-2024 `if_freenameindex`.
    pub unsafe extern "C" fn if_freenameindex(_list: *mut c_void) {}

    /// The addresses of all interfaces: -1 with ENOSYS. BSD `getifaddrs`.
    pub unsafe extern "C" fn getifaddrs(_list: *mut *mut c_void) -> c_int {
        set_errno(ENOSYS);
        -1
    }

    /// Frees a list of `getifaddrs`, which makes none. BSD `freeifaddrs`.
    pub unsafe extern "C" fn freeifaddrs(_list: *mut c_void) {}
}
