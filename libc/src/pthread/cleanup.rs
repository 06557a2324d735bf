//! Cleanup handlers: what the macros pthread_cleanup_push and pthread_cleanup_pop call.
//!
//! Two kinds of list hang in the thread's control block, both on the stack of their functions: buffers of
//! `__pthread_register_cancel`, into which unwinding jumps back, and the older `_pthread_cleanup_buffer`, whose
//! function is called. A handler belongs to the frame above its buffer.

use super::exit;
use crate::thread::{cancel, this};
use crate::types::*;
use core::ptr;

/// C's `__pthread_unwind_buf_t`.
#[repr(C)]
pub struct UnwindBuffer {
    /// As `sigsetjmp` saves them; rsp is the seventh.
    registers: [usize; 8],
    mask_was_saved: c_int,
    previous: *mut UnwindBuffer,
    old: *mut CleanupBuffer,
    cancel_type: c_int,
    unused: usize,
}

/// C's `struct _pthread_cleanup_buffer`.
#[repr(C)]
pub struct CleanupBuffer {
    routine: Option<unsafe extern "C-unwind" fn(*mut c_void)>,
    argument: *mut c_void,
    cancel_type: c_int,
    previous: *mut CleanupBuffer,
}

const _: () = assert!(size_of::<UnwindBuffer>() == 104 && size_of::<CleanupBuffer>() == 32);

impl UnwindBuffer {
    fn stack_pointer(&self) -> usize {
        self.registers[6].rotate_right(17) ^ this().head.pointer_guard
    }
}

/// Runs the handlers of frames that are being left: those whose buffers lie below `frame`.
///
/// # Safety
/// The calling thread unwinds its stack; the handlers' frames are still intact.
pub unsafe fn run_left(frame: usize) {
    let thread = this();
    // SAFETY: buffers lie in frames that are not yet left.
    unsafe {
        loop {
            let old: *mut CleanupBuffer = thread.old_cleanup.get().cast();
            let new: *mut UnwindBuffer = thread.cleanup.get().cast();
            let run_old = !old.is_null() && old.addr() < frame && (new.is_null() || old.addr() <= new.addr());
            if run_old {
                thread.old_cleanup.set((*old).previous.cast());
                if let Some(routine) = (*old).routine {
                    routine((*old).argument);
                }
                continue;
            }
            if !new.is_null() && frame >= (*new).stack_pointer() {
                // The handler goes on with `__pthread_unwind_next`.
                crate::signal::jump::longjmp(new.cast(), 1)
            }
            return;
        }
    }
}

/// A jump goes up to `stack_pointer`: the handlers of the frames that it leaves are forgotten.
pub fn forget_below(stack_pointer: usize) {
    let thread = this();
    // SAFETY: buffers lie in frames that are only now left.
    unsafe {
        loop {
            let new: *mut UnwindBuffer = thread.cleanup.get().cast();
            if new.is_null() || new.addr() >= stack_pointer {
                break;
            }
            thread.cleanup.set((*new).previous.cast());
        }
        loop {
            let old: *mut CleanupBuffer = thread.old_cleanup.get().cast();
            if old.is_null() || old.addr() >= stack_pointer {
                break;
            }
            thread.old_cleanup.set((*old).previous.cast());
        }
    }
}

/// Sets the cancellation type; the old one.
fn set_type(cancel_type: c_int) -> c_int {
    let cancel = &this().cancel;
    let before = if cancel_type != 0 {
        cancel.set(cancel::ASYNCHRONOUS)
    } else {
        cancel.clear(cancel::ASYNCHRONOUS)
    };
    (before & cancel::ASYNCHRONOUS != 0).into()
}

