//! `Processes`: each method by what the other modules do.

use crate::execute::Asked;
use crate::identity::Ids;
use crate::lifecycle::resource_usage;
use crate::limits::Limit;
use crate::server::Server;
use crate::signal::{FIRST_QUEUED, SI_QUEUE, SI_TKILL, SI_USER, SIGNAL_MAX, bit};
use crate::table::Entry;
use crate::timers::Kind;
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;
use trivet_ipc::plain::bytes_of_slice;
use trivet_ipc::processes::{
    Identity, IntervalTimer, Place, PriorityOf, ProcessesError, Setup, SignalTarget, UsageOf, WaitFor,
    WaitOptions,
};
use trivet_ipc::shared::ResourceUsage;
use trivet_ipc::thread;
use trivet_server::bytes::{Sent, SentValues};
use trivet_server::services::processes::{
    ExecuteReply, GroupOfReply, GroupsReply, HostNameReply, LimitReply, ProcessesService, SetTimerReply,
    SpawnReply, TimerReply, TimesReply, WaitReply, WaitSignalReply,
};
use trivet_server::{CopyError, Decided, Give, Name, Output, ReceivedHandle, Request};

/// The longest name of the machine.
const HOST_NAME_MAX: u64 = 64;

fn of_copy(_: CopyError) -> ProcessesError {
    ProcessesError::InvalidArgument
}

/// Which own timer an interval timer is.
const fn own_timer(timer: IntervalTimer) -> Option<usize> {
    match timer {
        IntervalTimer::Real => None,
        IntervalTimer::Virtual => Some(0),
        IntervalTimer::Profile => Some(1),
    }
}

impl ProcessesService for Server {
    async fn identity(&self, request: &Request) -> Result<Identity, ProcessesError> {
        self.identity_of(request.stamp().process)
    }

    async fn page(&self, request: &Request) -> Result<Give, ProcessesError> {
        self.page_of(request).map(Give::copy_of)
    }

    async fn fork(&self, request: &Request) -> Result<u64, ProcessesError> {
        Server::fork(self, request, false).map(|(child, _)| child)
    }

    async fn fork_sharing(&self, request: &Request) -> Result<u64, ProcessesError> {
        let (child, gate) = Server::fork(self, request, true)?;
        if let Some(gate) = gate {
            while self.borrows_memory(child) {
                // A caller that is gone needs no answer.
                if gate.wait(request).await.is_err() {
                    break;
                }
            }
        }
        Ok(child)
    }

    async fn spawn(
        &self,
        request: &Request,
        setup: Setup,
        arguments: Sent<'_>,
        environment: Sent<'_>,
        places: SentValues<'_, Place>,
        program: &ReceivedHandle,
    ) -> Result<SpawnReply, ProcessesError> {
        let asked = Asked {
            setup,
            arguments,
            environment,
            places,
            program,
        };
        let (process, interpreter) = match Box::pin(self.spawn_program(request, asked)).await? {
            Ok(process) => (process, Vec::new()),
            Err(interpreter) => (0, interpreter),
        };
        Ok(SpawnReply {
            process,
            interpreter_length: interpreter.len() as u64,
            interpreter: interpreter.into(),
        })
    }

    async fn execute(
        &self,
        request: &Request,
        setup: Setup,
        arguments: Sent<'_>,
        environment: Sent<'_>,
        places: SentValues<'_, Place>,
        program: &ReceivedHandle,
    ) -> Result<ExecuteReply, ProcessesError> {
        let asked = Asked {
            setup,
            arguments,
            environment,
            places,
            program,
        };
        let interpreter = Box::pin(self.execute_program(request, asked)).await?;
        Ok(ExecuteReply {
            interpreter_length: interpreter.len() as u64,
            interpreter: interpreter.into(),
        })
    }

    async fn files(&self, request: &Request) -> Result<Give, ProcessesError> {
        self.top_of_files(request).map_err(|_| ProcessesError::NoMemory)
    }

    async fn exit(&self, request: &Request, status: u32) -> Result<(), ProcessesError> {
        let table = self.table.borrow();
        if let Some(entry) = table.get(request.stamp().process) {
            let reason = u64::from(status & 0xff) << 8;
            let _ = trivet_ipc::process::kill(entry.detail.process.handle(), reason);
        }
        Ok(())
    }

