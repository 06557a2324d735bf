//! Building what the machine boots: cargo once for each domain, and only when something changed.
//!
//! The kernel and the native servers need other compiler flags than the host tools, so each is built by a
//! cargo call with flags, target and target directory of its own. `domain` has those calls, `fingerprint`
//! decides whether one is needed. `services` builds servers that somebody adds to the system.

pub mod domain;
pub mod fingerprint;
pub mod services;

pub use domain::{
    build_guest_tests, build_kernel, build_native, build_process_probe, build_servers, build_unchecked_kernel,
};
pub use services::Services;
