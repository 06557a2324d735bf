//! <aio.h>: asynchronous input and output, by threads of the library. POSIX.1-2024 <aio.h>.
//!
//! Requests of one descriptor run one after the other, in the order in which they came; those of different descriptors run
//! at once, each in a thread of a small pool. A request's state lies in the caller's block: `EINPROGRESS` until its result is there.
//! `queue` holds what waits and runs, this file has the C functions.

mod queue;

use crate::errno::{EINPROGRESS, Errno, Result, returned, returned_status};
use crate::heap::{free, malloc};
use crate::seam::*;
use crate::signal::event::Event;
use crate::thread::cancel;
use crate::types::*;
use core::ptr;
use core::sync::atomic::{AtomicI32, AtomicIsize, AtomicU32, Ordering};
use queue::{Cancelled, List, Operation};

pub use queue::{after_fork_in_child, lock};

/// What `aio_reqprio` may be at most, as `sysconf(_SC_AIO_PRIO_DELTA_MAX)` says.
const PRIORITY_MAX: c_int = 20;
const LIO_READ: c_int = 0;
const LIO_WRITE: c_int = 1;
const LIO_NOP: c_int = 2;
const LIO_WAIT: c_int = 0;
const LIO_NOWAIT: c_int = 1;
const O_SYNC: c_int = 0o4_010_000;
const O_DSYNC: c_int = 0o10_000;
const F_GETFL: c_int = 3;
const O_ACCMODE: c_int = 3;

/// C's `struct aiocb`.
#[repr(C)]
pub struct Block {
    descriptor: c_int,
    list_operation: c_int,
    priority: c_int,
    buffer: *mut c_void,
    length: size_t,
    event: Event,
    next: usize,
    inherited: [c_int; 2],
    /// `EINPROGRESS`, then 0 or the error. Written after the result.
    error: AtomicI32,
    result: AtomicIsize,
    offset: off_t,
    room: [u8; 32],
}

const _: () = assert!(size_of::<Block>() == 168);

impl Block {
    fn is_done(&self) -> bool {
        self.error.load(Ordering::Acquire) != EINPROGRESS
    }
}

/// Puts a request into the queue. A wrong one fails at once, and says so in its block too.
unsafe fn submit(block: *mut Block, operation: Operation, list: *mut List) -> Result<()> {
    // SAFETY: the caller's block, which stays until the request is done.
    unsafe {
        let wrong = !(0..=PRIORITY_MAX).contains(&(*block).priority)
            || (*block).length > isize::MAX as usize
            || (*block).event.check().is_err();
        let result = match wrong {
            true => Err(Errno::EINVAL),
            false => {
                (*block).result.store(0, Ordering::Relaxed);
                (*block).error.store(EINPROGRESS, Ordering::Release);
                queue::enter(block, operation, list)
            }
        };
        if let Err(error) = result {
            (*block).result.store(-1, Ordering::Relaxed);
            (*block).error.store(error.0, Ordering::Release);
        }
        result
    }
}

/// Waits until `is_over` says so, or the time or a signal ends it.
fn wait(is_over: impl Fn() -> bool, deadline: Option<Deadline>) -> Result<()> {
    loop {
        let before = queue::COMPLETIONS.load(Ordering::Acquire);
        if is_over() {
            return Ok(());
        }
        let time = deadline.as_ref().map(|deadline| Deadline {
            time: deadline.time,
            clock: deadline.clock,
        });
        match cancel::point(|| System::futex_wait(&queue::COMPLETIONS, before, time, Scope::Private)) {
            Ok(()) | Err(Errno::EAGAIN) => {}
            Err(error) => return Err(error),
        }
    }
}

