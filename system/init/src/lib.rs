//! Init: starts the core servers from a declarative file, keeps their endpoints, starts them anew. Note 0014.
//!
//! The logic that needs no kernel is here and tested on the host: [`config`] reads the file. `main.rs` does what it says.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod config;
