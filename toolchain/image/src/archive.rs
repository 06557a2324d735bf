//! `Packer`: makes a boot archive (format: note 0012 and `trivet_abi::archive`).
//!
//! Entries may be added in any order; parent directories appear by themselves. The same entries always give
//! the same bytes.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use trivet_abi::PAGE_SIZE;
use trivet_abi::archive::{
    ENTRY_SIZE, HEADER_SIZE, MAGIC, TARGET_MAX, VERSION, checksum, compare_paths, entry, header, is_path,
    kind,
};

/// Why an archive could not be made.
#[derive(Debug)]
pub enum PackError {
    /// A path that the format does not allow.
    BadPath(Vec<u8>),
    /// Two entries of one path, of which at least one is no directory.
    Twice(Vec<u8>),
    /// A file stands where another entry needs a directory.
    NotADirectory(Vec<u8>),
    /// A symbolic link's target is empty, too long, or has a zero byte.
    BadTarget(Vec<u8>),
    /// A host file that is neither file, directory nor symbolic link.
    SpecialFile(PathBuf),
    /// More than 2^32 bytes of names or 2^32 entries.
    TooLarge,
    /// A host file could not be read, or the archive not be written.
    Io(PathBuf, io::Error),
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match self {
            PackError::BadPath(path) => write!(f, "a guest cannot have the path {:?}", text(path)),
            PackError::Twice(path) => write!(f, "the guest path {:?} is given twice", text(path)),
            PackError::NotADirectory(path) => {
                write!(
                    f,
                    "the guest path {:?} is a file, but another path lies below it",
                    text(path)
                )
            }
            PackError::BadTarget(path) => {
                write!(f, "the symbolic link {:?} has an unusable target", text(path))
            }
            PackError::SpecialFile(path) => {
                write!(
                    f,
                    "{} is neither a file nor a folder nor a symbolic link",
                    path.display()
                )
            }
            PackError::TooLarge => f.write_str("too many files for one boot archive"),
            PackError::Io(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for PackError {}

/// Owner, permissions and time of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attributes {
    /// Permission bits, at most 0o7777.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Time of modification, in seconds since 1970.
    pub modified_s: i64,
    /// The nanoseconds of that time, below 10^9.
    pub modified_ns: u32,
}

impl Attributes {
    /// These permission bits, owned by root, with a fixed time (2024-01-01) so that archives repeat.
    pub fn with_mode(mode: u32) -> Self {
        Attributes {
            mode,
            uid: 0,
            gid: 0,
            modified_s: 1_704_067_200,
            modified_ns: 0,
        }
    }
}

#[derive(Debug)]
enum Content {
    File(Vec<u8>),
    Directory,
    Symlink(Vec<u8>),
}

#[derive(Debug)]
struct Item {
    attributes: Attributes,
    content: Content,
    /// Made only because something lies in it; may be given attributes later.
    implied: bool,
}

/// A path in the archive's order.
#[derive(Debug, PartialEq, Eq)]
struct Key(Vec<u8>);

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        compare_paths(&self.0, &other.0)
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Collects entries and writes them as a boot archive.
#[derive(Debug, Default)]
pub struct Packer {
    items: BTreeMap<Key, Item>,
}

impl Packer {
    /// An empty archive.
    pub fn new() -> Self {
        Packer::default()
    }

    /// Adds a file. Paths have no leading slash.
    pub fn file(&mut self, path: &[u8], attributes: Attributes, data: Vec<u8>) -> Result<(), PackError> {
        self.add(
            path,
            Item {
                attributes,
                content: Content::File(data),
                implied: false,
            },
        )
    }

    /// Takes away what is at a path, if it is no directory: another file may follow.
    pub fn remove(&mut self, path: &[u8]) {
        let key = Key(path.into());
        let is_directory = |item: &Item| matches!(item.content, Content::Directory);
        if self.items.get(&key).is_some_and(|item| !is_directory(item)) {
            self.items.remove(&key);
        }
    }

    /// Adds a directory.
    pub fn directory(&mut self, path: &[u8], attributes: Attributes) -> Result<(), PackError> {
        self.add(
            path,
            Item {
                attributes,
                content: Content::Directory,
                implied: false,
            },
        )
    }

    /// Adds a symbolic link.
    pub fn symlink(&mut self, path: &[u8], target: &[u8]) -> Result<(), PackError> {
        if target.is_empty() || target.len() > TARGET_MAX || target.contains(&0) {
            return Err(PackError::BadTarget(path.into()));
        }
        let attributes = Attributes::with_mode(0o777);
        self.add(
            path,
            Item {
                attributes,
                content: Content::Symlink(target.into()),
                implied: false,
            },
        )
    }

    /// Adds a file or folder of the host, a folder with all that is in it. The guest sees permissions and
    /// times of the host and `uid` and `gid` as given. A symbolic link that is named itself is followed;
    /// one inside a folder stays a link.
    pub fn host_path(&mut self, host: &Path, guest: &[u8], uid: u32, gid: u32) -> Result<(), PackError> {
        let metadata = fs::metadata(host).map_err(|error| PackError::Io(host.into(), error))?;
        self.host_item(host, &metadata, guest, uid, gid)
    }

    fn host_item(
        &mut self,
        host: &Path,
        metadata: &fs::Metadata,
        guest: &[u8],
        uid: u32,
        gid: u32,
    ) -> Result<(), PackError> {
        let failed = |error| PackError::Io(host.into(), error);
        let attributes = Attributes {
            // Bits that lend the owner's rights say nothing about the guest's users.
            mode: metadata.permissions().mode() & 0o1777,
            uid,
            gid,
            modified_s: metadata.mtime(),
            modified_ns: u32::try_from(metadata.mtime_nsec()).unwrap_or(0),
        };
        if metadata.is_file() {
            self.file(guest, attributes, fs::read(host).map_err(failed)?)
        } else if metadata.is_symlink() {
            let target = fs::read_link(host).map_err(failed)?.into_os_string().into_vec();
            self.symlink(guest, &target)
        } else if metadata.is_dir() {
            self.directory(guest, attributes)?;
            let mut entries = fs::read_dir(host)
                .map_err(failed)?
                .collect::<Result<Vec<_>, _>>()
                .map_err(failed)?;
            entries.sort_by_key(|entry| entry.file_name());
            for entry in entries {
                let path = entry.path();
                let metadata =
                    fs::symlink_metadata(&path).map_err(|error| PackError::Io(path.clone(), error))?;
                let inside = [guest, b"/", entry.file_name().as_bytes()].concat();
                self.host_item(&path, &metadata, &inside, uid, gid)?;
            }
            Ok(())
        } else {
            Err(PackError::SpecialFile(host.into()))
        }
    }

    fn add(&mut self, path: &[u8], item: Item) -> Result<(), PackError> {
        if !is_path(path) || item.attributes.mode > 0o7777 || item.attributes.modified_ns >= 1_000_000_000 {
            return Err(PackError::BadPath(path.into()));
        }
        for (position, _) in path.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
            let parent = &path[..position];
            let item = self.items.entry(Key(parent.into())).or_insert(Item {
                attributes: Attributes::with_mode(0o755),
                content: Content::Directory,
                implied: true,
            });
            if !matches!(item.content, Content::Directory) {
                return Err(PackError::NotADirectory(parent.into()));
            }
        }
        if let Some(present) = self.items.get(&Key(path.into())) {
            match (&present.content, &item.content) {
                (Content::Directory, Content::Directory) => {}
                (Content::Directory, _) if present.implied => {
                    return Err(PackError::NotADirectory(path.into()));
                }
                _ => return Err(PackError::Twice(path.into())),
            }
        }
        self.items.insert(Key(path.into()), item);
        Ok(())
    }

    /// Writes the archive.
    pub fn write(&self, output: &mut impl Write) -> Result<(), PackError> {
        let failed = |error| PackError::Io("the boot archive".into(), error);
        let index = self.index()?;
        output.write_all(&index).map_err(failed)?;
        for item in self.items.values() {
            if let Content::File(data) = &item.content {
                output.write_all(data).map_err(failed)?;
                output.write_all(&vec![0; padding(data.len())]).map_err(failed)?;
            }
        }
        output.flush().map_err(failed)
    }

    /// The archive in memory.
    pub fn to_bytes(&self) -> Result<Vec<u8>, PackError> {
        let mut bytes = Vec::new();
        self.write(&mut bytes)?;
        Ok(bytes)
    }

    /// Header, entries and names, padded to a page.
    fn index(&self) -> Result<Vec<u8>, PackError> {
        let count = u32::try_from(self.items.len()).map_err(|_| PackError::TooLarge)?;
        let names: Vec<u8> = self.items.iter().fold(Vec::new(), |mut names, (path, item)| {
            names.extend_from_slice(&path.0);
            if let Content::Symlink(target) = &item.content {
                names.extend_from_slice(target);
            }
            names
        });
        let entries_end = HEADER_SIZE + self.items.len() * ENTRY_SIZE;
        let names_end = entries_end + names.len();
        let data_offset = names_end + padding(names_end);
        let mut index = vec![0; data_offset];
        let mut data_position = data_offset;
        let mut name_position = 0;
        for (number, (path, item)) in self.items.iter().enumerate() {
            let raw = &mut index[HEADER_SIZE + number * ENTRY_SIZE..][..ENTRY_SIZE];
            put(
                raw,
                entry::NAME_OFFSET,
                &u32::try_from(name_position)
                    .map_err(|_| PackError::TooLarge)?
                    .to_le_bytes(),
            );
            put(raw, entry::NAME_LENGTH, &(path.0.len() as u16).to_le_bytes());
            put(raw, entry::MODE, &item.attributes.mode.to_le_bytes());
            put(raw, entry::UID, &item.attributes.uid.to_le_bytes());
            put(raw, entry::GID, &item.attributes.gid.to_le_bytes());
            put(
                raw,
                entry::MODIFIED_NS,
                &item.attributes.modified_ns.to_le_bytes(),
            );
            put(raw, entry::MODIFIED_S, &item.attributes.modified_s.to_le_bytes());
            name_position += path.0.len();
            let (kind, size) = match &item.content {
                Content::File(data) => {
                    put(raw, entry::DATA_OFFSET, &(data_position as u64).to_le_bytes());
                    put(raw, entry::CHECKSUM, &checksum(0, data).to_le_bytes());
                    data_position += data.len() + padding(data.len());
                    (kind::FILE, data.len())
                }
                Content::Directory => (kind::DIRECTORY, 0),
                Content::Symlink(target) => {
                    name_position += target.len();
                    (kind::SYMLINK, target.len())
                }
            };
            put(raw, entry::KIND, &[kind]);
            put(raw, entry::SIZE, &(size as u64).to_le_bytes());
        }
        index[entries_end..names_end].copy_from_slice(&names);
        put(&mut index, 0, &MAGIC);
        put(&mut index, header::VERSION, &VERSION.to_le_bytes());
        put(&mut index, header::COUNT, &count.to_le_bytes());
        put(
            &mut index,
            header::NAMES_SIZE,
            &(names.len() as u64).to_le_bytes(),
        );
        put(
            &mut index,
            header::DATA_OFFSET,
            &(data_offset as u64).to_le_bytes(),
        );
        put(
            &mut index,
            header::TOTAL_SIZE,
            &(data_position as u64).to_le_bytes(),
        );
        let sum = checksum(checksum(0, &index[..header::CHECKSUM]), &index[HEADER_SIZE..]);
        put(&mut index, header::CHECKSUM, &sum.to_le_bytes());
        Ok(index)
    }
}

fn put(bytes: &mut [u8], offset: usize, value: &[u8]) {
    bytes[offset..offset + value.len()].copy_from_slice(value);
}

/// Bytes from here to the next page.
fn padding(position: usize) -> usize {
    position.next_multiple_of(PAGE_SIZE) - position
}
