//! Tests of numbers and their text against the host's C library.

use super::big::Big;
use super::f80::F80;
use super::powers;
use super::round::Rounding;
use super::strtod::*;
use super::to_decimal::{Digits, decimal};
use super::value::{Class, Value};
use crate::errno::{get_errno, set_errno};
use proptest::prelude::*;
use std::ffi::{CString, c_char, c_int};

unsafe extern "C" {
    #[link_name = "strtod"]
    fn host_strtod(text: *const c_char, end: *mut *mut c_char) -> f64;
    #[link_name = "strtof"]
    fn host_strtof(text: *const c_char, end: *mut *mut c_char) -> f32;
    #[link_name = "snprintf"]
    fn host_snprintf(buffer: *mut c_char, size: usize, format: *const c_char, ...) -> c_int;
    #[link_name = "__errno_location"]
    fn host_errno() -> *mut c_int;
    #[link_name = "fesetround"]
    fn host_fesetround(direction: c_int) -> c_int;
}

/// The host's strtold: it leaves its result on the x87 stack.
fn host_strtold(text: *const c_char, end: *mut *mut c_char) -> F80 {
    unsafe extern "C" {
        #[link_name = "strtold"]
        fn host_function();
    }
    let mut result = F80::ZERO;
    // SAFETY: strtold takes two pointers and leaves its result on the x87 stack, by the System V ABI; the stack pointer is aligned for it and put back, and what a call may change is declared.
    unsafe {
        std::arch::asm!(
            "mov r12, rsp",
            "and rsp, -16",
            "call {function}",
            "mov rsp, r12",
            "fstp tbyte ptr [r14]",
            function = sym host_function,
            in("rdi") text,
            in("rsi") end,
            in("r14") &raw mut result,
            out("r12") _,
            clobber_abi("C"),
        );
    }
    result
}

/// Reads `text` as a long double here and on the host: value, end, errno must agree.
fn compare_long_with_host(text: &str, direction: c_int) {
    let c_text = CString::new(text).unwrap();
    let start = c_text.as_ptr();
    in_direction(direction, || {
        // SAFETY: the text ends with a zero, the places are of this frame, and `errno` is the thread's own.
        unsafe {
            let (mut end, mut expected_end) = (core::ptr::null_mut(), core::ptr::null_mut());
            *host_errno() = 0;
            let expected = host_strtold(start, &mut expected_end);
            let expected_errno = *host_errno();
            set_errno(0);
            let mut found = F80::ZERO;
            strtold(start, &mut end, core::ptr::null(), &mut found);
            assert_eq!(
                (
                    found.mantissa,
                    found.sign_exponent,
                    end.offset_from(start),
                    get_errno()
                ),
                (
                    expected.mantissa,
                    expected.sign_exponent,
                    expected_end.offset_from(start),
                    expected_errno
                ),
                "strtold {text:?}, direction {direction:#x}"
            );
        }
    });
}

/// The directions with their numbers in <fenv.h>.
pub const DIRECTIONS: [(Rounding, c_int); 4] = [
    (Rounding::Nearest, 0),
    (Rounding::Down, 0x400),
    (Rounding::Up, 0x800),
    (Rounding::TowardZero, 0xc00),
];

/// Runs `test` in a rounding direction.
pub fn in_direction<R>(direction: c_int, test: impl FnOnce() -> R) -> R {
    // SAFETY: the host's function changes this thread's direction only; it is put back below.
    unsafe { host_fesetround(direction) };
    let result = test();
    // SAFETY: as above.
    unsafe { host_fesetround(0) };
    result
}

/// The host's rendering of a double with one precision argument.
fn host_text(format: &str, precision: c_int, value: f64) -> String {
    let format = CString::new(format).unwrap();
    let mut buffer = vec![0u8; 2400];
    // SAFETY: the buffer has the told length, and the arguments are what the format takes.
    let length = unsafe {
        host_snprintf(
            buffer.as_mut_ptr().cast(),
            buffer.len(),
            format.as_ptr(),
            precision,
            value,
        )
    };
    buffer.truncate(length as usize);
    String::from_utf8(buffer).unwrap()
}

