//! Things to wait for. A set of descriptors is one of the kernel's WaitSets in a descriptor's place: it knows level, edge, once and exclusive,
//! and sets within sets. Counters, timers and observers are open files of the file server.

use super::delivery::interruptible;
use super::files::file_server;
use super::signals::with_mask;
use super::{BLOCKING, Trivet, close_own, descriptor, failed, foreign, path_from};
use crate::errno::{Errno, Result};
use crate::seam::{AT_FDCWD, EventSources, SignalSet};
use crate::types::*;
use trivet_abi::event::readiness;
use trivet_abi::handle::Handle;
use trivet_ipc::file_server::{self, CounterFlags, TimerFlags};
use trivet_ipc::process::SlotInfo;
use trivet_ipc::shared::OpenFlags;
use trivet_ipc::wait_set::{self, Ready, WatchFlags};
use trivet_ipc::{CallOptions, ErrorNumber, Failure, In, account};

const O_CLOEXEC: c_int = 0o2000000;
const O_NONBLOCK: c_int = 0o4000;
const EFD_SEMAPHORE: c_int = 1;
const CONTROL_ADD: c_int = 1;
const CONTROL_DELETE: c_int = 2;
const CONTROL_MODIFY: c_int = 3;
const EPOLLEXCLUSIVE: u32 = 1 << 28;
const EPOLLWAKEUP: u32 = 1 << 29;
const EPOLLONESHOT: u32 = 1 << 30;
const EPOLLET: u32 = 1 << 31;
/// Bits that may stand beside EPOLLEXCLUSIVE.
const WITH_EXCLUSIVE: u32 =
    readiness::IN | readiness::OUT | readiness::ERR | readiness::HUP | EPOLLWAKEUP | EPOLLET;
/// EPOLLRDNORM and EPOLLWRNORM: other names for "can be read" and "can be written".
const READ_NORMAL: u32 = 0x40;
const WRITE_NORMAL: u32 = 0x100;
/// Events of one wait, at most; programs ask again.
const BATCH: usize = 128;
const IN_ONLYDIR: u32 = 0x0100_0000;
const IN_DONT_FOLLOW: u32 = 0x0200_0000;
const SECOND_NS: u64 = 1_000_000_000;

/// Options of a call that makes a descriptor.
fn into_descriptor(flags: c_int) -> CallOptions {
    CallOptions::DEFAULT.into_descriptor(flags & O_CLOEXEC != 0)
}

fn open_flags(flags: c_int) -> OpenFlags {
    if flags & O_NONBLOCK != 0 {
        OpenFlags::NON_BLOCK
    } else {
        OpenFlags::EMPTY
    }
}

fn nanoseconds(time: &timespec) -> u64 {
    (time.tv_sec as u64)
        .saturating_mul(SECOND_NS)
        .saturating_add(time.tv_nsec as u64)
}

fn time(nanoseconds: u64) -> timespec {
    timespec {
        tv_sec: (nanoseconds / SECOND_NS) as c_long,
        tv_nsec: (nanoseconds % SECOND_NS) as c_long,
    }
}

/// An error of the file server about a descriptor: where that is taken, but by something else than what is meant, it is EINVAL.
fn wrong_kind<E: ErrorNumber>(fd: c_int) -> impl Fn(Failure<E>) -> Errno {
    move |failure| match failed(failure) {
        Errno::EBADF => {
            let mut info = SlotInfo::default();
            let taken = descriptor(fd).is_ok_and(|handle| {
                trivet_ipc::process::slot_info(Handle::PROCESS, handle.0, &mut info).is_ok()
            });
            if taken { Errno::EINVAL } else { Errno::EBADF }
        }
        error => error,
    }
}

fn setting(first_ns: u64, interval_ns: u64) -> itimerspec {
    itimerspec {
        it_interval: time(interval_ns),
        it_value: time(first_ns),
    }
}

