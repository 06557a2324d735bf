//! Barriers. POSIX.1-2024 `pthread_barrier_wait`.

use super::scope;
use crate::errno::{EINVAL, Errno};
use crate::seam::*;
use crate::types::*;
use core::sync::atomic::{AtomicU32, Ordering};

/// C's `pthread_barrier_t`.
#[repr(C)]
pub struct Barrier {
    /// Threads that have arrived, in this round.
    arrived: AtomicU32,
    /// Which round it is.
    round: AtomicU32,
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
        loop {
            let inside = barrier.inside.load(Ordering::Acquire);
            if inside == 0 {
                return 0;
            }
            let _ = System::futex_wait(&barrier.inside, inside, None, scope(barrier.shared != 0));
        }
    }

    /// Waits until `count` threads have come; one of them gets PTHREAD_BARRIER_SERIAL_THREAD. POSIX.1-2024
    /// `pthread_barrier_wait`.
    pub unsafe extern "C" fn pthread_barrier_wait(barrier: *mut Barrier) -> c_int {
        // SAFETY: see above.
        let barrier = unsafe { &*barrier };
        let scope = scope(barrier.shared != 0);
        barrier.inside.fetch_add(1, Ordering::Relaxed);
        let round = barrier.round.load(Ordering::Acquire);
        let last = barrier.arrived.fetch_add(1, Ordering::AcqRel) + 1 == barrier.count;
        if last {
            barrier.arrived.store(0, Ordering::Relaxed);
            barrier.round.fetch_add(1, Ordering::Release);
            System::futex_wake(&barrier.round, u32::MAX, scope);
        } else {
            while barrier.round.load(Ordering::Acquire) == round {
                let _: Result<(), Errno> = System::futex_wait(&barrier.round, round, None, scope);
            }
        }
        if barrier.inside.fetch_sub(1, Ordering::AcqRel) == 1 {
            System::futex_wake(&barrier.inside, u32::MAX, scope);
        }
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
