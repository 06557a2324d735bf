//! Opening, closing and duplicating descriptors, and waiting for them. POSIX.1-2024 `open`, `fcntl`, `poll`.
//!
//! `open`, `openat`, `fcntl` and `ioctl` take a last argument only sometimes. On x86-64 an argument that was not
//! passed is just a register with any value in it, which these functions then ignore.

use crate::errno::{EINVAL, Errno, returned, returned_status};
use crate::seam::*;
use crate::signal::CSignalSet;
use crate::thread::cancel;
use crate::types::*;
use core::ptr;

/// `O_CREAT`.
pub const O_CREAT: c_int = 0o100;
/// `O_WRONLY`.
pub const O_WRONLY: c_int = 1;
/// `O_TRUNC`.
pub const O_TRUNC: c_int = 0o1000;
/// `O_CLOEXEC`.
pub const O_CLOEXEC: c_int = 0o2000000;
/// The bits of `O_TMPFILE`.
const O_TMPFILE: c_int = 0o20200000;

const F_SETLKW: c_int = 7;
const F_OFD_SETLKW: c_int = 38;

fn needs_mode(flags: c_int) -> bool {
    flags & O_CREAT != 0 || flags & O_TMPFILE == O_TMPFILE
}

/// C's `struct pollfd`.
#[repr(C)]
pub struct PollEntry {
    fd: c_int,
    events: i16,
    revents: i16,
}

/// C's `fd_set`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct DescriptorSet {
    words: [u64; 16],
}

const FD_SETSIZE: c_int = 1024;
const POLLIN: i16 = 1;
const POLLPRI: i16 = 2;
const POLLOUT: i16 = 4;
const POLLERR: i16 = 8;
const POLLHUP: i16 = 16;
const POLLNVAL: i16 = 32;

fn milliseconds(timeout_ms: c_int) -> timespec {
    timespec {
        tv_sec: (timeout_ms / 1000).into(),
        tv_nsec: (timeout_ms % 1000) as c_long * 1_000_000,
    }
}

/// `select` over `ppoll`: the sets become a list and back.
unsafe fn select_descriptors(
    count: c_int,
    sets: [*mut DescriptorSet; 3],
    timeout: *const timespec,
    mask: *const SignalSet,
) -> crate::errno::Result<c_int> {
    const WANTED: [i16; 3] = [POLLIN, POLLOUT, POLLPRI];
    // What makes a descriptor ready for reading, for writing, with an exception.
    const READY: [i16; 3] = [POLLIN | POLLHUP | POLLERR, POLLOUT | POLLERR, POLLPRI];
    if count < 0 {
        return Err(Errno::EINVAL);
    }
    let count = count.min(FD_SETSIZE);
    let mut entries = [const {
        PollEntry {
            fd: -1,
            events: 0,
            revents: 0,
        }
    }; FD_SETSIZE as usize];
    let mut used = 0;
    // SAFETY: each set is null or the caller's.
    unsafe {
        for fd in 0..count {
            let mut events = 0;
            for (set, wanted) in sets.iter().zip(WANTED) {
                if let Some(set) = set.as_ref()
                    && set.words[fd as usize / 64] >> (fd % 64) & 1 != 0
                {
                    events |= wanted;
                }
            }
            if events != 0 {
                entries[used] = PollEntry {
                    fd,
                    events,
                    revents: 0,
                };
                used += 1;
            }
        }
        cancel::point(|| System::ppoll(entries.as_mut_ptr().cast(), used as c_ulong, timeout, mask))?;
        if entries[..used].iter().any(|entry| entry.revents & POLLNVAL != 0) {
            return Err(Errno::EBADF);
        }
        let mut ready = 0;
        for ((set, wanted), conditions) in sets.iter().zip(WANTED).zip(READY) {
            let Some(set) = set.as_mut() else { continue };
            let words = count as usize / 64 + usize::from(count % 64 != 0);
            set.words[..words].fill(0);
            for entry in &entries[..used] {
                if entry.events & wanted != 0 && entry.revents & conditions != 0 {
                    set.words[entry.fd as usize / 64] |= 1 << (entry.fd % 64);
                    ready += 1;
                }
            }
        }
        Ok(ready)
    }
}

