//! A terminal: the discipline, who waits for it, which session has it, and who has it open.
//!
//! Its other side, which types and shows, is a pseudo terminal's master or the console.

use super::discipline::{Discipline, signal};
use super::lock::Turn;
use super::queue::ByteQueue;
use super::sessions::{Job, News, Sessions};
use super::settings::Settings;
use crate::backend::Backend;
use crate::error::Error;
use crate::wait::WaitList;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use trivet_abi::event::readiness;

/// Typed bytes that wait because the discipline takes no more, at most.
pub const TYPED_LIMIT: usize = 4096;
/// With IXOFF, so many waiting bytes ask whoever types to stop, and so few to go on.
const STOP_ABOVE: usize = 3072;
const START_BELOW: usize = 1024;
/// Processes that said that they act in the background, at most; see [`Terminal::act_in_background`].
const PASSES_MAX: usize = 64;
/// Open files of one side, at most: each hears of every change of readiness.
const OPENS_MAX: usize = 1024;
/// What a hung-up terminal shows: reads and writes answer at once.
const HUNG_UP: u32 = readiness::IN | readiness::OUT | readiness::HUP | readiness::ERR;

/// Size of a terminal's window, in cells and pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Size {
    pub rows: u16,
    pub columns: u16,
    pub width: u16,
    pub height: u16,
}

/// What stands at a terminal's other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherSide {
    /// The master of the pseudo terminal with this number.
    Master(u32),
    /// The host.
    Console,
}

/// Which session has the terminal.
#[derive(Debug, Default)]
pub(super) struct Seat {
    /// The session, or 0.
    pub session: u64,
    /// Its foreground group, or 0.
    pub foreground: u64,
    pub size: Size,
    /// Processes whose next change from the background goes on.
    passes: Vec<u64>,
}

/// One terminal.
pub struct Terminal<B: Backend> {
    pub(super) backend: Rc<B>,
    pub(super) sessions: Rc<Sessions<Rc<Terminal<B>>>>,
    other_side: OtherSide,
    pub(super) discipline: RefCell<Discipline>,
    /// What was typed and does not fit into the discipline.
    typed: RefCell<ByteQueue>,
    /// STOP was sent because too much waits.
    asked_to_stop: Cell<bool>,
    pub(super) seat: RefCell<Seat>,
    /// How often it was hung up. An open file of an earlier time reads the end and writes nothing.
    hang_ups: Cell<u32>,
    /// Open files of the programs' side.
    pub(super) opens: RefCell<Vec<u64>>,
    /// Open files of the other side.
    pub(super) masters: RefCell<Vec<u64>>,
    /// Whether the other side is there.
    pub(crate) is_served: Cell<bool>,
    /// Whether the programs' side may be opened.
    pub(crate) is_locked: Cell<bool>,
    /// Whether all open files of the programs' side are closed since there was one.
    pub(super) is_left: Cell<bool>,
    pub(super) reading: Turn,
    pub(super) writing: Turn,
    pub(super) input_came: WaitList,
    pub(super) room_came: WaitList,
    pub(crate) output_came: WaitList,
    pub(crate) typing_room_came: WaitList,
    pub(crate) drained: WaitList,
    /// Bytes of the output have left the queue and are not at the host yet.
    is_sending: Cell<bool>,
    /// Nothing more will be typed.
    input_ended: Cell<bool>,
    /// Readiness as the sessions have it: of programs, of the other side.
    shown: Cell<(u32, u32)>,
}

impl<B: Backend> Terminal<B> {
    /// A terminal that nobody has open. The other side is there.
    #[must_use]
    pub fn new(
        backend: &Rc<B>,
        sessions: &Rc<Sessions<Rc<Terminal<B>>>>,
        other_side: OtherSide,
        settings: Settings,
    ) -> Rc<Terminal<B>> {
        Rc::new(Terminal {
            backend: Rc::clone(backend),
            sessions: Rc::clone(sessions),
            other_side,
            discipline: RefCell::new(Discipline::new(settings)),
            typed: RefCell::new(ByteQueue::new(TYPED_LIMIT)),
            asked_to_stop: Cell::new(false),
            seat: RefCell::default(),
            hang_ups: Cell::new(0),
            opens: RefCell::default(),
            masters: RefCell::default(),
            is_served: Cell::new(true),
            is_locked: Cell::new(false),
            is_left: Cell::new(false),
            reading: Turn::default(),
            writing: Turn::default(),
            input_came: WaitList::default(),
            room_came: WaitList::default(),
            output_came: WaitList::default(),
            typing_room_came: WaitList::default(),
            drained: WaitList::default(),
            is_sending: Cell::new(false),
            input_ended: Cell::new(false),
            shown: Cell::new((readiness::OUT, readiness::OUT)),
        })
    }

