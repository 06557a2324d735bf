//! A reader-writer lock: one word counts the readers or says that a writer has the lock, with a bit each for waiting readers
//! and writers; a second word is what writers sleep on.

use crate::{AtomicU32, Ended, Futex, Ordering};

/// The count of readers, or `WRITTEN`.
const HOLDERS: u32 = 0x3fff_ffff;
/// A writer has the lock.
const WRITTEN: u32 = HOLDERS;
const MOST_READERS: u32 = HOLDERS - 1;
const READERS_WAIT: u32 = 1 << 30;
const WRITERS_WAIT: u32 = 1 << 31;

/// Why an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Others have it.
    Taken,
    /// It has as many readers as it can count.
    TooManyReaders,
    /// The time was over.
    TimedOut,
}

/// The words of a lock, and who goes first.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// The holders and the marks of those who wait. 0 is free.
    pub state: &'a AtomicU32,
    /// Changes whenever a writer may go on.
    pub writer_news: &'a AtomicU32,
    /// Whether a waiting writer keeps new readers out.
    pub writers_first: bool,
}

impl Words<'_> {
    /// Whether a reader may enter now.
    fn is_readable(self, state: u32) -> bool {
        state & HOLDERS < MOST_READERS && !(self.writers_first && state & WRITERS_WAIT != 0)
    }

    /// Takes the lock for reading if that needs no wait.
    #[inline]
    pub fn try_read(self) -> Result<(), Refused> {
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            if state & HOLDERS == MOST_READERS {
                return Err(Refused::TooManyReaders);
            }
            if !self.is_readable(state) {
                return Err(Refused::Taken);
            }
            match self
                .state
                .compare_exchange_weak(state, state + 1, Ordering::Acquire, Ordering::Relaxed)
            {
                Ok(_) => return Ok(()),
                Err(now) => state = now,
            }
        }
    }

    /// Takes the lock for reading.
    pub fn read(self, futex: &impl Futex) -> Result<(), Refused> {
        loop {
            match self.try_read() {
                Err(Refused::Taken) => {}
                other => return other,
            }
            let state = self.state.load(Ordering::Relaxed);
            if self.is_readable(state) || state & HOLDERS == MOST_READERS {
                continue;
            }
            let marked = state | READERS_WAIT;
            if state != marked
                && self
                    .state
                    .compare_exchange(state, marked, Ordering::Relaxed, Ordering::Relaxed)
                    .is_err()
            {
                continue;
            }
            if futex.wait(self.state, marked) == Ended::TimedOut {
                return Err(Refused::TimedOut);
            }
        }
    }

    /// Takes the lock for writing if that needs no wait.
    #[inline]
    pub fn try_write(self) -> Result<(), Refused> {
        let mut state = self.state.load(Ordering::Relaxed);
        while state & HOLDERS == 0 {
            match self.state.compare_exchange_weak(
                state,
                state | WRITTEN,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Ok(()),
                Err(now) => state = now,
            }
        }
        Err(Refused::Taken)
    }

    /// Takes the lock for writing.
    pub fn write(self, futex: &impl Futex) -> Result<(), Refused> {
        // Once this thread has slept, others may sleep too: it keeps their mark.
        let mut others = 0;
        loop {
            let state = self.state.load(Ordering::Relaxed);
            if state & HOLDERS == 0 {
                let new = state | WRITTEN | others;
                if self
                    .state
                    .compare_exchange(state, new, Ordering::Acquire, Ordering::Relaxed)
                    .is_ok()
                {
                    return Ok(());
                }
                continue;
            }
            if state & WRITERS_WAIT == 0
                && self
                    .state
                    .compare_exchange(state, state | WRITERS_WAIT, Ordering::Relaxed, Ordering::Relaxed)
                    .is_err()
            {
                continue;
            }
            others = WRITERS_WAIT;
            let news = self.writer_news.load(Ordering::Acquire);
            // The lock may have become free since: then whoever freed it has changed, or will change, the news.
            let state = self.state.load(Ordering::Relaxed);
            if state & HOLDERS == 0 || state & WRITERS_WAIT == 0 {
                continue;
            }
            if futex.wait(self.writer_news, news) == Ended::TimedOut {
                // Readers may wait for this writer only: let them look again.
                self.look_again(futex);
                return Err(Refused::TimedOut);
            }
        }
    }

    /// A writer gives up: the mark may have been its own. Everybody who sleeps looks again and marks anew.
    fn look_again(self, futex: &impl Futex) {
        let state = self
            .state
            .fetch_and(!(WRITERS_WAIT | READERS_WAIT), Ordering::AcqRel);
        self.writer_news.fetch_add(1, Ordering::Release);
        futex.wake(self.writer_news, u32::MAX);
        if state & READERS_WAIT != 0 {
            futex.wake(self.state, u32::MAX);
        }
    }

    /// Whether a writer has the lock.
    #[inline]
    pub fn is_written(self) -> bool {
        self.state.load(Ordering::Relaxed) & HOLDERS == WRITTEN
    }

    /// Gives the lock back, for its writer.
    #[inline]
    pub fn unlock_written(self, futex: &impl Futex) {
        let state = self.state.fetch_and(!HOLDERS, Ordering::Release) & !HOLDERS;
        self.left(state, futex);
    }

    /// Gives the lock back, for one of its readers. `false`: it has none.
    #[inline]
    pub fn unlock_read(self, futex: &impl Futex) -> bool {
        if self.state.load(Ordering::Relaxed) & HOLDERS == 0 {
            return false;
        }
        let state = self.state.fetch_sub(1, Ordering::Release) - 1;
        self.left(state, futex);
        true
    }

    #[inline]
    fn left(self, state: u32, futex: &impl Futex) {
        if state & HOLDERS == 0 && state & (READERS_WAIT | WRITERS_WAIT) != 0 {
            self.wake(state, futex);
        }
    }

    /// The lock has become free with waiters: wakes one writer if there is one, and the readers when they go
    /// first or no writer slept. Ends when somebody else has taken the lock, who will do this in turn.
    #[cold]
    fn wake(self, mut state: u32, futex: &impl Futex) {
        while state & HOLDERS == 0 && state & (READERS_WAIT | WRITERS_WAIT) != 0 {
            let readers = state & READERS_WAIT != 0;
            let writers = state & WRITERS_WAIT != 0;
            let woken = if writers && (self.writers_first || !readers) {
                WRITERS_WAIT
            } else {
                READERS_WAIT
            };
            if let Err(now) =
                self.state
                    .compare_exchange(state, state & !woken, Ordering::Relaxed, Ordering::Relaxed)
            {
                state = now;
                continue;
            }
            if woken == WRITERS_WAIT {
                // A writer that wakes sets the mark again for those who sleep on.
                self.writer_news.fetch_add(1, Ordering::Release);
                if futex.wake(self.writer_news, 1) > 0 {
                    return;
                }
            } else {
                futex.wake(self.state, u32::MAX);
            }
            state = self.state.load(Ordering::Relaxed);
        }
    }
}

