//! Mounting: one call of Linux is three methods of the file server.

use super::{close_own, failed, failed_or, path_from};
use crate::errno::{Errno, Result};
use crate::seam::AT_FDCWD;
use crate::types::*;
use core::ffi::CStr;
use trivet_ipc::file;
use trivet_ipc::shared::OpenFlags;

const MS_REMOUNT: c_ulong = 0x20;
const MS_BIND: c_ulong = 0x1000;
/// What old programs put into the upper half of the flags, and its mask.
const MS_MGC_VAL: c_ulong = 0xc0ed_0000;
const MS_MGC_MASK: c_ulong = 0xffff_0000;

/// mount(2).
///
/// # Safety
/// Each pointer is null or a C string.
pub unsafe fn mount(
    source: *const c_char,
    target: *const c_char,
    kind: *const c_char,
    flags: c_ulong,
    data: *const c_void,
) -> Result<()> {
    let flags = if flags & MS_MGC_MASK == MS_MGC_VAL {
        flags & !MS_MGC_MASK
    } else {
        flags
    };
    if target.is_null() {
        return Err(Errno::EFAULT);
    }
    // SAFETY: the caller's path.
    let (on, path) = unsafe { path_from(AT_FDCWD, target) }?;
    if flags & MS_BIND != 0 && flags & MS_REMOUNT == 0 {
        if source.is_null() {
            return Err(Errno::EINVAL);
        }
        // SAFETY: the caller's path.
        let (from, source) = unsafe { path_from(AT_FDCWD, source) }?;
        let opened = file::open(from, source, OpenFlags::PATH, 0, 0)
            .map_err(failed)?
            .file;
        let result = file::bind(on, path, opened, flags).map_err(failed_or(Errno::ENOTDIR));
        close_own(opened);
        return result;
    }
    let text = |text: *const c_char| {
        if text.is_null() {
            &[]
        } else {
            // SAFETY: the caller's string.
            unsafe { CStr::from_ptr(text) }.to_bytes()
        }
    };
    file::mount(on, path, text(kind), text(data.cast()), flags).map_err(failed_or(Errno::ENOTDIR))
}

/// umount2(2).
///
/// # Safety
/// `target` is null or a C string.
pub unsafe fn unmount(target: *const c_char, flags: c_int) -> Result<()> {
    if target.is_null() {
        return Err(Errno::EFAULT);
    }
    // SAFETY: the caller's path.
    let (on, path) = unsafe { path_from(AT_FDCWD, target) }?;
    file::unmount(on, path, u64::from(flags as c_uint)).map_err(failed_or(Errno::ENOTDIR))
}
