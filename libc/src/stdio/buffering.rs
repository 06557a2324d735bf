//! The buffer of a stream: found at the first use, or chosen by setvbuf and its kin. ISO C17 7.21.5.5 and .6.

use super::file::{File, flag, locked};
use super::{device, input, output};
use crate::heap::{free, malloc};
use crate::types::*;

/// The size of a buffer that the program did not choose, `BUFSIZ` of <stdio.h>.
pub const BUFSIZ: usize = 8192;

const FULL: c_int = 0;
const LINE: c_int = 1;
const NONE: c_int = 2;

/// Gives the stream a buffer, if it has none. Without memory the stream goes on unbuffered.
#[inline]
pub fn ensure(file: &mut File) {
    if file.buf_base.is_null() {
        provide(file);
    }
}

#[cold]
fn provide(file: &mut File) {
    if !file.has(flag::UNBUFFERED) {
        // SAFETY: a block of the heap that this stream owns from now on.
        let block = unsafe { malloc(BUFSIZ) }.cast::<u8>();
        if !block.is_null() {
            return install(file, block, BUFSIZ);
        }
        file.flags |= flag::UNBUFFERED;
    }
    let place = file.shortbuf.as_mut_ptr();
    file.flags |= flag::USER_BUFFER;
    install(file, place, 1);
}

fn install(file: &mut File, buffer: *mut u8, size: usize) {
    crate::exit::register_streams(super::at_exit::flush_at_exit);
    file.buf_base = buffer;
    file.buf_end = buffer.wrapping_add(size);
    file.discard_input();
    file.write_base = buffer;
    file.write_ptr = buffer;
    file.write_end = buffer;
}

/// Finds out, before the first byte is written, whether the stream goes to a terminal: then it is line buffered.
#[inline]
pub fn decide_lines(file: &mut File) {
    if !file.buffering_known && !file.has(flag::UNBUFFERED) {
        file.buffering_known = true;
        if file.has(flag::FILE_BUFFER) && device::is_terminal(file.fileno) {
            file.flags |= flag::LINE_BUFFERED;
        }
    }
}

/// Gives up the buffer.
pub fn release(file: &mut File) {
    if !file.has(flag::USER_BUFFER) && !file.buf_base.is_null() {
        // SAFETY: the block came from malloc, and the stream owns it.
        unsafe { free(file.buf_base.cast()) };
    }
    file.flags &= !flag::USER_BUFFER;
    install(file, core::ptr::null_mut(), 0);
}

/// Changes how the stream is buffered; a null buffer keeps or makes one. Whether `mode` is one.
fn set(file: &mut File, buffer: *mut u8, mode: c_int, size: usize) -> bool {
    if !matches!(mode, FULL | LINE | NONE) {
        return false;
    }
    if file.pending() > 0 && output::flush(file).is_err() {
        return false;
    }
    file.buffering_known = true;
    file.flags &= !(flag::UNBUFFERED | flag::LINE_BUFFERED);
    match mode {
        NONE => file.flags |= flag::UNBUFFERED,
        LINE => file.flags |= flag::LINE_BUFFERED,
        _ => (),
    }
    let ahead = file.read_ahead() > 0;
    if mode == NONE {
        if !ahead {
            release(file);
        }
    } else if !buffer.is_null() && size > 0 {
        if ahead {
            // The standard allows the call before any other operation only; what was read must not be lost.
            return true;
        }
        release(file);
        file.flags |= flag::USER_BUFFER;
        install(file, buffer, size);
    } else if file.capacity() == 1 && !ahead {
        release(file);
    }
    file.flags &= !flag::PUTTING;
    file.write_base = file.buf_base;
    file.write_ptr = file.buf_base;
    file.write_end = file.buf_base;
    let _ = input::leave_writing(file);
    true
}

export! {
    /// Chooses the buffer and how it is used: `_IOFBF` 0, `_IOLBF` 1, `_IONBF` 2. Returns 0, or -1. ISO C17 7.21.5.6.
    pub unsafe extern "C" fn setvbuf(stream: *mut File, buffer: *mut c_char, mode: c_int, size: size_t) -> c_int {
        // SAFETY: the caller passes an open stream, and leaves the buffer to it.
        let done = unsafe { locked(stream, |file| set(file, buffer.cast(), mode, size)) };
        if done { 0 } else { -1 }
    }

    /// Full buffering in `buffer` of `BUFSIZ` bytes, or none. ISO C17 7.21.5.5.
    pub unsafe extern "C" fn setbuf(stream: *mut File, buffer: *mut c_char) {
        // SAFETY: as the caller promises.
        unsafe { setvbuf(stream, buffer, if buffer.is_null() { NONE } else { FULL }, BUFSIZ) };
    }

    /// Full buffering in `buffer` of `size` bytes, or none. BSD.
    pub unsafe extern "C" fn setbuffer(stream: *mut File, buffer: *mut c_char, size: size_t) {
        // SAFETY: as the caller promises.
        unsafe { setvbuf(stream, buffer, if buffer.is_null() { NONE } else { FULL }, size) };
    }

    /// Line buffering. BSD.
    pub unsafe extern "C" fn setlinebuf(stream: *mut File) {
        // SAFETY: as the caller promises.
        unsafe { setvbuf(stream, core::ptr::null_mut(), LINE, 0) };
    }
}
