//! Waiting for children. POSIX.1-2024 `wait`, `waitpid`, `waitid`; BSD's `wait3`, `wait4`.

use crate::errno::{Errno, Result, returned, returned_status};
use crate::seam::*;
use crate::thread::cancel;
use crate::types::*;
use core::ptr;

const P_ALL: c_int = 0;
const P_PID: c_int = 1;
const P_PGID: c_int = 2;

const WNOHANG: c_int = 1;
const WUNTRACED: c_int = 2;
const WEXITED: c_int = 4;
const WCONTINUED: c_int = 8;

const CLD_EXITED: c_int = 1;
const CLD_KILLED: c_int = 2;
const CLD_DUMPED: c_int = 3;
const CLD_STOPPED: c_int = 5;
const CLD_TRAPPED: c_int = 4;
const CLD_CONTINUED: c_int = 6;

const SIGCHLD: c_int = 17;
const CORE: c_int = 0x80;

/// The status word that `waitpid` stores.
fn status_word(changed: &Changed) -> c_int {
    match changed.code {
        CLD_EXITED => (changed.value & 0xff) << 8,
        CLD_DUMPED => (changed.value & 0x7f) | CORE,
        CLD_STOPPED | CLD_TRAPPED => (changed.value & 0xff) << 8 | 0x7f,
        CLD_CONTINUED => 0xffff,
        CLD_KILLED => changed.value & 0x7f,
        _ => 0,
    }
}

/// `wait4`: the number of the child that changed, 0 if none has.
pub unsafe fn wait_for(
    process: pid_t,
    status: *mut c_int,
    options: c_int,
    usage: *mut c_void,
) -> Result<pid_t> {
    if options & !(WNOHANG | WUNTRACED | WCONTINUED | 0xe000_0000u32 as c_int) != 0 {
        return Err(Errno::EINVAL);
    }
    let (which, number) = match process {
        pid_t::MIN => return Err(Errno::ESRCH),
        -1 => (P_ALL, 0),
        0 => (P_PGID, System::process_group(0)?),
        group if group < 0 => (P_PGID, -group),
        process => (P_PID, process),
    };
    // SAFETY: `usage` is null or the caller's.
    let changed = unsafe { System::wait_child(which, number, options | WEXITED, usage) }?;
    Ok(match changed {
        None => 0,
        Some(changed) => {
            if !status.is_null() {
                // SAFETY: the caller's.
                unsafe { status.write(status_word(&changed)) };
            }
            changed.process
        }
    })
}

/// `siginfo_t` as `waitid` fills it.
#[repr(C)]
struct Information {
    signal: c_int,
    error: c_int,
    code: c_int,
    padding: c_int,
    process: pid_t,
    user: uid_t,
    status: c_int,
}

// SAFETY of every block below: pointers are the caller's.
crate::export! {
    /// Waits for any child's end. POSIX.1-2024 `wait`.
    pub unsafe extern "C-unwind" fn wait(status: *mut c_int) -> pid_t {
        // SAFETY: see above.
        returned(cancel::point(|| unsafe { wait_for(-1, status, 0, ptr::null_mut()) }))
    }

    /// Waits for a child (positive), a group's (negative), the own group's (0), or any (-1). POSIX.1-2024 `waitpid`.
    pub unsafe extern "C-unwind" fn waitpid(process: pid_t, status: *mut c_int, options: c_int) -> pid_t {
        // SAFETY: see above.
        returned(cancel::point(|| unsafe { wait_for(process, status, options, ptr::null_mut()) }))
    }

    /// Waits for any child, and tells what it used. BSD `wait3`.
    pub unsafe extern "C-unwind" fn wait3(status: *mut c_int, options: c_int, usage: *mut c_void) -> pid_t {
        // SAFETY: see above.
        returned(cancel::point(|| unsafe { wait_for(-1, status, options, usage) }))
    }

    /// As `waitpid`, and tells what the child used. BSD `wait4`.
    pub unsafe extern "C-unwind" fn wait4(
        process: pid_t,
        status: *mut c_int,
        options: c_int,
        usage: *mut c_void,
    ) -> pid_t {
        // SAFETY: see above.
        returned(cancel::point(|| unsafe { wait_for(process, status, options, usage) }))
    }

    /// Waits for a change of state of the children that `which` and `number` name. POSIX.1-2024 `waitid`.
    pub unsafe extern "C-unwind" fn waitid(
        which: c_int,
        number: id_t,
        information: *mut c_void,
        options: c_int,
    ) -> c_int {
        // SAFETY: see above.
        let changed = cancel::point(|| unsafe {
            System::wait_child(which, number as pid_t, options, ptr::null_mut())
        });
        returned_status(changed.map(|changed| {
            let place = information.cast::<Information>();
            if place.is_null() {
                return;
            }
            let (signal, changed) = match changed {
                Some(changed) => (SIGCHLD, changed),
                None => (0, Changed { process: 0, user: 0, code: 0, value: 0 }),
            };
            // SAFETY: see above.
            unsafe {
                place.write(Information {
                    signal,
                    error: 0,
                    code: changed.code,
                    padding: 0,
                    process: changed.process,
                    user: changed.user,
                    status: changed.value,
                });
            }
        }))
    }
}
crate::alias!(__wait = wait);
crate::alias!(__waitpid = waitpid);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_words_are_those_of_the_macros() {
        let word = |code, value| {
            status_word(&Changed {
                process: 1,
                user: 0,
                code,
                value,
            })
        };
        assert_eq!(word(CLD_EXITED, 7), 0x700);
        assert_eq!(word(CLD_EXITED, 0x1ff), 0xff00);
        assert_eq!(word(CLD_KILLED, 9), 9);
        assert_eq!(word(CLD_DUMPED, 11), 0x8b);
        assert_eq!(word(CLD_STOPPED, 20), 0x147f);
        assert_eq!(word(CLD_CONTINUED, 18), 0xffff);
    }
}
