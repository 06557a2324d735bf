//! POSIX threads and C11 threads, on futexes. POSIX.1-2024 2.9, <pthread.h>, <semaphore.h>; ISO C <threads.h>.
//!
//! The layouts of the C types are glibc's where programs can see them (sizes, static initialisers, a mutex's
//! kind at offset 16). Functions return error numbers and leave `errno` alone, but for the `sem_` family.

pub mod attributes;
pub mod barrier;
pub mod c11;
pub mod cancellation;
pub mod cleanup;
pub mod condition;
pub mod create;
pub mod exit;
pub mod fork_handlers;
pub mod join;
pub mod keys;
pub mod mutex;
pub mod mutex_attributes;
pub mod once;
pub mod rwlock;
pub mod scheduling;
pub mod semaphore;
pub mod spin;
pub mod stacks;

use crate::errno::{Errno, Result};
use crate::seam::{CLOCK_MONOTONIC, CLOCK_REALTIME, Deadline, Scope};
use crate::thread::Thread;
use crate::types::*;
use core::sync::atomic::{AtomicU8, AtomicU32, Ordering};

/// From a robust mutex's list entry to its futex word.
pub const ROBUST_FUTEX_OFFSET: c_long = -32;

/// Threads that have not ended.
static THREAD_COUNT: AtomicU32 = AtomicU32::new(1);
/// `__libc_single_threaded`: whether no second thread was ever made.
static SINGLE_THREADED: AtomicU8 = AtomicU8::new(1);
crate::alias_data!(__libc_single_threaded = SINGLE_THREADED: u8);

/// Makes the first thread known. Only start-up calls this.
///
/// # Safety
/// `thread` is the first thread's complete control block.
pub unsafe fn register_first(thread: *mut Thread) {
    // SAFETY: the caller's.
    unsafe { stacks::add_first(thread) };
}

/// The calling thread has made one of the library's own, which does not keep the process alive.
pub fn do_not_count() {
    THREAD_COUNT.fetch_sub(1, Ordering::Relaxed);
}

/// The calling thread, one of the library's own until now, ends as any thread of the program's does.
pub fn count_again() {
    THREAD_COUNT.fetch_add(1, Ordering::Relaxed);
}

/// For the child of a fork: the calling thread is the only one, and its number is another.
pub fn after_fork_in_child() {
    use crate::seam::{System, Threads};
    stacks::after_fork_in_child();
    let own = crate::thread::this();
    // SAFETY: the word lives as long as the thread.
    let number = unsafe { System::set_tid_word(&raw const own.tid) };
    own.tid.store(number as u32, Ordering::Relaxed);
    THREAD_COUNT.store(1, Ordering::Relaxed);
    SINGLE_THREADED.store(1, Ordering::Relaxed);
    own.head.multiple_threads.set(0);
    // Robust mutexes that the parent's thread holds are not the child's.
    own.robust
        .next
        .set((&raw const own.robust.next).cast_mut().cast());
    own.robust.pending.set(core::ptr::null_mut());
    own.robust_registered.set(false);
    own.joiner.store(core::ptr::null_mut(), Ordering::Relaxed);
}

/// A result as a pthread function returns it: 0 or the error.
#[inline(always)]
pub(crate) fn status(result: Result<()>) -> c_int {
    match result {
        Ok(()) => 0,
        Err(error) => error.0,
    }
}

/// Checks a deadline that the program gave.
///
/// # Safety
/// `time` must be valid or null.
pub(crate) unsafe fn deadline(clock: clockid_t, time: *const timespec) -> Result<Deadline> {
    if clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC {
        return Err(Errno::EINVAL);
    }
    // SAFETY: the caller's.
    match unsafe { time.as_ref() } {
        Some(time) if (0..1_000_000_000).contains(&time.tv_nsec) => Ok(Deadline { time: *time, clock }),
        _ => Err(Errno::EINVAL),
    }
}

/// The scope that a `pshared` attribute asks for.
pub(crate) fn scope(shared: bool) -> Scope {
    if shared { Scope::Shared } else { Scope::Private }
}

/// The calling thread's number.
#[inline(always)]
pub(crate) fn own_tid() -> u32 {
    crate::thread::this().tid.load(Ordering::Relaxed)
}
