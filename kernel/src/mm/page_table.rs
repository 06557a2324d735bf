//! The processor's page tables of one address space: four levels of 512 entries, walked through the frame store.
//!
//! Only leaf entries (4 KiB pages) carry meaning beyond the processor's: [`PRIVATE`] says that the table owns a reference to the frame,
//! [`CHARGED`] that the page was charged by itself when it was touched. An entry that is not present but not zero is *parked*: a private
//! page behind a region without access.

use crate::machine::{Frame, FrameStore};

/// The processor may use the entry.
pub const PRESENT: u64 = 1;
/// May be written.
pub const WRITABLE: u64 = 1 << 1;
/// User mode may use it.
pub const USER: u64 = 1 << 2;
/// Not cached: device registers.
pub const UNCACHED: u64 = 1 << 3 | 1 << 4;
/// Set from the start, so that the processor never has to write the table.
const ACCESSED: u64 = 1 << 5;
/// Accessed and dirty, for leaf entries.
pub const ACCESSED_DIRTY: u64 = ACCESSED | 1 << 6;
/// Software: the table owns a reference to the frame (an anonymous page, or a private copy).
pub const PRIVATE: u64 = 1 << 9;
/// Software: the page was charged to the account when it was touched.
pub const CHARGED: u64 = 1 << 10;
/// No instruction may be fetched.
pub const NO_EXECUTE: u64 = 1 << 63;
/// The frame's address in an entry.
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;

/// Bytes that one last-level table maps.
pub const TABLE_SPAN: u64 = 1 << 21;

/// The frame in an entry.
#[inline]
#[must_use]
pub const fn frame_of(entry: u64) -> Frame {
    Frame(((entry & ADDRESS) >> 12) as u32)
}

/// Index of an address at a level (1: last).
#[inline]
const fn index(address: u64, level: u32) -> usize {
    (address >> (12 + 9 * (level - 1)) & 511) as usize
}

/// Where a leaf entry lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The last-level table.
    pub table: Frame,
    /// Index in it.
    pub index: usize,
}

/// The last-level table for an address, if it exists.
#[inline]
pub fn find_table(store: &impl FrameStore, root: Frame, address: u64) -> Option<Frame> {
    let mut table = root;
    let mut level = 4;
    while level > 1 {
        let entry = store.load_word(table, index(address, level));
        if entry & PRESENT == 0 {
            return None;
        }
        table = frame_of(entry);
        level -= 1;
    }
    Some(table)
}

/// The leaf entry of an address; 0 where there is none.
#[inline]
pub fn load(store: &impl FrameStore, root: Frame, address: u64) -> u64 {
    match find_table(store, root, address) {
        Some(table) => store.load_word(table, index(address, 1)),
        None => 0,
    }
}

/// The place of the leaf entry of an address, if its table exists.
#[inline]
pub fn find(store: &impl FrameStore, root: Frame, address: u64) -> Option<Slot> {
    Some(Slot {
        table: find_table(store, root, address)?,
        index: index(address, 1),
    })
}

/// The place of the leaf entry of an address, with its tables made where they miss, and their number. `None`: the machine has no frame for
/// another; what was made is gone again.
pub fn find_or_make(store: &mut impl FrameStore, root: Frame, address: u64) -> Option<(Slot, u64)> {
    let mut table = root;
    let mut made = 0;
    // Where the first new table hangs.
    let mut first_new: Option<(Frame, usize)> = None;
    for level in (2..=4).rev() {
        let at = index(address, level);
        let entry = store.load_word(table, at);
        table = if entry & PRESENT == 0 {
            let Some(new) = store.allocate_zeroed() else {
                if let Some((parent, at)) = first_new {
                    unmake(store, root, address, parent, at);
                }
                return None;
            };
            store.store_word(table, at, new.address() | PRESENT | WRITABLE | USER | ACCESSED);
            first_new = first_new.or(Some((table, at)));
            made += 1;
            new
        } else {
            frame_of(entry)
        };
    }
    Some((
        Slot {
            table,
            index: index(address, 1),
        },
        made,
    ))
}

/// Takes tables that were just made, and hang below one entry, out again.
fn unmake(store: &mut impl FrameStore, root: Frame, address: u64, parent: Frame, at: usize) {
    let mut entry = store.swap_word(parent, at, 0);
    store.invalidate(root, address, 1);
    let mut level = 4;
    while entry & PRESENT != 0 && level > 1 {
        let table = frame_of(entry);
        level -= 1;
        // Each of them has at most the one entry on the path of `address`.
        entry = (1..=3)
            .map(|level| store.load_word(table, index(address, level)))
            .find(|&next| next != 0)
            .unwrap_or(0);
        store.release(table);
    }
}

/// The first address at or above `address`, below `end`, whose last-level table exists, with that table.
pub fn next_table(store: &impl FrameStore, root: Frame, address: u64, end: u64) -> Option<(u64, Frame)> {
    let mut at = address;
    'search: while at < end {
        let mut table = root;
        for level in (2..=4).rev() {
            let entry = store.load_word(table, index(at, level));
            if entry & PRESENT == 0 {
                let from = index(at, level) + 1;
                let to = match end <= end_of_table(at, level) {
                    true => index(end - 1, level) + 1,
                    false => 512,
                };
                let next = store.next_word(table, from, to).unwrap_or(to);
                let span = 1u64 << (12 + 9 * (level - 1));
                at = (at & !(span - 1)).checked_add(span * (next + 1 - from) as u64)?;
                continue 'search;
            }
            table = frame_of(entry);
        }
        return Some((at, table));
    }
    None
}

