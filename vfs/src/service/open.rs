//! Opening: POSIX.1-2024 `openat`, with what Linux adds.

use super::start;
use crate::anonymous::observer::events;
use crate::attributes::{Attributes, Kind, NewInode, PERMISSION_BITS, SET_GROUP_ID};
use crate::backend::Backend;
use crate::credentials::{Credentials, READ, WRITE};
use crate::devices::MOUNTS;
use crate::error::Error;
use crate::file_system::FileSystem;
use crate::judge::{FileMethod, Judge};
use crate::mounts::{Location, MountFlags};
use crate::open_file::{OpenFile, OpenFlags};
use crate::pipe::Pipe;
use crate::server::Vfs;
use crate::stream::{self, Stream};
use crate::walk::{Caller, LastLink, Remote, Start};
use alloc::rc::Rc;
use trivet_abi::Label;
use trivet_abi::event::readiness;

/// How often a name that others make and remove at the same time is looked for, where looking waits.
const CREATE_TRIES: u32 = 8;

/// What was opened: the badge to mint a session with, and what that session is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Opened {
    /// Badge of the open file.
    pub badge: u64,
    /// Attributes at that time.
    pub attributes: Attributes,
    /// Readiness of its session at the start.
    pub readiness: u32,
    /// It was opened for writing.
    pub writes: bool,
    /// Somebody waits to hear of its end.
    pub is_watched: bool,
}

/// What an open answers.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// This file.
    Opened(Opened),
    /// So many bytes at the end of the path are for the process server's files.
    Files(usize),
    /// This symbolic link; so many bytes of the path follow it.
    Link(Opened, usize),
}

