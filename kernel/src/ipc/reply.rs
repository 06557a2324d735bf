//! Reply: the answer of a pending call, from any thread of the process that received it. Note 0004.
//!
//! A reply that fails (the server's own pointer, the caller's buffer, too many handles) leaves the call pending: the server
//! commits what it did only after the reply succeeded. Bytes go in steps of 64 KiB, each an entry of its own.

use super::record::{CallState, Caller};
use super::token::{self, RecordIndex};
use crate::arena::Ref;
use crate::handle::table::Place;
use crate::kernel::Kernel;
use crate::machine::{Cpu, Machine};
use crate::policy::{Outcome, ReplyVerdict};
use crate::process::Process;
use crate::thread::{Thread, ThreadState, attention};
use crate::usercopy::STEP_BYTES;
use trivet_abi::error::{CallError, MAX_SERVER_ERROR};
use trivet_abi::message::{Mint, ReplyExtension, mint, reply};

/// What the caller gets besides words and bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Results {
    /// RAX of the caller.
    pub status: i64,
    /// Words.
    pub words: [u64; 6],
    /// Bytes that were copied to it.
    pub copied: u64,
    /// First handle installed.
    pub handle: u32,
    /// Number of handles installed.
    pub installed: u64,
}

/// How far a reply came.
enum Progress {
    /// The call is over; this thread can go on.
    Answered(Option<Ref<Thread>>),
    /// More steps are needed.
    More,
}

/// Takes the session to mint out of a reply's words.
#[inline]
pub(crate) fn mint_in(words: &mut [u64; 6]) -> Mint {
    let [_, _, block @ ..] = words;
    Mint::from_words(core::mem::take(block))
}

impl<M: Machine> Kernel<M> {
    /// The call that a token names, if this process received it and it is still pending.
    #[inline]
    pub(crate) fn pending_call(&self, server: Ref<Process>, token: u64) -> Option<Caller> {
        let (index, number) = token::decode(token);
        let caller = match index {
            RecordIndex::Thread(index) => Caller::Thread(self.threads.at(index)?),
            RecordIndex::Slot(index) => Caller::Slot(self.call_slots.at(index)?),
        };
        let record = self.record(caller);
        (record.state == CallState::Received && record.number == number && record.server == Some(server))
            .then_some(caller)
    }

    /// The call `Reply`.
    #[inline(never)]
    pub(crate) fn reply(&mut self, cpu: Cpu, current: Ref<Thread>) {
        let frame = &self.threads[current].context.frame;
        let (header, endpoint_value) = (frame.rsi, frame.rbx);
        let answered = match self.whole_reply(current) {
            Ok(Progress::Answered(thread)) => thread,
            Ok(Progress::More) => {
                self.attend(current, attention::CONTINUE);
                return;
            }
            Err(error) => {
                self.threads[current].progress = 0;
                self.threads[current].context.frame.rax = error.to_status() as u64;
                return;
            }
        };
        if header & reply::THEN_RECEIVE == 0 {
            self.threads[current].context.frame.rax = 0;
            if let Some(thread) = answered {
                self.make_ready(thread);
            }
            return;
        }
        // From here on this is a Recv: should it be continued in another entry, it must not reply again.
        let frame = &mut self.threads[current].context.frame;
        frame.rax = trivet_abi::RECV;
        frame.rdi = endpoint_value;
        frame.rsi = 0;
        self.receive(cpu, current);
        // Nothing waits for the server: the processor goes back to the caller.
        if let Some(thread) = answered {
            let free = self.processors[cpu].current.is_none();
            self.hand_over(cpu, thread);
            if free && self.processors[cpu].current == Some(thread) {
                self.processors[cpu].billed = Some(thread);
            }
        }
    }

    fn whole_reply(&mut self, current: Ref<Thread>) -> Result<Progress, CallError> {
        let server = self.threads[current].process;
        let frame = &self.threads[current].context.frame;
        let (token, header, mut words) = (frame.rdi, frame.rsi, frame.words());
        let (address, length) = (frame.r14, frame.r15);
        let status = header & reply::STATUS_MASK;
        if header & !reply::ALL != 0 || status > u64::from(MAX_SERVER_ERROR) {
            return Err(CallError::BadCall);
        }
        if header & reply::EXTENSION != 0 && header & (reply::BUFFER | reply::MINT) != 0 {
            return Err(CallError::BadCall);
        }
        let caller = self.pending_call(server, token).ok_or(CallError::Gone)?;
        let mut extension = ReplyExtension::default();
        if header & reply::EXTENSION != 0 {
            extension = self.read_reply_extension(current, address)?;
            self.check_reply_extension(current, caller, &extension)?;
        }
        if header & reply::MINT != 0 {
            extension.mint = mint_in(&mut words);
            self.check_mint(current, caller, &extension.mint)?;
        }
        let orphaned = self.record(caller).orphaned;
        if !orphaned && self.record(caller).is_counted() && self.settle_reply(caller, status, &words) {
            // A rule withholds words, bytes and handles.
            self.change_session_readiness(caller, &extension);
            let results = Results {
                status: status as i64,
                ..Results::default()
            };
            return Ok(Progress::Answered(self.complete(caller, &results)));
        }
        if !orphaned && !self.copy_reply(current, caller, header, (address, length), &extension)? {
            return Ok(Progress::More);
        }
        let mut results = Results {
            status: status as i64,
            words,
            ..Results::default()
        };
        if !orphaned {
            let record = self.record_mut(caller);
            results.copied = core::mem::take(&mut record.copied).max(core::mem::take(&mut record.filled));
            if header & (reply::EXTENSION | reply::MINT) != 0 {
                self.install_reply_handles(current, caller, &extension, &mut results)?;
            }
        }
        self.change_session_readiness(caller, &extension);
        let answered = self.complete(caller, &results);
        if orphaned && extension.mint.interface_flags_rights & mint::PRESENT != 0 {
            // The session was not made: its server must not wait for the session's end.
            return Err(CallError::Gone);
        }
        Ok(Progress::Answered(answered))
    }