// SAFETY of every block below: pointers are the caller's, and the system checks them.
crate::export! {
    /// Opens a file; `mode` counts when one is made. POSIX.1-2024 `open`.
    pub unsafe extern "C-unwind" fn open(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
        // SAFETY: see above.
        unsafe { openat(AT_FDCWD, path, flags, mode) }
    }

    /// Opens a file relative to a directory. POSIX.1-2024 `openat`.
    pub unsafe extern "C-unwind" fn openat(
        directory: c_int,
        path: *const c_char,
        flags: c_int,
        mode: mode_t,
    ) -> c_int {
        let mode = if needs_mode(flags) { mode } else { 0 };
        // SAFETY: see above.
        returned(cancel::point(|| unsafe { System::openat(directory, path, flags, mode) }))
    }

    /// Makes and opens a file for writing. POSIX.1-2024 `creat`.
    pub unsafe extern "C-unwind" fn creat(path: *const c_char, mode: mode_t) -> c_int {
        // SAFETY: see above.
        unsafe { openat(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode) }
    }

    /// As `open` without a mode; ends a program that would need one. Fortified `open`.
    pub unsafe extern "C-unwind" fn __open_2(path: *const c_char, flags: c_int) -> c_int {
        // SAFETY: see above.
        unsafe { __openat_2(AT_FDCWD, path, flags) }
    }

    /// As `openat` without a mode; ends a program that would need one. Fortified `openat`.
    pub unsafe extern "C-unwind" fn __openat_2(directory: c_int, path: *const c_char, flags: c_int) -> c_int {
        // SAFETY: see above.
        unsafe {
            if needs_mode(flags) {
                crate::signal::abort::__fortify_fail(c"invalid open call: O_CREAT or O_TMPFILE without mode".as_ptr());
            }
            openat(directory, path, flags, 0)
        }
    }

    /// Closes a descriptor. POSIX.1-2024 `close`; after `EINTR` the descriptor is closed.
    pub unsafe extern "C-unwind" fn close(fd: c_int) -> c_int {
        returned_status(cancel::point(|| System::close(fd)))
    }

    /// Closes a descriptor; there is no flag but `POSIX_CLOSE_RESTART`, which is 0. POSIX.1-2024 `posix_close`.
    pub unsafe extern "C-unwind" fn posix_close(fd: c_int, flag: c_int) -> c_int {
        if flag != 0 {
            return returned_status(Err(Errno::EINVAL));
        }
        returned_status(cancel::point(|| System::close(fd)))
    }

    /// Closes descriptors, or marks them close-on-exec. Linux `close_range`.
    pub unsafe extern "C" fn close_range(first: c_uint, last: c_uint, flags: c_int) -> c_int {
        returned_status(System::close_range(first, last, flags))
    }

    /// Closes all descriptors from `first` on. BSD, glibc `closefrom`.
    pub unsafe extern "C" fn closefrom(first: c_int) {
        let _ = System::close_range(first.max(0) as c_uint, c_uint::MAX, 0);
    }

    /// The lowest free descriptor for the same file. POSIX.1-2024 `dup`.
    pub unsafe extern "C" fn dup(fd: c_int) -> c_int {
        returned(System::dup(fd))
    }

    /// Makes `new` name the file of `old`. POSIX.1-2024 `dup2`.
    pub unsafe extern "C" fn dup2(old: c_int, new: c_int) -> c_int {
        if old == new {
            return returned(System::descriptor_flags(old).map(|_| new));
        }
        returned(System::dup3(old, new, 0))
    }

    /// As `dup2`, with O_CLOEXEC; the two must differ. POSIX.1-2024 `dup3`.
    pub unsafe extern "C" fn dup3(old: c_int, new: c_int, flags: c_int) -> c_int {
        returned(System::dup3(old, new, flags))
    }

    /// Commands on a descriptor. POSIX.1-2024 `fcntl`.
    pub unsafe extern "C-unwind" fn fcntl(fd: c_int, command: c_int, argument: c_ulong) -> c_int {
        // SAFETY: see above.
        returned(unsafe {
            if matches!(command, F_SETLKW | F_OFD_SETLKW) {
                cancel::point(|| System::fcntl(fd, command, argument))
            } else {
                System::fcntl(fd, command, argument)
            }
        })
    }

    /// Commands on a device. BSD, Linux `ioctl`.
    pub unsafe extern "C" fn ioctl(fd: c_int, request: c_ulong, argument: c_ulong) -> c_int {
        // SAFETY: see above.
        returned(unsafe { System::ioctl(fd, request, argument) })
    }

    /// A pipe. POSIX.1-2024 `pipe`.
    pub unsafe extern "C" fn pipe(ends: *mut [c_int; 2]) -> c_int {
        // SAFETY: see above.
        unsafe { pipe2(ends, 0) }
    }

    /// A pipe, with O_CLOEXEC and O_NONBLOCK. POSIX.1-2024 `pipe2`.
    pub unsafe extern "C" fn pipe2(ends: *mut [c_int; 2], flags: c_int) -> c_int {
        // SAFETY: see above.
        returned_status(System::pipe2(flags).map(|made| unsafe { ends.write(made) }))
    }

    /// Locks an open file. BSD `flock`.
    pub unsafe extern "C" fn flock(fd: c_int, operation: c_int) -> c_int {
        returned_status(System::flock(fd, operation))
    }

    /// Locks a section of a file from its offset on. POSIX.1-2024 `lockf`.
    pub unsafe extern "C-unwind" fn lockf(fd: c_int, command: c_int, length: off_t) -> c_int {
        /// C's `struct flock`.
        #[repr(C)]
        struct Section {
            kind: i16,
            whence: i16,
            start: off_t,
            length: off_t,
            process: pid_t,
        }
        const UNLOCK: c_int = 0;
        const LOCK: c_int = 1;
        const TRY: c_int = 2;
        const TEST: c_int = 3;
        const F_GETLK: c_int = 5;
        const F_SETLK: c_int = 6;
        const F_WRLCK: i16 = 1;
        const F_UNLCK: i16 = 2;
        const SEEK_CUR: i16 = 1;
        let (action, kind) = match command {
            UNLOCK => (F_SETLK, F_UNLCK),
            LOCK => (F_SETLKW, F_WRLCK),
            TRY => (F_SETLK, F_WRLCK),
            TEST => (F_GETLK, F_WRLCK),
            _ => return returned_status(Err(Errno::EINVAL)),
        };
        let mut section = Section { kind, whence: SEEK_CUR, start: 0, length, process: 0 };
        let place = (&raw mut section).expose_provenance() as c_ulong;
        // SAFETY: the section is a local variable of the system's layout.
        let done = cancel::point(|| unsafe { System::fcntl(fd, action, place) });
        returned_status(done.and_then(|_| {
            let taken = command == TEST && section.kind != F_UNLCK && section.process != System::pid();
            if taken { Err(Errno::EACCES) } else { Ok(()) }
        }))
    }

    /// Waits for descriptors, at most `timeout_ms` milliseconds (-1: for ever). POSIX.1-2024 `poll`.
    pub unsafe extern "C-unwind" fn poll(entries: *mut PollEntry, count: c_ulong, timeout_ms: c_int) -> c_int {
        let time = milliseconds(timeout_ms);
        let timeout = if timeout_ms < 0 { ptr::null() } else { &raw const time };
        // SAFETY: see above.
        returned(cancel::point(|| unsafe { System::ppoll(entries.cast(), count, timeout, ptr::null()) }))
    }

    /// Waits for descriptors with another signal mask. POSIX.1-2024 `ppoll`.
    pub unsafe extern "C-unwind" fn ppoll(
        entries: *mut PollEntry,
        count: c_ulong,
        timeout: *const timespec,
        mask: *const CSignalSet,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            let set = mask.as_ref().map(CSignalSet::without_internal);
            let place = set.as_ref().map_or(ptr::null(), ptr::from_ref);
            returned(cancel::point(|| System::ppoll(entries.cast(), count, timeout, place)))
        }
    }

    /// Waits for descriptors of up to three sets. POSIX.1-2024 `select`. The time that is left is written back,
    /// as Linux does it.
    pub unsafe extern "C-unwind" fn select(
        count: c_int,
        reading: *mut DescriptorSet,
        writing: *mut DescriptorSet,
        exceptions: *mut DescriptorSet,
        timeout: *mut timeval,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            let sets = [reading, writing, exceptions];
            let Some(left) = timeout.as_mut() else {
                return returned(select_descriptors(count, sets, ptr::null(), ptr::null()));
            };
            if left.tv_sec < 0 || left.tv_usec < 0 {
                crate::errno::set_errno(EINVAL);
                return -1;
            }
            let seconds = left.tv_sec.saturating_add(left.tv_usec / 1_000_000);
            let time = timespec { tv_sec: seconds, tv_nsec: left.tv_usec % 1_000_000 * 1000 };
            let before = System::now(CLOCK_MONOTONIC);
            let result = select_descriptors(count, sets, &time, ptr::null());
            if let (Ok(before), Ok(after)) = (before, System::now(CLOCK_MONOTONIC)) {
                let nanoseconds = |time: timespec| time.tv_sec as i128 * 1_000_000_000 + time.tv_nsec as i128;
                let rest = (nanoseconds(time) - (nanoseconds(after) - nanoseconds(before))).max(0);
                *left = timeval {
                    tv_sec: (rest / 1_000_000_000) as time_t,
                    tv_usec: (rest % 1_000_000_000 / 1000) as suseconds_t,
                };
            }
            returned(result)
        }
    }

    /// Waits for descriptors of up to three sets with another signal mask. POSIX.1-2024 `pselect`.
    pub unsafe extern "C-unwind" fn pselect(
        count: c_int,
        reading: *mut DescriptorSet,
        writing: *mut DescriptorSet,
        exceptions: *mut DescriptorSet,
        timeout: *const timespec,
        mask: *const CSignalSet,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            let set = mask.as_ref().map(CSignalSet::without_internal);
            let place = set.as_ref().map_or(ptr::null(), ptr::from_ref);
            returned(select_descriptors(count, [reading, writing, exceptions], timeout, place))
        }
    }

    /// The word of a descriptor in a set; ends a program whose number is none. Fortified FD_SET.
    pub unsafe extern "C" fn __fdelt_chk(fd: c_long) -> c_long {
        if !(0..FD_SETSIZE as c_long).contains(&fd) {
            // SAFETY: it has no conditions.
            unsafe { crate::signal::abort::__chk_fail() };
        }
        fd / 64
    }

    /// As `poll`; ends a program whose list is too short. Fortified `poll`.
    pub unsafe extern "C-unwind" fn __poll_chk(
        entries: *mut PollEntry,
        count: c_ulong,
        timeout_ms: c_int,
        size: size_t,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            if size / size_of::<PollEntry>() < count as usize {
                crate::signal::abort::__chk_fail();
            }
            poll(entries, count, timeout_ms)
        }
    }
}
crate::alias!(open64 = open);
crate::alias!(__open = open);
crate::alias!(__open64 = open);
crate::alias!(openat64 = openat);
crate::alias!(creat64 = creat);
crate::alias!(__open64_2 = __open_2);
crate::alias!(__openat64_2 = __openat_2);
crate::alias!(__close = close);
crate::alias!(__dup2 = dup2);
crate::alias!(__fcntl = fcntl);
crate::alias!(fcntl64 = fcntl);
crate::alias!(__pipe = pipe);
crate::alias!(lockf64 = lockf);
crate::alias!(__poll = poll);
crate::alias!(__select = select);
crate::alias!(__fdelt_warn = __fdelt_chk);
