//! Signals within the process: sets, actions, masks, sending, alternate stacks, non-local jumps, abort.
//!
//! Signals 32 and 33 are this library's own (cancellation; 33 is kept free as glibc keeps it): programs cannot
//! block, catch or send them by mistake. POSIX.1-2024 2.4.

pub mod abort;
pub mod action;
pub mod context;
pub mod describe;
pub mod event;
pub mod jump;
pub mod mask;
pub mod posix_timers;
pub mod send;
pub mod set;
pub mod timers;

use crate::seam::SignalSet;
use crate::types::*;

/// Abnormal end.
pub const SIGABRT: c_int = 6;
/// Cannot be caught.
pub const SIGKILL: c_int = 9;
/// Cannot be caught.
pub const SIGSTOP: c_int = 19;
/// The highest number, `SIGRTMAX`.
pub const SIGNAL_MAX: c_int = 64;
/// The library's own: a cancellation request.
pub const SIGCANCEL: c_int = 32;
/// The library's own: kept free.
pub const SIGSETXID: c_int = 33;
/// The lowest real-time signal that programs see.
pub const SIGRTMIN: c_int = 34;

/// `SIG_BLOCK`.
pub const SIG_BLOCK: c_int = 0;
/// `SIG_UNBLOCK`.
pub const SIG_UNBLOCK: c_int = 1;
/// `SIG_SETMASK`.
pub const SIG_SETMASK: c_int = 2;

/// `SIG_DFL`.
pub const SIG_DFL: usize = 0;
/// `SIG_IGN`.
pub const SIG_IGN: usize = 1;
/// `SIG_ERR`.
pub const SIG_ERR: usize = usize::MAX;
/// `SIG_HOLD`.
pub const SIG_HOLD: usize = 2;

/// `SA_SIGINFO`.
pub const SA_SIGINFO: c_ulong = 4;
/// `SA_RESTART`.
pub const SA_RESTART: c_ulong = 0x1000_0000;
/// `SA_ONSTACK`.
pub const SA_ONSTACK: c_ulong = 0x0800_0000;
/// `SA_NODEFER`.
pub const SA_NODEFER: c_ulong = 0x4000_0000;
/// `SA_RESETHAND`.
pub const SA_RESETHAND: c_ulong = 0x8000_0000;

/// The library's own signals.
pub const INTERNAL: SignalSet = SignalSet(SignalSet::of(SIGCANCEL).0 | SignalSet::of(SIGSETXID).0);

/// C's `sigset_t`: 1,024 bits, of which the first 64 count.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct CSignalSet {
    /// The words.
    pub words: [c_ulong; 16],
}

impl CSignalSet {
    /// The signals, without the library's own.
    pub fn without_internal(&self) -> SignalSet {
        SignalSet(self.words[0] & !INTERNAL.0)
    }

    /// The set for C.
    pub fn of(set: SignalSet) -> CSignalSet {
        let mut words = [0; 16];
        words[0] = set.0 & !INTERNAL.0;
        CSignalSet { words }
    }
}

/// Whether a signal has no effect on the calling thread: blocked by it, or ignored by the process.
pub fn is_blocked_or_ignored(signal: c_int) -> bool {
    use crate::seam::{Signals, System};
    System::mask(SIG_BLOCK, None).is_ok_and(|mask| mask.contains(signal))
        || System::set_action(signal, None).is_ok_and(|action| action.handler == SIG_IGN)
}

/// Whether a program may name this signal.
pub fn is_valid(signal: c_int) -> bool {
    (1..=SIGNAL_MAX).contains(&signal) && !INTERNAL.contains(signal)
}
