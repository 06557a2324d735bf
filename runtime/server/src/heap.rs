//! The allocator of native servers: size classes over chunks that the kernel maps; large blocks are mappings of their own.
//!
//! A server installs it by `#[global_allocator] static HEAP: Heap = Heap::new();`. Each class keeps a list of free
//! blocks, so allocating and freeing take a few instructions; memory of small blocks is used again, not returned. The
//! lock is taken once for each call and is never contended in a server with one thread.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr::{NonNull, null_mut};
use core::sync::atomic::{AtomicBool, Ordering};

use trivet_abi::PAGE_SIZE;

/// Where whole pages come from.
pub trait Pages {
    /// Maps zeroed memory of a multiple of the page's size.
    fn map(&self, length: usize) -> Option<NonNull<u8>>;
    /// Gives such memory back.
    ///
    /// # Safety
    /// `address` and `length` are those of one mapping of this source, which nobody uses any more.
    unsafe fn unmap(&self, address: NonNull<u8>, length: usize);
}

/// Pages of this process's address space.
#[derive(Debug, Default)]
pub struct KernelPages;

impl Pages for KernelPages {
    fn map(&self, length: usize) -> Option<NonNull<u8>> {
        use trivet_ipc::shared::{MapFlags, Protection};
        let space = trivet_abi::handle::Handle::ADDRESS_SPACE;
        let protection = Protection::READ | Protection::WRITE;
        let address =
            trivet_ipc::address_space::map_anonymous(space, 0, length as u64, protection, MapFlags::EMPTY)
                .ok()?;
        NonNull::new(core::ptr::with_exposed_provenance_mut(
            usize::try_from(address).ok()?,
        ))
    }

    unsafe fn unmap(&self, address: NonNull<u8>, length: usize) {
        let space = trivet_abi::handle::Handle::ADDRESS_SPACE;
        // Where it fails the memory stays mapped, and is lost to this process only.
        let _ = trivet_ipc::address_space::unmap(space, address.addr().get() as u64, length as u64);
    }
}

/// Bytes that one chunk of small blocks has.
const CHUNK: usize = 64 * PAGE_SIZE;
/// The largest small block. Larger ones are mappings of their own.
const LARGEST_CLASS: usize = 32 * 1024;
/// The smallest block and its alignment.
const SMALLEST_CLASS: usize = 16;
/// Classes: 16, 32, 48, 64, then four for each doubling.
const CLASSES: usize = 4 + 4 * 9;

/// The class that holds `size` bytes, and its block size.
fn class_of(size: usize) -> (usize, usize) {
    let size = size.max(1);
    if size <= 64 {
        let class = (size - 1) / SMALLEST_CLASS;
        return (class, (class + 1) * SMALLEST_CLASS);
    }
    // `size` lies in (2^power, 2^(power + 1)], which has four classes.
    let power = (size - 1).ilog2() as usize;
    let step = 1 << (power - 2);
    let quarter = (size - 1 - (1 << power)) / step;
    (4 + (power - 6) * 4 + quarter, (1 << power) + (quarter + 1) * step)
}

/// A free block, in its own memory.
struct Free {
    next: *mut Free,
}

struct State {
    free: [*mut Free; CLASSES],
    /// The part of the newest chunk that was never handed out.
    fresh: *mut u8,
    fresh_left: usize,
}

/// The allocator. `P` is where pages come from.
pub struct Heap<P = KernelPages> {
    locked: AtomicBool,
    state: UnsafeCell<State>,
    pages: P,
}

// SAFETY: the state is touched only while `locked` is held.
unsafe impl<P: Sync> Sync for Heap<P> {}
// SAFETY: the raw pointers in the state name memory that belongs to the heap alone.
unsafe impl<P: Send> Send for Heap<P> {}

impl Heap {
    /// An empty heap over the kernel's pages.
    #[must_use]
    pub const fn new() -> Heap {
        Heap::over(KernelPages)
    }
}

impl Default for Heap {
    fn default() -> Self {
        Heap::new()
    }
}

