//! Time zone files: TZif, versions 1 to 4 (RFC 9636).
//!
//! A file is checked once, when it is opened; afterwards its parts are read where they lie. Leap seconds are
//! left out: POSIX time has none.

use super::rule::Rule;
use crate::errno::{Errno, Result};
use crate::heap::Vector;

/// The largest file that is taken, in bytes; the largest that exist have some 4 KiB.
pub const LARGEST: usize = 64 << 10;
/// Bytes of a header.
const HEADER: usize = 44;

/// A checked file.
pub struct ZoneFile {
    bytes: Vector<u8>,
    /// Where the transition times begin, and how many bytes each has.
    times: usize,
    time_size: usize,
    transitions: usize,
    /// Where the transitions' kinds begin, one byte each.
    kinds: usize,
    /// Where the descriptions of kinds begin, six bytes each.
    descriptions: usize,
    kind_count: usize,
    /// Where the names begin.
    names: usize,
    names_length: usize,
    /// What holds after the last transition.
    rule: Option<Rule>,
}

/// A kind of local time in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileKind<'a> {
    /// Its name.
    pub name: &'a [u8],
    /// Seconds east of Greenwich.
    pub offset: i64,
    /// Whether it is daylight saving time.
    pub is_dst: bool,
}

fn be32(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().map(|chunk| u32::from_be_bytes(*chunk))
}

/// The six counts of a header: UT indicators, standard indicators, leap seconds, transitions, kinds, bytes of
/// names.
fn counts(header: &[u8]) -> Option<[usize; 6]> {
    if !header.starts_with(b"TZif") || header.len() < HEADER {
        return None;
    }
    let mut counts = [0; 6];
    for (i, count) in counts.iter_mut().enumerate() {
        let value = be32(&header[20 + 4 * i..])? as usize;
        // Nothing below can overflow, and nothing larger fits the file.
        if value > LARGEST {
            return None;
        }
        *count = value;
    }
    Some(counts)
}

/// The bytes of a data block.
fn block_size([ut, standard, leaps, transitions, kinds, names]: [usize; 6], time_size: usize) -> usize {
    transitions * (time_size + 1) + kinds * 6 + names + leaps * (time_size + 4) + standard + ut
}

impl ZoneFile {
    /// Checks a file's bytes.
    pub fn new(bytes: Vector<u8>) -> Result<ZoneFile> {
        let invalid = Errno::EINVAL;
        if bytes.len() > LARGEST {
            return Err(invalid);
        }
        let first = counts(&bytes).ok_or(invalid)?;
        let version = bytes[4];
        let (mut at, mut time_size, mut block) = (HEADER, 4, first);
        if version >= b'2' {
            let second = HEADER + block_size(first, 4);
            block = bytes.get(second..).and_then(counts).ok_or(invalid)?;
            at = second + HEADER;
            time_size = 8;
        }
        let [_, _, _, transitions, kind_count, names_length] = block;
        let end = at + block_size(block, time_size);
        if end > bytes.len() || kind_count == 0 || kind_count > 256 || names_length == 0 {
            return Err(invalid);
        }
        let kinds = at + transitions * time_size;
        let descriptions = kinds + transitions;
        let names = descriptions + kind_count * 6;
        let rule = bytes
            .get(end..)
            .and_then(|footer| footer.strip_prefix(b"\n"))
            .and_then(|footer| footer.split(|&b| b == b'\n').next())
            .and_then(Rule::parse);
        let file = ZoneFile {
            times: at,
            time_size,
            transitions,
            kinds,
            descriptions,
            kind_count,
            names,
            names_length,
            rule: rule.filter(|_| version >= b'2'),
            bytes,
        };
        let mut before = i64::MIN;
        for i in 0..transitions {
            let time = file.time(i);
            if time <= before && i > 0 || usize::from(file.bytes[kinds + i]) >= kind_count {
                return Err(invalid);
            }
            before = time;
        }
        for i in 0..kind_count {
            let description = &file.bytes[descriptions + 6 * i..][..6];
            let offset = be32(description).ok_or(invalid)? as i32;
            // A day either way, and a little (RFC 9636 3.2).
            if !(-93_600..=93_600).contains(&offset) || usize::from(description[5]) >= names_length {
                return Err(invalid);
            }
        }
        // Each name ends within its block.
        if file.bytes[names + names_length - 1] != 0 {
            return Err(invalid);
        }
        Ok(file)
    }

    /// The instant of a transition.
    fn time(&self, index: usize) -> i64 {
        let bytes = &self.bytes[self.times + index * self.time_size..];
        if self.time_size == 8 {
            bytes.first_chunk().map_or(0, |chunk| i64::from_be_bytes(*chunk))
        } else {
            be32(bytes).map_or(0, |value| i64::from(value as i32))
        }
    }

