//! spawn and exec: a new process is built around a program, and either becomes a child or takes the caller's place.

use crate::accounts::{Place as ProgramPlace, user_of};
use crate::build::{self, Embryo, Plan};
use crate::console::LISTED_ARGUMENTS;
use crate::limits;
use crate::member::{Kept, Member, OwnTimer, Page, Program, Usage, name_of};
use crate::owned::Owned;
use crate::script;
use crate::server::{CredentialsMemory, Server, apply_limits};
use crate::signal::{Dispositions, UNSTOPPABLE};
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::sync::atomic::Ordering::SeqCst;
use trivet_abi::credentials::Row;
use trivet_abi::elf::{ElfError, Image};
use trivet_abi::handle::Handle;
use trivet_abi::process_page::{FILE_MASK_SET, flags};
use trivet_abi::start::program_handle;
use trivet_ipc::process;
use trivet_ipc::processes::{PLACE_WORKING_DIRECTORY, Place, PlaceFlags, ProcessesError, Setup, SetupFlags};
use trivet_loader::Identity;
use trivet_server::bytes::{Sent, SentValues};
use trivet_server::clients::file;
use trivet_server::wait::WaitQueue;
use trivet_server::{CopyError, ReceivedHandle, Request};

/// Bytes of arguments and environment together, at most: what a stack takes.
const STRINGS_MAX: u64 = 2 << 20;
/// The longest path, without a terminator.
const PATH_MAX: usize = 4095;
/// Set-id bits of a file's mode.
const SET_USER: u32 = 0o4000;
const SET_GROUP: u32 = 0o2000;

/// A program that may be run.
pub struct Prepared {
    memory: Owned,
    image: Image,
    /// Row of the new program, before group and session change.
    row: Row,
    domain: u32,
    account: Handle,
    /// The user by whom the domain was chosen.
    user: u32,
    secure: bool,
    path: Vec<u8>,
    arguments: Vec<u8>,
    environment: Vec<u8>,
}

/// What a caller's file is.
pub enum Looked {
    /// A script, with what its first line names.
    Script(Vec<u8>),
    /// A program.
    Program(Box<Prepared>),
}

/// What spawn and exec got.
pub struct Asked<'a> {
    /// Attributes.
    pub setup: Setup,
    /// The program's path and its arguments.
    pub arguments: Sent<'a>,
    /// Its environment.
    pub environment: Sent<'a>,
    /// Where handles go.
    pub places: SentValues<'a, Place>,
    /// Its file.
    pub program: &'a ReceivedHandle,
}

/// An errno of the kernel's, as this interface says it.
#[must_use]
pub fn of_errno(errno: i32) -> ProcessesError {
    match errno {
        1 => ProcessesError::NotPermitted,
        5 => ProcessesError::InputOutput,
        7 => ProcessesError::ListTooLong,
        9 => ProcessesError::BadDescriptor,
        12 => ProcessesError::NoMemory,
        13 => ProcessesError::AccessDenied,
        14 => ProcessesError::BadAddress,
        22 => ProcessesError::InvalidArgument,
        24 => ProcessesError::NoFreeDescriptor,
        26 => ProcessesError::TextBusy,
        11 => ProcessesError::TryAgain,
        _ => ProcessesError::NotExecutable,
    }
}

fn of_copy(error: CopyError) -> ProcessesError {
    match error {
        CopyError::Refused => ProcessesError::NoMemory,
        _ => ProcessesError::BadAddress,
    }
}

/// The row of a program that a process with `row` executes, and whether the program gains rights by its set-id bits.
#[must_use]
pub fn row_after(row: &Row, mode: u32, user: u32, group: u32) -> (Row, bool) {
    let mut next = *row;
    if mode & SET_USER != 0 {
        next.effective_user = user;
        next.file_user = user;
    }
    // Without the group's execute bit this bit means something else.
    if mode & SET_GROUP != 0 && mode & 0o010 != 0 {
        next.effective_group = group;
        next.file_group = group;
    }
    next.saved_user = next.effective_user;
    next.saved_group = next.effective_group;
    let gained = next.effective_user != row.effective_user
        || next.effective_group != row.effective_group
        || next.effective_user != next.real_user
        || next.effective_group != next.real_group;
    (next, gained)
}

