//! Signals within the process: actions and masks are the library's own; faults and interrupts come as the kernel's upcalls.
//!
//! A signal for the calling thread runs its handler at once, or waits in the thread's pending set while it is masked. A signal for
//! another thread is put into that thread's pending set, and the kernel's upcall makes the thread look. A fault enters the upcall in the
//! thread that faulted; without a handler the process ends by the signal. Signals between processes need the process server.

use super::process::end;
use super::threads::with_thread;
use super::{Trivet, failed};
use crate::errno::{Errno, Result};
use crate::lock::Lock;
use crate::seam::{Action, Process, SignalSet, Signals};
use crate::signal::{
    SA_NODEFER, SA_RESETHAND, SIG_BLOCK, SIG_DFL, SIG_IGN, SIG_SETMASK, SIG_UNBLOCK, SIGNAL_MAX,
};
use crate::types::*;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use trivet_abi::handle::Handle;
use trivet_ipc::thread;
use trivet_ipc::thread::UpcallFrame;

const SIGKILL: c_int = 9;
const SIGSTOP: c_int = 19;
/// Signals whose default action does nothing: SIGCHLD, SIGCONT, SIGURG, SIGWINCH.
const IGNORED_BY_DEFAULT: SignalSet = SignalSet(1 << 16 | 1 << 17 | 1 << 22 | 1 << 27);
/// Signals that cannot be masked.
const NEVER_MASKED: SignalSet = SignalSet(1 << (SIGKILL - 1) | 1 << (SIGSTOP - 1));
/// Threads for which signals can wait at the same time.
const DIRECTED_MAX: usize = 64;

const DEFAULT_ACTION: Action = Action {
    handler: SIG_DFL,
    flags: 0,
    mask: SignalSet::EMPTY,
};

static ACTIONS: Lock<[Action; SIGNAL_MAX as usize]> = Lock::new([DEFAULT_ACTION; SIGNAL_MAX as usize]);

/// Signals of other threads for a thread, by its number; 0 is a free place.
struct Directed {
    thread: AtomicU32,
    pending: AtomicU64,
}

static DIRECTED: [Directed; DIRECTED_MAX] = [const {
    Directed {
        thread: AtomicU32::new(0),
        pending: AtomicU64::new(0),
    }
}; DIRECTED_MAX];

/// Whether the process has told the kernel where upcalls enter. Each thread tells for itself before it needs one.
static HANDLERS: AtomicBool = AtomicBool::new(false);

fn check(signal: c_int) -> Result<usize> {
    if (1..=SIGNAL_MAX).contains(&signal) {
        Ok(signal as usize - 1)
    } else {
        Err(Errno::EINVAL)
    }
}

/// What a handler with SA_SIGINFO is told: C's `siginfo_t`.
#[repr(C)]
struct Information {
    signal: c_int,
    error: c_int,
    code: c_int,
    padding: c_int,
    /// Address of a fault, or sender's process and user.
    detail: u64,
    rest: [u64; 13],
}

/// Linux's `ucontext_t` on x86-64, as far as handlers look.
#[repr(C)]
struct Context {
    flags: u64,
    link: u64,
    stack: [u64; 3],
    registers: [u64; 23],
    vector_state: u64,
    reserved: [u64; 8],
    mask: [u64; 16],
    rest: [u64; 64],
}

/// Codes of `siginfo_t`.
const SI_USER: c_int = 0;
const SI_TKILL: c_int = -6;

