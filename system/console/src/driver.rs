//! The device: queues of every port, and the control queue.

use crate::multiport::{CONTROL_QUEUES, MESSAGE_SIZE, Message, PORT_COUNT, Ports, queues};
use crate::stream::{Found, Input};
use alloc::vec::Vec;
use core::cell::RefCell;
use trivet_server::wait::WaitQueue;
use trivet_virtio::{BufferQueue, PciTransport, Transport};

/// Buffers of each queue.
const QUEUE_SIZE: usize = 16;
/// Bytes of a buffer for input and for ports with little output.
const SMALL_BUFFER: usize = 4096;
/// Bytes of a buffer of the standard output.
const LARGE_BUFFER: usize = 16384;
/// Bytes of a buffer for input that nobody sends.
const NO_BUFFER: usize = 64;
/// The port whose output is large.
const OUTPUT_PORT: usize = 2;
/// The ports that the host sends bytes to: standard input and control.
const PORTS_WITH_INPUT: [usize; 2] = [1, 4];

bitflags::bitflags! {
    /// Features that this driver uses: VIRTIO 1.1, sections 5.3.3 and 6.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Features: u64 {
        const MULTIPORT = 1 << 1;
        const VERSION_1 = 1 << 32;
    }
}

/// One port's queues and what waits there.
struct Port {
    input: Input,
    from_host: BufferQueue<QUEUE_SIZE>,
    to_host: BufferQueue<QUEUE_SIZE>,
    sent: u64,
}

struct State {
    transport: PciTransport,
    control_in: BufferQueue<QUEUE_SIZE>,
    control_out: BufferQueue<QUEUE_SIZE>,
    /// Control messages for which there was no buffer yet.
    unsent: Vec<Message>,
    ports: Ports,
    /// By port number; port 0 is not used.
    queues: Vec<Option<Port>>,
}

/// The console's device.
pub struct Driver {
    state: RefCell<State>,
    readable: [WaitQueue; PORT_COUNT],
    writable: [WaitQueue; PORT_COUNT],
}

/// A step of a read.
pub enum ReadStep<R> {
    /// The reader took bytes.
    Took(R),
    /// Nothing is there yet.
    Nothing,
    /// No more will come.
    End,
}

impl Driver {
    /// Starts the device and offers it buffers. Nothing where it lacks what is needed, or there is no memory.
    #[must_use]
    pub fn start(mut transport: PciTransport) -> Option<Driver> {
        let features = transport.begin_init(Features::MULTIPORT | Features::VERSION_1);
        if !features.contains(Features::MULTIPORT | Features::VERSION_1) {
            return None;
        }
        let control_in = BufferQueue::new(&mut transport, CONTROL_QUEUES.0, 256, false)?;
        let control_out = BufferQueue::new(&mut transport, CONTROL_QUEUES.1, MESSAGE_SIZE, true)?;
        let mut ports = Vec::from([None]);
        for number in 1..PORT_COUNT {
            let (from, to) = queues(number as u16);
            let size = if number == OUTPUT_PORT {
                LARGE_BUFFER
            } else {
                SMALL_BUFFER
            };
            let input_size = if PORTS_WITH_INPUT.contains(&number) {
                SMALL_BUFFER
            } else {
                NO_BUFFER
            };
            ports.push(Some(Port {
                input: Input::default(),
                from_host: BufferQueue::new(&mut transport, from, input_size, false)?,
                to_host: BufferQueue::new(&mut transport, to, size, true)?,
                sent: 0,
            }));
        }
        transport.finish_init();
        let mut state = State {
            transport,
            control_in,
            control_out,
            unsent: Vec::from([Ports::hello()]),
            ports: Ports::default(),
            queues: ports,
        };
        offer_all(&mut state.control_in, &mut state.transport);
        for port in state.queues.iter_mut().flatten() {
            offer_all(&mut port.from_host, &mut state.transport);
        }
        state.send_control();
        Some(Driver {
            state: RefCell::new(state),
            readable: Default::default(),
            writable: Default::default(),
        })
    }

    /// After an interrupt: takes whatever the device has done, and wakes who waits for it.
    pub fn service_queues(&self) {
        let (mut readable, mut writable) = ([false; PORT_COUNT], [false; PORT_COUNT]);
        {
            let mut state = self.state.borrow_mut();
            // Reading the status lowers the interrupt line, where the device has one.
            let _ = state.transport.ack_interrupt();
            state.take_control();
            let State {
                transport, queues, ..
            } = &mut *state;
            for (number, port) in queues.iter_mut().enumerate() {
                let Some(port) = port else { continue };
                while let Some((buffer, length)) = port.from_host.take() {
                    if port.input.came(buffer, length) {
                        readable[number] = true;
                    } else {
                        let size = port.from_host.buffer_size();
                        port.from_host.give(transport, buffer, size);
                    }
                }
                while port.to_host.take().is_some() {
                    writable[number] = true;
                }
            }
        }
        for number in 0..PORT_COUNT {
            if readable[number] {
                self.readable[number].wake_all();
            }
            if writable[number] {
                self.writable[number].wake_all();
            }
        }
    }

