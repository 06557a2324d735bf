//! Who a process is: users, groups, process group and session; its limits and priority.

use crate::limits::{self, Limit, Refused as LimitRefused};
use crate::mapping::SharedPage;
use crate::member::{Kept, Page};
use crate::owned::Owned;
use crate::server::{CredentialsMemory, Server, apply_limits};
use crate::slot;
use crate::table::{INIT, Life, Refused};
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::mem::offset_of;
use core::sync::atomic::Ordering::SeqCst;
use trivet_abi::Label;
use trivet_abi::credentials::{MAX_GROUPS, Row};
use trivet_abi::process_page::{ProcessPage, flags};
use trivet_ipc::processes::{Identity, PriorityOf, ProcessesError};
use trivet_ipc::{process, thread};
use trivet_server::clients::terminals;
use trivet_server::{NameJudge, ReceivedHandle, Request};

/// "Leave it as it is" among users and groups.
const SAME: u32 = u32::MAX;
/// Bytes of the page's part before the signals' information: what this server writes before it hands the page out.
const HEAD: usize = offset_of!(ProcessPage, information);

/// The ids of set_users or set_group_ids.
#[derive(Clone, Copy, Debug)]
pub struct Ids {
    /// The real one.
    pub real: u32,
    /// The effective one.
    pub effective: u32,
    /// The saved one.
    pub saved: u32,
}

impl Ids {
    /// setresuid and setresgid: an unprivileged process may use the ids that it has.
    ///
    /// # Errors
    /// EPERM.
    pub fn change(self, to: Ids, privileged: bool) -> Result<Ids, ProcessesError> {
        let choose = |wanted: u32, own: u32| match wanted {
            SAME => Ok(own),
            wanted if privileged || [self.real, self.effective, self.saved].contains(&wanted) => Ok(wanted),
            _ => Err(ProcessesError::NotPermitted),
        };
        Ok(Ids {
            real: choose(to.real, self.real)?,
            effective: choose(to.effective, self.effective)?,
            saved: choose(to.saved, self.saved)?,
        })
    }
}

/// What the table refuses, as POSIX says it.
pub fn of_refused(refused: Refused) -> ProcessesError {
    match refused {
        Refused::NotPermitted => ProcessesError::NotPermitted,
        Refused::NoSuchProcess => ProcessesError::NoSuchProcess,
        Refused::Executed => ProcessesError::AccessDenied,
    }
}

impl Server {
    /// Who the caller is.
    ///
    /// # Errors
    /// A process that this server does not know.
    pub fn identity_of(&self, number: u64) -> Result<Identity, ProcessesError> {
        let row = self.row_of(number).unwrap_or_default();
        let table = self.table.borrow();
        let entry = table.get(number).ok_or(ProcessesError::NotImplemented)?;
        Ok(Identity {
            process: number,
            parent: entry.parent(),
            group: entry.group(),
            session: entry.session(),
            real_user: row.real_user,
            effective_user: row.effective_user,
            saved_user: row.saved_user,
            file_user: row.file_user,
            real_group: row.real_group,
            effective_group: row.effective_group,
            saved_group: row.saved_group,
            file_group: row.file_group,
            groups: row.group_count,
            row: entry.detail.row,
        })
    }

    /// The page of the caller's process, made when it is first asked for.
    ///
    /// # Errors
    /// ENOMEM, EMFILE.
    pub fn page_of(&self, request: &Request) -> Result<trivet_abi::handle::Handle, ProcessesError> {
        let number = request.stamp().process;
        let identity = self.identity_of(number)?;
        let mut table = self.table.borrow_mut();
        let entry = table.get_mut(number).ok_or(ProcessesError::NoMemory)?;
        let member = &mut entry.detail;
        let kept = match &member.page {
            Page::Shared(page) => return Ok(page.memory()),
            Page::Kept(kept) => kept.clone(),
        };
        let head = first_bytes(&identity, &kept);
        let page =
            SharedPage::create(request.token(), self.page_label, &head).map_err(|errno| match errno {
                24 => ProcessesError::NoFreeDescriptor,
                _ => ProcessesError::NoMemory,
            })?;
        let memory = page.memory();
        member.page = Page::Shared(page);
        for (signal, information) in kept.information {
            member.drop_pending(crate::signal::bit(signal));
            member.add_pending(signal, &information);
        }
        Ok(memory)
    }

