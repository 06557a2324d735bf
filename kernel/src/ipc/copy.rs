//! Bytes of messages: into the receiver's window at delivery, and what a server copies by token while the caller waits.

use super::receive::Undelivered;
use super::record::Caller;
use crate::arena::Ref;
use crate::dispatch::{Answer, Failure, Invocation, errno};
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::mm::copy::{Place, is_user_range};
use crate::mm::fault::translate;
use crate::mm::{Access, AccessError, Memory, PAGE};
use crate::thread::{MAX_WINDOW, Thread, attention};
use crate::usercopy::{ListPart, STEP_BYTES, Stop};
use trivet_abi::error::CallError;

impl<M: Machine> Kernel<M> {
    /// Copies the beginning of a request's bytes into the receiver's window, as many as fit.
    pub(crate) fn copy_request(&mut self, caller: Caller, receiver: Ref<Thread>) -> Result<(), Undelivered> {
        let window = self.threads[receiver].window;
        let total = self.record(caller).gather.total;
        let length = total.min(window.length).min(MAX_WINDOW);
        let mut done = 0;
        while done < length {
            let record = self.record(caller);
            let Some(segment) = record.gather.at(done) else {
                break;
            };
            let step = segment.length.min(length - done);
            let source = self.processes[self.calling_process(caller)].space;
            let target = self.processes[self.threads[receiver].process].space;
            let (Some(source), Some(target)) = (source, target) else {
                return Err(Undelivered::Caller(CallError::Gone, 0));
            };
            let (moved, result) =
                self.copy_spaces((source, segment.address), (target, window.address + done), step);
            done += moved;
            if let Err(stop) = result {
                return Err(if stop.source {
                    Undelivered::Caller(stop.own_error(), 0)
                } else {
                    Undelivered::Receiver(stop.own_error())
                });
            }
        }
        Ok(())
    }

    /// One step of a service that copies more than an entry may: continues in the thread's next entry while there is more.
    pub(crate) fn step_lists(
        &mut self,
        current: Ref<Thread>,
        from: ListPart,
        to: ListPart,
        length: u64,
    ) -> Result<Answer, Failure> {
        let done = core::mem::take(&mut self.threads[current].progress);
        let step = length.saturating_sub(done).min(STEP_BYTES);
        let from = (from.0, from.1, from.2.saturating_add(done));
        let to = (to.0, to.1, to.2.saturating_add(done));
        let (moved, result) = self.copy_lists(from, to, step);
        self.note_filled(to.0, to.2.saturating_add(moved));
        self.end_step(
            current,
            done + moved,
            length,
            moved == step && step != 0,
            result.map_err(|stop| stop.fault),
        )
    }

    /// Decides how a step of a copy ends: with the count, with another step, or with an error if nothing was done.
    pub(crate) fn end_step(
        &mut self,
        current: Ref<Thread>,
        done: u64,
        length: u64,
        full_step: bool,
        result: Result<(), AccessError>,
    ) -> Result<Answer, Failure> {
        match result {
            Ok(()) if full_step && done < length => {
                self.threads[current].progress = done;
                self.attend(current, attention::CONTINUE);
                Ok(Answer::Later)
            }
            Err(fault) if done == 0 => Err(match fault {
                AccessError::Bad => Failure::Errno(errno::EFAULT),
                AccessError::NoMemory => Failure::Errno(errno::ENOMEM),
                AccessError::NotResident(_) => Failure::Errno(errno::EAGAIN),
            }),
            Ok(()) | Err(_) => Ok(Answer::Word(done)),
        }
    }

    /// `Endpoint.copy_in`: a pending request's bytes into the server's OUT buffer.
    pub(crate) fn copy_in(&mut self, invocation: &Invocation) -> Result<Answer, Failure> {
        let [token, offset, ..] = invocation.words;
        let caller = self.living_call(invocation, token)?;
        let own = Caller::Thread(invocation.thread);
        let room = self.record(own).scatter.total;
        self.step_lists(invocation.thread, (caller, true, offset), (own, false, 0), room)
    }

    /// `Endpoint.copy_out`: the server's IN bytes into a pending request's room.
    pub(crate) fn copy_out(&mut self, invocation: &Invocation) -> Result<Answer, Failure> {
        let [token, offset, ..] = invocation.words;
        let caller = self.living_call(invocation, token)?;
        let own = Caller::Thread(invocation.thread);
        let length = self.record(own).gather.total;
        self.step_lists(invocation.thread, (own, true, 0), (caller, false, offset), length)
    }

    /// `Endpoint.copy_between`: from one pending request's bytes to another's room.
    pub(crate) fn copy_between(&mut self, invocation: &Invocation) -> Result<Answer, Failure> {
        let [source, source_offset, target, target_offset, length, _] = invocation.words;
        let from = self.living_call(invocation, source)?;
        let to = self.living_call(invocation, target)?;
        self.step_lists(
            invocation.thread,
            (from, true, source_offset),
            (to, false, target_offset),
            length,
        )
    }

