//! The seam to the kernel: everything that the executor and the services ask of it.
//!
//! [`crate::system::System`] makes the three calls; [`crate::fake::FakeKernel`] plays a kernel on the host.

use alloc::vec::Vec;

use trivet_abi::error::CallError;
use trivet_abi::handle::Handle;
use trivet_abi::{InterfaceNumber, Label};
use trivet_ipc::calls::Received;

use crate::answer::{Answer, NewSession};
use crate::call::{CallBuffers, Outgoing};
use crate::error::CopyError;

/// Badges that one entry takes, at most.
pub const CLOSED_STEP: usize = 5;

/// What a server needs of the kernel.
pub trait Kernel {
    /// Recv with these options (`abi::event::receive_options`). The bytes of a request are then in the window.
    fn receive(&self, options: u64) -> Received;

    /// Answers `token`.
    fn reply(&self, token: u64, answer: &Answer, buffered: &[u8]) -> Result<(), CallError>;

    /// Answers `token` and goes on into Recv. A negative kind of the result is the reply's error; nothing was received then.
    fn reply_and_receive(&self, token: u64, answer: &Answer, buffered: &[u8]) -> Received;

    /// Appends the first `length` bytes of the window, or as many as it holds, to `into`.
    fn take_window(&self, length: usize, into: &mut Vec<u8>);

    /// Handle number `index` that came with the last request.
    fn received_handle(&self, index: usize) -> Handle;

    /// Copies bytes that the caller of `token` sends, from `offset` on.
    fn copy_in(&self, token: u64, offset: u64, into: &mut [u8]) -> Result<usize, CopyError>;

    /// Copies bytes into the room for the reply of `token`, at `offset`.
    fn copy_out(&self, token: u64, offset: u64, bytes: &[u8]) -> Result<usize, CopyError>;

    /// Copies from one request's sent bytes to another's room.
    fn copy_between(
        &self,
        source: u64,
        source_offset: u64,
        target: u64,
        target_offset: u64,
        length: u64,
    ) -> Result<u64, CopyError>;

    /// Copies between a request's bytes and a Memory of the server's: sent bytes into it with `to_memory`, else from it into the room.
    fn copy_memory(
        &self,
        token: u64,
        offset: u64,
        memory: Handle,
        memory_offset: u64,
        length: u64,
        to_memory: bool,
    ) -> Result<u64, CopyError>;

    /// Changes the readiness of the session with this badge.
    fn set_readiness(&self, badge: u64, set: u32, clear: u32, pulse: u32);

    /// Whether the caller of `token`, in `domain`, may call `method` of `interface` on `label`.
    fn allows(&self, token: u64, domain: u32, label: Label, interface: InterfaceNumber, method: u8) -> bool;

    /// Label of a new object: from the parent's label, its name and the caller of `token`.
    fn label_for_new(&self, token: u64, parent: Label, name: &[u8]) -> Option<Label>;

    /// A number for the account that pays for the caller of `token`.
    fn account(&self, token: u64) -> u64;

    /// Mints a session of this server; the handle is the server's own.
    fn mint(&self, session: &NewSession) -> Result<Handle, CallError>;

    /// Closes a handle of the server's own.
    fn close(&self, handle: Handle);

    /// Takes badges of sessions that were closed quietly; answers how many there were. Fewer than there is room for: these were all.
    fn take_closed(&self, badges: &mut [u64; CLOSED_STEP]) -> usize;

    /// The badge of a session of this server's own endpoint; none for every other object.
    fn own_badge(&self, handle: Handle) -> Option<u64>;

    /// Makes an asynchronous call with call slot `slot`. The buffers stay where they are until `completed`.
    fn start_call(
        &self,
        slot: u64,
        cookie: u64,
        call: &Outgoing,
        buffers: &mut CallBuffers,
    ) -> Result<(), CallError>;

    /// Withdraws an asynchronous call; `completed` comes all the same.
    fn cancel_call(&self, slot: u64);

    /// The monotonic clock, in nanoseconds.
    fn now_ns(&self) -> u64;

    /// Fires `signalled(cookie)` at this time of the monotonic clock; `u64::MAX` disarms.
    fn set_timer(&self, cookie: u64, deadline_ns: u64);
}
