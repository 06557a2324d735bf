//! What the kernel knows of a pending call: one record for each thread, one for each call slot. Note 0004.

use super::endpoint::Endpoint;
use super::session::Session;
use super::token::{self, RecordIndex};
use crate::arena::Ref;
use crate::handle::slot::Slot;
use crate::handle::table::Place;
use crate::process::Process;
use crate::thread::Thread;
use alloc::vec::Vec;
use trivet_abi::message::Segment;

/// Whose call it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// The synchronous call of a thread.
    Thread(Ref<Thread>),
    /// An asynchronous one.
    Slot(Ref<CallSlot>),
}

impl Caller {
    /// The record's part of the token.
    #[must_use]
    pub const fn record_index(self) -> RecordIndex {
        match self {
            Caller::Thread(thread) => RecordIndex::Thread(thread.index()),
            Caller::Slot(slot) => RecordIndex::Slot(slot.index()),
        }
    }
}

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CallState {
    /// No call is pending.
    #[default]
    Idle,
    /// Waits at the endpoint.
    Queued,
    /// A server holds its token.
    Received,
}

/// Gather or scatter list of one direction.
#[derive(Debug, Default)]
pub struct Segments {
    /// Bytes in all.
    pub total: u64,
    count: u32,
    first: [Segment; 2],
    more: Vec<Segment>,
}

impl Segments {
    /// No bytes.
    pub const fn new() -> Self {
        Segments {
            total: 0,
            count: 0,
            first: [Segment {
                address: 0,
                length: 0,
            }; 2],
            more: Vec::new(),
        }
    }

    /// Forgets all segments, and keeps the room for them.
    #[inline]
    pub fn clear(&mut self) {
        self.total = 0;
        self.count = 0;
    }

    /// One segment, as registers name it.
    #[inline]
    pub fn set_one(&mut self, address: u64, length: u64) {
        self.total = length;
        self.count = 1;
        self.first[0] = Segment { address, length };
    }

    /// Makes room for `count` segments. False: no memory.
    pub fn reserve(&mut self, count: usize) -> bool {
        self.more.clear();
        self.more.try_reserve(count).is_ok()
    }

    /// Adds a segment; room was made. False: the total overflows `limit`.
    pub fn push(&mut self, segment: Segment, limit: u64) -> bool {
        let Some(total) = self.total.checked_add(segment.length) else {
            return false;
        };
        if total > limit || segment.address.checked_add(segment.length).is_none() {
            return false;
        }
        self.total = total;
        match self.first.get_mut(self.count as usize) {
            Some(place) => *place = segment,
            None => self.more.push(segment),
        }
        self.count += 1;
        true
    }

    /// The address of `length` bytes from `offset` on, if the list is one segment and has them.
    #[inline]
    #[must_use]
    pub const fn single(&self, offset: u64, length: u64) -> Option<u64> {
        if self.count != 1 || offset > self.total || length > self.total - offset {
            return None;
        }
        Some(self.first[0].address + offset)
    }

    /// The part of a segment that begins at byte `offset` of the whole list. `None` at or beyond the end.
    #[must_use]
    pub fn at(&self, offset: u64) -> Option<Segment> {
        let mut before = 0;
        for index in 0..self.count as usize {
            let segment = match self.first.get(index) {
                Some(segment) => segment,
                None => self.more.get(index - self.first.len())?,
            };
            if offset - before < segment.length {
                let skip = offset - before;
                return Some(Segment {
                    address: segment.address + skip,
                    length: segment.length - skip,
                });
            }
            before += segment.length;
        }
        None
    }

    /// Copies another list. False: no memory.
    pub fn copy_from(&mut self, other: &Segments) -> bool {
        self.clear();
        if !self.reserve(other.more.len()) {
            return false;
        }
        self.more
            .extend_from_slice(&other.more[..(other.count as usize).saturating_sub(2).min(other.more.len())]);
        self.first = other.first;
        self.count = other.count;
        self.total = other.total;
        true
    }
}

/// A handle between two tables: its references are counted.
#[derive(Clone, Copy, Debug)]
pub struct InTransit {
    /// What the sender's slot held, with the mask that the sender lets go on.
    pub slot: Slot,
    /// The sender's slot, to be emptied at delivery.
    pub moved_from: Option<Place>,
}