    /// Copies the reply's bytes, one step. False: more steps are needed.
    fn copy_reply(
        &mut self,
        current: Ref<Thread>,
        caller: Caller,
        header: u64,
        buffer: (u64, u64),
        extension: &ReplyExtension,
    ) -> Result<bool, CallError> {
        if header & (reply::BUFFER | reply::EXTENSION) == 0 {
            return Ok(true);
        }
        let source = &mut self.threads[current].call;
        // The server's own record is idle while it runs: it holds the gather list.
        source.gather.clear();
        if header & reply::BUFFER != 0 {
            if buffer.0.checked_add(buffer.1).is_none() {
                return Err(CallError::BadPointer);
            }
            source.gather.set_one(buffer.0, buffer.1);
        } else {
            self.read_segments(current, &extension.gather, true)?;
        }
        let total = self.threads[current].call.gather.total;
        let room = self.record(caller).scatter.total;
        if total > room {
            return Err(CallError::BadCall);
        }
        let done = self.record(caller).copied.min(total);
        let step = (total - done).min(STEP_BYTES);
        let (moved, result) =
            self.copy_lists((Caller::Thread(current), true, done), (caller, false, done), step);
        self.record_mut(caller).copied = done + moved;
        match result {
            Ok(()) if done + moved == total => Ok(true),
            Ok(()) => Ok(false),
            Err(stop) => {
                self.record_mut(caller).copied = 0;
                let frame = &mut self.threads[current].context.frame;
                frame.rdx = done + moved;
                Err(if stop.source {
                    stop.own_error()
                } else {
                    stop.peer_error()
                })
            }
        }
    }

    /// Ends a received call with results. Answers the thread that can go on now; an asynchronous call's endpoint gets `completed`.
    pub(crate) fn complete(&mut self, caller: Caller, results: &Results) -> Option<Ref<Thread>> {
        self.leave_server(caller);
        self.end_record(caller);
        match caller {
            Caller::Thread(thread) if self.threads[thread].state == ThreadState::Dead => {
                self.forget_thread(thread);
                None
            }
            Caller::Thread(thread) => {
                self.write_results(thread, results);
                Some(thread)
            }
            Caller::Slot(slot) => {
                self.complete_slot(slot, results);
                None
            }
        }
    }

    /// Writes results into the registers of a caller.
    pub(crate) fn write_results(&mut self, thread: Ref<Thread>, results: &Results) {
        let frame = &mut self.threads[thread].context.frame;
        frame.rax = results.status as u64;
        frame.rdi = u64::from(results.handle);
        frame.rsi = (results.copied & reply::COPIED_MASK) | (results.installed << reply::INSTALLED_SHIFT);
        frame.set_words(&results.words);
        if self.threads[thread].traced.is_some() {
            self.trace_answer(thread);
        }
    }

    /// Everything that a record holds is given back; it is idle then.
    pub(crate) fn end_record(&mut self, caller: Caller) {
        self.disarm_call(caller);
        if self.record(caller).is_counted() {
            self.settle_failure(caller);
        }
        let record = self.record_mut(caller);
        record.state = CallState::Idle;
        record.server = None;
        record.copied = 0;
        record.filled = 0;
        record.handles = 0;
        record.timed = false;
        record.orphaned = false;
        let (session, cancelled, counted, row) = (
            record.session.take(),
            core::mem::take(&mut record.cancelled),
            core::mem::take(&mut record.row_counted),
            record.row,
        );
        record.endpoint = None;
        record.gather.clear();
        record.scatter.clear();
        if cancelled {
            let event = self.cancel_event_of(caller);
            self.unqueue_event(event);
        }
        if counted {
            self.drop_row(row);
        }
        self.drop_carried(caller);
        if let Some(session) = session {
            self.release_session(session);
        }
    }

    /// Settles what stateful rules began with the request. True: the reply's contents are withheld.
    fn settle_reply(&mut self, caller: Caller, status: u64, words: &[u64; 6]) -> bool {
        let outcome = if status == 0 {
            Outcome::Success(words)
        } else {
            Outcome::Failure
        };
        self.settle_names(caller, outcome);
        let Some(undo) = self.record_mut(caller).undo.take() else {
            return false;
        };
        let verdict = self.settle_state(caller, &undo, outcome);
        match verdict {
            ReplyVerdict::Deliver => false,
            ReplyVerdict::StatusOnly(rule) => {
                self.record_withheld(caller, rule.0);
                true
            }
        }
    }

    /// The places that a call kept for handles.
    pub(crate) fn accepted_places(&self, caller: Caller) -> &[Place] {
        &self.record(caller).accepted.places
    }
}
