//! What each processor runs, for how long, and who pays.

use super::{SERVER_PRIORITY, TIME_SLICE_NS};
use crate::arena::Ref;
use crate::kernel::{Kernel, Next};
use crate::machine::{Cpu, Machine};
use crate::thread::{Thread, ThreadState, attention};
use crate::timer::ClockKind;

impl<M: Machine> Kernel<M> {
    /// Settles the bill since the last time: the thread's own time, or a server's time on its behalf.
    #[inline]
    pub(crate) fn settle_bill(&mut self, cpu: Cpu) {
        let now = self.machine.ticks();
        let processor = &mut self.processors[cpu];
        let elapsed = now.wrapping_sub(processor.since_ticks);
        processor.since_ticks = now;
        let (current, billed) = (processor.current, processor.billed);
        if current.is_none() {
            processor.idle_ticks += elapsed;
        } else if let Some(payer) = billed
            && let Some(thread) = self.threads.get_mut(payer)
        {
            if current == billed {
                thread.user_ticks += elapsed;
            } else {
                thread.system_ticks += elapsed;
            }
        }
    }

    /// The thread leaves its processor in another state; the processor has nothing to run then.
    #[inline]
    pub(crate) fn leave_processor(&mut self, cpu: Cpu, reference: Ref<Thread>, state: ThreadState) {
        self.settle_bill(cpu);
        self.threads[reference].state = state;
        self.processors[cpu].current = None;
    }

    /// A thread has something to attend to before it goes on in its program. If it runs, its processor looks at the end of its entry.
    pub(crate) fn attend(&mut self, reference: Ref<Thread>, bits: u8) {
        let thread = &mut self.threads[reference];
        thread.attention |= bits;
        if let ThreadState::Running(cpu) = thread.state {
            self.processors[cpu].reschedule = true;
        }
    }

    /// The running thread blocks.
    pub(crate) fn block_current(&mut self, reference: Ref<Thread>, state: ThreadState) {
        if let ThreadState::Running(cpu) = self.threads[reference].state {
            self.leave_processor(cpu, reference, state);
        }
    }

    /// Makes a processor without a thread run this one, on whatever slice and bill it has.
    #[inline]
    pub(crate) fn enter_thread(&mut self, cpu: Cpu, reference: Ref<Thread>) {
        let thread = &mut self.threads[reference];
        thread.state = ThreadState::Running(cpu);
        let root = thread.root;
        self.processors[cpu].current = Some(reference);
        self.machine.switch_space(cpu, root);
    }

    /// A blocked, suspended or stopped thread may run again.
    pub(crate) fn make_ready(&mut self, reference: Ref<Thread>) {
        let thread = &mut self.threads[reference];
        if thread.attention & attention::STOP != 0 && thread.attention & attention::KILL == 0 {
            thread.state = ThreadState::Stopped;
            return;
        }
        thread.state = ThreadState::Ready;
        self.ready
            .push(&mut self.threads, &mut self.accounts, reference, false);
        self.preempt_for(reference);
    }

    /// Finds a processor that should rather run this ready thread, and tells it.
    fn preempt_for(&mut self, reference: Ref<Thread>) {
        let thread = &self.threads[reference];
        let (priority, affinity) = (thread.priority, thread.affinity);
        let here = self.cpu;
        let running = |kernel: &Self, cpu: Cpu| {
            let current = kernel.processors[cpu].current?;
            Some(kernel.threads[current].priority)
        };
        if affinity >> here & 1 != 0 {
            match running(self, here) {
                None => return self.processors[here].reschedule = true,
                Some(current) if current < priority => {
                    return self.processors[here].reschedule = true;
                }
                Some(_) => {}
            }
        }
        let mut best = None;
        for cpu in 0..self.processors.len() {
            if cpu == here || affinity >> cpu & 1 == 0 || self.processors[cpu].reschedule {
                continue;
            }
            match running(self, cpu) {
                None => {
                    best = Some(cpu);
                    break;
                }
                Some(current) if current < priority && best.is_none() => best = Some(cpu),
                Some(_) => {}
            }
        }
        if let Some(cpu) = best {
            self.processors[cpu].reschedule = true;
            self.machine.send_reschedule(cpu);
        }
    }

    /// Chooses the next thread for a processor that has none. False: it is idle.
    fn choose(&mut self, cpu: Cpu) -> bool {
        let chosen = loop {
            let Some(chosen) = self.ready.pop(&mut self.threads, &mut self.accounts, cpu) else {
                self.processors[cpu].billed = None;
                self.program_timer(cpu);
                return false;
            };
            if self.processes[self.threads[chosen].process].is_alive() {
                break chosen;
            }
            // Its process was killed while it waited for its turn.
            self.threads[chosen].state = ThreadState::Stopped;
            self.end_thread(chosen);
        };
        self.settle_bill(cpu);
        let thread = &self.threads[chosen];
        let (account, process) = (thread.account, thread.process);
        let share = u64::from(self.accounts[account].share);
        self.processes[process].switches += 1;
        let now = self.machine.now_ns();
        let is_program = self.threads[chosen].priority < SERVER_PRIORITY;
        let processor = &mut self.processors[cpu];
        processor.billed = Some(chosen);
        processor.slice_end_ns = now + TIME_SLICE_NS * share / 100;
        // A server in between ends nobody's turn, and gives nobody a new one.
        if is_program {
            processor.turn_is_over = false;
            if let Some((preempted, slice_end_ns)) = processor.preempted.take()
                && preempted == chosen
            {
                processor.slice_end_ns = slice_end_ns;
            }
        }
        self.enter_thread(cpu, chosen);
        self.program_timer(cpu);
        true
    }

