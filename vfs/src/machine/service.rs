//! `File` and `FileServer`: takes each request apart, lets the logic work, and makes the reply.

use super::backend::Machine;
use super::console::Link;
use super::judge::RequestJudge;
use super::mapped::Mapped;
use super::{replies, terminals};
use crate::attributes::Kind;
use crate::credentials::Credentials;
use crate::file_system::FileSystem;
use crate::locks::Owner;
use crate::open_file::{OpenFile, OpenFlags as Flags};
use crate::server::Vfs;
use crate::service::AtFlags;
use crate::service::attributes::SetTime;
use crate::service::bytes::Whence;
use crate::service::locks::{LockKind, Ownership, Section};
use crate::service::open::{self as opening, Opened};
use crate::walk::Caller;
use alloc::borrow::Cow;
use alloc::rc::Rc;
use core::cell::RefCell;
use trivet_abi::message::SentHandle;
use trivet_abi::{InterfaceNumber, Label};
use trivet_ipc::file::{
    self, FileError, FileSystemInfo, LockKind as WireLockKind, LockOwner, LockRange, MapKind, SettingsWhen,
    TerminalSettings, Times, WindowSize,
};
use trivet_ipc::shared::{AtFlags as WireAtFlags, OpenFlags};
use trivet_server::bytes::Sent;
use trivet_server::services::file::{
    EntriesReply, FileService, MapReply, OpenReply, PathReply, ProgramReply, ReadAtReply, ReadLinkReply,
    ReadReply, ReopenReply, TerminalGroupsReply, TestLockReply,
};
use trivet_server::services::{file as file_dispatch, file_server, terminals as terminals_dispatch};
use trivet_server::{Answer, Decided, Events, Give, Name, NewSession, Output, ReceivedHandle, Request};

/// Badges of the session for pipes and nameless files, and of the process server's for terminals. Open files have badges with a
/// generation, which are larger.
const FILE_SERVER_BADGE: u64 = 1;
const TERMINALS_BADGE: u64 = 2;

/// Kinds of an open's answer that are no types of files: see `File.open`.
const KIND_FILES: u64 = 1;
const KIND_LINK: u64 = 2;

/// Methods of a Memory, as bits of a mask.
mod memory_mask {
    use trivet_ipc::memory::method;

    const fn bit(method: u8) -> u64 {
        1 << method
    }

    pub const READ: u64 =
        bit(method::MAP_READ) | bit(method::MAP_COPY) | bit(method::READ) | bit(method::INFO);
    pub const WRITE: u64 = READ | bit(method::MAP_WRITE);
    pub const EXECUTE: u64 = READ | bit(method::MAP_EXECUTE);
}

/// The file server behind its interfaces.
pub struct Service {
    pub(super) vfs: Vfs<Machine>,
    credentials: Mapped,
    /// Labels of what has no name.
    pub(super) labels: NamelessLabels,
    /// The console's side of its terminal, while that is open.
    pub(super) console: RefCell<Option<Rc<Link>>>,
}

/// Labels of what has no name.
#[derive(Clone, Copy, Debug)]
pub struct NamelessLabels {
    /// Pipes.
    pub pipes: Label,
    /// Files in memory.
    pub files: Label,
    /// The console's terminal.
    pub terminal: Label,
}

/// A path as it came: the name of a request, or one copied together.
type Path<'a> = Name<Cow<'a, [u8]>>;

impl Service {
    /// A service over this server.
    pub fn new(vfs: Vfs<Machine>, credentials: Mapped, labels: NamelessLabels) -> Service {
        Service {
            vfs,
            credentials,
            labels,
            console: RefCell::new(None),
        }
    }

    /// Serves one request by what its session is.
    pub async fn dispatch(&self, request: Request) -> Answer {
        match request.badge() {
            FILE_SERVER_BADGE => file_server::dispatch(self, request).await,
            TERMINALS_BADGE => terminals_dispatch::dispatch(self, request).await,
            _ => file_dispatch::dispatch(self, request).await,
        }
    }

    fn file(&self, request: &Request) -> Result<Rc<OpenFile<Machine>>, FileError> {
        self.vfs
            .open_files
            .get(request.badge())
            .ok_or(FileError::BadDescriptor)
    }

