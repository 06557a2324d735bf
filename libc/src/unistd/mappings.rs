//! Memory mappings. POSIX.1-2024 <sys/mman.h>; Linux's `mremap`, `madvise` and others.

use crate::errno::{Errno, Result, returned, returned_status, set_errno};
use crate::seam::*;
use crate::thread::cancel;
use crate::types::*;
use core::ffi::CStr;

const MAP_FAILED: *mut c_void = core::ptr::without_provenance_mut(usize::MAX);

fn mapped(result: Result<*mut c_void>) -> *mut c_void {
    match result {
        Ok(address) => address,
        Err(error) => {
            set_errno(error.0);
            MAP_FAILED
        }
    }
}

/// The path of a shared memory object.
unsafe fn shared_path(name: *const c_char) -> Result<[u8; 270]> {
    const PREFIX: &[u8] = b"/dev/shm/";
    // SAFETY: the program's string.
    let mut name = unsafe { CStr::from_ptr(name) }.to_bytes();
    while let [b'/', rest @ ..] = name {
        name = rest;
    }
    if name.len() > 255 {
        return Err(Errno::ENAMETOOLONG);
    }
    if name.is_empty() || name.contains(&b'/') || name == b"." || name == b".." {
        return Err(Errno::EINVAL);
    }
    let mut path = [0; 270];
    for (place, byte) in path.iter_mut().zip(PREFIX.iter().chain(name)) {
        *place = *byte;
    }
    Ok(path)
}

// SAFETY of every block below: address ranges are the caller's, and the system checks them.
crate::export! {
    /// Maps memory or a file. POSIX.1-2024 `mmap`.
    pub unsafe extern "C" fn mmap(
        address: *mut c_void,
        length: size_t,
        protection: c_int,
        flags: c_int,
        fd: c_int,
        offset: off_t,
    ) -> *mut c_void {
        // SAFETY: see above.
        mapped(unsafe { System::map(address, length, protection, flags, fd, offset) })
    }

    /// Unmaps pages. POSIX.1-2024 `munmap`.
    pub unsafe extern "C" fn munmap(address: *mut c_void, length: size_t) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::unmap(address, length) })
    }

    /// Changes protection. POSIX.1-2024 `mprotect`.
    pub unsafe extern "C" fn mprotect(address: *mut c_void, length: size_t, protection: c_int) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::protect(address, length, protection) })
    }

    /// Grows, shrinks or moves a mapping; `new_address` counts with MREMAP_FIXED. Linux `mremap`.
    pub unsafe extern "C" fn mremap(
        address: *mut c_void,
        old_length: size_t,
        new_length: size_t,
        flags: c_int,
        new_address: *mut c_void,
    ) -> *mut c_void {
        // SAFETY: see above.
        mapped(unsafe { System::remap(address, old_length, new_length, flags, new_address) })
    }

    /// Writes a shared mapping back. POSIX.1-2024 `msync`.
    pub unsafe extern "C-unwind" fn msync(address: *mut c_void, length: size_t, flags: c_int) -> c_int {
        // SAFETY: see above.
        returned_status(cancel::point(|| unsafe { System::sync_mapping(address, length, flags) }))
    }

    /// Says how memory will be used. Linux `madvise`.
    pub unsafe extern "C" fn madvise(address: *mut c_void, length: size_t, advice: c_int) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::advise(address, length, advice) })
    }

    /// Says how memory will be used; contents never change. Returns an error number. POSIX.1-2024 `posix_madvise`.
    pub unsafe extern "C" fn posix_madvise(address: *mut c_void, length: size_t, advice: c_int) -> c_int {
        if advice == MADV_DONTNEED {
            // The system's advice of that number throws contents away: POSIX's does not.
            return 0;
        }
        // SAFETY: see above.
        unsafe { System::advise(address, length, advice) }.map_or_else(|error| error.0, |()| 0)
    }

    /// Keeps pages in memory. POSIX.1-2024 `mlock`.
    pub unsafe extern "C" fn mlock(address: *const c_void, length: size_t) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::lock(address, length, 0) })
    }

    /// As `mlock`, with flags. Linux `mlock2`.
    pub unsafe extern "C" fn mlock2(address: *const c_void, length: size_t, flags: c_uint) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::lock(address, length, flags as c_int) })
    }

    /// Lets pages leave memory again. POSIX.1-2024 `munlock`.
    pub unsafe extern "C" fn munlock(address: *const c_void, length: size_t) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::unlock(address, length) })
    }

    /// Keeps all pages in memory. POSIX.1-2024 `mlockall`.
    pub unsafe extern "C" fn mlockall(flags: c_int) -> c_int {
        returned_status(System::lock_all(flags))
    }

    /// Lets all pages leave memory. POSIX.1-2024 `munlockall`.
    pub unsafe extern "C" fn munlockall() -> c_int {
        returned_status(System::unlock_all())
    }

    /// Which pages are in memory. BSD, Linux `mincore`.
    pub unsafe extern "C" fn mincore(address: *mut c_void, length: size_t, vector: *mut u8) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::resident(address, length, vector) })
    }

    /// A file in memory without a name. Flags: `MFD_CLOEXEC`, `MFD_ALLOW_SEALING` (no seal can be set). Linux `memfd_create`.
    pub unsafe extern "C" fn memfd_create(name: *const c_char, flags: c_uint) -> c_int {
        // SAFETY: see above.
        returned(unsafe { System::memory_file(name, flags) })
    }

    /// Opens a shared memory object. POSIX.1-2024 `shm_open`.
    pub unsafe extern "C" fn shm_open(name: *const c_char, flags: c_int, mode: mode_t) -> c_int {
        const O_NOFOLLOW: c_int = 0o400000;
        const O_NONBLOCK: c_int = 0o4000;
        let flags = flags | super::descriptors::O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
        // SAFETY: the program's string; the path is terminated.
        crate::errno::returned(unsafe {
            shared_path(name).and_then(|path| System::openat(AT_FDCWD, path.as_ptr().cast(), flags, mode))
        })
    }

    /// Removes a shared memory object. POSIX.1-2024 `shm_unlink`.
    pub unsafe extern "C" fn shm_unlink(name: *const c_char) -> c_int {
        // SAFETY: the program's string; the path is terminated.
        returned_status(unsafe {
            shared_path(name).and_then(|path| System::unlinkat(AT_FDCWD, path.as_ptr().cast(), 0))
        })
    }
}
crate::alias!(mmap64 = mmap);
crate::alias!(__mmap = mmap);
crate::alias!(__munmap = munmap);
crate::alias!(__mprotect = mprotect);
