//! How processes are made, committed, and taken apart. Taking apart goes in bounded steps: each entry that takes the long way does
//! one, and idle processors do the rest.

use super::{Process, ProcessState};
use crate::account::Account;
use crate::arena::Ref;
use crate::handle::slot::{Content, Object, Slot};
use crate::handle::table::{HandleTable, Place};
use crate::ipc::endpoint::Endpoint;
use crate::ipc::event::{Event, News};
use crate::kernel::{Kernel, NUMBER_BUCKETS};
use crate::machine::{Frame, Machine};
use crate::mm::AddressSpace;
use crate::object::PROCESS_COST;
use crate::policy::own_label;
use crate::thread::{ThreadState, attention};
use alloc::vec::Vec;
use trivet_abi::error::CallError;
use trivet_abi::event::readiness;
use trivet_abi::handle::{Handle, Rights};
use trivet_abi::{Domain, InterfaceNumber, Label};

/// Processes that wait to be taken apart, in order.
#[derive(Debug, Default)]
pub struct Reaper {
    first: Option<Ref<Process>>,
    last: Option<Ref<Process>>,
    /// Endpoints nobody can receive at any more, of which calls and events are left; counted.
    endpoints: Option<Ref<Endpoint>>,
}

impl Reaper {
    /// Whether a process or an endpoint waits to be taken apart.
    #[inline(always)]
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        self.first.is_some() || self.endpoints.is_some()
    }
}

/// Threads ended, calls failed and slots closed in one step.
const REAP_THREADS: usize = 8;
const REAP_CALLS: usize = 16;
const REAP_SLOTS: usize = 64;

impl<M: Machine> Kernel<M> {
    /// Makes an embryo in a domain, with an address space (whose reference is taken over) and no threads.
    ///
    /// # Errors
    /// Limits, no memory.
    pub fn create_process(
        &mut self,
        account: Ref<Account>,
        domain: Domain,
        image: Label,
        space: Ref<AddressSpace>,
        root: Frame,
    ) -> Result<Ref<Process>, CallError> {
        let mut cells = Vec::new();
        let cell_count = usize::from(self.policy.cells(domain).0);
        cells
            .try_reserve_exact(cell_count)
            .map_err(|_| CallError::NoMemory)?;
        cells.resize(cell_count, 0);
        self.accounts[account].charge_all(&PROCESS_COST)?;
        let label = own_label(domain);
        let masks = self
            .policy
            .masks(domain, label, InterfaceNumber(crate::methods::Thread::INTERFACE));
        let number = self.next_process;
        let made = self.processes.insert(Process {
            number,
            domain,
            image,
            row: 0,
            state: ProcessState::Embryo,
            stopped: false,
            account,
            space: Some(space),
            root,
            table: HandleTable::new(),
            table_bytes: 0,
            self_thread: Slot {
                content: Content::Free,
                label,
                rights: Rights::DUPLICATE,
                interface: InterfaceNumber(crate::methods::Thread::INTERFACE),
                also_answers: InterfaceNumber(crate::methods::Thread::INTERFACE),
                allow: masks.allow,
                special: masks.stateful | masks.audit | self.trace.special(domain),
                ..Slot::EMPTY
            },
            cells,
            threads: None,
            thread_count: 0,
            has_received: false,
            supervisor: None,
            subscriptions: None,
            watches: None,
            exit_reason: 0,
            name: [0; 16],
            descriptor_limit: Handle::DESCRIPTOR_END,
            thread_limit: u32::MAX,
            space_limit: u64::MAX,
            time_limit_ticks: 0,
            user_ticks: 0,
            system_ticks: 0,
            start_ns: self.machine.now_ns(),
            page_faults: 0,
            switches: 0,
            number_next: None,
            reap_position: 0,
            reap_calls: 0,
            reap_next: None,
        });
        let Ok(process) = made else {
            self.accounts[account].refund_all(&PROCESS_COST);
            return Err(CallError::NoMemory);
        };
        self.next_process += 1;
        self.accounts.acquire(account);
        self.index_number(process);
        self.count_row(0);
        Ok(process)
    }

    fn number_bucket(number: u64) -> usize {
        number as usize & (NUMBER_BUCKETS - 1)
    }

    fn index_number(&mut self, process: Ref<Process>) {
        let bucket = Self::number_bucket(self.processes[process].number);
        self.processes[process].number_next = self.numbers[bucket].replace(process);
    }

