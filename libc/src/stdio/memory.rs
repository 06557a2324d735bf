//! fmemopen: a stream over memory of a fixed size. POSIX.1-2024.

use super::device::{Operations, SEEK_CUR, SEEK_END, SEEK_SET};
use super::file::{self, File, flag};
use super::open::parse_mode;
use crate::errno::{Errno, Result, returned};
use crate::heap::{free, malloc};
use crate::types::*;
use core::ffi::CStr;

/// The memory and where the stream stands in it.
struct Region {
    base: *mut u8,
    size: usize,
    /// How much of it is the file.
    length: usize,
    position: usize,
    append: bool,
    /// Whether the memory was allocated by fmemopen.
    owned: bool,
}

fn region_of(file: &mut File) -> &mut Region {
    // SAFETY: a stream with these operations has a Region in `data` until it is closed.
    unsafe { &mut *file.data.cast::<Region>() }
}

static OPERATIONS: Operations = Operations {
    read,
    write,
    seek,
    close,
};

unsafe fn read(file: &mut File, place: *mut u8, length: usize) -> Result<usize> {
    let region = region_of(file);
    let count = length.min(region.length.saturating_sub(region.position));
    // SAFETY: position + count <= length <= size.
    unsafe { core::ptr::copy(region.base.wrapping_add(region.position), place, count) };
    region.position += count;
    Ok(count)
}

unsafe fn write(file: &mut File, data: *const u8, length: usize) -> Result<usize> {
    let region = region_of(file);
    if region.append {
        region.position = region.length;
    }
    let count = length.min(region.size - region.position);
    if count == 0 {
        return Err(Errno::ENOSPC);
    }
    // SAFETY: position + count <= size.
    unsafe { core::ptr::copy(data, region.base.add(region.position), count) };
    region.position += count;
    if region.position > region.length {
        region.length = region.position;
        if region.length < region.size {
            // SAFETY: within the memory.
            unsafe { region.base.add(region.length).write(0) };
        }
    }
    Ok(count)
}

unsafe fn seek(file: &mut File, offset: off_t, whence: c_int) -> Result<off_t> {
    let region = region_of(file);
    let base = match whence {
        SEEK_SET => 0,
        SEEK_CUR => region.position,
        SEEK_END => region.length,
        _ => return Err(Errno::EINVAL),
    };
    let position = (base as off_t).checked_add(offset).ok_or(Errno::EINVAL)?;
    if position < 0 || position as u64 > region.size as u64 {
        return Err(Errno::EINVAL);
    }
    region.position = position as usize;
    Ok(position)
}

unsafe fn close(file: &mut File) -> Result<()> {
    let data = core::mem::replace(&mut file.data, core::ptr::null_mut()).cast::<Region>();
    // SAFETY: the blocks are the stream's, and nobody uses them after this.
    unsafe {
        if (*data).owned {
            free((*data).base.cast());
        }
        free(data.cast());
    }
    Ok(())
}

unsafe fn open(memory: *mut c_void, size: size_t, mode: *const c_char) -> Result<*mut File> {
    // SAFETY: the caller passes so much memory (or null) and a string; blocks are filled before they are used.
    unsafe {
        let mode_text = CStr::from_ptr(mode);
        let mode = parse_mode(mode_text)?;
        let first = mode_text.to_bytes()[0];
        let owned = memory.is_null();
        let base = if owned { malloc(size.max(1)) } else { memory }.cast::<u8>();
        let data = malloc(size_of::<Region>()).cast::<Region>();
        if base.is_null() || data.is_null() {
            free(data.cast());
            if owned {
                free(base.cast());
            }
            return Err(Errno::ENOMEM);
        }
        if size > 0 && (owned || first == b'w') {
            base.write(0);
        }
        let text = (0..size).take_while(|&index| base.add(index).read() != 0).count();
        let length = match first {
            b'r' => size,
            b'w' => 0,
            _ => text,
        };
        let append = mode.stream_flags & flag::APPENDING != 0;
        let position = if append { length } else { 0 };
        data.write(Region {
            base,
            size,
            length,
            position,
            append,
            owned,
        });
        let stream = file::allocate(mode.stream_flags, -1, &OPERATIONS);
        match stream {
            Ok(stream) => (*stream).data = data.cast(),
            Err(_) => {
                if owned {
                    free(base.cast());
                }
                free(data.cast());
            }
        }
        stream
    }
}

export! {
    /// Opens memory as a stream; null memory is allocated and goes with the stream. Null with `errno` set.
    /// POSIX.1-2024.
    pub unsafe extern "C" fn fmemopen(memory: *mut c_void, size: size_t, mode: *const c_char) -> *mut File {
        // SAFETY: as the caller promises.
        returned(unsafe { open(memory, size, mode) })
    }
}
