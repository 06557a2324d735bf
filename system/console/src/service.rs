//! `Console`, the descriptors that it hands out, and the log.

use crate::driver::{Driver, ReadStep};
use crate::log_line;
use crate::multiport::PORT_COUNT;
use alloc::rc::Rc;
use alloc::string::String;
use core::cell::{Cell, RefCell};
use trivet_abi::handle::Handle;
use trivet_abi::{InterfaceNumber, Label};
use trivet_ipc::console::{ConsoleError, Port};
use trivet_ipc::file::{Attributes, FileError, Queue};
use trivet_ipc::log::{Level, LogError};
use trivet_ipc::shared::OpenFlags;
use trivet_server::services::console::{ConsoleService, CountsReply};
use trivet_server::services::file::{FileService, ReadReply};
use trivet_server::services::log::LogService;
use trivet_server::services::{console, file, log};
use trivet_server::{Answer, Cancelled, Events, Give, NewSession, Output, Request};

/// Badges of the sessions that init mints.
const CONSOLE_BADGE: u64 = 0;
const LOG_BADGE: u64 = 1;
/// Streams have this, plus their port's number.
const STREAM_BADGE: u64 = 16;
/// The type bits of a FIFO, and everybody's permission: what a program sees of a stream that is no terminal.
const STREAM_MODE: u32 = 0o010_666;
/// Bytes of a stream's block, which C libraries take as the size of their buffers.
const BLOCK_SIZE: i64 = 65536;
/// Lines of the log that wait for a buffer are not kept: a driver that waits for its own log would hang.
const LOG_PORT: usize = Port::Log as usize;

/// Everything that the driver serves.
pub struct Service {
    driver: Rc<Driver>,
    policy: Handle,
    /// Labels of control channel and log, of the program's ports, and of the trace.
    labels: RefCell<[Option<Label>; 3]>,
    flags: [Cell<u64>; PORT_COUNT],
    /// Whether somebody has the port's stream.
    taken: [Cell<bool>; PORT_COUNT],
}

impl Service {
    /// A service over the device.
    #[must_use]
    pub fn new(driver: Rc<Driver>, policy: Handle) -> Service {
        Service {
            driver,
            policy,
            labels: RefCell::new([None; 3]),
            flags: Default::default(),
            taken: Default::default(),
        }
    }

    /// Serves one request by what its session is.
    pub async fn dispatch(&self, request: Request) -> Answer {
        match request.badge() {
            CONSOLE_BADGE => console::dispatch(self, request).await,
            LOG_BADGE => log::dispatch(self, request).await,
            _ => file::dispatch(self, request).await,
        }
    }

    /// Label of a port's stream, by the policy's name for it.
    fn label(&self, port: Port) -> Option<Label> {
        let (index, name) = match port {
            Port::Control | Port::Log => (0, &b"control_channel"[..]),
            Port::Input | Port::Output | Port::Error => (1, &b"terminal"[..]),
            Port::Trace => (2, &b"trace_channel"[..]),
        };
        if let Some(label) = self.labels.borrow()[index] {
            return Some(label);
        }
        let label = Label(trivet_ipc::policy::label_by_name(self.policy, name).ok()?);
        self.labels.borrow_mut()[index] = Some(label);
        Some(label)
    }

    fn domain_name(&self, domain: u32) -> String {
        const KIND_DOMAIN: u64 = 0;
        let mut text = [0; 64];
        let length = trivet_ipc::policy::text(self.policy, KIND_DOMAIN, u64::from(domain), &mut text[..]);
        let length = length
            .ok()
            .and_then(|length| usize::try_from(length).ok())
            .unwrap_or(0);
        String::from_utf8_lossy(text.get(..length).unwrap_or(&[])).into_owned()
    }

    fn is_non_blocking(&self, port: usize) -> bool {
        self.flags
            .get(port)
            .is_some_and(|flags| flags.get() & OpenFlags::NON_BLOCK.bits() != 0)
    }
}

