//! Locks on files: POSIX's record locks, Linux's locks of open files, BSD's flock.
//!
//! The first two see each other; flock's are apart. A record lock belongs to a process and goes when that process closes any descriptor of the file
//! (the C library says so) or ends; the others belong to an open file and go with it.

mod ranges;

pub use ranges::{Lock, Owner, Range};

use crate::backend::Backend;
use crate::error::Error;
use crate::wait::WaitList;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use ranges::Ranges;

/// Locks in the whole server, at most.
const LOCKS_MAX: usize = 65_536;
/// Locks on one file, at most: each question looks at all of them.
const LOCKS_PER_FILE: usize = 4096;

/// A file, and which of the two kinds of locks that do not see each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Device number of the file system.
    pub device: u64,
    /// Inode.
    pub inode: u64,
    /// flock's locks.
    pub whole: bool,
}

/// Locks of one place.
#[derive(Default)]
struct Table {
    ranges: RefCell<Ranges>,
    waiting: WaitList,
}

/// A request that waits for a lock.
struct Wait {
    number: u64,
    place: Place,
    wanted: Lock,
}

/// All locks.
#[derive(Default)]
pub struct Locks {
    tables: RefCell<BTreeMap<Place, Rc<Table>>>,
    waits: RefCell<Vec<Wait>>,
    next_wait: Cell<u64>,
    count: Cell<usize>,
    /// Processes whose end the kernel tells.
    watched: RefCell<BTreeSet<u64>>,
}

impl Locks {
    /// Takes a lock, and waits for it with `waits`.
    ///
    /// # Errors
    /// `Again`; `Deadlock` where processes would wait for one another for ever; `NoLocks`; `Interrupted`.
    pub async fn lock<B: Backend>(
        &self,
        backend: &B,
        request: &B::Request,
        place: Place,
        wanted: Lock,
        waits: bool,
    ) -> Result<(), Error> {
        if let Owner::Process(number) = wanted.owner
            && !self.watched.borrow().contains(&number)
        {
            backend.watch_process(number)?;
            self.watched.borrow_mut().insert(number);
        }
        let table = Rc::clone(self.tables.borrow_mut().entry(place).or_default());
        if place.whole && table.ranges.borrow().has(wanted.owner) {
            // BSD: another kind of lock is taken after the old one was given up.
            self.change(&table, |ranges| ranges.remove(wanted.owner, Range::ALL));
        }
        let result = self
            .wait_for(backend, request, place, &table, wanted, waits)
            .await;
        self.forget_if_unused(place);
        result
    }

    async fn wait_for<B: Backend>(
        &self,
        backend: &B,
        request: &B::Request,
        place: Place,
        table: &Table,
        wanted: Lock,
        waits: bool,
    ) -> Result<(), Error> {
        loop {
            if table.ranges.borrow().conflicts(wanted).next().is_none() {
                // Taking one can split another into two more.
                if self.count.get() + 2 > LOCKS_MAX || table.ranges.borrow().len() + 2 > LOCKS_PER_FILE {
                    return Err(Error::NoLocks);
                }
                self.change(table, |ranges| {
                    ranges.insert(wanted);
                    // An exclusive lock that became a shared one lets others in.
                    !wanted.exclusive
                });
                return Ok(());
            }
            if !waits {
                return Err(Error::Again);
            }
            if self.closes_a_circle(place, wanted) {
                return Err(Error::Deadlock);
            }
            let number = self.next_wait.get();
            self.next_wait.set(number + 1);
            self.waits.borrow_mut().push(Wait {
                number,
                place,
                wanted,
            });
            let result = table.waiting.wait(backend, request).await;
            self.waits.borrow_mut().retain(|wait| wait.number != number);
            result?;
        }
    }

    /// Gives up what an owner has in a range.
    ///
    /// # Errors
    /// `NoLocks` where a lock would be split and there is no room.
    pub fn unlock(&self, place: Place, owner: Owner, range: Range) -> Result<(), Error> {
        let Some(table) = self.tables.borrow().get(&place).cloned() else {
            return Ok(());
        };
        if range != Range::ALL
            && (self.count.get() + 1 > LOCKS_MAX || table.ranges.borrow().len() + 1 > LOCKS_PER_FILE)
        {
            return Err(Error::NoLocks);
        }
        self.change(&table, |ranges| ranges.remove(owner, range));
        self.forget_if_unused(place);
        Ok(())
    }

    /// The first lock that stands in the way of one.
    #[must_use]
    pub fn test(&self, place: Place, wanted: Lock) -> Option<Lock> {
        let tables = self.tables.borrow();
        let ranges = tables.get(&place)?.ranges.borrow();
        ranges.conflicts(wanted).next().copied()
    }

    /// Whether nothing is locked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tables.borrow().is_empty()
    }

    /// An open file is gone, and its locks with it.
    pub fn release_open_file(&self, device: u64, inode: u64, badge: u64) {
        for whole in [false, true] {
            let place = Place { device, inode, whole };
            // Nothing is split where all goes.
            let _ = self.unlock(place, Owner::OpenFile(badge), Range::ALL);
        }
    }

    /// A process is gone.
    pub fn release_process(&self, number: u64) {
        self.watched.borrow_mut().remove(&number);
        let places: Vec<Place> = self.tables.borrow().keys().copied().collect();
        for place in places {
            let _ = self.unlock(place, Owner::Process(number), Range::ALL);
        }
    }

    /// Changes the locks of a place, counts them, and lets those who wait look again where `with` says that something became free.
    fn change(&self, table: &Table, with: impl FnOnce(&mut Ranges) -> bool) {
        let mut ranges = table.ranges.borrow_mut();
        let before = ranges.len();
        let freed = with(&mut ranges);
        self.count.set(self.count.get() + ranges.len() - before);
        drop(ranges);
        if freed {
            table.waiting.wake_all();
        }
    }

    fn forget_if_unused(&self, place: Place) {
        let mut tables = self.tables.borrow_mut();
        if let Some(table) = tables.get(&place)
            && Rc::strong_count(table) <= 2
            && table.ranges.borrow().is_empty()
            && table.waiting.is_empty()
        {
            tables.remove(&place);
        }
    }

    /// Whether a process that began to wait for this lock would wait for itself in the end.
    fn closes_a_circle(&self, place: Place, wanted: Lock) -> bool {
        let Owner::Process(own) = wanted.owner else {
            return false;
        };
        let mut pending = self.owners_in_the_way(place, wanted);
        let mut seen = BTreeSet::new();
        while let Some(number) = pending.pop() {
            if number == own {
                return true;
            }
            if !seen.insert(number) {
                continue;
            }
            for wait in &*self.waits.borrow() {
                if wait.wanted.owner == Owner::Process(number) {
                    pending.extend(self.owners_in_the_way(wait.place, wait.wanted));
                }
            }
        }
        false
    }

    fn owners_in_the_way(&self, place: Place, wanted: Lock) -> Vec<u64> {
        let tables = self.tables.borrow();
        let Some(table) = tables.get(&place) else {
            return Vec::new();
        };
        let ranges = table.ranges.borrow();
        let processes = ranges.conflicts(wanted).filter_map(|lock| match lock.owner {
            Owner::Process(number) => Some(number),
            Owner::OpenFile(_) => None,
        });
        processes.collect()
    }
}
