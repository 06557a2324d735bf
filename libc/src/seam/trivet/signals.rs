//! Signals: what the seam's functions do with the process page. Note 0041.
//!
//! Masks are words of the page; actions are the library's own. A signal for the calling thread runs its handler at once, or becomes
//! pending while it is masked; one for another thread of the process is left for it, and the kernel's upcall makes it look. Only signals
//! for other processes, and real-time signals that must wait for the process, go to the process server.

use super::delivery::{
    NEVER_MASKED, Received, SI_TKILL, SI_USER, act, deliver_here, interruptible, kick, kick_one_for, look,
    pass_on, restarted_from, take, told,
};
use super::page::{entries, entry, page};
use super::process::end;
use super::{BLOCKING, Trivet, actions, alternate_stack, directed, failed};
use crate::errno::{Errno, Result};
use crate::seam::{Action, CLOCK_MONOTONIC, Clock, Process, SignalSet, Signals};
use crate::signal::{SIG_BLOCK, SIG_IGN, SIG_SETMASK, SIG_UNBLOCK, SIGKILL, SIGNAL_MAX, SIGSTOP};
use crate::types::*;
use core::sync::atomic::{AtomicU32, Ordering};
use trivet_abi::handle::Handle;
use trivet_ipc::processes::{self, IntervalTimer, SignalTarget};
use trivet_ipc::shared::FutexFlags;

const SERVER: Handle = Handle::PROCESS_SERVER;
const SI_QUEUE: c_int = -1;
/// Signals from this number on wait in a queue.
const FIRST_QUEUED: c_int = 34;
const NEVER_NS: u64 = u64::MAX;

fn check(signal: c_int) -> Result<()> {
    if (1..=SIGNAL_MAX).contains(&signal) {
        Ok(())
    } else {
        Err(Errno::EINVAL)
    }
}

/// Cancellation needs no look at instructions: the kernel ends an interruptible call itself.
#[cfg(not(test))]
pub fn cancelled_instruction(_instruction: usize) -> Option<usize> {
    None
}

/// Waits until the monotonic time `deadline_ns`, or an interrupt (`EINTR`). Never returns Ok.
fn block(deadline_ns: u64) -> Result<()> {
    static NOTHING: AtomicU32 = AtomicU32::new(0);
    trivet_ipc::address_space::futex_wait_with(
        BLOCKING,
        Handle::ADDRESS_SPACE,
        NOTHING.as_ptr().expose_provenance() as u64,
        0,
        u32::MAX,
        deadline_ns,
        FutexFlags::EMPTY,
    )
    .map_err(failed)
}

/// Makes an interruptible call with another mask: a signal that it lets through ends the call with `EINTR`, also when it came just
/// before. What `sigsuspend`, `ppoll` and `pselect` are made of.
pub(super) fn with_mask<T>(mask: &SignalSet, call: impl FnMut() -> Result<T>) -> Result<T> {
    let own = crate::thread::this();
    let entry = entry();
    let run = own.handlers_run.get();
    own.signal_waits.set(true);
    let old = entry.mask.swap(mask.0 & !NEVER_MASKED, Ordering::SeqCst);
    look();
    let result = if own.handlers_run.get() == run {
        restarted_from(run, call)
    } else {
        Err(Errno::EINTR)
    };
    own.signal_waits.set(false);
    entry.mask.store(old, Ordering::SeqCst);
    look();
    result
}

/// A signal for the calling thread, which it does not block: its handler runs now.
fn act_now(received: &Received) {
    let own = crate::thread::this();
    if own.signal_defer.get() == 0 {
        deliver_here(|context| act(received, context));
        // What the handler's mask held back, such as the same signal again.
        return look();
    }
    // The library is not to be entered again now.
    if leave(entry().number.load(Ordering::Relaxed), received).is_ok() {
        own.signal_deferred.set(true);
    }
}

/// Leaves a signal for a thread of this process.
fn leave(thread: u64, received: &Received) -> Result<()> {
    let target = entries()
        .find(|entry| entry.number.load(Ordering::Relaxed) == thread)
        .ok_or(Errno::ESRCH)?;
    directed::push(thread, *received)?;
    target
        .pending
        .fetch_or(SignalSet::of(received.signal).0, Ordering::SeqCst);
    let takes = !target.mask.load(Ordering::SeqCst) | target.waiting.load(Ordering::SeqCst);
    if !core::ptr::eq(target, entry()) && SignalSet(takes).contains(received.signal) {
        kick(target)?;
    }
    Ok(())
}

/// Leaves a signal for the process as a whole, from within.
fn leave_for_process(received: &Received) -> Result<()> {
    let signal = received.signal;
    let bit = SignalSet::of(signal).0;
    if signal < FIRST_QUEUED {
        if page().pending.load(Ordering::SeqCst) & bit != 0 {
            return Ok(());
        }
        told(received);
    } else {
        directed::push(directed::PROCESS, *received)?;
    }
    page().pending.fetch_or(bit, Ordering::SeqCst);
    if SignalSet(!entry().mask.load(Ordering::SeqCst)).contains(signal) {
        look();
    } else {
        kick_one_for(bit);
    }
    Ok(())
}

