//! Requests that wait in a pipe with their bytes, or with room for some.

use crate::backend::Backend;
use crate::wait::Waiter;
use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

/// One of them.
pub struct Transfer<B: Backend> {
    /// Names the request for the kernel's copies.
    pub token: B::Token,
    /// Bytes that it sends, or has room for.
    pub length: u64,
    /// Bytes that were moved.
    pub done: Cell<u64>,
    /// What it waits with.
    pub waiter: Waiter,
    /// Few bytes for a reader, which go out with its answer instead of by a copy of their own.
    gift: RefCell<Vec<u8>>,
}

impl<B: Backend> Transfer<B> {
    /// A request that has moved `done` bytes.
    pub fn new(token: B::Token, length: u64, done: u64) -> Rc<Transfer<B>> {
        Rc::new(Transfer {
            token,
            length,
            done: Cell::new(done),
            waiter: Waiter::default(),
            gift: RefCell::default(),
        })
    }

    /// Hands a reader bytes for its answer.
    pub fn give(&self, bytes: &[u8]) {
        self.gift.borrow_mut().extend_from_slice(bytes);
    }

    /// The bytes that a reader was handed.
    pub fn take_gift(&self) -> Vec<u8> {
        self.gift.take()
    }

    /// Bytes that are left.
    pub fn left(&self) -> u64 {
        self.length - self.done.get()
    }

    /// Whether none are left.
    pub fn is_done(&self) -> bool {
        self.left() == 0
    }

    /// Counts bytes that were moved.
    pub fn advance(&self, count: u64) {
        self.done.set((self.done.get() + count).min(self.length));
    }
}

/// Those that wait, in the order in which they came.
pub struct Transfers<B: Backend> {
    list: RefCell<VecDeque<Rc<Transfer<B>>>>,
}

impl<B: Backend> Default for Transfers<B> {
    fn default() -> Self {
        Transfers {
            list: RefCell::default(),
        }
    }
}

impl<B: Backend> Transfers<B> {
    pub fn add(&self, transfer: &Rc<Transfer<B>>) {
        self.list.borrow_mut().push_back(Rc::clone(transfer));
    }

    pub fn leave(&self, transfer: &Rc<Transfer<B>>) {
        self.list
            .borrow_mut()
            .retain(|other| !Rc::ptr_eq(other, transfer));
    }

    pub fn is_empty(&self) -> bool {
        self.list.borrow().is_empty()
    }

    pub fn first(&self) -> Option<Rc<Transfer<B>>> {
        self.list.borrow().front().cloned()
    }

    pub fn take_first(&self) -> Option<Rc<Transfer<B>>> {
        self.list.borrow_mut().pop_front()
    }

    pub fn is_first(&self, transfer: &Rc<Transfer<B>>) -> bool {
        self.list
            .borrow()
            .front()
            .is_some_and(|first| Rc::ptr_eq(first, transfer))
    }

    pub fn wake_first(&self) {
        if let Some(first) = self.list.borrow().front() {
            first.waiter.wake();
        }
    }

    pub fn wake_all(&self) {
        for transfer in &*self.list.borrow() {
            transfer.waiter.wake();
        }
    }
}
