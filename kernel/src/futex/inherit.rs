//! Locks that inherit priority (Linux's FUTEX_LOCK_PI layout): the word holds the owner's thread number (bits 0-29), bit 31 says
//! that somebody waits, bit 30 that an owner died. While somebody waits, the owner runs at least at the waiter's priority.

use super::FutexWait;
use super::service::{FutexWord, deadline};
use crate::arena::Ref;
use crate::dispatch::{Answer, Failure, Invocation, Served, errno, refuse};
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::mm::AddressSpace;
use crate::process::Process;
use crate::thread::{Thread, ThreadState};

/// Somebody waits.
pub const WAITERS: u32 = 1 << 31;
/// The last owner died.
pub const OWNER_DIED: u32 = 1 << 30;
/// The owner's thread number.
pub const OWNER_MASK: u32 = OWNER_DIED - 1;
/// Locks that wait for locks, followed at most.
const CHAIN: u32 = 16;
/// Attempts to change a word that programs change meanwhile.
const ATTEMPTS: u32 = 8;

impl<M: Machine> Kernel<M> {
    /// The number by which a thread's futex words know it.
    pub(crate) fn futex_number(&self, thread: Ref<Thread>) -> u32 {
        self.threads[thread].number as u32 & OWNER_MASK
    }

    /// Tries to take a lock whose word is free or whose owner died. `Ok(None)`: taken; else what the word holds.
    fn take_lock(&mut self, word: FutexWord, own: u32) -> Result<Option<u32>, Failure> {
        for _ in 0..ATTEMPTS {
            let value = self.machine.load_u32(word.frame, word.offset);
            if value & OWNER_MASK != 0 {
                return Ok(Some(value));
            }
            let taken = own | value & (WAITERS | OWNER_DIED);
            if self
                .machine
                .compare_exchange_u32(word.frame, word.offset, value, taken)
                .is_ok()
            {
                return Ok(None);
            }
        }
        Err(Failure::Errno(errno::EAGAIN))
    }

    /// The thread of this process, or of any that shares the word, which has this number.
    fn lock_owner(&self, process: Ref<Process>, value: u32, shared: bool) -> Option<Ref<Thread>> {
        let number = value & OWNER_MASK;
        let mut at = self.processes[process].threads;
        while let Some(thread) = at {
            if self.futex_number(thread) == number {
                return Some(thread);
            }
            at = self.threads[thread].process_next;
        }
        if !shared {
            return None;
        }
        self.threads
            .iter()
            .find(|(_, thread)| {
                thread.number as u32 & OWNER_MASK == number && thread.state != ThreadState::Dead
            })
            .map(|(reference, _)| reference)
    }

    /// `futex_lock_pi`, and with `wait` false `futex_trylock_pi`.
    pub(crate) fn futex_lock(
        &mut self,
        invocation: &Invocation,
        space: Ref<AddressSpace>,
        wait: bool,
    ) -> Served {
        let [address, second, third, ..] = invocation.words;
        let (deadline_ns, flags) = if wait { (second, third) } else { (u64::MAX, second) };
        let current = invocation.thread;
        let word = self.futex_word(space, address, flags, true)?;
        let own = self.futex_number(current);
        let Some(value) = self.take_lock(word, own)? else {
            return Ok(Answer::Done);
        };
        if value & OWNER_MASK == own {
            return refuse(errno::EDEADLK);
        }
        if !wait {
            return refuse(errno::EAGAIN);
        }
        let owner = self
            .lock_owner(invocation.process, value, flags & 1 != 0)
            .ok_or(Failure::Errno(errno::ESRCH))?;
        if self.waits_for(owner, current) {
            return refuse(errno::EDEADLK);
        }
        if value & WAITERS == 0
            && self
                .machine
                .compare_exchange_u32(word.frame, word.offset, value, value | WAITERS)
                .is_err()
        {
            return refuse(errno::EAGAIN);
        }
        let wait = FutexWait {
            key: word.key,
            bitset: u32::MAX,
            inherits: true,
            owner: Some(owner),
            queued: false,
        };
        let answer = self.wait_on_futex(invocation, wait, deadline(deadline_ns, flags))?;
        self.threads[owner].inherited_from += 1;
        self.raise_owner(current);
        Ok(answer)
    }

