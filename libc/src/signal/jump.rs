//! `setjmp` and `longjmp`: saved registers, with code and stack addresses mangled by the thread's secret.
//!
//! The layout is glibc's `__jmp_buf`: rbx, rbp, r12 to r15, rsp, rip; rbp, rsp and rip are exclusive-ored with
//! the pointer guard and rotated, so that an overwritten buffer does not lead where its writer wants. ISO C 7.13,
//! POSIX.1-2024 `sigsetjmp`.

use super::{CSignalSet, SIG_BLOCK, SIG_SETMASK};
use crate::seam::{SignalSet, Signals, System};
use crate::thread::this;
use crate::types::*;
use core::arch::naked_asm;

/// C's `struct __jmp_buf_tag`; `jmp_buf` and `sigjmp_buf` are arrays of one.
#[repr(C)]
pub struct JumpBuffer {
    registers: [usize; 8],
    mask_was_saved: c_int,
    saved_mask: CSignalSet,
}

const _: () = assert!(size_of::<JumpBuffer>() == 200);
const RSP: usize = 6;

impl JumpBuffer {
    /// The stack pointer that a jump goes back to.
    fn stack_pointer(&self) -> usize {
        self.registers[RSP].rotate_right(17) ^ this().head.pointer_guard
    }
}

/// Saves the registers and goes on to `save_mask(buffer, save)`.
///
/// # Safety
/// Only as the macros of <setjmp.h> use it: a jump back must come while the calling function runs.
#[unsafe(naked)]
pub unsafe extern "C" fn sigsetjmp(buffer: *mut JumpBuffer, save: c_int) -> c_int {
    naked_asm!(
        "endbr64",
        "mov [rdi], rbx",
        "mov rax, rbp",
        "xor rax, fs:[0x30]",
        "rol rax, 17",
        "mov [rdi + 8], rax",
        "mov [rdi + 16], r12",
        "mov [rdi + 24], r13",
        "mov [rdi + 32], r14",
        "mov [rdi + 40], r15",
        "lea rax, [rsp + 8]",
        "xor rax, fs:[0x30]",
        "rol rax, 17",
        "mov [rdi + 48], rax",
        "mov rax, [rsp]",
        "xor rax, fs:[0x30]",
        "rol rax, 17",
        "mov [rdi + 56], rax",
        "jmp {save_mask}",
        save_mask = sym save_mask,
    )
}
crate::alias!(__sigsetjmp = sigsetjmp);
crate::alias!(__sigsetjmp_cancel = sigsetjmp);

/// `setjmp` without the mask.
///
/// # Safety
/// As `sigsetjmp`.
#[unsafe(naked)]
pub unsafe extern "C" fn _setjmp(buffer: *mut JumpBuffer) -> c_int {
    naked_asm!("endbr64", "xor esi, esi", "jmp {sigsetjmp}", sigsetjmp = sym sigsetjmp)
}
crate::alias!(_setjmp = _setjmp);

/// `setjmp` with the mask, as BSD has it: the function behind the macro.
///
/// # Safety
/// As `sigsetjmp`.
#[unsafe(naked)]
pub unsafe extern "C" fn setjmp(buffer: *mut JumpBuffer) -> c_int {
    naked_asm!("endbr64", "mov esi, 1", "jmp {sigsetjmp}", sigsetjmp = sym sigsetjmp)
}
crate::alias!(setjmp = setjmp);

unsafe extern "C" fn save_mask(buffer: *mut JumpBuffer, save: c_int) -> c_int {
    // SAFETY: the buffer is the caller's of `sigsetjmp`.
    unsafe {
        (*buffer).mask_was_saved = 0;
        if save != 0
            && let Ok(mask) = System::mask(SIG_BLOCK, None)
        {
            (*buffer).saved_mask.words[0] = mask.0;
            (*buffer).mask_was_saved = 1;
        }
    }
    0
}

/// Loads the registers and returns from the saved place with `value`.
#[unsafe(naked)]
unsafe extern "C" fn load(buffer: *const JumpBuffer, value: c_int) -> ! {
    naked_asm!(
        "mov rbx, [rdi]",
        "mov rbp, [rdi + 8]",
        "mov r12, [rdi + 16]",
        "mov r13, [rdi + 24]",
        "mov r14, [rdi + 32]",
        "mov r15, [rdi + 40]",
        "mov r8, [rdi + 48]",
        "mov rdx, [rdi + 56]",
        "ror rbp, 17",
        "xor rbp, fs:[0x30]",
        "ror r8, 17",
        "xor r8, fs:[0x30]",
        "ror rdx, 17",
        "xor rdx, fs:[0x30]",
        "mov eax, esi",
        "mov rsp, r8",
        "jmp rdx",
    )
}

crate::export! {
    /// Goes back to where `setjmp` saved the buffer, which returns `value` (1 for 0). ISO C `longjmp`.
    pub unsafe extern "C-unwind" fn longjmp(buffer: *mut JumpBuffer, value: c_int) -> ! {
        // SAFETY: the buffer is one that `sigsetjmp` filled and whose function still runs.
        unsafe {
            this().cancel.disarm();
            this().signal_waits.set(false);
            crate::pthread::cleanup::forget_below((*buffer).stack_pointer());
            if (*buffer).mask_was_saved != 0 {
                let mask = SignalSet((*buffer).saved_mask.words[0]);
                let _ = System::mask(SIG_SETMASK, Some(&mask));
            }
            load(buffer, if value == 0 { 1 } else { value })
        }
    }

    /// As `longjmp`, but refuses to go down the stack, to a function that has returned. Fortified `longjmp`.
    pub unsafe extern "C-unwind" fn __longjmp_chk(buffer: *mut JumpBuffer, value: c_int) -> ! {
        let here = 0u8;
        // SAFETY: the buffer is one that `sigsetjmp` filled.
        unsafe {
            let deeper = (*buffer).stack_pointer() < (&raw const here).addr();
            if deeper && !super::send::on_alternate_stack() {
                super::abort::abort_with(b"*** longjmp causes uninitialized stack frame ***: terminated\n");
            }
            longjmp(buffer, value)
        }
    }
}
crate::alias!(_longjmp = longjmp);
crate::alias!(siglongjmp = longjmp);
