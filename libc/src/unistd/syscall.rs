//! `syscall()`: a switch onto this library's own functions, for the numbers that programs use.
//!
//! Rust's standard library, tokio and others call by number what older C libraries lacked. Every other number
//! answers `ENOSYS`. Nothing here goes past the library to the system.

use super::{descriptors, directories, identity, input_output, names, random, status};
use crate::errno::{ENOSYS, Errno, returned, set_errno};
use crate::seam::*;
use crate::types::*;
use core::sync::atomic::AtomicU32;

mod number {
    //! Linux's numbers on x86-64.
    use crate::types::c_long;
    pub const READ: c_long = 0;
    pub const WRITE: c_long = 1;
    pub const CLOSE: c_long = 3;
    pub const SCHED_YIELD: c_long = 24;
    pub const GETPID: c_long = 39;
    pub const KILL: c_long = 62;
    pub const GETGID: c_long = 104;
    pub const GETEUID: c_long = 107;
    pub const GETEGID: c_long = 108;
    pub const GETPPID: c_long = 110;
    pub const EXIT_GROUP: c_long = 231;
    pub const GETUID: c_long = 102;
    pub const GETTID: c_long = 186;
    pub const FUTEX: c_long = 202;
    pub const GETDENTS64: c_long = 217;
    pub const TGKILL: c_long = 234;
    pub const OPENAT: c_long = 257;
    pub const GETCPU: c_long = 309;
    pub const RENAMEAT2: c_long = 316;
    pub const GETRANDOM: c_long = 318;
    pub const COPY_FILE_RANGE: c_long = 326;
    pub const STATX: c_long = 332;
    pub const CLOSE_RANGE: c_long = 436;
    pub const PIDFD_OPEN: c_long = 434;
    pub const PIDFD_SEND_SIGNAL: c_long = 424;
    pub const EVENTFD2: c_long = 290;
    pub const EPOLL_CREATE1: c_long = 291;
    pub const MEMFD_CREATE: c_long = 319;
}

const FUTEX_WAIT: c_int = 0;
const FUTEX_WAKE: c_int = 1;
const FUTEX_WAIT_BITSET: c_int = 9;
const FUTEX_PRIVATE: c_int = 128;
const FUTEX_CLOCK_REALTIME: c_int = 256;
const ALL_BITS: u32 = u32::MAX;

/// The futex operations that programs use: wait, wake, and wait until a time.
unsafe fn futex(
    word: *mut AtomicU32,
    operation: c_int,
    value: u32,
    timeout: *const timespec,
    bits: u32,
) -> Result<c_long, Errno> {
    let scope = if operation & FUTEX_PRIVATE != 0 {
        Scope::Private
    } else {
        Scope::Shared
    };
    let clock = if operation & FUTEX_CLOCK_REALTIME != 0 {
        CLOCK_REALTIME
    } else {
        CLOCK_MONOTONIC
    };
    // SAFETY: the program's word and time.
    let (word, time) = unsafe { (word.as_ref().ok_or(Errno::EFAULT)?, timeout.as_ref()) };
    if time.is_some_and(|time| time.tv_sec < 0 || !(0..1_000_000_000).contains(&time.tv_nsec)) {
        return Err(Errno::EINVAL);
    }
    match operation & !(FUTEX_PRIVATE | FUTEX_CLOCK_REALTIME) {
        FUTEX_WAKE => Ok(System::futex_wake(word, value, scope) as c_long),
        FUTEX_WAIT => {
            // The time is relative here.
            let until = match time {
                None => None,
                Some(time) => {
                    let now = System::now(CLOCK_MONOTONIC)?;
                    let nanoseconds = now.tv_nsec + time.tv_nsec;
                    let seconds = now
                        .tv_sec
                        .saturating_add(time.tv_sec)
                        .saturating_add(nanoseconds / 1_000_000_000);
                    let time = timespec {
                        tv_sec: seconds,
                        tv_nsec: nanoseconds % 1_000_000_000,
                    };
                    Some(Deadline {
                        time,
                        clock: CLOCK_MONOTONIC,
                    })
                }
            };
            System::futex_wait(word, value, until, scope).map(|()| 0)
        }
        FUTEX_WAIT_BITSET if bits == ALL_BITS => {
            let until = time.map(|&time| Deadline { time, clock });
            System::futex_wait(word, value, until, scope).map(|()| 0)
        }
        _ => Err(Errno::ENOSYS),
    }
}

