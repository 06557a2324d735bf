//! Reader-writer locks. POSIX.1-2024 `pthread_rwlock_rdlock`.
//!
//! One word counts readers or says that a writer has the lock, with a bit each for waiting readers and writers;
//! a second word is what writers sleep on. By default readers go ahead of waiting writers, so that a thread
//! may take a read lock again; PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP turns that round.

use super::{deadline, own_tid, status};
use crate::errno::{EINVAL, Errno, Result};
use crate::seam::*;
use crate::types::*;
use core::sync::atomic::{AtomicI32, AtomicU8, AtomicU32, Ordering};

/// C's `pthread_rwlock_t`. The static initialisers set `preference` alone.
#[repr(C)]
pub struct RwLock {
    state: AtomicU32,
    /// Changes whenever a writer may go on.
    writer_news: AtomicU32,
    unused: [u32; 4],
    writer: AtomicU32,
    shared: AtomicU32,
    elision: AtomicU8,
    padding: [u8; 7],
    more_unused: u64,
    preference: AtomicI32,
}

const _: () = assert!(size_of::<RwLock>() == 56 && core::mem::offset_of!(RwLock, preference) == 48);

/// C's `pthread_rwlockattr_t`.
#[repr(C)]
pub struct RwLockAttributes {
    preference: c_int,
    shared: c_int,
}

const PREFER_WRITER_NONRECURSIVE: c_int = 2;

/// The count of readers, or `WRITTEN`.
const HOLDERS: u32 = 0x3fff_ffff;
/// A writer has the lock.
const WRITTEN: u32 = HOLDERS;
const MOST_READERS: u32 = HOLDERS - 1;
const READERS_WAIT: u32 = 1 << 30;
const WRITERS_WAIT: u32 = 1 << 31;

impl RwLock {
    fn scope(&self) -> Scope {
        super::scope(self.shared.load(Ordering::Relaxed) != 0)
    }

    /// Whether a reader may enter now.
    fn is_readable(&self, state: u32) -> bool {
        let writers_first = self.preference.load(Ordering::Relaxed) == PREFER_WRITER_NONRECURSIVE;
        state & HOLDERS < MOST_READERS && !(writers_first && state & WRITERS_WAIT != 0)
    }

