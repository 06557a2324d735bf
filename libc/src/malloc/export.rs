//! The functions of the malloc family.

use super::class;
use super::corrupted;
use super::heap::{self, Heap};
use super::segment::*;
use super::span::{secret, shared};
use crate::errno::{EINVAL, ENOMEM, set_errno};
use crate::seam::PAGE_SIZE;
use crate::types::*;
use core::ptr;
use core::sync::atomic::Ordering;

/// The largest block.
const LIMIT: usize = isize::MAX as usize - PAGE_SIZE;
/// Up to this many slices a block lies in a segment with others.
const LARGE_SLICES: usize = 32;

#[cold]
fn no_memory() -> *mut c_void {
    set_errno(ENOMEM);
    ptr::null_mut()
}

/// `size` bytes, or null with `ENOMEM`.
#[inline(always)]
pub fn allocate(size: usize) -> *mut c_void {
    if size > class::LARGEST {
        return allocate_large(size, 1).0;
    }
    let class = class::of(size);
    let heap = heap::own();
    if heap.is_null() {
        return allocate_first(class);
    }
    // SAFETY: the heap is the calling thread's; its current pages are live.
    unsafe {
        let page = (*heap).current[class].get();
        if (*page).free.get().is_null() {
            return refill(heap, class);
        }
        heap::take(page).cast()
    }
}

#[cold]
#[inline(never)]
fn refill(heap: *mut Heap, class: usize) -> *mut c_void {
    // SAFETY: the heap is the calling thread's.
    let block = unsafe { (*heap).refill(class) };
    if block.is_null() {
        no_memory()
    } else {
        block.cast()
    }
}

#[cold]
#[inline(never)]
fn allocate_first(class: usize) -> *mut c_void {
    match heap::make_own() {
        Some(heap) => refill(heap, class),
        None => no_memory(),
    }
}

/// A block of whole slices or a segment's own, at a multiple of `alignment` slices; and whether it is zeroed.
#[cold]
#[inline(never)]
fn allocate_large(size: usize, alignment: usize) -> (*mut c_void, bool) {
    if size > LIMIT {
        return (no_memory(), false);
    }
    let slices = size.div_ceil(SLICE_SIZE).max(1);
    let mut shared = shared();
    // SAFETY: the page's fields are filled in before anybody sees the block.
    unsafe {
        let page = if slices <= LARGE_SLICES && alignment < LARGE_SLICES {
            shared.take(slices, alignment).map(|(page, start)| {
                (*page).owner.store(ptr::null_mut(), Ordering::Relaxed);
                (*page).start.set(start);
                (*page).slices.set(slices as u32);
                (*page).block_size.set(slices * SLICE_SIZE);
                (*page).kind.set(LARGE);
                page
            })
        } else {
            shared.take_huge(size, alignment * SLICE_SIZE)
        };
        match page {
            Some(page) => ((*page).start.get().cast(), (*page).zeroed.get()),
            None => {
                drop(shared);
                (no_memory(), false)
            }
        }
    }
}

/// The page of a block that the program holds. Ends the program if it is none.
///
/// # Safety
/// `block` is not null.
#[inline(always)]
unsafe fn page_of(block: *mut c_void) -> *mut Page {
    let block: *mut u8 = block.cast();
    let segment = Segment::of(block);
    // SAFETY: a block of this allocator lies in a segment; of another pointer this may fault, which ends the
    // program just as well.
    unsafe {
        if (*segment).cookie.get() != secret() ^ segment.addr() {
            corrupted(b"free(): invalid pointer\n");
        }
        Segment::page(segment, block)
    }
}

/// Frees a block; null is nothing.
///
/// # Safety
/// `block` came from this allocator and is not used any more.
#[inline(always)]
pub unsafe fn release(block: *mut c_void) {
    if block.is_null() {
        return;
    }
    // SAFETY: by the contract; what can be checked is.
    unsafe {
        let page = page_of(block);
        let block: *mut Block = block.cast();
        if (*page).kind.get() != SMALL {
            return release_large(page, block.cast());
        }
        if !(*page).is_block(block.cast()) {
            corrupted(b"free(): invalid pointer\n");
        }
        let mark = secret() ^ block.addr();
        if (*block).mark.get() == mark {
            corrupted(b"free(): double free detected\n");
        }
        (*block).mark.set(mark);
        let owner = (*page).owner.load(Ordering::Relaxed);
        if owner == heap::own() {
            (*owner).take_back(page, block);
        } else {
            (*owner).push_remote(block);
        }
    }
}

