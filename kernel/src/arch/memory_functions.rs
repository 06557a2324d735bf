//! `memcpy` and its family, which compiled Rust calls: in assembly, since a Rust loop may be compiled into a call of itself.
//!
//! Long runs go 64 or 128 bytes a turn through vector registers, which are free in the kernel (an interrupted thread's were
//! saved before Rust ran). `rep movsb` is not used: under emulation it goes byte by byte.
#![allow(unsafe_code)]

use core::arch::global_asm;

global_asm!(
    r#"
    .section .text.memory, "ax", @progbits
    .global memcpy
    .balign 32
    memcpy:
        mov rax, rdi
        cmp rdx, 16
        jb 30f
        cmp rdx, 64
        jae 10f
        // 16 to 63 bytes: 16 at each end, and if needed the inner ones.
        movups xmm0, [rsi]
        movups xmm1, [rsi + rdx - 16]
        cmp rdx, 32
        jbe 1f
        movups xmm2, [rsi + 16]
        movups xmm3, [rsi + rdx - 32]
        movups [rdi + 16], xmm2
        movups [rdi + rdx - 32], xmm3
    1:  movups [rdi], xmm0
        movups [rdi + rdx - 16], xmm1
        ret
    10: // The last 64 bytes are read now and written at the end, so that the loop needs no tail.
        movups xmm4, [rsi + rdx - 64]
        movups xmm5, [rsi + rdx - 48]
        movups xmm6, [rsi + rdx - 32]
        movups xmm7, [rsi + rdx - 16]
        lea r8, [rdi + rdx - 64]
        cmp rdx, 256
        jb 11f
        // 128 bytes a turn, up to the last 128 to 255.
        lea r9, [r8 - 128]
    12: movups xmm0, [rsi]
        movups xmm1, [rsi + 16]
        movups xmm2, [rsi + 32]
        movups xmm3, [rsi + 48]
        movups xmm8, [rsi + 64]
        movups xmm9, [rsi + 80]
        movups xmm10, [rsi + 96]
        movups xmm11, [rsi + 112]
        movups [rdi], xmm0
        movups [rdi + 16], xmm1
        movups [rdi + 32], xmm2
        movups [rdi + 48], xmm3
        movups [rdi + 64], xmm8
        movups [rdi + 80], xmm9
        movups [rdi + 96], xmm10
        movups [rdi + 112], xmm11
        sub rsi, -128
        sub rdi, -128
        cmp rdi, r9
        jb 12b
    11: movups xmm0, [rsi]
        movups xmm1, [rsi + 16]
        movups xmm2, [rsi + 32]
        movups xmm3, [rsi + 48]
        movups [rdi], xmm0
        movups [rdi + 16], xmm1
        movups [rdi + 32], xmm2
        movups [rdi + 48], xmm3
        add rsi, 64
        add rdi, 64
        cmp rdi, r8
        jb 11b
        movups [r8], xmm4
        movups [r8 + 16], xmm5
        movups [r8 + 32], xmm6
        movups [r8 + 48], xmm7
        ret
    30: cmp edx, 8
        jb 31f
        mov r8, [rsi]
        mov r9, [rsi + rdx - 8]
        mov [rdi], r8
        mov [rdi + rdx - 8], r9
        ret
    31: cmp edx, 4
        jb 32f
        mov r8d, [rsi]
        mov r9d, [rsi + rdx - 4]
        mov [rdi], r8d
        mov [rdi + rdx - 4], r9d
        ret
    32: test edx, edx
        jz 33f
        movzx r8d, byte ptr [rsi]
        movzx r9d, byte ptr [rsi + rdx - 1]
        cmp edx, 3
        jne 34f
        movzx r10d, byte ptr [rsi + 1]
        mov [rdi + 1], r10b
    34: mov [rdi], r8b
        mov [rdi + rdx - 1], r9b
    33: ret

    .global memmove
    .balign 16
    memmove:
        // Forward is right unless the target begins inside the source.
        mov rax, rdi
        sub rax, rsi
        cmp rax, rdx
        jae memcpy_forward
        mov rax, rdi
        cmp rdx, 16
        jb 30b
        // Backward, 16 bytes a turn; the first 16 are read now and written last.
        movups xmm4, [rsi]
    2:  movups xmm0, [rsi + rdx - 16]
        movups [rdi + rdx - 16], xmm0
        sub rdx, 16
        cmp rdx, 16
        jae 2b
        movups [rdi], xmm4
        ret
    memcpy_forward:
        // memcpy's long loop reads its tail first, which a forward overlap would make stale: go 16 bytes a turn.
        mov rax, rdi
        mov r8, rsi
        sub r8, rdi
        cmp r8, rdx
        jae memcpy
        cmp rdx, 16
        jb 30b
        movups xmm4, [rsi + rdx - 16]
        lea r8, [rdi + rdx - 16]
    3:  movups xmm0, [rsi]
        movups [rdi], xmm0
        add rsi, 16
        add rdi, 16
        cmp rdi, r8
        jb 3b
        movups [r8], xmm4
        ret

    .global memset
    .balign 32
    memset:
        mov rax, rdi
        movzx ecx, sil
        movabs r8, 0x0101010101010101
        imul rcx, r8
        cmp rdx, 16
        jb 50f
        movq xmm0, rcx
        punpcklqdq xmm0, xmm0
        cmp rdx, 64
        jae 40f
        movups [rdi], xmm0
        movups [rdi + rdx - 16], xmm0
        cmp rdx, 32
        jbe 1f
        movups [rdi + 16], xmm0
        movups [rdi + rdx - 32], xmm0
    1:  ret
    40: lea r8, [rdi + rdx - 64]
    41: movups [rdi], xmm0
        movups [rdi + 16], xmm0
        movups [rdi + 32], xmm0
        movups [rdi + 48], xmm0
        add rdi, 64
        cmp rdi, r8
        jb 41b
        movups [r8], xmm0
        movups [r8 + 16], xmm0
        movups [r8 + 32], xmm0
        movups [r8 + 48], xmm0
        ret
    50: cmp edx, 8
        jb 51f
        mov [rdi], rcx
        mov [rdi + rdx - 8], rcx
        ret
    51: cmp edx, 4
        jb 52f
        mov [rdi], ecx
        mov [rdi + rdx - 4], ecx
        ret
    52: test edx, edx
        jz 53f
        mov [rdi], cl
        mov [rdi + rdx - 1], cl
        cmp edx, 3
        jne 53f
        mov [rdi + 1], cl
    53: ret

    .global memcmp
    .global bcmp
    .balign 16
    memcmp:
    bcmp:
        xor ecx, ecx
    60: lea r8, [rcx + 8]
        cmp r8, rdx
        ja 62f
        mov r9, [rdi + rcx]
        mov r10, [rsi + rcx]
        cmp r9, r10
        jne 61f
        mov rcx, r8
        jmp 60b
    61: bswap r9
        bswap r10
        cmp r9, r10
        sbb eax, eax
        or eax, 1
        ret
    62: cmp rcx, rdx
        jae 63f
        movzx eax, byte ptr [rdi + rcx]
        movzx r9d, byte ptr [rsi + rcx]
        inc rcx
        sub eax, r9d
        jz 62b
        ret
    63: xor eax, eax
        ret

    .global strlen
    .balign 16
    strlen:
        xor eax, eax
        jmp 71f
    70: inc rax
    71: cmp byte ptr [rdi + rax], 0
        jne 70b
        ret
    "#
);
