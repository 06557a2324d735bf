//! The executor: one thread, one task for each request in flight, `Recv` as the reactor.
//!
//! A request's future is polled at once where it lies in its slot; most end there, and their answer goes out with the
//! next `Recv` in one kernel entry. What stays pending counts against its account. When all slots are taken the server
//! receives events only, so the queue waits in the kernel, where accounts take turns.

use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::future::Future;
use core::task::{Context, Poll, Waker};

use trivet_abi::error::CallError;
use trivet_abi::event::{EventKind, receive_options};
use trivet_abi::message::request;
use trivet_ipc::calls::Received;

use crate::answer::{Answer, BAD_ADDRESS, TRY_AGAIN};
use crate::error::Cancelled;
use crate::kernel::CLOSED_STEP;
use crate::message::Event;
use crate::parked::{AtOnce, Parked};
use crate::request::Request;
use crate::runtime::{Background, Runtime};
use crate::signal::tag;
use crate::tasks::{FutureSlot, TaskState, waker};

/// Bounds on tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests in flight.
    pub tasks: usize,
    /// Requests of one account that wait at the same time; the next gets EAGAIN.
    pub tasks_per_account: usize,
    /// Background tasks.
    pub background: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            tasks: 1024,
            tasks_per_account: 256,
            background: 64,
        }
    }
}

/// Events that are no requests. Each does nothing unless a server says otherwise.
pub trait Events {
    /// Serves a request without a future: fills `answer`, or parks the request. For what is asked for so often that the future's own cost
    /// counts.
    #[inline(always)]
    fn at_once(&self, _request: &Request, _answer: &mut Answer) -> AtOnce {
        AtOnce::No
    }
    /// The last handle of the session with this badge is gone, and no call of it is pending.
    fn closed(&self, _badge: u64) {}
    /// A request's answer with these bytes at its beginning did not reach the caller, whose memory could not take them: the caller gets an error.
    /// What the bytes were taken from can have them back.
    fn undelivered(&self, _badge: u64, _method: u8, _bytes: &[u8]) {}
    /// A process that the server subscribed to is gone.
    fn process_gone(&self, _process: u64) {}
    /// A source that was bound with a cookie of the server's own fired.
    fn signalled(&self, _cookie: u64, _count: u64, _words: [u64; 6]) {}
    /// A thread of a supervised process faulted.
    fn fault(&self, _fault: u64, _header: u64, _words: [u64; 6]) {}
    /// Pages of a memory are wanted whose pager this server is.
    fn page_wanted(&self, _cookie: u64, _words: [u64; 6]) {}
}

/// A server that wants no events.
#[derive(Debug, Default)]
pub struct NoEvents;
impl Events for NoEvents {}

/// Processes whose account is remembered.
const KNOWN_ACCOUNTS: usize = 32;

/// Why [`run`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// [`Runtime::stop`] was called.
    Asked,
    /// `Recv` failed: the endpoint is gone.
    Failed(CallError),
}

/// Serves requests until the endpoint goes. `serve` is the dispatcher of the server's interface.
pub fn run<E, F, Fut>(runtime: &Runtime, events: &E, serve: F) -> Stopped
where
    E: Events,
    F: Fn(Request) -> Fut,
    Fut: Future<Output = Answer>,
{
    Executor {
        runtime,
        events,
        serve,
        slots: Vec::new(),
        free: Vec::new(),
        background: Vec::new(),
        waiting: Vec::new(),
        accounts: [(0, 0, 0); KNOWN_ACCOUNTS],
        waiting_background: VecDeque::new(),
        delayed: VecDeque::new(),
    }
    .run()
}

/// A place for a request.
struct Slot<Fut> {
    future: FutureSlot<Fut>,
    state: Rc<TaskState>,
    /// The account that it counts against, once it waits.
    account: Option<u64>,
    /// Its answer, from the end of the task until it has gone out: it is moved once.
    answer: Answer,
}

impl<Fut: Future> Slot<Fut> {
    /// Whether a request waits in it.
    fn is_taken(&self) -> bool {
        self.future.is_occupied() || self.state.parked.get()
    }
}

/// A background task and its waker.
struct BackgroundSlot {
    future: Option<Background>,
    waker: Waker,
}

