//! Errors of the calls themselves, as opposed to errors that a server gives.

/// Why a message was not served. RAX holds its negative; positive values up to [`MAX_SERVER_ERROR`] are the server's own errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum CallError {
    /// The number names no slot, a free slot, or an older generation.
    InvalidHandle = 1,
    /// The slot names an object of another kind than the message or the call is for: the interface's number in the header is not the
    /// object's, or Recv on a Session.
    WrongObject = 2,
    /// The policy does not allow this method on this label, or the slot is a dead one.
    Denied = 3,
    /// The interface has no such method.
    NoSuchMethod = 4,
    /// The header or an extension is malformed: undefined bits, counts over the limit, lengths that overflow.
    BadCall = 5,
    /// The caller's own memory cannot be read or written where the message says.
    BadPointer = 6,
    /// The other party's memory cannot be read or written.
    PeerFault = 7,
    /// A page must be supplied first; word 0 has the bytes done. The kernel has asked for it: try again.
    NotResident = 8,
    /// No free slot for a handle within the limit of descriptors or handles.
    NoSlots = 9,
    /// The account's limit (threads, calls in flight, objects) is reached.
    LimitReached = 10,
    /// The account's memory is used up, or the machine's.
    NoMemory = 11,
    /// The endpoint, its server or the token's call is gone.
    Gone = 12,
    /// The session was minted by a server that has died since.
    Dead = 13,
    /// The interrupt word was set or the thread was interrupted before the message was received.
    Interrupted = 14,
    /// The deadline passed.
    TimedOut = 15,
    /// Nothing is there and the options say not to wait.
    WouldBlock = 16,
    /// The asynchronous call was cancelled.
    Cancelled = 17,
    /// The handle may not be transferred, received or duplicated.
    NotTransferable = 18,
    /// The call slot is busy, or not of this endpoint.
    SlotBusy = 19,
}

/// The largest error number that a server can give.
pub const MAX_SERVER_ERROR: u16 = 4095;

impl CallError {
    /// All errors, in the order of their numbers.
    pub const ALL: [CallError; 19] = [
        CallError::InvalidHandle,
        CallError::WrongObject,
        CallError::Denied,
        CallError::NoSuchMethod,
        CallError::BadCall,
        CallError::BadPointer,
        CallError::PeerFault,
        CallError::NotResident,
        CallError::NoSlots,
        CallError::LimitReached,
        CallError::NoMemory,
        CallError::Gone,
        CallError::Dead,
        CallError::Interrupted,
        CallError::TimedOut,
        CallError::WouldBlock,
        CallError::Cancelled,
        CallError::NotTransferable,
        CallError::SlotBusy,
    ];

    /// The error with this number (positive), if there is one.
    #[must_use]
    pub fn from_number(number: u64) -> Option<CallError> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        CallError::ALL.get(index).copied()
    }

    /// The value that RAX holds for this error.
    #[inline]
    #[must_use]
    pub const fn to_status(self) -> i64 {
        -(self as u16 as i64)
    }

    /// The Linux errno that the C library reports where POSIX asks for nothing else.
    #[must_use]
    pub const fn errno(self) -> i32 {
        match self {
            CallError::InvalidHandle => 9,
            CallError::Denied => 13,
            CallError::NoSuchMethod => 38,
            CallError::BadCall | CallError::NotTransferable | CallError::WrongObject => 22,
            CallError::BadPointer => 14,
            CallError::PeerFault | CallError::Gone | CallError::Dead => 5,
            CallError::NotResident | CallError::LimitReached | CallError::WouldBlock => 11,
            CallError::NoSlots => 24,
            CallError::NoMemory => 12,
            CallError::Interrupted => 4,
            CallError::TimedOut => 110,
            CallError::Cancelled => 125,
            CallError::SlotBusy => 16,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_is_found_by_its_number_and_no_other_number_is() {
        for error in CallError::ALL {
            assert_eq!(CallError::from_number(error as u64), Some(error));
        }
        assert_eq!(CallError::from_number(0), None);
        assert_eq!(CallError::from_number(20), None);
        assert_eq!(CallError::from_number(u64::MAX), None);
    }

    #[test]
    fn statuses_of_the_kernel_are_negative_and_never_a_servers() {
        for error in CallError::ALL {
            assert!(error.to_status() < 0);
        }
    }
}
