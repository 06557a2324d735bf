//! A model of an address space, and an image to put into it.

use crate::{FileMapping, Target};
use std::collections::BTreeMap;
use trivet_abi::{NOTE_NAME, NOTE_TYPE};

const PAGE: u64 = 4096;

/// Pages by address, with the program's file beside them.
pub struct Memory {
    file: Vec<u8>,
    pages: BTreeMap<u64, (Vec<u8>, bool)>,
}

impl Memory {
    pub fn new(mut file: Vec<u8>) -> Memory {
        file.resize(file.len().next_multiple_of(4096), 0);
        Memory {
            file,
            pages: BTreeMap::new(),
        }
    }

    pub fn read(&self, address: u64, length: usize) -> Vec<u8> {
        (address..address + length as u64)
            .map(|at| self.pages[&(at / PAGE)].0[(at % PAGE) as usize])
            .collect()
    }

    pub fn word(&self, address: u64) -> u64 {
        u64::from_le_bytes(self.read(address, 8).try_into().unwrap())
    }

    pub fn string(&self, address: u64) -> Vec<u8> {
        (address..)
            .map(|at| self.read(at, 1)[0])
            .take_while(|&byte| byte != 0)
            .collect()
    }

    pub fn is_writable(&self, address: u64) -> bool {
        self.pages[&(address / PAGE)].1
    }

    fn add(&mut self, address: u64, contents: Vec<u8>, writable: bool) -> Result<(), &'static str> {
        if !address.is_multiple_of(PAGE) {
            return Err("no page boundary");
        }
        match self.pages.insert(address / PAGE, (contents, writable)) {
            Some(_) => Err("mapped twice"),
            None => Ok(()),
        }
    }
}

impl Target for Memory {
    type Error = &'static str;

    fn map_file(
        &mut self,
        address: u64,
        offset: u64,
        length: u64,
        mapping: FileMapping,
    ) -> Result<(), &'static str> {
        for done in (0..length).step_by(PAGE as usize) {
            let from = (offset + done) as usize;
            let contents = self.file[from..from + PAGE as usize].to_vec();
            self.add(address + done, contents, mapping == FileMapping::Private)?;
        }
        Ok(())
    }

    fn map_zero(&mut self, address: u64, length: u64, writable: bool) -> Result<(), &'static str> {
        for done in (0..length).step_by(PAGE as usize) {
            self.add(address + done, vec![0; PAGE as usize], writable)?;
        }
        Ok(())
    }

    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), &'static str> {
        for (at, &byte) in (address..).zip(bytes) {
            let (contents, writable) = self.pages.get_mut(&(at / PAGE)).ok_or("not mapped")?;
            if !*writable {
                return Err("read-only");
            }
            contents[(at % PAGE) as usize] = byte;
        }
        Ok(())
    }
}

/// A static-pie with code at 0 and data at 0x3010, its file full of numbers.
pub fn image_file() -> Vec<u8> {
    let mut file: Vec<u8> = (0..0x2800u32).map(|at| (at % 251) as u8 + 1).collect();
    file[..64].fill(0);
    file[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    file[16..18].copy_from_slice(&3u16.to_le_bytes());
    file[18..20].copy_from_slice(&62u16.to_le_bytes());
    file[24..32].copy_from_slice(&0x1000u64.to_le_bytes());
    file[32..40].copy_from_slice(&64u64.to_le_bytes());
    file[54..56].copy_from_slice(&56u16.to_le_bytes());
    let headers: [(u32, u32, u64, u64, u64, u64); 3] = [
        (1, 5, 0, 0, 0x1800, 0x1800),
        (1, 6, 0x2010, 0x3010, 0x20, 0x5000),
        (4, 4, 0x600, 0x600, 24, 24),
    ];
    file[56..58].copy_from_slice(&3u16.to_le_bytes());
    for (index, header) in headers.iter().enumerate() {
        let at = 64 + index * 56;
        file[at..at + 56].fill(0);
        file[at..at + 4].copy_from_slice(&header.0.to_le_bytes());
        file[at + 4..at + 8].copy_from_slice(&header.1.to_le_bytes());
        for (field, value) in [(8, header.2), (16, header.3), (32, header.4), (40, header.5)] {
            file[at + field..at + field + 8].copy_from_slice(&value.to_le_bytes());
        }
    }
    file[0x600..0x604].copy_from_slice(&7u32.to_le_bytes());
    file[0x604..0x608].copy_from_slice(&4u32.to_le_bytes());
    file[0x608..0x60c].copy_from_slice(&NOTE_TYPE.to_le_bytes());
    file[0x60c..0x613].copy_from_slice(NOTE_NAME);
    file[0x613] = 0;
    file[0x614..0x618].copy_from_slice(&trivet_abi::ABI_GENERATION.to_le_bytes());
    file
}
