//! What the methods of `File` do, a file for each group. Every function takes the open file that the session stands for and the caller;
//! the kernel has checked the message's method against the session's label, and these judge every further name.

pub mod at_once;
pub mod attributes;
pub mod bytes;
pub mod copy;
pub mod entries;
pub mod locks;
pub mod mounting;
pub mod names;
pub mod open;

use crate::backend::Backend;
use crate::error::Error;
use crate::judge::Judge;
use crate::mounts::Location;
use crate::open_file::OpenFile;
use crate::server::Vfs;
use crate::walk::{Caller, LastLink, Start};

/// Flags that operations on names take: Linux's AT_ and RENAME_ values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct AtFlags(pub u64);

#[allow(missing_docs, reason = "POSIX and Linux define each flag")]
impl AtFlags {
    pub const SYMLINK_NO_FOLLOW: u64 = 0x100;
    pub const REMOVE_DIRECTORY: u64 = 0x200;
    pub const SYMLINK_FOLLOW: u64 = 0x400;
    pub const EMPTY_PATH: u64 = 0x1000;
    pub const NO_REPLACE: u64 = 0x10000;
    pub const EXCHANGE: u64 = 0x20000;

    /// Whether the bit is set.
    #[must_use]
    pub const fn has(self, bit: u64) -> bool {
        self.0 & bit != 0
    }
}

impl<B: Backend> Vfs<B> {
    /// What a path names, by the rules of the `*at` functions: an empty path with EMPTY_PATH is the descriptor itself.
    ///
    /// # Errors
    /// What the walk says.
    pub async fn resolve<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        path: &[u8],
        flags: AtFlags,
    ) -> Result<Location<B>, Error> {
        if path.is_empty() && flags.has(AtFlags::EMPTY_PATH) {
            return Ok(file.place.clone());
        }
        let keep = flags.has(AtFlags::SYMLINK_NO_FOLLOW);
        let last_link = if keep {
            LastLink::KeepUnlessSlash
        } else {
            LastLink::Follow
        };
        self.mounts
            .walk(caller, start(file, last_link), path)
            .await?
            .existing()
    }
}

/// A walk that begins at an open directory.
fn start<B: Backend>(file: &OpenFile<B>, last_link: LastLink) -> Start<'_, B> {
    Start {
        directory: &file.place,
        root: &file.root,
        last_link,
        makes_file: false,
    }
}

#[cfg(test)]
mod tests;
