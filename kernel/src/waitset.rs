//! WaitSets: one wait for many things. A watch connects a source (session, timer, end of a process, another set) with a set or
//! with a thread in `poll`. Sources are named weakly: closing a descriptor takes it out. Note 0004.
//!
//! [`watch`] connects and fires, [`service`] serves the interface.

pub mod service;
pub mod watch;

use crate::account::Account;
use crate::arena::Ref;
use crate::ipc::event::Event;
use crate::ipc::session::Session;
use crate::process::Process;
use crate::thread::Thread;
use crate::timer::Timer;

/// A set.
#[derive(Debug)]
pub struct WaitSet {
    /// Who paid; counted.
    pub account: Ref<Account>,
    /// All its watches.
    pub members: Option<Ref<Watch>>,
    /// Number of them.
    pub member_count: u32,
    /// Watches that may be ready, first and last.
    pub first_ready: Option<Ref<Watch>>,
    /// See `first_ready`.
    pub last_ready: Option<Ref<Watch>>,
    /// Threads in `wait`.
    pub waiters: Option<Ref<Thread>>,
    /// Told when the set becomes ready.
    pub event: Option<Ref<Event>>,
    /// Watches of other sets and polls on this one; weak.
    pub watches: Option<Ref<Watch>>,
}

/// What a watch looks at; weak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Readiness of a session.
    Session(Ref<Session>),
    /// Expirations of a timer.
    Timer(Ref<Timer>),
    /// End of a process.
    Process(Ref<Process>),
    /// Readiness of another set.
    WaitSet(Ref<WaitSet>),
}

/// Who watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watcher {
    /// A set.
    WaitSet(Ref<WaitSet>),
    /// A thread in `poll`.
    Thread(Ref<Thread>),
}

/// One connection.
#[derive(Debug)]
pub struct Watch {
    /// Who watches; a set or thread takes its watches down before it goes.
    pub watcher: Watcher,
    /// What it looks at.
    pub source: Source,
    /// The handle value by which it was added.
    pub member: u32,
    /// Bits of interest.
    pub interest: u32,
    /// Edge-triggered, one-shot, exclusive.
    pub flags: u64,
    /// A one-shot watch that has fired.
    pub disarmed: bool,
    /// Handed back when ready.
    pub cookie: u64,
    /// Sequence number that was reported last (edge-triggered).
    pub seen: u32,
    /// In the set's list of those that may be ready.
    pub listed: bool,
    /// Neighbours among the source's watches.
    pub source_previous: Option<Ref<Watch>>,
    /// See `source_previous`.
    pub source_next: Option<Ref<Watch>>,
    /// Neighbours among the watcher's.
    pub member_previous: Option<Ref<Watch>>,
    /// See `member_previous`.
    pub member_next: Option<Ref<Watch>>,
    /// Neighbours in the list of those that may be ready.
    pub ready_previous: Option<Ref<Watch>>,
    /// See `ready_previous`.
    pub ready_next: Option<Ref<Watch>>,
}