/// Renders `%.*e` from the digits that `decimal` finds.
fn exponent_text(value: f64, precision: usize, rounding: Rounding) -> String {
    let Value { negative, class } = Value::from_f64(value);
    let Class::Finite { mantissa, exponent } = class else {
        panic!()
    };
    let mut text = String::new();
    decimal(
        mantissa,
        exponent,
        negative,
        Digits::Significant(precision + 1),
        rounding,
        &mut |decimal| {
            let mut digits = String::from_utf8(decimal.digits.to_vec()).unwrap();
            digits.truncate(precision + 1);
            while digits.len() <= precision {
                digits.push('0');
            }
            let sign = if negative { "-" } else { "" };
            let point = if precision > 0 { "." } else { "" };
            let exponent = decimal.point - 1;
            let exponent_sign = if exponent < 0 { '-' } else { '+' };
            text = format!(
                "{sign}{}{point}{}e{exponent_sign}{:02}",
                &digits[..1],
                &digits[1..],
                exponent.abs()
            );
        },
    );
    text
}

/// Renders `%.*f` from the digits that `decimal` finds.
fn fixed_text(value: f64, precision: usize, rounding: Rounding) -> String {
    let Value { negative, class } = Value::from_f64(value);
    let Class::Finite { mantissa, exponent } = class else {
        panic!()
    };
    let mut text = String::new();
    decimal(
        mantissa,
        exponent,
        negative,
        Digits::AfterPoint(precision),
        rounding,
        &mut |decimal| {
            let digit = |position: i32| {
                // Position 0 is the first digit after the point, -1 the last before it.
                let index = position + decimal.point;
                if index < 0 {
                    '0'
                } else {
                    *decimal.digits.get(index as usize).unwrap_or(&b'0') as char
                }
            };
            let whole: String = if decimal.point <= 0 {
                "0".into()
            } else {
                (-decimal.point..0).map(digit).collect()
            };
            let fraction: String = (0..precision as i32).map(digit).collect();
            text = format!(
                "{}{whole}{}{fraction}",
                if negative { "-" } else { "" },
                if precision > 0 { "." } else { "" }
            );
            if decimal.digits.is_empty() {
                text = text.replace(|c: char| c.is_ascii_digit(), "0");
            }
        },
    );
    text
}

#[test]
fn table_of_powers_is_truncated_and_exact_where_claimed() {
    for power in powers::FIRST..=powers::LAST {
        let (entry, exponent) = powers::power_of_ten(power).unwrap();
        let mut number = Big::<48>::new(1);
        number.multiply_power_of_five(power.unsigned_abs());
        let (top, weight, sticky) = if power >= 0 {
            number.top_bits()
        } else {
            Big::new(1).divide(number)
        };
        assert_eq!((entry, exponent), (top, weight + power), "10^{power}");
        assert_eq!(sticky, !(0..=powers::LAST_EXACT).contains(&power), "10^{power}");
    }
}

#[test]
fn write_decimal_keeps_zeros_between_groups() {
    let mut number = Big::<48>::new(1);
    number.multiply_power_of_five(60);
    number.shift_left(60);
    number.multiply_add(1, 7);
    let mut text = [0; 100];
    let start = number.write_decimal(&mut text);
    assert_eq!(&text[start..], format!("1{}7", "0".repeat(59)).as_bytes());
}

#[test]
fn known_hard_numbers_read_as_the_host_reads_them() {
    for text in [
        "2.2250738585072011e-308",
        "2.2250738585072012e-308",
        "2.2250738585072014e-308",
        "4.9406564584124654e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
        "179769313486231580793728971405303415079934132710037826936173778980444968292764750946649017977587207096330286416692887910946555547851940402630657488671505820681908902000708383676273854845817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042880",
        "9007199254740993",
        "9007199254740993.0000000000000000000000000000000000000001",
        "9007199254740992.9999999999999999999999999999999999999999",
        "0.500000000000000166533453693773481063544750213623046875",
        "3.518437208883201171875e13",
        "62.5364939768271845828",
        "8.10109172351e-10",
        "1.50000000000000011102230246251565",
        "1e400",
        "-1e400",
        "1e-400",
        "-1e-400",
        "1e99999999999999999999",
        "1e-99999999999999999999",
        "0e99999999999999999999",
        "0x1p-1074",
        "0x1p-1075",
        "0x1.8p-1075",
        "0x1.fffffffffffff8p1023",
        "0x1.fffffffffffff7p1023",
        "0x.8p0",
        "0x1.00000000000008p0",
        "0x1.00000000000008000000001p0",
        "0x",
        "0x.",
        "0x.p1",
        "0xg",
        "1e",
        "1e+",
        "1.e5",
        ".5",
        ".",
        "-.",
        "+",
        "",
        "  12abc",
        "1e5.5",
        "inf",
        "-INFINITY",
        "infinit",
        "nan",
        "NaN(123)",
        "nan(0x7)",
        "nan(12",
        "nan(_a9)",
        "-nan",
        "1_000",
        "0x1.fffffffffffffp-1023",
        "0x0.fffffffffffff8p-1022",
        "0x0.fffffffffffff7p-1022",
        "\t\n\x0b\x0c\r 7",
    ] {
        for (_, direction) in DIRECTIONS {
            compare_with_host(text, direction);
        }
    }
}

