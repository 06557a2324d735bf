//! Sessions: the clients' ends of an endpoint. One interface and one label, fixed when minted; readiness lives here. Note 0004.

use super::endpoint::{CLOSED_URGENTLY, Endpoint};
use super::event::{Event, News};
use super::record::Caller;
use crate::account::Account;
use crate::arena::Ref;
use crate::handle::slot::{Content, Object, Slot};
use crate::kernel::{BADGE_BUCKETS, Kernel};
use crate::machine::Machine;
use crate::object::SESSION_COST;
use crate::waitset::{Source, Watch};
use alloc::vec::Vec;
use trivet_abi::error::CallError;
use trivet_abi::event::readiness;
use trivet_abi::handle::Rights;
use trivet_abi::{InterfaceNumber, Label};

/// Readiness bits, in the order of their sequence numbers.
pub const READINESS_BITS: [u32; 6] = [
    readiness::IN,
    readiness::PRI,
    readiness::OUT,
    readiness::ERR,
    readiness::HUP,
    readiness::RDHUP,
];

/// A session's epoch that no server's death ends.
pub const ROOT_EPOCH: u32 = u32::MAX;

/// One session.
#[derive(Debug)]
pub struct Session {
    /// The endpoint; counted.
    pub endpoint: Ref<Endpoint>,
    /// The server's number for it.
    pub badge: u64,
    /// The policy's name for it.
    pub label: Label,
    /// Its interface.
    pub interface: InterfaceNumber,
    /// Methods that no holder can exceed.
    pub mask: u64,
    /// Life of the server that minted it, or [`ROOT_EPOCH`].
    pub epoch: u32,
    /// Who paid.
    pub account: Ref<Account>,
    /// Tells the server when the last handle and pending call are gone.
    pub closed: Option<Ref<Event>>,
    /// The server need not be woken for its end.
    pub quiet: bool,
    /// Nor told of it before the next request.
    pub lazy: bool,
    /// Revoked: calls answer Gone.
    pub revoked: bool,
    /// Level bits.
    pub bits: u32,
    /// How often each bit was set or pulsed.
    pub sequence: [u32; 6],
    /// Watches of WaitSets and polls; weak.
    pub watches: Option<Ref<Watch>>,
    /// Next session with the same hash of endpoint and badge; of a closed one, the next one that its server is to hear of.
    pub badge_next: Option<Ref<Session>>,
    /// State under the policy's stateful rules.
    pub state: Vec<u64>,
}

impl Session {
    /// Changes level bits, and answers the bits whose sequence number advanced.
    pub fn change_readiness(&mut self, set: u32, clear: u32, pulse: u32) -> u32 {
        let set = set & readiness::SESSION;
        let pulse = pulse & readiness::SESSION;
        let before = self.bits & !(clear & readiness::SESSION);
        let advanced = (set & !before) | pulse;
        self.bits = before | set;
        for (number, bit) in self.sequence.iter_mut().zip(READINESS_BITS) {
            if advanced & bit != 0 {
                *number = number.wrapping_add(1);
            }
        }
        advanced
    }

    /// One number that changes whenever one of these bits' numbers does.
    #[must_use]
    pub fn sequence_of(&self, bits: u32) -> u32 {
        self.sequence
            .iter()
            .zip(READINESS_BITS)
            .filter(|(_, bit)| bits & bit != 0)
            .fold(0, |sum, (number, _)| sum.wrapping_add(*number))
    }
}

/// What a new session is to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Minting {
    pub endpoint: Ref<Endpoint>,
    pub badge: u64,
    pub interface: InterfaceNumber,
    pub label: Label,
    pub mask: u64,
    pub rights: Rights,
    pub epoch: u32,
    pub account: Ref<Account>,
    pub report_closed: bool,
    pub quiet: bool,
    pub lazy: bool,
    pub readiness: u32,
    /// The call that kept a place for it and paid; else both are done now.
    pub kept_by: Option<Caller>,
}

impl<M: Machine> Kernel<M> {
    fn badge_bucket(&self, endpoint: Ref<Endpoint>, badge: u64) -> usize {
        let mixed = (badge ^ (u64::from(endpoint.index()) << 40)).wrapping_mul(self.hash_key);
        (mixed >> 32) as usize & (BADGE_BUCKETS - 1)
    }

    /// Makes a session, with one reference: the slot that is answered.
    pub(crate) fn mint_session(&mut self, minting: Minting) -> Result<Slot, CallError> {
        let Minting {
            endpoint,
            badge,
            interface,
            label,
            account,
            ..
        } = minting;
        let cells = usize::from(self.policy.session_cells(label, interface));
        let mut state = Vec::new();
        state.try_reserve_exact(cells).map_err(|_| CallError::NoMemory)?;
        state.resize(cells, 0);
        let closed = if minting.report_closed && !minting.quiet {
            Some(self.make_event(account, Some(endpoint), News::Closed { badge }, 0)?)
        } else {
            None
        };
        match minting.kept_by {
            Some(caller) => self.record_mut(caller).accepted.session_kept = false,
            None => {
                let kept = self.accounts[account]
                    .charge_all(&SESSION_COST)
                    .map_err(CallError::from)
                    .and_then(|()| {
                        self.sessions.reserve().map_err(|_| {
                            self.accounts[account].refund_all(&SESSION_COST);
                            CallError::NoMemory
                        })
                    });
                if let Err(error) = kept {
                    if let Some(event) = closed {
                        self.free_event(event);
                    }
                    return Err(error);
                }
            }
        }
        let bucket = self.badge_bucket(endpoint, badge);
        let session = self
            .sessions
            .insert_reserved(Session {
                endpoint,
                badge,
                label,
                interface,
                mask: minting.mask,
                epoch: minting.epoch,
                account,
                closed,
                quiet: minting.quiet && minting.report_closed,
                lazy: minting.lazy,
                revoked: false,
                bits: minting.readiness & (readiness::SESSION | readiness::PLAIN),
                sequence: [0; 6],
                watches: None,
                badge_next: self.badges[bucket],
                state,
            })
            .map_err(|_| CallError::NoMemory)?;
        self.badges[bucket] = Some(session);
        self.accounts.acquire(account);
        self.endpoints.acquire(endpoint);
        self.endpoints[endpoint].sessions += 1;
        Ok(Slot {
            content: Content::Live(Object::Session(session)),
            label,
            rights: minting.rights,
            interface,
            allow: minting.mask,
            endpoint: Some(endpoint),
            badge,
            ..Slot::EMPTY
        })
    }

