//! MSI-X: where a function keeps its table of interrupt messages.

use super::{Address, Capability, ConfigSpace, capabilities};

/// PCI's number of the MSI-X capability.
const EXTENDED: u8 = 0x11;
const ENABLE: u32 = 1 << 31;
const MASK_ALL: u32 = 1 << 30;
/// Bytes of a table entry: message address (8), data (4), control (4).
pub const ENTRY_SIZE: u64 = 16;

/// The MSI-X structure of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageInterrupts {
    capability: Capability,
    /// Vectors.
    pub count: u32,
    /// Base address register that holds the table.
    pub register: u8,
    /// Offset of the table in that range.
    pub offset: u64,
}

/// The MSI-X structure of a function, if it has one.
pub fn message_interrupts(config: &mut impl ConfigSpace, address: Address) -> Option<MessageInterrupts> {
    let capability = capabilities(config, address)
        .into_iter()
        .find(|found| found.kind == EXTENDED)?;
    let table_at = capability.offset.checked_add(4)?;
    let control = config.read(address, capability.offset) >> 16;
    let table = config.read(address, table_at);
    let register = (table & 7) as u8;
    (register <= 5).then_some(MessageInterrupts {
        capability,
        count: (control & 0x7ff) + 1,
        register,
        offset: u64::from(table & !7),
    })
}

impl MessageInterrupts {
    /// The bytes of the table in its range: offset and length.
    #[must_use]
    pub const fn table(&self) -> (u64, u64) {
        (self.offset, self.count as u64 * ENTRY_SIZE)
    }

    /// Turns messages on (the entries decide each) or off.
    pub fn set_enabled(&self, config: &mut impl ConfigSpace, address: Address, enabled: bool) {
        let value = if enabled { ENABLE } else { 0 };
        config.change(address, self.capability.offset, ENABLE | MASK_ALL, value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::COMMAND;
    use super::super::testing::FakeSpace;
    use super::*;

    const DEVICE: Address = Address::new(0, 2, 0);

    fn space() -> FakeSpace {
        let mut space = FakeSpace::default();
        space.add(DEVICE, 0x1af4, 0x1043, 0x07_80_00);
        space.set(DEVICE, COMMAND, 1 << 20);
        space.set(DEVICE, 0x34, 0x98);
        space.set(DEVICE, 0x98, 0x0001_0011);
        space.set(DEVICE, 0x9c, 0x0000_2001);
        space
    }

    #[test]
    fn the_table_is_where_the_structure_says() {
        let found = message_interrupts(&mut space(), DEVICE).unwrap();
        assert_eq!((found.count, found.register, found.table()), (2, 1, (0x2000, 32)));
    }

    #[test]
    fn a_table_in_a_register_that_does_not_exist_is_no_table() {
        let mut space = space();
        space.set(DEVICE, 0x9c, 0x0000_0007);
        assert_eq!(message_interrupts(&mut space, DEVICE), None);
    }

    #[test]
    fn enabling_changes_only_its_own_bits() {
        let mut space = space();
        let found = message_interrupts(&mut space, DEVICE).unwrap();
        found.set_enabled(&mut space, DEVICE, true);
        assert_eq!(space.get(DEVICE, 0x98), 0x8001_0011);
        found.set_enabled(&mut space, DEVICE, false);
        assert_eq!(space.get(DEVICE, 0x98), 0x0001_0011);
    }
}
