//! What each processor has of its own: the block behind GS, and its tables' storage.
//!
//! The entry code in [`super::entry`] reads the first fields by their offsets.
#![allow(unsafe_code)]

use core::arch::asm;
use core::cell::UnsafeCell;
use core::mem::offset_of;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64};
use trivet_kernel::machine::{MAX_CPUS, ThreadContext};

/// The block that GS points to in the kernel. Only its own processor writes the plain fields, through the entry code;
/// the atomic ones are read and written by others too.
#[repr(C, align(128))]
pub struct Processor {
    /// The thread that user mode runs, or is about to; where the entry code saves.
    pub context: AtomicPtr<ThreadContext>,
    /// The thread whose vector registers and bases the processor still holds; null after the thread is gone.
    pub last_context: AtomicPtr<ThreadContext>,
    /// Top of the kernel's stack.
    pub kernel_stack: AtomicU64,
    /// One register's room during an entry.
    pub scratch: AtomicU64,
    /// Index of the processor.
    pub index: AtomicU32,
    /// 1 while the processor halts with interrupts on: an interrupt in the kernel is then expected.
    pub idle: AtomicU32,
    /// Physical address of the loaded top-level page table.
    pub root: AtomicU64,
    /// Local APIC's number.
    pub apic: AtomicU32,
    /// Whether it takes part: others send it requests.
    pub online: AtomicBool,
    /// The debug registers hold a thread's breakpoints.
    pub debug_loaded: AtomicBool,
    /// A TLB request waits (see `shootdown`).
    pub flush_wanted: AtomicU8,
    /// First address of the TLB request.
    pub flush_address: AtomicU64,
    /// Pages of the TLB request; over the limit: everything.
    pub flush_pages: AtomicU64,
    /// When the one-shot timer is set to fire, in ticks of the time stamp counter; `u64::MAX`: it is not.
    pub timer_ticks: AtomicU64,
}

/// Offset of [`Processor::context`].
pub const CONTEXT: usize = offset_of!(Processor, context);
/// Offset of [`Processor::last_context`].
pub const LAST_CONTEXT: usize = offset_of!(Processor, last_context);
/// Offset of [`Processor::kernel_stack`].
pub const KERNEL_STACK: usize = offset_of!(Processor, kernel_stack);
/// Offset of [`Processor::scratch`].
pub const SCRATCH: usize = offset_of!(Processor, scratch);
/// Offset of [`Processor::index`].
pub const INDEX: usize = offset_of!(Processor, index);
impl Processor {
    const fn new() -> Processor {
        Processor {
            context: AtomicPtr::new(ptr::null_mut()),
            last_context: AtomicPtr::new(ptr::null_mut()),
            kernel_stack: AtomicU64::new(0),
            scratch: AtomicU64::new(0),
            index: AtomicU32::new(0),
            idle: AtomicU32::new(0),
            root: AtomicU64::new(0),
            apic: AtomicU32::new(0),
            online: AtomicBool::new(false),
            debug_loaded: AtomicBool::new(false),
            flush_wanted: AtomicU8::new(0),
            flush_address: AtomicU64::new(0),
            flush_pages: AtomicU64::new(0),
            timer_ticks: AtomicU64::new(u64::MAX),
        }
    }
}

static PROCESSORS: [Processor; MAX_CPUS] = [const { Processor::new() }; MAX_CPUS];

/// The block of a processor.
#[inline]
pub fn processor(index: usize) -> &'static Processor {
    &PROCESSORS[index]
}

/// The processor that runs this. GS must be the kernel's, which it is in all Rust code after `descriptors::load`.
#[inline]
pub fn this_index() -> usize {
    let index: u32;
    // SAFETY: GS points to this processor's block while Rust code runs.
    unsafe {
        asm!("mov {:e}, gs:[{}]", out(reg) index, const INDEX, options(nostack, readonly, preserves_flags));
    }
    index as usize
}

/// Storage that one processor uses, by index, and nobody else.
pub struct PerProcessor<T>([UnsafeCell<T>; MAX_CPUS]);

// SAFETY: each element is used by its own processor alone: `get` asks for that.
unsafe impl<T: Send> Sync for PerProcessor<T> {}

impl<T> PerProcessor<T> {
    /// One value for each processor.
    pub const fn new(values: [UnsafeCell<T>; MAX_CPUS]) -> PerProcessor<T> {
        PerProcessor(values)
    }

    /// Pointer to the value of a processor. Using it is sound on that processor, or before it runs.
    pub fn get(&self, index: usize) -> *mut T {
        self.0[index].get()
    }
}
