//! The threads that are ready to run.
//!
//! Lane 0 serves every processor, lane n + 1 only processor n (threads whose affinity leaves no choice, or that were assigned).
//! In each lane a priority has a ring of accounts, and each account a queue of threads there. All links are in the objects
//! themselves: queueing needs no memory.

use super::PRIORITIES;
use crate::account::Account;
use crate::arena::{Arena, OutOfMemory, Ref};
use crate::machine::Cpu;
use crate::thread::Thread;
use alloc::vec::Vec;

#[derive(Clone, Copy, Debug, Default)]
struct ThreadQueue {
    first: Option<Ref<Thread>>,
    last: Option<Ref<Thread>>,
    ring_previous: Option<Ref<Account>>,
    ring_next: Option<Ref<Account>>,
}

/// One account's queues, by lane and priority.
#[derive(Debug)]
pub struct AccountQueues {
    queues: Vec<ThreadQueue>,
}

impl AccountQueues {
    /// Empty queues for a machine with this many processors.
    ///
    /// # Errors
    /// The machine has no memory.
    pub fn new(processors: usize) -> Result<Self, OutOfMemory> {
        let count = (processors + 1) * PRIORITIES;
        let mut queues = Vec::new();
        queues.try_reserve_exact(count).map_err(|_| OutOfMemory)?;
        queues.resize(count, ThreadQueue::default());
        Ok(AccountQueues { queues })
    }

    /// Bytes that they take.
    #[must_use]
    pub const fn bytes(processors: usize) -> usize {
        (processors + 1) * PRIORITIES * size_of::<ThreadQueue>()
    }

    #[inline]
    fn at(&mut self, lane: u8, priority: u8) -> &mut ThreadQueue {
        &mut self.queues[usize::from(lane) * PRIORITIES + usize::from(priority)]
    }
}

#[derive(Debug)]
struct Lane {
    /// Bit p: the ring of priority p is not empty.
    occupied: u32,
    /// The account whose turn it is.
    rings: [Option<Ref<Account>>; PRIORITIES],
}

/// All threads that are ready.
#[derive(Debug)]
pub struct ReadyQueues {
    lanes: Vec<Lane>,
}

impl ReadyQueues {
    /// Empty queues.
    #[must_use]
    pub fn new(processors: usize) -> Self {
        let mut lanes = Vec::new();
        lanes.resize_with(processors + 1, || Lane {
            occupied: 0,
            rings: [None; PRIORITIES],
        });
        ReadyQueues { lanes }
    }

    /// The highest priority that waits for this processor, and its lane.
    #[inline]
    #[must_use]
    pub fn highest(&self, cpu: Cpu) -> Option<(u8, u8)> {
        let shared = self.lanes[0].occupied;
        let own = self.lanes[cpu + 1].occupied;
        let any = shared | own;
        if any == 0 {
            return None;
        }
        let priority = 31 - any.leading_zeros();
        let lane = if own >> priority & 1 != 0 { cpu + 1 } else { 0 };
        Some((priority as u8, lane as u8))
    }

    /// Whether a thread of a higher priority than this waits for the processor.
    #[inline(always)]
    #[must_use]
    pub fn outranks(&self, cpu: Cpu, priority: u8) -> bool {
        let any = self.lanes[0].occupied | self.lanes[cpu + 1].occupied;
        any >> priority > 1
    }

    /// Adds a thread at the end of its account's queue (or at its front).
    pub fn push(
        &mut self,
        threads: &mut Arena<Thread>,
        accounts: &mut Arena<Account>,
        reference: Ref<Thread>,
        front: bool,
    ) {
        let thread = &mut threads[reference];
        let (lane, priority, owner) = (thread.lane, thread.priority, thread.account);
        let queue = accounts[owner].queues.at(lane, priority);
        let was_empty = queue.first.is_none();
        if front {
            thread.previous = None;
            thread.next = queue.first;
            match queue.first.replace(reference) {
                Some(first) => threads[first].previous = Some(reference),
                None => queue.last = Some(reference),
            }
        } else {
            thread.next = None;
            thread.previous = queue.last;
            match queue.last.replace(reference) {
                Some(last) => threads[last].next = Some(reference),
                None => queue.first = Some(reference),
            }
        }
        if was_empty {
            self.link_account(accounts, owner, lane, priority, front);
        }
    }

