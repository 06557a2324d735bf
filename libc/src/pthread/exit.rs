//! The end of a thread: `pthread_exit` and cancellation unwind the stack, then the thread gives back what it has.
//!
//! Unwinding is forced, through the unwinder that the program links (`_Unwind_ForcedUnwind`): C++ destructors
//! run, and handlers of pthread_cleanup_push run when their frame is reached. POSIX.1-2024 `pthread_exit`.

use crate::types::*;

/// The unwinder's exception object (`_Unwind_Exception`).
#[repr(C, align(16))]
#[derive(Clone, Copy)]
pub struct Exception {
    class: u64,
    cleanup: Option<extern "C" fn(c_int, *mut Exception)>,
    private: [usize; 2],
}

#[cfg(not(test))]
mod system {
    use super::Exception;
    use crate::pthread::create::{DETACHED, ENDED, JOINABLE};
    use crate::pthread::{THREAD_COUNT, cleanup, keys, stacks};
    use crate::seam::{System, Threads};
    use crate::thread::{cancel, destructors, this};
    use crate::types::*;
    use core::ptr;
    use core::sync::atomic::Ordering;

    /// What `pthread_join` tells of a cancelled thread.
    const CANCELED: *mut c_void = ptr::without_provenance_mut(usize::MAX);
    const END_OF_STACK: c_int = 16;
    const NO_REASON: c_int = 0;

    type Stop =
        unsafe extern "C-unwind" fn(c_int, c_int, u64, *mut Exception, *mut c_void, *mut c_void) -> c_int;

    unsafe extern "C-unwind" {
        fn _Unwind_ForcedUnwind(exception: *mut Exception, stop: Stop, argument: *mut c_void) -> c_int;
        fn _Unwind_GetCFA(context: *mut c_void) -> usize;
    }

    /// A `catch (...)` swallowed the unwinding: the program is not able to go on as POSIX wants it.
    extern "C" fn swallowed(_reason: c_int, _exception: *mut Exception) {
        crate::signal::abort::abort_with(b"FATAL: exception not rethrown\n")
    }

    /// Called for each frame: runs the handlers of frames that are left, and ends the thread at the last one.
    unsafe extern "C-unwind" fn stop(
        _version: c_int,
        actions: c_int,
        _class: u64,
        _exception: *mut Exception,
        context: *mut c_void,
        _argument: *mut c_void,
    ) -> c_int {
        let at_end = actions & END_OF_STACK != 0;
        // SAFETY: the unwinder passes its own context; handlers are the program's.
        unsafe {
            let frame = if at_end {
                usize::MAX
            } else {
                _Unwind_GetCFA(context)
            };
            cleanup::run_left(frame);
            if at_end {
                finish()
            }
        }
        NO_REASON
    }

    /// Unwinds the calling thread's stack and ends the thread. Also goes on after a cleanup handler.
    pub fn unwind() -> ! {
        let exception = this().unwinding.as_ptr();
        // SAFETY: the object is the thread's own; it is set up anew each time.
        unsafe {
            exception.write(Exception {
                class: 0,
                cleanup: Some(swallowed),
                private: [0; 2],
            });
            _Unwind_ForcedUnwind(exception, stop, ptr::null_mut());
            // No unwind information at all: what can be run is run.
            cleanup::run_left(usize::MAX);
            finish()
        }
    }

    /// Ends the calling thread with `result`.
    pub fn exit_with(result: *mut c_void) -> ! {
        let thread = this();
        thread.cancel.set(cancel::ENDING | cancel::DISABLED);
        thread.result.set(result);
        unwind()
    }

    /// Ends the calling thread as cancelled.
    pub fn cancelled() -> ! {
        exit_with(CANCELED)
    }

    /// The last steps of a thread whose stack is unwound: destructors, values of keys, memory.
    ///
    /// # Safety
    /// Nothing on the thread's stack is used any more.
    pub unsafe fn finish() -> ! {
        let thread = this();
        thread.cancel.set(cancel::ENDING | cancel::DISABLED);
        // SAFETY: the caller's.
        unsafe {
            destructors::run_objects();
            keys::run_destructors();
            if THREAD_COUNT.fetch_sub(1, Ordering::AcqRel) == 1 {
                crate::exit::exit(0)
            }
            crate::malloc::end_thread();
            let before = thread
                .detach
                .compare_exchange(JOINABLE, ENDED, Ordering::AcqRel, Ordering::Acquire);
            if before == Err(DETACHED) {
                stacks::release(crate::thread::current());
            }
        }
        System::exit_thread()
    }

    crate::export! {
        /// Ends the calling thread. POSIX.1-2024 `pthread_exit`.
        pub unsafe extern "C-unwind" fn pthread_exit(result: *mut c_void) -> ! {
            exit_with(result)
        }
    }
}

#[cfg(not(test))]
pub use system::{cancelled, exit_with, finish, unwind};

/// Host unit tests end no thread.
///
/// # Safety
/// Never called.
#[cfg(test)]
pub unsafe fn finish() -> ! {
    unreachable!("unit tests make no thread of this library")
}
/// Host unit tests end no thread.
#[cfg(test)]
pub fn exit_with(_result: *mut c_void) -> ! {
    unreachable!("unit tests make no thread of this library")
}
/// Host unit tests end no thread.
#[cfg(test)]
pub fn unwind() -> ! {
    unreachable!("unit tests make no thread of this library")
}
