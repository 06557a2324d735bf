//! <fenv.h>: the floating-point environment of a thread. ISO C17 7.6, with glibc's additions.
//!
//! x86-64 has two units with a control and a status word each: x87 (long double) and SSE (float and double). All
//! functions keep both alike. [`control`] reads and writes the registers; the rest of the library raises
//! exceptions by [`exceptions::raise`].

pub mod control;
pub mod environment;
pub mod exceptions;
pub mod rounding;

#[cfg(test)]
mod tests;

use crate::types::c_int;

/// Invalid operation.
pub const FE_INVALID: c_int = 0x01;
/// A denormal operand (x86 only).
pub const FE_DENORMAL: c_int = 0x02;
/// Division by zero.
pub const FE_DIVBYZERO: c_int = 0x04;
/// Overflow.
pub const FE_OVERFLOW: c_int = 0x08;
/// Underflow.
pub const FE_UNDERFLOW: c_int = 0x10;
/// Inexact result.
pub const FE_INEXACT: c_int = 0x20;
/// The standard exceptions together.
pub const FE_ALL_EXCEPT: c_int = 0x3d;
