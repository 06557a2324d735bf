//! The DeviceMemory, Dma, Interrupt and IoPorts interfaces: what drivers stand on.

use crate::arena::Ref;
use crate::dispatch::{Answer, Failure, Invocation, Served, errno, refuse};
use crate::handle::install::NewHandle;
use crate::handle::slot::Object;
use crate::ipc::event::News;
use crate::kernel::Kernel;
use crate::machine::{LineMode, Machine, PortWidth};
use crate::methods;
use crate::mm::map::MapKind;
use crate::mm::{DeviceRange, DmaBlock, PAGE};
use crate::object::{INTERRUPT_COST, Interrupt, PORT_RANGE_COST, PortRange};
use trivet_abi::Label;
use trivet_abi::error::CallError;

impl<M: Machine> Kernel<M> {
    #[inline(never)]
    pub(crate) fn serve_device(
        &mut self,
        invocation: &Invocation,
        method: methods::DeviceMemory,
        range: Ref<DeviceRange>,
    ) -> Served {
        use methods::DeviceMemory as Method;
        let words = invocation.words;
        match method {
            Method::Map => {
                let [space, offset, length, address, flags, _] = words;
                let space = self.space_argument(invocation, space)?;
                let placement = self.placement(address, length, flags)?;
                self.map_with(invocation, space, placement, |kernel| {
                    kernel.mm.map_device(
                        &mut kernel.machine,
                        &mut kernel.accounts,
                        space,
                        range,
                        offset,
                        placement,
                    )
                })
            }
            Method::Derive => {
                self.expect_places(invocation, 1)?;
                let [offset, length, label, ..] = words;
                let label = self.label_argument(invocation, label, methods::DeviceMemory::INTERFACE)?;
                let account = self.processes[invocation.process].account;
                // Never RAM, whatever the root range covers.
                let start = self.mm.device_ranges[range].address.saturating_add(offset);
                self.check_not_ram(start, length)?;
                let part = self
                    .mm
                    .derive_device_range(&mut self.accounts, account, range, offset, length)?;
                self.answer_handle(invocation, &NewHandle::new(Object::DeviceMemory(part), label))?;
                Ok(Answer::Done)
            }
            Method::Info => {
                let range = &self.mm.device_ranges[range];
                Ok(Answer::Words([range.address, range.length, 0, 0, 0, 0]))
            }
        }
    }

    /// Refuses a physical range that has ordinary memory in it.
    fn check_not_ram(&self, address: u64, length: u64) -> Result<(), Failure> {
        let end = address.checked_add(length).ok_or(Failure::Errno(errno::EINVAL))?;
        // The check goes page by page: ranges of devices are small, and a large one is bounded by the machine's memory.
        let last_ram = self.machine.managed_frames() as u64 * 4 * PAGE;
        let mut at = address & !(PAGE - 1);
        while at < end.min(last_ram.max(1 << 32)) {
            if crate::machine::Frame::containing(at).is_some_and(|frame| self.machine.is_ram(frame)) {
                return Err(Failure::Errno(errno::EINVAL));
            }
            at += PAGE;
        }
        Ok(())
    }

    pub(crate) fn release_device(&mut self, range: Ref<DeviceRange>) {
        self.mm.release_device_range(range);
        self.post_notices();
    }

    pub(crate) fn release_dma(&mut self, block: Ref<DmaBlock>) {
        self.mm.release_dma_block(block);
        self.post_notices();
    }

