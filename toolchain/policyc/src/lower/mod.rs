//! From the model to rows: for each (domain, label, interface), what every method is decided to be, and by which rule.

mod assemble;
mod frames;
mod lint;
mod withhold;

use std::collections::BTreeMap;

use trivet_policy::format::{Operation, row_key, split_key};
use trivet_policy::{ALL_METHODS, MAX_STATE_OPERATIONS};

use crate::catalogue::{Catalogue, Interface, Method};
use crate::diagnostics::Diagnostic;
use crate::model::{Access, Model, StateAction, StateUse};
use crate::source::Span;
use crate::syntax::AccessKind;

use assemble::{Conditional, StateStep, assemble};

pub use frames::Frames;

/// Rows, at most; the engine refuses more.
const MAX_ROWS: usize = 1 << 18;
/// Operations that judge one method, at most; the engine refuses more.
const MAX_CHECK_OPERATIONS: usize = 256;

/// What one (domain, label, interface) comes to.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Methods that may be called.
    pub allow: u64,
    /// Of these, the ones that are evaluated on each message.
    pub stateful: u64,
    /// Methods whose decision is recorded.
    pub audit: u64,
    /// Methods whose refusal by a check is not recorded.
    pub quiet: u64,
    /// The rule that decided, by method.
    pub rules: BTreeMap<u8, u32>,
    /// The operations, by method of `stateful`.
    pub checks: BTreeMap<u8, Vec<Operation>>,
    /// The domain may mint this label and interface.
    pub mint: bool,
    /// Methods that may be called only because the domain mints the sessions: it holds them to hand them on.
    pub held: u64,
    /// A rule lets only the reply's status back, by method.
    pub replies_withheld: BTreeMap<u8, u32>,
}

/// A policy as the engine will see it.
#[derive(Clone, Debug, Default)]
pub struct Lowered {
    /// Rows by key.
    pub rows: BTreeMap<u64, Row>,
    /// Targets of all flows.
    pub flow_targets: Vec<u16>,
    /// Where each model's cells lie.
    pub frames: Frames,
}

/// Rules that speak of one row, by index.
#[derive(Default)]
struct Draft {
    access: Vec<usize>,
    state: Vec<usize>,
    mint: bool,
    /// The `mint` statement, if there is one.
    minted_by: Option<u32>,
}

/// Makes the rows; adds rules to the model where methods are withheld.
pub fn lower(model: &mut Model, catalogue: &Catalogue, diagnostics: &mut Vec<Diagnostic>) -> Lowered {
    let Some(drafts) = collect(model, catalogue, diagnostics) else {
        return Lowered::default();
    };
    let mut lowered = Lowered {
        frames: frames::lay_out(model, diagnostics),
        ..Lowered::default()
    };
    let first_targets = flow_targets(model, &mut lowered.flow_targets);
    for (key, draft) in &drafts {
        let Some(interface) = catalogue.by_number(split_key(*key).2) else {
            continue;
        };
        let row = decide(model, interface, draft, &first_targets, diagnostics);
        lowered.rows.insert(*key, row);
    }
    lint::rules_without_effect(model, &lowered, catalogue, diagnostics);
    withhold::bulk_methods(model, catalogue, &mut lowered, diagnostics);
    // A row that says nothing but the default is not needed.
    lowered
        .rows
        .retain(|_, row| row.mint || !row.rules.is_empty() || row.audit != ALL_METHODS);
    lowered
}

