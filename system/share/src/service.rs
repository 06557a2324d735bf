//! `SharedFolders`: nodes are this driver's numbers for files, each with the host's numbers behind it.

use crate::codec::{Reader, Writer};
use crate::folder::{DATA_MAX, Fid, Folder, TAG_MAX};
use crate::message::{self, BASIC, HEAD, Kind, NONE, READ_HEAD, WRITE_HEAD, is_name};
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use trivet_ipc::shared_folders::{Change, ChangeFlags, Figures, Node, SharedFoldersError as Error};
use trivet_server::bytes::{Sent, SentValues};
use trivet_server::services::shared_folders::{
    self, EntriesReply, ReadLinkReply, ReadReply, SharedFoldersService,
};
use trivet_server::{Answer, Events, Output, Request};

/// Nodes at the same time, at most.
const NODES_MAX: usize = 1 << 16;
/// Nodes that one message forgets, at most: as `interfaces/share.idl` has it.
const FORGET_MAX: usize = 64;
/// Bytes of a name, at most.
const NAME_MAX: usize = 255;
/// Bytes of a link's text, at most.
const TARGET_MAX: usize = 4095;
/// Bytes of an answer of `ReadDirectory` beside its entries.
const ENTRIES_HEAD: usize = HEAD + 4;
/// Bytes of an entry of 9P before its name, and of one of this interface's.
const HOST_ENTRY: usize = 13 + 8 + 1 + 2;
const ENTRY: usize = 8 + 8 + 1 + 1;

/// Linux's bits of a mode and of open's flags, as the protocol has them.
mod bits {
    pub const KIND: u32 = 0o170_000;
    pub const FIFO: u32 = 0o010_000;
    pub const DIRECTORY: u32 = 0o040_000;
    pub const REGULAR: u32 = 0o100_000;
    pub const SET_ID: u32 = 0o6000;
    pub const PERMISSIONS: u32 = 0o1777;
    pub const OPEN_READ: u32 = 0;
    pub const OPEN_WRITE: u32 = 1;
    pub const OPEN_DIRECTORY: u32 = 0o200_000;
    pub const REMOVE_DIRECTORY: u32 = 0x200;
}

/// Bits that say which attributes are set; with the two last, the times are those of the message.
mod valid {
    pub const ACCESS_SET: u32 = 0x80;
    pub const MODIFY_SET: u32 = 0x100;
}

/// One node.
struct Known {
    /// The number that names it.
    path: Fid,
    /// Numbers that are open.
    reading: RefCell<Option<Rc<Fid>>>,
    writing: RefCell<Option<Rc<Fid>>>,
}

impl Known {
    fn new(path: Fid) -> Known {
        Known {
            path,
            reading: RefCell::new(None),
            writing: RefCell::new(None),
        }
    }

    fn folder(&self) -> &Rc<Folder> {
        self.path.folder()
    }

    /// A number that is open for reading (the directory's entries, or the file's bytes) or for writing.
    async fn opened(&self, flags: u32) -> Result<Rc<Fid>, Error> {
        let slot = if flags == bits::OPEN_WRITE {
            &self.writing
        } else {
            &self.reading
        };
        if let Some(fid) = &*slot.borrow() {
            return Ok(Rc::clone(fid));
        }
        let folder = self.folder();
        let fid = folder.walk(&self.path, None).await?;
        folder
            .exchange(
                Kind::Open,
                |request| {
                    request.u32(fid.number()).u32(flags);
                    Ok(())
                },
                |mut reply| {
                    message::identity(&mut reply)?;
                    reply.u32()?;
                    reply.finish()
                },
            )
            .await?;
        // Whoever came first keeps theirs: offsets of a directory belong to one number.
        Ok(Rc::clone(slot.borrow_mut().get_or_insert_with(|| Rc::new(fid))))
    }
}

/// The service over all devices.
pub struct Service {
    folders: Vec<Rc<Folder>>,
    nodes: RefCell<BTreeMap<u64, Rc<Known>>>,
    next: Cell<u64>,
}