    fn unindex_number(&mut self, process: Ref<Process>) {
        let bucket = Self::number_bucket(self.processes[process].number);
        let next = self.processes[process].number_next.take();
        let mut at = self.numbers[bucket];
        if at == Some(process) {
            self.numbers[bucket] = next;
            return;
        }
        while let Some(other) = at {
            if self.processes[other].number_next == Some(process) {
                self.processes[other].number_next = next;
                return;
            }
            at = self.processes[other].number_next;
        }
    }

    /// The process that has this number now.
    #[must_use]
    pub fn find_process(&self, number: u64) -> Option<Ref<Process>> {
        let mut at = self.numbers[Self::number_bucket(number)];
        while let Some(process) = at {
            if self.processes[process].number == number {
                return Some(process);
            }
            at = self.processes[process].number_next;
        }
        None
    }

    /// Ends a process: no thread of it runs any more, and everything it holds goes, in steps.
    pub fn kill_process(&mut self, process: Ref<Process>, reason: u64) {
        let target = &mut self.processes[process];
        if !target.is_alive() {
            return;
        }
        target.state = ProcessState::Dying;
        target.exit_reason = reason;
        target.reap_next = None;
        match self.reaper.last.replace(process) {
            Some(last) => self.processes[last].reap_next = Some(process),
            None => self.reaper.first = Some(process),
        }
        // This entry does not end before the reaper had its turn.
        self.processors[self.cpu].reschedule = true;
        for cpu in 0..self.processors.len() {
            if let Some(current) = self.processors[cpu].current
                && self.threads[current].process == process
            {
                self.attend(current, attention::KILL);
                if cpu != self.cpu {
                    self.machine.send_reschedule(cpu);
                }
            }
        }
    }

    /// One bounded step of taking a dying process apart. False: nothing is to be done.
    pub fn reap_step(&mut self) -> bool {
        if self.reap_memory() || self.reap_endpoint() {
            return true;
        }
        let Some(process) = self.reaper.first else {
            return false;
        };
        let mut next_thread = self.processes[process].threads;
        let mut ended = 0;
        let mut left = false;
        while let Some(thread) = next_thread {
            next_thread = self.threads[thread].process_next;
            if matches!(self.threads[thread].state, ThreadState::Running(_)) {
                left = true;
                continue;
            }
            if ended == REAP_THREADS {
                return true;
            }
            ended += 1;
            self.end_thread(thread);
        }
        if left {
            self.let_others_be_reaped(process);
            return ended != 0;
        }
        if self.fail_served(process) || !self.close_some(process, REAP_SLOTS) {
            return true;
        }
        if let Some(space) = self.processes[process].space.take() {
            // Its pages go in the next steps, before the end of the process is told.
            self.mm.release_space(space);
            return true;
        }
        self.reaper.first = self.processes[process].reap_next.take();
        if self.reaper.first.is_none() {
            self.reaper.last = None;
        }
        self.finish_process(process);
        true
    }

    /// A processor has not noticed yet that its thread is to end: others first, at the next step.
    fn let_others_be_reaped(&mut self, process: Ref<Process>) {
        if let Some(next) = self.processes[process].reap_next.take() {
            self.reaper.first = Some(next);
            if let Some(last) = self.reaper.last.replace(process) {
                self.processes[last].reap_next = Some(process);
            }
        }
    }

    /// Nobody can receive at the endpoint any more: everything that waits there ends, in steps.
    pub(crate) fn close_endpoint(&mut self, target: Ref<Endpoint>) {
        self.endpoints.acquire(target);
        let endpoint = &mut self.endpoints[target];
        endpoint.alive = false;
        endpoint.reap_next = self.reaper.endpoints.replace(target);
        self.processors[self.cpu].reschedule = true;
    }

    /// One step of taking an endpoint apart.
    fn reap_endpoint(&mut self) -> bool {
        let Some(target) = self.reaper.endpoints else {
            return false;
        };
        if self.empty_endpoint(target, REAP_CALLS) {
            self.reaper.endpoints = self.endpoints[target].reap_next.take();
            self.release_endpoint(target);
        }
        true
    }

    /// Whether something waits to be taken apart.
    #[must_use]
    pub fn reaper_is_busy(&self) -> bool {
        self.reaper.is_busy() || self.mm.has_dying()
    }

    /// One step of taking memory apart.
    fn reap_memory(&mut self) -> bool {
        if !self.mm.has_dying() {
            return false;
        }
        if let crate::mm::Reaped::Object(account) = self.mm.reap(&mut self.machine, &mut self.accounts) {
            self.release_account(account);
        }
        true
    }

