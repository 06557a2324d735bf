//! Memory whose pages a pager supplies: what it is told, and how it gives, takes, cleans and evicts pages.
//!
//! Writes are noticed by write faults: a clean page is mapped read-only, so that no dirty bit of the processor is needed. Long operations
//! take a cursor, the number of pages done, which the caller keeps between steps.

use super::page_table::{self, PRESENT, PRIVATE, WRITABLE};
use super::page_tree::{self, DIRTY, FAILED, REPORTED, WANTED};
use super::space::Backing;
use super::{Memory, MemoryError, MemoryKind, Mm, PAGE, Protection, STEP_PAGES, Step};
use crate::account::Accounts;
use crate::arena::Ref;
use crate::machine::FrameStore;

/// Entries that a search looks at in one step, at most.
const SCAN_LIMIT: usize = 2048;
/// Pages that one event asks for, at most.
const WANTED_RUN: u64 = 16;

/// What a Memory keeps for its pager and its owner's events.
#[derive(Debug, Default)]
pub(super) struct PagerState {
    /// Dirty pages.
    pub dirty: u64,
    /// Pages that are wanted and were not reported.
    unreported: u64,
    /// No unreported page lies below this one.
    first_unreported: u64,
    /// Kinds of mapping that began since the last notice.
    begun: Protection,
    /// Kinds of mapping that ended since the last notice.
    ended: Protection,
    /// It is in the list of notices.
    noticed: bool,
    next_notice: Option<Ref<Memory>>,
}

impl PagerState {
    /// An entry that was taken out of the tree no longer counts.
    pub(super) fn entry_left(&mut self, entry: u64) {
        self.dirty -= u64::from(entry & DIRTY != 0);
        self.unreported -= u64::from(entry & (WANTED | REPORTED) == WANTED);
    }
}

/// What the owner of a Memory is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Which Memory.
    pub memory: Ref<Memory>,
    /// Pages are wanted: see [`Mm::next_wanted`].
    pub wanted: bool,
    /// Kinds of mapping of which there is a first one now, as far as the owner asked.
    pub begun: Protection,
    /// Kinds of mapping of which the last one went.
    pub ended: Protection,
}

impl Mm {
    /// Whether [`Mm::take_notice`] has something.
    #[inline]
    #[must_use]
    pub fn has_notices(&self) -> bool {
        self.notices.is_some()
    }

    /// The next thing that the owner of a Memory is to be told.
    pub fn take_notice(&mut self) -> Option<Notice> {
        let reference = self.notices?;
        let pager = &mut self.memories[reference].pager;
        self.notices = pager.next_notice.take();
        pager.noticed = false;
        let (begun, ended) = (
            core::mem::take(&mut pager.begun),
            core::mem::take(&mut pager.ended),
        );
        Some(Notice {
            memory: reference,
            wanted: pager.unreported > 0,
            begun,
            ended,
        })
    }

    fn note(&mut self, reference: Ref<Memory>) {
        let pager = &mut self.memories[reference].pager;
        if !pager.noticed {
            pager.noticed = true;
            pager.next_notice = self.notices.replace(reference);
        }
    }

    /// Takes a dying Memory out of the list of notices.
    pub(super) fn forget_notice(&mut self, reference: Ref<Memory>) {
        if !self.memories[reference].pager.noticed {
            return;
        }
        let next = self.memories[reference].pager.next_notice.take();
        self.memories[reference].pager.noticed = false;
        if self.notices == Some(reference) {
            self.notices = next;
            return;
        }
        let mut at = self.notices;
        while let Some(here) = at {
            at = self.memories[here].pager.next_notice;
            if at == Some(reference) {
                self.memories[here].pager.next_notice = next;
                return;
            }
        }
    }

    /// Notes that kinds of mapping began or ended, where the owner asked.
    pub(super) fn note_mappings(&mut self, reference: Ref<Memory>, begun: Protection, ended: Protection) {
        let memory = &mut self.memories[reference];
        let (begun, ended) = (
            begun.0 & memory.watched_mappings.0,
            ended.0 & memory.watched_mappings.0,
        );
        if begun | ended != 0 {
            memory.pager.begun.0 |= begun;
            memory.pager.ended.0 |= ended;
            self.note(reference);
        }
    }

