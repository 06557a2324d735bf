//! Threads and futexes: the kernel's own services.

use super::clock::deadline_ns;
use super::delivery::restartable;
use super::{BLOCKING, Trivet, close_own, failed, page};
use crate::errno::{Errno, Result};
use crate::seam::{CLOCK_REALTIME, Deadline, Process, Scope, Signals, Threads};
use crate::thread::Thread;
use crate::types::*;
use core::sync::atomic::{AtomicU32, Ordering};
use trivet_abi::handle::Handle;
use trivet_ipc::shared::FutexFlags;
use trivet_ipc::{CallOptions, account, address_space, process, thread};

const SPACE: Handle = Handle::ADDRESS_SPACE;
const ANY_BIT: u32 = u32::MAX;
const NEVER: u64 = u64::MAX;

/// The WaitSet that `poll` goes through, made at the first call.
static WAIT_SET: AtomicU32 = AtomicU32::new(Handle::NONE.0);

/// The process's WaitSet for polling; it never has members of its own.
pub(super) fn wait_set() -> Result<Handle> {
    let known = Handle(WAIT_SET.load(Ordering::Acquire));
    if known != Handle::NONE {
        return Ok(known);
    }
    let made = account::create_wait_set(Handle::ACCOUNT).map_err(failed)?;
    match WAIT_SET.compare_exchange(Handle::NONE.0, made.0, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => Ok(made),
        Err(other) => {
            close_own(made);
            Ok(Handle(other))
        }
    }
}

// A new thread begins here: RDI is its control block, the word at RSP the function to call. The return address is marked undefined, so
// that an unwinder stops here.
#[cfg(not(test))]
core::arch::global_asm!(
    ".pushsection .text.trivet_thread_start, \"ax\", @progbits",
    ".hidden trivet_thread_start",
    ".globl trivet_thread_start",
    ".type trivet_thread_start, @function",
    "trivet_thread_start:",
    ".cfi_startproc",
    ".cfi_undefined rip",
    "    xor ebp, ebp",
    "    pop rsi",
    "    and rsp, -16",
    "    call {begin}",
    "    ud2",
    ".cfi_endproc",
    ".size trivet_thread_start, . - trivet_thread_start",
    ".popsection",
    begin = sym begin,
);

/// The first of a new thread that is Rust.
#[cfg(not(test))]
unsafe extern "C-unwind" fn begin(
    thread: *mut Thread,
    entry: unsafe extern "C-unwind" fn(*mut Thread) -> !,
) -> ! {
    page::register_interrupt_word();
    // Without an entry for upcalls, a fault ends the process, as it does without a handler.
    let _ = super::upcall::register(0, 0);
    // SAFETY: the function and its argument are those that `start` was given.
    unsafe { entry(thread) }
}

fn flags(scope: Scope, clock: clockid_t) -> FutexFlags {
    let shared = if scope == Scope::Shared {
        FutexFlags::SHARED
    } else {
        FutexFlags::EMPTY
    };
    if clock == CLOCK_REALTIME {
        shared | FutexFlags::REALTIME
    } else {
        shared
    }
}

/// A deadline in nanoseconds, and its clock.
fn until(deadline: Option<Deadline>) -> Result<(u64, clockid_t)> {
    match deadline {
        None => Ok((NEVER, 1)),
        Some(deadline) => Ok((deadline_ns(&deadline.time)?, deadline.clock)),
    }
}

fn address(word: &AtomicU32) -> u64 {
    word.as_ptr().expose_provenance() as u64
}

