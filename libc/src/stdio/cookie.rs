//! fopencookie: a stream over the program's own functions. glibc.

use super::device::Operations;
use super::file::{self, File, flag};
use super::open::parse_mode;
use crate::errno::{Errno, Result, get_errno, returned};
use crate::heap::{free, malloc};
use crate::types::*;
use core::ffi::CStr;

/// glibc's `cookie_io_functions_t`. Each function may be absent.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Functions {
    read: Option<unsafe extern "C-unwind" fn(*mut c_void, *mut u8, size_t) -> ssize_t>,
    write: Option<unsafe extern "C-unwind" fn(*mut c_void, *const u8, size_t) -> ssize_t>,
    seek: Option<unsafe extern "C-unwind" fn(*mut c_void, *mut off_t, c_int) -> c_int>,
    close: Option<unsafe extern "C-unwind" fn(*mut c_void) -> c_int>,
}

/// The program's functions and what they are called with.
#[derive(Clone, Copy)]
struct Cookie {
    cookie: *mut c_void,
    functions: Functions,
}

fn cookie_of(file: &File) -> &Cookie {
    // SAFETY: a stream with these operations has a Cookie in `data` until it is closed.
    unsafe { &*file.data.cast::<Cookie>() }
}

static OPERATIONS: Operations = Operations {
    read,
    write,
    seek,
    close,
};

unsafe fn read(file: &mut File, place: *mut u8, length: usize) -> Result<usize> {
    let Cookie { cookie, functions } = *cookie_of(file);
    // Without a function the file is at its end.
    let Some(function) = functions.read else {
        return Ok(0);
    };
    // SAFETY: the function is the program's, and gets what it asked for.
    usize::try_from(unsafe { function(cookie, place, length) }).map_err(|_| Errno(get_errno()))
}

unsafe fn write(file: &mut File, data: *const u8, length: usize) -> Result<usize> {
    let Cookie { cookie, functions } = *cookie_of(file);
    // Without a function everything vanishes.
    let Some(function) = functions.write else {
        return Ok(length);
    };
    // SAFETY: as in `read`.
    usize::try_from(unsafe { function(cookie, data, length) }).map_err(|_| Errno(get_errno()))
}

unsafe fn seek(file: &mut File, offset: off_t, whence: c_int) -> Result<off_t> {
    let Cookie { cookie, functions } = *cookie_of(file);
    let function = functions.seek.ok_or(Errno::ESPIPE)?;
    let mut position = offset;
    // SAFETY: as in `read`.
    if unsafe { function(cookie, &mut position, whence) } != 0 {
        return Err(Errno(get_errno()));
    }
    Ok(position)
}

unsafe fn close(file: &mut File) -> Result<()> {
    let Cookie { cookie, functions } = *cookie_of(file);
    let data = core::mem::replace(&mut file.data, core::ptr::null_mut());
    // SAFETY: the block is the stream's, and nobody uses it after this.
    unsafe { free(data) };
    let Some(function) = functions.close else {
        return Ok(());
    };
    // SAFETY: as in `read`.
    if unsafe { function(cookie) } != 0 {
        Err(Errno(get_errno()))
    } else {
        Ok(())
    }
}

unsafe fn open(cookie: *mut c_void, mode: *const c_char, functions: Functions) -> Result<*mut File> {
    // SAFETY: the caller passes a string; the block is filled before it is used.
    unsafe {
        let mode = parse_mode(CStr::from_ptr(mode))?;
        let data = malloc(size_of::<Cookie>()).cast::<Cookie>();
        if data.is_null() {
            return Err(Errno::ENOMEM);
        }
        data.write(Cookie { cookie, functions });
        let flags = mode.stream_flags & !flag::FILE_BUFFER;
        let stream = file::allocate(flags, -1, &OPERATIONS).inspect_err(|_| free(data.cast()))?;
        (*stream).data = data.cast();
        Ok(stream)
    }
}

export! {
    /// Opens a stream over the program's functions; null with `errno` set. glibc.
    pub unsafe extern "C" fn fopencookie(cookie: *mut c_void, mode: *const c_char, functions: Functions) -> *mut File {
        // SAFETY: as the caller promises.
        returned(unsafe { open(cookie, mode, functions) })
    }
}
