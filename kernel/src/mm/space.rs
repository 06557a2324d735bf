//! Address spaces and their regions: creation, splitting, taking apart.
//!
//! A region names what it maps, how, and whether its pages were promised as a whole (`reserved`) or are charged one by one. Regions that map
//! a Memory are also in that Memory's list, so that its pages can be unmapped everywhere.

use super::page_table::{self, CHARGED, PRESENT, PRIVATE, TABLE_SPAN, frame_of};
use super::region_map::{Entry, RegionMap};
use super::{
    DeviceRange, Memory, MemoryError, Mm, PAGE, Protection, STEP_PAGES, Step, charge, charge_always,
    charge_bytes, refund, refund_bytes,
};
use crate::account::{Account, Accounts};
use crate::arena::Ref;
use crate::machine::{Frame, FrameStore};
use trivet_abi::{USER_END, USER_START};

/// What a region shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backing {
    /// Zeros until written, the space's own.
    Anonymous,
    /// Pages of a Memory from `offset` on.
    Memory {
        /// The Memory; counted.
        memory: Ref<Memory>,
        /// Bytes, a multiple of the page size.
        offset: u64,
    },
    /// A device's registers.
    Device {
        /// The range; counted.
        range: Ref<DeviceRange>,
        /// Bytes, a multiple of the page size.
        offset: u64,
    },
}

impl Backing {
    /// The backing of what lies `bytes` further.
    #[must_use]
    pub const fn advanced(self, bytes: u64) -> Backing {
        match self {
            Backing::Anonymous => Backing::Anonymous,
            Backing::Memory { memory, offset } => Backing::Memory {
                memory,
                offset: offset + bytes,
            },
            Backing::Device { range, offset } => Backing::Device {
                range,
                offset: offset + bytes,
            },
        }
    }
}

/// A range of addresses with one meaning.
#[derive(Clone, Debug)]
pub struct Region {
    /// The space that it is in; weak: the space takes its regions apart.
    pub space: Ref<AddressSpace>,
    /// First address.
    pub start: u64,
    /// One past the last address.
    pub end: u64,
    /// What it shows.
    pub backing: Backing,
    /// What may be done now.
    pub protection: Protection,
    /// What `protect` may allow.
    pub highest: Protection,
    /// Writes go to private copies of the backing's pages.
    pub copy: bool,
    /// All pages were charged when it was mapped.
    pub reserved: bool,
    /// Pages are not charged even when it becomes accessible, until they are touched.
    pub no_reserve: bool,
    /// Grows downwards when the page below it is touched.
    pub grows_down: bool,
    /// Its pages were made resident and stay so.
    pub locked: bool,
    /// It counts as an executable mapping of its Memory.
    pub counts_executable: bool,
    /// Generation of the Memory's last truncation that was carried out here.
    pub truncation: u32,
    /// Next region of the same Memory.
    pub next: Option<Ref<Region>>,
    /// Region of the same Memory before this.
    pub previous: Option<Ref<Region>>,
}

/// Bytes of kernel objects that a region is charged for.
pub const REGION_BYTES: usize = size_of::<Region>() + size_of::<Entry>() + 16;

impl Region {
    /// A region without a place yet.
    #[must_use]
    pub fn new(
        space: Ref<AddressSpace>,
        backing: Backing,
        protection: Protection,
        highest: Protection,
    ) -> Region {
        Region {
            space,
            start: 0,
            end: 0,
            backing,
            protection,
            highest,
            copy: false,
            reserved: false,
            no_reserve: false,
            grows_down: false,
            locked: false,
            counts_executable: false,
            truncation: 0,
            next: None,
            previous: None,
        }
    }

    /// Bytes.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.end - self.start
    }

    /// Whether pages that are written belong to the space alone.
    #[must_use]
    pub const fn is_private(&self) -> bool {
        self.copy || matches!(self.backing, Backing::Anonymous)
    }

    /// Whether writes reach its Memory.
    #[must_use]
    pub const fn writes_through(&self) -> bool {
        !self.copy
            && matches!(self.backing, Backing::Memory { .. })
            && self.highest.contains(Protection::WRITE)
    }

    /// Whether `next`, which lies right behind it, could be part of it.
    fn continues_in(&self, next: &Region) -> bool {
        self.end == next.start
            && self.backing.advanced(self.length()) == next.backing
            && (self.protection, self.highest, self.copy) == (next.protection, next.highest, next.copy)
            && (self.reserved, self.no_reserve, self.locked) == (next.reserved, next.no_reserve, next.locked)
            && self.truncation == next.truncation
            && self.counts_executable == next.counts_executable
            && !self.grows_down
            && !next.grows_down
            && !matches!(self.backing, Backing::Device { .. })
    }
}

