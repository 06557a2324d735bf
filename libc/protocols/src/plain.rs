//! The three-state lock: free, taken, taken with others that may sleep. 0 is free.
//!
//! The protocol is the last one of U. Drepper, "Futexes Are Tricky" (2011).

use crate::{AtomicU32, Ended, Futex, Ordering};

/// Nobody has the lock.
pub const FREE: u32 = 0;
/// Somebody has it, and nobody sleeps.
pub const TAKEN: u32 = 1;
/// Somebody has it, and others may sleep.
pub const CONTENDED: u32 = 2;

/// Takes the lock if it is free; whether it did.
#[inline(always)]
pub fn try_lock(word: &AtomicU32) -> bool {
    word.compare_exchange(FREE, TAKEN, Ordering::Acquire, Ordering::Relaxed)
        .is_ok()
}

/// Looks at the lock `spins` times before the caller sleeps; whether it got it.
pub fn spin(word: &AtomicU32, spins: u32) -> bool {
    for _ in 0..spins {
        if word.load(Ordering::Relaxed) == FREE && try_lock(word) {
            return true;
        }
        core::hint::spin_loop();
    }
    false
}

/// Takes the lock, and leaves the mark that others may sleep. `false`: the time was over.
pub fn lock_contended(word: &AtomicU32, futex: &impl Futex) -> bool {
    while word.swap(CONTENDED, Ordering::Acquire) != FREE {
        if futex.wait(word, CONTENDED) == Ended::TimedOut {
            return false;
        }
    }
    true
}

/// Says, for the lock's holder, that others may sleep. An exchange and not a store: loom puts a store beside others' exchanges
/// in no order, and would find states that no machine has.
#[inline(always)]
pub fn mark_contended(word: &AtomicU32) {
    word.swap(CONTENDED, Ordering::Relaxed);
}

/// Gives the lock back. Once the word is free another thread may take the lock and end its memory's life: nothing of
/// it is read later, only its address is used.
#[inline(always)]
pub fn unlock(word: &AtomicU32, futex: &impl Futex) {
    if word.swap(FREE, Ordering::Release) == CONTENDED {
        futex.wake(word, 1);
    }
}

#[cfg(all(test, loom))]
mod models {
    use super::*;
    use crate::model::{self, ModelFutex};
    use loom::cell::UnsafeCell;
    use loom::sync::Arc;

    struct Shared {
        futex: ModelFutex,
        word: AtomicU32,
        data: UnsafeCell<u32>,
    }

    fn shared() -> Arc<Shared> {
        Arc::new(Shared {
            futex: ModelFutex::new(),
            word: AtomicU32::new(FREE),
            data: UnsafeCell::new(0),
        })
    }

    fn add_one(shared: &Shared) {
        if !try_lock(&shared.word) {
            assert!(lock_contended(&shared.word, &shared.futex));
        }
        // SAFETY: the lock is held; the cell itself checks that nobody else reaches it.
        shared.data.with_mut(|data| unsafe { *data += 1 });
        unlock(&shared.word, &shared.futex);
    }

    #[test]
    fn three_threads_take_the_lock_in_turn() {
        model::check(3, || {
            let shared = shared();
            let others = [(), ()].map(|()| {
                let shared = shared.clone();
                loom::thread::spawn(move || add_one(&shared))
            });
            add_one(&shared);
            for other in others {
                other.join().unwrap();
            }
            // SAFETY: no other thread is left.
            assert_eq!(shared.data.with(|data| unsafe { *data }), 3);
        });
    }

    #[test]
    fn a_waiter_that_gives_up_takes_nobodys_wake() {
        model::check(3, || {
            let shared = shared();
            let hasty = {
                let shared = shared.clone();
                loom::thread::spawn(move || {
                    if try_lock(&shared.word) || lock_contended(&shared.word, &shared.futex.with_time_limit())
                    {
                        unlock(&shared.word, &shared.futex);
                    }
                })
            };
            let patient = {
                let shared = shared.clone();
                loom::thread::spawn(move || add_one(&shared))
            };
            add_one(&shared);
            hasty.join().unwrap();
            patient.join().unwrap();
        });
    }
}
