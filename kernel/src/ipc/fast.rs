//! The straight path: a call to a server that waits, and its reply, with nothing but registers, one buffer and a place for one handle, which
//! the reply may mint. Also the calls of kernel services in registers. Notes 0008 and 0049.
//!
//! Each function first looks at everything that decides whether the case is plain, without changing what others see; if it is not, it answers
//! `No`, and the whole path starts from the beginning. What it changes then is exactly what the whole path changes.

use super::call::CHECKED;
use super::endpoint::Endpoint;
use super::record::{CallRecord, CallState, Caller, token_of};
use super::reply::mint_in;
use super::session::ROOT_EPOCH;
use super::token::{self, RecordIndex};
use crate::arena::Ref;
use crate::dispatch::Invocation;
use crate::handle::slot::{Content, Object};
use crate::kernel::{Kernel, Processor, Straight};
use crate::machine::{Cpu, Machine};
use crate::process::Process;
use crate::thread::{Thread, ThreadState};
use trivet_abi::event::{EventKind, receive_options};
use trivet_abi::handle::{Handle, Rights};
use trivet_abi::message::{MAX_BYTES, mint, reply, request};
use trivet_abi::{METHOD_COUNT, USER_END};

const BUFFERS: u64 = request::BUFFER_IN | request::BUFFER_OUT;
const ACCEPTS: u64 = request::ACCEPT_DESCRIPTOR | request::ACCEPT_OWN | request::ACCEPT_CLOSE_ON_EXEC;
/// Reply bytes that the straight path copies; more take the whole path and its steps.
const PLAIN_BYTES: u64 = 4096;

/// Ends the record of a plain call: how far its room was filled, and whether it kept a place that was not used.
#[inline(always)]
fn end_plain(record: &mut CallRecord) -> (u64, bool) {
    record.session = None;
    record.state = CallState::Idle;
    record.server = None;
    record.endpoint = None;
    (core::mem::take(&mut record.filled), record.carries())
}

/// Whether the processor can go back to the caller of a plain call that this server received at this endpoint.
#[inline(always)]
fn goes_back(
    cpu: Cpu,
    processor: &Processor,
    caller: Ref<Thread>,
    calling: &Thread,
    (server, target, number): (Ref<Process>, Ref<Endpoint>, u64),
) -> bool {
    let record = &calling.call;
    record.state == CallState::Received
        && record.number == number
        && record.server == Some(server)
        && record.endpoint == Some(target)
        && record.plain
        && calling.attention == 0
        && calling.affinity >> cpu & 1 != 0
        && processor.billed == Some(caller)
}

