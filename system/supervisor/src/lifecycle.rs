//! How processes begin by fork, end, and are waited for.

use crate::limits;
use crate::member::{Kept, Member, OwnTimer, Page, Usage};
use crate::owned::Owned;
use crate::server::Server;
use crate::signal::{SIGCHLD, SIGKILL, bit};
use crate::slot;
use crate::table::{Change, INIT, Waited, Wanted, Which};
use alloc::collections::VecDeque;
use alloc::rc::Rc;
use core::mem::offset_of;
use trivet_abi::process_page::{ProcessPage, flags};
use trivet_ipc::process::{self, CloneFlags};
use trivet_ipc::processes::{ProcessesError, WaitFor, WaitOptions};
use trivet_ipc::shared::ResourceUsage;
use trivet_server::clients::terminals;
use trivet_server::services::processes::WaitReply;
use trivet_server::wait::WaitQueue;
use trivet_server::{Answer, Request};

/// The largest process number: programs keep it in 31 bits. Numbers are never used again, so a machine that has made so many makes no more.
const NUMBER_MAX: u64 = i32::MAX as u64;

/// A wait status from what a process gave at its end, which may be any number.
#[must_use]
pub const fn status_of(reason: u64) -> u32 {
    match reason & 0x7f {
        0 => (reason & 0xff00) as u32,
        signal @ 1..=64 => signal as u32,
        _ => SIGKILL,
    }
}

/// POSIX's form of what was used.
#[must_use]
pub fn resource_usage(usage: &Usage, resident: u64) -> ResourceUsage {
    let split = |ns: u64| ((ns / 1_000_000_000) as i64, (ns % 1_000_000_000 / 1000) as i64);
    let (user_seconds, user_microseconds) = split(usage.user_ns);
    let (system_seconds, system_microseconds) = split(usage.system_ns);
    ResourceUsage {
        user_seconds,
        user_microseconds,
        system_seconds,
        system_microseconds,
        maximum_resident: (resident / 1024) as i64,
        minor_faults: usage.page_faults as i64,
        voluntary_switches: usage.switches as i64,
        ..ResourceUsage::default()
    }
}

impl Server {
    /// Whether a user may have one more process (RLIMIT_NPROC).
    ///
    /// # Errors
    /// EAGAIN, ESRCH.
    pub fn room_for_child(&self, caller: u64) -> Result<(), ProcessesError> {
        let limit = {
            let table = self.table.borrow();
            let entry = table.get(caller).filter(|entry| entry.is_alive());
            entry
                .ok_or(ProcessesError::NoSuchProcess)?
                .detail
                .limits
                .soft(limits::PROCESSES)
        };
        if limit == limits::INFINITY {
            return Ok(());
        }
        let user = self.row_of(caller).map_or(0, |row| row.real_user);
        let (table, rows) = (self.table.borrow(), self.rows.borrow());
        let of_user = table.iter().filter(|(_, entry)| {
            entry.is_alive()
                && rows
                    .get(entry.detail.row)
                    .is_some_and(|row| row.real_user == user)
        });
        if user != 0 && of_user.count() as u64 >= limit {
            return Err(ProcessesError::TryAgain);
        }
        Ok(())
    }