    /// The open file that a handle of the request stands for; it must be one of this server's.
    pub(super) fn other_file(&self, handle: &ReceivedHandle) -> Result<Rc<OpenFile<Machine>>, FileError> {
        let badge = handle.own_badge().ok_or(FileError::BadDescriptor)?;
        self.vfs.open_files.get(badge).ok_or(FileError::BadDescriptor)
    }

    /// Who asks, by the row that the kernel stamped on the request.
    pub(super) fn caller_of(&self, request: &Request) -> Result<Credentials, FileError> {
        let row = self
            .credentials
            .row(request.stamp().row)
            .ok_or(FileError::InputOutput)?;
        Ok(Credentials::new(
            row.file_user,
            row.file_group,
            row.supplementary(),
        ))
    }

    /// As `caller_of`, by the real ids, for `access`.
    fn real_caller_of(&self, request: &Request) -> Result<Credentials, FileError> {
        let row = self
            .credentials
            .row(request.stamp().row)
            .ok_or(FileError::InputOutput)?;
        Ok(Credentials::new(
            row.real_user,
            row.real_group,
            row.supplementary(),
        ))
    }

    pub(super) fn session(opened: &Opened) -> NewSession {
        let interface = InterfaceNumber(trivet_ipc::file::INTERFACE.0);
        let session = NewSession::new(opened.badge, interface, opened.attributes.label);
        NewSession {
            readiness: opened.readiness,
            ..session
        }
    }
}

/// Makes `caller` from a request: who asks, and what the policy says of each name.
macro_rules! caller {
    ($self:expr, $request:expr, $judge:ident, $caller:ident) => {
        let credentials = $self.caller_of($request)?;
        let $judge = RequestJudge::new($request);
        let $caller = Caller {
            credentials: &credentials,
            judge: &$judge,
        };
    };
}

fn ownership(request: &Request, owner: LockOwner) -> Ownership {
    match owner {
        LockOwner::Process => Ownership::Process(request.stamp().process),
        LockOwner::OpenFile => Ownership::OpenFile(request.badge()),
        LockOwner::Whole => Ownership::Whole(request.badge()),
    }
}

fn lock_kind(kind: WireLockKind) -> LockKind {
    match kind {
        WireLockKind::Shared => LockKind::Shared,
        WireLockKind::Exclusive => LockKind::Exclusive,
        WireLockKind::Unlock => LockKind::Unlock,
    }
}

fn section(range: &LockRange) -> Result<Section, FileError> {
    let whence = match range.whence {
        0 => Whence::Start,
        1 => Whence::Current,
        2 => Whence::End,
        _ => return Err(FileError::InvalidArgument),
    };
    Ok(Section {
        whence,
        start: range.start,
        length: range.length,
    })
}

fn at(flags: WireAtFlags) -> AtFlags {
    AtFlags(flags.bits())
}

impl Events for Service {
    fn closed(&self, badge: u64) {
        self.vfs.close(badge);
    }

    fn process_gone(&self, process: u64) {
        self.vfs.locks.release_process(process);
    }
}

impl FileService for Service {
    async fn read(&self, request: &Request, count: u64) -> Result<ReadReply, FileError> {
        let file = self.file(request)?;
        let count = self.vfs.read(&file, request, count.min(request.room())).await?;
        Ok(ReadReply {
            data: Output::Copied,
            count,
        })
    }

    async fn write(&self, request: &Request, data: Sent<'_>) -> Result<u64, FileError> {
        let file = self.file(request)?;
        Ok(self.vfs.write(&file, request, data.length()).await?)
    }

    async fn read_at(&self, request: &Request, offset: i64, count: u64) -> Result<ReadAtReply, FileError> {
        let file = self.file(request)?;
        let count = self
            .vfs
            .read_at(&file, request, offset, count.min(request.room()))
            .await?;
        Ok(ReadAtReply {
            data: Output::Copied,
            count,
        })
    }

    async fn write_at(&self, request: &Request, offset: i64, data: Sent<'_>) -> Result<u64, FileError> {
        let file = self.file(request)?;
        Ok(self.vfs.write_at(&file, request, offset, data.length()).await?)
    }

