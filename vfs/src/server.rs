//! The whole file server: mounts and open files, with the world below.

use crate::attributes::Timestamp;
use crate::backend::Backend;
use crate::error::Error;
use crate::file_system::AnyFileSystem;
use crate::mounts::Mounts;
use crate::open_file::{OpenFile, OpenFiles, OpenFlags};
use alloc::rc::Rc;
use core::cell::Cell;

/// The file server.
pub struct Vfs<B: Backend> {
    /// The world below.
    pub backend: Rc<B>,
    /// What stands where.
    pub mounts: Mounts<B>,
    /// Open files by badge.
    pub open_files: OpenFiles<B>,
}

impl<B: Backend> Vfs<B> {
    /// A server with `first` at the top.
    #[must_use]
    pub fn new(backend: Rc<B>, first: AnyFileSystem<B>) -> Vfs<B> {
        Vfs {
            backend,
            mounts: Mounts::new(first),
            open_files: OpenFiles::default(),
        }
    }

    /// Real time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::from_nanoseconds(self.backend.now_ns())
    }

    /// A session on the top directory, for a program's root and first working directory. Answers its badge.
    ///
    /// # Errors
    /// `NoMemory` when too many files are open.
    pub fn open_root(&self) -> Result<u64, Error> {
        let root = self.mounts.root();
        let file = OpenFile {
            place: root.clone(),
            root,
            flags: Cell::new(OpenFlags(OpenFlags::DIRECTORY)),
            offset: Cell::new(0),
        };
        self.open_files.add(file).ok_or(Error::NoMemory)
    }
}
