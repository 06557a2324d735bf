//! Call: checks, what the message carries, and the way to the endpoint. Notes 0002 and 0004.
//!
//! `fast` takes the plain case (registers only, a receiver waits); everything else comes through here.

use super::record::{CallState, Caller};
use crate::arena::Ref;
use crate::dispatch::Invocation;
use crate::handle::slot::{Content, Object, Slot};
use crate::kernel::Kernel;
use crate::machine::{Cpu, Machine};
use crate::thread::{Thread, ThreadState};
use crate::timer::ClockKind;
use trivet_abi::METHOD_COUNT;
use trivet_abi::error::CallError;
use trivet_abi::handle::Handle;
use trivet_abi::message::request;

/// What a message asks for beyond its registers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terms {
    /// Absolute monotonic time, 0: none.
    pub deadline_ns: u64,
    /// Endpoint handle, slot number and cookie of an asynchronous call.
    pub completion_endpoint: u64,
    /// See `completion_endpoint`.
    pub call_slot: u64,
    /// See `completion_endpoint`.
    pub cookie: u64,
}

/// Whether the policy is asked. Only the bench builds a kernel where it is not, to say what the check costs.
pub const CHECKED: bool = cfg!(not(trivet_unchecked));

impl<M: Machine> Kernel<M> {
    /// The call `Call`.
    #[inline(never)]
    pub(crate) fn call(&mut self, cpu: Cpu, current: Ref<Thread>) {
        if let Err(error) = self.whole_call(cpu, current) {
            self.end_record(Caller::Thread(current));
            self.drop_progress(current);
            self.threads[current].context.frame.rax = error.to_status() as u64;
            if self.threads[current].traced.is_some() {
                self.trace_answer(current);
            }
        }
    }

    /// An entry that was to be continued ended otherwise.
    pub(crate) fn drop_progress(&mut self, current: Ref<Thread>) {
        let thread = &mut self.threads[current];
        thread.progress = 0;
        thread.placed_at = None;
        self.drop_clone(current);
    }

    /// The slot that a handle of this thread's process names, if messages may go there.
    pub(crate) fn callable_slot(&self, current: Ref<Thread>, handle: Handle) -> Result<Slot, CallError> {
        let process = &self.processes[self.threads[current].process];
        if handle == Handle::SELF_THREAD {
            return Ok(Slot {
                content: Content::Live(Object::Thread(current)),
                ..process.self_thread
            });
        }
        let slot = process.table.lookup(handle).ok_or(CallError::InvalidHandle)?;
        match slot.content {
            Content::Live(_) => Ok(*slot),
            Content::Dead => Err(CallError::Denied),
            Content::Free | Content::Reserved => Err(CallError::InvalidHandle),
        }
    }

    fn whole_call(&mut self, cpu: Cpu, current: Ref<Thread>) -> Result<(), CallError> {
        let frame = &self.threads[current].context.frame;
        let (value, header) = (frame.rdi, frame.rsi);
        let method = (header & request::METHOD_MASK) as u8;
        let handle = Handle(u32::try_from(value).map_err(|_| CallError::InvalidHandle)?);
        let slot = self.callable_slot(current, handle)?;
        let Content::Live(object) = slot.content else {
            return Err(CallError::InvalidHandle);
        };
        if !slot.takes(header) {
            return Err(CallError::WrongObject);
        }
        if u32::from(method) >= METHOD_COUNT {
            return Err(CallError::NoSuchMethod);
        }
        if header & !request::ALL != 0 {
            return Err(CallError::BadCall);
        }
        if CHECKED && slot.allow >> method & 1 == 0 {
            self.record_refusal(current, &slot, method);
            self.trace_request(current, &slot, method);
            return Err(CallError::Denied);
        }
        let terms = self.take_terms(current, header)?;
        if CHECKED && slot.special >> method & 1 != 0 {
            self.trace_request(current, &slot, method);
            self.judge_special(current, &slot, method)?;
        }
        match object {
            Object::Session(session) => {
                if header & request::ASYNCHRONOUS != 0 {
                    self.start_asynchronous(current, session, header, &terms)
                } else {
                    self.start_call(cpu, current, session, &slot, header, &terms)
                }
            }
            object => {
                if header & request::ASYNCHRONOUS != 0 {
                    return Err(CallError::BadCall);
                }
                let words = self.threads[current].context.frame.words();
                let process = self.threads[current].process;
                self.serve(&Invocation {
                    cpu,
                    thread: current,
                    process,
                    object,
                    label: slot.label,
                    allow: slot.allow,
                    rights: slot.rights,
                    method,
                    header,
                    words,
                });
                Ok(())
            }
        }
    }

