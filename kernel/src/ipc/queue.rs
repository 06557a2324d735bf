//! The queue of an endpoint: a ring of accounts, each with its calls in order; and the lists of receivers and of received calls.

use super::endpoint::Endpoint;
use super::record::{CallRecord, CallState, Caller};
use crate::account::Account;
use crate::arena::Ref;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::process::Process;
use crate::thread::{Thread, ThreadState};
use trivet_abi::event::receive_options;

impl<M: Machine> Kernel<M> {
    /// The record of a call.
    #[inline]
    pub(crate) fn record(&self, caller: Caller) -> &CallRecord {
        match caller {
            Caller::Thread(thread) => &self.threads[thread].call,
            Caller::Slot(slot) => &self.call_slots[slot].call,
        }
    }

    /// The record of a call.
    #[inline]
    pub(crate) fn record_mut(&mut self, caller: Caller) -> &mut CallRecord {
        match caller {
            Caller::Thread(thread) => &mut self.threads[thread].call,
            Caller::Slot(slot) => &mut self.call_slots[slot].call,
        }
    }

    /// The process whose call it is.
    #[inline]
    pub(crate) fn calling_process(&self, caller: Caller) -> Ref<Process> {
        match caller {
            Caller::Thread(thread) => self.threads[thread].process,
            Caller::Slot(slot) => self.call_slots[slot].process,
        }
    }

    fn calling_account(&self, caller: Caller) -> Ref<Account> {
        self.processes[self.calling_process(caller)].account
    }

    /// Adds a call at the end of its account's queue: a circle, whose first call is also in the ring of accounts.
    pub(crate) fn enqueue(&mut self, target: Ref<Endpoint>, caller: Caller) {
        let account = self.calling_account(caller);
        self.endpoints[target].queued += 1;
        let turn = self.endpoints[target].turn;
        let record = self.record_mut(caller);
        record.state = CallState::Queued;
        record.next = Some(caller);
        record.previous = Some(caller);
        record.ring_next = None;
        record.ring_previous = None;
        let Some(turn) = turn else {
            record.ring_next = Some(caller);
            record.ring_previous = Some(caller);
            self.endpoints[target].turn = Some(caller);
            return;
        };
        let mut head = turn;
        loop {
            if self.calling_account(head) == account {
                let last = self.record_mut(head).previous.replace(caller).unwrap_or(head);
                self.record_mut(last).next = Some(caller);
                let record = self.record_mut(caller);
                record.previous = Some(last);
                record.next = Some(head);
                return;
            }
            head = self.record(head).ring_next.unwrap_or(turn);
            if head == turn {
                break;
            }
        }
        let before = self
            .record_mut(turn)
            .ring_previous
            .replace(caller)
            .unwrap_or(turn);
        self.record_mut(before).ring_next = Some(caller);
        let record = self.record_mut(caller);
        record.ring_previous = Some(before);
        record.ring_next = Some(turn);
    }

    /// Takes a call out of its endpoint's queue.
    pub(crate) fn dequeue(&mut self, target: Ref<Endpoint>, caller: Caller) {
        self.endpoints[target].queued -= 1;
        let record = self.record_mut(caller);
        let previous = record.previous.take().unwrap_or(caller);
        let next = record.next.take().unwrap_or(caller);
        let ring = record.ring_previous.take().zip(record.ring_next.take());
        self.record_mut(previous).next = Some(next);
        self.record_mut(next).previous = Some(previous);
        // The last one unlinked itself from itself just now.
        let record = self.record_mut(caller);
        record.previous = None;
        record.next = None;
        let Some((ring_previous, ring_next)) = ring else {
            return;
        };
        let heir = if next == caller { ring_next } else { next };
        if next == caller {
            if ring_next == caller {
                self.endpoints[target].turn = None;
                return;
            }
            self.record_mut(ring_previous).ring_next = Some(ring_next);
            self.record_mut(ring_next).ring_previous = Some(ring_previous);
        } else if ring_next == caller {
            let record = self.record_mut(next);
            record.ring_previous = Some(next);
            record.ring_next = Some(next);
        } else {
            self.record_mut(ring_previous).ring_next = Some(next);
            self.record_mut(ring_next).ring_previous = Some(next);
            let record = self.record_mut(next);
            record.ring_previous = Some(ring_previous);
            record.ring_next = Some(ring_next);
        }
        if self.endpoints[target].turn == Some(caller) {
            self.endpoints[target].turn = Some(heir);
        }
    }

    /// Takes the call whose turn it is; the next account has the turn then.
    pub(crate) fn take_queued(&mut self, target: Ref<Endpoint>) -> Option<Caller> {
        let caller = self.endpoints[target].turn?;
        if let Some(next) = self.record(caller).ring_next {
            self.endpoints[target].turn = Some(next);
        }
        self.dequeue(target, caller);
        Some(caller)
    }

    /// Takes a thread that waits for requests at the endpoint.
    pub(crate) fn take_receiver(&mut self, target: Ref<Endpoint>) -> Option<Ref<Thread>> {
        let mut candidate = self.endpoints[target].receivers;
        while let Some(receiver) = candidate {
            let thread = &self.threads[receiver];
            if thread.receive_options & receive_options::NO_REQUESTS == 0 {
                self.unlink_receiver(target, receiver);
                return Some(receiver);
            }
            candidate = thread.next;
        }
        None
    }

    /// A thread waits at the endpoint, before all others.
    pub(crate) fn put_receiver_back(&mut self, target: Ref<Endpoint>, receiver: Ref<Thread>) {
        let first = self.endpoints[target].receivers.replace(receiver);
        let thread = &mut self.threads[receiver];
        thread.state = ThreadState::Receiving(target);
        thread.previous = None;
        thread.next = first;
        if let Some(first) = first {
            self.threads[first].previous = Some(receiver);
        }
    }

    /// A thread does not wait at the endpoint any more.
    pub(crate) fn unlink_receiver(&mut self, target: Ref<Endpoint>, receiver: Ref<Thread>) {
        let thread = &mut self.threads[receiver];
        let (previous, next) = (thread.previous.take(), thread.next.take());
        match previous {
            Some(previous) => self.threads[previous].next = next,
            None => self.endpoints[target].receivers = next,
        }
        if let Some(next) = next {
            self.threads[next].previous = previous;
        }
    }

    /// An event waits at the endpoint: a thread that waits there takes it.
    pub(crate) fn wake_receiver_for_event(&mut self, target: Ref<Endpoint>) {
        if let Some(receiver) = self.endpoints[target].receivers {
            self.unlink_receiver(target, receiver);
            self.take_event(target, receiver);
            self.make_ready(receiver);
        }
    }

    /// A call has reached its server.
    #[inline]
    pub(crate) fn mark_received(&mut self, server: Ref<Process>, caller: Caller) {
        let record = self.record_mut(caller);
        record.state = CallState::Received;
        record.server = Some(server);
        record.previous = None;
        record.next = None;
    }

    /// A received call is over.
    #[inline]
    pub(crate) fn leave_server(&mut self, caller: Caller) {
        if let Some(endpoint) = self.record(caller).endpoint {
            self.endpoints[endpoint].pending -= 1;
        }
    }
}
