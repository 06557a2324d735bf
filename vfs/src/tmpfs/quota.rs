//! What one tmpfs may take: pages of contents, and inodes.

use crate::error::Error;
use core::cell::Cell;

/// Limits and use of one mount.
#[derive(Debug)]
pub struct Quota {
    page_limit: u64,
    inode_limit: u64,
    pages: Cell<u64>,
    inodes: Cell<u64>,
}

impl Quota {
    /// A quota of which nothing is used.
    pub fn new(page_limit: u64, inode_limit: u64) -> Quota {
        Quota {
            page_limit,
            inode_limit,
            pages: Cell::new(0),
            inodes: Cell::new(0),
        }
    }

    /// Takes pages, or answers `NoSpace` and takes none.
    pub fn take_pages(&self, count: u64) -> Result<(), Error> {
        let used = self
            .pages
            .get()
            .checked_add(count)
            .filter(|&used| used <= self.page_limit);
        self.pages.set(used.ok_or(Error::NoSpace)?);
        Ok(())
    }

    /// Gives pages back.
    pub fn give_pages(&self, count: u64) {
        self.pages.set(self.pages.get().saturating_sub(count));
    }

    /// Takes an inode, or answers `NoSpace`.
    pub fn take_inode(&self) -> Result<(), Error> {
        if self.inodes.get() >= self.inode_limit {
            return Err(Error::NoSpace);
        }
        self.inodes.set(self.inodes.get() + 1);
        Ok(())
    }

    /// Gives an inode back.
    pub fn give_inode(&self) {
        self.inodes.set(self.inodes.get().saturating_sub(1));
    }

    /// Pages: limit and use.
    pub fn pages(&self) -> (u64, u64) {
        (self.page_limit, self.pages.get())
    }

    /// Inodes: limit and use.
    pub fn inodes(&self) -> (u64, u64) {
        (self.inode_limit, self.inodes.get())
    }
}
