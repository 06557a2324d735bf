//! Permissions, owners, times and lengths. POSIX.1-2024 `chmod`, `chown`, `utimensat`, `ftruncate`.

use crate::errno::{EINVAL, Errno, returned_status};
use crate::seam::*;
use crate::types::*;
use core::ptr;

const AT_SYMLINK_NOFOLLOW: c_int = 0x100;

/// Times of <sys/time.h> as those of <time.h>.
unsafe fn converted(times: *const [timeval; 2]) -> Result<Option<[timespec; 2]>, Errno> {
    // SAFETY: null or the caller's.
    let Some(times) = (unsafe { times.as_ref() }) else {
        return Ok(None);
    };
    if times.iter().any(|time| !(0..1_000_000).contains(&time.tv_usec)) {
        return Err(Errno::EINVAL);
    }
    Ok(Some(times.map(|time| timespec {
        tv_sec: time.tv_sec,
        tv_nsec: time.tv_usec * 1000,
    })))
}

unsafe fn set_times(
    directory: c_int,
    path: *const c_char,
    times: *const [timeval; 2],
    flags: c_int,
) -> c_int {
    // SAFETY: the callers'.
    returned_status(unsafe {
        converted(times).and_then(|times| {
            let place = times.as_ref().map_or(ptr::null(), |times| times.as_ptr());
            System::utimensat(directory, path, place, flags)
        })
    })
}

