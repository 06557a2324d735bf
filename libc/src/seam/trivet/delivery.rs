//! From a pending signal to its handler: taking what the mask lets through, running handlers, passing on what this thread cannot take,
//! and waiting so that no signal is missed.
//!
//! A thread looks when an upcall says so, when its mask lets more through, when it gives a lock back that had deferred the look, and
//! when a wait was interrupted. The interrupt word stays set while the thread stands between a look and a wait that must not begin any
//! more: the kernel then refuses to block.

use super::page::{self, entry, page};
use super::process::end;
use super::threads::with_thread;
use super::{actions, directed};
use crate::errno::{Errno, Result};
use crate::seam::SignalSet;
use crate::signal::{SA_NODEFER, SA_ONSTACK, SA_RESTART, SIG_DFL, SIG_IGN};
use crate::types::*;
use core::sync::atomic::Ordering;
use trivet_abi::handle::Handle;
use trivet_abi::process_page::ThreadEntry;
use trivet_ipc::{processes, thread};

/// Sent by a program (`kill`).
pub(super) const SI_USER: c_int = 0;
/// Sent to a thread.
pub(super) const SI_TKILL: c_int = -6;
/// Signals that cannot be masked: SIGKILL and SIGSTOP.
pub(super) const NEVER_MASKED: u64 = 1 << 8 | 1 << 18;
/// Signals whose default action stops: SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU.
const STOPS: SignalSet = SignalSet(1 << 18 | 1 << 19 | 1 << 20 | 1 << 21);
/// The first signal that waits in a queue of the process server's.
const FIRST_QUEUED: c_int = 34;
/// Signals with information in the page.
const STANDARD_END: c_int = 32;

/// A signal that was taken, with what its handler is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Received {
    pub signal: c_int,
    pub code: c_int,
    /// Sender and its user, or an address, or a timer and its overrun.
    pub detail: u64,
    /// The value, or a child's status.
    pub value: u64,
    /// Times of a child.
    pub times: [u64; 2],
}

impl Received {
    /// Writes it as C's `siginfo_t`.
    ///
    /// # Safety
    /// `place` is valid for a `siginfo_t`.
    pub unsafe fn write(&self, place: *mut c_void) {
        // SAFETY: the caller's.
        unsafe { place.cast::<Information>().write(Information::from(self)) };
    }

    /// A signal of this process's own.
    pub fn own(signal: c_int, code: c_int) -> Received {
        Received {
            signal,
            code,
            detail: sender_and_user(),
            ..Received::default()
        }
    }
}

fn sender_and_user() -> u64 {
    let user = page().users[0].load(Ordering::Relaxed);
    page().process.load(Ordering::Relaxed) & 0xffff_ffff | u64::from(user) << 32
}

/// What a handler with SA_SIGINFO is told: C's `siginfo_t`.
#[repr(C)]
pub(super) struct Information {
    signal: c_int,
    error: c_int,
    code: c_int,
    padding: c_int,
    detail: u64,
    value: u64,
    times: [u64; 2],
    rest: [u64; 10],
}

const _: () = assert!(size_of::<Information>() == 128);

impl From<&Received> for Information {
    fn from(received: &Received) -> Information {
        Information {
            signal: received.signal,
            error: 0,
            code: received.code,
            padding: 0,
            detail: received.detail,
            value: received.value,
            times: received.times,
            rest: [0; 10],
        }
    }
}

/// Linux's `ucontext_t` on x86-64.
#[repr(C)]
pub(super) struct Context {
    flags: u64,
    link: u64,
    stack: [u64; 3],
    pub registers: [u64; 23],
    vector_state: u64,
    reserved: [u64; 8],
    pub mask: [u64; 16],
    /// Room for the legacy part of the vector state, to which `vector_state` points.
    pub vectors: [u64; 64],
    shadow_stack: [u64; 4],
}

const _: () = assert!(size_of::<Context>() == 968);

/// Index of the stack pointer in `Context::registers`.
const RSP: usize = 15;
/// Index of the instruction pointer.
const RIP: usize = 16;

