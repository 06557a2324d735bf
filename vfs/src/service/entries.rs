//! Listing directories, in the layout of Linux's `struct linux_dirent64`.

use crate::anonymous::observer::events;
use crate::attributes::Kind;
use crate::backend::Backend;
use crate::error::Error;
use crate::file_system::{FileSystem, Shown};
use crate::judge::{FileMethod, Judge};
use crate::open_file::OpenFile;
use crate::server::Vfs;
use crate::walk::Caller;
use alloc::vec::Vec;

/// Bytes of a record before its name: inode, next offset, length of the record, type.
const RECORD_HEAD: usize = 19;
/// Bytes that one answer carries, at most.
pub const ANSWER_MAX: u64 = 64 * 1024;
/// Entries that are fetched at a time.
const BATCH: usize = 64;

impl<B: Backend> Vfs<B> {
    /// Gives entries from the directory's offset on, as many as fit into `room`, and moves the offset behind them. Zero is the end.
    ///
    /// # Errors
    /// `NotDirectory`; `InvalidArgument` where not even one entry fits; `NoEntry` in a removed directory.
    pub async fn entries<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        request: &B::Request,
        room: u64,
    ) -> Result<u64, Error> {
        let attributes = file.place.attributes();
        if attributes.kind != Kind::Directory {
            return Err(Error::NotDirectory);
        }
        if !file.flags.get().reads() {
            return Err(Error::BadDescriptor);
        }
        caller.judge(&attributes, FileMethod::Entries)?;
        // POSIX lets a removed directory read as empty; Linux says ENOENT.
        file.place.file_system().name_of(&file.place.node)?;
        let room = usize::try_from(room.min(ANSWER_MAX)).map_err(|_| Error::InvalidArgument)?;
        let mut answer = Vec::with_capacity(room.min(4096));
        let mut offset = file.offset.get();
        let directory = Kind::Directory.entry_type();
        if offset == 0 && add(&mut answer, room, attributes.inode, 1, directory, b".") {
            offset = 1;
        }
        if offset == 1 {
            let above = file.place.file_system().parent(&file.place.node).await?;
            let inode = file.place.file_system().attributes(&above).inode;
            if add(&mut answer, room, inode, 2, directory, b"..") {
                offset = 2;
            }
        }
        let offset_before = offset;
        let mut show = |entry: Shown<'_>| {
            let fits = add(
                &mut answer,
                room,
                entry.inode,
                entry.next,
                entry.entry_type,
                entry.name,
            );
            if fits {
                offset = entry.next;
            }
            fits
        };
        let file_system = file.place.file_system();
        if offset_before >= 2 && !file_system.show_entries(&file.place.node, offset_before, &mut show)? {
            self.show_batches(file, offset_before, &mut show).await?;
        }
        if answer.is_empty() && !self.at_end(file, offset).await? {
            return Err(Error::InvalidArgument);
        }
        let count = self.backend.give(request, 0, &answer)?;
        if count == answer.len() as u64 {
            file.offset.set(offset);
        }
        self.anonymous.observing.tell(&file.place, events::ACCESS);
        Ok(count)
    }

    /// Shows entries of a file system that waits for them.
    async fn show_batches(
        &self,
        file: &OpenFile<B>,
        mut offset: u64,
        show: &mut impl FnMut(Shown<'_>) -> bool,
    ) -> Result<(), Error> {
        loop {
            let batch = file
                .place
                .file_system()
                .entries(&file.place.node, offset, BATCH)
                .await?;
            if batch.is_empty() {
                return Ok(());
            }
            for entry in batch {
                let shown = Shown {
                    name: &entry.name,
                    inode: entry.inode,
                    entry_type: entry.entry_type,
                    next: entry.next,
                };
                if !show(shown) {
                    return Ok(());
                }
                offset = entry.next;
            }
        }
    }

    async fn at_end(&self, file: &OpenFile<B>, offset: u64) -> Result<bool, Error> {
        Ok(offset >= 2
            && file
                .place
                .file_system()
                .entries(&file.place.node, offset, 1)
                .await?
                .is_empty())
    }
}

/// Appends a record if it fits.
fn add(answer: &mut Vec<u8>, room: usize, inode: u64, next: u64, entry_type: u8, name: &[u8]) -> bool {
    let length = (RECORD_HEAD + name.len() + 1).next_multiple_of(8);
    if answer.len() + length > room {
        return false;
    }
    let end = answer.len() + length;
    let mut head = [0; RECORD_HEAD];
    head[..8].copy_from_slice(&inode.to_le_bytes());
    head[8..16].copy_from_slice(&next.to_le_bytes());
    head[16..18].copy_from_slice(&(length as u16).to_le_bytes());
    head[18] = entry_type;
    answer.reserve(length);
    answer.extend_from_slice(&head);
    answer.extend_from_slice(name);
    answer.resize(end, 0);
    true
}
