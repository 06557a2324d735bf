//! A program's file and its strings, as the process server takes them.
//!
//! Strings are gathered in room that the caller has on its stack, or in a mapping of their own where that is too small: exec may be called where
//! nothing may be allocated from the heap.

use super::programs::Owned;
use super::{Trivet, descriptor, failed, foreign, path_from};
use crate::errno::{E2BIG, Errno, Result};
use crate::seam::*;
use crate::types::*;
use core::ffi::CStr;
use core::mem::MaybeUninit;
use core::ptr;
use trivet_abi::handle::Handle;
use trivet_ipc::file::{self};
use trivet_ipc::shared::OpenFlags;
use trivet_ipc::{CallOptions, In};

/// Bytes of arguments or environment, at most.
const MOST: usize = 0x20_0000;

/// An open program.
pub(super) enum ProgramFile {
    /// Opened for this.
    Opened(Owned),
    /// A descriptor of the program's.
    Given(Handle),
}

impl ProgramFile {
    /// Its handle.
    pub fn handle(&self) -> Handle {
        match self {
            ProgramFile::Opened(owned) => owned.0,
            ProgramFile::Given(handle) => *handle,
        }
    }
}

/// Opens what `program` names; relative paths begin at `directory`, if that is given, or where the program says.
pub(super) unsafe fn open_program(program: &Program, directory: Option<Handle>) -> Result<ProgramFile> {
    if program.path.is_null() {
        return Err(Errno::EFAULT);
    }
    // SAFETY: a C string of the caller's.
    let empty = unsafe { *program.path } == 0;
    if program.flags & AT_EMPTY_PATH != 0 && empty {
        return descriptor(program.directory).map(ProgramFile::Given);
    }
    // SAFETY: the caller's path.
    let (from, path) = unsafe { path_from(program.directory, program.path) }?;
    let from = if program.directory == AT_FDCWD && from != Handle::ROOT {
        directory.unwrap_or(from)
    } else {
        from
    };
    let no_follow = if program.flags & AT_SYMLINK_NOFOLLOW != 0 {
        OpenFlags::NO_FOLLOW
    } else {
        OpenFlags::EMPTY
    };
    open(from, path, no_follow)
}

/// Opens an interpreter.
pub(super) fn open_path(path: &[u8], directory: Option<Handle>) -> Result<ProgramFile> {
    let absolute = path.first() == Some(&b'/');
    let from = if absolute {
        Handle::ROOT
    } else {
        match directory {
            Some(directory) => directory,
            None => super::directory(AT_FDCWD)?,
        }
    };
    open(from, In::<[u8]>::from(path), OpenFlags::EMPTY)
}

fn open(from: Handle, path: In<'_, [u8]>, flags: OpenFlags) -> Result<ProgramFile> {
    // Executing is judged by the file's mode, not by whether it may be read.
    let reply =
        file::open_with(CallOptions::DEFAULT, from, path, OpenFlags::PATH | flags, 0, 0).map_err(failed)?;
    let owned = Owned(reply.file);
    if !foreign::needs_more(&reply) {
        return Ok(ProgramFile::Opened(owned));
    }
    // /proc/self/exe, by which BusyBox's shell starts itself, and /proc/self/fd.
    drop(owned);
    let file = foreign::open(CallOptions::DEFAULT, from, path, OpenFlags::PATH | flags, 0, 0)?;
    Ok(ProgramFile::Opened(Owned(file)))
}

const AT_SYMLINK_NOFOLLOW: c_int = 0x100;

/// Room for strings that are few: what most programs are started with fits. A mapping costs as much as 2,000 instructions.
pub(super) type Room = [MaybeUninit<u8>; 1536];

/// Room of which nothing is used yet.
pub(super) const NO_STRINGS: Room = [MaybeUninit::uninit(); 1536];

/// Terminated strings behind each other.
pub(super) struct Strings<'a> {
    /// Where they are: in `given`, or a mapping of `room` bytes.
    memory: *mut u8,
    room: usize,
    length: usize,
    given: Option<&'a mut Room>,
}

