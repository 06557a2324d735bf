//! The boot archive as a read-only file system: what the machine was started with, in place, without a copy.

use crate::attributes::{Attributes, Change, Kind, NewInode, Permissions, Timestamp};
use crate::backend::Backend;
use crate::error::Error;
use crate::file_system::{Entry, Figures, FileSystem};
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::RefCell;
use trivet_abi::archive::{Archive, Content};
use trivet_abi::{Label, PAGE_SIZE};

/// No entry.
const NONE: u32 = u32::MAX;

/// A file of the archive: its number there; the top directory has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchiveNode(Option<u32>);

impl ArchiveNode {
    /// A number that differs from other nodes'.
    #[inline]
    pub(crate) fn hint(self) -> u64 {
        self.0.map_or(0, |index| u64::from(index) + 1)
    }
}

/// The archive, with its tree and labels worked out once.
pub struct BootArchive<B: Backend> {
    backend: Rc<B>,
    archive: Archive<'static>,
    parents: Vec<u32>,
    first_children: Vec<u32>,
    next_siblings: Vec<u32>,
    children: Vec<u32>,
    first_top: u32,
    tops: u32,
    labels: Vec<Label>,
    top_label: Label,
    /// Attributes of the top and of each entry: they never change.
    top_attributes: Option<Attributes>,
    attributes: Vec<Attributes>,
    /// Each entry's name in its directory.
    names: Vec<&'static [u8]>,
    /// Entries of each directory in the order of their names: where the top's and each entry's begin, and all of them.
    top_entries: Vec<u32>,
    entries: Vec<Vec<u32>>,
    /// Entries by directory and name: a table with open addressing, at most half full, of a power of two places.
    by_name: Vec<u32>,
    /// Memory of files that were mapped or started.
    views: RefCell<BTreeMap<u32, B::Contents>>,
}