/// POSIX's execute permission.
#[must_use]
pub fn may_execute(row: &Row, mode: u32, user: u32, group: u32) -> bool {
    if row.file_user == 0 {
        return mode & 0o111 != 0;
    }
    let shift = if row.file_user == user {
        6
    } else if row.file_group == group || row.supplementary().contains(&group) {
        3
    } else {
        0
    };
    mode >> shift & 1 != 0
}

/// Splits the path from the arguments behind it.
fn split_path(strings: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = strings.iter().position(|&byte| byte == 0)?;
    let (path, rest) = strings.split_at(end);
    (path.len() <= PATH_MAX).then_some((path, rest.get(1..).unwrap_or(&[])))
}

impl Server {
    /// Looks at the program that a caller wants to run.
    ///
    /// # Errors
    /// POSIX's.
    pub async fn look(&self, request: &Request, asked: &Asked<'_>) -> Result<Looked, ProcessesError> {
        if asked.arguments.length() + asked.environment.length() > STRINGS_MAX {
            return Err(ProcessesError::ListTooLong);
        }
        let caller = request.stamp().process;
        let reply = file::program(request, asked.program.handle())
            .await
            .map_err(|failure| of_errno(failure.errno()))?;
        let memory = Owned::new(reply.memory);
        let row = self.row_of(caller).ok_or(ProcessesError::NotPermitted)?;
        if !may_execute(&row, reply.mode, reply.user, reply.group) {
            return Err(ProcessesError::AccessDenied);
        }
        let head = build::head(memory.handle(), reply.size).map_err(of_errno)?;
        match script::parse(&head) {
            Some(Ok(line)) => return Ok(Looked::Script(line.to_answer())),
            Some(Err(())) => return Err(ProcessesError::NotExecutable),
            None => {}
        }
        // What is no program at all is ENOEXEC whatever the policy says of it: shells run such a file themselves.
        let image = match Image::parse(&head, reply.size) {
            Ok(image) => image,
            Err(error) => {
                self.explain(asked, error).await;
                return Err(ProcessesError::NotExecutable);
            }
        };
        let from = {
            let table = self.table.borrow();
            let entry = table.get(caller).ok_or(ProcessesError::NoSuchProcess)?;
            entry.detail.domain
        };
        let user = user_of(&row);
        let ProgramPlace { domain, account } = self
            .accounts
            .place(from, reply.label, user)
            .map_err(|_| ProcessesError::AccessDenied)?;
        let (row, gained) = row_after(&row, reply.mode, reply.user, reply.group);
        let strings = asked.arguments.to_vec().map_err(of_copy)?;
        let (path, arguments) = split_path(&strings).ok_or(ProcessesError::InvalidArgument)?;
        Ok(Looked::Program(Box::new(Prepared {
            memory,
            image,
            row,
            domain,
            account,
            user,
            secure: gained || from != domain,
            path: path.to_vec(),
            arguments: arguments.to_vec(),
            environment: asked.environment.to_vec().map_err(of_copy)?,
        })))
    }

    /// A word in the log about a file that is a program, but not one of this system.
    async fn explain(&self, asked: &Asked<'_>, error: ElfError) {
        if error == ElfError::NotElf {
            return;
        }
        let mut name = [0; 256];
        let length = asked.arguments.copy(0, &mut name).unwrap_or(0);
        let name = name[..length].split(|&byte| byte == 0).next().unwrap_or(&[]);
        let name = String::from_utf8_lossy(name);
        self.log(&format!("{name} cannot be executed: {}", build::reason_of(error)))
            .await;
    }

