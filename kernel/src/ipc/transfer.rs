//! Handles in messages: slots kept for the reply before the message leaves, references counted while they are between two tables.
//! And the extension blocks, read once before anything in them is believed.

use super::call::Terms;
use super::receive::Undelivered;
use super::record::{Caller, InTransit};
use super::reply::Results;
use super::session::ROOT_EPOCH;
use crate::arena::Ref;
use crate::handle::slot::{Content, Object};
use crate::handle::table::Place;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::object::SESSION_COST;
use crate::process::Process;
use crate::thread::Thread;
use alloc::vec::Vec;
use trivet_abi::error::CallError;
use trivet_abi::handle::{Handle, Rights};
use trivet_abi::message::{
    CallExtension, MAX_BYTES, MAX_HANDLES, MAX_SEGMENTS, Mint, ReplyExtension, Segment, SegmentList,
    SentHandle, SentHandleList, accept, mint, request, sent_handle,
};
use trivet_abi::{InterfaceNumber, Label};

const EXTENSION_BYTES: usize = 208;

/// Takes 64-bit words out of bytes that a program wrote.
struct Words<'a>(&'a [u8]);

impl Words<'_> {
    fn next(&mut self) -> u64 {
        let (word, rest) = self.0.split_at(self.0.len().min(8));
        self.0 = rest;
        word.try_into().map_or(0, u64::from_le_bytes)
    }

    fn segments(&mut self) -> SegmentList {
        let mut list = SegmentList {
            count: self.next(),
            ..SegmentList::default()
        };
        for segment in &mut list.inline {
            segment.address = self.next();
            segment.length = self.next();
        }
        list
    }

    fn sent(&mut self) -> SentHandle {
        let first = self.next();
        SentHandle {
            handle: Handle(first as u32),
            flags: (first >> 32) as u32,
            mask: self.next(),
        }
    }

    fn handles(&mut self) -> SentHandleList {
        let mut list = SentHandleList {
            count: self.next(),
            array: self.next(),
            ..SentHandleList::default()
        };
        for handle in &mut list.inline {
            *handle = self.sent();
        }
        list
    }
}

impl<M: Machine> Kernel<M> {
    /// Reads what a request carries into the thread's record: segments, handles, kept slots.
    pub(crate) fn take_terms(&mut self, current: Ref<Thread>, header: u64) -> Result<Terms, CallError> {
        let call = &mut self.threads[current].call;
        call.gather.clear();
        call.scatter.clear();
        const INTERESTING: u64 = request::BUFFER_IN
            | request::BUFFER_OUT
            | request::EXTENSION
            | request::ACCEPT_DESCRIPTOR
            | request::ACCEPT_OWN
            | request::ACCEPT_CLOSE_ON_EXEC
            | request::ASYNCHRONOUS;
        if header & INTERESTING == 0 {
            return Ok(Terms::default());
        }
        let frame = &self.threads[current].context.frame;
        let (address, length) = (frame.r14, frame.r15);
        let has = |bit: u64| header & bit != 0;
        let buffers = has(request::BUFFER_IN) || has(request::BUFFER_OUT);
        if (has(request::EXTENSION) && buffers)
            || (has(request::ACCEPT_DESCRIPTOR) && has(request::ACCEPT_OWN))
            || (has(request::ACCEPT_CLOSE_ON_EXEC) && !has(request::ACCEPT_DESCRIPTOR))
            || (has(request::ASYNCHRONOUS) && !has(request::EXTENSION))
        {
            return Err(CallError::BadCall);
        }
        if buffers {
            if length > MAX_BYTES {
                return Err(CallError::BadCall);
            }
            if address.checked_add(length).is_none() {
                return Err(CallError::BadPointer);
            }
            let call = &mut self.threads[current].call;
            if has(request::BUFFER_IN) {
                call.gather.set_one(address, length);
            }
            if has(request::BUFFER_OUT) {
                call.scatter.set_one(address, length);
            }
        }
        let mut count = u32::from(has(request::ACCEPT_DESCRIPTOR) || has(request::ACCEPT_OWN));
        let mut descriptors = has(request::ACCEPT_DESCRIPTOR);
        let mut close_on_exec = has(request::ACCEPT_CLOSE_ON_EXEC);
        let mut array = 0;
        let mut terms = Terms::default();
        if has(request::EXTENSION) {
            let extension = self.read_call_extension(current, address)?;
            self.read_segments(current, &extension.gather, true)?;
            self.read_segments(current, &extension.scatter, false)?;
            if extension.accept.count != 0 {
                if count != 0
                    || extension.accept.count > MAX_HANDLES
                    || extension.accept.flags & !accept::ALL != 0
                {
                    return Err(CallError::BadCall);
                }
                count = extension.accept.count;
                descriptors = extension.accept.flags & accept::DESCRIPTORS != 0;
                close_on_exec = extension.accept.flags & accept::CLOSE_ON_EXEC != 0;
                array = extension.accept.array;
            }
            self.take_sent(current, &extension.handles)?;
            terms = Terms {
                deadline_ns: extension.deadline_ns,
                completion_endpoint: extension.completion_endpoint,
                call_slot: extension.call_slot,
                cookie: extension.cookie,
            };
        }
        if count != 0 {
            self.keep_places(current, count, descriptors)?;
            let accepted = &mut self.threads[current].call.accepted;
            accepted.close_on_exec = close_on_exec;
            accepted.array = array;
        }
        Ok(terms)
    }

