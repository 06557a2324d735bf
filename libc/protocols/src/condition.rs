//! A condition variable: a sequence number that each signal changes, and a count of the threads in a wait.
//!
//! A waiter notes the sequence under the mutex and sleeps while it is unchanged. The count saves the system call when nobody
//! waits, and tells `drain` when the last has left.

use crate::{AtomicU32, Ended, Futex, Ordering};

/// The bit of the waiters' word that says: a thread waits for them to leave.
pub const DRAINING: u32 = 1 << 31;

/// A waiter comes, with the mutex held. The sequence that it sleeps on.
pub fn enter(sequence: &AtomicU32, waiters: &AtomicU32) -> u32 {
    waiters.fetch_add(1, Ordering::Relaxed);
    sequence.load(Ordering::Relaxed)
}

/// How a waiter's sleep ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slept {
    /// What the futex said.
    pub ended: Ended,
    /// Whether a signal was sent since it came. A sleeper that a signal moved to the mutex can still come to its time
    /// limit: it has had its signal all the same.
    pub signalled: bool,
}

/// Sleeps, with the mutex given back, until something was signalled.
pub fn sleep(sequence: &AtomicU32, seen: u32, futex: &impl Futex) -> Slept {
    let ended = futex.wait(sequence, seen);
    Slept {
        ended,
        signalled: sequence.load(Ordering::Relaxed) != seen,
    }
}

/// A waiter goes. Nothing of the condition is read later.
pub fn leave(waiters: &AtomicU32, futex: &impl Futex) {
    if waiters.fetch_sub(1, Ordering::AcqRel) == DRAINING | 1 {
        futex.wake(waiters, u32::MAX);
    }
}

/// Changes the sequence if anybody waits: the new one, on which nobody has slept yet. The caller wakes or moves sleepers.
pub fn announce(sequence: &AtomicU32, waiters: &AtomicU32) -> Option<u32> {
    if waiters.load(Ordering::SeqCst) & !DRAINING == 0 {
        return None;
    }
    Some(sequence.fetch_add(1, Ordering::SeqCst).wrapping_add(1))
}

/// Waits until the threads that were woken have left.
pub fn drain(waiters: &AtomicU32, futex: &impl Futex) {
    let mut left = waiters.fetch_or(DRAINING, Ordering::AcqRel) | DRAINING;
    while left != DRAINING {
        futex.wait(waiters, left);
        left = waiters.load(Ordering::Acquire);
    }
}

#[cfg(all(test, loom))]
mod models {
    use super::*;
    use crate::model::{self, ModelFutex};
    use crate::plain;
    use loom::cell::UnsafeCell;
    use loom::sync::Arc;

    struct Shared {
        futex: ModelFutex,
        mutex: AtomicU32,
        sequence: AtomicU32,
        waiters: AtomicU32,
        /// Things that were made and not taken yet, under the mutex.
        things: UnsafeCell<u32>,
    }

    impl Shared {
        fn new() -> Arc<Shared> {
            Arc::new(Shared {
                futex: ModelFutex::new(),
                mutex: AtomicU32::new(plain::FREE),
                sequence: AtomicU32::new(0),
                waiters: AtomicU32::new(0),
                things: UnsafeCell::new(0),
            })
        }

        fn lock(&self) {
            if !plain::try_lock(&self.mutex) {
                assert!(plain::lock_contended(&self.mutex, &self.futex));
            }
        }

        fn unlock(&self) {
            plain::unlock(&self.mutex, &self.futex);
        }

        /// As the library does it: who comes from a wait takes the mutex with the mark that others may sleep, because
        /// others may have been moved to it.
        fn wait(&self, futex: &impl Futex) -> Slept {
            let seen = enter(&self.sequence, &self.waiters);
            self.unlock();
            let slept = sleep(&self.sequence, seen, futex);
            leave(&self.waiters, &self.futex);
            assert!(plain::lock_contended(&self.mutex, &self.futex));
            slept
        }

