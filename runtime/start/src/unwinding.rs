//! Symbols that the prebuilt `core` of a hosted target names, and that a program which never unwinds does not reach.

/// Named in unwind tables.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// Called by landing pads, of which none is ever entered: a panic ends the program.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() -> ! {
    crate::panic::exit(255)
}
