//! Reading and writing several buffers at once: one message, so that a pipe or an appended file gets them in one piece.

use super::{BLOCKING, descriptor, failed};
use crate::errno::{Errno, Result};
use crate::types::*;
use trivet_abi::handle::Handle;
use trivet_abi::message::{Segment, request};
use trivet_ipc::file::{self, FileError};
use trivet_ipc::{ExtensionBlock, In, Out};

/// Bytes that one call moves, at most: Linux's limit.
pub(super) const MOVED_MAX: usize = 0x7fff_f000;
/// Buffers of one call, at most.
const IOV_MAX: c_int = 1024;

/// The buffers as segments of a message, and their bytes.
///
/// # Safety
/// `buffers` is an array of `count` entries, unless `count` is refused.
unsafe fn segments<'a>(buffers: *const iovec, count: c_int) -> Result<(&'a [Segment], usize)> {
    const { assert!(size_of::<iovec>() == size_of::<Segment>() && align_of::<iovec>() == align_of::<Segment>()) };
    if !(0..=IOV_MAX).contains(&count) {
        return Err(Errno::EINVAL);
    }
    if count == 0 {
        return Ok((&[], 0));
    }
    // SAFETY: the caller's array. A buffer and a segment are both an address and a length, in this order.
    let segments = unsafe { core::slice::from_raw_parts(buffers.cast::<Segment>(), count as usize) };
    let total = segments
        .iter()
        .try_fold(0usize, |total, segment| {
            total.checked_add(segment.length as usize)
        })
        .filter(|&total| isize::try_from(total).is_ok())
        .ok_or(Errno::EINVAL)?;
    // What is more than one call moves makes it short; so large a list is cut to its first buffers.
    if total > MOVED_MAX {
        let mut fits = 0;
        let mut sum = 0;
        for segment in segments {
            if sum + segment.length as usize > MOVED_MAX {
                break;
            }
            sum += segment.length as usize;
            fits += 1;
        }
        return Ok((&segments[..fits.max(1)], sum));
    }
    Ok((segments, total))
}

/// Reads into each buffer in turn, at `offset` or at the open file's.
///
/// # Safety
/// `buffers` is an array of `count` entries that name memory of the caller's.
pub(super) unsafe fn read(
    fd: c_int,
    buffers: *const iovec,
    count: c_int,
    offset: Option<off_t>,
) -> Result<usize> {
    let handle = descriptor(fd)?;
    // SAFETY: the caller's word.
    let (segments, total) = unsafe { segments(buffers, count) }?;
    if let [only] = segments {
        let place = core::ptr::with_exposed_provenance_mut::<u8>(only.address as usize);
        // SAFETY: the caller's memory.
        let room = unsafe { Out::<[u8]>::from_raw(place, (only.length as usize).min(MOVED_MAX)) };
        return match offset {
            Some(offset) => file::read_at_with(BLOCKING, handle, offset, only.length, room),
            None => file::read_with(BLOCKING, handle, only.length, room),
        }
        .map(|count| count as usize)
        .map_err(failed);
    }
    let mut block = ExtensionBlock::new();
    // SAFETY: the caller's memory.
    unsafe { block.scatter_raw(segments) };
    let (method, words) = match offset {
        Some(offset) => (file::method::READ_AT, [offset as u64, total as u64, 0, 0, 0, 0]),
        None => (file::method::READ, [total as u64, 0, 0, 0, 0, 0]),
    };
    moved(handle, method, words, block)
}

/// Writes each buffer in turn, at `offset` or at the open file's.
///
/// # Safety
/// `buffers` is an array of `count` entries.
pub(super) unsafe fn write(
    fd: c_int,
    buffers: *const iovec,
    count: c_int,
    offset: Option<off_t>,
) -> Result<usize> {
    let handle = descriptor(fd)?;
    // SAFETY: the caller's word.
    let (segments, _) = unsafe { segments(buffers, count) }?;
    if let [only] = segments {
        let place = core::ptr::with_exposed_provenance::<u8>(only.address as usize);
        let bytes = In::<[u8]>::from_raw(place, (only.length as usize).min(MOVED_MAX));
        return match offset {
            Some(offset) => file::write_at_with(BLOCKING, handle, offset, bytes),
            None => file::write_with(BLOCKING, handle, bytes),
        }
        .map(|count| count as usize)
        .map_err(failed);
    }
    match offset {
        Some(offset) => file::write_at_vectored(BLOCKING, handle, offset, segments),
        None => file::write_vectored(BLOCKING, handle, segments),
    }
    .map(|count| count as usize)
    .map_err(failed)
}

fn moved(handle: Handle, method: u8, words: [u64; 6], block: ExtensionBlock<'_>) -> Result<usize> {
    let message = request::header(file::INTERFACE, method);
    let outcome = BLOCKING.call_extended(handle, message, words, block);
    outcome.check::<FileError>().map_err(failed)?;
    Ok(outcome.words[0] as usize)
}
