//! What signals do: the process's table of actions, and what the process server must know of it.

use super::delivery::take;
use super::directed;
use super::page::{entries, page};
use crate::errno::Result;
use crate::lock::{Lock, RawLock};
use crate::seam::{Action, SignalSet};
use crate::signal::{SA_RESETHAND, SIG_DFL, SIG_IGN, SIGNAL_MAX};
use crate::types::*;
use core::sync::atomic::Ordering;
use trivet_abi::handle::Handle;
use trivet_abi::process_page::flags;
use trivet_ipc::processes;

/// Signals whose default action does nothing: SIGCHLD, SIGCONT, SIGURG, SIGWINCH.
pub(super) const IGNORED_BY_DEFAULT: SignalSet = SignalSet(1 << 16 | 1 << 17 | 1 << 22 | 1 << 27);
const SIGCHLD: c_int = 17;
const SA_NOCLDSTOP: c_ulong = 1;
const SA_NOCLDWAIT: c_ulong = 2;

const DEFAULT_ACTION: Action = Action {
    handler: SIG_DFL,
    flags: 0,
    mask: SignalSet::EMPTY,
};

static ACTIONS: Lock<[Action; SIGNAL_MAX as usize]> = Lock::new([DEFAULT_ACTION; SIGNAL_MAX as usize]);

/// The lock, for fork.
pub(super) fn lock() -> &'static RawLock {
    ACTIONS.raw()
}

/// What a program inherits: signals that were ignored stay so.
pub(super) fn started() {
    let ignored = SignalSet(page().ignored.load(Ordering::Relaxed));
    if ignored == SignalSet::EMPTY {
        return;
    }
    let mut actions = ACTIONS.lock();
    for signal in 1..=SIGNAL_MAX {
        if ignored.contains(signal) {
            actions[signal as usize - 1].handler = SIG_IGN;
        }
    }
}

/// The action of a signal.
pub(super) fn of(signal: c_int) -> Action {
    ACTIONS.lock()[signal as usize - 1]
}

/// The action of a signal that is delivered now: SA_RESETHAND takes the handler away.
pub(super) fn for_delivery(signal: c_int) -> Action {
    let index = signal as usize - 1;
    let mut actions = ACTIONS.lock();
    let action = actions[index];
    if action.flags & SA_RESETHAND != 0 && action.handler > SIG_IGN {
        actions[index].handler = SIG_DFL;
        publish(signal, SIG_DFL);
    }
    action
}

/// Tells the page what a signal does.
fn publish(signal: c_int, handler: usize) {
    let bit = SignalSet::of(signal).0;
    let set = |word: &core::sync::atomic::AtomicU64, on: bool| {
        if on {
            word.fetch_or(bit, Ordering::SeqCst);
        } else {
            word.fetch_and(!bit, Ordering::SeqCst);
        }
    };
    set(&page().caught, handler > SIG_IGN);
    set(&page().ignored, handler == SIG_IGN);
}

/// Sets an action; the old one.
pub(super) fn set(signal: c_int, action: &Action) -> Result<Action> {
    let index = signal as usize - 1;
    let (old, told) = {
        let mut actions = ACTIONS.lock();
        let old = actions[index];
        actions[index] = *action;
        publish(signal, action.handler);
        (old, signal == SIGCHLD && publish_children(action))
    };
    if told {
        // The server reads the page; a server that does not know of it keeps every status.
        let _ = processes::dispositions_changed(Handle::PROCESS_SERVER);
    }
    let ignored =
        action.handler == SIG_IGN || (action.handler == SIG_DFL && IGNORED_BY_DEFAULT.contains(signal));
    if ignored {
        discard(signal);
    }
    Ok(old)
}

/// Tells the page what becomes of children; whether that is new.
fn publish_children(action: &Action) -> bool {
    let mut bits = 0;
    if action.handler == SIG_IGN || action.flags & SA_NOCLDWAIT != 0 {
        bits |= flags::NO_CHILD_WAIT;
    }
    if action.flags & SA_NOCLDSTOP != 0 {
        bits |= flags::NO_CHILD_STOP;
    }
    let mask = flags::NO_CHILD_WAIT | flags::NO_CHILD_STOP;
    let update = |old: u32| Some(old & !mask | bits);
    let before = page()
        .flags
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, update);
    before.is_ok_and(|before| before & mask != bits)
}

/// Takes away what is pending of a signal that is ignored from now on.
fn discard(signal: c_int) {
    let bit = SignalSet::of(signal).0;
    if page().pending.load(Ordering::SeqCst) & bit != 0 {
        while page().pending.load(Ordering::SeqCst) & bit != 0 && take(bit).is_some() {}
    }
    let mut directed_too = false;
    for entry in entries() {
        directed_too |= entry.pending.fetch_and(!bit, Ordering::SeqCst) & bit != 0;
    }
    if directed_too {
        directed::discard(|_, waiting| waiting == signal);
    }
}

/// The child of a fork begins with the same actions; the parent's page is not its own.
pub(super) fn forked() {
    ACTIONS.raw().reset();
    let actions = ACTIONS.lock();
    for signal in 1..=SIGNAL_MAX {
        publish(signal, actions[signal as usize - 1].handler);
    }
    publish_children(&actions[SIGCHLD as usize - 1]);
}
