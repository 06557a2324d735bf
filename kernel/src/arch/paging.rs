//! The kernel's half of the address space: image, direct map, stacks. Built once; every top-level table copies its entries.
//!
//! All top-level entries of the kernel's half exist from the start, so that a copy never goes stale.
#![allow(unsafe_code)]

use super::layout::{ALL_STACKS, DIRECT_MAP, DIRECT_MAP_MINIMUM, KERNEL_BASE, STACKS, STACKS_STRIDE};
use core::ptr;
use core::sync::atomic::{AtomicU64, Ordering};
use trivet_kernel::boot::memory_map::RangeSet;
use trivet_kernel::machine::PAGE_SIZE;

const PRESENT: u64 = 1;
const WRITABLE: u64 = 1 << 1;
const UNCACHED: u64 = 1 << 3 | 1 << 4;
const ACCESSED_DIRTY: u64 = 1 << 5 | 1 << 6;
const LARGE: u64 = 1 << 7;
const GLOBAL: u64 = 1 << 8;
const NO_EXECUTE: u64 = 1 << 63;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;

const LARGE_PAGE: u64 = 1 << 21;

unsafe extern "C" {
    static text_start: u8;
    static text_end: u8;
    static rodata_end: u8;
    static image_end: u8;
}

/// First and last (exclusive) physical address of the kernel's image with its bss.
pub fn image() -> (u64, u64) {
    (0x10_0000, (&raw const image_end) as u64 - KERNEL_BASE)
}

/// The top-level table that the kernel itself uses: only its half, nothing of a user.
static KERNEL_ROOT: AtomicU64 = AtomicU64::new(0);

/// Physical address of the kernel's own top-level table.
pub fn kernel_root() -> u64 {
    KERNEL_ROOT.load(Ordering::Relaxed)
}

/// Address of a physical address in the direct map.
#[inline]
pub fn direct(physical: u64) -> *mut u8 {
    ptr::with_exposed_provenance_mut((DIRECT_MAP + physical) as usize)
}

/// Pages for tables during the boot, zeroed, from the free ranges of the memory map.
pub struct TableSource<'a> {
    /// Free memory; what is taken is removed.
    pub free: &'a mut RangeSet,
    /// Memory below this is in the direct map already.
    pub limit: u64,
}

impl TableSource<'_> {
    fn table(&mut self) -> u64 {
        let table = self.free.take(PAGE_SIZE as u64, PAGE_SIZE as u64, self.limit);
        let Some(table) = table else {
            panic!("no memory for page tables")
        };
        // SAFETY: a free page of memory inside the direct map, which nobody else knows.
        unsafe { ptr::write_bytes(direct(table), 0, PAGE_SIZE) };
        table
    }

    /// The entry for `address` at `level` (1: 4 KiB pages, 2: 2 MiB pages), with the tables above it.
    fn entry(&mut self, root: u64, address: u64, level: u32) -> *mut u64 {
        let mut table = root;
        let mut at = 4;
        loop {
            let index = address >> (12 + 9 * (at - 1)) & 511;
            // SAFETY: `table` is a page table in the direct map; the index is below 512.
            let entry = unsafe { direct(table).cast::<u64>().add(index as usize) };
            if at == level {
                return entry;
            }
            // SAFETY: as above; nobody else touches these tables.
            unsafe {
                if *entry & PRESENT == 0 {
                    *entry = self.table() | PRESENT | WRITABLE;
                }
                table = *entry & ADDRESS;
            }
            at -= 1;
        }
    }

    fn map(&mut self, root: u64, address: u64, level: u32, entry: u64) {
        let place = self.entry(root, address, level);
        // SAFETY: an entry of a table that this code builds.
        unsafe { *place = entry | PRESENT | ACCESSED_DIRTY | GLOBAL };
    }
}

/// Builds the kernel's half and returns its top-level table. `memory` is all memory of the machine; the boot tables are loaded.
pub fn build(memory: &RangeSet, source: &mut TableSource<'_>) -> u64 {
    let root = source.table();
    // Every top-level entry of the upper half that will ever be used.
    let direct_end = memory.end().max(DIRECT_MAP_MINIMUM).next_multiple_of(LARGE_PAGE);
    let mut physical = 0;
    while physical < direct_end {
        let cached = memory.touches(physical, physical + LARGE_PAGE);
        let kind = if cached { 0 } else { UNCACHED };
        source.map(
            root,
            DIRECT_MAP + physical,
            2,
            physical | WRITABLE | LARGE | NO_EXECUTE | kind,
        );
        physical += LARGE_PAGE;
    }
    let bounds = [
        &raw const text_start,
        &raw const text_end,
        &raw const rodata_end,
        &raw const image_end,
    ];
    let [code, constants, data, end] = bounds.map(|bound| bound as u64);
    for (from, to, flags) in [
        (code, constants, 0),
        (constants, data, NO_EXECUTE),
        (data, end, WRITABLE | NO_EXECUTE),
    ] {
        for address in (from..to).step_by(PAGE_SIZE) {
            source.map(root, address, 1, (address - KERNEL_BASE) | flags);
        }
    }
    // The tables for the stacks of all processors share one top-level entry, which exists now.
    source.entry(root, STACKS, 1);
    KERNEL_ROOT.store(root, Ordering::Relaxed);
    root
}

/// Maps the stacks of one processor. The kernel's root is built; later roots share the tables below its entries.
pub fn map_stacks(cpu: usize, source: &mut TableSource<'_>) {
    for stack in ALL_STACKS {
        for offset in (stack.offset..stack.offset + stack.length).step_by(PAGE_SIZE) {
            let page = source.table();
            let address = STACKS + cpu as u64 * STACKS_STRIDE + offset;
            source.map(kernel_root(), address, 1, page | WRITABLE | NO_EXECUTE);
        }
    }
}

/// Makes a page a top-level table without user mappings.
pub fn initialize_root(page: u64) {
    // SAFETY: both are pages of the direct map; the new one belongs to the caller, and the kernel's root never changes any more.
    unsafe {
        let target = direct(page).cast::<u64>();
        ptr::write_bytes(target, 0, 256);
        ptr::copy_nonoverlapping(direct(kernel_root()).cast::<u64>().add(256), target.add(256), 256);
    }
}
