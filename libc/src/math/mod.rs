//! <math.h>: ISO C17 7.12, POSIX.1-2024, and what glibc adds; in float, double and long double.
//!
//! The bodies for double are the crate `libm`'s (the family of FreeBSD and musl), within one unit of the last place
//! where `tests` says so; those for float are the same, rounded; those for long double stand on [`extended`]. What
//! depends on the rounding direction (rint, lrint, sqrt, fma) uses the processor's instructions or exact integers.
//! [`real`] has what is common to the three formats, [`errors`] the rules of `errno` and exceptions
//! (`math_errhandling` has both bits), and the other files export one family each, in three formats by the macros of
//! [`families`].

#[macro_use]
pub mod families;
pub mod bessel;
pub mod classify;
pub mod errors;
pub mod exponential;
pub mod extended;
pub mod fused;
pub mod gamma;
pub mod hyperbolic;
pub mod manipulation;
pub mod neighbours;
pub mod power;
pub mod real;
pub mod remainder;
pub mod rounding;
pub mod simple;
pub mod trigonometric;
pub mod x87;

#[cfg(test)]
mod tests;
