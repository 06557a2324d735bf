//! The Policy, Audit and Entropy interfaces.

use super::{Fact, GRANTED, REFUSED};
use crate::audit::RECORD_BYTES;
use crate::dispatch::{Answer, Failure, Invocation, Served, errno, refuse};
use crate::handle::install::NewHandle;
use crate::handle::slot::Object;
use crate::ipc::event::News;
use crate::ipc::record::{Caller, MAX_NAME_UNDOS};
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::methods;
use crate::policy::{ANY_USER, Frames, Inputs, Question, own_label};
use crate::trace;
use trivet_abi::{Domain, InterfaceNumber, Label, METHOD_COUNT};

/// Records that one `Audit.read` takes out, at most.
const MAX_RECORDS: usize = 256;
/// "Refused" in the place of a domain.
const NO_DOMAIN: u64 = 0xffff;
/// Records that one `Audit.trace` takes out, at most.
const MAX_TRACED: usize = 64;
/// Random bytes that one entry makes, at most.
const MAX_RANDOM: u64 = 4096;

impl<M: Machine> Kernel<M> {
    #[inline(never)]
    pub(crate) fn serve_policy(&mut self, invocation: &Invocation, method: methods::Policy) -> Served {
        use methods::Policy as Method;
        let words = invocation.words;
        let own_domain = self.processes[invocation.process].domain;
        match method {
            Method::Check => {
                let [endpoint, token, label, interface, number, _] = words;
                let caller = self.argument_call(invocation, endpoint, token)?;
                self.check_name(invocation, caller, label, interface, number)
            }
            Method::Rows => self.decision_rows(invocation, own_domain),
            Method::LabelForNew => {
                let caller = self.argument_call(invocation, words[0], words[1])?;
                let creator = self.processes[self.calling_process(caller)].domain;
                let mut name = [0; 256];
                let length = self.input_length(invocation).min(256) as usize;
                self.read_input(invocation, 0, &mut name[..length])?;
                let label = self
                    .policy
                    .label_for_new(Label(words[2] as u32), &name[..length], creator);
                Ok(Answer::Word(u64::from(label.0)))
            }
            Method::LabelForPath => {
                let mut path = [0; 4096];
                let length = self.input_length(invocation).min(4096) as usize;
                self.read_input(invocation, 0, &mut path[..length])?;
                let (system, rest) = match path[..length].iter().position(|byte| *byte == 0) {
                    Some(end) => (
                        core::str::from_utf8(&path[..end]).unwrap_or(""),
                        &path[end + 1..length],
                    ),
                    None => ("", &path[..length]),
                };
                let label = self.policy.label_for_path(system, rest);
                Ok(Answer::Word(u64::from(label.0)))
            }
            Method::LabelByName => {
                let mut name = [0; 64];
                let length = self.input_length(invocation).min(64) as usize;
                self.read_input(invocation, 0, &mut name[..length])?;
                let label = core::str::from_utf8(&name[..length])
                    .ok()
                    .and_then(|name| self.policy.label_by_name(name))
                    .ok_or(Failure::Errno(errno::ENOENT))?;
                Ok(Answer::Word(u64::from(label.0)))
            }
            Method::Transition => {
                let domain = u16::try_from(words[0]).map_err(|_| Failure::Errno(errno::EPERM))?;
                let program = Label(words[1] as u32);
                let next = self.policy.transition(Domain(domain), program, ANY_USER);
                Ok(Answer::Word(next.map_or(NO_DOMAIN, |next| u64::from(next.0))))
            }
            Method::DomainAfter => {
                let domain = u16::try_from(words[0]).map_err(|_| Failure::Errno(errno::EPERM))?;
                let (program, user) = (Label(words[1] as u32), words[2] as u32);
                match self.policy.transition(Domain(domain), program, user) {
                    Some(next) => {
                        let account = self.policy.account_of(next);
                        Ok(Answer::Words([u64::from(next.0), u64::from(account), 0, 0, 0, 0]))
                    }
                    None => Ok(Answer::Words([NO_DOMAIN, 0, 0, 0, 0, 0])),
                }
            }
            Method::Text => self.policy_text(invocation),
        }
    }

