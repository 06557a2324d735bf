//! A frame store of plain vectors, and helpers, for the tests of this folder and of the kernel's objects.

use super::space::{Backing, Region};
use super::{Mm, Protection, Reaped};
use crate::account::{Account, Accounts};
use crate::arena::{Arena, Ref};
use crate::machine::{Frame, FrameStore, PAGE_SIZE};
use crate::mm::frames::{FrameAllocator, FrameInfo};
use crate::mm::space::AddressSpace;

/// Frames of memory that are vectors. The first frame is never handed out.
pub struct FakeStore {
    frames: FrameAllocator<'static>,
    bytes: Vec<[u8; PAGE_SIZE]>,
    /// Ranges that were invalidated: root, address, pages.
    pub invalidated: Vec<(Frame, u64, usize)>,
}

impl FakeStore {
    /// A machine with this many frames. Their bytes are not zero.
    pub fn new(count: usize) -> FakeStore {
        let table = Box::leak(vec![FrameInfo::default(); count].into_boxed_slice());
        let mut frames = FrameAllocator::new(table);
        frames.add(Frame(1), count - 1);
        FakeStore {
            frames,
            bytes: vec![[0xee; PAGE_SIZE]; count],
            invalidated: Vec::new(),
        }
    }

    /// Keeps frames out of the allocator, as the boot archive's are.
    pub fn reserve(&mut self, count: usize) -> Frame {
        let first = self.frames.allocate_contiguous(count, 1, u64::MAX).unwrap();
        self.frames.reserve(first, count);
        first
    }
}

impl FrameStore for FakeStore {
    fn allocate_zeroed(&mut self) -> Option<Frame> {
        let frame = self.allocate_for_overwrite()?;
        self.bytes[frame.0 as usize].fill(0);
        Some(frame)
    }
    fn allocate_for_overwrite(&mut self) -> Option<Frame> {
        Some(self.frames.allocate(false)?.0)
    }
    fn allocate_contiguous(&mut self, count: usize, align_frames: usize, limit: u64) -> Option<Frame> {
        let first = self.frames.allocate_contiguous(count, align_frames, limit)?;
        for index in first.0 as usize..first.0 as usize + count {
            self.bytes[index].fill(0);
        }
        Some(first)
    }
    fn free_frames(&self) -> usize {
        self.frames.free()
    }
    fn managed_frames(&self) -> usize {
        self.frames.managed()
    }
    fn quarantined_frames(&self) -> usize {
        self.frames.quarantined()
    }
    fn quarantine(&mut self, first: Frame, count: usize, device: u32) {
        self.frames.quarantine(first, count, device);
    }
    fn device_was_reset(&mut self, device: u32) -> usize {
        self.frames.device_was_reset(device)
    }
    fn share(&mut self, frame: Frame) {
        self.frames.share(frame);
    }
    fn release(&mut self, frame: Frame) -> bool {
        self.frames.release(frame)
    }
    fn references(&self, frame: Frame) -> u32 {
        self.frames.references(frame)
    }
    fn is_ram(&self, frame: Frame) -> bool {
        self.frames.is_ram(frame)
    }
    fn read(&self, frame: Frame, offset: usize, into: &mut [u8]) {
        into.copy_from_slice(&self.bytes[frame.0 as usize][offset..offset + into.len()]);
    }
    fn write(&mut self, frame: Frame, offset: usize, from: &[u8]) {
        self.bytes[frame.0 as usize][offset..offset + from.len()].copy_from_slice(from);
    }
    fn zero(&mut self, frame: Frame, offset: usize, length: usize) {
        self.bytes[frame.0 as usize][offset..offset + length].fill(0);
    }
    fn copy(&mut self, from: Frame, from_offset: usize, to: Frame, to_offset: usize, length: usize) {
        let bytes = self.bytes[from.0 as usize][from_offset..from_offset + length].to_vec();
        self.bytes[to.0 as usize][to_offset..to_offset + length].copy_from_slice(&bytes);
    }
    fn load_word(&self, frame: Frame, index: usize) -> u64 {
        let at = &self.bytes[frame.0 as usize][index * 8..index * 8 + 8];
        u64::from_le_bytes(at.try_into().unwrap())
    }
    fn store_word(&mut self, frame: Frame, index: usize, value: u64) {
        self.bytes[frame.0 as usize][index * 8..index * 8 + 8].copy_from_slice(&value.to_le_bytes());
    }
    fn swap_word(&mut self, frame: Frame, index: usize, value: u64) -> u64 {
        let old = self.load_word(frame, index);
        self.store_word(frame, index, value);
        old
    }
    fn load_u32(&self, frame: Frame, offset: usize) -> u32 {
        u32::from_le_bytes(
            self.bytes[frame.0 as usize][offset..offset + 4]
                .try_into()
                .unwrap(),
        )
    }
    fn compare_exchange_u32(
        &mut self,
        frame: Frame,
        offset: usize,
        current: u32,
        new: u32,
    ) -> Result<u32, u32> {
        let found = self.load_u32(frame, offset);
        if found != current {
            return Err(found);
        }
        self.write(frame, offset, &new.to_le_bytes());
        Ok(found)
    }
    fn allocate_root(&mut self) -> Option<Frame> {
        self.allocate_zeroed()
    }
    fn unload_root(&mut self, _: Frame) {}
    fn release_root(&mut self, root: Frame) {
        self.release(root);
    }
    fn invalidate(&mut self, root: Frame, address: u64, pages: usize) {
        self.invalidated.push((root, address, pages));
    }
}