/// One past the last address that the table of this level (1: last) around an address maps.
#[inline]
#[must_use]
pub const fn end_of_table(address: u64, level: u32) -> u64 {
    (address | ((1 << (12 + 9 * level)) - 1)) + 1
}

/// Takes the table of this level around an address out of the tree and releases it, with those below it on the path of the address; they
/// have no other entries left, and no processor uses the root. Returns how many.
pub fn release_tables(store: &mut impl FrameStore, root: Frame, address: u64, level: u32) -> u64 {
    let (mut table, mut released) = (root, 0);
    for above in (2..=4).rev() {
        let entry = store.load_word(table, index(address, above));
        if above <= level {
            store.release(table);
            released += 1;
        }
        if entry & PRESENT == 0 {
            return released;
        }
        if above == level + 1 {
            store.store_word(table, index(address, above), 0);
        }
        table = frame_of(entry);
    }
    store.release(table);
    released + 1
}

/// Where an address's entry is in its last-level table.
#[inline]
#[must_use]
pub const fn index_in_table(address: u64) -> usize {
    index(address, 1)
}

/// The first address at or above `address`, below `end`, that has an entry in this last-level table. The table reaches up to `end`.
pub fn next_entry(store: &impl FrameStore, table: Frame, address: u64, end: u64) -> Option<u64> {
    let pages = end.checked_sub(address)?.div_ceil(1 << 12) as usize;
    let from = index_in_table(address);
    let found = store.next_word(table, from, (from + pages).min(512))?;
    Some(address + ((found - from) as u64) * (1 << 12))
}

/// Takes the last-level table of an address, which has no entries left, out of the tree, and those above it that become empty. The caller
/// releases them after `invalidate`, since processors remember tables too.
pub fn detach_tables(store: &mut impl FrameStore, root: Frame, address: u64) -> [Option<Frame>; 3] {
    let mut path = [root; 4];
    for level in (2..=4).rev() {
        let entry = store.load_word(path[4 - level as usize], index(address, level));
        if entry & PRESENT == 0 {
            return [None; 3];
        }
        path[5 - level as usize] = frame_of(entry);
    }
    let mut detached = [None; 3];
    for level in 2..=4u32 {
        let parent = path[4 - level as usize];
        store.store_word(parent, index(address, level), 0);
        detached[level as usize - 2] = Some(path[5 - level as usize]);
        // The root's upper half is the kernel's, and the root itself stays.
        if level == 4 || store.next_word(parent, 0, 512).is_some() {
            break;
        }
    }
    detached
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mm::testing::FakeStore;

    #[test]
    fn tables_are_made_found_and_freed_again() {
        let mut store = FakeStore::new(64);
        let root = store.allocate_root().unwrap();
        let before = store.free_frames();
        let addresses = [0x40_0000, 0x40_1000, 0x7fff_ffff_e000, 0x80_0000_0000];
        let mut made = 0;
        for address in addresses {
            let (slot, new) = find_or_make(&mut store, root, address).unwrap();
            made += new;
            store.store_word(slot.table, slot.index, address | PRESENT);
            assert_eq!(load(&store, root, address), address | PRESENT);
        }
        assert_eq!(made, 9);
        assert_eq!(before - store.free_frames(), 9);
        assert_eq!(
            next_table(&store, root, 0, u64::MAX >> 17).map(|found| found.0),
            Some(0x40_0000)
        );
        assert_eq!(
            next_table(&store, root, 0x60_0000, 1 << 47).map(|found| found.0),
            Some(0x80_0000_0000)
        );
        assert_eq!(next_table(&store, root, 0x60_0000, 0x80_0000_0000), None);
        for address in [0x40_0000, 0x7fff_ffff_e000, 0x80_0000_0000] {
            for word in 0..512 {
                let table = find_table(&store, root, address).unwrap();
                store.store_word(table, word, 0);
            }
            let detached = detach_tables(&mut store, root, address);
            assert_eq!(detached.iter().flatten().count(), 3);
            for table in detached.into_iter().flatten() {
                store.release(table);
            }
        }
        assert_eq!(store.free_frames(), before);
        assert_eq!(detach_tables(&mut store, root, 0x40_0000), [None; 3]);
    }

    #[test]
    fn entries_of_a_table_are_found_in_order_and_not_beyond_the_end() {
        let mut store = FakeStore::new(8);
        let table = store.allocate_zeroed().unwrap();
        for index in [3, 4, 511] {
            store.store_word(table, index, 1);
        }
        let next = |from: u64, end: u64| {
            next_entry(&store, table, 0x20_0000 + from * 0x1000, 0x20_0000 + end * 0x1000)
        };
        assert_eq!(next(0, 512), Some(0x20_3000));
        assert_eq!(next(4, 512), Some(0x20_4000));
        assert_eq!(next(5, 512), Some(0x3f_f000));
        assert_eq!(
            (next(5, 511), next(0, 3), next(3, 3), next(4, 2)),
            (None, None, None, None)
        );
    }

    #[test]
    fn a_machine_without_frames_gives_no_slot_and_keeps_no_table() {
        for spare in 0..3 {
            let mut store = FakeStore::new(8);
            let root = store.allocate_root().unwrap();
            while store.free_frames() > spare {
                store.allocate_zeroed().unwrap();
            }
            assert_eq!(find_or_make(&mut store, root, 0x7fff_1234_5000), None);
            assert_eq!(store.free_frames(), spare);
            assert!((0..512).all(|at| store.load_word(root, at) == 0));
        }
    }
}
