//! Options of a call, and the calls that stubs make with them.

use trivet_abi::WORD_COUNT;
use trivet_abi::error::CallError;
use trivet_abi::handle::Handle;
use trivet_abi::message::{Segment, accept, request};

use crate::buffers::OutBytes;
use crate::calls::{Outcome, call_buffer, call_words};
use crate::extension::ExtensionBlock;

/// How a call is made: whether a signal may end it, where handles go, until when it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallOptions {
    /// INTERRUPTIBLE, and the ACCEPT bits for calls that get a handle.
    header: u64,
    deadline_ns: u64,
}

/// The ACCEPT bits of a header.
const ACCEPT: u64 = request::ACCEPT_DESCRIPTOR | request::ACCEPT_OWN | request::ACCEPT_CLOSE_ON_EXEC;

impl CallOptions {
    /// Signals do not end it, handles go to the own region, no deadline.
    pub const DEFAULT: CallOptions = CallOptions {
        header: request::ACCEPT_OWN,
        deadline_ns: 0,
    };

    /// A signal may end the call.
    #[inline]
    #[must_use]
    pub const fn interruptible(mut self) -> CallOptions {
        self.header |= request::INTERRUPTIBLE;
        self
    }

    /// Handles in the reply go to the lowest free descriptors.
    #[inline]
    #[must_use]
    pub const fn into_descriptor(mut self, close_on_exec: bool) -> CallOptions {
        self.header = (self.header & !ACCEPT) | request::ACCEPT_DESCRIPTOR;
        if close_on_exec {
            self.header |= request::ACCEPT_CLOSE_ON_EXEC;
        }
        self
    }

    /// The call gives up at this time of the monotonic clock, in nanoseconds; 0 means never.
    #[inline]
    #[must_use]
    pub const fn deadline_ns(mut self, deadline_ns: u64) -> CallOptions {
        self.deadline_ns = deadline_ns;
        self
    }

    /// The flags for an extension block's list of accepted handles.
    #[inline]
    pub(crate) const fn accept_flags(self) -> u32 {
        let mut flags = 0;
        if self.header & request::ACCEPT_DESCRIPTOR != 0 {
            flags |= accept::DESCRIPTORS;
        }
        if self.header & request::ACCEPT_CLOSE_ON_EXEC != 0 {
            flags |= accept::CLOSE_ON_EXEC;
        }
        flags
    }

    #[inline]
    const fn header(self, message: u64, accepts: bool) -> u64 {
        let options = if accepts {
            self.header
        } else {
            self.header & !ACCEPT
        };
        options | message
    }

    /// A block for a call with a deadline that would not need one otherwise.
    fn block_for_deadline<'a>(self, accepts: bool) -> ExtensionBlock<'a> {
        let mut block = ExtensionBlock::new();
        if accepts {
            block.block.accept.count = 1;
            block.block.accept.flags = self.accept_flags();
        }
        block
    }

    /// Calls with words only. `message`: interface and method, as `request::header` joins them. `accepts`: the reply may bring one handle.
    #[allow(unsafe_code, reason = "the header names no memory")]
    #[inline]
    #[must_use]
    pub fn call(self, handle: Handle, message: u64, words: [u64; WORD_COUNT], accepts: bool) -> Outcome {
        if self.deadline_ns != 0 {
            return self.call_extended(handle, message, words, self.block_for_deadline(accepts));
        }
        // SAFETY: neither a buffer nor an extension bit is set.
        unsafe { call_words(handle, self.header(message, accepts), words) }
    }

    /// Calls with one segment that is sent.
    #[allow(unsafe_code, reason = "the kernel only reads the segment")]
    #[inline]
    #[must_use]
    pub fn call_sending(
        self,
        handle: Handle,
        message: u64,
        words: [u64; WORD_COUNT],
        segment: Segment,
        accepts: bool,
    ) -> Outcome {
        if self.deadline_ns != 0 {
            let segments = [segment];
            let mut block = self.block_for_deadline(accepts);
            block.gather(&segments);
            return self.call_extended(handle, message, words, block);
        }
        let header = self.header(message, accepts) | request::BUFFER_IN;
        // SAFETY: the kernel only reads the segment.
        until_resident(|| unsafe { call_buffer(handle, header, words, segment.address, segment.length) })
    }

    /// Calls with one segment that is sent and that the reply may fill: the kernel's shortest way for both.
    #[allow(unsafe_code, reason = "the memory is borrowed exclusively")]
    #[inline]
    #[must_use]
    pub fn call_exchanging(
        self,
        handle: Handle,
        message: u64,
        words: [u64; WORD_COUNT],
        memory: OutBytes<'_>,
    ) -> Outcome {
        let segment = memory.segment();
        if self.deadline_ns != 0 {
            let (sent, mut filled) = ([segment], [memory]);
            let mut block = self.block_for_deadline(false);
            block.gather(&sent);
            block.scatter(&mut filled);
            return self.call_extended(handle, message, words, block);
        }
        let header = self.header(message, false) | request::BUFFER_IN | request::BUFFER_OUT;
        // SAFETY: `memory` stands for memory that is the caller's to write during the call.
        until_resident(|| unsafe { call_buffer(handle, header, words, segment.address, segment.length) })
    }

    /// Calls with one segment that the reply may fill.
    #[allow(unsafe_code, reason = "the memory is borrowed exclusively")]
    #[inline]
    #[must_use]
    pub fn call_receiving(
        self,
        handle: Handle,
        message: u64,
        words: [u64; WORD_COUNT],
        memory: OutBytes<'_>,
        accepts: bool,
    ) -> Outcome {
        if self.deadline_ns != 0 {
            let mut segments = [memory];
            let mut block = self.block_for_deadline(accepts);
            block.scatter(&mut segments);
            return self.call_extended(handle, message, words, block);
        }
        let header = self.header(message, accepts) | request::BUFFER_OUT;
        let segment = memory.segment();
        // SAFETY: `memory` stands for memory that is the caller's to write during the call.
        until_resident(|| unsafe { call_buffer(handle, header, words, segment.address, segment.length) })
    }

    /// Calls with an extension block.
    #[allow(unsafe_code, reason = "the block's memory is borrowed")]
    #[inline]
    #[must_use]
    pub fn call_extended(
        self,
        handle: Handle,
        message: u64,
        words: [u64; WORD_COUNT],
        mut extension: ExtensionBlock<'_>,
    ) -> Outcome {
        extension.block.deadline_ns = self.deadline_ns;
        let header = self.header(message, false) | request::EXTENSION;
        let address = core::ptr::from_ref(&extension.block).expose_provenance() as u64;
        // SAFETY: the block is alive during the call, and names only memory that it borrows.
        until_resident(|| unsafe { call_buffer(handle, header, words, address, 0) })
    }
}

impl Default for CallOptions {
    fn default() -> Self {
        CallOptions::DEFAULT
    }
}

/// Makes the call again when a page of the message had to be supplied first: it was not delivered.
#[inline]
fn until_resident(call: impl Fn() -> Outcome) -> Outcome {
    loop {
        let outcome = call();
        if outcome.status != CallError::NotResident.to_status() {
            return outcome;
        }
    }
}
