//! The kernel's state, and how the machine enters it. Note 0008.
//!
//! Holding `&mut Kernel` is holding the kernel lock. The machine calls [`Kernel::system_call`] or [`Kernel::trap`] with the
//! processor's number, then [`Kernel::next`] until that says to resume or to idle.

use crate::account::{Account, Accounts};
use crate::arena::{Arena, OutOfMemory, Ref};
use crate::audit::AuditLog;
use crate::entropy::Generator;
use crate::futex::table::FutexTable;
use crate::ipc::endpoint::Endpoint;
use crate::ipc::event::Event;
use crate::ipc::record::CallSlot;
use crate::ipc::session::Session;
use crate::machine::{Cpu, Machine, ThreadContext, Trap};
use crate::object::{Interrupt, PortRange};
use crate::policy::Decisions;
use crate::process::Process;
use crate::process::lifecycle::Reaper;
use crate::sched::ReadyQueues;
use crate::thread::{Thread, attention};
use crate::timer::{Deadlines, Timer};
use crate::trace::Trace;
use crate::waitset::{WaitSet, Watch};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// One processor.
#[derive(Debug, Default)]
pub struct Processor {
    /// The thread that runs, if it is not idle.
    pub current: Option<Ref<Thread>>,
    /// Whose slice it is and who pays: the thread itself, or the one that a server works for; weak.
    pub billed: Option<Ref<Thread>>,
    /// Counter when the bill was last settled.
    pub since_ticks: u64,
    /// End of the time slice, monotonic.
    pub slice_end_ns: u64,
    /// The slice ended while a server worked on it: the turn ends as soon as a program would go on.
    pub turn_is_over: bool,
    /// The program's thread that a better one took the processor from, and the end of its slice: it goes on with the rest of that. Weak.
    pub preempted: Option<(Ref<Thread>, u64)>,
    /// What the one-shot timer is set to.
    pub timer_ns: Option<u64>,
    /// A better thread may be ready, or the one that runs has something to attend to: set whenever its `attention` is not zero.
    pub reschedule: bool,
    /// Counter ticks without a thread.
    pub idle_ticks: u64,
}

/// What the processor does after an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Resume [`Kernel::current_context`].
    Resume,
    /// Wait for an interrupt.
    Idle,
    /// Let pending interrupts in with the lock released, then call [`Kernel::continue_entry`].
    Continue,
}

/// What the straight path did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Straight {
    /// Nothing: the case is not plain.
    No,
    /// All of it: the processor goes on with this thread.
    Switched(Ref<Thread>),
    /// A kernel service ran.
    Served,
}

/// Everything that the kernel knows.
pub struct Kernel<M: Machine> {
    /// The machine under it.
    pub machine: M,
    /// Memory objects, address spaces.
    pub mm: crate::mm::Mm,
    /// Accounts.
    pub accounts: Accounts,
    /// Processes.
    pub processes: Arena<Process>,
    /// Threads.
    pub threads: Arena<Thread>,
    /// Endpoints.
    pub endpoints: Arena<Endpoint>,
    /// Sessions.
    pub sessions: Arena<Session>,
    /// Call slots.
    pub call_slots: Arena<CallSlot>,
    /// Events.
    pub events: Arena<Event>,
    /// WaitSets.
    pub wait_sets: Arena<WaitSet>,
    /// Watches.
    pub watches: Arena<Watch>,
    /// Timers.
    pub timers: Arena<Timer>,
    /// Interrupts.
    pub interrupts: Arena<Interrupt>,
    /// Interrupts by vector.
    pub vectors: Vec<Option<Ref<Interrupt>>>,
    /// Port ranges.
    pub port_ranges: Arena<PortRange>,
    /// Processors.
    pub processors: Vec<Processor>,
    /// Threads that are ready.
    pub ready: ReadyQueues,
    /// Deadlines.
    pub deadlines: Deadlines,
    /// Futex waiters.
    pub futexes: FutexTable,
    /// The policy.
    pub policy: Box<dyn Decisions + Send>,
    /// State of each domain under stateful rules.
    pub domain_cells: Vec<Vec<u64>>,
    /// The audit's log.
    pub audit: AuditLog,
    /// What tracers are told.
    pub trace: Trace,
    /// Random bytes.
    pub entropy: Generator,
    /// What must be taken apart.
    pub reaper: Reaper,
    /// How many processes and counted calls carry each credentials row.
    pub rows: Vec<u32>,
    /// Sessions that are closed, and whose servers have not heard of it yet.
    pub closed_sessions: usize,
    /// Sessions by endpoint and badge.
    pub badges: Vec<Option<Ref<Session>>>,
    /// Processes by number.
    pub numbers: Vec<Option<Ref<Process>>>,
    /// The root account.
    pub root_account: Ref<Account>,
    /// Where the memories of the boot loader are: archive, command line; with their lengths in bytes.
    pub boot_memories: [Option<(Ref<crate::mm::Memory>, u64)>; 3],
    /// The Memory of the clock page.
    pub clock_page: Option<Ref<crate::mm::Memory>>,
    /// Physical address of the firmware's ACPI root, or 0.
    pub acpi_root: u64,
    /// Offset of real time from monotonic time.
    pub wall_offset_ns: i64,
    /// A change of real time under way.
    pub slew: Option<crate::timer::Slew>,
    /// Kernel bytes that an account costs its parent.
    pub account_bytes: u64,
    /// Key of hash tables that programs could try to fill unevenly.
    pub hash_key: u64,
    /// The next call number.
    pub next_call: u64,
    /// The next process number.
    pub next_process: u64,
    /// The next thread number.
    pub next_thread: u64,
    /// The next account number.
    pub next_account: u64,
    /// The processor whose entry this is.
    pub cpu: Cpu,
    /// Tests compare the straight path with the whole one: this one keeps to the whole.
    #[cfg(test)]
    pub whole_path_only: bool,
}