    fn read_call_extension(
        &mut self,
        current: Ref<Thread>,
        address: u64,
    ) -> Result<CallExtension, CallError> {
        let mut bytes = [0; EXTENSION_BYTES];
        self.read_own(current, address, &mut bytes)?;
        let mut words = Words(&bytes);
        let mut extension = CallExtension {
            gather: words.segments(),
            scatter: words.segments(),
            handles: words.handles(),
            ..CallExtension::default()
        };
        let first = words.next();
        extension.accept.count = first as u32;
        extension.accept.flags = (first >> 32) as u32;
        extension.accept.array = words.next();
        extension.deadline_ns = words.next();
        extension.completion_endpoint = words.next();
        extension.call_slot = words.next();
        extension.cookie = words.next();
        Ok(extension)
    }

    /// Reads a reply's extension.
    pub(crate) fn read_reply_extension(
        &mut self,
        current: Ref<Thread>,
        address: u64,
    ) -> Result<ReplyExtension, CallError> {
        let mut bytes = [0; EXTENSION_BYTES];
        self.read_own(current, address, &mut bytes)?;
        let mut words = Words(&bytes);
        let mut extension = ReplyExtension {
            gather: words.segments(),
            handles: words.handles(),
            ..ReplyExtension::default()
        };
        extension.mint.badge = words.next();
        extension.mint.interface_flags_rights = words.next();
        extension.mint.label = words.next();
        extension.mint.mask = words.next();
        extension.mint.readiness = words.next();
        for change in &mut extension.readiness {
            change.badge = words.next();
            let (first, second) = (words.next(), words.next());
            change.set = first as u32;
            change.clear = (first >> 32) as u32;
            change.pulse = second as u32;
            change.present = (second >> 32) as u32;
        }
        Ok(extension)
    }

    /// Reads a list of segments into the thread's record.
    pub(crate) fn read_segments(
        &mut self,
        current: Ref<Thread>,
        list: &SegmentList,
        gather: bool,
    ) -> Result<(), CallError> {
        if list.count > u64::from(MAX_SEGMENTS) {
            return Err(CallError::BadCall);
        }
        let count = list.count as usize;
        let call = &mut self.threads[current].call;
        let mut target = core::mem::take(if gather {
            &mut call.gather
        } else {
            &mut call.scatter
        });
        target.clear();
        let result = self.fill_segments(current, list, count, &mut target);
        let call = &mut self.threads[current].call;
        *(if gather {
            &mut call.gather
        } else {
            &mut call.scatter
        }) = target;
        result
    }

    fn fill_segments(
        &mut self,
        current: Ref<Thread>,
        list: &SegmentList,
        count: usize,
        target: &mut super::record::Segments,
    ) -> Result<(), CallError> {
        if let Some(inline) = list.inline.get(..count) {
            for segment in inline {
                if !target.push(*segment, MAX_BYTES) {
                    return Err(CallError::BadCall);
                }
            }
            return Ok(());
        }
        if !target.reserve(count - list.inline.len()) {
            return Err(CallError::NoMemory);
        }
        let mut bytes = [0; 16 * 64];
        let mut done = 0;
        while done < count {
            let step = (count - done).min(64);
            let address = list.inline[0]
                .address
                .checked_add(done as u64 * 16)
                .ok_or(CallError::BadPointer)?;
            self.read_own(current, address, &mut bytes[..step * 16])?;
            let mut words = Words(&bytes);
            for _ in 0..step {
                let segment = Segment {
                    address: words.next(),
                    length: words.next(),
                };
                if !target.push(segment, MAX_BYTES) {
                    return Err(CallError::BadCall);
                }
            }
            done += step;
        }
        Ok(())
    }

