//! Signals: who may send them, what they do, and how they reach a thread.

use crate::member::{Information, Queued};
use crate::server::Server;
use crate::signal::{
    Action, Decision, FIRST_QUEUED, Reach, SI_KERNEL, SIGCHLD, SIGCONT, SIGHUP, SIGKILL, SIGNAL_MAX, SIGSTOP,
    SIGTERM, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2, STOPPING, bit, decide, default_of,
};
use crate::slot;
use crate::table::{INIT, Life, code};
use crate::{limits, member};
use alloc::vec::Vec;
use trivet_abi::credentials::Row;
use trivet_abi::process_page::flags;
use trivet_abi::{InterfaceNumber, Label};
use trivet_ipc::process;
use trivet_ipc::processes::{ProcessesError, SignalTarget};
use trivet_server::clients::terminals;
use trivet_server::{NameJudge, Request};

/// Signals that wait in the queues of all processes, at most.
const QUEUED_MAX: usize = 16_384;
/// Of them, in those of one domain: no tenant uses up what the others need.
const QUEUED_OF_DOMAIN: usize = QUEUED_MAX / 4;
/// Nanoseconds of a hundredth of a second.
const TICK_NS: u64 = 10_000_000;

/// What the system tells of a signal that it sends itself.
pub const BY_SYSTEM: Information = Information {
    code: SI_KERNEL,
    sender: 0,
    user: 0,
    value: 0,
    ticks: [0; 2],
};

/// What a signal to process 1 asks for, as every init since System V's takes it: `halt` and `poweroff` end the machine (false), `reboot`
/// begins it anew (true).
fn wish_of_init(signal: u32) -> Option<bool> {
    match signal {
        SIGUSR1 | SIGUSR2 => Some(false),
        SIGTERM => Some(true),
        _ => None,
    }
}

impl Server {
    /// Does what a signal does to a process, or to one of its threads. No permission is asked here.
    pub fn send(&self, number: u64, signal: u32, information: &Information, thread: Option<u64>) {
        match signal {
            SIGKILL => {
                let table = self.table.borrow();
                if let Some(entry) = table.get(number).filter(|entry| entry.is_alive()) {
                    let _ = process::kill(entry.detail.process.handle(), u64::from(SIGKILL));
                }
                return;
            }
            SIGSTOP => {
                self.take_back(number, bit(SIGCONT));
                return self.stop(number, SIGSTOP);
            }
            SIGCONT => {
                self.take_back(number, STOPPING);
                self.go_on(number);
            }
            _ if STOPPING & bit(signal) != 0 => self.take_back(number, bit(SIGCONT)),
            _ => {}
        }
        let decision = {
            let mut table = self.table.borrow_mut();
            let Some(entry) = table.get_mut(number).filter(|entry| entry.is_alive()) else {
                return;
            };
            let stopped = entry.life() == Life::Stopped;
            let member = &mut entry.detail;
            let reach = thread
                .and_then(|thread| member.reach_of(thread, signal))
                .unwrap_or_else(|| member.reach(signal));
            let mut decision = decide(signal, member.dispositions(), reach);
            if stopped && matches!(decision, Decision::Act(_)) {
                // Looked at again when the process goes on.
                decision = Decision::Pend;
            }
            if decision == Decision::Pend {
                let directed = thread.is_some_and(|thread| member.direct(thread, signal));
                if !directed && member.add_pending(signal, information) && reach != Reach::Blocked {
                    member.kick(signal);
                }
            }
            decision
        };
        match decision {
            Decision::Act(action) => self.act(number, signal, action),
            Decision::Drop | Decision::Pend => {}
        }
    }

    /// Carries out a default action.
    pub fn act(&self, number: u64, signal: u32, action: Action) {
        match action {
            Action::Ignore => {}
            Action::End => {
                let table = self.table.borrow();
                if let Some(entry) = table.get(number).filter(|entry| entry.is_alive()) {
                    let _ = process::kill(entry.detail.process.handle(), u64::from(signal));
                }
            }
            Action::Stop => {
                let orphaned = {
                    let table = self.table.borrow();
                    let group = table.get(number).map(crate::table::Entry::group);
                    group.is_none_or(|group| table.is_orphaned(group))
                };
                // Nobody could ever continue an orphaned group.
                if signal == SIGSTOP || !orphaned {
                    self.stop(number, signal);
                }
            }
        }
    }

    fn take_back(&self, number: u64, signals: u64) {
        if let Some(entry) = self.table.borrow_mut().get_mut(number) {
            entry.detail.drop_pending(signals);
        }
    }

