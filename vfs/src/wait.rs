//! Waiting inside of the file server: for bytes in a pipe, for room, for a lock, for somebody who opens the other end.
//!
//! The server has one thread, so nothing can happen between a check and the wait behind it. A cancel (a signal, the caller's death) ends a wait
//! with an error; a wake that came together with a cancel counts as a wake, so that nothing that was handed over is lost.

use crate::backend::Backend;
use crate::error::Error;
use alloc::collections::VecDeque;
use alloc::rc::Rc;
use core::cell::{Cell, RefCell};
use core::future::poll_fn;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};

/// One request that waits, or will.
#[derive(Debug, Default)]
pub struct Waiter {
    woken: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Waiter {
    /// Lets the request go on.
    pub fn wake(&self) {
        self.woken.set(true);
        if let Some(waker) = &*self.waker.borrow() {
            waker.wake_by_ref();
        }
    }

    /// Waits until [`Waiter::wake`]; one that came before counts.
    ///
    /// # Errors
    /// `Interrupted` after a signal or the caller's death, `Again` where too many requests of the account wait.
    pub fn wait<'a, B: Backend>(&'a self, backend: &'a B, request: &'a B::Request) -> Waiting<'a, B> {
        Waiting {
            waiter: self,
            backend,
            request,
        }
    }
}

/// A wait: see [`Waiter::wait`].
#[must_use = "a wait happens at its await"]
pub struct Waiting<'a, B: Backend> {
    waiter: &'a Waiter,
    backend: &'a B,
    request: &'a B::Request,
}

impl<B: Backend> Future for Waiting<'_, B> {
    type Output = Result<(), Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.waiter.woken.take() {
            return Poll::Ready(Ok(()));
        }
        if let Some(error) = self.backend.cancelled(self.request) {
            return Poll::Ready(Err(error));
        }
        let mut waker = self.waiter.waker.borrow_mut();
        match &mut *waker {
            Some(waker) => waker.clone_from(context.waker()),
            None => *waker = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}

/// Requests that wait for the same thing, in the order in which they came.
#[derive(Debug, Default)]
pub struct WaitList {
    waiters: RefCell<VecDeque<Rc<Waiter>>>,
}

impl WaitList {
    /// Waits until somebody wakes this request.
    ///
    /// # Errors
    /// As [`Waiter::wait`].
    pub async fn wait<B: Backend>(&self, backend: &B, request: &B::Request) -> Result<(), Error> {
        let waiter = Rc::new(Waiter::default());
        self.waiters.borrow_mut().push_back(Rc::clone(&waiter));
        let place = Place { list: self, waiter };
        place.waiter.wait(backend, request).await
    }

    /// Waits in a task that belongs to no request; nothing cancels it.
    pub async fn wait_in_background(&self) {
        let waiter = Rc::new(Waiter::default());
        self.waiters.borrow_mut().push_back(Rc::clone(&waiter));
        let place = Place { list: self, waiter };
        poll_fn(|context| {
            if place.waiter.woken.take() {
                return Poll::Ready(());
            }
            place.waiter.waker.replace(Some(context.waker().clone()));
            Poll::Pending
        })
        .await;
    }

    /// As `wait`, at most until a monotonic time; nobody says which of the two ended it.
    ///
    /// # Errors
    /// As [`Waiter::wait`].
    pub async fn wait_until<B: Backend>(
        &self,
        backend: &B,
        request: &B::Request,
        deadline_ns: u64,
    ) -> Result<(), Error> {
        let waiter = Rc::new(Waiter::default());
        self.waiters.borrow_mut().push_back(Rc::clone(&waiter));
        let place = Place { list: self, waiter };
        let mut waiting = pin!(place.waiter.wait(backend, request));
        let mut sleep = pin!(backend.sleep_until(request, deadline_ns));
        poll_fn(|context| match waiting.as_mut().poll(context) {
            Poll::Pending => sleep.as_mut().poll(context).map(Ok),
            ready => ready,
        })
        .await
    }

    /// Wakes the one that has waited longest. False: nobody waits.
    pub fn wake_one(&self) -> bool {
        let waiter = self.waiters.borrow_mut().pop_front();
        waiter.is_some_and(|waiter| {
            waiter.wake();
            true
        })
    }

    /// Wakes everybody who waits now.
    pub fn wake_all(&self) {
        for waiter in self.waiters.take() {
            waiter.wake();
        }
    }

    /// Whether nobody waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiters.borrow().is_empty()
    }
}

/// A place in a list, left however the wait ends.
struct Place<'a> {
    list: &'a WaitList,
    waiter: Rc<Waiter>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.list
            .waiters
            .borrow_mut()
            .retain(|other| !Rc::ptr_eq(other, &self.waiter));
    }
}
