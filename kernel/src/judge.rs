//! The policy's part in a message that the mask alone does not decide: stateful rules, audited methods, refusals. And the audit's share
//! of each account.

pub mod service;

use crate::arena::Ref;
use crate::audit::Record;
use crate::handle::slot::{Object, Slot};
use crate::ipc::record::Caller;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::policy::{Frames, Inputs, Outcome, Question, ReplyVerdict, Undo};
use crate::process::Process;
use crate::thread::Thread;
use trivet_abi::error::CallError;
use trivet_abi::{Domain, InterfaceNumber, Label};

/// Verdict in an audit record: refused.
pub const REFUSED: u32 = 0;
/// Granted.
pub const GRANTED: u32 = 1;
/// The reply's contents were withheld.
pub const WITHHELD: u32 = 2;

const NO_RULE: u32 = u32::MAX;

/// What is recorded about one message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fact {
    pub label: Label,
    pub interface: InterfaceNumber,
    pub method: u8,
    pub verdict: u32,
    pub rule: u32,
    pub words: u64,
}

impl<M: Machine> Kernel<M> {
    /// Writes an audit record about a process, within its account's share.
    pub(crate) fn record_fact(&mut self, process: Ref<Process>, fact: &Fact) {
        let owner = &self.processes[process];
        let (number, domain, account) = (owner.number, owner.domain, owner.account);
        let time_ns = self.machine.now_ns();
        let record = Record {
            sequence: 0,
            time_ns,
            process: number,
            domain: u32::from(domain.0),
            label: fact.label.0,
            interface: fact.interface.0,
            method: u16::from(fact.method),
            verdict: fact.verdict,
            rule: fact.rule,
            repeated: 0,
            words: fact.words,
            account: self.accounts[account].number,
        };
        if self.audit.count_repeated(&record) {
            return;
        }
        let second = time_ns / 1_000_000_000;
        let payer = &mut self.accounts[account];
        if payer.audit_second != second {
            payer.audit_second = second;
            payer.audit_window = 0;
        }
        if payer.audit_window >= payer.audit_records {
            payer.audit_dropped += 1;
            self.audit.drop_one();
            return;
        }
        payer.audit_window += 1;
        self.audit.push(record);
        if let Some(event) = self.audit.event {
            self.fire(event, 1);
        }
    }

    /// A message was refused by the slot's mask.
    #[cold]
    pub(crate) fn record_refusal(&mut self, current: Ref<Thread>, slot: &Slot, method: u8) {
        let process = self.threads[current].process;
        let domain = self.processes[process].domain;
        if !self
            .policy
            .records_refusal(domain, slot.label, slot.interface, method)
        {
            return;
        }
        let rule = self
            .policy
            .deciding_rule(domain, slot.label, slot.interface, method)
            .unwrap_or(NO_RULE);
        let words = self.threads[current].context.frame.rdx;
        self.record_fact(
            process,
            &Fact {
                label: slot.label,
                interface: slot.interface,
                method,
                verdict: REFUSED,
                rule,
                words,
            },
        );
    }

    /// A reply's contents were withheld from the caller.
    pub(crate) fn record_withheld(&mut self, caller: Caller, rule: u32) {
        let record = self.record(caller);
        let method = record.method;
        let Some(session) = record.session else {
            return;
        };
        let session = &self.sessions[session];
        let fact = Fact {
            label: session.label,
            interface: session.interface,
            method,
            verdict: WITHHELD,
            rule,
            words: 0,
        };
        self.record_fact(self.calling_process(caller), &fact);
    }

    /// A method under a stateful rule, or an audited one. What the rules changed is kept in the thread's record.
    pub(crate) fn judge_special(
        &mut self,
        current: Ref<Thread>,
        slot: &Slot,
        method: u8,
    ) -> Result<(), CallError> {
        let thread = &self.threads[current];
        let process = thread.process;
        let mut inputs: Inputs = [0; _];
        inputs[..6].copy_from_slice(&thread.context.frame.words());
        inputs[6] = thread.call.sent.len() as u64;
        inputs[7] = thread.call.gather.total;
        inputs[8] = thread.call.scatter.total;
        let domain = self.processes[process].domain;
        let question = Question {
            domain,
            label: slot.label,
            interface: slot.interface,
            method,
            time_ns: self.machine.now_ns(),
            inputs: &inputs,
        };
        self.ensure_cells(domain);
        let mut nothing = [];
        let session = match slot.object() {
            Some(Object::Session(session)) => &mut self.sessions[session].state[..],
            _ => &mut nothing[..],
        };
        let mut frames = Frames {
            session,
            process: &mut self.processes[process].cells,
            domain: self
                .domain_cells
                .get_mut(usize::from(domain.0))
                .map_or(&mut [], |cells| &mut cells[..]),
        };
        let verdict = self.policy.evaluate(&mut frames, &question);
        if verdict.audit {
            let fact = Fact {
                label: slot.label,
                interface: slot.interface,
                method,
                verdict: if verdict.allowed { GRANTED } else { REFUSED },
                rule: verdict.rule.map_or(NO_RULE, |rule| rule.0),
                words: inputs[0],
            };
            self.record_fact(process, &fact);
        }
        if !verdict.allowed {
            return Err(CallError::Denied);
        }
        if !verdict.undo.is_empty() {
            self.threads[current].call.undo = Some(verdict.undo);
        }
        Ok(())
    }

    /// Makes room for a domain's state.
    pub(crate) fn ensure_cells(&mut self, domain: Domain) {
        let (_, wanted) = self.policy.cells(domain);
        let index = usize::from(domain.0);
        if wanted == 0 {
            return;
        }
        if self.domain_cells.len() <= index {
            let more = index + 1 - self.domain_cells.len();
            if self.domain_cells.try_reserve(more).is_err() {
                return;
            }
            self.domain_cells.resize_with(index + 1, alloc::vec::Vec::new);
        }
        let cells = &mut self.domain_cells[index];
        if cells.len() < usize::from(wanted) && cells.try_reserve_exact(usize::from(wanted)).is_ok() {
            cells.resize(usize::from(wanted), 0);
        }
    }

    /// Ends what stateful rules began with a request.
    pub(crate) fn settle_state(&mut self, caller: Caller, undo: &Undo, outcome: Outcome<'_>) -> ReplyVerdict {
        let process = self.calling_process(caller);
        let domain = self.processes[process].domain;
        let session = self.record(caller).session;
        let mut nothing = [];
        let mut frames = Frames {
            session: session.map_or(&mut nothing[..], |session| &mut self.sessions[session].state[..]),
            process: &mut self.processes[process].cells,
            domain: self
                .domain_cells
                .get_mut(usize::from(domain.0))
                .map_or(&mut [], |cells| &mut cells[..]),
        };
        self.policy.settle(&mut frames, undo, outcome)
    }

    /// The request came to nothing: the rules' state is taken back.
    pub(crate) fn settle_failure(&mut self, caller: Caller) {
        if let Some(undo) = self.record_mut(caller).undo.take() {
            self.settle_state(caller, &undo, Outcome::Failure);
        }
        self.settle_names(caller, Outcome::Failure);
    }

    /// Ends what rules counted of the names in a request.
    pub(crate) fn settle_names(&mut self, caller: Caller, outcome: Outcome<'_>) {
        while let Some(undo) = self.record_mut(caller).name_undos.pop() {
            // A name has no reply of its own that could be withheld.
            let _ = self.settle_state(caller, &undo, outcome);
        }
    }
}
