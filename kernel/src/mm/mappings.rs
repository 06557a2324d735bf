//! Who maps a Memory: the list of its regions, how many can write or execute, and that these two exclude each other.

use super::space::{Backing, Region};
use super::{Memory, MemoryError, Mm, Protection};
use crate::arena::Ref;

impl Mm {
    /// Checks that a shared mapping with this highest protection may be added.
    pub(super) fn check_exclusion(
        &self,
        reference: Ref<Memory>,
        highest: Protection,
    ) -> Result<(), MemoryError> {
        let memory = &self.memories[reference];
        if highest.contains(Protection::WRITE) {
            if !memory.is_writable() {
                return Err(MemoryError::Access);
            }
            if memory.executable_mappings > 0 {
                return Err(MemoryError::TextBusy);
            }
        }
        if highest.contains(Protection::EXECUTE) {
            if memory.writable_mappings > 0 {
                return Err(MemoryError::TextBusy);
            }
            if memory.was_writable && !memory.sealed {
                return Err(MemoryError::Access);
            }
        }
        Ok(())
    }

    /// Counts a region among its Memory's mappings.
    pub(super) fn link_region(&mut self, reference: Ref<Region>) {
        let region = &self.regions[reference];
        let Backing::Memory { memory: target, .. } = region.backing else {
            return;
        };
        let (writes, executes) = (region.writes_through(), region.counts_executable);
        let memory = &mut self.memories[target];
        let head = memory.regions;
        // A new mapping has nothing to unmap; a split one keeps its number, and goes before those that are done.
        let seen = region.truncation == memory.truncation;
        memory.mappings += 1;
        let mut begun = Protection::NONE;
        if memory.mappings == 1 {
            begun.0 |= Protection::READ.0;
        }
        if writes {
            memory.writable_mappings += 1;
            memory.was_writable = true;
            if memory.writable_mappings == 1 {
                begun.0 |= Protection::WRITE.0;
            }
        }
        if executes {
            memory.executable_mappings += 1;
            if memory.executable_mappings == 1 {
                begun.0 |= Protection::EXECUTE.0;
            }
        }
        memory.regions = Some(reference);
        self.regions[reference].next = head;
        self.regions[reference].previous = None;
        match head {
            Some(head) => self.regions[head].previous = Some(reference),
            None => self.memories[target].last_region = Some(reference),
        }
        if seen {
            self.move_region_last(reference);
        }
        self.note_mappings(target, begun, Protection::NONE);
    }

    /// Takes a region off its Memory's mappings.
    pub(super) fn unlink_region(&mut self, reference: Ref<Region>) {
        let region = &self.regions[reference];
        let Backing::Memory { memory: target, .. } = region.backing else {
            return;
        };
        let (writes, executes) = (region.writes_through(), region.counts_executable);
        self.detach_region(reference);
        let memory = &mut self.memories[target];
        memory.mappings -= 1;
        let mut ended = Protection::NONE;
        if memory.mappings == 0 {
            ended.0 |= Protection::READ.0;
        }
        if writes {
            memory.writable_mappings -= 1;
            if memory.writable_mappings == 0 {
                ended.0 |= Protection::WRITE.0;
            }
        }
        if executes {
            memory.executable_mappings -= 1;
            if memory.executable_mappings == 0 {
                ended.0 |= Protection::EXECUTE.0;
            }
        }
        self.note_mappings(target, Protection::NONE, ended);
    }

    /// Takes a region out of its Memory's list.
    fn detach_region(&mut self, reference: Ref<Region>) {
        let region = &mut self.regions[reference];
        let (next, previous) = (region.next.take(), region.previous.take());
        let Backing::Memory { memory, .. } = region.backing else {
            return;
        };
        let memory = &mut self.memories[memory];
        if memory.last_region == Some(reference) {
            memory.last_region = previous;
        }
        match previous {
            Some(previous) => self.regions[previous].next = next,
            None => memory.regions = next,
        }
        if let Some(next) = next {
            self.regions[next].previous = previous;
        }
    }

    /// Moves a region to the end of its Memory's list.
    pub(super) fn move_region_last(&mut self, reference: Ref<Region>) {
        let Backing::Memory { memory, .. } = self.regions[reference].backing else {
            return;
        };
        self.detach_region(reference);
        let last = self.memories[memory].last_region.replace(reference);
        self.regions[reference].previous = last;
        match last {
            Some(last) => self.regions[last].next = Some(reference),
            None => self.memories[memory].regions = Some(reference),
        }
    }
}
