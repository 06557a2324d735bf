//! What the kernel asks of the policy: masks when a handle is installed, verdicts on messages under stateful rules.
//!
//! [`Decisions`] is all that the kernel needs; the engine (`trivet_policy`) answers it, tests answer it with rules of their own.

use trivet_abi::{Domain, InterfaceNumber, Label};
use trivet_policy::{AccountId, DomainId, InterfaceId, LabelId, MethodId, Policy, RuleId, Transition};

pub use trivet_policy::format::ANY_USER;
pub use trivet_policy::{Frames, Limits, Masks, Outcome, ReplyVerdict, Undo, Verdict};

/// The fingerprint of the interfaces that this kernel was built with. A policy names methods by number: one that was compiled against
/// other interfaces would grant something else than it says.
#[must_use]
pub const fn interfaces_fingerprint() -> u64 {
    let digits = env!("TRIVET_INTERFACES_FINGERPRINT").as_bytes();
    let (mut value, mut at) = (0u64, 0);
    while at < digits.len() {
        value = value.wrapping_mul(10).wrapping_add((digits[at] - b'0') as u64);
        at += 1;
    }
    value
}

/// Register words of a request, then handles, bytes sent and room for the reply.
pub type Inputs = [u64; trivet_policy::format::input::COUNT];

/// One message under a stateful rule.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Domain of the sender.
    pub domain: Domain,
    /// Label of the target.
    pub label: Label,
    /// Interface of the target.
    pub interface: InterfaceNumber,
    /// Method.
    pub method: u8,
    /// Monotonic time.
    pub time_ns: u64,
    /// What the message says.
    pub inputs: &'a Inputs,
}

/// The answers of a policy.
pub trait Decisions {
    /// Masks of an interface on a label for a domain.
    fn masks(&self, domain: Domain, label: Label, interface: InterfaceNumber) -> Masks;
    /// Whether a domain may make sessions or objects with this interface and label, and judge names of that label.
    fn may_mint(&self, domain: Domain, label: Label, interface: InterfaceNumber) -> bool;
    /// The domain of a program with this label when a process of `domain` starts it as `user`. `None`: it may not.
    fn transition(&self, domain: Domain, program: Label, user: u32) -> Option<Domain>;
    /// Number of the account that the policy names for a domain.
    fn account_of(&self, domain: Domain) -> u16;
    /// The verdict on one message.
    fn evaluate(&self, frames: &mut Frames<'_>, question: &Question<'_>) -> Verdict;
    /// The verdict on a name that a server found in the message `pending`, for a method on another label.
    fn judge_name(
        &self,
        frames: &mut Frames<'_>,
        pending: &Question<'_>,
        label: Label,
        interface: InterfaceNumber,
        method: u8,
    ) -> Verdict;
    /// Ends what `evaluate` began.
    fn settle(&self, frames: &mut Frames<'_>, undo: &Undo, outcome: Outcome<'_>) -> ReplyVerdict;
    /// Cells of state for a process of a domain, for a domain, and for a session.
    fn cells(&self, domain: Domain) -> (u16, u16);
    /// Cells of state for a session.
    fn session_cells(&self, label: Label, interface: InterfaceNumber) -> u16;
    /// Label of a root object.
    fn root_label(&self, interface: InterfaceNumber) -> Label;
    /// Label of a new object below a labelled parent.
    fn label_for_new(&self, parent: Label, name: &[u8], creator: Domain) -> Label;
    /// Label of a path of a file system without stored labels.
    fn label_for_path(&self, file_system: &str, path: &[u8]) -> Label;
    /// Number of a label.
    fn label_by_name(&self, name: &str) -> Option<Label>;
    /// The rule that decided on a method without state.
    fn deciding_rule(
        &self,
        domain: Domain,
        label: Label,
        interface: InterfaceNumber,
        method: u8,
    ) -> Option<u32>;
    /// Whether the refusal of a method by a slot's mask is to be recorded.
    fn records_refusal(&self, domain: Domain, label: Label, interface: InterfaceNumber, method: u8) -> bool;
    /// Domain of a program of the boot archive.
    fn boot_domain(&self, program: &str) -> Option<Domain>;
    /// Limits of the account in which a domain's processes start, `None` for the root.
    fn limits_of(&self, domain: Domain) -> Option<Limits>;
    /// Name of a domain (0), label (1) or interface (2), text of a rule (3), name of a method (4, interface << 8 | method); `None` if
    /// there is no such number.
    fn text(&self, kind: u64, number: u64) -> Option<&str>;
    /// Bytes of the decision rows that a server may read, written into `memory`; `None` if it is too small.
    fn publish_rows(&self, server: Domain, memory: &mut [u8]) -> Option<usize>;
    /// Bytes that `publish_rows` needs.
    fn rows_size(&self, server: Domain) -> usize;
}

/// A question in the engine's numbers.
fn request<'a>(question: &Question<'a>) -> trivet_policy::Request<'a> {
    trivet_policy::Request {
        domain: DomainId(question.domain.0),
        label: LabelId(question.label.0),
        interface: InterfaceId(question.interface.0),
        method: MethodId(question.method),
        time_ns: question.time_ns,
        inputs: question.inputs,
    }
}