impl Context {
    /// A context without registers.
    pub fn empty() -> Context {
        Context {
            flags: 0,
            link: 0,
            stack: [0; 3],
            registers: [0; 23],
            vector_state: 0,
            reserved: [0; 8],
            mask: [0; 16],
            vectors: [0; 64],
            shadow_stack: [0; 4],
        }
    }

    /// Says where the interrupted code's vector registers are.
    pub fn set_vector_state(&mut self, address: u64) {
        self.vector_state = address;
    }

    /// The context of a thread that looks by itself: its stack, and code of the library.
    fn here() -> Context {
        let mut context = Context::empty();
        let place = 0u8;
        context.registers[RSP] = (&raw const place).addr() as u64;
        context.registers[RIP] = look as *const () as u64;
        context
    }
}

/// Takes one pending signal of `wanted` that is directed at the calling thread or at the process.
pub(super) fn take(wanted: u64) -> Option<Received> {
    let own = entry();
    loop {
        let mine = own.pending.load(Ordering::SeqCst) & wanted;
        if mine != 0 {
            if let Some(received) = take_directed(own, lowest(mine)) {
                return Some(received);
            }
            continue;
        }
        let shared = page().pending.load(Ordering::SeqCst) & wanted;
        if shared == 0 {
            return None;
        }
        if let Some(received) = take_shared(lowest(shared)) {
            return Some(received);
        }
    }
}

fn lowest(set: u64) -> c_int {
    set.trailing_zeros() as c_int + 1
}

fn take_directed(own: &ThreadEntry, signal: c_int) -> Option<Received> {
    let bit = SignalSet::of(signal).0;
    if own.pending.fetch_and(!bit, Ordering::SeqCst) & bit == 0 {
        return None;
    }
    let (received, more) = directed::take(own.number.load(Ordering::Relaxed), signal);
    if more {
        own.pending.fetch_or(bit, Ordering::SeqCst);
    }
    // One that the process server has directed carries no more than its number.
    Some(received.unwrap_or(Received {
        signal,
        code: SI_TKILL,
        ..Received::default()
    }))
}

fn take_shared(signal: c_int) -> Option<Received> {
    let bit = SignalSet::of(signal).0;
    if signal < STANDARD_END {
        let told = &page().information[signal as usize];
        // Read before the bit goes: the server writes only while it is clear.
        let received = Received {
            signal,
            code: told.code.load(Ordering::SeqCst) as c_int,
            detail: told.sender.load(Ordering::SeqCst) & 0xffff_ffff
                | u64::from(told.user.load(Ordering::SeqCst)) << 32,
            value: told.value.load(Ordering::SeqCst),
            times: [
                told.user_ticks.load(Ordering::SeqCst).into(),
                told.system_ticks.load(Ordering::SeqCst).into(),
            ],
        };
        return (page().pending.fetch_and(!bit, Ordering::SeqCst) & bit != 0).then_some(received);
    }
    let (received, _) = directed::take(directed::PROCESS, signal);
    if received.is_some() {
        return received;
    }
    if signal >= FIRST_QUEUED
        && let Ok(reply) = processes::wait_signal(Handle::PROCESS_SERVER, bit, 0)
    {
        return Some(Received {
            signal: reply.signal as c_int,
            code: reply.code as c_int,
            detail: reply.sender & 0xffff_ffff | reply.user << 32,
            value: reply.value,
            times: [0; 2],
        });
    }
    // Nothing waits there: the bit goes, unless one came meanwhile to the library's own queue.
    page().pending.fetch_and(!bit, Ordering::SeqCst);
    if let (Some(received), more) = directed::take(directed::PROCESS, signal) {
        if more {
            page().pending.fetch_or(bit, Ordering::SeqCst);
        }
        return Some(received);
    }
    None
}

// What runs the program's handler: on the stack that ends at `stack`, or where the caller is (0).
#[cfg(not(test))]
unsafe extern "C-unwind" {
    fn trivet_call_handler(
        handler: usize,
        signal: c_int,
        information: *mut Information,
        context: *mut Context,
        stack: usize,
    );
}

