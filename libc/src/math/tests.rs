//! Tests of mathematical functions against the host's: results within stated units of the last place, `errno` equal.

use super::real::Real;
use super::{bessel, exponential, fused, gamma, hyperbolic, manipulation, neighbours, power, remainder};
use super::{rounding, simple, trigonometric};
use crate::errno::{get_errno, set_errno};
use crate::float::f80::F80;
use crate::float::tests::{DIRECTIONS, config, in_direction};
use proptest::prelude::*;
use std::ffi::c_int;
use std::string::String;
use std::vec::Vec;

unsafe extern "C" {
    #[link_name = "__errno_location"]
    fn host_errno() -> *mut c_int;
    #[link_name = "dlsym"]
    fn dlsym(handle: *const u8, name: *const i8) -> *const u8;
}

/// The host's function of that name.
fn host(name: &str) -> *const u8 {
    let c_name = std::ffi::CString::new(name).unwrap();
    // SAFETY: the name ends with a zero.
    let found = unsafe { dlsym(std::ptr::null(), c_name.as_ptr()) };
    assert!(!found.is_null(), "the host has no {name}");
    found
}

type Double1 = unsafe extern "C" fn(f64) -> f64;
type Double2 = unsafe extern "C" fn(f64, f64) -> f64;
type Float1 = unsafe extern "C" fn(f32) -> f32;
type Float2 = unsafe extern "C" fn(f32, f32) -> f32;
/// Our functions of long double: address of the arguments, address of the result.
type Long = unsafe extern "C" fn(*const F80, *mut F80);

/// Calls a function of the host that takes up to two long doubles and returns one.
fn call_host_long(function: *const u8, arguments: [F80; 2]) -> F80 {
    let mut result = F80::ZERO;
    // SAFETY: the function takes up to two long doubles on the stack and leaves one on the x87 stack, by the System V ABI; the stack pointer is aligned for it and put back, and what a call may change is declared.
    unsafe {
        std::arch::asm!(
            "mov r12, rsp",
            "and rsp, -16",
            "sub rsp, 32",
            "fld tbyte ptr [r13]",
            "fstp tbyte ptr [rsp]",
            "fld tbyte ptr [r13 + 16]",
            "fstp tbyte ptr [rsp + 16]",
            "call {function}",
            "mov rsp, r12",
            "fstp tbyte ptr [r14]",
            function = in(reg) function,
            in("r13") arguments.as_ptr(),
            in("r14") &raw mut result,
            out("r12") _,
            clobber_abi("C"),
        );
    }
    result
}

/// Numbers in the order of a format, as integers: neighbours differ by one.
trait Ordered: Real + std::fmt::Debug {
    fn ordinal(self) -> i128;
}

impl Ordered for f64 {
    fn ordinal(self) -> i128 {
        let magnitude = (self.to_bits() << 1 >> 1) as i128;
        if self.is_sign_negative() {
            -magnitude
        } else {
            magnitude
        }
    }
}

impl Ordered for f32 {
    fn ordinal(self) -> i128 {
        let magnitude = (self.to_bits() << 1 >> 1) as i128;
        if self.is_sign_negative() {
            -magnitude
        } else {
            magnitude
        }
    }
}

impl Ordered for F80 {
    fn ordinal(self) -> i128 {
        let field = self.biased_exponent().max(1) as i128;
        let magnitude = (field << 63) + self.mantissa as i128 - (1 << 63);
        if self.is_negative() { -magnitude } else { magnitude }
    }
}

/// Whether two results are as close as `units` of the last place allow; NaNs equal NaNs.
fn close<R: Ordered>(found: R, expected: R, units: i128) -> bool {
    if found.is_nan() || expected.is_nan() {
        return found.is_nan() && expected.is_nan();
    }
    if expected.is_zero() && found.is_zero() {
        // Which zero fmax and fmin return is open; they allow this by `units` below zero.
        return units < 0 || found.is_negative() == expected.is_negative();
    }
    let units = units.max(0);
    (found.ordinal() - expected.ordinal()).abs() <= units
}

fn with_errno<R>(call: impl FnOnce() -> R) -> (R, c_int) {
    set_errno(0);
    let result = call();
    (result, get_errno())
}

fn with_host_errno<R>(call: impl FnOnce() -> R) -> (R, c_int) {
    // SAFETY: the host's `errno` is the thread's own place.
    unsafe {
        *host_errno() = 0;
        let result = call();
        (result, *host_errno())
    }
}

