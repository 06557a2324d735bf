//! Why a call did not succeed: the server's error or the kernel's.
//!
//! [`Failure`] is the status register with a type: making one costs nothing, [`Failure::kind`] takes it apart, and
//! [`Failure::errno`] is what the C library reports.

use core::marker::PhantomData;
use core::num::NonZeroI32;

use trivet_abi::error::CallError;

/// An interface's error type: a list of errno values.
pub trait ErrorNumber: Copy {
    /// The error with this number, when the interface lists it.
    fn from_number(number: u16) -> Option<Self>;
    /// Linux's errno value.
    fn number(self) -> u16;
}

/// A call that did not succeed. `E` is the interface's error type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Failure<E> {
    status: NonZeroI32,
    errors: PhantomData<E>,
}

/// What a [`Failure`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind<E> {
    /// The server answered with an error of its interface.
    Server(E),
    /// The message was not served.
    Call(CallError),
    /// A number that the interface does not list: a server that breaks its interface, or another kernel.
    Unlisted(i32),
}

/// EPROTO: the answer does not keep to the interface.
const EPROTO: NonZeroI32 = NonZeroI32::new(71).unwrap();

impl<E> Failure<E> {
    /// The answer does not keep to the interface.
    pub const PROTOCOL: Failure<E> = Failure {
        status: EPROTO,
        errors: PhantomData,
    };

    /// The failure that a status (RAX of a Call) says; none for success. A number outside of what the calls can say is
    /// a breach of the protocol.
    #[inline]
    #[must_use]
    pub fn from_status(status: i64) -> Option<Failure<E>> {
        if status == 0 {
            return None;
        }
        let status = i32::try_from(status)
            .ok()
            .and_then(NonZeroI32::new)
            .unwrap_or(EPROTO);
        Some(Failure {
            status,
            errors: PhantomData,
        })
    }

    /// The number: the server's when positive, minus a `CallError` when negative.
    #[inline]
    #[must_use]
    pub fn status(self) -> i32 {
        self.status.get()
    }

    /// The kernel's reason, when the message was not served.
    #[inline]
    #[must_use]
    pub fn call(self) -> Option<CallError> {
        let number = self.status.get();
        if number < 0 {
            CallError::from_number(u64::from(number.unsigned_abs()))
        } else {
            None
        }
    }

    /// The errno value that the C library reports. ENOSYS stands for statuses that this kernel does not give.
    #[inline]
    #[must_use]
    pub fn errno(self) -> i32 {
        const ENOSYS: i32 = 38;
        let status = self.status.get();
        if status > 0 {
            status
        } else {
            self.call().map_or(ENOSYS, CallError::errno)
        }
    }

    /// The same failure as one of another interface, for a function that calls several.
    #[inline]
    #[must_use]
    pub fn cast<F>(self) -> Failure<F> {
        Failure {
            status: self.status,
            errors: PhantomData,
        }
    }
}

impl<E: ErrorNumber> Failure<E> {
    /// The failure that this error of the server is.
    #[inline]
    #[must_use]
    pub fn of(error: E) -> Failure<E> {
        Failure {
            status: NonZeroI32::new(i32::from(error.number())).unwrap_or(EPROTO),
            errors: PhantomData,
        }
    }

    /// Whose failure it is.
    #[must_use]
    pub fn kind(self) -> FailureKind<E> {
        let status = self.status.get();
        if let Some(error) = self.call() {
            return FailureKind::Call(error);
        }
        u16::try_from(status)
            .ok()
            .and_then(E::from_number)
            .map_or(FailureKind::Unlisted(status), FailureKind::Server)
    }

    /// The server's error, when it is one that the interface lists.
    #[must_use]
    pub fn server(self) -> Option<E> {
        match self.kind() {
            FailureKind::Server(error) => Some(error),
            _ => None,
        }
    }
}

impl<E: ErrorNumber + core::fmt::Debug> core::fmt::Debug for Failure<E> {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.kind().fmt(formatter)
    }
}
