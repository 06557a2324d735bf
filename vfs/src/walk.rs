//! Path resolution: POSIX.1-2024, section 4.16, with mounts, symbolic links and the policy's judgement of every directory on the way.
//!
//! To walk through a directory, the caller needs the search permission and `File.open` on the directory's label. So a missing
//! name is reported only to somebody who may look into the directory: a name that is not there has its parent's label.

use crate::attributes::{Attributes, Kind};
use crate::backend::Backend;
use crate::credentials::{Credentials, EXECUTE};
use crate::error::Error;
use crate::file_system::FileSystem;
use crate::judge::{FileMethod, Judge};
use crate::mounts::{Location, MountFlags, Mounts};
use alloc::vec::Vec;

/// Bytes of a path, at most; one less than PATH_MAX, which counts the terminating zero.
pub const PATH_LIMIT: usize = 4095;
/// Bytes of a component, at most (NAME_MAX).
pub const NAME_LIMIT: usize = 255;
/// Symbolic links in one resolution, at most (SYMLOOP_MAX as Linux has it).
pub const LINK_LIMIT: u32 = 40;

/// Who walks.
pub struct Caller<'a, J: Judge> {
    /// User and groups.
    pub credentials: &'a Credentials,
    /// The policy.
    pub judge: &'a J,
}

impl<J: Judge> Caller<'_, J> {
    /// Refuses what the policy does not allow.
    ///
    /// # Errors
    /// `AccessDenied`.
    pub fn judge(&self, file: &Attributes, method: FileMethod) -> Result<(), Error> {
        if self.judge.allows(file.label, method) {
            Ok(())
        } else {
            Err(Error::AccessDenied)
        }
    }

    /// Refuses a directory that the caller may not search.
    #[inline]
    pub(crate) fn check_search<B: Backend>(&self, directory: &Location<B>) -> Result<(), Error> {
        let permissions = directory.permissions();
        if permissions.kind != Kind::Directory {
            return Err(Error::NotDirectory);
        }
        if !self.judge.allows(permissions.label, FileMethod::Open) {
            return Err(Error::AccessDenied);
        }
        self.credentials.check_permissions(&permissions, EXECUTE)
    }
}

/// What the last component of a path is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Last {
    /// A name.
    Name(Vec<u8>),
    /// ".", or a path of slashes only.
    Dot,
    /// "..".
    DotDot,
}

/// Where a path leads.
pub struct Walked<B: Backend> {
    /// The directory that holds the last component.
    pub directory: Location<B>,
    /// The last component; its name only where nothing has it, or where it is to be changed ([`LastLink::Keep`]).
    pub last: Last,
    /// What it names, if it exists.
    pub target: Option<Location<B>>,
    /// The path ended in a slash: it must name a directory.
    pub must_be_directory: bool,
}

impl<B: Backend> Walked<B> {
    /// What the path names.
    ///
    /// # Errors
    /// `NoEntry`; `NotDirectory` where the path ends in a slash and names something else.
    pub fn existing(self) -> Result<Location<B>, Error> {
        let target = self.target.ok_or(Error::NoEntry)?;
        if self.must_be_directory && target.attributes().kind != Kind::Directory {
            return Err(Error::NotDirectory);
        }
        Ok(target)
    }

    /// The last component as a name that can be made, removed or renamed.
    ///
    /// # Errors
    /// `error` where it is "." or "..".
    pub fn name_or(&self, error: Error) -> Result<&[u8], Error> {
        match &self.last {
            Last::Name(name) => Ok(name),
            Last::Dot | Last::DotDot => Err(error),
        }
    }
}

/// What happens to a symbolic link as the last component of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastLink {
    /// It is followed.
    Follow,
    /// It is what the path names, unless a slash stands behind it.
    KeepUnlessSlash,
    /// It is what the path names, as for Linux's operations that make, remove or rename a name.
    Keep,
}

/// Where a walk leaves this server.
pub enum Remote<B: Backend> {
    /// So many bytes at the end of the path are for the process server's files.
    Files(usize),
    /// A symbolic link leads there. So many bytes of the path follow it; whoever walks goes on from what the link says.
    Link(Location<B>, usize),
}