    /// Whether a thread waits, over any chain of locks, for another.
    fn waits_for(&self, mut thread: Ref<Thread>, target: Ref<Thread>) -> bool {
        for _ in 0..CHAIN {
            if thread == target {
                return true;
            }
            match self.threads.get(thread).and_then(|thread| thread.futex.owner) {
                Some(owner) => thread = owner,
                None => return false,
            }
        }
        // Longer chains are taken for a deadlock.
        true
    }

    /// The owner for whom a thread waits, and whoever that one waits for, run at least at its priority.
    fn raise_owner(&mut self, waiter: Ref<Thread>) {
        let priority = self.threads[waiter].priority;
        let mut at = self.threads[waiter].futex.owner;
        for _ in 0..CHAIN {
            let Some(owner) = at.filter(|owner| self.threads.contains(*owner)) else {
                return;
            };
            if self.threads[owner].priority >= priority {
                return;
            }
            self.apply_priority(owner, priority);
            at = self.threads[owner].futex.owner;
        }
    }

    /// A waiter is gone: its owner's priority is reckoned anew.
    pub(crate) fn stop_inheriting(&mut self, _waiter: Ref<Thread>, owner: Ref<Thread>) {
        if let Some(thread) = self.threads.get_mut(owner) {
            thread.inherited_from = thread.inherited_from.saturating_sub(1);
            self.refresh_priority(owner);
        }
    }

    /// Reckons the priority of a thread: its own, or that of the best one that waits for it.
    pub(crate) fn refresh_priority(&mut self, reference: Ref<Thread>) {
        let mut priority = self.threads[reference].base_priority;
        if self.threads[reference].inherited_from != 0 {
            for (_, thread) in self.threads.iter() {
                if thread.futex.owner == Some(reference) {
                    priority = priority.max(thread.priority);
                }
            }
        }
        self.apply_priority(reference, priority);
    }

    /// `futex_unlock_pi`: hands the lock to the best waiter.
    pub(crate) fn futex_unlock(&mut self, invocation: &Invocation, space: Ref<AddressSpace>) -> Served {
        let [address, flags, ..] = invocation.words;
        let word = self.futex_word(space, address, flags, true)?;
        let own = self.futex_number(invocation.thread);
        if self.machine.load_u32(word.frame, word.offset) & OWNER_MASK != own {
            return refuse(errno::EPERM);
        }
        self.hand_lock_over(word, 0)?;
        Ok(Answer::Done)
    }

    /// Gives a lock to the best waiter, or frees it; `flags` stay in the word.
    pub(crate) fn hand_lock_over(&mut self, word: FutexWord, flags: u32) -> Result<(), Failure> {
        let mut best: Option<Ref<Thread>> = None;
        let mut waiters = 0;
        let mut from = None;
        while let Some(waiter) = self.futexes.find(&self.threads, word.key, u32::MAX, from) {
            if self.threads[waiter].futex.inherits {
                waiters += 1;
                if best.is_none_or(|best| self.threads[best].priority < self.threads[waiter].priority) {
                    best = Some(waiter);
                }
            }
            match self.threads[waiter].next {
                Some(next) => from = Some(next),
                None => break,
            }
        }
        let new = match best {
            Some(heir) => self.futex_number(heir) | if waiters > 1 { WAITERS } else { 0 } | flags,
            None => flags,
        };
        for attempt in 0.. {
            let value = self.machine.load_u32(word.frame, word.offset);
            if self
                .machine
                .compare_exchange_u32(word.frame, word.offset, value, new)
                .is_ok()
            {
                break;
            }
            if attempt == ATTEMPTS {
                return Err(Failure::Errno(errno::EAGAIN));
            }
        }
        let Some(heir) = best else {
            return Ok(());
        };
        self.end_wait(heir, Ok([0; 6]));
        // Who still waits now waits for the heir.
        let mut from = None;
        while let Some(waiter) = self.futexes.find(&self.threads, word.key, u32::MAX, from) {
            let next = self.threads[waiter].next;
            if self.threads[waiter].futex.inherits {
                if let Some(old) = self.threads[waiter].futex.owner.replace(heir) {
                    self.stop_inheriting(waiter, old);
                }
                self.threads[heir].inherited_from += 1;
                self.raise_owner(waiter);
            }
            match next {
                Some(_) => from = next,
                None => break,
            }
        }
        Ok(())
    }
}
