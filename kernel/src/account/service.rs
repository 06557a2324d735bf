//! The Account interface: limits, and the factory of objects.

use super::{Account, Amounts, RESOURCES, Resource};
use crate::arena::Ref;
use crate::dispatch::{Answer, Failure, Invocation, Served, errno, refuse};
use crate::handle::install::NewHandle;
use crate::handle::slot::Object;
use crate::ipc::event::News;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::methods;
use crate::policy::{ANY_USER, own_label};
use crate::process::Process;
use crate::process::service::creation_error;
use crate::sched::AccountQueues;
use trivet_abi::error::CallError;
use trivet_abi::handle::Rights;
use trivet_abi::{InterfaceNumber, Label, USER_END};

/// Fields of `Account.Amounts`: the resources, then audit records a second, share, flags.
const AMOUNT_FIELDS: usize = RESOURCES + 3;
/// Flag: memory may be promised beyond the limit.
const OVERCOMMIT: u64 = 1;
/// Flag: threads have the priorities of core servers. Only an account that has it can give it.
const SERVER_BAND: u64 = 2;
/// Bits of randomness in the place of mappings: 28 bits of pages.
const SPACE_RANDOM_MASK: u64 = 0xff_ffff_f000;

impl<M: Machine> Kernel<M> {
    #[inline(never)]
    pub(crate) fn serve_account(
        &mut self,
        invocation: &Invocation,
        method: methods::Account,
        account: Ref<Account>,
    ) -> Served {
        use methods::Account as Method;
        let words = invocation.words;
        match method {
            Method::CreateAccount => {
                self.expect_places(invocation, 1)?;
                let fields = self.read_fields::<AMOUNT_FIELDS>(invocation, 0)?;
                let label =
                    self.label_argument(invocation, words[0], Object::Account(account).interface())?;
                let child = self.create_account(account, &fields, label)?;
                self.answer_handle(invocation, &NewHandle::new(Object::Account(child), label))?;
                Ok(Answer::Done)
            }
            Method::Info => {
                let account = &self.accounts[account];
                let fields = |amounts: &Amounts, records: u64| {
                    let mut fields = [0; AMOUNT_FIELDS];
                    fields[..RESOURCES].copy_from_slice(amounts);
                    fields[RESOURCES] = records;
                    fields[RESOURCES + 1] = u64::from(account.share);
                    fields[RESOURCES + 2] = if account.overcommit { OVERCOMMIT } else { 0 }
                        | if account.server_band { SERVER_BAND } else { 0 };
                    fields
                };
                let limits = fields(&account.limits, u64::from(account.audit_records));
                let used = fields(&account.used, u64::from(account.audit_window));
                self.write_fields(invocation, 0, &limits)?;
                self.write_fields(invocation, AMOUNT_FIELDS as u64 * 8, &used)?;
                Ok(Answer::Done)
            }
            Method::SetLimits => {
                let fields = self.read_fields::<AMOUNT_FIELDS>(invocation, 0)?;
                self.change_limits(account, &fields)
            }
            Method::CreateProcess => self.service_create_process(invocation, account, ANY_USER),
            Method::CreateProcessFor => self.service_create_process(invocation, account, words[2] as u32),
            Method::CreateMemory => self.service_create_memory(invocation, account),
            Method::CreateEndpoint => {
                self.expect_places(invocation, 1)?;
                let label = self.label_argument(invocation, words[0], methods::Endpoint::INTERFACE)?;
                let endpoint = self.create_endpoint(account, label).map_err(creation_error)?;
                let handle = NewHandle {
                    rights: Rights::ALL,
                    ..NewHandle::new(Object::Endpoint(endpoint), label)
                };
                self.answer_handle(invocation, &handle)?;
                Ok(Answer::Done)
            }
            Method::CreateWaitSet => {
                self.expect_places(invocation, 1)?;
                let set = self.create_wait_set(account).map_err(creation_error)?;
                let handle = self.own_handle(invocation.process, Object::WaitSet(set));
                self.answer_handle(invocation, &handle)?;
                Ok(Answer::Done)
            }
            Method::CreateTimer => {
                self.expect_places(invocation, 1)?;
                let timer = self.create_timer(account).map_err(creation_error)?;
                let handle = self.own_handle(invocation.process, Object::Timer(timer));
                self.answer_handle(invocation, &handle)?;
                Ok(Answer::Done)
            }
            Method::KillAll => {
                self.kill_account(account, words[0]);
                Ok(Answer::Done)
            }
        }
    }