/// Buckets of the tables of badges and of process numbers (powers of two).
pub const BADGE_BUCKETS: usize = 1 << 12;
/// See [`BADGE_BUCKETS`].
pub const NUMBER_BUCKETS: usize = 1 << 10;

fn filled<T: Clone>(count: usize, value: T) -> Result<Vec<T>, OutOfMemory> {
    let mut list = Vec::new();
    list.try_reserve_exact(count).map_err(|_| OutOfMemory)?;
    list.resize(count, value);
    Ok(list)
}

impl<M: Machine> Kernel<M> {
    /// The kernel of a machine that has just started: a root account that owns everything, and nothing else.
    /// `seed` is 256 bits of entropy.
    ///
    /// # Errors
    /// The machine has no memory.
    pub fn new(
        machine: M,
        mm: crate::mm::Mm,
        policy: Box<dyn Decisions + Send>,
        seed: [u64; 4],
    ) -> Result<Self, OutOfMemory> {
        let processor_count = machine.processor_count();
        let mut entropy = Generator::new(seed);
        let hash_key = entropy.next_word() | 1;
        let mut accounts = Accounts::new();
        let root_account = accounts.insert(Account::root(processor_count)?)?;
        let mut processors = Vec::new();
        processors.resize_with(processor_count, Processor::default);
        let wall_offset_ns = i64::try_from(machine.boot_time_ns()).unwrap_or(0);
        Ok(Kernel {
            machine,
            mm,
            accounts,
            processes: Arena::new(),
            threads: Arena::new(),
            endpoints: Arena::new(),
            sessions: Arena::new(),
            call_slots: Arena::new(),
            events: Arena::new(),
            wait_sets: Arena::new(),
            watches: Arena::new(),
            timers: Arena::new(),
            interrupts: Arena::new(),
            vectors: filled(256, None)?,
            port_ranges: Arena::new(),
            processors,
            ready: ReadyQueues::new(processor_count),
            deadlines: Deadlines::new(),
            futexes: FutexTable::new(hash_key)?,
            policy,
            domain_cells: Vec::new(),
            audit: AuditLog::new()?,
            trace: Trace::default(),
            entropy,
            reaper: Reaper::default(),
            rows: Vec::new(),
            closed_sessions: 0,
            badges: filled(BADGE_BUCKETS, None)?,
            numbers: filled(NUMBER_BUCKETS, None)?,
            root_account,
            boot_memories: [None; 3],
            clock_page: None,
            acpi_root: 0,
            wall_offset_ns,
            slew: None,
            account_bytes: (size_of::<Account>() + crate::sched::AccountQueues::bytes(processor_count))
                as u64,
            hash_key,
            next_call: 1,
            next_process: 1,
            next_thread: 1,
            next_account: 2,
            cpu: 0,
            #[cfg(test)]
            whole_path_only: false,
        })
    }

