//! A received message, taken apart: what `Recv`'s registers say, by the kind of event.

use trivet_abi::error::CallError;
use trivet_abi::event::EventKind;
use trivet_abi::message::request;
use trivet_ipc::calls::Received;

use crate::request::Stamp;

/// What `Recv` returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A request to answer.
    Request(Header),
    /// An asynchronous call ended.
    Completed {
        /// The cookie that it was made with.
        cookie: u64,
        /// 0, the server's error, or minus a `CallError`.
        status: i64,
        /// The reply header.
        header: u64,
        /// Words of the reply.
        words: [u64; 6],
    },
    /// The last handle and pending call of a session went.
    Closed {
        /// Badge of the session.
        badge: u64,
    },
    /// The caller of a request was interrupted or died.
    Cancelled {
        /// The request.
        token: u64,
        /// It died.
        died: bool,
    },
    /// A bound source fired.
    Signalled {
        /// The binding's cookie.
        cookie: u64,
        /// How often, or the bits that the source reports.
        count: u64,
        /// As the source says.
        words: [u64; 6],
    },
    /// A process that was subscribed to is gone.
    ProcessGone {
        /// Its number.
        process: u64,
    },
    /// A thread of a supervised process faulted.
    Fault {
        /// The fault's number.
        fault: u64,
        /// RSI of the event.
        header: u64,
        /// Process, thread, vector and error code, address, RIP.
        words: [u64; 6],
    },
    /// Pages of a pager's memory are wanted.
    PageWanted {
        /// The memory's cookie.
        cookie: u64,
        /// Offset, length, flags.
        words: [u64; 6],
    },
}

/// The registers of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Names the call until it is answered.
    pub token: u64,
    /// The method's number.
    pub method: u8,
    /// Words of the message.
    pub words: [u64; 6],
    /// The server's own number for the session.
    pub badge: u64,
    /// Who sent it.
    pub stamp: Stamp,
    /// Bytes that the caller sends.
    pub sent: u64,
    /// Room for bytes of the reply.
    pub room: u64,
    /// Handles that came with it.
    pub handles: usize,
    /// A signal may end the call.
    pub interruptible: bool,
}

impl Header {
    /// Takes the registers of a request apart.
    #[inline(always)]
    #[must_use]
    pub fn from_received(received: &Received) -> Header {
        Header {
            token: received.token,
            method: (received.header & request::METHOD_MASK) as u8,
            words: received.words,
            badge: received.badge,
            stamp: Stamp {
                process: received.process,
                domain: received.domain_and_row as u32,
                row: (received.domain_and_row >> 32) as u32,
            },
            sent: received.sent_and_room & 0xffff_ffff,
            room: received.sent_and_room >> 32,
            handles: (received.header >> request::RECEIVED_HANDLES_SHIFT & 0xff) as usize,
            interruptible: received.header & request::RECEIVED_INTERRUPTIBLE != 0,
        }
    }
}

impl Event {
    /// Takes the registers apart; the error of a `Recv` that failed.
    pub fn from_received(received: &Received) -> Result<Event, CallError> {
        let Ok(kind) = u64::try_from(received.kind) else {
            return Err(CallError::from_number(received.kind.unsigned_abs()).unwrap_or(CallError::BadCall));
        };
        let words = received.words;
        Ok(match EventKind::from_number(kind).ok_or(CallError::BadCall)? {
            EventKind::Request => Event::Request(Header::from_received(received)),
            EventKind::Completed => Event::Completed {
                cookie: received.token,
                status: received.badge.cast_signed(),
                header: received.header,
                words,
            },
            EventKind::Closed => Event::Closed {
                badge: received.badge,
            },
            EventKind::Cancelled => Event::Cancelled {
                token: received.token,
                died: received.header & 1 != 0,
            },
            EventKind::Signalled => Event::Signalled {
                cookie: received.token,
                count: received.header,
                words,
            },
            EventKind::ProcessGone => Event::ProcessGone {
                process: received.token,
            },
            EventKind::Fault => Event::Fault {
                fault: received.token,
                header: received.header,
                words,
            },
            EventKind::PageWanted => Event::PageWanted {
                cookie: received.token,
                words,
            },
        })
    }
}
