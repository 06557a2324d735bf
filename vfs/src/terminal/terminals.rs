//! All terminals of the machine: pseudo terminals by number, the console's, and each session's own.

use super::device::{OtherSide, Size, Terminal};
use super::program_side::TerminalFile;
use super::sessions::{News, Sessions};
use super::settings::Settings;
use crate::attributes::{Kind, NewInode, Timestamp};
use crate::backend::Backend;
use crate::devices;
use crate::error::Error;
use crate::file_system::FileSystem;
use crate::mounts::Location;
use crate::open_file::OpenFlags;
use crate::stream::Stream;
use alloc::format;
use alloc::rc::{Rc, Weak};
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use trivet_abi::Label;

/// The controlling terminal, whichever it is.
pub const DEVICE_OWN: u64 = devices::number(5, 0);
/// The console's terminal.
pub const DEVICE_CONSOLE: u64 = devices::number(5, 1);
/// Makes a pseudo terminal.
pub const DEVICE_MASTER: u64 = devices::number(5, 2);
/// The console's terminal by its other name, which a leader gets as its controlling terminal.
pub const DEVICE_FIRST: u64 = devices::number(4, 1);
/// Major number of pseudo terminals.
const PSEUDO_MAJOR: u64 = 136;
/// Pseudo terminals at the same time. Each may hold some 40 KiB of the server's memory.
pub const PSEUDO_MAX: usize = 64;
/// Of them, those whose names carry one label other than the directory's: no tenant uses up what the others need.
const PSEUDO_OF_LABEL: usize = PSEUDO_MAX / 4;
/// Group that pseudo terminals belong to: Debian's `tty`.
const TERMINAL_GROUP: u32 = 5;
/// Mode of a pseudo terminal: its owner reads and writes, the group may write to it.
const PSEUDO_MODE: u32 = 0o620;

/// Where pseudo terminals have their names, and the label of the names.
struct Names<B: Backend> {
    directory: Location<B>,
    label: Label,
}

/// All terminals.
pub struct Terminals<B: Backend> {
    backend: Rc<B>,
    sessions: Rc<Sessions<Rc<Terminal<B>>>>,
    /// By number, with the labels of their names.
    pseudo: RefCell<Vec<(Weak<Terminal<B>>, Label)>>,
    names: RefCell<Option<Names<B>>>,
    console: RefCell<Option<Rc<Terminal<B>>>>,
    /// Somebody waits for news.
    news_asked: Cell<bool>,
}

/// What a future gives that never waits.
fn at_once<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

impl<B: Backend> Terminals<B> {
    /// No terminals yet.
    #[must_use]
    pub fn new(backend: &Rc<B>) -> Rc<Terminals<B>> {
        Rc::new(Terminals {
            backend: Rc::clone(backend),
            sessions: Rc::default(),
            pseudo: RefCell::default(),
            names: RefCell::new(None),
            console: RefCell::new(None),
            news_asked: Cell::new(false),
        })
    }

    /// Pseudo terminals have their names in this directory from now on; its file system must never wait.
    pub fn set_directory(&self, directory: Location<B>, label: Label) {
        *self.names.borrow_mut() = Some(Names { directory, label });
    }

    /// Opens the terminal with this device number. Nothing: the number is no terminal's.
    ///
    /// # Errors
    /// `NoDeviceOrAddress` where there is none, `InputOutput` where it is locked or its other side is gone, `NoSpace` where there are too many.
    pub fn open(
        self: &Rc<Self>,
        request: &B::Request,
        device: u64,
        flags: OpenFlags,
    ) -> Result<Option<Stream<B>>, Error> {
        let job = self.backend.job(request);
        let terminal = match device {
            DEVICE_MASTER => return self.make_pseudo(request).map(Some),
            DEVICE_OWN => self.sessions.terminal(job.session),
            DEVICE_CONSOLE | DEVICE_FIRST => self.console.borrow().clone(),
            _ => match pseudo_number(device) {
                Some(number) => {
                    let pseudo = self.pseudo.borrow();
                    pseudo.get(number).and_then(|(terminal, _)| terminal.upgrade())
                }
                None => return Ok(None),
            },
        };
        let terminal = terminal.ok_or(Error::NoDeviceOrAddress)?;
        if terminal.is_locked.get() || !terminal.is_served.get() {
            return Err(Error::InputOutput);
        }
        terminal.check_opens()?;
        let may_control = !matches!(device, DEVICE_OWN | DEVICE_CONSOLE);
        if may_control && !flags.has(OpenFlags::NO_CONTROLLING_TERMINAL) {
            terminal.acquire_by_open(job, flags.reads());
        }
        Ok(Some(Stream::Terminal(TerminalFile::new(terminal))))
    }

