//! Destructors of thread-local objects: C++'s `thread_local` and Rust's `thread_local!`.
//!
//! They run newest first when their thread ends, before the values of keys are destroyed.

use crate::thread::this;
use crate::types::*;
use core::ptr;

/// A registered destructor; a list in the thread's control block.
struct Entry {
    destructor: unsafe extern "C-unwind" fn(*mut c_void),
    object: *mut c_void,
    older: *mut Entry,
}

crate::export! {
    /// Registers a destructor for the calling thread's end; 0, or not 0 without memory. Itanium C++ ABI
    /// extension `__cxa_thread_atexit_impl`.
    pub unsafe extern "C" fn __cxa_thread_atexit_impl(
        destructor: unsafe extern "C-unwind" fn(*mut c_void),
        object: *mut c_void,
        _shared_object: *mut c_void,
    ) -> c_int {
        // SAFETY: a block for one entry, owned by the list from here on.
        unsafe {
            let entry: *mut Entry = crate::heap::malloc(size_of::<Entry>()).cast();
            if entry.is_null() {
                return -1;
            }
            let list = &this().destructors;
            entry.write(Entry { destructor, object, older: list.get().cast() });
            list.set(entry.cast());
        }
        0
    }
}

/// Runs the calling thread's destructors, also those registered meanwhile.
///
/// # Safety
/// The calling thread uses none of the objects afterwards.
pub unsafe fn run_objects() {
    let list = &this().destructors;
    loop {
        let entry: *mut Entry = list.get().cast();
        if entry.is_null() {
            return;
        }
        // SAFETY: entries are made by the function above and taken once.
        unsafe {
            let Entry {
                destructor,
                object,
                older,
            } = ptr::read(entry);
            list.set(older.cast());
            crate::heap::free(entry.cast());
            destructor(object);
        }
    }
}