impl Service {
    /// Over these devices. `first` is where the numbers of nodes begin, another one at each start of the driver: the tops have the numbers below.
    #[must_use]
    pub fn new(folders: Vec<Rc<Folder>>, first: u64) -> Service {
        Service {
            next: Cell::new(first.max(folders.len() as u64 + 1)),
            folders,
            nodes: RefCell::default(),
        }
    }

    /// Serves one request.
    pub async fn dispatch(&self, request: Request) -> Answer {
        shared_folders::dispatch(self, request).await
    }

    /// The node with this number.
    async fn node(&self, number: u64) -> Result<Rc<Known>, Error> {
        let known = self.nodes.borrow().get(&number).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let index = number
            .checked_sub(1)
            .and_then(|index| usize::try_from(index).ok());
        let folder = index
            .and_then(|index| self.folders.get(index))
            .ok_or(Error::Stale)?;
        let top = Rc::new(Known::new(folder.top().await?));
        Ok(Rc::clone(self.nodes.borrow_mut().entry(number).or_insert(top)))
    }

    /// Makes a node of what a number names.
    async fn add(&self, path: Fid) -> Result<Node, Error> {
        let attributes = attributes_of(&path).await?;
        if self.nodes.borrow().len() >= NODES_MAX {
            return Err(Error::NoMemory);
        }
        let number = self.next.get();
        self.next.set(number.checked_add(1).ok_or(Error::NoMemory)?);
        self.nodes.borrow_mut().insert(number, Rc::new(Known::new(path)));
        Ok(Node {
            node: number,
            ..attributes
        })
    }

    /// What has just been made under a name.
    async fn made(&self, directory: &Known, name: &[u8]) -> Result<Node, Error> {
        let fid = directory.folder().walk(&directory.path, Some(name)).await?;
        self.add(fid).await
    }
}

/// What the host says of a file.
async fn attributes_of(fid: &Fid) -> Result<Node, Error> {
    let found = fid
        .folder()
        .exchange(
            Kind::GetAttributes,
            |request| {
                request.u32(fid.number()).u64(BASIC);
                Ok(())
            },
            message::attributes,
        )
        .await?;
    // Seconds are signed: a time may lie before the Epoch.
    let [access, modify, change] = found
        .times
        .map(|(seconds, nanoseconds)| (seconds.cast_signed(), nanoseconds as u32));
    Ok(Node {
        node: 0,
        inode: found.identity.path,
        links: found.links,
        size: found.size,
        blocks: found.blocks,
        special_device: found.special_device,
        mode: found.mode,
        user: found.user,
        group: found.group,
        reserved: 0,
        access_seconds: access.0,
        modify_seconds: modify.0,
        change_seconds: change.0,
        access_nanoseconds: access.1,
        modify_nanoseconds: modify.1,
        change_nanoseconds: change.1,
        reserved_end: 0,
    })
}

/// The name of an entry.
fn name_of(name: Sent<'_>) -> Result<Vec<u8>, Error> {
    if name.length() > NAME_MAX as u64 {
        return Err(Error::NameTooLong);
    }
    let name = name.to_vec().map_err(|_| Error::InvalidArgument)?;
    if is_name(&name) {
        Ok(name)
    } else {
        Err(Error::InvalidArgument)
    }
}

/// Takes an identity and no more.
fn made_identity(mut reply: Reader<'_>) -> Result<(), crate::codec::Malformed> {
    message::identity(&mut reply)?;
    reply.finish()
}

impl Events for Service {
    fn closed(&self, _: u64) {}
}

impl SharedFoldersService for Service {
    async fn attach(&self, _: &Request, tag: Sent<'_>) -> Result<Node, Error> {
        if tag.length() > TAG_MAX as u64 {
            return Err(Error::InvalidArgument);
        }
        let tag = tag.to_vec().map_err(|_| Error::InvalidArgument)?;
        let index = self.folders.iter().position(|folder| folder.tag == tag);
        let number = index.ok_or(Error::NotFound)? as u64 + 1;
        let top = self.node(number).await?;
        Ok(Node {
            node: number,
            ..attributes_of(&top.path).await?
        })
    }

