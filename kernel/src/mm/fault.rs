//! Making a page accessible: what a page fault does, and what a copy does beforehand.
//!
//! At most one page-table page is touched, and up to 16 pages of a Memory that are there anyway are mapped with the wanted one.

use super::memory::Page;
use super::page_table::{
    self, ACCESSED_DIRTY, CHARGED, NO_EXECUTE, PRESENT, PRIVATE, Slot, UNCACHED, USER, WRITABLE, frame_of,
};
use super::space::{AddressSpace, Backing, Region};
use super::{Memory, MemoryError, Mm, PAGE, Protection, charge, refund};
use crate::account::Accounts;
use crate::arena::Ref;
use crate::machine::{Frame, FrameStore};

/// Pages that one fault maps, at most: a window of this many, aligned.
const AROUND: u64 = 16;
/// Free pages that stay between a region that grows downwards and the one below it.
const GROWTH_GUARD: u64 = 256 * PAGE;
/// Bytes that a region that grows downwards can reach.
const GROWTH_LIMIT: u64 = 1 << 30;

/// How memory is touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read.
    Read,
    /// Written.
    Write,
    /// Executed.
    Execute,
}

impl Access {
    /// The access that a page fault's error code tells of.
    #[must_use]
    pub const fn from_error_code(error: u64) -> Access {
        if error & 0x10 != 0 {
            Access::Execute
        } else if error & 2 != 0 {
            Access::Write
        } else {
            Access::Read
        }
    }

    const fn needs(self) -> Protection {
        match self {
            Access::Read => Protection::READ,
            Access::Write => Protection::WRITE,
            Access::Execute => Protection::EXECUTE,
        }
    }

    /// Whether a leaf entry allows it.
    #[inline]
    const fn allowed_by(self, entry: u64) -> bool {
        match self {
            Access::Read => entry & PRESENT != 0,
            Access::Write => entry & (PRESENT | WRITABLE) == PRESENT | WRITABLE,
            Access::Execute => entry & (PRESENT | NO_EXECUTE) == PRESENT,
        }
    }
}

/// Why a page cannot be made accessible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is mapped there (SIGSEGV, SEGV_MAPERR).
    NotMapped,
    /// The protection forbids it (SIGSEGV, SEGV_ACCERR).
    Protection,
    /// Beyond the end of the Memory (SIGBUS, BUS_ADRERR).
    BeyondEnd,
    /// The pager failed (SIGBUS, BUS_OBJERR).
    Failed,
    /// The account or the machine has no page (SIGBUS, BUS_ADRERR).
    NoMemory,
}

/// What [`Mm::resolve`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// The page is accessible: this frame.
    Resolved(Frame),
    /// A pager must supply the page of this Memory, which was noted: wait for it and try again.
    NotResident(Ref<Memory>),
    /// It cannot be done.
    Failed(Fault),
}

impl From<Fault> for Resolution {
    fn from(fault: Fault) -> Self {
        Resolution::Failed(fault)
    }
}

/// The frame of memory behind a page that this access may use right now, without any change. The fast half of [`Mm::resolve`]. A
/// device's registers are not memory.
#[inline]
pub fn translate(store: &impl FrameStore, root: Frame, address: u64, access: Access) -> Option<Frame> {
    let entry = page_table::load(store, root, address);
    (access.allowed_by(entry) && entry & UNCACHED == 0).then(|| frame_of(entry))
}

impl Mm {
    /// Makes the page of `address` accessible. The address is any number; what lies outside of user addresses is not mapped.
    pub fn resolve(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
        address: u64,
        access: Access,
    ) -> Resolution {
        let found = match self.spaces[space].map.find(address) {
            Some(entry) => entry.region,
            None => match self.grow_down(accounts, space, address) {
                Some(region) => region,
                None => return Fault::NotMapped.into(),
            },
        };
        let region = &self.regions[found];
        // The processor has no page that can be written or executed but not read.
        let readable = access == Access::Read && region.protection != Protection::NONE;
        if !readable && !region.protection.contains(access.needs()) {
            return Fault::Protection.into();
        }
        let page = address & !(PAGE - 1);
        let slot = match self.make_slot(store, accounts, space, page) {
            Ok(slot) => slot,
            Err(_) => return Fault::NoMemory.into(),
        };
        let entry = store.load_word(slot.table, slot.index);
        if access.allowed_by(entry) {
            return Resolution::Resolved(frame_of(entry));
        }
        match self.regions[found].backing {
            _ if entry & PRIVATE != 0 => self.resolve_private(store, found, page, slot, entry, access),
            Backing::Anonymous => match self.new_private(store, accounts, found, slot, entry, None) {
                Ok(frame) => Resolution::Resolved(frame),
                Err(fault) => fault.into(),
            },
            Backing::Memory { memory, offset } => {
                let backing = (memory, offset + (page - self.regions[found].start));
                self.resolve_memory(store, accounts, found, backing, page, slot, entry, access)
            }
            Backing::Device { range, offset } => self.resolve_device(
                store,
                found,
                range,
                offset + (page - self.regions[found].start),
                slot,
            ),
        }
    }

