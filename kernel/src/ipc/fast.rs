//! The straight path: a call to a server that waits, and the reply that goes on into Recv, with nothing but registers or one buffer.
//! Also the calls of kernel services in registers. Note 0008.
//!
//! Each function first looks at everything that decides whether the case is plain, without changing what others see; if it is not, it answers
//! false, and the whole path starts from the beginning. What it changes then is exactly what the whole path changes.

use super::record::{CallState, Caller, token_of};
use super::session::ROOT_EPOCH;
use super::token::{self, RecordIndex};
use crate::arena::Ref;
use crate::dispatch::Invocation;
use crate::handle::slot::{Content, Object};
use crate::kernel::Kernel;
use crate::machine::{Cpu, Machine};
use crate::process::ProcessState;
use crate::thread::{Thread, ThreadState};
use trivet_abi::event::{EventKind, receive_options};
use trivet_abi::handle::{Handle, Rights};
use trivet_abi::message::{MAX_BYTES, reply, request};
use trivet_abi::{METHOD_COUNT, USER_END};

const BUFFERS: u64 = request::BUFFER_IN | request::BUFFER_OUT;
/// Reply bytes that the straight path copies; more take the whole path and its steps.
const PLAIN_BYTES: u64 = 4096;

impl<M: Machine> Kernel<M> {
    /// A plain call. False: it is not plain, and nothing has changed.
    #[inline]
    pub(crate) fn fast_call(&mut self, cpu: Cpu, current: Ref<Thread>) -> bool {
        let thread = &self.threads[current];
        let frame = &thread.context.frame;
        let (value, header) = (frame.rdi, frame.rsi);
        let method = header & request::METHOD_MASK;
        if header & !(request::METHOD_MASK | request::INTERRUPTIBLE | BUFFERS) != 0
            || method >= u64::from(METHOD_COUNT)
            || value > u64::from(u32::MAX)
        {
            return false;
        }
        let client = thread.process;
        let process = &self.processes[client];
        let handle = Handle(value as u32);
        let slot = if handle == Handle::SELF_THREAD {
            &process.self_thread
        } else {
            match process.table.lookup(handle) {
                Some(slot) => slot,
                None => return false,
            }
        };
        if (slot.allow & !slot.special) >> method & 1 == 0 {
            return false;
        }
        let session = match slot.content {
            Content::Live(Object::Session(session)) => session,
            content => {
                if header & BUFFERS != 0 {
                    return false;
                }
                let object = match content {
                    Content::Live(object) => object,
                    _ if handle == Handle::SELF_THREAD => Object::Thread(current),
                    _ => return false,
                };
                let invocation = Invocation {
                    cpu,
                    thread: current,
                    process: client,
                    object,
                    label: slot.label,
                    allow: slot.allow,
                    rights: slot.rights,
                    method: method as u8,
                    header,
                    words: frame.words(),
                };
                let call = &mut self.threads[current].call;
                call.gather.clear();
                call.scatter.clear();
                return self.serve(&invocation).is_ok();
            }
        };
        let (Some(target), badge) = (slot.endpoint, slot.badge) else {
            return false;
        };
        let (number, domain, row) = (process.number, process.domain, process.row);
        let endpoint = &self.endpoints[target];
        let Some(receiver) = endpoint.receivers else {
            return false;
        };
        let epoch = endpoint.epoch;
        let minted = &self.sessions[session];
        if minted.revoked || (minted.epoch != ROOT_EPOCH && minted.epoch != epoch) {
            return false;
        }
        let waiting = &self.threads[receiver];
        let server = waiting.process;
        if waiting.attention != 0
            || waiting.receive_options & receive_options::NO_REQUESTS != 0
            || waiting.affinity >> cpu & 1 == 0
            || self.processes[server].state != ProcessState::Running
            || self.ready.outranks(cpu, waiting.priority)
        {
            return false;
        }
        if header & request::INTERRUPTIBLE != 0 && self.interrupt_is_pending(current) {
            return false;
        }
        let call = &mut self.threads[current].call;
        call.gather.clear();
        call.scatter.clear();
        let (mut sent, mut room) = (0, 0);
        if header & BUFFERS != 0 {
            let frame = &self.threads[current].context.frame;
            let (address, length) = (frame.r14, frame.r15);
            if length > MAX_BYTES || address > USER_END {
                return false;
            }
            let call = &mut self.threads[current].call;
            if header & request::BUFFER_OUT != 0 {
                call.scatter.set_one(address, length);
                room = length;
            }
            if header & request::BUFFER_IN != 0 {
                call.gather.set_one(address, length);
                sent = length;
                if self.copy_request(Caller::Thread(current), receiver).is_err() {
                    return false;
                }
            }
        }
        // Plain: from here on everything happens.
        let call_number = self.take_call_number();
        let caller = Caller::Thread(current);
        let first = self.processes[server].serving.replace(caller);
        let thread = &mut self.threads[current];
        let call = &mut thread.call;
        call.state = CallState::Received;
        call.number = call_number;
        call.interruptible = header & request::INTERRUPTIBLE != 0;
        call.row = row;
        call.method = method as u8;
        call.session = Some(session);
        call.endpoint = Some(target);
        call.server = Some(server);
        call.previous = None;
        call.next = first;
        let words = thread.context.frame.words();
        if let Some(first) = first {
            self.record_mut(first).previous = Some(caller);
        }
        self.sessions.acquire(session);
        self.leave_processor(cpu, current, ThreadState::Calling);
        let waiting = &mut self.threads[receiver];
        let next = waiting.next.take();
        let frame = &mut waiting.context.frame;
        frame.rax = EventKind::Request as u64;
        frame.rdi = token_of(caller, call_number);
        frame.rsi = header & (request::METHOD_MASK | request::RECEIVED_INTERRUPTIBLE);
        frame.set_words(&words);
        frame.r14 = badge;
        frame.r15 = number;
        frame.rbx = u64::from(domain.0) | (u64::from(row) << 32);
        frame.rbp = sent | (room << 32);
        let endpoint = &mut self.endpoints[target];
        endpoint.receivers = next;
        endpoint.pending += 1;
        endpoint.server = Some(server);
        if let Some(next) = next {
            self.threads[next].previous = None;
        }
        self.enter_thread(cpu, receiver);
        true
    }

