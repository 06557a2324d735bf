//! Reading and writing. POSIX.1-2024 `read`, `write`, `pread`, `readv`, `lseek` and their families.

use crate::errno::{Errno, Result, returned, returned_status};
use crate::seam::*;
use crate::thread::cancel;
use crate::types::*;

const RWF_NONE: c_int = 0;

fn size(result: Result<usize>) -> ssize_t {
    returned(result.map(|bytes| bytes as ssize_t))
}

// SAFETY of every block below: buffers are the caller's, and the system checks them.
crate::export! {
    /// Reads at most `length` bytes. POSIX.1-2024 `read`.
    pub unsafe extern "C-unwind" fn read(fd: c_int, buffer: *mut c_void, length: size_t) -> ssize_t {
        // SAFETY: see above.
        size(cancel::point(|| unsafe { System::read(fd, buffer, length) }))
    }

    /// Writes at most `length` bytes. POSIX.1-2024 `write`.
    pub unsafe extern "C-unwind" fn write(fd: c_int, buffer: *const c_void, length: size_t) -> ssize_t {
        // SAFETY: see above.
        size(cancel::point(|| unsafe { System::write(fd, buffer, length) }))
    }

    /// Reads at an offset. POSIX.1-2024 `pread`.
    pub unsafe extern "C-unwind" fn pread(
        fd: c_int,
        buffer: *mut c_void,
        length: size_t,
        offset: off_t,
    ) -> ssize_t {
        // SAFETY: see above.
        size(cancel::point(|| unsafe { System::pread(fd, buffer, length, offset) }))
    }

    /// Writes at an offset. POSIX.1-2024 `pwrite`.
    pub unsafe extern "C-unwind" fn pwrite(
        fd: c_int,
        buffer: *const c_void,
        length: size_t,
        offset: off_t,
    ) -> ssize_t {
        // SAFETY: see above.
        size(cancel::point(|| unsafe { System::pwrite(fd, buffer, length, offset) }))
    }

    /// Reads into several buffers. POSIX.1-2024 `readv`.
    pub unsafe extern "C-unwind" fn readv(fd: c_int, buffers: *const iovec, count: c_int) -> ssize_t {
        // SAFETY: see above.
        size(cancel::point(|| unsafe { System::readv(fd, buffers, count) }))
    }

    /// Writes from several buffers. POSIX.1-2024 `writev`.
    pub unsafe extern "C-unwind" fn writev(fd: c_int, buffers: *const iovec, count: c_int) -> ssize_t {
        // SAFETY: see above.
        size(cancel::point(|| unsafe { System::writev(fd, buffers, count) }))
    }

    /// Reads into several buffers at an offset. BSD, Linux `preadv`.
    pub unsafe extern "C-unwind" fn preadv(
        fd: c_int,
        buffers: *const iovec,
        count: c_int,
        offset: off_t,
    ) -> ssize_t {
        if offset < 0 {
            return size(Err(Errno::EINVAL));
        }
        // SAFETY: see above.
        size(cancel::point(|| unsafe { System::preadv2(fd, buffers, count, offset, RWF_NONE) }))
    }

    /// Writes from several buffers at an offset. BSD, Linux `pwritev`.
    pub unsafe extern "C-unwind" fn pwritev(
        fd: c_int,
        buffers: *const iovec,
        count: c_int,
        offset: off_t,
    ) -> ssize_t {
        if offset < 0 {
            return size(Err(Errno::EINVAL));
        }
        // SAFETY: see above.
        size(cancel::point(|| unsafe { System::pwritev2(fd, buffers, count, offset, RWF_NONE) }))
    }

    /// As `preadv`, with flags; offset -1 is the file's own. Linux `preadv2`.
    pub unsafe extern "C-unwind" fn preadv2(
        fd: c_int,
        buffers: *const iovec,
        count: c_int,
        offset: off_t,
        flags: c_int,
    ) -> ssize_t {
        // SAFETY: see above.
        size(cancel::point(|| unsafe { System::preadv2(fd, buffers, count, offset, flags) }))
    }

    /// As `pwritev`, with flags; offset -1 is the file's own. Linux `pwritev2`.
    pub unsafe extern "C-unwind" fn pwritev2(
        fd: c_int,
        buffers: *const iovec,
        count: c_int,
        offset: off_t,
        flags: c_int,
    ) -> ssize_t {
        // SAFETY: see above.
        size(cancel::point(|| unsafe { System::pwritev2(fd, buffers, count, offset, flags) }))
    }

    /// Moves the file's offset. POSIX.1-2024 `lseek`.
    pub unsafe extern "C" fn lseek(fd: c_int, offset: off_t, whence: c_int) -> off_t {
        returned(System::lseek(fd, offset, whence))
    }

    /// Writes a file to its device. POSIX.1-2024 `fsync`.
    pub unsafe extern "C-unwind" fn fsync(fd: c_int) -> c_int {
        returned_status(cancel::point(|| System::fsync(fd, false)))
    }

    /// Writes a file's data to its device. POSIX.1-2024 `fdatasync`.
    pub unsafe extern "C-unwind" fn fdatasync(fd: c_int) -> c_int {
        returned_status(cancel::point(|| System::fsync(fd, true)))
    }

    /// Writes everything to the devices. POSIX.1-2024 `sync`.
    pub unsafe extern "C" fn sync() {
        System::sync();
    }

    /// Sends from a file to a descriptor. Linux `sendfile`.
    pub unsafe extern "C" fn sendfile(output: c_int, input: c_int, offset: *mut off_t, length: size_t) -> ssize_t {
        // SAFETY: see above.
        size(unsafe { System::sendfile(output, input, offset, length) })
    }

    /// Copies between two files. Linux `copy_file_range`.
    pub unsafe extern "C-unwind" fn copy_file_range(
        input: c_int,
        input_offset: *mut off_t,
        output: c_int,
        output_offset: *mut off_t,
        length: size_t,
        flags: c_uint,
    ) -> ssize_t {
        // SAFETY: see above.
        size(cancel::point(|| unsafe {
            System::copy_file_range(input, input_offset, output, output_offset, length, flags)
        }))
    }

    /// As `read`; ends the program when the buffer is too small. Fortified `read`.
    pub unsafe extern "C-unwind" fn __read_chk(
        fd: c_int,
        buffer: *mut c_void,
        length: size_t,
        buffer_length: size_t,
    ) -> ssize_t {
        // SAFETY: see above.
        unsafe {
            if length > buffer_length {
                crate::signal::abort::__chk_fail();
            }
            read(fd, buffer, length)
        }
    }

    /// As `pread`; ends the program when the buffer is too small. Fortified `pread`.
    pub unsafe extern "C-unwind" fn __pread_chk(
        fd: c_int,
        buffer: *mut c_void,
        length: size_t,
        offset: off_t,
        buffer_length: size_t,
    ) -> ssize_t {
        // SAFETY: see above.
        unsafe {
            if length > buffer_length {
                crate::signal::abort::__chk_fail();
            }
            pread(fd, buffer, length, offset)
        }
    }
}
crate::alias!(__read = read);
crate::alias!(__write = write);
crate::alias!(pread64 = pread);
crate::alias!(__pread64 = pread);
crate::alias!(pwrite64 = pwrite);
crate::alias!(__pwrite64 = pwrite);
crate::alias!(__pread64_chk = __pread_chk);
crate::alias!(preadv64 = preadv);
crate::alias!(pwritev64 = pwritev);
crate::alias!(preadv64v2 = preadv2);
crate::alias!(pwritev64v2 = pwritev2);
crate::alias!(lseek64 = lseek);
crate::alias!(llseek = lseek);
crate::alias!(__lseek = lseek);
crate::alias!(sendfile64 = sendfile);
