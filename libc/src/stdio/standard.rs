//! stdin, stdout, stderr: the streams, and the objects that C programs name. ISO C17 7.21.1.

use super::device::DESCRIPTOR;
use super::file::{File, flag};
use super::output;
use crate::lock::RecursiveLock;
use core::cell::UnsafeCell;

/// A stream that is there from the start.
#[repr(transparent)]
pub struct Fixed(UnsafeCell<File>);

// SAFETY: reached only as streams are, under their locks.
unsafe impl Sync for Fixed {}

/// A pointer that the program may change (glibc allows `stdout = stream`).
#[repr(transparent)]
pub struct Pointer(UnsafeCell<*mut File>);

// SAFETY: a program that changes it while another thread uses it errs, as with any variable of C.
unsafe impl Sync for Pointer {}

impl Pointer {
    /// The stream named now.
    #[inline(always)]
    pub fn get(&self) -> *mut File {
        // SAFETY: a read of a pointer; see above.
        unsafe { self.0.get().read() }
    }
}

/// A lock with a place of its own.
#[repr(transparent)]
struct FixedLock(UnsafeCell<RecursiveLock>);

// SAFETY: a lock is there to be shared.
unsafe impl Sync for FixedLock {}

static INPUT_LOCK: FixedLock = FixedLock(UnsafeCell::new(RecursiveLock::new()));
static OUTPUT_LOCK: FixedLock = FixedLock(UnsafeCell::new(RecursiveLock::new()));
static ERROR_LOCK: FixedLock = FixedLock(UnsafeCell::new(RecursiveLock::new()));

static INPUT: Fixed = Fixed(UnsafeCell::new(File::fixed(
    flag::FILE_BUFFER | flag::NO_WRITES,
    0,
    &DESCRIPTOR,
    core::ptr::null_mut(),
    INPUT_LOCK.0.get(),
)));
static OUTPUT: Fixed = Fixed(UnsafeCell::new(File::fixed(
    flag::FILE_BUFFER | flag::NO_READS,
    1,
    &DESCRIPTOR,
    INPUT.0.get(),
    OUTPUT_LOCK.0.get(),
)));
static ERROR: Fixed = Fixed(UnsafeCell::new(File::fixed(
    flag::FILE_BUFFER | flag::NO_READS | flag::UNBUFFERED,
    2,
    &DESCRIPTOR,
    OUTPUT.0.get(),
    ERROR_LOCK.0.get(),
)));

/// The first of the open streams when a program starts.
pub const FIRST: *mut File = ERROR.0.get();

/// C's `stdin`.
pub static STDIN: Pointer = Pointer(UnsafeCell::new(INPUT.0.get()));
/// C's `stdout`.
pub static STDOUT: Pointer = Pointer(UnsafeCell::new(OUTPUT.0.get()));
/// C's `stderr`.
pub static STDERR: Pointer = Pointer(UnsafeCell::new(ERROR.0.get()));

alias_data!(stdin = STDIN: usize);
alias_data!(stdout = STDOUT: usize);
alias_data!(stderr = STDERR: usize);
alias_data!(_IO_2_1_stdin_ = INPUT: File);
alias_data!(_IO_2_1_stdout_ = OUTPUT: File);
alias_data!(_IO_2_1_stderr_ = ERROR: File);

/// Writes out what stdout holds of an unfinished line (a prompt) before a program waits for input.
pub fn flush_lines_before_reading(reader: &File) {
    let stream = STDOUT.get();
    if core::ptr::eq(stream, reader) || stream.is_null() {
        return;
    }
    // SAFETY: stdout names an open stream. The look without the lock may be wrong while another thread writes;
    // then that thread's output was not before this read.
    unsafe {
        let lines = flag::LINE_BUFFERED | flag::PUTTING;
        if (*stream).flags & lines != lines || (*stream).pending() == 0 || !(*(*stream).lock).try_lock() {
            return;
        }
        let _ = output::flush(&mut *stream);
        (*(*stream).lock).unlock();
    }
}
