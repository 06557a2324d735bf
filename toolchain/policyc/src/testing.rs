//! Runs the tests inside a policy with the engine that the kernel uses.

use std::collections::HashMap;

use trivet_policy::format::input;
use trivet_policy::{
    DomainId, Frames, InterfaceId, LabelId, MethodId, Outcome, Policy, Request, RuleId, Transition,
};

use crate::catalogue::Catalogue;
use crate::compile::Compilation;
use crate::diagnostics::Diagnostic;
use crate::model::{MessageStep, Test, TestStep, TestStepKind};
use crate::source::Span;
use crate::syntax::StepOutcome;

/// What came of one test.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// What the test shows.
    pub name: String,
    /// What did not hold; empty: it passed.
    pub failures: Vec<Diagnostic>,
}

/// Runs all tests of a policy that compiled; none if it did not.
#[must_use]
pub fn run_tests(compilation: &Compilation, catalogue: &Catalogue) -> Vec<TestResult> {
    let (Some(model), Some(binary)) = (&compilation.model, &compilation.binary) else {
        return Vec::new();
    };
    let Ok(policy) = Policy::load(binary) else {
        return Vec::new();
    };
    model
        .tests
        .iter()
        .map(|test| Runner::new(policy, catalogue).run(test))
        .collect()
}

/// The state that the steps of one test share: as the kernel would keep it.
struct Runner<'a> {
    policy: Policy<'a>,
    catalogue: &'a Catalogue,
    time_ns: u64,
    sessions: HashMap<(u32, u16, String), Vec<u64>>,
    processes: HashMap<(u16, String), Vec<u64>>,
    domains: HashMap<u16, Vec<u64>>,
    failures: Vec<Diagnostic>,
}

impl<'a> Runner<'a> {
    fn new(policy: Policy<'a>, catalogue: &'a Catalogue) -> Self {
        Runner {
            policy,
            catalogue,
            time_ns: 1_000_000_000,
            sessions: HashMap::new(),
            processes: HashMap::new(),
            domains: HashMap::new(),
            failures: Vec::new(),
        }
    }

    fn run(mut self, test: &Test) -> TestResult {
        for step in &test.steps {
            self.step(step);
        }
        TestResult {
            name: test.name.value.clone(),
            failures: self.failures,
        }
    }

    fn fail(&mut self, span: Span, message: String, rule: Option<String>) {
        let failure = Diagnostic::error(span, message);
        self.failures.push(match rule {
            Some(rule) => failure.help(rule),
            None => failure,
        });
    }

    /// Says which rule decided.
    fn decided_by(&self, rule: Option<RuleId>) -> String {
        match rule.and_then(|rule| self.policy.rule_text(rule)) {
            Some(rule) => format!("decided by {}:{}: {}", rule.file, rule.line, rule.text),
            None => "no rule grants it".to_owned(),
        }
    }

    fn message_words(&self, domain: u16, label: u32, interface: u16, method: u8) -> String {
        let (interface, method) = (InterfaceId(interface), MethodId(method));
        format!(
            "{} -> {}: {}.{}",
            self.policy.domain_name(DomainId(domain)),
            self.policy.label_name(LabelId(label)),
            self.policy.interface_name(interface),
            self.policy.method_name(interface, method)
        )
    }

    fn label_is(&mut self, span: Span, what: &str, found: LabelId, wanted: u32) {
        if found.0 != wanted {
            let (found, wanted) = (
                self.policy.label_name(found),
                self.policy.label_name(LabelId(wanted)),
            );
            self.fail(
                span,
                format!("{what} is labelled `{found}`, not `{wanted}`"),
                None,
            );
        }
    }

