//! Limits and use of resources. POSIX.1-2024 `getrlimit`, `getrusage`; Linux's `prlimit`, `sysinfo`.

use crate::errno::returned_status;
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