    /// Who waits for bytes of a port.
    #[must_use]
    pub fn readable(&self, port: usize) -> Option<&WaitQueue> {
        self.readable.get(port)
    }

    /// Who waits for room in a port.
    #[must_use]
    pub fn writable(&self, port: usize) -> Option<&WaitQueue> {
        self.writable.get(port)
    }

    /// Lets `reader` have the bytes that are there, `limit` at most; it answers how many it took, and something for the caller.
    pub fn read<R>(&self, port: usize, limit: u64, reader: impl FnOnce(&[u8]) -> (usize, R)) -> ReadStep<R> {
        let mut state = self.state.borrow_mut();
        let State {
            transport, queues, ..
        } = &mut *state;
        let Some(port) = queues.get_mut(port).and_then(Option::as_mut) else {
            return ReadStep::End;
        };
        match port.input.look() {
            Found::End => ReadStep::End,
            Found::Nothing => ReadStep::Nothing,
            Found::Bytes {
                buffer,
                start,
                length,
            } => {
                let length = length.min(usize::try_from(limit).unwrap_or(usize::MAX));
                let bytes = port.from_host.bytes_mut(buffer);
                let (taken, answer) = reader(bytes.get(start..start + length).unwrap_or(&[]));
                if let Some(emptied) = port.input.take(taken) {
                    let size = port.from_host.buffer_size();
                    port.from_host.give(transport, emptied, size);
                }
                ReadStep::Took(answer)
            }
        }
    }

    /// Lets `writer` fill a buffer for the host; it answers how many bytes it wrote, and something for the caller. Nothing where no
    /// buffer is free.
    pub fn write<R>(&self, port: usize, writer: impl FnOnce(&mut [u8]) -> (usize, R)) -> Option<R> {
        let mut state = self.state.borrow_mut();
        let State {
            transport, queues, ..
        } = &mut *state;
        let port = queues.get_mut(port).and_then(Option::as_mut)?;
        // Buffers that the device has finished are taken here too, so that a busy writer need not wait for the interrupt.
        while port.to_host.take().is_some() {}
        let buffer = port.to_host.free_buffer()?;
        let (length, answer) = writer(port.to_host.bytes_mut(buffer));
        port.to_host.give(transport, buffer, length);
        port.sent += length as u64;
        Some(answer)
    }

    /// Bytes received, sent, and whether everything sent has gone out. Nothing for a port that is not there.
    #[must_use]
    pub fn counts(&self, port: usize) -> Option<(u64, u64, bool)> {
        let mut state = self.state.borrow_mut();
        let port = state.queues.get_mut(port).and_then(Option::as_mut)?;
        while port.to_host.take().is_some() {}
        Some((port.input.received(), port.sent, port.to_host.is_idle()))
    }

    /// Bytes that can be read without waiting.
    #[must_use]
    pub fn available(&self, port: usize) -> u64 {
        let state = self.state.borrow();
        state
            .queues
            .get(port)
            .and_then(Option::as_ref)
            .map_or(0, |port| port.input.available())
    }

    /// The input of a port ends after this many bytes since the start.
    pub fn end_input(&self, port: usize, received: u64) {
        if let Some(port) = self
            .state
            .borrow_mut()
            .queues
            .get_mut(port)
            .and_then(Option::as_mut)
        {
            port.input.end_after(received);
        }
        if let Some(readable) = self.readable.get(port) {
            readable.wake_all();
        }
    }
}

/// Gives every buffer of a queue to the device, to be filled.
fn offer_all(queue: &mut BufferQueue<QUEUE_SIZE>, transport: &mut PciTransport) {
    let size = queue.buffer_size();
    while let Some(buffer) = queue.free_buffer() {
        queue.give(transport, buffer, size);
        if queue.free_buffer() == Some(buffer) {
            // The device's queue is full.
            return;
        }
    }
}

impl State {
    /// Takes control messages and answers them.
    fn take_control(&mut self) {
        while let Some((buffer, length)) = self.control_in.take() {
            let message = self
                .control_in
                .bytes_mut(buffer)
                .get(..length)
                .and_then(Message::parse);
            if let Some(message) = message {
                let answers = self.ports.receive(message);
                self.unsent.extend(answers);
            }
            let size = self.control_in.buffer_size();
            self.control_in.give(&mut self.transport, buffer, size);
        }
        self.send_control();
    }

    /// Sends control messages while there are buffers.
    fn send_control(&mut self) {
        while self.control_out.take().is_some() {}
        let mut sent = 0;
        for message in &self.unsent {
            let Some(buffer) = self.control_out.free_buffer() else {
                break;
            };
            let bytes = message.bytes();
            self.control_out.bytes_mut(buffer)[..bytes.len()].copy_from_slice(&bytes);
            self.control_out.give(&mut self.transport, buffer, bytes.len());
            sent += 1;
        }
        self.unsent.drain(..sent);
    }
}
