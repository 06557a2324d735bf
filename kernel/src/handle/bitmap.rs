//! Which numbers of a region are taken: finds the lowest free one in three steps, however many there are.

use crate::arena::OutOfMemory;
use alloc::vec::Vec;

const BITS: usize = 64;
const LEVELS: usize = 3;

/// A set of taken numbers below 2^18 or 2^20 (64 to the third power holds both with a top level of some words).
/// `levels[0]` has a bit for each number; a bit of `levels[n + 1]` says that a whole word of `levels[n]` is taken.
#[derive(Debug, Default)]
pub struct NumberSet {
    levels: [Vec<u64>; LEVELS],
}

impl NumberSet {
    /// No number is taken.
    #[must_use]
    pub const fn new() -> Self {
        NumberSet {
            levels: [Vec::new(), Vec::new(), Vec::new()],
        }
    }

    /// Makes room for the numbers below `end`.
    ///
    /// # Errors
    /// The machine has no memory.
    pub fn reserve(&mut self, end: usize) -> Result<(), OutOfMemory> {
        let mut words = end.div_ceil(BITS);
        for level in &mut self.levels {
            if words > level.len() {
                level.try_reserve(words - level.len()).map_err(|_| OutOfMemory)?;
                level.resize(words, 0);
            }
            words = words.div_ceil(BITS);
        }
        Ok(())
    }

    /// Whether a number is taken.
    #[must_use]
    pub fn contains(&self, number: usize) -> bool {
        self.levels[0]
            .get(number / BITS)
            .is_some_and(|word| word >> (number % BITS) & 1 != 0)
    }

    /// The 64 numbers from `64 * index` on, as bits.
    #[must_use]
    pub fn word(&self, index: usize) -> u64 {
        self.levels[0].get(index).copied().unwrap_or(0)
    }

    /// Marks a number as taken. Room must have been made.
    pub fn insert(&mut self, number: usize) {
        let mut position = number;
        for level in &mut self.levels {
            let Some(word) = level.get_mut(position / BITS) else {
                debug_assert!(false, "no room was made for number {number}");
                return;
            };
            *word |= 1 << (position % BITS);
            if *word != u64::MAX {
                return;
            }
            position /= BITS;
        }
    }

    /// Marks a number as free.
    pub fn remove(&mut self, number: usize) {
        let mut position = number;
        for level in &mut self.levels {
            let Some(word) = level.get_mut(position / BITS) else {
                return;
            };
            let was_full = *word == u64::MAX;
            *word &= !(1 << (position % BITS));
            if !was_full {
                return;
            }
            position /= BITS;
        }
    }

    /// The lowest free number at or above `from`, also where no room was made yet.
    #[must_use]
    pub fn lowest_free(&self, from: usize) -> usize {
        let mut position = from;
        let mut level = 0;
        // Upwards: the first word that is not full, at or after the position.
        loop {
            let words = &self.levels[level];
            let Some(word) = words.get(position / BITS) else {
                break;
            };
            let free = !word & (u64::MAX << (position % BITS));
            if free != 0 {
                position = position / BITS * BITS + free.trailing_zeros() as usize;
                break;
            }
            position = position / BITS + 1;
            level += 1;
            if level == LEVELS {
                // The top level is a few words: go on through it.
                level -= 1;
                position = self.scan_top(position);
                break;
            }
        }
        // Downwards: the lowest free place below.
        while level > 0 {
            level -= 1;
            let word = self.levels[level].get(position).copied().unwrap_or(0);
            position = position * BITS + (!word).trailing_zeros() as usize % BITS;
        }
        position
    }

    fn scan_top(&self, mut word_index: usize) -> usize {
        let top = &self.levels[LEVELS - 1];
        while let Some(word) = top.get(word_index) {
            if *word != u64::MAX {
                return word_index * BITS + (!*word).trailing_zeros() as usize;
            }
            word_index += 1;
        }
        word_index * BITS
    }

    /// The lowest taken number at or above `from`.
    #[must_use]
    pub fn lowest_taken(&self, from: usize) -> Option<usize> {
        let mut index = from / BITS;
        let mut mask = u64::MAX << (from % BITS);
        while let Some(word) = self.levels[0].get(index) {
            let taken = word & mask;
            if taken != 0 {
                return Some(index * BITS + taken.trailing_zeros() as usize);
            }
            index += 1;
            mask = u64::MAX;
        }
        None
    }

    /// Bytes of memory that the set takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.levels.iter().map(|level| level.len() * 8).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn lowest_free_is_found_behind_a_full_front() {
        let mut set = NumberSet::new();
        let end = 64 * 64 * 64 * 2;
        set.reserve(end).unwrap();
        for number in 0..end {
            assert_eq!(set.lowest_free(0), number);
            set.insert(number);
        }
        assert_eq!(set.lowest_free(0), end);
        set.remove(70_000);
        assert_eq!(set.lowest_free(0), 70_000);
        assert_eq!(set.lowest_free(70_001), end);
    }

    proptest! {
        #[test]
        fn set_agrees_with_a_tree(steps in proptest::collection::vec((any::<bool>(), 0usize..9000, 0usize..9000), 1..300),
                                  dense in 0usize..8000) {
            let mut set = NumberSet::new();
            set.reserve(9000).unwrap();
            let mut model = BTreeSet::new();
            for number in 0..dense {
                set.insert(number);
                model.insert(number);
            }
            for (insert, number, from) in steps {
                if insert {
                    set.insert(number);
                    model.insert(number);
                } else {
                    set.remove(number);
                    model.remove(&number);
                }
                prop_assert_eq!(set.contains(number), insert);
                let free = (from..).find(|candidate| !model.contains(candidate));
                prop_assert_eq!(Some(set.lowest_free(from)), free);
                prop_assert_eq!(set.lowest_taken(from), model.range(from..).next().copied());
            }
        }
    }
}
