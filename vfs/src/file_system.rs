//! The trait that every file system implements, and the one type that stands for all of them.
//!
//! Operations are asynchronous, because a file system on a disk waits; those in memory are ready at the first poll.
//! Names are single components, already checked for length; "." and ".." never reach a file system, except through [`FileSystem::parent`].

use crate::attributes::{Attributes, Change, NewInode, Permissions, Timestamp};
use crate::backend::Backend;
use crate::boot_archive::{ArchiveNode, BootArchive};
use crate::error::Error;
use crate::extended::How;
use crate::share::{ShareFs, ShareNode};
use crate::tmpfs::{Tmpfs, TmpfsNode};
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;

/// Figures of a file system, for statvfs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Linux's magic number of the kind.
    pub magic: i64,
    /// Bytes of a block.
    pub block_size: u64,
    /// Blocks in all.
    pub blocks: u64,
    /// Blocks that are free.
    pub blocks_free: u64,
    /// Inodes in all.
    pub files: u64,
    /// Inodes that are free.
    pub files_free: u64,
}

/// One entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Name.
    pub name: Vec<u8>,
    /// Inode number.
    pub inode: u64,
    /// `d_type`.
    pub entry_type: u8,
    /// Where the directory's offset stands behind this entry.
    pub next: u64,
}

/// One entry of a directory, where it lies.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// Name.
    pub name: &'a [u8],
    /// Inode number.
    pub inode: u64,
    /// `d_type`.
    pub entry_type: u8,
    /// Where the directory's offset stands behind this entry.
    pub next: u64,
}

/// A file system. A `Node` is a counted reference to an inode: while one lives, the inode lives, even without a name.
#[allow(
    async_fn_in_trait,
    reason = "used only inside this single-threaded server, through the enum below"
)]
pub trait FileSystem<B: Backend> {
    /// A counted reference to an inode.
    type Node: Clone;