    /// Notes that a page must be supplied.
    pub(super) fn want(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        reference: Ref<Memory>,
        page: u64,
    ) -> Result<(), MemoryError> {
        let memory = &mut self.memories[reference];
        if memory.tree.get(store, page) & WANTED != 0 {
            return Ok(());
        }
        memory.set_entry(store, accounts, page, WANTED)?;
        let pager = &mut memory.pager;
        pager.first_unreported = if pager.unreported == 0 {
            page
        } else {
            pager.first_unreported.min(page)
        };
        pager.unreported += 1;
        self.note(reference);
        Ok(())
    }

    /// The next run of pages that the pager must supply, as offset and length in bytes. Each is told once. When the search takes too long it
    /// ends without an answer, and there is another notice.
    pub fn next_wanted(&mut self, store: &mut impl FrameStore, reference: Ref<Memory>) -> Option<(u64, u64)> {
        let memory = &mut self.memories[reference];
        let end = memory.pages();
        let mut page = memory.pager.first_unreported;
        for _ in 0..SCAN_LIMIT {
            if memory.pager.unreported == 0 {
                return None;
            }
            let (found, entry) = memory.tree.next(store, page, end)?;
            page = found + 1;
            memory.pager.first_unreported = page;
            if entry & (WANTED | REPORTED) != WANTED {
                continue;
            }
            let mut count = 0;
            while count < WANTED_RUN && memory.tree.get(store, found + count) & (WANTED | REPORTED) == WANTED
            {
                // The entry exists, so its node does.
                let _ = memory.tree.set(store, found + count, WANTED | REPORTED);
                memory.pager.unreported -= 1;
                count += 1;
            }
            memory.pager.first_unreported = found + count;
            if memory.pager.unreported > 0 {
                self.note(reference);
            }
            return Some((found * PAGE, count * PAGE));
        }
        self.note(reference);
        None
    }

    /// Checks a range of whole pages within a pager's Memory; answers first page and number.
    fn pager_range(
        &self,
        reference: Ref<Memory>,
        offset: u64,
        length: u64,
    ) -> Result<(u64, u64), MemoryError> {
        let memory = &self.memories[reference];
        if memory.kind != MemoryKind::Pager {
            return Err(MemoryError::Invalid);
        }
        page_range(memory, offset, length)
    }

    /// Supplies pages of a range from another Memory of the pager's, whose pages move. A page that is there already is an error.
    ///
    /// # Errors
    /// [`MemoryError::Invalid`], [`MemoryError::NoMemory`], [`MemoryError::Exists`] (`done` counts what was supplied before).
    #[allow(clippy::too_many_arguments, reason = "two ranges and a cursor")]
    pub fn supply(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        reference: Ref<Memory>,
        offset: u64,
        length: u64,
        source: Ref<Memory>,
        source_offset: u64,
        done: &mut u64,
    ) -> Result<Step, MemoryError> {
        let (first, count) = self.pager_range(reference, offset, length)?;
        let (source_first, _) = page_range(&self.memories[source], source_offset, length)?;
        if source == reference || self.memories[source].kind != MemoryKind::Anonymous {
            return Err(MemoryError::Invalid);
        }
        let mut budget = STEP_PAGES;
        while *done < count {
            if budget == 0 {
                return Ok(Step::More);
            }
            budget -= 1;
            let page = first + *done;
            let old = self.memories[reference].tree.get(store, page);
            if old & page_tree::PRESENT != 0 {
                return Err(MemoryError::Exists);
            }
            // Takes the page out of the source only when it is sure to arrive.
            let moved = self.memories[source].tree.get(store, source_first + *done);
            if moved & page_tree::PRESENT != 0 {
                let frame = page_tree::frame_of(moved);
                self.memories[reference].add_page(store, accounts, page, frame, 0)?;
                self.change_mappings(store, source, source_first + *done, Change::Unmap, &mut budget);
                let memory = &mut self.memories[source];
                let _ = memory.tree.set(store, source_first + *done, 0);
                memory.page_left(accounts);
            } else {
                let frame = store.allocate_zeroed().ok_or(MemoryError::NoMemory)?;
                if let Err(error) = self.memories[reference].add_page(store, accounts, page, frame, 0) {
                    store.release(frame);
                    return Err(error);
                }
            }
            self.memories[reference].pager.entry_left(old);
            *done += 1;
        }
        Ok(Step::Done)
    }

