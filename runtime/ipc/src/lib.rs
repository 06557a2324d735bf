//! Client stubs for every interface, and the machine code of the three calls.
//!
//! Each interface is a module (`file::read`, `address_space::map_anonymous`) generated from `interfaces/*.idl`: a
//! scalar method compiles to loading registers and one `syscall`. Each method has two functions: `read` and
//! `read_with`, which takes [`CallOptions`] (may signals end it, where do handles go, until when). No allocation, no
//! state: a signal handler may call anything here.
//!
//! A stub touches only the memory that its arguments name. Methods that change mappings of the caller's own address
//! space act on whatever is mapped there; whoever calls them answers for the memory, as with `munmap`.
#![cfg_attr(not(any(test, feature = "loopback")), no_std)]
#![deny(unsafe_code)]

#[allow(unsafe_code, reason = "the three system calls")]
pub mod calls;
pub mod describe;
mod failure;
#[cfg(feature = "loopback")]
#[allow(unsafe_code, reason = "plays the kernel's copies")]
pub mod loopback;
#[macro_use]
mod define;
#[allow(unsafe_code, reason = "hands caller's memory to the kernel")]
mod buffers;
mod extension;
mod options;
#[allow(unsafe_code, reason = "values as bytes")]
pub mod plain;
pub mod ring;

pub use buffers::{In, Out, OutBytes};
pub use calls::Outcome;
pub use extension::ExtensionBlock;
pub use failure::{ErrorNumber, Failure, FailureKind};
pub use options::CallOptions;
pub use trivet_abi as abi;

/// What generated code uses.
mod support {
    pub use crate::calls::installed_handle;
    pub use crate::{CallOptions, ExtensionBlock, Failure, In, Out};
    pub use trivet_abi::InterfaceNumber;
    pub use trivet_abi::handle::Handle;
    pub use trivet_abi::message::request::header as request_header;
    pub use trivet_abi::message::{Segment, SentHandle};
}

#[allow(unsafe_code, reason = "marks structs as plain bytes; hands raw segments on")]
#[allow(
    clippy::undocumented_unsafe_blocks,
    reason = "each has its line, behind the attributes"
)]
#[allow(
    clippy::unnecessary_cast,
    clippy::needless_question_mark,
    reason = "one form for every type"
)]
mod stubs {
    include!(concat!(env!("OUT_DIR"), "/stubs.rs"));
}
pub use stubs::*;

#[cfg(test)]
mod tests;
