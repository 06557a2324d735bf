//! Where a stream stands, and moving it. All under the stream's lock.

use super::device::{SEEK_CUR, SEEK_SET};
use super::file::{File, flag};
use super::{input, output};
use crate::errno::{Errno, Result};
use crate::types::*;

/// The position of the next byte to be read or written.
pub fn tell(file: &mut File) -> Result<off_t> {
    // What an appending stream holds will go to the end, wherever the device stands.
    if file.has(flag::APPENDING) && file.pending() > 0 {
        output::flush(file)?;
    }
    // SAFETY: seeking has no condition.
    let device = unsafe { (file.operations.seek)(file, 0, SEEK_CUR)? };
    let position = if file.has(flag::PUTTING) {
        device.checked_add(file.pending() as off_t)
    } else {
        device.checked_sub(file.read_ahead() as off_t)
    };
    // Bytes pushed back at the start of a file leave the position indeterminate; it is never negative.
    position.map(|position| position.max(0)).ok_or(Errno::EOVERFLOW)
}

/// Moves the stream: writes what is pending, forgets what was read ahead, clears the end of the file.
pub fn seek(file: &mut File, offset: off_t, whence: c_int) -> Result<off_t> {
    if !matches!(whence, 0..=2) {
        return Err(Errno::EINVAL);
    }
    input::leave_writing(file)?;
    let (mut offset, mut whence) = (offset, whence);
    if whence == SEEK_CUR && file.read_ahead() > 0 {
        // SAFETY: seeking has no condition.
        let device = unsafe { (file.operations.seek)(file, 0, SEEK_CUR)? };
        let ahead = file.read_ahead() as off_t;
        offset = device
            .checked_sub(ahead)
            .and_then(|here| here.checked_add(offset))
            .ok_or(Errno::EOVERFLOW)?;
        whence = SEEK_SET;
    }
    if whence == SEEK_SET && offset < 0 {
        return Err(Errno::EINVAL);
    }
    // SAFETY: seeking has no condition.
    let position = unsafe { (file.operations.seek)(file, offset, whence)? };
    file.discard_input();
    file.flags &= !flag::END;
    Ok(position)
}

/// Makes device and stream agree: what is pending is written; what was read ahead is given back to a device that
/// can seek, and kept for the program where it cannot. POSIX fflush.
pub fn synchronise(file: &mut File) -> Result<()> {
    if file.has(flag::PUTTING) {
        return output::flush(file);
    }
    let ahead = file.read_ahead();
    if ahead > 0 {
        // SAFETY: seeking has no condition.
        match unsafe { (file.operations.seek)(file, 0, SEEK_CUR) } {
            Ok(device) => {
                let position = device.saturating_sub(ahead as off_t).max(0);
                // SAFETY: as above.
                unsafe { (file.operations.seek)(file, position, SEEK_SET)? };
                file.discard_input();
            }
            Err(Errno::ESPIPE) => (),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
