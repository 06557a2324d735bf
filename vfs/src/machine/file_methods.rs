//! The methods of `File`: each takes its request apart, lets the logic work, and makes the reply.

use super::backend::Machine;
use super::judge::RequestJudge;
use super::service::Service;
use super::wire::{at, lock_kind, memory_mask, ownership, section};
use super::{replies, terminals};
use crate::anonymous::queue::Queue;
use crate::attributes::{Kind, SET_GROUP_ID, SET_USER_ID};
use crate::extended::How;
use crate::file_system::FileSystem;
use crate::locks::Owner;
use crate::mounts::MountFlags;
use crate::open_file::{OpenFile, OpenFlags as Flags};
use crate::service::attributes::SetTime;
use crate::service::bytes::Whence;
use crate::service::open as opening;
use crate::stream::Stream;
use crate::walk::Caller;
use alloc::borrow::Cow;
use alloc::vec::Vec;
use trivet_abi::message::SentHandle;
use trivet_ipc::file::{
    self, FileError, FileSystemInfo, LockKind as WireLockKind, LockOwner, LockRange, MapKind,
    QueueAttributes, SettingsWhen, TerminalSettings, Times, WindowSize,
};
use trivet_ipc::shared::{AtFlags as WireAtFlags, OpenFlags};
use trivet_server::bytes::Sent;
use trivet_server::services::file::{
    EntriesReply, ExtendedAttributeReply, ExtendedAttributesReply, FileService, MapReply, OpenReply,
    PathReply, ProgramReply, ReadAtReply, ReadLinkReply, ReadReply, ReceiveMessageReply, ReopenReply,
    TerminalGroupsReply, TestLockReply,
};
use trivet_server::{Decided, Give, Name, Output, ReceivedHandle, Request};

/// Kinds of an open's answer that are no types of files: see `File.open`.
const KIND_FILES: u64 = 1;
const KIND_LINK: u64 = 2;

/// A path as it came: the name of a request, or one copied together.
type Path<'a> = Name<Cow<'a, [u8]>>;

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

/// Runs `$work` on the path of a request, with who asks and the open file that it goes to, and makes the decided reply.
macro_rules! on_path {
    ($self:ident, $request:ident, $path:ident, |$caller:ident, $file:ident| $work:block) => {{
        caller!($self, $request, judge, $caller);
        let $file = $self.directory($request, $caller.credentials)?;
        let $path = $path.open(judge.names());
        let reply = $work;
        Ok(judge.names().decided(reply)?)
    }};
}

