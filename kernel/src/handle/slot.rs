//! One slot of a handle table: object, rights, label, and the masks that decide each message.

use crate::account::Account;
use crate::arena::Ref;
use crate::ipc::endpoint::Endpoint;
use crate::ipc::session::Session;
use crate::mm::{AddressSpace, DeviceRange, DmaBlock, Memory};
use crate::object::{Interrupt, PortRange};
use crate::process::Process;
use crate::thread::Thread;
use crate::timer::Timer;
use crate::waitset::WaitSet;
use trivet_abi::handle::Rights;
use trivet_abi::message::request;
use trivet_abi::{InterfaceNumber, Label};

/// What a handle names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is described in its interface file")]
pub enum Object {
    AddressSpace(Ref<AddressSpace>),
    Process(Ref<Process>),
    Thread(Ref<Thread>),
    Account(Ref<Account>),
    Endpoint(Ref<Endpoint>),
    Session(Ref<Session>),
    Memory(Ref<Memory>),
    DeviceMemory(Ref<DeviceRange>),
    Interrupt(Ref<Interrupt>),
    /// The root from which interrupts are allocated.
    InterruptRoot,
    IoPorts(Ref<PortRange>),
    Dma(Ref<DmaBlock>),
    /// The root from which DMA memory is allocated.
    DmaRoot,
    WaitSet(Ref<WaitSet>),
    Timer(Ref<Timer>),
    Clock,
    Policy,
    Audit,
    Entropy,
    Machine,
}

impl Object {
    /// Number of the object's interface. A session's is its own: see [`Slot::interface`].
    #[must_use]
    pub const fn interface(self) -> u16 {
        match self {
            Object::AddressSpace(_) => 1,
            Object::Process(_) => 2,
            Object::Thread(_) => 3,
            Object::Account(_) => 4,
            Object::Endpoint(_) => 5,
            Object::Session(_) => 6,
            Object::Memory(_) => 7,
            Object::DeviceMemory(_) => 8,
            Object::Interrupt(_) | Object::InterruptRoot => 9,
            Object::IoPorts(_) => 10,
            Object::Dma(_) | Object::DmaRoot => 11,
            Object::WaitSet(_) => 12,
            Object::Timer(_) => 13,
            Object::Clock => 14,
            Object::Policy => 15,
            Object::Audit => 16,
            Object::Entropy => 17,
            Object::Machine => 18,
        }
    }
}

/// State of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Nothing; the number may be given out.
    Free,
    /// Kept for the reply of a pending call.
    Reserved,
    /// Refused by the policy when it was inherited: the number is taken, each message answers Denied.
    Dead,
    /// A handle.
    Live(Object),
}

/// What one handle number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The object.
    pub content: Content,
    /// The policy's name for it.
    pub label: Label,
    /// What may be done with the handle itself.
    pub rights: Rights,
    /// Closed at exec (descriptors only).
    pub close_on_exec: bool,
    /// Of an own slot: how often it was freed.
    pub generation: u16,
    /// Interface whose methods the masks count.
    pub interface: InterfaceNumber,
    /// Another interface whose messages it takes, or the same one; the table sets it.
    pub also_answers: InterfaceNumber,
    /// Methods that rights and policy leave.
    pub allow: u64,
    /// Methods that are not decided by `allow` alone: under a stateful rule, or audited.
    pub special: u64,
    /// A session's endpoint, so that a message need not ask the session.
    pub endpoint: Option<Ref<Endpoint>>,
    /// A session's badge.
    pub badge: u64,
}

impl Slot {
    /// A slot that was never used.
    pub const EMPTY: Slot = Slot {
        content: Content::Free,
        label: Label(0),
        rights: Rights(0),
        close_on_exec: false,
        generation: 0,
        interface: InterfaceNumber(0),
        also_answers: InterfaceNumber(0),
        allow: 0,
        special: 0,
        endpoint: None,
        badge: 0,
    };

    /// Whether messages of an interface go to this object. Two compares, the second one only where the first fails.
    #[inline(always)]
    #[must_use]
    pub const fn takes(&self, header: u64) -> bool {
        let interface = (header >> request::INTERFACE_SHIFT) as u16;
        interface == self.interface.0 || interface == self.also_answers.0
    }

    /// The object of a live slot.
    #[inline]
    #[must_use]
    pub const fn object(&self) -> Option<Object> {
        match self.content {
            Content::Live(object) => Some(object),
            Content::Free | Content::Reserved | Content::Dead => None,
        }
    }
}
