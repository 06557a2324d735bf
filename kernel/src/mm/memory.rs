//! Memory objects: contents that address spaces map.
//!
//! *Anonymous*: pages that are missing are zero. *Pager*: missing pages are asked of the pager (see [`super::pager`]). *Fixed*: frames in a
//! row that exist for the object's whole life (the boot archive, the clock page, DMA memory). Writable and executable shared mappings exclude each
//! other for the object as a whole; memory that was ever mapped writable must be sealed before it can be executed.

use super::page_tree::{self, DIRTY, MAX_PAGES, PRESENT, PageTree};
use super::space::{Backing, Region};
use super::{
    MemoryError, Mm, PAGE, Protection, Reaped, STEP_PAGES, Step, charge, charge_bytes, refund, refund_bytes,
};
use crate::account::{Account, Accounts};
use crate::arena::Ref;
use crate::ipc::event::Event;
use crate::machine::{Frame, FrameStore};
use trivet_abi::Label;

/// Where the pages come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryKind {
    /// Zeros until written.
    Anonymous,
    /// From the pager that the event is bound to.
    Pager,
    /// Frames in a row.
    Fixed {
        /// The first.
        first: Frame,
        /// May be changed.
        writable: bool,
        /// The frames are released with the object; else they belong to the machine, or a DMA block.
        owned: bool,
    },
}

impl MemoryKind {
    /// Number of the kind in `Memory.info`.
    #[must_use]
    pub const fn number(self) -> u64 {
        match self {
            MemoryKind::Anonymous => 0,
            MemoryKind::Pager => 1,
            MemoryKind::Fixed { .. } => 2,
        }
    }
}

/// A Memory object.
#[derive(Debug)]
pub struct Memory {
    /// Who pays; the caller's count is taken at creation and comes back by [`Reaped::Object`].
    pub account: Ref<Account>,
    /// The policy's name.
    pub label: Label,
    /// Where pages come from.
    pub kind: MemoryKind,
    /// Bytes. Mappings may reach beyond; a touch there is a fault.
    pub size: u64,
    /// The pages that are there.
    pub tree: PageTree,
    /// Number of pages that are there.
    pub resident: u64,
    /// Pages that are charged: all of the size, or those that are there.
    pub committed: u64,
    /// Pages are charged one by one when they come, not for the size.
    pub no_reserve: bool,
    /// Contents and size never change any more.
    pub sealed: bool,
    /// It was mapped writable once.
    pub was_writable: bool,
    /// Regions that map it.
    pub mappings: u32,
    /// Regions through which it can be written.
    pub writable_mappings: u32,
    /// Regions through which it can be executed.
    pub executable_mappings: u32,
    /// First of the regions.
    pub(super) regions: Option<Ref<Region>>,
    /// Last of the regions.
    pub(super) last_region: Option<Ref<Region>>,
    /// Generation of truncations: a region whose number differs has not seen the last one.
    pub(super) truncation: u32,
    /// Told of wanted pages and of mappings; counted by the object's owner.
    pub event: Option<Ref<Event>>,
    /// Kinds of first and last mapping that the event is told of ([`Protection`] bits).
    pub watched_mappings: Protection,
    /// Threads that wait for pages of it: the caller's list.
    pub waiters: Option<Ref<crate::thread::Thread>>,
    pub(super) pager: super::pager::PagerState,
    /// Next Memory that is being taken apart.
    next_dying: Option<Ref<Memory>>,
}

/// Bytes of kernel objects that a Memory is charged for.
pub const MEMORY_BYTES: usize = size_of::<Memory>();

/// Bytes of an object, at most.
pub const MAX_SIZE: u64 = MAX_PAGES * PAGE;

/// What a page of a Memory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// A frame; the flag says whether writing to it needs no note (it is dirty already, or nobody asks).
    Frame(Frame, bool),
    /// Zero, and not there yet.
    Missing,
    /// The pager has it.
    Absent,
    /// The pager could not supply it.
    Failed,
    /// Beyond the end.
    Beyond,
}

