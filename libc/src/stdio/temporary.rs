//! tmpfile, tmpnam, tempnam. ISO C17 7.21.4.3 and .4, POSIX.1-2024.
//!
//! The names are made by `randomise`, which `templates` uses too.

use super::file::File;
use super::open::{Mode, from_descriptor};
use crate::errno::{Errno, Result, returned};
use crate::seam::{AT_FDCWD, Entropy, Files, Names, System};
use crate::types::*;

const O_RDWR: c_int = 2;
const O_CREAT: c_int = 0o100;
const O_EXCL: c_int = 0o200;

/// The length of a name with its terminator, `L_tmpnam` of <stdio.h>.
const L_TMPNAM: usize = 20;
/// How often a name is tried before giving up: 62^6 names exist.
pub const ATTEMPTS: usize = 238_328;

/// Fills a name's end with letters and digits that nobody can foresee.
pub fn randomise(name: &mut [u8]) -> Result<()> {
    static LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let mut bytes = [0u8; 8];
    for part in name.chunks_mut(bytes.len()) {
        // SAFETY: the buffer has the length given.
        unsafe { System::random(bytes.as_mut_ptr().cast(), bytes.len(), 0)? };
        let mut number = u64::from_ne_bytes(bytes);
        for letter in part {
            *letter = LETTERS[(number % 62) as usize];
            number /= 62;
        }
    }
    Ok(())
}

/// Whether nothing has this name. `path` ends with a zero.
fn is_free(path: &[u8]) -> bool {
    const F_OK: c_int = 0;
    // SAFETY: the path ends with a zero.
    unsafe { System::faccessat(AT_FDCWD, path.as_ptr().cast(), F_OK, 0) == Err(Errno::ENOENT) }
}

/// A name in /tmp that nothing has now.
fn free_name() -> Result<[u8; L_TMPNAM]> {
    let mut name = *b"/tmp/fileXXXXXX\0\0\0\0\0";
    for _ in 0..ATTEMPTS {
        randomise(&mut name[9..15])?;
        if is_free(&name) {
            return Ok(name);
        }
    }
    Err(Errno::EEXIST)
}

/// Opens a file without a name.
fn open_nameless() -> Result<*mut File> {
    for _ in 0..ATTEMPTS {
        let mut name = *b"/tmp/tmpfXXXXXXXX\0";
        randomise(&mut name[9..17])?;
        // SAFETY: the path ends with a zero.
        unsafe {
            match System::openat(AT_FDCWD, name.as_ptr().cast(), O_RDWR | O_CREAT | O_EXCL, 0o600) {
                Err(Errno::EEXIST) => continue,
                Err(error) => return Err(error),
                Ok(fd) => {
                    let _ = System::unlinkat(AT_FDCWD, name.as_ptr().cast(), 0);
                    let mode = Mode {
                        open_flags: O_RDWR,
                        stream_flags: 0,
                    };
                    return from_descriptor(fd, mode).inspect_err(|_| {
                        let _ = System::close(fd);
                    });
                }
            }
        }
    }
    Err(Errno::EEXIST)
}

/// Where tmpnam puts a name that the program gave no place for.
struct Place(core::cell::UnsafeCell<[u8; L_TMPNAM]>);

// SAFETY: the standard lets tmpnam(NULL) race with itself; no other function touches it.
unsafe impl Sync for Place {}

static NAME: Place = Place(core::cell::UnsafeCell::new([0; L_TMPNAM]));

/// Stores a free name.
unsafe fn store_name(place: *mut c_char) -> *mut c_char {
    match free_name() {
        Ok(name) => {
            // SAFETY: the caller passes room for L_tmpnam bytes.
            unsafe { place.cast::<[u8; L_TMPNAM]>().write_unaligned(name) };
            place
        }
        Err(_) => core::ptr::null_mut(),
    }
}

/// A free name in a directory, in a block of the heap.
unsafe fn name_in(directory: *const c_char, prefix: *const c_char) -> Result<*mut c_char> {
    use crate::heap::Vector;
    // SAFETY: the caller passes strings or null pointers.
    unsafe {
        let mut found = None;
        let variable = crate::env::secure_getenv(c"TMPDIR".as_ptr()).cast_const();
        for candidate in [variable, directory, c"/tmp".as_ptr()] {
            if candidate.is_null() {
                continue;
            }
            const WRITE_SEARCH: c_int = 3;
            if System::faccessat(AT_FDCWD, candidate, WRITE_SEARCH, 0).is_ok() {
                found = Some(core::ffi::CStr::from_ptr(candidate));
                break;
            }
        }
        let directory = found.ok_or(Errno::ENOENT)?;
        let prefix = if prefix.is_null() {
            b"file"
        } else {
            core::ffi::CStr::from_ptr(prefix).to_bytes()
        };
        let mut path = Vector::<u8>::new();
        path.extend_from_slice(directory.to_bytes())?;
        path.push(b'/')?;
        path.extend_from_slice(&prefix[..prefix.len().min(5)])?;
        let start = path.len();
        path.extend_from_slice(b"XXXXXX\0")?;
        for _ in 0..ATTEMPTS {
            randomise(&mut path[start..start + 6])?;
            if is_free(&path) {
                return Ok(path.into_raw().cast());
            }
        }
        Err(Errno::EEXIST)
    }
}

export! {
    /// Opens a file without a name, for reading and writing; null with `errno` set. ISO C17 7.21.4.3.
    pub unsafe extern "C" fn tmpfile() -> *mut File {
        returned(open_nameless())
    }

    /// A name that no file has now, in `place` (room for `L_tmpnam`) or in memory of the library. ISO C17 7.21.4.4.
    pub unsafe extern "C" fn tmpnam(place: *mut c_char) -> *mut c_char {
        let place = if place.is_null() { NAME.0.get().cast() } else { place };
        // SAFETY: as the caller promises.
        unsafe { store_name(place) }
    }

    /// `tmpnam` that refuses a null place. glibc.
    pub unsafe extern "C" fn tmpnam_r(place: *mut c_char) -> *mut c_char {
        if place.is_null() {
            return place;
        }
        // SAFETY: as the caller promises.
        unsafe { store_name(place) }
    }

    /// A name that no file has now, in `$TMPDIR`, `directory` or /tmp, in a block of the heap. POSIX.1-2017.
    pub unsafe extern "C" fn tempnam(directory: *const c_char, prefix: *const c_char) -> *mut c_char {
        // SAFETY: as the caller promises.
        returned(unsafe { name_in(directory, prefix) })
    }
}
alias!(tmpfile64 = tmpfile);
