//! Upcalls: a program's own handler is entered with the whole state saved on its stack, and `Thread.restore` goes back. Note 0006.

use super::{Thread, ThreadState, attention};
use crate::arena::Ref;
use crate::dispatch::{Answer, Failure, Served, errno};
use crate::ipc::record::Caller;
use crate::kernel::Kernel;
use crate::machine::{
    EXTENDED_STATE_SIZE, ExtendedKind, ExtendedState, FIXED_RFLAGS, MXCSR_MASK, Machine, USER_RFLAGS,
    UserFrame,
};
use trivet_abi::USER_END;
use trivet_abi::error::CallError;

/// General registers in the interface's order.
pub const REGISTER_COUNT: usize = 20;
/// Fields before the registers in an UpcallFrame.
const HEAD_FIELDS: usize = 8;
const FRAME_FIELDS: usize = HEAD_FIELDS + REGISTER_COUNT;
const FRAME_BYTES: usize = FRAME_FIELDS * 8;
/// Bytes below RSP that compiled code may use.
const RED_ZONE: u64 = 128;
/// Reason of an upcall: the thread was interrupted.
const REASON_INTERRUPT: u64 = 0;
/// Reason of an upcall: the thread faulted.
const REASON_FAULT: u64 = 1;

impl UserFrame {
    /// The registers in the interface's order.
    #[must_use]
    pub const fn to_registers(&self) -> [u64; REGISTER_COUNT] {
        [
            self.r8,
            self.r9,
            self.r10,
            self.r11,
            self.r12,
            self.r13,
            self.r14,
            self.r15,
            self.rdi,
            self.rsi,
            self.rbp,
            self.rbx,
            self.rdx,
            self.rax,
            self.rcx,
            self.rsp,
            self.rip,
            self.rflags,
            self.fs_base,
            self.gs_base,
        ]
    }

    /// Registers that a program wrote, if a thread may have them: what the return to user mode trusts is checked or made legal.
    #[must_use]
    pub const fn from_registers(registers: &[u64; REGISTER_COUNT]) -> Option<UserFrame> {
        let [
            r8,
            r9,
            r10,
            r11,
            r12,
            r13,
            r14,
            r15,
            rdi,
            rsi,
            rbp,
            rbx,
            rdx,
            rax,
            rcx,
            rsp,
            rip,
            rflags,
            fs_base,
            gs_base,
        ] = *registers;
        if rip >= USER_END || fs_base >= USER_END || gs_base >= USER_END {
            return None;
        }
        Some(UserFrame {
            rax,
            rbx,
            rcx,
            rdx,
            rsi,
            rdi,
            rbp,
            rsp,
            r8,
            r9,
            r10,
            r11,
            r12,
            r13,
            r14,
            r15,
            rip,
            rflags: (rflags & USER_RFLAGS) | FIXED_RFLAGS,
            fs_base,
            gs_base,
        })
    }

    /// The six words of a message.
    #[inline]
    #[must_use]
    pub const fn words(&self) -> [u64; 6] {
        [self.rdx, self.r10, self.r8, self.r9, self.r12, self.r13]
    }

    /// Sets the six words of a message.
    #[inline]
    pub const fn set_words(&mut self, words: &[u64; 6]) {
        [self.rdx, self.r10, self.r8, self.r9, self.r12, self.r13] = *words;
    }
}

