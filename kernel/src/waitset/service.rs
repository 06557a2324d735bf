//! The WaitSet interface: epoll's operations, and poll on a list that is not kept.

use super::watch::{ALWAYS, EDGE, EXCLUSIVE, ONE_SHOT, Wish};
use super::{Source, WaitSet, Watch, Watcher};
use crate::arena::Ref;
use crate::dispatch::{Answer, Failure, Invocation, Served, errno, refuse};
use crate::handle::slot::Object;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::methods;
use crate::thread::{Thread, ThreadState};
use crate::timer::ClockKind;
use trivet_abi::event::readiness;
use trivet_abi::handle::Handle;

/// Members that one `wait` answers, at most.
const MAX_READY: u64 = 1024;
/// Entries of one `poll`, at most.
const MAX_POLL: u64 = 4096;
/// Entries that are worked on at a time.
const CHUNK: usize = 64;
/// Members of one set, at most.
const MAX_MEMBERS: u32 = 65_536;

impl<M: Machine> Kernel<M> {
    #[inline(never)]
    pub(crate) fn serve_wait_set(
        &mut self,
        invocation: &Invocation,
        method: methods::WaitSet,
        set: Ref<WaitSet>,
    ) -> Served {
        use methods::WaitSet as Method;
        let [member, interest, cookie, flags, ..] = invocation.words;
        match method {
            Method::Add => self.add_member(invocation, set),
            Method::Modify => {
                let watch = self.find_member(invocation, set)?;
                if flags & !(EDGE | ONE_SHOT | EXCLUSIVE) != 0 {
                    return refuse(errno::EINVAL);
                }
                let changed = &mut self.watches[watch];
                changed.interest = interest as u32 & !readiness::PLAIN;
                changed.cookie = cookie;
                changed.flags = flags;
                changed.disarmed = false;
                self.announce_if_ready(watch);
                Ok(Answer::Done)
            }
            Method::Remove => {
                let watch = self.find_member(invocation, set)?;
                self.drop_watch(watch);
                Ok(Answer::Done)
            }
            Method::Wait => self.wait_set(invocation, set, member),
            Method::Poll => self.poll(invocation, member),
            Method::Bind => {
                let endpoint = self.receiving_endpoint(invocation.thread, member)?;
                self.bind_set(set, endpoint, interest)?;
                Ok(Answer::Done)
            }
        }
    }

    fn member_source(&self, invocation: &Invocation, member: u64) -> Result<Source, Failure> {
        let slot = self.argument_slot(invocation.process, member)?;
        match slot.object() {
            Some(Object::Session(session)) => Ok(Source::Session(session)),
            Some(Object::Timer(timer)) => Ok(Source::Timer(timer)),
            Some(Object::Process(process)) => Ok(Source::Process(process)),
            Some(Object::WaitSet(set)) => Ok(Source::WaitSet(set)),
            _ => Err(Failure::Errno(errno::EPERM)),
        }
    }

    /// The watch that connects a source with a set under a handle value.
    fn find_watch(&self, set: Ref<WaitSet>, source: Source, member: u32) -> Option<Ref<Watch>> {
        let mut at = match source {
            Source::Session(session) => self.sessions[session].watches,
            Source::Timer(timer) => self.timers[timer].watches,
            Source::Process(process) => self.processes[process].watches,
            Source::WaitSet(below) => self.wait_sets[below].watches,
        };
        while let Some(reference) = at {
            let watch = &self.watches[reference];
            if watch.watcher == Watcher::WaitSet(set) && watch.member == member {
                return Some(reference);
            }
            at = watch.source_next;
        }
        None
    }

    fn find_member(&self, invocation: &Invocation, set: Ref<WaitSet>) -> Result<Ref<Watch>, Failure> {
        let member = invocation.words[0];
        let source = self.member_source(invocation, member)?;
        self.find_watch(set, source, member as u32)
            .ok_or(Failure::Errno(errno::ENOENT))
    }

