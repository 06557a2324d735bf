//! `FileServer`: what has no name, pipes and files in memory.

use super::service::Service;
use crate::attributes::{Kind, NewInode};
use crate::error::Error;
use crate::open_file::{OpenFile, OpenFlags as Flags};
use crate::stream::Stream;
use trivet_ipc::file_server::FileServerError;
use trivet_ipc::shared::OpenFlags;
use trivet_server::bytes::Sent;
use trivet_server::services::file_server::{FileServerService, PipeReply};
use trivet_server::{Give, ReceivedHandle, Request};

impl FileServerService for Service {
    async fn pipe(&self, request: &Request, flags: OpenFlags) -> Result<PipeReply, FileServerError> {
        let credentials = self.caller_of(request).map_err(|_| FileServerError::NoMemory)?;
        let (reading, writing) = self
            .vfs
            .pipe(&credentials, self.labels.pipes, Flags(flags.bits()))
            .await
            .map_err(nameless_error)?;
        // A reply mints one session; the other is made before, so that either both ends exist or none.
        let Ok(write_end) = request.runtime().kernel().mint(&Service::session(&writing)) else {
            self.vfs.open_files.remove(reading.badge);
            self.vfs.open_files.remove(writing.badge);
            return Err(FileServerError::NoMemory);
        };
        Ok(PipeReply {
            read_end: Service::session(&reading).into(),
            write_end: Give::moving(write_end),
        })
    }

    async fn memory_file(
        &self,
        request: &Request,
        _name: Sent<'_>,
        _flags: u64,
    ) -> Result<Give, FileServerError> {
        self.make_nameless(request).await.map_err(nameless_error)
    }

    async fn sync_all(&self, _: &Request) -> Result<(), FileServerError> {
        Ok(())
    }

    async fn pipe_capacity(
        &self,
        request: &Request,
        pipe: &ReceivedHandle,
        size: u64,
    ) -> Result<u64, FileServerError> {
        let file = self
            .other_file(pipe)
            .map_err(|_| FileServerError::BadDescriptor)?;
        let Some(Stream::Pipe(pipe)) = &file.stream else {
            return Err(FileServerError::BadDescriptor);
        };
        if size == 0 {
            return Ok(pipe.capacity());
        }
        pipe.set_capacity(request, size).map_err(|error| match error {
            Error::Busy => FileServerError::Busy,
            Error::NotPermitted => FileServerError::NotPermitted,
            Error::NoMemory | Error::InputOutput => FileServerError::NoMemory,
            _ => FileServerError::InvalidArgument,
        })
    }
}

fn nameless_error(error: Error) -> FileServerError {
    match error {
        Error::NoSpace | Error::NoMemory => FileServerError::NoMemory,
        _ => FileServerError::InvalidArgument,
    }
}

impl Service {
    async fn make_nameless(&self, request: &Request) -> Result<Give, Error> {
        let credentials = self.caller_of(request).map_err(|_| Error::InputOutput)?;
        let new = NewInode {
            kind: Kind::Regular,
            mode: 0o777,
            user: credentials.user,
            group: credentials.group,
            special_device: 0,
            label: request.label_for_new(self.labels.files, b"").unwrap_or_default(),
            now: self.vfs.now(),
        };
        let place = self.vfs.nameless.file(&self.vfs, &new).await?;
        let root = self.vfs.mounts.root();
        let opened = self
            .vfs
            .add(OpenFile::new(place, root, Flags(Flags::READ_WRITE)))?;
        Ok(Service::session(&opened).into())
    }
}