    /// Takes pages of a range out into an anonymous Memory, where their places are empty; mappings lose them. Pages that are not there are skipped.
    ///
    /// # Errors
    /// [`MemoryError::Invalid`], [`MemoryError::NoMemory`], [`MemoryError::Busy`] (the target has a page there).
    #[allow(clippy::too_many_arguments, reason = "two ranges and a cursor")]
    pub fn take_pages(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        reference: Ref<Memory>,
        offset: u64,
        length: u64,
        target: Ref<Memory>,
        target_offset: u64,
        done: &mut u64,
    ) -> Result<Step, MemoryError> {
        let (first, count) = self.pager_range(reference, offset, length)?;
        let (target_first, _) = page_range(&self.memories[target], target_offset, length)?;
        if target == reference
            || self.memories[target].kind != MemoryKind::Anonymous
            || self.memories[target].sealed
        {
            return Err(MemoryError::Invalid);
        }
        let mut budget = STEP_PAGES;
        while *done < count {
            if budget == 0 {
                return Ok(Step::More);
            }
            budget -= 1;
            let (page, place) = (first + *done, target_first + *done);
            let entry = self.memories[reference].tree.get(store, page);
            if entry & page_tree::PRESENT != 0 {
                if self.memories[target].tree.get(store, place) & page_tree::PRESENT != 0 {
                    return Err(MemoryError::Busy);
                }
                let frame = page_tree::frame_of(entry);
                self.memories[target].add_page(store, accounts, place, frame, 0)?;
                self.change_mappings(store, reference, page, Change::Unmap, &mut budget);
                self.drop_entry(store, accounts, reference, page, entry);
            }
            *done += 1;
        }
        Ok(Step::Done)
    }

    /// Lists ranges of pages that were written, and marks them clean: the next write is noticed again. Fills `ranges` with offsets and lengths in bytes,
    /// answers how many. `done` counts pages of the range that were looked at; when it has not reached the end there may be more.
    ///
    /// # Errors
    /// [`MemoryError::Invalid`].
    pub fn take_dirty(
        &mut self,
        store: &mut impl FrameStore,
        reference: Ref<Memory>,
        offset: u64,
        length: u64,
        ranges: &mut [(u64, u64)],
        done: &mut u64,
    ) -> Result<usize, MemoryError> {
        let (first, count) = self.pager_range(reference, offset, length)?;
        let (end, mut found) = (first + count, 0);
        let mut budget = STEP_PAGES;
        for _ in 0..SCAN_LIMIT {
            let memory = &mut self.memories[reference];
            let next = if memory.pager.dirty == 0 {
                None
            } else {
                memory.tree.next(store, first + *done, end)
            };
            let Some((page, entry)) = next else {
                *done = count;
                break;
            };
            *done = page - first;
            if entry & DIRTY != 0 {
                let begin = page * PAGE;
                let extends = found > 0 && ranges[found - 1].0 + ranges[found - 1].1 == begin;
                if budget == 0 || (!extends && found == ranges.len()) {
                    break;
                }
                budget -= 1;
                let _ = memory.tree.set(store, page, entry & !DIRTY);
                memory.pager.dirty -= 1;
                if extends {
                    ranges[found - 1].1 += PAGE;
                } else {
                    ranges[found] = (begin, PAGE);
                    found += 1;
                }
                self.change_mappings(store, reference, page, Change::WriteProtect, &mut budget);
            }
            *done += 1;
        }
        Ok(found)
    }

