//! PCI configuration space: finding functions, their ranges and capabilities, their interrupts.

mod capability;
mod function;
mod interrupts;
mod ranges;
#[cfg(test)]
mod testing;

pub use capability::{Capability, capabilities, capability_bytes};
pub use function::{Function, scan};
pub use interrupts::{MessageInterrupts, message_interrupts};
pub use ranges::{BaseRange, RangeKind, usable_part};

/// A function on the bus: bus << 8 | device << 3 | function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub u16);

impl Address {
    /// From its parts; only the low bits of each count.
    #[must_use]
    pub const fn new(bus: u8, device: u8, function: u8) -> Address {
        Address((bus as u16) << 8 | (device as u16 & 31) << 3 | (function as u16 & 7))
    }
}

/// Access to configuration space in aligned 32-bit words. Offsets are below 256.
pub trait ConfigSpace {
    /// Reads the word at `offset`. A function that is not there reads as all ones.
    fn read(&mut self, address: Address, offset: u8) -> u32;
    /// Writes the word at `offset`.
    fn write(&mut self, address: Address, offset: u8, value: u32);

    /// Changes the bits of `mask` in the word at `offset` to those of `value`.
    fn change(&mut self, address: Address, offset: u8, mask: u32, value: u32) {
        let old = self.read(address, offset);
        self.write(address, offset, old & !mask | value & mask);
    }
}

/// Offset of the command register (low half) and the status register (high half).
pub const COMMAND: u8 = 0x04;
/// Command: answer in I/O space.
pub const COMMAND_PORTS: u32 = 1;
/// Command: answer in memory space.
pub const COMMAND_MEMORY: u32 = 2;
/// Command: move memory by itself.
pub const COMMAND_BUS_MASTER: u32 = 4;
/// Command: no interrupt on the line.
pub const COMMAND_NO_LINE: u32 = 1 << 10;
/// The bits of the status register clear when they are written with ones: a change of the command must not write them back.
pub const COMMAND_MASK: u32 = 0xffff;

/// Changes bits of the command register and leaves the status register alone.
pub fn change_command(config: &mut impl ConfigSpace, address: Address, mask: u32, value: u32) {
    let old = config.read(address, COMMAND) & COMMAND_MASK;
    config.write(address, COMMAND, old & !mask | value & mask);
}
