//! All streams at once: at exit, for fflush of null, and around fork.

use super::file::{File, LIST_LOCK, flag, for_each_stream};
use super::output::{self, EOF};
use super::position;
use crate::errno::set_errno;
use crate::seam::{CLOCK_MONOTONIC, Clock, System, Threads};
use crate::types::{c_int, timespec};

/// A stream that has something pending and is not among the first `skip` of them.
enum Found {
    /// There is none.
    Nothing,
    /// This one; its lock is taken.
    Locked(*mut File),
    /// One whose lock another thread has.
    Busy,
}

/// Looks for a stream to flush. The list's lock is held only here; afterwards the stream's own keeps it from going
/// away, for fclose takes that lock before it gives the structure back.
fn find_pending(skip: usize) -> Found {
    let mut found = Found::Nothing;
    let mut skip = skip;
    for_each_stream(|stream| {
        // SAFETY: the list holds open streams.
        unsafe {
            if !matches!(found, Found::Nothing) || !(*stream).has(flag::PUTTING) || (*stream).pending() == 0 {
                return;
            }
            if skip > 0 {
                skip -= 1;
                return;
            }
            found = if (*(*stream).lock).try_lock() {
                Found::Locked(stream)
            } else {
                Found::Busy
            };
        }
    });
    found
}

/// Lets the thread that has a stream's lock go on: at first by yielding, later by sleeping a millisecond at a time.
fn wait_a_little(times: usize) {
    if times < 100 {
        System::yield_now();
    } else {
        let time = timespec {
            tv_sec: 0,
            tv_nsec: 1_000_000,
        };
        let _ = System::sleep(CLOCK_MONOTONIC, false, &time, None);
    }
}

/// Flushes every stream that was written, and waits for each that another thread is writing to. Returns 0, or `EOF`.
pub fn flush_all() -> c_int {
    let (mut status, mut failed, mut waited) = (0, 0, 0);
    loop {
        match find_pending(failed) {
            Found::Nothing => return status,
            Found::Busy => {
                wait_a_little(waited);
                waited += 1;
            }
            Found::Locked(stream) => {
                waited = 0;
                // SAFETY: the stream is locked, so it is open.
                unsafe {
                    if let Err(error) = output::flush(&mut *stream) {
                        set_errno(error.0);
                        status = EOF;
                        failed += 1;
                    }
                    (*(*stream).lock).unlock();
                }
            }
        }
    }
}

/// What `exit` owes to the streams: what is pending is written, and inputs that can seek are set back to the first
/// byte that was not read. A stream that another thread reads, perhaps blocked for ever, is not waited for; one that
/// another thread writes gets a moment to finish.
pub fn flush_at_exit() {
    for_each_stream(|stream| {
        // SAFETY: the list holds open streams, and its lock is held.
        unsafe {
            let mut tries = 0;
            while !(*(*stream).lock).try_lock() {
                if !(*stream).has(flag::PUTTING) || tries == 100 {
                    return;
                }
                wait_a_little(tries);
                tries += 1;
            }
            let _ = position::synchronise(&mut *stream);
            (*(*stream).lock).unlock();
        }
    });
}

/// Takes the list's lock before fork, so that the child's list is whole.
pub fn before_fork() {
    LIST_LOCK.lock();
}

/// Gives the list's lock back in the parent.
pub fn after_fork_in_parent() {
    LIST_LOCK.unlock();
}

/// Frees the locks in the child: the threads that held any of them are not there.
pub fn after_fork_in_child() {
    LIST_LOCK.reset();
    for_each_stream(|stream| {
        // SAFETY: the list holds open streams, and no other thread exists. A lock that the forking thread itself
        // holds stays free too: it was taken for the fork's sake or by a handler.
        unsafe { (*(*stream).lock).reset() };
    });
}
