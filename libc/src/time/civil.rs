//! The proleptic Gregorian calendar: days since 1 January 1970 and dates, in 64 bits.
//!
//! Years begin on 1 March inside, so that the leap day is a year's last; 400 years are one cycle of 146,097 days.

/// Seconds in a day (POSIX counts no leap seconds).
pub const DAY: i64 = 86_400;

/// Whether a year has 366 days.
pub fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days before each month in a common year.
pub const BEFORE_MONTH: [i64; 13] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

/// Days of a year before its month `month` (0 is January).
pub fn days_before_month(year: i64, month: usize) -> i64 {
    BEFORE_MONTH[month] + i64::from(month > 1 && is_leap(year))
}

/// Days from 1 January 1970 to 1 January of `year`, which must be within 2^55 or so.
pub fn days_before_year(year: i64) -> i64 {
    let before = year - 1;
    let leap_days = before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400);
    // Up to 1970 there were 477 leap days since year 1.
    (year - 1970) * 365 + leap_days - 477
}

/// A day as year, month (0 is January), day of the month (from 1) and day of the year (from 0).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date {
    /// The year.
    pub year: i64,
    /// The month; 0 is January.
    pub month: i32,
    /// The day of the month, from 1.
    pub day: i32,
    /// The day of the year, from 0.
    pub year_day: i32,
}

/// The date of a day counted from 1 January 1970.
pub fn date(days: i64) -> Date {
    const CYCLE: i64 = 146_097;
    // Days since 1 March of year 0.
    let days = days + 719_468;
    let (cycle, of_cycle) = (days.div_euclid(CYCLE), days.rem_euclid(CYCLE));
    let year = (of_cycle - of_cycle / 1460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
    let of_year = of_cycle - (365 * year + year / 4 - year / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 2
    } else {
        march_month - 10
    };
    let year = cycle * 400 + year + i64::from(month < 2);
    let year_day = days_before_month(year, month as usize) + day - 1;
    Date {
        year,
        month: month as i32,
        day: day as i32,
        year_day: year_day as i32,
    }
}

/// The weekday of a day counted from 1 January 1970; 0 is Sunday.
pub fn weekday(days: i64) -> i32 {
    (days + 4).rem_euclid(7) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverse() {
        let mut expected = date(-800_000);
        for days in -800_000..800_000 {
            let found = date(days);
            assert_eq!(found, expected);
            let back = days_before_year(found.year) + i64::from(found.year_day);
            assert_eq!(back, days);
            // The day after.
            let next_day = found.year_day + 1;
            let length = 365 + i32::from(is_leap(found.year));
            expected = if next_day == length {
                Date {
                    year: found.year + 1,
                    month: 0,
                    day: 1,
                    year_day: 0,
                }
            } else if i64::from(next_day) == days_before_month(found.year, found.month as usize + 1) {
                Date {
                    year: found.year,
                    month: found.month + 1,
                    day: 1,
                    year_day: next_day,
                }
            } else {
                Date {
                    day: found.day + 1,
                    year_day: next_day,
                    ..found
                }
            };
        }
        assert_eq!(
            date(0),
            Date {
                year: 1970,
                month: 0,
                day: 1,
                year_day: 0
            }
        );
        assert_eq!(weekday(0), 4);
    }
}