    /// The leaf bits that a region's protection gives, without WRITABLE.
    fn bits(region: &Region) -> u64 {
        let execute = if region.protection.contains(Protection::EXECUTE) {
            0
        } else {
            NO_EXECUTE
        };
        PRESENT | USER | ACCESSED_DIRTY | execute
    }

    /// A page that the space owns: parked, or shared with a clone since.
    fn resolve_private(
        &mut self,
        store: &mut impl FrameStore,
        found: Ref<Region>,
        page: u64,
        slot: Slot,
        entry: u64,
        access: Access,
    ) -> Resolution {
        let region = &self.regions[found];
        let kept = entry & (PRIVATE | CHARGED);
        let old = frame_of(entry);
        let bits = Self::bits(region) | kept;
        let may_write = region.protection.contains(Protection::WRITE);
        // The last owner writes in place.
        let alone = store.references(old) == 1;
        if alone || access != Access::Write {
            let writable = if may_write && alone { WRITABLE } else { 0 };
            store.store_word(slot.table, slot.index, old.address() | bits | writable);
            return Resolution::Resolved(old);
        }
        let Some(new) = store.allocate_for_overwrite() else {
            return Fault::NoMemory.into();
        };
        store.copy(old, 0, new, 0, PAGE as usize);
        store.store_word(slot.table, slot.index, new.address() | bits | WRITABLE);
        if entry & PRESENT != 0 {
            let root = self.spaces[self.regions[found].space].root;
            store.invalidate(root, page, 1);
        }
        store.release(old);
        Resolution::Resolved(new)
    }

