//! Extended attributes: methods of an open file, so that a path is opened first.

use super::{close_own, descriptor, failed, path_from};
use crate::errno::{Errno, Result};
use crate::seam::{AT_FDCWD, Attributed};
use crate::types::*;
use core::ffi::CStr;
use trivet_abi::handle::Handle;
use trivet_ipc::shared::OpenFlags;
use trivet_ipc::{In, Out, file};

/// Runs `work` on what is meant.
///
/// # Safety
/// A path is null or a C string.
unsafe fn with<R>(of: Attributed, work: impl FnOnce(Handle) -> Result<R>) -> Result<R> {
    let (path, flags) = match of {
        Attributed::Descriptor(fd) => return work(descriptor(fd)?),
        Attributed::Path(path) => (path, OpenFlags::PATH),
        Attributed::Link(path) => (path, OpenFlags::PATH | OpenFlags::NO_FOLLOW),
    };
    // SAFETY: the caller's path.
    let (from, path) = unsafe { path_from(AT_FDCWD, path) }?;
    let opened = file::open(from, path, flags, 0, 0).map_err(failed)?;
    if opened.file == Handle::NONE {
        // The process server's files have none.
        return Err(Errno::EOPNOTSUPP);
    }
    let result = work(opened.file);
    close_own(opened.file);
    result
}

/// The name's bytes.
///
/// # Safety
/// `name` is null or a C string.
unsafe fn text<'a>(name: *const c_char) -> Result<&'a [u8]> {
    if name.is_null() {
        return Err(Errno::EFAULT);
    }
    // SAFETY: the caller's string.
    let name = unsafe { CStr::from_ptr(name) }.to_bytes();
    if name.is_empty() || name.len() > 255 {
        return Err(Errno::ERANGE);
    }
    Ok(name)
}

/// getxattr(2) and its kin.
///
/// # Safety
/// Pointers are as the function says; `value` has `size` bytes.
pub unsafe fn get(of: Attributed, name: *const c_char, value: *mut c_void, size: usize) -> Result<usize> {
    // SAFETY: the caller's name, path and room.
    unsafe {
        let name = text(name)?;
        with(of, |handle| {
            let room = Out::<[u8]>::from_raw(value.cast(), size);
            let count = file::extended_attribute(handle, name, room).map_err(failed)?;
            Ok(count as usize)
        })
    }
}

/// setxattr(2) and its kin.
///
/// # Safety
/// Pointers are as the function says; `value` has `size` bytes.
pub unsafe fn set(
    of: Attributed,
    name: *const c_char,
    value: *const c_void,
    size: usize,
    flags: c_int,
) -> Result<()> {
    const VALUE_MAX: usize = 65_536;
    if size > VALUE_MAX {
        return Err(Errno::E2BIG);
    }
    // SAFETY: the caller's name, path and value.
    unsafe {
        let name = text(name)?;
        with(of, |handle| {
            let value = In::<[u8]>::from_raw(value.cast(), size);
            file::set_extended_attribute(handle, name, value, flags as c_uint).map_err(failed)
        })
    }
}

/// listxattr(2) and its kin.
///
/// # Safety
/// `list` has `size` bytes.
pub unsafe fn list(of: Attributed, list: *mut c_char, size: usize) -> Result<usize> {
    // SAFETY: the caller's path and room.
    unsafe {
        with(of, |handle| {
            let room = Out::<[u8]>::from_raw(list.cast(), size);
            let count = file::extended_attributes(handle, room).map_err(failed)?;
            Ok(count as usize)
        })
    }
}

/// removexattr(2) and its kin.
///
/// # Safety
/// Pointers are as the function says.
pub unsafe fn remove(of: Attributed, name: *const c_char) -> Result<()> {
    // SAFETY: the caller's name and path.
    unsafe {
        let name = text(name)?;
        with(of, |handle| {
            file::remove_extended_attribute(handle, name).map_err(failed)
        })
    }
}