/// Which rules speak of which rows. `None` if there are too many.
fn collect(
    model: &Model,
    catalogue: &Catalogue,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<BTreeMap<u64, Draft>> {
    let mut drafts: BTreeMap<u64, Draft> = BTreeMap::new();
    let too_many = |span: Span, diagnostics: &mut Vec<Diagnostic>| {
        diagnostics.push(
            Diagnostic::error(
                span,
                format!("the policy comes to more than {MAX_ROWS} decisions"),
            )
            .help("name fewer labels or domains here than `*`"),
        );
    };
    for mint in &model.mints {
        for (domain, label) in mint.pairs.each() {
            for &interface in &mint.interfaces {
                let draft = drafts.entry(row_key(domain, label, interface)).or_default();
                draft.mint = true;
                draft.minted_by.get_or_insert(mint.rule);
            }
            if drafts.len() > MAX_ROWS {
                too_many(mint.span, diagnostics);
                return None;
            }
        }
    }
    // A process makes kernel objects with its domain's own label; which ones, `Account.create_*` decides.
    for domain in 1..model.domains.len() as u16 {
        for interface in catalogue.interfaces.iter().filter(|interface| interface.kernel) {
            drafts
                .entry(row_key(domain, u32::from(domain), interface.number))
                .or_default()
                .mint = true;
        }
    }
    // Rules with named methods make rows; those about `*` come last and add to what is there.
    let (wide, named): (Vec<_>, Vec<_>) = model
        .access
        .iter()
        .enumerate()
        .partition(|(_, access)| access.all_methods);
    for (index, access) in named {
        for (domain, label) in access.pairs.each() {
            for interface in access.methods.keys() {
                drafts
                    .entry(row_key(domain, label, *interface))
                    .or_default()
                    .access
                    .push(index);
            }
            if drafts.len() > MAX_ROWS {
                too_many(model.rules[access.rule as usize].span, diagnostics);
                return None;
            }
        }
    }
    for (index, access) in wide {
        let pairs: std::collections::BTreeSet<(u16, u32)> = access.pairs.each().collect();
        for (key, draft) in &mut drafts {
            let (domain, label, interface) = split_key(*key);
            if pairs.contains(&(domain, label)) && access.methods.contains_key(&interface) {
                draft.access.push(index);
            }
        }
    }
    for (index, state) in model.state_uses.iter().enumerate() {
        for (domain, label) in state.pairs.each() {
            for interface in state.methods.keys() {
                if let Some(draft) = drafts.get_mut(&row_key(domain, label, *interface)) {
                    draft.state.push(index);
                }
            }
        }
    }
    // The order of the source decides which rule is named; `*` rules were added last.
    for draft in drafts.values_mut() {
        draft.access.sort_unstable();
    }
    Some(drafts)
}

/// All flows' targets behind one another, equal ones once; the first target of each state use.
fn flow_targets(model: &Model, targets: &mut Vec<u16>) -> Vec<u32> {
    let mut known: BTreeMap<Vec<u16>, u32> = BTreeMap::new();
    let encode = |state: &StateUse| -> Option<Vec<u16>> {
        let StateAction::Flow { targets, .. } = &state.action else {
            return None;
        };
        Some(
            targets
                .iter()
                .map(|target| target.unwrap_or(trivet_policy::format::NO_STATE))
                .collect(),
        )
    };
    model
        .state_uses
        .iter()
        .map(|state| {
            let Some(encoded) = encode(state) else { return 0 };
            *known.entry(encoded.clone()).or_insert_with(|| {
                let first = targets.len() as u32;
                targets.extend(encoded);
                first
            })
        })
        .collect()
}

/// Decides each method of one row.
fn decide(
    model: &Model,
    interface: &Interface,
    draft: &Draft,
    first_targets: &[u32],
    diagnostics: &mut Vec<Diagnostic>,
) -> Row {
    let mut row = Row {
        audit: ALL_METHODS,
        mint: draft.mint,
        ..Row::default()
    };
    for method in &interface.methods {
        let bit = 1u64 << method.number;
        let speaks = |access: &&Access| {
            access
                .methods
                .get(&interface.number)
                .is_some_and(|mask| mask & bit != 0)
        };
        let of_kind = |kind: AccessKind| {
            draft
                .access
                .iter()
                .map(|index| &model.access[*index])
                .filter(speaks)
                .filter(move |access| access.kind == kind)
        };
        let denies: Vec<Conditional<'_>> = of_kind(AccessKind::Deny).map(conditional).collect();
        let allows: Vec<Conditional<'_>> = of_kind(AccessKind::Allow).map(conditional).collect();
        let audited = of_kind(AccessKind::Audit).next().is_some();
        let quiet = of_kind(AccessKind::Quiet).next().is_some();
        if let Some(rule) = always(&denies) {
            row.rules.insert(method.number, rule);
        } else if let Some((first, _)) = allows.first() {
            row.allow |= bit;
            row.rules.insert(method.number, always(&allows).unwrap_or(*first));
            let withheld = of_kind(AccessKind::DenyReply).next().map(|access| access.rule);
            if let Some(rule) = withheld {
                row.replies_withheld.insert(method.number, rule);
            }
            let governs = |index: &usize| {
                model.state_uses[*index]
                    .methods
                    .get(&interface.number)
                    .is_some_and(|mask| mask & bit != 0)
            };
            let state: Vec<usize> = draft.state.iter().copied().filter(governs).collect();
            if !denies.is_empty() || always(&allows).is_none() || !state.is_empty() || withheld.is_some() {
                let judges = Judges {
                    denies,
                    allows,
                    state,
                    withheld,
                };
                row.stateful |= bit;
                row.checks.insert(
                    method.number,
                    judges.operations(model, method, first_targets, diagnostics),
                );
            }
        } else if let Some(rule) = draft.minted_by.filter(|_| !interface.kernel) {
            // Who makes a session holds all of it, or it could hand nothing on. It answers these messages itself, or names
            // who does; no rule on messages is about it.
            row.allow |= bit;
            row.held |= bit;
            row.rules.insert(method.number, rule);
        }
        let granted = row.allow & bit != 0;
        let unrecorded = if granted {
            !audited || row.held & bit != 0
        } else {
            quiet
        };
        if unrecorded {
            row.audit &= !bit;
        }
        if quiet {
            row.quiet |= bit;
        }
    }
    row
}

fn conditional(access: &Access) -> Conditional<'_> {
    (access.rule, access.condition.as_ref())
}

