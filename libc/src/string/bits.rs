//! `ffs` and its kin: the first bit set.

use crate::types::*;

export! {
    /// The number of the lowest bit set, from 1; 0 for none. POSIX.1-2024 `ffs`.
    pub unsafe extern "C" fn ffs(value: c_int) -> c_int {
        if value == 0 { 0 } else { value.trailing_zeros() as c_int + 1 }
    }

    /// `ffs` of a `long`. POSIX.1-2024 `ffsl`.
    pub unsafe extern "C" fn ffsl(value: c_long) -> c_int {
        if value == 0 { 0 } else { value.trailing_zeros() as c_int + 1 }
    }
}

crate::alias!(ffsll = ffsl);