/// The port of a stream's request.
fn port_of(request: &Request) -> Result<usize, FileError> {
    let port = request
        .badge()
        .checked_sub(STREAM_BADGE)
        .and_then(|port| usize::try_from(port).ok());
    port.filter(|port| (1..PORT_COUNT).contains(port))
        .ok_or(FileError::BadDescriptor)
}

impl Events for Service {
    fn closed(&self, badge: u64) {
        let port = badge
            .checked_sub(STREAM_BADGE)
            .and_then(|port| usize::try_from(port).ok());
        if let Some(taken) = port.and_then(|port| self.taken.get(port)) {
            taken.set(false);
        }
    }
}

impl ConsoleService for Service {
    async fn stream(&self, _: &Request, port: Port) -> Result<Give, ConsoleError> {
        let index = port as usize;
        let taken = self.taken.get(index).ok_or(ConsoleError::NoSuchDevice)?;
        if port == Port::Log || taken.get() {
            return Err(ConsoleError::Busy);
        }
        let label = self.label(port).ok_or(ConsoleError::NoSuchDevice)?;
        taken.set(true);
        if let Some(flags) = self.flags.get(index) {
            flags.set(0);
        }
        let interface = InterfaceNumber(trivet_ipc::file::INTERFACE.0);
        Ok(NewSession::new(STREAM_BADGE + index as u64, interface, label).into())
    }

    async fn counts(&self, _: &Request, port: Port) -> Result<CountsReply, ConsoleError> {
        let (received, sent, idle) = self
            .driver
            .counts(port as usize)
            .ok_or(ConsoleError::NoSuchDevice)?;
        Ok(CountsReply {
            received,
            sent,
            waiting: u64::from(!idle),
        })
    }

    async fn end_input(&self, _: &Request, received: u64) -> Result<(), ConsoleError> {
        self.driver.end_input(Port::Input as usize, received);
        Ok(())
    }

    async fn drain(&self, request: &Request, port: Port) -> Result<(), ConsoleError> {
        loop {
            let (.., idle) = self
                .driver
                .counts(port as usize)
                .ok_or(ConsoleError::NoSuchDevice)?;
            if idle {
                return Ok(());
            }
            let writable = self
                .driver
                .writable(port as usize)
                .ok_or(ConsoleError::NoSuchDevice)?;
            writable.wait(request).await?;
        }
    }
}

impl FileService for Service {
    async fn read(&self, request: &Request, count: u64) -> Result<ReadReply, FileError> {
        let port = port_of(request)?;
        let limit = count.min(request.room());
        if limit == 0 {
            return Ok(ReadReply {
                data: Output::Empty,
                count: 0,
            });
        }
        loop {
            let step = self
                .driver
                .read(port, limit, |bytes| match request.copy_out(0, bytes) {
                    Ok(count) => (count, Ok(count as u64)),
                    Err(error) => (0, Err(error)),
                });
            match step {
                ReadStep::Took(copied) => {
                    return Ok(ReadReply {
                        data: Output::Copied,
                        count: copied?,
                    });
                }
                ReadStep::End => {
                    return Ok(ReadReply {
                        data: Output::Empty,
                        count: 0,
                    });
                }
                ReadStep::Nothing if self.is_non_blocking(port) => return Err(FileError::TryAgain),
                ReadStep::Nothing => {
                    self.driver
                        .readable(port)
                        .ok_or(FileError::BadDescriptor)?
                        .wait(request)
                        .await?;
                }
            }
        }
    }

