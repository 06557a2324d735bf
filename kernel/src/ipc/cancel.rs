//! How calls end before they are answered: withdrawn, timed out, interrupted; caller or server dead. Note 0004.

use super::endpoint::Endpoint;
use super::event::{Event, News};
use super::record::{CallRecord, CallState, Caller, token_of};
use super::reply::Results;
use crate::arena::Ref;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::process::Process;
use crate::thread::{Thread, ThreadState};
use trivet_abi::error::CallError;

/// Places of pending calls that one step looks at.
const SCANNED_CALLS: u32 = 256;

impl<M: Machine> Kernel<M> {
    /// The event that tells a server to give a call up.
    pub(crate) fn cancel_event_of(&self, caller: Caller) -> Ref<Event> {
        match caller {
            Caller::Thread(thread) => self.threads[thread].cancel_event,
            Caller::Slot(slot) => self.call_slots[slot].cancel_event,
        }
    }

    /// No deadline ends this call any more.
    #[inline]
    pub(crate) fn disarm_call(&mut self, caller: Caller) {
        let timer = match caller {
            Caller::Thread(thread) => self.threads[thread].timer,
            Caller::Slot(slot) => self.call_slots[slot].timer,
        };
        self.deadlines.disarm(timer);
    }

    /// A queued call ends with an error.
    pub(crate) fn withdraw(&mut self, caller: Caller, error: CallError) {
        if let Some(endpoint) = self.record(caller).endpoint {
            self.dequeue(endpoint, caller);
        }
        self.fail_call(caller, error, 0);
    }

    /// A call that is in no queue and at no server ends with an error.
    pub(crate) fn fail_call(&mut self, caller: Caller, error: CallError, done: u64) {
        self.end_record(caller);
        let results = Results {
            status: error.to_status(),
            words: [done, 0, 0, 0, 0, 0],
            ..Results::default()
        };
        match caller {
            Caller::Thread(thread) if self.threads[thread].state == ThreadState::Dead => {
                self.forget_thread(thread);
            }
            Caller::Thread(thread) => {
                self.write_results(thread, &results);
                self.make_ready(thread);
            }
            Caller::Slot(slot) => self.complete_slot(slot, &results),
        }
    }

    /// A received call ends with an error, because its server is gone.
    fn fail_received(&mut self, caller: Caller, error: CallError) {
        self.leave_server(caller);
        self.fail_call(caller, error, 0);
    }

    /// Asks for the end of a call: a queued one is withdrawn, the server of a received one is told.
    pub(crate) fn cancel(&mut self, caller: Caller, error: CallError) {
        match self.record(caller).state {
            CallState::Idle => {}
            CallState::Queued => self.withdraw(caller, error),
            CallState::Received => self.tell_cancelled(caller, false),
        }
    }

    fn tell_cancelled(&mut self, caller: Caller, died: bool) {
        let record = self.record(caller);
        if record.cancelled && !died {
            return;
        }
        let token = token_of(caller, record.number);
        let endpoint = record.endpoint;
        let event = self.cancel_event_of(caller);
        let record = self.record_mut(caller);
        record.cancelled = true;
        record.plain = false;
        if let Some(endpoint) = endpoint {
            self.retarget_event(event, endpoint);
            self.events[event].news = News::Cancelled { token, died };
            self.fire(event, 1);
        }
    }

    /// The caller is gone. Answers whether the record must stay until the server replies.
    pub(crate) fn abandon(&mut self, caller: Caller) -> bool {
        match self.record(caller).state {
            CallState::Idle => false,
            CallState::Queued => {
                if let Some(endpoint) = self.record(caller).endpoint {
                    self.dequeue(endpoint, caller);
                }
                self.end_record(caller);
                false
            }
            CallState::Received => {
                self.disarm_call(caller);
                self.drop_carried(caller);
                let record = self.record_mut(caller);
                record.orphaned = true;
                record.plain = false;
                record.gather.clear();
                record.scatter.clear();
                if record.is_counted() {
                    self.settle_failure(caller);
                }
                self.tell_cancelled(caller, true);
                true
            }
        }
    }

