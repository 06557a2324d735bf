//! The verdict on one message whose method is under a stateful rule: a short list of operations without loops.
//!
//! The list first asks the conditions of denying rules, then those of granting ones, then moves the state. It only ever
//! goes forward; its length and cost were bounded when the policy was loaded.

use crate::format::{Check, NO_RULE, Operation, code, compare, input};
use crate::lookup::rank;
use crate::state::{Frames, Outcome, Undo, field};
use crate::{DomainId, InterfaceId, LabelId, MAX_STEPS, MethodId, Policy, RuleId};

/// The kernel's own copy of what a message says, and who sends it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Domain of the sender.
    pub domain: DomainId,
    /// Label of the target.
    pub label: LabelId,
    /// Interface of the target.
    pub interface: InterfaceId,
    /// Method.
    pub method: MethodId,
    /// Monotonic clock in nanoseconds.
    pub time_ns: u64,
    /// The six register words, then what [`crate::format::input`] names: handles, bytes sent, room for the reply.
    pub inputs: &'a [u64; input::COUNT],
}

/// What the policy says of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the message goes through.
    pub allowed: bool,
    /// Whether the decision is to be recorded.
    pub audit: bool,
    /// The rule that decided; `None`: no rule grants this.
    pub rule: Option<RuleId>,
    /// For [`Policy::settle`] when the call ends. Empty if the message is refused.
    pub undo: Undo,
}

impl Policy<'_> {
    /// Judges one message, for any method. The masks answer the same for methods that are not in [`crate::Masks::stateful`], without the state.
    #[must_use]
    pub fn evaluate(&self, frames: &mut Frames<'_>, request: &Request<'_>) -> Verdict {
        self.judge(frames, request, Subject::Message)
    }

    /// Judges a name (a path, a process number, an address) for the server that asks `Policy.check` while `pending` waits
    /// for its answer: may its sender use `method` of `interface` on what carries `label`?
    ///
    /// - What the pending message itself was, has been judged when it was sent: yes.
    /// - A method that takes no names is judged again on each message through the session that the server gives; asked
    ///   ahead, only the masks answer, and a grant is not recorded.
    /// - A method that takes names is judged now. A name has no session and no reply of its own, and has the message's words only
    ///   if the message is that method: rules that would need what is not there refuse.
    ///
    /// [`Verdict::undo`] may be kept with the pending call; who drops it leaves counted what failed.
    /// That the server may speak for the label ([`Policy::may_mint`]) is asked before.
    #[must_use]
    pub fn judge_name(
        &self,
        frames: &mut Frames<'_>,
        pending: &Request<'_>,
        label: LabelId,
        interface: InterfaceId,
        method: MethodId,
    ) -> Verdict {
        let domain = pending.domain;
        let own_method = (interface, method) == (pending.interface, pending.method);
        if own_method && label == pending.label {
            let rule = self.deciding_rule(domain, label, interface, method);
            return Verdict {
                allowed: true,
                audit: false,
                rule,
                undo: Undo::default(),
            };
        }
        if !self.takes_names(interface, method) {
            let masks = self.masks(domain, label, interface);
            let bit = 1u64.checked_shl(u32::from(method.0)).unwrap_or(0);
            let allowed = masks.allow & bit != 0;
            let rule = self.deciding_rule(domain, label, interface, method);
            return Verdict {
                allowed,
                audit: !allowed && masks.audit & bit != 0,
                rule,
                undo: Undo::default(),
            };
        }
        let mut frames = Frames {
            session: &mut [],
            process: frames.process,
            domain: frames.domain,
        };
        let name = Request {
            label,
            interface,
            method,
            ..*pending
        };
        self.judge(
            &mut frames,
            &name,
            Subject::Name {
                words_known: own_method,
            },
        )
    }

    fn judge(&self, frames: &mut Frames<'_>, request: &Request<'_>, subject: Subject) -> Verdict {
        let refused = Verdict {
            allowed: false,
            audit: true,
            rule: None,
            undo: Undo::default(),
        };
        let Some(row) = self.row(request.domain, request.label, request.interface) else {
            return refused;
        };
        let method = request.method;
        let bit = 1u64.checked_shl(u32::from(method.0)).unwrap_or(0);
        let mut verdict = Verdict {
            audit: row.audit & bit != 0,
            ..refused
        };
        if let Some(check_index) = rank(row.stateful & row.allow, method) {
            let Some(check) = self.checks.get(row.first_check as usize + check_index) else {
                return verdict;
            };
            let (allowed, rule) = self.run(frames, &mut verdict.undo, check, request, subject);
            verdict.allowed = allowed;
            verdict.rule = rule;
            if !allowed {
                verdict.audit = row.quiet & bit == 0;
                let undo = core::mem::take(&mut verdict.undo);
                self.settle(frames, &undo, Outcome::Failure);
            }
        } else {
            verdict.allowed = row.allow & bit != 0;
            verdict.rule = rank(row.decided, method)
                .and_then(|entry| self.row_rules.get(row.first_rule as usize + entry))
                .map(RuleId);
        }
        verdict
    }

    /// The rule behind an operation; a comparison has none, for it is a part of several.
    fn rule_of(&self, operation: &Operation) -> Option<RuleId> {
        match operation.code {
            code::COMPARE => None,
            code::WITHHOLD_REPLY => Some(RuleId(operation.argument)),
            _ => self
                .models
                .get(usize::from(operation.model))
                .map(|model| RuleId(model.rule)),
        }
    }

    fn run(
        &self,
        frames: &mut Frames<'_>,
        undo: &mut Undo,
        check: Check,
        request: &Request<'_>,
        subject: Subject,
    ) -> (bool, Option<RuleId>) {
        let mut at = 0u32;
        let mut granted_by = None;
        // Each turn moves `at` forward, so the check's length bounds the turns already; the constant bounds them for the reader.
        for _ in 0..MAX_STEPS {
            if at >= check.operation_count {
                break;
            }
            let index = check.first_operation + at;
            let Some(operation) = self.operations.get(index as usize) else {
                break;
            };
            at += 1;
            if subject.lacks_what_is_needed(operation.code) {
                return (false, self.rule_of(&operation));
            }
            match operation.code {
                code::COMPARE => {
                    let skip = if holds(&operation, request.inputs) {
                        operation.on_true
                    } else {
                        operation.on_false
                    };
                    at += u32::from(skip);
                }
                code::REFUSE => {
                    return (
                        false,
                        (operation.argument != NO_RULE).then_some(RuleId(operation.argument)),
                    );
                }
                code::GRANT => {
                    granted_by = Some(RuleId(operation.argument));
                    at += u32::from(operation.on_true);
                }
                code::ACCEPT => return (true, granted_by),
                code::WITHHOLD_REPLY => undo.withhold(operation.argument),
                _ => {
                    let advanced =
                        self.advance(frames, undo, index, &operation, request.inputs, request.time_ns);
                    if let Err(rule) = advanced {
                        return (false, rule);
                    }
                }
            }
        }
        (false, None)
    }
}

