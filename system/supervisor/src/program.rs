//! Finding a program and building its process.

use crate::job::{Job, variable};
use crate::script;
use crate::slot;
use alloc::vec::Vec;
use trivet_abi::control::Refusal;
use trivet_abi::elf::{ElfError, Image};
use trivet_abi::handle::Handle;
use trivet_abi::start::program_handle;
use trivet_abi::{PAGE_SIZE, USER_END};
use trivet_ipc::file::FileError;
use trivet_ipc::shared::{MapFlags, MintFlags, OpenFlags, Protection};
use trivet_ipc::{Failure, address_space, endpoint, entropy, process};
use trivet_loader::{Identity, ImagePlace, Space, StackError, Start, StringList, load_image, load_stack};
use trivet_server::Runtime;
use trivet_server::clients::file;

/// Where names without a slash are looked for if the environment does not say.
const DEFAULT_PATH: &[u8] = b"/bin:/usr/bin";
/// Bytes of the file that are looked at: program headers, the note, or a `#!` line.
const HEAD: usize = 8192;
/// Bytes of a program's stack. They count when they are touched.
const STACK_SIZE: u64 = 8 << 20;
/// Bytes of address space among which the image's and the stack's places are chosen.
const RANDOM_SPAN: u64 = 1 << 40;
/// Where position-independent images begin at the lowest.
const IMAGE_BASE: u64 = 0x5500_0000_0000;
/// All rights of a handle but receiving.
const RIGHTS: u8 = 3;
/// The user and group of programs, as the host's archive has them.
pub const USER: u32 = 1000;
/// The credentials row of programs.
pub const USER_ROW: u32 = 1;
/// Mode bits of a regular file, and of a directory.
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

/// A process that runs.
#[derive(Clone, Debug)]
pub struct Running {
    /// The process.
    pub process: Handle,
    /// Its address space.
    pub space: Handle,
    /// Its number.
    pub number: u64,
    /// What was added to the addresses of its file.
    pub bias: u64,
    /// Its path.
    pub path: Vec<u8>,
}

/// An opened program.
struct Opened {
    file: Handle,
    path: Vec<u8>,
    head: Vec<u8>,
}

/// Closes a handle of this server's.
fn close(handle: Handle) {
    // One's own handle: closing it does not fail.
    let _ = process::close(Handle::PROCESS, handle.0, handle.0);
}

/// Starts a job. `streams` are its descriptors 0 to 2.
///
/// # Errors
/// See [`CannotStart`].
pub async fn start(runtime: &Runtime, job: &Job, streams: [Handle; 3]) -> Result<Running, CannotStart> {
    let directory = open_directory(runtime, &job.directory).await?;
    let result = start_in(runtime, job, streams, directory).await;
    close(directory);
    result
}

async fn start_in(
    runtime: &Runtime,
    job: &Job,
    streams: [Handle; 3],
    directory: Handle,
) -> Result<Running, CannotStart> {
    let mut opened = find(runtime, job, directory).await?;
    let mut arguments = job.arguments.clone();
    for _ in 0..script::DEPTH_MAX {
        match script::parse(&opened.head) {
            None => {
                let result = build(runtime, job, &arguments, &opened, streams, directory).await;
                close(opened.file);
                return result;
            }
            Some(line) => {
                close(opened.file);
                let line =
                    line.map_err(|()| cannot(Refusal::CannotExecute, "its #! line names no interpreter"))?;
                arguments = script::arguments(&line, &opened.path, &arguments);
                opened =
                    open(runtime, directory, &line.interpreter)
                        .await
                        .map_err(|refused| match refused.reason {
                            Refusal::NotFound => cannot(
                                Refusal::CannotExecute,
                                "the interpreter of its #! line is not there",
                            ),
                            _ => refused,
                        })?;
            }
        }
    }
    close(opened.file);
    Err(cannot(
        Refusal::CannotExecute,
        "its interpreter is a script of a script of a script",
    ))
}

