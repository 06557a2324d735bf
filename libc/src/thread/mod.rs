//! A thread's control block: all state that belongs to one thread.
//!
//! `current()` is the calling thread's. The head (`tcb::Tcb`) is what compiled code knows; the rest is this
//! library's. Neighbours: `start` makes the first thread's, `pthread` all others.

pub mod cancel;
pub mod destructors;
pub mod name;

use crate::tcb::Tcb;
use crate::types::*;
use core::cell::Cell;
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64};

/// How many keys `pthread_key_create` gives out.
pub const KEYS: usize = 1024;
/// How many of them have their value in the control block itself.
pub const INLINE_KEYS: usize = 32;

/// A value of thread-specific data, valid while `generation` is the key's.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Specific {
    /// The key's generation when the value was set.
    pub generation: usize,
    /// The value.
    pub value: *mut c_void,
}

/// The list of robust mutexes that a thread holds, in the kernel's form.
#[repr(C)]
pub struct RobustList {
    /// The newest, or the address of this field.
    pub next: Cell<*mut c_void>,
    /// From a list entry to the futex word, in bytes.
    pub futex_offset: Cell<c_long>,
    /// A mutex that is just being taken or given back.
    pub pending: Cell<*mut c_void>,
}

/// A thread's control block.
#[repr(C)]
pub struct Thread {
    /// What compiled code finds at `fs:0`.
    pub head: Tcb,
    /// The thread's number; 0 once it is gone, and then whoever waits is woken.
    pub tid: AtomicU32,
    /// Cancellation: state, type, request.
    pub cancel: cancel::Cancel,
    /// Whether it can be joined: see `pthread::lifecycle`.
    pub detach: AtomicU32,
    /// Threads that wait in join for this one; the waiter.
    pub joiner: AtomicPtr<Thread>,
    /// What the thread runs.
    pub start: Cell<Option<unsafe extern "C-unwind" fn(*mut c_void) -> *mut c_void>>,
    /// Its argument.
    pub argument: Cell<*mut c_void>,
    /// What it returned.
    pub result: Cell<*mut c_void>,
    /// The newest handler of pthread_cleanup_push (`__pthread_unwind_buf_t`).
    pub cleanup: Cell<*mut c_void>,
    /// The newest handler of the older form (`struct _pthread_cleanup_buffer`).
    pub old_cleanup: Cell<*mut c_void>,
    /// The robust mutexes that it holds.
    pub robust: RobustList,
    /// Whether the system knows of that list.
    pub robust_registered: Cell<bool>,
    /// Destructors of C++'s and Rust's thread-local objects, newest first.
    pub destructors: Cell<*mut c_void>,
    /// Values of the first keys.
    pub specific: [Cell<Specific>; INLINE_KEYS],
    /// Tables of the values of the other keys, made when needed.
    pub more_specific: [Cell<*mut Specific>; KEYS / INLINE_KEYS],
    /// Whether any value was ever set.
    pub specific_used: Cell<bool>,
    /// The malloc cache, null until the first allocation.
    pub malloc_cache: Cell<*mut c_void>,
    /// The locale of uselocale, null for the global one.
    pub locale: Cell<*mut c_void>,
    /// What `__ctype_b_loc` points to.
    pub ctype_b: Cell<*const c_ushort>,
    /// What `__ctype_tolower_loc` points to.
    pub ctype_tolower: Cell<*const i32>,
    /// What `__ctype_toupper_loc` points to.
    pub ctype_toupper: Cell<*const i32>,
    /// Where strerror and strsignal build a message of an unknown number.
    pub message: [Cell<u8>; 64],
    /// Where the TLS block and the stack were mapped, and how long the mapping is; null for the first thread.
    pub mapping: Cell<*mut c_void>,
    /// Length of the mapping in bytes.
    pub mapping_length: Cell<usize>,
    /// The lowest usable byte of the stack.
    pub stack: Cell<*mut c_void>,
    /// The stack's usable length in bytes.
    pub stack_length: Cell<usize>,
    /// The guard's length in bytes.
    pub guard_length: Cell<usize>,
    /// Whether the program gave the stack.
    pub stack_given: Cell<bool>,
    /// Whether the thread starts with a mask of its own.
    pub mask_given: Cell<bool>,
    /// The mask that the thread starts with.
    pub initial_mask: Cell<u64>,
    /// Its entry in the process page, where the system has one (Trivet).
    pub signal_entry: Cell<*mut c_void>,
    /// How many locks and unfinished steps of the library keep handlers from running, likewise.
    pub signal_defer: Cell<u32>,
    /// Whether signals were deferred meanwhile.
    pub signal_deferred: Cell<bool>,
    /// Whether it waits with another mask: an upcall then leaves the interrupt word set.
    pub signal_waits: Cell<bool>,
    /// Handlers that it has run.
    pub handlers_run: Cell<u32>,
    /// Handlers without SA_RESTART that it has run.
    pub handlers_interrupting: Cell<u32>,
    /// Its alternate signal stack, where the library keeps it (Trivet).
    pub alternate_stack: Cell<usize>,
    /// The stack's length in bytes; 0: there is none.
    pub alternate_length: Cell<usize>,
    /// Whether the thread waits for its creator before it runs: see `pthread::create`.
    pub held: AtomicU32,
    /// The exception object of its forced unwinding.
    pub unwinding: Cell<crate::pthread::exit::Exception>,
    /// The scheduling policy to set at the start; -1 leaves the creator's.
    pub scheduling_policy: Cell<c_int>,
    /// The priority to set at the start.
    pub scheduling_priority: Cell<c_int>,
    /// Its name, ended by 0: see `name`.
    pub name: [AtomicU64; 2],
    /// Whether the thread was made by `thrd_create`, whose function returns an int.
    pub c11: Cell<bool>,
    /// Neighbours in the list of all threads.
    pub list_next: Cell<*mut Thread>,
    /// Neighbours in the list of all threads.
    pub list_previous: Cell<*mut Thread>,
}

/// The calling thread's control block.
#[cfg(not(test))]
#[inline(always)]
pub fn current() -> *mut Thread {
    crate::tcb::current().cast()
}

/// The calling thread's control block. Host unit tests make one for each of the host's threads.
#[cfg(test)]
pub fn current() -> *mut Thread {
    use core::alloc::Layout;
    std::thread_local!(static THREAD: *mut Thread = {
        // SAFETY: a control block of zeros is a valid one: every field is a number, a cell or a null pointer.
        let thread = unsafe { std::alloc::alloc_zeroed(Layout::new::<Thread>()) }.cast::<Thread>();
        // SAFETY: just allocated, and kept for ever.
        unsafe {
            (*thread).head.own = thread.cast();
            (*thread).head.thread = thread.cast();
            (*thread).robust.next.set((&raw const (*thread).robust.next).cast_mut().cast());
            let tid = <crate::seam::System as crate::seam::Threads>::thread_id();
            (*thread).tid.store(tid as u32, core::sync::atomic::Ordering::Relaxed);
        }
        thread
    });
    THREAD.with(|thread| *thread)
}

/// The calling thread's control block, as a reference: every field that changes is a cell or an atomic.
#[inline(always)]
pub fn this() -> &'static Thread {
    // SAFETY: the block lives as long as its thread, which is the caller.
    unsafe { &*current() }
}
