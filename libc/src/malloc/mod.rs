//! The malloc family: size classes in 64 KiB pages, a heap for each thread, memory by 4 MiB segments.
//!
//! A thread allocates from its own heap and frees into it without a lock. A block that another thread frees goes
//! onto the owner's list, which the owner empties when it needs memory. Heaps of ended threads wait for a new
//! thread, and meanwhile give their pages to whoever needs some. Empty pages go back to the segments, and from
//! there to the system.
//!
//! Checked on the way, because it costs next to nothing: a pointer that is no block's start, a pointer from
//! elsewhere, a block freed twice. Each ends the program with a message. Free-list links are mangled with a
//! secret, so that an overwritten one does not lead where its writer wants.
//!
//! The exported names are weak; the library itself calls them by name (`crate::heap`), so that a program's own
//! family serves the whole process. ISO C 7.22.3, POSIX.1-2024 `posix_memalign`, glibc's extensions.

mod class;
pub mod export;
mod heap;
mod segment;
mod span;
pub mod statistics;

pub use export::{aligned, allocate, reallocate, release, usable_size};
#[cfg(not(test))]
pub use heap::end_thread;
pub use span::{after_fork_in_child, lock};

/// Ends a program whose heap is broken.
#[cold]
fn corrupted(message: &[u8]) -> ! {
    #[cfg(not(test))]
    crate::signal::abort::abort_with(message);
    #[cfg(test)]
    panic!("{}", std::str::from_utf8(message).unwrap());
}
