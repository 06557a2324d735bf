//! What replies carry, made from what the logic answers.

use crate::attributes::{Attributes, Timestamp};
use crate::error::Error;
use crate::file_system::Figures;
use trivet_ipc::file::{FileError, FileSystemInfo};
use trivet_ipc::{ErrorNumber, file};

/// Bytes that programs should read and write at a time.
const BLOCK_SIZE: i64 = 4096;
/// `f_flags`: mounted read-only (ST_RDONLY), and that the flags count (ST_VALID).
const FLAG_READ_ONLY: i64 = 1;
const FLAGS_VALID: i64 = 0x20;

impl From<Error> for FileError {
    fn from(error: Error) -> FileError {
        // The interface lists every error of this server; a number that it did not list would be a mistake of both.
        FileError::from_number(error.number()).unwrap_or(FileError::InputOutput)
    }
}

/// Attributes in the layout of `struct stat`.
#[inline]
pub fn attributes(found: &Attributes, device: u64) -> file::Attributes {
    let time = |stamp: Timestamp| (stamp.seconds, i64::from(stamp.nanoseconds));
    let (access_seconds, access_nanoseconds) = time(found.access);
    let (modify_seconds, modify_nanoseconds) = time(found.modify);
    let (change_seconds, change_nanoseconds) = time(found.change);
    file::Attributes {
        device,
        inode: found.inode,
        links: found.links,
        mode: found.kind as u32 | found.mode,
        user: found.user,
        group: found.group,
        special_device: found.special_device,
        size: found.size as i64,
        block_size: BLOCK_SIZE,
        blocks: found.blocks as i64,
        access_seconds,
        access_nanoseconds,
        modify_seconds,
        modify_nanoseconds,
        change_seconds,
        change_nanoseconds,
        ..file::Attributes::default()
    }
}

/// Figures in the layout of `struct statfs`.
pub fn figures(found: &Figures, name_length: usize, read_only: bool) -> FileSystemInfo {
    FileSystemInfo {
        kind: found.magic,
        block_size: found.block_size as i64,
        blocks: found.blocks,
        blocks_free: found.blocks_free,
        blocks_available: found.blocks_free,
        files: found.files,
        files_free: found.files_free,
        name_length: name_length as i64,
        fragment_size: found.block_size as i64,
        flags: FLAGS_VALID | if read_only { FLAG_READ_ONLY } else { 0 },
        ..FileSystemInfo::default()
    }
}
