//! The syntax tree: what a policy says, word for word. The parser makes it; `resolve` gives its names a meaning.

use crate::source::Span;

/// Something with its place in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// What.
    pub value: T,
    /// Where.
    pub span: Span,
}

/// A name as written.
pub type Name = Spanned<String>;

/// One statement.
#[derive(Clone, Debug)]
pub struct Item {
    /// The whole statement.
    pub span: Span,
    /// What it says.
    pub kind: ItemKind,
}

/// What a statement says.
#[derive(Clone, Debug)]
pub enum ItemKind {
    /// `include "FILE" [with tests];`
    Include {
        /// Which file.
        file: Name,
        /// Its tests are run too.
        with_tests: bool,
    },
    /// `when NAME { ... }`: statements that hold only in a run with this option.
    When {
        /// The option.
        option: Name,
        /// The statements.
        items: Vec<Item>,
    },
    /// `const NAME = NUMBER;`
    Constant(Name, Number),
    /// `account NAME { ... }`
    Account(Account),
    /// `domain NAME { ... }`
    Domain(Domain),
    /// `label NAME { ... }`
    Label(Label),
    /// `domains NAME = ...;`
    DomainGroup(Name, Selection),
    /// `labels NAME = ...;`
    LabelGroup(Name, Selection),
    /// `methods NAME = ...;`
    MethodGroup(Name, MethodSelection),
    /// `allow`, `deny`, `deny reply`, `audit`, `quiet`
    Access(Access),
    /// `mint DOMAINS -> LABELS: INTERFACES [for DOMAIN];`
    Mint(Mint),
    /// `transition DOMAINS: LABELS -> DOMAIN;`
    Transition(Transition),
    /// `new in LABELS ... -> LABEL;`
    New(New),
    /// `limit NAME: ...;`
    Limit(Limit),
    /// `flow NAME: ... { ... }`
    Flow(Flow),
    /// `set NAME: ... { ... }`
    Set(Set),
    /// `test "..." { ... }`
    Test(Test),
}

/// A number with its unit applied.
pub type Number = Spanned<u64>;

/// `account NAME [in ACCOUNT] { memory 64 MiB; ... }`
#[derive(Clone, Debug)]
pub struct Account {
    /// Its name.
    pub name: Name,
    /// The account above it, where it does not stand inside that one's braces.
    pub above: Option<Name>,
    /// Limits, as (which, how much); a flag has no amount.
    pub limits: Vec<(Name, Option<Number>)>,
    /// Accounts below it.
    pub children: Vec<Account>,
}

/// `domain NAME { account A; program "P"; }`
#[derive(Clone, Debug)]
pub struct Domain {
    /// Its name.
    pub name: Name,
    /// Where its processes start.
    pub account: Option<Name>,
    /// Programs that init starts in it.
    pub programs: Vec<Name>,
}

/// `label NAME { ... }`
#[derive(Clone, Debug)]
pub struct Label {
    /// Its name.
    pub name: Name,
    /// `path FILE_SYSTEM "PATH";`
    pub paths: Vec<(Name, Name)>,
    /// `port PROTOCOL RANGE at "ADDRESS";`
    pub ports: Vec<Port>,
    /// `object INTERFACE, ...;`
    pub objects: Vec<Name>,
}

/// `port tcp 8000 to 8080 at "10.0.0.0/8";`
#[derive(Clone, Debug)]
pub struct Port {
    /// `tcp` or `udp`.
    pub protocol: Name,
    /// Lowest.
    pub first: Number,
    /// Highest.
    pub last: Number,
    /// Address and number of bits that count.
    pub address: Option<Name>,
}

/// A choice of domains or labels.
#[derive(Clone, Debug)]
pub struct Selection {
    /// `*` or names; a name may be a group.
    pub include: Included,
    /// What `except` takes out.
    pub except: Vec<Name>,
    /// The whole choice.
    pub span: Span,
}

/// The positive part of a choice.
#[derive(Clone, Debug)]
pub enum Included {
    /// `*`
    All,
    /// Names.
    Names(Vec<Name>),
}

/// A choice of methods.
#[derive(Clone, Debug)]
pub struct MethodSelection {
    /// What is in.
    pub include: Vec<MethodPattern>,
    /// What `except` takes out.
    pub except: Vec<MethodPattern>,
    /// The whole choice.
    pub span: Span,
}

/// One part of a choice of methods.
#[derive(Clone, Debug)]
pub enum MethodPattern {
    /// `*`: every method of every interface.
    All(Span),
    /// `Interface.*`
    Interface(Name),
    /// `Interface.method`
    Method(Name, Name),
    /// A group.
    Group(Name),
}

