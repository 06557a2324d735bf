//! Semaphores. POSIX.1-2024 <semaphore.h>. Errors are in `errno` here.
//!
//! Named ones are files of one semaphore each in /dev/shm, mapped shared. Opened semaphores are kept in a table,
//! so that opening a name twice gives the same address, as POSIX demands.

use super::{deadline, scope};
use crate::errno::{Errno, Result, get_errno, returned_status, set_errno};
use crate::lock::{Lock, Sleep};
use crate::seam::*;
use crate::thread::cancel;
use crate::types::*;
use core::ffi::CStr;
use core::ptr;
use core::sync::atomic::AtomicU64;
use trivet_protocols::{Ended, semaphore as protocol};

/// C's `sem_t`.
#[repr(C)]
pub struct Semaphore {
    /// The value below, the waiters above.
    word: AtomicU64,
    shared: u32,
    unused: [u32; 5],
}

const _: () = assert!(size_of::<Semaphore>() == 32);

const FAILED: *mut Semaphore = ptr::null_mut();

impl Semaphore {
    fn wait(&self, until: Option<Deadline>) -> Result<()> {
        if protocol::try_wait(&self.word) {
            return Ok(());
        }
        let scope = scope(self.shared != 0);
        cancel::blocking(|| protocol::wait(&self.word, &Sleep { until, scope })).map_err(|ended| {
            if ended == Ended::TimedOut {
                return Errno::ETIMEDOUT;
            }
            cancel::test();
            Errno::EINTR
        })
    }

    fn post(&self) -> Result<()> {
        if protocol::post(&self.word, &Sleep::among(scope(self.shared != 0))) {
            Ok(())
        } else {
            Err(Errno::EOVERFLOW)
        }
    }
}

/// An opened named semaphore.
#[derive(Clone, Copy)]
struct Opened {
    semaphore: *mut Semaphore,
    device: u64,
    inode: u64,
    uses: usize,
}

/// Named semaphores that a process may have open.
const MOST_OPEN: usize = 256;

struct Table([Option<Opened>; MOST_OPEN]);

// SAFETY: the semaphores are shared memory; the table is under a lock.
unsafe impl Send for Table {}

static OPEN: Lock<Table> = Lock::new(Table([None; MOST_OPEN]));

/// The lock, for fork.
pub fn lock() -> &'static crate::lock::RawLock {
    OPEN.raw()
}

const O_RDWR: c_int = 2;
const O_CREAT: c_int = 0o100;
const O_EXCL: c_int = 0o200;
const O_NOFOLLOW: c_int = 0o400000;
const O_CLOEXEC: c_int = 0o2000000;
const AT_EMPTY_PATH: c_int = 0x1000;
const MAP_SHARED: c_int = 1;
const NAME_MAX: usize = 251;

type Path = [u8; NAME_MAX + 32];

/// The path of a name's file, with `prefix` before the name.
unsafe fn path_of(name: *const c_char, prefix: &[u8]) -> Result<Path> {
    // SAFETY: the program's string.
    let mut name = unsafe { CStr::from_ptr(name) }.to_bytes();
    while let [b'/', rest @ ..] = name {
        name = rest;
    }
    if name.is_empty() || name.contains(&b'/') {
        return Err(Errno::EINVAL);
    }
    if name.len() > NAME_MAX {
        return Err(Errno::ENAMETOOLONG);
    }
    let mut path = [0; NAME_MAX + 32];
    for (place, byte) in path.iter_mut().zip(prefix.iter().chain(name)) {
        *place = *byte;
    }
    Ok(path)
}

/// Device and inode of an open file.
fn identity(fd: c_int) -> Result<(u64, u64)> {
    let mut status = [0u64; 18];
    // SAFETY: `status` has the size of C's `struct stat`; the path is empty.
    unsafe { System::fstatat(fd, c"".as_ptr(), status.as_mut_ptr().cast(), AT_EMPTY_PATH) }?;
    Ok((status[0], status[1]))
}

