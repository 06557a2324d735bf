//! The part of the Process interface that works on slots: close, duplicate, flags, install, inherit.

use super::slot::{Content, Object, Slot};
use super::table::Place;
use crate::arena::Ref;
use crate::dispatch::{Answer, Failure, Invocation, Served, errno, refuse};
use crate::ipc::transfer::is_copied_by_fork;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::process::{Process, ProcessState};
use crate::thread::attention;
use trivet_abi::error::CallError;
use trivet_abi::handle::{Handle, Rights};

/// Slots that one entry works on.
const STEP_SLOTS: u64 = 256;

/// A number that should name a slot.
fn number(word: u64) -> Result<u32, Failure> {
    u32::try_from(word).map_err(|_| Failure::Errno(errno::EBADF))
}

impl<M: Machine> Kernel<M> {
    /// The handle slot that an argument of the caller's names.
    pub(crate) fn argument_slot(&self, process: Ref<Process>, word: u64) -> Result<Slot, Failure> {
        let handle = Handle(number(word)?);
        match self.processes[process].table.lookup(handle) {
            Some(slot) => Ok(*slot),
            None => Err(Failure::Errno(errno::EBADF)),
        }
    }

    /// `close`.
    pub(crate) fn close_handles(&mut self, invocation: &Invocation, target: Ref<Process>) -> Served {
        let (first, last) = (number(invocation.words[0])?, number(invocation.words[1])?);
        let handle = Handle(first);
        if handle.is_own() {
            let place = self.processes[target].table.place(handle);
            if place.is_some_and(|place| self.close_place(target, place)) {
                return Ok(Answer::Done);
            }
            return refuse(errno::EBADF);
        }
        if first > last {
            return refuse(errno::EINVAL);
        }
        let before = core::mem::take(&mut self.threads[invocation.thread].progress);
        let mut closed = before;
        let mut steps = 0;
        let mut at = first as usize;
        while let Some(index) = self.processes[target].table.descriptors.lowest_taken(at) {
            if index > last as usize {
                break;
            }
            if steps == STEP_SLOTS {
                self.threads[invocation.thread].progress = closed;
                self.attend(invocation.thread, attention::CONTINUE);
                return Ok(Answer::Later);
            }
            steps += 1;
            closed += u64::from(self.close_place(target, Place::Descriptor(index as u32)));
            at = index + 1;
        }
        if closed == 0 && first == last {
            return refuse(errno::EBADF);
        }
        Ok(Answer::Done)
    }

    /// `duplicate`.
    pub(crate) fn duplicate_handle(&mut self, invocation: &Invocation, target: Ref<Process>) -> Served {
        let [source, wanted, placement, close_on_exec, limit, _] = invocation.words;
        let slot = self.argument_slot(target, source)?;
        let object = match slot.content {
            Content::Live(object) if slot.rights.contains(Rights::DUPLICATE) => Some(object),
            Content::Live(_) => return Err(Failure::Call(CallError::NotTransferable)),
            _ => None,
        };
        let wanted = number(wanted)?;
        let limit = u32::try_from(limit)
            .unwrap_or(u32::MAX)
            .min(self.processes[target].descriptor_limit)
            .min(Handle::DESCRIPTOR_END);
        let place = match placement {
            0 => {
                if wanted >= limit {
                    return refuse(errno::EINVAL);
                }
                let place = self.take_place(target, true, wanted).map_err(emfile)?;
                if matches!(place, Place::Descriptor(index) if index >= limit) {
                    self.give_place_back(target, place);
                    return refuse(errno::EMFILE);
                }
                place
            }
            1 => {
                // What is open beyond a limit that was lowered stays what it is.
                if u64::from(wanted) == source {
                    return Ok(Answer::Word(source));
                }
                if wanted >= limit {
                    return refuse(errno::EBADF);
                }
                let place = Place::Descriptor(wanted);
                if self.processes[target].table.slot(place).map(|slot| slot.content)
                    == Some(Content::Reserved)
                {
                    return refuse(errno::EBUSY);
                }
                // The old one goes only if the new one has its place: the same slot stays paid for.
                if let Some(object) = object {
                    self.acquire_object(object);
                }
                self.close_place(target, place);
                if let Err(error) = self.take_exact(target, place) {
                    if let Some(object) = object {
                        self.release_object(object);
                    }
                    return Err(emfile(error));
                }
                self.fill_duplicate(target, place, slot, close_on_exec & 1 != 0);
                return Ok(Answer::Word(u64::from(wanted)));
            }
            2 => self.take_place(target, false, 0).map_err(emfile)?,
            _ => return refuse(errno::EINVAL),
        };
        if let Some(object) = object {
            self.acquire_object(object);
        }
        self.fill_duplicate(target, place, slot, close_on_exec & 1 != 0);
        Ok(Answer::Word(u64::from(
            self.processes[target].table.value(place).0,
        )))
    }

