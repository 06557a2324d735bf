//! The check of domains, labels, accounts and interfaces, and of the tables that lead from names to them.

use crate::Policy;
use crate::format::{
    AccountRecord, Address, Domain, Interface, Label, Method, NONE_16, NewLabel, Path, Program, RootLabel,
    Rule, Section, Transition, account_flags, method_flags, pattern,
};
use crate::{MAX_FRAME_CELLS, MAX_METHODS};

use super::{Checked, LoadError, each, sorted};

impl Policy<'_> {
    /// Domains, labels, accounts, interfaces, methods, rules.
    pub(super) fn check_subjects(&self) -> Checked {
        let domains = self.domains.len();
        if domains == 0 || domains > usize::from(u16::MAX) {
            return Err(LoadError::Layout(Section::Domains));
        }
        // One label for each domain comes first (DomainId::own_label).
        if self.labels.len() < domains || self.labels.len() > u32::MAX as usize {
            return Err(LoadError::Layout(Section::Labels));
        }
        if self.accounts.is_empty() || self.accounts.len() > usize::from(u16::MAX) {
            return Err(LoadError::Layout(Section::Accounts));
        }
        each(
            &self.domains,
            Section::Domains,
            |_,
             Domain {
                 name,
                 account,
                 process_cells,
                 domain_cells,
                 reserved,
             }| {
                self.text_exists(name)
                    && usize::from(account) < self.accounts.len()
                    && process_cells <= MAX_FRAME_CELLS
                    && domain_cells <= MAX_FRAME_CELLS
                    && reserved == 0
            },
        )?;
        each(&self.labels, Section::Labels, |_, Label { name }| {
            self.text_exists(name)
        })?;
        each(
            &self.accounts,
            Section::Accounts,
            |index, account: AccountRecord| {
                let parent_comes_before = if index == 0 {
                    account.parent == NONE_16
                } else {
                    usize::from(account.parent) < index
                };
                self.text_exists(account.name)
                    && parent_comes_before
                    && account.flags & !account_flags::ALL == 0
                    && account.processor_share > 0
            },
        )?;
        sorted(&self.interfaces, Section::Interfaces, true, |record| {
            record.number
        })?;
        each(
            &self.interfaces,
            Section::Interfaces,
            |_,
             Interface {
                 name,
                 method_count,
                 first_method,
                 ..
             }| {
                self.text_exists(name)
                    && method_count <= u16::from(MAX_METHODS)
                    && (first_method as usize)
                        .checked_add(usize::from(method_count))
                        .is_some_and(|end| end <= self.methods.len())
            },
        )?;
        each(&self.methods, Section::Methods, |_, Method { name, flags }| {
            self.text_exists(name) && flags & !method_flags::ALL == 0
        })?;
        each(&self.rules, Section::Rules, |_, rule: Rule| {
            self.text_exists(rule.file) && self.text_exists(rule.text) && rule.reserved == 0
        })?;
        each(&self.row_rules, Section::RowRules, |_, rule| {
            self.rule_exists(rule)
        })
    }

    /// Transitions, programs, paths, new labels, addresses.
    pub(super) fn check_names(&self) -> Checked {
        each(
            &self.transitions,
            Section::Transitions,
            |_,
             Transition {
                 from,
                 to,
                 program,
                 user: _,
                 reserved,
             }| {
                self.domain_exists(from)
                    && self.domain_exists(to)
                    && self.label_exists(program)
                    && reserved == 0
            },
        )?;
        sorted(&self.transitions, Section::Transitions, true, |record| {
            (record.from, record.program, record.user)
        })?;
        each(
            &self.programs,
            Section::Programs,
            |_,
             Program {
                 name,
                 domain,
                 reserved,
             }| { self.text_exists(name) && self.domain_exists(domain) && reserved == 0 },
        )?;
        sorted(&self.programs, Section::Programs, true, |record| {
            self.text(record.name)
        })?;
        each(
            &self.paths,
            Section::Paths,
            |_,
             Path {
                 file_system,
                 path,
                 label,
             }| {
                let text = self.text(path);
                self.text_exists(file_system)
                    && self.text_exists(path)
                    && text.starts_with('/')
                    && (text == "/" || !text.ends_with('/'))
                    && self.label_exists(label)
            },
        )?;
        sorted(&self.paths, Section::Paths, true, |record| {
            (self.text(record.file_system), self.text(record.path))
        })?;
        each(&self.new_labels, Section::NewLabels, |_, record: NewLabel| {
            self.label_exists(record.parent)
                && self.label_exists(record.label)
                && self.text_exists(record.text)
                && (record.creator == NONE_16 || self.domain_exists(record.creator))
                && record.pattern <= pattern::SUFFIX
        })?;
        sorted(&self.new_labels, Section::NewLabels, false, |record| {
            record.parent
        })?;
        each(&self.addresses, Section::Addresses, |_, record: Address| {
            record.first_port <= record.last_port
                && record.prefix_bits <= 128
                && self.label_exists(record.label)
                && record.reserved == 0
        })?;
        each(
            &self.root_labels,
            Section::RootLabels,
            |_, RootLabel { label, reserved, .. }| self.label_exists(label) && reserved == 0,
        )?;
        sorted(&self.root_labels, Section::RootLabels, true, |record| {
            record.interface
        })
    }
}
