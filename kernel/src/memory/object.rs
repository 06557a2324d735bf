//! The Memory interface: mapping, contents, paging.

use crate::arena::Ref;
use crate::dispatch::{Answer, Failure, Invocation, Served, errno, refuse};
use crate::handle::install::NewHandle;
use crate::handle::slot::Object;
use crate::ipc::event::News;
use crate::kernel::Kernel;
use crate::machine::{Frame, Machine};
use crate::methods;
use crate::mm::copy::Place;
use crate::mm::map::MapKind;
use crate::mm::{AddressSpace, Memory, MemoryError, MemoryKind, PAGE, Protection, Step};
use trivet_abi::error::CallError;

/// Ranges that one `take_dirty` answers, at most.
const MAX_RANGES: usize = 256;

impl<M: Machine> Kernel<M> {
    #[inline(never)]
    pub(crate) fn serve_memory(
        &mut self,
        invocation: &Invocation,
        method: methods::Memory,
        memory: Ref<Memory>,
    ) -> Served {
        use methods::Memory as Method;
        let words = invocation.words;
        let current = invocation.thread;
        match method {
            Method::MapRead => self.map_memory(invocation, memory, MapKind::Read),
            Method::MapWrite => self.map_memory(invocation, memory, MapKind::Write),
            Method::MapCopy => self.map_memory(invocation, memory, MapKind::Copy),
            Method::MapExecute => self.map_memory(invocation, memory, MapKind::Execute),
            Method::Resize => {
                let step = self
                    .mm
                    .resize(&mut self.machine, &mut self.accounts, memory, words[0])?;
                self.post_notices();
                if step == Step::Done {
                    self.wake_page_waiters(memory);
                }
                self.stepped_to(current, step, 0)
            }
            Method::Read => {
                let room = self.output_room(invocation);
                let length = room.min(self.mm.bytes_left(memory, words[0])?);
                self.copy_own_list(invocation, false, Place::Memory(memory, words[0]), length)
            }
            Method::Write => {
                let target = &self.mm.memories[memory];
                if target.sealed || matches!(target.kind, MemoryKind::Fixed { writable: false, .. }) {
                    return refuse(errno::EPERM);
                }
                let length = self
                    .input_length(invocation)
                    .min(self.mm.bytes_left(memory, words[0])?);
                self.copy_own_list(invocation, true, Place::Memory(memory, words[0]), length)
            }
            Method::Info => {
                let memory = &self.mm.memories[memory];
                let kind = match memory.kind {
                    MemoryKind::Anonymous => 0,
                    MemoryKind::Pager => 1,
                    MemoryKind::Fixed { .. } => 2,
                };
                let fields = [
                    memory.size,
                    memory.resident * PAGE,
                    memory.committed * PAGE,
                    u64::from(memory.mappings),
                    u64::from(memory.writable_mappings),
                    u64::from(memory.executable_mappings),
                    kind,
                    u64::from(memory.sealed),
                ];
                self.write_fields(invocation, 0, &fields)?;
                Ok(Answer::Done)
            }
            Method::Seal => {
                self.mm.seal(memory)?;
                Ok(Answer::Done)
            }
            Method::Supply => {
                let [offset, length, source, source_offset, ..] = words;
                let source = self.memory_argument(invocation, source, Method::TakePages as u8)?;
                let mut done = core::mem::take(&mut self.threads[current].progress);
                let step = self.mm.supply(
                    &mut self.machine,
                    &mut self.accounts,
                    memory,
                    offset,
                    length,
                    source,
                    source_offset,
                    &mut done,
                );
                self.wake_page_waiters(memory);
                self.count_pages(invocation, step?, done)
            }
            Method::TakePages => {
                let [offset, length, target, target_offset, ..] = words;
                let target = self.memory_argument(invocation, target, Method::Write as u8)?;
                let mut done = core::mem::take(&mut self.threads[current].progress);
                let step = self.mm.take_pages(
                    &mut self.machine,
                    &mut self.accounts,
                    memory,
                    offset,
                    length,
                    target,
                    target_offset,
                    &mut done,
                );
                self.post_notices();
                self.count_pages(invocation, step?, done)
            }
            Method::TakeDirty => self.take_dirty(invocation, memory),
            Method::Evict => {
                let progress = core::mem::take(&mut self.threads[current].progress);
                let (mut done, mut evicted) = (progress & 0xffff_ffff, progress >> 32);
                let step = self.mm.evict(
                    &mut self.machine,
                    &mut self.accounts,
                    memory,
                    words[0],
                    words[1],
                    &mut done,
                    &mut evicted,
                )?;
                match step {
                    Step::Done => Ok(Answer::Word(evicted)),
                    Step::More => self.continue_later(current, done | evicted << 32),
                }
            }
            Method::Fail => {
                let mut done = core::mem::take(&mut self.threads[current].progress);
                let step = self.mm.fail(
                    &mut self.machine,
                    &mut self.accounts,
                    memory,
                    words[0],
                    words[1],
                    &mut done,
                )?;
                self.wake_page_waiters(memory);
                self.stepped_to(current, step, done)
            }
            Method::Bind => {
                let endpoint = self.receiving_endpoint(current, words[0])?;
                if words[2] > 7 {
                    return refuse(errno::EINVAL);
                }
                let (old, account) = (self.mm.memories[memory].event, self.mm.memories[memory].account);
                let event = self.bind_source(old, account, endpoint, News::PageWanted(memory), words[1])?;
                let bound = &mut self.mm.memories[memory];
                bound.event = Some(event);
                bound.watched_mappings = Protection(words[2] as u8);
                Ok(Answer::Done)
            }
            Method::View => {
                self.expect_places(invocation, 1)?;
                let [offset, length, label, ..] = words;
                let label = self.label_argument(invocation, label, crate::methods::Memory::INTERFACE)?;
                let account = self.processes[invocation.process].account;
                let (store, accounts) = (&self.machine, &mut self.accounts);
                let part = self
                    .mm
                    .create_view(store, accounts, account, label, memory, offset, length)?;
                self.answer_handle(invocation, &NewHandle::new(Object::Memory(part), label))?;
                Ok(Answer::Done)
            }
            Method::Discard => {
                let range = (words[0], words[1]);
                let mut done = core::mem::take(&mut self.threads[current].progress);
                let step =
                    self.mm
                        .discard(&mut self.machine, &mut self.accounts, memory, range, &mut done)?;
                self.stepped_to(current, step, done)
            }
        }
    }

