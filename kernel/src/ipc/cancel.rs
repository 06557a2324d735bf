//! How calls end before they are answered: withdrawn, timed out, interrupted; caller or server dead. Note 0004.

use super::event::{Event, News};
use super::record::{CallState, Caller, token_of};
use super::reply::Results;
use crate::arena::Ref;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::process::Process;
use crate::thread::{Thread, ThreadState};
use trivet_abi::error::CallError;

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
        self.unlink_serving(caller);
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
                if record.undo.is_some() {
                    self.settle_failure(caller);
                }
                self.tell_cancelled(caller, true);
                true
            }
        }
    }

    /// A server died: all calls that it received end. One step; true if more are left.
    pub(crate) fn fail_served(&mut self, server: Ref<Process>, steps: usize) -> bool {
        for _ in 0..steps {
            let Some(caller) = self.processes[server].serving else {
                return false;
            };
            self.fail_received(caller, CallError::Gone);
        }
        self.processes[server].serving.is_some()
    }

    /// Nobody can receive at the endpoint any more: everything that waits there ends.
    pub(crate) fn close_endpoint(&mut self, target: Ref<super::endpoint::Endpoint>) {
        self.endpoints[target].alive = false;
        while let Some(caller) = self.endpoints[target].turn {
            self.withdraw(caller, CallError::Gone);
        }
        while let Some(receiver) = self.endpoints[target].receivers {
            self.unlink_receiver(target, receiver);
            self.threads[receiver].context.frame.rax = CallError::Gone.to_status() as u64;
            self.make_ready(receiver);
        }
        while let Some(event) = self.endpoints[target].first_event {
            let last = self.events[event].last;
            self.unqueue_event(event);
            if last {
                self.free_event(event);
            }
        }
        while let Some(slot) = self.endpoints[target].call_slots.pop() {
            self.retire_slot(slot);
        }
        while let Some(event) = self.endpoints[target].watched {
            self.unwatch(target, event);
        }
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
