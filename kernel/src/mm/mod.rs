//! Memory: frames, Memory objects, address spaces, copies. Note 0005.
//!
//! [`Mm`] owns the arenas. Its methods take the frame store and the accounts, charge before they promise, and never block. What takes
//! long goes in steps: a method that answers [`Step::More`] did part of its work and is called again with the same arguments
//! (and the same cursor where it has one) until it answers [`Step::Done`]; interrupts may come in between. What others must be told (a page is wanted, a
//! first or last mapping) is noted in the Memory; the caller takes notices by [`Mm::take_notice`] after each call. What died is taken apart by
//! [`Mm::reap`].
//!
//! - [`frames`]: who owns each frame. [`page_table`]: the processor's tables of one space. [`page_tree`]: the pages of one Memory.
//! - [`space`], [`region_map`], [`map`], [`protect`], [`remap`], [`clone`], `teardown`: address spaces. [`fault`]: makes a page accessible.
//! - [`memory`], [`pager`], [`device`]: what can be mapped. [`copy`]: bytes in and out of address spaces and memories.
//!
//! Accounting: an account's `MemoryPages` are the pages of its spaces' reserved regions, single pages charged when touched (a bit in
//! the page-table entry tells), tables, and what its Memories promised.

pub mod clone;
pub mod copy;
pub mod device;
pub mod fault;
pub mod frames;
pub mod map;
mod mappings;
pub mod memory;
pub mod page_table;
pub mod page_tree;
pub mod pager;
pub mod protect;
pub mod region_map;
pub mod remap;
pub mod space;
mod teardown;
#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;

use crate::account::{Account, Accounts, Resource};
use crate::arena::{Arena, OutOfMemory, Ref};
use crate::machine::{FrameStore, PAGE_SIZE};

pub use copy::{AccessError, Copied, Side};
pub use device::{DeviceRange, DmaBlock};
pub use fault::{Access, Fault, Resolution};
pub use map::Placement;
pub use memory::{Memory, MemoryKind};
pub use pager::Notice;
pub use space::{AddressSpace, Backing, Region};

/// Bytes of a page, as the 64-bit number that addresses are reckoned in.
pub const PAGE: u64 = PAGE_SIZE as u64;

/// Pages that one step changes, at most.
pub const STEP_PAGES: usize = 256;

/// How far an operation came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Step {
    /// All of it is done.
    Done,
    /// Call again with the same arguments.
    More,
}

/// Why an operation on memory is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryError {
    /// An argument makes no sense: not page-aligned, empty, overflowing, outside of the user's addresses.
    Invalid,
    /// The account or the machine has no memory, or the address space no room.
    NoMemory,
    /// Something is there already.
    Exists,
    /// The handle or the policy does not allow that protection.
    Access,
    /// The range reaches beyond the object.
    Beyond,
    /// Executable and writable mappings exclude each other.
    TextBusy,
    /// Larger than an object can be.
    TooBig,
    /// The object is sealed or read-only.
    NotPermitted,
    /// In use.
    Busy,
    /// Not now: pages must be supplied first.
    Again,
    /// Nothing there.
    NoEntry,
}

impl MemoryError {
    /// The error number of the interfaces.
    #[must_use]
    pub const fn errno(self) -> u16 {
        match self {
            MemoryError::NotPermitted => 1,
            MemoryError::NoEntry => 2,
            MemoryError::Beyond => 6,
            MemoryError::Again => 11,
            MemoryError::NoMemory => 12,
            MemoryError::Access => 13,
            MemoryError::Busy => 16,
            MemoryError::Exists => 17,
            MemoryError::Invalid => 22,
            MemoryError::TextBusy => 26,
            MemoryError::TooBig => 27,
        }
    }
}

impl From<OutOfMemory> for MemoryError {
    fn from(_: OutOfMemory) -> Self {
        MemoryError::NoMemory
    }
}

/// Protection bits, POSIX's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Protection(pub u8);

impl Protection {
    /// No access.
    pub const NONE: Protection = Protection(0);
    /// May be read.
    pub const READ: Protection = Protection(1);
    /// May be written (and then read too: the processor knows no other way).
    pub const WRITE: Protection = Protection(2);
    /// May be executed.
    pub const EXECUTE: Protection = Protection(4);
    /// Read and write.
    pub const READ_WRITE: Protection = Protection(3);
    /// Read and execute.
    pub const READ_EXECUTE: Protection = Protection(5);

