//! What the system knows of files: `stat` and its family. POSIX.1-2024 <sys/stat.h>, <sys/statvfs.h>.

use crate::errno::{Errno, returned, returned_status};
use crate::seam::*;
use crate::types::*;

const AT_SYMLINK_NOFOLLOW: c_int = 0x100;
const AT_EMPTY_PATH: c_int = 0x1000;

/// C's `struct statfs`.
#[repr(C)]
#[derive(Default)]
struct FileSystem {
    kind: c_long,
    block_size: c_long,
    blocks: u64,
    blocks_free: u64,
    blocks_available: u64,
    files: u64,
    files_free: u64,
    identity: [c_int; 2],
    name_length: c_long,
    fragment_size: c_long,
    flags: c_long,
    spare: [c_long; 4],
}

/// C's `struct statvfs`.
#[repr(C)]
pub struct FileSystemStatus {
    block_size: c_ulong,
    fragment_size: c_ulong,
    blocks: u64,
    blocks_free: u64,
    blocks_available: u64,
    files: u64,
    files_free: u64,
    files_available: u64,
    identity: c_ulong,
    flags: c_ulong,
    name_length: c_ulong,
    spare: [c_int; 6],
}

const _: () = assert!(size_of::<FileSystem>() == 120 && size_of::<FileSystemStatus>() == 112);

impl FileSystemStatus {
    fn of(found: &FileSystem) -> FileSystemStatus {
        const ST_VALID: c_ulong = 0x20;
        FileSystemStatus {
            block_size: found.block_size as c_ulong,
            fragment_size: if found.fragment_size != 0 {
                found.fragment_size
            } else {
                found.block_size
            } as c_ulong,
            blocks: found.blocks,
            blocks_free: found.blocks_free,
            blocks_available: found.blocks_available,
            files: found.files,
            files_free: found.files_free,
            files_available: found.files_free,
            identity: found.identity[0] as c_uint as c_ulong | (found.identity[1] as c_uint as c_ulong) << 32,
            flags: found.flags as c_ulong & !ST_VALID,
            name_length: found.name_length as c_ulong,
            spare: [0; 6],
        }
    }
}

// SAFETY of every block below: pointers are the caller's, and the system checks them.
crate::export! {
    /// A named file's status. POSIX.1-2024 `stat`.
    pub unsafe extern "C" fn stat(path: *const c_char, status: *mut c_void) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::fstatat(AT_FDCWD, path, status, 0) })
    }

    /// A named file's status; of a symbolic link its own. POSIX.1-2024 `lstat`.
    pub unsafe extern "C" fn lstat(path: *const c_char, status: *mut c_void) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::fstatat(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW) })
    }

    /// An open file's status. POSIX.1-2024 `fstat`.
    pub unsafe extern "C" fn fstat(fd: c_int, status: *mut c_void) -> c_int {
        if fd < 0 {
            return returned_status(Err(Errno::EBADF));
        }
        // SAFETY: see above.
        returned_status(unsafe { System::fstatat(fd, c"".as_ptr(), status, AT_EMPTY_PATH) })
    }

    /// Whether an open file is of a kind, an S_IF* constant: 1 or 0. BSD `isfdtype`.
    pub unsafe extern "C" fn isfdtype(fd: c_int, kind: c_int) -> c_int {
        const S_IFMT: u32 = 0o170_000;
        // A `struct stat` of x86-64: 144 bytes, `st_mode` at 24.
        let mut status = [0u32; 36];
        // SAFETY: the buffer has room for the status.
        let found = unsafe { System::fstatat(fd, c"".as_ptr(), status.as_mut_ptr().cast(), AT_EMPTY_PATH) };
        returned(found.map(|()| c_int::from(status[6] & S_IFMT == kind as u32)))
    }

    /// A file's status, relative to a directory. POSIX.1-2024 `fstatat`.
    pub unsafe extern "C" fn fstatat(
        directory: c_int,
        path: *const c_char,
        status: *mut c_void,
        flags: c_int,
    ) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::fstatat(directory, path, status, flags) })
    }

    /// A file's extended status. Linux `statx`.
    pub unsafe extern "C" fn statx(
        directory: c_int,
        path: *const c_char,
        flags: c_int,
        mask: c_uint,
        status: *mut c_void,
    ) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::statx(directory, path, flags, mask, status) })
    }

    /// As `stat`, for programs built before glibc 2.33; the version is 1.
    pub unsafe extern "C" fn __xstat(version: c_int, path: *const c_char, status: *mut c_void) -> c_int {
        if version != 1 {
            return returned_status(Err(Errno::EINVAL));
        }
        // SAFETY: see above.
        unsafe { stat(path, status) }
    }

    /// As `lstat`, for programs built before glibc 2.33.
    pub unsafe extern "C" fn __lxstat(version: c_int, path: *const c_char, status: *mut c_void) -> c_int {
        if version != 1 {
            return returned_status(Err(Errno::EINVAL));
        }
        // SAFETY: see above.
        unsafe { lstat(path, status) }
    }

    /// As `fstat`, for programs built before glibc 2.33.
    pub unsafe extern "C" fn __fxstat(version: c_int, fd: c_int, status: *mut c_void) -> c_int {
        if version != 1 {
            return returned_status(Err(Errno::EINVAL));
        }
        // SAFETY: see above.
        unsafe { fstat(fd, status) }
    }

    /// As `fstatat`, for programs built before glibc 2.33.
    pub unsafe extern "C" fn __fxstatat(
        version: c_int,
        directory: c_int,
        path: *const c_char,
        status: *mut c_void,
        flags: c_int,
    ) -> c_int {
        if version != 1 {
            return returned_status(Err(Errno::EINVAL));
        }
        // SAFETY: see above.
        unsafe { fstatat(directory, path, status, flags) }
    }

    /// A file system's status. Linux `statfs`.
    pub unsafe extern "C" fn statfs(path: *const c_char, status: *mut c_void) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::statfs(path, status) })
    }

    /// The status of an open file's file system. Linux `fstatfs`.
    pub unsafe extern "C" fn fstatfs(fd: c_int, status: *mut c_void) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::fstatfs(fd, status) })
    }

    /// A file system's status. POSIX.1-2024 `statvfs`.
    pub unsafe extern "C" fn statvfs(path: *const c_char, status: *mut FileSystemStatus) -> c_int {
        let mut found = FileSystem::default();
        // SAFETY: see above; `found` has the system's layout.
        returned_status(unsafe {
            System::statfs(path, (&raw mut found).cast()).map(|()| status.write(FileSystemStatus::of(&found)))
        })
    }

    /// The status of an open file's file system. POSIX.1-2024 `fstatvfs`.
    pub unsafe extern "C" fn fstatvfs(fd: c_int, status: *mut FileSystemStatus) -> c_int {
        let mut found = FileSystem::default();
        // SAFETY: see above; `found` has the system's layout.
        returned_status(unsafe {
            System::fstatfs(fd, (&raw mut found).cast()).map(|()| status.write(FileSystemStatus::of(&found)))
        })
    }
}
crate::alias!(stat64 = stat);
crate::alias!(lstat64 = lstat);
crate::alias!(fstat64 = fstat);
crate::alias!(fstatat64 = fstatat);
crate::alias!(__xstat64 = __xstat);
crate::alias!(__lxstat64 = __lxstat);
crate::alias!(__fxstat64 = __fxstat);
crate::alias!(__fxstatat64 = __fxstatat);
crate::alias!(statfs64 = statfs);
crate::alias!(fstatfs64 = fstatfs);
crate::alias!(statvfs64 = statvfs);
crate::alias!(fstatvfs64 = fstatvfs);