impl Memory {
    fn new(account: Ref<Account>, label: Label, kind: MemoryKind, size: u64, no_reserve: bool) -> Memory {
        Memory {
            account,
            label,
            kind,
            size,
            tree: PageTree::default(),
            resident: 0,
            committed: 0,
            no_reserve,
            sealed: false,
            was_writable: false,
            mappings: 0,
            writable_mappings: 0,
            executable_mappings: 0,
            regions: None,
            last_region: None,
            truncation: 0,
            event: None,
            watched_mappings: Protection::NONE,
            waiters: None,
            pager: super::pager::PagerState::default(),
            next_dying: None,
        }
    }

    /// Number of pages, the last one perhaps only in part.
    #[must_use]
    pub const fn pages(&self) -> u64 {
        self.size.div_ceil(PAGE)
    }

    /// What page number `page` is.
    pub fn page(&self, store: &impl FrameStore, page: u64) -> Page {
        if page >= self.pages() {
            return Page::Beyond;
        }
        if let MemoryKind::Fixed { first, .. } = self.kind {
            return match u32::try_from(page)
                .ok()
                .and_then(|page| first.0.checked_add(page))
            {
                Some(frame) => Page::Frame(Frame(frame), true),
                None => Page::Beyond,
            };
        }
        let entry = self.tree.get(store, page);
        if entry & PRESENT != 0 {
            let noted = self.kind != MemoryKind::Pager || entry & DIRTY != 0;
            return Page::Frame(page_tree::frame_of(entry), noted);
        }
        match self.kind {
            MemoryKind::Pager if entry & page_tree::FAILED != 0 => Page::Failed,
            MemoryKind::Pager => Page::Absent,
            _ => Page::Missing,
        }
    }

    /// Whether contents may be changed at all.
    #[must_use]
    pub const fn is_writable(&self) -> bool {
        !self.sealed && !matches!(self.kind, MemoryKind::Fixed { writable: false, .. })
    }
}

impl Mm {
    /// Makes an anonymous Memory, or with `pager` one whose pages a pager supplies. Anonymous pages are charged now, all of them, but with
    /// `no_reserve`; a pager's are charged as they come.
    ///
    /// # Errors
    /// [`MemoryError::NoMemory`], [`MemoryError::TooBig`].
    pub fn create_memory(
        &mut self,
        accounts: &mut Accounts,
        account: Ref<Account>,
        label: Label,
        size: u64,
        no_reserve: bool,
        pager: bool,
    ) -> Result<Ref<Memory>, MemoryError> {
        if size > MAX_SIZE {
            return Err(MemoryError::TooBig);
        }
        let kind = if pager {
            MemoryKind::Pager
        } else {
            MemoryKind::Anonymous
        };
        let no_reserve = no_reserve || pager;
        let mut memory = Memory::new(account, label, kind, size, no_reserve);
        charge_bytes(accounts, account, MEMORY_BYTES)?;
        if !no_reserve {
            memory.committed = memory.pages();
            if let Err(error) = charge(accounts, account, memory.committed) {
                refund_bytes(accounts, account, MEMORY_BYTES);
                return Err(error);
            }
        }
        self.insert_memory(accounts, memory)
    }

    /// Makes a Memory of frames in a row, `size` bytes from `first` on. With `owned` they are released with it. No pages are charged.
    ///
    /// # Errors
    /// [`MemoryError::NoMemory`].
    #[allow(clippy::too_many_arguments, reason = "one for each property of the object")]
    pub fn create_fixed_memory(
        &mut self,
        accounts: &mut Accounts,
        account: Ref<Account>,
        label: Label,
        first: Frame,
        size: u64,
        writable: bool,
        owned: bool,
    ) -> Result<Ref<Memory>, MemoryError> {
        charge_bytes(accounts, account, MEMORY_BYTES)?;
        let mut memory = Memory::new(
            account,
            label,
            MemoryKind::Fixed {
                first,
                writable,
                owned,
            },
            size,
            true,
        );
        memory.resident = memory.pages();
        self.insert_memory(accounts, memory)
    }

    fn insert_memory(&mut self, accounts: &mut Accounts, memory: Memory) -> Result<Ref<Memory>, MemoryError> {
        let (account, committed) = (memory.account, memory.committed);
        match self.memories.insert(memory) {
            Ok(memory) => {
                accounts.acquire(account);
                Ok(memory)
            }
            Err(error) => {
                refund_bytes(accounts, account, MEMORY_BYTES);
                refund(accounts, account, committed);
                Err(error.into())
            }
        }
    }

