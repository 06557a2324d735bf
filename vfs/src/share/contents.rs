//! Bytes of a shared folder's files: each read and write goes to the host; what is mapped is read whole first.

use super::folder::{Folder, FolderChange, STEP};
use super::inode::Loaded;
use super::{ShareFs, ShareNode};
use crate::attributes::{Attributes, Kind, Timestamp};
use crate::backend::Backend;
use crate::error::Error;
use crate::file_system::FileSystem;
use alloc::rc::Rc;
use alloc::vec;

/// The largest size of a file: what `off_t` can say.
const SIZE_MAX: u64 = i64::MAX as u64;
/// Bytes of a file that can be mapped or run, at most.
const MAPPED_MAX: u64 = 256 << 20;
/// Bytes of a page.
const PAGE: u64 = trivet_abi::PAGE_SIZE as u64;

/// Whether nothing that the host tells says that the bytes have changed.
fn is_same_version(left: &Attributes, right: &Attributes) -> bool {
    (left.size, left.modify, left.change) == (right.size, right.modify, right.change)
}

impl<B: Backend> ShareFs<B> {
    pub(super) async fn copy_to_request(
        &self,
        node: &ShareNode<B>,
        request: &B::Request,
        request_offset: u64,
        offset: u64,
        length: u64,
    ) -> Result<u64, Error> {
        if node.attributes().kind != Kind::Regular {
            return Err(Error::IsDirectory);
        }
        let mut done = 0;
        while done < length {
            let at = offset.checked_add(done).ok_or(Error::InvalidArgument)?;
            let room = usize::try_from(length - done).unwrap_or(STEP).min(STEP);
            let bytes = match self.folder.read(node.reading_or_path(), at, room).await {
                Ok(bytes) => bytes,
                // What came before is an answer.
                Err(_) if done > 0 => break,
                Err(error) => return Err(error),
            };
            if bytes.is_empty() {
                break;
            }
            let given = match self.backend.give(request, request_offset + done, &bytes) {
                Ok(given) => given,
                Err(_) if done > 0 => break,
                Err(error) => return Err(error),
            };
            done += given;
            if given < bytes.len() as u64 || bytes.len() < room {
                break;
            }
        }
        Ok(done)
    }

    pub(super) async fn copy_from_request(
        &self,
        node: &ShareNode<B>,
        request: &B::Request,
        request_offset: u64,
        offset: u64,
        length: u64,
        now: Timestamp,
    ) -> Result<u64, Error> {
        if length == 0 {
            return Ok(0);
        }
        let end = offset
            .checked_add(length)
            .filter(|&end| end <= SIZE_MAX)
            .ok_or(Error::FileTooBig)?;
        // Whoever appends meanwhile does so behind these bytes.
        let (last, count) = node.writes.get();
        let before = node.attributes().size;
        node.writes
            .set((if count == 0 { end } else { last.max(end) }, count + 1));
        node.change(|attributes| attributes.size = attributes.size.max(end));
        let result = self.send(node, request, request_offset, offset, length).await;
        let (last, count) = node.writes.get();
        node.writes.set((last, count - 1));
        self.writes_ended.set(self.writes_ended.get().wrapping_add(1));
        let done = *result.as_ref().unwrap_or(&0);
        node.change(|attributes| {
            // Nobody else counts on what did not come to pass.
            if count == 1 && done < length && attributes.size == end {
                attributes.size = before.max(if done > 0 { offset + done } else { 0 });
            }
            if done > 0 {
                attributes.modify = now;
                attributes.change = now;
            }
        });
        if done > 0 {
            self.update_loaded(node, request, request_offset, offset, done);
        }
        result
    }