    async fn seek(&self, request: &Request, offset: i64, whence: file::Whence) -> Result<i64, FileError> {
        let file = self.file(request)?;
        let whence = match whence {
            file::Whence::Start => Whence::Start,
            file::Whence::Current => Whence::Current,
            file::Whence::End => Whence::End,
            file::Whence::Data => Whence::Data,
            file::Whence::Hole => Whence::Hole,
        };
        Ok(self.vfs.seek(&file, offset, whence).await? as i64)
    }

    async fn attributes(&self, request: &Request) -> Result<file::Attributes, FileError> {
        let file = self.file(request)?;
        Ok(replies::attributes(
            &file.place.attributes(),
            file.place.mount.device,
        ))
    }

    async fn set_size(&self, request: &Request, size: i64) -> Result<(), FileError> {
        let file = self.file(request)?;
        Ok(self.vfs.set_size(&file, size).await?)
    }

    async fn allocate(
        &self,
        request: &Request,
        mode: u64,
        offset: i64,
        length: i64,
    ) -> Result<(), FileError> {
        let file = self.file(request)?;
        Ok(self.vfs.allocate(&file, mode, offset, length).await?)
    }

    async fn sync(&self, request: &Request, _data_only: bool) -> Result<(), FileError> {
        let file = self.file(request)?;
        if file.stream.is_some() {
            return Err(FileError::InvalidArgument);
        }
        Ok(file.place.file_system().sync(&file.place.node).await?)
    }

    async fn flags(&self, request: &Request) -> Result<OpenFlags, FileError> {
        let file = self.file(request)?;
        Ok(OpenFlags::from_word(file.flags.get().0))
    }

    async fn set_flags(&self, request: &Request, flags: OpenFlags) -> Result<(), FileError> {
        let file = self.file(request)?;
        Ok(self.vfs.set_flags(&file, Flags(flags.bits()))?)
    }

    async fn available(&self, request: &Request) -> Result<u64, FileError> {
        let file = self.file(request)?;
        if let Some(stream) = &file.stream {
            return Ok(stream.available()?);
        }
        let attributes = file.place.attributes();
        if attributes.kind != Kind::Regular {
            return Err(FileError::NotTerminal);
        }
        Ok(attributes.size.saturating_sub(file.offset.get()))
    }

    async fn lock(
        &self,
        request: &Request,
        owner: LockOwner,
        kind: WireLockKind,
        wait: bool,
        range: LockRange,
    ) -> Result<(), FileError> {
        let file = self.file(request)?;
        let section = section(&range)?;
        Ok(self
            .vfs
            .lock(
                request,
                &file,
                ownership(request, owner),
                lock_kind(kind),
                section,
                wait,
            )
            .await?)
    }

    async fn test_lock(
        &self,
        request: &Request,
        owner: LockOwner,
        kind: WireLockKind,
        range: LockRange,
    ) -> Result<TestLockReply, FileError> {
        let file = self.file(request)?;
        let section = section(&range)?;
        let found = self
            .vfs
            .test_lock(&file, ownership(request, owner), lock_kind(kind), section)?;
        Ok(match found {
            None => TestLockReply {
                found: range,
                kind: WireLockKind::Unlock,
            },
            Some(lock) => TestLockReply {
                found: LockRange {
                    whence: 0,
                    start: lock.range.first as i64,
                    // To the end is 0, as callers say it.
                    length: (lock.range.last - lock.range.first).wrapping_add(1) as i64
                        * i64::from(lock.range.last != u64::MAX),
                    process: match lock.owner {
                        Owner::Process(number) => number,
                        Owner::OpenFile(_) => u64::MAX,
                    },
                },
                kind: if lock.exclusive {
                    WireLockKind::Exclusive
                } else {
                    WireLockKind::Shared
                },
            },
        })
    }

    async fn close_locks(&self, request: &Request) -> Result<(), FileError> {
        let file = self.file(request)?;
        self.vfs.close_locks(&file, request.stamp().process);
        Ok(())
    }

