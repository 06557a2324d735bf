//! Blocked and pending signals, and waiting for one. POSIX.1-2024 2.4.

use super::*;
use crate::errno::{Errno, Result, returned, returned_status};
use crate::seam::{Signals, System};
use crate::thread::cancel;
use core::ptr;

/// Changes the calling thread's mask and reads the old one.
unsafe fn change(how: c_int, new: *const CSignalSet, old: *mut CSignalSet) -> Result<()> {
    // SAFETY: both are null or valid, by the callers' contracts.
    unsafe {
        let set = new.as_ref().map(CSignalSet::without_internal);
        if set.is_some() && !(SIG_BLOCK..=SIG_SETMASK).contains(&how) {
            return Err(Errno::EINVAL);
        }
        let before = System::mask(how, set.as_ref())?;
        if !old.is_null() {
            old.write(CSignalSet::of(before));
        }
    }
    Ok(())
}

fn change_one(how: c_int, signal: c_int) -> c_int {
    if !is_valid(signal) {
        return returned_status(Err(Errno::EINVAL));
    }
    returned_status(System::mask(how, Some(&SignalSet::of(signal))).map(drop))
}

const SI_USER: c_int = 0;
const SI_TKILL: c_int = -6;

unsafe fn take(set: *const CSignalSet, info: *mut c_void, timeout: *const timespec) -> Result<c_int> {
    // SAFETY: the set is valid, by the callers' contracts.
    let set = unsafe { (*set).without_internal() };
    // SAFETY: as above.
    let taken = cancel::point(|| unsafe { System::wait(&set, info, timeout) })?;
    // `raise` and `pthread_kill` are made of SI_TKILL; who waits hears of a user, as in glibc.
    // SAFETY: null, or the caller's `siginfo_t`, whose third word is the code.
    unsafe {
        let code = info.cast::<c_int>().wrapping_add(2);
        if !info.is_null() && *code == SI_TKILL {
            *code = SI_USER;
        }
    }
    Ok(taken)
}

crate::export! {
    /// Changes and reads the calling thread's mask. POSIX.1-2024 `sigprocmask`.
    pub unsafe extern "C" fn sigprocmask(how: c_int, new: *const CSignalSet, old: *mut CSignalSet) -> c_int {
        // SAFETY: the caller's.
        returned_status(unsafe { change(how, new, old) })
    }

    /// As `sigprocmask`, but returns the error. POSIX.1-2024 `pthread_sigmask`.
    pub unsafe extern "C" fn pthread_sigmask(how: c_int, new: *const CSignalSet, old: *mut CSignalSet) -> c_int {
        // SAFETY: the caller's.
        unsafe { change(how, new, old) }.map_or_else(|error| error.0, |()| 0)
    }

    /// Signals that are pending and blocked. POSIX.1-2024 `sigpending`.
    pub unsafe extern "C" fn sigpending(set: *mut CSignalSet) -> c_int {
        // SAFETY: the set is valid, by the function's contract.
        returned_status(System::pending().map(|pending| unsafe { set.write(CSignalSet::of(pending)) }))
    }

    /// Waits with another mask until a handler has run. POSIX.1-2024 `sigsuspend`.
    pub unsafe extern "C-unwind" fn sigsuspend(set: *const CSignalSet) -> c_int {
        // SAFETY: the set is valid, by the function's contract.
        let mask = unsafe { (*set).without_internal() };
        returned_status(cancel::point(|| System::suspend(&mask)))
    }

    /// Waits until a handler has run. POSIX.1-2024 `pause`.
    pub unsafe extern "C-unwind" fn pause() -> c_int {
        let mask = System::mask(SIG_BLOCK, None);
        returned_status(mask.and_then(|mask| cancel::point(|| System::suspend(&mask))))
    }

    /// Takes a pending signal of a set; returns an error number. POSIX.1-2024 `sigwait`.
    pub unsafe extern "C-unwind" fn sigwait(set: *const CSignalSet, signal: *mut c_int) -> c_int {
        loop {
            // SAFETY: the caller's.
            match unsafe { take(set, ptr::null_mut(), ptr::null()) } {
                Ok(taken) => {
                    // SAFETY: the function's contract.
                    unsafe { signal.write(taken) };
                    return 0;
                }
                Err(Errno::EINTR) => {}
                Err(error) => return error.0,
            }
        }
    }

    /// Takes a pending signal of a set with its information. POSIX.1-2024 `sigwaitinfo`.
    pub unsafe extern "C-unwind" fn sigwaitinfo(set: *const CSignalSet, info: *mut c_void) -> c_int {
        // SAFETY: the caller's.
        returned(unsafe { take(set, info, ptr::null()) })
    }

    /// As `sigwaitinfo`, for at most `timeout`; `EAGAIN` when it is over. POSIX.1-2024 `sigtimedwait`.
    pub unsafe extern "C-unwind" fn sigtimedwait(
        set: *const CSignalSet,
        info: *mut c_void,
        timeout: *const timespec,
    ) -> c_int {
        // SAFETY: the caller's.
        returned(unsafe { take(set, info, timeout) })
    }

    /// Blocks a signal. POSIX.1-2008 `sighold`.
    pub unsafe extern "C" fn sighold(signal: c_int) -> c_int {
        change_one(SIG_BLOCK, signal)
    }

    /// Unblocks a signal. POSIX.1-2008 `sigrelse`.
    pub unsafe extern "C" fn sigrelse(signal: c_int) -> c_int {
        change_one(SIG_UNBLOCK, signal)
    }

    /// Waits with a signal unblocked. POSIX.1-2008 `sigpause` (the X/Open form).
    pub unsafe extern "C-unwind" fn __xpg_sigpause(signal: c_int) -> c_int {
        if !is_valid(signal) {
            return returned_status(Err(Errno::EINVAL));
        }
        let mask = System::mask(SIG_BLOCK, None).map(|mask| SignalSet(mask.0 & !SignalSet::of(signal).0));
        returned_status(mask.and_then(|mask| cancel::point(|| System::suspend(&mask))))
    }

    /// Waits with a mask of the first 32 signals. BSD `sigpause`.
    pub unsafe extern "C-unwind" fn sigpause(mask: c_int) -> c_int {
        let mask = SignalSet(mask as c_uint as u64);
        returned_status(cancel::point(|| System::suspend(&mask)))
    }

    /// Blocks the signals of a mask of the first 32; the old mask. BSD `sigblock`.
    pub unsafe extern "C" fn sigblock(mask: c_int) -> c_int {
        let new = SignalSet(mask as c_uint as u64 & !INTERNAL.0);
        returned(System::mask(SIG_BLOCK, Some(&new)).map(|old| old.0 as c_int))
    }

    /// Sets the mask of the first 32 signals; the old one. BSD `sigsetmask`.
    pub unsafe extern "C" fn sigsetmask(mask: c_int) -> c_int {
        let new = SignalSet(mask as c_uint as u64 & !INTERNAL.0);
        returned(System::mask(SIG_SETMASK, Some(&new)).map(|old| old.0 as c_int))
    }
}
