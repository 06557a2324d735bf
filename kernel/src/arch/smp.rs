//! Bringing up further processors, one after the other.
#![allow(unsafe_code)]

use super::layout::{KERNEL_STACK, TRAMPOLINE};
use super::processor::{processor, this_index};
use super::serial::log;
use super::{clock, descriptors, features, instructions, local_apic, paging, trap};
use core::ptr;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use trivet_kernel::boot::acpi::Platform;

/// How long a processor may take to come up.
const START_TIMEOUT_NS: u64 = 1_000_000_000;

unsafe extern "C" {
    static trampoline_start: u8;
    static trampoline_end: u8;
    static starting_stack: AtomicU64;
    static starting_root: AtomicU64;
}

static COUNT: AtomicUsize = AtomicUsize::new(1);
/// Index of the processor that is starting.
static STARTING: AtomicUsize = AtomicUsize::new(0);

/// Processors that run.
#[inline]
pub fn count() -> usize {
    COUNT.load(Ordering::Relaxed)
}

/// Starts the processors of the platform but the one that runs this, `limit` in all at most. One that does not come up is left out with all after
/// it. They halt until [`wake`].
pub fn start(platform: &Platform, limit: usize) {
    let own = processor(0).apic.load(Ordering::Relaxed);
    // These symbols are physical addresses.
    let (start, end) = (
        (&raw const trampoline_start) as u64,
        (&raw const trampoline_end) as u64,
    );
    // SAFETY: the page is memory below 1 MiB that the memory map gave to nobody; the code is position-independent but for TRAMPOLINE.
    unsafe {
        ptr::copy_nonoverlapping(
            paging::direct(start),
            paging::direct(TRAMPOLINE),
            (end - start) as usize,
        )
    };
    let others = platform.processors[..platform.processor_count]
        .iter()
        .filter(|&&apic| apic != own);
    for (&apic, index) in others.zip(1..limit.max(1)) {
        if apic > 0xfe {
            continue;
        }
        STARTING.store(index, Ordering::Relaxed);
        // SAFETY: words in the image, read by the trampoline alone.
        unsafe {
            starting_stack.store(KERNEL_STACK.top(index), Ordering::SeqCst);
            starting_root.store(paging::kernel_root(), Ordering::SeqCst);
        }
        local_apic::start_processor(apic, TRAMPOLINE);
        let deadline = clock::now_ns() + START_TIMEOUT_NS;
        while !processor(index).online.load(Ordering::Acquire) {
            if clock::now_ns() > deadline {
                log!("trivet: processor with APIC number {apic} does not start; going on with {index}");
                return;
            }
            instructions::pause();
        }
        COUNT.store(index + 1, Ordering::Relaxed);
    }
}

/// Lets the started processors in: the kernel is there.
pub fn wake() {
    for index in 1..count() {
        local_apic::send(processor(index), local_apic::RESCHEDULE);
    }
}

/// First Rust code of a further processor, on the kernel's tables and its own kernel stack.
pub extern "C" fn start_secondary_processor() -> ! {
    let index = STARTING.load(Ordering::Relaxed);
    features::enable();
    descriptors::load(index);
    debug_assert_eq!(this_index(), index);
    let block = processor(index);
    block.root.store(paging::kernel_root(), Ordering::Relaxed);
    local_apic::initialize(block);
    block.online.store(true, Ordering::Release);
    trap::wait_for_kernel(index)
}
