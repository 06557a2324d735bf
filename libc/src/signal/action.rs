//! What a signal does: `sigaction`, `signal` and older ways to say it. POSIX.1-2024 `sigaction`.

use super::*;
use crate::errno::{Errno, Result, returned_status, set_errno};
use crate::seam::{Action, Signals, System};
use core::sync::atomic::{AtomicU64, Ordering};

/// C's `struct sigaction`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct CAction {
    handler: usize,
    mask: CSignalSet,
    flags: c_int,
    restorer: usize,
}

const _: () = assert!(size_of::<CAction>() == 152);

/// Signals whose handlers interrupt system calls, as `siginterrupt` says; used by `signal`.
static INTERRUPTING: AtomicU64 = AtomicU64::new(0);

fn set(signal: c_int, action: Option<&Action>) -> Result<Action> {
    if !is_valid(signal) {
        return Err(Errno::EINVAL);
    }
    System::set_action(signal, action)
}

fn set_handler(signal: c_int, handler: usize, flags: c_ulong, mask: SignalSet) -> usize {
    if handler == SIG_ERR {
        set_errno(crate::errno::EINVAL);
        return SIG_ERR;
    }
    match set(signal, Some(&Action { handler, flags, mask })) {
        Ok(old) => old.handler,
        Err(error) => {
            set_errno(error.0);
            SIG_ERR
        }
    }
}

crate::export! {
    /// Sets and reads what a signal does. POSIX.1-2024 `sigaction`.
    pub unsafe extern "C" fn sigaction(signal: c_int, new: *const CAction, old: *mut CAction) -> c_int {
        // SAFETY: both are null or valid, by the function's contract.
        returned_status(unsafe {
            let action = new.as_ref().map(|new| Action {
                handler: new.handler,
                flags: new.flags as c_uint as c_ulong,
                mask: new.mask.without_internal(),
            });
            set(signal, action.as_ref()).map(|before| {
                if !old.is_null() {
                    old.write(CAction {
                        handler: before.handler,
                        mask: CSignalSet::of(before.mask),
                        flags: before.flags as c_int,
                        restorer: 0,
                    });
                }
            })
        })
    }

    /// Sets a handler that stays set and restarts system calls (BSD); the old one, or SIG_ERR. ISO C `signal`.
    pub unsafe extern "C" fn signal(signal: c_int, handler: usize) -> usize {
        if !is_valid(signal) {
            set_errno(crate::errno::EINVAL);
            return SIG_ERR;
        }
        let restart = if SignalSet(INTERRUPTING.load(Ordering::Relaxed)).contains(signal) { 0 } else { SA_RESTART };
        set_handler(signal, handler, restart, SignalSet::of(signal))
    }

    /// Sets a handler for one signal to come, which interrupts system calls. System V `signal`.
    pub unsafe extern "C" fn sysv_signal(signal: c_int, handler: usize) -> usize {
        set_handler(signal, handler, SA_RESETHAND | SA_NODEFER, SignalSet::EMPTY)
    }

    /// Whether a signal's handler interrupts system calls. POSIX.1-2008 `siginterrupt`.
    pub unsafe extern "C" fn siginterrupt(signal: c_int, interrupt: c_int) -> c_int {
        returned_status(set(signal, None).and_then(|mut action| {
            let bit = SignalSet::of(signal).0;
            if interrupt != 0 {
                INTERRUPTING.fetch_or(bit, Ordering::Relaxed);
                action.flags &= !SA_RESTART;
            } else {
                INTERRUPTING.fetch_and(!bit, Ordering::Relaxed);
                action.flags |= SA_RESTART;
            }
            set(signal, Some(&action)).map(drop)
        }))
    }

    /// Sets a signal to be ignored. POSIX.1-2008 `sigignore`.
    pub unsafe extern "C" fn sigignore(signal: c_int) -> c_int {
        returned_status(set(signal, Some(&Action { handler: SIG_IGN, flags: 0, mask: SignalSet::EMPTY })).map(drop))
    }

    /// Sets a handler, or holds the signal (SIG_HOLD); the old one. POSIX.1-2008 `sigset`.
    pub unsafe extern "C" fn sigset(signal: c_int, handler: usize) -> usize {
        if !is_valid(signal) {
            set_errno(crate::errno::EINVAL);
            return SIG_ERR;
        }
        let own = SignalSet::of(signal);
        let old = if handler == SIG_HOLD {
            set(signal, None).map(|action| action.handler)
        } else {
            set(signal, Some(&Action { handler, flags: 0, mask: SignalSet::EMPTY })).map(|action| action.handler)
        };
        let how = if handler == SIG_HOLD { SIG_BLOCK } else { SIG_UNBLOCK };
        match old.and_then(|old| System::mask(how, Some(&own)).map(|mask| (old, mask))) {
            Ok((_, mask)) if mask.contains(signal) => SIG_HOLD,
            Ok((old, _)) => old,
            Err(error) => {
                set_errno(error.0);
                SIG_ERR
            }
        }
    }
}
crate::alias!(__sigaction = sigaction);
crate::alias!(bsd_signal = signal);
crate::alias!(ssignal = signal);
crate::alias!(__sysv_signal = sysv_signal);
