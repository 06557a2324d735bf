//! Requests of `ioctl`, most of them a terminal's, and what a process of a background group does. Note 0043.

use super::delivery::restartable;
use super::{BLOCKING, descriptor, failed, failed_or};
use crate::errno::{Errno, Result};
use crate::terminal::request::*;
use crate::types::*;
use trivet_abi::handle::Handle;
use trivet_ipc::file::{self, Queue, SettingsWhen, TerminalSettings, WindowSize};
use trivet_ipc::shared::OpenFlags;
use trivet_ipc::{In, Out, process, processes};

const TCSETSF: c_ulong = TCSETS + 2;
/// As TCGETS and its like, with speeds in bits a second.
const TCGETS2: c_ulong = 0x802c_542a;
const TCSETS2: c_ulong = 0x402c_542b;
const TCSETSF2: c_ulong = TCSETS2 + 2;
const TIOCOUTQ: c_ulong = 0x5411;
const FIONREAD: c_ulong = 0x541b;
const FIONBIO: c_ulong = 0x5421;
const TIOCNOTTY: c_ulong = 0x5422;
const TIOCGETD: c_ulong = 0x5424;
const TIOCGPTLCK: c_ulong = 0x8004_5439;
const TIOCSTI: c_ulong = 0x5412;
const FIOCLEX: c_ulong = 0x5451;
const FIONCLEX: c_ulong = 0x5450;
/// Bytes of the kernel's `struct termios`: what `TCGETS` moves, without the speeds of `termios2`.
const TERMIOS_SIZE: usize = 36;
/// Bytes of `struct termios2`.
const TERMIOS2_SIZE: usize = size_of::<TerminalSettings>();

/// A background group reads its terminal.
pub(super) const SIGTTIN: c_int = 21;
/// A background group writes to its terminal, or changes it.
pub(super) const SIGTTOU: c_int = 22;
/// The file server says: not from the background.
const ERESTART: Errno = Errno(85);

/// Questions of `File.pseudo_terminal`.
const UNLOCK: u32 = 0;
const LOCK: u32 = 1;
const NUMBER: u32 = 2;
const QUEUED_OUTPUT: u32 = 3;
const IS_LOCKED: u32 = 4;

/// Makes a call that a terminal refuses to processes in the background: `signal` is what the group gets then. Inside of `restartable`: after the
/// signal the call is made again, or ends as `EINTR` where a handler without SA_RESTART ran.
#[inline]
pub(super) fn job_control<T>(
    handle: Handle,
    signal: c_int,
    mut call: impl FnMut() -> Result<T>,
) -> Result<T> {
    match call() {
        Err(ERESTART) => from_background(handle, signal).and_then(|goes_on| {
            if !goes_on {
                return Err(Errno::EINTR);
            }
            // Another thread may have used the word that was given for this call: then it is asked again.
            call().map_err(|error| if error == ERESTART { Errno::EINTR } else { error })
        }),
        result => result,
    }
}

/// Whether the call goes on at once. If not, the group got its signal.
#[cold]
fn from_background(handle: Handle, signal: c_int) -> Result<bool> {
    const ACT_IN_BACKGROUND: u32 = 4;
    if signal == SIGTTOU && crate::signal::is_blocked_or_ignored(signal) {
        file::flow(handle, ACT_IN_BACKGROUND).map_err(failed)?;
        return Ok(true);
    }
    processes::background_with(BLOCKING, Handle::PROCESS_SERVER, signal as u32).map_err(failed)?;
    Ok(false)
}

/// A change of a terminal.
fn change(handle: Handle, mut call: impl FnMut() -> Result<()>) -> Result<c_int> {
    restartable(|| job_control(handle, SIGTTOU, &mut call)).map(|()| 0)
}

/// Reads or writes the settings' first `size` bytes.
///
/// # Safety
/// `place` has so many bytes.
unsafe fn get_settings(handle: Handle, place: *mut u8, size: usize) -> Result<c_int> {
    let mut settings = TerminalSettings::default();
    file::terminal_settings(handle, &mut settings).map_err(failed_or(Errno::ENOTTY))?;
    // SAFETY: the caller's word.
    unsafe { core::ptr::copy_nonoverlapping((&raw const settings).cast::<u8>(), place, size) };
    Ok(0)
}

/// Sets the settings whose first `size` bytes are at `place`; the others stay.
///
/// # Safety
/// `place` has so many bytes.
unsafe fn set_settings(handle: Handle, when: c_ulong, place: *const u8, size: usize) -> Result<c_int> {
    let when = SettingsWhen::from_number(when).ok_or(Errno::EINVAL)?;
    let mut settings = TerminalSettings::default();
    file::terminal_settings(handle, &mut settings).map_err(failed_or(Errno::ENOTTY))?;
    // SAFETY: the caller's word.
    unsafe { core::ptr::copy_nonoverlapping(place, (&raw mut settings).cast::<u8>(), size) };
    change(handle, || {
        file::set_terminal_settings_with(BLOCKING, handle, when, &settings).map_err(failed)
    })
}

/// Waits until everything written has gone out. A break that is sent afterwards has no line to go to.
fn drain(handle: Handle) -> Result<c_int> {
    change(handle, || {
        file::drain_with(BLOCKING, handle).map_err(failed_or(Errno::ENOTTY))
    })
}

fn question(handle: Handle, question: u32) -> Result<c_int> {
    let answer = file::pseudo_terminal(handle, question)
        .map(|answer| c_int::try_from(answer).unwrap_or(c_int::MAX))
        .map_err(failed_or(Errno::ENOTTY));
    if answer == Err(Errno::EACCES) {
        // Policies grant this at terminals alone; whether it is one at all may be asked of every file.
        file::terminal_settings(handle, &mut TerminalSettings::default())
            .map_err(failed_or(Errno::ENOTTY))?;
    }
    answer
}

