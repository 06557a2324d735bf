//! fork: the process of a pending request is copied, in steps. Memory becomes copy-on-write, handles are copied where their kind allows,
//! and the caller's thread gets a twin that waits in the same call under a second token. Note 0006.

use super::{Process, ProcessState};
use crate::arena::Ref;
use crate::dispatch::{Answer, Failure, Invocation, Served, errno, refuse};
use crate::handle::slot::{Content, Object};
use crate::handle::table::Place;
use crate::ipc::record::{CallState, Caller, token_of};
use crate::ipc::transfer::is_copied_by_fork;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::mm::Step;
use crate::process::service::creation_error;
use crate::thread::lifecycle::Start;
use crate::thread::{Thread, ThreadState};
use trivet_abi::error::CallError;

/// Slots copied in one step.
const STEP_SLOTS: usize = 128;
/// The first fixed slot that is copied: those before it are the child's own objects.
const FIRST_COPIED: u64 = 4;
/// The fixed slot of the entropy source, which the child gets with its own objects.
const ENTROPY_SLOT: u32 = 7;
/// Flag of a clone: the child shares the address space (vfork).
const SHARE_MEMORY: u64 = 1;

/// A clone under way, kept by the thread that asked for it.
#[derive(Clone, Copy, Debug)]
pub struct Clone {
    /// The parent; counted. Its threads stand still.
    parent: Ref<Process>,
    /// The child; counted.
    child: Ref<Process>,
    /// Memory: the address reached. Handles: the index reached.
    cursor: u64,
    phase: Phase,
    /// This clone stopped the parent's other threads.
    stopped: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Memory,
    Descriptors,
    Own,
}

impl<M: Machine> Kernel<M> {
    /// `Process.clone`.
    pub(crate) fn clone_caller(&mut self, invocation: &Invocation) -> Served {
        let [endpoint, token, flags, ..] = invocation.words;
        let current = invocation.thread;
        if let Some(clone) = self.threads[current].clone.take() {
            return self.continue_clone(invocation, clone);
        }
        if flags & !SHARE_MEMORY != 0 {
            return refuse(errno::EINVAL);
        }
        self.expect_places(invocation, 1)?;
        let Caller::Thread(twin) = self.argument_call(invocation, endpoint, token)? else {
            return refuse(errno::EINVAL);
        };
        let parent = self.threads[twin].process;
        if parent == invocation.process || self.processes[parent].state != ProcessState::Running {
            return refuse(errno::EINVAL);
        }
        let child = self
            .make_child(parent, flags & SHARE_MEMORY != 0)
            .map_err(creation_error)?;
        // One count for the clone, one for the handle that is answered.
        self.processes.acquire(child);
        self.processes.acquire(parent);
        let stopped = flags & SHARE_MEMORY == 0 && !self.processes[parent].stopped;
        if stopped {
            self.processes[parent].stopped = true;
            self.for_threads(parent, |kernel, thread| {
                kernel.stop_thread(thread);
            });
        }
        let clone = Clone {
            parent,
            child,
            cursor: 0,
            phase: if flags & SHARE_MEMORY != 0 {
                Phase::Descriptors
            } else {
                Phase::Memory
            },
            stopped,
        };
        self.continue_clone(invocation, clone)
    }

    /// An embryo like the parent, with an empty space or the parent's own.
    fn make_child(&mut self, parent: Ref<Process>, share: bool) -> Result<Ref<Process>, CallError> {
        let model = &self.processes[parent];
        let (account, domain, image, row) = (model.account, model.domain, model.image, model.row);
        let child = if share {
            let space = self.space_of(parent)?;
            let root = self.processes[parent].root;
            self.mm.spaces.acquire(space);
            match self.create_process(account, domain, image, space, root) {
                Ok(child) => child,
                Err(error) => {
                    self.mm.release_space(space);
                    return Err(error);
                }
            }
        } else {
            self.new_process(account, domain, image)?
        };
        let model = &self.processes[parent];
        let copied = (
            model.name,
            model.descriptor_limit,
            model.thread_limit,
            model.space_limit,
            model.cells.clone(),
        );
        let target = &mut self.processes[child];
        (
            target.name,
            target.descriptor_limit,
            target.thread_limit,
            target.space_limit,
            target.cells,
        ) = copied;
        let old = core::mem::replace(&mut target.row, row);
        self.count_row(row);
        self.drop_row(old);
        Ok(child)
    }

