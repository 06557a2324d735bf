//! <shadow.h>: the passwords in /etc/shadow, which only the administrator reads.

use crate::database::{Record, Room, Table, bytes, content, find, put_line, status, stream_into};
use crate::errno::{Errno, Result, returned_status};
use crate::heap::Vector;
use crate::lock::Lock;
use crate::seam::{AT_FDCWD, Clock, Files, System};
use crate::stdio::file::File;
use crate::types::*;
use core::ffi::CStr;

/// A user's password and how it ages, in days. glibc `struct spwd`.
#[repr(C)]
pub struct Shadow {
    /// Login name.
    pub name: *mut c_char,
    /// Hash of the password.
    pub password: *mut c_char,
    /// Last change, least and most days between changes, days of warning, days until it is dead, day on which the
    /// account ends; -1 where nothing is said.
    pub days: [c_long; 6],
    /// Reserved; all ones where nothing is said.
    pub flag: c_ulong,
}

const _: () = assert!(size_of::<Shadow>() == 72);

/// A number that may be missing; `None` if it is none.
fn days(field: &[u8]) -> Option<c_long> {
    if field.is_empty() {
        return Some(-1);
    }
    core::str::from_utf8(field).ok()?.parse().ok()
}

impl Record for Shadow {
    const PATH: &'static CStr = c"/etc/shadow";

    fn parse(line: &[u8], room: &mut Room) -> Result<Option<Self>> {
        let Some(line) = content(line) else {
            return Ok(None);
        };
        let count = line.iter().filter(|&&b| b == b':').count() + 1;
        // Five fields were all in System V's first form.
        if count != 5 && !(8..=9).contains(&count) {
            return Ok(None);
        }
        let mut fields = line.split(|&b| b == b':');
        let mut field = || fields.next().unwrap_or_default();
        let (name, password) = (field(), field());
        let mut values = [-1; 6];
        for value in &mut values {
            let Some(number) = days(field()) else {
                return Ok(None);
            };
            *value = number;
        }
        let Some(flag) = days(field()) else {
            return Ok(None);
        };
        Ok(Some(Shadow {
            name: room.text(name)?,
            password: room.text(password)?,
            days: values,
            flag: flag as c_ulong,
        }))
    }
}

static PASSWORDS: Lock<Table<Shadow>> = Lock::new(Table::new());
static PASSWORDS_OF_STREAMS: Lock<Table<Shadow>> = Lock::new(Table::new());

/// Appends a signed number in decimal.
fn push_days(line: &mut Vector<u8>, value: c_long) -> Result<()> {
    let mut digits = [0u8; 20];
    let mut start = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        line.push(b'-')?;
    }
    line.extend_from_slice(&digits[start..])
}

/// The line of an entry. EINVAL for a field that would break it.
unsafe fn line(entry: *const Shadow) -> Result<Vector<u8>> {
    // SAFETY: the caller passes an entry; the password may be null.
    unsafe {
        let Some(entry) = entry.as_ref() else {
            return Err(Errno::EINVAL);
        };
        if entry.name.is_null() {
            return Err(Errno::EINVAL);
        }
        let mut line = Vector::new();
        for text in [entry.name, entry.password] {
            let text = if text.is_null() { &[][..] } else { bytes(text) };
            if text.iter().any(|b| matches!(b, b':' | b'\n')) {
                return Err(Errno::EINVAL);
            }
            line.extend_from_slice(text)?;
            line.push(b':')?;
        }
        for value in entry.days {
            if value != -1 {
                push_days(&mut line, value)?;
            }
            line.push(b':')?;
        }
        if entry.flag != c_ulong::MAX {
            push_days(&mut line, entry.flag as c_long)?;
        }
        line.push(b'\n')?;
        Ok(line)
    }
}

const LOCK_FILE: &CStr = c"/etc/.pwd.lock";
const LOCK_WAIT_SECONDS: time_t = 15;
/// O_WRONLY | O_CREAT | O_CLOEXEC.
const LOCK_FLAGS: c_int = 0o2_000_101;
const F_SETLK: c_int = 6;
/// The descriptor of the lock's file, or -1.
static LOCK_DESCRIPTOR: Lock<c_int> = Lock::new(-1);

/// POSIX.1-2024 `struct flock`.
#[repr(C)]
struct FileLock {
    kind: c_short,
    whence: c_short,
    start: off_t,
    length: off_t,
    process: pid_t,
}