        /// With the mutex held sleepers are moved to it, otherwise woken.
        fn signal(&self, most: u32, holds_mutex: bool) {
            let Some(sequence) = announce(&self.sequence, &self.waiters) else {
                return;
            };
            if holds_mutex {
                plain::mark_contended(&self.mutex);
                if self.futex.requeue(&self.sequence, sequence, &self.mutex, most) {
                    return;
                }
            }
            self.futex.wake(&self.sequence, most);
        }

        fn things(&self) -> u32 {
            // SAFETY: the callers hold the mutex; the cell itself checks it.
            self.things.with(|things| unsafe { *things })
        }

        fn change(&self, change: impl FnOnce(u32) -> u32) {
            // SAFETY: see above.
            self.things
                .with_mut(|things| unsafe { *things = change(*things) });
        }

        fn take_one(&self) {
            self.lock();
            while self.things() == 0 {
                self.wait(&self.futex);
            }
            self.change(|things| things - 1);
            self.unlock();
        }

        fn make(&self, count: u32, under_mutex: bool) {
            self.lock();
            self.change(|things| things + count);
            if under_mutex {
                self.signal(count, true);
            }
            self.unlock();
            if !under_mutex {
                self.signal(count, false);
            }
        }
    }

    fn two_takers(make: impl Fn(&Shared)) {
        let shared = Shared::new();
        let takers = [(), ()].map(|()| {
            let shared = shared.clone();
            loom::thread::spawn(move || shared.take_one())
        });
        make(&shared);
        for taker in takers {
            taker.join().unwrap();
        }
        assert_eq!(shared.waiters.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_signal_under_the_mutex_is_not_lost() {
        model::check(3, || {
            two_takers(|shared| {
                shared.make(1, true);
                shared.make(1, true);
            });
        });
    }

    #[test]
    fn a_signal_behind_the_mutex_is_not_lost() {
        model::check(3, || {
            two_takers(|shared| {
                shared.make(1, false);
                shared.make(1, false);
            });
        });
    }

    #[test]
    fn a_broadcast_under_the_mutex_reaches_all() {
        model::check(3, || two_takers(|shared| shared.make(2, true)));
    }

    #[test]
    fn a_broadcast_behind_the_mutex_reaches_all() {
        model::check(3, || two_takers(|shared| shared.make(2, false)));
    }

    #[test]
    fn a_waiter_that_gives_up_takes_nobodys_signal() {
        for under_mutex in [false, true] {
            model::check(3, move || {
                let shared = Shared::new();
                let hasty = {
                    let shared = shared.clone();
                    loom::thread::spawn(move || {
                        shared.lock();
                        let mut took = false;
                        while !took {
                            if shared.things() > 0 {
                                shared.change(|things| things - 1);
                                took = true;
                                break;
                            }
                            let slept = shared.wait(&shared.futex.with_time_limit());
                            if slept.ended == Ended::TimedOut && !slept.signalled {
                                break;
                            }
                        }
                        shared.unlock();
                        took
                    })
                };
                let patient = {
                    let shared = shared.clone();
                    loom::thread::spawn(move || shared.take_one())
                };
                shared.make(1, under_mutex);
                if hasty.join().unwrap() {
                    shared.make(1, under_mutex);
                }
                patient.join().unwrap();
            });
        }
    }

    #[test]
    fn drain_waits_for_those_who_were_woken() {
        model::check(3, || {
            let shared = Shared::new();
            let taker = {
                let shared = shared.clone();
                loom::thread::spawn(move || {
                    shared.lock();
                    while shared.things() == 0 {
                        shared.wait(&shared.futex);
                    }
                    shared.unlock();
                })
            };
            shared.make(1, true);
            drain(&shared.waiters, &shared.futex);
            assert_eq!(shared.waiters.load(Ordering::Relaxed), DRAINING);
            // A taker that comes now finds the thing and does not wait.
            taker.join().unwrap();
        });
    }
}
