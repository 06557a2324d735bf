//! Pipes and FIFOs. POSIX.1-2024 `pipe`, `read`, `write`: in order, a write of up to PIPE_BUF bytes in one piece, end of file when the last
//! writer is gone, EPIPE when the last reader is.
//!
//! A writer that meets a waiting reader copies straight from its memory to the reader's, and so does a reader that meets a waiting writer: one
//! copy, made by the kernel between the two pending calls. Only what nobody waits for lies in the buffer in between.

mod at_once;
mod buffer;
mod open;
mod transfer;

pub use at_once::{ReadNow, WriteNow};
pub use buffer::NearBudget;

use crate::backend::Backend;
use crate::error::Error;
use crate::wait::WaitList;
use alloc::rc::Rc;
use alloc::vec::Vec;
use buffer::Buffer;
use core::cell::{Cell, RefCell};
use transfer::{Transfer, Transfers};
use trivet_abi::Label;
use trivet_abi::event::readiness;

/// A write of so many bytes is not mixed with others (`PIPE_BUF`).
pub const ATOMIC: u64 = 4096;
/// Bytes that a new pipe holds.
const CAPACITY: u64 = 64 * 1024;
/// Bytes that a pipe can be made to hold (Linux's `pipe-max-size`).
const CAPACITY_MAX: u64 = 1 << 20;
/// Bytes that go to a waiting reader with its answer, at most: more are copied straight from the writer's memory.
const GIFT_MAX: u64 = 1024;
/// Open files of one pipe, at most: each hears of every change of readiness.
const ENDS_MAX: usize = 1024;

/// A pipe; it lives as long as an open file of it.
pub struct Pipe<B: Backend> {
    backend: Rc<B>,
    buffer: RefCell<Buffer<B>>,
    capacity: Cell<u64>,
    ends: RefCell<Vec<End>>,
    readers: Cell<usize>,
    writers: Cell<usize>,
    /// How often it was opened for reading, and for writing: an opener waits for the other's next one.
    opens: Cell<(u64, u64)>,
    /// Whether the last writer has gone since there was one.
    hung_up: Cell<bool>,
    reading: Transfers<B>,
    writing: Transfers<B>,
    /// A reader that waits without a future: then the pipe is empty, and nobody else waits.
    parked: RefCell<Option<B::Parked>>,
    opening: WaitList,
    /// Readiness bits as the ends' sessions have them: of those that read, of those that write.
    shown: Cell<(u32, u32)>,
}

/// One open file of a pipe.
struct End {
    badge: u64,
    reads: bool,
    writes: bool,
}

/// Which ends an open file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Direction {
    /// It reads.
    pub reads: bool,
    /// It writes.
    pub writes: bool,
}

/// How far bytes of a writer came.
struct Put {
    count: u64,
    /// There is no room for the next ones.
    full: bool,
}

impl<B: Backend> Pipe<B> {
    /// An empty pipe that nobody has open.
    #[must_use]
    pub fn new(backend: &Rc<B>, budget: &NearBudget, label: Label) -> Rc<Pipe<B>> {
        Rc::new(Pipe {
            backend: Rc::clone(backend),
            buffer: RefCell::new(Buffer::new(budget, label)),
            capacity: Cell::new(CAPACITY),
            ends: RefCell::default(),
            readers: Cell::new(0),
            writers: Cell::new(0),
            opens: Cell::new((0, 0)),
            hung_up: Cell::new(false),
            reading: Transfers::default(),
            writing: Transfers::default(),
            parked: RefCell::default(),
            opening: WaitList::default(),
            shown: Cell::new((0, readiness::ERR | readiness::OUT)),
        })
    }

