//! Terminals: the methods of `File` that only they have, and `Terminals`, which the process server uses.

use super::backend::Machine;
use super::console::{Link, Ports};
use super::service::Service;
use crate::attributes::{Kind, NewInode};
use crate::error::Error;
use crate::open_file::{OpenFile, OpenFlags};
use crate::stream::Stream;
use crate::terminal::device::{OtherSide, Size, Terminal};
use crate::terminal::program_side::{Flow, Queue, TerminalFile, When};
use crate::terminal::settings::{CHARACTERS, Settings};
use crate::terminal::terminals::DEVICE_CONSOLE;
use alloc::rc::Rc;
use trivet_ipc::ErrorNumber;
use trivet_ipc::console::ConsoleError;
use trivet_ipc::file::{self, FileError, SettingsWhen, TerminalSettings, WindowSize};
use trivet_ipc::terminals::TerminalsError;
use trivet_server::services::file::TerminalGroupsReply;
use trivet_server::services::terminals::{ControllingReply, NewsReply, TerminalsService};
use trivet_server::{Give, ReceivedHandle, Request};

/// Permissions of the console's inode, which has no name: whoever has it was given it.
const CONSOLE_MODE: u32 = 0o600;

/// The terminal behind an open file, and whether it is the master's side.
fn terminal(file: &OpenFile<Machine>) -> Result<(&Rc<Terminal<Machine>>, bool), FileError> {
    match &file.stream {
        Some(Stream::Terminal(file)) => {
            file.check_alive()?;
            Ok((&file.terminal, false))
        }
        Some(Stream::Master(master)) => Ok((master.terminal(), true)),
        _ => Err(FileError::NotTerminal),
    }
}

/// `terminal_settings`: at the master too, those of the programs' side.
pub fn settings(file: &OpenFile<Machine>) -> Result<TerminalSettings, FileError> {
    let found = terminal(file)?.0.settings();
    Ok(TerminalSettings {
        input: found.input,
        output: found.output,
        control: found.control,
        local: found.local,
        line: found.line,
        characters: found.characters,
        input_speed: found.input_speed,
        output_speed: found.output_speed,
    })
}

/// `set_terminal_settings`.
pub async fn set_settings(
    request: &Request,
    file: &OpenFile<Machine>,
    when: SettingsWhen,
    given: &TerminalSettings,
) -> Result<(), FileError> {
    let characters: [u8; CHARACTERS] = given.characters;
    let settings = Settings {
        input: given.input,
        output: given.output,
        control: given.control,
        local: given.local,
        line: given.line,
        characters,
        input_speed: given.input_speed,
        output_speed: given.output_speed,
    };
    let when = match when {
        SettingsWhen::Now => When::Now,
        SettingsWhen::Drain => When::Drained,
        SettingsWhen::Flush => When::Flushed,
    };
    Ok(terminal(file)?.0.set_settings(request, when, settings).await?)
}

fn size_of(size: &WindowSize) -> Size {
    Size {
        rows: size.rows,
        columns: size.columns,
        width: size.width,
        height: size.height,
    }
}

/// `window_size`.
pub fn window_size(file: &OpenFile<Machine>) -> Result<WindowSize, FileError> {
    let size = terminal(file)?.0.size();
    Ok(WindowSize {
        rows: size.rows,
        columns: size.columns,
        width: size.width,
        height: size.height,
    })
}

/// `set_window_size`.
pub fn set_window_size(file: &OpenFile<Machine>, size: &WindowSize) -> Result<(), FileError> {
    terminal(file)?.0.set_size(size_of(size));
    Ok(())
}

/// `terminal_groups`.
pub fn groups(request: &Request, file: &OpenFile<Machine>) -> Result<TerminalGroupsReply, FileError> {
    let (terminal, at_master) = terminal(file)?;
    let (foreground, session) = terminal.groups(request, at_master)?;
    Ok(TerminalGroupsReply { foreground, session })
}

/// `set_foreground`.
pub fn set_foreground(request: &Request, file: &OpenFile<Machine>, group: u64) -> Result<(), FileError> {
    // Linux says so even after a hang-up: the terminal is not the caller's any more.
    let (terminal, _) = terminal(file).map_err(|error| match error {
        FileError::InputOutput => FileError::NotTerminal,
        other => other,
    })?;
    Ok(terminal.set_foreground(request, group)?)
}

/// `control`.
pub fn control(
    request: &Request,
    file: &OpenFile<Machine>,
    acquire: bool,
    steal: bool,
) -> Result<(), FileError> {
    let (terminal, at_master) = terminal(file)?;
    if acquire {
        // A master is nobody's controlling terminal.
        if at_master {
            return Err(FileError::NotTerminal);
        }
        return Ok(terminal.acquire(request, file.flags.get().reads(), steal)?);
    }
    Ok(terminal.give_up(request)?)
}

/// `flush`. What the master throws away is the other way round: its input is what programs wrote.
pub fn flush(request: &Request, file: &OpenFile<Machine>, queue: file::Queue) -> Result<(), FileError> {
    let (terminal, at_master) = terminal(file)?;
    let queue = match (queue, at_master) {
        (file::Queue::Both, _) => Queue::Both,
        (file::Queue::Input, false) | (file::Queue::Output, true) => Queue::Input,
        (file::Queue::Output, false) | (file::Queue::Input, true) => Queue::Output,
    };
    Ok(terminal.flush(request, queue)?)
}

/// `drain`.
pub async fn drain(request: &Request, file: &OpenFile<Machine>) -> Result<(), FileError> {
    Ok(terminal(file)?.0.drain(request).await?)
}

