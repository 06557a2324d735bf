//! Tests inside a policy.

use super::Resolver;
use super::names::Wildcard;
use super::network::parse_port;
use crate::catalogue::Method;
use crate::diagnostics::Diagnostic;
use crate::fields::{Side, check_field, find_field, find_value};
use crate::model::{MessageStep, MethodMasks, PortLabel, Test, TestStep, TestStepKind};
use crate::syntax::{self, Name, StepOutcome, Value};

impl Resolver<'_> {
    pub(super) fn test(&mut self, test: &syntax::Test) {
        // A label that only tests name is still one that no rule names.
        let used_before = self.names.used_labels.clone();
        if let Some(before) = self
            .model
            .tests
            .iter()
            .find(|before| before.name.value == test.name.value)
        {
            let place = before.name.span;
            self.diagnostics.push(
                Diagnostic::error(test.name.span, "two tests have this name").see(place, "the first one"),
            );
        }
        let mut steps = Vec::new();
        for step in &test.steps {
            if let Some(kind) = self.test_step(&step.kind) {
                steps.push(TestStep {
                    span: step.span,
                    kind,
                });
            }
        }
        self.names.used_labels = used_before;
        self.model.tests.push(Test {
            name: test.name.clone(),
            steps,
        });
    }

    fn test_step(&mut self, step: &syntax::TestStepKind) -> Option<TestStepKind> {
        Some(match step {
            syntax::TestStepKind::Access { allowed, target } => {
                let pairs = self.pairs(&target.domains, &target.labels, Wildcard::Allowed);
                let (methods, _) = self.methods(&target.methods, Wildcard::Allowed);
                TestStepKind::Access {
                    allowed: *allowed,
                    pairs,
                    methods,
                }
            }
            syntax::TestStepKind::Mint { allowed, mint } => {
                let pairs = self.pairs(&mint.domains, &mint.labels, Wildcard::Allowed);
                let interfaces = mint
                    .interfaces
                    .iter()
                    .filter_map(|name| self.interface(name))
                    .collect();
                TestStepKind::Mint {
                    allowed: *allowed,
                    pairs,
                    interfaces,
                }
            }
            syntax::TestStepKind::Transition(transition) => TestStepKind::Transition {
                from: self.domains(&transition.domains),
                programs: self.plain_labels(&transition.programs),
                users: self.users(&transition.users),
                to: Some(self.domain(&transition.to)?),
            },
            syntax::TestStepKind::NoTransition {
                domains,
                programs,
                users,
            } => TestStepKind::Transition {
                from: self.domains(domains),
                programs: self.plain_labels(programs),
                users: self.users(users),
                to: None,
            },
            syntax::TestStepKind::Path {
                file_system,
                path,
                label,
            } => TestStepKind::Path {
                file_system: file_system.value.clone(),
                path: path.value.clone(),
                label: self.label(label)?,
            },
            syntax::TestStepKind::New {
                parent,
                file_name,
                creator,
                label,
            } => TestStepKind::New {
                parent: self.label(parent)?,
                file_name: file_name.value.clone(),
                creator: self.domain(creator)?,
                label: self.label(label)?,
            },
            syntax::TestStepKind::Port { port, label } => {
                let label = self.label(label)?;
                match parse_port(port) {
                    Ok(parsed) => TestStepKind::Port {
                        port: PortLabel { label, ..parsed },
                    },
                    Err(diagnostic) => {
                        self.diagnostics.push(*diagnostic);
                        return None;
                    }
                }
            }
            syntax::TestStepKind::Message(message) => TestStepKind::Message(self.message_step(message)?),
            syntax::TestStepKind::Wait(time) => TestStepKind::Wait { time_ns: time.value },
        })
    }

    fn message_step(&mut self, message: &syntax::MessageStep) -> Option<MessageStep> {
        let domain = self.domain(&message.domain)?;
        let label = if message.label.value == "self" {
            u32::from(domain)
        } else {
            self.label(&message.label)?
        };
        let (interface, mask) = self.method(&message.interface, &message.method)?;
        let method = self
            .catalogue
            .by_number(interface)?
            .method_by_number(mask.trailing_zeros() as u8)?;
        let methods = MethodMasks::from([(interface, mask)]);
        let inputs = self.assign(&message.arguments, method, &methods, Side::Request);
        let replied = self.assign(&message.results, method, &methods, Side::Reply);
        if message.outcome != StepOutcome::Succeeds && !message.results.is_empty() {
            self.error(message.method.span, "only a step that succeeds has results");
        }
        let mut results = [0; 6];
        results.copy_from_slice(&replied[..6]);
        let name = |name: &Option<Name>| name.as_ref().map_or_else(String::new, |name| name.value.clone());
        Some(MessageStep {
            domain,
            label,
            interface,
            method: method.number,
            inputs,
            process: name(&message.process),
            session: name(&message.session),
            outcome: message.outcome,
            results,
        })
    }

    fn assign(
        &mut self,
        assignments: &[(Name, Value)],
        method: &Method,
        methods: &MethodMasks,
        side: Side,
    ) -> [u64; trivet_policy::format::input::COUNT] {
        let mut inputs = [0; trivet_policy::format::input::COUNT];
        for (name, value) in assignments {
            if !check_field(name, methods, self.catalogue, side, &mut self.diagnostics) {
                continue;
            }
            let Some(field) = find_field(&name.value, method, side) else {
                continue;
            };
            match find_value(value, &field, &self.model.constants) {
                Some(number) => inputs[usize::from(field.input)] = number,
                None => self.error(value.span(), format!("this is no value of `{}`", name.value)),
            }
        }
        inputs
    }
}
