//! Signals on Linux.

use super::Linux;
use super::numbers::*;
use super::raw::{blocking_call, call};
use crate::errno::Result;
use crate::seam::{Action, Process, SignalSet, Signals};
use crate::types::*;

/// The kernel's form of a signal action.
#[repr(C)]
#[derive(Clone, Copy)]
struct KernelAction {
    handler: usize,
    flags: c_ulong,
    restorer: usize,
    mask: SignalSet,
}

const SA_RESTORER: c_ulong = 0x0400_0000;
const SET_SIZE: usize = size_of::<SignalSet>();

// Where a handler returns to. libgcc's unwinder knows a signal frame by exactly these instructions.
#[cfg(not(test))]
core::arch::global_asm!(
    ".pushsection .text.trivet_signal_return, \"ax\", @progbits",
    "nop",
    ".hidden trivet_signal_return",
    ".globl trivet_signal_return",
    ".type trivet_signal_return, @function",
    "trivet_signal_return:",
    "    mov rax, 15",
    "    syscall",
    ".size trivet_signal_return, . - trivet_signal_return",
    ".popsection",
);

#[cfg(not(test))]
fn restorer() -> usize {
    unsafe extern "C" {
        fn trivet_signal_return();
    }
    trivet_signal_return as *const () as usize
}

/// Host unit tests install no handlers.
#[cfg(test)]
fn restorer() -> usize {
    0
}

// SAFETY of every block below: the kernel checks numbers and pointers; the memory that a call may write is the
// caller's to offer, by the contract of the trait's `unsafe` functions, or a local variable of the right type.
impl Signals for Linux {
    fn set_action(signal: c_int, action: Option<&Action>) -> Result<Action> {
        let new = action.map(|action| KernelAction {
            handler: action.handler,
            flags: action.flags | SA_RESTORER,
            restorer: restorer(),
            mask: action.mask,
        });
        let mut old = KernelAction {
            handler: 0,
            flags: 0,
            restorer: 0,
            mask: SignalSet::EMPTY,
        };
        let new_place = new
            .as_ref()
            .map_or(core::ptr::null(), |new| new as *const KernelAction);
        // SAFETY: see above.
        unsafe { call!(RT_SIGACTION, signal, new_place, &raw mut old, SET_SIZE) }?;
        Ok(Action {
            handler: old.handler,
            flags: old.flags & !SA_RESTORER,
            mask: old.mask,
        })
    }
    fn mask(how: c_int, set: Option<&SignalSet>) -> Result<SignalSet> {
        let mut old = SignalSet::EMPTY;
        let new = set.map_or(core::ptr::null(), |set| set as *const SignalSet);
        // SAFETY: see above.
        unsafe { call!(RT_SIGPROCMASK, how, new, &raw mut old, SET_SIZE) }?;
        Ok(old)
    }
    fn pending() -> Result<SignalSet> {
        let mut set = SignalSet::EMPTY;
        // SAFETY: see above.
        unsafe { call!(RT_SIGPENDING, &raw mut set, SET_SIZE) }?;
        Ok(set)
    }
    fn suspend(mask: &SignalSet) -> Result<()> {
        // SAFETY: see above.
        unsafe { blocking_call!(RT_SIGSUSPEND, mask as *const SignalSet, SET_SIZE) }.map(drop)
    }
    unsafe fn wait(set: &SignalSet, info: *mut c_void, timeout: *const timespec) -> Result<c_int> {
        // SAFETY: see above.
        unsafe { blocking_call!(RT_SIGTIMEDWAIT, set as *const SignalSet, info, timeout, SET_SIZE) }
            .map(|signal| signal as c_int)
    }
    unsafe fn alternate_stack(new: *const c_void, old: *mut c_void) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(SIGALTSTACK, new, old) }.map(drop)
    }
    unsafe fn interval_timer(which: c_int, new: *const c_void, old: *mut c_void) -> Result<()> {
        let number = if new.is_null() { GETITIMER } else { SETITIMER };
        let (first, second) = if new.is_null() {
            (old, core::ptr::null_mut())
        } else {
            (new.cast_mut(), old)
        };
        // SAFETY: see above.
        unsafe { call!(number, which, first, second) }.map(drop)
    }
    fn kill(process: pid_t, signal: c_int) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(KILL, process, signal) }.map(drop)
    }
    fn kill_thread(thread: pid_t, signal: c_int) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(TGKILL, Linux::pid(), thread, signal) }.map(drop)
    }
    unsafe fn queue(process: pid_t, signal: c_int, info: *const c_void) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(RT_SIGQUEUEINFO, process, signal, info) }.map(drop)
    }
    unsafe fn queue_thread(thread: pid_t, signal: c_int, info: *const c_void) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(RT_TGSIGQUEUEINFO, Linux::pid(), thread, signal, info) }.map(drop)
    }
}
