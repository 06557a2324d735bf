//! <string.h> and <strings.h>: memory and strings.
//!
//! The functions that every program spends its time in (`memcpy`, `memset`, `memcmp`, `memchr`, `strlen`) are
//! assembly, with SSE2 for short lengths and AVX2 for long ones where the processor has it (`vector`); the
//! rest stands on them and on `block`, sixteen bytes at a time.

pub mod argz;
pub mod bits;
mod block;
pub mod compare;
pub mod compare_memory;
pub mod copy;
pub mod copy_memory;
pub mod error_text;
pub mod find;
pub mod find_byte;
pub mod fortify;
pub mod length;
pub mod set_memory;
pub mod split;
pub mod substring;
mod vector;

#[cfg(test)]
mod tests;

pub use compare::*;
pub use compare_memory::memcmp;
pub use copy::*;
pub use copy_memory::{memmove, memmove as memcpy, mempcpy};
pub use error_text::{error_text, strerror, strsignal};
pub use find::*;
pub use find_byte::memchr;
pub use length::strlen;
pub use set_memory::{bzero, memset};
pub use split::*;
pub use substring::{memmem, strcasestr, strstr};
