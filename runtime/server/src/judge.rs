//! Names and their decisions.
//!
//! A name (path, port, process number) reaches a handler as a [`Name`], whose value only a [`NameJudge`] can open. The
//! judge asks the kernel's engine about the caller of this request, and only a judge that has granted something makes the
//! [`Decided`] reply that the service trait wants: a handler that forgets to judge answers EACCES, never success.

use core::cell::Cell;

use trivet_abi::{InterfaceNumber, Label};

use crate::error::Denied;
use crate::request::Request;

/// A name as it came. `T` is what it is made of: bytes, a number, a struct.
#[derive(Debug)]
pub struct Name<T> {
    value: T,
}

impl<T> Name<T> {
    /// Called by dispatchers.
    #[doc(hidden)]
    pub fn from_message(value: T) -> Name<T> {
        Name { value }
    }

    /// The name, for looking up what it means; what is found there is for the judge.
    pub fn open(self, _judge: &NameJudge<'_>) -> T {
        self.value
    }
}

/// Judges the names of one request.
#[derive(Debug)]
pub struct NameJudge<'a> {
    request: &'a Request,
}

impl<'a> NameJudge<'a> {
    pub(crate) fn new(request: &'a Request) -> NameJudge<'a> {
        NameJudge { request }
    }

    fn grants(&self) -> &Cell<u32> {
        self.request.grants()
    }

    /// Whether the caller may call the request's own method on what the name means.
    #[must_use]
    pub fn allows(&self, label: Label) -> bool {
        self.allows_method(label, self.request.interface(), self.request.method())
    }

    /// Whether the caller may call `method` of `interface` on `label`, where a request asks for more than its method says.
    #[inline]
    #[must_use]
    pub fn allows_method(&self, label: Label, interface: InterfaceNumber, method: u8) -> bool {
        let stamp = self.request.stamp();
        let granted = self.request.runtime().kernel().allows(
            self.request.token(),
            stamp.domain,
            label,
            interface,
            method,
        );
        if granted {
            self.grants().set(self.grants().get().saturating_add(1));
        }
        granted
    }

    /// [`NameJudge::allows`] for `?`.
    pub fn require(&self, label: Label) -> Result<(), Denied> {
        if self.allows(label) { Ok(()) } else { Err(Denied) }
    }

    /// The request whose names these are.
    #[must_use]
    pub fn request(&self) -> &'a Request {
        self.request
    }

    /// The reply, which a request with names gives only after something was granted.
    pub fn decided<T>(&self, reply: T) -> Result<Decided<T>, Denied> {
        if self.grants().get() == 0 {
            Err(Denied)
        } else {
            Ok(Decided { reply })
        }
    }
}

/// A reply whose names were judged.
#[derive(Debug)]
pub struct Decided<T> {
    reply: T,
}

impl<T> Decided<T> {
    /// Called by dispatchers.
    #[doc(hidden)]
    pub fn into_reply(self) -> T {
        self.reply
    }
}
