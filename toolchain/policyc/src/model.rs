//! The model: a policy with every name resolved to its number. `resolve` makes it, `lower` turns it into rows.

use std::collections::BTreeMap;

use crate::source::Span;
use crate::syntax::{self, AccessKind, Name};

/// Methods by interface number: one mask each.
pub type MethodMasks = BTreeMap<u16, u64>;

/// A policy.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// By number; 0 is the kernel.
    pub domains: Vec<Domain>,
    /// By number; 0 is `none`, then one for each domain but the kernel, then the declared ones.
    pub labels: Vec<Label>,
    /// By number; a parent comes before its children.
    pub accounts: Vec<Account>,
    /// By number: every statement that can decide something.
    pub rules: Vec<Rule>,
    /// Rules on access, in the order of the source.
    pub access: Vec<Access>,
    /// Minting.
    pub mints: Vec<Mint>,
    /// (domain, program's label, user or `ANY_USER`) -> domain.
    pub transitions: BTreeMap<(u16, u32, u32), (u16, Span)>,
    /// Programs that init starts, with their domains.
    pub programs: BTreeMap<String, (u16, Span)>,
    /// (file system, path) -> label.
    pub paths: BTreeMap<(String, String), (u32, Span)>,
    /// Labels of new objects, in the order of the source.
    pub new_labels: Vec<NewLabel>,
    /// Labels of addresses, in the order of the source.
    pub ports: Vec<PortLabel>,
    /// Interface -> label of the kernel's own objects.
    pub roots: BTreeMap<u16, (u32, Span)>,
    /// Flows, counters and sets, in the order of the source.
    pub state_models: Vec<StateModel>,
    /// What messages do with them.
    pub state_uses: Vec<StateUse>,
    /// Numbers that have names.
    pub constants: BTreeMap<String, u64>,
    /// Tests.
    pub tests: Vec<Test>,
}

/// A domain.
#[derive(Clone, Debug)]
pub struct Domain {
    /// Its name.
    pub name: Name,
    /// Its account.
    pub account: usize,
}

/// A label.
#[derive(Clone, Debug)]
pub struct Label {
    /// Its name.
    pub name: Name,
}

/// An account; limits are [`u64::MAX`] where none is written.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its name.
    pub name: Name,
    /// Its parent.
    pub parent: Option<usize>,
    /// The statement's limits.
    pub limits: trivet_policy::Limits,
}

/// A statement that can decide something.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The statement.
    pub span: Span,
    /// Put before the statement's text.
    pub prefix: &'static str,
}

/// A label in a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LabelRef {
    /// The own label of whichever domain the rule is about.
    Own,
    /// This label.
    Label(u32),
}

impl LabelRef {
    /// The label's number for a rule about `domain`.
    #[must_use]
    pub fn number(self, domain: u16) -> u32 {
        match self {
            LabelRef::Own => u32::from(domain),
            LabelRef::Label(label) => label,
        }
    }
}

/// Domains and labels that a rule is about: every pair of them.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    /// Domains.
    pub domains: Vec<u16>,
    /// Labels.
    pub labels: Vec<LabelRef>,
}

impl Pairs {
    /// Every pair, once.
    pub fn each(&self) -> impl Iterator<Item = (u16, u32)> {
        self.domains.iter().flat_map(|&domain| {
            self.labels
                .iter()
                .map(move |label| (domain, label.number(domain)))
        })
    }
}

/// A rule on access.
#[derive(Clone, Debug)]
pub struct Access {
    /// Which kind.
    pub kind: AccessKind,
    /// Number of the rule.
    pub rule: u32,
    /// Who, on what.
    pub pairs: Pairs,
    /// What.
    pub methods: MethodMasks,
    /// Written as `*`: counts only where another rule speaks of the interface.
    pub all_methods: bool,
    /// On which messages.
    pub condition: Option<syntax::Condition>,
}

/// Minting.
#[derive(Clone, Debug)]
pub struct Mint {
    /// The statement.
    pub span: Span,
    /// Number of the rule.
    pub rule: u32,
    /// Who, which labels.
    pub pairs: Pairs,
    /// With which interfaces.
    pub interfaces: Vec<u16>,
    /// Who answers, if it is another domain.
    pub server: Option<u16>,
}

/// A pattern of a new object's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NamePattern {
    /// Exactly this.
    Exact(String),
    /// Begins with this.
    Prefix(String),
    /// Ends with this.
    Suffix(String),
    /// Any name.
    Any,
}

/// The label of a new object.
#[derive(Clone, Debug)]
pub struct NewLabel {
    /// Label of the folder.
    pub parent: u32,
    /// Its name.
    pub pattern: NamePattern,
    /// Who makes it; anybody if absent.
    pub creator: Option<u16>,
    /// The new label.
    pub label: u32,
}

