//! Pseudo terminals. POSIX.1-2024 `posix_openpt`, `grantpt`, `unlockpt`, `ptsname`; BSD `openpty`, `login_tty`.

use super::name::{copy, number_and_errno, pseudo_terminal};
use super::settings::termios;
use super::{answered, request, settings, with_number, with_place};
use crate::errno::{Errno, Result, returned, returned_status};
use crate::seam::{AT_FDCWD, Files, System};
use crate::types::*;

const O_RDWR: c_int = 2;
const O_NOCTTY: c_int = 0o400;
const BUFFER: usize = 32;

struct Buffer(core::cell::UnsafeCell<[c_char; BUFFER]>);
// SAFETY: POSIX lets `ptsname` use one buffer for all threads.
unsafe impl Sync for Buffer {}
static NAME: Buffer = Buffer(core::cell::UnsafeCell::new([0; BUFFER]));

fn open_master(flags: c_int) -> Result<c_int> {
    // SAFETY: a constant path.
    unsafe { System::openat(AT_FDCWD, c"/dev/ptmx".as_ptr(), flags, 0) }
}

/// Number of the pseudo terminal whose master this is; `ENOTTY` at any other descriptor.
fn number(master: c_int) -> Result<c_int> {
    answered(master, request::TIOCGPTN)
}

fn unlock(master: c_int) -> Result<()> {
    let mut locked: c_int = 0;
    // SAFETY: the request reads an int.
    unsafe { with_place(master, request::TIOCSPTLCK, &raw mut locked) }
}

/// Closes descriptors that a failure leaves behind.
struct Closes(c_int);

impl Drop for Closes {
    fn drop(&mut self) {
        let _ = System::close(self.0);
    }
}

impl Closes {
    fn keep(self) -> c_int {
        let fd = self.0;
        core::mem::forget(self);
        fd
    }
}

/// Both ends of a new pseudo terminal: master, slave.
fn open_pair(settings: Option<&termios>, size: *const c_void) -> Result<(c_int, c_int)> {
    let master = Closes(open_master(O_RDWR | O_NOCTTY)?);
    unlock(master.0)?;
    let name = pseudo_terminal(number(master.0)?);
    // SAFETY: a local path with its terminating zero.
    let slave = Closes(unsafe { System::openat(AT_FDCWD, name.0.as_ptr().cast(), O_RDWR | O_NOCTTY, 0) }?);
    if let Some(settings) = settings {
        const NOW: c_int = 0;
        settings::set(slave.0, NOW, settings)?;
    }
    if !size.is_null() {
        // SAFETY: a `struct winsize`, by the callers' word.
        unsafe { with_place(slave.0, request::TIOCSWINSZ, size.cast_mut()) }?;
    }
    Ok((master.keep(), slave.keep()))
}

