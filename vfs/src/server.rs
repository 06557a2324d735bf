//! The whole file server: mounts and open files, with the world below.

use crate::anonymous::Anonymous;
use crate::anonymous::observer::events;
use crate::attributes::Timestamp;
use crate::backend::Backend;
use crate::devices::Devices;
use crate::error::Error;
use crate::fifos::Fifos;
use crate::file_system::AnyFileSystem;
use crate::locks::Locks;
use crate::mounts::Mounts;
use crate::nameless::Nameless;
use crate::open_file::{OpenFile, OpenFiles, OpenFlags};
use crate::pipe::NearBudget;
use crate::terminal::terminals::Terminals;
use alloc::rc::Rc;
use core::cell::Cell;

/// Bytes of a file system in memory, where nobody knows how much memory there is.
const TMPFS_BYTES: u64 = 8 << 20;

/// The file server.
pub struct Vfs<B: Backend> {
    /// The world below.
    pub backend: Rc<B>,
    /// What stands where.
    pub mounts: Mounts<B>,
    /// Open files by badge.
    pub open_files: OpenFiles<B>,
    /// Devices that need no driver.
    pub devices: Devices<B>,
    /// Terminals.
    pub terminals: Rc<Terminals<B>>,
    /// Counters, timers, observers.
    pub anonymous: Anonymous<B>,
    /// Files without names.
    pub nameless: Nameless<B>,
    /// Locks on files.
    pub locks: Locks,
    /// FIFOs that somebody has open.
    pub fifos: Fifos<B>,
    /// Memory of the server's own that pipes may take.
    pub near_budget: NearBudget,
    /// Bytes that a file system in memory may hold if its mount does not say.
    pub tmpfs_bytes: Cell<u64>,
    /// Counts the file systems that were mounted from inside.
    pub made_inside: Rc<()>,
}

impl<B: Backend> Vfs<B> {
    /// A server with `first` at the top.
    #[must_use]
    pub fn new(backend: Rc<B>, first: AnyFileSystem<B>) -> Vfs<B> {
        Vfs {
            devices: Devices::new(&backend),
            terminals: Terminals::new(&backend),
            anonymous: Anonymous::new(&backend),
            nameless: Nameless::default(),
            backend,
            mounts: Mounts::new(first),
            open_files: OpenFiles::default(),
            locks: Locks::default(),
            fifos: Fifos::default(),
            near_budget: NearBudget::default(),
            tmpfs_bytes: Cell::new(TMPFS_BYTES),
            made_inside: Rc::new(()),
        }
    }

    /// Real time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::from_nanoseconds(self.backend.now_ns())
    }

    /// The session of an open file is gone: its locks go with it, and the inode if it has no name any more.
    pub fn close(&self, badge: u64) {
        if let Some(file) = self.open_files.remove(badge) {
            let inode = || file.place.attributes().inode;
            if !self.locks.is_empty() {
                self.locks
                    .release_open_file(file.place.mount.device, inode(), badge);
            }
            if !self.anonymous.observing.is_empty() {
                let flags = file.flags.get();
                if !flags.has(OpenFlags::PATH) {
                    let how = if flags.writes() {
                        events::CLOSE_WRITE
                    } else {
                        events::CLOSE_NOWRITE
                    };
                    self.anonymous.observing.tell(&file.place, how);
                }
                self.lost_a_name(&file.place);
            }
        }
    }

    /// A session on the top directory, for a program's root and first working directory. Answers its badge.
    ///
    /// # Errors
    /// `NoMemory` when too many files are open.
    pub fn open_root(&self) -> Result<u64, Error> {
        let root = self.mounts.root();
        let file = OpenFile::new(root.clone(), root, OpenFlags(OpenFlags::DIRECTORY));
        self.open_files.add(file)
    }
}
