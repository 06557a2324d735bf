//! The tree of accounts that the policy describes, made below init's own.

use crate::boot::Boot;
use crate::{Doing, Fatal};
use alloc::format;
use alloc::vec::Vec;
use trivet_abi::PAGE_SIZE;
use trivet_abi::handle::Handle;
use trivet_ipc::Failure;
use trivet_ipc::account::{AccountError, Amounts};
use trivet_policy::{AccountId, DomainId, Limits};

/// Accounts by their numbers in the policy. The root is init's own.
pub struct Accounts {
    handles: Vec<Handle>,
}

impl Accounts {
    /// Makes every account.
    ///
    /// # Errors
    /// The kernel refused one.
    pub fn create(boot: &Boot) -> Result<Accounts, Fatal> {
        let mut handles = Vec::new();
        for number in 0..boot.policy.account_count() {
            let id = AccountId(number);
            let Some(account) = boot.policy.account(id) else {
                break;
            };
            let handle = match account.parent {
                None => Handle::ACCOUNT,
                // A parent's number is lower, so that it is there already.
                Some(parent) => {
                    let above = handles
                        .get(usize::from(parent.0))
                        .copied()
                        .unwrap_or(Handle::ACCOUNT);
                    let mut limits = amounts(&account.limits);
                    fit(&mut limits, above)
                        .doing(|| format!("looking at the account above `{}`", account.name))?;
                    trivet_ipc::account::create_account(above, &limits, label(boot, id))
                        .doing(|| format!("making the account `{}`", account.name))?
                }
            };
            handles.push(handle);
        }
        Ok(Accounts { handles })
    }

    /// The account with this name.
    ///
    /// # Errors
    /// The policy has no such account.
    pub fn find(&self, boot: &Boot, name: &str) -> Result<Handle, Fatal> {
        (0..boot.policy.account_count())
            .find(|&number| {
                boot.policy
                    .account(AccountId(number))
                    .is_some_and(|account| account.name == name)
            })
            .and_then(|number| self.handles.get(usize::from(number)).copied())
            .ok_or_else(|| Fatal(format!("the policy has no account `{name}`")))
    }
}

impl Accounts {
    /// The accounts below the one with this name in which a domain starts, in the policy's order.
    ///
    /// # Errors
    /// The policy has no such account.
    pub fn below(&self, boot: &Boot, name: &str) -> Result<Vec<Handle>, Fatal> {
        let top = self.find(boot, name)?;
        let mut inside = Vec::new();
        let mut found = Vec::new();
        for number in 0..boot.policy.account_count() {
            let id = AccountId(number);
            let Some(account) = boot.policy.account(id) else {
                break;
            };
            let handle = self.handles.get(usize::from(number)).copied();
            // A parent's number is lower: it is among those inside already.
            let is_inside = account.parent.is_some_and(|parent| {
                self.handles.get(usize::from(parent.0)) == Some(&top) || inside.contains(&parent)
            });
            if is_inside {
                inside.push(id);
                found.extend(handle.filter(|_| label(boot, id) != 0));
            }
        }
        Ok(found)
    }
}

/// An account carries the label of the first domain that starts in it: who may build processes of that domain may use it.
fn label(boot: &Boot, account: AccountId) -> u32 {
    (0..boot.policy.domain_count())
        .map(DomainId)
        .find(|&domain| boot.policy.account_of(domain) == account)
        .and_then(|domain| boot.policy.label_by_name(boot.policy.domain_name(domain)))
        .map_or(0, |label| label.0)
}

/// The policy states what an account may have at most; a small machine has less. An account that would take more than its parent has
/// left gets that, but for an eighth that stays with the parent; of memory it gets half of what is left at most, where the policy states an
/// amount: what comes behind it needs some too.
fn fit(wanted: &mut Amounts, parent: Handle) -> Result<(), Failure<AccountError>> {
    let (mut limits, mut used) = (Amounts::default(), Amounts::default());
    trivet_ipc::account::info(parent, &mut limits, &mut used)?;
    let fit = |wanted: &mut u64, limit: u64, used: u64| {
        let left = limit.saturating_sub(used);
        if *wanted > left {
            *wanted = left - left / 8;
        }
    };
    if wanted.memory_pages != u64::MAX {
        let left = limits.memory_pages.saturating_sub(used.memory_pages);
        wanted.memory_pages = wanted.memory_pages.min(left / 2);
    }
    fit(&mut wanted.memory_pages, limits.memory_pages, used.memory_pages);
    fit(&mut wanted.kernel_bytes, limits.kernel_bytes, used.kernel_bytes);
    fit(&mut wanted.handles, limits.handles, used.handles);
    fit(&mut wanted.threads, limits.threads, used.threads);
    fit(&mut wanted.processes, limits.processes, used.processes);
    fit(&mut wanted.calls, limits.calls, used.calls);
    fit(&mut wanted.bindings, limits.bindings, used.bindings);
    Ok(())
}

/// Flags of an account, in the field that has overcommit's name.
mod flags {
    pub const OVERCOMMIT: u64 = 1;
    pub const SERVER_PRIORITY: u64 = 2;
}

/// The policy's limits as the kernel counts them. The largest number means what the parent has left, in both.
fn amounts(limits: &Limits) -> Amounts {
    let flag = |set: bool, bit| if set { bit } else { 0 };
    Amounts {
        memory_pages: match limits.memory_bytes {
            u64::MAX => u64::MAX,
            bytes => bytes / PAGE_SIZE as u64,
        },
        kernel_bytes: limits.kernel_bytes,
        handles: limits.handles,
        threads: limits.threads,
        processes: limits.processes,
        calls: limits.calls,
        bindings: limits.bindings,
        audit_records: limits.audit_records_per_s,
        share: u64::from(limits.processor_share),
        overcommit: flag(limits.overcommit, flags::OVERCOMMIT)
            | flag(limits.server_priority, flags::SERVER_PRIORITY),
    }
}