    /// What stands at the other side.
    #[must_use]
    pub const fn other_side(&self) -> OtherSide {
        self.other_side
    }

    /// How often it was hung up: what an open file remembers.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.hang_ups.get()
    }

    /// Whether the other side is there.
    #[must_use]
    pub fn is_served(&self) -> bool {
        self.is_served.get()
    }

    /// Whether an open file of this time is hung up.
    #[must_use]
    pub fn is_hung_up(&self, generation: u32) -> bool {
        self.hang_ups.get() != generation || !self.is_served.get()
    }

    // ---- The other side -----------------------------------------------------------------------------------------

    /// Bytes were typed; answers how many were taken. Fewer than all: wait for `typing_room_came`.
    pub fn type_bytes(&self, bytes: &[u8]) -> usize {
        let mut done = 0;
        // The queue may hold bytes until the discipline has looked at those before them.
        loop {
            let count = self.typed.borrow_mut().extend(&bytes[done..]);
            done += count;
            self.digest();
            if count == 0 || done == bytes.len() {
                return done;
            }
        }
    }

    /// Nothing more will be typed, though the other side still shows output: a line that was not finished can be read, and then every read gives
    /// the end of the file.
    pub fn end_input(&self) {
        self.input_ended.set(true);
        self.discipline.borrow_mut().finish_line();
        self.changed();
        self.input_came.wake_all();
    }

    /// Whether nothing more will be typed.
    pub(super) fn has_input_ended(&self) -> bool {
        self.input_ended.get() && self.typed.borrow().is_empty()
    }

    /// Room for typed bytes.
    #[must_use]
    pub fn typing_room(&self) -> usize {
        self.typed.borrow().room()
    }

    /// Shows at most `limit` bytes of the output to `show`, which answers how many it took.
    pub fn take_output<R>(&self, limit: usize, show: impl FnOnce(&[u8]) -> (usize, R)) -> Option<R> {
        let (count, result) = {
            let discipline = self.discipline.borrow();
            let front = discipline.output().ready().front();
            if front.is_empty() {
                return None;
            }
            show(&front[..front.len().min(limit)])
        };
        self.discipline.borrow_mut().sent(count);
        self.changed();
        Some(result)
    }

    /// Says whether bytes that left the queue are still on their way.
    pub fn set_sending(&self, is_sending: bool) {
        self.is_sending.set(is_sending);
        self.changed();
    }

    /// Whether everything written has reached the other side.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        !self.is_sending.get() && self.discipline.borrow().output().is_drained()
    }

    /// Output goes on, whoever holds it: nobody is left who could let it go on.
    pub fn release_output(&self) {
        self.discipline.borrow_mut().suspend_output(false);
        self.changed();
    }

    /// Gives the discipline what waits, as far as it takes it.
    fn digest(&self) {
        loop {
            let mut typed = self.typed.borrow_mut();
            let taken = self.discipline.borrow_mut().receive(typed.front());
            typed.consume(taken);
            if taken == 0 {
                break;
            }
        }
        self.ask_to_stop_or_start();
        let raised = self.discipline.borrow_mut().take_raised();
        if !raised.is_empty() {
            for signal in raised {
                self.raise(signal);
            }
        }
        self.changed();
    }

    /// With IXOFF, whoever types is told before bytes have no more room.
    fn ask_to_stop_or_start(&self) {
        let mut discipline = self.discipline.borrow_mut();
        let waiting = self.typed.borrow().len();
        let asks = discipline.settings().input(super::settings::bits::IXOFF);
        let (asked, wanted) = (self.asked_to_stop.get(), asks && waiting > STOP_ABOVE);
        if wanted && !asked {
            self.asked_to_stop.set(true);
            discipline.send_flow(true);
        } else if asked && (!asks || waiting < START_BELOW) {
            self.asked_to_stop.set(false);
            discipline.send_flow(false);
        }
    }

    /// A signal for the foreground group.
    fn raise(&self, signal: u32) {
        let seat = self.seat.borrow();
        if seat.foreground != 0 {
            self.sessions.raise(News {
                session: seat.session,
                group: seat.foreground,
                signal,
            });
        }
    }

    /// Refuses more open files than hear of changes.
    ///
    /// # Errors
    /// `NoMemory`.
    pub(super) fn check_opens(&self) -> Result<(), Error> {
        if self.opens.borrow().len() >= OPENS_MAX {
            return Err(Error::NoMemory);
        }
        Ok(())
    }

    // ---- Changes and who hears of them --------------------------------------------------------------------------

    /// Programs have read: more typed bytes may fit.
    pub(super) fn input_was_taken(&self) {
        self.digest();
    }

    /// Throws away what was typed.
    pub(super) fn clear_input(&self) {
        self.typed.borrow_mut().clear();
        self.discipline.borrow_mut().clear_input();
        self.ask_to_stop_or_start();
        self.changed();
    }

    /// Bytes that a read would give.
    #[must_use]
    pub fn available(&self) -> usize {
        self.discipline.borrow().available()
    }

    /// Bytes on their way to the other side.
    #[must_use]
    pub fn queued_output(&self) -> usize {
        self.discipline.borrow().output().ready().len()
    }

    /// Wakes whoever can go on, and shows readiness.
    pub(super) fn changed(&self) {
        let (programs, others) = self.levels();
        {
            let discipline = self.discipline.borrow();
            if discipline.has_input() {
                self.input_came.wake_all();
            }
            if discipline.output().room() > 0 {
                self.room_came.wake_all();
            }
            if discipline.output().is_drained() && !self.is_sending.get() {
                self.drained.wake_all();
            }
        }
        if others & readiness::IN != 0 {
            self.output_came.wake_all();
        }
        if others & readiness::OUT != 0 {
            self.typing_room_came.wake_all();
        }
        let (old_programs, old_others) = self.shown.replace((programs, others));
        self.tell(&self.opens, old_programs, programs);
        self.tell(&self.masters, old_others, others);
    }

    fn tell(&self, opens: &RefCell<Vec<u64>>, old: u32, new: u32) {
        if old != new {
            for &badge in &*opens.borrow() {
                self.backend.set_readiness(badge, new & !old, old & !new, 0);
            }
        }
    }

    /// Readiness of the programs' side, and of the other.
    fn levels(&self) -> (u32, u32) {
        if !self.is_served.get() {
            return (HUNG_UP, HUNG_UP);
        }
        let discipline = self.discipline.borrow();
        let bit = |holds: bool, bit: u32| if holds { bit } else { 0 };
        let reads = discipline.readable() || self.has_input_ended();
        let programs = bit(reads, readiness::IN) | bit(discipline.writable(), readiness::OUT);
        let others = bit(!discipline.output().ready().is_empty(), readiness::IN)
            | bit(self.typing_room() > 0, readiness::OUT)
            | bit(self.is_left.get(), readiness::HUP);
        (programs, others)
    }

    /// Readiness of a new session of the programs' side.
    #[must_use]
    pub fn program_readiness(&self) -> u32 {
        self.levels().0
    }

    /// Readiness of a new session of the other side.
    #[must_use]
    pub fn master_readiness(&self) -> u32 {
        self.levels().1
    }

    // ---- Hang-up ------------------------------------------------------------------------------------------------

    /// All that programs have open of it is dead from now on, and no session has it. What was typed and written is lost.
    pub fn hang_up(&self) {
        self.hang_ups.set(self.hang_ups.get().wrapping_add(1));
        self.leave_session(false);
        self.typed.borrow_mut().clear();
        self.asked_to_stop.set(false);
        {
            let mut discipline = self.discipline.borrow_mut();
            discipline.clear_input();
            // What the other side has not read yet stays readable for it.
            if !self.is_served.get() {
                discipline.clear_output();
            }
        }
        let dead = self.opens.take();
        for badge in dead {
            self.backend.set_readiness(badge, HUNG_UP, 0, 0);
        }
        self.changed();
        for list in [
            &self.input_came,
            &self.room_came,
            &self.output_came,
            &self.typing_room_came,
            &self.drained,
        ] {
            list.wake_all();
        }
    }

    /// The other side is gone for good: the leader hears of it, and the foreground group when the leader ends.
    pub fn other_side_gone(&self) {
        self.is_served.set(false);
        let seat_session = self.seat.borrow().session;
        self.sessions.raise_hang_up(seat_session, 0);
        self.hang_up();
    }

    /// The terminal is no session's any more. With `tell`, the foreground group hears a hang-up.
    pub(super) fn leave_session(&self, tell: bool) {
        let (session, foreground) = {
            let mut seat = self.seat.borrow_mut();
            seat.passes.clear();
            (
                core::mem::take(&mut seat.session),
                core::mem::take(&mut seat.foreground),
            )
        };
        if session == 0 {
            return;
        }
        if tell && foreground != 0 {
            self.sessions.raise_hang_up(session, foreground);
        }
        self.sessions.clear(session, if tell { 0 } else { foreground });
    }

    /// The leader of the session that has this terminal has ended.
    pub fn leader_gone(&self) {
        self.leave_session(true);
        self.hang_up();
    }

    // ---- Job control --------------------------------------------------------------------------------------------

    /// Gives the terminal to a session.
    pub(super) fn seat(self: &Rc<Self>, session: u64, foreground: u64) {
        {
            let mut seat = self.seat.borrow_mut();
            (seat.session, seat.foreground) = (session, foreground);
            seat.passes.clear();
        }
        self.sessions.set(session, Rc::clone(self));
    }

    /// Whether this is the controlling terminal of the process's session.
    #[must_use]
    pub fn controls(&self, job: Job) -> bool {
        job.session != 0 && self.seat.borrow().session == job.session
    }

    fn is_in_background(&self, job: Job) -> bool {
        let seat = self.seat.borrow();
        self.controls(job) && seat.foreground != 0 && seat.foreground != job.group
    }

    /// Refuses a read from the background.
    ///
    /// # Errors
    /// `Restart`: the group is to get SIGTTIN.
    pub(super) fn check_read(&self, job: Job) -> Result<(), Error> {
        if self.is_in_background(job) {
            return Err(Error::Restart);
        }
        Ok(())
    }

    /// Refuses a change from the background, unless the process said that it goes on.
    ///
    /// # Errors
    /// `Restart`: the group is to get SIGTTOU.
    pub(super) fn check_change(&self, job: Job) -> Result<(), Error> {
        if !self.is_in_background(job) {
            return Ok(());
        }
        let mut seat = self.seat.borrow_mut();
        let Some(index) = seat.passes.iter().position(|&process| process == job.process) else {
            return Err(Error::Restart);
        };
        seat.passes.remove(index);
        Ok(())
    }

    /// The process blocks or ignores SIGTTOU: its next change from the background goes on. A process within the session can have that anyhow,
    /// by ignoring the signal, so its word is taken for it.
    pub fn act_in_background(&self, request: &B::Request) {
        let job = self.backend.job(request);
        let mut seat = self.seat.borrow_mut();
        if self.controls_seat(&seat, job) && !seat.passes.contains(&job.process) {
            if seat.passes.len() == PASSES_MAX {
                seat.passes.remove(0);
            }
            seat.passes.push(job.process);
        }
    }

    fn controls_seat(&self, seat: &Seat, job: Job) -> bool {
        job.session != 0 && seat.session == job.session
    }

    /// Size of the window.
    #[must_use]
    pub fn size(&self) -> Size {
        self.seat.borrow().size
    }

    /// The window has another size: the foreground group hears of it.
    pub fn set_size(&self, size: Size) {
        if core::mem::replace(&mut self.seat.borrow_mut().size, size) != size {
            self.raise(signal::SIGWINCH);
        }
    }
}