/// Arguments that are special to nearly every function.
#[rustfmt::skip]
const SPECIAL: [f64; 26] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    1.5,
    2.0,
    -2.0,
    3.0,
    -3.0,
    2.5,
    10.0,
    100.0,
    710.0,
    -746.0,
    1e300,
    -1e300,
    1e-300,
    4.9e-324,
    -4.9e-324,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    f64::MAX,
    f64::MIN_POSITIVE,
];

/// Functions of one number: name, ours in three formats, units allowed in double, float and long double.
#[rustfmt::skip]
const ONE: &[(&str, Double1, Float1, Long, [i128; 3])] = &[
    ("exp", exponential::exp, exponential::expf, exponential::expl, [1, 1, 1]),
    ("exp2", exponential::exp2, exponential::exp2f, exponential::exp2l, [1, 1, 1]),
    ("exp10", exponential::exp10, exponential::exp10f, exponential::exp10l, [4, 1, 1]),
    ("expm1", exponential::expm1, exponential::expm1f, exponential::expm1l, [1, 1, 3]),
    ("log", exponential::log, exponential::logf, exponential::logl, [1, 1, 1]),
    ("log2", exponential::log2, exponential::log2f, exponential::log2l, [1, 1, 1]),
    ("log10", exponential::log10, exponential::log10f, exponential::log10l, [2, 2, 1]),
    ("log1p", exponential::log1p, exponential::log1pf, exponential::log1pl, [1, 1, 2]),
    ("sin", trigonometric::sin, trigonometric::sinf, trigonometric::sinl, [1, 1, 1]),
    ("cos", trigonometric::cos, trigonometric::cosf, trigonometric::cosl, [1, 1, 1]),
    ("tan", trigonometric::tan, trigonometric::tanf, trigonometric::tanl, [1, 1, 2]),
    ("asin", trigonometric::asin, trigonometric::asinf, trigonometric::asinl, [1, 1, 1]),
    ("acos", trigonometric::acos, trigonometric::acosf, trigonometric::acosl, [1, 1, 1]),
    ("atan", trigonometric::atan, trigonometric::atanf, trigonometric::atanl, [1, 1, 1]),
    ("sinh", hyperbolic::sinh, hyperbolic::sinhf, hyperbolic::sinhl, [2, 2, 3]),
    ("cosh", hyperbolic::cosh, hyperbolic::coshf, hyperbolic::coshl, [2, 2, 3]),
    ("tanh", hyperbolic::tanh, hyperbolic::tanhf, hyperbolic::tanhl, [2, 2, 4]),
    ("asinh", hyperbolic::asinh, hyperbolic::asinhf, hyperbolic::asinhl, [2, 2, 3]),
    ("acosh", hyperbolic::acosh, hyperbolic::acoshf, hyperbolic::acoshl, [2, 2, 3]),
    ("atanh", hyperbolic::atanh, hyperbolic::atanhf, hyperbolic::atanhl, [2, 2, 4]),
    ("cbrt", power::cbrt, power::cbrtf, power::cbrtl, [4, 1, 3]),
    ("sqrt", power::sqrt, power::sqrtf, power::sqrtl, [0, 0, 0]),
    ("erf", gamma::erf, gamma::erff, gamma::erfl, [1, 1, 1]),
    ("erfc", gamma::erfc, gamma::erfcf, gamma::erfcl, [5, 5, 5]),
    ("tgamma", gamma::tgamma, gamma::tgammaf, gamma::tgammal, [10, 10, 10]),
    ("ceil", rounding::ceil, rounding::ceilf, rounding::ceill, [0, 0, 0]),
    ("floor", rounding::floor, rounding::floorf, rounding::floorl, [0, 0, 0]),
    ("trunc", rounding::trunc, rounding::truncf, rounding::truncl, [0, 0, 0]),
    ("round", rounding::round, rounding::roundf, rounding::roundl, [0, 0, 0]),
    ("roundeven", rounding::roundeven, rounding::roundevenf, rounding::roundevenl, [0, 0, 0]),
    ("rint", rounding::rint, rounding::rintf, rounding::rintl, [0, 0, 0]),
    ("nearbyint", rounding::nearbyint, rounding::nearbyintf, rounding::nearbyintl, [0, 0, 0]),
    ("logb", manipulation::logb, manipulation::logbf, manipulation::logbl, [0, 0, 0]),
    ("significand", manipulation::significand, manipulation::significandf, manipulation::significandl, [0, 0, 0]),
    ("fabs", simple::fabs, simple::fabsf, simple::fabsl, [0, 0, 0]),
    ("nextup", neighbours::nextup, neighbours::nextupf, neighbours::nextupl, [0, 0, 0]),
    ("nextdown", neighbours::nextdown, neighbours::nextdownf, neighbours::nextdownl, [0, 0, 0]),
];

