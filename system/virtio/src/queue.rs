//! A queue with buffers of its own: the driver fills one and sends it, or offers empty ones and takes them back filled.

use crate::dma::{DriverMemory, allocate};
use alloc::vec;
use alloc::vec::Vec;
use core::ptr::NonNull;
use trivet_abi::PAGE_SIZE;
use virtio_drivers::queue::VirtQueue;
use virtio_drivers::transport::Transport;

/// Where a buffer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// With the driver.
    Here,
    /// With the device, under this token of the queue; so many bytes of it were given.
    There { token: u16, length: usize },
}

/// A queue of `SIZE` descriptors with as many buffers.
pub struct BufferQueue<const SIZE: usize> {
    queue: VirtQueue<DriverMemory, SIZE>,
    number: u16,
    memory: NonNull<u8>,
    buffer_size: usize,
    states: Vec<State>,
    /// Buffers whose contents the device reads, rather than writes.
    to_device: bool,
}

impl<const SIZE: usize> BufferQueue<SIZE> {
    /// Sets up queue `number`. `to_device` says which way its buffers go. Nothing where there is no memory, or the device's queue is smaller.
    pub fn new(
        transport: &mut impl Transport,
        number: u16,
        buffer_size: usize,
        to_device: bool,
    ) -> Option<BufferQueue<SIZE>> {
        let queue = VirtQueue::new(transport, number, false, false).ok()?;
        let pages = SIZE.checked_mul(buffer_size)?.div_ceil(PAGE_SIZE);
        let (memory, _) = allocate(pages)?;
        Some(BufferQueue {
            queue,
            number,
            memory,
            buffer_size,
            states: vec![State::Here; SIZE],
            to_device,
        })
    }

    /// Bytes of each buffer.
    #[must_use]
    pub fn buffer_size(&self) -> usize {
        self.buffer_size
    }

    /// A buffer that the driver holds.
    #[must_use]
    pub fn free_buffer(&self) -> Option<usize> {
        self.states.iter().position(|state| *state == State::Here)
    }

    /// Whether the driver holds every buffer: nothing is under way.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.states.iter().all(|state| *state == State::Here)
    }

    /// The bytes of a buffer that the driver holds; empty for one that the device holds.
    pub fn bytes_mut(&mut self, buffer: usize) -> &mut [u8] {
        if self.states.get(buffer) != Some(&State::Here) {
            return &mut [];
        }
        // SAFETY: the memory holds SIZE buffers of this size, `buffer` is one of them; the device does not have it, and the borrow of `self`
        // keeps it from being given meanwhile.
        unsafe { core::slice::from_raw_parts_mut(self.start(buffer), self.buffer_size) }
    }

    fn start(&self, buffer: usize) -> *mut u8 {
        self.memory.as_ptr().wrapping_add(buffer * self.buffer_size)
    }

    /// Gives a buffer to the device: its first `length` bytes to read, or room for so many. Does nothing with one that the device has.
    pub fn give(&mut self, transport: &mut impl Transport, buffer: usize, length: usize) {
        if self.states.get(buffer) != Some(&State::Here) || length == 0 || length > self.buffer_size {
            return;
        }
        let start = self.start(buffer);
        // SAFETY: as in `bytes_mut`; the state below keeps the driver from the bytes until the device has given them back, and the
        // memory is never freed.
        let bytes = unsafe { core::slice::from_raw_parts_mut(start, length) };
        // SAFETY: the buffer stays valid until it was popped, as just said.
        let added = unsafe {
            if self.to_device {
                self.queue.add(&[&*bytes], &mut [])
            } else {
                self.queue.add(&[], &mut [bytes])
            }
        };
        // There is a descriptor for each buffer, so only a queue that the device broke is full: the buffer then stays here.
        if let Ok(token) = added {
            self.states[buffer] = State::There { token, length };
            if self.queue.should_notify() {
                transport.notify(self.number);
            }
        }
    }

    /// Takes back one buffer that the device is done with: its number, and how many bytes the device wrote.
    pub fn take(&mut self) -> Option<(usize, usize)> {
        let token = self.queue.peek_used()?;
        let (buffer, length) = self
            .states
            .iter()
            .enumerate()
            .find_map(|(buffer, state)| match *state {
                State::There { token: given, length } if given == token => Some((buffer, length)),
                _ => None,
            })?;
        let start = self.start(buffer);
        // SAFETY: the very buffer and length that were given under this token; the device is done with it.
        let bytes = unsafe { core::slice::from_raw_parts_mut(start, length) };
        // SAFETY: as above.
        let popped = unsafe {
            if self.to_device {
                self.queue.pop_used(token, &[&*bytes], &mut [])
            } else {
                self.queue.pop_used(token, &[], &mut [bytes])
            }
        };
        let written = popped.ok()? as usize;
        self.states[buffer] = State::Here;
        // The device's word is not taken for more than it was given.
        Some((buffer, if self.to_device { 0 } else { written.min(length) }))
    }
}
