//! Finding the program that the host asks for, and the embryo around it.

use crate::accounts::{Accounts, user_of};
use crate::build::{self, Embryo, HEAD, Plan};
use crate::execute::{may_execute, row_after};
use crate::job::{Job, variable};
use crate::owned::Owned;
use crate::script;
use crate::server::domain_of;
use alloc::vec::Vec;
use trivet_abi::control::Refusal;
use trivet_abi::credentials::Row;
use trivet_abi::elf::Image;
use trivet_abi::handle::Handle;
use trivet_ipc::Failure;
use trivet_ipc::file::FileError;
use trivet_ipc::shared::OpenFlags;
use trivet_loader::Identity;
use trivet_server::Runtime;
use trivet_server::clients::file;

/// Where names without a slash are looked for if the environment does not say.
const DEFAULT_PATH: &[u8] = b"/bin:/usr/bin";
/// The user and group of programs, as the host's archive has them.
pub const USER: u32 = 1000;
/// Mode bits of a regular file.
const KIND_REGULAR: u64 = 0o100_000;

/// Why a program does not start: the reason, and the word for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CannotStart {
    /// For the exit status.
    pub reason: Refusal,
    /// For people.
    pub text: &'static str,
}

const fn cannot(reason: Refusal, text: &'static str) -> CannotStart {
    CannotStart { reason, text }
}

/// An opened file.
struct Opened {
    file: Owned,
    path: Vec<u8>,
    head: Vec<u8>,
}

/// A program that was found, with the arguments that it gets.
pub struct Found {
    /// Its path.
    pub path: Vec<u8>,
    /// Its arguments, each with a zero behind it.
    pub arguments: Vec<u8>,
    /// Who runs it, but for its session.
    pub row: Row,
    /// It gains rights by its set-id bits.
    pub secure: bool,
    memory: Owned,
    image: Image,
    label: u32,
}

/// Finds a job's program, behind `#!` lines too.
///
/// # Errors
/// See [`CannotStart`].
pub async fn find(runtime: &Runtime, job: &Job, directory: Handle) -> Result<Found, CannotStart> {
    let mut opened = find_by_name(runtime, job, directory).await?;
    let mut arguments = job.arguments.clone();
    for _ in 0..script::DEPTH_MAX {
        let Some(line) = script::parse(&opened.head) else {
            return look_at(runtime, opened, arguments).await;
        };
        let line = line.map_err(|()| cannot(Refusal::CannotExecute, "its #! line names no interpreter"))?;
        arguments = script::arguments(&line, &opened.path, &arguments);
        opened = open(runtime, directory, &line.interpreter)
            .await
            .map_err(|refused| match refused.reason {
                Refusal::NotFound => cannot(
                    Refusal::CannotExecute,
                    "the interpreter of its #! line is not there",
                ),
                _ => refused,
            })?;
    }
    Err(cannot(
        Refusal::CannotExecute,
        "its interpreter is a script of a script of a script",
    ))
}

async fn look_at(runtime: &Runtime, opened: Opened, arguments: Vec<u8>) -> Result<Found, CannotStart> {
    let program = file::program(runtime, opened.file.handle())
        .await
        .map_err(of_file)?;
    let memory = Owned::new(program.memory);
    if !may_execute(&user_row(), program.mode, program.user, program.group) {
        return Err(cannot(
            Refusal::CannotExecute,
            "its permissions do not allow it to be executed",
        ));
    }
    let image = Image::parse(&opened.head, program.size)
        .map_err(|error| cannot(Refusal::CannotExecute, build::reason_of(error)))?;
    let (row, secure) = row_after(&user_row(), program.mode, program.user, program.group);
    Ok(Found {
        path: opened.path,
        arguments,
        row,
        secure,
        memory,
        image,
        label: program.label,
    })
}

/// The user that the host's programs run as.
fn user_row() -> Row {
    Row {
        real_user: USER,
        effective_user: USER,
        saved_user: USER,
        file_user: USER,
        real_group: USER,
        effective_group: USER,
        saved_group: USER,
        file_group: USER,
        ..Row::default()
    }
}