    /// Number of pages, as bytes done so far.
    fn count_pages(&mut self, invocation: &Invocation, step: Step, done: u64) -> Served {
        match step {
            Step::Done => Ok(Answer::Word(done)),
            Step::More => self.continue_later(invocation.thread, done),
        }
    }

    fn map_memory(&mut self, invocation: &Invocation, memory: Ref<Memory>, kind: MapKind) -> Served {
        let [space, offset, length, address, flags, _] = invocation.words;
        let space = self.space_argument(invocation, space)?;
        let placement = self.placement(address, length, flags)?;
        self.map_with(invocation, space, placement, |kernel| {
            kernel.mm.map_memory(
                &mut kernel.machine,
                &mut kernel.accounts,
                space,
                memory,
                offset,
                placement,
                kind,
            )
        })
    }

    /// An argument that names one of the caller's address spaces in which it may map.
    pub(crate) fn space_argument(
        &self,
        invocation: &Invocation,
        word: u64,
    ) -> Result<Ref<AddressSpace>, Failure> {
        let slot = self.argument_slot(invocation.process, word)?;
        match slot.object() {
            Some(Object::AddressSpace(space))
                if slot.allow >> methods::AddressSpace::MapAnonymous as u8 & 1 != 0 =>
            {
                Ok(space)
            }
            Some(Object::AddressSpace(_)) => Err(Failure::Call(CallError::Denied)),
            _ => Err(Failure::Errno(errno::EINVAL)),
        }
    }

