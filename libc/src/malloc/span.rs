//! Runs of slices: taken from segments under one lock, promised by the system when first used, kept for a while
//! when freed, then given back.

use super::heap::Heap;
use super::segment::*;
use crate::lock::{Guard, Lock, RawLock};
use crate::seam::*;
use crate::types::*;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

/// What all threads share.
pub struct Shared {
    /// Segments with slices, newest first.
    pub segments: *mut Segment,
    /// Heaps of ended threads.
    pub idle: *mut Heap,
    /// Bytes of slices that are promised and not used.
    pub retained: usize,
    /// Bytes that blocks beyond a segment's size take.
    pub huge: usize,
    /// How many of those there are.
    pub huge_count: usize,
    /// Where the next segment might fit.
    hint: usize,
    /// Whether a thread has the heap that needs no mapping.
    pub first_heap_taken: bool,
}

// SAFETY: segments and idle heaps are reached under the lock.
unsafe impl Send for Shared {}

static SHARED: Lock<Shared> = Lock::new(Shared::EMPTY);

/// Slices that are promised beyond what was asked for, at most.
const MOST_AHEAD: usize = 8;
/// Slices that are promised with a segment's head.
const WITH_HEAD: usize = 2;

/// Bytes of unused slices that stay promised; `mallopt(M_TRIM_THRESHOLD)`.
pub static RETAIN: AtomicUsize = AtomicUsize::new(1 << 20);

static SECRET: AtomicUsize = AtomicUsize::new(0);

/// The secret with which links, marks and cookies are mangled.
#[inline(always)]
pub fn secret() -> usize {
    SECRET.load(Ordering::Relaxed)
}

/// Takes the lock of everything shared.
pub fn shared() -> Guard<'static, Shared> {
    SHARED.lock()
}

/// The lock of everything shared, for fork.
pub fn lock() -> &'static RawLock {
    SHARED.raw()
}

/// For the child of a fork: the forking thread had the lock.
pub fn after_fork_in_child() {
    SHARED.raw().reset();
}

/// The slices `first..first + count` as bits; at least one.
fn bits(first: usize, count: usize) -> u64 {
    (u64::MAX >> (64 - count)) << first
}

/// Bytes of slices.
const fn slices(count: usize) -> usize {
    count * SLICE_SIZE
}

/// Address space at a multiple of a segment's size, not promised. What had to be taken around it stays reserved if `keep_rest` says so: that costs
/// addresses, cutting it off two calls.
unsafe fn reserve(length: usize, hint: usize, keep_rest: bool) -> Option<*mut u8> {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    // SAFETY: new mappings; what is cut off is part of them.
    unsafe {
        if hint != 0 {
            let wanted = ptr::with_exposed_provenance_mut(hint);
            if let Ok(mapped) = System::map(wanted, length, PROT_NONE, flags, -1, 0) {
                if mapped.addr() % SEGMENT_SIZE == 0 {
                    return Some(mapped.cast());
                }
                let _ = System::unmap(mapped, length);
            }
        }
        let whole = length.checked_add(SEGMENT_SIZE)?;
        let mapped: *mut u8 = System::map(ptr::null_mut(), whole, PROT_NONE, flags, -1, 0)
            .ok()?
            .cast();
        let skipped = mapped.addr().next_multiple_of(SEGMENT_SIZE) - mapped.addr();
        let start = mapped.add(skipped);
        if keep_rest {
            return Some(start);
        }
        if skipped > 0 {
            let _ = System::unmap(mapped.cast(), skipped);
        }
        let rest = whole - skipped - length;
        if rest > 0 {
            let _ = System::unmap(start.add(length).cast(), rest);
        }
        Some(start)
    }
}

unsafe fn promise(start: *mut u8, length: usize) -> bool {
    // SAFETY: the range is the caller's reserved memory.
    unsafe { System::protect(start.cast(), length, PROT_READ | PROT_WRITE) }.is_ok()
}

impl Shared {
    const EMPTY: Shared = Shared {
        segments: ptr::null_mut(),
        idle: ptr::null_mut(),
        retained: 0,
        huge: 0,
        huge_count: 0,
        hint: 0,
        first_heap_taken: false,
    };

    fn make_secret(&mut self) {
        if secret() == 0 {
            let mut random = 0usize;
            // SAFETY: a local variable.
            let _ = unsafe { System::random((&raw mut random).cast(), size_of::<usize>(), 0) };
            SECRET.store(random | 1, Ordering::Relaxed);
        }
    }

