//! The Thread interface.

use super::upcall::REGISTER_COUNT;
use super::{MAX_WINDOW, ReceiveWindow, Thread, ThreadState, UpcallEntry, attention};
use crate::arena::Ref;
use crate::dispatch::{Answer, Failure, Invocation, Served, errno, refuse};
use crate::kernel::Kernel;
use crate::machine::{Machine, UserFrame};
use crate::methods;
use trivet_abi::USER_END;
use trivet_abi::message::MAX_HANDLES;

impl<M: Machine> Kernel<M> {
    #[inline(never)]
    pub(crate) fn serve_thread(
        &mut self,
        invocation: &Invocation,
        method: methods::Thread,
        target: Ref<Thread>,
    ) -> Served {
        use methods::Thread as Method;
        let words = invocation.words;
        let current = invocation.thread;
        match method {
            Method::Nothing => Ok(Answer::Done),
            Method::Exit => self.exit_thread(invocation),
            Method::Kill => {
                self.kill_thread(target);
                Ok(Answer::Done)
            }
            Method::Resume => {
                self.threads[target].stop_requested = false;
                self.unstop_thread(target);
                self.start_thread(target);
                Ok(Answer::Done)
            }
            Method::Stop => self.stop_and_wait(invocation, target),
            Method::GetRegisters => {
                self.stands_still(target)?;
                let registers = self.threads[target].context.frame.to_registers();
                self.write_fields(invocation, 0, &registers)?;
                Ok(Answer::Done)
            }
            Method::SetRegisters => {
                self.stands_still(target)?;
                let registers = self.read_fields::<REGISTER_COUNT>(invocation, 0)?;
                let frame = UserFrame::from_registers(&registers).ok_or(Failure::Errno(errno::EINVAL))?;
                let context = &mut self.threads[target].context;
                context.frame = frame;
                let extended = context.extended_bytes();
                context.set_extended(&extended);
                Ok(Answer::Done)
            }
            Method::SetUpcall => {
                let [entry, stack, stack_length, ..] = words;
                if entry >= USER_END || stack.checked_add(stack_length).is_none_or(|end| end > USER_END) {
                    return refuse(errno::EINVAL);
                }
                self.threads[target].upcall = UpcallEntry {
                    entry,
                    stack,
                    stack_length,
                };
                Ok(Answer::Done)
            }
            Method::Restore if target == current => self.restore_upcall(current, words[0]),
            Method::Interrupt => self.interrupt_thread(target),
            Method::SetInterruptWord => self.set_interrupt_word(invocation, target),
            Method::SetReceiveWindow => self.set_receive_window(target, words),
            Method::SetRobustList => {
                if words[1] != 24 {
                    return refuse(errno::EINVAL);
                }
                self.threads[target].robust_list = words[0];
                Ok(Answer::Done)
            }
            Method::SetNice => self.set_nice(target, words[0] as i64),
            Method::SetAffinity => self.set_affinity(target, words[0]),
            Method::GetAffinity => {
                let all = self.all_processors();
                Ok(Answer::Word(self.threads[target].affinity & all))
            }
            Method::Times => {
                self.settle_bill(invocation.cpu);
                let thread = &self.threads[target];
                Ok(Answer::Words([
                    self.machine.ticks_to_ns(thread.user_ticks),
                    self.machine.ticks_to_ns(thread.system_ticks),
                    0,
                    0,
                    0,
                    0,
                ]))
            }
            Method::YieldNow => {
                self.finish_service(current, Ok([0; 6]));
                self.give_turn_away(invocation.cpu);
                Ok(Answer::Untouched)
            }
            Method::Number => {
                let thread = &self.threads[target];
                let process = self.processes[thread.process].number;
                Ok(Answer::Words([thread.number, process, 0, 0, 0, 0]))
            }
            Method::ContinueFault => {
                if self.threads[target].state != ThreadState::Faulted {
                    return refuse(errno::EINVAL);
                }
                self.threads[target].fault = None;
                let event = self.threads[target].cancel_event;
                self.unqueue_event(event);
                self.make_ready(target);
                Ok(Answer::Done)
            }
            Method::SetBases if target == current => {
                if words[0] >= USER_END || words[1] >= USER_END {
                    return refuse(errno::EINVAL);
                }
                let frame = &mut self.threads[current].context.frame;
                frame.fs_base = words[0];
                frame.gs_base = words[1];
                Ok(Answer::Done)
            }
            Method::Restore | Method::SetBases => refuse(errno::EINVAL),
        }
    }

    /// Bits of the processors that exist.
    pub(crate) fn all_processors(&self) -> u64 {
        match self.processors.len() {
            count @ 0..64 => (1 << count) - 1,
            _ => u64::MAX,
        }
    }

    fn stands_still(&self, target: Ref<Thread>) -> Result<(), Failure> {
        match self.threads[target].state {
            ThreadState::Suspended | ThreadState::Stopped | ThreadState::Faulted => Ok(()),
            _ => Err(Failure::Errno(errno::EBUSY)),
        }
    }

    fn exit_thread(&mut self, invocation: &Invocation) -> Served {
        let current = invocation.thread;
        let [address, length, ..] = invocation.words;
        if length != 0
            && let Ok(space) = self.space_of(invocation.process)
            && !self.unmap_at_exit(current, space, (address, length))
        {
            return Ok(Answer::Later);
        }
        self.attend(current, attention::KILL);
        Ok(Answer::Untouched)
    }