/// The deadline of a time from now on.
fn deadline(time: &timespec) -> Result<Deadline> {
    const NS: c_long = 1_000_000_000;
    if time.tv_sec < 0 || !(0..NS).contains(&time.tv_nsec) {
        return Err(Errno::EINVAL);
    }
    let now = System::now(CLOCK_MONOTONIC)?;
    let ns = now.tv_nsec + time.tv_nsec;
    Ok(Deadline {
        time: timespec {
            tv_sec: now.tv_sec.saturating_add(time.tv_sec).saturating_add(ns / NS),
            tv_nsec: ns % NS,
        },
        clock: CLOCK_MONOTONIC,
    })
}

/// The requests of a list that are none.
unsafe fn requests<'a>(list: *const *mut Block, count: c_int) -> Result<&'a [*mut Block]> {
    let count = usize::try_from(count).map_err(|_| Errno::EINVAL)?;
    if count == 0 {
        return Ok(&[]);
    }
    // SAFETY: the caller's list has that many places.
    Ok(unsafe { core::slice::from_raw_parts(list, count) })
}

unsafe fn submit_list(mode: c_int, list: *const *mut Block, count: c_int, event: *const Event) -> Result<()> {
    if mode != LIO_WAIT && mode != LIO_NOWAIT {
        return Err(Errno::EINVAL);
    }
    // SAFETY: blocks and event are the caller's; the list's own block is freed by the last request that ends.
    unsafe {
        let all = requests(list, count)?;
        let told = match event.as_ref() {
            Some(event) if mode == LIO_NOWAIT => {
                event.check()?;
                *event
            }
            _ => Event::NONE,
        };
        let shared: *mut List = malloc(size_of::<List>()).cast();
        if shared.is_null() {
            return Err(Errno::EAGAIN);
        }
        // One more than there are requests, so that the list is not over before all are in the queue.
        shared.write(List {
            left: AtomicU32::new(1),
            event: told,
        });
        let mut failed = false;
        for &block in all.iter().filter(|block| !block.is_null()) {
            let operation = match (*block).list_operation {
                LIO_READ => Operation::Read,
                LIO_WRITE => Operation::Write,
                LIO_NOP => continue,
                _ => {
                    (*block).result.store(-1, Ordering::Relaxed);
                    (*block).error.store(Errno::EINVAL.0, Ordering::Release);
                    failed = true;
                    continue;
                }
            };
            (*shared).left.fetch_add(1, Ordering::Relaxed);
            if submit(block, operation, shared).is_err() {
                (*shared).left.fetch_sub(1, Ordering::Relaxed);
                failed = true;
            }
        }
        queue::leave(shared);
        if mode == LIO_NOWAIT {
            return if failed { Err(Errno::EIO) } else { Ok(()) };
        }
        let is_request = |block: &&*mut Block| !block.is_null() && (**(*block)).list_operation != LIO_NOP;
        wait(
            || all.iter().filter(is_request).all(|&block| (*block).is_done()),
            None,
        )?;
        let any_failed = all
            .iter()
            .filter(is_request)
            .any(|&block| (*block).error.load(Ordering::Acquire) != 0);
        if failed || any_failed {
            Err(Errno::EIO)
        } else {
            Ok(())
        }
    }
}

