//! What names lead to: programs to domains, paths and addresses to labels, domains to accounts.

use crate::format::{ANY_USER, NONE_16, account_flags, pattern};
use crate::{AccountId, DomainId, InterfaceId, LabelId, Policy};

/// What an account may use, together with all accounts below it. [`u64::MAX`]: what its parent has left when it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Memory in bytes, counted when it is promised.
    pub memory_bytes: u64,
    /// The kernel's own memory for the account's objects, in bytes.
    pub kernel_bytes: u64,
    /// Handles in all tables.
    pub handles: u64,
    /// Threads.
    pub threads: u64,
    /// Processes.
    pub processes: u64,
    /// Calls in flight.
    pub calls: u64,
    /// Weight among the children of one parent, for the processor.
    pub processor_share: u32,
    /// Timers and bindings of events.
    pub bindings: u64,
    /// Audit records a second.
    pub audit_records_per_s: u64,
    /// Memory may be promised beyond the limit; the touch beyond it fails.
    pub overcommit: bool,
    /// Threads may have the priorities of servers, above all programs.
    pub server_priority: bool,
}

/// An account as the policy describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its parent; its number is lower. `None`: the root.
    pub parent: Option<AccountId>,
    /// Its limits.
    pub limits: Limits,
}

/// Where a program leads the process that runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// No transition is about this domain and this program: the process stays in its domain.
    Stays,
    /// Into this domain.
    To(DomainId),
    /// Nowhere: the transitions of this domain and this program are for other users.
    Refused,
}

impl<'a> Policy<'a> {
    /// Where a process of `domain` goes that runs a program labelled `program` as `user` ([`ANY_USER`]: as nobody in particular).
    #[must_use]
    pub fn transition(&self, domain: DomainId, program: LabelId, user: u32) -> Transition {
        let wanted = (domain.0, program.0);
        let first = self
            .transitions
            .partition_point(|record| (record.from, record.program) < wanted);
        let of_pair = |index: usize| {
            let record = self.transitions.get(index)?;
            ((record.from, record.program) == wanted).then_some(record)
        };
        if of_pair(first).is_none() {
            return Transition::Stays;
        }
        // The record for any user is the last one of its pair.
        for user in [user, ANY_USER] {
            let index = self.transitions.partition_point(|record| {
                (record.from, record.program, record.user) < (domain.0, program.0, user)
            });
            if let Some(record) = of_pair(index).filter(|record| record.user == user) {
                return Transition::To(DomainId(record.to));
            }
        }
        Transition::Refused
    }

    /// The domain of a program that init starts, by its name in the boot archive; also init's own.
    #[must_use]
    pub fn boot_domain(&self, program: &str) -> Option<DomainId> {
        let index = self
            .programs
            .partition_point(|record| self.text(record.name) < program);
        let record = self.programs.get(index)?;
        (self.text(record.name) == program).then_some(DomainId(record.domain))
    }

    /// The label of a path in a file system that stores no labels: that of the longest path of the policy that is the
    /// path itself or one of its folders. `path` begins with a slash and has neither `.` nor `..` nor doubled slashes.
    #[must_use]
    pub fn label_for_path(&self, file_system: &str, path: &[u8]) -> LabelId {
        let mut rest = path;
        while let [shorter @ .., b'/'] = rest {
            rest = shorter;
        }
        loop {
            let candidate = if rest.is_empty() { b"/".as_slice() } else { rest };
            if let Some(label) = self.exact_path(file_system, candidate) {
                return label;
            }
            match rest.iter().rposition(|&byte| byte == b'/') {
                Some(slash) if !rest.is_empty() => rest = &rest[..slash],
                _ => return LabelId::NONE,
            }
        }
    }

    fn exact_path(&self, file_system: &str, path: &[u8]) -> Option<LabelId> {
        let wanted = (file_system.as_bytes(), path);
        let key = |record: &crate::format::Path| {
            (
                self.text(record.file_system).as_bytes(),
                self.text(record.path).as_bytes(),
            )
        };
        let index = self.paths.partition_point(|record| key(record) < wanted);
        let record = self.paths.get(index)?;
        (key(&record) == wanted).then_some(LabelId(record.label))
    }

