//! The names of threads, at most 15 bytes each. They stand in the threads' blocks: no system call reads one.

use super::{Thread, this};
use crate::errno::Result;
use crate::seam::*;
use crate::types::*;
use core::ffi::CStr;
use core::sync::atomic::Ordering;

/// A name and the zero behind it.
pub type Name = [u8; 16];

/// The name of `thread`; that of the program until another was set.
pub fn get(thread: &Thread) -> Name {
    let halves = [0, 1].map(|half: usize| thread.name[half].load(Ordering::Relaxed).to_le_bytes());
    let mut name = [0; 16];
    name[..8].copy_from_slice(&halves[0]);
    name[8..].copy_from_slice(&halves[1]);
    // Two halves that were read while they changed still end.
    name[15] = 0;
    if name == [0; 16] { of_program() } else { name }
}

/// Sets the name of `thread`, whose number is `number`, and tells the system.
pub fn set(thread: &Thread, number: pid_t, name: &Name) -> Result<()> {
    store(thread, name);
    let first = thread.mapping.get().is_null() && !thread.stack_given.get();
    System::set_thread_name(number, first, name)
}

/// A new thread has its creator's name.
pub fn inherit(thread: &Thread) {
    store(thread, &get(this()));
}

fn store(thread: &Thread, name: &Name) {
    for (half, bytes) in thread.name.iter().zip(name.as_chunks::<8>().0) {
        half.store(u64::from_le_bytes(*bytes), Ordering::Relaxed);
    }
}

/// The last part of `argv[0]`, cut.
fn of_program() -> Name {
    let mut name = [0; 16];
    // SAFETY: the name is a string that the program may change, but not end early.
    let program = unsafe { CStr::from_ptr(crate::env::short_name()) }.to_bytes();
    let length = program.len().min(15);
    name[..length].copy_from_slice(&program[..length]);
    name
}