    async fn wait(
        &self,
        request: &Request,
        which: WaitFor,
        number: u64,
        options: WaitOptions,
    ) -> Result<WaitReply, ProcessesError> {
        self.wait_for_child(request, which, number, options).await
    }

    async fn signal(
        &self,
        request: &Request,
        target: SignalTarget,
        process: Name<u64>,
        thread: u64,
        signal: u32,
    ) -> Result<Decided<()>, ProcessesError> {
        let judge = request.judge();
        let number = process.open(&judge);
        let (thread, code) = match target {
            SignalTarget::Thread => (Some(thread), SI_TKILL),
            _ => (None, SI_USER),
        };
        self.signal_from(request, target, number, thread, signal, (code, 0))?;
        Ok(judge.decided(())?)
    }

    async fn queue_signal(
        &self,
        request: &Request,
        process: Name<u64>,
        signal: u32,
        value: u64,
    ) -> Result<Decided<()>, ProcessesError> {
        let judge = request.judge();
        let number = process.open(&judge);
        let how = (SI_QUEUE, value);
        self.signal_from(request, SignalTarget::Process, number, None, signal, how)?;
        Ok(judge.decided(())?)
    }

    async fn default_action(&self, request: &Request, signal: u32) -> Result<(), ProcessesError> {
        Server::default_action(self, request.stamp().process, signal)
    }

    async fn background(&self, request: &Request, signal: u32) -> Result<(), ProcessesError> {
        Server::background(self, request, signal)
    }

    async fn wait_signal(
        &self,
        request: &Request,
        mask: u64,
        deadline_ns: u64,
    ) -> Result<WaitSignalReply, ProcessesError> {
        let caller = request.stamp().process;
        // Others are fetched from the page.
        let mask = mask & !(bit(FIRST_QUEUED) - 1);
        let mut wakes = false;
        let result = loop {
            if let Some(taken) = self.take_queued(caller, mask) {
                break Ok(WaitSignalReply {
                    signal: u64::from(taken.signal),
                    code: u64::from(taken.information.code),
                    value: taken.information.value,
                    sender: taken.information.sender,
                    user: u64::from(taken.information.user),
                });
            }
            if deadline_ns == 0 || (deadline_ns != u64::MAX && self.runtime.kernel().now_ns() >= deadline_ns)
            {
                break Err(ProcessesError::TryAgain);
            }
            let waiters = {
                let table = self.table.borrow();
                let entry = table.get(caller).ok_or(ProcessesError::InvalidArgument)?;
                Rc::clone(&entry.detail.signal_waiters)
            };
            if deadline_ns != u64::MAX && !wakes {
                wakes = true;
                self.timers.add(deadline_ns, caller, Kind::Wake);
            }
            if waiters.wait(request).await.is_err() {
                break Err(ProcessesError::Interrupted);
            }
        };
        if wakes {
            self.timers.remove(deadline_ns, caller, Kind::Wake);
        }
        result
    }

    async fn dispositions_changed(&self, _: &Request) -> Result<(), ProcessesError> {
        // The server looks into the page when it matters.
        Ok(())
    }

    async fn set_group(
        &self,
        request: &Request,
        process: Name<u64>,
        group: u64,
    ) -> Result<Decided<()>, ProcessesError> {
        let judge = request.judge();
        let target = self.judged(&judge, process.open(&judge))?;
        self.set_group_of(request.stamp().process, target, group)?;
        Ok(judge.decided(())?)
    }

    async fn group_of(
        &self,
        request: &Request,
        process: Name<u64>,
    ) -> Result<Decided<GroupOfReply>, ProcessesError> {
        let judge = request.judge();
        let target = self.judged(&judge, process.open(&judge))?;
        let table = self.table.borrow();
        let entry = table.get(target).ok_or(ProcessesError::NoSuchProcess)?;
        Ok(judge.decided(GroupOfReply {
            group: entry.group(),
            session: entry.session(),
        })?)
    }

    async fn new_session(&self, request: &Request) -> Result<u64, ProcessesError> {
        self.start_session(request.stamp().process)
    }

