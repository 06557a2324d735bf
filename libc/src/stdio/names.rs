//! remove and rename. ISO C17 7.21.4, POSIX.1-2024.

use crate::errno::{Errno, returned};
use crate::seam::{AT_FDCWD, Names, System};
use crate::types::*;

const AT_REMOVEDIR: c_int = 0x200;

export! {
    /// Removes a name: of a file, or of an empty directory. Returns 0, or -1. ISO C17 7.21.4.1, POSIX.1-2024.
    pub unsafe extern "C" fn remove(path: *const c_char) -> c_int {
        // SAFETY: the caller passes a path; the system checks it once more.
        returned(unsafe {
            match System::unlinkat(AT_FDCWD, path, 0) {
                Err(Errno::EISDIR) => System::unlinkat(AT_FDCWD, path, AT_REMOVEDIR),
                result => result,
            }
            .map(|()| 0)
        })
    }

    /// Renames a file. Returns 0, or -1. ISO C17 7.21.4.2, POSIX.1-2024.
    pub unsafe extern "C" fn rename(old: *const c_char, new: *const c_char) -> c_int {
        // SAFETY: the caller passes paths; the system checks them once more.
        returned(unsafe { System::renameat2(AT_FDCWD, old, AT_FDCWD, new, 0) }.map(|()| 0))
    }

    /// Renames a file, both names relative to directories. Returns 0, or -1. POSIX.1-2024.
    pub unsafe extern "C" fn renameat(old_directory: c_int, old: *const c_char, new_directory: c_int, new: *const c_char) -> c_int {
        // SAFETY: the caller passes paths; the system checks them once more.
        returned(unsafe { System::renameat2(old_directory, old, new_directory, new, 0) }.map(|()| 0))
    }

    /// Renames a file with flags such as RENAME_NOREPLACE. Returns 0, or -1. Linux.
    pub unsafe extern "C" fn renameat2(old_directory: c_int, old: *const c_char, new_directory: c_int, new: *const c_char, flags: c_uint) -> c_int {
        // SAFETY: the caller passes paths; the system checks them once more.
        returned(unsafe { System::renameat2(old_directory, old, new_directory, new, flags) }.map(|()| 0))
    }
}