/// Where a name of a directory is looked for first. The archive is the image's own, so nobody chooses names that collide.
#[inline]
fn hash(parent: u32, name: &[u8]) -> usize {
    let start = u64::from(parent) ^ 0xcbf2_9ce4_8422_2325;
    let mixed = name.iter().fold(start, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (mixed ^ mixed >> 32) as usize
}

impl<B: Backend> BootArchive<B> {
    /// Puts a valid archive behind the trait. `label_for_path` gives each path's label ("" is the top).
    #[must_use]
    pub fn new(
        backend: Rc<B>,
        archive: Archive<'static>,
        label_for_path: impl Fn(&[u8]) -> Label,
    ) -> BootArchive<B> {
        let count = archive.len() as usize;
        let mut this = BootArchive {
            backend,
            archive,
            parents: vec![NONE; count],
            first_children: vec![NONE; count],
            next_siblings: vec![NONE; count],
            children: vec![0; count],
            first_top: NONE,
            tops: 0,
            labels: Vec::with_capacity(count),
            top_label: label_for_path(b""),
            top_attributes: None,
            attributes: Vec::with_capacity(count),
            names: Vec::with_capacity(count),
            top_entries: Vec::new(),
            entries: vec![Vec::new(); count],
            by_name: vec![NONE; (count * 2 + 1).next_power_of_two()],
            views: RefCell::new(BTreeMap::new()),
        };
        // Directories that are open at this point of the order, with the child that came last.
        let mut open: Vec<(u32, u32)> = Vec::new();
        let mut last_top = NONE;
        for entry in this.archive.entries() {
            this.labels.push(label_for_path(entry.path));
            while let Some(&(directory, _)) = open.last() {
                let path = this
                    .archive
                    .entry(directory)
                    .map_or(&b""[..], |holder| holder.path);
                if entry
                    .path
                    .strip_prefix(path)
                    .is_some_and(|rest| rest.first() == Some(&b'/'))
                {
                    break;
                }
                open.pop();
            }
            let at = entry.index as usize;
            let previous = if let Some((directory, last)) = open.last_mut() {
                this.parents[at] = *directory;
                this.children[*directory as usize] += 1;
                if *last == NONE {
                    this.first_children[*directory as usize] = entry.index;
                }
                core::mem::replace(last, entry.index)
            } else {
                this.tops += 1;
                if last_top == NONE {
                    this.first_top = entry.index;
                }
                core::mem::replace(&mut last_top, entry.index)
            };
            if previous != NONE {
                this.next_siblings[previous as usize] = entry.index;
            }
            if matches!(entry.content, Content::Directory) {
                open.push((entry.index, NONE));
            }
        }
        this.remember();
        this
    }

    /// Works out once what is asked for often.
    fn remember(&mut self) {
        let count = self.labels.len() as u32;
        for index in 0..count {
            let path = self.archive.entry(index).map_or(&b""[..], |entry| entry.path);
            self.names
                .push(path.rsplit(|&byte| byte == b'/').next().unwrap_or(path));
            match self.parents[index as usize] {
                NONE => self.top_entries.push(index),
                parent => self.entries[parent as usize].push(index),
            }
        }
        let names = &self.names;
        for list in self.entries.iter_mut().chain([&mut self.top_entries]) {
            list.sort_unstable_by_key(|&index| names[index as usize]);
        }
        for index in 0..count {
            let mask = self.by_name.len() - 1;
            let mut place = hash(self.parents[index as usize], self.names[index as usize]) & mask;
            while self.by_name[place] != NONE {
                place = (place + 1) & mask;
            }
            self.by_name[place] = index;
        }
        self.attributes = (0..count)
            .map(|index| self.work_out(ArchiveNode(Some(index))))
            .collect();
        self.top_attributes = Some(self.work_out(ArchiveNode(None)));
    }

    /// Attributes, from the archive.
    fn work_out(&self, node: ArchiveNode) -> Attributes {
        let Some(entry) = self.entry(node) else {
            return Attributes {
                inode: 1,
                kind: Kind::Directory,
                mode: 0o755,
                links: 2 + self.directory_count(node),
                user: 0,
                group: 0,
                size: u64::from(self.tops),
                blocks: 0,
                special_device: 0,
                access: Timestamp::default(),
                modify: Timestamp::default(),
                change: Timestamp::default(),
                label: self.top_label,
            };
        };
        let (kind, size, links) = match entry.content {
            Content::File(file) => (Kind::Regular, file.data.len() as u64, 1),
            Content::Directory => (
                Kind::Directory,
                u64::from(self.children[entry.index as usize]),
                2 + self.directory_count(node),
            ),
            Content::Symlink { target } => (Kind::Symlink, target.len() as u64, 1),
        };
        let time = Timestamp {
            seconds: entry.modified_s,
            nanoseconds: entry.modified_ns,
        };
        Attributes {
            inode: u64::from(entry.index) + 2,
            kind,
            mode: entry.mode,
            links,
            user: entry.uid,
            group: entry.gid,
            size,
            blocks: if kind == Kind::Regular {
                size.div_ceil(512)
            } else {
                0
            },
            special_device: 0,
            access: time,
            modify: time,
            change: time,
            label: self.labels.get(entry.index as usize).copied().unwrap_or_default(),
        }
    }

    /// Copies from a file.
    pub(crate) fn load(&self, node: &ArchiveNode, offset: u64, into: &mut [u8]) -> Result<usize, Error> {
        let Some(Content::File(file)) = self.entry(*node).map(|entry| entry.content) else {
            return Err(Error::InvalidArgument);
        };
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(file.data.len());
        let count = into.len().min(file.data.len() - start);
        into[..count].copy_from_slice(&file.data[start..start + count]);
        Ok(count)
    }

    /// The world below.
    pub(crate) fn backend(&self) -> &B {
        &self.backend
    }

    fn entry(&self, node: ArchiveNode) -> Option<trivet_abi::archive::Entry<'static>> {
        node.0.and_then(|index| self.archive.entry(index))
    }

    fn first_child(&self, directory: ArchiveNode) -> Result<u32, Error> {
        match directory.0 {
            None => Ok(self.first_top),
            Some(index) => match self.entry(directory).map(|entry| entry.content) {
                Some(Content::Directory) => Ok(self.first_children[index as usize]),
                _ => Err(Error::NotDirectory),
            },
        }
    }

    fn name(&self, index: u32) -> &'static [u8] {
        self.names.get(index as usize).copied().unwrap_or_default()
    }

    fn find(&self, directory: ArchiveNode, name: &[u8]) -> Result<ArchiveNode, Error> {
        let parent = directory.0.unwrap_or(NONE);
        let mask = self.by_name.len() - 1;
        let mut place = hash(parent, name) & mask;
        loop {
            let index = self.by_name[place];
            if index == NONE {
                break;
            }
            if self.parents[index as usize] == parent && self.names[index as usize] == name {
                return Ok(ArchiveNode(Some(index)));
            }
            place = (place + 1) & mask;
        }
        // What is no directory has no names, not even ones that are missing.
        self.first_child(directory)?;
        Err(Error::NoEntry)
    }

    fn directory_count(&self, directory: ArchiveNode) -> u64 {
        let mut below = self.first_child(directory).unwrap_or(NONE);
        let mut count = 0;
        while below != NONE {
            let is_directory = matches!(
                self.archive.entry(below).map(|entry| entry.content),
                Some(Content::Directory)
            );
            count += u64::from(is_directory);
            below = self.next_siblings[below as usize];
        }
        count
    }
}

