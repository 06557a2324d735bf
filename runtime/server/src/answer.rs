//! An answer on its way out: status, words, bytes, handles, a session to mint, readiness changes.
//!
//! Handlers build typed replies; the generated dispatcher turns them into an [`Answer`]. [`Output`] and [`Give`] are
//! what replies hold for bytes of variable length and for handles.

use alloc::boxed::Box;
use alloc::vec::Vec;

use trivet_abi::handle::{Handle, Rights};
use trivet_abi::message::SentHandle;
use trivet_abi::{InterfaceNumber, Label};
use trivet_ipc::ErrorNumber;

/// ENOSYS: the server does not implement the method.
pub const NOT_IMPLEMENTED: u16 = 38;
/// EINVAL: an argument that the interface does not allow.
pub const INVALID: u16 = 22;
/// EAGAIN: the account has too many requests here.
pub const TRY_AGAIN: u16 = 11;
/// EFAULT: the caller's bytes cannot be read.
pub const BAD_ADDRESS: u16 = 14;
/// EACCES: refused by the policy.
pub const ACCESS_DENIED: u16 = 13;
/// ENOMEM: not enough memory.
pub const NO_MEMORY: u16 = 12;

/// Bytes of variable length in a reply.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum Output {
    /// None.
    #[default]
    Empty,
    /// These.
    Bytes(Vec<u8>),
    /// These, which live as long as the server.
    Static(&'static [u8]),
    /// The handler has put them into the caller's memory already (`Request::copy_out` and its like).
    Copied,
}

impl Output {
    /// The bytes that the reply itself brings.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Output::Bytes(bytes) => bytes,
            Output::Static(bytes) => bytes,
            Output::Empty | Output::Copied => &[],
        }
    }
}

impl From<Vec<u8>> for Output {
    fn from(bytes: Vec<u8>) -> Output {
        Output::Bytes(bytes)
    }
}

/// A session for a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// The server's own number for it.
    pub badge: u64,
    /// The interface that it speaks.
    pub interface: InterfaceNumber,
    /// Its label, one that the policy lets this server mint.
    pub label: Label,
    /// Methods at most.
    pub mask: u64,
    /// What the holder may do with the handle.
    pub rights: Rights,
    /// Readiness at the start.
    pub readiness: u32,
    /// Tell the server when it is closed.
    pub report_closed: bool,
    /// Its end need not wake the server: [`crate::Events::closed`] runs before the next request, or when the server next has to wait.
    pub quiet: bool,
    /// With `quiet`: nor need it be heard of before the next request. Whoever has to know of all closed sessions asks
    /// ([`crate::Kernel::take_closed`]).
    pub lazy: bool,
}

impl NewSession {
    /// A session with every method, that may be duplicated and sent on, and whose end is reported.
    #[must_use]
    pub fn new(badge: u64, interface: InterfaceNumber, label: Label) -> NewSession {
        NewSession {
            badge,
            interface,
            label,
            mask: u64::MAX,
            rights: Rights(Rights::DUPLICATE.0 | Rights::TRANSFER.0),
            readiness: 0,
            report_closed: true,
            quiet: false,
            lazy: false,
        }
    }
}

/// A handle in a reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Give {
    /// None: the client gets `Handle::NONE` when no handle follows.
    #[default]
    Nothing,
    /// A new session.
    Mint(NewSession),
    /// One of the server's own handles.
    Send(SentHandle),
}

impl Give {
    /// A handle of the server's, which the server keeps.
    #[must_use]
    pub fn copy_of(handle: Handle) -> Give {
        Give::Send(handle.into())
    }

    /// A handle of the server's, which goes to the client.
    #[must_use]
    pub fn moving(handle: Handle) -> Give {
        Give::Send(SentHandle {
            flags: trivet_abi::message::sent_handle::MOVE,
            ..handle.into()
        })
    }
}

impl From<NewSession> for Give {
    fn from(session: NewSession) -> Give {
        Give::Mint(session)
    }
}

/// A change of a session's readiness that takes effect with the reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// The session.
    pub badge: u64,
    /// Bits to set.
    pub set: u32,
    /// Bits to clear.
    pub clear: u32,
    /// Bits whose sequence number advances even where they are set.
    pub pulse: u32,
}

/// What few answers have.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Extra {
    /// Further handles.
    pub handles: Vec<SentHandle>,
    /// Readiness changes, two at most.
    pub readiness: Vec<Readiness>,
}

/// An answer to one request.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// 0, or the interface's error number.
    pub status: u16,
    /// Words of the reply.
    pub words: [u64; 6],
    /// Bytes behind those in the request's buffer.
    pub output: Output,
    /// A session to mint; its handle comes first.
    pub mint: Option<NewSession>,
    /// Handles and readiness.
    pub extra: Option<Box<Extra>>,
}

impl Answer {
    /// A success with these words.
    #[must_use]
    pub fn words(words: [u64; 6]) -> Answer {
        Answer {
            words,
            ..Answer::default()
        }
    }

    /// An error number.
    #[must_use]
    pub fn status(status: u16) -> Answer {
        Answer {
            status,
            ..Answer::default()
        }
    }

    /// An error of the interface.
    #[must_use]
    pub fn error<E: ErrorNumber>(error: E) -> Answer {
        Answer::status(error.number())
    }

    /// Frees what the answer holds beside words, once it has gone out.
    #[inline(always)]
    pub(crate) fn forget_parts(&mut self) {
        self.mint = None;
        if matches!(self.output, Output::Bytes(_)) || self.extra.is_some() {
            *self = Answer::default();
        }
    }

    /// Adds a readiness change.
    pub fn change_readiness(&mut self, change: Readiness) {
        self.extra.get_or_insert_default().readiness.push(change);
    }

    /// Adds a handle of the reply, in the order of the interface.
    pub(crate) fn give(&mut self, give: Give, mint: impl FnOnce(&NewSession) -> Option<Handle>) {
        match give {
            Give::Nothing => {}
            Give::Send(handle) => self.extra.get_or_insert_default().handles.push(handle),
            Give::Mint(session) => {
                let is_first = self.extra.as_ref().is_none_or(|extra| extra.handles.is_empty());
                // The kernel puts the minted session first; another one is minted by hand and sent.
                if self.mint.is_none() && is_first {
                    self.mint = Some(session);
                } else if let Some(handle) = mint(&session)
                    && let Give::Send(sent) = Give::moving(handle)
                {
                    self.extra.get_or_insert_default().handles.push(sent);
                } else {
                    *self = Answer::status(NO_MEMORY);
                }
            }
        }
    }
}
