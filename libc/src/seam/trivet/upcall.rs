//! Upcalls: where the kernel enters a thread that was interrupted or has faulted, and the way back. Note 0006.

use super::actions;
use super::alternate_stack::{self, AlternateStack};
use super::delivery::{self, Context, Received, act, deliver};
use super::page::entry;
use super::process::end;
use crate::seam::SignalSet;
use crate::signal::{SA_ONSTACK, SIG_IGN};
use crate::types::*;
#[cfg(not(test))]
use core::mem::offset_of;
use core::sync::atomic::Ordering;
use trivet_abi::handle::Handle;
use trivet_ipc::Failure;
use trivet_ipc::thread::{self, ThreadError, UpcallFrame};

const SIGSEGV: c_int = 11;
const REASON_FAULT: u64 = 1;
/// Vectors of the exceptions that are reported behind the instruction.
const DEBUG: u64 = 1;
const BREAKPOINT: u64 = 3;
/// Bytes below the stack pointer that compiled code may use.
const RED_ZONE: usize = 128;

/// The signal and the code of a fault, and whether its address is the instruction's: POSIX's names by Linux's numbers.
fn of_fault(frame: &UpcallFrame) -> (c_int, c_int, bool) {
    const SIGILL: c_int = 4;
    const SIGTRAP: c_int = 5;
    const SIGBUS: c_int = 7;
    const SIGFPE: c_int = 8;
    match frame.vector {
        0 => (SIGFPE, 1, true),
        16 | 19 => (SIGFPE, 3, true),
        1 => (SIGTRAP, 2, true),
        3 => (SIGTRAP, 128, false),
        6 => (SIGILL, 2, true),
        17 => (SIGBUS, 1, false),
        14 => match frame.error_code >> KIND_SHIFT {
            NOT_MAPPED => (SIGSEGV, 1, false),
            PROTECTION => (SIGSEGV, 2, false),
            BEYOND_END => (SIGBUS, 2, false),
            _ => (SIGBUS, 3, false),
        },
        _ => (SIGSEGV, 128, false),
    }
}

// The kernel's reasons of a page fault, above the processor's code.
const KIND_SHIFT: u32 = 16;
const NOT_MAPPED: u64 = 1;
const PROTECTION: u64 = 2;
/// There is a mapping, and nothing behind it: a file's end.
const BEYOND_END: u64 = 3;

/// What the upcall's entry calls; the thread's whole state is in `frame`.
unsafe extern "C-unwind" fn on_upcall(frame: *mut UpcallFrame) -> ! {
    let alternate = alternate_stack::current();
    // SAFETY: the kernel wrote the frame on this thread's stack, or `moved` did.
    unsafe {
        if alternate.length_is_set() && belongs_elsewhere(&*frame, frame, alternate) {
            move_and_go_on(frame)
        }
        serve(&mut *frame);
        return_to(frame)
    }
}

/// Whether the state lies on the alternate stack although what was interrupted does not, and its handler wants the thread's own stack.
fn belongs_elsewhere(frame: &UpcallFrame, place: *const UpcallFrame, alternate: AlternateStack) -> bool {
    if !alternate.holds(place.addr()) || alternate.holds(frame.registers.rsp as usize) {
        return false;
    }
    // Handlers of interrupts switch to the alternate stack themselves.
    frame.reason != REASON_FAULT || actions::of(of_fault(frame).0).flags & SA_ONSTACK == 0
}

/// Copies the state to the thread's own stack and serves it there.
unsafe fn move_and_go_on(frame: *mut UpcallFrame) -> ! {
    // SAFETY: the memory below the red zone is the thread's to use; if it is not there, the copy faults, and that fault is served here.
    unsafe {
        let old = &*frame;
        let length = old.xsave_length as usize;
        let top = old.registers.rsp as usize - RED_ZONE;
        let saved = (top - length) & !63;
        let place = (saved - size_of::<UpcallFrame>()) & !15;
        let target: *mut u8 = core::ptr::with_exposed_provenance_mut(saved);
        let source: *const u8 = core::ptr::with_exposed_provenance(old.xsave as usize);
        core::ptr::copy_nonoverlapping(source, target, length);
        let moved: *mut UpcallFrame = core::ptr::with_exposed_provenance_mut(place);
        core::ptr::copy_nonoverlapping(frame, moved, 1);
        (*moved).xsave = saved as u64;
        trivet_upcall_on(moved)
    }
}

