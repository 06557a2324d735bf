//! The supervisor: runs the programs that the host asks for, one after the other, and tells how each ended.
//!
//! [`job`] puts the host's frames together, [`script`] reads `#!` lines, [`audit`] puts denials into words; these are tested on the
//! host. [`program`] finds and maps a program, [`server`] holds everything together and serves `Processes` to the program.
//! It is the beginning of the process server: what a program asks of its process number, end and name is answered here.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod audit;
pub mod crash;
pub mod job;
pub mod program;
pub mod script;
pub mod server;

pub use server::run;

/// Slots that init fills: see `init.conf`. The standard slots hold root directory and log.
mod slot {
    use trivet_abi::handle::Handle;

    pub const ENDPOINT: Handle = Handle::bootstrap(8);
    pub const CONSOLE: Handle = Handle::bootstrap(9);
    pub const FILE_SERVER: Handle = Handle::bootstrap(10);
    pub const POLICY: Handle = Handle::bootstrap(11);
    pub const AUDIT: Handle = Handle::bootstrap(12);
    pub const MACHINE: Handle = Handle::bootstrap(13);
    pub const PROGRAMS: Handle = Handle::bootstrap(14);
    pub const CREDENTIALS: Handle = Handle::bootstrap(15);
}