/// Maps the semaphore of an open file, or finds it mapped already.
fn attach(fd: c_int) -> Result<*mut Semaphore> {
    let (device, inode) = identity(fd)?;
    let mut table = OPEN.lock();
    for opened in table.0.iter_mut().flatten() {
        if opened.device == device && opened.inode == inode {
            opened.uses += 1;
            return Ok(opened.semaphore);
        }
    }
    let free = table
        .0
        .iter_mut()
        .find(|entry| entry.is_none())
        .ok_or(Errno::EMFILE)?;
    // SAFETY: a new mapping.
    let mapped = unsafe {
        System::map(
            ptr::null_mut(),
            PAGE_SIZE,
            PROT_READ | PROT_WRITE,
            MAP_SHARED,
            fd,
            0,
        )
    }?;
    *free = Some(Opened {
        semaphore: mapped.cast(),
        device,
        inode,
        uses: 1,
    });
    Ok(mapped.cast())
}

/// Makes a file with a semaphore and links it to `path`, so that nobody sees a half-made one.
unsafe fn make(path: &Path, mode: mode_t, value: c_uint) -> Result<c_int> {
    if value > protocol::VALUE_MAX {
        return Err(Errno::EINVAL);
    }
    let mut prefix = *b"/dev/shm/.new.0123456789abcdef.";
    // SAFETY: paths are terminated; the semaphore is a local variable.
    unsafe {
        let mut random = 0u64;
        System::random((&raw mut random).cast(), 8, 0)?;
        for (index, place) in prefix[14..30].iter_mut().enumerate() {
            *place = b"0123456789abcdef"[(random >> (4 * index)) as usize & 15];
        }
        let temporary = path_of(c"sem".as_ptr(), &prefix)?;
        let temporary_path = temporary.as_ptr().cast::<c_char>();
        let fd = System::openat(
            AT_FDCWD,
            temporary_path,
            O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
            mode,
        )?;
        let semaphore = Semaphore {
            word: AtomicU64::new(u64::from(value)),
            shared: 1,
            unused: [0; 5],
        };
        let written = System::write(fd, (&raw const semaphore).cast(), size_of::<Semaphore>());
        let linked =
            written.and_then(|_| System::linkat(AT_FDCWD, temporary_path, AT_FDCWD, path.as_ptr().cast(), 0));
        let _ = System::unlinkat(AT_FDCWD, temporary_path, 0);
        match linked {
            Ok(()) => Ok(fd),
            Err(error) => {
                let _ = System::close(fd);
                Err(error)
            }
        }
    }
}

unsafe fn open(name: *const c_char, flags: c_int, mode: mode_t, value: c_uint) -> Result<*mut Semaphore> {
    // SAFETY: the caller's string; paths are terminated.
    unsafe {
        let path = path_of(name, b"/dev/shm/sem.")?;
        loop {
            let exclusive = flags & (O_CREAT | O_EXCL) == O_CREAT | O_EXCL;
            let opened = if exclusive {
                Err(Errno::ENOENT)
            } else {
                System::openat(AT_FDCWD, path.as_ptr().cast(), O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0)
            };
            let fd = match opened {
                Ok(fd) => fd,
                Err(Errno::ENOENT) if flags & O_CREAT != 0 => match make(&path, mode, value) {
                    Ok(fd) => fd,
                    // Somebody was faster: use theirs.
                    Err(Errno::EEXIST) if !exclusive => continue,
                    Err(error) => return Err(error),
                },
                Err(error) => return Err(error),
            };
            let attached = attach(fd);
            let _ = System::close(fd);
            return attached;
        }
    }
}

