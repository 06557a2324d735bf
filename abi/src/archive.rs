//! The boot archive: the files that the machine starts with, read in place.
//!
//! `trivet run` packs it (crate `trivet-image`), QEMU loads it as the initial RAM disk, the kernel takes init and the policy
//! from it and vfs serves the rest. [`Archive::open`] checks all of it but the files' contents, so that later look-ups cannot
//! meet a bad offset; [`File::is_intact`] checks one file's contents. Note 0012 under `docs/notes/` has the format and why.

use crate::PAGE_SIZE;
use core::cmp::Ordering;

/// The first eight bytes of an archive.
pub const MAGIC: [u8; 8] = *b"TrivetBA";
/// The version of the format that this module reads and the packer writes.
pub const VERSION: u32 = 1;
/// Bytes of the header.
pub const HEADER_SIZE: usize = 64;
/// Bytes of one entry of the index.
pub const ENTRY_SIZE: usize = 64;
/// Longest path, in bytes.
pub const PATH_MAX: usize = 4095;
/// Longest component of a path, in bytes.
pub const NAME_MAX: usize = 255;
/// Longest target of a symbolic link, in bytes.
pub const TARGET_MAX: usize = 4095;

/// Offsets of the header's fields.
pub mod header {
    /// `u32`: [`VERSION`](super::VERSION).
    pub const VERSION: usize = 8;
    /// `u32`: number of entries.
    pub const COUNT: usize = 12;
    /// `u64`: bytes of the names that follow the entries.
    pub const NAMES_SIZE: usize = 16;
    /// `u64`: where the first file's data begins, a multiple of the page size.
    pub const DATA_OFFSET: usize = 24;
    /// `u64`: bytes of the whole archive, a multiple of the page size.
    pub const TOTAL_SIZE: usize = 32;
    /// 16 bytes of zero.
    pub const RESERVED: usize = 40;
    /// `u64`: checksum of the header before this field and of everything between header and data.
    pub const CHECKSUM: usize = 56;
}

/// Offsets of an entry's fields.
pub mod entry {
    /// `u32`: where the path begins among the names; the target of a symbolic link follows the path.
    pub const NAME_OFFSET: usize = 0;
    /// `u16`: bytes of the path.
    pub const NAME_LENGTH: usize = 4;
    /// `u8`: see [`kind`](super::kind).
    pub const KIND: usize = 6;
    /// A zero byte.
    pub const RESERVED_7: usize = 7;
    /// `u32`: permission bits, at most 0o7777.
    pub const MODE: usize = 8;
    /// `u32`: owner.
    pub const UID: usize = 12;
    /// `u32`: group.
    pub const GID: usize = 16;
    /// `u32`: nanoseconds of the time of modification, below 10^9.
    pub const MODIFIED_NS: usize = 20;
    /// `i64`: seconds of the time of modification since 1970.
    pub const MODIFIED_S: usize = 24;
    /// `u64`: where a file's data begins; zero for everything else.
    pub const DATA_OFFSET: usize = 32;
    /// `u64`: bytes of a file's data or of a symbolic link's target; zero for a directory.
    pub const SIZE: usize = 40;
    /// `u64`: checksum of a file's data; zero for everything else.
    pub const CHECKSUM: usize = 48;
    /// `u64` of zero.
    pub const RESERVED_56: usize = 56;
}

/// Values of an entry's kind.
pub mod kind {
    /// A regular file.
    pub const FILE: u8 = 1;
    /// A directory.
    pub const DIRECTORY: u8 = 2;
    /// A symbolic link.
    pub const SYMLINK: u8 = 3;
}

/// Why bytes are not a boot archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveError {
    /// Shorter than it says, or than a header.
    Truncated,
    /// Does not begin with [`MAGIC`].
    NotAnArchive,
    /// A version that this reader does not know.
    WrongVersion,
    /// The index was changed after it was packed.
    WrongChecksum,
    /// A field of the header or padding that breaks the format's rules.
    BadHeader,
    /// An entry that breaks the format's rules.
    BadEntry {
        /// Its number.
        index: u32,
    },
}

/// A valid boot archive.
#[derive(Clone, Copy, Debug)]
pub struct Archive<'a> {
    bytes: &'a [u8],
    names: &'a [u8],
    count: u32,
}

/// One file, directory or symbolic link.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Its number in the archive's order.
    pub index: u32,
    /// Its path from the archive's root, without a leading slash.
    pub path: &'a [u8],
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Time of modification, in seconds since 1970.
    pub modified_s: i64,
    /// The nanoseconds of that time, below 10^9.
    pub modified_ns: u32,
    /// What it is and holds.
    pub content: Content<'a>,
}

/// What an entry is and holds.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// A regular file.
    File(File<'a>),
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink {
        /// Where it points.
        target: &'a [u8],
    },
}

/// A regular file's contents.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// The contents, in place.
    pub data: &'a [u8],
    /// Where they begin in the archive: a multiple of the page size. The rest of the last page is zero.
    pub offset: u64,
    checksum: u64,
}

