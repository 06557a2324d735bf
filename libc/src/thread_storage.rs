//! `thread_storage!`: zero-filled storage that each thread has its own of.
//!
//! Stable Rust has no thread-local variables without std, so the variable is made in assembly in the program's
//! TLS segment and reached the way the initial-exec model does. Used for what C gives each thread: the current
//! locale, the text of `strerror`, the state of `mblen`.

/// Defines `fn $name() -> *mut $type`, the calling thread's own `$type`, which starts as zero bytes.
///
/// `$type` must be valid as zero bytes and need no Drop. The symbol must be unique in the library.
#[macro_export]
macro_rules! thread_storage {
    ($(#[$meta:meta])* $vis:vis fn $name:ident() -> $type:ty = $symbol:literal;) => {
        core::arch::global_asm!(
            ".pushsection .tbss,\"awT\",@nobits",
            ".p2align 4",
            concat!(".globl ", $symbol),
            concat!(".hidden ", $symbol),
            concat!(".type ", $symbol, ",@object"),
            concat!($symbol, ":"),
            ".zero {size}",
            concat!(".size ", $symbol, ", {size}"),
            ".popsection",
            size = const core::mem::size_of::<$type>(),
        );

        $(#[$meta])*
        #[inline(always)]
        $vis fn $name() -> *mut $type {
            const { assert!(core::mem::align_of::<$type>() <= 16 && !core::mem::needs_drop::<$type>()) };
            let address: *mut $type;
            // SAFETY: FS holds the thread's control block, whose first word is its own address; the TLS
            // segment lies at a fixed distance from it, which the linker writes into the operand.
            unsafe {
                core::arch::asm!(
                    "mov {0}, fs:[0]",
                    concat!("add {0}, qword ptr [rip + ", $symbol, "@gottpoff]"),
                    out(reg) address,
                    options(nostack, pure, readonly)
                )
            };
            address
        }
    };
}

#[cfg(test)]
mod tests {
    thread_storage! {
        fn counter() -> u64 = "trivet_test_thread_counter";
    }

    #[test]
    fn each_thread_has_its_own_zeroed_storage() {
        // SAFETY: the storage is this thread's alone.
        unsafe { *counter() = 7 };
        let other = std::thread::spawn(|| {
            // SAFETY: as above.
            unsafe { *counter() }
        });
        assert_eq!(other.join().unwrap(), 0);
        // SAFETY: as above.
        assert_eq!(unsafe { *counter() }, 7);
    }
}
