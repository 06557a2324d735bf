//! What an await or a copy in a handler can end with. The service traits' error types are made from these by `?`,
//! where their interface lists the number.

/// The caller of a request does not wait for the answer any more, or shall not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// A signal interrupted the caller: answer with what was done, or with EINTR.
    Interrupted,
    /// The caller died: undo, the answer goes nowhere.
    Died,
    /// The caller's account has too many requests that wait here: the executor answers EAGAIN.
    TooMany,
}

/// Why bytes of a request could not be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyError {
    /// The caller's memory cannot be read or written where its message says: EFAULT.
    BadPointer,
    /// The call has ended.
    Gone,
    /// A page must be supplied first; so many bytes were copied before it.
    NotResident(u64),
    /// The request or the memory has no such range, or this kernel refuses the copy.
    Refused,
}

/// The policy refuses a name; the audit has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denied;