/// `flow`.
pub fn flow(request: &Request, file: &OpenFile<Machine>, action: u32) -> Result<(), FileError> {
    const ACT_IN_BACKGROUND: u32 = 4;
    let (terminal, _) = terminal(file)?;
    let flow = match action {
        0 => Flow::Suspend,
        1 => Flow::Resume,
        2 => Flow::SendStop,
        3 => Flow::SendStart,
        ACT_IN_BACKGROUND => {
            terminal.act_in_background(request);
            return Ok(());
        }
        _ => return Err(FileError::InvalidArgument),
    };
    Ok(terminal.flow(request, flow)?)
}

/// `pseudo_terminal`.
pub fn pseudo_terminal(file: &OpenFile<Machine>, question: u32) -> Result<u64, FileError> {
    const UNLOCK: u32 = 0;
    const LOCK: u32 = 1;
    const NUMBER: u32 = 2;
    const QUEUED_OUTPUT: u32 = 3;
    const IS_LOCKED: u32 = 4;
    let (terminal, at_master) = terminal(file)?;
    if question == QUEUED_OUTPUT {
        // What is at a pseudo terminal's master has gone out.
        let queued = match terminal.other_side() {
            OtherSide::Console => terminal.queued_output(),
            OtherSide::Master(_) => 0,
        };
        return Ok(queued as u64);
    }
    let OtherSide::Master(number) = terminal.other_side() else {
        return Err(FileError::NotTerminal);
    };
    if !at_master {
        return Err(FileError::NotTerminal);
    }
    match question {
        UNLOCK => terminal.is_locked.set(false),
        LOCK => terminal.is_locked.set(true),
        NUMBER => {}
        IS_LOCKED => return Ok(u64::from(terminal.is_locked.get())),
        _ => return Err(FileError::InvalidArgument),
    }
    Ok(u64::from(number))
}

/// An error of this server as the interface has it.
fn failed(error: Error) -> TerminalsError {
    TerminalsError::from_number(error.number()).unwrap_or(TerminalsError::InputOutput)
}

impl TerminalsService for Service {
    async fn news(&self, request: &Request) -> Result<NewsReply, TerminalsError> {
        let news = self.vfs.terminals.news(request).await.map_err(failed)?;
        Ok(NewsReply {
            session: news.session,
            group: news.group,
            signal: news.signal,
        })
    }

    async fn leader_gone(&self, _: &Request, session: u64) -> Result<(), TerminalsError> {
        self.vfs.terminals.leader_gone(session);
        Ok(())
    }

    async fn controlling(&self, _: &Request, session: u64) -> Result<ControllingReply, TerminalsError> {
        let (device, foreground) = self.vfs.terminals.controlling(session).map_err(failed)?;
        Ok(ControllingReply { device, foreground })
    }

    async fn open_console(
        &self,
        request: &Request,
        session: u64,
        size: WindowSize,
    ) -> Result<Give, TerminalsError> {
        if self.console.borrow().is_some() {
            return Err(TerminalsError::Busy);
        }
        let new = NewInode {
            kind: Kind::CharacterDevice,
            mode: CONSOLE_MODE,
            user: 0,
            group: 0,
            special_device: DEVICE_CONSOLE,
            label: self.labels.terminal,
            now: self.vfs.now(),
        };
        let place = self.vfs.nameless.pipe(&self.vfs, &new).await.map_err(failed)?;
        let runtime = request.runtime();
        let ports = Ports::take(runtime).await.map_err(|failure| {
            if failure.errno() == i32::from(ConsoleError::Busy.number()) {
                TerminalsError::Busy
            } else {
                TerminalsError::NoSuchDevice
            }
        })?;
        let terminal = match self.vfs.terminals.open_console(session, size_of(&size)) {
            Ok(terminal) => terminal,
            Err(error) => {
                ports.give_back();
                return Err(failed(error));
            }
        };
        let open = OpenFile {
            stream: Some(Stream::Terminal(TerminalFile::new(Rc::clone(&terminal)))),
            ..OpenFile::new(place, self.vfs.mounts.root(), OpenFlags(OpenFlags::READ_WRITE))
        };
        let opened = match self.vfs.add(open) {
            Ok(opened) => opened,
            Err(error) => {
                self.vfs.terminals.retire_console();
                ports.give_back();
                return Err(failed(error));
            }
        };
        *self.console.borrow_mut() = Some(Link::start(runtime, terminal, ports));
        Ok(Service::session(&opened).into())
    }

    async fn set_console_size(&self, _: &Request, size: WindowSize) -> Result<(), TerminalsError> {
        if let Some(terminal) = self.vfs.terminals.console() {
            terminal.set_size(size_of(&size));
        }
        Ok(())
    }

    async fn close_console(&self, request: &Request) -> Result<(), TerminalsError> {
        let Some(link) = self.console.borrow().clone() else {
            return Ok(());
        };
        self.vfs.terminals.retire_console();
        let backend = &*self.vfs.backend;
        while !link.terminal.is_drained() && link.terminal.is_served() && !link.has_ended() {
            let waited = link.terminal.drained.wait(backend, request).await;
            waited.map_err(failed)?;
        }
        link.close();
        while !link.has_ended() {
            link.ended.wait(backend, request).await.map_err(failed)?;
        }
        self.console.borrow_mut().take();
        Ok(())
    }

    async fn root_number(&self, _: &Request, directory: &ReceivedHandle) -> Result<u64, TerminalsError> {
        let file = self
            .other_file(directory)
            .map_err(|_| TerminalsError::BadDescriptor)?;
        if file.place.attributes().kind != Kind::Directory {
            return Err(TerminalsError::NotDirectory);
        }
        directory.own_badge().ok_or(TerminalsError::BadDescriptor)
    }
}
