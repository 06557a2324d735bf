//! `insque` and `remque`: doubly linked lists, open or closed.

use crate::types::*;

/// What each element begins with.
#[repr(C)]
struct Links {
    next: *mut Links,
    previous: *mut Links,
}

export! {
    /// Puts an element after another, or alone when that is null. POSIX.1-2024 `insque`.
    pub unsafe extern "C" fn insque(element: *mut c_void, after: *mut c_void) {
        let (element, after): (*mut Links, *mut Links) = (element.cast(), after.cast());
        // SAFETY: both begin with two links.
        unsafe {
            if after.is_null() {
                (*element).next = core::ptr::null_mut();
                (*element).previous = core::ptr::null_mut();
                return;
            }
            let next = (*after).next;
            (*element).next = next;
            (*element).previous = after;
            (*after).next = element;
            if !next.is_null() {
                (*next).previous = element;
            }
        }
    }

    /// Takes an element out of its list. POSIX.1-2024 `remque`.
    pub unsafe extern "C" fn remque(element: *mut c_void) {
        let element: *mut Links = element.cast();
        // SAFETY: the element and its neighbours begin with two links.
        unsafe {
            let (next, previous) = ((*element).next, (*element).previous);
            if !next.is_null() {
                (*next).previous = previous;
            }
            if !previous.is_null() {
                (*previous).next = next;
            }
        }
    }
}
