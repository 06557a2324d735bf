//! The host's name, terminals' names, and other facts of the system. POSIX.1-2024 `gethostname`, `ttyname`.

use crate::errno::{ENAMETOOLONG, Errno, Result, returned, returned_status, set_errno};
use crate::seam::*;
use crate::types::*;
use core::ptr;

/// C's `struct utsname`: six texts of 65 bytes.
type SystemNames = [[u8; 65]; 6];

fn names() -> Result<SystemNames> {
    let mut names: SystemNames = [[0; 65]; 6];
    // SAFETY: a local variable of the system's layout.
    unsafe { System::uname(names.as_mut_ptr().cast()) }?;
    Ok(names)
}

/// Copies a text with its terminator; whether all of it fitted.
unsafe fn copy(text: &[u8], buffer: *mut c_char, length: usize) -> bool {
    let used = text
        .iter()
        .position(|&byte| byte == 0)
        .map_or(text.len(), |end| end + 1);
    // SAFETY: the callers' buffer has `length` bytes.
    unsafe { ptr::copy_nonoverlapping(text.as_ptr().cast(), buffer, used.min(length)) };
    used <= length
}

/// The name of the terminal that a descriptor names.
unsafe fn terminal_name(fd: c_int, buffer: *mut c_char, length: usize) -> Result<()> {
    // SAFETY: the callers' buffer; the path is terminated.
    unsafe {
        if super::identity::isatty(fd) == 0 {
            return Err(Errno(crate::errno::get_errno()));
        }
        let mut path = *b"/proc/self/fd/\0\0\0\0\0\0\0\0\0\0\0";
        let mut digits = [0u8; 10];
        let mut count = 0;
        let mut number = fd;
        loop {
            digits[count] = b'0' + (number % 10) as u8;
            count += 1;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        for index in 0..count {
            path[14 + index] = digits[count - 1 - index];
        }
        if length == 0 {
            return Err(Errno::ERANGE);
        }
        let used = System::readlinkat(AT_FDCWD, path.as_ptr().cast(), buffer, length)?;
        if used >= length {
            return Err(Errno::ERANGE);
        }
        buffer.add(used).write(0);
        Ok(())
    }
}

struct TerminalName(core::cell::UnsafeCell<[c_char; 64]>);
// SAFETY: POSIX lets `ttyname` use one buffer for all threads.
unsafe impl Sync for TerminalName {}
static TERMINAL: TerminalName = TerminalName(core::cell::UnsafeCell::new([0; 64]));

// SAFETY of every block below: buffers are the caller's.
crate::export! {
    /// The host's name; `ENAMETOOLONG` when it does not fit. POSIX.1-2024 `gethostname`.
    pub unsafe extern "C" fn gethostname(buffer: *mut c_char, length: size_t) -> c_int {
        returned_status(names().and_then(|names| {
            // SAFETY: see above.
            if unsafe { copy(&names[1], buffer, length) } { Ok(()) } else { Err(Errno(ENAMETOOLONG)) }
        }))
    }

    /// The domain's name. BSD `getdomainname`.
    pub unsafe extern "C" fn getdomainname(buffer: *mut c_char, length: size_t) -> c_int {
        returned_status(names().map(|names| {
            // SAFETY: see above.
            unsafe { copy(&names[5], buffer, length) };
        }))
    }

    /// The name of a terminal; returns an error number. POSIX.1-2024 `ttyname_r`.
    pub unsafe extern "C" fn ttyname_r(fd: c_int, buffer: *mut c_char, length: size_t) -> c_int {
        // SAFETY: see above.
        match unsafe { terminal_name(fd, buffer, length) } {
            Ok(()) => 0,
            Err(error) => {
                set_errno(error.0);
                error.0
            }
        }
    }

    /// The name of a terminal, in a buffer that the next call overwrites. POSIX.1-2024 `ttyname`.
    pub unsafe extern "C" fn ttyname(fd: c_int) -> *mut c_char {
        let buffer: *mut c_char = TERMINAL.0.get().cast();
        // SAFETY: the buffer has 64 bytes.
        returned(unsafe { terminal_name(fd, buffer, 64) }.map(|()| buffer))
    }

    /// As `gethostname`; ends a program whose buffer is too small. Fortified `gethostname`.
    pub unsafe extern "C" fn __gethostname_chk(buffer: *mut c_char, length: size_t, size: size_t) -> c_int {
        // SAFETY: see above.
        unsafe {
            if length > size {
                crate::signal::abort::__chk_fail();
            }
            gethostname(buffer, length)
        }
    }

    /// As `ttyname_r`; ends a program whose buffer is too small. Fortified `ttyname_r`.
    pub unsafe extern "C" fn __ttyname_r_chk(fd: c_int, buffer: *mut c_char, length: size_t, size: size_t) -> c_int {
        // SAFETY: see above.
        unsafe {
            if length > size {
                crate::signal::abort::__chk_fail();
            }
            ttyname_r(fd, buffer, length)
        }
    }
}
