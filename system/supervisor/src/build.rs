//! Embryos: a new process around a program's file, with its first memory, not yet running.

use crate::owned::Owned;
use alloc::vec::Vec;
use trivet_abi::elf::{ElfError, Image};
use trivet_abi::handle::Handle;
use trivet_abi::{PAGE_SIZE, PROGRAM_BASE, USER_END};
use trivet_ipc::shared::{MapFlags, Protection};
use trivet_ipc::{account, address_space, entropy};
use trivet_loader::{Identity, ImagePlace, Space, StackError, Start, StringList, load_image, load_stack};

/// Bytes of the file that are looked at: program headers, the note, or a `#!` line.
pub const HEAD: usize = 4096;
/// Bytes of a program's stack where nothing limits it. They count when they are touched.
const STACK_SIZE: u64 = 8 << 20;
/// Bytes of a stack at least, and at most.
const STACK_MIN: u64 = 128 << 10;
const STACK_MAX: u64 = 1 << 30;
/// Bytes of address space among which the image's and the stack's places are chosen.
const RANDOM_SPAN: u64 = 1 << 40;

/// E2BIG.
pub const TOO_BIG: i32 = 7;
/// ENOEXEC.
pub const NOT_EXECUTABLE: i32 = 8;
const EIO: i32 = 5;

/// What an embryo is made of.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The process that wants it: its domain and the program's label decide the new domain.
    pub parent: Handle,
    /// Who pays.
    pub account: Handle,
    /// The user by whom the new domain is chosen.
    pub user: u32,
    /// The program's contents.
    pub memory: Handle,
    /// Its headers.
    pub image: &'a Image,
    /// Path for the auxiliary vector.
    pub path: &'a [u8],
    /// Arguments, each with a zero behind it.
    pub arguments: &'a [u8],
    /// Environment, likewise.
    pub environment: &'a [u8],
    /// Who runs it.
    pub identity: Identity,
    /// Bytes of the stack, at most.
    pub stack_limit: u64,
    /// Image and stack at fixed addresses, for a debugger.
    pub fixed_addresses: bool,
}

/// A process that does not run yet. It goes with its handle.
#[derive(Debug)]
pub struct Embryo {
    /// The process.
    pub process: Owned,
    /// Its number.
    pub number: u64,
    /// First instruction.
    pub entry: u64,
    /// First stack pointer.
    pub stack_pointer: u64,
    /// What was added to the addresses of its file.
    pub bias: u64,
}

/// Why a file is no program, for people.
#[must_use]
pub fn reason_of(error: ElfError) -> &'static str {
    match error {
        ElfError::NotElf => "it is neither an ELF program nor a script",
        ElfError::WrongMachine => "it is for another machine",
        ElfError::Malformed | ElfError::TooMany => "its ELF headers are damaged",
        ElfError::Interpreter => "it needs a dynamic linker: link it statically",
        ElfError::NoNote => "it was not built for Trivet: use x86_64-trivet-cc",
        ElfError::OtherGeneration(_) => "it was built for another generation of Trivet: build it again",
        ElfError::WritableCode => "it has code that can be written",
    }
}

/// The beginning of a program's file.
///
/// # Errors
/// The errno.
pub fn head(memory: Handle, size: u64) -> Result<Vec<u8>, i32> {
    let mut head = alloc::vec![0; HEAD.min(usize::try_from(size).unwrap_or(HEAD))];
    let count = trivet_ipc::memory::read(memory, 0, &mut head[..]).map_err(|failure| failure.errno())?;
    head.truncate(usize::try_from(count).unwrap_or(0));
    Ok(head)
}

/// Makes an embryo and fills its memory.
///
/// # Errors
/// The errno.
pub fn embryo(plan: &Plan<'_>) -> Result<Embryo, i32> {
    let made = account::create_process_for(plan.account, plan.parent, plan.memory, plan.user)
        .map_err(|failure| failure.errno())?;
    let (process, space) = (Owned::new(made.process), Owned::new(made.space));
    let filled = fill(
        plan,
        Space {
            space: space.handle(),
            file: plan.memory,
        },
    );
    let (place, stack_pointer) = filled?;
    Ok(Embryo {
        process,
        number: made.number,
        entry: place.entry,
        stack_pointer,
        bias: place.bias,
    })
}

/// Fills the address space: image, stack, arguments.
fn fill(plan: &Plan<'_>, mut space: Space) -> Result<(ImagePlace, u64), i32> {
    let mut random = [0; 32];
    let filled = entropy::fill(Handle::ENTROPY, &mut random[..]).map_err(|failure| failure.errno())?;
    if filled != random.len() as u64 {
        return Err(EIO);
    }
    let (words, _) = random.as_chunks::<8>();
    let page = PAGE_SIZE as u64;
    let offset = |word: [u8; 8]| {
        if plan.fixed_addresses {
            0
        } else {
            u64::from_le_bytes(word) % RANDOM_SPAN / page * page
        }
    };
    let base = PROGRAM_BASE + offset(words[0]);
    let place = load_image(&mut space, plan.image, base).map_err(|error| error.errno())?;
    let top = USER_END - page - offset(words[1]);
    let wanted = if plan.stack_limit == u64::MAX {
        STACK_SIZE
    } else {
        plan.stack_limit
    };
    let size = wanted
        .max(plan.image.stack_size)
        .clamp(STACK_MIN, STACK_MAX)
        .next_multiple_of(page);
    let flags = MapFlags::FIXED | MapFlags::NO_REPLACE | MapFlags::NO_RESERVE;
    let protection = Protection::READ | Protection::WRITE;
    address_space::map_anonymous(space.space, top - size, size, protection, flags)
        .map_err(|failure| failure.errno())?;
    let mut canary = [0; 16];
    canary.copy_from_slice(&random[16..]);
    let start = Start {
        arguments: StringList(plan.arguments),
        environment: StringList(plan.environment),
        path: plan.path,
        image: place,
        identity: plan.identity,
        random: canary,
        processor_features: 0,
        upcall_stack: 0,
    };
    let stack_pointer = load_stack(&mut space, top, size, &start).map_err(|error| match error {
        StackError::TooBig => TOO_BIG,
        StackError::Target(error) => error.errno(),
    })?;
    Ok((place, stack_pointer))
}