    /// A new page of the space's own: a copy of `contents`, or zeros. `entry` is what it replaces.
    fn new_private(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        found: Ref<Region>,
        slot: Slot,
        entry: u64,
        contents: Option<Frame>,
    ) -> Result<Frame, Fault> {
        let region = &self.regions[found];
        let space = &mut self.spaces[region.space];
        let mut bits = Self::bits(region) | PRIVATE;
        if region.protection.contains(Protection::WRITE) {
            bits |= WRITABLE;
        }
        if !region.reserved {
            charge(accounts, space.account, 1).map_err(|_| Fault::NoMemory)?;
            space.committed += 1;
            bits |= CHARGED;
        }
        let frame = match contents {
            None => store.allocate_zeroed(),
            Some(_) => store.allocate_for_overwrite(),
        };
        let Some(frame) = frame else {
            if bits & CHARGED != 0 {
                space.committed -= 1;
                refund(accounts, space.account, 1);
            }
            return Err(Fault::NoMemory);
        };
        if let Some(contents) = contents {
            store.copy(contents, 0, frame, 0, PAGE as usize);
        }
        store.store_word(slot.table, slot.index, frame.address() | bits);
        if entry & PRESENT == 0 {
            space.resident += 1;
        }
        Ok(frame)
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "one step of `resolve`, which has found them all"
    )]
    fn resolve_memory(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        found: Ref<Region>,
        (memory, offset): (Ref<Memory>, u64),
        page: u64,
        slot: Slot,
        entry: u64,
        access: Access,
    ) -> Resolution {
        let (copy, space) = (self.regions[found].copy, self.regions[found].space);
        let writes_through = access == Access::Write && !copy;
        let frame = match self.memory_frame(store, accounts, memory, offset / PAGE, writes_through) {
            Ok(Some(frame)) => frame,
            Ok(None) => return Resolution::NotResident(memory),
            Err(MemoryError::Beyond) => return Fault::BeyondEnd.into(),
            Err(MemoryError::NoEntry) => return Fault::Failed.into(),
            Err(MemoryError::NotPermitted) => return Fault::Protection.into(),
            Err(_) => return Fault::NoMemory.into(),
        };
        if copy && access == Access::Write {
            return match self.new_private(store, accounts, found, slot, entry, Some(frame)) {
                Ok(new) => {
                    if entry & PRESENT != 0 {
                        store.invalidate(self.spaces[space].root, page, 1);
                    }
                    Resolution::Resolved(new)
                }
                Err(fault) => fault.into(),
            };
        }
        let bits = self.memory_bits(store, found, memory, offset / PAGE);
        store.store_word(slot.table, slot.index, frame.address() | bits);
        if entry == 0 {
            self.spaces[space].resident += 1;
        }
        self.map_around(store, found, memory, page, slot);
        Resolution::Resolved(frame)
    }

    /// The leaf bits for a page of a Memory in a region: writable only where a write needs no further note.
    fn memory_bits(
        &self,
        store: &impl FrameStore,
        found: Ref<Region>,
        memory: Ref<Memory>,
        page: u64,
    ) -> u64 {
        let region = &self.regions[found];
        let mut bits = Self::bits(region);
        let memory = &self.memories[memory];
        if !region.copy
            && region.protection.contains(Protection::WRITE)
            && memory.is_writable()
            && matches!(memory.page(store, page), Page::Frame(_, true))
        {
            bits |= WRITABLE;
        }
        bits
    }

    /// Maps the pages around a page that are there and not mapped yet, within region, window and table.
    fn map_around(
        &mut self,
        store: &mut impl FrameStore,
        found: Ref<Region>,
        memory: Ref<Memory>,
        page: u64,
        slot: Slot,
    ) {
        let region = &self.regions[found];
        let Backing::Memory { offset, .. } = region.backing else {
            return;
        };
        let (space, region_start) = (region.space, region.start);
        let window = page & !(AROUND * PAGE - 1);
        let first = window.max(region.start);
        let last = (window + AROUND * PAGE).min(region.end);
        let mut at = first;
        while at < last {
            let index = slot.index + (at / PAGE) as usize - (page / PAGE) as usize;
            if store.load_word(slot.table, index) == 0 {
                let number = (offset + (at - region_start)) / PAGE;
                if let Page::Frame(frame, _) = self.memories[memory].page(store, number) {
                    let bits = self.memory_bits(store, found, memory, number);
                    store.store_word(slot.table, index, frame.address() | bits);
                    self.spaces[space].resident += 1;
                }
            }
            at += PAGE;
        }
    }

    fn resolve_device(
        &mut self,
        store: &mut impl FrameStore,
        found: Ref<Region>,
        range: Ref<super::DeviceRange>,
        offset: u64,
        slot: Slot,
    ) -> Resolution {
        let range = &self.device_ranges[range];
        if offset >= range.length {
            return Fault::BeyondEnd.into();
        }
        let Some(frame) = Frame::containing(range.address + offset).filter(|frame| !store.is_ram(*frame))
        else {
            return Fault::Protection.into();
        };
        let region = &self.regions[found];
        let writable = if region.protection.contains(Protection::WRITE) {
            WRITABLE
        } else {
            0
        };
        store.store_word(
            slot.table,
            slot.index,
            frame.address() | Self::bits(region) | UNCACHED | writable,
        );
        self.spaces[region.space].resident += 1;
        Resolution::Resolved(frame)
    }

    /// Extends the region above `address` down to it, if it grows and there is room.
    fn grow_down(
        &mut self,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
        address: u64,
    ) -> Option<Ref<Region>> {
        let here = &self.spaces[space];
        let entry = here.map.at_or_above(address)?;
        let region = &self.regions[entry.region];
        let start = address & !(PAGE - 1);
        let lower_end = here
            .map
            .below(address)
            .map_or(trivet_abi::USER_START, |below| below.end);
        let fits = start
            .checked_sub(GROWTH_GUARD)
            .is_some_and(|lowest| lowest >= lower_end);
        if !region.grows_down || !fits || region.end - start > GROWTH_LIMIT {
            return None;
        }
        let pages = (region.start - start) / PAGE;
        if here.mapped.saturating_add(pages) > here.limit / PAGE {
            return None;
        }
        if region.reserved {
            charge(accounts, here.account, pages).ok()?;
            self.spaces[space].committed += pages;
        }
        let (old, end) = (region.start, region.end);
        self.regions[entry.region].start = start;
        let locked = self.regions[entry.region].locked;
        let here = &mut self.spaces[space];
        here.mapped += pages;
        if locked {
            here.locked += pages;
        }
        here.map.change_bounds(old, start, end);
        Some(entry.region)
    }
}
