//! Taking an address space apart: one sweep upwards over its regions and page tables, in steps.
//!
//! Nobody looks into a dying space: it has no threads, and no handle names it. So its root is unloaded first, which makes every translation void at
//! once, and no table is searched for what it still holds: what no region covers is empty, and a table goes when the sweep has left the addresses
//! that it maps.

use super::page_table::{self, CHARGED, PRIVATE, frame_of};
use super::space::{AddressSpace, REGION_COST, SCAN_COST, SPACE_BYTES};
use super::{Mm, PAGE, Reaped, STEP_PAGES, refund, refund_bytes};
use crate::account::Accounts;
use crate::arena::Ref;
use crate::machine::{Frame, FrameStore};

impl Mm {
    /// One step of taking a space apart.
    pub(super) fn reap_space(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
    ) -> Reaped {
        let root = self.spaces[space].root;
        store.unload_root(root);
        let mut budget = STEP_PAGES;
        let mut at = 0;
        while let Some(entry) = self.spaces[space].map.first() {
            at = entry.start.max(at);
            let Some((address, table)) = page_table::next_table(store, root, at, entry.end) else {
                self.spaces[space].map.take_first();
                self.drop_region(accounts, entry.region);
                budget = budget.saturating_sub(REGION_COST);
                if budget == 0 {
                    return Reaped::Some;
                }
                continue;
            };
            self.leave_tables(store, accounts, space, address);
            if budget <= SCAN_COST {
                if at > entry.start {
                    self.shrink_front(accounts, entry.region, at - entry.start);
                }
                return Reaped::Some;
            }
            budget -= SCAN_COST;
            at = self.release_entries(store, accounts, space, table, address..entry.end, &mut budget);
        }
        self.leave_tables(store, accounts, space, u64::MAX);
        self.dying_spaces = self.spaces[space].next_dying;
        let Some(gone) = self.spaces.remove(space) else {
            return Reaped::Some;
        };
        debug_assert_eq!(
            (gone.mapped, gone.resident, gone.committed, gone.tables),
            (0, 0, 0, 1)
        );
        store.release_root(gone.root);
        refund(accounts, gone.account, gone.tables);
        refund_bytes(accounts, gone.account, SPACE_BYTES);
        Reaped::Object(gone.account)
    }

    /// Gives up the pages of a range as far as this last-level table and the budget go; answers the address reached.
    fn release_entries(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
        table: Frame,
        range: core::ops::Range<u64>,
        budget: &mut usize,
    ) -> u64 {
        let space = &mut self.spaces[space];
        space.swept = range.start;
        let end = range.end.min(page_table::end_of_table(range.start, 1));
        let mut at = range.start;
        let (mut resident, mut charged) = (0, 0);
        while let Some(found) = page_table::next_entry(store, table, at, end) {
            at = found;
            if *budget == 0 {
                break;
            }
            // What lies together is taken without another search.
            while at < end && *budget > 0 {
                let index = page_table::index_in_table(at);
                let entry = store.load_word(table, index);
                if entry == 0 {
                    break;
                }
                store.store_word(table, index, 0);
                if entry & PRIVATE != 0 {
                    store.release(frame_of(entry));
                }
                charged += u64::from(entry & CHARGED != 0);
                resident += 1;
                *budget -= 1;
                at += PAGE;
            }
        }
        if *budget > 0 {
            at = end;
        }
        space.resident -= resident;
        space.committed -= charged;
        refund(accounts, space.account, charged);
        at
    }

    /// Frees the tables in which the sweep was last and that map nothing from `next` on.
    fn leave_tables(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
        next: u64,
    ) {
        let space = &mut self.spaces[space];
        if space.swept == 0 || next < page_table::end_of_table(space.swept, 1) {
            return;
        }
        let mut freed = 0;
        for level in (1..=3).rev() {
            if page_table::end_of_table(space.swept, level) <= next {
                freed += page_table::release_tables(store, space.root, space.swept, level);
                break;
            }
        }
        space.tables -= freed;
        refund(accounts, space.account, freed);
    }
}