async fn open_directory(runtime: &Runtime, path: &[u8]) -> Result<Handle, CannotStart> {
    let opened = file::open(runtime, Handle::ROOT, path, OpenFlags::DIRECTORY, 0, 0).await;
    opened
        .map(|reply| reply.file)
        .map_err(|_| cannot(Refusal::NotFound, "its working directory is not there"))
}

/// Finds the program by its path, or along PATH.
async fn find(runtime: &Runtime, job: &Job, directory: Handle) -> Result<Opened, CannotStart> {
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
    if reply.kind != KIND_REGULAR {
        close(reply.file);
        return Err(cannot(Refusal::CannotExecute, "it is not a file"));
    }
    match file::read_at(runtime, reply.file, 0, HEAD as u64, HEAD).await {
        Ok(read) => Ok(Opened {
            file: reply.file,
            path: path.to_vec(),
            head: read.data,
        }),
        Err(failure) => {
            close(reply.file);
            Err(of_file(failure))
        }
    }
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

fn of_elf(error: ElfError) -> CannotStart {
    let text = match error {
        ElfError::NotElf => "it is neither an ELF program nor a script",
        ElfError::WrongMachine => "it is for another machine",
        ElfError::Malformed | ElfError::TooMany => "its ELF headers are damaged",
        ElfError::Interpreter => "it needs a dynamic linker: link it statically",
        ElfError::NoNote => "it was not built for Trivet: use x86_64-trivet-cc",
        ElfError::OtherGeneration(_) => "it was built for another generation of Trivet: build it again",
        ElfError::WritableCode => "it has code that can be written",
    };
    cannot(Refusal::CannotExecute, text)
}

/// Builds the process around an opened program and starts it.
async fn build(
    runtime: &Runtime,
    job: &Job,
    arguments: &[u8],
    opened: &Opened,
    streams: [Handle; 3],
    directory: Handle,
) -> Result<Running, CannotStart> {
    let program = file::program(runtime, opened.file).await.map_err(of_file)?;
    let result = build_from(job, arguments, opened, &program, streams, directory);
    close(program.memory);
    result
}

fn build_from(
    job: &Job,
    arguments: &[u8],
    opened: &Opened,
    program: &file::ProgramReply,
    streams: [Handle; 3],
    directory: Handle,
) -> Result<Running, CannotStart> {
    if !may_execute(program) {
        return Err(cannot(
            Refusal::CannotExecute,
            "its permissions do not allow it to be executed",
        ));
    }
    let image = Image::parse(&opened.head, program.size).map_err(of_elf)?;
    let made = trivet_ipc::account::create_process(slot::PROGRAMS, Handle::PROCESS, program.memory)
        .map_err(|failure| of_kernel(failure.errno()))?;
    let space = Space {
        space: made.space,
        file: program.memory,
    };
    let built = fill(job, arguments, opened, &image, space).and_then(|(place, stack_pointer)| {
        install(&made, streams, directory)?;
        Ok((place, stack_pointer))
    });
    let started = built.and_then(|(place, stack_pointer)| {
        let name = opened.path.rsplit(|&byte| byte == b'/').next().unwrap_or(b"");
        // A name for people only.
        let _ = process::set_name(made.process, &name[..name.len().min(15)]);
        process::supervise(made.process, slot::ENDPOINT, made.number)
            .map_err(|failure| of_kernel(failure.errno()))?;
        process::start(made.process, place.entry, stack_pointer, 0)
            .map_err(|failure| of_kernel(failure.errno()))?;
        Ok(place)
    });
    match started {
        Ok(place) => Ok(Running {
            process: made.process,
            space: made.space,
            number: made.number,
            bias: place.bias,
            path: opened.path.clone(),
        }),
        Err(refused) => {
            // The embryo goes with its last handle.
            let _ = process::kill(made.process, 0);
            close(made.space);
            close(made.process);
            Err(refused)
        }
    }
}

/// POSIX's execute permission for the user that programs run as.
fn may_execute(program: &file::ProgramReply) -> bool {
    let shift = match (program.user == USER, program.group == USER) {
        (true, _) => 6,
        (false, true) => 3,
        (false, false) => 0,
    };
    program.mode >> shift & 1 != 0
}

fn of_kernel(errno: i32) -> CannotStart {
    match errno {
        13 => cannot(Refusal::Denied, "the policy does not let it start"),
        11 | 12 | 24 => cannot(Refusal::NoResource, "the account of programs has no room"),
        _ => cannot(Refusal::CannotExecute, "the kernel refuses it"),
    }
}

/// Fills the address space: image, stack, arguments.
fn fill(
    job: &Job,
    arguments: &[u8],
    opened: &Opened,
    image: &Image,
    mut space: Space,
) -> Result<(ImagePlace, u64), CannotStart> {
    let mut random = [0; 32];
    let filled =
        entropy::fill(Handle::ENTROPY, &mut random[..]).map_err(|failure| of_kernel(failure.errno()))?;
    if filled != random.len() as u64 {
        return Err(cannot(Refusal::NoResource, "there are too few random bytes"));
    }
    let (words, _) = random.as_chunks::<8>();
    let page = PAGE_SIZE as u64;
    let offset = |word: [u8; 8]| u64::from_le_bytes(word) % RANDOM_SPAN / page * page;
    let place = load_image(&mut space, image, IMAGE_BASE + offset(words[0]))
        .map_err(|error| of_kernel(error.errno()))?;
    let top = USER_END - page - offset(words[1]);
    let size = STACK_SIZE.max(image.stack_size.next_multiple_of(page));
    let flags = MapFlags::FIXED | MapFlags::NO_REPLACE | MapFlags::NO_RESERVE;
    let protection = Protection::READ | Protection::WRITE;
    address_space::map_anonymous(space.space, top - size, size, protection, flags)
        .map_err(|failure| of_kernel(failure.errno()))?;
    let mut canary = [0; 16];
    canary.copy_from_slice(&random[16..]);
    let identity = Identity {
        real_user: USER,
        effective_user: USER,
        real_group: USER,
        effective_group: USER,
        secure: false,
    };
    let start = Start {
        arguments: StringList(arguments),
        environment: StringList(&job.environment),
        path: &opened.path,
        image: place,
        identity,
        random: canary,
        processor_features: 0,
        upcall_stack: 0,
    };
    let stack_pointer = load_stack(&mut space, top, size, &start).map_err(|error| match error {
        StackError::TooBig => cannot(
            Refusal::CannotExecute,
            "its arguments and environment are too long",
        ),
        StackError::Target(error) => of_kernel(error.errno()),
    })?;
    Ok((place, stack_pointer))
}

/// Puts the program's first handles into their slots.
fn install(
    made: &trivet_ipc::account::CreateProcessReply,
    streams: [Handle; 3],
    directory: Handle,
) -> Result<(), CannotStart> {
    let errno = |failure: Failure<trivet_ipc::process::ProcessError>| of_kernel(failure.errno());
    let label = trivet_ipc::policy::label_by_name(slot::POLICY, b"process_service")
        .map_err(|failure| of_kernel(failure.errno()))?;
    let interface = trivet_ipc::processes::INTERFACE.0;
    let session = endpoint::mint(
        slot::ENDPOINT,
        made.number,
        interface,
        label,
        u64::MAX,
        RIGHTS,
        MintFlags::EMPTY,
    )
    .map_err(|failure| of_kernel(failure.errno()))?;
    let given = [
        (session, Handle::PROCESS_SERVER),
        (Handle::ROOT, Handle::ROOT),
        (directory, Handle::bootstrap(program_handle::WORKING_DIRECTORY)),
        (slot::FILE_SERVER, Handle::bootstrap(program_handle::FILE_SERVER)),
        (streams[0], Handle(0)),
        (streams[1], Handle(1)),
        (streams[2], Handle(2)),
    ];
    let mut result = process::set_credentials(made.process, USER_ROW).map_err(errno);
    for (source, target) in given {
        if result.is_ok() {
            // A handle that the policy refuses becomes a dead one: the program then gets EACCES.
            result = process::install(made.process, source.0, target.0, false, u64::MAX)
                .map(|_| ())
                .map_err(errno);
        }
    }
    close(session);
    result
}
