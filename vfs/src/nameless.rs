//! Files that have no name: pipes, and files in memory. They lie in file systems that stand nowhere in the tree.

use crate::attributes::{Kind, NewInode};
use crate::backend::Backend;
use crate::error::Error;
use crate::file_system::{AnyFileSystem, FileSystem};
use crate::mounts::Location;
use crate::server::Vfs;
use crate::tmpfs::{Tmpfs, TmpfsOptions};
use alloc::rc::Rc;
use core::cell::OnceCell;

/// Bytes of nameless files, at most.
const SIZE_LIMIT: u64 = 512 << 20;
/// Nameless files, and pipes, at most.
const INODE_LIMIT: u64 = 65_536;
/// Bytes of the server's memory for either.
const SERVER_BYTES_LIMIT: u64 = 4 << 20;

/// The file systems, each made when it is first needed. Pipes have their own, so that files cannot use its inodes up.
pub struct Nameless<B: Backend> {
    files: OnceCell<Location<B>>,
    pipes: OnceCell<Location<B>>,
}

impl<B: Backend> Default for Nameless<B> {
    fn default() -> Self {
        Nameless {
            files: OnceCell::new(),
            pipes: OnceCell::new(),
        }
    }
}

impl<B: Backend> Nameless<B> {
    /// A new regular file.
    ///
    /// # Errors
    /// `NoSpace`.
    pub async fn file(&self, vfs: &Vfs<B>, new: &NewInode) -> Result<Location<B>, Error> {
        make(&self.files, vfs, new).await
    }

    /// A new pipe's inode.
    ///
    /// # Errors
    /// `NoSpace`.
    pub async fn pipe(&self, vfs: &Vfs<B>, new: &NewInode) -> Result<Location<B>, Error> {
        make(&self.pipes, vfs, new).await
    }
}

async fn make<B: Backend>(
    top: &OnceCell<Location<B>>,
    vfs: &Vfs<B>,
    new: &NewInode,
) -> Result<Location<B>, Error> {
    let top = match top.get() {
        Some(top) => top,
        None => {
            let options = TmpfsOptions {
                size_limit: SIZE_LIMIT,
                inode_limit: INODE_LIMIT,
                server_bytes_limit: SERVER_BYTES_LIMIT,
                top: NewInode {
                    kind: Kind::Directory,
                    mode: 0o700,
                    user: 0,
                    group: 0,
                    ..*new
                },
            };
            let tmpfs = Tmpfs::new(Rc::clone(&vfs.backend), &options)?;
            let made = vfs.mounts.detached(AnyFileSystem::Tmpfs(tmpfs));
            top.get_or_init(|| made)
        }
    };
    let node = top.file_system().create_nameless(new).await?;
    Ok(Location {
        mount: Rc::clone(&top.mount),
        node,
    })
}