/// Makes the embryo of a job's program.
///
/// # Errors
/// See [`CannotStart`].
pub fn make(accounts: &Accounts, job: &Job, found: &Found) -> Result<Embryo, CannotStart> {
    let identity = Identity {
        real_user: found.row.real_user,
        effective_user: found.row.effective_user,
        real_group: found.row.real_group,
        effective_group: found.row.effective_group,
        secure: found.secure,
    };
    let user = user_of(&user_row());
    let place = accounts
        .place(domain_of(Handle::PROCESS), found.label, user)
        .map_err(of_errno)?;
    let plan = Plan {
        parent: Handle::PROCESS,
        account: place.account,
        user,
        memory: found.memory.handle(),
        image: &found.image,
        path: &found.path,
        arguments: &found.arguments,
        environment: &job.environment,
        identity,
        stack_limit: u64::MAX,
        fixed_addresses: job.fixed_addresses,
    };
    build::embryo(&plan).map_err(of_errno)
}

/// The working directory of a job.
///
/// # Errors
/// See [`CannotStart`].
pub async fn open_directory(runtime: &Runtime, path: &[u8]) -> Result<Owned, CannotStart> {
    let opened = file::open(runtime, Handle::ROOT, path, OpenFlags::DIRECTORY, 0, 0).await;
    opened
        .map(|reply| Owned::new(reply.file))
        .map_err(|_| cannot(Refusal::NotFound, "its working directory is not there"))
}

/// Finds the program by its path, or along PATH.
async fn find_by_name(runtime: &Runtime, job: &Job, directory: Handle) -> Result<Opened, CannotStart> {
    if job.program.contains(&b'/') {
        return open(runtime, directory, &job.program).await;
    }
    let mut best = cannot(Refusal::NotFound, "there is no such program");
    let folders = variable(&job.environment, b"PATH").unwrap_or(DEFAULT_PATH);
    for folder in folders.split(|&byte| byte == b':') {
        let mut path = if folder.is_empty() {
            Vec::from(*b".")
        } else {
            folder.to_vec()
        };
        path.push(b'/');
        path.extend_from_slice(&job.program);
        match open(runtime, directory, &path).await {
            Ok(opened) => return Ok(opened),
            Err(refused) if refused.reason == Refusal::NotFound => {}
            Err(refused) => best = refused,
        }
    }
    Err(best)
}

async fn open(runtime: &Runtime, directory: Handle, path: &[u8]) -> Result<Opened, CannotStart> {
    let from = if path.first() == Some(&b'/') {
        Handle::ROOT
    } else {
        directory
    };
    let reply = file::open(runtime, from, path, OpenFlags::EMPTY, 0, 0)
        .await
        .map_err(of_file)?;
    let file = Owned::new(reply.file);
    if reply.kind != KIND_REGULAR {
        return Err(cannot(Refusal::CannotExecute, "it is not a file"));
    }
    let read = file::read_at(runtime, file.handle(), 0, HEAD as u64, HEAD).await;
    Ok(Opened {
        file,
        path: path.to_vec(),
        head: read.map_err(of_file)?.data,
    })
}

fn of_file(failure: Failure<FileError>) -> CannotStart {
    match failure.server() {
        Some(FileError::NotFound | FileError::NotDirectory) => {
            cannot(Refusal::NotFound, "there is no such program")
        }
        Some(FileError::AccessDenied) => cannot(Refusal::Denied, "the policy or its permissions refuse it"),
        Some(FileError::NoMemory | FileError::NoSpace) => {
            cannot(Refusal::NoResource, "the file server has no room")
        }
        _ => cannot(Refusal::CannotExecute, "it cannot be read"),
    }
}

/// What a refusal of the kernel means for people.
#[must_use]
pub fn of_errno(errno: i32) -> CannotStart {
    match errno {
        13 => cannot(Refusal::Denied, "the policy does not let it start"),
        11 | 12 | 24 => cannot(Refusal::NoResource, "the account of programs has no room"),
        build::TOO_BIG => cannot(
            Refusal::CannotExecute,
            "its arguments and environment are too long",
        ),
        _ => cannot(Refusal::CannotExecute, "the kernel refuses it"),
    }
}
