//! What programs do with a terminal: reading, writing, settings, groups. POSIX.1-2024 "General Terminal Interface".

use super::device::{OtherSide, Terminal};
use super::sessions::Job;
use super::settings::Settings;
use super::settings::bits::TOSTOP;
use crate::backend::Backend;
use crate::error::Error;
use alloc::rc::Rc;
use alloc::vec;

/// Bytes that one read gives, at most: a terminal has no more.
const READ_MAX: u64 = 4096;
/// Bytes of a write that are looked at at a time.
const WRITE_STEP: usize = 2048;

/// Which queue is thrown away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// What was typed.
    Input,
    /// What was written.
    Output,
    /// Both.
    Both,
}

/// When new settings take effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At once.
    Now,
    /// When everything written has gone out.
    Drained,
    /// As `Drained`, and what was typed is thrown away.
    Flushed,
}

/// What `tcflow` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Holds the output.
    Suspend,
    /// Lets it go on.
    Resume,
    /// Sends STOP.
    SendStop,
    /// Sends START.
    SendStart,
}

/// An open file of a terminal.
pub struct TerminalFile<B: Backend> {
    /// The terminal.
    pub terminal: Rc<Terminal<B>>,
    /// Its count of hang-ups when it was opened.
    generation: u32,
}

impl<B: Backend> TerminalFile<B> {
    /// An open file of this time.
    #[must_use]
    pub fn new(terminal: Rc<Terminal<B>>) -> TerminalFile<B> {
        TerminalFile {
            generation: terminal.generation(),
            terminal,
        }
    }

    fn is_dead(&self) -> bool {
        self.terminal.is_hung_up(self.generation)
    }

    /// Refuses every request but reading after a hang-up.
    ///
    /// # Errors
    /// `InputOutput`.
    pub fn check_alive(&self) -> Result<(), Error> {
        if self.is_dead() {
            return Err(Error::InputOutput);
        }
        Ok(())
    }

    fn job(&self, request: &B::Request) -> Job {
        self.terminal.backend.job(request)
    }

    /// Reads a line, or bytes as VMIN and VTIME say. Zero is the end of the file, or a hang-up.
    ///
    /// # Errors
    /// `Restart` from the background, `Again` where it must not wait, `Interrupted`, `BadAddress`.
    pub async fn read(&self, request: &B::Request, room: u64, waits: bool) -> Result<u64, Error> {
        let terminal = &*self.terminal;
        if room == 0 || self.is_dead() {
            return Ok(0);
        }
        terminal.check_read(self.job(request))?;
        let _turn = terminal.reading.take(&*terminal.backend, request, waits).await?;
        let patience = terminal.discipline.borrow().settings().patience();
        let after =
            |time_ns: Option<u64>| time_ns.map(|time| terminal.backend.monotonic_ns().saturating_add(time));
        let mut bytes = vec![0; room.min(READ_MAX) as usize];
        let mut deadline_ns = after(patience.first_ns);
        let mut done = 0;
        let ended = loop {
            if self.is_dead() {
                break Ok(());
            }
            let (taken, canonical) = {
                let mut discipline = terminal.discipline.borrow_mut();
                (
                    discipline.read(&mut bytes[done..]),
                    discipline.settings().canonical(),
                )
            };
            if let Some(count) = taken {
                done += count;
                terminal.input_was_taken();
                if canonical || done >= patience.minimum || done == bytes.len() {
                    break Ok(());
                }
                deadline_ns = after(patience.next_ns);
                continue;
            }
            if terminal.has_input_ended() {
                break Ok(());
            }
            if deadline_ns.is_some_and(|deadline_ns| deadline_ns <= terminal.backend.monotonic_ns()) {
                break Ok(());
            }
            if !waits {
                break Err(Error::Again);
            }
            let waited = match deadline_ns {
                None => terminal.input_came.wait(&*terminal.backend, request).await,
                Some(deadline_ns) => {
                    terminal
                        .input_came
                        .wait_until(&*terminal.backend, request, deadline_ns)
                        .await
                }
            };
            if let Err(error) = waited {
                break Err(error);
            }
        };
        match ended {
            Err(error) if done == 0 => Err(error),
            _ if done == 0 => Ok(0),
            _ => terminal.backend.give(request, 0, &bytes[..done]),
        }
    }