impl<B: Backend> FileSystem<B> for BootArchive<B> {
    type Node = ArchiveNode;

    fn root(&self) -> ArchiveNode {
        ArchiveNode(None)
    }

    fn same(&self, left: &ArchiveNode, right: &ArchiveNode) -> bool {
        left == right
    }

    fn attributes(&self, node: &ArchiveNode) -> Attributes {
        let known = match node.0 {
            None => self.top_attributes.as_ref(),
            Some(index) => self.attributes.get(index as usize),
        };
        known.copied().unwrap_or_else(|| self.work_out(*node))
    }

    #[inline]
    fn permissions(&self, node: &ArchiveNode) -> Permissions {
        let known = match node.0 {
            None => self.top_attributes.as_ref(),
            Some(index) => self.attributes.get(index as usize),
        };
        known.map_or_else(|| self.work_out(*node).permissions(), Attributes::permissions)
    }

    async fn parent(&self, directory: &ArchiveNode) -> Result<ArchiveNode, Error> {
        Ok(match directory.0 {
            None => ArchiveNode(None),
            Some(index) => match self.parents[index as usize] {
                NONE => ArchiveNode(None),
                parent => ArchiveNode(Some(parent)),
            },
        })
    }

    fn name_of(&self, directory: &ArchiveNode) -> Result<Vec<u8>, Error> {
        Ok(directory.0.map_or(Vec::new(), |index| self.name(index).to_vec()))
    }

    async fn lookup(&self, directory: &ArchiveNode, name: &[u8]) -> Result<ArchiveNode, Error> {
        self.find(*directory, name)
    }

    #[inline]
    fn lookup_now(&self, directory: &ArchiveNode, name: &[u8]) -> Option<Result<ArchiveNode, Error>> {
        Some(self.find(*directory, name))
    }

    async fn create(&self, _: &ArchiveNode, _: &[u8], _: &NewInode) -> Result<ArchiveNode, Error> {
        Err(Error::ReadOnly)
    }

    async fn create_symlink(
        &self,
        _: &ArchiveNode,
        _: &[u8],
        _: &[u8],
        _: &NewInode,
    ) -> Result<ArchiveNode, Error> {
        Err(Error::ReadOnly)
    }

    async fn create_nameless(&self, _: &NewInode) -> Result<ArchiveNode, Error> {
        Err(Error::ReadOnly)
    }

    async fn read_link(&self, node: &ArchiveNode) -> Result<Vec<u8>, Error> {
        match self.entry(*node).map(|entry| entry.content) {
            Some(Content::Symlink { target }) => Ok(target.to_vec()),
            _ => Err(Error::InvalidArgument),
        }
    }

    async fn link(&self, _: &ArchiveNode, _: &[u8], _: &ArchiveNode, _: Timestamp) -> Result<(), Error> {
        Err(Error::ReadOnly)
    }

    async fn unlink(&self, _: &ArchiveNode, _: &[u8], _: Timestamp) -> Result<(), Error> {
        Err(Error::ReadOnly)
    }

    async fn remove_directory(&self, _: &ArchiveNode, _: &[u8], _: Timestamp) -> Result<(), Error> {
        Err(Error::ReadOnly)
    }

    async fn rename(
        &self,
        _: (&ArchiveNode, &[u8]),
        _: (&ArchiveNode, &[u8]),
        _: Timestamp,
    ) -> Result<(), Error> {
        Err(Error::ReadOnly)
    }