/// An address space.
#[derive(Debug)]
pub struct AddressSpace {
    /// Top-level page table.
    pub root: Frame,
    /// Who pays; the caller's count is handed over at creation and comes back by [`Reaped::Object`].
    pub account: Ref<Account>,
    /// The regions.
    pub map: RegionMap,
    /// Addresses are given out downwards from here.
    pub top: u64,
    /// Pages that regions cover.
    pub mapped: u64,
    /// Pages that are there.
    pub resident: u64,
    /// Pages that are charged: promised ones, and ones that were touched.
    pub committed: u64,
    /// Frames that page tables take, charged besides.
    pub tables: u64,
    /// Bytes that regions may cover in all.
    pub limit: u64,
    /// Bytes that may be promised in all: private memory that can be written.
    pub data_limit: u64,
    /// Pages of regions that are locked.
    pub locked: u64,
    /// Bytes that may be locked.
    pub lock_limit: u64,
    /// A place for the process layer: a number to list the space by.
    pub number: u64,
    /// Where the sweep that takes the space apart was last; 0 before it.
    pub(super) swept: u64,
    /// Next space that is being taken apart.
    pub(super) next_dying: Option<Ref<AddressSpace>>,
}

/// What looking at one page table costs of a step's budget of pages.
pub(super) const SCAN_COST: usize = 16;
/// What changing one region costs of a step's budget of pages.
pub(super) const REGION_COST: usize = 8;

/// Bytes of kernel objects that an address space is charged for.
pub const SPACE_BYTES: usize = size_of::<AddressSpace>();

impl AddressSpace {
    /// An empty space. `top` is where mappings without a wish go, downwards.
    #[must_use]
    pub fn new(root: Frame, account: Ref<Account>, top: u64) -> AddressSpace {
        AddressSpace {
            root,
            account,
            map: RegionMap::default(),
            top,
            mapped: 0,
            resident: 0,
            committed: 0,
            tables: 0,
            limit: u64::MAX,
            data_limit: u64::MAX,
            locked: 0,
            lock_limit: u64::MAX,
            number: 0,
            swept: 0,
            next_dying: None,
        }
    }

    /// Whether so many pages more may be promised.
    #[must_use]
    pub fn may_promise(&self, pages: u64) -> bool {
        self.committed.saturating_add(pages) <= self.data_limit / PAGE
    }
}

/// Checks a range of user addresses: page-aligned start, not empty, within what may be mapped. Returns its end; the length is rounded up
/// to whole pages.
pub fn user_range(address: u64, length: u64) -> Result<u64, MemoryError> {
    let length = length
        .checked_next_multiple_of(PAGE)
        .ok_or(MemoryError::Invalid)?;
    let end = address.checked_add(length).ok_or(MemoryError::Invalid)?;
    if !address.is_multiple_of(PAGE) || length == 0 || address < USER_START || end > USER_END {
        return Err(MemoryError::Invalid);
    }
    Ok(end)
}

impl Mm {
    /// Makes an empty address space that `account` pays for (a count of the account goes with it). `top` is the random address below
    /// which mappings without a wish are placed.
    ///
    /// # Errors
    /// [`MemoryError::NoMemory`].
    pub fn create_space(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        account: Ref<Account>,
        top: u64,
    ) -> Result<Ref<AddressSpace>, MemoryError> {
        charge_bytes(accounts, account, SPACE_BYTES)?;
        let made = self.create_charged_space(store, accounts, account, top);
        if made.is_err() {
            refund_bytes(accounts, account, SPACE_BYTES);
        }
        made
    }

