//! Terminals: settings, job control, names, pseudo terminals. POSIX.1-2024 <termios.h>, and what BSD adds.
//!
//! Everything here is a request of `ioctl`; what a request means on this system is the seam's.

pub mod control;
pub mod name;
pub mod password;
pub mod pseudo;
pub mod settings;

use crate::errno::Result;
use crate::seam::{Files, System};
use crate::types::*;

/// Requests, by Linux's numbers.
pub mod request {
    use crate::types::c_ulong;

    /// Settings; setting them now, when output has gone out, and then with input thrown away.
    pub const TCGETS: c_ulong = 0x5401;
    /// See `TCGETS`.
    pub const TCSETS: c_ulong = 0x5402;
    /// Break, or with an argument that is not 0: waits until output has gone out.
    pub const TCSBRK: c_ulong = 0x5409;
    /// Break of a length in tenths of a second.
    pub const TCSBRKP: c_ulong = 0x5425;
    /// Suspends and resumes.
    pub const TCXONC: c_ulong = 0x540a;
    /// Throws queues away.
    pub const TCFLSH: c_ulong = 0x540b;
    /// Makes the terminal the session's.
    pub const TIOCSCTTY: c_ulong = 0x540e;
    /// The foreground group.
    pub const TIOCGPGRP: c_ulong = 0x540f;
    /// Sets the foreground group.
    pub const TIOCSPGRP: c_ulong = 0x5410;
    /// The window's size.
    pub const TIOCGWINSZ: c_ulong = 0x5413;
    /// Sets the window's size.
    pub const TIOCSWINSZ: c_ulong = 0x5414;
    /// The session.
    pub const TIOCGSID: c_ulong = 0x5429;
    /// Number of a pseudo terminal.
    pub const TIOCGPTN: c_ulong = 0x8004_5430;
    /// Locks and unlocks the other end of a pseudo terminal.
    pub const TIOCSPTLCK: c_ulong = 0x4004_5431;
}

/// A request whose argument is a number.
fn with_number(fd: c_int, request: c_ulong, argument: c_int) -> Result<()> {
    // SAFETY: the argument is no address.
    unsafe { System::ioctl(fd, request, argument as c_ulong) }.map(|_| ())
}

/// A request whose argument is a place.
///
/// # Safety
/// `place` is what the request reads or fills.
unsafe fn with_place<T>(fd: c_int, request: c_ulong, place: *mut T) -> Result<()> {
    // SAFETY: the caller's word.
    unsafe { System::ioctl(fd, request, place.expose_provenance() as c_ulong) }.map(|_| ())
}

/// A request that answers an `int` by its argument.
fn answered(fd: c_int, request: c_ulong) -> Result<c_int> {
    let mut answer: c_int = 0;
    // SAFETY: these requests fill an int.
    unsafe { with_place(fd, request, &raw mut answer) }?;
    Ok(answer)
}
