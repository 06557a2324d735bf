//! The process server: who exists, who is whose child, how programs start, end, wait and are signalled.
//!
//! [`table`] is the family tree and [`signal`] what a signal does, both without a kernel and tested on the host, as [`rows`] (credentials),
//! [`limits`], [`job`], [`script`] and [`audit`]. [`server`] holds everything together; [`service`] serves `Processes` by [`lifecycle`] (fork,
//! end, wait), [`execute`] (spawn, exec), [`delivery`] (signals), [`timers`] and [`identity`]. [`console`] takes the host's jobs, [`files`]
//! is what lies below /proc.
#![cfg_attr(not(test), no_std)]
#![deny(unsafe_code)]

extern crate alloc;

pub mod accounts;
pub mod audit;
pub mod build;
pub mod console;
pub mod crash;
pub mod delivery;
pub mod execute;
pub mod files;
pub mod identity;
pub mod job;
pub mod lifecycle;
pub mod limits;
#[allow(unsafe_code, reason = "maps pages that processes share with this server")]
pub mod mapping;
pub mod member;
pub mod owned;
pub mod program;
pub mod rows;
pub mod script;
pub mod server;
pub mod service;
pub mod signal;
pub mod table;
pub mod timers;

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
    pub const TERMINALS: Handle = Handle::bootstrap(16);
    /// Accounts below that of programs, as many as there are, from here on.
    pub const ACCOUNTS: u32 = 17;
}
