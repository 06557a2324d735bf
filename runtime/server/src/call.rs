//! Calls to other servers, by call slots bought beforehand: the executor goes on while they are under way.
//!
//! The buffers of a call belong to the table until `completed` arrives, also when nobody waits for it any more, because
//! the kernel copies from and to them at any time until then.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use trivet_abi::InterfaceNumber;
use trivet_abi::error::CallError;
use trivet_abi::handle::Handle;
use trivet_abi::message::{SentHandle, reply};
use trivet_ipc::plain::{Plain, from_bytes};
use trivet_ipc::{ErrorNumber, Failure};

use crate::request::Request;
use crate::runtime::Runtime;
use crate::signal::tag;
use crate::wait::WaitQueue;

/// A call to another server.
#[derive(Debug, Default)]
pub struct Outgoing {
    /// A session with it.
    pub handle: Option<Handle>,
    /// The interface that the session has.
    pub interface: InterfaceNumber,
    /// The method's number.
    pub method: u8,
    /// Words of the message.
    pub words: [u64; 6],
    /// Bytes to send.
    pub sent: Vec<u8>,
    /// Room for bytes of the reply.
    pub room: usize,
    /// Handles to send.
    pub handles: Vec<SentHandle>,
    /// Handles that the reply may bring, into the server's own region.
    pub accept: usize,
    /// When the call gives up, on the monotonic clock in nanoseconds; 0 is never.
    pub deadline_ns: u64,
}

/// Memory of a call under way.
#[derive(Debug, Default)]
pub struct CallBuffers {
    /// Bytes that are sent.
    pub sent: Vec<u8>,
    /// Bytes of the reply.
    pub room: Vec<u8>,
    /// Handles that the reply brought.
    pub installed: Vec<Handle>,
}

/// How a call ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Completion {
    /// 0, the server's error, or minus a `CallError`.
    pub status: i64,
    /// Words of the reply.
    pub words: [u64; 6],
    /// Bytes of the reply.
    pub output: Vec<u8>,
    /// Handles of the reply; they are the server's own.
    pub handles: Vec<Handle>,
}

/// On whose behalf a call is made.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    runtime: &'a Runtime,
    request: Option<&'a Request>,
}

impl<'a> Caller<'a> {
    /// Makes a call.
    pub fn call(self, outgoing: Outgoing) -> CallFuture<'a> {
        CallFuture::new(self.runtime, self.request, outgoing)
    }
}

impl<'a> From<&'a Runtime> for Caller<'a> {
    /// A background task's call; nothing cancels it.
    fn from(runtime: &'a Runtime) -> Caller<'a> {
        Caller {
            runtime,
            request: None,
        }
    }
}

impl<'a> From<&'a Request> for Caller<'a> {
    /// A call whose server hears when the request is cancelled.
    fn from(request: &'a Request) -> Caller<'a> {
        Caller {
            runtime: request.runtime(),
            request: Some(request),
        }
    }
}

/// Takes the bytes of a reply apart, in the order of the interface.
#[derive(Debug)]
pub struct Reader<'a> {
    left: &'a [u8],
}

impl<'a> Reader<'a> {
    /// At the beginning.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { left: bytes }
    }

    /// A struct; none when the reply is too short for it.
    pub fn plain<T: Plain>(&mut self) -> Option<T> {
        let value = from_bytes(self.left)?;
        self.left = &self.left[size_of::<T>()..];
        Some(value)
    }

    /// All that is left.
    pub fn rest(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.left).to_vec()
    }

    /// All whole values that are left.
    pub fn values<T: Plain>(&mut self) -> Vec<T> {
        core::mem::take(&mut self.left)
            .chunks_exact(size_of::<T>())
            .filter_map(from_bytes)
            .collect()
    }
}

impl Completion {
    /// Handle number `index` of the reply.
    #[must_use]
    pub fn handle(&self, index: usize) -> Handle {
        self.handles.get(index).copied().unwrap_or(Handle::NONE)
    }

