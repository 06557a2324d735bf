//! Locking: POSIX.1-2024 `fcntl` with F_SETLK, F_SETLKW and F_GETLK, and what Linux and BSD add.

use super::bytes::Whence;
use crate::backend::Backend;
use crate::error::Error;
use crate::locks::{Lock, Owner, Place, Range};
use crate::open_file::{OpenFile, OpenFlags};
use crate::server::Vfs;

/// Whose lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// The process with this number.
    Process(u64),
    /// The open file with this badge.
    OpenFile(u64),
    /// The open file with this badge, the file as a whole (flock).
    Whole(u64),
}

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockKind {
    /// Others may share.
    Shared,
    /// Nobody else may.
    Exclusive,
    /// The lock is given up.
    Unlock,
}

/// Bytes as the caller says them: POSIX's `struct flock`.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// From where `start` counts.
    pub whence: Whence,
    /// First byte.
    pub start: i64,
    /// How many; 0 means to the end, a negative number that many before `start`.
    pub length: i64,
}

impl<B: Backend> Vfs<B> {
    /// Takes a lock or gives it up.
    ///
    /// # Errors
    /// `BadDescriptor` for a record lock of a kind that the descriptor is not open for, `Again`, `Deadlock`, `NoLocks`, `Interrupted`,
    /// `InvalidArgument`, `Overflow`.
    pub async fn lock(
        &self,
        request: &B::Request,
        file: &OpenFile<B>,
        ownership: Ownership,
        kind: LockKind,
        section: Section,
        waits: bool,
    ) -> Result<(), Error> {
        let flags = file.flags.get();
        let is_allowed = match (ownership, kind) {
            (Ownership::Whole(_), _) | (_, LockKind::Unlock) => !flags.has(OpenFlags::PATH),
            (_, LockKind::Shared) => flags.reads(),
            (_, LockKind::Exclusive) => flags.writes(),
        };
        if !is_allowed {
            return Err(Error::BadDescriptor);
        }
        let (place, owner) = place_of(file, ownership);
        let range = range_of(file, ownership, section)?;
        if kind == LockKind::Unlock {
            return self.locks.unlock(place, owner, range);
        }
        if let Ownership::OpenFile(badge) | Ownership::Whole(badge) = ownership {
            // Whoever waits for the lock must not wait for this server to have something else to do.
            self.backend.report_promptly(badge)?;
        }
        let wanted = Lock {
            owner,
            range,
            exclusive: kind == LockKind::Exclusive,
        };
        self.locks
            .lock(&*self.backend, request, place, wanted, waits)
            .await
    }

    /// The first lock that stands in the way of one.
    ///
    /// # Errors
    /// `InvalidArgument`, `Overflow`.
    pub fn test_lock(
        &self,
        file: &OpenFile<B>,
        ownership: Ownership,
        kind: LockKind,
        section: Section,
    ) -> Result<Option<Lock>, Error> {
        if file.flags.get().has(OpenFlags::PATH) {
            return Err(Error::BadDescriptor);
        }
        if kind == LockKind::Unlock {
            return Err(Error::InvalidArgument);
        }
        let (place, owner) = place_of(file, ownership);
        let wanted = Lock {
            owner,
            range: range_of(file, ownership, section)?,
            exclusive: kind == LockKind::Exclusive,
        };
        Ok(self.locks.test(place, wanted))
    }

    /// A process closes a descriptor of a file: POSIX releases all of its record locks there.
    pub fn close_locks(&self, file: &OpenFile<B>, process: u64) {
        let (place, owner) = place_of(file, Ownership::Process(process));
        // Nothing is split where all goes.
        let _ = self.locks.unlock(place, owner, Range::ALL);
    }
}

fn place_of<B: Backend>(file: &OpenFile<B>, ownership: Ownership) -> (Place, Owner) {
    let (owner, whole) = match ownership {
        Ownership::Process(number) => (Owner::Process(number), false),
        Ownership::OpenFile(badge) => (Owner::OpenFile(badge), false),
        Ownership::Whole(badge) => (Owner::OpenFile(badge), true),
    };
    let place = Place {
        device: file.place.mount.device,
        inode: file.place.attributes().inode,
        whole,
    };
    (place, owner)
}

fn range_of<B: Backend>(file: &OpenFile<B>, ownership: Ownership, section: Section) -> Result<Range, Error> {
    if matches!(ownership, Ownership::Whole(_)) {
        return Ok(Range::ALL);
    }
    let base = match section.whence {
        Whence::Start => 0,
        Whence::Current => file.offset.get(),
        Whence::End => file.place.attributes().size,
        Whence::Data | Whence::Hole => return Err(Error::InvalidArgument),
    };
    let start = i128::from(base) + i128::from(section.start);
    let (first, last) = match section.length {
        0 => (start, i128::from(u64::MAX)),
        length if length > 0 => (start, start + i128::from(length) - 1),
        length => (start + i128::from(length), start - 1),
    };
    if first < 0 || last < first {
        return Err(Error::InvalidArgument);
    }
    let largest = i128::from(i64::MAX);
    if first > largest || (section.length != 0 && last > largest) {
        return Err(Error::Overflow);
    }
    Ok(Range {
        first: first as u64,
        last: last as u64,
    })
}
