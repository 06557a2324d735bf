//! flockfile and its kin. POSIX.1-2024.

use super::file::File;
use crate::types::c_int;

export! {
    /// Takes a stream's lock; as often as it is taken it must be given back. POSIX.1-2024.
    pub unsafe extern "C" fn flockfile(stream: *mut File) {
        // SAFETY: the caller passes an open stream.
        unsafe { (*(*stream).lock).lock() }
    }

    /// Takes a stream's lock if no other thread has it. 0 if it did. POSIX.1-2024.
    pub unsafe extern "C" fn ftrylockfile(stream: *mut File) -> c_int {
        // SAFETY: the caller passes an open stream.
        unsafe { !(*(*stream).lock).try_lock() as c_int }
    }

    /// Gives a stream's lock back once. POSIX.1-2024.
    pub unsafe extern "C" fn funlockfile(stream: *mut File) {
        // SAFETY: the caller passes an open stream.
        unsafe { (*(*stream).lock).unlock() }
    }
}
alias!(_IO_flockfile = flockfile);
alias!(_IO_ftrylockfile = ftrylockfile);
alias!(_IO_funlockfile = funlockfile);
