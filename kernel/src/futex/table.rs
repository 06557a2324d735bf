//! Who waits on which futex: a fixed table of lists, keyed by a hash that programs cannot foresee.

use super::FutexKey;
use crate::arena::{Arena, OutOfMemory, Ref};
use crate::thread::Thread;
use alloc::vec::Vec;

/// Lists of the table (a power of two).
const BUCKETS: usize = 1 << 12;

#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    first: Option<Ref<Thread>>,
    last: Option<Ref<Thread>>,
}

/// The table. Waiters are linked through their threads, in the order in which they came.
#[derive(Debug)]
pub struct FutexTable {
    buckets: Vec<Bucket>,
    secret: u64,
}

impl FutexTable {
    /// An empty table; `secret` keys its hash.
    ///
    /// # Errors
    /// The machine has no memory.
    pub fn new(secret: u64) -> Result<Self, OutOfMemory> {
        let mut buckets = Vec::new();
        buckets.try_reserve_exact(BUCKETS).map_err(|_| OutOfMemory)?;
        buckets.resize(BUCKETS, Bucket::default());
        Ok(FutexTable {
            buckets,
            secret: secret | 1,
        })
    }

    #[inline]
    fn index(&self, key: FutexKey) -> usize {
        let mixed = (key.place ^ key.object.rotate_left(32)).wrapping_mul(self.secret);
        ((mixed ^ (mixed >> 29)).wrapping_mul(self.secret) >> 40) as usize & (BUCKETS - 1)
    }

    /// Adds a waiter, whose key is set, at the end.
    pub fn push(&mut self, threads: &mut Arena<Thread>, reference: Ref<Thread>) {
        let index = self.index(threads[reference].futex.key);
        let bucket = &mut self.buckets[index];
        let last = bucket.last.replace(reference);
        match last {
            Some(last) => threads[last].next = Some(reference),
            None => bucket.first = Some(reference),
        }
        let thread = &mut threads[reference];
        thread.previous = last;
        thread.next = None;
        thread.futex.queued = true;
    }

    /// Takes a waiter out.
    pub fn remove(&mut self, threads: &mut Arena<Thread>, reference: Ref<Thread>) {
        let thread = &mut threads[reference];
        if !core::mem::take(&mut thread.futex.queued) {
            return;
        }
        let key = thread.futex.key;
        let (previous, next) = (thread.previous.take(), thread.next.take());
        let index = self.index(key);
        match previous {
            Some(previous) => threads[previous].next = next,
            None => self.buckets[index].first = next,
        }
        match next {
            Some(next) => threads[next].previous = previous,
            None => self.buckets[index].last = previous,
        }
    }

    /// The first waiter on a futex at or after `from` (a waiter of the same list), if its bits meet `bitset`.
    #[must_use]
    pub fn find(
        &self,
        threads: &Arena<Thread>,
        key: FutexKey,
        bitset: u32,
        from: Option<Ref<Thread>>,
    ) -> Option<Ref<Thread>> {
        let mut at = match from {
            Some(_) => from,
            None => self.buckets[self.index(key)].first,
        };
        while let Some(reference) = at {
            let thread = &threads[reference];
            if thread.futex.key == key && thread.futex.bitset & bitset != 0 {
                return Some(reference);
            }
            at = thread.next;
        }
        None
    }
}
