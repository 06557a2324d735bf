//! A process page in this server's address space. All accesses are to atomics; what the process wrote there is believed by nobody.

use crate::owned::Owned;
use core::cell::Cell;
use core::mem::offset_of;
use trivet_abi::handle::Handle;
use trivet_abi::process_page::{PROCESS_PAGE_SIZE, ProcessPage, THREAD_COUNT, ThreadEntry};
use trivet_ipc::shared::MapFlags;
use trivet_ipc::{account, address_space, memory};

/// Bytes of a page of memory.
const PAGE: usize = 4096;
/// Thread entries in one page of memory.
const ENTRIES: usize = PAGE / size_of::<ThreadEntry>();

/// Bytes from the head's beginning to a word that means nothing in the first thread's entry.
const UP_TO_FIRST_ENTRIES: usize = PAGE + offset_of!(ThreadEntry, reserved) + 8;

/// The page that a process and this server share. It is mapped when it is first looked at, since most children end before.
///
/// Only pages of memory that this server has written to are touched: they are there for good, because programs have no method that takes
/// pages out of it, and a touch of another one could fail where the account has no memory left.
#[derive(Debug)]
pub struct SharedPage {
    memory: Owned,
    address: Cell<Option<usize>>,
    /// Bit `n`: page `n` of the memory is there.
    present: Cell<u32>,
}

impl SharedPage {
    /// Makes a page that the caller of `token` pays for, filled from its start with `head`.
    ///
    /// # Errors
    /// The errno: no memory, no handle.
    pub fn create(token: u64, label: u32, head: &[u8]) -> Result<SharedPage, i32> {
        let size = PROCESS_PAGE_SIZE as u64;
        let made = account::create_memory(Handle::ACCOUNT, size, label, true, Handle::NONE.0, 0, token);
        let page = SharedPage {
            memory: Owned::new(made.map_err(|failure| failure.errno())?),
            address: Cell::new(None),
            present: Cell::new(0),
        };
        // One message for the head and the first threads' entries.
        let mut start = [0; UP_TO_FIRST_ENTRIES];
        let Some((first, _)) = start.split_at_mut_checked(head.len()) else {
            return Err(ENOMEM);
        };
        first.copy_from_slice(head);
        page.write(0, &start)?;
        page.present.set(0b11);
        Ok(page)
    }

    /// Whether entries behind the first were looked at before: a process that has had many threads may have some there.
    pub fn has_more(&self) -> bool {
        self.present.get() >> 2 != 0
    }

    /// The memory, to hand out.
    pub fn memory(&self) -> Handle {
        self.memory.handle()
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), i32> {
        let written = memory::write(self.memory.handle(), offset, bytes);
        match written.map_err(|failure| failure.errno())? {
            count if count == bytes.len() as u64 => Ok(()),
            _ => Err(ENOMEM),
        }
    }

    /// Writes a word by message, without mapping the page: for what only this server writes.
    pub fn write_word(&self, offset: usize, value: u64) {
        // The page's first 4 KiB are there: this does not fail.
        let _ = self.write(offset as u64, &value.to_le_bytes());
    }

    /// Makes one page of the memory present by writing a word that means nothing.
    fn make_present(&self, page: usize) -> bool {
        if self.present.get() >> page & 1 != 0 {
            return true;
        }
        let offset = page * PAGE + offset_of!(ThreadEntry, reserved);
        if self.write(offset as u64, &[0; 8]).is_err() {
            return false;
        }
        self.present.set(self.present.get() | 1 << page);
        true
    }

    fn map(&self) -> Option<&ProcessPage> {
        let address = match self.address.get() {
            Some(address) => address,
            None => {
                let (space, size) = (Handle::ADDRESS_SPACE, PROCESS_PAGE_SIZE as u64);
                let mapped = memory::map_write(self.memory.handle(), space, 0, size, 0, MapFlags::EMPTY);
                let address = usize::try_from(mapped.ok()?)
                    .ok()
                    .filter(|address| *address != 0)?;
                self.address.set(Some(address));
                address
            }
        };
        let pointer = core::ptr::with_exposed_provenance::<ProcessPage>(address);
        // SAFETY: so many bytes are mapped there, page-aligned, until this value is dropped; the type is made of atomics only, for
        // which every bit pattern is a value, and both sides use it as such.
        Some(unsafe { &*pointer })
    }

    /// The part before the threads, which is always there.
    pub fn head(&self) -> Option<&ProcessPage> {
        self.map()
    }

    /// Entry of a thread, if its memory can be there.
    pub fn thread(&self, index: usize) -> Option<&ThreadEntry> {
        if index >= THREAD_COUNT || !self.make_present(1 + index / ENTRIES) {
            return None;
        }
        self.map()?.threads.get(index)
    }
}

/// Entries that are looked at without asking how many threads there are.
pub const FIRST_ENTRIES: usize = ENTRIES;
const ENOMEM: i32 = 12;

impl Drop for SharedPage {
    fn drop(&mut self) {
        if let Some(address) = self.address.get() {
            // One's own mapping: removing it does not fail.
            let _ = address_space::unmap(Handle::ADDRESS_SPACE, address as u64, PROCESS_PAGE_SIZE as u64);
        }
    }
}
