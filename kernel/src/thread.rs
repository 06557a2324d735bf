//! Threads: registers, state, and what they wait for.
//!
//! [`lifecycle`] makes, stops and ends them, [`upcall`] enters a program's handlers and comes back, [`service`] is the Thread interface.

pub mod lifecycle;
pub mod service;
pub mod upcall;

use crate::account::Account;
use crate::arena::Ref;
use crate::futex::FutexWait;
use crate::ipc::endpoint::Endpoint;
use crate::ipc::event::Event;
use crate::ipc::record::CallRecord;
use crate::machine::{Cpu, Frame, ThreadContext};
use crate::process::Process;
use crate::timer::TimerId;
use crate::waitset::{WaitSet, Watch};

/// What a thread is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadState {
    /// Made, never started.
    Suspended,
    /// In the queue of threads that may run.
    Ready,
    /// On this processor.
    Running(Cpu),
    /// In Recv at this endpoint.
    Receiving(Ref<Endpoint>),
    /// In Call, until the reply.
    Calling,
    /// On a futex.
    Futex,
    /// In `WaitSet.wait`.
    Waiting(Ref<WaitSet>),
    /// In `WaitSet.poll`.
    Polling,
    /// In `Clock.sleep`.
    Sleeping,
    /// At a page that must be supplied.
    PageWait,
    /// Faulted: the supervisor decides.
    Faulted,
    /// In `Thread.stop`, until the other thread stands still.
    Stopping,
    /// Would run, but is stopped.
    Stopped,
    /// Ended; a pending call still names it.
    Dead,
}

impl ThreadState {
    /// Whether something must happen before the thread can run.
    #[must_use]
    pub const fn is_blocked(self) -> bool {
        !matches!(
            self,
            ThreadState::Ready | ThreadState::Running(_) | ThreadState::Stopped | ThreadState::Dead
        )
    }
}

/// Reasons to look at a thread before it returns to its program.
pub mod attention {
    /// It is to stop.
    pub const STOP: u8 = 1;
    /// It is to end.
    pub const KILL: u8 = 2;
    /// It is to enter its upcall.
    pub const UPCALL: u8 = 4;
    /// An entry was too long for one: its next step is due.
    pub const CONTINUE: u8 = 8;
    /// It may not run on its processor any more.
    pub const MOVE: u8 = 16;
}

/// Where requests' bytes and handles go.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReceiveWindow {
    /// Address of the window.
    pub address: u64,
    /// Its bytes, at most [`MAX_WINDOW`].
    pub length: u64,
    /// Handles that are accepted with a request.
    pub handles: u32,
    /// Address of the array that gets their values.
    pub handles_address: u64,
}

/// A receive window beyond this would make one delivery too long; the rest of longer requests is taken by `copy_in`.
pub const MAX_WINDOW: u64 = 64 * 1024;

/// Where upcalls enter.
#[derive(Clone, Copy, Debug, Default)]
pub struct UpcallEntry {
    /// Address of the handler; 0: none.
    pub entry: u64,
    /// Lowest address of the stack for upcalls; 0: the thread's own stack.
    pub stack: u64,
    /// Its bytes.
    pub stack_length: u64,
}

/// A fault that waits for the supervisor or the upcall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct FaultInfo {
    /// Vector of the exception.
    pub vector: u64,
    /// The processor's error code.
    pub error: u64,
    /// Address that was touched.
    pub address: u64,
}

/// One thread. The context comes first: its address is the machine's handle on a running thread.
pub struct Thread {
    /// What the processor resumes.
    pub context: ThreadContext,
    /// State.
    pub state: ThreadState,
    /// [`attention`] bits.
    pub attention: u8,
    /// Priority that counts: its own, or one that it inherited.
    pub priority: u8,
    /// Its own priority.
    pub base_priority: u8,
    /// Queue that it waits in when ready: 0 any processor's, n + 1 processor n's.
    pub lane: u8,
    /// Processors that may run it.
    pub affinity: u64,
    /// The process; counted.
    pub process: Ref<Process>,
    /// Who pays; counted by the process.
    pub account: Ref<Account>,
    /// The process's top-level page table.
    pub root: Frame,
    /// Its synchronous call.
    pub call: CallRecord,
    /// Neighbours in whatever queue it waits in.
    pub previous: Option<Ref<Thread>>,
    /// See `previous`.
    pub next: Option<Ref<Thread>>,
    /// Neighbours in the process's list.
    pub process_previous: Option<Ref<Thread>>,
    /// See `process_previous`.
    pub process_next: Option<Ref<Thread>>,
    /// Never reused; also the thread's number in PI futex words (its low 30 bits).
    pub number: u64,
    /// Where requests go.
    pub window: ReceiveWindow,
    /// Endpoint and options of the Recv that it waits in.
    pub receive_options: u64,
    /// Deadline of what it waits for.
    pub timer: TimerId,
    /// Fires `cancelled` to the server of its call, or `fault` to its supervisor.
    pub cancel_event: Ref<Event>,
    /// Interrupt word: frame (counted) and offset.
    pub interrupt_word: Option<(Frame, u16)>,
    /// Its wait can be ended by an interrupt.
    pub interruptible: bool,
    /// Upcalls.
    pub upcall: UpcallEntry,
    /// An interrupt came: the upcall is due.
    pub upcall_interrupt: bool,
    /// A fault that is not answered yet.
    pub fault: Option<FaultInfo>,
    /// Threads that wait for locks of this one and lend it their priority.
    pub inherited_from: u32,
    /// What it waits for on a futex.
    pub futex: FutexWait,
    /// Watches of its `poll`.
    pub polls: Option<Ref<Watch>>,
    /// Head of its robust list.
    pub robust_list: u64,
    /// Word that is zeroed and woken when it ends.
    pub cleared: u64,
    /// Counter ticks in its own code.
    pub user_ticks: u64,
    /// Counter ticks of servers on its behalf.
    pub system_ticks: u64,
    /// Bytes done of an entry that goes in steps.
    pub progress: u64,
    /// A clone that it has under way.
    pub clone: Option<crate::process::fork::Clone>,
    /// Where a mapping went whose pages are still being brought.
    pub placed_at: Option<u64>,
    /// Its call is traced, and has not ended.
    pub traced: Option<crate::trace::Traced>,
    /// The memory whose page it waits for.
    pub page_memory: Option<Ref<crate::mm::Memory>>,
    /// Threads that wait until this one is stopped.
    pub stop_waiters: Option<Ref<Thread>>,
    /// The thread whose standing still it waits for.
    pub stop_target: Option<Ref<Thread>>,
    /// A stop was asked for this thread alone.
    pub stop_requested: bool,
}
