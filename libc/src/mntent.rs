//! <mntent.h>: tables of mounted file systems, such as /etc/fstab and /proc/self/mounts.
//!
//! A field's blanks, tabs, line ends and backslashes are written as octal numbers behind a backslash.

use crate::database::{Room, bytes};
use crate::errno::{Errno, Result};
use crate::heap::{Vector, free};
use crate::lock::Lock;
use crate::stdio::file::{File, locked};
use crate::stdio::output::put_all;
use crate::types::*;
use core::ptr;

/// A mount. glibc `struct mntent`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Mount {
    source: *mut c_char,
    directory: *mut c_char,
    kind: *mut c_char,
    options: *mut c_char,
    frequency: c_int,
    pass: c_int,
}

const _: () = assert!(size_of::<Mount>() == 40);

/// Storage of `getmntent`.
struct Own {
    mount: Mount,
    buffer: [c_char; 4096],
}

// SAFETY: the pointers lead into the buffer beside them.
unsafe impl Send for Own {}

static OWN: Lock<Own> = Lock::new(Own {
    mount: Mount {
        source: ptr::null_mut(),
        directory: ptr::null_mut(),
        kind: ptr::null_mut(),
        options: ptr::null_mut(),
        frequency: 0,
        pass: 0,
    },
    buffer: [0; 4096],
});

/// Takes back the escapes of a field, in place; the new length.
fn unescape(field: &mut [u8]) -> usize {
    const ESCAPES: [(&[u8], u8); 6] = [
        (b"\\040", b' '),
        (b"\\011", b'\t'),
        (b"\\012", b'\n'),
        (b"\\043", b'#'),
        (b"\\134", b'\\'),
        (b"\\\\", b'\\'),
    ];
    let (mut from, mut to) = (0, 0);
    while from < field.len() {
        let found = ESCAPES.iter().find(|(text, _)| field[from..].starts_with(text));
        let (byte, length) = found.map_or((field[from], 1), |(text, byte)| (*byte, text.len()));
        field[to] = byte;
        from += length;
        to += 1;
    }
    to
}

/// A leading decimal number, as scanf's `%d` reads it; 0 without one.
fn leading_number(field: &[u8]) -> c_int {
    let (sign, digits) = match field.first() {
        Some(b'-') => (-1, &field[1..]),
        _ => (1, field),
    };
    digits
        .iter()
        .take_while(|b| b.is_ascii_digit())
        .fold(0, |sum: c_int, b| {
            sum.wrapping_mul(10).wrapping_add(sign * c_int::from(b - b'0'))
        })
}

/// What a line says; `None` for a comment, or nothing.
fn parse(line: &mut [u8], room: &mut Room) -> Result<Option<Mount>> {
    let blank = |b: &u8| matches!(b, b' ' | b'\t');
    let start = line.iter().position(|b| !blank(b)).unwrap_or(line.len());
    let line = &mut line[start..];
    if matches!(line.first(), None | Some(b'#')) {
        return Ok(None);
    }
    let mut texts = [ptr::null_mut(); 4];
    let mut numbers = [0; 2];
    let mut rest = line;
    for index in 0..6 {
        let start = rest.iter().position(|b| !blank(b)).unwrap_or(rest.len());
        let tail = &mut rest[start..];
        let end = tail.iter().position(blank).unwrap_or(tail.len());
        let (field, tail) = tail.split_at_mut(end);
        rest = tail;
        if let Some(text) = texts.get_mut(index) {
            let length = unescape(field);
            *text = room.text(&field[..length])?;
        } else {
            numbers[index - 4] = leading_number(field);
        }
    }
    let [source, directory, kind, options] = texts;
    Ok(Some(Mount {
        source,
        directory,
        kind,
        options,
        frequency: numbers[0],
        pass: numbers[1],
    }))
}

/// The next mount of a stream; `None` at its end.
unsafe fn next(stream: *mut File, buffer: *mut c_char, length: usize) -> Option<Mount> {
    let mut line: *mut c_char = ptr::null_mut();
    let mut size: size_t = 0;
    // SAFETY: the stream is open; `line` is a block of the heap; the buffer is the caller's.
    unsafe {
        let found = loop {
            let Ok(count) =
                usize::try_from(crate::stdio::line::getline(&raw mut line, &raw mut size, stream))
            else {
                break None;
            };
            let text = core::slice::from_raw_parts_mut(line.cast::<u8>(), count);
            let end = text.strip_suffix(b"\n").map_or(count, <[u8]>::len);
            // A line that does not fit is left out.
            if let Ok(Some(mount)) = parse(&mut text[..end], &mut Room::new(buffer, length)) {
                break Some(mount);
            }
        };
        free(line.cast());
        found
    }
}