impl<'a> Strings<'a> {
    fn with_room(room: usize, given: Option<&'a mut Room>) -> Result<Strings<'a>> {
        if room > MOST {
            return Err(Errno(E2BIG));
        }
        if let Some(given) = given
            && room <= given.len()
        {
            return Ok(Strings {
                memory: given.as_mut_ptr().cast(),
                room: given.len(),
                length: 0,
                given: Some(given),
            });
        }
        let room = room.max(1).next_multiple_of(PAGE_SIZE);
        // SAFETY: a new mapping.
        let memory = unsafe {
            let flags = MAP_PRIVATE | MAP_ANONYMOUS;
            Trivet::map(ptr::null_mut(), room, PROT_READ | PROT_WRITE, flags, -1, 0)?
        };
        Ok(Strings {
            memory: memory.cast(),
            room,
            length: 0,
            given: None,
        })
    }

    fn push(&mut self, bytes: &[u8]) {
        debug_assert!(self.length + bytes.len() < self.room);
        // SAFETY: whoever made the strings has counted the room that all of them need.
        unsafe {
            ptr::copy_nonoverlapping(bytes.as_ptr(), self.memory.add(self.length), bytes.len());
            self.memory.add(self.length + bytes.len()).write(0);
        }
        self.length += bytes.len() + 1;
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: the first bytes of the room were written.
        unsafe { core::slice::from_raw_parts(self.memory, self.length) }
    }

    /// The first string, without its terminator.
    pub fn first(&self) -> &[u8] {
        self.bytes().split(|&byte| byte == 0).next().unwrap_or(&[])
    }

    /// All strings of an array.
    unsafe fn of_array(
        first: &[u8],
        array: *const *const c_char,
        given: &'a mut Room,
    ) -> Result<Strings<'a>> {
        // SAFETY: the array ends with a null pointer, its entries are C strings.
        unsafe {
            let count = crate::process::search::count(array);
            let string = |index| CStr::from_ptr(*array.add(index)).to_bytes();
            let mut room = if first.is_empty() { 0 } else { first.len() + 1 };
            for index in 0..count {
                room += string(index).len() + 1;
                if room > MOST {
                    return Err(Errno(E2BIG));
                }
            }
            let mut strings = Strings::with_room(room + 1, Some(given))?;
            if !first.is_empty() {
                strings.push(first);
            }
            for index in 0..count {
                strings.push(string(index));
            }
            Ok(strings)
        }
    }

    /// The environment.
    pub unsafe fn environment(environment: *const *const c_char, given: &'a mut Room) -> Result<Strings<'a>> {
        // SAFETY: the caller's.
        unsafe { Strings::of_array(&[], environment, given) }
    }

    /// The program's path, then its arguments; one that has none gets an empty name, as on Linux.
    pub unsafe fn arguments(program: &Program, given: &'a mut Room) -> Result<Strings<'a>> {
        // SAFETY: the caller's strings.
        unsafe {
            let path = CStr::from_ptr(program.path).to_bytes();
            let mut text = [0u8; 32];
            let path = if path.is_empty() {
                descriptor_path(program.directory, &mut text)
            } else {
                path
            };
            if path.len() >= MOST {
                return Err(Errno(E2BIG));
            }
            let mut strings = Strings::of_array(path, program.arguments, given)?;
            if strings.length == path.len() + 1 {
                strings.push(&[]);
            }
            Ok(strings)
        }
    }

    /// The arguments of an interpreter: its path for the system, its path as its name, perhaps one argument, the script's path, and the
    /// script's arguments without its name. `text` is the interpreter's path, a zero byte, and perhaps the argument and a zero byte.
    pub fn behind_interpreter(&self, text: &[u8]) -> Result<Strings<'static>> {
        let mut parts = text.split(|&byte| byte == 0);
        let interpreter = parts
            .next()
            .filter(|path| !path.is_empty())
            .ok_or(Errno::ENOEXEC)?;
        let argument = parts.next().filter(|argument| !argument.is_empty());
        let mut strings = Strings::with_room(self.length + 2 * interpreter.len() + text.len() + 8, None)?;
        strings.push(interpreter);
        strings.push(interpreter);
        if let Some(argument) = argument {
            strings.push(argument);
        }
        // The script's own path, then what is behind its name.
        let mut rest = self.bytes().split(|&byte| byte == 0);
        strings.push(rest.next().unwrap_or(&[]));
        let skipped = self.bytes().split_inclusive(|&byte| byte == 0).skip(2);
        for string in skipped {
            strings.push(string.strip_suffix(&[0]).unwrap_or(string));
        }
        Ok(strings)
    }
}

impl Drop for Strings<'_> {
    fn drop(&mut self) {
        if self.given.is_none() {
            // SAFETY: the mapping is this value's alone.
            let _ = unsafe { Trivet::unmap(self.memory.cast(), self.room) };
        }
    }
}

/// The path by which an interpreter opens what is open as `fd`.
fn descriptor_path(fd: c_int, text: &mut [u8; 32]) -> &[u8] {
    const PREFIX: &[u8] = b"/dev/fd/";
    text[..PREFIX.len()].copy_from_slice(PREFIX);
    let mut digits = [0u8; 10];
    let mut first = digits.len();
    let mut number = fd.unsigned_abs();
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    let end = PREFIX.len() + digits.len() - first;
    text[PREFIX.len()..end].copy_from_slice(&digits[first..]);
    &text[..end]
}