    fn continue_clone(&mut self, invocation: &Invocation, mut clone: Clone) -> Served {
        let [endpoint, token, ..] = invocation.words;
        let current = invocation.thread;
        // Whatever may have happened since the last step: the caller died, its process is replaced, a thread still runs elsewhere.
        let twin = match self.argument_call(invocation, endpoint, token) {
            Ok(Caller::Thread(twin)) if self.processes[clone.parent].state == ProcessState::Running => twin,
            _ => return self.abandon_clone(&clone, Failure::Errno(errno::ESRCH)),
        };
        if clone.stopped && self.someone_runs(clone.parent) {
            self.threads[current].clone = Some(clone);
            return self.continue_later(current, 0);
        }
        match self.clone_step(&mut clone) {
            Ok(Step::More) => {
                self.threads[current].clone = Some(clone);
                self.continue_later(current, 0)
            }
            Ok(Step::Done) => match self.finish_clone(&clone, twin) {
                Ok(child_thread) => {
                    let number = self.processes[clone.child].number;
                    let record = self.threads[child_thread].call.number;
                    let child_token = token_of(Caller::Thread(child_thread), record);
                    self.end_clone(&clone);
                    let handle = self.own_handle(clone.child, Object::Process(clone.child));
                    self.answer_handle(invocation, &handle)?;
                    Ok(Answer::Words([child_token, number, 0, 0, 0, 0]))
                }
                Err(error) => self.abandon_clone(&clone, creation_error(error)),
            },
            Err(error) => self.abandon_clone(&clone, creation_error(error)),
        }
    }

    /// Whether a thread of a process is on a processor: it was told to stop and has not noticed yet.
    fn someone_runs(&self, process: Ref<Process>) -> bool {
        self.processors.iter().any(|processor| {
            processor
                .current
                .is_some_and(|thread| self.threads[thread].process == process)
        })
    }

    fn clone_step(&mut self, clone: &mut Clone) -> Result<Step, CallError> {
        match clone.phase {
            Phase::Memory => {
                let from = self.space_of(clone.parent)?;
                let to = self.space_of(clone.child)?;
                let step =
                    self.mm
                        .clone_step(&mut self.machine, &mut self.accounts, from, to, &mut clone.cursor);
                self.post_notices();
                if step.map_err(|_| CallError::NoMemory)? == Step::Done {
                    clone.phase = Phase::Descriptors;
                    clone.cursor = 0;
                }
                Ok(Step::More)
            }
            Phase::Descriptors => {
                for _ in 0..STEP_SLOTS {
                    let table = &self.processes[clone.parent].table;
                    let Some(index) = table.descriptors.lowest_taken(clone.cursor as usize) else {
                        clone.phase = Phase::Own;
                        clone.cursor = FIRST_COPIED;
                        return Ok(Step::More);
                    };
                    clone.cursor = index as u64 + 1;
                    self.clone_slot(clone, Place::Descriptor(index as u32))?;
                }
                Ok(Step::More)
            }
            Phase::Own => {
                for _ in 0..STEP_SLOTS {
                    let table = &self.processes[clone.parent].table;
                    let Some(index) = table.own.lowest_taken(clone.cursor as usize) else {
                        return Ok(Step::Done);
                    };
                    clone.cursor = index as u64 + 1;
                    self.clone_slot(clone, Place::Own(index as u32))?;
                }
                Ok(Step::More)
            }
        }
    }

