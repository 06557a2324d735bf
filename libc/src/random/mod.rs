//! Pseudo-random numbers: `rand`, `random` and `drand48` with glibc's sequences, which tests and simulations
//! expect bit for bit. None of them is for secrets: those come from `getrandom`.

pub mod additive;
pub mod linear48;

pub use additive::{rand, rand_r, random, srandom};
