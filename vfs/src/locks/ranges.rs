//! Which bytes of one file are locked by whom.

use alloc::vec::Vec;

/// Who owns a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// A process, by its number (fcntl's record locks).
    Process(u64),
    /// An open file, by its badge (OFD locks, flock).
    OpenFile(u64),
}

/// Bytes from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// First byte.
    pub first: u64,
    /// Last byte; `u64::MAX` means to the end, however large the file becomes.
    pub last: u64,
}

impl Range {
    /// All bytes.
    pub const ALL: Range = Range {
        first: 0,
        last: u64::MAX,
    };

    /// Whether both have a byte in common.
    #[must_use]
    pub fn overlaps(self, other: Range) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// A lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    /// Who owns it.
    pub owner: Owner,
    /// What it covers.
    pub range: Range,
    /// Whether nobody else may lock these bytes; else others may, if they share too.
    pub exclusive: bool,
}

/// The locks of one file, in the order of their first bytes. Locks of one owner neither overlap nor touch if they are of the same kind.
#[derive(Debug, Default)]
pub struct Ranges {
    locks: Vec<Lock>,
}

impl Ranges {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.locks.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.locks.len()
    }

    /// Locks of others that stand in the way of one.
    pub fn conflicts(&self, wanted: Lock) -> impl Iterator<Item = &Lock> {
        self.locks.iter().filter(move |lock| {
            lock.owner != wanted.owner
                && lock.range.overlaps(wanted.range)
                && (lock.exclusive || wanted.exclusive)
        })
    }

    /// Takes `range` away from an owner. True: something was there.
    pub fn remove(&mut self, owner: Owner, range: Range) -> bool {
        let mut changed = false;
        let mut rest = Vec::new();
        self.locks.retain_mut(|lock| {
            if lock.owner != owner || !lock.range.overlaps(range) {
                return true;
            }
            changed = true;
            let old = lock.range;
            let keeps_start = old.first < range.first;
            if old.last > range.last {
                let end = Range {
                    first: range.last + 1,
                    last: old.last,
                };
                if keeps_start {
                    rest.push(Lock { range: end, ..*lock });
                } else {
                    lock.range = end;
                    return true;
                }
            }
            if keeps_start {
                lock.range.last = range.first - 1;
            }
            keeps_start
        });
        self.locks.extend(rest);
        self.locks.sort_unstable_by_key(|lock| lock.range.first);
        changed
    }

    /// Gives an owner a lock, in the place of what it had there, joined with what touches it. Nothing of others stands in the way.
    pub fn insert(&mut self, mut wanted: Lock) {
        self.remove(wanted.owner, wanted.range);
        self.locks.retain(|lock| {
            let joins = lock.owner == wanted.owner
                && lock.exclusive == wanted.exclusive
                && lock.range.first <= wanted.range.last.saturating_add(1)
                && wanted.range.first <= lock.range.last.saturating_add(1);
            if joins {
                wanted.range.first = wanted.range.first.min(lock.range.first);
                wanted.range.last = wanted.range.last.max(lock.range.last);
            }
            !joins
        });
        let place = self
            .locks
            .partition_point(|lock| lock.range.first < wanted.range.first);
        self.locks.insert(place, wanted);
    }

    /// Whether an owner has any.
    #[must_use]
    pub fn has(&self, owner: Owner) -> bool {
        self.locks.iter().any(|lock| lock.owner == owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Per byte and owner: none, shared, exclusive.
    type Model = [[u8; 24]; 3];

    proptest! {
        #[test]
        fn locks_cover_just_the_bytes_that_were_asked_for(
            steps in proptest::collection::vec((0usize..3, 0u64..24, 0u64..24, 0u8..3), 1..40)
        ) {
            let mut ranges = Ranges::default();
            let mut model: Model = [[0; 24]; 3];
            for (owner, left, right, kind) in steps {
                let range = Range { first: left.min(right), last: left.max(right) };
                let lock = Lock { owner: Owner::Process(owner as u64), range, exclusive: kind == 2 };
                let bytes = range.first as usize..=range.last as usize;
                if kind == 0 {
                    ranges.remove(lock.owner, range);
                } else {
                    let refused = ranges.conflicts(lock).next().is_some();
                    let expected = (0..3).filter(|&other| other != owner)
                        .any(|other| bytes.clone().any(|at| model[other][at] != 0 && (kind == 2 || model[other][at] == 2)));
                    prop_assert_eq!(refused, expected);
                    if refused { continue; }
                    ranges.insert(lock);
                }
                for at in bytes { model[owner][at] = kind; }
                let mut shown: Model = [[0; 24]; 3];
                for lock in &ranges.locks {
                    let Owner::Process(number) = lock.owner else { unreachable!() };
                    for at in lock.range.first..=lock.range.last {
                        let place = &mut shown[number as usize][at as usize];
                        prop_assert_eq!(*place, 0, "one owner's locks overlap");
                        *place = if lock.exclusive { 2 } else { 1 };
                    }
                }
                prop_assert_eq!(shown, model);
                // No more pieces than runs of equal bytes.
                let runs: usize = model.iter().map(|bytes| bytes.chunk_by(|a, b| a == b).filter(|run| run[0] != 0).count()).sum();
                prop_assert_eq!(ranges.len(), runs);
                prop_assert!(ranges.locks.is_sorted_by_key(|lock| lock.range.first));
            }
        }
    }

    #[test]
    fn a_lock_to_the_end_has_no_end() {
        let mut ranges = Ranges::default();
        let owner = Owner::OpenFile(1);
        ranges.insert(Lock {
            owner,
            range: Range::ALL,
            exclusive: true,
        });
        ranges.remove(
            owner,
            Range {
                first: 5,
                last: u64::MAX,
            },
        );
        let other = |first| Lock {
            owner: Owner::OpenFile(2),
            range: Range { first, last: first },
            exclusive: false,
        };
        assert!(ranges.conflicts(other(4)).next().is_some());
        assert!(ranges.conflicts(other(5)).next().is_none());
        assert!(ranges.conflicts(other(u64::MAX)).next().is_none());
    }
}
