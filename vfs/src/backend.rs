//! What the file server needs from the world below it: memory for contents, the bytes of a request, the time.

use crate::error::Error;
use crate::share::Folder;
use crate::terminal::sessions::Job;
use core::future::Future;
use trivet_abi::Label;

/// The world below. The server's implementation keeps contents in Memory objects and moves bytes by one kernel copy;
/// the tests' keeps them in vectors.
pub trait Backend {
    /// The bytes of one file: sparse, zero where nothing was written.
    type Contents;
    /// A request whose bytes are moved: what came IN and the room for what goes OUT.
    type Request;
    /// Names a request while it is pending, so that bytes can be moved between two of them.
    type Token: Clone;
    /// A request that waits without a future, and for which nothing was done. Dropped, it is served from its beginning.
    type Parked;
    /// The driver of a folder of the host.
    type Folder: Folder;

    /// Real time in nanoseconds since the Epoch.
    fn now_ns(&self) -> u64;

    /// Makes contents of `size` zero bytes with this label.
    ///
    /// # Errors
    /// `NoMemory`.
    fn create(&self, size: u64, label: Label) -> Result<Self::Contents, Error>;

    /// As `create`, for bytes of a file that lies elsewhere: whoever runs programs pays for them.
    ///
    /// # Errors
    /// `NoMemory`.
    fn create_for_mapping(&self, size: u64, label: Label) -> Result<Self::Contents, Error>;

    /// Changes the size. Bytes beyond the end of the smaller size read zero if they come back; mappings beyond it fault.
    ///
    /// # Errors
    /// `NoMemory`, `FileTooBig`.
    fn resize(&self, contents: &Self::Contents, size: u64) -> Result<(), Error>;

    /// Frees the pages that lie wholly inside the range and zeroes the rest of it.
    ///
    /// # Errors
    /// `NotSupported`.
    fn punch(&self, contents: &Self::Contents, offset: u64, length: u64) -> Result<(), Error>;

    /// Copies `length` bytes at `offset` to the request's OUT room, from `request_offset` on. Answers how many.
    ///
    /// # Errors
    /// `BadAddress` where the caller's memory cannot take them.
    fn copy_out(
        &self,
        request: &Self::Request,
        request_offset: u64,
        contents: &Self::Contents,
        offset: u64,
        length: u64,
    ) -> Result<u64, Error>;

    /// Copies `length` bytes of the request's IN bytes, from `request_offset` on, to `offset`. Answers how many.
    ///
    /// # Errors
    /// `BadAddress` where the caller's memory cannot be read, `NoMemory`.
    fn copy_in(
        &self,
        request: &Self::Request,
        request_offset: u64,
        contents: &Self::Contents,
        offset: u64,
        length: u64,
    ) -> Result<u64, Error>;

    /// Copies bytes that the server itself made (directory entries, link texts) to the request's OUT room.
    ///
    /// # Errors
    /// `BadAddress`.
    fn give(&self, request: &Self::Request, request_offset: u64, bytes: &[u8]) -> Result<u64, Error>;

    /// Copies from contents to memory of the server's; all of it must be there.
    ///
    /// # Errors
    /// `InputOutput`.
    fn load(&self, contents: &Self::Contents, offset: u64, into: &mut [u8]) -> Result<(), Error>;

    /// Copies from memory of the server's to contents, which must reach so far.
    ///
    /// # Errors
    /// `NoMemory`.
    fn store(&self, contents: &Self::Contents, offset: u64, bytes: &[u8]) -> Result<(), Error>;

    /// Whether the contents are mapped to be executed.
    fn is_executed(&self, contents: &Self::Contents) -> bool;

    /// The end of the session with this badge is to be heard of at once from now on, not only before the next request.
    ///
    /// # Errors
    /// `NoLocks` where there is no memory for the notice.
    fn report_promptly(&self, badge: u64) -> Result<(), Error>;

    /// Makes contents of `size` bytes that the caller of a request pays for, page by page as they are touched.
    ///
    /// # Errors
    /// `NoMemory`.
    fn create_for(&self, request: &Self::Request, size: u64, label: Label) -> Result<Self::Contents, Error>;

