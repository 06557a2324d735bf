//! Functions of long double, on a software number of 128 bits.
//!
//! [`wide::Wide`] is the number; [`elementary`], [`special`] and [`bessel`] are the functions, for finite arguments
//! only. `math` adds infinities, NaNs, `errno` and the exceptions. The complex functions stand on the same.

pub mod bessel;
pub mod constants;
pub mod elementary;
pub mod special;
pub mod two_over_pi;
pub mod wide;
