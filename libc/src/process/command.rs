//! Commands of the shell: `system`, `popen`, `pclose`. ISO C, POSIX.1-2024.

use super::spawn::posix_spawn;
use super::spawn_actions::*;
use super::spawn_attributes::*;
use super::wait::wait_for;
use crate::errno::{ECHILD, EINVAL, Errno, Result, returned, set_errno};
use crate::heap;
use crate::lock::Lock;
use crate::seam::*;
use crate::signal::{CSignalSet, SIG_BLOCK, SIG_IGN, SIG_SETMASK};
use crate::stdio::file::File;
use crate::types::*;
use core::mem::MaybeUninit;
use core::ptr;

const SIGINT: c_int = 2;
const SIGQUIT: c_int = 3;
const SIGCHLD: c_int = 17;
const SHELL: *const c_char = c"/bin/sh".as_ptr();
const O_CLOEXEC: c_int = 0o2_000_000;

/// How many threads are in `system`: the first ignores SIGINT and SIGQUIT, the last puts them back.
struct Running {
    count: usize,
    interrupt: Action,
    quit: Action,
}

const DEFAULT: Action = Action {
    handler: 0,
    flags: 0,
    mask: SignalSet::EMPTY,
};
static RUNNING: Lock<Running> = Lock::new(Running {
    count: 0,
    interrupt: DEFAULT,
    quit: DEFAULT,
});

fn ignore_interrupts() -> Result<(Action, Action)> {
    let ignore = Action {
        handler: SIG_IGN,
        flags: 0,
        mask: SignalSet::EMPTY,
    };
    let mut running = RUNNING.lock();
    if running.count == 0 {
        running.interrupt = System::set_action(SIGINT, Some(&ignore))?;
        running.quit = System::set_action(SIGQUIT, Some(&ignore))?;
    }
    running.count += 1;
    Ok((running.interrupt, running.quit))
}

fn restore_interrupts() {
    let mut running = RUNNING.lock();
    running.count -= 1;
    if running.count == 0 {
        let _ = System::set_action(SIGINT, Some(&running.interrupt));
        let _ = System::set_action(SIGQUIT, Some(&running.quit));
    }
}

/// Waits for a child, whatever signals come.
fn wait_to_the_end(process: pid_t) -> Result<c_int> {
    let mut status = 0;
    loop {
        // SAFETY: the status is a local variable.
        match unsafe { wait_for(process, &raw mut status, 0, ptr::null_mut()) } {
            Ok(_) => return Ok(status),
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error),
        }
    }
}

/// A shell that runs `command`; its number.
unsafe fn start_shell(
    command: *const c_char,
    actions: *const Actions,
    attributes: *const Attributes,
) -> Result<pid_t> {
    let arguments = [
        c"sh".as_ptr(),
        c"-c".as_ptr(),
        c"--".as_ptr(),
        command,
        ptr::null(),
    ];
    let mut process = 0;
    // SAFETY: the array ends with a null pointer; the rest is the caller's.
    let error = unsafe {
        let environment = crate::env::current().cast::<*const c_char>().cast_const();
        posix_spawn(
            &raw mut process,
            SHELL,
            actions,
            attributes,
            arguments.as_ptr(),
            environment,
        )
    };
    if error == 0 {
        Ok(process)
    } else {
        Err(Errno(error))
    }
}

unsafe fn run(command: *const c_char) -> Result<c_int> {
    let (interrupt, quit) = ignore_interrupts()?;
    let old_mask = System::mask(SIG_BLOCK, Some(&SignalSet::of(SIGCHLD)));
    let mut attributes = Attributes::NONE;
    attributes.flags = (SET_DEFAULTS | SET_MASK) as c_short;
    if let Ok(mask) = old_mask {
        attributes.mask = CSignalSet::of(mask);
    }
    let mut defaults = 0;
    if interrupt.handler != SIG_IGN {
        defaults |= SignalSet::of(SIGINT).0;
    }
    if quit.handler != SIG_IGN {
        defaults |= SignalSet::of(SIGQUIT).0;
    }
    attributes.defaults = CSignalSet::of(SignalSet(defaults));
    // SAFETY: the caller's command.
    let status = match unsafe { start_shell(command, ptr::null(), &raw const attributes) } {
        Ok(process) => wait_to_the_end(process),
        // POSIX: as if the shell had ended with 127.
        Err(_) => Ok(127 << 8),
    };
    restore_interrupts();
    if let Ok(mask) = old_mask {
        let _ = System::mask(SIG_SETMASK, Some(&mask));
    }
    status
}

/// A stream of `popen` and its child.
struct Opened {
    stream: *mut File,
    process: pid_t,
    next: *mut Opened,
}

struct List(*mut Opened);
// SAFETY: the list is reached under its lock only.
unsafe impl Send for List {}

static OPENED: Lock<List> = Lock::new(List(ptr::null_mut()));