    /// Writes `length` bytes of the request.
    ///
    /// # Errors
    /// `Restart` from the background with TOSTOP, `InputOutput` after a hang-up, `Again`, `Interrupted`, `BadAddress`. What was written before
    /// an error counts instead of it.
    pub async fn write(&self, request: &B::Request, length: u64, waits: bool) -> Result<u64, Error> {
        let terminal = &*self.terminal;
        self.check_alive()?;
        if terminal.discipline.borrow().settings().local(TOSTOP) {
            terminal.check_change(self.job(request))?;
        }
        let _turn = terminal.writing.take(&*terminal.backend, request, waits).await?;
        let mut done = 0;
        match self.write_all(request, length, waits, &mut done).await {
            Err(error) if done == 0 => Err(error),
            _ => Ok(done),
        }
    }

    async fn write_all(
        &self,
        request: &B::Request,
        length: u64,
        waits: bool,
        done: &mut u64,
    ) -> Result<(), Error> {
        let terminal = &*self.terminal;
        let mut bytes = vec![0; length.min(WRITE_STEP as u64) as usize];
        while *done < length {
            let step = (length - *done).min(bytes.len() as u64) as usize;
            let count = terminal.backend.take(request, *done, &mut bytes[..step])?;
            if count == 0 {
                return Ok(());
            }
            let mut rest = &bytes[..count];
            while !rest.is_empty() {
                self.check_alive()?;
                let written = terminal.discipline.borrow_mut().write(rest);
                *done += written as u64;
                rest = &rest[written..];
                if written > 0 {
                    terminal.changed();
                } else if !waits {
                    return Err(Error::Again);
                } else {
                    terminal.room_came.wait(&*terminal.backend, request).await?;
                }
            }
        }
        Ok(())
    }
}

/// Requests about a terminal, at either side of it. `file` is the open file where it is the programs' side.
impl<B: Backend> Terminal<B> {
    /// The settings.
    #[must_use]
    pub fn settings(&self) -> Settings {
        *self.discipline.borrow().settings()
    }

    /// Changes the settings.
    ///
    /// # Errors
    /// `Restart` from the background, `Interrupted`.
    pub async fn set_settings(
        &self,
        request: &B::Request,
        when: When,
        settings: Settings,
    ) -> Result<(), Error> {
        self.check_change(self.backend.job(request))?;
        if when != When::Now {
            self.wait_until_drained(request).await?;
        }
        if when == When::Flushed {
            self.clear_input();
        }
        self.discipline.borrow_mut().set_settings(settings);
        self.input_was_taken();
        Ok(())
    }

    /// Waits until everything written has gone out. At a pseudo terminal it has: it is the master's.
    ///
    /// # Errors
    /// `Restart` from the background, `Interrupted`.
    pub async fn drain(&self, request: &B::Request) -> Result<(), Error> {
        self.check_change(self.backend.job(request))?;
        self.wait_until_drained(request).await
    }

    async fn wait_until_drained(&self, request: &B::Request) -> Result<(), Error> {
        while self.other_side() == OtherSide::Console && self.is_served.get() && !self.is_drained() {
            self.drained.wait(&*self.backend, request).await?;
        }
        Ok(())
    }

    /// Throws a queue away.
    ///
    /// # Errors
    /// `Restart` from the background.
    pub fn flush(&self, request: &B::Request, queue: Queue) -> Result<(), Error> {
        self.check_change(self.backend.job(request))?;
        if queue != Queue::Output {
            self.clear_input();
        }
        if queue != Queue::Input {
            self.discipline.borrow_mut().clear_output();
            self.changed();
        }
        Ok(())
    }