/// Bytes for a caller who asks for the length alone by giving no room.
fn fitting(request: &Request, bytes: Vec<u8>) -> Result<(Output, u64), FileError> {
    let count = bytes.len() as u64;
    match request.room() {
        0 => Ok((Output::Empty, count)),
        room if room < count => Err(FileError::OutOfRange),
        _ => Ok((Output::Bytes(bytes), count)),
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
        if file.place.file_system().is_elsewhere() {
            file.place.file_system().refresh(&file.place.node).await?;
        }
        Ok(replies::attributes(
            &file.place.attributes(),
            file.place.mount.device,
        ))
    }

    async fn set_size(&self, request: &Request, size: i64) -> Result<(), FileError> {
        let file = self.file(request)?;
        Ok(self.vfs.set_size(&file, request, size).await?)
    }

    async fn allocate(
        &self,
        request: &Request,
        mode: u64,
        offset: i64,
        length: i64,
    ) -> Result<(), FileError> {
        let file = self.file(request)?;
        Ok(self.vfs.allocate(&file, request, mode, offset, length).await?)
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
            // Nobody would write back what is changed in memory.
            if file.place.file_system().is_elsewhere() {
                return Err(FileError::NotSupportedByDevice);
            }
        }
        if kind == MapKind::Execute && file.place.mount.flags.get().has(MountFlags::NO_EXECUTE) {
            return Err(FileError::NotPermitted);
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
            size: file.place.attributes().size,
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
        on_path!(self, request, path, |caller, file| {
            let answer = self
                .vfs
                .open(&caller, request, &file, &path, Flags(flags.bits()), mode & !mask)
                .await?;
            match answer {
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
            }
        })
    }

    async fn attributes_at(
        &self,
        request: &Request,
        path: Path<'_>,
        flags: WireAtFlags,
    ) -> Result<Decided<file::Attributes>, FileError> {
        caller!(self, request, judge, caller);
        let file = self.directory(request, caller.credentials)?;
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
        on_path!(self, request, path, |caller, file| {
            let as_whom = if flags.intersects(WireAtFlags::EFFECTIVE_IDS) {
                caller.credentials.clone()
            } else {
                self.real_caller_of(request)?
            };
            self.vfs
                .access(&caller, &as_whom, &file, &path, mode, at(flags))
                .await?
        })
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
        on_path!(self, request, path, |caller, file| {
            self.vfs
                .make_directory(&caller, &file, &path, mode & !mask)
                .await?
        })
    }

    async fn make_node(
        &self,
        request: &Request,
        path: Path<'_>,
        mode: u32,
        mask: u32,
        device: u64,
    ) -> Result<Decided<()>, FileError> {
        on_path!(self, request, path, |caller, file| {
            self.vfs
                .make_node(&caller, &file, &path, mode & !(mask & 0o777), device)
                .await?
        })
    }

    async fn unlink(
        &self,
        request: &Request,
        path: Path<'_>,
        flags: WireAtFlags,
    ) -> Result<Decided<()>, FileError> {
        on_path!(self, request, path, |caller, file| {
            self.vfs.unlink(&caller, &file, &path, at(flags)).await?
        })
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
        let file = self.directory(request, caller.credentials)?;
        let other = self.other_directory(target_directory, caller.credentials)?;
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
        let file = self.directory(request, caller.credentials)?;
        let other = self.other_directory(target_directory, caller.credentials)?;
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
        let file = self.directory(request, caller.credentials)?;
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
        let file = self.directory(request, caller.credentials)?;
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
        on_path!(self, request, path, |caller, file| {
            self.vfs.set_mode(&caller, &file, &path, mode, at(flags)).await?
        })
    }

    async fn set_owner(
        &self,
        request: &Request,
        path: Path<'_>,
        user: u32,
        group: u32,
        flags: WireAtFlags,
    ) -> Result<Decided<()>, FileError> {
        on_path!(self, request, path, |caller, file| {
            let given = |number: u32| (number != u32::MAX).then_some(number);
            self.vfs
                .set_owner(&caller, &file, &path, (given(user), given(group)), at(flags))
                .await?
        })
    }

    async fn set_times(
        &self,
        request: &Request,
        path: Path<'_>,
        times: Times,
        flags: WireAtFlags,
    ) -> Result<Decided<()>, FileError> {
        on_path!(self, request, path, |caller, file| {
            let access = SetTime::from_timespec(times.access_seconds, times.access_nanoseconds)?;
            let modify = SetTime::from_timespec(times.modify_seconds, times.modify_nanoseconds)?;
            self.vfs
                .set_times(&caller, &file, &path, (access, modify), at(flags))
                .await?
        })
    }

    async fn file_system(
        &self,
        request: &Request,
        path: Path<'_>,
        flags: WireAtFlags,
    ) -> Result<Decided<FileSystemInfo>, FileError> {
        caller!(self, request, judge, caller);
        let file = self.directory(request, caller.credentials)?;
        let path = path.open(judge.names());
        let (found, name_length, read_only) = self.vfs.figures(&caller, &file, &path, at(flags)).await?;
        Ok(judge
            .names()
            .decided(replies::figures(&found, name_length, read_only))?)
    }

    async fn path(&self, request: &Request) -> Result<PathReply, FileError> {
        caller!(self, request, judge, caller);
        let file = self.directory(request, caller.credentials)?;
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

    async fn mount(
        &self,
        request: &Request,
        path: Path<'_>,
        kind: Sent<'_>,
        options: Sent<'_>,
        flags: u64,
    ) -> Result<Decided<()>, FileError> {
        let (kind, options) = (kind.to_vec()?, options.to_vec()?);
        self.hear_of_closed(request);
        on_path!(self, request, path, |caller, file| {
            self.vfs
                .mount(&caller, &file, &path, &kind, &options, flags)
                .await?
        })
    }

    async fn unmount(&self, request: &Request, path: Path<'_>, flags: u64) -> Result<Decided<()>, FileError> {
        self.hear_of_closed(request);
        on_path!(self, request, path, |caller, file| {
            self.vfs.unmount(&caller, &file, &path, flags).await?
        })
    }

    async fn bind(
        &self,
        request: &Request,
        path: Path<'_>,
        source: &ReceivedHandle,
        flags: u64,
    ) -> Result<Decided<()>, FileError> {
        let source = self.other_file(source)?;
        on_path!(self, request, path, |caller, file| {
            self.vfs.bind(&caller, &file, &path, &source, flags).await?
        })
    }

    async fn copy_range(
        &self,
        request: &Request,
        source: &ReceivedHandle,
        source_offset: i64,
        offset: i64,
        length: u64,
    ) -> Result<u64, FileError> {
        caller!(self, request, judge, caller);
        let (file, source) = (self.file(request)?, self.other_file(source)?);
        let from = (&*source, source_offset);
        Ok(self
            .vfs
            .copy_range(&caller, request, from, (&*file, offset), length)
            .await?)
    }

    async fn program(&self, request: &Request) -> Result<ProgramReply, FileError> {
        let file = self.file(request)?;
        let attributes = file.place.attributes();
        let mount = file.place.mount.flags.get();
        if attributes.kind != Kind::Regular || mount.has(MountFlags::NO_EXECUTE) {
            return Err(FileError::AccessDenied);
        }
        self.vfs.check_not_written(&file.place)?;
        let set_id = if mount.has(MountFlags::NO_SET_ID) {
            SET_USER_ID | SET_GROUP_ID
        } else {
            0
        };
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
            size: file.place.attributes().size,
            label: attributes.label.0,
            mode: attributes.mode & !set_id,
            user: attributes.user,
            group: attributes.group,
        })
    }

    async fn extended_attribute(
        &self,
        request: &Request,
        attribute: Sent<'_>,
    ) -> Result<ExtendedAttributeReply, FileError> {
        caller!(self, request, judge, caller);
        let name = attribute.to_vec()?;
        let value = self
            .vfs
            .extended_attribute(&caller, &*self.file(request)?, &name)?;
        let (value, count) = fitting(request, value)?;
        Ok(ExtendedAttributeReply { value, count })
    }

    async fn set_extended_attribute(
        &self,
        request: &Request,
        attribute: Sent<'_>,
        value: Sent<'_>,
        how: u32,
    ) -> Result<(), FileError> {
        caller!(self, request, judge, caller);
        let (name, value) = (attribute.to_vec()?, value.to_vec()?);
        let how = How::from_flags(how)?;
        Ok(self
            .vfs
            .set_extended_attribute(&caller, &*self.file(request)?, &name, &value, how)?)
    }

    async fn extended_attributes(&self, request: &Request) -> Result<ExtendedAttributesReply, FileError> {
        let file = self.file(request)?;
        let names = file.place.file_system().extended_attributes(&file.place.node)?;
        let (names, count) = fitting(request, names)?;
        Ok(ExtendedAttributesReply { names, count })
    }

    async fn remove_extended_attribute(
        &self,
        request: &Request,
        attribute: Sent<'_>,
    ) -> Result<(), FileError> {
        caller!(self, request, judge, caller);
        let name = attribute.to_vec()?;
        Ok(self
            .vfs
            .remove_extended_attribute(&caller, &*self.file(request)?, &name)?)
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

    async fn send_message(
        &self,
        request: &Request,
        priority: u32,
        deadline_ns: u64,
        data: Sent<'_>,
    ) -> Result<(), FileError> {
        let file = self.file(request)?;
        let queue = queue_of(&file)?;
        if !file.flags.get().writes() {
            return Err(FileError::BadDescriptor);
        }
        Ok(queue
            .send(request, data.length(), priority, file.waits(), deadline_ns)
            .await?)
    }

    async fn receive_message(
        &self,
        request: &Request,
        deadline_ns: u64,
    ) -> Result<ReceiveMessageReply, FileError> {
        let file = self.file(request)?;
        let queue = queue_of(&file)?;
        if !file.flags.get().reads() {
            return Err(FileError::BadDescriptor);
        }
        let (count, priority) = queue
            .receive(request, request.room(), file.waits(), deadline_ns)
            .await?;
        Ok(ReceiveMessageReply {
            data: Output::Copied,
            count,
            priority: priority.into(),
        })
    }

    async fn queue_attributes(&self, request: &Request) -> Result<QueueAttributes, FileError> {
        let file = self.file(request)?;
        let queue = queue_of(&file)?;
        Ok(QueueAttributes {
            flags: (file.flags.get().0 & Flags::NON_BLOCK) as i64,
            maximum_messages: queue.capacity.messages as i64,
            message_size: queue.capacity.size as i64,
            current_messages: queue.count() as i64,
            reserved: [queue.notified() as i64, 0, 0, 0],
        })
    }

    async fn await_message(&self, request: &Request, stop: bool) -> Result<(), FileError> {
        let file = self.file(request)?;
        let queue = queue_of(&file)?;
        Ok(queue
            .await_message(request, request.stamp().process, stop)
            .await?)
    }
}

/// The message queue behind an open file.
fn queue_of(file: &OpenFile<Machine>) -> Result<&Queue<Machine>, FileError> {
    match &file.stream {
        Some(Stream::Queue(queue)) => Ok(queue),
        _ => Err(FileError::BadDescriptor),
    }
}
