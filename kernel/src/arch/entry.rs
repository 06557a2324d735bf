//! The ways into the kernel and out of it: SYSCALL, 256 vectors, and the return to a thread.
//!
//! Rules (they are what keeps domains apart, so each is stated where it is kept):
//! - From user mode everything is saved into the thread's [`ThreadContext`], then the code leaves the IST stack for the
//!   processor's kernel stack and hands to a function of [`super::trap`], which returns the context to go on with.
//! - In the kernel interrupts are off, but while it idles; an exception there is a panic, on a stack of its own.
//! - NMI, debug exception, double fault and machine check may come between SYSCALL and SWAPGS: they never use GS.
//! - x87 instructions that wait for pending exceptions (EMMS, FLDCW before FNINIT) are avoided: a program could raise
//!   one in the kernel.
#![allow(unsafe_code)]

use super::layout::{PANIC_STACK, STACKS_STRIDE};
use super::processor::{CONTEXT, KERNEL_STACK, LAST_CONTEXT, SCRATCH};
use super::{panic, trap};
use core::arch::global_asm;
use core::mem::offset_of;
use trivet_kernel::machine::{DEFAULT_MXCSR, ThreadContext, UserFrame};

unsafe extern "C" {
    static interrupt_stubs: [[u8; STUB_SIZE]; 256];
    safe fn system_call_entry();
}

/// Bytes from one vector's stub to the next.
const STUB_SIZE: usize = 16;

/// Address of a vector's stub.
pub fn stub_address(vector: usize) -> u64 {
    (&raw const interrupt_stubs) as u64 + (vector * STUB_SIZE) as u64
}

/// Address that SYSCALL jumps to.
pub fn system_call_address() -> u64 {
    system_call_entry as *const () as u64
}

const FRAME: usize = offset_of!(ThreadContext, frame);
const EXTENDED: usize = offset_of!(ThreadContext, extended);
const KIND: usize = offset_of!(ThreadContext, kind);
const FULL_RETURN: usize = offset_of!(ThreadContext, full_return);
// The entry of SYSCALL clears both with one store.
const _: () = assert!(FULL_RETURN == KIND + 4 && KIND.is_multiple_of(8) && FRAME == 0);

