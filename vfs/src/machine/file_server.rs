//! `FileServer`: what has no name, pipes and files in memory.

use super::backend::Machine;
use super::judge::RequestJudge;
use super::service::Service;
use crate::anonymous::counter::Counter;
use crate::anonymous::timer::ClockKind;
use crate::attributes::{Kind, NewInode};
use crate::backend::Backend;
use crate::error::Error;
use crate::open_file::{OpenFile, OpenFlags as Flags};
use crate::stream::Stream;
use crate::walk::Caller;
use alloc::borrow::Cow;
use alloc::rc::Rc;
use trivet_ipc::file::QueueAttributes;
use trivet_ipc::file_server::{CounterFlags, FileServerError, TimerFlags};
use trivet_ipc::shared::OpenFlags;
use trivet_server::bytes::Sent;
use trivet_server::services::file_server::{FileServerService, PipeReply, SetTimerReply, TimerSettingReply};
use trivet_server::{Decided, Give, Name, NewSession, ReceivedHandle, Request};

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

    async fn event_counter(
        &self,
        request: &Request,
        initial: u64,
        flags: CounterFlags,
    ) -> Result<Give, FileServerError> {
        let initial = u32::try_from(initial).map_err(|_| FileServerError::InvalidArgument)?;
        let (backend, anonymous) = (&self.vfs.backend, &self.vfs.anonymous);
        let share = anonymous
            .object(backend.account(request))
            .map_err(nameless_error)?;
        let semaphore = flags.intersects(CounterFlags::SEMAPHORE);
        let counter = Counter::new(backend, initial, semaphore, share);
        self.open_stream(Stream::Counter(counter), flags.bits()).await
    }

    async fn timer(&self, request: &Request, clock: u32, flags: OpenFlags) -> Result<Give, FileServerError> {
        let clock = match clock {
            0 => ClockKind::Real,
            1 | 7 => ClockKind::Monotonic,
            // Alarms wake a machine that sleeps, which this one never does; on Linux they are the superuser's as well.
            8 | 9 => {
                let credentials = self.caller_of(request).map_err(|_| FileServerError::NoMemory)?;
                if !credentials.is_superuser() {
                    return Err(FileServerError::NotPermitted);
                }
                if clock == 8 {
                    ClockKind::Real
                } else {
                    ClockKind::Monotonic
                }
            }
            _ => return Err(FileServerError::InvalidArgument),
        };
        let anonymous = &self.vfs.anonymous;
        let share = anonymous
            .object(self.vfs.backend.account(request))
            .map_err(nameless_error)?;
        let timer = anonymous.timers.make(clock, share);
        self.open_stream(Stream::Timer(timer), flags.bits()).await
    }

    async fn set_timer(
        &self,
        _: &Request,
        timer: &ReceivedHandle,
        flags: TimerFlags,
        first_ns: u64,
        interval_ns: u64,
    ) -> Result<SetTimerReply, FileServerError> {
        let file = self.received(timer)?;
        let Some(Stream::Timer(timer)) = &file.stream else {
            return Err(FileServerError::InvalidArgument);
        };
        let absolute = flags.intersects(TimerFlags::ABSOLUTE);
        let (old_first_ns, old_interval_ns) = timer.set(absolute, first_ns, interval_ns);
        Ok(SetTimerReply {
            old_first_ns,
            old_interval_ns,
        })
    }

    async fn timer_setting(
        &self,
        _: &Request,
        timer: &ReceivedHandle,
    ) -> Result<TimerSettingReply, FileServerError> {
        let file = self.received(timer)?;
        let Some(Stream::Timer(timer)) = &file.stream else {
            return Err(FileServerError::InvalidArgument);
        };
        let (first_ns, interval_ns) = timer.setting();
        Ok(TimerSettingReply {
            first_ns,
            interval_ns,
        })
    }

    async fn observer(&self, request: &Request, flags: OpenFlags) -> Result<Give, FileServerError> {
        let (backend, anonymous) = (&self.vfs.backend, &self.vfs.anonymous);
        let account = backend.account(request);
        let share = anonymous.observer(account).map_err(nameless_error)?;
        let observer = anonymous.observing.observer(backend, account, share);
        self.open_stream(Stream::Observer(observer), flags.bits()).await
    }

    async fn observe(
        &self,
        request: &Request,
        observer: &ReceivedHandle,
        target: &ReceivedHandle,
        events: u32,
    ) -> Result<u64, FileServerError> {
        let (file, target) = (self.received(observer)?, self.received(target)?);
        let Some(Stream::Observer(observer)) = &file.stream else {
            return Err(FileServerError::InvalidArgument);
        };
        let credentials = self
            .caller_of(request)
            .map_err(|_| FileServerError::AccessDenied)?;
        let judge = RequestJudge::new(request);
        let caller = Caller {
            credentials: &credentials,
            judge: &judge,
        };
        let watch = self.vfs.observe(&caller, observer, &target.place, events);
        watch.map(|number| number as u64).map_err(|error| match error {
            Error::AccessDenied => FileServerError::AccessDenied,
            Error::Exists => FileServerError::AlreadyExists,
            Error::NoSpace => FileServerError::NoSpace,
            other => nameless_error(other),
        })
    }

    async fn stop_observing(
        &self,
        _: &Request,
        observer: &ReceivedHandle,
        watch: u64,
    ) -> Result<(), FileServerError> {
        let file = self.received(observer)?;
        let Some(Stream::Observer(observer)) = &file.stream else {
            return Err(FileServerError::InvalidArgument);
        };
        let number = i32::try_from(watch).map_err(|_| FileServerError::InvalidArgument)?;
        observer.stop(number).map_err(nameless_error)
    }

    async fn open_queue(
        &self,
        request: &Request,
        path: Name<Cow<'_, [u8]>>,
        attributes: QueueAttributes,
        flags: OpenFlags,
        mode: u32,
        mask: u32,
    ) -> Result<Decided<Give>, FileServerError> {
        let credentials = self.caller_of(request).map_err(|_| FileServerError::NoMemory)?;
        let judge = RequestJudge::new(request);
        let caller = Caller {
            credentials: &credentials,
            judge: &judge,
        };
        let path = path.open(judge.names());
        let account = self.vfs.backend.account(request);
        let asked = (attributes.maximum_messages, attributes.message_size);
        let opened = self
            .vfs
            .open_queue(&caller, account, &path, Flags(flags.bits()), mode & !mask, asked)
            .await
            .map_err(queue_error)?;
        let session = Service::session(&opened);
        // Somebody waits for it, although its inode is a regular file.
        let session = NewSession {
            readiness: opened.readiness,
            quiet: false,
            ..session
        };
        Ok(judge.names().decided(session.into())?)
    }

    async fn unlink_queue(
        &self,
        request: &Request,
        path: Name<Cow<'_, [u8]>>,
    ) -> Result<Decided<()>, FileServerError> {
        let credentials = self.caller_of(request).map_err(|_| FileServerError::NotFound)?;
        let judge = RequestJudge::new(request);
        let caller = Caller {
            credentials: &credentials,
            judge: &judge,
        };
        let path = path.open(judge.names());
        self.vfs.unlink_queue(&caller, &path).await.map_err(queue_error)?;
        Ok(judge.names().decided(())?)
    }
}

