//! The Timer and Clock interfaces, and what happens when deadlines come.

use super::{ClockKind, DeadlineOwner, Timer};
use crate::account::Account;
use crate::arena::Ref;
use crate::dispatch::{Answer, Failure, Invocation, Served, errno, refuse};
use crate::handle::slot::Object;
use crate::ipc::event::News;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::methods;
use crate::object::TIMER_COST;
use crate::thread::{Thread, ThreadState};
use trivet_abi::error::CallError;
use trivet_abi::event::readiness;
use trivet_abi::message::request;

/// Deadlines that one tick carries out; more wait for the next, which comes at once.
const EXPIRE_STEP: usize = 64;
/// A timer that is bound to an endpoint expires at most so often; what passes between counts with the next expiration.
const SHORTEST_PERIOD_NS: u64 = 50_000;
/// A slew of real time takes at least this many times what it changes.
const LEAST_SLEW_RATIO: u64 = 2;

impl<M: Machine> Kernel<M> {
    /// Makes a timer, not armed, with one reference.
    pub(crate) fn create_timer(&mut self, account: Ref<Account>) -> Result<Ref<Timer>, CallError> {
        self.accounts[account].charge_all(&TIMER_COST)?;
        let made = self.deadlines.register().and_then(|deadline| {
            self.timers
                .insert(Timer {
                    account,
                    deadline,
                    clock: ClockKind::Monotonic,
                    deadline_ns: 0,
                    interval_ns: 0,
                    expirations: 0,
                    event: None,
                    watches: None,
                })
                .inspect_err(|_| self.deadlines.unregister(deadline))
        });
        let Ok(timer) = made else {
            self.accounts[account].refund_all(&TIMER_COST);
            return Err(CallError::NoMemory);
        };
        self.accounts.acquire(account);
        self.deadlines
            .set_owner(self.timers[timer].deadline, DeadlineOwner::Timer(timer));
        Ok(timer)
    }

    /// Counts one reference less; the last one frees the timer.
    pub(crate) fn release_timer(&mut self, timer: Ref<Timer>) {
        if !self.timers.release(timer) {
            return;
        }
        while let Some(watch) = self.timers[timer].watches {
            self.drop_watch(watch);
        }
        if let Some(gone) = self.timers.remove(timer) {
            self.deadlines.unregister(gone.deadline);
            if let Some(event) = gone.event {
                self.drop_event(event);
            }
            self.accounts[gone.account].refund_all(&TIMER_COST);
            self.release_account(gone.account);
        }
    }

    /// Time on a clock.
    pub(crate) fn time_on(&self, clock: ClockKind) -> u64 {
        let now = self.machine.now_ns();
        match clock {
            ClockKind::Monotonic => now,
            ClockKind::Realtime => self.real_time(now),
        }
    }

    /// Real time at a monotonic time.
    pub(crate) fn real_time(&self, monotonic_ns: u64) -> u64 {
        let shifted = i128::from(monotonic_ns) + i128::from(self.wall_offset_ns);
        u64::try_from(shifted.max(0)).unwrap_or(u64::MAX)
    }

    /// Carries out the deadlines that have come.
    pub(crate) fn expire_deadlines(&mut self, now_ns: u64) {
        let real = self.real_time(now_ns);
        for _ in 0..EXPIRE_STEP {
            let due = self
                .deadlines
                .pop_due(ClockKind::Monotonic, now_ns)
                .or_else(|| self.deadlines.pop_due(ClockKind::Realtime, real));
            match due {
                None => return,
                Some(DeadlineOwner::Thread(thread)) => self.thread_timed_out(thread),
                Some(DeadlineOwner::Slot(slot)) => self.slot_timed_out(slot),
                Some(DeadlineOwner::Timer(timer)) => self.timer_expired(timer),
            }
        }
    }

