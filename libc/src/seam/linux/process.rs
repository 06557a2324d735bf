//! The process on Linux.

use super::Linux;
use super::numbers::*;
use super::raw::call;
use crate::errno::Result;
use crate::seam::Process;
use crate::types::*;

// SAFETY of every block below: the kernel checks numbers and pointers; the memory that a call may write is the
// caller's to offer, by the contract of the trait's `unsafe` functions, or a local variable of the right type.
impl Process for Linux {
    fn exit(status: c_int) -> ! {
        loop {
            // SAFETY: see above.
            let _ = unsafe { call!(EXIT_GROUP, status) };
        }
    }
    fn pid() -> pid_t {
        // SAFETY: see above. It cannot fail.
        unsafe { call!(GETPID) }.unwrap_or(0) as pid_t
    }
    fn parent_pid() -> pid_t {
        // SAFETY: see above. It cannot fail.
        unsafe { call!(GETPPID) }.unwrap_or(0) as pid_t
    }
    fn user_ids() -> [uid_t; 3] {
        let mut ids = [0; 3];
        let base: *mut uid_t = ids.as_mut_ptr();
        // SAFETY: see above. It cannot fail with valid pointers.
        let _ = unsafe { call!(GETRESUID, base, base.add(1), base.add(2)) };
        ids
    }
    fn group_ids() -> [gid_t; 3] {
        let mut ids = [0; 3];
        let base: *mut gid_t = ids.as_mut_ptr();
        // SAFETY: see above. It cannot fail with valid pointers.
        let _ = unsafe { call!(GETRESGID, base, base.add(1), base.add(2)) };
        ids
    }
    fn process_group(process: pid_t) -> Result<pid_t> {
        // SAFETY: see above.
        unsafe { call!(GETPGID, process) }.map(|group| group as pid_t)
    }
    fn session(process: pid_t) -> Result<pid_t> {
        // SAFETY: see above.
        unsafe { call!(GETSID, process) }.map(|session| session as pid_t)
    }
    unsafe fn limits(process: pid_t, resource: c_int, new: *const c_void, old: *mut c_void) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(PRLIMIT64, process, resource, new, old) }.map(drop)
    }
    unsafe fn usage(who: c_int, usage: *mut c_void) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(GETRUSAGE, who, usage) }.map(drop)
    }
    unsafe fn times(times: *mut c_void) -> Result<clock_t> {
        // SAFETY: see above.
        unsafe { call!(TIMES, times) }.map(|ticks| ticks as clock_t)
    }
    unsafe fn uname(names: *mut c_void) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(UNAME, names) }.map(drop)
    }
    unsafe fn sysinfo(information: *mut c_void) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(SYSINFO, information) }.map(drop)
    }
}
