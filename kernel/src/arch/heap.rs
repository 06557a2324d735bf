//! The kernel's heap: memory for the arenas' chunks and tables, straight from the frames.
//!
//! Up to [`LARGEST`] bytes come from slabs: one frame of equal slots, with a header that counts the used ones, so that an empty slab goes
//! back to the frames. Larger ones are whole frames in a row. Allocation fails when frames run out; callers use the fallible
//! forms, and nothing on a message's path allocates.
#![allow(unsafe_code)]

use super::hardware::with_frames;
use super::lock::TicketLock;
use super::paging::direct;
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{self, NonNull};
use trivet_kernel::machine::{Frame, PAGE_SIZE};

/// Slot sizes: powers of two and the steps halfway between.
const SIZES: [usize; 13] = [16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 672, 1008, 2016];
/// The largest slot.
const LARGEST: usize = 2016;
/// Bytes of a slab before its first slot.
const HEADER: usize = 64;

/// Header of a slab, at the start of its frame.
struct Slab {
    next: *mut Slab,
    previous: *mut Slab,
    /// First free slot; each free slot begins with the next one's address.
    free: *mut u8,
    used: u32,
    class: u32,
}

const _: () = assert!(size_of::<Slab>() <= HEADER);

/// Slabs that have a free slot, by size.
struct Slabs([*mut Slab; SIZES.len()]);

// SAFETY: the pointers lead to frames that only the heap knows; the lock gives them to one processor at a time.
unsafe impl Send for Slabs {}

static SLABS: TicketLock<Slabs> = TicketLock::new(Slabs([ptr::null_mut(); SIZES.len()]));

/// The size class that serves a layout, if one does.
fn class_of(layout: Layout) -> Option<usize> {
    // Slots lie at HEADER plus multiples of their size: aligned to the largest power of two that divides both.
    SIZES.iter().position(|&size| {
        layout.size() <= size && layout.align() <= HEADER && size.is_multiple_of(layout.align())
    })
}

impl Slabs {
    /// # Safety
    /// `slab` is a slab that is in no list.
    unsafe fn push(&mut self, slab: *mut Slab) {
        // SAFETY: the caller's promise; list heads are slabs or null.
        unsafe {
            let head = &mut self.0[(*slab).class as usize];
            (*slab).previous = ptr::null_mut();
            (*slab).next = *head;
            if let Some(next) = head.as_mut() {
                next.previous = slab;
            }
            *head = slab;
        }
    }

    /// # Safety
    /// `slab` is in its class's list.
    unsafe fn remove(&mut self, slab: *mut Slab) {
        // SAFETY: the caller's promise; neighbours are slabs of the same list or null.
        unsafe {
            let (next, previous) = ((*slab).next, (*slab).previous);
            match previous.as_mut() {
                Some(previous) => previous.next = next,
                None => self.0[(*slab).class as usize] = next,
            }
            if let Some(next) = next.as_mut() {
                next.previous = previous;
            }
        }
    }

    fn new_slab(&mut self, class: usize) -> Option<()> {
        let (frame, _) = with_frames(|frames| frames.allocate(false))?;
        let start = direct(frame.address());
        let size = SIZES[class];
        // SAFETY: a frame of our own; every slot lies wholly inside it.
        unsafe {
            let mut free = ptr::null_mut::<u8>();
            for slot in (0..(PAGE_SIZE - HEADER) / size).rev() {
                let at = start.add(HEADER + slot * size);
                at.cast::<*mut u8>().write(free);
                free = at;
            }
            let slab = start.cast::<Slab>();
            slab.write(Slab {
                next: ptr::null_mut(),
                previous: ptr::null_mut(),
                free,
                used: 0,
                class: class as u32,
            });
            self.push(slab);
        }
        Some(())
    }

    fn allocate(&mut self, class: usize) -> Option<NonNull<u8>> {
        if self.0[class].is_null() {
            self.new_slab(class)?;
        }
        let slab = self.0[class];
        // SAFETY: a listed slab has a free slot.
        unsafe {
            let slot = (*slab).free;
            (*slab).free = slot.cast::<*mut u8>().read();
            (*slab).used += 1;
            if (*slab).free.is_null() {
                self.remove(slab);
            }
            NonNull::new(slot)
        }
    }

    /// # Safety
    /// `slot` came from [`Slabs::allocate`] and is not used any more.
    unsafe fn free(&mut self, slot: *mut u8) {
        let slab = slot.map_addr(|address| address & !(PAGE_SIZE - 1)).cast::<Slab>();
        // SAFETY: every slot lies in the frame of its slab, whose header is alive while a slot is used.
        unsafe {
            let was_full = (*slab).free.is_null();
            slot.cast::<*mut u8>().write((*slab).free);
            (*slab).free = slot;
            (*slab).used -= 1;
            if (*slab).used > 0 {
                if was_full {
                    self.push(slab);
                }
                return;
            }
            // The last slot: the frame goes back, but for one slab that the class keeps.
            let alone = was_full || (self.0[(*slab).class as usize] == slab && (*slab).next.is_null());
            if alone {
                if was_full {
                    self.push(slab);
                }
                return;
            }
            self.remove(slab);
        }
        release(slab.cast(), 1);
    }
}

/// Releases `count` frames from an address of the direct map on.
fn release(start: *mut u8, count: usize) {
    let first = (start.addr() as u64 - super::layout::DIRECT_MAP) >> 12;
    with_frames(|frames| {
        for index in 0..count as u64 {
            frames.release(Frame((first + index) as u32));
        }
    });
}

/// The allocator behind `alloc`.
struct Heap;

// SAFETY: slots and frames are handed out once until they are freed, are large enough, and aligned (`class_of`, or whole pages).
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() <= LARGEST
            && let Some(class) = class_of(layout)
        {
            return SLABS
                .lock(|| {})
                .allocate(class)
                .map_or(ptr::null_mut(), NonNull::as_ptr);
        }
        let count = layout.size().div_ceil(PAGE_SIZE);
        let align = (layout.align() / PAGE_SIZE).max(1);
        let first = with_frames(|frames| {
            if count == 1 && align == 1 {
                return frames.allocate(false).map(|(frame, _)| frame);
            }
            frames.allocate_contiguous(count, align, u64::MAX)
        });
        first.map_or(ptr::null_mut(), |first| direct(first.address()))
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if layout.size() <= LARGEST && class_of(layout).is_some() {
            // SAFETY: the caller frees what `alloc` gave for the same layout.
            unsafe { SLABS.lock(|| {}).free(pointer) };
            return;
        }
        release(pointer, layout.size().div_ceil(PAGE_SIZE));
    }
}

#[global_allocator]
static HEAP: Heap = Heap;
