//! What devices need: their registers as mappable ranges, and frames that they read and write.

use super::memory::MemoryKind;
use super::{Memory, MemoryError, Mm, PAGE, charge, charge_bytes, refund, refund_bytes};
use crate::account::{Account, Accounts};
use crate::arena::Ref;
use crate::machine::{Frame, FrameStore};
use trivet_abi::Label;

/// A range of physical addresses that is not memory. The check against memory is made for each page when it is mapped.
#[derive(Debug)]
pub struct DeviceRange {
    /// Who paid; counted.
    pub account: Ref<Account>,
    /// First physical address, a multiple of the page size.
    pub address: u64,
    /// Bytes, a multiple of the page size.
    pub length: u64,
    /// Next range that is being taken apart.
    next_dying: Option<Ref<DeviceRange>>,
}

/// Frames in a row for DMA. The frames stay with the block; when it dies they go into quarantine.
#[derive(Debug)]
pub struct DmaBlock {
    /// Who paid; counted.
    pub account: Ref<Account>,
    /// The frames as a Memory; counted.
    pub memory: Ref<Memory>,
    /// The first frame.
    pub first: Frame,
    /// Number of frames.
    pub pages: u64,
    /// The device that was told of them.
    pub device: u32,
    /// Next block that is being taken apart.
    next_dying: Option<Ref<DmaBlock>>,
}

/// Bytes of kernel objects that a device range is charged for.
pub const DEVICE_RANGE_BYTES: usize = size_of::<DeviceRange>();
/// Bytes of kernel objects that a DMA block is charged for, besides its Memory.
pub const DMA_BLOCK_BYTES: usize = size_of::<DmaBlock>();
/// Pages of a DMA block, at most (16 MiB).
pub const MAX_DMA_PAGES: u64 = 4096;
/// Physical addresses end here: what frames can name.
pub const PHYSICAL_END: u64 = 1 << 44;

impl Mm {
    /// Makes a range of device memory. Counts the account.
    ///
    /// # Errors
    /// [`MemoryError::Invalid`], [`MemoryError::NoMemory`].
    pub fn create_device_range(
        &mut self,
        accounts: &mut Accounts,
        account: Ref<Account>,
        address: u64,
        length: u64,
    ) -> Result<Ref<DeviceRange>, MemoryError> {
        let end = address.checked_add(length).ok_or(MemoryError::Invalid)?;
        if !address.is_multiple_of(PAGE) || !length.is_multiple_of(PAGE) || length == 0 || end > PHYSICAL_END
        {
            return Err(MemoryError::Invalid);
        }
        charge_bytes(accounts, account, DEVICE_RANGE_BYTES)?;
        match self.device_ranges.insert(DeviceRange {
            account,
            address,
            length,
            next_dying: None,
        }) {
            Ok(range) => {
                accounts.acquire(account);
                Ok(range)
            }
            Err(error) => {
                refund_bytes(accounts, account, DEVICE_RANGE_BYTES);
                Err(error.into())
            }
        }
    }

    /// Makes a range within a range, that `account` pays for.
    ///
    /// # Errors
    /// [`MemoryError::Invalid`], [`MemoryError::NoMemory`].
    pub fn derive_device_range(
        &mut self,
        accounts: &mut Accounts,
        account: Ref<Account>,
        range: Ref<DeviceRange>,
        offset: u64,
        length: u64,
    ) -> Result<Ref<DeviceRange>, MemoryError> {
        let whole = &self.device_ranges[range];
        let end = offset.checked_add(length).ok_or(MemoryError::Invalid)?;
        if end > whole.length {
            return Err(MemoryError::Invalid);
        }
        let address = whole.address + offset;
        self.create_device_range(accounts, account, address, length)
    }

    /// Gives a count of a device range up; the last one lets [`Mm::reap`] take it apart.
    pub fn release_device_range(&mut self, range: Ref<DeviceRange>) {
        if self.device_ranges.release(range) {
            self.device_ranges[range].next_dying = self.dying_device_ranges.replace(range);
        }
    }