impl MethodPattern {
    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            MethodPattern::All(span) => *span,
            MethodPattern::Interface(name) | MethodPattern::Group(name) => name.span,
            MethodPattern::Method(interface, method) => interface.span.to(method.span),
        }
    }
}

/// `DOMAINS -> LABELS: METHODS`
#[derive(Clone, Debug)]
pub struct Target {
    /// Who.
    pub domains: Selection,
    /// On what.
    pub labels: Selection,
    /// What.
    pub methods: MethodSelection,
}

/// Which kind of rule on access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessKind {
    /// Grants.
    Allow,
    /// Refuses, whatever grants.
    Deny,
    /// Lets only the reply's status back.
    DenyReply,
    /// Records what is granted, too.
    Audit,
    /// Does not record what is refused.
    Quiet,
}

/// A rule on access.
#[derive(Clone, Debug)]
pub struct Access {
    /// Which kind.
    pub kind: AccessKind,
    /// Who may do what on what.
    pub target: Target,
    /// `where ...`
    pub condition: Option<Condition>,
}

/// A condition on a message.
#[derive(Clone, Debug)]
pub enum Condition {
    /// All of them.
    And(Vec<Condition>),
    /// Any of them.
    Or(Vec<Condition>),
    /// Not this one.
    Not(Box<Condition>),
    /// A comparison.
    Test(FieldTest),
}

/// `FIELD [& MASK] COMPARISON`
#[derive(Clone, Debug)]
pub struct FieldTest {
    /// The argument.
    pub field: Name,
    /// Bits of it that count.
    pub mask: Option<Value>,
    /// What it must be.
    pub comparison: Comparison,
}

/// How a field is compared.
#[derive(Clone, Debug)]
pub enum Comparison {
    /// `== VALUE` and its kin.
    With(Operator, Value),
    /// `in { ... }` or `in A to B`: within one of the inclusive ranges.
    In(Vec<(Value, Value)>),
}

/// A comparison's sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A number or the name of one.
#[derive(Clone, Debug)]
pub enum Value {
    /// A number; negative ones in two's complement.
    Number(Number),
    /// A member of the argument's type, or a `const`.
    Name(Name),
}

impl Value {
    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Value::Number(number) => number.span,
            Value::Name(name) => name.span,
        }
    }
}

/// `mint DOMAINS -> LABELS: INTERFACES;`
#[derive(Clone, Debug)]
pub struct Mint {
    /// Who.
    pub domains: Selection,
    /// Which labels.
    pub labels: Selection,
    /// With which interfaces.
    pub interfaces: Vec<Name>,
    /// `for DOMAIN`: the server that answers, if it is another.
    pub server: Option<Name>,
}

/// `transition DOMAINS: LABELS -> DOMAIN [for user USERS];`
#[derive(Clone, Debug)]
pub struct Transition {
    /// Who executes.
    pub domains: Selection,
    /// Labels of the programs.
    pub programs: Selection,
    /// Where it leads.
    pub to: Name,
    /// Whom it is for; everybody if it is empty.
    pub users: Vec<Number>,
}

/// `new in LABELS [named PATTERN] [by DOMAINS] -> LABEL;`
#[derive(Clone, Debug)]
pub struct New {
    /// Labels of the folders.
    pub parents: Selection,
    /// Names, with `*` at one end; any if there are none.
    pub patterns: Vec<Name>,
    /// Who makes it; anybody if absent.
    pub creators: Option<Selection>,
    /// The new object's label.
    pub label: Name,
}

/// Whose state a stateful rule has.
pub type Scope = Name;

/// `limit NAME: TARGET to AMOUNT [of FIELD] [every TIME] per SCOPE;`
#[derive(Clone, Debug)]
pub struct Limit {
    /// Its name.
    pub name: Name,
    /// What is counted.
    pub target: Target,
    /// So many at most.
    pub maximum: Number,
    /// Counts this argument instead of messages.
    pub field: Option<Name>,
    /// In so many nanoseconds.
    pub period_ns: Option<Number>,
    /// Whose.
    pub scope: Scope,
}

/// `flow NAME: DOMAINS -> LABELS per SCOPE { STATE: ...; }`
#[derive(Clone, Debug)]
pub struct Flow {
    /// Its name.
    pub name: Name,
    /// Who.
    pub domains: Selection,
    /// On what.
    pub labels: Selection,
    /// Whose.
    pub scope: Scope,
    /// States, the first one first.
    pub states: Vec<FlowState>,
}

