//! `strptime`: text to broken-down time, the opposite of `strftime`.
//!
//! As glibc does, members that the text did not give stay as they are, and day of the week, day of the year,
//! month and day are filled in when they follow from what it gave.

use super::broken::tm;
use super::civil;
use super::local::localtime_r;
use crate::locale::{day_names, locale_t, month_names};
use crate::types::*;
use core::ffi::CStr;
use core::ptr;

/// The deepest nesting of formats in formats.
const DEEPEST: u32 = 3;

/// What has been read.
struct Parser<'a> {
    text: &'a [u8],
    broken: &'a mut tm,
    century: Option<i64>,
    /// A year within its century.
    short_year: Option<i64>,
    year: bool,
    month: bool,
    day: bool,
    year_day: bool,
    weekday: bool,
    /// A week of the year, and whether weeks begin on Monday.
    week: Option<(i64, bool)>,
    afternoon: Option<bool>,
    hour12: bool,
}

impl Parser<'_> {
    fn skip_space(&mut self) {
        while matches!(self.text.first(), Some(b' ' | b'\t'..=b'\r')) {
            self.text = &self.text[1..];
        }
    }

    /// A number from `low` to `high` of at most `digits` digits, after white space.
    fn number(&mut self, low: i64, high: i64, digits: usize) -> Option<i64> {
        self.skip_space();
        let mut value: i64 = 0;
        let mut count = 0;
        while count < digits
            && let Some(byte @ b'0'..=b'9') = self.text.first()
        {
            value = value.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
            self.text = &self.text[1..];
            count += 1;
        }
        (count > 0 && (low..=high).contains(&value)).then_some(value)
    }

    fn int(&mut self, low: c_int, high: c_int, digits: usize) -> Option<c_int> {
        self.number(i64::from(low), i64::from(high), digits)
            .map(|value| value as c_int)
    }

    /// The index of the longest of `names` that the text begins with, without regard to case.
    fn name(&mut self, names: &[&CStr]) -> Option<usize> {
        let begins = |name: &CStr| {
            let name = name.to_bytes();
            self.text
                .get(..name.len())
                .is_some_and(|text| text.eq_ignore_ascii_case(name))
                .then_some(name.len())
        };
        let (length, index) = names
            .iter()
            .enumerate()
            .filter_map(|(i, name)| Some((begins(name)?, i)))
            .max_by_key(|&(n, _)| n)?;
        self.text = &self.text[length..];
        Some(index)
    }

    /// `Z`, `hh`, `hhmm` or `hh:mm` with a sign.
    fn offset(&mut self) -> Option<()> {
        self.skip_space();
        if self.text.first() == Some(&b'Z') {
            self.text = &self.text[1..];
            self.broken.tm_gmtoff = 0;
            return Some(());
        }
        let negative = match self.text.first()? {
            b'-' => true,
            b'+' => false,
            _ => return None,
        };
        self.text = &self.text[1..];
        let mut digits = [0i64; 4];
        let mut count = 0;
        while count < 4 {
            match self.text.first() {
                Some(byte @ b'0'..=b'9') => {
                    digits[count] = i64::from(byte - b'0');
                    count += 1;
                }
                Some(b':') if count == 2 && self.text.get(1).is_some_and(u8::is_ascii_digit) => {}
                _ => break,
            }
            self.text = &self.text[1..];
        }
        if count != 2 && count != 4 {
            return None;
        }
        let (hours, minutes) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3]);
        if hours > 14 || minutes > 59 {
            return None;
        }
        let seconds = hours * 3600 + minutes * 60;
        self.broken.tm_gmtoff = if negative { -seconds } else { seconds };
        Some(())
    }

    fn convert(&mut self, conversion: u8, depth: u32) -> Option<()> {
        match conversion {
            b'%' => self.text = self.text.strip_prefix(b"%")?,
            b'a' | b'A' => {
                self.broken.tm_wday = (self.name(day_names())? % 7) as c_int;
                self.weekday = true;
            }
            b'b' | b'B' | b'h' => {
                self.broken.tm_mon = (self.name(month_names())? % 12) as c_int;
                self.month = true;
            }
            b'c' => return self.format(b"%a %b %e %H:%M:%S %Y", depth + 1),
            b'C' => self.century = Some(self.number(0, 99, 2)?),
            b'd' | b'e' => {
                self.broken.tm_mday = self.int(1, 31, 2)?;
                self.day = true;
            }
            b'D' | b'x' => return self.format(b"%m/%d/%y", depth + 1),
            b'F' => return self.format(b"%Y-%m-%d", depth + 1),
            b'g' => _ = self.number(0, 99, 2)?,
            b'G' => _ = self.number(0, 9999, 4)?,
            b'H' | b'k' => {
                self.broken.tm_hour = self.int(0, 23, 2)?;
                self.hour12 = false;
            }
            b'I' | b'l' => {
                self.broken.tm_hour = self.int(1, 12, 2)? % 12;
                self.hour12 = true;
            }
            b'j' => {
                self.broken.tm_yday = self.int(1, 366, 3)? - 1;
                self.year_day = true;
            }
            b'm' => {
                self.broken.tm_mon = self.int(1, 12, 2)? - 1;
                self.month = true;
            }
            b'M' => self.broken.tm_min = self.int(0, 59, 2)?,
            b'n' | b't' => self.skip_space(),
            b'p' | b'P' => self.afternoon = Some(self.name(&[c"AM", c"PM"])? == 1),
            b'r' => return self.format(b"%I:%M:%S %p", depth + 1),
            b'R' => return self.format(b"%H:%M", depth + 1),
            b's' => {
                let seconds = self.number(0, i64::MAX, 19)?;
                // SAFETY: both are valid.
                if unsafe { localtime_r(&seconds, self.broken) }.is_null() {
                    return None;
                }
            }
            b'S' => self.broken.tm_sec = self.int(0, 61, 2)?,
            b'T' | b'X' => return self.format(b"%H:%M:%S", depth + 1),
            b'u' => {
                self.broken.tm_wday = self.int(1, 7, 1)? % 7;
                self.weekday = true;
            }
            b'U' | b'W' => self.week = Some((self.number(0, 53, 2)?, conversion == b'W')),
            b'V' => _ = self.number(0, 53, 2)?,
            b'w' => {
                self.broken.tm_wday = self.int(0, 6, 1)?;
                self.weekday = true;
            }
            b'y' => {
                self.short_year = Some(self.number(0, 99, 2)?);
                self.year = true;
            }
            b'Y' => {
                self.broken.tm_year = self.int(0, 9999, 4)? - 1900;
                self.century = None;
                self.short_year = None;
                self.year = true;
            }
            b'z' => self.offset()?,
            b'Z' => {
                // A zone's name says nothing that is certain: it is skipped.
                self.skip_space();
                while matches!(self.text.first(), Some(byte) if !byte.is_ascii_whitespace()) {
                    self.text = &self.text[1..];
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn format(&mut self, format: &[u8], depth: u32) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        let mut format = format.iter().copied();
        while let Some(byte) = format.next() {
            match byte {
                b' ' | b'\t'..=b'\r' => self.skip_space(),
                b'%' => {
                    let mut conversion = format.next()?;
                    // Flags and modifiers change nothing here.
                    while matches!(
                        conversion,
                        b'-' | b'_' | b'0' | b'^' | b'#' | b'E' | b'O' | b'1'..=b'9'
                    ) {
                        conversion = format.next()?;
                    }
                    self.convert(conversion, depth)?;
                }
                _ => self.text = self.text.strip_prefix(&[byte])?,
            }
        }
        Some(())
    }

    /// Fills in what follows from what was read.
    fn finish(&mut self) {
        if self.hour12 && self.afternoon == Some(true) {
            self.broken.tm_hour += 12;
        }
        let year = match (self.century, self.short_year) {
            (Some(century), Some(year)) => Some(century * 100 + year),
            (Some(century), None) => {
                let of_century = (i64::from(self.broken.tm_year) + 1900).rem_euclid(100);
                Some(century * 100 + if self.year { of_century } else { 0 })
            }
            // POSIX: 69 to 99 are of the 20th century.
            (None, Some(year)) => Some(if year >= 69 { 1900 + year } else { 2000 + year }),
            (None, None) => None,
        };
        if let Some(year) = year {
            self.broken.tm_year = (year - 1900) as c_int;
            self.year = true;
        }
        let year = i64::from(self.broken.tm_year) + 1900;
        let first = civil::days_before_year(year);
        if self.year_day && !(self.month && self.day) {
            self.set_date(first + i64::from(self.broken.tm_yday));
        } else if let (Some((week, from_monday)), true) = (self.week, self.weekday && self.year)
            && !(self.month && self.day)
        {
            let start = i64::from(from_monday);
            let weekday_of_first = (i64::from(civil::weekday(first)) - start).rem_euclid(7);
            let weekday = (i64::from(self.broken.tm_wday) - start).rem_euclid(7);
            let to_first_week = (7 - weekday_of_first) % 7;
            self.set_date(first + to_first_week + (week - 1) * 7 + weekday);
            self.broken.tm_yday = self.broken.tm_yday.max(0);
        } else if self.month && self.day || (self.year || self.month || self.day) && self.broken.tm_mday > 0 {
            let month = self.broken.tm_mon.clamp(0, 11) as usize;
            let day = first + civil::days_before_month(year, month) + i64::from(self.broken.tm_mday) - 1;
            self.broken.tm_yday = (day - first) as c_int;
            if !self.weekday || self.month && self.day {
                self.broken.tm_wday = civil::weekday(day);
            }
        }
    }

    /// Sets month, day, and the days of week and year.
    fn set_date(&mut self, day: i64) {
        let date = civil::date(day);
        self.broken.tm_mon = date.month;
        self.broken.tm_mday = date.day;
        self.broken.tm_yday = date.year_day;
        self.broken.tm_wday = civil::weekday(day);
    }
}

export! {
    /// Reads a time by a format; where the text went on, or null. POSIX.1-2024 `strptime`.
    pub unsafe extern "C" fn strptime(
        text: *const c_char,
        format: *const c_char,
        broken: *mut tm,
    ) -> *mut c_char {
        // SAFETY: both are strings; broken is valid.
        unsafe {
            let text = CStr::from_ptr(text).to_bytes();
            let mut parser = Parser {
                text,
                broken: &mut *broken,
                century: None,
                short_year: None,
                year: false,
                month: false,
                day: false,
                year_day: false,
                weekday: false,
                week: None,
                afternoon: None,
                hour12: false,
            };
            if parser.format(CStr::from_ptr(format).to_bytes(), 0).is_none() {
                return ptr::null_mut();
            }
            parser.finish();
            parser.text.as_ptr().cast_mut().cast()
        }
    }

    /// `strptime` in a locale; the names are the same in all. glibc `strptime_l`.
    pub unsafe extern "C" fn strptime_l(
        text: *const c_char,
        format: *const c_char,
        broken: *mut tm,
        _: locale_t,
    ) -> *mut c_char {
        // SAFETY: the caller's pointers.
        unsafe { strptime(text, format, broken) }
    }
}