    /// Gives a count of a Memory up; the last one lets [`Mm::reap`] take it apart. (Its event is the caller's to release then: see
    /// [`Mm::take_notice`].)
    pub fn release_memory(&mut self, memory: Ref<Memory>) {
        if self.memories.release(memory) {
            self.forget_notice(memory);
            self.memories[memory].next_dying = self.dying_memories;
            self.dying_memories = Some(memory);
        }
    }

    /// One step of taking a Memory apart: nobody maps it any more.
    pub(super) fn reap_memory(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        reference: Ref<Memory>,
    ) -> Reaped {
        let memory = &mut self.memories[reference];
        debug_assert_eq!(memory.mappings, 0);
        if let MemoryKind::Fixed { first, owned, .. } = memory.kind {
            let pages = if owned { memory.resident } else { 0 };
            let from = pages.saturating_sub(STEP_PAGES as u64);
            for page in from..pages {
                store.release(Frame(first.0 + page as u32));
            }
            if from > 0 {
                memory.resident = from;
                return Reaped::Some;
            }
        } else {
            let mut from = 0;
            for _ in 0..STEP_PAGES {
                // Entries without a frame go with their nodes.
                if memory.resident == 0 {
                    break;
                }
                let Some((page, entry)) = memory.tree.next(store, from, MAX_PAGES) else {
                    debug_assert!(false, "fewer pages than counted");
                    memory.resident = 0;
                    break;
                };
                from = page + 1;
                // Setting 0 never needs a node.
                let _ = memory.tree.set(store, page, 0);
                if entry & PRESENT != 0 {
                    store.release(page_tree::frame_of(entry));
                    memory.resident -= 1;
                }
            }
            if memory.resident != 0 || !memory.tree.clear_step(store, STEP_PAGES) {
                return Reaped::Some;
            }
        }
        self.dying_memories = self.memories[reference].next_dying;
        let Some(gone) = self.memories.remove(reference) else {
            return Reaped::Some;
        };
        refund(accounts, gone.account, gone.committed);
        refund_bytes(accounts, gone.account, MEMORY_BYTES);
        Reaped::Object(gone.account)
    }

    /// The frame of a page for reading or writing by the kernel or a mapping; an anonymous page that misses is made. `None` in the inner
    /// answer: the pager must supply it, which was noted.
    ///
    /// # Errors
    /// [`MemoryError::Beyond`], [`MemoryError::NoMemory`], [`MemoryError::NotPermitted`] (a write to what cannot be written), [`MemoryError::NoEntry`] (the pager failed).
    pub(super) fn memory_frame(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        reference: Ref<Memory>,
        page: u64,
        write: bool,
    ) -> Result<Option<Frame>, MemoryError> {
        let memory = &mut self.memories[reference];
        if write && !memory.is_writable() {
            return Err(MemoryError::NotPermitted);
        }
        match memory.page(store, page) {
            Page::Beyond => Err(MemoryError::Beyond),
            Page::Failed => Err(MemoryError::NoEntry),
            Page::Absent => {
                self.want(store, accounts, reference, page)?;
                Ok(None)
            }
            Page::Frame(frame, noted) => {
                if write && !noted {
                    let entry = memory.tree.get(store, page);
                    // The entry is there, so its node is.
                    let _ = memory.tree.set(store, page, entry | DIRTY);
                    memory.pager.dirty += 1;
                }
                Ok(Some(frame))
            }
            Page::Missing => {
                let frame = memory.new_page(store, accounts, page)?;
                Ok(Some(frame))
            }
        }
    }

