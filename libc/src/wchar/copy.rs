//! Copying and joining wide strings.

use super::find::{wcslen, wcsnlen};
use crate::heap::malloc;
use crate::types::*;
use core::ptr;

export! {
    /// Copies a wide string. ISO C, POSIX.1-2024 `wcscpy`.
    pub unsafe extern "C" fn wcscpy(target: *mut wchar_t, source: *const wchar_t) -> *mut wchar_t {
        // SAFETY: source is a wide string, and the target has room for it.
        unsafe { ptr::copy(source, target, wcslen(source) + 1) };
        target
    }

    /// Copies a wide string; returns the copy's terminator. POSIX.1-2024 `wcpcpy`.
    pub unsafe extern "C" fn wcpcpy(target: *mut wchar_t, source: *const wchar_t) -> *mut wchar_t {
        // SAFETY: as wcscpy.
        unsafe {
            let length = wcslen(source);
            ptr::copy(source, target, length + 1);
            target.add(length)
        }
    }

    /// Copies at most `n` wide characters and fills the rest of `n` with zeros. ISO C, POSIX.1-2024 `wcsncpy`.
    pub unsafe extern "C" fn wcsncpy(
        target: *mut wchar_t,
        source: *const wchar_t,
        n: size_t,
    ) -> *mut wchar_t {
        // SAFETY: n characters are writable at target.
        unsafe { wcpncpy(target, source, n) };
        target
    }

    /// As `wcsncpy`; returns the first zero written, or the end. POSIX.1-2024 `wcpncpy`.
    pub unsafe extern "C" fn wcpncpy(
        target: *mut wchar_t,
        source: *const wchar_t,
        n: size_t,
    ) -> *mut wchar_t {
        // SAFETY: n characters are writable at target; source is a wide string or has n characters.
        unsafe {
            let length = wcsnlen(source, n);
            ptr::copy(source, target, length);
            ptr::write_bytes(target.add(length), 0, n - length);
            target.add(length)
        }
    }

    /// Appends a wide string. ISO C, POSIX.1-2024 `wcscat`.
    pub unsafe extern "C" fn wcscat(target: *mut wchar_t, source: *const wchar_t) -> *mut wchar_t {
        // SAFETY: both are wide strings; the target has room for both.
        unsafe { wcscpy(target.add(wcslen(target)), source) };
        target
    }

    /// Appends at most `n` wide characters and a terminator. ISO C, POSIX.1-2024 `wcsncat`.
    pub unsafe extern "C" fn wcsncat(
        target: *mut wchar_t,
        source: *const wchar_t,
        n: size_t,
    ) -> *mut wchar_t {
        // SAFETY: both are wide strings (source may be n characters); the target has room.
        unsafe {
            let end = target.add(wcslen(target));
            let length = wcsnlen(source, n);
            ptr::copy(source, end, length);
            *end.add(length) = 0;
        }
        target
    }

    /// Copies into a buffer of `size` characters, cut off and terminated; the source's length.
    /// POSIX.1-2024 `wcslcpy`.
    pub unsafe extern "C" fn wcslcpy(
        target: *mut wchar_t,
        source: *const wchar_t,
        size: size_t,
    ) -> size_t {
        // SAFETY: source is a wide string; size characters are writable at target.
        unsafe {
            let length = wcslen(source);
            if let Some(room) = size.checked_sub(1) {
                let copied = length.min(room);
                ptr::copy(source, target, copied);
                *target.add(copied) = 0;
            }
            length
        }
    }

    /// Appends within a buffer of `size` characters in all; the length that it tried to make.
    /// POSIX.1-2024 `wcslcat`.
    pub unsafe extern "C" fn wcslcat(
        target: *mut wchar_t,
        source: *const wchar_t,
        size: size_t,
    ) -> size_t {
        // SAFETY: source is a wide string; size characters are writable at target.
        unsafe {
            let used = wcsnlen(target, size);
            used + wcslcpy(target.add(used), source, size - used)
        }
    }

    /// A copy of a wide string in the heap, or null with ENOMEM. POSIX.1-2024 `wcsdup`.
    pub unsafe extern "C" fn wcsdup(s: *const wchar_t) -> *mut wchar_t {
        // SAFETY: s is a wide string; malloc gives that much room or null.
        unsafe {
            let count = wcslen(s) + 1;
            let copy: *mut wchar_t = malloc(count * size_of::<wchar_t>()).cast();
            if !copy.is_null() {
                ptr::copy_nonoverlapping(s, copy, count);
            }
            copy
        }
    }

    /// Copies `n` wide characters. ISO C, POSIX.1-2024 `wmemcpy`.
    pub unsafe extern "C" fn wmemcpy(
        target: *mut wchar_t,
        source: *const wchar_t,
        n: size_t,
    ) -> *mut wchar_t {
        // SAFETY: n characters are readable and writable.
        unsafe { ptr::copy(source, target, n) };
        target
    }

    /// Copies `n` wide characters; returns the end of the copy. glibc `wmempcpy`.
    pub unsafe extern "C" fn wmempcpy(
        target: *mut wchar_t,
        source: *const wchar_t,
        n: size_t,
    ) -> *mut wchar_t {
        // SAFETY: n characters are readable and writable.
        unsafe {
            ptr::copy(source, target, n);
            target.add(n)
        }
    }

    /// Fills `n` wide characters. ISO C, POSIX.1-2024 `wmemset`.
    pub unsafe extern "C" fn wmemset(target: *mut wchar_t, value: wchar_t, n: size_t) -> *mut wchar_t {
        for i in 0..n {
            // SAFETY: n characters are writable at target.
            unsafe { *target.add(i) = value };
        }
        target
    }
}

crate::alias!(wmemmove = wmemcpy);