    /// Builds the embryo and gives it its handles.
    fn build(
        &self,
        caller: u64,
        prepared: &Prepared,
        setup: &Setup,
        places: &[Place],
    ) -> Result<Embryo, ProcessesError> {
        let table = self.table.borrow();
        let member = &table.get(caller).ok_or(ProcessesError::NoSuchProcess)?.detail;
        let donor = member.process.handle();
        let plan = Plan {
            parent: donor,
            account: prepared.account,
            user: prepared.user,
            memory: prepared.memory.handle(),
            image: &prepared.image,
            path: &prepared.path,
            arguments: &prepared.arguments,
            environment: &prepared.environment,
            identity: Identity {
                real_user: prepared.row.real_user,
                effective_user: prepared.row.effective_user,
                real_group: prepared.row.real_group,
                effective_group: prepared.row.effective_group,
                secure: prepared.secure,
            },
            stack_limit: member.limits.soft(limits::STACK),
            fixed_addresses: self.console.fixed_addresses.get(),
        };
        let embryo = build::embryo(&plan).map_err(of_errno)?;
        let handle = embryo.process.handle();
        self.give_services(handle).map_err(of_errno)?;
        // Whoever gains rights gets the machine's own. What it means for the file server stands in the row (`set_root_of`).
        if prepared.secure {
            self.give(handle, Handle::ROOT, Handle::ROOT).map_err(of_errno)?;
        } else {
            inherit(handle, donor, Handle::ROOT, Handle::ROOT)?;
        }
        fill_places(handle, donor, places)?;
        if setup.flags.word() & SetupFlags::INHERIT.word() != 0 {
            process::inherit(handle, donor).map_err(|failure| of_errno(failure.errno()))?;
        }
        for place in places {
            if place.flags.word() & PlaceFlags::CLOSED.word() != 0 && Handle(place.number).is_descriptor() {
                // A later place may have filled it again.
                let last = places.iter().rfind(|other| other.number == place.number);
                if last.is_some_and(|last| last.flags.word() & PlaceFlags::CLOSED.word() != 0) {
                    let _ = process::close(handle, place.number, place.number);
                }
            }
        }
        Ok(embryo)
    }

    /// exec. Answers only where it failed, or for a script.
    ///
    /// # Errors
    /// POSIX's.
    pub async fn execute_program(
        &self,
        request: &Request,
        asked: Asked<'_>,
    ) -> Result<Vec<u8>, ProcessesError> {
        let caller = request.stamp().process;
        let generation = self.generation_of(caller)?;
        let prepared = match self.look(request, &asked).await? {
            Looked::Script(interpreter) => return Ok(interpreter),
            Looked::Program(prepared) => prepared,
        };
        // Another thread may have executed a program meanwhile: this caller is gone then.
        if request.cancelled().is_some() || self.generation_of(caller)? != generation {
            return Err(ProcessesError::NoSuchProcess);
        }
        let places = asked.places.to_vec().map_err(of_copy)?;
        let embryo = self.build(caller, &prepared, &asked.setup, &places)?;
        let handle = embryo.process.handle();
        let row = self
            .rows
            .borrow_mut()
            .take(&prepared.row, &CredentialsMemory)
            .ok_or(ProcessesError::TryAgain)?;
        let replaced = self.replace(caller, &embryo, row, &prepared);
        if let Err(error) = replaced {
            self.release_row(row);
            return Err(error);
        }
        let old_row = {
            let mut table = self.table.borrow_mut();
            table.executed(caller);
            let entry = table.get_mut(caller).ok_or(ProcessesError::NoSuchProcess)?;
            let member = &mut entry.detail;
            let kept = kept_for(member, &asked.setup, true);
            member.page = Page::Kept(kept);
            member.generation += 1;
            member.domain = prepared.domain;
            member.program = program_of(&prepared, embryo.bias, embryo.stack_pointer);
            member.name = name_of(&prepared.path);
            member.own_timers = Default::default();
            drop(core::mem::replace(&mut member.process, embryo.process));
            core::mem::replace(&mut member.row, row)
        };
        let _ = handle;
        self.release_row(old_row);
        self.give_memory_back(caller);
        // Nobody hears this: the caller is gone.
        Err(ProcessesError::NoSuchProcess)
    }