    fn stop_and_wait(&mut self, invocation: &Invocation, target: Ref<Thread>) -> Served {
        let current = invocation.thread;
        if self.threads[target].state == ThreadState::Dead {
            return Ok(Answer::Done);
        }
        self.threads[target].stop_requested = true;
        if self.stop_thread(target) {
            return Ok(Answer::Done);
        }
        if target == current {
            self.finish_service(current, Ok([0; 6]));
            return Ok(Answer::Untouched);
        }
        self.block_current(current, ThreadState::Stopping);
        let first = self.threads[target].stop_waiters.replace(current);
        let thread = &mut self.threads[current];
        thread.next = first;
        thread.stop_target = Some(target);
        Ok(Answer::Blocked)
    }

    fn set_interrupt_word(&mut self, invocation: &Invocation, target: Ref<Thread>) -> Served {
        let [handle, offset, ..] = invocation.words;
        let word = if handle == u64::from(u32::MAX) {
            None
        } else {
            // The word is looked at only, as whoever may map the page can.
            let memory = self.memory_argument(invocation, handle, methods::Memory::MapRead as u8)?;
            if !offset.is_multiple_of(4) {
                return refuse(errno::EINVAL);
            }
            let frame = self.pin_page(memory, offset)?;
            Some((frame, (offset % 4096) as u16))
        };
        if let Some((frame, _)) = core::mem::replace(&mut self.threads[target].interrupt_word, word) {
            self.machine.release(frame);
        }
        Ok(Answer::Done)
    }

    fn set_receive_window(&mut self, target: Ref<Thread>, words: [u64; 6]) -> Served {
        let [address, length, handles, handles_address, ..] = words;
        let fits = |address: u64, length: u64| address.checked_add(length).is_some_and(|end| end <= USER_END);
        if length > MAX_WINDOW
            || handles > u64::from(MAX_HANDLES)
            || !fits(address, length)
            || !fits(handles_address, handles * 4)
        {
            return refuse(errno::EINVAL);
        }
        self.threads[target].window = ReceiveWindow {
            address,
            length,
            handles: handles as u32,
            handles_address,
        };
        Ok(Answer::Done)
    }

    fn set_nice(&mut self, target: Ref<Thread>, nice: i64) -> Served {
        if !(-20..=19).contains(&nice) {
            return refuse(errno::EINVAL);
        }
        let band = self.accounts[self.threads[target].account].server_band;
        self.set_base_priority(target, priority_of_nice(nice, band));
        Ok(Answer::Done)
    }

    /// Gives a thread another priority of its own.
    pub(crate) fn set_base_priority(&mut self, target: Ref<Thread>, priority: u8) {
        self.threads[target].base_priority = priority;
        self.refresh_priority(target);
    }

    /// Changes the priority that counts, wherever the thread is queued.
    pub(crate) fn apply_priority(&mut self, target: Ref<Thread>, priority: u8) {
        if self.threads[target].priority == priority {
            return;
        }
        let queued = self.threads[target].state == ThreadState::Ready;
        if queued {
            self.ready.remove(&mut self.threads, &mut self.accounts, target);
        }
        self.threads[target].priority = priority;
        if queued {
            self.threads[target].state = ThreadState::Stopped;
            self.make_ready(target);
        } else if let ThreadState::Running(cpu) = self.threads[target].state {
            self.processors[cpu].reschedule = true;
            if cpu != self.cpu {
                self.machine.send_reschedule(cpu);
            }
        }
    }

    fn set_affinity(&mut self, target: Ref<Thread>, mask: u64) -> Served {
        let all = self.all_processors();
        let mask = mask & all;
        if mask == 0 {
            return refuse(errno::EINVAL);
        }
        let queued = self.threads[target].state == ThreadState::Ready;
        if queued {
            self.ready.remove(&mut self.threads, &mut self.accounts, target);
        }
        let thread = &mut self.threads[target];
        thread.affinity = mask;
        // Threads that may not run everywhere are assigned: to the processor with the same rest, so that they spread.
        thread.lane = if mask == all {
            0
        } else {
            let choice = (thread.number % u64::from(mask.count_ones())) as u32;
            let mut left = mask;
            for _ in 0..choice {
                left &= left - 1;
            }
            left.trailing_zeros() as u8 + 1
        };
        if queued {
            thread.state = ThreadState::Stopped;
            self.make_ready(target);
        } else if let ThreadState::Running(cpu) = thread.state
            && mask >> cpu & 1 == 0
        {
            self.attend(target, attention::MOVE);
            if cpu != self.cpu {
                self.machine.send_reschedule(cpu);
            }
        }
        Ok(Answer::Done)
    }
}

/// Priority of a nice value: programs 8..=15, core servers 24..=31.
#[must_use]
pub fn priority_of_nice(nice: i64, server: bool) -> u8 {
    let (center, above, below) = if server { (26, 5, 2) } else { (12, 3, 4) };
    let priority = if nice < 0 {
        center + (-nice * above + 19) / 20
    } else {
        center - (nice * below + 18) / 19
    };
    priority.clamp(0, 31) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nice_stays_within_the_band() {
        assert_eq!(priority_of_nice(0, false), 12);
        assert_eq!(priority_of_nice(-20, false), 15);
        assert_eq!(priority_of_nice(19, false), 8);
        assert_eq!(priority_of_nice(-20, true), 31);
        assert_eq!(priority_of_nice(19, true), 24);
        for nice in -20..19 {
            assert!(priority_of_nice(nice, false) >= priority_of_nice(nice + 1, false));
        }
    }
}
