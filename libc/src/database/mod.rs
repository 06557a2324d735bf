//! Databases in text files below /etc: a line an entry, read without a stream.
//!
//! `Record` is what a line holds, `Table` a database with the place that `getXXent` has reached and the storage
//! of the functions without `_r`, `find` the search of those with it. Each database is one file; there is no
//! name service switch.

mod room;
mod text;

pub use room::Room;
pub use text::TextFile;

use crate::errno::{Errno, Result, set_errno};
use crate::heap::{Vector, free};
use crate::stdio::file::File;
use crate::types::*;
use core::ffi::CStr;
use core::mem::MaybeUninit;
use core::ptr;

/// An entry of a database. The strings that it points to lie in the caller's `Room`.
pub trait Record: Sized {
    /// The database's file.
    const PATH: &'static CStr;

    /// What a line says; `None` for a comment and for a line that is no entry. ERANGE without room.
    fn parse(line: &[u8], room: &mut Room) -> Result<Option<Self>>;
}

/// A line without the blanks before it; `None` if nothing is left, or a comment.
pub fn content(line: &[u8]) -> Option<&[u8]> {
    let line = line.trim_ascii_start();
    match line.first() {
        None | Some(b'#') => None,
        Some(_) => Some(line),
    }
}

/// A decimal number of 32 bits, without anything around it.
pub fn number(text: &[u8]) -> Option<u32> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    core::str::from_utf8(text).ok()?.parse().ok()
}

/// The words of a line of names: up to a `#`, apart by blanks.
pub fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    let end = line.iter().position(|&b| b == b'#').unwrap_or(line.len());
    line[..end]
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
}

/// A string of the caller's, as bytes.
///
/// # Safety
/// `text` is a string that outlives the result.
pub unsafe fn bytes<'a>(text: *const c_char) -> &'a [u8] {
    // SAFETY: the caller's.
    unsafe { CStr::from_ptr(text) }.to_bytes()
}

/// Searches a database for the first entry that is wanted, into the caller's storage: 0 and the entry in `result`,
/// 0 and null if there is none, or an error number (ERANGE: the buffer is too small).
///
/// # Safety
/// `entry`, `buffer` (with `length` bytes) and `result` may be written.
pub unsafe fn find<R: Record>(
    entry: *mut R,
    buffer: *mut c_char,
    length: usize,
    result: *mut *mut R,
    wanted: impl FnMut(&R) -> bool,
) -> c_int {
    let mut table = Table::<R>::new();
    // SAFETY: the caller's.
    unsafe {
        result.write(ptr::null_mut());
        match table.search(entry, buffer, length, wanted) {
            Ok(true) => {
                result.write(entry);
                0
            }
            Ok(false) => 0,
            Err(error) => error.0,
        }
    }
}

/// A database that is being read, and the storage of the functions that return their own.
pub struct Table<R> {
    file: Option<TextFile>,
    line: Vector<u8>,
    /// Whether `line` had no room where it was to go, and comes again.
    again: bool,
    entry: MaybeUninit<R>,
    buffer: Vector<u8>,
}

// SAFETY: the pointers in an entry lead into `buffer`, which belongs to the table.
unsafe impl<R> Send for Table<R> {}

impl<R: Record> Default for Table<R> {
    fn default() -> Self {
        Table::new()
    }
}

impl<R: Record> Table<R> {
    /// A database that was not opened yet.
    pub const fn new() -> Self {
        Table {
            file: None,
            line: Vector::new(),
            again: false,
            entry: MaybeUninit::uninit(),
            buffer: Vector::new(),
        }
    }

    /// The next entry is the first again; the file is closed until then.
    pub fn rewind(&mut self) {
        self.file = None;
        self.again = false;
    }

