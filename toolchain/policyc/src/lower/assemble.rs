//! Checks: conditions and state changes of one method as the engine's operations, with forward jumps only.

use std::collections::BTreeMap;

use trivet_policy::format::{NO_RULE, Operation, code, compare};

use crate::catalogue::Method;
use crate::fields::{Field, Side, find_field, find_value};
use crate::model::StateAction;
use crate::syntax::{Comparison, Condition, FieldTest, Operator};

/// A place that operations jump to, known later.
#[derive(Clone, Copy)]
struct Place(usize);

#[derive(Clone, Copy)]
enum Exit {
    OnTrue,
    OnFalse,
}

/// Operations under construction.
pub struct Assembler<'a> {
    method: &'a Method,
    constants: &'a BTreeMap<String, u64>,
    operations: Vec<Operation>,
    jumps: Vec<(usize, Exit, Place)>,
    places: Vec<Option<usize>>,
}

/// A denying or granting rule with its condition; none: always.
pub type Conditional<'a> = (u32, Option<&'a Condition>);

/// A state change: the model's number, what is done, where a flow's targets begin.
pub struct StateStep<'a> {
    /// The model's number.
    pub model: u16,
    /// What is done.
    pub action: &'a StateAction,
    /// For flows: the first of its targets.
    pub first_target: u32,
}

