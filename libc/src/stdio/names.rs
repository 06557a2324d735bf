//! remove, rename, and the terminal's name. ISO C17 7.21.4, POSIX.1-2024.

use crate::errno::{Errno, returned};
use crate::seam::{AT_FDCWD, Names, System};
use crate::types::*;

const AT_REMOVEDIR: c_int = 0x200;

/// The name of the controlling terminal.
const TERMINAL: [u8; 9] = *b"/dev/tty\0";

/// The same for callers that pass no place; the contents never change.
struct TerminalName(core::cell::UnsafeCell<[u8; 9]>);

// SAFETY: the library never writes to it.
unsafe impl Sync for TerminalName {}

static TERMINAL_NAME: TerminalName = TerminalName(core::cell::UnsafeCell::new(TERMINAL));

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

    /// The name of the controlling terminal, in `place` (room for `L_ctermid`) or in memory of the library.
    /// POSIX.1-2024.
    pub unsafe extern "C" fn ctermid(place: *mut c_char) -> *mut c_char {
        if place.is_null() {
            return TERMINAL_NAME.0.get().cast();
        }
        // SAFETY: the caller passes room for L_ctermid bytes.
        unsafe { place.cast::<[u8; 9]>().write_unaligned(TERMINAL) };
        place
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
