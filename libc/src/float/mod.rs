//! Floating-point numbers and their text, exact in both directions.
//!
//! [`value::Value`] is what any `float`, `double` or `long double` is taken apart into. [`to_decimal`] finds the
//! decimal digits that printf asks for, [`from_decimal`] and [`hexadecimal`] find the number that a text names,
//! [`parse`] knows the syntax of strtod, and [`strtod`] holds the exported functions. All of it rounds correctly
//! in the current rounding mode, as C17 Annex F recommends. [`abi`] carries long doubles across the C boundary.
//!
//! Neighbours: `printf` and `scanf` use this; `math` uses [`f80`] for long double.

#[macro_use]
pub mod abi;
pub mod big;
pub mod bits128;
pub mod f80;
pub mod from_decimal;
pub mod hexadecimal;
pub mod parse;
pub mod powers;
pub mod round;
pub mod strtod;
pub mod to_decimal;
pub mod value;

#[cfg(test)]
pub mod tests;
