//! Barriers. POSIX.1-2024 `pthread_barrier_wait`.

use super::scope;
use crate::errno::EINVAL;
use crate::lock::Sleep;
use crate::types::*;
use core::sync::atomic::{AtomicU32, AtomicU64};
use trivet_protocols::barrier as protocol;

/// C's `pthread_barrier_t`.
#[repr(C)]
pub struct Barrier {
    /// Threads that have arrived in this round below, the round above.
    word: AtomicU64,
    /// Threads that a round takes.
    count: u32,
    shared: u32,
    /// Threads inside; destroy waits for the last.
    inside: AtomicU32,
    unused: [u32; 3],
}

const _: () = assert!(size_of::<Barrier>() == 32);

/// C's `pthread_barrierattr_t`.
#[repr(C)]
pub struct BarrierAttributes {
    shared: c_int,
}

const SERIAL_THREAD: c_int = -1;

// SAFETY of every block below: by each function's contract its pointers are valid.
crate::export! {
    /// Makes a barrier for `count` threads. POSIX.1-2024 `pthread_barrier_init`.
    pub unsafe extern "C" fn pthread_barrier_init(
        barrier: *mut Barrier,
        attributes: *const BarrierAttributes,
        count: c_uint,
    ) -> c_int {
        if count == 0 || count > i32::MAX as u32 {
            return EINVAL;
        }
        // SAFETY: see above.
        unsafe {
            barrier.write_bytes(0, 1);
            (*barrier).count = count;
            (*barrier).shared = attributes.as_ref().map_or(0, |attributes| attributes.shared as u32);
        }
        0
    }

    /// Ends a barrier's use, once the threads of its last round have left. POSIX.1-2024 `pthread_barrier_destroy`.
    pub unsafe extern "C" fn pthread_barrier_destroy(barrier: *mut Barrier) -> c_int {
        // SAFETY: see above.
        let barrier = unsafe { &*barrier };
        protocol::drain(&barrier.inside, &Sleep::among(scope(barrier.shared != 0)));
        0
    }

    /// Waits until `count` threads have come; one of them gets PTHREAD_BARRIER_SERIAL_THREAD. POSIX.1-2024
    /// `pthread_barrier_wait`.
    pub unsafe extern "C" fn pthread_barrier_wait(barrier: *mut Barrier) -> c_int {
        // SAFETY: see above.
        let barrier = unsafe { &*barrier };
        let sleep = Sleep::among(scope(barrier.shared != 0));
        let last = protocol::wait(&barrier.word, &barrier.inside, barrier.count, &sleep);
        if last { SERIAL_THREAD } else { 0 }
    }

    /// Default attributes. POSIX.1-2024 `pthread_barrierattr_init`.
    pub unsafe extern "C" fn pthread_barrierattr_init(attributes: *mut BarrierAttributes) -> c_int {
        // SAFETY: see above.
        unsafe { attributes.write(BarrierAttributes { shared: 0 }) };
        0
    }

    /// Nothing is held by attributes. POSIX.1-2024 `pthread_barrierattr_destroy`.
    pub unsafe extern "C" fn pthread_barrierattr_destroy(_attributes: *mut BarrierAttributes) -> c_int {
        0
    }

    /// Whether the barrier is shared between processes. POSIX.1-2024 `pthread_barrierattr_getpshared`.
    pub unsafe extern "C" fn pthread_barrierattr_getpshared(
        attributes: *const BarrierAttributes,
        shared: *mut c_int,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { shared.write((*attributes).shared) };
        0
    }

    /// Sets whether the barrier is shared between processes. POSIX.1-2024 `pthread_barrierattr_setpshared`.
    pub unsafe extern "C" fn pthread_barrierattr_setpshared(
        attributes: *mut BarrierAttributes,
        shared: c_int,
    ) -> c_int {
        if !(0..=1).contains(&shared) {
            return EINVAL;
        }
        // SAFETY: see above.
        unsafe { (*attributes).shared = shared };
        0
    }
}
