//! The real kernel: Recv, Reply and kernel services of this process.
//!
//! Copies of a client's bytes are made without the stubs' retry: where a page of the client's must be supplied first,
//! this server may be the one to supply it, so the error goes to the task.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::{Cell, UnsafeCell};

use trivet_abi::error::CallError;
use trivet_abi::handle::Handle;
use trivet_abi::message::{
    AcceptHandles, CallExtension, MAX_HANDLES, Mint, ReadinessChange, ReplyExtension, Segment, SegmentList,
    SentHandleList, mint, reply, request,
};
use trivet_abi::{InterfaceNumber, Label};
use trivet_ipc::calls::{self, Received};
use trivet_ipc::{account, clock, endpoint, memory, policy, process, thread, timer};
use trivet_policy::{DomainId, InterfaceId, LabelId, Rows};

use crate::answer::{Answer, NewSession};
use crate::call::{CallBuffers, Outgoing};
use crate::error::CopyError;
use crate::kernel::{CLOSED_STEP, Kernel};
use crate::signal::tag;

/// Bytes of the receive window: a path and a struct. What is longer is copied when a handler wants it.
const WINDOW: usize = 4096 + 512;
/// Handles that a request may bring.
const HANDLES: usize = MAX_HANDLES as usize;

/// Rows of decisions that are remembered; a power of two.
const KNOWN_ROWS: usize = 8;

/// The methods of one interface that the policy grants a domain on a label.
#[derive(Clone, Copy, Default)]
struct KnownRow {
    /// Domain, interface and label; 0 for none, which no label is.
    key: u64,
    granted: u64,
}

/// Memory that the kernel fills at Recv.
struct Incoming {
    window: UnsafeCell<[u8; WINDOW]>,
    handles: UnsafeCell<[Handle; HANDLES]>,
}

/// The kernel, as a server with one endpoint and one thread sees it.
pub struct System {
    endpoint: Handle,
    policy: Option<Handle>,
    rows: Option<Rows<'static>>,
    /// Rows that were looked up lately. The table never changes, so they stay true.
    known_rows: [Cell<KnownRow>; KNOWN_ROWS],
    timer: Handle,
    incoming: Box<Incoming>,
}

/// What went wrong while a server set itself up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetUpError {
    /// The receive window.
    Window(i32),
    /// The timer.
    Timer(i32),
    /// The call slots.
    CallSlots(i32),
}

impl System {
    /// Registers the calling thread's receive window and makes a timer. `policy` judges names; without it every name is
    /// refused. Only this thread may use the value.
    pub fn new(endpoint: Handle, policy: Option<Handle>) -> Result<System, SetUpError> {
        let incoming = Box::new(Incoming {
            window: UnsafeCell::new([0; WINDOW]),
            handles: UnsafeCell::new([Handle::NONE; HANDLES]),
        });
        let window = incoming.window.get().expose_provenance() as u64;
        let handles = incoming.handles.get().expose_provenance() as u64;
        thread::set_receive_window(Handle::SELF_THREAD, window, WINDOW as u64, MAX_HANDLES, handles)
            .map_err(|failure| SetUpError::Window(failure.errno()))?;
        let timer =
            account::create_timer(Handle::ACCOUNT).map_err(|failure| SetUpError::Timer(failure.errno()))?;
        timer::bind(timer, endpoint, tag::TIMER).map_err(|failure| SetUpError::Timer(failure.errno()))?;
        let rows = policy.and_then(map_rows);
        Ok(System {
            endpoint,
            policy,
            rows,
            known_rows: Default::default(),
            timer,
            incoming,
        })
    }

    /// Buys call slots: the first number and the count, for `Runtime::new`.
    pub fn buy_call_slots(&self, count: u32) -> Result<(u64, usize), SetUpError> {
        if count == 0 {
            return Ok((0, 0));
        }
        endpoint::buy_call_slots(self.endpoint, count)
            .map(|first| (first, count as usize))
            .map_err(|failure| SetUpError::CallSlots(failure.errno()))
    }

