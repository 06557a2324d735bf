//! printf: formatted output. ISO C17 7.21.6, POSIX.1-2024 (positional arguments, `%C`, `%S`), glibc (`%m`, `%b`).
//!
//! One engine ([`engine::print`]) serves narrow and wide formats and every destination; a destination is an
//! [`output::Output`]. [`format`] reads conversion specifications, [`arguments`] fetches what they name from a
//! `va_list`, and [`integer`], [`floating`], [`text`] write them. The C functions are in [`narrow`], [`wide`] and
//! (for programs built with `_FORTIFY_SOURCE`) [`checked`]; those that are variadic enter through the trampolines
//! of [`va_list`].
//!
//! Neighbours: `float` finds the digits; `stdio` owns the streams.

#[macro_use]
pub mod va_list;
pub mod arguments;
pub mod checked;
pub mod encoding;
pub mod engine;
pub mod floating;
pub mod format;
pub mod integer;
pub mod narrow;
pub mod output;
pub mod strfrom;
pub mod text;
pub mod types_of_format;
pub mod wide;

#[cfg(test)]
mod tests;
