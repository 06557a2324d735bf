//! `posix_spawn` and `posix_spawnp`. POSIX.1-2024 `posix_spawn`.
//!
//! A system that starts programs in one step is asked first. Otherwise a child that shares the caller's memory does the steps and
//! executes: it allocates nothing, takes no lock, and has every signal blocked until its handlers are gone.

use super::spawn_actions::Actions;
use super::spawn_attributes::*;
use super::{search, wait};
use crate::errno::{Errno, Result, get_errno, set_errno};
use crate::seam::*;
use crate::signal::{SIG_DFL, SIG_IGN, SIG_SETMASK, SIGNAL_MAX, is_valid};
use crate::types::*;
use core::ptr;
use core::sync::atomic::{AtomicI32, Ordering};

/// How a program of another name than a path is found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Find {
    Exactly,
    AlongPath,
}

/// What the child needs; it lies in the parent's frame.
struct Work<'a> {
    file: *const c_char,
    find: Find,
    arguments: *const *const c_char,
    environment: *const *const c_char,
    spawning: &'a Spawning<'a>,
    mask: SignalSet,
    error: AtomicI32,
}

fn program(
    path: *const c_char,
    arguments: *const *const c_char,
    environment: *const *const c_char,
) -> Program {
    Program {
        directory: AT_FDCWD,
        path,
        flags: 0,
        arguments,
        environment,
    }
}

/// Signals that have a handler get their default action; so do those that the attributes name.
fn reset_signals(spawning: &Spawning) {
    let chosen = if spawning.flags & SET_DEFAULTS != 0 {
        spawning.defaults
    } else {
        SignalSet::EMPTY
    };
    for signal in 1..=SIGNAL_MAX {
        if signal == crate::signal::SIGKILL || signal == crate::signal::SIGSTOP {
            continue;
        }
        let caught = || System::set_action(signal, None).is_ok_and(|action| action.handler > SIG_IGN);
        if (is_valid(signal) && chosen.contains(signal)) || caught() {
            let action = Action {
                handler: SIG_DFL,
                flags: 0,
                mask: SignalSet::EMPTY,
            };
            let _ = System::set_action(signal, Some(&action));
        }
    }
}

fn apply(step: &FileAction) -> Result<()> {
    const O_CLOEXEC: c_int = 0o2_000_000;
    const F_SETFD: c_int = 2;
    // SAFETY: paths are the list's own strings; F_SETFD takes no pointer.
    unsafe {
        match *step {
            FileAction::Open {
                fd,
                path,
                flags,
                mode,
            } => {
                let _ = System::close(fd);
                let opened = System::openat(AT_FDCWD, path, flags, mode)?;
                if opened != fd {
                    System::dup3(opened, fd, flags & O_CLOEXEC)?;
                    System::close(opened)?;
                }
                Ok(())
            }
            FileAction::Close { fd } => {
                // A descriptor that is not open is closed already.
                let _ = System::close(fd);
                Ok(())
            }
            FileAction::Duplicate { from, fd } if from == fd => System::fcntl(fd, F_SETFD, 0).map(drop),
            FileAction::Duplicate { from, fd } => System::dup3(from, fd, 0).map(drop),
            FileAction::ChangeDirectory { path } => System::chdir(path),
            FileAction::ChangeToDirectory { fd } => System::fchdir(fd),
            FileAction::CloseFrom { first } => System::close_range(first as c_uint, c_uint::MAX, 0),
        }
    }
}

fn set_up(work: &Work) -> Result<()> {
    let spawning = work.spawning;
    reset_signals(spawning);
    let flags = spawning.flags;
    if flags & SET_SCHEDULER != 0 {
        System::set_scheduler(0, spawning.policy, spawning.priority)?;
    } else if flags & SET_PRIORITY != 0 {
        System::set_scheduling_priority(0, spawning.priority)?;
    }
    if flags & NEW_SESSION != 0 {
        System::new_session()?;
    }
    if flags & SET_GROUP != 0 {
        System::set_process_group(0, spawning.group)?;
    }
    if flags & RESET_IDS != 0 {
        const SAME: u32 = u32::MAX;
        System::set_group_ids(SAME, System::group_ids()[0], SAME)?;
        System::set_user_ids(SAME, System::user_ids()[0], SAME)?;
    }
    for step in spawning.actions {
        apply(step)?;
    }
    let mask = if flags & SET_MASK != 0 {
        spawning.mask
    } else {
        work.mask
    };
    System::mask(SIG_SETMASK, Some(&mask)).map(drop)
}

