//! The C types of x86-64 with glibc's ABI, by their C names.
//!
//! Used by every family; the numbers are those that `libc/include/bits/types.h` gives to C. A type that one
//! family alone uses lives with that family.
#![allow(non_camel_case_types)]

pub use core::ffi::{
    c_char, c_double, c_float, c_int, c_long, c_longlong, c_schar, c_short, c_uchar, c_uint, c_ulong,
    c_ulonglong, c_ushort, c_void,
};

/// An object's size in bytes.
pub type size_t = usize;
/// A size in bytes, or -1.
pub type ssize_t = isize;
/// The difference of two pointers.
pub type ptrdiff_t = isize;
/// An integer of a pointer's size.
pub type intptr_t = isize;
/// An unsigned integer of a pointer's size.
pub type uintptr_t = usize;
/// The widest integer.
pub type intmax_t = i64;
/// The widest unsigned integer.
pub type uintmax_t = u64;
/// A wide character: a Unicode scalar value.
pub type wchar_t = i32;
/// A wide character or `WEOF`.
pub type wint_t = u32;
/// A class of wide characters, as `wctype` returns it.
pub type wctype_t = c_ulong;
/// A mapping of wide characters, as `wctrans` returns it.
pub type wctrans_t = *const i32;
/// A UTF-16 code unit.
pub type char16_t = u16;
/// A UTF-32 code unit.
pub type char32_t = u32;

/// A file offset in bytes (64 bits; `off64_t` is the same).
pub type off_t = i64;
/// A file offset in bytes.
pub type off64_t = i64;
/// A device number.
pub type dev_t = u64;
/// An inode number.
pub type ino_t = u64;
/// File type and permission bits.
pub type mode_t = u32;
/// A count of hard links.
pub type nlink_t = u64;
/// A user's number.
pub type uid_t = u32;
/// A group's number.
pub type gid_t = u32;
/// A user's or group's number (`waitid`).
pub type id_t = u32;
/// A process's number.
pub type pid_t = i32;
/// A preferred size of file blocks, in bytes.
pub type blksize_t = c_long;
/// A count of 512-byte blocks.
pub type blkcnt_t = i64;
/// A count of file-system blocks.
pub type fsblkcnt_t = u64;
/// A count of inodes.
pub type fsfilcnt_t = u64;
/// A System V IPC key.
pub type key_t = c_int;

/// Seconds since the Epoch.
pub type time_t = i64;
/// Processor time, in `CLOCKS_PER_SEC` (a million a second).
pub type clock_t = c_long;
/// Which clock.
pub type clockid_t = c_int;
/// A timer made by `timer_create`.
pub type timer_t = *mut c_void;
/// Microseconds.
pub type suseconds_t = c_long;
/// Microseconds, unsigned.
pub type useconds_t = c_uint;
/// The length of a socket address.
pub type socklen_t = c_uint;
/// A socket address family.
pub type sa_family_t = c_ushort;

/// A thread (the address of its control block).
pub type pthread_t = c_ulong;
/// A key of thread-specific data.
pub type pthread_key_t = c_uint;
/// A one-time initialisation's state.
pub type pthread_once_t = c_int;
/// A spin lock.
pub type pthread_spinlock_t = c_int;

/// Seconds and nanoseconds. POSIX.1-2024 <time.h>.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct timespec {
    /// Whole seconds.
    pub tv_sec: time_t,
    /// Nanoseconds, 0 to 999,999,999.
    pub tv_nsec: c_long,
}

/// A timer's interval and next expiry. POSIX.1-2024 <time.h>.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct itimerspec {
    /// Between expiries; zero: it expires once.
    pub it_interval: timespec,
    /// Until the next one.
    pub it_value: timespec,
}

/// Attributes of a message queue. POSIX.1-2024 <mqueue.h>.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct mq_attr {
    /// `O_NONBLOCK`, or nothing.
    pub mq_flags: c_long,
    /// Messages, at most.
    pub mq_maxmsg: c_long,
    /// Bytes of a message, at most.
    pub mq_msgsize: c_long,
    /// Messages now.
    pub mq_curmsgs: c_long,
    /// Room of glibc's structure.
    pub reserved: [c_long; 4],
}

/// What a descriptor in a set is waited for, or is ready for. Linux <sys/epoll.h>, packed on x86-64.
#[repr(C, packed)]
#[derive(Clone, Copy, Debug)]
pub struct epoll_event {
    /// `EPOLL*`.
    pub events: u32,
    /// The program's own.
    pub data: u64,
}

/// Seconds and microseconds. POSIX.1-2024 <sys/time.h>.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct timeval {
    /// Whole seconds.
    pub tv_sec: time_t,
    /// Microseconds, 0 to 999,999.
    pub tv_usec: suseconds_t,
}

/// One buffer of a gather or scatter list. POSIX.1-2024 <sys/uio.h>.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct iovec {
    /// Where the buffer starts.
    pub iov_base: *mut c_void,
    /// Its length in bytes.
    pub iov_len: size_t,
}
