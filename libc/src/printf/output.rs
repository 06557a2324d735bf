//! Where formatted text goes, in units of `char` or `wchar_t`.

use crate::errno::{Errno, Result};
use crate::heap::Vector;
use crate::types::wchar_t;

/// A unit of text: a byte or a wide character.
pub trait Unit: Copy + Eq + 'static {
    /// The unit of an ASCII character.
    fn from_ascii(character: u8) -> Self;

    /// Its number.
    fn code(self) -> u32;

    /// Writes ASCII text.
    fn write_ascii(output: &mut dyn Output<Self>, text: &[u8]) -> Result<()>;
}

impl Unit for u8 {
    #[inline(always)]
    fn from_ascii(character: u8) -> u8 {
        character
    }

    #[inline(always)]
    fn code(self) -> u32 {
        self as u32
    }

    #[inline]
    fn write_ascii(output: &mut dyn Output<u8>, text: &[u8]) -> Result<()> {
        output.write(text)
    }
}

impl Unit for wchar_t {
    #[inline(always)]
    fn from_ascii(character: u8) -> wchar_t {
        character as wchar_t
    }

    #[inline(always)]
    fn code(self) -> u32 {
        self as u32
    }

    fn write_ascii(output: &mut dyn Output<wchar_t>, text: &[u8]) -> Result<()> {
        for part in text.chunks(32) {
            let mut wide = [0; 32];
            for (to, &from) in wide.iter_mut().zip(part) {
                *to = from as wchar_t;
            }
            output.write(&wide[..part.len()])?;
        }
        Ok(())
    }
}

/// A destination of text.
pub trait Output<U: Unit> {
    /// Takes text.
    fn write(&mut self, text: &[U]) -> Result<()>;

    /// Takes a unit many times.
    fn fill(&mut self, unit: U, mut count: usize) -> Result<()> {
        let block = [unit; 64];
        while count > 0 {
            let part = count.min(block.len());
            self.write(&block[..part])?;
            count -= part;
        }
        Ok(())
    }
}

/// Memory of a fixed size, as snprintf has it: what does not fit is dropped.
pub struct Memory<U> {
    next: *mut U,
    room: usize,
}

/// Copies units; short text, which is most, without a call.
#[inline(always)]
unsafe fn copy<U: Copy>(from: *const U, to: *mut U, count: usize) {
    // SAFETY: the caller passes valid memory; each pair of words covers all the bytes of its range of lengths, and
    // both are read before either is written.
    unsafe {
        let (source, target, bytes) = (from.cast::<u8>(), to.cast::<u8>(), count * size_of::<U>());
        match bytes {
            0 => (),
            1 => target.write(source.read()),
            2..=3 => {
                let (first, last) = (
                    source.cast::<u16>().read_unaligned(),
                    source.add(bytes - 1).read(),
                );
                target.cast::<u16>().write_unaligned(first);
                target.add(bytes - 1).write(last);
            }
            4..=7 => {
                let last = source.add(bytes - 4).cast::<u32>().read_unaligned();
                target
                    .cast::<u32>()
                    .write_unaligned(source.cast::<u32>().read_unaligned());
                target.add(bytes - 4).cast::<u32>().write_unaligned(last);
            }
            8..=16 => {
                let last = source.add(bytes - 8).cast::<u64>().read_unaligned();
                target
                    .cast::<u64>()
                    .write_unaligned(source.cast::<u64>().read_unaligned());
                target.add(bytes - 8).cast::<u64>().write_unaligned(last);
            }
            _ => core::ptr::copy(from, to, count),
        }
    }
}

impl<U: Unit> Memory<U> {
    /// Text goes to `place`, at most `room` units.
    ///
    /// # Safety
    /// The place has so much room, or (as sprintf's callers promise) enough for what is printed.
    pub unsafe fn new(place: *mut U, room: usize) -> Self {
        Memory { next: place, room }
    }

    /// How much room is left.
    pub fn room(&self) -> usize {
        self.room
    }

    /// Where the next unit would go.
    pub fn next(&self) -> *mut U {
        self.next
    }
}

impl<U: Unit> Output<U> for Memory<U> {
    #[inline]
    fn write(&mut self, text: &[U]) -> Result<()> {
        let count = text.len().min(self.room);
        // SAFETY: `new` was promised room for `room` units, and `count` is within it.
        unsafe { copy(text.as_ptr(), self.next, count) };
        self.next = self.next.wrapping_add(count);
        self.room -= count;
        Ok(())
    }

    #[inline]
    fn fill(&mut self, unit: U, count: usize) -> Result<()> {
        let count = count.min(self.room);
        for i in 0..count {
            // SAFETY: as in `write`.
            unsafe { self.next.add(i).write(unit) };
        }
        self.next = self.next.wrapping_add(count);
        self.room -= count;
        Ok(())
    }
}

/// Memory of a fixed size, as swprintf has it: what does not fit is an error.
pub struct Bounded<U>(pub Memory<U>);

impl<U: Unit> Output<U> for Bounded<U> {
    fn write(&mut self, text: &[U]) -> Result<()> {
        let fits = text.len() <= self.0.room();
        self.0.write(text)?;
        if fits { Ok(()) } else { Err(Errno::E2BIG) }
    }
}

impl Output<u8> for Vector<u8> {
    fn write(&mut self, text: &[u8]) -> Result<()> {
        self.extend_from_slice(text)
    }
}

/// A descriptor, by way of a buffer. Call `finish` at the end.
pub struct Descriptor {
    fd: crate::types::c_int,
    buffer: [u8; 512],
    length: usize,
}

impl Descriptor {
    /// Text goes to `fd`.
    pub fn new(fd: crate::types::c_int) -> Self {
        Descriptor {
            fd,
            buffer: [0; 512],
            length: 0,
        }
    }

    /// Writes out what is in the buffer.
    pub fn finish(&mut self) -> Result<()> {
        let mut done = 0;
        while done < self.length {
            done += crate::stdio::device::write(self.fd, &self.buffer[done..self.length])?;
        }
        self.length = 0;
        Ok(())
    }
}

impl Output<u8> for Descriptor {
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
