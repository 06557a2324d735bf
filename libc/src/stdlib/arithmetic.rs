//! `abs`, `div` and their forms.

use crate::types::*;

/// Quotient and remainder. ISO C `div_t`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the members are the standard's")]
pub struct div_t {
    pub quot: c_int,
    pub rem: c_int,
}

/// Quotient and remainder. ISO C `ldiv_t`, `lldiv_t`, `imaxdiv_t`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the members are the standard's")]
pub struct ldiv_t {
    pub quot: c_long,
    pub rem: c_long,
}

export! {
    /// The absolute value; that of the smallest number is itself. ISO C, POSIX.1-2024 `abs`.
    pub unsafe extern "C" fn abs(value: c_int) -> c_int {
        value.wrapping_abs()
    }

    /// As `abs` for `long`. ISO C, POSIX.1-2024 `labs`.
    pub unsafe extern "C" fn labs(value: c_long) -> c_long {
        value.wrapping_abs()
    }

    /// Quotient and remainder. A zero divisor, or a quotient that does not fit, is a fault as it is in C's own
    /// division. ISO C, POSIX.1-2024 `div`.
    pub unsafe extern "C" fn div(numerator: c_int, denominator: c_int) -> div_t {
        if denominator == 0 {
            divide_error();
        }
        div_t { quot: numerator.wrapping_div(denominator), rem: numerator.wrapping_rem(denominator) }
    }

    /// As `div` for `long`. ISO C, POSIX.1-2024 `ldiv`.
    pub unsafe extern "C" fn ldiv(numerator: c_long, denominator: c_long) -> ldiv_t {
        if denominator == 0 {
            divide_error();
        }
        ldiv_t { quot: numerator.wrapping_div(denominator), rem: numerator.wrapping_rem(denominator) }
    }
}

/// The processor's own divide error, which a program may catch as SIGFPE.
#[cold]
fn divide_error() -> ! {
    // SAFETY: the division faults; if a handler returns, the instruction runs again.
    unsafe {
        core::arch::asm!(
            "2:",
            "xor eax, eax",
            "cdq",
            "idiv eax",
            "jmp 2b",
            options(noreturn, nostack)
        );
    }
}

crate::alias!(llabs = labs);
crate::alias!(imaxabs = labs);
crate::alias!(lldiv = ldiv);
crate::alias!(imaxdiv = ldiv);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_truncates_towards_zero() {
        // SAFETY: no divisor is zero.
        unsafe {
            assert_eq!(div(-7, 2), div_t { quot: -3, rem: -1 });
            assert_eq!(ldiv(7, -2), ldiv_t { quot: -3, rem: 1 });
            assert_eq!(abs(c_int::MIN), c_int::MIN);
            assert_eq!(labs(-5), 5);
        }
    }
}
