//! Signals that wait inside this process with what their receivers are told: those for one thread (`pthread_kill`,
//! `pthread_sigqueue`), and those of timers. A fixed table, so that sending allocates nothing.

use super::delivery::Received;
use crate::errno::{Errno, Result};
use crate::lock::Lock;
use crate::types::*;

/// Signals that can wait at the same time.
const MOST: usize = 512;
/// The thread of a signal for the process as a whole.
pub(super) const PROCESS: u64 = 0;
/// Standard signals wait once; from this number on each of them waits.
const FIRST_QUEUED: c_int = 32;

#[derive(Clone, Copy)]
struct Waiting {
    thread: u64,
    /// Increases with each signal, so that the oldest is found.
    order: u64,
    received: Received,
}

struct Queue {
    waiting: [Option<Waiting>; MOST],
    /// Entries from here on are free.
    end: usize,
    order: u64,
}

static QUEUE: Lock<Queue> = Lock::new(Queue {
    waiting: [None; MOST],
    end: 0,
    order: 0,
});

/// The lock, for fork.
pub(super) fn lock() -> &'static crate::lock::RawLock {
    QUEUE.raw()
}

/// Leaves a signal for a thread. `EAGAIN` when the table is full.
pub(super) fn push(thread: u64, received: Received) -> Result<()> {
    let mut queue = QUEUE.lock();
    let end = queue.end;
    let known = |waiting: &&Waiting| waiting.thread == thread && waiting.received.signal == received.signal;
    if received.signal < FIRST_QUEUED
        && queue.waiting[..end]
            .iter()
            .flatten()
            .any(|waiting| known(&waiting))
    {
        return Ok(());
    }
    let free = queue.waiting[..end]
        .iter()
        .position(Option::is_none)
        .unwrap_or(end);
    if free == MOST {
        return Err(Errno::EAGAIN);
    }
    queue.order += 1;
    let order = queue.order;
    queue.waiting[free] = Some(Waiting {
        thread,
        order,
        received,
    });
    queue.end = end.max(free + 1);
    Ok(())
}

/// Takes a thread's oldest signal of this number; and whether another one waits.
pub(super) fn take(thread: u64, signal: c_int) -> (Option<Received>, bool) {
    let mut queue = QUEUE.lock();
    let mut oldest: Option<(usize, u64)> = None;
    let mut count = 0;
    for (index, waiting) in queue.waiting[..queue.end].iter().enumerate() {
        if let Some(waiting) = waiting
            && waiting.thread == thread
            && waiting.received.signal == signal
        {
            count += 1;
            if oldest.is_none_or(|(_, order)| waiting.order < order) {
                oldest = Some((index, waiting.order));
            }
        }
    }
    let Some((index, _)) = oldest else {
        return (None, false);
    };
    let taken = queue.waiting[index].take();
    while queue.end > 0 && queue.waiting[queue.end - 1].is_none() {
        queue.end -= 1;
    }
    (taken.map(|waiting| waiting.received), count > 1)
}

/// Forgets the signals that `forget` names by thread and number.
pub(super) fn discard(forget: impl Fn(u64, c_int) -> bool) {
    let mut queue = QUEUE.lock();
    let end = queue.end;
    for place in &mut queue.waiting[..end] {
        if place.is_some_and(|waiting| forget(waiting.thread, waiting.received.signal)) {
            *place = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(signal: c_int, value: u64) -> Received {
        Received {
            signal,
            value,
            ..Received::default()
        }
    }

    #[test]
    fn queued_signals_keep_their_order_and_standard_ones_wait_once() {
        const THREAD: u64 = 77;
        for value in 1..=3 {
            push(THREAD, received(40, value)).unwrap();
            push(THREAD, received(10, value)).unwrap();
        }
        assert_eq!(take(THREAD, 40), (Some(received(40, 1)), true));
        assert_eq!(take(THREAD, 40), (Some(received(40, 2)), true));
        assert_eq!(take(THREAD, 40), (Some(received(40, 3)), false));
        assert_eq!(take(THREAD, 40), (None, false));
        assert_eq!(take(THREAD, 10), (Some(received(10, 1)), false));
        assert_eq!(take(THREAD, 10), (None, false));
    }
}
