//! Endpoints: where servers receive. Requests queue by account, events before them; receivers wait last in, first out. Note 0004.

use super::event::Event;
use super::record::{CallSlot, Caller};
use super::session::Session;
use crate::account::Account;
use crate::arena::Ref;
use crate::process::Process;
use crate::thread::Thread;
use alloc::vec::Vec;
use trivet_abi::Label;
use trivet_abi::message::request;

/// One endpoint.
#[derive(Debug)]
pub struct Endpoint {
    /// The policy's name for it.
    pub label: Label,
    /// Who paid.
    pub account: Ref<Account>,
    /// Somebody can receive here. Once false, for ever false.
    pub alive: bool,
    /// Handles with the receive right.
    pub receive_rights: u32,
    /// The process that received last.
    pub server: Option<Ref<Process>>,
    /// Counts the servers that died here: sessions that they minted are dead.
    pub epoch: u32,
    /// Events that wait, first and last.
    pub first_event: Option<Ref<Event>>,
    /// See `first_event`.
    pub last_event: Option<Ref<Event>>,
    /// Sessions that were closed quietly, and that the server has not taken yet: the last one first.
    pub closed: Option<Ref<Session>>,
    /// How urgently the server is to take them: from [`CLOSED_URGENTLY`] on, each request says so.
    pub closed_urgency: u32,
    /// Of the account whose turn is next: its first request.
    pub turn: Option<Caller>,
    /// Threads that wait in Recv; the last to come is served first, its caches are warm.
    pub receivers: Option<Ref<Thread>>,
    /// Requests that wait.
    pub queued: u32,
    /// Requests that were received and not answered.
    pub pending: u32,
    /// Sessions that exist.
    pub sessions: u32,
    /// Call slots bought here.
    pub call_slots: Vec<Ref<CallSlot>>,
    /// Bound sources and subscriptions (for the count of what must be unbound).
    pub watched: Option<Ref<Event>>,
    /// Of a dead one: where the reaper goes on among all pending calls.
    pub reap_calls: u32,
    /// Next endpoint that the reaper takes apart.
    pub reap_next: Option<Ref<Endpoint>>,
}

/// So many sessions whose end is no hurry are told of together; one whose end is counts as many.
pub const CLOSED_URGENTLY: u32 = 8;

impl Endpoint {
    /// The bit of a received request's header that says whether quietly closed sessions wait to be taken.
    #[inline(always)]
    #[must_use]
    pub fn closed_bit(&self) -> u64 {
        if self.closed_urgency >= CLOSED_URGENTLY {
            request::RECEIVED_CLOSED
        } else {
            0
        }
    }

    /// An endpoint nobody can receive from yet.
    #[must_use]
    pub const fn new(label: Label, account: Ref<Account>) -> Self {
        Endpoint {
            label,
            account,
            alive: true,
            receive_rights: 0,
            server: None,
            epoch: 0,
            first_event: None,
            last_event: None,
            closed: None,
            closed_urgency: 0,
            turn: None,
            receivers: None,
            queued: 0,
            pending: 0,
            sessions: 0,
            call_slots: Vec::new(),
            watched: None,
            reap_calls: 0,
            reap_next: None,
        }
    }
}
