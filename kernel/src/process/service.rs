//! The Process interface, besides slots.

use super::{Process, ProcessState};
use crate::arena::Ref;
use crate::dispatch::{Answer, Failure, Invocation, Served, errno, refuse};
use crate::handle::install::NewHandle;
use crate::handle::slot::Object;
use crate::ipc::event::News;
use crate::ipc::record::{CallState, Caller};
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::methods;
use crate::policy::own_label;
use crate::thread::lifecycle::Start;
use crate::thread::{Thread, attention};
use trivet_abi::error::CallError;
use trivet_abi::handle::{Handle, Rights};

/// Credentials rows that can exist.
pub const MAX_ROWS: u64 = 1 << 20;

impl<M: Machine> Kernel<M> {
    #[inline(never)]
    pub(crate) fn serve_process(
        &mut self,
        invocation: &Invocation,
        method: methods::Process,
        target: Ref<Process>,
    ) -> Served {
        use methods::Process as Method;
        let words = invocation.words;
        match method {
            Method::Close => self.close_handles(invocation, target),
            Method::Duplicate => self.duplicate_handle(invocation, target),
            Method::SetCloseOnExec => self.mark_close_on_exec(invocation, target),
            Method::SlotInfo => self.slot_info(invocation, target),
            Method::Descriptors => self.descriptor_bitmap(invocation, target),
            Method::Info => self.process_info(invocation, target),
            Method::CreateThread => self.service_create_thread(invocation, target),
            Method::Kill => {
                self.kill_process(target, words[0]);
                Ok(Answer::Done)
            }
            Method::Stop => {
                self.processes[target].stopped = true;
                self.for_threads(target, |kernel, thread| {
                    kernel.stop_thread(thread);
                });
                Ok(Answer::Done)
            }
            Method::Resume => {
                self.processes[target].stopped = false;
                self.for_threads(target, Self::unstop_thread);
                Ok(Answer::Done)
            }
            Method::Install => self.install_handle(invocation, target),
            Method::Inherit => self.inherit_handles(invocation, target),
            Method::InheritSlot => self.inherit_one(invocation, target),
            Method::Start => self.start_process(invocation, target),
            Method::CommitOver => self.service_commit(invocation, target),
            Method::Clone => self.clone_caller(invocation),
            Method::OfCaller => {
                self.expect_places(invocation, 1)?;
                let caller = self.argument_call(invocation, words[0], words[1])?;
                let process = self.calling_process(caller);
                let number = self.processes[process].number;
                self.processes.acquire(process);
                let handle = self.own_handle(process, Object::Process(process));
                self.answer_handle(invocation, &handle)?;
                Ok(Answer::Word(number))
            }
            Method::SetCredentials => self.set_credentials(target, words[0]),
            Method::RowInUse => {
                if words[0] >= MAX_ROWS {
                    return refuse(errno::EINVAL);
                }
                let count = self.rows.get(words[0] as usize).copied().unwrap_or(0);
                Ok(Answer::Word(u64::from(count != 0)))
            }
            Method::Supervise => self.supervise(invocation, target),
            Method::SetName => {
                let length = self.input_length(invocation).min(15) as usize;
                let mut name = [0; 16];
                self.read_input(invocation, 0, &mut name[..length])?;
                self.processes[target].name = name;
                Ok(Answer::Done)
            }
            Method::SetLimits => {
                let ticks = self.ns_to_ticks(words[3]);
                if let Some(space) = self.processes[target].space {
                    self.mm.spaces[space].limit = words[2];
                }
                let process = &mut self.processes[target];
                process.descriptor_limit = u32::try_from(words[0])
                    .map_or(Handle::DESCRIPTOR_END, |limit| limit.min(Handle::DESCRIPTOR_END));
                process.thread_limit = u32::try_from(words[1]).unwrap_or(u32::MAX);
                process.space_limit = words[2];
                process.time_limit_ticks = ticks;
                Ok(Answer::Done)
            }
            Method::SetMemoryLimits => {
                if let Some(space) = self.processes[target].space {
                    let space = &mut self.mm.spaces[space];
                    (space.data_limit, space.lock_limit) = (words[0], words[1]);
                }
                Ok(Answer::Done)
            }
            Method::Parts => self.process_parts(invocation, target),
            Method::Thread => {
                self.expect_places(invocation, 1)?;
                let mut found = None;
                self.for_threads(target, |kernel, thread| {
                    if kernel.threads[thread].number == words[0] {
                        found = Some(thread);
                    }
                });
                let thread = found.ok_or(Failure::Errno(errno::ESRCH))?;
                self.threads.acquire(thread);
                let handle = self.own_handle(target, Object::Thread(thread));
                self.answer_handle(invocation, &handle)?;
                Ok(Answer::Done)
            }
            Method::Threads => self.thread_numbers(invocation, target),
            Method::Exit => {
                self.kill_process(invocation.process, words[0]);
                Ok(Answer::Untouched)
            }
        }
    }