/// Reads `text` here and on the host: value, end, errno must agree, for double and float.
fn compare_with_host(text: &str, direction: c_int) {
    let c_text = CString::new(text).unwrap();
    let start = c_text.as_ptr();
    in_direction(direction, || {
        // SAFETY: the text ends with a zero, the places are of this frame, and `errno` is the thread's own.
        unsafe {
            let (mut end, mut expected_end) = (core::ptr::null_mut(), core::ptr::null_mut());
            *host_errno() = 0;
            let expected = host_strtod(start, &mut expected_end);
            let expected_errno = *host_errno();
            set_errno(0);
            let found = strtod(start, &mut end);
            assert_eq!(
                (found.to_bits(), end.offset_from(start), get_errno()),
                (
                    expected.to_bits(),
                    expected_end.offset_from(start),
                    expected_errno
                ),
                "strtod {text:?}, direction {direction:#x}: {found:e} for {expected:e}"
            );
            *host_errno() = 0;
            let expected = host_strtof(start, &mut expected_end);
            let expected_errno = *host_errno();
            set_errno(0);
            let found = strtof(start, &mut end);
            assert_eq!(
                (found.to_bits(), end.offset_from(start), get_errno()),
                (
                    expected.to_bits(),
                    expected_end.offset_from(start),
                    expected_errno
                ),
                "strtof {text:?}, direction {direction:#x}: {found:e} for {expected:e}"
            );
        }
    });
}

#[test]
fn long_doubles_keep_all_64_bits_of_hexadecimal_and_decimal_texts() {
    for (text, mantissa) in [
        (c"0x1.23456789abcdef12p0", 0x91a2_b3c4_d5e6_f789u64),
        (c"0x1.23456789abcdef13p0", 0x91a2_b3c4_d5e6_f78a),
        (c"0x0.000123456789abcdef13p16", 0x91a2_b3c4_d5e6_f78a),
        (
            c"1.00000000000000000005421010862427522170037264",
            0x8000_0000_0000_0000,
        ),
        (
            c"1.00000000000000000005421010862427522170037265",
            0x8000_0000_0000_0001,
        ),
    ] {
        let mut result = F80::ZERO;
        // SAFETY: the text ends with a zero, and the result is of this frame.
        unsafe {
            strtold(
                text.as_ptr(),
                core::ptr::null_mut(),
                core::ptr::null(),
                &mut result,
            )
        };
        assert_eq!(
            (result.mantissa, result.sign_exponent),
            (mantissa, 0x3fff),
            "{text:?}"
        );
    }
}

#[test]
fn zeros_by_the_thousand_do_not_change_a_number() {
    let zeros = "0".repeat(5000);
    compare_with_host(&format!("0.{zeros}1e5001"), 0);
    compare_with_host(&format!("1{zeros}e-5000"), 0);
    compare_with_host(&format!("{zeros}17.25{zeros}"), 0);
    compare_with_host(&format!("0x0.{zeros}1p20004"), 0);
    compare_with_host(&format!("0x1{zeros}p-20000"), 0);
}

fn finite() -> impl Strategy<Value = f64> {
    any::<u64>()
        .prop_map(f64::from_bits)
        .prop_filter("finite and not zero", |x| x.is_finite() && *x != 0.0)
}

/// Numbers of everyday sizes, and halves of decimal places.
fn everyday() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<i32>().prop_map(|n| n as f64 / 8.0),
        any::<i64>().prop_map(|n| n as f64 / 1024.0),
        (any::<i32>(), 0i32..12).prop_map(|(n, p)| n as f64 / 10f64.powi(p)),
        (any::<u64>(), 0i32..40).prop_map(|(n, p)| n as f64 * 10f64.powi(p)),
        (0u32..64).prop_map(|n| (n as f64).exp2()),
    ]
    .prop_filter("not zero", |x| *x != 0.0)
}