/// How a walk begins and ends.
#[derive(Clone, Copy)]
pub struct Start<'a, B: Backend> {
    /// Where a relative path begins.
    pub directory: &'a Location<B>,
    /// Where an absolute path begins, and ".." ends.
    pub root: &'a Location<B>,
    /// What happens to a symbolic link as the last component.
    pub last_link: LastLink,
    /// Whether a file is to be made that is no directory: then a name with a slash behind it is refused, even where it is a
    /// symbolic link that leads elsewhere.
    pub makes_file: bool,
}

impl<B: Backend> Mounts<B> {
    /// Resolves `path`.
    ///
    /// # Errors
    /// `NoEntry` for an empty path or a missing component that is not the last, `NameTooLong`, `NotDirectory`, `AccessDenied`, `Loop`, `Remote` where another
    /// server goes on, and what the file systems say.
    pub async fn walk<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        start: Start<'_, B>,
        path: &[u8],
    ) -> Result<Walked<B>, Error> {
        self.walk_or_leave(caller, start, path, &mut None).await
    }

    /// As `walk`; where that ends with `Remote`, `remote` says how to go on.
    ///
    /// # Errors
    /// As `walk`.
    pub async fn walk_or_leave<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        start: Start<'_, B>,
        path: &[u8],
        remote: &mut Option<Remote<B>>,
    ) -> Result<Walked<B>, Error> {
        if path.is_empty() {
            return Err(Error::NoEntry);
        }
        if path.len() > PATH_LIMIT {
            return Err(Error::NameTooLong);
        }
        if path.contains(&0) {
            return Err(Error::InvalidArgument);
        }
        let mut place = if path[0] == b'/' {
            start.root.clone()
        } else {
            start.directory.clone()
        };
        let mut links = 0;
        // The first symbolic link on the way, and what follows it in the caller's own path.
        let mut first_link: Option<(Location<B>, usize)> = None;
        // What is left after a symbolic link was put in front of the rest; otherwise the rest is the caller's own bytes.
        let mut spliced: Vec<u8>;
        let mut rest = trim_slashes(path);
        loop {
            let end = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
            let (component, behind) = rest.split_at(end);
            let must_be_directory = !behind.is_empty();
            let behind = trim_slashes(behind);
            let is_last = behind.is_empty();
            if component.len() > NAME_LIMIT {
                return Err(Error::NameTooLong);
            }
            caller.check_search(&place)?;
            let (last, found) = match component {
                b"" | b"." => (Last::Dot, Some(place.clone())),
                b".." => (Last::DotDot, Some(self.above(&place, start.root).await?)),
                _ if is_last && must_be_directory && start.makes_file => return Err(Error::IsDirectory),
                name => {
                    let found = match place.file_system().lookup_now(&place.node, name) {
                        Some(found) => found,
                        None => place.file_system().lookup(&place.node, name).await,
                    };
                    let found = match found {
                        Ok(node) => Some(self.cross(Location {
                            mount: alloc::rc::Rc::clone(&place.mount),
                            node,
                        })),
                        Err(Error::NoEntry) => None,
                        Err(error) => return Err(error),
                    };
                    // The copy of the name is made only where somebody will read it.
                    (
                        Last::Name(
                            if is_last && (found.is_none() || start.last_link == LastLink::Keep) {
                                name.to_vec()
                            } else {
                                Vec::new()
                            },
                        ),
                        found,
                    )
                }
            };
            let Some(found) = found else {
                if is_last {
                    return Ok(Walked {
                        directory: place,
                        last,
                        target: None,
                        must_be_directory,
                    });
                }
                return Err(Error::NoEntry);
            };
            if found.mount.is_remote {
                *remote = Some(match first_link {
                    Some((link, left)) => Remote::Link(link, left),
                    None => Remote::Files(behind.len()),
                });
                return Err(Error::Remote);
            }
            let follow = !is_last
                || match start.last_link {
                    LastLink::Follow => true,
                    LastLink::KeepUnlessSlash => must_be_directory,
                    LastLink::Keep => false,
                };
            if follow && found.attributes().kind == Kind::Symlink {
                links += 1;
                if links > LINK_LIMIT {
                    return Err(Error::Loop);
                }
                caller.judge(&found.attributes(), FileMethod::ReadLink)?;
                if first_link.is_none() {
                    first_link = Some((found.clone(), behind.len()));
                }
                let mut target = found.file_system().read_link(&found.node).await?;
                if target.is_empty() {
                    return Err(Error::NoEntry);
                }
                if must_be_directory {
                    target.push(b'/');
                }
                target.extend_from_slice(behind);
                if target.len() > PATH_LIMIT {
                    return Err(Error::NameTooLong);
                }
                if target[0] == b'/' {
                    place = start.root.clone();
                }
                spliced = target;
                rest = trim_slashes(&spliced);
                continue;
            }
            if is_last {
                return Ok(Walked {
                    directory: place,
                    last,
                    target: Some(found),
                    must_be_directory,
                });
            }
            place = found;
            rest = behind;
        }
    }

    /// The directory above `place`: never above `root`, and out of a mount at its top.
    async fn above(&self, place: &Location<B>, root: &Location<B>) -> Result<Location<B>, Error> {
        let mut place = place.clone();
        loop {
            if place.is(root) {
                return Ok(place);
            }
            if !place.is_top() {
                let node = place.file_system().parent(&place.node).await?;
                return Ok(self.cross(Location {
                    mount: place.mount,
                    node,
                }));
            }
            match &place.mount.covers {
                Some(covered) => place = covered.clone(),
                None => return Ok(place),
            }
        }
    }

    /// The mounts that lie below `root`, a line each as in `/etc/mtab`: source, place, kind, options.
    pub async fn describe(&self, root: &Location<B>) -> Vec<u8> {
        let mut text = Vec::new();
        for mount in self.all() {
            let path = match &mount.covers {
                Some(covered) => match self.path_of(covered, root).await {
                    Ok(path) => path,
                    Err(_) => continue,
                },
                None if root.mount.covers.is_none() && root.is_top() => Vec::from(*b"/"),
                None => continue,
            };
            let kind = if mount.is_remote {
                "proc"
            } else {
                mount.file_system.kind_name()
            };
            let flags = mount.flags.get();
            let fixed =
                !mount.is_remote && (flags.has(MountFlags::READ_ONLY) || mount.file_system.is_read_only());
            text.extend_from_slice(kind.as_bytes());
            text.push(b' ');
            for &byte in &path {
                match byte {
                    // What would end a field is written in octal.
                    b' ' | b'\t' | b'\n' | b'\\' => {
                        let digit = |shift: u8| b'0' + (byte >> shift & 7);
                        text.extend_from_slice(&[b'\\', digit(6), digit(3), digit(0)]);
                    }
                    other => text.push(other),
                }
            }
            text.push(b' ');
            text.extend_from_slice(kind.as_bytes());
            text.extend_from_slice(if fixed { b" ro" } else { b" rw" });
            for (bit, option) in [
                (MountFlags::NO_SET_ID, ",nosuid"),
                (MountFlags::NO_DEVICES, ",nodev"),
                (MountFlags::NO_EXECUTE, ",noexec"),
            ] {
                if flags.has(bit) {
                    text.extend_from_slice(option.as_bytes());
                }
            }
            text.extend_from_slice(b" 0 0\n");
        }
        text
    }

    /// The path of a directory from `root`.
    ///
    /// # Errors
    /// `NoEntry` where it was removed or does not lie below `root`; `NameTooLong`.
    pub async fn path_of(&self, place: &Location<B>, root: &Location<B>) -> Result<Vec<u8>, Error> {
        let mut names: Vec<Vec<u8>> = Vec::new();
        let mut length = 0;
        let mut place = place.clone();
        while !place.is(root) {
            if place.is_top() {
                place = place.mount.covers.clone().ok_or(Error::NoEntry)?;
                continue;
            }
            let name = place.file_system().name_of(&place.node)?;
            length += name.len() + 1;
            if length > PATH_LIMIT {
                return Err(Error::NameTooLong);
            }
            names.push(name);
            let node = place.file_system().parent(&place.node).await?;
            place = Location {
                mount: place.mount,
                node,
            };
        }
        if names.is_empty() {
            return Ok(Vec::from(*b"/"));
        }
        let mut path = Vec::with_capacity(length);
        for name in names.iter().rev() {
            path.push(b'/');
            path.extend_from_slice(name);
        }
        Ok(path)
    }
}

/// `path` without the slashes at its start.
fn trim_slashes(path: &[u8]) -> &[u8] {
    let start = path.iter().position(|&byte| byte != b'/').unwrap_or(path.len());
    &path[start..]
}