/// The operations that judge one method.
#[must_use]
pub fn assemble(
    method: &Method,
    constants: &BTreeMap<String, u64>,
    denies: &[Conditional<'_>],
    allows: &[Conditional<'_>],
    steps: &[StateStep<'_>],
    withheld_by: Option<u32>,
) -> Vec<Operation> {
    let mut assembler = Assembler {
        method,
        constants,
        operations: Vec::new(),
        jumps: Vec::new(),
        places: Vec::new(),
    };
    assembler.judge(denies, allows);
    for step in steps {
        assembler.state(step);
    }
    if let Some(rule) = withheld_by {
        assembler.push(code::WITHHOLD_REPLY, rule);
    }
    assembler.push(code::ACCEPT, 0);
    assembler.finish()
}

/// An operation that does nothing yet but is well formed.
fn blank(code: u8) -> Operation {
    Operation {
        code,
        bits: 64,
        ..Operation::default()
    }
}

impl Assembler<'_> {
    fn place(&mut self) -> Place {
        self.places.push(None);
        Place(self.places.len() - 1)
    }

    fn bind(&mut self, place: Place) {
        self.places[place.0] = Some(self.operations.len());
    }

    fn jump(&mut self, exit: Exit, place: Place) {
        self.jumps.push((self.operations.len() - 1, exit, place));
    }

    fn push(&mut self, code: u8, argument: u32) {
        self.operations.push(Operation {
            argument,
            ..blank(code)
        });
    }

    fn judge(&mut self, denies: &[Conditional<'_>], allows: &[Conditional<'_>]) {
        for (rule, condition) in denies {
            let Some(condition) = condition else { continue };
            let (refuse, next) = (self.place(), self.place());
            self.condition(condition, refuse, next);
            self.bind(refuse);
            self.push(code::REFUSE, *rule);
            self.bind(next);
        }
        if let Some((rule, _)) = allows.iter().find(|(_, condition)| condition.is_none()) {
            self.push(code::GRANT, *rule);
            return;
        }
        let granted = self.place();
        for (rule, condition) in allows {
            let Some(condition) = condition else { continue };
            let (grant, next) = (self.place(), self.place());
            self.condition(condition, grant, next);
            self.bind(grant);
            self.push(code::GRANT, *rule);
            self.jump(Exit::OnTrue, granted);
            self.bind(next);
        }
        self.push(code::REFUSE, NO_RULE);
        self.bind(granted);
    }

    fn condition(&mut self, condition: &Condition, if_true: Place, if_false: Place) {
        match condition {
            Condition::And(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    if index + 1 == parts.len() {
                        self.condition(part, if_true, if_false);
                    } else {
                        let next = self.place();
                        self.condition(part, next, if_false);
                        self.bind(next);
                    }
                }
            }
            Condition::Or(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    if index + 1 == parts.len() {
                        self.condition(part, if_true, if_false);
                    } else {
                        let next = self.place();
                        self.condition(part, if_true, next);
                        self.bind(next);
                    }
                }
            }
            Condition::Not(inner) => self.condition(inner, if_false, if_true),
            Condition::Test(test) => self.test(test, if_true, if_false),
        }
    }

    fn test(&mut self, test: &FieldTest, if_true: Place, if_false: Place) {
        // `resolve` has checked that fields and values exist; without them nothing is granted.
        let Some(field) = find_field(&test.field.value, self.method, Side::Request) else {
            self.push(code::REFUSE, NO_RULE);
            return;
        };
        let value = |value| find_value(value, &field, self.constants).unwrap_or(0);
        let mask = test.mask.as_ref().map(value);
        match &test.comparison {
            Comparison::With(operator, operand) => {
                let operand = value(operand);
                self.compare(&field, mask, comparison(*operator), operand, if_true, if_false);
            }
            Comparison::In(ranges) => {
                let ranges: Vec<(u64, u64)> = ranges.iter().map(|(a, b)| (value(a), value(b))).collect();
                for (index, (first, last)) in ranges.iter().enumerate() {
                    let next = if index + 1 == ranges.len() {
                        if_false
                    } else {
                        self.place()
                    };
                    if first == last {
                        self.compare(&field, mask, compare::EQUAL, *first, if_true, next);
                    } else {
                        let upper = self.place();
                        self.compare(&field, mask, compare::GREATER_OR_EQUAL, *first, upper, next);
                        self.bind(upper);
                        self.compare(&field, mask, compare::LESS_OR_EQUAL, *last, if_true, next);
                    }
                    if index + 1 != ranges.len() {
                        self.bind(next);
                    }
                }
            }
        }
    }

    fn compare(
        &mut self,
        field: &Field<'_>,
        mask: Option<u64>,
        compare: u8,
        operand: u64,
        if_true: Place,
        if_false: Place,
    ) {
        self.operations.push(Operation {
            compare,
            mask: mask.unwrap_or(u64::MAX),
            operand,
            // Masked bits are bits, not a number with a sign.
            signed: u8::from(field.signed && mask.is_none()),
            word: field.input,
            bits: field.bits,
            ..blank(code::COMPARE)
        });
        self.jump(Exit::OnTrue, if_true);
        self.jump(Exit::OnFalse, if_false);
    }

    fn state(&mut self, step: &StateStep<'_>) {
        let (code, field, side) = match step.action {
            StateAction::Flow {
                on_success: false, ..
            } => (code::FLOW, None, Side::Request),
            StateAction::Flow { on_success: true, .. } => (code::FLOW_ON_SUCCESS, None, Side::Request),
            StateAction::Count { field: None } => (code::COUNT_ONE, None, Side::Request),
            StateAction::Count { field: Some(field) } => (code::COUNT_FIELD, Some(field), Side::Request),
            StateAction::Add(field) => (code::SET_ADD, Some(field), Side::Request),
            StateAction::AddReply(field) => (code::SET_ADD_REPLY, Some(field), Side::Reply),
            StateAction::Remove(field) => (code::SET_REMOVE, Some(field), Side::Request),
            StateAction::Require(field) => (code::SET_REQUIRE, Some(field), Side::Request),
        };
        let mut operation = Operation {
            model: step.model,
            argument: step.first_target,
            ..blank(code)
        };
        if let Some(found) = field.and_then(|name| find_field(&name.value, self.method, side)) {
            operation.word = found.input;
            operation.bits = found.bits;
            // A negative amount must not count as a huge one nor a small one: counters take the bits as they are.
            operation.signed = u8::from(found.signed && code != code::COUNT_FIELD);
        }
        self.operations.push(operation);
    }

    fn finish(mut self) -> Vec<Operation> {
        for (at, exit, place) in self.jumps {
            // Every place is bound behind the jumps to it.
            let target = self.places[place.0].unwrap_or(self.operations.len());
            let skip = u16::try_from(target.saturating_sub(at + 1)).unwrap_or(u16::MAX);
            match exit {
                Exit::OnTrue => self.operations[at].on_true = skip,
                Exit::OnFalse => self.operations[at].on_false = skip,
            }
        }
        self.operations
    }
}

fn comparison(operator: Operator) -> u8 {
    match operator {
        Operator::Equal => compare::EQUAL,
        Operator::NotEqual => compare::NOT_EQUAL,
        Operator::Less => compare::LESS,
        Operator::LessOrEqual => compare::LESS_OR_EQUAL,
        Operator::Greater => compare::GREATER,
        Operator::GreaterOrEqual => compare::GREATER_OR_EQUAL,
    }
}
