//! `Bus` and `Device`.

use crate::device::Claimed;
use crate::pci::{
    BaseRange, ConfigSpace, Function, RangeKind, capabilities, capability_bytes, message_interrupts, scan,
    usable_part,
};
use crate::slot;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;
use core::cell::RefCell;
use trivet_abi::{InterfaceNumber, Label};
use trivet_ipc::bus::{BusError, DeviceInfo};
use trivet_ipc::device::{Capability, DeviceError, RangeKind as WireKind};
use trivet_ipc::plain::bytes_of;
use trivet_server::services::bus::{BusService, ListReply};
use trivet_server::services::device::{
    CapabilityReply, DeviceService, DmaReply, InfoReply, MemoryReply, PortsReply, RangeReply,
};
use trivet_server::services::{bus, device};
use trivet_server::{Answer, Decided, Events, Give, Name, NewSession, Output, Request};

/// Badge of the sessions that init mints. Devices have their address plus [`DEVICE_BADGE`].
const BUS_BADGE: u64 = 0;
const DEVICE_BADGE: u64 = 1 << 16;
/// Devices in one answer of `list`.
const LIST_MAX: usize = 64;
/// Pages of one block of DMA memory, at most.
const DMA_PAGES_MAX: u64 = 4096;

/// Everything that the server serves.
pub struct Service<C> {
    config: RefCell<C>,
    functions: Vec<Function>,
    vectors: Vec<u32>,
    claimed: RefCell<BTreeMap<u16, Claimed>>,
}

impl<C: ConfigSpace> Service<C> {
    /// Finds all functions.
    pub fn start(mut config: C) -> Service<C> {
        let functions: Vec<Function> = scan(&mut config)
            .into_iter()
            .filter(|function| !function.is_bridge)
            .collect();
        let vectors = functions
            .iter()
            .map(|function| message_interrupts(&mut config, function.address).map_or(0, |found| found.count))
            .collect();
        Service {
            config: RefCell::new(config),
            functions,
            vectors,
            claimed: RefCell::default(),
        }
    }

    /// Serves one request by what its session is.
    pub async fn dispatch(&self, request: Request) -> Answer {
        if request.badge() == BUS_BADGE {
            bus::dispatch(self, request).await
        } else {
            device::dispatch(self, request).await
        }
    }

    /// Runs `work` on the device of a request's session.
    fn with_device<R>(
        &self,
        request: &Request,
        work: impl FnOnce(&mut Claimed, &mut C) -> Result<R, DeviceError>,
    ) -> Result<R, DeviceError> {
        let address = request
            .badge()
            .checked_sub(DEVICE_BADGE)
            .and_then(|badge| u16::try_from(badge).ok());
        let mut claimed = self.claimed.borrow_mut();
        let device = address
            .and_then(|address| claimed.get_mut(&address))
            .ok_or(DeviceError::InputOutput)?;
        work(device, &mut self.config.borrow_mut())
    }
}

/// The label that the policy gives a function, by vendor and device.
fn label_of(function: &Function) -> Option<Label> {
    let path = format!("pci\0/{:04x}/{:04x}", function.vendor, function.device);
    trivet_ipc::policy::label_for_path(slot::POLICY, path.as_bytes())
        .ok()
        .map(Label)
}

impl<C: ConfigSpace> Events for Service<C> {
    fn closed(&self, badge: u64) {
        let address = badge
            .checked_sub(DEVICE_BADGE)
            .and_then(|badge| u16::try_from(badge).ok());
        let released = address.and_then(|address| self.claimed.borrow_mut().remove(&address));
        if let Some(device) = released {
            device.release(&mut *self.config.borrow_mut());
        }
    }
}

impl<C: ConfigSpace> BusService for Service<C> {
    async fn list(&self, _: &Request, first: u32) -> Result<ListReply, BusError> {
        let claimed = self.claimed.borrow();
        let first = usize::try_from(first).map_err(|_| BusError::InvalidArgument)?;
        let mut bytes = Vec::new();
        let mut count = 0;
        for (function, vectors) in self
            .functions
            .iter()
            .zip(&self.vectors)
            .skip(first)
            .take(LIST_MAX)
        {
            let info = DeviceInfo {
                address: u32::from(function.address.0),
                class: function.class,
                vendor: function.vendor,
                device: function.device,
                subsystem_vendor: function.subsystem_vendor,
                subsystem: function.subsystem,
                revision: function.revision,
                interrupt_pin: function.interrupt_pin,
                claimed: u8::from(claimed.contains_key(&function.address.0)),
                reserved: 0,
                interrupt_vectors: *vectors,
            };
            bytes.extend_from_slice(bytes_of(&info));
            count += 1;
        }
        Ok(ListReply {
            devices: Output::Bytes(bytes),
            count,
        })
    }

    async fn claim(&self, request: &Request, address: Name<u32>) -> Result<Decided<Give>, BusError> {
        let judge = request.judge();
        let address = address.open(&judge);
        let function = self
            .functions
            .iter()
            .find(|function| u32::from(function.address.0) == address)
            .ok_or(BusError::NotSupportedByDevice)?;
        let label = label_of(function).ok_or(BusError::AccessDenied)?;
        judge.require(label)?;
        let mut claimed = self.claimed.borrow_mut();
        if claimed.contains_key(&function.address.0) {
            return Err(BusError::Busy);
        }
        let device = Claimed::new(&mut *self.config.borrow_mut(), *function, label);
        claimed.insert(function.address.0, device);
        let badge = DEVICE_BADGE + u64::from(function.address.0);
        let interface = InterfaceNumber(trivet_ipc::device::INTERFACE.0);
        Ok(judge.decided(NewSession::new(badge, interface, label).into())?)
    }
}