impl File<'_> {
    /// Whether the contents are those that were packed. Reads all of them.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        checksum(0, self.data) == self.checksum
    }
}

impl<'a> Archive<'a> {
    /// Checks the archive that `bytes` begin with. Bytes behind its end are ignored.
    pub fn open(bytes: &'a [u8]) -> Result<Self, ArchiveError> {
        let head = bytes.get(..HEADER_SIZE).ok_or(ArchiveError::Truncated)?;
        if head[..MAGIC.len()] != MAGIC {
            return Err(ArchiveError::NotAnArchive);
        }
        if u32_at(head, header::VERSION) != VERSION {
            return Err(ArchiveError::WrongVersion);
        }
        let count = u32_at(head, header::COUNT);
        let (total, data) = (
            size_at(head, header::TOTAL_SIZE)?,
            size_at(head, header::DATA_OFFSET)?,
        );
        let bytes = bytes.get(..total).ok_or(ArchiveError::Truncated)?;
        let names_start = (count as usize)
            .checked_mul(ENTRY_SIZE)
            .and_then(|size| size.checked_add(HEADER_SIZE))
            .ok_or(ArchiveError::BadHeader)?;
        let names_end = names_start
            .checked_add(size_at(head, header::NAMES_SIZE)?)
            .ok_or(ArchiveError::BadHeader)?;
        let aligned = total.is_multiple_of(PAGE_SIZE) && Some(data) == page_end(names_end);
        if !aligned || data > total {
            return Err(ArchiveError::BadHeader);
        }
        let index = &bytes[HEADER_SIZE..data];
        if checksum(checksum(0, &head[..header::CHECKSUM]), index) != u64_at(head, header::CHECKSUM) {
            return Err(ArchiveError::WrongChecksum);
        }
        if !is_zero(&head[header::RESERVED..header::CHECKSUM]) || !is_zero(&bytes[names_end..data]) {
            return Err(ArchiveError::BadHeader);
        }
        let archive = Archive {
            bytes,
            names: &bytes[names_start..names_end],
            count,
        };
        archive.check_entries(data)?;
        Ok(archive)
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.count
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The entry with this number.
    #[must_use]
    pub fn entry(&self, index: u32) -> Option<Entry<'a>> {
        let raw = self.raw(index)?;
        let name = u32_at(raw, entry::NAME_OFFSET) as usize;
        let name_end = name.checked_add(usize::from(u16_at(raw, entry::NAME_LENGTH)))?;
        let size = usize::try_from(u64_at(raw, entry::SIZE)).ok()?;
        let content = match raw[entry::KIND] {
            kind::FILE => {
                let offset = u64_at(raw, entry::DATA_OFFSET);
                let start = usize::try_from(offset).ok()?;
                let data = self.bytes.get(start..start.checked_add(size)?)?;
                Content::File(File {
                    data,
                    offset,
                    checksum: u64_at(raw, entry::CHECKSUM),
                })
            }
            kind::DIRECTORY => Content::Directory,
            kind::SYMLINK => Content::Symlink {
                target: self.names.get(name_end..name_end.checked_add(size)?)?,
            },
            _ => return None,
        };
        Some(Entry {
            index,
            path: self.names.get(name..name_end)?,
            mode: u32_at(raw, entry::MODE),
            uid: u32_at(raw, entry::UID),
            gid: u32_at(raw, entry::GID),
            modified_s: u64_at(raw, entry::MODIFIED_S).cast_signed(),
            modified_ns: u32_at(raw, entry::MODIFIED_NS),
            content,
        })
    }

    /// The entry with this path, found in logarithmic time. The path has no leading slash.
    #[must_use]
    pub fn find(&self, path: &[u8]) -> Option<Entry<'a>> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            let entry = self.entry(middle)?;
            match compare_paths(entry.path, path) {
                Ordering::Equal => return Some(entry),
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// All entries; a directory comes right before everything in it.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'a>> + '_ {
        (0..self.count).filter_map(|index| self.entry(index))
    }

