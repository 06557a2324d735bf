//! `trivet run`'s machinery: from a program on the host or in the guest to its output and status.
//!
//! `options` is the command line, `assemble` packs the boot archive, `streams` makes the five ports, `session`
//! holds the dialogue with the guest, `terminal` puts the host's terminal into raw mode and back, `crash` gives
//! names to a crash's addresses. `machine` starts QEMU and ties them together.

pub mod assemble;
pub mod capture;
pub mod crash;
pub mod debugger;
pub mod input;
pub mod machine;
pub mod options;
pub mod output;
pub mod overlay;
pub mod session;
pub mod streams;
pub mod terminal;

/// Exit statuses of the command beside the program's own; those of `timeout` and of POSIX shells.
pub mod status {
    /// The time limit was reached.
    pub const TIME_OUT: u8 = 124;
    /// Trivet itself failed.
    pub const TRIVET_FAILED: u8 = 125;
    /// The program cannot be executed.
    pub const CANNOT_EXECUTE: u8 = 126;
    /// There is no such program.
    pub const NOT_FOUND: u8 = 127;
    /// Added to the number of the signal that ended the program.
    pub const SIGNAL_BASE: u8 = 128;
}