impl<M: Machine> Kernel<M> {
    /// A plain call. `No`: nothing has changed.
    #[inline(always)]
    pub(crate) fn fast_call(&mut self, cpu: Cpu, current: Ref<Thread>) -> Straight {
        let thread = &self.threads[current];
        let frame = &thread.context.frame;
        let (value, header) = (frame.rdi, frame.rsi);
        let method = header & request::METHOD_MASK;
        if header
            & !(request::METHOD_MASK | request::INTERFACE_MASK | request::INTERRUPTIBLE | BUFFERS | ACCEPTS)
            != 0
            || method >= u64::from(METHOD_COUNT)
            || value > u64::from(u32::MAX)
        {
            return Straight::No;
        }
        let client = thread.process;
        let process = &self.processes[client];
        let handle = Handle(value as u32);
        let slot = if handle == Handle::SELF_THREAD {
            &process.self_thread
        } else {
            match process.table.named(handle) {
                Some(slot) => slot,
                None => return Straight::No,
            }
        };
        if CHECKED && (slot.allow & !slot.special) >> method & 1 == 0 || !slot.takes(header) {
            return Straight::No;
        }
        let session = match slot.content {
            Content::Live(Object::Session(session)) => session,
            content => {
                let object = match content {
                    _ if header & (BUFFERS | ACCEPTS) != 0 => return Straight::No,
                    Content::Live(object) => object,
                    _ if handle == Handle::SELF_THREAD => Object::Thread(current),
                    _ => return Straight::No,
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
                // The record is idle, and the message in registers: the service finds nothing else.
                let call = &mut self.threads[current].call;
                call.gather.clear();
                call.scatter.clear();
                self.serve_plain(&invocation);
                return Straight::Served;
            }
        };
        let (Some(target), badge) = (slot.endpoint, slot.badge) else {
            return Straight::No;
        };
        let (number, domain, row) = (process.number, process.domain, process.row);
        if header & request::INTERRUPTIBLE != 0 && self.interrupt_is_pending(current) {
            return Straight::No;
        }
        let (mut sent, mut room) = (0, 0);
        if header & BUFFERS != 0 {
            match self.plain_buffers(current, target, header) {
                Some(lengths) => (sent, room) = lengths,
                None => return Straight::No,
            }
        }
        if header & ACCEPTS != 0 && !self.keep_plain_place(current, header) {
            return Straight::No;
        }
        let endpoint = &mut self.endpoints[target];
        let Some(receiver) = endpoint.receivers else {
            return self.not_plain(current, header);
        };
        let (minted, references) = self.sessions.with_count(session);
        if minted.revoked || (minted.epoch != ROOT_EPOCH && minted.epoch != endpoint.epoch) {
            return self.not_plain(current, header);
        }
        let Some((calling, waiting)) = self.threads.get_two(current, receiver) else {
            return self.not_plain(current, header);
        };
        let processor = &mut self.processors[cpu];
        if waiting.attention != 0
            || waiting.receive_options & receive_options::NO_REQUESTS != 0
            || waiting.affinity >> cpu & 1 == 0
            || self.reaper.is_busy()
            || processor.billed != Some(current)
            || self.ready.outranks(cpu, waiting.priority)
        {
            return self.not_plain(current, header);
        }
        let Some(more) = references.checked_add(1) else {
            return self.not_plain(current, header);
        };
        // Plain: from here on everything happens.
        *references = more;
        let call_number = self.next_call;
        self.next_call = (call_number + 1) & token::NUMBER_MASK;
        let caller = Caller::Thread(current);
        let call = &mut calling.call;
        if header & BUFFERS == 0 {
            call.gather.clear();
            call.scatter.clear();
        }
        call.state = CallState::Received;
        call.plain = true;
        call.filled = 0;
        call.number = call_number;
        call.interruptible = header & request::INTERRUPTIBLE != 0;
        call.row = row;
        call.method = method as u8;
        call.session = Some(session);
        call.endpoint = Some(target);
        call.server = Some(waiting.process);
        calling.state = ThreadState::Calling;
        let now = self.machine.ticks();
        calling.user_ticks += now.wrapping_sub(processor.since_ticks);
        processor.since_ticks = now;
        let words = calling.context.frame.words();
        let next = waiting.next.take();
        waiting.state = ThreadState::Running(cpu);
        let frame = &mut waiting.context.frame;
        frame.rax = EventKind::Request as u64;
        frame.rdi = token_of(caller, call_number);
        frame.rsi = header & (request::METHOD_MASK | request::RECEIVED_INTERRUPTIBLE) | endpoint.closed_bit();
        frame.set_words(&words);
        frame.r14 = badge;
        frame.r15 = number;
        frame.rbx = u64::from(domain.0) | (u64::from(row) << 32);
        frame.rbp = sent | (room << 32);
        endpoint.receivers = next;
        endpoint.pending += 1;
        endpoint.server = Some(waiting.process);
        processor.current = Some(receiver);
        self.machine.switch_space(cpu, waiting.root);
        if let Some(next) = next {
            self.threads[next].previous = None;
        }
        Straight::Switched(receiver)
    }

    /// Keeps the one place for a handle that a plain call accepts. False: not plain, and nothing is kept.
    #[inline(never)]
    fn keep_plain_place(&mut self, current: Ref<Thread>, header: u64) -> bool {
        let descriptor = header & request::ACCEPT_DESCRIPTOR != 0;
        let close_on_exec = header & request::ACCEPT_CLOSE_ON_EXEC != 0;
        if descriptor == (header & request::ACCEPT_OWN != 0) || (close_on_exec && !descriptor) {
            return false;
        }
        if self.keep_places(current, 1, descriptor).is_err() {
            self.drop_carried(Caller::Thread(current));
            return false;
        }
        let accepted = &mut self.threads[current].call.accepted;
        accepted.close_on_exec = close_on_exec;
        accepted.array = 0;
        true
    }

    /// A call is not plain after all: the place that it kept is given back.
    #[cold]
    fn not_plain(&mut self, current: Ref<Thread>, header: u64) -> Straight {
        if header & ACCEPTS != 0 {
            self.drop_carried(Caller::Thread(current));
        }
        Straight::No
    }

    /// Takes the buffers of a plain call: bytes go into the window of the thread that waits. Answers bytes sent and room. `None`: not plain.
    #[inline(never)]
    fn plain_buffers(
        &mut self,
        current: Ref<Thread>,
        target: Ref<Endpoint>,
        header: u64,
    ) -> Option<(u64, u64)> {
        let receiver = self.endpoints[target].receivers?;
        let thread = &mut self.threads[current];
        let (address, length) = (thread.context.frame.r14, thread.context.frame.r15);
        if length > MAX_BYTES || address > USER_END {
            return None;
        }
        let call = &mut thread.call;
        call.gather.clear();
        call.scatter.clear();
        let (mut sent, mut room) = (0, 0);
        if header & request::BUFFER_OUT != 0 {
            call.scatter.set_one(address, length);
            room = length;
        }
        if header & request::BUFFER_IN != 0 {
            call.gather.set_one(address, length);
            sent = length;
            let (process, root) = (thread.process, thread.root);
            let waiting = &self.threads[receiver];
            let window = waiting.window;
            let (server, target_root) = (waiting.process, waiting.root);
            let copied = length.min(window.length);
            if copied != 0 && !self.copy_in_place((root, address), (target_root, window.address), copied) {
                let source = self.processes[process].space?;
                let target = self.processes[server].space?;
                self.copy_spaces((source, address), (target, window.address), copied)
                    .1
                    .ok()?;
            }
        }
        Some((sent, room))
    }

    /// A plain reply. `No`: nothing has changed.
    #[inline(always)]
    pub(crate) fn fast_reply(&mut self, cpu: Cpu, current: Ref<Thread>) -> Straight {
        let thread = &self.threads[current];
        let frame = &thread.context.frame;
        let header = frame.rsi;
        if header & !(0xfff | reply::THEN_RECEIVE | reply::BUFFER | reply::MINT) != 0
            || frame.rbx > u64::from(u32::MAX)
        {
            return Straight::No;
        }
        let server = thread.process;
        let (RecordIndex::Thread(index), number) = token::decode(frame.rdi) else {
            return Straight::No;
        };
        if self.reaper.is_busy() {
            // A caller whose process is dying must not go on.
            return Straight::No;
        }
        if header & reply::THEN_RECEIVE == 0 {
            return self.fast_answer(current, index, number);
        }
        let process = &self.processes[server];
        let target = match process.table.named(Handle(frame.rbx as u32)) {
            Some(slot) if slot.rights.contains(Rights::RECEIVE) => match slot.content {
                Content::Live(Object::Endpoint(endpoint)) => endpoint,
                _ => return Straight::No,
            },
            _ => return Straight::No,
        };
        let buffer = (frame.r14, frame.r15);
        let mut copied = 0;
        if header & reply::BUFFER != 0 {
            match self.plain_reply_bytes(server, index, number, buffer) {
                Some(length) => copied = length,
                None => return Straight::No,
            }
        }
        let mut minted = None;
        if header & reply::MINT != 0 {
            minted = self.plain_mint(cpu, current, (target, index, number));
            if minted.is_none() {
                return Straight::No;
            }
        }
        let endpoint = &mut self.endpoints[target];
        if endpoint.first_event.is_some() || endpoint.turn.is_some() || !endpoint.alive {
            return Straight::No;
        }
        let Some((caller, calling, serving)) = self.threads.at_with(index, current) else {
            return Straight::No;
        };
        let processor = &mut self.processors[cpu];
        if !goes_back(cpu, processor, caller, calling, (server, target, number))
            || self.ready.outranks(cpu, calling.priority)
        {
            return Straight::No;
        }
        let record = &mut calling.call;
        let Some(session) = record.session else {
            return Straight::No;
        };
        let references = self.sessions.with_count(session).1;
        if *references == 1 {
            // It ends with this call, which its server hears of first.
            return Straight::No;
        }
        // Plain: from here on everything happens.
        *references -= 1;
        let (filled, kept) = end_plain(record);
        let now = self.machine.ticks();
        calling.system_ticks += now.wrapping_sub(processor.since_ticks);
        processor.since_ticks = now;
        calling.state = ThreadState::Running(cpu);
        let mut words = serving.context.frame.words();
        let frame = &mut calling.context.frame;
        frame.rax = header & reply::STATUS_MASK;
        frame.rdi = 0;
        frame.rsi = copied.max(filled);
        if let Some(handle) = minted {
            mint_in(&mut words);
            frame.rdi = u64::from(handle.0);
            frame.rsi |= 1 << reply::INSTALLED_SHIFT;
        }
        frame.set_words(&words);
        serving.state = ThreadState::Receiving(target);
        serving.receive_options = 0;
        serving.previous = None;
        let waiting = endpoint.receivers.replace(current);
        serving.next = waiting;
        endpoint.pending -= 1;
        endpoint.server = Some(server);
        processor.current = Some(caller);
        self.machine.switch_space(cpu, calling.root);
        if let Some(waiting) = waiting {
            self.threads[waiting].previous = Some(current);
        }
        if kept {
            self.drop_carried(Caller::Thread(caller));
        }
        Straight::Switched(caller)
    }

    /// A plain reply after which its server goes on: the caller is ready then. `No`: nothing has changed.
    #[inline(never)]
    fn fast_answer(&mut self, current: Ref<Thread>, index: u32, number: u64) -> Straight {
        let thread = &self.threads[current];
        let frame = &thread.context.frame;
        let (header, buffer, server) = (frame.rsi, (frame.r14, frame.r15), thread.process);
        let mut copied = 0;
        if header & reply::MINT != 0 {
            return Straight::No;
        }
        if header & reply::BUFFER != 0 {
            match self.plain_reply_bytes(server, index, number, buffer) {
                Some(length) => copied = length,
                None => return Straight::No,
            }
        }
        let Some((caller, calling, serving)) = self.threads.at_with(index, current) else {
            return Straight::No;
        };
        let record = &mut calling.call;
        let (Some(session), Some(endpoint)) = (record.session, record.endpoint) else {
            return Straight::No;
        };
        if record.state != CallState::Received
            || record.number != number
            || record.server != Some(server)
            || !record.plain
            || calling.attention != 0
        {
            return Straight::No;
        }
        // Plain: from here on everything happens.
        let (filled, kept) = end_plain(record);
        let frame = &mut calling.context.frame;
        frame.rax = header & reply::STATUS_MASK;
        frame.rdi = 0;
        frame.rsi = copied.max(filled);
        frame.set_words(&serving.context.frame.words());
        serving.context.frame.rax = 0;
        self.endpoints[endpoint].pending -= 1;
        if kept {
            self.drop_carried(Caller::Thread(caller));
        }
        self.release_session(session);
        self.make_ready(caller);
        Straight::Served
    }

    /// Mints the session that a plain reply's words name, in the one place that its caller kept: the handle. `None`: not plain, nor is the reply.
    #[inline(never)]
    fn plain_mint(
        &mut self,
        cpu: Cpu,
        current: Ref<Thread>,
        (target, index, number): (Ref<Endpoint>, u32, u64),
    ) -> Option<Handle> {
        let reference = self.threads.at(index)?;
        let thread = &self.threads[current];
        let (server, block) = (thread.process, mint_in(&mut thread.context.frame.words()));
        let (calling, endpoint) = (&self.threads[reference], &self.endpoints[target]);
        let accepted = &calling.call.accepted;
        let (&[place], close_on_exec) = (accepted.places.as_slice(), accepted.close_on_exec) else {
            return None;
        };
        // Once it is minted, the reply is not to be found anything but plain.
        if !goes_back(
            cpu,
            &self.processors[cpu],
            reference,
            calling,
            (server, target, number),
        ) || self.ready.outranks(cpu, calling.priority)
            || endpoint.first_event.is_some()
            || endpoint.turn.is_some()
            || !endpoint.alive
            || self.sessions.references(calling.call.session?) == 1
            || accepted.array != 0
            || !accepted.session_kept
            || block.interface_flags_rights & mint::PRESENT == 0
        {
            return None;
        }
        let (client, caller) = (calling.process, Caller::Thread(reference));
        self.check_mint(current, caller, &block).ok()?;
        let slot = self.mint_for(server, caller, &block).ok()?;
        self.threads[reference].call.accepted.places.clear();
        self.fill_place(client, place, slot, close_on_exec);
        Some(self.processes[client].table.value(place))
    }

    /// Copies the bytes of a plain reply into the caller's one buffer. `None`: not plain.
    #[inline(never)]
    fn plain_reply_bytes(
        &mut self,
        server: Ref<Process>,
        index: u32,
        number: u64,
        (address, length): (u64, u64),
    ) -> Option<u64> {
        let caller = self.threads.at(index)?;
        let calling = &self.threads[caller];
        let record = &calling.call;
        if record.state != CallState::Received || record.number != number || record.server != Some(server) {
            return None;
        }
        let segment = record.scatter.at(0)?;
        if length > PLAIN_BYTES || length > segment.length || length == 0 {
            return None;
        }
        let (client, root) = (calling.process, calling.root);
        let own_root = self.processes[server].root;
        if !self.copy_in_place((own_root, address), (root, segment.address), length) {
            let from = self.processes[server].space?;
            let to = self.processes[client].space?;
            self.copy_spaces((from, address), (to, segment.address), length)
                .1
                .ok()?;
        }
        Some(length)
    }
}
