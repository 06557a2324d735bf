//! What the virtio drivers share: [`PciTransport`] finds a device's registers through the bus server, [`dma`] holds the memory that it may
//! read and write, [`BufferQueue`] moves buffers, [`ExchangeQueue`] requests with their replies. The queues themselves are the crate `virtio-drivers`'.
//!
//! Registers and structures: Virtual I/O Device (VIRTIO) Version 1.1.
#![cfg_attr(not(test), no_std)]
#![deny(unsafe_code)]

extern crate alloc;

#[allow(unsafe_code, reason = "memory that a device reads and writes")]
pub mod dma;
#[allow(unsafe_code, reason = "buffers that a device reads and writes")]
mod exchange;
mod pci;
#[allow(unsafe_code, reason = "buffers that a device reads and writes")]
mod queue;
#[allow(unsafe_code, reason = "registers of a device")]
mod registers;
mod structures;

pub use exchange::{BrokenDevice, ExchangeQueue};
pub use pci::{OpenError, PciTransport};
pub use queue::BufferQueue;
pub use virtio_drivers::transport::Transport;
