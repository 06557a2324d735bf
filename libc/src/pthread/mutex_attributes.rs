//! Attributes of mutexes. POSIX.1-2024 `pthread_mutexattr_init` and its family.

use super::mutex::{ADAPTIVE, INHERIT, NORMAL, RECURSIVE, ROBUST, SHARED, TYPE_MASK};
use crate::errno::{EINVAL, ENOTSUP};
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
        unsafe { protocol.write(if (*attributes).kind & INHERIT != 0 { PRIO_INHERIT } else { PRIO_NONE }) };
        0
    }

    /// Sets the priority protocol; ceilings are not supported (`ENOTSUP`). POSIX.1-2024
    /// `pthread_mutexattr_setprotocol`.
    pub unsafe extern "C" fn pthread_mutexattr_setprotocol(
        attributes: *mut MutexAttributes,
        protocol: c_int,
    ) -> c_int {
        match protocol {
            PRIO_NONE | PRIO_INHERIT => {
                // SAFETY: see above.
                unsafe { (*attributes).set(INHERIT, protocol == PRIO_INHERIT) };
                0
            }
            PRIO_PROTECT => ENOTSUP,
            _ => EINVAL,
        }
    }

    /// The priority ceiling: not supported. POSIX.1-2024 `pthread_mutexattr_getprioceiling`.
    pub unsafe extern "C" fn pthread_mutexattr_getprioceiling(
        _attributes: *const MutexAttributes,
        _ceiling: *mut c_int,
    ) -> c_int {
        ENOTSUP
    }

    /// Sets the priority ceiling: not supported. POSIX.1-2024 `pthread_mutexattr_setprioceiling`.
    pub unsafe extern "C" fn pthread_mutexattr_setprioceiling(
        _attributes: *mut MutexAttributes,
        _ceiling: c_int,
    ) -> c_int {
        ENOTSUP
    }
}
crate::alias!(__pthread_mutexattr_init = pthread_mutexattr_init);
crate::alias!(__pthread_mutexattr_destroy = pthread_mutexattr_destroy);
crate::alias!(__pthread_mutexattr_settype = pthread_mutexattr_settype);
crate::alias!(pthread_mutexattr_getkind_np = pthread_mutexattr_gettype);
crate::alias!(pthread_mutexattr_setkind_np = pthread_mutexattr_settype);
crate::alias!(pthread_mutexattr_getrobust_np = pthread_mutexattr_getrobust);
crate::alias!(pthread_mutexattr_setrobust_np = pthread_mutexattr_setrobust);