/// Takes the lock of all who change passwords; waits at most 15 seconds.
fn lock_passwords() -> Result<()> {
    const F_WRLCK: c_short = 1;
    const CLOCK_MONOTONIC: clockid_t = 1;
    if *LOCK_DESCRIPTOR.lock() != -1 {
        return Err(Errno::EDEADLK);
    }
    // SAFETY: the path is a string.
    let fd = unsafe { System::openat(AT_FDCWD, LOCK_FILE.as_ptr(), LOCK_FLAGS, 0o600) }?;
    let mut wanted = FileLock {
        kind: F_WRLCK,
        whence: 0,
        start: 0,
        length: 0,
        process: 0,
    };
    let start = System::now(CLOCK_MONOTONIC)?.tv_sec;
    loop {
        let place = (&raw mut wanted).expose_provenance() as c_ulong;
        // SAFETY: the lock lives on this stack.
        match unsafe { System::fcntl(fd, F_SETLK, place) } {
            Ok(_) => {
                *LOCK_DESCRIPTOR.lock() = fd;
                return Ok(());
            }
            Err(error @ (Errno::EAGAIN | Errno::EACCES))
                if System::now(CLOCK_MONOTONIC)?.tv_sec - start >= LOCK_WAIT_SECONDS =>
            {
                let _ = System::close(fd);
                return Err(error);
            }
            Err(Errno::EAGAIN | Errno::EACCES) => {
                let pause = timespec {
                    tv_sec: 0,
                    tv_nsec: 50_000_000,
                };
                let _ = System::sleep(CLOCK_MONOTONIC, false, &pause, None);
            }
            Err(error) => {
                let _ = System::close(fd);
                return Err(error);
            }
        }
    }
}

// SAFETY of every block below: strings, buffers and streams are the caller's.
export! {
    /// The password of a user, in storage that the next call overwrites; null if there is none. glibc `getspnam`.
    pub unsafe extern "C" fn getspnam(name: *const c_char) -> *mut Shadow {
        // SAFETY: see above.
        unsafe { PASSWORDS.lock().first(|entry| bytes(entry.name) == bytes(name)) }
    }

    /// The password of a user, in the caller's storage; an error number. glibc `getspnam_r`.
    pub unsafe extern "C" fn getspnam_r(
        name: *const c_char,
        entry: *mut Shadow,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Shadow,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { find(entry, buffer, length, result, |entry| bytes(entry.name) == bytes(name)) }
    }

    /// The next entry is the first. glibc `setspent`.
    pub unsafe extern "C" fn setspent() {
        PASSWORDS.lock().rewind();
    }

    /// Closes the database. glibc `endspent`.
    pub unsafe extern "C" fn endspent() {
        PASSWORDS.lock().rewind();
    }

    /// The next entry; null at the end. glibc `getspent`.
    pub unsafe extern "C" fn getspent() -> *mut Shadow {
        PASSWORDS.lock().next_entry()
    }

    /// The next entry, in the caller's storage; ENOENT at the end. glibc `getspent_r`.
    pub unsafe extern "C" fn getspent_r(
        entry: *mut Shadow,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Shadow,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { status(PASSWORDS.lock().next_into(entry, buffer, length), entry, result) }
    }

    /// The next entry of a stream; null at its end. glibc `fgetspent`.
    pub unsafe extern "C" fn fgetspent(stream: *mut File) -> *mut Shadow {
        // SAFETY: see above.
        unsafe { PASSWORDS_OF_STREAMS.lock().next_of_stream(stream) }
    }

    /// The next entry of a stream, in the caller's storage; ENOENT at its end. glibc `fgetspent_r`.
    pub unsafe extern "C" fn fgetspent_r(
        stream: *mut File,
        entry: *mut Shadow,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Shadow,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { stream_into(stream, entry, buffer, length, result) }
    }

    /// What a line says, in storage that the next call overwrites; null if it is no entry. glibc `sgetspent`.
    pub unsafe extern "C" fn sgetspent(text: *const c_char) -> *mut Shadow {
        // SAFETY: see above.
        unsafe { PASSWORDS_OF_STREAMS.lock().of_text(bytes(text)) }
    }

    /// What a line says, in the caller's storage; an error number (EINVAL: it is no entry). glibc `sgetspent_r`.
    pub unsafe extern "C" fn sgetspent_r(
        text: *const c_char,
        entry: *mut Shadow,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Shadow,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            result.write(core::ptr::null_mut());
            match Shadow::parse(bytes(text), &mut Room::new(buffer, length)) {
                Ok(Some(shadow)) => {
                    entry.write(shadow);
                    result.write(entry);
                    0
                }
                Ok(None) => Errno::EINVAL.0,
                Err(error) => error.0,
            }
        }
    }

    /// Writes an entry as a line of /etc/shadow. EINVAL for a field that would break it. glibc `putspent`.
    pub unsafe extern "C" fn putspent(entry: *const Shadow, stream: *mut File) -> c_int {
        // SAFETY: see above.
        unsafe {
            if stream.is_null() {
                return returned_status(Err(Errno::EINVAL));
            }
            put_line(stream, line(entry))
        }
    }

    /// Takes the lock of all who change passwords, which a process holds once. glibc `lckpwdf`.
    pub unsafe extern "C" fn lckpwdf() -> c_int {
        returned_status(lock_passwords())
    }

    /// Gives the lock back; -1 if the process does not have it. glibc `ulckpwdf`.
    pub unsafe extern "C" fn ulckpwdf() -> c_int {
        let fd = core::mem::replace(&mut *LOCK_DESCRIPTOR.lock(), -1);
        if fd == -1 { -1 } else { returned_status(System::close(fd)) }
    }
}