    /// The protection with these bits, if all are defined.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Option<Protection> {
        if bits > 7 {
            None
        } else {
            Some(Protection(bits as u8))
        }
    }

    /// Whether all of `other`'s bits are here.
    #[inline]
    #[must_use]
    pub const fn contains(self, other: Protection) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the page could be changed and executed at the same time.
    #[must_use]
    pub const fn is_writable_code(self) -> bool {
        self.0 & 6 == 6
    }
}

/// All memory objects and address spaces.
#[derive(Debug, Default)]
pub struct Mm {
    /// Address spaces; counted by processes and handles.
    pub spaces: Arena<AddressSpace>,
    /// Memories; counted by handles, regions and DMA blocks.
    pub memories: Arena<Memory>,
    /// Regions, each of one space.
    pub regions: Arena<Region>,
    /// Ranges of device memory; counted by handles and regions.
    pub device_ranges: Arena<DeviceRange>,
    /// DMA blocks; counted by handles.
    pub dma_blocks: Arena<DmaBlock>,
    /// First Memory that has something to tell.
    notices: Option<Ref<Memory>>,
    /// First Memory that is being taken apart.
    dying_memories: Option<Ref<Memory>>,
    /// First address space that is being taken apart.
    dying_spaces: Option<Ref<AddressSpace>>,
    /// First device range that is being taken apart.
    dying_device_ranges: Option<Ref<DeviceRange>>,
    /// First DMA block that is being taken apart.
    dying_dma_blocks: Option<Ref<DmaBlock>>,
}

/// What a step of [`Mm::reap`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaped {
    /// Nothing is left to do.
    Nothing,
    /// Some work was done; there may be more.
    Some,
    /// An object is gone; the caller releases its hold on this account.
    Object(Ref<Account>),
}

impl Mm {
    /// No memory yet.
    #[must_use]
    pub fn new() -> Mm {
        Mm::default()
    }

    /// Takes one step of taking apart what died: at most [`STEP_PAGES`] pages.
    pub fn reap(&mut self, store: &mut impl FrameStore, accounts: &mut Accounts) -> Reaped {
        if let Some(space) = self.dying_spaces {
            return self.reap_space(store, accounts, space);
        }
        if let Some(account) = self.reap_device(store, accounts) {
            return Reaped::Object(account);
        }
        match self.dying_memories {
            Some(memory) => self.reap_memory(store, accounts, memory),
            None => Reaped::Nothing,
        }
    }

    /// Whether [`Mm::reap`] has work.
    #[inline]
    #[must_use]
    pub fn has_dying(&self) -> bool {
        self.dying_spaces.is_some()
            || self.dying_memories.is_some()
            || self.dying_device_ranges.is_some()
            || self.dying_dma_blocks.is_some()
    }
}

/// Charges pages, within the limit.
pub(crate) fn charge(accounts: &mut Accounts, account: Ref<Account>, pages: u64) -> Result<(), MemoryError> {
    accounts[account]
        .charge(Resource::MemoryPages, pages)
        .map_err(|_| MemoryError::NoMemory)
}

/// Charges pages even beyond the limit: page tables, which no promise reckons with.
pub(crate) fn charge_always(accounts: &mut Accounts, account: Ref<Account>, pages: u64) {
    let used = &mut accounts[account].used[Resource::MemoryPages as usize];
    *used = used.saturating_add(pages);
}

/// Gives charged pages back.
pub(crate) fn refund(accounts: &mut Accounts, account: Ref<Account>, pages: u64) {
    accounts[account].refund(Resource::MemoryPages, pages);
}

/// Charges bytes of kernel objects.
pub(crate) fn charge_bytes(
    accounts: &mut Accounts,
    account: Ref<Account>,
    bytes: usize,
) -> Result<(), MemoryError> {
    accounts[account]
        .charge(Resource::KernelBytes, bytes as u64)
        .map_err(|_| MemoryError::NoMemory)
}

/// Gives bytes of kernel objects back.
pub(crate) fn refund_bytes(accounts: &mut Accounts, account: Ref<Account>, bytes: usize) {
    accounts[account].refund(Resource::KernelBytes, bytes as u64);
}
