//! A thread's heap: its pages by size class, and the blocks that other threads have freed.

use super::class;
use super::segment::*;
use super::span::{Shared, secret, shared};
use crate::seam::*;
use crate::thread::this;
use core::cell::{Cell, UnsafeCell};
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

/// A thread's heap. One page of memory, but for the first one.
#[repr(C)]
pub struct Heap {
    /// For each class the page to allocate from; never null.
    pub current: [Cell<*mut Page>; class::COUNT],
    /// For each class the pages that have blocks to give, the current one first; may be null.
    listed: [Cell<*mut Page>; class::COUNT],
    /// All pages of the heap.
    all: Cell<*mut Page>,
    /// Blocks that other threads have freed, linked through their first words (mangled).
    remote: AtomicPtr<Block>,
    /// The next heap that waits for a thread.
    next_idle: Cell<*mut Heap>,
}

const _: () = assert!(size_of::<Heap>() <= PAGE_SIZE);

/// The heap of the first thread that allocates: it needs no mapping.
struct First(UnsafeCell<Heap>);
// SAFETY: `Shared::first_heap_taken` gives it to one thread, under the lock.
unsafe impl Sync for First {}
// SAFETY: all bits zero are null pointers, as in a new mapping.
static FIRST: First = First(UnsafeCell::new(unsafe { core::mem::zeroed() }));

/// What a class without pages allocates from: nothing.
struct Nothing(Page);
// SAFETY: nobody writes to it: its list is empty and it has no blocks.
unsafe impl Sync for Nothing {}
static NOTHING: Nothing = Nothing(Page::empty());

fn nothing() -> *mut Page {
    (&raw const NOTHING.0).cast_mut()
}

/// How many bytes of fresh memory are made into free blocks at once.
const CARVE: usize = 4096;

/// The calling thread's heap, null before its first allocation.
#[inline(always)]
pub fn own() -> *mut Heap {
    this().malloc_cache.get().cast()
}

/// The calling thread's heap, made or taken over if it has none.
#[cold]
pub fn make_own() -> Option<*mut Heap> {
    let mut shared = shared();
    let idle = shared.idle;
    // SAFETY: idle heaps are live and under the lock; a new one is zeroed memory.
    unsafe {
        let heap = if idle.is_null() {
            let heap: *mut Heap = if core::mem::replace(&mut shared.first_heap_taken, true) {
                let flags = MAP_PRIVATE | MAP_ANONYMOUS;
                System::map(ptr::null_mut(), PAGE_SIZE, PROT_READ | PROT_WRITE, flags, -1, 0)
                    .ok()?
                    .cast()
            } else {
                FIRST.0.get()
            };
            for current in &(*heap).current {
                current.set(nothing());
            }
            heap
        } else {
            shared.idle = (*idle).next_idle.get();
            idle
        };
        this().malloc_cache.set(heap.cast());
        Some(heap)
    }
}

/// The calling thread ends: its heap waits for the next thread.
#[cfg(not(test))]
pub fn end_thread() {
    let heap = this().malloc_cache.replace(ptr::null_mut()).cast::<Heap>();
    if heap.is_null() {
        return;
    }
    // SAFETY: the heap was the calling thread's, and becomes the list's.
    unsafe {
        (*heap).drain();
        let mut shared = shared();
        (*heap).release_empty(&mut shared);
        (*heap).next_idle.set(shared.idle);
        shared.idle = heap;
    }
}

// SAFETY of every block below: a heap's pages and their free blocks are reached by the heap's thread alone, or
// under the shared lock while the heap is idle; blocks are memory of this allocator.
impl Heap {
    /// A block of a class whose current page has none on its list.
    #[cold]
    pub fn refill(&self, class: usize) -> *mut Block {
        loop {
            let page = self.current[class].get();
            // SAFETY: see above; the page is live.
            unsafe {
                if !(*page).free.get().is_null() || carve(page) {
                    return take(page);
                }
                if page != nothing() {
                    self.unlist(page);
                }
                if !self.listed[class].get().is_null() || self.drain() && !self.listed[class].get().is_null()
                {
                    self.current[class].set(self.listed[class].get());
                    continue;
                }
                if !self.add_page(class) {
                    return ptr::null_mut();
                }
            }
        }
    }