    fn fill_duplicate(&mut self, target: Ref<Process>, place: Place, slot: Slot, close_on_exec: bool) {
        if slot.content == Content::Dead {
            self.processes[target].table.fill(
                place,
                Slot {
                    close_on_exec,
                    ..slot
                },
            );
        } else {
            self.fill_place(target, place, slot, close_on_exec);
        }
    }

    /// `set_close_on_exec`.
    pub(crate) fn mark_close_on_exec(&mut self, invocation: &Invocation, target: Ref<Process>) -> Served {
        let (first, last) = (number(invocation.words[0])?, number(invocation.words[1])?);
        let set = invocation.words[2] & 1 != 0;
        if first > last || Handle(first).is_own() {
            return refuse(errno::EINVAL);
        }
        let mut at =
            (u64::from(first) + core::mem::take(&mut self.threads[invocation.thread].progress)) as usize;
        let mut steps = 0;
        let mut found = at != first as usize;
        while let Some(index) = self.processes[target].table.descriptors.lowest_taken(at) {
            if index > last as usize {
                break;
            }
            if steps == STEP_SLOTS {
                self.threads[invocation.thread].progress = (index - first as usize) as u64;
                self.attend(invocation.thread, attention::CONTINUE);
                return Ok(Answer::Later);
            }
            steps += 1;
            found = true;
            if let Some(slot) = self.processes[target]
                .table
                .slot_mut(Place::Descriptor(index as u32))
            {
                slot.close_on_exec = set;
            }
            at = index + 1;
        }
        if !found && first == last {
            return refuse(errno::EBADF);
        }
        Ok(Answer::Done)
    }

    /// `slot_info`.
    pub(crate) fn slot_info(&mut self, invocation: &Invocation, target: Ref<Process>) -> Served {
        let slot = self.argument_slot(target, invocation.words[0])?;
        let (kind, flags) = match slot.content {
            Content::Live(object) => (u64::from(object.interface()), 0),
            _ => (0, 2),
        };
        // A badge is the server's: only that server, which has the endpoint, may see it, and it sees it on each message.
        let fields = [
            invocation.words[0],
            kind,
            u64::from(slot.interface.0),
            u64::from(slot.label.0),
            slot.allow,
            u64::from(slot.rights.0),
            flags | u64::from(slot.close_on_exec),
            self.visible_badge(invocation.process, &slot),
        ];
        self.write_fields(invocation, 0, &fields)?;
        Ok(Answer::Done)
    }

    fn visible_badge(&self, asker: Ref<Process>, slot: &Slot) -> u64 {
        match slot.endpoint {
            Some(endpoint) if self.endpoints[endpoint].server == Some(asker) => slot.badge,
            _ => 0,
        }
    }

    /// `descriptors`.
    pub(crate) fn descriptor_bitmap(&mut self, invocation: &Invocation, target: Ref<Process>) -> Served {
        let first = invocation.words[0];
        if !first.is_multiple_of(64) || first >= u64::from(Handle::DESCRIPTOR_END) {
            return refuse(errno::EINVAL);
        }
        let words = (self.output_room(invocation) / 8).min(512);
        let mut count = 0;
        for index in 0..words {
            let bits = self.processes[target]
                .table
                .descriptors
                .taken_word((first / 64 + index) as usize);
            count += u64::from(bits.count_ones());
            self.write_output(invocation, index * 8, &bits.to_le_bytes())?;
        }
        Ok(Answer::Word(count))
    }

    /// `install`: one of the caller's handles into an embryo, decided for the embryo's domain.
    pub(crate) fn install_handle(&mut self, invocation: &Invocation, target: Ref<Process>) -> Served {
        let [source, wanted, close_on_exec, mask, ..] = invocation.words;
        if self.processes[target].state != ProcessState::Embryo {
            return refuse(errno::EINVAL);
        }
        let slot = self.argument_slot(invocation.process, source)?;
        let Content::Live(object) = slot.content else {
            return refuse(errno::EBADF);
        };
        if !slot.rights.contains(Rights::TRANSFER) {
            return Err(Failure::Call(CallError::NotTransferable));
        }
        let place = self.take_embryos_place(target, wanted)?;
        self.acquire_object(object);
        let sent = Slot {
            allow: slot.allow & mask,
            ..slot
        };
        let alive = self.fill_or_kill(target, place, sent, close_on_exec & 1 != 0);
        Ok(Answer::Word(u64::from(alive)))
    }

    /// A slot of an embryo that was never used, by its value.
    fn take_embryos_place(&mut self, target: Ref<Process>, wanted: u64) -> Result<Place, Failure> {
        let wanted = Handle(number(wanted)?);
        let place = if wanted.is_descriptor() {
            Place::Descriptor(wanted.0)
        } else if wanted.is_own() && wanted.own_generation() == 0 && wanted.own_index() < Handle::OWN_END {
            Place::Own(wanted.own_index())
        } else {
            return Err(Failure::Errno(errno::EINVAL));
        };
        let there = self.processes[target].table.slot(place);
        if there.is_some_and(|slot| slot.content != Content::Free || slot.generation != 0) {
            return Err(Failure::Errno(errno::EBUSY));
        }
        self.take_exact(target, place).map_err(emfile)?;
        Ok(place)
    }