    fn try_read(&self) -> Result<()> {
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            if state & HOLDERS == MOST_READERS {
                return Err(Errno::EAGAIN);
            }
            if !self.is_readable(state) {
                return Err(Errno::EBUSY);
            }
            match self
                .state
                .compare_exchange_weak(state, state + 1, Ordering::Acquire, Ordering::Relaxed)
            {
                Ok(_) => return Ok(()),
                Err(now) => state = now,
            }
        }
    }

    fn read(&self, until: Option<Deadline>) -> Result<()> {
        loop {
            match self.try_read() {
                Err(Errno::EBUSY) => {}
                other => return other,
            }
            if self.writer.load(Ordering::Relaxed) == own_tid() {
                return Err(Errno::EDEADLK);
            }
            let state = self.state.load(Ordering::Relaxed);
            if self.is_readable(state) || state & HOLDERS == MOST_READERS {
                continue;
            }
            let marked = state | READERS_WAIT;
            if state != marked
                && self
                    .state
                    .compare_exchange(state, marked, Ordering::Relaxed, Ordering::Relaxed)
                    .is_err()
            {
                continue;
            }
            if let Err(Errno::ETIMEDOUT) = System::futex_wait(&self.state, marked, until, self.scope()) {
                return Err(Errno::ETIMEDOUT);
            }
        }
    }

    fn try_write(&self) -> Result<()> {
        let mut state = self.state.load(Ordering::Relaxed);
        while state & HOLDERS == 0 {
            match self.state.compare_exchange_weak(
                state,
                state | WRITTEN,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => {
                    self.writer.store(own_tid(), Ordering::Relaxed);
                    return Ok(());
                }
                Err(now) => state = now,
            }
        }
        Err(Errno::EBUSY)
    }

    fn write(&self, until: Option<Deadline>) -> Result<()> {
        // Once this thread has slept, others may sleep too: it keeps their mark.
        let mut others = 0;
        loop {
            let state = self.state.load(Ordering::Relaxed);
            if state & HOLDERS == 0 {
                let new = state | WRITTEN | others;
                if self
                    .state
                    .compare_exchange(state, new, Ordering::Acquire, Ordering::Relaxed)
                    .is_ok()
                {
                    self.writer.store(own_tid(), Ordering::Relaxed);
                    return Ok(());
                }
                continue;
            }
            if self.writer.load(Ordering::Relaxed) == own_tid() {
                return Err(Errno::EDEADLK);
            }
            if state & WRITERS_WAIT == 0
                && self
                    .state
                    .compare_exchange(state, state | WRITERS_WAIT, Ordering::Relaxed, Ordering::Relaxed)
                    .is_err()
            {
                continue;
            }
            others = WRITERS_WAIT;
            let news = self.writer_news.load(Ordering::Acquire);
            // The lock may have become free since: then whoever freed it has changed, or will change, the news.
            let state = self.state.load(Ordering::Relaxed);
            if state & HOLDERS == 0 || state & WRITERS_WAIT == 0 {
                continue;
            }
            if let Err(Errno::ETIMEDOUT) = System::futex_wait(&self.writer_news, news, until, self.scope()) {
                // Readers may wait for this writer only: let them look again.
                self.wake_after_timeout();
                return Err(Errno::ETIMEDOUT);
            }
        }
    }

    /// A writer gives up: the mark may have been its own. Everybody who sleeps looks again and marks anew.
    fn wake_after_timeout(&self) {
        let state = self
            .state
            .fetch_and(!(WRITERS_WAIT | READERS_WAIT), Ordering::AcqRel);
        self.writer_news.fetch_add(1, Ordering::Release);
        System::futex_wake(&self.writer_news, u32::MAX, self.scope());
        if state & READERS_WAIT != 0 {
            System::futex_wake(&self.state, u32::MAX, self.scope());
        }
    }

    fn unlock(&self) -> Result<()> {
        let scope = self.scope();
        let mut state = self.state.load(Ordering::Relaxed);
        if state & HOLDERS == WRITTEN {
            if self.writer.load(Ordering::Relaxed) != own_tid() {
                return Err(Errno::EPERM);
            }
            self.writer.store(0, Ordering::Relaxed);
            state = self.state.fetch_and(!HOLDERS, Ordering::Release) & !HOLDERS;
        } else if state & HOLDERS == 0 {
            return Err(Errno::EPERM);
        } else {
            state = self.state.fetch_sub(1, Ordering::Release) - 1;
        }
        if state & HOLDERS == 0 && state & (READERS_WAIT | WRITERS_WAIT) != 0 {
            self.wake(state, scope);
        }
        Ok(())
    }

    /// The lock has become free with waiters: wakes one writer if there is one, and the readers when they go
    /// first or no writer slept. Ends when somebody else has taken the lock, who will do this in turn.
    #[cold]
    fn wake(&self, mut state: u32, scope: Scope) {
        let writers_first = self.preference.load(Ordering::Relaxed) == PREFER_WRITER_NONRECURSIVE;
        while state & HOLDERS == 0 && state & (READERS_WAIT | WRITERS_WAIT) != 0 {
            let readers = state & READERS_WAIT != 0;
            let writers = state & WRITERS_WAIT != 0;
            let woken = if writers && (writers_first || !readers) {
                WRITERS_WAIT
            } else {
                READERS_WAIT
            };
            if let Err(now) =
                self.state
                    .compare_exchange(state, state & !woken, Ordering::Relaxed, Ordering::Relaxed)
            {
                state = now;
                continue;
            }
            if woken == WRITERS_WAIT {
                // A writer that wakes sets the mark again for those who sleep on.
                self.writer_news.fetch_add(1, Ordering::Release);
                if System::futex_wake(&self.writer_news, 1, scope) > 0 {
                    return;
                }
            } else {
                System::futex_wake(&self.state, u32::MAX, scope);
            }
            state = self.state.load(Ordering::Relaxed);
        }
    }
}

/// Runs a timed form: a time that is wrong matters only to who must wait.
unsafe fn timed(
    attempt: impl FnOnce() -> Result<()>,
    wait: impl FnOnce(Deadline) -> Result<()>,
    clock: clockid_t,
    time: *const timespec,
) -> c_int {
    match attempt() {
        Err(Errno::EBUSY) => {}
        other => return status(other),
    }
    // SAFETY: the callers' time is valid.
    status(unsafe { deadline(clock, time) }.and_then(wait))
}

