//! Events: what Recv returns besides requests. Each source has one, made when it was bound; it coalesces. Note 0004.

use super::endpoint::Endpoint;
use super::record::Caller;
use crate::account::Account;
use crate::arena::Ref;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::mm::Memory;
use crate::object::EVENT_COST;
use crate::process::Process;
use crate::thread::Thread;
use trivet_abi::error::CallError;

/// What an event tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// An asynchronous call ended; its words are in the slot.
    Completed(Caller),
    /// A session is closed.
    Closed {
        /// Its badge.
        badge: u64,
    },
    /// A pending call is to be given up.
    Cancelled {
        /// Its token.
        token: u64,
        /// The caller died.
        died: bool,
    },
    /// A bound source fired.
    Signalled,
    /// A process is gone.
    ProcessGone {
        /// Its number.
        number: u64,
    },
    /// A thread faulted; its registers wait.
    Fault(Ref<Thread>),
    /// A memory wants pages, or its kinds of mapping changed.
    PageWanted(Ref<Memory>),
}

/// One source's event.
#[derive(Debug)]
pub struct Event {
    /// Where it arrives; counted. `None`: nowhere yet, or no more.
    pub endpoint: Option<Ref<Endpoint>>,
    /// Who paid.
    pub account: Ref<Account>,
    /// What it tells.
    pub news: News,
    /// Chosen by who bound it.
    pub cookie: u64,
    /// Times it fired since it was received; or bits.
    pub count: u64,
    /// Words that the source gives.
    pub words: [u64; 5],
    /// It waits in the endpoint's list.
    pub queued: bool,
    /// The source is gone: free it once it was received.
    pub last: bool,
    /// Neighbours in the endpoint's list.
    pub previous: Option<Ref<Event>>,
    /// See `previous`.
    pub next: Option<Ref<Event>>,
    /// Of a subscription: the next one of the same process.
    pub sibling: Option<Ref<Event>>,
    /// Of a subscription: the process.
    pub watched: Option<Ref<Process>>,
    /// Of a subscription: the next one of the same endpoint.
    pub endpoint_next: Option<Ref<Event>>,
}

impl<M: Machine> Kernel<M> {
    /// An event fires: it is queued at its endpoint, or counts up if it waits there already.
    pub(crate) fn fire(&mut self, reference: Ref<Event>, count: u64) {
        let event = &mut self.events[reference];
        event.count = event.count.saturating_add(count);
        if event.queued {
            return;
        }
        let Some(target) = event.endpoint else {
            return;
        };
        let endpoint = &mut self.endpoints[target];
        if !endpoint.alive {
            return;
        }
        let event = &mut self.events[reference];
        event.queued = true;
        event.next = None;
        event.previous = endpoint.last_event;
        match endpoint.last_event.replace(reference) {
            Some(last) => self.events[last].next = Some(reference),
            None => endpoint.first_event = Some(reference),
        }
        self.wake_receiver_for_event(target);
    }

    /// Takes an event out of its endpoint's list.
    pub(crate) fn unqueue_event(&mut self, reference: Ref<Event>) {
        let event = &mut self.events[reference];
        if !event.queued {
            return;
        }
        event.queued = false;
        event.count = 0;
        let (previous, next) = (event.previous.take(), event.next.take());
        let Some(target) = event.endpoint else {
            return;
        };
        match previous {
            Some(previous) => self.events[previous].next = next,
            None => self.endpoints[target].first_event = next,
        }
        match next {
            Some(next) => self.events[next].previous = previous,
            None => self.endpoints[target].last_event = previous,
        }
    }

    /// The source of an event is gone, or bound anew: nothing of it arrives any more.
    pub(crate) fn drop_event(&mut self, reference: Ref<Event>) {
        self.unqueue_event(reference);
        self.free_event(reference);
    }

    /// The source is gone; what it still has to say is received first.
    pub(crate) fn finish_event(&mut self, reference: Ref<Event>) {
        if self.events[reference].queued {
            self.events[reference].last = true;
        } else {
            self.free_event(reference);
        }
    }

    pub(crate) fn free_event(&mut self, reference: Ref<Event>) {
        if let Some(event) = self.events.remove(reference) {
            self.accounts[event.account].refund_all(&EVENT_COST);
            self.release_account(event.account);
            if let Some(endpoint) = event.endpoint {
                self.release_endpoint(endpoint);
            }
        }
    }

    /// Makes an event, paid by an account.
    pub(crate) fn make_event(
        &mut self,
        account: Ref<Account>,
        endpoint: Option<Ref<Endpoint>>,
        news: News,
        cookie: u64,
    ) -> Result<Ref<Event>, CallError> {
        self.accounts[account].charge_all(&EVENT_COST)?;
        let made = self.events.insert(Event {
            endpoint,
            account,
            news,
            cookie,
            count: 0,
            words: [0; 5],
            queued: false,
            last: false,
            previous: None,
            next: None,
            sibling: None,
            watched: None,
            endpoint_next: None,
        });
        let Ok(event) = made else {
            self.accounts[account].refund_all(&EVENT_COST);
            return Err(CallError::NoMemory);
        };
        self.accounts.acquire(account);
        if let Some(endpoint) = endpoint {
            self.endpoints.acquire(endpoint);
        }
        Ok(event)
    }

    /// The event arrives at another endpoint from now on.
    pub(crate) fn retarget_event(&mut self, reference: Ref<Event>, endpoint: Ref<Endpoint>) {
        if self.events[reference].endpoint == Some(endpoint) {
            return;
        }
        self.unqueue_event(reference);
        self.endpoints.acquire(endpoint);
        if let Some(old) = self.events[reference].endpoint.replace(endpoint) {
            self.release_endpoint(old);
        }
    }

    /// Binds a source to an endpoint of the caller's, instead of what it was bound to.
    pub(crate) fn bind_source(
        &mut self,
        old: Option<Ref<Event>>,
        account: Ref<Account>,
        endpoint: Ref<Endpoint>,
        news: News,
        cookie: u64,
    ) -> Result<Ref<Event>, CallError> {
        let event = self.make_event(account, Some(endpoint), news, cookie)?;
        if let Some(old) = old {
            self.drop_event(old);
        }
        Ok(event)
    }
}
