//! Names of terminals. POSIX.1-2024 `ttyname`.
//!
//! A terminal's name follows from the number of its device; the name is believed only where it leads to that device.

use super::control::is_terminal;
use crate::errno::{ENODEV, Errno, Result, returned, set_errno};
use crate::seam::{AT_FDCWD, Names, System};
use crate::types::*;

/// Longest name with its terminating zero.
pub const NAME_ROOM: usize = 24;
/// Bytes of the library's buffer for `ttyname`.
const BUFFER: usize = 64;
/// Pseudo terminals have these numbers for their devices, 256 minor numbers each: Linux's.
const PSEUDO_MAJORS: core::ops::RangeInclusive<u64> = 136..=143;
const AT_EMPTY_PATH: c_int = 0x1000;

/// A name with its terminating zero.
pub type Name = ([u8; NAME_ROOM], usize);

/// Writes `prefix`, then `number` in decimal, then a zero byte.
fn numbered(prefix: &[u8], number: u64) -> Name {
    let mut name = [0; NAME_ROOM];
    name[..prefix.len()].copy_from_slice(prefix);
    let mut digits = [0u8; 20];
    let mut first = digits.len();
    let mut rest = number;
    loop {
        first -= 1;
        digits[first] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    let digits = &digits[first..];
    let end = (prefix.len() + digits.len()).min(NAME_ROOM - 1);
    name[prefix.len()..end].copy_from_slice(&digits[..end - prefix.len()]);
    (name, end + 1)
}

/// Name of a pseudo terminal's slave by its number.
pub fn pseudo_terminal(number: c_int) -> Name {
    numbered(b"/dev/pts/", number as u64)
}

fn plain(text: &[u8]) -> Name {
    let mut name = [0; NAME_ROOM];
    name[..text.len()].copy_from_slice(text);
    (name, text.len() + 1)
}

/// Major and minor number of a device, as glibc's `gnu_dev_major` and `gnu_dev_minor` split it.
const fn split(device: u64) -> (u64, u64) {
    let major = (device >> 8 & 0xfff) | (device >> 32 & !0xfff);
    let minor = (device & 0xff) | (device >> 12 & !0xff & 0xffff_ffff);
    (major, minor)
}

/// The name that a terminal with this device number has.
fn name_of(device: u64) -> Option<Name> {
    match split(device) {
        (major, minor) if PSEUDO_MAJORS.contains(&major) => Some(numbered(
            b"/dev/pts/",
            (major - PSEUDO_MAJORS.start()) * 256 + minor,
        )),
        (5, 0) => Some(plain(b"/dev/tty")),
        (5, 1) => Some(plain(b"/dev/console")),
        (4, minor) if minor < 64 => Some(numbered(b"/dev/tty", minor)),
        (4, minor) => Some(numbered(b"/dev/ttyS", minor - 64)),
        _ => None,
    }
}

/// Device number of the file; `path` empty: of the descriptor.
fn device_of(directory: c_int, path: *const c_char) -> Result<u64> {
    /// C's `struct stat` in words of eight bytes; the device's number is the sixth.
    const WORDS: usize = 18;
    const SPECIAL_DEVICE: usize = 5;
    let mut status = [0u64; WORDS];
    // SAFETY: the buffer has the size of the system's structure, the path is the caller's constant or local.
    unsafe { System::fstatat(directory, path, status.as_mut_ptr().cast(), AT_EMPTY_PATH) }?;
    Ok(status[SPECIAL_DEVICE])
}

/// The name of the terminal that a descriptor names.
pub fn of(fd: c_int) -> Result<Name> {
    is_terminal(fd)?;
    let device = device_of(fd, c"".as_ptr())?;
    let name = name_of(device).ok_or(Errno(ENODEV))?;
    match device_of(AT_FDCWD, name.0.as_ptr().cast()) {
        Ok(found) if found == device => Ok(name),
        _ => Err(Errno(ENODEV)),
    }
}

struct Buffer(core::cell::UnsafeCell<[c_char; BUFFER]>);
// SAFETY: POSIX lets `ttyname` and `ptsname` use one buffer for all threads.
unsafe impl Sync for Buffer {}
static TERMINAL: Buffer = Buffer(core::cell::UnsafeCell::new([0; BUFFER]));

/// Copies a name where it fits.
///
/// # Safety
/// `buffer` has `length` bytes.
pub unsafe fn copy(name: Name, buffer: *mut c_char, length: usize) -> Result<()> {
    if length < name.1 {
        return Err(Errno::ERANGE);
    }
    // SAFETY: checked above; the caller's buffer.
    unsafe { core::ptr::copy_nonoverlapping(name.0.as_ptr().cast(), buffer, name.1) };
    Ok(())
}

/// An error number, also in `errno`: how `ttyname_r` and `ptsname_r` answer.
pub fn number_and_errno(result: Result<()>) -> c_int {
    result.map_or_else(
        |error| {
            set_errno(error.0);
            error.0
        },
        |()| 0,
    )
}

// SAFETY of every block below: buffers are the caller's.
crate::export! {
    /// The name of a terminal; returns an error number. POSIX.1-2024 `ttyname_r`.
    pub unsafe extern "C" fn ttyname_r(fd: c_int, buffer: *mut c_char, length: size_t) -> c_int {
        // SAFETY: see above.
        number_and_errno(of(fd).and_then(|name| unsafe { copy(name, buffer, length) }))
    }

    /// The name of a terminal, in a buffer that the next call overwrites. POSIX.1-2024 `ttyname`.
    pub unsafe extern "C" fn ttyname(fd: c_int) -> *mut c_char {
        let buffer: *mut c_char = TERMINAL.0.get().cast();
        // SAFETY: the buffer has 64 bytes.
        returned(of(fd).and_then(|name| unsafe { copy(name, buffer, BUFFER) }).map(|()| buffer))
    }

    /// As `ttyname_r`; ends a program whose buffer is too small. Fortified `ttyname_r`.
    pub unsafe extern "C" fn __ttyname_r_chk(fd: c_int, buffer: *mut c_char, length: size_t, size: size_t) -> c_int {
        // SAFETY: see above.
        unsafe {
            if length > size {
                crate::signal::abort::__chk_fail();
            }
            ttyname_r(fd, buffer, length)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: Name) -> String {
        assert_eq!(name.0[name.1 - 1], 0);
        String::from_utf8(name.0[..name.1 - 1].to_vec()).expect("UTF-8")
    }

    #[test]
    fn names_follow_from_the_numbers_of_devices() {
        assert_eq!(text(name_of(136 << 8 | 7).expect("known")), "/dev/pts/7");
        assert_eq!(text(name_of(137 << 8 | 1).expect("known")), "/dev/pts/257");
        assert_eq!(text(name_of(5 << 8 | 1).expect("known")), "/dev/console");
        assert_eq!(text(name_of(4 << 8 | 1).expect("known")), "/dev/tty1");
        assert!(name_of(1 << 8 | 3).is_none());
    }

    #[test]
    fn the_largest_number_fits() {
        assert_eq!(
            text(numbered(b"/dev/pts/", u32::MAX.into())),
            "/dev/pts/4294967295"
        );
    }
}
