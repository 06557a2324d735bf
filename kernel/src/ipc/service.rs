//! The Endpoint interface.

use super::asynchronous::MAX_CALL_SLOTS;
use super::endpoint::Endpoint;
use super::record::{CallState, Caller};
use super::session::{Minting, ROOT_EPOCH};
use crate::account::Account;
use crate::arena::Ref;
use crate::dispatch::{Answer, Failure, Invocation, Served, errno, refuse};
use crate::handle::install::NewHandle;
use crate::handle::slot::{Content, Object};
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::methods;
use crate::object::ENDPOINT_COST;
use trivet_abi::error::CallError;
use trivet_abi::handle::Rights;
use trivet_abi::{InterfaceNumber, Label};

/// First interface number of servers.
const FIRST_SERVER_INTERFACE: u16 = 32;
/// Call slots bought by one call, at most.
const BUY_STEP: u64 = 256;

impl<M: Machine> Kernel<M> {
    /// Makes an endpoint with one reference.
    pub fn create_endpoint(
        &mut self,
        account: Ref<Account>,
        label: Label,
    ) -> Result<Ref<Endpoint>, CallError> {
        self.accounts[account].charge_all(&ENDPOINT_COST)?;
        let Ok(endpoint) = self.endpoints.insert(Endpoint::new(label, account)) else {
            self.accounts[account].refund_all(&ENDPOINT_COST);
            return Err(CallError::NoMemory);
        };
        self.accounts.acquire(account);
        Ok(endpoint)
    }

    #[inline(never)]
    pub(crate) fn serve_endpoint(
        &mut self,
        invocation: &Invocation,
        method: methods::Endpoint,
        endpoint: Ref<Endpoint>,
    ) -> Served {
        use methods::Endpoint as Method;
        let words = invocation.words;
        match method {
            Method::Mint => self.mint(invocation, endpoint),
            Method::BuyCallSlots => {
                self.needs_receive(invocation)?;
                let first = self.endpoints[endpoint].call_slots.len();
                if words[0] == 0 || words[0] > BUY_STEP || first + words[0] as usize > MAX_CALL_SLOTS {
                    return refuse(errno::EINVAL);
                }
                for _ in 0..words[0] {
                    if let Err(error) = self.buy_slot(endpoint, invocation.thread) {
                        while self.endpoints[endpoint].call_slots.len() > first {
                            if let Some(slot) = self.endpoints[endpoint].call_slots.pop() {
                                self.retire_slot(slot);
                            }
                        }
                        return Err(crate::process::service::creation_error(error));
                    }
                }
                Ok(Answer::Word(first as u64))
            }
            Method::CopyIn => self.copy_in(invocation),
            Method::CopyOut => self.copy_out(invocation),
            Method::CopyBetween => self.copy_between(invocation),
            Method::CopyMemory => self.copy_memory(invocation),
            Method::SetReadiness => {
                let session = self
                    .find_badge(endpoint, words[0])
                    .ok_or(Failure::Errno(errno::ENOENT))?;
                let [set, clear, pulse] = [words[1] as u32, words[2] as u32, words[3] as u32];
                if (set | clear | pulse) & !trivet_abi::event::readiness::SESSION != 0 {
                    return refuse(errno::EINVAL);
                }
                self.set_readiness(session, set, clear, pulse);
                Ok(Answer::Done)
            }
            Method::CancelCall => {
                let slot = usize::try_from(words[0])
                    .ok()
                    .and_then(|index| self.endpoints[endpoint].call_slots.get(index).copied())
                    .filter(|slot| self.call_slots[*slot].process == invocation.process)
                    .ok_or(Failure::Errno(errno::ENOENT))?;
                if self.call_slots[slot].call.state == CallState::Idle {
                    return refuse(errno::ENOENT);
                }
                self.cancel(Caller::Slot(slot), CallError::Cancelled);
                Ok(Answer::Done)
            }
            Method::WatchProcess => {
                let process = self.find_process(words[0]).ok_or(Failure::Errno(errno::ESRCH))?;
                if self.find_subscription(endpoint, process).is_some() {
                    return refuse(errno::EEXIST);
                }
                let account = self.endpoints[endpoint].account;
                self.watch_process(endpoint, process, account)
                    .map_err(|_| Failure::Errno(errno::ENOMEM))?;
                Ok(Answer::Done)
            }
            Method::UnwatchProcess => {
                let event = self
                    .find_process(words[0])
                    .and_then(|process| self.find_subscription(endpoint, process))
                    .ok_or(Failure::Errno(errno::ENOENT))?;
                self.unwatch(endpoint, event);
                Ok(Answer::Done)
            }
            Method::Caller => {
                let caller = self.living_call(invocation, words[0])?;
                let process = &self.processes[self.calling_process(caller)];
                let thread = match caller {
                    Caller::Thread(thread) => self.threads[thread].number,
                    Caller::Slot(_) => 0,
                };
                let record = self.record(caller);
                let label = record.session.map_or(0, |session| self.sessions[session].label.0);
                Ok(Answer::Words([
                    thread,
                    u64::from(label),
                    self.accounts[process.account].number,
                    u64::from(record.row),
                    u64::from(process.domain.0),
                    process.number,
                ]))
            }
            Method::Revoke => {
                let session = self
                    .find_badge(endpoint, words[0])
                    .ok_or(Failure::Errno(errno::ENOENT))?;
                self.revoke_session(session);
                Ok(Answer::Done)
            }
            Method::Sender => {
                self.expect_places(invocation, 1)?;
                self.endpoints.acquire(endpoint);
                let handle = NewHandle {
                    rights: Rights(invocation.rights.0 & !Rights::RECEIVE.0),
                    mask: invocation.allow,
                    ..NewHandle::new(Object::Endpoint(endpoint), invocation.label)
                };
                self.answer_handle(invocation, &handle)?;
                Ok(Answer::Done)
            }
            Method::Info => {
                let endpoint = &self.endpoints[endpoint];
                Ok(Answer::Words([
                    u64::from(endpoint.queued),
                    u64::from(endpoint.pending),
                    u64::from(endpoint.sessions),
                    endpoint.call_slots.len() as u64,
                    0,
                    0,
                ]))
            }
            Method::TakeClosed => {
                self.needs_receive(invocation)?;
                let mut words = [0; 6];
                while words[0] < 5
                    && let Some(badge) = self.take_closed(endpoint)
                {
                    words[0] += 1;
                    words[words[0] as usize] = badge;
                }
                Ok(Answer::Words(words))
            }
            Method::ReportPromptly => {
                self.needs_receive(invocation)?;
                let session = self
                    .find_badge(endpoint, words[0])
                    .ok_or(Failure::Errno(errno::ENOENT))?;
                self.report_promptly(session)
                    .map_err(|_| Failure::Errno(errno::ENOMEM))?;
                Ok(Answer::Done)
            }
        }
    }