    /// Puts the embryo into the place of the caller's process. The kernel changes nothing where one step is refused.
    fn replace(
        &self,
        caller: u64,
        embryo: &Embryo,
        row: u32,
        prepared: &Prepared,
    ) -> Result<(), ProcessesError> {
        let table = self.table.borrow();
        let member = &table.get(caller).ok_or(ProcessesError::NoSuchProcess)?.detail;
        let old = member.process.handle();
        let handle = embryo.process.handle();
        // The kernel keeps those of the process; those of its memory begin anew with it.
        apply_limits(handle, &member.limits, prepared.row.effective_user == 0, 0).map_err(of_errno)?;
        let failed =
            |failure: trivet_ipc::Failure<trivet_ipc::process::ProcessError>| of_errno(failure.errno());
        process::set_credentials(handle, row).map_err(failed)?;
        let name = name_of(&prepared.path);
        // A name for people only.
        let _ = process::set_name(handle, crate::member::trimmed(&name));
        let made = process::create_thread(handle, embryo.entry, embryo.stack_pointer, 0, 0, 0, true);
        drop(Owned::new(made.map_err(failed)?.thread));
        process::commit_over(handle, old).map_err(failed)
    }

    fn generation_of(&self, number: u64) -> Result<u64, ProcessesError> {
        let table = self.table.borrow();
        let entry = table.get(number).filter(|entry| entry.is_alive());
        Ok(entry.ok_or(ProcessesError::NoSuchProcess)?.detail.generation)
    }

    /// posix_spawn. Answers the child, or what a script names.
    ///
    /// # Errors
    /// POSIX's.
    pub async fn spawn_program(
        &self,
        request: &Request,
        asked: Asked<'_>,
    ) -> Result<Result<u64, Vec<u8>>, ProcessesError> {
        let caller = request.stamp().process;
        self.room_for_child(caller)?;
        let generation = self.generation_of(caller)?;
        let mut prepared = match self.look(request, &asked).await? {
            Looked::Script(interpreter) => return Ok(Err(interpreter)),
            Looked::Program(prepared) => prepared,
        };
        if request.cancelled().is_some() || self.generation_of(caller)? != generation {
            return Err(ProcessesError::NoSuchProcess);
        }
        let setup = &asked.setup;
        let has = |flag: SetupFlags| setup.flags.word() & flag.word() != 0;
        if has(SetupFlags::RESET_IDS) && !prepared.secure {
            prepared.row.effective_user = prepared.row.real_user;
            prepared.row.effective_group = prepared.row.real_group;
        }
        let places = asked.places.to_vec().map_err(of_copy)?;
        let embryo = self.build(caller, &prepared, setup, &places)?;
        let number = embryo.number;
        if number > i32::MAX as u64 {
            return Err(ProcessesError::TryAgain);
        }
        let group = match (has(SetupFlags::NEW_SESSION), has(SetupFlags::SET_GROUP)) {
            (true, _) => Some((number, true)),
            (false, true) => Some((if setup.group == 0 { number } else { setup.group }, false)),
            (false, false) => None,
        };
        if let Some((group, session)) = group {
            prepared.row.group = group;
            if session {
                prepared.row.session = number;
            }
        }
        let (kept, limits, nice) = {
            let table = self.table.borrow();
            let member = &table.get(caller).ok_or(ProcessesError::NoSuchProcess)?.detail;
            let kept = kept_for(member, setup, false);
            (kept, Rc::clone(&member.limits), member.nice)
        };
        let row = self
            .rows
            .borrow_mut()
            .take(&prepared.row, &CredentialsMemory)
            .ok_or(ProcessesError::TryAgain)?;
        let program = program_of(&prepared, embryo.bias, embryo.stack_pointer);
        let handle = embryo.process.handle();
        let entry_point = (embryo.entry, embryo.stack_pointer);
        let member = Member {
            process: embryo.process,
            generation: 0,
            domain: prepared.domain,
            row,
            user: prepared.row.real_user,
            program,
            name: name_of(&prepared.path),
            page: Page::Kept(kept),
            limits: Rc::clone(&limits),
            nice,
            alarm: OwnTimer::default(),
            own_timers: Default::default(),
            queue: VecDeque::new(),
            children: Usage::default(),
            waiters: Rc::new(WaitQueue::new()),
            signal_waiters: Rc::new(WaitQueue::new()),
            lender: None,
        };
        // First into the table, since the kernel cannot take a start back: what is refused is taken out again.
        let mut result = Ok(());
        {
            let mut table = self.table.borrow_mut();
            // Until its group is set, it counts as a child that has not executed.
            if table.add_child(caller, number, false, member).is_err() {
                result = Err(ProcessesError::TryAgain);
            } else if let Some((group, session)) = group {
                let changed = if session {
                    table.new_session(number)
                } else {
                    table.set_group(caller, number, group)
                };
                result = changed.map_err(|_| ProcessesError::NotPermitted);
            }
            table.executed(number);
        }
        if result.is_ok() {
            result = self
                .start(handle, number, entry_point, row, &limits, &prepared.path)
                .map_err(of_errno);
        }
        match result {
            Ok(()) => {
                if nice != 0 {
                    self.renice_threads(number, i64::from(nice));
                }
                Ok(Ok(number))
            }
            Err(error) => {
                let mut table = self.table.borrow_mut();
                let _ = table.end(number, 0, true);
                drop(table);
                self.release_row(row);
                Err(error)
            }
        }
    }
}

