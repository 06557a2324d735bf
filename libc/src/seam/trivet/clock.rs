//! Clocks from the clock page, sleeping, randomness, the emergency message.

use super::delivery::interruptible;
use super::{BLOCKING, Trivet, close_own, failed};
use crate::errno::{Errno, Result};
use crate::seam::{CLOCK_MONOTONIC, CLOCK_REALTIME, Clock, Console, Entropy, Process};
use crate::types::*;
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering, fence};
use trivet_abi::clock::ClockPage;
use trivet_abi::handle::Handle;
use trivet_ipc::shared::MapFlags;
use trivet_ipc::{In, Out, clock, memory, process, processes, thread};

const CLOCK_PROCESS_CPUTIME_ID: clockid_t = 2;
const CLOCK_THREAD_CPUTIME_ID: clockid_t = 3;
const CLOCK_MONOTONIC_RAW: clockid_t = 4;
const CLOCK_REALTIME_COARSE: clockid_t = 5;
const CLOCK_MONOTONIC_COARSE: clockid_t = 6;
const CLOCK_BOOTTIME: clockid_t = 7;
const SECOND_NS: u64 = 1_000_000_000;

/// Linux's numbers of processor-time clocks: the complement of the number of a process or thread, a bit that says
/// which of both, and two bits that say what is counted.
const CPU_CLOCK_SHIFT: u32 = 3;
const CPU_CLOCK_OF_THREAD: clockid_t = 4;
const CPU_CLOCK_KIND: clockid_t = 3;
const CPU_CLOCK_SCHEDULER: clockid_t = 2;

/// The processor time of a process or of a thread of this process, by the clock's number.
fn cpu_clock(clock: clockid_t) -> Result<u64> {
    if clock >= 0 || clock & CPU_CLOCK_KIND != CPU_CLOCK_SCHEDULER {
        return Err(Errno::EINVAL);
    }
    let number = !(clock >> CPU_CLOCK_SHIFT);
    if clock & CPU_CLOCK_OF_THREAD != 0 {
        let times = super::threads::with_thread(number, thread::times).map_err(|_| Errno::EINVAL)?;
        return Ok(times.user_ns + times.system_ns);
    }
    if number == 0 || number == Trivet::pid() {
        return own_cpu_time();
    }
    let times = processes::times(Handle::PROCESS_SERVER, number as u64).map_err(|_| Errno::EINVAL)?;
    Ok(times.user_ns + times.system_ns)
}

/// The processor time of this process.
fn own_cpu_time() -> Result<u64> {
    let mut info = process::Info::default();
    process::info(Handle::PROCESS, &mut info).map_err(failed)?;
    Ok(info.user_time_ns + info.system_time_ns)
}

/// The clock page, once it is mapped.
static PAGE: AtomicPtr<ClockPage> = AtomicPtr::new(core::ptr::null_mut());

/// Maps the clock page. Two threads that do it at once map it twice; one mapping stays unused.
#[cold]
fn map_page() -> Result<*const ClockPage> {
    let page = clock::page(Handle::CLOCK).map_err(failed)?;
    let mapped = memory::map_read(page, Handle::ADDRESS_SPACE, 0, 4096, 0, MapFlags::EMPTY).map_err(failed);
    close_own(page);
    let address = core::ptr::with_exposed_provenance_mut::<ClockPage>(mapped? as usize);
    PAGE.store(address, Ordering::Release);
    Ok(address)
}

/// Monotonic time, and real time less monotonic time.
#[inline]
fn read_clock() -> Result<(u64, i64)> {
    let mut page = PAGE.load(Ordering::Acquire).cast_const();
    if page.is_null() {
        page = map_page()?;
    }
    loop {
        // SAFETY: the page is mapped and stays so; the kernel writes the number in one step.
        let before =
            unsafe { AtomicU32::from_ptr((&raw const (*page).sequence).cast_mut()) }.load(Ordering::Acquire);
        // SAFETY: as above; the kernel may be changing the fields, which the comparison below finds out.
        let (base_ticks, base_ns, ns_per_tick, offset) = unsafe {
            (
                (&raw const (*page).base_ticks).read_volatile(),
                (&raw const (*page).base_ns).read_volatile(),
                (&raw const (*page).ns_per_tick).read_volatile(),
                (&raw const (*page).wall_offset_ns).read_volatile(),
            )
        };
        // SAFETY: reading the time stamp counter touches no memory.
        let ticks = unsafe { core::arch::x86_64::_rdtsc() };
        fence(Ordering::Acquire);
        // SAFETY: as above.
        let after =
            unsafe { AtomicU32::from_ptr((&raw const (*page).sequence).cast_mut()) }.load(Ordering::Relaxed);
        if before & 1 == 0 && before == after {
            let elapsed = u128::from(ticks.saturating_sub(base_ticks)) * u128::from(ns_per_tick);
            return Ok((base_ns + (elapsed >> 32) as u64, offset));
        }
    }
}

fn from_ns(total: u64) -> timespec {
    timespec {
        tv_sec: (total / SECOND_NS) as time_t,
        tv_nsec: (total % SECOND_NS) as c_long,
    }
}