    async fn map(&self, request: &Request, kind: MapKind) -> Result<MapReply, FileError> {
        let file = self.file(request)?;
        let attributes = file.place.attributes();
        if attributes.kind != Kind::Regular {
            return Err(FileError::NotSupportedByDevice);
        }
        // POSIX: a mapping needs a descriptor open for reading, a shared writable one also for writing.
        let flags = file.flags.get();
        let mask = match kind {
            MapKind::Read | MapKind::Copy => memory_mask::READ,
            MapKind::Write => memory_mask::WRITE,
            MapKind::Execute => memory_mask::EXECUTE,
        };
        if !flags.reads() || (kind == MapKind::Write && !flags.writes()) {
            return Err(FileError::AccessDenied);
        }
        if kind == MapKind::Write {
            file.place.check_writable()?;
        }
        let handle = file
            .place
            .file_system()
            .with_contents(&file.place.node, request, |contents| contents.handle())
            .await?;
        let memory = Give::Send(SentHandle {
            mask,
            ..handle.into()
        });
        Ok(MapReply {
            memory,
            size: attributes.size,
        })
    }

    async fn open(
        &self,
        request: &Request,
        path: Path<'_>,
        flags: OpenFlags,
        mode: u32,
        mask: u32,
    ) -> Result<Decided<OpenReply>, FileError> {
        caller!(self, request, judge, caller);
        let file = self.file(request)?;
        let path = path.open(judge.names());
        let answer = self
            .vfs
            .open(&caller, request, &file, &path, Flags(flags.bits()), mode & !mask)
            .await?;
        let reply = match answer {
            opening::Answer::Opened(opened) => OpenReply {
                file: Service::session(&opened).into(),
                kind: u64::from(opened.attributes.kind as u32),
                remaining: 0,
            },
            opening::Answer::Files(left) => OpenReply {
                file: Give::Nothing,
                kind: KIND_FILES,
                remaining: left as u64,
            },
            opening::Answer::Link(link, left) => OpenReply {
                file: Service::session(&link).into(),
                kind: KIND_LINK,
                remaining: left as u64,
            },
        };
        Ok(judge.names().decided(reply)?)
    }

    async fn attributes_at(
        &self,
        request: &Request,
        path: Path<'_>,
        flags: WireAtFlags,
    ) -> Result<Decided<file::Attributes>, FileError> {
        caller!(self, request, judge, caller);
        let file = self.file(request)?;
        let path = path.open(judge.names());
        let path = path.split(|&byte| byte == 0).next().unwrap_or_default();
        let (found, device) = self.vfs.attributes_at(&caller, &file, path, at(flags)).await?;
        Ok(judge.names().decided(replies::attributes(&found, device))?)
    }

    async fn access(
        &self,
        request: &Request,
        path: Path<'_>,
        mode: u32,
        flags: WireAtFlags,
    ) -> Result<Decided<()>, FileError> {
        caller!(self, request, judge, caller);
        let file = self.file(request)?;
        let path = path.open(judge.names());
        let as_whom = if flags.intersects(WireAtFlags::EFFECTIVE_IDS) {
            *caller.credentials
        } else {
            self.real_caller_of(request)?
        };
        self.vfs
            .access(&caller, &as_whom, &file, &path, mode, at(flags))
            .await?;
        Ok(judge.names().decided(())?)
    }

    async fn entries(&self, request: &Request) -> Result<EntriesReply, FileError> {
        caller!(self, request, judge, caller);
        let file = self.file(request)?;
        let count = self.vfs.entries(&caller, &file, request, request.room()).await?;
        Ok(EntriesReply {
            entries: Output::Copied,
            count,
        })
    }

    async fn make_directory(
        &self,
        request: &Request,
        path: Path<'_>,
        mode: u32,
        mask: u32,
    ) -> Result<Decided<()>, FileError> {
        caller!(self, request, judge, caller);
        let file = self.file(request)?;
        let path = path.open(judge.names());
        self.vfs
            .make_directory(&caller, &file, &path, mode & !mask)
            .await?;
        Ok(judge.names().decided(())?)
    }

    async fn make_node(
        &self,
        request: &Request,
        path: Path<'_>,
        mode: u32,
        mask: u32,
        device: u64,
    ) -> Result<Decided<()>, FileError> {
        caller!(self, request, judge, caller);
        let file = self.file(request)?;
        let path = path.open(judge.names());
        self.vfs
            .make_node(&caller, &file, &path, mode & !(mask & 0o777), device)
            .await?;
        Ok(judge.names().decided(())?)
    }