fn serve(frame: &mut UpcallFrame) {
    let own = crate::thread::this();
    let is_fault = frame.reason == REASON_FAULT;
    if !is_fault && own.signal_defer.get() != 0 {
        // The library stands between two steps: it looks when it is done.
        own.signal_deferred.set(true);
        return;
    }
    let mut context = Context::empty();
    // The kernel's order is that of `gregs` up to the flags.
    context.registers[..18].copy_from_slice(&registers(frame));
    context.registers[19] = frame.error_code & 0xffff;
    context.registers[20] = frame.vector;
    context.registers[22] = frame.address;
    context.set_vector_state(frame.xsave);
    if is_fault {
        let (signal, code, of_instruction) = of_fault(frame);
        // A fault cannot wait: masked or ignored, it ends the process.
        let masked = SignalSet(entry().mask.load(Ordering::Relaxed)).contains(signal);
        if masked || actions::of(signal).handler <= SIG_IGN {
            // Without an entry for upcalls the same instruction faults once more, and now the process server is told, who ends
            // the process and shows where it was. A trap would not come again.
            if frame.vector == BREAKPOINT
                || frame.vector == DEBUG
                || alternate_stack::enter_at(0, 0, 0).is_err()
            {
                end(signal as u64);
            }
            return;
        }
        let detail = if of_instruction {
            frame.registers.rip
        } else {
            frame.address
        };
        act(
            &Received {
                signal,
                code,
                detail,
                ..Received::default()
            },
            &mut context,
        );
    }
    deliver(&mut context);
    if delivery::stands_before_a_wait() {
        entry().interrupt.store(1, Ordering::SeqCst);
    }
    set_registers(frame, &context.registers);
}

/// Goes on where the state says.
unsafe fn return_to(frame: *mut UpcallFrame) -> ! {
    // It does not return; a state that the kernel refuses cannot go on.
    let _ = thread::restore(Handle::SELF_THREAD, frame.expose_provenance() as u64);
    end(SIGSEGV as u64)
}

fn registers(frame: &UpcallFrame) -> [u64; 18] {
    let r = &frame.registers;
    [
        r.r8, r.r9, r.r10, r.r11, r.r12, r.r13, r.r14, r.r15, r.rdi, r.rsi, r.rbp, r.rbx, r.rdx, r.rax,
        r.rcx, r.rsp, r.rip, r.rflags,
    ]
}

fn set_registers(frame: &mut UpcallFrame, from: &[u64; 23]) {
    let r = &mut frame.registers;
    [
        r.r8, r.r9, r.r10, r.r11, r.r12, r.r13, r.r14, r.r15, r.rdi, r.rsi, r.rbp, r.rbx, r.rdx, r.rax,
        r.rcx, r.rsp, r.rip, r.rflags,
    ] = [
        from[0], from[1], from[2], from[3], from[4], from[5], from[6], from[7], from[8], from[9], from[10],
        from[11], from[12], from[13], from[14], from[15], from[16], from[17],
    ];
}

#[cfg(not(test))]
unsafe extern "C" {
    fn trivet_upcall();
    /// Serves the state at `frame` with the stack below it.
    fn trivet_upcall_on(frame: *mut UpcallFrame) -> !;
}