    /// Writes group and session of a process into its page and its credentials.
    fn publish(&self, number: u64) -> Result<(), ProcessesError> {
        let identity = self.identity_of(number)?;
        let mut row = self.row_of(number).ok_or(ProcessesError::NoSuchProcess)?;
        row.group = identity.group;
        row.session = identity.session;
        self.change_row(number, &row)?;
        let table = self.table.borrow();
        if let Some(entry) = table.get(number)
            && let Page::Shared(page) = &entry.detail.page
        {
            page.write_word(offset_of!(ProcessPage, group), identity.group);
            page.write_word(offset_of!(ProcessPage, session), identity.session);
        }
        Ok(())
    }

    /// Gives a process another row.
    fn change_row(&self, number: u64, row: &Row) -> Result<(), ProcessesError> {
        let new = self
            .rows
            .borrow_mut()
            .take(row, &CredentialsMemory)
            .ok_or(ProcessesError::TryAgain)?;
        let old = {
            let mut table = self.table.borrow_mut();
            let entry = table.get_mut(number).filter(|entry| entry.is_alive());
            entry.and_then(|entry| {
                let member = &mut entry.detail;
                process::set_credentials(member.process.handle(), new).ok()?;
                member.user = row.real_user;
                Some(core::mem::replace(&mut member.row, new))
            })
        };
        self.release_row(old.unwrap_or(new));
        old.map(|_| ()).ok_or(ProcessesError::NoSuchProcess)
    }

    /// Whether the caller may do what its method says to another process; itself always. Answers the target's number.
    ///
    /// # Errors
    /// ESRCH, also where the policy does not let the caller.
    pub fn judged(&self, judge: &NameJudge<'_>, number: u64) -> Result<u64, ProcessesError> {
        let caller = judge.request().stamp().process;
        let number = if number == 0 { caller } else { number };
        let domain = {
            let table = self.table.borrow();
            table
                .get(number)
                .ok_or(ProcessesError::NoSuchProcess)?
                .detail
                .domain
        };
        // What the policy does not show is not there.
        if judge.allows(Label(domain)) {
            Ok(number)
        } else {
            Err(ProcessesError::NoSuchProcess)
        }
    }

    /// setpgid.
    ///
    /// # Errors
    /// POSIX's.
    pub fn set_group_of(&self, caller: u64, target: u64, group: u64) -> Result<(), ProcessesError> {
        let group = if group == 0 { target } else { group };
        if group > i32::MAX as u64 {
            return Err(ProcessesError::InvalidArgument);
        }
        let before = {
            let mut table = self.table.borrow_mut();
            let before = table.get(target).map(|entry| (entry.group(), entry.life()));
            table.set_group(caller, target, group).map_err(of_refused)?;
            before
        };
        match before {
            Some((_, Life::Zombie(_))) => Ok(()),
            Some((old, _)) if old == group => Ok(()),
            _ => self.publish(target),
        }
    }

    /// setsid.
    ///
    /// # Errors
    /// EPERM.
    pub fn start_session(&self, caller: u64) -> Result<u64, ProcessesError> {
        self.table.borrow_mut().new_session(caller).map_err(of_refused)?;
        self.publish(caller)?;
        Ok(caller)
    }

    /// setresuid.
    ///
    /// # Errors
    /// EPERM, EAGAIN.
    pub fn set_users_of(&self, number: u64, to: Ids) -> Result<(), ProcessesError> {
        let mut row = self.row_of(number).ok_or(ProcessesError::NotPermitted)?;
        let own = Ids {
            real: row.real_user,
            effective: row.effective_user,
            saved: row.saved_user,
        };
        let ids = own.change(to, row.effective_user == 0)?;
        (row.real_user, row.effective_user, row.saved_user) = (ids.real, ids.effective, ids.saved);
        row.file_user = ids.effective;
        self.change_row(number, &row)?;
        // What it may lock depends on who it is.
        self.arm_processor_time(number);
        self.publish_ids(number, &row);
        Ok(())
    }

