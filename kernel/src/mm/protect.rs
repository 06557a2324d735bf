//! Changing regions that exist: protection, advice, locking; and what they are, for listings.

use super::page_table::{self, CHARGED, NO_EXECUTE, PRESENT, PRIVATE, TABLE_SPAN, UNCACHED, WRITABLE};
use super::space::{AddressSpace, Backing, REGION_COST, Region, SCAN_COST, user_range};
use super::{MemoryError, Mm, PAGE, Protection, STEP_PAGES, Step, charge, refund};
use crate::account::Accounts;
use crate::arena::Ref;
use crate::machine::FrameStore;

/// What `advise` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Nothing to do: the hints that need no action.
    Hint,
    /// Pages will be needed: see [`Mm::populate`], which the caller uses.
    WillNeed,
    /// Private pages are dropped; the next touch finds zeros, or the backing's contents.
    Drop,
}

impl Advice {
    /// From POSIX's and Linux's MADV numbers, as far as the interface has them.
    #[must_use]
    pub const fn from_number(number: u64) -> Option<Advice> {
        match number {
            0..=2 => Some(Advice::Hint),
            3 => Some(Advice::WillNeed),
            4 | 8 => Some(Advice::Drop),
            _ => None,
        }
    }
}

/// What a region is, for listings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegionInfo {
    /// First address.
    pub address: u64,
    /// Bytes.
    pub length: u64,
    /// Protection now.
    pub protection: Protection,
    /// Protection at most.
    pub highest: Protection,
    /// Bit 0: private; bit 1: charged when touched; bit 2: locked; bit 3: grows down; bit 4: device.
    pub flags: u64,
    /// 0 without a Memory, else a number that is the same for the same Memory.
    pub memory: u64,
    /// Offset in it.
    pub offset: u64,
    /// Pages that are there, as far as one step counts them.
    pub resident: u64,
}

impl Mm {
    /// Changes the protection of a range, in steps. `execute`: EXECUTE may be added to private memory (`protect_execute`). `cursor` is the address reached; it
    /// starts at `address`.
    ///
    /// # Errors
    /// [`MemoryError::Invalid`]; [`MemoryError::NoMemory`] where part of the range is not mapped (what lies before it is changed, as POSIX allows), or a charge fails;
    /// [`MemoryError::Access`], [`MemoryError::TextBusy`].
    #[allow(clippy::too_many_arguments, reason = "a range, how, and a cursor")]
    pub fn protect(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
        address: u64,
        length: u64,
        protection: Protection,
        execute: bool,
        cursor: &mut u64,
    ) -> Result<Step, MemoryError> {
        let end = user_range(address, length)?;
        let mut budget = STEP_PAGES;
        *cursor = (*cursor).max(address);
        while *cursor < end {
            if budget <= REGION_COST {
                return Ok(Step::More);
            }
            budget -= REGION_COST;
            let Some(entry) = self.spaces[space].map.find(*cursor) else {
                return Err(MemoryError::NoMemory);
            };
            let mut region = entry.region;
            let to = entry.end.min(end);
            if self.regions[region].protection != protection {
                self.check_protection(region, protection, execute)?;
                if *cursor > entry.start {
                    region = self.split_region(accounts, region, *cursor)?;
                }
                if to < entry.end {
                    self.split_region(accounts, region, to)?;
                }
                self.promise(accounts, region, protection)?;
                self.count_executable(region, protection);
                self.regions[region].protection = protection;
            }
            // The entries follow the region; a step that ends in between is taken up here again.
            let reached = self.protect_entries(store, accounts, region, *cursor, to, &mut budget);
            *cursor = reached;
            if reached < to {
                return Ok(Step::More);
            }
            self.merge_at(accounts, space, self.regions[region].start);
            self.merge_at(accounts, space, to);
        }
        Ok(Step::Done)
    }

    fn check_protection(
        &self,
        reference: Ref<Region>,
        protection: Protection,
        execute: bool,
    ) -> Result<(), MemoryError> {
        let region = &self.regions[reference];
        if region.highest.contains(protection) {
            return Ok(());
        }
        let wanted = Protection(protection.0 & !Protection::EXECUTE.0);
        if !execute
            || !region.is_private()
            || protection.is_writable_code()
            || !region.highest.contains(wanted)
        {
            return Err(MemoryError::Access);
        }
        // Pages of a file that were not copied yet become code too.
        match region.backing {
            Backing::Memory { memory, .. } if !region.counts_executable => {
                self.check_exclusion(memory, Protection::EXECUTE)
            }
            _ => Ok(()),
        }
    }

