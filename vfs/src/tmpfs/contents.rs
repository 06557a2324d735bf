//! Bytes of a tmpfs's regular files.

use super::inode::{File, Inode, PAGE};
use super::{Tmpfs, TmpfsNode};
use crate::attributes::{Attributes, SET_GROUP_ID, SET_USER_ID, Timestamp};
use crate::backend::Backend;
use crate::error::Error;

/// The largest size of a file: what `off_t` can say.
const SIZE_MAX: u64 = i64::MAX as u64;
/// Seconds after which a read moves the access time even where the file was not changed since (as "relatime" does).
const ACCESS_TIME_PERIOD: i64 = 24 * 60 * 60;

/// The pages that hold `start..end`.
fn pages(start: u64, end: u64) -> (u64, u64) {
    (start / PAGE, end.div_ceil(PAGE))
}

impl<B: Backend> Tmpfs<B> {
    /// Copies from a file to a request; short at the end of the file.
    pub(crate) fn copy_to_request(
        &self,
        node: &TmpfsNode<B>,
        request: &B::Request,
        request_offset: u64,
        offset: u64,
        length: u64,
    ) -> Result<u64, Error> {
        let attributes = node.attributes();
        let length = length.min(attributes.size.saturating_sub(offset));
        let mut file = node.file()?.borrow_mut();
        if length == 0 {
            return Ok(0);
        }
        self.grow_memory(node, &mut file, attributes.size, request)?;
        let (contents, _) = file.contents.as_ref().ok_or(Error::InputOutput)?;
        let count = self
            .backend
            .copy_out(request, request_offset, contents, offset, length)?;
        self.mark_access(node, &attributes);
        Ok(count)
    }

    /// Moves the access time of a file that is read or mapped, as "relatime" does.
    fn mark_access(&self, node: &TmpfsNode<B>, attributes: &Attributes) {
        let now = Timestamp::from_nanoseconds(self.backend.now_ns());
        if attributes.access <= attributes.modify
            || attributes.access <= attributes.change
            || now.seconds - attributes.access.seconds > ACCESS_TIME_PERIOD
        {
            node.update(|attributes| attributes.access = now);
        }
    }

    /// Copies from a request to a file. Grows the file; short where only part of it could be read from the caller.
    pub(crate) fn copy_from_request(
        &self,
        node: &TmpfsNode<B>,
        request: &B::Request,
        request_offset: u64,
        offset: u64,
        length: u64,
        now: Timestamp,
    ) -> Result<u64, Error> {
        self.write_with(node, request, (offset, length), now, |contents, count| {
            self.backend
                .copy_in(request, request_offset, contents, offset, count)
        })
    }

