//! The x87 instructions that are exact or correctly rounded by themselves, on numbers in memory.

use crate::float::f80::F80;
use core::arch::asm;

macro_rules! unary {
    ($($(#[$meta:meta])* $name:ident = $instruction:literal;)*) => {
        $(
            $(#[$meta])*
            pub fn $name(x: F80) -> F80 {
                let mut result = F80::ZERO;
                // SAFETY: loads and stores the variables given, and leaves the register stack as it was.
                unsafe {
                    asm!(
                        "fld tbyte ptr [{x}]", $instruction, "fstp tbyte ptr [{result}]",
                        x = in(reg) &raw const x, result = in(reg) &raw mut result,
                        out("st(0)") _, out("st(1)") _, options(nostack),
                    );
                }
                result
            }
        )*
    };
}

macro_rules! binary {
    ($($(#[$meta:meta])* $name:ident = $instruction:literal;)*) => {
        $(
            $(#[$meta])*
            pub fn $name(x: F80, y: F80) -> F80 {
                let mut result = F80::ZERO;
                // SAFETY: loads and stores the variables given, and leaves the register stack as it was.
                unsafe {
                    asm!(
                        "fld tbyte ptr [{x}]", "fld tbyte ptr [{y}]", $instruction, "fstp tbyte ptr [{result}]",
                        x = in(reg) &raw const x, y = in(reg) &raw const y, result = in(reg) &raw mut result,
                        out("st(0)") _, out("st(1)") _, out("st(2)") _, options(nostack),
                    );
                }
                result
            }
        )*
    };
}

unary! {
    /// The square root in the current rounding direction.
    square_root = "fsqrt";
    /// The nearest integer in the current rounding direction; raises inexact.
    round_to_integer = "frndint";
}

binary! {
    /// `x - y` in the current rounding direction.
    subtract = "fsubp st(1), st";
    /// `x + y` in the current rounding direction.
    add = "faddp st(1), st";
}

/// The nearest `long` in the current rounding direction; `i64::MIN` and invalid if there is none.
pub fn to_i64(x: F80) -> i64 {
    let mut result = 0i64;
    // SAFETY: loads and stores the variables given, and leaves the register stack as it was.
    unsafe {
        asm!(
            "fld tbyte ptr [{x}]", "fistp qword ptr [{result}]",
            x = in(reg) &raw const x, result = in(reg) &raw mut result,
            out("st(0)") _, options(nostack),
        );
    }
    result
}

/// The exact remainder of a division of finite numbers, y not zero. `NEAREST` says whether the quotient is rounded to nearest or cut off.
pub fn remainder<const NEAREST: bool>(x: F80, y: F80) -> F80 {
    let mut result = F80::ZERO;
    macro_rules! repeat {
        ($instruction:literal) => {
            // SAFETY: loads and stores the variables given, and leaves the register stack as it was. Each step takes
            // at least 32 off the exponents' difference, so the loop ends.
            unsafe {
                asm!(
                    "fld tbyte ptr [{y}]", "fld tbyte ptr [{x}]",
                    "2:", $instruction, "fnstsw ax", "test ah, 4", "jnz 2b",
                    "fstp tbyte ptr [{result}]", "fstp st(0)",
                    x = in(reg) &raw const x, y = in(reg) &raw const y, result = in(reg) &raw mut result,
                    out("ax") _, out("st(0)") _, out("st(1)") _, options(nostack),
                )
            }
        };
    }
    if NEAREST {
        repeat!("fprem1");
    } else {
        repeat!("fprem");
    }
    result
}
