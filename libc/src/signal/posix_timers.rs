//! Timers of a process: `timer_create` and its family. POSIX.1-2024 `timer_create`.
//!
//! One thread of the library's own, made with the first timer, sleeps until the earliest of them is due and sends the signal, or starts
//! the thread, that the program asked for. A signal that is still pending is not sent again; its timer counts an overrun.

use crate::errno::{Errno, Result, returned, returned_status};
use crate::heap::Vector;
use crate::lock::{Lock, RawLock};
use crate::seam::*;
use crate::signal::event::{Event, SIGEV_SIGNAL, SIGEV_THREAD, SIGEV_THREAD_ID};
use crate::signal::{SIG_SETMASK, is_valid};
use crate::types::*;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

const SIGALRM: c_int = 14;
const SI_TIMER: c_int = -2;
const TIMER_ABSTIME: c_int = 1;
const CLOCK_THREAD_CPUTIME_ID: clockid_t = 3;
/// How long the thread sleeps at least while it waits for processor time to pass, on which nobody can sleep.
const PROCESSOR_TIME_STEP_NS: u64 = 1_000_000;
const NS: u64 = 1_000_000_000;
/// Timers that a process may have.
const MOST: usize = 1024;
/// What `timer_getoverrun` counts up to.
const DELAYTIMER_MAX: u64 = i32::MAX as u64;

/// C's `struct itimerspec`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct Setting {
    interval: timespec,
    value: timespec,
}

/// One timer; a place that is not `used` is free.
#[derive(Clone, Copy)]
struct Timer {
    used: bool,
    clock: clockid_t,
    /// When it is due, on its clock; 0: not armed.
    due_ns: u64,
    interval_ns: u64,
    overrun: u64,
    event: Event,
}

struct Table(Vector<Timer>);
// SAFETY: plain data, reached under its lock.
unsafe impl Send for Table {}

static TIMERS: Lock<Table> = Lock::new(Table(Vector::new()));
/// Changes whenever the thread must look again.
static CHANGED: AtomicU32 = AtomicU32::new(0);
/// Whether the thread runs.
static RUNNING: AtomicBool = AtomicBool::new(false);

/// The lock, for fork.
pub fn lock() -> &'static RawLock {
    TIMERS.raw()
}

/// A child has no timers of its parent's, and not the thread.
pub fn after_fork_in_child() {
    RUNNING.store(false, Ordering::Relaxed);
    for timer in TIMERS.lock().0.iter_mut() {
        timer.used = false;
    }
}

fn ns(time: &timespec) -> Result<u64> {
    if time.tv_sec < 0 || !(0..NS as c_long).contains(&time.tv_nsec) {
        return Err(Errno::EINVAL);
    }
    Ok((time.tv_sec as u64)
        .saturating_mul(NS)
        .saturating_add(time.tv_nsec as u64))
}

fn time(ns: u64) -> timespec {
    timespec {
        tv_sec: (ns / NS) as time_t,
        tv_nsec: (ns % NS) as c_long,
    }
}

fn now(clock: clockid_t) -> u64 {
    System::now(clock).and_then(|time| ns(&time)).unwrap_or(0)
}

/// A timer's place by the program's word for it.
fn index(timer: timer_t) -> Result<usize> {
    timer.addr().checked_sub(1).ok_or(Errno::EINVAL)
}

fn with_timer<T>(timer: timer_t, work: impl FnOnce(&mut Timer) -> Result<T>) -> Result<T> {
    let index = index(timer)?;
    let mut timers = TIMERS.lock();
    match timers.0.get_mut(index) {
        Some(timer) if timer.used => work(timer),
        _ => Err(Errno::EINVAL),
    }
}

/// What is to be done for a timer that was due.
struct Due {
    index: usize,
    overrun: u64,
    event: Event,
}

