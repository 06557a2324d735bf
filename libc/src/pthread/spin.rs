//! Spin locks. POSIX.1-2024 `pthread_spin_lock`. A word that is 1 when free, as glibc has it on x86-64.

use crate::errno::EBUSY;
use crate::types::*;
use core::sync::atomic::{AtomicI32, Ordering};

const FREE: c_int = 1;
const TAKEN: c_int = 0;

/// Looks before the waiter lets others run: the owner may wait for this processor.
const SPINS: u32 = 100;

// SAFETY of every block below: by each function's contract the lock is a valid one.
crate::export! {
    /// Makes a lock; any process that maps it may use it. POSIX.1-2024 `pthread_spin_init`.
    pub unsafe extern "C" fn pthread_spin_init(lock: *mut AtomicI32, _shared: c_int) -> c_int {
        // SAFETY: see above.
        unsafe { lock.write(AtomicI32::new(FREE)) };
        0
    }

    /// Ends a lock's use. POSIX.1-2024 `pthread_spin_destroy`.
    pub unsafe extern "C" fn pthread_spin_destroy(_lock: *mut AtomicI32) -> c_int {
        0
    }

    /// Takes a lock. POSIX.1-2024 `pthread_spin_lock`.
    pub unsafe extern "C" fn pthread_spin_lock(lock: *mut AtomicI32) -> c_int {
        use crate::seam::{System, Threads};
        // SAFETY: see above.
        let lock = unsafe { &*lock };
        while lock.swap(TAKEN, Ordering::Acquire) != FREE {
            let mut spins = 0;
            while lock.load(Ordering::Relaxed) != FREE {
                spins += 1;
                if spins % SPINS == 0 {
                    System::yield_now();
                } else {
                    core::hint::spin_loop();
                }
            }
        }
        0
    }

    /// Takes a lock if it is free. POSIX.1-2024 `pthread_spin_trylock`.
    pub unsafe extern "C" fn pthread_spin_trylock(lock: *mut AtomicI32) -> c_int {
        // SAFETY: see above.
        if unsafe { &*lock }.swap(TAKEN, Ordering::Acquire) == FREE { 0 } else { EBUSY }
    }

    /// Gives a lock back. POSIX.1-2024 `pthread_spin_unlock`.
    pub unsafe extern "C" fn pthread_spin_unlock(lock: *mut AtomicI32) -> c_int {
        // SAFETY: see above.
        unsafe { &*lock }.store(FREE, Ordering::Release);
        0
    }
}