    async fn exchange(
        &self,
        _: (&ArchiveNode, &[u8]),
        _: (&ArchiveNode, &[u8]),
        _: Timestamp,
    ) -> Result<(), Error> {
        Err(Error::ReadOnly)
    }

    async fn entries(&self, directory: &ArchiveNode, offset: u64, limit: usize) -> Result<Vec<Entry>, Error> {
        let mut below = self.first_child(*directory)?;
        let mut entries = Vec::new();
        while below != NONE && entries.len() < limit {
            let index = below;
            below = self.next_siblings[index as usize];
            // An entry's offset is its number behind "." and "..": it grows along the siblings.
            let at = u64::from(index) + 2;
            if at < offset {
                continue;
            }
            let attributes = self.attributes(&ArchiveNode(Some(index)));
            entries.push(Entry {
                name: self.name(index).to_vec(),
                inode: attributes.inode,
                entry_type: attributes.kind.entry_type(),
                next: at + 1,
            });
        }
        Ok(entries)
    }

    async fn change(&self, _: &ArchiveNode, _: &Change, _: Timestamp) -> Result<(), Error> {
        Err(Error::ReadOnly)
    }

    async fn set_size(&self, _: &ArchiveNode, _: u64, _: Timestamp) -> Result<(), Error> {
        Err(Error::ReadOnly)
    }

    async fn punch(&self, _: &ArchiveNode, _: u64, _: u64, _: Timestamp) -> Result<(), Error> {
        Err(Error::ReadOnly)
    }

    async fn read(
        &self,
        node: &ArchiveNode,
        request: &B::Request,
        request_offset: u64,
        offset: u64,
        length: u64,
    ) -> Result<u64, Error> {
        match self.entry(*node).map(|entry| entry.content) {
            Some(Content::File(file)) => {
                let size = file.data.len() as u64;
                let start = offset.min(size);
                let end = offset.saturating_add(length).min(size);
                self.backend
                    .give(request, request_offset, &file.data[start as usize..end as usize])
            }
            Some(Content::Symlink { .. }) => Err(Error::InvalidArgument),
            _ => Err(Error::IsDirectory),
        }
    }

    async fn write(
        &self,
        _: &ArchiveNode,
        _: &B::Request,
        _: u64,
        _: u64,
        _: u64,
        _: Timestamp,
    ) -> Result<u64, Error> {
        Err(Error::ReadOnly)
    }

    async fn with_contents<R>(
        &self,
        node: &ArchiveNode,
        _request: &B::Request,
        with: impl FnOnce(&B::Contents) -> R,
    ) -> Result<R, Error> {
        let (Some(index), Some(entry)) = (node.0, self.entry(*node)) else {
            return Err(Error::IsDirectory);
        };
        let Content::File(file) = entry.content else {
            return Err(Error::InvalidArgument);
        };
        let mut views = self.views.borrow_mut();
        if let Some(view) = views.get(&index) {
            return Ok(with(view));
        }
        let label = self.labels.get(index as usize).copied().unwrap_or_default();
        let view = self
            .backend
            .boot_view(file.offset, file.data.len() as u64, label)?;
        let answer = with(&view);
        views.insert(index, view);
        Ok(answer)
    }

    async fn seek_data(&self, node: &ArchiveNode, offset: u64, hole: bool) -> Result<u64, Error> {
        let size = self.attributes(node).size;
        if offset >= size {
            return Err(Error::NoDeviceOrAddress);
        }
        Ok(if hole { size } else { offset })
    }

    async fn sync(&self, _: &ArchiveNode) -> Result<(), Error> {
        Ok(())
    }

    fn figures(&self) -> Figures {
        let blocks: u64 = self
            .archive
            .entries()
            .map(|entry| match entry.content {
                Content::File(file) => file.data.len().div_ceil(PAGE_SIZE) as u64,
                _ => 0,
            })
            .sum();
        Figures {
            // No number of Linux's fits; this one spells "TrBA".
            magic: 0x5472_4241,
            block_size: PAGE_SIZE as u64,
            blocks,
            blocks_free: 0,
            files: u64::from(self.archive.len()) + 1,
            files_free: 0,
        }
    }

    fn is_read_only(&self) -> bool {
        true
    }
}
