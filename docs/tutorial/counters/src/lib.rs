//! Named counters, the tutorial's service in Rust.
//!
//! [`Service`] keeps the counters and serves both interfaces; [`run`] is the program. docs/tutorial/README.md walks
//! through it.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use trivet_abi::Label;
use trivet_server::services::counter::{self, CounterError, CounterService};
use trivet_server::services::counters::{self, CountersError, CountersService};
use trivet_server::system::System;
use trivet_server::wait::WaitQueue;
use trivet_server::{Answer, Decided, Events, Give, Limits, Name, NewSession, Request, Runtime};

/// Badge of the session on which counters are opened; open counters have badges above it.
const COUNTERS_BADGE: u64 = 0;
/// Counters that are open at the same time, by all clients together.
const MOST_SESSIONS: usize = 1024;

/// Slots that init fills: see the tutorial's init.conf.
mod slot {
    use trivet_abi::handle::Handle;

    pub const ENDPOINT: Handle = Handle::bootstrap(8);
    pub const POLICY: Handle = Handle::bootstrap(9);
}

/// The program. Its result is the exit status.
pub fn run() -> u8 {
    let Ok(system) = System::new(slot::ENDPOINT, Some(slot::POLICY)) else {
        return 1;
    };
    let runtime = Runtime::new(Box::new(system), Limits::default(), (0, 0));
    let service = Service::new(label_of);
    let _ = trivet_server::run(&runtime, &service, |request| service.dispatch(request));
    1
}

/// Label of a counter, by the policy's `path counters "/name"`.
fn label_of(name: &[u8]) -> Option<Label> {
    // The tree of names, a zero byte, the path.
    let mut path = b"counters\0/".to_vec();
    path.extend_from_slice(name);
    trivet_ipc::policy::label_for_path(slot::POLICY, path.as_slice())
        .ok()
        .map(Label)
}

/// Whether a name is parts of `a` to `z`, `0` to `9` and `-`, with one `/` between two. One counter has one name only, so
/// that nobody gets round a label by another spelling.
fn is_well_formed(name: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
    name.split(|byte| *byte == b'/')
        .all(|part| !part.is_empty() && part.iter().all(allowed))
}

/// One counter. It lives as long as a session names it.
#[derive(Default)]
struct Counter {
    value: Cell<i64>,
    changed: WaitQueue,
}

/// Every counter.
pub struct Service<L> {
    label_of: L,
    by_name: RefCell<BTreeMap<Vec<u8>, Rc<Counter>>>,
    by_badge: RefCell<BTreeMap<u64, Rc<Counter>>>,
    last_badge: Cell<u64>,
}

impl<L: Fn(&[u8]) -> Option<Label>> Service<L> {
    /// A service without counters. `label_of` gives the label of a counter by its name.
    pub fn new(label_of: L) -> Service<L> {
        Service {
            label_of,
            by_name: RefCell::default(),
            by_badge: RefCell::default(),
            last_badge: Cell::new(COUNTERS_BADGE),
        }
    }

    /// Serves one request by what its session is.
    pub async fn dispatch(&self, request: Request) -> Answer {
        if request.badge() == COUNTERS_BADGE {
            counters::dispatch(self, request).await
        } else {
            counter::dispatch(self, request).await
        }
    }

    fn counter(&self, request: &Request) -> Result<Rc<Counter>, CounterError> {
        self.by_badge
            .borrow()
            .get(&request.badge())
            .cloned()
            .ok_or(CounterError::Stale)
    }
}

impl<L: Fn(&[u8]) -> Option<Label>> CountersService for Service<L> {
    async fn open(
        &self,
        request: &Request,
        counter: Name<Cow<'_, [u8]>>,
    ) -> Result<Decided<Give>, CountersError> {
        let judge = request.judge();
        let name = counter.open(&judge);
        if !is_well_formed(&name) {
            return Err(CountersError::InvalidArgument);
        }
        let label = (self.label_of)(&name).ok_or(CountersError::AccessDenied)?;
        judge.require(label)?;
        if self.by_badge.borrow().len() >= MOST_SESSIONS {
            return Err(CountersError::NoSpace);
        }
        let counter = self
            .by_name
            .borrow_mut()
            .entry(name.into_owned())
            .or_default()
            .clone();
        let badge = self.last_badge.get() + 1;
        self.last_badge.set(badge);
        self.by_badge.borrow_mut().insert(badge, counter);
        let session = NewSession::new(badge, trivet_ipc::counter::INTERFACE, label);
        Ok(judge.decided(session.into())?)
    }
}

impl<L: Fn(&[u8]) -> Option<Label>> CounterService for Service<L> {
    async fn add(&self, request: &Request, amount: i64) -> Result<i64, CounterError> {
        let counter = self.counter(request)?;
        let value = counter
            .value
            .get()
            .checked_add(amount)
            .ok_or(CounterError::Overflow)?;
        counter.value.set(value);
        counter.changed.wake_all();
        Ok(value)
    }

    async fn value(&self, request: &Request) -> Result<i64, CounterError> {
        Ok(self.counter(request)?.value.get())
    }

    async fn wait_for(&self, request: &Request, value: i64) -> Result<i64, CounterError> {
        let counter = self.counter(request)?;
        while counter.value.get() < value {
            counter.changed.wait(request).await?;
        }
        Ok(counter.value.get())
    }
}

impl<L> Events for Service<L> {
    fn closed(&self, badge: u64) {
        self.by_badge.borrow_mut().remove(&badge);
        // The name's own count is the last one: nobody has the counter open any more.
        self.by_name
            .borrow_mut()
            .retain(|_, counter| Rc::strong_count(counter) > 1);
    }
}

#[cfg(test)]
mod tests;
