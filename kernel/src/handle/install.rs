//! Puts objects into tables, with the policy's decision for the table's domain, and takes them out. Every slot is paid by the
//! process's account and holds one reference to its object.

use super::slot::{Content, Object, Slot};
use super::table::{BLOCK_BYTES, Place};
use crate::account::Resource;
use crate::arena::Ref;
use crate::ipc::endpoint::Endpoint;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::policy::Masks;
use crate::process::Process;
use trivet_abi::error::CallError;
use trivet_abi::handle::{Handle, Rights};
use trivet_abi::{Domain, InterfaceNumber, Label};

/// A handle that a kernel service answers with.
#[derive(Clone, Copy, Debug)]
pub struct NewHandle {
    /// The object; one reference goes with it.
    pub object: Object,
    /// The policy's name for it.
    pub label: Label,
    /// Rights.
    pub rights: Rights,
    /// Methods at most.
    pub mask: u64,
}

impl NewHandle {
    /// A handle with all rights that make sense for an object that is no endpoint, and all methods that the policy leaves.
    #[must_use]
    pub const fn new(object: Object, label: Label) -> NewHandle {
        NewHandle {
            object,
            label,
            rights: Rights(Rights::DUPLICATE.0 | Rights::TRANSFER.0),
            mask: u64::MAX,
        }
    }
}

impl<M: Machine> Kernel<M> {
    /// Takes a free slot: the lowest descriptor from `from` on, or any of the own region behind the fixed ones.
    pub(crate) fn take_place(
        &mut self,
        process: Ref<Process>,
        descriptor: bool,
        from: u32,
    ) -> Result<Place, CallError> {
        let owner = &self.processes[process];
        let place = if descriptor {
            let index = owner.table.descriptors.lowest_free(from as usize);
            if index >= owner.descriptor_limit as usize {
                return Err(CallError::NoSlots);
            }
            Place::Descriptor(index as u32)
        } else {
            let first = from.max(Handle::BOOTSTRAP_END) as usize;
            let index = owner.table.own.lowest_free(first);
            if index >= Handle::OWN_END as usize {
                return Err(CallError::NoSlots);
            }
            Place::Own(index as u32)
        };
        self.take_exact(process, place)?;
        Ok(place)
    }

    /// Takes this very slot, which is free.
    pub(crate) fn take_exact(&mut self, process: Ref<Process>, place: Place) -> Result<(), CallError> {
        let owner = &mut self.processes[process];
        if !owner.is_alive() {
            return Err(CallError::NoSlots);
        }
        let bytes = owner.table.growth_bytes(place) as u64;
        let account = &mut self.accounts[owner.account];
        account.charge_all(&[(Resource::Handles, 1), (Resource::KernelBytes, bytes)])?;
        if owner.table.take(place).is_err() {
            account.refund_all(&[(Resource::Handles, 1), (Resource::KernelBytes, bytes)]);
            return Err(CallError::NoMemory);
        }
        owner.table_bytes += bytes;
        Ok(())
    }

    /// Frees a slot that was taken and not filled.
    pub(crate) fn give_place_back(&mut self, process: Ref<Process>, place: Place) {
        let owner = &mut self.processes[process];
        if owner
            .table
            .slot(place)
            .is_some_and(|slot| slot.content == Content::Reserved)
        {
            owner.table.free(place);
            self.accounts[owner.account].refund(Resource::Handles, 1);
        }
    }

    /// What the policy leaves of a handle in a domain.
    pub(crate) fn decide(&self, domain: Domain, label: Label, interface: InterfaceNumber) -> Masks {
        self.policy.masks(domain, label, interface)
    }

    /// Fills a taken slot with a handle whose reference is handed over; decided for the table's domain.
    pub(crate) fn fill_place(
        &mut self,
        process: Ref<Process>,
        place: Place,
        slot: Slot,
        close_on_exec: bool,
    ) {
        let domain = self.processes[process].domain;
        let masks = self.decide(domain, slot.label, slot.interface);
        if slot.rights.contains(Rights::RECEIVE)
            && let Content::Live(Object::Endpoint(endpoint)) = slot.content
        {
            self.endpoints[endpoint].receive_rights += 1;
        }
        let slot = Slot {
            allow: slot.allow & masks.allow,
            special: masks.stateful | masks.audit | self.trace.special(domain),
            close_on_exec,
            ..slot
        };
        self.processes[process].table.fill(place, slot);
    }