    /// A label that the caller wants for a new object: its own, or one that the policy lets it mint.
    pub(crate) fn label_argument(
        &self,
        invocation: &Invocation,
        word: u64,
        interface: u16,
    ) -> Result<Label, Failure> {
        let label = Label(u32::try_from(word).map_err(|_| Failure::Errno(errno::EINVAL))?);
        let domain = self.processes[invocation.process].domain;
        if label == own_label(domain) || self.policy.may_mint(domain, label, InterfaceNumber(interface)) {
            Ok(label)
        } else {
            Err(Failure::Errno(errno::EACCES))
        }
    }

    /// Makes a child account with limits taken from its parent.
    pub(crate) fn create_account(
        &mut self,
        parent: Ref<Account>,
        fields: &[u64; AMOUNT_FIELDS],
        label: Label,
    ) -> Result<Ref<Account>, Failure> {
        let mut limits = [0; RESOURCES];
        limits.copy_from_slice(&fields[..RESOURCES]);
        let (records, share, flags) = (fields[RESOURCES], fields[RESOURCES + 1], fields[RESOURCES + 2]);
        let giver = &self.accounts[parent];
        let server_band = flags & SERVER_BAND != 0;
        if !(1..=1000).contains(&share)
            || flags & !(OVERCOMMIT | SERVER_BAND) != 0
            || (server_band && !giver.server_band)
            || (flags & OVERCOMMIT != 0 && !giver.overcommit && giver.parent.is_some())
        {
            return Err(Failure::Errno(errno::EINVAL));
        }
        let queues = AccountQueues::new(self.processors.len()).map_err(|_| Failure::Errno(errno::ENOMEM))?;
        self.take_limits(parent, &limits)?;
        let number = self.next_account;
        let bytes = self.account_bytes;
        let result = self.accounts[parent]
            .charge(Resource::KernelBytes, bytes)
            .map_err(|_| Failure::Errno(errno::EAGAIN))
            .and_then(|()| {
                self.accounts
                    .insert(Account {
                        limits,
                        used: [0; RESOURCES],
                        parent: Some(parent),
                        label,
                        share: share as u32,
                        audit_records: u32::try_from(records).unwrap_or(u32::MAX),
                        overcommit: flags & OVERCOMMIT != 0,
                        server_band,
                        number,
                        queues,
                        audit_second: 0,
                        audit_window: 0,
                        audit_dropped: 0,
                    })
                    .map_err(|_| {
                        self.accounts[parent].refund(Resource::KernelBytes, bytes);
                        Failure::Errno(errno::ENOMEM)
                    })
            });
        match result {
            Ok(account) => {
                self.next_account += 1;
                self.accounts.acquire(parent);
                Ok(account)
            }
            Err(failure) => {
                for (resource, amount) in Resource::ALL.into_iter().zip(limits) {
                    self.accounts[parent].refund(resource, amount);
                }
                Err(failure)
            }
        }
    }

    fn take_limits(&mut self, parent: Ref<Account>, limits: &Amounts) -> Result<(), Failure> {
        for (index, (resource, amount)) in Resource::ALL.into_iter().zip(limits).enumerate() {
            if self.accounts[parent].charge(resource, *amount).is_err() {
                for (resource, amount) in Resource::ALL.into_iter().zip(limits).take(index) {
                    self.accounts[parent].refund(resource, *amount);
                }
                return Err(Failure::Errno(errno::EAGAIN));
            }
        }
        Ok(())
    }

    fn change_limits(&mut self, account: Ref<Account>, fields: &[u64; AMOUNT_FIELDS]) -> Served {
        let mut limits = [0; RESOURCES];
        limits.copy_from_slice(&fields[..RESOURCES]);
        let share = fields[RESOURCES + 1];
        if !(1..=1000).contains(&share) {
            return refuse(errno::EINVAL);
        }
        // The root has no one to take more from, and its limits are the machine.
        let Some(parent) = self.accounts[account].parent else {
            return refuse(errno::EINVAL);
        };
        let old = self.accounts[account].limits;
        let mut more = [0; RESOURCES];
        for ((more, new), old) in more.iter_mut().zip(limits).zip(old) {
            *more = new.saturating_sub(old);
        }
        self.take_limits(parent, &more)?;
        for ((resource, new), old) in Resource::ALL.into_iter().zip(limits).zip(old) {
            // A limit below the use only stops growth: what is used stays taken from the parent until it is given back here.
            let floor = new.max(self.accounts[account].used[resource as usize].min(old));
            self.accounts[parent].refund(resource, old.saturating_sub(floor));
            self.accounts[account].limits[resource as usize] = floor;
        }
        self.accounts[account].share = share as u32;
        self.accounts[account].audit_records = u32::try_from(fields[RESOURCES]).unwrap_or(u32::MAX);
        Ok(Answer::Done)
    }

