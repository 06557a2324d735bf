//! `TZ` in POSIX's form: `EST5EDT,M3.2.0,M11.1.0`. POSIX.1-2024 8.3.
//!
//! Hours of a rule may run from -167 to 167, as POSIX.1-2024 and RFC 9636 have it.

use super::civil::{self, DAY};

/// The longest name of a zone that is taken, in bytes.
const NAME_LIMIT: usize = 32;

/// A zone's name: three letters or more, or anything between angle brackets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Name {
    bytes: [u8; NAME_LIMIT],
    length: u8,
}

impl Name {
    /// A name, if it is not too long.
    pub fn new(text: &[u8]) -> Option<Name> {
        let mut bytes = [0; NAME_LIMIT];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        Some(Name {
            bytes,
            length: text.len() as u8,
        })
    }

    /// The name's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

/// The day of a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Day {
    /// Day 1 to 365; 29 February is never counted.
    Julian(i64),
    /// Day 0 to 365; 29 February is counted.
    Ordinal(i64),
    /// Month 0 to 11, week 1 to 5 (5: the last), weekday 0 to 6.
    Weekday(usize, i64, i64),
}

/// When a change happens: a day, and seconds after its midnight in the time before the change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Change {
    day: Day,
    second: i64,
}

/// One kind of local time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kind {
    /// Its name.
    pub name: Name,
    /// Seconds east of Greenwich.
    pub offset: i64,
}

/// A zone as a `TZ` text describes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rule {
    /// Standard time.
    pub standard: Kind,
    /// Daylight saving time with its beginning and end.
    summer: Option<(Kind, Change, Change)>,
}

/// What is left of a text while it is read.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn peek(&self) -> u8 {
        self.0.first().copied().unwrap_or(0)
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == byte && !self.0.is_empty();
        if found {
            self.0 = &self.0[1..];
        }
        found
    }

    /// A number of one to three digits, at most `limit`.
    fn number(&mut self, limit: i64) -> Option<i64> {
        let mut value = 0;
        let mut digits = 0;
        while self.peek().is_ascii_digit() {
            value = value * 10 + i64::from(self.peek() - b'0');
            self.0 = &self.0[1..];
            digits += 1;
            if digits > 3 {
                return None;
            }
        }
        (digits > 0 && value <= limit).then_some(value)
    }

    /// `[+|-]hh[:mm[:ss]]` in seconds.
    fn time(&mut self, hours: i64) -> Option<i64> {
        let negative = self.take(b'-');
        if !negative {
            self.take(b'+');
        }
        let mut seconds = self.number(hours)? * 3600;
        if self.take(b':') {
            seconds += self.number(59)? * 60;
            if self.take(b':') {
                seconds += self.number(59)?;
            }
        }
        Some(if negative { -seconds } else { seconds })
    }

    fn name(&mut self) -> Option<Name> {
        let (name, rest) = if self.take(b'<') {
            let end = self.0.iter().position(|&b| b == b'>')?;
            let name = &self.0[..end];
            if !name
                .iter()
                .all(|&b| b.is_ascii_alphanumeric() || b == b'+' || b == b'-')
            {
                return None;
            }
            (name, &self.0[end + 1..])
        } else {
            let end = self
                .0
                .iter()
                .position(|b| !b.is_ascii_alphabetic())
                .unwrap_or(self.0.len());
            self.0.split_at(end)
        };
        if name.len() < 3 {
            return None;
        }
        let name = Name::new(name)?;
        self.0 = rest;
        Some(name)
    }

    fn change(&mut self) -> Option<Change> {
        let day = if self.take(b'J') {
            Day::Julian(self.number(365).filter(|&n| n > 0)?)
        } else if self.take(b'M') {
            let month = self.number(12).filter(|&n| n > 0)?;
            let week = self.take(b'.').then(|| self.number(5))??;
            let weekday = self.take(b'.').then(|| self.number(6))??;
            if week == 0 {
                return None;
            }
            Day::Weekday(month as usize - 1, week, weekday)
        } else {
            Day::Ordinal(self.number(365)?)
        };
        let second = if self.take(b'/') { self.time(167)? } else { 7200 };
        Some(Change { day, second })
    }
}

