//! Reading directories. POSIX.1-2024 <dirent.h>.
//!
//! The system delivers entries in the form of C's `struct dirent` already; a stream is a buffer of them.

use crate::errno::{EINVAL, ENOTDIR, Errno, Result, returned, returned_status, set_errno};
use crate::heap;
use crate::lock::RawLock;
use crate::seam::*;
use crate::types::*;
use core::ffi::CStr;
use core::ptr;

const O_RDONLY_DIRECTORY: c_int = 0o200000 | 0o2000000 | 0o4000;
const SEEK_SET: c_int = 0;
const BUFFER: usize = 32 << 10;

/// C's `struct dirent`.
#[repr(C)]
pub struct Entry {
    inode: ino_t,
    /// Where the next entry begins, as the system counts.
    offset: off_t,
    length: c_ushort,
    kind: u8,
    name: [c_char; 256],
}

/// C's `DIR`.
#[repr(C, align(16))]
pub struct Stream {
    fd: c_int,
    lock: RawLock,
    /// Bytes in the buffer.
    filled: usize,
    /// Where the next entry is in the buffer.
    next: usize,
    /// The position of the next entry.
    position: off_t,
    buffer: [u64; BUFFER / 8],
}

unsafe fn open_stream(fd: c_int) -> Result<*mut Stream> {
    // SAFETY: a new block; the buffer needs no contents.
    unsafe {
        let stream: *mut Stream = heap::malloc(size_of::<Stream>()).cast();
        if stream.is_null() {
            return Err(Errno::ENOMEM);
        }
        (*stream).fd = fd;
        (&raw mut (*stream).lock).write(RawLock::new());
        (*stream).filled = 0;
        (*stream).next = 0;
        (*stream).position = 0;
        Ok(stream)
    }
}

unsafe fn open_path(directory: c_int, path: *const c_char) -> Result<*mut Stream> {
    // SAFETY: the callers'.
    unsafe {
        let fd = System::openat(directory, path, O_RDONLY_DIRECTORY, 0)?;
        open_stream(fd).inspect_err(|_| {
            let _ = System::close(fd);
        })
    }
}

impl Stream {
    /// The next entry, null at the end. The caller has the lock.
    unsafe fn read(&mut self) -> Result<*mut Entry> {
        if self.next >= self.filled {
            // SAFETY: the buffer is the stream's own.
            let filled = unsafe { System::getdents(self.fd, self.buffer.as_mut_ptr().cast(), BUFFER) };
            self.next = 0;
            self.filled = 0;
            match filled {
                // The directory was removed: it has no entries.
                Ok(0) | Err(Errno::ENOENT) => return Ok(ptr::null_mut()),
                Ok(bytes) => self.filled = bytes,
                Err(error) => return Err(error),
            }
        }
        // SAFETY: the system filled the buffer with whole entries.
        unsafe {
            let entry: *mut Entry = self.buffer.as_mut_ptr().byte_add(self.next).cast();
            self.next += usize::from((*entry).length);
            self.position = (*entry).offset;
            Ok(entry)
        }
    }
}

type Filter = Option<unsafe extern "C-unwind" fn(*const Entry) -> c_int>;
type Compare = Option<unsafe extern "C-unwind" fn(*mut *const Entry, *mut *const Entry) -> c_int>;

/// Puts copies of the chosen entries into an allocated array.
unsafe fn scan(stream: *mut Stream, filter: Filter) -> Result<(*mut *mut Entry, usize)> {
    let mut list: *mut *mut Entry = ptr::null_mut();
    let (mut count, mut room) = (0, 0);
    // SAFETY: the stream is the caller's; entries are copied into blocks of their own.
    unsafe {
        let failed = loop {
            let entry = match (*stream).read() {
                Ok(entry) if entry.is_null() => return Ok((list, count)),
                Ok(entry) => entry,
                Err(error) => break error,
            };
            if filter.is_some_and(|filter| filter(entry) == 0) {
                continue;
            }
            if count == room {
                room = (room * 2).max(32);
                let grown: *mut *mut Entry =
                    heap::realloc(list.cast(), room * size_of::<*mut Entry>()).cast();
                if grown.is_null() {
                    break Errno::ENOMEM;
                }
                list = grown;
            }
            let length = usize::from((*entry).length);
            let copy = heap::malloc(length);
            if copy.is_null() {
                break Errno::ENOMEM;
            }
            ptr::copy_nonoverlapping(entry.cast::<u8>(), copy.cast(), length);
            list.add(count).write(copy.cast());
            count += 1;
        };
        for index in 0..count {
            heap::free((*list.add(index)).cast());
        }
        heap::free(list.cast());
        Err(failed)
    }
}

