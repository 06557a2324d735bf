//! `getpass`: a line from the terminal that is not shown. Left out of POSIX since 2001; programs still ask for it.

use super::settings::{self, ECHO};
use crate::errno::{Errno, Result, returned};
use crate::seam::{AT_FDCWD, Files, System};
use crate::types::*;

const O_RDWR: c_int = 2;
const O_CLOEXEC: c_int = 0o2000000;
const ISIG: u32 = 1;
/// Settings change when output has gone out, and input typed ahead is thrown away.
const FLUSH: c_int = 2;
/// A terminal's longest line, and a zero byte.
const ROOM: usize = 4097;

struct Buffer(core::cell::UnsafeCell<[u8; ROOM]>);
// SAFETY: `getpass` uses one buffer for all threads, as its manual says.
unsafe impl Sync for Buffer {}
static PASSWORD: Buffer = Buffer(core::cell::UnsafeCell::new([0; ROOM]));

fn write_all(fd: c_int, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        // SAFETY: a slice.
        match unsafe { System::write(fd, bytes.as_ptr().cast(), bytes.len()) } {
            Ok(count) if count > 0 => bytes = &bytes[count.min(bytes.len())..],
            Err(Errno::EINTR) => {}
            _ => return,
        }
    }
}

/// Reads a line into the buffer; answers its length without the newline, or nothing at the end of the file.
fn read_line(fd: c_int, buffer: &mut [u8; ROOM]) -> Result<Option<usize>> {
    let mut length = 0;
    loop {
        let mut byte = 0u8;
        // SAFETY: one byte's place.
        match unsafe { System::read(fd, (&raw mut byte).cast(), 1) } {
            Ok(0) => return Ok((length > 0).then_some(length)),
            Ok(_) if byte == b'\n' => return Ok(Some(length)),
            Ok(_) if length < ROOM - 1 => {
                buffer[length] = byte;
                length += 1;
            }
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error),
        }
    }
}

fn ask(prompt: &[u8], buffer: &mut [u8; ROOM]) -> Result<Option<usize>> {
    // SAFETY: a constant path.
    let opened = unsafe { System::openat(AT_FDCWD, c"/dev/tty".as_ptr(), O_RDWR | O_CLOEXEC, 0) };
    let (input, output) = opened.as_ref().map_or((0, 2), |&fd| (fd, fd));
    let before = settings::get(input).ok();
    if let Some(mut silent) = before {
        silent.c_lflag &= !(ECHO | ISIG);
        let _ = settings::set(input, FLUSH, &silent);
    }
    write_all(output, prompt);
    let line = read_line(input, buffer);
    if let Some(before) = before {
        // The newline was not shown.
        write_all(output, b"\n");
        let _ = settings::set(input, FLUSH, &before);
    }
    if let Ok(fd) = opened {
        let _ = System::close(fd);
    }
    line
}

crate::export! {
    /// Shows `prompt` and reads a line without showing it, from the controlling terminal or else from standard input. The
    /// next call overwrites the answer. BSD, glibc `getpass`.
    pub unsafe extern "C-unwind" fn getpass(prompt: *const c_char) -> *mut c_char {
        // SAFETY: the caller's text.
        let prompt = unsafe { core::ffi::CStr::from_ptr(prompt) };
        // SAFETY: one buffer for all threads, by the function's contract.
        let buffer = unsafe { &mut *PASSWORD.0.get() };
        returned(ask(prompt.to_bytes(), buffer).map(|length| match length {
            Some(length) => {
                buffer[length] = 0;
                buffer.as_mut_ptr().cast::<c_char>()
            }
            None => core::ptr::null_mut(),
        }))
    }
}
