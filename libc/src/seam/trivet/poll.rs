//! Waiting for descriptors: one call of the kernel, over any of its objects and any server's sessions.

use super::delivery::interruptible;
use super::signals::with_mask;
use super::{BLOCKING, Trivet, failed};
use crate::errno::{Errno, Result};
use crate::seam::{Memory, SignalSet};
use crate::types::*;
use trivet_abi::event::readiness;
use trivet_abi::handle::Handle;
use trivet_ipc::wait_set::{self, PollEntry};
use trivet_ipc::{In, Out};

/// C's `struct pollfd`, which has the layout of the kernel's entry.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct PollFd {
    fd: c_int,
    events: u16,
    revents: u16,
}

const _: () = assert!(size_of::<PollFd>() == size_of::<PollEntry>());

/// Bits that mean the same to the kernel.
const SAME: u16 = (readiness::SESSION | readiness::NVAL) as u16;
/// POLLRDNORM, POLLWRNORM: other names for "can be read" and "can be written". Bands of priority (POLLRDBAND, POLLWRBAND) never are ready.
const READ_NORMAL: u16 = 0x40;
const WRITE_NORMAL: u16 = 0x100;
/// Entries of one call, at most.
const LIMIT: usize = 4096;
/// Entries that are translated on the stack.
const ON_STACK: usize = 64;

/// Waits until an entry is ready. A null timeout waits for ever; a mask that is not null holds meanwhile.
///
/// # Safety
/// `entries` is an array of `count` entries; `timeout` and `mask` are null or the caller's.
pub(super) unsafe fn poll(
    entries: *mut PollFd,
    count: c_ulong,
    timeout: *const timespec,
    mask: *const SignalSet,
) -> Result<c_int> {
    let count = usize::try_from(count)
        .ok()
        .filter(|&count| count <= LIMIT)
        .ok_or(Errno::EINVAL)?;
    let deadline_ns = if timeout.is_null() {
        u64::MAX
    } else {
        // SAFETY: a timeout that is not null is the caller's timespec.
        super::clock::deadline_after(unsafe { &*timeout })?
    };
    // SAFETY: the caller's list.
    let wait = || unsafe { poll_until(entries, count, deadline_ns) };
    if mask.is_null() {
        interruptible(wait)
    } else {
        // SAFETY: a mask that is not null is the caller's set.
        with_mask(unsafe { &*mask }, wait)
    }
}

/// # Safety
/// `entries` is an array of `count` entries.
unsafe fn poll_until(entries: *mut PollFd, count: usize, deadline_ns: u64) -> Result<c_int> {
    // Without a branch for each entry: lists are long where this matters.
    let mut other = 0;
    for index in 0..count {
        // SAFETY: the caller's word.
        let entry = unsafe { &*entries.add(index) };
        other |= u32::from(entry.events & !SAME) | (entry.fd.wrapping_add(1) as u32 >> 31);
    }
    if other == 0 {
        // The kernel works on the caller's own list.
        // SAFETY: the caller's array, whose entries have the kernel's layout.
        return unsafe { call(entries.cast(), entries.cast(), count, deadline_ns) };
    }
    if count <= ON_STACK {
        let mut list = [PollEntry::default(); ON_STACK];
        // SAFETY: the list has room for `count` entries.
        return unsafe { poll_translated(entries, list.as_mut_ptr(), count, deadline_ns) };
    }
    const READ_WRITE: c_int = 3;
    const PRIVATE_ANONYMOUS: c_int = 0x22;
    let bytes = count * size_of::<PollEntry>();
    // SAFETY: new memory, used by nobody else, and unmapped again.
    unsafe {
        let list = Trivet::map(core::ptr::null_mut(), bytes, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0)?;
        let result = poll_translated(entries, list.cast(), count, deadline_ns);
        Trivet::unmap(list, bytes)?;
        result
    }
}

/// # Safety
/// `entries` and `list` are arrays of `count` entries.
unsafe fn poll_translated(
    entries: *mut PollFd,
    list: *mut PollEntry,
    count: usize,
    deadline_ns: u64,
) -> Result<c_int> {
    for index in 0..count {
        // SAFETY: inside of both arrays.
        let (wanted, entry) = unsafe { (&*entries.add(index), &mut *list.add(index)) };
        let mut interest = wanted.events & SAME;
        if wanted.events & READ_NORMAL != 0 {
            interest |= readiness::IN as u16;
        }
        if wanted.events & WRITE_NORMAL != 0 {
            interest |= readiness::OUT as u16;
        }
        *entry = PollEntry {
            handle: if wanted.fd < 0 {
                Handle::NONE.0
            } else {
                wanted.fd as u32
            },
            interest,
            ready: 0,
        };
    }
    // SAFETY: the list.
    let ready = unsafe { call(list, list, count, deadline_ns) }?;
    for index in 0..count {
        // SAFETY: inside of both arrays.
        let (wanted, entry) = unsafe { (&mut *entries.add(index), &*list.add(index)) };
        let mut bits = entry.ready & (wanted.events | !(readiness::IN | readiness::OUT) as u16);
        if entry.ready & readiness::IN as u16 != 0 {
            bits |= wanted.events & READ_NORMAL;
        }
        if entry.ready & readiness::OUT as u16 != 0 {
            bits |= wanted.events & WRITE_NORMAL;
        }
        wanted.revents = bits;
    }
    Ok(ready)
}

/// # Safety
/// Both are arrays of `count` entries, and may be the same.
unsafe fn call(
    wanted: *const PollEntry,
    ready: *mut PollEntry,
    count: usize,
    deadline_ns: u64,
) -> Result<c_int> {
    let set = super::threads::wait_set()?;
    let wanted = In::<[PollEntry]>::from_raw(wanted, count);
    // SAFETY: the caller's word.
    let ready = unsafe { Out::<[PollEntry]>::from_raw(ready, count) };
    wait_set::poll_with(BLOCKING, set, deadline_ns, wanted, ready)
        .map(|ready| ready as c_int)
        .map_err(failed)
}