    /// Maps a new segment.
    unsafe fn add_segment(&mut self) -> Option<*mut Segment> {
        self.make_secret();
        // SAFETY: new memory, zeroed by the system.
        unsafe {
            let is_first = self.hint == 0;
            let segment = reserve(SEGMENT_SIZE, self.hint, is_first)?;
            let ahead = self.room_ahead() >= WITH_HEAD;
            let ahead = if ahead && promise(segment, slices(1 + WITH_HEAD)) {
                WITH_HEAD
            } else if promise(segment, HEAD_SIZE) {
                0
            } else {
                let _ = System::unmap(segment.cast(), SEGMENT_SIZE);
                return None;
            };
            // Below the first segment lies what was reserved around it.
            let distance = if is_first { 2 } else { 1 } * SEGMENT_SIZE;
            self.hint = segment.expose_provenance().wrapping_sub(distance);
            let segment: *mut Segment = segment.cast();
            if ahead > 0 {
                (*segment).committed.set(bits(1, ahead));
                self.retained += slices(ahead);
            }
            (*segment).cookie.set(secret() ^ segment.addr());
            (*segment).used.set(1);
            (*segment).next.set(self.segments);
            if !self.segments.is_null() {
                (*self.segments).previous.set(segment);
            }
            self.segments = segment;
            Some(segment)
        }
    }

    /// Slices that may be promised without being used.
    fn room_ahead(&self) -> usize {
        RETAIN.load(Ordering::Relaxed).saturating_sub(self.retained) / SLICE_SIZE
    }

    /// Makes free slices of a segment usable memory and counts them as used. What a program has taken it will take again: as many
    /// slices as the segment has are promised besides, so that a growing program asks the system ever less often.
    unsafe fn commit(&mut self, segment: *mut Segment, first: usize, count: usize) -> bool {
        // SAFETY: the segment is live, its free slices are nobody's.
        unsafe {
            let (mask, committed) = (bits(first, count), (*segment).committed.get());
            if committed & mask != mask {
                let start = Segment::slice(segment, first);
                let next = first + count;
                let taken = committed | (*segment).used.get();
                let free = match taken.checked_shr(next as u32) {
                    Some(taken) => (taken.trailing_zeros() as usize).min(SLICES - next),
                    None => 0,
                };
                let ahead = (committed.count_ones() as usize)
                    .min(MOST_AHEAD)
                    .min(self.room_ahead())
                    .min(free);
                let mut promised = mask;
                if ahead > 0 && promise(start, slices(count + ahead)) {
                    promised |= bits(next, ahead);
                    self.retained += slices(ahead);
                } else if !promise(start, slices(count)) {
                    return false;
                }
                (*segment).committed.set(committed | promised);
            }
            self.retained -= slices((committed & mask).count_ones() as usize);
            (*segment).used.set((*segment).used.get() | mask);
        }
        true
    }

    /// Takes `count` slices whose first is a multiple of `alignment` slices; the segment and the first.
    unsafe fn find(&mut self, count: usize, alignment: usize) -> Option<(*mut Segment, usize)> {
        let mut segment = self.segments;
        // SAFETY: segments in the list are live.
        unsafe {
            while !segment.is_null() {
                let used = (*segment).used.get();
                let mut first = alignment;
                while first + count <= SLICES {
                    let taken = used & bits(first, count);
                    if taken == 0 {
                        return Some((segment, first));
                    }
                    // The next place is behind the last slice that is in the way.
                    first = (64 - taken.leading_zeros() as usize).next_multiple_of(alignment);
                }
                segment = (*segment).next.get();
            }
            if alignment + count > SLICES {
                return None;
            }
            let segment = self.add_segment()?;
            Some((segment, alignment))
        }
    }

    /// Takes slices and makes their memory usable. Returns the first one's page, whose fields are the caller's to
    /// fill in, and where the memory begins.
    pub unsafe fn take(&mut self, count: usize, alignment: usize) -> Option<(*mut Page, *mut u8)> {
        // SAFETY: the slices are free and become the caller's.
        unsafe {
            let (segment, first) = self.find(count, alignment)?;
            if !self.commit(segment, first, count) {
                return None;
            }
            let mask = bits(first, count);
            let start = Segment::slice(segment, first);
            let page = (&raw mut (*segment).pages).cast::<Page>().add(first);
            (*page).zeroed.set((*segment).dirty.get() & mask == 0);
            (*segment).dirty.set((*segment).dirty.get() | mask);
            for part in 1..count {
                (*page.add(part)).kind.set(PART);
                (*page.add(part)).slices.set(part as u32);
            }
            Some((page, start))
        }
    }

