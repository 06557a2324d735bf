//! Arguments of `File` as the logic has them.

use crate::service::AtFlags;
use crate::service::bytes::Whence;
use crate::service::locks::{LockKind, Ownership, Section};
use trivet_ipc::file::{FileError, LockKind as WireLockKind, LockOwner, LockRange};
use trivet_ipc::shared::AtFlags as WireAtFlags;
use trivet_server::Request;

/// Methods of a Memory, as bits of a mask.
pub(super) mod memory_mask {
    use trivet_ipc::memory::method;

    const fn bit(method: u8) -> u64 {
        1 << method
    }

    pub const READ: u64 =
        bit(method::MAP_READ) | bit(method::MAP_COPY) | bit(method::READ) | bit(method::INFO);
    pub const WRITE: u64 = READ | bit(method::MAP_WRITE);
    pub const EXECUTE: u64 = READ | bit(method::MAP_EXECUTE);
}

pub(super) fn ownership(request: &Request, owner: LockOwner) -> Ownership {
    match owner {
        LockOwner::Process => Ownership::Process(request.stamp().process),
        LockOwner::OpenFile => Ownership::OpenFile(request.badge()),
        LockOwner::Whole => Ownership::Whole(request.badge()),
    }
}

pub(super) fn lock_kind(kind: WireLockKind) -> LockKind {
    match kind {
        WireLockKind::Shared => LockKind::Shared,
        WireLockKind::Exclusive => LockKind::Exclusive,
        WireLockKind::Unlock => LockKind::Unlock,
    }
}

pub(super) fn section(range: &LockRange) -> Result<Section, FileError> {
    let whence = match range.whence {
        0 => Whence::Start,
        1 => Whence::Current,
        2 => Whence::End,
        _ => return Err(FileError::InvalidArgument),
    };
    Ok(Section {
        whence,
        start: range.start,
        length: range.length,
    })
}

pub(super) fn at(flags: WireAtFlags) -> AtFlags {
    AtFlags(flags.bits())
}
