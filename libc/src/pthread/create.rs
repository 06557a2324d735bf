//! `pthread_create`: a stack, a control block, and the thread's first steps. POSIX.1-2024 `pthread_create`.

use super::attributes::{Attributes, DEFAULTS};
use super::{SINGLE_THREADED, THREAD_COUNT, exit, stacks};
use crate::errno::{Errno, Result};
use crate::seam::*;
use crate::signal::SIG_SETMASK;
use crate::thread::{Thread, name, this};
use crate::types::*;
use core::sync::atomic::Ordering;

/// What a thread runs.
pub type Routine = unsafe extern "C-unwind" fn(*mut c_void) -> *mut c_void;

/// A joinable thread that has not ended.
pub const JOINABLE: u32 = 0;
/// Nobody will join it.
pub const DETACHED: u32 = 1;
/// It has ended, and may still be joined.
pub const ENDED: u32 = 2;

/// The thread waits for its creator's word before it runs the program's function.
const HELD: c_int = 1;
/// The creator says: do not run.
const REFUSED: c_int = 2;
/// The creator says: run.
const RELEASED: c_int = 3;

/// Makes a thread; `c11` says that `routine` returns an int.
///
/// # Safety
/// `attributes` is null or valid; a stack that it names is the thread's.
pub unsafe fn create(
    attributes: *const Attributes,
    routine: Routine,
    argument: *mut c_void,
    c11: bool,
) -> Result<*mut Thread> {
    let creator = this();
    // SAFETY: the caller's.
    let given = unsafe { attributes.as_ref() };
    let defaults = if given.is_none() {
        Some(*DEFAULTS.lock())
    } else {
        None
    };
    let attributes = match (given, &defaults) {
        (Some(given), _) => given,
        (None, Some(defaults)) => defaults,
        (None, None) => return Err(Errno::EINVAL),
    };
    // SAFETY: a stack that the attributes name is the program's to give; a new block is the caller's alone.
    unsafe {
        let thread = match attributes.given_stack() {
            Some((address, size)) => stacks::place(address, size)?,
            None => stacks::allocate(attributes.stack_size_or_default(), attributes.guard_size())?,
        };
        (*thread).head.stack_guard = creator.head.stack_guard;
        (*thread).head.pointer_guard = creator.head.pointer_guard;
        (*thread).start.set(Some(routine));
        (*thread).argument.set(argument);
        (*thread).c11.set(c11);
        (*thread).detach.store(
            if attributes.is_detached() {
                DETACHED
            } else {
                JOINABLE
            },
            Ordering::Relaxed,
        );
        (*thread).scheduling_policy.set(-1);
        name::inherit(&*thread);

        let scheduling = attributes.explicit_scheduling();
        let held = scheduling.is_some() || attributes.affinity().is_some();
        let mut mask_before = None;
        if let Some(mask) = attributes.signal_mask() {
            // The thread sets its own mask; no signal may come to it before.
            mask_before = System::mask(SIG_SETMASK, Some(&SignalSet::ALL)).ok();
            (*thread).initial_mask.set(mask.0);
            (*thread).mask_given.set(true);
        }
        (*thread)
            .held
            .store(if held { HELD } else { 0 } as u32, Ordering::Relaxed);

        THREAD_COUNT.fetch_add(1, Ordering::Relaxed);
        if SINGLE_THREADED.load(Ordering::Relaxed) != 0 {
            SINGLE_THREADED.store(0, Ordering::Relaxed);
        }
        creator.head.multiple_threads.set(1);
        (*thread).head.multiple_threads.set(1);
        let top = thread.cast::<u8>().sub(crate::start::tls::block_size());
        let started = System::start(thread, top.cast(), entry);
        if let Some(mask) = mask_before {
            let _ = System::mask(SIG_SETMASK, Some(&mask));
        }
        if let Err(error) = started {
            THREAD_COUNT.fetch_sub(1, Ordering::Relaxed);
            stacks::release(thread);
            return Err(if error == Errno::ENOMEM {
                Errno::EAGAIN
            } else {
                error
            });
        }
        if held {
            set_up_held(thread, scheduling, attributes)?;
        }
        Ok(thread)
    }
}

/// Sets scheduling and processors of a held thread, then lets it run, or not.
unsafe fn set_up_held(
    thread: *mut Thread,
    scheduling: Option<(c_int, c_int)>,
    attributes: &Attributes,
) -> Result<()> {
    // SAFETY: a held thread's block stays until it is told to go on.
    unsafe {
        let tid = (*thread).tid.load(Ordering::Relaxed) as pid_t;
        let mut result = Ok(());
        if let Some((policy, priority)) = scheduling {
            result = System::set_scheduler(tid, policy, priority);
        }
        if let (Ok(()), Some((mask, size))) = (result, attributes.affinity()) {
            result = System::set_affinity(tid, size, mask);
        }
        if result.is_err() {
            (*thread).detach.store(DETACHED, Ordering::Relaxed);
        }
        let word = if result.is_ok() { RELEASED } else { REFUSED };
        (*thread).held.store(word as u32, Ordering::Release);
        System::futex_wake(&(*thread).held, 1, Scope::Private);
        result
    }
}

/// A new thread's first function. Unwinding ends here: its caller has no return address.
unsafe extern "C-unwind" fn entry(thread: *mut Thread) -> ! {
    // SAFETY: the block is the calling thread's own.
    unsafe {
        let thread = &*thread;
        while thread.held.load(Ordering::Acquire) == HELD as u32 {
            let _ = System::futex_wait(&thread.held, HELD as u32, None, Scope::Private);
        }
        if thread.held.load(Ordering::Acquire) == REFUSED as u32 {
            exit::finish()
        }
        if thread.mask_given.get() {
            let _ = System::mask(SIG_SETMASK, Some(&SignalSet(thread.initial_mask.get())));
        }
        if let Some(routine) = thread.start.get() {
            let result = routine(thread.argument.get());
            // A function of C11 returns an int: only half of the register has a meaning.
            let result = if thread.c11.get() {
                core::ptr::without_provenance_mut(result.addr() as i32 as usize)
            } else {
                result
            };
            thread.result.set(result);
        }
        exit::finish()
    }
}

crate::export! {
    /// Makes a thread that calls `routine(argument)`. POSIX.1-2024 `pthread_create`.
    pub unsafe extern "C" fn pthread_create(
        thread: *mut pthread_t,
        attributes: *const Attributes,
        routine: Routine,
        argument: *mut c_void,
    ) -> c_int {
        // SAFETY: the caller's; `thread` is written before the new thread can end up joined by it.
        unsafe {
            match create(attributes, routine, argument, false) {
                Ok(made) => {
                    thread.write(made.expose_provenance() as pthread_t);
                    0
                }
                Err(error) => error.0,
            }
        }
    }

    /// The calling thread. POSIX.1-2024 `pthread_self`.
    pub unsafe extern "C" fn pthread_self() -> pthread_t {
        crate::thread::current().addr() as pthread_t
    }

    /// Whether two threads are the same. POSIX.1-2024 `pthread_equal`.
    pub unsafe extern "C" fn pthread_equal(left: pthread_t, right: pthread_t) -> c_int {
        (left == right).into()
    }
}
