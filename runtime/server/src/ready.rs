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
}

impl ReadySet {
    /// A set for tasks 0 up to `tasks`, exclusive, none of them ready.
    #[must_use]
    pub fn new(tasks: usize) -> ReadySet {
        ReadySet {
            bits: (0..tasks.div_ceil(64)).map(|_| AtomicU64::new(0)).collect(),
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
        }
    }

    /// Takes the bits of 64 tasks: those from `64 * index` on.
    #[must_use]
    pub fn take(&self, index: usize) -> u64 {
        match self.bits.get(index) {
            // The plain read spares the locked instruction where nothing is ready, which is nearly always.
            Some(bits) if bits.load(Ordering::Relaxed) != 0 => bits.swap(0, Ordering::Acquire),
            _ => 0,
        }
    }

    /// How many words [`ReadySet::take`] has.
    #[must_use]
    pub fn words(&self) -> usize {
        self.bits.len()
    }

    /// Whether any task is ready.
    #[must_use]
    pub fn any(&self) -> bool {
        self.bits.iter().any(|bits| bits.load(Ordering::Relaxed) != 0)
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

    #[test]
    fn a_ready_task_is_taken_once() {
        let set = ReadySet::new(70);
        set.set(69);
        set.set(0);
        assert!(set.any());
        assert_eq!((set.take(0), set.take(1), set.take(0)), (1, 1 << 5, 0));
        assert!(!set.any());
    }

    #[test]
    fn a_task_beyond_the_set_is_ignored() {
        let set = ReadySet::new(1);
        set.set(64);
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
            if set.take(0) != 0 {
                assert!(data.load(Ordering::Relaxed));
            }
            waker.join().unwrap();
        });
    }

    #[test]
    fn of_two_wakes_none_is_lost() {
        loom::model(|| {
            let set = LoomArc::new(ReadySet::new(64));
            let wakers: Vec<_> = [1, 2]
                .into_iter()
                .map(|task| {
                    let set = set.clone();
                    loom::thread::spawn(move || set.set(task))
                })
                .collect();
            let mut seen = set.take(0);
            for waker in wakers {
                waker.join().unwrap();
            }
            seen |= set.take(0);
            assert_eq!(seen, 0b110);
        });
    }
}
