//! Which file system stands where, and places in the whole tree.

use crate::attributes::{Attributes, Permissions};
use crate::backend::Backend;
use crate::error::Error;
use crate::file_system::{AnyFileSystem, AnyNode, FileSystem};
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

/// Mounts, at most: a walk looks at each where it crosses directories.
pub const MOUNT_MAX: usize = 64;

/// How a mount restricts what is reached through it: Linux's MS_ values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct MountFlags(pub u64);

#[allow(missing_docs, reason = "Linux defines each flag")]
impl MountFlags {
    pub const READ_ONLY: u64 = 0x1;
    pub const NO_SET_ID: u64 = 0x2;
    pub const NO_DEVICES: u64 = 0x4;
    pub const NO_EXECUTE: u64 = 0x8;
    /// Flags that a mount keeps.
    pub const KEPT: u64 = Self::READ_ONLY | Self::NO_SET_ID | Self::NO_DEVICES | Self::NO_EXECUTE;

    /// Whether the bit is set.
    #[must_use]
    pub const fn has(self, bit: u64) -> bool {
        self.0 & bit != 0
    }
}

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
    /// What may not be done through this mount.
    pub flags: Cell<MountFlags>,
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

    /// What permissions are judged by.
    #[inline]
    #[must_use]
    pub fn permissions(&self) -> Permissions {
        self.mount.file_system.permissions(&self.node)
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
        if self.mount.flags.get().has(MountFlags::READ_ONLY) || self.mount.file_system.is_read_only() {
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
            flags: Cell::default(),
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
            flags: Cell::default(),
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
        flags: MountFlags,
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
            flags: Cell::new(flags),
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
            flags: Cell::new(MountFlags(MountFlags::READ_ONLY)),
            is_remote: true,
        }));
        Ok(())
    }

    /// Takes the mount away whose top `place` is.
    ///
    /// # Errors
    /// `InvalidArgument` if it is no mount's top, `Busy` if it is the first mount, or something is mounted or open inside.
    pub fn unmount(&self, place: &Location<B>) -> Result<(), Error> {
        self.take_away(place, false)
    }

    /// As `unmount`, also where it is in use: what is open goes on with it, and its names end now. What is mounted inside goes as well.
    ///
    /// # Errors
    /// `InvalidArgument` if it is no mount's top, `Busy` if it is the first mount.
    pub fn detach(&self, place: &Location<B>) -> Result<(), Error> {
        self.take_away(place, true)
    }

    fn take_away(&self, place: &Location<B>, in_use: bool) -> Result<(), Error> {
        if !place.is_top() {
            return Err(Error::InvalidArgument);
        }
        let mut mounts = self.mounts.borrow_mut();
        let index = mounts
            .iter()
            .position(|mount| Rc::ptr_eq(mount, &place.mount))
            .ok_or(Error::InvalidArgument)?;
        // One reference is the table's, one is `place`'s; any more is an open file, a directory in use or a mount on top.
        if index == 0 || (!in_use && Rc::strong_count(&mounts[index]) > 2) {
            return Err(Error::Busy);
        }
        let mut gone = Vec::from([mounts.remove(index)]);
        // What is mounted inside, and inside of that: mounts come behind what they cover.
        while let Some(outer) = gone.pop() {
            let is_inside = |mount: &Rc<Mount<B>>| {
                let covered = mount.covers.as_ref();
                covered.is_some_and(|covered| Rc::ptr_eq(&covered.mount, &outer))
            };
            gone.extend(mounts.extract_if(.., |mount| is_inside(mount)));
        }
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
        while self.covered.get() & bit(&place.node) != 0
            && let Some(mount) = mounts
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