    /// Charges a region that becomes accessible (or writable, for private copies) as a whole.
    fn promise(
        &mut self,
        accounts: &mut Accounts,
        reference: Ref<Region>,
        protection: Protection,
    ) -> Result<(), MemoryError> {
        let region = &self.regions[reference];
        let needed = match region.backing {
            Backing::Anonymous => protection != Protection::NONE,
            Backing::Memory { .. } => region.copy && protection.contains(Protection::WRITE),
            Backing::Device { .. } => false,
        };
        if region.reserved || region.no_reserve || !needed {
            return Ok(());
        }
        let (pages, space) = (region.length() / PAGE, region.space);
        if !region.grows_down && !self.spaces[space].may_promise(pages) {
            return Err(MemoryError::NoMemory);
        }
        let account = self.spaces[space].account;
        match charge(accounts, account, pages) {
            Ok(()) => {
                self.spaces[space].committed += pages;
                self.regions[reference].reserved = true;
                Ok(())
            }
            Err(_) if accounts[account].overcommit => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Counts a private mapping of a Memory as executable from the first time that it is.
    fn count_executable(&mut self, reference: Ref<Region>, protection: Protection) {
        let region = &self.regions[reference];
        if protection.contains(Protection::EXECUTE)
            && !region.counts_executable
            && matches!(region.backing, Backing::Memory { .. })
        {
            self.unlink_region(reference);
            self.regions[reference].counts_executable = true;
            self.link_region(reference);
        }
    }

    /// Makes the entries of a range follow its region's protection. Only ever takes rights away; what is missing comes with the next fault. Pages that were
    /// charged one by one lose that mark where the region is reserved now.
    fn protect_entries(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        reference: Ref<Region>,
        start: u64,
        end: u64,
        budget: &mut usize,
    ) -> u64 {
        let region = &self.regions[reference];
        let (space, protection, reserved) = (region.space, region.protection, region.reserved);
        let root = self.spaces[space].root;
        let mut at = start;
        let (mut first, mut last, mut uncharged, mut gone) = (u64::MAX, 0, 0, 0);
        while let Some((address, table)) = page_table::next_table(store, root, at, end) {
            at = address;
            if *budget <= SCAN_COST {
                break;
            }
            *budget -= SCAN_COST;
            let stop = end.min((address & !(TABLE_SPAN - 1)) + TABLE_SPAN);
            while at < stop && *budget > 0 {
                let index = (at / PAGE % 512) as usize;
                let old = store.load_word(table, index);
                if old != 0 {
                    *budget -= 1;
                    let mut new = old;
                    if protection == Protection::NONE {
                        // Private pages are parked, others come back from their backing.
                        new = if old & PRIVATE != 0 {
                            old & !(PRESENT | WRITABLE)
                        } else {
                            0
                        };
                        gone += u64::from(new == 0);
                    } else {
                        if !protection.contains(Protection::WRITE) {
                            new &= !WRITABLE;
                        }
                        if protection.contains(Protection::EXECUTE) {
                            // Adding a right to a page that is there saves a fault.
                            new = if old & UNCACHED == 0 {
                                new & !NO_EXECUTE
                            } else {
                                new
                            };
                        } else {
                            new |= NO_EXECUTE;
                        }
                    }
                    if reserved && old & CHARGED != 0 {
                        new &= !CHARGED;
                        uncharged += 1;
                    }
                    if new != old {
                        store.store_word(table, index, new);
                        first = first.min(at);
                        last = at;
                    }
                }
                at += PAGE;
            }
            if *budget == 0 {
                break;
            }
        }
        if first <= last {
            store.invalidate(root, first, ((last - first) / PAGE) as usize + 1);
        }
        let here = &mut self.spaces[space];
        here.resident -= gone;
        if uncharged > 0 {
            here.committed -= uncharged;
            refund(accounts, here.account, uncharged);
        }
        page_table::next_table(store, root, at, end).map_or(end, |(next, _)| next.min(end))
    }

    /// Drops the private pages of a range, in steps (MADV_DONTNEED). Shared contents are left alone. `cursor` is the address reached; it starts
    /// at 0.
    ///
    /// # Errors
    /// [`MemoryError::Invalid`]; [`MemoryError::NoMemory`] where part of the range is not mapped (what lies before it is dropped).
    #[allow(clippy::too_many_arguments, reason = "a range and a cursor")]
    pub fn drop_pages(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
        address: u64,
        length: u64,
        cursor: &mut u64,
    ) -> Result<Step, MemoryError> {
        let end = user_range(address, length)?;
        *cursor = (*cursor).max(address);
        let mut budget = STEP_PAGES;
        while *cursor < end {
            let Some(entry) = self.spaces[space].map.find(*cursor) else {
                return Err(MemoryError::NoMemory);
            };
            if budget <= REGION_COST {
                return Ok(Step::More);
            }
            budget -= REGION_COST;
            if self.regions[entry.region].locked {
                return Err(MemoryError::Invalid);
            }
            let to = entry.end.min(end);
            *cursor = self.zap(store, accounts, space, *cursor, to, &mut budget);
            if *cursor < to {
                return Ok(Step::More);
            }
        }
        Ok(Step::Done)
    }

    /// Marks a range as locked or not. Making its pages resident is [`Mm::populate`]'s, which the caller uses.
    ///
    /// # Errors
    /// [`MemoryError::Invalid`]; [`MemoryError::NoMemory`] where part of the range is not mapped, or a region cannot be cut.
    pub fn set_locked(
        &mut self,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
        address: u64,
        length: u64,
        locked: bool,
    ) -> Result<Step, MemoryError> {
        let end = user_range(address, length)?;
        let lock_limit = self.spaces[space].lock_limit / PAGE;
        if locked && lock_limit == 0 {
            return Err(MemoryError::NotPermitted);
        }
        // Most that are too many are refused before the first is locked; each region is looked at below.
        if locked && (end - address) / PAGE > lock_limit {
            return Err(MemoryError::NoMemory);
        }
        let mut at = address;
        let mut budget = STEP_PAGES / REGION_COST;
        while at < end {
            let Some(entry) = self.spaces[space].map.find(at) else {
                return Err(MemoryError::NoMemory);
            };
            let mut region = entry.region;
            let to = entry.end.min(end);
            if self.regions[region].locked != locked {
                if budget == 0 {
                    return Ok(Step::More);
                }
                budget -= 1;
                if at > entry.start {
                    region = self.split_region(accounts, region, at)?;
                }
                if to < entry.end {
                    self.split_region(accounts, region, to)?;
                }
                let pages = self.regions[region].length() / PAGE;
                let here = &mut self.spaces[space];
                if !locked {
                    here.locked -= pages;
                } else if here.locked.saturating_add(pages) <= lock_limit {
                    here.locked += pages;
                } else {
                    return Err(MemoryError::NoMemory);
                }
                self.regions[region].locked = locked;
                self.merge_at(accounts, space, at);
            }
            at = to;
        }
        self.merge_at(accounts, space, end);
        Ok(Step::Done)
    }

    /// The region that holds `address`, or the first one above it.
    #[must_use]
    pub fn region_info(
        &self,
        store: &impl FrameStore,
        space: Ref<AddressSpace>,
        address: u64,
    ) -> Option<RegionInfo> {
        let here = &self.spaces[space];
        let entry = here.map.at_or_above(address)?;
        let region = &self.regions[entry.region];
        let (memory, offset, device) = match region.backing {
            Backing::Anonymous => (0, 0, 0),
            Backing::Memory { memory, offset } => (
                u64::from(memory.generation()) << 32 | (u64::from(memory.index()) + 1),
                offset,
                0,
            ),
            Backing::Device { offset, .. } => (0, offset, 1),
        };
        let mut resident = 0;
        let mut at = region.start;
        for _ in 0..STEP_PAGES / SCAN_COST {
            let Some((found, table)) = page_table::next_table(store, here.root, at, region.end) else {
                break;
            };
            let stop = region.end.min((found & !(TABLE_SPAN - 1)) + TABLE_SPAN);
            at = found;
            while at < stop {
                resident += u64::from(store.load_word(table, (at / PAGE % 512) as usize) != 0);
                at += PAGE;
            }
        }
        Some(RegionInfo {
            address: region.start,
            length: region.length(),
            protection: region.protection,
            highest: region.highest,
            flags: u64::from(region.is_private())
                | u64::from(!region.reserved) << 1
                | u64::from(region.locked) << 2
                | u64::from(region.grows_down) << 3
                | device << 4,
            memory,
            offset,
            resident,
        })
    }

    /// Whether the page of `address` is there, for `mincore`. `None` if nothing is mapped there.
    #[must_use]
    pub fn is_resident(
        &self,
        store: &impl FrameStore,
        space: Ref<AddressSpace>,
        address: u64,
    ) -> Option<bool> {
        let here = &self.spaces[space];
        let entry = here.map.find(address)?;
        if page_table::load(store, here.root, address) != 0 {
            return Some(true);
        }
        let region = &self.regions[entry.region];
        let Backing::Memory { memory, offset } = region.backing else {
            return Some(false);
        };
        let page = (offset + (address - region.start)) / PAGE;
        Some(matches!(
            self.memories[memory].page(store, page),
            super::memory::Page::Frame(..)
        ))
    }
}
