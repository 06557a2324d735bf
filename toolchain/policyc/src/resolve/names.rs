//! Look-ups of domains, labels, groups, interfaces and methods, with a suggestion for what is unknown.

use std::collections::{BTreeMap, BTreeSet};

use super::Resolver;
use crate::diagnostics::{Diagnostic, did_you_mean};
use crate::model::{LabelRef, MethodMasks, Pairs};
use crate::source::Span;
use crate::syntax::{Included, MethodPattern, MethodSelection, Name, Selection};

/// What is declared.
#[derive(Default)]
pub struct Names {
    pub(super) domains: BTreeMap<String, (u16, Span)>,
    pub(super) domain_groups: BTreeMap<String, (Vec<u16>, Span)>,
    pub(super) labels: BTreeMap<String, (u32, Span)>,
    pub(super) label_groups: BTreeMap<String, (Vec<LabelRef>, Span)>,
    pub(super) method_groups: BTreeMap<String, (MethodMasks, Span)>,
    pub(super) accounts: BTreeMap<String, (usize, Span)>,
    pub(super) used_labels: BTreeSet<String>,
}

/// Pairs of domain and label that one statement can be about.
const MAX_PAIRS: usize = 1 << 18;

/// Whether `*` may stand for all labels or methods.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wildcard {
    Allowed,
    /// Why not.
    Refused(&'static str),
}

