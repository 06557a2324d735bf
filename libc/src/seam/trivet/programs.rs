//! Processes come and go: the process server clones, starts programs and tells of children. `interfaces/process.idl`.
//!
//! A program is a file that this process opened with its own rights. For posix_spawn nothing is copied: what the attributes and file
//! actions come to is computed here, as a list of places for the new program's handles.

use super::delivery::restartable;
use super::page::{self, entry, page};
use super::program_files::{NO_STRINGS, Strings, open_program};
use super::spawn_places::{Places, own_directory};
use super::{BLOCKING, Trivet, actions, close_own, descriptor, directed, failed};
use crate::errno::{E2BIG, Errno, Result};
use crate::seam::{Changed, ProcessDescriptors, Program, Programs, Signals, Spawning, Threads};
use crate::types::*;
use core::sync::atomic::Ordering;
use trivet_abi::handle::Handle;
use trivet_ipc::processes::{self, Setup, SetupFlags, WaitFor, WaitOptions};
use trivet_ipc::shared::ResourceUsage;
use trivet_ipc::{CallOptions, Out};

const SERVER: Handle = Handle::PROCESS_SERVER;
/// Interpreters of interpreters, at most.
const MOST_INTERPRETERS: u32 = 5;
/// Room for what a `#!` line names.
const INTERPRETER_ROOM: usize = 512;

/// What a new program has besides handles, as the caller has it now.
fn setup() -> Setup {
    Setup {
        flags: SetupFlags::INHERIT | SetupFlags::SET_MASK,
        signal_mask: entry().mask.load(Ordering::Relaxed),
        ignored_signals: page().ignored.load(Ordering::Relaxed),
        file_mask: super::files::mask(),
        ..Setup::default()
    }
}

/// What is sent to start a program, besides its setup and places.
struct Start<'a> {
    arguments: &'a [u8],
    environment: &'a [u8],
    file: Handle,
}

/// Where an interpreter's name goes.
type Interpreter = [u8; INTERPRETER_ROOM];