/// Runs what the process wants for a signal in the calling thread. `context` has the registers of the interrupted code.
fn act(signal: c_int, code: c_int, detail: u64, context: &mut Context) {
    let index = signal as usize - 1;
    let action = {
        let mut actions = ACTIONS.lock();
        let action = actions[index];
        if action.flags & SA_RESETHAND != 0 && action.handler > SIG_IGN {
            actions[index].handler = SIG_DFL;
        }
        action
    };
    match action.handler {
        SIG_IGN => return,
        SIG_DFL if IGNORED_BY_DEFAULT.contains(signal) => return,
        SIG_DFL => end(signal as u64),
        _ => {}
    }
    let thread = crate::thread::this();
    let before = thread.signal_mask.get();
    let own = if action.flags & SA_NODEFER != 0 {
        0
    } else {
        SignalSet::of(signal).0
    };
    thread
        .signal_mask
        .set((before | action.mask.0 | own) & !NEVER_MASKED.0);
    let mut information = Information {
        signal,
        error: 0,
        code,
        padding: 0,
        detail,
        rest: [0; 13],
    };
    context.mask[0] = before;
    let errno = crate::errno::get_errno();
    // SAFETY: the program says that this address is a handler; further arguments do no harm to one that takes fewer.
    let handler: unsafe extern "C-unwind" fn(c_int, *mut Information, *mut Context) =
        unsafe { core::mem::transmute(action.handler) };
    // SAFETY: the program's own function, with what the standard gives it.
    unsafe { handler(signal, &raw mut information, context) };
    crate::errno::set_errno(errno);
    // The handler may have changed the mask that is put back.
    thread.signal_mask.set(context.mask[0] & !NEVER_MASKED.0);
}

fn empty_context() -> Context {
    Context {
        flags: 0,
        link: 0,
        stack: [0; 3],
        registers: [0; 23],
        vector_state: 0,
        reserved: [0; 8],
        mask: [0; 16],
        rest: [0; 64],
    }
}

/// Takes what other threads have sent to the calling one.
fn collect() {
    let thread = crate::thread::this();
    let number = thread.tid.load(Ordering::Relaxed);
    for place in &DIRECTED {
        if place.thread.load(Ordering::Acquire) == number {
            let came = place.pending.swap(0, Ordering::AcqRel);
            thread.signal_pending.set(thread.signal_pending.get() | came);
        }
    }
}

/// Runs the handlers of every pending signal that the mask lets through.
fn deliver(context: &mut Context) {
    collect();
    let thread = crate::thread::this();
    loop {
        let ready = thread.signal_pending.get() & !thread.signal_mask.get();
        if ready == 0 {
            return;
        }
        let signal = ready.trailing_zeros() as c_int + 1;
        thread
            .signal_pending
            .set(thread.signal_pending.get() & !SignalSet::of(signal).0);
        act(signal, SI_TKILL, Trivet::pid() as u64, context);
    }
}

/// The signal and the code of a fault: POSIX's names by Linux's numbers.
fn of_fault(frame: &UpcallFrame) -> (c_int, c_int) {
    const SIGILL: c_int = 4;
    const SIGTRAP: c_int = 5;
    const SIGBUS: c_int = 7;
    const SIGFPE: c_int = 8;
    const SIGSEGV: c_int = 11;
    const PRESENT: u64 = 1;
    match frame.vector {
        0 => (SIGFPE, 1),
        16 | 19 => (SIGFPE, 3),
        1 => (SIGTRAP, 2),
        3 => (SIGTRAP, 128),
        6 => (SIGILL, 2),
        17 => (SIGBUS, 1),
        14 => (SIGSEGV, if frame.error_code & PRESENT != 0 { 2 } else { 1 }),
        _ => (SIGSEGV, 128),
    }
}

/// What the upcall's entry calls; the thread's whole state is in `frame`.
unsafe extern "C-unwind" fn on_upcall(frame: *mut UpcallFrame) -> ! {
    const REASON_FAULT: u64 = 1;
    {
        // SAFETY: the kernel wrote the frame on this thread's stack.
        let frame = unsafe { &mut *frame };
        let mut context = empty_context();
        // The kernel's order is that of `gregs` up to the flags.
        context.registers[..18].copy_from_slice(&registers(frame)[..18]);
        context.registers[19] = frame.error_code;
        context.registers[20] = frame.vector;
        context.registers[22] = frame.address;
        if frame.reason == REASON_FAULT {
            let (signal, code) = of_fault(frame);
            // A fault cannot wait: masked or ignored, it ends the process.
            let masked = SignalSet(crate::thread::this().signal_mask.get()).contains(signal);
            if masked || ACTIONS.lock()[signal as usize - 1].handler == SIG_IGN {
                end(signal as u64);
            }
            act(signal, code, frame.address, &mut context);
        }
        deliver(&mut context);
        set_registers(frame, &context.registers);
    }
    loop {
        // It does not return; a frame that the kernel refuses ends the thread by another fault.
        let _ = thread::restore(Handle::SELF_THREAD, frame.expose_provenance() as u64);
        end(11);
    }
}