    /// The slot contents of a kernel object's handle.
    pub(crate) fn slot_for(&self, handle: &NewHandle) -> Slot {
        let mut slot = Slot {
            content: Content::Live(handle.object),
            label: handle.label,
            rights: handle.rights,
            interface: InterfaceNumber(handle.object.interface()),
            allow: handle.mask,
            ..Slot::EMPTY
        };
        if let Object::Session(session) = handle.object {
            let session = &self.sessions[session];
            slot.interface = session.interface;
            slot.endpoint = Some(session.endpoint);
            slot.badge = session.badge;
        }
        slot
    }

    /// Puts a handle into a given free slot of a table; takes its reference over, also when it fails.
    ///
    /// # Errors
    /// Limits, no memory.
    pub fn install_at(
        &mut self,
        process: Ref<Process>,
        place: Place,
        handle: &NewHandle,
    ) -> Result<(), CallError> {
        if let Err(error) = self.take_exact(process, place) {
            self.release_object(handle.object);
            return Err(error);
        }
        let slot = self.slot_for(handle);
        self.fill_place(process, place, slot, false);
        Ok(())
    }

    /// Empties a slot and gives its reference back. False: nothing was there.
    pub(crate) fn close_place(&mut self, process: Ref<Process>, place: Place) -> bool {
        let owner = &mut self.processes[process];
        match owner.table.slot(place).map(|slot| slot.content) {
            None | Some(Content::Free | Content::Reserved) => return false,
            Some(Content::Dead | Content::Live(_)) => {}
        }
        let slot = owner.table.free(place);
        let account = owner.account;
        self.accounts[account].refund(Resource::Handles, 1);
        if let Content::Live(object) = slot.content {
            if slot.rights.contains(Rights::RECEIVE)
                && let Object::Endpoint(endpoint) = object
            {
                self.drop_receive_right(process, endpoint);
            }
            self.release_object(object);
        }
        true
    }

    fn drop_receive_right(&mut self, process: Ref<Process>, endpoint: Ref<Endpoint>) {
        let target = &mut self.endpoints[endpoint];
        target.receive_rights -= 1;
        let last = target.receive_rights == 0;
        if target.server == Some(process) && !self.processes[process].is_alive() {
            // What this server minted is dead; a new one begins anew.
            let target = &mut self.endpoints[endpoint];
            target.server = None;
            target.epoch = target.epoch.wrapping_add(1) & (u32::MAX >> 1);
        }
        if last && self.endpoints[endpoint].alive {
            self.close_endpoint(endpoint);
        }
    }

    /// Frees up to `steps` slots of a dying process, from its reap position on. True when none is left.
    pub(crate) fn close_some(&mut self, process: Ref<Process>, steps: usize) -> bool {
        for _ in 0..steps {
            let position = self.processes[process].reap_position as usize;
            let owner = &mut self.processes[process];
            let place = if let Some(index) = owner.table.descriptors.lowest_taken(position) {
                owner.reap_position = index as u32 + 1;
                Place::Descriptor(index as u32)
            } else {
                owner.reap_position = Handle::DESCRIPTOR_END;
                match owner.table.own.lowest_taken(0) {
                    Some(index) => Place::Own(index as u32),
                    None => return true,
                }
            };
            if !self.close_place(process, place) {
                self.give_place_back(process, place);
            }
        }
        false
    }

    /// Gives the memory of an empty table back.
    pub(crate) fn drop_table(&mut self, process: Ref<Process>) {
        let owner = &mut self.processes[process];
        debug_assert_eq!(owner.table.count(), 0);
        owner.table = super::table::HandleTable::new();
        let bytes = core::mem::take(&mut owner.table_bytes);
        let account = owner.account;
        self.accounts[account].refund(Resource::KernelBytes, bytes);
    }
}

/// Bytes of a block of slots: what a table grows by.
pub const GROWTH: usize = BLOCK_BYTES;
