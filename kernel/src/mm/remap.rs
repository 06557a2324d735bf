//! Moving and resizing mappings (mremap): page-table entries move, pages are not copied.

use super::map::{Mapped, flags};
use super::page_table::{self, TABLE_SPAN};
use super::space::{AddressSpace, Backing, REGION_BYTES, Region, SCAN_COST, user_range};
use super::{MemoryError, Mm, PAGE, STEP_PAGES, Step, charge, charge_bytes, refund, refund_bytes};
use crate::account::Accounts;
use crate::arena::Ref;
use crate::machine::FrameStore;

/// A wish of mremap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remap {
    /// Where the mapping is.
    pub address: u64,
    /// Its bytes.
    pub length: u64,
    /// The bytes that it shall have.
    pub new_length: u64,
    /// With FIXED: where it shall be.
    pub new_address: u64,
    /// FIXED or nothing.
    pub flags: u64,
    /// Another place is welcome.
    pub may_move: bool,
}

impl Mm {
    /// Moves or resizes the mapping of a range that lies within one region, in steps. Answers where it is.
    ///
    /// # Errors
    /// [`MemoryError::Invalid`], [`MemoryError::NoMemory`] (no room in place, or nothing to pay with); [`MemoryError::Access`] where several regions, or none, are in the range.
    pub fn remap(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
        wish: Remap,
    ) -> Result<Mapped, MemoryError> {
        let end = user_range(wish.address, wish.length)?;
        let new_length = wish
            .new_length
            .checked_next_multiple_of(PAGE)
            .ok_or(MemoryError::Invalid)?;
        if new_length == 0 || wish.flags & !flags::FIXED != 0 {
            return Err(MemoryError::Invalid);
        }
        let fixed = wish.flags & flags::FIXED != 0;
        let length = end - wish.address;
        if fixed {
            let new_end = user_range(wish.new_address, new_length)?;
            if wish.new_address < end && wish.address < new_end || !wish.may_move {
                return Err(MemoryError::Invalid);
            }
        }
        let kept = length.min(new_length);
        let Some(entry) = self.spaces[space].map.find(wish.address) else {
            return Err(MemoryError::Access);
        };
        if entry.end < wish.address + kept
            || matches!(self.regions[entry.region].backing, Backing::Device { .. })
        {
            return Err(MemoryError::Access);
        }
        if new_length < length {
            if self.unmap(
                store,
                accounts,
                space,
                wish.address + new_length,
                length - new_length,
            )? == Step::More
            {
                return Ok(Mapped::More);
            }
            if !fixed {
                return Ok(Mapped::At(wish.address));
            }
        }
        if !fixed {
            if new_length == length {
                return Ok(Mapped::At(wish.address));
            }
            if entry.end == end && self.extend(accounts, entry.region, new_length - length)? {
                return Ok(Mapped::At(wish.address));
            }
            if !wish.may_move {
                return Err(MemoryError::NoMemory);
            }
        } else if self.unmap(store, accounts, space, wish.new_address, new_length)? == Step::More {
            return Ok(Mapped::More);
        }
        self.move_mapping(
            store,
            accounts,
            space,
            wish.address,
            kept,
            new_length,
            fixed.then_some(wish.new_address),
        )
    }

    /// Makes a region longer in place, if there is room. False: there is none.
    fn extend(
        &mut self,
        accounts: &mut Accounts,
        reference: Ref<Region>,
        more: u64,
    ) -> Result<bool, MemoryError> {
        let region = &self.regions[reference];
        let (space, start, end) = (region.space, region.start, region.end);
        let new_end = end.checked_add(more).ok_or(MemoryError::NoMemory)?;
        let here = &self.spaces[space];
        if user_range(start, new_end - start).is_err() || !here.map.is_free(end, new_end) {
            return Ok(false);
        }
        if here.mapped.saturating_add(more / PAGE) > here.limit / PAGE {
            return Err(MemoryError::NoMemory);
        }
        let locked = if region.locked { more / PAGE } else { 0 };
        if locked != 0 && here.locked.saturating_add(locked) > here.lock_limit / PAGE {
            return Err(MemoryError::Again);
        }
        if region.reserved {
            if !region.grows_down && !here.may_promise(more / PAGE) {
                return Err(MemoryError::NoMemory);
            }
            charge(accounts, here.account, more / PAGE)?;
            self.spaces[space].committed += more / PAGE;
        }
        self.regions[reference].end = new_end;
        let here = &mut self.spaces[space];
        here.mapped += more / PAGE;
        here.locked += locked;
        here.map.change_bounds(start, start, new_end);
        self.merge_at(accounts, space, new_end);
        Ok(true)
    }

