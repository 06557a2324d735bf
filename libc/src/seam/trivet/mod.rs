//! The Trivet backend of the seam: POSIX calls become messages to the kernel's objects and to the file and process servers.
//!
//! Descriptors are handles: a descriptor's number is the slot. Everything blocking is sent INTERRUPTIBLE, so that a signal ends it.
//! What needs a process server that does not serve it yet answers ENOSYS, as the server says itself.

mod actions;
mod alternate_stack;
mod clock;
mod delivery;
mod directed;
mod events;
mod extended;
mod files;
mod foreign;
mod machine_figures;
mod memory;
mod mounts;
mod names;
mod page;
mod poll;
mod process;
mod program_files;
mod programs;
mod queues;
mod signals;
mod spawn_places;
mod terminal;
mod threads;
mod upcall;
mod vectored;

use crate::errno::{Errno, Result};
use crate::seam::AT_FDCWD;
use crate::types::*;
use core::sync::atomic::{AtomicU32, Ordering};
use trivet_abi::error::CallError;
use trivet_abi::handle::Handle;
use trivet_abi::start::program_handle;
use trivet_ipc::{CallOptions, ErrorNumber, Failure, In};

/// The system: messages.
pub struct Trivet;

#[cfg(not(test))]
pub use signals::cancelled_instruction;

/// The calling thread looks for signals that it has deferred.
#[cfg(not(test))]
pub fn look_for_signals() {
    delivery::look();
}

/// A call that a signal may end.
const BLOCKING: CallOptions = CallOptions::DEFAULT.interruptible();

/// A failed call as an error number.
fn failed<E: ErrorNumber>(failure: Failure<E>) -> Errno {
    Errno(failure.errno())
}

/// As `failed`; `otherwise` is the error of POSIX where the descriptor is a timer, a wait set or a socket, and no file.
fn failed_or<E: ErrorNumber>(otherwise: Errno) -> impl Fn(Failure<E>) -> Errno {
    move |failure| match failure.call() {
        Some(CallError::WrongObject) => otherwise,
        _ => failed(failure),
    }
}

/// The handle that a descriptor is. Numbers that are no descriptors must never reach the other region of the handle table.
#[inline]
fn descriptor(fd: c_int) -> Result<Handle> {
    let handle = Handle(fd as u32);
    if handle.is_descriptor() {
        Ok(handle)
    } else {
        Err(Errno::EBADF)
    }
}

/// The working directory: a handle of the own region, the bootstrap one until `chdir`.
static WORKING_DIRECTORY: AtomicU32 = AtomicU32::new(Handle::bootstrap(program_handle::WORKING_DIRECTORY).0);

/// Where relative paths begin.
fn directory(fd: c_int) -> Result<Handle> {
    if fd == AT_FDCWD {
        Ok(Handle(WORKING_DIRECTORY.load(Ordering::Acquire)))
    } else {
        descriptor(fd)
    }
}

/// Bytes of a path, at most, without its terminator.
const PATH_MAX: usize = 4095;

/// A path of the program's, with the handle that it begins at.
///
/// # Safety
/// `path` is null or a C string.
unsafe fn path_from<'a>(from: c_int, path: *const c_char) -> Result<(Handle, In<'a, [u8]>)> {
    if path.is_null() {
        return Err(Errno::EFAULT);
    }
    let mut length = 0;
    // SAFETY: the string's bytes up to its terminator, by the caller's word.
    while unsafe { *path.add(length) } != 0 {
        length += 1;
        if length > PATH_MAX {
            return Err(Errno::ENAMETOOLONG);
        }
    }
    // SAFETY: the first byte of a C string.
    let absolute = unsafe { *path } as u8 == b'/';
    let start = if absolute { Handle::ROOT } else { directory(from)? };
    Ok((start, In::<[u8]>::from_raw(path.cast(), length)))
}

/// Frees a handle of the own region.
fn close_own(handle: Handle) {
    // One's own handle: closing it does not fail.
    let _ = trivet_ipc::process::close(Handle::PROCESS, handle.0, handle.0);
}