    fn raw(&self, index: u32) -> Option<&'a [u8]> {
        if index >= self.count {
            return None;
        }
        let start = HEADER_SIZE + index as usize * ENTRY_SIZE;
        self.bytes.get(start..start + ENTRY_SIZE)
    }

    /// Checks every entry: names and data follow each other without gap or overlap, paths are well-formed and ascend, and each
    /// parent is there and a directory.
    fn check_entries(&self, data_start: usize) -> Result<(), ArchiveError> {
        let (mut name_position, mut data_position) = (0, data_start);
        let mut previous: Option<Entry<'a>> = None;
        for index in 0..self.count {
            let bad = ArchiveError::BadEntry { index };
            let raw = self.raw(index).ok_or(bad)?;
            if u32_at(raw, entry::NAME_OFFSET) as usize != name_position
                || raw[entry::RESERVED_7] != 0
                || u64_at(raw, entry::RESERVED_56) != 0
            {
                return Err(bad);
            }
            let entry = self.entry(index).ok_or(bad)?;
            name_position += entry.path.len();
            let (mut data_offset, mut file_checksum) = (0, 0);
            match entry.content {
                Content::File(file) => {
                    (data_offset, file_checksum) = (file.offset, file.checksum);
                    let end = page_end(data_position.checked_add(file.data.len()).ok_or(bad)?).ok_or(bad)?;
                    let tail = self
                        .bytes
                        .get(data_position + file.data.len()..end)
                        .ok_or(ArchiveError::Truncated)?;
                    if file.offset != data_position as u64 || !is_zero(tail) {
                        return Err(bad);
                    }
                    data_position = end;
                }
                Content::Directory if u64_at(raw, entry::SIZE) != 0 => return Err(bad),
                Content::Directory => {}
                Content::Symlink { target } => {
                    if target.is_empty() || target.len() > TARGET_MAX || target.contains(&0) {
                        return Err(bad);
                    }
                    name_position += target.len();
                }
            }
            let plain = entry.mode <= 0o7777
                && entry.modified_ns < 1_000_000_000
                && u64_at(raw, entry::DATA_OFFSET) == data_offset
                && u64_at(raw, entry::CHECKSUM) == file_checksum;
            if !plain || !is_path(entry.path) || !follows(previous.as_ref(), &entry) {
                return Err(bad);
            }
            previous = Some(entry);
        }
        if name_position != self.names.len() || data_position != self.bytes.len() {
            return Err(ArchiveError::BadHeader);
        }
        Ok(())
    }
}

/// Whether `entry` may come right after `previous`: its path is greater, and its parent is the root, `previous`, or a directory
/// that `previous` lies in (which was there before, since a directory's contents follow it at once).
fn follows(previous: Option<&Entry<'_>>, entry: &Entry<'_>) -> bool {
    let parent = entry
        .path
        .iter()
        .rposition(|&byte| byte == b'/')
        .map(|end| &entry.path[..end]);
    let Some(previous) = previous else {
        return parent.is_none();
    };
    if compare_paths(previous.path, entry.path) != Ordering::Less {
        return false;
    }
    match parent {
        None => true,
        Some(parent) if parent == previous.path => matches!(previous.content, Content::Directory),
        Some(parent) => previous
            .path
            .strip_prefix(parent)
            .is_some_and(|rest| rest.first() == Some(&b'/')),
    }
}

/// The order of paths in an archive: component by component, so that a directory's contents follow it at once. (A slash counts
/// as the lowest byte.)
#[must_use]
pub fn compare_paths(a: &[u8], b: &[u8]) -> Ordering {
    let low = |&byte: &u8| if byte == b'/' { 0 } else { byte };
    a.iter().map(low).cmp(b.iter().map(low))
}

/// Whether these bytes can be a path in an archive: components of 1 to [`NAME_MAX`] bytes separated by single slashes, none of
/// them `.` or `..`, no zero byte.
#[must_use]
pub fn is_path(path: &[u8]) -> bool {
    path.len() <= PATH_MAX
        && path.split(|&byte| byte == b'/').all(|name| {
            !name.is_empty() && name.len() <= NAME_MAX && name != b"." && name != b".." && !name.contains(&0)
        })
}

/// The checksum of the format, begun with the checksum of what goes before, or 0. It finds accidents, not attacks: any change
/// within one aligned group of eight bytes changes it.
#[must_use]
pub fn checksum(before: u64, bytes: &[u8]) -> u64 {
    // Odd, so that multiplying by it loses nothing.
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |state: u64, word: u64| {
        let product = (state ^ word).wrapping_mul(FACTOR);
        product ^ (product >> 32)
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let start = mix(before, bytes.len() as u64);
    let state = words
        .iter()
        .fold(start, |state, word| mix(state, u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    mix(state, u64::from_le_bytes(last))
}

/// The next multiple of the page size.
fn page_end(position: usize) -> Option<usize> {
    position.checked_next_multiple_of(PAGE_SIZE)
}

fn is_zero(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    words.iter().all(|word| *word == [0; 8]) && rest.iter().all(|&byte| byte == 0)
}

fn size_at(bytes: &[u8], offset: usize) -> Result<usize, ArchiveError> {
    usize::try_from(u64_at(bytes, offset)).map_err(|_| ArchiveError::BadHeader)
}

/// Reads a field at a fixed offset of a header or entry, whose length the caller has checked.
fn array_at<const N: usize>(bytes: &[u8], offset: usize) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[offset..offset + N]);
    array
}

fn u16_at(bytes: &[u8], offset: usize) -> u16 {
    u16::from_le_bytes(array_at(bytes, offset))
}

fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    u32::from_le_bytes(array_at(bytes, offset))
}

fn u64_at(bytes: &[u8], offset: usize) -> u64 {
    u64::from_le_bytes(array_at(bytes, offset))
}
