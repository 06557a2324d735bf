//! User contexts: `getcontext`, `setcontext`, `makecontext`, `swapcontext`. POSIX.1-2001 (removed from POSIX.1-2008), glibc's layout.
//!
//! A context is C's `ucontext_t`: link at 8, stack at 16, registers at 40 in the order of REG_R8..REG_RIP, a pointer to the floating-point
//! state at 224, the mask at 296, the state's own room at 424.

use super::SIG_SETMASK;
use crate::printf::va_list::VaList;
use crate::seam::{SignalSet, Signals, System};
use crate::types::*;
use core::arch::naked_asm;

/// C's `ucontext_t`.
#[repr(C)]
pub struct UserContext {
    flags: u64,
    link: *mut UserContext,
    stack: *mut c_void,
    stack_flags: c_int,
    stack_length: usize,
    registers: [u64; 23],
    vector_state: *mut c_void,
    reserved: [u64; 8],
    mask: [u64; 16],
    vectors: [u64; 64],
    shadow_stack: [u64; 4],
}

const _: () = {
    use core::mem::offset_of;
    assert!(size_of::<UserContext>() == 968);
    assert!(offset_of!(UserContext, registers) == 40);
    assert!(offset_of!(UserContext, vector_state) == 224);
    assert!(offset_of!(UserContext, mask) == 296);
    assert!(offset_of!(UserContext, vectors) == 424);
};

const RBX: usize = 11;
const RSP: usize = 15;
const RIP: usize = 16;

unsafe extern "C" fn keep_mask(context: *mut UserContext) -> c_int {
    let mask = System::mask(SIG_SETMASK, None).unwrap_or(SignalSet::EMPTY);
    // SAFETY: the caller's context.
    unsafe { (*context).mask[0] = mask.0 };
    0
}

unsafe extern "C" fn take_mask(context: *const UserContext) {
    // SAFETY: the caller's context.
    let mask = SignalSet(unsafe { (*context).mask[0] });
    let _ = System::mask(SIG_SETMASK, Some(&mask));
}

unsafe extern "C" fn exchange_masks(old: *mut UserContext, new: *const UserContext) {
    // SAFETY: the caller's contexts.
    unsafe {
        keep_mask(old);
        take_mask(new);
    }
}

/// Writes down the calling thread's registers and mask; 0.
///
/// # Safety
/// `context` is valid.
#[unsafe(naked)]
pub unsafe extern "C" fn getcontext(context: *mut UserContext) -> c_int {
    naked_asm!(
        "endbr64",
        "mov [rdi + 128], rbx",
        "mov [rdi + 120], rbp",
        "mov [rdi + 72], r12",
        "mov [rdi + 80], r13",
        "mov [rdi + 88], r14",
        "mov [rdi + 96], r15",
        "mov [rdi + 104], rdi",
        "mov rax, [rsp]",
        "mov [rdi + 168], rax",
        "lea rax, [rsp + 8]",
        "mov [rdi + 160], rax",
        "lea rax, [rdi + 424]",
        "mov [rdi + 224], rax",
        "fnstenv [rax]",
        "fldenv [rax]",
        "stmxcsr [rdi + 448]",
        "jmp {keep_mask}",
        keep_mask = sym keep_mask,
    )
}
crate::alias!(getcontext = getcontext);

/// Goes on where a context says. Returns only what the context's place of return gets: 0.
///
/// # Safety
/// The context was filled by `getcontext`, `makecontext` or `swapcontext`, and its stack is still there.
#[unsafe(naked)]
pub unsafe extern "C" fn setcontext(context: *const UserContext) -> c_int {
    naked_asm!(
        "endbr64",
        "push rdi",
        "call {take_mask}",
        "pop rdi",
        "jmp {load}",
        take_mask = sym take_mask,
        load = sym load,
    )
}
crate::alias!(setcontext = setcontext);

