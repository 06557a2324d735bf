//! Names in directories on Linux.

use super::Linux;
use super::numbers::*;
use super::raw::call;
use crate::errno::Result;
use crate::seam::{Attributed, Names};
use crate::types::*;

// SAFETY of every block below: the kernel checks descriptors, numbers and pointers; the memory that a call may
// write is the caller's to offer, by the contract of the trait's `unsafe` functions.
impl Names for Linux {
    unsafe fn fstatat(
        directory: c_int,
        path: *const c_char,
        status: *mut c_void,
        flags: c_int,
    ) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(NEWFSTATAT, directory, path, status, flags) }.map(drop)
    }
    unsafe fn statx(
        directory: c_int,
        path: *const c_char,
        flags: c_int,
        mask: c_uint,
        status: *mut c_void,
    ) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(STATX, directory, path, flags, mask, status) }.map(drop)
    }
    unsafe fn statfs(path: *const c_char, status: *mut c_void) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(STATFS, path, status) }.map(drop)
    }
    unsafe fn fstatfs(fd: c_int, status: *mut c_void) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(FSTATFS, fd, status) }.map(drop)
    }
    unsafe fn faccessat(directory: c_int, path: *const c_char, mode: c_int, flags: c_int) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(FACCESSAT2, directory, path, mode, flags) }.map(drop)
    }
    unsafe fn unlinkat(directory: c_int, path: *const c_char, flags: c_int) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(UNLINKAT, directory, path, flags) }.map(drop)
    }
    unsafe fn renameat2(
        old_directory: c_int,
        old: *const c_char,
        new_directory: c_int,
        new: *const c_char,
        flags: c_uint,
    ) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(RENAMEAT2, old_directory, old, new_directory, new, flags) }.map(drop)
    }
    unsafe fn linkat(
        old_directory: c_int,
        old: *const c_char,
        new_directory: c_int,
        new: *const c_char,
        flags: c_int,
    ) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(LINKAT, old_directory, old, new_directory, new, flags) }.map(drop)
    }
    unsafe fn symlinkat(target: *const c_char, directory: c_int, path: *const c_char) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(SYMLINKAT, target, directory, path) }.map(drop)
    }
    unsafe fn readlinkat(
        directory: c_int,
        path: *const c_char,
        buffer: *mut c_char,
        length: usize,
    ) -> Result<usize> {
        // SAFETY: see above.
        unsafe { call!(READLINKAT, directory, path, buffer, length) }
    }
    unsafe fn mkdirat(directory: c_int, path: *const c_char, mode: mode_t) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(MKDIRAT, directory, path, mode) }.map(drop)
    }
    unsafe fn mknodat(directory: c_int, path: *const c_char, mode: mode_t, device: dev_t) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(MKNODAT, directory, path, mode, device) }.map(drop)
    }
    fn fchmod(fd: c_int, mode: mode_t) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(FCHMOD, fd, mode) }.map(drop)
    }
    unsafe fn fchmodat(directory: c_int, path: *const c_char, mode: mode_t) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(FCHMODAT, directory, path, mode) }.map(drop)
    }
    fn fchown(fd: c_int, owner: uid_t, group: gid_t) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(FCHOWN, fd, owner, group) }.map(drop)
    }
    unsafe fn fchownat(
        directory: c_int,
        path: *const c_char,
        owner: uid_t,
        group: gid_t,
        flags: c_int,
    ) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(FCHOWNAT, directory, path, owner, group, flags) }.map(drop)
    }
    unsafe fn utimensat(
        directory: c_int,
        path: *const c_char,
        times: *const timespec,
        flags: c_int,
    ) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(UTIMENSAT, directory, path, times, flags) }.map(drop)
    }
    unsafe fn truncate(path: *const c_char, length: off_t) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(TRUNCATE, path, length) }.map(drop)
    }
    unsafe fn chdir(path: *const c_char) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(CHDIR, path) }.map(drop)
    }
    fn fchdir(fd: c_int) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(FCHDIR, fd) }.map(drop)
    }
    unsafe fn chroot(path: *const c_char) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(CHROOT, path) }.map(drop)
    }
    unsafe fn mount(
        source: *const c_char,
        target: *const c_char,
        kind: *const c_char,
        flags: c_ulong,
        data: *const c_void,
    ) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(MOUNT, source, target, kind, flags, data) }.map(drop)
    }
    unsafe fn unmount(target: *const c_char, flags: c_int) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(UMOUNT2, target, flags) }.map(drop)
    }
    unsafe fn get_attribute(
        of: Attributed,
        name: *const c_char,
        value: *mut c_void,
        size: usize,
    ) -> Result<usize> {
        // SAFETY: see above.
        unsafe {
            match of {
                Attributed::Path(path) => call!(GETXATTR, path, name, value, size),
                Attributed::Link(path) => call!(LGETXATTR, path, name, value, size),
                Attributed::Descriptor(fd) => call!(FGETXATTR, fd, name, value, size),
            }
        }
    }
    unsafe fn set_attribute(
        of: Attributed,
        name: *const c_char,
        value: *const c_void,
        size: usize,
        flags: c_int,
    ) -> Result<()> {
        // SAFETY: see above.
        unsafe {
            match of {
                Attributed::Path(path) => call!(SETXATTR, path, name, value, size, flags),
                Attributed::Link(path) => call!(LSETXATTR, path, name, value, size, flags),
                Attributed::Descriptor(fd) => call!(FSETXATTR, fd, name, value, size, flags),
            }
        }
        .map(drop)
    }
    unsafe fn list_attributes(of: Attributed, list: *mut c_char, size: usize) -> Result<usize> {
        // SAFETY: see above.
        unsafe {
            match of {
                Attributed::Path(path) => call!(LISTXATTR, path, list, size),
                Attributed::Link(path) => call!(LLISTXATTR, path, list, size),
                Attributed::Descriptor(fd) => call!(FLISTXATTR, fd, list, size),
            }
        }
    }
    unsafe fn remove_attribute(of: Attributed, name: *const c_char) -> Result<()> {
        // SAFETY: see above.
        unsafe {
            match of {
                Attributed::Path(path) => call!(REMOVEXATTR, path, name),
                Attributed::Link(path) => call!(LREMOVEXATTR, path, name),
                Attributed::Descriptor(fd) => call!(FREMOVEXATTR, fd, name),
            }
        }
        .map(drop)
    }
    unsafe fn getcwd(buffer: *mut c_char, length: usize) -> Result<usize> {
        // SAFETY: see above.
        unsafe { call!(GETCWD, buffer, length) }
    }
    fn umask(mask: mode_t) -> mode_t {
        // SAFETY: see above. It cannot fail.
        unsafe { call!(UMASK, mask) }.unwrap_or(0) as mode_t
    }
    fn sync() {
        // SAFETY: see above. It cannot fail.
        let _ = unsafe { call!(SYNC) };
    }
}
