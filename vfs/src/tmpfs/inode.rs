//! One inode of a tmpfs: attributes, and a body by its kind.

use super::extents::Extents;
use super::quota::{Amount, DIRECTORY_BYTES, INODE_BYTES, Quota, name_bytes};
use crate::attributes::{Attributes, Change, Kind, NewInode, Permissions, Timestamp};
use crate::backend::Backend;
use crate::error::Error;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::rc::{Rc, Weak};
use core::cell::{Cell, RefCell};
use trivet_abi::Label;

/// Bytes of a page of contents.
pub const PAGE: u64 = trivet_abi::PAGE_SIZE as u64;
/// Links to one inode, at most.
pub const LINK_MAX: u64 = 65_000;

/// An inode. Its memory and its share of the quota go when the last reference goes.
pub struct Inode<B: Backend> {
    attributes: Cell<Attributes>,
    quota: Rc<Quota>,
    /// Whose share it takes: the label that it was made with.
    charged: Label,
    /// The directory in which it was last given a name, and the entry there.
    above: RefCell<(Weak<Inode<B>>, u64)>,
    /// Its extended attributes.
    pub extended: RefCell<super::extended::Attributes>,
    /// What it holds.
    pub body: Body<B>,
}

/// What an inode holds.
pub enum Body<B: Backend> {
    /// Contents of a regular file.
    Regular(RefCell<File<B>>),
    /// Names of a directory.
    Directory(RefCell<Directory<B>>),
    /// What a symbolic link says.
    Symlink(Box<[u8]>),
    /// A FIFO, device or socket: nothing here.
    Special,
}

/// Contents of a regular file. The memory is made at the first byte; its size is a whole number of pages.
pub struct File<B: Backend> {
    /// The memory, and its size in bytes.
    pub contents: Option<(B::Contents, u64)>,
    /// Pages that exist.
    pub extents: Extents,
    /// Whether somebody was given the memory to write, who may have put bytes behind the end of the last page.
    pub shared: bool,
}

/// An entry: its name and the inode.
pub type Named<B> = (Box<[u8]>, Rc<Inode<B>>);

/// A directory and a name in it.
pub type Hanging<B> = (Rc<Inode<B>>, Box<[u8]>);

/// Names of a directory.
pub struct Directory<B: Backend> {
    /// Where a name stands in `by_offset`.
    pub by_name: BTreeMap<Box<[u8]>, u64>,
    /// Entries in the order in which they came: the key is the directory offset, which never changes while the entry lives.
    pub by_offset: BTreeMap<u64, Named<B>>,
    /// Offset of the next entry.
    pub next_offset: u64,
    /// The directory above; empty once this one is removed.
    pub parent: Weak<Inode<B>>,
    /// The name there.
    pub name: Box<[u8]>,
}

/// The first offset of an entry: 0 and 1 are "." and "..".
pub const FIRST_OFFSET: u64 = 2;

impl<B: Backend> Inode<B> {
    /// Makes an inode and charges it.
    pub fn new(number: u64, new: &NewInode, body: Body<B>, quota: &Rc<Quota>) -> Result<Rc<Inode<B>>, Error> {
        quota.take(new.label, own_amount(&body))?;
        let size = if let Body::Symlink(target) = &body {
            target.len() as u64
        } else {
            0
        };
        Ok(Rc::new(Inode {
            attributes: Cell::new(Attributes {
                inode: number,
                kind: new.kind,
                mode: new.mode,
                links: 0,
                user: new.user,
                group: new.group,
                size,
                blocks: 0,
                special_device: new.special_device,
                access: new.now,
                modify: new.now,
                change: new.now,
                label: new.label,
            }),
            quota: Rc::clone(quota),
            charged: new.label,
            above: RefCell::new((Weak::new(), 0)),
            extended: RefCell::default(),
            body,
        }))
    }

    /// Attributes.
    #[inline]
    pub fn attributes(&self) -> Attributes {
        self.attributes.get()
    }

    /// What permissions are judged by.
    #[inline(always)]
    pub fn permissions(&self) -> Permissions {
        self.attributes.get().permissions()
    }

    /// Changes attributes by `with`.
    pub fn update(&self, with: impl FnOnce(&mut Attributes)) {
        let mut attributes = self.attributes.get();
        with(&mut attributes);
        self.attributes.set(attributes);
    }

    /// Applies a change that was asked for; the change time moves unless only access time changed by reading.
    pub fn apply(&self, change: &Change, now: Timestamp) {
        self.update(|attributes| {
            attributes.mode = change.mode.unwrap_or(attributes.mode);
            attributes.user = change.user.unwrap_or(attributes.user);
            attributes.group = change.group.unwrap_or(attributes.group);
            attributes.access = change.access.unwrap_or(attributes.access);
            attributes.modify = change.modify.unwrap_or(attributes.modify);
            attributes.label = change.label.unwrap_or(attributes.label);
            attributes.change = now;
        });
    }

    /// The names, if this is a directory.
    pub fn directory(&self) -> Result<&RefCell<Directory<B>>, Error> {
        match &self.body {
            Body::Directory(directory) => Ok(directory),
            _ => Err(Error::NotDirectory),
        }
    }

    /// The contents, if this is a regular file.
    pub fn file(&self) -> Result<&RefCell<File<B>>, Error> {
        match &self.body {
            Body::Regular(file) => Ok(file),
            Body::Directory(_) => Err(Error::IsDirectory),
            _ => Err(Error::InvalidArgument),
        }
    }

