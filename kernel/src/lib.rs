//! The microkernel's logic: safe Rust that runs on any [`machine::Machine`], also on the host in tests.
//!
//! The program (`main.rs`, `arch/`) is the machine; it enters at system calls, traps and interrupts. Note 0008 is the map.
#![cfg_attr(not(test), no_std)]
#![deny(unsafe_code)]

extern crate alloc;

pub mod account;
pub mod arena;
pub mod audit;
pub mod boot;
pub mod dispatch;
pub mod entropy;
pub mod futex;
pub mod handle;
pub mod ipc;
pub mod judge;
pub mod kernel;
pub mod machine;
pub mod memory;
pub mod methods;
pub mod mm;
pub mod object;
pub mod policy;
pub mod process;
pub mod sched;
#[cfg(test)]
mod testing;
pub mod thread;
pub mod timer;
pub mod trace;
pub mod usercopy;
pub mod waitset;
