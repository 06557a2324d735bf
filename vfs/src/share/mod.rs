//! Folders of the host as a file system: a driver does one step at a time, and this keeps nodes, attributes, and contents that are mapped.
//!
//! The host changes its files whenever it likes. So nothing is believed longer than needed: each look-up asks the host, and what an open file is said to be is
//! asked anew before it is told. Bytes are never kept, but for a file that is mapped or run: those are read whole into one object, which later reads of
//! the same file compare with what the host says of its size and times.
//!
//! The host knows files by their paths. A file whose name is gone can be read and written while it is open, and nothing else: see note 0062.

mod contents;
mod folder;
mod inode;
#[cfg(test)]
pub(crate) mod tests;

pub use folder::{Facts, Folder, FolderChange, FolderFigures};

use crate::attributes::{Attributes, Change, Kind, NewInode, Timestamp};
use crate::backend::Backend;
use crate::error::Error;
use crate::file_system::{Entry, Figures, FileSystem};
use alloc::collections::BTreeMap;
use alloc::rc::{Rc, Weak};
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use inode::{Inode, Removed};
use trivet_abi::Label;

/// A counted reference to an inode.
pub type ShareNode<B> = Rc<Inode<B>>;

/// Linux's magic number of 9P.
const MAGIC: i64 = 0x0102_1997;
/// Directory offsets are the host's and this, because 0 and 1 are "." and "..".
const FIRST_OFFSET: u64 = 2;
/// Bytes of entries that are asked for at a time.
const ENTRIES_ROOM: usize = 4096;
/// Permission bits that reach the host: what a guest makes must not gain anybody's rights there.
const HOST_PERMISSIONS: u32 = 0o1777;
/// What the owner needs to write a file that they have just made, whatever its mode.
const OWNER_USES: u32 = 0o600;

/// Whose files are the guest's user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owners {
    /// User and group of whoever runs the machine, as the host numbers them.
    pub host: (u32, u32),
    /// What these are in the guest.
    pub guest: (u32, u32),
    /// What all others are in the guest.
    pub others: u32,
}

/// One shared folder.
pub struct ShareFs<B: Backend> {
    backend: Rc<B>,
    folder: Rc<B::Folder>,
    owners: Owners,
    label: Label,
    read_only: bool,
    root: Rc<Inode<B>>,
    /// Inodes that are in use, by their number.
    inodes: RefCell<BTreeMap<u64, Weak<Inode<B>>>>,
    /// Sizes of that table at which it is swept.
    sweep_at: Cell<usize>,
    figures: Cell<Figures>,
    /// Writes that have ended: what the host said of a size before is old then.
    writes_ended: Cell<u64>,
}

impl<B: Backend> ShareFs<B> {
    /// The folder whose top is `top`.
    #[must_use]
    pub fn new(
        backend: Rc<B>,
        folder: Rc<B::Folder>,
        top: &Facts,
        owners: Owners,
        label: Label,
        read_only: bool,
    ) -> ShareFs<B> {
        let root = Inode::new(&folder, top, attributes(top, &owners, label), None);
        ShareFs {
            backend,
            folder,
            owners,
            label,
            read_only,
            inodes: RefCell::new(BTreeMap::from([(top.inode, Rc::downgrade(&root))])),
            root,
            sweep_at: Cell::new(64),
            writes_ended: Cell::new(0),
            figures: Cell::new(Figures {
                magic: MAGIC,
                block_size: 4096,
                blocks: 0,
                blocks_free: 0,
                files: 0,
                files_free: 0,
            }),
        }
    }

    /// The world below.
    pub(crate) fn backend(&self) -> &B {
        &self.backend
    }

