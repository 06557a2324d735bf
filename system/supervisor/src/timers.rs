//! Alarms: interval timers of real time, by one kernel timer for all, and of a process's own time, by the kernel's processor time limit.

use crate::limits;
use crate::member::{Information, OwnTimer};
use crate::owned::Owned;
use crate::server::{Server, apply_limits};
use crate::signal::{SI_KERNEL, SIGALRM, SIGKILL, SIGPROF, SIGVTALRM, SIGXCPU};
use alloc::collections::BTreeSet;
use core::cell::{Cell, RefCell};
use trivet_ipc::timer::ClockKind;

/// The shortest interval: who rings more often keeps this server from its work.
const INTERVAL_MIN_NS: u64 = 1_000_000;
/// Nanoseconds of a second.
const SECOND_NS: u64 = 1_000_000_000;

/// Alarms that are set.
#[derive(Debug)]
pub struct Timers {
    timer: Owned,
    armed_ns: Cell<u64>,
    /// By time: processes with an alarm, and processes of which a thread waits for a queued signal.
    due: RefCell<BTreeSet<(u64, u64, Kind)>>,
}

/// What happens at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// SIGALRM.
    Alarm,
    /// Threads that wait for queued signals look again.
    Wake,
}

impl Timers {
    /// No alarms yet.
    #[must_use]
    pub fn new(timer: Owned) -> Timers {
        Timers {
            timer,
            armed_ns: Cell::new(0),
            due: RefCell::default(),
        }
    }

    /// Adds a time.
    pub fn add(&self, at_ns: u64, number: u64, kind: Kind) {
        self.due.borrow_mut().insert((at_ns, number, kind));
        self.arm();
    }

    /// Takes a time back.
    pub fn remove(&self, at_ns: u64, number: u64, kind: Kind) {
        self.due.borrow_mut().remove(&(at_ns, number, kind));
    }

    fn arm(&self) {
        let first = self.due.borrow().first().map_or(0, |due| due.0.max(1));
        if first != self.armed_ns.replace(first) {
            // A timer that is not set makes alarms late; the kernel refuses no time.
            let _ = trivet_ipc::timer::set(self.timer.handle(), ClockKind::Monotonic, first, 0);
        }
    }

    fn pop(&self, now_ns: u64) -> Option<(u64, u64, Kind)> {
        let first = self.due.borrow().first().copied().filter(|due| due.0 <= now_ns)?;
        self.due.borrow_mut().remove(&first);
        Some(first)
    }
}

/// What the system tells of a timer's signal.
const BY_SYSTEM: Information = Information {
    code: SI_KERNEL,
    sender: 0,
    user: 0,
    value: 0,
    ticks: [0; 2],
};

impl Server {
    /// The time of the alarms' timer has come.
    pub fn ring_alarms(&self) {
        self.timers.armed_ns.set(0);
        let now_ns = self.runtime.kernel().now_ns();
        while let Some((at_ns, number, kind)) = self.timers.pop(now_ns) {
            let mut table = self.table.borrow_mut();
            let Some(entry) = table.get_mut(number).filter(|entry| entry.is_alive()) else {
                continue;
            };
            if kind == Kind::Wake {
                entry.detail.signal_waiters.wake_all();
                continue;
            }
            let alarm = &mut entry.detail.alarm;
            if alarm.at_ns != at_ns {
                continue;
            }
            alarm.at_ns = 0;
            if alarm.interval_ns != 0 {
                let interval_ns = alarm.interval_ns.max(INTERVAL_MIN_NS);
                alarm.at_ns = at_ns.saturating_add(interval_ns);
                if alarm.at_ns <= now_ns {
                    // What was missed is one alarm; the rhythm stays.
                    let missed = (now_ns - alarm.at_ns) / interval_ns + 1;
                    alarm.at_ns = alarm.at_ns.saturating_add(missed.saturating_mul(interval_ns));
                }
                self.timers
                    .due
                    .borrow_mut()
                    .insert((alarm.at_ns, number, Kind::Alarm));
            }
            drop(table);
            self.send(number, SIGALRM, &BY_SYSTEM, None);
        }
        self.timers.arm();
    }

    /// Sets the alarm of a process. Answers what is left of the one before, and its interval.
    pub fn set_alarm(&self, number: u64, first_ns: u64, interval_ns: u64) -> (u64, u64) {
        let now_ns = self.runtime.kernel().now_ns();
        let mut table = self.table.borrow_mut();
        let Some(entry) = table.get_mut(number) else {
            return (0, 0);
        };
        let alarm = &mut entry.detail.alarm;
        let old = *alarm;
        if old.at_ns != 0 {
            self.timers.remove(old.at_ns, number, Kind::Alarm);
        }
        *alarm = OwnTimer {
            at_ns: match first_ns {
                0 => 0,
                first_ns => now_ns.saturating_add(first_ns),
            },
            interval_ns,
        };
        match alarm.at_ns {
            0 => self.timers.arm(),
            at_ns => self.timers.add(at_ns, number, Kind::Alarm),
        }
        left_of(old, now_ns)
    }

