//! What is behind a stream: four operations, and those of a descriptor.

use super::file::File;
use crate::errno::Result;
use crate::seam::{Files, System};
use crate::types::*;

/// Where a seek starts from: the beginning.
pub const SEEK_SET: c_int = 0;
/// Where a seek starts from: the current position.
pub const SEEK_CUR: c_int = 1;
/// Where a seek starts from: the end.
pub const SEEK_END: c_int = 2;

/// The operations of a device.
pub struct Operations {
    /// Reads at most so many bytes; 0 at the end.
    pub read: unsafe fn(&mut File, *mut u8, usize) -> Result<usize>,
    /// Writes at most so many bytes.
    pub write: unsafe fn(&mut File, *const u8, usize) -> Result<usize>,
    /// Moves the device's position and returns it.
    pub seek: unsafe fn(&mut File, off_t, c_int) -> Result<off_t>,
    /// Ends the use of the device.
    pub close: unsafe fn(&mut File) -> Result<()>,
}

/// The operations of a descriptor.
pub static DESCRIPTOR: Operations = Operations {
    // SAFETY: the buffers are valid as the callers promise; the system checks them once more.
    read: |file, buffer, length| unsafe { System::read(file.fileno, buffer.cast(), length) },
    // SAFETY: as above.
    write: |file, data, length| unsafe { System::write(file.fileno, data.cast(), length) },
    seek: |file, offset, whence| System::lseek(file.fileno, offset, whence),
    close: |file| System::close(file.fileno),
};

/// Writes to a descriptor without a stream.
pub fn write(fd: c_int, data: &[u8]) -> Result<usize> {
    // SAFETY: the slice is valid memory.
    unsafe { System::write(fd, data.as_ptr().cast(), data.len()) }
}

/// Whether a descriptor is a terminal.
pub fn is_terminal(fd: c_int) -> bool {
    const TCGETS: c_ulong = 0x5401;
    // The system's structure of terminal settings has 36 bytes; some more do no harm.
    let mut settings = [0u32; 16];
    // SAFETY: the buffer has room for what the command stores.
    unsafe { System::ioctl(fd, TCGETS, settings.as_mut_ptr().expose_provenance() as c_ulong).is_ok() }
}