    /// Judges a name for the caller of a pending request, and writes what must be written.
    fn check_name(
        &mut self,
        invocation: &Invocation,
        caller: Caller,
        label: u64,
        interface: u64,
        method: u64,
    ) -> Served {
        let label = Label(u32::try_from(label).map_err(|_| Failure::Errno(errno::EINVAL))?);
        let interface = InterfaceNumber(u16::try_from(interface).map_err(|_| Failure::Errno(errno::EINVAL))?);
        if method >= u64::from(METHOD_COUNT) {
            return refuse(errno::EINVAL);
        }
        let method = method as u8;
        let judge = self.processes[invocation.process].domain;
        if !self.policy.may_mint(judge, label, interface) {
            return refuse(errno::EPERM);
        }
        let process = self.calling_process(caller);
        let domain = self.processes[process].domain;
        let record = self.record(caller);
        let Some(session) = record.session else {
            return refuse(errno::EPERM);
        };
        let mut inputs: Inputs = [0; _];
        inputs[6] = record.handles;
        inputs[7] = record.gather.total;
        inputs[8] = record.scatter.total;
        let pending_method = record.method;
        inputs[..6].copy_from_slice(&match caller {
            Caller::Thread(thread) => self.threads[thread].context.frame.words(),
            Caller::Slot(slot) => self.call_slots[slot].words,
        });
        let session = &self.sessions[session];
        let pending = Question {
            domain,
            label: session.label,
            interface: session.interface,
            method: pending_method,
            time_ns: self.machine.now_ns(),
            inputs: &inputs,
        };
        self.ensure_cells(domain);
        let mut frames = Frames {
            session: &mut [],
            process: &mut self.processes[process].cells,
            domain: self
                .domain_cells
                .get_mut(usize::from(domain.0))
                .map_or(&mut [], |cells| &mut cells[..]),
        };
        let verdict = self
            .policy
            .judge_name(&mut frames, &pending, label, interface, method);
        if verdict.audit {
            let fact = Fact {
                label,
                interface,
                method,
                verdict: if verdict.allowed { GRANTED } else { REFUSED },
                rule: verdict.rule.map_or(u32::MAX, |rule| rule.0),
                words: inputs[0],
            };
            self.record_fact(process, &fact);
        }
        if verdict.allowed && !verdict.undo.is_empty() {
            let record = self.record_mut(caller);
            // The straight reply does not look for it.
            record.plain = false;
            if record.name_undos.len() < MAX_NAME_UNDOS && record.name_undos.try_reserve(1).is_ok() {
                record.name_undos.push(verdict.undo);
            }
        }
        Ok(Answer::Word(u64::from(verdict.allowed)))
    }

    /// A read-only Memory with the decision rows of the caller's domain.
    fn decision_rows(&mut self, invocation: &Invocation, domain: Domain) -> Served {
        self.expect_places(invocation, 1)?;
        let size = self.policy.rows_size(domain);
        let mut rows = alloc::vec::Vec::new();
        rows.try_reserve_exact(size)
            .map_err(|_| Failure::Errno(errno::ENOMEM))?;
        rows.resize(size, 0);
        self.policy
            .publish_rows(domain, &mut rows)
            .ok_or(Failure::Errno(errno::ENOMEM))?;
        let account = self.processes[invocation.process].account;
        let memory = self
            .memory_with(account, invocation.label, &rows)
            .map_err(|_| Failure::Errno(errno::ENOMEM))?;
        let readable = 1 << methods::Memory::MapRead as u8
            | 1 << methods::Memory::Read as u8
            | 1 << methods::Memory::Info as u8;
        let handle = NewHandle {
            mask: readable,
            ..NewHandle::new(Object::Memory(memory), invocation.label)
        };
        self.answer_handle(invocation, &handle)?;
        Ok(Answer::Done)
    }

    fn policy_text(&mut self, invocation: &Invocation) -> Served {
        let [kind, number, ..] = invocation.words;
        if kind > 4 {
            return refuse(errno::EINVAL);
        }
        let mut text = [0; 256];
        let found = self
            .policy
            .text(kind, number)
            .ok_or(Failure::Errno(errno::ENOENT))?;
        let length = found.len().min(text.len());
        text[..length].copy_from_slice(&found.as_bytes()[..length]);
        let room = (self.output_room(invocation) as usize).min(length);
        self.write_output(invocation, 0, &text[..room])?;
        Ok(Answer::Word(length as u64))
    }

