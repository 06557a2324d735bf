//! How a long double crosses between C and Rust: the trampolines.
//!
//! C passes a long double on the stack and returns it on the x87 register stack; Rust knows neither. A trampoline
//! passes the address of the arguments and of a place for the result, then loads the result.

/// Defines C functions that take or return `long double`, in terms of Rust functions on [`F80`](super::f80::F80).
///
/// After the C name come its arguments: those in registers (integers and pointers), with their types, then
/// after a semicolon the names of the long doubles. The result is `long double` unless the arrow names another type.
///
/// ```ignore
/// long_double! {
///     /// Sine. ISO C17 7.12.4.6.
///     sinl(; x) { extended::sin(x) }
///     /// Exponent of the number. ISO C17 7.12.6.5.
///     ilogbl(; x) -> c_int { exponent_of(x) }
///     /// The number times a power of two. ISO C17 7.12.6.6.
///     ldexpl(power: c_int; x) { scale(x, power) }
/// }
/// ```
#[macro_export]
macro_rules! long_double {
    ($($(#[$meta:meta])* $name:ident ($($register:ident: $type:ty),* ; $($argument:ident),*) $(-> $result:ty)? $body:block)*) => {
        $( $crate::long_double!(@one [$(#[$meta])*] $name [$($register: $type),*] [$($argument),*] [$($result)?] $body); )*
    };
    // A result in a register: the trampoline adds the address of the arguments and returns straight.
    (@one [$(#[$meta:meta])*] $name:ident [$($register:ident: $type:ty),*] [$($argument:ident),*] [$result:ty] $body:block) => {
        $(#[$meta])*
        #[allow(unused_unsafe, unused_mut, unused_variables, unused_assignments)]
        pub unsafe extern "C" fn $name($($register: $type,)* arguments: *const $crate::float::f80::F80) -> $result {
            let mut index = 0;
            $(
                // SAFETY: the trampoline passes the address of the caller's arguments.
                let $argument = unsafe { arguments.add(index).read() };
                index += 1;
            )*
            $body
        }
        #[cfg(not(test))]
        core::arch::global_asm!(
            concat!(".pushsection .text.", stringify!($name), ",\"ax\",@progbits"),
            concat!(".weak ", stringify!($name)),
            concat!(".type ", stringify!($name), ", @function"),
            concat!(stringify!($name), ":"),
            ".cfi_startproc",
            concat!("lea ", $crate::long_double!(@register $($register: $type),*), ", [rsp + 8]"),
            "jmp {function}",
            ".cfi_endproc",
            concat!(".size ", stringify!($name), ", . - ", stringify!($name)),
            ".popsection",
            function = sym $name,
        );
    };
    // A long double result.
    (@one [$(#[$meta:meta])*] $name:ident [$($register:ident: $type:ty),*] [$($argument:ident),*] [] $body:block) => {
        $(#[$meta])*
        #[allow(unused_unsafe, unused_mut, unused_variables, unused_assignments)]
        pub unsafe extern "C" fn $name(
            $($register: $type,)*
            arguments: *const $crate::float::f80::F80,
            result: *mut $crate::float::f80::F80,
        ) {
            let mut index = 0;
            $(
                // SAFETY: the trampoline passes the address of the caller's arguments.
                let $argument = unsafe { arguments.add(index).read() };
                index += 1;
            )*
            let value: $crate::float::f80::F80 = $body;
            // SAFETY: the trampoline passes a place on its stack.
            unsafe { result.write(value) }
        }
        #[cfg(not(test))]
        core::arch::global_asm!(
            concat!(".pushsection .text.", stringify!($name), ",\"ax\",@progbits"),
            concat!(".weak ", stringify!($name)),
            concat!(".type ", stringify!($name), ", @function"),
            concat!(stringify!($name), ":"),
            ".cfi_startproc",
            concat!("lea ", $crate::long_double!(@register $($register: $type),*), ", [rsp + 8]"),
            "sub rsp, 24",
            ".cfi_adjust_cfa_offset 24",
            concat!("mov ", $crate::long_double!(@register $($register: $type,)* arguments: u64), ", rsp"),
            "call {function}",
            "fld tbyte ptr [rsp]",
            "add rsp, 24",
            ".cfi_adjust_cfa_offset -24",
            "ret",
            ".cfi_endproc",
            concat!(".size ", stringify!($name), ", . - ", stringify!($name)),
            ".popsection",
            function = sym $name,
        );
    };
    // The register of the next integer argument, after those given.
    (@register $($register:ident: $type:ty),*) => { $crate::long_double!(@count [] $($register: $type,)*) };
    (@count [] ) => { "rdi" };
    (@count [] $a:ident: $at:ty, ) => { "rsi" };
    (@count [] $a:ident: $at:ty, $b:ident: $bt:ty, ) => { "rdx" };
    (@count [] $a:ident: $at:ty, $b:ident: $bt:ty, $c:ident: $ct:ty, ) => { "rcx" };
    (@count [] $a:ident: $at:ty, $b:ident: $bt:ty, $c:ident: $ct:ty, $d:ident: $dt:ty, ) => { "r8" };
}
