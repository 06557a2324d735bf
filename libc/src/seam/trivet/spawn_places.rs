//! What posix_spawn's file actions come to: where each handle of the new program comes from.
//!
//! The steps are done on a list of places instead of on descriptors. A descriptor that no step names is inherited as at exec.

use super::programs::Owned;
use super::{descriptor, failed, path_from};
use crate::errno::{Errno, Result};
use crate::heap::Vector;
use crate::seam::{AT_FDCWD, FileAction};
use crate::types::*;
use trivet_abi::handle::Handle;
use trivet_ipc::processes::{PLACE_WORKING_DIRECTORY, Place, PlaceFlags};
use trivet_ipc::shared::OpenFlags;
use trivet_ipc::{CallOptions, file, process};

/// Places in a message, at most.
const MOST: usize = 1024;
const O_CLOEXEC: c_int = 0o2_000_000;

/// The places, and what was opened for them.
pub(super) struct Places {
    list: Vector<Place>,
    opened: Vector<Owned>,
    /// The new program's working directory, where it is not the caller's.
    directory: Option<Handle>,
}

impl Places {
    /// The caller's working directory, and nothing else that inheritance does not bring.
    pub fn new() -> Places {
        Places {
            list: Vector::new(),
            opened: Vector::new(),
            directory: None,
        }
    }

    /// Where relative paths begin, if a step has changed it.
    pub fn directory(&self) -> Option<Handle> {
        self.directory
    }

    /// The places for the message.
    pub fn list(&self) -> &[Place] {
        &self.list
    }

    fn find(&self, number: u32) -> Option<usize> {
        self.list.iter().position(|place| place.number == number)
    }

    /// Sets what is at a place: a handle, or nothing.
    fn set(&mut self, number: u32, source: Option<Handle>) -> Result<()> {
        let place = Place {
            number,
            source: source.unwrap_or(Handle::NONE).0,
            flags: if source.is_some() {
                PlaceFlags::EMPTY
            } else {
                PlaceFlags::CLOSED
            },
            reserved: 0,
        };
        match self.find(number) {
            Some(index) => self.list[index] = place,
            None if self.list.len() >= MOST => return Err(Errno::EMFILE),
            None => self.list.push(place)?,
        }
        Ok(())
    }

    /// What the new program would have as `fd` now.
    fn source(&self, fd: c_int) -> Result<Handle> {
        let number = descriptor(fd)?.0;
        match self.find(number) {
            Some(index) if self.list[index].flags == PlaceFlags::CLOSED => Err(Errno::EBADF),
            Some(index) => Ok(Handle(self.list[index].source)),
            None if is_taken(number)? => Ok(Handle(number)),
            None => Err(Errno::EBADF),
        }
    }

    fn open(&mut self, path: *const c_char, flags: OpenFlags, mode: mode_t) -> Result<Handle> {
        // SAFETY: the path is a string that the list of actions owns.
        let (from, path) = unsafe { path_from(AT_FDCWD, path) }?;
        let from = if from == Handle::ROOT {
            from
        } else {
            self.directory.unwrap_or(from)
        };
        let reply = file::open_with(
            CallOptions::DEFAULT,
            from,
            path,
            flags,
            mode,
            super::files::mask(),
        )
        .map_err(failed)?;
        let handle = reply.file;
        let owned = Owned(handle);
        if reply.remaining != 0 {
            return Err(Errno::ENXIO);
        }
        self.opened.push(owned)?;
        Ok(handle)
    }

    fn change_directory(&mut self, directory: Handle) -> Result<()> {
        self.directory = Some(directory);
        self.set(PLACE_WORKING_DIRECTORY, Some(directory))
    }

    fn step(&mut self, action: &FileAction) -> Result<()> {
        match *action {
            FileAction::Open {
                fd,
                path,
                flags,
                mode,
            } => {
                let number = descriptor(fd)?.0;
                let known = OpenFlags::from_word(flags as u32 as u64 & OpenFlags::ALL.word());
                let handle = self.open(path, known, mode)?;
                // It would not outlive exec.
                self.set(number, (flags & O_CLOEXEC == 0).then_some(handle))
            }
            FileAction::Close { fd } => self.set(descriptor(fd)?.0, None),
            FileAction::Duplicate { from, fd } => {
                let source = self.source(from)?;
                self.set(descriptor(fd)?.0, Some(source))
            }
            FileAction::ChangeDirectory { path } => {
                let directory = self.open(path, OpenFlags::PATH | OpenFlags::DIRECTORY, 0)?;
                self.change_directory(directory)
            }
            FileAction::ChangeToDirectory { fd } => {
                let source = self.source(fd)?;
                self.change_directory(source)
            }
            FileAction::CloseFrom { first } => {
                let first = descriptor(first)?.0;
                for place in self.list.iter_mut() {
                    if place.number >= first && place.number < Handle::DESCRIPTOR_END {
                        place.flags = PlaceFlags::CLOSED;
                    }
                }
                each_taken(first, |number| self.set(number, None))
            }
        }
    }

    /// Does all steps, and names the caller's working directory if none has changed it.
    pub fn apply(&mut self, actions: &[FileAction]) -> Result<()> {
        for action in actions {
            self.step(action)?;
        }
        if self.directory.is_none() {
            self.list.push(own_directory()?)?;
        }
        Ok(())
    }
}

/// The place of the caller's working directory.
pub(super) fn own_directory() -> Result<Place> {
    Ok(Place {
        number: PLACE_WORKING_DIRECTORY,
        source: super::directory(AT_FDCWD)?.0,
        flags: PlaceFlags::EMPTY,
        reserved: 0,
    })
}

/// Whether a descriptor is open.
fn is_taken(number: u32) -> Result<bool> {
    let mut info = process::SlotInfo::default();
    match process::slot_info(Handle::PROCESS, number, &mut info).map_err(failed) {
        Ok(()) => Ok(true),
        Err(Errno::EBADF) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Calls `work` with each open descriptor from `first` on.
fn each_taken(first: u32, mut work: impl FnMut(u32) -> Result<()>) -> Result<()> {
    const BYTES: usize = 256;
    let mut info = process::Info::default();
    process::info(Handle::PROCESS, &mut info).map_err(failed)?;
    let (mut seen, mut from) = (0, 0);
    while seen < info.descriptors && from < Handle::DESCRIPTOR_END {
        let mut bits = [0u8; BYTES];
        seen += process::descriptors(Handle::PROCESS, from, &mut bits[..]).map_err(failed)?;
        for (index, &byte) in bits.iter().enumerate() {
            for bit in (0..8).filter(|bit| byte >> bit & 1 != 0) {
                let number = from + index as u32 * 8 + bit;
                if number >= first {
                    work(number)?;
                }
            }
        }
        from += BYTES as u32 * 8;
    }
    Ok(())
}
