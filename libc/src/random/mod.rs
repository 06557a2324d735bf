//! Pseudo-random numbers: `rand`, `random` and `drand48` with glibc's sequences, which tests and simulations
//! expect bit for bit. None of them is for secrets: those come from `getrandom`.

pub mod additive;
pub mod linear48;

/// The locks of the process's generators, for fork.
pub fn locks() -> [&'static crate::lock::RawLock; 2] {
    [additive::lock(), linear48::lock()]
}

pub use additive::{rand, rand_r, random, srandom};
