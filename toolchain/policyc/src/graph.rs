//! Who calls whom: the graph of calls between servers has no cycle, so no two servers ever wait for each other.
//!
//! A domain that may mint sessions of some (label, interface) serves it; a domain that may call any method there calls that
//! server, but for what it holds only because it mints it. Kernel objects do not count: the kernel waits for nobody.

use std::collections::{BTreeMap, BTreeSet};

use trivet_policy::format::split_key;

use crate::catalogue::Catalogue;
use crate::diagnostics::Diagnostic;
use crate::lower::Lowered;
use crate::model::Model;

/// An edge: the rule that grants the call, and what is called.
#[derive(Clone, Copy)]
struct Edge {
    to: u16,
    rule: u32,
    label: u32,
    interface: u16,
}

/// Reports each cycle, and grants on labels that nobody serves.
pub fn check(model: &Model, catalogue: &Catalogue, lowered: &Lowered, diagnostics: &mut Vec<Diagnostic>) {
    let mut servers: BTreeMap<(u32, u16), Vec<u16>> = BTreeMap::new();
    for mint in &model.mints {
        for (domain, label) in mint.pairs.each() {
            for &interface in &mint.interfaces {
                servers
                    .entry((label, interface))
                    .or_default()
                    .push(mint.server.unwrap_or(domain));
            }
        }
    }
    let mut edges: BTreeMap<u16, Vec<Edge>> = BTreeMap::new();
    let mut unserved: BTreeSet<(u32, u16, u32)> = BTreeSet::new();
    for (key, row) in lowered.rows.iter().filter(|(_, row)| row.allow & !row.held != 0) {
        let (domain, label, interface) = split_key(*key);
        if catalogue.by_number(interface).is_some_and(|found| found.kernel) {
            continue;
        }
        let first = (row.allow & !row.held).trailing_zeros() as u8;
        let rule = row.rules.get(&first).copied().unwrap_or(0);
        match servers.get(&(label, interface)) {
            Some(targets) => {
                let list = edges.entry(domain).or_default();
                list.extend(targets.iter().map(|&to| Edge {
                    to,
                    rule,
                    label,
                    interface,
                }));
            }
            None => {
                unserved.insert((label, interface, rule));
            }
        }
    }
    for (label, interface, rule) in unserved {
        let label = &model.labels[label as usize].name.value;
        let interface = catalogue.by_number(interface).map_or("?", |found| &found.name);
        let message = format!("nobody serves `{interface}` on `{label}`");
        diagnostics.push(
            Diagnostic::warning(model.rules[rule as usize].span, message).help(format!(
                "let its server mint it: `mint SERVER -> {label}: {interface};`"
            )),
        );
    }
    report_cycles(model, catalogue, &edges, diagnostics);
}

/// Depth-first search; a domain on the current path that is reached again closes a cycle.
fn report_cycles(
    model: &Model,
    catalogue: &Catalogue,
    edges: &BTreeMap<u16, Vec<Edge>>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut finished: BTreeSet<u16> = BTreeSet::new();
    for &start in edges.keys() {
        // Each entry: a domain on the path and the index of the edge that is looked at next.
        let mut path: Vec<(u16, usize)> = vec![(start, 0)];
        while let Some((domain, next)) = path.last().copied() {
            let Some(edge) = edges.get(&domain).and_then(|list| list.get(next)).copied() else {
                finished.insert(domain);
                path.pop();
                continue;
            };
            if let Some(last) = path.last_mut() {
                last.1 += 1;
            }
            if finished.contains(&edge.to) {
                continue;
            }
            match path.iter().position(|(on_path, _)| *on_path == edge.to) {
                Some(begin) => report(model, catalogue, edges, &path[begin..], edge, diagnostics),
                None => path.push((edge.to, 0)),
            }
        }
    }
}

fn report(
    model: &Model,
    catalogue: &Catalogue,
    edges: &BTreeMap<u16, Vec<Edge>>,
    path: &[(u16, usize)],
    closing: Edge,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let name = |domain: u16| model.domains[usize::from(domain)].name.value.as_str();
    let what = |edge: &Edge| {
        let interface = catalogue
            .by_number(edge.interface)
            .map_or("?", |found| &found.name);
        format!("{interface} on {}", model.labels[edge.label as usize].name.value)
    };
    let mut names: Vec<&str> = path.iter().map(|(domain, _)| name(*domain)).collect();
    names.push(name(closing.to));
    let message = if path.len() == 1 {
        format!(
            "`{}` may call itself: it would wait for its own answer for ever",
            names[0]
        )
    } else {
        format!("servers may call each other in a circle: {}", names.join(" -> "))
    };
    let last = path.last().map_or(closing.to, |(domain, _)| *domain);
    let mut found = Diagnostic::error(model.rules[closing.rule as usize].span, message)
        .at(format!(
            "`{}` calls `{}` here ({})",
            name(last),
            name(closing.to),
            what(&closing)
        ))
        .help("take one of these grants out; news that goes up travels as events and readiness");
    for (domain, next) in &path[..path.len() - 1] {
        if let Some(edge) = edges.get(domain).and_then(|list| list.get(next - 1)) {
            let text = format!(
                "`{}` calls `{}` here ({})",
                name(*domain),
                name(edge.to),
                what(edge)
            );
            found = found.see(model.rules[edge.rule as usize].span, text);
        }
    }
    // The same circle found from another start, or through another interface, is one mistake.
    if !diagnostics.iter().any(|before| before.message == found.message) {
        diagnostics.push(found);
    }
}
