//! Look-ups in the row table: what a domain may do with a label through an interface.

use crate::format::{EMPTY_SLOT, Record, Row, hash_slot, row_flags, row_key};
use crate::{ALL_METHODS, DomainId, InterfaceId, LabelId, MethodId, Policy, RuleId};

/// What the policy says of all methods of one interface at once, for one domain and label.
///
/// A handle's slot keeps these. A message whose method is in [`Masks::plain`] needs nothing but that bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Masks {
    /// Methods that may be called (those in `stateful` only if [`Policy::evaluate`] agrees).
    pub allow: u64,
    /// Methods that must be evaluated on each message; a subset of `allow`.
    pub stateful: u64,
    /// Methods whose decision by these masks is to be recorded, be it a grant or a refusal. For methods in `stateful`,
    /// [`crate::Verdict::audit`] says it of each message.
    pub audit: u64,
}

impl Masks {
    /// Nothing is granted; each attempt is recorded.
    pub const DENY_ALL: Masks = Masks {
        allow: 0,
        stateful: 0,
        audit: ALL_METHODS,
    };

    /// Methods that may be called without a further question and without a record.
    #[inline]
    #[must_use]
    pub const fn plain(self) -> u64 {
        self.allow & !self.stateful & !self.audit
    }
}

/// Index of `method`'s entry in a list that has one entry for each bit of `mask`, or `None` if its bit is clear.
#[inline]
pub(crate) fn rank(mask: u64, method: MethodId) -> Option<usize> {
    let bit = 1u64.checked_shl(u32::from(method.0))?;
    (mask & bit != 0).then(|| (mask & (bit - 1)).count_ones() as usize)
}

impl Policy<'_> {
    #[inline]
    pub(crate) fn row(&self, domain: DomainId, label: LabelId, interface: InterfaceId) -> Option<Row> {
        let key = row_key(domain.0, label.0, interface.0);
        let wrap = self.row_index.len().wrapping_sub(1);
        let start = hash_slot(key, self.hash_multiplier, self.row_bits);
        for step in 0..self.max_probe as usize {
            let entry = self.row_index.get(start.wrapping_add(step) & wrap)?;
            if entry == EMPTY_SLOT {
                return None;
            }
            let row = self.rows.get(entry as usize)?;
            if row.key == key {
                return Some(row);
            }
        }
        None
    }

    /// The masks of `interface` on an object labelled `label`, for a process of `domain`. The cost does not depend on the number of rules.
    #[inline]
    #[must_use]
    pub fn masks(&self, domain: DomainId, label: LabelId, interface: InterfaceId) -> Masks {
        match self.row(domain, label, interface) {
            Some(row) => Masks {
                allow: row.allow,
                stateful: row.stateful,
                audit: row.audit,
            },
            None => Masks::DENY_ALL,
        }
    }

    /// Whether `domain` may mint a session (or make a kernel object) with this interface and label, and so judge names of that label.
    #[must_use]
    pub fn may_mint(&self, domain: DomainId, label: LabelId, interface: InterfaceId) -> bool {
        self.row(domain, label, interface)
            .is_some_and(|row| row.flags & row_flags::MINT != 0)
    }

    /// The rule that decided on a method whose masks were enough, or `None` if no rule speaks of it.
    /// For methods under a stateful rule, [`crate::Verdict::rule`] has the better answer.
    #[must_use]
    pub fn deciding_rule(
        &self,
        domain: DomainId,
        label: LabelId,
        interface: InterfaceId,
        method: MethodId,
    ) -> Option<RuleId> {
        let row = self.row(domain, label, interface)?;
        let entry = rank(row.decided, method)?;
        self.row_rules.get(row.first_rule as usize + entry).map(RuleId)
    }

    /// Whether a refusal of this method is to be recorded: always, but where a `quiet` rule speaks of it. For refusals by a
    /// slot's mask, which may be narrower than the policy; after [`Policy::evaluate`] and [`Policy::judge_name`] the verdict says it.
    #[must_use]
    pub fn records_refusal(
        &self,
        domain: DomainId,
        label: LabelId,
        interface: InterfaceId,
        method: MethodId,
    ) -> bool {
        let bit = 1u64.checked_shl(u32::from(method.0)).unwrap_or(0);
        self.row(domain, label, interface)
            .is_none_or(|row| row.quiet & bit == 0)
    }

    /// All rows as (domain, label, interface, masks, may mint), sorted by the first three.
    pub fn all_rows(&self) -> impl Iterator<Item = (DomainId, LabelId, InterfaceId, Masks, bool)> {
        self.rows.iter().map(|row| {
            let (domain, label, interface) = crate::format::split_key(row.key);
            let masks = Masks {
                allow: row.allow,
                stateful: row.stateful,
                audit: row.audit,
            };
            (
                DomainId(domain),
                LabelId(label),
                InterfaceId(interface),
                masks,
                row.flags & row_flags::MINT != 0,
            )
        })
    }

    /// Bytes of rows and their index: what look-ups can touch.
    #[must_use]
    pub fn row_table_bytes(&self) -> usize {
        self.rows.len() * Row::SIZE + self.row_index.len() * u32::SIZE
    }
}
