//! `Room`: the caller's buffer, which an entry's strings and lists are put into.

use crate::errno::{Errno, Result};
use crate::types::*;
use core::ptr;

/// What is left of a buffer.
pub struct Room {
    next: *mut u8,
    left: usize,
}

impl Room {
    /// A whole buffer.
    ///
    /// # Safety
    /// `length` bytes at `buffer` may be written while the room is used.
    pub unsafe fn new(buffer: *mut c_char, length: usize) -> Room {
        Room {
            next: buffer.cast(),
            left: length,
        }
    }

    fn take(&mut self, size: usize) -> Result<*mut u8> {
        if size > self.left {
            return Err(Errno::ERANGE);
        }
        let place = self.next;
        self.next = place.wrapping_add(size);
        self.left -= size;
        Ok(place)
    }

    /// A copy of a text, with its terminator.
    pub fn text(&mut self, text: &[u8]) -> Result<*mut c_char> {
        let place = self.take(text.len() + 1)?;
        // SAFETY: `take` gave as many bytes.
        unsafe {
            place.copy_from_nonoverlapping(text.as_ptr(), text.len());
            place.add(text.len()).write(0);
        }
        Ok(place.cast())
    }

    /// Bytes as they are, at an address that is a multiple of 8.
    pub fn block(&mut self, bytes: &[u8]) -> Result<*mut c_char> {
        self.align()?;
        let place = self.take(bytes.len())?;
        // SAFETY: as above.
        unsafe { place.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        Ok(place.cast())
    }

    fn align(&mut self) -> Result<()> {
        let padding = self.next.addr().wrapping_neg() % align_of::<*mut c_char>();
        self.take(padding).map(|_| ())
    }

    /// A list of pointers that ends with a null one, with room for `count` of them; all are null yet.
    pub fn pointers(&mut self, count: usize) -> Result<&'static mut [*mut c_char]> {
        self.align()?;
        let size = size_of::<*mut c_char>();
        let place = self.take((count + 1).checked_mul(size).ok_or(Errno::ERANGE)?)?;
        let place: *mut *mut c_char = place.cast();
        // SAFETY: the place is aligned and has room for as many pointers; it is the caller's for as long as the
        // entry is used.
        unsafe {
            for index in 0..=count {
                place.add(index).write(ptr::null_mut());
            }
            Ok(core::slice::from_raw_parts_mut(place, count + 1))
        }
    }

    /// A null-terminated list of copies of texts.
    pub fn list<'a>(&mut self, texts: impl Iterator<Item = &'a [u8]> + Clone) -> Result<*mut *mut c_char> {
        let pointers = self.pointers(texts.clone().count())?;
        for (place, text) in pointers.iter_mut().zip(texts) {
            *place = self.text(text)?;
        }
        Ok(pointers.as_mut_ptr())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::ffi::CStr;

    #[test]
    fn an_entry_that_does_not_fit_is_erange_and_nothing_beyond_the_buffer_changes() {
        let mut buffer = [0x55u8; 64];
        for length in 0..40 {
            // SAFETY: the buffer is longer.
            let mut room = unsafe { Room::new(buffer.as_mut_ptr().cast(), length) };
            let made = room
                .text(b"name")
                .and_then(|_| room.list([&b"a"[..], b"bc"].into_iter()));
            assert!(made.is_err() || length >= 5 + 24 + 5);
            assert!(buffer[length..].iter().all(|&b| b == 0x55));
        }
    }

    #[test]
    fn lists_end_with_null() {
        let mut buffer = [0u8; 100];
        // SAFETY: the buffer is ours, and the list within it.
        unsafe {
            let mut room = Room::new(buffer.as_mut_ptr().cast(), 100);
            let list = room.list([&b"x"[..], b"yz"].into_iter()).unwrap();
            assert_eq!(CStr::from_ptr(*list.add(1)), c"yz");
            assert!((*list.add(2)).is_null());
        }
    }
}
