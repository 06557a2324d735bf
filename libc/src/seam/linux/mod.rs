//! The Linux backend of the seam: raw system calls, for host tests, fuzzing and benchmarks only.

mod clock;
mod events;
mod files;
mod memory;
mod names;
mod numbers;
mod process;
mod programs;
mod queues;
pub mod raw;
mod signals;
mod threads;

/// The system under test runs on: Linux on x86-64.
pub struct Linux;

#[cfg(not(test))]
pub use raw::cancelled_instruction;
