//! Reading, writing, seeking, sizes: what is done with an open file.

use crate::anonymous::observer::events;
use crate::attributes::Kind;
use crate::backend::Backend;
use crate::error::Error;
use crate::file_system::FileSystem;
use crate::open_file::{OpenFile, OpenFlags};
use crate::server::Vfs;
use crate::stream::Stream;
use crate::terminal::lock::Held;

/// From where an offset counts: the values of `lseek`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "POSIX defines each")]
pub enum Whence {
    Start,
    Current,
    End,
    Data,
    Hole,
}

/// The largest offset.
const OFFSET_MAX: u64 = i64::MAX as u64;

impl<B: Backend> Vfs<B> {
    /// Reads at the open file's offset, which moves on.
    ///
    /// # Errors
    /// `BadDescriptor` if it is not open for reading, `IsDirectory`.
    pub async fn read(&self, file: &OpenFile<B>, request: &B::Request, count: u64) -> Result<u64, Error> {
        if let Some(stream) = &file.stream {
            if !file.flags.get().reads() {
                return Err(Error::BadDescriptor);
            }
            return stream.read(file, request, count).await;
        }
        let turn = self.offset_turn(file, request).await?;
        let offset = file.offset.get();
        let done = self.read_bytes(file, request, offset, count).await?;
        file.offset.set(offset + done);
        drop(turn);
        Ok(done)
    }