    /// fork and vfork. The child's call is answered here, the parent's by the number that comes back. With `share` comes what to wait for.
    ///
    /// # Errors
    /// EAGAIN, ENOMEM.
    pub fn fork(
        &self,
        request: &Request,
        share: bool,
    ) -> Result<(u64, Option<Rc<WaitQueue>>), ProcessesError> {
        let caller = request.stamp().process;
        self.room_for_child(caller)?;
        let (parent, mask) = {
            let table = self.table.borrow();
            let member = &table.get(caller).ok_or(ProcessesError::TryAgain)?.detail;
            let mask = member.mask_of(|| crate::delivery::thread_of(request));
            (member.process.handle(), mask)
        };
        let clone_flags = if share {
            CloneFlags::SHARE_MEMORY
        } else {
            CloneFlags::EMPTY
        };
        let made =
            process::clone(parent, slot::ENDPOINT, request.token(), clone_flags).map_err(|failure| {
                match failure.errno() {
                    12 => ProcessesError::NoMemory,
                    _ => ProcessesError::TryAgain,
                }
            })?;
        let child = Owned::new(made.child);
        let supervised = process::supervise(child.handle(), slot::ENDPOINT, made.number);
        if supervised.is_err() || made.number > NUMBER_MAX {
            let _ = process::kill(child.handle(), 0);
            return Err(ProcessesError::TryAgain);
        }
        let gate = share.then(|| Rc::new(WaitQueue::new()));
        let mut table = self.table.borrow_mut();
        let model = &table.get(caller).ok_or(ProcessesError::TryAgain)?.detail;
        let kept = Kept {
            mask,
            dispositions: model.dispositions(),
            flags: model.flags() & (flags::NO_CHILD_WAIT | flags::NO_CHILD_STOP),
            ..Kept::default()
        };
        let member = Member {
            process: child,
            generation: 0,
            domain: model.domain,
            row: model.row,
            user: model.user,
            program: Rc::clone(&model.program),
            name: model.name,
            page: Page::Kept(kept),
            limits: Rc::clone(&model.limits),
            nice: model.nice,
            alarm: OwnTimer::default(),
            own_timers: Default::default(),
            queue: VecDeque::new(),
            children: Usage::default(),
            waiters: Rc::new(WaitQueue::new()),
            signal_waiters: Rc::new(WaitQueue::new()),
            lender: gate.clone(),
        };
        self.rows.borrow_mut().keep(member.row);
        if let Err(member) = table.add_child(caller, made.number, false, member) {
            // Not reached: the caller was there a moment ago. The child goes with its handle, unanswered.
            let _ = process::kill(member.process.handle(), 0);
            return Err(ProcessesError::TryAgain);
        }
        drop(table);
        // A child that was killed meanwhile needs no answer.
        let _ = self
            .runtime
            .kernel()
            .reply(made.child_token, &Answer::words([0; 6]), &[]);
        Ok((made.number, gate))
    }

    /// A process of this memory has executed or ended: the thread that lent it goes on.
    pub fn give_memory_back(&self, number: u64) {
        let lender = self
            .table
            .borrow_mut()
            .get_mut(number)
            .and_then(|entry| entry.detail.lender.take());
        if let Some(lender) = lender {
            lender.wake_all();
        }
    }

    /// Whether a child still uses its parent's memory.
    pub fn borrows_memory(&self, number: u64) -> bool {
        self.table
            .borrow()
            .get(number)
            .is_some_and(|entry| entry.is_alive() && entry.detail.lender.is_some())
    }

    /// The kernel says that nothing is left of a process but its number.
    pub fn has_ended(&self, number: u64, reason: u64) {
        let status = status_of(reason);
        self.give_memory_back(number);
        let (parent, discard, row, user, tell) = {
            let mut table = self.table.borrow_mut();
            let Some(entry) = table.get_mut(number).filter(|entry| entry.is_alive()) else {
                return;
            };
            let parent = entry.parent();
            let member = &mut entry.detail;
            if member.alarm.at_ns != 0 {
                self.timers
                    .remove(member.alarm.at_ns, number, crate::timers::Kind::Alarm);
            }
            self.queued_signals
                .set(self.queued_signals.get().saturating_sub(member.queue.len()));
            member.end();
            let (row, user) = (core::mem::take(&mut member.row), member.user);
            let parents = table.get(parent).map(|entry| {
                let (flags, dispositions) = (entry.detail.flags(), entry.detail.dispositions());
                let ignored = dispositions.ignored & bit(SIGCHLD) != 0;
                let told = dispositions.caught & bit(SIGCHLD) != 0
                    || entry.detail.reach(SIGCHLD) != crate::signal::Reach::Open;
                (ignored || flags & flags::NO_CHILD_WAIT != 0, told)
            });
            let (discard, told) = parents.unwrap_or((true, false));
            (parent, discard, row, user, told)
        };
        self.release_row(row);
        self.files.ended(number);
        let usage = if tell {
            let table = self.table.borrow();
            table
                .get(number)
                .map_or_else(Usage::default, |entry| entry.detail.usage())
        } else {
            Usage::default()
        };
        let ended = self.table.borrow_mut().end(number, status, discard);
        let Some(ended) = ended else { return };
        {
            let table = self.table.borrow();
            for orphan in &ended.orphans {
                if let Some(entry) = table.get(*orphan)
                    && let Page::Shared(page) = &entry.detail.page
                {
                    page.write_word(offset_of!(ProcessPage, parent), INIT);
                }
            }
            if let Some(entry) = table.get(parent) {
                entry.detail.waiters.wake_all();
            }
        }
        for group in &ended.hung_up {
            self.hang_up(*group);
        }
        if tell {
            self.tell_of_end(parent, number, user, status, &usage);
        }
        if let Some(session) = ended.led {
            self.tell_terminal(session);
        }
        drop(ended);
        let last = self.table.borrow().is_empty();
        self.console.note_end(number, status, last);
    }