    /// The label of an object that a process of `creator` makes under `name` in a folder labelled `parent`.
    /// Without a rule it is the folder's.
    #[must_use]
    pub fn label_for_new(&self, parent: LabelId, name: &[u8], creator: DomainId) -> LabelId {
        let first = self.new_labels.partition_point(|record| record.parent < parent.0);
        let mut index = first;
        while let Some(record) = self
            .new_labels
            .get(index)
            .filter(|record| record.parent == parent.0)
        {
            let text = self.text(record.text).as_bytes();
            let name_matches = match record.pattern {
                pattern::ANY => true,
                pattern::EXACT => name == text,
                pattern::PREFIX => name.starts_with(text),
                pattern::SUFFIX => name.ends_with(text),
                _ => false,
            };
            if name_matches && (record.creator == NONE_16 || record.creator == creator.0) {
                return LabelId(record.label);
            }
            index += 1;
        }
        parent
    }

    /// The label of a network address and port. `address` is an IPv6 address, or an IPv4 address mapped into IPv6;
    /// `protocol` is IANA's number (6 for TCP, 17 for UDP).
    #[must_use]
    pub fn label_for_address(&self, protocol: u8, address: [u8; 16], port: u16) -> LabelId {
        let address = u128::from_be_bytes(address);
        self.addresses
            .iter()
            .find(|record| {
                let wanted = u128::from(record.address_high) << 64 | u128::from(record.address_low);
                let differing = (address ^ wanted).leading_zeros();
                record.protocol == protocol
                    && (record.first_port..=record.last_port).contains(&port)
                    && differing >= u32::from(record.prefix_bits)
            })
            .map_or(LabelId::NONE, |record| LabelId(record.label))
    }

    /// The label of the objects of `interface` that the kernel makes at boot (clock, entropy, the roots of ports, interrupts and memory).
    #[must_use]
    pub fn label_for_root(&self, interface: InterfaceId) -> LabelId {
        let index = self
            .root_labels
            .partition_point(|record| record.interface < interface.0);
        self.root_labels
            .get(index)
            .filter(|record| record.interface == interface.0)
            .map_or(LabelId::NONE, |record| LabelId(record.label))
    }

    /// An account, or `None` for a number that the policy does not have.
    #[must_use]
    pub fn account(&self, account: AccountId) -> Option<Account<'a>> {
        let record = self.accounts.get(usize::from(account.0))?;
        Some(Account {
            name: self.text(record.name),
            parent: (record.parent != NONE_16).then_some(AccountId(record.parent)),
            limits: Limits {
                memory_bytes: record.memory_bytes,
                kernel_bytes: record.kernel_bytes,
                handles: record.handles,
                threads: record.threads,
                processes: record.processes,
                calls: record.calls,
                processor_share: record.processor_share,
                bindings: record.bindings,
                audit_records_per_s: record.audit_records_per_s,
                overcommit: record.flags & account_flags::OVERCOMMIT != 0,
                server_priority: record.flags & account_flags::SERVER_PRIORITY != 0,
            },
        })
    }

    /// The account in which processes of `domain` start; the root for an unknown domain.
    #[must_use]
    pub fn account_of(&self, domain: DomainId) -> AccountId {
        AccountId(
            self.domains
                .get(usize::from(domain.0))
                .map_or(0, |record| record.account),
        )
    }

    /// Cells of the frame that each process of `domain` needs.
    #[must_use]
    pub fn process_cells(&self, domain: DomainId) -> u16 {
        self.domains
            .get(usize::from(domain.0))
            .map_or(0, |record| record.process_cells)
    }

    /// Cells of the frame that all processes of `domain` share.
    #[must_use]
    pub fn domain_cells(&self, domain: DomainId) -> u16 {
        self.domains
            .get(usize::from(domain.0))
            .map_or(0, |record| record.domain_cells)
    }

    /// Cells of the frame that a session with this label and interface needs.
    #[must_use]
    pub fn session_cells(&self, label: LabelId, interface: InterfaceId) -> u16 {
        let wanted = (label.0, interface.0);
        let index = self
            .session_frames
            .partition_point(|record| (record.label, record.interface) < wanted);
        self.session_frames
            .get(index)
            .filter(|record| (record.label, record.interface) == wanted)
            .map_or(0, |record| record.cells)
    }
}
