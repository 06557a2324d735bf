//! One message as it is about to be sent, and its sending.

use alloc::vec::Vec;
use trivet_abi::WORD_COUNT;
use trivet_abi::handle::Handle;
use trivet_abi::message::{
    AcceptHandles, CallExtension, Segment, SegmentList, SentHandle, SentHandleList, request,
};
use trivet_ipc::Outcome;

/// A message.
#[derive(Clone, Debug, Default)]
pub struct Attempt {
    /// On which handle.
    pub handle: u32,
    /// Number of the interface that the handle speaks, as far as the fuzzer knows; 0 for a forged handle.
    pub interface: u16,
    /// The whole header, without EXTENSION.
    pub header: u64,
    /// The words.
    pub words: [u64; WORD_COUNT],
    /// Bytes that are sent.
    pub gather: Vec<Segment>,
    /// Room for bytes.
    pub scatter: Vec<Segment>,
    /// Handles that are sent.
    pub sent: Vec<SentHandle>,
    /// Handles that are accepted.
    pub accept: u32,
    /// Whether they become descriptors.
    pub accept_flags: u32,
    /// When the call gives up.
    pub deadline_ns: u64,
}

impl Attempt {
    /// The method's number.
    #[must_use]
    pub fn method(&self) -> u8 {
        (self.header & request::METHOD_MASK) as u8
    }

    /// Sends it. `installed` gets the handles of the answer.
    ///
    /// # Safety
    /// Every segment of `scatter`, where it is mapped, is memory that nothing but the fuzzer's calls uses, and what the
    /// message does to the process itself was found harmless (see `hazard`).
    pub unsafe fn send(&self, installed: &mut [Handle; 16]) -> Outcome {
        let segments = |list: &Vec<Segment>| SegmentList {
            count: list.len() as u64,
            inline: match list.as_slice() {
                [] => [Segment::default(); 2],
                [one] => [*one, Segment::default()],
                [one, two] => [*one, *two],
                more => [
                    Segment {
                        address: more.as_ptr().expose_provenance() as u64,
                        length: 0,
                    },
                    Segment::default(),
                ],
            },
        };
        let mut handles = SentHandleList {
            count: self.sent.len() as u64,
            ..SentHandleList::default()
        };
        if self.sent.len() > handles.inline.len() {
            handles.array = self.sent.as_ptr().expose_provenance() as u64;
        }
        for (place, handle) in handles.inline.iter_mut().zip(&self.sent) {
            *place = *handle;
        }
        let block = CallExtension {
            gather: segments(&self.gather),
            scatter: segments(&self.scatter),
            handles,
            accept: AcceptHandles {
                count: self.accept.min(installed.len() as u32),
                flags: self.accept_flags,
                array: if self.accept > 1 {
                    installed.as_mut_ptr().expose_provenance() as u64
                } else {
                    0
                },
            },
            deadline_ns: self.deadline_ns,
            ..CallExtension::default()
        };
        let header = (self.header & !(request::BUFFER_IN | request::BUFFER_OUT)) | request::EXTENSION;
        // SAFETY: the block lives until the call is over and is laid out as the header says; the caller vouches for
        // the memory that it names.
        let outcome = unsafe {
            trivet_ipc::calls::call_buffer(
                Handle(self.handle),
                header,
                self.words,
                (&raw const block).expose_provenance() as u64,
                0,
            )
        };
        if self.accept == 1 {
            installed[0] = outcome.first_handle();
        }
        outcome
    }
}

/// A system call with any number and arguments: it must be refused, and change nothing.
///
/// # Safety
/// `number` is none of the three calls, so nothing happens.
#[cfg(trivet_machine)]
pub unsafe fn system_call(number: u64, arguments: [u64; 6]) -> i64 {
    let status: i64;
    // SAFETY: by the caller's word the kernel refuses the number and changes nothing but the named registers.
    unsafe {
        core::arch::asm!(
            "syscall",
            inlateout("rax") number => status,
            inlateout("rdi") arguments[0] => _,
            inlateout("rsi") arguments[1] => _,
            inlateout("rdx") arguments[2] => _,
            inlateout("r10") arguments[3] => _,
            inlateout("r8") arguments[4] => _,
            inlateout("r9") arguments[5] => _,
            clobber_abi("sysv64"),
        );
    }
    status
}