fn program_of(prepared: &Prepared, bias: u64, stack_pointer: u64) -> Rc<Program> {
    let listed = prepared.arguments.len().min(LISTED_ARGUMENTS);
    Rc::new(Program {
        path: prepared.path.clone(),
        bias,
        arguments: prepared.arguments[..listed].to_vec(),
        stack: stack_pointer,
        secure: prepared.secure,
    })
}

/// What the page of a program begins with. exec keeps what is pending, spawn begins with nothing.
fn kept_for(member: &Member, setup: &Setup, executes: bool) -> Kept {
    let has = |flag: SetupFlags| setup.flags.word() & flag.word() != 0;
    let mut ignored = match &member.page {
        // The page says what is ignored now; who has none yet says it with the request.
        Page::Kept(kept) => kept.dispositions.ignored | setup.ignored_signals,
        Page::Shared(_) => member.dispositions().ignored,
    };
    if has(SetupFlags::SET_DEFAULTS) {
        ignored &= !setup.default_signals;
    }
    let mask = if has(SetupFlags::SET_MASK) {
        setup.signal_mask
    } else {
        member.mask_of(|| 0)
    };
    let mut kept = Kept {
        mask: mask & !UNSTOPPABLE,
        dispositions: Dispositions {
            ignored: ignored & !UNSTOPPABLE,
            caught: 0,
        },
        flags: if executes {
            // Record locks are the process's: they stay over exec.
            member.flags() & (flags::NO_CHILD_WAIT | flags::RECORD_LOCKS)
        } else {
            0
        },
        file_mask: setup.file_mask & 0o777 | FILE_MASK_SET,
        ..Kept::default()
    };
    if executes {
        kept.pending = member.pending();
        kept.information = member.information(kept.pending);
    }
    kept
}

/// A copy of one of the donor's slots.
fn inherit(embryo: Handle, donor: Handle, source: Handle, target: Handle) -> Result<(), ProcessesError> {
    process::inherit_slot(embryo, donor, source.0, target.0, false)
        .map(|_| ())
        .map_err(|failure| of_errno(failure.errno()))
}

