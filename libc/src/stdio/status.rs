//! feof, ferror, clearerr, fileno. ISO C17 7.21.10, POSIX.1-2024.

use super::file::{File, flag, locked};
use crate::errno::{EBADF, set_errno};
use crate::types::c_int;

export! {
    /// Whether the end of the file was met. ISO C17 7.21.10.2.
    pub unsafe extern "C" fn feof(stream: *mut File) -> c_int {
        // SAFETY: the caller passes an open stream.
        unsafe { locked(stream, |file| file.has(flag::END) as c_int) }
    }

    /// Whether an error was met. ISO C17 7.21.10.3.
    pub unsafe extern "C" fn ferror(stream: *mut File) -> c_int {
        // SAFETY: the caller passes an open stream.
        unsafe { locked(stream, |file| file.has(flag::ERROR) as c_int) }
    }

    /// Forgets the end of the file and the error. ISO C17 7.21.10.1.
    pub unsafe extern "C" fn clearerr(stream: *mut File) {
        // SAFETY: the caller passes an open stream.
        unsafe { locked(stream, |file| file.flags &= !(flag::END | flag::ERROR)) }
    }

    /// `feof` by a caller that has the lock. glibc.
    pub unsafe extern "C" fn feof_unlocked(stream: *mut File) -> c_int {
        // SAFETY: the caller passes an open stream that it has locked.
        unsafe { (*stream).has(flag::END) as c_int }
    }

    /// `ferror` by a caller that has the lock. glibc.
    pub unsafe extern "C" fn ferror_unlocked(stream: *mut File) -> c_int {
        // SAFETY: the caller passes an open stream that it has locked.
        unsafe { (*stream).has(flag::ERROR) as c_int }
    }

    /// `clearerr` by a caller that has the lock. glibc.
    pub unsafe extern "C" fn clearerr_unlocked(stream: *mut File) {
        // SAFETY: the caller passes an open stream that it has locked.
        unsafe { (*stream).flags &= !(flag::END | flag::ERROR) }
    }

    /// The descriptor of a stream; -1 with EBADF for one that has none. POSIX.1-2024.
    pub unsafe extern "C" fn fileno(stream: *mut File) -> c_int {
        // SAFETY: the caller passes an open stream.
        let fd = unsafe { (*stream).fileno };
        if fd < 0 {
            set_errno(EBADF);
            return -1;
        }
        fd
    }
}
alias!(fileno_unlocked = fileno);
alias!(_IO_feof = feof);
alias!(_IO_ferror = ferror);