unsafe fn open(command: *const c_char, mode: *const c_char) -> Result<*mut File> {
    let (mut reads, mut writes, mut close_on_exec) = (false, false, false);
    // SAFETY: the caller's string.
    for letter in unsafe { core::ffi::CStr::from_ptr(mode) }.to_bytes() {
        match letter {
            b'r' => reads = true,
            b'w' => writes = true,
            b'e' => close_on_exec = true,
            _ => return Err(Errno::EINVAL),
        }
    }
    if reads == writes {
        return Err(Errno::EINVAL);
    }
    let [read_end, write_end] = System::pipe2(O_CLOEXEC)?;
    let (own, theirs, target) = if reads {
        (read_end, write_end, 1)
    } else {
        (write_end, read_end, 0)
    };
    // SAFETY: the actions live in this frame; the entry is a block of this heap until `pclose`.
    let result = unsafe {
        (|| {
            let entry: *mut Opened = heap::malloc(size_of::<Opened>()).cast();
            if entry.is_null() {
                return Err(Errno::ENOMEM);
            }
            let started = start_with(command, theirs, target).and_then(|process| {
                let mode = if reads { c"re".as_ptr() } else { c"we".as_ptr() };
                let mode = if close_on_exec {
                    mode
                } else if reads {
                    c"r".as_ptr()
                } else {
                    c"w".as_ptr()
                };
                let mode = crate::stdio::open::parse_mode(core::ffi::CStr::from_ptr(mode))?;
                if !close_on_exec {
                    const F_SETFD: c_int = 2;
                    System::fcntl(own, F_SETFD, 0)?;
                }
                Ok((crate::stdio::open::from_descriptor(own, mode)?, process))
            });
            match started {
                Ok((stream, process)) => {
                    let mut list = OPENED.lock();
                    entry.write(Opened {
                        stream,
                        process,
                        next: list.0,
                    });
                    list.0 = entry;
                    Ok(stream)
                }
                Err(error) => {
                    heap::free(entry.cast());
                    Err(error)
                }
            }
        })()
    };
    let _ = System::close(theirs);
    if result.is_err() {
        let _ = System::close(own);
    }
    result
}

/// A shell whose standard stream `target` is `theirs`. Streams of earlier calls are closed in it, as POSIX says.
unsafe fn start_with(command: *const c_char, theirs: c_int, target: c_int) -> Result<pid_t> {
    let mut actions = MaybeUninit::<Actions>::uninit();
    let actions = actions.as_mut_ptr();
    // SAFETY: the actions are initialised first and destroyed last.
    unsafe {
        posix_spawn_file_actions_init(actions);
        let mut error = posix_spawn_file_actions_adddup2(actions, theirs, target);
        {
            let list = OPENED.lock();
            let mut entry = list.0;
            while !entry.is_null() && error == 0 {
                let fd = (*(*entry).stream).fileno;
                if fd >= 0 && fd != target {
                    error = posix_spawn_file_actions_addclose(actions, fd);
                }
                entry = (*entry).next;
            }
        }
        let result = if error == 0 {
            start_shell(command, actions, ptr::null())
        } else {
            Err(Errno(error))
        };
        posix_spawn_file_actions_destroy(actions);
        result
    }
}

/// Takes the stream's entry out of the list; its child.
fn take(stream: *mut File) -> Option<pid_t> {
    let mut list = OPENED.lock();
    let mut place = &raw mut list.0;
    // SAFETY: entries are live until they are taken.
    unsafe {
        while !(*place).is_null() {
            let entry = *place;
            if (*entry).stream == stream {
                *place = (*entry).next;
                let process = (*entry).process;
                heap::free(entry.cast());
                return Some(process);
            }
            place = &raw mut (*entry).next;
        }
    }
    None
}

/// The locks of this file, for fork.
pub fn locks() -> [&'static crate::lock::RawLock; 2] {
    [RUNNING.raw(), OPENED.raw()]
}

// SAFETY of every block below: strings and streams are the caller's.
crate::export! {
    /// Runs a command of the shell and waits for it; its wait status. With null: whether there is a shell. ISO C, POSIX.1-2024 `system`.
    pub unsafe extern "C-unwind" fn system(command: *const c_char) -> c_int {
        crate::thread::cancel::test();
        if command.is_null() {
            const X_OK: c_int = 1;
            // SAFETY: the path is a C string.
            return unsafe { System::faccessat(AT_FDCWD, SHELL, X_OK, 0) }.is_ok().into();
        }
        // SAFETY: see above.
        returned(unsafe { run(command) })
    }

    /// A stream from (mode `r`) or to (`w`) a command of the shell. POSIX.1-2024 `popen`.
    pub unsafe extern "C" fn popen(command: *const c_char, mode: *const c_char) -> *mut File {
        // SAFETY: see above.
        returned(unsafe { open(command, mode) })
    }

    /// Closes a stream of `popen` and waits for its command; the wait status. POSIX.1-2024 `pclose`.
    pub unsafe extern "C-unwind" fn pclose(stream: *mut File) -> c_int {
        let Some(process) = take(stream) else {
            set_errno(if stream.is_null() { EINVAL } else { ECHILD });
            return -1;
        };
        // SAFETY: see above. What is lost in writing shows in the command, too.
        unsafe { crate::stdio::close::fclose(stream) };
        returned(wait_to_the_end(process))
    }
}
crate::alias!(__libc_system = system);