    /// Moves `kept` bytes from `from` on to a place of `new_length` bytes. The region moves at once, in one piece; its entries are moved here if one
    /// step is enough, and else dropped where they can come back by themselves, or refused where they cannot.
    #[allow(clippy::too_many_arguments, reason = "where from, where to, how much")]
    fn move_mapping(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
        from: u64,
        kept: u64,
        new_length: u64,
        place: Option<u64>,
    ) -> Result<Mapped, MemoryError> {
        let to = match place {
            Some(place) => place,
            None => self.find_place(space, 0, new_length, false)?,
        };
        // The range becomes a region of its own.
        let Some(mut found) = self.spaces[space].map.find(from) else {
            return Err(MemoryError::Access);
        };
        if found.start < from {
            self.split_region(accounts, found.region, from)?;
            found = self.spaces[space].map.find(from).ok_or(MemoryError::Access)?;
        }
        if found.end > from + kept {
            self.split_region(accounts, found.region, from + kept)?;
        }
        let old = found.region;
        let (reserved, backing) = (self.regions[old].reserved, self.regions[old].backing);
        let here = &self.spaces[space];
        let account = here.account;
        let more = (new_length - kept) / PAGE;
        if here.mapped.saturating_add(more) > here.limit / PAGE {
            return Err(MemoryError::NoMemory);
        }
        if reserved && !here.may_promise(more) {
            return Err(MemoryError::NoMemory);
        }
        charge_bytes(accounts, account, REGION_BYTES)?;
        let extra = if reserved { new_length / PAGE } else { 0 };
        if let Err(error) = charge(accounts, account, extra) {
            refund_bytes(accounts, account, REGION_BYTES);
            return Err(error);
        }
        let mut region = self.regions[old].clone();
        (region.start, region.end) = (to, to + new_length);
        (region.next, region.previous) = (None, None);
        let new = match self.add_region(region) {
            Ok(new) => new,
            Err(error) => {
                refund(accounts, account, extra);
                refund_bytes(accounts, account, REGION_BYTES);
                return Err(error);
            }
        };
        self.spaces[space].committed += extra;
        match backing {
            Backing::Memory { memory, .. } => self.memories.acquire(memory),
            Backing::Anonymous | Backing::Device { .. } => {}
        }
        // The entries go over front to back; what is left of the old region shrinks with them.
        let mut budget = STEP_PAGES;
        let mut moved = 0;
        while moved < kept {
            match self.move_entries(
                store,
                accounts,
                space,
                from + moved,
                to + moved,
                kept - moved,
                &mut budget,
            ) {
                Ok(bytes) => moved += bytes,
                Err(error) => {
                    self.undo_move(store, accounts, space, from, to, moved);
                    self.remove_region(accounts, new);
                    return Err(error);
                }
            }
            // A move cannot be seen half done, so it is one entry's work however long it takes: its length is bounded
            // by what the account could pay for, and mremap of large mappings is rare.
            budget = STEP_PAGES;
        }
        store.invalidate(self.spaces[space].root, from, (kept / PAGE) as usize);
        self.remove_region(accounts, old);
        self.free_unused_tables(store, accounts, space, from, from + kept);
        self.merge_at(accounts, space, to);
        self.merge_at(accounts, space, to + new_length);
        Ok(Mapped::At(to))
    }

    /// Moves entries of up to one table; answers the bytes that are done.
    #[allow(clippy::too_many_arguments, reason = "where from, where to, how much")]
    fn move_entries(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
        from: u64,
        to: u64,
        length: u64,
        budget: &mut usize,
    ) -> Result<u64, MemoryError> {
        let root = self.spaces[space].root;
        let Some((at, table)) = page_table::next_table(store, root, from, from + length) else {
            return Ok(length);
        };
        *budget = budget.saturating_sub(SCAN_COST);
        let stop = (from + length).min((at & !(TABLE_SPAN - 1)) + TABLE_SPAN);
        let mut here = at;
        while here < stop {
            let index = (here / PAGE % 512) as usize;
            let entry = store.load_word(table, index);
            if entry != 0 {
                let slot = self.make_slot(store, accounts, space, to + (here - from))?;
                store.store_word(table, index, 0);
                store.store_word(slot.table, slot.index, entry);
            }
            here += PAGE;
        }
        Ok(stop - from)
    }

    /// Moves entries back after a failure: their old tables still exist, so this cannot fail.
    fn undo_move(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
        from: u64,
        to: u64,
        moved: u64,
    ) {
        let root = self.spaces[space].root;
        // The table that failed may have been moved in part.
        let end = moved + TABLE_SPAN;
        let mut at = 0;
        while let Some((address, table)) = page_table::next_table(store, root, to + at, to + end) {
            at = address - to;
            let index = (address / PAGE % 512) as usize;
            let entry = store.load_word(table, index);
            if entry != 0
                && let Some(slot) = page_table::find(store, root, from + at)
            {
                store.store_word(table, index, 0);
                store.store_word(slot.table, slot.index, entry);
            }
            at += PAGE;
        }
        store.invalidate(root, to, (end / PAGE) as usize);
        self.free_unused_tables(store, accounts, space, to, to + end);
    }
}