/// Whether nothing happens when the calling thread gets a signal.
fn is_without_effect(signal: c_int) -> bool {
    let handler = actions::of(signal).handler;
    handler == SIG_IGN || (handler == 0 && actions::IGNORED_BY_DEFAULT.contains(signal))
}

/// A signal of this process for itself.
fn to_own_process(received: &Received) -> Result<()> {
    let signal = received.signal;
    match signal {
        SIGKILL => end(SIGKILL as u64),
        SIGSTOP => return processes::default_action(SERVER, signal as u32).map_err(failed),
        _ => {}
    }
    if !SignalSet(entry().mask.load(Ordering::Relaxed)).contains(signal) {
        // A stopped group goes on, whoever has sent this.
        if !is_without_effect(signal) {
            act_now(received);
        }
        return Ok(());
    }
    leave_for_process(received)
}

fn to_server(target: SignalTarget, process: u64, signal: c_int) -> Result<()> {
    processes::signal(SERVER, target, process, 0, signal as u32).map_err(failed)
}

/// C's `siginfo_t` as a sender fills it.
#[repr(C)]
struct Sent {
    signal: c_int,
    error: c_int,
    code: c_int,
    padding: c_int,
    detail: u64,
    value: u64,
}

unsafe fn received(signal: c_int, info: *const c_void) -> Received {
    // SAFETY: a `siginfo_t`, by the callers' contract.
    let sent = unsafe { &*info.cast::<Sent>() };
    Received {
        signal,
        code: sent.code,
        detail: sent.detail,
        value: sent.value,
        times: [0; 2],
    }
}