    fn read_sent_list(
        &mut self,
        current: Ref<Thread>,
        list: &SentHandleList,
    ) -> Result<Vec<SentHandle>, CallError> {
        if list.count > u64::from(MAX_HANDLES) {
            return Err(CallError::BadCall);
        }
        let count = list.count as usize;
        let mut handles = Vec::new();
        handles
            .try_reserve_exact(count)
            .map_err(|_| CallError::NoMemory)?;
        if let Some(inline) = list.inline.get(..count) {
            handles.extend_from_slice(inline);
        } else {
            let mut bytes = [0; 16 * 256];
            self.read_own(current, list.array, &mut bytes[..count * 16])?;
            let mut words = Words(&bytes);
            handles.extend((0..count).map(|_| words.sent()));
        }
        if handles.iter().any(|handle| handle.flags & !sent_handle::ALL != 0) {
            return Err(CallError::BadCall);
        }
        Ok(handles)
    }

    /// Takes the handles of a request out of the sender's table, as counted references.
    fn take_sent(&mut self, current: Ref<Thread>, list: &SentHandleList) -> Result<(), CallError> {
        if list.count == 0 {
            return Ok(());
        }
        let handles = self.read_sent_list(current, list)?;
        let process = self.threads[current].process;
        for sent in handles {
            let transit = self.begin_transit(process, &sent)?;
            let list = &mut self.threads[current].call.sent;
            if list.try_reserve(1).is_err() {
                self.release_transit(&transit);
                return Err(CallError::NoMemory);
            }
            self.threads[current].call.sent.push(transit);
        }
        Ok(())
    }

    /// A handle leaves a table: its object is counted once more.
    fn begin_transit(&mut self, process: Ref<Process>, sent: &SentHandle) -> Result<InTransit, CallError> {
        let table = &self.processes[process].table;
        let slot = *table.lookup(sent.handle).ok_or(CallError::InvalidHandle)?;
        let object = slot.object().ok_or(CallError::NotTransferable)?;
        if !slot.rights.contains(Rights::TRANSFER) {
            return Err(CallError::NotTransferable);
        }
        let place = table.place(sent.handle);
        let rights = if sent.flags & sent_handle::NO_TRANSFER != 0 {
            Rights(slot.rights.0 & !Rights::TRANSFER.0)
        } else {
            slot.rights
        };
        self.acquire_object(object);
        Ok(InTransit {
            slot: crate::handle::slot::Slot {
                allow: slot.allow & sent.mask,
                rights,
                close_on_exec: false,
                ..slot
            },
            moved_from: place.filter(|_| sent.flags & sent_handle::MOVE != 0),
        })
    }

    /// Gives back what a handle in transit holds.
    pub(crate) fn release_transit(&mut self, transit: &InTransit) {
        if let Content::Live(object) = transit.slot.content {
            self.release_object(object);
        }
    }

    /// Empties the sender's slot of a moved handle, if it still holds that object.
    fn finish_move(&mut self, sender: Ref<Process>, transit: &InTransit) {
        if let Some(place) = transit.moved_from
            && self.processes[sender]
                .table
                .slot(place)
                .is_some_and(|slot| slot.content == transit.slot.content)
        {
            self.close_place(sender, place);
        }
    }

    /// Keeps `count` free slots for handles of the reply, and a place for a session that the reply may mint.
    pub(crate) fn keep_places(
        &mut self,
        current: Ref<Thread>,
        count: u32,
        descriptors: bool,
    ) -> Result<(), CallError> {
        let process = self.threads[current].process;
        let account = self.processes[process].account;
        self.accounts[account].charge_all(&SESSION_COST)?;
        if self.sessions.reserve().is_err() {
            self.accounts[account].refund_all(&SESSION_COST);
            return Err(CallError::NoMemory);
        }
        let accepted = &mut self.threads[current].call.accepted;
        accepted.session_kept = true;
        accepted
            .places
            .try_reserve(count as usize)
            .map_err(|_| CallError::NoMemory)?;
        for _ in 0..count {
            let place = self.take_place(process, descriptors, 0)?;
            self.threads[current].call.accepted.places.push(place);
        }
        Ok(())
    }

