//! `localeconv`: how numbers and amounts are written. Both locales leave all but the decimal point open.

use crate::types::*;

/// Formatting conventions. ISO C 7.11, POSIX.1-2024 `struct lconv`.
#[repr(C)]
#[allow(missing_docs, reason = "the members are the standard's")]
pub struct lconv {
    pub decimal_point: *const c_char,
    pub thousands_sep: *const c_char,
    pub grouping: *const c_char,
    pub int_curr_symbol: *const c_char,
    pub currency_symbol: *const c_char,
    pub mon_decimal_point: *const c_char,
    pub mon_thousands_sep: *const c_char,
    pub mon_grouping: *const c_char,
    pub positive_sign: *const c_char,
    pub negative_sign: *const c_char,
    pub int_frac_digits: c_schar,
    pub frac_digits: c_schar,
    pub p_cs_precedes: c_schar,
    pub p_sep_by_space: c_schar,
    pub n_cs_precedes: c_schar,
    pub n_sep_by_space: c_schar,
    pub p_sign_posn: c_schar,
    pub n_sign_posn: c_schar,
    pub int_p_cs_precedes: c_schar,
    pub int_p_sep_by_space: c_schar,
    pub int_n_cs_precedes: c_schar,
    pub int_n_sep_by_space: c_schar,
    pub int_p_sign_posn: c_schar,
    pub int_n_sign_posn: c_schar,
}

const _: () = assert!(size_of::<lconv>() == 96);

/// `CHAR_MAX`: the locale does not say.
const OPEN: c_schar = c_schar::MAX;
const EMPTY: *const c_char = c"".as_ptr();

/// A structure that callers may not change, in memory that they could.
struct Shared(core::cell::UnsafeCell<lconv>);

// SAFETY: ISO C forbids programs to change it, and the library never does.
unsafe impl Sync for Shared {}

static CONVENTIONS: Shared = Shared(core::cell::UnsafeCell::new(lconv {
    decimal_point: c".".as_ptr(),
    thousands_sep: EMPTY,
    grouping: EMPTY,
    int_curr_symbol: EMPTY,
    currency_symbol: EMPTY,
    mon_decimal_point: EMPTY,
    mon_thousands_sep: EMPTY,
    mon_grouping: EMPTY,
    positive_sign: EMPTY,
    negative_sign: EMPTY,
    int_frac_digits: OPEN,
    frac_digits: OPEN,
    p_cs_precedes: OPEN,
    p_sep_by_space: OPEN,
    n_cs_precedes: OPEN,
    n_sep_by_space: OPEN,
    p_sign_posn: OPEN,
    n_sign_posn: OPEN,
    int_p_cs_precedes: OPEN,
    int_p_sep_by_space: OPEN,
    int_n_cs_precedes: OPEN,
    int_n_sep_by_space: OPEN,
    int_p_sign_posn: OPEN,
    int_n_sign_posn: OPEN,
}));

export! {
    /// The current locale's conventions. ISO C, POSIX.1-2024 `localeconv`.
    pub unsafe extern "C" fn localeconv() -> *mut lconv {
        CONVENTIONS.0.get()
    }
}