    /// Gets a page for a class: an idle heap's, or a new one.
    unsafe fn add_page(&self, class: usize) -> bool {
        let mut shared = shared();
        // SAFETY: see above.
        unsafe {
            let page = match adopt(&mut shared, class) {
                Some(page) => page,
                None => {
                    let Some((page, start)) = shared.take(1, 1) else {
                        return false;
                    };
                    (*page).make_small(class, start, ptr::null_mut());
                    page
                }
            };
            (*page)
                .owner
                .store(ptr::from_ref(self).cast_mut(), Ordering::Release);
            (*page).all_previous.set(ptr::null_mut());
            (*page).all_next.set(self.all.get());
            if !self.all.get().is_null() {
                (*self.all.get()).all_previous.set(page);
            }
            self.all.set(page);
            self.list(page);
        }
        true
    }

    /// Puts a page that has blocks to give into its class's list.
    unsafe fn list(&self, page: *mut Page) {
        // SAFETY: see above.
        unsafe {
            let head = &self.listed[(*page).class.get() as usize];
            (*page).listed.set(true);
            (*page).previous.set(ptr::null_mut());
            (*page).next.set(head.get());
            if !head.get().is_null() {
                (*head.get()).previous.set(page);
            }
            head.set(page);
            // The page that is being used goes on being used, unless there is none.
            let current = &self.current[(*page).class.get() as usize];
            if current.get() == nothing() {
                current.set(page);
            }
        }
    }

    unsafe fn unlist(&self, page: *mut Page) {
        // SAFETY: see above.
        unsafe {
            if !(*page).listed.replace(false) {
                return;
            }
            let class = (*page).class.get() as usize;
            let (next, previous) = ((*page).next.get(), (*page).previous.get());
            if previous.is_null() {
                self.listed[class].set(next);
            } else {
                (*previous).next.set(next);
            }
            if !next.is_null() {
                (*next).previous.set(previous);
            }
            if self.current[class].get() == page {
                self.current[class].set(nothing());
            }
        }
    }

    /// Forgets a page.
    unsafe fn remove(&self, page: *mut Page) {
        // SAFETY: see above.
        unsafe {
            self.unlist(page);
            let (next, previous) = ((*page).all_next.get(), (*page).all_previous.get());
            if previous.is_null() {
                self.all.set(next);
            } else {
                (*previous).all_next.set(next);
            }
            if !next.is_null() {
                (*next).all_previous.set(previous);
            }
        }
    }

    /// What follows when a block came back to a page that was not listed, or emptied its page.
    #[cold]
    pub unsafe fn after_free(&self, page: *mut Page) {
        // SAFETY: see above.
        unsafe {
            if !(*page).listed.get() {
                self.list(page);
            }
            let class = (*page).class.get() as usize;
            // The last page of a class stays: the next allocation would only fetch another.
            let another = !(*page).next.get().is_null() || self.listed[class].get() != page;
            if (*page).used.load(Ordering::Relaxed) == 0 && another {
                self.remove(page);
                shared().give_back(page, 0);
            }
        }
    }