    /// A periodic timer that nobody takes from costs nothing: it is armed again by `take`, which counts what passed meanwhile. One
    /// that is bound to an endpoint goes on, but not faster than [`SHORTEST_PERIOD_NS`].
    fn timer_expired(&mut self, reference: Ref<Timer>) {
        let now = self.time_on(self.timers[reference].clock);
        let passed = self.count_expirations(reference, now);
        let timer = &self.timers[reference];
        let event = timer.event;
        if let Some(event) = event {
            if timer.deadline_ns != 0 {
                let earliest = now.saturating_add(SHORTEST_PERIOD_NS);
                let (id, clock, deadline_ns) = (timer.deadline, timer.clock, timer.deadline_ns.max(earliest));
                self.deadlines.arm(id, clock, deadline_ns);
            }
            self.fire(event, passed);
        }
        self.notify_watches(crate::waitset::Source::Timer(reference), readiness::IN);
    }

    /// Counts the expirations up to `now`, all that were missed too; the next one lies ahead. Answers how many.
    fn count_expirations(&mut self, reference: Ref<Timer>, now: u64) -> u64 {
        let timer = &mut self.timers[reference];
        if timer.deadline_ns == 0 || timer.deadline_ns > now {
            return 0;
        }
        let passed = match (now - timer.deadline_ns).checked_div(timer.interval_ns) {
            None => {
                timer.deadline_ns = 0;
                1
            }
            Some(missed) => {
                let passed = missed.saturating_add(1);
                timer.deadline_ns = timer
                    .deadline_ns
                    .saturating_add(timer.interval_ns.saturating_mul(passed));
                passed
            }
        };
        timer.expirations = timer.expirations.saturating_add(passed);
        passed
    }

    /// Arms a timer for its next expiration, if it has one.
    fn arm_timer(&mut self, cpu: usize, reference: Ref<Timer>) {
        let timer = &self.timers[reference];
        let (id, clock, deadline_ns) = (timer.deadline, timer.clock, timer.deadline_ns);
        if deadline_ns == 0 {
            self.deadlines.disarm(id);
        } else {
            self.deadlines.arm(id, clock, deadline_ns);
            self.program_timer(cpu);
        }
    }

    #[inline(never)]
    pub(crate) fn serve_timer(
        &mut self,
        invocation: &Invocation,
        method: methods::Timer,
        target: Ref<Timer>,
    ) -> Served {
        use methods::Timer as Method;
        let words = invocation.words;
        match method {
            Method::Set => {
                let clock = match words[0] {
                    0 | 2 => ClockKind::Monotonic,
                    1 => ClockKind::Realtime,
                    _ => return refuse(errno::EINVAL),
                };
                let timer = &mut self.timers[target];
                let old = (timer.deadline_ns, timer.interval_ns);
                timer.clock = clock;
                timer.deadline_ns = words[1];
                timer.interval_ns = words[2];
                timer.expirations = 0;
                self.arm_timer(invocation.cpu, target);
                Ok(Answer::Words([old.0, old.1, 0, 0, 0, 0]))
            }
            Method::Get => {
                let now = self.time_on(self.timers[target].clock);
                self.count_expirations(target, now);
                let timer = &self.timers[target];
                Ok(Answer::Words([
                    timer.deadline_ns,
                    timer.interval_ns,
                    timer.expirations,
                    0,
                    0,
                    0,
                ]))
            }
            Method::Take => {
                let now = self.time_on(self.timers[target].clock);
                self.count_expirations(target, now);
                self.arm_timer(invocation.cpu, target);
                match core::mem::take(&mut self.timers[target].expirations) {
                    0 => refuse(errno::EAGAIN),
                    count => Ok(Answer::Word(count)),
                }
            }
            Method::Bind => {
                let endpoint = self.receiving_endpoint(invocation.thread, words[0])?;
                let (old, account) = (self.timers[target].event, self.timers[target].account);
                let event = self.bind_source(old, account, endpoint, News::Signalled, words[1])?;
                self.timers[target].event = Some(event);
                self.arm_timer(invocation.cpu, target);
                Ok(Answer::Done)
            }
        }
    }

