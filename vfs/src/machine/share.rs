//! Shared folders on the machine: which there are, and their driver by calls that do not block.

use super::{label_by_path, slot};
use crate::attributes::Timestamp;
use crate::error::Error;
use crate::share::{Facts, Folder, FolderChange, FolderFigures, Owners};
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::str;
use trivet_abi::Label;
use trivet_ipc::Failure;
use trivet_ipc::shared_folders::{Change, ChangeFlags, Node, SharedFoldersError as Wire};
use trivet_server::Runtime;
use trivet_server::clients::shared_folders as client;

/// Where the boot archive lists the shared folders.
pub const LIST: &[u8] = b"boot/shares";
/// Nodes that one message forgets, at most.
const FORGET_MAX: usize = 64;
/// Who owns what somebody else than the machine's user owns on the host.
const NOBODY: u32 = 65534;

/// One line of the list: `TAG ro|rw HOST_USER HOST_GROUP GUEST_USER PATH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The driver's name for it.
    pub tag: &'a [u8],
    /// Nothing may be changed.
    pub read_only: bool,
    /// Whose files are whose.
    pub owners: Owners,
    /// Where it appears, without a leading slash.
    pub path: &'a [u8],
}

impl<'a> Line<'a> {
    /// Reads a line.
    pub fn parse(line: &'a [u8]) -> Option<Line<'a>> {
        let mut fields = line.splitn(6, |&byte| byte == b' ');
        let tag = fields.next()?;
        let read_only = match fields.next()? {
            b"ro" => true,
            b"rw" => false,
            _ => return None,
        };
        let mut number = || str::from_utf8(fields.next()?).ok()?.parse::<u32>().ok();
        let (user, group, own) = (number()?, number()?, number()?);
        let path = fields.next().filter(|path| !path.is_empty())?;
        Some(Line {
            tag,
            read_only,
            owners: Owners {
                host: (user, group),
                guest: (own, own),
                others: NOBODY,
            },
            path,
        })
    }

    /// The policy's label: of what may be changed, or of what may not.
    pub fn label(&self) -> Option<Label> {
        let kind: &[u8] = if self.read_only { b"share_ro" } else { b"share" };
        label_by_path(&[kind, b"\0/", self.path].concat())
    }
}

/// A folder's driver.
pub struct MachineFolder {
    runtime: Runtime,
    /// Nodes that are not needed any more.
    dropped: Rc<RefCell<Vec<u64>>>,
    /// A task tells the driver of them.
    tells: Rc<Cell<bool>>,
}

impl MachineFolder {
    /// Asks the driver for the folder with this tag. Waits for it: only for the start of the server.
    pub fn attach(runtime: &Runtime, tag: &[u8]) -> Result<(MachineFolder, Facts), Error> {
        let mut top = Node::default();
        trivet_ipc::shared_folders::attach(slot::SHARES, tag, &mut top).map_err(error)?;
        let folder = MachineFolder {
            runtime: runtime.clone(),
            dropped: Rc::default(),
            tells: Rc::default(),
        };
        Ok((folder, facts(&top)))
    }
}

/// What the driver says, as an error of files. One that is gone, or was started anew, has lost the file.
fn error(failure: Failure<Wire>) -> Error {
    let Some(error) = failure.server() else {
        return Error::InputOutput;
    };
    match error {
        Wire::NotPermitted => Error::NotPermitted,
        Wire::NotFound => Error::NoEntry,
        Wire::NoSuchDevice => Error::NoDeviceOrAddress,
        Wire::NoMemory => Error::NoMemory,
        Wire::AccessDenied => Error::AccessDenied,
        Wire::Busy => Error::Busy,
        Wire::AlreadyExists => Error::Exists,
        Wire::OtherFileSystem => Error::CrossDevice,
        Wire::NotDirectory => Error::NotDirectory,
        Wire::IsDirectory => Error::IsDirectory,
        Wire::InvalidArgument => Error::InvalidArgument,
        Wire::TextBusy => Error::TextBusy,
        Wire::FileTooLarge => Error::FileTooBig,
        Wire::NoSpace => Error::NoSpace,
        Wire::ReadOnlyFileSystem => Error::ReadOnly,
        Wire::TooManyLinks => Error::TooManyLinks,
        Wire::NameTooLong => Error::NameTooLong,
        Wire::NotImplemented => Error::NotImplemented,
        Wire::NotEmpty => Error::NotEmpty,
        Wire::QuotaExceeded => Error::Quota,
        Wire::InputOutput | Wire::Stale => Error::InputOutput,
    }
}

/// The driver's facts.
fn facts(node: &Node) -> Facts {
    let time = |seconds, nanoseconds| Timestamp { seconds, nanoseconds };
    Facts {
        node: node.node,
        inode: node.inode,
        links: node.links,
        size: node.size,
        blocks: node.blocks,
        mode: node.mode,
        user: node.user,
        group: node.group,
        access: time(node.access_seconds, node.access_nanoseconds),
        modify: time(node.modify_seconds, node.modify_nanoseconds),
        change: time(node.change_seconds, node.change_nanoseconds),
    }
}

impl Folder for MachineFolder {
    async fn lookup(&self, directory: u64, name: &[u8]) -> Result<Facts, Error> {
        let found = client::lookup(&self.runtime, slot::SHARES, directory, name).await;
        found.map(|node| facts(&node)).map_err(error)
    }

    async fn attributes(&self, node: u64) -> Result<Facts, Error> {
        let found = client::attributes(&self.runtime, slot::SHARES, node).await;
        found.map(|node| facts(&node)).map_err(error)
    }

