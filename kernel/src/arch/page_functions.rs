//! Copies and zeroes pages, by AVX: half the instructions of the plain functions in `memory_functions`, which also serve before AVX is
//! switched on. The vector registers are free in the kernel, as there.
#![allow(unsafe_code)]

use core::arch::global_asm;

unsafe extern "C" {
    /// Copies `length` bytes, at least [`LONG_COPY`], between ranges that do not overlap. AVX is switched on.
    #[link_name = "trivet_copy_long"]
    pub unsafe fn copy_long(to: *mut u8, from: *const u8, length: usize);
    /// Zeroes a page. AVX is switched on.
    #[link_name = "trivet_zero_page"]
    pub unsafe fn zero_page(page: *mut u8);
}

/// What [`copy_long`] copies at least.
pub const LONG_COPY: usize = 256;

global_asm!(
    r#"
    .section .text.memory, "ax", @progbits
    // RDI to, RSI from, RDX length, at least 256: what is over is copied first, then 256 bytes a turn.
    .global trivet_copy_long
    .balign 32
    trivet_copy_long:
        movzx ecx, dl
        sub rdx, rcx
        add rsi, rcx
        add rdi, rcx
        neg rcx
        jz 81f
        // The first 256 bytes cover what is over, and some that the loop copies again.
        vmovups ymm0, [rsi + rcx]
        vmovups ymm1, [rsi + rcx + 32]
        vmovups ymm2, [rsi + rcx + 64]
        vmovups ymm3, [rsi + rcx + 96]
        vmovups ymm4, [rsi + rcx + 128]
        vmovups ymm5, [rsi + rcx + 160]
        vmovups ymm6, [rsi + rcx + 192]
        vmovups ymm7, [rsi + rcx + 224]
        vmovups [rdi + rcx], ymm0
        vmovups [rdi + rcx + 32], ymm1
        vmovups [rdi + rcx + 64], ymm2
        vmovups [rdi + rcx + 96], ymm3
        vmovups [rdi + rcx + 128], ymm4
        vmovups [rdi + rcx + 160], ymm5
        vmovups [rdi + rcx + 192], ymm6
        vmovups [rdi + rcx + 224], ymm7
    81: add rsi, rdx
        add rdi, rdx
        neg rdx
    82: vmovups ymm0, [rsi + rdx]
        vmovups ymm1, [rsi + rdx + 32]
        vmovups ymm2, [rsi + rdx + 64]
        vmovups ymm3, [rsi + rdx + 96]
        vmovups ymm4, [rsi + rdx + 128]
        vmovups ymm5, [rsi + rdx + 160]
        vmovups ymm6, [rsi + rdx + 192]
        vmovups ymm7, [rsi + rdx + 224]
        vmovups [rdi + rdx], ymm0
        vmovups [rdi + rdx + 32], ymm1
        vmovups [rdi + rdx + 64], ymm2
        vmovups [rdi + rdx + 96], ymm3
        vmovups [rdi + rdx + 128], ymm4
        vmovups [rdi + rdx + 160], ymm5
        vmovups [rdi + rdx + 192], ymm6
        vmovups [rdi + rdx + 224], ymm7
        add rdx, 256
        jnz 82b
        vzeroupper
        ret

    // RDI: a page, which is zero afterwards.
    .global trivet_zero_page
    .balign 32
    trivet_zero_page:
        vpxor xmm0, xmm0, xmm0
        mov ecx, -4096
        movsxd rcx, ecx
        add rdi, 4096
    83: vmovaps [rdi + rcx], ymm0
        vmovaps [rdi + rcx + 32], ymm0
        vmovaps [rdi + rcx + 64], ymm0
        vmovaps [rdi + rcx + 96], ymm0
        vmovaps [rdi + rcx + 128], ymm0
        vmovaps [rdi + rcx + 160], ymm0
        vmovaps [rdi + rcx + 192], ymm0
        vmovaps [rdi + rcx + 224], ymm0
        add rcx, 256
        jnz 83b
        vzeroupper
        ret
    "#
);