    /// The top directory.
    fn root(&self) -> Self::Node;
    /// Whether two references name the same inode.
    fn same(&self, left: &Self::Node, right: &Self::Node) -> bool;
    /// Attributes. Always at hand: a node's attributes are read when the node is made.
    fn attributes(&self, node: &Self::Node) -> Attributes;
    /// The part of the attributes that each step of a walk needs.
    fn permissions(&self, node: &Self::Node) -> Permissions {
        self.attributes(node).permissions()
    }
    /// The directory above (the top's is itself).
    async fn parent(&self, directory: &Self::Node) -> Result<Self::Node, Error>;
    /// The name by which a directory hangs in the one above; empty for the top. `NoEntry` where it was removed.
    fn name_of(&self, directory: &Self::Node) -> Result<Vec<u8>, Error>;
    /// The inode called `name`.
    async fn lookup(&self, directory: &Self::Node, name: &[u8]) -> Result<Self::Node, Error>;
    /// Makes an inode and names it; `Exists` if the name is taken.
    async fn create(&self, directory: &Self::Node, name: &[u8], new: &NewInode) -> Result<Self::Node, Error>;
    /// Makes a symbolic link.
    async fn create_symlink(
        &self,
        directory: &Self::Node,
        name: &[u8],
        target: &[u8],
        new: &NewInode,
    ) -> Result<Self::Node, Error>;
    /// Makes a nameless regular file or FIFO (O_TMPFILE, memfd, a pipe).
    async fn create_nameless(&self, new: &NewInode) -> Result<Self::Node, Error>;
    /// What a symbolic link says.
    async fn read_link(&self, node: &Self::Node) -> Result<Vec<u8>, Error>;
    /// Gives an inode a further name.
    async fn link(
        &self,
        directory: &Self::Node,
        name: &[u8],
        node: &Self::Node,
        now: Timestamp,
    ) -> Result<(), Error>;
    /// Removes a name that is not a directory's.
    async fn unlink(&self, directory: &Self::Node, name: &[u8], now: Timestamp) -> Result<(), Error>;
    /// Removes an empty directory.
    async fn remove_directory(
        &self,
        directory: &Self::Node,
        name: &[u8],
        now: Timestamp,
    ) -> Result<(), Error>;
    /// Renames, replacing what is there if that is of the same sort. The caller has checked that no directory goes below itself.
    async fn rename(
        &self,
        from: (&Self::Node, &[u8]),
        to: (&Self::Node, &[u8]),
        now: Timestamp,
    ) -> Result<(), Error>;
    /// Exchanges two names.
    async fn exchange(
        &self,
        left: (&Self::Node, &[u8]),
        right: (&Self::Node, &[u8]),
        now: Timestamp,
    ) -> Result<(), Error>;
    /// `lookup` where the answer is at hand, as in memory; else nothing, and `lookup` waits for it.
    fn lookup_now(&self, _directory: &Self::Node, _name: &[u8]) -> Option<Result<Self::Node, Error>> {
        None
    }
    /// The directory and the name that an inode was last given, if it still has it and the file system knows.
    fn newest_name(&self, _node: &Self::Node) -> Option<(Self::Node, Box<[u8]>)> {
        None
    }
    /// Shows entries as `entries` does, one after the other until `show` says false, where they are at hand. False: they are not.
    fn show_entries(
        &self,
        _directory: &Self::Node,
        _offset: u64,
        _show: &mut dyn FnMut(Shown<'_>) -> bool,
    ) -> Result<bool, Error> {
        Ok(false)
    }
    /// Up to `limit` entries from `offset` on, without "." and "..". Offsets start at 2; they stay valid while the directory changes.
    async fn entries(&self, directory: &Self::Node, offset: u64, limit: usize) -> Result<Vec<Entry>, Error>;
    /// Changes attributes.
    async fn change(&self, node: &Self::Node, change: &Change, now: Timestamp) -> Result<(), Error>;
    /// Changes a file's size.
    async fn set_size(&self, node: &Self::Node, size: u64, now: Timestamp) -> Result<(), Error>;
    /// Frees a range inside a file.
    async fn punch(&self, node: &Self::Node, offset: u64, length: u64, now: Timestamp) -> Result<(), Error>;
    /// Copies from a file to a request.
    async fn read(
        &self,
        node: &Self::Node,
        request: &B::Request,
        request_offset: u64,
        offset: u64,
        length: u64,
    ) -> Result<u64, Error>;
    /// Copies from a request to a file, growing it.
    async fn write(
        &self,
        node: &Self::Node,
        request: &B::Request,
        request_offset: u64,
        offset: u64,
        length: u64,
        now: Timestamp,
    ) -> Result<u64, Error>;
    /// Runs `with` on the contents, for mapping and for starting programs. Contents that are made first are the requester's to pay.
    async fn with_contents<R>(
        &self,
        node: &Self::Node,
        request: &B::Request,
        with: impl FnOnce(&B::Contents) -> R,
    ) -> Result<R, Error>;
    /// The next offset from `offset` on that holds data (`hole` false) or none (`hole` true); `NoDeviceOrAddress` beyond the end.
    async fn seek_data(&self, node: &Self::Node, offset: u64, hole: bool) -> Result<u64, Error>;
    /// Writes back what lasts.
    async fn sync(&self, node: &Self::Node) -> Result<(), Error>;
    /// Figures.
    fn figures(&self) -> Figures;
    /// Whether nothing can ever be changed here.
    fn is_read_only(&self) -> bool;
    /// Whether files lie elsewhere: operations wait, others change the files meanwhile, and no mapping writes them.
    fn is_elsewhere(&self) -> bool {
        false
    }
    /// Where files lie elsewhere: learns a node's attributes as they are now. One that has no name any more keeps what was known.
    async fn refresh(&self, _node: &Self::Node) -> Result<(), Error> {
        Ok(())
    }
    /// Where files lie elsewhere: learns the figures as they are now.
    async fn refresh_figures(&self, _node: &Self::Node) -> Result<(), Error> {
        Ok(())
    }
    /// Where files lie elsewhere: a file is opened, and stays until its node goes. The answer is theirs, who judge too.
    async fn opened(&self, _node: &Self::Node, _reads: bool, _writes: bool) -> Result<(), Error> {
        Ok(())
    }
}

/// Any of the file systems that this server knows.
#[allow(
    clippy::large_enum_variant,
    reason = "there is one for each mounted file system, behind a counted reference"
)]
pub enum AnyFileSystem<B: Backend> {
    /// In memory.
    Tmpfs(Tmpfs<B>),
    /// The boot archive.
    Archive(BootArchive<B>),
    /// A folder of the host.
    Share(ShareFs<B>),
}

