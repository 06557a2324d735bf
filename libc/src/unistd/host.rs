//! The host as a whole: its number, its load, its files on disk. BSD `gethostid`, `getloadavg`; Linux `syncfs`,
//! `readahead`.

use crate::errno::{Errno, Result, returned, returned_status};
use crate::seam::*;
use crate::types::*;
use core::mem::MaybeUninit;

const F_GETFL: c_int = 3;
const O_ACCMODE: c_int = 3;
const O_WRONLY: c_int = 1;

/// The number that an administrator gave the host in /etc/hostid (four bytes), or one made of its name's address.
fn host_number() -> c_long {
    const O_RDONLY_CLOEXEC: c_int = 0o2_000_000;
    let mut number = 0i32;
    // SAFETY: the path is a string, the number has four bytes.
    unsafe {
        if let Ok(fd) = System::openat(AT_FDCWD, c"/etc/hostid".as_ptr(), O_RDONLY_CLOEXEC, 0) {
            let count = System::read(fd, (&raw mut number).cast(), 4);
            let _ = System::close(fd);
            if count == Ok(4) {
                return c_long::from(number);
            }
        }
        let mut name: [c_char; 65] = [0; 65];
        if super::system::gethostname(name.as_mut_ptr(), 64) != 0 || name[0] == 0 {
            return 0;
        }
        let host = crate::network::hosts::gethostbyname(name.as_ptr());
        if host.is_null() {
            return 0;
        }
        // An address of version 4, turned by half.
        let address = (*(*host).addresses).cast::<u32>().read_unaligned();
        c_long::from(address.rotate_left(16) as i32)
    }
}

/// The load of the last 1, 5 and 15 minutes.
fn loads() -> Result<[f64; 3]> {
    // `struct sysinfo` begins with the time since boot and three loads in 65536ths.
    let mut information = MaybeUninit::<[u64; 16]>::zeroed();
    // SAFETY: the buffer is larger than the structure's 112 bytes.
    let words = unsafe {
        System::sysinfo(information.as_mut_ptr().cast())?;
        information.assume_init()
    };
    Ok([words[1], words[2], words[3]].map(|load| load as f64 / 65536.0))
}

// SAFETY of every block below: arrays are the caller's; these commands take no pointer.
crate::export! {
    /// A number for the host. POSIX.1-2024 `gethostid`.
    pub unsafe extern "C" fn gethostid() -> c_long {
        host_number()
    }

    /// The load of the last 1, 5 and 15 minutes: how many of them were stored, or -1. BSD `getloadavg`.
    pub unsafe extern "C" fn getloadavg(places: *mut c_double, count: c_int) -> c_int {
        let Ok(loads) = loads() else { return -1 };
        let count = usize::try_from(count).unwrap_or(0).min(loads.len());
        for (index, load) in loads.iter().take(count).enumerate() {
            // SAFETY: see above.
            unsafe { places.add(index).write(*load) };
        }
        count as c_int
    }

    /// Writes the file system of an open file to its device. Linux `syncfs`.
    pub unsafe extern "C" fn syncfs(fd: c_int) -> c_int {
        returned_status(System::descriptor_flags(fd).map(|_| System::sync()))
    }

    /// Says that a part of a file will be read soon. All files are in memory: nothing need be done. EBADF, EINVAL.
    /// Linux `readahead`.
    pub unsafe extern "C" fn readahead(fd: c_int, _offset: off_t, _count: size_t) -> ssize_t {
        // SAFETY: see above; the status has room for `struct stat`, whose mode lies at byte 24.
        let checked = unsafe {
            System::fcntl(fd, F_GETFL, 0).and_then(|flags| {
                if flags & O_ACCMODE == O_WRONLY {
                    return Err(Errno::EBADF);
                }
                let mut status = MaybeUninit::<[u64; 18]>::zeroed();
                System::fstatat(fd, c"".as_ptr(), status.as_mut_ptr().cast(), 0x1000)?;
                match status.assume_init()[3] as u32 & 0o170_000 {
                    0o100_000 | 0o60_000 => Ok(0),
                    _ => Err(Errno::EINVAL),
                }
            })
        };
        returned(checked)
    }
}