    fn kind(&self, index: usize) -> FileKind<'_> {
        let description = &self.bytes[self.descriptions + 6 * index.min(self.kind_count - 1)..][..6];
        let names = &self.bytes[self.names..][..self.names_length];
        let name = &names[usize::from(description[5])..];
        let end = name.iter().position(|&b| b == 0).unwrap_or(name.len());
        let offset = be32(description).map_or(0, |value| i64::from(value as i32));
        FileKind {
            name: &name[..end],
            offset,
            is_dst: description[4] != 0,
        }
    }

    fn kind_after(&self, transition: usize) -> FileKind<'_> {
        self.kind(usize::from(self.bytes[self.kinds + transition]))
    }

    /// How many transitions lie at or before an instant.
    fn passed(&self, seconds: i64) -> usize {
        let (mut low, mut high) = (0, self.transitions);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.time(middle) <= seconds {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The kind of local time at an instant.
    pub fn at(&self, seconds: i64) -> FileKind<'_> {
        let passed = self.passed(seconds);
        if passed == self.transitions
            && let Some(rule) = &self.rule
        {
            let (kind, is_dst) = rule.at(seconds);
            return FileKind {
                name: kind.name.bytes(),
                offset: kind.offset,
                is_dst,
            };
        }
        match passed.checked_sub(1) {
            Some(last) => self.kind_after(last),
            None => self.kind(0),
        }
    }

    /// The kind with or without daylight saving time that was in force nearest to an instant, if any.
    pub fn nearest(&self, seconds: i64, is_dst: bool) -> Option<FileKind<'_>> {
        let passed = self.passed(seconds);
        if let (Some(rule), true) = (&self.rule, passed == self.transitions) {
            if is_dst {
                if let Some(kind) = rule.summer() {
                    return Some(FileKind {
                        name: kind.name.bytes(),
                        offset: kind.offset,
                        is_dst,
                    });
                }
            } else {
                let kind = &rule.standard;
                return Some(FileKind {
                    name: kind.name.bytes(),
                    offset: kind.offset,
                    is_dst,
                });
            }
        }
        let before = (0..passed)
            .rev()
            .take(64)
            .find(|&i| self.kind_after(i).is_dst == is_dst);
        let after = (passed..self.transitions)
            .take(64)
            .find(|&i| self.kind_after(i).is_dst == is_dst);
        let nearest = match (before, after) {
            (Some(b), Some(a)) => {
                // What ended at the next transition after b, or begins at a.
                let ended = self.time((b + 1).min(self.transitions - 1));
                let since = seconds.saturating_sub(ended);
                if since <= self.time(a).saturating_sub(seconds) {
                    b
                } else {
                    a
                }
            }
            (one, other) => one.or(other)?,
        };
        Some(self.kind_after(nearest))
    }

    /// The last names of standard and of daylight saving time, with their offsets.
    pub fn last_kinds(&self) -> (Option<FileKind<'_>>, Option<FileKind<'_>>) {
        if let Some(rule) = &self.rule {
            let standard = &rule.standard;
            let standard = FileKind {
                name: standard.name.bytes(),
                offset: standard.offset,
                is_dst: false,
            };
            let summer = rule.summer().map(|kind| FileKind {
                name: kind.name.bytes(),
                offset: kind.offset,
                is_dst: true,
            });
            let summer = summer.or_else(|| self.last_kind(true));
            return (Some(standard), summer);
        }
        (self.last_kind(false), self.last_kind(true))
    }

    fn last_kind(&self, is_dst: bool) -> Option<FileKind<'_>> {
        let last = (0..self.transitions)
            .rev()
            .map(|i| self.kind_after(i))
            .find(|kind| kind.is_dst == is_dst);
        last.or_else(|| {
            (0..self.kind_count)
                .map(|i| self.kind(i))
                .find(|kind| kind.is_dst == is_dst)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn vector(bytes: &[u8]) -> Vector<u8> {
        let mut vector = Vector::new();
        vector.extend_from_slice(bytes).unwrap();
        vector
    }

    /// Version 2 with one transition to daylight saving time and a footer.
    fn sample() -> Vec<u8> {
        let header = |transitions: u32, kinds: u32, names: u32| {
            let mut bytes = b"TZif2".to_vec();
            bytes.extend([0; 15]);
            for count in [0, 0, 0, transitions, kinds, names] {
                bytes.extend(count.to_be_bytes());
            }
            bytes
        };
        let mut bytes = header(0, 0, 0);
        bytes.extend(header(1, 2, 8));
        bytes.extend(1000i64.to_be_bytes());
        bytes.push(1);
        bytes.extend(3600i32.to_be_bytes());
        bytes.extend([0, 0]);
        bytes.extend(7200i32.to_be_bytes());
        bytes.extend([1, 4]);
        bytes.extend(b"STD\0DST\0");
        bytes.extend(b"\nSTD-1DST,M3.5.0,M10.5.0/3\n");
        bytes
    }

    #[test]
    fn kinds_follow_transitions_and_then_the_footer() {
        let file = ZoneFile::new(vector(&sample())).unwrap();
        assert_eq!(
            file.at(999),
            FileKind {
                name: b"STD",
                offset: 3600,
                is_dst: false
            }
        );
        // 1 July 2021, by the footer's rule.
        assert_eq!(
            file.at(1_625_097_600),
            FileKind {
                name: b"DST",
                offset: 7200,
                is_dst: true
            }
        );
        assert_eq!(file.at(1_609_459_200).name, b"STD");
        assert_eq!(file.at(i64::MAX).offset, file.at(i64::MAX).offset);
    }

    #[test]
    fn cut_files_are_refused() {
        let whole = sample();
        for length in 0..whole.len() - 28 {
            assert!(ZoneFile::new(vector(&whole[..length])).is_err(), "{length}");
        }
    }

    proptest! {
        #[test]
        fn no_change_of_bytes_panics(changes in prop::collection::vec((0usize..160, any::<u8>()), 1..6), seconds: i64) {
            let mut bytes = sample();
            let length = bytes.len();
            for (place, byte) in changes {
                bytes[place % length] = byte;
            }
            if let Ok(file) = ZoneFile::new(vector(&bytes)) {
                file.at(seconds);
                file.nearest(seconds, true);
                file.nearest(seconds, false);
                file.last_kinds();
            }
        }
    }
}
