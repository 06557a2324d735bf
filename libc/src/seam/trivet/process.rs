//! The process: numbers and ids from the process server, times from the kernel.

use super::page::{self, page};
use super::{Trivet, failed};
use crate::errno::{Errno, Result};
use crate::seam::Process;
use crate::types::*;
use core::arch::asm;
use core::sync::atomic::Ordering;
use trivet_abi::handle::Handle;
use trivet_ipc::processes::{self, PriorityOf, UsageOf};
use trivet_ipc::shared::ResourceUsage;
use trivet_ipc::{In, Out, process};

const SERVER: Handle = Handle::PROCESS_SERVER;
/// Nanoseconds of a tick of `times` (100 a second).
const TICK_NS: u64 = 10_000_000;

fn info() -> Result<process::Info> {
    let mut info = process::Info::default();
    process::info(Handle::PROCESS, &mut info).map_err(failed)?;
    Ok(info)
}

/// Another process's number, as the program gives it.
fn other(process: pid_t) -> Result<u64> {
    u64::try_from(process).map_err(|_| Errno::EINVAL)
}

/// Ends the process with this wait status.
pub(super) fn end(reason: u64) -> ! {
    // Trivet's kernel never returns from this; any other system refuses the call's number.
    let _ = process::exit(Handle::PROCESS, reason);
    on_linux()
}

/// Leaves a Linux that was asked to run this program by mistake, a `configure` script's probe for one: with a word and the
/// shell's status for "cannot execute". The numbers are Linux's `write` and `exit_group`, which mean nothing to Trivet.
#[cold]
fn on_linux() -> ! {
    const WRITE: u64 = 1;
    const EXIT_GROUP: u64 = 231;
    const CANNOT_EXECUTE: u64 = 126;
    let text =
        "this program is built for Trivet, and this system is not: start it with `./trivet run PROGRAM`\n";
    // SAFETY: Linux reads the text and changes RAX, RCX and R11; elsewhere the numbers are refused.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") WRITE => _,
            in("rdi") 2_u64,
            in("rsi") text.as_ptr(),
            in("rdx") text.len(),
            out("rcx") _,
            out("r11") _,
            options(nostack, readonly),
        );
    }
    loop {
        // SAFETY: it ends the process, or is refused.
        unsafe {
            asm!(
                "syscall",
                inlateout("rax") EXIT_GROUP => _,
                in("rdi") CANNOT_EXECUTE,
                out("rcx") _,
                out("r11") _,
                options(nostack, nomem),
            );
        }
    }
}

