//! Making, renaming and removing names. POSIX.1-2024 `link`, `rename`, `unlink`, `mkdir` and their families.

use crate::errno::{EINVAL, Errno, Result, returned, returned_status, set_errno};
use crate::seam::*;
use crate::types::*;

const AT_REMOVEDIR: c_int = 0x200;
const AT_EACCESS: c_int = 0x200;
const S_IFIFO: mode_t = 0o10000;

/// Removes a file or an empty directory: for `remove`.
///
/// # Safety
/// `path` is the program's string.
pub unsafe fn remove_any(path: *const c_char) -> Result<()> {
    // SAFETY: the caller's.
    unsafe {
        match System::unlinkat(AT_FDCWD, path, 0) {
            Err(Errno::EISDIR | Errno::EPERM) => System::unlinkat(AT_FDCWD, path, AT_REMOVEDIR),
            other => other,
        }
    }
}

// SAFETY of every block below: pointers are the caller's, and the system checks them.
crate::export! {
    /// Removes a name. POSIX.1-2024 `unlink`.
    pub unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::unlinkat(AT_FDCWD, path, 0) })
    }

    /// Removes a name relative to a directory. POSIX.1-2024 `unlinkat`.
    pub unsafe extern "C" fn unlinkat(directory: c_int, path: *const c_char, flags: c_int) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::unlinkat(directory, path, flags) })
    }

    /// Removes an empty directory. POSIX.1-2024 `rmdir`.
    pub unsafe extern "C" fn rmdir(path: *const c_char) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::unlinkat(AT_FDCWD, path, AT_REMOVEDIR) })
    }

    /// Renames relative to directories. POSIX.1-2024 `renameat`.
    pub unsafe extern "C" fn renameat(
        old_directory: c_int,
        old: *const c_char,
        new_directory: c_int,
        new: *const c_char,
    ) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::renameat2(old_directory, old, new_directory, new, 0) })
    }

    /// As `renameat`, with flags. Linux `renameat2`.
    pub unsafe extern "C" fn renameat2(
        old_directory: c_int,
        old: *const c_char,
        new_directory: c_int,
        new: *const c_char,
        flags: c_uint,
    ) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::renameat2(old_directory, old, new_directory, new, flags) })
    }

    /// Makes a second name. POSIX.1-2024 `link`.
    pub unsafe extern "C" fn link(old: *const c_char, new: *const c_char) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::linkat(AT_FDCWD, old, AT_FDCWD, new, 0) })
    }

    /// Makes a second name relative to directories. POSIX.1-2024 `linkat`.
    pub unsafe extern "C" fn linkat(
        old_directory: c_int,
        old: *const c_char,
        new_directory: c_int,
        new: *const c_char,
        flags: c_int,
    ) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::linkat(old_directory, old, new_directory, new, flags) })
    }

    /// Makes a symbolic link. POSIX.1-2024 `symlink`.
    pub unsafe extern "C" fn symlink(target: *const c_char, path: *const c_char) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::symlinkat(target, AT_FDCWD, path) })
    }

    /// Makes a symbolic link relative to a directory. POSIX.1-2024 `symlinkat`.
    pub unsafe extern "C" fn symlinkat(target: *const c_char, directory: c_int, path: *const c_char) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::symlinkat(target, directory, path) })
    }

    /// Reads a symbolic link, without a terminator. POSIX.1-2024 `readlink`.
    pub unsafe extern "C" fn readlink(path: *const c_char, buffer: *mut c_char, length: size_t) -> ssize_t {
        // SAFETY: see above.
        unsafe { readlinkat(AT_FDCWD, path, buffer, length) }
    }

    /// Reads a symbolic link relative to a directory. POSIX.1-2024 `readlinkat`.
    pub unsafe extern "C" fn readlinkat(
        directory: c_int,
        path: *const c_char,
        buffer: *mut c_char,
        length: size_t,
    ) -> ssize_t {
        // SAFETY: see above.
        returned(unsafe { System::readlinkat(directory, path, buffer, length) }.map(|length| length as ssize_t))
    }

    /// Makes a directory. POSIX.1-2024 `mkdir`.
    pub unsafe extern "C" fn mkdir(path: *const c_char, mode: mode_t) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::mkdirat(AT_FDCWD, path, mode) })
    }

    /// Makes a directory relative to a directory. POSIX.1-2024 `mkdirat`.
    pub unsafe extern "C" fn mkdirat(directory: c_int, path: *const c_char, mode: mode_t) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::mkdirat(directory, path, mode) })
    }

    /// Makes a FIFO. POSIX.1-2024 `mkfifo`.
    pub unsafe extern "C" fn mkfifo(path: *const c_char, mode: mode_t) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::mknodat(AT_FDCWD, path, mode | S_IFIFO, 0) })
    }

    /// Makes a FIFO relative to a directory. POSIX.1-2024 `mkfifoat`.
    pub unsafe extern "C" fn mkfifoat(directory: c_int, path: *const c_char, mode: mode_t) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::mknodat(directory, path, mode | S_IFIFO, 0) })
    }

    /// Makes a file, FIFO or device node. POSIX.1-2024 `mknod`.
    pub unsafe extern "C" fn mknod(path: *const c_char, mode: mode_t, device: dev_t) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::mknodat(AT_FDCWD, path, mode, device) })
    }

    /// Makes a file, FIFO or device node relative to a directory. POSIX.1-2024 `mknodat`.
    pub unsafe extern "C" fn mknodat(directory: c_int, path: *const c_char, mode: mode_t, device: dev_t) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::mknodat(directory, path, mode, device) })
    }

    /// Whether the real user may access a file. POSIX.1-2024 `access`.
    pub unsafe extern "C" fn access(path: *const c_char, mode: c_int) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::faccessat(AT_FDCWD, path, mode, 0) })
    }

    /// Whether the effective user may access a file. glibc `euidaccess`.
    pub unsafe extern "C" fn euidaccess(path: *const c_char, mode: c_int) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::faccessat(AT_FDCWD, path, mode, AT_EACCESS) })
    }

    /// Whether a file may be accessed, relative to a directory. POSIX.1-2024 `faccessat`.
    pub unsafe extern "C" fn faccessat(directory: c_int, path: *const c_char, mode: c_int, flags: c_int) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::faccessat(directory, path, mode, flags) })
    }

    /// As `readlink`; ends a program whose buffer is too small. Fortified `readlink`.
    pub unsafe extern "C" fn __readlink_chk(
        path: *const c_char,
        buffer: *mut c_char,
        length: size_t,
        size: size_t,
    ) -> ssize_t {
        // SAFETY: see above.
        unsafe { __readlinkat_chk(AT_FDCWD, path, buffer, length, size) }
    }

    /// As `readlinkat`; ends a program whose buffer is too small. Fortified `readlinkat`.
    pub unsafe extern "C" fn __readlinkat_chk(
        directory: c_int,
        path: *const c_char,
        buffer: *mut c_char,
        length: size_t,
        size: size_t,
    ) -> ssize_t {
        // SAFETY: see above.
        unsafe {
            if length > size {
                crate::signal::abort::__chk_fail();
            }
            readlinkat(directory, path, buffer, length)
        }
    }

    /// As `mknod`, for programs built before glibc 2.33; the version is 0.
    pub unsafe extern "C" fn __xmknod(
        version: c_int,
        path: *const c_char,
        mode: mode_t,
        device: *const dev_t,
    ) -> c_int {
        if version != 0 {
            set_errno(EINVAL);
            return -1;
        }
        // SAFETY: see above.
        unsafe { mknod(path, mode, *device) }
    }
}
crate::alias!(eaccess = euidaccess);
