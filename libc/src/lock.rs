//! Locks for the library's own data: three-state futex locks, and a recursive one for streams.
//!
//! All of them are unlocked when zeroed, so that they fit into C structures. A holder never calls back into the
//! program and never blocks in a Call for longer than the kernel needs, so fork may wait for each of them.

use crate::errno::Errno;
use crate::seam::{Deadline, Scope, System, Threads};
use core::cell::UnsafeCell;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use trivet_protocols::{Ended, Futex, Half, plain};

/// How often a taken lock is looked at before its waiter sleeps.
const SPINS: u32 = 20;

/// The system's futex for one sleep: how long, and among whom.
pub(crate) struct Sleep {
    /// When to give up.
    pub until: Option<Deadline>,
    /// Whether other processes may wake it.
    pub scope: Scope,
}

impl Sleep {
    /// For ever, among the threads of this process.
    pub(crate) const PRIVATE: Sleep = Sleep::among(Scope::Private);

    /// For ever.
    pub(crate) const fn among(scope: Scope) -> Sleep {
        Sleep { until: None, scope }
    }

    fn half(word: &AtomicU64, half: Half) -> &AtomicU32 {
        let start: *const AtomicU32 = (&raw const *word).cast();
        // SAFETY: the word has two halves, both atomic; machines here are little-endian. The kernel and the loads of the
        // whole word see the same bytes.
        unsafe { &*start.add(usize::from(half == Half::High)) }
    }
}

impl Futex for Sleep {
    #[inline]
    fn wait(&self, word: &AtomicU32, expected: u32) -> Ended {
        match System::futex_wait(word, expected, self.until, self.scope) {
            Err(Errno::ETIMEDOUT) => Ended::TimedOut,
            Err(Errno::EINTR) => Ended::Interrupted,
            _ => Ended::Perhaps,
        }
    }

    #[inline]
    fn wait_half(&self, word: &AtomicU64, half: Half, expected: u32) -> Ended {
        self.wait(Sleep::half(word, half), expected)
    }

    #[inline]
    fn wake(&self, word: &AtomicU32, most: u32) -> usize {
        System::futex_wake(word, most, self.scope)
    }

    #[inline]
    fn wake_half(&self, word: &AtomicU64, half: Half, most: u32) -> usize {
        self.wake(Sleep::half(word, half), most)
    }
}

/// A lock without data. 4 bytes; 0 is free.
#[repr(transparent)]
#[derive(Default)]
pub struct RawLock(AtomicU32);

impl RawLock {
    /// A free lock.
    pub const fn new() -> RawLock {
        RawLock(AtomicU32::new(plain::FREE))
    }

    /// Takes the lock; waits while another thread has it.
    #[inline]
    pub fn lock(&self) {
        if !plain::try_lock(&self.0) {
            self.lock_contended();
        }
    }

    /// Takes the lock if it is free; whether it did.
    #[inline]
    pub fn try_lock(&self) -> bool {
        plain::try_lock(&self.0)
    }

    #[cold]
    fn lock_contended(&self) {
        if !plain::spin(&self.0, SPINS) {
            plain::lock_contended(&self.0, &Sleep::PRIVATE);
        }
    }

    /// Gives the lock back. Only its holder may.
    #[inline]
    pub fn unlock(&self) {
        plain::unlock(&self.0, &Sleep::PRIVATE);
    }

    /// Makes the lock free whatever it was: for the child of a fork, where no other thread is left.
    pub fn reset(&self) {
        self.0.store(plain::FREE, Ordering::Relaxed);
    }
}

/// Data under a lock.
pub struct Lock<T> {
    raw: RawLock,
    data: UnsafeCell<T>,
}

// SAFETY: the data is reached by one thread at a time, through the guard.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    /// `data` under a free lock.
    pub const fn new(data: T) -> Lock<T> {
        Lock {
            raw: RawLock::new(),
            data: UnsafeCell::new(data),
        }
    }

    /// Takes the lock. Hold the guard across no call that may come back into the program.
    #[inline]
    pub fn lock(&self) -> Guard<'_, T> {
        defer::begin();
        self.raw.lock();
        Guard { lock: self }
    }

    /// The lock itself, for fork.
    pub fn raw(&self) -> &RawLock {
        &self.raw
    }
}

