//! A request in flight: what came with it, who sent it, and copies from and to its buffers.
//!
//! A handler gets `&Request`; the executor answers when the handler's future ends. Handles that came with the request and
//! that the handler did not take are closed then.

use alloc::rc::Rc;
use core::cell::Cell;

use trivet_abi::handle::Handle;
use trivet_abi::{InterfaceNumber, Label};

use crate::error::{Cancelled, CopyError};
use crate::judge::NameJudge;
use crate::runtime::Runtime;
use crate::tasks::TaskState;

/// Who sent a message, as the kernel says; nothing in it is the sender's own claim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Number of the process, never reused.
    pub process: u64,
    /// Its domain.
    pub domain: u32,
    /// Its row of credentials.
    pub row: u32,
}

/// A handle that came with a request; closed when nobody takes it.
#[derive(Debug)]
pub struct ReceivedHandle {
    runtime: Runtime,
    handle: Cell<Handle>,
}

impl ReceivedHandle {
    pub(crate) fn new(runtime: &Runtime, handle: Handle) -> ReceivedHandle {
        ReceivedHandle {
            runtime: runtime.clone(),
            handle: Cell::new(handle),
        }
    }

    /// The handle, which stays the request's.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.get()
    }

    /// The handle, which is the server's own from now on.
    #[must_use]
    pub fn take(&self) -> Handle {
        self.handle.replace(Handle::NONE)
    }

    /// The badge, when it is a session of this very server.
    #[must_use]
    pub fn own_badge(&self) -> Option<u64> {
        self.runtime.kernel().own_badge(self.handle())
    }
}

impl Drop for ReceivedHandle {
    fn drop(&mut self) {
        if self.handle.get() != Handle::NONE {
            self.runtime.kernel().close(self.handle.get());
        }
    }
}

/// A request that waits for its answer.
#[derive(Debug)]
pub struct Request {
    state: Rc<TaskState>,
}

impl Request {
    /// The request that `state` holds.
    #[inline]
    pub(crate) fn new(state: Rc<TaskState>) -> Request {
        Request { state }
    }

    pub(crate) fn state(&self) -> &Rc<TaskState> {
        &self.state
    }

    /// Names the call until it is answered.
    #[must_use]
    pub fn token(&self) -> u64 {
        self.state.header.token
    }

    /// The method's number.
    #[must_use]
    pub fn method(&self) -> u8 {
        self.state.header.method
    }

    /// Word `index` of the message.
    #[must_use]
    pub fn word(&self, index: usize) -> u64 {
        self.state.header.words.get(index).copied().unwrap_or(0)
    }

    /// The server's own number for the session.
    #[must_use]
    pub fn badge(&self) -> u64 {
        self.state.header.badge
    }

    /// Who sent it.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        self.state.header.stamp
    }

    /// Bytes that the caller sends.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.state.header.sent
    }

    /// Room for bytes of the reply.
    #[must_use]
    pub fn room(&self) -> u64 {
        self.state.header.room
    }

    /// Whether a signal may end the call.
    #[must_use]
    pub fn interruptible(&self) -> bool {
        self.state.header.interruptible
    }

    /// Handle number `index` that came with it.
    #[must_use]
    pub fn handle(&self, index: usize) -> Option<&ReceivedHandle> {
        self.state.handles.get(index)
    }

    /// All handles that came with it.
    #[must_use]
    pub fn handles(&self) -> &[ReceivedHandle] {
        &self.state.handles
    }

    /// The server.
    #[must_use]
    pub fn runtime(&self) -> &Runtime {
        &self.state.runtime
    }

    /// Why the caller does not wait any more, once it does not.
    #[must_use]
    pub fn cancelled(&self) -> Option<Cancelled> {
        self.state.cancelled.get()
    }

    /// The interface whose dispatcher serves this request.
    pub(crate) fn set_interface(&self, interface: InterfaceNumber) {
        self.state.interface.set(interface);
    }

    pub(crate) fn interface(&self) -> InterfaceNumber {
        self.state.interface.get()
    }

    pub(crate) fn grants(&self) -> &Cell<u32> {
        &self.state.grants
    }

    /// What judges the names of this request.
    #[must_use]
    pub fn judge(&self) -> NameJudge<'_> {
        NameJudge::new(self)
    }

    /// Label for a new object, from its parent's label, its name and this request's caller.
    #[must_use]
    pub fn label_for_new(&self, parent: Label, name: &[u8]) -> Option<Label> {
        self.state
            .runtime
            .kernel()
            .label_for_new(self.token(), parent, name)
    }

    /// The sent bytes from `offset` on that came with the message itself; the rest must be copied in.
    #[must_use]
    pub fn at_hand(&self, offset: u64) -> &[u8] {
        usize::try_from(offset)
            .ok()
            .and_then(|offset| self.state.prefix.get(offset..))
            .unwrap_or(&[])
    }

    /// Copies sent bytes from `offset` on; answers how many there were.
    pub fn copy_in(&self, offset: u64, into: &mut [u8]) -> Result<usize, CopyError> {
        let at_hand = self.at_hand(offset);
        let (first, rest) = into.split_at_mut(at_hand.len().min(into.len()));
        first.copy_from_slice(&at_hand[..first.len()]);
        let offset = offset + first.len() as u64;
        if rest.is_empty() || offset >= self.sent() {
            return Ok(first.len());
        }
        match self.state.runtime.kernel().copy_in(self.token(), offset, rest) {
            Ok(count) => Ok(first.len() + count),
            Err(CopyError::NotResident(done)) => Err(CopyError::NotResident(first.len() as u64 + done)),
            Err(error) => Err(error),
        }
    }

    /// Copies bytes into the caller's room, at `offset`.
    pub fn copy_out(&self, offset: u64, bytes: &[u8]) -> Result<usize, CopyError> {
        if bytes.is_empty() {
            return Ok(0);
        }
        self.state.runtime.kernel().copy_out(self.token(), offset, bytes)
    }

    /// Copies this request's sent bytes into another request's room.
    pub fn copy_to(
        &self,
        offset: u64,
        target: &Request,
        target_offset: u64,
        length: u64,
    ) -> Result<u64, CopyError> {
        self.state
            .runtime
            .kernel()
            .copy_between(self.token(), offset, target.token(), target_offset, length)
    }

    /// Copies sent bytes into a Memory of the server's.
    pub fn copy_to_memory(
        &self,
        offset: u64,
        memory: Handle,
        memory_offset: u64,
        length: u64,
    ) -> Result<u64, CopyError> {
        self.state
            .runtime
            .kernel()
            .copy_memory(self.token(), offset, memory, memory_offset, length, true)
    }

    /// Copies from a Memory of the server's into the caller's room.
    pub fn copy_from_memory(
        &self,
        offset: u64,
        memory: Handle,
        memory_offset: u64,
        length: u64,
    ) -> Result<u64, CopyError> {
        self.state
            .runtime
            .kernel()
            .copy_memory(self.token(), offset, memory, memory_offset, length, false)
    }

    /// Puts bytes into the buffer that the reply begins with: few bytes that belong at the start of the caller's room go out with the reply, without
    /// an entry of their own.
    pub fn buffer_reply(&self, bytes: &[u8]) {
        self.state.reply.borrow_mut().extend_from_slice(bytes);
    }
}
