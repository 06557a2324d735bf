//! Rules that do nothing: grants that are always refused, grants made before, rules about what nothing grants.

use trivet_policy::format::row_key;

use super::Lowered;
use crate::catalogue::Catalogue;
use crate::diagnostics::Diagnostic;
use crate::fields::each_method;
use crate::model::{Access, Model, Scope, StateAction};
use crate::syntax::AccessKind;

/// Warns of each such rule.
pub fn rules_without_effect(
    model: &Model,
    lowered: &Lowered,
    catalogue: &Catalogue,
    diagnostics: &mut Vec<Diagnostic>,
) {
    // Grants that stand above, by key: methods granted without a condition.
    let mut granted_above: std::collections::BTreeMap<u64, u64> = std::collections::BTreeMap::new();
    for access in &model.access {
        let span = model.rules[access.rule as usize].span;
        let spoken = |access: &Access| -> Vec<(u64, u64)> {
            let pairs = access.pairs.each();
            pairs
                .flat_map(|(domain, label)| {
                    access
                        .methods
                        .iter()
                        .map(move |(interface, mask)| (row_key(domain, label, *interface), *mask))
                })
                .collect()
        };
        let allowed = |key: &u64| lowered.rows.get(key).map_or(0, |row| row.allow);
        match access.kind {
            AccessKind::Allow => {
                let spoken = spoken(access);
                let effective = spoken.iter().any(|(key, mask)| allowed(key) & mask != 0);
                let adds = spoken
                    .iter()
                    .any(|(key, mask)| mask & !granted_above.get(key).copied().unwrap_or(0) != 0);
                if !spoken.is_empty() && !effective {
                    let deny = denying_rule(model, access).map(|rule| model.rules[rule as usize].span);
                    let warning = Diagnostic::warning(span, "this grants nothing: all of it is denied");
                    match deny {
                        // To deny what an included file grants is what including it is for.
                        Some(deny) if deny.file != span.file => {}
                        Some(deny) => diagnostics.push(warning.see(deny, "denied here")),
                        None => diagnostics.push(warning),
                    }
                } else if !spoken.is_empty() && !adds {
                    diagnostics.push(
                        Diagnostic::warning(span, "this grants nothing that is not granted above")
                            .help("take it out, or make the rule above narrower"),
                    );
                }
                if access.condition.is_none() {
                    for (key, mask) in spoken {
                        *granted_above.entry(key).or_default() |= mask;
                    }
                }
            }
            AccessKind::Audit | AccessKind::DenyReply if !access.all_methods => {
                if !spoken(access).iter().any(|(key, mask)| allowed(key) & mask != 0) {
                    diagnostics.push(Diagnostic::warning(
                        span,
                        "this is about messages that nothing grants",
                    ));
                }
            }
            AccessKind::Quiet => {
                if spoken(access)
                    .iter()
                    .all(|(key, mask)| allowed(key) & mask == *mask)
                {
                    diagnostics.push(Diagnostic::warning(
                        span,
                        "this is about refusals, but all of it is granted",
                    ));
                }
            }
            AccessKind::Audit | AccessKind::DenyReply | AccessKind::Deny => {}
        }
    }
    names_that_are_always_refused(model, catalogue, diagnostics);
    for used in &model.state_uses {
        let granted = used.pairs.each().any(|(domain, label)| {
            used.methods.iter().any(|(interface, mask)| {
                lowered
                    .rows
                    .get(&row_key(domain, label, *interface))
                    .is_some_and(|row| row.allow & mask != 0)
            })
        });
        if !granted {
            let name = &model.state_models[used.model].name.value;
            let methods: Vec<String> = each_method(&used.methods, catalogue)
                .map(|(interface, method)| format!("{}.{}", interface.name, method.name))
                .collect();
            let message = format!(
                "`{name}` is about messages that nothing grants: {}",
                methods.join(", ")
            );
            diagnostics.push(
                Diagnostic::warning(used.span, message)
                    .help("a stateful rule only narrows; write an `allow` beside it"),
            );
        }
    }
}

/// Rules that need a session or a reply, on methods that take names: a name has neither.
fn names_that_are_always_refused(model: &Model, catalogue: &Catalogue, diagnostics: &mut Vec<Diagnostic>) {
    let replies = model
        .access
        .iter()
        .filter(|access| access.kind == AccessKind::DenyReply && !access.all_methods)
        .map(|access| (model.rules[access.rule as usize].span, &access.methods));
    let states = model
        .state_uses
        .iter()
        .filter(|used| {
            let needs_reply = matches!(
                used.action,
                StateAction::AddReply(_) | StateAction::Flow { on_success: true, .. }
            );
            needs_reply || model.state_models[used.model].scope == Scope::Session
        })
        .map(|used| (used.span, &used.methods));
    for (span, methods) in replies.chain(states) {
        let taking = each_method(methods, catalogue).find(|(_, method)| !method.names.is_empty());
        let Some((interface, method)) = taking else {
            continue;
        };
        let message = format!(
            "{}.{} takes names: this refuses every name with one of these labels",
            interface.name, method.name
        );
        diagnostics.push(Diagnostic::warning(span, message).help(
            "a name is judged before the message is answered, and without a session: use `per process` and plain moves",
        ));
    }
}

/// A rule that denies something that `access` grants.
fn denying_rule(model: &Model, access: &Access) -> Option<u32> {
    let pairs: Vec<(u16, u32)> = access.pairs.each().collect();
    model
        .access
        .iter()
        .filter(|other| other.kind == AccessKind::Deny && other.condition.is_none())
        .find(|other| {
            let methods = access.methods.iter().any(|(interface, mask)| {
                other
                    .methods
                    .get(interface)
                    .is_some_and(|denied| denied & mask != 0)
            });
            methods && other.pairs.each().any(|pair| pairs.contains(&pair))
        })
        .map(|other| other.rule)
}
