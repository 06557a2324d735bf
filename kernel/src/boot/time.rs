//! Arithmetic of clocks: from two counters to a frequency, from a frequency to nanoseconds, from the RTC's date to seconds.

/// Nanoseconds in a second.
pub const SECOND_NS: u64 = 1_000_000_000;

/// One look at two counters: the measured one before and after the reference was read.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// The measured counter before the reference was read.
    pub before: u64,
    /// The reference.
    pub reference: u64,
    /// The measured counter after the reference was read.
    pub after: u64,
}

/// Frequency of the measured counter in Hz, from two samples of a reference whose tick lasts `tick_fs` femtoseconds.
///
/// The samples only bound it: each reference value holds for a whole tick, and reading takes time. Among the frequencies within the
/// bounds the roundest is taken; so a counter that runs at exactly 1 GHz (instruction counting) is found to do so exactly.
#[must_use]
pub fn frequency(first: Sample, last: Sample, tick_fs: u64) -> Option<u64> {
    const SECOND_FS: u128 = 1_000_000_000_000_000;
    let ticks = u128::from(last.reference.checked_sub(first.reference)?);
    let shortest = (ticks.checked_sub(1)?) * u128::from(tick_fs);
    let longest = (ticks + 1) * u128::from(tick_fs);
    let fewest = u128::from(last.before.checked_sub(first.after)?);
    let most = u128::from(last.after.checked_sub(first.before)?);
    let low = u64::try_from(fewest * SECOND_FS / longest).ok()?;
    let high = u64::try_from((most * SECOND_FS).checked_div(shortest)?).ok()?;
    (low > 0).then(|| roundest(low, high))
}

/// The number between `low` and `high` that ends in the most zeros; of several, the one nearest to the middle.
fn roundest(low: u64, high: u64) -> u64 {
    let middle = low + (high - low) / 2;
    let mut unit = 1u64;
    let mut best = middle;
    while let Some(next) = unit.checked_mul(10) {
        unit = next;
        let rounded = (u128::from(middle) + u128::from(unit) / 2) / u128::from(unit) * u128::from(unit);
        match u64::try_from(rounded) {
            Ok(rounded) if (low..=high).contains(&rounded) => best = rounded,
            _ => break,
        }
    }
    best
}

/// `value * scale / 2^32`, as the clock page has it; saturates.
#[inline]
#[must_use]
pub fn scale(value: u64, scale_32: u64) -> u64 {
    let product = (u128::from(value) * u128::from(scale_32)) >> 32;
    if product >> 64 != 0 {
        u64::MAX
    } else {
        product as u64
    }
}

/// Factor (32.32 fixed point) from ticks of a counter at `from_hz` to ticks at `to_hz`.
#[must_use]
pub fn factor(from_hz: u64, to_hz: u64) -> u64 {
    u64::try_from((u128::from(to_hz) << 32) / u128::from(from_hz.max(1))).unwrap_or(u64::MAX)
}

/// A date of the real-time clock, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date {
    /// Full year.
    pub year: u64,
    /// 1..=12.
    pub month: u64,
    /// 1..=31.
    pub day: u64,
    /// 0..=23.
    pub hour: u64,
    /// 0..=59.
    pub minute: u64,
    /// 0..=60.
    pub second: u64,
}

impl Date {
    /// Seconds since 1970, if the fields are a date from then on.
    #[must_use]
    pub fn unix_seconds(&self) -> Option<u64> {
        if !(1970..=9999).contains(&self.year)
            || !(1..=12).contains(&self.month)
            || !(1..=31).contains(&self.day)
            || self.hour > 23
            || self.minute > 59
            || self.second > 60
        {
            return None;
        }
        // Years that begin in March have their leap day at the end.
        let year = if self.month <= 2 { self.year - 1 } else { self.year };
        let month = (self.month + 9) % 12;
        let leap_days = year / 4 - year / 100 + year / 400;
        let days = year * 365 + leap_days + (month * 153 + 2) / 5 + self.day - 1;
        // 1 March of year 0 is 719,468 days before 1970.
        let days = days.checked_sub(719_468)?;
        Some(((days * 24 + self.hour) * 60 + self.minute) * 60 + self.second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_instruction_a_nanosecond_is_found_exactly() {
        let sample = |at: u64| Sample {
            before: at,
            reference: (at + 40) / 10,
            after: at + 90,
        };
        assert_eq!(
            frequency(sample(5_000_003), sample(7_000_011), 10_000_000),
            Some(SECOND_NS)
        );
    }

    #[test]
    fn counters_that_go_back_give_no_frequency() {
        let a = Sample {
            before: 100,
            reference: 100,
            after: 101,
        };
        let b = Sample {
            before: 50,
            reference: 50,
            after: 51,
        };
        assert_eq!(frequency(a, b, 1), None);
        assert_eq!(frequency(a, a, 1), None);
    }

    #[test]
    fn dates_become_seconds() {
        let date = |year, month, day| Date {
            year,
            month,
            day,
            hour: 0,
            minute: 0,
            second: 0,
        };
        assert_eq!(date(1970, 1, 1).unix_seconds(), Some(0));
        assert_eq!(date(2000, 3, 1).unix_seconds(), Some(951_868_800));
        assert_eq!(date(2024, 2, 29).unix_seconds(), Some(1_709_164_800));
        assert_eq!(date(2024, 1, 1).unix_seconds(), Some(1_704_067_200));
        assert_eq!(date(1969, 12, 31).unix_seconds(), None);
        assert_eq!(date(2024, 13, 1).unix_seconds(), None);
    }

    proptest! {
        #[test]
        fn the_true_frequency_lies_within_what_the_samples_allow(
            hz in 100_000_000u64..6_000_000_000, start in 0u64..1 << 40, lag in 0u64..5_000, span_us in 1_000u64..20_000
        ) {
            let at = |fs: u128| Sample {
                before: (fs * u128::from(hz) / 1_000_000_000_000_000) as u64,
                reference: ((fs + u128::from(lag) * 500_000) / 10_000_000) as u64,
                after: ((fs + u128::from(lag) * 1_000_000) * u128::from(hz) / 1_000_000_000_000_000) as u64,
            };
            let first = u128::from(start) * 1_000_000;
            let last = first + u128::from(span_us) * 1_000_000_000;
            let found = frequency(at(first), at(last), 10_000_000).unwrap();
            let error = found.abs_diff(hz) as f64 / hz as f64;
            let bound = (2.0 * (lag as f64) + 40.0) / (span_us as f64 * 1000.0);
            prop_assert!(error <= bound, "{} for {}: {} > {}", found, hz, error, bound);
        }

        #[test]
        fn scaling_never_overflows_and_goes_forth_and_back(value in any::<u64>(), hz in 1u64..10_000_000_000) {
            let there = scale(value, factor(hz, SECOND_NS));
            let _ = scale(there, factor(SECOND_NS, hz));
        }
    }
}
