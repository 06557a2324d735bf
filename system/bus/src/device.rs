//! A claimed function: what its driver was given, and how it is brought to rest.

use crate::pci::{
    Address, BaseRange, COMMAND_BUS_MASTER, COMMAND_MEMORY, COMMAND_NO_LINE, COMMAND_PORTS, ConfigSpace,
    Function, MessageInterrupts, capabilities, change_command, message_interrupts,
};
use crate::slot;
use crate::table::Table;
use alloc::vec::Vec;
use trivet_abi::Label;
use trivet_abi::handle::Handle;

/// PCI's number of the PCI Express capability.
const EXPRESS: u8 = 0x10;
/// Device capabilities, at offset 4: function-level reset is possible.
const CAN_RESET: u32 = 1 << 28;
/// Device control, at offset 8: reset the function.
const RESET: u32 = 1 << 15;

/// A function that a driver holds.
#[derive(Debug)]
pub struct Claimed {
    /// The function.
    pub function: Function,
    /// Its label.
    pub label: Label,
    /// Its ranges as they were when it was claimed.
    pub ranges: [Option<BaseRange>; 6],
    /// Its MSI-X structure.
    pub messages: Option<MessageInterrupts>,
    table: Option<Table>,
    /// Interrupts that were given out, by vector.
    interrupts: Vec<(u32, Handle)>,
}

impl Claimed {
    /// Takes a function: it answers in its ranges, does nothing by itself, and its interrupts are masked.
    pub fn new(config: &mut impl ConfigSpace, function: Function, label: Label) -> Claimed {
        let address = function.address;
        let ranges = core::array::from_fn(|index| BaseRange::read(config, address, index as u8));
        change_command(
            config,
            address,
            COMMAND_PORTS | COMMAND_MEMORY | COMMAND_BUS_MASTER | COMMAND_NO_LINE,
            COMMAND_PORTS | COMMAND_MEMORY | COMMAND_NO_LINE,
        );
        let messages = message_interrupts(config, address);
        let table = messages.and_then(|messages| {
            let range = ranges.get(usize::from(messages.register)).copied().flatten()?;
            Table::map(&range, &messages, label.0)
        });
        if let (Some(messages), Some(_)) = (&messages, &table) {
            messages.set_enabled(config, address, true);
        }
        Claimed {
            function,
            label,
            ranges,
            messages,
            table,
            interrupts: Vec::new(),
        }
    }

    /// How many vectors a driver can have.
    #[must_use]
    pub fn vectors(&self) -> u32 {
        if self.table.is_some() {
            self.messages.map_or(0, |messages| messages.count)
        } else {
            0
        }
    }

    /// The interrupt of a vector, made at the first call. A second call gets the same one.
    ///
    /// # Errors
    /// The errno of the kernel's refusal, or ENXIO for a vector that is not there.
    pub fn interrupt(&mut self, vector: u32) -> Result<Handle, i32> {
        const ENXIO: i32 = 6;
        if let Some((_, handle)) = self.interrupts.iter().find(|(known, _)| *known == vector) {
            return Ok(*handle);
        }
        let table = self
            .table
            .as_ref()
            .filter(|_| vector < self.vectors())
            .ok_or(ENXIO)?;
        let made = trivet_ipc::interrupt::allocate_message(slot::INTERRUPTS, self.label.0)
            .map_err(|failure| failure.errno())?;
        table.set(vector, made.address, made.data as u32);
        self.interrupts.push((vector, made.interrupt));
        Ok(made.interrupt)
    }

    /// Brings the function to rest: no interrupts, no memory movements, and a reset where the function can.
    pub fn reset(&mut self, config: &mut impl ConfigSpace) {
        let address = self.function.address;
        change_command(config, address, COMMAND_BUS_MASTER, 0);
        if let Some(table) = &self.table {
            table.mask_all();
        }
        if let Some(offset) = reset_register(config, address) {
            config.change(address, offset, RESET, RESET);
        }
    }

    /// Lets the function move memory, or not.
    pub fn set_bus_master(&self, config: &mut impl ConfigSpace, enabled: bool) {
        let value = if enabled { COMMAND_BUS_MASTER } else { 0 };
        change_command(config, self.function.address, COMMAND_BUS_MASTER, value);
    }

    /// Gives everything back that the driver had.
    pub fn release(mut self, config: &mut impl ConfigSpace) {
        self.reset(config);
        if let Some(messages) = &self.messages {
            messages.set_enabled(config, self.function.address, false);
        }
        for (_, handle) in self.interrupts.drain(..) {
            let _ = trivet_ipc::process::close(Handle::PROCESS, handle.0, handle.0);
        }
        // The kernel frees the frames that a dead driver's device may have been writing to.
        let _ = trivet_ipc::dma::device_was_reset(slot::DMA, u64::from(self.function.address.0));
    }
}

/// Offset of the register that resets a function, if it can be.
fn reset_register(config: &mut impl ConfigSpace, address: Address) -> Option<u8> {
    let express = capabilities(config, address)
        .into_iter()
        .find(|found| found.kind == EXPRESS)?;
    let abilities = express.offset.checked_add(4)?;
    let control = express.offset.checked_add(8)?;
    (config.read(address, abilities) & CAN_RESET != 0).then_some(control)
}