    fn create_charged_space(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        account: Ref<Account>,
        top: u64,
    ) -> Result<Ref<AddressSpace>, MemoryError> {
        charge(accounts, account, 1)?;
        let Some(root) = store.allocate_root() else {
            refund(accounts, account, 1);
            return Err(MemoryError::NoMemory);
        };
        let top = top.clamp(USER_START, USER_END) / PAGE * PAGE;
        match self.spaces.insert(AddressSpace::new(root, account, top)) {
            Ok(space) => {
                self.spaces[space].tables = 1;
                accounts.acquire(account);
                Ok(space)
            }
            Err(error) => {
                store.release_root(root);
                refund(accounts, account, 1);
                Err(error.into())
            }
        }
    }

    /// Gives a count of a space up; the last one lets [`Mm::reap`] take it apart.
    pub fn release_space(&mut self, space: Ref<AddressSpace>) {
        if self.spaces.release(space) {
            self.spaces[space].next_dying = self.dying_spaces;
            self.dying_spaces = Some(space);
        }
    }

    /// Puts a region into its space and its Memory's list. Everything is charged; counts of the backing were taken.
    pub(super) fn add_region(&mut self, region: Region) -> Result<Ref<Region>, MemoryError> {
        let (space, start, end) = (region.space, region.start, region.end);
        let added = self.regions.insert(region)?;
        if let Err(error) = self.spaces[space].map.insert(Entry {
            start,
            end,
            region: added,
        }) {
            self.regions.remove(added);
            return Err(error);
        }
        let here = &mut self.spaces[space];
        here.mapped += (end - start) / PAGE;
        if self.regions[added].locked {
            here.locked += (end - start) / PAGE;
        }
        self.link_region(added);
        Ok(added)
    }

    /// Takes a region, whose pages are unmapped, out of its space, with its charges and counts.
    pub(super) fn remove_region(&mut self, accounts: &mut Accounts, reference: Ref<Region>) {
        let region = &self.regions[reference];
        let (space, start) = (region.space, region.start);
        self.spaces[space].map.remove(start);
        self.drop_region(accounts, reference);
    }

    /// Gives back what a region holds that its space's map does not name any more.
    pub(super) fn drop_region(&mut self, accounts: &mut Accounts, reference: Ref<Region>) {
        self.unlink_region(reference);
        let Some(region) = self.regions.remove(reference) else {
            return;
        };
        let space = &mut self.spaces[region.space];
        let pages = region.length() / PAGE;
        space.mapped -= pages;
        if region.locked {
            space.locked -= pages;
        }
        let account = space.account;
        if region.reserved {
            space.committed -= pages;
            refund(accounts, account, pages);
        }
        refund_bytes(accounts, account, REGION_BYTES);
        match region.backing {
            Backing::Anonymous => {}
            Backing::Memory { memory, .. } => self.release_memory(memory),
            Backing::Device { range, .. } => self.release_device_range(range),
        }
    }

    /// Takes `bytes` off the front of a region whose pages there are unmapped. Some of it stays.
    pub(super) fn shrink_front(&mut self, accounts: &mut Accounts, reference: Ref<Region>, bytes: u64) {
        let region = &mut self.regions[reference];
        let old = region.start;
        region.start += bytes;
        region.backing = region.backing.advanced(bytes);
        let (space, start, end, reserved) = (region.space, region.start, region.end, region.reserved);
        let locked = region.locked;
        self.spaces[space].map.change_bounds(old, start, end);
        self.account_shrink(accounts, space, bytes / PAGE, reserved, locked);
    }

    /// Takes the end of a region off, down to `end`; the pages there are unmapped. Some of it stays.
    pub(super) fn shrink_back(&mut self, accounts: &mut Accounts, reference: Ref<Region>, end: u64) {
        let region = &mut self.regions[reference];
        let pages = (region.end - end) / PAGE;
        region.end = end;
        let (space, start, reserved) = (region.space, region.start, region.reserved);
        let locked = region.locked;
        self.spaces[space].map.change_bounds(start, start, end);
        self.account_shrink(accounts, space, pages, reserved, locked);
    }

    fn account_shrink(
        &mut self,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
        pages: u64,
        reserved: bool,
        locked: bool,
    ) {
        let space = &mut self.spaces[space];
        space.mapped -= pages;
        if locked {
            space.locked -= pages;
        }
        if reserved {
            space.committed -= pages;
            refund(accounts, space.account, pages);
        }
    }