    fn step(&mut self, step: &TestStep) {
        let span = step.span;
        match &step.kind {
            TestStepKind::Access {
                allowed,
                pairs,
                methods,
            } => {
                for (domain, label) in pairs.each() {
                    for (&interface, &mask) in methods {
                        self.access(span, *allowed, (domain, label, interface), mask);
                    }
                }
            }
            TestStepKind::Mint {
                allowed,
                pairs,
                interfaces,
            } => {
                for (domain, label) in pairs.each() {
                    for &interface in interfaces {
                        let id = InterfaceId(interface);
                        if self.policy.may_mint(DomainId(domain), LabelId(label), id) != *allowed {
                            let may = if *allowed { "may not" } else { "may" };
                            let message = format!(
                                "`{}` {may} mint `{}` with label `{}`",
                                self.policy.domain_name(DomainId(domain)),
                                self.policy.interface_name(id),
                                self.policy.label_name(LabelId(label))
                            );
                            self.fail(span, message, None);
                        }
                    }
                }
            }
            TestStepKind::Transition {
                from,
                programs,
                users,
                to,
            } => {
                let wanted = to.map_or(Transition::Refused, |to| Transition::To(DomainId(to)));
                for &domain in from {
                    for &program in programs {
                        for &user in users {
                            let found = self.policy.transition(DomainId(domain), LabelId(program), user);
                            if found != wanted {
                                let leads = match found {
                                    Transition::Stays => "nowhere: the domain stays".to_owned(),
                                    Transition::To(domain) => {
                                        format!("to `{}`", self.policy.domain_name(domain))
                                    }
                                    Transition::Refused => "nowhere: it is refused".to_owned(),
                                };
                                self.fail(span, format!("the transition leads {leads}"), None);
                            }
                        }
                    }
                }
            }
            TestStepKind::Path {
                file_system,
                path,
                label,
            } => {
                let found = self.policy.label_for_path(file_system, path.as_bytes());
                self.label_is(span, path, found, *label);
            }
            TestStepKind::New {
                parent,
                file_name,
                creator,
                label,
            } => {
                let found =
                    self.policy
                        .label_for_new(LabelId(*parent), file_name.as_bytes(), DomainId(*creator));
                self.label_is(span, file_name, found, *label);
            }
            TestStepKind::Port { port } => {
                let found =
                    self.policy
                        .label_for_address(port.protocol, port.address.to_be_bytes(), port.first);
                self.label_is(span, "this port", found, port.label);
            }
            TestStepKind::Message(message) => self.message(span, message),
            TestStepKind::Wait { time_ns } => self.time_ns = self.time_ns.saturating_add(*time_ns),
        }
    }

    /// One failure for each interface, naming the first method that does not do as the test says.
    fn access(&mut self, span: Span, allowed: bool, (domain, label, interface): (u16, u32, u16), mask: u64) {
        let (id, target, through) = (DomainId(domain), LabelId(label), InterfaceId(interface));
        let granted = self.policy.masks(id, target, through).allow & mask;
        let wrong = if allowed { mask & !granted } else { granted };
        if wrong == 0 {
            return;
        }
        let method = wrong.trailing_zeros() as u8;
        let is = if allowed { "denied" } else { "allowed" };
        let mut message = format!("{is}: {}", self.message_words(domain, label, interface, method));
        if wrong.count_ones() > 1 {
            message.push_str(&format!(" and {} more", wrong.count_ones() - 1));
        }
        let mut help = self.decided_by(self.policy.deciding_rule(id, target, through, MethodId(method)));
        let known = self
            .catalogue
            .by_number(interface)
            .and_then(|found| found.method_by_number(method));
        if let Some(method) = known.filter(|method| !allowed && !method.danger.is_empty()) {
            help.push_str(&format!("\nwhat a caller can do with it: {}", method.danger));
        }
        self.fail(span, message, Some(help));
    }

    fn message(&mut self, span: Span, step: &MessageStep) {
        let policy = self.policy;
        let (domain, label, interface) = (
            DomainId(step.domain),
            LabelId(step.label),
            InterfaceId(step.interface),
        );
        let fresh = |cells: u16| vec![0; usize::from(cells)];
        let session = self
            .sessions
            .entry((step.label, step.interface, step.session.clone()))
            .or_insert_with(|| fresh(policy.session_cells(label, interface)));
        let process = self
            .processes
            .entry((step.domain, step.process.clone()))
            .or_insert_with(|| fresh(policy.process_cells(domain)));
        let shared = self
            .domains
            .entry(step.domain)
            .or_insert_with(|| fresh(policy.domain_cells(domain)));
        let mut frames = Frames {
            session,
            process,
            domain: shared,
        };
        let inputs: &[u64; input::COUNT] = &step.inputs;
        let method = MethodId(step.method);
        let request = Request {
            domain,
            label,
            interface,
            method,
            time_ns: self.time_ns,
            inputs,
        };
        let verdict = policy.evaluate(&mut frames, &request);
        let outcome = match step.outcome {
            StepOutcome::Succeeds => Outcome::Success(&step.results),
            StepOutcome::Fails | StepOutcome::Denied => Outcome::Failure,
        };
        if !verdict.undo.is_empty() {
            policy.settle(&mut frames, &verdict.undo, outcome);
        }
        if verdict.allowed == (step.outcome == StepOutcome::Denied) {
            let is = if verdict.allowed { "allowed" } else { "denied" };
            let words = self.message_words(step.domain, step.label, step.interface, step.method);
            let help = self.decided_by(verdict.rule);
            self.fail(span, format!("{is}: {words}"), Some(help));
        }
    }
}