    /// Nothing is left of a process but its number: whoever waits for that hears of it.
    fn finish_process(&mut self, process: Ref<Process>) {
        self.drop_table(process);
        self.unindex_number(process);
        let target = &mut self.processes[process];
        target.state = ProcessState::Dead;
        let (number, reason, row) = (target.number, target.exit_reason, target.row);
        let supervisor = target.supervisor.take();
        self.drop_row(row);
        if let Some(event) = supervisor {
            self.events[event].words = [number, reason, 0, 0, 0];
            self.fire(event, 1);
            self.finish_event(event);
        }
        while let Some(event) = self.processes[process].subscriptions {
            if let Some(endpoint) = self.events[event].endpoint {
                self.unlink_subscription(endpoint, event);
            }
            self.fire(event, 1);
            self.finish_event(event);
        }
        self.notify_watches(crate::waitset::Source::Process(process), readiness::IN);
        self.release_process(process);
    }

    /// Counts one reference less; the last one frees the process.
    pub(crate) fn release_process(&mut self, process: Ref<Process>) {
        if !self.processes.release(process) {
            self.end_forgotten_embryo(process);
            return;
        }
        while let Some(watch) = self.processes[process].watches {
            self.drop_watch(watch);
        }
        if let Some(gone) = self.processes.remove(process) {
            // Not before: a process of which somebody keeps the handle, such as one that its parent has not waited for, counts.
            self.accounts[gone.account].refund_all(&PROCESS_COST);
            self.release_account(gone.account);
        }
    }

    /// An embryo that only names itself can never run: it goes with the last handle of whoever built it.
    fn end_forgotten_embryo(&mut self, process: Ref<Process>) {
        let owner = &self.processes[process];
        if owner.state != ProcessState::Embryo {
            return;
        }
        let own = owner
            .table
            .slot(Place::Own(0))
            .is_some_and(|slot| slot.content == Content::Live(Object::Process(process)));
        if self.processes.references(process) == 1 + owner.thread_count + u32::from(own) {
            self.kill_process(process, 0);
        }
    }

    /// The embryo becomes the process `old`: its number, its supervisor, its watchers. `old` is destroyed without a word.
    pub(crate) fn commit_over(&mut self, embryo: Ref<Process>, old: Ref<Process>) {
        self.unindex_number(embryo);
        self.unindex_number(old);
        let new_number = self.processes[embryo].number;
        let number = core::mem::replace(&mut self.processes[old].number, new_number);
        let former = &mut self.processes[old];
        let (supervisor, subscriptions, watches) = (
            former.supervisor.take(),
            former.subscriptions.take(),
            former.watches.take(),
        );
        let (start_ns, row, name) = (former.start_ns, former.row, former.name);
        let limits = (
            former.descriptor_limit,
            former.thread_limit,
            former.space_limit,
            former.time_limit_ticks,
        );
        let (faults, switches) = (former.page_faults, former.switches);
        let times = self.process_ticks(old);
        let target = &mut self.processes[embryo];
        target.number = number;
        target.start_ns = start_ns;
        target.page_faults += faults;
        target.switches += switches;
        target.user_ticks = times.0;
        target.system_ticks = times.1;
        if target.name == [0; 16] {
            target.name = name;
        }
        (
            target.descriptor_limit,
            target.thread_limit,
            target.space_limit,
            target.time_limit_ticks,
        ) = limits;
        // An embryo that was given a row keeps it (set-id programs), so that no message of it carries the old one.
        let given = target.row != trivet_abi::credentials::SYSTEM_ROW;
        let dropped = if given {
            None
        } else {
            Some(core::mem::replace(&mut target.row, row))
        };
        target.state = ProcessState::Running;
        let supervised = match (target.supervisor, supervisor) {
            (None, Some(event)) => {
                target.supervisor = Some(event);
                None
            }
            (_, other) => other,
        };
        target.subscriptions = subscriptions;
        target.watches = watches;
        if let Some(event) = supervised {
            self.drop_event(event);
        }
        if let Some(own) = dropped {
            self.count_row(row);
            self.drop_row(own);
        }
        let mut at = subscriptions;
        while let Some(event) = at {
            self.events[event].watched = Some(embryo);
            at = self.events[event].sibling;
        }
        let mut at = watches;
        while let Some(watch) = at {
            self.watches[watch].source = crate::waitset::Source::Process(embryo);
            at = self.watches[watch].source_next;
        }
        self.index_number(embryo);
        self.index_number(old);
        self.kill_process(old, 0);
        let mut at = self.processes[embryo].threads;
        while let Some(thread) = at {
            at = self.threads[thread].process_next;
            self.start_thread(thread);
        }
    }