    /// Makes a pseudo terminal, locked, and its name.
    fn make_pseudo(self: &Rc<Self>, request: &B::Request) -> Result<Stream<B>, Error> {
        let names = self.names.borrow();
        let names = names.as_ref().ok_or(Error::NoDeviceOrAddress)?;
        let (number, label) = {
            let mut pseudo = self.pseudo.borrow_mut();
            let free = pseudo
                .iter()
                .position(|(terminal, _)| terminal.strong_count() == 0);
            let number = match free {
                Some(number) => number,
                None if pseudo.len() < PSEUDO_MAX => {
                    pseudo.push((Weak::new(), names.label));
                    pseudo.len() - 1
                }
                None => return Err(Error::NoSpace),
            };
            let name = format!("{number}");
            let label = self.backend.label_for_new(request, names.label, name.as_bytes());
            let alike = |other: &&(Weak<Terminal<B>>, Label)| other.1 == label && other.0.strong_count() != 0;
            if label != names.label && pseudo.iter().filter(alike).count() >= PSEUDO_OF_LABEL {
                return Err(Error::NoSpace);
            }
            (number, label)
        };
        let new = NewInode {
            kind: Kind::CharacterDevice,
            mode: PSEUDO_MODE,
            user: self.backend.user(request),
            group: TERMINAL_GROUP,
            special_device: devices::number(PSEUDO_MAJOR, number as u64),
            label,
            now: Timestamp::from_nanoseconds(self.backend.now_ns()),
        };
        let name = format!("{number}");
        let directory = &names.directory;
        let file_system = directory.file_system();
        at_once(file_system.create(&directory.node, name.as_bytes(), &new)).ok_or(Error::InputOutput)??;
        let other_side = OtherSide::Master(number as u32);
        let terminal = Terminal::new(&self.backend, &self.sessions, other_side, Settings::default());
        terminal.is_locked.set(true);
        self.pseudo.borrow_mut()[number] = (Rc::downgrade(&terminal), label);
        Ok(Stream::Master(Master {
            terminal,
            all: Rc::clone(self),
        }))
    }

    fn remove_name(&self, number: u32) {
        if let Some(Names { directory, .. }) = &*self.names.borrow() {
            let name = format!("{number}");
            // Where somebody has removed the name already, nothing is left to do.
            let _ = at_once(async {
                let file_system = directory.file_system();
                let now = Timestamp::from_nanoseconds(self.backend.now_ns());
                file_system.unlink(&directory.node, name.as_bytes(), now).await
            });
        }
    }

    // ---- The process server ---------------------------------------------------------------------------------------

    /// Waits for the next signal that a terminal raises.
    ///
    /// # Errors
    /// `Busy` where somebody waits already, `Interrupted`.
    pub async fn news(&self, request: &B::Request) -> Result<News, Error> {
        if self.news_asked.replace(true) {
            return Err(Error::Busy);
        }
        let result = loop {
            if let Some(news) = self.sessions.next_news() {
                break Ok(news);
            }
            if let Err(error) = self.sessions.news_came.wait(&*self.backend, request).await {
                break Err(error);
            }
        };
        self.news_asked.set(false);
        result
    }

    /// The leader of a session has ended.
    pub fn leader_gone(&self, session: u64) {
        if let Some(terminal) = self.sessions.terminal(session) {
            terminal.leader_gone();
        }
        if let Some(foreground) = self.sessions.leader_gone(session) {
            self.sessions.raise_hang_up(session, foreground);
        }
    }

    /// Device number of a session's terminal, and its foreground group.
    ///
    /// # Errors
    /// `NotTerminal` where it has none.
    pub fn controlling(&self, session: u64) -> Result<(u64, u64), Error> {
        let terminal = self.sessions.terminal(session).ok_or(Error::NotTerminal)?;
        let device = match terminal.other_side() {
            OtherSide::Master(number) => devices::number(PSEUDO_MAJOR, u64::from(number)),
            OtherSide::Console => DEVICE_CONSOLE,
        };
        Ok((device, terminal.seat.borrow().foreground))
    }

    // ---- The console ----------------------------------------------------------------------------------------------

    /// The console's terminal, where it is open.
    #[must_use]
    pub fn console(&self) -> Option<Rc<Terminal<B>>> {
        self.console.borrow().clone()
    }

    /// Opens the console's terminal for a session.
    ///
    /// # Errors
    /// `Busy` where it is open, `InvalidArgument` for no session.
    pub fn open_console(&self, session: u64, size: Size) -> Result<Rc<Terminal<B>>, Error> {
        if session == 0 {
            return Err(Error::InvalidArgument);
        }
        let mut console = self.console.borrow_mut();
        if console.is_some() || self.sessions.terminal(session).is_some() {
            return Err(Error::Busy);
        }
        let terminal = Terminal::new(
            &self.backend,
            &self.sessions,
            OtherSide::Console,
            Settings::console(),
        );
        terminal.set_size(size);
        terminal.seat(session, session);
        *console = Some(Rc::clone(&terminal));
        Ok(terminal)
    }

    /// Nobody can open the console's terminal any more, and whoever has it open is hung up. What was written still goes out.
    pub fn retire_console(&self) {
        let console = self.console.borrow_mut().take();
        if let Some(terminal) = console {
            terminal.release_output();
            terminal.leader_gone();
        }
    }
}

/// Number of the pseudo terminal with this device number.
fn pseudo_number(device: u64) -> Option<usize> {
    (0..PSEUDO_MAX).find(|&number| devices::number(PSEUDO_MAJOR, number as u64) == device)
}

/// The open file of a pseudo terminal's master.
pub struct Master<B: Backend> {
    terminal: Rc<Terminal<B>>,
    all: Rc<Terminals<B>>,
}

impl<B: Backend> Master<B> {
    /// The terminal behind it.
    #[must_use]
    pub fn terminal(&self) -> &Rc<Terminal<B>> {
        &self.terminal
    }

    /// The open file with this badge is gone; with the last, the terminal hangs up and its name goes away.
    pub fn closed(&self, badge: u64) {
        if !self.terminal.master_closed(badge) {
            return;
        }
        if let OtherSide::Master(number) = self.terminal.other_side() {
            self.all.remove_name(number);
        }
        self.terminal.other_side_gone();
    }
}
