//! Kernel services: a Call on a handle to a kernel object. One exhaustive match leads from object and method to one function;
//! every service has the same signature, and one place turns its answer into registers.

use crate::arena::Ref;
use crate::handle::install::NewHandle;
use crate::handle::slot::Object;
use crate::ipc::record::Caller;
use crate::kernel::Kernel;
use crate::machine::{Cpu, Machine};
use crate::methods;
use crate::process::Process;
use crate::thread::Thread;
use trivet_abi::Label;
use trivet_abi::error::CallError;
use trivet_abi::handle::Rights;
use trivet_abi::message::reply;

/// Linux's error numbers, as far as kernel services answer them.
pub mod errno {
    #![allow(missing_docs, reason = "the names are POSIX's")]
    pub const EPERM: u16 = 1;
    pub const ENOENT: u16 = 2;
    pub const ESRCH: u16 = 3;
    pub const EINTR: u16 = 4;
    pub const ENXIO: u16 = 6;
    pub const EBADF: u16 = 9;
    pub const EAGAIN: u16 = 11;
    pub const ENOMEM: u16 = 12;
    pub const EACCES: u16 = 13;
    pub const EFAULT: u16 = 14;
    pub const EBUSY: u16 = 16;
    pub const EEXIST: u16 = 17;
    pub const EINVAL: u16 = 22;
    pub const EMFILE: u16 = 24;
    pub const ETXTBSY: u16 = 26;
    pub const EFBIG: u16 = 27;
    pub const ENOSPC: u16 = 28;
    pub const EDEADLK: u16 = 35;
    pub const ENOSYS: u16 = 38;
    pub const ELOOP: u16 = 40;
    pub const ETIMEDOUT: u16 = 110;
}

/// One call of a kernel service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Invocation {
    /// Where it runs.
    pub cpu: Cpu,
    /// Who calls.
    pub thread: Ref<Thread>,
    /// Its process.
    pub process: Ref<Process>,
    /// The object invoked.
    pub object: Object,
    /// Its label.
    pub label: Label,
    /// Methods of the slot.
    pub allow: u64,
    /// Rights of the slot.
    pub rights: Rights,
    /// Method number.
    pub method: u8,
    /// Request header.
    pub header: u64,
    /// Register words.
    pub words: [u64; 6],
}

/// What a service says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Done, nothing to tell.
    Done,
    /// Done, with word 0.
    Word(u64),
    /// Done, with words.
    Words([u64; 6]),
    /// The caller waits; who wakes it answers.
    Blocked,
    /// The next step follows in another entry: nothing of the call changes.
    Later,
    /// The registers are as they should be (restored, or the thread is gone).
    Untouched,
}

/// Why a service did not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// An error of the interface.
    Errno(u16),
    /// An error of the call.
    Call(CallError),
}

impl Failure {
    /// RAX of the caller.
    pub(crate) const fn status(self) -> i64 {
        match self {
            Failure::Errno(number) => number as i64,
            Failure::Call(error) => error.to_status(),
        }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Failure {
        Failure::Call(error)
    }
}

/// What every service returns.
pub(crate) type Served = Result<Answer, Failure>;

pub(crate) const fn refuse(number: u16) -> Served {
    Err(Failure::Errno(number))
}

impl<M: Machine> Kernel<M> {
    /// Runs a kernel service and answers its caller.
    pub(crate) fn serve(&mut self, invocation: &Invocation) {
        let thread = invocation.thread;
        match self.dispatch(invocation) {
            Ok(Answer::Done) => self.finish(thread, 0, &[0; 6]),
            Ok(Answer::Word(word)) => self.finish(thread, 0, &[word, 0, 0, 0, 0, 0]),
            Ok(Answer::Words(words)) => self.finish(thread, 0, &words),
            Ok(Answer::Blocked | Answer::Untouched) => {}
            // The next step begins like the first one: what the message carries is taken anew then.
            Ok(Answer::Later) => self.end_record(Caller::Thread(thread)),
            Err(failure) => self.finish(thread, failure.status(), &[0; 6]),
        }
    }

    /// Runs a kernel service whose message is in registers, and answers its caller: such a call keeps no slots, has no room for bytes
    /// and is under no rule with state, so there is nothing to give back.
    #[inline(always)]
    pub(crate) fn serve_plain(&mut self, invocation: &Invocation) {
        let (status, words) = match self.dispatch(invocation) {
            Ok(Answer::Done) => (0, [0; 6]),
            Ok(Answer::Word(word)) => (0, [word, 0, 0, 0, 0, 0]),
            Ok(Answer::Words(words)) => (0, words),
            Ok(Answer::Blocked | Answer::Untouched) => return,
            Ok(Answer::Later) => return self.end_record(Caller::Thread(invocation.thread)),
            Err(failure) => (failure.status(), [0; 6]),
        };
        let thread = &mut self.threads[invocation.thread];
        debug_assert!(thread.call.undo.is_none() && !thread.call.carries() && !thread.state.is_blocked());
        debug_assert!(thread.call.copied == 0 && thread.call.installed == 0);
        let frame = &mut thread.context.frame;
        frame.rax = status as u64;
        frame.rdi = 0;
        frame.rsi = 0;
        frame.set_words(&words);
    }

