//! The AddressSpace interface; its futex methods are in `futex`.

use crate::arena::Ref;
use crate::dispatch::{Answer, Failure, Invocation, Served, errno, refuse};
use crate::ipc::record::Caller;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::methods;
use crate::mm::copy::Place;
use crate::mm::map::{Mapped, flags};
use crate::mm::protect::Advice;
use crate::mm::remap::Remap;
use crate::mm::space::user_range;
use crate::mm::{AddressSpace, MemoryError, PAGE, Placement, Protection, Step};
use crate::thread::{Thread, attention};

/// Bytes of another space that one call reads or writes, at most.
const MAX_PEEK: u64 = 0x1_0000;

impl From<MemoryError> for Failure {
    fn from(error: MemoryError) -> Failure {
        Failure::Errno(error.errno())
    }
}

/// A protection argument.
fn protection(word: u64) -> Result<Protection, Failure> {
    Protection::from_bits(word).ok_or(Failure::Errno(errno::EINVAL))
}

impl<M: Machine> Kernel<M> {
    #[inline(never)]
    pub(crate) fn serve_space(
        &mut self,
        invocation: &Invocation,
        method: methods::AddressSpace,
        space: Ref<AddressSpace>,
    ) -> Served {
        use methods::AddressSpace as Method;
        let words = invocation.words;
        let current = invocation.thread;
        match method {
            Method::FutexWait => self.futex_wait(invocation, space),
            Method::FutexWake => self.futex_wake(invocation, space),
            Method::FutexRequeue => self.futex_requeue(invocation, space),
            Method::FutexLockPi => self.futex_lock(invocation, space, true),
            Method::FutexUnlockPi => self.futex_unlock(invocation, space),
            Method::FutexTrylockPi => self.futex_lock(invocation, space, false),
            Method::MapAnonymous => {
                let [address, length, bits, flags, ..] = words;
                let protection = protection(bits)?;
                let placement = self.placement(address, length, flags)?;
                self.map_with(invocation, space, placement, |kernel| {
                    kernel.mm.map_anonymous(
                        &mut kernel.machine,
                        &mut kernel.accounts,
                        space,
                        placement,
                        protection,
                    )
                })
            }
            Method::Unmap => {
                let step = self
                    .mm
                    .unmap(&mut self.machine, &mut self.accounts, space, words[0], words[1]);
                self.post_notices();
                self.stepped(current, step)
            }
            Method::Protect | Method::ProtectExecute => {
                let protection = protection(words[2])?;
                let mut cursor = self.cursor(current, words[0]);
                let step = self.mm.protect(
                    &mut self.machine,
                    &mut self.accounts,
                    space,
                    words[0],
                    words[1],
                    protection,
                    method == Method::ProtectExecute,
                    &mut cursor,
                )?;
                self.post_notices();
                self.stepped_to(current, step, cursor)
            }
            Method::Advise => {
                let advice = Advice::from_number(words[2]).ok_or(Failure::Errno(errno::EINVAL))?;
                let end = user_range(words[0], words[1])?;
                match advice {
                    Advice::Hint => Ok(Answer::Done),
                    Advice::WillNeed => {
                        let mut cursor = self.cursor(current, words[0]);
                        let step =
                            self.mm
                                .populate(&mut self.machine, &mut self.accounts, space, end, &mut cursor);
                        self.post_notices();
                        self.stepped_to(current, step, cursor)
                    }
                    Advice::Drop => {
                        let mut cursor = self.cursor(current, words[0]);
                        let step = self.mm.drop_pages(
                            &mut self.machine,
                            &mut self.accounts,
                            space,
                            words[0],
                            words[1],
                            &mut cursor,
                        )?;
                        self.stepped_to(current, step, cursor)
                    }
                }
            }
            Method::Remap => {
                let [address, length, new_length, new_address, flags, may_move] = words;
                let wish = Remap {
                    address,
                    length,
                    new_length,
                    new_address,
                    flags,
                    may_move: may_move & 1 != 0,
                };
                let mapped = self
                    .mm
                    .remap(&mut self.machine, &mut self.accounts, space, wish)?;
                self.post_notices();
                match mapped {
                    Mapped::At(address) => Ok(Answer::Word(address)),
                    Mapped::More => self.continue_later(current, 0),
                }
            }
            Method::Region => {
                let region = self
                    .mm
                    .region_info(&self.machine, space, words[0])
                    .ok_or(Failure::Errno(errno::ENOENT))?;
                let fields = [
                    region.address,
                    region.length,
                    u64::from(region.protection.0),
                    u64::from(region.highest.0),
                    region.flags,
                    region.memory,
                    region.offset,
                    region.resident,
                ];
                self.write_fields(invocation, 0, &fields)?;
                Ok(Answer::Done)
            }
            Method::Read => {
                let length = self.output_room(invocation).min(MAX_PEEK);
                self.copy_own_list(invocation, false, Place::Space(space, words[0]), length)
            }
            Method::Write => {
                let length = self.input_length(invocation).min(MAX_PEEK);
                self.copy_own_list(invocation, true, Place::Space(space, words[0]), length)
            }
            Method::Residency => self.residency(invocation, space),
            Method::Info => {
                let space = &self.mm.spaces[space];
                Ok(Answer::Words([
                    space.mapped,
                    space.resident,
                    space.committed,
                    space.map.len() as u64,
                    0,
                    0,
                ]))
            }
            Method::Lock => {
                let step =
                    self.mm
                        .set_locked(&mut self.accounts, space, words[0], words[1], words[2] & 1 != 0)?;
                match step {
                    Step::More => self.continue_later(current, 0),
                    Step::Done if words[2] & 1 != 0 => {
                        let end = user_range(words[0], words[1])?;
                        let mut cursor = self.cursor(current, words[0]);
                        let step =
                            self.mm
                                .populate(&mut self.machine, &mut self.accounts, space, end, &mut cursor);
                        self.post_notices();
                        self.stepped_to(current, step, cursor)
                    }
                    Step::Done => Ok(Answer::Done),
                }
            }
        }
    }