/// The child: what the attributes and actions say, then the program.
unsafe extern "C" fn child(work: *mut c_void) -> ! {
    // SAFETY: the parent's frame stays while the child runs in it; the strings are the caller's of posix_spawn.
    unsafe {
        let work = &*work.cast::<Work>();
        let error = match set_up(work) {
            Err(error) => error,
            Ok(()) => {
                let execute =
                    |path| Err::<(), _>(System::execute(&program(path, work.arguments, work.environment)));
                match work.find {
                    Find::Exactly => execute(work.file).err(),
                    Find::AlongPath => search::each(work.file, execute).err(),
                }
                .unwrap_or(Errno::ENOEXEC)
            }
        };
        work.error.store(error.0, Ordering::Release);
        System::exit(127)
    }
}

/// By a child that shares the caller's memory.
unsafe fn by_fork(work: &Work) -> Result<pid_t> {
    let errno = get_errno();
    let mask = System::mask(SIG_SETMASK, Some(&SignalSet::ALL))?;
    // SAFETY: the child runs `child` on `work`, which outlives it or is its own copy.
    let process = unsafe { System::fork_sharing(child, ptr::from_ref(work).cast_mut().cast()) };
    let error = work.error.load(Ordering::Acquire);
    if let (Ok(process), true) = (process, error != 0) {
        // It never became a program: nobody else shall see its end.
        // SAFETY: nothing is stored.
        while unsafe { wait::wait_for(process, ptr::null_mut(), 0, ptr::null_mut()) } == Err(Errno::EINTR) {}
    }
    let _ = System::mask(SIG_SETMASK, Some(&mask));
    set_errno(errno);
    match process {
        Ok(_) if error != 0 => Err(Errno(error)),
        process => process,
    }
}

/// In one step, if the system can: `None` when it cannot.
unsafe fn at_once(work: &Work) -> Option<Result<pid_t>> {
    // SAFETY: the strings are the caller's.
    unsafe {
        let spawn = |path| System::spawn(&program(path, work.arguments, work.environment), work.spawning);
        if work.find == Find::Exactly {
            return spawn(work.file);
        }
        let mut cannot = false;
        let result = search::each(work.file, |path| match spawn(path) {
            Some(result) => result,
            None => {
                cannot = true;
                Err(Errno::ENOSYS)
            }
        });
        if cannot { None } else { Some(result) }
    }
}

unsafe fn spawn(
    process: *mut pid_t,
    file: *const c_char,
    find: Find,
    actions: *const Actions,
    attributes: *const Attributes,
    arguments: *const *const c_char,
    environment: *const *const c_char,
) -> c_int {
    // SAFETY: actions and attributes are null or the caller's.
    let (attributes, actions) = unsafe {
        (
            attributes.as_ref().unwrap_or(&Attributes::NONE),
            actions.as_ref().map_or(&[][..], Actions::steps),
        )
    };
    let spawning = Spawning {
        flags: attributes.flags.into(),
        group: attributes.group,
        defaults: attributes.defaults.without_internal(),
        mask: attributes.mask.without_internal(),
        policy: attributes.policy,
        priority: attributes.priority,
        actions,
    };
    // SAFETY: strings and arrays are the caller's.
    unsafe {
        let mask = match System::mask(crate::signal::SIG_BLOCK, None) {
            Ok(mask) => mask,
            Err(error) => return error.0,
        };
        let work = Work {
            file,
            find,
            arguments,
            environment,
            spawning: &spawning,
            mask,
            error: AtomicI32::new(0),
        };
        let result = at_once(&work).unwrap_or_else(|| by_fork(&work));
        match result {
            Ok(number) => {
                if !process.is_null() {
                    process.write(number);
                }
                0
            }
            Err(error) => error.0,
        }
    }
}

// SAFETY of every block below: strings, arrays, actions and attributes are the caller's.
crate::export! {
    /// Starts the program at `path` in a new process; returns an error number. POSIX.1-2024 `posix_spawn`.
    pub unsafe extern "C" fn posix_spawn(
        process: *mut pid_t,
        path: *const c_char,
        actions: *const Actions,
        attributes: *const Attributes,
        arguments: *const *const c_char,
        environment: *const *const c_char,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { spawn(process, path, Find::Exactly, actions, attributes, arguments, environment) }
    }

    /// As `posix_spawn`; a name without a slash is searched along `PATH`. POSIX.1-2024 `posix_spawnp`.
    pub unsafe extern "C" fn posix_spawnp(
        process: *mut pid_t,
        file: *const c_char,
        actions: *const Actions,
        attributes: *const Attributes,
        arguments: *const *const c_char,
        environment: *const *const c_char,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { spawn(process, file, Find::AlongPath, actions, attributes, arguments, environment) }
    }
}
