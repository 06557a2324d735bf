//! What a native Rust server stands on: the executor whose reactor is `Recv`, the service traits, allocator and log.
//!
//! A server implements the generated trait of its interface (`services::file::FileService`), gives its dispatcher to
//! [`executor::run`], and never blocks but in `Recv`: each request in flight is a task, a read on an empty pipe is a
//! task that waits in a [`wait::WaitQueue`], a call to another server is a future ([`Runtime::call`]). Cancel is a value
//! that a task gets at its await, never a drop.
//!
//! Everything talks to the kernel through [`kernel::Kernel`], so that servers are tested on the host with
//! [`fake::FakeKernel`]; [`system::System`] is the real one. Note 0011 under `docs/notes/` says why.
#![cfg_attr(not(test), no_std)]
#![deny(unsafe_code)]

extern crate alloc;

pub mod answer;
pub mod bytes;
pub mod call;
pub mod error;
pub mod executor;
pub mod fake;
#[allow(unsafe_code, reason = "hands out raw memory")]
pub mod heap;
pub mod judge;
pub mod kernel;
pub mod log;
pub mod message;
mod parked;
pub mod ready;
pub mod request;
pub mod runtime;
pub mod signal;
#[allow(unsafe_code, reason = "receives into registered memory")]
pub mod system;
#[allow(unsafe_code, reason = "polls futures in memory that is used again")]
pub mod tasks;
pub mod timer;
pub mod wait;

pub use answer::{Answer, Extra, Give, NewSession, Output};
pub use error::{Cancelled, CopyError, Denied};
pub use executor::{Events, Limits, Stopped, run};
pub use judge::{Decided, Name, NameJudge};
pub use kernel::CLOSED_STEP;
pub use parked::{AtOnce, Parked};
pub use request::{ReceivedHandle, Request, Stamp};
pub use runtime::Runtime;
pub use trivet_ipc as ipc;

/// The service traits and their dispatchers, one module for each interface that is not the kernel's.
pub mod services {
    include!(concat!(env!("OUT_DIR"), "/services.rs"));
}

/// Calls to other servers, one module for each interface that is not the kernel's: `clients::log::write(&runtime, ...)`
/// in a background task, `clients::log::write(request, ...)` on behalf of a request.
pub mod clients {
    #![allow(
        clippy::unnecessary_cast,
        clippy::needless_question_mark,
        reason = "one form for every type"
    )]
    include!(concat!(env!("OUT_DIR"), "/clients.rs"));
}

#[cfg(test)]
mod tests;
