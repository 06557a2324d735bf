//! From the boot loader to Rust: the PVH note and entry (32-bit, paging off), and the way up for further processors.
//!
//! The boot page tables map the first 4 GiB three times: at their own addresses for the step into paging, in the
//! direct map, and (the first GiB) at `KERNEL_BASE`. Rust replaces them by `paging::build`'s; starting processors
//! go through them once more.
#![allow(unsafe_code)]

use super::layout::{KERNEL_BASE, TRAMPOLINE};
use core::arch::global_asm;

// SSE must work before the first Rust function runs: CR4 gets OSFXSR and OSXMMEXCPT, CR0 loses EM and gets MP.
global_asm!(
    r#"
    .section .note.pvh, "a", @note
    .balign 4
    .long 4, 8, 18                      // name size, descriptor size, XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .quad pvh_start

    .section .boot, "ax", @progbits
    .code32
    .global pvh_start
    pvh_start:
        cli
        cld
        mov esi, ebx                    // hvm_start_info
        mov esp, offset boot_stack_top + {low}

        // The boot tables: four page directories of 2 MiB pages for 4 GiB.
        mov edi, offset boot_directories + {low}
        mov eax, 0x83                   // present, writable, 2 MiB
        xor ecx, ecx
    1:  mov [edi + ecx * 8], eax
        mov dword ptr [edi + ecx * 8 + 4], 0
        add eax, 0x200000
        inc ecx
        cmp ecx, 2048
        jne 1b
        mov edi, offset boot_pointers + {low}
        mov eax, offset boot_directories + {low} + 3
        xor ecx, ecx
    2:  mov [edi + ecx * 8], eax
        add eax, 4096
        inc ecx
        cmp ecx, 4
        jne 2b
        mov eax, offset boot_directories + {low} + 3
        mov edi, offset boot_pointers_top + {low}
        mov [edi + 510 * 8], eax
        mov edi, offset boot_root + {low}
        mov eax, offset boot_pointers + {low} + 3
        mov [edi], eax
        mov [edi + 256 * 8], eax
        mov eax, offset boot_pointers_top + {low} + 3
        mov [edi + 511 * 8], eax

        call enter_long_mode
        lgdt [boot_gdt_pointer]
        ljmp 0x8, offset boot_long

    // Turns long mode and paging on with the boot tables. Clobbers EAX, ECX, EDX.
    enter_long_mode:
        mov eax, offset boot_root + {low}
        mov cr3, eax
        mov eax, cr4
        or eax, 0x6a0                   // PAE, PGE, OSFXSR, OSXMMEXCPT
        mov cr4, eax
        mov ecx, 0xc0000080             // EFER
        rdmsr
        or eax, 0x901                   // SCE, LME, NXE
        wrmsr
        mov eax, cr0
        and eax, 0x9ffffff3             // not CD, NW, EM, TS
        or eax, 0x80010023              // PG, WP, NE, MP, PE
        mov cr0, eax
        ret

    .code64
    boot_long:
        mov eax, 0x10
        mov ds, eax
        mov es, eax
        mov ss, eax
        xor eax, eax
        mov fs, eax
        mov gs, eax
        movabs rsp, offset boot_stack_top
        mov edi, esi
        xor ebp, ebp
        movabs rax, offset {rust_start}
        call rax
        ud2

    .balign 8
    boot_gdt:
        .quad 0
        .quad 0x00af9b000000ffff        // 64-bit code
        .quad 0x00cf93000000ffff        // data
        .quad 0x00cf9b000000ffff        // 32-bit code
    boot_gdt_pointer:
        .word 31
        .long boot_gdt

    // The way up of a starting processor: copied to TRAMPOLINE, entered in real mode with CS = TRAMPOLINE / 16.
    .code16
    .global trampoline_start
    .global trampoline_end
    .balign 16
    trampoline_start:
        jmp 9f
        .balign 8
        .word 31                        // the pointer to boot_gdt, at offset 8
        .long boot_gdt
    9:  cli
        cld
        xor ax, ax
        mov ds, ax
        .byte 0x66                      // all 32 bits of the base
        lgdt [{trampoline_pointer}]
        mov eax, cr0
        or eax, 1
        mov cr0, eax
        // ljmp 0x18:trampoline_32
        .byte 0x66, 0xea
        .long trampoline_32
        .word 0x18
    trampoline_end:

    .code32
    trampoline_32:
        mov eax, 0x10
        mov ds, eax
        mov es, eax
        mov ss, eax
        mov esp, offset trampoline_stack_top + {low}
        call enter_long_mode
        ljmp 0x8, offset trampoline_64
    .code64
    trampoline_64:
        movabs rax, offset trampoline_high
        jmp rax

    .section .text.entry, "ax", @progbits
    trampoline_high:
        // The starter left its tables and a stack in `starting_*`; one processor starts at a time. The boot tables do
        // not map the stacks.
        mov rax, [rip + starting_root]
        mov cr3, rax
        mov rsp, [rip + starting_stack]
        xor ebp, ebp
        call {rust_start_secondary}
        ud2

    .section .bss.boot, "aw", @nobits
    .balign 4096
    boot_root: .skip 4096
    boot_pointers: .skip 4096
    boot_pointers_top: .skip 4096
    boot_directories: .skip 16384
    boot_stack: .skip 65536
    boot_stack_top:
    .skip 64
    trampoline_stack_top:
    .balign 8
    .global starting_stack
    starting_stack: .skip 8
    .global starting_root
    starting_root: .skip 8
    .text
    "#,
    // Physical addresses of symbols in the top 2 GiB: minus KERNEL_BASE is plus this, modulo 2^64.
    low = const KERNEL_BASE.wrapping_neg(),
    trampoline_pointer = const TRAMPOLINE + 8,
    rust_start = sym super::boot::start_first_processor,
    rust_start_secondary = sym super::smp::start_secondary_processor,
);