/// Takes the first timer that is due, and arms it anew; otherwise when to look again, in monotonic time.
fn take_due() -> core::result::Result<Due, u64> {
    let mut timers = TIMERS.lock();
    let mut earliest = u64::MAX;
    for (index, timer) in timers.0.iter_mut().enumerate() {
        if !timer.used || timer.due_ns == 0 {
            continue;
        }
        let current = now(timer.clock);
        if timer.due_ns > current {
            let is_wall = matches!(timer.clock, CLOCK_REALTIME | CLOCK_MONOTONIC);
            let least = if is_wall { 0 } else { PROCESSOR_TIME_STEP_NS };
            let wait = now(CLOCK_MONOTONIC).saturating_add((timer.due_ns - current).max(least));
            earliest = earliest.min(wait);
            continue;
        }
        let missed = match timer.interval_ns {
            0 => {
                timer.due_ns = 0;
                0
            }
            interval => {
                let missed = (current - timer.due_ns) / interval;
                timer.due_ns = timer.due_ns.saturating_add((missed + 1).saturating_mul(interval));
                missed
            }
        };
        let signals = timer.event.notify == SIGEV_SIGNAL || timer.event.notify == SIGEV_THREAD_ID;
        let waits = signals
            && System::pending()
                .is_ok_and(|set| is_valid(timer.event.signal) && set.contains(timer.event.signal));
        if waits {
            timer.overrun = (timer.overrun + missed + 1).min(DELAYTIMER_MAX);
            earliest = 0;
            continue;
        }
        timer.overrun = missed.min(DELAYTIMER_MAX);
        return Ok(Due {
            index,
            overrun: timer.overrun,
            event: timer.event,
        });
    }
    Err(earliest)
}

/// C's `siginfo_t` of a timer.
#[repr(C)]
struct Information {
    signal: c_int,
    error: c_int,
    code: c_int,
    padding: c_int,
    timer: c_int,
    overrun: c_int,
    value: usize,
    rest: [u64; 12],
}

const _: () = assert!(size_of::<Information>() == 128);

fn fire(due: &Due) {
    let event = &due.event;
    match event.notify {
        SIGEV_SIGNAL | SIGEV_THREAD_ID => {
            let information = Information {
                signal: event.signal,
                error: 0,
                code: SI_TIMER,
                padding: 0,
                timer: due.index as c_int,
                overrun: due.overrun as c_int,
                value: event.value,
                rest: [0; 12],
            };
            let place = (&raw const information).cast();
            // A signal that finds no room is lost, as POSIX allows; the timer goes on.
            // SAFETY: the information is a local variable of the system's size.
            let _ = unsafe {
                if event.notify == SIGEV_SIGNAL {
                    System::queue(System::pid(), event.signal, place)
                } else {
                    System::queue_thread(event.function as pid_t, event.signal, place)
                }
            };
        }
        SIGEV_THREAD => event.start_thread(),
        _ => {}
    }
}

/// The library's thread.
#[cfg(not(test))]
unsafe extern "C-unwind" fn serve(_argument: *mut c_void) -> *mut c_void {
    // Timers whose signals are pending are looked at this often.
    const AGAIN_NS: u64 = 1_000_000;
    loop {
        let before = CHANGED.load(Ordering::Acquire);
        match take_due() {
            Ok(due) => fire(&due),
            Err(earliest) => {
                let until = if earliest == 0 {
                    now(CLOCK_MONOTONIC) + AGAIN_NS
                } else {
                    earliest
                };
                let deadline = Deadline {
                    time: time(until),
                    clock: CLOCK_MONOTONIC,
                };
                let deadline = (until != u64::MAX).then_some(deadline);
                let _ = System::futex_wait(&CHANGED, before, deadline, Scope::Private);
            }
        }
    }
}

/// Makes the thread, with all signals blocked in it.
#[cfg(not(test))]
fn ensure_thread() -> Result<()> {
    if RUNNING.swap(true, Ordering::AcqRel) {
        return Ok(());
    }
    let mask = System::mask(SIG_SETMASK, Some(&SignalSet::ALL));
    // SAFETY: the function takes no argument.
    let made = unsafe { crate::pthread::create::create(ptr::null(), serve, ptr::null_mut(), false) };
    if let Ok(mask) = mask {
        let _ = System::mask(SIG_SETMASK, Some(&mask));
    }
    match made {
        Ok(_) => {
            crate::pthread::do_not_count();
            Ok(())
        }
        Err(error) => {
            RUNNING.store(false, Ordering::Release);
            Err(error)
        }
    }
}

#[cfg(test)]
fn ensure_thread() -> Result<()> {
    let _ = (take_due, fire, SIG_SETMASK);
    Err(Errno::EAGAIN)
}

