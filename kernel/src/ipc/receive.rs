//! Recv: events first, then requests by account in turn, else the thread waits. And what a message looks like when it arrives.

use super::endpoint::Endpoint;
use super::event::News;
use super::record::{CallState, Caller, token_of};
use crate::arena::Ref;
use crate::handle::slot::Object;
use crate::kernel::Kernel;
use crate::machine::{Cpu, Machine};
use crate::thread::{Thread, ThreadState, attention};
use trivet_abi::error::CallError;
use trivet_abi::event::{EventKind, receive_options};
use trivet_abi::handle::{Handle, Rights};
use trivet_abi::message::request;

/// Why a message did not reach its receiver, and whose fault that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undelivered {
    /// The caller's: the call ends with this error, and so many bytes were done.
    Caller(CallError, u64),
    /// The receiver's: its Recv ends with this error, and the message stays.
    Receiver(CallError),
}

/// Messages whose delivery fails, before the Recv is continued in another entry.
const FAILED_DELIVERIES: u32 = 8;

impl<M: Machine> Kernel<M> {
    /// The call `Recv`.
    #[inline(never)]
    pub(crate) fn receive(&mut self, cpu: Cpu, current: Ref<Thread>) {
        let frame = &self.threads[current].context.frame;
        let (value, options) = (frame.rdi, frame.rsi);
        let result = self
            .receiving_endpoint(current, value)
            .and_then(|endpoint| self.receive_at(cpu, current, endpoint, options));
        if let Err(error) = result {
            self.threads[current].context.frame.rax = error.to_status() as u64;
        }
    }

    /// The endpoint that a handle value names, if this thread may receive there.
    pub(crate) fn receiving_endpoint(
        &self,
        current: Ref<Thread>,
        value: u64,
    ) -> Result<Ref<Endpoint>, CallError> {
        let handle = Handle(u32::try_from(value).map_err(|_| CallError::InvalidHandle)?);
        let process = &self.processes[self.threads[current].process];
        let slot = process.table.lookup(handle).ok_or(CallError::InvalidHandle)?;
        match slot.object() {
            Some(Object::Endpoint(endpoint)) if slot.rights.contains(Rights::RECEIVE) => Ok(endpoint),
            Some(Object::Endpoint(_)) | None => Err(CallError::Denied),
            Some(_) => Err(CallError::WrongObject),
        }
    }

    /// Receives at an endpoint, or waits there.
    pub(crate) fn receive_at(
        &mut self,
        cpu: Cpu,
        current: Ref<Thread>,
        target: Ref<Endpoint>,
        options: u64,
    ) -> Result<(), CallError> {
        if options & !receive_options::ALL != 0 {
            return Err(CallError::BadCall);
        }
        let server = self.threads[current].process;
        self.endpoints[target].server = Some(server);
        self.processes[server].has_received = true;
        let mut failed = 0;
        loop {
            // Looked at again after each failed delivery: the end of a call can close a session of this endpoint.
            if self.endpoints[target].first_event.is_some() {
                self.take_event(target, current);
                return Ok(());
            }
            if let Some(badge) = self.take_closed(target) {
                let frame = &mut self.threads[current].context.frame;
                (frame.rax, frame.rdi, frame.rsi, frame.r14) = (EventKind::Closed as u64, 0, 0, badge);
                frame.set_words(&[0; 6]);
                return Ok(());
            }
            if options & receive_options::NO_REQUESTS != 0 || self.endpoints[target].turn.is_none() {
                break;
            }
            if failed == FAILED_DELIVERIES {
                self.attend(current, attention::CONTINUE);
                return Ok(());
            }
            failed += 1;
            let Some(caller) = self.take_queued(target) else {
                break;
            };
            match self.deliver(caller, current, target) {
                Ok(()) => {
                    if let Caller::Thread(thread) = caller {
                        self.settle_bill(cpu);
                        self.processors[cpu].billed = Some(thread);
                    }
                    return Ok(());
                }
                Err(Undelivered::Caller(error, done)) => self.fail_call(caller, error, done),
                Err(Undelivered::Receiver(error)) => {
                    self.enqueue(target, caller);
                    return Err(error);
                }
            }
        }
        if options & receive_options::NO_WAIT != 0 {
            return Err(CallError::WouldBlock);
        }
        self.threads[current].receive_options = options;
        self.leave_processor(cpu, current, ThreadState::Receiving(target));
        self.put_receiver_back(target, current);
        Ok(())
    }

