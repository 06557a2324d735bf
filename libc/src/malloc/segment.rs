//! Segments and pages: where blocks lie, and how a block's page is found from its address.
//!
//! A segment is 4 MiB of address space at a multiple of 4 MiB, in 64 slices of 64 KiB. The first slice holds the
//! descriptions of the pages; a page is one slice of equal small blocks, or several slices with one large block.
//! A block beyond a segment's size has a segment to itself, and may begin where the next segment would.

use super::heap::Heap;
use core::cell::Cell;
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// Bytes of a segment, and its alignment.
pub const SEGMENT_SIZE: usize = 4 << 20;
/// Bytes of a slice.
pub const SLICE_SIZE: usize = 64 << 10;
/// Slices of a segment, the first one included.
pub const SLICES: usize = SEGMENT_SIZE / SLICE_SIZE;

/// What a page is used for: not at all.
pub const FREE: u8 = 0;
/// Blocks of one size class.
pub const SMALL: u8 = 1;
/// One block in whole slices.
pub const LARGE: u8 = 2;
/// One block in a segment of its own.
pub const HUGE: u8 = 3;
/// Part of the large block that began in an earlier slice.
pub const PART: u8 = 4;

/// A free block: link (mangled) and mark.
#[repr(C)]
pub struct Block {
    /// The next free block, mangled.
    pub next: Cell<usize>,
    /// `secret ^ address` while the block is free.
    pub mark: Cell<usize>,
}

/// The description of a page.
#[repr(C, align(64))]
pub struct Page {
    /// The owner's free blocks.
    pub free: Cell<*mut Block>,
    /// Blocks in use, those on the owner's remote list included.
    pub used: AtomicU32,
    /// Blocks that were ever handed out or put on the free list; behind them is fresh memory.
    pub carved: Cell<u32>,
    /// Blocks that fit.
    pub capacity: Cell<u32>,
    /// 2^32 / block size, rounded up: to divide by multiplying.
    pub reciprocal: Cell<u32>,
    /// A block's size; of large ones what the slices hold.
    pub block_size: Cell<usize>,
    /// Where the first block begins.
    pub start: Cell<*mut u8>,
    /// The heap that allocates here; null for large blocks.
    pub owner: AtomicPtr<Heap>,
    /// `FREE`, `SMALL`, `LARGE`, `HUGE` or `PART`.
    pub kind: Cell<u8>,
    /// The size class.
    pub class: Cell<u8>,
    /// Whether the page is in its heap's list of pages that have blocks to give.
    pub listed: Cell<bool>,
    /// Slices of a large block; of a part: how many slices before this one the block begins.
    pub slices: Cell<u32>,
    /// Whether a large block's memory has never been used.
    pub zeroed: Cell<bool>,
    /// Neighbours in the heap's list.
    pub next: Cell<*mut Page>,
    /// Neighbours in the heap's list.
    pub previous: Cell<*mut Page>,
    /// Neighbours among all pages of the heap.
    pub all_next: Cell<*mut Page>,
    /// Neighbours among all pages of the heap.
    pub all_previous: Cell<*mut Page>,
}

/// The head of a segment.
#[repr(C, align(64))]
pub struct Segment {
    /// `secret ^ address`: a segment of this allocator.
    pub cookie: Cell<usize>,
    /// Slices in use, bit 0 for the first.
    pub used: Cell<u64>,
    /// Slices whose memory is promised.
    pub committed: Cell<u64>,
    /// Slices whose memory has been written since it was promised.
    pub dirty: Cell<u64>,
    /// Neighbours in the list of segments.
    pub next: Cell<*mut Segment>,
    /// Neighbours in the list of segments.
    pub previous: Cell<*mut Segment>,
    /// The mapping, of a huge block.
    pub mapping: Cell<*mut u8>,
    /// Bytes mapped, of a huge block.
    pub mapping_length: Cell<usize>,
    /// The pages by their first slice; the last one for a block that begins where the next segment would.
    pub pages: [Page; SLICES + 1],
}