#[cold]
#[inline(never)]
unsafe fn release_large(page: *mut Page, block: *mut u8) {
    // SAFETY: the caller's; a page that is no block's start ends the program.
    unsafe {
        let mut shared = shared();
        match (*page).kind.get() {
            LARGE | HUGE if (*page).start.get() != block => corrupted(b"free(): invalid pointer\n"),
            LARGE => shared.give_back(page, 0),
            HUGE => shared.give_back_huge(page),
            _ => corrupted(b"free(): invalid pointer\n"),
        }
    }
}

/// How many bytes of a block the program may use.
///
/// # Safety
/// `block` is null or came from this allocator.
pub unsafe fn usable_size(block: *mut c_void) -> usize {
    if block.is_null() {
        return 0;
    }
    // SAFETY: by the contract.
    unsafe { (*page_of(block)).block_size.get() }
}

/// Changes a block's size, moving it if need be; null with `ENOMEM` leaves it as it is.
///
/// # Safety
/// `block` is null or came from this allocator.
pub unsafe fn reallocate(block: *mut c_void, size: usize) -> *mut c_void {
    if block.is_null() {
        return allocate(size);
    }
    if size > LIMIT {
        return no_memory();
    }
    // SAFETY: by the contract.
    unsafe {
        let page = page_of(block);
        let kind = (*page).kind.get();
        if kind != SMALL && (*page).start.get() != block.cast()
            || kind == SMALL && !(*page).is_block(block.cast())
        {
            corrupted(b"realloc(): invalid pointer\n");
        }
        let old = (*page).block_size.get();
        if size <= old && (size > old / 2 || old <= 32) {
            return block;
        }
        if kind == HUGE && size > LARGE_SLICES * SLICE_SIZE {
            return match shared().resize_huge(page, size) {
                Some(block) => block.cast(),
                None => no_memory(),
            };
        }
        if kind == LARGE && size > class::LARGEST {
            let slices = size.div_ceil(SLICE_SIZE);
            let own = (*page).slices.get() as usize;
            if slices < own {
                let mut shared = shared();
                shared.give_back(page, slices);
                (*page).slices.set(slices as u32);
                (*page).block_size.set(slices * SLICE_SIZE);
                return block;
            }
            if slices <= LARGE_SLICES && shared().extend(page, slices) {
                return block;
            }
        }
        let new = allocate(size);
        if !new.is_null() {
            ptr::copy_nonoverlapping(block.cast::<u8>(), new.cast::<u8>(), old.min(size));
            release(block);
        }
        new
    }
}

/// `size` bytes at a multiple of `alignment`, a power of two; or null with `ENOMEM`.
pub fn aligned(alignment: usize, size: usize) -> *mut c_void {
    if alignment <= 16 {
        return allocate(size);
    }
    if alignment <= SLICE_SIZE && size <= class::LARGEST {
        // Blocks of a class whose size is a multiple of the alignment all lie at such multiples.
        let mut class = class::of(size.max(alignment.min(class::LARGEST)));
        while class < class::COUNT {
            if class::size(class).is_multiple_of(alignment) {
                return allocate(class::size(class));
            }
            class += 1;
        }
    }
    allocate_large(size, (alignment / SLICE_SIZE).max(1)).0
}

/// Checks an alignment as `memalign` does: the next power of two.
fn power_of_two(alignment: usize) -> Option<usize> {
    alignment
        .checked_next_power_of_two()
        .filter(|&alignment| alignment <= LIMIT / 2)
}