    fn clone_slot(&mut self, clone: &Clone, place: Place) -> Result<(), CallError> {
        let Some(slot) = self.processes[clone.parent].table.slot(place).copied() else {
            return Ok(());
        };
        if place == Place::Own(ENTROPY_SLOT) {
            return Ok(());
        }
        let copied = match slot.content {
            Content::Live(Object::Endpoint(_))
                if slot.rights.contains(trivet_abi::handle::Rights::RECEIVE) =>
            {
                false
            }
            Content::Live(object) => is_copied_by_fork(object),
            Content::Dead => true,
            Content::Free | Content::Reserved => false,
        };
        if !copied {
            return Ok(());
        }
        self.take_exact(clone.child, place)?;
        if let Content::Live(object) = slot.content {
            self.acquire_object(object);
        }
        // Same domain, same policy: the masks are right as they are. An own slot keeps its generation, so that its value stays the same.
        if let Some(target) = self.processes[clone.child].table.slot_mut(place) {
            *target = slot;
        }
        Ok(())
    }

    /// The child's twin of the calling thread: the same registers, waiting in the same call.
    fn finish_clone(&mut self, clone: &Clone, twin: Ref<Thread>) -> Result<Ref<Thread>, CallError> {
        self.install_own_handles(clone.child)?;
        let child_thread = self.create_thread(clone.child, &Start::default())?;
        let (number, caller) = (self.take_call_number(), Caller::Thread(child_thread));
        let mut gather = crate::ipc::record::Segments::new();
        let mut scatter = crate::ipc::record::Segments::new();
        let model = &self.threads[twin];
        if !gather.copy_from(&model.call.gather) || !scatter.copy_from(&model.call.scatter) {
            self.end_thread(child_thread);
            return Err(CallError::NoMemory);
        }
        let (session, endpoint, server) = (model.call.session, model.call.endpoint, model.call.server);
        let (row, method, interruptible) = (model.call.row, model.call.method, model.call.interruptible);
        let (priority, affinity, lane) = (model.base_priority, model.affinity, model.lane);
        let (upcall, robust_list) = (model.upcall, 0);
        let Some((source, target)) = self.threads.get_two(twin, child_thread) else {
            return Err(CallError::Gone);
        };
        target.context.copy_from(&source.context);
        target.base_priority = priority;
        target.priority = priority;
        target.affinity = affinity;
        target.lane = lane;
        target.upcall = upcall;
        target.robust_list = robust_list;
        target.state = ThreadState::Calling;
        let call = &mut target.call;
        call.number = number;
        call.row = row;
        call.row_counted = false;
        call.plain = true;
        call.method = method;
        call.interruptible = interruptible;
        call.session = session;
        call.endpoint = endpoint;
        call.gather = gather;
        call.scatter = scatter;
        call.state = CallState::Idle;
        if let Some(session) = session {
            self.sessions.acquire(session);
        }
        if let (Some(server), Some(endpoint)) = (server, endpoint) {
            self.mark_received(server, caller);
            self.endpoints[endpoint].pending += 1;
        }
        self.processes[clone.child].state = ProcessState::Running;
        Ok(child_thread)
    }

    /// Lets the parent go on and gives the clone's counts back, but the child's first, which is the answer's.
    fn end_clone(&mut self, clone: &Clone) {
        if clone.stopped {
            self.processes[clone.parent].stopped = false;
            self.for_threads(clone.parent, Self::unstop_thread);
        }
        self.release_process(clone.parent);
    }

    fn abandon_clone(&mut self, clone: &Clone, failure: Failure) -> Served {
        self.end_clone(clone);
        self.kill_process(clone.child, 0);
        self.release_process(clone.child);
        Err(failure)
    }

    /// The thread that was cloning is gone.
    pub(crate) fn drop_clone(&mut self, thread: Ref<Thread>) {
        if let Some(clone) = self.threads[thread].clone.take() {
            let _ = self.abandon_clone(&clone, Failure::Errno(errno::ESRCH));
        }
    }
}
