//! Building what the machine boots: cargo once for each domain, and only when something changed.
//!
//! The kernel and the native servers need other compiler flags than the host tools, so each is built by a
//! cargo call with flags, target and target directory of its own. `domain` has those calls, `fingerprint`
//! decides whether one is needed.

pub mod domain;
pub mod fingerprint;

pub use domain::{build_guest_tests, build_kernel, build_process_probe, build_servers};