    /// Puts an account at the end of a ring (just before the one whose turn it is), or gives it the turn.
    fn link_account(
        &mut self,
        accounts: &mut Arena<Account>,
        owner: Ref<Account>,
        lane: u8,
        priority: u8,
        front: bool,
    ) {
        let ring = &mut self.lanes[usize::from(lane)];
        let turn = &mut ring.rings[usize::from(priority)];
        match *turn {
            None => {
                let queue = accounts[owner].queues.at(lane, priority);
                queue.ring_next = Some(owner);
                queue.ring_previous = Some(owner);
                *turn = Some(owner);
                ring.occupied |= 1 << priority;
            }
            Some(first) => {
                let before = accounts[first]
                    .queues
                    .at(lane, priority)
                    .ring_previous
                    .replace(owner)
                    .unwrap_or(first);
                accounts[before].queues.at(lane, priority).ring_next = Some(owner);
                let queue = accounts[owner].queues.at(lane, priority);
                queue.ring_previous = Some(before);
                queue.ring_next = Some(first);
                if front {
                    *turn = Some(owner);
                }
            }
        }
    }

    /// Takes a thread out.
    pub fn remove(
        &mut self,
        threads: &mut Arena<Thread>,
        accounts: &mut Arena<Account>,
        reference: Ref<Thread>,
    ) {
        let thread = &mut threads[reference];
        let (lane, priority, owner) = (thread.lane, thread.priority, thread.account);
        let (previous, next) = (thread.previous.take(), thread.next.take());
        match previous {
            Some(previous) => threads[previous].next = next,
            None => accounts[owner].queues.at(lane, priority).first = next,
        }
        match next {
            Some(next) => threads[next].previous = previous,
            None => accounts[owner].queues.at(lane, priority).last = previous,
        }
        if accounts[owner].queues.at(lane, priority).first.is_none() {
            self.unlink_account(accounts, owner, lane, priority);
        }
    }

    fn unlink_account(&mut self, accounts: &mut Arena<Account>, owner: Ref<Account>, lane: u8, priority: u8) {
        let queue = accounts[owner].queues.at(lane, priority);
        let (previous, next) = (queue.ring_previous.take(), queue.ring_next.take());
        let ring = &mut self.lanes[usize::from(lane)];
        let turn = &mut ring.rings[usize::from(priority)];
        match (previous, next) {
            (Some(previous), Some(next)) if next != owner => {
                accounts[previous].queues.at(lane, priority).ring_next = Some(next);
                accounts[next].queues.at(lane, priority).ring_previous = Some(previous);
                if *turn == Some(owner) {
                    *turn = Some(next);
                }
            }
            _ => {
                *turn = None;
                ring.occupied &= !(1 << priority);
            }
        }
    }

    /// Takes the thread whose turn it is on this processor.
    pub fn pop(
        &mut self,
        threads: &mut Arena<Thread>,
        accounts: &mut Arena<Account>,
        cpu: Cpu,
    ) -> Option<Ref<Thread>> {
        let (priority, lane) = self.highest(cpu)?;
        let owner = self.lanes[usize::from(lane)].rings[usize::from(priority)]?;
        let reference = accounts[owner].queues.at(lane, priority).first?;
        self.remove(threads, accounts, reference);
        Some(reference)
    }

    /// The account's turn is over: the next one of the ring goes first.
    pub fn rotate(&mut self, accounts: &mut Arena<Account>, owner: Ref<Account>, lane: u8, priority: u8) {
        let turn = &mut self.lanes[usize::from(lane)].rings[usize::from(priority)];
        if *turn == Some(owner)
            && let Some(next) = accounts[owner].queues.at(lane, priority).ring_next
        {
            *turn = Some(next);
        }
    }
}