    /// Hands a call to a thread: bytes into its window, handles into its table, the message into its registers.
    pub(crate) fn deliver(
        &mut self,
        caller: Caller,
        receiver: Ref<Thread>,
        target: Ref<Endpoint>,
    ) -> Result<(), Undelivered> {
        let record = self.record(caller);
        let (sent, room) = (record.gather.total, record.scatter.total);
        if sent != 0 {
            self.copy_request(caller, receiver)?;
        }
        let handles = if self.record(caller).sent.is_empty() {
            0
        } else {
            self.deliver_handles(caller, receiver)?
        };
        self.record_mut(caller).handles = handles;
        let process = self.calling_process(caller);
        let (number, domain) = {
            let process = &self.processes[process];
            (process.number, process.domain)
        };
        let (words, header) = match caller {
            Caller::Thread(thread) => {
                let frame = &self.threads[thread].context.frame;
                (frame.words(), frame.rsi)
            }
            Caller::Slot(slot) => {
                let slot = &self.call_slots[slot];
                (slot.words, slot.header)
            }
        };
        let record = self.record(caller);
        let token = token_of(caller, record.number);
        let row = record.row;
        let badge = record.session.map_or(0, |session| self.sessions[session].badge);
        let server = self.threads[receiver].process;
        self.mark_received(server, caller);
        let endpoint = &mut self.endpoints[target];
        endpoint.pending += 1;
        endpoint.server = Some(server);
        let closed = endpoint.closed_bit();
        let frame = &mut self.threads[receiver].context.frame;
        frame.rax = EventKind::Request as u64;
        frame.rdi = token;
        frame.rsi = (header & (request::METHOD_MASK | request::RECEIVED_INTERRUPTIBLE))
            | closed
            | (handles << request::RECEIVED_HANDLES_SHIFT);
        frame.set_words(&words);
        frame.r14 = badge;
        frame.r15 = number;
        frame.rbx = u64::from(domain.0) | (u64::from(row) << 32);
        frame.rbp = (sent & 0xffff_ffff) | (room << 32);
        Ok(())
    }

    /// The first event of an endpoint goes into a thread's registers.
    pub(crate) fn take_event(&mut self, target: Ref<Endpoint>, receiver: Ref<Thread>) {
        let Some(reference) = self.endpoints[target].first_event else {
            return;
        };
        let event = &self.events[reference];
        let (news, cookie, count, words, last) =
            (event.news, event.cookie, event.count, event.words, event.last);
        self.unqueue_event(reference);
        let mut all = [0; 6];
        all[..5].copy_from_slice(&words);
        let (kind, rdi, rsi, r14) = match news {
            News::Completed(Caller::Slot(slot)) => {
                let finished = &mut self.call_slots[slot];
                finished.answered = false;
                finished.call.state = CallState::Idle;
                all = finished.words;
                (EventKind::Completed, finished.cookie, finished.header, words[0])
            }
            News::Completed(Caller::Thread(_)) => (EventKind::Completed, cookie, 0, 0),
            News::Closed { badge } => (EventKind::Closed, 0, 0, badge),
            News::Cancelled { token, died } => (EventKind::Cancelled, token, u64::from(died), 0),
            News::Signalled => (EventKind::Signalled, cookie, count, 0),
            News::ProcessGone { number } => (EventKind::ProcessGone, number, 0, 0),
            News::Fault(thread) => (
                EventKind::Fault,
                self.threads.get(thread).map_or(0, |thread| thread.number),
                cookie,
                0,
            ),
            News::PageWanted(memory) => {
                let (kind, bits, words) = self.describe_memory_event(reference, memory);
                all = words;
                (kind, cookie, bits, 0)
            }
        };
        let frame = &mut self.threads[receiver].context.frame;
        frame.rax = kind as u64;
        frame.rdi = rdi;
        frame.rsi = rsi;
        frame.r14 = r14;
        frame.set_words(&all);
        if last {
            self.free_event(reference);
        }
    }
}
