//! The messages of 9P2000.L that this driver sends, and what comes back.
//!
//! A message is its length (32 bits, itself included), a kind (8), a tag (16), and the fields of the kind. The answer to a request has the kind
//! behind the request's, or is an error with a number of Linux's.

use crate::codec::{Malformed, Reader, Writer};
use alloc::vec::Vec;

/// Bytes before a message's own fields.
pub const HEAD: usize = 7;
/// The tag of the first message.
pub const NO_TAG: u16 = u16::MAX;
/// No file number, no user.
pub const NONE: u32 = u32::MAX;
/// The version that is spoken.
pub const VERSION: &[u8] = b"9P2000.L";
/// Bytes of an answer to a read beside its data.
pub const READ_HEAD: usize = HEAD + 4;
/// Bytes of a write beside its data.
pub const WRITE_HEAD: usize = HEAD + 16;

/// Kinds of requests; an answer's kind is the next number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs, reason = "the protocol names each")]
pub enum Kind {
    Statfs = 8,
    Open = 12,
    Symlink = 16,
    MakeNode = 18,
    ReadLink = 22,
    GetAttributes = 24,
    SetAttributes = 26,
    ReadDirectory = 40,
    Sync = 50,
    Link = 70,
    MakeDirectory = 72,
    Rename = 74,
    Unlink = 76,
    Version = 100,
    Attach = 104,
    Walk = 110,
    Read = 116,
    Write = 118,
    Clunk = 120,
}

/// The kind of an answer that is an error.
const ERROR: u8 = 7;

/// Why an exchange brought no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The host says no, with this number.
    Host(u32),
    /// What came is no answer to this request.
    Malformed,
}

impl From<Malformed> for Refusal {
    fn from(_: Malformed) -> Refusal {
        Refusal::Malformed
    }
}

/// Begins a request.
#[must_use]
pub fn begin(buffer: &mut [u8], kind: Kind, tag: u16) -> Writer<'_> {
    let mut writer = Writer::new(buffer);
    writer.u32(0).u8(kind as u8).u16(tag);
    writer
}

/// Checks the head of an answer of `bytes`, which is all that the device wrote. Answers a reader of its fields.
///
/// # Errors
/// The host's error, or that this is no answer to such a request.
pub fn answer(bytes: &[u8], kind: Kind, tag: u16) -> Result<Reader<'_>, Refusal> {
    let mut reader = Reader::new(bytes);
    let length = reader.u32()?;
    if usize::try_from(length).ok() != Some(bytes.len()) {
        return Err(Refusal::Malformed);
    }
    let (found, found_tag) = (reader.u8()?, reader.u16()?);
    if found_tag != tag {
        return Err(Refusal::Malformed);
    }
    if found == ERROR {
        let number = reader.u32()?;
        reader.finish()?;
        // Nothing but numbers that are errors comes through.
        return Err(if (1..4096).contains(&number) {
            Refusal::Host(number)
        } else {
            Refusal::Malformed
        });
    }
    if found != kind as u8 + 1 {
        return Err(Refusal::Malformed);
    }
    Ok(reader)
}

/// Reads an answer without fields.
///
/// # Errors
/// It has some.
pub fn nothing(reader: Reader<'_>) -> Result<(), Malformed> {
    reader.finish()
}

/// What the host calls a file: kind, version, number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Bits of the kind.
    pub kind: u8,
    /// Number, the same for each name of a file.
    pub path: u64,
}

/// Reads an identity.
///
/// # Errors
/// It is cut off.
pub fn identity(reader: &mut Reader<'_>) -> Result<Identity, Malformed> {
    let kind = reader.u8()?;
    reader.u32()?;
    Ok(Identity {
        kind,
        path: reader.u64()?,
    })
}

/// Attributes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as POSIX's struct stat names them")]
pub struct Attributes {
    pub identity: Identity,
    pub mode: u32,
    pub user: u32,
    pub group: u32,
    pub links: u64,
    pub special_device: u64,
    pub size: u64,
    pub blocks: u64,
    /// Access, modification and change: seconds and nanoseconds.
    pub times: [(u64, u64); 3],
}

/// Mask for the attributes that every file has.
pub const BASIC: u64 = 0x7ff;

/// Reads the answer to `GetAttributes`.
///
/// # Errors
/// It is not one; nanoseconds beyond a second are none.
pub fn attributes(mut reader: Reader<'_>) -> Result<Attributes, Malformed> {
    let valid = reader.u64()?;
    if valid & BASIC != BASIC {
        return Err(Malformed);
    }
    let identity = identity(&mut reader)?;
    let (mode, user, group) = (reader.u32()?, reader.u32()?, reader.u32()?);
    let (links, special_device, size) = (reader.u64()?, reader.u64()?, reader.u64()?);
    let (_block_size, blocks) = (reader.u64()?, reader.u64()?);
    let mut times = [(0, 0); 3];
    for time in &mut times {
        *time = (reader.u64()?, reader.u64()?);
        if time.1 >= 1_000_000_000 {
            return Err(Malformed);
        }
    }
    // Time of birth, generation, version: not used.
    reader.bytes(4 * 8)?;
    reader.finish()?;
    if size > i64::MAX as u64 {
        return Err(Malformed);
    }
    Ok(Attributes {
        identity,
        mode,
        user,
        group,
        links,
        special_device,
        size,
        blocks,
        times,
    })
}

/// One entry of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Number of what it names.
    pub path: u64,
    /// Where the directory's offset stands behind it.
    pub next: u64,
    /// `d_type`.
    pub kind: u8,
    /// Name.
    pub name: &'a [u8],
}

/// Reads the answer to `ReadDirectory`: its entries, one after the other.
///
/// # Errors
/// It is not one.
pub fn entries(mut reader: Reader<'_>) -> Result<Vec<Entry<'_>>, Malformed> {
    let mut data = Reader::new(reader.counted()?);
    reader.finish()?;
    let mut found = Vec::new();
    while !data.is_empty() {
        let path = identity(&mut data)?.path;
        found.push(Entry {
            path,
            next: data.u64()?,
            kind: data.u8()?,
            name: data.string()?,
        });
    }
    Ok(found)
}

/// Figures of a file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as POSIX's struct statvfs names them")]
pub struct Figures {
    pub block_size: u32,
    pub blocks: u64,
    pub blocks_free: u64,
    pub blocks_available: u64,
    pub files: u64,
    pub files_free: u64,
}

/// Reads the answer to `Statfs`.
///
/// # Errors
/// It is not one.
pub fn figures(mut reader: Reader<'_>) -> Result<Figures, Malformed> {
    reader.u32()?;
    let figures = Figures {
        block_size: reader.u32()?,
        blocks: reader.u64()?,
        blocks_free: reader.u64()?,
        blocks_available: reader.u64()?,
        files: reader.u64()?,
        files_free: reader.u64()?,
    };
    reader.bytes(8 + 4)?;
    reader.finish()?;
    Ok(figures)
}

/// Whether a name can be that of an entry: one component, not "." or "..".
#[must_use]
pub fn is_name(name: &[u8]) -> bool {
    !matches!(name, b"" | b"." | b"..") && name.len() <= 255 && !name.contains(&0) && !name.contains(&b'/')
}

#[cfg(test)]
mod tests;