    /// setresgid.
    ///
    /// # Errors
    /// EPERM, EAGAIN.
    pub fn set_group_ids_of(&self, number: u64, to: Ids) -> Result<(), ProcessesError> {
        let mut row = self.row_of(number).ok_or(ProcessesError::NotPermitted)?;
        let own = Ids {
            real: row.real_group,
            effective: row.effective_group,
            saved: row.saved_group,
        };
        let ids = own.change(to, row.effective_user == 0)?;
        (row.real_group, row.effective_group, row.saved_group) = (ids.real, ids.effective, ids.saved);
        row.file_group = ids.effective;
        self.change_row(number, &row)?;
        self.publish_ids(number, &row);
        Ok(())
    }

    fn publish_ids(&self, number: u64, row: &Row) {
        let table = self.table.borrow();
        let Some(entry) = table.get(number) else { return };
        if let Page::Shared(page) = &entry.detail.page
            && let Some(head) = page.head()
        {
            let users = [row.real_user, row.effective_user, row.saved_user];
            let groups = [row.real_group, row.effective_group, row.saved_group];
            for (place, value) in head.users.iter().zip(users).chain(head.groups.iter().zip(groups)) {
                place.store(value, SeqCst);
            }
        }
    }

    /// setgroups.
    ///
    /// # Errors
    /// EPERM, EINVAL.
    pub fn set_groups_of(&self, number: u64, groups: &[u32]) -> Result<(), ProcessesError> {
        let mut row = self.row_of(number).ok_or(ProcessesError::NotPermitted)?;
        if row.effective_user != 0 {
            return Err(ProcessesError::NotPermitted);
        }
        if groups.len() > MAX_GROUPS {
            return Err(ProcessesError::InvalidArgument);
        }
        row.groups = [0; MAX_GROUPS];
        row.groups[..groups.len()].copy_from_slice(groups);
        row.group_count = groups.len() as u32;
        self.change_row(number, &row)
    }

    /// setrlimit, prlimit.
    ///
    /// # Errors
    /// POSIX's.
    pub fn set_limit_of(
        &self,
        caller: u64,
        target: u64,
        resource: u32,
        limit: Limit,
    ) -> Result<(), ProcessesError> {
        let own = self.row_of(caller).ok_or(ProcessesError::NotPermitted)?;
        if caller != target {
            let other = self.row_of(target).ok_or(ProcessesError::NoSuchProcess)?;
            let same = [other.real_user, other.effective_user, other.saved_user]
                .iter()
                .all(|user| *user == own.real_user);
            if own.effective_user != 0 && !same {
                return Err(ProcessesError::NotPermitted);
            }
        }
        {
            let mut table = self.table.borrow_mut();
            let entry = table.get_mut(target).filter(|entry| entry.is_alive());
            let member = &mut entry.ok_or(ProcessesError::NoSuchProcess)?.detail;
            let mut limits = *member.limits;
            limits
                .set(resource as usize, limit, own.effective_user == 0)
                .map_err(|refused| match refused {
                    LimitRefused::Invalid => ProcessesError::InvalidArgument,
                    LimitRefused::NotPermitted => ProcessesError::NotPermitted,
                })?;
            member.limits = Rc::new(limits);
            let row = self.rows.borrow().get(member.row).copied().unwrap_or_default();
            apply_limits(member.process.handle(), &limits, row.effective_user == 0, 0)
                .map_err(|_| ProcessesError::InvalidArgument)?;
        }
        self.arm_processor_time(target);
        if resource as usize == limits::FILE_SIZE {
            let mut row = self.row_of(target).ok_or(ProcessesError::NoSuchProcess)?;
            row.file_size_bound = limit.soft.wrapping_add(1);
            self.change_row(target, &row)?;
        }
        Ok(())
    }

    /// One process less has a row of credentials.
    pub fn release_row(&self, row: u32) {
        self.rows.borrow_mut().release(row, &CredentialsMemory);
        self.forget_roots();
    }

    /// Directories that are nobody's root any more are closed.
    fn forget_roots(&self) {
        let mut roots = self.roots.borrow_mut();
        if !roots.is_empty() {
            roots.retain(|&root, _| self.rows.borrow().has_root(root));
        }
    }