/// The line of a mount.
unsafe fn line(mount: &Mount) -> Result<Vector<u8>> {
    let mut line = Vector::new();
    for text in [mount.source, mount.directory, mount.kind, mount.options] {
        // SAFETY: the caller passes strings.
        for &byte in unsafe { bytes(text) } {
            match byte {
                b' ' => line.extend_from_slice(b"\\040")?,
                b'\t' => line.extend_from_slice(b"\\011")?,
                b'\n' => line.extend_from_slice(b"\\012")?,
                b'\\' => line.extend_from_slice(b"\\134")?,
                _ => line.push(byte)?,
            }
        }
        line.push(b' ')?;
    }
    for (value, end) in [(mount.frequency, b' '), (mount.pass, b'\n')] {
        if value < 0 {
            line.push(b'-')?;
        }
        crate::accounts::group::push_number(&mut line, value.unsigned_abs())?;
        line.push(end)?;
    }
    Ok(line)
}

// SAFETY of every block below: streams, entries and strings are the caller's.
export! {
    /// Opens a table; the stream is closed over exec. glibc `setmntent`.
    pub unsafe extern "C" fn setmntent(path: *const c_char, mode: *const c_char) -> *mut File {
        // SAFETY: see above; the mode gets two letters more.
        unsafe {
            let mode = bytes(mode);
            let mut longer = [0u8; 16];
            if mode.len() > longer.len() - 3 {
                return crate::errno::returned(Err(Errno::EINVAL));
            }
            longer[..mode.len()].copy_from_slice(mode);
            longer[mode.len()..mode.len() + 2].copy_from_slice(b"ce");
            crate::stdio::open::fopen(path, longer.as_ptr().cast())
        }
    }

    /// The next mount, in storage that the next call overwrites; null at the end. glibc `getmntent`.
    pub unsafe extern "C" fn getmntent(stream: *mut File) -> *mut Mount {
        let mut own = OWN.lock();
        let (buffer, length) = (own.buffer.as_mut_ptr(), own.buffer.len());
        // SAFETY: see above.
        match unsafe { next(stream, buffer, length) } {
            Some(mount) => {
                own.mount = mount;
                &raw mut own.mount
            }
            None => ptr::null_mut(),
        }
    }

    /// The next mount, in the caller's storage. glibc `getmntent_r`.
    pub unsafe extern "C" fn getmntent_r(
        stream: *mut File,
        entry: *mut Mount,
        buffer: *mut c_char,
        length: c_int,
    ) -> *mut Mount {
        // SAFETY: see above.
        unsafe {
            match next(stream, buffer, usize::try_from(length).unwrap_or(0)) {
                Some(mount) => {
                    entry.write(mount);
                    entry
                }
                None => ptr::null_mut(),
            }
        }
    }

    /// Appends a mount to a table: 0, or 1 with `errno` set. glibc `addmntent`.
    pub unsafe extern "C" fn addmntent(stream: *mut File, entry: *const Mount) -> c_int {
        // SAFETY: see above.
        unsafe {
            if crate::stdio::seek::fseeko(stream, 0, 2) != 0 {
                return 1;
            }
            let written = line(&*entry).and_then(|line| locked(stream, |file| put_all(file, &line)));
            let flushed = crate::stdio::close::fflush(stream);
            c_int::from(crate::errno::returned_status(written) != 0 || flushed != 0)
        }
    }

    /// Closes a table; always 1. glibc `endmntent`.
    pub unsafe extern "C" fn endmntent(stream: *mut File) -> c_int {
        if !stream.is_null() {
            // SAFETY: see above.
            unsafe { crate::stdio::close::fclose(stream) };
        }
        1
    }

    /// Where an option stands in a mount's options; null if it does not. glibc `hasmntopt`.
    pub unsafe extern "C" fn hasmntopt(entry: *const Mount, option: *const c_char) -> *mut c_char {
        // SAFETY: see above.
        unsafe {
            let (options, option) = (bytes((*entry).options), bytes(option));
            let mut start = 0;
            for part in options.split(|&b| b == b',') {
                if part.strip_prefix(option).is_some_and(|rest| matches!(rest.first(), None | Some(b'='))) {
                    return (*entry).options.add(start);
                }
                start += part.len() + 1;
            }
            ptr::null_mut()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_taken_back() {
        let mut field = *b"a\\040b\\134\\\\c\\9";
        let length = unescape(&mut field);
        assert_eq!(&field[..length], b"a b\\\\c\\9");
    }

    #[test]
    fn numbers_may_be_missing() {
        let mut buffer = [0; 128];
        // SAFETY: the buffer is ours.
        let mut room = unsafe { Room::new(buffer.as_mut_ptr(), buffer.len()) };
        let mount = parse(&mut b" /dev/a\t/ ext4 rw,x=1  2".to_vec(), &mut room)
            .unwrap()
            .unwrap();
        assert_eq!((mount.frequency, mount.pass), (2, 0));
        // SAFETY: a string in the buffer.
        assert_eq!(unsafe { bytes(mount.options) }, b"rw,x=1");
        assert!(parse(&mut b"  # x".to_vec(), &mut room).unwrap().is_none());
    }
}
