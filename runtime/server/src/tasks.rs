//! What belongs to a task slot and outlives the requests in it: waker, cancel flag, buffers.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::task::Waker;

use crate::error::Cancelled;
use crate::ready::{ReadySet, TaskWaker};
use crate::request::ReplyBuffer;

/// A buffer larger than this is not kept for the next request.
const KEPT_BYTES: usize = 16 * 1024;

/// The part of a slot that its request shares.
#[derive(Debug)]
pub struct TaskState {
    /// Why the caller does not wait any more.
    pub(crate) cancelled: Cell<Option<Cancelled>>,
    pub(crate) waker: Waker,
    buffer: RefCell<Vec<u8>>,
    pub(crate) reply: ReplyBuffer,
}

impl TaskState {
    /// State for slot `task`.
    pub(crate) fn new(ready: &Arc<ReadySet>, task: usize) -> TaskState {
        TaskState {
            cancelled: Cell::new(None),
            waker: Waker::from(Arc::new(TaskWaker {
                ready: ready.clone(),
                task,
            })),
            buffer: RefCell::default(),
            reply: RefCell::default(),
        }
    }

    /// Makes the slot as new for the next request.
    pub(crate) fn reset(&self) {
        self.cancelled.set(None);
        let mut reply = self.reply.borrow_mut();
        reply.clear();
        reply.shrink_to(KEPT_BYTES);
    }

    /// The buffer for a request's bytes.
    pub(crate) fn take_buffer(&self) -> Vec<u8> {
        self.buffer.take()
    }

    /// Gives the buffer back.
    pub(crate) fn give_buffer(&self, buffer: Vec<u8>) {
        if buffer.capacity() <= KEPT_BYTES {
            self.buffer.replace(buffer);
        }
    }
}
