//! Mounting from inside: file systems in memory, directories at a second place (bind mounts), what a mount forbids, and the end of a mount. Linux
//! mount(2) and umount2(2).
//!
//! A mount never changes a label: a new file system's top has the label of the directory that it covers, and what is bound keeps its own.

use super::start;
use crate::attributes::{Kind, NewInode, PERMISSION_BITS};
use crate::backend::Backend;
use crate::error::Error;
use crate::file_system::{AnyFileSystem, FileSystem};
use crate::judge::{FileMethod, Judge};
use crate::mounts::{Location, MountFlags};
use crate::open_file::OpenFile;
use crate::server::Vfs;
use crate::tmpfs::{Tmpfs, TmpfsOptions};
use crate::walk::{Caller, LastLink};
use alloc::rc::Rc;
use alloc::vec::Vec;

/// MS_REMOUNT: changes the flags of a mount that is there.
const REMOUNT: u64 = 0x20;
/// MS_BIND: beside REMOUNT, the flags of this one mount are meant.
const BIND: u64 = 0x1000;
/// MS_REC, of a bind: what is mounted inside comes along.
const RECURSIVE: u64 = 0x4000;
/// Flags that change nothing here: MS_SYNCHRONOUS, MS_MANDLOCK, MS_DIRSYNC, MS_NOATIME, MS_NODIRATIME (times of access cost nothing in memory,
/// but are kept), MS_SILENT, MS_RELATIME (which is how access times move), MS_STRICTATIME, MS_LAZYTIME.
const WITHOUT_EFFECT: u64 = 0x10 | 0x40 | 0x80 | 0x400 | 0x800 | 0x8000 | 0x20_0000 | 0x100_0000 | 0x200_0000;
/// MNT_FORCE, MNT_DETACH and UMOUNT_NOFOLLOW.
const FORCE: u64 = 1;
const DETACH: u64 = 2;
const NO_FOLLOW: u64 = 8;

/// Inodes of a file system in memory whose mount does not say.
const INODES: u64 = 16_384;
/// Bytes of the server's own memory for inodes and names of each such file system, and how many of them there may be.
const SERVER_BYTES: u64 = 256 << 10;
const MADE_MAX: usize = 8;
/// Inodes of one mount, at most, whatever it says: each takes memory of the server's.
const INODES_MAX: u64 = 65_536;

