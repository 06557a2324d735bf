//! Variable argument lists of the System V ABI, and the trampolines of variadic functions.
//!
//! Rust cannot define a variadic function. A trampoline made by [`variadic!`](crate::variadic) saves the argument
//! registers as a C compiler does, builds a `va_list` on its stack and calls the form of the function that takes
//! one. The same macro serves every variadic function of the library.

use crate::float::f80::F80;

/// C's `va_list`: one element of the array that the type is. System V ABI for x86-64, 3.5.7.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct VaList {
    /// Where in the save area the next integer argument lies: below 48 while one is left.
    gp_offset: u32,
    /// Where in the save area the next floating-point argument lies: below 176 while one is left.
    fp_offset: u32,
    /// The next argument that was passed in memory.
    overflow: *const u8,
    /// The saved registers: six of 8 bytes, then eight of 16.
    save: *const u8,
}

impl VaList {
    /// A list of arguments that all lie in memory, 8 bytes each. For tests and callers inside the library.
    pub const fn of_memory(arguments: *const u64) -> VaList {
        VaList {
            gp_offset: 48,
            fp_offset: 176,
            overflow: arguments.cast(),
            save: core::ptr::null(),
        }
    }

    /// The next argument of an integer or pointer type; the upper bits of a narrower one are arbitrary.
    ///
    /// # Safety
    /// The list has such an argument next.
    #[inline]
    pub unsafe fn integer(&mut self) -> u64 {
        // SAFETY: the caller promises an argument; the ABI says where it is.
        unsafe {
            if self.gp_offset < 48 {
                let value = self.save.add(self.gp_offset as usize).cast::<u64>().read();
                self.gp_offset += 8;
                value
            } else {
                self.next_in_memory()
            }
        }
    }

    /// The next argument of type `double`.
    ///
    /// # Safety
    /// The list has such an argument next.
    #[inline]
    pub unsafe fn double(&mut self) -> f64 {
        // SAFETY: the caller promises an argument; the ABI says where it is.
        unsafe {
            if self.fp_offset < 176 {
                let value = self.save.add(self.fp_offset as usize).cast::<f64>().read();
                self.fp_offset += 16;
                value
            } else {
                f64::from_bits(self.next_in_memory())
            }
        }
    }

    /// The next argument of type `long double`, which is always in memory.
    ///
    /// # Safety
    /// The list has such an argument next.
    #[inline]
    pub unsafe fn long_double(&mut self) -> F80 {
        let padding = self.overflow.addr().wrapping_neg() & 15;
        // SAFETY: the caller promises an argument; the ABI aligns it to 16 bytes.
        unsafe {
            let place = self.overflow.add(padding);
            self.overflow = place.add(16);
            place.cast::<F80>().read()
        }
    }

    unsafe fn next_in_memory(&mut self) -> u64 {
        // SAFETY: the caller promises an argument.
        unsafe {
            let value = self.overflow.cast::<u64>().read();
            self.overflow = self.overflow.add(8);
            value
        }
    }
}

/// Defines variadic C functions by the function that takes a `va_list`:
/// `variadic! { snprintf(3) = vsnprintf; }` for a function with three named arguments, all integers or pointers.
#[macro_export]
macro_rules! variadic {
    ($($name:ident ($named:tt) = $function:path;)*) => { $( $crate::variadic!(@one $name $named $function); )* };
    (@one $name:ident $named:tt $function:path) => {
        #[cfg(not(test))]
        core::arch::global_asm!(
            concat!(".pushsection .text.", stringify!($name), ",\"ax\",@progbits"),
            concat!(".weak ", stringify!($name)),
            concat!(".type ", stringify!($name), ", @function"),
            concat!(stringify!($name), ":"),
            ".cfi_startproc",
            // 24 bytes of va_list, 8 of padding, 176 of saved registers, 8 to align.
            "sub rsp, 216",
            ".cfi_adjust_cfa_offset 216",
            "mov [rsp + 32], rdi",
            "mov [rsp + 40], rsi",
            "mov [rsp + 48], rdx",
            "mov [rsp + 56], rcx",
            "mov [rsp + 64], r8",
            "mov [rsp + 72], r9",
            // AL bounds the number of vector registers used.
            "test al, al",
            "je 1f",
            "movaps [rsp + 80], xmm0",
            "movaps [rsp + 96], xmm1",
            "movaps [rsp + 112], xmm2",
            "movaps [rsp + 128], xmm3",
            "movaps [rsp + 144], xmm4",
            "movaps [rsp + 160], xmm5",
            "movaps [rsp + 176], xmm6",
            "movaps [rsp + 192], xmm7",
            "1:",
            concat!("mov dword ptr [rsp], 8 * ", $named),
            "mov dword ptr [rsp + 4], 48",
            "lea rax, [rsp + 224]",
            "mov [rsp + 8], rax",
            "lea rax, [rsp + 32]",
            "mov [rsp + 16], rax",
            concat!("mov ", $crate::variadic!(@register $named), ", rsp"),
            "call {function}",
            "add rsp, 216",
            ".cfi_adjust_cfa_offset -216",
            "ret",
            ".cfi_endproc",
            concat!(".size ", stringify!($name), ", . - ", stringify!($name)),
            ".popsection",
            function = sym $function,
        );
    };
    (@register 1) => { "rsi" };
    (@register 2) => { "rdx" };
    (@register 3) => { "rcx" };
    (@register 4) => { "r8" };
    (@register 5) => { "r9" };
}
