//! What is mounted when the system starts: /tmp, /proc of the process server, /dev with its devices, and folders of the host.

use super::backend::Machine;
use super::mapped::ready;
use super::share::{Line, MachineFolder};
use super::{label_by_path, slot};
use crate::attributes::{Kind, NewInode};
use crate::backend::Backend;
use crate::devices::{MOUNTS, number};
use crate::error::Error;
use crate::file_system::{AnyFileSystem, FileSystem};
use crate::mounts::{Location, MOUNT_MAX, MountFlags};
use crate::server::Vfs;
use crate::share::ShareFs;
use crate::terminal::terminals;
use crate::tmpfs::{Tmpfs, TmpfsOptions};
use alloc::rc::Rc;
use alloc::vec::Vec;
use trivet_abi::Label;
use trivet_server::Runtime;

/// Contents in /tmp, and in /dev/shm, may take a quarter of the machine's memory each, so that what fills them can still be removed by a
/// program.
const SHARE: u64 = 4;
/// Inodes in /tmp, and in /dev/shm, at most.
const INODES: u64 = 65_536;
/// Bytes of this server's memory for inodes and names, at most: of /tmp, and of each smaller tmpfs.
const SERVER_BYTES: u64 = 4 << 20;
const SMALL_SERVER_BYTES: u64 = 1 << 20;
/// Bytes of contents below each folder of /home, at most, and inodes.
const HOME_SIZE: u64 = 256 << 20;
const HOME_INODES: u64 = 16_384;
/// Inodes in /dev, at most.
const DEVICES: u64 = 1024;

/// Devices: name, number, permissions.
const NODES: [(&[u8], u64, u32); 10] = [
    (b"null", number(1, 3), 0o666),
    (b"zero", number(1, 5), 0o666),
    (b"full", number(1, 7), 0o666),
    (b"random", number(1, 8), 0o666),
    (b"urandom", number(1, 9), 0o666),
    (b"mounts", MOUNTS, 0o444),
    (b"tty", terminals::DEVICE_OWN, 0o666),
    (b"ptmx", terminals::DEVICE_MASTER, 0o666),
    // Whoever has the console has it open already; by name it is the superuser's.
    (b"console", terminals::DEVICE_CONSOLE, 0o600),
    (b"tty1", terminals::DEVICE_FIRST, 0o600),
];
/// Where pseudo terminals have their names.
const PSEUDO_TERMINALS: &[u8] = b"pts";
/// Symbolic links: name and target, as Linux has them.
const LINKS: [(&[u8], &[u8]); 4] = [
    (b"fd", b"/proc/self/fd"),
    (b"stdin", b"/proc/self/fd/0"),
    (b"stdout", b"/proc/self/fd/1"),
    (b"stderr", b"/proc/self/fd/2"),
];

/// Mounts what the archive has places for.
pub fn mount_first<B: Backend>(vfs: &Vfs<B>) -> Result<(), Error> {
    let size = size_limit().unwrap_or_else(|| vfs.tmpfs_bytes.get());
    vfs.tmpfs_bytes.set(size);
    let tmp_label = label_by_path(b"tmpfs\0/").ok_or(Error::AccessDenied)?;
    if let Some(place) = place_in(&vfs.mounts.root(), b"tmp")? {
        let top = new(vfs, Kind::Directory, 0o1777, 0, tmp_label);
        mount_tmpfs(vfs, place, (size, INODES, SERVER_BYTES), top)?;
    }
    mount_homes(vfs)?;
    // The superuser's home.
    if let Some(place) = place_in(&vfs.mounts.root(), b"root")? {
        mount_home(vfs, place)?;
    }
    if let Some(place) = place_in(&vfs.mounts.root(), b"proc")? {
        vfs.mounts.mount_remote(place)?;
    }
    let Some(place) = place_in(&vfs.mounts.root(), b"dev")? else {
        return Ok(());
    };
    let top = new(vfs, Kind::Directory, 0o755, 0, device_label(b"")?);
    mount_tmpfs(vfs, place, (0, DEVICES, SMALL_SERVER_BYTES), top)?;
    let Some(top) = place_in(&vfs.mounts.root(), b"dev")? else {
        return Ok(());
    };
    let devices = vfs.mounts.cross(top);
    vfs.devices.live_in(&devices.mount.file_system);
    for (name, device, mode) in NODES {
        let node = new(vfs, Kind::CharacterDevice, mode, device, device_label(name)?);
        now(devices.file_system().create(&devices.node, name, &node))?;
    }
    for (name, target) in LINKS {
        let link = new(vfs, Kind::Symlink, 0o777, 0, device_label(name)?);
        now(devices
            .file_system()
            .create_symlink(&devices.node, name, target, &link))?;
    }
    let label = device_label(PSEUDO_TERMINALS)?;
    let names = new(vfs, Kind::Directory, 0o755, 0, label);
    let names = now(devices
        .file_system()
        .create(&devices.node, PSEUDO_TERMINALS, &names))?;
    let names = Location {
        mount: Rc::clone(&devices.mount),
        node: names,
    };
    vfs.terminals.set_directory(names, label);
    let shared = new(vfs, Kind::Directory, 0o1777, 0, tmp_label);
    let node = now(devices.file_system().create(
        &devices.node,
        b"shm",
        &new(vfs, Kind::Directory, 0o1777, 0, device_label(b"shm")?),
    ))?;
    let place = Location {
        mount: Rc::clone(&devices.mount),
        node,
    };
    mount_tmpfs(vfs, place, (size, INODES, SMALL_SERVER_BYTES), shared)?;
    // Message queues have their names here; a file that is made by other means holds no byte and is no queue.
    let node = now(devices.file_system().create(
        &devices.node,
        b"mqueue",
        &new(vfs, Kind::Directory, 0o1777, 0, device_label(b"mqueue")?),
    ))?;
    let place = Location {
        mount: devices.mount,
        node,
    };
    mount_tmpfs(vfs, place.clone(), (0, DEVICES, SMALL_SERVER_BYTES), shared)?;
    vfs.anonymous.queues.live_in(vfs.mounts.cross(place));
    Ok(())
}