    /// Gives back kept slots that were not filled, and handles that were not delivered.
    pub(crate) fn drop_carried(&mut self, caller: Caller) {
        let process = self.calling_process(caller);
        while let Some(place) = self.record_mut(caller).accepted.places.pop() {
            self.give_place_back(process, place);
        }
        if core::mem::take(&mut self.record_mut(caller).accepted.session_kept) {
            let account = self.processes[process].account;
            self.sessions.unreserve();
            self.accounts[account].refund_all(&SESSION_COST);
        }
        self.record_mut(caller).accepted.array = 0;
        while let Some(transit) = self.record_mut(caller).sent.pop() {
            self.release_transit(&transit);
        }
    }

    /// Installs a request's handles in the receiver's own region.
    pub(crate) fn deliver_handles(
        &mut self,
        caller: Caller,
        receiver: Ref<Thread>,
    ) -> Result<u64, Undelivered> {
        let count = self.record(caller).sent.len();
        let window = self.threads[receiver].window;
        if count > window.handles as usize {
            return Err(Undelivered::Caller(CallError::NotTransferable, 0));
        }
        let server = self.threads[receiver].process;
        let sender = self.calling_process(caller);
        let mut values = [0u8; 4 * 256];
        let mut places: Vec<Place> = Vec::new();
        let mut failure = places
            .try_reserve_exact(count)
            .is_err()
            .then_some(Undelivered::Caller(CallError::NoMemory, 0));
        for index in 0..count {
            if failure.is_some() {
                break;
            }
            match self.take_place(server, false, 0) {
                Ok(place) => {
                    let value = self.processes[server].table.value(place);
                    values[index * 4..index * 4 + 4].copy_from_slice(&value.0.to_le_bytes());
                    places.push(place);
                }
                Err(_) => failure = Some(Undelivered::Caller(CallError::NoSlots, 0)),
            }
        }
        if failure.is_none()
            && self
                .write_own(receiver, window.handles_address, &values[..count * 4])
                .is_err()
        {
            failure = Some(Undelivered::Caller(CallError::PeerFault, 0));
        }
        if let Some(failure) = failure {
            for place in places {
                self.give_place_back(server, place);
            }
            return Err(failure);
        }
        let sent = core::mem::take(&mut self.record_mut(caller).sent);
        for (transit, place) in sent.iter().zip(places) {
            self.fill_place(server, place, transit.slot, false);
            self.finish_move(sender, transit);
        }
        let mut sent = sent;
        sent.clear();
        self.record_mut(caller).sent = sent;
        Ok(count as u64)
    }

    /// Looks at everything in a reply's extension that could make it fail, before anything changes.
    pub(crate) fn check_reply_extension(
        &mut self,
        current: Ref<Thread>,
        caller: Caller,
        extension: &ReplyExtension,
    ) -> Result<(), CallError> {
        for change in &extension.readiness {
            if change.present > 1 {
                return Err(CallError::BadCall);
            }
        }
        self.check_mint(current, caller, &extension.mint)
    }

    /// Looks at what could make minting a session fail.
    pub(crate) fn check_mint(
        &self,
        current: Ref<Thread>,
        caller: Caller,
        block: &Mint,
    ) -> Result<(), CallError> {
        const KNOWN: u64 = 0xffff
            | mint::PRESENT
            | mint::REPORT_CLOSED
            | mint::QUIET
            | mint::LAZY
            | (0xff << mint::RIGHTS_SHIFT);
        let minted = block.interface_flags_rights;
        if minted & !KNOWN != 0 {
            return Err(CallError::BadCall);
        }
        if minted & mint::PRESENT == 0 || self.record(caller).orphaned {
            return Ok(());
        }
        let process = self.threads[current].process;
        let label = Label(u32::try_from(block.label).map_err(|_| CallError::BadCall)?);
        let domain = self.processes[process].domain;
        if !self
            .policy
            .may_mint(domain, label, InterfaceNumber(minted as u16))
        {
            return Err(CallError::Denied);
        }
        Ok(())
    }