// SAFETY of every block below: the macros pass buffers on the calling function's stack, pushed and popped in pairs.
crate::export! {
    /// Pushes a buffer that `sigsetjmp` has filled.
    pub unsafe extern "C" fn __pthread_register_cancel(buffer: *mut UnwindBuffer) {
        // SAFETY: see above.
        unsafe {
            (*buffer).previous = this().cleanup.get().cast();
            (*buffer).old = ptr::null_mut();
        }
        this().cleanup.set(buffer.cast());
    }

    /// Pops a buffer.
    pub unsafe extern "C" fn __pthread_unregister_cancel(buffer: *mut UnwindBuffer) {
        // SAFETY: see above.
        this().cleanup.set(unsafe { (*buffer).previous }.cast());
    }

    /// Pushes a buffer and makes cancellation deferred. glibc `pthread_cleanup_push_defer_np`.
    pub unsafe extern "C" fn __pthread_register_cancel_defer(buffer: *mut UnwindBuffer) {
        // SAFETY: see above.
        unsafe {
            __pthread_register_cancel(buffer);
            (*buffer).cancel_type = set_type(0);
        }
    }

    /// Pops a buffer and sets the cancellation type back. glibc `pthread_cleanup_pop_restore_np`.
    pub unsafe extern "C-unwind" fn __pthread_unregister_cancel_restore(buffer: *mut UnwindBuffer) {
        // SAFETY: see above.
        unsafe {
            __pthread_unregister_cancel(buffer);
            if set_type((*buffer).cancel_type) == 0 && (*buffer).cancel_type != 0 {
                cancel::test();
            }
        }
    }

    /// Goes on unwinding behind a handler.
    pub unsafe extern "C-unwind" fn __pthread_unwind_next(buffer: *mut UnwindBuffer) -> ! {
        // SAFETY: see above.
        this().cleanup.set(unsafe { (*buffer).previous }.cast());
        exit::unwind()
    }

    /// Pushes a handler in the older form.
    pub unsafe extern "C" fn _pthread_cleanup_push(
        buffer: *mut CleanupBuffer,
        routine: Option<unsafe extern "C-unwind" fn(*mut c_void)>,
        argument: *mut c_void,
    ) {
        // SAFETY: see above.
        unsafe {
            (*buffer).routine = routine;
            (*buffer).argument = argument;
            (*buffer).previous = this().old_cleanup.get().cast();
        }
        this().old_cleanup.set(buffer.cast());
    }

    /// Pops a handler of the older form; runs it if `execute`.
    pub unsafe extern "C-unwind" fn _pthread_cleanup_pop(buffer: *mut CleanupBuffer, execute: c_int) {
        // SAFETY: see above.
        unsafe {
            this().old_cleanup.set((*buffer).previous.cast());
            if execute != 0
                && let Some(routine) = (*buffer).routine
            {
                routine((*buffer).argument);
            }
        }
    }

    /// Pushes a handler of the older form and makes cancellation deferred.
    pub unsafe extern "C" fn _pthread_cleanup_push_defer(
        buffer: *mut CleanupBuffer,
        routine: Option<unsafe extern "C-unwind" fn(*mut c_void)>,
        argument: *mut c_void,
    ) {
        // SAFETY: see above.
        unsafe {
            _pthread_cleanup_push(buffer, routine, argument);
            (*buffer).cancel_type = set_type(0);
        }
    }

    /// Pops a handler of the older form and sets the cancellation type back.
    pub unsafe extern "C-unwind" fn _pthread_cleanup_pop_restore(buffer: *mut CleanupBuffer, execute: c_int) {
        // SAFETY: see above.
        unsafe {
            let cancel_type = (*buffer).cancel_type;
            _pthread_cleanup_pop(buffer, execute);
            if set_type(cancel_type) == 0 && cancel_type != 0 {
                cancel::test();
            }
        }
    }

    /// Runs a handler of the attribute `cleanup` (gcc's `__cleanup__` form).
    pub unsafe extern "C-unwind" fn __pthread_cleanup_routine(frame: *mut CleanupFrame) {
        // SAFETY: see above.
        unsafe {
            if (*frame).execute != 0
                && let Some(routine) = (*frame).routine
            {
                routine((*frame).argument);
            }
        }
    }
}

/// C's `struct __pthread_cleanup_frame`.
#[repr(C)]
pub struct CleanupFrame {
    routine: Option<unsafe extern "C-unwind" fn(*mut c_void)>,
    argument: *mut c_void,
    execute: c_int,
    cancel_type: c_int,
}