    async fn send(
        &self,
        node: &ShareNode<B>,
        request: &B::Request,
        request_offset: u64,
        offset: u64,
        length: u64,
    ) -> Result<u64, Error> {
        let mut step = vec![0; usize::try_from(length).unwrap_or(STEP).min(STEP)];
        let mut done = 0;
        while done < length {
            let count = usize::try_from(length - done).unwrap_or(STEP).min(STEP);
            let bytes = &mut step[..count];
            let sent = match self.backend.take(request, request_offset + done, bytes) {
                Ok(taken) if taken > 0 => {
                    self.folder
                        .write(node.writing_or_path(), offset + done, &bytes[..taken])
                        .await
                }
                Ok(_) => break,
                Err(error) => Err(error),
            };
            match sent {
                Ok(0) => break,
                Ok(sent) => done += sent,
                Err(_) if done > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    /// What was written is what a mapping shows, as far as it reaches.
    fn update_loaded(
        &self,
        node: &ShareNode<B>,
        request: &B::Request,
        request_offset: u64,
        offset: u64,
        length: u64,
    ) {
        let mut loaded = node.loaded.borrow_mut();
        if let Some(kept) = &mut *loaded {
            let room = kept.of.size.saturating_sub(offset).min(length);
            // A program that runs cannot be written over, nor can a mapping grow: the next mapping is made anew. This one misses what it cannot take.
            if room > 0 {
                let _ = self
                    .backend
                    .copy_in(request, request_offset, &kept.contents, offset, room);
            }
            kept.is_stale = true;
        }
    }

    pub(super) async fn change_size(
        &self,
        node: &ShareNode<B>,
        size: u64,
        now: Timestamp,
    ) -> Result<(), Error> {
        if size > SIZE_MAX {
            return Err(Error::FileTooBig);
        }
        match self.check(node).await {
            Ok(()) => {
                let change = FolderChange {
                    size: Some(size),
                    ..FolderChange::default()
                };
                self.folder.change(node.path(), &change).await?;
            }
            // The host cuts files by their path only, and this one has none. Growing is writing its last byte.
            Err(Error::NoEntry) if size > node.attributes().size => {
                self.folder.write(node.writing_or_path(), size - 1, &[0]).await?;
            }
            Err(Error::NoEntry) if size == node.attributes().size => {}
            Err(Error::NoEntry) => return Err(Error::InputOutput),
            Err(error) => return Err(error),
        }
        node.change(|attributes| {
            attributes.size = size;
            attributes.modify = now;
            attributes.change = now;
        });
        if let Some(kept) = &mut *node.loaded.borrow_mut() {
            if size < kept.of.size {
                // Mappings see the new end. A program that runs keeps its pages.
                let _ = self.backend.resize(&kept.contents, size);
            }
            kept.is_stale = true;
        }
        Ok(())
    }

    pub(super) async fn lend_contents<R>(
        &self,
        node: &ShareNode<B>,
        with: impl FnOnce(&B::Contents) -> R,
    ) -> Result<R, Error> {
        if node.attributes().kind != Kind::Regular {
            return Err(Error::NoDevice);
        }
        while node.loads.get() {
            node.load_ended.wait_in_background().await;
        }
        self.refresh(node).await?;
        let wanted = node.attributes();
        let kept = node
            .loaded
            .borrow()
            .as_ref()
            .filter(|kept| !kept.is_stale && is_same_version(&kept.of, &wanted))
            .map(|kept| Rc::clone(&kept.contents));
        if let Some(contents) = kept {
            return Ok(with(&contents));
        }
        node.loads.set(true);
        let contents = self.load(node, wanted.size).await;
        node.loads.set(false);
        node.load_ended.wake_all();
        let contents = Rc::new(contents?);
        let answer = with(&contents);
        let old = node.loaded.replace(Some(Loaded {
            contents,
            of: wanted,
            is_stale: false,
        }));
        if let Some(old) = old {
            node.former.replace(Some(old.contents));
        }
        Ok(answer)
    }

    /// Reads all of a file.
    async fn load(&self, node: &ShareNode<B>, size: u64) -> Result<B::Contents, Error> {
        if size > MAPPED_MAX {
            return Err(Error::NoMemory);
        }
        let contents = self
            .backend
            .create_for_mapping(size.div_ceil(PAGE) * PAGE, self.label)?;
        let mut done = 0;
        while done < size {
            let room = usize::try_from(size - done).unwrap_or(STEP).min(STEP);
            let bytes = self.folder.read(node.reading_or_path(), done, room).await?;
            if bytes.is_empty() {
                // It has become shorter: the rest reads zero.
                break;
            }
            self.backend.store(&contents, done, &bytes)?;
            done += bytes.len() as u64;
        }
        Ok(contents)
    }
}
