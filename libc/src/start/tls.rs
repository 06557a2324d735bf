//! Static thread-local storage: the block below each thread's control block.
//!
//! x86-64's TLS variant II: the program's TLS segment ends at the thread pointer, the control block begins
//! there. Programs here are linked statically, so there is one module, number 1.

use super::program;
use crate::thread::Thread;
use crate::types::*;
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// The segment's initial bytes.
static IMAGE: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());
static IMAGE_SIZE: AtomicUsize = AtomicUsize::new(0);
/// The block's size, rounded up to its alignment.
static BLOCK_SIZE: AtomicUsize = AtomicUsize::new(0);
static ALIGNMENT: AtomicUsize = AtomicUsize::new(CONTROL_ALIGNMENT);

/// The control block's own alignment: a cache line.
const CONTROL_ALIGNMENT: usize = 64;

/// Learns the program's TLS segment. Only start-up calls this.
pub fn initialise() {
    let Some(header) = program::header(program::PT_TLS) else {
        return;
    };
    let image = program::load_address().wrapping_add(header.address as usize);
    let alignment = (header.alignment as usize).max(1);
    IMAGE.store(ptr::with_exposed_provenance_mut(image), Ordering::Relaxed);
    IMAGE_SIZE.store(header.file_size as usize, Ordering::Relaxed);
    let size = (header.memory_size as usize).next_multiple_of(alignment);
    BLOCK_SIZE.store(size, Ordering::Relaxed);
    ALIGNMENT.store(alignment.max(CONTROL_ALIGNMENT), Ordering::Relaxed);
}

/// Bytes that a thread's TLS block and control block need in memory whose address is unknown.
pub fn size() -> usize {
    let alignment = ALIGNMENT.load(Ordering::Relaxed);
    BLOCK_SIZE.load(Ordering::Relaxed) + size_of::<Thread>().next_multiple_of(alignment) + alignment
}

/// Bytes of the TLS block alone.
pub fn block_size() -> usize {
    BLOCK_SIZE.load(Ordering::Relaxed)
}

/// Builds TLS block and control block at the end of the zeroed memory `start..end`.
///
/// # Safety
/// The memory must be the caller's, zeroed, and at least `size()` bytes long.
pub unsafe fn build(end: *mut u8) -> *mut Thread {
    let alignment = ALIGNMENT.load(Ordering::Relaxed);
    let block = BLOCK_SIZE.load(Ordering::Relaxed);
    let below_end = end.wrapping_sub(size_of::<Thread>());
    let thread = below_end
        .wrapping_sub(below_end.addr() % alignment)
        .cast::<Thread>();
    // SAFETY: by the contract the block lies within the memory.
    unsafe {
        let tls = thread.cast::<u8>().sub(block);
        ptr::copy_nonoverlapping(
            IMAGE.load(Ordering::Relaxed).cast_const(),
            tls,
            IMAGE_SIZE.load(Ordering::Relaxed),
        );
        link(thread, tls);
    }
    thread
}

/// Gives a control block and TLS block that an ended thread left behind their initial contents again.
///
/// # Safety
/// `thread` must have been made by `build`, and its thread must be gone.
pub unsafe fn rebuild(thread: *mut Thread) {
    let block = BLOCK_SIZE.load(Ordering::Relaxed);
    let image = IMAGE_SIZE.load(Ordering::Relaxed);
    // SAFETY: by the contract both blocks are the caller's.
    unsafe {
        let tls = thread.cast::<u8>().sub(block);
        ptr::copy_nonoverlapping(IMAGE.load(Ordering::Relaxed).cast_const(), tls, image);
        ptr::write_bytes(tls.add(image), 0, block - image);
        ptr::write_bytes(thread, 0, 1);
        link(thread, tls);
    }
}

/// Fills in what must not be zero in a new control block.
///
/// # Safety
/// Both pointers must name the caller's blocks.
unsafe fn link(thread: *mut Thread, tls: *mut u8) {
    // SAFETY: by the contract.
    unsafe {
        (*thread).head.own = thread.cast();
        (*thread).head.thread = thread.cast();
        // dtv[-1]: how many entries follow; dtv[0]: generation; dtv[1]: module 1.
        let dtv = &mut (*thread).head.dtv_entries;
        dtv[0] = [1, 0];
        dtv[1] = [0, 0];
        dtv[2] = [tls.expose_provenance(), 0];
        (*thread).head.dtv = (&raw mut (*thread).head.dtv_entries[1]).cast();
        (*thread)
            .robust
            .next
            .set((&raw const (*thread).robust.next).cast_mut().cast());
        (*thread)
            .robust
            .futex_offset
            .set(crate::pthread::ROBUST_FUTEX_OFFSET);
    }
}

/// What general-dynamic code passes: module and offset (`tls_index`).
#[repr(C)]
pub struct Index {
    module: usize,
    offset: usize,
}

crate::export! {
    /// The address of a thread-local variable, for code in the general-dynamic model. x86-64 TLS ABI.
    pub unsafe extern "C" fn __tls_get_addr(index: *const Index) -> *mut c_void {
        // SAFETY: the linker made the index; there is one module.
        let offset = unsafe { (*index).offset };
        crate::thread::current().cast::<c_void>().wrapping_byte_sub(block_size()).wrapping_byte_add(offset)
    }
}
