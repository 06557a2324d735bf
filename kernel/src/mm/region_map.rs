//! The regions of one address space in the order of their addresses.
//!
//! Sorted entries in chunks of at most [`CHUNK`]: a look-up is two binary searches, a change moves one chunk's worth of bytes, and
//! the widest gap of each chunk makes the search for free room skip chunks. Growing is fallible and moves no more than one
//! pointer for each chunk.

use super::MemoryError;
use super::space::Region;
use crate::arena::Ref;
use alloc::vec::Vec;

/// Entries of a chunk, at most.
const CHUNK: usize = 64;

/// Regions of one address space, at most (Linux's usual limit).
pub const MAX_REGIONS: usize = 65_530;

/// Where a region lies: bytes `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// First address.
    pub start: u64,
    /// One past the last address.
    pub end: u64,
    /// The region.
    pub region: Ref<Region>,
}

#[derive(Debug)]
struct Chunk {
    entries: Vec<Entry>,
    /// The widest gap before an entry of this chunk, up to the entry before it (also in the chunk before).
    widest_gap: u64,
}

/// The map.
#[derive(Debug, Default)]
pub struct RegionMap {
    chunks: Vec<Chunk>,
    count: usize,
}

impl RegionMap {
    /// Number of regions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Chunk and place of the first entry that ends above `address`.
    #[inline]
    fn position(&self, address: u64) -> Option<(usize, usize)> {
        let chunk = self
            .chunks
            .partition_point(|chunk| chunk.entries.last().is_none_or(|last| last.end <= address));
        let entries = &self.chunks.get(chunk)?.entries;
        Some((chunk, entries.partition_point(|entry| entry.end <= address)))
    }

    /// The region that holds `address`.
    #[inline]
    #[must_use]
    pub fn find(&self, address: u64) -> Option<Entry> {
        self.at_or_above(address).filter(|entry| entry.start <= address)
    }

    /// The region that holds `address`, or the first one above it.
    #[inline]
    #[must_use]
    pub fn at_or_above(&self, address: u64) -> Option<Entry> {
        let (chunk, at) = self.position(address)?;
        Some(self.chunks[chunk].entries[at])
    }

    /// The lowest region.
    #[must_use]
    pub fn first(&self) -> Option<Entry> {
        self.chunks.first()?.entries.first().copied()
    }

    /// Takes the lowest region out of a map that is being emptied: gaps are not kept up to date any more.
    pub fn take_first(&mut self) {
        if let Some(chunk) = self.chunks.first_mut() {
            chunk.entries.remove(0);
            self.count -= 1;
            if chunk.entries.is_empty() {
                self.chunks.remove(0);
            }
        }
    }

    /// The last region that ends at or below `address`.
    #[must_use]
    pub fn below(&self, address: u64) -> Option<Entry> {
        let (chunk, at) = self.position(address).unwrap_or((self.chunks.len(), 0));
        if at > 0 {
            return Some(self.chunks[chunk].entries[at - 1]);
        }
        self.chunks[..chunk].last()?.entries.last().copied()
    }

    /// Whether nothing lies in `start..end`.
    #[must_use]
    pub fn is_free(&self, start: u64, end: u64) -> bool {
        self.at_or_above(start).is_none_or(|entry| entry.start >= end)
    }

    /// Adds a region that touches no other.
    ///
    /// # Errors
    /// Too many regions, or no memory.
    pub fn insert(&mut self, entry: Entry) -> Result<(), MemoryError> {
        if self.count >= MAX_REGIONS {
            return Err(MemoryError::NoMemory);
        }
        let (mut chunk, mut at) = match self.position(entry.start) {
            Some(position) => position,
            None if self.chunks.is_empty() => {
                self.add_chunk(0, Vec::new())?;
                (0, 0)
            }
            None => (
                self.chunks.len() - 1,
                self.chunks[self.chunks.len() - 1].entries.len(),
            ),
        };
        // At the boundary of two chunks, the lower one may have room.
        if self.chunks[chunk].entries.len() == CHUNK
            && at == 0
            && chunk > 0
            && self.chunks[chunk - 1].entries.len() < CHUNK
        {
            chunk -= 1;
            at = self.chunks[chunk].entries.len();
        }
        if self.chunks[chunk].entries.len() == CHUNK {
            // An ascending series of mappings leaves full chunks behind it, others halves.
            let middle = if at == CHUNK { CHUNK } else { CHUNK / 2 };
            self.add_chunk(chunk + 1, Vec::new())?;
            let (lower, upper) = self.chunks.split_at_mut(chunk + 1);
            upper[0].entries.extend(lower[chunk].entries.drain(middle..));
            if at >= middle {
                chunk += 1;
                at -= middle;
            }
        }
        self.chunks[chunk].entries.insert(at, entry);
        self.count += 1;
        self.measure_around(chunk);
        Ok(())
    }

    /// Takes the region that starts at `start` out.
    pub fn remove(&mut self, start: u64) -> Option<Entry> {
        let (chunk, at) = self.position(start)?;
        if self.chunks[chunk].entries[at].start != start {
            return None;
        }
        let entry = self.chunks[chunk].entries.remove(at);
        self.count -= 1;
        if self.chunks[chunk].entries.is_empty() {
            self.chunks.remove(chunk);
            if chunk < self.chunks.len() {
                self.measure(chunk);
            }
        } else {
            self.measure_around(chunk);
        }
        Some(entry)
    }

