//! A futex made of loom's own parts, and how models are run.

use std::vec::Vec;

use loom::sync::{Condvar, Mutex};

use crate::{AtomicU32, AtomicU64, Ended, Futex, Half, Ordering};

/// Runs `model` in every order of its threads' steps with at most `preemptions` switches that no thread asked for.
pub fn check(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(model);
}

/// Who sleeps, and on what.
struct Sleeper {
    word: usize,
    ticket: usize,
}

struct Queue {
    sleepers: Vec<Sleeper>,
    tickets: usize,
}

/// What the kernel keeps: one queue under one lock.
pub struct ModelFutex {
    queue: Mutex<Queue>,
    woken: Condvar,
}

impl ModelFutex {
    /// A futex on which nobody sleeps.
    pub fn new() -> ModelFutex {
        ModelFutex {
            queue: Mutex::new(Queue {
                sleepers: Vec::new(),
                tickets: 0,
            }),
            woken: Condvar::new(),
        }
    }

    /// The same futex for a thread whose every sleep comes to its time limit if nobody wakes it before.
    pub fn with_time_limit(&self) -> TimeLimit<'_> {
        TimeLimit(self)
    }

    fn sleep(&self, word: usize, holds: impl FnOnce() -> bool, limited: bool) -> Ended {
        let mut queue = self.queue.lock().unwrap();
        if !holds() {
            return Ended::Perhaps;
        }
        let ticket = queue.tickets;
        queue.tickets += 1;
        queue.sleepers.push(Sleeper { word, ticket });
        if limited {
            drop(queue);
            loom::thread::yield_now();
            queue = self.queue.lock().unwrap();
            let place = queue.sleepers.iter().position(|sleeper| sleeper.ticket == ticket);
            return match place {
                Some(place) => {
                    queue.sleepers.remove(place);
                    Ended::TimedOut
                }
                None => Ended::Perhaps,
            };
        }
        while queue.sleepers.iter().any(|sleeper| sleeper.ticket == ticket) {
            queue = self.woken.wait(queue).unwrap();
        }
        Ended::Perhaps
    }

    fn wake_at(&self, word: usize, most: u32) -> usize {
        let mut queue = self.queue.lock().unwrap();
        let mut woken = 0;
        queue.sleepers.retain(|sleeper| {
            let stays = sleeper.word != word || woken == most as usize;
            woken += usize::from(!stays);
            stays
        });
        if woken > 0 {
            self.woken.notify_all();
        }
        woken
    }

    /// Moves at most `most` sleepers of `from` to `to` if `from` still holds `expected`; whether it did.
    pub fn requeue(&self, from: &AtomicU32, expected: u32, to: &AtomicU32, most: u32) -> bool {
        let mut queue = self.queue.lock().unwrap();
        if from.load(Ordering::Relaxed) != expected {
            return false;
        }
        let mut left = most;
        for sleeper in &mut queue.sleepers {
            if sleeper.word == address(from) && left > 0 {
                sleeper.word = address(to);
                left -= 1;
            }
        }
        true
    }
}

fn address<T>(word: &T) -> usize {
    (&raw const *word).addr()
}

fn half_address(word: &AtomicU64, half: Half) -> usize {
    // Words are at least eight bytes long: no two halves have the same number.
    address(word) + usize::from(half == Half::High)
}

impl Futex for ModelFutex {
    fn wait(&self, word: &AtomicU32, expected: u32) -> Ended {
        self.sleep(address(word), || word.load(Ordering::Relaxed) == expected, false)
    }

    fn wait_half(&self, word: &AtomicU64, half: Half, expected: u32) -> Ended {
        let holds = || half.of(word.load(Ordering::Relaxed)) == expected;
        self.sleep(half_address(word, half), holds, false)
    }

    fn wake(&self, word: &AtomicU32, most: u32) -> usize {
        self.wake_at(address(word), most)
    }

    fn wake_half(&self, word: &AtomicU64, half: Half, most: u32) -> usize {
        self.wake_at(half_address(word, half), most)
    }
}

/// A futex of one who does not wait for ever.
pub struct TimeLimit<'a>(&'a ModelFutex);

impl Futex for TimeLimit<'_> {
    fn wait(&self, word: &AtomicU32, expected: u32) -> Ended {
        self.0
            .sleep(address(word), || word.load(Ordering::Relaxed) == expected, true)
    }

    fn wait_half(&self, word: &AtomicU64, half: Half, expected: u32) -> Ended {
        let holds = || half.of(word.load(Ordering::Relaxed)) == expected;
        self.0.sleep(half_address(word, half), holds, true)
    }

    fn wake(&self, word: &AtomicU32, most: u32) -> usize {
        self.0.wake(word, most)
    }

    fn wake_half(&self, word: &AtomicU64, half: Half, most: u32) -> usize {
        self.0.wake_half(word, half, most)
    }
}
