/* The tails of _init and _fini: see crti.S. */

        .intel_syntax noprefix
        .section .init, "ax", @progbits
        add     rsp, 8
        ret

        .section .fini, "ax", @progbits
        add     rsp, 8
        ret

        .section .note.GNU-stack, "", @progbits
