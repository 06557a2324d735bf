//! The exported functions.

use super::part::{Number, Part};
use super::{exponential, hyperbolic, inverse};
use crate::float::f80::F80;
use crate::math::real::Real;

/// A complex number as C passes and returns it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Complex<R> {
    /// The real part.
    pub re: R,
    /// The imaginary part.
    pub im: R,
}

impl<R: Real> Complex<R> {
    fn number(self) -> Number {
        Number::new(Part::from_real(self.re), Part::from_real(self.im))
    }

    fn from_number(number: Number) -> Complex<R> {
        Complex {
            re: number.re.to_real(),
            im: number.im.to_real(),
        }
    }
}

/// Exports a function of long doubles that returns a complex one. The trampoline passes the address of the arguments
/// and of a place for the result, and loads the result's parts onto the x87 stack, the real one last.
macro_rules! complex_long_double {
    ($(#[$meta:meta])* $name:ident ($($argument:ident),+) $body:block) => {
        $(#[$meta])*
        pub unsafe extern "C" fn $name(arguments: *const Complex<F80>, result: *mut Complex<F80>) {
            let mut next = arguments;
            $(
                // SAFETY: the trampoline passes the address of the caller's arguments.
                let $argument = unsafe { next.read() };
                next = next.wrapping_add(1);
            )+
            let _ = next;
            // SAFETY: the trampoline passes a place on its stack.
            unsafe { result.write($body) }
        }
        #[cfg(not(test))]
        core::arch::global_asm!(
            concat!(".pushsection .text.", stringify!($name), ",\"ax\",@progbits"),
            concat!(".weak ", stringify!($name)),
            concat!(".type ", stringify!($name), ", @function"),
            concat!(stringify!($name), ":"),
            ".cfi_startproc",
            "lea rdi, [rsp + 8]",
            "sub rsp, 40",
            ".cfi_adjust_cfa_offset 40",
            "mov rsi, rsp",
            "call {function}",
            "fld tbyte ptr [rsp + 16]",
            "fld tbyte ptr [rsp]",
            "add rsp, 40",
            ".cfi_adjust_cfa_offset -40",
            "ret",
            ".cfi_endproc",
            concat!(".size ", stringify!($name), ", . - ", stringify!($name)),
            ".popsection",
            function = sym $name,
        );
    };
}

/// Functions from complex to complex numbers in three formats.
macro_rules! complex_functions {
    ($($(#[$meta:meta])* $double:ident $float:ident $long:ident ($($z:ident),+) = $body:path;)*) => {
        $(
            export! {
                $(#[$meta])*
                pub unsafe extern "C" fn $double($($z: Complex<f64>),+) -> Complex<f64> {
                    Complex::from_number($body($($z.number()),+))
                }
                $(#[$meta])*
                pub unsafe extern "C" fn $float($($z: Complex<f32>),+) -> Complex<f32> {
                    Complex::from_number($body($($z.number()),+))
                }
            }
            complex_long_double! {
                $(#[$meta])*
                $long($($z),+) { Complex::from_number($body($($z.number()),+)) }
            }
        )*
    };
}

complex_functions! {
    /// Arc cosine. ISO C17 7.3.5.1.
    cacos cacosf cacosl(z) = inverse::acos;
    /// Arc sine. ISO C17 7.3.5.2.
    casin casinf casinl(z) = inverse::asin;
    /// Arc tangent. ISO C17 7.3.5.3.
    catan catanf catanl(z) = inverse::atan;
    /// Cosine. ISO C17 7.3.5.4.
    ccos ccosf ccosl(z) = hyperbolic::cos;
    /// Sine. ISO C17 7.3.5.5.
    csin csinf csinl(z) = hyperbolic::sin;
    /// Tangent. ISO C17 7.3.5.6.
    ctan ctanf ctanl(z) = hyperbolic::tan;
    /// Inverse hyperbolic cosine. ISO C17 7.3.6.1.
    cacosh cacoshf cacoshl(z) = inverse::acosh;
    /// Inverse hyperbolic sine. ISO C17 7.3.6.2.
    casinh casinhf casinhl(z) = inverse::asinh;
    /// Inverse hyperbolic tangent. ISO C17 7.3.6.3.
    catanh catanhf catanhl(z) = inverse::atanh;
    /// Hyperbolic cosine. ISO C17 7.3.6.4.
    ccosh ccoshf ccoshl(z) = hyperbolic::cosh;
    /// Hyperbolic sine. ISO C17 7.3.6.5.
    csinh csinhf csinhl(z) = hyperbolic::sinh;
    /// Hyperbolic tangent. ISO C17 7.3.6.6.
    ctanh ctanhf ctanhl(z) = hyperbolic::tanh;
    /// Exponential. ISO C17 7.3.7.1.
    cexp cexpf cexpl(z) = exponential::exp;
    /// Logarithm. ISO C17 7.3.7.2.
    clog clogf clogl(z) = exponential::log;
    /// Decimal logarithm. glibc.
    clog10 clog10f clog10l(z) = exponential::log10;
    /// Power. ISO C17 7.3.8.2.
    cpow cpowf cpowl(x, y) = exponential::pow;
    /// Square root. ISO C17 7.3.8.3.
    csqrt csqrtf csqrtl(z) = exponential::square_root;
}

/// The conjugate.
fn conjugate<R: Real>(z: Complex<R>) -> Complex<R> {
    Complex {
        re: z.re,
        im: z.im.with_sign(!z.im.is_negative()),
    }
}

/// The point of the Riemann sphere: all infinities are one.
fn projection<R: Real>(z: Complex<R>) -> Complex<R> {
    if z.re.is_infinite() || z.im.is_infinite() {
        Complex {
            re: R::infinity(false),
            im: R::zero(z.im.is_negative()),
        }
    } else {
        z
    }
}

macro_rules! plain_functions {
    ($($(#[$meta:meta])* $double:ident $float:ident $long:ident = $body:ident;)*) => {
        $(
            export! {
                $(#[$meta])*
                pub unsafe extern "C" fn $double(z: Complex<f64>) -> Complex<f64> { $body(z) }
                $(#[$meta])*
                pub unsafe extern "C" fn $float(z: Complex<f32>) -> Complex<f32> { $body(z) }
            }
            complex_long_double! {
                $(#[$meta])*
                $long(z) { $body(z) }
            }
        )*
    };
}

plain_functions! {
    /// The conjugate. ISO C17 7.3.9.4.
    conj conjf conjl = conjugate;
    /// The projection onto the Riemann sphere. ISO C17 7.3.9.5.
    cproj cprojf cprojl = projection;
}

macro_rules! real_results {
    ($($(#[$meta:meta])* $double:ident $float:ident $long:ident = $body:expr;)*) => {
        $(
            export! {
                $(#[$meta])*
                pub unsafe extern "C" fn $double(z: Complex<f64>) -> f64 { $body(z) }
                $(#[$meta])*
                pub unsafe extern "C" fn $float(z: Complex<f32>) -> f32 { $body(z) }
            }
            crate::long_double! {
                $(#[$meta])*
                $long(; re, im) { $body(Complex { re, im }) }
            }
        )*
    };
}

/// The magnitude with hypot's errors.
fn absolute<R: Real>(z: Complex<R>) -> R {
    let result: R = exponential::magnitude(z.number()).to_real();
    if z.re.is_finite() && z.im.is_finite() {
        crate::math::errors::overflow_checked(result)
    } else {
        result
    }
}

real_results! {
    /// The magnitude. ISO C17 7.3.8.1.
    cabs cabsf cabsl = absolute;
    /// The angle. ISO C17 7.3.9.1.
    carg cargf cargl = |z: Complex<_>| exponential::argument(z.number()).to_real();
    /// The real part. ISO C17 7.3.9.6.
    creal crealf creall = |z: Complex<_>| z.re;
    /// The imaginary part. ISO C17 7.3.9.2.
    cimag cimagf cimagl = |z: Complex<_>| z.im;
}