    /// chroot: the file server looks everything up below this directory from now on.
    ///
    /// # Errors
    /// EPERM, ENOTDIR, EBADF, EAGAIN.
    pub async fn set_root_of(
        &self,
        request: &Request,
        directory: &ReceivedHandle,
    ) -> Result<(), ProcessesError> {
        let number = request.stamp().process;
        if self.row_of(number).is_none_or(|row| row.effective_user != 0) {
            return Err(ProcessesError::NotPermitted);
        }
        let root = terminals::root_number(request, slot::TERMINALS, directory.handle())
            .await
            .map_err(|failure| match failure.errno() {
                20 => ProcessesError::NotDirectory,
                9 => ProcessesError::BadDescriptor,
                _ => ProcessesError::TryAgain,
            })?;
        let mut row = self.row_of(number).ok_or(ProcessesError::NotPermitted)?;
        row.root = root;
        let mut roots = self.roots.borrow_mut();
        roots.entry(root).or_insert_with(|| Owned::new(directory.take()));
        drop(roots);
        let changed = self.change_row(number, &row);
        self.forget_roots();
        changed
    }

    /// The processes that a priority's number means.
    fn chosen(&self, caller: u64, of: PriorityOf, number: u64) -> Vec<u64> {
        let own_user = self.row_of(caller).map_or(0, |row| row.real_user);
        let table = self.table.borrow();
        let own_group = table.get(caller).map_or(0, crate::table::Entry::group);
        let alive = table.iter().filter(|(_, entry)| entry.is_alive());
        alive
            .filter(|(other, entry)| match of {
                PriorityOf::Process => *other == if number == 0 { caller } else { number },
                PriorityOf::Group => entry.group() == if number == 0 { own_group } else { number },
                PriorityOf::User => {
                    u64::from(entry.detail.user) == if number == 0 { u64::from(own_user) } else { number }
                }
            })
            .map(|(other, _)| other)
            .collect()
    }

    /// getpriority: the highest of those meant, as 20 less the nice value.
    ///
    /// # Errors
    /// ESRCH, EACCES.
    pub fn priority_of(
        &self,
        judge: &NameJudge<'_>,
        of: PriorityOf,
        number: u64,
    ) -> Result<u64, ProcessesError> {
        let mut best = None;
        for target in self.chosen(judge.request().stamp().process, of, number) {
            // Of several, those that the caller may not know of do not count.
            if self.judged(judge, target).is_err() {
                continue;
            }
            let nice = self.table.borrow().get(target).map(|entry| entry.detail.nice);
            best = best.max(nice.map(|nice| 20 - i64::from(nice)));
        }
        best.map(|priority| priority as u64)
            .ok_or(ProcessesError::NoSuchProcess)
    }

    /// setpriority. Only the privileged get a lower nice value.
    ///
    /// # Errors
    /// POSIX's.
    pub fn set_priority_of(
        &self,
        judge: &NameJudge<'_>,
        of: PriorityOf,
        number: u64,
        nice: i64,
    ) -> Result<(), ProcessesError> {
        let caller = judge.request().stamp().process;
        let nice = nice.clamp(-20, 19) as i8;
        let own = self.row_of(caller).ok_or(ProcessesError::NotPermitted)?;
        let mut targets = self.chosen(caller, of, number);
        targets.retain(|target| self.judged(judge, *target).is_ok());
        if targets.is_empty() {
            return Err(ProcessesError::NoSuchProcess);
        }
        for target in targets {
            let other = self.row_of(target).ok_or(ProcessesError::NoSuchProcess)?;
            let privileged = own.effective_user == 0;
            let owner = own.effective_user == other.real_user || own.effective_user == other.effective_user;
            if !privileged && !owner {
                return Err(ProcessesError::NotPermitted);
            }
            {
                let mut table = self.table.borrow_mut();
                let Some(entry) = table.get_mut(target) else {
                    continue;
                };
                if nice < entry.detail.nice && !privileged {
                    return Err(ProcessesError::AccessDenied);
                }
                entry.detail.nice = nice;
            }
            self.renice_threads(target, i64::from(nice));
        }
        Ok(())
    }

