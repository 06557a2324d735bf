//! Init: starts the core servers from a declarative file, keeps their endpoints, starts them anew. Note 0014.
//!
//! [`config`] reads the file, [`boot`] finds what the machine was started with, [`server`] builds one process, [`watch`] waits for the
//! end of any. What needs no kernel is tested on the host.
#![cfg_attr(not(test), no_std)]
#![deny(unsafe_code)]

extern crate alloc;

pub mod accounts;
#[allow(unsafe_code, reason = "borrows the mapped boot archive")]
pub mod boot;
pub mod config;
pub mod server;
pub mod watch;

use alloc::format;
use alloc::string::String;
use core::fmt;
use trivet_ipc::{ErrorNumber, Failure, FailureKind};

/// Exit code of the machine when a server without which nothing works has ended, or could not be started.
pub const SERVER_LOST: u8 = 70;

/// Why init gives up, in words.
#[derive(Debug)]
pub struct Fatal(pub String);

impl fmt::Display for Fatal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Adds what was being done to a failed call.
pub(crate) trait Doing<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, Fatal>;
}

impl<T, E: ErrorNumber + fmt::Debug> Doing<T> for Result<T, Failure<E>> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, Fatal> {
        self.map_err(|failure| match failure.kind() {
            FailureKind::Server(error) => Fatal(format!("{}: {error:?}", what())),
            FailureKind::Call(error) => Fatal(format!("{}: {error:?}", what())),
            FailureKind::Unlisted(number) => Fatal(format!("{}: error {number}", what())),
        })
    }
}

/// The program: never returns but to end the machine.
pub fn run() -> u8 {
    let machine = config::RootHandle::Machine.handle();
    match boot::Boot::find().and_then(|boot| watch::serve(&boot)) {
        Ok(never) => match never {},
        Err(fatal) => {
            let line = format!("init: {fatal}\n");
            // The machine ends in any case; the log is for whoever looks for the reason.
            let _ = trivet_ipc::machine::early_log(machine, line.as_bytes());
            let _ = trivet_ipc::machine::power_off(machine, SERVER_LOST);
            SERVER_LOST
        }
    }
}
