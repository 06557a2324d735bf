//! The bus server's logic: PCI functions, what they have, and who holds them.
//!
//! [`pci`] reads configuration space through [`pci::ConfigSpace`]; `main.rs` puts the kernel's I/O ports behind it and serves
//! `Bus` and `Device`. Registers come from PCI Local Bus 3.0 and PCI Express Base 3.0.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod pci;
