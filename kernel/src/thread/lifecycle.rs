//! How threads begin, stop and end.

use super::{FaultInfo, ReceiveWindow, Thread, ThreadState, UpcallEntry, attention};
use crate::arena::Ref;
use crate::futex::FutexWait;
use crate::ipc::event::News;
use crate::ipc::record::{CallRecord, Caller};
use crate::ipc::token::RECORD_END;
use crate::kernel::Kernel;
use crate::machine::{FIXED_RFLAGS, Machine, ThreadContext};
use crate::object::THREAD_COST;
use crate::process::{Process, ProcessState};
use crate::sched::{DEFAULT_PRIORITY, SERVER_PRIORITY};
use crate::timer::DeadlineOwner;
use trivet_abi::USER_END;
use trivet_abi::error::CallError;

/// Where a new thread begins.
#[derive(Clone, Copy, Debug, Default)]
pub struct Start {
    /// RIP.
    pub entry: u64,
    /// RSP.
    pub stack: u64,
    /// RDI.
    pub argument: u64,
    /// FS base.
    pub thread_pointer: u64,
    /// Word that is zeroed and woken when it ends (0: none).
    pub cleared: u64,
}

impl<M: Machine> Kernel<M> {
    /// Makes a suspended thread of a process.
    ///
    /// # Errors
    /// Addresses that no program can have, limits, no memory.
    pub fn create_thread(&mut self, process: Ref<Process>, start: &Start) -> Result<Ref<Thread>, CallError> {
        if start.entry >= USER_END || start.thread_pointer >= USER_END {
            return Err(CallError::BadCall);
        }
        let owner = &self.processes[process];
        if !owner.is_alive() {
            return Err(CallError::Gone);
        }
        if owner.thread_count >= owner.thread_limit {
            return Err(CallError::LimitReached);
        }
        let account = owner.account;
        self.accounts[account].charge_all(&THREAD_COST)?;
        let made = self.insert_thread(process, start);
        if made.is_err() {
            self.accounts[account].refund_all(&THREAD_COST);
        }
        made
    }

    fn insert_thread(&mut self, process: Ref<Process>, start: &Start) -> Result<Ref<Thread>, CallError> {
        let account = self.processes[process].account;
        let timer = self.deadlines.register().map_err(|_| CallError::NoMemory)?;
        let cancel_event = match self.make_event(account, None, News::Signalled, 0) {
            Ok(event) => event,
            Err(error) => {
                self.deadlines.unregister(timer);
                return Err(error);
            }
        };
        let mut context = ThreadContext::new();
        context.frame.rip = start.entry;
        context.frame.rsp = start.stack;
        context.frame.rdi = start.argument;
        context.frame.fs_base = start.thread_pointer;
        context.frame.rflags = FIXED_RFLAGS;
        let priority = if self.accounts[account].server_band {
            SERVER_PRIORITY
        } else {
            DEFAULT_PRIORITY
        };
        let root = self.processes[process].root;
        let number = self.next_thread;
        let made = self.threads.insert(Thread {
            context,
            state: ThreadState::Suspended,
            attention: 0,
            priority,
            base_priority: priority,
            lane: 0,
            affinity: u64::MAX,
            process,
            account,
            root,
            call: CallRecord::default(),
            previous: None,
            next: None,
            process_previous: None,
            process_next: None,
            number,
            window: ReceiveWindow::default(),
            receive_options: 0,
            timer,
            cancel_event,
            interrupt_word: None,
            interruptible: false,
            upcall: UpcallEntry::default(),
            upcall_interrupt: false,
            fault: None,
            inherited_from: 0,
            futex: FutexWait::default(),
            polls: None,
            robust_list: 0,
            cleared: start.cleared,
            user_ticks: 0,
            system_ticks: 0,
            progress: 0,
            clone: None,
            placed_at: None,
            traced: None,
            page_memory: None,
            stop_waiters: None,
            stop_target: None,
            stop_requested: false,
        });
        let reference = match made {
            Ok(reference) if reference.index() < RECORD_END => reference,
            other => {
                if let Ok(reference) = other {
                    self.threads.remove(reference);
                }
                self.deadlines.unregister(timer);
                self.free_event(cancel_event);
                return Err(CallError::LimitReached);
            }
        };
        self.next_thread += 1;
        self.deadlines.set_owner(timer, DeadlineOwner::Thread(reference));
        self.processes.acquire(process);
        let owner = &mut self.processes[process];
        owner.thread_count += 1;
        let first = owner.threads.replace(reference);
        if let Some(first) = first {
            self.threads[first].process_previous = Some(reference);
        }
        self.threads[reference].process_next = first;
        if self.processes[process].stopped {
            self.threads[reference].attention |= attention::STOP;
        }
        Ok(reference)
    }

