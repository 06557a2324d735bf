//! All deadlines of the machine: a binary heap for each clock. Whoever may have one registers for an id first, so that arming
//! needs no memory.

use crate::arena::{OutOfMemory, Ref};
use crate::ipc::record::CallSlot;
use crate::thread::Thread;
use crate::timer::Timer;
use alloc::vec::Vec;

/// Which clock a deadline is on. Boot time is monotonic time: the machine does not sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockKind {
    /// Since boot.
    Monotonic = 0,
    /// Since 1970; can be set.
    Realtime = 1,
}

/// Whose deadline it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadlineOwner {
    /// A thread's wait.
    Thread(Ref<Thread>),
    /// An asynchronous call.
    Slot(Ref<CallSlot>),
    /// A timer object.
    Timer(Ref<Timer>),
}

/// A registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerId(u32);

const NOT_ARMED: u32 = u32::MAX;
const FREE_ID: u32 = u32::MAX - 1;

#[derive(Debug)]
struct Entry {
    deadline_ns: u64,
    owner: Option<DeadlineOwner>,
    clock: ClockKind,
    /// Place in the heap, or `NOT_ARMED`; of a free entry, the next free one.
    position: u32,
}

/// The queue.
#[derive(Debug, Default)]
pub struct Deadlines {
    entries: Vec<Entry>,
    free: Vec<u32>,
    heaps: [Vec<u32>; 2],
}

impl Deadlines {
    /// No deadlines.
    #[must_use]
    pub const fn new() -> Self {
        Deadlines {
            entries: Vec::new(),
            free: Vec::new(),
            heaps: [Vec::new(), Vec::new()],
        }
    }

    /// Registers an owner. [`Deadlines::set_owner`] names it before the first arming.
    ///
    /// # Errors
    /// The machine has no memory.
    pub fn register(&mut self) -> Result<TimerId, OutOfMemory> {
        if let Some(id) = self.free.pop() {
            self.entries[id as usize].position = NOT_ARMED;
            return Ok(TimerId(id));
        }
        let count = self.entries.len() + 1;
        let id = u32::try_from(self.entries.len()).map_err(|_| OutOfMemory)?;
        self.entries.try_reserve(1).map_err(|_| OutOfMemory)?;
        reserve_total(&mut self.free, count)?;
        for heap in &mut self.heaps {
            reserve_total(heap, count)?;
        }
        self.entries.push(Entry {
            deadline_ns: 0,
            owner: None,
            clock: ClockKind::Monotonic,
            position: NOT_ARMED,
        });
        Ok(TimerId(id))
    }

    /// Says whose registration it is.
    pub fn set_owner(&mut self, id: TimerId, owner: DeadlineOwner) {
        self.entries[id.0 as usize].owner = Some(owner);
    }

    /// Gives a registration back.
    pub fn unregister(&mut self, id: TimerId) {
        self.disarm(id);
        let entry = &mut self.entries[id.0 as usize];
        debug_assert_ne!(entry.position, FREE_ID);
        entry.owner = None;
        entry.position = FREE_ID;
        self.free.push(id.0);
    }

    /// Arms for an absolute time. Answers whether it is now the first of its clock.
    pub fn arm(&mut self, id: TimerId, clock: ClockKind, deadline_ns: u64) -> bool {
        self.disarm(id);
        let heap = &mut self.heaps[clock as usize];
        let position = heap.len();
        heap.push(id.0);
        let entry = &mut self.entries[id.0 as usize];
        entry.deadline_ns = deadline_ns;
        entry.clock = clock;
        entry.position = position as u32;
        self.sift_up(clock, position);
        self.entries[id.0 as usize].position == 0
    }

    /// Disarms; nothing happens if it was not armed.
    #[inline]
    pub fn disarm(&mut self, id: TimerId) {
        let entry = &mut self.entries[id.0 as usize];
        if entry.position >= FREE_ID {
            return;
        }
        let (position, clock) = (entry.position as usize, entry.clock);
        entry.position = NOT_ARMED;
        let heap = &mut self.heaps[clock as usize];
        let last = heap.pop();
        if position < heap.len()
            && let Some(last) = last
        {
            heap[position] = last;
            self.entries[last as usize].position = position as u32;
            self.sift_up(clock, position);
            let position = self.entries[last as usize].position as usize;
            self.sift_down(clock, position);
        }
    }