/// A node of any of them.
pub enum AnyNode<B: Backend> {
    /// In memory.
    Tmpfs(TmpfsNode<B>),
    /// In the boot archive.
    Archive(ArchiveNode),
    /// In a folder of the host.
    Share(ShareNode<B>),
}

impl<B: Backend> Clone for AnyNode<B> {
    fn clone(&self) -> Self {
        match self {
            AnyNode::Tmpfs(node) => AnyNode::Tmpfs(Rc::clone(node)),
            AnyNode::Archive(node) => AnyNode::Archive(*node),
            AnyNode::Share(node) => AnyNode::Share(Rc::clone(node)),
        }
    }
}

impl<B: Backend> AnyFileSystem<B> {
    /// The world below.
    pub fn backend(&self) -> &B {
        match self {
            AnyFileSystem::Tmpfs(fs) => fs.backend(),
            AnyFileSystem::Archive(fs) => fs.backend(),
            AnyFileSystem::Share(fs) => fs.backend(),
        }
    }

    /// Its name in a list of mounts.
    pub fn kind_name(&self) -> &'static str {
        match self {
            AnyFileSystem::Tmpfs(_) => "tmpfs",
            AnyFileSystem::Archive(_) => "archive",
            AnyFileSystem::Share(_) => "9p",
        }
    }
}

impl<B: Backend> AnyFileSystem<B> {
    /// As `read`, to the start of the request's room, where the bytes are in memory.
    #[inline]
    pub fn read_at_once(
        &self,
        node: &AnyNode<B>,
        request: &B::Request,
        offset: u64,
        length: u64,
    ) -> Option<Result<u64, Error>> {
        match (self, node) {
            (AnyFileSystem::Tmpfs(fs), AnyNode::Tmpfs(inner)) => {
                Some(fs.copy_to_request(inner, request, 0, offset, length))
            }
            _ => None,
        }
    }

    /// The value of an extended attribute.
    ///
    /// # Errors
    /// `NoData`.
    pub fn extended_attribute(&self, node: &AnyNode<B>, name: &[u8]) -> Result<Vec<u8>, Error> {
        match (self, node) {
            (AnyFileSystem::Tmpfs(fs), AnyNode::Tmpfs(inner)) => fs.extended_attribute(inner, name),
            _ => Err(Error::NotSupported),
        }
    }

    /// Names of the extended attributes, each with a zero byte behind it.
    ///
    /// # Errors
    /// `CrossDevice` for a node of another file system.
    pub fn extended_attributes(&self, node: &AnyNode<B>) -> Result<Vec<u8>, Error> {
        match (self, node) {
            (AnyFileSystem::Tmpfs(fs), AnyNode::Tmpfs(inner)) => Ok(fs.extended_attributes(inner)),
            (AnyFileSystem::Archive(_), AnyNode::Archive(_)) => Ok(Vec::new()),
            _ => Err(Error::CrossDevice),
        }
    }

