//! Timers whose expirations are read: Linux's timerfd. One task of the server sleeps until the earliest of all of them.
//!
//! A timer that fired is not armed again before somebody has read it, so that an interval of a nanosecond costs nobody anything; how often it
//! would have fired is reckoned when it is read.

use super::{Badges, Share};
use crate::backend::Backend;
use crate::error::Error;
use crate::wait::WaitList;
use alloc::collections::BTreeMap;
use alloc::rc::{Rc, Weak};
use core::cell::{Cell, RefCell};
use trivet_abi::event::readiness;

/// Bytes of a count of expirations.
const BYTES: u64 = 8;

/// Which clock a timer goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockKind {
    /// Real time.
    Real,
    /// Monotonic time; boot time is the same here, because the machine never sleeps.
    Monotonic,
}

/// When a timer is due, and its number.
type Due = (u64, u64);

/// All timers that are armed, by the monotonic time when they are due.
pub struct Timers<B: Backend> {
    backend: Rc<B>,
    due: RefCell<BTreeMap<Due, Weak<Timer<B>>>>,
    next_number: Cell<u64>,
    /// Wakes the task that sleeps: something is due earlier.
    pub changed: WaitList,
}

/// One timer.
pub struct Timer<B: Backend> {
    timers: Rc<Timers<B>>,
    number: u64,
    clock: ClockKind,
    /// When it is due next, in monotonic time; 0: it is not armed.
    first_ns: Cell<u64>,
    /// 0: once.
    interval_ns: Cell<u64>,
    readers: WaitList,
    badges: Badges,
    _share: Share,
}

impl<B: Backend> Timers<B> {
    /// No timers.
    #[must_use]
    pub fn new(backend: &Rc<B>) -> Rc<Timers<B>> {
        Rc::new(Timers {
            backend: Rc::clone(backend),
            due: RefCell::default(),
            next_number: Cell::new(0),
            changed: WaitList::default(),
        })
    }

    /// A timer that is not armed.
    #[must_use]
    pub fn make(self: &Rc<Timers<B>>, clock: ClockKind, share: Share) -> Rc<Timer<B>> {
        let number = self.next_number.get();
        self.next_number.set(number + 1);
        Rc::new(Timer {
            timers: Rc::clone(self),
            number,
            clock,
            first_ns: Cell::new(0),
            interval_ns: Cell::new(0),
            readers: WaitList::default(),
            badges: Badges::default(),
            _share: share,
        })
    }

    /// Fires what is due, and answers when to look again, in monotonic time.
    pub fn ring(&self) -> u64 {
        loop {
            let next = self.due.borrow().first_key_value().map(|(&key, _)| key);
            let Some(key) = next else { return u64::MAX };
            if key.0 > self.backend.monotonic_ns() {
                return key.0;
            }
            let timer = self.due.borrow_mut().remove(&key);
            if let Some(timer) = timer.and_then(|timer| timer.upgrade()) {
                timer.badges.show(&*self.backend, readiness::IN, 0, 0);
                timer.readers.wake_all();
            }
        }
    }
}

impl<B: Backend> Timer<B> {
    fn backend(&self) -> &B {
        &self.timers.backend
    }

    /// Arms it, or with 0 disarms it; expirations that nobody read are forgotten. An absolute time is one of its clock. Answers what was set, relative to now.
    pub fn set(self: &Rc<Timer<B>>, absolute: bool, first_ns: u64, interval_ns: u64) -> (u64, u64) {
        let old = self.setting();
        let now = self.backend().monotonic_ns();
        let due = match (first_ns, absolute, self.clock) {
            (0, ..) => 0,
            (time, true, ClockKind::Monotonic) => time,
            // What is past is due at once; no time of the monotonic clock is 0.
            (time, true, ClockKind::Real) => now
                .saturating_add(time)
                .saturating_sub(self.backend().now_ns())
                .max(1),
            (time, false, _) => now.saturating_add(time),
        };
        self.disarm();
        self.badges.show(self.backend(), 0, readiness::IN, 0);
        self.first_ns.set(due);
        self.interval_ns.set(interval_ns);
        self.arm();
        old
    }

    fn arm(self: &Rc<Timer<B>>) {
        let due = self.first_ns.get();
        if due == 0 {
            return;
        }
        let mut all = self.timers.due.borrow_mut();
        let is_first = all.first_key_value().is_none_or(|(key, _)| due < key.0);
        all.insert((due, self.number), Rc::downgrade(self));
        drop(all);
        if is_first {
            self.timers.changed.wake_all();
        }
    }

    fn disarm(&self) {
        self.timers
            .due
            .borrow_mut()
            .remove(&(self.first_ns.get(), self.number));
    }

    /// How long until it is due next, and its interval. Zero: it is not armed.
    pub fn setting(&self) -> (u64, u64) {
        let (first, interval) = (self.first_ns.get(), self.interval_ns.get());
        let now = self.backend().monotonic_ns();
        let left = match (first, interval) {
            (0, _) => 0,
            (first, _) if first > now => first - now,
            (_, 0) => 0,
            (first, interval) => interval - (now - first) % interval,
        };
        (left, interval)
    }