fn registers(frame: &UpcallFrame) -> [u64; 20] {
    let r = &frame.registers;
    [
        r.r8, r.r9, r.r10, r.r11, r.r12, r.r13, r.r14, r.r15, r.rdi, r.rsi, r.rbp, r.rbx, r.rdx, r.rax,
        r.rcx, r.rsp, r.rip, r.rflags, r.fs_base, r.gs_base,
    ]
}

fn set_registers(frame: &mut UpcallFrame, from: &[u64; 23]) {
    let r = &mut frame.registers;
    [
        r.r8, r.r9, r.r10, r.r11, r.r12, r.r13, r.r14, r.r15, r.rdi, r.rsi, r.rbp, r.rbx, r.rdx, r.rax,
        r.rcx, r.rsp, r.rip, r.rflags,
    ] = [
        from[0], from[1], from[2], from[3], from[4], from[5], from[6], from[7], from[8], from[9], from[10],
        from[11], from[12], from[13], from[14], from[15], from[16], from[17],
    ];
}

// Upcalls enter here with the frame's address in RDI and a stack that is aligned as after a call.
#[cfg(not(test))]
core::arch::global_asm!(
    ".pushsection .text.trivet_upcall, \"ax\", @progbits",
    ".hidden trivet_upcall",
    ".globl trivet_upcall",
    ".type trivet_upcall, @function",
    "trivet_upcall:",
    ".cfi_startproc",
    ".cfi_undefined rip",
    "    cld",
    "    xor ebp, ebp",
    "    and rsp, -16",
    "    call {on_upcall}",
    "    ud2",
    ".cfi_endproc",
    ".size trivet_upcall, . - trivet_upcall",
    ".popsection",
    on_upcall = sym on_upcall,
);

/// Tells the kernel where the calling thread's upcalls enter.
#[cfg(not(test))]
pub(super) fn register_upcall() -> Result<()> {
    unsafe extern "C" {
        fn trivet_upcall();
    }
    let own = crate::thread::this();
    if own.upcall_registered.get() {
        return Ok(());
    }
    thread::set_upcall(Handle::SELF_THREAD, trivet_upcall as *const () as u64, 0, 0).map_err(failed)?;
    own.upcall_registered.set(true);
    Ok(())
}

#[cfg(test)]
pub(super) fn register_upcall() -> Result<()> {
    let _ = on_upcall;
    Err(Errno::ENOSYS)
}

/// A new thread of a process with handlers takes upcalls from its start.
#[cfg(not(test))]
pub(super) fn thread_started() {
    if HANDLERS.load(Ordering::Acquire) {
        // Without an upcall, a fault goes to the supervisor, which ends the process.
        let _ = register_upcall();
    }
}

/// Cancellation needs no look at instructions: the kernel ends an interruptible call itself.
#[cfg(not(test))]
pub fn cancelled_instruction(_instruction: usize) -> Option<usize> {
    None
}