    /// The failure that the status says.
    pub fn check<E: ErrorNumber>(&self) -> Result<(), Failure<E>> {
        Failure::from_status(self.status).map_or(Ok(()), Err)
    }
}

#[derive(Debug)]
enum Slot {
    Free,
    Busy(Box<Busy>),
}

#[derive(Debug)]
struct Busy {
    buffers: CallBuffers,
    waker: Option<Waker>,
    done: Option<(i64, u64, [u64; 6])>,
    /// Nobody waits for the answer any more.
    abandoned: bool,
}

/// Every call under way.
#[derive(Debug)]
pub(crate) struct Calls {
    slots: RefCell<Vec<Slot>>,
    /// The kernel's number of slot 0.
    first: u64,
    waiting_for_slot: WaitQueue,
}

impl Calls {
    /// A table for `count` slots that were bought, from number `first` on.
    pub fn new(first: u64, count: usize) -> Calls {
        Calls {
            slots: RefCell::new((0..count).map(|_| Slot::Free).collect()),
            first,
            waiting_for_slot: WaitQueue::new(),
        }
    }

    /// An asynchronous call has ended.
    pub fn completed(&self, runtime: &Runtime, cookie: u64, status: i64, header: u64, words: [u64; 6]) {
        let Ok(index) = usize::try_from(cookie & !tag::MASK) else {
            return;
        };
        let mut slots = self.slots.borrow_mut();
        let Some(slot) = slots.get_mut(index) else { return };
        let Slot::Busy(busy) = slot else { return };
        busy.done = Some((status, header, words));
        if !busy.abandoned {
            if let Some(waker) = busy.waker.take() {
                waker.wake();
            }
            return;
        }
        let finished = core::mem::replace(slot, Slot::Free);
        drop(slots);
        if let Slot::Busy(busy) = finished {
            for handle in finish(*busy).handles {
                runtime.kernel().close(handle);
            }
        }
        self.waiting_for_slot.wake_one();
    }

    /// Starts a call in a free slot, if there is one.
    fn start(
        &self,
        runtime: &Runtime,
        call: &mut Outgoing,
        waker: &Waker,
    ) -> Option<Result<usize, CallError>> {
        let mut slots = self.slots.borrow_mut();
        let index = slots.iter().position(|slot| matches!(slot, Slot::Free))?;
        let mut busy = Box::new(Busy {
            buffers: CallBuffers {
                sent: core::mem::take(&mut call.sent),
                room: alloc::vec![0; call.room],
                installed: alloc::vec![Handle::NONE; call.accept],
            },
            waker: Some(waker.clone()),
            done: None,
            abandoned: false,
        });
        let cookie = tag::CALL | index as u64;
        // The buffers' memory does not move when the box does.
        let started = runtime
            .kernel()
            .start_call(self.first + index as u64, cookie, call, &mut busy.buffers);
        Some(started.map(|()| {
            slots[index] = Slot::Busy(busy);
            index
        }))
    }
}

fn finish(mut busy: Busy) -> Completion {
    let (status, header, words) = busy.done.unwrap_or((CallError::Gone.to_status(), 0, [0; 6]));
    let copied = usize::try_from(header & reply::COPIED_MASK).unwrap_or(0);
    busy.buffers.room.truncate(copied);
    let installed = usize::try_from(header >> reply::INSTALLED_SHIFT & 0xff).unwrap_or(0);
    busy.buffers.installed.truncate(installed);
    Completion {
        status,
        words,
        output: busy.buffers.room,
        handles: busy.buffers.installed,
    }
}

/// A call under way. When the request on whose behalf it is made is cancelled, the call is withdrawn or its server
/// asked; the answer comes all the same, and says what was done.
#[derive(Debug)]
#[must_use = "a call is made at its await"]
pub struct CallFuture<'a> {
    runtime: &'a Runtime,
    request: Option<&'a Request>,
    call: Outgoing,
    slot: Option<usize>,
    cancel_sent: bool,
    waits_for_slot: Option<Pin<Box<crate::wait::Wait<'a>>>>,
}

