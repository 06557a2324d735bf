//! <wchar.h>: strings and arrays of wide characters.
//!
//! `wchar_t` is signed, and comparisons are by its value. Neighbours: `multibyte` (conversions), `wctype`
//! (classes and columns), `stdlib::integers` (`wcstol`), stdio (wide streams).

pub mod compare;
pub mod copy;
pub mod find;
pub mod fortify;

pub use compare::*;
pub use copy::*;
pub use find::*;

#[cfg(test)]
mod tests;
