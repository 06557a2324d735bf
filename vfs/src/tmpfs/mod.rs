//! A file system in memory: POSIX semantics in full, a quota, contents in the backend's memory objects.

mod contents;
mod extended;
mod extents;
mod inode;
mod names;
mod quota;

use crate::attributes::{Attributes, Change, Kind, NewInode, Timestamp};
use crate::backend::Backend;
use crate::error::Error;
use crate::file_system::{Entry, Figures, FileSystem, Shown};
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::Cell;
use inode::{Body, Inode, PAGE};
use quota::{Amount, Quota};

/// A counted reference to an inode.
pub type TmpfsNode<B> = Rc<Inode<B>>;

/// One tmpfs.
pub struct Tmpfs<B: Backend> {
    backend: Rc<B>,
    quota: Rc<Quota>,
    root: Rc<Inode<B>>,
    next_inode: Cell<u64>,
    /// What counts how many there are.
    counted: Option<Rc<()>>,
}

/// How a tmpfs starts.
#[derive(Clone, Copy, Debug)]
pub struct TmpfsOptions {
    /// Bytes of contents, at most.
    pub size_limit: u64,
    /// Inodes, at most.
    pub inode_limit: u64,
    /// Bytes of the server's own memory for inodes and names, at most.
    pub server_bytes_limit: u64,
    /// The top directory.
    pub top: NewInode,
}

impl<B: Backend> Tmpfs<B> {
    /// An empty file system.
    ///
    /// # Errors
    /// `InvalidArgument` if the top is no directory or no inode is allowed.
    pub fn new(backend: Rc<B>, options: &TmpfsOptions) -> Result<Tmpfs<B>, Error> {
        if options.top.kind != Kind::Directory {
            return Err(Error::InvalidArgument);
        }
        let limit = Amount {
            pages: options.size_limit / PAGE,
            inodes: options.inode_limit,
            bytes: options.server_bytes_limit,
        };
        let quota = Rc::new(Quota::new(limit, options.top.label));
        let root = Inode::new(1, &options.top, Inode::body_for(Kind::Directory), &quota)
            .map_err(|_| Error::InvalidArgument)?;
        root.directory()?.borrow_mut().parent = Rc::downgrade(&root);
        root.update(|attributes| attributes.links = 2);
        Ok(Tmpfs {
            backend,
            quota,
            root,
            next_inode: Cell::new(2),
            counted: None,
        })
    }

    /// What of the quota is used.
    #[cfg(test)]
    pub(crate) fn used(&self) -> quota::Amount {
        self.quota.used()
    }

    /// The same, counted as long as it lives.
    #[must_use]
    pub fn counted_by(mut self, count: &Rc<()>) -> Tmpfs<B> {
        self.counted = Some(Rc::clone(count));
        self
    }

    /// The world below.
    pub(crate) fn backend(&self) -> &B {
        &self.backend
    }

    fn new_inode(&self, new: &NewInode, body: Body<B>) -> Result<Rc<Inode<B>>, Error> {
        let number = self.next_inode.get();
        self.next_inode.set(number + 1);
        Inode::new(number, new, body, &self.quota)
    }
}

#[inline]
fn find<B: Backend>(directory: &TmpfsNode<B>, name: &[u8]) -> Result<TmpfsNode<B>, Error> {
    directory
        .directory()?
        .borrow()
        .find(name)
        .cloned()
        .ok_or(Error::NoEntry)
}

impl<B: Backend> Drop for Tmpfs<B> {
    fn drop(&mut self) {
        // A tree can be deeper than the stack would bear if each directory dropped its own entries.
        let mut pending = Vec::new();
        pending.push(Rc::clone(&self.root));
        while let Some(inode) = pending.pop() {
            if let Body::Directory(directory) = &inode.body {
                let entries = core::mem::take(&mut directory.borrow_mut().by_offset);
                pending.extend(entries.into_values().map(|(_, child)| child));
            }
        }
    }
}

impl<B: Backend> FileSystem<B> for Tmpfs<B> {
    type Node = TmpfsNode<B>;

    fn root(&self) -> TmpfsNode<B> {
        Rc::clone(&self.root)
    }

    fn same(&self, left: &TmpfsNode<B>, right: &TmpfsNode<B>) -> bool {
        Rc::ptr_eq(left, right)
    }

    fn attributes(&self, node: &TmpfsNode<B>) -> Attributes {
        node.attributes()
    }

    async fn parent(&self, directory: &TmpfsNode<B>) -> Result<TmpfsNode<B>, Error> {
        directory
            .directory()?
            .borrow()
            .parent
            .upgrade()
            .ok_or(Error::NoEntry)
    }

    fn name_of(&self, directory: &TmpfsNode<B>) -> Result<Vec<u8>, Error> {
        let directory = directory.directory()?.borrow();
        if directory.parent.strong_count() == 0 {
            return Err(Error::NoEntry);
        }
        Ok(directory.name.to_vec())
    }

    async fn lookup(&self, directory: &TmpfsNode<B>, name: &[u8]) -> Result<TmpfsNode<B>, Error> {
        find(directory, name)
    }

    fn newest_name(&self, node: &TmpfsNode<B>) -> Option<(TmpfsNode<B>, alloc::boxed::Box<[u8]>)> {
        node.newest_name()
    }