impl<M: Machine> Kernel<M> {
    /// Enters the handler of the thread that is about to run. If its stack cannot take the frame, the supervisor hears of it.
    pub(crate) fn deliver_upcall(&mut self, current: Ref<Thread>) {
        let thread = &mut self.threads[current];
        thread.attention &= !attention::UPCALL;
        thread.upcall_interrupt = false;
        let entry = thread.upcall;
        if entry.entry == 0 {
            if thread.fault.is_some() {
                self.report_fault(current);
            }
            return;
        }
        let fault = thread.fault;
        let frame = thread.context.frame;
        let extended = thread.context.extended_bytes();
        let on_upcall_stack =
            frame.rsp.wrapping_sub(entry.stack) <= entry.stack_length && entry.stack_length != 0;
        let top = if entry.stack == 0 || on_upcall_stack {
            frame.rsp.wrapping_sub(RED_ZONE)
        } else {
            entry.stack.wrapping_add(entry.stack_length)
        };
        let saved = top.wrapping_sub(EXTENDED_STATE_SIZE as u64) & !63;
        let address = saved.wrapping_sub(FRAME_BYTES as u64) & !15;
        let (reason, info) = match fault {
            Some(fault) => (REASON_FAULT, fault),
            None => (REASON_INTERRUPT, super::FaultInfo::default()),
        };
        let mut fields = [0; FRAME_FIELDS];
        fields[..HEAD_FIELDS].copy_from_slice(&[
            reason,
            info.vector,
            info.error,
            info.address,
            u64::from(MXCSR_MASK),
            saved,
            EXTENDED_STATE_SIZE as u64,
            0,
        ]);
        fields[HEAD_FIELDS..].copy_from_slice(&frame.to_registers());
        let mut bytes = [0; FRAME_BYTES];
        for (chunk, field) in bytes.chunks_exact_mut(8).zip(fields) {
            chunk.copy_from_slice(&field.to_le_bytes());
        }
        let written = self
            .write_own(current, saved, &extended)
            .and_then(|()| self.write_own(current, address, &bytes))
            // No return address: the handler never returns.
            .and_then(|()| self.write_own(current, address.wrapping_sub(8), &[0; 8]));
        if written.is_err() {
            let thread = &mut self.threads[current];
            thread.fault.get_or_insert(super::FaultInfo {
                vector: 12,
                error: 0,
                address,
            });
            self.report_fault(current);
            return;
        }
        let thread = &mut self.threads[current];
        thread.fault = None;
        let frame = &mut thread.context.frame;
        frame.rip = entry.entry;
        frame.rsp = address.wrapping_sub(8);
        frame.rdi = address;
        frame.rsi = reason;
        frame.rflags = FIXED_RFLAGS;
        thread.context.extended = ExtendedState::initial();
        thread.context.kind = ExtendedKind::Saved;
        thread.context.full_return = 1;
    }

    /// `Thread.restore`: goes back to the state in an UpcallFrame, every field checked.
    pub(crate) fn restore_upcall(&mut self, current: Ref<Thread>, address: u64) -> Served {
        let mut bytes = [0; FRAME_BYTES];
        let fault = |error| match error {
            CallError::BadPointer => Failure::Errno(errno::EFAULT),
            error => Failure::Call(error),
        };
        self.read_own(current, address, &mut bytes).map_err(fault)?;
        let mut fields = [0; FRAME_FIELDS];
        for (field, chunk) in fields.iter_mut().zip(bytes.chunks_exact(8)) {
            *field = chunk.try_into().map_or(0, u64::from_le_bytes);
        }
        let mut registers = [0; REGISTER_COUNT];
        registers.copy_from_slice(&fields[HEAD_FIELDS..]);
        let frame = UserFrame::from_registers(&registers).ok_or(Failure::Errno(errno::EINVAL))?;
        let mut extended = [0; EXTENDED_STATE_SIZE];
        match fields[6] {
            0 => extended = ExtendedState::initial().0,
            length if length == EXTENDED_STATE_SIZE as u64 => {
                self.read_own(current, fields[5], &mut extended).map_err(fault)?;
            }
            _ => return Err(Failure::Errno(errno::EINVAL)),
        }
        let context = &mut self.threads[current].context;
        context.frame = frame;
        context.set_extended(&extended);
        Ok(Answer::Untouched)
    }

    /// Interrupts a thread: ends or cancels its wait if that can be interrupted, and makes the upcall due.
    pub(crate) fn interrupt_thread(&mut self, reference: Ref<Thread>) -> Served {
        let thread = &mut self.threads[reference];
        if thread.state == ThreadState::Dead {
            return Err(Failure::Errno(errno::ESRCH));
        }
        if thread.upcall.entry != 0 {
            thread.upcall_interrupt = true;
            self.attend(reference, attention::UPCALL);
        }
        let thread = &self.threads[reference];
        match thread.state {
            ThreadState::Running(cpu) if cpu != self.cpu => self.machine.send_reschedule(cpu),
            ThreadState::Calling if thread.call.interruptible => {
                self.cancel(Caller::Thread(reference), CallError::Interrupted);
            }
            ThreadState::Futex | ThreadState::Waiting(_) | ThreadState::Polling | ThreadState::Sleeping
                if thread.interruptible =>
            {
                self.end_wait(reference, Err(Failure::Errno(errno::EINTR)));
            }
            _ => {}
        }
        Ok(Answer::Done)
    }

    /// Ends a thread's wait in a kernel service with an answer.
    pub(crate) fn end_wait(&mut self, reference: Ref<Thread>, result: Result<[u64; 6], Failure>) {
        match self.threads[reference].state {
            ThreadState::Futex => self.leave_futex(reference),
            ThreadState::Waiting(_) | ThreadState::Polling => self.leave_wait(reference),
            _ => {}
        }
        let timer = self.threads[reference].timer;
        self.deadlines.disarm(timer);
        self.finish_service(reference, result);
    }
}