    /// The node that the host has just described, found as `name` in `directory`.
    /// `since` is the count of ended writes when the host was asked.
    fn node(
        &self,
        facts: &Facts,
        directory: &Rc<Inode<B>>,
        name: &[u8],
        since: u64,
    ) -> Result<Rc<Inode<B>>, Error> {
        let found = attributes(facts, &self.owners, self.label);
        if Kind::from_mode(facts.mode).is_none_or(|kind| kind != found.kind) {
            self.folder.forget(facts.node);
            return Err(Error::InputOutput);
        }
        let mut inodes = self.inodes.borrow_mut();
        let known = inodes.get(&facts.inode).and_then(Weak::upgrade);
        // A number may serve another file once the first one is gone; while it is open, it is not gone.
        let known = known.filter(|known| {
            let lives = !known.is_removed() || known.is_reading() || known.is_writing();
            known.attributes().kind == found.kind && lives
        });
        let inode = match known {
            Some(known) => {
                known.found_again(facts.node, found, self.writes_ended.get() != since);
                known
            }
            None => {
                if inodes.len() >= self.sweep_at.get() {
                    inodes.retain(|_, inode| inode.strong_count() > 0);
                    self.sweep_at.set((inodes.len() * 2).max(64));
                }
                let inode = Inode::new(&self.folder, facts, found, Some((directory, name)));
                inodes.insert(facts.inode, Rc::downgrade(&inode));
                inode
            }
        };
        drop(inodes);
        if found.kind == Kind::Directory && !Rc::ptr_eq(&inode, &self.root) {
            inode.hangs_in(directory, name);
        }
        Ok(inode)
    }

    /// Asks the host whether the node's path still leads to it; takes its attributes if so.
    async fn check(&self, node: &Rc<Inode<B>>) -> Result<(), Error> {
        if node.is_removed() {
            return Err(Error::NoEntry);
        }
        let since = self.writes_ended.get();
        match self.folder.attributes(node.path()).await {
            Ok(facts) if facts.inode == node.attributes().inode => {
                let is_old = self.writes_ended.get() != since;
                node.update(attributes(&facts, &self.owners, self.label), is_old);
                Ok(())
            }
            Ok(_) | Err(Error::NoEntry) => {
                node.remove(Removed::ByHost);
                Err(Error::NoEntry)
            }
            Err(error) => Err(error),
        }
    }

    /// A name is gone: what it named has one less.
    fn lost_name(&self, gone: Option<&Rc<Inode<B>>>) {
        if let Some(inode) = gone {
            inode.remove(Removed::ByGuest);
        }
    }

