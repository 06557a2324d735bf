//! Open files: messages of the `File` interface on descriptors, and the kernel's services on their slots.

use super::delivery::restartable;
use super::terminal::{SIGTTIN, SIGTTOU, job_control};
use super::vectored::{self, MOVED_MAX};
use super::{BLOCKING, Trivet, close_own, descriptor, failed, failed_or, foreign, path_from};
use crate::errno::{Errno, Result};
use crate::seam::{Files, SignalSet, Signals, Threads};
use crate::types::*;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use trivet_abi::error::CallError;
use trivet_abi::handle::Handle;
use trivet_ipc::file::{self, LockKind, LockOwner, LockRange, Whence};
use trivet_ipc::process::Placement;
use trivet_ipc::shared::OpenFlags;
use trivet_ipc::{CallOptions, In, Out, process};

const O_CLOEXEC: c_int = 0o2000000;
const O_RDWR: c_int = 2;
const F_DUPFD: c_int = 0;
const F_GETFD: c_int = 1;
const F_SETFD: c_int = 2;
const F_GETFL: c_int = 3;
const F_SETFL: c_int = 4;
const F_GETLK: c_int = 5;
const F_SETLK: c_int = 6;
const F_SETLKW: c_int = 7;
const F_OFD_GETLK: c_int = 36;
const F_OFD_SETLK: c_int = 37;
const F_OFD_SETLKW: c_int = 38;
const F_DUPFD_CLOEXEC: c_int = 1030;
const F_SETPIPE_SZ: c_int = 1031;
const F_GETPIPE_SZ: c_int = 1032;
const FD_CLOEXEC: c_int = 1;
const CLOSE_RANGE_CLOEXEC: c_int = 4;
/// Descriptors that one process may have, where no limit was set lower.
pub(super) const DESCRIPTOR_LIMIT: u32 = Handle::DESCRIPTOR_END;

/// File mode creation mask: the library's own, it travels in each message that makes a file.
static MASK: AtomicU32 = AtomicU32::new(0o022);

/// The mask.
pub(super) fn mask() -> u32 {
    MASK.load(Ordering::Relaxed)
}

/// Sets the mask; the old one.
pub(super) fn set_mask(mask: u32) -> u32 {
    MASK.swap(mask & 0o777, Ordering::Relaxed)
}

/// Whether this process ever took a record lock: then closing any descriptor of a file gives up what it has there.
static RECORD_LOCKS: AtomicBool = AtomicBool::new(false);
/// The process may have record locks from now on.
pub(super) fn has_record_locks() {
    RECORD_LOCKS.store(true, Ordering::Relaxed);
}

/// Free descriptors in a row after which no more are looked for.
const LONGEST_GAP: u32 = 1024;

/// POSIX: a process that closes any descriptor of a file gives up its record locks there.
#[inline]
fn release_locks(handle: Handle) {
    if RECORD_LOCKS.load(Ordering::Relaxed) {
        // What is no file has no locks.
        let _ = file::close_locks(handle);
    }
}

/// C's `struct flock`.
#[repr(C)]
struct Flock {
    kind: c_short,
    whence: c_short,
    start: off_t,
    length: off_t,
    process: pid_t,
}

/// The session for what has no name.
pub(super) fn file_server() -> Handle {
    Handle::bootstrap(trivet_abi::start::program_handle::FILE_SERVER)
}

/// Room that a system call fills, as a message's buffer.
///
/// # Safety
/// Where it is mapped writable, it is the caller's to write during the call.
unsafe fn room<'a>(buffer: *mut c_void, length: usize) -> Out<'a, [u8]> {
    // SAFETY: the caller's word.
    unsafe { Out::<[u8]>::from_raw(buffer.cast(), length.min(MOVED_MAX)) }
}

/// POSIX: a write that nobody can read raises SIGPIPE in the thread that made it, and one beyond the limit of file sizes SIGXFSZ.
#[cold]
pub(super) fn raised(error: Errno) -> Errno {
    const SIGPIPE: c_int = 13;
    const SIGXFSZ: c_int = 25;
    const RLIMIT_FSIZE: u32 = 1;
    let signal = match error {
        Errno::EPIPE => SIGPIPE,
        // A file can also be too large for its file system, where there is no limit.
        Errno::EFBIG
            if trivet_ipc::processes::limit(Handle::PROCESS_SERVER, 0, RLIMIT_FSIZE)
                .is_ok_and(|limit| limit.soft != u64::MAX) =>
        {
            SIGXFSZ
        }
        _ => return error,
    };
    // The error is reported whatever becomes of the signal.
    let _ = Trivet::kill_thread(Trivet::thread_id(), signal);
    error
}