impl Change {
    /// The instant of the change in `year`, where local time runs `offset` seconds east before it.
    fn instant(&self, year: i64, offset: i64) -> i64 {
        let first = civil::days_before_year(year);
        let day = match self.day {
            Day::Julian(n) => first + n - 1 + i64::from(n > 59 && civil::is_leap(year)),
            Day::Ordinal(n) => first + n,
            Day::Weekday(month, week, weekday) => {
                let start = first + civil::days_before_month(year, month);
                let length = first + civil::days_before_month(year, month + 1) - start;
                let to_first = (weekday - i64::from(civil::weekday(start))).rem_euclid(7);
                let mut day = to_first + 7 * (week - 1);
                if day >= length {
                    day -= 7;
                }
                start + day
            }
        };
        day * DAY + self.second - offset
    }
}

impl Rule {
    /// Universal time under a name.
    pub fn universal() -> Rule {
        let mut bytes = [0; NAME_LIMIT];
        bytes[..3].copy_from_slice(b"UTC");
        Rule {
            standard: Kind {
                name: Name { bytes, length: 3 },
                offset: 0,
            },
            summer: None,
        }
    }

    /// Reads a `TZ` text; `None` when it is not one.
    pub fn parse(text: &[u8]) -> Option<Rule> {
        let mut reader = Reader(text);
        let name = reader.name()?;
        let offset = -reader.time(24)?;
        let standard = Kind { name, offset };
        if reader.0.is_empty() {
            return Some(Rule {
                standard,
                summer: None,
            });
        }
        let name = reader.name()?;
        let offset = match reader.peek() {
            0 | b',' => standard.offset + 3600,
            _ => -reader.time(24)?,
        };
        let (start, end) = if reader.0.is_empty() {
            // The rule of the United States since 2007, which POSIX leaves open.
            let change = |month, week| Change {
                day: Day::Weekday(month, week, 0),
                second: 7200,
            };
            (change(2, 2), change(10, 1))
        } else {
            let start = reader.take(b',').then(|| reader.change())??;
            (start, reader.take(b',').then(|| reader.change())??)
        };
        reader.0.is_empty().then_some(Rule {
            standard,
            summer: Some((Kind { name, offset }, start, end)),
        })
    }

    /// Daylight saving time, if the zone has it.
    pub fn summer(&self) -> Option<&Kind> {
        self.summer.as_ref().map(|(kind, _, _)| kind)
    }

    /// The kind of local time at an instant, and whether it is daylight saving time.
    pub fn at(&self, seconds: i64) -> (&Kind, bool) {
        let Some((summer, start, end)) = &self.summer else {
            return (&self.standard, false);
        };
        let local_days = seconds.saturating_add(self.standard.offset).div_euclid(DAY);
        // No rule is asked about years that no `struct tm` can hold.
        let year = civil::date(local_days.clamp(-1 << 40, 1 << 40)).year;
        let start = start.instant(year, self.standard.offset);
        let end = end.instant(year, summer.offset);
        let is_summer = if start <= end {
            (start..end).contains(&seconds)
        } else {
            !(end..start).contains(&seconds)
        };
        if is_summer {
            (summer, true)
        } else {
            (&self.standard, false)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_that_are_no_rule_are_refused() {
        for text in [
            "",
            "A",
            "AB3",
            "EST",
            "EST25",
            "EST5:60",
            "EST5EDT,",
            "EST5EDT,M3.2.0",
            "EST5EDT,M13.1.0,M1.1.0",
            "EST5EDT,M3.0.0,M1.1.0",
            "EST5EDT,J0,J1",
            "EST5EDT,366,1",
            "EST5EDT,M3.2.0,M11.1.0x",
            "<A>5",
            "<ABC5",
            "EST5EDT,M3.2.0/168,M11.1.0",
            "EST99999999999999999999",
        ] {
            assert_eq!(Rule::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn summer_ends_before_it_starts_in_the_south() {
        let rule = Rule::parse(b"AEST-10AEDT,M10.1.0,M4.1.0/3").unwrap();
        // 1 January and 1 July 2021.
        assert!(rule.at(1_609_459_200).1);
        assert!(!rule.at(1_625_097_600).1);
        let always = Rule::parse(b"XXX3EDT4,0/0,J365/23").unwrap();
        assert!(always.at(1_609_459_200).1);
        assert!(always.at(1_625_097_600).1);
        assert_eq!(Rule::parse(b"<-03>3").unwrap().standard.offset, -10_800);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[A-Z<>0-9+-]{0,12}[,MJ0-9./:]{0,20}", seconds: i64) {
            if let Some(rule) = Rule::parse(text.as_bytes()) {
                rule.at(seconds);
            }
        }
    }
}
