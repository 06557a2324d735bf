//! Contents of files as Memory objects; bytes move by one copy in the kernel.

use super::mapped::Mapped;
use super::slot;
use crate::backend::Backend;
use crate::error::Error;
use trivet_abi::Label;
use trivet_abi::handle::Handle;
use trivet_server::{CopyError, Request};

/// The kernel, as the file server uses it.
pub struct Machine {
    clock: Mapped,
}

impl Machine {
    /// Maps the clock.
    pub fn new() -> Option<Machine> {
        let page = trivet_ipc::clock::page(Handle::CLOCK).ok()?;
        Some(Machine {
            clock: Mapped::memory(page)?,
        })
    }
}

/// A Memory of the server's own, freed with this value.
#[derive(Debug)]
pub struct Contents(Handle);

impl Contents {
    /// The handle, which stays here.
    pub fn handle(&self) -> Handle {
        self.0
    }
}

impl Drop for Contents {
    fn drop(&mut self) {
        // Closing one's own handle does not fail.
        let _ = trivet_ipc::process::close(Handle::PROCESS, self.0.0, self.0.0);
    }
}

/// A copy's error as a program sees it.
fn error(error: CopyError) -> Error {
    match error {
        CopyError::BadPointer => Error::BadAddress,
        // The caller is gone: the answer goes nowhere.
        CopyError::Gone => Error::Interrupted,
        CopyError::NotResident(_) => Error::Again,
        CopyError::Refused => Error::NoMemory,
    }
}

/// What was copied, also where a page is missing behind it: a short count is a valid answer, and the caller asks again.
fn copied(result: Result<u64, CopyError>) -> Result<u64, Error> {
    match result {
        Ok(count) => Ok(count),
        Err(CopyError::NotResident(count)) if count > 0 => Ok(count),
        Err(other) => Err(error(other)),
    }
}

impl Backend for Machine {
    type Contents = Contents;
    type Request = Request;

    fn now_ns(&self) -> u64 {
        self.clock.clock().map_or(0, |(_, real)| real)
    }

    fn create(&self, size: u64, label: Label) -> Result<Contents, Error> {
        let memory =
            trivet_ipc::account::create_memory(Handle::ACCOUNT, size, label.0, true, Handle::NONE.0, 0, 0);
        memory.map(Contents).map_err(|_| Error::NoMemory)
    }

    fn resize(&self, contents: &Contents, size: u64) -> Result<(), Error> {
        trivet_ipc::memory::resize(contents.0, size).map_err(|_| Error::NoMemory)
    }

    fn punch(&self, contents: &Contents, offset: u64, length: u64) -> Result<(), Error> {
        trivet_ipc::memory::discard(contents.0, offset, length).map_err(|_| Error::NotSupported)
    }

    fn copy_out(
        &self,
        request: &Request,
        request_offset: u64,
        contents: &Contents,
        offset: u64,
        length: u64,
    ) -> Result<u64, Error> {
        copied(request.copy_from_memory(request_offset, contents.0, offset, length))
    }

    fn copy_in(
        &self,
        request: &Request,
        request_offset: u64,
        contents: &Contents,
        offset: u64,
        length: u64,
    ) -> Result<u64, Error> {
        copied(request.copy_to_memory(request_offset, contents.0, offset, length))
    }

    fn give(&self, request: &Request, request_offset: u64, bytes: &[u8]) -> Result<u64, Error> {
        copied(request.copy_out(request_offset, bytes).map(|count| count as u64))
    }

    fn boot_view(&self, offset: u64, length: u64, label: Label) -> Result<Contents, Error> {
        trivet_ipc::memory::view(slot::BOOT_ARCHIVE, offset, length, label.0)
            .map(Contents)
            .map_err(|_| Error::NoMemory)
    }
}
