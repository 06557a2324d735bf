//! Open files on Linux.

use super::Linux;
use super::numbers::*;
use super::raw::{blocking_call, call};
use crate::errno::Result;
use crate::seam::{Files, SignalSet};
use crate::types::*;

// SAFETY of every block below: the kernel checks descriptors, numbers and pointers; the memory that a call may
// write is the caller's to offer, by the contract of the trait's `unsafe` functions.
impl Files for Linux {
    unsafe fn read(fd: c_int, buffer: *mut c_void, length: usize) -> Result<usize> {
        // SAFETY: see above.
        unsafe { blocking_call!(READ, fd, buffer, length) }
    }
    unsafe fn write(fd: c_int, buffer: *const c_void, length: usize) -> Result<usize> {
        // SAFETY: see above.
        unsafe { blocking_call!(WRITE, fd, buffer, length) }
    }
    unsafe fn readv(fd: c_int, buffers: *const iovec, count: c_int) -> Result<usize> {
        // SAFETY: see above.
        unsafe { blocking_call!(READV, fd, buffers, count) }
    }
    unsafe fn writev(fd: c_int, buffers: *const iovec, count: c_int) -> Result<usize> {
        // SAFETY: see above.
        unsafe { blocking_call!(WRITEV, fd, buffers, count) }
    }
    unsafe fn pread(fd: c_int, buffer: *mut c_void, length: usize, offset: off_t) -> Result<usize> {
        // SAFETY: see above.
        unsafe { blocking_call!(PREAD64, fd, buffer, length, offset) }
    }
    unsafe fn pwrite(fd: c_int, buffer: *const c_void, length: usize, offset: off_t) -> Result<usize> {
        // SAFETY: see above.
        unsafe { blocking_call!(PWRITE64, fd, buffer, length, offset) }
    }
    unsafe fn preadv2(
        fd: c_int,
        buffers: *const iovec,
        count: c_int,
        offset: off_t,
        flags: c_int,
    ) -> Result<usize> {
        // SAFETY: see above.
        unsafe { blocking_call!(PREADV2, fd, buffers, count, offset, 0, flags) }
    }
    unsafe fn pwritev2(
        fd: c_int,
        buffers: *const iovec,
        count: c_int,
        offset: off_t,
        flags: c_int,
    ) -> Result<usize> {
        // SAFETY: see above.
        unsafe { blocking_call!(PWRITEV2, fd, buffers, count, offset, 0, flags) }
    }
    fn lseek(fd: c_int, offset: off_t, whence: c_int) -> Result<off_t> {
        // SAFETY: see above.
        unsafe { call!(LSEEK, fd, offset, whence) }.map(|offset| offset as off_t)
    }
    unsafe fn openat(directory: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> Result<c_int> {
        // SAFETY: see above.
        unsafe { blocking_call!(OPENAT, directory, path, flags, mode) }.map(|fd| fd as c_int)
    }
    fn close(fd: c_int) -> Result<()> {
        // SAFETY: see above.
        unsafe { blocking_call!(CLOSE, fd) }.map(drop)
    }
    fn close_range(first: c_uint, last: c_uint, flags: c_int) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(CLOSE_RANGE, first, last, flags) }.map(drop)
    }
    fn dup(fd: c_int) -> Result<c_int> {
        // SAFETY: see above.
        unsafe { call!(DUP, fd) }.map(|fd| fd as c_int)
    }
    fn dup3(old: c_int, new: c_int, flags: c_int) -> Result<c_int> {
        // SAFETY: see above.
        unsafe { call!(DUP3, old, new, flags) }.map(|fd| fd as c_int)
    }
    fn descriptor_flags(fd: c_int) -> Result<c_int> {
        const F_GETFD: c_int = 1;
        // SAFETY: see above.
        unsafe { call!(FCNTL, fd, F_GETFD, 0) }.map(|answer| answer as c_int)
    }
    unsafe fn fcntl(fd: c_int, command: c_int, argument: c_ulong) -> Result<c_int> {
        // SAFETY: see above.
        unsafe { blocking_call!(FCNTL, fd, command, argument) }.map(|answer| answer as c_int)
    }
    unsafe fn ioctl(fd: c_int, request: c_ulong, argument: c_ulong) -> Result<c_int> {
        // SAFETY: see above.
        unsafe { call!(IOCTL, fd, request, argument) }.map(|answer| answer as c_int)
    }
    fn pipe2(flags: c_int) -> Result<[c_int; 2]> {
        let mut ends = [0; 2];
        // SAFETY: see above.
        unsafe { call!(PIPE2, &raw mut ends, flags) }?;
        Ok(ends)
    }
    unsafe fn ppoll(
        entries: *mut c_void,
        count: c_ulong,
        timeout: *const timespec,
        mask: *const SignalSet,
    ) -> Result<c_int> {
        // The kernel writes the rest of the time back: not into the caller's.
        let mut copy;
        let mut place = core::ptr::null_mut();
        if !timeout.is_null() {
            // SAFETY: a timeout that is not null is the caller's valid timespec.
            copy = unsafe { *timeout };
            place = &raw mut copy;
        }
        // SAFETY: see above.
        unsafe { blocking_call!(PPOLL, entries, count, place, mask, size_of::<SignalSet>()) }
            .map(|answer| answer as c_int)
    }
    fn ftruncate(fd: c_int, length: off_t) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(FTRUNCATE, fd, length) }.map(drop)
    }
    fn fallocate(fd: c_int, mode: c_int, offset: off_t, length: off_t) -> Result<()> {
        // SAFETY: see above.
        unsafe { blocking_call!(FALLOCATE, fd, mode, offset, length) }.map(drop)
    }
    fn fsync(fd: c_int, data_only: bool) -> Result<()> {
        let number = if data_only { FDATASYNC } else { FSYNC };
        // SAFETY: see above.
        unsafe { blocking_call!(number, fd) }.map(drop)
    }
    fn flock(fd: c_int, operation: c_int) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(FLOCK, fd, operation) }.map(drop)
    }
    unsafe fn copy_file_range(
        input: c_int,
        input_offset: *mut off_t,
        output: c_int,
        output_offset: *mut off_t,
        length: usize,
        flags: c_uint,
    ) -> Result<usize> {
        // SAFETY: see above.
        unsafe {
            blocking_call!(
                COPY_FILE_RANGE,
                input,
                input_offset,
                output,
                output_offset,
                length,
                flags
            )
        }
    }
    unsafe fn sendfile(output: c_int, input: c_int, offset: *mut off_t, length: usize) -> Result<usize> {
        // SAFETY: see above.
        unsafe { call!(SENDFILE, output, input, offset, length) }
    }
    unsafe fn getdents(fd: c_int, buffer: *mut c_void, length: usize) -> Result<usize> {
        // SAFETY: see above.
        unsafe { call!(GETDENTS64, fd, buffer, length) }
    }
}