    /// Counter ticks of a duration.
    fn ns_to_ticks(&self, duration_ns: u64) -> u64 {
        const SAMPLE: u64 = 1 << 30;
        let sample_ns = u128::from(self.machine.ticks_to_ns(SAMPLE).max(1));
        let ticks = u128::from(duration_ns) * u128::from(SAMPLE) / sample_ns;
        u64::try_from(ticks).unwrap_or(u64::MAX)
    }

    /// Does something to each thread of a process. The list may lose the thread meanwhile, not gain others before it.
    pub(crate) fn for_threads(&mut self, process: Ref<Process>, mut act: impl FnMut(&mut Self, Ref<Thread>)) {
        let mut at = self.processes[process].threads;
        while let Some(thread) = at {
            at = self.threads[thread].process_next;
            act(self, thread);
        }
    }

    /// A pending request named by an endpoint handle of the caller's and a token.
    pub(crate) fn argument_call(
        &self,
        invocation: &Invocation,
        endpoint: u64,
        token: u64,
    ) -> Result<Caller, Failure> {
        self.receiving_endpoint(invocation.thread, endpoint)?;
        self.living_call(invocation, token)
    }

    fn process_info(&mut self, invocation: &Invocation, target: Ref<Process>) -> Served {
        self.settle_bill(invocation.cpu);
        let (user, system) = self.process_ticks(target);
        let process = &self.processes[target];
        let (resident, committed) = process.space.map_or((0, 0), |space| {
            let space = &self.mm.spaces[space];
            (space.resident, space.committed)
        });
        let fields = [
            process.number,
            u64::from(process.domain.0),
            u64::from(process.row),
            process.state as u64,
            self.machine.ticks_to_ns(user),
            self.machine.ticks_to_ns(system),
            u64::from(process.thread_count),
            process.table.descriptors.count() as u64,
            process.table.own.count() as u64,
            resident * 4096,
            committed * 4096,
            process.page_faults,
            process.switches,
            process.start_ns,
            process.exit_reason,
            self.accounts[process.account].number,
        ];
        self.write_fields(invocation, 0, &fields)?;
        Ok(Answer::Done)
    }

    fn service_create_thread(&mut self, invocation: &Invocation, target: Ref<Process>) -> Served {
        let [entry, stack, argument, thread_pointer, cleared, suspended] = invocation.words;
        let wants_handle = !self.threads[invocation.thread].call.accepted.places.is_empty();
        let thread = self
            .create_thread(
                target,
                &Start {
                    entry,
                    stack,
                    argument,
                    thread_pointer,
                    cleared,
                },
            )
            .map_err(creation_error)?;
        let number = self.threads[thread].number;
        if wants_handle {
            self.threads.acquire(thread);
            let handle = self.own_handle(target, Object::Thread(thread));
            if let Err(failure) = self.answer_handle(invocation, &handle) {
                self.end_thread(thread);
                return Err(failure);
            }
        }
        if suspended & 1 == 0 && self.processes[target].state == ProcessState::Running {
            self.start_thread(thread);
        }
        Ok(Answer::Word(number))
    }

    fn start_process(&mut self, invocation: &Invocation, target: Ref<Process>) -> Served {
        let [entry, stack, argument, ..] = invocation.words;
        if !self.processes[target].is_alive() || self.processes[target].thread_count != 0 {
            return refuse(errno::EINVAL);
        }
        let thread = self
            .create_thread(
                target,
                &Start {
                    entry,
                    stack,
                    argument,
                    ..Start::default()
                },
            )
            .map_err(creation_error)?;
        self.processes[target].state = ProcessState::Running;
        self.start_thread(thread);
        Ok(Answer::Word(self.threads[thread].number))
    }

    fn service_commit(&mut self, invocation: &Invocation, target: Ref<Process>) -> Served {
        let slot = self.argument_slot(invocation.process, invocation.words[0])?;
        let Some(Object::Process(old)) = slot.object() else {
            return refuse(errno::EINVAL);
        };
        // To replace a process is to end it: the caller needs the method on that handle too.
        if slot.allow >> methods::Process::Kill as u8 & 1 == 0 {
            return Err(Failure::Call(CallError::Denied));
        }
        if old == target || self.processes[target].state != ProcessState::Embryo {
            return refuse(errno::EINVAL);
        }
        if self.processes[old].state != ProcessState::Running {
            return refuse(errno::EBUSY);
        }
        self.commit_over(target, old);
        Ok(Answer::Done)
    }

