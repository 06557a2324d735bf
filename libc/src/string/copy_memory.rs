//! `memcpy`, `memmove`, `mempcpy`: one body, safe for overlapping buffers.
//!
//! Up to 256 bytes everything is loaded before anything is stored, so direction does not matter. Beyond that
//! the last (or first) block is held in registers while a loop moves the rest, so no loop needs a remainder.
//! In assembly, because a compiler may turn a loop that copies into a call of `memcpy`. `rep movs` is not used:
//! an emulated processor runs it element by element, and a real one starts it slowly.

use super::vector::{LEVEL, detect};
use crate::types::*;
use core::arch::naked_asm;

/// Copies `n` bytes; the buffers may overlap. Keeps rdx. ISO C, POSIX.1-2024 `memmove`.
///
/// # Safety
/// `n` bytes must be readable at `source` and writable at `target`.
#[unsafe(naked)]
pub unsafe extern "C" fn memmove(target: *mut c_void, source: *const c_void, n: size_t) -> *mut c_void {
    naked_asm!(
        "mov rax, rdi",
        "cmp rdx, 32",
        "ja 40f",
        "cmp edx, 16",
        "jb 10f",
        "movups xmm0, [rsi]",
        "movups xmm1, [rsi + rdx - 16]",
        "movups [rdi], xmm0",
        "movups [rdi + rdx - 16], xmm1",
        "ret",
        "10:",
        "cmp edx, 8",
        "jb 20f",
        "mov rcx, [rsi]",
        "mov r8, [rsi + rdx - 8]",
        "mov [rdi], rcx",
        "mov [rdi + rdx - 8], r8",
        "ret",
        "20:",
        "cmp edx, 4",
        "jb 30f",
        "mov ecx, [rsi]",
        "mov r8d, [rsi + rdx - 4]",
        "mov [rdi], ecx",
        "mov [rdi + rdx - 4], r8d",
        "ret",
        "30:",
        "cmp edx, 1",
        "jb 31f",
        "movzx ecx, byte ptr [rsi]",
        "je 32f",
        "movzx r8d, word ptr [rsi + rdx - 2]",
        "mov [rdi + rdx - 2], r8w",
        "32:",
        "mov [rdi], cl",
        "31:",
        "ret",
        // 33 to 128 bytes.
        "40:",
        "cmp rdx, 128",
        "ja 60f",
        "cmp edx, 64",
        "ja 50f",
        "movups xmm0, [rsi]",
        "movups xmm1, [rsi + 16]",
        "movups xmm2, [rsi + rdx - 32]",
        "movups xmm3, [rsi + rdx - 16]",
        "movups [rdi], xmm0",
        "movups [rdi + 16], xmm1",
        "movups [rdi + rdx - 32], xmm2",
        "movups [rdi + rdx - 16], xmm3",
        "ret",
        "50:",
        ".irp i,0,1,2,3",
        "movups xmm\\i, [rsi + 16*\\i]",
        ".endr",
        ".irp i,4,5,6,7",
        "movups xmm\\i, [rsi + rdx - 128 + 16*\\i]",
        ".endr",
        ".irp i,0,1,2,3",
        "movups [rdi + 16*\\i], xmm\\i",
        ".endr",
        ".irp i,4,5,6,7",
        "movups [rdi + rdx - 128 + 16*\\i], xmm\\i",
        ".endr",
        "ret",
        // More than 128 bytes.
        "60:",
        "cmp byte ptr [rip + {level}], 2",
        "jne 100f",
        "61:",
        "cmp rdx, 256",
        "ja 70f",
        ".irp i,0,1,2,3",
        "vmovdqu ymm\\i, [rsi + 32*\\i]",
        ".endr",
        ".irp i,4,5,6,7",
        "vmovdqu ymm\\i, [rsi + rdx - 256 + 32*\\i]",
        ".endr",
        ".irp i,0,1,2,3",
        "vmovdqu [rdi + 32*\\i], ymm\\i",
        ".endr",
        ".irp i,4,5,6,7",
        "vmovdqu [rdi + rdx - 256 + 32*\\i], ymm\\i",
        ".endr",
        "vzeroupper",
        "ret",
        "70:",
        "mov rcx, rdi",
        "sub rcx, rsi",
        "cmp rcx, rdx",
        "jb 90f",
        // Forward: the target lies before the source, or apart from it.
        ".irp i,8,9,10,11,12,13,14,15",
        "vmovdqu ymm\\i, [rsi + rdx - 512 + 32*\\i]",
        ".endr",
        "lea r8, [rdi + rdx - 256]",
        "sub rsi, rdi",
        // Align the target's stores, unless the head's store could reach source bytes not read yet.
        "cmp rsi, 512",
        "jb 80f",
        "vmovdqu ymm0, [rdi + rsi]",
        "vmovdqu [rdi], ymm0",
        "add rdi, 32",
        "and rdi, -32",
        "cmp rdi, r8",
        "jae 81f",
        "80:",
        ".irp i,0,1,2,3,4,5,6,7",
        "vmovdqu ymm\\i, [rdi + rsi + 32*\\i]",
        ".endr",
        ".irp i,0,1,2,3,4,5,6,7",
        "vmovdqu [rdi + 32*\\i], ymm\\i",
        ".endr",
        "add rdi, 256",
        "cmp rdi, r8",
        "jb 80b",
        "81:",
        ".irp i,8,9,10,11,12,13,14,15",
        "vmovdqu [r8 - 256 + 32*\\i], ymm\\i",
        ".endr",
        "vzeroupper",
        "ret",
        // Backward: the target starts inside the source.
        "90:",
        "test rcx, rcx",
        "je 31b",
        ".irp i,8,9,10,11,12,13,14,15",
        "vmovdqu ymm\\i, [rsi - 256 + 32*\\i]",
        ".endr",
        "sub rsi, rdi",
        "lea r8, [rdi + rdx - 256]",
        "91:",
        ".irp i,0,1,2,3,4,5,6,7",
        "vmovdqu ymm\\i, [r8 + rsi + 32*\\i]",
        ".endr",
        ".irp i,0,1,2,3,4,5,6,7",
        "vmovdqu [r8 + 32*\\i], ymm\\i",
        ".endr",
        "sub r8, 256",
        "cmp r8, rdi",
        "ja 91b",
        ".irp i,8,9,10,11,12,13,14,15",
        "vmovdqu [rdi - 256 + 32*\\i], ymm\\i",
        ".endr",
        "vzeroupper",
        "ret",
        // Not asked yet, or SSE2 alone.
        "100:",
        "cmp byte ptr [rip + {level}], 0",
        "jne 101f",
        "call {detect}",
        "jmp 60b",
        "101:",
        "mov rcx, rdi",
        "sub rcx, rsi",
        "cmp rcx, rdx",
        "jb 120f",
        ".irp i,8,9,10,11,12,13,14,15",
        "movups xmm\\i, [rsi + rdx - 256 + 16*\\i]",
        ".endr",
        "lea r8, [rdi + rdx - 128]",
        "sub rsi, rdi",
        "110:",
        ".irp i,0,1,2,3,4,5,6,7",
        "movups xmm\\i, [rdi + rsi + 16*\\i]",
        ".endr",
        ".irp i,0,1,2,3,4,5,6,7",
        "movups [rdi + 16*\\i], xmm\\i",
        ".endr",
        "sub rdi, -128",
        "cmp rdi, r8",
        "jb 110b",
        ".irp i,8,9,10,11,12,13,14,15",
        "movups [r8 - 128 + 16*\\i], xmm\\i",
        ".endr",
        "ret",
        "120:",
        "test rcx, rcx",
        "je 31b",
        ".irp i,8,9,10,11,12,13,14,15",
        "movups xmm\\i, [rsi - 128 + 16*\\i]",
        ".endr",
        "sub rsi, rdi",
        "lea r8, [rdi + rdx - 128]",
        "121:",
        ".irp i,0,1,2,3,4,5,6,7",
        "movups xmm\\i, [r8 + rsi + 16*\\i]",
        ".endr",
        ".irp i,0,1,2,3,4,5,6,7",
        "movups [r8 + 16*\\i], xmm\\i",
        ".endr",
        "add r8, -128",
        "cmp r8, rdi",
        "ja 121b",
        ".irp i,8,9,10,11,12,13,14,15",
        "movups [rdi - 128 + 16*\\i], xmm\\i",
        ".endr",
        "ret",
        level = sym LEVEL,
        detect = sym detect,
    )
}