    #[inline(never)]
    pub(crate) fn serve_dma(
        &mut self,
        invocation: &Invocation,
        method: methods::Dma,
        block: Option<Ref<DmaBlock>>,
    ) -> Served {
        use methods::Dma as Method;
        let words = invocation.words;
        match (method, block) {
            (Method::Allocate, None) => {
                self.expect_places(invocation, 1)?;
                let [pages, low, device, label, ..] = words;
                let label = self.label_argument(invocation, label, methods::Dma::INTERFACE)?;
                let device = u32::try_from(device).map_err(|_| Failure::Errno(errno::EINVAL))?;
                let account = self.processes[invocation.process].account;
                let block = self.mm.create_dma_block(
                    &mut self.machine,
                    &mut self.accounts,
                    account,
                    label,
                    pages,
                    low & 1 != 0,
                    device,
                )?;
                let address = self.mm.dma_blocks[block].first.address();
                self.answer_handle(invocation, &NewHandle::new(Object::Dma(block), label))?;
                Ok(Answer::Word(address))
            }
            (Method::DeviceWasReset, None) => {
                let device = u32::try_from(words[0]).map_err(|_| Failure::Errno(errno::EINVAL))?;
                Ok(Answer::Word(self.machine.device_was_reset(device) as u64))
            }
            (Method::Map, Some(block)) => {
                let [space, offset, length, address, flags, _] = words;
                let space = self.space_argument(invocation, space)?;
                let placement = self.placement(address, length, flags)?;
                let memory = self.mm.dma_memory(block);
                self.map_with(invocation, space, placement, |kernel| {
                    kernel.mm.map_memory(
                        &mut kernel.machine,
                        &mut kernel.accounts,
                        space,
                        memory,
                        offset,
                        placement,
                        MapKind::Write,
                    )
                })
            }
            (Method::AsMemory, Some(block)) => {
                self.expect_places(invocation, 1)?;
                let label = self.label_argument(invocation, words[0], methods::Memory::INTERFACE)?;
                let memory = self.mm.dma_memory(block);
                self.mm.memories.acquire(memory);
                self.answer_handle(invocation, &NewHandle::new(Object::Memory(memory), label))?;
                Ok(Answer::Done)
            }
            (Method::Info, Some(block)) => {
                let block = &self.mm.dma_blocks[block];
                Ok(Answer::Words([block.first.address(), block.pages, 0, 0, 0, 0]))
            }
            _ => refuse(errno::EINVAL),
        }
    }

    #[inline(never)]
    pub(crate) fn serve_interrupt(
        &mut self,
        invocation: &Invocation,
        method: methods::Interrupt,
        interrupt: Option<Ref<Interrupt>>,
    ) -> Served {
        use methods::Interrupt as Method;
        let words = invocation.words;
        match (method, interrupt) {
            (Method::AllocateMessage, None) => {
                self.expect_places(invocation, 1)?;
                let label = self.label_argument(invocation, words[0], methods::Interrupt::INTERFACE)?;
                let message = self.machine.bind_message().ok_or(Failure::Errno(errno::ENOSPC))?;
                let interrupt = self.make_interrupt(invocation, message.vector, false)?;
                self.answer_handle(invocation, &NewHandle::new(Object::Interrupt(interrupt), label))?;
                Ok(Answer::Words([
                    message.address,
                    u64::from(message.data),
                    0,
                    0,
                    0,
                    0,
                ]))
            }
            (Method::AllocateLine, None) => {
                self.expect_places(invocation, 1)?;
                let [line, level, active_low, label, ..] = words;
                let label = self.label_argument(invocation, label, methods::Interrupt::INTERFACE)?;
                let line = u32::try_from(line).map_err(|_| Failure::Errno(errno::EINVAL))?;
                let mode = LineMode {
                    level: level & 1 != 0,
                    active_low: active_low & 1 != 0,
                };
                let vector = self
                    .machine
                    .bind_line(line, mode)
                    .ok_or(Failure::Errno(errno::EBUSY))?;
                let interrupt = self.make_interrupt(invocation, vector, true)?;
                self.answer_handle(invocation, &NewHandle::new(Object::Interrupt(interrupt), label))?;
                Ok(Answer::Done)
            }
            (Method::Bind, Some(interrupt)) => {
                let endpoint = self.receiving_endpoint(invocation.thread, words[0])?;
                let target = &self.interrupts[interrupt];
                let (old, account, vector) = (target.event, target.account, target.vector);
                let event = self.bind_source(old, account, endpoint, News::Signalled, words[1])?;
                self.interrupts[interrupt].event = Some(event);
                self.machine.unmask_interrupt(vector);
                Ok(Answer::Done)
            }
            (Method::Acknowledge, Some(interrupt)) => {
                let target = &mut self.interrupts[interrupt];
                let vector = target.vector;
                let missed = core::mem::take(&mut target.missed);
                target.waiting = false;
                if missed {
                    self.fire_interrupt(interrupt);
                } else {
                    self.machine.unmask_interrupt(vector);
                }
                Ok(Answer::Done)
            }
            _ => refuse(errno::EINVAL),
        }
    }

