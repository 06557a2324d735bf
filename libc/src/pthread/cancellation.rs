//! Requests to cancel, and a thread's cancellation state and type. POSIX.1-2024 2.9.5.

use super::status;
use crate::errno::{EINVAL, Errno};
use crate::thread::{Thread, cancel, this};
use crate::types::*;

const PTHREAD_CANCEL_ENABLE: c_int = 0;
const PTHREAD_CANCEL_DISABLE: c_int = 1;
const PTHREAD_CANCEL_DEFERRED: c_int = 0;
const PTHREAD_CANCEL_ASYNCHRONOUS: c_int = 1;

#[cfg(not(test))]
mod request {
    use super::*;
    use crate::lock::Lock;
    use crate::pthread::stacks;
    use crate::seam::*;
    use crate::signal::{SA_RESTART, SA_SIGINFO, SIGCANCEL};
    use core::sync::atomic::Ordering;

    /// Where Linux's `ucontext_t` has the instruction pointer, in words.
    const CONTEXT_RIP: usize = 21;

    static HANDLED: Lock<bool> = Lock::new(false);

    /// Runs in the thread that shall end.
    unsafe extern "C-unwind" fn handler(_signal: c_int, _information: *mut c_void, context: *mut usize) {
        let own = &this().cancel;
        if !own.requested() {
            return;
        }
        if own.load() & cancel::ASYNCHRONOUS != 0 {
            cancel::act()
        }
        if own.is_armed() {
            // SAFETY: the system's context of the interrupted instruction, which is put back on return.
            unsafe {
                let instruction = context.add(CONTEXT_RIP);
                if let Some(give_up) = cancelled_instruction(*instruction) {
                    *instruction = give_up;
                }
            }
        }
    }

    /// The lock, for fork.
    pub fn lock() -> &'static crate::lock::RawLock {
        HANDLED.raw()
    }

    fn install() -> crate::errno::Result<()> {
        let mut handled = HANDLED.lock();
        if !*handled {
            System::set_action(
                SIGCANCEL,
                Some(&Action {
                    handler: handler as *const () as usize,
                    flags: SA_SIGINFO | SA_RESTART,
                    mask: SignalSet::EMPTY,
                }),
            )?;
            *handled = true;
        }
        Ok(())
    }

    /// Asks a thread to end.
    pub fn request(thread: *mut Thread) -> crate::errno::Result<()> {
        if thread == crate::thread::current() {
            this().cancel.set(cancel::PENDING);
            if this().cancel.requested() && this().cancel.load() & cancel::ASYNCHRONOUS != 0 {
                cancel::act();
            }
            return Ok(());
        }
        install()?;
        stacks::with_live(thread, |thread| {
            let before = thread.cancel.set(cancel::PENDING);
            if before & (cancel::PENDING | cancel::ENDING) == 0 {
                let tid = thread.tid.load(Ordering::Relaxed);
                if tid != 0 {
                    let _ = System::kill_thread(tid as pid_t, SIGCANCEL);
                }
            }
        })
        .ok_or(Errno::ESRCH)
    }
}

#[cfg(test)]
mod request {
    use super::*;

    /// Host unit tests do not fork.
    pub fn lock() -> &'static crate::lock::RawLock {
        static LOCK: crate::lock::RawLock = crate::lock::RawLock::new();
        &LOCK
    }

    /// Host unit tests cancel nothing.
    pub fn request(_thread: *mut Thread) -> crate::errno::Result<()> {
        Err(Errno::ESRCH)
    }
}

pub use request::lock;

/// Changes one bit of the state; `EINVAL` for a value that is neither of the two.
unsafe fn set(bit: u32, value: c_int, old: *mut c_int) -> c_int {
    let own = &this().cancel;
    let before = match value {
        0 => own.clear(bit),
        1 => own.set(bit),
        _ => return EINVAL,
    };
    // SAFETY: `old` is null or valid, by the callers' contracts.
    unsafe {
        if !old.is_null() {
            old.write((before & bit != 0).into());
        }
    }
    if own.requested() && own.load() & cancel::ASYNCHRONOUS != 0 {
        cancel::act();
    }
    0
}

const _: () = assert!(PTHREAD_CANCEL_ENABLE == 0 && PTHREAD_CANCEL_DISABLE == 1);
const _: () = assert!(PTHREAD_CANCEL_DEFERRED == 0 && PTHREAD_CANCEL_ASYNCHRONOUS == 1);

crate::export! {
    /// Asks a thread to end at its next cancellation point. POSIX.1-2024 `pthread_cancel`.
    pub unsafe extern "C-unwind" fn pthread_cancel(thread: pthread_t) -> c_int {
        status(request::request(core::ptr::with_exposed_provenance_mut(thread as usize)))
    }

    /// Whether requests act on the calling thread. POSIX.1-2024 `pthread_setcancelstate`.
    pub unsafe extern "C-unwind" fn pthread_setcancelstate(state: c_int, old: *mut c_int) -> c_int {
        // SAFETY: the caller's.
        unsafe { set(cancel::DISABLED, state, old) }
    }

    /// Whether requests act at once. POSIX.1-2024 `pthread_setcanceltype`.
    pub unsafe extern "C-unwind" fn pthread_setcanceltype(cancel_type: c_int, old: *mut c_int) -> c_int {
        // SAFETY: the caller's.
        unsafe { set(cancel::ASYNCHRONOUS, cancel_type, old) }
    }

    /// Acts on a pending request. POSIX.1-2024 `pthread_testcancel`.
    pub unsafe extern "C-unwind" fn pthread_testcancel() {
        cancel::test();
    }
}