    /// Sets an extended attribute.
    ///
    /// # Errors
    /// `Exists`, `NoData`, `NoSpace`; `NotSupported` where there are none.
    pub fn set_extended_attribute(
        &self,
        node: &AnyNode<B>,
        name: &[u8],
        value: &[u8],
        how: How,
        now: Timestamp,
    ) -> Result<(), Error> {
        match (self, node) {
            (AnyFileSystem::Tmpfs(fs), AnyNode::Tmpfs(inner)) => {
                fs.set_extended_attribute(inner, name, value, how, now)
            }
            _ => Err(Error::NotSupported),
        }
    }

    /// Takes an extended attribute away.
    ///
    /// # Errors
    /// `NoData`; `NotSupported` where there are none.
    pub fn remove_extended_attribute(
        &self,
        node: &AnyNode<B>,
        name: &[u8],
        now: Timestamp,
    ) -> Result<(), Error> {
        match (self, node) {
            (AnyFileSystem::Tmpfs(fs), AnyNode::Tmpfs(inner)) => {
                fs.remove_extended_attribute(inner, name, now)
            }
            _ => Err(Error::NotSupported),
        }
    }

    /// Whether a process runs the contents as a program.
    #[inline]
    pub fn is_executed(&self, node: &AnyNode<B>) -> bool {
        match (self, node) {
            (AnyFileSystem::Tmpfs(fs), AnyNode::Tmpfs(inner)) => fs.is_executed(inner),
            // Nobody opens those to write.
            _ => false,
        }
    }

    /// Reads into memory of the server's, short at the end of the file.
    ///
    /// # Errors
    /// What the file system says.
    pub fn load(&self, node: &AnyNode<B>, offset: u64, into: &mut [u8]) -> Result<usize, Error> {
        match (self, node) {
            (AnyFileSystem::Tmpfs(fs), AnyNode::Tmpfs(inner)) => fs.load(inner, offset, into),
            (AnyFileSystem::Archive(fs), AnyNode::Archive(inner)) => fs.load(inner, offset, into),
            _ => Err(Error::CrossDevice),
        }
    }

    /// Writes bytes of the server's, which the caller of the request pays for; short where the room ends.
    ///
    /// # Errors
    /// What the file system says.
    pub fn store(
        &self,
        node: &AnyNode<B>,
        request: &B::Request,
        offset: u64,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<u64, Error> {
        match (self, node) {
            (AnyFileSystem::Tmpfs(fs), AnyNode::Tmpfs(inner)) => fs.store(inner, request, offset, bytes, now),
            _ => Err(Error::ReadOnly),
        }
    }

    /// As `write`, from the start of the request's bytes, where the file is in memory.
    #[inline]
    pub fn write_at_once(
        &self,
        node: &AnyNode<B>,
        request: &B::Request,
        offset: u64,
        length: u64,
        now: Timestamp,
    ) -> Option<Result<u64, Error>> {
        match (self, node) {
            (AnyFileSystem::Tmpfs(fs), AnyNode::Tmpfs(inner)) => {
                Some(fs.copy_from_request(inner, request, 0, offset, length, now))
            }
            _ => None,
        }
    }
}

impl<B: Backend> AnyNode<B> {
    /// A number that two nodes of one inode share, and others rarely.
    #[inline]
    #[must_use]
    pub fn hint(&self) -> u64 {
        match self {
            AnyNode::Tmpfs(node) => Rc::as_ptr(node).addr() as u64 >> 4,
            AnyNode::Archive(node) => node.hint(),
            AnyNode::Share(node) => Rc::as_ptr(node).addr() as u64 >> 4,
        }
    }
}

/// Runs an operation on the file system that a node belongs to. A node of another file system is the caller's mistake and answers `CrossDevice`.
macro_rules! on_node {
    ($self:expr, $node:expr, |$fs:ident, $inner:ident| $body:expr, $wrap:ident) => {
        match ($self, $node) {
            (AnyFileSystem::Tmpfs($fs), AnyNode::Tmpfs($inner)) => $wrap!(Tmpfs, $body),
            (AnyFileSystem::Archive($fs), AnyNode::Archive($inner)) => $wrap!(Archive, $body),
            (AnyFileSystem::Share($fs), AnyNode::Share($inner)) => $wrap!(Share, $body),
            _ => Err(Error::CrossDevice),
        }
    };
}
macro_rules! plain {
    ($kind:ident, $body:expr) => {
        $body
    };
}
macro_rules! node {
    ($kind:ident, $body:expr) => {
        $body.map(AnyNode::$kind)
    };
}
/// As `on_node`, for two nodes.
macro_rules! on_pair {
    ($self:expr, $left:expr, $right:expr, |$fs:ident, $a:ident, $b:ident| $body:expr) => {
        match ($self, $left, $right) {
            (AnyFileSystem::Tmpfs($fs), AnyNode::Tmpfs($a), AnyNode::Tmpfs($b)) => $body,
            (AnyFileSystem::Archive($fs), AnyNode::Archive($a), AnyNode::Archive($b)) => $body,
            (AnyFileSystem::Share($fs), AnyNode::Share($a), AnyNode::Share($b)) => $body,
            _ => Err(Error::CrossDevice),
        }
    };
}

impl<B: Backend> FileSystem<B> for AnyFileSystem<B> {
    type Node = AnyNode<B>;

