//! `pthread_once`. POSIX.1-2024 `pthread_once`.
//!
//! When the function ends by an exception or by cancellation it counts as never called. Nothing is dropped in a
//! frame of this library to say so: the calling frame is assembly, and its personality routine does it when the
//! unwinder passes.

use crate::lock::Sleep;
use crate::types::*;
use core::sync::atomic::AtomicU32;
#[cfg(not(test))]
use trivet_protocols::once::NEW;
use trivet_protocols::once::{DONE, begin, finish, is_done};

type Routine = unsafe extern "C-unwind" fn();

/// Calls `routine` with `once` in RBX, where the personality routine finds it.
#[cfg(not(test))]
#[unsafe(naked)]
unsafe extern "C-unwind" fn call(routine: Routine, once: *const AtomicU32) {
    core::arch::naked_asm!(
        ".cfi_startproc",
        ".cfi_personality 0x1b, {personality}",
        "push rbx",
        ".cfi_adjust_cfa_offset 8",
        ".cfi_offset rbx, -16",
        "mov rbx, rsi",
        "call rdi",
        "pop rbx",
        ".cfi_adjust_cfa_offset -8",
        ".cfi_restore rbx",
        "ret",
        ".cfi_endproc",
        personality = sym personality,
    )
}

#[cfg(test)]
unsafe extern "C-unwind" fn call(routine: Routine, _once: *const AtomicU32) {
    // SAFETY: the caller's.
    unsafe { routine() }
}

/// The unwinder asks what the frame of `call` wants done: on its way out, the state goes back to new.
#[cfg(not(test))]
unsafe extern "C" fn personality(
    _version: c_int,
    actions: c_int,
    _class: u64,
    _exception: *mut c_void,
    context: *mut c_void,
) -> c_int {
    const CLEANUP_PHASE: c_int = 2;
    const CONTINUE_UNWIND: c_int = 8;
    const RBX: c_int = 3;
    unsafe extern "C" {
        fn _Unwind_GetGR(context: *mut c_void, register: c_int) -> usize;
    }
    if actions & CLEANUP_PHASE != 0 {
        // SAFETY: the unwinder's own context; `call` has the address in RBX.
        unsafe {
            let once = core::ptr::with_exposed_provenance::<AtomicU32>(_Unwind_GetGR(context, RBX));
            finish(&*once, NEW, &Sleep::PRIVATE);
        }
    }
    CONTINUE_UNWIND
}

#[cold]
unsafe fn slow(once: &AtomicU32, routine: Routine) {
    if begin(once, &Sleep::PRIVATE) {
        // SAFETY: the program's function; `once` lives as long as the call.
        unsafe { call(routine, once) };
        finish(once, DONE, &Sleep::PRIVATE);
    }
}

crate::export! {
    /// Calls a function once in the life of the process. POSIX.1-2024 `pthread_once`.
    pub unsafe extern "C-unwind" fn pthread_once(once: *mut AtomicU32, routine: Routine) -> c_int {
        // SAFETY: by the function's contract `once` is valid.
        unsafe {
            let once = &*once;
            if !is_done(once) {
                slow(once, routine);
            }
        }
        0
    }
}
crate::alias!(__pthread_once = pthread_once);

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::Ordering;
    use trivet_protocols::once::NEW;

    static CALLS: AtomicU32 = AtomicU32::new(0);

    unsafe extern "C-unwind" fn count() {
        CALLS.fetch_add(1, Ordering::Relaxed);
    }

    #[test]
    fn function_is_called_once_however_many_ask() {
        static ONCE: AtomicU32 = AtomicU32::new(NEW);
        let threads = [(); 4].map(|()| {
            // SAFETY: a function of the test.
            std::thread::spawn(|| unsafe { pthread_once(ONCE.as_ptr().cast(), count) })
        });
        for thread in threads {
            assert_eq!(thread.join().unwrap(), 0);
        }
        assert_eq!(CALLS.load(Ordering::Relaxed), 1);
    }
}
