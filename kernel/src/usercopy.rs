//! Bytes between programs and the kernel, and between programs. Nothing here takes a page fault: a copy that cannot go on says
//! how far it came and whose side stopped it. Note 0005.

use crate::arena::Ref;
use crate::ipc::record::Caller;
use crate::kernel::Kernel;
use crate::machine::{Frame, Machine};
use crate::mm::copy::{Place, is_user_range};
use crate::mm::fault::translate;
use crate::mm::{Access, AccessError, AddressSpace, PAGE, Side};
use crate::process::Process;
use crate::thread::Thread;
use trivet_abi::error::CallError;

/// Bytes that one entry copies at most.
pub const STEP_BYTES: u64 = 64 * 1024;

/// Where a copy stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    /// The source's side, else the target's.
    pub source: bool,
    /// Why.
    pub fault: AccessError,
}

impl Stop {
    /// The error for whose memory it was.
    pub(crate) fn own_error(self) -> CallError {
        match self.fault {
            AccessError::Bad => CallError::BadPointer,
            AccessError::NoMemory => CallError::NoMemory,
            AccessError::NotResident(_) => CallError::NotResident,
        }
    }

    /// The error for the other party.
    pub(crate) fn peer_error(self) -> CallError {
        match self.fault {
            AccessError::Bad => CallError::PeerFault,
            AccessError::NoMemory => CallError::NoMemory,
            AccessError::NotResident(_) => CallError::NotResident,
        }
    }
}

/// One side of a copy between lists: whose record, its gather list (else scatter), and the offset in it.
pub(crate) type ListPart = (Caller, bool, u64);

impl<M: Machine> Kernel<M> {
    /// The address space of a process, while it has one.
    pub(crate) fn space_of(&self, process: Ref<Process>) -> Result<Ref<AddressSpace>, CallError> {
        self.processes[process].space.ok_or(CallError::Gone)
    }

    /// Reads the calling thread's memory.
    pub(crate) fn read_own(
        &mut self,
        current: Ref<Thread>,
        address: u64,
        into: &mut [u8],
    ) -> Result<(), CallError> {
        let space = self.space_of(self.threads[current].process)?;
        self.read_space(space, address, into)
    }

    /// Writes the calling thread's memory.
    pub(crate) fn write_own(
        &mut self,
        current: Ref<Thread>,
        address: u64,
        from: &[u8],
    ) -> Result<(), CallError> {
        self.write_process(self.threads[current].process, address, from)
    }

    /// Writes a process's memory.
    pub(crate) fn write_process(
        &mut self,
        process: Ref<Process>,
        address: u64,
        from: &[u8],
    ) -> Result<(), CallError> {
        let space = self.space_of(process)?;
        let result = self
            .mm
            .write_user(&mut self.machine, &mut self.accounts, space, address, from);
        self.post_notices();
        result.map_err(|(_, fault)| Stop { source: false, fault }.own_error())
    }

    /// Reads a space's memory.
    pub(crate) fn read_space(
        &mut self,
        space: Ref<AddressSpace>,
        address: u64,
        into: &mut [u8],
    ) -> Result<(), CallError> {
        let result = self
            .mm
            .read_user(&mut self.machine, &mut self.accounts, space, address, into);
        self.post_notices();
        result.map_err(|(_, fault)| Stop { source: true, fault }.own_error())
    }

    /// Copies between two spaces. Answers the bytes done, and where it stopped if that is not all.
    pub(crate) fn copy_spaces(
        &mut self,
        from: (Ref<AddressSpace>, u64),
        to: (Ref<AddressSpace>, u64),
        length: u64,
    ) -> (u64, Result<(), Stop>) {
        let copied = self.mm.copy_spaces(
            &mut self.machine,
            &mut self.accounts,
            from.0,
            from.1,
            to.0,
            to.1,
            length as usize,
        );
        self.end_copy(copied)
    }

    /// Copies between a place in a space and one in a Memory, or two Memories.
    pub(crate) fn copy_places(&mut self, from: Place, to: Place, length: u64) -> (u64, Result<(), Stop>) {
        let copied = self
            .mm
            .copy(&mut self.machine, &mut self.accounts, from, to, length as usize);
        self.end_copy(copied)
    }

    #[inline]
    fn end_copy(&mut self, copied: crate::mm::Copied) -> (u64, Result<(), Stop>) {
        self.post_notices();
        let result = match copied.stop {
            None => Ok(()),
            Some((side, fault)) => Err(Stop {
                source: side == Side::Source,
                fault,
            }),
        };
        (copied.bytes as u64, result)
    }

    /// Copies up to a page between pages that are in place. False: not so plain; what was copied then is to be copied again.
    #[inline]
    pub(crate) fn copy_in_place(&mut self, from: (Frame, u64), to: (Frame, u64), length: u64) -> bool {
        if length > PAGE || !is_user_range(from.1, length) || !is_user_range(to.1, length) {
            return false;
        }
        let in_page = PAGE - (from.1 % PAGE).max(to.1 % PAGE);
        if length <= in_page {
            return self.copy_within_pages(from, to, length);
        }
        // Two or three pieces: the sides end their pages at different places.
        let mut done = 0;
        while done < length {
            let (source, target) = (from.1 + done, to.1 + done);
            let step = (PAGE - (source % PAGE).max(target % PAGE)).min(length - done);
            if !self.copy_within_pages((from.0, source), (to.0, target), step) {
                return false;
            }
            done += step;
        }
        true
    }

    /// Copies within one page on each side. False: not in place, and nothing was copied.
    #[inline]
    fn copy_within_pages(&mut self, from: (Frame, u64), to: (Frame, u64), length: u64) -> bool {
        let (from_offset, to_offset) = ((from.1 % PAGE) as usize, (to.1 % PAGE) as usize);
        let source = translate(&self.machine, from.0, from.1, Access::Read);
        let target = translate(&self.machine, to.0, to.1, Access::Write);
        let (Some(source), Some(target)) = (source, target) else {
            return false;
        };
        if source == target {
            return false;
        }
        self.machine
            .copy(source, from_offset, target, to_offset, length as usize);
        true
    }

    /// Copies up to `length` bytes from one list to another; less where a list ends.
    pub(crate) fn copy_lists(
        &mut self,
        from: ListPart,
        to: ListPart,
        length: u64,
    ) -> (u64, Result<(), Stop>) {
        let mut done = 0;
        while done < length {
            let source = self.list_segment(from, done);
            let target = self.list_segment(to, done);
            let (Some(source), Some(target)) = (source, target) else {
                break;
            };
            let step = source.1.min(target.1).min(length - done);
            let (moved, result) = self.copy_spaces((source.2, source.0), (target.2, target.0), step);
            done += moved;
            if result.is_err() {
                return (done, result);
            }
        }
        (done, Ok(()))
    }

    /// Address, length and space of the segment at an offset of a list.
    fn list_segment(&self, part: ListPart, done: u64) -> Option<(u64, u64, Ref<AddressSpace>)> {
        let (caller, gather, offset) = part;
        let record = self.record(caller);
        let list = if gather { &record.gather } else { &record.scatter };
        let segment = list.at(offset.checked_add(done)?)?;
        let space = self.processes[self.calling_process(caller)].space?;
        Some((segment.address, segment.length, space))
    }
}
