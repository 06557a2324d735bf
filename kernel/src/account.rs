//! Accounts: who pays for what. A tree of limits; a child's limits are taken from its parent when it is made. Note 0007.
//!
//! Everything is charged before it is allocated, to exactly one account: `Accounts::charge` and `Accounts::refund`. The sum of
//! what objects were charged equals each account's `used` (a property test holds this). The scheduler goes round accounts too:
//! its per-account queues hang here (`sched`).

pub mod service;

use crate::arena::{Arena, OutOfMemory, Ref};
use crate::sched::AccountQueues;
use trivet_abi::Label;
use trivet_abi::error::CallError;

/// What an account limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Resource {
    /// Pages of memory that were promised.
    MemoryPages = 0,
    /// Bytes of kernel objects.
    KernelBytes = 1,
    /// Slots of handle tables.
    Handles = 2,
    /// Threads.
    Threads = 3,
    /// Processes.
    Processes = 4,
    /// Call slots.
    Calls = 5,
    /// Bound event sources, timers, watches.
    Bindings = 6,
}

/// Number of [`Resource`]s.
pub const RESOURCES: usize = 7;

impl Resource {
    /// The error of the calls when this one is used up.
    #[must_use]
    pub const fn error(self) -> CallError {
        match self {
            Resource::MemoryPages => CallError::NoMemory,
            Resource::Handles => CallError::NoSlots,
            Resource::KernelBytes
            | Resource::Threads
            | Resource::Processes
            | Resource::Calls
            | Resource::Bindings => CallError::LimitReached,
        }
    }

    /// All of them.
    pub const ALL: [Resource; RESOURCES] = [
        Resource::MemoryPages,
        Resource::KernelBytes,
        Resource::Handles,
        Resource::Threads,
        Resource::Processes,
        Resource::Calls,
        Resource::Bindings,
    ];
}

/// An amount of each resource.
pub type Amounts = [u64; RESOURCES];

/// One account.
#[derive(Debug)]
pub struct Account {
    /// What may be used.
    pub limits: Amounts,
    /// What is used; children's limits count.
    pub used: Amounts,
    /// Who gave the limits. The root has none.
    pub parent: Option<Ref<Account>>,
    /// The policy's name for the account.
    pub label: Label,
    /// Share of the processor, against siblings and others: 100 is usual, 1..=1000.
    pub share: u32,
    /// Audit records a second.
    pub audit_records: u32,
    /// Memory may be promised beyond the limit; a touch beyond it faults.
    pub overcommit: bool,
    /// Threads get the priorities of core servers; children do only where their maker asks for it.
    pub server_band: bool,
    /// Number for listings, never reused.
    pub number: u64,
    /// The scheduler's queues of threads that are ready.
    pub queues: AccountQueues,
    /// The second that `audit_window` counts in.
    pub audit_second: u64,
    /// Records written in that second.
    pub audit_window: u32,
    /// Records dropped since they were last reported.
    pub audit_dropped: u64,
}

/// All accounts.
pub type Accounts = Arena<Account>;

/// A limit was reached; says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitReached(pub Resource);

impl From<LimitReached> for CallError {
    fn from(limit: LimitReached) -> CallError {
        limit.0.error()
    }
}

impl Account {
    /// The root of the tree: the whole machine.
    ///
    /// # Errors
    /// The machine has no memory.
    pub fn root(processors: usize) -> Result<Account, OutOfMemory> {
        Ok(Account {
            limits: [u64::MAX; RESOURCES],
            used: [0; RESOURCES],
            parent: None,
            label: Label(0),
            share: 100,
            audit_records: u32::MAX,
            overcommit: false,
            server_band: true,
            number: 1,
            queues: AccountQueues::new(processors)?,
            audit_second: 0,
            audit_window: 0,
            audit_dropped: 0,
        })
    }

    /// Takes an amount.
    ///
    /// # Errors
    /// The limit would be passed (or the sum overflow): nothing is taken.
    #[inline]
    pub fn charge(&mut self, resource: Resource, amount: u64) -> Result<(), LimitReached> {
        let index = resource as usize;
        match self.used[index].checked_add(amount) {
            Some(sum) if sum <= self.limits[index] => {
                self.used[index] = sum;
                Ok(())
            }
            _ => Err(LimitReached(resource)),
        }
    }

    /// Gives an amount back.
    #[inline]
    pub fn refund(&mut self, resource: Resource, amount: u64) {
        let used = &mut self.used[resource as usize];
        debug_assert!(*used >= amount, "refund of more than was charged: {resource:?}");
        *used = used.saturating_sub(amount);
    }

    /// Takes several amounts, or none of them.
    ///
    /// # Errors
    /// The first limit that would be passed.
    pub fn charge_all(&mut self, amounts: &[(Resource, u64)]) -> Result<(), LimitReached> {
        for (done, (resource, amount)) in amounts.iter().enumerate() {
            if let Err(limit) = self.charge(*resource, *amount) {
                for (resource, amount) in &amounts[..done] {
                    self.refund(*resource, *amount);
                }
                return Err(limit);
            }
        }
        Ok(())
    }

    /// Gives several amounts back.
    pub fn refund_all(&mut self, amounts: &[(Resource, u64)]) {
        for (resource, amount) in amounts {
            self.refund(*resource, *amount);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(limit: u64) -> Account {
        Account {
            limits: [limit; RESOURCES],
            ..Account::root(1).unwrap()
        }
    }

    #[test]
    fn charge_over_the_limit_takes_nothing() {
        let mut account = account(10);
        account.charge(Resource::Threads, 8).unwrap();
        assert_eq!(
            account.charge(Resource::Threads, 3),
            Err(LimitReached(Resource::Threads))
        );
        assert_eq!(account.used[Resource::Threads as usize], 8);
        assert!(account.charge(Resource::Threads, u64::MAX).is_err());
        account.charge(Resource::Threads, 2).unwrap();
    }

    #[test]
    fn charge_of_several_is_all_or_nothing() {
        let mut account = account(10);
        let amounts = [(Resource::Handles, 5), (Resource::KernelBytes, 11)];
        assert_eq!(
            account.charge_all(&amounts),
            Err(LimitReached(Resource::KernelBytes))
        );
        assert_eq!(account.used, [0; RESOURCES]);
    }
}
