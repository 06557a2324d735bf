//! The direction of rounding. ISO C17 7.6.3.

use super::control::*;
use crate::types::c_int;

/// The directions as <fenv.h> numbers them: the bits of the x87 control word.
pub const FE_TONEAREST: c_int = 0;
/// Toward minus infinity.
pub const FE_DOWNWARD: c_int = 0x400;
/// Toward plus infinity.
pub const FE_UPWARD: c_int = 0x800;
/// Toward zero.
pub const FE_TOWARDZERO: c_int = 0xc00;

export! {
    /// The current direction of rounding. ISO C17 7.6.3.1.
    pub unsafe extern "C" fn fegetround() -> c_int {
        (x87_control() & 0xc00) as c_int
    }

    /// Sets the direction of rounding of both units. Returns 0, or 1 for a number that names none. ISO C17 7.6.3.2.
    pub unsafe extern "C" fn fesetround(direction: c_int) -> c_int {
        if direction & !0xc00 != 0 {
            return 1;
        }
        set_x87_control(x87_control() & !0xc00 | direction as u16);
        set_mxcsr(mxcsr() & !0x6000 | (direction as u32) << 3);
        0
    }
}
alias!(__fegetround = fegetround);
alias!(__fesetround = fesetround);
