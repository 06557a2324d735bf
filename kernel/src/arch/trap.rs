//! From the entry code to the kernel's logic and back: takes the lock, tells what happened, answers whom to run.
#![allow(unsafe_code)]

use super::hardware::{Hardware, zero_ahead};
use super::instructions::{read_cr2, read_dr6, write_debug_registers, write_dr6};
use super::lock::{Guard, TicketLock};
use super::processor::{Processor, processor, this_index};
use super::{interrupts, local_apic, shootdown, smp};
use core::arch::asm;
use core::ptr;
use core::sync::atomic::Ordering;
use trivet_kernel::kernel::{Kernel, Next};
use trivet_kernel::machine::{ThreadContext, Trap};

/// The kernel: everything that is not one processor's own.
static KERNEL: TicketLock<Option<Kernel<Hardware>>> = TicketLock::new(None);

const DEBUG_EXCEPTION: u64 = 1;
const PAGE_FAULT: u64 = 14;
/// Vectors below are exceptions.
const EXCEPTIONS_END: u64 = 32;

/// Puts the kernel in its place, before any entry.
pub fn set_kernel(kernel: Kernel<Hardware>) {
    *KERNEL.lock(|| {}) = Some(kernel);
}

/// Runs `work` on the kernel, then finds out whom this processor runs.
#[inline]
fn enter(cpu: usize, work: impl FnOnce(&mut Kernel<Hardware>)) -> *mut ThreadContext {
    let mut guard = KERNEL.lock(shootdown::answer);
    let Some(kernel) = guard.as_mut() else {
        panic!("entry before the kernel is there")
    };
    work(kernel);
    let next = match kernel.resume(cpu) {
        Ok(context) => return resumed(cpu, context),
        Err(next) => next,
    };
    if next == Next::Continue {
        return continue_slowly(cpu, guard);
    }
    idle(processor(cpu), guard)
}

/// The context of the thread that the kernel chose.
#[inline]
fn resumed(cpu: usize, context: &mut ThreadContext) -> *mut ThreadContext {
    let block = processor(cpu);
    if context.debug_active != 0 {
        write_debug_registers(&context.debug);
        block.debug_loaded.store(true, Ordering::Relaxed);
    } else if block.debug_loaded.load(Ordering::Relaxed) {
        write_debug_registers(&[0; 6]);
        block.debug_loaded.store(false, Ordering::Relaxed);
    }
    let context = ptr::from_mut(context);
    block.context.store(context, Ordering::Relaxed);
    context
}

/// An entry that is too long for one: interrupts come in between its steps. One that does goes on here through the kernel's own
/// memory of what is left, on a fresh stack; so nothing may be held while they are let in.
#[cold]
fn continue_slowly(cpu: usize, guard: Guard<'_, Option<Kernel<Hardware>>>) -> *mut ThreadContext {
    drop(guard);
    loop {
        let_interrupts_in(processor(cpu));
        let mut guard = KERNEL.lock(shootdown::answer);
        let Some(kernel) = guard.as_mut() else {
            panic!("entry before the kernel is there")
        };
        kernel.continue_entry(cpu);
        let next = match kernel.resume(cpu) {
            Ok(context) => return resumed(cpu, context),
            Err(next) => next,
        };
        if next != Next::Continue {
            idle(processor(cpu), guard);
        }
    }
}

/// Takes interrupts that wait. If one does, this never returns: [`idle_interrupt`] goes on, on a fresh stack.
fn let_interrupts_in(block: &Processor) {
    block.idle.store(1, Ordering::Relaxed);
    // SAFETY: the caller holds nothing that must be given back, and expects not to be returned to.
    unsafe { asm!("sti", "nop", "cli", options(nostack)) };
    block.idle.store(0, Ordering::Relaxed);
}

/// SYSCALL from user mode; the registers are in the current context.
pub extern "C" fn system_call() -> *mut ThreadContext {
    let cpu = this_index();
    let mut guard = KERNEL.lock(shootdown::answer);
    let Some(kernel) = guard.as_mut() else {
        panic!("entry before the kernel is there")
    };
    match kernel.enter_call(cpu) {
        Ok(context) => resumed(cpu, context),
        Err(Next::Continue) => continue_slowly(cpu, guard),
        Err(_) => idle(processor(cpu), guard),
    }
}