/// Functions of two numbers.
#[rustfmt::skip]
const TWO: &[(&str, Double2, Float2, Long, [i128; 3])] = &[
    ("pow", power::pow, power::powf, power::powl, [1, 1, 2]),
    ("atan2", trigonometric::atan2, trigonometric::atan2f, trigonometric::atan2l, [1, 1, 1]),
    ("hypot", power::hypot, power::hypotf, power::hypotl, [1, 1, 1]),
    ("fmod", remainder::fmod, remainder::fmodf, remainder::fmodl, [0, 0, 0]),
    ("remainder", remainder::remainder, remainder::remainderf, remainder::remainderl, [0, 0, 0]),
    ("fmax", simple::fmax, simple::fmaxf, simple::fmaxl, [-1, -1, -1]),
    ("fmin", simple::fmin, simple::fminf, simple::fminl, [-1, -1, -1]),
    ("fdim", simple::fdim, simple::fdimf, simple::fdiml, [0, 0, 0]),
    ("copysign", simple::copysign, simple::copysignf, simple::copysignl, [0, 0, 0]),
    ("nextafter", neighbours::nextafter, neighbours::nextafterf, neighbours::nextafterl, [0, 0, 0]),
    ("scalb", manipulation::scalb, manipulation::scalbf, manipulation::scalbl, [0, 0, 0]),
];

/// Compares results and `errno` of one function at one place in three formats; what differs is a line of text.
fn compare_one(index: usize, x: f64, long: F80, check_errno: bool) -> Vec<String> {
    let (name, double, float, extended, units) = ONE[index];
    // The host's significand calls its ilogb, which sets errno.
    let check_errno = check_errno && name != "significand";
    let mut wrong = Vec::new();
    // SAFETY: the host's function of that name has that type, and the functions take numbers only, or places of this frame.
    unsafe {
        let host_double: Double1 = std::mem::transmute(host(name));
        let host_float: Float1 = std::mem::transmute(host(&std::format!("{name}f")));
        let (found, errno) = with_errno(|| double(x));
        let (expected, host) = with_host_errno(|| host_double(x));
        if !close(found, expected, units[0]) || (check_errno && errno != host) {
            wrong.push(std::format!(
                "{name}({x:e}): {found:e} errno {errno}, host {expected:e} errno {host}"
            ));
        }
        let single = x as f32;
        let (found, errno) = with_errno(|| float(single));
        let (expected, host) = with_host_errno(|| host_float(single));
        if !close(found, expected, units[1]) || (check_errno && errno != host) {
            wrong.push(std::format!(
                "{name}f({single:e}): {found:e} errno {errno}, host {expected:e} errno {host}"
            ));
        }
        let mut found = F80::ZERO;
        let ((), errno) = with_errno(|| extended(&long, &mut found));
        let function = self::host(&std::format!("{name}l"));
        let (expected, host) = with_host_errno(|| call_host_long(function, [long, F80::ZERO]));
        if !close(found, expected, units[2]) || (check_errno && errno != host) {
            wrong.push(std::format!(
                "{name}l({long:x?}): {found:x?} errno {errno}, host {expected:x?} errno {host}"
            ));
        }
    }
    wrong
}

fn compare_two(index: usize, x: f64, y: f64, long: [F80; 2], check_errno: bool) -> Vec<String> {
    let (name, double, float, extended, units) = TWO[index];
    let mut wrong = Vec::new();
    // SAFETY: the host's function of that name has that type, and the functions take numbers only, or places of this frame.
    unsafe {
        let host_double: Double2 = std::mem::transmute(host(name));
        let host_float: Float2 = std::mem::transmute(host(&std::format!("{name}f")));
        let (found, errno) = with_errno(|| double(x, y));
        let (expected, host) = with_host_errno(|| host_double(x, y));
        if !close(found, expected, units[0]) || (check_errno && errno != host) {
            wrong.push(std::format!(
                "{name}({x:e}, {y:e}): {found:e} errno {errno}, host {expected:e} errno {host}"
            ));
        }
        let (a, b) = (x as f32, y as f32);
        let (found, errno) = with_errno(|| float(a, b));
        let (expected, host) = with_host_errno(|| host_float(a, b));
        if !close(found, expected, units[1]) || (check_errno && errno != host) {
            wrong.push(std::format!(
                "{name}f({a:e}, {b:e}): {found:e} errno {errno}, host {expected:e} errno {host}"
            ));
        }
        let mut found = F80::ZERO;
        let ((), errno) = with_errno(|| extended(long.as_ptr(), &mut found));
        let function = self::host(&std::format!("{name}l"));
        let (expected, host) = with_host_errno(|| call_host_long(function, long));
        if !close(found, expected, units[2]) || (check_errno && errno != host) {
            wrong.push(std::format!(
                "{name}l({long:x?}): {found:x?} errno {errno}, host {expected:x?} errno {host}"
            ));
        }
    }
    wrong
}

