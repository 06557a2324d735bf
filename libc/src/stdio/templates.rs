//! mkstemp, mkdtemp and their kin: files and directories with a name that nobody can foresee. POSIX.1-2024, glibc.

use super::temporary::{ATTEMPTS, randomise};
use crate::errno::{EINVAL, Errno, Result, returned, set_errno};
use crate::seam::{AT_FDCWD, Files, Names, System};
use crate::string::length::strlen;
use crate::types::*;

const O_RDWR: c_int = 2;
const O_ACCMODE: c_int = 3;
const O_CREAT: c_int = 0o100;
const O_EXCL: c_int = 0o200;

/// Fills the `XXXXXX` before the last `suffix` bytes of a template until `attempt` succeeds with the name. EINVAL for
/// a template without them, EEXIST when no name was free.
unsafe fn try_names<T>(
    template: *mut c_char,
    suffix: c_int,
    mut attempt: impl FnMut(*const c_char) -> Result<T>,
) -> Result<T> {
    // SAFETY: the caller passes a string that may be written.
    let name = unsafe { core::slice::from_raw_parts_mut(template.cast::<u8>(), strlen(template)) };
    let suffix = usize::try_from(suffix).map_err(|_| Errno::EINVAL)?;
    let end = name.len().checked_sub(suffix).ok_or(Errno::EINVAL)?;
    let start = end.checked_sub(6).ok_or(Errno::EINVAL)?;
    if name[start..end] != *b"XXXXXX" {
        return Err(Errno::EINVAL);
    }
    for _ in 0..ATTEMPTS {
        randomise(&mut name[start..end])?;
        match attempt(template) {
            Err(Errno::EEXIST) => (),
            result => return result,
        }
    }
    Err(Errno::EEXIST)
}

/// Opens a new file.
unsafe fn open_new(template: *mut c_char, suffix: c_int, flags: c_int) -> c_int {
    let flags = flags & !O_ACCMODE | O_RDWR | O_CREAT | O_EXCL;
    // SAFETY: the caller passes a string that may be written; the system checks the path once more.
    returned(unsafe {
        try_names(template, suffix, |path| {
            System::openat(AT_FDCWD, path, flags, 0o600)
        })
    })
}

export! {
    /// Opens a new file; its name replaces the template's `XXXXXX`. The descriptor, or -1. POSIX.1-2024.
    pub unsafe extern "C" fn mkstemp(template: *mut c_char) -> c_int {
        // SAFETY: as the caller promises.
        unsafe { open_new(template, 0, 0) }
    }

    /// `mkstemp` with further flags of open. POSIX.1-2024.
    pub unsafe extern "C" fn mkostemp(template: *mut c_char, flags: c_int) -> c_int {
        // SAFETY: as the caller promises.
        unsafe { open_new(template, 0, flags) }
    }

    /// `mkstemp` of a template with a suffix of so many bytes. glibc.
    pub unsafe extern "C" fn mkstemps(template: *mut c_char, suffix: c_int) -> c_int {
        // SAFETY: as the caller promises.
        unsafe { open_new(template, suffix, 0) }
    }

    /// `mkstemps` with further flags of open. glibc.
    pub unsafe extern "C" fn mkostemps(template: *mut c_char, suffix: c_int, flags: c_int) -> c_int {
        // SAFETY: as the caller promises.
        unsafe { open_new(template, suffix, flags) }
    }

    /// Makes a new directory; its name replaces the template's `XXXXXX`. The template, or null. POSIX.1-2024.
    pub unsafe extern "C" fn mkdtemp(template: *mut c_char) -> *mut c_char {
        // SAFETY: as the caller promises; the system checks the path once more.
        returned(unsafe {
            try_names(template, 0, |path| System::mkdirat(AT_FDCWD, path, 0o700)).map(|()| template)
        })
    }

    /// Makes a name that nothing has now; an empty one and `errno` if there is none. POSIX.1-2001.
    pub unsafe extern "C" fn mktemp(template: *mut c_char) -> *mut c_char {
        const F_OK: c_int = 0;
        // SAFETY: as the caller promises; the system checks the path once more.
        unsafe {
            let result = try_names(template, 0, |path| match System::faccessat(AT_FDCWD, path, F_OK, 0) {
                Err(Errno::ENOENT) => Ok(()),
                Err(error) => Err(error),
                Ok(()) => Err(Errno::EEXIST),
            });
            if let Err(error) = result {
                set_errno(if error == Errno::EEXIST { EINVAL } else { error.0 });
                template.write(0);
            }
        }
        template
    }
}
alias!(mkstemp64 = mkstemp);
alias!(mkostemp64 = mkostemp);
alias!(mkstemps64 = mkstemps);
alias!(mkostemps64 = mkostemps);