    /// Drops clean pages of a range; `evicted` counts them, `done` pages of the range that were looked at.
    ///
    /// # Errors
    /// [`MemoryError::Invalid`].
    #[allow(clippy::too_many_arguments, reason = "a range and two cursors")]
    pub fn evict(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        reference: Ref<Memory>,
        offset: u64,
        length: u64,
        done: &mut u64,
        evicted: &mut u64,
    ) -> Result<Step, MemoryError> {
        let (first, count) = self.pager_range(reference, offset, length)?;
        let mut budget = STEP_PAGES;
        for _ in 0..SCAN_LIMIT {
            let Some((page, entry)) = self.memories[reference]
                .tree
                .next(store, first + *done, first + count)
            else {
                *done = count;
                return Ok(Step::Done);
            };
            if budget == 0 {
                return Ok(Step::More);
            }
            *done = page - first + 1;
            if entry & (page_tree::PRESENT | DIRTY) == page_tree::PRESENT {
                budget -= 1;
                self.change_mappings(store, reference, page, Change::Unmap, &mut budget);
                self.drop_entry(store, accounts, reference, page, entry);
                store.release(page_tree::frame_of(entry));
                *evicted += 1;
            } else if entry & FAILED != 0 {
                let _ = self.memories[reference].tree.set(store, page, 0);
            }
        }
        Ok(Step::More)
    }

    /// Fails pages of a range that are not there: who touches them gets an error, until they are supplied or the range is evicted.
    ///
    /// # Errors
    /// [`MemoryError::Invalid`], [`MemoryError::NoMemory`].
    pub fn fail(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        reference: Ref<Memory>,
        offset: u64,
        length: u64,
        done: &mut u64,
    ) -> Result<Step, MemoryError> {
        let (first, count) = self.pager_range(reference, offset, length)?;
        let memory = &mut self.memories[reference];
        for _ in 0..STEP_PAGES {
            if *done >= count {
                return Ok(Step::Done);
            }
            let entry = memory.tree.get(store, first + *done);
            if entry & page_tree::PRESENT == 0 {
                memory.set_entry(store, accounts, first + *done, FAILED)?;
                memory.pager.entry_left(entry);
            }
            *done += 1;
        }
        Ok(Step::More)
    }

    /// Takes a page's entry out, with its charge and marks; the frame is the caller's.
    fn drop_entry(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        reference: Ref<Memory>,
        page: u64,
        entry: u64,
    ) {
        let memory = &mut self.memories[reference];
        let _ = memory.tree.set(store, page, 0);
        memory.page_left(accounts);
        memory.pager.entry_left(entry);
    }

    /// Takes a page out of all regions that show it.
    pub(super) fn unmap_page(
        &mut self,
        store: &mut impl FrameStore,
        reference: Ref<Memory>,
        page: u64,
        budget: &mut usize,
    ) {
        self.change_mappings(store, reference, page, Change::Unmap, budget);
    }

    /// Changes the entries of a page in all regions that show it. Private copies are left alone.
    fn change_mappings(
        &mut self,
        store: &mut impl FrameStore,
        reference: Ref<Memory>,
        page: u64,
        change: Change,
        budget: &mut usize,
    ) {
        let mut next = self.memories[reference].regions;
        while let Some(at) = next {
            let region = &self.regions[at];
            next = region.next;
            *budget = budget.saturating_sub(1);
            let Backing::Memory { offset, .. } = region.backing else {
                continue;
            };
            let Some(within) = (page * PAGE)
                .checked_sub(offset)
                .filter(|&within| within < region.length())
            else {
                continue;
            };
            let (address, space) = (region.start + within, region.space);
            let root = self.spaces[space].root;
            let Some(slot) = page_table::find(store, root, address) else {
                continue;
            };
            let entry = store.load_word(slot.table, slot.index);
            if entry & PRESENT == 0 || entry & PRIVATE != 0 {
                continue;
            }
            match change {
                Change::Unmap => {
                    store.store_word(slot.table, slot.index, 0);
                    self.spaces[space].resident -= 1;
                }
                Change::WriteProtect if entry & WRITABLE == 0 => continue,
                Change::WriteProtect => store.store_word(slot.table, slot.index, entry & !WRITABLE),
            }
            store.invalidate(root, address, 1);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Unmap,
    WriteProtect,
}

fn page_range(memory: &Memory, offset: u64, length: u64) -> Result<(u64, u64), MemoryError> {
    let end = offset.checked_add(length).ok_or(MemoryError::Invalid)?;
    let whole = offset.is_multiple_of(PAGE) && length.is_multiple_of(PAGE) && length > 0;
    if !whole || end > memory.pages() * PAGE {
        return Err(MemoryError::Invalid);
    }
    Ok((offset / PAGE, length / PAGE))
}
