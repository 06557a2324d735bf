//! Limits, flows and sets.

use std::collections::BTreeMap;

use super::Resolver;
use super::names::{Wildcard, merge};
use crate::diagnostics::{Diagnostic, did_you_mean};
use crate::fields::{Side, check_field};
use crate::model::{MethodMasks, Pairs, Scope, StateAction, StateKind, StateModel, StateUse};
use crate::source::Span;
use crate::syntax::{self, Name, SetVerb};

/// States of one flow, at most.
const MAX_STATES: usize = 1024;

const ALL_LABELS: Wildcard = Wildcard::Refused("a stateful rule names its labels");
const ALL_METHODS: Wildcard = Wildcard::Refused("a stateful rule names its interfaces");

impl Resolver<'_> {
    fn state_model(&mut self, span: Span, name: &Name, scope: &Name, kind: StateKind) -> usize {
        let rule = self.rule(span);
        if let Some(before) = self
            .model
            .state_models
            .iter()
            .find(|model| model.name.value == name.value)
        {
            let place = before.name.span;
            self.diagnostics.push(
                Diagnostic::error(
                    name.span,
                    format!("there is already a stateful rule `{}`", name.value),
                )
                .see(place, "first declared here"),
            );
        }
        let scope = match scope.value.as_str() {
            "session" => Scope::Session,
            "process" => Scope::Process,
            _ => Scope::Domain,
        };
        self.model.state_models.push(StateModel {
            name: name.clone(),
            rule,
            scope,
            kind,
        });
        self.model.state_models.len() - 1
    }

    pub(super) fn limit(&mut self, span: Span, limit: &syntax::Limit) {
        let pairs = self.pairs(&limit.target.domains, &limit.target.labels, ALL_LABELS);
        let (methods, _) = self.methods(&limit.target.methods, ALL_METHODS);
        if let Some(field) = &limit.field {
            check_field(
                field,
                &methods,
                self.catalogue,
                Side::Request,
                &mut self.diagnostics,
            );
        }
        if let Some(period) = limit.period_ns.as_ref().filter(|period| period.value == 0) {
            self.error(period.span, "a period takes some time");
        }
        let kind = StateKind::Counter {
            maximum: limit.maximum.value,
            period_ns: limit.period_ns.as_ref().map_or(0, |period| period.value),
        };
        let model = self.state_model(span, &limit.name, &limit.scope, kind);
        let action = StateAction::Count {
            field: limit.field.clone(),
        };
        self.model.state_uses.push(StateUse {
            model,
            span,
            pairs,
            methods,
            action,
        });
    }

    pub(super) fn flow(&mut self, span: Span, flow: &syntax::Flow) {
        let pairs = self.pairs(&flow.domains, &flow.labels, ALL_LABELS);
        let mut numbers: BTreeMap<&str, u16> = BTreeMap::new();
        for (number, state) in flow.states.iter().enumerate() {
            if numbers.insert(&state.name.value, number as u16).is_some() {
                self.error(
                    state.name.span,
                    format!("state `{}` is described twice", state.name.value),
                );
            }
        }
        if flow.states.is_empty() || flow.states.len() > MAX_STATES {
            self.error(flow.name.span, format!("a flow has 1 to {MAX_STATES} states"));
            return;
        }
        let moves = self.flow_moves(flow, &numbers);
        self.warn_of_unreachable_states(flow, &moves);
        let states = flow.states.len() as u16;
        let model = self.state_model(span, &flow.name, &flow.scope, StateKind::Flow { states });
        for (
            (interface, mask),
            FlowMove {
                targets, on_success, ..
            },
        ) in moves
        {
            let action = StateAction::Flow {
                targets,
                on_success: on_success == Some(true),
            };
            let methods = MethodMasks::from([(interface, mask)]);
            self.model.state_uses.push(StateUse {
                model,
                span,
                pairs: pairs.clone(),
                methods,
                action,
            });
        }
    }

    /// For each method that the flow mentions, what it does in each state.
    fn flow_moves(
        &mut self,
        flow: &syntax::Flow,
        numbers: &BTreeMap<&str, u16>,
    ) -> BTreeMap<(u16, u64), FlowMove> {
        let mut moves: BTreeMap<(u16, u64), FlowMove> = BTreeMap::new();
        for (number, state) in flow.states.iter().enumerate() {
            for edge in &state.edges {
                let span = edge.methods.span();
                let methods = self.named_methods(&edge.methods);
                let target = match &edge.to {
                    None => number as u16,
                    Some(name) => match numbers.get(name.value.as_str()) {
                        Some(target) => *target,
                        None => {
                            let found =
                                Diagnostic::error(name.span, format!("unknown state `{}`", name.value));
                            let near = did_you_mean(&name.value, numbers.keys().copied());
                            self.diagnostics.push(match near {
                                Some(near) => found.help(format!("did you mean `{near}`?")),
                                None => found.help(format!("describe it: `{}: ...;`", name.value)),
                            });
                            continue;
                        }
                    },
                };
                for (interface, mask) in methods {
                    for bit in bits(mask) {
                        let entry = moves.entry((interface, bit)).or_insert_with(|| FlowMove {
                            targets: vec![None; flow.states.len()],
                            on_success: None,
                            span,
                        });
                        let twice = entry.targets[number].replace(target).is_some();
                        let mixed = edge.to.is_some()
                            && entry.on_success.is_some_and(|before| before != edge.on_success);
                        if edge.to.is_some() {
                            entry.on_success = Some(edge.on_success);
                        }
                        let first = entry.span;
                        if twice {
                            self.error(
                                span,
                                format!("state `{}` mentions this method twice", state.name.value),
                            );
                        }
                        if mixed {
                            self.diagnostics.push(
                                Diagnostic::error(
                                    span,
                                    "one method moves a flow either at once or on success",
                                )
                                .see(first, "elsewhere it is different")
                                .help("write `on success` at all moves by this method, or at none"),
                            );
                        }
                    }
                }
            }
        }
        moves
    }

    fn warn_of_unreachable_states(&mut self, flow: &syntax::Flow, moves: &BTreeMap<(u16, u64), FlowMove>) {
        let mut reached = vec![false; flow.states.len()];
        let mut pending = vec![0usize];
        while let Some(state) = pending.pop() {
            if !std::mem::replace(&mut reached[state], true) {
                pending.extend(
                    moves
                        .values()
                        .filter_map(|step| step.targets[state])
                        .map(usize::from),
                );
            }
        }
        for (state, _) in flow.states.iter().zip(&reached).filter(|(_, reached)| !**reached) {
            let message = format!("no move leads to state `{}`", state.name.value);
            self.diagnostics
                .push(Diagnostic::warning(state.name.span, message).help("the first state is the start"));
        }
    }

    pub(super) fn set(&mut self, span: Span, set: &syntax::Set) {
        let pairs: Pairs = self.pairs(&set.domains, &set.labels, ALL_LABELS);
        let most = u64::from(trivet_policy::MAX_SET_CAPACITY);
        if !(1..=most).contains(&set.capacity.value) {
            self.error(set.capacity.span, format!("a set holds 1 to {most} values"));
            return;
        }
        let kind = StateKind::Set {
            capacity: set.capacity.value as u16,
        };
        let model = self.state_model(span, &set.name, &set.scope, kind);
        let mut governed = MethodMasks::new();
        for action in &set.actions {
            let (methods, _) = self.methods(&action.methods, ALL_METHODS);
            merge(&mut governed, &methods);
            let side = if action.verb == SetVerb::AddReply {
                Side::Reply
            } else {
                Side::Request
            };
            check_field(
                &action.field,
                &methods,
                self.catalogue,
                side,
                &mut self.diagnostics,
            );
            let field = action.field.clone();
            let action_kind = match action.verb {
                SetVerb::Add => StateAction::Add(field),
                SetVerb::AddReply => StateAction::AddReply(field),
                SetVerb::Remove => StateAction::Remove(field),
                SetVerb::Require => StateAction::Require(field),
            };
            self.model.state_uses.push(StateUse {
                model,
                span: action.span,
                pairs: pairs.clone(),
                methods,
                action: action_kind,
            });
        }
        let has = |wanted: fn(&SetVerb) -> bool| set.actions.iter().any(|action| wanted(&action.verb));
        if has(|verb| *verb == SetVerb::Require)
            && !has(|verb| matches!(verb, SetVerb::Add | SetVerb::AddReply))
        {
            self.diagnostics.push(
                Diagnostic::warning(
                    set.name.span,
                    format!("nothing is ever put into set `{}`", set.name.value),
                )
                .help("what requires a value from it is always refused"),
            );
        }
    }
}

/// What one method does in a flow.
struct FlowMove {
    targets: Vec<Option<u16>>,
    on_success: Option<bool>,
    span: Span,
}

/// Each bit of a mask by itself.
fn bits(mask: u64) -> impl Iterator<Item = u64> {
    (0..64).map(|shift| 1 << shift).filter(move |bit| mask & bit != 0)
}