    /// Cuts a region in two at `at`, which lies inside it; returns the upper part.
    pub(super) fn split_region(
        &mut self,
        accounts: &mut Accounts,
        reference: Ref<Region>,
        at: u64,
    ) -> Result<Ref<Region>, MemoryError> {
        let region = &self.regions[reference];
        let (space, start, end) = (region.space, region.start, region.end);
        let locked = if region.locked { (end - at) / PAGE } else { 0 };
        let mut upper = region.clone();
        upper.backing = region.backing.advanced(at - start);
        upper.start = at;
        (upper.next, upper.previous) = (None, None);
        let account = self.spaces[space].account;
        charge_bytes(accounts, account, REGION_BYTES)?;
        let backing = upper.backing;
        // The lower part makes room first, so that the map never holds an overlap.
        self.regions[reference].end = at;
        self.spaces[space].map.change_bounds(start, start, at);
        self.spaces[space].mapped -= (end - at) / PAGE;
        self.spaces[space].locked -= locked;
        match self.add_region(upper) {
            Ok(added) => {
                match backing {
                    Backing::Anonymous => {}
                    Backing::Memory { memory, .. } => self.memories.acquire(memory),
                    Backing::Device { range, .. } => self.device_ranges.acquire(range),
                }
                Ok(added)
            }
            Err(error) => {
                self.regions[reference].end = end;
                self.spaces[space].map.change_bounds(start, start, end);
                self.spaces[space].mapped += (end - at) / PAGE;
                self.spaces[space].locked += locked;
                refund_bytes(accounts, account, REGION_BYTES);
                Err(error)
            }
        }
    }

    /// Joins the region that ends at `at` with the one that begins there, if they mean the same.
    pub(super) fn merge_at(&mut self, accounts: &mut Accounts, space: Ref<AddressSpace>, at: u64) {
        let map = &self.spaces[space].map;
        let (Some(lower), Some(upper)) = (map.below(at), map.find(at)) else {
            return;
        };
        if lower.end != at || upper.start != at {
            return;
        }
        if !self.regions[lower.region].continues_in(&self.regions[upper.region]) {
            return;
        }
        // Charges for pages pass to the lower part as they are; only the upper region's own cost goes back.
        self.unlink_region(upper.region);
        let Some(gone) = self.regions.remove(upper.region) else {
            return;
        };
        let account = self.spaces[space].account;
        self.spaces[space].map.remove(upper.start);
        self.spaces[space]
            .map
            .change_bounds(lower.start, lower.start, upper.end);
        self.regions[lower.region].end = upper.end;
        refund_bytes(accounts, account, REGION_BYTES);
        if let Backing::Memory { memory, .. } = gone.backing {
            self.release_memory(memory);
        }
    }

    /// Unmaps pages of `start..end` as far as `budget` (in pages) goes; nobody has their translations afterwards. Tables of which nothing is left
    /// are freed, so that doing it again costs less each time. Returns the address up to which it came (`end`: all). Regions are the caller's.
    pub(super) fn zap(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
        start: u64,
        end: u64,
        budget: &mut usize,
    ) -> u64 {
        let root = self.spaces[space].root;
        let mut owned = [Frame(0); STEP_PAGES];
        let mut tables = [Frame(0); STEP_PAGES / SCAN_COST * 3];
        let (mut owned_count, mut resident, mut charged, mut table_count) = (0, 0, 0, 0);
        let mut at = start;
        let (mut first, mut last) = (u64::MAX, 0);
        while let Some((address, table)) = page_table::next_table(store, root, at, end) {
            at = address;
            if *budget <= SCAN_COST {
                break;
            }
            *budget -= SCAN_COST;
            let stop = end.min((address & !(TABLE_SPAN - 1)) + TABLE_SPAN);
            while *budget > 0 {
                let Some(found) = page_table::next_entry(store, table, at, stop) else {
                    at = stop;
                    break;
                };
                let index = page_table::index_in_table(found);
                let entry = store.load_word(table, index);
                store.store_word(table, index, 0);
                *budget -= 1;
                first = first.min(found);
                last = found;
                if entry & PRIVATE != 0 {
                    owned[owned_count] = frame_of(entry);
                    owned_count += 1;
                }
                resident += 1;
                charged += u64::from(entry & CHARGED != 0);
                at = found + PAGE;
            }
            let span = address & !(TABLE_SPAN - 1);
            if at == span + TABLE_SPAN && start <= span {
                for table in page_table::detach_tables(store, root, span).into_iter().flatten() {
                    tables[table_count] = table;
                    table_count += 1;
                }
                first = first.min(span);
                last = last.max(span);
            }
            if *budget == 0 {
                break;
            }
        }
        if first <= last {
            store.invalidate(root, first, ((last - first) / PAGE) as usize + 1);
        }
        for frame in owned[..owned_count].iter().chain(&tables[..table_count]) {
            store.release(*frame);
        }
        let space = &mut self.spaces[space];
        space.resident -= resident;
        space.tables -= table_count as u64;
        refund(accounts, space.account, table_count as u64);
        if charged > 0 {
            space.committed -= charged;
            refund(accounts, space.account, charged);
        }
        page_table::next_table(store, root, at, end).map_or(end, |(next, _)| next.min(end))
    }