impl<B: Backend> Vfs<B> {
    /// Mounts a file system of `kind` on what `path` names; with REMOUNT changes a mount's flags.
    ///
    /// # Errors
    /// `NotPermitted` for anybody but the superuser, `NoDevice` for a kind that is not known, `InvalidArgument` for options and flags that are
    /// not, `NotDirectory`, `Busy`, `NoMemory`.
    #[allow(clippy::too_many_arguments, reason = "each is a part of the one request")]
    pub async fn mount<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        path: &[u8],
        kind: &[u8],
        options: &[u8],
        flags: u64,
    ) -> Result<(), Error> {
        let on = self
            .mount_point(caller, file, path, LastLink::Follow, FileMethod::Mount)
            .await?;
        if flags & !(MountFlags::KEPT | REMOUNT | BIND | WITHOUT_EFFECT) != 0 {
            return Err(Error::InvalidArgument);
        }
        let kept = MountFlags(flags & MountFlags::KEPT);
        if flags & REMOUNT != 0 {
            return self.remount(&on, kept);
        }
        if flags & BIND != 0 {
            return Err(Error::InvalidArgument);
        }
        if kind != b"tmpfs" && kind != b"ramfs" {
            return Err(Error::NoDevice);
        }
        let above = on.attributes();
        if above.kind != Kind::Directory {
            return Err(Error::NotDirectory);
        }
        let mut wanted = TmpfsOptions {
            size_limit: self.tmpfs_bytes.get(),
            inode_limit: INODES,
            server_bytes_limit: SERVER_BYTES,
            top: NewInode {
                kind: Kind::Directory,
                mode: 0o1777,
                user: 0,
                group: 0,
                special_device: 0,
                label: above.label,
                now: self.now(),
            },
        };
        read_options(options, &mut wanted)?;
        // One is this server's own reference. A file system counts as long as somebody has it open, also when its mount is gone.
        if Rc::strong_count(&self.made_inside) > MADE_MAX {
            return Err(Error::NoMemory);
        }
        let tmpfs = Tmpfs::new(Rc::clone(&self.backend), &wanted)?.counted_by(&self.made_inside);
        let file_system = Rc::new(AnyFileSystem::Tmpfs(tmpfs));
        let top = file_system.root();
        self.mounts.mount(on, file_system, top, kept)
    }

    /// Lets what `source` names be at `path` as well.
    ///
    /// # Errors
    /// As `mount`, whose method is judged on what is covered, and `bind` on what is seen there; `NotDirectory` where one is a directory and the other none.
    pub async fn bind<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        path: &[u8],
        source: &OpenFile<B>,
        flags: u64,
    ) -> Result<(), Error> {
        let on = self
            .mount_point(caller, file, path, LastLink::Follow, FileMethod::Mount)
            .await?;
        if flags & !(MountFlags::KEPT | BIND | RECURSIVE | WITHOUT_EFFECT) != 0 {
            return Err(Error::InvalidArgument);
        }
        let source = &source.place;
        caller.judge(&source.attributes(), FileMethod::Bind)?;
        let is_directory = |place: &Location<B>| place.attributes().kind == Kind::Directory;
        if is_directory(source) != is_directory(&on) {
            return Err(Error::NotDirectory);
        }
        // As in Linux, a bind begins with the flags of the mount that its source lies in; others come with a remount.
        let kept = source.mount.flags.get();
        let inside = if flags & RECURSIVE != 0 {
            self.mounts_inside(source)
        } else {
            alloc::vec::Vec::new()
        };
        let file_system = Rc::clone(&source.mount.file_system);
        self.mounts
            .mount(on.clone(), file_system, source.node.clone(), kept)?;
        let bound = self.mounts.cross(on);
        for mount in inside {
            let Some(covered) = &mount.covers else { continue };
            let place = Location {
                mount: Rc::clone(&bound.mount),
                node: covered.node.clone(),
            };
            let file_system = Rc::clone(&mount.file_system);
            self.mounts
                .mount(place, file_system, mount.top.clone(), mount.flags.get())?;
        }
        Ok(())
    }

    /// Ends the mount that `path` leads to.
    ///
    /// # Errors
    /// `InvalidArgument` where nothing is mounted, `Busy` while something in it is open, but with DETACH.
    pub async fn unmount<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        path: &[u8],
        flags: u64,
    ) -> Result<(), Error> {
        if flags & !(FORCE | DETACH | NO_FOLLOW) != 0 {
            return Err(Error::InvalidArgument);
        }
        let last_link = if flags & NO_FOLLOW != 0 {
            LastLink::KeepUnlessSlash
        } else {
            LastLink::Follow
        };
        let place = self
            .mount_point(caller, file, path, last_link, FileMethod::Unmount)
            .await?;
        // What is mounted inside goes as well; the mounts themselves are not kept meanwhile, because that would make them busy.
        let file_systems = |vfs: &Vfs<B>| -> Vec<Rc<AnyFileSystem<B>>> {
            let mounts = vfs.mounts.all();
            mounts.iter().map(|mount| Rc::clone(&mount.file_system)).collect()
        };
        let before = file_systems(self);
        if flags & DETACH != 0 {
            self.mounts.detach(&place)?;
        } else {
            self.mounts.unmount(&place)?;
        }
        let after = file_systems(self);
        for gone in &before {
            if !after.iter().any(|other| Rc::ptr_eq(other, gone)) {
                self.anonymous.observing.unmounted(gone);
            }
        }
        Ok(())
    }

    /// What is to be mounted on, or is mounted: for the superuser only, and where the policy lets them.
    async fn mount_point<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        path: &[u8],
        last_link: LastLink,
        method: FileMethod,
    ) -> Result<Location<B>, Error> {
        if !caller.credentials.is_superuser() {
            return Err(Error::NotPermitted);
        }
        let place = self
            .mounts
            .walk(caller, start(file, last_link), path)
            .await?
            .existing()?;
        caller.judge(&place.attributes(), method)?;
        Ok(place)
    }

    fn remount(&self, place: &Location<B>, flags: MountFlags) -> Result<(), Error> {
        if !place.is_top() {
            return Err(Error::InvalidArgument);
        }
        let becomes_fixed = flags.has(MountFlags::READ_ONLY);
        if becomes_fixed
            && self
                .open_files
                .any(|open| open.flags.get().writes() && Rc::ptr_eq(&open.place.mount, &place.mount))
        {
            return Err(Error::Busy);
        }
        place.mount.flags.set(flags);
        Ok(())
    }

    /// Mounts that lie in the same mount as `place`: all that is mounted inside of it, one level deep, where `place` is its mount's top.
    fn mounts_inside(&self, place: &Location<B>) -> alloc::vec::Vec<Rc<crate::mounts::Mount<B>>> {
        let mut inside = self.mounts.all();
        inside.retain(|mount| {
            let covered = mount.covers.as_ref();
            !mount.is_remote && covered.is_some_and(|covered| Rc::ptr_eq(&covered.mount, &place.mount))
        });
        inside
    }
}

/// Reads "size=64k,mode=0755": what tmpfs knows of Linux's options.
fn read_options(options: &[u8], wanted: &mut TmpfsOptions) -> Result<(), Error> {
    for option in options.split(|&byte| byte == b',') {
        if option.is_empty() {
            continue;
        }
        let (name, value) = match option.iter().position(|&byte| byte == b'=') {
            Some(at) => (&option[..at], &option[at + 1..]),
            None => return Err(Error::InvalidArgument),
        };
        match name {
            b"size" => wanted.size_limit = amount(value)?,
            b"nr_blocks" => {
                wanted.size_limit = amount(value)?
                    .checked_mul(trivet_abi::PAGE_SIZE as u64)
                    .ok_or(Error::InvalidArgument)?;
            }
            b"nr_inodes" => wanted.inode_limit = amount(value)?.clamp(1, INODES_MAX),
            b"mode" => {
                wanted.top.mode = u32::try_from(number(value, 8)?).unwrap_or(u32::MAX) & PERMISSION_BITS
            }
            b"uid" => {
                wanted.top.user = u32::try_from(number(value, 10)?).map_err(|_| Error::InvalidArgument)?
            }
            b"gid" => {
                wanted.top.group = u32::try_from(number(value, 10)?).map_err(|_| Error::InvalidArgument)?
            }
            _ => return Err(Error::InvalidArgument),
        }
    }
    Ok(())
}

/// A number with k, m or g behind it.
fn amount(text: &[u8]) -> Result<u64, Error> {
    let (digits, shift) = match text.last().map(u8::to_ascii_lowercase) {
        Some(b'k') => (&text[..text.len() - 1], 10),
        Some(b'm') => (&text[..text.len() - 1], 20),
        Some(b'g') => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    number(digits, 10)?
        .checked_mul(1 << shift)
        .ok_or(Error::InvalidArgument)
}

fn number(text: &[u8], base: u32) -> Result<u64, Error> {
    let text = core::str::from_utf8(text).map_err(|_| Error::InvalidArgument)?;
    u64::from_str_radix(text, base).map_err(|_| Error::InvalidArgument)
}