// SAFETY of every block below: streams are ones that opendir returned, and not closed.
crate::export! {
    /// Opens a directory. POSIX.1-2024 `opendir`.
    pub unsafe extern "C" fn opendir(path: *const c_char) -> *mut Stream {
        // SAFETY: see above.
        returned(unsafe { open_path(AT_FDCWD, path) })
    }

    /// A stream of an open directory, which becomes the stream's. POSIX.1-2024 `fdopendir`.
    pub unsafe extern "C" fn fdopendir(fd: c_int) -> *mut Stream {
        const F_GETFL: c_int = 3;
        const O_PATH: c_int = 0o10000000;
        let mut status = [0u32; 36];
        // SAFETY: the buffer has the size of C's `struct stat`.
        unsafe {
            const AT_EMPTY_PATH: c_int = 0x1000;
            let found = System::fstatat(fd, c"".as_ptr(), status.as_mut_ptr().cast(), AT_EMPTY_PATH);
            if let Err(error) = found {
                set_errno(error.0);
                return ptr::null_mut();
            }
            if status[6] & 0o170000 != 0o040000 {
                set_errno(ENOTDIR);
                return ptr::null_mut();
            }
            match System::fcntl(fd, F_GETFL, 0) {
                Ok(flags) if flags & O_PATH == 0 && flags & 3 != 1 => {}
                _ => {
                    set_errno(crate::errno::EBADF);
                    return ptr::null_mut();
                }
            }
            returned(open_stream(fd))
        }
    }

    /// Closes a stream. POSIX.1-2024 `closedir`.
    pub unsafe extern "C" fn closedir(stream: *mut Stream) -> c_int {
        if stream.is_null() {
            set_errno(EINVAL);
            return -1;
        }
        // SAFETY: see above.
        unsafe {
            let fd = (*stream).fd;
            heap::free(stream.cast());
            returned_status(System::close(fd))
        }
    }

    /// The next entry; null at the end (`errno` unchanged) or on an error. POSIX.1-2024 `readdir`.
    pub unsafe extern "C" fn readdir(stream: *mut Stream) -> *mut Entry {
        // SAFETY: see above.
        unsafe {
            (*stream).lock.lock();
            let entry = (*stream).read();
            (*stream).lock.unlock();
            returned(entry)
        }
    }

    /// Copies the next entry; `*result` is null at the end. Returns an error number. POSIX.1-2008 `readdir_r`.
    pub unsafe extern "C" fn readdir_r(stream: *mut Stream, place: *mut Entry, result: *mut *mut Entry) -> c_int {
        // SAFETY: see above.
        unsafe {
            result.write(ptr::null_mut());
            (*stream).lock.lock();
            let entry = (*stream).read();
            let answer = match entry {
                Ok(entry) if entry.is_null() => 0,
                Ok(entry) => {
                    let length = usize::from((*entry).length).min(size_of::<Entry>());
                    ptr::copy_nonoverlapping(entry.cast::<u8>(), place.cast(), length);
                    result.write(place);
                    0
                }
                Err(error) => error.0,
            };
            (*stream).lock.unlock();
            answer
        }
    }

    /// Goes back to the first entry. POSIX.1-2024 `rewinddir`.
    pub unsafe extern "C" fn rewinddir(stream: *mut Stream) {
        // SAFETY: see above.
        unsafe { seekdir(stream, 0) }
    }

    /// Goes to a position that telldir returned. POSIX.1-2024 `seekdir`.
    pub unsafe extern "C" fn seekdir(stream: *mut Stream, position: c_long) {
        // SAFETY: see above.
        unsafe {
            (*stream).lock.lock();
            let _ = System::lseek((*stream).fd, position, SEEK_SET);
            (*stream).filled = 0;
            (*stream).next = 0;
            (*stream).position = position;
            (*stream).lock.unlock();
        }
    }

    /// The position of the next entry. POSIX.1-2024 `telldir`.
    pub unsafe extern "C" fn telldir(stream: *mut Stream) -> c_long {
        // SAFETY: see above.
        unsafe { (*stream).position }
    }

    /// The stream's descriptor. POSIX.1-2024 `dirfd`.
    pub unsafe extern "C" fn dirfd(stream: *mut Stream) -> c_int {
        // SAFETY: see above.
        unsafe { (*stream).fd }
    }

    /// Entries that a filter chooses, in an allocated and sorted list. POSIX.1-2024 `scandir`.
    pub unsafe extern "C-unwind" fn scandir(
        path: *const c_char,
        list: *mut *mut *mut Entry,
        filter: Filter,
        compare: Compare,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { scandirat(AT_FDCWD, path, list, filter, compare) }
    }

    /// As `scandir`, relative to a directory. glibc `scandirat`.
    pub unsafe extern "C-unwind" fn scandirat(
        directory: c_int,
        path: *const c_char,
        list: *mut *mut *mut Entry,
        filter: Filter,
        compare: Compare,
    ) -> c_int {
        // SAFETY: see above; the comparison gets what qsort hands it.
        unsafe {
            let stream = match open_path(directory, path) {
                Ok(stream) => stream,
                Err(error) => {
                    set_errno(error.0);
                    return -1;
                }
            };
            let found = scan(stream, filter);
            closedir(stream);
            match found {
                Ok((entries, count)) => {
                    if let (Some(compare), true) = (compare, count > 1) {
                        sort(entries, count, compare);
                    }
                    list.write(entries);
                    count as c_int
                }
                Err(error) => {
                    set_errno(error.0);
                    -1
                }
            }
        }
    }

    /// Compares two entries by name in the locale's order. POSIX.1-2024 `alphasort`.
    pub unsafe extern "C" fn alphasort(left: *mut *const Entry, right: *mut *const Entry) -> c_int {
        // SAFETY: scandir's lists hold entries with terminated names. Both locales here compare bytes.
        unsafe {
            let name = |entry: *mut *const Entry| CStr::from_ptr((&raw const (**entry).name).cast());
            name(left).cmp(name(right)) as c_int
        }
    }

    /// Compares two entries by name with their numbers by value. GNU `versionsort`.
    pub unsafe extern "C" fn versionsort(left: *mut *const Entry, right: *mut *const Entry) -> c_int {
        // SAFETY: scandir's lists hold entries with terminated names.
        unsafe {
            let name = |entry: *mut *const Entry| (&raw const (**entry).name).cast::<c_char>();
            crate::string::strverscmp(name(left), name(right))
        }
    }

    /// Reads directory entries in the system's form. Linux `getdents64`.
    pub unsafe extern "C" fn getdents64(fd: c_int, buffer: *mut c_void, length: size_t) -> ssize_t {
        // SAFETY: see above.
        returned(unsafe { System::getdents(fd, buffer, length) }.map(|bytes| bytes as ssize_t))
    }
}

