//! Joining and detaching threads, signals to one thread. POSIX.1-2024 `pthread_join`, `pthread_kill`.

use super::create::{DETACHED, ENDED, JOINABLE};
use super::{deadline, own_tid, stacks, status};
use crate::errno::{EINVAL, ESRCH, Errno, Result};
use crate::seam::*;
use crate::signal::send;
use crate::thread::{Thread, cancel};
use crate::types::*;
use core::ptr;
use core::sync::atomic::Ordering;

fn pointer(thread: pthread_t) -> *mut Thread {
    ptr::with_exposed_provenance_mut(thread as usize)
}

/// How long to wait.
enum Wait {
    /// For ever.
    Ever,
    /// Until then.
    Until(Deadline),
    /// Not at all.
    Not,
}

/// Waits until a thread is gone and takes its result.
unsafe fn join(thread: *mut Thread, wait: Wait) -> Result<*mut c_void> {
    let own = crate::thread::current();
    if thread.is_null() {
        return Err(Errno::ESRCH);
    }
    // SAFETY: a joinable thread's block stays until it has been joined, by the function's contract.
    unsafe {
        let target = &*thread;
        if target.detach.load(Ordering::Acquire) == DETACHED {
            return Err(Errno::EINVAL);
        }
        if thread == own || (*own).joiner.load(Ordering::Acquire) == thread {
            return Err(Errno::EDEADLK);
        }
        if matches!(wait, Wait::Not) && target.tid.load(Ordering::Acquire) != 0 {
            return Err(Errno::EBUSY);
        }
        if target
            .joiner
            .compare_exchange(ptr::null_mut(), own, Ordering::AcqRel, Ordering::Acquire)
            .is_err()
        {
            return Err(Errno::EINVAL);
        }
        let until = if let Wait::Until(until) = wait {
            Some(until)
        } else {
            None
        };
        loop {
            let tid = target.tid.load(Ordering::Acquire);
            if tid == 0 {
                break;
            }
            match wait_for_word(target, tid, until) {
                Err(Errno::ETIMEDOUT) => {
                    target.joiner.store(ptr::null_mut(), Ordering::Release);
                    return Err(Errno::ETIMEDOUT);
                }
                _ => continue,
            }
        }
        let result = target.result.get();
        stacks::release(thread);
        Ok(result)
    }
}

/// Waits on the thread's number; a cancellation point that gives the thread up before it acts.
unsafe fn wait_for_word(target: &Thread, tid: u32, until: Option<Deadline>) -> Result<()> {
    let state = &crate::thread::this().cancel;
    if state.requested() {
        target.joiner.store(ptr::null_mut(), Ordering::Release);
        cancel::test();
    }
    // The system clears the word for any process that maps it: the shared form.
    let result = cancel::blocking(|| System::futex_wait(&target.tid, tid, until, Scope::Shared));
    if state.requested() {
        target.joiner.store(ptr::null_mut(), Ordering::Release);
        cancel::test();
    }
    result
}

unsafe fn join_into(thread: pthread_t, result: *mut *mut c_void, wait: Wait) -> c_int {
    // SAFETY: the callers'.
    unsafe {
        match join(pointer(thread), wait) {
            Ok(value) => {
                if !result.is_null() {
                    result.write(value);
                }
                0
            }
            Err(error) => error.0,
        }
    }
}

/// Has a thread give its stack back itself when it ends.
pub fn detach(thread: *mut Thread) -> c_int {
    // SAFETY: a thread that its maker alone knows.
    unsafe { pthread_detach(thread.expose_provenance() as pthread_t) }
}

crate::export! {
    /// Waits for a thread's end. POSIX.1-2024 `pthread_join`.
    pub unsafe extern "C-unwind" fn pthread_join(thread: pthread_t, result: *mut *mut c_void) -> c_int {
        // SAFETY: the caller's.
        unsafe { join_into(thread, result, Wait::Ever) }
    }

    /// Joins a thread that has ended; `EBUSY` otherwise. glibc `pthread_tryjoin_np`.
    pub unsafe extern "C" fn pthread_tryjoin_np(thread: pthread_t, result: *mut *mut c_void) -> c_int {
        // SAFETY: the caller's.
        unsafe { join_into(thread, result, Wait::Not) }
    }

    /// Waits for a thread's end until a time of the real-time clock. glibc `pthread_timedjoin_np`.
    pub unsafe extern "C-unwind" fn pthread_timedjoin_np(
        thread: pthread_t,
        result: *mut *mut c_void,
        time: *const timespec,
    ) -> c_int {
        // SAFETY: the caller's.
        unsafe { pthread_clockjoin_np(thread, result, CLOCK_REALTIME, time) }
    }

    /// Waits for a thread's end until a time of `clock`. glibc `pthread_clockjoin_np`.
    pub unsafe extern "C-unwind" fn pthread_clockjoin_np(
        thread: pthread_t,
        result: *mut *mut c_void,
        clock: clockid_t,
        time: *const timespec,
    ) -> c_int {
        // SAFETY: the caller's.
        unsafe {
            if time.is_null() {
                return join_into(thread, result, Wait::Ever);
            }
            match deadline(clock, time) {
                Ok(until) => join_into(thread, result, Wait::Until(until)),
                Err(error) => error.0,
            }
        }
    }

    /// Nobody will join the thread: its memory goes with it. POSIX.1-2024 `pthread_detach`.
    pub unsafe extern "C" fn pthread_detach(thread: pthread_t) -> c_int {
        let thread = pointer(thread);
        if thread.is_null() {
            return ESRCH;
        }
        // SAFETY: a joinable thread's block stays until it has been joined or detached.
        unsafe {
            let detach = &(*thread).detach;
            match detach.compare_exchange(JOINABLE, DETACHED, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => 0,
                Err(ENDED) => {
                    detach.store(DETACHED, Ordering::Relaxed);
                    stacks::release(thread);
                    0
                }
                Err(_) => EINVAL,
            }
        }
    }

    /// Sends a signal to a thread. POSIX.1-2024 `pthread_kill`.
    pub unsafe extern "C" fn pthread_kill(thread: pthread_t, signal: c_int) -> c_int {
        let thread = pointer(thread);
        if thread == crate::thread::current() {
            return status(send::send_to_thread(own_tid() as pid_t, signal));
        }
        let sent = stacks::with_live(thread, |thread| match thread.tid.load(Ordering::Acquire) {
            // It has ended and is not yet joined: nothing to do, as POSIX.1-2024 has it.
            0 => Ok(()),
            tid => match send::send_to_thread(tid as pid_t, signal) {
                Err(Errno::ESRCH) => Ok(()),
                other => other,
            },
        });
        status(sent.unwrap_or(Err(Errno::ESRCH)))
    }

    /// Sends a signal with a value to a thread. glibc `pthread_sigqueue`.
    pub unsafe extern "C" fn pthread_sigqueue(thread: pthread_t, signal: c_int, value: *mut c_void) -> c_int {
        let sent = stacks::with_live(pointer(thread), |thread| {
            send::queue_to_thread(thread.tid.load(Ordering::Acquire) as pid_t, signal, value)
        });
        status(sent.unwrap_or(Err(Errno::ESRCH)))
    }
}
