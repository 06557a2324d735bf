//! What all kernel objects share: their cost, and how the last reference takes them apart.

pub mod counts;
pub mod release;

use crate::account::{Account, Resource};
use crate::arena::Ref;
use crate::ipc::event::Event;

/// An interrupt line or message.
#[derive(Debug)]
pub struct Interrupt {
    /// Who paid; counted.
    pub account: Ref<Account>,
    /// The machine's vector.
    pub vector: u8,
    /// A line stays masked until it is acknowledged.
    pub is_line: bool,
    /// Told when it fires.
    pub event: Option<Ref<Event>>,
    /// It fired and was not acknowledged.
    pub waiting: bool,
    /// It fired again meanwhile.
    pub missed: bool,
}

/// A range of I/O ports.
#[derive(Debug)]
pub struct PortRange {
    /// Who paid; counted.
    pub account: Ref<Account>,
    /// First port.
    pub first: u16,
    /// Number of ports.
    pub count: u32,
}

/// What an object costs its account.
pub type Cost = [(Resource, u64); 2];

const fn cost(bytes: usize, resource: Resource, amount: u64) -> Cost {
    [(Resource::KernelBytes, bytes as u64), (resource, amount)]
}

/// Cost of a thread, with its event.
pub const THREAD_COST: Cost = cost(
    size_of::<crate::thread::Thread>() + size_of::<Event>(),
    Resource::Threads,
    1,
);
/// Cost of a process.
pub const PROCESS_COST: Cost = cost(size_of::<crate::process::Process>(), Resource::Processes, 1);
/// Cost of an endpoint.
pub const ENDPOINT_COST: Cost = cost(size_of::<crate::ipc::endpoint::Endpoint>(), Resource::Bindings, 1);
/// Cost of a session.
pub const SESSION_COST: Cost = cost(size_of::<crate::ipc::session::Session>(), Resource::Bindings, 0);
/// Cost of an event: a binding.
pub const EVENT_COST: Cost = cost(size_of::<Event>(), Resource::Bindings, 1);
/// Cost of a call slot, with its two events.
pub const CALL_SLOT_COST: Cost = cost(size_of::<crate::ipc::record::CallSlot>(), Resource::Calls, 1);
/// Cost of a WaitSet.
pub const WAIT_SET_COST: Cost = cost(size_of::<crate::waitset::WaitSet>(), Resource::Bindings, 1);
/// Cost of a watch.
pub const WATCH_COST: Cost = cost(size_of::<crate::waitset::Watch>(), Resource::Bindings, 1);
/// Cost of a timer.
pub const TIMER_COST: Cost = cost(size_of::<crate::timer::Timer>(), Resource::Bindings, 1);
/// Cost of an interrupt.
pub const INTERRUPT_COST: Cost = cost(size_of::<Interrupt>(), Resource::Bindings, 1);
/// Cost of a port range.
pub const PORT_RANGE_COST: Cost = cost(size_of::<PortRange>(), Resource::Bindings, 0);