    /// A reply with one segment of bytes, or none.
    #[inline(always)]
    fn send_words(&self, token: u64, header: u64, words: [u64; 6], bytes: &[u8]) -> Received {
        let (address, length) = (address_of(bytes), bytes.len() as u64);
        // SAFETY: the bytes are borrowed during the call; the receive window belongs to this value, and nothing borrows it: it is copied out
        // before this is called again.
        unsafe { calls::reply(token, header, words, address, length, self.endpoint) }
    }

    fn send(&self, token: u64, answer: &Answer, buffered: &[u8], then: u64) -> Received {
        let status = u64::from(answer.status) | then;
        let output = answer.output.bytes();
        if answer.extra.is_none() && (buffered.is_empty() || output.is_empty()) {
            let bytes = if buffered.is_empty() { output } else { buffered };
            let header = if bytes.is_empty() {
                status
            } else {
                status | reply::BUFFER
            };
            match &answer.mint {
                None => return self.send_words(token, header, answer.words, bytes),
                Some(session) if answer.words[2..] == [0; 4] => {
                    let mut words = answer.words;
                    words[2..].copy_from_slice(&mint_block(session).to_words());
                    return self.send_words(token, header | reply::MINT, words, bytes);
                }
                Some(_) => {}
            }
        }
        let mut extension = ReplyExtension {
            gather: segments(buffered, output),
            ..ReplyExtension::default()
        };
        if let Some(extra) = &answer.extra {
            let handles = &extra.handles;
            extension.handles.count = handles.len() as u64;
            if handles.len() > extension.handles.inline.len() {
                extension.handles.array = handles.as_ptr().expose_provenance() as u64;
            } else {
                for (slot, handle) in extension.handles.inline.iter_mut().zip(handles) {
                    *slot = *handle;
                }
            }
            for (slot, change) in extension.readiness.iter_mut().zip(&extra.readiness) {
                *slot = ReadinessChange {
                    badge: change.badge,
                    set: change.set,
                    clear: change.clear,
                    pulse: change.pulse,
                    present: 1,
                };
            }
        }
        if let Some(session) = &answer.mint {
            extension.mint = mint_block(session);
        }
        let address = core::ptr::from_ref(&extension).expose_provenance() as u64;
        // SAFETY: the extension and what it names are borrowed during the call; the window as above.
        unsafe {
            calls::reply(
                token,
                status | reply::EXTENSION,
                answer.words,
                address,
                0,
                self.endpoint,
            )
        }
    }

    /// The methods of `interface` that the rows grant.
    #[inline]
    fn granted(&self, domain: u32, label: Label, interface: InterfaceNumber) -> u64 {
        let (Some(rows), Ok(domain)) = (&self.rows, u16::try_from(domain)) else {
            return 0;
        };
        let key = u64::from(domain) << 48 | u64::from(interface.0) << 32 | u64::from(label.0);
        let known = &self.known_rows[(label.0 as usize ^ usize::from(domain)) % KNOWN_ROWS];
        let found = known.get();
        if found.key == key && key != 0 {
            return found.granted;
        }
        let granted = rows.granted(DomainId(domain), LabelId(label.0), InterfaceId(interface.0));
        known.set(KnownRow { key, granted });
        granted
    }

    /// A kernel service on the endpoint that moves a client's bytes. Word 0 of the outcome is the count.
    fn copy(&self, method: u8, words: [u64; 6], direction: u64, segment: Segment) -> Result<u64, CopyError> {
        let header = request::header(endpoint::INTERFACE, method) | direction;
        // SAFETY: `segment` is memory of this server's that the caller borrows, exclusively where the kernel fills it.
        let outcome =
            unsafe { calls::call_buffer(self.endpoint, header, words, segment.address, segment.length) };
        copied(outcome.status, outcome.words[0])
    }
}

/// The result of a copy by its status.
#[inline]
fn copied(status: i64, count: u64) -> Result<u64, CopyError> {
    if status == 0 {
        return Ok(count);
    }
    Err(copy_error(status, count))
}

