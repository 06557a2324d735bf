//! MSI-X tables: PCI Local Bus 3.0, section 6.8.2. Only this server maps them, because whoever writes one can have a device write
//! anywhere.

use crate::pci::{BaseRange, MessageInterrupts};
use crate::slot;
use core::ptr::NonNull;
use trivet_abi::PAGE_SIZE;
use trivet_abi::handle::Handle;
use trivet_ipc::shared::MapFlags;

/// Words of an entry.
const ENTRY_WORDS: usize = 4;
const MASKED: u32 = 1;

/// A mapped table.
#[derive(Debug)]
pub struct Table {
    first: NonNull<u32>,
    count: u32,
    mapping: (u64, u64),
    handle: Handle,
}

impl Table {
    /// Maps the table that lies in `range`. Nothing where it does not fit there or the kernel refuses.
    pub fn map(range: &BaseRange, interrupts: &MessageInterrupts, label: u32) -> Option<Table> {
        let (offset, length) = interrupts.table();
        if offset.checked_add(length)? > range.length {
            return None;
        }
        let page = PAGE_SIZE as u64;
        let start = (range.address + offset) / page * page;
        let end = (range.address + offset + length).next_multiple_of(page);
        let handle =
            trivet_ipc::device_memory::derive(slot::DEVICE_MEMORY, start, end - start, label).ok()?;
        let mapped =
            trivet_ipc::device_memory::map(handle, Handle::ADDRESS_SPACE, 0, end - start, 0, MapFlags::EMPTY);
        let Ok(address) = mapped else {
            let _ = trivet_ipc::process::close(Handle::PROCESS, handle.0, handle.0);
            return None;
        };
        let first = NonNull::new((address + (range.address + offset - start)) as *mut u32)?;
        let table = Table {
            first,
            count: interrupts.count,
            mapping: (address, end - start),
            handle,
        };
        table.mask_all();
        Some(table)
    }

    /// Sets the message of a vector and lets it come.
    pub fn set(&self, vector: u32, address: u64, data: u32) {
        if vector < self.count {
            self.write(vector, 3, MASKED);
            self.write(vector, 0, address as u32);
            self.write(vector, 1, (address >> 32) as u32);
            self.write(vector, 2, data);
            self.write(vector, 3, 0);
        }
    }

    /// Lets none come.
    pub fn mask_all(&self) {
        for vector in 0..self.count {
            self.write(vector, 3, MASKED);
        }
    }

    fn write(&self, vector: u32, word: usize, value: u32) {
        // SAFETY: `vector` is below the count and `word` below ENTRY_WORDS in every call, so the place lies in the table, which is mapped
        // while this value lives.
        let place = unsafe { self.first.as_ptr().add(vector as usize * ENTRY_WORDS + word) };
        // SAFETY: a register of the table, aligned to its size.
        unsafe { place.write_volatile(value) };
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        self.mask_all();
        let (address, length) = self.mapping;
        // Where it fails, only this server's own address space keeps something that nobody uses.
        let _ = trivet_ipc::address_space::unmap(Handle::ADDRESS_SPACE, address, length);
        let _ = trivet_ipc::process::close(Handle::PROCESS, self.handle.0, self.handle.0);
    }
}