impl Resolver<'_> {
    fn unknown<'n>(&mut self, what: &str, name: &Name, candidates: impl IntoIterator<Item = &'n str>) {
        let found = Diagnostic::error(name.span, format!("unknown {what} `{}`", name.value));
        self.diagnostics
            .push(match did_you_mean(&name.value, candidates) {
                Some(near) => found.help(format!("did you mean `{near}`?")),
                None => found.help(format!("declare it: `{what} {};`", name.value)),
            });
    }

    pub(super) fn domain(&mut self, name: &Name) -> Option<u16> {
        if let Some((number, _)) = self.names.domains.get(&name.value) {
            return Some(*number);
        }
        let known: Vec<String> = self
            .names
            .domains
            .keys()
            .chain(self.names.domain_groups.keys())
            .cloned()
            .collect();
        self.unknown("domain", name, known.iter().map(String::as_str));
        None
    }

    pub(super) fn label(&mut self, name: &Name) -> Option<u32> {
        if let Some((number, _)) = self.names.labels.get(&name.value) {
            self.names.used_labels.insert(name.value.clone());
            return Some(*number);
        }
        let known: Vec<String> = self
            .names
            .labels
            .keys()
            .chain(self.names.label_groups.keys())
            .cloned()
            .collect();
        self.unknown("label", name, known.iter().map(String::as_str));
        None
    }

    pub(super) fn interface(&mut self, name: &Name) -> Option<u16> {
        if let Some(interface) = self.catalogue.interface(&name.value) {
            return Some(interface.number);
        }
        let found = Diagnostic::error(name.span, format!("unknown interface `{}`", name.value));
        let known = self
            .catalogue
            .interfaces
            .iter()
            .map(|interface| interface.name.as_str());
        self.diagnostics.push(match did_you_mean(&name.value, known) {
            Some(near) => found.help(format!("did you mean `{near}`?")),
            None => found.help("interfaces are defined by the .idl files under interfaces/"),
        });
        None
    }

    /// Interface number and mask of one method.
    pub(super) fn method(&mut self, interface: &Name, method: &Name) -> Option<(u16, u64)> {
        let number = self.interface(interface)?;
        let known = self.catalogue.by_number(number)?;
        if let Some(found) = known.method(&method.value) {
            return Some((number, 1 << found.number));
        }
        let message = format!("interface `{}` has no method `{}`", interface.value, method.value);
        let candidates = known.methods.iter().map(|method| method.name.as_str());
        let help = match did_you_mean(&method.value, candidates.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it has: {}", candidates.collect::<Vec<_>>().join(", ")),
        };
        self.diagnostics
            .push(Diagnostic::error(method.span, message).help(help));
        None
    }

    pub(super) fn all_domains(&self) -> Vec<u16> {
        (1..self.model.domains.len() as u16).collect()
    }

    fn domain_or_group(&mut self, name: &Name) -> Vec<u16> {
        match self.names.domain_groups.get(&name.value) {
            Some((members, _)) => members.clone(),
            None => self.domain(name).into_iter().collect(),
        }
    }

    pub(super) fn domains(&mut self, selection: &Selection) -> Vec<u16> {
        let mut found = match &selection.include {
            Included::All => self.all_domains(),
            Included::Names(names) => names.iter().flat_map(|name| self.domain_or_group(name)).collect(),
        };
        for name in &selection.except {
            let excepted = self.domain_or_group(name);
            found.retain(|domain| !excepted.contains(domain));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn label_or_group(&mut self, name: &Name) -> Vec<LabelRef> {
        if name.value == "self" {
            return vec![LabelRef::Own];
        }
        if let Some((members, _)) = self.names.label_groups.get(&name.value) {
            return members.clone();
        }
        self.label(name).map(LabelRef::Label).into_iter().collect()
    }

    pub(super) fn labels(&mut self, selection: &Selection, wildcard: Wildcard) -> Vec<LabelRef> {
        let mut found: Vec<LabelRef> = match (&selection.include, wildcard) {
            (Included::All, Wildcard::Refused(why)) => {
                self.diagnostics.push(
                    Diagnostic::error(
                        selection.span,
                        format!("`*` cannot stand for all labels here: {why}"),
                    )
                    .help("name the labels; `labels NAME = a, b;` makes a group of them"),
                );
                Vec::new()
            }
            (Included::All, Wildcard::Allowed) => {
                (0..self.model.labels.len() as u32).map(LabelRef::Label).collect()
            }
            (Included::Names(names), _) => names.iter().flat_map(|name| self.label_or_group(name)).collect(),
        };
        for name in &selection.except {
            let excepted = self.label_or_group(name);
            found.retain(|label| !excepted.contains(label));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Reports a rule about more pairs than a policy can hold; nothing is made of it then.
    pub(super) fn bound(&mut self, span: Span, domains: usize, labels: usize) -> bool {
        let fits = domains.saturating_mul(labels) <= MAX_PAIRS;
        if !fits {
            self.diagnostics.push(
                Diagnostic::error(
                    span,
                    format!("this is about more than {MAX_PAIRS} pairs of domain and label"),
                )
                .help("name fewer of them"),
            );
        }
        fits
    }

    pub(super) fn pairs(&mut self, domains: &Selection, labels: &Selection, wildcard: Wildcard) -> Pairs {
        let selection_span = domains.span.to(labels.span);
        let domains = self.domains(domains);
        let mut labels = self.labels(labels, wildcard);
        self.bound(selection_span, domains.len(), labels.len());
        // `self` beside the same domain's name would be one pair twice.
        if labels.contains(&LabelRef::Own) && domains.len() == 1 {
            labels.retain(|label| *label != LabelRef::Label(u32::from(domains[0])));
        }
        Pairs { domains, labels }
    }

    /// Methods of one pattern; `None` for `*`.
    fn pattern(&mut self, pattern: &MethodPattern) -> Option<MethodMasks> {
        let mut masks = MethodMasks::new();
        match pattern {
            MethodPattern::All(_) => return None,
            MethodPattern::Interface(name) => {
                if let Some(number) = self.interface(name) {
                    let mask = self
                        .catalogue
                        .by_number(number)
                        .map_or(0, crate::catalogue::Interface::mask);
                    masks.insert(number, mask);
                }
            }
            MethodPattern::Method(interface, method) => {
                if let Some((number, mask)) = self.method(interface, method) {
                    masks.insert(number, mask);
                }
            }
            MethodPattern::Group(name) => match self.names.method_groups.get(&name.value) {
                Some((members, _)) => masks = members.clone(),
                None => {
                    let found =
                        Diagnostic::error(name.span, format!("unknown group of methods `{}`", name.value));
                    let groups = self.names.method_groups.keys().map(String::as_str);
                    let interface = self.catalogue.interface(&name.value).is_some();
                    self.diagnostics.push(match did_you_mean(&name.value, groups) {
                        _ if interface => found.help(format!(
                            "for all methods of the interface write `{}.*`",
                            name.value
                        )),
                        Some(near) => found.help(format!("did you mean `{near}`?")),
                        None => found.help(format!(
                            "declare it: `methods {} = Interface.method, ...;`",
                            name.value
                        )),
                    });
                }
            },
        }
        Some(masks)
    }

    /// Methods of a selection, and whether it was `*`.
    pub(super) fn methods(&mut self, selection: &MethodSelection, wildcard: Wildcard) -> (MethodMasks, bool) {
        let mut masks = MethodMasks::new();
        let mut all = false;
        for pattern in &selection.include {
            match (self.pattern(pattern), wildcard) {
                (Some(found), _) => merge(&mut masks, &found),
                (None, Wildcard::Allowed) => {
                    all = true;
                    for interface in &self.catalogue.interfaces {
                        masks.insert(interface.number, interface.mask());
                    }
                }
                (None, Wildcard::Refused(why)) => self.diagnostics.push(
                    Diagnostic::error(
                        pattern.span(),
                        format!("`*` cannot stand for all methods here: {why}"),
                    )
                    .help("name the interface: `Interface.*`"),
                ),
            }
        }
        for pattern in &selection.except {
            match self.pattern(pattern) {
                Some(found) => {
                    for (interface, mask) in found {
                        if let Some(left) = masks.get_mut(&interface) {
                            *left &= !mask;
                        }
                    }
                }
                None => self.error(pattern.span(), "`except *` leaves nothing"),
            }
        }
        masks.retain(|_, mask| *mask != 0);
        (masks, all)
    }

    /// Methods of a pattern that may not be `*`.
    pub(super) fn named_methods(&mut self, pattern: &MethodPattern) -> MethodMasks {
        match self.pattern(pattern) {
            Some(masks) => masks,
            None => {
                self.error(pattern.span(), "name the methods here");
                MethodMasks::new()
            }
        }
    }
}

/// Adds methods.
pub(super) fn merge(into: &mut MethodMasks, from: &MethodMasks) {
    for (interface, mask) in from {
        *into.entry(*interface).or_default() |= mask;
    }
}
