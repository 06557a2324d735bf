//! A kernel for tests on the host: plays callers, records answers.
//!
//! A test queues requests and events, and steps that happen whenever the server would wait; `run` returns when nothing
//! is left. Servers test their handlers over it.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use trivet_abi::error::CallError;
use trivet_abi::event::{EventKind, receive_options};
use trivet_abi::handle::Handle;
use trivet_abi::message::request;
use trivet_abi::{InterfaceNumber, Label};
use trivet_ipc::calls::Received;

use crate::answer::{Answer, NewSession, Readiness};
use crate::call::{CallBuffers, Outgoing};
use crate::error::CopyError;
use crate::kernel::{CLOSED_STEP, Kernel};

/// A request that a test sends.
#[derive(Clone, Debug, Default)]
pub struct FakeRequest {
    /// The method's number.
    pub method: u8,
    /// Words of the message.
    pub words: [u64; 6],
    /// Badge of the session.
    pub badge: u64,
    /// Number of the caller's process; also its account.
    pub process: u64,
    /// Bytes sent.
    pub sent: Vec<u8>,
    /// Room for bytes of the reply.
    pub room: usize,
    /// Handles sent.
    pub handles: Vec<Handle>,
}

/// What a caller got.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FakeAnswer {
    /// 0, or the error number.
    pub status: u16,
    /// Words of the reply.
    pub words: [u64; 6],
    /// The caller's room after the call.
    pub room: Vec<u8>,
    /// Bytes that the reply brought.
    pub copied: usize,
    /// The session that was minted.
    pub minted: Option<NewSession>,
    /// Handles that were sent.
    pub handles: Vec<Handle>,
}

/// A call that the server made to another one.
#[derive(Clone, Debug)]
pub struct FakeOutgoing {
    /// Its call slot.
    pub slot: u64,
    /// What to complete it with.
    pub cookie: u64,
    /// The method's number.
    pub method: u8,
    /// Words of the message.
    pub words: [u64; 6],
    /// Bytes sent.
    pub sent: Vec<u8>,
    /// Where the reply's bytes go.
    room: *mut u8,
    room_length: usize,
}

type Step = Box<dyn FnOnce(&FakeKernel)>;
type Rule = Box<dyn Fn(u32, Label, InterfaceNumber, u8) -> bool>;

struct Pending {
    request: FakeRequest,
    answer: FakeAnswer,
}

#[derive(Default)]
struct State {
    next_token: Cell<u64>,
    events: RefCell<VecDeque<Received>>,
    requests: RefCell<VecDeque<u64>>,
    steps: RefCell<VecDeque<Step>>,
    pending: RefCell<BTreeMap<u64, Pending>>,
    answers: RefCell<BTreeMap<u64, FakeAnswer>>,
    window: RefCell<Vec<u8>>,
    window_length: Cell<usize>,
    received_handles: RefCell<Vec<Handle>>,
    closed_handles: RefCell<Vec<Handle>>,
    quietly_closed: RefCell<Vec<u64>>,
    readiness: RefCell<Vec<Readiness>>,
    rule: RefCell<Option<Rule>>,
    outgoing: RefCell<Vec<FakeOutgoing>>,
    cancelled_calls: RefCell<Vec<u64>>,
    now_ns: Cell<u64>,
    timer: Cell<Option<(u64, u64)>>,
    not_resident: Cell<u32>,
    refused_replies: Cell<u32>,
}

/// The kernel that a test and the runtime share.
#[derive(Clone, Default)]
pub struct FakeKernel {
    state: Rc<State>,
}

impl FakeKernel {
    /// A kernel whose window takes so many bytes.
    #[must_use]
    pub fn new(window_length: usize) -> FakeKernel {
        let kernel = FakeKernel::default();
        kernel.state.window_length.set(window_length);
        kernel
    }

