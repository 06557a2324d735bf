//! Properties: a compiled policy answers every question as a naive reading of its source does. Policies are made at random,
//! written out as text, compiled and loaded; beside them the same rules are applied one by one, as a person would read them.

mod common;

use std::collections::HashMap;
use std::fmt::Write as _;

use common::{compile_text, ids};
use proptest::prelude::*;
use trivet_policy::{ALL_METHODS, Frames, MethodId, Outcome, Policy, Request, Undo};

const DOMAINS: [&str; 4] = ["init", "app", "other", "files"];
const LABELS: [&str; 4] = ["home", "tmp", "safe", "self"];
/// Interfaces with their methods and numbers.
const INTERFACES: [(&str, &[(&str, u8)]); 3] = [
    (
        "File",
        &[
            ("open", 0),
            ("read", 1),
            ("write", 2),
            ("create", 3),
            ("remove", 5),
        ],
    ),
    ("Vault", &[("open", 0), ("unlock", 1), ("take", 2), ("close", 3)]),
    ("Process", &[("kill", 0), ("stop", 1)]),
];

/// A choice among `count` names: bits of the names, bits of those excepted, or all.
#[derive(Clone, Debug)]
struct Choice {
    all: bool,
    names: u8,
    except: u8,
}

impl Choice {
    fn has(&self, index: usize) -> bool {
        (self.all || self.names & (1 << index) != 0) && self.except & (1 << index) == 0
    }

    fn write(&self, names: &[&str]) -> String {
        let list = |bits: u8| {
            let chosen: Vec<&str> = names
                .iter()
                .enumerate()
                .filter(|(index, _)| bits & (1 << index) != 0)
                .map(|(_, name)| *name)
                .collect();
            chosen.join(", ")
        };
        let mut text = if self.all {
            "*".to_owned()
        } else {
            list(self.names)
        };
        if self.except != 0 {
            let _ = write!(text, " except {}", list(self.except));
        }
        text
    }
}

/// Methods of one interface.
#[derive(Clone, Debug)]
struct Methods {
    interface: usize,
    all: bool,
    chosen: u8,
}

impl Methods {
    fn has(&self, interface: usize, method: usize) -> bool {
        self.interface == interface && (self.all || self.chosen & (1 << method) != 0)
    }

    fn write(&self) -> String {
        let (name, methods) = INTERFACES[self.interface];
        if self.all {
            return format!("{name}.*");
        }
        let chosen: Vec<&str> = methods
            .iter()
            .enumerate()
            .filter(|(index, _)| self.chosen & (1 << index) != 0)
            .map(|(_, (name, _))| *name)
            .collect();
        format!("{name}.{{{}}}", chosen.join(", "))
    }
}

/// A condition on raw words, which every method has.
#[derive(Clone, Debug)]
enum Condition {
    Less(u8, u64),
    In(u8, Vec<(u64, u64)>),
    Masked(u8, u64, u64),
    Not(Box<Condition>),
    And(Vec<Condition>),
    Or(Vec<Condition>),
}

impl Condition {
    fn holds(&self, words: &[u64; 9]) -> bool {
        match self {
            Condition::Less(word, value) => words[usize::from(*word)] < *value,
            Condition::In(word, ranges) => ranges
                .iter()
                .any(|(first, last)| (first..=last).contains(&&words[usize::from(*word)])),
            Condition::Masked(word, mask, value) => words[usize::from(*word)] & mask != *value,
            Condition::Not(inner) => !inner.holds(words),
            Condition::And(parts) => parts.iter().all(|part| part.holds(words)),
            Condition::Or(parts) => parts.iter().any(|part| part.holds(words)),
        }
    }

