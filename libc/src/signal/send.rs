//! Sending signals, and the alternate stack. POSIX.1-2024 `kill`, `raise`, `sigqueue`, `sigaltstack`.

use super::*;
use crate::errno::{Errno, Result, returned_status};
use crate::seam::{Process, Signals, System};
use core::ptr;
use core::sync::atomic::Ordering;

/// C's `siginfo_t`, as far as a sender fills it.
#[repr(C)]
struct Information {
    signal: c_int,
    error: c_int,
    code: c_int,
    padding: c_int,
    process: pid_t,
    user: uid_t,
    value: *mut c_void,
    rest: [u64; 12],
}

const _: () = assert!(size_of::<Information>() == 128);
const SI_QUEUE: c_int = -1;

fn queued(signal: c_int, value: *mut c_void) -> Information {
    Information {
        signal,
        error: 0,
        code: SI_QUEUE,
        padding: 0,
        process: System::pid(),
        user: System::user_ids()[0],
        value,
        rest: [0; 12],
    }
}

/// Sends a signal to the calling thread.
pub fn raise_signal(signal: c_int) -> Result<()> {
    if signal != 0 && !is_valid(signal) {
        return Err(Errno::EINVAL);
    }
    System::kill_thread(crate::thread::this().tid.load(Ordering::Relaxed) as pid_t, signal)
}

/// Sends a signal to a thread that `pthread_kill` has found alive.
pub fn send_to_thread(thread: pid_t, signal: c_int) -> Result<()> {
    if signal != 0 && !is_valid(signal) {
        return Err(Errno::EINVAL);
    }
    System::kill_thread(thread, signal)
}

/// Queues a signal with a value to a thread that has been found alive.
pub fn queue_to_thread(thread: pid_t, signal: c_int, value: *mut c_void) -> Result<()> {
    if !is_valid(signal) {
        return Err(Errno::EINVAL);
    }
    let information = queued(signal, value);
    // SAFETY: the information is a local variable of the system's size.
    unsafe { System::queue_thread(thread, signal, (&raw const information).cast()) }
}

crate::export! {
    /// Sends a signal to a process, a group (negative), its own group (0), or all (-1). POSIX.1-2024 `kill`.
    pub unsafe extern "C" fn kill(process: pid_t, signal: c_int) -> c_int {
        returned_status(System::kill(process, signal))
    }

    /// Sends a signal to a process group; 0 is the caller's. POSIX.1-2024 `killpg`.
    pub unsafe extern "C" fn killpg(group: pid_t, signal: c_int) -> c_int {
        if group < 0 {
            return returned_status(Err(Errno::EINVAL));
        }
        returned_status(System::kill(-group, signal))
    }

    /// Sends a signal to the calling thread. ISO C, POSIX.1-2024 `raise`.
    pub unsafe extern "C" fn raise(signal: c_int) -> c_int {
        returned_status(raise_signal(signal))
    }

    /// Sends a signal to a thread of this process. Linux `tgkill`.
    pub unsafe extern "C" fn tgkill(process: pid_t, thread: pid_t, signal: c_int) -> c_int {
        returned_status(if process <= 0 || thread <= 0 {
            Err(Errno::EINVAL)
        } else if process == System::pid() {
            System::kill_thread(thread, signal)
        } else {
            Err(Errno::ESRCH)
        })
    }

    /// Sends a signal with a value. POSIX.1-2024 `sigqueue`.
    pub unsafe extern "C" fn sigqueue(process: pid_t, signal: c_int, value: *mut c_void) -> c_int {
        let information = queued(signal, value);
        // SAFETY: the information is a local variable of the system's size.
        returned_status(unsafe { System::queue(process, signal, (&raw const information).cast()) })
    }

    /// Sets and reads the alternate signal stack. POSIX.1-2024 `sigaltstack`.
    pub unsafe extern "C" fn sigaltstack(new: *const c_void, old: *mut c_void) -> c_int {
        // SAFETY: both are null or valid, by the function's contract.
        returned_status(unsafe { System::alternate_stack(new, old) })
    }
}
crate::alias!(gsignal = raise);

/// Whether the calling thread runs on its alternate stack.
pub fn on_alternate_stack() -> bool {
    #[repr(C)]
    struct Stack {
        base: *mut c_void,
        flags: c_int,
        length: usize,
    }
    const SS_ONSTACK: c_int = 1;
    let mut stack = Stack {
        base: ptr::null_mut(),
        flags: 0,
        length: 0,
    };
    // SAFETY: a local variable of C's `stack_t` layout.
    let read = unsafe { System::alternate_stack(ptr::null(), (&raw mut stack).cast()) };
    read.is_ok() && stack.flags & SS_ONSTACK != 0
}
