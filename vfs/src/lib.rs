//! The file server's logic: path walk, mounts, permissions, labels, open files, and the file systems behind one trait.
//!
//! Nothing here talks to the kernel: contents, time and bytes of a request come through [`backend::Backend`], decisions of the policy
//! through [`judge::Judge`]. So all of it runs and is tested on the host; `main.rs` puts it behind the `File` interface.
//!
//! [`server::Vfs`] is the whole; [`walk`] resolves paths; [`tmpfs`] and [`boot_archive`] are the file systems.
#![cfg_attr(not(test), no_std)]
#![deny(unsafe_code)]

extern crate alloc;

pub use machine::run;

pub mod anonymous;
pub mod attributes;
pub mod backend;
pub mod boot_archive;
pub mod credentials;
pub mod devices;
pub mod error;
pub mod extended;
pub mod fifos;
pub mod file_system;
pub mod judge;
pub mod locks;
#[allow(unsafe_code, reason = "maps the archive, the clock and the credentials")]
pub mod machine;
pub mod mounts;
pub mod nameless;
pub mod open_file;
pub mod pipe;
pub mod server;
pub mod service;
pub mod share;
mod straight_walk;
pub mod stream;
pub mod terminal;
#[cfg(test)]
mod testing;
pub mod tmpfs;
pub mod wait;
pub mod walk;