    /// The session of an endpoint that has this badge.
    pub(crate) fn find_badge(&self, endpoint: Ref<Endpoint>, badge: u64) -> Option<Ref<Session>> {
        let mut candidate = self.badges[self.badge_bucket(endpoint, badge)];
        while let Some(reference) = candidate {
            let session = &self.sessions[reference];
            if session.badge == badge && session.endpoint == endpoint {
                return Some(reference);
            }
            candidate = session.badge_next;
        }
        None
    }

    /// Changes readiness, and tells whoever watches.
    pub(crate) fn set_readiness(&mut self, session: Ref<Session>, set: u32, clear: u32, pulse: u32) {
        let advanced = self.sessions[session].change_readiness(set, clear, pulse);
        if advanced != 0 {
            self.notify_watches(Source::Session(session), advanced);
        }
    }

    /// Handles of this session answer Gone from now on; watchers see HUP.
    pub(crate) fn revoke_session(&mut self, session: Ref<Session>) {
        self.sessions[session].revoked = true;
        self.set_readiness(session, readiness::HUP | readiness::ERR, 0, 0);
    }

    /// Counts one reference less; the last one closes the session.
    #[inline(always)]
    pub(crate) fn release_session(&mut self, session: Ref<Session>) {
        if self.sessions.release(session) {
            self.destroy_session(session);
        }
    }

    #[cold]
    fn destroy_session(&mut self, reference: Ref<Session>) {
        while let Some(watch) = self.sessions[reference].watches {
            self.drop_watch(watch);
        }
        let (endpoint, badge) = (self.sessions[reference].endpoint, self.sessions[reference].badge);
        let bucket = self.badge_bucket(endpoint, badge);
        let next = self.sessions[reference].badge_next;
        let mut before = None;
        let mut candidate = self.badges[bucket];
        while let Some(session) = candidate
            && session != reference
        {
            before = Some(session);
            candidate = self.sessions[session].badge_next;
        }
        match before {
            Some(before) => self.sessions[before].badge_next = next,
            None => self.badges[bucket] = next,
        }
        let account = self.sessions[reference].account;
        self.accounts[account].refund_all(&SESSION_COST);
        self.release_account(account);
        let target = &mut self.endpoints[endpoint];
        if self.sessions[reference].quiet && target.alive {
            // It stays until its server has heard of its end: that needs no memory. It costs its account nothing any more, and yet there are
            // never many more of these than sessions that were paid for: each new one comes with a request, before which these are taken, but
            // for a few lazy ones.
            let session = &mut self.sessions[reference];
            session.badge_next = target.closed.replace(reference);
            let urgency = if session.lazy { 1 } else { CLOSED_URGENTLY };
            target.closed_urgency = target.closed_urgency.saturating_add(urgency);
            self.closed_sessions += 1;
            return;
        }
        self.forget_session(reference);
    }

    /// The badge of a session that was closed quietly, which is gone then.
    pub(crate) fn take_closed(&mut self, target: Ref<Endpoint>) -> Option<u64> {
        let reference = self.endpoints[target].closed?;
        let session = &mut self.sessions[reference];
        let badge = session.badge;
        let endpoint = &mut self.endpoints[target];
        endpoint.closed = session.badge_next.take();
        if endpoint.closed.is_none() {
            endpoint.closed_urgency = 0;
        }
        self.closed_sessions -= 1;
        self.forget_session(reference);
        Some(badge)
    }

    /// The end of a quiet session is to wake its server from now on.
    pub(crate) fn report_promptly(&mut self, reference: Ref<Session>) -> Result<(), CallError> {
        let session = &self.sessions[reference];
        if !session.quiet {
            return Ok(());
        }
        let (account, endpoint, badge) = (session.account, session.endpoint, session.badge);
        let event = self.make_event(account, Some(endpoint), News::Closed { badge }, 0)?;
        let session = &mut self.sessions[reference];
        session.closed = Some(event);
        session.quiet = false;
        Ok(())
    }

    /// Frees a session that nothing names and nobody pays for any more.
    fn forget_session(&mut self, reference: Ref<Session>) {
        let Some(session) = self.sessions.remove(reference) else {
            return;
        };
        let endpoint = session.endpoint;
        if let Some(event) = session.closed {
            self.fire(event, 1);
            self.finish_event(event);
        }
        self.endpoints[endpoint].sessions -= 1;
        self.release_endpoint(endpoint);
    }
}
