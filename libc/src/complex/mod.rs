//! <complex.h>: ISO C17 7.3 with the special values of Annex G, in three formats.
//!
//! All functions are computed once, on [`part::Number`] (128-bit software numbers, infinities and NaN), and rounded to
//! the format at the end. [`exponential`], [`hyperbolic`] and [`inverse`] have the functions; [`functions`] exports
//! them. A `double _Complex` is passed like a structure of two doubles; one of long doubles through trampolines.

#[macro_use]
pub mod functions;
pub mod exponential;
pub mod hyperbolic;
pub mod inverse;
pub mod part;

#[cfg(test)]
mod tests;
