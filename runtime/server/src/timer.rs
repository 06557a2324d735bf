//! Sleeping tasks: one kernel timer serves all of them, armed for the earliest.

use alloc::collections::BTreeMap;
use core::cell::{Cell, RefCell};
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use crate::error::Cancelled;
use crate::request::Request;
use crate::runtime::Runtime;
use crate::signal::tag;

/// Every sleeping task, by its time and then by its order.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    sleepers: RefCell<BTreeMap<(u64, u64), Waker>>,
    next: Cell<u64>,
    /// What the kernel's timer is armed for; 0 and `u64::MAX` are nothing.
    armed_ns: Cell<u64>,
}

impl Timers {
    fn insert(&self, deadline_ns: u64, waker: Waker) -> (u64, u64) {
        let key = (deadline_ns, self.next.get());
        self.next.set(key.1 + 1);
        self.sleepers.borrow_mut().insert(key, waker);
        key
    }

    /// Wakes whose time has come, and arms the kernel's timer for the next.
    pub fn fire(&self, runtime: &Runtime) {
        self.armed_ns.set(u64::MAX);
        let now_ns = runtime.kernel().now_ns();
        loop {
            let first = self.sleepers.borrow().first_key_value().map(|(key, _)| *key);
            match first {
                Some(key) if key.0 <= now_ns => {
                    if let Some(waker) = self.sleepers.borrow_mut().remove(&key) {
                        waker.wake();
                    }
                }
                Some(key) => return self.arm(runtime, key.0),
                None => return,
            }
        }
    }

    fn arm(&self, runtime: &Runtime, deadline_ns: u64) {
        let armed_ns = self.armed_ns.get();
        if armed_ns == 0 || deadline_ns < armed_ns {
            self.armed_ns.set(deadline_ns);
            runtime.kernel().set_timer(tag::TIMER, deadline_ns);
        }
    }
}

/// A sleep until a time of the monotonic clock.
#[derive(Debug)]
#[must_use = "a sleep happens at its await"]
pub struct Sleep<'a> {
    runtime: &'a Runtime,
    request: Option<&'a Request>,
    deadline_ns: u64,
    key: Option<(u64, u64)>,
}

impl<'a> Sleep<'a> {
    pub(crate) fn new(runtime: &'a Runtime, request: Option<&'a Request>, deadline_ns: u64) -> Sleep<'a> {
        Sleep {
            runtime,
            request,
            deadline_ns,
            key: None,
        }
    }

    fn leave(&mut self) {
        if let Some(key) = self.key.take() {
            self.runtime.timers().sleepers.borrow_mut().remove(&key);
        }
    }
}

impl Future for Sleep<'_> {
    type Output = Result<(), Cancelled>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(cancelled) = self.request.and_then(Request::cancelled) {
            self.leave();
            return Poll::Ready(Err(cancelled));
        }
        if self.runtime.kernel().now_ns() >= self.deadline_ns {
            self.leave();
            return Poll::Ready(Ok(()));
        }
        self.leave();
        let timers = self.runtime.timers();
        let key = timers.insert(self.deadline_ns, context.waker().clone());
        self.key = Some(key);
        timers.arm(self.runtime, self.deadline_ns);
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}