    async fn lookup(&self, _: &Request, directory: u64, name: Sent<'_>) -> Result<Node, Error> {
        let name = name_of(name)?;
        let directory = self.node(directory).await?;
        self.made(&directory, &name).await
    }

    async fn attributes(&self, _: &Request, node: u64) -> Result<Node, Error> {
        let known = self.node(node).await?;
        Ok(Node {
            node,
            ..attributes_of(&known.path).await?
        })
    }

    async fn create(&self, _: &Request, directory: u64, mode: u32, name: Sent<'_>) -> Result<Node, Error> {
        let name = name_of(name)?;
        let permissions = mode & !bits::KIND;
        if permissions & bits::SET_ID != 0 || permissions & !(bits::PERMISSIONS | bits::SET_ID) != 0 {
            return Err(Error::NotPermitted);
        }
        let kind = match mode & bits::KIND {
            bits::DIRECTORY => Kind::MakeDirectory,
            bits::REGULAR | bits::FIFO => Kind::MakeNode,
            _ => return Err(Error::NotPermitted),
        };
        let directory = self.node(directory).await?;
        directory
            .folder()
            .exchange(
                kind,
                |request| {
                    request.u32(directory.path.number()).string(&name);
                    match kind {
                        Kind::MakeDirectory => request.u32(permissions),
                        _ => request.u32(mode).u32(0).u32(0),
                    };
                    request.u32(NONE);
                    Ok(())
                },
                made_identity,
            )
            .await?;
        self.made(&directory, &name).await
    }

    async fn symlink(
        &self,
        _: &Request,
        directory: u64,
        name: Sent<'_>,
        target: Sent<'_>,
    ) -> Result<Node, Error> {
        let name = name_of(name)?;
        if target.length() > TARGET_MAX as u64 {
            return Err(Error::NameTooLong);
        }
        let target = target.to_vec().map_err(|_| Error::InvalidArgument)?;
        if target.is_empty() || target.contains(&0) {
            return Err(Error::InvalidArgument);
        }
        let directory = self.node(directory).await?;
        directory
            .folder()
            .exchange(
                Kind::Symlink,
                |request| {
                    request
                        .u32(directory.path.number())
                        .string(&name)
                        .string(&target)
                        .u32(NONE);
                    Ok(())
                },
                made_identity,
            )
            .await?;
        self.made(&directory, &name).await
    }

    async fn read_link(&self, _: &Request, node: u64) -> Result<ReadLinkReply, Error> {
        let known = self.node(node).await?;
        let target = known
            .folder()
            .exchange(
                Kind::ReadLink,
                |request| {
                    request.u32(known.path.number());
                    Ok(())
                },
                |mut reply| {
                    let target = reply.string()?.to_vec();
                    reply.finish()?;
                    Ok(target)
                },
            )
            .await?;
        if target.len() > TARGET_MAX || target.contains(&0) {
            return Err(Error::InputOutput);
        }
        Ok(ReadLinkReply {
            count: target.len() as u64,
            target: Output::Bytes(target),
        })
    }

    async fn link(&self, _: &Request, directory: u64, node: u64, name: Sent<'_>) -> Result<(), Error> {
        let name = name_of(name)?;
        let (directory, known) = (self.node(directory).await?, self.node(node).await?);
        if !Rc::ptr_eq(directory.folder(), known.folder()) {
            return Err(Error::OtherFileSystem);
        }
        directory
            .folder()
            .exchange(
                Kind::Link,
                |request| {
                    request
                        .u32(directory.path.number())
                        .u32(known.path.number())
                        .string(&name);
                    Ok(())
                },
                message::nothing,
            )
            .await
    }

    async fn remove(
        &self,
        _: &Request,
        directory: u64,
        is_directory: bool,
        name: Sent<'_>,
    ) -> Result<(), Error> {
        let name = name_of(name)?;
        let directory = self.node(directory).await?;
        let flags = if is_directory { bits::REMOVE_DIRECTORY } else { 0 };
        directory
            .folder()
            .exchange(
                Kind::Unlink,
                |request| {
                    request.u32(directory.path.number()).string(&name).u32(flags);
                    Ok(())
                },
                message::nothing,
            )
            .await
    }

