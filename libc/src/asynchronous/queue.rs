//! The requests that wait or run, and the threads that run them.

use super::{Block, free_list};
use crate::errno::{ECANCELED, Errno, Result};
use crate::heap::Vector;
use crate::lock::{Lock, RawLock};
use crate::seam::*;
use crate::signal::event::Event;
use crate::types::*;
use core::sync::atomic::{AtomicU32, Ordering};

/// The most threads: as many requests, of different descriptors, can block at once.
const THREADS_MAX: u32 = 20;
/// The most requests that wait or run; more are EAGAIN.
const REQUESTS_MAX: usize = 1 << 16;
/// `si_code` of a signal that says that a request is done.
const SI_ASYNCIO: c_int = -4;

/// What a request does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operation {
    Read,
    Write,
    Synchronise,
    SynchroniseData,
}

/// What the requests of one `lio_listio` share, in a block of the heap.
pub struct List {
    /// The requests that are not done, and one while they are being entered.
    pub left: AtomicU32,
    pub event: Event,
}

/// What became of requests that were to be cancelled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cancelled {
    All,
    Running,
    Nothing,
}

struct Request {
    block: *mut Block,
    descriptor: c_int,
    operation: Operation,
    list: *mut List,
    running: bool,
}

struct Queue {
    /// In the order in which they came.
    requests: Vector<Request>,
    /// Threads that there are, and those of them that wait for a request.
    threads: u32,
    idle: u32,
}

// SAFETY: the blocks are the program's, and stay until they are done; everything else is plain data under the lock.
unsafe impl Send for Queue {}

static QUEUE: Lock<Queue> = Lock::new(Queue {
    requests: Vector::new(),
    threads: 0,
    idle: 0,
});
/// Changes with each request that is done: what `aio_suspend` waits on.
pub static COMPLETIONS: AtomicU32 = AtomicU32::new(0);
/// Changes with each request that came or can run: what idle threads wait on.
static ARRIVALS: AtomicU32 = AtomicU32::new(0);

/// The lock, for fork.
pub fn lock() -> &'static RawLock {
    QUEUE.raw()
}

/// A child has no requests of its parent's, and none of the threads.
pub fn after_fork_in_child() {
    let mut queue = QUEUE.lock();
    queue.requests.clear();
    queue.threads = 0;
    queue.idle = 0;
}

impl Queue {
    /// The first request that waits and whose descriptor has no earlier one.
    fn next(&self) -> Option<usize> {
        self.requests.iter().enumerate().position(|(index, request)| {
            !request.running
                && self.requests[..index]
                    .iter()
                    .all(|earlier| earlier.descriptor != request.descriptor)
        })
    }

    fn remove(&mut self, index: usize) -> Option<Request> {
        let count = self.requests.len();
        self.requests.get_mut(index..)?.rotate_left(1);
        debug_assert!(count > 0);
        self.requests.pop()
    }
}

/// Enters a request and sees to it that a thread takes it. EAGAIN when there is no room, or no thread at all.
pub fn enter(block: *mut Block, operation: Operation, list: *mut List) -> Result<()> {
    // SAFETY: the caller's block.
    let descriptor = unsafe { (*block).descriptor };
    let must_start = {
        let mut queue = QUEUE.lock();
        if queue.requests.len() >= REQUESTS_MAX {
            return Err(Errno::EAGAIN);
        }
        let request = Request {
            block,
            descriptor,
            operation,
            list,
            running: false,
        };
        queue.requests.push(request).map_err(|_| Errno::EAGAIN)?;
        let waiting = queue.requests.iter().filter(|request| !request.running).count();
        let must_start = waiting > queue.idle as usize && queue.threads < THREADS_MAX;
        queue.threads += u32::from(must_start);
        must_start
    };
    ARRIVALS.fetch_add(1, Ordering::Release);
    System::futex_wake(&ARRIVALS, 1, Scope::Private);
    if !must_start {
        return Ok(());
    }
    if let Err(error) = start_thread() {
        let mut queue = QUEUE.lock();
        queue.threads -= 1;
        // Another thread will come to it; without any, the request cannot be.
        if queue.threads == 0
            && let Some(index) = queue.requests.iter().position(|request| request.block == block)
        {
            queue.remove(index);
            return Err(error);
        }
    }
    Ok(())
}

/// A list has one request less.
///
/// # Safety
/// `list` is null or counts the caller.
pub unsafe fn leave(list: *mut List) {
    if list.is_null() {
        return;
    }
    // SAFETY: the block lives until the last one leaves.
    unsafe {
        if (*list).left.fetch_sub(1, Ordering::AcqRel) == 1 {
            let event = (*list).event;
            free_list(list);
            event.tell(SI_ASYNCIO);
        }
    }
}

