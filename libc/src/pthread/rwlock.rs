//! Reader-writer locks. POSIX.1-2024 `pthread_rwlock_rdlock`.
//!
//! One word counts readers or says that a writer has the lock, with a bit each for waiting readers and writers;
//! a second word is what writers sleep on. By default readers go ahead of waiting writers, so that a thread
//! may take a read lock again; PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP turns that round.

use super::{deadline, own_tid, status};
use crate::errno::{EINVAL, Errno, Result};
use crate::lock::Sleep;
use crate::seam::*;
use crate::types::*;
use core::sync::atomic::{AtomicI32, AtomicU8, AtomicU32, Ordering};
use trivet_protocols::rwlock::{Refused, Words};

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

impl RwLock {
    fn scope(&self) -> Scope {
        super::scope(self.shared.load(Ordering::Relaxed) != 0)
    }

    fn words(&self) -> Words<'_> {
        Words {
            state: &self.state,
            writer_news: &self.writer_news,
            writers_first: self.preference.load(Ordering::Relaxed) == PREFER_WRITER_NONRECURSIVE,
        }
    }

    fn try_read(&self) -> Result<()> {
        errno_of(self.words().try_read())
    }

    /// Whether the caller has the lock for writing: it would wait for itself.
    fn is_own(&self) -> bool {
        self.writer.load(Ordering::Relaxed) == own_tid()
    }

    fn read(&self, until: Option<Deadline>) -> Result<()> {
        match self.try_read() {
            Err(Errno::EBUSY) if self.is_own() => Err(Errno::EDEADLK),
            Err(Errno::EBUSY) => {
                let scope = self.scope();
                errno_of(self.words().read(&Sleep { until, scope }))
            }
            other => other,
        }
    }

    fn try_write(&self) -> Result<()> {
        errno_of(self.words().try_write())?;
        self.writer.store(own_tid(), Ordering::Relaxed);
        Ok(())
    }

    fn write(&self, until: Option<Deadline>) -> Result<()> {
        if self.try_write().is_ok() {
            return Ok(());
        }
        if self.is_own() {
            return Err(Errno::EDEADLK);
        }
        let scope = self.scope();
        errno_of(self.words().write(&Sleep { until, scope }))?;
        self.writer.store(own_tid(), Ordering::Relaxed);
        Ok(())
    }

    fn unlock(&self) -> Result<()> {
        let (words, sleep) = (self.words(), Sleep::among(self.scope()));
        if words.is_written() {
            if !self.is_own() {
                return Err(Errno::EPERM);
            }
            self.writer.store(0, Ordering::Relaxed);
            words.unlock_written(&sleep);
        } else if !words.unlock_read(&sleep) {
            return Err(Errno::EPERM);
        }
        Ok(())
    }
}

fn errno_of(result: core::result::Result<(), Refused>) -> Result<()> {
    result.map_err(|refused| match refused {
        Refused::Taken => Errno::EBUSY,
        Refused::TooManyReaders => Errno::EAGAIN,
        Refused::TimedOut => Errno::ETIMEDOUT,
    })
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
            assert!(!lock.words().is_written() && lock.try_write().is_ok());
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
