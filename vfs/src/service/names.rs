//! Making, removing, linking and renaming names.

use super::{AtFlags, start};
use crate::anonymous::observer::events;
use crate::attributes::Kind;
use crate::backend::Backend;
use crate::credentials::WRITE;
use crate::error::Error;
use crate::file_system::FileSystem;
use crate::judge::{FileMethod, Judge};
use crate::mounts::Location;
use crate::open_file::OpenFile;
use crate::server::Vfs;
use crate::walk::{Caller, Last, LastLink, Walked};
use alloc::rc::Rc;

/// Bytes of a symbolic link, at most.
const TARGET_LIMIT: usize = 4095;

impl<B: Backend> Vfs<B> {
    /// Makes a directory. `mode` has the mask applied.
    ///
    /// # Errors
    /// As POSIX's `mkdirat`.
    pub async fn make_directory<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        path: &[u8],
        mode: u32,
    ) -> Result<(), Error> {
        let walked = self.free_name(caller, file, path, true).await?;
        let name = walked.name_or(Error::Exists)?;
        self.make(
            caller,
            &walked.directory,
            name,
            Kind::Directory,
            mode & 0o1777,
            0,
            &[],
        )
        .await?;
        Ok(())
    }

    /// Makes a file, FIFO, device's file or socket's name. `mode` has type bits and the mask applied.
    ///
    /// # Errors
    /// As POSIX's `mknodat`; `NotPermitted` for devices unless the superuser asks.
    pub async fn make_node<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        path: &[u8],
        mode: u32,
        device: u64,
    ) -> Result<(), Error> {
        let kind = Kind::from_mode(mode).ok_or(Error::InvalidArgument)?;
        match kind {
            Kind::Directory => return Err(Error::NotPermitted),
            Kind::Symlink => return Err(Error::InvalidArgument),
            Kind::CharacterDevice | Kind::BlockDevice if !caller.credentials.is_superuser() => {
                return Err(Error::NotPermitted);
            }
            _ => {}
        }
        let walked = self.free_name(caller, file, path, false).await?;
        let name = walked.name_or(Error::Exists)?;
        self.make(caller, &walked.directory, name, kind, mode, device, &[])
            .await?;
        Ok(())
    }

    /// Makes a symbolic link at `path` that says `target`.
    ///
    /// # Errors
    /// As POSIX's `symlinkat`.
    pub async fn symlink<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        target: &[u8],
        path: &[u8],
    ) -> Result<(), Error> {
        if target.is_empty() {
            return Err(Error::NoEntry);
        }
        if target.len() > TARGET_LIMIT {
            return Err(Error::NameTooLong);
        }
        if target.contains(&0) {
            return Err(Error::InvalidArgument);
        }
        let walked = self.free_name(caller, file, path, false).await?;
        let name = walked.name_or(Error::Exists)?;
        self.check_change(caller, &walked.directory, FileMethod::Symlink)?;
        let new = self.new_inode(caller, &walked.directory, name, Kind::Symlink, 0o777, 0)?;
        walked
            .directory
            .file_system()
            .create_symlink(&walked.directory.node, name, target, &new)
            .await?;
        self.anonymous
            .observing
            .tell_name(&walked.directory, name, Kind::Symlink, events::CREATE, 0);
        Ok(())
    }

    /// Gives what `path` names the further name `target_path` in `target_directory`.
    ///
    /// # Errors
    /// As POSIX's `linkat`; `AccessDenied` where the policy does not let the caller link that label; `CrossDevice`.
    pub async fn link<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        path: &[u8],
        target_directory: &OpenFile<B>,
        target_path: &[u8],
        flags: AtFlags,
    ) -> Result<(), Error> {
        let source = if path.is_empty() && flags.has(AtFlags::EMPTY_PATH) {
            file.place.clone()
        } else {
            let follow = flags.has(AtFlags::SYMLINK_FOLLOW);
            let last_link = if follow {
                LastLink::Follow
            } else {
                LastLink::KeepUnlessSlash
            };
            self.mounts
                .walk(caller, start(file, last_link), path)
                .await?
                .existing()?
        };
        let attributes = source.attributes();
        let walked = self
            .free_name(caller, target_directory, target_path, false)
            .await?;
        let name = walked.name_or(Error::Exists)?;
        if !Rc::ptr_eq(&source.mount, &walked.directory.mount) {
            return Err(Error::CrossDevice);
        }
        self.check_change(caller, &walked.directory, FileMethod::Link)?;
        if attributes.kind == Kind::Directory {
            return Err(Error::NotPermitted);
        }
        caller.judge(&attributes, FileMethod::Link)?;
        source
            .file_system()
            .link(&walked.directory.node, name, &source.node, self.now())
            .await?;
        let observing = &self.anonymous.observing;
        observing.tell_self(&source, events::ATTRIB);
        observing.tell_name(&walked.directory, name, attributes.kind, events::CREATE, 0);
        Ok(())
    }

    /// Removes a name.
    ///
    /// # Errors
    /// As POSIX's `unlinkat`.
    pub async fn unlink<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        path: &[u8],
        flags: AtFlags,
    ) -> Result<(), Error> {
        let directory_wanted = flags.has(AtFlags::REMOVE_DIRECTORY);
        let walked = self
            .mounts
            .walk(caller, start(file, LastLink::Keep), path)
            .await?;
        let target = walked.target.clone().ok_or(Error::NoEntry)?;
        let attributes = target.attributes();
        if directory_wanted {
            match walked.last {
                Last::Dot => return Err(Error::InvalidArgument),
                Last::DotDot => return Err(Error::NotEmpty),
                Last::Name(_) => {}
            }
            if attributes.kind != Kind::Directory {
                return Err(Error::NotDirectory);
            }
        } else if attributes.kind == Kind::Directory {
            return Err(Error::IsDirectory);
        } else if walked.must_be_directory {
            return Err(Error::NotDirectory);
        }
        let name = walked.name_or(Error::InvalidArgument)?;
        self.check_removal(caller, &walked.directory, &target, FileMethod::Unlink)?;
        let file_system = walked.directory.file_system();
        let observing = &self.anonymous.observing;
        if directory_wanted {
            file_system
                .remove_directory(&walked.directory.node, name, self.now())
                .await?;
        } else {
            file_system
                .unlink(&walked.directory.node, name, self.now())
                .await?;
            observing.tell_self(&target, events::ATTRIB);
        }
        observing.tell_name(&walked.directory, name, attributes.kind, events::DELETE, 0);
        self.lost_a_name(&target);
        Ok(())
    }

    /// An inode has a name less: if it was the last and nobody has it open, its watches end.
    pub(crate) fn lost_a_name(&self, place: &Location<B>) {
        let observing = &self.anonymous.observing;
        if !observing.is_empty()
            && place.attributes().links == 0
            && !self.open_files.any(|open| open.place.is_same_inode(place))
        {
            observing.gone(place);
        }
    }

    /// Renames.
    ///
    /// # Errors
    /// As POSIX's `renameat`, and Linux's `renameat2` with NO_REPLACE and EXCHANGE.
    pub async fn rename<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        path: &[u8],
        target_directory: &OpenFile<B>,
        target_path: &[u8],
        flags: AtFlags,
    ) -> Result<(), Error> {
        let exchange = flags.has(AtFlags::EXCHANGE);
        if exchange && flags.has(AtFlags::NO_REPLACE) {
            return Err(Error::InvalidArgument);
        }
        let from = self
            .mounts
            .walk(caller, start(file, LastLink::Keep), path)
            .await?;
        let to = self
            .mounts
            .walk(caller, start(target_directory, LastLink::Keep), target_path)
            .await?;
        if !Rc::ptr_eq(&from.directory.mount, &to.directory.mount) {
            return Err(Error::CrossDevice);
        }
        let from_name = from.name_or(Error::Busy)?;
        let to_name = to.name_or(if flags.has(AtFlags::NO_REPLACE) {
            Error::Exists
        } else {
            Error::Busy
        })?;
        let moved = from.target.clone().ok_or(Error::NoEntry)?;
        let moves_directory = moved.attributes().kind == Kind::Directory;
        if (from.must_be_directory || to.must_be_directory) && !moves_directory && !exchange {
            return Err(Error::NotDirectory);
        }
        if to.target.is_some() && flags.has(AtFlags::NO_REPLACE) {
            return Err(Error::Exists);
        }
        if exchange && to.target.is_none() {
            return Err(Error::NoEntry);
        }
        self.check_removal(caller, &from.directory, &moved, FileMethod::Rename)?;
        self.check_change(caller, &to.directory, FileMethod::Rename)?;
        if let Some(replaced) = &to.target {
            self.check_removal(caller, &to.directory, replaced, FileMethod::Rename)?;
        }
        let other_parent = !from.directory.is(&to.directory);
        if moves_directory {
            self.check_not_below(&moved, &to.directory, Error::InvalidArgument)
                .await?;
            self.check_parent_change(caller, &moved, other_parent)?;
        }
        if let Some(replaced) = to
            .target
            .as_ref()
            .filter(|other| other.attributes().kind == Kind::Directory)
        {
            // An ancestor of the source can be neither replaced nor exchanged.
            let error = if exchange {
                Error::InvalidArgument
            } else {
                Error::NotEmpty
            };
            self.check_not_below(replaced, &from.directory, error).await?;
            if exchange {
                self.check_parent_change(caller, replaced, other_parent)?;
            }
        }
        let now = self.now();
        let (source, target) = ((&from.directory.node, from_name), (&to.directory.node, to_name));
        let file_system = from.directory.file_system();
        if exchange {
            file_system.exchange(source, target, now).await?;
        } else {
            file_system.rename(source, target, now).await?;
        }
        if !self.anonymous.observing.is_empty() {
            let renamed = |from: (&Location<B>, &[u8]), to: (&Location<B>, &[u8]), what: &Location<B>| {
                let observing = &self.anonymous.observing;
                let (kind, cookie) = (what.attributes().kind, observing.cookie());
                observing.tell_name(from.0, from.1, kind, events::MOVED_FROM, cookie);
                observing.tell_name(to.0, to.1, kind, events::MOVED_TO, cookie);
            };
            let (source, target) = ((&from.directory, from_name), (&to.directory, to_name));
            match &to.target {
                // Two names of one inode: nothing has happened.
                Some(other) if other.is_same_inode(&moved) => {}
                other => {
                    renamed(source, target, &moved);
                    self.anonymous.observing.tell_self(&moved, events::MOVE_SELF);
                    match other {
                        Some(other) if exchange => {
                            renamed(target, source, other);
                            self.anonymous.observing.tell_self(other, events::MOVE_SELF);
                        }
                        Some(replaced) => {
                            self.anonymous.observing.tell_self(replaced, events::ATTRIB);
                            self.lost_a_name(replaced);
                        }
                        None => {}
                    }
                }
            }
        }
        Ok(())
    }

    /// Walks to a name that must be free.
    async fn free_name<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        path: &[u8],
        for_directory: bool,
    ) -> Result<Walked<B>, Error> {
        let walked = self
            .mounts
            .walk(caller, start(file, LastLink::Keep), path)
            .await?;
        if walked.target.is_some() {
            return Err(Error::Exists);
        }
        if walked.must_be_directory && !for_directory {
            return Err(Error::NoEntry);
        }
        Ok(walked)
    }

    /// Refuses to take a name away: permissions, the sticky bit, mount points, and the policy on both labels.
    fn check_removal<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        directory: &Location<B>,
        target: &Location<B>,
        method: FileMethod,
    ) -> Result<(), Error> {
        self.check_change(caller, directory, method)?;
        // The walk crosses onto what is mounted, so a mount point shows as another mount's top.
        if !Rc::ptr_eq(&target.mount, &directory.mount) || self.mounts.is_covered(target) {
            return Err(Error::Busy);
        }
        let attributes = target.attributes();
        caller
            .credentials
            .check_sticky(&directory.attributes(), &attributes)?;
        caller.judge(&attributes, method)?;
        Ok(())
    }

    /// A directory that gets another parent is itself changed: its ".." is.
    fn check_parent_change<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        directory: &Location<B>,
        other_parent: bool,
    ) -> Result<(), Error> {
        if other_parent {
            caller.credentials.check(&directory.attributes(), WRITE)
        } else {
            Ok(())
        }
    }

    /// Refuses where `place` is `ancestor` or lies below it.
    async fn check_not_below(
        &self,
        ancestor: &Location<B>,
        place: &Location<B>,
        error: Error,
    ) -> Result<(), Error> {
        let mut node = place.node.clone();
        let file_system = place.file_system();
        loop {
            if file_system.same(&node, &ancestor.node) {
                return Err(error);
            }
            let above = file_system.parent(&node).await?;
            if file_system.same(&above, &node) {
                return Ok(());
            }
            node = above;
        }
    }
}
