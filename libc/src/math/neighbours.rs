//! nextafter, nexttoward, nextup, nextdown. ISO C17 7.12.11, ISO/IEC TS 18661-1.

use super::errors::{overflowed, underflowed};
use super::real::Real;
use crate::fenv::{FE_INEXACT, FE_UNDERFLOW, exceptions::raise};
use crate::float::f80::F80;
use crate::types::c_void;

/// A format whose numbers have neighbours.
trait Neighbours: Real {
    /// The neighbour with the larger (or smaller) magnitude; not asked of NaNs, of infinity upwards, of zero.
    fn neighbour(self, larger: bool) -> Self;
    /// The smallest positive number.
    fn smallest(negative: bool) -> Self;
    /// Whether the number is zero or below the smallest normal one.
    fn is_tiny(self) -> bool;
}

impl Neighbours for f64 {
    fn neighbour(self, larger: bool) -> f64 {
        f64::from_bits(if larger {
            self.to_bits() + 1
        } else {
            self.to_bits() - 1
        })
    }
    fn smallest(negative: bool) -> f64 {
        f64::from_bits(1).with_sign(negative)
    }
    fn is_tiny(self) -> bool {
        self.abs() < f64::MIN_POSITIVE
    }
}

impl Neighbours for f32 {
    fn neighbour(self, larger: bool) -> f32 {
        f32::from_bits(if larger {
            self.to_bits() + 1
        } else {
            self.to_bits() - 1
        })
    }
    fn smallest(negative: bool) -> f32 {
        f32::from_bits(1).with_sign(negative)
    }
    fn is_tiny(self) -> bool {
        self.abs() < f32::MIN_POSITIVE
    }
}

impl Neighbours for F80 {
    fn neighbour(self, larger: bool) -> F80 {
        let sign = self.sign_exponent & 0x8000;
        let field = self.sign_exponent & 0x7fff;
        // The mantissa without its integer bit, and the exponent above it, count like one integer.
        let fraction = self.mantissa & (u64::MAX >> 1);
        let number = (field as u128) << 63 | fraction as u128;
        let number = if larger { number + 1 } else { number - 1 };
        let field = (number >> 63) as u16;
        let integer_bit = if field == 0 { 0 } else { 1 << 63 };
        F80 {
            mantissa: number as u64 & (u64::MAX >> 1) | integer_bit,
            sign_exponent: sign | field,
        }
    }
    fn smallest(negative: bool) -> F80 {
        F80 {
            mantissa: 1,
            sign_exponent: 0,
        }
        .with_sign(negative)
    }
    fn is_tiny(self) -> bool {
        self.biased_exponent() == 0
    }
}

/// The neighbour above or below.
fn next<R: Neighbours>(x: R, up: bool) -> R {
    if x.is_nan() {
        x.quieted()
    } else if x.is_zero() {
        R::smallest(!up)
    } else if x.is_infinite() && x.is_negative() != up {
        x
    } else {
        x.neighbour(x.is_negative() != up)
    }
}

/// The neighbour on the way to another number, with its errors. `order` compares x with it.
fn toward<R: Neighbours>(x: R, order: core::cmp::Ordering, equal: R) -> R {
    let result = match order {
        core::cmp::Ordering::Equal => return equal,
        core::cmp::Ordering::Less => next(x, true),
        core::cmp::Ordering::Greater => next(x, false),
    };
    if result.is_infinite() && x.is_finite() {
        overflowed();
    } else if x.is_zero() {
        // glibc sets no errno on the way out of zero.
        raise(FE_UNDERFLOW | FE_INEXACT);
    } else if result.is_tiny() {
        underflowed();
    }
    result
}

fn order<R: Real>(x: R, y: R) -> core::cmp::Ordering {
    if x.is_less(y) {
        core::cmp::Ordering::Less
    } else if y.is_less(x) {
        core::cmp::Ordering::Greater
    } else {
        core::cmp::Ordering::Equal
    }
}

fn after<R: Neighbours>(x: R, y: R) -> R {
    if x.is_nan() || y.is_nan() {
        return if x.is_nan() { x.quieted() } else { y.quieted() };
    }
    toward(x, order(x, y), y)
}

generic_functions! {
    /// The next number from x on the way to y. ISO C17 7.12.11.3.
    nextafter nextafterf nextafterl(x, y) = after;
    /// The next number above. ISO/IEC TS 18661-1.
    nextup nextupf nextupl(x) = |x| next(x, true);
    /// The next number below. ISO/IEC TS 18661-1.
    nextdown nextdownf nextdownl(x) = |x| next(x, false);
}

long_double! {
    /// The next number from x on the way to y. ISO C17 7.12.11.4.
    nexttowardl(; x, y) { after(x, y) }
}

/// The next number from x on the way to a long double, whose address is passed.
unsafe fn toward_long_double<R: Neighbours>(
    x: R,
    extended: F80,
    y: *const c_void,
    narrow: fn(F80) -> R,
) -> R {
    // SAFETY: the trampoline passes the address of the caller's argument.
    let y = unsafe { y.cast::<F80>().read() };
    if x.is_nan() {
        return x.quieted();
    }
    if y.is_nan() {
        return narrow(y);
    }
    toward(x, order(extended, y), narrow(y))
}

unsafe extern "C" fn toward_from_f64(y: *const c_void, x: f64) -> f64 {
    // SAFETY: as the trampoline promises.
    unsafe { toward_long_double(x, F80::from_f64(x), y, narrow) }
}

unsafe extern "C" fn toward_from_f32(y: *const c_void, x: f32) -> f32 {
    // SAFETY: as the trampoline promises.
    unsafe { toward_long_double(x, F80::from_f64(x as f64), y, narrow) }
}

/// A long double that is equal to a number of the format, or a NaN.
fn narrow<R: Real>(y: F80) -> R {
    if y.is_nan() {
        R::default_nan().with_sign(y.is_negative())
    } else if y.is_infinite() {
        R::infinity(y.is_negative())
    } else if y.is_zero() {
        R::zero(y.is_negative())
    } else {
        R::from_wide(y.wide())
    }
}

// double nexttoward(double, long double): the double is in xmm0, the long double on the stack.
#[cfg(not(test))]
core::arch::global_asm!(
    ".pushsection .text.nexttoward,\"ax\",@progbits",
    ".weak nexttoward",
    ".type nexttoward, @function",
    "nexttoward:",
    "lea rdi, [rsp + 8]",
    "jmp {double}",
    ".weak nexttowardf",
    ".type nexttowardf, @function",
    "nexttowardf:",
    "lea rdi, [rsp + 8]",
    "jmp {float}",
    ".popsection",
    double = sym toward_from_f64,
    float = sym toward_from_f32,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nexttoward_compares_with_all_bits_of_the_long_double() {
        let above_one = F80 {
            mantissa: 1 << 63 | 1,
            sign_exponent: 16383,
        };
        let place = (&raw const above_one).cast();
        // SAFETY: the place is a long double.
        unsafe {
            assert_eq!(toward_from_f64(place, 1.0), 1.0 + f64::EPSILON);
            assert_eq!(toward_from_f32(place, 1.0), 1.0 + f32::EPSILON);
        }
        let one = F80::ONE;
        // SAFETY: the place is a long double.
        assert_eq!(unsafe { toward_from_f64((&raw const one).cast(), 1.0) }, 1.0);
    }
}
