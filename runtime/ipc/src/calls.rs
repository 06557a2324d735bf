//! The machine code of Call, Recv and Reply. Note 0002 has the registers.
//!
//! [`call_words`] and [`call_buffer`] are what stubs compile to; [`receive`] and [`reply`] serve `runtime/server`.
//! Vector registers are declared clobbered, because the kernel clears them.

use core::arch::asm;

use trivet_abi::handle::Handle;
use trivet_abi::{CALL, RECV, REPLY, WORD_COUNT};

use crate::failure::{ErrorNumber, Failure};

/// What a Call left in the registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// 0, the server's error number, or minus a `CallError`.
    pub status: i64,
    /// First handle installed, when any was.
    pub handle: u64,
    /// The reply header: bytes copied, handles installed.
    pub header: u64,
    /// Words of the reply.
    pub words: [u64; WORD_COUNT],
}

impl Outcome {
    /// The failure that the status says.
    #[inline]
    pub fn check<E: ErrorNumber>(&self) -> Result<(), Failure<E>> {
        match Failure::from_status(self.status) {
            None => Ok(()),
            Some(failure) => Err(failure),
        }
    }

    /// Bytes that the reply copied into the caller's buffers.
    #[inline]
    #[must_use]
    pub fn copied(&self) -> usize {
        (self.header & trivet_abi::message::reply::COPIED_MASK) as usize
    }

    /// Handles that the reply installed.
    #[inline]
    #[must_use]
    pub fn installed(&self) -> usize {
        (self.header >> trivet_abi::message::reply::INSTALLED_SHIFT & 0xff) as usize
    }

    /// Puts the handle into a list of one: the kernel fills longer lists itself.
    #[inline]
    pub fn store_single(&self, list: &mut [Handle]) {
        if let [only] = list {
            *only = self.first_handle();
        }
    }

    /// The first handle, `Handle::NONE` when none came.
    #[inline]
    #[must_use]
    pub fn first_handle(&self) -> Handle {
        if self.installed() == 0 {
            Handle::NONE
        } else {
            Handle(self.handle as u32)
        }
    }
}

/// Handle number `index` of those that a reply installed into `installed`.
#[inline]
#[must_use]
pub fn installed_handle(outcome: &Outcome, installed: &[Handle], index: usize) -> Handle {
    match installed {
        [_] => outcome.first_handle(),
        _ if index < outcome.installed() => installed.get(index).copied().unwrap_or(Handle::NONE),
        _ => Handle::NONE,
    }
}

/// A Call with words only.
///
/// # Safety
/// `header` asks for no buffer and no extension.
#[inline(always)]
#[must_use]
pub unsafe fn call_words(handle: Handle, header: u64, words: [u64; WORD_COUNT]) -> Outcome {
    #[cfg(feature = "loopback")]
    // SAFETY: the header names no memory.
    if let Some(outcome) = unsafe { crate::loopback::call(handle, header, words, 0, 0) } {
        return outcome;
    }
    let (status, first, reply_header): (i64, u64, u64);
    let [mut w0, mut w1, mut w2, mut w3, mut w4, mut w5] = words;
    // SAFETY: the instruction enters the kernel, which keeps every register that is not named or clobbered here and
    // writes no memory of the caller's, because the header names none.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") CALL => status,
            inlateout("rdi") u64::from(handle.0) => first,
            inlateout("rsi") header => reply_header,
            inlateout("rdx") w0,
            inlateout("r10") w1,
            inlateout("r8") w2,
            inlateout("r9") w3,
            inlateout("r12") w4,
            inlateout("r13") w5,
            clobber_abi("sysv64"),
        );
    }
    Outcome {
        status,
        handle: first,
        header: reply_header,
        words: [w0, w1, w2, w3, w4, w5],
    }
}

/// A Call with a buffer or an extension block in R14 and R15.
///
/// # Safety
/// What `header` says of `address` and `length` is true, and memory that the reply may fill, here or in the extension
/// block, is the caller's to write.
#[inline(always)]
#[must_use]
pub unsafe fn call_buffer(
    handle: Handle,
    header: u64,
    words: [u64; WORD_COUNT],
    address: u64,
    length: u64,
) -> Outcome {
    #[cfg(feature = "loopback")]
    // SAFETY: as the caller vouches.
    if let Some(outcome) = unsafe { crate::loopback::call(handle, header, words, address, length) } {
        return outcome;
    }
    let (status, first, reply_header): (i64, u64, u64);
    let [mut w0, mut w1, mut w2, mut w3, mut w4, mut w5] = words;
    // SAFETY: the instruction enters the kernel, which keeps every register that is not named or clobbered here; the
    // caller vouches for the memory that the kernel reads and writes.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") CALL => status,
            inlateout("rdi") u64::from(handle.0) => first,
            inlateout("rsi") header => reply_header,
            inlateout("rdx") w0,
            inlateout("r10") w1,
            inlateout("r8") w2,
            inlateout("r9") w3,
            inlateout("r12") w4,
            inlateout("r13") w5,
            in("r14") address,
            in("r15") length,
            clobber_abi("sysv64"),
        );
    }
    Outcome {
        status,
        handle: first,
        header: reply_header,
        words: [w0, w1, w2, w3, w4, w5],
    }
}