    /// Queues a request; answers its token.
    pub fn request(&self, request: FakeRequest) -> u64 {
        let token = self.state.next_token.get() + 1;
        self.state.next_token.set(token);
        let answer = FakeAnswer {
            room: alloc::vec![0; request.room],
            ..FakeAnswer::default()
        };
        self.state
            .pending
            .borrow_mut()
            .insert(token, Pending { request, answer });
        self.state.requests.borrow_mut().push_back(token);
        token
    }

    /// Something that happens when the server would wait and nothing else is queued.
    pub fn when_idle(&self, step: impl FnOnce(&FakeKernel) + 'static) {
        self.state.steps.borrow_mut().push_back(Box::new(step));
    }

    /// Tells the server that the caller of `token` was interrupted or died.
    pub fn cancel(&self, token: u64, died: bool) {
        let kind = EventKind::Cancelled as i64;
        self.event(Received {
            kind,
            token,
            header: u64::from(died),
            ..Received::default()
        });
    }

    /// Tells the server that a session was closed.
    pub fn close_session(&self, badge: u64) {
        self.event(Received {
            kind: EventKind::Closed as i64,
            badge,
            ..Received::default()
        });
    }

    /// Closes a session that was minted as quiet.
    pub fn close_session_quietly(&self, badge: u64) {
        self.state.quietly_closed.borrow_mut().push(badge);
    }

    /// Fires a source.
    pub fn signal(&self, cookie: u64, count: u64) {
        let kind = EventKind::Signalled as i64;
        self.event(Received {
            kind,
            token: cookie,
            header: count,
            ..Received::default()
        });
    }

    /// Queues any event.
    pub fn event(&self, received: Received) {
        self.state.events.borrow_mut().push_back(received);
    }

    /// Ends a call that the server made.
    pub fn complete(&self, call: &FakeOutgoing, status: i64, words: [u64; 6], bytes: &[u8]) {
        let copied = bytes.len().min(call.room_length);
        self.fill(call, &bytes[..copied]);
        let kind = EventKind::Completed as i64;
        let received = Received {
            kind,
            token: call.cookie,
            header: copied as u64,
            words,
            badge: status.cast_unsigned(),
            ..Received::default()
        };
        self.event(received);
    }

    #[allow(unsafe_code, reason = "writes where the kernel would")]
    fn fill(&self, call: &FakeOutgoing, bytes: &[u8]) {
        // SAFETY: the runtime keeps the room until `completed` was received, and touches it in no other way; `bytes` was
        // cut to its length.
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), call.room, bytes.len()) };
    }

    /// What the policy grants: (domain, label, interface, method). Everything, when never set.
    pub fn set_policy(&self, rule: impl Fn(u32, Label, InterfaceNumber, u8) -> bool + 'static) {
        *self.state.rule.borrow_mut() = Some(Box::new(rule));
    }

    /// Sets the monotonic clock; a timer whose time has come fires.
    pub fn set_now_ns(&self, now_ns: u64) {
        self.state.now_ns.set(now_ns);
        if let Some((cookie, deadline_ns)) = self.state.timer.get()
            && deadline_ns <= now_ns
        {
            self.state.timer.set(None);
            self.signal(cookie, 1);
        }
    }

    /// The next `count` replies meet a page that must be supplied first.
    pub fn set_not_resident(&self, count: u32) {
        self.state.not_resident.set(count);
    }

    /// The next `count` replies meet memory of the caller's that cannot take their bytes.
    pub fn refuse_replies(&self, count: u32) {
        self.state.refused_replies.set(count);
    }

    /// The answer to a request, once it was given.
    #[must_use]
    pub fn answer(&self, token: u64) -> Option<FakeAnswer> {
        self.state.answers.borrow().get(&token).cloned()
    }

    /// Requests without an answer, queued ones too.
    #[must_use]
    pub fn unanswered(&self) -> Vec<u64> {
        self.state.pending.borrow().keys().copied().collect()
    }

    /// Calls that the server has made.
    #[must_use]
    pub fn outgoing(&self) -> Vec<FakeOutgoing> {
        self.state.outgoing.borrow().clone()
    }

    /// Slots whose calls the server withdrew.
    #[must_use]
    pub fn cancelled_calls(&self) -> Vec<u64> {
        self.state.cancelled_calls.borrow().clone()
    }

    /// Handles that the server closed.
    #[must_use]
    pub fn closed_handles(&self) -> Vec<Handle> {
        self.state.closed_handles.borrow().clone()
    }

    /// Readiness changes in their order.
    #[must_use]
    pub fn readiness(&self) -> Vec<Readiness> {
        self.state.readiness.borrow().clone()
    }

    /// Hands the next queued request over, as Recv does.
    fn deliver(&self, token: u64) -> Received {
        let pending = self.state.pending.borrow();
        let request = &pending[&token].request;
        let window = request.sent.len().min(self.state.window_length.get());
        *self.state.window.borrow_mut() = request.sent[..window].to_vec();
        *self.state.received_handles.borrow_mut() = request.handles.clone();
        Received {
            kind: EventKind::Request as i64,
            token,
            header: u64::from(request.method)
                | if self.state.quietly_closed.borrow().is_empty() {
                    0
                } else {
                    request::RECEIVED_CLOSED
                }
                | (request.handles.len() as u64) << request::RECEIVED_HANDLES_SHIFT,
            words: request.words,
            badge: request.badge,
            process: request.process,
            domain_and_row: 0,
            sent_and_room: request.sent.len() as u64 | (request.room as u64) << 32,
        }
    }
}

