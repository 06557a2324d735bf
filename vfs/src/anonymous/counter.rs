//! Counters that are written to and read from: Linux's eventfd.

use super::{Badges, Share};
use crate::backend::Backend;
use crate::error::Error;
use crate::wait::WaitList;
use alloc::rc::Rc;
use core::cell::Cell;
use trivet_abi::event::readiness;

/// The largest value.
const MAX: u64 = u64::MAX - 1;
/// Bytes of a value.
const BYTES: u64 = 8;

/// A counter.
pub struct Counter<B: Backend> {
    backend: Rc<B>,
    value: Cell<u64>,
    /// A read takes one.
    semaphore: bool,
    readers: WaitList,
    writers: WaitList,
    badges: Badges,
    _share: Share,
}

impl<B: Backend> Counter<B> {
    /// A counter with this value.
    #[must_use]
    pub fn new(backend: &Rc<B>, value: u32, semaphore: bool, share: Share) -> Rc<Counter<B>> {
        Rc::new(Counter {
            backend: Rc::clone(backend),
            value: Cell::new(u64::from(value)),
            semaphore,
            readers: WaitList::default(),
            writers: WaitList::default(),
            badges: Badges::default(),
            _share: share,
        })
    }

    /// Takes the value, or one of it.
    ///
    /// # Errors
    /// `InvalidArgument` without room for it, `Again`, `Interrupted`, `BadAddress`.
    pub async fn read(&self, request: &B::Request, room: u64, waits: bool) -> Result<u64, Error> {
        if room < BYTES {
            return Err(Error::InvalidArgument);
        }
        while self.value.get() == 0 {
            if !waits {
                return Err(Error::Again);
            }
            self.readers.wait(&*self.backend, request).await?;
        }
        let value = self.value.get();
        let taken = if self.semaphore { 1 } else { value };
        self.backend.give(request, 0, &taken.to_ne_bytes())?;
        self.value.set(value - taken);
        self.show(value);
        self.writers.wake_all();
        if taken < value {
            self.readers.wake_one();
        }
        Ok(BYTES)
    }

    /// Adds the value that the request brings.
    ///
    /// # Errors
    /// `InvalidArgument` for fewer than eight bytes and for the value of all ones, `Again`, `Interrupted`, `BadAddress`.
    pub async fn write(&self, request: &B::Request, length: u64, waits: bool) -> Result<u64, Error> {
        let mut bytes = [0; BYTES as usize];
        if length < BYTES || self.backend.take(request, 0, &mut bytes)? < bytes.len() {
            return Err(Error::InvalidArgument);
        }
        let more = u64::from_ne_bytes(bytes);
        if more > MAX {
            return Err(Error::InvalidArgument);
        }
        while self.value.get() > MAX - more {
            if !waits {
                return Err(Error::Again);
            }
            self.writers.wait(&*self.backend, request).await?;
        }
        let value = self.value.get();
        self.value.set(value + more);
        self.show(value);
        if more > 0 {
            self.readers.wake_all();
        }
        Ok(BYTES)
    }

    /// A value that did not reach its reader is there again.
    pub fn take_back(&self, bytes: &[u8]) {
        if let Ok(bytes) = bytes.try_into() {
            let value = self.value.get();
            self.value
                .set(value.saturating_add(u64::from_ne_bytes(bytes)).min(MAX));
            self.show(value);
            self.readers.wake_all();
        }
    }

    /// Readiness of a new session.
    pub fn readiness(&self) -> u32 {
        bits(self.value.get())
    }

    /// An open file more.
    pub fn opened(&self, badge: u64) {
        self.badges.add(badge);
    }

    /// An open file less.
    pub fn closed(&self, badge: u64) {
        self.badges.remove(badge);
    }

    /// Tells of a change. Each growth counts, also where the counter could be read before: who waits for edges hears of every write.
    fn show(&self, before: u64) {
        let value = self.value.get();
        let (old, new) = (bits(before), bits(value));
        let pulse = if value > before { readiness::IN } else { 0 };
        if old != new || pulse != 0 {
            self.badges
                .show(&*self.backend, new & !old, old & !new, pulse & !(new & !old));
        }
    }
}

/// What a counter with this value is ready for.
fn bits(value: u64) -> u32 {
    let mut bits = 0;
    if value > 0 {
        bits |= readiness::IN;
    }
    if value < MAX {
        bits |= readiness::OUT;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::super::Allowance;
    use super::*;
    use crate::testing::{FakeBackend, FakeRequest, Tasks, run};

    fn counter(value: u32, semaphore: bool) -> (Rc<FakeBackend>, Rc<Counter<FakeBackend>>) {
        let backend = Rc::new(FakeBackend::default());
        let share = Allowance::new(1).take(0, 1).unwrap();
        let made = Counter::new(&backend, value, semaphore, share);
        (backend, made)
    }

    fn read(counter: &Counter<FakeBackend>) -> Result<u64, Error> {
        let request = FakeRequest::with_room(8);
        run(counter.read(&request, 8, false))?;
        Ok(u64::from_ne_bytes(request.received(8).try_into().unwrap()))
    }

    fn write(counter: &Counter<FakeBackend>, value: u64) -> Result<u64, Error> {
        run(counter.write(&FakeRequest::sending(&value.to_ne_bytes()), 8, false))
    }

    #[test]
    fn a_read_takes_all_and_of_a_semaphore_one() {
        let (_, plain) = counter(3, false);
        assert_eq!(read(&plain), Ok(3));
        assert_eq!(read(&plain), Err(Error::Again));
        let (_, semaphore) = counter(2, true);
        assert_eq!(read(&semaphore), Ok(1));
        assert_eq!(read(&semaphore), Ok(1));
        assert_eq!(read(&semaphore), Err(Error::Again));
    }

    #[test]
    fn a_full_counter_takes_no_more_and_all_ones_are_no_value() {
        let (backend, counter) = counter(0, false);
        counter.opened(5);
        assert_eq!(write(&counter, u64::MAX), Err(Error::InvalidArgument));
        assert_eq!(write(&counter, MAX), Ok(8));
        assert_eq!(write(&counter, 1), Err(Error::Again));
        assert_eq!(backend.readiness.borrow()[&5] & readiness::OUT, 0);
        assert_eq!(read(&counter), Ok(MAX));
        assert_eq!(counter.readiness(), readiness::OUT);
    }

    #[test]
    fn a_waiting_reader_gets_what_is_written() {
        let (_, counter) = counter(0, false);
        let request = FakeRequest::with_room(8);
        let mut tasks = Tasks::default();
        tasks.start(async {
            assert_eq!(counter.read(&request, 8, true).await, Ok(8));
        });
        tasks.start(async {
            write(&counter, 9).unwrap();
        });
        tasks.settle();
        assert_eq!(request.received(8), 9u64.to_ne_bytes());
    }

    #[test]
    fn short_buffers_are_refused() {
        let (_, counter) = counter(1, false);
        assert_eq!(
            run(counter.read(&FakeRequest::with_room(7), 7, false)),
            Err(Error::InvalidArgument)
        );
        assert_eq!(
            run(counter.write(&FakeRequest::sending(&[0; 7]), 7, false)),
            Err(Error::InvalidArgument)
        );
    }
}