    /// The node of a name, if the host has it.
    async fn find(&self, directory: &Rc<Inode<B>>, name: &[u8]) -> Result<Option<Rc<Inode<B>>>, Error> {
        match self.lookup(directory, name).await {
            Ok(node) => Ok(Some(node)),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// What a guest sees of the host's attributes.
fn attributes(facts: &Facts, owners: &Owners, label: Label) -> Attributes {
    let owner = |host: u32, own: u32, guest: u32| if host == own { guest } else { owners.others };
    Attributes {
        inode: facts.inode,
        // Whatever this server does not know is no file that anybody opens.
        kind: Kind::from_mode(facts.mode).unwrap_or(Kind::Socket),
        mode: facts.mode & HOST_PERMISSIONS,
        links: facts.links,
        user: owner(facts.user, owners.host.0, owners.guest.0),
        group: owner(facts.group, owners.host.1, owners.guest.1),
        size: facts.size,
        blocks: facts.blocks,
        // A device's file of the host is none here.
        special_device: 0,
        access: facts.access,
        modify: facts.modify,
        change: facts.change,
        label,
    }
}

impl<B: Backend> FileSystem<B> for ShareFs<B> {
    type Node = ShareNode<B>;

    fn root(&self) -> ShareNode<B> {
        Rc::clone(&self.root)
    }

    fn same(&self, left: &ShareNode<B>, right: &ShareNode<B>) -> bool {
        Rc::ptr_eq(left, right)
    }

    fn attributes(&self, node: &ShareNode<B>) -> Attributes {
        node.attributes()
    }

    async fn parent(&self, directory: &ShareNode<B>) -> Result<ShareNode<B>, Error> {
        Ok(directory.parent().unwrap_or_else(|| Rc::clone(directory)))
    }

    fn name_of(&self, directory: &ShareNode<B>) -> Result<Vec<u8>, Error> {
        if directory.is_removed() {
            return Err(Error::NoEntry);
        }
        Ok(directory.name())
    }

    async fn lookup(&self, directory: &ShareNode<B>, name: &[u8]) -> Result<ShareNode<B>, Error> {
        let since = self.writes_ended.get();
        let facts = self.folder.lookup(directory.path(), name).await?;
        self.node(&facts, directory, name, since)
    }

    async fn create(
        &self,
        directory: &ShareNode<B>,
        name: &[u8],
        new: &NewInode,
    ) -> Result<ShareNode<B>, Error> {
        if !matches!(new.kind, Kind::Regular | Kind::Directory | Kind::Fifo) {
            return Err(Error::NotPermitted);
        }
        let wanted = new.mode & HOST_PERMISSIONS;
        let uses = if new.kind == Kind::Regular { OWNER_USES } else { 0 };
        let mode = new.kind as u32 | wanted | uses;
        let since = self.writes_ended.get();
        let facts = self.folder.create(directory.path(), mode, name).await?;
        let node = self.node(&facts, directory, name, since)?;
        if wanted | uses != wanted {
            // Whoever makes a file may use it once, whatever its mode says to those who come later.
            self.opened(&node, true, true).await?;
            let change = FolderChange {
                mode: Some(wanted),
                ..FolderChange::default()
            };
            self.folder.change(node.path(), &change).await?;
            node.change(|attributes| attributes.mode = wanted);
        }
        Ok(node)
    }

    async fn create_symlink(
        &self,
        directory: &ShareNode<B>,
        name: &[u8],
        target: &[u8],
        _: &NewInode,
    ) -> Result<ShareNode<B>, Error> {
        let since = self.writes_ended.get();
        let facts = self.folder.symlink(directory.path(), name, target).await?;
        self.node(&facts, directory, name, since)
    }

    async fn create_nameless(&self, _: &NewInode) -> Result<ShareNode<B>, Error> {
        Err(Error::NotSupported)
    }

    async fn read_link(&self, node: &ShareNode<B>) -> Result<Vec<u8>, Error> {
        if node.attributes().kind != Kind::Symlink {
            return Err(Error::InvalidArgument);
        }
        self.folder.read_link(node.path()).await
    }

    async fn link(
        &self,
        directory: &ShareNode<B>,
        name: &[u8],
        node: &ShareNode<B>,
        _: Timestamp,
    ) -> Result<(), Error> {
        self.check(node).await?;
        self.folder.link(directory.path(), node.path(), name).await?;
        node.change(|attributes| attributes.links += 1);
        Ok(())
    }

    async fn unlink(&self, directory: &ShareNode<B>, name: &[u8], _: Timestamp) -> Result<(), Error> {
        let gone = self.find(directory, name).await?;
        self.folder.remove(directory.path(), false, name).await?;
        self.lost_name(gone.as_ref());
        Ok(())
    }

    async fn remove_directory(
        &self,
        directory: &ShareNode<B>,
        name: &[u8],
        _: Timestamp,
    ) -> Result<(), Error> {
        let gone = self.find(directory, name).await?;
        self.folder.remove(directory.path(), true, name).await?;
        if let Some(gone) = gone {
            gone.change(|attributes| attributes.links = 0);
            gone.remove(Removed::ByGuest);
        }
        Ok(())
    }

    async fn rename(
        &self,
        from: (&ShareNode<B>, &[u8]),
        to: (&ShareNode<B>, &[u8]),
        _: Timestamp,
    ) -> Result<(), Error> {
        let moved = self.find(from.0, from.1).await?.ok_or(Error::NoEntry)?;
        let replaced = self.find(to.0, to.1).await?;
        self.folder
            .rename(from.0.path(), to.0.path(), from.1, to.1)
            .await?;
        let other = replaced.filter(|replaced| !Rc::ptr_eq(replaced, &moved));
        self.lost_name(other.as_ref());
        // The host's number for it leads to the old path: the new one is looked up.
        if let Err(error) = self.lookup(to.0, to.1).await
            && error != Error::NoEntry
        {
            moved.remove(Removed::ByHost);
        }
        Ok(())
    }

    async fn exchange(
        &self,
        _: (&ShareNode<B>, &[u8]),
        _: (&ShareNode<B>, &[u8]),
        _: Timestamp,
    ) -> Result<(), Error> {
        // The protocol has no such step, and two renames are not one. Linux says the same for file systems without it.
        Err(Error::InvalidArgument)
    }

    async fn entries(
        &self,
        directory: &ShareNode<B>,
        offset: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, Error> {
        if directory.attributes().kind != Kind::Directory {
            return Err(Error::NotDirectory);
        }
        let from = offset.saturating_sub(FIRST_OFFSET);
        let bytes = self.folder.entries(directory.path(), from, ENTRIES_ROOM).await?;
        let mut entries = folder::entries(&bytes, FIRST_OFFSET)?;
        entries.truncate(limit);
        Ok(entries)
    }

    async fn change(&self, node: &ShareNode<B>, change: &Change, _: Timestamp) -> Result<(), Error> {
        let now = node.attributes();
        let other_user = change.user.is_some_and(|user| user != now.user);
        let other_group = change.group.is_some_and(|group| group != now.group);
        if other_user || other_group || change.label.is_some() {
            return Err(Error::NotPermitted);
        }
        let change = FolderChange {
            mode: change.mode.map(|mode| mode & HOST_PERMISSIONS),
            size: None,
            access: change.access,
            modify: change.modify,
        };
        if !change.is_empty() {
            self.check(node).await?;
            self.folder.change(node.path(), &change).await?;
            self.check(node).await?;
        }
        Ok(())
    }

    async fn set_size(&self, node: &ShareNode<B>, size: u64, now: Timestamp) -> Result<(), Error> {
        self.change_size(node, size, now).await
    }

    async fn punch(&self, _: &ShareNode<B>, _: u64, _: u64, _: Timestamp) -> Result<(), Error> {
        Err(Error::NotSupported)
    }

    async fn read(
        &self,
        node: &ShareNode<B>,
        request: &B::Request,
        request_offset: u64,
        offset: u64,
        length: u64,
    ) -> Result<u64, Error> {
        self.copy_to_request(node, request, request_offset, offset, length)
            .await
    }

    async fn write(
        &self,
        node: &ShareNode<B>,
        request: &B::Request,
        request_offset: u64,
        offset: u64,
        length: u64,
        now: Timestamp,
    ) -> Result<u64, Error> {
        self.copy_from_request(node, request, request_offset, offset, length, now)
            .await
    }

    async fn with_contents<R>(
        &self,
        node: &ShareNode<B>,
        _: &B::Request,
        with: impl FnOnce(&B::Contents) -> R,
    ) -> Result<R, Error> {
        self.lend_contents(node, with).await
    }

    async fn seek_data(&self, node: &ShareNode<B>, offset: u64, hole: bool) -> Result<u64, Error> {
        self.refresh(node).await?;
        let size = node.attributes().size;
        if offset >= size {
            return Err(Error::NoDeviceOrAddress);
        }
        // The protocol tells no holes: all of a file is data, which POSIX allows.
        Ok(if hole { size } else { offset })
    }

    async fn sync(&self, node: &ShareNode<B>) -> Result<(), Error> {
        self.folder.sync(node.writing_or_path()).await
    }

    fn figures(&self) -> Figures {
        self.figures.get()
    }

    fn is_read_only(&self) -> bool {
        self.read_only
    }

    fn is_elsewhere(&self) -> bool {
        true
    }

    async fn refresh(&self, node: &ShareNode<B>) -> Result<(), Error> {
        match self.check(node).await {
            // An open file without a name has the attributes that it had.
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn refresh_figures(&self, node: &ShareNode<B>) -> Result<(), Error> {
        let found = self.folder.figures(node.path()).await?;
        self.figures.set(Figures {
            magic: MAGIC,
            block_size: found.block_size.max(1),
            blocks: found.blocks,
            // What the one who runs the machine may still take.
            blocks_free: found.blocks_available.min(found.blocks_free),
            files: found.files,
            files_free: found.files_free,
        });
        Ok(())
    }

    async fn opened(&self, node: &ShareNode<B>, reads: bool, writes: bool) -> Result<(), Error> {
        if node.attributes().kind != Kind::Regular {
            return Ok(());
        }
        let (reads, writes) = (reads && !node.is_reading(), writes && !node.is_writing());
        if !reads && !writes {
            return Ok(());
        }
        // Kept before the wait: another walk that comes to this file meanwhile would have the number forgotten.
        let number = node.path();
        node.keep_open(number, reads, writes);
        let opened = self.folder.open(number, reads, writes).await;
        if opened.is_err() {
            node.drop_open(number, reads, writes);
        }
        opened
    }
}
