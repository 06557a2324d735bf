//! Limits and use of resources. POSIX.1-2024 `getrlimit`, `getrusage`; Linux's `prlimit`, `sysinfo`.

use crate::errno::{Errno, returned, returned_status};
use crate::seam::*;
use crate::types::*;
use core::ptr;

// SAFETY of every block below: pointers are the caller's, and the system checks them.
crate::export! {
    /// A limit. POSIX.1-2024 `getrlimit`.
    pub unsafe extern "C" fn getrlimit(resource: c_int, limit: *mut c_void) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::limits(0, resource, ptr::null(), limit) })
    }

    /// Sets a limit. POSIX.1-2024 `setrlimit`.
    pub unsafe extern "C" fn setrlimit(resource: c_int, limit: *const c_void) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::limits(0, resource, limit, ptr::null_mut()) })
    }

    /// The limit of a file's size in blocks of 512 bytes (UL_GETFSIZE), set (UL_SETFSIZE), or of open files. Issue 7 `ulimit`.
    pub unsafe extern "C" fn ulimit(command: c_int, value: c_long) -> c_long {
        const UL_GETFSIZE: c_int = 1;
        const UL_SETFSIZE: c_int = 2;
        const UL_GETOPENMAX: c_int = 4;
        const RLIMIT_FSIZE: c_int = 1;
        const RLIMIT_NOFILE: c_int = 7;
        const BLOCK: u64 = 512;
        let get = |resource: c_int| {
            let mut limit = [0u64; 2];
            // SAFETY: the place has the size of C's `struct rlimit`.
            unsafe { System::limits(0, resource, ptr::null(), limit.as_mut_ptr().cast()) }.map(|()| limit)
        };
        let number = |limit: u64| c_long::try_from(limit).unwrap_or(c_long::MAX);
        let result = match command {
            UL_GETFSIZE => get(RLIMIT_FSIZE).map(|limit| number(limit[0] / BLOCK)),
            UL_SETFSIZE => get(RLIMIT_FSIZE).and_then(|old| {
                let limit = u64::try_from(value).ok().and_then(|value| value.checked_mul(BLOCK)).unwrap_or(u64::MAX);
                let new = [limit, limit.min(old[1])];
                // SAFETY: the place has the size of C's `struct rlimit`.
                unsafe { System::limits(0, RLIMIT_FSIZE, new.as_ptr().cast(), ptr::null_mut()) }.map(|()| value)
            }),
            UL_GETOPENMAX => get(RLIMIT_NOFILE).map(|limit| number(limit[0])),
            _ => Err(Errno::EINVAL),
        };
        returned(result)
    }

    /// Sets and reads a process's limit. Linux `prlimit`.
    pub unsafe extern "C" fn prlimit(
        process: pid_t,
        resource: c_int,
        new: *const c_void,
        old: *mut c_void,
    ) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::limits(process, resource, new, old) })
    }

    /// Resources used. POSIX.1-2024 `getrusage`.
    pub unsafe extern "C" fn getrusage(who: c_int, usage: *mut c_void) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::usage(who, usage) })
    }

    /// Memory and load of the system. Linux `sysinfo`.
    pub unsafe extern "C" fn sysinfo(information: *mut c_void) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::sysinfo(information) })
    }

    /// The size of the descriptor table. BSD `getdtablesize`.
    pub unsafe extern "C" fn getdtablesize() -> c_int {
        open_max() as c_int
    }
}
crate::alias!(getrlimit64 = getrlimit);
crate::alias!(setrlimit64 = setrlimit);
crate::alias!(prlimit64 = prlimit);

/// How many descriptors the process may have open.
pub fn open_max() -> c_long {
    const RLIMIT_NOFILE: c_int = 7;
    let mut limit = [0u64; 2];
    // SAFETY: `limit` has the layout of C's `struct rlimit`.
    match unsafe { System::limits(0, RLIMIT_NOFILE, ptr::null(), limit.as_mut_ptr().cast()) } {
        Ok(()) if limit[0] <= i32::MAX as u64 => limit[0] as c_long,
        Ok(()) => -1,
        Err(_) => 256,
    }
}
