//! The only contract between programs and the kernel: three calls, message layout, handles, tokens, events, errors.
//!
//! Plain data, no code that traps: the calls' machine code is in `runtime/ipc`, the kernel's side in `kernel/`.
//! Notes 0002 to 0004 under `docs/notes/` say why it is as it is. Numbers written here never change their meaning.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

pub mod archive;
pub mod clock;
pub mod control;
pub mod credentials;
pub mod elf;
pub mod error;
pub mod event;
pub mod handle;
pub mod message;
pub mod process_page;
pub mod start;

/// Generation of this contract. Each program carries it in an ELF note (`NOTE_NAME`, `NOTE_TYPE`); exec refuses another with ENOEXEC.
pub const ABI_GENERATION: u32 = 2;
/// Owner name of the ELF note that marks a program built for Trivet, with its terminating zero.
pub const NOTE_NAME: &[u8; 7] = b"Trivet\0";
/// Type of the ELF note; its descriptor is the generation as a little-endian `u32`.
pub const NOTE_TYPE: u32 = 1;

/// Bytes of a page.
pub const PAGE_SIZE: usize = 4096;
/// End of user addresses, exclusive: the last page below the canonical hole is never mapped.
pub const USER_END: u64 = 0x0000_7fff_ffff_f000;
/// Where position-independent programs begin at the lowest: there in a run for a debugger, up to a tebibyte above otherwise.
pub const PROGRAM_BASE: u64 = 0x5500_0000_0000;
/// Start of user addresses: the first 64 KiB are never mapped, so that a null pointer with an offset faults.
pub const USER_START: u64 = 0x1_0000;

/// Number of the call `Call` (RAX at the `syscall` instruction).
pub const CALL: u64 = 0x7472_0001;
/// Number of the call `Recv`.
pub const RECV: u64 = 0x7472_0002;
/// Number of the call `Reply`.
pub const REPLY: u64 = 0x7472_0003;
/// What every other number answers in RAX: `-ENOSYS`.
pub const NO_SUCH_CALL: i64 = -38;

/// Methods of an interface are numbered 0..=61.
pub const METHOD_COUNT: u32 = 62;
/// Words that a message carries in registers.
pub const WORD_COUNT: usize = 6;

/// A domain of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct Domain(pub u16);

/// A label of the policy. 0 is `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct Label(pub u32);

/// An interface's fixed number: 1..=31 kernel objects, 32 and up servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct InterfaceNumber(pub u16);

/// Streams of bytes: files, pipes, terminals. Its common methods are answered by sockets as well.
const FILE: InterfaceNumber = InterfaceNumber(32);
/// Sockets.
const SOCKET: InterfaceNumber = InterfaceNumber(42);

impl InterfaceNumber {
    /// The second interface whose messages an object of this one takes, or this one itself. A descriptor's kind is not known to who
    /// reads from it, so sockets take the messages of files: where both have a method of a number, it is the same method.
    #[inline]
    #[must_use]
    pub const fn also_answers(self) -> InterfaceNumber {
        if self.0 == SOCKET.0 { FILE } else { self }
    }
}

/// A process's number: never reused while the machine runs, never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct ProcessNumber(pub u64);