#[test]
fn special_arguments_give_the_hosts_results_and_errno() {
    let mut wrong = Vec::new();
    for x in SPECIAL {
        for index in 0..ONE.len() {
            wrong.extend(compare_one(index, x, F80::from_f64(x), true));
        }
        for y in SPECIAL {
            for index in 0..TWO.len() {
                wrong.extend(compare_two(
                    index,
                    x,
                    y,
                    [F80::from_f64(x), F80::from_f64(y)],
                    true,
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn integers_of_the_current_direction_are_exact() {
    for (rounding, direction) in DIRECTIONS {
        for x in [
            0.5,
            -0.5,
            1.5,
            2.5,
            -2.5,
            1e15 + 0.5,
            -1e15 - 0.5,
            0.49999999999999994,
            4503599627370495.5,
        ] {
            in_direction(direction, || {
                // SAFETY: the functions take numbers, and places of this frame.
                unsafe {
                    let long = F80::from_f64(x);
                    assert_eq!(rounding::rint(x), rounding::nearbyint(x), "{rounding:?} {x}");
                    assert_eq!(rounding::lrint(x), rounding::rint(x) as i64, "{rounding:?} {x}");
                    assert_eq!(rounding::lrintl(&long), rounding::lrint(x), "{rounding:?} {x}");
                    let mut result = F80::ZERO;
                    rounding::nearbyintl(&long, &mut result);
                    assert!(
                        close(result, F80::from_f64(rounding::rint(x)), 0),
                        "{rounding:?} {x}"
                    );
                }
            });
        }
    }
    // SAFETY: the functions take numbers only.
    unsafe {
        assert_eq!(
            (
                rounding::lround(0.5),
                rounding::lround(-2.5),
                rounding::lround(0.49999999999999994)
            ),
            (1, -3, 0)
        );
        assert_eq!(
            rounding::lroundl(&F80::from_f64(-9223372036854775808.0)),
            i64::MIN
        );
        assert_eq!(rounding::lround(1e30), i64::MIN);
    }
}

#[test]
fn scaling_rounds_once() {
    // SAFETY: the functions take numbers, and places of this frame.
    unsafe {
        assert_eq!(manipulation::ldexp(1.0, -1074).to_bits(), 1);
        assert_eq!(manipulation::ldexp(1.5, -1075).to_bits(), 1);
        set_errno(0);
        assert_eq!(manipulation::ldexp(1.0, -1075).to_bits(), 0);
        assert_eq!(get_errno(), crate::errno::ERANGE);
        set_errno(0);
        assert_eq!(manipulation::ldexp(-1.0, 1024), f64::NEG_INFINITY);
        assert_eq!(get_errno(), crate::errno::ERANGE);
        let mut power = 0;
        assert_eq!((manipulation::frexp(4.9e-324, &mut power), power), (0.5, -1073));
        assert_eq!(manipulation::ilogb(4.9e-324), -1074);
        assert_eq!(
            (manipulation::ilogb(0.0), manipulation::ilogb(f64::INFINITY)),
            (i32::MIN, i32::MAX)
        );
        let mut whole = 0.0;
        assert_eq!((manipulation::modf(-2.75, &mut whole), whole), (-0.75, -2.0));
        assert_eq!(
            (manipulation::modf(f64::NEG_INFINITY, &mut whole).to_bits(), whole),
            ((-0.0f64).to_bits(), f64::NEG_INFINITY)
        );
    }
}

#[test]
fn quotients_of_remquo_have_three_bits() {
    let mut quotient = 0;
    // SAFETY: `quotient` is this frame's.
    unsafe {
        assert_eq!(
            (remainder::remquo(29.0, 3.0, &mut quotient), quotient & 7),
            (-1.0, 2)
        );
        assert_eq!(
            (remainder::remquo(-29.0, 3.0, &mut quotient), quotient),
            (1.0, -2)
        );
    }
}

#[test]
fn quotients_of_remquo_are_the_hosts() {
    type Function = unsafe extern "C" fn(f64, f64, *mut c_int) -> f64;
    // SAFETY: the host's function of that name has that type.
    let theirs: Function = unsafe { std::mem::transmute(host("remquo")) };
    let numbers = [
        7.0, 2.0, 3.5, -3.5, 1e-310, 5e-324, 1.5e300, 1e-300, 0.5, 8.0, 63.0, 64.5, 1.7e308, -2.25, 1e17,
        3.0, 12.0, 20.0, 28.0,
    ];
    for x in numbers {
        for y in numbers {
            let (mut own, mut other) = (0, 0);
            // SAFETY: the places are this frame's.
            let results = unsafe { (remainder::remquo(x, y, &mut own), theirs(x, y, &mut other)) };
            assert_eq!(results.0.to_bits(), results.1.to_bits(), "{x} {y}");
            assert_eq!((own & 7, own < 0), (other & 7, other < 0), "{x} {y}");
        }
    }
}

#[test]
fn bessel_functions_agree_with_the_host_where_it_is_accurate() {
    type Order = unsafe extern "C" fn(c_int, f64) -> f64;
    for (name, ours) in [("jn", bessel::jn as Order), ("yn", bessel::yn as Order)] {
        // SAFETY: the host's function of that name has that type.
        let host: Order = unsafe { std::mem::transmute(host(name)) };
        for n in [0, 1, 2, 3, 7, 20, -1, -2] {
            for x in [0.1, 0.5, 1.0, 3.0, 7.5, 10.0, 25.0, 31.9, 32.1, 100.0, 1000.0] {
                // SAFETY: the functions take numbers only.
                let (found, expected) = unsafe { (ours(n, x), host(n, x)) };
                let error = (found - expected).abs() / expected.abs().max(1e-3);
                assert!(error < 1e-12, "{name}({n}, {x}): {found:e}, host {expected:e}");
            }
        }
    }
}

#[test]
fn the_sign_of_gamma_is_told() {
    let mut sign = 0;
    // SAFETY: `sign` is this frame's.
    unsafe {
        for (x, expected) in [(0.5, 1), (-0.5, -1), (-1.5, 1), (-2.5, -1), (-0.0, -1), (0.0, 1)] {
            gamma::lgamma_r(x, &mut sign);
            assert_eq!(sign, expected, "{x}");
        }
    }
}

/// Any number of the format, or one of an everyday size.
fn double() -> impl Strategy<Value = f64> {
    prop_oneof![
        1 => any::<u64>().prop_map(f64::from_bits),
        2 => -30.0..30.0f64,
        1 => -1.0..1.0f64,
        1 => -800.0..800.0f64,
        1 => (-1000i32..1000).prop_map(|n| n as f64 / 2.0),
    ]
}

/// The same in long double, with bits that a double has not.
fn long() -> impl Strategy<Value = F80> {
    (double(), any::<u16>()).prop_map(|(x, bits)| {
        let long = F80::from_f64(x);
        if x.is_finite() && x != 0.0 && long.biased_exponent() != 0 {
            F80 {
                mantissa: long.mantissa | bits as u64 & 0x7ff,
                ..long
            }
        } else {
            long
        }
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn functions_of_one_number_are_close_to_the_hosts(x in double(), long in long(), index in 0..ONE.len()) {
        let wrong = compare_one(index, x, long, false);
        prop_assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn functions_of_two_numbers_are_close_to_the_hosts(x in double(), y in double(), a in long(), b in long(), index in 0..TWO.len()) {
        let wrong = compare_two(index, x, y, [a, b], false);
        prop_assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn fma_is_exact_in_every_direction(x in double(), y in double(), z in double(), near in any::<bool>(), way in 0usize..4) {
        type Three = unsafe extern "C" fn(f64, f64, f64) -> f64;
        // SAFETY: the host's function of that name has that type.
        let host: Three = unsafe { std::mem::transmute(host("fma")) };
        let z = if near { -(x * y) * (1.0 + f64::EPSILON * ((z.to_bits() & 3) as f64)) } else { z };
        in_direction(DIRECTIONS[way].1, || {
            // SAFETY: the functions take numbers only.
            let (found, expected) = unsafe { (fused::fma(x, y, z), host(x, y, z)) };
            assert!(close(found, expected, 0), "fma({x:e}, {y:e}, {z:e}) = {found:e}, host {expected:e}, {way}");
        });
    }

    #[test]
    fn lgamma_is_close_to_the_hosts(x in prop_oneof![-30.0..200.0f64, 0.9..2.1f64]) {
        // SAFETY: the host's function of that name has that type.
        let host: Double1 = unsafe { std::mem::transmute(host("lgamma")) };
        // SAFETY: the functions take numbers only.
        let (found, expected) = unsafe { (gamma::lgamma(x), host(x)) };
        prop_assert!(close(found, expected, 4), "lgamma({:e}) = {:e}, host {:e}", x, found, expected);
    }
}
