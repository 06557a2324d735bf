//! fork: a copy of an address space, copy-on-write, in steps. The parent's threads stand still meanwhile.
//!
//! Private pages are shared by both tables, read-only on both sides, and counted; the next write copies. Shared mappings are mapped again,
//! their pages come with the first touch. Device registers are never inherited.

use super::page_table::{self, CHARGED, PRESENT, PRIVATE, TABLE_SPAN, WRITABLE, frame_of};
use super::space::{AddressSpace, Backing, REGION_BYTES, REGION_COST, SCAN_COST};
use super::{MemoryError, Mm, PAGE, STEP_PAGES, Step, charge, charge_bytes, refund, refund_bytes};
use crate::account::Accounts;
use crate::arena::Ref;
use crate::machine::FrameStore;

impl Mm {
    /// One step of copying `parent` into `child`, an empty space made by [`Mm::create_space`]. `cursor` is the address reached; it starts at 0. After an
    /// error the caller releases the child, which takes back all that was done.
    ///
    /// # Errors
    /// [`MemoryError::NoMemory`].
    pub fn clone_step(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        parent: Ref<AddressSpace>,
        child: Ref<AddressSpace>,
        cursor: &mut u64,
    ) -> Result<Step, MemoryError> {
        if *cursor == 0 {
            let model = &self.spaces[parent];
            let copied = (model.top, model.limit, model.data_limit, model.lock_limit);
            let child = &mut self.spaces[child];
            (child.top, child.limit, child.data_limit, child.lock_limit) = copied;
        }
        let mut budget = STEP_PAGES;
        while let Some(entry) = self.spaces[parent].map.at_or_above(*cursor) {
            if budget <= REGION_COST {
                return Ok(Step::More);
            }
            budget -= REGION_COST;
            let region = &self.regions[entry.region];
            if matches!(region.backing, Backing::Device { .. }) {
                *cursor = entry.end;
                continue;
            }
            let private = region.is_private();
            *cursor = (*cursor).max(entry.start);
            if self.spaces[child].map.find(entry.start).is_none() {
                self.clone_region(accounts, entry.region, child)?;
            }
            if private {
                let reached =
                    self.clone_entries(store, accounts, parent, child, *cursor, entry.end, &mut budget)?;
                *cursor = reached;
                if reached < entry.end {
                    return Ok(Step::More);
                }
            }
            *cursor = entry.end;
        }
        Ok(Step::Done)
    }

    fn clone_region(
        &mut self,
        accounts: &mut Accounts,
        reference: Ref<super::Region>,
        child: Ref<AddressSpace>,
    ) -> Result<(), MemoryError> {
        let mut region = self.regions[reference].clone();
        region.space = child;
        region.locked = false;
        (region.next, region.previous) = (None, None);
        let account = self.spaces[child].account;
        let pages = if region.reserved {
            region.length() / PAGE
        } else {
            0
        };
        let backing = region.backing;
        charge_bytes(accounts, account, REGION_BYTES)?;
        if let Err(error) = charge(accounts, account, pages) {
            refund_bytes(accounts, account, REGION_BYTES);
            return Err(error);
        }
        if let Err(error) = self.add_region(region) {
            refund(accounts, account, pages);
            refund_bytes(accounts, account, REGION_BYTES);
            return Err(error);
        }
        self.spaces[child].committed += pages;
        if let Backing::Memory { memory, .. } = backing {
            self.memories.acquire(memory);
        }
        Ok(())
    }

    /// Shares the entries of a private range; answers the address reached.
    #[allow(clippy::too_many_arguments, reason = "two spaces, a range, a budget")]
    fn clone_entries(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        parent: Ref<AddressSpace>,
        child: Ref<AddressSpace>,
        start: u64,
        end: u64,
        budget: &mut usize,
    ) -> Result<u64, MemoryError> {
        let root = self.spaces[parent].root;
        let mut at = start;
        let (mut first, mut last) = (u64::MAX, 0);
        let mut result = Ok(());
        'tables: while let Some((address, table)) = page_table::next_table(store, root, at, end) {
            at = address;
            if *budget <= SCAN_COST {
                break;
            }
            *budget -= SCAN_COST;
            let stop = end.min((address & !(TABLE_SPAN - 1)) + TABLE_SPAN);
            let target = match self.make_slot(store, accounts, child, address & !(TABLE_SPAN - 1)) {
                Ok(slot) => slot.table,
                Err(error) => {
                    result = Err(error);
                    break;
                }
            };
            while *budget > 0 {
                let Some(found) = page_table::next_entry(store, table, at, stop) else {
                    at = stop;
                    break;
                };
                let index = page_table::index_in_table(found);
                let entry = store.load_word(table, index);
                *budget -= 1;
                if entry & CHARGED != 0 {
                    let here = &mut self.spaces[child];
                    if let Err(error) = charge(accounts, here.account, 1) {
                        result = Err(error);
                        break 'tables;
                    }
                    here.committed += 1;
                }
                self.spaces[child].resident += 1;
                if entry & PRIVATE != 0 {
                    store.share(frame_of(entry));
                }
                let shared = entry & !WRITABLE;
                if shared != entry {
                    store.store_word(table, index, shared);
                    if entry & PRESENT != 0 {
                        first = first.min(found);
                        last = found;
                    }
                }
                store.store_word(target, index, shared);
                at = found + PAGE;
            }
            if *budget == 0 {
                break;
            }
        }
        if first <= last {
            store.invalidate(root, first, ((last - first) / PAGE) as usize + 1);
        }
        result?;
        Ok(page_table::next_table(store, root, at, end).map_or(end, |(next, _)| next.min(end)))
    }
}
