//! The file server on the machine: contents in Memory objects, decisions by the kernel's engine, requests by `Recv`.

mod backend;
mod console;
mod file_methods;
mod file_server;
mod judge;
mod mapped;
mod replies;
mod service;
mod share;
mod start;
mod straight;
mod terminals;
mod wire;

use crate::anonymous::timer::Timers;
use crate::boot_archive::BootArchive;
use crate::file_system::AnyFileSystem;
use crate::server::Vfs;
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;
use backend::Machine;
use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;
use mapped::Mapped;
use trivet_abi::Label;
use trivet_abi::archive::{Archive, Content};
use trivet_server::system::System;
use trivet_server::{Limits, Runtime};

/// Slots that init fills: see `init.conf`.
mod slot {
    use trivet_abi::handle::Handle;

    pub const ENDPOINT: Handle = Handle::bootstrap(8);
    pub const POLICY: Handle = Handle::bootstrap(9);
    pub const BOOT_ARCHIVE: Handle = Handle::bootstrap(10);
    pub const CREDENTIALS: Handle = Handle::bootstrap(11);
    pub const CONSOLE: Handle = Handle::bootstrap(12);
    pub const MACHINE: Handle = Handle::bootstrap(13);
    /// Only where a folder is shared: its driver, and the account that pays for what is mapped of it.
    pub const SHARES: Handle = Handle::bootstrap(20);
    pub const PROGRAMS: Handle = Handle::bootstrap(21);
}

/// Calls to the console and to the driver of shared folders at the same time.
const CALL_SLOTS: u32 = 24;
/// Exit status when something at the start failed.
const FAILED: u8 = 2;

/// The program.
pub fn run() -> u8 {
    let Ok(system) = System::new(slot::ENDPOINT, Some(slot::POLICY)) else {
        return FAILED;
    };
    let Ok(slots) = system.buy_call_slots(CALL_SLOTS) else {
        return FAILED;
    };
    let runtime = Runtime::new(Box::new(system), Limits::default(), slots);
    let Some(service) = set_up(&runtime) else {
        return FAILED;
    };
    let _ = trivet_server::run(&runtime, &service, |request| service.dispatch(request));
    FAILED
}

fn set_up(runtime: &Runtime) -> Option<service::Service> {
    let machine = Rc::new(Machine::new()?);
    let bytes = Mapped::memory(slot::BOOT_ARCHIVE)?.leak();
    let archive = Archive::open(bytes).ok()?;
    let label_for_path = |path: &[u8]| {
        let mut name = Vec::from(*b"archive\0/");
        name.extend_from_slice(path);
        label_by_path(&name).unwrap_or_default()
    };
    let boot = BootArchive::new(Rc::clone(&machine), archive, label_for_path);
    let vfs = Vfs::new(Rc::clone(&machine), AnyFileSystem::Archive(boot));
    start::mount_first(&vfs).ok()?;
    if let Some(Content::File(list)) = archive.find(share::LIST).map(|entry| entry.content) {
        start::mount_shares(&vfs, &machine, runtime, list.data).ok()?;
    }
    // The badge of the first open file is the one that init's session for the root directory has.
    let root_badge = vfs.open_root().ok()?;
    let credentials = Mapped::memory(slot::CREDENTIALS)?;
    let labels = service::NamelessLabels {
        pipes: judge::label_by_name(b"pipes")?,
        files: judge::label_by_name(b"tmp")?,
        terminal: judge::label_by_name(b"terminals")?,
    };
    runtime.spawn(ring(runtime.clone(), Rc::clone(&vfs.anonymous.timers)));
    Some(service::Service::new(vfs, credentials, root_badge, labels))
}

/// Fires the programs' timers, for ever.
async fn ring(runtime: Runtime, timers: Rc<Timers<Machine>>) {
    loop {
        let next_ns = timers.ring();
        let mut changed = pin!(timers.changed.wait_in_background());
        let mut sleep = pin!(runtime.sleep_in_background(next_ns));
        poll_fn(|context| {
            let woken = changed.as_mut().poll(context).is_ready();
            if woken || sleep.as_mut().poll(context).is_ready() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

/// The label of a path in a file system: the file system's name, a zero byte, the path.
fn label_by_path(path: &[u8]) -> Option<Label> {
    trivet_ipc::policy::label_for_path(slot::POLICY, path)
        .ok()
        .map(Label)
}