impl Signals for Trivet {
    fn set_action(signal: c_int, action: Option<&Action>) -> Result<Action> {
        check(signal)?;
        match action {
            None => Ok(actions::of(signal)),
            Some(_) if signal == SIGKILL || signal == SIGSTOP => Err(Errno::EINVAL),
            Some(action) => actions::set(signal, action),
        }
    }
    fn mask(how: c_int, set: Option<&SignalSet>) -> Result<SignalSet> {
        let entry = entry();
        let old = entry.mask.load(Ordering::Relaxed);
        let Some(set) = set else {
            return Ok(SignalSet(old));
        };
        let new = match how {
            SIG_BLOCK => old | set.0,
            SIG_UNBLOCK => old & !set.0,
            SIG_SETMASK => set.0,
            _ => return Err(Errno::EINVAL),
        } & !NEVER_MASKED;
        if old & !new != 0 {
            // First the mask, then the look: the process server does it the other way round.
            entry.mask.store(new, Ordering::SeqCst);
            let pending = page().pending.load(Ordering::SeqCst) | entry.pending.load(Ordering::SeqCst);
            if pending & !new != 0 {
                look();
            }
        } else {
            entry.mask.store(new, Ordering::Relaxed);
        }
        Ok(SignalSet(old))
    }
    fn pending() -> Result<SignalSet> {
        let entry = entry();
        let pending = page().pending.load(Ordering::SeqCst) | entry.pending.load(Ordering::SeqCst);
        Ok(SignalSet(pending & entry.mask.load(Ordering::Relaxed)))
    }
    fn suspend(mask: &SignalSet) -> Result<()> {
        with_mask(mask, || block(NEVER_NS))
    }
    unsafe fn wait(set: &SignalSet, info: *mut c_void, timeout: *const timespec) -> Result<c_int> {
        // SAFETY: null or the caller's.
        let deadline = match unsafe { timeout.as_ref() } {
            None => NEVER_NS,
            Some(time) => {
                let now = Trivet::now(CLOCK_MONOTONIC)?;
                super::clock::deadline_ns(&now)?.saturating_add(super::clock::deadline_ns(time)?)
            }
        };
        let wanted = set.0 & !NEVER_MASKED;
        let entry = entry();
        entry.waiting.store(wanted, Ordering::SeqCst);
        let mut taken = None;
        let attempt = || match take(wanted) {
            Some(received) => {
                taken = Some(received);
                Ok(())
            }
            None => block(deadline),
        };
        // What is waited for is blocked as long, so that no handler and no default action comes first.
        let mask = entry.mask.load(Ordering::Relaxed);
        let result = if wanted & !mask == 0 {
            interruptible(attempt)
        } else {
            with_mask(&SignalSet(mask | wanted), attempt)
        };
        entry.waiting.store(0, Ordering::SeqCst);
        pass_on();
        match (taken, result) {
            (Some(received), _) => {
                if !info.is_null() {
                    // SAFETY: a `siginfo_t`, by the caller's word.
                    unsafe { received.write(info) };
                }
                Ok(received.signal)
            }
            (None, Err(Errno::ETIMEDOUT)) => Err(Errno::EAGAIN),
            (None, Err(error)) => Err(error),
            // Nothing wakes that word.
            (None, Ok(())) => Err(Errno::EINTR),
        }
    }
    unsafe fn alternate_stack(new: *const c_void, old: *mut c_void) -> Result<()> {
        // SAFETY: the caller's.
        unsafe { alternate_stack::exchange(new, old) }
    }
    unsafe fn interval_timer(which: c_int, new: *const c_void, old: *mut c_void) -> Result<()> {
        const US_NS: u64 = 1000;
        const SECOND_NS: u64 = 1_000_000_000;
        let timer = IntervalTimer::from_number(which as u32 as u64).ok_or(Errno::EINVAL)?;
        let ns = |[seconds, microseconds]: [i64; 2]| {
            if seconds < 0 || !(0..1_000_000).contains(&microseconds) {
                return Err(Errno::EINVAL);
            }
            Ok((seconds as u64)
                .saturating_mul(SECOND_NS)
                .saturating_add(microseconds as u64 * US_NS))
        };
        let time = |ns: u64| [(ns / SECOND_NS) as i64, (ns % SECOND_NS / US_NS) as i64];
        let (first_ns, interval_ns) = if new.is_null() {
            let reply = processes::timer(SERVER, timer).map_err(failed)?;
            (reply.first_ns, reply.interval_ns)
        } else {
            // SAFETY: a `struct itimerval`, by the caller's word.
            let [interval, first] = unsafe { new.cast::<[[i64; 2]; 2]>().read() };
            let reply = processes::set_timer(SERVER, timer, ns(first)?, ns(interval)?).map_err(failed)?;
            (reply.old_first_ns, reply.old_interval_ns)
        };
        if !old.is_null() {
            // SAFETY: as above. What is less than a microsecond still counts as armed.
            unsafe {
                let first = if first_ns > 0 { first_ns.max(US_NS) } else { 0 };
                old.cast::<[[i64; 2]; 2]>()
                    .write([time(interval_ns), time(first)]);
            }
        }
        Ok(())
    }
    fn kill(process: pid_t, signal: c_int) -> Result<()> {
        if signal != 0 {
            check(signal)?;
        }
        if process == Self::pid() {
            return if signal == 0 {
                Ok(())
            } else {
                to_own_process(&Received::own(signal, SI_USER))
            };
        }
        match process {
            pid_t::MIN => Err(Errno::ESRCH),
            -1 => to_server(SignalTarget::Everybody, 0, signal),
            0 => to_server(SignalTarget::Group, page().group.load(Ordering::Relaxed), signal),
            group if group < 0 => to_server(SignalTarget::Group, u64::from(group.unsigned_abs()), signal),
            process => to_server(SignalTarget::Process, process as u64, signal),
        }
    }
    fn kill_thread(thread: pid_t, signal: c_int) -> Result<()> {
        if signal != 0 {
            check(signal)?;
        }
        let number = u64::from(thread as u32);
        if signal == 0 {
            let known = entries().any(|entry| entry.number.load(Ordering::Relaxed) == number);
            return if known { Ok(()) } else { Err(Errno::ESRCH) };
        }
        send_to_thread(number, &Received::own(signal, SI_TKILL))
    }
    unsafe fn queue(process: pid_t, signal: c_int, info: *const c_void) -> Result<()> {
        if signal != 0 {
            check(signal)?;
        }
        // SAFETY: the caller's.
        let received = unsafe { received(signal, info) };
        let own = process == Self::pid();
        if own && signal == 0 {
            return Ok(());
        }
        let waits = SignalSet(entry().mask.load(Ordering::Relaxed)).contains(signal.max(1));
        if own && !(waits && signal >= FIRST_QUEUED && received.code == SI_QUEUE) {
            return to_own_process(&received);
        }
        match processes::queue_signal(SERVER, process as u32 as u64, signal as u32, received.value)
            .map_err(failed)
        {
            // Without a server there is still the process itself.
            Err(Errno::ENOSYS) if own => leave_for_process(&received),
            result => result,
        }
    }
    unsafe fn queue_thread(thread: pid_t, signal: c_int, info: *const c_void) -> Result<()> {
        check(signal)?;
        // SAFETY: the caller's.
        send_to_thread(u64::from(thread as u32), &unsafe { received(signal, info) })
    }
}

/// A signal for one thread of this process.
fn send_to_thread(number: u64, received: &Received) -> Result<()> {
    let signal = received.signal;
    match signal {
        SIGKILL => end(SIGKILL as u64),
        SIGSTOP => return processes::default_action(SERVER, signal as u32).map_err(failed),
        _ => {}
    }
    let own = entry();
    if own.number.load(Ordering::Relaxed) == number
        && !SignalSet(own.mask.load(Ordering::Relaxed)).contains(signal)
    {
        if !is_without_effect(signal) {
            act_now(received);
        }
        return Ok(());
    }
    leave(number, received)
}