    /// Copies `length` bytes from one to another contents, each from its offset on.
    ///
    /// # Errors
    /// `NoMemory`, `InputOutput`.
    fn copy_contents(
        &self,
        source: (&Self::Contents, u64),
        target: (&Self::Contents, u64),
        length: u64,
    ) -> Result<(), Error>;

    /// The bytes of the request from `request_offset` on, where all `length` of them came with the message.
    fn at_hand<'a>(&self, request: &'a Self::Request, request_offset: u64, length: usize)
    -> Option<&'a [u8]>;

    /// Copies the request's IN bytes, from `request_offset` on, into the server's own memory. Answers how many there were.
    ///
    /// # Errors
    /// `BadAddress` where the caller's memory cannot be read.
    fn take(&self, request: &Self::Request, request_offset: u64, into: &mut [u8]) -> Result<usize, Error>;

    /// Names a request.
    fn token(&self, request: &Self::Request) -> Self::Token;

    /// Lets a request wait without a future.
    fn park(&self, request: &Self::Request) -> Self::Parked;

    /// The room of a request that was parked; none once it does not wait any more.
    fn parked_room(&self, parked: &Self::Parked) -> Option<u64>;

    /// Puts bytes, for which there is room, into the answer of a request that was parked.
    fn give_parked(&self, parked: &Self::Parked, bytes: &[u8]);

    /// Copies `length` bytes from the IN bytes of `source` to the OUT room of `target`, each from its offset on: one copy. Either of them may
    /// be `request`, which is at hand. Answers how many.
    ///
    /// # Errors
    /// `BadAddress` where the memory of either cannot be used, `Interrupted` where either is gone.
    fn copy_between(
        &self,
        request: &Self::Request,
        source: (Self::Token, u64),
        target: (Self::Token, u64),
        length: u64,
    ) -> Result<u64, Error>;

    /// Why a request waits no more, once it does not: `Interrupted`, or `Again` where its account has too many that wait.
    fn cancelled(&self, request: &Self::Request) -> Option<Error>;

    /// Changes the readiness of the session with this badge: bits of `abi::event::readiness`.
    fn set_readiness(&self, badge: u64, set: u32, clear: u32, pulse: u32);

    /// Monotonic time in nanoseconds.
    fn monotonic_ns(&self) -> u64;

    /// Sleeps until a monotonic time, or until the request is cancelled.
    fn sleep_until<'a>(
        &'a self,
        request: &'a Self::Request,
        deadline_ns: u64,
    ) -> impl Future<Output = ()> + 'a;

    /// Process, group and session of the caller, by the kernel's stamp and its row of credentials.
    fn job(&self, request: &Self::Request) -> Job;

    /// The user that file permissions are judged by; 0 is the superuser, and whoever cannot be told is nobody.
    fn user(&self, request: &Self::Request) -> u32;

    /// The account that pays for the caller.
    fn account(&self, request: &Self::Request) -> u64;

    /// Bytes that a file may have by what the caller writes (RLIMIT_FSIZE).
    fn file_size_limit(&self, request: &Self::Request) -> u64;

    /// Label of what the caller of a request makes under a name in a directory with label `parent`.
    fn label_for_new(&self, request: &Self::Request, parent: Label, name: &[u8]) -> Label;

    /// Whether the session has a process group with this number.
    fn is_group_of(&self, group: u64, session: u64) -> bool;

    /// Has the end of the process with this number told.
    ///
    /// # Errors
    /// `NoLocks` where it is gone already, or too many are watched.
    fn watch_process(&self, number: u64) -> Result<(), Error>;

    /// Fills `bytes` with random ones.
    ///
    /// # Errors
    /// `InputOutput`.
    fn random(&self, bytes: &mut [u8]) -> Result<(), Error>;

    /// The part of the boot archive that holds one file: read-only, starts on a page, zero beyond its end.
    ///
    /// # Errors
    /// `NoMemory`.
    fn boot_view(&self, offset: u64, length: u64, label: Label) -> Result<Self::Contents, Error>;
}