    /// A plain reply that goes on into Recv, where nothing waits. False: it is not plain, and nothing has changed.
    #[inline]
    pub(crate) fn fast_reply(&mut self, cpu: Cpu, current: Ref<Thread>) -> bool {
        let thread = &self.threads[current];
        let frame = &thread.context.frame;
        let header = frame.rsi;
        if header & reply::THEN_RECEIVE == 0
            || header & !(0xfff | reply::THEN_RECEIVE | reply::BUFFER) != 0
            || frame.rbx > u64::from(u32::MAX)
        {
            return false;
        }
        let server = thread.process;
        let (RecordIndex::Thread(index), number) = token::decode(frame.rdi) else {
            return false;
        };
        let process = &self.processes[server];
        let target = match process.table.lookup(Handle(frame.rbx as u32)) {
            Some(slot) if slot.rights.contains(Rights::RECEIVE) => match slot.content {
                Content::Live(Object::Endpoint(endpoint)) => endpoint,
                _ => return false,
            },
            _ => return false,
        };
        let endpoint = &self.endpoints[target];
        if endpoint.first_event.is_some() || endpoint.turn.is_some() || !endpoint.alive {
            return false;
        }
        let Some(caller) = self.threads.at(index) else {
            return false;
        };
        let calling = &self.threads[caller];
        let record = &calling.call;
        if record.state != CallState::Received
            || record.number != number
            || record.server != Some(server)
            || record.endpoint != Some(target)
            || record.orphaned
            || record.cancelled
            || record.row_counted
            || record.timed
            || record.undo.is_some()
            || record.carries()
            || calling.attention != 0
            || calling.affinity >> cpu & 1 == 0
            || self.processes[calling.process].state != ProcessState::Running
            || self.ready.outranks(cpu, calling.priority)
        {
            return false;
        }
        let mut copied = 0;
        if header & reply::BUFFER != 0 {
            let (address, length) = (frame.r14, frame.r15);
            let client = calling.process;
            let Some(segment) = record.scatter.at(0) else {
                return false;
            };
            if length > PLAIN_BYTES || length > segment.length || length == 0 {
                return false;
            }
            let spaces = self.processes[server].space.zip(self.processes[client].space);
            let Some((from, to)) = spaces else {
                return false;
            };
            if self.copy_spaces((from, address), (to, segment.address), length).1.is_err() {
                return false;
            }
            copied = length;
        }
        // Plain: from here on everything happens.
        let frame = &self.threads[current].context.frame;
        let words = frame.words();
        let calling = &mut self.threads[caller];
        let record = &mut calling.call;
        let (previous, next) = (record.previous.take(), record.next.take());
        let session = record.session.take();
        record.state = CallState::Idle;
        record.server = None;
        record.endpoint = None;
        let frame = &mut calling.context.frame;
        frame.rax = header & reply::STATUS_MASK;
        frame.rdi = 0;
        frame.rsi = copied;
        frame.set_words(&words);
        match previous {
            Some(previous) => self.record_mut(previous).next = next,
            None => self.processes[server].serving = next,
        }
        if let Some(next) = next {
            self.record_mut(next).previous = previous;
        }
        self.leave_processor(cpu, current, ThreadState::Receiving(target));
        let endpoint = &mut self.endpoints[target];
        endpoint.pending -= 1;
        endpoint.server = Some(server);
        let first = endpoint.receivers.replace(current);
        let thread = &mut self.threads[current];
        thread.receive_options = 0;
        thread.previous = None;
        thread.next = first;
        if let Some(first) = first {
            self.threads[first].previous = Some(current);
        }
        self.processors[cpu].billed = Some(caller);
        self.enter_thread(cpu, caller);
        if let Some(session) = session {
            self.release_session(session);
        }
        true
    }
}
