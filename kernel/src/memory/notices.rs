//! Page faults, threads that wait for pages, and what pagers and owners are told.

use crate::arena::Ref;
use crate::ipc::event::News;
use crate::kernel::Kernel;
use crate::machine::{Cpu, Machine};
use crate::mm::{Access, Fault, Memory, Resolution};
use crate::thread::{FaultInfo, Thread, ThreadState};
use trivet_abi::event::EventKind;

/// Vector of a page fault.
const PAGE_FAULT: u64 = 14;
/// Where the kind of a page fault that nobody resolves lies in its error code: 1 not mapped, 2 protection, 3 beyond the end, 4 failed, 5 no memory.
const KIND_SHIFT: u32 = 16;
/// Bits of mappings that ended, in a memory's event.
const ENDED_SHIFT: u32 = 8;

impl<M: Machine> Kernel<M> {
    /// A page fault of the running thread.
    pub(crate) fn page_fault(&mut self, cpu: Cpu, address: u64, error: u64) {
        let Some(current) = self.processors[cpu].current else {
            return;
        };
        let process = self.threads[current].process;
        self.processes[process].page_faults += 1;
        let Ok(space) = self.space_of(process) else {
            return;
        };
        let access = Access::from_error_code(error);
        let resolution = self
            .mm
            .resolve(&mut self.machine, &mut self.accounts, space, address, access);
        self.post_notices();
        match resolution {
            Resolution::Resolved(_) => {}
            Resolution::NotResident(memory) => self.wait_for_page(current, memory),
            Resolution::Failed(fault) => {
                let kind = match fault {
                    Fault::NotMapped => 1,
                    Fault::Protection => 2,
                    Fault::BeyondEnd => 3,
                    Fault::Failed => 4,
                    Fault::NoMemory => 5,
                };
                self.fault_current(
                    current,
                    FaultInfo {
                        vector: PAGE_FAULT,
                        error: (error & 0xffff) | kind << KIND_SHIFT,
                        address,
                    },
                );
            }
        }
    }

    /// Another exception of the running thread.
    pub(crate) fn exception(&mut self, cpu: Cpu, vector: u8, error: u64) {
        if let Some(current) = self.processors[cpu].current {
            let fault = FaultInfo {
                vector: u64::from(vector),
                error: error & 0xffff_ffff,
                address: 0,
            };
            self.fault_current(current, fault);
        }
    }

    fn wait_for_page(&mut self, current: Ref<Thread>, memory: Ref<Memory>) {
        self.block_current(current, ThreadState::PageWait);
        let first = self.mm.memories[memory].waiters.replace(current);
        let thread = &mut self.threads[current];
        thread.previous = None;
        thread.next = first;
        thread.page_memory = Some(memory);
        if let Some(first) = first {
            self.threads[first].previous = Some(current);
        }
    }

    /// A thread does not wait for a page any more.
    pub(crate) fn leave_page_wait(&mut self, reference: Ref<Thread>) {
        let thread = &mut self.threads[reference];
        let (previous, next) = (thread.previous.take(), thread.next.take());
        let memory = thread.page_memory.take();
        match (previous, memory) {
            (Some(previous), _) => self.threads[previous].next = next,
            (None, Some(memory)) => self.mm.memories[memory].waiters = next,
            (None, None) => {}
        }
        if let Some(next) = next {
            self.threads[next].previous = previous;
        }
    }

    /// Pages came, or will not come: whoever waits tries again.
    pub(crate) fn wake_page_waiters(&mut self, memory: Ref<Memory>) {
        while let Some(waiter) = self.mm.memories[memory].waiters {
            self.leave_page_wait(waiter);
            self.make_ready(waiter);
        }
    }

    /// Tells owners of memories what they are to be told, and sees to it that what died is taken apart soon.
    #[inline]
    pub(crate) fn post_notices(&mut self) {
        if self.mm.has_notices() {
            self.post_all_notices();
        }
        if self.mm.has_dying() {
            self.processors[self.cpu].reschedule = true;
        }
    }

    #[cold]
    fn post_all_notices(&mut self) {
        while let Some(notice) = self.mm.take_notice() {
            let Some(event) = self.mm.memories[notice.memory].event else {
                if notice.wanted {
                    // No pager: whoever waits would wait for ever.
                    self.wake_page_waiters(notice.memory);
                }
                continue;
            };
            let told = &mut self.events[event];
            told.news = News::PageWanted(notice.memory);
            told.words[3] |= u64::from(notice.begun.0) | u64::from(notice.ended.0) << ENDED_SHIFT;
            told.words[4] |= u64::from(notice.wanted);
            self.fire(event, 1);
        }
    }

    /// What a memory's event says now: kind, word for RSI, words. Fires again if there is more.
    pub(crate) fn describe_memory_event(
        &mut self,
        event: Ref<crate::ipc::event::Event>,
        memory: Ref<Memory>,
    ) -> (EventKind, u64, [u64; 6]) {
        let told = &mut self.events[event];
        let mappings = core::mem::take(&mut told.words[3]);
        if mappings != 0 {
            if told.words[4] != 0 {
                self.fire(event, 1);
            }
            return (EventKind::Signalled, mappings, [0; 6]);
        }
        told.words[4] = 0;
        let wanted = self.mm.next_wanted(&mut self.machine, memory);
        self.post_notices();
        let (offset, length) = wanted.unwrap_or((0, 0));
        (EventKind::PageWanted, 0, [offset, length, 0, 0, 0, 0])
    }

    /// Counts one reference less to a memory; the last handle and mapping gone, its event goes too.
    pub(crate) fn release_memory(&mut self, memory: Ref<Memory>) {
        if self.mm.memories.references(memory) == 1
            && let Some(event) = self.mm.memories[memory].event.take()
        {
            self.drop_event(event);
        }
        self.mm.release_memory(memory);
        self.post_notices();
    }
}
