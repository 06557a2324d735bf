//! Cancellation: a thread's state and type, requests, and where they take effect.
//!
//! Requests act only inside leaf calls of the system, with no lock of this library held: an exported function
//! that is a cancellation point wraps its one blocking call into `point`. The system ends that call with `EINTR`
//! when a request comes, also when it came just before. POSIX.1-2024 2.9.5.

use crate::errno::{Errno, Result};
use core::cell::Cell;
use core::sync::atomic::{AtomicU32, Ordering};

/// Cancellation is disabled.
pub const DISABLED: u32 = 1;
/// A request acts at once.
pub const ASYNCHRONOUS: u32 = 2;
/// A request is pending.
pub const PENDING: u32 = 4;
/// The thread is ending: requests have no effect any more.
pub const ENDING: u32 = 8;

/// A thread's cancellation state.
#[repr(C)]
pub struct Cancel {
    state: AtomicU32,
    armed: Cell<bool>,
}

impl Cancel {
    /// The state's bits.
    #[inline]
    pub fn load(&self) -> u32 {
        self.state.load(Ordering::Acquire)
    }

    /// Sets bits; the state before.
    pub fn set(&self, bits: u32) -> u32 {
        self.state.fetch_or(bits, Ordering::AcqRel)
    }

    /// Clears bits; the state before.
    pub fn clear(&self, bits: u32) -> u32 {
        self.state.fetch_and(!bits, Ordering::AcqRel)
    }

    /// Puts the state back to that of a new thread.
    pub fn reset(&self) {
        self.state.store(0, Ordering::Relaxed);
        self.armed.set(false);
    }

    /// Whether a request is pending and may act.
    #[inline]
    pub fn requested(&self) -> bool {
        self.load() & (PENDING | DISABLED | ENDING) == PENDING
    }

    /// Whether the system must end the call that the thread makes now when a request comes.
    #[inline]
    pub fn is_armed(&self) -> bool {
        self.armed.get()
    }

    /// Forgets a cancellation point that a signal handler left by a jump.
    pub fn disarm(&self) {
        self.armed.set(false);
    }

    /// The word that holds the state, for the system.
    pub fn word(&self) -> *const u32 {
        self.state.as_ptr()
    }
}

/// Runs one blocking call of the system as a cancellation point. `call` must hold nothing that needs dropping.
#[inline]
pub fn point<T>(call: impl FnOnce() -> Result<T>) -> Result<T> {
    let cancel = &crate::thread::this().cancel;
    let state = cancel.load();
    if state & (PENDING | DISABLED | ENDING) != 0 {
        return point_in_question(cancel, state, call);
    }
    cancel.armed.set(true);
    let result = call();
    cancel.armed.set(false);
    if matches!(result, Err(Errno::EINTR)) && cancel.requested() {
        act();
    }
    result
}

/// Runs one blocking call that a request ends with `EINTR`, without acting on it: for callers that have to put
/// something back first. They look at `requested` afterwards.
#[inline]
pub fn blocking<T>(call: impl FnOnce() -> T) -> T {
    let cancel = &crate::thread::this().cancel;
    if cancel.load() & (DISABLED | ENDING) != 0 {
        return call();
    }
    cancel.armed.set(true);
    let result = call();
    cancel.armed.set(false);
    result
}

#[cold]
fn point_in_question<T>(cancel: &Cancel, state: u32, call: impl FnOnce() -> Result<T>) -> Result<T> {
    if state & (DISABLED | ENDING) == 0 {
        act();
    }
    let _ = cancel;
    call()
}

/// Acts on a pending request if it may. POSIX `pthread_testcancel`.
#[inline]
pub fn test() {
    if crate::thread::this().cancel.requested() {
        act();
    }
}

/// Ends the calling thread as cancelled.
#[cfg(not(test))]
#[cold]
pub fn act() -> ! {
    crate::pthread::exit::cancelled()
}

/// Host unit tests cancel nothing.
#[cfg(test)]
pub fn act() -> ! {
    unreachable!("no request is made in unit tests")
}