    /// Suspends and resumes.
    ///
    /// # Errors
    /// `Restart` from the background.
    pub fn flow(&self, request: &B::Request, flow: Flow) -> Result<(), Error> {
        self.check_change(self.backend.job(request))?;
        {
            let mut discipline = self.discipline.borrow_mut();
            match flow {
                Flow::Suspend => discipline.suspend_output(true),
                Flow::Resume => discipline.suspend_output(false),
                Flow::SendStop => discipline.send_flow(true),
                Flow::SendStart => discipline.send_flow(false),
            }
        }
        self.changed();
        Ok(())
    }

    /// Foreground group and session. A program hears of them only at its own controlling terminal, the master always.
    ///
    /// # Errors
    /// `NotTerminal`.
    pub fn groups(&self, request: &B::Request, at_master: bool) -> Result<(u64, u64), Error> {
        if !at_master && !self.controls(self.backend.job(request)) {
            return Err(Error::NotTerminal);
        }
        let seat = self.seat.borrow();
        Ok((seat.foreground, seat.session))
    }

    /// Makes a group of the caller's session the foreground group.
    ///
    /// # Errors
    /// `NotTerminal` where it is not the caller's controlling terminal, `InvalidArgument`, `NotPermitted` for a group of another session or none,
    /// `Restart` from the background.
    pub fn set_foreground(&self, request: &B::Request, group: u64) -> Result<(), Error> {
        let job = self.backend.job(request);
        if !self.controls(job) {
            return Err(Error::NotTerminal);
        }
        self.check_change(job)?;
        if group == 0 || group > i32::MAX as u64 {
            return Err(Error::InvalidArgument);
        }
        if !self.backend.is_group_of(group, job.session) {
            return Err(Error::NotPermitted);
        }
        self.seat.borrow_mut().foreground = group;
        Ok(())
    }

    /// Makes it the controlling terminal of the caller's session (TIOCSCTTY). Only a leader without one may ask; `steal` takes it from another session
    /// and is the superuser's.
    ///
    /// # Errors
    /// `NotPermitted`.
    pub fn acquire(self: &Rc<Self>, request: &B::Request, reads: bool, steal: bool) -> Result<(), Error> {
        let job = self.backend.job(request);
        if job.is_leader() && self.controls(job) {
            return Ok(());
        }
        let superuser = self.backend.user(request) == 0;
        if !job.is_leader() || self.sessions.terminal(job.session).is_some() || (!reads && !superuser) {
            return Err(Error::NotPermitted);
        }
        if self.seat.borrow().session != 0 {
            if !steal || !superuser {
                return Err(Error::NotPermitted);
            }
            self.leave_session(false);
        }
        self.seat(job.session, job.group);
        Ok(())
    }

    /// Gives the controlling terminal up (TIOCNOTTY): the session has none from then on, and the foreground group hears a hang-up. Only the leader can:
    /// a terminal is the session's, and no process of it has one of its own to give up.
    ///
    /// # Errors
    /// `NotTerminal`, `NotPermitted`.
    pub fn give_up(&self, request: &B::Request) -> Result<(), Error> {
        let job = self.backend.job(request);
        if !self.controls(job) {
            return Err(Error::NotTerminal);
        }
        if !job.is_leader() {
            return Err(Error::NotPermitted);
        }
        self.leave_session(true);
        Ok(())
    }

    /// A program opens it: a leader without a controlling terminal gets it as one, unless it says otherwise. POSIX.1-2024 `open`, O_NOCTTY.
    pub fn acquire_by_open(self: &Rc<Self>, job: Job, reads: bool) {
        let free = self.seat.borrow().session == 0;
        if free && reads && job.is_leader() && self.sessions.terminal(job.session).is_none() {
            self.seat(job.session, job.group);
        }
    }

    /// A program's open file has this badge.
    pub fn opened(&self, badge: u64) {
        self.is_left.set(false);
        self.opens.borrow_mut().push(badge);
        self.changed();
    }

    /// A program's open file is gone.
    pub fn closed(&self, badge: u64) {
        let last = {
            let mut opens = self.opens.borrow_mut();
            opens.retain(|&other| other != badge);
            opens.is_empty()
        };
        if last && !self.is_left.replace(true) {
            self.changed();
            self.output_came.wake_all();
        }
    }
}
