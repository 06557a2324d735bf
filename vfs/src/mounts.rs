//! Which file system stands where, and places in the whole tree.

use crate::attributes::Attributes;
use crate::backend::Backend;
use crate::error::Error;
use crate::file_system::{AnyFileSystem, AnyNode, FileSystem};
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

/// Mounts, at most: a walk looks at each where it crosses directories.
pub const MOUNT_MAX: usize = 64;

/// A mounted file system, or a part of one (bind mount).
pub struct Mount<B: Backend> {
    /// The device number that `stat` shows.
    pub device: u64,
    /// The file system.
    pub file_system: Rc<AnyFileSystem<B>>,
    /// Its top as seen here.
    pub top: AnyNode<B>,
    /// The directory that it covers; none for the first mount.
    pub covers: Option<Location<B>>,
    /// Whether nothing may be changed through this mount.
    pub read_only: bool,
    /// Another server goes on from here.
    pub is_remote: bool,
}

/// A place: an inode as reached through a mount.
pub struct Location<B: Backend> {
    /// The mount.
    pub mount: Rc<Mount<B>>,
    /// The inode.
    pub node: AnyNode<B>,
}

impl<B: Backend> Clone for Location<B> {
    fn clone(&self) -> Self {
        Location {
            mount: Rc::clone(&self.mount),
            node: self.node.clone(),
        }
    }
}

impl<B: Backend> Location<B> {
    /// The file system.
    #[must_use]
    pub fn file_system(&self) -> &AnyFileSystem<B> {
        &self.mount.file_system
    }

    /// Attributes of the inode.
    #[inline]
    #[must_use]
    pub fn attributes(&self) -> Attributes {
        self.mount.file_system.attributes(&self.node)
    }

    /// Whether both are the same inode through the same mount.
    #[must_use]
    pub fn is(&self, other: &Location<B>) -> bool {
        Rc::ptr_eq(&self.mount, &other.mount) && self.mount.file_system.same(&self.node, &other.node)
    }

    /// Whether both are the same inode, through whatever mounts.
    #[must_use]
    pub fn is_same_inode(&self, other: &Location<B>) -> bool {
        Rc::ptr_eq(&self.mount.file_system, &other.mount.file_system)
            && self.mount.file_system.same(&self.node, &other.node)
    }

    /// Refuses where nothing may be changed.
    ///
    /// # Errors
    /// `ReadOnly`.
    pub fn check_writable(&self) -> Result<(), Error> {
        if self.mount.read_only || self.mount.file_system.is_read_only() {
            return Err(Error::ReadOnly);
        }
        Ok(())
    }

    /// Whether this is the top of its mount.
    #[must_use]
    pub fn is_top(&self) -> bool {
        self.mount.file_system.same(&self.node, &self.mount.top)
    }
}

/// All mounts.
pub struct Mounts<B: Backend> {
    mounts: RefCell<Vec<Rc<Mount<B>>>>,
    /// A bit for each covered place, by its node's hint: most places are found not to be covered by it alone.
    covered: Cell<u64>,
    /// Device number of the next file system: none is ever given twice.
    next_device: Cell<u64>,
}

impl<B: Backend> Mounts<B> {
    /// Starts with `first` at the top of the tree.
    #[must_use]
    pub fn new(first: AnyFileSystem<B>) -> Mounts<B> {
        let top = first.root();
        let mount = Mount {
            device: 1,
            file_system: Rc::new(first),
            top,
            covers: None,
            read_only: false,
            is_remote: false,
        };
        Mounts {
            mounts: RefCell::new(Vec::from([Rc::new(mount)])),
            covered: Cell::new(0),
            next_device: Cell::new(2),
        }
    }

    /// The top of the tree, with what is mounted over it.
    #[must_use]
    pub fn root(&self) -> Location<B> {
        let first = Rc::clone(&self.mounts.borrow()[0]);
        let node = first.top.clone();
        self.cross(Location { mount: first, node })
    }

    /// All mounts, in the order in which they were made.
    #[must_use]
    pub fn all(&self) -> Vec<Rc<Mount<B>>> {
        self.mounts.borrow().clone()
    }

    fn new_device(&self) -> u64 {
        let device = self.next_device.get();
        self.next_device.set(device + 1);
        device
    }

    /// The top of a file system that stands nowhere in the tree.
    #[must_use]
    pub fn detached(&self, file_system: AnyFileSystem<B>) -> Location<B> {
        let top = file_system.root();
        let mount = Mount {
            device: self.new_device(),
            file_system: Rc::new(file_system),
            top: top.clone(),
            covers: None,
            read_only: false,
            is_remote: false,
        };
        Location {
            mount: Rc::new(mount),
            node: top,
        }
    }