impl<'a> CallFuture<'a> {
    pub(crate) fn new(runtime: &'a Runtime, request: Option<&'a Request>, call: Outgoing) -> CallFuture<'a> {
        CallFuture {
            runtime,
            request,
            call,
            slot: None,
            cancel_sent: false,
            waits_for_slot: None,
        }
    }

    /// Finds a slot and starts the call there; an error ends the future.
    fn begin(&mut self, context: &mut Context<'_>) -> Poll<Result<usize, CallError>> {
        loop {
            if let Some(wait) = &mut self.waits_for_slot {
                match wait.as_mut().poll(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Err(_)) => return Poll::Ready(Err(CallError::Interrupted)),
                    Poll::Ready(Ok(())) => self.waits_for_slot = None,
                }
            }
            let calls = self.runtime.calls();
            match calls.start(self.runtime, &mut self.call, context.waker()) {
                Some(started) => return Poll::Ready(started),
                None => {
                    let queue = &calls.waiting_for_slot;
                    let wait = match self.request {
                        Some(request) => queue.wait(request),
                        None => queue.wait_in_background(),
                    };
                    self.waits_for_slot = Some(Box::pin(wait));
                }
            }
        }
    }
}

impl Future for CallFuture<'_> {
    type Output = Completion;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Completion> {
        let this = &mut *self;
        let index = match this.slot {
            Some(index) => index,
            None => match this.begin(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(index)) => *this.slot.insert(index),
                Poll::Ready(Err(error)) => {
                    return Poll::Ready(Completion {
                        status: error.to_status(),
                        words: [0; 6],
                        output: Vec::new(),
                        handles: Vec::new(),
                    });
                }
            },
        };
        let calls = this.runtime.calls();
        let mut slots = calls.slots.borrow_mut();
        let slot = &mut slots[index];
        let Slot::Busy(busy) = slot else {
            unreachable!("the slot is this future's until it ends")
        };
        if busy.done.is_none() {
            busy.waker = Some(context.waker().clone());
            if !this.cancel_sent && this.request.is_some_and(|request| request.cancelled().is_some()) {
                this.cancel_sent = true;
                drop(slots);
                this.runtime.kernel().cancel_call(calls.first + index as u64);
            }
            return Poll::Pending;
        }
        let finished = core::mem::replace(slot, Slot::Free);
        drop(slots);
        this.slot = None;
        calls.waiting_for_slot.wake_one();
        match finished {
            Slot::Busy(busy) => Poll::Ready(finish(*busy)),
            Slot::Free => unreachable!("just seen"),
        }
    }
}

impl Drop for CallFuture<'_> {
    fn drop(&mut self) {
        let Some(index) = self.slot else { return };
        let calls = self.runtime.calls();
        let mut slots = calls.slots.borrow_mut();
        let Some(slot) = slots.get_mut(index) else { return };
        let Slot::Busy(busy) = slot else { return };
        if busy.done.is_none() {
            busy.abandoned = true;
            busy.waker = None;
            drop(slots);
            self.runtime.kernel().cancel_call(calls.first + index as u64);
        } else {
            let finished = core::mem::replace(slot, Slot::Free);
            drop(slots);
            if let Slot::Busy(busy) = finished {
                for handle in finish(*busy).handles {
                    self.runtime.kernel().close(handle);
                }
            }
            calls.waiting_for_slot.wake_one();
        }
    }
}

/// What generated clients use.
pub(crate) mod support {
    pub use super::{Caller, Outgoing, Reader};
    pub use alloc::vec::Vec;
    pub use trivet_abi::handle::Handle;
    pub use trivet_abi::message::SentHandle;
    pub use trivet_ipc::Failure;
}