impl Process for Trivet {
    fn exit(status: c_int) -> ! {
        end((status as u64 & 0xff) << 8)
    }
    fn pid() -> pid_t {
        page::number()
    }
    fn parent_pid() -> pid_t {
        page().parent.load(Ordering::Relaxed) as pid_t
    }
    fn user_ids() -> [uid_t; 3] {
        core::array::from_fn(|index| page().users[index].load(Ordering::Relaxed))
    }
    fn group_ids() -> [gid_t; 3] {
        core::array::from_fn(|index| page().groups[index].load(Ordering::Relaxed))
    }
    fn process_group(process: pid_t) -> Result<pid_t> {
        if process == 0 || process == Self::pid() {
            return Ok(page().group.load(Ordering::Relaxed) as pid_t);
        }
        processes::group_of(SERVER, other(process)?)
            .map(|reply| reply.group as pid_t)
            .map_err(failed)
    }
    fn session(process: pid_t) -> Result<pid_t> {
        if process == 0 || process == Self::pid() {
            return Ok(page().session.load(Ordering::Relaxed) as pid_t);
        }
        processes::group_of(SERVER, other(process)?)
            .map(|reply| reply.session as pid_t)
            .map_err(failed)
    }
    fn set_process_group(process: pid_t, group: pid_t) -> Result<()> {
        let group = u64::try_from(group).map_err(|_| Errno::EINVAL)?;
        processes::set_group(SERVER, other(process)?, group).map_err(failed)
    }
    fn new_session() -> Result<pid_t> {
        processes::new_session(SERVER)
            .map(|session| session as pid_t)
            .map_err(failed)
    }
    fn set_user_ids(real: uid_t, effective: uid_t, saved: uid_t) -> Result<()> {
        processes::set_users(SERVER, real, effective, saved).map_err(failed)
    }
    fn set_group_ids(real: gid_t, effective: gid_t, saved: gid_t) -> Result<()> {
        processes::set_group_ids(SERVER, real, effective, saved).map_err(failed)
    }
    unsafe fn groups(count: usize, list: *mut gid_t) -> Result<usize> {
        // SAFETY: the caller's list, of which nothing is written when `count` is 0.
        let room = unsafe { Out::<[u32]>::from_raw(list, count) };
        let there = processes::groups(SERVER, room).map_err(failed)? as usize;
        if count != 0 && there > count {
            Err(Errno::EINVAL)
        } else {
            Ok(there)
        }
    }
    unsafe fn set_groups(count: usize, list: *const gid_t) -> Result<()> {
        const NGROUPS_MAX: usize = 65536;
        if count > NGROUPS_MAX {
            return Err(Errno::EINVAL);
        }
        processes::set_groups(SERVER, In::<[u32]>::from_raw(list, count)).map_err(failed)
    }
    fn nice(which: c_int, who: id_t) -> Result<c_int> {
        let of = PriorityOf::from_number(which as u32 as u64).ok_or(Errno::EINVAL)?;
        processes::priority(SERVER, of, who.into())
            .map(|from_20| 20 - from_20 as c_int)
            .map_err(failed)
    }
    fn set_nice(which: c_int, who: id_t, nice: c_int) -> Result<()> {
        let of = PriorityOf::from_number(which as u32 as u64).ok_or(Errno::EINVAL)?;
        processes::set_priority(SERVER, of, who.into(), nice.into()).map_err(failed)
    }
    unsafe fn limits(process: pid_t, resource: c_int, new: *const c_void, old: *mut c_void) -> Result<()> {
        let process = process as u64;
        if !old.is_null() {
            let reply = processes::limit(SERVER, process, resource as u32).map_err(failed)?;
            // SAFETY: a `struct rlimit`, by the caller's word.
            unsafe { old.cast::<[u64; 2]>().write([reply.soft, reply.hard]) };
        }
        if !new.is_null() {
            // SAFETY: as above.
            let [soft, hard] = unsafe { new.cast::<[u64; 2]>().read() };
            processes::set_limit(SERVER, process, resource as u32, soft, hard).map_err(failed)?;
        }
        Ok(())
    }
    unsafe fn usage(who: c_int, usage: *mut c_void) -> Result<()> {
        let of = match who {
            0 => UsageOf::Own,
            -1 => UsageOf::Children,
            1 => UsageOf::Thread,
            _ => return Err(Errno::EINVAL),
        };
        // SAFETY: a `struct rusage`, which has this layout.
        let place = unsafe { Out::<ResourceUsage>::from_raw(usage.cast()) };
        match processes::usage(SERVER, of, place).map_err(failed) {
            // The kernel counts the process's own times.
            Err(Errno::ENOSYS) if of == UsageOf::Own => {
                let info = info()?;
                let split = |ns: u64| ((ns / 1_000_000_000) as i64, (ns % 1_000_000_000 / 1000) as i64);
                let (user_seconds, user_microseconds) = split(info.user_time_ns);
                let (system_seconds, system_microseconds) = split(info.system_time_ns);
                let found = ResourceUsage {
                    user_seconds,
                    user_microseconds,
                    system_seconds,
                    system_microseconds,
                    maximum_resident: (info.resident / 1024) as i64,
                    minor_faults: info.page_faults as i64,
                    voluntary_switches: info.context_switches as i64,
                    ..ResourceUsage::default()
                };
                // SAFETY: as above.
                unsafe { usage.cast::<ResourceUsage>().write(found) };
                Ok(())
            }
            result => result,
        }
    }
    unsafe fn times(times: *mut c_void) -> Result<clock_t> {
        let used = match processes::times(SERVER, 0).map_err(failed) {
            Ok(reply) => [
                reply.user_ns,
                reply.system_ns,
                reply.children_user_ns,
                reply.children_system_ns,
            ],
            // The kernel counts the process's own times.
            Err(_) => {
                let info = info()?;
                [info.user_time_ns, info.system_time_ns, 0, 0]
            }
        };
        if !times.is_null() {
            let ticks = used.map(|ns| ns / TICK_NS);
            // SAFETY: a `struct tms`, by the caller's word.
            unsafe { times.cast::<[u64; 4]>().write(ticks) };
        }
        let now = <Trivet as crate::seam::Clock>::now(crate::seam::CLOCK_MONOTONIC)?;
        Ok(now.tv_sec * 100 + now.tv_nsec / TICK_NS as c_long)
    }
    unsafe fn uname(names: *mut c_void) -> Result<()> {
        const FIELD: usize = 65;
        let mut node = [0; FIELD - 1];
        let length = processes::host_name(SERVER, &mut node[..]).map_or(0, |length| length as usize);
        let fields: [&[u8]; 6] = [
            b"Linux",
            &node[..length.min(node.len())],
            b"6.1.0-trivet",
            b"#1 SMP Trivet",
            b"x86_64",
            b"(none)",
        ];
        let mut text = [[0u8; FIELD]; 6];
        for (place, field) in text.iter_mut().zip(fields) {
            place[..field.len()].copy_from_slice(field);
        }
        // SAFETY: a `struct utsname`, by the caller's word.
        unsafe { names.cast::<[[u8; FIELD]; 6]>().write(text) };
        Ok(())
    }
    fn set_host_name(name: &[u8]) -> Result<()> {
        processes::set_host_name(SERVER, name).map_err(failed)
    }
    fn set_domain_name(_name: &[u8]) -> Result<()> {
        Err(Errno::ENOSYS)
    }
    unsafe fn control(_option: c_int, _arguments: [c_ulong; 4]) -> Result<c_int> {
        Err(Errno::EINVAL)
    }
    fn reboot(command: c_int) -> Result<()> {
        const RESTART: c_int = 0x0123_4567;
        const HALT: c_int = 0xcdef_0123_u32 as c_int;
        const POWER_OFF: c_int = 0x4321_fedc;
        match command {
            RESTART => processes::end_machine(SERVER, true).map_err(failed),
            HALT | POWER_OFF => processes::end_machine(SERVER, false).map_err(failed),
            // Whether ctrl-alt-delete restarts at once: there are no such keys.
            0 => Ok(()),
            _ => Err(Errno::EINVAL),
        }
    }
    unsafe fn sysinfo(information: *mut c_void) -> Result<()> {
        let figures = super::machine_figures::read()?;
        // SAFETY: the caller's structure, of the size that glibc's has.
        unsafe {
            information
                .cast::<super::machine_figures::Figures>()
                .write_unaligned(figures)
        };
        Ok(())
    }
}
