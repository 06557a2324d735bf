//! Scheduling, processors and names of threads. POSIX.1-2024 <sched.h>, `pthread_setschedparam`; glibc's `_np`.

use super::{stacks, status};
use crate::errno::{EINVAL, ERANGE, Errno, Result, returned, returned_status};
use crate::seam::*;
use crate::thread::{Thread, name};
use crate::types::*;
use core::ffi::CStr;
use core::ptr;
use core::sync::atomic::{AtomicI32, Ordering};

/// The number of a thread that has not ended.
/// Does something with a thread that has not ended, and its number; `ESRCH`.
fn of_live<T>(thread: pthread_t, action: impl FnOnce(&Thread, pid_t) -> T) -> Result<T> {
    stacks::with_live(ptr::with_exposed_provenance_mut(thread as usize), |thread| {
        let number = thread.tid.load(Ordering::Acquire) as pid_t;
        (number != 0).then(|| action(thread, number))
    })
    .flatten()
    .ok_or(Errno::ESRCH)
}

fn number_of(thread: pthread_t) -> Result<pid_t> {
    of_live(thread, |_, number| number)
}

static CONCURRENCY: AtomicI32 = AtomicI32::new(0);

// SAFETY of every block below: by each function's contract its pointers are valid.
crate::export! {
    /// A thread's policy and priority. POSIX.1-2024 `pthread_getschedparam`.
    pub unsafe extern "C" fn pthread_getschedparam(
        thread: pthread_t,
        policy: *mut c_int,
        priority: *mut c_int,
    ) -> c_int {
        let read = number_of(thread)
            .and_then(|tid| Ok((System::scheduler(tid)?, System::scheduling_priority(tid)?)));
        status(read.map(|(found_policy, found_priority)| {
            // SAFETY: see above.
            unsafe {
                policy.write(found_policy);
                priority.write(found_priority);
            }
        }))
    }

    /// Sets a thread's policy and priority. POSIX.1-2024 `pthread_setschedparam`.
    pub unsafe extern "C" fn pthread_setschedparam(thread: pthread_t, policy: c_int, priority: *const c_int) -> c_int {
        // SAFETY: see above.
        let priority = unsafe { *priority };
        status(number_of(thread).and_then(|tid| System::set_scheduler(tid, policy, priority)))
    }

    /// Sets a thread's priority. POSIX.1-2024 `pthread_setschedprio`.
    pub unsafe extern "C" fn pthread_setschedprio(thread: pthread_t, priority: c_int) -> c_int {
        status(number_of(thread).and_then(|tid| System::set_scheduling_priority(tid, priority)))
    }

    /// The processors that a thread may run on. glibc `pthread_getaffinity_np`.
    pub unsafe extern "C" fn pthread_getaffinity_np(thread: pthread_t, size: usize, mask: *mut c_void) -> c_int {
        // SAFETY: see above.
        status(number_of(thread).and_then(|tid| unsafe { affinity(tid, size, mask) }))
    }

    /// Sets the processors that a thread may run on. glibc `pthread_setaffinity_np`.
    pub unsafe extern "C" fn pthread_setaffinity_np(thread: pthread_t, size: usize, mask: *const c_void) -> c_int {
        // SAFETY: see above.
        status(number_of(thread).and_then(|tid| unsafe { System::set_affinity(tid, size, mask) }))
    }

    /// Sets a thread's name, at most 15 bytes. glibc `pthread_setname_np`.
    pub unsafe extern "C" fn pthread_setname_np(thread: pthread_t, name: *const c_char) -> c_int {
        // SAFETY: see above.
        let bytes = unsafe { CStr::from_ptr(name) }.to_bytes();
        let mut buffer = [0u8; 16];
        let Some(place) = buffer.get_mut(..bytes.len()).filter(|place| place.len() < 16) else { return ERANGE };
        place.copy_from_slice(bytes);
        status(of_live(thread, |thread, tid| name::set(thread, tid, &buffer)).and_then(|done| done))
    }

    /// A thread's name; `ERANGE` unless 16 bytes fit. glibc `pthread_getname_np`.
    pub unsafe extern "C" fn pthread_getname_np(thread: pthread_t, name: *mut c_char, length: usize) -> c_int {
        if length < 16 {
            return ERANGE;
        }
        status(of_live(thread, |thread, _| name::get(thread)).map(|found| {
            // SAFETY: see above; 16 bytes fit.
            unsafe { ptr::copy_nonoverlapping(found.as_ptr().cast(), name, 16) };
        }))
    }

    /// The clock of a thread's processor time. POSIX.1-2024 `pthread_getcpuclockid`.
    pub unsafe extern "C" fn pthread_getcpuclockid(thread: pthread_t, clock: *mut clockid_t) -> c_int {
        status(number_of(thread).map(|tid| {
            // SAFETY: see above. The number is Linux's: thread, CPUCLOCK_SCHED, per-thread bit.
            unsafe { clock.write((!tid << 3) | 2 | 4) };
        }))
    }

    /// What `pthread_setconcurrency` said; it has no effect. POSIX.1-2008 `pthread_getconcurrency`.
    pub unsafe extern "C" fn pthread_getconcurrency() -> c_int {
        CONCURRENCY.load(Ordering::Relaxed)
    }

    /// A hint, which every thread of the system's own makes needless. POSIX.1-2008 `pthread_setconcurrency`.
    pub unsafe extern "C" fn pthread_setconcurrency(level: c_int) -> c_int {
        if level < 0 {
            return EINVAL;
        }
        CONCURRENCY.store(level, Ordering::Relaxed);
        0
    }

    /// Lets other threads run. POSIX.1-2024 `sched_yield`.
    pub unsafe extern "C" fn sched_yield() -> c_int {
        System::yield_now();
        0
    }

    /// The highest priority of a policy. POSIX.1-2024 `sched_get_priority_max`.
    pub unsafe extern "C" fn sched_get_priority_max(policy: c_int) -> c_int {
        returned(System::priority_range(policy).map(|(_, high)| high))
    }

    /// The lowest priority of a policy. POSIX.1-2024 `sched_get_priority_min`.
    pub unsafe extern "C" fn sched_get_priority_min(policy: c_int) -> c_int {
        returned(System::priority_range(policy).map(|(low, _)| low))
    }

    /// A process's priority. POSIX.1-2024 `sched_getparam`.
    pub unsafe extern "C" fn sched_getparam(process: pid_t, priority: *mut c_int) -> c_int {
        if priority.is_null() {
            return returned_status(Err(Errno::EINVAL));
        }
        returned_status(System::scheduling_priority(process).map(|found| {
            // SAFETY: see above.
            unsafe { priority.write(found) };
        }))
    }

    /// Sets a process's priority. POSIX.1-2024 `sched_setparam`.
    pub unsafe extern "C" fn sched_setparam(process: pid_t, priority: *const c_int) -> c_int {
        if priority.is_null() {
            return returned_status(Err(Errno::EINVAL));
        }
        // SAFETY: see above.
        returned_status(System::set_scheduling_priority(process, unsafe { *priority }))
    }

    /// A process's policy. POSIX.1-2024 `sched_getscheduler`.
    pub unsafe extern "C" fn sched_getscheduler(process: pid_t) -> c_int {
        returned(System::scheduler(process))
    }

    /// Sets a process's policy and priority. POSIX.1-2024 `sched_setscheduler`; 0, as Linux has it.
    pub unsafe extern "C" fn sched_setscheduler(process: pid_t, policy: c_int, priority: *const c_int) -> c_int {
        if priority.is_null() {
            return returned_status(Err(Errno::EINVAL));
        }
        // SAFETY: see above.
        returned_status(System::set_scheduler(process, policy, unsafe { *priority }))
    }

    /// The round-robin quantum. POSIX.1-2024 `sched_rr_get_interval`.
    pub unsafe extern "C" fn sched_rr_get_interval(process: pid_t, interval: *mut timespec) -> c_int {
        if interval.is_null() {
            return returned_status(Err(Errno::EFAULT));
        }
        returned_status(System::round_robin_interval(process).map(|found| {
            // SAFETY: see above.
            unsafe { interval.write(found) };
        }))
    }

    /// The processors that a process may run on. Linux `sched_getaffinity`.
    pub unsafe extern "C" fn sched_getaffinity(process: pid_t, size: usize, mask: *mut c_void) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { affinity(process, size, mask) })
    }

    /// Sets the processors that a process may run on. Linux `sched_setaffinity`.
    pub unsafe extern "C" fn sched_setaffinity(process: pid_t, size: usize, mask: *const c_void) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::set_affinity(process, size, mask) })
    }

    /// The processor that the caller runs on. Linux `sched_getcpu`.
    pub unsafe extern "C" fn sched_getcpu() -> c_int {
        System::processor().0 as c_int
    }

    /// The processor and node that the caller runs on. Linux `getcpu`.
    pub unsafe extern "C" fn getcpu(processor: *mut c_uint, node: *mut c_uint) -> c_int {
        let found = System::processor();
        // SAFETY: each is null or valid.
        unsafe {
            if !processor.is_null() {
                processor.write(found.0);
            }
            if !node.is_null() {
                node.write(found.1);
            }
        }
        0
    }

    /// How many processors a mask of `size` bytes names: the macro CPU_COUNT.
    pub unsafe extern "C" fn __sched_cpucount(size: usize, mask: *const u8) -> c_int {
        // SAFETY: see above.
        unsafe { core::slice::from_raw_parts(mask, size) }.iter().map(|byte| byte.count_ones() as c_int).sum()
    }

    /// A mask for `count` processors: the macro CPU_ALLOC.
    pub unsafe extern "C" fn __sched_cpualloc(count: usize) -> *mut c_void {
        // SAFETY: an allocation.
        unsafe { crate::heap::malloc(count.div_ceil(64).saturating_mul(8)) }
    }

    /// Frees a mask: the macro CPU_FREE.
    pub unsafe extern "C" fn __sched_cpufree(mask: *mut c_void) {
        // SAFETY: the mask came from `__sched_cpualloc`.
        unsafe { crate::heap::free(mask) }
    }
}
crate::alias!(pthread_yield = sched_yield);
crate::alias!(__sched_yield = sched_yield);

/// The system fills as many bytes as it has; the rest of the mask is zero.
unsafe fn affinity(thread: pid_t, size: usize, mask: *mut c_void) -> Result<()> {
    // SAFETY: the caller's mask has `size` bytes.
    unsafe {
        let filled = System::affinity(thread, size.min(i32::MAX as usize), mask)?;
        mask.cast::<u8>()
            .add(filled)
            .write_bytes(0, size.saturating_sub(filled));
    }
    Ok(())
}