    /// Takes an amount of the mount's quota.
    pub fn take(&self, amount: Amount) -> Result<(), Error> {
        self.quota.take(self.charged, amount)
    }

    /// Gives an amount back.
    pub fn give(&self, amount: Amount) {
        self.quota.give(self.charged, amount);
    }

    /// Takes pages of the quota.
    pub fn take_pages(&self, count: u64) -> Result<(), Error> {
        self.quota.take(self.charged, Amount::of_pages(count))
    }

    /// Gives pages back.
    pub fn give_pages(&self, count: u64) {
        self.quota.give(self.charged, Amount::of_pages(count));
    }

    /// Takes the server's memory for a further name.
    pub fn take_name(&self, name: &[u8]) -> Result<(), Error> {
        self.quota.take(self.charged, Amount::of_bytes(name_bytes(name)))
    }

    /// Pays for another name instead of one that it had. It may pass its share by the length of a name: nothing new is made.
    pub fn exchange_name(&self, old: &[u8], new: &[u8]) {
        self.give_name(old);
        self.quota.force(self.charged, Amount::of_bytes(name_bytes(new)));
    }

    /// Gives the memory of a name back.
    pub fn give_name(&self, name: &[u8]) {
        self.quota.give(self.charged, Amount::of_bytes(name_bytes(name)));
    }

    /// Says that its newest name is this entry.
    pub fn hang(&self, directory: &Rc<Inode<B>>, offset: u64) {
        self.above.replace((Rc::downgrade(directory), offset));
    }

    /// The directory and the name that it was last given, if it still has it.
    pub fn newest_name(self: &Rc<Inode<B>>) -> Option<Hanging<B>> {
        let (directory, offset) = self.above.borrow().clone();
        let directory = directory.upgrade()?;
        let name = {
            let names = directory.directory().ok()?.borrow();
            let (name, inode) = names.by_offset.get(&offset)?;
            Rc::ptr_eq(inode, self).then(|| name.clone())?
        };
        Some((directory, name))
    }

    /// Adds to the number of links.
    pub fn add_link(&self) -> Result<(), Error> {
        if self.attributes().links >= LINK_MAX {
            return Err(Error::TooManyLinks);
        }
        self.update(|attributes| attributes.links += 1);
        Ok(())
    }

    /// Takes a link away.
    pub fn drop_link(&self, now: Timestamp) {
        self.update(|attributes| {
            attributes.links = attributes.links.saturating_sub(1);
            attributes.change = now;
        });
    }

    /// Sets the times of a directory whose names changed.
    pub fn names_changed(&self, now: Timestamp) {
        self.update(|attributes| {
            attributes.modify = now;
            attributes.change = now;
        });
    }

    /// An empty body for this kind.
    pub fn body_for(kind: Kind) -> Body<B> {
        match kind {
            Kind::Regular => Body::Regular(RefCell::new(File {
                contents: None,
                extents: Extents::default(),
                shared: false,
            })),
            Kind::Directory => Body::Directory(RefCell::new(Directory {
                by_name: BTreeMap::new(),
                by_offset: BTreeMap::new(),
                next_offset: FIRST_OFFSET,
                parent: Weak::new(),
                name: Box::default(),
            })),
            _ => Body::Special,
        }
    }
}

/// What an inode takes of the quota itself, without pages and names.
fn own_amount<B: Backend>(body: &Body<B>) -> Amount {
    let more = match body {
        Body::Symlink(target) => target.len() as u64,
        Body::Directory(_) => DIRECTORY_BYTES,
        _ => 0,
    };
    Amount {
        inodes: 1,
        bytes: INODE_BYTES + more,
        pages: 0,
    }
}

impl<B: Backend> Drop for Inode<B> {
    fn drop(&mut self) {
        let mut amount = own_amount(&self.body);
        if let Body::Regular(file) = &self.body {
            amount.pages = file.borrow().extents.pages();
        }
        self.quota
            .give(self.charged, super::extended::total(self.extended.get_mut()));
        self.quota.give(self.charged, amount);
    }
}

impl<B: Backend> Directory<B> {
    /// The inode called `name`.
    pub fn find(&self, name: &[u8]) -> Option<&Rc<Inode<B>>> {
        let offset = self.by_name.get(name)?;
        self.by_offset.get(offset).map(|(_, inode)| inode)
    }

    /// Adds an entry; the name must be free. Answers its offset.
    pub fn insert(&mut self, name: &[u8], inode: Rc<Inode<B>>) -> u64 {
        let offset = self.next_offset;
        self.next_offset += 1;
        self.by_name.insert(name.into(), offset);
        self.by_offset.insert(offset, (name.into(), inode));
        offset
    }

    /// Takes an entry away.
    pub fn remove(&mut self, name: &[u8]) -> Option<Rc<Inode<B>>> {
        let offset = self.by_name.remove(name)?;
        self.by_offset.remove(&offset).map(|(_, inode)| inode)
    }

    /// Puts another inode in an entry's place. Answers the entry's offset.
    pub fn replace(&mut self, name: &[u8], inode: Rc<Inode<B>>) -> Option<u64> {
        let offset = *self.by_name.get(name)?;
        self.by_offset.get_mut(&offset)?.1 = inode;
        Some(offset)
    }
}
