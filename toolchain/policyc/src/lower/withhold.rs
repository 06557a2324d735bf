//! Bulk methods (mapping contents, shared rings) take data out of the message path. Where rules look at the messages, such
//! a method would go around them, so it is withheld, whatever grants it:
//!
//! - where a stateful, audited or one-directional rule applies to the same (domain, label), or
//! - where messages to the same label only ever carry bytes in the direction that the method does not keep to.
//!
//! Rules on other kernel objects with the same label (a process's signals, say) do not count: their data is not what is mapped.

use std::collections::BTreeMap;

use trivet_policy::format::split_key;

use super::{Lowered, Row};
use crate::catalogue::{Catalogue, Interface};
use crate::diagnostics::Diagnostic;
use crate::model::{Model, Rule};

/// What messages between one domain and label are subject to.
#[derive(Default)]
struct Traffic {
    /// The first rule that looks at each message or at its direction.
    looked_at_by: Option<u32>,
    gives_bytes: bool,
    takes_bytes: bool,
}

/// Takes bulk methods out of rows where they would go around a rule.
pub fn bulk_methods(
    model: &mut Model,
    catalogue: &Catalogue,
    lowered: &mut Lowered,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut traffic: BTreeMap<(u16, u32), Traffic> = BTreeMap::new();
    for (key, row) in &lowered.rows {
        let (domain, label, number) = split_key(*key);
        let Some(interface) = catalogue.by_number(number) else {
            continue;
        };
        if interface.kernel && !carries_the_same_contents(interface) {
            continue;
        }
        let entry = traffic.entry((domain, label)).or_default();
        if entry.looked_at_by.is_none() {
            entry.looked_at_by = looking_rule(model, row);
        }
        for method in interface
            .methods
            .iter()
            .filter(|method| row.allow & !row.held & (1 << method.number) != 0)
        {
            if !interface.kernel {
                entry.gives_bytes |= method.gives_bytes;
                entry.takes_bytes |= method.takes_bytes;
            }
        }
    }
    // One synthetic rule for each rule that withholds, so that the audit says why.
    let mut withholding: BTreeMap<u32, u32> = BTreeMap::new();
    let mut warned: Vec<(u32, u8)> = Vec::new();
    for (key, row) in &mut lowered.rows {
        let (domain, label, number) = split_key(*key);
        let (Some(interface), Some(traffic)) = (catalogue.by_number(number), traffic.get(&(domain, label)))
        else {
            continue;
        };
        for method in &interface.methods {
            let bit = 1u64 << method.number;
            let Some(bulk) = method.bulk.filter(|_| row.allow & bit != 0) else {
                continue;
            };
            let moves_bytes = traffic.gives_bytes || traffic.takes_bytes;
            let against_direction =
                moves_bytes && (bulk.reads && !traffic.gives_bytes || bulk.writes && !traffic.takes_bytes);
            if traffic.looked_at_by.is_none() && !against_direction {
                continue;
            }
            let granting = row.rules.remove(&method.number);
            row.allow &= !bit;
            row.stateful &= !bit;
            row.checks.remove(&method.number);
            row.audit |= bit;
            if let Some(rule) = traffic.looked_at_by {
                let synthetic = *withholding.entry(rule).or_insert_with(|| {
                    let span = model.rules[rule as usize].span;
                    model.rules.push(Rule {
                        span,
                        prefix: "withheld because of: ",
                    });
                    (model.rules.len() - 1) as u32
                });
                row.rules.insert(method.number, synthetic);
            }
            let Some(granting) = granting.filter(|rule| !warned.contains(&(*rule, method.number))) else {
                continue;
            };
            warned.push((granting, method.number));
            let names = (
                &model.domains[usize::from(domain)].name.value,
                &model.labels[label as usize].name.value,
            );
            let message = format!(
                "{}.{} is withheld from `{}` on `{}`: it would go around the policy",
                interface.name, method.name, names.0, names.1
            );
            let warning = Diagnostic::warning(model.rules[granting as usize].span, message);
            diagnostics.push(match traffic.looked_at_by {
                Some(rule) => warning
                    .see(model.rules[rule as usize].span, "this rule looks at messages")
                    .help("programs go on without the mapping, by messages"),
                None => warning.help("messages to this label carry bytes in one direction only"),
            });
        }
    }
}

/// Kernel interfaces whose messages carry what a bulk method maps.
fn carries_the_same_contents(interface: &Interface) -> bool {
    interface.methods.iter().any(|method| method.bulk.is_some())
}

/// A rule that makes the row's messages stateful, audited or one-directional.
fn looking_rule(model: &Model, row: &Row) -> Option<u32> {
    if let Some(rule) = row.replies_withheld.values().next() {
        return Some(*rule);
    }
    let granted_and_audited = row.allow & row.audit;
    let looked_at = row.stateful | granted_and_audited;
    let method = (looked_at != 0).then(|| looked_at.trailing_zeros() as u8)?;
    // Name the stateful rule itself if there is one; else whatever decided on the method.
    row.checks
        .get(&method)
        .and_then(|check| {
            check
                .iter()
                .find(|operation| operation.code >= trivet_policy::format::code::FLOW)
                .and_then(|operation| {
                    model
                        .state_models
                        .get(usize::from(operation.model))
                        .map(|state| state.rule)
                })
        })
        .or_else(|| row.rules.get(&method).copied())
}