    async fn rename(
        &self,
        _: &Request,
        directory: u64,
        target_directory: u64,
        name: Sent<'_>,
        target: Sent<'_>,
    ) -> Result<(), Error> {
        let (name, target) = (name_of(name)?, name_of(target)?);
        let (from, to) = (self.node(directory).await?, self.node(target_directory).await?);
        if !Rc::ptr_eq(from.folder(), to.folder()) {
            return Err(Error::OtherFileSystem);
        }
        from.folder()
            .exchange(
                Kind::Rename,
                |request| {
                    request.u32(from.path.number()).string(&name);
                    request.u32(to.path.number()).string(&target);
                    Ok(())
                },
                message::nothing,
            )
            .await
    }

    async fn entries(&self, request: &Request, directory: u64, offset: u64) -> Result<EntriesReply, Error> {
        let room = usize::try_from(request.room())
            .unwrap_or(usize::MAX)
            .min(DATA_MAX);
        let known = self.node(directory).await?;
        let folder = known.folder();
        let opened = known.opened(bits::OPEN_READ | bits::OPEN_DIRECTORY).await?;
        let (mut offset, mut listed) = (offset, Vec::new());
        // The host's entries are larger than ours, but for the padding of none: so what comes fits into the room.
        let count = room.min(folder.data_max(ENTRIES_HEAD));
        if count < HOST_ENTRY + NAME_MAX {
            return Err(Error::InvalidArgument);
        }
        loop {
            let (all, next) = folder
                .exchange(
                    Kind::ReadDirectory,
                    |message| {
                        message.u32(opened.number()).u64(offset).u32(count as u32);
                        Ok(())
                    },
                    |reply| {
                        let entries = message::entries(reply)?;
                        for entry in &entries {
                            // "." and "..", and what no program could name.
                            if is_name(entry.name) && listed.len() + ENTRY + entry.name.len() <= room {
                                listed.extend_from_slice(&entry.path.to_le_bytes());
                                listed.extend_from_slice(&entry.next.to_le_bytes());
                                listed.push(entry.kind);
                                listed.push(entry.name.len() as u8);
                                listed.extend_from_slice(entry.name);
                            }
                        }
                        Ok((entries.len(), entries.last().map(|entry| entry.next)))
                    },
                )
                .await?;
            let Some(next) = next.filter(|next| all > 0 && *next != offset) else {
                break;
            };
            if !listed.is_empty() {
                break;
            }
            offset = next;
        }
        Ok(EntriesReply {
            count: listed.len() as u64,
            entries: Output::Bytes(listed),
        })
    }

