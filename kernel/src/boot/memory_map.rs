//! The memory map of the boot loader, put in order: which physical ranges are memory, and which of them are free.
//!
//! The loader's entries are not trusted to be sorted, aligned or apart. Addresses are bytes; results are whole pages.

use crate::machine::PAGE_SIZE;

/// Ranges of one kind, at most. What is more than that is left out, which only loses memory.
pub const MAX_RANGES: usize = 64;

/// Bytes `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Range {
    /// First byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
}

/// Disjoint ranges of whole pages in ascending order.
#[derive(Clone, Debug)]
pub struct RangeSet {
    ranges: [Range; MAX_RANGES],
    count: usize,
}

impl Default for RangeSet {
    fn default() -> Self {
        RangeSet {
            ranges: [Range::default(); MAX_RANGES],
            count: 0,
        }
    }
}

impl RangeSet {
    /// The ranges.
    #[must_use]
    pub fn ranges(&self) -> &[Range] {
        &self.ranges[..self.count]
    }

    /// Adds the whole pages inside a range, below `limit`, joined with what is there.
    pub fn add(&mut self, start: u64, end: u64, limit: u64) {
        let page = PAGE_SIZE as u64;
        let Some(mut start) = start.checked_next_multiple_of(page) else {
            return;
        };
        let mut end = end.min(limit) / page * page;
        if start >= end {
            return;
        }
        // Swallow what touches the new range, then insert it in its place.
        let mut kept = 0;
        for index in 0..self.count {
            let range = self.ranges[index];
            if range.end < start || range.start > end {
                self.ranges[kept] = range;
                kept += 1;
            } else {
                start = start.min(range.start);
                end = end.max(range.end);
            }
        }
        self.count = kept;
        self.insert(Range { start, end });
    }

    /// Takes every page out that a range touches.
    pub fn remove(&mut self, start: u64, end: u64) {
        let page = PAGE_SIZE as u64;
        let start = start / page * page;
        let end = end.checked_next_multiple_of(page).unwrap_or(u64::MAX);
        if start >= end {
            return;
        }
        let old = self.clone();
        self.count = 0;
        for range in old.ranges() {
            for piece in [
                Range {
                    start: range.start,
                    end: range.end.min(start),
                },
                Range {
                    start: range.start.max(end),
                    end: range.end,
                },
            ] {
                if piece.start < piece.end {
                    self.insert(piece);
                }
            }
        }
    }

    /// Takes `length` bytes (rounded up to pages) at a multiple of `align` out of the highest range below `limit` that has
    /// them; returns the first address. The highest, because devices may need low memory.
    pub fn take(&mut self, length: u64, align: u64, limit: u64) -> Option<u64> {
        let length = length.checked_next_multiple_of(PAGE_SIZE as u64)?;
        let start = self.ranges().iter().rev().find_map(|range| {
            let start = range.end.min(limit).checked_sub(length)? / align * align;
            (start >= range.start).then_some(start)
        })?;
        self.remove(start, start + length);
        Some(start)
    }

    /// Whether a range lies wholly within one of these.
    #[must_use]
    pub fn contains(&self, start: u64, end: u64) -> bool {
        self.ranges()
            .iter()
            .any(|range| range.start <= start && end <= range.end)
    }

    /// Whether any byte of a range is in one of these.
    #[must_use]
    pub fn touches(&self, start: u64, end: u64) -> bool {
        self.ranges()
            .iter()
            .any(|range| range.start < end && start < range.end)
    }

    /// Bytes of all ranges.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.ranges().iter().map(|range| range.end - range.start).sum()
    }

    /// End of the highest range, 0 if there is none.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.ranges().last().map_or(0, |range| range.end)
    }

    fn insert(&mut self, new: Range) {
        if self.count == MAX_RANGES {
            return;
        }
        let at = self.ranges[..self.count].partition_point(|range| range.start < new.start);
        self.ranges.copy_within(at..self.count, at + 1);
        self.ranges[at] = new;
        self.count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn partial_pages_are_lost_when_added_and_gone_when_removed() {
        let mut set = RangeSet::default();
        set.add(0x1001, 0x5fff, u64::MAX);
        assert_eq!(
            set.ranges(),
            [Range {
                start: 0x2000,
                end: 0x5000
            }]
        );
        set.remove(0x3fff, 0x4001);
        assert_eq!(
            set.ranges(),
            [Range {
                start: 0x2000,
                end: 0x3000
            }]
        );
    }

    #[test]
    fn take_prefers_high_memory_below_the_limit() {
        let mut set = RangeSet::default();
        set.add(0, 0x10000, u64::MAX);
        set.add(0x100000, 0x200000, u64::MAX);
        assert_eq!(set.take(1, 0x1000, u64::MAX), Some(0x1ff000));
        assert_eq!(set.take(0x2000, 0x4000, 0x10000), Some(0xc000));
        assert_eq!(set.take(0x1000000, 0x1000, u64::MAX), None);
        assert_eq!(set.take(u64::MAX, 0x1000, u64::MAX), None);
    }

    proptest! {
        #[test]
        fn pages_are_what_was_added_and_not_removed(
            steps in prop::collection::vec((any::<bool>(), 0u64..200, 0u64..60), 0..20)
        ) {
            let mut set = RangeSet::default();
            let mut pages = [false; 300];
            for (add, first, count) in steps {
                let (start, end) = (first * 4096, (first + count) * 4096);
                if add { set.add(start, end, u64::MAX) } else { set.remove(start, end) }
                pages[first as usize..(first + count) as usize].fill(add);
            }
            for (page, &there) in pages.iter().enumerate() {
                let (start, end) = (page as u64 * 4096, (page as u64 + 1) * 4096);
                prop_assert_eq!(set.contains(start, end), there);
                prop_assert_eq!(set.touches(start, end), there);
            }
            for pair in set.ranges().windows(2) {
                prop_assert!(pair[0].end < pair[1].start);
            }
        }
    }
}
