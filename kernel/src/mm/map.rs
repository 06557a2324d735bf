//! Adding regions: where they go, what they may do, who pays.
//!
//! A mapping at a fixed place first removes what is there, which can take steps: the answer [`Mapped::More`] wants the same call again.

use super::copy::is_user_range;
use super::space::{AddressSpace, Backing, REGION_BYTES, Region, user_range};
use super::{
    DeviceRange, Fault, Memory, MemoryError, Mm, PAGE, Protection, Resolution, STEP_PAGES, Step, charge,
    charge_bytes, refund, refund_bytes,
};
use crate::account::Accounts;
use crate::arena::Ref;
use crate::machine::FrameStore;
use crate::mm::fault::Access;
use trivet_abi::{USER_END, USER_START};

/// The `MapFlags` of the interface.
pub mod flags {
    /// At this address exactly; what is there is removed.
    pub const FIXED: u64 = 0x1;
    /// At this address exactly; an error if anything is there.
    pub const NO_REPLACE: u64 = 0x2;
    /// Pages are made resident at once.
    pub const POPULATE: u64 = 0x4;
    /// Pages are charged when they are touched.
    pub const NO_RESERVE: u64 = 0x8;
    /// The region grows downwards.
    pub const GROWS_DOWN: u64 = 0x10;
    /// Below 4 GiB.
    pub const LOW_4GIB: u64 = 0x20;
    /// All that are defined.
    pub const ALL: u64 = 0x3f;
}

/// Where a mapping goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// A wish, or with FIXED or NO_REPLACE an order. 0: anywhere.
    pub address: u64,
    /// Bytes; rounded up to whole pages.
    pub length: u64,
    /// [`flags`].
    pub flags: u64,
}

/// What mapping came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Mapped {
    /// It is at this address.
    At(u64),
    /// What is at the fixed place is being removed: call again with the same arguments.
    More,
}

/// How a Memory is mapped: the methods of its interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapKind {
    /// Readable.
    Read,
    /// Readable and writable, shared.
    Write,
    /// Readable, writes go to private copies.
    Copy,
    /// Readable and executable.
    Execute,
}

impl Mm {
    /// Maps private anonymous zeroed memory.
    ///
    /// # Errors
    /// [`MemoryError::Invalid`], [`MemoryError::NoMemory`], [`MemoryError::Exists`]; [`MemoryError::Access`] for executable memory, which is made by
    /// `protect_execute`.
    pub fn map_anonymous(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
        placement: Placement,
        protection: Protection,
    ) -> Result<Mapped, MemoryError> {
        if protection.contains(Protection::EXECUTE) {
            return Err(MemoryError::Access);
        }
        let mut region = Region::new(space, Backing::Anonymous, protection, Protection::READ_WRITE);
        region.no_reserve = placement.flags & flags::NO_RESERVE != 0;
        region.grows_down = placement.flags & flags::GROWS_DOWN != 0;
        region.reserved = !region.no_reserve && protection != Protection::NONE;
        self.map_region(store, accounts, placement, region)
    }

    /// Maps a range of a Memory. It may reach beyond the object's end.
    ///
    /// # Errors
    /// [`MemoryError::Invalid`], [`MemoryError::NoMemory`], [`MemoryError::Exists`], [`MemoryError::Beyond`] (the offset itself is beyond what an object can
    /// be), [`MemoryError::Access`], [`MemoryError::TextBusy`].
    #[allow(clippy::too_many_arguments, reason = "what, where, how")]
    pub fn map_memory(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
        memory: Ref<Memory>,
        offset: u64,
        placement: Placement,
        kind: MapKind,
    ) -> Result<Mapped, MemoryError> {
        if !offset.is_multiple_of(PAGE) || placement.flags & flags::GROWS_DOWN != 0 {
            return Err(MemoryError::Invalid);
        }
        let length = placement
            .length
            .checked_next_multiple_of(PAGE)
            .ok_or(MemoryError::Invalid)?;
        if offset
            .checked_add(length)
            .is_none_or(|end| end > super::memory::MAX_SIZE)
        {
            return Err(MemoryError::Beyond);
        }
        let (protection, highest) = match kind {
            MapKind::Read => (Protection::READ, Protection::READ),
            MapKind::Write => (Protection::READ_WRITE, Protection::READ_WRITE),
            MapKind::Copy => (Protection::READ, Protection::READ_WRITE),
            MapKind::Execute => (Protection::READ_EXECUTE, Protection::READ_EXECUTE),
        };
        let mut region = Region::new(space, Backing::Memory { memory, offset }, protection, highest);
        region.copy = kind == MapKind::Copy;
        region.no_reserve = placement.flags & flags::NO_RESERVE != 0;
        region.counts_executable = kind == MapKind::Execute;
        if !region.copy {
            self.check_exclusion(memory, highest)?;
        }
        region.truncation = self.memories[memory].truncation;
        self.map_region(store, accounts, placement, region)
    }

