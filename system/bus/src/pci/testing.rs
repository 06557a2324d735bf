//! A model of configuration space.

use super::{Address, ConfigSpace};
use std::collections::BTreeMap;

/// Functions with their words; base address registers answer their size mask after ones were written.
#[derive(Default)]
pub struct FakeSpace {
    words: BTreeMap<(Address, u8), u32>,
    masks: BTreeMap<(Address, u8), u32>,
}

impl FakeSpace {
    pub fn add(&mut self, address: Address, vendor: u16, device: u16, class: u32) {
        self.set(address, 0x00, u32::from(device) << 16 | u32::from(vendor));
        self.set(address, 0x08, class << 8);
    }

    pub fn add_register(&mut self, address: Address, index: u8, value: u32, mask: u32) {
        self.set(address, 0x10 + index * 4, value);
        self.masks.insert((address, 0x10 + index * 4), mask);
    }

    pub fn set(&mut self, address: Address, offset: u8, value: u32) {
        self.words.insert((address, offset), value);
    }

    pub fn get(&self, address: Address, offset: u8) -> u32 {
        self.words.get(&(address, offset)).copied().unwrap_or(0)
    }

    fn exists(&self, address: Address) -> bool {
        self.words.contains_key(&(address, 0))
    }
}

impl ConfigSpace for FakeSpace {
    fn read(&mut self, address: Address, offset: u8) -> u32 {
        if self.exists(address) {
            self.get(address, offset)
        } else {
            u32::MAX
        }
    }

    fn write(&mut self, address: Address, offset: u8, value: u32) {
        if !self.exists(address) {
            return;
        }
        let is_register = (0x10..0x28).contains(&offset);
        let value = match self.masks.get(&(address, offset)) {
            Some(mask) => value & mask,
            None if is_register => 0,
            None => value,
        };
        // A range must not answer while it is measured.
        if is_register && value != self.get(address, offset) {
            assert_eq!(
                self.get(address, super::COMMAND) & 3,
                0,
                "measured while answering"
            );
        }
        self.set(address, offset, value);
    }
}
