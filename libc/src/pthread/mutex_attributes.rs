//! Attributes of mutexes. POSIX.1-2024 `pthread_mutexattr_init` and its family.

use super::mutex::{
    ADAPTIVE, CEILING_MASK, CEILING_SHIFT, CEILINGS, INHERIT, NORMAL, PROTECT, RECURSIVE, ROBUST, SHARED,
    TYPE_MASK,
};
use crate::errno::EINVAL;
use crate::types::*;

/// C's `pthread_mutexattr_t`: the kind as a mutex has it.
#[repr(C)]
pub struct MutexAttributes {
    kind: c_int,
}

impl MutexAttributes {
    /// The kind of a mutex made with these.
    pub fn mutex_kind(&self) -> c_int {
        self.kind
    }

    /// The priority ceiling; the lowest there is unless another was set.
    fn ceiling(&self) -> c_int {
        match self.kind >> CEILING_SHIFT & CEILING_MASK {
            0 => *CEILINGS.start(),
            ceiling => ceiling,
        }
    }

    fn set(&mut self, bit: c_int, on: bool) {
        if on {
            self.kind |= bit;
        } else {
            self.kind &= !bit;
        }
    }
}

const PRIO_NONE: c_int = 0;
const PRIO_INHERIT: c_int = 1;
const PRIO_PROTECT: c_int = 2;

const _: () = assert!(NORMAL == 0 && RECURSIVE == 1);

// SAFETY of every block below: by each function's contract its pointers are valid.
crate::export! {
    /// Default attributes. POSIX.1-2024 `pthread_mutexattr_init`.
    pub unsafe extern "C" fn pthread_mutexattr_init(attributes: *mut MutexAttributes) -> c_int {
        // SAFETY: see above.
        unsafe { attributes.write(MutexAttributes { kind: NORMAL }) };
        0
    }

    /// Nothing is held by attributes. POSIX.1-2024 `pthread_mutexattr_destroy`.
    pub unsafe extern "C" fn pthread_mutexattr_destroy(_attributes: *mut MutexAttributes) -> c_int {
        0
    }

    /// The type: normal, recursive, error-checking, adaptive. POSIX.1-2024 `pthread_mutexattr_gettype`.
    pub unsafe extern "C" fn pthread_mutexattr_gettype(attributes: *const MutexAttributes, kind: *mut c_int) -> c_int {
        // SAFETY: see above.
        unsafe { kind.write((*attributes).kind & TYPE_MASK) };
        0
    }

    /// Sets the type. POSIX.1-2024 `pthread_mutexattr_settype`.
    pub unsafe extern "C" fn pthread_mutexattr_settype(attributes: *mut MutexAttributes, kind: c_int) -> c_int {
        if !(NORMAL..=ADAPTIVE).contains(&kind) {
            return EINVAL;
        }
        // SAFETY: see above.
        unsafe { (*attributes).kind = (*attributes).kind & !TYPE_MASK | kind };
        0
    }

    /// Whether the mutex is shared between processes. POSIX.1-2024 `pthread_mutexattr_getpshared`.
    pub unsafe extern "C" fn pthread_mutexattr_getpshared(
        attributes: *const MutexAttributes,
        shared: *mut c_int,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { shared.write(((*attributes).kind & SHARED != 0).into()) };
        0
    }

    /// Sets whether the mutex is shared between processes. POSIX.1-2024 `pthread_mutexattr_setpshared`.
    pub unsafe extern "C" fn pthread_mutexattr_setpshared(attributes: *mut MutexAttributes, shared: c_int) -> c_int {
        if !(0..=1).contains(&shared) {
            return EINVAL;
        }
        // SAFETY: see above.
        unsafe { (*attributes).set(SHARED, shared != 0) };
        0
    }

    /// Whether the mutex is robust. POSIX.1-2024 `pthread_mutexattr_getrobust`.
    pub unsafe extern "C" fn pthread_mutexattr_getrobust(
        attributes: *const MutexAttributes,
        robust: *mut c_int,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { robust.write(((*attributes).kind & ROBUST != 0).into()) };
        0
    }

    /// Sets whether the mutex is robust. POSIX.1-2024 `pthread_mutexattr_setrobust`.
    pub unsafe extern "C" fn pthread_mutexattr_setrobust(attributes: *mut MutexAttributes, robust: c_int) -> c_int {
        if !(0..=1).contains(&robust) {
            return EINVAL;
        }
        // SAFETY: see above.
        unsafe { (*attributes).set(ROBUST, robust != 0) };
        0
    }

    /// The priority protocol. POSIX.1-2024 `pthread_mutexattr_getprotocol`.
    pub unsafe extern "C" fn pthread_mutexattr_getprotocol(
        attributes: *const MutexAttributes,
        protocol: *mut c_int,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            protocol.write(match (*attributes).kind & (INHERIT | PROTECT) {
                INHERIT => PRIO_INHERIT,
                PROTECT => PRIO_PROTECT,
                _ => PRIO_NONE,
            });
        }
        0
    }

    /// Sets the priority protocol. POSIX.1-2024 `pthread_mutexattr_setprotocol`.
    pub unsafe extern "C" fn pthread_mutexattr_setprotocol(
        attributes: *mut MutexAttributes,
        protocol: c_int,
    ) -> c_int {
        match protocol {
            PRIO_NONE | PRIO_INHERIT | PRIO_PROTECT => {
                // SAFETY: see above.
                let attributes = unsafe { &mut *attributes };
                attributes.set(INHERIT, protocol == PRIO_INHERIT);
                attributes.set(PROTECT, protocol == PRIO_PROTECT);
                0
            }
            _ => EINVAL,
        }
    }

    /// The priority ceiling. POSIX.1-2024 `pthread_mutexattr_getprioceiling`.
    pub unsafe extern "C" fn pthread_mutexattr_getprioceiling(
        attributes: *const MutexAttributes,
        ceiling: *mut c_int,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { ceiling.write((*attributes).ceiling()) };
        0
    }

    /// Sets the priority ceiling, a priority of SCHED_FIFO. POSIX.1-2024 `pthread_mutexattr_setprioceiling`.
    pub unsafe extern "C" fn pthread_mutexattr_setprioceiling(
        attributes: *mut MutexAttributes,
        ceiling: c_int,
    ) -> c_int {
        if !CEILINGS.contains(&ceiling) {
            return EINVAL;
        }
        // SAFETY: see above.
        let attributes = unsafe { &mut *attributes };
        attributes.set(CEILING_MASK << CEILING_SHIFT, false);
        attributes.set(ceiling << CEILING_SHIFT, true);
        0
    }
}
crate::alias!(__pthread_mutexattr_init = pthread_mutexattr_init);
crate::alias!(__pthread_mutexattr_destroy = pthread_mutexattr_destroy);
crate::alias!(__pthread_mutexattr_settype = pthread_mutexattr_settype);
crate::alias!(pthread_mutexattr_getkind_np = pthread_mutexattr_gettype);
crate::alias!(pthread_mutexattr_setkind_np = pthread_mutexattr_settype);
crate::alias!(pthread_mutexattr_getrobust_np = pthread_mutexattr_getrobust);
crate::alias!(pthread_mutexattr_setrobust_np = pthread_mutexattr_setrobust);