/// Slots that a call keeps for handles of the reply.
#[derive(Debug, Default)]
pub struct Accepted {
    /// The places; the first one's value comes in RDI.
    pub places: Vec<Place>,
    /// Where the values go if there are several.
    pub array: u64,
    /// A place among the sessions is kept and paid for, should the reply mint one.
    pub session_kept: bool,
    /// New descriptors are closed at exec.
    pub close_on_exec: bool,
}

/// One pending call.
#[derive(Debug, Default)]
pub struct CallRecord {
    /// How far it is.
    pub state: CallState,
    /// The caller can be interrupted while it waits.
    pub interruptible: bool,
    /// The server was told `cancelled`.
    pub cancelled: bool,
    /// The caller is gone: the answer goes nowhere.
    pub orphaned: bool,
    /// It has a deadline.
    pub timed: bool,
    /// Nothing but registers and buffers is involved, and nobody cancelled it: the straight path may answer it.
    pub plain: bool,
    /// `row` is counted in the table of rows in use.
    pub row_counted: bool,
    /// Call number (40 bits).
    pub number: u64,
    /// Credentials row that the message was stamped with.
    pub row: u32,
    /// Number of the method.
    pub method: u8,
    /// The session called; counted.
    pub session: Option<Ref<Session>>,
    /// Its endpoint; counted by the session.
    pub endpoint: Option<Ref<Endpoint>>,
    /// Who received it.
    pub server: Option<Ref<Process>>,
    /// Neighbours: of the same account in the endpoint's queue, or in the server's list of received calls.
    pub previous: Option<Caller>,
    /// See `previous`.
    pub next: Option<Caller>,
    /// The first of each account's queue is in the endpoint's ring of accounts.
    pub ring_previous: Option<Caller>,
    /// See `ring_previous`.
    pub ring_next: Option<Caller>,
    /// Bytes sent.
    pub gather: Segments,
    /// Room for the reply's bytes.
    pub scatter: Segments,
    /// Reply bytes that have arrived (of a reply that goes in steps).
    pub copied: u64,
    /// How far the server has filled the reply's room by copies of its own, before the reply.
    pub filled: u64,
    /// Of a kernel service: handles installed so far, and the first one's value.
    pub installed: u64,
    /// See `installed`.
    pub first_handle: u32,
    /// Handles sent, until they are delivered.
    pub sent: Vec<InTransit>,
    /// Slots kept for the reply's handles.
    pub accepted: Accepted,
    /// What the policy's rules with state advanced for this request, to be taken back when the answer is an error.
    pub undo: Option<crate::policy::Undo>,
    /// The same for names that its server judged: at most [`MAX_NAME_UNDOS`].
    pub name_undos: Vec<crate::policy::Undo>,
    /// Number of the handles that came with it, once they are delivered.
    pub handles: u64,
}

/// Names of one request whose counts are given back when it fails; what further ones counted stays counted. No request has more than two.
pub const MAX_NAME_UNDOS: usize = 4;

impl CallRecord {
    /// Whether it holds slots or handles that must be given back.
    #[inline]
    pub fn carries(&self) -> bool {
        self.accepted.session_kept || !self.sent.is_empty()
    }

    /// Whether rules with state wait for how it ends.
    #[inline]
    pub fn is_counted(&self) -> bool {
        self.undo.is_some() || !self.name_undos.is_empty()
    }
}

/// An asynchronous call's record. Note 0004.
#[derive(Debug)]
pub struct CallSlot {
    /// The call.
    pub call: CallRecord,
    /// Who calls: stamped on the message.
    pub process: Ref<Process>,
    /// Where `completed` arrives; weak, the endpoint owns the slot.
    pub endpoint: Ref<Endpoint>,
    /// Handed back with `completed`.
    pub cookie: u64,
    /// Request header.
    pub header: u64,
    /// Request words, then the reply's.
    pub words: [u64; 6],
    /// `completed`; and `cancelled` for the server.
    pub completed: Ref<super::event::Event>,
    /// Tells the server that the call is to be given up.
    pub cancel_event: Ref<super::event::Event>,
    /// Deadline timer.
    pub timer: crate::timer::TimerId,
    /// `completed` was not received yet.
    pub answered: bool,
    /// First handle that the reply installed.
    pub handle: u32,
    /// Its endpoint is gone.
    pub retired: bool,
}

/// The token of a call.
#[must_use]
pub fn token_of(caller: Caller, number: u64) -> u64 {
    token::encode(caller.record_index(), number)
}
