//! Processes: a handle table and an address space, in a domain, with threads. Note 0006.
//!
//! `process` is the object; [`lifecycle`] makes, commits and ends processes, [`clone`](crate::process::fork) copies them, [`service`] serves the
//! methods that are not about slots.

pub mod fork;
pub mod lifecycle;
pub mod service;

use crate::account::Account;
use crate::arena::Ref;
use crate::handle::table::HandleTable;
use crate::ipc::event::Event;
use crate::machine::Frame;
use crate::mm::AddressSpace;
use crate::thread::Thread;
use trivet_abi::{Domain, Label};

/// How far a process's life is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum ProcessState {
    /// Being built; no thread runs.
    Embryo = 0,
    /// Threads may run.
    Running = 1,
    /// Being destroyed.
    Dying = 2,
    /// Nothing is left but the number.
    Dead = 3,
}

/// One process.
#[derive(Debug)]
pub struct Process {
    /// Never reused.
    pub number: u64,
    /// The policy's domain.
    pub domain: Domain,
    /// Label of the program.
    pub image: Label,
    /// Row of credentials that messages are stamped with.
    pub row: u32,
    /// State.
    pub state: ProcessState,
    /// All threads are stopped.
    pub stopped: bool,
    /// Who pays; counted.
    pub account: Ref<Account>,
    /// Address space; counted. `None` once it was torn down.
    pub space: Option<Ref<AddressSpace>>,
    /// The space's top-level table, so that a switch need not ask the space.
    pub root: Frame,
    /// Handles.
    pub table: HandleTable,
    /// Bytes that the table was charged.
    pub table_bytes: u64,
    /// What `Handle::SELF_THREAD` names, but for the thread itself.
    pub self_thread: crate::handle::slot::Slot,
    /// State under the policy's stateful rules.
    pub cells: alloc::vec::Vec<u64>,
    /// First of its threads.
    pub threads: Option<Ref<Thread>>,
    /// Number of threads.
    pub thread_count: u32,
    /// It has received at an endpoint: calls may wait for its answer.
    pub has_received: bool,
    /// Told of faults and the end; the supervisor's event.
    pub supervisor: Option<Ref<Event>>,
    /// Told of the end: subscriptions by number.
    pub subscriptions: Option<Ref<Event>>,
    /// WaitSets that watch for the end.
    pub watches: Option<Ref<crate::waitset::Watch>>,
    /// What its watchers get.
    pub exit_reason: u64,
    /// Name for listings.
    pub name: [u8; 16],
    /// Descriptors below this number only.
    pub descriptor_limit: u32,
    /// Threads at most.
    pub thread_limit: u32,
    /// Bytes of address space at most.
    pub space_limit: u64,
    /// Processor time at which the supervisor is told (0: never), in ticks.
    pub time_limit_ticks: u64,
    /// Counter ticks in its own code, of threads that ended and at each switch.
    pub user_ticks: u64,
    /// Counter ticks of servers on its behalf.
    pub system_ticks: u64,
    /// When it was made, monotonic.
    pub start_ns: u64,
    /// Page faults.
    pub page_faults: u64,
    /// Switches to its threads by the scheduler.
    pub switches: u64,
    /// Next process with the same hash of the number.
    pub number_next: Option<Ref<Process>>,
    /// Where the reaper goes on among its slots.
    pub reap_position: u32,
    /// Where the reaper goes on among all pending calls.
    pub reap_calls: u32,
    /// Next process that the reaper takes apart.
    pub reap_next: Option<Ref<Process>>,
}

impl Process {
    /// Whether threads may be made and handles installed.
    #[must_use]
    pub const fn is_alive(&self) -> bool {
        matches!(self.state, ProcessState::Embryo | ProcessState::Running)
    }
}