    #[inline(never)]
    pub(crate) fn serve_clock(&mut self, invocation: &Invocation, method: methods::Clock) -> Served {
        use methods::Clock as Method;
        let words = invocation.words;
        match method {
            Method::Now => {
                let now = self.machine.now_ns();
                Ok(Answer::Words([now, self.real_time(now), 0, 0, 0, 0]))
            }
            Method::Page => {
                self.expect_places(invocation, 1)?;
                let memory = self.clock_memory()?;
                let label = invocation.label;
                self.answer_handle(
                    invocation,
                    &crate::handle::install::NewHandle::new(Object::Memory(memory), label),
                )?;
                Ok(Answer::Done)
            }
            Method::SetRealtime => {
                let now = self.machine.now_ns();
                let offset = i128::from(words[0]) - i128::from(now);
                let offset = i64::try_from(offset).map_err(|_| Failure::Errno(errno::EINVAL))?;
                self.set_wall_offset(offset);
                Ok(Answer::Done)
            }
            Method::Sleep => {
                let clock = match words[0] {
                    0 | 2 => ClockKind::Monotonic,
                    1 => ClockKind::Realtime,
                    _ => return refuse(errno::EINVAL),
                };
                self.sleep_until(invocation, clock, words[1])
            }
            Method::Adjust => {
                let offset = self
                    .wall_offset_ns
                    .checked_add(words[0] as i64)
                    .ok_or(Failure::Errno(errno::EINVAL))?;
                if words[1] == 0 {
                    self.set_wall_offset(offset);
                    return Ok(Answer::Done);
                }
                // A clock that runs many times faster would turn the shortest period of a timer into none at all; one that runs
                // backwards is no clock.
                if (words[0] as i64).unsigned_abs() > words[1] / LEAST_SLEW_RATIO {
                    return refuse(errno::EINVAL);
                }
                self.slew = Some(super::Slew {
                    start_ns: self.machine.now_ns(),
                    over_ns: words[1],
                    from_offset_ns: self.wall_offset_ns,
                    by_ns: words[0] as i64,
                });
                Ok(Answer::Done)
            }
        }
    }

    fn set_wall_offset(&mut self, offset_ns: i64) {
        self.slew = None;
        self.change_wall_offset(offset_ns);
    }

    fn change_wall_offset(&mut self, offset_ns: i64) {
        self.wall_offset_ns = offset_ns;
        self.machine.set_wall_offset(offset_ns);
        self.program_timer(self.cpu);
    }

    /// Carries a slew of real time on; called at each tick.
    pub(crate) fn advance_slew(&mut self, now_ns: u64) {
        let Some(slew) = self.slew else {
            return;
        };
        let passed = now_ns.saturating_sub(slew.start_ns).min(slew.over_ns);
        let part = i128::from(slew.by_ns) * i128::from(passed) / i128::from(slew.over_ns.max(1));
        let offset = slew
            .from_offset_ns
            .saturating_add(i64::try_from(part).unwrap_or(slew.by_ns));
        if passed == slew.over_ns {
            self.slew = None;
        }
        self.change_wall_offset(offset);
    }

    fn sleep_until(&mut self, invocation: &Invocation, clock: ClockKind, deadline_ns: u64) -> Served {
        if deadline_ns <= self.time_on(clock) {
            return Ok(Answer::Done);
        }
        self.begin_wait(invocation, ThreadState::Sleeping, Some((clock, deadline_ns)))
    }

    /// The calling thread waits in a kernel service, until something or a deadline ends it.
    pub(crate) fn begin_wait(
        &mut self,
        invocation: &Invocation,
        state: ThreadState,
        deadline: Option<(ClockKind, u64)>,
    ) -> Served {
        let current: Ref<Thread> = invocation.thread;
        let interruptible = invocation.header & request::INTERRUPTIBLE != 0;
        if interruptible && self.interrupt_is_pending(current) {
            return refuse(errno::EINTR);
        }
        self.threads[current].interruptible = interruptible;
        self.block_current(current, state);
        if let Some((clock, deadline_ns)) = deadline
            && deadline_ns != u64::MAX
        {
            let timer = self.threads[current].timer;
            self.deadlines.arm(timer, clock, deadline_ns);
            self.program_timer(invocation.cpu);
        }
        Ok(Answer::Blocked)
    }
}