#[cfg(not(test))]
core::arch::global_asm!(
    ".pushsection .text.trivet_call_handler, \"ax\", @progbits",
    ".hidden trivet_call_handler",
    ".globl trivet_call_handler",
    ".type trivet_call_handler, @function",
    "trivet_call_handler:",
    ".cfi_startproc",
    "    push rbp",
    ".cfi_def_cfa_offset 16",
    ".cfi_offset rbp, -16",
    "    mov rbp, rsp",
    ".cfi_def_cfa_register rbp",
    "    test r8, r8",
    "    jz 1f",
    "    mov rsp, r8",
    "1:  and rsp, -16",
    "    mov rax, rdi",
    "    mov edi, esi",
    "    mov rsi, rdx",
    "    mov rdx, rcx",
    "    cld",
    "    call rax",
    "    mov rsp, rbp",
    "    pop rbp",
    ".cfi_def_cfa rsp, 8",
    "    ret",
    ".cfi_endproc",
    ".size trivet_call_handler, . - trivet_call_handler",
    ".popsection",
);

/// Host unit tests run no handler.
#[cfg(test)]
unsafe fn trivet_call_handler(
    _handler: usize,
    _signal: c_int,
    _information: *mut Information,
    _context: *mut Context,
    _stack: usize,
) {
}

/// Does what the process wants for a signal, in the calling thread. `context` has the registers of the interrupted code.
pub(super) fn act(received: &Received, context: &mut Context) {
    let signal = received.signal;
    let action = actions::for_delivery(signal);
    match action.handler {
        SIG_IGN => return,
        SIG_DFL if actions::IGNORED_BY_DEFAULT.contains(signal) => return,
        SIG_DFL if STOPS.contains(signal) => {
            // Stopped, and going on from here when somebody continues it.
            let _ = processes::default_action(Handle::PROCESS_SERVER, signal as u32);
            return;
        }
        SIG_DFL => end(signal as u64),
        _ => {}
    }
    let own = crate::thread::this();
    let entry = entry();
    let before = entry.mask.load(Ordering::Relaxed);
    let itself = if action.flags & SA_NODEFER != 0 {
        0
    } else {
        SignalSet::of(signal).0
    };
    entry.mask.store(
        (before | action.mask.0 | itself) & !NEVER_MASKED,
        Ordering::SeqCst,
    );
    own.handlers_run.set(own.handlers_run.get().wrapping_add(1));
    if action.flags & SA_RESTART == 0 {
        own.handlers_interrupting
            .set(own.handlers_interrupting.get().wrapping_add(1));
    }
    let mut information = Information::from(received);
    context.mask[0] = before;
    let alternate = super::alternate_stack::current();
    context.stack = alternate.to_c();
    let stack = if action.flags & SA_ONSTACK != 0 {
        alternate.top_to_switch_to()
    } else {
        0
    };
    let errno = crate::errno::get_errno();
    // SAFETY: the program says that this address is a handler; further arguments do no harm to one that takes fewer.
    unsafe { trivet_call_handler(action.handler, signal, &raw mut information, context, stack) };
    crate::errno::set_errno(errno);
    // The handler may have changed the mask that is put back.
    entry
        .mask
        .store(context.mask[0] & !NEVER_MASKED, Ordering::SeqCst);
}

/// Runs the handlers of every pending signal that the mask lets through, then passes on what only others can take.
pub(super) fn deliver(context: &mut Context) {
    let entry = entry();
    loop {
        entry.interrupt.store(0, Ordering::SeqCst);
        match take(!entry.mask.load(Ordering::Relaxed)) {
            Some(received) => act(&received, context),
            None => break,
        }
    }
    pass_on();
}

/// Runs `work` with a context of the caller's own stack and code.
pub(super) fn deliver_here(work: impl FnOnce(&mut Context)) {
    work(&mut Context::here());
}

/// Whether the thread is about to wait for something that may just have come: then an upcall leaves the interrupt word set.
pub(super) fn stands_before_a_wait() -> bool {
    let own = crate::thread::this();
    own.signal_waits.get()
        || entry().waiting.load(Ordering::Relaxed) != 0
        || (own.cancel.is_armed() && own.cancel.requested())
}