    /// Sends a synchronous message to a session's endpoint.
    fn start_call(
        &mut self,
        cpu: Cpu,
        current: Ref<Thread>,
        session: Ref<super::session::Session>,
        slot: &Slot,
        header: u64,
        terms: &Terms,
    ) -> Result<(), CallError> {
        let endpoint = self.check_session(session)?;
        let interruptible = header & request::INTERRUPTIBLE != 0;
        if interruptible && self.interrupt_is_pending(current) {
            return Err(CallError::Interrupted);
        }
        let number = self.take_call_number();
        let thread = &mut self.threads[current];
        let row = self.processes[thread.process].row;
        // The end of a traced call is told on the whole path.
        let traced = thread.traced.is_some();
        let call = &mut thread.call;
        call.number = number;
        call.interruptible = interruptible;
        call.row = row;
        call.method = (header & request::METHOD_MASK) as u8;
        call.session = Some(session);
        call.endpoint = Some(endpoint);
        call.server = None;
        call.copied = 0;
        call.filled = 0;
        call.plain = terms.deadline_ns == 0 && call.sent.is_empty() && call.undo.is_none() && !traced;
        debug_assert!(slot.badge == self.sessions[session].badge);
        self.sessions.acquire(session);
        let caller = Caller::Thread(current);
        self.leave_processor(cpu, current, ThreadState::Calling);
        let receiver = self.offer(endpoint, caller);
        if self.record(caller).state == CallState::Idle {
            // The delivery failed on the caller's side and has ended the call.
            return Ok(());
        }
        if terms.deadline_ns != 0 {
            if receiver.is_none() && terms.deadline_ns <= self.machine.now_ns() {
                self.withdraw(caller, CallError::TimedOut);
                return Ok(());
            }
            let timer = self.threads[current].timer;
            self.deadlines.arm(timer, ClockKind::Monotonic, terms.deadline_ns);
            self.threads[current].call.timed = true;
            self.program_timer(cpu);
        }
        if let Some(receiver) = receiver {
            self.hand_over(cpu, receiver);
        }
        Ok(())
    }

    /// Whether messages may still go through a session; answers its endpoint.
    pub(crate) fn check_session(
        &self,
        session: Ref<super::session::Session>,
    ) -> Result<Ref<super::endpoint::Endpoint>, CallError> {
        let session = &self.sessions[session];
        let endpoint = &self.endpoints[session.endpoint];
        if session.revoked || !endpoint.alive {
            return Err(CallError::Gone);
        }
        if session.epoch != super::session::ROOT_EPOCH && session.epoch != endpoint.epoch {
            return Err(CallError::Dead);
        }
        Ok(session.endpoint)
    }

    /// A number that no pending call has.
    pub(crate) fn take_call_number(&mut self) -> u64 {
        let number = self.next_call;
        self.next_call = (number + 1) & super::token::NUMBER_MASK;
        number
    }

    /// Whether an interruptible wait must not begin.
    #[inline(always)]
    pub(crate) fn interrupt_is_pending(&self, current: Ref<Thread>) -> bool {
        let thread = &self.threads[current];
        thread.upcall_interrupt
            || thread
                .interrupt_word
                .is_some_and(|(frame, offset)| self.machine.load_u32(frame, usize::from(offset)) != 0)
    }

    /// After a receiver got a message: it runs next, on the sender's slice and bill, if nothing better is ready.
    pub(crate) fn hand_over(&mut self, cpu: Cpu, receiver: Ref<Thread>) {
        let thread = &self.threads[receiver];
        if thread.attention == 0
            && thread.affinity >> cpu & 1 != 0
            && self.processors[cpu].current.is_none()
            && self.processes[thread.process].is_alive()
            && !self.ready.outranks(cpu, thread.priority)
        {
            self.enter_thread(cpu, receiver);
        } else {
            self.make_ready(receiver);
        }
    }

    /// Gives a call to a thread that waits at the endpoint, or queues it. Answers the thread that got it.
    pub(crate) fn offer(
        &mut self,
        endpoint: Ref<super::endpoint::Endpoint>,
        caller: Caller,
    ) -> Option<Ref<Thread>> {
        while let Some(receiver) = self.take_receiver(endpoint) {
            match self.deliver(caller, receiver, endpoint) {
                Ok(()) => return Some(receiver),
                Err(super::receive::Undelivered::Caller(error, done)) => {
                    self.put_receiver_back(endpoint, receiver);
                    self.fail_call(caller, error, done);
                    return None;
                }
                Err(super::receive::Undelivered::Receiver(error)) => {
                    self.threads[receiver].context.frame.rax = error.to_status() as u64;
                    self.make_ready(receiver);
                }
            }
        }
        self.enqueue(endpoint, caller);
        None
    }
}