    async fn set_users(
        &self,
        request: &Request,
        real: u32,
        effective: u32,
        saved: u32,
    ) -> Result<(), ProcessesError> {
        let ids = Ids {
            real,
            effective,
            saved,
        };
        self.set_users_of(request.stamp().process, ids)
    }

    async fn set_group_ids(
        &self,
        request: &Request,
        real: u32,
        effective: u32,
        saved: u32,
    ) -> Result<(), ProcessesError> {
        let ids = Ids {
            real,
            effective,
            saved,
        };
        self.set_group_ids_of(request.stamp().process, ids)
    }

    async fn set_groups(&self, request: &Request, groups: SentValues<'_, u32>) -> Result<(), ProcessesError> {
        let groups = groups.to_vec().map_err(of_copy)?;
        self.set_groups_of(request.stamp().process, &groups)
    }

    async fn groups(&self, request: &Request) -> Result<GroupsReply, ProcessesError> {
        let row = self.row_of(request.stamp().process).unwrap_or_default();
        let groups = row.supplementary();
        Ok(GroupsReply {
            groups: Output::Bytes(bytes_of_slice(groups).to_vec()),
            count: groups.len() as u64,
        })
    }

    async fn limit(
        &self,
        request: &Request,
        process: Name<u64>,
        resource: u32,
    ) -> Result<Decided<LimitReply>, ProcessesError> {
        let judge = request.judge();
        let target = self.judged(&judge, process.open(&judge))?;
        let table = self.table.borrow();
        let entry = table.get(target).ok_or(ProcessesError::NoSuchProcess)?;
        let limit = entry.detail.limits.get(resource as usize);
        let limit = limit.ok_or(ProcessesError::InvalidArgument)?;
        Ok(judge.decided(LimitReply {
            soft: limit.soft,
            hard: limit.hard,
        })?)
    }

    async fn set_limit(
        &self,
        request: &Request,
        process: Name<u64>,
        resource: u32,
        soft: u64,
        hard: u64,
    ) -> Result<Decided<()>, ProcessesError> {
        let judge = request.judge();
        let target = self.judged(&judge, process.open(&judge))?;
        self.set_limit_of(request.stamp().process, target, resource, Limit { soft, hard })?;
        Ok(judge.decided(())?)
    }

    async fn usage(&self, request: &Request, of: UsageOf) -> Result<ResourceUsage, ProcessesError> {
        let table = self.table.borrow();
        let entry = table
            .get(request.stamp().process)
            .ok_or(ProcessesError::InvalidArgument)?;
        let member = &entry.detail;
        Ok(match of {
            UsageOf::Own => resource_usage(&member.usage(), member.info().resident),
            UsageOf::Children => resource_usage(&member.children, 0),
            UsageOf::Thread => {
                let number = crate::delivery::thread_of(request);
                let found = trivet_ipc::process::thread(member.process.handle(), number);
                let handle = crate::owned::Owned::new(found.map_err(|_| ProcessesError::InvalidArgument)?);
                let times = thread::times(handle.handle()).map_err(|_| ProcessesError::InvalidArgument)?;
                let usage = crate::member::Usage {
                    user_ns: times.user_ns,
                    system_ns: times.system_ns,
                    ..Default::default()
                };
                resource_usage(&usage, member.info().resident)
            }
        })
    }

    async fn priority(
        &self,
        request: &Request,
        of: PriorityOf,
        number: Name<u64>,
    ) -> Result<Decided<u64>, ProcessesError> {
        let judge = request.judge();
        let number = number.open(&judge);
        let priority = self.priority_of(&judge, of, number)?;
        Ok(judge.decided(priority)?)
    }

    async fn set_priority(
        &self,
        request: &Request,
        of: PriorityOf,
        number: Name<u64>,
        nice: i64,
    ) -> Result<Decided<()>, ProcessesError> {
        let judge = request.judge();
        let number = number.open(&judge);
        self.set_priority_of(&judge, of, number, nice)?;
        Ok(judge.decided(())?)
    }

    async fn set_timer(
        &self,
        request: &Request,
        timer: IntervalTimer,
        first_ns: u64,
        interval_ns: u64,
    ) -> Result<SetTimerReply, ProcessesError> {
        let caller = request.stamp().process;
        let (old_first_ns, old_interval_ns) = match own_timer(timer) {
            None => self.set_alarm(caller, first_ns, interval_ns),
            Some(which) => self.set_own_timer(caller, which, first_ns, interval_ns),
        };
        Ok(SetTimerReply {
            old_first_ns,
            old_interval_ns,
        })
    }

