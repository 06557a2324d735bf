//! Counting references to objects of any kind, and what happens when the last one goes.

use super::{ENDPOINT_COST, INTERRUPT_COST, Interrupt, PORT_RANGE_COST, PortRange};
use crate::account::{Account, RESOURCES, Resource};
use crate::arena::Ref;
use crate::handle::slot::Object;
use crate::ipc::endpoint::Endpoint;
use crate::kernel::Kernel;
use crate::machine::Machine;

impl<M: Machine> Kernel<M> {
    /// Counts one reference more to what a handle names.
    pub(crate) fn acquire_object(&mut self, object: Object) {
        match object {
            Object::AddressSpace(space) => self.mm.spaces.acquire(space),
            Object::Process(process) => self.processes.acquire(process),
            Object::Thread(thread) => self.threads.acquire(thread),
            Object::Account(account) => self.accounts.acquire(account),
            Object::Endpoint(endpoint) => self.endpoints.acquire(endpoint),
            Object::Session(session) => self.sessions.acquire(session),
            Object::Memory(memory) => self.mm.memories.acquire(memory),
            Object::DeviceMemory(range) => self.mm.device_ranges.acquire(range),
            Object::Interrupt(interrupt) => self.interrupts.acquire(interrupt),
            Object::IoPorts(ports) => self.port_ranges.acquire(ports),
            Object::Dma(block) => self.mm.dma_blocks.acquire(block),
            Object::WaitSet(set) => self.wait_sets.acquire(set),
            Object::Timer(timer) => self.timers.acquire(timer),
            Object::InterruptRoot
            | Object::DmaRoot
            | Object::Clock
            | Object::Policy
            | Object::Audit
            | Object::Entropy
            | Object::Machine => {}
        }
    }

    /// Counts one reference less to what a handle named.
    pub(crate) fn release_object(&mut self, object: Object) {
        match object {
            Object::AddressSpace(space) => {
                self.mm.release_space(space);
                self.post_notices();
            }
            Object::Process(process) => self.release_process(process),
            Object::Thread(thread) => self.release_thread(thread),
            Object::Account(account) => self.release_account(account),
            Object::Endpoint(endpoint) => self.release_endpoint(endpoint),
            Object::Session(session) => self.release_session(session),
            Object::Memory(memory) => self.release_memory(memory),
            Object::DeviceMemory(range) => self.release_device(range),
            Object::Interrupt(interrupt) => self.release_interrupt(interrupt),
            Object::IoPorts(ports) => self.release_ports(ports),
            Object::Dma(block) => self.release_dma(block),
            Object::WaitSet(set) => self.release_wait_set(set),
            Object::Timer(timer) => self.release_timer(timer),
            Object::InterruptRoot
            | Object::DmaRoot
            | Object::Clock
            | Object::Policy
            | Object::Audit
            | Object::Entropy
            | Object::Machine => {}
        }
    }

    /// Counts one reference less to an account; the last one gives its limits back to its parent, and so on upwards.
    pub(crate) fn release_account(&mut self, account: Ref<Account>) {
        let mut at = Some(account);
        while let Some(account) = at {
            if !self.accounts.release(account) {
                return;
            }
            let Some(gone) = self.accounts.remove(account) else {
                return;
            };
            debug_assert_eq!(
                gone.used, [0; RESOURCES],
                "an account died with something charged to it"
            );
            at = gone.parent;
            if let Some(parent) = gone.parent {
                let parent = &mut self.accounts[parent];
                for (resource, limit) in Resource::ALL.into_iter().zip(gone.limits) {
                    parent.refund(resource, limit);
                }
                parent.refund(Resource::KernelBytes, self.account_bytes);
            }
        }
    }

    /// Counts one reference less to an endpoint.
    pub(crate) fn release_endpoint(&mut self, endpoint: Ref<Endpoint>) {
        if !self.endpoints.release(endpoint) {
            return;
        }
        if self.endpoints[endpoint].alive {
            // Nobody ever got a receive right.
            self.endpoints[endpoint].alive = false;
        }
        if let Some(gone) = self.endpoints.remove(endpoint) {
            self.accounts[gone.account].refund_all(&ENDPOINT_COST);
            self.release_account(gone.account);
        }
    }

    fn release_interrupt(&mut self, interrupt: Ref<Interrupt>) {
        if !self.interrupts.release(interrupt) {
            return;
        }
        if let Some(gone) = self.interrupts.remove(interrupt) {
            self.machine.release_interrupt(gone.vector);
            self.vectors[usize::from(gone.vector)] = None;
            if let Some(event) = gone.event {
                self.drop_event(event);
            }
            self.accounts[gone.account].refund_all(&INTERRUPT_COST);
            self.release_account(gone.account);
        }
    }

    fn release_ports(&mut self, ports: Ref<PortRange>) {
        if self.port_ranges.release(ports)
            && let Some(gone) = self.port_ranges.remove(ports)
        {
            self.accounts[gone.account].refund_all(&PORT_RANGE_COST);
            self.release_account(gone.account);
        }
    }
}