    fn needs_receive(&self, invocation: &Invocation) -> Result<(), Failure> {
        if invocation.rights.contains(Rights::RECEIVE) {
            Ok(())
        } else {
            Err(Failure::Call(CallError::Denied))
        }
    }

    fn mint(&mut self, invocation: &Invocation, endpoint: Ref<Endpoint>) -> Served {
        let [badge, interface, label, mask, rights, flags] = invocation.words;
        let interface = u16::try_from(interface).map_err(|_| Failure::Errno(errno::EINVAL))?;
        let label = u32::try_from(label).map_err(|_| Failure::Errno(errno::EINVAL))?;
        if interface < FIRST_SERVER_INTERFACE || flags & !3 != 0 || !self.endpoints[endpoint].alive {
            return refuse(errno::EINVAL);
        }
        let (label, interface) = (Label(label), InterfaceNumber(interface));
        self.expect_places(invocation, 1)?;
        let domain = self.processes[invocation.process].domain;
        if !self.policy.may_mint(domain, label, interface) {
            return refuse(errno::EACCES);
        }
        let account = self.processes[invocation.process].account;
        let target = &self.endpoints[endpoint];
        let epoch = if target.server == Some(invocation.process) {
            target.epoch
        } else {
            ROOT_EPOCH
        };
        let slot = self.mint_session(Minting {
            endpoint,
            badge,
            interface,
            label,
            mask,
            rights: Rights(rights as u8 & (Rights::DUPLICATE.0 | Rights::TRANSFER.0)),
            epoch,
            account,
            report_closed: flags & 1 != 0,
            quiet: flags & 2 != 0,
            lazy: false,
            readiness: 0,
            kept_by: None,
        })?;
        if let Content::Live(object) = slot.content {
            let handle = NewHandle {
                object,
                label,
                rights: slot.rights,
                mask,
            };
            self.answer_handle(invocation, &handle)?;
        }
        Ok(Answer::Done)
    }
}