    /// Takes more slices right behind a large block's, if they are free.
    pub unsafe fn extend(&mut self, page: *mut Page, count: usize) -> bool {
        // SAFETY: the page is a live large one; the slices behind it become its own.
        unsafe {
            let segment = Segment::of((*page).start.get());
            let own = (*page).slices.get() as usize;
            let first = ((*page).start.get().addr() - segment.addr()) / SLICE_SIZE + own;
            let more = count - own;
            if first + more > SLICES {
                return false;
            }
            let mask = bits(first, more);
            if (*segment).used.get() & mask != 0 {
                return false;
            }
            if !self.commit(segment, first, more) {
                return false;
            }
            (*segment).dirty.set((*segment).dirty.get() | mask);
            for part in own..count {
                (*page.add(part)).kind.set(PART);
                (*page.add(part)).slices.set(part as u32);
            }
            (*page).slices.set(count as u32);
            (*page).block_size.set(count * SLICE_SIZE);
            true
        }
    }

    /// Gives back a page's slices from the `from`th on.
    pub unsafe fn give_back(&mut self, page: *mut Page, from: usize) {
        // SAFETY: nobody uses the slices any more.
        unsafe {
            let segment = Segment::of((*page).start.get());
            let first = ((*page).start.get().addr() - segment.addr()) / SLICE_SIZE + from;
            let count = (*page).slices.get() as usize - from;
            for part in from..from + count {
                (*page.add(part)).kind.set(FREE);
            }
            (*segment).used.set((*segment).used.get() & !bits(first, count));
            self.retained += count * SLICE_SIZE;
            let limit = RETAIN.load(Ordering::Relaxed);
            if self.retained > limit {
                self.shrink(limit / 2);
            }
        }
    }

    /// Gives unused slices back to the system until at most `limit` bytes of them stay.
    pub unsafe fn shrink(&mut self, limit: usize) {
        let mut segment = self.segments;
        // SAFETY: segments in the list are live; unused slices are nobody's.
        unsafe {
            while !segment.is_null() && self.retained > limit {
                let next = (*segment).next.get();
                let mut unused = (*segment).committed.get() & !(*segment).used.get();
                if (*segment).used.get() == 1 && (!next.is_null() || segment != self.segments) {
                    self.retained -= unused.count_ones() as usize * SLICE_SIZE;
                    self.remove_segment(segment);
                    segment = next;
                    continue;
                }
                while unused != 0 && self.retained > limit {
                    let first = unused.trailing_zeros() as usize;
                    let count = (unused >> first).trailing_ones() as usize;
                    let start = Segment::slice(segment, first);
                    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
                    let mapped = System::map(start.cast(), count * SLICE_SIZE, PROT_NONE, flags, -1, 0);
                    let mask = bits(first, count);
                    unused &= !mask;
                    if mapped.is_ok() {
                        (*segment).committed.set((*segment).committed.get() & !mask);
                        (*segment).dirty.set((*segment).dirty.get() & !mask);
                        self.retained -= count * SLICE_SIZE;
                    }
                }
                segment = next;
            }
        }
    }

    unsafe fn remove_segment(&mut self, segment: *mut Segment) {
        // SAFETY: no slice of the segment is used.
        unsafe {
            let (next, previous) = ((*segment).next.get(), (*segment).previous.get());
            if previous.is_null() {
                self.segments = next;
            } else {
                (*previous).next.set(next);
            }
            if !next.is_null() {
                (*next).previous.set(previous);
            }
            let _ = System::unmap(segment.cast(), SEGMENT_SIZE);
        }
    }

    /// Maps a segment for one block of `size` bytes at a multiple of `alignment`; the block's page.
    pub unsafe fn take_huge(&mut self, size: usize, alignment: usize) -> Option<*mut Page> {
        self.make_secret();
        let data = size.checked_next_multiple_of(PAGE_SIZE)?;
        let alignment = alignment.max(SLICE_SIZE);
        // The head goes to the multiple of a segment's size before the block.
        let room = if alignment < SEGMENT_SIZE {
            SLICE_SIZE.max(alignment)
        } else {
            alignment
        };
        let length = room.checked_add(data)?.checked_next_multiple_of(PAGE_SIZE)?;
        // SAFETY: new memory, zeroed by the system.
        unsafe {
            let mapping = reserve(
                length.checked_add(if alignment > SEGMENT_SIZE { alignment } else { 0 })?,
                0,
                false,
            )?;
            let block = mapping
                .add(1)
                .map_addr(|address| address.next_multiple_of(alignment));
            let segment: *mut Segment = Segment::of(block);
            if !promise(segment.cast(), HEAD_SIZE) || !promise(block, data) {
                let _ = System::unmap(mapping.cast(), length);
                return None;
            }
            // What lies before the head and behind the block is not needed.
            let before = segment.addr() - mapping.addr();
            if before > 0 {
                let _ = System::unmap(mapping.cast(), before);
            }
            let end = mapping.addr() + length + if alignment > SEGMENT_SIZE { alignment } else { 0 };
            let behind = block.add(data);
            if end > behind.addr() {
                let _ = System::unmap(behind.cast(), end - behind.addr());
            }
            (*segment).cookie.set(secret() ^ segment.addr());
            (*segment).mapping.set(segment.cast());
            (*segment).mapping_length.set(behind.addr() - segment.addr());
            let page = Segment::page(segment, block);
            (*page).kind.set(HUGE);
            (*page).start.set(block);
            (*page).block_size.set(data);
            (*page).zeroed.set(true);
            self.huge += (*segment).mapping_length.get();
            self.huge_count += 1;
            Some(page)
        }
    }