    /// Changes the size, in steps. Smaller: the new end counts at once, then pages beyond it are unmapped everywhere and freed. Larger: charged first.
    ///
    /// # Errors
    /// [`MemoryError::NotPermitted`] for sealed and fixed memory, [`MemoryError::TooBig`], [`MemoryError::NoMemory`].
    pub fn resize(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        reference: Ref<Memory>,
        size: u64,
    ) -> Result<Step, MemoryError> {
        let memory = &mut self.memories[reference];
        if memory.sealed || matches!(memory.kind, MemoryKind::Fixed { .. }) {
            return Err(MemoryError::NotPermitted);
        }
        if size > MAX_SIZE {
            return Err(MemoryError::TooBig);
        }
        let (old_pages, pages) = (memory.pages(), size.div_ceil(PAGE));
        if size > memory.size {
            if self.is_truncating(store, reference) {
                // What an earlier, interrupted shrinking left must not come back.
                return Ok(self.truncate_step(store, accounts, reference));
            }
            let memory = &mut self.memories[reference];
            if !memory.no_reserve {
                charge(accounts, memory.account, pages - old_pages)?;
                memory.committed += pages - old_pages;
            }
            memory.size = size;
            return Ok(Step::Done);
        }
        if size < memory.size {
            memory.size = size;
            memory.truncation = memory.truncation.wrapping_add(1);
            if !memory.no_reserve {
                let fewer = old_pages - pages;
                memory.committed -= fewer;
                refund(accounts, memory.account, fewer);
            }
            // Bytes beyond the end are zero whenever the page becomes visible again.
            let within = (size % PAGE) as usize;
            if within != 0
                && let Page::Frame(frame, _) = memory.page(store, size / PAGE)
            {
                store.zero(frame, within, PAGE as usize - within);
            }
        }
        Ok(self.truncate_step(store, accounts, reference))
    }

    /// Whether pages beyond the end are still to be unmapped or freed.
    fn is_truncating(&self, store: &impl FrameStore, reference: Ref<Memory>) -> bool {
        let memory = &self.memories[reference];
        let unseen = memory
            .regions
            .is_some_and(|region| self.regions[region].truncation != memory.truncation);
        unseen || memory.tree.next(store, memory.pages(), MAX_PAGES).is_some()
    }

    fn truncate_step(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        reference: Ref<Memory>,
    ) -> Step {
        let mut budget = STEP_PAGES;
        // Regions that have seen this truncation go to the end of the list, so the first one tells whether any is left.
        while let Some(first) = self.memories[reference].regions {
            let generation = self.memories[reference].truncation;
            if self.regions[first].truncation == generation {
                break;
            }
            if budget <= super::space::REGION_COST {
                return Step::More;
            }
            budget -= super::space::REGION_COST;
            let region = &self.regions[first];
            let Backing::Memory { offset, .. } = region.backing else {
                break;
            };
            let kept = (self.memories[reference].pages() * PAGE)
                .saturating_sub(offset)
                .min(region.length());
            let (space, from, to) = (region.space, region.start + kept, region.end);
            if self.zap(store, accounts, space, from, to, &mut budget) < to {
                return Step::More;
            }
            self.regions[first].truncation = generation;
            self.move_region_last(first);
        }
        let memory = &mut self.memories[reference];
        let end = memory.pages();
        while let Some((page, entry)) = memory.tree.next(store, end, MAX_PAGES) {
            if budget == 0 {
                return Step::More;
            }
            budget -= 1;
            let _ = memory.tree.set(store, page, 0);
            if entry & PRESENT != 0 {
                store.release(page_tree::frame_of(entry));
                memory.page_left(accounts);
            }
            memory.pager.entry_left(entry);
        }
        Step::Done
    }

    /// Makes a Memory of part of boot memory, read-only, from a page boundary on. What lies behind `length` in its last page must be zero, since whoever maps it
    /// sees it.
    ///
    /// # Errors
    /// [`MemoryError::Invalid`], [`MemoryError::NoMemory`].
    #[allow(clippy::too_many_arguments, reason = "one for each property of the object")]
    pub fn create_view(
        &mut self,
        store: &impl FrameStore,
        accounts: &mut Accounts,
        account: Ref<Account>,
        label: Label,
        memory: Ref<Memory>,
        offset: u64,
        length: u64,
    ) -> Result<Ref<Memory>, MemoryError> {
        let whole = &self.memories[memory];
        let end = offset.checked_add(length).ok_or(MemoryError::Invalid)?;
        // Only frames that nobody ever frees may be shown by a second object.
        let MemoryKind::Fixed {
            first,
            writable: false,
            owned: false,
        } = whole.kind
        else {
            return Err(MemoryError::Invalid);
        };
        if length == 0 || !offset.is_multiple_of(PAGE) || end > whole.size {
            return Err(MemoryError::Invalid);
        }
        let within = (end % PAGE) as usize;
        if within != 0 {
            let last = Frame(first.0 + (end / PAGE) as u32);
            let mut tail = [0; PAGE as usize];
            store.read(last, within, &mut tail[within..]);
            if tail.iter().any(|&byte| byte != 0) {
                return Err(MemoryError::Invalid);
            }
        }
        let first = Frame(first.0 + (offset / PAGE) as u32);
        self.create_fixed_memory(accounts, account, label, first, length, false, false)
    }