    /// Changes the bounds of the region that starts at `start`, within the gaps around it.
    pub fn change_bounds(&mut self, start: u64, new_start: u64, new_end: u64) {
        if let Some((chunk, at)) = self.position(start) {
            let entry = &mut self.chunks[chunk].entries[at];
            if entry.start == start {
                (entry.start, entry.end) = (new_start, new_end);
                self.measure_around(chunk);
            }
        }
    }

    /// The highest start of `length` free bytes, at a multiple of the page size, wholly within `low..high`.
    #[must_use]
    pub fn find_gap(&self, length: u64, low: u64, high: u64) -> Option<u64> {
        // The gap above the last region, then those before each entry, downwards.
        let mut top = high;
        for index in (0..self.chunks.len()).rev() {
            let chunk = &self.chunks[index];
            let last_end = chunk.entries.last().map_or(0, |last| last.end);
            if fits(last_end.max(low), top, length) {
                return Some(top - length);
            }
            if chunk.widest_gap >= length {
                for at in (0..chunk.entries.len()).rev() {
                    top = top.min(chunk.entries[at].start);
                    let below = if at > 0 {
                        chunk.entries[at - 1].end
                    } else {
                        self.end_before(index)
                    };
                    if fits(below.max(low), top, length) {
                        return Some(top - length);
                    }
                }
            }
            top = top.min(chunk.entries.first().map_or(top, |first| first.start));
            if top <= low {
                return None;
            }
        }
        fits(low, top, length).then(|| top - length)
    }

    /// End of the last entry before this chunk.
    fn end_before(&self, chunk: usize) -> u64 {
        self.chunks[..chunk]
            .last()
            .and_then(|chunk| chunk.entries.last())
            .map_or(0, |entry| entry.end)
    }

    fn add_chunk(&mut self, at: usize, entries: Vec<Entry>) -> Result<(), MemoryError> {
        let mut entries = entries;
        entries
            .try_reserve_exact(CHUNK)
            .map_err(|_| MemoryError::NoMemory)?;
        self.chunks.try_reserve(1).map_err(|_| MemoryError::NoMemory)?;
        self.chunks.insert(
            at,
            Chunk {
                entries,
                widest_gap: 0,
            },
        );
        Ok(())
    }

    /// Finds the widest gap of a chunk anew, and of the ones around it, whose first gap it bounds.
    fn measure_around(&mut self, chunk: usize) {
        let last = (chunk + 2).min(self.chunks.len() - 1);
        for index in chunk.saturating_sub(1)..=last {
            self.measure(index);
        }
    }

    fn measure(&mut self, chunk: usize) {
        let mut before = self.end_before(chunk);
        let mut widest = 0;
        for entry in &self.chunks[chunk].entries {
            widest = widest.max(entry.start - before);
            before = entry.end;
        }
        self.chunks[chunk].widest_gap = widest;
    }
}

fn fits(low: u64, high: u64, length: u64) -> bool {
    high.checked_sub(low).is_some_and(|gap| gap >= length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arena::Arena;
    use crate::mm::testing::any_region;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_map_behaves_as_an_ordered_map(steps in prop::collection::vec((0u8..5, 0u64..2000, 1u64..6), 0..600)) {
            let mut arena = Arena::new();
            let region = arena.insert(any_region()).unwrap();
            let mut map = RegionMap::default();
            let mut model: BTreeMap<u64, u64> = BTreeMap::new();
            for (kind, start, length) in steps {
                let (start, end) = (start * 4096, (start + length) * 4096);
                let free = model.iter().all(|(&from, &to)| to <= start || from >= end);
                prop_assert_eq!(map.is_free(start, end), free);
                match kind {
                    0..=2 if free => {
                        map.insert(Entry { start, end, region }).unwrap();
                        model.insert(start, end);
                    }
                    3 => {
                        prop_assert_eq!(map.remove(start).map(|entry| entry.end), model.remove(&start));
                    }
                    4 if model.get(&start).is_some_and(|&old| old > end) => {
                        map.change_bounds(start, start, end);
                        model.insert(start, end);
                    }
                    _ => {}
                }
                prop_assert_eq!(map.len(), model.len());
                let found = map.at_or_above(start).map(|entry| entry.start);
                prop_assert_eq!(found, model.iter().find(|(_, to)| **to > start).map(|(&from, _)| from));
                let below = map.below(start).map(|entry| entry.start);
                prop_assert_eq!(below, model.iter().rev().find(|(_, to)| **to <= start).map(|(&from, _)| from));
                let wanted = length * 4096;
                let (low, high) = (10 * 4096, 1900 * 4096);
                let expected = (low / 4096..=(high - wanted) / 4096).rev().map(|page| page * 4096)
                    .find(|&at| model.iter().all(|(&from, &to)| to <= at || from >= at + wanted));
                prop_assert_eq!(map.find_gap(wanted, low, high), expected);
            }
        }
    }

    #[test]
    fn many_ascending_regions_fill_their_chunks() {
        let mut arena = Arena::new();
        let region = arena.insert(any_region()).unwrap();
        let mut map = RegionMap::default();
        for number in 0..MAX_REGIONS as u64 {
            map.insert(Entry {
                start: number * 8192,
                end: number * 8192 + 4096,
                region,
            })
            .unwrap();
        }
        assert_eq!(map.chunks.len(), MAX_REGIONS.div_ceil(CHUNK));
        let next = Entry {
            start: 1 << 40,
            end: (1 << 40) + 4096,
            region,
        };
        assert_eq!(map.insert(next), Err(MemoryError::NoMemory));
    }
}