/// The right to reach the data of a `Lock`; gives the lock back when dropped.
pub struct Guard<'a, T> {
    lock: &'a Lock<T>,
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard proves that the lock is held.
        unsafe { &*self.lock.data.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard proves that the lock is held.
        unsafe { &mut *self.lock.data.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.raw.unlock();
        defer::end();
    }
}

/// Signal handlers wait while the library holds one of its locks: a handler may call what takes the same lock.
#[cfg(all(not(test), feature = "trivet"))]
mod defer {
    use crate::thread::this;

    #[inline]
    pub fn begin() {
        let own = this();
        own.signal_defer.set(own.signal_defer.get() + 1);
    }

    #[inline]
    pub fn end() {
        let own = this();
        let left = own.signal_defer.get() - 1;
        own.signal_defer.set(left);
        if left == 0 && own.signal_deferred.replace(false) {
            crate::seam::look_for_signals();
        }
    }
}

/// Elsewhere the system itself runs handlers whenever it likes; none may take a lock of the library.
#[cfg(not(all(not(test), feature = "trivet")))]
mod defer {
    #[inline]
    pub fn begin() {}

    #[inline]
    pub fn end() {}
}

/// A lock that its owner may take again: a stream's. The layout is that of glibc's `_IO_lock_t`.
#[repr(C)]
#[derive(Default)]
pub struct RecursiveLock {
    raw: RawLock,
    count: AtomicU32,
    owner: AtomicUsize,
}

impl RecursiveLock {
    /// A free lock.
    pub const fn new() -> RecursiveLock {
        RecursiveLock {
            raw: RawLock::new(),
            count: AtomicU32::new(0),
            owner: AtomicUsize::new(0),
        }
    }

    /// Takes the lock, once more if the caller has it already.
    #[inline]
    pub fn lock(&self) {
        let own = crate::thread::current() as usize;
        if self.owner.load(Ordering::Relaxed) != own {
            self.raw.lock();
            self.owner.store(own, Ordering::Relaxed);
        }
        self.count
            .store(self.count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    /// Takes the lock if no other thread has it; whether it did.
    #[inline]
    pub fn try_lock(&self) -> bool {
        let own = crate::thread::current() as usize;
        if self.owner.load(Ordering::Relaxed) != own {
            if !self.raw.try_lock() {
                return false;
            }
            self.owner.store(own, Ordering::Relaxed);
        }
        self.count
            .store(self.count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        true
    }

    /// Gives the lock back once. Nothing happens when the caller does not have it.
    #[inline]
    pub fn unlock(&self) {
        if self.owner.load(Ordering::Relaxed) != crate::thread::current() as usize {
            return;
        }
        let count = self.count.load(Ordering::Relaxed) - 1;
        self.count.store(count, Ordering::Relaxed);
        if count == 0 {
            self.owner.store(0, Ordering::Relaxed);
            self.raw.unlock();
        }
    }

    /// Makes the lock free whatever it was: for the child of a fork.
    pub fn reset(&self) {
        self.owner.store(0, Ordering::Relaxed);
        self.count.store(0, Ordering::Relaxed);
        self.raw.reset();
    }
}

const _: () = assert!(size_of::<RecursiveLock>() == 16);

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::vec::Vec;

    #[test]
    fn lock_excludes_other_threads() {
        let total = Arc::new(Lock::new(0u64));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let total = total.clone();
                std::thread::spawn(move || {
                    for _ in 0..20_000 {
                        let mut guard = total.lock();
                        *guard = std::hint::black_box(*guard) + 1;
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(*total.lock(), 80_000);
    }

    #[test]
    fn recursive_lock_is_free_after_as_many_unlocks() {
        let lock = Arc::new(RecursiveLock::new());
        lock.lock();
        assert!(lock.try_lock());
        let other = lock.clone();
        assert!(!std::thread::spawn(move || other.try_lock()).join().unwrap());
        lock.unlock();
        let other = lock.clone();
        assert!(!std::thread::spawn(move || other.try_lock()).join().unwrap());
        lock.unlock();
        let other = lock.clone();
        assert!(std::thread::spawn(move || other.try_lock()).join().unwrap());
    }
}