    /// `inherit_slot`: one slot of a donor, as `inherit` takes all.
    pub(crate) fn inherit_one(&mut self, invocation: &Invocation, target: Ref<Process>) -> Served {
        let [donor, source, wanted, close_on_exec, ..] = invocation.words;
        if self.processes[target].state != ProcessState::Embryo {
            return refuse(errno::EINVAL);
        }
        let slot = self.argument_slot(invocation.process, donor)?;
        let Some(Object::Process(donor)) = slot.object() else {
            return refuse(errno::EINVAL);
        };
        if donor == target {
            return refuse(errno::EINVAL);
        }
        let slot = self.argument_slot(donor, source)?;
        let place = self.take_embryos_place(target, wanted)?;
        let close_on_exec = close_on_exec & 1 != 0;
        let alive = match slot.content {
            Content::Live(object) if slot.rights.contains(Rights::TRANSFER) && is_copied_by_fork(object) => {
                self.acquire_object(object);
                self.fill_or_kill(target, place, slot, close_on_exec)
            }
            _ => {
                let dead = Slot {
                    content: Content::Dead,
                    close_on_exec,
                    ..Slot::EMPTY
                };
                self.processes[target].table.fill(place, dead);
                false
            }
        };
        Ok(Answer::Word(u64::from(alive)))
    }

    /// Fills a place; if the policy leaves nothing of the handle in this domain, the slot is dead. The reference is taken over.
    fn fill_or_kill(&mut self, target: Ref<Process>, place: Place, slot: Slot, close_on_exec: bool) -> bool {
        let masks = self.decide(self.processes[target].domain, slot.label, slot.interface);
        if slot.allow & masks.allow != 0 {
            self.fill_place(target, place, slot, close_on_exec);
            return true;
        }
        if let Content::Live(object) = slot.content {
            self.release_object(object);
        }
        self.processes[target].table.fill(
            place,
            Slot {
                content: Content::Dead,
                close_on_exec,
                label: slot.label,
                interface: slot.interface,
                ..Slot::EMPTY
            },
        );
        false
    }

    /// `inherit`: all descriptors of a donor without close-on-exec.
    pub(crate) fn inherit_handles(&mut self, invocation: &Invocation, target: Ref<Process>) -> Served {
        if self.processes[target].state != ProcessState::Embryo {
            return refuse(errno::EINVAL);
        }
        let slot = self.argument_slot(invocation.process, invocation.words[0])?;
        let Some(Object::Process(donor)) = slot.object() else {
            return refuse(errno::EINVAL);
        };
        if donor == target {
            return refuse(errno::EINVAL);
        }
        // Progress: the next index in the low half, what died so far in the high half.
        let progress = core::mem::take(&mut self.threads[invocation.thread].progress);
        let (mut at, mut died) = ((progress & 0xffff_ffff) as usize, progress >> 32);
        let mut steps = 0;
        while let Some(index) = self.processes[donor].table.descriptors.lowest_taken(at) {
            if steps == STEP_SLOTS {
                self.threads[invocation.thread].progress = index as u64 | died << 32;
                self.attend(invocation.thread, attention::CONTINUE);
                return Ok(Answer::Later);
            }
            steps += 1;
            at = index + 1;
            let place = Place::Descriptor(index as u32);
            let Some(slot) = self.processes[donor].table.slot(place).copied() else {
                continue;
            };
            let free = self.processes[target]
                .table
                .slot(place)
                .is_none_or(|slot| slot.content == Content::Free);
            if slot.close_on_exec || slot.content == Content::Reserved || !free {
                continue;
            }
            self.take_exact(target, place).map_err(emfile)?;
            match slot.content {
                Content::Live(object)
                    if slot.rights.contains(Rights::TRANSFER) && is_copied_by_fork(object) =>
                {
                    self.acquire_object(object);
                    died += u64::from(!self.fill_or_kill(target, place, slot, false));
                }
                _ => {
                    died += 1;
                    self.processes[target].table.fill(
                        place,
                        Slot {
                            content: Content::Dead,
                            ..Slot::EMPTY
                        },
                    );
                }
            }
        }
        Ok(Answer::Word(died))
    }
}

/// POSIX's errors where no slot can be had.
pub(crate) fn emfile(error: CallError) -> Failure {
    match error {
        CallError::NoSlots => Failure::Errno(errno::EMFILE),
        CallError::NoMemory => Failure::Errno(errno::ENOMEM),
        error => Failure::Call(error),
    }
}