/// How many cases each property sees; `TRIVET_TEST_CASES` asks for more than a normal run.
pub fn config() -> ProptestConfig {
    let cases = std::env::var("TRIVET_TEST_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(4_000);
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn digits_of_any_double_are_the_hosts(value in prop_oneof![finite(), everyday()], precision in prop_oneof![0usize..20, 0usize..60], way in 0usize..4) {
        let (rounding, direction) = DIRECTIONS[way];
        let expected = in_direction(direction, || host_text("%.*e", precision as c_int, value));
        prop_assert_eq!(exponent_text(value, precision, rounding), expected);
        if value.abs() < 1e40 {
            let expected = in_direction(direction, || host_text("%.*f", precision as c_int, value));
            prop_assert_eq!(fixed_text(value, precision, rounding), expected);
        }
    }

    #[test]
    fn printed_doubles_read_back(value in prop_oneof![finite(), everyday()], precision in 0usize..25, way in 0usize..4) {
        compare_with_host(&host_text("%.*e", precision as c_int, value), DIRECTIONS[way].1);
        // The host's strtof loses a bit of hexadecimal numbers that become subnormal.
        if value.abs() > 1e-30 || way == 0 {
            compare_with_host(&host_text("%.*a", precision as c_int, value), DIRECTIONS[way].1);
        }
    }

    #[test]
    fn decimal_texts_read_as_on_the_host(text in "[-+]?[0-9]{0,25}\\.?[0-9]{0,25}([eE][-+]?[0-9]{1,3})?", way in 0usize..4) {
        compare_with_host(&text, DIRECTIONS[way].1);
    }

    #[test]
    fn halves_between_doubles_read_as_on_the_host(bits in 0u64..0x7fe0_0000_0000_0000, more in prop_oneof![Just(""), Just("0"), Just("1"), Just("00000000000000000001")], way in 0usize..4) {
        // The exact decimal expansion of a number half-way between two doubles, by the host's long double.
        let (low, high) = (f64::from_bits(bits), f64::from_bits(bits + 1));
        let half = if high < 1.0 { host_text("%.*f", 1100, low / 2.0 + high / 2.0) } else { host_text("%.*f", 0, high) };
        // The host forgets ERANGE for digits so far behind an exact subnormal number.
        let text = if half.contains('.') && high > 1e-300 { format!("{half}{more}") } else { half };
        compare_with_host(&text, DIRECTIONS[way].1);
    }

    #[test]
    fn any_text_ends_where_the_host_ends(text in "[-+ 0-9.eExXpPaAinfNtyA()_]{0,20}") {
        compare_with_host(&text, 0);
    }

    #[test]
    fn long_double_texts_read_as_on_the_host(digits in "[1-9][0-9]{0,40}", tail in prop_oneof![3 => Just(String::new()), 1 => "[0-9]{200,400}"], power in prop_oneof![-5000i32..4950, -60i32..60], negative in any::<bool>(), way in 0usize..4) {
        let sign = if negative { "-" } else { "" };
        compare_long_with_host(&format!("{sign}{digits}{tail}e{power}"), DIRECTIONS[way].1);
        compare_long_with_host(&format!("{sign}.{digits}e{power}"), DIRECTIONS[way].1);
    }

    #[test]
    fn halves_between_long_doubles_round_as_on_the_host(mantissa in any::<u64>(), exponent in -200i32..200, way in 0usize..4) {
        // mantissa + 1/2 in units of the last place of 64 bits, exactly.
        let number = (mantissa as u128 | 1 << 63) * 2 + 1;
        let text = if exponent >= 0 {
            format!("0x{number:x}p{exponent}")
        } else {
            // number / 2^n = number * 5^n / 10^n
            let mut big_number = Big::<48>::new((number >> 64) as u64);
            big_number.shift_left(64);
            big_number.multiply_add(1, number as u64);
            big_number.multiply_power_of_five(exponent.unsigned_abs());
            let mut place = [0; 400];
            let start = big_number.write_decimal(&mut place);
            format!("{}e{exponent}", std::str::from_utf8(&place[start..]).unwrap())
        };
        compare_long_with_host(&text, DIRECTIONS[way].1);
    }

    #[test]
    fn long_doubles_take_apart_and_round_back(bits in any::<u64>(), field in any::<u16>()) {
        let value = F80 { mantissa: if field & 0x7fff == 0 { bits >> 1 } else { bits | 1 << 63 }, sign_exponent: field };
        if let Value { negative, class: Class::Finite { mantissa, exponent } } = value.value() {
            let rounded = super::round::round(&super::round::LONG_DOUBLE, Rounding::Nearest, negative, (mantissa as u128) << 64, exponent - 64, false);
            prop_assert_eq!((rounded.to_f80().mantissa, rounded.to_f80().sign_exponent), (value.mantissa, value.sign_exponent));
            prop_assert!(!rounded.inexact);
        }
    }
}