/// Nanoseconds of a time that is not negative; the largest where it does not fit.
fn to_ns(time: &timespec) -> Result<u64> {
    if !(0..SECOND_NS as c_long).contains(&time.tv_nsec) || time.tv_sec < 0 {
        return Err(Errno::EINVAL);
    }
    Ok((time.tv_sec as u64)
        .saturating_mul(SECOND_NS)
        .saturating_add(time.tv_nsec as u64))
}

/// The monotonic time that lies `time` from now.
pub(super) fn deadline_after(time: &timespec) -> Result<u64> {
    let time = to_ns(time)?;
    if time == 0 {
        return Ok(0);
    }
    Ok(read_clock()?.0.saturating_add(time).min(u64::MAX - 1))
}

/// A deadline as the kernel takes it: absolute, and not "never".
pub(super) fn deadline_ns(time: &timespec) -> Result<u64> {
    // A time before the epoch has passed.
    if time.tv_sec < 0 {
        return Ok(0);
    }
    Ok(to_ns(time)?.min(u64::MAX - 1))
}

impl Clock for Trivet {
    #[inline]
    fn now(clock: clockid_t) -> Result<timespec> {
        match clock {
            CLOCK_MONOTONIC | CLOCK_MONOTONIC_RAW | CLOCK_MONOTONIC_COARSE | CLOCK_BOOTTIME => {
                Ok(from_ns(read_clock()?.0))
            }
            CLOCK_REALTIME | CLOCK_REALTIME_COARSE => {
                let (monotonic, offset) = read_clock()?;
                Ok(from_ns(monotonic.wrapping_add_signed(offset)))
            }
            CLOCK_PROCESS_CPUTIME_ID => own_cpu_time().map(from_ns),
            CLOCK_THREAD_CPUTIME_ID => {
                let times = thread::times(Handle::SELF_THREAD).map_err(failed)?;
                Ok(from_ns(times.user_ns + times.system_ns))
            }
            _ => cpu_clock(clock).map(from_ns),
        }
    }
    fn resolution(clock: clockid_t) -> Result<timespec> {
        if (0..=CLOCK_BOOTTIME).contains(&clock) || cpu_clock(clock).is_ok() {
            Ok(timespec {
                tv_sec: 0,
                tv_nsec: 1,
            })
        } else {
            Err(Errno::EINVAL)
        }
    }
    fn set_clock(clock: clockid_t, time: &timespec) -> Result<()> {
        if clock != CLOCK_REALTIME {
            return Err(Errno::EINVAL);
        }
        match clock::set_realtime(Handle::CLOCK, to_ns(time)?).map_err(failed) {
            // POSIX's number for who may not set the clock.
            Err(Errno::EACCES) => Err(Errno::EPERM),
            result => result,
        }
    }
    fn sleep(
        clock: clockid_t,
        absolute: bool,
        time: &timespec,
        remaining: Option<&mut timespec>,
    ) -> Result<()> {
        let kind = match clock {
            CLOCK_MONOTONIC | CLOCK_BOOTTIME => 0,
            // A relative sleep does not move when somebody sets the clock.
            CLOCK_REALTIME => u64::from(absolute),
            CLOCK_PROCESS_CPUTIME_ID => return Err(Errno::EOPNOTSUPP),
            _ => return Err(Errno::EINVAL),
        };
        let span = to_ns(time)?;
        let deadline = if absolute {
            span.min(u64::MAX - 1)
        } else {
            deadline_after(time)?
        };
        if !absolute && span == 0 {
            return Ok(());
        }
        match interruptible(|| clock::sleep_with(BLOCKING, Handle::CLOCK, kind, deadline).map_err(failed)) {
            Err(Errno::EINTR) => {
                let (monotonic_ns, offset_ns) = read_clock()?;
                let now_ns = if kind == 0 {
                    monotonic_ns
                } else {
                    monotonic_ns.saturating_add_signed(offset_ns)
                };
                let left_ns = deadline.saturating_sub(now_ns);
                // The handler took what was left: the sleep has come to its end.
                if left_ns == 0 {
                    return Ok(());
                }
                if let (false, Some(rest)) = (absolute, remaining) {
                    *rest = from_ns(left_ns);
                }
                Err(Errno::EINTR)
            }
            result => result,
        }
    }
}

impl Entropy for Trivet {
    unsafe fn random(buffer: *mut c_void, length: usize, _flags: c_uint) -> Result<usize> {
        const MOST: usize = 0x10000;
        let length = length.min(MOST);
        // SAFETY: the caller's buffer.
        let room = unsafe { Out::<[u8]>::from_raw(buffer.cast(), length) };
        trivet_ipc::entropy::fill(Handle::ENTROPY, room)
            .map(|count| count as usize)
            .map_err(failed)
    }
}

impl Console for Trivet {
    fn emergency(mut message: &[u8]) {
        const STANDARD_ERROR: Handle = Handle(2);
        while !message.is_empty() {
            let bytes = In::<[u8]>::from(message);
            match trivet_ipc::file::write(STANDARD_ERROR, bytes) {
                Ok(count) if count > 0 => message = message.get(count as usize..).unwrap_or(&[]),
                _ => return,
            }
        }
    }
}