/// What a Recv left in the registers, as note 0004 lists them for each kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Received {
    /// The event's kind, or minus a `CallError`.
    pub kind: i64,
    /// RDI: the token, or the cookie.
    pub token: u64,
    /// RSI: the request header, or what the event says.
    pub header: u64,
    /// Words of the message.
    pub words: [u64; WORD_COUNT],
    /// R14: the badge of the session.
    pub badge: u64,
    /// R15: number of the sender's process.
    pub process: u64,
    /// RBX: the sender's domain (low 32 bits) and credentials row (high 32 bits).
    pub domain_and_row: u64,
    /// RBP: bytes sent (low 32 bits) and room for the reply's bytes (high 32 bits).
    pub sent_and_room: u64,
}

/// Waits for the next request or event at `endpoint`.
///
/// # Safety
/// The receive window that this thread registered is memory of its own that nothing borrows meanwhile.
#[inline]
#[must_use]
pub unsafe fn receive(endpoint: Handle, options: u64) -> Received {
    let mut received = Received::default();
    let [mut w0, mut w1, mut w2, mut w3, mut w4, mut w5] = [0u64; WORD_COUNT];
    // SAFETY: the kernel writes only to the receive window, for which the caller vouches. RBX and RBP, which the
    // compiler keeps for itself, are saved around the instruction.
    unsafe {
        asm!(
            "push rbx",
            "push rbp",
            "syscall",
            "mov rcx, rbx",
            "mov r11, rbp",
            "pop rbp",
            "pop rbx",
            inlateout("rax") RECV => received.kind,
            inlateout("rdi") u64::from(endpoint.0) => received.token,
            inlateout("rsi") options => received.header,
            inlateout("rdx") w0,
            inlateout("r10") w1,
            inlateout("r8") w2,
            inlateout("r9") w3,
            inlateout("r12") w4,
            inlateout("r13") w5,
            lateout("r14") received.badge,
            lateout("r15") received.process,
            lateout("rcx") received.domain_and_row,
            lateout("r11") received.sent_and_room,
            clobber_abi("sysv64"),
        );
    }
    received.words = [w0, w1, w2, w3, w4, w5];
    received
}

/// Answers the request `token`. With THEN_RECEIVE in `header` it goes on into Recv at `endpoint` and the result is that
/// of [`receive`]; without, only `kind` counts: 0, or minus a `CallError`.
///
/// # Safety
/// What `header` says of `address` and `length` is true; with THEN_RECEIVE, as for [`receive`].
#[inline]
#[must_use]
pub unsafe fn reply(
    token: u64,
    header: u64,
    words: [u64; WORD_COUNT],
    address: u64,
    length: u64,
    endpoint: Handle,
) -> Received {
    let mut received = Received::default();
    let [mut w0, mut w1, mut w2, mut w3, mut w4, mut w5] = words;
    // SAFETY: the kernel reads what the header names and writes only to the receive window, for both of which the
    // caller vouches. RBX and RBP, which the compiler keeps for itself, are saved around the instruction.
    unsafe {
        asm!(
            "push rbx",
            "push rbp",
            "mov rbx, rcx",
            "syscall",
            "mov rcx, rbx",
            "mov r11, rbp",
            "pop rbp",
            "pop rbx",
            inlateout("rax") REPLY => received.kind,
            inlateout("rdi") token => received.token,
            inlateout("rsi") header => received.header,
            inlateout("rdx") w0,
            inlateout("r10") w1,
            inlateout("r8") w2,
            inlateout("r9") w3,
            inlateout("r12") w4,
            inlateout("r13") w5,
            inlateout("r14") address => received.badge,
            inlateout("r15") length => received.process,
            inlateout("rcx") u64::from(endpoint.0) => received.domain_and_row,
            lateout("r11") received.sent_and_room,
            clobber_abi("sysv64"),
        );
    }
    received.words = [w0, w1, w2, w3, w4, w5];
    received
}