    async fn write(&self, request: &Request, data: trivet_server::bytes::Sent<'_>) -> Result<u64, FileError> {
        let port = port_of(request)?;
        let length = data.length();
        let mut done = 0;
        while done < length {
            let step = self.driver.write(port, |buffer| {
                let room = usize::try_from(length - done)
                    .unwrap_or(usize::MAX)
                    .min(buffer.len());
                match data.copy(done, &mut buffer[..room]) {
                    Ok(count) => (count, Ok(count)),
                    Err(error) => (0, Err(error)),
                }
            });
            match step {
                // A copy that brought nothing would be asked for for ever.
                Some(Ok(0)) => break,
                Some(Ok(count)) => done += count as u64,
                Some(Err(_)) if done > 0 => break,
                Some(Err(error)) => return Err(error.into()),
                None if self.is_non_blocking(port) => {
                    return if done > 0 {
                        Ok(done)
                    } else {
                        Err(FileError::TryAgain)
                    };
                }
                None => {
                    let writable = self.driver.writable(port).ok_or(FileError::BadDescriptor)?;
                    match writable.wait(request).await {
                        Ok(()) => {}
                        Err(_) if done > 0 => break,
                        Err(cancelled) => return Err(Cancelled::into(cancelled)),
                    }
                }
            }
        }
        Ok(done)
    }

    async fn attributes(&self, request: &Request) -> Result<Attributes, FileError> {
        let port = port_of(request)?;
        Ok(Attributes {
            inode: request.badge(),
            links: 1,
            mode: STREAM_MODE,
            block_size: BLOCK_SIZE,
            special_device: port as u64,
            ..Attributes::default()
        })
    }

    async fn seek(&self, _: &Request, _: i64, _: trivet_ipc::file::Whence) -> Result<i64, FileError> {
        Err(FileError::NotSeekable)
    }

    async fn flags(&self, request: &Request) -> Result<OpenFlags, FileError> {
        let port = port_of(request)?;
        let flags = self.flags.get(port).map_or(0, Cell::get);
        let access = if port == Port::Input as usize {
            0
        } else {
            OpenFlags::WRITE_ONLY.bits()
        };
        Ok(OpenFlags::from_word(flags | access))
    }

    async fn set_flags(&self, request: &Request, flags: OpenFlags) -> Result<(), FileError> {
        let port = port_of(request)?;
        let settable = OpenFlags::NON_BLOCK | OpenFlags::APPEND;
        if let Some(own) = self.flags.get(port) {
            own.set(flags.bits() & settable.bits());
        }
        Ok(())
    }

    async fn available(&self, request: &Request) -> Result<u64, FileError> {
        Ok(self.driver.available(port_of(request)?))
    }

    async fn sync(&self, _: &Request, _: bool) -> Result<(), FileError> {
        Err(FileError::InvalidArgument)
    }

    async fn flush(&self, _: &Request, _: Queue) -> Result<(), FileError> {
        Err(FileError::NotTerminal)
    }

    async fn drain(&self, _: &Request) -> Result<(), FileError> {
        Err(FileError::NotTerminal)
    }

    async fn terminal_settings(&self, _: &Request) -> Result<trivet_ipc::file::TerminalSettings, FileError> {
        Err(FileError::NotTerminal)
    }

    async fn window_size(&self, _: &Request) -> Result<trivet_ipc::file::WindowSize, FileError> {
        Err(FileError::NotTerminal)
    }
}

impl LogService for Service {
    async fn write(
        &self,
        request: &Request,
        level: Level,
        text: trivet_server::bytes::Sent<'_>,
    ) -> Result<(), LogError> {
        let text = text.to_vec().map_err(|_| LogError::InvalidArgument)?;
        let name = match level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Information => "information",
            Level::Debug => "debug",
        };
        let line = log_line::line(&self.domain_name(request.stamp().domain), name, &text);
        // A burst waits until the host has taken some: the audit goes this way, and none of it may be missing. Servers' own
        // lines wait in their queues meanwhile, which drop and count what is too much.
        loop {
            let written = self.driver.write(LOG_PORT, |buffer| {
                let count = line.len().min(buffer.len());
                buffer[..count].copy_from_slice(&line.as_bytes()[..count]);
                (count, ())
            });
            if written.is_some() {
                break;
            }
            let Some(writable) = self.driver.writable(LOG_PORT) else {
                // There is no such port: nobody reads the log.
                break;
            };
            if writable.wait(request).await.is_err() {
                break;
            }
        }
        Ok(())
    }
}
