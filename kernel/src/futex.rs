//! Futexes: threads that wait for a word of memory. Private ones are named by (address space, address), shared ones by
//! (memory object, offset). [`table`] holds the waiters, [`service`] the operations, [`inherit`] the priority-inheriting locks.

pub mod inherit;
pub mod robust;
pub mod service;
pub mod table;

use crate::arena::Ref;
use crate::thread::Thread;

/// What a futex is named by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct FutexKey {
    /// Bit 63: shared. Then index and generation of the address space or the memory.
    pub object: u64,
    /// Address or offset of the word.
    pub place: u64,
}

/// A thread's part in a futex's queue.
#[derive(Clone, Copy, Debug, Default)]
pub struct FutexWait {
    /// The futex.
    pub key: FutexKey,
    /// Which wakes it hears.
    pub bitset: u32,
    /// It waits for a priority-inheriting lock.
    pub inherits: bool,
    /// The lock's owner, which inherits this thread's priority; weak.
    pub owner: Option<Ref<Thread>>,
    /// It is in the table.
    pub queued: bool,
}
