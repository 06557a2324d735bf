//! `FILE`: the structure, its flags, and the list of open streams.

use super::device::Operations;
use crate::errno::{Result, set_errno};
use crate::lock::{RawLock, RecursiveLock};
use crate::types::*;
use core::cell::UnsafeCell;
use core::ptr::null_mut;

/// How many bytes can be pushed back before the buffer's start.
pub const PUSH_BACK: usize = 16;

/// C's `FILE`. The fields up to `unused` are glibc's `struct _IO_FILE`; those after it are this library's own.
///
/// While a stream is read, `read_ptr..read_end` is what was read ahead. While it is written
/// ([`flag::PUTTING`]), `write_base..write_ptr` is what was not written yet. `write_end` is where putc may go on
/// without a call: the buffer's end, or `write_base` for streams that are not fully buffered.
#[repr(C)]
pub struct File {
    /// [`flag`]s under glibc's magic number.
    pub flags: c_int,
    /// The next byte to read.
    pub read_ptr: *mut u8,
    /// The end of what was read.
    pub read_end: *mut u8,
    /// The start of what was read.
    pub read_base: *mut u8,
    /// The start of what is to be written.
    pub write_base: *mut u8,
    /// Where the next byte is put.
    pub write_ptr: *mut u8,
    /// Where putc must call [`super::output::overflow`].
    pub write_end: *mut u8,
    /// The buffer.
    pub buf_base: *mut u8,
    /// Its end.
    pub buf_end: *mut u8,
    /// While bytes pushed back are read: what remains of the buffer.
    pub save_base: *mut u8,
    /// While bytes pushed back are read: `read_base` of the buffer.
    pub backup_base: *mut u8,
    /// While bytes pushed back are read: `read_end` of the buffer.
    pub save_end: *mut u8,
    markers: *mut c_void,
    /// The next open stream.
    pub chain: *mut File,
    /// The descriptor, or -1.
    pub fileno: c_int,
    /// Further flags of glibc; [`flag2`].
    pub flags2: c_int,
    old_offset: i64,
    cur_column: u16,
    vtable_offset: i8,
    /// The buffer of a stream that has none.
    pub shortbuf: [u8; 1],
    /// The lock of flockfile.
    pub lock: *mut RecursiveLock,
    offset: i64,
    codecvt: *mut c_void,
    wide_data: *mut c_void,
    freeres_list: *mut File,
    freeres_buf: *mut c_void,
    pad5: usize,
    /// The orientation: 0 none yet, negative bytes, positive wide characters.
    pub mode: c_int,
    unused: [u8; 20],
    /// What is behind the stream. (glibc has its table of functions in this place.)
    pub operations: &'static Operations,
    /// The device's own data.
    pub data: *mut c_void,
    /// The process that popen started, or 0.
    pub child: pid_t,
    /// Whether the structure was allocated and goes with the stream.
    pub allocated: bool,
    /// Whether the buffering was chosen by the program, or found out already.
    pub buffering_known: bool,
    own_lock: RecursiveLock,
    push_back: [u8; PUSH_BACK],
}

const _: () = assert!(core::mem::offset_of!(File, lock) == 136);
const _: () = assert!(core::mem::offset_of!(File, mode) == 192);
const _: () = assert!(core::mem::offset_of!(File, operations) == 216);

/// Bits of [`File::flags`], with glibc's values.
pub mod flag {
    use crate::types::c_int;
    /// What the upper half holds.
    pub const MAGIC: c_int = 0xfbad_0000u32 as c_int;
    /// The buffer is the program's.
    pub const USER_BUFFER: c_int = 0x1;
    /// Nothing is buffered.
    pub const UNBUFFERED: c_int = 0x2;
    /// The stream cannot be read.
    pub const NO_READS: c_int = 0x4;
    /// The stream cannot be written.
    pub const NO_WRITES: c_int = 0x8;
    /// The end of the file was met.
    pub const END: c_int = 0x10;
    /// An error was met.
    pub const ERROR: c_int = 0x20;
    /// The stream is in the list of open streams.
    pub const LINKED: c_int = 0x80;
    /// Bytes pushed back are being read.
    pub const IN_BACKUP: c_int = 0x100;
    /// A line is written when it ends.
    pub const LINE_BUFFERED: c_int = 0x200;
    /// The stream is being written.
    pub const PUTTING: c_int = 0x800;
    /// Everything is written at the file's end.
    pub const APPENDING: c_int = 0x1000;
    /// A descriptor is behind the stream.
    pub const FILE_BUFFER: c_int = 0x2000;
    /// The program does its own locking.
    pub const USER_LOCK: c_int = 0x8000;
}