fn pointer<T>(argument: c_ulong) -> *mut T {
    core::ptr::with_exposed_provenance_mut(argument as usize)
}

crate::export! {
    /// Calls a function of this library by Linux's number for it; -1 with `ENOSYS` for others. Linux `syscall`.
    pub unsafe extern "C-unwind" fn syscall(
        call: c_long,
        a: c_ulong,
        b: c_ulong,
        c: c_ulong,
        d: c_ulong,
        e: c_ulong,
        f: c_ulong,
    ) -> c_long {
        // SAFETY: the arguments are the caller's, who knows the function behind the number.
        unsafe {
            match call {
                number::READ => input_output::read(a as c_int, pointer(b), c as usize) as c_long,
                number::WRITE => input_output::write(a as c_int, pointer(b), c as usize) as c_long,
                number::CLOSE => descriptors::close(a as c_int).into(),
                number::SCHED_YIELD => {
                    System::yield_now();
                    0
                }
                number::GETPID => System::pid().into(),
                number::GETUID => identity::getuid().into(),
                number::GETEUID => identity::geteuid().into(),
                number::GETGID => identity::getgid().into(),
                number::GETEGID => identity::getegid().into(),
                number::GETPPID => System::parent_pid().into(),
                number::KILL => crate::signal::send::kill(a as pid_t, b as c_int).into(),
                number::EXIT_GROUP => System::exit(a as c_int),
                number::GETTID => identity::gettid().into(),
                number::FUTEX => {
                    returned(futex(pointer(a), b as c_int, c as u32, pointer(d), f as u32))
                }
                number::GETDENTS64 => directories::getdents64(a as c_int, pointer(b), c as usize) as c_long,
                number::TGKILL => {
                    let done = if a as pid_t == System::pid() {
                        System::kill_thread(b as pid_t, c as c_int)
                    } else {
                        Err(Errno::ESRCH)
                    };
                    crate::errno::returned_status(done).into()
                }
                number::PIDFD_OPEN => crate::process::descriptors::pidfd_open(a as pid_t, b as c_uint).into(),
                number::PIDFD_SEND_SIGNAL => {
                    crate::process::descriptors::pidfd_send_signal(a as c_int, b as c_int, pointer(c), d as c_uint).into()
                }
                number::EVENTFD2 => crate::events::counter::eventfd(a as c_uint, b as c_int).into(),
                number::EPOLL_CREATE1 => crate::events::epoll::epoll_create1(a as c_int).into(),
                number::MEMFD_CREATE => super::mappings::memfd_create(pointer(a), b as c_uint).into(),
                number::OPENAT => descriptors::openat(a as c_int, pointer(b), c as c_int, d as mode_t).into(),
                number::GETCPU => crate::pthread::scheduling::getcpu(pointer(a), pointer(b)).into(),
                number::RENAMEAT2 => {
                    names::renameat2(a as c_int, pointer(b), c as c_int, pointer(d), e as c_uint).into()
                }
                number::GETRANDOM => random::getrandom(pointer(a), b as usize, c as c_uint) as c_long,
                number::COPY_FILE_RANGE => input_output::copy_file_range(
                    a as c_int,
                    pointer(b),
                    c as c_int,
                    pointer(d),
                    e as usize,
                    f as c_uint,
                ) as c_long,
                number::STATX => status::statx(a as c_int, pointer(b), c as c_int, d as c_uint, pointer(e)).into(),
                number::CLOSE_RANGE => descriptors::close_range(a as c_uint, b as c_uint, c as c_int).into(),
                _ => {
                    set_errno(ENOSYS);
                    -1
                }
            }
        }
    }
}