/// Each folder of the archive's /home is a tmpfs of its own, so that no user fills another's; owner, mode and label are the folder's.
fn mount_homes<B: Backend>(vfs: &Vfs<B>) -> Result<(), Error> {
    let Some(homes) = place_in(&vfs.mounts.root(), b"home")? else {
        return Ok(());
    };
    let entries = now(homes.file_system().entries(&homes.node, 2, MOUNT_MAX))?;
    for entry in entries {
        if let Some(place) = place_in(&homes, &entry.name)? {
            mount_home(vfs, place)?;
        }
    }
    Ok(())
}

/// A tmpfs of its own over a folder of the archive.
fn mount_home<B: Backend>(vfs: &Vfs<B>, place: Location<B>) -> Result<(), Error> {
    let attributes = place.attributes();
    if attributes.kind != Kind::Directory {
        return Ok(());
    }
    let top = NewInode {
        kind: Kind::Directory,
        mode: attributes.mode,
        user: attributes.user,
        group: attributes.group,
        special_device: 0,
        label: attributes.label,
        now: vfs.now(),
    };
    mount_tmpfs(vfs, place, (HOME_SIZE, HOME_INODES, SMALL_SERVER_BYTES), top)
}

/// Mounts the shared folders that the list names.
///
/// # Errors
/// A line that is none, a place that the archive has not, a driver that does not know the folder.
pub fn mount_shares(
    vfs: &Vfs<Machine>,
    machine: &Rc<Machine>,
    runtime: &Runtime,
    list: &[u8],
) -> Result<(), Error> {
    for line in list.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
        let line = Line::parse(line).ok_or(Error::InvalidArgument)?;
        let label = line.label().ok_or(Error::AccessDenied)?;
        let mut place = vfs.mounts.root();
        for name in line.path.split(|&byte| byte == b'/') {
            place = vfs.mounts.cross(match place_in(&place, name)? {
                Some(place) => place,
                // In /tmp there is nothing yet; elsewhere the archive has it.
                None => {
                    let label = place.attributes().label;
                    let new = new(vfs, Kind::Directory, 0o755, 0, label);
                    let node = now(place.file_system().create(&place.node, name, &new))?;
                    Location {
                        mount: Rc::clone(&place.mount),
                        node,
                    }
                }
            });
        }
        let (folder, top) = MachineFolder::attach(runtime, line.tag)?;
        let (backend, folder) = (Rc::clone(machine), Rc::new(folder));
        let share = ShareFs::new(backend, folder, &top, line.owners, label, line.read_only);
        let file_system = Rc::new(AnyFileSystem::Share(share));
        let top = file_system.root();
        let read_only = if line.read_only { MountFlags::READ_ONLY } else { 0 };
        let flags = MountFlags(read_only | MountFlags::NO_SET_ID | MountFlags::NO_DEVICES);
        vfs.mounts.mount(place, file_system, top, flags)?;
    }
    Ok(())
}

/// Bytes that a file system in memory may hold if nobody says otherwise.
fn size_limit() -> Option<u64> {
    let mut counts = trivet_ipc::machine::Counts::default();
    trivet_ipc::machine::counts(slot::MACHINE, &mut counts).ok()?;
    Some(counts.pages / SHARE * trivet_abi::PAGE_SIZE as u64)
}

/// The label of a name in /dev.
fn device_label(name: &[u8]) -> Result<Label, Error> {
    let mut path = Vec::from(*b"devfs\0/");
    path.extend_from_slice(name);
    label_by_path(&path).ok_or(Error::AccessDenied)
}

/// What an inode of the superuser's starts with.
fn new<B: Backend>(vfs: &Vfs<B>, kind: Kind, mode: u32, special_device: u64, label: Label) -> NewInode {
    NewInode {
        kind,
        mode,
        user: 0,
        group: 0,
        special_device,
        label,
        now: vfs.now(),
    }
}

/// A directory in the file system of `top`, if it is there.
fn place_in<B: Backend>(top: &Location<B>, name: &[u8]) -> Result<Option<Location<B>>, Error> {
    match now(top.file_system().lookup(&top.node, name)) {
        Ok(node) => Ok(Some(Location {
            mount: Rc::clone(&top.mount),
            node,
        })),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(error),
    }
}

fn mount_tmpfs<B: Backend>(
    vfs: &Vfs<B>,
    on: Location<B>,
    (size_limit, inode_limit, server_bytes_limit): (u64, u64, u64),
    top: NewInode,
) -> Result<(), Error> {
    let options = TmpfsOptions {
        size_limit,
        inode_limit,
        server_bytes_limit,
        top,
    };
    let tmpfs = Tmpfs::new(Rc::clone(&vfs.backend), &options)?;
    let file_system = Rc::new(AnyFileSystem::Tmpfs(tmpfs));
    let top = file_system.root();
    vfs.mounts.mount(on, file_system, top, MountFlags::default())
}

/// The result of an operation on a file system in memory, which never waits.
fn now<T>(operation: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    ready(operation).unwrap_or(Err(Error::InputOutput))
}