    /// Writes `length` bytes of a request.
    ///
    /// # Errors
    /// `BrokenPipe` where nobody reads, `Again` where it would wait and `waits` is false, `Interrupted`, `BadAddress`, `NoMemory`. What was
    /// written before an error counts instead of it.
    pub async fn write(&self, request: &B::Request, length: u64, waits: bool) -> Result<u64, Error> {
        if length == 0 {
            return Ok(0);
        }
        self.resume_parked();
        let mut done = 0;
        if self.readers.get() == 0 {
            return Err(Error::BrokenPipe);
        }
        if self.writing.is_empty() {
            let put = self.put(request, 0, length);
            self.show();
            let put = put?;
            if !put.full {
                return Ok(put.count);
            }
            done = put.count;
        }
        if !waits {
            return if done > 0 { Ok(done) } else { Err(Error::Again) };
        }
        let own = Transfer::new(self.backend.token(request), length, done);
        self.writing.add(&own);
        let result = self.write_rest(&own, request).await;
        self.writing.leave(&own);
        // The next may have room now, or hear that nobody reads.
        self.writing.wake_first();
        self.show();
        match result {
            Err(error) if own.done.get() == 0 => Err(error),
            _ => Ok(own.done.get()),
        }
    }

    async fn write_rest(&self, own: &Rc<Transfer<B>>, request: &B::Request) -> Result<(), Error> {
        loop {
            own.waiter.wait(&*self.backend, request).await?;
            if own.is_done() {
                return Ok(());
            }
            if self.readers.get() == 0 {
                return Err(Error::BrokenPipe);
            }
            if !self.writing.is_first(own) {
                continue;
            }
            let put = self.put(request, own.done.get(), own.length)?;
            own.advance(put.count);
            if !put.full {
                return Ok(());
            }
        }
    }

    /// Gives bytes `from..length` of a request to waiting readers, then to the buffer.
    fn put(&self, request: &B::Request, from: u64, length: u64) -> Result<Put, Error> {
        let own = self.backend.token(request);
        let mut done = from;
        let mut buffer = self.buffer.borrow_mut();
        while done < length
            && buffer.is_empty()
            && let Some(reader) = self.reading.take_first()
        {
            let step = (length - done).min(reader.left());
            if step <= GIFT_MAX
                && let Some(bytes) = self.backend.at_hand(request, done, step as usize)
            {
                reader.give(bytes);
                done += step;
                reader.waiter.wake();
                continue;
            }
            let to = (reader.token.clone(), reader.done.get());
            let copied = self.backend.copy_between(request, (own.clone(), done), to, step);
            // A reader whose memory does not take the bytes gets them from the buffer and learns it there; one that is gone is passed over.
            let count = copied.unwrap_or(0);
            reader.advance(count);
            done += count;
            reader.waiter.wake();
            if count == 0 && copied != Err(Error::Interrupted) {
                break;
            }
        }
        let left = length - done;
        let room = self.capacity.get().saturating_sub(buffer.length());
        let step = if left <= room || length > ATOMIC {
            left.min(room)
        } else {
            0
        };
        if step > 0 {
            let appended = buffer.append(&self.backend, request, done, step, self.capacity.get());
            // Somebody still waits where a reader before could not take bytes.
            self.reading.wake_first();
            match appended {
                Ok(count) => {
                    done += count;
                    // Where not all of it could be read from the caller, the rest never can be.
                    let full = count == step && done < length;
                    return Ok(Put {
                        count: done - from,
                        full,
                    });
                }
                Err(error) if done == from => return Err(error),
                Err(_) => {
                    return Ok(Put {
                        count: done - from,
                        full: false,
                    });
                }
            }
        }
        Ok(Put {
            count: done - from,
            full: done < length,
        })
    }