    async fn unlink(
        &self,
        request: &Request,
        path: Path<'_>,
        flags: WireAtFlags,
    ) -> Result<Decided<()>, FileError> {
        caller!(self, request, judge, caller);
        let file = self.file(request)?;
        let path = path.open(judge.names());
        self.vfs.unlink(&caller, &file, &path, at(flags)).await?;
        Ok(judge.names().decided(())?)
    }

    async fn rename(
        &self,
        request: &Request,
        path: Path<'_>,
        target_directory: &ReceivedHandle,
        target: Path<'_>,
        flags: WireAtFlags,
    ) -> Result<Decided<()>, FileError> {
        caller!(self, request, judge, caller);
        let (file, other) = (self.file(request)?, self.other_file(target_directory)?);
        let (path, target) = (path.open(judge.names()), target.open(judge.names()));
        self.vfs
            .rename(&caller, &file, &path, &other, &target, at(flags))
            .await?;
        Ok(judge.names().decided(())?)
    }

    async fn link(
        &self,
        request: &Request,
        path: Path<'_>,
        target_directory: &ReceivedHandle,
        target: Path<'_>,
        flags: WireAtFlags,
    ) -> Result<Decided<()>, FileError> {
        caller!(self, request, judge, caller);
        let (file, other) = (self.file(request)?, self.other_file(target_directory)?);
        let (path, target) = (path.open(judge.names()), target.open(judge.names()));
        self.vfs
            .link(&caller, &file, &path, &other, &target, at(flags))
            .await?;
        Ok(judge.names().decided(())?)
    }

    async fn symlink(
        &self,
        request: &Request,
        contents: Sent<'_>,
        path: Path<'_>,
    ) -> Result<Decided<()>, FileError> {
        caller!(self, request, judge, caller);
        let file = self.file(request)?;
        let target = contents.to_vec()?;
        let path = path.open(judge.names());
        self.vfs.symlink(&caller, &file, &target, &path).await?;
        Ok(judge.names().decided(())?)
    }

    async fn read_link(
        &self,
        request: &Request,
        path: Path<'_>,
    ) -> Result<Decided<ReadLinkReply>, FileError> {
        caller!(self, request, judge, caller);
        let file = self.file(request)?;
        let path = path.open(judge.names());
        let mut target = self.vfs.read_link(&caller, &file, &path).await?;
        // POSIX: what does not fit is cut, without an error.
        target.truncate(usize::try_from(request.room()).unwrap_or(usize::MAX));
        let count = target.len() as u64;
        Ok(judge.names().decided(ReadLinkReply {
            contents: Output::Bytes(target),
            count,
        })?)
    }

    async fn set_mode(
        &self,
        request: &Request,
        path: Path<'_>,
        mode: u32,
        flags: WireAtFlags,
    ) -> Result<Decided<()>, FileError> {
        caller!(self, request, judge, caller);
        let file = self.file(request)?;
        let path = path.open(judge.names());
        self.vfs.set_mode(&caller, &file, &path, mode, at(flags)).await?;
        Ok(judge.names().decided(())?)
    }

    async fn set_owner(
        &self,
        request: &Request,
        path: Path<'_>,
        user: u32,
        group: u32,
        flags: WireAtFlags,
    ) -> Result<Decided<()>, FileError> {
        caller!(self, request, judge, caller);
        let file = self.file(request)?;
        let path = path.open(judge.names());
        let given = |number: u32| (number != u32::MAX).then_some(number);
        self.vfs
            .set_owner(&caller, &file, &path, (given(user), given(group)), at(flags))
            .await?;
        Ok(judge.names().decided(())?)
    }

    async fn set_times(
        &self,
        request: &Request,
        path: Path<'_>,
        times: Times,
        flags: WireAtFlags,
    ) -> Result<Decided<()>, FileError> {
        caller!(self, request, judge, caller);
        let file = self.file(request)?;
        let path = path.open(judge.names());
        let access = SetTime::from_timespec(times.access_seconds, times.access_nanoseconds)?;
        let modify = SetTime::from_timespec(times.modify_seconds, times.modify_nanoseconds)?;
        self.vfs
            .set_times(&caller, &file, &path, (access, modify), at(flags))
            .await?;
        Ok(judge.names().decided(())?)
    }