    /// A system call of the thread that runs on this processor; its registers are in its context. Answers as [`Kernel::resume`] does.
    #[inline(always)]
    pub fn enter_call(&mut self, cpu: Cpu) -> Result<&mut ThreadContext, Next> {
        match self.straight(cpu) {
            Straight::Switched(thread) => return Ok(&mut self.threads[thread].context),
            Straight::Served => {}
            Straight::No => self.whole_call_of(cpu),
        }
        self.resume(cpu)
    }

    /// As `enter_call`, without the answer.
    pub fn system_call(&mut self, cpu: Cpu) {
        if self.straight(cpu) == Straight::No {
            self.whole_call_of(cpu);
        }
    }

    /// The straight path, if the case is plain.
    #[inline(always)]
    fn straight(&mut self, cpu: Cpu) -> Straight {
        self.cpu = cpu;
        #[cfg(test)]
        if self.whole_path_only {
            return Straight::No;
        }
        let processor = &self.processors[cpu];
        let Some(current) = processor.current else {
            return Straight::No;
        };
        // Nobody has anything to attend to then.
        if processor.reschedule {
            return Straight::No;
        }
        match self.threads[current].context.frame.rax {
            trivet_abi::CALL => self.fast_call(cpu, current),
            trivet_abi::REPLY => self.fast_reply(cpu, current),
            _ => Straight::No,
        }
    }

    /// Every case.
    #[inline(never)]
    fn whole_call_of(&mut self, cpu: Cpu) {
        let Some(current) = self.processors[cpu].current else {
            return;
        };
        let thread = &mut self.threads[current];
        if thread.attention & attention::KILL != 0 {
            return;
        }
        match thread.context.frame.rax {
            trivet_abi::CALL => self.call(cpu, current),
            trivet_abi::REPLY => self.reply(cpu, current),
            trivet_abi::RECV => self.receive(cpu, current),
            _ => thread.context.frame.rax = trivet_abi::NO_SUCH_CALL as u64,
        }
    }

    /// A trap or an interrupt on this processor.
    pub fn trap(&mut self, cpu: Cpu, trap: Trap) {
        self.cpu = cpu;
        match trap {
            Trap::PageFault { address, error } => self.page_fault(cpu, address, error),
            Trap::Exception { vector, error } => self.exception(cpu, vector, error),
            Trap::Timer => self.timer_tick(cpu),
            Trap::Reschedule => self.processors[cpu].reschedule = true,
            Trap::Interrupt { vector } => self.interrupt_fired(vector),
        }
    }

    /// The next step of an entry that was too long for one.
    pub fn continue_entry(&mut self, cpu: Cpu) {
        self.cpu = cpu;
        let Some(current) = self.processors[cpu].current else {
            return;
        };
        let thread = &mut self.threads[current];
        if thread.attention & attention::CONTINUE != 0 {
            thread.attention &= !attention::CONTINUE;
            self.system_call(cpu);
        }
    }

    /// The context to resume, if that is what this processor does now; else what [`Kernel::next`] says. Both in one look.
    #[inline(always)]
    pub fn resume(&mut self, cpu: Cpu) -> Result<&mut ThreadContext, Next> {
        let processor = &self.processors[cpu];
        if let Some(current) = processor.current
            && !processor.reschedule
        {
            return Ok(&mut self.threads[current].context);
        }
        self.resume_slowly(cpu)
    }

    #[inline(never)]
    fn resume_slowly(&mut self, cpu: Cpu) -> Result<&mut ThreadContext, Next> {
        match self.settle_processor(cpu) {
            Next::Resume => self.current_context(cpu).ok_or(Next::Idle),
            other => Err(other),
        }
    }

    /// What this processor does now. Called after each entry, until the answer is not `Continue`.
    #[inline]
    pub fn next(&mut self, cpu: Cpu) -> Next {
        let processor = &self.processors[cpu];
        if !processor.reschedule && processor.current.is_some() {
            return Next::Resume;
        }
        self.settle_processor(cpu)
    }

    /// Registers of the thread that this processor resumes.
    #[inline]
    pub fn current_context(&mut self, cpu: Cpu) -> Option<&mut ThreadContext> {
        let current = self.processors[cpu].current?;
        Some(&mut self.threads[current].context)
    }
}