impl Decisions for Policy<'_> {
    fn masks(&self, domain: Domain, label: Label, interface: InterfaceNumber) -> Masks {
        Policy::masks(
            self,
            DomainId(domain.0),
            LabelId(label.0),
            InterfaceId(interface.0),
        )
    }

    fn may_mint(&self, domain: Domain, label: Label, interface: InterfaceNumber) -> bool {
        Policy::may_mint(
            self,
            DomainId(domain.0),
            LabelId(label.0),
            InterfaceId(interface.0),
        )
    }

    fn transition(&self, domain: Domain, program: Label, user: u32) -> Option<Domain> {
        match Policy::transition(self, DomainId(domain.0), LabelId(program.0), user) {
            Transition::Stays => Some(domain),
            Transition::To(next) => Some(Domain(next.0)),
            Transition::Refused => None,
        }
    }

    fn account_of(&self, domain: Domain) -> u16 {
        Policy::account_of(self, DomainId(domain.0)).0
    }

    fn evaluate(&self, frames: &mut Frames<'_>, question: &Question<'_>) -> Verdict {
        Policy::evaluate(self, frames, &request(question))
    }

    fn judge_name(
        &self,
        frames: &mut Frames<'_>,
        pending: &Question<'_>,
        label: Label,
        interface: InterfaceNumber,
        method: u8,
    ) -> Verdict {
        Policy::judge_name(
            self,
            frames,
            &request(pending),
            LabelId(label.0),
            InterfaceId(interface.0),
            MethodId(method),
        )
    }

    fn settle(&self, frames: &mut Frames<'_>, undo: &Undo, outcome: Outcome<'_>) -> ReplyVerdict {
        Policy::settle(self, frames, undo, outcome)
    }

    fn cells(&self, domain: Domain) -> (u16, u16) {
        let domain = DomainId(domain.0);
        (self.process_cells(domain), self.domain_cells(domain))
    }

    fn session_cells(&self, label: Label, interface: InterfaceNumber) -> u16 {
        Policy::session_cells(self, LabelId(label.0), InterfaceId(interface.0))
    }

    fn root_label(&self, interface: InterfaceNumber) -> Label {
        Label(self.label_for_root(InterfaceId(interface.0)).0)
    }

    fn label_for_new(&self, parent: Label, name: &[u8], creator: Domain) -> Label {
        Label(Policy::label_for_new(self, LabelId(parent.0), name, DomainId(creator.0)).0)
    }

    fn label_for_path(&self, file_system: &str, path: &[u8]) -> Label {
        Label(Policy::label_for_path(self, file_system, path).0)
    }

    fn label_by_name(&self, name: &str) -> Option<Label> {
        Policy::label_by_name(self, name).map(|label| Label(label.0))
    }

    fn deciding_rule(
        &self,
        domain: Domain,
        label: Label,
        interface: InterfaceNumber,
        method: u8,
    ) -> Option<u32> {
        Policy::deciding_rule(
            self,
            DomainId(domain.0),
            LabelId(label.0),
            InterfaceId(interface.0),
            MethodId(method),
        )
        .map(|rule| rule.0)
    }

    fn records_refusal(&self, domain: Domain, label: Label, interface: InterfaceNumber, method: u8) -> bool {
        Policy::records_refusal(
            self,
            DomainId(domain.0),
            LabelId(label.0),
            InterfaceId(interface.0),
            MethodId(method),
        )
    }

    fn boot_domain(&self, program: &str) -> Option<Domain> {
        Policy::boot_domain(self, program).map(|domain| Domain(domain.0))
    }

    fn limits_of(&self, domain: Domain) -> Option<Limits> {
        let number = self.account_of(DomainId(domain.0));
        (number != AccountId(0)).then(|| self.account(number).map(|account| account.limits))?
    }

    fn text(&self, kind: u64, number: u64) -> Option<&str> {
        match kind {
            0 => {
                let domain = u16::try_from(number).ok()?;
                (domain < self.domain_count()).then(|| self.domain_name(DomainId(domain)))
            }
            1 => {
                let label = u32::try_from(number).ok()?;
                (label < self.label_count()).then(|| self.label_name(LabelId(label)))
            }
            2 => Some(self.interface_name(InterfaceId(u16::try_from(number).ok()?))),
            3 => Some(self.rule_text(RuleId(u32::try_from(number).ok()?))?.text),
            4 => {
                let interface = InterfaceId(u16::try_from(number >> 8).ok()?);
                Some(self.method_name(interface, MethodId((number & 0xff) as u8)))
            }
            _ => None,
        }
    }

    fn publish_rows(&self, server: Domain, memory: &mut [u8]) -> Option<usize> {
        trivet_policy::publish_rows(self, DomainId(server.0), memory).ok()
    }

    fn rows_size(&self, server: Domain) -> usize {
        trivet_policy::published_size(self, DomainId(server.0))
    }
}

/// The label of the kernel objects that processes of a domain make for themselves.
#[must_use]
pub fn own_label(domain: Domain) -> Label {
    Label(DomainId(domain.0).own_label().0)
}