    fn root(&self) -> AnyNode<B> {
        match self {
            AnyFileSystem::Tmpfs(fs) => AnyNode::Tmpfs(fs.root()),
            AnyFileSystem::Archive(fs) => AnyNode::Archive(fs.root()),
            AnyFileSystem::Share(fs) => AnyNode::Share(fs.root()),
        }
    }

    #[inline]
    fn same(&self, left: &AnyNode<B>, right: &AnyNode<B>) -> bool {
        match (self, left, right) {
            (AnyFileSystem::Tmpfs(fs), AnyNode::Tmpfs(a), AnyNode::Tmpfs(b)) => fs.same(a, b),
            (AnyFileSystem::Archive(fs), AnyNode::Archive(a), AnyNode::Archive(b)) => fs.same(a, b),
            (AnyFileSystem::Share(fs), AnyNode::Share(a), AnyNode::Share(b)) => fs.same(a, b),
            _ => false,
        }
    }

    #[inline]
    fn attributes(&self, node: &AnyNode<B>) -> Attributes {
        match node {
            AnyNode::Tmpfs(inner) => inner.attributes(),
            AnyNode::Archive(inner) => match self {
                AnyFileSystem::Archive(fs) => fs.attributes(inner),
                AnyFileSystem::Tmpfs(fs) => fs.root().attributes(),
                AnyFileSystem::Share(fs) => fs.root().attributes(),
            },
            AnyNode::Share(inner) => inner.attributes(),
        }
    }

    #[inline]
    fn permissions(&self, node: &AnyNode<B>) -> Permissions {
        match (self, node) {
            (_, AnyNode::Tmpfs(inner)) => inner.permissions(),
            (AnyFileSystem::Archive(fs), AnyNode::Archive(inner)) => fs.permissions(inner),
            _ => self.attributes(node).permissions(),
        }
    }

    async fn parent(&self, directory: &AnyNode<B>) -> Result<AnyNode<B>, Error> {
        on_node!(self, directory, |fs, inner| fs.parent(inner).await, node)
    }

    fn name_of(&self, directory: &AnyNode<B>) -> Result<Vec<u8>, Error> {
        on_node!(self, directory, |fs, inner| fs.name_of(inner), plain)
    }

    async fn lookup(&self, directory: &AnyNode<B>, name: &[u8]) -> Result<AnyNode<B>, Error> {
        on_node!(self, directory, |fs, inner| fs.lookup(inner, name).await, node)
    }

    #[inline]
    fn lookup_now(&self, directory: &AnyNode<B>, name: &[u8]) -> Option<Result<AnyNode<B>, Error>> {
        match (self, directory) {
            (AnyFileSystem::Tmpfs(fs), AnyNode::Tmpfs(inner)) => {
                Some(fs.lookup_now(inner, name)?.map(AnyNode::Tmpfs))
            }
            (AnyFileSystem::Archive(fs), AnyNode::Archive(inner)) => {
                Some(fs.lookup_now(inner, name)?.map(AnyNode::Archive))
            }
            (AnyFileSystem::Share(_), AnyNode::Share(_)) => None,
            _ => Some(Err(Error::CrossDevice)),
        }
    }

