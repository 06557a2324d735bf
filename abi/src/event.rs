//! What Recv returns, and readiness. Note 0004.

/// The kind of what a Recv returned (RAX when it is not negative).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum EventKind {
    /// A request: a message to answer.
    Request = 0,
    /// An asynchronous call ended.
    Completed = 1,
    /// The last handle and the last pending call of a session are gone.
    Closed = 2,
    /// The caller of a pending request was interrupted or died.
    Cancelled = 3,
    /// A bound source fired.
    Signalled = 4,
    /// A process whose number was subscribed is gone.
    ProcessGone = 5,
    /// A thread faulted and cannot take it itself.
    Fault = 6,
    /// Pages of a pager's Memory are wanted.
    PageWanted = 7,
}

impl EventKind {
    /// The kind with this number.
    #[must_use]
    pub const fn from_number(number: u64) -> Option<EventKind> {
        Some(match number {
            0 => EventKind::Request,
            1 => EventKind::Completed,
            2 => EventKind::Closed,
            3 => EventKind::Cancelled,
            4 => EventKind::Signalled,
            5 => EventKind::ProcessGone,
            6 => EventKind::Fault,
            7 => EventKind::PageWanted,
            _ => return None,
        })
    }
}

/// Options of a Recv (RSI).
pub mod receive_options {
    /// Return `WouldBlock` instead of waiting.
    pub const NO_WAIT: u64 = 1;
    /// Take events and completions only, no requests (a server that is at its bound of tasks).
    pub const NO_REQUESTS: u64 = 2;
    /// All options that are defined.
    pub const ALL: u64 = 3;
}

/// Readiness bits of a session: the values of POSIX's `poll` and Linux's `epoll`.
pub mod readiness {
    /// Data may be read.
    pub const IN: u32 = 0x001;
    /// Exceptional condition.
    pub const PRI: u32 = 0x002;
    /// Data may be written.
    pub const OUT: u32 = 0x004;
    /// An error is pending; always watched.
    pub const ERR: u32 = 0x008;
    /// Hung up; always watched.
    pub const HUP: u32 = 0x010;
    /// The number names nothing; only an answer of `poll`.
    pub const NVAL: u32 = 0x020;
    /// The peer closed its writing side.
    pub const RDHUP: u32 = 0x2000;
    /// Of a session: a regular file or directory. It is ready for ever, and no member of a WaitSet (EPERM), as epoll has it. Only a mint sets it.
    pub const PLAIN: u32 = 0x1_0000;
    /// Bits that a session can hold.
    pub const SESSION: u32 = IN | PRI | OUT | ERR | HUP | RDHUP;
}
