//! From the first Rust instruction to the first thread: memory, processors, time, then the kernel's logic and init.
#![allow(unsafe_code)]

use super::hardware::{Hardware, set_frames, with_frames};
use super::layout::{DIRECT_MAP_LIMIT, DIRECT_MAP_MINIMUM, KERNEL_STACK};
use super::processor::processor;
use super::serial::{self, log};
use super::start_info::{self, LowMemory, StartInfo};
use super::{
    clock, descriptors, entropy, features, instructions, interrupts, local_apic, paging, smp, symbols, trap,
};
use alloc::boxed::Box;
use core::arch::asm;
use core::sync::atomic::Ordering;
use core::{ptr, slice};
use trivet_kernel::boot::acpi;
use trivet_kernel::boot::archive::{BootArchive, symbol_table, take_seed};
use trivet_kernel::boot::command_line::CommandLine;
use trivet_kernel::boot::memory_map::RangeSet;
use trivet_kernel::boot::start::Loaded;
use trivet_kernel::kernel::Kernel;
use trivet_kernel::machine::{Frame, PAGE_SIZE};
use trivet_kernel::mm::Mm;
use trivet_kernel::mm::frames::{FrameAllocator, FrameInfo};
use trivet_kernel::policy::interfaces_fingerprint;
use trivet_policy::Policy;

/// Port of the isa-debug-exit device: QEMU ends with status `(code << 1) | 1`.
const DEBUG_EXIT: u16 = 0xf4;
/// ACPI sleep request of QEMU's q35 machine, tried when there is no debug exit.
const POWER_OFF: (u16, u16) = (0x604, 0x2000);

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

/// Physical memory that nobody has a use for yet: all memory but the image, what the loader left, and the first MiB, where firmware and
/// starting processors have their places.
fn free_memory(info: &StartInfo) -> RangeSet {
    let mut free = info.memory.clone();
    free.remove(0, 0x10_0000);
    let (start, end) = paging::image();
    free.remove(start, end);
    for (start, end) in info.occupied {
        free.remove(start, end);
    }
    if let Some((start, length)) = info.archive {
        free.remove(start, start.saturating_add(length));
    }
    free
}

/// Makes the frame allocator of all memory. `free` is what it may hand out; the rest of memory is reserved.
fn frame_allocator(info: &StartInfo, mut free: RangeSet) -> FrameAllocator<'static> {
    let count = (info.memory.end() / PAGE_SIZE as u64) as usize;
    let bytes = (count * size_of::<FrameInfo>()) as u64;
    let Some(table) = free.take(bytes, PAGE_SIZE as u64, u64::MAX) else {
        refuse(format_args!("there is too little memory"))
    };
    // SAFETY: free memory that is in the direct map now, taken out of the free ranges for ever. All zero is a valid `FrameInfo`.
    let table = unsafe {
        let start = paging::direct(table);
        ptr::write_bytes(start, 0, bytes as usize);
        slice::from_raw_parts_mut(start.cast::<FrameInfo>(), count)
    };
    let mut frames = FrameAllocator::new(table);
    let page = |address: u64| Frame((address / PAGE_SIZE as u64) as u32);
    let pages = |start: u64, end: u64| ((end - start) / PAGE_SIZE as u64) as usize;
    let mut used = info.memory.clone();
    for range in free.ranges() {
        used.remove(range.start, range.end);
        frames.add(page(range.start), pages(range.start, range.end));
    }
    for range in used.ranges() {
        frames.reserve(page(range.start), pages(range.start, range.end));
    }
    frames
}

/// Reads what the loader left, or ends.
fn start_info(address: u64) -> StartInfo {
    match start_info::read(address, DIRECT_MAP_LIMIT) {
        Some(info) => info,
        None => refuse(format_args!(
            "the boot loader's start information is not PVH version 1"
        )),
    }
}

