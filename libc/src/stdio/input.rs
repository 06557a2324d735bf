//! Reading: from the device into the buffer, and from there to the program. All under the stream's lock.

use super::buffering;
use super::device::SEEK_CUR;
use super::file::{File, flag};
use super::output::{self, EOF};
use super::standard;
use crate::errno::Result;
use crate::types::*;

/// Ends writing, if the stream was written: the buffer goes out.
pub fn leave_writing(file: &mut File) -> Result<()> {
    if !file.has(flag::PUTTING) {
        return Ok(());
    }
    output::flush(file)?;
    file.flags &= !flag::PUTTING;
    file.write_base = file.buf_base;
    file.write_ptr = file.buf_base;
    file.write_end = file.buf_base;
    Ok(())
}

/// Sets the device back to the first byte that the program has not read, if it can be.
pub fn give_back(file: &mut File) {
    let ahead = if file.has(flag::IN_BACKUP) {
        file.save_end.addr().saturating_sub(file.save_base.addr())
    } else {
        file.readable()
    };
    if ahead > 0 {
        // A device that cannot seek keeps what was read ahead for nobody, as POSIX has it.
        // SAFETY: seeking has no condition.
        let _ = unsafe { (file.operations.seek)(file, -(ahead as off_t), SEEK_CUR) };
    }
}

/// Reads from the device; 0 at the end or after an error, both noted in the flags.
fn from_device(file: &mut File, place: *mut u8, length: usize) -> usize {
    standard::flush_lines_before_reading(file);
    // SAFETY: the callers pass valid memory.
    match unsafe { (file.operations.read)(file, place, length) } {
        Ok(0) => {
            file.flags |= flag::END;
            0
        }
        Ok(count) => count.min(length),
        Err(error) => {
            file.fail(error);
            0
        }
    }
}

/// Makes the stream one that is read. Whether it may be.
fn begin(file: &mut File) -> bool {
    if file.has(flag::NO_READS) {
        output::refuse(file);
        return false;
    }
    if file.has(flag::PUTTING) && leave_writing(file).is_err() {
        return false;
    }
    buffering::ensure(file);
    true
}

/// Fills the buffer if nothing is left in it. The next byte, which is not taken, or `EOF`.
pub fn underflow(file: &mut File) -> c_int {
    if file.readable() == 0 && (!file.leave_backup() || file.readable() == 0) {
        // The end of a file is sticky, so that one Ctrl-D ends a program's input.
        if file.has(flag::END) || !begin(file) {
            return EOF;
        }
        let (place, size) = (file.buf_base, file.capacity());
        file.discard_input();
        let count = from_device(file, place, size);
        if count == 0 {
            return EOF;
        }
        file.read_end = place.wrapping_add(count);
    }
    // SAFETY: something is readable.
    unsafe { file.read_ptr.read() as c_int }
}

/// Takes the next byte, or `EOF`.
#[inline(always)]
pub fn get_byte(file: &mut File) -> c_int {
    if file.read_ptr < file.read_end {
        // SAFETY: read_ptr is within what was read.
        let byte = unsafe { file.read_ptr.read() };
        file.read_ptr = file.read_ptr.wrapping_add(1);
        return byte as c_int;
    }
    uflow(file)
}

/// Takes the next byte when the buffer is empty, or `EOF`.
#[inline(never)]
pub fn uflow(file: &mut File) -> c_int {
    let byte = underflow(file);
    if byte != EOF {
        file.read_ptr = file.read_ptr.wrapping_add(1);
    }
    byte
}

/// Takes at most `length` bytes; fewer at the end or after an error.
///
/// # Safety
/// `place` has room for `length` bytes.
pub unsafe fn get(file: &mut File, place: *mut u8, length: usize) -> usize {
    let mut done = 0;
    while done < length {
        let ready = file.readable().min(length - done);
        if ready > 0 {
            // SAFETY: as the caller promises; the buffer has so many bytes.
            unsafe { core::ptr::copy(file.read_ptr, place.add(done), ready) };
            file.read_ptr = file.read_ptr.wrapping_add(ready);
            done += ready;
            continue;
        }
        if file.leave_backup() {
            continue;
        }
        if file.has(flag::END) || !begin(file) {
            break;
        }
        let rest = length - done;
        if rest >= file.capacity() {
            // Whole buffers go past the buffer.
            let size = if file.capacity() > 1 {
                rest - rest % file.capacity()
            } else {
                rest
            };
            file.discard_input();
            // SAFETY: as the caller promises.
            let count = from_device(file, unsafe { place.add(done) }, size);
            if count == 0 {
                break;
            }
            done += count;
        } else if underflow(file) == EOF {
            break;
        }
    }
    done
}