    #[inline(always)]
    fn dispatch(&mut self, invocation: &Invocation) -> Served {
        macro_rules! to {
            ($interface:ident, $service:ident $(, $argument:expr)*) => {
                match methods::$interface::from_number(invocation.method) {
                    Some(method) => self.$service(invocation, method $(, $argument)*),
                    None => Err(Failure::Call(CallError::NoSuchMethod)),
                }
            };
        }
        match invocation.object {
            Object::Thread(thread) => to!(Thread, serve_thread, thread),
            Object::AddressSpace(space) => to!(AddressSpace, serve_space, space),
            Object::Process(process) => to!(Process, serve_process, process),
            Object::Account(account) => to!(Account, serve_account, account),
            Object::Endpoint(endpoint) => to!(Endpoint, serve_endpoint, endpoint),
            Object::Memory(memory) => to!(Memory, serve_memory, memory),
            Object::DeviceMemory(range) => to!(DeviceMemory, serve_device, range),
            Object::Interrupt(interrupt) => to!(Interrupt, serve_interrupt, Some(interrupt)),
            Object::InterruptRoot => to!(Interrupt, serve_interrupt, None),
            Object::IoPorts(ports) => to!(IoPorts, serve_ports, ports),
            Object::Dma(block) => to!(Dma, serve_dma, Some(block)),
            Object::DmaRoot => to!(Dma, serve_dma, None),
            Object::WaitSet(set) => to!(WaitSet, serve_wait_set, set),
            Object::Timer(timer) => to!(Timer, serve_timer, timer),
            Object::Clock => to!(Clock, serve_clock),
            Object::Policy => to!(Policy, serve_policy),
            Object::Audit => to!(Audit, serve_audit),
            Object::Entropy => to!(Entropy, serve_entropy),
            Object::Machine => to!(Machine, serve_machine),
            Object::Session(_) => Err(Failure::Call(CallError::WrongObject)),
        }
    }

    /// Ends a service for a caller who may have waited.
    pub(crate) fn finish_service(&mut self, reference: Ref<Thread>, result: Result<[u64; 6], Failure>) {
        match result {
            Ok(words) => self.finish(reference, 0, &words),
            Err(failure) => self.finish(reference, failure.status(), &[0; 6]),
        }
    }

    /// Ends a service: registers, kept slots, the policy's state. A thread that waited is made ready.
    #[inline]
    fn finish(&mut self, reference: Ref<Thread>, status: i64, words: &[u64; 6]) {
        let thread = &mut self.threads[reference];
        let record = &mut thread.call;
        let frame = &mut thread.context.frame;
        frame.rax = status as u64;
        frame.rdi = u64::from(record.first_handle);
        frame.rsi = (record.copied & reply::COPIED_MASK) | (record.installed << reply::INSTALLED_SHIFT);
        record.copied = 0;
        record.installed = 0;
        record.first_handle = 0;
        frame.set_words(words);
        let is_traced = thread.traced.is_some();
        if thread.call.undo.is_some() || thread.call.carries() || thread.state.is_blocked() {
            self.finish_slowly(reference, status);
        }
        if is_traced {
            self.trace_answer(reference);
        }
    }

    #[inline(never)]
    fn finish_slowly(&mut self, reference: Ref<Thread>, status: i64) {
        self.settle_service(reference, status);
        if self.threads[reference].state.is_blocked() {
            self.make_ready(reference);
        }
    }

    /// Gives back what a service's call carried and did not use, and ends what stateful rules began with it.
    fn settle_service(&mut self, reference: Ref<Thread>, status: i64) {
        let caller = Caller::Thread(reference);
        if let Some(undo) = self.threads[reference].call.undo.take() {
            let words = self.threads[reference].context.frame.words();
            let outcome = if status == 0 {
                crate::policy::Outcome::Success(&words)
            } else {
                crate::policy::Outcome::Failure
            };
            self.settle_state(caller, &undo, outcome);
        }
        self.drop_carried(caller);
    }