// SAFETY of every block below: by each function's contract its pointers are valid.
crate::export! {
    /// Makes a semaphore. POSIX.1-2024 `sem_init`.
    pub unsafe extern "C" fn sem_init(semaphore: *mut Semaphore, shared: c_int, value: c_uint) -> c_int {
        if value > protocol::VALUE_MAX {
            return returned_status(Err(Errno::EINVAL));
        }
        // SAFETY: see above.
        unsafe {
            semaphore.write(Semaphore {
                word: AtomicU64::new(u64::from(value)),
                shared: (shared != 0).into(),
                unused: [0; 5],
            });
        }
        0
    }

    /// Ends a semaphore's use. POSIX.1-2024 `sem_destroy`.
    pub unsafe extern "C" fn sem_destroy(_semaphore: *mut Semaphore) -> c_int {
        0
    }

    /// Takes one, waiting while there is none. POSIX.1-2024 `sem_wait`.
    pub unsafe extern "C-unwind" fn sem_wait(semaphore: *mut Semaphore) -> c_int {
        cancel::test();
        // SAFETY: see above.
        returned_status(unsafe { (*semaphore).wait(None) })
    }

    /// Takes one if there is one; `EAGAIN`. POSIX.1-2024 `sem_trywait`.
    pub unsafe extern "C" fn sem_trywait(semaphore: *mut Semaphore) -> c_int {
        // SAFETY: see above.
        let taken = protocol::try_wait(unsafe { &(*semaphore).word });
        returned_status(if taken { Ok(()) } else { Err(Errno::EAGAIN) })
    }

    /// As `sem_wait`, until a time of the real-time clock. POSIX.1-2024 `sem_timedwait`.
    pub unsafe extern "C-unwind" fn sem_timedwait(semaphore: *mut Semaphore, time: *const timespec) -> c_int {
        // SAFETY: see above.
        unsafe { sem_clockwait(semaphore, CLOCK_REALTIME, time) }
    }

    /// As `sem_wait`, until a time of `clock`. POSIX.1-2024 `sem_clockwait`.
    pub unsafe extern "C-unwind" fn sem_clockwait(
        semaphore: *mut Semaphore,
        clock: clockid_t,
        time: *const timespec,
    ) -> c_int {
        cancel::test();
        // SAFETY: see above.
        unsafe {
            if protocol::try_wait(&(*semaphore).word) {
                return 0;
            }
            returned_status(deadline(clock, time).and_then(|until| (*semaphore).wait(Some(until))))
        }
    }

    /// Adds one and wakes a thread that waits. Async-signal-safe. POSIX.1-2024 `sem_post`.
    pub unsafe extern "C" fn sem_post(semaphore: *mut Semaphore) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { (*semaphore).post() })
    }

    /// The value. POSIX.1-2024 `sem_getvalue`.
    pub unsafe extern "C" fn sem_getvalue(semaphore: *mut Semaphore, value: *mut c_int) -> c_int {
        // SAFETY: see above.
        unsafe { value.write(protocol::value(&(*semaphore).word) as c_int) };
        0
    }

    /// Opens or makes a named semaphore; null is SEM_FAILED. `mode` and `value` count with O_CREAT only.
    /// POSIX.1-2024 `sem_open`.
    pub unsafe extern "C" fn sem_open(
        name: *const c_char,
        flags: c_int,
        mode: mode_t,
        value: c_uint,
    ) -> *mut Semaphore {
        let before = get_errno();
        // SAFETY: see above.
        match unsafe { open(name, flags, mode, value) } {
            Ok(semaphore) => {
                set_errno(before);
                semaphore
            }
            Err(error) => {
                set_errno(error.0);
                FAILED
            }
        }
    }

    /// Closes a named semaphore. POSIX.1-2024 `sem_close`.
    pub unsafe extern "C" fn sem_close(semaphore: *mut Semaphore) -> c_int {
        let mut table = OPEN.lock();
        let found = table.0.iter_mut().find(|entry| entry.is_some_and(|opened| opened.semaphore == semaphore));
        let Some(entry) = found else { return returned_status(Err(Errno::EINVAL)) };
        if let Some(opened) = entry {
            opened.uses -= 1;
            if opened.uses == 0 {
                // SAFETY: the mapping is the table's, and nobody has it open any more.
                let _ = unsafe { System::unmap(semaphore.cast(), PAGE_SIZE) };
                *entry = None;
            }
        }
        0
    }

    /// Removes a semaphore's name. POSIX.1-2024 `sem_unlink`.
    pub unsafe extern "C" fn sem_unlink(name: *const c_char) -> c_int {
        // SAFETY: see above; the path is terminated.
        returned_status(unsafe {
            path_of(name, b"/dev/shm/sem.")
                // A name that none can have is one that is not there.
                .map_err(|error| if error == Errno::EINVAL { Errno::ENOENT } else { error })
                .and_then(|path| System::unlinkat(AT_FDCWD, path.as_ptr().cast(), 0))
                .map_err(|error| if error == Errno::EPERM { Errno::EACCES } else { error })
        })
    }
}