/// Where the list of open streams starts. Guarded by [`LIST_LOCK`].
struct List(UnsafeCell<*mut File>);

// SAFETY: reached only under LIST_LOCK.
unsafe impl Sync for List {}

static LIST: List = List(UnsafeCell::new(super::standard::FIRST));

/// The lock of the list of open streams. A stream's own lock may be taken while it is held, never the other way.
pub static LIST_LOCK: RawLock = RawLock::new();

impl File {
    /// A stream that nothing was done with yet. Its lock must be set when it has its place.
    pub const fn new(flags: c_int, fileno: c_int, operations: &'static Operations) -> File {
        File {
            flags: flag::MAGIC | flags,
            read_ptr: null_mut(),
            read_end: null_mut(),
            read_base: null_mut(),
            write_base: null_mut(),
            write_ptr: null_mut(),
            write_end: null_mut(),
            buf_base: null_mut(),
            buf_end: null_mut(),
            save_base: null_mut(),
            backup_base: null_mut(),
            save_end: null_mut(),
            markers: null_mut(),
            chain: null_mut(),
            fileno,
            flags2: 0,
            old_offset: 0,
            cur_column: 0,
            vtable_offset: 0,
            shortbuf: [0],
            lock: null_mut(),
            offset: -1,
            codecvt: null_mut(),
            wide_data: null_mut(),
            freeres_list: null_mut(),
            freeres_buf: null_mut(),
            pad5: 0,
            mode: 0,
            unused: [0; 20],
            operations,
            data: null_mut(),
            child: 0,
            allocated: false,
            buffering_known: false,
            own_lock: RecursiveLock::new(),
            push_back: [0; PUSH_BACK],
        }
    }

    /// The same with its neighbour in the list and its lock: for streams that are static.
    pub const fn fixed(
        flags: c_int,
        fileno: c_int,
        operations: &'static Operations,
        chain: *mut File,
        lock: *mut RecursiveLock,
    ) -> File {
        let mut file = File::new(flags | flag::LINKED, fileno, operations);
        file.chain = chain;
        file.lock = lock;
        file
    }

    /// Whether the flag is set.
    #[inline(always)]
    pub fn has(&self, flag: c_int) -> bool {
        self.flags & flag != 0
    }

    /// What was read ahead, or pushed back.
    #[inline(always)]
    pub fn readable(&self) -> usize {
        self.read_end.addr().saturating_sub(self.read_ptr.addr())
    }

    /// What was put and not written yet.
    #[inline(always)]
    pub fn pending(&self) -> usize {
        self.write_ptr.addr().saturating_sub(self.write_base.addr())
    }

    /// The buffer's size.
    #[inline(always)]
    pub fn capacity(&self) -> usize {
        self.buf_end.addr() - self.buf_base.addr()
    }

    /// Notes an error of the device.
    pub fn fail(&mut self, error: crate::errno::Errno) {
        self.flags |= flag::ERROR;
        set_errno(error.0);
    }

    /// Forgets what was read ahead and pushed back, without moving the device.
    pub fn discard_input(&mut self) {
        self.flags &= !flag::IN_BACKUP;
        self.read_base = self.buf_base;
        self.read_ptr = self.buf_base;
        self.read_end = self.buf_base;
        self.save_base = null_mut();
        self.save_end = null_mut();
        self.backup_base = null_mut();
    }

