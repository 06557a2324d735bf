//! The console driver: the virtio console's ports as descriptors, and the log. Note 0013 says what each port carries.
//!
//! [`multiport`] speaks the device's control queue, [`stream`] keeps what came in, [`driver`] joins both with the queues, [`service`]
//! serves `Console`, `File` and `Log`. What needs no device is tested on the host.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod driver;
pub mod log_line;
pub mod multiport;
pub mod service;
pub mod stream;

use alloc::boxed::Box;
use alloc::rc::Rc;
use trivet_abi::handle::Handle;
use trivet_ipc::bus::DeviceInfo;
use trivet_server::system::System;
use trivet_server::{Limits, Runtime};
use trivet_virtio::PciTransport;

/// Slots that init fills: see `init.conf`.
mod slot {
    use trivet_abi::handle::Handle;

    pub const ENDPOINT: Handle = Handle::bootstrap(8);
    pub const BUS: Handle = Handle::bootstrap(9);
    pub const POLICY: Handle = Handle::bootstrap(10);
}

/// Vendor of virtio devices.
const VENDOR_VIRTIO: u16 = 0x1af4;
/// Numbers of the console: of the transitional device and of VIRTIO 1.0.
const DEVICE_CONSOLE: [u16; 2] = [0x1003, 0x1043];

/// Exit status when there is no console to drive.
const NO_DEVICE: u8 = 1;
/// Exit status when the device or the kernel refused something at the start.
const FAILED: u8 = 2;

/// The program.
pub fn run() -> u8 {
    let Some(device) = claim() else { return NO_DEVICE };
    let Ok(system) = System::new(slot::ENDPOINT, Some(slot::POLICY)) else {
        return FAILED;
    };
    let runtime = Runtime::new(Box::new(system), Limits::default(), (0, 0));
    let Ok(transport) = PciTransport::open(device) else {
        return FAILED;
    };
    let Ok(interrupt) = transport.interrupt() else {
        return FAILED;
    };
    let signal = runtime.new_signal();
    if trivet_ipc::interrupt::bind(interrupt, slot::ENDPOINT, signal.cookie()).is_err() {
        return FAILED;
    }
    let Some(driver) = driver::Driver::start(transport) else {
        return FAILED;
    };
    let driver = Rc::new(driver);
    let background = Rc::clone(&driver);
    runtime.spawn(async move {
        loop {
            // Acknowledged first: what the device does after this look raises the interrupt again.
            let _ = trivet_ipc::interrupt::acknowledge(interrupt);
            background.service_queues();
            signal.wait().await;
        }
    });
    let service = service::Service::new(driver, slot::POLICY);
    let _ = trivet_server::run(&runtime, &service, |request| service.dispatch(request));
    FAILED
}

/// Finds the console among the bus's devices and takes it.
fn claim() -> Option<Handle> {
    let mut first = 0;
    loop {
        let mut devices = [DeviceInfo::default(); 64];
        let count = trivet_ipc::bus::list(slot::BUS, first, &mut devices[..]).ok()?;
        let devices = devices.get(..usize::try_from(count).ok()?)?;
        if devices.is_empty() {
            return None;
        }
        let console = devices.iter().find(|device| {
            device.vendor == VENDOR_VIRTIO && DEVICE_CONSOLE.contains(&device.device) && device.claimed == 0
        });
        if let Some(console) = console {
            return trivet_ipc::bus::claim(slot::BUS, console.address).ok();
        }
        first = first.checked_add(u32::try_from(devices.len()).ok()?)?;
    }
}
