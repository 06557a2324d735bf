//! Finding functions.

use super::{Address, ConfigSpace};
use alloc::vec;
use alloc::vec::Vec;

/// What identifies a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// Where it is.
    pub address: Address,
    /// Vendor.
    pub vendor: u16,
    /// Device.
    pub device: u16,
    /// Base class << 16 | subclass << 8 | programming interface.
    pub class: u32,
    /// Revision.
    pub revision: u8,
    /// Vendor of the subsystem; 0 for bridges.
    pub subsystem_vendor: u16,
    /// The subsystem; 0 for bridges.
    pub subsystem: u16,
    /// Interrupt pin, 1 to 4 for A to D, 0 for none.
    pub interrupt_pin: u8,
    /// Whether it is a bridge to another bus.
    pub is_bridge: bool,
}

/// Functions, at most; more are left out.
const FUNCTION_MAX: usize = 512;
const HEADER_BRIDGE: u32 = 1;
const HEADER_MULTIFUNCTION: u32 = 0x80;

/// Finds every function that is reached from bus 0, in the order of addresses.
pub fn scan(config: &mut impl ConfigSpace) -> Vec<Function> {
    let mut functions = Vec::new();
    let mut seen = [false; 256];
    let mut buses = vec![0u8];
    while let Some(bus) = buses.pop() {
        // A bridge that leads back to a bus seen already (or to itself) leads nowhere.
        if core::mem::replace(&mut seen[usize::from(bus)], true) {
            continue;
        }
        for device in 0..32 {
            let Some(first) = read(config, Address::new(bus, device, 0)) else {
                continue;
            };
            let header = config.read(first.address, 0x0c) >> 16;
            add(config, &mut functions, &mut buses, first);
            if header & HEADER_MULTIFUNCTION == 0 {
                continue;
            }
            for number in 1..8 {
                if let Some(function) = read(config, Address::new(bus, device, number)) {
                    add(config, &mut functions, &mut buses, function);
                }
            }
        }
    }
    functions.sort_by_key(|function| function.address);
    functions
}

fn add(
    config: &mut impl ConfigSpace,
    functions: &mut Vec<Function>,
    buses: &mut Vec<u8>,
    function: Function,
) {
    if function.is_bridge {
        let secondary = (config.read(function.address, 0x18) >> 8) as u8;
        if secondary != 0 {
            buses.push(secondary);
        }
    }
    if functions.len() < FUNCTION_MAX {
        functions.push(function);
    }
}

fn read(config: &mut impl ConfigSpace, address: Address) -> Option<Function> {
    let identity = config.read(address, 0x00);
    let vendor = identity as u16;
    if vendor == 0xffff || vendor == 0 {
        return None;
    }
    let class_and_revision = config.read(address, 0x08);
    let is_bridge = (config.read(address, 0x0c) >> 16) & 0x7f == HEADER_BRIDGE;
    let subsystem = if is_bridge { 0 } else { config.read(address, 0x2c) };
    Some(Function {
        address,
        vendor,
        device: (identity >> 16) as u16,
        class: class_and_revision >> 8,
        revision: class_and_revision as u8,
        subsystem_vendor: subsystem as u16,
        subsystem: (subsystem >> 16) as u16,
        interrupt_pin: ((config.read(address, 0x3c) >> 8) as u8).min(4),
        is_bridge,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::FakeSpace;
    use super::*;

    #[test]
    fn functions_behind_bridges_are_found_and_loops_end() {
        let mut space = FakeSpace::default();
        space.add(Address::new(0, 0, 0), 0x8086, 0x29c0, 0x06_00_00);
        let bridge = Address::new(0, 3, 0);
        space.add(bridge, 0x1b36, 0x000c, 0x06_04_00);
        space.set(bridge, 0x0c, 0x0001_0000);
        space.set(bridge, 0x18, 0x0002_0200);
        space.add(Address::new(2, 0, 0), 0x1af4, 0x1043, 0x07_80_00);
        let back = Address::new(2, 1, 0);
        space.add(back, 0x1b36, 0x000c, 0x06_04_00);
        space.set(back, 0x0c, 0x0001_0000);
        space.set(back, 0x18, 0x0000_0200);
        let found: Vec<Address> = scan(&mut space).iter().map(|function| function.address).collect();
        assert_eq!(
            found,
            [Address::new(0, 0, 0), bridge, Address::new(2, 0, 0), back]
        );
    }

    #[test]
    fn further_functions_are_looked_for_only_where_the_header_says_so() {
        let mut space = FakeSpace::default();
        space.add(Address::new(0, 31, 0), 0x8086, 0x2918, 0x06_01_00);
        space.add(Address::new(0, 31, 2), 0x8086, 0x2922, 0x01_06_01);
        assert_eq!(scan(&mut space).len(), 1);
        space.set(Address::new(0, 31, 0), 0x0c, 0x0080_0000);
        assert_eq!(scan(&mut space).len(), 2);
    }
}