    /// Sets the one-shot timer to the end of the slice or the first deadline. A timer that is set earlier is left alone: it fires
    /// for nothing once, which is cheaper than setting it at each switch.
    pub(crate) fn program_timer(&mut self, cpu: Cpu) {
        let processor = &self.processors[cpu];
        let slice = processor.current.map(|_| processor.slice_end_ns);
        let monotonic = self.deadlines.first(ClockKind::Monotonic);
        let realtime = self
            .deadlines
            .first(ClockKind::Realtime)
            .map(|deadline| self.real_to_monotonic(deadline));
        let earliest = [slice, monotonic, realtime].into_iter().flatten().min();
        match (processor.timer_ns, earliest) {
            (Some(set), Some(wanted)) if set <= wanted => {}
            (None, None) => {}
            (_, wanted) => {
                self.processors[cpu].timer_ns = wanted;
                self.machine.set_timer(cpu, wanted);
            }
        }
    }

    /// Real time as monotonic time, at the present offset.
    pub(crate) fn real_to_monotonic(&self, realtime_ns: u64) -> u64 {
        let shifted = i128::from(realtime_ns) - i128::from(self.wall_offset_ns);
        u64::try_from(shifted.max(0)).unwrap_or(u64::MAX)
    }

    /// The one-shot timer fired.
    pub(crate) fn timer_tick(&mut self, cpu: Cpu) {
        self.processors[cpu].timer_ns = None;
        let now = self.machine.now_ns();
        self.advance_slew(now);
        self.expire_deadlines(now);
        self.settle_bill(cpu);
        if let Some(current) = self.processors[cpu].current
            && self.processors[cpu].slice_end_ns <= now
        {
            self.processors[cpu].slice_end_ns = now + TIME_SLICE_NS;
            self.check_time_limit(current);
            if self.processors[cpu].billed == Some(current)
                || self.threads[current].priority < SERVER_PRIORITY
            {
                self.give_turn_away(cpu);
            } else {
                // A server on somebody's slice goes on; the turn ends when it answers. (With a new slice here, a program that mostly
                // calls servers would keep the processor for ever.)
                self.processors[cpu].turn_is_over = true;
                self.processors[cpu].reschedule = true;
            }
        }
        self.program_timer(cpu);
    }

    /// Ends the turn of the running thread: the next account of its priority goes first.
    pub(crate) fn give_turn_away(&mut self, cpu: Cpu) {
        let Some(current) = self.processors[cpu].current else {
            return;
        };
        let thread = &self.threads[current];
        let (account, lane, priority) = (thread.account, thread.lane, thread.priority);
        self.ready.rotate(&mut self.accounts, account, lane, priority);
        self.leave_processor(cpu, current, ThreadState::Ready);
        self.ready
            .push(&mut self.threads, &mut self.accounts, current, false);
        self.processors[cpu].reschedule = true;
    }

    /// Brings a processor to a state in which it can go on: looks at what its thread must do first, and chooses another if a better one is ready.
    pub(crate) fn settle_processor(&mut self, cpu: Cpu) -> Next {
        let reaped = self.reap_step();
        loop {
            if let Some(current) = self.processors[cpu].current {
                let due = self.threads[current].attention;
                if due & attention::KILL != 0 {
                    self.leave_processor(cpu, current, ThreadState::Stopped);
                    self.end_thread(current);
                    continue;
                }
                if due & attention::STOP != 0 {
                    self.leave_processor(cpu, current, ThreadState::Stopped);
                    self.wake_stop_waiters(current);
                    continue;
                }
                if due & attention::MOVE != 0 {
                    self.threads[current].attention &= !attention::MOVE;
                    self.give_turn_away(cpu);
                    continue;
                }
                let priority = self.threads[current].priority;
                if priority < SERVER_PRIORITY && core::mem::take(&mut self.processors[cpu].turn_is_over) {
                    self.give_turn_away(cpu);
                    continue;
                }
                if core::mem::take(&mut self.processors[cpu].reschedule) && self.ready.outranks(cpu, priority)
                {
                    if priority < SERVER_PRIORITY {
                        let processor = &mut self.processors[cpu];
                        processor.preempted = Some((current, processor.slice_end_ns));
                    }
                    self.leave_processor(cpu, current, ThreadState::Ready);
                    self.ready
                        .push(&mut self.threads, &mut self.accounts, current, true);
                    continue;
                }
                if due & attention::CONTINUE != 0 {
                    // Whatever comes in between finds that this thread is not to go on in its program.
                    self.processors[cpu].reschedule = true;
                    return Next::Continue;
                }
                if due & attention::UPCALL != 0 {
                    self.deliver_upcall(current);
                    continue;
                }
                // While something waits to be taken apart, each entry comes through here and does a step. Servers go on at once; programs
                // when all is done, or a thread that computes would keep whoever waits for the end of a process from it for ever.
                let busy = self.reaper_is_busy();
                self.processors[cpu].reschedule = busy || self.processors[cpu].turn_is_over;
                if busy && reaped && priority < SERVER_PRIORITY {
                    return Next::Continue;
                }
                return Next::Resume;
            }
            self.processors[cpu].reschedule = false;
            if !self.choose(cpu) {
                // An idle processor takes things apart step by step too, and lets interrupts in between.
                return if self.reap_step() {
                    Next::Continue
                } else {
                    Next::Idle
                };
            }
        }
    }
}
