//! `struct tm`, and turning seconds into it and back, without time zones.

use super::civil::{self, DAY};
use crate::types::*;
use core::ptr;

/// Broken-down time. ISO C, POSIX.1-2024 `struct tm`; 56 bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the members are the standard's")]
pub struct tm {
    pub tm_sec: c_int,
    pub tm_min: c_int,
    pub tm_hour: c_int,
    pub tm_mday: c_int,
    pub tm_mon: c_int,
    pub tm_year: c_int,
    pub tm_wday: c_int,
    pub tm_yday: c_int,
    pub tm_isdst: c_int,
    pub tm_gmtoff: c_long,
    pub tm_zone: *const c_char,
}

const _: () = assert!(size_of::<tm>() == 56 && core::mem::offset_of!(tm, tm_gmtoff) == 40);

impl tm {
    /// All members zero.
    pub const ZERO: tm = tm {
        tm_sec: 0,
        tm_min: 0,
        tm_hour: 0,
        tm_mday: 0,
        tm_mon: 0,
        tm_year: 0,
        tm_wday: 0,
        tm_yday: 0,
        tm_isdst: 0,
        tm_gmtoff: 0,
        tm_zone: ptr::null(),
    };

    /// Seconds since the Epoch at `offset` seconds east of Greenwich; `None` when the year does not fit.
    pub fn from_seconds(seconds: i64, offset: i64) -> Option<tm> {
        // Beyond this no year fits, and nothing below overflows.
        if seconds.unsigned_abs() > 1 << 57 {
            return None;
        }
        let local = seconds + offset;
        let (days, of_day) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let date = civil::date(days);
        Some(tm {
            tm_sec: (of_day % 60) as c_int,
            tm_min: (of_day / 60 % 60) as c_int,
            tm_hour: (of_day / 3600) as c_int,
            tm_mday: date.day,
            tm_mon: date.month,
            tm_year: c_int::try_from(date.year - 1900).ok()?,
            tm_wday: civil::weekday(days),
            tm_yday: date.year_day,
            tm_isdst: 0,
            tm_gmtoff: offset,
            tm_zone: ptr::null(),
        })
    }

    /// The seconds since the Epoch of the members taken as universal time. Members may lie outside their
    /// ranges; 64 bits hold every combination of `int`s.
    pub fn seconds(&self) -> i64 {
        let months = i64::from(self.tm_mon);
        let year = 1900 + i64::from(self.tm_year) + months.div_euclid(12);
        let month = months.rem_euclid(12) as usize;
        let days = civil::days_before_year(year) + civil::days_before_month(year, month) - 1
            + i64::from(self.tm_mday);
        days * DAY + i64::from(self.tm_hour) * 3600 + i64::from(self.tm_min) * 60 + i64::from(self.tm_sec)
    }
}
