//! Being told of a message in an empty queue. POSIX.1-2024 `mq_notify`.
//!
//! Where the system cannot tell by itself, a thread of the library waits for the message, with all signals blocked, and tells the program.

use crate::errno::{Errno, Result, returned_status};
use crate::seam::*;
use crate::signal::event::Event;
use crate::types::*;
use core::sync::atomic::{AtomicBool, Ordering};

/// Whether the process has ever asked to be told.
static ASKED: AtomicBool = AtomicBool::new(false);

/// A queue is closed: POSIX ends what was asked for by it.
pub fn stop(queue: c_int) {
    if ASKED.load(Ordering::Relaxed) {
        // SAFETY: without an event nothing is read. Who is not registered has nothing to end.
        let _ = unsafe { System::queue_notify(queue, core::ptr::null()) };
    }
}

#[cfg(not(test))]
mod waiting {
    use super::*;
    use crate::signal::SIG_SETMASK;
    use core::ptr;
    use core::sync::atomic::AtomicI32;

    const SI_MESGQ: c_int = -3;
    /// The thread waits, or will.
    const WAITS: i32 = -1;

    /// What thread and caller share; the later one frees it.
    struct Shared {
        queue: c_int,
        event: Event,
        /// `WAITS`, or the error number that ended the wait, 0 for none.
        ended: AtomicI32,
        is_left: AtomicBool,
    }

    /// # Safety
    /// `shared` is the block of `wait`, which the caller does not touch again.
    unsafe fn leave(shared: *mut Shared) {
        // SAFETY: the caller's word: one of the two users is still here.
        if unsafe { (*shared).is_left.swap(true, Ordering::AcqRel) } {
            // SAFETY: the other one has left.
            unsafe { crate::heap::free(shared.cast()) };
        }
    }

    unsafe extern "C-unwind" fn serve(argument: *mut c_void) -> *mut c_void {
        let shared: *mut Shared = argument.cast();
        // SAFETY: the block lives until both have left.
        let (queue, event) = unsafe { ((*shared).queue, (*shared).event) };
        let result = System::queue_await(queue);
        let number = result.as_ref().map_or_else(|error| error.0, |()| 0);
        // SAFETY: as above.
        unsafe {
            (*shared).ended.store(number, Ordering::Release);
            leave(shared);
        }
        if result.is_ok() {
            event.tell(SI_MESGQ);
        }
        crate::pthread::count_again();
        ptr::null_mut()
    }

    /// Starts the thread, and answers when the system knows of it.
    pub fn wait(queue: c_int, event: &Event) -> Result<()> {
        if System::queue_notified(queue)? != 0 {
            return Err(Errno::EBUSY);
        }
        // SAFETY: a new block of its size.
        let shared: *mut Shared = unsafe { crate::heap::malloc(size_of::<Shared>()) }.cast();
        if shared.is_null() {
            return Err(Errno::ENOMEM);
        }
        // SAFETY: as above.
        unsafe {
            shared.write(Shared {
                queue,
                event: *event,
                ended: AtomicI32::new(WAITS),
                is_left: AtomicBool::new(false),
            });
        }
        let mask = System::mask(SIG_SETMASK, Some(&SignalSet::ALL));
        // SAFETY: the function gets its block.
        let made = unsafe { crate::pthread::create::create(ptr::null(), serve, shared.cast(), false) };
        if let Ok(mask) = mask {
            let _ = System::mask(SIG_SETMASK, Some(&mask));
        }
        match made {
            Ok(thread) => {
                crate::pthread::do_not_count();
                let _ = crate::pthread::join::detach(thread);
            }
            Err(error) => {
                // SAFETY: nobody else has the block.
                unsafe { crate::heap::free(shared.cast()) };
                return Err(error);
            }
        }
        let result = loop {
            // SAFETY: the block lives until both have left.
            match unsafe { (*shared).ended.load(Ordering::Acquire) } {
                0 => break Ok(()),
                WAITS => {}
                error => break Err(Errno(error)),
            }
            match System::queue_notified(queue) {
                Ok(process) if process == System::pid() => break Ok(()),
                Ok(_) => System::yield_now(),
                Err(error) => break Err(error),
            }
        };
        // SAFETY: this side does not touch it again.
        unsafe { leave(shared) };
        result
    }
}

#[cfg(test)]
mod waiting {
    use super::*;

    /// Host tests have no threads of this library.
    pub fn wait(_: c_int, _: &Event) -> Result<()> {
        Err(Errno::EAGAIN)
    }
}

crate::export! {
    /// Has the process told, once, when a message comes to the empty queue; null ends that. POSIX.1-2024 `mq_notify`.
    pub unsafe extern "C" fn mq_notify(queue: c_int, event: *const Event) -> c_int {
        // SAFETY: the program's structure.
        let wanted = unsafe { event.as_ref() };
        if let Some(wanted) = wanted
            && let Err(error) = wanted.check()
        {
            return returned_status(Err(error));
        }
        ASKED.store(true, Ordering::Relaxed);
        // SAFETY: as above.
        let done = unsafe { System::queue_notify(queue, event.cast()) };
        returned_status(match (done, wanted) {
            (Some(result), _) => result,
            (None, Some(wanted)) => waiting::wait(queue, wanted),
            (None, None) => Ok(()),
        })
    }
}