// SAFETY of every block below: buffers and structures are the caller's.
crate::export! {
    /// Opens the master of a new pseudo terminal. POSIX.1-2024 `posix_openpt`.
    pub unsafe extern "C" fn posix_openpt(flags: c_int) -> c_int {
        returned(open_master(flags))
    }

    /// As `posix_openpt` for reading and writing. glibc `getpt`.
    pub unsafe extern "C" fn getpt() -> c_int {
        returned(open_master(O_RDWR))
    }

    /// Gives the slave to the caller: it was made so, and what is left is to see that this is a master. POSIX.1-2024 `grantpt`.
    pub unsafe extern "C" fn grantpt(master: c_int) -> c_int {
        returned_status(number(master).map(|_| ()).map_err(|error| match error {
            Errno::ENOTTY => Errno::EINVAL,
            other => other,
        }))
    }

    /// Lets the slave be opened. POSIX.1-2024 `unlockpt`.
    pub unsafe extern "C" fn unlockpt(master: c_int) -> c_int {
        returned_status(unlock(master).map_err(|error| match error {
            Errno::ENOTTY => Errno::EINVAL,
            other => other,
        }))
    }

    /// The slave's name; returns an error number. POSIX.1-2024 `ptsname_r`.
    pub unsafe extern "C" fn ptsname_r(master: c_int, buffer: *mut c_char, length: size_t) -> c_int {
        // SAFETY: see above.
        number_and_errno(number(master).and_then(|number| unsafe { copy(pseudo_terminal(number), buffer, length) }))
    }

    /// The slave's name, in a buffer that the next call overwrites. POSIX.1-2024 `ptsname`.
    pub unsafe extern "C" fn ptsname(master: c_int) -> *mut c_char {
        let buffer: *mut c_char = NAME.0.get().cast();
        // SAFETY: the buffer's length.
        returned(number(master).and_then(|number| unsafe { copy(pseudo_terminal(number), buffer, BUFFER) }).map(|()| buffer))
    }

    /// As `ptsname_r`; ends a program whose buffer is too small. Fortified `ptsname_r`.
    pub unsafe extern "C" fn __ptsname_r_chk(master: c_int, buffer: *mut c_char, length: size_t, size: size_t) -> c_int {
        // SAFETY: see above.
        unsafe {
            if length > size {
                crate::signal::abort::__chk_fail();
            }
            ptsname_r(master, buffer, length)
        }
    }

    /// Opens both ends of a new pseudo terminal; `name`, where it is not null, gets the slave's name. BSD, glibc `openpty`.
    pub unsafe extern "C" fn openpty(
        master: *mut c_int,
        slave: *mut c_int,
        name: *mut c_char,
        settings: *const termios,
        size: *const c_void,
    ) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { open_pair(settings.as_ref(), size) }.and_then(|ends| {
            let (master_end, slave_end) = (Closes(ends.0), Closes(ends.1));
            if !name.is_null() {
                let found = pseudo_terminal(number(master_end.0)?);
                // SAFETY: the caller's buffer holds any name.
                unsafe { copy(found, name, found.1) }?;
            }
            // SAFETY: see above.
            unsafe {
                master.write(master_end.keep());
                slave.write(slave_end.keep());
            }
            Ok(())
        }))
    }
}

/// Makes a terminal the controlling terminal of the caller's new session, and descriptors 0 to 2.
fn become_login(fd: c_int) -> Result<()> {
    // A caller that leads its session already keeps it.
    // SAFETY: it has no conditions.
    unsafe { crate::process::groups::setsid() };
    with_number(fd, request::TIOCSCTTY, 0)?;
    for standard in 0..3 {
        if standard != fd {
            System::dup3(fd, standard, 0)?;
        }
    }
    if fd > 2 {
        let _ = System::close(fd);
    }
    Ok(())
}

crate::export! {
    /// Begins a session at a terminal: it becomes the controlling terminal, and standard input, output and error. BSD, glibc `login_tty`.
    pub unsafe extern "C" fn login_tty(fd: c_int) -> c_int {
        returned_status(become_login(fd))
    }

    /// Forks; the child has a new pseudo terminal as its session's, the parent gets the master. BSD, glibc `forkpty`.
    pub unsafe extern "C-unwind" fn forkpty(
        master: *mut c_int,
        name: *mut c_char,
        settings: *const termios,
        size: *const c_void,
    ) -> pid_t {
        const FAILED: c_int = 1;
        let (mut master_end, mut slave_end) = (-1, -1);
        // SAFETY: places of this function; what else is passed on is the caller's.
        if unsafe { openpty(&raw mut master_end, &raw mut slave_end, name, settings, size) } != 0 {
            return -1;
        }
        let (master_end, slave_end) = (Closes(master_end), Closes(slave_end));
        // SAFETY: the child below calls nothing that another thread could have left locked.
        match unsafe { crate::process::fork::fork() } {
            0 => {
                drop(master_end);
                if become_login(slave_end.keep()).is_err() {
                    // SAFETY: it has no conditions.
                    unsafe { crate::exit::_exit(FAILED) };
                }
                0
            }
            -1 => -1,
            child => {
                // SAFETY: the caller's place.
                unsafe { master.write(master_end.keep()) };
                child
            }
        }
    }
}
