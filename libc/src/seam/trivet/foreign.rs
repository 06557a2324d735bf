//! Paths that leave the file server: into the process server's files (/proc), or by a symbolic link that leads there.
//!
//! The file server ends a walk where another server goes on: `open` says how much of the path is left, every other method answers EREMOTE. Then the
//! library goes on itself, at most [`STEPS`] times. Plain paths never come here.

use super::delivery::restartable;
use super::{Trivet, close_own, failed, failed_or};
use crate::errno::{Errno, Result};
use crate::seam::Files;
use crate::types::*;
use core::sync::atomic::{AtomicU32, Ordering};
use trivet_abi::handle::Handle;
use trivet_ipc::file::{self, OpenReply};
use trivet_ipc::shared::OpenFlags;
use trivet_ipc::{CallOptions, In, processes};

/// `kind` of an open's answer: the rest of the path is for the process server's files.
const KIND_FILES: u64 = 1;
/// `kind` of an open's answer: a symbolic link leads on.
const KIND_LINK: u64 = 2;
/// `kind` of an open's answer: the caller's own descriptor is meant.
const KIND_DESCRIPTOR: u64 = 3;
/// Steps between servers for one path, as many as symbolic links.
const STEPS: usize = 40;
/// Bytes of a path, at most.
const LENGTH: usize = 4096;

/// The process server's session for the top of its files, once it was asked for.
static FILES: AtomicU32 = AtomicU32::new(Handle::NONE.0);

/// Where an operation on a path is to be done.
pub(super) enum Target<'a> {
    /// At this server, with this path.
    Path(Handle, In<'a, [u8]>),
    /// On this descriptor of the caller's.
    Descriptor(c_int),
}

/// Does `step` on a path: at the server where it begins, or where it leads. `follow`: whether a symbolic link at the end counts as what it leads to.
#[inline]
pub(super) fn at<T>(
    from: Handle,
    path: In<'_, [u8]>,
    follow: bool,
    mut step: impl FnMut(Handle, In<'_, [u8]>) -> Result<T>,
) -> Result<T> {
    match step(from, again(&path)) {
        Err(Errno::EREMOTE) => go_on(from, path, follow, |target| match target {
            Target::Path(handle, path) => step(handle, path),
            // An empty path is the descriptor itself, for those operations that know it.
            Target::Descriptor(fd) => step(Handle(fd as u32), In::from(&[][..])),
        }),
        result => result,
    }
}

/// The same bytes once more.
#[inline]
fn again<'a>(path: &In<'a, [u8]>) -> In<'a, [u8]> {
    let segment = path.segment();
    In::<[u8]>::from_raw(
        core::ptr::with_exposed_provenance(segment.address as usize),
        segment.length as usize,
    )
}

/// Opens a path that another server goes on with.
///
/// # Errors
/// What the servers say; `ELOOP` after too many steps.
#[cold]
#[inline(never)]
pub(super) fn open(
    options: CallOptions,
    from: Handle,
    path: In<'_, [u8]>,
    flags: OpenFlags,
    mode: mode_t,
    mask: u32,
) -> Result<Handle> {
    let follow = !flags.intersects(OpenFlags::NO_FOLLOW);
    go_on(from, path, follow, |target| match target {
        Target::Path(handle, path) => {
            let reply = file::open_with(options, handle, path, flags, mode, mask)
                .map_err(failed_or(Errno::ENOTDIR))?;
            if needs_more(&reply) {
                close_own(reply.file);
                return Err(Errno::EREMOTE);
            }
            Ok(reply.file)
        }
        Target::Descriptor(fd) => file::reopen_with(options, Handle(fd as u32), flags)
            .map(|reply| reply.file)
            .map_err(failed),
    })
}

/// Whether an open's answer is no file yet.
#[inline]
pub(super) fn needs_more(reply: &OpenReply) -> bool {
    reply.kind <= KIND_DESCRIPTOR
}

