//! Thread stacks: mapped with their guard and control block, kept for the next thread, and the list of threads.
//!
//! One mapping holds, upwards: guard, stack, TLS block, control block. A stack whose thread has ended waits in
//! the cache; it may be used again once the system has cleared the thread's number.

use crate::errno::{Errno, Result};
use crate::lock::Lock;
use crate::seam::*;
use crate::start::tls;
use crate::thread::Thread;
use crate::types::*;
use core::ptr;
use core::sync::atomic::Ordering;

/// The most that the cache keeps mapped, in bytes.
const CACHE_LIMIT: usize = 40 << 20;

struct Lists {
    /// Threads that have not ended, newest first.
    live: *mut Thread,
    /// Stacks of ended threads.
    cached: *mut Thread,
    cached_bytes: usize,
}

// SAFETY: control blocks in the lists are reached under the lock only.
unsafe impl Send for Lists {}

static LISTS: Lock<Lists> = Lock::new(Lists {
    live: ptr::null_mut(),
    cached: ptr::null_mut(),
    cached_bytes: 0,
});

/// Puts the first thread into the list.
///
/// # Safety
/// `thread` is the first thread's control block.
pub unsafe fn add_first(thread: *mut Thread) {
    // SAFETY: the caller's.
    unsafe { push(&mut LISTS.lock().live, thread) };
}

unsafe fn push(list: &mut *mut Thread, thread: *mut Thread) {
    // SAFETY: both are live control blocks.
    unsafe {
        (*thread).list_previous.set(ptr::null_mut());
        (*thread).list_next.set(*list);
        if !list.is_null() {
            (**list).list_previous.set(thread);
        }
    }
    *list = thread;
}

unsafe fn unlink(list: &mut *mut Thread, thread: *mut Thread) {
    // SAFETY: the thread is in the list.
    unsafe {
        let (next, previous) = ((*thread).list_next.get(), (*thread).list_previous.get());
        if previous.is_null() {
            *list = next;
        } else {
            (*previous).list_next.set(next);
        }
        if !next.is_null() {
            (*next).list_previous.set(previous);
        }
    }
}

/// A control block with a stack of at least `size` bytes (TLS included) and a guard, in the list of threads.
pub fn allocate(size: usize, guard: usize) -> Result<*mut Thread> {
    let round = |bytes: usize| bytes.checked_next_multiple_of(PAGE_SIZE).ok_or(Errno::EINVAL);
    let guard = round(guard)?;
    let size = round(size)?;
    let length = size.checked_add(guard).ok_or(Errno::EINVAL)?;
    if let Some(thread) = take_cached(length, guard) {
        return Ok(thread);
    }
    // SAFETY: a new mapping; all pointers stay within it.
    unsafe {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE;
        let mapped = System::map(ptr::null_mut(), length, PROT_READ | PROT_WRITE, flags, -1, 0);
        let memory = mapped.map_err(|_| Errno::EAGAIN)?;
        if guard > 0 && System::protect(memory, guard, PROT_NONE).is_err() {
            let _ = System::unmap(memory, length);
            return Err(Errno::EAGAIN);
        }
        let thread = tls::build(memory.cast::<u8>().add(length));
        (*thread).mapping.set(memory);
        (*thread).mapping_length.set(length);
        (*thread).guard_length.set(guard);
        describe(thread);
        push(&mut LISTS.lock().live, thread);
        Ok(thread)
    }
}

/// A control block at the end of the program's own memory, in the list of threads.
///
/// # Safety
/// `size` bytes from `address` on are the thread's.
pub unsafe fn place(address: *mut c_void, size: usize) -> Result<*mut Thread> {
    let needed = tls::size() + 2048;
    if size < needed {
        return Err(Errno::EINVAL);
    }
    // SAFETY: by the contract.
    unsafe {
        let end = address.cast::<u8>().add(size);
        let zeroed = tls::size();
        ptr::write_bytes(end.sub(zeroed), 0, zeroed);
        let thread = tls::build(end);
        (*thread).stack_given.set(true);
        (*thread).stack.set(address);
        (*thread).stack_length.set(size);
        push(&mut LISTS.lock().live, thread);
        Ok(thread)
    }
}

