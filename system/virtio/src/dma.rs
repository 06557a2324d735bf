//! Memory that the device may read and write.
//!
//! A driver serves one device: [`use_device`] says which. The queues' own memory and all buffers come from it, and a buffer's
//! physical address is found by the block that it lies in.

use alloc::vec::Vec;
use core::ptr::NonNull;
use spin::Mutex;
use trivet_abi::PAGE_SIZE;
use trivet_abi::handle::Handle;
use trivet_ipc::shared::MapFlags;
use virtio_drivers::{BufferDirection, Hal, PhysAddr};

/// A block of frames, mapped.
#[derive(Clone, Copy, Debug)]
struct Block {
    address: usize,
    physical: u64,
    length: usize,
    handle: Handle,
}

struct State {
    device: Option<Handle>,
    blocks: Vec<Block>,
}

static STATE: Mutex<State> = Mutex::new(State {
    device: None,
    blocks: Vec::new(),
});

/// The device whose memory this process holds from now on.
pub fn use_device(device: Handle) {
    STATE.lock().device = Some(device);
}

/// Allocates `pages` zeroed frames that lie behind one another, and maps them. Nothing where the account has no room.
#[must_use]
pub fn allocate(pages: usize) -> Option<(NonNull<u8>, u64)> {
    let mut state = STATE.lock();
    let device = state.device?;
    let length = pages.checked_mul(PAGE_SIZE)?;
    let reply = trivet_ipc::device::dma(device, pages as u64, false).ok()?;
    let mapped = trivet_ipc::dma::map(
        reply.memory,
        Handle::ADDRESS_SPACE,
        0,
        length as u64,
        0,
        MapFlags::EMPTY,
    );
    let Ok(address) = mapped else {
        let _ = trivet_ipc::process::close(Handle::PROCESS, reply.memory.0, reply.memory.0);
        return None;
    };
    let pointer = NonNull::new(address as *mut u8)?;
    state.blocks.push(Block {
        address: address as usize,
        physical: reply.address,
        length,
        handle: reply.memory,
    });
    Some((pointer, reply.address))
}

/// Physical address of memory that came from [`allocate`].
fn physical(address: usize, length: usize) -> Option<u64> {
    let end = address.checked_add(length)?;
    let state = STATE.lock();
    let block = state
        .blocks
        .iter()
        .find(|block| address >= block.address && end <= block.address + block.length)?;
    Some(block.physical + (address - block.address) as u64)
}

/// The queues' view of this memory.
pub struct DriverMemory;

// SAFETY: `dma_alloc` answers fresh zeroed frames that the kernel mapped for this process alone, page-aligned, and keeps them until
// `dma_dealloc`; `share` answers the address at which the device finds the very same frames.
unsafe impl Hal for DriverMemory {
    fn dma_alloc(pages: usize, _direction: BufferDirection) -> (PhysAddr, NonNull<u8>) {
        // Address 0 is how `virtio-drivers` is told that there is none.
        allocate(pages).map_or((0, NonNull::dangling()), |(pointer, physical)| {
            (physical, pointer)
        })
    }

    unsafe fn dma_dealloc(_: PhysAddr, address: NonNull<u8>, _: usize) -> i32 {
        let mut state = STATE.lock();
        let wanted = address.as_ptr() as usize;
        let Some(index) = state.blocks.iter().position(|block| block.address == wanted) else {
            return -1;
        };
        let block = state.blocks.swap_remove(index);
        let unmapped = trivet_ipc::address_space::unmap(
            Handle::ADDRESS_SPACE,
            block.address as u64,
            block.length as u64,
        );
        let closed = trivet_ipc::process::close(Handle::PROCESS, block.handle.0, block.handle.0);
        if unmapped.is_ok() && closed.is_ok() { 0 } else { -1 }
    }

    unsafe fn mmio_phys_to_virt(_: PhysAddr, _: usize) -> NonNull<u8> {
        // Registers are mapped through the bus server; the crate's own PCI transport, which would ask, is not used.
        NonNull::dangling()
    }

    unsafe fn share(buffer: NonNull<[u8]>, _: BufferDirection) -> PhysAddr {
        // A buffer that is not of this memory gets an address where no RAM can be.
        physical(buffer.cast::<u8>().as_ptr() as usize, buffer.len()).unwrap_or(u64::MAX - 0xffff)
    }

    unsafe fn unshare(_: PhysAddr, _: NonNull<[u8]>, _: BufferDirection) {}
}