    fn newest_name(&self, node: &AnyNode<B>) -> Option<(AnyNode<B>, Box<[u8]>)> {
        match (self, node) {
            (AnyFileSystem::Tmpfs(fs), AnyNode::Tmpfs(inner)) => {
                let (directory, name) = fs.newest_name(inner)?;
                Some((AnyNode::Tmpfs(directory), name))
            }
            _ => None,
        }
    }

    fn show_entries(
        &self,
        directory: &AnyNode<B>,
        offset: u64,
        show: &mut dyn FnMut(Shown<'_>) -> bool,
    ) -> Result<bool, Error> {
        on_node!(
            self,
            directory,
            |fs, inner| fs.show_entries(inner, offset, show),
            plain
        )
    }

    async fn create(&self, directory: &AnyNode<B>, name: &[u8], new: &NewInode) -> Result<AnyNode<B>, Error> {
        on_node!(
            self,
            directory,
            |fs, inner| fs.create(inner, name, new).await,
            node
        )
    }

    async fn create_symlink(
        &self,
        directory: &AnyNode<B>,
        name: &[u8],
        target: &[u8],
        new: &NewInode,
    ) -> Result<AnyNode<B>, Error> {
        on_node!(
            self,
            directory,
            |fs, inner| fs.create_symlink(inner, name, target, new).await,
            node
        )
    }

    async fn create_nameless(&self, new: &NewInode) -> Result<AnyNode<B>, Error> {
        match self {
            AnyFileSystem::Tmpfs(fs) => fs.create_nameless(new).await.map(AnyNode::Tmpfs),
            AnyFileSystem::Archive(fs) => fs.create_nameless(new).await.map(AnyNode::Archive),
            AnyFileSystem::Share(fs) => fs.create_nameless(new).await.map(AnyNode::Share),
        }
    }

    async fn read_link(&self, node: &AnyNode<B>) -> Result<Vec<u8>, Error> {
        on_node!(self, node, |fs, inner| fs.read_link(inner).await, plain)
    }

    async fn link(
        &self,
        directory: &AnyNode<B>,
        name: &[u8],
        node: &AnyNode<B>,
        now: Timestamp,
    ) -> Result<(), Error> {
        on_pair!(self, directory, node, |fs, d, n| fs.link(d, name, n, now).await)
    }

    async fn unlink(&self, directory: &AnyNode<B>, name: &[u8], now: Timestamp) -> Result<(), Error> {
        on_node!(
            self,
            directory,
            |fs, inner| fs.unlink(inner, name, now).await,
            plain
        )
    }

    async fn remove_directory(
        &self,
        directory: &AnyNode<B>,
        name: &[u8],
        now: Timestamp,
    ) -> Result<(), Error> {
        on_node!(
            self,
            directory,
            |fs, inner| fs.remove_directory(inner, name, now).await,
            plain
        )
    }

    async fn rename(
        &self,
        from: (&AnyNode<B>, &[u8]),
        to: (&AnyNode<B>, &[u8]),
        now: Timestamp,
    ) -> Result<(), Error> {
        on_pair!(self, from.0, to.0, |fs, a, b| fs
            .rename((a, from.1), (b, to.1), now)
            .await)
    }

    async fn exchange(
        &self,
        left: (&AnyNode<B>, &[u8]),
        right: (&AnyNode<B>, &[u8]),
        now: Timestamp,
    ) -> Result<(), Error> {
        on_pair!(self, left.0, right.0, |fs, a, b| fs
            .exchange((a, left.1), (b, right.1), now)
            .await)
    }

    async fn entries(&self, directory: &AnyNode<B>, offset: u64, limit: usize) -> Result<Vec<Entry>, Error> {
        on_node!(
            self,
            directory,
            |fs, inner| fs.entries(inner, offset, limit).await,
            plain
        )
    }

    async fn change(&self, node: &AnyNode<B>, change: &Change, now: Timestamp) -> Result<(), Error> {
        on_node!(self, node, |fs, inner| fs.change(inner, change, now).await, plain)
    }

    async fn set_size(&self, node: &AnyNode<B>, size: u64, now: Timestamp) -> Result<(), Error> {
        on_node!(self, node, |fs, inner| fs.set_size(inner, size, now).await, plain)
    }

    async fn punch(&self, node: &AnyNode<B>, offset: u64, length: u64, now: Timestamp) -> Result<(), Error> {
        on_node!(
            self,
            node,
            |fs, inner| fs.punch(inner, offset, length, now).await,
            plain
        )
    }

    async fn read(
        &self,
        node: &AnyNode<B>,
        request: &B::Request,
        request_offset: u64,
        offset: u64,
        length: u64,
    ) -> Result<u64, Error> {
        on_node!(
            self,
            node,
            |fs, inner| fs.read(inner, request, request_offset, offset, length).await,
            plain
        )
    }

    async fn write(
        &self,
        node: &AnyNode<B>,
        request: &B::Request,
        request_offset: u64,
        offset: u64,
        length: u64,
        now: Timestamp,
    ) -> Result<u64, Error> {
        on_node!(
            self,
            node,
            |fs, inner| fs
                .write(inner, request, request_offset, offset, length, now)
                .await,
            plain
        )
    }

    async fn with_contents<R>(
        &self,
        node: &AnyNode<B>,
        request: &B::Request,
        with: impl FnOnce(&B::Contents) -> R,
    ) -> Result<R, Error> {
        on_node!(
            self,
            node,
            |fs, inner| fs.with_contents(inner, request, with).await,
            plain
        )
    }

    async fn seek_data(&self, node: &AnyNode<B>, offset: u64, hole: bool) -> Result<u64, Error> {
        on_node!(
            self,
            node,
            |fs, inner| fs.seek_data(inner, offset, hole).await,
            plain
        )
    }

    async fn sync(&self, node: &AnyNode<B>) -> Result<(), Error> {
        on_node!(self, node, |fs, inner| fs.sync(inner).await, plain)
    }

    fn figures(&self) -> Figures {
        match self {
            AnyFileSystem::Tmpfs(fs) => fs.figures(),
            AnyFileSystem::Archive(fs) => fs.figures(),
            AnyFileSystem::Share(fs) => fs.figures(),
        }
    }

    fn is_read_only(&self) -> bool {
        match self {
            AnyFileSystem::Tmpfs(fs) => fs.is_read_only(),
            AnyFileSystem::Archive(fs) => fs.is_read_only(),
            AnyFileSystem::Share(fs) => fs.is_read_only(),
        }
    }

    #[inline]
    fn is_elsewhere(&self) -> bool {
        matches!(self, AnyFileSystem::Share(_))
    }

    async fn refresh(&self, node: &AnyNode<B>) -> Result<(), Error> {
        match (self, node) {
            (AnyFileSystem::Share(fs), AnyNode::Share(inner)) => fs.refresh(inner).await,
            _ => Ok(()),
        }
    }

    async fn refresh_figures(&self, node: &AnyNode<B>) -> Result<(), Error> {
        match (self, node) {
            (AnyFileSystem::Share(fs), AnyNode::Share(inner)) => fs.refresh_figures(inner).await,
            _ => Ok(()),
        }
    }

    async fn opened(&self, node: &AnyNode<B>, reads: bool, writes: bool) -> Result<(), Error> {
        match (self, node) {
            (AnyFileSystem::Share(fs), AnyNode::Share(inner)) => fs.opened(inner, reads, writes).await,
            _ => Ok(()),
        }
    }
}