    async fn file_system(
        &self,
        request: &Request,
        path: Path<'_>,
        flags: WireAtFlags,
    ) -> Result<Decided<FileSystemInfo>, FileError> {
        caller!(self, request, judge, caller);
        let file = self.file(request)?;
        let path = path.open(judge.names());
        let (found, name_length, read_only) = self.vfs.figures(&caller, &file, &path, at(flags)).await?;
        Ok(judge
            .names()
            .decided(replies::figures(&found, name_length, read_only))?)
    }

    async fn path(&self, request: &Request) -> Result<PathReply, FileError> {
        caller!(self, request, judge, caller);
        let file = self.file(request)?;
        let path = self.vfs.path(&caller, &file).await?;
        if path.len() as u64 > request.room() {
            return Err(FileError::OutOfRange);
        }
        let count = path.len() as u64;
        Ok(PathReply {
            path: Output::Bytes(path),
            count,
        })
    }

    async fn terminal_settings(&self, request: &Request) -> Result<TerminalSettings, FileError> {
        terminals::settings(&*self.file(request)?)
    }

    async fn set_terminal_settings(
        &self,
        request: &Request,
        when: SettingsWhen,
        settings: TerminalSettings,
    ) -> Result<(), FileError> {
        terminals::set_settings(request, &*self.file(request)?, when, &settings).await
    }

    async fn window_size(&self, request: &Request) -> Result<WindowSize, FileError> {
        terminals::window_size(&*self.file(request)?)
    }

    async fn set_window_size(&self, request: &Request, size: WindowSize) -> Result<(), FileError> {
        terminals::set_window_size(&*self.file(request)?, &size)
    }

    async fn terminal_groups(&self, request: &Request) -> Result<TerminalGroupsReply, FileError> {
        terminals::groups(request, &*self.file(request)?)
    }

    async fn set_foreground(&self, request: &Request, group: u64) -> Result<(), FileError> {
        terminals::set_foreground(request, &*self.file(request)?, group)
    }

    async fn control(&self, request: &Request, acquire: bool, steal: bool) -> Result<(), FileError> {
        terminals::control(request, &*self.file(request)?, acquire, steal)
    }

    async fn flush(&self, request: &Request, queue: file::Queue) -> Result<(), FileError> {
        terminals::flush(request, &*self.file(request)?, queue)
    }

    async fn drain(&self, request: &Request) -> Result<(), FileError> {
        terminals::drain(request, &*self.file(request)?).await
    }

    async fn flow(&self, request: &Request, action: u32) -> Result<(), FileError> {
        terminals::flow(request, &*self.file(request)?, action)
    }

    async fn pseudo_terminal(&self, request: &Request, lock: u32) -> Result<u64, FileError> {
        terminals::pseudo_terminal(&*self.file(request)?, lock)
    }

    async fn program(&self, request: &Request) -> Result<ProgramReply, FileError> {
        let file = self.file(request)?;
        let attributes = file.place.attributes();
        if attributes.kind != Kind::Regular {
            return Err(FileError::AccessDenied);
        }
        let handle = file
            .place
            .file_system()
            .with_contents(&file.place.node, request, |contents| contents.handle())
            .await?;
        let memory = Give::Send(SentHandle {
            mask: memory_mask::EXECUTE,
            ..handle.into()
        });
        Ok(ProgramReply {
            memory,
            size: attributes.size,
            label: attributes.label.0,
            mode: attributes.mode,
            user: attributes.user,
            group: attributes.group,
        })
    }

    async fn reopen(&self, request: &Request, flags: OpenFlags) -> Result<ReopenReply, FileError> {
        caller!(self, request, judge, caller);
        let file = self.file(request)?;
        let opened = self
            .vfs
            .reopen(&caller, request, &file, Flags(flags.bits()))
            .await?;
        let kind = u64::from(opened.attributes.kind as u32);
        Ok(ReopenReply {
            file: Service::session(&opened).into(),
            kind,
        })
    }

    async fn relabel(&self, request: &Request, label: u32) -> Result<(), FileError> {
        let file = self.file(request)?;
        file.place.check_writable()?;
        let change = crate::attributes::Change {
            label: Some(trivet_abi::Label(label)),
            ..Default::default()
        };
        Ok(file
            .place
            .file_system()
            .change(&file.place.node, &change, self.vfs.now())
            .await?)
    }
}