/// Fills the places that a caller names.
fn fill_places(embryo: Handle, donor: Handle, places: &[Place]) -> Result<(), ProcessesError> {
    let directory = Handle::bootstrap(program_handle::WORKING_DIRECTORY);
    let mut has_directory = false;
    for (index, place) in places.iter().enumerate() {
        PlaceFlags::from_bits(place.flags.word()).ok_or(ProcessesError::InvalidArgument)?;
        if place.number == PLACE_WORKING_DIRECTORY {
            if has_directory {
                return Err(ProcessesError::InvalidArgument);
            }
            has_directory = true;
            inherit(embryo, donor, Handle(place.source), directory)?;
            continue;
        }
        if !Handle(place.number).is_descriptor() {
            return Err(ProcessesError::BadDescriptor);
        }
        if places[..index]
            .iter()
            .any(|earlier| earlier.number == place.number)
        {
            // Nothing may be there: the earlier place said "closed".
            let _ = process::close(embryo, place.number, place.number);
        }
        if place.flags.word() & PlaceFlags::CLOSED.word() == 0 {
            let close_on_exec = place.flags.word() & PlaceFlags::CLOSE_ON_EXEC.word() != 0;
            process::inherit_slot(embryo, donor, place.source, place.number, close_on_exec)
                .map_err(|failure| of_errno(failure.errno()))?;
        }
    }
    if !has_directory {
        // A caller that has closed its own gives none on.
        let _ = process::inherit_slot(embryo, donor, directory.0, directory.0, false);
    }
    Ok(())
}

/// What a member's page tells of pending signals.
impl Member {
    fn information(&self, pending: u64) -> Vec<(u32, crate::member::Information)> {
        match &self.page {
            Page::Kept(kept) => kept.information.clone(),
            Page::Shared(page) => {
                let Some(head) = page.head() else {
                    return Vec::new();
                };
                (1..crate::signal::FIRST_QUEUED)
                    .filter(|signal| pending & crate::signal::bit(*signal) != 0)
                    .filter_map(|signal| {
                        let told = head.information.get(signal as usize)?;
                        let information = crate::member::Information {
                            code: told.code.load(SeqCst),
                            sender: told.sender.load(SeqCst),
                            user: told.user.load(SeqCst),
                            value: told.value.load(SeqCst),
                            ticks: [told.user_ticks.load(SeqCst), told.system_ticks.load(SeqCst)],
                        };
                        Some((signal, information))
                    })
                    .collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(number: u32) -> Row {
        Row {
            real_user: number,
            effective_user: number,
            saved_user: number,
            file_user: number,
            ..Row::default()
        }
    }

    #[test]
    fn set_id_bits_change_the_effective_and_saved_ids() {
        let (row, gained) = row_after(&user(1000), 0o4755, 0, 0);
        assert!(gained);
        assert_eq!(
            (row.real_user, row.effective_user, row.saved_user, row.file_user),
            (1000, 0, 0, 0)
        );
        let (row, gained) = row_after(&user(1000), 0o755, 0, 0);
        assert!(!gained);
        assert_eq!(row, user(1000));
        let (row, gained) = row_after(&user(1000), 0o2755, 5, 50);
        assert!(gained && row.effective_group == 50 && row.saved_group == 50 && row.effective_user == 1000);
        // Without the group's execute bit there is no set-group-id.
        assert!(!row_after(&user(1000), 0o2745, 5, 50).1);
    }

    #[test]
    fn who_runs_with_other_ids_than_its_own_stays_secure() {
        let mut row = user(1000);
        row.effective_user = 0;
        assert!(row_after(&row, 0o755, 0, 0).1);
    }

    #[test]
    fn execute_permission_is_the_owners_then_the_groups_then_everybodys() {
        assert!(may_execute(&user(1000), 0o100, 1000, 7));
        assert!(!may_execute(&user(1000), 0o011, 1000, 7));
        assert!(may_execute(&user(1000), 0o001, 1, 7));
        assert!(!may_execute(&user(0), 0o666, 1, 7));
        assert!(may_execute(&user(0), 0o001, 1, 7));
        let mut member = user(1000);
        member.group_count = 1;
        member.groups[0] = 7;
        assert!(may_execute(&member, 0o010, 1, 7));
    }

    #[test]
    fn the_path_stands_before_the_arguments() {
        assert_eq!(
            split_path(b"/bin/ls\0ls\0-l\0"),
            Some((&b"/bin/ls"[..], &b"ls\0-l\0"[..]))
        );
        assert_eq!(split_path(b"/bin/ls\0"), Some((&b"/bin/ls"[..], &b""[..])));
        assert_eq!(split_path(b"ls"), None);
        assert_eq!(split_path(&[b'x'; 5000]), None);
    }
}
