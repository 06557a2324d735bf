//! Names of a tmpfs: adding, removing, renaming. Every function either does all of it or nothing.

use super::inode::{Body, Inode};
use super::{Tmpfs, TmpfsNode};
use crate::attributes::{Kind, NewInode, Timestamp};
use crate::backend::Backend;
use crate::error::Error;
use alloc::rc::{Rc, Weak};

impl<B: Backend> Tmpfs<B> {
    /// Makes an inode under a free name.
    pub(super) fn add(
        &self,
        directory: &TmpfsNode<B>,
        name: &[u8],
        new: &NewInode,
        body: Body<B>,
    ) -> Result<TmpfsNode<B>, Error> {
        {
            let names = directory.directory()?.borrow();
            // A removed directory takes no new names: they could never be reached again.
            if names.parent.strong_count() == 0 {
                return Err(Error::NoEntry);
            }
            if names.by_name.contains_key(name) {
                return Err(Error::Exists);
            }
        }
        if new.kind == Kind::Directory {
            directory.add_link()?;
        }
        let made = self.new_inode(new, body);
        let inode = match made.and_then(|inode| inode.take_name(name).map(|()| inode)) {
            Ok(inode) => inode,
            Err(error) => {
                if new.kind == Kind::Directory {
                    directory.update(|attributes| attributes.links -= 1);
                }
                return Err(error);
            }
        };
        if let Body::Directory(below) = &inode.body {
            let mut below = below.borrow_mut();
            below.parent = Rc::downgrade(directory);
            below.name = name.into();
        }
        let links = if new.kind == Kind::Directory { 2 } else { 1 };
        inode.update(|attributes| attributes.links = links);
        let offset = directory
            .directory()?
            .borrow_mut()
            .insert(name, Rc::clone(&inode));
        inode.hang(directory, offset);
        directory.names_changed(new.now);
        Ok(inode)
    }

    /// Gives an inode a further name.
    pub(super) fn add_link(
        &self,
        directory: &TmpfsNode<B>,
        name: &[u8],
        node: &TmpfsNode<B>,
        now: Timestamp,
    ) -> Result<(), Error> {
        if node.attributes().kind == Kind::Directory {
            return Err(Error::NotPermitted);
        }
        let mut names = directory.directory()?.borrow_mut();
        if names.parent.strong_count() == 0 {
            return Err(Error::NoEntry);
        }
        if names.by_name.contains_key(name) {
            return Err(Error::Exists);
        }
        node.take_name(name)?;
        if let Err(error) = node.add_link() {
            node.give_name(name);
            return Err(error);
        }
        node.update(|attributes| attributes.change = now);
        let offset = names.insert(name, Rc::clone(node));
        drop(names);
        node.hang(directory, offset);
        directory.names_changed(now);
        Ok(())
    }

    /// Removes a name that is not a directory's.
    pub(super) fn remove_name(
        &self,
        directory: &TmpfsNode<B>,
        name: &[u8],
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut names = directory.directory()?.borrow_mut();
        let inode = names.find(name).ok_or(Error::NoEntry)?;
        if inode.attributes().kind == Kind::Directory {
            return Err(Error::IsDirectory);
        }
        let removed = names.remove(name);
        drop(names);
        directory.names_changed(now);
        if let Some(inode) = removed {
            inode.give_name(name);
            inode.drop_link(now);
        }
        Ok(())
    }

    /// Removes an empty directory.
    pub(super) fn remove_empty_directory(
        &self,
        directory: &TmpfsNode<B>,
        name: &[u8],
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut names = directory.directory()?.borrow_mut();
        let inode = Rc::clone(names.find(name).ok_or(Error::NoEntry)?);
        check_empty(&inode)?;
        names.remove(name);
        inode.give_name(name);
        drop(names);
        directory.drop_link(now);
        directory.names_changed(now);
        bury(&inode, now)
    }