    fn make_interrupt(
        &mut self,
        invocation: &Invocation,
        vector: u8,
        is_line: bool,
    ) -> Result<Ref<Interrupt>, Failure> {
        let account = self.processes[invocation.process].account;
        let made = self.accounts[account]
            .charge_all(&INTERRUPT_COST)
            .map_err(CallError::from)
            .and_then(|()| {
                self.interrupts
                    .insert(Interrupt {
                        account,
                        vector,
                        is_line,
                        event: None,
                        waiting: false,
                        missed: false,
                    })
                    .map_err(|_| {
                        self.accounts[account].refund_all(&INTERRUPT_COST);
                        CallError::NoMemory
                    })
            });
        match made {
            Ok(interrupt) => {
                self.accounts.acquire(account);
                self.vectors[usize::from(vector)] = Some(interrupt);
                Ok(interrupt)
            }
            Err(error) => {
                self.machine.release_interrupt(vector);
                Err(crate::process::service::creation_error(error))
            }
        }
    }

    /// A device's interrupt came. A message that comes before the last one was acknowledged is told after that: a device that floods
    /// reaches its driver, no more.
    pub(crate) fn interrupt_fired(&mut self, vector: u8) {
        let Some(interrupt) = self.vectors.get(usize::from(vector)).copied().flatten() else {
            return;
        };
        if self.interrupts[interrupt].waiting {
            self.interrupts[interrupt].missed = true;
            self.machine.mask_interrupt(vector);
            return;
        }
        self.fire_interrupt(interrupt);
    }

    fn fire_interrupt(&mut self, interrupt: Ref<Interrupt>) {
        let target = &mut self.interrupts[interrupt];
        target.waiting = true;
        if let Some(event) = target.event {
            self.fire(event, 1);
        }
    }

    #[inline(never)]
    pub(crate) fn serve_ports(
        &mut self,
        invocation: &Invocation,
        method: methods::IoPorts,
        range: Ref<PortRange>,
    ) -> Served {
        use methods::IoPorts as Method;
        let words = invocation.words;
        match method {
            Method::Read => {
                let (port, width) = self.port_argument(range, words[0], words[1])?;
                Ok(Answer::Word(u64::from(self.machine.port_read(port, width))))
            }
            Method::Write => {
                let (port, width) = self.port_argument(range, words[0], words[1])?;
                self.machine.port_write(port, width, words[2] as u32);
                Ok(Answer::Done)
            }
            Method::Derive => {
                self.expect_places(invocation, 1)?;
                let [first, count, label, ..] = words;
                let label = self.label_argument(invocation, label, methods::IoPorts::INTERFACE)?;
                let whole = &self.port_ranges[range];
                let (low, high) = (
                    u64::from(whole.first),
                    u64::from(whole.first) + u64::from(whole.count),
                );
                if count == 0 || first < low || first.checked_add(count).is_none_or(|end| end > high) {
                    return refuse(errno::EINVAL);
                }
                let account = self.processes[invocation.process].account;
                let part = self
                    .create_port_range(account, first as u16, count as u32)
                    .map_err(crate::process::service::creation_error)?;
                self.answer_handle(invocation, &NewHandle::new(Object::IoPorts(part), label))?;
                Ok(Answer::Done)
            }
        }
    }

    /// Makes a range of ports with one reference.
    ///
    /// # Errors
    /// Limits, no memory.
    pub fn create_port_range(
        &mut self,
        account: Ref<crate::account::Account>,
        first: u16,
        count: u32,
    ) -> Result<Ref<PortRange>, CallError> {
        self.accounts[account].charge_all(&PORT_RANGE_COST)?;
        let Ok(part) = self.port_ranges.insert(PortRange {
            account,
            first,
            count,
        }) else {
            self.accounts[account].refund_all(&PORT_RANGE_COST);
            return Err(CallError::NoMemory);
        };
        self.accounts.acquire(account);
        Ok(part)
    }

    fn port_argument(
        &self,
        range: Ref<PortRange>,
        port: u64,
        width: u64,
    ) -> Result<(u16, PortWidth), Failure> {
        let range = &self.port_ranges[range];
        let width_kind = match width {
            1 => PortWidth::Byte,
            2 => PortWidth::Word,
            4 => PortWidth::Long,
            _ => return Err(Failure::Errno(errno::EINVAL)),
        };
        let first = u64::from(range.first);
        let end = first + u64::from(range.count);
        if port < first || port.checked_add(width).is_none_or(|last| last > end) {
            return Err(Failure::Errno(errno::EPERM));
        }
        let port = u16::try_from(port).map_err(|_| Failure::Errno(errno::EINVAL))?;
        Ok((port, width_kind))
    }

    /// The handles of a root object: with all methods that the policy leaves to the process that gets it.
    #[must_use]
    pub fn root_handle(&self, object: Object) -> NewHandle {
        let label: Label = self.root_label(object);
        NewHandle::new(object, label)
    }
}