    /// A session has lost its leader, and with it its terminal.
    fn tell_terminal(&self, session: u64) {
        let runtime = self.runtime.clone();
        self.runtime.spawn(async move {
            let _ = terminals::leader_gone(&runtime, slot::TERMINALS, session).await;
        });
    }

    /// waitid.
    ///
    /// # Errors
    /// ECHILD, EINTR, EINVAL.
    pub async fn wait_for_child(
        &self,
        request: &Request,
        which: WaitFor,
        number: u64,
        options: WaitOptions,
    ) -> Result<WaitReply, ProcessesError> {
        let has = |flag: WaitOptions| options.word() & flag.word() != 0;
        let wanted = Wanted {
            ended: has(WaitOptions::EXITED),
            stopped: has(WaitOptions::STOPPED),
            continued: has(WaitOptions::CONTINUED),
            keep: has(WaitOptions::NO_REAP),
        };
        if !(wanted.ended || wanted.stopped || wanted.continued) {
            return Err(ProcessesError::InvalidArgument);
        }
        let caller = request.stamp().process;
        loop {
            let (found, waiters) = {
                let mut table = self.table.borrow_mut();
                let own = table.get(caller).ok_or(ProcessesError::NoChild)?;
                let waiters = Rc::clone(&own.detail.waiters);
                let which = match which {
                    WaitFor::Any => Which::Any,
                    WaitFor::Process => Which::Process(number),
                    WaitFor::Group if number == 0 => Which::Group(own.group()),
                    WaitFor::Group => Which::Group(number),
                };
                (table.wait(caller, which, wanted), waiters)
            };
            match found {
                Waited::NoChild => return Err(ProcessesError::NoChild),
                Waited::NoChange if has(WaitOptions::NO_HANG) => {
                    return Ok(WaitReply {
                        process: 0,
                        status: 0,
                        code: 0,
                        user: 0,
                        usage: ResourceUsage::default(),
                    });
                }
                Waited::NoChange => waiters.wait(request).await?,
                Waited::Change(change) => return Ok(self.told(caller, change, wanted.keep)),
            }
        }
    }

    /// What a wait answers of a child; one that has ended is gone then.
    fn told(&self, caller: u64, change: Change, keep: bool) -> WaitReply {
        let mut table = self.table.borrow_mut();
        let (mut usage, mut resident, mut user) = (Usage::default(), 0, 0);
        if let Some(child) = table.get(change.number) {
            let info = child.detail.info();
            usage = Usage {
                user_ns: info.user_time_ns,
                system_ns: info.system_time_ns,
                page_faults: info.page_faults,
                switches: info.context_switches,
            };
            usage.add(&child.detail.children);
            resident = info.resident;
            user = child.detail.user;
        }
        if change.ended && !keep {
            if let Some(parent) = table.get_mut(caller) {
                parent.detail.children.add(&usage);
            }
            drop(table.reap(change.number));
        }
        WaitReply {
            process: change.number,
            status: u64::from(change.status),
            code: u64::from(change.code),
            user: u64::from(user),
            usage: resource_usage(&usage, resident),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_process_ends_with_is_an_end() {
        assert_eq!(status_of(0x300), 0x300);
        assert_eq!(status_of(9), 9);
        assert_eq!(status_of(64), 64);
        // Neither "stopped" nor "goes on" can be had by ending.
        assert_eq!(status_of(0x7f), SIGKILL);
        assert_eq!(status_of(0xffff), SIGKILL);
        assert_eq!(status_of(u64::MAX << 16 | 0x100), 0x100);
    }

    #[test]
    fn times_are_split_into_seconds_and_microseconds() {
        let usage = Usage {
            user_ns: 3_000_002_999,
            ..Usage::default()
        };
        let resources = resource_usage(&usage, 8192);
        assert_eq!((resources.user_seconds, resources.user_microseconds), (3, 2));
        assert_eq!(resources.maximum_resident, 8);
    }
}
