//! Futex operations: wait, wake, requeue, and the locks that inherit priority. All are methods of AddressSpace.

use super::{FutexKey, FutexWait};
use crate::arena::Ref;
use crate::dispatch::{Answer, Failure, Invocation, Served, errno, refuse};
use crate::kernel::Kernel;
use crate::machine::{Frame, Machine};
use crate::mm::{AccessError, AddressSpace, Backing};
use crate::thread::{Thread, ThreadState};
use crate::timer::ClockKind;
use trivet_abi::error::CallError;

/// Flag: the key is the (memory, offset) behind the address.
const SHARED: u64 = 1;
/// Flag: the deadline is on the real-time clock.
const REALTIME: u64 = 2;

/// A futex word that can be read and changed now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FutexWord {
    pub key: FutexKey,
    pub frame: Frame,
    pub offset: usize,
}

/// The deadline of a wait: on which clock, or none.
pub(crate) fn deadline(deadline_ns: u64, flags: u64) -> Option<(ClockKind, u64)> {
    let clock = if flags & REALTIME != 0 {
        ClockKind::Realtime
    } else {
        ClockKind::Monotonic
    };
    (deadline_ns != u64::MAX).then_some((clock, deadline_ns))
}

impl<M: Machine> Kernel<M> {
    /// Finds a futex word: resolved for reading (and writing).
    pub(crate) fn futex_word(
        &mut self,
        space: Ref<AddressSpace>,
        address: u64,
        flags: u64,
        write: bool,
    ) -> Result<FutexWord, Failure> {
        if flags & !(SHARED | REALTIME) != 0 || !address.is_multiple_of(4) {
            return Err(Failure::Errno(errno::EINVAL));
        }
        let reached = self
            .mm
            .reach(&mut self.machine, &mut self.accounts, space, address, write);
        self.post_notices();
        let (frame, offset) = reached.map_err(|error| match error {
            AccessError::Bad => Failure::Errno(errno::EFAULT),
            AccessError::NoMemory => Failure::Errno(errno::ENOMEM),
            AccessError::NotResident(_) => Failure::Call(CallError::NotResident),
        })?;
        Ok(FutexWord {
            key: self.futex_key(space, address, flags),
            frame,
            offset,
        })
    }

    /// The name of a futex. A shared one in memory that is the space's own is private after all.
    #[inline]
    pub(crate) fn futex_key(&self, space: Ref<AddressSpace>, address: u64, flags: u64) -> FutexKey {
        let name = |index: u32, generation: u32| u64::from(index) << 32 | u64::from(generation);
        if flags & SHARED != 0
            && let Some(entry) = self.mm.spaces[space].map.find(address)
        {
            let region = &self.mm.regions[entry.region];
            if let Backing::Memory { memory, offset } = region.backing
                && !region.copy
            {
                return FutexKey {
                    object: name(memory.index(), memory.generation()) | 1 << 63,
                    place: offset + (address - region.start),
                };
            }
        }
        FutexKey {
            object: name(space.index(), space.generation()),
            place: address,
        }
    }

    /// The calling thread waits on a futex.
    pub(crate) fn wait_on_futex(
        &mut self,
        invocation: &Invocation,
        wait: FutexWait,
        deadline: Option<(ClockKind, u64)>,
    ) -> Served {
        if let Some((clock, deadline_ns)) = deadline
            && deadline_ns <= self.time_on(clock)
        {
            return refuse(errno::ETIMEDOUT);
        }
        let answer = self.begin_wait(invocation, ThreadState::Futex, deadline)?;
        self.threads[invocation.thread].futex = wait;
        self.futexes.push(&mut self.threads, invocation.thread);
        Ok(answer)
    }

    /// `futex_wait`.
    pub(crate) fn futex_wait(&mut self, invocation: &Invocation, space: Ref<AddressSpace>) -> Served {
        let [address, expected, bitset, deadline_ns, flags, _] = invocation.words;
        let bitset = bitset as u32;
        if bitset == 0 {
            return refuse(errno::EINVAL);
        }
        let word = self.futex_word(space, address, flags, false)?;
        if self.machine.load_u32(word.frame, word.offset) != expected as u32 {
            return refuse(errno::EAGAIN);
        }
        let wait = FutexWait {
            key: word.key,
            bitset,
            ..FutexWait::default()
        };
        self.wait_on_futex(invocation, wait, deadline(deadline_ns, flags))
    }

    /// Wakes up to `count` waiters.
    pub(crate) fn wake_futex(&mut self, key: FutexKey, count: u64, bitset: u32) -> u64 {
        let mut woken = 0;
        let mut from = None;
        while woken < count
            && let Some(waiter) = self.futexes.find(&self.threads, key, bitset, from)
        {
            let next = self.threads[waiter].next;
            if self.threads[waiter].futex.inherits {
                // Locks are handed over by their owners only.
                match next {
                    Some(_) => from = next,
                    None => break,
                }
                continue;
            }
            self.end_wait(waiter, Ok([0; 6]));
            woken += 1;
            match next {
                Some(_) => from = next,
                None => break,
            }
        }
        woken
    }

    /// `futex_wake`.
    pub(crate) fn futex_wake(&mut self, invocation: &Invocation, space: Ref<AddressSpace>) -> Served {
        let [address, count, bitset, flags, ..] = invocation.words;
        if flags & !SHARED != 0 || !address.is_multiple_of(4) || bitset as u32 == 0 {
            return refuse(errno::EINVAL);
        }
        let key = self.futex_key(space, address, flags);
        Ok(Answer::Word(self.wake_futex(key, count, bitset as u32)))
    }

    /// `futex_requeue`.
    pub(crate) fn futex_requeue(&mut self, invocation: &Invocation, space: Ref<AddressSpace>) -> Served {
        let [address, expected, wake, target, move_count, flags] = invocation.words;
        if !target.is_multiple_of(4) {
            return refuse(errno::EINVAL);
        }
        let word = self.futex_word(space, address, flags & SHARED, false)?;
        if self.machine.load_u32(word.frame, word.offset) != expected as u32 {
            return refuse(errno::EAGAIN);
        }
        let woken = self.wake_futex(word.key, wake, u32::MAX);
        let target_key = self.futex_key(space, target, flags & SHARED);
        let mut moved = 0;
        if target_key != word.key {
            while moved < move_count
                && let Some(waiter) = self.futexes.find(&self.threads, word.key, u32::MAX, None)
                && !self.threads[waiter].futex.inherits
            {
                self.futexes.remove(&mut self.threads, waiter);
                self.threads[waiter].futex.key = target_key;
                self.futexes.push(&mut self.threads, waiter);
                moved += 1;
            }
        }
        Ok(Answer::Words([woken, moved, 0, 0, 0, 0]))
    }

    /// A thread's deadline on a futex has come.
    pub(crate) fn futex_timed_out(&mut self, reference: Ref<Thread>) {
        self.end_wait(reference, Err(Failure::Errno(errno::ETIMEDOUT)));
    }

    /// A thread does not wait on a futex any more; who inherited its priority loses it.
    pub(crate) fn leave_futex(&mut self, reference: Ref<Thread>) {
        self.futexes.remove(&mut self.threads, reference);
        if let Some(owner) = self.threads[reference].futex.owner.take() {
            self.stop_inheriting(reference, owner);
        }
    }
}
