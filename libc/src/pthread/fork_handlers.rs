//! Functions that run around fork. POSIX.1-2024 `pthread_atfork`.

use crate::errno::ENOMEM;
use crate::heap::Vector;
use crate::lock::Lock;
use crate::types::*;

type Function = Option<unsafe extern "C-unwind" fn()>;

/// One registration.
#[derive(Clone, Copy)]
pub struct Handlers {
    prepare: Function,
    parent: Function,
    child: Function,
}

struct List(Vector<Handlers>);

// SAFETY: functions and plain memory, under a lock.
unsafe impl Send for List {}

static HANDLERS: Lock<List> = Lock::new(List(Vector::new()));

/// The list's lock, for fork.
pub fn lock() -> &'static crate::lock::RawLock {
    HANDLERS.raw()
}

/// Which of the three functions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before, newest first.
    Prepare,
    /// After, in the parent, oldest first.
    Parent,
    /// After, in the child, oldest first.
    Child,
}

/// Calls the functions of one moment, with no lock held.
///
/// # Safety
/// Only around a fork, by the thread that forks.
pub unsafe fn run(moment: Moment) {
    let count = HANDLERS.lock().0.len();
    for step in 0..count {
        let index = if moment == Moment::Prepare {
            count - 1 - step
        } else {
            step
        };
        let handlers = HANDLERS.lock().0.get(index).copied();
        let function = handlers.and_then(|handlers| match moment {
            Moment::Prepare => handlers.prepare,
            Moment::Parent => handlers.parent,
            Moment::Child => handlers.child,
        });
        if let Some(function) = function {
            // SAFETY: the program registered it for this.
            unsafe { function() };
        }
    }
}

crate::export! {
    /// Registers functions that run around fork, of a shared object. LSB `__register_atfork`.
    pub unsafe extern "C" fn __register_atfork(
        prepare: Function,
        parent: Function,
        child: Function,
        _object: *mut c_void,
    ) -> c_int {
        match HANDLERS.lock().0.push(Handlers { prepare, parent, child }) {
            Ok(()) => 0,
            Err(_) => ENOMEM,
        }
    }

    /// Registers functions that run around fork; any may be null. POSIX.1-2024 `pthread_atfork`.
    pub unsafe extern "C" fn pthread_atfork(prepare: Function, parent: Function, child: Function) -> c_int {
        // SAFETY: the caller's.
        unsafe { __register_atfork(prepare, parent, child, core::ptr::null_mut()) }
    }
}
