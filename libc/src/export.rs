//! `export!`: how a function of this library gets its C name.
//!
//! Code inside the library calls Rust paths, never C names, so that a program that defines `read` or `error`
//! itself does not hijack the library. The C name is a weak alias made in assembly; it exists only in the
//! object that programs link, never in host unit tests (where it would replace the host's own function).

/// Defines `extern "C"` functions and gives each a weak C alias of the same name.
///
/// ```ignore
/// export! {
///     /// Length of a string, without its terminator. POSIX.1-2024 `strlen`.
///     pub unsafe extern "C" fn strlen(s: *const c_char) -> usize { ... }
/// }
/// ```
#[macro_export]
macro_rules! export {
    ($($(#[$meta:meta])* pub unsafe extern $abi:literal fn $name:ident($($args:tt)*) $(-> $ret:ty)? $body:block)*) => {
        $(
            $(#[$meta])*
            pub unsafe extern $abi fn $name($($args)*) $(-> $ret)? $body
            $crate::alias!($name = $name);
        )*
    };
}

/// Gives a function a further weak C name: `alias!(stat64 = stat)`.
#[macro_export]
macro_rules! alias {
    ($name:ident = $function:path) => {
        #[cfg(not(test))]
        core::arch::global_asm!(
            concat!(".weak ", stringify!($name)),
            concat!(".set ", stringify!($name), ", {function}"),
            function = sym $function,
        );
    };
}

/// Gives a static a weak C name, as a data object of its type's size: `alias_data!(environ = ENVIRON: usize)`.
#[macro_export]
macro_rules! alias_data {
    ($name:ident = $data:path : $type:ty) => {
        #[cfg(not(test))]
        core::arch::global_asm!(
            concat!(".weak ", stringify!($name)),
            concat!(".type ", stringify!($name), ", @object"),
            concat!(".size ", stringify!($name), ", {size}"),
            concat!(".set ", stringify!($name), ", {data}"),
            data = sym $data,
            size = const core::mem::size_of::<$type>(),
        );
        // Host tests keep the C library's names free; the data counts as used all the same.
        #[cfg(test)]
        const _: fn() = || {
            let _ = &raw const $data;
        };
    };
}