/// What is judged.
#[derive(Clone, Copy)]
enum Subject {
    /// A message, with all that belongs to it.
    Message,
    /// A name in a message.
    Name {
        /// The message's words are arguments of the method that is asked about.
        words_known: bool,
    },
}

impl Subject {
    /// Whether an operation needs words, or a reply, that the subject does not have.
    fn lacks_what_is_needed(self, code: u8) -> bool {
        let Subject::Name { words_known } = self else {
            return false;
        };
        match code {
            code::COMPARE | code::COUNT_FIELD | code::SET_REQUIRE | code::SET_ADD | code::SET_REMOVE => {
                !words_known
            }
            code::FLOW_ON_SUCCESS | code::SET_ADD_REPLY | code::WITHHOLD_REPLY => true,
            _ => false,
        }
    }
}

fn holds(operation: &Operation, inputs: &[u64; input::COUNT]) -> bool {
    let value = field(operation, inputs) & operation.mask;
    let order = if operation.signed != 0 {
        (value as i64).cmp(&(operation.operand as i64))
    } else {
        value.cmp(&operation.operand)
    };
    match operation.compare {
        compare::EQUAL => order.is_eq(),
        compare::NOT_EQUAL => order.is_ne(),
        compare::LESS => order.is_lt(),
        compare::LESS_OR_EQUAL => order.is_le(),
        compare::GREATER => order.is_gt(),
        compare::GREATER_OR_EQUAL => order.is_ge(),
        _ => false,
    }
}