impl Threads for Trivet {
    #[cfg(not(test))]
    unsafe fn start(
        thread: *mut Thread,
        stack_top: *mut c_void,
        entry: unsafe extern "C-unwind" fn(*mut Thread) -> !,
    ) -> Result<()> {
        unsafe extern "C" {
            fn trivet_thread_start();
        }
        let top = (stack_top as usize & !15) - 16;
        // SAFETY: the stack is the new thread's own and has room for a word.
        unsafe { core::ptr::with_exposed_provenance_mut::<usize>(top).write(entry as *const () as usize) };
        // SAFETY: `thread` is a valid control block.
        let tid = unsafe { &raw const (*thread).tid };
        let made = process::create_thread(
            Handle::PROCESS,
            trivet_thread_start as *const () as u64,
            top as u64,
            thread.expose_provenance() as u64,
            thread.expose_provenance() as u64,
            tid.expose_provenance() as u64,
            true,
        )
        .map_err(failed)?;
        // SAFETY: as above; the thread has not begun.
        unsafe { (*tid).store(made.number as u32, Ordering::Release) };
        // A thread begins with its creator's mask.
        let mask = page::entry().mask.load(Ordering::Relaxed);
        // SAFETY: as above.
        let entered = page::enter(unsafe { &*thread }, made.number, mask);
        let resumed = entered.and_then(|()| thread::resume(made.thread).map_err(failed));
        if resumed.is_err() {
            // SAFETY: as above.
            page::take_back(unsafe { &*thread });
            let _ = thread::kill(made.thread);
        }
        close_own(made.thread);
        resumed
    }
    #[cfg(test)]
    unsafe fn start(
        _thread: *mut Thread,
        _stack_top: *mut c_void,
        _entry: unsafe extern "C-unwind" fn(*mut Thread) -> !,
    ) -> Result<()> {
        Err(Errno::ENOSYS)
    }
    fn exit_thread() -> ! {
        page::leave();
        // What has come for the process may be another thread's now.
        super::delivery::pass_on();
        loop {
            // It does not return.
            let _ = thread::exit(Handle::SELF_THREAD, 0, 0);
        }
    }
    fn thread_id() -> pid_t {
        thread::number(Handle::SELF_THREAD).map_or(0, |reply| reply.number as pid_t)
    }
    unsafe fn set_thread_pointer(thread: *mut Thread) -> Result<()> {
        thread::set_bases(Handle::SELF_THREAD, thread.expose_provenance() as u64, 0).map_err(failed)
    }
    unsafe fn set_tid_word(_tid: *const AtomicU32) -> pid_t {
        // The kernel clears the words of threads that it was told of when they were made. The first thread's word only says who it is:
        // nobody waits for its stack, which stays.
        Self::thread_id()
    }
    unsafe fn set_robust_list(head: *mut c_void, length: usize) -> Result<()> {
        thread::set_robust_list(
            Handle::SELF_THREAD,
            head.expose_provenance() as u64,
            length as u64,
        )
        .map_err(failed)
    }
    #[inline]
    fn futex_wait(word: &AtomicU32, expected: u32, deadline: Option<Deadline>, scope: Scope) -> Result<()> {
        let (deadline, clock) = until(deadline)?;
        // While handlers are deferred an interrupt must not end the wait: the word that says so stays set.
        let options = if crate::thread::this().signal_defer.get() == 0 {
            BLOCKING
        } else {
            CallOptions::DEFAULT
        };
        restartable(|| {
            address_space::futex_wait_with(
                options,
                SPACE,
                address(word),
                expected,
                ANY_BIT,
                deadline,
                flags(scope, clock),
            )
            .map_err(failed)
        })
    }
    #[inline]
    fn futex_wake(word: &AtomicU32, count: u32, scope: Scope) -> usize {
        address_space::futex_wake(SPACE, address(word), count, ANY_BIT, flags(scope, 1))
            .map_or(0, |count| count as usize)
    }
    fn futex_requeue(
        word: &AtomicU32,
        expected: u32,
        wake: u32,
        requeue: u32,
        target: &AtomicU32,
        scope: Scope,
    ) -> Result<usize> {
        let flags = flags(scope, 1);
        address_space::futex_requeue(
            SPACE,
            address(word),
            expected,
            wake,
            address(target),
            requeue,
            flags,
        )
        .map(|reply| (reply.woken + reply.moved) as usize)
        .map_err(failed)
    }
    fn futex_lock_pi(word: &AtomicU32, deadline: Option<Deadline>, scope: Scope) -> Result<()> {
        let (deadline, _) = until(deadline)?;
        restartable(|| {
            address_space::futex_lock_pi_with(
                BLOCKING,
                SPACE,
                address(word),
                deadline,
                flags(scope, CLOCK_REALTIME),
            )
            .map_err(failed)
        })
    }
    fn futex_unlock_pi(word: &AtomicU32, scope: Scope) -> Result<()> {
        address_space::futex_unlock_pi(SPACE, address(word), flags(scope, 1)).map_err(failed)
    }
    fn yield_now() {
        // Giving the processor away does not fail.
        let _ = thread::yield_now(Handle::SELF_THREAD);
    }
    unsafe fn affinity(thread: pid_t, size: usize, mask: *mut c_void) -> Result<usize> {
        if size < size_of::<u64>() {
            return Err(Errno::EINVAL);
        }
        let bits = with_thread(thread, thread::get_affinity)?;
        // SAFETY: at least eight bytes, by the caller's word.
        unsafe { mask.cast::<u64>().write_unaligned(bits) };
        Ok(size_of::<u64>())
    }
    unsafe fn set_affinity(thread: pid_t, size: usize, mask: *const c_void) -> Result<()> {
        let mut bits = [0u8; 8];
        let count = size.min(bits.len());
        // SAFETY: `size` bytes, by the caller's word.
        unsafe { core::ptr::copy_nonoverlapping(mask.cast::<u8>(), bits.as_mut_ptr(), count) };
        with_thread(thread, |handle| {
            thread::set_affinity(handle, u64::from_le_bytes(bits))
        })
    }
    fn scheduler(thread: pid_t) -> Result<c_int> {
        const SCHED_OTHER: c_int = 0;
        exists(thread).map(|()| SCHED_OTHER)
    }
    fn set_scheduler(thread: pid_t, policy: c_int, priority: c_int) -> Result<()> {
        match (policy, priority) {
            (0, 0) => may_change(thread),
            (0, _) => Err(Errno::EINVAL),
            // Fixed priorities are the servers'.
            (1 | 2, 1..=99) => exists(thread).and(Err(Errno::EPERM)),
            _ => Err(Errno::EINVAL),
        }
    }
    fn scheduling_priority(thread: pid_t) -> Result<c_int> {
        exists(thread).map(|()| 0)
    }
    fn set_scheduling_priority(thread: pid_t, priority: c_int) -> Result<()> {
        may_change(thread)?;
        if priority == 0 { Ok(()) } else { Err(Errno::EINVAL) }
    }
    fn priority_range(policy: c_int) -> Result<(c_int, c_int)> {
        match policy {
            0 | 3 | 5 => Ok((0, 0)),
            1 | 2 => Ok((1, 99)),
            _ => Err(Errno::EINVAL),
        }
    }
    fn round_robin_interval(thread: pid_t) -> Result<timespec> {
        exists(thread)?;
        Ok(timespec {
            tv_sec: 0,
            tv_nsec: 10_000_000,
        })
    }
    fn set_thread_name(_thread: pid_t, first: bool, name: &[u8; 16]) -> Result<()> {
        // Nobody outside sees the names of the others.
        if !first {
            return Ok(());
        }
        let length = name.iter().position(|&byte| byte == 0).unwrap_or(15);
        process::set_name(Handle::PROCESS, &name[..length]).map_err(failed)
    }
    fn processor() -> (c_uint, c_uint) {
        (0, 0)
    }
}

/// Whether there is such a thread of this process, or such a process; 0 is the caller.
fn exists(number: pid_t) -> Result<()> {
    match may_change(number) {
        Err(Errno::EPERM) => Ok(()),
        result => result,
    }
}

/// Whether the caller may change how that thread or process is scheduled: who may signal it may.
fn may_change(number: pid_t) -> Result<()> {
    if number < 0 {
        return Err(Errno::EINVAL);
    }
    if number == 0 || number == Trivet::pid() || with_thread(number, thread::number).is_ok() {
        return Ok(());
    }
    Trivet::kill(number, 0)
}

/// Runs `work` with a handle on a thread of this process; 0 is the caller.
pub(super) fn with_thread<T, E: trivet_ipc::ErrorNumber>(
    number: pid_t,
    work: impl FnOnce(Handle) -> core::result::Result<T, trivet_ipc::Failure<E>>,
) -> Result<T> {
    if number == 0 || number as u32 == crate::thread::this().tid.load(Ordering::Relaxed) {
        return work(Handle::SELF_THREAD).map_err(failed);
    }
    let handle = process::thread(Handle::PROCESS, number as u32 as u64).map_err(failed)?;
    let result = work(handle).map_err(failed);
    close_own(handle);
    result
}
