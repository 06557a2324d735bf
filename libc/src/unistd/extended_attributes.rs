//! Extended attributes of files: <sys/xattr.h>. Linux.

use crate::errno::{Result, returned, returned_status};
use crate::seam::*;
use crate::types::*;

fn size(result: Result<usize>) -> ssize_t {
    returned(result.map(|bytes| bytes as ssize_t))
}

// SAFETY of every block below: pointers are the caller's, as the functions' documentation says.
crate::export! {
    /// Reads an extended attribute of what a path leads to; with `length` 0 its length. Linux `getxattr`.
    pub unsafe extern "C" fn getxattr(path: *const c_char, name: *const c_char, value: *mut c_void, length: size_t) -> ssize_t {
        // SAFETY: see above.
        size(unsafe { System::get_attribute(Attributed::Path(path), name, value, length) })
    }

    /// Sets an extended attribute of what a path leads to; `flags` are XATTR_CREATE or XATTR_REPLACE. Linux `setxattr`.
    pub unsafe extern "C" fn setxattr(path: *const c_char, name: *const c_char, value: *const c_void, length: size_t, flags: c_int) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::set_attribute(Attributed::Path(path), name, value, length, flags) })
    }

    /// Names of the extended attributes of what a path leads to, each with its zero byte; with `length` 0 their length. Linux `listxattr`.
    pub unsafe extern "C" fn listxattr(path: *const c_char, list: *mut c_char, length: size_t) -> ssize_t {
        // SAFETY: see above.
        size(unsafe { System::list_attributes(Attributed::Path(path), list, length) })
    }

    /// Removes an extended attribute of what a path leads to. Linux `removexattr`.
    pub unsafe extern "C" fn removexattr(path: *const c_char, name: *const c_char) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::remove_attribute(Attributed::Path(path), name) })
    }

    /// Reads an extended attribute of what a path names, which may be a symbolic link; with `length` 0 its length. Linux `lgetxattr`.
    pub unsafe extern "C" fn lgetxattr(path: *const c_char, name: *const c_char, value: *mut c_void, length: size_t) -> ssize_t {
        // SAFETY: see above.
        size(unsafe { System::get_attribute(Attributed::Link(path), name, value, length) })
    }

    /// Sets an extended attribute of what a path names, which may be a symbolic link; `flags` are XATTR_CREATE or XATTR_REPLACE. Linux `lsetxattr`.
    pub unsafe extern "C" fn lsetxattr(path: *const c_char, name: *const c_char, value: *const c_void, length: size_t, flags: c_int) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::set_attribute(Attributed::Link(path), name, value, length, flags) })
    }

    /// Names of the extended attributes of what a path names, which may be a symbolic link, each with its zero byte; with `length` 0 their length. Linux `llistxattr`.
    pub unsafe extern "C" fn llistxattr(path: *const c_char, list: *mut c_char, length: size_t) -> ssize_t {
        // SAFETY: see above.
        size(unsafe { System::list_attributes(Attributed::Link(path), list, length) })
    }

    /// Removes an extended attribute of what a path names, which may be a symbolic link. Linux `lremovexattr`.
    pub unsafe extern "C" fn lremovexattr(path: *const c_char, name: *const c_char) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::remove_attribute(Attributed::Link(path), name) })
    }

    /// Reads an extended attribute of an open file; with `length` 0 its length. Linux `fgetxattr`.
    pub unsafe extern "C" fn fgetxattr(fd: c_int, name: *const c_char, value: *mut c_void, length: size_t) -> ssize_t {
        // SAFETY: see above.
        size(unsafe { System::get_attribute(Attributed::Descriptor(fd), name, value, length) })
    }

    /// Sets an extended attribute of an open file; `flags` are XATTR_CREATE or XATTR_REPLACE. Linux `fsetxattr`.
    pub unsafe extern "C" fn fsetxattr(fd: c_int, name: *const c_char, value: *const c_void, length: size_t, flags: c_int) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::set_attribute(Attributed::Descriptor(fd), name, value, length, flags) })
    }

    /// Names of the extended attributes of an open file, each with its zero byte; with `length` 0 their length. Linux `flistxattr`.
    pub unsafe extern "C" fn flistxattr(fd: c_int, list: *mut c_char, length: size_t) -> ssize_t {
        // SAFETY: see above.
        size(unsafe { System::list_attributes(Attributed::Descriptor(fd), list, length) })
    }

    /// Removes an extended attribute of an open file. Linux `fremovexattr`.
    pub unsafe extern "C" fn fremovexattr(fd: c_int, name: *const c_char) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::remove_attribute(Attributed::Descriptor(fd), name) })
    }
}