/// `STATE: METHOD [-> STATE [on success]], ...;`
#[derive(Clone, Debug)]
pub struct FlowState {
    /// Its name.
    pub name: Name,
    /// What may come then.
    pub edges: Vec<FlowEdge>,
}

/// One move of a flow.
#[derive(Clone, Debug)]
pub struct FlowEdge {
    /// By which methods.
    pub methods: MethodPattern,
    /// Where to; stays if absent.
    pub to: Option<Name>,
    /// Only when the reply reports success.
    pub on_success: bool,
}

/// `set NAME: DOMAINS -> LABELS of NUMBER per SCOPE { ... }`
#[derive(Clone, Debug)]
pub struct Set {
    /// Its name.
    pub name: Name,
    /// Who.
    pub domains: Selection,
    /// On what.
    pub labels: Selection,
    /// Values that it holds, at most.
    pub capacity: Number,
    /// Whose.
    pub scope: Scope,
    /// What is done with it.
    pub actions: Vec<SetAction>,
}

/// What a set does with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetVerb {
    /// Puts the argument in.
    Add,
    /// Puts the result in when the reply reports success.
    AddReply,
    /// Takes the argument out.
    Remove,
    /// Refuses unless the argument is in.
    Require,
}

/// `add FIELD on METHODS;`
#[derive(Clone, Debug)]
pub struct SetAction {
    /// What.
    pub verb: SetVerb,
    /// Which argument or result.
    pub field: Name,
    /// On which methods.
    pub methods: MethodSelection,
    /// The whole action.
    pub span: Span,
}

/// `test "..." { ... }`
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
    /// The whole line.
    pub span: Span,
    /// What it says.
    pub kind: TestStepKind,
}

/// What a line of a test says.
#[derive(Clone, Debug)]
pub enum TestStepKind {
    /// `assert allowed TARGET;` and `assert denied TARGET;`
    Access {
        /// Whether it must be allowed.
        allowed: bool,
        /// What: every combination.
        target: Target,
    },
    /// `assert [not] mint DOMAINS -> LABELS: INTERFACES;`
    Mint {
        /// Whether it must be allowed.
        allowed: bool,
        /// What: every combination.
        mint: Mint,
    },
    /// `assert transition DOMAIN: LABEL -> DOMAIN [for user USERS];`
    Transition(Transition),
    /// `assert no transition DOMAIN: LABEL [for user USERS];`
    NoTransition {
        /// Who executes.
        domains: Selection,
        /// Labels of the programs.
        programs: Selection,
        /// Whom it is for; somebody whom no transition names if it is empty.
        users: Vec<Number>,
    },
    /// `assert path FILE_SYSTEM "PATH" is LABEL;`
    Path {
        /// File system.
        file_system: Name,
        /// Path in it.
        path: Name,
        /// Its label.
        label: Name,
    },
    /// `assert new LABEL "NAME" by DOMAIN is LABEL;`
    New {
        /// Label of the folder.
        parent: Name,
        /// Name of the new object.
        file_name: Name,
        /// Who makes it.
        creator: Name,
        /// Its label.
        label: Name,
    },
    /// `assert port PROTOCOL NUMBER [at "ADDRESS"] is LABEL;`
    Port {
        /// Protocol, port (first and last are the same) and address.
        port: Port,
        /// Its label.
        label: Name,
    },
    /// `step DOMAIN -> LABEL: METHOD(FIELD = VALUE) ... OUTCOME;`
    Message(MessageStep),
    /// `wait TIME;`
    Wait(Number),
}

/// A message in a test of a stateful rule.
#[derive(Clone, Debug)]
pub struct MessageStep {
    /// Who.
    pub domain: Name,
    /// On what.
    pub label: Name,
    /// Interface.
    pub interface: Name,
    /// Method.
    pub method: Name,
    /// Arguments; the others are 0.
    pub arguments: Vec<(Name, Value)>,
    /// Which of several processes of the domain.
    pub process: Option<Name>,
    /// Which of several sessions.
    pub session: Option<Name>,
    /// What must come of it.
    pub outcome: StepOutcome,
    /// Results, when it succeeds; the others are 0.
    pub results: Vec<(Name, Value)>,
}

/// What must come of a message in a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepOutcome {
    /// The policy lets it pass, and the server answers with success.
    Succeeds,
    /// The policy lets it pass, and the server answers with an error.
    Fails,
    /// The policy refuses it.
    Denied,
}
