//! Errors of file operations, numbered as Linux numbers them.

/// An error of the `File` interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
#[allow(missing_docs, reason = "POSIX defines each name")]
pub enum Error {
    NotPermitted = 1,
    NoEntry = 2,
    Interrupted = 4,
    InputOutput = 5,
    NoDeviceOrAddress = 6,
    BadDescriptor = 9,
    Again = 11,
    NoMemory = 12,
    AccessDenied = 13,
    BadAddress = 14,
    Busy = 16,
    Exists = 17,
    CrossDevice = 18,
    NoDevice = 19,
    NotDirectory = 20,
    IsDirectory = 21,
    InvalidArgument = 22,
    TooManyOpen = 24,
    NotTerminal = 25,
    TextBusy = 26,
    FileTooBig = 27,
    NoSpace = 28,
    IllegalSeek = 29,
    ReadOnly = 30,
    TooManyLinks = 31,
    BrokenPipe = 32,
    Range = 34,
    Deadlock = 35,
    NameTooLong = 36,
    NoLocks = 37,
    NotImplemented = 38,
    NotEmpty = 39,
    Loop = 40,
    NoData = 61,
    Remote = 66,
    Overflow = 75,
    /// The C library finds out whether and when to try again: see the interface `Terminals`.
    Restart = 85,
    MessageSize = 90,
    NotSupported = 95,
    TimedOut = 110,
    Quota = 122,
}

impl Error {
    /// The number that travels in the reply.
    #[must_use]
    pub const fn number(self) -> u16 {
        self as u16
    }
}