    fn add_member(&mut self, invocation: &Invocation, set: Ref<WaitSet>) -> Served {
        let [member, interest, cookie, flags, ..] = invocation.words;
        if flags & !(EDGE | ONE_SHOT | EXCLUSIVE) != 0 {
            return refuse(errno::EINVAL);
        }
        let source = self.member_source(invocation, member)?;
        if self.find_watch(set, source, member as u32).is_some() {
            return refuse(errno::EEXIST);
        }
        if self.wait_sets[set].member_count >= MAX_MEMBERS {
            return refuse(errno::ENOSPC);
        }
        if let Source::Session(session) = source
            && self.sessions[session].bits & readiness::PLAIN != 0
        {
            return refuse(errno::EPERM);
        }
        if let Source::WaitSet(below) = source {
            if flags & EXCLUSIVE != 0 || below == set {
                return refuse(errno::EINVAL);
            }
            let mut visits = 0;
            let heights = self
                .height_below(below, set, 0, &mut visits)
                .zip(self.height_above(set, 0, &mut visits));
            if heights.is_none_or(|(below, above)| below + above + 1 >= super::watch::MAX_DEPTH) {
                return refuse(errno::ELOOP);
            }
        }
        let wish = Wish {
            source,
            member: member as u32,
            interest: interest as u32 & !readiness::PLAIN,
            flags,
            cookie,
        };
        let watch = self
            .make_watch(Watcher::WaitSet(set), &wish)
            .map_err(crate::process::service::creation_error)?;
        // The first report of an edge-triggered member is of what is there already.
        let sequence = self.edge_start(watch);
        self.watches[watch].seen = sequence;
        self.announce_if_ready(watch);
        Ok(Answer::Done)
    }

    /// A sequence number that differs from the present one.
    fn edge_start(&mut self, watch: Ref<Watch>) -> u32 {
        self.consume_watch(watch);
        let made = &mut self.watches[watch];
        made.disarmed = false;
        let sequence = made.seen.wrapping_sub(1);
        self.unlist_watch(watch);
        sequence
    }

    fn announce_if_ready(&mut self, watch: Ref<Watch>) {
        if self.ready_bits(watch, 1) != 0 {
            self.list_watch(watch);
            if let Watcher::WaitSet(set) = self.watches[watch].watcher {
                self.wake_set(set);
            }
        }
    }

    /// Writes what is ready into a thread's buffer. Answers how many.
    fn harvest(&mut self, thread: Ref<Thread>, set: Ref<WaitSet>) -> Result<u64, Failure> {
        let room = (self.threads[thread].call.scatter.total / 16).min(MAX_READY);
        let last = self.wait_sets[set].last_ready;
        let mut count = 0;
        let mut bytes = [0; CHUNK * 16];
        let mut filled = 0;
        let mut at = self.wait_sets[set].first_ready;
        while let Some(watch) = at
            && count < room
        {
            at = if Some(watch) == last {
                None
            } else {
                self.watches[watch].ready_next
            };
            let bits = self.ready_bits(watch, 1);
            if bits == 0 {
                self.unlist_watch(watch);
                continue;
            }
            let cookie = self.watches[watch].cookie;
            bytes[filled..filled + 8].copy_from_slice(&cookie.to_le_bytes());
            bytes[filled + 8..filled + 16].copy_from_slice(&u64::from(bits).to_le_bytes());
            filled += 16;
            count += 1;
            self.consume_watch(watch);
            if filled == bytes.len() {
                self.write_thread_output(thread, count * 16 - filled as u64, &bytes)?;
                filled = 0;
            }
        }
        if filled != 0 {
            self.write_thread_output(thread, count * 16 - filled as u64, &bytes[..filled])?;
        }
        Ok(count)
    }

    fn wait_set(&mut self, invocation: &Invocation, set: Ref<WaitSet>, deadline_ns: u64) -> Served {
        if self.output_room(invocation) < 16 {
            return refuse(errno::EINVAL);
        }
        let current = invocation.thread;
        let count = self.harvest(current, set)?;
        if count != 0 || deadline_ns == 0 {
            return Ok(Answer::Word(count));
        }
        let answer = self.begin_wait(
            invocation,
            ThreadState::Waiting(set),
            Some((ClockKind::Monotonic, deadline_ns)),
        )?;
        let first = self.wait_sets[set].waiters.replace(current);
        let thread = &mut self.threads[current];
        thread.previous = None;
        thread.next = first;
        if let Some(first) = first {
            self.threads[first].previous = Some(current);
        }
        Ok(answer)
    }

    /// A waiter of a set harvests. False: there was nothing after all, and it goes on waiting.
    pub(crate) fn finish_set_wait(&mut self, thread: Ref<Thread>, set: Ref<WaitSet>) -> bool {
        match self.harvest(thread, set) {
            Ok(0) => false,
            Ok(count) => {
                self.end_wait(thread, Ok([count, 0, 0, 0, 0, 0]));
                true
            }
            Err(failure) => {
                self.end_wait(thread, Err(failure));
                true
            }
        }
    }

    fn poll(&mut self, invocation: &Invocation, deadline_ns: u64) -> Served {
        let bytes = self.input_length(invocation);
        if !bytes.is_multiple_of(8) || bytes / 8 > MAX_POLL || self.output_room(invocation) < bytes {
            return refuse(errno::EINVAL);
        }
        let current = invocation.thread;
        let ready = self.poll_pass(current)?;
        if ready != 0 || deadline_ns == 0 {
            return Ok(Answer::Word(ready));
        }
        if let Err(failure) = self.watch_entries(invocation) {
            self.leave_wait(current);
            return Err(failure);
        }
        let result = self.begin_wait(
            invocation,
            ThreadState::Polling,
            Some((ClockKind::Monotonic, deadline_ns)),
        );
        if result.is_err() {
            self.leave_wait(current);
        }
        result
    }

