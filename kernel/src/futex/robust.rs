//! What a thread leaves behind when it ends: the locks of its robust list (Linux's layout), and the word that its joiner waits on.

use super::FutexKey;
use super::inherit::{OWNER_DIED, OWNER_MASK, WAITERS};
use super::service::FutexWord;
use crate::arena::Ref;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::mm::AddressSpace;
use crate::thread::Thread;

/// Entries of a robust list that are looked at, at most.
const MAX_ENTRIES: u32 = 2048;
/// Flag in an entry's pointer: the lock inherits priority.
const INHERITS: u64 = 1;

impl<M: Machine> Kernel<M> {
    /// Marks the locks of a dying thread's robust list, and wakes a waiter of each.
    pub(crate) fn release_held_futexes(&mut self, reference: Ref<Thread>) {
        let head = core::mem::take(&mut self.threads[reference].robust_list);
        let Ok(space) = self.space_of(self.threads[reference].process) else {
            return;
        };
        if head == 0 {
            return;
        }
        let number = self.futex_number(reference);
        let (Some(mut entry), Some(offset), Some(pending)) = (
            self.read_word(space, head),
            self.read_word(space, head.wrapping_add(8)),
            self.read_word(space, head.wrapping_add(16)),
        ) else {
            return;
        };
        for _ in 0..MAX_ENTRIES {
            let address = entry & !INHERITS;
            if address == head || address == 0 {
                break;
            }
            // The next one is read first: a waiter may free this one.
            let next = self.read_word(space, address);
            if entry != pending {
                self.release_robust(space, address.wrapping_add(offset), entry & INHERITS != 0, number);
            }
            match next {
                Some(next) => entry = next,
                None => break,
            }
        }
        if pending & !INHERITS != 0 {
            let address = (pending & !INHERITS).wrapping_add(offset);
            self.release_robust(space, address, pending & INHERITS != 0, number);
        }
    }

    fn read_word(&mut self, space: Ref<AddressSpace>, address: u64) -> Option<u64> {
        let mut bytes = [0; 8];
        self.read_space(space, address, &mut bytes).ok()?;
        Some(u64::from_le_bytes(bytes))
    }

    fn release_robust(&mut self, space: Ref<AddressSpace>, address: u64, inherits: bool, number: u32) {
        // Shared by default: the lock may lie in memory of several processes.
        let Ok(word) = self.futex_word(space, address, 1, true) else {
            return;
        };
        let value = self.machine.load_u32(word.frame, word.offset);
        if value & OWNER_MASK != number {
            return;
        }
        let private = self.futex_key(space, address, 0);
        if inherits {
            if self.hand_lock_over(word, OWNER_DIED).is_ok() && private != word.key {
                let word = FutexWord { key: private, ..word };
                if self
                    .futexes
                    .find(&self.threads, private, u32::MAX, None)
                    .is_some()
                {
                    let _ = self.hand_lock_over(word, OWNER_DIED);
                }
            }
            return;
        }
        let new = (value & WAITERS) | OWNER_DIED;
        if self
            .machine
            .compare_exchange_u32(word.frame, word.offset, value, new)
            .is_ok()
            && value & WAITERS != 0
        {
            self.wake_either(word.key, private);
        }
    }

    /// Wakes one waiter: programs may wait on a lock by either name.
    fn wake_either(&mut self, shared: FutexKey, private: FutexKey) {
        if self.wake_futex(shared, 1, u32::MAX) == 0 && private != shared {
            self.wake_futex(private, 1, u32::MAX);
        }
    }

    /// Zeroes the word that a joiner waits on, and wakes it.
    pub(crate) fn clear_exit_word(&mut self, reference: Ref<Thread>) {
        let address = core::mem::take(&mut self.threads[reference].cleared);
        let process = self.threads[reference].process;
        if address == 0 || !self.processes[process].is_alive() {
            return;
        }
        let Ok(space) = self.space_of(process) else {
            return;
        };
        if address.is_multiple_of(4) && self.write_process(process, address, &[0; 4]).is_ok() {
            let shared = self.futex_key(space, address, 1);
            let private = self.futex_key(space, address, 0);
            self.wake_futex(shared, u64::MAX, u32::MAX);
            if private != shared {
                self.wake_futex(private, u64::MAX, u32::MAX);
            }
        }
    }
}
