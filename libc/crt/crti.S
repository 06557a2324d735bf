/* The heads of _init and _fini: the linker puts the .init and .fini sections of all objects between these and
   the tails in crtn.o. */

        .intel_syntax noprefix
        .section .init, "ax", @progbits
        .globl  _init
        .hidden _init
        .type   _init, @function
_init:
        endbr64
        sub     rsp, 8

        .section .fini, "ax", @progbits
        .globl  _fini
        .hidden _fini
        .type   _fini, @function
_fini:
        endbr64
        sub     rsp, 8

        .section .note.GNU-stack, "", @progbits