fn queue_error(error: Error) -> FileServerError {
    match error {
        Error::NotPermitted => FileServerError::NotPermitted,
        Error::NoEntry => FileServerError::NotFound,
        Error::AccessDenied => FileServerError::AccessDenied,
        Error::Exists => FileServerError::AlreadyExists,
        Error::NoSpace | Error::Quota => FileServerError::NoSpace,
        Error::NameTooLong => FileServerError::NameTooLong,
        Error::NotImplemented => FileServerError::NotImplemented,
        other => nameless_error(other),
    }
}

fn nameless_error(error: Error) -> FileServerError {
    match error {
        Error::NoSpace | Error::NoMemory => FileServerError::NoMemory,
        Error::TooManyOpen => FileServerError::NoFreeDescriptor,
        _ => FileServerError::InvalidArgument,
    }
}

impl Service {
    /// The open file that a handle stands for.
    fn received(&self, handle: &ReceivedHandle) -> Result<Rc<OpenFile<Machine>>, FileServerError> {
        self.other_file(handle)
            .map_err(|_| FileServerError::BadDescriptor)
    }

    /// Opens a stream that has no name.
    async fn open_stream(&self, stream: Stream<Machine>, flags: u64) -> Result<Give, FileServerError> {
        let opened = self
            .vfs
            .open_anonymous(stream, self.labels.pipes, Flags(flags))
            .await
            .map_err(nameless_error)?;
        Ok(Service::session(&opened).into())
    }

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
