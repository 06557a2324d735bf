//! Tests of complex functions against the host's.

use super::functions::*;
use crate::float::tests::config;
use proptest::prelude::*;
use std::string::String;
use std::vec::Vec;

type One = unsafe extern "C" fn(Complex<f64>) -> Complex<f64>;
type Two = unsafe extern "C" fn(Complex<f64>, Complex<f64>) -> Complex<f64>;

unsafe extern "C" {
    fn dlsym(handle: *const u8, name: *const i8) -> *const u8;
}

fn host(name: &str) -> *const u8 {
    let c_name = std::ffi::CString::new(name).unwrap();
    // SAFETY: the name ends with a zero.
    let found = unsafe { dlsym(std::ptr::null(), c_name.as_ptr()) };
    assert!(!found.is_null(), "the host has no {name}");
    found
}

const FUNCTIONS: &[(&str, One)] = &[
    ("cacos", cacos),
    ("casin", casin),
    ("catan", catan),
    ("ccos", ccos),
    ("csin", csin),
    ("ctan", ctan),
    ("cacosh", cacosh),
    ("casinh", casinh),
    ("catanh", catanh),
    ("ccosh", ccosh),
    ("csinh", csinh),
    ("ctanh", ctanh),
    ("cexp", cexp),
    ("clog", clog),
    ("clog10", clog10),
    ("csqrt", csqrt),
    ("conj", conj),
    ("cproj", cproj),
];

/// Whether two parts agree to some units of the last place, in sign and class too; NaNs have no sign.
fn close(found: f64, expected: f64, units: u64) -> bool {
    if found.is_nan() || expected.is_nan() {
        return found.is_nan() == expected.is_nan();
    }
    found.is_sign_negative() == expected.is_sign_negative()
        && found.abs().to_bits().abs_diff(expected.abs().to_bits()) <= units
}

fn compare(index: usize, z: Complex<f64>, units: u64) -> Option<String> {
    let (name, ours) = FUNCTIONS[index];
    // SAFETY: the host's function of that name has that type; both take numbers only.
    let (found, expected) = unsafe {
        let host: One = std::mem::transmute(host(name));
        (ours(z), host(z))
    };
    // Beside a NaN the sign of the other part is open, and that of a zero after one.
    let same = if expected.re.is_nan() || expected.im.is_nan() || z.re.is_nan() || z.im.is_nan() {
        close(found.re.abs(), expected.re.abs(), units) && close(found.im.abs(), expected.im.abs(), units)
    } else {
        close(found.re, expected.re, units) && close(found.im, expected.im, units)
    };
    (!same).then(|| std::format!("{name}({:e}, {:e}): {found:?}, host {expected:?}", z.re, z.im))
}

#[test]
fn special_values_are_those_of_annex_g() {
    let parts = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        2.5,
        -2.5,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
    ];
    let mut wrong = Vec::new();
    for re in parts {
        for im in parts {
            for index in 0..FUNCTIONS.len() {
                wrong.extend(compare(index, Complex { re, im }, 4));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn powers_of_simple_numbers_are_exact() {
    let pow: Two = cpow;
    for (x, y, expected) in [
        ((0.0, 0.0), (0.0, 0.0), (1.0, 0.0)),
        ((0.0, 0.0), (2.0, 0.0), (0.0, 0.0)),
        ((2.0, 0.0), (10.0, 0.0), (1024.0, 0.0)),
        ((0.0, 1.0), (2.0, 0.0), (-1.0, 0.0)),
        ((3.0, 4.0), (2.0, 0.0), (-7.0, 24.0)),
    ] {
        let (x, y) = (Complex { re: x.0, im: x.1 }, Complex { re: y.0, im: y.1 });
        // SAFETY: it takes numbers only.
        let found = unsafe { pow(x, y) };
        assert!(
            (found.re - expected.0).abs() < 1e-12 && (found.im - expected.1).abs() < 1e-12,
            "{x:?} ^ {y:?} = {found:?}"
        );
    }
}

#[test]
fn small_results_beside_large_ones_keep_their_digits() {
    // The real part is near 1e-300 while the other is near pi/2.
    // SAFETY: it takes numbers only.
    let found = unsafe { casinh(Complex { re: 1e-300, im: 0.5 }) };
    assert!((found.re / (1e-300 / 0.75f64.sqrt()) - 1.0).abs() < 1e-15);
    // SAFETY: it takes numbers only.
    let found = unsafe { cacos(Complex { re: 1.0, im: 1e-20 }) };
    assert!((found.re / 1e-10 - 1.0).abs() < 1e-15 && (found.im / -1e-10 - 1.0).abs() < 1e-15);
    // SAFETY: it takes numbers only.
    let found = unsafe { clog(Complex { re: 1.0, im: 1e-9 }) };
    assert!((found.re / 5e-19 - 1.0).abs() < 1e-15);
}

fn part() -> impl Strategy<Value = f64> {
    prop_oneof![
        -4.0..4.0f64,
        -700.0..700.0f64,
        (-300i32..300).prop_map(|e| 10f64.powi(e)),
        Just(0.0),
        Just(1.0)
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn functions_are_close_to_the_hosts(re in part(), im in part(), index in 0..FUNCTIONS.len()) {
        // The host's own errors reach some units of the last place.
        if let Some(wrong) = compare(index, Complex { re, im }, 16) {
            prop_assert!(false, "{}", wrong);
        }
    }
}
