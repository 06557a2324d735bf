/* _start: where a program begins. crt1.o (fixed address) and, with TRIVET_SELF_RELOCATE, rcrt1.o (static PIE).

   The system enters with the stack pointer at argc, argv, envp and the auxiliary vector, as the x86-64 System V
   ABI has it. A static PIE first applies its own relative relocations: until then nothing that holds an address
   may be read, so this is done here, in assembly, before any compiled code. */

        .intel_syntax noprefix
        .text
        .globl  _start
        .type   _start, @function
_start:
        .cfi_startproc
        .cfi_undefined rip
        endbr64
        xor     ebp, ebp
        mov     r9, rdx                 /* a function to register with atexit, or 0 */
        mov     rbx, rsp
#ifdef TRIVET_SELF_RELOCATE
        call    trivet_relocate_self
#endif
        mov     rsi, [rbx]              /* argc */
        lea     rdx, [rbx + 8]          /* argv */
        and     rsp, -16
        push    rax
        push    rbx                     /* the stack's end: seventh argument */
        xor     r8d, r8d
        xor     ecx, ecx
        mov     rdi, qword ptr [rip + main@GOTPCREL]
        call    qword ptr [rip + __libc_start_main@GOTPCREL]
        hlt
        .cfi_endproc
        .size   _start, . - _start

#ifdef TRIVET_SELF_RELOCATE
        .hidden _DYNAMIC
        .hidden __ehdr_start
        .type   trivet_relocate_self, @function
/* Applies R_X86_64_RELATIVE of .rela.dyn and the words of .relr.dyn. Keeps rbx, r9, rbp. */
trivet_relocate_self:
        .cfi_startproc
        lea     rdi, [rip + __ehdr_start]       /* the load address: images are linked at 0 */
        lea     rsi, [rip + _DYNAMIC]
        xor     ecx, ecx                /* DT_RELA */
        xor     edx, edx                /* DT_RELASZ */
        xor     r10d, r10d              /* DT_RELR */
        xor     r11d, r11d              /* DT_RELRSZ */
1:      mov     rax, [rsi]
        mov     r8, [rsi + 8]
        add     rsi, 16
        test    rax, rax
        jz      2f
        cmp     rax, 7
        cmove   rcx, r8
        cmp     rax, 8
        cmove   rdx, r8
        cmp     rax, 36
        cmove   r10, r8
        cmp     rax, 35
        cmove   r11, r8
        jmp     1b

2:      add     rcx, rdi
        add     rdx, rcx                /* the table's end */
3:      cmp     rcx, rdx
        jae     5f
        cmp     dword ptr [rcx + 8], 8  /* R_X86_64_RELATIVE */
        jne     4f
        mov     rax, [rcx]
        mov     r8, [rcx + 16]
        add     r8, rdi
        mov     [rdi + rax], r8
4:      add     rcx, 24
        jmp     3b

5:      test    r11, r11
        jz      10f
        add     r10, rdi
        add     r11, r10                /* the table's end */
        xor     ecx, ecx                /* where the next word is */
6:      cmp     r10, r11
        jae     10f
        mov     rax, [r10]
        add     r10, 8
        test    al, 1
        jnz     7f
        lea     rcx, [rdi + rax]        /* an address: relocate the word there */
        add     [rcx], rdi
        add     rcx, 8
        jmp     6b
7:      shr     rax, 1                  /* a bitmap of the 63 words behind it */
        jz      9f
8:      bsf     r8, rax
        add     [rcx + r8 * 8], rdi
        lea     r8, [rax - 1]           /* takes the lowest bit out */
        and     rax, r8
        jnz     8b
9:      add     rcx, 63 * 8
        jmp     6b

10:     ret
        .cfi_endproc
        .size   trivet_relocate_self, . - trivet_relocate_self
#endif

/* The note by which the system knows its programs: name "Trivet", type 1, the generation of the ABI. */
        .section .note.trivet, "a", @note
        .p2align 2
        .long   7
        .long   4
        .long   1
        .asciz  "Trivet"
        .p2align 2
        .long   2

        .section .note.GNU-stack, "", @progbits