// SAFETY of every block below: requests are the caller's, and stay as they are until they are done.
crate::export! {
    /// Begins to read. -1 with EINVAL or EAGAIN when the request cannot be queued. POSIX.1-2024 `aio_read`.
    pub unsafe extern "C" fn aio_read(block: *mut Block) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { submit(block, Operation::Read, ptr::null_mut()) })
    }

    /// Begins to write. -1 with EINVAL or EAGAIN when the request cannot be queued. POSIX.1-2024 `aio_write`.
    pub unsafe extern "C" fn aio_write(block: *mut Block) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { submit(block, Operation::Write, ptr::null_mut()) })
    }

    /// Brings everything queued for the descriptor to its device (O_SYNC), or the data alone (O_DSYNC). EINVAL for another
    /// operation, EBADF for a descriptor that is not open for writing. POSIX.1-2024 `aio_fsync`.
    pub unsafe extern "C" fn aio_fsync(operation: c_int, block: *mut Block) -> c_int {
        let operation = match operation {
            O_SYNC => Operation::Synchronise,
            O_DSYNC => Operation::SynchroniseData,
            _ => return returned_status(Err(Errno::EINVAL)),
        };
        // SAFETY: see above.
        returned_status(unsafe {
            match System::fcntl((*block).descriptor, F_GETFL, 0) {
                Ok(flags) if flags & O_ACCMODE != 0 => submit(block, operation, ptr::null_mut()),
                _ => Err(Errno::EBADF),
            }
        })
    }

    /// EINPROGRESS, ECANCELED, 0, or the operation's error. POSIX.1-2024 `aio_error`.
    pub unsafe extern "C" fn aio_error(block: *const Block) -> c_int {
        // SAFETY: see above.
        unsafe { (*block).error.load(Ordering::Acquire) }
    }

    /// What the operation returned; asked once, after it is done. POSIX.1-2024 `aio_return`.
    pub unsafe extern "C" fn aio_return(block: *mut Block) -> ssize_t {
        // SAFETY: see above.
        unsafe { (*block).result.load(Ordering::Acquire) }
    }

    /// Takes back a request, or all of a descriptor, that has not begun: AIO_CANCELED, AIO_NOTCANCELED when one runs,
    /// AIO_ALLDONE. -1 with EBADF or EINVAL. POSIX.1-2024 `aio_cancel`.
    pub unsafe extern "C" fn aio_cancel(descriptor: c_int, block: *mut Block) -> c_int {
        // SAFETY: see above.
        let result = unsafe {
            System::fcntl(descriptor, F_GETFL, 0).map_err(|_| Errno::EBADF).and_then(|_| {
                match block.is_null() || (*block).descriptor == descriptor {
                    true => Ok(queue::cancel(descriptor, block)),
                    false => Err(Errno::EINVAL),
                }
            })
        };
        returned(result.map(|cancelled| match cancelled {
            Cancelled::All => 0,
            Cancelled::Running => 1,
            Cancelled::Nothing => 2,
        }))
    }

    /// Waits until one of the requests is done: -1 with EAGAIN after the time, EINTR after a signal. POSIX.1-2024
    /// `aio_suspend`.
    pub unsafe extern "C-unwind" fn aio_suspend(
        list: *const *mut Block,
        count: c_int,
        time: *const timespec,
    ) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe {
            requests(list, count).and_then(|all| {
                let until = time.as_ref().map(deadline).transpose()?;
                // A list without a request is not waited for.
                let has_any = all.iter().any(|block| !block.is_null());
                let is_over = || !has_any || all.iter().any(|&block| !block.is_null() && (*block).is_done());
                wait(is_over, until).map_err(|error| match error {
                    Errno::ETIMEDOUT => Errno::EAGAIN,
                    other => other,
                })
            })
        })
    }

    /// Begins the requests of a list; with LIO_WAIT it waits for all of them, and is -1 with EIO when one failed. POSIX.1-2024
    /// `lio_listio`.
    pub unsafe extern "C-unwind" fn lio_listio(
        mode: c_int,
        list: *const *mut Block,
        count: c_int,
        event: *const Event,
    ) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { submit_list(mode, list, count, event) })
    }
}

crate::alias!(aio_read64 = aio_read);
crate::alias!(aio_write64 = aio_write);
crate::alias!(aio_fsync64 = aio_fsync);
crate::alias!(aio_error64 = aio_error);
crate::alias!(aio_return64 = aio_return);
crate::alias!(aio_cancel64 = aio_cancel);
crate::alias!(aio_suspend64 = aio_suspend);
crate::alias!(lio_listio64 = lio_listio);

/// Frees a list's own block.
unsafe fn free_list(list: *mut List) {
    // SAFETY: nobody counts on it any more.
    unsafe { free(list.cast()) }
}
