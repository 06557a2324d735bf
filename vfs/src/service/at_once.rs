//! What needs no wait: the operations that programs ask for most, on what is at hand. Each answers None where it is not as plain as that; then
//! nothing has been changed, and the operation of the same name without `_at_once` does the whole of it.

use super::AtFlags;
use super::open::{Opened, judge_uses};
use crate::anonymous::observer::events;
use crate::attributes::Kind;
use crate::backend::Backend;
use crate::error::Error;
use crate::judge::{FileMethod, Judge};
use crate::mounts::Location;
use crate::open_file::{OpenFile, OpenFlags};
use crate::pipe::{ReadNow, WriteNow};
use crate::server::Vfs;
use crate::stream::Stream;
use crate::walk::Caller;

/// Flags of an open that change nothing of how an existing file or directory is found and opened.
const PLAIN: u64 = 0x3
    | OpenFlags::APPEND
    | OpenFlags::NON_BLOCK
    | OpenFlags::LARGE_FILE
    | OpenFlags::DIRECTORY
    | OpenFlags::CLOSE_ON_EXEC
    | OpenFlags::NO_FOLLOW
    | OpenFlags::NO_CONTROLLING_TERMINAL;

impl<B: Backend> Vfs<B> {
    /// As [`Vfs::attributes_at`]: the inode whose attributes may be shown. A zero byte ends the path.
    #[inline]
    pub fn attributes_at_once<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        path: &[u8],
        flags: AtFlags,
    ) -> Option<Result<Location<B>, Error>> {
        // A plain path names no link, so that it does not matter whether one would be followed.
        if flags.0 & !AtFlags::SYMLINK_NO_FOLLOW != 0 {
            return None;
        }
        let walked = self
            .mounts
            .walk_straight(caller, &file.place, &file.root, path, true)?;
        Some(walked.and_then(|place| {
            if caller
                .judge
                .allows(place.permissions().label, FileMethod::AttributesAt)
            {
                Ok(place)
            } else {
                Err(Error::AccessDenied)
            }
        }))
    }

    /// As [`Vfs::open`], for a regular file or a directory that is there.
    #[inline]
    pub fn open_at_once<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        path: &[u8],
        flags: OpenFlags,
    ) -> Option<Result<Opened, Error>> {
        if flags.0 & !PLAIN != 0 {
            return None;
        }
        let place = match self
            .mounts
            .walk_straight(caller, &file.place, &file.root, path, false)?
        {
            Ok(place) => place,
            Err(error) => return Some(Err(error)),
        };
        let attributes = place.attributes();
        if !matches!(attributes.kind, Kind::Regular | Kind::Directory) {
            return None;
        }
        let checked = self
            .check_open(caller, &place, &attributes, flags)
            .and_then(|()| judge_uses(caller, &attributes, flags));
        if let Err(error) = checked {
            return Some(Err(error));
        }
        let open = OpenFile::new(place, file.root.clone(), flags);
        Some(self.add_opened(open, attributes))
    }

    /// As [`Vfs::read`] of a pipe.
    #[inline]
    pub fn read_pipe_at_once(
        &self,
        file: &OpenFile<B>,
        request: &B::Request,
        count: u64,
    ) -> Option<Result<ReadNow, Error>> {
        match &file.stream {
            Some(Stream::Pipe(pipe)) if file.flags.get().reads() => {
                pipe.read_at_once(request, count, file.waits())
            }
            _ => None,
        }
    }

    /// Has a reader that was parked wait as any other, before what it waits by changes.
    pub fn resume_reader(&self, file: &OpenFile<B>) {
        if let Some(Stream::Pipe(pipe)) = &file.stream {
            pipe.resume_parked();
        }
    }

    /// As [`Vfs::write`] to a pipe.
    #[inline]
    pub fn write_pipe_at_once(
        &self,
        file: &OpenFile<B>,
        request: &B::Request,
        count: u64,
    ) -> Option<Result<WriteNow<B>, Error>> {
        match &file.stream {
            Some(Stream::Pipe(pipe)) if file.flags.get().writes() => pipe.write_at_once(request, count),
            _ => None,
        }
    }

    /// As [`Vfs::read`] without `offset`, as [`Vfs::read_at`] with it.
    #[inline(always)]
    pub fn read_at_once(
        &self,
        file: &OpenFile<B>,
        request: &B::Request,
        offset: Option<i64>,
        count: u64,
    ) -> Option<Result<u64, Error>> {
        if file.stream.is_some() || !file.flags.get().reads() {
            return None;
        }
        let start = match offset {
            Some(offset) => u64::try_from(offset).ok()?,
            None => file.offset.get(),
        };
        let done = file
            .place
            .file_system()
            .read_at_once(&file.place.node, request, start, count)?;
        if let (Ok(done), None) = (&done, offset) {
            file.offset.set(start + done);
        }
        if matches!(done, Ok(1..)) {
            self.anonymous.observing.tell(&file.place, events::ACCESS);
        }
        Some(done)
    }

    /// As [`Vfs::write`] without `offset`, as [`Vfs::write_at`] with it.
    #[inline(always)]
    pub fn write_at_once(
        &self,
        file: &OpenFile<B>,
        request: &B::Request,
        offset: Option<i64>,
        count: u64,
    ) -> Option<Result<u64, Error>> {
        let flags = file.flags.get();
        if file.stream.is_some() || !flags.writes() {
            return None;
        }
        // Who has a limit of file sizes goes the long way.
        if self.backend.file_size_limit(request) != u64::MAX {
            return None;
        }
        let start = match offset {
            Some(offset) => u64::try_from(offset).ok()?,
            None if flags.has(OpenFlags::APPEND) => file.place.attributes().size,
            None => file.offset.get(),
        };
        let done =
            file.place
                .file_system()
                .write_at_once(&file.place.node, request, start, count, self.now())?;
        if let (Ok(done), None) = (&done, offset) {
            file.offset.set(start + done);
        }
        if matches!(done, Ok(1..)) {
            self.anonymous.observing.tell(&file.place, events::MODIFY);
        }
        Some(done)
    }
}
