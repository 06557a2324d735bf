//! Words for numbers: what an audit record says of a decision.

use crate::format::{Method, method_flags};
use crate::{AccountId, DomainId, InterfaceId, LabelId, MethodId, Policy, RuleId};

/// Where a rule stands in the source, and what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleText<'a> {
    /// The source file, as the compiler was told to call it.
    pub file: &'a str,
    /// Line, from 1.
    pub line: u32,
    /// The statement on one line, shortened if it is long.
    pub text: &'a str,
}

impl<'a> Policy<'a> {
    /// Name of a domain, or `?` for a number that the policy does not have.
    #[must_use]
    pub fn domain_name(&self, domain: DomainId) -> &'a str {
        self.domains
            .get(usize::from(domain.0))
            .map_or("?", |record| self.text(record.name))
    }

    /// Name of a label, or `?`.
    #[must_use]
    pub fn label_name(&self, label: LabelId) -> &'a str {
        self.labels
            .get(label.0 as usize)
            .map_or("?", |record| self.text(record.name))
    }

    /// Name of an account, or `?`.
    #[must_use]
    pub fn account_name(&self, account: AccountId) -> &'a str {
        self.accounts
            .get(usize::from(account.0))
            .map_or("?", |record| self.text(record.name))
    }

    fn interface(&self, interface: InterfaceId) -> Option<crate::format::Interface> {
        let index = self
            .interfaces
            .partition_point(|record| record.number < interface.0);
        self.interfaces
            .get(index)
            .filter(|record| record.number == interface.0)
    }

    /// Name of an interface, or `?`.
    #[must_use]
    pub fn interface_name(&self, interface: InterfaceId) -> &'a str {
        self.interface(interface)
            .map_or("?", |record| self.text(record.name))
    }

    /// Name of a method, or `?`.
    #[must_use]
    pub fn method_name(&self, interface: InterfaceId, method: MethodId) -> &'a str {
        self.method(interface, method)
            .map(|record| self.text(record.name))
            .filter(|name| !name.is_empty())
            .unwrap_or("?")
    }

    /// Whether the method takes names, which its server judges ([`Policy::judge_name`]).
    #[must_use]
    pub fn takes_names(&self, interface: InterfaceId, method: MethodId) -> bool {
        self.method(interface, method)
            .is_some_and(|record| record.flags & method_flags::TAKES_NAMES != 0)
    }

    fn method(&self, interface: InterfaceId, method: MethodId) -> Option<Method> {
        let interface = self
            .interface(interface)
            .filter(|record| u16::from(method.0) < record.method_count)?;
        self.methods
            .get(interface.first_method as usize + usize::from(method.0))
    }

    /// The source of a rule.
    #[must_use]
    pub fn rule_text(&self, rule: RuleId) -> Option<RuleText<'a>> {
        let record = self.rules.get(rule.0 as usize)?;
        Some(RuleText {
            file: self.text(record.file),
            line: record.line,
            text: self.text(record.text),
        })
    }

    /// The domain with this name.
    #[must_use]
    pub fn domain_by_name(&self, name: &str) -> Option<DomainId> {
        let index = self
            .domains
            .iter()
            .position(|record| self.text(record.name) == name)?;
        u16::try_from(index).ok().map(DomainId)
    }

    /// The label with this name. For file systems that store labels: they store names, for numbers change from policy to policy.
    #[must_use]
    pub fn label_by_name(&self, name: &str) -> Option<LabelId> {
        let index = self
            .labels
            .iter()
            .position(|record| self.text(record.name) == name)?;
        u32::try_from(index).ok().map(LabelId)
    }

    /// The interface with this name.
    #[must_use]
    pub fn interface_by_name(&self, name: &str) -> Option<InterfaceId> {
        self.interfaces
            .iter()
            .find(|record| self.text(record.name) == name)
            .map(|record| InterfaceId(record.number))
    }

    /// The method with this name.
    #[must_use]
    pub fn method_by_name(&self, interface: InterfaceId, name: &str) -> Option<MethodId> {
        let record = self.interface(interface)?;
        (0..record.method_count as u8)
            .map(MethodId)
            .find(|&method| self.method_name(interface, method) == name)
    }
}