    /// Installs a reply's handles in the caller's kept slots: the minted session first.
    pub(crate) fn install_reply_handles(
        &mut self,
        current: Ref<Thread>,
        caller: Caller,
        extension: &ReplyExtension,
        results: &mut Results,
    ) -> Result<(), CallError> {
        let minted = extension.mint.interface_flags_rights & mint::PRESENT != 0;
        let count = extension.handles.count as usize + usize::from(minted);
        if count == 0 {
            return Ok(());
        }
        if extension.handles.count > u64::from(MAX_HANDLES) || count > self.accepted_places(caller).len() {
            return Err(CallError::NoSlots);
        }
        let server = self.threads[current].process;
        let client = self.calling_process(caller);
        let list = self.read_sent_list(current, &extension.handles)?;
        let mut transits: Vec<InTransit> = Vec::new();
        transits
            .try_reserve_exact(count)
            .map_err(|_| CallError::NoMemory)?;
        let mut failure = None;
        for sent in &list {
            match self.begin_transit(server, sent) {
                Ok(transit) => transits.push(transit),
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        if failure.is_none() && minted {
            match self.mint_for(server, caller, &extension.mint) {
                Ok(slot) => transits.insert(
                    0,
                    InTransit {
                        slot,
                        moved_from: None,
                    },
                ),
                Err(error) => failure = Some(error),
            }
        }
        // The values are written before anything is installed: a bad address fails the reply as a whole.
        let array = self.record(caller).accepted.array;
        if failure.is_none() && array != 0 {
            let mut values = [0u8; 4 * 256];
            for (index, place) in self.accepted_places(caller).iter().take(count).enumerate() {
                let value = self.processes[client].table.value(*place);
                values[index * 4..index * 4 + 4].copy_from_slice(&value.0.to_le_bytes());
            }
            if self.write_process(client, array, &values[..count * 4]).is_err() {
                failure = Some(CallError::PeerFault);
            }
        }
        if let Some(error) = failure {
            for transit in &transits {
                self.release_transit(transit);
            }
            return Err(error);
        }
        let close_on_exec = self.record(caller).accepted.close_on_exec;
        for (index, transit) in transits.iter().enumerate() {
            let place = self.record_mut(caller).accepted.places.remove(0);
            if index == 0 {
                results.handle = self.processes[client].table.value(place).0;
            }
            self.fill_place(client, place, transit.slot, close_on_exec);
            self.finish_move(server, transit);
        }
        results.installed = count as u64;
        Ok(())
    }

    /// Makes the session of a reply, paid by the caller, from the place that the call kept.
    pub(crate) fn mint_for(
        &mut self,
        server: Ref<Process>,
        caller: Caller,
        minted: &Mint,
    ) -> Result<crate::handle::slot::Slot, CallError> {
        let endpoint = self.record(caller).endpoint.ok_or(CallError::Gone)?;
        let client = self.calling_process(caller);
        let account = self.processes[client].account;
        let epoch = if self.endpoints[endpoint].server == Some(server) {
            self.endpoints[endpoint].epoch
        } else {
            ROOT_EPOCH
        };
        self.mint_session(super::session::Minting {
            endpoint,
            badge: minted.badge,
            interface: InterfaceNumber(minted.interface_flags_rights as u16),
            label: Label(minted.label as u32),
            mask: minted.mask,
            rights: Rights((minted.interface_flags_rights >> mint::RIGHTS_SHIFT) as u8 & 3),
            epoch,
            account,
            report_closed: minted.interface_flags_rights & mint::REPORT_CLOSED != 0,
            quiet: minted.interface_flags_rights & mint::QUIET != 0,
            lazy: minted.interface_flags_rights & mint::LAZY != 0,
            readiness: minted.readiness as u32,
            kept_by: Some(caller),
        })
    }

    /// Readiness changes that come with a reply.
    pub(crate) fn change_session_readiness(&mut self, caller: Caller, extension: &ReplyExtension) {
        let Some(endpoint) = self.record(caller).endpoint else {
            return;
        };
        for change in &extension.readiness {
            if change.present != 0
                && let Some(session) = self.find_badge(endpoint, change.badge)
            {
                self.set_readiness(session, change.set, change.clear, change.pulse);
            }
        }
    }
}

/// Whether a handle of this kind can be in two tables.
#[must_use]
pub fn is_copied_by_fork(object: Object) -> bool {
    matches!(
        object,
        Object::Session(_)
            | Object::WaitSet(_)
            | Object::Memory(_)
            | Object::Timer(_)
            | Object::Clock
            | Object::Entropy
            | Object::Endpoint(_)
            | Object::Policy
    )
}