/// A region that is in no space, for tests of containers.
pub fn any_region() -> Region {
    let mut spaces: Arena<AddressSpace> = Arena::new();
    let mut accounts = Accounts::new();
    let account = accounts.insert(Account::root(1).unwrap()).unwrap();
    let space = spaces.insert(AddressSpace::new(Frame(1), account, 0)).unwrap();
    Region::new(
        space,
        Backing::Anonymous,
        Protection::READ_WRITE,
        Protection::READ_WRITE,
    )
}

/// A machine with one account.
pub struct World {
    /// Frames.
    pub store: FakeStore,
    /// Accounts.
    pub accounts: Accounts,
    /// The one account.
    pub account: Ref<Account>,
    /// What is tested.
    pub mm: Mm,
}

impl World {
    /// A machine with this many frames, and an account that may promise that many pages.
    pub fn new(frames: usize) -> World {
        let mut accounts = Accounts::new();
        let mut account = Account::root(1).unwrap();
        account.limits[crate::account::Resource::MemoryPages as usize] = frames as u64;
        account.limits[crate::account::Resource::KernelBytes as usize] = 1 << 30;
        let account = accounts.insert(account).unwrap();
        World {
            store: FakeStore::new(frames),
            accounts,
            account,
            mm: Mm::new(),
        }
    }

    /// A new address space.
    pub fn space(&mut self) -> Ref<AddressSpace> {
        self.mm
            .create_space(
                &mut self.store,
                &mut self.accounts,
                self.account,
                0x7000_0000_0000,
            )
            .unwrap()
    }

    /// Takes apart all that died.
    pub fn reap_all(&mut self) {
        loop {
            match self.mm.reap(&mut self.store, &mut self.accounts) {
                Reaped::Nothing => return,
                Reaped::Some => {}
                Reaped::Object(account) => {
                    assert!(!self.accounts.release(account), "the test holds the account");
                }
            }
        }
    }

    /// Pages that the account has used.
    pub fn used_pages(&self) -> u64 {
        self.accounts[self.account].used[crate::account::Resource::MemoryPages as usize]
    }

    /// Kernel bytes that the account has used.
    pub fn used_bytes(&self) -> u64 {
        self.accounts[self.account].used[crate::account::Resource::KernelBytes as usize]
    }
}
