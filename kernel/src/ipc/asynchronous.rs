//! Asynchronous calls: a call slot bought at an endpoint carries the message, `completed` brings the answer. Note 0004.

use super::call::Terms;
use super::endpoint::Endpoint;
use super::event::News;
use super::record::{CallRecord, CallSlot, CallState, Caller};
use super::reply::Results;
use super::session::Session;
use crate::arena::Ref;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::object::CALL_SLOT_COST;
use crate::thread::Thread;
use crate::timer::{ClockKind, DeadlineOwner};
use trivet_abi::error::CallError;
use trivet_abi::message::{reply, request};

/// Call slots of one endpoint, at most.
pub const MAX_CALL_SLOTS: usize = 65_536;

impl<M: Machine> Kernel<M> {
    /// Buys one more call slot at an endpoint.
    pub(crate) fn buy_slot(&mut self, endpoint: Ref<Endpoint>, owner: Ref<Thread>) -> Result<(), CallError> {
        let process = self.threads[owner].process;
        let account = self.endpoints[endpoint].account;
        self.endpoints[endpoint]
            .call_slots
            .try_reserve(1)
            .map_err(|_| CallError::NoMemory)?;
        self.accounts[account].charge_all(&CALL_SLOT_COST)?;
        let result = self.make_slot(endpoint, process, account);
        match result {
            Ok(slot) => {
                self.endpoints[endpoint].call_slots.push(slot);
                Ok(())
            }
            Err(error) => {
                self.accounts[account].refund_all(&CALL_SLOT_COST);
                Err(error)
            }
        }
    }

    fn make_slot(
        &mut self,
        endpoint: Ref<Endpoint>,
        process: Ref<crate::process::Process>,
        account: Ref<crate::account::Account>,
    ) -> Result<Ref<CallSlot>, CallError> {
        let timer = self.deadlines.register().map_err(|_| CallError::NoMemory)?;
        let completed = match self.make_event(account, Some(endpoint), News::Signalled, 0) {
            Ok(event) => event,
            Err(error) => {
                self.deadlines.unregister(timer);
                return Err(error);
            }
        };
        let cancel_event = match self.make_event(account, None, News::Signalled, 0) {
            Ok(event) => event,
            Err(error) => {
                self.deadlines.unregister(timer);
                self.free_event(completed);
                return Err(error);
            }
        };
        let made = self.call_slots.insert(CallSlot {
            call: CallRecord::default(),
            process,
            endpoint,
            cookie: 0,
            header: 0,
            words: [0; 6],
            completed,
            cancel_event,
            timer,
            answered: false,
            handle: 0,
            retired: false,
        });
        let Ok(slot) = made else {
            self.deadlines.unregister(timer);
            self.free_event(completed);
            self.free_event(cancel_event);
            return Err(CallError::NoMemory);
        };
        self.processes.acquire(process);
        self.deadlines.set_owner(timer, DeadlineOwner::Slot(slot));
        self.events[completed].news = News::Completed(Caller::Slot(slot));
        Ok(slot)
    }

    /// Sends an asynchronous message. The terms' lists and handles are in the thread's record; they move to the slot's.
    pub(crate) fn start_asynchronous(
        &mut self,
        current: Ref<Thread>,
        session: Ref<Session>,
        header: u64,
        terms: &Terms,
    ) -> Result<(), CallError> {
        let endpoint = self.check_session(session)?;
        let process = self.threads[current].process;
        let completion = self.receiving_endpoint(current, terms.completion_endpoint)?;
        let slot = usize::try_from(terms.call_slot)
            .ok()
            .and_then(|index| self.endpoints[completion].call_slots.get(index).copied())
            .ok_or(CallError::SlotBusy)?;
        let target = &self.call_slots[slot];
        if target.call.state != CallState::Idle || target.answered || target.process != process {
            return Err(CallError::SlotBusy);
        }
        let number = self.take_call_number();
        let words = self.threads[current].context.frame.words();
        let row = self.processes[process].row;
        let own = core::mem::take(&mut self.threads[current].call);
        let record = &mut self.call_slots[slot];
        record.cookie = terms.cookie;
        record.header = header;
        record.words = words;
        record.call = CallRecord {
            number,
            row,
            row_counted: true,
            interruptible: true,
            method: (header & request::METHOD_MASK) as u8,
            session: Some(session),
            endpoint: Some(endpoint),
            gather: own.gather,
            scatter: own.scatter,
            sent: own.sent,
            accepted: own.accepted,
            undo: own.undo,
            ..CallRecord::default()
        };
        self.sessions.acquire(session);
        self.count_row(row);
        let timer = self.call_slots[slot].timer;
        if terms.deadline_ns != 0 {
            self.deadlines.arm(timer, ClockKind::Monotonic, terms.deadline_ns);
            self.program_timer(self.cpu);
        }
        self.threads[current].context.frame.rax = 0;
        if let Some(receiver) = self.offer(endpoint, Caller::Slot(slot)) {
            self.make_ready(receiver);
        }
        Ok(())
    }

    /// The answer of an asynchronous call: into the slot, and `completed` to its endpoint.
    pub(crate) fn complete_slot(&mut self, slot: Ref<CallSlot>, results: &Results) {
        let finished = &mut self.call_slots[slot];
        finished.words = results.words;
        finished.header =
            (results.copied & reply::COPIED_MASK) | (results.installed << reply::INSTALLED_SHIFT);
        finished.handle = results.handle;
        let event = finished.completed;
        if finished.retired {
            self.free_slot(slot);
            return;
        }
        finished.answered = true;
        self.events[event].words[0] = results.status as u64;
        self.fire(event, 1);
    }

    /// The endpoint of a slot is gone: its call is given up, and the slot goes as soon as no server holds its token.
    pub(crate) fn retire_slot(&mut self, slot: Ref<CallSlot>) {
        self.call_slots[slot].retired = true;
        if !self.abandon(Caller::Slot(slot)) {
            self.free_slot(slot);
        }
    }

    fn free_slot(&mut self, slot: Ref<CallSlot>) {
        let Some(gone) = self.call_slots.remove(slot) else {
            return;
        };
        let account = self.events[gone.completed].account;
        self.accounts[account].refund_all(&CALL_SLOT_COST);
        self.deadlines.unregister(gone.timer);
        self.drop_event(gone.completed);
        self.drop_event(gone.cancel_event);
        self.release_process(gone.process);
    }

    /// The deadline of an asynchronous call has come.
    pub(crate) fn slot_timed_out(&mut self, slot: Ref<CallSlot>) {
        self.cancel(Caller::Slot(slot), CallError::TimedOut);
    }
}
