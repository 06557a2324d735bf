//! Queues, groups, sessions and window of a terminal. POSIX.1-2024 `tcdrain`, `tcgetpgrp`, `tcgetwinsize`.

use super::{answered, request, with_number, with_place};
use crate::errno::{returned, returned_status};
use crate::seam::{Files, System};
use crate::thread::cancel;
use crate::types::*;

// SAFETY of every block below: places are the caller's.
crate::export! {
    /// Waits until what was written has gone out. POSIX.1-2024 `tcdrain`, a cancellation point.
    pub unsafe extern "C-unwind" fn tcdrain(fd: c_int) -> c_int {
        // With an argument that is not 0 the request sends no break.
        returned_status(cancel::point(|| with_number(fd, request::TCSBRK, 1)))
    }

    /// Sends a break; `duration` is in tenths of a second where it is positive. POSIX.1-2024 `tcsendbreak`.
    pub unsafe extern "C" fn tcsendbreak(fd: c_int, duration: c_int) -> c_int {
        returned_status(if duration <= 0 {
            with_number(fd, request::TCSBRK, 0)
        } else {
            with_number(fd, request::TCSBRKP, duration)
        })
    }

    /// Throws away what waits to be read (0), to go out (1), or both (2). POSIX.1-2024 `tcflush`.
    pub unsafe extern "C" fn tcflush(fd: c_int, queue: c_int) -> c_int {
        returned_status(with_number(fd, request::TCFLSH, queue))
    }

    /// Suspends and resumes output, or sends STOP and START. POSIX.1-2024 `tcflow`.
    pub unsafe extern "C" fn tcflow(fd: c_int, action: c_int) -> c_int {
        returned_status(with_number(fd, request::TCXONC, action))
    }

    /// The foreground group. POSIX.1-2024 `tcgetpgrp`.
    pub unsafe extern "C" fn tcgetpgrp(fd: c_int) -> pid_t {
        returned(answered(fd, request::TIOCGPGRP))
    }

    /// Makes a group the foreground group. POSIX.1-2024 `tcsetpgrp`.
    pub unsafe extern "C" fn tcsetpgrp(fd: c_int, group: pid_t) -> c_int {
        let mut group = group;
        // SAFETY: the request reads a pid_t.
        returned_status(unsafe { with_place(fd, request::TIOCSPGRP, &raw mut group) })
    }

    /// The session whose controlling terminal this is. POSIX.1-2024 `tcgetsid`.
    pub unsafe extern "C" fn tcgetsid(fd: c_int) -> pid_t {
        returned(answered(fd, request::TIOCGSID))
    }

    /// Size of the window. POSIX.1-2024 `tcgetwinsize`.
    pub unsafe extern "C" fn tcgetwinsize(fd: c_int, size: *mut c_void) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { with_place(fd, request::TIOCGWINSZ, size) })
    }

    /// Sets the size of the window. POSIX.1-2024 `tcsetwinsize`.
    pub unsafe extern "C" fn tcsetwinsize(fd: c_int, size: *const c_void) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { with_place(fd, request::TIOCSWINSZ, size.cast_mut()) })
    }

    /// Whether a descriptor is a terminal. POSIX.1-2024 `isatty`.
    pub unsafe extern "C" fn isatty(fd: c_int) -> c_int {
        match is_terminal(fd) {
            Ok(()) => 1,
            Err(error) => {
                crate::errno::set_errno(error.0);
                0
            }
        }
    }
}

/// Whether a descriptor is a terminal; `ENOTTY` where it is open and none.
pub fn is_terminal(fd: c_int) -> crate::errno::Result<()> {
    use crate::errno::Errno;
    let mut settings = [0u32; 15];
    let place = settings.as_mut_ptr().expose_provenance() as c_ulong;
    // SAFETY: the buffer is larger than the system's `struct termios`.
    match unsafe { System::ioctl(fd, request::TCGETS, place) } {
        Ok(_) => Ok(()),
        Err(Errno::EINVAL) => Err(Errno::ENOTTY),
        Err(error) => Err(error),
    }
}