    /// Mounts a file system (or with `source`, a part of one) on a directory.
    ///
    /// # Errors
    /// `Busy` where something is mounted on just that place already, `NoMemory` beyond [`MOUNT_MAX`].
    pub fn mount(
        &self,
        on: Location<B>,
        file_system: Rc<AnyFileSystem<B>>,
        top: AnyNode<B>,
        read_only: bool,
    ) -> Result<(), Error> {
        let mut mounts = self.mounts.borrow_mut();
        if mounts.len() >= MOUNT_MAX {
            return Err(Error::NoMemory);
        }
        if mounts
            .iter()
            .any(|mount| mount.covers.as_ref().is_some_and(|covered| covered.is(&on)))
        {
            return Err(Error::Busy);
        }
        // Two mounts of one file system show one device, so that files compare equal.
        let device = mounts
            .iter()
            .find(|mount| Rc::ptr_eq(&mount.file_system, &file_system))
            .map_or_else(|| self.new_device(), |mount| mount.device);
        self.covered.set(self.covered.get() | bit(&on.node));
        mounts.push(Rc::new(Mount {
            device,
            file_system,
            top,
            covers: Some(on),
            read_only,
            is_remote: false,
        }));
        Ok(())
    }

    /// Says that the process server's files are what a directory leads to.
    ///
    /// # Errors
    /// As `mount`.
    pub fn mount_remote(&self, on: Location<B>) -> Result<(), Error> {
        let mut mounts = self.mounts.borrow_mut();
        if mounts.len() >= MOUNT_MAX {
            return Err(Error::NoMemory);
        }
        let covered = |mount: &Rc<Mount<B>>| mount.covers.as_ref().is_some_and(|covered| covered.is(&on));
        if mounts.iter().any(covered) {
            return Err(Error::Busy);
        }
        self.covered.set(self.covered.get() | bit(&on.node));
        mounts.push(Rc::new(Mount {
            device: self.new_device(),
            file_system: Rc::clone(&on.mount.file_system),
            top: on.node.clone(),
            covers: Some(on),
            read_only: true,
            is_remote: true,
        }));
        Ok(())
    }

    /// Takes the mount away whose top `place` is.
    ///
    /// # Errors
    /// `InvalidArgument` if it is no mount's top, `Busy` if it is the first mount, or something is mounted or open inside.
    pub fn unmount(&self, place: &Location<B>) -> Result<(), Error> {
        if !place.is_top() {
            return Err(Error::InvalidArgument);
        }
        let mut mounts = self.mounts.borrow_mut();
        let index = mounts
            .iter()
            .position(|mount| Rc::ptr_eq(mount, &place.mount))
            .ok_or(Error::InvalidArgument)?;
        // One reference is the table's, one is `place`'s; any more is an open file, a directory in use or a mount on top.
        if index == 0 || Rc::strong_count(&mounts[index]) > 2 {
            return Err(Error::Busy);
        }
        mounts.remove(index);
        let bits = mounts.iter().filter_map(|mount| mount.covers.as_ref());
        self.covered
            .set(bits.fold(0, |bits, covered| bits | bit(&covered.node)));
        Ok(())
    }

    /// Goes up onto whatever is mounted on a place.
    #[must_use]
    #[inline]
    pub fn cross(&self, place: Location<B>) -> Location<B> {
        if self.covered.get() & bit(&place.node) == 0 {
            return place;
        }
        self.cross_covered(place)
    }

    fn cross_covered(&self, mut place: Location<B>) -> Location<B> {
        let mounts = self.mounts.borrow();
        while let Some(mount) = mounts
            .iter()
            .find(|mount| mount.covers.as_ref().is_some_and(|covered| covered.is(&place)))
        {
            place = Location {
                mount: Rc::clone(mount),
                node: mount.top.clone(),
            };
        }
        place
    }

    /// Whether something is mounted on this place.
    #[must_use]
    pub fn is_covered(&self, place: &Location<B>) -> bool {
        self.mounts
            .borrow()
            .iter()
            .any(|mount| mount.covers.as_ref().is_some_and(|covered| covered.is(place)))
    }
}

/// The bit of a covered place.
#[inline]
fn bit<B: Backend>(node: &AnyNode<B>) -> u64 {
    let hint = node.hint();
    1 << ((hint ^ hint >> 6) & 63)
}