    /// The earliest deadline of a clock.
    #[inline]
    #[must_use]
    pub fn first(&self, clock: ClockKind) -> Option<u64> {
        let id = *self.heaps[clock as usize].first()?;
        Some(self.entries[id as usize].deadline_ns)
    }

    /// Disarms and answers the owner of one deadline that has come.
    pub fn pop_due(&mut self, clock: ClockKind, now_ns: u64) -> Option<DeadlineOwner> {
        let id = *self.heaps[clock as usize].first()?;
        if self.entries[id as usize].deadline_ns > now_ns {
            return None;
        }
        self.disarm(TimerId(id));
        self.entries[id as usize].owner
    }

    /// Whether it is armed.
    #[must_use]
    pub fn is_armed(&self, id: TimerId) -> bool {
        self.entries[id.0 as usize].position < FREE_ID
    }

    fn sift_up(&mut self, clock: ClockKind, mut position: usize) {
        let heap = &mut self.heaps[clock as usize];
        while position > 0 {
            let parent = (position - 1) / 2;
            let (id, above) = (heap[position], heap[parent]);
            if self.entries[above as usize].deadline_ns <= self.entries[id as usize].deadline_ns {
                break;
            }
            heap.swap(position, parent);
            self.entries[id as usize].position = parent as u32;
            self.entries[above as usize].position = position as u32;
            position = parent;
        }
    }

    fn sift_down(&mut self, clock: ClockKind, mut position: usize) {
        let heap = &mut self.heaps[clock as usize];
        loop {
            let mut least = position;
            for child in [position * 2 + 1, position * 2 + 2] {
                if let Some(candidate) = heap.get(child)
                    && self.entries[*candidate as usize].deadline_ns
                        < self.entries[heap[least] as usize].deadline_ns
                {
                    least = child;
                }
            }
            if least == position {
                return;
            }
            heap.swap(position, least);
            self.entries[heap[position] as usize].position = position as u32;
            self.entries[heap[least] as usize].position = least as u32;
            position = least;
        }
    }
}

fn reserve_total(list: &mut Vec<u32>, total: usize) -> Result<(), OutOfMemory> {
    list.try_reserve(total.saturating_sub(list.len()))
        .map_err(|_| OutOfMemory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn deadlines_come_in_order_whatever_was_disarmed(
            steps in proptest::collection::vec((0usize..20, 0u64..1000, any::<bool>(), any::<bool>()), 1..200)
        ) {
            let mut deadlines = Deadlines::new();
            let mut arena = crate::arena::Arena::new();
            let mut ids = Vec::new();
            for _ in 0..20 {
                let id = deadlines.register().unwrap();
                let marker = arena.insert(()).unwrap();
                ids.push((id, marker));
            }
            let mut model: [Option<(ClockKind, u64)>; 20] = [None; 20];
            for (which, time, real, arm) in steps {
                let clock = if real { ClockKind::Realtime } else { ClockKind::Monotonic };
                if arm {
                    deadlines.arm(ids[which].0, clock, time);
                    model[which] = Some((clock, time));
                } else {
                    deadlines.disarm(ids[which].0);
                    model[which] = None;
                }
                for clock in [ClockKind::Monotonic, ClockKind::Realtime] {
                    let first = model.iter().flatten().filter(|entry| entry.0 == clock).map(|entry| entry.1).min();
                    prop_assert_eq!(deadlines.first(clock), first);
                }
            }
            for clock in [ClockKind::Monotonic, ClockKind::Realtime] {
                let mut times: Vec<u64> = model.iter().flatten().filter(|entry| entry.0 == clock).map(|entry| entry.1).collect();
                times.sort_unstable();
                for time in times {
                    prop_assert_eq!(deadlines.first(clock), Some(time));
                    deadlines.pop_due(clock, time);
                }
                prop_assert_eq!(deadlines.first(clock), None);
            }
        }
    }
}