    /// A placement as the caller asks for it.
    pub(crate) fn placement(&self, address: u64, length: u64, wanted: u64) -> Result<Placement, Failure> {
        if wanted & !flags::ALL != 0 {
            return Err(Failure::Errno(errno::EINVAL));
        }
        Ok(Placement {
            address,
            length,
            flags: wanted,
        })
    }

    /// Maps something, in steps; with POPULATE its pages are made resident in further steps.
    pub(crate) fn map_with(
        &mut self,
        invocation: &Invocation,
        space: Ref<AddressSpace>,
        placement: Placement,
        map: impl FnOnce(&mut Self) -> Result<Mapped, MemoryError>,
    ) -> Served {
        let current = invocation.thread;
        // Once mapped, the address is kept: what follows only brings pages.
        let address = match self.threads[current].placed_at.take() {
            Some(address) => address,
            None => {
                let mapped = map(self);
                self.post_notices();
                match mapped? {
                    Mapped::At(address) => address,
                    Mapped::More => return self.continue_later(current, 0),
                }
            }
        };
        if placement.flags & flags::POPULATE != 0 {
            let end = address.saturating_add(placement.length.next_multiple_of(PAGE));
            let mut cursor = self.cursor(current, address);
            let step = self
                .mm
                .populate(&mut self.machine, &mut self.accounts, space, end, &mut cursor);
            self.post_notices();
            if step == Step::More {
                self.threads[current].placed_at = Some(address);
                return self.continue_later(current, cursor);
            }
        }
        Ok(Answer::Word(address))
    }

    /// Where a stepwise operation goes on: the kept progress, or its beginning.
    pub(crate) fn cursor(&mut self, current: Ref<Thread>, start: u64) -> u64 {
        match core::mem::take(&mut self.threads[current].progress) {
            0 => start,
            progress => progress,
        }
    }

    /// Ends a step of an operation that keeps its progress in what it changes.
    fn stepped(&mut self, current: Ref<Thread>, step: Result<Step, MemoryError>) -> Served {
        self.stepped_to(current, step?, 0)
    }

    /// Ends a step of an operation with a cursor.
    pub(crate) fn stepped_to(&mut self, current: Ref<Thread>, step: Step, cursor: u64) -> Served {
        match step {
            Step::Done => Ok(Answer::Done),
            Step::More => self.continue_later(current, cursor),
        }
    }

    /// Copies between the caller's own list and a place, once.
    pub(crate) fn copy_own_list(
        &mut self,
        invocation: &Invocation,
        input: bool,
        place: Place,
        length: u64,
    ) -> Served {
        let current = invocation.thread;
        let done = core::mem::take(&mut self.threads[current].progress);
        let own = Caller::Thread(current);
        let step = length.saturating_sub(done).min(crate::usercopy::STEP_BYTES);
        let (moved, result) = self.copy_list_place((own, input, done), place, done, step);
        if !input {
            self.threads[current].call.copied = done + moved;
        }
        self.end_step(
            current,
            done + moved,
            length,
            moved == step && step != 0,
            result.map_err(|stop| stop.fault),
        )
    }

    fn residency(&mut self, invocation: &Invocation, space: Ref<AddressSpace>) -> Served {
        let [address, length, ..] = invocation.words;
        let end = user_range(address, length)?;
        let pages = (end - address) / PAGE;
        if self.output_room(invocation) < pages {
            return refuse(errno::EINVAL);
        }
        let done = core::mem::take(&mut self.threads[invocation.thread].progress);
        let step = (pages - done.min(pages)).min(256);
        let mut bytes = [0; 256];
        for index in 0..step {
            let resident = self
                .mm
                .is_resident(&self.machine, space, address + (done + index) * PAGE)
                .ok_or(Failure::Errno(errno::ENOMEM))?;
            bytes[index as usize] = u8::from(resident);
        }
        self.write_output(invocation, done, &bytes[..step as usize])?;
        if done + step < pages {
            return self.continue_later(invocation.thread, done + step);
        }
        Ok(Answer::Done)
    }

    /// One step of unmapping a thread's stack at its end. False: more steps are needed.
    pub(crate) fn unmap_at_exit(
        &mut self,
        current: Ref<Thread>,
        space: Ref<AddressSpace>,
        range: (u64, u64),
    ) -> bool {
        let step = self
            .mm
            .unmap(&mut self.machine, &mut self.accounts, space, range.0, range.1);
        self.post_notices();
        if step == Ok(Step::More) {
            self.attend(current, attention::CONTINUE);
            return false;
        }
        true
    }
}
