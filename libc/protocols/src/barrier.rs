//! A barrier: how many threads have arrived in the low half of a word, which round it is in the high half.
//!
//! One word, because more threads than a round takes may use a barrier: one that arrives while the last of a round ends it
//! belongs to the next round, and must not be counted in the one that ends.

use crate::{AtomicU32, AtomicU64, Futex, Half, Ordering};

/// Waits until `count` threads have come; whether the caller was the last of them. `inside` counts the threads that are in
/// here, for `drain`.
pub fn wait(word: &AtomicU64, inside: &AtomicU32, count: u32, futex: &impl Futex) -> bool {
    inside.fetch_add(1, Ordering::Relaxed);
    let mut now = word.load(Ordering::Relaxed);
    let last = loop {
        let last = Half::Low.of(now) + 1 >= count;
        let next = if last {
            u64::from(Half::High.of(now)).wrapping_add(1) << 32
        } else {
            now + 1
        };
        match word.compare_exchange_weak(now, next, Ordering::AcqRel, Ordering::Relaxed) {
            Ok(_) => break last,
            Err(other) => now = other,
        }
    };
    let round = Half::High.of(now);
    if last {
        futex.wake_half(word, Half::High, u32::MAX);
    } else {
        while Half::High.of(word.load(Ordering::Acquire)) == round {
            futex.wait_half(word, Half::High, round);
        }
    }
    // Release: whoever destroys the barrier does so after the last look at it.
    if inside.fetch_sub(1, Ordering::Release) == 1 {
        futex.wake(inside, u32::MAX);
    }
    last
}

/// Waits until the threads of the last round have left.
pub fn drain(inside: &AtomicU32, futex: &impl Futex) {
    loop {
        let left = inside.load(Ordering::Acquire);
        if left == 0 {
            return;
        }
        futex.wait(inside, left);
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
        inside: AtomicU32,
    }

    impl Shared {
        fn wait(&self) -> bool {
            wait(&self.word, &self.inside, 2, &self.futex)
        }
    }

    fn shared() -> Arc<Shared> {
        Arc::new(Shared {
            futex: ModelFutex::new(),
            word: AtomicU64::new(0),
            inside: AtomicU32::new(0),
        })
    }

    #[test]
    fn two_threads_meet_twice_and_one_is_last_each_time() {
        model::check(3, || {
            let shared = shared();
            let other = {
                let shared = shared.clone();
                loom::thread::spawn(move || [shared.wait(), shared.wait()])
            };
            let own = [shared.wait(), shared.wait()];
            let other = other.join().unwrap();
            assert!(own[0] != other[0] && own[1] != other[1]);
        });
    }

    #[test]
    fn more_threads_than_a_round_takes_meet_in_two_rounds() {
        model::check(1, || {
            let shared = shared();
            let others = [(), (), ()].map(|()| {
                let shared = shared.clone();
                loom::thread::spawn(move || shared.wait())
            });
            let mut last = usize::from(shared.wait());
            for other in others {
                last += usize::from(other.join().unwrap());
            }
            assert_eq!(last, 2);
        });
    }

    #[test]
    fn what_was_written_before_the_barrier_is_seen_behind_it_and_destroy_waits() {
        model::check(3, || {
            let shared = shared();
            let data = Arc::new(loom::cell::UnsafeCell::new(0));
            let other = {
                let (shared, data) = (shared.clone(), data.clone());
                loom::thread::spawn(move || {
                    // SAFETY: the other thread reads behind the barrier; the cell itself checks it.
                    data.with_mut(|data| unsafe { *data = 7 });
                    shared.wait();
                })
            };
            shared.wait();
            // SAFETY: the writer is past the barrier too.
            assert_eq!(data.with(|data| unsafe { *data }), 7);
            drain(&shared.inside, &shared.futex);
            assert_eq!(shared.inside.load(Ordering::Relaxed), 0);
            other.join().unwrap();
        });
    }
}
