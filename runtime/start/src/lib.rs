//! The first instructions of a native program (init, servers, drivers), which has no C library.
//!
//! A program's `main.rs` is one line, `trivet_start::program!(run);`, with `fn run() -> u8` (the exit status) in its library. Built for the machine
//! (`cfg(trivet_machine)`, which the build sets) the program gets an entry that relocates itself, an allocator, the memory functions that
//! compiled code calls, a panic handler and Trivet's note. Built for the host, as `cargo test` and clippy do, it only says where it belongs.
#![cfg_attr(trivet_machine, no_std)]
#![deny(unsafe_code)]

#[cfg(trivet_machine)]
#[allow(unsafe_code, reason = "entry code")]
pub mod entry;
#[cfg(trivet_machine)]
#[path = "../../../kernel/src/arch/memory_functions.rs"]
mod memory_functions;
pub mod panic;
pub mod relocation;
#[cfg(trivet_machine)]
#[allow(unsafe_code, reason = "symbols that the prebuilt core names")]
mod unwinding;

/// What the macro uses.
#[doc(hidden)]
pub mod support {
    pub use trivet_server::heap::Heap;
}

/// Makes `$run`, a `fn() -> u8`, the program.
#[macro_export]
macro_rules! program {
    ($run:path) => {
        #[cfg(trivet_machine)]
        #[global_allocator]
        static HEAP: $crate::support::Heap = $crate::support::Heap::new();

        #[cfg(trivet_machine)]
        #[panic_handler]
        fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
            $crate::panic::die(info)
        }

        /// What the entry code calls once the program is relocated.
        #[cfg(trivet_machine)]
        #[unsafe(no_mangle)]
        extern "C" fn trivet_main() -> ! {
            let run: fn() -> u8 = $run;
            $crate::panic::exit(run())
        }

        #[cfg(not(trivet_machine))]
        fn main() {
            // Named, so that the host's build checks that it is there.
            let _: fn() -> u8 = $run;
            eprintln!("this program is a part of Trivet: `./trivet run` boots it");
            std::process::exit(126);
        }
    };
}