impl<B: Backend> Vfs<B> {
    /// Opens what `path` names from the directory `file`.
    ///
    /// # Errors
    /// As POSIX's `openat`.
    pub async fn open<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        request: &B::Request,
        file: &OpenFile<B>,
        path: &[u8],
        flags: OpenFlags,
        mode: u32,
    ) -> Result<Answer, Error> {
        let mut remote = None;
        let opened = self
            .open_or_leave(caller, request, file, path, flags, mode, &mut remote)
            .await;
        match (opened, remote) {
            (Err(Error::Remote), Some(Remote::Files(left))) => Ok(Answer::Files(left)),
            (Err(Error::Remote), Some(Remote::Link(link, left))) => {
                let open = OpenFile::new(link, file.root.clone(), OpenFlags(OpenFlags::PATH));
                Ok(Answer::Link(self.finish(caller, open)?, left))
            }
            (opened, _) => opened.map(Answer::Opened),
        }
    }

    #[allow(clippy::too_many_arguments, reason = "each is a part of the one request")]
    async fn open_or_leave<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        request: &B::Request,
        file: &OpenFile<B>,
        path: &[u8],
        flags: OpenFlags,
        mode: u32,
        remote: &mut Option<Remote<B>>,
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
        let mut tries = 0;
        let place = loop {
            let start = Start {
                makes_file: creates,
                ..start(file, last_link)
            };
            let walked = self.mounts.walk_or_leave(caller, start, path, remote).await?;
            match &walked.target {
                Some(_) if exclusive => return Err(Error::Exists),
                Some(_) => break walked.existing()?,
                None if !creates => return Err(Error::NoEntry),
                None => {}
            }
            let name = walked.name_or(Error::IsDirectory)?;
            let uses = uses(Kind::Regular, flags);
            let made = self
                .make(caller, &walked.directory, name, Kind::Regular, mode, 0, uses)
                .await;
            if made.as_ref().err() == Some(&Error::Exists)
                && !exclusive
                && tries < CREATE_TRIES
                && walked.directory.file_system().is_elsewhere()
            {
                // Somebody was faster while this one waited: theirs is opened.
                tries += 1;
                continue;
            }
            // POSIX: the mode counts for later opens only; this one gets what it asked for.
            let open = OpenFile::new(made?, file.root.clone(), flags);
            open_elsewhere(&open).await?;
            return self.finish(caller, open);
        };
        let attributes = place.attributes();
        self.check_open(caller, &place, &attributes, flags)?;
        if flags.has(OpenFlags::TRUNCATE) && attributes.kind == Kind::Regular && !flags.has(OpenFlags::PATH) {
            // Before the contents go: who may not open it takes nothing away.
            judge_uses(caller, &attributes, flags)?;
            if !flags.writes() {
                caller.credentials.check(&attributes, WRITE)?;
                caller.judge(&attributes, FileMethod::SetSize)?;
            }
            place.check_writable()?;
            place.file_system().set_size(&place.node, 0, self.now()).await?;
            if attributes.size > 0 {
                self.anonymous.observing.tell(&place, events::MODIFY);
            }
        }
        let open = OpenFile::new(place, file.root.clone(), flags);
        self.finish_any(caller, request, flags, open, None).await
    }

    /// Opens an inode again, as `/dev/fd` and `/proc/self/fd` do.
    ///
    /// # Errors
    /// As `open` on a path that names it.
    pub async fn reopen<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        request: &B::Request,
        file: &OpenFile<B>,
        flags: OpenFlags,
    ) -> Result<Opened, Error> {
        let attributes = file.place.attributes();
        self.check_open(caller, &file.place, &attributes, flags)?;
        let open = OpenFile::new(file.place.clone(), file.root.clone(), flags);
        let pipe = match &file.stream {
            Some(Stream::Pipe(pipe)) => Some(Rc::clone(pipe)),
            _ => None,
        };
        self.finish_any(caller, request, flags, open, pipe).await
    }

    /// Makes a pipe: the open files of its reading and its writing end.
    ///
    /// # Errors
    /// `InvalidArgument` for other flags than NON_BLOCK and DIRECT, `NoMemory`.
    pub async fn pipe(
        &self,
        credentials: &Credentials,
        label: Label,
        flags: OpenFlags,
    ) -> Result<(Opened, Opened), Error> {
        let settings = flags.0 & !OpenFlags::CLOSE_ON_EXEC;
        // Packets (DIRECT) are not told apart here.
        if settings & !OpenFlags::NON_BLOCK != 0 {
            return Err(Error::InvalidArgument);
        }
        let new = NewInode {
            kind: Kind::Fifo,
            mode: 0o600,
            user: credentials.user,
            group: credentials.group,
            special_device: 0,
            label,
            now: self.now(),
        };
        let place = self.nameless.pipe(self, &new).await?;
        let pipe = Pipe::new(&self.backend, &self.near_budget, label);
        let end = |access: u64| {
            let flags = OpenFlags(access | settings);
            pipe.count_in(stream::direction(flags));
            let root = self.mounts.root();
            self.add(OpenFile {
                stream: Some(Stream::Pipe(Rc::clone(&pipe))),
                ..OpenFile::new(place.clone(), root, flags)
            })
        };
        let reading = end(0)?;
        match end(OpenFlags::WRITE_ONLY) {
            Ok(writing) => Ok((
                Opened {
                    readiness: 0,
                    ..reading
                },
                writing,
            )),
            Err(error) => {
                self.open_files.remove(reading.badge);
                Err(error)
            }
        }
    }

    /// Makes an inode in a directory: label, owner and group as the directory and the policy say. `uses` is judged on the new label
    /// first, so that a caller who may not use the file does not leave its name behind.
    #[allow(clippy::too_many_arguments, reason = "each is a part of the one request")]
    pub(crate) async fn make<J: Judge>(
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
        self.anonymous
            .observing
            .tell_name(directory, name, kind, events::CREATE, 0);
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

    /// Refuses to start a program that somebody may be writing.
    ///
    /// # Errors
    /// `TextBusy`.
    pub fn check_not_written(&self, place: &Location<B>) -> Result<(), Error> {
        let is_written = |open: &OpenFile<B>| open.flags.get().writes() && open.place.is_same_inode(place);
        if self.open_files.any(is_written) {
            return Err(Error::TextBusy);
        }
        Ok(())
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
        self.finish(caller, OpenFile::new(place, file.root.clone(), flags))
    }

    pub(crate) fn check_open<J: Judge>(
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
        // A socket is connected to, not opened, and no block device has a server.
        if matches!(attributes.kind, Kind::Socket | Kind::BlockDevice) {
            return Err(Error::NoDeviceOrAddress);
        }
        let is_contents = matches!(attributes.kind, Kind::Regular | Kind::Directory);
        let mut wanted = 0;
        if flags.reads() {
            wanted |= READ;
        }
        if flags.writes() {
            wanted |= WRITE;
            if is_contents {
                place.check_writable()?;
            }
            if place.file_system().is_executed(&place.node) {
                return Err(Error::TextBusy);
            }
        }
        caller.credentials.check(attributes, wanted)?;
        if flags.has(OpenFlags::NO_ACCESS_TIME) && !caller.credentials.owns(attributes) {
            return Err(Error::NotPermitted);
        }
        Ok(())
    }

    /// As `finish`, for whatever kind: a FIFO waits for its other end, a device gets what serves it. `flags` are what was asked for, of which the
    /// open file keeps only a part. `pipe` is the pipe behind an open file that
    /// is opened again.
    async fn finish_any<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        request: &B::Request,
        flags: OpenFlags,
        mut open: OpenFile<B>,
        pipe: Option<Rc<Pipe<B>>>,
    ) -> Result<Opened, Error> {
        let attributes = open.place.attributes();
        if !flags.has(OpenFlags::PATH) {
            match attributes.kind {
                Kind::Fifo => {
                    // Before the wait: who may not use it does not make others go on.
                    judge_uses(caller, &attributes, flags)?;
                    let pipe = pipe
                        .unwrap_or_else(|| self.fifos.pipe(&self.backend, &self.near_budget, &open.place));
                    pipe.open_fifo(request, stream::direction(flags), open.waits())
                        .await?;
                    open.stream = Some(Stream::Pipe(pipe));
                    return self.add(open);
                }
                Kind::CharacterDevice => {
                    // Before anything happens: opening can make a terminal, or the caller's own of it.
                    judge_uses(caller, &attributes, flags)?;
                    if open.place.mount.flags.get().has(MountFlags::NO_DEVICES)
                        || !self.devices.are_in(&open.place.mount.file_system)
                    {
                        return Err(Error::AccessDenied);
                    }
                    let device = attributes.special_device;
                    if device == MOUNTS {
                        let text = self.mounts.describe(&open.root).await;
                        open.stream = Some(Stream::Text(text.into()));
                        return self.finish(caller, open);
                    }
                    open.stream = Some(match self.terminals.open(request, device, flags)? {
                        Some(terminal) => terminal,
                        None => self.devices.open(device, attributes.label)?,
                    });
                }
                Kind::Regular if open.place.file_system().is_elsewhere() => {
                    judge_uses(caller, &attributes, flags)?;
                    open_elsewhere(&open).await?;
                }
                _ => {}
            }
        }
        self.finish(caller, open)
    }

    /// Judges what the open file will be used for, and adds it.
    fn finish<J: Judge>(&self, caller: &Caller<'_, J>, open: OpenFile<B>) -> Result<Opened, Error> {
        judge_uses(caller, &open.place.attributes(), open.flags.get())?;
        self.add(open)
    }

    /// Adds an open file.
    pub(crate) fn add(&self, open: OpenFile<B>) -> Result<Opened, Error> {
        let attributes = open.place.attributes();
        self.add_opened(open, attributes)
    }

    /// As `add`, with the attributes.
    #[inline]
    pub(super) fn add_opened(&self, open: OpenFile<B>, attributes: Attributes) -> Result<Opened, Error> {
        let readiness = match &open.stream {
            Some(stream) => stream.readiness(open.flags.get()),
            // POSIX: a regular file is always ready.
            None => readiness::IN | readiness::OUT,
        };
        let writes = open.flags.get().writes();
        let observing = &self.anonymous.observing;
        let mut is_watched = false;
        if !observing.is_empty() && !open.flags.get().has(OpenFlags::PATH) {
            is_watched = observing.is_watched(&open.place);
            observing.tell(&open.place, events::OPEN);
        }
        let badge = self.open_files.add(open)?;
        Ok(Opened {
            writes,
            badge,
            attributes,
            readiness,
            is_watched,
        })
    }
}

/// Opens a file there where it lies.
async fn open_elsewhere<B: Backend>(open: &OpenFile<B>) -> Result<(), Error> {
    let file_system = open.place.file_system();
    if !file_system.is_elsewhere() {
        return Ok(());
    }
    let flags = open.flags.get();
    file_system
        .opened(&open.place.node, flags.reads(), flags.writes())
        .await
}

pub(crate) fn judge_uses<J: Judge>(
    caller: &Caller<'_, J>,
    attributes: &Attributes,
    flags: OpenFlags,
) -> Result<(), Error> {
    for &method in uses(attributes.kind, flags) {
        caller.judge(attributes, method)?;
    }
    Ok(())
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
