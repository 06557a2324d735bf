//! Which thread runs: priorities, then accounts in turn, then threads of the account in turn. Note 0007.
//!
//! [`queue`] holds the threads that are ready, [`switch`] changes what a processor runs and keeps the bill.

pub mod queue;
pub mod switch;

pub use queue::{AccountQueues, ReadyQueues};

/// Number of priorities; a greater one goes first.
pub const PRIORITIES: usize = 32;
/// Priority of a program at nice 0.
pub const DEFAULT_PRIORITY: u8 = 12;
/// Lowest and highest priority of programs.
pub const PROGRAM_PRIORITIES: core::ops::RangeInclusive<u8> = 8..=15;
/// Priority of core servers.
pub const SERVER_PRIORITY: u8 = 24;
/// A thread runs this long before another of its priority does (with share 100).
pub const TIME_SLICE_NS: u64 = 2_000_000;
