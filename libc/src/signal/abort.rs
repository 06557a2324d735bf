//! `abort`, and the ends of a program that has broken its own memory.

use super::{SIG_DFL, SIG_SETMASK, SIG_UNBLOCK, SIGABRT};
use crate::lock::RecursiveLock;
use crate::seam::*;
use crate::types::*;

/// Two threads that abort at once: the second waits for the end.
static ABORTING: RecursiveLock = RecursiveLock::new();

/// Ends the process by SIGABRT, whatever the program did with that signal.
pub fn abort_now() -> ! {
    let own = SignalSet::of(SIGABRT);
    let _ = System::mask(SIG_UNBLOCK, Some(&own));
    // A handler may end the program its own way; if it returns, or there is none, go on.
    let _ = super::send::raise_signal(SIGABRT);
    ABORTING.lock();
    let _ = System::mask(SIG_SETMASK, Some(&SignalSet::ALL));
    let _ = System::set_action(
        SIGABRT,
        Some(&Action {
            handler: SIG_DFL,
            flags: 0,
            mask: SignalSet::EMPTY,
        }),
    );
    let _ = super::send::raise_signal(SIGABRT);
    let _ = System::mask(SIG_UNBLOCK, Some(&own));
    System::exit(127)
}

/// Says what was found and aborts.
pub fn abort_with(message: &[u8]) -> ! {
    System::emergency(message);
    abort_now()
}

crate::export! {
    /// Ends the process by SIGABRT. ISO C, POSIX.1-2024 `abort`.
    pub unsafe extern "C-unwind" fn abort() -> ! {
        abort_now()
    }

    /// Called by a function that finds its stack canary overwritten.
    pub unsafe extern "C" fn __stack_chk_fail() -> ! {
        abort_with(b"*** stack smashing detected ***: terminated\n")
    }

    /// Called by a checked function that would write beyond a buffer.
    pub unsafe extern "C" fn __chk_fail() -> ! {
        abort_with(b"*** buffer overflow detected ***: terminated\n")
    }

    /// Says what went wrong and aborts. glibc `__fortify_fail`.
    pub unsafe extern "C" fn __fortify_fail(message: *const c_char) -> ! {
        System::emergency(b"*** ");
        // SAFETY: a string, by the function's contract.
        System::emergency(unsafe { core::ffi::CStr::from_ptr(message) }.to_bytes());
        abort_with(b" ***: terminated\n")
    }
}
