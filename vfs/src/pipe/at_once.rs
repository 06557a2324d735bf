//! The straight path of pipes: what needs no wait, and the wait that most often comes: one reader of an empty pipe. It is parked
//! ([`Backend::park`]), and a writer whose few bytes came with its message answers it with them. Whatever else happens to the pipe meanwhile
//! sends the reader to [`Pipe::read`] first, which begins from the start.

use super::{GIFT_MAX, Pipe};
use crate::backend::Backend;
use crate::error::Error;

/// What became of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadNow {
    /// So many bytes are in its room.
    Done(u64),
    /// It waits, parked.
    Parked,
}

/// What became of a write.
#[derive(Debug)]
pub enum WriteNow<B: Backend> {
    /// So many bytes are in the pipe.
    Done(u64),
    /// So many bytes are the answer of this reader.
    Given(u64, B::Parked),
}

impl<B: Backend> Pipe<B> {
    /// As [`Pipe::read`]. None: nothing was done, and that has to do it.
    pub fn read_at_once(
        &self,
        request: &B::Request,
        room: u64,
        waits: bool,
    ) -> Option<Result<ReadNow, Error>> {
        // Whoever waited before goes before.
        if self.parked.take().is_some() || room == 0 || !self.reading.is_empty() || !self.writing.is_empty() {
            return None;
        }
        if !self.buffer.borrow().is_empty() {
            return match self.take(request, room) {
                // Nothing that can be said here: the whole way says it.
                Ok(0) => None,
                taken => Some(taken.map(ReadNow::Done)),
            };
        }
        if self.writers.get() == 0 {
            return Some(Ok(ReadNow::Done(0)));
        }
        if !waits {
            return Some(Err(Error::Again));
        }
        self.parked.replace(Some(self.backend.park(request)));
        Some(Ok(ReadNow::Parked))
    }

    /// As [`Pipe::write`]. None: nothing was done, and that has to do it.
    pub fn write_at_once(&self, request: &B::Request, length: u64) -> Option<Result<WriteNow<B>, Error>> {
        // Where it is not for this reader, that waits as any other before the write begins.
        let parked = self.parked.take();
        if length == 0 || length > GIFT_MAX || self.readers.get() == 0 || !self.writing.is_empty() {
            return None;
        }
        let bytes = self.backend.at_hand(request, 0, length as usize)?;
        if let Some(parked) = parked
            && let Some(room) = self.backend.parked_room(&parked)
        {
            if length > room {
                return None;
            }
            self.backend.give_parked(&parked, bytes);
            return Some(Ok(WriteNow::Given(length, parked)));
        }
        let left = self.capacity.get().saturating_sub(self.buffer.borrow().length());
        if !self.reading.is_empty() || length > left {
            return None;
        }
        let put = self.put(request, 0, length);
        self.show();
        Some(put.map(|put| WriteNow::Done(put.count)))
    }

    /// A reader that is parked waits as any other from now on.
    pub fn resume_parked(&self) {
        drop(self.parked.take());
    }
}
