//! Open files: what a session with the file server stands for. Shared after fork, so offset and flags live here.

use crate::backend::Backend;
use crate::error::Error;
use crate::mounts::Location;
use crate::stream::Stream;
use crate::terminal::lock::Turn;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

/// Flags of an open file: Linux's O_ values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct OpenFlags(pub u64);

#[allow(missing_docs, reason = "POSIX and Linux define each flag")]
impl OpenFlags {
    pub const WRITE_ONLY: u64 = 0x1;
    pub const READ_WRITE: u64 = 0x2;
    pub const CREATE: u64 = 0x40;
    pub const EXCLUSIVE: u64 = 0x80;
    pub const NO_CONTROLLING_TERMINAL: u64 = 0x100;
    pub const TRUNCATE: u64 = 0x200;
    pub const APPEND: u64 = 0x400;
    pub const NON_BLOCK: u64 = 0x800;
    pub const DATA_SYNC: u64 = 0x1000;
    pub const ASYNC: u64 = 0x2000;
    pub const DIRECT: u64 = 0x4000;
    pub const LARGE_FILE: u64 = 0x8000;
    pub const DIRECTORY: u64 = 0x10000;
    pub const NO_FOLLOW: u64 = 0x20000;
    pub const NO_ACCESS_TIME: u64 = 0x40000;
    pub const CLOSE_ON_EXEC: u64 = 0x80000;
    pub const SYNC: u64 = 0x10_0000;
    pub const PATH: u64 = 0x20_0000;
    /// Without O_DIRECTORY, which Linux's value includes.
    pub const TEMPORARY: u64 = 0x40_0000;
    /// Flags that F_SETFL changes.
    pub const SETTABLE: u64 =
        Self::APPEND | Self::NON_BLOCK | Self::ASYNC | Self::DIRECT | Self::NO_ACCESS_TIME;
    /// Flags that F_GETFL shows.
    pub const KEPT: u64 =
        0x3 | Self::SETTABLE | Self::DATA_SYNC | Self::SYNC | Self::PATH | Self::LARGE_FILE | Self::DIRECTORY;

    /// Whether all of `bits` are set.
    #[must_use]
    pub const fn has(self, bits: u64) -> bool {
        self.0 & bits == bits
    }

    /// Whether bytes may be read.
    #[must_use]
    pub const fn reads(self) -> bool {
        !self.has(Self::PATH) && self.0 & 3 != 1
    }

    /// Whether bytes may be written. The access mode 3 reads and writes nothing but counts as both for permissions, as in Linux.
    #[must_use]
    pub const fn writes(self) -> bool {
        !self.has(Self::PATH) && matches!(self.0 & 3, 1 | 2)
    }
}

/// One open file.
pub struct OpenFile<B: Backend> {
    /// What is open.
    pub place: Location<B>,
    /// Where absolute paths and ".." end for whoever goes on from here.
    pub root: Location<B>,
    /// Access mode and status flags.
    pub flags: Cell<OpenFlags>,
    /// Offset of the next read or write, or in a directory the next entry.
    pub offset: Cell<u64>,
    /// What serves its bytes, where that is not the file system: a pipe, a device.
    pub stream: Option<Stream<B>>,
    /// Whose turn it is to move the offset, where reads and writes wait.
    pub turn: Turn,
}

impl<B: Backend> OpenFile<B> {
    /// An open file whose bytes are in its file system.
    #[must_use]
    pub fn new(place: Location<B>, root: Location<B>, flags: OpenFlags) -> OpenFile<B> {
        OpenFile {
            place,
            root,
            flags: Cell::new(OpenFlags(flags.0 & OpenFlags::KEPT)),
            offset: Cell::new(0),
            stream: None,
            turn: Turn::default(),
        }
    }

    /// Whether a read or write may wait.
    #[must_use]
    pub fn waits(&self) -> bool {
        !self.flags.get().has(OpenFlags::NON_BLOCK)
    }
}

/// Open files by badge. A badge carries a generation, so that a late message for a closed file finds nothing.
pub struct OpenFiles<B: Backend> {
    slots: RefCell<Slots<B>>,
}

struct Slots<B: Backend> {
    files: Vec<(u32, Option<Rc<OpenFile<B>>>)>,
    free: Vec<u32>,
}

/// Open files in the whole server, at most.
pub const OPEN_MAX: usize = 1 << 20;

impl<B: Backend> Default for OpenFiles<B> {
    fn default() -> Self {
        OpenFiles {
            slots: RefCell::new(Slots {
                files: Vec::new(),
                free: Vec::new(),
            }),
        }
    }
}

impl<B: Backend> OpenFiles<B> {
    /// Adds an open file; answers its badge.
    ///
    /// # Errors
    /// `NoMemory` when there are too many; its stream is closed then.
    pub fn add(&self, file: OpenFile<B>) -> Result<u64, Error> {
        let mut slots = self.slots.borrow_mut();
        let index = match slots.free.pop() {
            Some(index) => index,
            None if slots.files.len() < OPEN_MAX => {
                slots.files.push((1, None));
                slots.files.len() as u32 - 1
            }
            None => {
                if let Some(stream) = &file.stream {
                    stream.opened(0, file.flags.get());
                    stream.closed(0);
                }
                return Err(Error::NoMemory);
            }
        };
        let slot = &mut slots.files[index as usize];
        let badge = u64::from(slot.0) << 32 | u64::from(index);
        if let Some(stream) = &file.stream {
            stream.opened(badge, file.flags.get());
        }
        slot.1 = Some(Rc::new(file));
        Ok(badge)
    }

    /// The open file with this badge.
    #[must_use]
    pub fn get(&self, badge: u64) -> Option<Rc<OpenFile<B>>> {
        let slots = self.slots.borrow();
        let (generation, file) = slots.files.get((badge & 0xffff_ffff) as usize)?;
        if u64::from(*generation) != badge >> 32 {
            return None;
        }
        file.clone()
    }

    /// Forgets an open file whose session was closed; [`crate::server::Vfs::close`] does the rest.
    pub fn remove(&self, badge: u64) -> Option<Rc<OpenFile<B>>> {
        let removed = {
            let mut slots = self.slots.borrow_mut();
            let index = (badge & 0xffff_ffff) as u32;
            match slots.files.get_mut(index as usize) {
                Some((generation, file)) if u64::from(*generation) == badge >> 32 && file.is_some() => {
                    *generation = generation.wrapping_add(1).max(1);
                    let removed = file.take();
                    slots.free.push(index);
                    removed
                }
                _ => None,
            }
        };
        // Outside of the borrow: others hear of a pipe's end.
        if let Some(stream) = removed.as_ref().and_then(|file| file.stream.as_ref()) {
            stream.closed(badge);
        }
        removed
    }

    /// Whether some open file is so.
    pub fn any(&self, mut is_so: impl FnMut(&OpenFile<B>) -> bool) -> bool {
        let slots = self.slots.borrow();
        slots
            .files
            .iter()
            .any(|(_, file)| file.as_ref().is_some_and(|file| is_so(file)))
    }

    /// Badges of all open files.
    #[must_use]
    pub fn badges(&self) -> Vec<u64> {
        let slots = self.slots.borrow();
        let open = slots
            .files
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.1.is_some());
        open.map(|(index, slot)| u64::from(slot.0) << 32 | index as u64)
            .collect()
    }

    /// Number of open files.
    #[must_use]
    pub fn count(&self) -> usize {
        let slots = self.slots.borrow();
        slots.files.len() - slots.free.len()
    }
}
