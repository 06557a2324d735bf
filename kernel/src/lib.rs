//! The microkernel's logic: safe Rust that runs on any [`machine::Machine`], also on the host in tests.
//!
//! The program (`main.rs`, `arch/`) is the machine; it enters here at system calls, traps and interrupts.
#![cfg_attr(not(test), no_std)]
#![deny(unsafe_code)]

extern crate alloc;

pub mod arena;
pub mod boot;
pub mod machine;
pub mod mm;
