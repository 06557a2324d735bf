//! Which tasks are to be polled: one bit each, set by wakers, taken by the executor.
//!
//! Servers have one thread, but a `Waker` may be sent to others, so the bits are atomic; a model under `--cfg loom`
//! shows that a wake is never lost. Waking costs one atomic OR.

use alloc::sync::Arc;
use alloc::task::Wake;
use alloc::vec::Vec;

#[cfg(not(loom))]
use core::sync::atomic::{AtomicU64, Ordering};
#[cfg(loom)]
use loom::sync::atomic::{AtomicU64, Ordering};

/// A bit for each task.
#[derive(Debug)]
pub struct ReadySet {
    bits: Vec<AtomicU64>,
    /// One bit for each word of `bits` that may hold something, and [`ATTENTION`].
    summary: AtomicU64,
}

/// Most tasks of a set: what the summary has bits for.
pub const MAX_TASKS: usize = 63 * 64;

/// The bit of the summary that says: look at something else than tasks.
const ATTENTION: u64 = 1 << 63;

impl ReadySet {
    /// A set for tasks 0 up to `tasks`, exclusive, at most [`MAX_TASKS`], none of them ready.
    #[must_use]
    pub fn new(tasks: usize) -> ReadySet {
        let words = tasks.min(MAX_TASKS).div_ceil(64);
        ReadySet {
            bits: (0..words).map(|_| AtomicU64::new(0)).collect(),
            summary: AtomicU64::new(0),
        }
    }

    /// Tasks that there is room for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.bits.len() * 64
    }

    /// Says that `task` is to be polled. Everything written before is seen by who takes the bit.
    pub fn set(&self, task: usize) {
        if let Some(bits) = self.bits.get(task / 64) {
            bits.fetch_or(1 << (task % 64), Ordering::Release);
            self.summary.fetch_or(1 << (task / 64), Ordering::Release);
        }
    }

    /// Says that something else than a task wants the executor: a new background task, a stop.
    pub fn call_attention(&self) {
        self.summary.fetch_or(ATTENTION, Ordering::Release);
    }

    /// Whether anything is to be done. One plain read: this is asked for each request.
    #[inline]
    #[must_use]
    pub fn any(&self) -> bool {
        self.summary.load(Ordering::Relaxed) != 0
    }

    /// Takes all that is ready, and gives each task to `poll`. What becomes ready meanwhile waits for the next round.
    pub fn drain(&self, mut poll: impl FnMut(usize)) {
        // The summary goes first: a waker sets its own bit before the summary's, so a bit that is set behind our back
        // either is seen below or leaves its mark in the summary.
        let mut words = self.summary.swap(0, Ordering::Acquire) & !ATTENTION;
        while words != 0 {
            let word = words.trailing_zeros() as usize;
            words &= words - 1;
            let mut bits = self
                .bits
                .get(word)
                .map_or(0, |bits| bits.swap(0, Ordering::Acquire));
            while bits != 0 {
                poll(word * 64 + bits.trailing_zeros() as usize);
                bits &= bits - 1;
            }
        }
    }
}

/// What the waker of a task is made of.
#[derive(Debug)]
pub struct TaskWaker {
    /// Where to set the bit.
    pub ready: Arc<ReadySet>,
    /// Which bit.
    pub task: usize,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.ready.set(self.task);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ready.set(self.task);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn drained(set: &ReadySet) -> Vec<usize> {
        let mut tasks = Vec::new();
        set.drain(|task| tasks.push(task));
        tasks
    }

    #[test]
    fn a_ready_task_is_taken_once() {
        let set = ReadySet::new(70);
        set.set(69);
        set.set(0);
        assert!(set.any());
        assert_eq!(drained(&set), [0, 69]);
        assert!(!set.any());
        assert_eq!(drained(&set), [0; 0]);
    }

    #[test]
    fn a_task_that_is_woken_in_a_round_is_polled_in_the_next() {
        let set = ReadySet::new(64);
        set.set(1);
        let mut rounds = 0;
        set.drain(|task| {
            rounds += 1;
            set.set(task);
        });
        assert_eq!(rounds, 1);
        assert!(set.any());
    }

    #[test]
    fn a_task_beyond_the_set_is_ignored() {
        let set = ReadySet::new(1);
        set.set(64);
        assert!(!set.any());
        assert_eq!(ReadySet::new(usize::MAX).capacity(), MAX_TASKS);
    }

    #[test]
    fn attention_is_no_task() {
        let set = ReadySet::new(1);
        set.call_attention();
        assert!(set.any());
        assert_eq!(drained(&set), [0; 0]);
        assert!(!set.any());
    }
}

#[cfg(all(test, loom))]
mod models {
    use super::*;
    use loom::sync::Arc as LoomArc;
    use loom::sync::atomic::AtomicBool;

    #[test]
    fn whoever_takes_the_bit_sees_what_was_written_before_the_wake() {
        loom::model(|| {
            let set = LoomArc::new(ReadySet::new(64));
            let data = LoomArc::new(AtomicBool::new(false));
            let waker = {
                let (set, data) = (set.clone(), data.clone());
                loom::thread::spawn(move || {
                    data.store(true, Ordering::Relaxed);
                    set.set(3);
                })
            };
            set.drain(|_| assert!(data.load(Ordering::Relaxed)));
            waker.join().unwrap();
        });
    }

    #[test]
    fn of_two_wakes_none_is_lost() {
        loom::model(|| {
            let set = LoomArc::new(ReadySet::new(128));
            let wakers: Vec<_> = [1, 65]
                .into_iter()
                .map(|task| {
                    let set = set.clone();
                    loom::thread::spawn(move || set.set(task))
                })
                .collect();
            let mut seen = Vec::new();
            set.drain(|task| seen.push(task));
            for waker in wakers {
                waker.join().unwrap();
            }
            assert!(seen.len() == 2 || set.any());
            set.drain(|task| seen.push(task));
            seen.sort_unstable();
            assert_eq!(seen, [1, 65]);
        });
    }
}