    fn service_create_process(
        &mut self,
        invocation: &Invocation,
        account: Ref<Account>,
        user: u32,
    ) -> Served {
        let [parent, image, ..] = invocation.words;
        self.expect_places(invocation, 2)?;
        let slot = self.argument_slot(invocation.process, parent)?;
        let Some(Object::Process(parent)) = slot.object() else {
            return refuse(errno::EINVAL);
        };
        // The label comes with the program's memory, which the caller must hold: it cannot be claimed.
        let program = self.argument_slot(invocation.process, image)?;
        let Some(Object::Memory(_)) = program.object() else {
            return refuse(errno::EINVAL);
        };
        let image = program.label;
        let domain = self
            .policy
            .transition(self.processes[parent].domain, image, user)
            .ok_or(Failure::Errno(errno::EACCES))?;
        let process = self.new_process(account, domain, image).map_err(creation_error)?;
        let own = self.install_own_handles(process);
        if let Err(error) = own {
            self.kill_process(process, 0);
            return Err(creation_error(error));
        }
        let space = self.space_of(process)?;
        self.processes.acquire(process);
        let handle = self.own_handle(process, Object::Process(process));
        self.answer_handle(invocation, &handle)?;
        self.mm.spaces.acquire(space);
        let handle = self.own_handle(process, Object::AddressSpace(space));
        self.answer_handle(invocation, &handle)?;
        Ok(Answer::Word(self.processes[process].number))
    }

    /// Makes an embryo with an empty address space of its own.
    ///
    /// # Errors
    /// Limits, no memory.
    pub fn new_process(
        &mut self,
        account: Ref<Account>,
        domain: trivet_abi::Domain,
        image: Label,
    ) -> Result<Ref<Process>, CallError> {
        // Mappings without a wish go below a random place in the upper part of the user's addresses.
        let top = USER_END - 0x10_0000_0000 - (self.entropy.next_word() & SPACE_RANDOM_MASK);
        let space = self
            .mm
            .create_space(&mut self.machine, &mut self.accounts, account, top)
            .map_err(|_| CallError::NoMemory)?;
        let root = self.mm.spaces[space].root;
        let made = self.create_process(account, domain, image, space, root);
        if made.is_err() {
            self.mm.release_space(space);
        }
        made
    }

    fn service_create_memory(&mut self, invocation: &Invocation, account: Ref<Account>) -> Served {
        let [size, label, no_reserve, endpoint, cookie, token] = invocation.words;
        self.expect_places(invocation, 1)?;
        let label = self.label_argument(invocation, label, methods::Memory::INTERFACE)?;
        let pager = match endpoint as u32 {
            u32::MAX => None,
            _ => Some(self.receiving_endpoint(invocation.thread, endpoint)?),
        };
        // Made for the caller of a pending request, it is that caller who pays.
        let payer = if token == 0 {
            account
        } else {
            let caller = self.living_call(invocation, token)?;
            self.processes[self.calling_process(caller)].account
        };
        let memory = self
            .mm
            .create_memory(
                &mut self.accounts,
                payer,
                label,
                size,
                no_reserve & 1 != 0,
                pager.is_some(),
            )
            .map_err(|error| Failure::Errno(error.errno()))?;
        if let Some(endpoint) = pager {
            match self.make_event(payer, Some(endpoint), News::PageWanted(memory), cookie) {
                Ok(event) => self.mm.memories[memory].event = Some(event),
                Err(error) => {
                    self.release_memory(memory);
                    return Err(creation_error(error));
                }
            }
        }
        self.answer_handle(invocation, &NewHandle::new(Object::Memory(memory), label))?;
        Ok(Answer::Done)
    }

    /// Ends every process of an account and of its children.
    fn kill_account(&mut self, account: Ref<Account>, reason: u64) {
        let mut at = 0;
        while let Some(process) = self.processes.next_from(at) {
            at = process.index() + 1;
            let mut owner = Some(self.processes[process].account);
            while let Some(candidate) = owner {
                if candidate == account {
                    self.kill_process(process, reason);
                    break;
                }
                owner = self.accounts[candidate].parent;
            }
        }
    }
}