    fn stop(&self, number: u64, signal: u32) {
        {
            let mut table = self.table.borrow_mut();
            if !table.stop(number, signal) {
                return;
            }
            if let Some(entry) = table.get(number) {
                let _ = process::stop(entry.detail.process.handle());
            }
        }
        self.tell_parent(number, code::STOPPED, u64::from(signal));
    }

    fn go_on(&self, number: u64) {
        let pending = {
            let mut table = self.table.borrow_mut();
            if !table.go_on(number) {
                return;
            }
            let Some(entry) = table.get(number) else { return };
            let _ = process::resume(entry.detail.process.handle());
            entry.detail.pending()
        };
        self.tell_parent(number, code::CONTINUED, u64::from(SIGCONT));
        // What came while it stood still and has its default action.
        let mut left = pending & !bit(SIGCONT);
        while left != 0 {
            let signal = left.trailing_zeros() + 1;
            left &= left - 1;
            let decision = {
                let mut table = self.table.borrow_mut();
                let Some(entry) = table.get_mut(number) else {
                    return;
                };
                let member = &mut entry.detail;
                let decision = decide(signal, member.dispositions(), member.reach(signal));
                if decision != Decision::Pend {
                    member.drop_pending(bit(signal));
                }
                decision
            };
            if let Decision::Act(action) = decision {
                self.act(number, signal, action);
            }
        }
    }

    /// SIGCHLD for a child that stopped or goes on, and whoever waits for it.
    fn tell_parent(&self, number: u64, code: u32, value: u64) {
        let (parent, user) = {
            let table = self.table.borrow();
            let Some(child) = table.get(number) else { return };
            let (parent, user) = (child.parent(), child.detail.user);
            let Some(entry) = table.get(parent) else { return };
            entry.detail.waiters.wake_all();
            if entry.detail.flags() & flags::NO_CHILD_STOP != 0 {
                return;
            }
            (parent, user)
        };
        let information = Information {
            code,
            sender: number,
            user,
            value,
            ticks: [0; 2],
        };
        self.send(parent, SIGCHLD, &information, None);
    }

    /// SIGCHLD for a child that has ended.
    pub fn tell_of_end(&self, parent: u64, number: u64, user: u32, status: u32, usage: &member::Usage) {
        let value = if status & 0x7f == 0 {
            status >> 8 & 0xff
        } else {
            status & 0x7f
        };
        let information = Information {
            code: crate::table::code_of(status),
            sender: number,
            user,
            value: u64::from(value),
            ticks: [
                (usage.user_ns / TICK_NS) as u32,
                (usage.system_ns / TICK_NS) as u32,
            ],
        };
        self.send(parent, SIGCHLD, &information, None);
    }

    /// A signal for each member of a group. `session`: only where the group is of that session.
    pub fn send_to_group(&self, group: u64, session: Option<u64>, signal: u32, information: &Information) {
        let members: Vec<u64> = {
            let table = self.table.borrow();
            table
                .members(group)
                .filter(|number| {
                    session.is_none_or(|session| {
                        table.get(*number).is_some_and(|entry| entry.session() == session)
                    })
                })
                .collect()
        };
        for number in members {
            self.send(number, signal, information, None);
        }
    }

    /// A group that nobody can continue any more has stopped members.
    pub fn hang_up(&self, group: u64) {
        self.send_to_group(group, None, SIGHUP, &BY_SYSTEM);
        self.send_to_group(group, None, SIGCONT, &BY_SYSTEM);
    }

    /// A signal from the host for a job: what would kill kills all of it, the rest goes to the first program's group.
    pub fn signal_job(&self, leader: u64, signal: u32) {
        match signal {
            SIGKILL => self.kill_everybody(),
            1..=SIGNAL_MAX => self.send_to_group(leader, None, signal, &BY_SYSTEM),
            _ => {}
        }
    }

    /// Takes the signals that terminals raise, as long as the machine runs.
    pub async fn hear_terminals(&self) {
        loop {
            let Ok(news) = terminals::news(&self.runtime, slot::TERMINALS).await else {
                // A file server without terminals raises none.
                return;
            };
            if !(1..=SIGNAL_MAX).contains(&news.signal) {
                continue;
            }
            match news.group {
                0 => {
                    let leads = {
                        let table = self.table.borrow();
                        table
                            .get(news.session)
                            .is_some_and(|entry| entry.session() == news.session)
                    };
                    if leads {
                        self.send(news.session, news.signal, &BY_SYSTEM, None);
                    }
                }
                group => self.send_to_group(group, Some(news.session), news.signal, &BY_SYSTEM),
            }
        }
    }