    /// Lets a suspended thread run.
    pub fn start_thread(&mut self, reference: Ref<Thread>) {
        if self.threads[reference].state == ThreadState::Suspended {
            self.make_ready(reference);
        }
    }

    /// Takes a thread out of whatever it waits in; its state says nothing afterwards.
    fn leave_queues(&mut self, reference: Ref<Thread>) {
        let timer = self.threads[reference].timer;
        match self.threads[reference].state {
            ThreadState::Ready => {
                self.ready
                    .remove(&mut self.threads, &mut self.accounts, reference);
            }
            ThreadState::Receiving(endpoint) => self.unlink_receiver(endpoint, reference),
            ThreadState::Futex => self.leave_futex(reference),
            ThreadState::Waiting(_) | ThreadState::Polling => self.leave_wait(reference),
            ThreadState::PageWait => self.leave_page_wait(reference),
            ThreadState::Stopping => self.leave_stop_wait(reference),
            ThreadState::Suspended
            | ThreadState::Running(_)
            | ThreadState::Calling
            | ThreadState::Sleeping
            | ThreadState::Faulted
            | ThreadState::Stopped
            | ThreadState::Dead => {}
        }
        self.deadlines.disarm(timer);
    }

    /// Ends a thread now, or as soon as the processor that runs it has noticed.
    pub(crate) fn kill_thread(&mut self, reference: Ref<Thread>) {
        match self.threads[reference].state {
            ThreadState::Dead => {}
            ThreadState::Running(cpu) => {
                self.attend(reference, attention::KILL);
                if cpu != self.cpu {
                    self.machine.send_reschedule(cpu);
                }
            }
            _ => self.end_thread(reference),
        }
    }

    /// Takes a thread that runs nowhere out of the world. Its record stays while a server holds a token of it.
    pub(crate) fn end_thread(&mut self, reference: Ref<Thread>) {
        self.leave_queues(reference);
        self.drop_clone(reference);
        let pending = self.abandon(Caller::Thread(reference));
        if !pending {
            self.end_record(Caller::Thread(reference));
        }
        self.release_held_futexes(reference);
        self.clear_exit_word(reference);
        if let Some((frame, _)) = self.threads[reference].interrupt_word.take() {
            self.machine.release(frame);
        }
        self.wake_stop_waiters(reference);
        let thread = &mut self.threads[reference];
        thread.state = ThreadState::Dead;
        thread.fault = None;
        let (process, account) = (thread.process, thread.account);
        let (previous, next) = (thread.process_previous.take(), thread.process_next.take());
        let (user_ticks, system_ticks) = (thread.user_ticks, thread.system_ticks);
        let event = thread.cancel_event;
        match previous {
            Some(previous) => self.threads[previous].process_next = next,
            None => self.processes[process].threads = next,
        }
        if let Some(next) = next {
            self.threads[next].process_previous = previous;
        }
        if !pending {
            self.unqueue_event(event);
        }
        self.accounts[account].refund_all(&THREAD_COST[1..]);
        let owner = &mut self.processes[process];
        owner.thread_count -= 1;
        owner.user_ticks += user_ticks;
        owner.system_ticks += system_ticks;
        if owner.thread_count == 0 && owner.state == ProcessState::Running {
            let reason = owner.exit_reason;
            self.kill_process(process, reason);
        }
        if !pending {
            self.release_thread(reference);
        }
    }

    /// The answer to a dead thread's last call came: nothing names its record any more.
    pub(crate) fn forget_thread(&mut self, reference: Ref<Thread>) {
        let event = self.threads[reference].cancel_event;
        self.unqueue_event(event);
        self.release_thread(reference);
    }