/// An answer that has not gone out yet. It lies in the slot, as does the reply buffer, until the slot's next request.
#[derive(Clone, Copy)]
struct Outbound {
    token: u64,
    slot: usize,
}

/// An answer that goes out when a page is there.
struct Delayed {
    token: u64,
    /// Badge and method of its request.
    badge: u64,
    method: u8,
    answer: Answer,
    /// What lay in the request's buffer.
    buffered: Vec<u8>,
}

struct Executor<'r, E, F, Fut: Future> {
    runtime: &'r Runtime,
    events: &'r E,
    serve: F,
    slots: Vec<Slot<Fut>>,
    free: Vec<usize>,
    background: Vec<BackgroundSlot>,
    /// How many tasks of each account wait.
    waiting: Vec<(u64, usize)>,
    /// Accounts of processes that waited lately, by their numbers and domains.
    accounts: [(u64, u32, u64); KNOWN_ACCOUNTS],
    /// Background tasks over the bound.
    waiting_background: VecDeque<Background>,
    /// Answers whose bytes met a page that must be supplied first, with the bytes of their buffer.
    delayed: VecDeque<Delayed>,
}

impl<E, F, Fut> Executor<'_, E, F, Fut>
where
    E: Events,
    F: Fn(Request) -> Fut,
    Fut: Future<Output = Answer>,
{
    fn run(&mut self) -> Stopped {
        let kernel = self.runtime.kernel();
        let mut outbound: Option<Outbound> = None;
        loop {
            // The plain case: nothing is ready, the last answer goes out with the next Recv.
            let options = if self.runtime.ready().any() || !self.delayed.is_empty() {
                if let Some(stopped) = self.work(&mut outbound) {
                    return stopped;
                }
                self.options()
            } else {
                if self.is_full() {
                    receive_options::NO_REQUESTS
                } else {
                    0
                }
            };
            let received = match outbound.take() {
                Some(outbound) if options == 0 => self.reply_and_receive(outbound),
                earlier => {
                    self.send(earlier);
                    kernel.receive(options)
                }
            };
            if received.kind == EventKind::Request as i64 {
                if received.header & request::RECEIVED_CLOSED != 0 {
                    self.hear_of_closed();
                }
                outbound = self.start(&received);
                continue;
            }
            match Event::from_received(&received) {
                Ok(event) => self.handle(event),
                Err(CallError::WouldBlock | CallError::Interrupted) => {}
                Err(error) => return Stopped::Failed(error),
            }
        }
    }

    /// Sessions that were closed quietly end before a request that came after their end.
    #[inline(never)]
    fn hear_of_closed(&self) {
        let mut badges = [0; CLOSED_STEP];
        loop {
            let count = self.runtime.kernel().take_closed(&mut badges);
            for &badge in &badges[..count] {
                self.events.closed(badge);
            }
            if count < CLOSED_STEP {
                return;
            }
        }
    }

    /// Everything but requests and events: new background tasks, tasks that are ready, delayed answers.
    #[cold]
    fn work(&mut self, outbound: &mut Option<Outbound>) -> Option<Stopped> {
        // A session must exist before another task changes its readiness.
        if outbound.is_some_and(|outbound| self.mints(outbound)) {
            self.send(outbound.take());
        }
        self.send_delayed();
        self.start_resumed();
        self.poll_ready(outbound);
        self.adopt_spawned();
        if !self.runtime.stopping() {
            return None;
        }
        self.send(outbound.take());
        Some(Stopped::Asked)
    }

    /// Whether a session is minted with an answer.
    fn mints(&self, outbound: Outbound) -> bool {
        self.slots[outbound.slot].answer.mint.is_some()
    }

    /// How to receive now.
    fn options(&self) -> u64 {
        let mut options = 0;
        if self.runtime.ready().any() || !self.delayed.is_empty() {
            options |= receive_options::NO_WAIT;
        }
        if self.is_full() {
            options |= receive_options::NO_REQUESTS;
        }
        options
    }

    /// Sends an answer and receives, in one entry.
    #[inline(always)]
    fn reply_and_receive(&mut self, outbound: Outbound) -> Received {
        let kernel = self.runtime.kernel();
        let received = {
            let slot = &self.slots[outbound.slot];
            let buffered = slot.state.reply.borrow();
            kernel.reply_and_receive(outbound.token, &slot.answer, &buffered)
        };
        if received.kind >= 0 {
            self.slots[outbound.slot].answer.forget_parts();
            return received;
        }
        // The answer did not go out, and nothing was received.
        let error = CallError::from_number(received.kind.unsigned_abs()).unwrap_or(CallError::BadCall);
        self.not_sent(outbound, error);
        kernel.receive(receive_options::NO_WAIT)
    }

    fn send(&mut self, outbound: Option<Outbound>) {
        let Some(outbound) = outbound else { return };
        let sent = {
            let slot = &self.slots[outbound.slot];
            let buffered = slot.state.reply.borrow();
            self.runtime
                .kernel()
                .reply(outbound.token, &slot.answer, &buffered)
        };
        match sent {
            Ok(()) => self.slots[outbound.slot].answer.forget_parts(),
            Err(error) => self.not_sent(outbound, error),
        }
    }

    /// An answer failed. A missing page is waited for; a caller that is gone needs none; anything else becomes an error.
    #[cold]
    fn not_sent(&mut self, outbound: Outbound, error: CallError) {
        let slot = &mut self.slots[outbound.slot];
        let answer = core::mem::take(&mut slot.answer);
        let (badge, method) = (slot.state.header.badge, slot.state.header.method);
        let buffered = slot.state.reply.take();
        self.settle(
            Delayed {
                token: outbound.token,
                badge,
                method,
                answer,
                buffered,
            },
            error,
        );
    }

    /// What becomes of an answer that failed.
    fn settle(&mut self, answer: Delayed, error: CallError) {
        match error {
            CallError::NotResident => self.delayed.push_back(answer),
            CallError::Gone | CallError::Dead => self.undo_handles(&answer.answer),
            _ => {
                self.undo_handles(&answer.answer);
                self.events
                    .undelivered(answer.badge, answer.method, &answer.buffered);
                let failed = Answer::status(BAD_ADDRESS);
                // Where this fails too the call is gone.
                let _ = self.runtime.kernel().reply(answer.token, &failed, &[]);
            }
        }
    }

    /// An answer reached nobody: the session that it was to mint does not exist, and handles that were to go are still here.
    #[cold]
    fn undo_handles(&self, answer: &Answer) {
        for sent in answer.extra.iter().flat_map(|extra| &extra.handles) {
            if sent.flags & trivet_abi::message::sent_handle::MOVE != 0 {
                self.runtime.kernel().close(sent.handle);
            }
        }
        if let Some(session) = answer.mint.filter(|session| session.report_closed) {
            self.events.closed(session.badge);
        }
    }

    /// Tries the answers again that wait for a page.
    fn send_delayed(&mut self) {
        for _ in 0..self.delayed.len() {
            let Some(delayed) = self.delayed.pop_front() else {
                return;
            };
            let sent = self
                .runtime
                .kernel()
                .reply(delayed.token, &delayed.answer, &delayed.buffered);
            if let Err(error) = sent {
                self.settle(delayed, error);
            }
        }
    }

    fn is_full(&self) -> bool {
        self.free.is_empty() && self.slots.len() >= self.runtime.limits().tasks
    }

    /// Acts on an event that is no request.
    fn handle(&mut self, event: Event) {
        match event {
            // Requests are started where they are received.
            Event::Request(_) => {}
            Event::Completed {
                cookie,
                status,
                header,
                words,
            } => {
                self.runtime
                    .calls()
                    .completed(self.runtime, cookie, status, header, words);
            }
            Event::Closed { badge } => self.events.closed(badge),
            Event::Cancelled { token, died } => {
                self.cancel(
                    token,
                    if died {
                        Cancelled::Died
                    } else {
                        Cancelled::Interrupted
                    },
                );
            }
            Event::Signalled { cookie, count, words } => match cookie & tag::MASK {
                tag::SIGNAL => self.runtime.signals().fire(cookie, count, words),
                tag::TIMER => self.runtime.timers().fire(self.runtime),
                _ => self.events.signalled(cookie, count, words),
            },
            Event::ProcessGone { process } => self.events.process_gone(process),
            Event::Fault { fault, header, words } => self.events.fault(fault, header, words),
            Event::PageWanted { cookie, words } => self.events.page_wanted(cookie, words),
        }
    }

    /// Puts a request into a slot and polls it.
    #[inline(always)]
    fn start(&mut self, received: &Received) -> Option<Outbound> {
        let index = match self.free.last() {
            Some(&index) => index,
            None => self.new_slot(received.token)?,
        };
        let slot = &mut self.slots[index];
        let state = match Rc::get_mut(&mut slot.state) {
            Some(state) => state,
            None => {
                // A service has kept its request: the slot gets a new state, and the old one is the service's.
                slot.state = Rc::new(TaskState::new(self.runtime, index));
                Rc::get_mut(&mut slot.state)?
            }
        };
        state.begin(received);
        let request = Request::new(slot.state.clone());
        match self.events.at_once(&request, &mut slot.answer) {
            AtOnce::Answered => {}
            AtOnce::AnsweredBoth(parked) => self.answer_parked(parked),
            AtOnce::Parked => {
                self.free.pop();
                drop(request);
                return self.count_waiting(index).then(|| self.finish(index));
            }
            AtOnce::No => {
                self.free.pop();
                // Those that waited before it come before it.
                self.start_resumed();
                self.slots[index].future.start(|| (self.serve)(request));
                let ended = self.poll_once(index) || self.count_waiting(index);
                return ended.then(|| self.finish(index));
            }
        }
        drop(request);
        let slot = &mut self.slots[index];
        if slot.state.header.handles != 0
            && let Some(state) = Rc::get_mut(&mut slot.state)
        {
            state.end();
        }
        // The slot was never taken: what goes out lies there until the next request.
        Some(Outbound {
            token: received.token,
            slot: index,
        })
    }

    /// Sends the answer of a request that was parked.
    fn answer_parked(&mut self, parked: Parked) {
        let Some(index) = parked.end() else { return };
        let slot = &mut self.slots[index];
        let count = slot.state.reply.borrow().len();
        slot.answer = Answer::words([count as u64, 0, 0, 0, 0, 0]);
        let finished = self.finish(index);
        self.send(Some(finished));
    }

    /// Has the dispatcher serve the requests that were parked and are not to be any more.
    fn start_resumed(&mut self) {
        for index in self.runtime.take_resumed() {
            if self.start_parked(index) && self.poll_once(index) {
                let finished = self.finish(index);
                self.send(Some(finished));
            }
        }
    }

    /// Makes the future of a request that was parked. False: it is none.
    fn start_parked(&mut self, index: usize) -> bool {
        let Some(slot) = self.slots.get_mut(index) else {
            return false;
        };
        let was_parked = slot.state.parked.take();
        if was_parked {
            let request = Request::new(slot.state.clone());
            slot.future.start(|| (self.serve)(request));
        }
        was_parked
    }

    /// A slot that was never used; it is free.
    #[cold]
    fn new_slot(&mut self, token: u64) -> Option<usize> {
        let index = self.slots.len();
        if index >= self.runtime.limits().tasks {
            // Not reached: a full server receives no requests.
            let _ = self
                .runtime
                .kernel()
                .reply(token, &Answer::status(TRY_AGAIN), &[]);
            return None;
        }
        let state = Rc::new(TaskState::new(self.runtime, index));
        self.slots.push(Slot {
            future: FutureSlot::new(),
            state,
            account: None,
            answer: Answer::default(),
        });
        self.free.push(index);
        Some(index)
    }

    /// Polls a task. True: it has ended, and its answer is in its slot.
    #[inline(always)]
    fn poll_once(&mut self, index: usize) -> bool {
        let slot = &mut self.slots[index];
        let mut context = Context::from_waker(&slot.state.waker);
        match slot.future.poll(&mut context) {
            Some(Poll::Ready(answer)) => {
                slot.answer = answer;
                true
            }
            Some(Poll::Pending) | None => false,
        }
    }

    /// Frees the slot of a task that has ended.
    #[inline(always)]
    fn finish(&mut self, index: usize) -> Outbound {
        let slot = &mut self.slots[index];
        slot.future.clear();
        if let Some(state) = Rc::get_mut(&mut slot.state) {
            state.end();
        }
        if let Some(account) = slot.account.take() {
            discount(&mut self.waiting, account);
        }
        let token = slot.state.header.token;
        self.free.push(index);
        Outbound { token, slot: index }
    }

    /// A task begins to wait: it counts against its account. Over the bound it is cancelled at once; true if it then ends.
    fn count_waiting(&mut self, index: usize) -> bool {
        let account = self.account_of(index);
        let slot = &mut self.slots[index];
        slot.account = Some(account);
        let count = match self.waiting.iter_mut().find(|(other, _)| *other == account) {
            Some((_, count)) => {
                *count += 1;
                *count
            }
            None => {
                self.waiting.push((account, 1));
                1
            }
        };
        if count <= self.runtime.limits().tasks_per_account {
            return false;
        }
        slot.state.cancelled.set(Some(Cancelled::TooMany));
        self.start_parked(index);
        if !self.poll_once(index) {
            return false;
        }
        // What was done before the wait stands; a failure says why.
        let answer = &mut self.slots[index].answer;
        if answer.status != 0 {
            *answer = Answer::status(TRY_AGAIN);
        }
        true
    }

    /// The account of a request's caller. It stays as long as the process stays in its domain, so the kernel is asked once.
    fn account_of(&mut self, index: usize) -> u64 {
        let header = &self.slots[index].state.header;
        let (process, domain) = (header.stamp.process, header.stamp.domain);
        let known = &mut self.accounts[process as usize % KNOWN_ACCOUNTS];
        if (known.0, known.1) != (process, domain) || process == 0 {
            *known = (process, domain, self.runtime.kernel().account(header.token));
        }
        known.2
    }

    fn cancel(&mut self, token: u64, why: Cancelled) {
        let slot = self
            .slots
            .iter()
            .find(|slot| slot.is_taken() && slot.state.header.token == token);
        if let Some(slot) = slot {
            slot.state.cancelled.set(Some(why));
            if slot.state.parked.get() {
                self.runtime.resume(slot.state.task);
            } else {
                slot.state.waker.wake_by_ref();
            }
        }
    }

    /// Polls every task that is ready now. Those that become ready meanwhile wait for the next round, so that requests
    /// and events are received in between. The last answer stays, to go out with the next `Recv`.
    fn poll_ready(&mut self, outbound: &mut Option<Outbound>) {
        let tasks = self.runtime.limits().tasks;
        let ready = self.runtime.ready().clone();
        ready.drain(|task| {
            if task >= tasks {
                self.poll_background(task - tasks);
            } else if self.slots.get(task).is_some_and(|slot| slot.future.is_occupied())
                && self.poll_once(task)
            {
                let finished = self.finish(task);
                // The first answer stays: it is mostly for the caller on whose time this server runs, and going back to
                // that one is the kernel's shortest way.
                if outbound.is_some() || self.mints(finished) {
                    self.send(Some(finished));
                } else {
                    *outbound = Some(finished);
                }
            }
        });
    }

    fn poll_background(&mut self, index: usize) {
        let Some(slot) = self.background.get_mut(index) else {
            return;
        };
        let Some(future) = &mut slot.future else { return };
        let mut context = Context::from_waker(&slot.waker);
        if future.as_mut().poll(&mut context).is_ready() {
            slot.future = self.waiting_background.pop_front();
            if slot.future.is_some() {
                slot.waker.wake_by_ref();
            }
        }
    }

    /// Gives new background tasks their slots and makes them ready. Over the bound they wait until one ends.
    fn adopt_spawned(&mut self) {
        let Limits {
            tasks, background, ..
        } = self.runtime.limits();
        for future in self.runtime.take_spawned() {
            let index = match self.background.iter().position(|slot| slot.future.is_none()) {
                Some(index) => index,
                None if self.background.len() < background => {
                    let waker = waker(self.runtime.ready(), tasks + self.background.len());
                    self.background.push(BackgroundSlot { future: None, waker });
                    self.background.len() - 1
                }
                None => {
                    self.waiting_background.push_back(future);
                    continue;
                }
            };
            self.background[index].future = Some(future);
            self.runtime.ready().set(tasks + index);
        }
    }
}

/// One task less of `account` waits.
fn discount(waiting: &mut Vec<(u64, usize)>, account: u64) {
    if let Some(index) = waiting.iter().position(|(other, _)| *other == account) {
        waiting[index].1 -= 1;
        if waiting[index].1 == 0 {
            waiting.swap_remove(index);
        }
    }
}
