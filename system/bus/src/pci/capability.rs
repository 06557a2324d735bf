//! The list of capability structures of a function.

use super::{Address, COMMAND, ConfigSpace};
use alloc::vec::Vec;

/// One structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability {
    /// PCI's number of the kind.
    pub kind: u8,
    /// Offset in configuration space.
    pub offset: u8,
}

const STATUS_HAS_LIST: u32 = 1 << 20;
const POINTER: u8 = 0x34;
/// Structures that fit into 192 bytes at four bytes each: a longer list has a loop.
const LIST_MAX: usize = 48;

/// All structures of a function, in the order of its list.
pub fn capabilities(config: &mut impl ConfigSpace, address: Address) -> Vec<Capability> {
    let mut found = Vec::new();
    if config.read(address, COMMAND) & STATUS_HAS_LIST == 0 {
        return found;
    }
    let mut offset = config.read(address, POINTER) as u8 & !3;
    while offset >= 0x40 && found.len() < LIST_MAX {
        let head = config.read(address, offset);
        found.push(Capability {
            kind: head as u8,
            offset,
        });
        offset = (head >> 8) as u8 & !3;
    }
    found
}

/// The bytes of a structure: as many as a vendor's structure says of itself, else up to the end of what its kind defines (at most 64).
pub fn capability_bytes(config: &mut impl ConfigSpace, address: Address, capability: Capability) -> Vec<u8> {
    const VENDOR: u8 = 0x09;
    let head = config.read(address, capability.offset);
    let length = match capability.kind {
        VENDOR => (head >> 16) as u8,
        _ => 64,
    };
    let length = usize::from(length).min(256 - usize::from(capability.offset));
    let mut bytes = Vec::with_capacity(length.next_multiple_of(4));
    let mut at = capability.offset;
    while bytes.len() < length {
        bytes.extend_from_slice(&config.read(address, at).to_le_bytes());
        at = at.wrapping_add(4);
    }
    bytes.truncate(length);
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::testing::FakeSpace;
    use super::*;

    const DEVICE: Address = Address::new(0, 2, 0);

    #[test]
    fn the_list_is_walked_to_its_end_and_a_loop_is_left() {
        let mut space = FakeSpace::default();
        space.add(DEVICE, 0x1af4, 0x1043, 0x07_80_00);
        assert_eq!(capabilities(&mut space, DEVICE), []);
        space.set(DEVICE, COMMAND, STATUS_HAS_LIST);
        space.set(DEVICE, POINTER, 0x98);
        space.set(DEVICE, 0x98, 0x0001_8411);
        space.set(DEVICE, 0x84, 0x0514_0009);
        space.set(DEVICE, 0x88, 0x0000_0004);
        let found = capabilities(&mut space, DEVICE);
        assert_eq!(
            found,
            [
                Capability {
                    kind: 0x11,
                    offset: 0x98
                },
                Capability {
                    kind: 0x09,
                    offset: 0x84
                }
            ]
        );
        let bytes = capability_bytes(&mut space, DEVICE, found[1]);
        assert_eq!((bytes.len(), bytes[3], bytes[4]), (20, 5, 4));
        space.set(DEVICE, 0x84, 0x0514_8409);
        assert_eq!(capabilities(&mut space, DEVICE).len(), 48);
    }

    #[test]
    fn a_structure_at_the_end_of_the_space_is_cut_there() {
        let mut space = FakeSpace::default();
        space.add(DEVICE, 0x1af4, 0x1043, 0x07_80_00);
        space.set(DEVICE, 0xfc, 0x00ff_0009);
        let capability = Capability {
            kind: 0x09,
            offset: 0xfc,
        };
        assert_eq!(capability_bytes(&mut space, DEVICE, capability).len(), 4);
    }
}
