//! A shared folder that lies in a folder of the tests' host.

mod behaviour;

use super::{Facts, Folder, FolderChange, FolderFigures};
use crate::attributes::Timestamp;
use crate::error::Error;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A driver over a folder of the host: as the real one, it knows files by their paths.
#[derive(Default)]
pub struct HostFolder {
    nodes: RefCell<BTreeMap<u64, Node>>,
    next: Cell<u64>,
    /// It is gone: every step fails.
    pub dead: Cell<bool>,
}

#[derive(Default)]
struct Node {
    path: PathBuf,
    reading: Option<File>,
    writing: Option<File>,
}

fn error(error: std::io::Error) -> Error {
    match error.raw_os_error() {
        Some(1) => Error::NotPermitted,
        Some(2) => Error::NoEntry,
        Some(13) => Error::AccessDenied,
        Some(17) => Error::Exists,
        Some(20) => Error::NotDirectory,
        Some(21) => Error::IsDirectory,
        Some(22) => Error::InvalidArgument,
        Some(39) => Error::NotEmpty,
        _ => Error::InputOutput,
    }
}

impl HostFolder {
    /// The folder at `path`, with what is said of its top.
    pub fn at(path: &Path) -> (HostFolder, Facts) {
        let folder = HostFolder::default();
        let top = folder.add(path.to_owned()).unwrap();
        (folder, top)
    }

    /// Nodes that are not forgotten.
    pub fn count(&self) -> usize {
        self.nodes.borrow().len()
    }

    fn add(&self, path: PathBuf) -> Result<Facts, Error> {
        let found = fs::symlink_metadata(&path).map_err(error)?;
        let node = self.next.get() + 1;
        self.next.set(node);
        self.nodes.borrow_mut().insert(
            node,
            Node {
                path,
                ..Node::default()
            },
        );
        Ok(facts(node, &found))
    }

    fn path(&self, node: u64) -> Result<PathBuf, Error> {
        if self.dead.get() {
            return Err(Error::InputOutput);
        }
        let nodes = self.nodes.borrow();
        nodes
            .get(&node)
            .map(|node| node.path.clone())
            .ok_or(Error::InputOutput)
    }

    fn entry(&self, directory: u64, name: &[u8]) -> Result<PathBuf, Error> {
        let name = std::str::from_utf8(name).unwrap();
        assert!(!name.contains('/') && !matches!(name, "" | "." | ".."), "{name}");
        Ok(self.path(directory)?.join(name))
    }
}

fn facts(node: u64, found: &fs::Metadata) -> Facts {
    let time = |seconds, nanoseconds: i64| Timestamp {
        seconds,
        nanoseconds: nanoseconds as u32,
    };
    Facts {
        node,
        inode: found.ino(),
        links: found.nlink(),
        size: found.size(),
        blocks: found.blocks(),
        mode: found.mode(),
        user: found.uid(),
        group: found.gid(),
        access: time(found.atime(), found.atime_nsec()),
        modify: time(found.mtime(), found.mtime_nsec()),
        change: time(found.ctime(), found.ctime_nsec()),
    }
}

impl Folder for HostFolder {
    async fn lookup(&self, directory: u64, name: &[u8]) -> Result<Facts, Error> {
        self.add(self.entry(directory, name)?)
    }

    async fn attributes(&self, node: u64) -> Result<Facts, Error> {
        let found = fs::symlink_metadata(self.path(node)?).map_err(error)?;
        Ok(facts(node, &found))
    }

    async fn create(&self, directory: u64, mode: u32, name: &[u8]) -> Result<Facts, Error> {
        let path = self.entry(directory, name)?;
        assert_eq!(mode & 0o6000, 0, "a set-id bit reaches the host");
        match mode & 0o170_000 {
            0o040_000 => fs::DirBuilder::new()
                .mode(mode & 0o777)
                .create(&path)
                .map_err(error)?,
            0o100_000 => {
                let new = OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(mode & 0o777)
                    .open(&path);
                drop(new.map_err(error)?);
            }
            _ => return Err(Error::NotPermitted),
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(mode & 0o1777)).map_err(error)?;
        self.add(path)
    }

    async fn symlink(&self, directory: u64, name: &[u8], target: &[u8]) -> Result<Facts, Error> {
        let path = self.entry(directory, name)?;
        std::os::unix::fs::symlink(std::str::from_utf8(target).unwrap(), &path).map_err(error)?;
        self.add(path)
    }

    async fn read_link(&self, node: u64) -> Result<Vec<u8>, Error> {
        let target = fs::read_link(self.path(node)?).map_err(error)?;
        Ok(target.into_os_string().into_encoded_bytes())
    }