/// The first rule that holds without a condition.
fn always(rules: &[Conditional<'_>]) -> Option<u32> {
    rules
        .iter()
        .find(|(_, condition)| condition.is_none())
        .map(|(rule, _)| *rule)
}

/// What judges one method.
struct Judges<'a> {
    denies: Vec<Conditional<'a>>,
    allows: Vec<Conditional<'a>>,
    /// Indices of the state uses.
    state: Vec<usize>,
    withheld: Option<u32>,
}

impl Judges<'_> {
    /// The operations of the method, within the engine's limits.
    fn operations(
        &self,
        model: &Model,
        method: &Method,
        first_targets: &[u32],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Operation> {
        let steps: Vec<StateStep<'_>> = self
            .state
            .iter()
            .map(|&index| {
                let used = &model.state_uses[index];
                StateStep {
                    model: used.model as u16,
                    action: &used.action,
                    first_target: first_targets[index],
                }
            })
            .collect();
        let operations = assemble(
            method,
            &model.constants,
            &self.denies,
            &self.allows,
            &steps,
            self.withheld,
        );
        let span = match (self.state.first(), self.allows.first()) {
            (Some(index), _) => model.state_uses[*index].span,
            (None, Some((rule, _))) => model.rules[*rule as usize].span,
            (None, None) => return operations,
        };
        let changing = steps
            .iter()
            .filter(|step| !matches!(step.action, StateAction::Require(_)))
            .count();
        if changing > MAX_STATE_OPERATIONS {
            let message = format!(
                "more than {MAX_STATE_OPERATIONS} stateful rules change on one message ({})",
                method.name
            );
            diagnostics.push(Diagnostic::error(span, message).help("merge some of them"));
        }
        if operations.len() > MAX_CHECK_OPERATIONS {
            let message = format!(
                "judging {} takes {} steps; {MAX_CHECK_OPERATIONS} is the most",
                method.name,
                operations.len()
            );
            diagnostics.push(Diagnostic::error(span, message).help("write fewer or shorter conditions"));
        }
        operations
    }
}