    /// Goes back from the bytes pushed back to the buffer. Whether there were any.
    pub fn leave_backup(&mut self) -> bool {
        if !self.has(flag::IN_BACKUP) {
            return false;
        }
        self.flags &= !flag::IN_BACKUP;
        self.read_ptr = self.save_base;
        self.read_end = self.save_end;
        self.read_base = self.backup_base;
        self.save_base = null_mut();
        self.save_end = null_mut();
        self.backup_base = null_mut();
        true
    }

    /// Puts a byte before the next one to read. Whether there was room.
    pub fn push_back(&mut self, byte: u8) -> bool {
        if self.read_ptr == self.read_base || self.read_ptr.is_null() {
            if self.has(flag::IN_BACKUP) {
                return false;
            }
            self.flags |= flag::IN_BACKUP;
            self.save_base = self.read_ptr;
            self.save_end = self.read_end;
            self.backup_base = self.read_base;
            self.read_base = self.push_back.as_mut_ptr();
            self.read_end = self.read_base.wrapping_add(PUSH_BACK);
            self.read_ptr = self.read_end;
        }
        self.read_ptr = self.read_ptr.wrapping_sub(1);
        // SAFETY: read_base <= read_ptr < read_end, in the buffer or in push_back. The buffer is the library's own
        // or was given to setvbuf, so it may be written.
        unsafe { self.read_ptr.write(byte) };
        true
    }

    /// How many bytes the device is ahead of the reader, when that can be said.
    pub fn read_ahead(&self) -> usize {
        if self.has(flag::IN_BACKUP) {
            self.readable() + self.save_end.addr().saturating_sub(self.save_base.addr())
        } else {
            self.readable()
        }
    }
}

/// Allocates a stream and puts it into the list. ENOMEM.
pub fn allocate(flags: c_int, fileno: c_int, operations: &'static Operations) -> Result<*mut File> {
    // SAFETY: the block is large and aligned enough for a File (malloc aligns to 16), and is filled at once.
    unsafe {
        let place = crate::heap::malloc(size_of::<File>()).cast::<File>();
        if place.is_null() {
            return Err(crate::errno::Errno::ENOMEM);
        }
        place.write(File::new(flags, fileno, operations));
        (*place).allocated = true;
        (*place).lock = &raw mut (*place).own_lock;
        link(place);
        Ok(place)
    }
}

/// Puts a stream into the list.
unsafe fn link(stream: *mut File) {
    LIST_LOCK.lock();
    // SAFETY: the list is reached under its lock; the stream is a new one.
    unsafe {
        (*stream).chain = *LIST.0.get();
        (*stream).flags |= flag::LINKED;
        *LIST.0.get() = stream;
    }
    LIST_LOCK.unlock();
}

/// Takes a stream out of the list.
///
/// # Safety
/// The stream is open.
pub unsafe fn unlink(stream: *mut File) {
    LIST_LOCK.lock();
    // SAFETY: the list is reached under its lock, and holds open streams only.
    unsafe {
        let mut place = LIST.0.get();
        while !(*place).is_null() {
            if *place == stream {
                *place = (*stream).chain;
                break;
            }
            place = &raw mut (**place).chain;
        }
        (*stream).flags &= !flag::LINKED;
    }
    LIST_LOCK.unlock();
}

/// Calls `action` with every open stream, under the list's lock.
pub fn for_each_stream(mut action: impl FnMut(*mut File)) {
    LIST_LOCK.lock();
    // SAFETY: the list is reached under its lock, and holds open streams only.
    unsafe {
        let mut stream = *LIST.0.get();
        while !stream.is_null() {
            let next = (*stream).chain;
            action(stream);
            stream = next;
        }
    }
    LIST_LOCK.unlock();
}

/// Runs `action` under the stream's lock.
///
/// # Safety
/// The stream is open.
#[inline(always)]
pub unsafe fn locked<R>(stream: *mut File, action: impl FnOnce(&mut File) -> R) -> R {
    // SAFETY: the stream is open, and the lock keeps others away from it; a program that asked to do its own
    // locking promises that itself.
    unsafe {
        if (*stream).has(flag::USER_LOCK) {
            return action(&mut *stream);
        }
        let lock = (*stream).lock;
        (*lock).lock();
        let result = action(&mut *stream);
        (*lock).unlock();
        result
    }
}
