//! The PCI transport: VIRTIO 1.1, section 4.1, over what the bus server gives.

use crate::registers::Registers;
use crate::structures::{Structure, StructureKind};
use trivet_abi::handle::Handle;
use trivet_ipc::device::Capability;
use trivet_ipc::shared::MapFlags;
use virtio_drivers::transport::{DeviceStatus, DeviceType, InterruptStatus, Transport};
use virtio_drivers::{Error, PhysAddr};
use zerocopy::{FromBytes, Immutable, IntoBytes};

/// Offsets in the common configuration (section 4.1.4.3).
mod common {
    pub const DEVICE_FEATURE_SELECT: usize = 0x00;
    pub const DEVICE_FEATURE: usize = 0x04;
    pub const DRIVER_FEATURE_SELECT: usize = 0x08;
    pub const DRIVER_FEATURE: usize = 0x0c;
    pub const CONFIGURATION_VECTOR: usize = 0x10;
    pub const STATUS: usize = 0x14;
    pub const GENERATION: usize = 0x15;
    pub const QUEUE_SELECT: usize = 0x16;
    pub const QUEUE_SIZE: usize = 0x18;
    pub const QUEUE_VECTOR: usize = 0x1a;
    pub const QUEUE_ENABLE: usize = 0x1c;
    pub const QUEUE_NOTIFY_OFFSET: usize = 0x1e;
    pub const QUEUE_DESCRIPTORS: usize = 0x20;
    pub const QUEUE_DRIVER: usize = 0x28;
    pub const QUEUE_DEVICE: usize = 0x30;
    pub const LENGTH: u32 = 0x38;
}

/// Capability structures that are looked at.
const CAPABILITY_MAX: u32 = 16;
/// The vector that every queue and the configuration use.
const VECTOR: u16 = 0;
/// Device numbers of VIRTIO 1.0 and later begin here; the type is the rest.
const MODERN_BASE: u64 = 0x1040;
/// Numbers of transitional devices, with their types.
const TRANSITIONAL: [(u64, u8); 5] = [(0x1000, 1), (0x1001, 2), (0x1003, 3), (0x1005, 4), (0x1009, 9)];

/// Why a device cannot be driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// The bus server refused or failed.
    Bus,
    /// A structure that every device of VIRTIO 1.0 has is missing or does not fit its range.
    Structure(&'static str),
    /// The device is of a type that no driver knows.
    UnknownType,
}

/// A virtio device on PCI.
pub struct PciTransport {
    device: Handle,
    kind: DeviceType,
    common: Registers,
    notify: Registers,
    multiplier: u32,
    status: Registers,
    configuration: Option<Registers>,
}

impl PciTransport {
    /// Finds and maps the registers of a claimed device, and lets it move memory.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(device: Handle) -> Result<PciTransport, OpenError> {
        let info = trivet_ipc::device::info(device).map_err(|_| OpenError::Bus)?;
        let kind = device_type(info.device).ok_or(OpenError::UnknownType)?;
        let mut ranges: [Option<Registers>; 6] = [None; 6];
        let mut found: [Option<(Structure, Registers)>; 4] = [None; 4];
        for index in 0..CAPABILITY_MAX {
            let mut bytes = [0; 256];
            let Ok(count) = trivet_ipc::device::capability(device, Capability::Vendor, index, &mut bytes)
            else {
                break;
            };
            let Some(structure) = bytes.get(..count as usize).and_then(Structure::parse) else {
                continue;
            };
            let place = &mut found[structure.kind as usize];
            // The device lists its structures in the order in which it would like them used: the first that works counts.
            if place.is_some() {
                continue;
            }
            if let Some(range) = map_range(device, &mut ranges, structure.register) {
                *place = range
                    .part(u64::from(structure.offset), u64::from(structure.length))
                    .map(|registers| (structure, registers));
            }
        }
        let take = |kind: StructureKind, name| found[kind as usize].ok_or(OpenError::Structure(name));
        let (common, common_registers) = take(StructureKind::Common, "common configuration")?;
        let (notify, notify_registers) = take(StructureKind::Notify, "notifications")?;
        let (_, status) = take(StructureKind::Interrupt, "interrupt status")?;
        if common.length < common::LENGTH {
            return Err(OpenError::Structure("common configuration"));
        }
        trivet_ipc::device::set_bus_master(device, true).map_err(|_| OpenError::Bus)?;
        crate::dma::use_device(device);
        Ok(PciTransport {
            device,
            kind,
            common: common_registers,
            notify: notify_registers,
            multiplier: notify.multiplier,
            status,
            configuration: found[StructureKind::Device as usize].map(|(_, registers)| registers),
        })
    }

    /// The interrupt that all queues use.
    ///
    /// # Errors
    /// What the bus server says.
    pub fn interrupt(&self) -> Result<Handle, OpenError> {
        trivet_ipc::device::interrupt(self.device, u32::from(VECTOR)).map_err(|_| OpenError::Bus)
    }

    fn select(&self, queue: u16) {
        self.common.write(common::QUEUE_SELECT, queue);
    }
}

/// The type that a device's number stands for.
fn device_type(number: u64) -> Option<DeviceType> {
    let of_transitional = TRANSITIONAL
        .iter()
        .find(|(device, _)| *device == number)
        .map(|(_, kind)| *kind);
    let kind = of_transitional.or_else(|| u8::try_from(number.checked_sub(MODERN_BASE)?).ok())?;
    DeviceType::try_from(kind).ok()
}