    /// Maps part of a range of device memory, uncached.
    ///
    /// # Errors
    /// [`MemoryError::Invalid`], [`MemoryError::NoMemory`], [`MemoryError::Exists`].
    pub fn map_device(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
        range: Ref<DeviceRange>,
        offset: u64,
        placement: Placement,
    ) -> Result<Mapped, MemoryError> {
        let length = placement
            .length
            .checked_next_multiple_of(PAGE)
            .ok_or(MemoryError::Invalid)?;
        let end = offset.checked_add(length).ok_or(MemoryError::Invalid)?;
        if !offset.is_multiple_of(PAGE)
            || end > self.device_ranges[range].length
            || placement.flags & flags::GROWS_DOWN != 0
        {
            return Err(MemoryError::Invalid);
        }
        let backing = Backing::Device { range, offset };
        let region = Region::new(space, backing, Protection::READ_WRITE, Protection::READ_WRITE);
        self.map_region(store, accounts, placement, region)
    }

    /// Finds the place, charges, and adds the region.
    fn map_region(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        placement: Placement,
        region: Region,
    ) -> Result<Mapped, MemoryError> {
        let mut region = region;
        let space = region.space;
        if placement.flags & !flags::ALL != 0 {
            return Err(MemoryError::Invalid);
        }
        let length = placement
            .length
            .checked_next_multiple_of(PAGE)
            .ok_or(MemoryError::Invalid)?;
        let fixed = placement.flags & (flags::FIXED | flags::NO_REPLACE) != 0;
        let start = if fixed {
            let end = user_range(placement.address, length)?;
            if !self.spaces[space].map.is_free(placement.address, end) {
                if placement.flags & flags::NO_REPLACE != 0 {
                    return Err(MemoryError::Exists);
                }
                if self.unmap(store, accounts, space, placement.address, length)? == Step::More {
                    return Ok(Mapped::More);
                }
            }
            placement.address
        } else {
            self.find_place(
                space,
                placement.address,
                length,
                placement.flags & flags::LOW_4GIB != 0,
            )?
        };
        let pages = length / PAGE;
        let here = &self.spaces[space];
        if here.mapped.saturating_add(pages) > here.limit / PAGE {
            return Err(MemoryError::NoMemory);
        }
        // A stack is not data.
        if region.reserved && !region.grows_down && !here.may_promise(pages) {
            return Err(MemoryError::NoMemory);
        }
        let account = here.account;
        charge_bytes(accounts, account, REGION_BYTES)?;
        if region.reserved && charge(accounts, account, pages).is_err() {
            // An account that may promise more than it has pays for each page as it comes.
            if !accounts[account].overcommit {
                refund_bytes(accounts, account, REGION_BYTES);
                return Err(MemoryError::NoMemory);
            }
            region.reserved = false;
        }
        (region.start, region.end) = (start, start + length);
        let (reserved, backing) = (region.reserved, region.backing);
        if let Err(error) = self.add_region(region) {
            if reserved {
                refund(accounts, account, pages);
            }
            refund_bytes(accounts, account, REGION_BYTES);
            return Err(error);
        }
        if reserved {
            self.spaces[space].committed += pages;
        }
        match backing {
            Backing::Anonymous => {}
            Backing::Memory { memory, .. } => self.memories.acquire(memory),
            Backing::Device { range, .. } => self.device_ranges.acquire(range),
        }
        self.merge_at(accounts, space, start + length);
        self.merge_at(accounts, space, start);
        Ok(Mapped::At(start))
    }

    /// A free place for `length` bytes: at the wish if that is free, else as high as possible below the space's top, else anywhere.
    pub(super) fn find_place(
        &self,
        space: Ref<AddressSpace>,
        wish: u64,
        length: u64,
        low: bool,
    ) -> Result<u64, MemoryError> {
        if length == 0 || length > USER_END - USER_START {
            return Err(if length == 0 {
                MemoryError::Invalid
            } else {
                MemoryError::NoMemory
            });
        }
        let here = &self.spaces[space];
        let wish = wish / PAGE * PAGE;
        let high = if low { 1 << 32 } else { USER_END };
        if wish != 0
            && is_user_range(wish, length)
            && wish + length <= high
            && here.map.is_free(wish, wish + length)
        {
            return Ok(wish);
        }
        let top = here.top.min(high);
        here.map
            .find_gap(length, USER_START, top)
            .or_else(|| here.map.find_gap(length, USER_START, high))
            .ok_or(MemoryError::NoMemory)
    }

    /// Makes pages of a range resident, in steps, as far as that needs no pager (POPULATE, mlock, read-ahead). `cursor` is the address reached; it starts at
    /// the range's own. Pages that cannot be made are skipped.
    pub fn populate(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
        end: u64,
        cursor: &mut u64,
    ) -> Step {
        for _ in 0..STEP_PAGES {
            let next = self.spaces[space]
                .map
                .at_or_above(*cursor)
                .filter(|entry| entry.start < end);
            let Some(entry) = next.filter(|_| *cursor < end) else {
                *cursor = end;
                return Step::Done;
            };
            *cursor = (*cursor).max(entry.start);
            let region = &self.regions[entry.region];
            if region.protection == Protection::NONE || matches!(region.backing, Backing::Device { .. }) {
                *cursor = entry.end.min(end);
                continue;
            }
            let writes = region.protection.contains(Protection::WRITE);
            let access = if writes { Access::Write } else { Access::Read };
            let resolution = self.resolve(store, accounts, space, *cursor, access);
            if resolution == Resolution::Failed(Fault::NoMemory) {
                *cursor = end;
                return Step::Done;
            }
            *cursor += PAGE;
        }
        Step::More
    }
}
