//! [`Policy`]: a checked view on a compiled policy. Made by `load`, asked by the other modules.

use crate::format::{
    AccountRecord, Address, Check, Domain, Interface, Label, Method, Model, NewLabel, Operation, Path,
    Program, RootLabel, Row, Rule, SessionFrame, Table, Text, Transition,
};

/// A compiled policy whose bytes were checked in full.
///
/// Copying it copies only references. All questions are methods; none of them can fail or allocate.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    pub(crate) strings: &'a str,
    pub(crate) domains: Table<'a, Domain>,
    pub(crate) labels: Table<'a, Label>,
    pub(crate) interfaces: Table<'a, Interface>,
    pub(crate) methods: Table<'a, Method>,
    pub(crate) row_index: Table<'a, u32>,
    /// Binary logarithm of the number of slots in `row_index`.
    pub(crate) row_bits: u32,
    pub(crate) rows: Table<'a, Row>,
    pub(crate) hash_multiplier: u64,
    pub(crate) max_probe: u32,
    pub(crate) row_rules: Table<'a, u32>,
    pub(crate) checks: Table<'a, Check>,
    pub(crate) operations: Table<'a, Operation>,
    pub(crate) models: Table<'a, Model>,
    pub(crate) flow_targets: Table<'a, u16>,
    pub(crate) rules: Table<'a, Rule>,
    pub(crate) transitions: Table<'a, Transition>,
    pub(crate) programs: Table<'a, Program>,
    pub(crate) paths: Table<'a, Path>,
    pub(crate) new_labels: Table<'a, NewLabel>,
    pub(crate) accounts: Table<'a, AccountRecord>,
    pub(crate) session_frames: Table<'a, SessionFrame>,
    pub(crate) addresses: Table<'a, Address>,
    pub(crate) root_labels: Table<'a, RootLabel>,
    pub(crate) interfaces_fingerprint: u64,
}

impl<'a> Policy<'a> {
    /// Number of domains, the kernel's included. Numbers are 0 up to this, exclusive.
    #[must_use]
    pub fn domain_count(&self) -> u16 {
        self.domains.len() as u16
    }

    /// Number of labels. Numbers are 0 up to this, exclusive.
    #[must_use]
    pub fn label_count(&self) -> u32 {
        self.labels.len() as u32
    }

    /// Number of accounts. A parent's number is below its children's.
    #[must_use]
    pub fn account_count(&self) -> u16 {
        self.accounts.len() as u16
    }

    /// Fingerprint of the interfaces that the policy was compiled against (see [`crate::format::fingerprint`]).
    /// A kernel built from other interfaces must refuse the policy: its method numbers would mean something else.
    #[must_use]
    pub fn interfaces_fingerprint(&self) -> u64 {
        self.interfaces_fingerprint
    }

    /// Text that a checked record names.
    pub(crate) fn text(&self, text: Text) -> &'a str {
        let start = text.offset as usize;
        self.strings
            .get(start..start + text.length as usize)
            .unwrap_or("")
    }
}
