//! <stdlib.h> without processes and memory: numbers from text, sorting, arithmetic, small conversions.
//!
//! Neighbours: `random` (pseudo-random numbers), `search` (tables and trees), `multibyte` (characters), `float`
//! (`strtod`), `malloc`, `exit`, `env`.

pub mod arithmetic;
pub mod decimal;
pub mod integers;
pub mod radix64;
pub mod sort;
pub mod suboption;

pub use integers::*;
pub use sort::{bsearch, qsort, qsort_r};