/// Bytes of the head that have to be in memory.
pub const HEAD_SIZE: usize = size_of::<Segment>().next_multiple_of(crate::seam::PAGE_SIZE);

const _: () = assert!(HEAD_SIZE <= SLICE_SIZE);

impl Segment {
    /// The segment of a block. The block's first byte may lie just behind it.
    #[inline(always)]
    pub fn of(block: *mut u8) -> *mut Segment {
        block
            .map_addr(|address| address.wrapping_sub(1) & !(SEGMENT_SIZE - 1))
            .cast()
    }

    /// The page of a block in this segment.
    ///
    /// # Safety
    /// `segment` is a segment of this allocator, `block` an address in it.
    #[inline(always)]
    pub unsafe fn page(segment: *mut Segment, block: *mut u8) -> *mut Page {
        let slice = (block.addr() - segment.addr()) / SLICE_SIZE;
        // SAFETY: the slice's number is at most SLICES.
        unsafe { (&raw mut (*segment).pages).cast::<Page>().add(slice) }
    }

    /// Where a slice begins.
    pub fn slice(segment: *mut Segment, index: usize) -> *mut u8 {
        segment.cast::<u8>().wrapping_add(index * SLICE_SIZE)
    }
}

impl Page {
    /// A page without blocks, for heaps that have none yet.
    pub const fn empty() -> Page {
        Page {
            free: Cell::new(ptr::null_mut()),
            used: AtomicU32::new(0),
            carved: Cell::new(0),
            capacity: Cell::new(0),
            reciprocal: Cell::new(0),
            block_size: Cell::new(0),
            start: Cell::new(ptr::null_mut()),
            owner: AtomicPtr::new(ptr::null_mut()),
            kind: Cell::new(FREE),
            class: Cell::new(0),
            listed: Cell::new(false),
            slices: Cell::new(0),
            zeroed: Cell::new(false),
            next: Cell::new(ptr::null_mut()),
            previous: Cell::new(ptr::null_mut()),
            all_next: Cell::new(ptr::null_mut()),
            all_previous: Cell::new(ptr::null_mut()),
        }
    }

    /// Whether `block` is the start of one that has been handed out.
    #[inline(always)]
    pub fn is_block(&self, block: *mut u8) -> bool {
        let offset = block.addr().wrapping_sub(self.start.get().addr());
        let index = (offset as u64).wrapping_mul(self.reciprocal.get().into()) >> 32;
        offset < SLICE_SIZE
            && index * self.block_size.get() as u64 == offset as u64
            && (index as u32) < self.carved.get()
    }

    /// Sets the page up for small blocks.
    pub fn make_small(&self, class: usize, start: *mut u8, owner: *mut Heap) {
        let size = super::class::size(class);
        self.free.set(ptr::null_mut());
        self.used.store(0, Ordering::Relaxed);
        self.carved.set(0);
        self.capacity.set((SLICE_SIZE / size) as u32);
        self.reciprocal.set((1u64 << 32).div_ceil(size as u64) as u32);
        self.block_size.set(size);
        self.start.set(start);
        self.owner.store(owner, Ordering::Release);
        self.class.set(class as u8);
        self.listed.set(false);
        self.slices.set(1);
        self.kind.set(SMALL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_starts_of_blocks_are_blocks() {
        let memory = ptr::without_provenance_mut::<u8>(0x7f00_0001_0000);
        for class in 0..super::super::class::COUNT {
            let page = Page::empty();
            page.make_small(class, memory, ptr::null_mut());
            page.carved.set(page.capacity.get());
            let size = page.block_size.get();
            for offset in 0..SLICE_SIZE + 100 {
                let whole = offset % size == 0 && offset / size < page.capacity.get() as usize;
                assert_eq!(
                    page.is_block(memory.wrapping_add(offset)),
                    whole,
                    "class {class} offset {offset}"
                );
            }
            assert!(!page.is_block(memory.wrapping_sub(size)));
        }
    }
}