    #[inline]
    fn lookup_now(&self, directory: &TmpfsNode<B>, name: &[u8]) -> Option<Result<TmpfsNode<B>, Error>> {
        Some(find(directory, name))
    }

    fn show_entries(
        &self,
        directory: &TmpfsNode<B>,
        offset: u64,
        show: &mut dyn FnMut(Shown<'_>) -> bool,
    ) -> Result<bool, Error> {
        let directory = directory.directory()?.borrow();
        for (&at, (name, inode)) in directory.by_offset.range(offset..) {
            let attributes = inode.attributes();
            let shown = Shown {
                name,
                inode: attributes.inode,
                entry_type: attributes.kind.entry_type(),
                next: at + 1,
            };
            if !show(shown) {
                break;
            }
        }
        Ok(true)
    }

    async fn create(
        &self,
        directory: &TmpfsNode<B>,
        name: &[u8],
        new: &NewInode,
    ) -> Result<TmpfsNode<B>, Error> {
        self.add(directory, name, new, Inode::body_for(new.kind))
    }

    async fn create_symlink(
        &self,
        directory: &TmpfsNode<B>,
        name: &[u8],
        target: &[u8],
        new: &NewInode,
    ) -> Result<TmpfsNode<B>, Error> {
        self.add(directory, name, new, Body::Symlink(target.into()))
    }

    async fn create_nameless(&self, new: &NewInode) -> Result<TmpfsNode<B>, Error> {
        self.new_inode(new, Inode::body_for(new.kind))
    }

    async fn read_link(&self, node: &TmpfsNode<B>) -> Result<Vec<u8>, Error> {
        match &node.body {
            Body::Symlink(target) => Ok(target.to_vec()),
            _ => Err(Error::InvalidArgument),
        }
    }

    async fn link(
        &self,
        directory: &TmpfsNode<B>,
        name: &[u8],
        node: &TmpfsNode<B>,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.add_link(directory, name, node, now)
    }

    async fn unlink(&self, directory: &TmpfsNode<B>, name: &[u8], now: Timestamp) -> Result<(), Error> {
        self.remove_name(directory, name, now)
    }

    async fn remove_directory(
        &self,
        directory: &TmpfsNode<B>,
        name: &[u8],
        now: Timestamp,
    ) -> Result<(), Error> {
        self.remove_empty_directory(directory, name, now)
    }

    async fn rename(
        &self,
        from: (&TmpfsNode<B>, &[u8]),
        to: (&TmpfsNode<B>, &[u8]),
        now: Timestamp,
    ) -> Result<(), Error> {
        self.move_name(from, to, now)
    }

    async fn exchange(
        &self,
        left: (&TmpfsNode<B>, &[u8]),
        right: (&TmpfsNode<B>, &[u8]),
        now: Timestamp,
    ) -> Result<(), Error> {
        self.exchange_names(left, right, now)
    }

    async fn entries(
        &self,
        directory: &TmpfsNode<B>,
        offset: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, Error> {
        let directory = directory.directory()?.borrow();
        let entries = directory
            .by_offset
            .range(offset..)
            .take(limit)
            .map(|(&at, (name, inode))| {
                let attributes = inode.attributes();
                Entry {
                    name: name.to_vec(),
                    inode: attributes.inode,
                    entry_type: attributes.kind.entry_type(),
                    next: at + 1,
                }
            });
        Ok(entries.collect())
    }

    async fn change(&self, node: &TmpfsNode<B>, change: &Change, now: Timestamp) -> Result<(), Error> {
        node.apply(change, now);
        Ok(())
    }

    async fn set_size(&self, node: &TmpfsNode<B>, size: u64, now: Timestamp) -> Result<(), Error> {
        self.resize(node, size, now)
    }

    async fn punch(
        &self,
        node: &TmpfsNode<B>,
        offset: u64,
        length: u64,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.punch_hole(node, offset, length, now)
    }

    async fn read(
        &self,
        node: &TmpfsNode<B>,
        request: &B::Request,
        request_offset: u64,
        offset: u64,
        length: u64,
    ) -> Result<u64, Error> {
        self.copy_to_request(node, request, request_offset, offset, length)
    }

    async fn write(
        &self,
        node: &TmpfsNode<B>,
        request: &B::Request,
        request_offset: u64,
        offset: u64,
        length: u64,
        now: Timestamp,
    ) -> Result<u64, Error> {
        self.copy_from_request(node, request, request_offset, offset, length, now)
    }

    async fn with_contents<R>(
        &self,
        node: &TmpfsNode<B>,
        request: &B::Request,
        with: impl FnOnce(&B::Contents) -> R,
    ) -> Result<R, Error> {
        self.lend_contents(node, request, with)
    }

    async fn seek_data(&self, node: &TmpfsNode<B>, offset: u64, hole: bool) -> Result<u64, Error> {
        self.next_data(node, offset, hole)
    }

    async fn sync(&self, _node: &TmpfsNode<B>) -> Result<(), Error> {
        Ok(())
    }

    fn figures(&self) -> Figures {
        let (limit, used) = (self.quota.limit(), self.quota.used());
        Figures {
            magic: 0x0102_1994,
            block_size: PAGE,
            blocks: limit.pages,
            blocks_free: limit.pages - used.pages,
            files: limit.inodes,
            files_free: limit.inodes - used.inodes,
        }
    }

    fn is_read_only(&self) -> bool {
        false
    }
}
