//! Linux's system-call instruction, and the calls that can be cancelled.
//!
//! The one place that knows how a Linux system call is made; every other file of this backend goes through `call`.

use crate::errno::{Errno, Result};
use core::arch::asm;

/// Makes a system call; the kernel's raw answer.
///
/// # Safety
/// Whatever the call's documentation demands of its arguments.
#[inline(always)]
pub unsafe fn raw(number: usize, arguments: [usize; 6]) -> isize {
    let answer: isize;
    // SAFETY: the caller vouches for the arguments; the kernel keeps every register but RAX, RCX and R11.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number as isize => answer,
            in("rdi") arguments[0],
            in("rsi") arguments[1],
            in("rdx") arguments[2],
            in("r10") arguments[3],
            in("r8") arguments[4],
            in("r9") arguments[5],
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        )
    };
    answer
}

/// An answer of the kernel as a result.
#[inline(always)]
pub fn result(answer: isize) -> Result<usize> {
    if answer as usize > -4096isize as usize {
        Err(Errno(-answer as i32))
    } else {
        Ok(answer as usize)
    }
}

/// Makes a system call; `call!(NUMBER, arguments...)`, each argument cast to a machine word.
macro_rules! call {
    ($number:expr $(, $argument:expr)*) => {{
        #[allow(unused_mut, unused_assignments)]
        let arguments = {
            let mut arguments = [0usize; 6];
            let mut index = 0;
            $( arguments[index] = $argument as usize; index += 1; )*
            let _ = index;
            arguments
        };
        $crate::seam::linux::raw::result($crate::seam::linux::raw::raw($number, arguments))
    }};
}

/// Makes a system call that may block, and that a cancellation request ends while the caller allows it.
macro_rules! blocking_call {
    ($number:expr $(, $argument:expr)*) => {{
        #[allow(unused_mut, unused_assignments)]
        let arguments = {
            let mut arguments = [0usize; 6];
            let mut index = 0;
            $( arguments[index] = $argument as usize; index += 1; )*
            let _ = index;
            arguments
        };
        $crate::seam::linux::raw::result($crate::seam::linux::raw::blocking($number, arguments))
    }};
}

pub(super) use {blocking_call, call};

/// Makes a system call that may block: a cancellation point while the calling thread is `armed`.
///
/// # Safety
/// As `raw`.
#[inline]
pub unsafe fn blocking(number: usize, arguments: [usize; 6]) -> isize {
    #[cfg(not(test))]
    {
        // SAFETY: the calling thread's own control block.
        let thread = unsafe { &*crate::thread::current() };
        if thread.cancel.is_armed() {
            // SAFETY: as `raw`; the cancel word lives as long as the thread.
            return unsafe { trivet_cancellable_syscall(number, arguments.as_ptr(), thread.cancel.word()) };
        }
    }
    // SAFETY: the caller's.
    unsafe { raw(number, arguments) }
}

#[cfg(not(test))]
unsafe extern "C" {
    fn trivet_cancellable_syscall(number: usize, arguments: *const usize, cancel: *const u32) -> isize;
    static trivet_cancellable_begin: u8;
    static trivet_cancellable_end: u8;
    static trivet_cancellable_give_up: u8;
}

// Between `begin` and `end` the request has been looked for and the call not yet made: the handler of the
// cancellation signal moves a thread that stands there to `give_up`, so that no request is lost.
#[cfg(not(test))]
core::arch::global_asm!(
    ".pushsection .text.trivet_cancellable_syscall, \"ax\", @progbits",
    ".type trivet_cancellable_syscall, @function",
    ".hidden trivet_cancellable_syscall, trivet_cancellable_begin, trivet_cancellable_end, trivet_cancellable_give_up",
    ".globl trivet_cancellable_syscall, trivet_cancellable_begin, trivet_cancellable_end, trivet_cancellable_give_up",
    "trivet_cancellable_syscall:",
    ".cfi_startproc",
    "    mov r11, rdx",
    "    mov rax, rdi",
    "    mov rdi, [rsi]",
    "    mov rdx, [rsi + 16]",
    "    mov r10, [rsi + 24]",
    "    mov r8, [rsi + 32]",
    "    mov r9, [rsi + 40]",
    "    mov rsi, [rsi + 8]",
    "trivet_cancellable_begin:",
    "    test dword ptr [r11], {pending}",
    "    jnz trivet_cancellable_give_up",
    "    syscall",
    "trivet_cancellable_end:",
    "    ret",
    "trivet_cancellable_give_up:",
    "    mov rax, -4",
    "    ret",
    ".cfi_endproc",
    ".size trivet_cancellable_syscall, . - trivet_cancellable_syscall",
    ".popsection",
    pending = const crate::thread::cancel::PENDING,
);

/// Where a thread that stands at `instruction` must go on when it is cancelled, if it is about to block.
#[cfg(not(test))]
pub fn cancelled_instruction(instruction: usize) -> Option<usize> {
    let begin = &raw const trivet_cancellable_begin as usize;
    let end = &raw const trivet_cancellable_end as usize;
    (begin..end)
        .contains(&instruction)
        .then_some(&raw const trivet_cancellable_give_up as usize)
}