impl Files for Trivet {
    #[inline]
    unsafe fn read(fd: c_int, buffer: *mut c_void, length: usize) -> Result<usize> {
        let handle = descriptor(fd)?;
        restartable(|| {
            job_control(handle, SIGTTIN, || {
                // SAFETY: the caller's buffer.
                let room = unsafe { room(buffer, length) };
                file::read_with(BLOCKING, handle, length as u64, room)
                    .map(|count| count as usize)
                    .map_err(failed)
            })
        })
    }
    #[inline]
    unsafe fn write(fd: c_int, buffer: *const c_void, length: usize) -> Result<usize> {
        let handle = descriptor(fd)?;
        let bytes = In::<[u8]>::from_raw(buffer.cast(), length.min(MOVED_MAX));
        restartable(|| {
            job_control(handle, SIGTTOU, || {
                file::write_with(BLOCKING, handle, bytes)
                    .map(|count| count as usize)
                    .map_err(failed)
            })
        })
        .map_err(raised)
    }
    unsafe fn readv(fd: c_int, buffers: *const iovec, count: c_int) -> Result<usize> {
        let handle = descriptor(fd)?;
        restartable(|| {
            // SAFETY: the caller's array.
            job_control(handle, SIGTTIN, || unsafe {
                vectored::read(fd, buffers, count, None)
            })
        })
    }
    unsafe fn writev(fd: c_int, buffers: *const iovec, count: c_int) -> Result<usize> {
        let handle = descriptor(fd)?;
        restartable(|| {
            // SAFETY: the caller's array.
            job_control(handle, SIGTTOU, || unsafe {
                vectored::write(fd, buffers, count, None)
            })
        })
        .map_err(raised)
    }
    #[inline]
    unsafe fn pread(fd: c_int, buffer: *mut c_void, length: usize, offset: off_t) -> Result<usize> {
        let handle = descriptor(fd)?;
        restartable(|| {
            // SAFETY: the caller's buffer.
            let room = unsafe { room(buffer, length) };
            file::read_at_with(BLOCKING, handle, offset, length as u64, room)
                .map(|count| count as usize)
                .map_err(failed)
        })
    }
    #[inline]
    unsafe fn pwrite(fd: c_int, buffer: *const c_void, length: usize, offset: off_t) -> Result<usize> {
        let handle = descriptor(fd)?;
        let bytes = In::<[u8]>::from_raw(buffer.cast(), length.min(MOVED_MAX));
        restartable(|| {
            file::write_at_with(BLOCKING, handle, offset, bytes)
                .map(|count| count as usize)
                .map_err(failed)
        })
        .map_err(raised)
    }
    unsafe fn preadv2(
        fd: c_int,
        buffers: *const iovec,
        count: c_int,
        offset: off_t,
        flags: c_int,
    ) -> Result<usize> {
        if flags != 0 {
            return Err(Errno::EOPNOTSUPP);
        }
        if offset == -1 {
            // SAFETY: the caller's array.
            return unsafe { Self::readv(fd, buffers, count) };
        }
        // SAFETY: the caller's array.
        restartable(|| unsafe { vectored::read(fd, buffers, count, Some(offset)) })
    }
    unsafe fn pwritev2(
        fd: c_int,
        buffers: *const iovec,
        count: c_int,
        offset: off_t,
        flags: c_int,
    ) -> Result<usize> {
        if flags != 0 {
            return Err(Errno::EOPNOTSUPP);
        }
        if offset == -1 {
            // SAFETY: the caller's array.
            return unsafe { Self::writev(fd, buffers, count) };
        }
        // SAFETY: the caller's array.
        restartable(|| unsafe { vectored::write(fd, buffers, count, Some(offset)) }).map_err(raised)
    }
    fn lseek(fd: c_int, offset: off_t, whence: c_int) -> Result<off_t> {
        let whence = Whence::from_number(whence as u64).ok_or(Errno::EINVAL)?;
        file::seek(descriptor(fd)?, offset, whence).map_err(failed_or(Errno::ESPIPE))
    }
    unsafe fn openat(directory: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> Result<c_int> {
        // SAFETY: the caller's path.
        let (from, path) = unsafe { path_from(directory, path) }?;
        let options = BLOCKING.into_descriptor(flags & O_CLOEXEC != 0);
        // Linux leaves flags that it does not know out; the server refuses them.
        let known = OpenFlags::from_word(flags as u32 as u64 & OpenFlags::ALL.word());
        foreign::open_descriptor(options, from, path, known, mode, mask()).map(|file| file.0 as c_int)
    }
    fn close(fd: c_int) -> Result<()> {
        let handle = descriptor(fd)?;
        release_locks(handle);
        process::close(Handle::PROCESS, handle.0, handle.0).map_err(failed)
    }
    fn close_range(first: c_uint, last: c_uint, flags: c_int) -> Result<()> {
        if first > last || flags & !CLOSE_RANGE_CLOEXEC != 0 {
            return Err(Errno::EINVAL);
        }
        let last = last.min(Handle::DESCRIPTOR_END - 1);
        if first > last {
            return Ok(());
        }
        if flags & CLOSE_RANGE_CLOEXEC == 0 && RECORD_LOCKS.load(Ordering::Relaxed) {
            // Descriptors are given from the lowest number on: behind a long row of free ones there are none.
            let mut free = 0;
            for number in first..=last {
                let handle = Handle(number);
                free = if file::flags(handle).is_ok() { 0 } else { free + 1 };
                release_locks(handle);
                if free > LONGEST_GAP {
                    break;
                }
            }
        }
        let done = if flags & CLOSE_RANGE_CLOEXEC != 0 {
            process::set_close_on_exec(Handle::PROCESS, first, last, true)
        } else {
            process::close(Handle::PROCESS, first, last)
        };
        match done.map_err(failed) {
            // No descriptor in the range is no error.
            Err(Errno::EBADF) | Ok(()) => Ok(()),
            Err(error) => Err(error),
        }
    }
    fn dup(fd: c_int) -> Result<c_int> {
        duplicate(fd, 0, Placement::LowestFrom, false)
    }
    fn dup3(old: c_int, new: c_int, flags: c_int) -> Result<c_int> {
        if old == new || flags & !O_CLOEXEC != 0 {
            return Err(Errno::EINVAL);
        }
        let new_handle = descriptor(new)?;
        if RECORD_LOCKS.load(Ordering::Relaxed) {
            // With a closed `old` nothing happens, to locks neither.
            Trivet::descriptor_flags(old)?;
            release_locks(new_handle);
        }
        duplicate(old, new, Placement::Exact, flags & O_CLOEXEC != 0)
    }
    fn descriptor_flags(fd: c_int) -> Result<c_int> {
        let mut info = process::SlotInfo::default();
        process::slot_info(Handle::PROCESS, descriptor(fd)?.0, &mut info).map_err(failed)?;
        Ok((info.flags & 1) as c_int)
    }
    unsafe fn fcntl(fd: c_int, command: c_int, argument: c_ulong) -> Result<c_int> {
        let handle = descriptor(fd)?;
        match command {
            F_DUPFD | F_DUPFD_CLOEXEC => {
                let first = c_int::try_from(argument as i64)
                    .ok()
                    .filter(|&first| descriptor(first).is_ok());
                let first = first.ok_or(Errno::EINVAL)?;
                duplicate(fd, first, Placement::LowestFrom, command == F_DUPFD_CLOEXEC)
            }
            F_GETFD => Trivet::descriptor_flags(fd),
            F_SETFD => {
                let set = argument as c_int & FD_CLOEXEC != 0;
                process::set_close_on_exec(Handle::PROCESS, handle.0, handle.0, set).map_err(failed)?;
                Ok(0)
            }
            F_GETFL => match file::flags(handle) {
                Ok(flags) => Ok(flags.word() as c_int),
                // A set of descriptors (epoll) is nobody's file.
                Err(failure) if failure.call() == Some(CallError::WrongObject) => Ok(O_RDWR),
                Err(failure) => Err(failed(failure)),
            },
            F_SETFL => {
                let flags = OpenFlags::from_word(argument & OpenFlags::ALL.word());
                match file::set_flags(handle, flags) {
                    Err(failure) if failure.call() != Some(CallError::WrongObject) => Err(failed(failure)),
                    _ => Ok(0),
                }
            }
            // SAFETY: the command's argument is a `struct flock`, by the caller's word.
            F_GETLK | F_OFD_GETLK => unsafe { test_lock(handle, command == F_OFD_GETLK, argument) },
            F_SETLK | F_SETLKW | F_OFD_SETLK | F_OFD_SETLKW => {
                let of_file = matches!(command, F_OFD_SETLK | F_OFD_SETLKW);
                let wait = matches!(command, F_SETLKW | F_OFD_SETLKW);
                // SAFETY: as above.
                unsafe { set_lock(handle, of_file, wait, argument) }
            }
            F_SETPIPE_SZ | F_GETPIPE_SZ => {
                let size = if command == F_GETPIPE_SZ {
                    0
                } else {
                    // Linux takes an int; what is negative is too large.
                    u64::from(argument as u32).max(1)
                };
                trivet_ipc::file_server::pipe_capacity(file_server(), handle, size)
                    .map(|size| size as c_int)
                    .map_err(failed)
            }
            _ => Err(Errno::EINVAL),
        }
    }
    unsafe fn ioctl(fd: c_int, request: c_ulong, argument: c_ulong) -> Result<c_int> {
        // SAFETY: the caller's word.
        unsafe { super::terminal::ioctl(fd, request, argument) }
    }
    fn pipe2(flags: c_int) -> Result<[c_int; 2]> {
        let options = CallOptions::DEFAULT.into_descriptor(flags & O_CLOEXEC != 0);
        let known = OpenFlags::from_word(flags as u32 as u64 & OpenFlags::ALL.word());
        let ends = trivet_ipc::file_server::pipe_with(options, file_server(), known).map_err(failed)?;
        Ok([ends.read_end.0 as c_int, ends.write_end.0 as c_int])
    }
    unsafe fn ppoll(
        entries: *mut c_void,
        count: c_ulong,
        timeout: *const timespec,
        mask: *const SignalSet,
    ) -> Result<c_int> {
        // SAFETY: the caller's list, time and set.
        unsafe { super::poll::poll(entries.cast(), count, timeout, mask) }
    }
    fn ftruncate(fd: c_int, length: off_t) -> Result<()> {
        file::set_size(descriptor(fd)?, length)
            .map_err(failed)
            .map_err(raised)
    }
    fn fallocate(fd: c_int, mode: c_int, offset: off_t, length: off_t) -> Result<()> {
        file::allocate(descriptor(fd)?, mode as u32 as u64, offset, length)
            .map_err(failed)
            .map_err(raised)
    }
    fn fsync(fd: c_int, data_only: bool) -> Result<()> {
        let handle = descriptor(fd)?;
        restartable(|| file::sync_with(BLOCKING, handle, data_only).map_err(failed))
    }
    fn flock(fd: c_int, operation: c_int) -> Result<()> {
        const LOCK_NON_BLOCK: c_int = 4;
        let kind = match operation & !LOCK_NON_BLOCK {
            1 => LockKind::Shared,
            2 => LockKind::Exclusive,
            8 => LockKind::Unlock,
            _ => return Err(Errno::EINVAL),
        };
        let wait = operation & LOCK_NON_BLOCK == 0;
        let range = LockRange::default();
        let handle = descriptor(fd)?;
        restartable(|| {
            file::lock_with(BLOCKING, handle, LockOwner::Whole, kind, wait, &range).map_err(failed)
        })
    }
    unsafe fn copy_file_range(
        input: c_int,
        input_offset: *mut off_t,
        output: c_int,
        output_offset: *mut off_t,
        length: usize,
        flags: c_uint,
    ) -> Result<usize> {
        if flags != 0 {
            return Err(Errno::EINVAL);
        }
        // SAFETY: an offset that is not null is the caller's to read and write.
        let read = |place: *mut off_t| if place.is_null() { -1 } else { unsafe { *place } };
        let (source_offset, offset) = (read(input_offset), read(output_offset));
        let (source, target) = (descriptor(input)?, descriptor(output)?);
        let count = restartable(|| {
            file::copy_range_with(BLOCKING, target, source, source_offset, offset, length as u64)
                .map_err(failed)
        })
        .map_err(raised)?;
        for place in [input_offset, output_offset] {
            if !place.is_null() {
                // SAFETY: as above.
                unsafe { *place += count as off_t };
            }
        }
        Ok(count as usize)
    }
    unsafe fn sendfile(output: c_int, input: c_int, offset: *mut off_t, length: usize) -> Result<usize> {
        // SAFETY: the caller's offset; the target's own offset moves.
        unsafe { Self::copy_file_range(input, offset, output, core::ptr::null_mut(), length, 0) }
    }
    unsafe fn getdents(fd: c_int, buffer: *mut c_void, length: usize) -> Result<usize> {
        let handle = descriptor(fd)?;
        // SAFETY: the caller's buffer.
        let room = unsafe { room(buffer, length) };
        file::entries(handle, room)
            .map(|count| count as usize)
            .map_err(failed_or(Errno::ENOTDIR))
    }
}

/// Duplicates a descriptor.
fn duplicate(fd: c_int, target: c_int, placement: Placement, close_on_exec: bool) -> Result<c_int> {
    let source = descriptor(fd)?;
    process::duplicate(
        Handle::PROCESS,
        source.0,
        target as u32,
        placement,
        close_on_exec,
        DESCRIPTOR_LIMIT,
    )
    .map(|handle| handle as c_int)
    .map_err(failed)
}

fn lock_kind(kind: c_short) -> Result<LockKind> {
    match kind {
        0 => Ok(LockKind::Shared),
        1 => Ok(LockKind::Exclusive),
        2 => Ok(LockKind::Unlock),
        _ => Err(Errno::EINVAL),
    }
}

fn lock_owner(of_file: bool) -> LockOwner {
    if of_file {
        LockOwner::OpenFile
    } else {
        LockOwner::Process
    }
}

fn lock_range(lock: &Flock) -> LockRange {
    LockRange {
        whence: lock.whence as u64,
        start: lock.start,
        length: lock.length,
        process: 0,
    }
}

/// # Safety
/// `argument` is the address of a `struct flock`.
unsafe fn set_lock(handle: Handle, of_file: bool, wait: bool, argument: c_ulong) -> Result<c_int> {
    // SAFETY: the caller's word.
    let lock = unsafe { &*core::ptr::with_exposed_provenance::<Flock>(argument as usize) };
    let (owner, kind) = (lock_owner(of_file), lock_kind(lock.kind)?);
    if !of_file && kind != LockKind::Unlock {
        has_record_locks();
        super::page::keep_record_locks();
    }
    restartable(|| file::lock_with(BLOCKING, handle, owner, kind, wait, &lock_range(lock)).map_err(failed))
        .map(|()| 0)
}

/// # Safety
/// As `set_lock`; the structure is written.
unsafe fn test_lock(handle: Handle, of_file: bool, argument: c_ulong) -> Result<c_int> {
    // SAFETY: the caller's word.
    let lock = unsafe { &mut *core::ptr::with_exposed_provenance_mut::<Flock>(argument as usize) };
    let (owner, kind) = (lock_owner(of_file), lock_kind(lock.kind)?);
    let mut found = LockRange::default();
    let kind = file::test_lock(handle, owner, kind, &lock_range(lock), &mut found).map_err(failed)?;
    lock.kind = kind.number() as c_short;
    if kind != LockKind::Unlock {
        lock.whence = found.whence as c_short;
        lock.start = found.start;
        lock.length = found.length;
        lock.process = found.process as pid_t;
    }
    Ok(0)
}

/// The file's contents as a Memory, for `mmap`. The handle is the caller's to close.
pub(super) fn contents(fd: c_int, kind: file::MapKind) -> Result<Handle> {
    file::map(descriptor(fd)?, kind)
        .map(|reply| reply.memory)
        .map_err(failed)
}

/// Closes what `contents` gave.
pub(super) fn close_contents(memory: Handle) {
    close_own(memory);
}
