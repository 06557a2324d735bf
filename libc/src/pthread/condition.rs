//! Condition variables. POSIX.1-2024 `pthread_cond_wait`.
//!
//! A waiter notes the sequence number under the mutex and sleeps while it is unchanged; each signal changes it.
//! A signal sent by the mutex's owner moves a sleeper straight to the mutex's word: it wakes when the mutex is
//! free, and not before only to find it taken. The waiters' count saves the system calls when nobody waits, and
//! tells destroy when the last one has left.

use super::mutex::{Mutex, Wait};
use super::{deadline, status};
use crate::errno::{EINVAL, Errno, Result};
use crate::lock::Sleep;
use crate::seam::*;
use crate::thread::{cancel, this};
use crate::types::*;
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use trivet_protocols::{Ended, condition as protocol};

/// C's `pthread_cond_t`.
#[repr(C)]
pub struct Condition {
    sequence: AtomicU32,
    /// Threads in the wait; the highest bit: a thread destroys the condition and waits for them to leave.
    waiters: AtomicU32,
    /// The mutex of the threads that wait.
    mutex: AtomicPtr<Mutex>,
    /// `MONOTONIC`, `SHARED`.
    flags: AtomicU32,
    unused: [u32; 7],
}

const _: () = assert!(size_of::<Condition>() == 48);

/// C's `pthread_condattr_t`: bit 0 shared, the clock above it.
#[repr(C)]
pub struct ConditionAttributes {
    value: u32,
}

const SHARED: u32 = 1;
const MONOTONIC: u32 = 2;

impl Condition {
    fn scope(&self) -> Scope {
        super::scope(self.flags.load(Ordering::Relaxed) & SHARED != 0)
    }

    fn clock(&self) -> clockid_t {
        if self.flags.load(Ordering::Relaxed) & MONOTONIC != 0 {
            CLOCK_MONOTONIC
        } else {
            CLOCK_REALTIME
        }
    }

    fn leave(&self) {
        protocol::leave(&self.waiters, &Sleep::among(self.scope()));
    }

    fn wait(&self, mutex: &Mutex, until: Option<Deadline>) -> Result<()> {
        cancel::test();
        let scope = self.scope();
        if scope == Scope::Private {
            self.mutex
                .store(ptr::from_ref(mutex).cast_mut(), Ordering::Relaxed);
        }
        let seen = protocol::enter(&self.sequence, &self.waiters);
        let count = match mutex.unlock_fully() {
            Ok(count) => count,
            Err(error) => {
                self.leave();
                return Err(error);
            }
        };
        let slept = cancel::blocking(|| protocol::sleep(&self.sequence, seen, &Sleep { until, scope }));
        let cancelled = this().cancel.requested() && slept.ended == Ended::Interrupted;
        if cancelled && slept.signalled {
            // This thread may have been the one that a signal woke: pass it on.
            self.signal();
        }
        self.leave();
        let locked = mutex.lock(Wait::Ever, mutex.is_plain_private());
        mutex.restore_count(count);
        if cancelled {
            cancel::act();
        }
        locked?;
        if slept.ended == Ended::TimedOut && !slept.signalled {
            Err(Errno::ETIMEDOUT)
        } else {
            Ok(())
        }
    }

    /// The mutex to which sleepers can be moved: the caller's own, of the plain kind.
    fn own_mutex(&self) -> Option<&Mutex> {
        if self.flags.load(Ordering::Relaxed) & SHARED != 0 {
            return None;
        }
        // SAFETY: threads wait with this mutex, so it is a valid one.
        let mutex = unsafe { self.mutex.load(Ordering::Relaxed).as_ref() }?;
        (mutex.is_plain_private() && mutex.is_own()).then_some(mutex)
    }

    fn signal(&self) {
        self.wake(1);
    }

    fn broadcast(&self) {
        self.wake(u32::MAX);
    }

    /// Moves at most `most` sleepers to the mutex, or wakes them where they cannot be moved.
    fn wake(&self, most: u32) {
        let Some(sequence) = protocol::announce(&self.sequence, &self.waiters) else {
            return;
        };
        if let Some(mutex) = self.own_mutex() {
            mutex.mark_contended();
            if System::futex_requeue(&self.sequence, sequence, 0, most, &mutex.word, Scope::Private).is_ok() {
                return;
            }
        }
        System::futex_wake(&self.sequence, most, self.scope());
    }
}

