//! What the file server needs from the world below it: memory for contents, the bytes of a request, the time.

use crate::error::Error;
use trivet_abi::Label;

/// The world below. The server's implementation keeps contents in Memory objects and moves bytes by one kernel copy;
/// the tests' keeps them in vectors.
pub trait Backend {
    /// The bytes of one file: sparse, zero where nothing was written.
    type Contents;
    /// A request whose bytes are moved: what came IN and the room for what goes OUT.
    type Request;

    /// Real time in nanoseconds since the Epoch.
    fn now_ns(&self) -> u64;

    /// Makes contents of `size` zero bytes with this label.
    ///
    /// # Errors
    /// `NoMemory`.
    fn create(&self, size: u64, label: Label) -> Result<Self::Contents, Error>;

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

    /// The part of the boot archive that holds one file: read-only, starts on a page, zero beyond its end.
    ///
    /// # Errors
    /// `NoMemory`.
    fn boot_view(&self, offset: u64, length: u64, label: Label) -> Result<Self::Contents, Error>;
}
