//! A counting semaphore: its value in the low half of a word, the threads that wait for it in the high half.
//!
//! One word, so that a post learns of waiters by the step that raises the value: after that step the semaphore may be gone,
//! because a thread that took the value may destroy it.

use crate::{AtomicU64, Ended, Futex, Half, Ordering};

/// `SEM_VALUE_MAX`.
pub const VALUE_MAX: u32 = i32::MAX as u32;

const ONE_WAITER: u64 = 1 << 32;

/// The value.
pub fn value(word: &AtomicU64) -> u32 {
    Half::Low.of(word.load(Ordering::Acquire))
}

/// Takes one if there is one; whether there was.
#[inline]
pub fn try_wait(word: &AtomicU64) -> bool {
    take(word, 0)
}

/// Takes one and counts `waiters` (in the high half) as gone.
fn take(word: &AtomicU64, waiters: u64) -> bool {
    let mut now = word.load(Ordering::Relaxed);
    while Half::Low.of(now) > 0 {
        match word.compare_exchange_weak(now, now - 1 - waiters, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => return true,
            Err(other) => now = other,
        }
    }
    false
}

/// Waits until there is one and takes it. Ends with `Ok`, or with why it has none: time-out or interruption.
pub fn wait(word: &AtomicU64, futex: &impl Futex) -> Result<(), Ended> {
    word.fetch_add(ONE_WAITER, Ordering::Relaxed);
    loop {
        if take(word, ONE_WAITER) {
            return Ok(());
        }
        let ended = futex.wait_half(word, Half::Low, 0);
        if ended != Ended::Perhaps {
            if take(word, ONE_WAITER) {
                return Ok(());
            }
            word.fetch_sub(ONE_WAITER, Ordering::Relaxed);
            return Err(ended);
        }
    }
}

/// Adds one and wakes a thread that waits. `false`: the value is at its maximum. Nothing of the semaphore is read after it
/// was raised.
pub fn post(word: &AtomicU64, futex: &impl Futex) -> bool {
    let mut now = word.load(Ordering::Relaxed);
    loop {
        if Half::Low.of(now) == VALUE_MAX {
            return false;
        }
        match word.compare_exchange_weak(now, now + 1, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => break,
            Err(other) => now = other,
        }
    }
    if Half::High.of(now) > 0 {
        futex.wake_half(word, Half::Low, 1);
    }
    true
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// For what never sleeps.
    struct NoFutex;

    impl Futex for NoFutex {
        fn wait(&self, _word: &crate::AtomicU32, _expected: u32) -> Ended {
            unreachable!()
        }
        fn wait_half(&self, _word: &AtomicU64, _half: Half, _expected: u32) -> Ended {
            unreachable!()
        }
        fn wake(&self, _word: &crate::AtomicU32, _most: u32) -> usize {
            unreachable!()
        }
        fn wake_half(&self, _word: &AtomicU64, _half: Half, _most: u32) -> usize {
            unreachable!()
        }
    }

    #[test]
    fn the_value_stops_at_its_maximum() {
        let word = AtomicU64::new(u64::from(VALUE_MAX) - 1);
        assert!(post(&word, &NoFutex));
        assert!(!post(&word, &NoFutex));
        assert_eq!(value(&word), VALUE_MAX);
    }

    #[test]
    fn a_value_that_is_there_is_taken_without_sleep() {
        let word = AtomicU64::new(2);
        assert!(try_wait(&word));
        assert_eq!(wait(&word, &NoFutex), Ok(()));
        assert!(!try_wait(&word));
        assert_eq!(word.load(Ordering::Relaxed), 0);
    }
}

#[cfg(all(test, loom))]
mod models {
    use super::*;
    use crate::model::{self, ModelFutex};
    use loom::sync::Arc;

    struct Shared {
        futex: ModelFutex,
        word: AtomicU64,
    }

    fn shared() -> Arc<Shared> {
        Arc::new(Shared {
            futex: ModelFutex::new(),
            word: AtomicU64::new(0),
        })
    }

    #[test]
    fn each_post_lets_one_waiter_go() {
        model::check(3, || {
            let shared = shared();
            let waiters = [(), ()].map(|()| {
                let shared = shared.clone();
                loom::thread::spawn(move || assert_eq!(wait(&shared.word, &shared.futex), Ok(())))
            });
            assert!(post(&shared.word, &shared.futex));
            assert!(post(&shared.word, &shared.futex));
            for waiter in waiters {
                waiter.join().unwrap();
            }
            assert_eq!(shared.word.load(Ordering::Relaxed), 0);
        });
    }

    #[test]
    fn a_waiter_that_gives_up_leaves_its_wake_to_another() {
        model::check(3, || {
            let shared = shared();
            let hasty = {
                let shared = shared.clone();
                loom::thread::spawn(move || wait(&shared.word, &shared.futex.with_time_limit()).is_ok())
            };
            let patient = {
                let shared = shared.clone();
                loom::thread::spawn(move || assert_eq!(wait(&shared.word, &shared.futex), Ok(())))
            };
            assert!(post(&shared.word, &shared.futex));
            if hasty.join().unwrap() {
                assert!(post(&shared.word, &shared.futex));
            }
            patient.join().unwrap();
            assert_eq!(shared.word.load(Ordering::Relaxed), 0);
        });
    }

    #[test]
    fn what_was_written_before_the_post_is_seen_after_the_wait() {
        model::check(3, || {
            let shared = shared();
            let data = Arc::new(loom::cell::UnsafeCell::new(0));
            let poster = {
                let (shared, data) = (shared.clone(), data.clone());
                loom::thread::spawn(move || {
                    // SAFETY: the other thread reads after the post; the cell itself checks it.
                    data.with_mut(|data| unsafe { *data = 7 });
                    post(&shared.word, &shared.futex);
                })
            };
            assert_eq!(wait(&shared.word, &shared.futex), Ok(()));
            // SAFETY: the writer has posted.
            assert_eq!(data.with(|data| unsafe { *data }), 7);
            poster.join().unwrap();
        });
    }
}