    /// A server died: all calls that it received end. One step; true if more are left.
    pub(crate) fn fail_served(&mut self, server: Ref<Process>) -> bool {
        if !self.processes[server].has_received {
            return false;
        }
        let from = self.processes[server].reap_calls;
        let next = self.fail_where(from, |record| record.server == Some(server));
        self.processes[server].reap_calls = next.unwrap_or(from);
        next.is_some()
    }

    /// Fails received calls in the next places of all records: one step. Answers where the next step begins; none: that was all.
    /// Received calls are in no list, because a list would cost each message more than its end can save.
    fn fail_where(&mut self, from: u32, is_meant: impl Fn(&CallRecord) -> bool) -> Option<u32> {
        let (threads, slots) = (self.threads.places(), self.call_slots.places());
        let end = threads + slots;
        for place in from..end.min(from + SCANNED_CALLS) {
            let caller = if place < threads {
                self.threads.at(place).map(Caller::Thread)
            } else {
                self.call_slots.at(place - threads).map(Caller::Slot)
            };
            if let Some(caller) = caller
                && let record = self.record(caller)
                && record.state == CallState::Received
                && is_meant(record)
            {
                self.fail_received(caller, CallError::Gone);
            }
        }
        let next = from + SCANNED_CALLS;
        (next < end).then_some(next)
    }

    /// Ends what waits at an endpoint nobody can receive at, and what was received there: one step. True when nothing is left.
    pub(crate) fn empty_endpoint(&mut self, target: Ref<Endpoint>, steps: usize) -> bool {
        for _ in 0..steps {
            let endpoint = &mut self.endpoints[target];
            if let Some(caller) = endpoint.turn {
                self.withdraw(caller, CallError::Gone);
            } else if let Some(receiver) = endpoint.receivers {
                self.unlink_receiver(target, receiver);
                self.threads[receiver].context.frame.rax = CallError::Gone.to_status() as u64;
                self.make_ready(receiver);
            } else if let Some(event) = endpoint.first_event {
                let last = self.events[event].last;
                self.unqueue_event(event);
                if last {
                    self.free_event(event);
                }
            } else if endpoint.closed.is_some() {
                self.take_closed(target);
            } else if let Some(slot) = endpoint.call_slots.pop() {
                self.retire_slot(slot);
            } else if let Some(event) = endpoint.watched {
                self.unwatch(target, event);
            } else {
                return self.fail_received_at(target);
            }
        }
        false
    }

    /// Calls that were received at a dead endpoint end, whether the process that has them lives or not. True when none is left.
    fn fail_received_at(&mut self, target: Ref<Endpoint>) -> bool {
        let endpoint = &self.endpoints[target];
        if endpoint.pending == 0 {
            return true;
        }
        let next = self.fail_where(endpoint.reap_calls, |record| record.endpoint == Some(target));
        // A clone may have put a second call in a place that was looked at before: once more from the start then.
        self.endpoints[target].reap_calls = next.unwrap_or(0);
        self.endpoints[target].pending == 0
    }

    /// A deadline of a thread's wait has come.
    pub(crate) fn thread_timed_out(&mut self, reference: Ref<Thread>) {
        match self.threads[reference].state {
            ThreadState::Calling => {
                let caller = Caller::Thread(reference);
                match self.record(caller).state {
                    CallState::Queued => self.withdraw(caller, CallError::TimedOut),
                    // The server answers with what it has done; nothing is lost.
                    CallState::Received => self.tell_cancelled(caller, false),
                    CallState::Idle => {}
                }
            }
            ThreadState::Futex => self.futex_timed_out(reference),
            ThreadState::Waiting(_) | ThreadState::Polling => self.wait_timed_out(reference),
            ThreadState::Sleeping => self.finish_service(reference, Ok([0; 6])),
            _ => {}
        }
    }
}
