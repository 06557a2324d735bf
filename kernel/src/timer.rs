//! Time: deadlines of threads and calls, and Timer objects.
//!
//! [`deadlines`] is the queue of all of them; [`service`] serves the Timer and Clock interfaces.

pub mod deadlines;
pub mod service;

pub use deadlines::{ClockKind, DeadlineOwner, Deadlines, TimerId};

use crate::account::Account;
use crate::arena::Ref;
use crate::ipc::event::Event;
use crate::waitset::Watch;

/// A Timer object.
#[derive(Debug)]
pub struct Timer {
    /// Who paid; counted.
    pub account: Ref<Account>,
    /// Its place among the deadlines.
    pub deadline: TimerId,
    /// The clock.
    pub clock: ClockKind,
    /// Absolute time of the next expiration; 0: not armed.
    pub deadline_ns: u64,
    /// Time between expirations; 0: once.
    pub interval_ns: u64,
    /// Expirations not taken yet.
    pub expirations: u64,
    /// Told of expirations.
    pub event: Option<Ref<Event>>,
    /// WaitSets that watch it; weak.
    pub watches: Option<Ref<Watch>>,
}

/// A change of real time that is spread over a while.
#[derive(Clone, Copy, Debug)]
pub struct Slew {
    /// When it began, monotonic.
    pub start_ns: u64,
    /// How long it takes.
    pub over_ns: u64,
    /// Offset of real time at its beginning.
    pub from_offset_ns: i64,
    /// How much is added in all.
    pub by_ns: i64,
}