/// The label of addresses.
#[derive(Clone, Debug)]
pub struct PortLabel {
    /// IANA number.
    pub protocol: u8,
    /// Lowest port.
    pub first: u16,
    /// Highest port.
    pub last: u16,
    /// IPv6, or IPv4 mapped into it.
    pub address: u128,
    /// Bits of it that count.
    pub prefix_bits: u8,
    /// The label.
    pub label: u32,
}

/// Whose state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Each session's.
    Session,
    /// Each process's.
    Process,
    /// The domain's.
    Domain,
}

/// A flow, counter or set.
#[derive(Clone, Debug)]
pub struct StateModel {
    /// Its name.
    pub name: Name,
    /// Number of the rule.
    pub rule: u32,
    /// Whose.
    pub scope: Scope,
    /// What it is.
    pub kind: StateKind,
}

/// What keeps state.
#[derive(Clone, Debug)]
pub enum StateKind {
    /// So many states.
    Flow {
        /// Number of states.
        states: u16,
    },
    /// So many in a period.
    Counter {
        /// At most.
        maximum: u64,
        /// Nanoseconds; 0: for ever.
        period_ns: u64,
    },
    /// So many values.
    Set {
        /// At most.
        capacity: u16,
    },
}

impl StateKind {
    /// Cells that it needs.
    #[must_use]
    pub fn cells(&self) -> u16 {
        match self {
            StateKind::Flow { .. } => 1,
            StateKind::Counter { .. } => 2,
            StateKind::Set { capacity } => capacity + 1,
        }
    }
}

/// What some messages do with a [`StateModel`].
#[derive(Clone, Debug)]
pub struct StateUse {
    /// Index of the model.
    pub model: usize,
    /// The statement or line.
    pub span: Span,
    /// Who, on what.
    pub pairs: Pairs,
    /// Which methods.
    pub methods: MethodMasks,
    /// What they do.
    pub action: StateAction,
}

/// What a message does with state.
#[derive(Clone, Debug)]
pub enum StateAction {
    /// Moves a flow: for each state, where to, or `None` where it is refused.
    Flow {
        /// By state.
        targets: Vec<Option<u16>>,
        /// When the reply reports success.
        on_success: bool,
    },
    /// Counts.
    Count {
        /// This argument, or one.
        field: Option<Name>,
    },
    /// Puts an argument into a set.
    Add(Name),
    /// Puts a result into a set.
    AddReply(Name),
    /// Takes an argument out of a set.
    Remove(Name),
    /// Requires an argument to be in a set.
    Require(Name),
}

/// A test.
#[derive(Clone, Debug)]
pub struct Test {
    /// What it shows.
    pub name: Name,
    /// In order.
    pub steps: Vec<TestStep>,
}

/// One line of a test.
#[derive(Clone, Debug)]
pub struct TestStep {
    /// The line.
    pub span: Span,
    /// What it says.
    pub kind: TestStepKind,
}

/// What a line of a test says.
#[derive(Clone, Debug)]
pub enum TestStepKind {
    /// Every one of these messages is (or none is) let through.
    Access {
        /// Which.
        allowed: bool,
        /// Who, on what.
        pairs: Pairs,
        /// What.
        methods: MethodMasks,
    },
    /// Every one of these may (or none may) be minted.
    Mint {
        /// Which.
        allowed: bool,
        /// Who, which labels.
        pairs: Pairs,
        /// With which interfaces.
        interfaces: Vec<u16>,
    },
    /// Programs with these labels lead from these domains to that one.
    Transition {
        /// Who executes.
        from: Vec<u16>,
        /// Labels of the programs.
        programs: Vec<u32>,
        /// Users that execute.
        users: Vec<u32>,
        /// Where it leads; `None`: these users may not execute them there.
        to: Option<u16>,
    },
    /// A path has this label.
    Path {
        /// File system.
        file_system: String,
        /// Path in it.
        path: String,
        /// Its label.
        label: u32,
    },
    /// A new object gets this label.
    New {
        /// Label of the folder.
        parent: u32,
        /// Its name.
        file_name: String,
        /// Who makes it.
        creator: u16,
        /// Its label.
        label: u32,
    },
    /// An address has this label.
    Port {
        /// Protocol, port, address and the label.
        port: PortLabel,
    },
    /// A message is sent.
    Message(MessageStep),
    /// Time passes.
    Wait {
        /// So much.
        time_ns: u64,
    },
}

/// A message in a test.
#[derive(Clone, Debug)]
pub struct MessageStep {
    /// Who.
    pub domain: u16,
    /// On what.
    pub label: u32,
    /// Interface.
    pub interface: u16,
    /// Method.
    pub method: u8,
    /// Words and header fields.
    pub inputs: [u64; trivet_policy::format::input::COUNT],
    /// Which of several processes of the domain.
    pub process: String,
    /// Which of several sessions.
    pub session: String,
    /// What must come of it.
    pub outcome: syntax::StepOutcome,
    /// Words of a reply that reports success.
    pub results: [u64; 6],
}