// SAFETY of every block below: blocks come from this family, by each function's contract.
crate::export! {
    /// `size` bytes, aligned to 16; null with `ENOMEM`. ISO C, POSIX.1-2024 `malloc`.
    pub unsafe extern "C" fn malloc(size: size_t) -> *mut c_void {
        allocate(size)
    }

    /// Frees a block; `errno` is kept. ISO C, POSIX.1-2024 `free`.
    pub unsafe extern "C" fn free(block: *mut c_void) {
        // SAFETY: see above.
        unsafe { release(block) }
    }

    /// Zeroed memory for `count` objects of `size` bytes. ISO C, POSIX.1-2024 `calloc`.
    pub unsafe extern "C" fn calloc(count: size_t, size: size_t) -> *mut c_void {
        let Some(bytes) = count.checked_mul(size) else { return no_memory() };
        if bytes > class::LARGEST {
            let (block, zeroed) = allocate_large(bytes, 1);
            if !zeroed && !block.is_null() {
                // SAFETY: the block has that many bytes.
                unsafe { block.cast::<u8>().write_bytes(0, bytes) };
            }
            return block;
        }
        let block = allocate(bytes);
        if !block.is_null() {
            // SAFETY: the block has that many bytes.
            unsafe { block.cast::<u8>().write_bytes(0, bytes) };
        }
        block
    }

    /// Changes a block's size. Size 0 frees it and returns null, as glibc does. ISO C, POSIX.1-2024 `realloc`.
    pub unsafe extern "C" fn realloc(block: *mut c_void, size: size_t) -> *mut c_void {
        // SAFETY: see above.
        unsafe {
            if size == 0 && !block.is_null() {
                release(block);
                return ptr::null_mut();
            }
            reallocate(block, size)
        }
    }

    /// As `realloc`, for `count` objects of `size` bytes. POSIX.1-2024 `reallocarray`.
    pub unsafe extern "C" fn reallocarray(block: *mut c_void, count: size_t, size: size_t) -> *mut c_void {
        match count.checked_mul(size) {
            // SAFETY: see above.
            Some(bytes) => unsafe { realloc(block, bytes) },
            None => no_memory(),
        }
    }

    /// `size` bytes at a multiple of `alignment`; returns an error number. POSIX.1-2024 `posix_memalign`.
    pub unsafe extern "C" fn posix_memalign(place: *mut *mut c_void, alignment: size_t, size: size_t) -> c_int {
        if !alignment.is_power_of_two() || !alignment.is_multiple_of(size_of::<*mut c_void>()) {
            return EINVAL;
        }
        let before = crate::errno::get_errno();
        let block = if alignment > LIMIT / 2 { no_memory() } else { aligned(alignment, size) };
        set_errno(before);
        if block.is_null() {
            return ENOMEM;
        }
        // SAFETY: the function's contract.
        unsafe { place.write(block) };
        0
    }

    /// `size` bytes at a multiple of `alignment`. ISO C `aligned_alloc`; a wrong alignment is rounded up, as
    /// glibc 2.36 does.
    pub unsafe extern "C" fn aligned_alloc(alignment: size_t, size: size_t) -> *mut c_void {
        // SAFETY: see above.
        unsafe { memalign(alignment, size) }
    }

    /// `size` bytes at a multiple of `alignment`, rounded up to a power of two. SunOS, glibc `memalign`.
    pub unsafe extern "C" fn memalign(alignment: size_t, size: size_t) -> *mut c_void {
        match power_of_two(alignment) {
            Some(alignment) => aligned(alignment, size),
            None => {
                set_errno(EINVAL);
                ptr::null_mut()
            }
        }
    }

    /// `size` bytes at a page's start. BSD `valloc`.
    pub unsafe extern "C" fn valloc(size: size_t) -> *mut c_void {
        aligned(PAGE_SIZE, size)
    }

    /// Whole pages. System V `pvalloc`.
    pub unsafe extern "C" fn pvalloc(size: size_t) -> *mut c_void {
        match size.max(1).checked_next_multiple_of(PAGE_SIZE) {
            Some(size) => aligned(PAGE_SIZE, size),
            None => no_memory(),
        }
    }

    /// How many bytes of a block the program may use. glibc `malloc_usable_size`.
    pub unsafe extern "C" fn malloc_usable_size(block: *mut c_void) -> size_t {
        // SAFETY: see above.
        unsafe { usable_size(block) }
    }
}
crate::alias!(cfree = free);
crate::alias!(__libc_malloc = malloc);
crate::alias!(__libc_free = free);
crate::alias!(__libc_calloc = calloc);
crate::alias!(__libc_realloc = realloc);
crate::alias!(__libc_memalign = memalign);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    /// A block of the model: address, size, what every byte of it holds.
    struct Held {
        block: *mut u8,
        size: usize,
        fill: u8,
    }

    impl Held {
        fn check(&self) {
            // SAFETY: the block is held, with `size` bytes.
            let bytes = unsafe { std::slice::from_raw_parts(self.block, self.size) };
            assert!(bytes.iter().all(|&byte| byte == self.fill));
        }
    }

    fn hold(block: *mut c_void, size: usize, fill: u8) -> Held {
        assert!(!block.is_null());
        // SAFETY: the block has `size` bytes.
        unsafe { block.cast::<u8>().write_bytes(fill, size) };
        Held {
            block: block.cast(),
            size,
            fill,
        }
    }

    fn sizes() -> impl Strategy<Value = usize> {
        prop_oneof![8 => 0usize..300, 4 => 300usize..40_000, 2 => 40_000usize..400_000, 1 => 400_000usize..9_000_000]
    }

    #[derive(Clone, Debug)]
    enum Step {
        Allocate(usize),
        Aligned(u32, usize),
        Zeroed(usize),
        Resize(usize, usize),
        Free(usize),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => sizes().prop_map(Step::Allocate),
            1 => (0u32..23, sizes()).prop_map(|(log, size)| Step::Aligned(log, size)),
            1 => sizes().prop_map(Step::Zeroed),
            2 => (any::<usize>(), sizes()).prop_map(|(which, size)| Step::Resize(which, size)),
            4 => any::<usize>().prop_map(Step::Free),
        ];
        prop::collection::vec(step, 1..120)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn blocks_keep_their_contents_and_never_overlap(steps in steps()) {
            let mut held: Vec<Held> = Vec::new();
            for (number, step) in steps.into_iter().enumerate() {
                let fill = number as u8 | 1;
                // SAFETY: blocks of this allocator, each freed once.
                unsafe {
                    match step {
                        Step::Allocate(size) => held.push(hold(allocate(size), size, fill)),
                        Step::Aligned(log, size) => {
                            let block = aligned(1 << log, size);
                            prop_assert_eq!(block.addr() % (1 << log), 0);
                            held.push(hold(block, size, fill));
                        }
                        Step::Zeroed(size) => {
                            let block = calloc(1, size);
                            let zeroed = Held { block: block.cast(), size, fill: 0 };
                            zeroed.check();
                            held.push(hold(block, size, fill));
                        }
                        Step::Resize(which, size) if !held.is_empty() => {
                            let index = which % held.len();
                            let old = held.swap_remove(index);
                            old.check();
                            let block = reallocate(old.block.cast(), size);
                            prop_assert!(!block.is_null());
                            Held { block: block.cast(), size: size.min(old.size), fill: old.fill }.check();
                            held.push(hold(block, size, fill));
                        }
                        Step::Free(which) if !held.is_empty() => {
                            let index = which % held.len();
                            let old = held.swap_remove(index);
                            old.check();
                            release(old.block.cast());
                        }
                        _ => {}
                    }
                    if let Some(last) = held.last() {
                        prop_assert!(usable_size(last.block.cast()) >= last.size);
                    }
                }
            }
            for old in held {
                old.check();
                // SAFETY: each is freed once.
                unsafe { release(old.block.cast()) };
            }
        }
    }

    #[test]
    fn blocks_freed_by_other_threads_come_back() {
        for _ in 0..20 {
            let blocks: Vec<usize> = (0..2000)
                .map(|number| allocate(number % 500 + 1).expose_provenance())
                .collect();
            std::thread::spawn(move || {
                for block in blocks {
                    // SAFETY: each is freed once.
                    unsafe { release(ptr::with_exposed_provenance_mut(block)) };
                }
            })
            .join()
            .unwrap();
        }
        assert!(super::super::span::shared().is_consistent());
        let statistics = super::super::statistics::gather();
        assert!(statistics.committed < 64 << 20, "{} bytes", statistics.committed);
    }

    #[test]
    #[should_panic = "double free"]
    fn a_double_free_is_found() {
        let block = allocate(40);
        let _other = allocate(40);
        // SAFETY: the second one is what the test is about.
        unsafe {
            release(block);
            release(block);
        }
    }

    #[test]
    #[should_panic = "invalid pointer"]
    fn a_pointer_into_a_block_is_found() {
        let block = allocate(100);
        // SAFETY: the wrong pointer is what the test is about.
        unsafe { release(block.byte_add(16)) };
    }

    #[test]
    fn sizes_that_cannot_be_are_refused() {
        // SAFETY: no block is made.
        unsafe {
            assert!(malloc(usize::MAX).is_null());
            assert!(malloc(isize::MAX as usize).is_null());
            assert!(calloc(1 << 40, 1 << 40).is_null());
            let mut place = ptr::null_mut();
            assert_eq!(posix_memalign(&mut place, 3, 1), EINVAL);
            assert_eq!(posix_memalign(&mut place, 4, 1), EINVAL);
            assert_eq!(posix_memalign(&mut place, 64, usize::MAX - 10), ENOMEM);
            let block = malloc(10);
            assert!(realloc(block, usize::MAX).is_null());
            free(block);
        }
    }
}