// SAFETY of every block below: pointers are the caller's, and the system checks them.
crate::export! {
    /// Sets permissions. POSIX.1-2024 `chmod`.
    pub unsafe extern "C" fn chmod(path: *const c_char, mode: mode_t) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::fchmodat(AT_FDCWD, path, mode) })
    }

    /// Sets permissions without following a link, which has none to set: EOPNOTSUPP for it. BSD `lchmod`.
    pub unsafe extern "C" fn lchmod(path: *const c_char, mode: mode_t) -> c_int {
        // SAFETY: see above.
        unsafe { fchmodat(AT_FDCWD, path, mode, AT_SYMLINK_NOFOLLOW) }
    }

    /// Sets an open file's permissions. POSIX.1-2024 `fchmod`.
    pub unsafe extern "C" fn fchmod(fd: c_int, mode: mode_t) -> c_int {
        returned_status(System::fchmod(fd, mode))
    }

    /// Sets permissions relative to a directory; symbolic links have none to set. POSIX.1-2024 `fchmodat`.
    pub unsafe extern "C" fn fchmodat(directory: c_int, path: *const c_char, mode: mode_t, flags: c_int) -> c_int {
        const S_IFMT: u32 = 0o170000;
        const S_IFLNK: u32 = 0o120000;
        // Where C's `struct stat` has the mode, in words of 32 bits.
        const MODE: usize = 6;
        // SAFETY: see above; the buffer has the size of C's `struct stat`.
        returned_status(unsafe {
            (|| {
                if flags & !AT_SYMLINK_NOFOLLOW != 0 {
                    return Err(Errno::EINVAL);
                }
                if flags & AT_SYMLINK_NOFOLLOW != 0 {
                    let mut status = [0u32; 36];
                    System::fstatat(directory, path, status.as_mut_ptr().cast(), AT_SYMLINK_NOFOLLOW)?;
                    if status[MODE] & S_IFMT == S_IFLNK {
                        return Err(Errno::EOPNOTSUPP);
                    }
                }
                System::fchmodat(directory, path, mode)
            })()
        })
    }

    /// Sets owner and group. POSIX.1-2024 `chown`.
    pub unsafe extern "C" fn chown(path: *const c_char, owner: uid_t, group: gid_t) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::fchownat(AT_FDCWD, path, owner, group, 0) })
    }

    /// Sets a symbolic link's owner and group. POSIX.1-2024 `lchown`.
    pub unsafe extern "C" fn lchown(path: *const c_char, owner: uid_t, group: gid_t) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::fchownat(AT_FDCWD, path, owner, group, AT_SYMLINK_NOFOLLOW) })
    }

    /// Sets an open file's owner and group. POSIX.1-2024 `fchown`.
    pub unsafe extern "C" fn fchown(fd: c_int, owner: uid_t, group: gid_t) -> c_int {
        returned_status(System::fchown(fd, owner, group))
    }

    /// Sets owner and group relative to a directory. POSIX.1-2024 `fchownat`.
    pub unsafe extern "C" fn fchownat(
        directory: c_int,
        path: *const c_char,
        owner: uid_t,
        group: gid_t,
        flags: c_int,
    ) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::fchownat(directory, path, owner, group, flags) })
    }

    /// Sets access and modification times. POSIX.1-2024 `utimensat`.
    pub unsafe extern "C" fn utimensat(
        directory: c_int,
        path: *const c_char,
        times: *const timespec,
        flags: c_int,
    ) -> c_int {
        if path.is_null() {
            return returned_status(Err(Errno(EINVAL)));
        }
        // SAFETY: see above.
        returned_status(unsafe { System::utimensat(directory, path, times, flags) })
    }

    /// Sets an open file's access and modification times. POSIX.1-2024 `futimens`.
    pub unsafe extern "C" fn futimens(fd: c_int, times: *const timespec) -> c_int {
        if fd < 0 {
            return returned_status(Err(Errno::EBADF));
        }
        // SAFETY: see above.
        returned_status(unsafe { System::utimensat(fd, ptr::null(), times, 0) })
    }

    /// Sets times in microseconds. POSIX.1-2024 `utimes`.
    pub unsafe extern "C" fn utimes(path: *const c_char, times: *const [timeval; 2]) -> c_int {
        // SAFETY: see above.
        unsafe { set_times(AT_FDCWD, path, times, 0) }
    }

    /// Sets a symbolic link's times. BSD `lutimes`.
    pub unsafe extern "C" fn lutimes(path: *const c_char, times: *const [timeval; 2]) -> c_int {
        // SAFETY: see above.
        unsafe { set_times(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) }
    }

    /// Sets an open file's times. BSD `futimes`.
    pub unsafe extern "C" fn futimes(fd: c_int, times: *const [timeval; 2]) -> c_int {
        if fd < 0 {
            return returned_status(Err(Errno::EBADF));
        }
        // SAFETY: see above.
        unsafe { set_times(fd, ptr::null(), times, 0) }
    }

    /// Sets times relative to a directory. SunOS `futimesat`.
    pub unsafe extern "C" fn futimesat(directory: c_int, path: *const c_char, times: *const [timeval; 2]) -> c_int {
        // SAFETY: see above.
        unsafe { set_times(directory, path, times, 0) }
    }

    /// Sets times in seconds: access, modification. POSIX.1-2008 `utime`.
    pub unsafe extern "C" fn utime(path: *const c_char, times: *const [time_t; 2]) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe {
            let times =
                times.as_ref().map(|times| times.map(|seconds| timespec { tv_sec: seconds, tv_nsec: 0 }));
            let place = times.as_ref().map_or(ptr::null(), |times| times.as_ptr());
            System::utimensat(AT_FDCWD, path, place, 0)
        })
    }

    /// Sets a file's length. POSIX.1-2024 `truncate`.
    pub unsafe extern "C" fn truncate(path: *const c_char, length: off_t) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::truncate(path, length) })
    }

    /// Sets an open file's length. POSIX.1-2024 `ftruncate`.
    pub unsafe extern "C" fn ftruncate(fd: c_int, length: off_t) -> c_int {
        returned_status(System::ftruncate(fd, length))
    }

    /// Allocates or frees space in a file. Linux `fallocate`.
    pub unsafe extern "C" fn fallocate(fd: c_int, mode: c_int, offset: off_t, length: off_t) -> c_int {
        returned_status(System::fallocate(fd, mode, offset, length))
    }

    /// Makes sure that writing to a part of a file needs no more space; returns an error number. POSIX.1-2024
    /// `posix_fallocate`.
    pub unsafe extern "C" fn posix_fallocate(fd: c_int, offset: off_t, length: off_t) -> c_int {
        System::fallocate(fd, 0, offset, length).map_or_else(|error| error.0, |()| 0)
    }

    /// Says how a file will be read; advice without effect here. Returns an error number. POSIX.1-2024
    /// `posix_fadvise`.
    pub unsafe extern "C" fn posix_fadvise(fd: c_int, _offset: off_t, length: off_t, advice: c_int) -> c_int {
        const SEEK_CUR: c_int = 1;
        if length < 0 || !(0..=5).contains(&advice) {
            return EINVAL;
        }
        // Only whether the descriptor is open, and no pipe, matters.
        System::lseek(fd, 0, SEEK_CUR).map_or_else(|error| error.0, |_| 0)
    }

    /// Sets the file mode creation mask; the old one. POSIX.1-2024 `umask`.
    pub unsafe extern "C" fn umask(mask: mode_t) -> mode_t {
        System::umask(mask & 0o777)
    }
}
crate::alias!(truncate64 = truncate);
crate::alias!(ftruncate64 = ftruncate);
crate::alias!(fallocate64 = fallocate);
crate::alias!(posix_fallocate64 = posix_fallocate);
crate::alias!(posix_fadvise64 = posix_fadvise);