/// Copies `n` bytes and returns the end of the copy. glibc `mempcpy`.
///
/// # Safety
/// As `memmove`.
#[unsafe(naked)]
pub unsafe extern "C" fn mempcpy(target: *mut c_void, source: *const c_void, n: size_t) -> *mut c_void {
    // memmove keeps rdx.
    naked_asm!("call {memmove}", "add rax, rdx", "ret", memmove = sym memmove)
}

/// `memmove` for callers who checked the target's size beforehand: ends the process when it is too small.
///
/// # Safety
/// As `memmove`.
#[unsafe(naked)]
pub unsafe extern "C" fn memmove_checked(
    target: *mut c_void,
    source: *const c_void,
    n: size_t,
    target_size: size_t,
) -> *mut c_void {
    naked_asm!(
        "cmp rcx, rdx",
        "jae {memmove}",
        "sub rsp, 8",
        "call {fail}",
        "ud2",
        memmove = sym memmove,
        fail = sym super::fortify::chk_fail,
    )
}

/// `mempcpy` with the check of `memmove_checked`.
///
/// # Safety
/// As `memmove`.
#[unsafe(naked)]
pub unsafe extern "C" fn mempcpy_checked(
    target: *mut c_void,
    source: *const c_void,
    n: size_t,
    target_size: size_t,
) -> *mut c_void {
    naked_asm!(
        "cmp rcx, rdx",
        "jae {mempcpy}",
        "sub rsp, 8",
        "call {fail}",
        "ud2",
        mempcpy = sym mempcpy,
        fail = sym super::fortify::chk_fail,
    )
}

/// Copies `n` bytes from `source` to `target`, in that argument order. POSIX.1-2001 `bcopy`.
///
/// # Safety
/// As `memmove`.
#[unsafe(naked)]
pub unsafe extern "C" fn bcopy(source: *const c_void, target: *mut c_void, n: size_t) {
    naked_asm!("xchg rdi, rsi", "jmp {memmove}", memmove = sym memmove)
}

// memcpy is memmove: the check for overlap costs nothing below 257 bytes and three instructions above.
crate::alias!(memmove = memmove);
crate::alias!(memcpy = memmove);
crate::alias!(mempcpy = mempcpy);
crate::alias!(__mempcpy = mempcpy);
crate::alias!(__memmove_chk = memmove_checked);
crate::alias!(__memcpy_chk = memmove_checked);
crate::alias!(__mempcpy_chk = mempcpy_checked);
crate::alias!(bcopy = bcopy);