    async fn change(&self, _: &Request, node: u64, change: Change) -> Result<(), Error> {
        let fields = ChangeFlags::from_bits(u64::from(change.fields)).ok_or(Error::InvalidArgument)?;
        let has = |field: ChangeFlags| fields.bits() & field.bits() != 0;
        if has(ChangeFlags::MODE) && change.mode & !bits::PERMISSIONS != 0 {
            return Err(Error::NotPermitted);
        }
        if change.access_nanoseconds >= 1_000_000_000 || change.modify_nanoseconds >= 1_000_000_000 {
            return Err(Error::InvalidArgument);
        }
        let mut which = change.fields;
        for (field, set) in [
            (ChangeFlags::ACCESS, valid::ACCESS_SET),
            (ChangeFlags::MODIFY, valid::MODIFY_SET),
        ] {
            if has(field) {
                which |= set;
            }
        }
        let known = self.node(node).await?;
        let fill = |request: &mut Writer<'_>| {
            request
                .u32(known.path.number())
                .u32(which)
                .u32(change.mode)
                .u32(NONE)
                .u32(NONE);
            request.u64(change.size);
            request.u64(change.access_seconds.cast_unsigned());
            request.u64(u64::from(change.access_nanoseconds));
            request.u64(change.modify_seconds.cast_unsigned());
            request.u64(u64::from(change.modify_nanoseconds));
            Ok(())
        };
        known
            .folder()
            .exchange(Kind::SetAttributes, fill, message::nothing)
            .await
    }

    async fn open(&self, _: &Request, node: u64, reads: bool, writes: bool) -> Result<(), Error> {
        let known = self.node(node).await?;
        if reads {
            known.opened(bits::OPEN_READ).await?;
        }
        if writes {
            known.opened(bits::OPEN_WRITE).await?;
        }
        Ok(())
    }

    async fn read(&self, request: &Request, node: u64, offset: u64) -> Result<ReadReply, Error> {
        let known = self.node(node).await?;
        let opened = known.opened(bits::OPEN_READ).await?;
        let room = usize::try_from(request.room()).unwrap_or(usize::MAX);
        let length = room.min(known.folder().data_max(READ_HEAD));
        let copied = known
            .folder()
            .exchange(
                Kind::Read,
                |message| {
                    message.u32(opened.number()).u64(offset).u32(length as u32);
                    Ok(())
                },
                |mut reply| {
                    let data = reply.counted()?;
                    reply.finish()?;
                    if data.len() > length {
                        return Err(crate::codec::Malformed);
                    }
                    Ok(request.copy_out(0, data))
                },
            )
            .await?;
        Ok(ReadReply {
            data: Output::Copied,
            count: copied.map_err(|_| Error::InvalidArgument)? as u64,
        })
    }

    async fn write(&self, _: &Request, node: u64, offset: u64, data: Sent<'_>) -> Result<u64, Error> {
        let known = self.node(node).await?;
        let opened = known.opened(bits::OPEN_WRITE).await?;
        let length = usize::try_from(data.length()).unwrap_or(usize::MAX);
        let length = length.min(known.folder().data_max(WRITE_HEAD));
        let mut sent = 0;
        let written = known
            .folder()
            .exchange(
                Kind::Write,
                |message| {
                    message.u32(opened.number()).u64(offset);
                    let filled = message.filled(length, |buffer| {
                        sent = data.copy(0, buffer)?;
                        Ok::<_, trivet_server::CopyError>(sent)
                    });
                    filled.map_err(|_| Error::InvalidArgument)
                },
                |mut reply| {
                    let written = reply.u32()?;
                    reply.finish()?;
                    Ok(u64::from(written))
                },
            )
            .await?;
        // More than was sent is nothing that a host can have written.
        if written > sent as u64 {
            return Err(Error::InputOutput);
        }
        Ok(written)
    }

    async fn sync(&self, _: &Request, node: u64, data_only: bool) -> Result<(), Error> {
        let known = self.node(node).await?;
        let opened = known
            .writing
            .borrow()
            .clone()
            .or_else(|| known.reading.borrow().clone());
        let opened = match opened {
            Some(opened) => opened,
            None => known.opened(bits::OPEN_READ).await?,
        };
        known
            .folder()
            .exchange(
                Kind::Sync,
                |message| {
                    message.u32(opened.number()).u32(u32::from(data_only));
                    Ok(())
                },
                message::nothing,
            )
            .await
    }

    async fn figures(&self, _: &Request, node: u64) -> Result<Figures, Error> {
        let known = self.node(node).await?;
        let found = known
            .folder()
            .exchange(
                Kind::Statfs,
                |message| {
                    message.u32(known.path.number());
                    Ok(())
                },
                message::figures,
            )
            .await?;
        Ok(Figures {
            block_size: u64::from(found.block_size),
            blocks: found.blocks,
            blocks_free: found.blocks_free,
            blocks_available: found.blocks_available,
            files: found.files,
            files_free: found.files_free,
        })
    }

    async fn forget(&self, _: &Request, nodes: SentValues<'_, u64>) -> Result<(), Error> {
        if nodes.len() > FORGET_MAX {
            return Err(Error::InvalidArgument);
        }
        let numbers = nodes.to_vec().map_err(|_| Error::InvalidArgument)?;
        let tops = self.folders.len() as u64;
        for number in numbers.into_iter().filter(|number| *number > tops) {
            // Requests under way keep the node until their end; the host hears of it then.
            self.nodes.borrow_mut().remove(&number);
        }
        Ok(())
    }
}
