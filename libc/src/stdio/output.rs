//! Writing: from the program into the buffer, and from the buffer to the device. All under the stream's lock.

use super::buffering;
use super::file::{File, flag};
use super::input;
use crate::errno::{EBADF, Errno, Result, set_errno};
use crate::types::*;

/// `EOF`.
pub const EOF: c_int = -1;

/// Makes the stream one that is written: checks that it may be, and leaves reading.
pub fn begin(file: &mut File) -> Result<()> {
    if file.has(flag::PUTTING) {
        return Ok(());
    }
    if file.has(flag::NO_WRITES) {
        file.flags |= flag::ERROR;
        return Err(Errno::EBADF);
    }
    buffering::ensure(file);
    if file.read_ahead() > 0 {
        input::give_back(file);
    }
    file.discard_input();
    buffering::decide_lines(file);
    file.flags |= flag::PUTTING;
    file.flags &= !flag::END;
    file.write_base = file.buf_base;
    file.write_ptr = file.buf_base;
    set_write_end(file);
    Ok(())
}

fn set_write_end(file: &mut File) {
    let direct = file.flags & (flag::LINE_BUFFERED | flag::UNBUFFERED) == 0;
    file.write_end = if direct { file.buf_end } else { file.write_base };
}

/// Writes `data` to the device. How much was written, and the error that ended it.
fn to_device(file: &mut File, data: *const u8, length: usize) -> (usize, Result<()>) {
    let mut done = 0;
    while done < length {
        // SAFETY: the callers pass valid memory.
        match unsafe { (file.operations.write)(file, data.wrapping_add(done), length - done) } {
            Ok(0) => return (done, Err(Errno::EIO)),
            Ok(count) => done += count.min(length - done),
            Err(error) => return (done, Err(error)),
        }
    }
    (done, Ok(()))
}

/// Writes what is in the buffer. After an error the rest stays there.
pub fn flush(file: &mut File) -> Result<()> {
    let (base, length) = (file.write_base, file.pending());
    if length == 0 {
        return Ok(());
    }
    // The buffer counts as empty meanwhile, in case the device's own functions look at the stream.
    file.write_ptr = base;
    let (done, result) = to_device(file, base, length);
    if let Err(error) = result {
        // SAFETY: both ranges lie in the buffer.
        unsafe { core::ptr::copy(base.add(done), base, length - done) };
        file.write_ptr = base.wrapping_add(length - done);
        file.fail(error);
    }
    result
}

/// The buffer's room behind what is pending.
fn room(file: &File) -> usize {
    file.buf_end.addr() - file.write_ptr.addr()
}

/// Appends to the buffer what fits for certain.
unsafe fn append(file: &mut File, data: *const u8, length: usize) {
    debug_assert!(length <= room(file));
    // SAFETY: there is room for the bytes; they may come from anywhere.
    unsafe { core::ptr::copy(data, file.write_ptr, length) };
    file.write_ptr = file.write_ptr.wrapping_add(length);
}

/// Puts bytes into a stream; how many were taken before an error.
///
/// # Safety
/// `data` has `length` bytes.
pub unsafe fn put(file: &mut File, data: *const u8, length: usize) -> usize {
    // The common case: a stream fully buffered, with room.
    if length <= file.write_end.addr().saturating_sub(file.write_ptr.addr()) {
        // SAFETY: as the caller promises.
        unsafe { append(file, data, length) };
        return length;
    }
    if length == 0 {
        return 0;
    }
    if let Err(error) = begin(file) {
        set_errno(error.0);
        return 0;
    }
    // SAFETY: as the caller promises.
    unsafe {
        if file.has(flag::UNBUFFERED) {
            return write_through(file, data, length);
        }
        if file.has(flag::LINE_BUFFERED) {
            // Everything up to the last end of a line goes out, the rest stays.
            let text = core::slice::from_raw_parts(data, length);
            let lines = text
                .iter()
                .rposition(|&byte| byte == b'\n')
                .map_or(0, |last| last + 1);
            let mut done = put_blocks(file, data, lines);
            if done == lines {
                if lines > 0 && flush(file).is_err() {
                    return done.saturating_sub(file.pending());
                }
                done += put_blocks(file, data.add(lines), length - lines);
            }
            return done;
        }
        put_blocks(file, data, length)
    }
}

/// Writes bytes straight to the device.
unsafe fn write_through(file: &mut File, data: *const u8, length: usize) -> usize {
    let (done, result) = to_device(file, data, length);
    if let Err(error) = result {
        file.fail(error);
    }
    done
}

/// Puts bytes through the buffer; whole buffers of them go past it.
unsafe fn put_blocks(file: &mut File, data: *const u8, length: usize) -> usize {
    let mut done = 0;
    // SAFETY: all parts lie within the bytes that the caller passes.
    unsafe {
        if length > room(file) {
            if file.pending() > 0 {
                done = room(file);
                append(file, data, done);
                if flush(file).is_err() {
                    // What the buffer still holds was not written, but will be tried again.
                    return done;
                }
            }
            let rest = length - done;
            let direct = rest - rest % file.capacity();
            if direct > 0 {
                let written = write_through(file, data.add(done), direct);
                done += written;
                if written < direct {
                    return done;
                }
            }
        }
        append(file, data.add(done), length - done);
    }
    length
}

/// Puts one byte into a stream; the byte, or `EOF`.
#[inline(always)]
pub fn put_byte(file: &mut File, byte: u8) -> c_int {
    if file.write_ptr < file.write_end {
        // SAFETY: write_ptr is before write_end, which is within the buffer.
        unsafe { file.write_ptr.write(byte) };
        file.write_ptr = file.write_ptr.wrapping_add(1);
        return byte as c_int;
    }
    overflow(file, byte as c_int)
}

/// Puts one byte where putc cannot go on without a call, or (for `EOF`) only makes room.
pub fn overflow(file: &mut File, byte: c_int) -> c_int {
    if let Err(error) = begin(file) {
        set_errno(error.0);
        return EOF;
    }
    if byte == EOF {
        return if flush(file).is_ok() { 0 } else { EOF };
    }
    if file.has(flag::UNBUFFERED) {
        let byte = byte as u8;
        // SAFETY: one byte on the stack.
        return if unsafe { write_through(file, &raw const byte, 1) } == 1 {
            byte as c_int
        } else {
            EOF
        };
    }
    if room(file) == 0 && flush(file).is_err() {
        return EOF;
    }
    // SAFETY: there is room for one byte now.
    unsafe {
        file.write_ptr.write(byte as u8);
    }
    file.write_ptr = file.write_ptr.wrapping_add(1);
    let full = room(file) == 0 && file.has(flag::LINE_BUFFERED);
    if (full || (byte as u8 == b'\n' && file.has(flag::LINE_BUFFERED))) && flush(file).is_err() {
        return EOF;
    }
    byte as u8 as c_int
}

/// Puts bytes, or reports that not all were taken.
pub fn put_all(file: &mut File, data: &[u8]) -> Result<()> {
    // SAFETY: a slice is valid memory.
    if unsafe { put(file, data.as_ptr(), data.len()) } == data.len() {
        Ok(())
    } else {
        Err(Errno(crate::errno::get_errno()))
    }
}

/// The error of a stream that may not be used so.
pub fn refuse(file: &mut File) -> c_int {
    file.flags |= flag::ERROR;
    set_errno(EBADF);
    EOF
}