impl Signals for Trivet {
    fn set_action(signal: c_int, action: Option<&Action>) -> Result<Action> {
        let index = check(signal)?;
        if action.is_some() && (signal == SIGKILL || signal == SIGSTOP) {
            return Err(Errno::EINVAL);
        }
        if action.is_some_and(|action| action.handler > SIG_IGN) {
            HANDLERS.store(true, Ordering::Release);
            register_upcall()?;
        }
        let mut actions = ACTIONS.lock();
        let old = actions[index];
        if let Some(action) = action {
            actions[index] = *action;
        }
        Ok(old)
    }
    fn mask(how: c_int, set: Option<&SignalSet>) -> Result<SignalSet> {
        let thread = crate::thread::this();
        let old = thread.signal_mask.get();
        if let Some(set) = set {
            let new = match how {
                SIG_BLOCK => old | set.0,
                SIG_UNBLOCK => old & !set.0,
                SIG_SETMASK => set.0,
                _ => return Err(Errno::EINVAL),
            };
            thread.signal_mask.set(new & !NEVER_MASKED.0);
            if thread.signal_pending.get() & !new != 0 {
                deliver(&mut empty_context());
            }
        }
        Ok(SignalSet(old))
    }
    fn pending() -> Result<SignalSet> {
        collect();
        let thread = crate::thread::this();
        Ok(SignalSet(thread.signal_pending.get() & thread.signal_mask.get()))
    }
    fn suspend(_mask: &SignalSet) -> Result<()> {
        Err(Errno::ENOSYS)
    }
    unsafe fn wait(_set: &SignalSet, _info: *mut c_void, _timeout: *const timespec) -> Result<c_int> {
        Err(Errno::ENOSYS)
    }
    unsafe fn alternate_stack(new: *const c_void, old: *mut c_void) -> Result<()> {
        const DISABLED: [u64; 3] = [0, 2, 0];
        if !new.is_null() {
            return Err(Errno::ENOSYS);
        }
        if !old.is_null() {
            // SAFETY: a `stack_t`, by the caller's word.
            unsafe { old.cast::<[u64; 3]>().write(DISABLED) };
        }
        Ok(())
    }
    unsafe fn interval_timer(_which: c_int, _new: *const c_void, _old: *mut c_void) -> Result<()> {
        Err(Errno::ENOSYS)
    }
    fn kill(process: pid_t, signal: c_int) -> Result<()> {
        if process != Self::pid() && process != 0 {
            return trivet_ipc::processes::signal(
                Handle::PROCESS_SERVER,
                trivet_ipc::processes::SignalTarget::Process,
                process as u64,
                0,
                signal as u64 as u32,
            )
            .map_err(failed);
        }
        if signal == 0 {
            return Ok(());
        }
        check(signal)?;
        send_to_self(signal, SI_USER);
        Ok(())
    }
    fn kill_thread(thread: pid_t, signal: c_int) -> Result<()> {
        if signal != 0 {
            check(signal)?;
        }
        if thread == crate::thread::this().tid.load(Ordering::Relaxed) as pid_t {
            if signal != 0 {
                send_to_self(signal, SI_TKILL);
            }
            return Ok(());
        }
        if signal == 0 {
            return with_thread(thread, thread::number).map(drop);
        }
        direct(thread as u32, signal)?;
        with_thread(thread, thread::interrupt)
    }
    unsafe fn queue(process: pid_t, signal: c_int, _info: *const c_void) -> Result<()> {
        Self::kill(process, signal)
    }
    unsafe fn queue_thread(thread: pid_t, signal: c_int, _info: *const c_void) -> Result<()> {
        Self::kill_thread(thread, signal)
    }
}

/// A signal for the calling thread.
fn send_to_self(signal: c_int, code: c_int) {
    let thread = crate::thread::this();
    if SignalSet(thread.signal_mask.get()).contains(signal) && signal != SIGKILL && signal != SIGSTOP {
        thread
            .signal_pending
            .set(thread.signal_pending.get() | SignalSet::of(signal).0);
    } else if signal == SIGKILL {
        end(SIGKILL as u64);
    } else {
        act(signal, code, Trivet::pid() as u64, &mut empty_context());
    }
}

/// Leaves a signal for another thread.
fn direct(thread: u32, signal: c_int) -> Result<()> {
    let bit = SignalSet::of(signal).0;
    let known = DIRECTED
        .iter()
        .find(|place| place.thread.load(Ordering::Acquire) == thread);
    if let Some(place) = known {
        place.pending.fetch_or(bit, Ordering::AcqRel);
        return Ok(());
    }
    for place in &DIRECTED {
        // A place whose signals were all taken can be used again.
        let owner = place.thread.load(Ordering::Acquire);
        let free = owner == 0 || place.pending.load(Ordering::Acquire) == 0;
        if free
            && place
                .thread
                .compare_exchange(owner, thread, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok()
        {
            place.pending.fetch_or(bit, Ordering::AcqRel);
            return Ok(());
        }
    }
    Err(Errno::EAGAIN)
}
