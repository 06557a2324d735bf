//! All streams at once: at exit, for fflush of null, and around fork.

use super::file::{File, LIST_LOCK, flag, for_each_stream};
use super::output::{self, EOF};
use super::position;
use crate::errno::set_errno;
use crate::types::c_int;

/// Flushes every stream that was written, waiting for each. Returns 0, or `EOF`.
pub fn flush_all() -> c_int {
    let mut status = 0;
    // The list may change while a stream's lock is waited for, so the list's lock is not kept meanwhile: streams
    // are flushed one at a time, from the list's start, until none has anything pending.
    let mut refused = 0;
    loop {
        let mut found = core::ptr::null_mut::<File>();
        let mut skip = refused;
        for_each_stream(|stream| {
            // SAFETY: the list holds open streams.
            if found.is_null() && unsafe { (*stream).has(flag::PUTTING) && (*stream).pending() > 0 } {
                if skip == 0 {
                    found = stream;
                } else {
                    skip -= 1;
                }
            }
        });
        if found.is_null() {
            return status;
        }
        // SAFETY: the stream was open a moment ago; a program that closes a stream while it flushes all of them
        // from another thread has a race of its own.
        unsafe {
            if !(*(*found).lock).try_lock() {
                // Its user is at work, perhaps waiting for the device. It stays for its user.
                refused += 1;
                continue;
            }
            if (*found).pending() > 0
                && let Err(error) = output::flush(&mut *found)
            {
                set_errno(error.0);
                status = EOF;
                refused += 1;
            }
            (*(*found).lock).unlock();
        }
    }
}

/// What `exit` owes to the streams: what is pending is written, and inputs that can seek are set back to the first
/// byte that was not read. A stream whose lock another thread holds is not waited for.
pub fn flush_at_exit() {
    for_each_stream(|stream| {
        // SAFETY: the list holds open streams, and its lock is held.
        unsafe {
            if (*(*stream).lock).try_lock() {
                let _ = position::synchronise(&mut *stream);
                (*(*stream).lock).unlock();
            }
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