    /// Unmaps a huge block.
    pub unsafe fn give_back_huge(&mut self, page: *mut Page) {
        // SAFETY: nobody uses the block any more.
        unsafe {
            let segment = Segment::of((*page).start.get());
            self.huge -= (*segment).mapping_length.get();
            self.huge_count -= 1;
            let _ = System::unmap((*segment).mapping.get().cast(), (*segment).mapping_length.get());
        }
    }

    /// Grows or shrinks a huge block, moving it if need be; the new block.
    pub unsafe fn resize_huge(&mut self, page: *mut Page, size: usize) -> Option<*mut u8> {
        let data = size.checked_next_multiple_of(PAGE_SIZE)?;
        // SAFETY: the page is a live huge one, whose block is the caller's.
        unsafe {
            let block = (*page).start.get();
            let segment = Segment::of(block);
            let old = (*page).block_size.get();
            let head = block.addr() - segment.addr();
            if data < old {
                System::unmap(block.add(data).cast(), old - data).ok()?;
            } else if System::remap(block.cast(), old, data, 0, ptr::null_mut()).is_err() {
                // No room behind it: move the block's pages to a new mapping, with a head of its own.
                let new = self.take_huge(size, SLICE_SIZE)?;
                let target = (*new).start.get();
                const REMAP: c_int = MREMAP_MAYMOVE | MREMAP_FIXED;
                if System::remap(block.cast(), old, data, REMAP, target.cast()).is_err() {
                    ptr::copy_nonoverlapping(block, target, old);
                }
                (*new).zeroed.set(false);
                self.give_back_huge(page);
                return Some(target);
            }
            self.huge = self.huge + data - old;
            (*page).block_size.set(data);
            (*page).zeroed.set(false);
            (*segment).mapping_length.set(head + data);
            Some(block)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Shared {
        /// Whether `retained` is what is promised and not used.
        pub fn is_consistent(&self) -> bool {
            let (mut segment, mut unused) = (self.segments, 0);
            // SAFETY: segments in the list are live.
            while let Some(this) = unsafe { segment.as_ref() } {
                unused += (this.committed.get() & !this.used.get()).count_ones() as usize;
                segment = this.next.get();
            }
            self.retained == slices(unused)
        }
    }

    #[test]
    fn a_growing_program_asks_the_system_ever_less_often_and_trim_gives_the_rest_back() {
        let mut shared = Shared::EMPTY;
        let mut promises = Vec::new();
        for taken in 1..SLICES {
            let before = match shared.segments.is_null() {
                true => 0,
                // SAFETY: the one segment is live.
                false => unsafe { (*shared.segments).committed.get() },
            };
            // SAFETY: the slices are this test's.
            let (page, start) = unsafe { shared.take(1, 1) }.unwrap();
            // SAFETY: as above; the memory is usable, which the write shows, and the page's fields are the taker's to fill in.
            unsafe {
                start.write(1);
                (*page).start.set(start);
                (*page).slices.set(1);
                if (*shared.segments).committed.get() != before {
                    promises.push(taken);
                }
            }
            assert!(shared.is_consistent());
        }
        assert_eq!(promises, [1, 3, 6, 12, 21, 30, 39, 48, 57]);
        // SAFETY: the last slice is given back, and nothing else used.
        unsafe {
            let segment = shared.segments;
            let last = (&raw mut (*segment).pages).cast::<Page>().add(SLICES - 1);
            shared.give_back(last, 0);
            assert!(shared.is_consistent() && shared.retained == SLICE_SIZE);
            shared.shrink(0);
            assert_eq!(
                (shared.retained, (*segment).committed.get()),
                (0, bits(1, SLICES - 2))
            );
            let _ = System::unmap(segment.cast(), SEGMENT_SIZE);
        }
    }
}