    /// Frees the last-level tables in `start..end` that no region needs any more.
    pub(super) fn free_unused_tables(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
        start: u64,
        end: u64,
    ) {
        let root = self.spaces[space].root;
        let mut at = start & !(TABLE_SPAN - 1);
        while let Some((address, _)) = page_table::next_table(store, root, at, end) {
            let span = address & !(TABLE_SPAN - 1);
            at = span + TABLE_SPAN;
            if !self.spaces[space].map.is_free(span, at) {
                continue;
            }
            let detached = page_table::detach_tables(store, root, span);
            store.invalidate(root, span, 1);
            let mut freed = 0;
            for table in detached.into_iter().flatten() {
                store.release(table);
                freed += 1;
            }
            let space = &mut self.spaces[space];
            space.tables -= freed;
            refund(accounts, space.account, freed);
        }
    }

    /// The place of a page's entry, made and charged if it misses.
    pub(super) fn make_slot(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
        address: u64,
    ) -> Result<page_table::Slot, MemoryError> {
        let space = &mut self.spaces[space];
        let (slot, made) =
            page_table::find_or_make(store, space.root, address).ok_or(MemoryError::NoMemory)?;
        if made > 0 {
            space.tables += made;
            charge_always(accounts, space.account, made);
        }
        Ok(slot)
    }

    /// Whether a page-table entry is there for the processor.
    #[must_use]
    pub const fn is_present(entry: u64) -> bool {
        entry & PRESENT != 0
    }

    /// Removes whatever is mapped in a range, in steps; holes are no error.
    ///
    /// # Errors
    /// [`MemoryError::Invalid`]; [`MemoryError::NoMemory`] when a region must be cut in two and that cannot be paid.
    pub fn unmap(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
        address: u64,
        length: u64,
    ) -> Result<Step, MemoryError> {
        let end = user_range(address, length)?;
        let mut budget = STEP_PAGES;
        while let Some(entry) = self.spaces[space]
            .map
            .at_or_above(address)
            .filter(|entry| entry.start < end)
        {
            if budget <= REGION_COST {
                return Ok(Step::More);
            }
            budget -= REGION_COST;
            let (from, to) = (entry.start.max(address), entry.end.min(end));
            if to < entry.end && from > entry.start {
                self.split_region(accounts, entry.region, to)?;
                continue;
            }
            let reached = self.zap(store, accounts, space, from, to, &mut budget);
            if from > entry.start {
                // The front stays. If all of the rest goes in this step, no region is needed for it.
                if reached == to {
                    self.shrink_back(accounts, entry.region, from);
                } else {
                    self.split_region(accounts, entry.region, from)?;
                    return Ok(Step::More);
                }
            } else if reached == entry.end {
                self.remove_region(accounts, entry.region);
            } else if reached > from {
                self.shrink_front(accounts, entry.region, reached - from);
            }
            self.free_unused_tables(store, accounts, space, from, reached);
            if reached < to {
                return Ok(Step::More);
            }
        }
        Ok(Step::Done)
    }
}
