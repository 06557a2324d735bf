//! Open files whose bytes do not lie in a file system: pipes, devices, terminals. One type for all of them.
//!
//! A kind of stream is a variant here, with what each function below does for it.

use crate::anonymous::counter::Counter;
use crate::anonymous::observer::Observer;
use crate::anonymous::queue::Queue;
use crate::anonymous::timer::Timer;
use crate::backend::Backend;
use crate::devices::Device;
use crate::error::Error;
use crate::open_file::{OpenFile, OpenFlags};
use crate::pipe::{Direction, Pipe};
use crate::terminal::program_side::TerminalFile;
use crate::terminal::terminals::Master;
use alloc::rc::Rc;
use trivet_abi::event::readiness;

/// What serves the bytes of an open file.
pub enum Stream<B: Backend> {
    /// An end of a pipe, or both.
    Pipe(Rc<Pipe<B>>),
    /// A device without state.
    Device(Device<B>),
    /// A text that was made when it was opened.
    Text(Rc<[u8]>),
    /// The programs' side of a terminal.
    Terminal(TerminalFile<B>),
    /// The master of a pseudo terminal.
    Master(Master<B>),
    /// A counter (eventfd).
    Counter(Rc<Counter<B>>),
    /// A timer (timerfd).
    Timer(Rc<Timer<B>>),
    /// An observer of files (inotify).
    Observer(Rc<Observer<B>>),
    /// A message queue, which has reads and writes of its own.
    Queue(Rc<Queue<B>>),
}

impl<B: Backend> Stream<B> {
    /// Reads at most `count` bytes into the request's room; zero is the end. The open file says whether it may wait.
    ///
    /// # Errors
    /// `Again`, `Interrupted`, `BadAddress`, and what the stream adds.
    pub async fn read(&self, file: &OpenFile<B>, request: &B::Request, count: u64) -> Result<u64, Error> {
        match self {
            Stream::Pipe(pipe) => pipe.read(request, count, file.waits()).await,
            Stream::Device(device) => device.read(request, count),
            Stream::Text(text) => {
                let offset = file.offset.get();
                let start = usize::try_from(offset).unwrap_or(usize::MAX).min(text.len());
                let length = usize::try_from(count).unwrap_or(usize::MAX);
                let rest = &text[start..];
                let done = file.place.mount.file_system.backend().give(
                    request,
                    0,
                    &rest[..length.min(rest.len())],
                )?;
                file.offset.set(offset + done);
                Ok(done)
            }
            Stream::Terminal(terminal) => terminal.read(request, count, file.waits()).await,
            Stream::Master(master) => master.terminal().master_read(request, count, file.waits()).await,
            Stream::Counter(counter) => counter.read(request, count, file.waits()).await,
            Stream::Timer(timer) => timer.read(request, count, file.waits()).await,
            Stream::Observer(observer) => observer.read(request, count, file.waits()).await,
            Stream::Queue(_) => Err(Error::BadDescriptor),
        }
    }

    /// Writes `count` bytes of the request.
    ///
    /// # Errors
    /// As `read`; `BrokenPipe`, `NoSpace`.
    pub async fn write(&self, file: &OpenFile<B>, request: &B::Request, count: u64) -> Result<u64, Error> {
        match self {
            Stream::Pipe(pipe) => pipe.write(request, count, file.waits()).await,
            Stream::Device(device) => device.write(count),
            Stream::Text(_) => Err(Error::InputOutput),
            Stream::Terminal(terminal) => terminal.write(request, count, file.waits()).await,
            Stream::Master(master) => master.terminal().master_write(request, count, file.waits()).await,
            Stream::Counter(counter) => counter.write(request, count, file.waits()).await,
            Stream::Timer(_) => Err(Error::InvalidArgument),
            Stream::Observer(_) | Stream::Queue(_) => Err(Error::BadDescriptor),
        }
    }

    /// Whether `lseek` and `pread` make sense: a device takes them, a pipe does not. Counters and their like take them as Linux has it.
    #[must_use]
    pub fn is_seekable(&self) -> bool {
        matches!(
            self,
            Stream::Device(_) | Stream::Counter(_) | Stream::Timer(_) | Stream::Observer(_)
        )
    }

    /// Bytes that can be read without waiting.
    ///
    /// # Errors
    /// `NotTerminal` where nobody counts them.
    pub fn available(&self) -> Result<u64, Error> {
        match self {
            Stream::Pipe(pipe) => Ok(pipe.available()),
            Stream::Device(_)
            | Stream::Text(_)
            | Stream::Counter(_)
            | Stream::Timer(_)
            | Stream::Queue(_) => Err(Error::NotTerminal),
            Stream::Observer(observer) => Ok(observer.available()),
            Stream::Terminal(file) => {
                file.check_alive()?;
                Ok(file.terminal.available() as u64)
            }
            Stream::Master(master) => Ok(master.terminal().queued_output() as u64),
        }
    }

    /// Readiness of a new session of an open file with these flags.
    #[must_use]
    pub fn readiness(&self, flags: OpenFlags) -> u32 {
        match self {
            Stream::Pipe(pipe) => pipe.readiness(direction(flags)),
            Stream::Device(_) | Stream::Text(_) => readiness::IN | readiness::OUT,
            Stream::Terminal(file) => file.terminal.program_readiness(),
            Stream::Master(master) => master.terminal().master_readiness(),
            Stream::Counter(counter) => counter.readiness(),
            Stream::Timer(timer) => timer.readiness(),
            Stream::Observer(observer) => observer.readiness(),
            Stream::Queue(queue) => queue.readiness(flags),
        }
    }

    /// An open file of this stream has this badge from now on.
    pub fn opened(&self, badge: u64, flags: OpenFlags) {
        match self {
            Stream::Pipe(pipe) => pipe.open_as(badge, direction(flags)),
            Stream::Device(_) | Stream::Text(_) => {}
            Stream::Terminal(file) => file.terminal.opened(badge),
            Stream::Master(master) => master.terminal().master_opened(badge),
            Stream::Counter(counter) => counter.opened(badge),
            Stream::Timer(timer) => timer.opened(badge),
            Stream::Observer(observer) => observer.opened(badge),
            Stream::Queue(queue) => queue.opened(badge),
        }
    }

    /// The open file with this badge is gone.
    pub fn closed(&self, badge: u64) {
        match self {
            Stream::Pipe(pipe) => pipe.close(badge),
            Stream::Device(_) | Stream::Text(_) => {}
            Stream::Terminal(file) => file.terminal.closed(badge),
            Stream::Master(master) => master.closed(badge),
            Stream::Counter(counter) => counter.closed(badge),
            Stream::Timer(timer) => timer.closed(badge),
            Stream::Observer(observer) => observer.closed(badge),
            Stream::Queue(queue) => queue.closed(badge),
        }
    }
}

/// Which ends of a pipe an open file is, by its access mode.
#[must_use]
pub fn direction(flags: OpenFlags) -> Direction {
    Direction {
        reads: flags.reads(),
        writes: flags.writes(),
    }
}