/// Calls `start` for the program's file, and again for the interpreter's that it names (by its name's length), with the arguments
/// shifted. Relative paths begin at `directory`, if there is one.
unsafe fn with_interpreters<T>(
    program: &Program,
    directory: Option<Handle>,
    mut start: impl FnMut(&Start<'_>, &mut Interpreter) -> Result<core::result::Result<T, usize>>,
) -> Result<T> {
    // SAFETY: strings and arrays are the caller's.
    unsafe {
        let (mut environment_room, mut arguments_room) = (NO_STRINGS, NO_STRINGS);
        let environment = Strings::environment(program.environment, &mut environment_room)?;
        let mut arguments = Strings::arguments(program, &mut arguments_room)?;
        let mut file = open_program(program, directory)?;
        for _ in 0..=MOST_INTERPRETERS {
            let mut interpreter = [0; INTERPRETER_ROOM];
            let now = Start {
                arguments: arguments.bytes(),
                environment: environment.bytes(),
                file: file.handle(),
            };
            match start(&now, &mut interpreter)? {
                Ok(done) => return Ok(done),
                Err(length) => {
                    let text = interpreter.get(..length).ok_or(Errno::ENOEXEC)?;
                    arguments = arguments.behind_interpreter(text)?;
                    file = super::program_files::open_path(arguments.first(), directory)?;
                }
            }
        }
    }
    Err(Errno::ELOOP)
}

impl Programs for Trivet {
    fn started() {
        page::started();
        // Without an entry for upcalls, a fault ends the process, as it does without a handler.
        let _ = super::upcall::register(0, 0);
        actions::started();
        page::is_complete();
        super::delivery::look();
    }
    fn fork() -> Result<pid_t> {
        let mask = entry().mask.load(Ordering::Relaxed);
        actions::lock().lock();
        directed::lock().lock();
        let child = processes::fork(SERVER).map_err(failed);
        if child == Ok(0) {
            directed::lock().reset();
            directed::discard(|_, _| true);
            page::forked(mask);
            actions::forked();
            let own = crate::thread::this();
            own.signal_defer.set(0);
            own.signal_deferred.set(false);
            page::is_complete();
        } else {
            directed::lock().unlock();
            actions::lock().unlock();
        }
        child.map(|child| child as pid_t).map_err(|error| match error {
            Errno::ENOSYS | Errno::ENOMEM => error,
            _ => Errno::EAGAIN,
        })
    }
    unsafe fn fork_sharing(
        child: unsafe extern "C" fn(*mut c_void) -> !,
        argument: *mut c_void,
    ) -> Result<pid_t> {
        let process = Self::fork()?;
        if process == 0 {
            crate::process::locks::after_fork_in_child();
            // SAFETY: the caller's function, on the child's copy of what the argument points to.
            unsafe { child(argument) }
        }
        Ok(process)
    }
    unsafe fn execute(program: &Program) -> Errno {
        let setup = setup();
        // Nothing is taken from the heap here: a child of a fork may execute whatever its parent's other threads were doing.
        let execute = || {
            let places = [own_directory()?];
            // SAFETY: strings and arrays are the caller's.
            unsafe {
                with_interpreters(program, None, |start, interpreter| {
                    let Start {
                        arguments,
                        environment,
                        file,
                    } = *start;
                    let place = &mut interpreter[..];
                    processes::execute(SERVER, &setup, arguments, environment, &places, file, place)
                        .map(|length| Err::<(), _>(length as usize))
                        .map_err(failed)
                })
            }
        };
        execute().err().unwrap_or(Errno(E2BIG))
    }
    unsafe fn spawn(program: &Program, spawning: &Spawning) -> Option<Result<pid_t>> {
        let mut places = Places::new();
        let prepared = places
            .apply(spawning.actions)
            .and_then(|()| spawn_setup(spawning));
        let setup = match prepared {
            // More places than a message has room for: a child does the steps itself.
            Err(Errno::EMFILE) => return None,
            Err(error) => return Some(Err(error)),
            Ok(setup) => setup,
        };
        // SAFETY: strings and arrays are the caller's.
        let result = unsafe {
            with_interpreters(program, places.directory(), |start, interpreter| {
                let Start {
                    arguments,
                    environment,
                    file,
                } = *start;
                let place = &mut interpreter[..];
                let list = places.list();
                let reply = processes::spawn(SERVER, &setup, arguments, environment, list, file, place)
                    .map_err(failed)?;
                Ok(match reply.interpreter_length {
                    0 => Ok(reply.process as pid_t),
                    length => Err(length as usize),
                })
            })
        };
        Some(result)
    }
    unsafe fn wait_child(
        which: c_int,
        number: pid_t,
        options: c_int,
        usage: *mut c_void,
    ) -> Result<Option<Changed>> {
        const BY_DESCRIPTOR: c_int = 3;
        let (which, number) = if which == BY_DESCRIPTOR {
            (WaitFor::Process, described(number)?.ok_or(Errno::ECHILD)?)
        } else {
            let which = WaitFor::from_number(which as u32 as u64);
            (which.ok_or(Errno::EINVAL)?, number)
        };
        let options = options as u32 as u64;
        if options & !WaitOptions::ALL.word() != 0 || options & CHANGES == 0 || number < 0 {
            return Err(Errno::EINVAL);
        }
        let options = WaitOptions::from_word(options);
        let mut own_usage = ResourceUsage::default();
        let place: *mut ResourceUsage = if usage.is_null() {
            &raw mut own_usage
        } else {
            usage.cast()
        };
        let reply = restartable(|| {
            // SAFETY: a `struct rusage` of the caller's, which has this layout, or the local one.
            let place = unsafe { Out::<ResourceUsage>::from_raw(place) };
            processes::wait_with(BLOCKING, SERVER, which, number as u64, options, place).map_err(failed)
        })?;
        Ok((reply.process != 0).then(|| Changed {
            process: reply.process as pid_t,
            user: reply.user as uid_t,
            code: reply.code as c_int,
            value: value_of(reply.status as c_int, reply.code as c_int),
        }))
    }
}

/// WEXITED, WSTOPPED, WCONTINUED.
const CHANGES: u64 = 4 | 2 | 8;

/// The exit status or the signal in a wait status.
fn value_of(status: c_int, code: c_int) -> c_int {
    const CLD_EXITED: c_int = 1;
    const CLD_STOPPED: c_int = 5;
    const CLD_CONTINUED: c_int = 6;
    const SIGCONT: c_int = 18;
    match code {
        CLD_EXITED | CLD_STOPPED => status >> 8 & 0xff,
        CLD_CONTINUED => SIGCONT,
        _ => status & 0x7f,
    }
}

/// What posix_spawn's attributes come to.
fn spawn_setup(spawning: &Spawning) -> Result<Setup> {
    use crate::process::spawn_attributes as attribute;
    let mut setup = setup();
    let flags = spawning.flags;
    if flags & attribute::SET_MASK != 0 {
        setup.signal_mask = spawning.mask.0;
    }
    if flags & attribute::SET_DEFAULTS != 0 {
        setup.flags |= SetupFlags::SET_DEFAULTS;
        setup.default_signals = spawning.defaults.0;
        setup.ignored_signals &= !spawning.defaults.0;
    }
    if flags & attribute::SET_GROUP != 0 {
        setup.flags |= SetupFlags::SET_GROUP;
        setup.group = u64::try_from(spawning.group).map_err(|_| Errno::EINVAL)?;
    }
    if flags & attribute::NEW_SESSION != 0 {
        setup.flags |= SetupFlags::NEW_SESSION;
    }
    if flags & attribute::RESET_IDS != 0 {
        setup.flags |= SetupFlags::RESET_IDS;
    }
    if flags & attribute::SET_SCHEDULER != 0 {
        Trivet::set_scheduler(0, spawning.policy, spawning.priority)?;
    } else if flags & attribute::SET_PRIORITY != 0 {
        Trivet::set_scheduling_priority(0, spawning.priority)?;
    }
    Ok(setup)
}

/// Gives a handle back when it is dropped.
pub(super) struct Owned(pub Handle);

impl Drop for Owned {
    fn drop(&mut self) {
        if self.0.is_own() && self.0 != Handle::NONE {
            close_own(self.0);
        }
    }
}

impl ProcessDescriptors for Trivet {
    fn process_descriptor(process: pid_t, flags: c_uint) -> Result<c_int> {
        if process <= 0 || flags != 0 {
            return Err(Errno::EINVAL);
        }
        // As Linux has it, no program that is executed gets one.
        let options = CallOptions::DEFAULT.into_descriptor(true);
        processes::descriptor_with(options, SERVER, process as u64)
            .map(|descriptor| descriptor.0 as c_int)
            .map_err(failed)
    }
    unsafe fn signal_descriptor_process(
        fd: c_int,
        signal: c_int,
        information: *const c_void,
        flags: c_uint,
    ) -> Result<()> {
        if flags != 0 {
            return Err(Errno::EINVAL);
        }
        // Numbers are never used again: between the two messages it can end, but never become another.
        let process = described(fd)?.ok_or(Errno::ESRCH)?;
        if information.is_null() {
            Trivet::kill(process, signal)
        } else {
            // SAFETY: the caller's structure.
            unsafe { Trivet::queue(process, signal, information) }
        }
    }
}

/// The process that a descriptor stands for, if anything is left of it.
fn described(fd: c_int) -> Result<Option<pid_t>> {
    let process = processes::described(SERVER, descriptor(fd)?).map_err(failed)?;
    Ok((process != 0).then_some(process as pid_t))
}
