//! Task slots: the request of each, its future in memory that is used again, and the waker.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell, UnsafeCell};
use core::future::Future;
use core::mem::MaybeUninit;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use trivet_abi::InterfaceNumber;
use trivet_ipc::calls::Received;

use crate::error::Cancelled;
use crate::message::Header;
use crate::ready::{ReadySet, TaskWaker};
use crate::request::ReceivedHandle;
use crate::runtime::Runtime;

/// A buffer larger than this is not kept for the next request.
const KEPT_BYTES: usize = 16 * 1024;

/// What a request is made of. It belongs to the slot, so that starting a request allocates and moves nothing; the
/// executor changes it between two requests only.
#[derive(Debug)]
pub struct TaskState {
    pub(crate) runtime: Runtime,
    pub(crate) waker: Waker,
    /// Number of the slot.
    pub(crate) task: usize,
    /// The request waits without a future.
    pub(crate) parked: Cell<bool>,
    pub(crate) header: Header,
    /// The sent bytes that fitted into the window.
    pub(crate) prefix: Vec<u8>,
    pub(crate) handles: Vec<ReceivedHandle>,
    /// Why the caller does not wait any more.
    pub(crate) cancelled: Cell<Option<Cancelled>>,
    /// The interface whose dispatcher serves the request.
    pub(crate) interface: Cell<InterfaceNumber>,
    /// How often the policy granted something for this request.
    pub(crate) grants: Cell<u32>,
    /// Bytes that the reply begins with.
    pub(crate) reply: RefCell<Vec<u8>>,
}

impl TaskState {
    /// State for slot `task`.
    pub(crate) fn new(runtime: &Runtime, task: usize) -> TaskState {
        TaskState {
            runtime: runtime.clone(),
            waker: waker(runtime.ready(), task),
            task,
            parked: Cell::new(false),
            header: Header::default(),
            prefix: Vec::new(),
            handles: Vec::new(),
            cancelled: Cell::new(None),
            interface: Cell::new(InterfaceNumber(0)),
            grants: Cell::new(0),
            reply: RefCell::default(),
        }
    }

    /// Begins a request: takes its bytes and handles out of the kernel's window, just after Recv.
    #[inline(always)]
    pub(crate) fn begin(&mut self, received: &Received) {
        self.header = Header::from_received(received);
        let header = &self.header;
        self.cancelled.set(None);
        self.grants.set(0);
        let reply = self.reply.get_mut();
        reply.clear();
        if reply.capacity() > KEPT_BYTES {
            *reply = Vec::new();
        }
        if header.sent != 0 {
            self.prefix.clear();
            let kernel = self.runtime.kernel();
            kernel.take_window(
                usize::try_from(header.sent).unwrap_or(usize::MAX),
                &mut self.prefix,
            );
        } else if !self.prefix.is_empty() {
            self.prefix.clear();
        }
        for index in 0..self.header.handles {
            let handle = self.runtime.kernel().received_handle(index);
            self.handles.push(ReceivedHandle::new(&self.runtime, handle));
        }
    }

    /// Ends a request: handles that nobody took are closed.
    #[inline]
    pub(crate) fn end(&mut self) {
        if !self.handles.is_empty() {
            self.handles.clear();
        }
    }
}

/// The waker of a task.
pub(crate) fn waker(ready: &Arc<ReadySet>, task: usize) -> Waker {
    Waker::from(Arc::new(TaskWaker {
        ready: ready.clone(),
        task,
    }))
}

/// Memory for one future at a time, which does not move while it is there.
pub(crate) struct FutureSlot<F> {
    memory: Box<UnsafeCell<MaybeUninit<F>>>,
    occupied: bool,
}

impl<F: Future> FutureSlot<F> {
    /// Memory without a future.
    pub fn new() -> FutureSlot<F> {
        FutureSlot {
            memory: Box::new(UnsafeCell::new(MaybeUninit::uninit())),
            occupied: false,
        }
    }

    /// Whether a future is there.
    #[inline]
    pub fn is_occupied(&self) -> bool {
        self.occupied
    }

    /// Puts a future there, made in place where the compiler can.
    #[inline(always)]
    pub fn start(&mut self, make: impl FnOnce() -> F) {
        self.clear();
        // SAFETY: the slot is borrowed mutably and empty, so nothing refers to the memory.
        unsafe { (*self.memory.get()).as_mut_ptr().write(make()) };
        self.occupied = true;
    }

    /// Polls the future; none when there is none.
    #[inline(always)]
    pub fn poll(&mut self, context: &mut Context<'_>) -> Option<Poll<F::Output>> {
        if !self.occupied {
            return None;
        }
        // SAFETY: the memory holds a future, which stays there until `clear` drops it: the box does not move it, and no
        // other reference to it is ever made.
        let future = unsafe { Pin::new_unchecked(&mut *(*self.memory.get()).as_mut_ptr()) };
        Some(future.poll(context))
    }

    /// Drops the future, if there is one.
    #[inline(always)]
    pub fn clear(&mut self) {
        if core::mem::take(&mut self.occupied) {
            // SAFETY: the memory held a future, which is dropped where it is, once.
            unsafe { (*self.memory.get()).assume_init_drop() };
        }
    }
}

impl<F> Drop for FutureSlot<F> {
    fn drop(&mut self) {
        if self.occupied {
            // SAFETY: the memory holds a future, which is dropped where it is, once.
            unsafe { (*self.memory.get()).assume_init_drop() };
        }
    }
}