    /// An argument that names one of the caller's Memories, on which it may call a method.
    pub(crate) fn memory_argument(
        &self,
        invocation: &Invocation,
        word: u64,
        method: u8,
    ) -> Result<Ref<Memory>, Failure> {
        let slot = self.argument_slot(invocation.process, word)?;
        match slot.object() {
            Some(Object::Memory(memory)) if slot.allow >> method & 1 != 0 => Ok(memory),
            Some(Object::Memory(_)) => Err(Failure::Call(CallError::Denied)),
            _ => Err(Failure::Errno(errno::EINVAL)),
        }
    }

    fn take_dirty(&mut self, invocation: &Invocation, memory: Ref<Memory>) -> Served {
        let room = (self.output_room(invocation) as usize / 16).min(MAX_RANGES);
        let mut ranges = [(0, 0); MAX_RANGES];
        let mut done = core::mem::take(&mut self.threads[invocation.thread].progress);
        let count = self.mm.take_dirty(
            &mut self.machine,
            memory,
            invocation.words[0],
            invocation.words[1],
            &mut ranges[..room],
            &mut done,
        )?;
        if count == 0 && done < invocation.words[1].div_ceil(PAGE) && room != 0 {
            return self.continue_later(invocation.thread, done);
        }
        for (index, (offset, length)) in ranges[..count].iter().enumerate() {
            self.write_fields(invocation, index as u64 * 16, &[*offset, *length])?;
        }
        Ok(Answer::Word(count as u64))
    }

    /// The frame behind a byte of a Memory, counted once more: it stays though the Memory may lose it.
    pub(crate) fn pin_page(&mut self, memory: Ref<Memory>, offset: u64) -> Result<Frame, Failure> {
        let reached = self.mm.reach_place(
            &mut self.machine,
            &mut self.accounts,
            Place::Memory(memory, offset),
            true,
        );
        self.post_notices();
        let (frame, _) = reached.map_err(|_| Failure::Errno(errno::EFAULT))?;
        self.machine.share(frame);
        Ok(frame)
    }

    /// The Memory of the clock page, made at its first use.
    pub(crate) fn clock_memory(&mut self) -> Result<Ref<Memory>, Failure> {
        if let Some(memory) = self.clock_page {
            self.mm.memories.acquire(memory);
            return Ok(memory);
        }
        let frame = self.machine.clock_frame();
        let label = self.root_label(Object::Clock);
        let root = self.root_account;
        let memory =
            self.mm
                .create_fixed_memory(&mut self.accounts, root, label, frame, PAGE, false, false)?;
        // One count stays here for ever.
        self.clock_page = Some(memory);
        self.mm.memories.acquire(memory);
        Ok(memory)
    }

    /// A Memory that holds these bytes.
    pub(crate) fn memory_with(
        &mut self,
        account: Ref<crate::account::Account>,
        label: trivet_abi::Label,
        bytes: &[u8],
    ) -> Result<Ref<Memory>, MemoryError> {
        let memory = self.mm.create_memory(
            &mut self.accounts,
            account,
            label,
            bytes.len() as u64,
            false,
            false,
        )?;
        let mut done = 0;
        while done < bytes.len() {
            let reached = self.mm.reach_place(
                &mut self.machine,
                &mut self.accounts,
                Place::Memory(memory, done as u64),
                true,
            );
            let Ok((frame, offset)) = reached else {
                self.release_memory(memory);
                return Err(MemoryError::NoMemory);
            };
            let step = (bytes.len() - done).min(PAGE as usize - offset);
            self.machine.write(frame, offset, &bytes[done..done + step]);
            done += step;
        }
        Ok(memory)
    }
}