    /// How often it has expired since it was read or set.
    fn expirations(&self) -> u64 {
        let (first, interval) = (self.first_ns.get(), self.interval_ns.get());
        let now = self.backend().monotonic_ns();
        if first == 0 || now < first {
            return 0;
        }
        (now - first)
            .checked_div(interval)
            .map_or(1, |more| more.saturating_add(1))
    }

    /// Takes the number of expirations.
    ///
    /// # Errors
    /// `InvalidArgument` without room for it, `Again`, `Interrupted`, `BadAddress`.
    pub async fn read(
        self: &Rc<Timer<B>>,
        request: &B::Request,
        room: u64,
        waits: bool,
    ) -> Result<u64, Error> {
        if room < BYTES {
            return Err(Error::InvalidArgument);
        }
        let count = loop {
            match self.expirations() {
                0 if !waits => return Err(Error::Again),
                0 => self.readers.wait(self.backend(), request).await?,
                count => break count,
            }
        };
        self.backend().give(request, 0, &count.to_ne_bytes())?;
        self.disarm();
        self.badges.show(self.backend(), 0, readiness::IN, 0);
        match self.interval_ns.get() {
            0 => self.first_ns.set(0),
            interval => {
                let step = interval.saturating_mul(count);
                self.first_ns.set(self.first_ns.get().saturating_add(step));
            }
        }
        self.arm();
        Ok(BYTES)
    }

    /// Readiness of a new session.
    pub fn readiness(&self) -> u32 {
        if self.expirations() > 0 { readiness::IN } else { 0 }
    }

    /// An open file more.
    pub fn opened(&self, badge: u64) {
        self.badges.add(badge);
    }

    /// An open file less.
    pub fn closed(&self, badge: u64) {
        self.badges.remove(badge);
    }
}

impl<B: Backend> Drop for Timer<B> {
    fn drop(&mut self) {
        self.disarm();
    }
}

#[cfg(test)]
mod tests {
    use super::super::Allowance;
    use super::*;
    use crate::testing::{FakeBackend, FakeRequest, run};

    fn timer() -> (Rc<FakeBackend>, Rc<Timers<FakeBackend>>, Rc<Timer<FakeBackend>>) {
        let backend = Rc::new(FakeBackend::default());
        backend.monotonic.set(1000);
        let timers = Timers::new(&backend);
        let share = Allowance::new(1).take(0, 1).unwrap();
        let made = timers.make(ClockKind::Monotonic, share);
        made.opened(4);
        (backend, timers, made)
    }

    fn read(timer: &Rc<Timer<FakeBackend>>) -> Result<u64, Error> {
        let request = FakeRequest::with_room(8);
        run(timer.read(&request, 8, false))?;
        Ok(u64::from_ne_bytes(request.received(8).try_into().unwrap()))
    }

    #[test]
    fn a_timer_fires_once_and_is_disarmed_then() {
        let (backend, timers, timer) = timer();
        assert_eq!(timer.set(false, 500, 0), (0, 0));
        assert_eq!(timers.ring(), 1500);
        assert_eq!(read(&timer), Err(Error::Again));
        assert_eq!(timer.setting(), (500, 0));
        backend.monotonic.set(1500);
        assert_eq!(timers.ring(), u64::MAX);
        assert_eq!(backend.readiness.borrow()[&4], readiness::IN);
        assert_eq!(read(&timer), Ok(1));
        assert_eq!(backend.readiness.borrow()[&4], 0);
        assert_eq!(timer.setting(), (0, 0));
        assert_eq!(read(&timer), Err(Error::Again));
    }

    #[test]
    fn expirations_that_nobody_read_are_counted() {
        let (backend, timers, timer) = timer();
        timer.set(true, 1100, 10);
        backend.monotonic.set(1135);
        assert_eq!(timers.ring(), u64::MAX);
        assert_eq!(read(&timer), Ok(4));
        assert_eq!(timers.ring(), 1140);
        assert_eq!(timer.setting(), (5, 10));
    }

    #[test]
    fn a_new_setting_forgets_what_has_expired() {
        let (backend, timers, timer) = timer();
        timer.set(false, 10, 10);
        backend.monotonic.set(1100);
        timers.ring();
        assert_eq!(timer.set(false, 50, 0).1, 10);
        assert_eq!(read(&timer), Err(Error::Again));
        assert_eq!(timers.ring(), 1150);
        timer.set(false, 0, 0);
        assert_eq!(timers.ring(), u64::MAX);
    }

    #[test]
    fn a_timer_that_is_closed_is_due_no_more() {
        let (_, timers, timer) = timer();
        timer.set(false, 10, 0);
        drop(timer);
        assert_eq!(timers.ring(), u64::MAX);
    }
}