/// Range `index` of a device, if it is of this kind.
fn range_of(device: &Claimed, index: u32, kind: RangeKind) -> Result<BaseRange, DeviceError> {
    let range = usize::try_from(index)
        .ok()
        .and_then(|index| device.ranges.get(index));
    let range = range.ok_or(DeviceError::InvalidArgument)?;
    range
        .filter(|range| range.kind == kind)
        .ok_or(DeviceError::NoSuchDevice)
}

impl<C: ConfigSpace> DeviceService for Service<C> {
    async fn info(&self, request: &Request) -> Result<InfoReply, DeviceError> {
        self.with_device(request, |device, _| {
            let function = &device.function;
            Ok(InfoReply {
                vendor: u64::from(function.vendor),
                device: u64::from(function.device),
                class: u64::from(function.class),
                address: u64::from(function.address.0),
                interrupt_vectors: u64::from(device.vectors()),
            })
        })
    }

    async fn range(&self, request: &Request, index: u32) -> Result<RangeReply, DeviceError> {
        self.with_device(request, |device, _| {
            let range = usize::try_from(index)
                .ok()
                .and_then(|index| device.ranges.get(index));
            Ok(match range.ok_or(DeviceError::InvalidArgument)? {
                None => RangeReply {
                    kind: WireKind::None,
                    address: 0,
                    length: 0,
                },
                Some(range) => {
                    let kind = match range.kind {
                        RangeKind::Memory => WireKind::Memory,
                        RangeKind::Ports => WireKind::Ports,
                    };
                    RangeReply {
                        kind,
                        address: range.address,
                        length: range.length,
                    }
                }
            })
        })
    }

    async fn memory(&self, request: &Request, index: u32) -> Result<MemoryReply, DeviceError> {
        self.with_device(request, |device, _| {
            let range = range_of(device, index, RangeKind::Memory)?;
            let table = device
                .messages
                .filter(|messages| u32::from(messages.register) == index)
                .map(|messages| messages.table());
            let (offset, length) = usable_part(range.length, table).ok_or(DeviceError::NoSuchDevice)?;
            // A driver that finds its structures by offset needs the range from its start.
            if offset != 0 {
                return Err(DeviceError::NoSuchDevice);
            }
            let part =
                trivet_ipc::device_memory::derive(slot::DEVICE_MEMORY, range.address, length, device.label.0);
            let memory = part.map_err(|_| DeviceError::NoMemory)?;
            Ok(MemoryReply {
                memory: Give::moving(memory),
                length,
            })
        })
    }

    async fn ports(&self, request: &Request, index: u32) -> Result<PortsReply, DeviceError> {
        self.with_device(request, |device, _| {
            let range = range_of(device, index, RangeKind::Ports)?;
            let first = u16::try_from(range.address).map_err(|_| DeviceError::NoSuchDevice)?;
            let count = u32::try_from(range.length).map_err(|_| DeviceError::NoSuchDevice)?;
            let part = trivet_ipc::io_ports::derive(slot::IO_PORTS, first, count, device.label.0);
            let ports = part.map_err(|_| DeviceError::NoMemory)?;
            Ok(PortsReply {
                ports: Give::moving(ports),
                first: range.address,
                count: range.length,
            })
        })
    }

    async fn interrupt(&self, request: &Request, index: u32) -> Result<Give, DeviceError> {
        self.with_device(request, |device, _| {
            let handle = device.interrupt(index).map_err(|_| DeviceError::NoSuchDevice)?;
            Ok(Give::copy_of(handle))
        })
    }

    async fn dma(&self, request: &Request, pages: u64, low: bool) -> Result<DmaReply, DeviceError> {
        if pages == 0 || pages > DMA_PAGES_MAX {
            return Err(DeviceError::InvalidArgument);
        }
        self.with_device(request, |device, _| {
            let number = u64::from(device.function.address.0);
            let made = trivet_ipc::dma::allocate(slot::DMA, pages, low, number, device.label.0)
                .map_err(|_| DeviceError::NoMemory)?;
            Ok(DmaReply {
                memory: Give::moving(made.memory),
                address: made.address,
            })
        })
    }

    async fn capability(
        &self,
        request: &Request,
        kind: Capability,
        index: u32,
    ) -> Result<CapabilityReply, DeviceError> {
        self.with_device(request, |device, config| {
            let address = device.function.address;
            let wanted = capabilities(config, address)
                .into_iter()
                .filter(|found| u32::from(found.kind) == kind as u32)
                .nth(usize::try_from(index).unwrap_or(usize::MAX))
                .ok_or(DeviceError::NotFound)?;
            let bytes = capability_bytes(config, address, wanted);
            let count = bytes.len() as u64;
            Ok(CapabilityReply {
                contents: Output::Bytes(bytes),
                count,
            })
        })
    }

    async fn set_bus_master(&self, request: &Request, enabled: bool) -> Result<(), DeviceError> {
        self.with_device(request, |device, config| {
            device.set_bus_master(config, enabled);
            Ok(())
        })
    }

    async fn reset(&self, request: &Request) -> Result<(), DeviceError> {
        self.with_device(request, |device, config| {
            device.reset(config);
            Ok(())
        })
    }
}