    /// Another thread frees a block of this heap.
    pub unsafe fn push_remote(&self, block: *mut Block) {
        let mut head = self.remote.load(Ordering::Relaxed);
        loop {
            // SAFETY: the block is the caller's.
            unsafe { (*block).next.set(head.expose_provenance() ^ secret()) };
            match self
                .remote
                .compare_exchange_weak(head, block, Ordering::Release, Ordering::Relaxed)
            {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// Takes back what other threads have freed; whether there was anything.
    pub unsafe fn drain(&self) -> bool {
        let mut block = self.remote.swap(ptr::null_mut(), Ordering::Acquire);
        let found = !block.is_null();
        while !block.is_null() {
            // SAFETY: the list's blocks are this heap's, but for pages that were adopted since.
            unsafe {
                let next = ptr::with_exposed_provenance_mut((*block).next.get() ^ secret());
                let page = Segment::page(Segment::of(block.cast()), block.cast());
                let owner = (*page).owner.load(Ordering::Relaxed);
                if ptr::eq(owner, self) {
                    self.take_back(page, block);
                } else {
                    (*owner).push_remote(block);
                }
                block = next;
            }
        }
        found
    }

    /// Puts a block on its page's list.
    #[inline(always)]
    pub unsafe fn take_back(&self, page: *mut Page, block: *mut Block) {
        // SAFETY: see above.
        unsafe {
            (*block)
                .next
                .set((*page).free.get().expose_provenance() ^ secret());
            (*page).free.set(block);
            let used = (*page).used.load(Ordering::Relaxed) - 1;
            (*page).used.store(used, Ordering::Relaxed);
            if used == 0 || !(*page).listed.get() {
                self.after_free(page);
            }
        }
    }

    /// Gives back all pages without a block in use.
    pub unsafe fn release_empty(&self, shared: &mut Shared) {
        let mut page = self.all.get();
        // SAFETY: see above.
        unsafe {
            while !page.is_null() {
                let next = (*page).all_next.get();
                if (*page).used.load(Ordering::Relaxed) == 0 {
                    self.remove(page);
                    shared.give_back(page, 0);
                }
                page = next;
            }
        }
    }
}

/// Takes a page of a class from a heap that waits for a thread.
unsafe fn adopt(shared: &mut Shared, class: usize) -> Option<*mut Page> {
    let mut heap = shared.idle;
    // SAFETY: idle heaps are reached under the lock only, which `shared` proves.
    unsafe {
        while !heap.is_null() {
            // Blocks freed since the thread ended may have made room. Empty pages stay: the lock is taken.
            let mut block = (*heap).remote.swap(ptr::null_mut(), Ordering::Acquire);
            while !block.is_null() {
                let next = ptr::with_exposed_provenance_mut((*block).next.get() ^ secret());
                let page = Segment::page(Segment::of(block.cast()), block.cast());
                let owner = (*page).owner.load(Ordering::Relaxed);
                if owner == heap {
                    (*block)
                        .next
                        .set((*page).free.get().expose_provenance() ^ secret());
                    (*page).free.set(block);
                    (*page)
                        .used
                        .store((*page).used.load(Ordering::Relaxed) - 1, Ordering::Relaxed);
                    if !(*page).listed.get() {
                        (*heap).list(page);
                    }
                } else {
                    (*owner).push_remote(block);
                }
                block = next;
            }
            let page = (*heap).listed[class].get();
            if !page.is_null() {
                (*heap).remove(page);
                return Some(page);
            }
            heap = (*heap).next_idle.get();
        }
    }
    None
}

/// Makes fresh memory of a page into free blocks; whether there was any.
unsafe fn carve(page: *mut Page) -> bool {
    // SAFETY: the page is the caller's heap's; memory behind the carved blocks is nobody's.
    unsafe {
        let carved = (*page).carved.get();
        let left = (*page).capacity.get() - carved;
        if left == 0 {
            return false;
        }
        let size = (*page).block_size.get();
        let count = ((CARVE / size).max(1) as u32).min(left);
        let first = (*page).start.get().add(carved as usize * size);
        let mut next: *mut Block = ptr::null_mut();
        for index in (0..count as usize).rev() {
            let block: *mut Block = first.add(index * size).cast();
            (*block).next.set(next.expose_provenance() ^ secret());
            (*block).mark.set(secret() ^ block.addr());
            next = block;
        }
        (*page).free.set(next);
        (*page).carved.set(carved + count);
        true
    }
}

/// Takes the first free block of a page that has one.
#[inline(always)]
pub unsafe fn take(page: *mut Page) -> *mut Block {
    // SAFETY: the page is the caller's heap's and its list is not empty.
    unsafe {
        let block = (*page).free.get();
        let mark = secret() ^ block.addr();
        if (*block).mark.get() != mark {
            super::corrupted(b"malloc(): free block overwritten\n");
        }
        (*block).mark.set(0);
        (*page)
            .free
            .set(ptr::with_exposed_provenance_mut((*block).next.get() ^ secret()));
        (*page)
            .used
            .store((*page).used.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        block
    }
}
