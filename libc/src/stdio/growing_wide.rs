//! open_wmemstream: a stream that collects wide characters in a block of the heap. POSIX.1-2024.
//!
//! The stream's buffer holds UTF-8 whatever the locale; the device decodes it, so that the position counts wide
//! characters.

use super::device::{Operations, SEEK_CUR, SEEK_END, SEEK_SET};
use super::file::{self, File, flag};
use crate::errno::{Errno, Result, returned};
use crate::heap::{free, malloc, realloc};
use crate::multibyte::decode::{Decoded, mbstate_t, utf8};
use crate::types::*;

/// A block that grows, and where its address and size are told to the program. All sizes count characters.
struct Block {
    place: *mut *mut wchar_t,
    size: *mut size_t,
    base: *mut wchar_t,
    capacity: usize,
    length: usize,
    position: usize,
    /// A character whose bytes have not all come yet.
    state: mbstate_t,
}

impl Block {
    /// Makes room for `length` characters and a terminator; new ones are zero.
    fn reserve(&mut self, length: usize) -> Result<()> {
        let needed = length.checked_add(1).ok_or(Errno::ENOMEM)?;
        if needed <= self.capacity {
            return Ok(());
        }
        let capacity = needed.max(self.capacity.saturating_mul(2));
        let bytes = capacity.checked_mul(size_of::<wchar_t>()).ok_or(Errno::ENOMEM)?;
        // SAFETY: the block is this stream's own until it is closed.
        unsafe {
            let base = realloc(self.base.cast(), bytes).cast::<wchar_t>();
            if base.is_null() {
                return Err(Errno::ENOMEM);
            }
            base.add(self.capacity).write_bytes(0, capacity - self.capacity);
            self.base = base;
        }
        self.capacity = capacity;
        self.tell();
        Ok(())
    }

    /// Stores one character at the position.
    fn put(&mut self, character: wchar_t) -> Result<()> {
        let end = self.position.checked_add(1).ok_or(Errno::ENOMEM)?;
        self.reserve(end)?;
        // SAFETY: `reserve` made room for the character and a terminator.
        unsafe {
            self.base.add(self.position).write(character);
            if end > self.length {
                self.length = end;
                self.base.add(end).write(0);
            }
        }
        self.position = end;
        Ok(())
    }

    /// Tells the program address and size: the smaller of length and position, as POSIX has it.
    fn tell(&self) {
        // SAFETY: the program keeps both places valid until the stream is closed.
        unsafe {
            self.place.write(self.base);
            self.size.write(self.length.min(self.position));
        }
    }
}

fn block_of(file: &mut File) -> &mut Block {
    // SAFETY: a stream with these operations has a Block in `data` until it is closed.
    unsafe { &mut *file.data.cast::<Block>() }
}

static OPERATIONS: Operations = Operations {
    read,
    write,
    seek,
    close,
};

/// Whether the stream's bytes are UTF-8 in any locale.
pub fn is_wide_memory(file: &File) -> bool {
    core::ptr::eq(file.operations, &OPERATIONS)
}

unsafe fn read(_: &mut File, _: *mut u8, _: usize) -> Result<usize> {
    Err(Errno::EBADF)
}

unsafe fn write(file: &mut File, data: *const u8, length: usize) -> Result<usize> {
    let block = block_of(file);
    // SAFETY: the stream passes its own bytes.
    let mut bytes = unsafe { core::slice::from_raw_parts(data, length) };
    while !bytes.is_empty() {
        match utf8(bytes, &mut block.state) {
            Decoded::Char(character, taken) => {
                block.put(character as wchar_t)?;
                bytes = &bytes[taken..];
            }
            Decoded::Incomplete => break,
            Decoded::Invalid => return Err(Errno::EILSEQ),
        }
    }
    block.tell();
    Ok(length)
}

unsafe fn seek(file: &mut File, offset: off_t, whence: c_int) -> Result<off_t> {
    let block = block_of(file);
    let base = match whence {
        SEEK_SET => 0,
        SEEK_CUR => block.position,
        SEEK_END => block.length,
        _ => return Err(Errno::EINVAL),
    };
    let position = (base as off_t).checked_add(offset).ok_or(Errno::EOVERFLOW)?;
    block.position = usize::try_from(position).map_err(|_| Errno::EINVAL)?;
    block.tell();
    Ok(position)
}

unsafe fn close(file: &mut File) -> Result<()> {
    block_of(file).tell();
    let data = core::mem::replace(&mut file.data, core::ptr::null_mut());
    // SAFETY: the structure is the stream's; the block of text is the program's from now on.
    unsafe { free(data) };
    Ok(())
}

unsafe fn open(place: *mut *mut wchar_t, size: *mut size_t) -> Result<*mut File> {
    if place.is_null() || size.is_null() {
        return Err(Errno::EINVAL);
    }
    // SAFETY: blocks are filled before they are used.
    unsafe {
        let data = malloc(size_of::<Block>()).cast::<Block>();
        if data.is_null() {
            return Err(Errno::ENOMEM);
        }
        data.write(Block {
            place,
            size,
            base: core::ptr::null_mut(),
            capacity: 0,
            length: 0,
            position: 0,
            state: mbstate_t::INITIAL,
        });
        let stream = (*data)
            .reserve(0)
            .and_then(|()| file::allocate(flag::NO_READS, -1, &OPERATIONS))
            .inspect_err(|_| {
                free((*data).base.cast());
                free(data.cast());
            })?;
        (*stream).data = data.cast();
        (*stream).mode = 1;
        Ok(stream)
    }
}

export! {
    /// Opens a stream that collects wide characters. `*place` and `*size` are right after each fflush and fclose; the
    /// program frees the block. Null with `errno` set. POSIX.1-2024.
    pub unsafe extern "C" fn open_wmemstream(place: *mut *mut wchar_t, size: *mut size_t) -> *mut File {
        // SAFETY: as the caller promises.
        returned(unsafe { open(place, size) })
    }
}
