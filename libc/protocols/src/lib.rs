//! The C library's locks as protocols on futex words: what is shared between threads, without C's layouts, attributes,
//! owners, errors and cancellation, which stay in the library.
//!
//! Each protocol stands alone so that a model can run it: under `--cfg loom` the words are loom's and the futex is one of
//! its mutexes and conditions, and every order of the threads' steps (up to a bound) is tried. A lost wake shows as a
//! deadlock of the model, a wrong memory order as data that is not seen.

#![no_std]

#[cfg(test)]
extern crate std;

pub mod barrier;
pub mod condition;
#[cfg(all(test, loom))]
mod model;
pub mod once;
pub mod plain;
pub mod rwlock;
pub mod semaphore;

#[cfg(not(loom))]
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
#[cfg(loom)]
use loom::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Why a sleep ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Woken, or the word did not hold what was expected, or for no reason: look again.
    Perhaps,
    /// The time was over.
    TimedOut,
    /// A signal handler ran.
    Interrupted,
}

/// How to sleep on a word and to wake those who do: in one process or among several, with a deadline or without, as the
/// implementation was made.
pub trait Futex {
    /// Sleeps unless `word` holds something else than `expected`. Looking and going to sleep are one step for wakers.
    fn wait(&self, word: &AtomicU32, expected: u32) -> Ended;

    /// As `wait`, on one half of a word of 64 bits.
    fn wait_half(&self, word: &AtomicU64, half: Half, expected: u32) -> Ended;

    /// Wakes at most `most` sleepers; how many.
    fn wake(&self, word: &AtomicU32, most: u32) -> usize;

    /// As `wake`, for those who sleep on one half.
    fn wake_half(&self, word: &AtomicU64, half: Half, most: u32) -> usize;
}

/// A half of a word of 64 bits, as a little-endian machine places it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// Bits 0 to 31, at the word's address.
    Low,
    /// Bits 32 to 63, four bytes later.
    High,
}

impl Half {
    /// The half's value in `word`.
    #[inline(always)]
    pub fn of(self, word: u64) -> u32 {
        match self {
            Half::Low => word as u32,
            Half::High => (word >> 32) as u32,
        }
    }
}
