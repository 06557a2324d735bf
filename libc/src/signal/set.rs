//! Signal sets: `sigemptyset` and its family. POSIX.1-2024 <signal.h>.

use super::{CSignalSet, INTERNAL, SIGNAL_MAX, SIGRTMIN, is_valid};
use crate::errno::{EINVAL, set_errno};
use crate::types::*;

fn bit(signal: c_int) -> Option<c_ulong> {
    if is_valid(signal) {
        Some(1 << (signal as u32 - 1))
    } else {
        set_errno(EINVAL);
        None
    }
}

// SAFETY of every block below: by each function's contract its sets are valid.
crate::export! {
    /// Makes a set empty. POSIX.1-2024 `sigemptyset`.
    pub unsafe extern "C" fn sigemptyset(set: *mut CSignalSet) -> c_int {
        // SAFETY: see above.
        unsafe { set.write(CSignalSet { words: [0; 16] }) };
        0
    }

    /// Makes a set full. POSIX.1-2024 `sigfillset`.
    pub unsafe extern "C" fn sigfillset(set: *mut CSignalSet) -> c_int {
        let mut words = [c_ulong::MAX; 16];
        words[0] &= !INTERNAL.0;
        // SAFETY: see above.
        unsafe { set.write(CSignalSet { words }) };
        0
    }

    /// Adds a signal. POSIX.1-2024 `sigaddset`.
    pub unsafe extern "C" fn sigaddset(set: *mut CSignalSet, signal: c_int) -> c_int {
        let Some(bit) = bit(signal) else { return -1 };
        // SAFETY: see above.
        unsafe { (*set).words[0] |= bit };
        0
    }

    /// Removes a signal. POSIX.1-2024 `sigdelset`.
    pub unsafe extern "C" fn sigdelset(set: *mut CSignalSet, signal: c_int) -> c_int {
        let Some(bit) = bit(signal) else { return -1 };
        // SAFETY: see above.
        unsafe { (*set).words[0] &= !bit };
        0
    }

    /// Whether a signal is a member: 1, 0, or -1 for a wrong number. POSIX.1-2024 `sigismember`.
    pub unsafe extern "C" fn sigismember(set: *const CSignalSet, signal: c_int) -> c_int {
        let Some(bit) = bit(signal) else { return -1 };
        // SAFETY: see above.
        (unsafe { (*set).words[0] } & bit != 0).into()
    }

    /// Whether a set is empty. glibc `sigisemptyset`.
    pub unsafe extern "C" fn sigisemptyset(set: *const CSignalSet) -> c_int {
        // SAFETY: see above.
        (unsafe { (*set).words[0] } == 0).into()
    }

    /// What two sets have in common. glibc `sigandset`.
    pub unsafe extern "C" fn sigandset(
        to: *mut CSignalSet,
        left: *const CSignalSet,
        right: *const CSignalSet,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            let words = core::array::from_fn(|index| (*left).words[index] & (*right).words[index]);
            to.write(CSignalSet { words });
        }
        0
    }

    /// What either of two sets has. glibc `sigorset`.
    pub unsafe extern "C" fn sigorset(
        to: *mut CSignalSet,
        left: *const CSignalSet,
        right: *const CSignalSet,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            let words = core::array::from_fn(|index| (*left).words[index] | (*right).words[index]);
            to.write(CSignalSet { words });
        }
        0
    }

    /// The lowest real-time signal: the macro SIGRTMIN.
    pub unsafe extern "C" fn __libc_current_sigrtmin() -> c_int {
        SIGRTMIN
    }

    /// The highest real-time signal: the macro SIGRTMAX.
    pub unsafe extern "C" fn __libc_current_sigrtmax() -> c_int {
        SIGNAL_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_hold_what_was_added_and_never_the_librarys_own() {
        let mut set = CSignalSet { words: [1; 16] };
        // SAFETY: a set of the test.
        unsafe {
            sigemptyset(&mut set);
            assert_eq!(sigisemptyset(&set), 1);
            for signal in [1, 15, 31, 34, 64] {
                assert_eq!(sigaddset(&mut set, signal), 0);
                assert_eq!(sigismember(&set, signal), 1);
            }
            for signal in [-1, 0, 32, 33, 65, i32::MAX] {
                assert_eq!(sigaddset(&mut set, signal), -1);
                assert_eq!(sigismember(&set, signal), -1);
            }
            assert_eq!(sigdelset(&mut set, 15), 0);
            assert_eq!(sigismember(&set, 15), 0);
            sigfillset(&mut set);
            assert_eq!(set.without_internal().0, set.words[0]);
            assert_eq!(set.words[0], !INTERNAL.0);
        }
    }
}
