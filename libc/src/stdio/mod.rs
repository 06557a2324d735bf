//! <stdio.h>: buffered streams. ISO C17 7.21, POSIX.1-2024, glibc's extensions; wide streams of <wchar.h>.
//!
//! [`file::File`] is C's `FILE`, laid out as glibc has it, with live values in every field that headers, gnulib or
//! libstdc++ read. [`input`], [`output`] and [`position`] move data between its buffer and the [`device`] behind
//! it; the device is a descriptor, the program's functions ([`cookie`]), or memory ([`memory`], [`growing`]).
//! All other files are families of C functions: each takes the stream's lock and calls those three.
//!
//! Neighbours: `printf` and `scanf` format; `exit` calls [`at_exit`].

pub mod assertion;
pub mod at_exit;
pub mod block;
pub mod buffering;
pub mod character;
pub mod close;
pub mod cookie;
pub mod device;
pub mod errors;
pub mod extensions;
pub mod file;
pub mod growing;
pub mod growing_wide;
pub mod input;
pub mod line;
pub mod locking;
pub mod memory;
pub mod names;
pub mod open;
pub mod output;
pub mod position;
pub mod seek;
pub mod standard;
pub mod status;
pub mod templates;
pub mod temporary;
pub mod wide;

#[cfg(test)]
mod tests;