    /// Renames; what is there already is replaced if it is of the same sort (and empty, if a directory).
    pub(super) fn move_name(
        &self,
        from: (&TmpfsNode<B>, &[u8]),
        to: (&TmpfsNode<B>, &[u8]),
        now: Timestamp,
    ) -> Result<(), Error> {
        let moved = from
            .0
            .directory()?
            .borrow()
            .find(from.1)
            .cloned()
            .ok_or(Error::NoEntry)?;
        let replaced = {
            let names = to.0.directory()?.borrow();
            if names.parent.strong_count() == 0 {
                return Err(Error::NoEntry);
            }
            names.find(to.1).cloned()
        };
        let is_directory = moved.attributes().kind == Kind::Directory;
        let other_parent = !Rc::ptr_eq(from.0, to.0);
        if let Some(replaced) = &replaced {
            // Two names of one inode: POSIX says that nothing happens.
            if Rc::ptr_eq(&moved, replaced) {
                return Ok(());
            }
            match (is_directory, replaced.attributes().kind == Kind::Directory) {
                (true, true) => check_empty(replaced)?,
                (true, false) => return Err(Error::NotDirectory),
                (false, true) => return Err(Error::IsDirectory),
                (false, false) => {}
            }
        }
        moved.take_name(to.1)?;
        if is_directory
            && other_parent
            && replaced.is_none()
            && let Err(error) = to.0.add_link()
        {
            moved.give_name(to.1);
            return Err(error);
        }
        from.0.directory()?.borrow_mut().remove(from.1);
        moved.give_name(from.1);
        if let Some(replaced) = replaced {
            replaced.give_name(to.1);
            let offset = to.0.directory()?.borrow_mut().replace(to.1, Rc::clone(&moved));
            moved.hang(to.0, offset.unwrap_or_default());
            if is_directory {
                bury(&replaced, now)?;
                if !other_parent {
                    // One of the two directories is gone from here.
                    to.0.drop_link(now);
                }
            } else {
                replaced.drop_link(now);
            }
        } else {
            let offset = to.0.directory()?.borrow_mut().insert(to.1, Rc::clone(&moved));
            moved.hang(to.0, offset);
        }
        if is_directory {
            if other_parent {
                from.0.drop_link(now);
            }
            settle(&moved, to.0, to.1)?;
        }
        from.0.names_changed(now);
        to.0.names_changed(now);
        moved.update(|attributes| attributes.change = now);
        Ok(())
    }

    /// Exchanges two names.
    pub(super) fn exchange_names(
        &self,
        left: (&TmpfsNode<B>, &[u8]),
        right: (&TmpfsNode<B>, &[u8]),
        now: Timestamp,
    ) -> Result<(), Error> {
        let a = left
            .0
            .directory()?
            .borrow()
            .find(left.1)
            .cloned()
            .ok_or(Error::NoEntry)?;
        let b = right
            .0
            .directory()?
            .borrow()
            .find(right.1)
            .cloned()
            .ok_or(Error::NoEntry)?;
        if Rc::ptr_eq(&a, &b) {
            return Ok(());
        }
        let (a_directory, b_directory) = (
            a.attributes().kind == Kind::Directory,
            b.attributes().kind == Kind::Directory,
        );
        if !Rc::ptr_eq(left.0, right.0) && a_directory != b_directory {
            let (gains, loses) = if a_directory {
                (right.0, left.0)
            } else {
                (left.0, right.0)
            };
            gains.add_link()?;
            loses.drop_link(now);
        }
        // The names stay; each inode pays for the other one's now. Of two that pay from different shares, neither is refused.
        for (inode, old, new) in [(&a, left.1, right.1), (&b, right.1, left.1)] {
            inode.exchange_name(old, new);
        }
        let left_offset = left.0.directory()?.borrow_mut().replace(left.1, Rc::clone(&b));
        let right_offset = right.0.directory()?.borrow_mut().replace(right.1, Rc::clone(&a));
        b.hang(left.0, left_offset.unwrap_or_default());
        a.hang(right.0, right_offset.unwrap_or_default());
        if b_directory {
            settle(&b, left.0, left.1)?;
        }
        if a_directory {
            settle(&a, right.0, right.1)?;
        }
        for inode in [left.0, right.0] {
            inode.names_changed(now);
        }
        for inode in [&a, &b] {
            inode.update(|attributes| attributes.change = now);
        }
        Ok(())
    }
}

/// Whether a directory has no entries.
fn check_empty<B: Backend>(inode: &Inode<B>) -> Result<(), Error> {
    if inode.directory()?.borrow().by_name.is_empty() {
        Ok(())
    } else {
        Err(Error::NotEmpty)
    }
}

/// Marks a directory as removed.
fn bury<B: Backend>(inode: &Rc<Inode<B>>, now: Timestamp) -> Result<(), Error> {
    inode.directory()?.borrow_mut().parent = Weak::new();
    inode.update(|attributes| {
        attributes.links = 0;
        attributes.change = now;
    });
    Ok(())
}

/// Tells a directory where it hangs now.
fn settle<B: Backend>(inode: &Rc<Inode<B>>, parent: &Rc<Inode<B>>, name: &[u8]) -> Result<(), Error> {
    let mut directory = inode.directory()?.borrow_mut();
    directory.parent = Rc::downgrade(parent);
    directory.name = name.into();
    Ok(())
}