    /// Looks at each entry once and writes its answer. Answers how many are ready.
    fn poll_pass(&mut self, thread: Ref<Thread>) -> Result<u64, Failure> {
        let total = (self.threads[thread].call.gather.total / 8) as usize;
        let process = self.threads[thread].process;
        let mut ready = 0;
        let mut done = 0;
        let mut bytes = [0; CHUNK * 8];
        // Most entries are sessions of one server: whether it lives is asked once.
        let mut living = None;
        while done < total {
            let count = (total - done).min(CHUNK);
            let offset = done as u64 * 8;
            self.read_thread_input(thread, offset, &mut bytes[..count * 8])?;
            for entry in bytes[..count * 8].chunks_exact_mut(8) {
                let handle = u32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]);
                let interest = u16::from_le_bytes([entry[4], entry[5]]);
                let bits = self.poll_bits(process, Handle(handle), u32::from(interest), &mut living);
                ready += u64::from(bits != 0);
                entry[6..8].copy_from_slice(&(bits as u16).to_le_bytes());
            }
            self.write_thread_output(thread, offset, &bytes[..count * 8])?;
            done += count;
        }
        Ok(ready)
    }

    #[inline]
    fn poll_bits(
        &self,
        process: Ref<crate::process::Process>,
        handle: Handle,
        interest: u32,
        living: &mut Option<Ref<crate::ipc::endpoint::Endpoint>>,
    ) -> u32 {
        if handle.0 as i32 == -1 {
            return 0;
        }
        let Some(slot) = self.processes[process].table.lookup(handle) else {
            return readiness::NVAL;
        };
        let source = match slot.object() {
            Some(Object::Session(reference)) => {
                let session = &self.sessions[reference];
                if !session.revoked && *living == Some(session.endpoint) {
                    return session.bits & (interest | ALWAYS);
                }
                if self.endpoints[session.endpoint].alive {
                    *living = Some(session.endpoint);
                }
                Source::Session(reference)
            }
            Some(Object::Timer(timer)) => Source::Timer(timer),
            Some(Object::Process(process)) => Source::Process(process),
            Some(Object::WaitSet(set)) => Source::WaitSet(set),
            _ => return readiness::NVAL,
        };
        self.source_bits(source, 1) & (interest | ALWAYS)
    }

    /// Makes a watch for each entry of a poll.
    fn watch_entries(&mut self, invocation: &Invocation) -> Result<(), Failure> {
        let total = (self.input_length(invocation) / 8) as usize;
        let current = invocation.thread;
        for index in 0..total {
            let mut entry = [0; 8];
            self.read_input(invocation, index as u64 * 8, &mut entry)?;
            let handle = u32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]);
            let interest = u16::from_le_bytes([entry[4], entry[5]]);
            let Ok(source) = self.member_source(invocation, u64::from(handle)) else {
                continue;
            };
            let wish = Wish {
                source,
                member: handle,
                interest: u32::from(interest),
                flags: 0,
                cookie: 0,
            };
            self.make_watch(Watcher::Thread(current), &wish)
                .map_err(crate::process::service::creation_error)?;
        }
        Ok(())
    }

    /// Something that a poll waits for has news.
    pub(crate) fn finish_poll(&mut self, thread: Ref<Thread>) {
        match self.poll_pass(thread) {
            Ok(0) => {}
            Ok(ready) => self.end_wait(thread, Ok([ready, 0, 0, 0, 0, 0])),
            Err(failure) => self.end_wait(thread, Err(failure)),
        }
    }

    /// The deadline of a wait in a set or a poll has come: nothing was ready.
    pub(crate) fn wait_timed_out(&mut self, thread: Ref<Thread>) {
        self.end_wait(thread, Ok([0; 6]));
    }

    fn read_thread_input(
        &mut self,
        thread: Ref<Thread>,
        offset: u64,
        into: &mut [u8],
    ) -> Result<(), Failure> {
        let mut done = 0;
        while done < into.len() {
            let segment = self.threads[thread]
                .call
                .gather
                .at(offset + done as u64)
                .ok_or(Failure::Errno(errno::EINVAL))?;
            let step = (segment.length as usize).min(into.len() - done);
            self.read_own(thread, segment.address, &mut into[done..done + step])?;
            done += step;
        }
        Ok(())
    }
}
