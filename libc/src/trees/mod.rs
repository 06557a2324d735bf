//! Walks over trees of files: <ftw.h> and <fts.h>. `glob` reads folders by the same function.

pub mod fts;
pub mod ftw;

use crate::errno::Result;
use crate::heap::Vector;
use crate::seam::{Files, Names, System};
use crate::types::*;

/// C's `struct stat` of x86-64: 144 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Status {
    device: u64,
    inode: u64,
    links: u64,
    mode: u32,
    rest: [u32; 29],
}

const _: () = assert!(size_of::<Status>() == 144);

/// The bits of a mode that say what kind of file it is.
const S_IFMT: u32 = 0o170_000;
const S_IFDIR: u32 = 0o040_000;
const S_IFREG: u32 = 0o100_000;
const S_IFLNK: u32 = 0o120_000;
const AT_SYMLINK_NOFOLLOW: c_int = 0x100;
/// To open a folder: O_CLOEXEC, O_DIRECTORY, O_NONBLOCK, as `opendir` does.
const FOLDER: c_int = 0o2_000_000 | 0o200_000 | 0o4000;

impl Status {
    const NONE: Status = Status {
        device: 0,
        inode: 0,
        links: 0,
        mode: 0,
        rest: [0; 29],
    };

    /// The status of a file; of what a symbolic link leads to when `follow`.
    ///
    /// # Safety
    /// `path` is a string.
    unsafe fn of(directory: c_int, path: *const c_char, follow: bool) -> Result<Status> {
        let mut status = Status::NONE;
        let flags = if follow { 0 } else { AT_SYMLINK_NOFOLLOW };
        // SAFETY: the path is the caller's; the status has the size of C's.
        unsafe { System::fstatat(directory, path, (&raw mut status).cast(), flags) }?;
        Ok(status)
    }

    fn kind(&self) -> u32 {
        self.mode & S_IFMT
    }
}

/// Reads the names in an open folder, each ended by a zero.
pub fn read_names(folder: c_int) -> Result<Vector<u8>> {
    let mut names = Vector::new();
    let mut block: Vector<u64> = Vector::new();
    block.resize(1024, 0)?;
    loop {
        // SAFETY: the block has that many bytes.
        let length = unsafe { System::getdents(folder, block.as_mut_ptr().cast(), 8 * block.len()) }?;
        if length == 0 {
            return Ok(names);
        }
        // SAFETY: the block's bytes are initialised.
        let bytes =
            unsafe { core::slice::from_raw_parts(block.as_ptr().cast::<u8>(), length.min(8 * block.len())) };
        let mut at = 0;
        // A record: inode, offset, its length at 16, type at 18, and from 19 the name with its zero.
        while let Some(record) = bytes.get(at..).filter(|record| record.len() > 19) {
            let size = usize::from(u16::from_ne_bytes([record[16], record[17]]));
            if size <= 19 || size > record.len() {
                break;
            }
            let name = &record[19..size];
            let end = name.iter().position(|&b| b == 0).unwrap_or(name.len());
            names.extend_from_slice(&name[..end])?;
            names.push(0)?;
            at += size;
        }
    }
}

/// Opens a folder, reads its names but `.` and `..`, and closes it.
///
/// # Safety
/// `path` is a string.
unsafe fn names_in(path: *const c_char) -> Result<Vector<u8>> {
    // SAFETY: the caller's path.
    let folder = unsafe { System::openat(AT_FDCWD, path, FOLDER, 0) }?;
    let names = read_names(folder);
    let _ = System::close(folder);
    let names = names?;
    let mut kept = Vector::new();
    for name in names.split(|&byte| byte == 0) {
        if !matches!(name, b"" | b"." | b"..") {
            kept.extend_from_slice(name)?;
            kept.push(0)?;
        }
    }
    Ok(kept)
}

const AT_FDCWD: c_int = -100;
