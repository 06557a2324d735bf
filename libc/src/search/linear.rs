//! `lfind` and `lsearch`: through an array, one by one.

use crate::stdlib::sort::Compare;
use crate::types::*;
use core::ptr;

export! {
    /// The first of `*count` elements that equals `key`, or null. POSIX.1-2024 `lfind`.
    pub unsafe extern "C-unwind" fn lfind(
        key: *const c_void,
        base: *const c_void,
        count: *mut size_t,
        size: size_t,
        compare: Compare,
    ) -> *mut c_void {
        // SAFETY: the array has *count elements.
        unsafe {
            for i in 0..*count {
                let element = base.byte_add(i * size);
                if compare(key, element) == 0 {
                    return element.cast_mut();
                }
            }
        }
        ptr::null_mut()
    }

    /// As `lfind`, and appends the key when it does not occur. POSIX.1-2024 `lsearch`.
    pub unsafe extern "C-unwind" fn lsearch(
        key: *const c_void,
        base: *mut c_void,
        count: *mut size_t,
        size: size_t,
        compare: Compare,
    ) -> *mut c_void {
        // SAFETY: the array has room for one more element.
        unsafe {
            let found = lfind(key, base, count, size, compare);
            if !found.is_null() {
                return found;
            }
            let place = base.byte_add(*count * size);
            ptr::copy(key.cast::<u8>(), place.cast(), size);
            *count += 1;
            place
        }
    }
}
