//! The driver of shared folders: virtio-9p's devices behind `SharedFolders`, one step of a path at a time.
//!
//! [`codec`] and [`message`] are the protocol 9P2000.L, [`folder`] one device with the exchanges under way, [`service`] serves the interface. Note 0062 has
//! the whole of it. What needs no device is tested on the host.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod codec;
pub mod folder;
pub mod message;
pub mod service;

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;
use folder::Folder;
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
/// Numbers of virtio-9p: of the transitional device and of VIRTIO 1.0.
const DEVICE_9P: [u16; 2] = [0x1009, 0x1049];

/// Exit status when there is no device to drive.
const NO_DEVICE: u8 = 1;
/// Exit status when a device or the kernel refused something.
const FAILED: u8 = 2;

/// The program.
pub fn run() -> u8 {
    let Some(devices) = claim_all().filter(|devices| !devices.is_empty()) else {
        return NO_DEVICE;
    };
    let Ok(system) = System::new(slot::ENDPOINT, Some(slot::POLICY)) else {
        return FAILED;
    };
    let runtime = Runtime::new(Box::new(system), Limits::default(), (0, 0));
    let mut folders = Vec::new();
    for device in devices {
        match start(&runtime, device) {
            Some(folder) => folders.push(folder),
            None => return FAILED,
        }
    }
    // Numbers of an earlier start of this driver name nothing.
    let mut random = [0; 4];
    if !matches!(trivet_ipc::entropy::fill(Handle::ENTROPY, &mut random[..]), Ok(4)) {
        return FAILED;
    }
    let first = u64::from(u32::from_le_bytes(random)) << 31 | 1 << 63;
    let service = service::Service::new(folders, first);
    let _ = trivet_server::run(&runtime, &service, |request| service.dispatch(request));
    FAILED
}

/// Starts a device and the tasks that belong to it.
fn start(runtime: &Runtime, device: Handle) -> Option<Rc<Folder>> {
    let transport = PciTransport::open(device).ok()?;
    let interrupt = transport.interrupt().ok()?;
    let signal = runtime.new_signal();
    trivet_ipc::interrupt::bind(interrupt, slot::ENDPOINT, signal.cookie()).ok()?;
    let folder = Rc::new(Folder::start(transport)?);
    let (background, stopped) = (Rc::clone(&folder), runtime.clone());
    runtime.spawn(async move {
        loop {
            // Acknowledged first: what the device does after this look raises the interrupt again.
            let _ = trivet_ipc::interrupt::acknowledge(interrupt);
            if !background.service_queue() {
                // Init starts the driver anew, and the bus server resets the device before.
                stopped.stop();
                return;
            }
            signal.wait().await;
        }
    });
    let cleaner = Rc::clone(&folder);
    runtime.spawn(async move { cleaner.forget_dropped().await });
    Some(folder)
}

/// Finds virtio-9p's devices on the bus and takes them.
fn claim_all() -> Option<Vec<Handle>> {
    let (mut first, mut claimed) = (0, Vec::new());
    loop {
        let mut devices = [DeviceInfo::default(); 64];
        let count = trivet_ipc::bus::list(slot::BUS, first, &mut devices[..]).ok()?;
        let devices = devices.get(..usize::try_from(count).ok()?)?;
        if devices.is_empty() {
            return Some(claimed);
        }
        let is_ours = |device: &&DeviceInfo| {
            device.vendor == VENDOR_VIRTIO && DEVICE_9P.contains(&device.device) && device.claimed == 0
        };
        for device in devices.iter().filter(is_ours) {
            claimed.push(trivet_ipc::bus::claim(slot::BUS, device.address).ok()?);
        }
        first = first.checked_add(u32::try_from(devices.len()).ok()?)?;
    }
}