    /// Where reads and writes wait, those that move one offset take turns. In memory there is nothing to wait for.
    async fn offset_turn<'a>(
        &self,
        file: &'a OpenFile<B>,
        request: &B::Request,
    ) -> Result<Option<Held<'a>>, Error> {
        if !file.place.file_system().is_elsewhere() {
            return Ok(None);
        }
        file.turn.take(&*self.backend, request, true).await.map(Some)
    }

    /// Reads at `offset`.
    ///
    /// # Errors
    /// As `read`; `InvalidArgument` for a negative offset.
    pub async fn read_at(
        &self,
        file: &OpenFile<B>,
        request: &B::Request,
        offset: i64,
        count: u64,
    ) -> Result<u64, Error> {
        let offset = u64::try_from(offset).map_err(|_| Error::InvalidArgument)?;
        self.read_bytes(file, request, offset, count).await
    }

    /// Writes at the open file's offset, or at the end with APPEND; the offset moves behind.
    ///
    /// # Errors
    /// `BadDescriptor` if it is not open for writing, `NoSpace`, `FileTooBig`.
    pub async fn write(&self, file: &OpenFile<B>, request: &B::Request, count: u64) -> Result<u64, Error> {
        if let Some(stream) = &file.stream {
            if !file.flags.get().writes() {
                return Err(Error::BadDescriptor);
            }
            return stream.write(file, request, count).await;
        }
        let turn = self.offset_turn(file, request).await?;
        let offset = if file.flags.get().has(OpenFlags::APPEND) {
            if turn.is_some() {
                file.place.file_system().refresh(&file.place.node).await?;
            }
            file.place.attributes().size
        } else {
            file.offset.get()
        };
        let done = self.write_bytes(file, request, offset, count).await?;
        file.offset.set(offset + done);
        drop(turn);
        Ok(done)
    }

    /// Writes at `offset` (POSIX: also with APPEND).
    ///
    /// # Errors
    /// As `write`; `InvalidArgument` for a negative offset.
    pub async fn write_at(
        &self,
        file: &OpenFile<B>,
        request: &B::Request,
        offset: i64,
        count: u64,
    ) -> Result<u64, Error> {
        let offset = u64::try_from(offset).map_err(|_| Error::InvalidArgument)?;
        self.write_bytes(file, request, offset, count).await
    }

    /// Bytes that `read` gave did not reach the caller: they are the next to be read again.
    pub fn take_back(&self, file: &OpenFile<B>, bytes: &[u8]) {
        match &file.stream {
            Some(Stream::Pipe(pipe)) => pipe.take_back(bytes),
            Some(Stream::Counter(counter)) => counter.take_back(bytes),
            // Devices make their bytes anew.
            Some(_) => {}
            None if file.place.attributes().kind == Kind::Regular => {
                file.offset
                    .set(file.offset.get().saturating_sub(bytes.len() as u64));
            }
            None => {}
        }
    }

    async fn read_bytes(
        &self,
        file: &OpenFile<B>,
        request: &B::Request,
        offset: u64,
        count: u64,
    ) -> Result<u64, Error> {
        if !file.flags.get().reads() {
            return Err(Error::BadDescriptor);
        }
        if let Some(stream) = &file.stream {
            check_seekable(stream)?;
            return stream.read(file, request, count).await;
        }
        let done = file
            .place
            .file_system()
            .read(&file.place.node, request, 0, offset, count)
            .await?;
        if done > 0 {
            self.anonymous.observing.tell(&file.place, events::ACCESS);
        }
        Ok(done)
    }

    async fn write_bytes(
        &self,
        file: &OpenFile<B>,
        request: &B::Request,
        offset: u64,
        count: u64,
    ) -> Result<u64, Error> {
        if !file.flags.get().writes() {
            return Err(Error::BadDescriptor);
        }
        if let Some(stream) = &file.stream {
            check_seekable(stream)?;
            return stream.write(file, request, count).await;
        }
        let count = self.within_limit(file, request, offset, count)?;
        let done = file
            .place
            .file_system()
            .write(&file.place.node, request, 0, offset, count, self.now())
            .await?;
        if done > 0 {
            self.anonymous.observing.tell(&file.place, events::MODIFY);
        }
        Ok(done)
    }

    /// How much of a write the caller's limit of file sizes lets through (RLIMIT_FSIZE).
    ///
    /// # Errors
    /// `FileTooBig` where it lets through nothing.
    pub(super) fn within_limit(
        &self,
        file: &OpenFile<B>,
        request: &B::Request,
        offset: u64,
        count: u64,
    ) -> Result<u64, Error> {
        let limit = self.backend.file_size_limit(request);
        if count == 0 || limit == u64::MAX || file.place.attributes().kind != Kind::Regular {
            return Ok(count);
        }
        match limit.saturating_sub(offset) {
            0 => Err(Error::FileTooBig),
            room => Ok(count.min(room)),
        }
    }

    /// Refuses to make a file longer than the caller's limit of file sizes.
    fn check_limit(&self, file: &OpenFile<B>, request: &B::Request, size: u64) -> Result<(), Error> {
        if size > file.place.attributes().size && size > self.backend.file_size_limit(request) {
            return Err(Error::FileTooBig);
        }
        Ok(())
    }

    /// Moves the offset. A directory takes only offsets that it gave, from the start.
    ///
    /// # Errors
    /// `InvalidArgument` for an offset below 0, `Overflow` for one too large, `NoDeviceOrAddress` from Data and Hole beyond the end.
    pub async fn seek(&self, file: &OpenFile<B>, offset: i64, whence: Whence) -> Result<u64, Error> {
        if file.flags.get().has(OpenFlags::PATH) {
            return Err(Error::BadDescriptor);
        }
        if let Some(stream) = &file.stream {
            check_seekable(stream)?;
            // Devices of this server have no places.
            return Ok(0);
        }
        if whence == Whence::End && file.place.file_system().is_elsewhere() {
            file.place.file_system().refresh(&file.place.node).await?;
        }
        let attributes = file.place.attributes();
        let base = match whence {
            Whence::Start => 0,
            Whence::Current => file.offset.get(),
            Whence::End => attributes.size,
            Whence::Data | Whence::Hole => {
                let from = u64::try_from(offset).map_err(|_| Error::NoDeviceOrAddress)?;
                let hole = whence == Whence::Hole;
                let found = file
                    .place
                    .file_system()
                    .seek_data(&file.place.node, from, hole)
                    .await?;
                file.offset.set(found);
                return Ok(found);
            }
        };
        let wanted = i128::from(base) + i128::from(offset);
        if wanted < 0 {
            return Err(Error::InvalidArgument);
        }
        let wanted = u64::try_from(wanted)
            .ok()
            .filter(|&wanted| wanted <= OFFSET_MAX)
            .ok_or(Error::Overflow)?;
        file.offset.set(wanted);
        Ok(wanted)
    }

    /// Changes the size of an open file.
    ///
    /// # Errors
    /// `InvalidArgument` if it is not open for writing or the size is negative, `FileTooBig`.
    pub async fn set_size(&self, file: &OpenFile<B>, request: &B::Request, size: i64) -> Result<(), Error> {
        if !file.flags.get().writes() || file.place.attributes().kind != Kind::Regular {
            return Err(Error::InvalidArgument);
        }
        let size = u64::try_from(size).map_err(|_| Error::InvalidArgument)?;
        self.check_limit(file, request, size)?;
        file.place
            .file_system()
            .set_size(&file.place.node, size, self.now())
            .await?;
        self.anonymous.observing.tell(&file.place, events::MODIFY);
        Ok(())
    }

    /// Grows a file over a range (mode 0), or frees the range inside it (PUNCH_HOLE with KEEP_SIZE, 3).
    ///
    /// # Errors
    /// `BadDescriptor`, `NoDevice` for what is no regular file, `NotSupported` for other modes.
    pub async fn allocate(
        &self,
        file: &OpenFile<B>,
        request: &B::Request,
        mode: u64,
        offset: i64,
        length: i64,
    ) -> Result<(), Error> {
        if !file.flags.get().writes() {
            return Err(Error::BadDescriptor);
        }
        let attributes = file.place.attributes();
        if attributes.kind == Kind::Fifo {
            return Err(Error::IllegalSeek);
        }
        if attributes.kind != Kind::Regular {
            return Err(Error::NoDevice);
        }
        let offset = u64::try_from(offset).map_err(|_| Error::InvalidArgument)?;
        let length = u64::try_from(length)
            .ok()
            .filter(|&length| length > 0)
            .ok_or(Error::InvalidArgument)?;
        let end = offset
            .checked_add(length)
            .filter(|&end| end <= OFFSET_MAX)
            .ok_or(Error::FileTooBig)?;
        match mode {
            0 if end > attributes.size => {
                self.check_limit(file, request, end)?;
                file.place
                    .file_system()
                    .set_size(&file.place.node, end, self.now())
                    .await?;
            }
            0 => {}
            3 => {
                file.place
                    .file_system()
                    .punch(&file.place.node, offset, length, self.now())
                    .await?;
            }
            _ => return Err(Error::NotSupported),
        }
        self.anonymous.observing.tell(&file.place, events::MODIFY);
        Ok(())
    }

    /// Changes the flags that F_SETFL may change.
    ///
    /// # Errors
    /// `BadDescriptor` for a path-only descriptor.
    pub fn set_flags(&self, file: &OpenFile<B>, flags: OpenFlags) -> Result<(), Error> {
        let old = file.flags.get();
        if old.has(OpenFlags::PATH) {
            return Err(Error::BadDescriptor);
        }
        file.flags.set(OpenFlags(
            old.0 & !OpenFlags::SETTABLE | flags.0 & OpenFlags::SETTABLE,
        ));
        Ok(())
    }
}

fn check_seekable<B: Backend>(stream: &Stream<B>) -> Result<(), Error> {
    if stream.is_seekable() {
        Ok(())
    } else {
        Err(Error::IllegalSeek)
    }
}