// Upcalls enter at `trivet_upcall` with the state's address in RDI and a stack that is aligned as after a call. For an unwinder (a thread
// that is cancelled at any instruction, an exception out of a handler, a handler that prints where it is) it is a signal frame: the address
// goes to RBX, and the rules, which the assembler has no words for, say where from there each register of what was interrupted lies. 0x0f
// is DW_CFA_def_cfa_expression, 0x10 DW_CFA_expression, 0x73 DW_OP_breg3 with an offset of two bytes, 0x06 DW_OP_deref; registers have
// the numbers of the System V ABI.
#[cfg(not(test))]
core::arch::global_asm!(
    ".pushsection .text.trivet_upcall, \"ax\", @progbits",
    ".hidden trivet_upcall, trivet_upcall_on",
    ".globl trivet_upcall, trivet_upcall_on",
    ".type trivet_upcall, @function",
    ".type trivet_upcall_on, @function",
    "trivet_upcall_on:",
    "    mov rsp, rdi",
    "trivet_upcall:",
    "    cld",
    "    mov rbx, rdi",
    "    xor ebp, ebp",
    "    and rsp, -16",
    ".cfi_startproc",
    ".cfi_signal_frame",
    ".cfi_escape 0x0f, 4, 0x73, {rsp} & 0x7f | 0x80, {rsp} >> 7, 0x06",
    ".cfi_escape 0x10, 0, 3, 0x73, {rax} & 0x7f | 0x80, {rax} >> 7",
    ".cfi_escape 0x10, 1, 3, 0x73, {rdx} & 0x7f | 0x80, {rdx} >> 7",
    ".cfi_escape 0x10, 2, 3, 0x73, {rcx} & 0x7f | 0x80, {rcx} >> 7",
    ".cfi_escape 0x10, 3, 3, 0x73, {rbx} & 0x7f | 0x80, {rbx} >> 7",
    ".cfi_escape 0x10, 4, 3, 0x73, {rsi} & 0x7f | 0x80, {rsi} >> 7",
    ".cfi_escape 0x10, 5, 3, 0x73, {rdi} & 0x7f | 0x80, {rdi} >> 7",
    ".cfi_escape 0x10, 6, 3, 0x73, {rbp} & 0x7f | 0x80, {rbp} >> 7",
    ".cfi_escape 0x10, 8, 3, 0x73, {r8} & 0x7f | 0x80, {r8} >> 7",
    ".cfi_escape 0x10, 9, 3, 0x73, {r9} & 0x7f | 0x80, {r9} >> 7",
    ".cfi_escape 0x10, 10, 3, 0x73, {r10} & 0x7f | 0x80, {r10} >> 7",
    ".cfi_escape 0x10, 11, 3, 0x73, {r11} & 0x7f | 0x80, {r11} >> 7",
    ".cfi_escape 0x10, 12, 3, 0x73, {r12} & 0x7f | 0x80, {r12} >> 7",
    ".cfi_escape 0x10, 13, 3, 0x73, {r13} & 0x7f | 0x80, {r13} >> 7",
    ".cfi_escape 0x10, 14, 3, 0x73, {r14} & 0x7f | 0x80, {r14} >> 7",
    ".cfi_escape 0x10, 15, 3, 0x73, {r15} & 0x7f | 0x80, {r15} >> 7",
    ".cfi_escape 0x10, 16, 3, 0x73, {rip} & 0x7f | 0x80, {rip} >> 7",
    "    nop",
    "    call {on_upcall}",
    "    ud2",
    ".cfi_endproc",
    ".size trivet_upcall, . - trivet_upcall",
    ".popsection",
    on_upcall = sym on_upcall,
    rsp = const offset_of!(UpcallFrame, registers.rsp),
    rax = const offset_of!(UpcallFrame, registers.rax),
    rdx = const offset_of!(UpcallFrame, registers.rdx),
    rcx = const offset_of!(UpcallFrame, registers.rcx),
    rbx = const offset_of!(UpcallFrame, registers.rbx),
    rsi = const offset_of!(UpcallFrame, registers.rsi),
    rdi = const offset_of!(UpcallFrame, registers.rdi),
    rbp = const offset_of!(UpcallFrame, registers.rbp),
    r8 = const offset_of!(UpcallFrame, registers.r8),
    r9 = const offset_of!(UpcallFrame, registers.r9),
    r10 = const offset_of!(UpcallFrame, registers.r10),
    r11 = const offset_of!(UpcallFrame, registers.r11),
    r12 = const offset_of!(UpcallFrame, registers.r12),
    r13 = const offset_of!(UpcallFrame, registers.r13),
    r14 = const offset_of!(UpcallFrame, registers.r14),
    r15 = const offset_of!(UpcallFrame, registers.r15),
    rip = const offset_of!(UpcallFrame, registers.rip),
);

/// Host unit tests take no upcalls.
#[cfg(test)]
unsafe fn trivet_upcall_on(_frame: *mut UpcallFrame) -> ! {
    unreachable!("unit tests take no upcalls")
}

/// Tells the kernel where the calling thread's upcalls enter, and on which stack (length 0: the thread's own).
#[cfg(not(test))]
pub(super) fn register(stack: usize, length: usize) -> Result<(), Failure<ThreadError>> {
    alternate_stack::enter_at(trivet_upcall as *const () as usize, stack, length)
}

/// Host unit tests take no upcalls.
#[cfg(test)]
pub(super) fn register(stack: usize, length: usize) -> Result<(), Failure<ThreadError>> {
    alternate_stack::enter_at(on_upcall as *const () as usize, stack, length)
}