    /// Gives each thread of a process a nice value.
    pub fn renice_threads(&self, number: u64, nice: i64) {
        let table = self.table.borrow();
        let Some(entry) = table.get(number).filter(|entry| entry.is_alive()) else {
            return;
        };
        let handle = entry.detail.process.handle();
        let mut first = 0;
        loop {
            let mut numbers = [0; 512];
            let Ok(count) = process::threads(handle, first, &mut numbers[..]) else {
                return;
            };
            let (words, _) = numbers.as_chunks::<8>();
            let count = usize::try_from(count).unwrap_or(0).min(words.len());
            for word in &words[..count] {
                let thread = u64::from_le_bytes(*word);
                first = thread.saturating_add(1);
                if let Ok(found) = process::thread(handle, thread) {
                    // One that has just ended needs no priority.
                    let _ = thread::set_nice(Owned::new(found).handle(), nice);
                }
            }
            if count < words.len() {
                return;
            }
        }
    }
}

/// The beginning of a page.
fn first_bytes(identity: &Identity, kept: &Kept) -> [u8; HEAD] {
    let pair = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
    let words = [
        identity.process,
        if identity.parent == 0 {
            INIT
        } else {
            identity.parent
        },
        identity.group,
        identity.session,
        kept.pending,
        kept.dispositions.ignored,
        kept.dispositions.caught,
        kept.mask,
        pair(kept.flags | flags::STARTING, kept.file_mask),
        pair(identity.real_user, identity.effective_user),
        pair(identity.saved_user, identity.real_group),
        pair(identity.effective_group, identity.saved_group),
    ];
    let mut head = [0; HEAD];
    for (place, word) in head.chunks_exact_mut(8).zip(words) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: Ids = Ids {
        real: 1,
        effective: 2,
        saved: 3,
    };

    fn ids(real: u32, effective: u32, saved: u32) -> Ids {
        Ids {
            real,
            effective,
            saved,
        }
    }

    #[test]
    fn an_unprivileged_process_uses_only_the_ids_it_has() {
        let changed = OWN.change(ids(3, 1, SAME), false).unwrap();
        assert_eq!((changed.real, changed.effective, changed.saved), (3, 1, 3));
        assert_eq!(
            OWN.change(ids(SAME, 0, SAME), false).unwrap_err(),
            ProcessesError::NotPermitted
        );
        assert_eq!(OWN.change(ids(7, 8, 9), true).unwrap().saved, 9);
    }

    #[test]
    fn a_page_begins_with_who_the_process_is() {
        let identity = Identity {
            process: 7,
            parent: 6,
            group: 5,
            session: 4,
            real_user: 1,
            effective_user: 2,
            saved_user: 3,
            real_group: 11,
            effective_group: 12,
            saved_group: 13,
            ..Identity::default()
        };
        let kept = Kept {
            mask: 0xff,
            pending: 0xf0,
            flags: flags::NO_CHILD_WAIT,
            file_mask: trivet_abi::process_page::FILE_MASK_SET | 0o27,
            ..Kept::default()
        };
        let head = first_bytes(&identity, &kept);
        let word = |offset: usize| u64::from_le_bytes(head[offset..offset + 8].try_into().unwrap());
        let half = |offset: usize| u32::from_le_bytes(head[offset..offset + 4].try_into().unwrap());
        assert_eq!(word(offset_of!(ProcessPage, session)), 4);
        assert_eq!(word(offset_of!(ProcessPage, pending)), 0xf0);
        assert_eq!(word(offset_of!(ProcessPage, initial_mask)), 0xff);
        assert_eq!(
            half(offset_of!(ProcessPage, flags)),
            flags::NO_CHILD_WAIT | flags::STARTING
        );
        assert_eq!(
            half(offset_of!(ProcessPage, file_mask)),
            trivet_abi::process_page::FILE_MASK_SET | 0o27
        );
        let users = offset_of!(ProcessPage, users);
        let groups = offset_of!(ProcessPage, groups);
        assert_eq!([half(users), half(users + 4), half(users + 8)], [1, 2, 3]);
        assert_eq!([half(groups), half(groups + 4), half(groups + 8)], [11, 12, 13]);
    }
}