    /// The next entry, into the caller's storage; `false` at the end. With ERANGE the same entry comes again.
    ///
    /// # Safety
    /// `entry` and `length` bytes at `buffer` may be written.
    pub unsafe fn next_into(&mut self, entry: *mut R, buffer: *mut c_char, length: usize) -> Result<bool> {
        if self.file.is_none() {
            self.file = Some(TextFile::open(R::PATH)?);
        }
        let Some(file) = &mut self.file else {
            return Ok(false);
        };
        loop {
            if !self.again && !file.read_line(&mut self.line)? {
                return Ok(false);
            }
            self.again = false;
            // SAFETY: the caller's.
            let mut room = unsafe { Room::new(buffer, length) };
            match R::parse(&self.line, &mut room) {
                Ok(Some(record)) => {
                    // SAFETY: the caller's.
                    unsafe { entry.write(record) };
                    return Ok(true);
                }
                Ok(None) => (),
                Err(error) => {
                    self.again = true;
                    return Err(error);
                }
            }
        }
    }

    /// The first entry from here on that is wanted, into the caller's storage.
    ///
    /// # Safety
    /// As `next_into`.
    pub unsafe fn search(
        &mut self,
        entry: *mut R,
        buffer: *mut c_char,
        length: usize,
        mut wanted: impl FnMut(&R) -> bool,
    ) -> Result<bool> {
        // SAFETY: the caller's; a `true` answer says that the entry was written.
        unsafe {
            while self.next_into(entry, buffer, length)? {
                if wanted(&*entry) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// The next entry that is wanted, in the table's own storage; null at the end, or with `errno` set.
    fn own(&mut self, mut wanted: impl FnMut(&R) -> bool) -> *mut R {
        let entry = self.entry.as_mut_ptr();
        loop {
            let (buffer, length) = (self.buffer.as_mut_ptr().cast(), self.buffer.len());
            // SAFETY: the storage is the table's own; a vector without room has no byte to write.
            match unsafe { self.search(entry, buffer, length, &mut wanted) } {
                Ok(true) => return entry,
                Ok(false) => return ptr::null_mut(),
                Err(Errno::ERANGE) if self.buffer.resize((length * 2).max(1024), 0).is_ok() => (),
                Err(error) => {
                    set_errno(error.0);
                    return ptr::null_mut();
                }
            }
        }
    }

    /// The next entry; the storage is the table's.
    pub fn next_entry(&mut self) -> *mut R {
        self.own(|_| true)
    }

    /// The first entry of the whole database that is wanted; the place of `next` does not change.
    pub fn first(&mut self, wanted: impl FnMut(&R) -> bool) -> *mut R {
        let (file, again) = (self.file.take(), self.again);
        let line = core::mem::take(&mut self.line);
        self.again = false;
        let found = self.own(wanted);
        self.file = file;
        self.again = again;
        self.line = line;
        found
    }

    /// The next entry of a stream, in the table's own storage; null at its end, or with `errno` set.
    ///
    /// # Safety
    /// `stream` is open.
    pub unsafe fn next_of_stream(&mut self, stream: *mut File) -> *mut R {
        let entry = self.entry.as_mut_ptr();
        loop {
            let (buffer, length) = (self.buffer.as_mut_ptr().cast(), self.buffer.len());
            // SAFETY: the storage is the table's own, the stream the caller's.
            match unsafe { next_of_stream(stream, entry, buffer, length) } {
                Ok(true) => return entry,
                Ok(false) => return ptr::null_mut(),
                Err(Errno::ERANGE) if self.buffer.resize((length * 2).max(1024), 0).is_ok() => (),
                Err(error) => {
                    set_errno(error.0);
                    return ptr::null_mut();
                }
            }
        }
    }

    /// An entry that the caller has as text, in the table's own storage; null if it is none, or with `errno` set.
    pub fn of_text(&mut self, text: &[u8]) -> *mut R {
        loop {
            let length = self.buffer.len();
            // SAFETY: the buffer is the table's own.
            let mut room = unsafe { Room::new(self.buffer.as_mut_ptr().cast(), length) };
            match R::parse(text, &mut room) {
                Ok(Some(record)) => return self.entry.write(record),
                Ok(None) => return ptr::null_mut(),
                Err(Errno::ERANGE) if self.buffer.resize((length * 2).max(1024), 0).is_ok() => (),
                Err(error) => {
                    set_errno(error.0);
                    return ptr::null_mut();
                }
            }
        }
    }
}

/// The next entry of a stream, into the caller's storage; `false` at its end. With ERANGE the stream stands before the
/// entry again, if it can be positioned.
///
/// # Safety
/// `stream` is open; `entry` and `length` bytes at `buffer` may be written.
pub unsafe fn next_of_stream<R: Record>(
    stream: *mut File,
    entry: *mut R,
    buffer: *mut c_char,
    length: usize,
) -> Result<bool> {
    let mut line: *mut c_char = ptr::null_mut();
    let mut size: size_t = 0;
    // SAFETY: the caller's; `line` is a block of the heap of `size` bytes, or null.
    unsafe {
        let result = loop {
            let place = crate::stdio::seek::ftello(stream);
            let count = crate::stdio::line::getline(&raw mut line, &raw mut size, stream);
            let Ok(count) = usize::try_from(count) else {
                break Ok(false);
            };
            let text = core::slice::from_raw_parts(line.cast::<u8>(), count);
            let text = text.strip_suffix(b"\n").unwrap_or(text);
            match R::parse(text, &mut Room::new(buffer, length)) {
                Ok(Some(record)) => {
                    entry.write(record);
                    break Ok(true);
                }
                Ok(None) => (),
                Err(error) => {
                    if place >= 0 {
                        crate::stdio::seek::fseeko(stream, place, 0);
                    }
                    break Err(error);
                }
            }
        };
        free(line.cast());
        result
    }
}

/// `next_of_stream` as the `_r` functions answer: an error number (ENOENT at the end) and the entry in `result`.
///
/// # Safety
/// As `next_of_stream`; `result` may be written.
pub unsafe fn stream_into<R: Record>(
    stream: *mut File,
    entry: *mut R,
    buffer: *mut c_char,
    length: usize,
    result: *mut *mut R,
) -> c_int {
    // SAFETY: the caller's.
    unsafe {
        let answer = next_of_stream(stream, entry, buffer, length);
        status(answer, entry, result)
    }
}

/// What the `getXXent_r` functions answer: 0 and the entry, or an error number (ENOENT at the end) and null.
///
/// # Safety
/// `result` may be written.
pub unsafe fn status<R>(answer: Result<bool>, entry: *mut R, result: *mut *mut R) -> c_int {
    let (place, error) = match answer {
        Ok(true) => (entry, 0),
        Ok(false) => (ptr::null_mut(), Errno::ENOENT.0),
        Err(error) => (ptr::null_mut(), error.0),
    };
    // SAFETY: the caller's.
    unsafe { result.write(place) };
    if error != 0 {
        set_errno(error);
    }
    error
}

/// Writes a line to a stream: 0, or -1 with `errno` set.
///
/// # Safety
/// `stream` is open.
pub unsafe fn put_line(stream: *mut File, line: Result<Vector<u8>>) -> c_int {
    // SAFETY: the caller's.
    let written = line.and_then(|line| unsafe {
        crate::stdio::file::locked(stream, |file| crate::stdio::output::put_all(file, &line))
    });
    crate::errno::returned_status(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_empty_lines_have_no_content() {
        assert_eq!(content(b"  # x"), None);
        assert_eq!(content(b" \t"), None);
        assert_eq!(content(b" a b"), Some(&b"a b"[..]));
    }

    #[test]
    fn numbers_have_nothing_around_them() {
        assert_eq!(number(b"4294967295"), Some(u32::MAX));
        for text in [&b""[..], b"-1", b"+1", b" 1", b"1x", b"4294967296"] {
            assert_eq!(number(text), None);
        }
    }

    #[test]
    fn words_end_at_a_comment() {
        let list: std::vec::Vec<&[u8]> = words(b"a  b\tc#d e").collect();
        assert_eq!(list, [b"a", b"b", b"c"]);
    }
}
