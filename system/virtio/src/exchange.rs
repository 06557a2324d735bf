//! A queue of exchanges: the driver gives a request and room for the reply in one chain, and takes the reply back.

use crate::dma::{DriverMemory, allocate};
use alloc::vec;
use alloc::vec::Vec;
use core::ptr::NonNull;
use trivet_abi::PAGE_SIZE;
use virtio_drivers::queue::VirtQueue;
use virtio_drivers::transport::Transport;

/// The device does not keep to the queue's rules: nothing that it has will come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenDevice;

/// Where the buffers of an exchange are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// With the driver.
    Here,
    /// With the device, under this token of the queue; the request has so many bytes.
    There { token: u16, length: usize },
}

/// A queue of `SIZE` descriptors for `SIZE / 2` exchanges, each with a buffer for the request and one for the reply.
pub struct ExchangeQueue<const SIZE: usize> {
    queue: VirtQueue<DriverMemory, SIZE>,
    number: u16,
    memory: NonNull<u8>,
    buffer_size: usize,
    states: Vec<State>,
}

impl<const SIZE: usize> ExchangeQueue<SIZE> {
    /// Sets up queue `number` with buffers of this size. Nothing where there is no memory, or the device's queue is smaller.
    pub fn new(
        transport: &mut impl Transport,
        number: u16,
        buffer_size: usize,
    ) -> Option<ExchangeQueue<SIZE>> {
        let queue = VirtQueue::new(transport, number, false, false).ok()?;
        let pages = SIZE.checked_mul(buffer_size)?.div_ceil(PAGE_SIZE);
        let (memory, _) = allocate(pages)?;
        Some(ExchangeQueue {
            queue,
            number,
            memory,
            buffer_size,
            states: vec![State::Here; SIZE / 2],
        })
    }

    /// An exchange that the driver holds.
    #[must_use]
    pub fn free(&self) -> Option<usize> {
        self.states.iter().position(|state| *state == State::Here)
    }

    fn request_start(&self, exchange: usize) -> *mut u8 {
        self.memory.as_ptr().wrapping_add(2 * exchange * self.buffer_size)
    }

    fn reply_start(&self, exchange: usize) -> *mut u8 {
        self.request_start(exchange).wrapping_add(self.buffer_size)
    }

    fn is_here(&self, exchange: usize) -> bool {
        self.states.get(exchange) == Some(&State::Here)
    }

    /// The request's bytes, to be written; empty for an exchange that the device holds.
    pub fn request_mut(&mut self, exchange: usize) -> &mut [u8] {
        if !self.is_here(exchange) {
            return &mut [];
        }
        // SAFETY: the memory holds SIZE / 2 exchanges of two buffers of this size, `exchange` is one of them; the device does not have it, and
        // the borrow of `self` keeps it from being given meanwhile.
        unsafe { core::slice::from_raw_parts_mut(self.request_start(exchange), self.buffer_size) }
    }

    /// The reply's first `length` bytes, once it was taken; empty for an exchange that the device holds.
    #[must_use]
    pub fn reply(&self, exchange: usize, length: usize) -> &[u8] {
        if !self.is_here(exchange) {
            return &[];
        }
        // SAFETY: as in `request_mut`; the reply's buffer lies behind the request's.
        unsafe { core::slice::from_raw_parts(self.reply_start(exchange), length.min(self.buffer_size)) }
    }

    /// Gives an exchange to the device: the request's first `length` bytes, and all of the reply's room. False: it is not there to be given.
    #[must_use]
    pub fn give(&mut self, transport: &mut impl Transport, exchange: usize, length: usize) -> bool {
        if !self.is_here(exchange) || length == 0 || length > self.buffer_size {
            return false;
        }
        let (request, reply) = (self.request_start(exchange), self.reply_start(exchange));
        // SAFETY: as in `request_mut`; the state below keeps the driver from both buffers until the device has given them back, and the memory
        // is never freed.
        let (request, reply) = unsafe {
            (
                core::slice::from_raw_parts(request, length),
                core::slice::from_raw_parts_mut(reply, self.buffer_size),
            )
        };
        // SAFETY: both buffers stay valid until they were popped, as just said.
        let Ok(token) = (unsafe { self.queue.add(&[request], &mut [reply]) }) else {
            return false;
        };
        self.states[exchange] = State::There { token, length };
        if self.queue.should_notify() {
            transport.notify(self.number);
        }
        true
    }

    /// Takes back one exchange that the device is done with: its number, and how many bytes of reply the device wrote.
    ///
    /// # Errors
    /// The device names an exchange that it was not given.
    pub fn take(&mut self) -> Result<Option<(usize, usize)>, BrokenDevice> {
        let Some(token) = self.queue.peek_used() else {
            return Ok(None);
        };
        let found = self
            .states
            .iter()
            .enumerate()
            .find_map(|(exchange, state)| match *state {
                State::There { token: given, length } if given == token => Some((exchange, length)),
                _ => None,
            });
        let (exchange, length) = found.ok_or(BrokenDevice)?;
        let (request, reply) = (self.request_start(exchange), self.reply_start(exchange));
        // SAFETY: the very buffers that were given under this token; the device is done with them.
        let (request, reply) = unsafe {
            (
                core::slice::from_raw_parts(request, length),
                core::slice::from_raw_parts_mut(reply, self.buffer_size),
            )
        };
        // SAFETY: as above.
        let popped = unsafe { self.queue.pop_used(token, &[request], &mut [reply]) };
        let written = popped.map_err(|_| BrokenDevice)? as usize;
        self.states[exchange] = State::Here;
        // The device's word is not taken for more than it was given.
        Ok(Some((exchange, written.min(self.buffer_size))))
    }
}
