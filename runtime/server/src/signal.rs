//! Sources that fire: interrupts, timers, WaitSets, memory events. Each is bound to the server's endpoint with the cookie
//! of a [`Signal`], and a task waits for it.

use alloc::rc::{Rc, Weak};
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use crate::error::Cancelled;
use crate::request::Request;
use crate::wait::WaitQueue;

/// What the top byte of a cookie says it is; services choose cookies of their own below `FIRST`.
pub(crate) mod tag {
    /// Mask of the tag.
    pub const MASK: u64 = 0xff << 56;
    /// A [`super::Signal`].
    pub const SIGNAL: u64 = 0xf1 << 56;
    /// An asynchronous call.
    pub const CALL: u64 = 0xf2 << 56;
    /// The executor's timer.
    pub const TIMER: u64 = 0xf3 << 56;
}

/// One bound source.
#[derive(Debug)]
pub struct Signal {
    cookie: u64,
    count: Cell<u64>,
    words: Cell<[u64; 6]>,
    waiting: WaitQueue,
}

impl Signal {
    /// What to bind the source with.
    #[must_use]
    pub fn cookie(&self) -> u64 {
        self.cookie
    }

    /// Takes how often it fired since the last call (or the bits that it reported), without waiting.
    #[must_use]
    pub fn take(&self) -> u64 {
        self.count.replace(0)
    }

    /// The words of the last event.
    #[must_use]
    pub fn words(&self) -> [u64; 6] {
        self.words.get()
    }

    /// Waits in a background task until it fires; answers how often.
    pub async fn wait(&self) -> u64 {
        loop {
            match self.take() {
                // Nothing cancels a background wait.
                0 => drop(self.waiting.wait_in_background().await),
                count => return count,
            }
        }
    }

    /// Waits on behalf of a request until it fires.
    pub async fn wait_for(&self, request: &Request) -> Result<u64, Cancelled> {
        loop {
            match self.take() {
                0 => self.waiting.wait(request).await?,
                count => return Ok(count),
            }
        }
    }

    fn fire(&self, count: u64, words: [u64; 6]) {
        self.count.set(self.count.get().saturating_add(count));
        self.words.set(words);
        self.waiting.wake_all();
    }
}

/// Every signal of a server, by cookie.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    slots: RefCell<Vec<(u32, Weak<Signal>)>>,
}

impl Signals {
    /// A new signal. A slot whose signal is gone is used again under another generation, so that an old cookie fires nothing.
    pub fn create(&self) -> Rc<Signal> {
        let mut slots = self.slots.borrow_mut();
        let index = slots
            .iter()
            .position(|(_, signal)| signal.strong_count() == 0)
            .unwrap_or_else(|| {
                slots.push((0, Weak::new()));
                slots.len() - 1
            });
        let slot = &mut slots[index];
        slot.0 = (slot.0 + 1) & 0xff_ffff;
        let cookie = tag::SIGNAL | u64::from(slot.0) << 32 | index as u64;
        let signal = Rc::new(Signal {
            cookie,
            count: Cell::new(0),
            words: Cell::new([0; 6]),
            waiting: WaitQueue::new(),
        });
        slot.1 = Rc::downgrade(&signal);
        signal
    }

    /// Fires the signal with this cookie, if it still lives.
    pub fn fire(&self, cookie: u64, count: u64, words: [u64; 6]) {
        let signal = usize::try_from(cookie & 0xffff_ffff).ok().and_then(|index| {
            self.slots
                .borrow()
                .get(index)
                .and_then(|(_, signal)| signal.upgrade())
        });
        if let Some(signal) = signal.filter(|signal| signal.cookie == cookie) {
            signal.fire(count, words);
        }
    }
}