impl<P> Heap<P> {
    /// An empty heap over these pages.
    #[must_use]
    pub const fn over(pages: P) -> Heap<P> {
        Heap {
            locked: AtomicBool::new(false),
            state: UnsafeCell::new(State {
                free: [null_mut(); CLASSES],
                fresh: null_mut(),
                fresh_left: 0,
            }),
            pages,
        }
    }

    /// Runs `work` with the state, alone.
    fn with_state<R>(&self, work: impl FnOnce(&mut State) -> R) -> R {
        while self
            .locked
            .compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed)
            .is_err()
        {
            core::hint::spin_loop();
        }
        // SAFETY: the lock is held, so this is the only reference; `work` does not allocate.
        let result = work(unsafe { &mut *self.state.get() });
        self.locked.store(false, Ordering::Release);
        result
    }
}

/// Bytes that a block needs so that every block of its class has the alignment; none when it must be a mapping.
fn small_size(layout: Layout) -> Option<usize> {
    let size = layout.size();
    if layout.align() <= SMALLEST_CLASS {
        return (size <= LARGEST_CLASS).then_some(size);
    }
    // A power of two is a class of its own, and chunks begin at a page: such blocks are aligned to their size.
    let size = size.max(layout.align()).checked_next_power_of_two()?;
    (layout.align() <= PAGE_SIZE && size <= LARGEST_CLASS).then_some(size)
}

/// Length of the mapping of a large block.
fn mapping_length(layout: Layout) -> Option<usize> {
    // No server needs blocks that are aligned to more than a page.
    if layout.align() > PAGE_SIZE {
        return None;
    }
    layout.size().checked_next_multiple_of(PAGE_SIZE)
}

impl State {
    /// A block of a class from the unused part of the newest chunk; a new chunk when it does not fit.
    fn carve<P: Pages>(&mut self, size: usize, pages: &P) -> *mut u8 {
        let mut padding = self.padding(size);
        if self.fresh.is_null() || padding + size > self.fresh_left {
            let Some(chunk) = pages.map(CHUNK) else {
                return null_mut();
            };
            self.fresh = chunk.as_ptr();
            self.fresh_left = CHUNK;
            padding = self.padding(size);
        }
        // SAFETY: `padding + size` bytes are left in the chunk.
        let block = unsafe { self.fresh.add(padding) };
        // SAFETY: as above; the result is at most the chunk's end.
        self.fresh = unsafe { block.add(size) };
        self.fresh_left -= padding + size;
        block
    }

    /// Bytes to skip so that a block whose size is a power of two is aligned to it, up to a page.
    fn padding(&self, size: usize) -> usize {
        let alignment = if size.is_power_of_two() {
            size.min(PAGE_SIZE)
        } else {
            SMALLEST_CLASS
        };
        self.fresh.addr().wrapping_neg() & (alignment - 1)
    }
}