/// Commands on a device.
///
/// # Safety
/// `argument` is what the request asks for.
pub(super) unsafe fn ioctl(fd: c_int, request: c_ulong, argument: c_ulong) -> Result<c_int> {
    let handle = descriptor(fd)?;
    let place = core::ptr::with_exposed_provenance_mut::<u8>(argument as usize);
    // Requests that answer an int by their argument.
    let answered = match request {
        TIOCGPGRP | TIOCGSID => {
            let groups = file::terminal_groups(handle).map_err(failed_or(Errno::ENOTTY))?;
            match (request, groups.session) {
                (TIOCGPGRP, _) => Some(groups.foreground as c_int),
                // The master's terminal may have none.
                (_, 0) => return Err(Errno::ENOTTY),
                (_, session) => Some(session as c_int),
            }
        }
        FIONREAD => {
            let count = file::available(handle).map_err(failed_or(Errno::ENOTTY))?;
            Some(c_int::try_from(count).unwrap_or(c_int::MAX))
        }
        TIOCOUTQ => Some(question(handle, QUEUED_OUTPUT)?),
        TIOCGPTN => Some(question(handle, NUMBER)?),
        TIOCGPTLCK => Some(question(handle, IS_LOCKED)?),
        TIOCGETD => file::terminal_settings(handle, &mut TerminalSettings::default())
            .map(|()| Some(0))
            .map_err(failed_or(Errno::ENOTTY))?,
        _ => None,
    };
    if let Some(answer) = answered {
        // SAFETY: the argument of each of these requests is an int's place.
        unsafe { place.cast::<c_int>().write(answer) };
        return Ok(0);
    }
    match request {
        // SAFETY: the argument is a `struct termios`, or a `struct termios2`.
        TCGETS => unsafe { get_settings(handle, place, TERMIOS_SIZE) },
        // SAFETY: as above.
        TCGETS2 => unsafe { get_settings(handle, place, TERMIOS2_SIZE) },
        // SAFETY: as above.
        TCSETS..=TCSETSF => unsafe { set_settings(handle, request - TCSETS, place, TERMIOS_SIZE) },
        // SAFETY: as above.
        TCSETS2..=TCSETSF2 => unsafe { set_settings(handle, request - TCSETS2, place, TERMIOS2_SIZE) },
        TIOCGWINSZ => {
            // SAFETY: the argument is a `struct winsize`, which has this layout.
            let size = unsafe { Out::<WindowSize>::from_raw(place.cast()) };
            file::window_size(handle, size)
                .map(|()| 0)
                .map_err(failed_or(Errno::ENOTTY))
        }
        TIOCSWINSZ => {
            let size = In::<WindowSize>::from_raw(place.cast());
            file::set_window_size(handle, size)
                .map(|()| 0)
                .map_err(failed_or(Errno::ENOTTY))
        }
        TIOCSPGRP => {
            // SAFETY: the argument is a pid_t's place.
            let group = unsafe { place.cast::<pid_t>().read() };
            let group = u64::try_from(group).map_err(|_| Errno::EINVAL)?;
            change(handle, || {
                file::set_foreground(handle, group).map_err(failed_or(Errno::ENOTTY))
            })
        }
        TIOCSCTTY => file::control(handle, true, argument == 1)
            .map(|()| 0)
            .map_err(failed_or(Errno::ENOTTY)),
        TIOCNOTTY => file::control(handle, false, false)
            .map(|()| 0)
            .map_err(failed_or(Errno::ENOTTY)),
        TCSBRK | TCSBRKP => drain(handle),
        TCFLSH => {
            let queue = Queue::from_number(argument).ok_or(Errno::EINVAL)?;
            change(handle, || {
                file::flush(handle, queue).map_err(failed_or(Errno::ENOTTY))
            })
        }
        TCXONC => {
            const LAST: c_ulong = 3;
            if argument > LAST {
                return Err(Errno::EINVAL);
            }
            change(handle, || {
                file::flow(handle, argument as u32).map_err(failed_or(Errno::ENOTTY))
            })
        }
        TIOCSPTLCK => {
            // SAFETY: the argument is an int's place.
            let locks = unsafe { place.cast::<c_int>().read() } != 0;
            question(handle, if locks { LOCK } else { UNLOCK }).map(|_| 0)
        }
        // Typing in the name of the user is nobody's.
        TIOCSTI => file::terminal_settings(handle, &mut TerminalSettings::default())
            .map_err(failed_or(Errno::ENOTTY))
            .and(Err(Errno::EPERM)),
        FIONBIO => {
            // SAFETY: the argument is an int's place.
            let set = unsafe { place.cast::<c_int>().read() } != 0;
            let flags = file::flags(handle).map_err(failed)?;
            let flags = if set {
                flags | OpenFlags::NON_BLOCK
            } else {
                flags.without(OpenFlags::NON_BLOCK)
            };
            file::set_flags(handle, flags).map(|()| 0).map_err(failed)
        }
        FIOCLEX | FIONCLEX => {
            process::set_close_on_exec(Handle::PROCESS, handle.0, handle.0, request == FIOCLEX)
                .map(|()| 0)
                .map_err(failed)
        }
        // A device would know the request; first, the descriptor must be one.
        _ => file::flags(handle)
            .map_err(failed_or(Errno::ENOTTY))
            .and(Err(Errno::ENOTTY)),
    }
}