/// An interrupt or exception from user mode; all registers are in the current context.
pub extern "C" fn trap(vector: u64, error: u64) -> *mut ThreadContext {
    let cpu = this_index();
    if vector >= EXCEPTIONS_END {
        return interrupt(cpu, vector as u8, processor(cpu).context.load(Ordering::Relaxed));
    }
    let trap = if vector == PAGE_FAULT {
        Trap::PageFault {
            address: read_cr2(),
            error,
        }
    } else {
        Trap::Exception {
            vector: vector as u8,
            error,
        }
    };
    if vector == DEBUG_EXCEPTION {
        note_debug_status(processor(cpu));
    }
    enter(cpu, |kernel| kernel.trap(cpu, trap))
}

/// An interrupt while this processor was idle. The stack was reset: idling is over.
pub extern "C" fn idle_interrupt(vector: u64) -> *mut ThreadContext {
    let cpu = this_index();
    processor(cpu).idle.store(0, Ordering::Relaxed);
    interrupt(cpu, vector as u8, ptr::null_mut())
}

/// Takes an external interrupt; `context` is what was interrupted, or null.
fn interrupt(cpu: usize, vector: u8, context: *mut ThreadContext) -> *mut ThreadContext {
    let trap = match vector {
        local_apic::FLUSH => {
            local_apic::end_of_interrupt();
            shootdown::answer();
            if !context.is_null() {
                return context;
            }
            return enter(cpu, |_| {});
        }
        local_apic::TIMER => {
            local_apic::timer_fired(processor(cpu));
            Trap::Timer
        }
        local_apic::RESCHEDULE => Trap::Reschedule,
        interrupts::FIRST..interrupts::END => {
            // A level-triggered line stays active until its device was served, so it is masked before the end of interrupt.
            interrupts::set_mask(vector, true);
            Trap::Interrupt { vector }
        }
        // Spurious ones of the APIC and the legacy controllers want no end of interrupt.
        _ => {
            return if context.is_null() {
                enter(cpu, |_| {})
            } else {
                context
            };
        }
    };
    local_apic::end_of_interrupt();
    enter(cpu, |kernel| kernel.trap(cpu, trap))
}

/// Hands DR6 to the thread's context and clears it.
fn note_debug_status(block: &Processor) {
    let status = read_dr6();
    write_dr6(0);
    // SAFETY: the thread just left user mode on this processor: its context is alive, and only this processor uses it.
    if let Some(context) = unsafe { block.context.load(Ordering::Relaxed).as_mut() } {
        context.debug[4] = status;
    }
}

/// Halts until something happens. The lock is given up; an interrupt goes to [`idle_interrupt`] on a fresh stack.
fn idle(block: &Processor, guard: Guard<'_, Option<Kernel<Hardware>>>) -> ! {
    if smp::count() > 1 {
        // Without a program's tables nobody has to wake this processor for a TLB request.
        shootdown::unload_here(block);
    }
    drop(guard);
    block.context.store(ptr::null_mut(), Ordering::Relaxed);
    // One frame at a time, with a look for interrupts after each.
    while zero_ahead() {
        let_interrupts_in(block);
    }
    wait(block)
}

/// Halts until an interrupt, which [`idle_interrupt`] takes.
fn wait(block: &Processor) -> ! {
    block.idle.store(1, Ordering::Relaxed);
    loop {
        // SAFETY: nothing is held; STI lets interrupts in only after HLT has begun. NMI returns here.
        unsafe { asm!("sti", "hlt", "cli", options(nostack)) };
    }
}

/// A further processor waits until the kernel is there: the first one sends a reschedule then.
pub fn wait_for_kernel(cpu: usize) -> ! {
    wait(processor(cpu))
}

/// The first entry of a processor: nobody runs on it yet.
pub fn enter_first(cpu: usize) -> ! {
    let context = enter(cpu, |_| {});
    resume(context)
}

/// Goes to user mode.
fn resume(context: *mut ThreadContext) -> ! {
    // SAFETY: the entry code's own way out; the context was given by the kernel for this processor, GS is the kernel's.
    unsafe { asm!("jmp resume_user", in("rax") context, options(noreturn)) };
}