    async fn timer(&self, request: &Request, timer: IntervalTimer) -> Result<TimerReply, ProcessesError> {
        let caller = request.stamp().process;
        let (first_ns, interval_ns) = match own_timer(timer) {
            None => self.alarm_of(caller),
            Some(which) => self.own_timer_of(caller, which),
        };
        Ok(TimerReply {
            first_ns,
            interval_ns,
        })
    }

    async fn set_name(&self, request: &Request, text: Sent<'_>) -> Result<(), ProcessesError> {
        let text = text.to_vec().map_err(of_copy)?;
        let text = text.split(|&byte| byte == 0).next().unwrap_or(&[]);
        let mut name = [0; 16];
        let length = text.len().min(15);
        name[..length].copy_from_slice(&text[..length]);
        let mut table = self.table.borrow_mut();
        if let Some(entry) = table.get_mut(request.stamp().process) {
            entry.detail.name = name;
            let _ = trivet_ipc::process::set_name(entry.detail.process.handle(), &name[..length]);
        }
        Ok(())
    }

    async fn host_name(&self, _: &Request) -> Result<HostNameReply, ProcessesError> {
        let name = self.host_name.borrow().clone();
        Ok(HostNameReply {
            count: name.len() as u64,
            text: name.into(),
        })
    }

    async fn set_host_name(&self, request: &Request, text: Sent<'_>) -> Result<(), ProcessesError> {
        self.privileged(request)?;
        if text.length() > HOST_NAME_MAX {
            return Err(ProcessesError::InvalidArgument);
        }
        let text = text.to_vec().map_err(of_copy)?;
        self.host_name.replace(text);
        Ok(())
    }

    async fn end_machine(&self, request: &Request, restart: bool) -> Result<(), ProcessesError> {
        self.end_machine_for(request.stamp().process, restart)
    }

    async fn set_root(&self, request: &Request, directory: &ReceivedHandle) -> Result<(), ProcessesError> {
        self.set_root_of(request, directory).await
    }

    async fn descriptor(
        &self,
        request: &Request,
        process: Name<u64>,
    ) -> Result<Decided<Give>, ProcessesError> {
        let judge = request.judge();
        let number = process.open(&judge);
        if number == 0 {
            return Err(ProcessesError::InvalidArgument);
        }
        let target = self.judged(&judge, number)?;
        let domain = {
            let table = self.table.borrow();
            let entry = table.get(target).ok_or(ProcessesError::NoSuchProcess)?;
            entry.detail.domain
        };
        let given = self
            .open_watch(request, target, domain)
            .map_err(|_| ProcessesError::NoMemory)?;
        Ok(judge.decided(given)?)
    }

    async fn described(&self, _: &Request, descriptor: &ReceivedHandle) -> Result<u64, ProcessesError> {
        let number = descriptor
            .own_badge()
            .and_then(|badge| self.files.watched(badge))
            .ok_or(ProcessesError::BadDescriptor)?;
        let table = self.table.borrow();
        Ok(table.get(number).map_or(0, |_| number))
    }

    async fn times(
        &self,
        request: &Request,
        process: Name<u64>,
    ) -> Result<Decided<TimesReply>, ProcessesError> {
        let judge = request.judge();
        let target = self.judged(&judge, process.open(&judge))?;
        let table = self.table.borrow();
        let entry: &Entry<_> = table.get(target).ok_or(ProcessesError::NoSuchProcess)?;
        let usage = entry.detail.usage();
        Ok(judge.decided(TimesReply {
            user_ns: usage.user_ns,
            system_ns: usage.system_ns,
            children_user_ns: entry.detail.children.user_ns,
            children_system_ns: entry.detail.children.system_ns,
        })?)
    }
}

impl Server {
    /// Whether the caller is the superuser.
    fn privileged(&self, request: &Request) -> Result<(), ProcessesError> {
        match self.row_of(request.stamp().process) {
            Some(row) if row.effective_user == 0 => Ok(()),
            _ => Err(ProcessesError::NotPermitted),
        }
    }
}

const _: () = assert!(SIGNAL_MAX == 64);
