//! When the kernel itself is wrong: says what and where on the early log, stops the other processors, ends the machine.
#![allow(unsafe_code)]

use super::instructions::{msr, read_cr2, wrmsr};
use super::layout::{ALL_STACKS, KERNEL_BASE, STACKS, STACKS_STRIDE};
use super::processor::{processor, this_index};
use super::serial::log;
use super::{boot, local_apic, symbols};
use core::arch::asm;
use core::panic::PanicInfo;
use core::ptr;
use core::sync::atomic::{AtomicU8, Ordering};
use trivet_kernel::machine::MAX_CPUS;

/// 1 as soon as a processor panics; the NMI handler halts then.
pub static PANICKING: AtomicU8 = AtomicU8::new(0);

/// Code for the host: Trivet's own failure.
pub const EXIT_CODE: u8 = 125;

/// Frames of a backtrace, at most.
const MAX_FRAMES: usize = 64;

/// What the processor pushed, and the stub before it.
#[repr(C)]
pub struct ExceptionFrame {
    vector: u64,
    error: u64,
    rip: u64,
    cs: u64,
    rflags: u64,
    rsp: u64,
    ss: u64,
}

/// Begins a panic: the first one goes on, a second one in its course ends the machine at once.
fn begin() {
    if PANICKING.swap(1, Ordering::SeqCst) != 0 {
        log!("trivet: a second panic while the first was reported");
        boot::exit(EXIT_CODE);
    }
    local_apic::stop_others();
}

/// Whether 16 bytes at `address` lie in a kernel stack, so that a frame pointer may be followed there.
fn is_stack(address: u64) -> bool {
    if !address.is_multiple_of(8) {
        return false;
    }
    let (_, image_end) = super::paging::image();
    if (KERNEL_BASE + 0x10_0000..KERNEL_BASE + image_end - 16).contains(&address) {
        return true;
    }
    let Some(offset) = address.checked_sub(STACKS) else {
        return false;
    };
    let cpu = offset / STACKS_STRIDE;
    let within = offset % STACKS_STRIDE;
    (cpu < MAX_CPUS as u64)
        && processor(cpu as usize).kernel_stack.load(Ordering::Relaxed) != 0
        && ALL_STACKS
            .iter()
            .any(|stack| (stack.offset..stack.offset + stack.length - 15).contains(&within))
}

fn backtrace(mut frame: u64) {
    for _ in 0..MAX_FRAMES {
        if !is_stack(frame) {
            break;
        }
        // SAFETY: 16 bytes of a mapped stack, or of the image; whatever they hold is only printed or checked again.
        let [next, address] = unsafe { ptr::with_exposed_provenance::<[u64; 2]>(frame as usize).read() };
        if address == 0 {
            break;
        }
        // The call is before the return address.
        symbols::log_address(address - 1);
        if next <= frame {
            break;
        }
        frame = next;
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    begin();
    log!("\ntrivet: kernel panic: {}", info.message());
    if let Some(location) = info.location() {
        log!("  at {location}");
    }
    let frame: u64;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, rbp", out(reg) frame, options(nomem, nostack, preserves_flags)) };
    backtrace(frame);
    boot::exit(EXIT_CODE)
}

/// An exception in the kernel, or one that nothing survives (double fault, machine check).
pub extern "C" fn kernel_exception(frame: *const ExceptionFrame, rbp: u64) -> ! {
    // SAFETY: the entry code passes the address of what was pushed, on a stack that is not reused.
    let frame = unsafe { &*frame };
    // GS may be a program's; the stack tells which processor this is.
    let cpu = ((ptr::from_ref(frame) as u64).wrapping_sub(STACKS) / STACKS_STRIDE) as usize;
    if cpu < MAX_CPUS {
        // SAFETY: the block of this processor.
        unsafe { wrmsr(msr::GS_BASE, ptr::from_ref(processor(cpu)) as u64) };
    }
    begin();
    log!(
        "\ntrivet: kernel panic: exception {} (error code {:#x}, address {:#x}) on processor {}",
        frame.vector,
        frame.error,
        read_cr2(),
        this_index()
    );
    log!(
        "  rip {:#x} cs {:#x} rflags {:#x} rsp {:#x} ss {:#x} rbp {rbp:#x}",
        frame.rip,
        frame.cs,
        frame.rflags,
        frame.rsp,
        frame.ss
    );
    symbols::log_address(frame.rip);
    backtrace(rbp);
    boot::exit(EXIT_CODE)
}

/// Personality of the prebuilt `core`'s unwind tables. Nothing unwinds here; the linker wants the name.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// As `rust_eh_personality`.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() -> ! {
    boot::exit(EXIT_CODE)
}