    /// Whether a caller may signal a process: by users, and by the policy on the label of the target's domain.
    fn may_signal(&self, judge: &NameJudge<'_>, target: u64, signal: u32) -> Result<(), ProcessesError> {
        // First the policy: of what it does not show, nothing else is told.
        self.judged(judge, target)?;
        let caller = judge.request().stamp().process;
        let from = self.row_of(caller).ok_or(ProcessesError::NoSuchProcess)?;
        let to = match self.row_of(target) {
            Some(row) => row,
            // It has ended: what is left of it has its user.
            None => {
                let table = self.table.borrow();
                let user = table
                    .get(target)
                    .ok_or(ProcessesError::NoSuchProcess)?
                    .detail
                    .user;
                Row {
                    real_user: user,
                    saved_user: user,
                    ..Row::default()
                }
            }
        };
        let same_user = [from.real_user, from.effective_user]
            .iter()
            .any(|user| *user == to.real_user || *user == to.saved_user);
        let continues = signal == SIGCONT && from.session == to.session;
        if from.effective_user != 0 && !same_user && !continues {
            return Err(ProcessesError::NotPermitted);
        }
        Ok(())
    }

    /// Ends the machine for a process that may.
    ///
    /// # Errors
    /// EPERM.
    pub fn end_machine_for(&self, caller: u64, restart: bool) -> Result<(), ProcessesError> {
        let (session, user) = {
            let session = self
                .table
                .borrow()
                .get(caller)
                .map_or(0, crate::table::Entry::session);
            (session, self.row_of(caller).map(|row| row.effective_user))
        };
        // Who sits at the console may switch the machine off, as the superuser may.
        if !self.console.is_job(session) && user != Some(0) {
            return Err(ProcessesError::NotPermitted);
        }
        self.console.finish(restart);
        self.kill_everybody();
        Ok(())
    }

    /// A signal to init that asks for the machine's end: for who may send `end_machine`. Nobody else learns that there is an init.
    fn wish_end_of_machine(&self, judge: &NameJudge<'_>, restart: bool) -> Result<(), ProcessesError> {
        let method = trivet_ipc::processes::method::END_MACHINE;
        let interface = InterfaceNumber(trivet_ipc::processes::INTERFACE.0);
        if !judge.allows_method(Label(self.service_label), interface, method) {
            return Err(ProcessesError::NoSuchProcess);
        }
        self.end_machine_for(judge.request().stamp().process, restart)
    }

    /// kill, killpg, tgkill, sigqueue. Signal 0 only asks.
    ///
    /// # Errors
    /// POSIX's.
    pub fn signal_from(
        &self,
        request: &Request,
        target: SignalTarget,
        number: u64,
        thread: Option<u64>,
        signal: u32,
        (code, value): (u32, u64),
    ) -> Result<(), ProcessesError> {
        if signal > SIGNAL_MAX {
            return Err(ProcessesError::InvalidArgument);
        }
        let caller = request.stamp().process;
        let targets: Vec<u64> = {
            let table = self.table.borrow();
            let own_group = table.get(caller).ok_or(ProcessesError::NoSuchProcess)?.group();
            match target {
                SignalTarget::Process | SignalTarget::Thread => Vec::from([number]),
                SignalTarget::Group if number == 0 => table.members(own_group).collect(),
                SignalTarget::Group => table.members(number).collect(),
                // POSIX leaves the caller to the system; as on Linux it is spared.
                SignalTarget::Everybody => table
                    .iter()
                    .map(|(number, _)| number)
                    .filter(|other| *other != caller)
                    .collect(),
            }
        };
        let judge = request.judge();
        if target == SignalTarget::Process
            && number == INIT
            && let Some(restart) = wish_of_init(signal)
        {
            return self.wish_end_of_machine(&judge, restart);
        }
        let information = Information {
            code,
            sender: caller,
            user: self.row_of(caller).map_or(0, |row| row.real_user),
            value,
            ticks: [0; 2],
        };
        let mut refused = ProcessesError::NoSuchProcess;
        let mut sent = false;
        for number in targets {
            match self.may_signal(&judge, number, signal) {
                Ok(()) => {}
                // Only one's own pages say what is refused.
                Err(ProcessesError::NoSuchProcess) => continue,
                Err(error) => {
                    refused = error;
                    continue;
                }
            }
            if let Some(thread) = thread {
                self.thread_lives(number, thread)?;
            }
            sent = true;
            match signal {
                0 => {}
                FIRST_QUEUED.. => self.queue(number, signal, &information, thread)?,
                _ => self.send(number, signal, &information, thread),
            }
        }
        if sent { Ok(()) } else { Err(refused) }
    }