    fn write(&self) -> String {
        let join = |parts: &[Condition], word: &str| {
            let parts: Vec<String> = parts.iter().map(|part| format!("({})", part.write())).collect();
            parts.join(word)
        };
        match self {
            Condition::Less(word, value) => format!("word{word} < {value}"),
            Condition::In(word, ranges) => {
                let ranges: Vec<String> = ranges
                    .iter()
                    .map(|(first, last)| {
                        if first == last {
                            first.to_string()
                        } else {
                            format!("{first} to {last}")
                        }
                    })
                    .collect();
                format!("word{word} in {{{}}}", ranges.join(", "))
            }
            Condition::Masked(word, mask, value) => format!("word{word} & {mask} != {value}"),
            Condition::Not(inner) => format!("not ({})", inner.write()),
            Condition::And(parts) => join(parts, " and "),
            Condition::Or(parts) => join(parts, " or "),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Allow,
    Deny,
    Audit,
    Quiet,
}

#[derive(Clone, Debug)]
struct Rule {
    kind: Kind,
    domains: Choice,
    labels: Choice,
    methods: Methods,
    condition: Option<Condition>,
}

/// One question: indices of domain, label, interface and method. A label index of 4 or more is a domain's own label.
#[derive(Clone, Copy, Debug)]
struct Question {
    domain: usize,
    label: usize,
    interface: usize,
    method: usize,
}

impl Rule {
    fn write(&self) -> String {
        let keyword = match self.kind {
            Kind::Allow => "allow",
            Kind::Deny => "deny",
            Kind::Audit => "audit",
            Kind::Quiet => "quiet",
        };
        let condition = match &self.condition {
            Some(condition) => format!(" where {}", condition.write()),
            None => String::new(),
        };
        format!(
            "{keyword} {} -> {}: {}{condition};\n",
            self.domains.write(&DOMAINS),
            self.labels.write(&LABELS),
            self.methods.write()
        )
    }

    fn speaks(&self, question: Question) -> bool {
        let label = if question.label < 3 {
            self.labels.has(question.label)
        } else {
            // The own label of some domain: `self` means only the asking domain's, `*` every label there is.
            let own = question.label - 4 == question.domain;
            self.labels.all || own && self.labels.has(3)
        };
        self.domains.has(question.domain) && label && self.methods.has(question.interface, question.method)
    }
}

fn choice(all: bool) -> impl Strategy<Value = Choice> {
    (0..if all { 4 } else { 1 }, 1..16u8, 0..16u8).prop_map(|(all, names, except)| {
        let all = all == 3;
        // Labels and domains are excepted only from `*`, where `self` as an exception would mean different labels for each domain.
        Choice {
            all,
            names,
            except: if all { except & 0b0111 } else { 0 },
        }
    })
}

fn methods() -> impl Strategy<Value = Methods> {
    (0..3usize, 0..4u8, 1..255u8).prop_map(|(interface, all, chosen)| {
        let count = INTERFACES[interface].1.len() as u32;
        let chosen = chosen & ((1 << count) - 1);
        Methods {
            interface,
            all: all == 0,
            chosen: if chosen == 0 { 1 } else { chosen },
        }
    })
}

fn condition() -> impl Strategy<Value = Condition> {
    let leaf = prop_oneof![
        (0..3u8, 0..5u64).prop_map(|(word, value)| Condition::Less(word, value)),
        (0..3u8, prop::collection::vec((0..5u64, 0..3u64), 1..4)).prop_map(|(word, ranges)| {
            Condition::In(
                word,
                ranges
                    .into_iter()
                    .map(|(first, more)| (first, first + more))
                    .collect(),
            )
        }),
        (0..3u8, 0..8u64, 0..4u64).prop_map(|(word, mask, value)| Condition::Masked(word, mask, value)),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Condition::Not(Box::new(inner))),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Condition::And),
            prop::collection::vec(inner, 1..4).prop_map(Condition::Or),
        ]
    })
}

fn rule() -> impl Strategy<Value = Rule> {
    let kind = prop_oneof![4 => Just(Kind::Allow), 2 => Just(Kind::Deny), 1 => Just(Kind::Audit), 1 => Just(Kind::Quiet)];
    kind.prop_flat_map(|kind| {
        let condition = match kind {
            Kind::Allow | Kind::Deny => prop::option::weighted(0.3, condition()).boxed(),
            Kind::Audit | Kind::Quiet => Just(None).boxed(),
        };
        (choice(true), choice(kind != Kind::Allow), methods(), condition).prop_map(
            move |(domains, labels, methods, condition)| Rule {
                kind,
                domains,
                labels,
                methods,
                condition,
            },
        )
    })
}

/// The world of the tests without its minting, so that no rule makes a call between servers.
fn source(rules: &[Rule], more: &str) -> String {
    let world = common::WORLD
        .lines()
        .filter(|line| !line.starts_with("mint"))
        .collect::<Vec<_>>()
        .join("\n");
    rules.iter().fold(world, |text, rule| text + &rule.write()) + more
}

fn compiled(text: &str) -> trivet_policyc::Compilation {
    let compilation = compile_text(text);
    let found = trivet_policyc::diagnostics::render_short(&compilation.diagnostics, &compilation.sources);
    assert!(compilation.binary.is_some(), "{text}\n{found}");
    compilation
}