    async fn link(&self, directory: u64, node: u64, name: &[u8]) -> Result<(), Error> {
        fs::hard_link(self.path(node)?, self.entry(directory, name)?).map_err(error)
    }

    async fn remove(&self, directory: u64, is_directory: bool, name: &[u8]) -> Result<(), Error> {
        let path = self.entry(directory, name)?;
        if is_directory {
            fs::remove_dir(path).map_err(error)
        } else {
            fs::remove_file(path).map_err(error)
        }
    }

    async fn rename(&self, directory: u64, to: u64, name: &[u8], target: &[u8]) -> Result<(), Error> {
        let (from, to) = (self.entry(directory, name)?, self.entry(to, target)?);
        fs::rename(&from, &to).map_err(error)?;
        for node in self.nodes.borrow_mut().values_mut() {
            if let Ok(below) = node.path.strip_prefix(&from) {
                node.path = if below.as_os_str().is_empty() {
                    to.clone()
                } else {
                    to.join(below)
                };
            }
        }
        Ok(())
    }

    async fn entries(&self, directory: u64, offset: u64, room: usize) -> Result<Vec<u8>, Error> {
        let mut names: Vec<_> = fs::read_dir(self.path(directory)?)
            .map_err(error)?
            .map(|entry| entry.unwrap())
            .collect();
        names.sort_by_key(|entry| entry.file_name());
        let mut bytes = Vec::new();
        for (index, entry) in names.iter().enumerate().skip(offset as usize) {
            let name = entry.file_name().into_encoded_bytes();
            if bytes.len() + 18 + name.len() > room {
                break;
            }
            let found = entry.metadata().map_err(error)?;
            bytes.extend(found.ino().to_le_bytes());
            bytes.extend((index as u64 + 1).to_le_bytes());
            bytes.push((found.mode() >> 12) as u8);
            bytes.push(name.len() as u8);
            bytes.extend(name);
        }
        Ok(bytes)
    }

    async fn change(&self, node: u64, change: &FolderChange) -> Result<(), Error> {
        let path = self.path(node)?;
        if let Some(mode) = change.mode {
            assert_eq!(mode & 0o6000, 0, "a set-id bit reaches the host");
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).map_err(error)?;
        }
        if let Some(size) = change.size {
            let file = OpenOptions::new().write(true).open(&path).map_err(error)?;
            file.set_len(size).map_err(error)?;
        }
        let at =
            |time: Timestamp| SystemTime::UNIX_EPOCH + Duration::new(time.seconds as u64, time.nanoseconds);
        let mut times = fs::FileTimes::new();
        if let Some(access) = change.access {
            times = times.set_accessed(at(access));
        }
        if let Some(modify) = change.modify {
            times = times.set_modified(at(modify));
        }
        if change.access.is_some() || change.modify.is_some() {
            File::open(&path)
                .and_then(|file| file.set_times(times))
                .map_err(error)?;
        }
        Ok(())
    }

    async fn open(&self, node: u64, reads: bool, writes: bool) -> Result<(), Error> {
        let path = self.path(node)?;
        let mut nodes = self.nodes.borrow_mut();
        let node = nodes.get_mut(&node).unwrap();
        if reads && node.reading.is_none() {
            node.reading = Some(File::open(&path).map_err(error)?);
        }
        if writes && node.writing.is_none() {
            node.writing = Some(OpenOptions::new().write(true).open(&path).map_err(error)?);
        }
        Ok(())
    }

    async fn read(&self, node: u64, offset: u64, room: usize) -> Result<Vec<u8>, Error> {
        self.open(node, true, false).await?;
        let nodes = self.nodes.borrow();
        let mut bytes = vec![0; room];
        let file = nodes[&node].reading.as_ref().unwrap();
        let count = file.read_at(&mut bytes, offset).map_err(error)?;
        bytes.truncate(count);
        Ok(bytes)
    }

    async fn write(&self, node: u64, offset: u64, bytes: &[u8]) -> Result<u64, Error> {
        self.open(node, false, true).await?;
        let nodes = self.nodes.borrow();
        let file = nodes[&node].writing.as_ref().unwrap();
        file.write_at(bytes, offset)
            .map(|count| count as u64)
            .map_err(error)
    }

    async fn sync(&self, node: u64) -> Result<(), Error> {
        self.path(node).map(|_| ())
    }

    async fn figures(&self, node: u64) -> Result<FolderFigures, Error> {
        self.path(node)?;
        Ok(FolderFigures {
            block_size: 4096,
            blocks: 1000,
            blocks_free: 500,
            blocks_available: 400,
            files: 100,
            files_free: 50,
        })
    }

    fn forget(&self, node: u64) {
        assert!(self.nodes.borrow_mut().remove(&node).is_some(), "forgotten twice");
    }
}
