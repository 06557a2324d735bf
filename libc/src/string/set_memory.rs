//! `memset`, `bzero`, `explicit_bzero`.
//!
//! In assembly for the same reason as `copy_memory`. Stores overlap at the end instead of counting a remainder.

use super::vector::{LEVEL, detect};
use crate::types::*;
use core::arch::naked_asm;

/// Fills `n` bytes with the low byte of `value`. ISO C, POSIX.1-2024 `memset`.
///
/// # Safety
/// `n` bytes must be writable at `target`.
#[unsafe(naked)]
pub unsafe extern "C" fn memset(target: *mut c_void, value: c_int, n: size_t) -> *mut c_void {
    naked_asm!(
        "mov rax, rdi",
        // One comparison picks 16 to 32 out; its sign tells the shorter from the longer.
        "lea rcx, [rdx - 16]",
        "cmp rcx, 16",
        "ja 10f",
        "movzx esi, sil",
        "imul esi, esi, 0x01010101",
        "movd xmm0, esi",
        "pshufd xmm0, xmm0, 0",
        "movups [rdi], xmm0",
        "movups [rdi + rdx - 16], xmm0",
        "ret",
        "10:",
        "jns 40f",
        "movzx ecx, sil",
        "imul ecx, ecx, 0x01010101",
        "cmp edx, 4",
        "jb 30f",
        // 4 to 15 bytes: two or four overlapping words.
        "mov [rdi], ecx",
        "mov [rdi + rdx - 4], ecx",
        "cmp edx, 8",
        "jbe 11f",
        "mov [rdi + 4], ecx",
        "mov [rdi + rdx - 8], ecx",
        "11:",
        "ret",
        "30:",
        "cmp edx, 1",
        "jb 31f",
        "mov [rdi], cl",
        "je 31f",
        "mov [rdi + rdx - 2], cx",
        "31:",
        "ret",
        "40:",
        "cmp rdx, 128",
        "ja 60f",
        "movzx esi, sil",
        "imul esi, esi, 0x01010101",
        "movd xmm0, esi",
        "pshufd xmm0, xmm0, 0",
        "movups [rdi], xmm0",
        "movups [rdi + 16], xmm0",
        "movups [rdi + rdx - 32], xmm0",
        "movups [rdi + rdx - 16], xmm0",
        "cmp edx, 64",
        "jbe 31b",
        "movups [rdi + 32], xmm0",
        "movups [rdi + 48], xmm0",
        "movups [rdi + rdx - 64], xmm0",
        "movups [rdi + rdx - 48], xmm0",
        "ret",
        // More than 128 bytes.
        "60:",
        "cmp byte ptr [rip + {level}], 2",
        "jne 100f",
        "vmovd xmm0, esi",
        "vpbroadcastb ymm0, xmm0",
        ".irp i,0,1,2,3",
        "vmovdqu [rdi + 32*\\i], ymm0",
        ".endr",
        "cmp rdx, 256",
        "jbe 80f",
        "lea rcx, [rdi + rdx - 256]",
        "add rdi, 128",
        "and rdi, -32",
        "cmp rdi, rcx",
        "jae 75f",
        "70:",
        ".irp i,0,1,2,3,4,5,6,7",
        "vmovdqa [rdi + 32*\\i], ymm0",
        ".endr",
        "add rdi, 256",
        "cmp rdi, rcx",
        "jb 70b",
        "75:",
        ".irp i,0,1,2,3",
        "vmovdqu [rcx + 32*\\i], ymm0",
        ".endr",
        "80:",
        ".irp i,0,1,2,3",
        "vmovdqu [rax + rdx - 128 + 32*\\i], ymm0",
        ".endr",
        "vzeroupper",
        "ret",
        "100:",
        "cmp byte ptr [rip + {level}], 0",
        "jne 101f",
        "call {detect}",
        "jmp 60b",
        "101:",
        "movzx esi, sil",
        "imul esi, esi, 0x01010101",
        "movd xmm0, esi",
        "pshufd xmm0, xmm0, 0",
        "lea rcx, [rdi + rdx - 128]",
        "movups [rdi], xmm0",
        "and rdi, -16",
        "add rdi, 16",
        "102:",
        "cmp rdi, rcx",
        "jae 103f",
        ".irp i,0,1,2,3,4,5,6,7",
        "movaps [rdi + 16*\\i], xmm0",
        ".endr",
        "sub rdi, -128",
        "jmp 102b",
        "103:",
        ".irp i,0,1,2,3,4,5,6,7",
        "movups [rcx + 16*\\i], xmm0",
        ".endr",
        "ret",
        level = sym LEVEL,
        detect = sym detect,
    )
}

/// `memset` that ends the process when `n` is larger than the target's known size.
///
/// # Safety
/// As `memset`.
#[unsafe(naked)]
pub unsafe extern "C" fn memset_checked(
    target: *mut c_void,
    value: c_int,
    n: size_t,
    target_size: size_t,
) -> *mut c_void {
    naked_asm!(
        "cmp rcx, rdx",
        "jae {memset}",
        "sub rsp, 8",
        "call {fail}",
        "ud2",
        memset = sym memset,
        fail = sym super::fortify::chk_fail,
    )
}

/// Fills `n` bytes with zero. 4.3BSD `bzero`; as `explicit_bzero` a compiler cannot leave it out, because
/// the body is assembly that it does not see.
///
/// # Safety
/// As `memset`.
#[unsafe(naked)]
pub unsafe extern "C" fn bzero(target: *mut c_void, n: size_t) {
    naked_asm!("mov rdx, rsi", "xor esi, esi", "jmp {memset}", memset = sym memset)
}

/// `explicit_bzero` with the check of `memset_checked`.
///
/// # Safety
/// As `memset`.
#[unsafe(naked)]
pub unsafe extern "C" fn explicit_bzero_checked(target: *mut c_void, n: size_t, target_size: size_t) {
    naked_asm!(
        "mov rcx, rdx",
        "mov rdx, rsi",
        "xor esi, esi",
        "jmp {checked}",
        checked = sym memset_checked,
    )
}

crate::alias!(memset = memset);
crate::alias!(__memset_chk = memset_checked);
crate::alias!(bzero = bzero);
crate::alias!(__bzero = bzero);
crate::alias!(explicit_bzero = bzero);
crate::alias!(__explicit_bzero_chk = explicit_bzero_checked);