    /// Allocates frames in a row for DMA by `device`; below 4 GiB with `low`. They are charged, and mapped as a Memory.
    ///
    /// # Errors
    /// [`MemoryError::Invalid`], [`MemoryError::NoMemory`].
    #[allow(clippy::too_many_arguments, reason = "one for each property of the block")]
    pub fn create_dma_block(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        account: Ref<Account>,
        label: Label,
        pages: u64,
        low: bool,
        device: u32,
    ) -> Result<Ref<DmaBlock>, MemoryError> {
        if pages == 0 || pages > MAX_DMA_PAGES {
            return Err(MemoryError::Invalid);
        }
        charge(accounts, account, pages)?;
        let made = self.create_charged_dma_block(store, accounts, account, label, pages, low, device);
        if made.is_err() {
            refund(accounts, account, pages);
        }
        made
    }

    #[allow(clippy::too_many_arguments, reason = "one for each property of the block")]
    fn create_charged_dma_block(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        account: Ref<Account>,
        label: Label,
        pages: u64,
        low: bool,
        device: u32,
    ) -> Result<Ref<DmaBlock>, MemoryError> {
        charge_bytes(accounts, account, DMA_BLOCK_BYTES)?;
        let limit = if low { 1 << 32 } else { PHYSICAL_END };
        let Some(first) = store.allocate_contiguous(pages as usize, 1, limit) else {
            refund_bytes(accounts, account, DMA_BLOCK_BYTES);
            return Err(MemoryError::NoMemory);
        };
        let memory = self.create_fixed_memory(accounts, account, label, first, pages * PAGE, true, false);
        let block = memory.and_then(|memory| {
            let block = DmaBlock {
                account,
                memory,
                first,
                pages,
                device,
                next_dying: None,
            };
            self.dma_blocks.insert(block).map_err(|error| {
                self.release_memory(memory);
                error.into()
            })
        });
        match block {
            Ok(block) => {
                accounts.acquire(account);
                Ok(block)
            }
            Err(error) => {
                for index in 0..pages as u32 {
                    store.release(Frame(first.0 + index));
                }
                refund_bytes(accounts, account, DMA_BLOCK_BYTES);
                Err(error)
            }
        }
    }

    /// The Memory of a DMA block, to be mapped or handed out: the caller takes a count.
    #[must_use]
    pub fn dma_memory(&self, block: Ref<DmaBlock>) -> Ref<Memory> {
        self.dma_blocks[block].memory
    }

    /// Gives a count of a DMA block up; the last one lets [`Mm::reap`] take it apart once nobody maps its frames.
    pub fn release_dma_block(&mut self, block: Ref<DmaBlock>) {
        if self.dma_blocks.release(block) {
            self.dma_blocks[block].next_dying = self.dying_dma_blocks.replace(block);
        }
    }

    /// Takes a dead device range or DMA block apart; answers whose account is free of it.
    ///
    /// The frames of a block go into quarantine at once: the device may still write there, so no matter who maps them, nobody gets them
    /// before the device was reset. The mappings that are left (of a ring that two processes share) hold references of their own: the Memory
    /// then owns the frames too.
    pub(super) fn reap_device(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
    ) -> Option<Ref<Account>> {
        if let Some(range) = self.dying_device_ranges {
            self.dying_device_ranges = self.device_ranges[range].next_dying;
            let gone = self.device_ranges.remove(range)?;
            refund_bytes(accounts, gone.account, DEVICE_RANGE_BYTES);
            return Some(gone.account);
        }
        let block = self.dying_dma_blocks?;
        self.dying_dma_blocks = self.dma_blocks[block].next_dying;
        let gone = self.dma_blocks.remove(block)?;
        if self.memories.references(gone.memory) > 1 {
            for index in 0..gone.pages as u32 {
                store.share(Frame(gone.first.0 + index));
            }
            if let MemoryKind::Fixed { owned, .. } = &mut self.memories[gone.memory].kind {
                *owned = true;
            }
        }
        store.quarantine(gone.first, gone.pages as usize, gone.device);
        self.release_memory(gone.memory);
        refund(accounts, gone.account, gone.pages);
        refund_bytes(accounts, gone.account, DMA_BLOCK_BYTES);
        Some(gone.account)
    }
}