    #[inline(never)]
    pub(crate) fn serve_audit(&mut self, invocation: &Invocation, method: methods::Audit) -> Served {
        use methods::Audit as Method;
        let words = invocation.words;
        match method {
            Method::Read => {
                let room = (self.output_room(invocation) as usize / RECORD_BYTES).min(MAX_RECORDS);
                let mut count = 0;
                while count < room
                    && let Some(record) = self.audit.peek(count)
                {
                    let bytes = record.to_bytes();
                    self.write_output(invocation, (count * RECORD_BYTES) as u64, &bytes)?;
                    count += 1;
                }
                self.audit.consume(count);
                let dropped = self.audit.take_dropped();
                Ok(Answer::Words([count as u64, dropped, 0, 0, 0, 0]))
            }
            Method::Bind => {
                let endpoint = self.receiving_endpoint(invocation.thread, words[0])?;
                let account = self.processes[invocation.process].account;
                let old = self.audit.event;
                let event = self.bind_source(old, account, endpoint, News::Signalled, words[1])?;
                self.audit.event = Some(event);
                if self.audit.peek(0).is_some() {
                    self.fire(event, 1);
                }
                Ok(Answer::Done)
            }
            Method::TraceDomain => {
                let domain = u16::try_from(words[0]).map_err(|_| Failure::Errno(errno::EINVAL))?;
                let domain = Domain(domain);
                let asker = self.processes[invocation.process].domain;
                let interface = InterfaceNumber(methods::Audit::INTERFACE);
                let granted = self.decide(asker, own_label(domain), interface).allow;
                if granted >> Method::TraceDomain as u8 & 1 == 0 {
                    return refuse(errno::EACCES);
                }
                self.trace
                    .add(domain)
                    .map_err(|_| Failure::Errno(errno::ENOMEM))?;
                Ok(Answer::Done)
            }
            Method::Trace => {
                let room = (self.output_room(invocation) as usize / trace::RECORD_BYTES).min(MAX_TRACED);
                let mut count = 0;
                while count < room
                    && let Some(record) = self.trace.peek(count)
                {
                    let bytes = record.to_bytes();
                    self.write_output(invocation, (count * trace::RECORD_BYTES) as u64, &bytes)?;
                    count += 1;
                }
                self.trace.consume(count);
                let lost = self.trace.take_lost();
                Ok(Answer::Words([count as u64, lost, 0, 0, 0, 0]))
            }
            Method::TraceBind => {
                let endpoint = self.receiving_endpoint(invocation.thread, words[0])?;
                let account = self.processes[invocation.process].account;
                let old = self.trace.event;
                let event = self.bind_source(old, account, endpoint, News::Signalled, words[1])?;
                self.trace.event = Some(event);
                if self.trace.peek(0).is_some() {
                    self.fire(event, 1);
                }
                Ok(Answer::Done)
            }
            Method::Write => {
                let [endpoint, token, label, interface, number, verdict] = words;
                let caller = self.argument_call(invocation, endpoint, token)?;
                let label = Label(u32::try_from(label).map_err(|_| Failure::Errno(errno::EPERM))?);
                let interface = InterfaceNumber(interface as u16);
                let judge = self.processes[invocation.process].domain;
                if !self.policy.may_mint(judge, label, interface) || verdict > u64::from(super::WITHHELD) {
                    return refuse(errno::EPERM);
                }
                let fact = Fact {
                    label,
                    interface,
                    method: number as u8,
                    verdict: verdict as u32,
                    rule: u32::MAX,
                    words: 0,
                };
                self.record_fact(self.calling_process(caller), &fact);
                Ok(Answer::Done)
            }
        }
    }

    #[inline(never)]
    pub(crate) fn serve_entropy(&mut self, invocation: &Invocation, method: methods::Entropy) -> Served {
        match method {
            methods::Entropy::Fill => {
                let room = self.output_room(invocation).min(0x10000);
                let done = core::mem::take(&mut self.threads[invocation.thread].progress);
                let step = (room - done.min(room)).min(MAX_RANDOM) as usize;
                let mut bytes = [0; MAX_RANDOM as usize];
                self.entropy.fill(&mut bytes[..step]);
                self.write_output(invocation, done, &bytes[..step])?;
                let done = done + step as u64;
                if done < room {
                    return self.continue_later(invocation.thread, done);
                }
                Ok(Answer::Word(done))
            }
            methods::Entropy::Stir => {
                let mut bytes = [0; 256];
                let length = self.input_length(invocation).min(256) as usize;
                self.read_input(invocation, 0, &mut bytes[..length])?;
                self.entropy.stir(&bytes[..length]);
                Ok(Answer::Done)
            }
        }
    }

    /// The label of a root object, as the policy names it.
    pub(crate) fn root_label(&self, object: Object) -> Label {
        self.policy.root_label(InterfaceNumber(object.interface()))
    }
}
