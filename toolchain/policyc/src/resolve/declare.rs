//! What a policy declares: accounts, domains, labels, groups, constants. All of it is known before any rule is read, so
//! that the order of statements does not matter; only groups are made of what stands above them.

use super::Resolver;
use super::names::{Wildcard, merge};
use super::network::parse_port;
use crate::diagnostics::{Diagnostic, did_you_mean};
use crate::model::{Account, Domain, Label, MethodMasks};
use crate::source::Span;
use crate::syntax::{self, Item, ItemKind, Name, Spanned};
use trivet_policy::Limits;

/// Names that cannot be declared.
const RESERVED: [&str; 4] = ["self", "none", "kernel", "message"];
/// Domains, at most.
const MAX_DOMAINS: usize = 4096;
/// Labels, at most.
const MAX_LABELS: usize = 1 << 20;

const LIMITS: [&str; 9] = [
    "memory",
    "kernel_memory",
    "handles",
    "threads",
    "processes",
    "calls",
    "bindings",
    "audit",
    "processor",
];

impl Resolver<'_> {
    pub(super) fn declare(&mut self, items: &[Item]) {
        let nowhere = |value: &str| Spanned {
            value: value.to_owned(),
            span: Span::default(),
        };
        self.model.domains.push(Domain {
            name: nowhere("kernel"),
            account: 0,
        });
        self.model.labels.push(Label {
            name: nowhere("none"),
        });
        self.names.labels.insert("none".to_owned(), (0, Span::default()));
        for item in items {
            match &item.kind {
                ItemKind::Account(account) => match &account.above {
                    None => self.account(account, None),
                    Some(above) => match self.names.accounts.get(&above.value).copied() {
                        Some((parent, _)) => self.account(account, Some(parent)),
                        None => {
                            let found = format!("no account `{}` stands above this one", above.value);
                            self.error(above.span, found);
                        }
                    },
                },
                ItemKind::Domain(domain) => self.declare_domain(domain),
                ItemKind::Constant(name, number) => {
                    self.fresh(name);
                    if self
                        .model
                        .constants
                        .insert(name.value.clone(), number.value)
                        .is_some()
                    {
                        self.error(name.span, format!("constant `{}` is declared twice", name.value));
                    }
                }
                _ => {}
            }
        }
        if self.model.accounts.is_empty() {
            self.model.accounts.push(Account {
                name: nowhere("system"),
                parent: None,
                limits: UNLIMITED,
            });
        }
        // The domains' own labels have the domains' numbers, so they come before all others.
        for item in items {
            if let ItemKind::Label(label) = &item.kind {
                self.declare_label(label);
            }
        }
        for item in items {
            match &item.kind {
                ItemKind::Domain(domain) => self.domain_details(domain),
                ItemKind::Label(label) => self.label_details(label),
                ItemKind::DomainGroup(name, selection) => {
                    self.fresh(name);
                    let members = self.domains(selection);
                    let taken = self.names.domains.get(&name.value).map(|(_, span)| *span);
                    let before = self
                        .names
                        .domain_groups
                        .insert(name.value.clone(), (members, name.span));
                    self.refuse_double("domain or group", name, taken.or(before.map(|(_, span)| span)));
                }
                ItemKind::LabelGroup(name, selection) => {
                    self.fresh(name);
                    let members = self.labels(selection, Wildcard::Allowed);
                    let taken = self.names.labels.get(&name.value).map(|(_, span)| *span);
                    let before = self
                        .names
                        .label_groups
                        .insert(name.value.clone(), (members, name.span));
                    self.refuse_double("label or group", name, taken.or(before.map(|(_, span)| span)));
                }
                ItemKind::MethodGroup(name, selection) => {
                    self.fresh(name);
                    let (masks, _) = self.methods(
                        selection,
                        Wildcard::Refused("a group of methods names its interfaces"),
                    );
                    let mut members = MethodMasks::new();
                    merge(&mut members, &masks);
                    let before = self
                        .names
                        .method_groups
                        .insert(name.value.clone(), (members, name.span));
                    self.refuse_double("group of methods", name, before.map(|(_, span)| span));
                }
                _ => {}
            }
        }
    }

    fn fresh(&mut self, name: &Name) {
        if RESERVED.contains(&name.value.as_str()) {
            self.error(
                name.span,
                format!("`{}` has a meaning of its own and cannot be declared", name.value),
            );
        }
    }

    fn refuse_double(&mut self, what: &str, name: &Name, before: Option<Span>) {
        if let Some(before) = before {
            self.diagnostics.push(
                Diagnostic::error(name.span, format!("there is already a {what} `{}`", name.value))
                    .at("declared again here")
                    .see(before, "first declared here"),
            );
        }
    }

    fn account(&mut self, account: &syntax::Account, parent: Option<usize>) {
        self.fresh(&account.name);
        let number = self.model.accounts.len();
        if parent.is_none() && number > 0 {
            self.diagnostics.push(
                Diagnostic::error(account.name.span, "there is one root account")
                    .see(self.model.accounts[0].name.span, "the root")
                    .help("put this account inside the root's braces"),
            );
        }
        let mut limits = UNLIMITED;
        let mut seen: Vec<&str> = Vec::new();
        for (limit, amount) in &account.limits {
            let value = amount.as_ref().map_or(0, |number| number.value);
            if seen.contains(&limit.value.as_str()) {
                self.error(limit.span, format!("`{}` is set twice", limit.value));
            }
            seen.push(&limit.value);
            let span = amount.as_ref().map_or(limit.span, |number| number.span);
            let field = match limit.value.as_str() {
                "memory" => &mut limits.memory_bytes,
                "kernel_memory" => &mut limits.kernel_bytes,
                "handles" => &mut limits.handles,
                "threads" => &mut limits.threads,
                "processes" => &mut limits.processes,
                "calls" => &mut limits.calls,
                "bindings" => &mut limits.bindings,
                "audit" => &mut limits.audit_records_per_s,
                "processor" => {
                    match u32::try_from(value) {
                        Ok(share) if (1..=1000).contains(&share) => limits.processor_share = share,
                        _ => self.error(span, "a share of the processor is a weight of 1 to 1000"),
                    }
                    continue;
                }
                "overcommit" => {
                    limits.overcommit = true;
                    continue;
                }
                "server_priority" => {
                    limits.server_priority = true;
                    continue;
                }
                unknown => {
                    let found = Diagnostic::error(limit.span, format!("an account has no limit `{unknown}`"));
                    let help = match did_you_mean(unknown, LIMITS) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("there are: {}, overcommit, server_priority", LIMITS.join(", ")),
                    };
                    self.diagnostics.push(found.help(help));
                    continue;
                }
            };
            *field = value;
        }
        if let Some(parent) = parent {
            self.warn_of_wide_limits(account, parent, &limits);
        }
        self.model.accounts.push(Account {
            name: account.name.clone(),
            parent,
            limits,
        });
        let before = self
            .names
            .accounts
            .insert(account.name.value.clone(), (number, account.name.span));
        self.refuse_double("account", &account.name, before.map(|(_, span)| span));
        for child in &account.children {
            self.account(child, Some(number));
        }
    }

    /// A child's limit above its parent's has no effect.
    fn warn_of_wide_limits(&mut self, account: &syntax::Account, parent: usize, limits: &Limits) {
        let above = &self.model.accounts[parent];
        let amounts = |limits: &Limits| {
            [
                limits.memory_bytes,
                limits.kernel_bytes,
                limits.handles,
                limits.threads,
                limits.processes,
                limits.calls,
                limits.bindings,
                limits.audit_records_per_s,
            ]
        };
        for ((own, parents), name) in amounts(limits)
            .into_iter()
            .zip(amounts(&above.limits))
            .zip(LIMITS)
        {
            if own != u64::MAX && own > parents {
                let message = format!(
                    "`{}` may never use so much `{name}`: its parent has less",
                    account.name.value
                );
                self.diagnostics.push(
                    Diagnostic::warning(account.name.span, message)
                        .see(above.name.span, format!("limit {parents}")),
                );
            }
        }
    }

    fn declare_domain(&mut self, domain: &syntax::Domain) {
        self.fresh(&domain.name);
        let number = self.model.domains.len();
        if number > MAX_DOMAINS {
            self.error(
                domain.name.span,
                format!("a policy has at most {MAX_DOMAINS} domains"),
            );
            return;
        }
        let before = self
            .names
            .domains
            .insert(domain.name.value.clone(), (number as u16, domain.name.span));
        self.refuse_double("domain", &domain.name, before.map(|(_, span)| span));
        self.model.domains.push(Domain {
            name: domain.name.clone(),
            account: 0,
        });
        self.model.labels.push(Label {
            name: domain.name.clone(),
        });
        self.names
            .labels
            .insert(domain.name.value.clone(), (number as u32, domain.name.span));
    }

    fn domain_details(&mut self, domain: &syntax::Domain) {
        let Some((number, _)) = self.names.domains.get(&domain.name.value).copied() else {
            return;
        };
        if let Some(account) = &domain.account {
            match self.names.accounts.get(&account.value) {
                Some((index, _)) => self.model.domains[usize::from(number)].account = *index,
                None => {
                    let found =
                        Diagnostic::error(account.span, format!("unknown account `{}`", account.value));
                    let near = did_you_mean(&account.value, self.names.accounts.keys().map(String::as_str));
                    self.diagnostics.push(match near {
                        Some(near) => found.help(format!("did you mean `{near}`?")),
                        None => found.help(format!("declare it: `account {} {{ ... }}`", account.value)),
                    });
                }
            }
        }
        for program in &domain.programs {
            let before = self
                .model
                .programs
                .insert(program.value.clone(), (number, program.span));
            self.refuse_double("domain for program", program, before.map(|(_, span)| span));
        }
    }

    fn declare_label(&mut self, label: &syntax::Label) {
        self.fresh(&label.name);
        let number = self.model.labels.len();
        if number > MAX_LABELS {
            self.error(
                label.name.span,
                format!("a policy has at most {MAX_LABELS} labels"),
            );
            return;
        }
        if let Some((_, domain)) = self.names.domains.get(&label.name.value) {
            self.diagnostics.push(
                Diagnostic::error(
                    label.name.span,
                    format!(
                        "`{}` is already the label of a domain's own objects",
                        label.name.value
                    ),
                )
                .see(*domain, "the domain")
                .help("choose another name for the label"),
            );
            return;
        }
        let before = self
            .names
            .labels
            .insert(label.name.value.clone(), (number as u32, label.name.span));
        self.refuse_double("label", &label.name, before.map(|(_, span)| span));
        self.model.labels.push(Label {
            name: label.name.clone(),
        });
    }

    fn label_details(&mut self, label: &syntax::Label) {
        let Some((number, _)) = self.names.labels.get(&label.name.value).copied() else {
            return;
        };
        for (file_system, path) in &label.paths {
            let components = path
                .value
                .strip_prefix('/')
                .map(|rest| rest.split('/').collect::<Vec<_>>());
            let well_formed = components.is_some_and(|components| {
                path.value == "/" || components.iter().all(|part| !matches!(*part, "" | "." | ".."))
            });
            if !well_formed {
                self.diagnostics.push(
                    Diagnostic::error(path.span, format!("`{}` is no path inside a file system", path.value))
                        .help("it begins with `/`, does not end with one, and has neither `.` nor `..`; it labels all beneath it too"),
                );
                continue;
            }
            let key = (file_system.value.clone(), path.value.clone());
            let before = self.model.paths.insert(key, (number, path.span));
            self.refuse_double("label for path", path, before.map(|(_, span)| span));
        }
        for port in &label.ports {
            match parse_port(port) {
                Ok(parsed) => self.model.ports.push(crate::model::PortLabel {
                    label: number,
                    ..parsed
                }),
                Err(diagnostic) => self.diagnostics.push(*diagnostic),
            }
        }
        for object in &label.objects {
            let Some(interface) = self.interface(object) else {
                continue;
            };
            if !self
                .catalogue
                .by_number(interface)
                .is_some_and(|found| found.kernel)
            {
                self.diagnostics.push(
                    Diagnostic::error(object.span, format!("the kernel makes no objects of interface `{}`", object.value))
                        .help("`object` is for what exists at boot; sessions get their label when their server mints them"),
                );
                continue;
            }
            let before = self.model.roots.insert(interface, (number, object.span));
            self.refuse_double("label for the boot object", object, before.map(|(_, span)| span));
            self.names.used_labels.insert(label.name.value.clone());
        }
    }
}

/// An account without limits of its own.
const UNLIMITED: Limits = Limits {
    memory_bytes: u64::MAX,
    kernel_bytes: u64::MAX,
    handles: u64::MAX,
    threads: u64::MAX,
    processes: u64::MAX,
    calls: u64::MAX,
    bindings: u64::MAX,
    audit_records_per_s: u64::MAX,
    processor_share: 1,
    overcommit: false,
    server_priority: false,
};