/// First Rust code, on the boot stack with the boot tables: sets memory up, then changes to the final stack.
pub extern "C" fn start_first_processor(address: u32) -> ! {
    serial::initialize();
    if let Some(feature) = features::missing() {
        refuse(format_args!("this processor lacks {feature}"));
    }
    if !trivet_kernel::ipc::call::CHECKED {
        log!("trivet: THIS KERNEL DOES NOT ASK THE POLICY; it is for measurements only");
    }
    let info = start_info(u64::from(address));
    let platform = acpi::read(&LowMemory, info.acpi_root);
    let mut free = free_memory(&info);
    let mut source = paging::TableSource {
        free: &mut free,
        limit: DIRECT_MAP_MINIMUM,
    };
    let root = paging::build(&info.memory, &mut source);
    for cpu in 0..platform.processor_count.max(1) {
        paging::map_stacks(cpu, &mut source);
    }
    // SAFETY: the new tables map the image, in which this stack lies, and all memory where they were.
    unsafe { instructions::write_cr3(root) };
    features::enable();
    descriptors::load(0);
    processor(0).root.store(root, Ordering::Relaxed);
    processor(0).online.store(true, Ordering::Release);
    set_frames(frame_allocator(&info, free));
    // SAFETY: the new stack is mapped and empty; nothing on the old one is used any more.
    unsafe {
        asm!("mov rsp, {stack}", "xor ebp, ebp", "call {next}", "ud2",
             stack = in(reg) KERNEL_STACK.top(0), next = sym start_machine, in("edi") address, options(noreturn));
    }
}

/// The boot archive's bytes.
fn archive_bytes(info: &StartInfo) -> &'static mut [u8] {
    match info.archive {
        Some((start, length))
            if start.is_multiple_of(PAGE_SIZE as u64)
                && info.memory.contains(start, start.saturating_add(length)) =>
        {
            // SAFETY: memory that the loader filled and the allocator does not have; nobody else has it until the kernel hands
            // out the Memory over it, after this slice is gone.
            unsafe { slice::from_raw_parts_mut(paging::direct(start), length as usize) }
        }
        _ => refuse(format_args!("the boot loader gave no boot archive (-initrd)")),
    }
}

/// Everything after memory: time, interrupts, the kernel's logic, init, the other processors.
extern "C" fn start_machine(address: u32) -> ! {
    let info = start_info(u64::from(address));
    let platform = acpi::read(&LowMemory, info.acpi_root);
    let command_line = CommandLine::parse(info.command_line);
    local_apic::initialize(processor(0));
    interrupts::initialize(&platform);
    let Some((page, _)) = with_frames(|frames| frames.allocate(false)) else {
        refuse(format_args!("there is too little memory"))
    };
    // SAFETY: a frame that was just allocated.
    unsafe { ptr::write_bytes(paging::direct(page.address()), 0, PAGE_SIZE) };
    clock::initialize(&platform, page.address(), command_line.instruction_count);
    let limit = command_line.processors.unwrap_or(usize::MAX);
    smp::start(&platform, limit);
    start_kernel(&info, &command_line)
}

/// The kernel's logic, init, and the other processors' way in.
fn start_kernel(info: &StartInfo, command_line: &CommandLine<'_>) -> ! {
    let bytes = archive_bytes(info);
    let parts = match BootArchive::open(bytes) {
        Ok(parts) => parts,
        Err(reason) => refuse(format_args!("{reason}")),
    };
    if !entropy::initialize(
        parts.seed.map(|seed| take_seed(bytes, seed)),
        command_line.instruction_count,
    ) {
        refuse(format_args!(
            "there is no source of random numbers: no RDSEED, no RDRAND, no boot/seed"
        ));
    }
    // From here on nobody writes to the archive.
    let bytes: &'static [u8] = bytes;
    symbols::set(parts.symbols.and_then(|symbols| symbol_table(bytes, symbols)));
    let policy = match Policy::load(parts.policy.bytes(bytes)) {
        Ok(policy) if policy.interfaces_fingerprint() != interfaces_fingerprint() => refuse(format_args!(
            "boot/policy was compiled against other interfaces than this kernel: compile it again"
        )),
        Ok(policy) => Box::new(policy),
        Err(reason) => refuse(format_args!("boot/policy is not valid: {reason:?}")),
    };
    let seed = [(); 4].map(|()| entropy::take().unwrap_or_default());
    // SAFETY: memory, clock and interrupts are set up; the one value of its kind goes into the kernel's lock.
    let hardware = unsafe { Hardware::new() };
    let Ok(mut kernel) = Kernel::new(hardware, Mm::new(), policy, seed) else {
        refuse(format_args!("there is too little memory"))
    };
    let start = info.archive.map_or(0, |(start, _)| start);
    let loaded = Loaded {
        archive: bytes,
        archive_frame: Frame((start / PAGE_SIZE as u64) as u32),
        parts,
        command_line: info.command_line,
        acpi_root: info.acpi_root,
    };
    if let Err(reason) = kernel.start_init(&loaded) {
        refuse(format_args!("{reason}"));
    }
    trap::set_kernel(kernel);
    smp::wake();
    trap::enter_first(0)
}
