//! The pages of one Memory: a tree of frames of 512 entries, so that sparse objects cost what they hold.
//!
//! An entry is a frame's address with flags, or flags alone (a page that is wanted from the pager, or that the pager failed). The tree grows
//! at the top when a higher page is first used; its nodes are charged by the caller.

use crate::machine::{Frame, FrameStore};

/// The entry names a frame.
pub const PRESENT: u64 = 1;
/// The page was written since the pager last took the dirty ones.
pub const DIRTY: u64 = 2;
/// Somebody needs the page; the pager is to be told.
pub const WANTED: u64 = 4;
/// The pager was told.
pub const REPORTED: u64 = 8;
/// The pager could not supply the page.
pub const FAILED: u64 = 16;

const ADDRESS: u64 = 0x000f_ffff_ffff_f000;
const MAX_LEVELS: u32 = 4;

/// Pages of an object, at most.
pub const MAX_PAGES: u64 = 1 << 36;

/// The frame in an entry.
#[inline]
#[must_use]
pub const fn frame_of(entry: u64) -> Frame {
    Frame(((entry & ADDRESS) >> 12) as u32)
}

/// The machine has no frame for a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoFrame;

/// The tree. It does not know the store: whoever drops it has emptied it by [`PageTree::clear_step`].
#[derive(Debug, Default)]
pub struct PageTree {
    root: Option<Frame>,
    levels: u32,
    /// Entries that are not 0: where there are none, nobody has to look through the nodes.
    entries: u64,
    /// Frames that the tree's nodes take.
    pub nodes: u64,
}

#[inline]
const fn index(page: u64, level: u32) -> usize {
    (page >> (9 * (level - 1)) & 511) as usize
}

impl PageTree {
    /// Whether the page's number is within what the tree's levels reach.
    #[inline]
    const fn reaches(&self, page: u64) -> bool {
        page >> (9 * self.levels) == 0
    }

    /// Node and index of a page's entry, if its node exists.
    #[inline]
    fn slot(&self, store: &impl FrameStore, page: u64) -> Option<(Frame, usize)> {
        let mut node = self.root?;
        if !self.reaches(page) {
            return None;
        }
        for level in (2..=self.levels).rev() {
            let entry = store.load_word(node, index(page, level));
            if entry == 0 {
                return None;
            }
            node = frame_of(entry);
        }
        Some((node, index(page, 1)))
    }

    /// The node with a page's entry, if it exists.
    #[inline]
    pub fn node(&self, store: &impl FrameStore, page: u64) -> Option<Frame> {
        self.slot(store, page).map(|(node, _)| node)
    }

    /// The entry of a page; 0 where there is none.
    #[inline]
    pub fn get(&self, store: &impl FrameStore, page: u64) -> u64 {
        match self.slot(store, page) {
            Some((node, at)) => store.load_word(node, at),
            None => 0,
        }
    }

    /// Sets the entry of a page, with the nodes that it needs. Setting 0 never needs any.
    ///
    /// # Errors
    /// The machine has no frame for a node; what was made stays.
    pub fn set(&mut self, store: &mut impl FrameStore, page: u64, entry: u64) -> Result<(), NoFrame> {
        if let Some((node, at)) = self.slot(store, page) {
            self.entries -= u64::from(store.load_word(node, at) != 0);
            self.entries += u64::from(entry != 0);
            store.store_word(node, at, entry);
            return Ok(());
        }
        if entry == 0 {
            return Ok(());
        }
        while self.root.is_none() || !self.reaches(page) {
            if self.levels == MAX_LEVELS {
                return Err(NoFrame);
            }
            let node = store.allocate_zeroed().ok_or(NoFrame)?;
            if let Some(root) = self.root {
                store.store_word(node, 0, root.address() | PRESENT);
            }
            self.root = Some(node);
            self.levels += 1;
            self.nodes += 1;
        }
        let Some(mut node) = self.root else {
            return Err(NoFrame);
        };
        for level in (2..=self.levels).rev() {
            let at = index(page, level);
            let found = store.load_word(node, at);
            node = if found == 0 {
                let new = store.allocate_zeroed().ok_or(NoFrame)?;
                store.store_word(node, at, new.address() | PRESENT);
                self.nodes += 1;
                new
            } else {
                frame_of(found)
            };
        }
        store.store_word(node, index(page, 1), entry);
        self.entries += 1;
        Ok(())
    }