fn refusal(error: CallError) -> Received {
    Received {
        kind: error.to_status(),
        ..Received::default()
    }
}

impl Kernel for FakeKernel {
    fn receive(&self, options: u64) -> Received {
        loop {
            if let Some(event) = self.state.events.borrow_mut().pop_front() {
                return event;
            }
            if options & receive_options::NO_REQUESTS == 0
                && let Some(token) = self.state.requests.borrow_mut().pop_front()
            {
                return self.deliver(token);
            }
            if options & receive_options::NO_WAIT != 0 {
                return refusal(CallError::WouldBlock);
            }
            let step = self.state.steps.borrow_mut().pop_front();
            match step {
                Some(step) => step(self),
                None => return refusal(CallError::Gone),
            }
        }
    }

    fn reply(&self, token: u64, answer: &Answer, buffered: &[u8]) -> Result<(), CallError> {
        let left = self.state.not_resident.get();
        if left != 0 {
            self.state.not_resident.set(left - 1);
            return Err(CallError::NotResident);
        }
        let left = self.state.refused_replies.get();
        if left != 0 {
            self.state.refused_replies.set(left - 1);
            return Err(CallError::PeerFault);
        }
        let mut pending = self
            .state
            .pending
            .borrow_mut()
            .remove(&token)
            .ok_or(CallError::Gone)?;
        let given = &mut pending.answer;
        given.status = answer.status;
        given.words = answer.words;
        for byte in buffered.iter().chain(answer.output.bytes()) {
            if let Some(place) = given.room.get_mut(given.copied) {
                *place = *byte;
                given.copied += 1;
            }
        }
        given.minted = answer.mint;
        if let Some(extra) = &answer.extra {
            given.handles = extra.handles.iter().map(|sent| sent.handle).collect();
            self.state
                .readiness
                .borrow_mut()
                .extend(extra.readiness.iter().copied());
        }
        self.state.answers.borrow_mut().insert(token, pending.answer);
        Ok(())
    }

    fn reply_and_receive(&self, token: u64, answer: &Answer, buffered: &[u8]) -> Received {
        match self.reply(token, answer, buffered) {
            Ok(()) => self.receive(0),
            Err(error) => refusal(error),
        }
    }

    fn take_window(&self, length: usize, into: &mut Vec<u8>) {
        let window = self.state.window.borrow();
        into.extend_from_slice(&window[..length.min(window.len())]);
    }

    fn received_handle(&self, index: usize) -> Handle {
        self.state
            .received_handles
            .borrow()
            .get(index)
            .copied()
            .unwrap_or(Handle::NONE)
    }