global_asm!(
    r#"
    .section .text.entry, "ax", @progbits

    // All registers but RAX, RCX, RDI, R11 and RSP from the context in RDI.
    .macro load_most
        mov rbx, [rdi + {rbx}]
        mov rdx, [rdi + {rdx}]
        mov rsi, [rdi + {rsi}]
        mov rbp, [rdi + {rbp}]
        mov r8, [rdi + {r8}]
        mov r9, [rdi + {r9}]
        mov r10, [rdi + {r10}]
        mov r12, [rdi + {r12}]
        mov r13, [rdi + {r13}]
        mov r14, [rdi + {r14}]
        mov r15, [rdi + {r15}]
    .endm

    .global system_call_entry
    .balign 64
    system_call_entry:
        swapgs
        mov gs:[{scratch}], rsp
        mov rsp, gs:[{context}]
        mov [rsp + {rax}], rax
        mov [rsp + {rbx}], rbx
        mov [rsp + {rdx}], rdx
        mov [rsp + {rsi}], rsi
        mov [rsp + {rdi}], rdi
        mov [rsp + {rbp}], rbp
        mov [rsp + {r8}], r8
        mov [rsp + {r9}], r9
        mov [rsp + {r10}], r10
        mov [rsp + {r12}], r12
        mov [rsp + {r13}], r13
        mov [rsp + {r14}], r14
        mov [rsp + {r15}], r15
        mov [rsp + {rip}], rcx
        mov [rsp + {rflags}], r11
        mov rax, gs:[{scratch}]
        mov [rsp + {user_rsp}], rax
        rdfsbase rax
        mov [rsp + {fs_base}], rax
        swapgs
        rdgsbase rax
        swapgs
        mov [rsp + {gs_base}], rax
        stmxcsr [rsp + {mxcsr}]
        fnstcw [rsp + {x87_control}]
        mov qword ptr [rsp + {kind}], 0
        mov rsp, gs:[{kernel_stack}]
        xor ebp, ebp
        call {system_call}
        // Falls through: RAX is the context to go on with.

    .global resume_user
    resume_user:
        mov rdi, rax
        cmp dword ptr [rdi + {kind}], 0
        jne 20f
        cmp rdi, gs:[{last_context}]
        jne 21f
        // After a system call of the same thread: vectors zero, x87 empty, MXCSR never changed.
        vzeroall
        fninit
        fldcw [rdi + {x87_control}]
    10: mov rax, [rdi + {fs_base}]
        wrfsbase rax
        mov rax, [rdi + {gs_base}]
        swapgs
        wrgsbase rax
        swapgs
        cmp dword ptr [rdi + {full_return}], 0
        jne 22f
        mov rcx, [rdi + {rip}]
        mov rax, rcx
        shr rax, 47
        jnz 22f
        mov r11, [rdi + {rflags}]
        load_most
        mov rax, [rdi + {rax}]
        mov rsp, [rdi + {user_rsp}]
        mov rdi, [rdi + {rdi}]
        swapgs
        sysretq

    20: // All of the extended state comes back as it was saved.
        mov gs:[{last_context}], rdi
        mov eax, 7
        xor edx, edx
        xrstor64 [rdi + {extended}]
        jmp 10b
    21: // Another thread ran here: nothing of it stays, not even in the x87's data registers.
        mov gs:[{last_context}], rdi
        mov eax, 7
        xor edx, edx
        xrstor64 [rip + clear_extended]
        ldmxcsr [rdi + {mxcsr}]
        fldcw [rdi + {x87_control}]
        jmp 10b
    22: mov rsp, gs:[{kernel_stack}]
        push {user_data}
        push [rdi + {user_rsp}]
        push [rdi + {rflags}]
        push {user_code}
        push [rdi + {rip}]
        load_most
        mov rax, [rdi + {rax}]
        mov rcx, [rdi + {rcx}]
        mov r11, [rdi + {r11}]
        mov rdi, [rdi + {rdi}]
        swapgs
        iretq

    // Stack: vector, error code, RIP, CS, RFLAGS, RSP, SS.
    .balign 16
    interrupt_common:
        test byte ptr [rsp + 24], 3
        jz 30f
        swapgs
    interrupt_from_user:
        mov gs:[{scratch}], rax
        mov rax, gs:[{context}]
        mov [rax + {rbx}], rbx
        mov [rax + {rcx}], rcx
        mov [rax + {rdx}], rdx
        mov [rax + {rsi}], rsi
        mov [rax + {rdi}], rdi
        mov [rax + {rbp}], rbp
        mov [rax + {r8}], r8
        mov [rax + {r9}], r9
        mov [rax + {r10}], r10
        mov [rax + {r11}], r11
        mov [rax + {r12}], r12
        mov [rax + {r13}], r13
        mov [rax + {r14}], r14
        mov [rax + {r15}], r15
        mov rbx, gs:[{scratch}]
        mov [rax + {rax}], rbx
        mov rbx, [rsp + 16]
        mov [rax + {rip}], rbx
        mov rbx, [rsp + 32]
        mov [rax + {rflags}], rbx
        mov rbx, [rsp + 40]
        mov [rax + {user_rsp}], rbx
        rdfsbase rbx
        mov [rax + {fs_base}], rbx
        swapgs
        rdgsbase rbx
        swapgs
        mov [rax + {gs_base}], rbx
        mov dword ptr [rax + {kind}], 1
        mov dword ptr [rax + {full_return}], 1
        mov rbx, rax
        mov eax, 7
        xor edx, edx
        xsave64 [rbx + {extended}]
        mov edi, [rsp]
        mov rsi, [rsp + 8]
        mov rsp, gs:[{kernel_stack}]
        // DF, AC, NT and TF are the program's: off.
        push 2
        popfq
        xor ebp, ebp
        call {trap}
        jmp resume_user

    30: cmp dword ptr [rsp], 32
        jb kernel_exception
        // Interrupts are on in the kernel only while it idles, and idling keeps nothing.
        mov edi, [rsp]
        mov rsp, gs:[{kernel_stack}]
        push 2
        popfq
        xor ebp, ebp
        call {idle_interrupt}
        jmp resume_user

    debug_common:
        test byte ptr [rsp + 24], 3
        jnz 31f
        // A breakpoint that was armed before MOV SS and fired at SYSCALL's first instruction: disarm it.
        push rax
        xor eax, eax
        mov dr7, rax
        pop rax
        add rsp, 16
        iretq
    31: swapgs
        jmp interrupt_from_user

    nmi_common:
        // Sent by a panic to stop the others; anything else is ignored.
        cmp byte ptr [rip + {panicking}], 0
        jne 32f
        add rsp, 16
        iretq
    32: cli
        hlt
        jmp 32b

    kernel_exception:
        // The frame's address and RBP for the backtrace; then the panic stack, if this is not on it already (#DF).
        mov rdi, rsp
        mov rsi, rbp
        cmp dword ptr [rsp], 8
        je 33f
        and rsp, {stacks_mask}
        add rsp, {panic_stack_top}
    33: cld
        call {kernel_exception}
        ud2

    .global interrupt_stubs
    .balign 16
    interrupt_stubs:
    .set vector, 0
    .rept 256
        .balign {stub_size}
        .if (vector == 8) | (vector == 10) | (vector == 11) | (vector == 12) | (vector == 13) | (vector == 14) | (vector == 17) | (vector == 21) | (vector == 29) | (vector == 30)
        .else
        .byte 0x6a, 0                   // push 0: no error code
        .endif
        .byte 0x68                      // push imm32
        .long vector
        .if vector == 1
        jmp debug_common
        .elseif vector == 2
        jmp nmi_common
        .elseif (vector == 8) | (vector == 18)
        jmp kernel_exception
        .else
        jmp interrupt_common
        .endif
        .set vector, vector + 1
    .endr

    .section .rodata
    .balign 64
    clear_extended:                     // XSAVE area in which every part is in its initial state
        .skip 24
        .long {default_mxcsr}
        .skip 832 - 28
    .text
    "#,
    context = const CONTEXT,
    last_context = const LAST_CONTEXT,
    kernel_stack = const KERNEL_STACK,
    scratch = const SCRATCH,
    rax = const offset_of!(UserFrame, rax),
    rbx = const offset_of!(UserFrame, rbx),
    rcx = const offset_of!(UserFrame, rcx),
    rdx = const offset_of!(UserFrame, rdx),
    rsi = const offset_of!(UserFrame, rsi),
    rdi = const offset_of!(UserFrame, rdi),
    rbp = const offset_of!(UserFrame, rbp),
    user_rsp = const offset_of!(UserFrame, rsp),
    r8 = const offset_of!(UserFrame, r8),
    r9 = const offset_of!(UserFrame, r9),
    r10 = const offset_of!(UserFrame, r10),
    r11 = const offset_of!(UserFrame, r11),
    r12 = const offset_of!(UserFrame, r12),
    r13 = const offset_of!(UserFrame, r13),
    r14 = const offset_of!(UserFrame, r14),
    r15 = const offset_of!(UserFrame, r15),
    rip = const offset_of!(UserFrame, rip),
    rflags = const offset_of!(UserFrame, rflags),
    fs_base = const offset_of!(UserFrame, fs_base),
    gs_base = const offset_of!(UserFrame, gs_base),
    mxcsr = const offset_of!(ThreadContext, mxcsr),
    x87_control = const offset_of!(ThreadContext, x87_control),
    kind = const KIND,
    full_return = const FULL_RETURN,
    extended = const EXTENDED,
    default_mxcsr = const DEFAULT_MXCSR,
    user_data = const super::descriptors::USER_DATA,
    user_code = const super::descriptors::USER_CODE,
    stub_size = const STUB_SIZE,
    stacks_mask = const -(STACKS_STRIDE as i64),
    panic_stack_top = const PANIC_STACK.offset + PANIC_STACK.length,
    system_call = sym trap::system_call,
    trap = sym trap::trap,
    idle_interrupt = sym trap::idle_interrupt,
    kernel_exception = sym panic::kernel_exception,
    panicking = sym panic::PANICKING,
);
