//! Opening: POSIX.1-2024 `openat`, with what Linux adds.

use super::start;
use crate::attributes::{Attributes, Kind, NewInode, PERMISSION_BITS, SET_GROUP_ID};
use crate::backend::Backend;
use crate::credentials::{READ, WRITE};
use crate::error::Error;
use crate::file_system::FileSystem;
use crate::judge::{FileMethod, Judge};
use crate::mounts::Location;
use crate::open_file::{OpenFile, OpenFlags};
use crate::server::Vfs;
use crate::walk::{Caller, LastLink, Start};
use core::cell::Cell;

/// What was opened: the badge to mint a session with, and what that session is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Opened {
    /// Badge of the open file.
    pub badge: u64,
    /// Attributes at that time.
    pub attributes: Attributes,
}

impl<B: Backend> Vfs<B> {
    /// Opens what `path` names from the directory `file`.
    ///
    /// # Errors
    /// As POSIX's `openat`.
    pub async fn open<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        path: &[u8],
        flags: OpenFlags,
        mode: u32,
    ) -> Result<Opened, Error> {
        if flags.has(OpenFlags::TEMPORARY) {
            return self.open_nameless(caller, file, path, flags, mode).await;
        }
        let creates = flags.has(OpenFlags::CREATE) && !flags.has(OpenFlags::PATH);
        let exclusive = creates && flags.has(OpenFlags::EXCLUSIVE);
        let keep = flags.has(OpenFlags::NO_FOLLOW) || exclusive;
        let last_link = if keep {
            LastLink::KeepUnlessSlash
        } else {
            LastLink::Follow
        };
        let start = Start {
            makes_file: creates,
            ..start(file, last_link)
        };
        let walked = self.mounts.walk(caller, start, path).await?;
        let place = match &walked.target {
            Some(_) if exclusive => return Err(Error::Exists),
            Some(_) => walked.existing()?,
            None if !creates => return Err(Error::NoEntry),
            None => {
                let name = walked.name_or(Error::IsDirectory)?;
                let uses = uses(Kind::Regular, flags);
                let place = self
                    .make(caller, &walked.directory, name, Kind::Regular, mode, 0, uses)
                    .await?;
                // POSIX: the mode counts for later opens only; this one gets what it asked for.
                return self.finish(caller, place, &file.root, flags);
            }
        };
        let attributes = place.attributes();
        self.check_open(caller, &place, &attributes, flags)?;
        if flags.has(OpenFlags::TRUNCATE) && attributes.kind == Kind::Regular && !flags.has(OpenFlags::PATH) {
            if !flags.writes() {
                caller.credentials.check(&attributes, WRITE)?;
                caller.judge(&attributes, FileMethod::SetSize)?;
            }
            place.check_writable()?;
            place.file_system().set_size(&place.node, 0, self.now()).await?;
        }
        self.finish(caller, place, &file.root, flags)
    }

    /// Opens an inode again, as `/dev/fd` and `/proc/self/fd` do.
    ///
    /// # Errors
    /// As `open` on a path that names it.
    pub fn reopen<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        flags: OpenFlags,
    ) -> Result<Opened, Error> {
        let attributes = file.place.attributes();
        self.check_open(caller, &file.place, &attributes, flags)?;
        self.finish(caller, file.place.clone(), &file.root, flags)
    }

    /// Makes an inode in a directory: label, owner and group as the directory and the policy say. `uses` is judged on the new label
    /// first, so that a caller who may not use the file does not leave its name behind.
    #[allow(clippy::too_many_arguments, reason = "each is a part of the one request")]
    pub(super) async fn make<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        directory: &Location<B>,
        name: &[u8],
        kind: Kind,
        mode: u32,
        special_device: u64,
        uses: &[FileMethod],
    ) -> Result<Location<B>, Error> {
        let method = if kind == Kind::Directory {
            FileMethod::MakeDirectory
        } else {
            FileMethod::MakeNode
        };
        self.check_change(caller, directory, method)?;
        let new = self.new_inode(caller, directory, name, kind, mode, special_device)?;
        if uses.iter().any(|&method| !caller.judge.allows(new.label, method)) {
            return Err(Error::AccessDenied);
        }
        let node = directory
            .file_system()
            .create(&directory.node, name, &new)
            .await?;
        Ok(Location {
            mount: alloc::rc::Rc::clone(&directory.mount),
            node,
        })
    }

    /// What a new inode in `directory` starts with.
    pub(super) fn new_inode<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        directory: &Location<B>,
        name: &[u8],
        kind: Kind,
        mode: u32,
        special_device: u64,
    ) -> Result<NewInode, Error> {
        let above = directory.attributes();
        let inherits = above.mode & SET_GROUP_ID != 0;
        let group = if inherits {
            above.group
        } else {
            caller.credentials.group
        };
        let mut mode = mode & PERMISSION_BITS;
        if inherits && kind == Kind::Directory {
            mode |= SET_GROUP_ID;
        }
        let label = caller.judge.label_for_new(above.label, name);
        let new = NewInode {
            kind,
            mode,
            user: caller.credentials.user,
            group,
            special_device,
            label,
            now: self.now(),
        };
        Ok(new)
    }

    /// Refuses a change of a directory's names.
    pub(super) fn check_change<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        directory: &Location<B>,
        method: FileMethod,
    ) -> Result<(), Error> {
        directory.check_writable()?;
        let attributes = directory.attributes();
        caller.judge(&attributes, method)?;
        caller.credentials.check(&attributes, WRITE)
    }

    async fn open_nameless<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        path: &[u8],
        flags: OpenFlags,
        mode: u32,
    ) -> Result<Opened, Error> {
        if !flags.writes() {
            return Err(Error::InvalidArgument);
        }
        let directory = self
            .mounts
            .walk(caller, start(file, LastLink::Follow), path)
            .await?
            .existing()?;
        if directory.attributes().kind != Kind::Directory {
            return Err(Error::NotDirectory);
        }
        self.check_change(caller, &directory, FileMethod::MakeNode)?;
        let new = self.new_inode(caller, &directory, b"", Kind::Regular, mode, 0)?;
        let node = directory.file_system().create_nameless(&new).await?;
        let place = Location {
            mount: directory.mount,
            node,
        };
        self.finish(caller, place, &file.root, flags)
    }

    fn check_open<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        place: &Location<B>,
        attributes: &Attributes,
        flags: OpenFlags,
    ) -> Result<(), Error> {
        if attributes.kind == Kind::Symlink && !flags.has(OpenFlags::PATH) {
            return Err(Error::Loop);
        }
        if flags.has(OpenFlags::DIRECTORY) && attributes.kind != Kind::Directory {
            return Err(Error::NotDirectory);
        }
        if flags.has(OpenFlags::PATH) {
            return caller.judge(attributes, FileMethod::Open);
        }
        if attributes.kind == Kind::Directory && (flags.writes() || flags.has(OpenFlags::CREATE)) {
            return Err(Error::IsDirectory);
        }
        // Devices, FIFOs and sockets are served elsewhere; a node of that kind without its server cannot be opened.
        if !matches!(attributes.kind, Kind::Regular | Kind::Directory) {
            return Err(Error::NoDeviceOrAddress);
        }
        let mut wanted = 0;
        if flags.reads() {
            wanted |= READ;
        }
        if flags.writes() {
            wanted |= WRITE;
            place.check_writable()?;
        }
        caller.credentials.check(attributes, wanted)?;
        if flags.has(OpenFlags::NO_ACCESS_TIME) && !caller.credentials.owns(attributes) {
            return Err(Error::NotPermitted);
        }
        Ok(())
    }

    /// Judges what the open file will be used for, and adds it.
    fn finish<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        place: Location<B>,
        root: &Location<B>,
        flags: OpenFlags,
    ) -> Result<Opened, Error> {
        let attributes = place.attributes();
        for &method in uses(attributes.kind, flags) {
            caller.judge(&attributes, method)?;
        }
        let open = OpenFile {
            place,
            root: root.clone(),
            flags: Cell::new(OpenFlags(flags.0 & OpenFlags::KEPT)),
            offset: Cell::new(0),
        };
        let badge = self.open_files.add(open).ok_or(Error::NoMemory)?;
        Ok(Opened { badge, attributes })
    }
}

/// What an open file will be used for, as methods to judge. A directory may be opened only to go on from it: listing is judged
/// when it is listed.
fn uses(kind: Kind, flags: OpenFlags) -> &'static [FileMethod] {
    use FileMethod::{Open, Read, Write};
    match (flags.reads() && kind != Kind::Directory, flags.writes()) {
        (false, false) => &[Open],
        (true, false) => &[Open, Read],
        (false, true) => &[Open, Write],
        (true, true) => &[Open, Read, Write],
    }
}