    /// Frees pages of anonymous memory that lie wholly inside a range, and zeroes the rest of it, in steps; mappings read zero from then on. `done` is the number of
    /// pages looked at.
    ///
    /// # Errors
    /// [`MemoryError::Invalid`]; [`MemoryError::NotPermitted`] for sealed memory.
    pub fn discard(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        reference: Ref<Memory>,
        (offset, length): (u64, u64),
        done: &mut u64,
    ) -> Result<Step, MemoryError> {
        let memory = &self.memories[reference];
        let end = offset
            .checked_add(length)
            .ok_or(MemoryError::Invalid)?
            .min(memory.size);
        if memory.kind != MemoryKind::Anonymous {
            return Err(MemoryError::Invalid);
        }
        if memory.sealed {
            return Err(MemoryError::NotPermitted);
        }
        let first = offset / PAGE;
        let mut budget = STEP_PAGES;
        while let Some((page, entry)) =
            self.memories[reference]
                .tree
                .next(store, first + *done, end.div_ceil(PAGE))
        {
            if budget == 0 {
                return Ok(Step::More);
            }
            budget -= 1;
            *done = page - first + 1;
            let frame = page_tree::frame_of(entry);
            let (from, to) = (offset.max(page * PAGE), end.min((page + 1) * PAGE));
            // The last page counts as whole where the object ends in it.
            let whole =
                from == page * PAGE && (to == (page + 1) * PAGE || to == self.memories[reference].size);
            if !whole {
                store.zero(frame, (from % PAGE) as usize, (to - from) as usize);
                continue;
            }
            self.unmap_page(store, reference, page, &mut budget);
            let memory = &mut self.memories[reference];
            let _ = memory.tree.set(store, page, 0);
            memory.page_left(accounts);
            store.release(frame);
        }
        Ok(Step::Done)
    }

    /// Makes contents and size unchangeable.
    ///
    /// # Errors
    /// [`MemoryError::Busy`] while a writable mapping exists.
    pub fn seal(&mut self, reference: Ref<Memory>) -> Result<(), MemoryError> {
        let memory = &mut self.memories[reference];
        if memory.writable_mappings > 0 {
            return Err(MemoryError::Busy);
        }
        memory.sealed = true;
        Ok(())
    }
}

impl Memory {
    /// Makes an anonymous page that misses. Charges what was not promised.
    fn new_page(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        page: u64,
    ) -> Result<Frame, MemoryError> {
        let frame = store.allocate_zeroed().ok_or(MemoryError::NoMemory)?;
        if let Err(error) = self.add_page(store, accounts, page, frame, 0) {
            store.release(frame);
            return Err(error);
        }
        Ok(frame)
    }

    /// Puts a frame, whose reference is handed over, at a page that has none. Charges page and nodes.
    pub(super) fn add_page(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        page: u64,
        frame: Frame,
        flags: u64,
    ) -> Result<(), MemoryError> {
        let pages = u64::from(self.no_reserve);
        charge(accounts, self.account, pages)?;
        if let Err(error) = self.set_entry(store, accounts, page, frame.address() | PRESENT | flags) {
            refund(accounts, self.account, pages);
            return Err(error);
        }
        self.committed += pages;
        self.resident += 1;
        Ok(())
    }

    /// Sets an entry, and charges the nodes that it needs.
    pub(super) fn set_entry(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        page: u64,
        entry: u64,
    ) -> Result<(), MemoryError> {
        let before = self.tree.nodes;
        let most = self.tree.nodes_for(store, page);
        charge(accounts, self.account, most)?;
        let result = self
            .tree
            .set(store, page, entry)
            .map_err(|_| MemoryError::NoMemory);
        let made = self.tree.nodes - before;
        self.committed += made;
        refund(accounts, self.account, most - made);
        result
    }

    /// A page is gone: gives its charge back, if it was charged by itself.
    pub(super) fn page_left(&mut self, accounts: &mut Accounts) {
        self.resident -= 1;
        if self.no_reserve {
            self.committed -= 1;
            refund(accounts, self.account, 1);
        }
    }
}