/// Waits until `deadline_ns` and tells what is ready.
///
/// # Safety
/// `events` has room for `maximum` entries.
unsafe fn wait_until(
    set: Handle,
    events: *mut epoll_event,
    maximum: usize,
    deadline_ns: u64,
) -> Result<c_int> {
    let mut ready = [Ready::default(); BATCH];
    let room = &mut ready[..maximum.min(BATCH)];
    let count = wait_set::wait_with(BLOCKING, set, deadline_ns, &mut *room).map_err(failed)?;
    for (index, found) in room.iter().take(count as usize).enumerate() {
        let event = epoll_event {
            events: found.bits as u32,
            data: found.cookie,
        };
        // SAFETY: inside of the caller's room.
        unsafe { events.add(index).write_unaligned(event) };
    }
    Ok(count as c_int)
}

impl EventSources for Trivet {
    fn epoll_create(flags: c_int) -> Result<c_int> {
        account::create_wait_set_with(into_descriptor(flags), Handle::ACCOUNT)
            .map(|set| set.0 as c_int)
            .map_err(failed)
    }
    unsafe fn epoll_control(
        epoll: c_int,
        operation: c_int,
        fd: c_int,
        event: *const epoll_event,
    ) -> Result<()> {
        let (set, member) = (descriptor(epoll)?, descriptor(fd)?);
        if operation == CONTROL_DELETE {
            return wait_set::remove(set, member.0).map_err(failed);
        }
        // SAFETY: the caller's structure, which C packs.
        let event = unsafe { event.read_unaligned() };
        let wanted = event.events;
        if wanted & EPOLLEXCLUSIVE != 0
            && (operation != CONTROL_ADD || wanted & !(WITH_EXCLUSIVE | EPOLLEXCLUSIVE) != 0)
        {
            return Err(Errno::EINVAL);
        }
        let mut flags = WatchFlags::EMPTY;
        for (bit, flag) in [
            (EPOLLET, WatchFlags::EDGE),
            (EPOLLONESHOT, WatchFlags::ONE_SHOT),
            (EPOLLEXCLUSIVE, WatchFlags::EXCLUSIVE),
        ] {
            if wanted & bit != 0 {
                flags |= flag;
            }
        }
        let mut interest = wanted & readiness::SESSION;
        if wanted & READ_NORMAL != 0 {
            interest |= readiness::IN;
        }
        if wanted & WRITE_NORMAL != 0 {
            interest |= readiness::OUT;
        }
        let cookie = event.data;
        match operation {
            CONTROL_ADD => wait_set::add(set, member.0, interest, cookie, flags).map_err(failed),
            CONTROL_MODIFY => wait_set::modify(set, member.0, interest, cookie, flags).map_err(failed),
            _ => Err(Errno::EINVAL),
        }
    }
    unsafe fn epoll_wait(
        epoll: c_int,
        events: *mut epoll_event,
        maximum: c_int,
        timeout: *const timespec,
        mask: *const SignalSet,
    ) -> Result<c_int> {
        let set = descriptor(epoll)?;
        let deadline_ns = if timeout.is_null() {
            u64::MAX
        } else {
            // SAFETY: a timeout that is not null is the caller's timespec.
            super::clock::deadline_after(unsafe { &*timeout })?
        };
        // SAFETY: the caller's room.
        let wait = || unsafe { wait_until(set, events, maximum as usize, deadline_ns) };
        if mask.is_null() {
            interruptible(wait)
        } else {
            // SAFETY: a mask that is not null is the caller's set.
            with_mask(unsafe { &*mask }, wait)
        }
    }
    fn event_counter(initial: c_uint, flags: c_int) -> Result<c_int> {
        if flags & !(O_CLOEXEC | O_NONBLOCK | EFD_SEMAPHORE) != 0 {
            return Err(Errno::EINVAL);
        }
        let known = CounterFlags::from_word((flags & !O_CLOEXEC) as u64);
        file_server::event_counter_with(into_descriptor(flags), file_server(), initial.into(), known)
            .map(|counter| counter.0 as c_int)
            .map_err(failed)
    }
    fn timer_descriptor(clock: clockid_t, flags: c_int) -> Result<c_int> {
        file_server::timer_with(
            into_descriptor(flags),
            file_server(),
            clock as u32,
            open_flags(flags),
        )
        .map(|timer| timer.0 as c_int)
        .map_err(failed)
    }
    unsafe fn set_timer_descriptor(
        fd: c_int,
        flags: c_int,
        new: *const itimerspec,
        old: *mut itimerspec,
    ) -> Result<()> {
        // SAFETY: the caller's structure.
        let (first, interval) = unsafe { (nanoseconds(&(*new).it_value), nanoseconds(&(*new).it_interval)) };
        let flags = TimerFlags::from_word(flags as u64);
        let before = file_server::set_timer(file_server(), descriptor(fd)?, flags, first, interval)
            .map_err(wrong_kind(fd))?;
        if !old.is_null() {
            // SAFETY: the caller's structure.
            unsafe { old.write(setting(before.old_first_ns, before.old_interval_ns)) };
        }
        Ok(())
    }
    unsafe fn timer_descriptor_setting(fd: c_int, current: *mut itimerspec) -> Result<()> {
        let now = file_server::timer_setting(file_server(), descriptor(fd)?).map_err(wrong_kind(fd))?;
        // SAFETY: the caller's structure.
        unsafe { current.write(setting(now.first_ns, now.interval_ns)) };
        Ok(())
    }
    fn observer(flags: c_int) -> Result<c_int> {
        file_server::observer_with(into_descriptor(flags), file_server(), open_flags(flags))
            .map(|observer| observer.0 as c_int)
            .map_err(failed)
    }
    unsafe fn observe(fd: c_int, path: *const c_char, events: u32) -> Result<c_int> {
        let observer = descriptor(fd)?;
        // SAFETY: the caller's path.
        let (from, path) = unsafe { path_from(AT_FDCWD, path) }?;
        let mut flags = OpenFlags::PATH;
        if events & IN_ONLYDIR != 0 {
            flags |= OpenFlags::DIRECTORY;
        }
        if events & IN_DONT_FOLLOW != 0 {
            flags |= OpenFlags::NO_FOLLOW;
        }
        let target = foreign::open_descriptor(CallOptions::DEFAULT, from, path, flags, 0, 0)?;
        let watch = file_server::observe(file_server(), observer, target, events).map_err(wrong_kind(fd));
        close_own(target);
        watch.map(|number| number as c_int)
    }
    fn stop_observing(fd: c_int, watch: c_int) -> Result<()> {
        file_server::stop_observing(file_server(), descriptor(fd)?, watch as u32 as u64)
            .map_err(wrong_kind(fd))
    }
    unsafe fn memory_file(name: *const c_char, flags: c_uint) -> Result<c_int> {
        const CLOSE_ON_EXEC: c_uint = 1;
        const ALLOW_SEALING: c_uint = 2;
        const NAME_MAX: usize = 249;
        if name.is_null() {
            return Err(Errno::EFAULT);
        }
        if flags & !(CLOSE_ON_EXEC | ALLOW_SEALING) != 0 {
            return Err(Errno::EINVAL);
        }
        let mut length = 0;
        // SAFETY: the caller's string, up to its terminator.
        while unsafe { *name.add(length) } != 0 {
            length += 1;
            if length > NAME_MAX {
                return Err(Errno::EINVAL);
            }
        }
        let options = CallOptions::DEFAULT.into_descriptor(flags & CLOSE_ON_EXEC != 0);
        let label = In::<[u8]>::from_raw(name.cast(), length);
        file_server::memory_file_with(options, file_server(), label, flags.into())
            .map(|file| file.0 as c_int)
            .map_err(failed)
    }
}
