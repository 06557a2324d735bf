//! C11 threads, over POSIX ones. ISO C 7.26 <threads.h>.

use super::condition::{self, Condition};
use super::create::{self, Routine};
use super::mutex::{self, Mutex};
use super::{exit, join, keys, once};
use crate::errno::{EBUSY, ENOMEM, ETIMEDOUT, Errno};
use crate::seam::*;
use crate::types::*;
use core::ptr;
use core::sync::atomic::AtomicU32;

const THRD_SUCCESS: c_int = 0;
const THRD_BUSY: c_int = 1;
const THRD_ERROR: c_int = 2;
const THRD_NOMEM: c_int = 3;
const THRD_TIMEDOUT: c_int = 4;

const MTX_RECURSIVE: c_int = 1;
const MTX_TIMED: c_int = 2;

fn result(error: c_int) -> c_int {
    match error {
        0 => THRD_SUCCESS,
        EBUSY => THRD_BUSY,
        ENOMEM => THRD_NOMEM,
        ETIMEDOUT => THRD_TIMEDOUT,
        _ => THRD_ERROR,
    }
}

// SAFETY of every block below: by each function's contract its pointers are valid.
crate::export! {
    /// Makes a thread. ISO C `thrd_create`.
    pub unsafe extern "C" fn thrd_create(
        thread: *mut pthread_t,
        function: unsafe extern "C-unwind" fn(*mut c_void) -> c_int,
        argument: *mut c_void,
    ) -> c_int {
        // SAFETY: an int comes back in the lower half of the register that a pointer comes back in; `create` is
        // told to look at no more. The rest: see above.
        unsafe {
            let routine = core::mem::transmute::<unsafe extern "C-unwind" fn(*mut c_void) -> c_int, Routine>(function);
            match create::create(ptr::null(), routine, argument, true) {
                Ok(made) => {
                    thread.write(made.expose_provenance() as pthread_t);
                    THRD_SUCCESS
                }
                Err(Errno::EAGAIN | Errno::ENOMEM) => THRD_NOMEM,
                Err(_) => THRD_ERROR,
            }
        }
    }

    /// The calling thread. ISO C `thrd_current`.
    pub unsafe extern "C" fn thrd_current() -> pthread_t {
        crate::thread::current().addr() as pthread_t
    }

    /// Whether two threads are the same. ISO C `thrd_equal`.
    pub unsafe extern "C" fn thrd_equal(left: pthread_t, right: pthread_t) -> c_int {
        (left == right).into()
    }

    /// Ends the calling thread. ISO C `thrd_exit`.
    pub unsafe extern "C-unwind" fn thrd_exit(value: c_int) -> ! {
        exit::exit_with(ptr::without_provenance_mut(value as usize))
    }

    /// Waits for a thread's end. ISO C `thrd_join`.
    pub unsafe extern "C-unwind" fn thrd_join(thread: pthread_t, value: *mut c_int) -> c_int {
        let mut ended = ptr::null_mut();
        // SAFETY: see above.
        unsafe {
            let error = join::pthread_join(thread, &mut ended);
            if error == 0 && !value.is_null() {
                value.write(ended.addr() as c_int);
            }
            result(error)
        }
    }

    /// Nobody will join the thread. ISO C `thrd_detach`.
    pub unsafe extern "C" fn thrd_detach(thread: pthread_t) -> c_int {
        // SAFETY: see above.
        result(unsafe { join::pthread_detach(thread) })
    }

    /// Sleeps; 0, -1 when a signal came (the rest in `remaining`), or less for another error. ISO C `thrd_sleep`.
    pub unsafe extern "C-unwind" fn thrd_sleep(time: *const timespec, remaining: *mut timespec) -> c_int {
        // SAFETY: see above.
        unsafe {
            let slept = crate::thread::cancel::point(|| {
                System::sleep(CLOCK_REALTIME, false, &*time, remaining.as_mut())
            });
            match slept {
                Ok(()) => 0,
                Err(Errno::EINTR) => -1,
                Err(_) => -2,
            }
        }
    }

    /// Lets other threads run. ISO C `thrd_yield`.
    pub unsafe extern "C" fn thrd_yield() {
        System::yield_now();
    }

    /// Calls a function once. ISO C `call_once`.
    pub unsafe extern "C-unwind" fn call_once(once: *mut AtomicU32, function: unsafe extern "C-unwind" fn()) {
        // SAFETY: see above.
        unsafe { once::pthread_once(once, function) };
    }

    /// Makes a mutex. ISO C `mtx_init`.
    pub unsafe extern "C" fn mtx_init(lock: *mut Mutex, kind: c_int) -> c_int {
        if kind & !(MTX_RECURSIVE | MTX_TIMED) != 0 {
            return THRD_ERROR;
        }
        // SAFETY: see above.
        unsafe {
            mutex::pthread_mutex_init(lock, ptr::null());
            if kind & MTX_RECURSIVE != 0 {
                (*lock).kind.store(mutex::RECURSIVE, core::sync::atomic::Ordering::Relaxed);
            }
        }
        THRD_SUCCESS
    }

    /// Takes a mutex. ISO C `mtx_lock`.
    pub unsafe extern "C" fn mtx_lock(lock: *mut Mutex) -> c_int {
        // SAFETY: see above.
        result(unsafe { mutex::pthread_mutex_lock(lock) })
    }

    /// Takes a mutex, waiting until a time. ISO C `mtx_timedlock`.
    pub unsafe extern "C" fn mtx_timedlock(lock: *mut Mutex, time: *const timespec) -> c_int {
        // SAFETY: see above.
        result(unsafe { mutex::pthread_mutex_timedlock(lock, time) })
    }

    /// Takes a mutex if it is free. ISO C `mtx_trylock`.
    pub unsafe extern "C" fn mtx_trylock(lock: *mut Mutex) -> c_int {
        // SAFETY: see above.
        result(unsafe { mutex::pthread_mutex_trylock(lock) })
    }

    /// Gives a mutex back. ISO C `mtx_unlock`.
    pub unsafe extern "C" fn mtx_unlock(lock: *mut Mutex) -> c_int {
        // SAFETY: see above.
        result(unsafe { mutex::pthread_mutex_unlock(lock) })
    }

    /// Ends a mutex's use. ISO C `mtx_destroy`.
    pub unsafe extern "C" fn mtx_destroy(lock: *mut Mutex) {
        // SAFETY: see above.
        unsafe { mutex::pthread_mutex_destroy(lock) };
    }

    /// Makes a condition variable. ISO C `cnd_init`.
    pub unsafe extern "C" fn cnd_init(condition: *mut Condition) -> c_int {
        // SAFETY: see above.
        result(unsafe { condition::pthread_cond_init(condition, ptr::null()) })
    }

    /// Wakes one thread that waits. ISO C `cnd_signal`.
    pub unsafe extern "C" fn cnd_signal(condition: *mut Condition) -> c_int {
        // SAFETY: see above.
        result(unsafe { condition::pthread_cond_signal(condition) })
    }

    /// Wakes all threads that wait. ISO C `cnd_broadcast`.
    pub unsafe extern "C" fn cnd_broadcast(condition: *mut Condition) -> c_int {
        // SAFETY: see above.
        result(unsafe { condition::pthread_cond_broadcast(condition) })
    }

    /// Waits for a signal. ISO C `cnd_wait`.
    pub unsafe extern "C-unwind" fn cnd_wait(condition: *mut Condition, lock: *mut Mutex) -> c_int {
        // SAFETY: see above.
        result(unsafe { condition::pthread_cond_wait(condition, lock) })
    }

    /// Waits for a signal until a time. ISO C `cnd_timedwait`.
    pub unsafe extern "C-unwind" fn cnd_timedwait(
        condition: *mut Condition,
        lock: *mut Mutex,
        time: *const timespec,
    ) -> c_int {
        // SAFETY: see above.
        result(unsafe { condition::pthread_cond_timedwait(condition, lock, time) })
    }

    /// Ends a condition variable's use. ISO C `cnd_destroy`.
    pub unsafe extern "C" fn cnd_destroy(condition: *mut Condition) {
        // SAFETY: see above.
        unsafe { condition::pthread_cond_destroy(condition) };
    }

    /// Makes a key. ISO C `tss_create`.
    pub unsafe extern "C" fn tss_create(
        key: *mut pthread_key_t,
        destructor: Option<unsafe extern "C-unwind" fn(*mut c_void)>,
    ) -> c_int {
        // SAFETY: see above.
        result(unsafe { keys::pthread_key_create(key, destructor) })
    }

    /// Deletes a key. ISO C `tss_delete`.
    pub unsafe extern "C" fn tss_delete(key: pthread_key_t) {
        // SAFETY: see above.
        unsafe { keys::pthread_key_delete(key) };
    }

    /// The calling thread's value of a key. ISO C `tss_get`.
    pub unsafe extern "C" fn tss_get(key: pthread_key_t) -> *mut c_void {
        // SAFETY: see above.
        unsafe { keys::pthread_getspecific(key) }
    }

    /// Sets the calling thread's value of a key. ISO C `tss_set`.
    pub unsafe extern "C" fn tss_set(key: pthread_key_t, value: *mut c_void) -> c_int {
        // SAFETY: see above.
        result(unsafe { keys::pthread_setspecific(key, value) })
    }
}