    fn copy_in(&self, token: u64, offset: u64, into: &mut [u8]) -> Result<usize, CopyError> {
        let pending = self.state.pending.borrow();
        let sent = &pending.get(&token).ok_or(CopyError::Gone)?.request.sent;
        let offset = usize::try_from(offset).map_err(|_| CopyError::Refused)?;
        let bytes = sent.get(offset..).ok_or(CopyError::Refused)?;
        let count = bytes.len().min(into.len());
        into[..count].copy_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn copy_out(&self, token: u64, offset: u64, bytes: &[u8]) -> Result<usize, CopyError> {
        let mut pending = self.state.pending.borrow_mut();
        let room = &mut pending.get_mut(&token).ok_or(CopyError::Gone)?.answer.room;
        let offset = usize::try_from(offset).map_err(|_| CopyError::Refused)?;
        let room = room.get_mut(offset..).ok_or(CopyError::Refused)?;
        let count = bytes.len().min(room.len());
        room[..count].copy_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn copy_between(
        &self,
        source: u64,
        source_offset: u64,
        target: u64,
        target_offset: u64,
        length: u64,
    ) -> Result<u64, CopyError> {
        let mut bytes = alloc::vec![0; usize::try_from(length).map_err(|_| CopyError::Refused)?];
        let count = self.copy_in(source, source_offset, &mut bytes)?;
        self.copy_out(target, target_offset, &bytes[..count])
            .map(|count| count as u64)
    }

    fn copy_memory(&self, _: u64, _: u64, _: Handle, _: u64, _: u64, _: bool) -> Result<u64, CopyError> {
        // Memory objects are the server's to fake.
        Err(CopyError::Refused)
    }

    fn set_readiness(&self, badge: u64, set: u32, clear: u32, pulse: u32) {
        self.state.readiness.borrow_mut().push(Readiness {
            badge,
            set,
            clear,
            pulse,
        });
    }

    fn allows(&self, _: u64, domain: u32, label: Label, interface: InterfaceNumber, method: u8) -> bool {
        self.state
            .rule
            .borrow()
            .as_ref()
            .is_none_or(|rule| rule(domain, label, interface, method))
    }

    fn label_for_new(&self, _: u64, parent: Label, _: &[u8]) -> Option<Label> {
        Some(parent)
    }

    fn account(&self, token: u64) -> u64 {
        self.state
            .pending
            .borrow()
            .get(&token)
            .map_or(0, |pending| pending.request.process)
    }

    fn mint(&self, session: &NewSession) -> Result<Handle, CallError> {
        Ok(Handle::own(u32::try_from(session.badge).unwrap_or(0), 1))
    }

    fn close(&self, handle: Handle) {
        self.state.closed_handles.borrow_mut().push(handle);
    }

    fn take_closed(&self, badges: &mut [u64; CLOSED_STEP]) -> usize {
        let mut closed = self.state.quietly_closed.borrow_mut();
        let count = closed.len().min(CLOSED_STEP);
        for (place, badge) in badges.iter_mut().zip(closed.drain(..count)) {
            *place = badge;
        }
        count
    }

    fn own_badge(&self, handle: Handle) -> Option<u64> {
        handle.is_own().then(|| u64::from(handle.own_index()))
    }

    fn start_call(
        &self,
        slot: u64,
        cookie: u64,
        call: &Outgoing,
        buffers: &mut CallBuffers,
    ) -> Result<(), CallError> {
        self.state.outgoing.borrow_mut().push(FakeOutgoing {
            slot,
            cookie,
            method: call.method,
            words: call.words,
            sent: buffers.sent.clone(),
            room: buffers.room.as_mut_ptr(),
            room_length: buffers.room.len(),
        });
        Ok(())
    }

    fn cancel_call(&self, slot: u64) {
        self.state.cancelled_calls.borrow_mut().push(slot);
    }

    fn now_ns(&self) -> u64 {
        self.state.now_ns.get()
    }

    fn set_timer(&self, cookie: u64, deadline_ns: u64) {
        self.state.timer.set(Some((cookie, deadline_ns)));
        self.set_now_ns(self.now_ns());
    }
}