#[cold]
fn copy_error(status: i64, count: u64) -> CopyError {
    const EAGAIN: i64 = 11;
    const EFAULT: i64 = 14;
    const ESRCH: i64 = 3;
    let not_resident = CallError::NotResident.to_status();
    let bad_pointer = CallError::BadPointer.to_status();
    let peer_fault = CallError::PeerFault.to_status();
    let gone = CallError::Gone.to_status();
    match status {
        EAGAIN => CopyError::NotResident(count),
        EFAULT => CopyError::BadPointer,
        ESRCH => CopyError::Gone,
        status if status == not_resident => CopyError::NotResident(count),
        status if status == bad_pointer || status == peer_fault => CopyError::BadPointer,
        status if status == gone => CopyError::Gone,
        _ => CopyError::Refused,
    }
}

fn address_of(bytes: &[u8]) -> u64 {
    bytes.as_ptr().expose_provenance() as u64
}

fn segment_of(bytes: &[u8]) -> Segment {
    Segment {
        address: address_of(bytes),
        length: bytes.len() as u64,
    }
}

/// One or two segments.
fn segments(first: &[u8], second: &[u8]) -> SegmentList {
    let (first, second) = (segment_of(first), segment_of(second));
    match (first.length, second.length) {
        (0, 0) => SegmentList::default(),
        (0, _) => SegmentList {
            count: 1,
            inline: [second, Segment::default()],
        },
        (_, 0) => SegmentList {
            count: 1,
            inline: [first, Segment::default()],
        },
        _ => SegmentList {
            count: 2,
            inline: [first, second],
        },
    }
}

fn mint_block(session: &NewSession) -> Mint {
    let mut report = 0;
    if session.report_closed {
        report |= mint::REPORT_CLOSED;
        if session.quiet {
            report |= mint::QUIET;
        }
        if session.lazy {
            report |= mint::LAZY;
        }
    }
    Mint {
        badge: session.badge,
        interface_flags_rights: u64::from(session.interface.0)
            | mint::PRESENT
            | report
            | u64::from(session.rights.0) << mint::RIGHTS_SHIFT,
        label: u64::from(session.label.0),
        mask: session.mask,
        readiness: u64::from(session.readiness),
    }
}

/// Maps the policy's rows for this server; without them every name is asked for.
fn map_rows(policy: Handle) -> Option<Rows<'static>> {
    let table = policy::rows(policy).ok()?;
    let mut info = memory::Info::default();
    memory::info(table, &mut info).ok()?;
    let flags = trivet_ipc::shared::MapFlags::EMPTY;
    let address = memory::map_read(table, Handle::ADDRESS_SPACE, 0, info.size, 0, flags).ok()?;
    let pointer = core::ptr::with_exposed_provenance::<u8>(usize::try_from(address).ok()?);
    // SAFETY: the kernel mapped so many bytes there, readable, and nothing unmaps them. The kernel writes the table
    // before it hands it out, and never again.
    let bytes = unsafe { core::slice::from_raw_parts(pointer, usize::try_from(info.size).ok()?) };
    Rows::new(bytes).ok()
}

impl Kernel for System {
    fn receive(&self, options: u64) -> Received {
        // SAFETY: the receive window belongs to this value, and nothing borrows it: `take_window` copies.
        unsafe { calls::receive(self.endpoint, options) }
    }

    fn reply(&self, token: u64, answer: &Answer, buffered: &[u8]) -> Result<(), CallError> {
        let received = self.send(token, answer, buffered, 0);
        if received.kind >= 0 {
            return Ok(());
        }
        Err(CallError::from_number(received.kind.unsigned_abs()).unwrap_or(CallError::BadCall))
    }

    fn reply_and_receive(&self, token: u64, answer: &Answer, buffered: &[u8]) -> Received {
        self.send(token, answer, buffered, reply::THEN_RECEIVE)
    }