    /// Nodes that [`PageTree::set`] would have to make for a page, at most.
    #[must_use]
    pub fn nodes_for(&self, store: &impl FrameStore, page: u64) -> u64 {
        if self.slot(store, page).is_some() {
            return 0;
        }
        let mut levels = self.levels;
        while levels == 0 || (levels < MAX_LEVELS && page >> (9 * levels) != 0) {
            levels += 1;
        }
        u64::from(levels - self.levels) + u64::from(levels)
    }

    /// The first entry that is not 0 at or above `page` and below `end`, with its page.
    pub fn next(&self, store: &impl FrameStore, page: u64, end: u64) -> Option<(u64, u64)> {
        let root = self.root.filter(|_| self.entries != 0)?;
        let mut at = page;
        'search: while at < end && self.reaches(at) {
            let mut node = root;
            for level in (1..=self.levels).rev() {
                let span = 1u64 << (9 * (level - 1));
                let here = index(at, level);
                let Some(found) = store.next_word(node, here, 512) else {
                    // Nothing in the rest of this node.
                    at = (at & !(span * 512 - 1)) + span * 512;
                    continue 'search;
                };
                if found != here {
                    at = (at & !(span - 1)) + span * (found - here) as u64;
                }
                if at >= end {
                    return None;
                }
                let entry = store.load_word(node, found);
                if level == 1 {
                    return Some((at, entry));
                }
                node = frame_of(entry);
            }
        }
        None
    }

    /// Frees the nodes of a tree whose entries name no frame, up to `limit` of them. Returns whether all are gone.
    pub fn clear_step(&mut self, store: &mut impl FrameStore, limit: usize) -> bool {
        for _ in 0..limit {
            let Some(root) = self.root else { return true };
            // Down along the first child at each level; the deepest node is freed.
            let (mut node, mut parent) = (root, None);
            for _ in 1..self.levels {
                let Some(at) = store.next_word(node, 0, 512) else {
                    break;
                };
                let child = frame_of(store.load_word(node, at));
                parent = Some((node, at));
                node = child;
            }
            store.release(node);
            self.nodes -= 1;
            match parent {
                Some((parent, at)) => store.store_word(parent, at, 0),
                None => {
                    self.root = None;
                    self.levels = 0;
                }
            }
        }
        self.root.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mm::testing::FakeStore;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_tree_behaves_as_a_map_and_frees_its_nodes(
            steps in prop::collection::vec((prop_oneof![0u64..2000, 0u64..MAX_PAGES], 0u64..8), 0..80)
        ) {
            let mut store = FakeStore::new(2000);
            let free = store.free_frames();
            let mut tree = PageTree::default();
            let mut model = BTreeMap::new();
            for (page, value) in steps {
                let entry = value << 12 | u64::from(value != 0);
                let bound = tree.nodes_for(&store, page);
                let before = tree.nodes;
                tree.set(&mut store, page, entry).unwrap();
                prop_assert!(tree.nodes - before <= bound);
                if entry == 0 { model.remove(&page); } else { model.insert(page, entry); }
                prop_assert_eq!(tree.get(&store, page), entry);
                let next = tree.next(&store, page / 2, MAX_PAGES);
                prop_assert_eq!(next, model.range(page / 2..).next().map(|(&page, &entry)| (page, entry)));
                prop_assert_eq!((free - store.free_frames()) as u64, tree.nodes);
                prop_assert_eq!(tree.entries, model.len() as u64);
            }
            let pages: Vec<_> = model.keys().copied().collect();
            for page in pages {
                tree.set(&mut store, page, 0).unwrap();
            }
            while !tree.clear_step(&mut store, 3) {}
            prop_assert_eq!((store.free_frames(), tree.nodes), (free, 0));
        }
    }

    #[test]
    fn pages_beyond_the_largest_object_are_refused() {
        let mut store = FakeStore::new(16);
        let mut tree = PageTree::default();
        assert_eq!(tree.set(&mut store, MAX_PAGES, PRESENT), Err(NoFrame));
        assert_eq!(tree.get(&store, MAX_PAGES), 0);
    }
}
