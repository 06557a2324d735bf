//! Configuration space through the two ports of PCI's configuration mechanism 1.

use crate::pci::{Address, ConfigSpace};
use trivet_abi::handle::Handle;

const ADDRESS_PORT: u16 = 0xcf8;
const DATA_PORT: u16 = 0xcfc;
const ENABLE: u32 = 1 << 31;

/// Configuration space behind a handle on all I/O ports. Only this server holds one, so nobody comes between the two accesses.
#[derive(Debug)]
pub struct PortConfig {
    ports: Handle,
}

impl PortConfig {
    /// Over these ports.
    #[must_use]
    pub fn new(ports: Handle) -> PortConfig {
        PortConfig { ports }
    }

    fn select(&self, address: Address, offset: u8) -> bool {
        let value = ENABLE | u32::from(address.0) << 8 | u32::from(offset & !3);
        trivet_ipc::io_ports::write(self.ports, ADDRESS_PORT, 4, value).is_ok()
    }
}

impl ConfigSpace for PortConfig {
    fn read(&mut self, address: Address, offset: u8) -> u32 {
        if !self.select(address, offset) {
            return u32::MAX;
        }
        trivet_ipc::io_ports::read(self.ports, DATA_PORT, 4).map_or(u32::MAX, |value| value as u32)
    }

    fn write(&mut self, address: Address, offset: u8, value: u32) {
        if self.select(address, offset) {
            // Where the kernel refuses, the function stays as it was; every use reads back what it depends on.
            let _ = trivet_ipc::io_ports::write(self.ports, DATA_PORT, 4, value);
        }
    }
}
