//! <sys/sysmacros.h>: the parts of a device number; <sys/ipc.h>'s `ftok`, which makes a key of them.

use crate::errno::returned;
use crate::seam::{AT_FDCWD, Names, System};
use crate::types::*;
use core::mem::MaybeUninit;

/// The kind of a device. glibc's numbers have 32 bits of it.
pub fn major(device: dev_t) -> c_uint {
    (device >> 8 & 0xfff | device >> 32 & 0xffff_f000) as c_uint
}

/// Which of its kind a device is. glibc's numbers have 32 bits of it.
pub fn minor(device: dev_t) -> c_uint {
    (device & 0xff | device >> 12 & 0xffff_ff00) as c_uint
}

/// The number of a device.
pub fn number(major: c_uint, minor: c_uint) -> dev_t {
    let (major, minor) = (dev_t::from(major), dev_t::from(minor));
    (major & 0xfff) << 8 | (major & 0xffff_f000) << 32 | minor & 0xff | (minor & 0xffff_ff00) << 12
}

export! {
    /// The kind of a device. glibc.
    pub unsafe extern "C" fn gnu_dev_major(device: dev_t) -> c_uint {
        major(device)
    }

    /// Which of its kind a device is. glibc.
    pub unsafe extern "C" fn gnu_dev_minor(device: dev_t) -> c_uint {
        minor(device)
    }

    /// The number of a device. glibc.
    pub unsafe extern "C" fn gnu_dev_makedev(major: c_uint, minor: c_uint) -> dev_t {
        number(major, minor)
    }

    /// A key for the System V facilities, from a file and eight bits: -1 if there is no such file. POSIX.1-2024 `ftok`.
    pub unsafe extern "C" fn ftok(path: *const c_char, project: c_int) -> key_t {
        // SAFETY: the path is the caller's; the status has room for `struct stat`, which begins with device and inode.
        let status = unsafe {
            let mut status = MaybeUninit::<[u64; 18]>::zeroed();
            System::fstatat(AT_FDCWD, path, status.as_mut_ptr().cast(), 0).map(|()| status.assume_init())
        };
        returned(status.map(|status| {
            (status[1] as key_t & 0xffff) | (status[0] as key_t & 0xff) << 16 | (project & 0xff) << 24
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_has_both_parts(first: u32, second: u32) {
            let device = number(first, second);
            prop_assert_eq!((major(device), minor(device)), (first, second));
        }
    }
}