// SAFETY of every block below: by each function's contract its pointers are valid.
crate::export! {
    /// Makes a condition variable. POSIX.1-2024 `pthread_cond_init`.
    pub unsafe extern "C" fn pthread_cond_init(
        condition: *mut Condition,
        attributes: *const ConditionAttributes,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            condition.write_bytes(0, 1);
            if let Some(attributes) = attributes.as_ref() {
                (*condition).flags.store(attributes.value & (SHARED | MONOTONIC), Ordering::Relaxed);
            }
        }
        0
    }

    /// Ends a condition variable's use, once the threads that were woken have left it. POSIX.1-2024
    /// `pthread_cond_destroy`.
    pub unsafe extern "C" fn pthread_cond_destroy(condition: *mut Condition) -> c_int {
        // SAFETY: see above.
        let condition = unsafe { &*condition };
        protocol::drain(&condition.waiters, &Sleep::among(condition.scope()));
        0
    }

    /// Waits for a signal with the mutex given back meanwhile. POSIX.1-2024 `pthread_cond_wait`.
    pub unsafe extern "C-unwind" fn pthread_cond_wait(condition: *mut Condition, mutex: *mut Mutex) -> c_int {
        // SAFETY: see above.
        status(unsafe { (*condition).wait(&*mutex, None) })
    }

    /// As `pthread_cond_wait`, until a time of the condition's clock. POSIX.1-2024 `pthread_cond_timedwait`.
    pub unsafe extern "C-unwind" fn pthread_cond_timedwait(
        condition: *mut Condition,
        mutex: *mut Mutex,
        time: *const timespec,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { pthread_cond_clockwait(condition, mutex, (*condition).clock(), time) }
    }

    /// As `pthread_cond_wait`, until a time of `clock`. POSIX.1-2024 `pthread_cond_clockwait`.
    pub unsafe extern "C-unwind" fn pthread_cond_clockwait(
        condition: *mut Condition,
        mutex: *mut Mutex,
        clock: clockid_t,
        time: *const timespec,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            match deadline(clock, time) {
                Ok(until) => status((*condition).wait(&*mutex, Some(until))),
                Err(error) => error.0,
            }
        }
    }

    /// Wakes at least one thread that waits. POSIX.1-2024 `pthread_cond_signal`.
    pub unsafe extern "C" fn pthread_cond_signal(condition: *mut Condition) -> c_int {
        // SAFETY: see above.
        unsafe { (*condition).signal() };
        0
    }

    /// Wakes all threads that wait. POSIX.1-2024 `pthread_cond_broadcast`.
    pub unsafe extern "C" fn pthread_cond_broadcast(condition: *mut Condition) -> c_int {
        // SAFETY: see above.
        unsafe { (*condition).broadcast() };
        0
    }

    /// Default attributes. POSIX.1-2024 `pthread_condattr_init`.
    pub unsafe extern "C" fn pthread_condattr_init(attributes: *mut ConditionAttributes) -> c_int {
        // SAFETY: see above.
        unsafe { attributes.write(ConditionAttributes { value: 0 }) };
        0
    }

    /// Nothing is held by attributes. POSIX.1-2024 `pthread_condattr_destroy`.
    pub unsafe extern "C" fn pthread_condattr_destroy(_attributes: *mut ConditionAttributes) -> c_int {
        0
    }

    /// Whether the condition is shared between processes. POSIX.1-2024 `pthread_condattr_getpshared`.
    pub unsafe extern "C" fn pthread_condattr_getpshared(
        attributes: *const ConditionAttributes,
        shared: *mut c_int,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { shared.write(((*attributes).value & SHARED) as c_int) };
        0
    }

    /// Sets whether the condition is shared between processes. POSIX.1-2024 `pthread_condattr_setpshared`.
    pub unsafe extern "C" fn pthread_condattr_setpshared(
        attributes: *mut ConditionAttributes,
        shared: c_int,
    ) -> c_int {
        if !(0..=1).contains(&shared) {
            return EINVAL;
        }
        // SAFETY: see above.
        unsafe { (*attributes).value = (*attributes).value & !SHARED | shared as u32 };
        0
    }

    /// The clock of timed waits. POSIX.1-2024 `pthread_condattr_getclock`.
    pub unsafe extern "C" fn pthread_condattr_getclock(
        attributes: *const ConditionAttributes,
        clock: *mut clockid_t,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            let monotonic = (*attributes).value & MONOTONIC != 0;
            clock.write(if monotonic { CLOCK_MONOTONIC } else { CLOCK_REALTIME });
        }
        0
    }

    /// Sets the clock of timed waits: real-time or monotonic. POSIX.1-2024 `pthread_condattr_setclock`.
    pub unsafe extern "C" fn pthread_condattr_setclock(
        attributes: *mut ConditionAttributes,
        clock: clockid_t,
    ) -> c_int {
        let bit = match clock {
            CLOCK_REALTIME => 0,
            CLOCK_MONOTONIC => MONOTONIC,
            _ => return EINVAL,
        };
        // SAFETY: see above.
        unsafe { (*attributes).value = (*attributes).value & !MONOTONIC | bit };
        0
    }
}
