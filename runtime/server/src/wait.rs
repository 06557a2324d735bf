//! Waiting for something that another task of this server does: data in a pipe, room, a lock.
//!
//! ```text
//! while pipe.is_empty() {
//!     pipe.readers.wait(request).await?; // Err(Cancelled) when a signal or death ends the wait
//! }
//! ```
//! Nothing can happen between a check and the `wait` behind it, because a server has one thread.

use alloc::collections::VecDeque;
use alloc::rc::Rc;
use core::cell::{Cell, RefCell};
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use crate::error::Cancelled;
use crate::request::Request;

/// Tasks that wait, in the order in which they came.
#[derive(Debug, Default)]
pub struct WaitQueue {
    waiters: RefCell<VecDeque<Rc<Waiter>>>,
}

#[derive(Debug)]
struct Waiter {
    woken: Cell<bool>,
    waker: RefCell<Waker>,
}

impl WaitQueue {
    /// An empty queue.
    #[must_use]
    pub fn new() -> WaitQueue {
        WaitQueue::default()
    }

    /// Waits on behalf of a request until it is woken, or the request is cancelled.
    pub fn wait<'a>(&'a self, request: &'a Request) -> Wait<'a> {
        Wait {
            queue: self,
            request: Some(request),
            waiter: None,
        }
    }

    /// Waits in a background task; nothing cancels it.
    pub fn wait_in_background(&self) -> Wait<'_> {
        Wait {
            queue: self,
            request: None,
            waiter: None,
        }
    }

    /// Wakes the one that has waited longest; false when nobody waits.
    pub fn wake_one(&self) -> bool {
        let waiter = self.waiters.borrow_mut().pop_front();
        match waiter {
            Some(waiter) => {
                waiter.wake();
                true
            }
            None => false,
        }
    }

    /// Wakes everybody who waits now.
    pub fn wake_all(&self) {
        let waiters = self.waiters.take();
        for waiter in waiters {
            waiter.wake();
        }
    }

    /// Whether nobody waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiters.borrow().is_empty()
    }
}

impl Waiter {
    fn wake(&self) {
        self.woken.set(true);
        self.waker.borrow().wake_by_ref();
    }
}

/// A wait in a [`WaitQueue`].
#[derive(Debug)]
#[must_use = "a wait happens at its await"]
pub struct Wait<'a> {
    queue: &'a WaitQueue,
    request: Option<&'a Request>,
    waiter: Option<Rc<Waiter>>,
}

impl Wait<'_> {
    fn leave(&mut self) {
        if let Some(waiter) = self.waiter.take() {
            self.queue
                .waiters
                .borrow_mut()
                .retain(|other| !Rc::ptr_eq(other, &waiter));
        }
    }
}

impl Future for Wait<'_> {
    type Output = Result<(), Cancelled>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // A wake that came together with a cancel counts: the cancel is seen at the next wait.
        if self.waiter.as_ref().is_some_and(|waiter| waiter.woken.get()) {
            self.waiter = None;
            return Poll::Ready(Ok(()));
        }
        if let Some(cancelled) = self.request.and_then(Request::cancelled) {
            self.leave();
            return Poll::Ready(Err(cancelled));
        }
        match &self.waiter {
            Some(waiter) => waiter.waker.borrow_mut().clone_from(context.waker()),
            None => {
                let waiter = Rc::new(Waiter {
                    woken: Cell::new(false),
                    waker: RefCell::new(context.waker().clone()),
                });
                self.queue.waiters.borrow_mut().push_back(waiter.clone());
                self.waiter = Some(waiter);
            }
        }
        Poll::Pending
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        // A wake that nobody took goes to the next in the queue.
        if self.waiter.as_ref().is_some_and(|waiter| waiter.woken.get()) {
            self.queue.wake_one();
        } else {
            self.leave();
        }
    }
}