fn label_name(label: usize) -> &'static str {
    if label < 3 {
        LABELS[label]
    } else {
        DOMAINS[label - 4]
    }
}

fn all_questions() -> impl Iterator<Item = Question> {
    (0..4).flat_map(|domain| {
        [0, 1, 2, 4, 5, 6, 7].into_iter().flat_map(move |label| {
            (0..3).flat_map(move |interface| {
                (0..INTERFACES[interface].1.len()).map(move |method| Question {
                    domain,
                    label,
                    interface,
                    method,
                })
            })
        })
    })
}

/// (allowed, recorded) as a person reads it.
fn read_naively(rules: &[Rule], question: Question, words: &[u64; 9]) -> (bool, bool) {
    let mut speaking = rules.iter().filter(|rule| rule.speaks(question));
    let holds = |rule: &Rule| {
        rule.condition
            .as_ref()
            .is_none_or(|condition| condition.holds(words))
    };
    let any = |kind: Kind| {
        rules
            .iter()
            .any(|rule| rule.kind == kind && rule.speaks(question) && holds(rule))
    };
    let allowed = any(Kind::Allow) && !any(Kind::Deny);
    let audited = speaking.any(|rule| rule.kind == Kind::Audit);
    let quiet = rules
        .iter()
        .any(|rule| rule.kind == Kind::Quiet && rule.speaks(question));
    (allowed, if allowed { audited } else { !quiet })
}

fn evaluate(policy: &Policy<'_>, question: Question, words: &[u64; 9]) -> (bool, bool) {
    let (interface, methods) = INTERFACES[question.interface];
    let (domain, label, interface) = ids(
        policy,
        DOMAINS[question.domain],
        label_name(question.label),
        interface,
    );
    let mut frames = Frames {
        session: &mut [],
        process: &mut [],
        domain: &mut [],
    };
    let method = MethodId(methods[question.method].1);
    let verdict = policy.evaluate(
        &mut frames,
        &Request {
            domain,
            label,
            interface,
            method,
            time_ns: 0,
            inputs: words,
        },
    );
    (verdict.allowed, verdict.audit)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn compiled_rules_answer_as_a_naive_reader(
        rules in prop::collection::vec(rule(), 0..12),
        words in prop::array::uniform9(0..8u64),
    ) {
        let compilation = compiled(&source(&rules, ""));
        let policy = common::policy(&compilation);
        for question in all_questions() {
            let expected = read_naively(&rules, question, &words);
            let found = evaluate(&policy, question, &words);
            prop_assert_eq!(found, expected, "{:?}\n{}", question, source(&rules, ""));
        }
    }

    #[test]
    fn masks_and_messages_agree(rules in prop::collection::vec(rule(), 0..12), words in prop::array::uniform9(0..8u64)) {
        let compilation = compiled(&source(&rules, ""));
        let policy = common::policy(&compilation);
        for question in all_questions() {
            let (name, methods) = INTERFACES[question.interface];
            let masks = common::masks(&policy, DOMAINS[question.domain], label_name(question.label), name);
            let bit = 1u64 << methods[question.method].1;
            prop_assert_eq!(masks.audit & !ALL_METHODS, 0);
            prop_assert_eq!(masks.stateful & !masks.allow, 0);
            let (allowed, recorded) = evaluate(&policy, question, &words);
            if masks.stateful & bit == 0 {
                prop_assert_eq!(masks.allow & bit != 0, allowed);
                prop_assert_eq!(masks.audit & bit != 0, recorded);
            } else if masks.plain() & bit != 0 {
                prop_assert!(false, "a stateful method is never plain");
            }
        }
    }

    #[test]
    fn stateful_rules_answer_as_a_naive_reader(
        limits in prop::collection::vec((1..15u8, 1..4u64, 0..3u64, 0..3usize), 0..3),
        flow in prop::collection::vec(prop::array::uniform4(prop::option::of(0..3usize)), 3),
        flow_scope in 0..3usize,
        messages in prop::collection::vec((0..2usize, 0..2usize, 0..2usize, 0..4usize, any::<bool>(), 0..3u64), 0..40),
    ) {
        let scopes = ["session", "process", "domain"];
        let vault = INTERFACES[1].1;
        let mut text = "allow app, other -> safe: Vault.*;\n".to_owned();
        for (number, (chosen, maximum, period, scope)) in limits.iter().enumerate() {
            let methods = Methods { interface: 1, all: false, chosen: *chosen }.write();
            let every = if *period == 0 { String::new() } else { format!("every {period} s ") };
            let _ = writeln!(text, "limit l{number}: app, other -> safe: {methods} to {maximum} {every}per {};", scopes[*scope]);
        }
        let _ = writeln!(text, "flow f: app, other -> safe per {} {{", scopes[flow_scope]);
        for (state, targets) in flow.iter().enumerate() {
            let edges: Vec<String> = targets
                .iter()
                .enumerate()
                .filter_map(|(method, target)| target.map(|target| format!("Vault.{} -> s{target}", vault[method].0)))
                .collect();
            let _ = writeln!(text, "s{state}: {};", edges.join(", "));
        }
        text.push('}');
        let compilation = compiled(&source(&[], &text));
        let policy = common::policy(&compilation);
        let mut engine = EngineState::default();
        let mut naive = NaiveState::default();
        for (domain, process, session, method, succeeds, seconds) in messages {
            engine.time_ns += seconds * 1_000_000_000;
            let domain = ["app", "other"][domain];
            let found = engine.send(&policy, domain, process, session, vault[method], succeeds);
            let expected = naive.send(&limits, &flow, flow_scope, engine.time_ns, (domain, process, session), method, succeeds);
            prop_assert_eq!(found, expected, "{}", text);
        }
    }
}