    /// Counts one reference less; the last one frees the thread.
    pub(crate) fn release_thread(&mut self, reference: Ref<Thread>) {
        if !self.threads.release(reference) {
            return;
        }
        let Some(thread) = self.threads.remove(reference) else {
            return;
        };
        self.deadlines.unregister(thread.timer);
        self.drop_event(thread.cancel_event);
        self.accounts[thread.account].refund_all(&THREAD_COST[..1]);
        self.release_process(thread.process);
    }

    /// Asks a thread to stop. True if it stands still already.
    pub(crate) fn stop_thread(&mut self, reference: Ref<Thread>) -> bool {
        self.attend(reference, attention::STOP);
        match self.threads[reference].state {
            ThreadState::Running(cpu) => {
                if cpu != self.cpu {
                    self.machine.send_reschedule(cpu);
                }
                false
            }
            ThreadState::Ready => {
                self.ready
                    .remove(&mut self.threads, &mut self.accounts, reference);
                self.threads[reference].state = ThreadState::Stopped;
                true
            }
            _ => true,
        }
    }

    /// Undoes one reason to stand still; the thread goes on if there is no other.
    pub(crate) fn unstop_thread(&mut self, reference: Ref<Thread>) {
        let thread = &self.threads[reference];
        if thread.stop_requested || self.processes[thread.process].stopped {
            return;
        }
        let thread = &mut self.threads[reference];
        thread.attention &= !attention::STOP;
        if thread.state == ThreadState::Stopped {
            self.make_ready(reference);
        }
    }

    /// Whoever waits for a thread to stand still goes on.
    pub(crate) fn wake_stop_waiters(&mut self, reference: Ref<Thread>) {
        while let Some(waiter) = self.threads[reference].stop_waiters {
            self.threads[reference].stop_waiters = self.threads[waiter].next.take();
            self.threads[waiter].stop_target = None;
            self.finish_service(waiter, Ok([0; 6]));
        }
    }

    fn leave_stop_wait(&mut self, reference: Ref<Thread>) {
        let Some(target) = self.threads[reference].stop_target.take() else {
            return;
        };
        let next = self.threads[reference].next.take();
        let mut at = self.threads[target].stop_waiters;
        if at == Some(reference) {
            self.threads[target].stop_waiters = next;
            return;
        }
        while let Some(waiter) = at {
            if self.threads[waiter].next == Some(reference) {
                self.threads[waiter].next = next;
                return;
            }
            at = self.threads[waiter].next;
        }
    }

    /// A fault of the running thread that memory management could not resolve.
    pub(crate) fn fault_current(&mut self, reference: Ref<Thread>, fault: FaultInfo) {
        self.threads[reference].fault = Some(fault);
        if self.threads[reference].upcall.entry != 0 {
            self.attend(reference, attention::UPCALL);
            return;
        }
        self.report_fault(reference);
    }

    /// Tells the supervisor of a fault; without one the process ends.
    pub(crate) fn report_fault(&mut self, reference: Ref<Thread>) {
        self.block_current(reference, ThreadState::Faulted);
        let thread = &self.threads[reference];
        let process = thread.process;
        let fault = thread.fault.unwrap_or_default();
        let (number, rip, event) = (thread.number, thread.context.frame.rip, thread.cancel_event);
        let supervisor = self.processes[process]
            .supervisor
            .and_then(|event| Some((self.events[event].endpoint?, self.events[event].cookie)));
        let Some((endpoint, cookie)) = supervisor.filter(|(endpoint, _)| self.endpoints[*endpoint].alive)
        else {
            let reason = NO_SUPERVISOR_REASON | fault.vector;
            self.kill_process(process, reason);
            return;
        };
        self.retarget_event(event, endpoint);
        let words = [
            self.processes[process].number,
            number,
            fault.vector | fault.error << 32,
            fault.address,
            rip,
        ];
        let told = &mut self.events[event];
        told.news = News::Fault(reference);
        told.cookie = cookie;
        told.words = words;
        self.fire(event, 1);
    }
}

/// Exit reason of a process whose fault nobody took: the vector is in the low bits.
pub const NO_SUPERVISOR_REASON: u64 = 1 << 32;