/// Writes a request's result into its block and tells the program.
fn finish(request: &Request, result: Result<usize>) {
    let (value, error) = match result {
        Ok(count) => (count as isize, 0),
        Err(error) => (-1, error.0),
    };
    // SAFETY: the block is the program's until its error is written; the event is read before.
    unsafe {
        let event = (*request.block).event;
        (*request.block).result.store(value, Ordering::Relaxed);
        (*request.block).error.store(error, Ordering::Release);
        COMPLETIONS.fetch_add(1, Ordering::Release);
        System::futex_wake(&COMPLETIONS, u32::MAX, Scope::Private);
        event.tell(SI_ASYNCIO);
        leave(request.list);
    }
}

/// Takes back requests of a descriptor that do not run: `block`'s alone, or all when it is null.
pub fn cancel(descriptor: c_int, block: *mut Block) -> Cancelled {
    let (mut any, mut running) = (false, false);
    loop {
        let taken = {
            let mut queue = QUEUE.lock();
            let is_meant = |request: &Request| {
                request.descriptor == descriptor && (block.is_null() || request.block == block)
            };
            running = running
                || queue
                    .requests
                    .iter()
                    .any(|request| is_meant(request) && request.running);
            let index = queue
                .requests
                .iter()
                .position(|request| is_meant(request) && !request.running);
            index.and_then(|index| queue.remove(index))
        };
        match taken {
            Some(request) => {
                any = true;
                finish(&request, Err(Errno(ECANCELED)));
            }
            None if running => return Cancelled::Running,
            None if any => return Cancelled::All,
            None => return Cancelled::Nothing,
        }
    }
}

/// Does what a request asks for. What has no offset (a pipe, a terminal) is read and written where it is.
unsafe fn perform(request: &Request) -> Result<usize> {
    let fd = request.descriptor;
    // SAFETY: the buffer is the program's and stays until the request is done.
    unsafe {
        let (buffer, length, offset) = {
            let block = &*request.block;
            (block.buffer, block.length, block.offset)
        };
        loop {
            let result = match request.operation {
                Operation::Read => match System::pread(fd, buffer, length, offset) {
                    Err(Errno::ESPIPE) => System::read(fd, buffer, length),
                    result => result,
                },
                Operation::Write => match System::pwrite(fd, buffer, length, offset) {
                    Err(Errno::ESPIPE) => System::write(fd, buffer, length),
                    result => result,
                },
                Operation::Synchronise => System::fsync(fd, false).map(|()| 0),
                Operation::SynchroniseData => System::fsync(fd, true).map(|()| 0),
            };
            if result != Err(Errno::EINTR) {
                return result;
            }
        }
    }
}

/// Takes the next request that can run.
fn take() -> Option<Request> {
    let mut queue = QUEUE.lock();
    let index = queue.next()?;
    let request = queue.requests.get_mut(index)?;
    request.running = true;
    Some(Request {
        block: request.block,
        descriptor: request.descriptor,
        operation: request.operation,
        list: request.list,
        running: true,
    })
}

/// Runs one request.
fn run(request: &Request) {
    // SAFETY: the request runs, so that its block and buffer stay.
    let result = unsafe { perform(request) };
    {
        let mut queue = QUEUE.lock();
        let index = queue
            .requests
            .iter()
            .position(|other| other.block == request.block && other.running);
        if let Some(index) = index {
            queue.remove(index);
        }
    }
    finish(request, result);
}

/// A thread of the pool. It stays as long as the process.
#[cfg(not(test))]
unsafe extern "C-unwind" fn serve(_argument: *mut c_void) -> *mut c_void {
    loop {
        while let Some(request) = take() {
            run(&request);
        }
        let before = ARRIVALS.load(Ordering::Acquire);
        QUEUE.lock().idle += 1;
        // A request that came after the last look has changed the word, or is seen here.
        let has_work = QUEUE.lock().next().is_some();
        if !has_work {
            let _ = System::futex_wait(&ARRIVALS, before, None, Scope::Private);
        }
        QUEUE.lock().idle -= 1;
    }
}

/// Starts a thread of the pool, with all signals blocked in it.
#[cfg(not(test))]
fn start_thread() -> Result<()> {
    use crate::signal::SIG_SETMASK;
    let mask = System::mask(SIG_SETMASK, Some(&SignalSet::ALL));
    // SAFETY: the function takes no argument.
    let made =
        unsafe { crate::pthread::create::create(core::ptr::null(), serve, core::ptr::null_mut(), false) };
    if let Ok(mask) = mask {
        let _ = System::mask(SIG_SETMASK, Some(&mask));
    }
    match made {
        Ok(_) => {
            crate::pthread::do_not_count();
            Ok(())
        }
        Err(_) => Err(Errno::EAGAIN),
    }
}

/// Host tests have no threads of this library.
#[cfg(test)]
fn start_thread() -> Result<()> {
    let _ = (take, run);
    Err(Errno::EAGAIN)
}