    fn thread_lives(&self, number: u64, thread: u64) -> Result<(), ProcessesError> {
        let table = self.table.borrow();
        let entry = table.get(number).filter(|entry| entry.is_alive());
        let handle = entry
            .ok_or(ProcessesError::NoSuchProcess)?
            .detail
            .process
            .handle();
        match process::thread(handle, thread) {
            Ok(found) => {
                drop(crate::owned::Owned::new(found));
                Ok(())
            }
            Err(_) => Err(ProcessesError::NoSuchProcess),
        }
    }

    /// A signal that is queued with its value.
    fn queue(
        &self,
        number: u64,
        signal: u32,
        information: &Information,
        thread: Option<u64>,
    ) -> Result<(), ProcessesError> {
        {
            let mut table = self.table.borrow_mut();
            // Counted only where there are many.
            let is_full = self.queued_signals.get() >= QUEUED_OF_DOMAIN && {
                let domain = table.get(number).map(|entry| entry.detail.domain);
                let members = table.iter().map(|(_, entry)| &entry.detail);
                let alike = members.filter(|member| Some(member.domain) == domain);
                alike.map(|member| member.queue.len()).sum::<usize>() >= QUEUED_OF_DOMAIN
            };
            let Some(entry) = table.get_mut(number).filter(|entry| entry.is_alive()) else {
                return Ok(());
            };
            let member = &mut entry.detail;
            let reach = member.reach(signal);
            if decide(signal, member.dispositions(), reach) != Decision::Pend && entry.life() != Life::Stopped
            {
                // Ignored, or the end of the process: nothing to keep.
                drop(table);
                self.send(number, signal, information, thread);
                return Ok(());
            }
            let member = &mut entry.detail;
            let room = usize::try_from(member.limits.soft(limits::SIGNALS)).unwrap_or(usize::MAX);
            let all = self.queued_signals.get();
            if member.queue.len() >= room || all >= QUEUED_MAX || is_full {
                return Err(ProcessesError::TryAgain);
            }
            self.queued_signals.set(all + 1);
            member.queue.push_back(Queued {
                signal,
                information: *information,
            });
            member.signal_waiters.wake_all();
        }
        self.send(number, signal, information, thread);
        Ok(())
    }

    /// Takes the first of the lowest queued signals in `mask`. The signal's bit goes when the queue has no more of it.
    pub fn take_queued(&self, number: u64, mask: u64) -> Option<Queued> {
        let mut table = self.table.borrow_mut();
        let member = &mut table.get_mut(number)?.detail;
        let lowest = member
            .queue
            .iter()
            .filter(|queued| mask & bit(queued.signal) != 0)
            .map(|queued| queued.signal)
            .min()?;
        let position = member.queue.iter().position(|queued| queued.signal == lowest)?;
        let taken = member.queue.remove(position)?;
        self.queued_signals
            .set(self.queued_signals.get().saturating_sub(1));
        if !member.queue.iter().any(|queued| queued.signal == lowest) {
            member.drop_pending(bit(lowest));
        }
        Some(taken)
    }

    /// A background process used its controlling terminal: its group gets the signal.
    ///
    /// # Errors
    /// EIO where that could have no effect.
    pub fn background(&self, request: &Request, signal: u32) -> Result<(), ProcessesError> {
        if signal != SIGTTIN && signal != SIGTTOU {
            return Err(ProcessesError::InvalidArgument);
        }
        let caller = request.stamp().process;
        let group = {
            let table = self.table.borrow();
            let entry = table.get(caller).ok_or(ProcessesError::InputOutput)?;
            let member = &entry.detail;
            let mask = member.mask_of(|| thread_of(request));
            let ineffective = (member.dispositions().ignored | mask) & bit(signal) != 0;
            if ineffective || table.is_orphaned(entry.group()) {
                return Err(ProcessesError::InputOutput);
            }
            entry.group()
        };
        self.send_to_group(group, None, signal, &BY_SYSTEM);
        Ok(())
    }

    /// The default action of a signal, which a program asks for itself.
    ///
    /// # Errors
    /// EINVAL.
    pub fn default_action(&self, caller: u64, signal: u32) -> Result<(), ProcessesError> {
        match signal {
            1..=SIGNAL_MAX => {
                self.act(caller, signal, default_of(signal));
                Ok(())
            }
            _ => Err(ProcessesError::InvalidArgument),
        }
    }
}

/// The kernel's number of the thread that waits for a request.
pub fn thread_of(request: &Request) -> u64 {
    trivet_ipc::endpoint::caller(slot::ENDPOINT, request.token()).map_or(0, |caller| caller.thread)
}