/// Writes down where the stack is.
unsafe fn describe(thread: *mut Thread) {
    // SAFETY: the thread's mapping is described already.
    unsafe {
        let guard = (*thread).guard_length.get();
        (*thread).stack.set((*thread).mapping.get().byte_add(guard));
        (*thread).stack_length.set((*thread).mapping_length.get() - guard);
    }
}

/// The smallest cached stack that is long enough and not more than four times too long.
fn take_cached(length: usize, guard: usize) -> Option<*mut Thread> {
    let mut lists = LISTS.lock();
    let mut best: *mut Thread = ptr::null_mut();
    let mut candidate = lists.cached;
    // SAFETY: cached control blocks are live memory; one whose number is 0 has no thread any more.
    unsafe {
        while !candidate.is_null() {
            let mapped = (*candidate).mapping_length.get();
            let usable = (*candidate).tid.load(Ordering::Acquire) == 0
                && (*candidate).guard_length.get() == guard
                && mapped >= length
                && mapped / 4 <= length;
            if usable && (best.is_null() || mapped < (*best).mapping_length.get()) {
                best = candidate;
                if mapped == length {
                    break;
                }
            }
            candidate = (*candidate).list_next.get();
        }
        if best.is_null() {
            return None;
        }
        let (mapping, mapped) = ((*best).mapping.get(), (*best).mapping_length.get());
        unlink(&mut lists.cached, best);
        lists.cached_bytes -= mapped;
        tls::rebuild(best);
        (*best).mapping.set(mapping);
        (*best).mapping_length.set(mapped);
        (*best).guard_length.set(guard);
        describe(best);
        push(&mut lists.live, best);
    }
    Some(best)
}

/// Takes an ended (or never started) thread out of the list and keeps its stack for the next one.
///
/// # Safety
/// Nobody uses the control block any more but the thread itself on its last steps.
pub unsafe fn release(thread: *mut Thread) {
    let mut lists = LISTS.lock();
    // SAFETY: by the contract; the lists' blocks are live.
    unsafe {
        unlink(&mut lists.live, thread);
        if (*thread).mapping.get().is_null() {
            return;
        }
        push(&mut lists.cached, thread);
        lists.cached_bytes += (*thread).mapping_length.get();
        let mut old = lists.cached;
        while lists.cached_bytes > CACHE_LIMIT && !old.is_null() {
            let next = (*old).list_next.get();
            if (*old).tid.load(Ordering::Acquire) == 0 {
                lists.cached_bytes -= (*old).mapping_length.get();
                unlink(&mut lists.cached, old);
                let _ = System::unmap((*old).mapping.get(), (*old).mapping_length.get());
            }
            old = next;
        }
    }
}

/// Whether a thread is known and has not been released: what can be asked of a `pthread_t`.
pub fn with_live<T>(thread: *mut Thread, ask: impl FnOnce(&Thread) -> T) -> Option<T> {
    let lists = LISTS.lock();
    let mut candidate = lists.live;
    // SAFETY: blocks in the list are live while the lock is held.
    unsafe {
        while !candidate.is_null() {
            if candidate == thread {
                return Some(ask(&*candidate));
            }
            candidate = (*candidate).list_next.get();
        }
    }
    None
}

/// For the child of a fork: the calling thread is the only one; the stacks of the others can be used again.
pub fn after_fork_in_child() {
    LISTS.raw().reset();
    let own = crate::thread::current();
    let mut lists = LISTS.lock();
    let mut candidate = lists.live;
    // SAFETY: the other threads do not exist in this process.
    unsafe {
        while !candidate.is_null() {
            let next = (*candidate).list_next.get();
            if candidate != own {
                unlink(&mut lists.live, candidate);
                (*candidate).tid.store(0, Ordering::Relaxed);
                if !(*candidate).mapping.get().is_null() {
                    lists.cached_bytes += (*candidate).mapping_length.get();
                    push(&mut lists.cached, candidate);
                }
            }
            candidate = next;
        }
    }
}

/// The lists' lock, for fork.
pub fn lock() -> &'static crate::lock::RawLock {
    LISTS.raw()
}
