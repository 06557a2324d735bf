//! Counters that are read and written as descriptors: Linux's eventfd.

use crate::errno::{EIO, returned, set_errno};
use crate::seam::*;
use crate::thread::cancel;
use crate::types::*;

/// Bytes of a value.
const BYTES: usize = size_of::<u64>();

/// 0 where all of a value was moved, else -1.
fn whole(count: c_int) -> c_int {
    match count {
        -1 => -1,
        count if count as usize == BYTES => 0,
        _ => {
            set_errno(EIO);
            -1
        }
    }
}

// SAFETY of every block below: values and places are the program's, which the system checks.
crate::export! {
    /// A counter. Flags: `EFD_SEMAPHORE`, `EFD_NONBLOCK`, `EFD_CLOEXEC`. Linux `eventfd`.
    pub unsafe extern "C" fn eventfd(initial: c_uint, flags: c_int) -> c_int {
        returned(System::event_counter(initial, flags))
    }

    /// Reads a counter. glibc `eventfd_read`.
    pub unsafe extern "C-unwind" fn eventfd_read(fd: c_int, value: *mut u64) -> c_int {
        // SAFETY: see above.
        let count = cancel::point(|| unsafe { System::read(fd, value.cast(), BYTES) });
        whole(returned(count.map(|count| count as c_int)))
    }

    /// Adds to a counter. glibc `eventfd_write`.
    pub unsafe extern "C-unwind" fn eventfd_write(fd: c_int, value: u64) -> c_int {
        // SAFETY: a local value.
        let count = cancel::point(|| unsafe { System::write(fd, (&raw const value).cast(), BYTES) });
        whole(returned(count.map(|count| count as c_int)))
    }
}
