//! What the file server needs of a shared folder's driver.

use crate::attributes::Timestamp;
use crate::error::Error;
use crate::file_system::Entry;
use alloc::vec::Vec;

/// A node and what the host says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The driver's number, until it is forgotten.
    pub node: u64,
    /// The host's number of the file, the same for each of its names.
    pub inode: u64,
    /// Names.
    pub links: u64,
    /// Bytes.
    pub size: u64,
    /// Units of 512 bytes.
    pub blocks: u64,
    /// Type and permissions.
    pub mode: u32,
    /// Owner, as the host numbers them.
    pub user: u32,
    /// Group, as the host numbers them.
    pub group: u32,
    /// Last access.
    pub access: Timestamp,
    /// Last change of the contents.
    pub modify: Timestamp,
    /// Last change of attributes.
    pub change: Timestamp,
}

/// A change of attributes; `None` leaves a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FolderChange {
    /// Permission bits.
    pub mode: Option<u32>,
    /// Bytes.
    pub size: Option<u64>,
    /// Last access.
    pub access: Option<Timestamp>,
    /// Last change of the contents.
    pub modify: Option<Timestamp>,
}

impl FolderChange {
    /// Whether nothing is changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == FolderChange::default()
    }
}

/// Figures of the host's file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as POSIX's struct statvfs names them")]
pub struct FolderFigures {
    pub block_size: u64,
    pub blocks: u64,
    pub blocks_free: u64,
    pub blocks_available: u64,
    pub files: u64,
    pub files_free: u64,
}

/// Bytes that one step reads or writes, at most.
pub const STEP: usize = 0x8000;

/// The driver, for one folder. Each method is one of `SharedFolders`, with its errors; a driver that is gone answers `InputOutput`.
#[allow(
    async_fn_in_trait,
    missing_docs,
    clippy::missing_errors_doc,
    reason = "used only inside this single-threaded server; the interface describes each method"
)]
pub trait Folder: 'static {
    async fn lookup(&self, directory: u64, name: &[u8]) -> Result<Facts, Error>;
    async fn attributes(&self, node: u64) -> Result<Facts, Error>;
    async fn create(&self, directory: u64, mode: u32, name: &[u8]) -> Result<Facts, Error>;
    async fn symlink(&self, directory: u64, name: &[u8], target: &[u8]) -> Result<Facts, Error>;
    async fn read_link(&self, node: u64) -> Result<Vec<u8>, Error>;
    async fn link(&self, directory: u64, node: u64, name: &[u8]) -> Result<(), Error>;
    async fn remove(&self, directory: u64, is_directory: bool, name: &[u8]) -> Result<(), Error>;
    async fn rename(
        &self,
        directory: u64,
        target_directory: u64,
        name: &[u8],
        target: &[u8],
    ) -> Result<(), Error>;
    async fn entries(&self, directory: u64, offset: u64, room: usize) -> Result<Vec<u8>, Error>;
    async fn change(&self, node: u64, change: &FolderChange) -> Result<(), Error>;
    async fn open(&self, node: u64, reads: bool, writes: bool) -> Result<(), Error>;
    async fn read(&self, node: u64, offset: u64, room: usize) -> Result<Vec<u8>, Error>;
    async fn write(&self, node: u64, offset: u64, bytes: &[u8]) -> Result<u64, Error>;
    async fn sync(&self, node: u64) -> Result<(), Error>;
    async fn figures(&self, node: u64) -> Result<FolderFigures, Error>;
    /// Does not wait.
    fn forget(&self, node: u64);
}

/// Takes apart what `SharedFolders.entries` answers: inode, offset behind the entry, type, length of the name, name. `first` is added to offsets.
///
/// # Errors
/// `InputOutput` where the bytes are not such a list.
pub fn entries(mut bytes: &[u8], first: u64) -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let (inode, rest) = bytes.split_first_chunk().ok_or(Error::InputOutput)?;
        let (next, rest) = rest.split_first_chunk().ok_or(Error::InputOutput)?;
        let (&[entry_type, length], rest) = rest.split_first_chunk().ok_or(Error::InputOutput)?;
        let (name, rest) = rest
            .split_at_checked(usize::from(length))
            .ok_or(Error::InputOutput)?;
        let next = u64::from_le_bytes(*next);
        entries.push(Entry {
            name: name.to_vec(),
            inode: u64::from_le_bytes(*inode),
            entry_type,
            // Programs see offsets as signed numbers.
            next: next.saturating_add(first).min(i64::MAX as u64),
        });
        bytes = rest;
    }
    Ok(entries)
}