/// Finds the server where a path leads, and does `step` there.
#[cold]
#[inline(never)]
fn go_on<T>(
    from: Handle,
    path: In<'_, [u8]>,
    follow: bool,
    mut step: impl FnMut(Target<'_>) -> Result<T>,
) -> Result<T> {
    let mut text = Path::new(path)?;
    let mut start = from;
    for _ in 0..STEPS {
        let mut flags = OpenFlags::PATH;
        if !follow {
            flags |= OpenFlags::NO_FOLLOW;
        }
        let reply =
            file::open_with(CallOptions::DEFAULT, start, text.bytes(), flags, 0, 0).map_err(failed)?;
        let left = usize::try_from(reply.remaining).unwrap_or(usize::MAX);
        match reply.kind {
            KIND_FILES => {
                start = files()?;
                text.keep_last(left)?;
                match step(Target::Path(start, text.bytes())) {
                    Err(Errno::EREMOTE) => {}
                    result => return result,
                }
            }
            KIND_LINK => {
                let changed = text.replace_link(reply.file, left);
                close_own(reply.file);
                if changed? {
                    start = Handle::ROOT;
                }
            }
            KIND_DESCRIPTOR => {
                return step(Target::Descriptor(
                    c_int::try_from(left).map_err(|_| Errno::EBADF)?,
                ));
            }
            _ => {
                // It ends here after all.
                close_own(reply.file);
                return match step(Target::Path(start, text.bytes())) {
                    Err(Errno::EREMOTE) => Err(Errno::ELOOP),
                    result => result,
                };
            }
        }
    }
    Err(Errno::ELOOP)
}

/// The top of the process server's files.
fn files() -> Result<Handle> {
    let known = Handle(FILES.load(Ordering::Acquire));
    if known != Handle::NONE {
        return Ok(known);
    }
    let made = processes::files(Handle::PROCESS_SERVER).map_err(failed)?;
    match FILES.compare_exchange(Handle::NONE.0, made.0, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => Ok(made),
        Err(other) => {
            close_own(made);
            Ok(Handle(other))
        }
    }
}

/// A path that changes on its way.
struct Path {
    bytes: [u8; LENGTH],
    length: usize,
}

impl Path {
    fn new(path: In<'_, [u8]>) -> Result<Path> {
        let segment = path.segment();
        let length = segment.length as usize;
        if length > LENGTH {
            return Err(Errno::ENAMETOOLONG);
        }
        let mut made = Path {
            bytes: [0; LENGTH],
            length,
        };
        // SAFETY: the path is a string of the caller's with so many bytes: the server has read it already.
        unsafe {
            core::ptr::copy_nonoverlapping(
                core::ptr::with_exposed_provenance::<u8>(segment.address as usize),
                made.bytes.as_mut_ptr(),
                length,
            );
        }
        Ok(made)
    }

    fn bytes(&self) -> In<'_, [u8]> {
        In::from(&self.bytes[..self.length])
    }

    /// Cuts the path to its last bytes; none of them mean the place itself.
    fn keep_last(&mut self, left: usize) -> Result<()> {
        let start = self.length.checked_sub(left).ok_or(Errno::EIO)?;
        self.bytes.copy_within(start..self.length, 0);
        self.length = left;
        if left == 0 {
            self.bytes[0] = b'.';
            self.length = 1;
        }
        Ok(())
    }

    /// Puts what a symbolic link says in the place of its name, `left` bytes before the end. True: the path is absolute now.
    fn replace_link(&mut self, link: Handle, left: usize) -> Result<bool> {
        let end = self.length.checked_sub(left).ok_or(Errno::EIO)?;
        let before = &self.bytes[..end];
        let name_end = before.iter().rposition(|&byte| byte != b'/').ok_or(Errno::EIO)? + 1;
        let parent = before[..name_end]
            .iter()
            .rposition(|&byte| byte == b'/')
            .map_or(0, |slash| slash + 1);
        let mut target = [0; LENGTH];
        let empty: &[u8] = &[];
        let count = file::read_link(link, empty, &mut target[..]).map_err(failed)? as usize;
        let target = &target[..count.min(LENGTH)];
        let is_absolute = target.first() == Some(&b'/');
        let parent = if is_absolute { 0 } else { parent };
        // The slash between the target and the rest.
        let slash = usize::from(left > 0);
        let length = parent + target.len() + slash + left;
        if length >= LENGTH {
            return Err(Errno::ENAMETOOLONG);
        }
        self.bytes
            .copy_within(end..self.length, parent + target.len() + slash);
        self.bytes[parent..parent + target.len()].copy_from_slice(target);
        if slash > 0 {
            self.bytes[parent + target.len()] = b'/';
        }
        self.length = length;
        Ok(is_absolute)
    }
}

/// Opens a path as a descriptor of the program's, wherever it leads.
///
/// # Errors
/// What the servers say.
#[inline]
pub(super) fn open_descriptor(
    options: CallOptions,
    from: Handle,
    path: In<'_, [u8]>,
    flags: OpenFlags,
    mode: mode_t,
    mask: u32,
) -> Result<Handle> {
    let reply = restartable(|| {
        file::open_with(options, from, again(&path), flags, mode, mask).map_err(failed_or(Errno::ENOTDIR))
    })?;
    if needs_more(&reply) {
        if reply.file != Handle::NONE {
            let _ = Trivet::close(reply.file.0 as c_int);
        }
        return open(options, from, path, flags, mode, mask);
    }
    Ok(reply.file)
}