/// Loads the registers of the context in RDI.
#[unsafe(naked)]
unsafe extern "C" fn load(context: *const UserContext) -> ! {
    naked_asm!(
        "mov rax, [rdi + 224]",
        "fldenv [rax]",
        "ldmxcsr [rax + 24]",
        "mov rsp, [rdi + 160]",
        "mov rbx, [rdi + 128]",
        "mov rbp, [rdi + 120]",
        "mov r12, [rdi + 72]",
        "mov r13, [rdi + 80]",
        "mov r14, [rdi + 88]",
        "mov r15, [rdi + 96]",
        "push qword ptr [rdi + 168]",
        "mov rsi, [rdi + 112]",
        "mov rdx, [rdi + 136]",
        "mov rcx, [rdi + 152]",
        "mov r8, [rdi + 40]",
        "mov r9, [rdi + 48]",
        "mov rdi, [rdi + 104]",
        "xor eax, eax",
        "ret",
    )
}

/// Writes down the calling thread's state and goes on where the other context says; 0 when somebody comes back.
///
/// # Safety
/// As `getcontext` and `setcontext`.
#[unsafe(naked)]
pub unsafe extern "C" fn swapcontext(old: *mut UserContext, new: *const UserContext) -> c_int {
    naked_asm!(
        "endbr64",
        "mov [rdi + 128], rbx",
        "mov [rdi + 120], rbp",
        "mov [rdi + 72], r12",
        "mov [rdi + 80], r13",
        "mov [rdi + 88], r14",
        "mov [rdi + 96], r15",
        "mov rax, [rsp]",
        "mov [rdi + 168], rax",
        "lea rax, [rsp + 8]",
        "mov [rdi + 160], rax",
        "lea rax, [rdi + 424]",
        "mov [rdi + 224], rax",
        "fnstenv [rax]",
        "fldenv [rax]",
        "stmxcsr [rdi + 448]",
        "push rsi",
        "call {exchange_masks}",
        "pop rdi",
        "jmp {load}",
        exchange_masks = sym exchange_masks,
        load = sym load,
    )
}
crate::alias!(swapcontext = swapcontext);

/// Where a context's function returns to: RBX has the context that follows.
#[unsafe(naked)]
unsafe extern "C" fn follow() -> ! {
    naked_asm!("mov rdi, rbx", "and rsp, -16", "call {go_on}", "ud2", go_on = sym go_on)
}

unsafe extern "C-unwind" fn go_on(link: *const UserContext) -> ! {
    if link.is_null() {
        // SAFETY: the program ends here, as its last context wants.
        unsafe { crate::exit::exit(0) }
    }
    // SAFETY: the link of a context that the program made.
    unsafe {
        setcontext(link);
    }
    crate::signal::abort::abort_now()
}

/// `makecontext` with its arguments in a list: the context calls `function` with `count` integers.
///
/// # Safety
/// The context was filled by `getcontext` and names a stack.
pub unsafe extern "C" fn make(
    context: *mut UserContext,
    function: unsafe extern "C-unwind" fn(),
    count: c_int,
    list: *mut VaList,
) {
    /// Where the first arguments go: RDI, RSI, RDX, RCX, R8, R9.
    const REGISTERS: [usize; 6] = [8, 9, 12, 14, 0, 1];
    // SAFETY: the caller's context, list and stack.
    unsafe {
        let context = &mut *context;
        let count = count.max(0) as usize;
        let on_stack = count.saturating_sub(REGISTERS.len());
        let end = context.stack.addr() + context.stack_length;
        // As after a call: the return address, then the arguments that did not fit into registers.
        let top = ((end - on_stack * 8) & !15) - 8;
        let place: *mut u64 = context.stack.with_addr(top).cast();
        place.write(follow as *const () as u64);
        for index in 0..count {
            let argument = (*list).integer();
            match REGISTERS.get(index) {
                Some(&register) => context.registers[register] = argument,
                None => place.add(1 + index - REGISTERS.len()).write(argument),
            }
        }
        context.registers[RBX] = context.link.addr() as u64;
        context.registers[RSP] = top as u64;
        context.registers[RIP] = function as *const () as u64;
    }
}

variadic! { makecontext(3) = make; }
