//! From the first Rust instruction to the first thread: memory, processors, time, then the kernel's logic and init.
#![allow(unsafe_code)]

use super::hardware::{Hardware, set_frames, with_frames};
use super::layout::{DIRECT_MAP_LIMIT, DIRECT_MAP_MINIMUM, KERNEL_STACK, TRAMPOLINE};
use super::processor::processor;
use super::serial::{self, log};
use super::start_info::{self, LowMemory, StartInfo};
use super::{
    clock, descriptors, entropy, features, instructions, interrupts, local_apic, paging, smp, symbols, trap,
};
use core::arch::asm;
use core::sync::atomic::{AtomicU64, Ordering};
use core::{ptr, slice};
use trivet_kernel::boot::acpi;
use trivet_kernel::boot::command_line::CommandLine;
use trivet_kernel::boot::load::{self, Archive};
use trivet_kernel::boot::memory_map::RangeSet;
use trivet_kernel::machine::{Frame, PAGE_SIZE};
use trivet_kernel::mm::frames::{FrameAllocator, FrameInfo};

/// Port of the isa-debug-exit device: QEMU ends with status `(code << 1) | 1`.
const DEBUG_EXIT: u16 = 0xf4;
/// ACPI sleep request of QEMU's q35 machine, tried when there is no debug exit.
const POWER_OFF: (u16, u16) = (0x604, 0x2000);

/// Physical address of the start information, for after the change of stack.
static START_INFO: AtomicU64 = AtomicU64::new(0);

/// Ends the machine with a code for the host.
pub fn exit(code: u8) -> ! {
    // SAFETY: both ports end the emulator; without these devices nothing happens.
    unsafe {
        instructions::outl(DEBUG_EXIT, u32::from(code));
        instructions::outw(POWER_OFF.0, POWER_OFF.1);
    }
    instructions::halt_forever()
}

/// Starts the machine anew.
pub fn reset() -> ! {
    // SAFETY: the chipset's reset register: a full reset, by which nothing of this kernel goes on.
    unsafe {
        instructions::outb(0xcf9, 0x02);
        instructions::outb(0xcf9, 0x06);
    }
    instructions::halt_forever()
}

/// A boot that cannot go on, because of what the machine was started with: no bug of the kernel's, so no backtrace.
fn refuse(reason: core::fmt::Arguments<'_>) -> ! {
    log!("trivet: cannot boot: {reason}");
    exit(super::panic::EXIT_CODE)
}

/// First Rust code, on the boot stack with the boot tables. Sets up memory, then changes to the final stack.
pub extern "C" fn start_first_processor(info: u32) -> ! {
    serial::initialize();
    if let Some(feature) = features::missing() {
        refuse(format_args!("this processor lacks {feature}"));
    }
    let Some(info) = start_info::read(u64::from(info), DIRECT_MAP_LIMIT) else {
        refuse(format_args!("the boot loader's start information is not PVH version 1"))
    };
    let mut free = free_memory(&info);
    let root = paging::build(&info.memory, &mut paging::TableSource { free: &mut free, limit: DIRECT_MAP_MINIMUM });
    paging::map_stacks(0, &mut paging::TableSource { free: &mut free, limit: DIRECT_MAP_MINIMUM });
    let platform = acpi::read(&LowMemory, info.acpi_root);
    smp::map_stacks(&platform, &mut free);
    // SAFETY: the new tables map image, boot stack (part of the image) and all memory where they were.
    unsafe { instructions::write_cr3(root) };
    features::enable();
    descriptors::load(0);
    processor(0).root.store(root, Ordering::Relaxed);
    processor(0).online.store(true, Ordering::Release);
    set_frames(frame_allocator(&info, free));
    let boot = Boot { info, platform };
    BOOT.store(ptr::from_ref(&boot) as u64, Ordering::Relaxed);
    // SAFETY: the boot stack stays as it is (nothing runs on it any more), so `boot` lives on.
    unsafe {
        asm!("mov rsp, {stack}", "xor ebp, ebp", "call {next}", "ud2",
             stack = in(reg) KERNEL_STACK.top(0), next = sym start_on_kernel_stack, options(noreturn));
    }
}
