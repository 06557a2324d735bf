//! `errno` and exceptions of mathematical functions, as glibc has them. ISO C17 7.12.1, POSIX.1-2024.

use super::real::Real;
use crate::errno::{EDOM, ERANGE, set_errno};
use crate::fenv::{FE_DIVBYZERO, FE_INEXACT, FE_INVALID, FE_OVERFLOW, FE_UNDERFLOW, exceptions::raise};

/// The argument is outside the function's domain: NaN, EDOM, invalid.
#[cold]
pub fn domain<R: Real>() -> R {
    set_errno(EDOM);
    raise(FE_INVALID);
    R::default_nan()
}

/// An invalid operation that sets no `errno`: NaN, invalid.
#[cold]
pub fn invalid<R: Real>() -> R {
    raise(FE_INVALID);
    R::default_nan()
}

/// The function has a pole here: infinity, ERANGE, division by zero.
#[cold]
pub fn pole<R: Real>(negative: bool) -> R {
    set_errno(ERANGE);
    raise(FE_DIVBYZERO);
    R::infinity(negative)
}

/// Notes that a finite result of finite arguments is none: overflow if it is infinite.
#[inline]
pub fn overflow_checked<R: Real>(result: R) -> R {
    if result.is_infinite() {
        overflowed();
    }
    result
}

/// Notes overflow if the result is infinite, underflow if it is zero. For functions that are never zero.
#[inline]
pub fn range_checked<R: Real>(result: R) -> R {
    if result.is_infinite() {
        overflowed();
    } else if result.is_zero() {
        underflowed();
    }
    result
}

/// ERANGE and overflow.
#[cold]
pub fn overflowed() {
    set_errno(ERANGE);
    raise(FE_OVERFLOW | FE_INEXACT);
}

/// ERANGE and underflow.
#[cold]
pub fn underflowed() {
    set_errno(ERANGE);
    raise(FE_UNDERFLOW | FE_INEXACT);
}