fn map_range(device: Handle, ranges: &mut [Option<Registers>; 6], register: u8) -> Option<Registers> {
    let place = ranges.get_mut(usize::from(register))?;
    if place.is_none() {
        let reply = trivet_ipc::device::memory(device, u32::from(register)).ok()?;
        let mapped = trivet_ipc::device_memory::map(
            reply.memory,
            Handle::ADDRESS_SPACE,
            0,
            reply.length,
            0,
            MapFlags::EMPTY,
        );
        *place = map_registers(mapped.ok()?, reply.length);
    }
    *place
}

#[allow(unsafe_code, reason = "the kernel has just mapped the range")]
fn map_registers(address: u64, length: u64) -> Option<Registers> {
    // SAFETY: the kernel mapped `length` bytes of device memory at `address`, and nothing here ever unmaps them.
    unsafe { Registers::new(address, usize::try_from(length).ok()?) }
}

impl Transport for PciTransport {
    fn device_type(&self) -> DeviceType {
        self.kind
    }

    fn read_device_features(&mut self) -> u64 {
        let mut features = 0;
        for half in 0..2u32 {
            self.common.write(common::DEVICE_FEATURE_SELECT, half);
            features |= u64::from(self.common.read::<u32>(common::DEVICE_FEATURE)) << (32 * half);
        }
        features
    }

    fn write_driver_features(&mut self, features: u64) {
        for half in 0..2u32 {
            self.common.write(common::DRIVER_FEATURE_SELECT, half);
            self.common
                .write(common::DRIVER_FEATURE, (features >> (32 * half)) as u32);
        }
    }

    fn max_queue_size(&mut self, queue: u16) -> u32 {
        self.select(queue);
        u32::from(self.common.read::<u16>(common::QUEUE_SIZE))
    }

    fn notify(&mut self, queue: u16) {
        self.select(queue);
        let offset = u32::from(self.common.read::<u16>(common::QUEUE_NOTIFY_OFFSET));
        let at = u64::from(offset) * u64::from(self.multiplier);
        if let Ok(at) = usize::try_from(at) {
            self.notify.write(at, queue);
        }
    }

    fn get_status(&self) -> DeviceStatus {
        DeviceStatus::from_bits_truncate(u32::from(self.common.read::<u8>(common::STATUS)))
    }

    fn set_status(&mut self, status: DeviceStatus) {
        self.common.write(common::STATUS, status.bits() as u8);
        if status.is_empty() {
            self.common.write(common::CONFIGURATION_VECTOR, VECTOR);
        }
    }

    fn set_guest_page_size(&mut self, _: u32) {}

    fn requires_legacy_layout(&self) -> bool {
        false
    }

    fn queue_set(
        &mut self,
        queue: u16,
        size: u32,
        descriptors: PhysAddr,
        driver_area: PhysAddr,
        device_area: PhysAddr,
    ) {
        self.select(queue);
        self.common.write(common::QUEUE_SIZE, size as u16);
        for (offset, address) in [
            (common::QUEUE_DESCRIPTORS, descriptors),
            (common::QUEUE_DRIVER, driver_area),
            (common::QUEUE_DEVICE, device_area),
        ] {
            self.common.write(offset, address as u32);
            self.common.write(offset + 4, (address >> 32) as u32);
        }
        self.common.write(common::QUEUE_VECTOR, VECTOR);
        self.common.write(common::QUEUE_ENABLE, 1u16);
    }

    fn queue_unset(&mut self, _: u16) {
        // A queue of VIRTIO 1.0 stops with the reset of its device only.
    }

    fn queue_used(&mut self, queue: u16) -> bool {
        self.select(queue);
        self.common.read::<u16>(common::QUEUE_ENABLE) == 1
    }

    fn ack_interrupt(&mut self) -> InterruptStatus {
        InterruptStatus::from_bits_truncate(u32::from(self.status.read::<u8>(0)))
    }

    fn read_config_generation(&self) -> u32 {
        u32::from(self.common.read::<u8>(common::GENERATION))
    }

    fn read_config_space<T: FromBytes + IntoBytes>(&self, offset: usize) -> Result<T, Error> {
        let registers = self.configuration.ok_or(Error::ConfigSpaceMissing)?;
        if offset
            .checked_add(size_of::<T>())
            .is_none_or(|end| end > registers.length())
        {
            return Err(Error::ConfigSpaceTooSmall);
        }
        let mut value = T::new_zeroed();
        for (at, byte) in value.as_mut_bytes().iter_mut().enumerate() {
            *byte = registers.read(offset + at);
        }
        Ok(value)
    }

    fn write_config_space<T: IntoBytes + Immutable>(&mut self, offset: usize, value: T) -> Result<(), Error> {
        let registers = self.configuration.ok_or(Error::ConfigSpaceMissing)?;
        let bytes = value.as_bytes();
        if offset
            .checked_add(bytes.len())
            .is_none_or(|end| end > registers.length())
        {
            return Err(Error::ConfigSpaceTooSmall);
        }
        // The device expects each field in one access.
        match *bytes {
            [a] => registers.write(offset, a),
            [a, b] => registers.write(offset, u16::from_le_bytes([a, b])),
            [a, b, c, d] => registers.write(offset, u32::from_le_bytes([a, b, c, d])),
            _ => bytes
                .iter()
                .enumerate()
                .for_each(|(at, &byte)| registers.write(offset + at, byte)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_numbers_old_and_new_name_the_same_types() {
        assert_eq!(device_type(0x1003), Some(DeviceType::Console));
        assert_eq!(device_type(0x1043), Some(DeviceType::Console));
        assert_eq!(device_type(0x1000), device_type(0x1041));
        assert_eq!(device_type(0x0fff), None);
        assert_eq!(device_type(0x29c0), None);
    }
}