/// Kicks another thread for signals of the process that it can take and this one cannot.
pub(super) fn pass_on() {
    let pending = page().pending.load(Ordering::SeqCst);
    if pending != 0 {
        kick_one_for(pending);
    }
}

/// Kicks a thread besides the caller that takes one of `signals`; whether there was one.
pub(super) fn kick_one_for(signals: u64) -> bool {
    let own = core::ptr::from_ref(entry());
    for other in page::entries() {
        if core::ptr::eq(other, own) {
            continue;
        }
        let takes = !other.mask.load(Ordering::SeqCst) | other.waiting.load(Ordering::SeqCst);
        if signals & takes != 0 && kick(other).is_ok() {
            return true;
        }
    }
    false
}

/// Has a thread of this process look.
pub(super) fn kick(other: &ThreadEntry) -> Result<()> {
    let number = other.number.load(Ordering::SeqCst);
    other.interrupt.store(1, Ordering::SeqCst);
    with_thread(number as pid_t, thread::interrupt)
}

/// The calling thread looks for signals.
pub(super) fn look() {
    let own = crate::thread::this();
    if own.signal_defer.get() != 0 {
        own.signal_deferred.set(true);
        return;
    }
    let entry = entry();
    let pending = page().pending.load(Ordering::SeqCst) | entry.pending.load(Ordering::SeqCst);
    if pending & !entry.mask.load(Ordering::Relaxed) == 0 && entry.interrupt.load(Ordering::SeqCst) == 0 {
        return;
    }
    deliver_here(deliver);
}

/// Writes down what the receiver of a standard signal of this process's own is told.
pub(super) fn told(received: &Received) {
    let place = &page().information[received.signal as usize & 31];
    place.code.store(received.code as u32, Ordering::SeqCst);
    place
        .sender
        .store(received.detail & 0xffff_ffff, Ordering::SeqCst);
    place.user.store((received.detail >> 32) as u32, Ordering::SeqCst);
    place.value.store(received.value, Ordering::SeqCst);
}

/// What an interrupted wait comes to: `Some` when the caller shall hear of `EINTR`.
fn interrupted(run: u32, interrupting: u32, restarts: bool) -> Option<Errno> {
    look();
    let own = crate::thread::this();
    let ended = if restarts {
        own.handlers_interrupting.get() != interrupting
    } else {
        own.handlers_run.get() != run
    };
    let cancelled = own.cancel.is_armed() && own.cancel.requested();
    (ended || cancelled).then_some(Errno::EINTR)
}

/// Makes a call that waits; `EINTR` only if a handler without SA_RESTART has run, or the thread shall be cancelled. The calls that
/// Linux restarts (signal(7)): reading and writing slow devices, opening a FIFO, wait, locks, futexes.
#[inline]
pub(super) fn restartable<T>(call: impl FnMut() -> Result<T>) -> Result<T> {
    waiting(call, true)
}

/// Makes a call that waits; `EINTR` if any handler has run: poll, select, sleeping, sigtimedwait.
#[inline]
pub(super) fn interruptible<T>(call: impl FnMut() -> Result<T>) -> Result<T> {
    waiting(call, false)
}

/// As `interruptible`, with the count of handlers from which on any one ends the call.
pub(super) fn restarted_from<T>(run: u32, mut call: impl FnMut() -> Result<T>) -> Result<T> {
    loop {
        match call() {
            Err(Errno::EINTR) => {
                if let Some(error) = interrupted(run, 0, false) {
                    return Err(error);
                }
            }
            result => return result,
        }
    }
}

#[inline]
fn waiting<T>(mut call: impl FnMut() -> Result<T>, restarts: bool) -> Result<T> {
    let own = crate::thread::this();
    let (run, interrupting) = (own.handlers_run.get(), own.handlers_interrupting.get());
    loop {
        match call() {
            Err(Errno::EINTR) => {
                if let Some(error) = interrupted(run, interrupting, restarts) {
                    return Err(error);
                }
            }
            result => return result,
        }
    }
}