// SAFETY of every block below: by each function's contract its pointers are valid.
crate::export! {
    /// Makes a lock. POSIX.1-2024 `pthread_rwlock_init`.
    pub unsafe extern "C" fn pthread_rwlock_init(lock: *mut RwLock, attributes: *const RwLockAttributes) -> c_int {
        // SAFETY: see above.
        unsafe {
            lock.write_bytes(0, 1);
            if let Some(attributes) = attributes.as_ref() {
                (*lock).preference.store(attributes.preference, Ordering::Relaxed);
                (*lock).shared.store(attributes.shared as u32, Ordering::Relaxed);
            }
        }
        0
    }

    /// Ends a lock's use. POSIX.1-2024 `pthread_rwlock_destroy`.
    pub unsafe extern "C" fn pthread_rwlock_destroy(_lock: *mut RwLock) -> c_int {
        0
    }

    /// Takes a lock for reading. POSIX.1-2024 `pthread_rwlock_rdlock`.
    pub unsafe extern "C" fn pthread_rwlock_rdlock(lock: *mut RwLock) -> c_int {
        // SAFETY: see above.
        status(unsafe { (*lock).read(None) })
    }

    /// Takes a lock for reading if that needs no wait. POSIX.1-2024 `pthread_rwlock_tryrdlock`.
    pub unsafe extern "C" fn pthread_rwlock_tryrdlock(lock: *mut RwLock) -> c_int {
        // SAFETY: see above.
        status(unsafe { (*lock).try_read() })
    }

    /// Takes a lock for reading until a time of the real-time clock. POSIX.1-2024 `pthread_rwlock_timedrdlock`.
    pub unsafe extern "C" fn pthread_rwlock_timedrdlock(lock: *mut RwLock, time: *const timespec) -> c_int {
        // SAFETY: see above.
        unsafe { pthread_rwlock_clockrdlock(lock, CLOCK_REALTIME, time) }
    }

    /// Takes a lock for reading until a time of `clock`. POSIX.1-2024 `pthread_rwlock_clockrdlock`.
    pub unsafe extern "C" fn pthread_rwlock_clockrdlock(
        lock: *mut RwLock,
        clock: clockid_t,
        time: *const timespec,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            let lock = &*lock;
            timed(|| lock.try_read(), |until| lock.read(Some(until)), clock, time)
        }
    }

    /// Takes a lock for writing. POSIX.1-2024 `pthread_rwlock_wrlock`.
    pub unsafe extern "C" fn pthread_rwlock_wrlock(lock: *mut RwLock) -> c_int {
        // SAFETY: see above.
        status(unsafe { (*lock).write(None) })
    }

    /// Takes a lock for writing if that needs no wait. POSIX.1-2024 `pthread_rwlock_trywrlock`.
    pub unsafe extern "C" fn pthread_rwlock_trywrlock(lock: *mut RwLock) -> c_int {
        // SAFETY: see above.
        status(unsafe { (*lock).try_write() })
    }

    /// Takes a lock for writing until a time of the real-time clock. POSIX.1-2024 `pthread_rwlock_timedwrlock`.
    pub unsafe extern "C" fn pthread_rwlock_timedwrlock(lock: *mut RwLock, time: *const timespec) -> c_int {
        // SAFETY: see above.
        unsafe { pthread_rwlock_clockwrlock(lock, CLOCK_REALTIME, time) }
    }

    /// Takes a lock for writing until a time of `clock`. POSIX.1-2024 `pthread_rwlock_clockwrlock`.
    pub unsafe extern "C" fn pthread_rwlock_clockwrlock(
        lock: *mut RwLock,
        clock: clockid_t,
        time: *const timespec,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            let lock = &*lock;
            timed(|| lock.try_write(), |until| lock.write(Some(until)), clock, time)
        }
    }

    /// Gives a lock back. POSIX.1-2024 `pthread_rwlock_unlock`.
    pub unsafe extern "C" fn pthread_rwlock_unlock(lock: *mut RwLock) -> c_int {
        // SAFETY: see above.
        status(unsafe { (*lock).unlock() })
    }

    /// Default attributes. POSIX.1-2024 `pthread_rwlockattr_init`.
    pub unsafe extern "C" fn pthread_rwlockattr_init(attributes: *mut RwLockAttributes) -> c_int {
        // SAFETY: see above.
        unsafe { attributes.write(RwLockAttributes { preference: 0, shared: 0 }) };
        0
    }

    /// Nothing is held by attributes. POSIX.1-2024 `pthread_rwlockattr_destroy`.
    pub unsafe extern "C" fn pthread_rwlockattr_destroy(_attributes: *mut RwLockAttributes) -> c_int {
        0
    }

    /// Whether the lock is shared between processes. POSIX.1-2024 `pthread_rwlockattr_getpshared`.
    pub unsafe extern "C" fn pthread_rwlockattr_getpshared(
        attributes: *const RwLockAttributes,
        shared: *mut c_int,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { shared.write((*attributes).shared) };
        0
    }

    /// Sets whether the lock is shared between processes. POSIX.1-2024 `pthread_rwlockattr_setpshared`.
    pub unsafe extern "C" fn pthread_rwlockattr_setpshared(
        attributes: *mut RwLockAttributes,
        shared: c_int,
    ) -> c_int {
        if !(0..=1).contains(&shared) {
            return EINVAL;
        }
        // SAFETY: see above.
        unsafe { (*attributes).shared = shared };
        0
    }

    /// Who goes first. glibc `pthread_rwlockattr_getkind_np`.
    pub unsafe extern "C" fn pthread_rwlockattr_getkind_np(
        attributes: *const RwLockAttributes,
        preference: *mut c_int,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { preference.write((*attributes).preference) };
        0
    }

    /// Sets who goes first. glibc `pthread_rwlockattr_setkind_np`.
    pub unsafe extern "C" fn pthread_rwlockattr_setkind_np(
        attributes: *mut RwLockAttributes,
        preference: c_int,
    ) -> c_int {
        if !(0..=PREFER_WRITER_NONRECURSIVE).contains(&preference) {
            return EINVAL;
        }
        // SAFETY: see above.
        unsafe { (*attributes).preference = preference };
        0
    }
}
crate::alias!(__pthread_rwlock_init = pthread_rwlock_init);
crate::alias!(__pthread_rwlock_destroy = pthread_rwlock_destroy);
crate::alias!(__pthread_rwlock_rdlock = pthread_rwlock_rdlock);
crate::alias!(__pthread_rwlock_tryrdlock = pthread_rwlock_tryrdlock);
crate::alias!(__pthread_rwlock_wrlock = pthread_rwlock_wrlock);
crate::alias!(__pthread_rwlock_trywrlock = pthread_rwlock_trywrlock);
crate::alias!(__pthread_rwlock_unlock = pthread_rwlock_unlock);

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::AtomicU64;
    use std::vec::Vec;

    fn lock(preference: c_int) -> RwLock {
        // SAFETY: zeros are a free lock.
        let lock: RwLock = unsafe { core::mem::zeroed() };
        lock.preference.store(preference, Ordering::Relaxed);
        lock
    }

    #[test]
    fn readers_share_and_writers_exclude() {
        for preference in [0, 2] {
            let lock = Arc::new(lock(preference));
            let value = Arc::new((AtomicU64::new(0), AtomicU64::new(0)));
            let threads: Vec<_> = (0..6)
                .map(|number| {
                    let (lock, value) = (lock.clone(), value.clone());
                    std::thread::spawn(move || {
                        for _ in 0..3_000 {
                            if number % 3 == 0 {
                                lock.write(None).unwrap();
                                let now = value.0.load(Ordering::Relaxed);
                                std::hint::spin_loop();
                                value.0.store(now + 1, Ordering::Relaxed);
                                value.1.store(now + 1, Ordering::Relaxed);
                            } else {
                                lock.read(None).unwrap();
                                assert_eq!(value.0.load(Ordering::Relaxed), value.1.load(Ordering::Relaxed));
                            }
                            lock.unlock().unwrap();
                        }
                    })
                })
                .collect();
            for thread in threads {
                thread.join().unwrap();
            }
            assert_eq!(value.0.load(Ordering::Relaxed), 6_000);
            assert_eq!(lock.state.load(Ordering::Relaxed) & HOLDERS, 0);
        }
    }

    #[test]
    fn a_writer_that_asks_again_is_told_of_the_deadlock() {
        let lock = lock(0);
        lock.write(None).unwrap();
        assert_eq!(lock.write(None), Err(Errno::EDEADLK));
        assert_eq!(lock.read(None), Err(Errno::EDEADLK));
        assert_eq!(lock.try_read(), Err(Errno::EBUSY));
        lock.unlock().unwrap();
        assert_eq!(lock.unlock(), Err(Errno::EPERM));
    }
}