    /// Whether the caller takes `count` handles: asked before anything is made.
    pub(crate) fn expect_places(&self, invocation: &Invocation, count: usize) -> Result<(), Failure> {
        if self.threads[invocation.thread].call.accepted.places.len() < count {
            return Err(Failure::Call(CallError::NoSlots));
        }
        Ok(())
    }

    /// Answers with a handle, in the next slot that the caller kept; the reference is handed over.
    pub(crate) fn answer_handle(
        &mut self,
        invocation: &Invocation,
        handle: &NewHandle,
    ) -> Result<(), Failure> {
        let thread = invocation.thread;
        let accepted = &mut self.threads[thread].call.accepted;
        if accepted.places.is_empty() {
            self.release_object(handle.object);
            return Err(Failure::Call(CallError::NoSlots));
        }
        let place = accepted.places.remove(0);
        let (array, close_on_exec) = (accepted.array, accepted.close_on_exec);
        let value = self.processes[invocation.process].table.value(place);
        let index = self.threads[thread].call.installed;
        if array != 0
            && let Err(error) = self.write_own(thread, array.wrapping_add(index * 4), &value.0.to_le_bytes())
        {
            self.give_place_back(invocation.process, place);
            self.release_object(handle.object);
            return Err(Failure::Call(error));
        }
        let slot = self.slot_for(handle);
        self.fill_place(invocation.process, place, slot, close_on_exec);
        let record = &mut self.threads[thread].call;
        if index == 0 {
            record.first_handle = value.0;
        }
        record.installed = index + 1;
        Ok(())
    }

    /// Reads the service's IN bytes from `offset` on. `BadCall` if there are fewer.
    pub(crate) fn read_input(
        &mut self,
        invocation: &Invocation,
        offset: u64,
        into: &mut [u8],
    ) -> Result<(), Failure> {
        let mut done = 0;
        while done < into.len() {
            let segment = self.threads[invocation.thread]
                .call
                .gather
                .at(offset + done as u64)
                .ok_or(Failure::Call(CallError::BadCall))?;
            let step = (segment.length as usize).min(into.len() - done);
            self.read_own(invocation.thread, segment.address, &mut into[done..done + step])?;
            done += step;
        }
        Ok(())
    }

    /// Bytes that came with the call.
    pub(crate) fn input_length(&self, invocation: &Invocation) -> u64 {
        self.threads[invocation.thread].call.gather.total
    }

    /// Room for the service's OUT bytes.
    pub(crate) fn output_room(&self, invocation: &Invocation) -> u64 {
        self.threads[invocation.thread].call.scatter.total
    }

    /// Writes OUT bytes at `offset`; what does not fit is refused.
    pub(crate) fn write_output(
        &mut self,
        invocation: &Invocation,
        offset: u64,
        from: &[u8],
    ) -> Result<(), Failure> {
        self.write_thread_output(invocation.thread, offset, from)
    }

    /// As `write_output`, for a thread that waited.
    pub(crate) fn write_thread_output(
        &mut self,
        thread: Ref<Thread>,
        offset: u64,
        from: &[u8],
    ) -> Result<(), Failure> {
        let mut done = 0;
        while done < from.len() {
            let segment = self.threads[thread]
                .call
                .scatter
                .at(offset + done as u64)
                .ok_or(Failure::Call(CallError::BadCall))?;
            let step = (segment.length as usize).min(from.len() - done);
            self.write_own(thread, segment.address, &from[done..done + step])?;
            done += step;
        }
        let record = &mut self.threads[thread].call;
        record.copied = record.copied.max(offset + from.len() as u64);
        Ok(())
    }

    /// Writes a structure of 64-bit fields as OUT bytes.
    pub(crate) fn write_fields(
        &mut self,
        invocation: &Invocation,
        offset: u64,
        fields: &[u64],
    ) -> Result<(), Failure> {
        let mut bytes = [0; 256];
        let length = fields.len() * 8;
        for (chunk, field) in bytes.chunks_exact_mut(8).zip(fields) {
            chunk.copy_from_slice(&field.to_le_bytes());
        }
        let bytes = bytes.get(..length).ok_or(Failure::Call(CallError::BadCall))?;
        self.write_output(invocation, offset, bytes)
    }

    /// Reads a structure of 64-bit fields from the IN bytes.
    pub(crate) fn read_fields<const N: usize>(
        &mut self,
        invocation: &Invocation,
        offset: u64,
    ) -> Result<[u64; N], Failure> {
        let mut fields = [0; N];
        for (index, field) in fields.iter_mut().enumerate() {
            let mut bytes = [0; 8];
            self.read_input(invocation, offset + index as u64 * 8, &mut bytes)?;
            *field = u64::from_le_bytes(bytes);
        }
        Ok(fields)
    }
}