    /// Bytes that a reader's memory could not take are there for the next one.
    pub fn take_back(&self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.resume_parked();
            self.buffer.borrow_mut().put_back(bytes);
            self.reading.wake_first();
            self.show();
        }
    }

    /// Reads at most `room` bytes. Zero is the end.
    ///
    /// # Errors
    /// `Again` where it would wait and `waits` is false, `Interrupted`, `BadAddress`.
    pub async fn read(&self, request: &B::Request, room: u64, waits: bool) -> Result<u64, Error> {
        if room == 0 {
            return Ok(0);
        }
        self.resume_parked();
        loop {
            let taken = self.take(request, room);
            if !self.buffer.borrow().is_empty() {
                // What is left, or could not be taken, is for the next who waits.
                self.reading.wake_first();
            }
            let count = taken?;
            if count > 0 {
                return Ok(count);
            }
            if self.writers.get() == 0 {
                return Ok(0);
            }
            if !waits {
                return Err(Error::Again);
            }
            let own = Transfer::new(self.backend.token(request), room, 0);
            self.reading.add(&own);
            let result = own.waiter.wait(&*self.backend, request).await;
            self.reading.leave(&own);
            let gift = own.take_gift();
            if !gift.is_empty() {
                let given = self.backend.give(request, 0, &gift);
                if given.is_err() {
                    self.take_back(&gift);
                }
                return given;
            }
            if own.done.get() > 0 {
                return Ok(own.done.get());
            }
            result?;
        }
    }

    /// Takes what is there: from the buffer, then from waiting writers.
    fn take(&self, request: &B::Request, room: u64) -> Result<u64, Error> {
        let mut buffer = self.buffer.borrow_mut();
        let mut done = 0;
        if !buffer.is_empty() {
            done = buffer.remove(&self.backend, request, 0, room)?;
        }
        let own = self.backend.token(request);
        while done < room
            && buffer.is_empty()
            && let Some(writer) = self.writing.first()
        {
            let step = (room - done).min(writer.left());
            let from = (writer.token.clone(), writer.done.get());
            let count = self
                .backend
                .copy_between(request, from, (own.clone(), done), step)
                .unwrap_or(0);
            writer.advance(count);
            done += count;
            if writer.is_done() {
                self.writing.leave(&writer);
                writer.waiter.wake();
            } else if count < step {
                // It finds out itself what is wrong with its memory, by way of the buffer.
                break;
            }
        }
        drop(buffer);
        self.writing.wake_first();
        self.show();
        Ok(done)
    }

    /// Bytes that can be read now.
    pub fn available(&self) -> u64 {
        let waiting: u64 = self.writing.first().map_or(0, |writer| writer.left());
        self.buffer.borrow().length() + waiting
    }

    /// How many bytes it holds.
    pub fn capacity(&self) -> u64 {
        self.capacity.get()
    }

    /// Changes how many bytes it holds, rounded up to a power of two of pages as Linux does; answers it.
    ///
    /// # Errors
    /// `InvalidArgument` for none, `NotPermitted` above the largest, `Busy` where more bytes than that are in it.
    pub fn set_capacity(&self, request: &B::Request, wanted: u64) -> Result<u64, Error> {
        if wanted == 0 || wanted > 1 << 31 {
            return Err(Error::InvalidArgument);
        }
        let capacity = wanted.max(ATOMIC).next_power_of_two();
        if capacity > CAPACITY_MAX {
            return Err(Error::NotPermitted);
        }
        {
            let mut buffer = self.buffer.borrow_mut();
            if buffer.length() > capacity {
                return Err(Error::Busy);
            }
            buffer.resize(&self.backend, request, capacity)?;
        }
        self.capacity.set(capacity);
        self.writing.wake_first();
        self.show();
        Ok(capacity)
    }

    /// Readiness bits of a new session of an open file of these ends.
    pub fn readiness(&self, direction: Direction) -> u32 {
        let (reading, writing) = self.shown.get();
        let mut bits = 0;
        if direction.reads {
            bits |= reading;
        }
        if direction.writes {
            bits |= writing;
        }
        bits
    }

    /// Tells the kernel what has become ready and what is no more.
    fn show(&self) {
        let buffer = self.buffer.borrow();
        let room = self.capacity.get().saturating_sub(buffer.length());
        let mut reading = if buffer.is_empty() { 0 } else { readiness::IN };
        if self.hung_up.get() {
            reading |= readiness::HUP;
        }
        let mut writing = if room >= ATOMIC { readiness::OUT } else { 0 };
        if self.readers.get() == 0 {
            writing |= readiness::ERR | readiness::OUT;
        }
        drop(buffer);
        let (old_reading, old_writing) = self.shown.replace((reading, writing));
        if (old_reading, old_writing) == (reading, writing) {
            return;
        }
        for end in &*self.ends.borrow() {
            let of = |bits: (u32, u32)| {
                (if end.reads { bits.0 } else { 0 }) | (if end.writes { bits.1 } else { 0 })
            };
            let (old, new) = (of((old_reading, old_writing)), of((reading, writing)));
            if old != new {
                self.backend.set_readiness(end.badge, new & !old, old & !new, 0);
            }
        }
    }
}