#[derive(Default)]
struct EngineState {
    time_ns: u64,
    sessions: HashMap<usize, Vec<u64>>,
    processes: HashMap<(String, usize), Vec<u64>>,
    domains: HashMap<String, Vec<u64>>,
}

impl EngineState {
    fn send(
        &mut self,
        policy: &Policy<'_>,
        name: &str,
        process: usize,
        session: usize,
        method: (&str, u8),
        succeeds: bool,
    ) -> bool {
        let (domain, label, interface) = ids(policy, name, "safe", "Vault");
        let fresh = |cells: u16| vec![0u64; cells.into()];
        let mut frames = Frames {
            session: self
                .sessions
                .entry(session)
                .or_insert_with(|| fresh(policy.session_cells(label, interface))),
            process: self
                .processes
                .entry((name.to_owned(), process))
                .or_insert_with(|| fresh(policy.process_cells(domain))),
            domain: self
                .domains
                .entry(name.to_owned())
                .or_insert_with(|| fresh(policy.domain_cells(domain))),
        };
        let method = MethodId(method.1);
        let request = Request {
            domain,
            label,
            interface,
            method,
            time_ns: self.time_ns,
            inputs: &[0; 9],
        };
        let verdict = policy.evaluate(&mut frames, &request);
        assert!(verdict.allowed || verdict.undo == Undo::default());
        let outcome = if succeeds {
            Outcome::Success(&[0; 6])
        } else {
            Outcome::Failure
        };
        policy.settle(&mut frames, &verdict.undo, outcome);
        verdict.allowed
    }
}

type Key = (usize, String);

/// State as words and maps; a failed request puts a copy back.
#[derive(Clone, Default)]
struct NaiveState {
    /// By rule and scope: start of the period and count.
    counts: HashMap<Key, (u64, u64)>,
    states: HashMap<Key, usize>,
}

impl NaiveState {
    #[allow(clippy::too_many_arguments, reason = "all that a message is judged by")]
    fn send(
        &mut self,
        limits: &[(u8, u64, u64, usize)],
        flow: &[[Option<usize>; 4]],
        flow_scope: usize,
        time_ns: u64,
        (domain, process, session): (&str, usize, usize),
        method: usize,
        succeeds: bool,
    ) -> bool {
        let before = self.clone();
        let scope_key = |scope: usize| match scope {
            0 => format!("session {session}"),
            1 => format!("process {domain} {process}"),
            _ => format!("domain {domain}"),
        };
        let mut allowed = true;
        for (number, (chosen, maximum, period, scope)) in limits.iter().enumerate() {
            if chosen & (1 << method) == 0 {
                continue;
            }
            let (start, count) = self
                .counts
                .entry((number, scope_key(*scope)))
                .or_insert((time_ns, 0));
            if *count == 0 || (*period != 0 && time_ns - *start >= period * 1_000_000_000) {
                (*start, *count) = (time_ns, 0);
            }
            *count += 1;
            allowed &= *count <= *maximum;
        }
        let mentioned = flow.iter().any(|state| state[method].is_some());
        if mentioned {
            let state = self.states.entry((0, scope_key(flow_scope))).or_insert(0);
            match flow[*state][method] {
                Some(target) => *state = target,
                None => allowed = false,
            }
        }
        if !allowed || !succeeds {
            *self = before;
        }
        allowed
    }
}