    /// `Endpoint.copy_memory`: between a pending request and a Memory object of the server's.
    pub(crate) fn copy_memory(&mut self, invocation: &Invocation) -> Result<Answer, Failure> {
        let [token, offset, memory, memory_offset, length, to_memory] = invocation.words;
        let caller = self.living_call(invocation, token)?;
        let needed = if to_memory & 1 != 0 {
            crate::methods::Memory::Write
        } else {
            crate::methods::Memory::Read
        };
        let memory = self.memory_argument(invocation, memory, needed as u8)?;
        if self.copy_memory_in_place(
            caller,
            to_memory & 1 != 0,
            offset,
            (memory, memory_offset),
            length,
        ) {
            return Ok(Answer::Word(length));
        }
        let done = core::mem::take(&mut self.threads[invocation.thread].progress);
        let step = length.saturating_sub(done).min(STEP_BYTES);
        let left = self.mm.bytes_left(memory, memory_offset)?;
        let step = step.min(left.saturating_sub(done));
        let (moved, result) = self.copy_list_place(
            (caller, to_memory & 1 != 0, offset.saturating_add(done)),
            Place::Memory(memory, memory_offset),
            done,
            step,
        );
        if to_memory & 1 == 0 {
            self.note_filled(caller, offset.saturating_add(done).saturating_add(moved));
        }
        self.end_step(
            invocation.thread,
            done + moved,
            length,
            moved == step && step != 0,
            result.map_err(|stop| stop.fault),
        )
    }

    /// `copy_memory` where all of it is within one segment and one page on each side, and both pages are in place. False: it is not so
    /// plain, and nothing was copied.
    #[inline]
    fn copy_memory_in_place(
        &mut self,
        caller: Caller,
        to_memory: bool,
        offset: u64,
        (memory, memory_offset): (Ref<Memory>, u64),
        length: u64,
    ) -> bool {
        let Caller::Thread(thread) = caller else {
            return false;
        };
        let calling = &mut self.threads[thread];
        let record = &mut calling.call;
        let list = if to_memory {
            &record.gather
        } else {
            &record.scatter
        };
        let Some(address) = list.single(offset, length) else {
            return false;
        };
        let within = address % PAGE;
        if length > PAGE - within || !is_user_range(address, length) {
            return false;
        }
        let Some(page) = self
            .mm
            .page_in_place(&self.machine, memory, memory_offset, length, to_memory)
        else {
            return false;
        };
        let access = if to_memory { Access::Read } else { Access::Write };
        let Some(frame) = translate(&self.machine, calling.root, address, access) else {
            return false;
        };
        let (within, page_within) = (within as usize, (memory_offset % PAGE) as usize);
        if to_memory {
            self.machine
                .copy(frame, within, page, page_within, length as usize);
        } else {
            self.machine
                .copy(page, page_within, frame, within, length as usize);
            record.filled = record.filled.max(offset + length);
        }
        true
    }

    /// Remembers how far a pending request's room is filled: the reply's header tells its caller.
    fn note_filled(&mut self, caller: Caller, end: u64) {
        let record = self.record_mut(caller);
        record.filled = record.filled.max(end.min(record.scatter.total));
    }

    /// Copies between a list and what lies `offset` bytes behind a place; `part.1` (gather) means towards the place.
    pub(crate) fn copy_list_place(
        &mut self,
        part: ListPart,
        place: Place,
        offset: u64,
        length: u64,
    ) -> (u64, Result<(), Stop>) {
        let (caller, to_place, list_offset) = part;
        let mut done = 0;
        while done < length {
            let record = self.record(caller);
            let list = if to_place { &record.gather } else { &record.scatter };
            let segment = list_offset.checked_add(done).and_then(|at| list.at(at));
            let space = self.processes[self.calling_process(caller)].space;
            let (Some(segment), Some(space)) = (segment, space) else {
                break;
            };
            let step = segment.length.min(length - done);
            let own = Place::Space(space, segment.address);
            let other = place.advanced((offset + done) as usize);
            let (moved, result) = if to_place {
                self.copy_places(own, other, step)
            } else {
                self.copy_places(other, own, step)
            };
            done += moved;
            if result.is_err() {
                return (done, result);
            }
        }
        (done, Ok(()))
    }

    /// A pending request of the endpoint invoked, whose caller lives.
    pub(crate) fn living_call(&self, invocation: &Invocation, token: u64) -> Result<Caller, Failure> {
        let caller = self
            .pending_call(invocation.process, token)
            .filter(|caller| !self.record(*caller).orphaned)
            .ok_or(Failure::Errno(errno::ESRCH))?;
        Ok(caller)
    }
}