    async fn create(&self, directory: u64, mode: u32, name: &[u8]) -> Result<Facts, Error> {
        let made = client::create(&self.runtime, slot::SHARES, directory, mode, name).await;
        made.map(|node| facts(&node)).map_err(error)
    }

    async fn symlink(&self, directory: u64, name: &[u8], target: &[u8]) -> Result<Facts, Error> {
        let made = client::symlink(&self.runtime, slot::SHARES, directory, name, target).await;
        made.map(|node| facts(&node)).map_err(error)
    }

    async fn read_link(&self, node: u64) -> Result<Vec<u8>, Error> {
        let read = client::read_link(&self.runtime, slot::SHARES, node, 4096).await;
        read.map(|read| read.target).map_err(error)
    }

    async fn link(&self, directory: u64, node: u64, name: &[u8]) -> Result<(), Error> {
        let linked = client::link(&self.runtime, slot::SHARES, directory, node, name).await;
        linked.map_err(error)
    }

    async fn remove(&self, directory: u64, is_directory: bool, name: &[u8]) -> Result<(), Error> {
        let removed = client::remove(&self.runtime, slot::SHARES, directory, is_directory, name).await;
        removed.map_err(error)
    }

    async fn rename(
        &self,
        directory: u64,
        target_directory: u64,
        name: &[u8],
        target: &[u8],
    ) -> Result<(), Error> {
        let renamed = client::rename(
            &self.runtime,
            slot::SHARES,
            directory,
            target_directory,
            name,
            target,
        );
        renamed.await.map_err(error)
    }

    async fn entries(&self, directory: u64, offset: u64, room: usize) -> Result<Vec<u8>, Error> {
        let listed = client::entries(&self.runtime, slot::SHARES, directory, offset, room).await;
        listed.map(|listed| listed.entries).map_err(error)
    }

    async fn change(&self, node: u64, change: &FolderChange) -> Result<(), Error> {
        let mut fields = 0;
        let mut field = |given: bool, flag: ChangeFlags| {
            if given {
                fields |= flag.bits();
            }
        };
        field(change.mode.is_some(), ChangeFlags::MODE);
        field(change.size.is_some(), ChangeFlags::SIZE);
        field(change.access.is_some(), ChangeFlags::ACCESS);
        field(change.modify.is_some(), ChangeFlags::MODIFY);
        let (access, modify) = (
            change.access.unwrap_or_default(),
            change.modify.unwrap_or_default(),
        );
        let change = Change {
            size: change.size.unwrap_or(0),
            access_seconds: access.seconds,
            modify_seconds: modify.seconds,
            access_nanoseconds: access.nanoseconds,
            modify_nanoseconds: modify.nanoseconds,
            fields,
            mode: change.mode.unwrap_or(0),
        };
        let changed = client::change(&self.runtime, slot::SHARES, node, &change).await;
        changed.map_err(error)
    }

    async fn open(&self, node: u64, reads: bool, writes: bool) -> Result<(), Error> {
        let opened = client::open(&self.runtime, slot::SHARES, node, reads, writes).await;
        opened.map_err(error)
    }

    async fn read(&self, node: u64, offset: u64, room: usize) -> Result<Vec<u8>, Error> {
        let read = client::read(&self.runtime, slot::SHARES, node, offset, room).await;
        read.map(|read| read.data).map_err(error)
    }

    async fn write(&self, node: u64, offset: u64, bytes: &[u8]) -> Result<u64, Error> {
        let written = client::write(&self.runtime, slot::SHARES, node, offset, bytes).await;
        let written = written.map_err(error)?;
        if written > bytes.len() as u64 {
            return Err(Error::InputOutput);
        }
        Ok(written)
    }

    async fn sync(&self, node: u64) -> Result<(), Error> {
        let synced = client::sync(&self.runtime, slot::SHARES, node, false).await;
        synced.map_err(error)
    }

    async fn figures(&self, node: u64) -> Result<FolderFigures, Error> {
        let figures = client::figures(&self.runtime, slot::SHARES, node)
            .await
            .map_err(error)?;
        Ok(FolderFigures {
            block_size: figures.block_size,
            blocks: figures.blocks,
            blocks_free: figures.blocks_free,
            blocks_available: figures.blocks_available,
            files: figures.files,
            files_free: figures.files_free,
        })
    }

    fn forget(&self, node: u64) {
        self.dropped.borrow_mut().push(node);
        if self.tells.replace(true) {
            return;
        }
        let (runtime, dropped, tells) = (
            self.runtime.clone(),
            Rc::clone(&self.dropped),
            Rc::clone(&self.tells),
        );
        self.runtime.spawn(async move {
            loop {
                let some: Vec<u64> = {
                    let mut dropped = dropped.borrow_mut();
                    let count = dropped.len().min(FORGET_MAX);
                    dropped.drain(..count).collect()
                };
                if some.is_empty() {
                    tells.set(false);
                    return;
                }
                // A driver that is gone has forgotten them.
                let _ = client::forget(&runtime, slot::SHARES, &some).await;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_list_names_tag_rights_owners_and_place() {
        let line = Line::parse(b"share1 ro 501 20 1000 mnt/my folder").unwrap();
        assert_eq!(
            (line.tag, line.read_only, line.path),
            (&b"share1"[..], true, &b"mnt/my folder"[..])
        );
        assert_eq!(line.owners.host, (501, 20));
        assert_eq!(line.owners.guest, (1000, 1000));
    }

    #[test]
    fn a_line_that_lacks_something_is_refused() {
        for line in [
            &b""[..],
            b"share0",
            b"share0 rx 0 0 0 a",
            b"share0 ro 0 x 0 a",
            b"share0 ro 0 0 0 ",
            b"share0 ro 0 0 0",
        ] {
            assert_eq!(Line::parse(line), None, "{line:?}");
        }
    }
}