    fn take_window(&self, length: usize, into: &mut Vec<u8>) {
        let length = length.min(WINDOW);
        let window = self.incoming.window.get().cast::<u8>();
        // SAFETY: the kernel writes the window only in a Recv of this thread, which is not in one; `length` is within it,
        // and every byte was initialised.
        let window = unsafe { core::slice::from_raw_parts(window, length) };
        into.extend_from_slice(window);
    }

    fn received_handle(&self, index: usize) -> Handle {
        if index >= HANDLES {
            return Handle::NONE;
        }
        // SAFETY: as for the window; the index is within the array.
        unsafe { self.incoming.handles.get().cast::<Handle>().add(index).read() }
    }

    fn copy_in(&self, token: u64, offset: u64, into: &mut [u8]) -> Result<usize, CopyError> {
        let segment = Segment {
            address: into.as_mut_ptr().expose_provenance() as u64,
            length: into.len() as u64,
        };
        let words = [token, offset, 0, 0, 0, 0];
        let count = self.copy(endpoint::method::COPY_IN, words, request::BUFFER_OUT, segment)?;
        Ok(usize::try_from(count).unwrap_or(0).min(into.len()))
    }

    fn copy_out(&self, token: u64, offset: u64, bytes: &[u8]) -> Result<usize, CopyError> {
        let words = [token, offset, 0, 0, 0, 0];
        let count = self.copy(
            endpoint::method::COPY_OUT,
            words,
            request::BUFFER_IN,
            segment_of(bytes),
        )?;
        Ok(usize::try_from(count).unwrap_or(0).min(bytes.len()))
    }

    fn copy_between(
        &self,
        source: u64,
        source_offset: u64,
        target: u64,
        target_offset: u64,
        length: u64,
    ) -> Result<u64, CopyError> {
        let words = [source, source_offset, target, target_offset, length, 0];
        // SAFETY: the header names no memory of this server's.
        let outcome = unsafe {
            calls::call_words(
                self.endpoint,
                request::header(endpoint::INTERFACE, endpoint::method::COPY_BETWEEN),
                words,
            )
        };
        copied(outcome.status, outcome.words[0])
    }

    fn copy_memory(
        &self,
        token: u64,
        offset: u64,
        memory: Handle,
        memory_offset: u64,
        length: u64,
        to_memory: bool,
    ) -> Result<u64, CopyError> {
        let words = [
            token,
            offset,
            u64::from(memory.0),
            memory_offset,
            length,
            u64::from(to_memory),
        ];
        // SAFETY: the header names no memory of this server's.
        let outcome = unsafe {
            calls::call_words(
                self.endpoint,
                request::header(endpoint::INTERFACE, endpoint::method::COPY_MEMORY),
                words,
            )
        };
        copied(outcome.status, outcome.words[0])
    }

    fn set_readiness(&self, badge: u64, set: u32, clear: u32, pulse: u32) {
        // A session that is gone has no readiness.
        let _ = endpoint::set_readiness(self.endpoint, badge, set, clear, pulse);
    }

    fn allows(&self, token: u64, domain: u32, label: Label, interface: InterfaceNumber, method: u8) -> bool {
        if method > 61 {
            return false;
        }
        if self.granted(domain, label, interface) >> method & 1 != 0 {
            return true;
        }
        self.policy.is_some_and(|policy| {
            policy::check(policy, self.endpoint, token, label.0, interface.0, method) == Ok(true)
        })
    }

    fn label_for_new(&self, token: u64, parent: Label, name: &[u8]) -> Option<Label> {
        let label = policy::label_for_new(self.policy?, self.endpoint, token, parent.0, name).ok()?;
        Some(Label(label))
    }

    fn account(&self, token: u64) -> u64 {
        endpoint::caller(self.endpoint, token).map_or(0, |caller| caller.account)
    }

