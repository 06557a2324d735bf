//! Base address registers: which memory and ports a function answers at.

use super::{Address, COMMAND_MEMORY, COMMAND_PORTS, ConfigSpace, change_command};
use trivet_abi::PAGE_SIZE;

/// What a base address register names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeKind {
    /// Device memory.
    Memory,
    /// I/O ports.
    Ports,
}

/// A range of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BaseRange {
    /// Memory or ports.
    pub kind: RangeKind,
    /// Physical address, or first port.
    pub address: u64,
    /// Bytes, or ports.
    pub length: u64,
}

const FIRST_REGISTER: u8 = 0x10;

impl BaseRange {
    /// The range of register `index` (0 to 5). Nothing where the register is not implemented, not set up by the firmware, or is the upper half
    /// of another.
    ///
    /// The function does not answer while its size is being asked for.
    pub fn read(config: &mut impl ConfigSpace, address: Address, index: u8) -> Option<BaseRange> {
        if index > 5 || is_upper_half(config, address, index) {
            return None;
        }
        let offset = FIRST_REGISTER + index * 4;
        let low = config.read(address, offset);
        let is_ports = low & 1 == 1;
        let is_wide = !is_ports && low & 0b110 == 0b100;
        if is_wide && index == 5 {
            return None;
        }
        let answering = config.read(address, super::COMMAND) & (COMMAND_PORTS | COMMAND_MEMORY);
        change_command(config, address, COMMAND_PORTS | COMMAND_MEMORY, 0);
        config.write(address, offset, u32::MAX);
        let size_low = config.read(address, offset);
        config.write(address, offset, low);
        let (mut high, mut size_high) = (0, u32::MAX);
        if is_wide {
            high = config.read(address, offset + 4);
            config.write(address, offset + 4, u32::MAX);
            size_high = config.read(address, offset + 4);
            config.write(address, offset + 4, high);
        }
        change_command(config, address, COMMAND_PORTS | COMMAND_MEMORY, answering);

        if is_ports {
            // Only 16 bits of port numbers exist; a register may leave the upper half zero.
            let mask = u64::from(size_low & 0xfffc) | 0xffff_0000;
            let length = u64::from(!(mask as u32)) + 1;
            let first = u64::from(low & 0xfffc);
            return (size_low & 0xfffc != 0 && first != 0 && first + length <= 0x1_0000).then_some(
                BaseRange {
                    kind: RangeKind::Ports,
                    address: first,
                    length,
                },
            );
        }
        let mask = u64::from(size_high) << 32 | u64::from(size_low & !0xf);
        let length = (!mask).wrapping_add(1);
        let start = u64::from(high) << 32 | u64::from(low & !0xf);
        let end = start.checked_add(length)?;
        (length.is_power_of_two() && start != 0 && size_low & !0xf != 0 && end <= 1 << 52).then_some(
            BaseRange {
                kind: RangeKind::Memory,
                address: start,
                length,
            },
        )
    }
}

/// Whether register `index` is the upper half of a 64-bit register before it.
fn is_upper_half(config: &mut impl ConfigSpace, address: Address, index: u8) -> bool {
    let mut at = 0;
    while at < index {
        let low = config.read(address, FIRST_REGISTER + at * 4);
        let is_wide = low & 1 == 0 && low & 0b110 == 0b100;
        if is_wide && at + 1 == index {
            return true;
        }
        at += if is_wide { 2 } else { 1 };
    }
    false
}

/// The largest part of a memory range that holds whole pages and no byte of the interrupt table, as offset and length. A driver must not
/// write that table: with it, a device can be told to write anywhere. Nothing where no page is left.
#[must_use]
pub fn usable_part(length: u64, table: Option<(u64, u64)>) -> Option<(u64, u64)> {
    let page = PAGE_SIZE as u64;
    let Some((start, table_length)) = table else {
        return Some((0, length));
    };
    let before = start.min(length) / page * page;
    let behind = start
        .saturating_add(table_length)
        .div_ceil(page)
        .saturating_mul(page)
        .min(length);
    let rest = length - behind;
    match (before, rest) {
        (0, 0) => None,
        (before, rest) if before >= rest => Some((0, before)),
        (_, rest) => Some((behind, rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::FakeSpace;
    use super::*;

    const DEVICE: Address = Address::new(0, 2, 0);

    fn space() -> FakeSpace {
        let mut space = FakeSpace::default();
        space.add(DEVICE, 0x1af4, 0x1043, 0x07_80_00);
        space
    }

    #[test]
    fn memory_and_port_ranges_are_measured_and_left_as_they_were() {
        let mut space = space();
        space.set(DEVICE, super::super::COMMAND, 0x0010_0007);
        space.add_register(DEVICE, 0, 0xc041, 0xffff_ffc1);
        space.add_register(DEVICE, 1, 0xfebd_5000, 0xffff_f000);
        space.add_register(DEVICE, 4, 0xfe00_000c, 0xffff_c00c);
        space.add_register(DEVICE, 5, 0x0000_0000, 0xffff_ffff);
        let ports = BaseRange::read(&mut space, DEVICE, 0).unwrap();
        assert_eq!(
            ports,
            BaseRange {
                kind: RangeKind::Ports,
                address: 0xc040,
                length: 64
            }
        );
        let memory = BaseRange::read(&mut space, DEVICE, 1).unwrap();
        assert_eq!(
            memory,
            BaseRange {
                kind: RangeKind::Memory,
                address: 0xfebd_5000,
                length: 4096
            }
        );
        let wide = BaseRange::read(&mut space, DEVICE, 4).unwrap();
        assert_eq!(
            wide,
            BaseRange {
                kind: RangeKind::Memory,
                address: 0xfe00_0000,
                length: 16384
            }
        );
        assert_eq!(
            BaseRange::read(&mut space, DEVICE, 5),
            None,
            "the upper half of register 4"
        );
        assert_eq!(BaseRange::read(&mut space, DEVICE, 2), None, "not implemented");
        assert_eq!(BaseRange::read(&mut space, DEVICE, 6), None);
        assert_eq!(space.get(DEVICE, 0x20), 0xfe00_000c);
        assert_eq!(space.get(DEVICE, super::super::COMMAND) & 0xffff, 7);
    }

    #[test]
    fn a_register_that_the_firmware_left_alone_names_nothing() {
        let mut space = space();
        space.add_register(DEVICE, 0, 0, 0xffff_f000);
        assert_eq!(BaseRange::read(&mut space, DEVICE, 0), None);
    }

    #[test]
    fn the_page_of_the_interrupt_table_is_never_given_out() {
        assert_eq!(usable_part(0x4000, None), Some((0, 0x4000)));
        assert_eq!(usable_part(0x1000, Some((0, 64))), None);
        assert_eq!(usable_part(0x4000, Some((0x2000, 64))), Some((0, 0x2000)));
        assert_eq!(usable_part(0x4000, Some((0x800, 64))), Some((0x1000, 0x3000)));
        assert_eq!(usable_part(0x4000, Some((0x3000, u64::MAX))), Some((0, 0x3000)));
    }
}
