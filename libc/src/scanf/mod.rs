//! scanf: formatted input. ISO C17 7.21.6.2, POSIX.1-2024 (positional arguments, `m`, `%C`, `%S`).
//!
//! One engine ([`engine::scan`]) serves narrow and wide formats over an [`input::Input`], which needs one unit of
//! look-ahead and no more. [`format`] reads directives, [`number`] and [`text`] convert, [`target`] stores text.
//! The C functions are in [`narrow`] and [`wide`]. Where glibc departs from the standard (`0x` without a digit,
//! `1e` without an exponent count as numbers) this follows the standard: a matching failure.
//!
//! Neighbours: `float` reads numbers; `printf::va_list` has the trampolines; `stdio` owns the streams.

pub mod engine;
pub mod format;
pub mod input;
pub mod narrow;
pub mod number;
pub mod target;
pub mod text;
pub mod wide;

#[cfg(test)]
mod tests;