    /// Subscribes an endpoint to the end of a process.
    pub(crate) fn watch_process(
        &mut self,
        endpoint: Ref<crate::ipc::endpoint::Endpoint>,
        process: Ref<Process>,
        account: Ref<Account>,
    ) -> Result<Ref<Event>, CallError> {
        let number = self.processes[process].number;
        let event = self.make_event(account, Some(endpoint), News::ProcessGone { number }, 0)?;
        let sibling = self.processes[process].subscriptions.replace(event);
        let endpoint_next = self.endpoints[endpoint].watched.replace(event);
        let subscription = &mut self.events[event];
        subscription.sibling = sibling;
        subscription.watched = Some(process);
        subscription.endpoint_next = endpoint_next;
        Ok(event)
    }

    /// The subscription of an endpoint to a process.
    pub(crate) fn find_subscription(
        &self,
        endpoint: Ref<crate::ipc::endpoint::Endpoint>,
        process: Ref<Process>,
    ) -> Option<Ref<Event>> {
        let mut at = self.processes[process].subscriptions;
        while let Some(event) = at {
            if self.events[event].endpoint == Some(endpoint) {
                return Some(event);
            }
            at = self.events[event].sibling;
        }
        None
    }

    /// Takes a subscription out of both lists that it is in.
    fn unlink_subscription(&mut self, endpoint: Ref<crate::ipc::endpoint::Endpoint>, event: Ref<Event>) {
        let subscription = &mut self.events[event];
        let (sibling, endpoint_next) = (subscription.sibling.take(), subscription.endpoint_next.take());
        let process = subscription.watched.take();
        if self.endpoints[endpoint].watched == Some(event) {
            self.endpoints[endpoint].watched = endpoint_next;
        } else {
            let mut at = self.endpoints[endpoint].watched;
            while let Some(other) = at {
                at = self.events[other].endpoint_next;
                if at == Some(event) {
                    self.events[other].endpoint_next = endpoint_next;
                }
            }
        }
        let Some(process) = process else {
            return;
        };
        if self.processes[process].subscriptions == Some(event) {
            self.processes[process].subscriptions = sibling;
            return;
        }
        let mut at = self.processes[process].subscriptions;
        while let Some(other) = at {
            at = self.events[other].sibling;
            if at == Some(event) {
                self.events[other].sibling = sibling;
            }
        }
    }

    /// Takes a subscription back.
    pub(crate) fn unwatch(&mut self, endpoint: Ref<crate::ipc::endpoint::Endpoint>, event: Ref<Event>) {
        self.unlink_subscription(endpoint, event);
        self.drop_event(event);
    }

    /// One more process or pending call carries a credentials row. Room was made.
    pub(crate) fn count_row(&mut self, row: u32) {
        let index = row as usize;
        if index >= self.rows.len() {
            let more = index + 1 - self.rows.len();
            if self.rows.try_reserve(more).is_err() {
                return;
            }
            self.rows.resize(index + 1, 0);
        }
        self.rows[index] = self.rows[index].saturating_add(1);
    }

    /// One less.
    pub(crate) fn drop_row(&mut self, row: u32) {
        if let Some(count) = self.rows.get_mut(row as usize) {
            *count = count.saturating_sub(1);
        }
    }

    /// The process's processor time, in ticks: its threads' and what ended ones left.
    pub(crate) fn process_ticks(&self, process: Ref<Process>) -> (u64, u64) {
        let owner = &self.processes[process];
        let (mut user, mut system) = (owner.user_ticks, owner.system_ticks);
        let mut at = owner.threads;
        while let Some(thread) = at {
            let thread = &self.threads[thread];
            user += thread.user_ticks;
            system += thread.system_ticks;
            at = thread.process_next;
        }
        (user, system)
    }

    /// At the end of a slice: whether the process has used up its processor time. Its supervisor is told.
    pub(crate) fn check_time_limit(&mut self, current: Ref<crate::thread::Thread>) {
        let process = self.threads[current].process;
        let limit = self.processes[process].time_limit_ticks;
        if limit == 0 {
            return;
        }
        let (user, system) = self.process_ticks(process);
        if user + system < limit {
            return;
        }
        self.processes[process].time_limit_ticks = 0;
        if let Some(event) = self.processes[process].supervisor {
            let number = self.processes[process].number;
            self.events[event].words = [number, TIME_LIMIT_REACHED, 0, 0, 0];
            self.fire(event, 1);
        }
    }

    /// The handle of an object of this process's own, with the label that such objects have in its domain.
    pub(crate) fn own_handle(
        &self,
        process: Ref<Process>,
        object: Object,
    ) -> crate::handle::install::NewHandle {
        crate::handle::install::NewHandle::new(object, own_label(self.processes[process].domain))
    }
}

/// Second word of the supervisor's event when the processor time limit was reached, not the end.
pub const TIME_LIMIT_REACHED: u64 = 1 << 33;
