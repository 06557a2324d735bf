//! Who the process is: numbers of process, thread, group, session, users. POSIX.1-2024 `getpid`, `getuid`, ...

use crate::errno::{returned, returned_status};
use crate::seam::*;
use crate::types::*;

// SAFETY of every block below: pointers are the caller's.
crate::export! {
    /// The process's number. POSIX.1-2024 `getpid`.
    pub unsafe extern "C" fn getpid() -> pid_t {
        System::pid()
    }

    /// The parent's number. POSIX.1-2024 `getppid`.
    pub unsafe extern "C" fn getppid() -> pid_t {
        System::parent_pid()
    }

    /// The calling thread's number. Linux `gettid`.
    pub unsafe extern "C" fn gettid() -> pid_t {
        crate::pthread::own_tid() as pid_t
    }

    /// The process group. POSIX.1-2024 `getpgrp`.
    pub unsafe extern "C" fn getpgrp() -> pid_t {
        returned(System::process_group(0))
    }

    /// The process group of a process. POSIX.1-2024 `getpgid`.
    pub unsafe extern "C" fn getpgid(process: pid_t) -> pid_t {
        returned(System::process_group(process))
    }

    /// The session of a process. POSIX.1-2024 `getsid`.
    pub unsafe extern "C" fn getsid(process: pid_t) -> pid_t {
        returned(System::session(process))
    }

    /// The real user. POSIX.1-2024 `getuid`.
    pub unsafe extern "C" fn getuid() -> uid_t {
        System::user_ids()[0]
    }

    /// The effective user. POSIX.1-2024 `geteuid`.
    pub unsafe extern "C" fn geteuid() -> uid_t {
        System::user_ids()[1]
    }

    /// The real group. POSIX.1-2024 `getgid`.
    pub unsafe extern "C" fn getgid() -> gid_t {
        System::group_ids()[0]
    }

    /// The effective group. POSIX.1-2024 `getegid`.
    pub unsafe extern "C" fn getegid() -> gid_t {
        System::group_ids()[1]
    }

    /// Real, effective and saved user. POSIX.1-2024 `getresuid`.
    pub unsafe extern "C" fn getresuid(real: *mut uid_t, effective: *mut uid_t, saved: *mut uid_t) -> c_int {
        let ids = System::user_ids();
        // SAFETY: see above.
        unsafe {
            real.write(ids[0]);
            effective.write(ids[1]);
            saved.write(ids[2]);
        }
        0
    }

    /// Real, effective and saved group. POSIX.1-2024 `getresgid`.
    pub unsafe extern "C" fn getresgid(real: *mut gid_t, effective: *mut gid_t, saved: *mut gid_t) -> c_int {
        let ids = System::group_ids();
        // SAFETY: see above.
        unsafe {
            real.write(ids[0]);
            effective.write(ids[1]);
            saved.write(ids[2]);
        }
        0
    }

    /// Whether the program runs with more rights than its caller. BSD `issetugid`.
    pub unsafe extern "C" fn issetugid() -> c_int {
        crate::start::program::SECURE.load(core::sync::atomic::Ordering::Relaxed)
    }

    /// Processor times of the process and its children. POSIX.1-2024 `times`.
    pub unsafe extern "C" fn times(times: *mut c_void) -> clock_t {
        // SAFETY: see above.
        returned(unsafe { System::times(times) })
    }

    /// The system's names. POSIX.1-2024 `uname`.
    pub unsafe extern "C" fn uname(names: *mut c_void) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::uname(names) })
    }
}
crate::alias!(__getpid = getpid);
crate::alias!(__getpgid = getpgid);
