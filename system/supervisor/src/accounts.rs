//! Who pays: each domain's account, and where a program leads who runs it.

use crate::slot;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::cell::RefCell;
use trivet_abi::credentials::Row;
use trivet_abi::handle::Handle;
use trivet_ipc::process;

/// "Nobody in particular" where a user is asked for.
pub const ANY_USER: u32 = u32::MAX;
/// "Refused" in the place of a domain.
const NO_DOMAIN: u64 = 0xffff;
/// Answers of the policy that are kept. A program can execute as any user that it may become: more than it needs are not.
const KEPT: usize = 512;
/// EACCES.
const ACCESS_DENIED: i32 = 13;

/// Where a program goes: its domain, and the account that pays for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The domain.
    pub domain: u32,
    /// The account, by this server's handle.
    pub account: Handle,
}

/// The user by whom a transition is chosen: only who is this user in all respects, and cannot become another again. A set-id program that
/// still has two is nobody in particular.
#[must_use]
pub fn user_of(row: &Row) -> u32 {
    let same = row.real_user == row.effective_user && row.real_user == row.saved_user;
    if same { row.real_user } else { ANY_USER }
}

/// Accounts by the policy's numbers, and what was asked already.
#[derive(Debug, Default)]
pub struct Accounts {
    known: Vec<(u64, Handle)>,
    places: RefCell<BTreeMap<(u32, u32, u32), Place>>,
}

impl Accounts {
    /// Finds out which account each of this server's slots holds: an account carries the label of a domain that starts in it.
    #[must_use]
    pub fn read() -> Accounts {
        let behind = (slot::ACCOUNTS..Handle::BOOTSTRAP_END).map(Handle::bootstrap);
        let known = core::iter::once(slot::PROGRAMS)
            .chain(behind)
            .filter_map(|handle| {
                let mut info = process::SlotInfo::default();
                process::slot_info(Handle::PROCESS, handle.0, &mut info).ok()?;
                // A domain's own label has the domain's number.
                let domain = u16::try_from(info.label).ok()?;
                let after = trivet_ipc::policy::domain_after(slot::POLICY, domain, 0, ANY_USER).ok()?;
                Some((after.account, handle))
            })
            .collect();
        Accounts {
            known,
            places: RefCell::default(),
        }
    }

    /// Where a process of domain `from` goes that runs a program with this label as `user`.
    ///
    /// # Errors
    /// EACCES.
    pub fn place(&self, from: u32, label: u32, user: u32) -> Result<Place, i32> {
        let asked = (from, label, user);
        if let Some(known) = self.places.borrow().get(&asked) {
            return Ok(*known);
        }
        let number = u16::try_from(from).map_err(|_| ACCESS_DENIED)?;
        let after =
            trivet_ipc::policy::domain_after(slot::POLICY, number, label, user).map_err(|_| ACCESS_DENIED)?;
        let account = self.known.iter().find(|(number, _)| *number == after.account);
        let (Some((_, account)), true) = (account, after.domain_next < NO_DOMAIN) else {
            return Err(ACCESS_DENIED);
        };
        let place = Place {
            domain: after.domain_next as u32,
            account: *account,
        };
        let mut places = self.places.borrow_mut();
        if places.len() >= KEPT {
            places.clear();
        }
        places.insert(asked, place);
        Ok(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_is_one_user_altogether_is_that_user() {
        let mut row = Row {
            real_user: 1001,
            effective_user: 1001,
            saved_user: 1001,
            ..Row::default()
        };
        assert_eq!(user_of(&row), 1001);
        row.saved_user = 0;
        assert_eq!(user_of(&row), ANY_USER);
        (row.saved_user, row.effective_user) = (1001, 0);
        assert_eq!(user_of(&row), ANY_USER);
    }
}
