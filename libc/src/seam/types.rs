//! Types that the seam's traits share: signal sets and actions, deadlines, futex scopes, and the numbers that
//! both sides must agree on.

use crate::types::*;

/// A set of the 64 signals, bit `n - 1` for signal `n`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct SignalSet(pub u64);

impl SignalSet {
    /// No signal.
    pub const EMPTY: SignalSet = SignalSet(0);
    /// Every signal.
    pub const ALL: SignalSet = SignalSet(!0);

    /// The set of one signal; `signal` is 1 to 64.
    pub const fn of(signal: c_int) -> SignalSet {
        SignalSet(1 << (signal as u32 - 1))
    }

    /// Whether `signal` (1 to 64) is a member.
    pub const fn contains(self, signal: c_int) -> bool {
        self.0 >> (signal as u32 - 1) & 1 != 0
    }
}

/// What a signal does.
#[derive(Clone, Copy, Debug)]
pub struct Action {
    /// `SIG_DFL` (0), `SIG_IGN` (1), or a handler's address.
    pub handler: usize,
    /// `SA_*`.
    pub flags: c_ulong,
    /// Signals blocked while the handler runs.
    pub mask: SignalSet,
}

/// When a wait ends, on which clock.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    /// The absolute time.
    pub time: timespec,
    /// `CLOCK_REALTIME` or `CLOCK_MONOTONIC`.
    pub clock: clockid_t,
}

/// Who may wait on a futex word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Threads of this process.
    Private,
    /// Threads of any process that maps the word's memory.
    Shared,
}

/// The working directory, where a directory's descriptor is wanted.
pub const AT_FDCWD: c_int = -100;

/// Pages are 4 KiB.
pub const PAGE_SIZE: usize = 4096;

/// Wall-clock time.
pub const CLOCK_REALTIME: clockid_t = 0;
/// Time that never jumps.
pub const CLOCK_MONOTONIC: clockid_t = 1;

/// Page may not be accessed.
pub const PROT_NONE: c_int = 0;
/// Page may be read.
pub const PROT_READ: c_int = 1;
/// Page may be written.
pub const PROT_WRITE: c_int = 2;
/// Changes are the process's own.
pub const MAP_PRIVATE: c_int = 2;
/// Zeroed memory, no file.
pub const MAP_ANONYMOUS: c_int = 0x20;
/// No commit is charged until pages are touched.
pub const MAP_NORESERVE: c_int = 0x4000;
/// The mapping is a thread's stack.
pub const MAP_STACK: c_int = 0x20000;
/// `remap` may move the mapping.
pub const MREMAP_MAYMOVE: c_int = 1;
/// The pages' contents are not needed any more.
pub const MADV_DONTNEED: c_int = 4;
/// The mapping replaces whatever is at its address.
pub const MAP_FIXED: c_int = 0x10;
/// `remap` moves the mapping to the given address.
pub const MREMAP_FIXED: c_int = 2;
/// The path is empty: the descriptor itself is meant.
pub const AT_EMPTY_PATH: c_int = 0x1000;

/// A program to execute. The strings are the program's own; the system checks the pointers where it can.
pub struct Program {
    /// Where a relative path begins, or with `AT_EMPTY_PATH` the program itself.
    pub directory: c_int,
    /// Its path.
    pub path: *const c_char,
    /// `AT_EMPTY_PATH`, `AT_SYMLINK_NOFOLLOW`.
    pub flags: c_int,
    /// Its arguments, ended by a null pointer.
    pub arguments: *const *const c_char,
    /// Its environment, likewise.
    pub environment: *const *const c_char,
}

/// What posix_spawn does besides.
pub struct Spawning<'a> {
    /// `POSIX_SPAWN_*`.
    pub flags: c_int,
    /// The process group, with `POSIX_SPAWN_SETPGROUP`.
    pub group: pid_t,
    /// Signals set to their default, with `POSIX_SPAWN_SETSIGDEF`.
    pub defaults: SignalSet,
    /// The mask, with `POSIX_SPAWN_SETSIGMASK`.
    pub mask: SignalSet,
    /// The scheduling policy, with `POSIX_SPAWN_SETSCHEDULER`.
    pub policy: c_int,
    /// The scheduling priority, with `POSIX_SPAWN_SETSCHEDPARAM`.
    pub priority: c_int,
    /// What is done to descriptors, in this order.
    pub actions: &'a [FileAction],
}

/// One step of posix_spawn's file actions.
#[derive(Clone, Copy)]
pub enum FileAction {
    /// The file at `path` becomes descriptor `fd`.
    Open {
        /// The descriptor.
        fd: c_int,
        /// Owned by the list.
        path: *mut c_char,
        /// As `open` has them.
        flags: c_int,
        /// Of a new file.
        mode: mode_t,
    },
    /// The descriptor is closed, if it is open.
    Close {
        /// The descriptor.
        fd: c_int,
    },
    /// `fd` becomes the open file of `from`, without close-on-exec.
    Duplicate {
        /// The descriptor that is there.
        from: c_int,
        /// The new one.
        fd: c_int,
    },
    /// The working directory.
    ChangeDirectory {
        /// Owned by the list.
        path: *mut c_char,
    },
    /// The working directory, by a descriptor.
    ChangeToDirectory {
        /// The descriptor.
        fd: c_int,
    },
    /// All descriptors from `first` on are closed.
    CloseFrom {
        /// The first one.
        first: c_int,
    },
}

/// How a child has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The child.
    pub process: pid_t,
    /// Its real user.
    pub user: uid_t,
    /// `CLD_*`.
    pub code: c_int,
    /// The exit status, or the signal.
    pub value: c_int,
}