#[cfg(all(test, loom))]
mod models {
    use super::*;
    use crate::model::{self, ModelFutex};
    use loom::cell::UnsafeCell;
    use loom::sync::Arc;

    struct Shared {
        futex: ModelFutex,
        state: AtomicU32,
        writer_news: AtomicU32,
        writers_first: bool,
        data: UnsafeCell<u32>,
    }

    impl Shared {
        fn new(writers_first: bool) -> Arc<Shared> {
            Arc::new(Shared {
                futex: ModelFutex::new(),
                state: AtomicU32::new(0),
                writer_news: AtomicU32::new(0),
                writers_first,
                data: UnsafeCell::new(0),
            })
        }

        fn words(&self) -> Words<'_> {
            Words {
                state: &self.state,
                writer_news: &self.writer_news,
                writers_first: self.writers_first,
            }
        }

        fn write(&self, futex: &impl Futex) -> bool {
            if self.words().write(futex).is_err() {
                return false;
            }
            // SAFETY: the lock is held for writing; the cell itself checks it.
            self.data.with_mut(|data| unsafe { *data += 1 });
            self.words().unlock_written(&self.futex);
            true
        }

        fn read(&self, futex: &impl Futex) -> Option<u32> {
            self.words().read(futex).ok()?;
            // SAFETY: the lock is held for reading; the cell itself checks it.
            let seen = self.data.with(|data| unsafe { *data });
            assert!(self.words().unlock_read(&self.futex));
            Some(seen)
        }
    }

    #[test]
    fn two_writers_and_a_reader_end() {
        for writers_first in [false, true] {
            model::check(2, move || {
                let shared = Shared::new(writers_first);
                let writers = [(), ()].map(|()| {
                    let shared = shared.clone();
                    loom::thread::spawn(move || assert!(shared.write(&shared.futex)))
                });
                shared.read(&shared.futex).unwrap();
                for writer in writers {
                    writer.join().unwrap();
                }
                assert_eq!(shared.read(&shared.futex), Some(2));
            });
        }
    }

    #[test]
    fn two_readers_and_a_writer_end() {
        for writers_first in [false, true] {
            model::check(2, move || {
                let shared = Shared::new(writers_first);
                let readers = [(), ()].map(|()| {
                    let shared = shared.clone();
                    loom::thread::spawn(move || shared.read(&shared.futex).unwrap())
                });
                assert!(shared.write(&shared.futex));
                for reader in readers {
                    reader.join().unwrap();
                }
            });
        }
    }

    #[test]
    fn a_writer_that_gives_up_holds_nobody_back() {
        for writers_first in [false, true] {
            model::check(2, move || {
                let shared = Shared::new(writers_first);
                let hasty = {
                    let shared = shared.clone();
                    loom::thread::spawn(move || shared.write(&shared.futex.with_time_limit()))
                };
                let reader = {
                    let shared = shared.clone();
                    loom::thread::spawn(move || shared.read(&shared.futex).unwrap())
                };
                assert!(shared.write(&shared.futex));
                let wrote = 1 + u32::from(hasty.join().unwrap());
                reader.join().unwrap();
                assert_eq!(shared.read(&shared.futex), Some(wrote));
            });
        }
    }

    #[test]
    fn a_reader_that_gives_up_holds_nobody_back() {
        model::check(2, || {
            let shared = Shared::new(false);
            let hasty = {
                let shared = shared.clone();
                loom::thread::spawn(move || shared.read(&shared.futex.with_time_limit()))
            };
            let writer = {
                let shared = shared.clone();
                loom::thread::spawn(move || assert!(shared.write(&shared.futex)))
            };
            assert!(shared.write(&shared.futex));
            hasty.join().unwrap();
            writer.join().unwrap();
            assert_eq!(shared.read(&shared.futex), Some(2));
        });
    }
}
