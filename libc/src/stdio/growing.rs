//! open_memstream: a stream that collects bytes in a block of the heap. POSIX.1-2024.

use super::device::{Operations, SEEK_CUR, SEEK_END, SEEK_SET};
use super::file::{self, File, flag};
use crate::errno::{Errno, Result, returned};
use crate::heap::{free, malloc, realloc};
use crate::types::*;

/// A block that grows, and where its address and size are told to the program.
struct Block {
    place: *mut *mut c_char,
    size: *mut size_t,
    base: *mut u8,
    capacity: usize,
    length: usize,
    position: usize,
}

impl Block {
    /// Makes room for `length` bytes and a terminator; new bytes are zero.
    fn reserve(&mut self, length: usize) -> Result<()> {
        let needed = length.checked_add(1).ok_or(Errno::ENOMEM)?;
        if needed <= self.capacity {
            return Ok(());
        }
        let capacity = needed.max(self.capacity.saturating_mul(2));
        // SAFETY: the block is this stream's own until it is closed.
        unsafe {
            let base = realloc(self.base.cast(), capacity).cast::<u8>();
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

    /// Tells the program address and size: the smaller of length and position, as POSIX has it.
    fn tell(&self) {
        // SAFETY: the program keeps both places valid until the stream is closed.
        unsafe {
            self.place.write(self.base.cast());
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

unsafe fn read(_: &mut File, _: *mut u8, _: usize) -> Result<usize> {
    Err(Errno::EBADF)
}

unsafe fn write(file: &mut File, data: *const u8, length: usize) -> Result<usize> {
    let block = block_of(file);
    let end = block.position.checked_add(length).ok_or(Errno::ENOMEM)?;
    block.reserve(end)?;
    // SAFETY: `reserve` made room for `end` bytes.
    unsafe { core::ptr::copy(data, block.base.add(block.position), length) };
    block.position = end;
    if end > block.length {
        block.length = end;
        // SAFETY: `reserve` made room for a terminator.
        unsafe { block.base.add(end).write(0) };
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

unsafe fn open(place: *mut *mut c_char, size: *mut size_t) -> Result<*mut File> {
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
        });
        let stream = (*data)
            .reserve(0)
            .and_then(|()| file::allocate(flag::NO_READS, -1, &OPERATIONS))
            .inspect_err(|_| {
                free((*data).base.cast());
                free(data.cast());
            })?;
        (*stream).data = data.cast();
        Ok(stream)
    }
}

export! {
    /// Opens a stream that collects bytes. `*place` and `*size` are right after each fflush and fclose; the program
    /// frees the block. Null with `errno` set. POSIX.1-2024.
    pub unsafe extern "C" fn open_memstream(place: *mut *mut c_char, size: *mut size_t) -> *mut File {
        // SAFETY: as the caller promises.
        returned(unsafe { open(place, size) })
    }
}