fn create(clock: clockid_t, event: Option<&Event>) -> Result<usize> {
    let clock = match clock {
        // The caller's own, whichever thread reads it.
        CLOCK_THREAD_CPUTIME_ID => !System::thread_id() << 3 | 2 | 4,
        other => other,
    };
    System::now(clock).map_err(|_| Errno::EINVAL)?;
    if let Some(event) = event {
        event.check()?;
    }
    ensure_thread()?;
    let mut timers = TIMERS.lock();
    let free = timers.0.iter().position(|timer| !timer.used);
    let index = free.unwrap_or(timers.0.len());
    let event = event.copied().unwrap_or(Event {
        value: index + 1,
        signal: SIGALRM,
        notify: SIGEV_SIGNAL,
        function: 0,
        attributes: 0,
        rest: [0; 4],
    });
    let timer = Timer {
        used: true,
        clock,
        due_ns: 0,
        interval_ns: 0,
        overrun: 0,
        event,
    };
    match free {
        Some(index) => timers.0[index] = timer,
        None if index >= MOST => return Err(Errno::EAGAIN),
        None => timers.0.push(timer).map_err(|_| Errno::EAGAIN)?,
    }
    Ok(index)
}

fn look_again() {
    CHANGED.fetch_add(1, Ordering::Release);
    System::futex_wake(&CHANGED, 1, Scope::Private);
}

fn left(timer: &Timer) -> Setting {
    let value = match timer.due_ns {
        0 => 0,
        // One that is due and not yet served still counts as armed.
        due => due.saturating_sub(now(timer.clock)).max(1),
    };
    Setting {
        interval: time(timer.interval_ns),
        value: time(value),
    }
}

// SAFETY of every block below: pointers are the caller's.
crate::export! {
    /// Makes a timer on a clock; without an event it sends SIGALRM. POSIX.1-2024 `timer_create`.
    pub unsafe extern "C" fn timer_create(clock: clockid_t, event: *const Event, timer: *mut timer_t) -> c_int {
        // SAFETY: see above.
        returned_status(create(clock, unsafe { event.as_ref() }).map(|index| unsafe {
            timer.write(ptr::without_provenance_mut(index + 1));
        }))
    }

    /// Arms a timer, or disarms it with a zero value; what was left of it. POSIX.1-2024 `timer_settime`.
    pub unsafe extern "C" fn timer_settime(
        timer: timer_t,
        flags: c_int,
        new: *const Setting,
        old: *mut Setting,
    ) -> c_int {
        if new.is_null() {
            return returned_status(Err(Errno::EINVAL));
        }
        // SAFETY: see above.
        let new = unsafe { *new };
        let result = (|| {
            let (value, interval) = (ns(&new.value)?, ns(&new.interval)?);
            with_timer(timer, |timer| {
                let before = left(timer);
                timer.interval_ns = interval;
                timer.overrun = 0;
                timer.due_ns = match value {
                    0 => 0,
                    value if flags & TIMER_ABSTIME != 0 => value,
                    value => now(timer.clock).saturating_add(value),
                };
                Ok(before)
            })
        })();
        look_again();
        returned_status(result.map(|before| {
            if !old.is_null() {
                // SAFETY: see above.
                unsafe { old.write(before) };
            }
        }))
    }

    /// What is left of a timer. POSIX.1-2024 `timer_gettime`.
    pub unsafe extern "C" fn timer_gettime(timer: timer_t, setting: *mut Setting) -> c_int {
        // SAFETY: see above.
        returned_status(with_timer(timer, |timer| Ok(left(timer))).map(|left| unsafe { setting.write(left) }))
    }

    /// Expirations that were not signalled because the signal was still pending. POSIX.1-2024 `timer_getoverrun`.
    pub unsafe extern "C" fn timer_getoverrun(timer: timer_t) -> c_int {
        returned(with_timer(timer, |timer| Ok(timer.overrun as c_int)))
    }

    /// Takes a timer away. POSIX.1-2024 `timer_delete`.
    pub unsafe extern "C" fn timer_delete(timer: timer_t) -> c_int {
        returned_status(with_timer(timer, |timer| {
            timer.used = false;
            Ok(())
        }))
    }
}
