//! printf, fprintf, sprintf, snprintf, asprintf, dprintf and their `v` forms. ISO C17 7.21.6, POSIX.1-2024, glibc.

use super::engine::{Care, print};
use super::output::{Descriptor, Memory, Output};
use super::va_list::VaList;
use crate::errno::{Result, set_errno};
use crate::heap::Vector;
use crate::stdio::file::{File, locked};
use crate::stdio::{output, standard};
use crate::types::*;

/// What a C function returns: the count, or -1 with `errno` set.
pub fn returned(result: Result<c_int>) -> c_int {
    result.unwrap_or_else(|error| {
        set_errno(error.0);
        -1
    })
}

impl Output<u8> for File {
    #[inline]
    fn write(&mut self, text: &[u8]) -> Result<()> {
        output::put_all(self, text)
    }
}

/// A stream without a buffer, with one for the time of a call: so that a message is one write.
struct Collected<'a> {
    file: &'a mut File,
    buffer: [u8; 512],
    length: usize,
}

impl Collected<'_> {
    fn finish(&mut self) -> Result<()> {
        let length = core::mem::take(&mut self.length);
        output::put_all(self.file, &self.buffer[..length])
    }
}

impl Output<u8> for Collected<'_> {
    fn write(&mut self, mut text: &[u8]) -> Result<()> {
        while !text.is_empty() {
            if self.length == self.buffer.len() {
                self.finish()?;
            }
            let count = text.len().min(self.buffer.len() - self.length);
            self.buffer[self.length..][..count].copy_from_slice(&text[..count]);
            self.length += count;
            text = &text[count..];
        }
        Ok(())
    }
}

/// Prints to a stream that the caller has locked.
///
/// # Safety
/// The format is a string, and the list holds what it says.
pub unsafe fn print_to_stream(
    file: &mut File,
    format: *const c_char,
    list: *mut VaList,
    care: Care,
) -> Result<c_int> {
    output::begin(file)?;
    // SAFETY: as the caller promises.
    unsafe {
        if file.has(crate::stdio::file::flag::UNBUFFERED) {
            let mut collected = Collected {
                file,
                buffer: [0; 512],
                length: 0,
            };
            let result = print::<u8>(&mut collected, format.cast(), &mut *list, care);
            return collected.finish().and(result);
        }
        print::<u8>(file, format.cast(), &mut *list, care)
    }
}

/// Prints to memory of a fixed size with a terminator; the count is that of all text.
///
/// # Safety
/// The place has the size, the format is a string, and the list holds what it says.
#[inline]
pub unsafe fn print_to_memory(
    place: *mut c_char,
    size: size_t,
    format: *const c_char,
    list: *mut VaList,
    care: Care,
) -> Result<c_int> {
    // SAFETY: as the caller promises.
    unsafe {
        let mut memory = Memory::<u8>::new(place.cast(), size.saturating_sub(1));
        let result = print::<u8>(&mut memory, format.cast(), &mut *list, care);
        if size > 0 {
            memory.next().write(0);
        }
        result
    }
}

/// Prints to a block of the heap.
///
/// # Safety
/// The format is a string, and the list holds what it says.
pub unsafe fn print_to_heap(
    place: *mut *mut c_char,
    format: *const c_char,
    list: *mut VaList,
    care: Care,
) -> Result<c_int> {
    let mut text = Vector::<u8>::new();
    // SAFETY: as the caller promises.
    let count = unsafe { print::<u8>(&mut text, format.cast(), &mut *list, care)? };
    text.push(0)?;
    // SAFETY: the caller passes a place for a pointer.
    unsafe { place.write(text.into_raw().cast()) };
    Ok(count)
}

/// Prints to a descriptor.
///
/// # Safety
/// The format is a string, and the list holds what it says.
pub unsafe fn print_to_descriptor(
    fd: c_int,
    format: *const c_char,
    list: *mut VaList,
    care: Care,
) -> Result<c_int> {
    let mut descriptor = Descriptor::new(fd);
    // SAFETY: as the caller promises.
    let result = unsafe { print::<u8>(&mut descriptor, format.cast(), &mut *list, care) };
    descriptor.finish().and(result)
}

export! {
    /// Prints to a stream. ISO C17 7.21.6.8.
    pub unsafe extern "C" fn vfprintf(stream: *mut File, format: *const c_char, list: *mut VaList) -> c_int {
        // SAFETY: as the caller promises.
        returned(unsafe { locked(stream, |file| print_to_stream(file, format, list, Care::Normal)) })
    }

    /// Prints to stdout. ISO C17 7.21.6.10.
    pub unsafe extern "C" fn vprintf(format: *const c_char, list: *mut VaList) -> c_int {
        // SAFETY: as the caller promises; stdout names an open stream.
        unsafe { vfprintf(standard::STDOUT.get(), format, list) }
    }

    /// Prints to memory of a fixed size. ISO C17 7.21.6.12.
    pub unsafe extern "C" fn vsnprintf(place: *mut c_char, size: size_t, format: *const c_char, list: *mut VaList) -> c_int {
        // SAFETY: as the caller promises.
        returned(unsafe { print_to_memory(place, size, format, list, Care::Normal) })
    }

    /// Prints to memory that is large enough. ISO C17 7.21.6.13.
    pub unsafe extern "C" fn vsprintf(place: *mut c_char, format: *const c_char, list: *mut VaList) -> c_int {
        // SAFETY: as the caller promises.
        returned(unsafe { print_to_memory(place, usize::MAX, format, list, Care::Normal) })
    }

    /// Prints to a block of the heap, which the caller frees. POSIX.1-2024.
    pub unsafe extern "C" fn vasprintf(place: *mut *mut c_char, format: *const c_char, list: *mut VaList) -> c_int {
        // SAFETY: as the caller promises.
        returned(unsafe { print_to_heap(place, format, list, Care::Normal) })
    }

    /// Prints to a descriptor. POSIX.1-2024.
    pub unsafe extern "C" fn vdprintf(fd: c_int, format: *const c_char, list: *mut VaList) -> c_int {
        // SAFETY: as the caller promises.
        returned(unsafe { print_to_descriptor(fd, format, list, Care::Normal) })
    }
}

alias!(_IO_vfprintf = vfprintf);
alias!(__vsnprintf = vsnprintf);

variadic! {
    printf(1) = vprintf;
    fprintf(2) = vfprintf;
    sprintf(2) = vsprintf;
    snprintf(3) = vsnprintf;
    asprintf(2) = vasprintf;
    __asprintf(2) = vasprintf;
    dprintf(2) = vdprintf;
    _IO_printf(1) = vprintf;
    _IO_fprintf(2) = vfprintf;
    _IO_sprintf(2) = vsprintf;
    __snprintf(3) = vsnprintf;
}