    /// What is left of a process's alarm.
    pub fn alarm_of(&self, number: u64) -> (u64, u64) {
        let now_ns = self.runtime.kernel().now_ns();
        let table = self.table.borrow();
        table
            .get(number)
            .map_or((0, 0), |entry| left_of(entry.detail.alarm, now_ns))
    }

    /// Sets a timer of the process's own time: 0 is ITIMER_VIRTUAL, 1 is ITIMER_PROF. Answers what was set before.
    pub fn set_own_timer(&self, number: u64, which: usize, first_ns: u64, interval_ns: u64) -> (u64, u64) {
        let old = self.own_timer_of(number, which);
        if let Some(entry) = self.table.borrow_mut().get_mut(number) {
            let usage = entry.detail.usage();
            let now_ns = own_time(which, usage.user_ns, usage.system_ns);
            entry.detail.own_timers[which] = OwnTimer {
                at_ns: match first_ns {
                    0 => 0,
                    first_ns => now_ns.saturating_add(first_ns),
                },
                interval_ns,
            };
        }
        self.arm_processor_time(number);
        old
    }

    /// What is left of such a timer.
    pub fn own_timer_of(&self, number: u64, which: usize) -> (u64, u64) {
        let table = self.table.borrow();
        let Some(entry) = table.get(number) else {
            return (0, 0);
        };
        let usage = entry.detail.usage();
        left_of(
            entry.detail.own_timers[which],
            own_time(which, usage.user_ns, usage.system_ns),
        )
    }

    /// Tells the kernel at which processor time this server wants to hear of a process: at its limit, or when a timer fires.
    pub fn arm_processor_time(&self, number: u64) {
        let table = self.table.borrow();
        let Some(entry) = table.get(number).filter(|entry| entry.is_alive()) else {
            return;
        };
        let member = &entry.detail;
        let usage = member.usage();
        let total_ns = usage.user_ns.saturating_add(usage.system_ns);
        let mut next_ns = u64::MAX;
        let limit = member.limits.get(limits::CPU);
        for seconds in limit.into_iter().flat_map(|limit| [limit.soft, limit.hard]) {
            let at_ns = seconds.saturating_mul(SECOND_NS);
            if seconds != limits::INFINITY {
                // Past the soft limit, a reminder each second.
                let reminder_ns = (total_ns / SECOND_NS + 1) * SECOND_NS;
                next_ns = next_ns.min(if at_ns > total_ns { at_ns } else { reminder_ns });
            }
        }
        for (which, timer) in member.own_timers.iter().enumerate() {
            if timer.at_ns != 0 {
                let left_ns = timer
                    .at_ns
                    .saturating_sub(own_time(which, usage.user_ns, usage.system_ns))
                    .max(1);
                next_ns = next_ns.min(total_ns.saturating_add(left_ns));
            }
        }
        let next_ns = if next_ns == u64::MAX { 0 } else { next_ns };
        let row = self.rows.borrow().get(member.row).copied().unwrap_or_default();
        let privileged = row.effective_user == 0;
        let _ = apply_limits(member.process.handle(), &member.limits, privileged, next_ns);
    }

    /// A process has used the processor time that the kernel was told.
    pub fn time_is_up(&self, number: u64) {
        let mut due = [0; 3];
        {
            let mut table = self.table.borrow_mut();
            let Some(entry) = table.get_mut(number).filter(|entry| entry.is_alive()) else {
                return;
            };
            let usage = entry.detail.usage();
            let total_ns = usage.user_ns.saturating_add(usage.system_ns);
            for (which, signal) in [(0, SIGVTALRM), (1, SIGPROF)] {
                let now_ns = own_time(which, usage.user_ns, usage.system_ns);
                let timer = &mut entry.detail.own_timers[which];
                if timer.at_ns != 0 && timer.at_ns <= now_ns {
                    due[which] = signal;
                    timer.at_ns = match timer.interval_ns {
                        0 => 0,
                        interval_ns => now_ns.saturating_add(interval_ns.max(INTERVAL_MIN_NS)),
                    };
                }
            }
            if let Some(limit) = entry.detail.limits.get(limits::CPU) {
                let reached = |seconds: u64| {
                    seconds != limits::INFINITY && total_ns >= seconds.saturating_mul(SECOND_NS)
                };
                if reached(limit.hard) {
                    due[2] = SIGKILL;
                } else if reached(limit.soft) {
                    due[2] = SIGXCPU;
                }
            }
        }
        for signal in due {
            if signal != 0 {
                self.send(number, signal, &BY_SYSTEM, None);
            }
        }
        self.arm_processor_time(number);
    }
}

/// The clock of a timer: its own code only, or with what servers do for it.
fn own_time(which: usize, user_ns: u64, system_ns: u64) -> u64 {
    if which == 0 {
        user_ns
    } else {
        user_ns.saturating_add(system_ns)
    }
}

fn left_of(timer: OwnTimer, now_ns: u64) -> (u64, u64) {
    let left_ns = match timer.at_ns {
        0 => 0,
        at_ns => at_ns.saturating_sub(now_ns).max(1),
    };
    (left_ns, timer.interval_ns)
}
