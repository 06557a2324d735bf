//! The bus server: PCI functions, what they have, and who holds them.
//!
//! [`pci`] reads configuration space through [`pci::ConfigSpace`] and is tested on the host; [`ports`] puts the kernel's I/O ports behind it;
//! [`service`] serves `Bus` and `Device`. Registers come from PCI Local Bus 3.0 and PCI Express Base 3.0.
#![cfg_attr(not(test), no_std)]
#![deny(unsafe_code)]

extern crate alloc;

pub mod device;
pub mod pci;
pub mod ports;
pub mod service;
#[allow(unsafe_code, reason = "writes the tables of interrupt messages")]
mod table;

use alloc::boxed::Box;
use trivet_server::system::System;
use trivet_server::{Limits, Runtime};

/// Slots that init fills: see `init.conf`.
mod slot {
    use trivet_abi::handle::Handle;

    pub const ENDPOINT: Handle = Handle::bootstrap(8);
    pub const IO_PORTS: Handle = Handle::bootstrap(9);
    pub const DEVICE_MEMORY: Handle = Handle::bootstrap(10);
    pub const INTERRUPTS: Handle = Handle::bootstrap(11);
    pub const DMA: Handle = Handle::bootstrap(12);
    pub const POLICY: Handle = Handle::bootstrap(13);
}

/// Exit status when the kernel refused something at the start.
const FAILED: u8 = 2;

/// The program.
pub fn run() -> u8 {
    let Ok(system) = System::new(slot::ENDPOINT, Some(slot::POLICY)) else {
        return FAILED;
    };
    let runtime = Runtime::new(Box::new(system), Limits::default(), (0, 0));
    let service = service::Service::start(ports::PortConfig::new(slot::IO_PORTS));
    let _ = trivet_server::run(&runtime, &service, |request| service.dispatch(request));
    FAILED
}