/// Bytes of an entry before its name: of the system's form, and of POSIX's `struct posix_dent`.
const SYSTEM_HEAD: usize = 19;
const POSIX_HEAD: usize = 11;

/// Turns the system's entries in `bytes` into POSIX's, in place: each becomes shorter. Answers their bytes.
fn to_posix_entries(bytes: &mut [u8]) -> usize {
    let (mut from, mut to) = (0, 0);
    while let Some(&[low, high]) = bytes.get(from + 16..from + 18) {
        let old = usize::from(u16::from_ne_bytes([low, high]));
        let entry = from..(from + old).min(bytes.len());
        if old < SYSTEM_HEAD || entry.len() < old {
            break;
        }
        let name = &bytes[from + SYSTEM_HEAD..entry.end];
        let length = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
        let new = (POSIX_HEAD + length + 1).next_multiple_of(8);
        let kind = bytes[from + 18];
        bytes.copy_within(from..from + 8, to);
        bytes.copy_within(from + SYSTEM_HEAD..from + SYSTEM_HEAD + length, to + POSIX_HEAD);
        bytes[to + 8..to + 10].copy_from_slice(&(new as u16).to_ne_bytes());
        bytes[to + 10] = kind;
        bytes[to + POSIX_HEAD + length..to + new].fill(0);
        from = entry.end;
        to += new;
    }
    to
}

crate::export! {
    /// Reads directory entries as `struct posix_dent`; 0 at the end. The only flag is `DT_FORCE_TYPE`: types are always known.
    /// POSIX.1-2024 `posix_getdents`.
    pub unsafe extern "C" fn posix_getdents(fd: c_int, buffer: *mut c_void, length: size_t, flags: c_int) -> ssize_t {
        const DT_FORCE_TYPE: c_int = 1;
        if flags & !DT_FORCE_TYPE != 0 {
            return returned::<c_int>(Err(Errno::EINVAL)) as ssize_t;
        }
        // SAFETY: the caller's room, which the system has filled so far.
        let read = unsafe { System::getdents(fd, buffer, length) };
        returned(read.map(|bytes| {
            // SAFETY: as above.
            to_posix_entries(unsafe { core::slice::from_raw_parts_mut(buffer.cast(), bytes) }) as ssize_t
        }))
    }
}
crate::alias!(readdir64 = readdir);
crate::alias!(readdir64_r = readdir_r);
crate::alias!(scandir64 = scandir);
crate::alias!(scandirat64 = scandirat);
crate::alias!(alphasort64 = alphasort);
crate::alias!(versionsort64 = versionsort);

/// Sorts a list of entries.
unsafe fn sort(
    entries: *mut *mut Entry,
    count: usize,
    compare: unsafe extern "C-unwind" fn(*mut *const Entry, *mut *const Entry) -> c_int,
) {
    // SAFETY: the comparison gets pointers to two elements of the list, as `qsort` gives them.
    unsafe {
        type Bytes = unsafe extern "C-unwind" fn(*const c_void, *const c_void) -> c_int;
        type Entries = unsafe extern "C-unwind" fn(*mut *const Entry, *mut *const Entry) -> c_int;
        let compare = core::mem::transmute::<Entries, Bytes>(compare);
        crate::stdlib::sort::qsort(entries.cast(), count, size_of::<*mut Entry>(), compare);
    }
}