    fn mint(&self, session: &NewSession) -> Result<Handle, CallError> {
        use trivet_ipc::shared::MintFlags;
        let flags = match (session.report_closed, session.quiet) {
            (false, _) => MintFlags::EMPTY,
            (true, false) => MintFlags::REPORT_CLOSED,
            (true, true) => MintFlags::REPORT_CLOSED | MintFlags::QUIET,
        };
        let handle = endpoint::mint(
            self.endpoint,
            session.badge,
            session.interface.0,
            session.label.0,
            session.mask,
            session.rights.0,
            flags,
        )
        .map_err(|failure| failure.call().unwrap_or(CallError::LimitReached))?;
        if session.readiness != 0 {
            self.set_readiness(session.badge, session.readiness, 0, 0);
        }
        Ok(handle)
    }

    fn close(&self, handle: Handle) {
        // Closing what is closed already changes nothing.
        let _ = process::close(Handle::PROCESS, handle.0, handle.0);
    }

    fn take_closed(&self, badges: &mut [u64; CLOSED_STEP]) -> usize {
        let Ok(taken) = endpoint::take_closed(self.endpoint) else {
            return 0;
        };
        *badges = [taken.first, taken.second, taken.third, taken.fourth, taken.fifth];
        (taken.count as usize).min(CLOSED_STEP)
    }

    fn own_badge(&self, handle: Handle) -> Option<u64> {
        let mut info = process::SlotInfo::default();
        process::slot_info(Handle::PROCESS, handle.0, &mut info).ok()?;
        // The kernel shows the badge only to the session's own server.
        (info.badge != 0).then_some(info.badge)
    }

    fn start_call(
        &self,
        slot: u64,
        cookie: u64,
        call: &Outgoing,
        buffers: &mut CallBuffers,
    ) -> Result<(), CallError> {
        let room = Segment {
            address: buffers.room.as_mut_ptr().expose_provenance() as u64,
            length: buffers.room.len() as u64,
        };
        let one = |segment: Segment| SegmentList {
            count: u64::from(segment.length != 0),
            inline: [segment, Segment::default()],
        };
        let mut handles = SentHandleList {
            count: call.handles.len() as u64,
            ..SentHandleList::default()
        };
        if call.handles.len() > handles.inline.len() {
            handles.array = call.handles.as_ptr().expose_provenance() as u64;
        } else {
            for (slot, handle) in handles.inline.iter_mut().zip(&call.handles) {
                *slot = *handle;
            }
        }
        let extension = CallExtension {
            gather: one(segment_of(&buffers.sent)),
            scatter: one(room),
            handles,
            accept: AcceptHandles {
                count: u32::try_from(buffers.installed.len()).unwrap_or(u32::MAX),
                flags: 0,
                array: buffers.installed.as_mut_ptr().expose_provenance() as u64,
            },
            deadline_ns: call.deadline_ns,
            completion_endpoint: u64::from(self.endpoint.0),
            call_slot: slot,
            cookie,
        };
        let header =
            request::header(call.interface, call.method) | request::EXTENSION | request::ASYNCHRONOUS;
        let handle = call.handle.unwrap_or(Handle::NONE);
        let address = core::ptr::from_ref(&extension).expose_provenance() as u64;
        // SAFETY: the extension is read at the entry; the buffers stay where they are until `completed`, because the
        // table of calls owns them until then.
        let outcome = unsafe { calls::call_buffer(handle, header, call.words, address, 0) };
        match outcome.status {
            0 => Ok(()),
            status => Err(CallError::from_number(status.unsigned_abs()).unwrap_or(CallError::BadCall)),
        }
    }

    fn cancel_call(&self, slot: u64) {
        // A call that has ended needs no cancel.
        let _ = endpoint::cancel_call(self.endpoint, slot);
    }

    fn now_ns(&self) -> u64 {
        clock::now(Handle::CLOCK).map_or(0, |now| now.monotonic_ns)
    }

    fn set_timer(&self, _cookie: u64, deadline_ns: u64) {
        // The kernel takes 0 as "disarm"; a timer that does not fire makes sleepers late, never wrong.
        let deadline_ns = if deadline_ns == u64::MAX {
            0
        } else {
            deadline_ns.max(1)
        };
        let _ = timer::set(self.timer, timer::ClockKind::Monotonic, deadline_ns, 0);
    }
}