// SAFETY: blocks of a class are disjoint parts of chunks, at least as large and as aligned as asked for; a freed block
// goes to the list of the class that its layout names, which is the one that it came from. Large blocks are mappings.
unsafe impl<P: Pages> GlobalAlloc for Heap<P> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(size) = small_size(layout) else {
            let mapped = mapping_length(layout).and_then(|length| self.pages.map(length));
            return mapped.map_or(null_mut(), NonNull::as_ptr);
        };
        let (class, size) = class_of(size);
        self.with_state(|state| {
            let first = state.free[class];
            if first.is_null() {
                return state.carve(size, &self.pages);
            }
            // SAFETY: a block in the list is free memory of the heap's that holds a `Free`.
            state.free[class] = unsafe { (*first).next };
            first.cast()
        })
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let Some(size) = small_size(layout) else {
            if let (Some(length), Some(block)) = (mapping_length(layout), NonNull::new(block)) {
                // SAFETY: the layout is that of the allocation, so this is its whole mapping.
                unsafe { self.pages.unmap(block, length) };
            }
            return;
        };
        let (class, _) = class_of(size);
        self.with_state(|state| {
            let free = block.cast::<Free>();
            // SAFETY: the caller gives the block up; it is at least 16 bytes, aligned to 16.
            unsafe {
                free.write(Free {
                    next: state.free[class],
                })
            };
            state.free[class] = free;
        });
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let Ok(new_layout) = Layout::from_size_align(new_size, layout.align()) else {
            return null_mut();
        };
        if let (Some(old), Some(new)) = (small_size(layout), small_size(new_layout))
            && class_of(old).0 == class_of(new).0
        {
            return block;
        }
        // SAFETY: the layout is valid and not of size zero, as the caller promises of `new_size`.
        let new_block = unsafe { self.alloc(new_layout) };
        if !new_block.is_null() {
            // SAFETY: both blocks are at least as long as the shorter size, and different.
            unsafe { core::ptr::copy_nonoverlapping(block, new_block, layout.size().min(new_size)) };
            // SAFETY: the caller gives the old block up.
            unsafe { self.dealloc(block, layout) };
        }
        new_block
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::alloc::System;

    struct HostPages;
    impl Pages for HostPages {
        fn map(&self, length: usize) -> Option<NonNull<u8>> {
            // SAFETY: the layout is not of size zero.
            NonNull::new(unsafe { System.alloc_zeroed(Layout::from_size_align(length, PAGE_SIZE).ok()?) })
        }
        unsafe fn unmap(&self, address: NonNull<u8>, length: usize) {
            let layout = Layout::from_size_align(length, PAGE_SIZE).expect("as mapped");
            // SAFETY: the block came from `map` with this length.
            unsafe { System.dealloc(address.as_ptr(), layout) };
        }
    }

    #[test]
    fn every_size_has_a_class_that_holds_it_and_wastes_little() {
        let mut last = 0;
        for size in 1..=LARGEST_CLASS {
            let (class, block) = class_of(size);
            assert!(block >= size && class < CLASSES, "{size}");
            assert!(size <= 64 || block - size <= size / 4, "{size} in {block}");
            assert!(class == last || class == last + 1, "{size}");
            assert_eq!(class_of(block), (class, block), "{size}");
            last = class;
        }
        assert_eq!(last, CLASSES - 1);
    }

    #[test]
    fn a_freed_block_is_handed_out_again() {
        let heap = Heap::over(HostPages);
        let layout = Layout::from_size_align(100, 8).unwrap();
        // SAFETY: the layout is not of size zero, and the block is freed once.
        let (first, second) = unsafe {
            let first = heap.alloc(layout);
            heap.dealloc(first, layout);
            (first, heap.alloc(layout))
        };
        assert_eq!(first, second);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn blocks_are_aligned_disjoint_and_keep_their_bytes(
            steps in prop::collection::vec((1usize..70_000, 0u32..13, any::<bool>(), 1usize..70_000), 1..120)
        ) {
            let heap = Heap::over(HostPages);
            let mut live: Vec<(*mut u8, Layout, u8)> = Vec::new();
            for (index, (size, align, free, resized)) in steps.into_iter().enumerate() {
                let mark = index as u8;
                let layout = Layout::from_size_align(size, 1 << align).unwrap();
                // SAFETY: sizes are not zero; each block is written within its size and freed once with its layout.
                unsafe {
                    let block = heap.alloc(layout);
                    prop_assert!(!block.is_null() && block.addr().is_multiple_of(layout.align()));
                    block.write_bytes(mark, size);
                    live.push((block, layout, mark));
                    if free {
                        let (block, layout, mark) = live.swap_remove(index % live.len());
                        prop_assert!((0..layout.size()).all(|at| *block.add(at) == mark));
                        let block = heap.realloc(block, layout, resized);
                        prop_assert!(block.addr().is_multiple_of(layout.align()));
                        prop_assert!((0..layout.size().min(resized)).all(|at| *block.add(at) == mark));
                        heap.dealloc(block, Layout::from_size_align(resized, layout.align()).unwrap());
                    }
                }
            }
            for (block, layout, mark) in live {
                // SAFETY: as above.
                unsafe {
                    prop_assert!((0..layout.size()).all(|at| *block.add(at) == mark));
                    heap.dealloc(block, layout);
                }
            }
        }
    }
}
