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
    fn set_process_group(process: pid_t, group: pid_t) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(SETPGID, process, group) }.map(drop)
    }
    fn new_session() -> Result<pid_t> {
        // SAFETY: see above.
        unsafe { call!(SETSID) }.map(|session| session as pid_t)
    }
    fn set_user_ids(real: uid_t, effective: uid_t, saved: uid_t) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(SETRESUID, real, effective, saved) }.map(drop)
    }
    fn set_group_ids(real: gid_t, effective: gid_t, saved: gid_t) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(SETRESGID, real, effective, saved) }.map(drop)
    }
    unsafe fn groups(count: usize, list: *mut gid_t) -> Result<usize> {
        // SAFETY: see above.
        unsafe { call!(GETGROUPS, count, list) }
    }
    unsafe fn set_groups(count: usize, list: *const gid_t) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(SETGROUPS, count, list) }.map(drop)
    }
    fn nice(which: c_int, who: id_t) -> Result<c_int> {
        // SAFETY: see above.
        unsafe { call!(GETPRIORITY, which, who) }.map(|from_20| 20 - from_20 as c_int)
    }
    fn set_nice(which: c_int, who: id_t, nice: c_int) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(SETPRIORITY, which, who, nice) }.map(drop)
    }
    fn set_host_name(name: &[u8]) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(SETHOSTNAME, name.as_ptr(), name.len()) }.map(drop)
    }
    fn set_domain_name(name: &[u8]) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(SETDOMAINNAME, name.as_ptr(), name.len()) }.map(drop)
    }
    unsafe fn control(option: c_int, arguments: [c_ulong; 4]) -> Result<c_int> {
        let [a, b, c, d] = arguments;
        // SAFETY: see above.
        unsafe { call!(PRCTL, option, a, b, c, d) }.map(|answer| answer as c_int)
    }
    fn reboot(command: c_int) -> Result<()> {
        const MAGIC: [u32; 2] = [0xfee1_dead, 0x2812_1969];
        // SAFETY: see above.
        unsafe { call!(REBOOT, MAGIC[0], MAGIC[1], command, 0) }.map(drop)
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