    /// Copies bytes of the server's to a file, as `copy_from_request` does a request's.
    pub(crate) fn store(
        &self,
        node: &TmpfsNode<B>,
        request: &B::Request,
        offset: u64,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<u64, Error> {
        self.write_with(
            node,
            request,
            (offset, bytes.len() as u64),
            now,
            |contents, count| {
                self.backend.store(contents, offset, &bytes[..count as usize])?;
                Ok(count)
            },
        )
    }

    /// Copies from a file into memory of the server's; short at the end of the file.
    pub(crate) fn load(&self, node: &TmpfsNode<B>, offset: u64, into: &mut [u8]) -> Result<usize, Error> {
        let left = node.attributes().size.saturating_sub(offset);
        let count = into.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let into = &mut into[..count];
        let file = node.file()?.borrow();
        let held = file
            .contents
            .as_ref()
            .map_or(0, |(_, capacity)| capacity.saturating_sub(offset));
        let (there, hole) = into.split_at_mut(count.min(usize::try_from(held).unwrap_or(usize::MAX)));
        if let Some((contents, _)) = file.contents.as_ref().filter(|_| !there.is_empty()) {
            self.backend.load(contents, offset, there)?;
        }
        hole.fill(0);
        Ok(count)
    }

    /// Whether a process runs the contents as a program.
    pub(crate) fn is_executed(&self, node: &TmpfsNode<B>) -> bool {
        let Ok(file) = node.file() else { return false };
        let file = file.borrow();
        // Only what was lent can be mapped.
        file.shared
            && file
                .contents
                .as_ref()
                .is_some_and(|(contents, _)| self.backend.is_executed(contents))
    }

    /// Lets `fill` write a range of the contents, for which there is room then; it is told how many bytes.
    fn write_with(
        &self,
        node: &TmpfsNode<B>,
        request: &B::Request,
        (offset, length): (u64, u64),
        now: Timestamp,
        fill: impl FnOnce(&B::Contents, u64) -> Result<u64, Error>,
    ) -> Result<u64, Error> {
        if length == 0 {
            return Ok(0);
        }
        if offset >= SIZE_MAX {
            return Err(Error::FileTooBig);
        }
        let end = offset.saturating_add(length).min(SIZE_MAX);
        let old_size = node.attributes().size;
        let mut file = node.file()?.borrow_mut();
        let end = self.take_pages(node, &mut file, offset, end)?;
        if offset > old_size {
            self.clear_tail(&file, old_size)?;
        }
        self.grow_memory(node, &mut file, end.max(old_size), request)?;
        let (contents, _) = file.contents.as_ref().ok_or(Error::InputOutput)?;
        let count = fill(contents, end - offset).map_err(no_space)?;
        let blocks = file.extents.pages() * (PAGE / 512);
        node.update(|attributes| {
            attributes.size = old_size.max(offset + count);
            attributes.blocks = blocks;
            attributes.modify = now;
            attributes.change = now;
            attributes.mode = without_set_id(attributes.mode);
        });
        Ok(count)
    }

    /// Changes the size; the bytes between the old and a greater new end read zero.
    pub(super) fn resize(&self, node: &TmpfsNode<B>, size: u64, now: Timestamp) -> Result<(), Error> {
        if size > SIZE_MAX {
            return Err(Error::FileTooBig);
        }
        let old_size = node.attributes().size;
        let mut file = node.file()?.borrow_mut();
        if size > old_size {
            self.clear_tail(&file, old_size)?;
        } else if size < old_size {
            if let Some((contents, capacity)) = &mut file.contents
                && *capacity > size
            {
                // To the exact byte first, so that the rest of the last page is zeroed.
                self.backend.resize(contents, size)?;
                *capacity = size;
            }
            let freed = file.extents.remove(size.div_ceil(PAGE), u64::MAX);
            node.give_pages(freed);
        }
        // Mappings must reach to the end of the last page of the new size.
        if let Some(contents) = &mut file.contents {
            self.fit_memory(contents, size)?;
        }
        let blocks = file.extents.pages() * (PAGE / 512);
        node.update(|attributes| {
            attributes.size = size;
            attributes.blocks = blocks;
            attributes.modify = now;
            attributes.change = now;
            attributes.mode = without_set_id(attributes.mode);
        });
        Ok(())
    }

    /// Frees the whole pages of a range and zeroes the rest of it; the size stays.
    pub(super) fn punch_hole(
        &self,
        node: &TmpfsNode<B>,
        offset: u64,
        length: u64,
        now: Timestamp,
    ) -> Result<(), Error> {
        let size = node.attributes().size;
        let end = offset.checked_add(length).ok_or(Error::FileTooBig)?.min(size);
        let mut file = node.file()?.borrow_mut();
        if offset >= end {
            return Ok(());
        }
        if let Some((contents, _)) = &file.contents {
            self.backend.punch(contents, offset, end - offset)?;
        }
        // Up to the end of the file, the last page goes as well.
        let last = if end == size {
            end.div_ceil(PAGE)
        } else {
            end / PAGE
        };
        let freed = file.extents.remove(offset.div_ceil(PAGE), last);
        node.give_pages(freed);
        let blocks = file.extents.pages() * (PAGE / 512);
        node.update(|attributes| {
            attributes.blocks = blocks;
            attributes.modify = now;
            attributes.change = now;
        });
        Ok(())
    }

    /// Lends the contents, for mapping. Every page up to the end is charged first, because a mapping can touch each.
    pub(super) fn lend_contents<R>(
        &self,
        node: &TmpfsNode<B>,
        request: &B::Request,
        with: impl FnOnce(&B::Contents) -> R,
    ) -> Result<R, Error> {
        let attributes = node.attributes();
        let size = attributes.size;
        let mut file = node.file()?.borrow_mut();
        let (first, last) = pages(0, size);
        let missing = file.extents.missing(first, last);
        node.take_pages(missing)?;
        file.extents.insert(first, last);
        self.grow_memory(node, &mut file, size, request)?;
        file.shared = true;
        self.mark_access(node, &attributes);
        let (contents, _) = file.contents.as_ref().ok_or(Error::InputOutput)?;
        Ok(with(contents))
    }

    /// The next data, or the next hole, from `offset` on.
    pub(super) fn next_data(&self, node: &TmpfsNode<B>, offset: u64, hole: bool) -> Result<u64, Error> {
        let size = node.attributes().size;
        if offset >= size {
            return Err(Error::NoDeviceOrAddress);
        }
        let file = node.file()?.borrow();
        let page = offset / PAGE;
        if hole {
            return Ok((file.extents.next_absent(page) * PAGE).clamp(offset, size));
        }
        match file.extents.next_present(page) {
            Some(found) if found * PAGE < size => Ok((found * PAGE).max(offset)),
            _ => Err(Error::NoDeviceOrAddress),
        }
    }

    /// Charges the pages of `offset..end`, or as many of the first of them as the quota leaves. Answers the end that is charged.
    #[inline]
    fn take_pages(&self, node: &Inode<B>, file: &mut File<B>, offset: u64, end: u64) -> Result<u64, Error> {
        let (first, last) = pages(offset, end);
        if file.extents.missing(first, last) == 0 {
            return Ok(end);
        }
        self.take_missing(node, file, (first, last), (offset, end))
    }

    /// As `take_pages`, where some are missing.
    #[cold]
    fn take_missing(
        &self,
        node: &Inode<B>,
        file: &mut File<B>,
        (first, last): (u64, u64),
        (offset, end): (u64, u64),
    ) -> Result<u64, Error> {
        let missing = file.extents.missing(first, last);
        if node.take_pages(missing).is_ok() {
            file.extents.insert(first, last);
            return Ok(end);
        }
        // POSIX: a write for which there is room in part is short; only one for which there is none at all fails.
        let mut fits = first;
        while fits < last {
            let present = file.extents.next_absent(fits).min(last);
            if present > fits {
                fits = present;
            } else if node.take_pages(1).is_ok() {
                file.extents.insert(fits, fits + 1);
                fits += 1;
            } else {
                break;
            }
        }
        let reached = (fits * PAGE).min(end);
        if reached <= offset {
            Err(Error::NoSpace)
        } else {
            Ok(reached)
        }
    }

    /// Makes the memory hold at least `size` bytes, in whole pages. Whoever makes it pays for it as long as it lives, within the mount's quota.
    fn grow_memory(
        &self,
        node: &Inode<B>,
        file: &mut File<B>,
        size: u64,
        request: &B::Request,
    ) -> Result<(), Error> {
        if let Some(contents) = &mut file.contents {
            return self.fit_memory(contents, size);
        }
        let wanted = size.div_ceil(PAGE) * PAGE;
        let label = node.attributes().label;
        let made = self
            .backend
            .create_for(request, wanted, label)
            .map_err(no_space)?;
        file.contents = Some((made, wanted));
        Ok(())
    }

    /// As `grow_memory`, where there is some.
    fn fit_memory(&self, (contents, capacity): &mut (B::Contents, u64), size: u64) -> Result<(), Error> {
        let wanted = size.div_ceil(PAGE) * PAGE;
        if *capacity < wanted {
            self.backend.resize(contents, wanted).map_err(no_space)?;
            *capacity = wanted;
        }
        Ok(())
    }

    /// Before a file grows: zeroes what a mapping may have written behind its end in the last page.
    fn clear_tail(&self, file: &File<B>, size: u64) -> Result<(), Error> {
        match &file.contents {
            Some((contents, capacity)) if file.shared && !size.is_multiple_of(PAGE) && *capacity > size => {
                self.backend.punch(contents, size, PAGE - size % PAGE)
            }
            _ => Ok(()),
        }
    }
}

/// For a program, memory that its account does not have left is a full file system.
fn no_space(error: Error) -> Error {
    match error {
        Error::NoMemory => Error::NoSpace,
        other => other,
    }
}

/// A write takes set-user-id away, and set-group-id where it means execution.
fn without_set_id(mode: u32) -> u32 {
    let mode = mode & !SET_USER_ID;
    if mode & 0o010 != 0 {
        mode & !SET_GROUP_ID
    } else {
        mode
    }
}