    fn set_credentials(&mut self, target: Ref<Process>, row: u64) -> Served {
        if row >= MAX_ROWS {
            return refuse(errno::EINVAL);
        }
        let row = row as u32;
        let old = self.processes[target].row;
        if old == row {
            return Ok(Answer::Done);
        }
        // Pending calls keep the row that they were stamped with: they are counted from now on.
        self.for_threads(target, |kernel, thread| {
            let call = &mut kernel.threads[thread].call;
            if call.state != CallState::Idle && !call.row_counted {
                call.row_counted = true;
                call.plain = false;
                let stamped = call.row;
                kernel.count_row(stamped);
            }
        });
        self.count_row(row);
        self.drop_row(old);
        self.processes[target].row = row;
        Ok(Answer::Done)
    }

    fn supervise(&mut self, invocation: &Invocation, target: Ref<Process>) -> Served {
        let [endpoint, cookie, ..] = invocation.words;
        let endpoint = self.receiving_endpoint(invocation.thread, endpoint)?;
        if !self.processes[target].is_alive() {
            return refuse(errno::EINVAL);
        }
        let account = self.processes[invocation.process].account;
        let old = self.processes[target].supervisor;
        let event = self.bind_source(old, account, endpoint, News::Signalled, cookie)?;
        self.processes[target].supervisor = Some(event);
        Ok(Answer::Done)
    }

    fn process_parts(&mut self, invocation: &Invocation, target: Ref<Process>) -> Served {
        self.expect_places(invocation, 2)?;
        let space = self.space_of(target)?;
        let account = self.processes[target].account;
        self.mm.spaces.acquire(space);
        let handle = self.own_handle(target, Object::AddressSpace(space));
        self.answer_handle(invocation, &handle)?;
        self.accounts.acquire(account);
        let handle = NewHandle::new(Object::Account(account), self.accounts[account].label);
        self.answer_handle(invocation, &handle)?;
        Ok(Answer::Done)
    }

    fn thread_numbers(&mut self, invocation: &Invocation, target: Ref<Process>) -> Served {
        let first = invocation.words[0];
        let room = (self.output_room(invocation) / 8).min(512);
        // The list has the newest thread first: the answer is the lowest numbers from `first` on, in order.
        let mut numbers = [u64::MAX; 512];
        let mut count = 0usize;
        let mut at = self.processes[target].threads;
        while let Some(thread) = at {
            let number = self.threads[thread].number;
            at = self.threads[thread].process_next;
            if number < first {
                continue;
            }
            let position = numbers[..count].partition_point(|known| *known < number);
            if position < room as usize {
                count = (count + 1).min(room as usize);
                numbers[position..count].rotate_right(1);
                numbers[position] = number;
            }
        }
        for (index, number) in numbers[..count].iter().enumerate() {
            self.write_output(invocation, index as u64 * 8, &number.to_le_bytes())?;
        }
        Ok(Answer::Word(count as u64))
    }

    /// Gives a new process its handles on itself: the fixed slots 0 to 3 and 7.
    ///
    /// # Errors
    /// Limits, no memory.
    pub fn install_own_handles(&mut self, process: Ref<Process>) -> Result<(), CallError> {
        use crate::handle::table::Place;
        let label = own_label(self.processes[process].domain);
        let account = self.processes[process].account;
        let space = self.processes[process].space.ok_or(CallError::Gone)?;
        let objects = [
            (0, Object::Process(process), label),
            (1, Object::AddressSpace(space), label),
            (2, Object::Account(account), label),
            (3, Object::Clock, self.root_label(Object::Clock)),
            (7, Object::Entropy, self.root_label(Object::Entropy)),
        ];
        for (index, object, label) in objects {
            self.acquire_object(object);
            let handle = NewHandle {
                rights: Rights::DUPLICATE,
                ..NewHandle::new(object, label)
            };
            self.install_at(process, Place::Own(index), &handle)?;
        }
        Ok(())
    }

    /// Asks the running thread to come back for the next step.
    pub(crate) fn continue_later(&mut self, current: Ref<Thread>, progress: u64) -> Served {
        self.threads[current].progress = progress;
        self.attend(current, attention::CONTINUE);
        Ok(Answer::Later)
    }
}

/// POSIX's errors where no thread or process can be had.
pub(crate) fn creation_error(error: CallError) -> Failure {
    match error {
        CallError::LimitReached => Failure::Errno(errno::EAGAIN),
        CallError::NoMemory => Failure::Errno(errno::ENOMEM),
        CallError::BadCall => Failure::Errno(errno::EINVAL),
        error => Failure::Call(error),
    }
}
