//! Calls that go to a function of the same thread: clients and servers are tested together on the host.
//!
//! [`connect`] says who answers. The function gets what a server would receive, and its answer is put where the kernel
//! would put it. Without a peer a call is a system call, as ever.

use std::boxed::Box;
use std::cell::RefCell;
use std::vec::Vec;

use trivet_abi::error::CallError;
use trivet_abi::handle::Handle;
use trivet_abi::message::{
    CallExtension, Segment, SegmentList, SentHandle, SentHandleList, accept, reply, request,
};

use crate::calls::Outcome;

/// A message as it arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The handle that was called.
    pub on: Handle,
    /// The interface that the sender takes it for.
    pub interface: u16,
    /// The method's number.
    pub method: u8,
    /// Words of the message.
    pub words: [u64; 6],
    /// Bytes sent.
    pub sent: Vec<u8>,
    /// Room for bytes of the reply.
    pub room: usize,
    /// Handles sent.
    pub handles: Vec<SentHandle>,
    /// Handles that the reply may bring.
    pub accept: usize,
    /// They go to descriptors.
    pub into_descriptors: bool,
    /// A signal may end the call.
    pub interruptible: bool,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// 0, the server's error, or minus a `CallError`.
    pub status: i64,
    /// Words of the reply.
    pub words: [u64; 6],
    /// Bytes of the reply; what does not fit is cut off.
    pub bytes: Vec<u8>,
    /// Handles of the reply.
    pub handles: Vec<Handle>,
}

type Peer = Box<dyn FnMut(Message) -> Reply>;

std::thread_local! {
    static PEER: RefCell<Option<Peer>> = const { RefCell::new(None) };
}

/// Calls of this thread go to `peer` until the value is dropped. A call from within `peer` is a system call.
#[must_use]
pub fn connect(peer: impl FnMut(Message) -> Reply + 'static) -> Connection {
    PEER.with(|place| *place.borrow_mut() = Some(Box::new(peer)));
    Connection(())
}

/// Ends the connection when it is dropped.
#[derive(Debug)]
pub struct Connection(());

impl Drop for Connection {
    fn drop(&mut self) {
        PEER.with(|place| *place.borrow_mut() = None);
    }
}

/// Plays the kernel for one call; none without a peer.
///
/// # Safety
/// As for `calls::call_buffer`.
pub(crate) unsafe fn call(
    on: Handle,
    header: u64,
    words: [u64; 6],
    address: u64,
    length: u64,
) -> Option<Outcome> {
    let mut peer = PEER.with(|place| place.borrow_mut().take())?;
    let refused = |error: CallError| Outcome {
        status: error.to_status(),
        handle: 0,
        header: 0,
        words: [0; 6],
    };
    let buffer = Segment { address, length };
    let one = SegmentList {
        count: 1,
        inline: [buffer, Segment::default()],
    };
    let mut extension = CallExtension::default();
    if header & request::EXTENSION != 0 {
        let pointer = std::ptr::with_exposed_provenance::<CallExtension>(address as usize);
        // SAFETY: the header says that an extension block lies there.
        extension = unsafe { pointer.read() };
    }
    if header & request::BUFFER_IN != 0 {
        extension.gather = one;
    }
    if header & request::BUFFER_OUT != 0 {
        extension.scatter = one;
    }
    if header & (request::ACCEPT_OWN | request::ACCEPT_DESCRIPTOR) != 0 {
        extension.accept.count = 1;
    }
    let excluded = header & request::EXTENSION != 0
        && header & (request::BUFFER_IN | request::BUFFER_OUT) != 0
        || header & request::BUFFER_IN != 0 && header & request::BUFFER_OUT != 0;
    let outcome = if header & !request::ALL != 0 || excluded {
        refused(CallError::BadCall)
    } else {
        // SAFETY: the caller vouches for the extension's memory.
        let (gather, scatter, handles) = unsafe {
            (
                segments(&extension.gather),
                segments(&extension.scatter),
                sent_handles(&extension.handles),
            )
        };
        let mut sent = Vec::new();
        for segment in gather {
            // SAFETY: as above.
            sent.extend_from_slice(unsafe { bytes(segment) });
        }
        let message = Message {
            on,
            interface: (header >> request::INTERFACE_SHIFT) as u16,
            method: (header & request::METHOD_MASK) as u8,
            words,
            sent,
            room: scatter.iter().map(|segment| segment.length as usize).sum(),
            handles,
            accept: extension.accept.count as usize,
            into_descriptors: header & request::ACCEPT_DESCRIPTOR != 0
                || extension.accept.flags & accept::DESCRIPTORS != 0,
            interruptible: header & request::INTERRUPTIBLE != 0,
        };
        let accepted = message.accept;
        let answer = peer(message);
        // SAFETY: as above.
        unsafe { deliver(&answer, &scatter, extension.accept.array, accepted) }
    };
    PEER.with(|place| *place.borrow_mut() = Some(peer));
    Some(outcome)
}

/// Puts an answer where the kernel would.
///
/// # Safety
/// The segments and the array are the caller's to write.
unsafe fn deliver(answer: &Reply, scatter: &[Segment], array: u64, accepted: usize) -> Outcome {
    let mut left = answer.bytes.as_slice();
    let mut copied = 0;
    for segment in scatter {
        let count = left.len().min(segment.length as usize);
        let (now, later) = left.split_at(count);
        let target = std::ptr::with_exposed_provenance_mut::<u8>(segment.address as usize);
        // SAFETY: the segment has at least `count` bytes that the caller may write.
        unsafe { target.copy_from(now.as_ptr(), count) };
        copied += count as u64;
        left = later;
    }
    let installed = &answer.handles[..answer.handles.len().min(accepted)];
    if accepted > 1 {
        let target = std::ptr::with_exposed_provenance_mut::<Handle>(array as usize);
        // SAFETY: the array has `accepted` places.
        unsafe { target.copy_from(installed.as_ptr(), installed.len()) };
    }
    Outcome {
        status: answer.status,
        handle: installed.first().map_or(0, |handle| u64::from(handle.0)),
        header: copied | (installed.len() as u64) << reply::INSTALLED_SHIFT,
        words: answer.words,
    }
}

/// # Safety
/// The list's array, where it has one, can be read.
unsafe fn segments(list: &SegmentList) -> Vec<Segment> {
    let count = list.count as usize;
    if count <= list.inline.len() {
        return list.inline[..count].to_vec();
    }
    let array = std::ptr::with_exposed_provenance::<Segment>(list.inline[0].address as usize);
    // SAFETY: the caller vouches for the array.
    unsafe { std::slice::from_raw_parts(array, count) }.to_vec()
}

/// # Safety
/// The list's array, where it has one, can be read.
unsafe fn sent_handles(list: &SentHandleList) -> Vec<SentHandle> {
    let count = list.count as usize;
    if count <= list.inline.len() {
        return list.inline[..count].to_vec();
    }
    let array = std::ptr::with_exposed_provenance::<SentHandle>(list.array as usize);
    // SAFETY: the caller vouches for the array.
    unsafe { std::slice::from_raw_parts(array, count) }.to_vec()
}

/// # Safety
/// The segment can be read.
unsafe fn bytes(segment: Segment) -> &'static [u8] {
    if segment.length == 0 {
        return &[];
    }
    let pointer = std::ptr::with_exposed_provenance::<u8>(segment.address as usize);
    // SAFETY: the caller vouches for the segment; the slice is copied at once.
    unsafe { std::slice::from_raw_parts(pointer, segment.length as usize) }
}
