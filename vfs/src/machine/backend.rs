//! Contents of files as Memory objects; bytes move by one copy in the kernel.

use super::mapped::Mapped;
use super::share::MachineFolder;
use super::slot;
use crate::backend::Backend;
use crate::error::Error;
use crate::terminal::sessions::Job;
use trivet_abi::Label;
use trivet_abi::credentials::ROW_COUNT;
use trivet_abi::handle::Handle;
use trivet_server::{Cancelled, CopyError, Parked, Request};

/// Bytes that are copied at a time between two Memory objects.
const COPY_STEP: usize = 16 * 1024;

/// Bytes that go out with the reply instead of being copied before it, at most.
const REPLY_BYTES: usize = 4096;

/// The user of a caller whose row cannot be read.
const NOBODY: u32 = u32::MAX;

/// The kernel, as the file server uses it.
pub struct Machine {
    clock: Mapped,
    credentials: Mapped,
}

impl Machine {
    /// Maps the clock and the credentials.
    pub fn new() -> Option<Machine> {
        let page = trivet_ipc::clock::page(Handle::CLOCK).ok()?;
        Some(Machine {
            clock: Mapped::memory(page)?,
            credentials: Mapped::memory(slot::CREDENTIALS)?,
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
    type Token = u64;
    type Parked = Parked;
    type Folder = MachineFolder;

    fn now_ns(&self) -> u64 {
        self.clock.clock().map_or(0, |(_, real)| real)
    }

    fn create(&self, size: u64, label: Label) -> Result<Contents, Error> {
        let memory =
            trivet_ipc::account::create_memory(Handle::ACCOUNT, size, label.0, true, Handle::NONE.0, 0, 0);
        memory.map(Contents).map_err(|_| Error::NoMemory)
    }

    fn create_for_mapping(&self, size: u64, label: Label) -> Result<Contents, Error> {
        let none = Handle::NONE.0;
        let memory = trivet_ipc::account::create_memory(slot::PROGRAMS, size, label.0, true, none, 0, 0);
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
        let result = request.copy_to_memory(request_offset, contents.0, offset, length);
        if let Ok(count) = result {
            return Ok(count);
        }
        if result == Err(CopyError::BadPointer) && request.copy_in(request_offset, &mut [0]) == Ok(1) {
            // The caller's bytes can be read, so it was the memory that could not take them.
            return Err(Error::NoMemory);
        }
        copied(result)
    }

    fn give(&self, request: &Request, request_offset: u64, bytes: &[u8]) -> Result<u64, Error> {
        if request_offset == 0 && bytes.len() <= REPLY_BYTES && bytes.len() as u64 <= request.room() {
            request.buffer_reply(bytes);
            return Ok(bytes.len() as u64);
        }
        copied(request.copy_out(request_offset, bytes).map(|count| count as u64))
    }

    fn create_for(&self, request: &Request, size: u64, label: Label) -> Result<Contents, Error> {
        let (none, token) = (Handle::NONE.0, request.token());
        let memory = trivet_ipc::account::create_memory(Handle::ACCOUNT, size, label.0, true, none, 0, token);
        memory.map(Contents).map_err(|_| Error::NoMemory)
    }

    fn copy_contents(
        &self,
        source: (&Contents, u64),
        target: (&Contents, u64),
        length: u64,
    ) -> Result<(), Error> {
        let mut step = alloc::vec![0; COPY_STEP];
        let mut done = 0;
        while done < length {
            let count = (length - done).min(COPY_STEP as u64) as usize;
            let bytes = &mut step[..count];
            trivet_ipc::memory::read(source.0.0, source.1 + done, &mut *bytes)
                .map_err(|_| Error::InputOutput)?;
            trivet_ipc::memory::write(target.0.0, target.1 + done, &*bytes).map_err(|_| Error::NoMemory)?;
            done += count as u64;
        }
        Ok(())
    }

    fn at_hand<'a>(&self, request: &'a Request, request_offset: u64, length: usize) -> Option<&'a [u8]> {
        request.at_hand(request_offset).get(..length)
    }

    fn take(&self, request: &Request, request_offset: u64, into: &mut [u8]) -> Result<usize, Error> {
        copied(request.copy_in(request_offset, into).map(|count| count as u64)).map(|count| count as usize)
    }

    fn token(&self, request: &Request) -> u64 {
        request.token()
    }

    fn park(&self, request: &Request) -> Parked {
        request.park()
    }

    fn parked_room(&self, parked: &Parked) -> Option<u64> {
        parked.is_waiting().then(|| parked.room())
    }

    fn give_parked(&self, parked: &Parked, bytes: &[u8]) {
        parked.buffer_reply(bytes);
    }

    fn copy_between(
        &self,
        request: &Request,
        source: (u64, u64),
        target: (u64, u64),
        length: u64,
    ) -> Result<u64, Error> {
        let kernel = request.runtime().kernel();
        copied(kernel.copy_between(source.0, source.1, target.0, target.1, length))
    }

    fn cancelled(&self, request: &Request) -> Option<Error> {
        Some(match request.cancelled()? {
            Cancelled::Interrupted | Cancelled::Died => Error::Interrupted,
            Cancelled::TooMany => Error::Again,
        })
    }

    fn set_readiness(&self, badge: u64, set: u32, clear: u32, pulse: u32) {
        // A session that is gone has no readiness.
        let _ = trivet_ipc::endpoint::set_readiness(slot::ENDPOINT, badge, set, clear, pulse);
    }

    fn load(&self, contents: &Contents, offset: u64, into: &mut [u8]) -> Result<(), Error> {
        trivet_ipc::memory::read(contents.0, offset, &mut *into).map_err(|_| Error::InputOutput)?;
        Ok(())
    }

    fn store(&self, contents: &Contents, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        trivet_ipc::memory::write(contents.0, offset, bytes).map_err(|_| Error::NoMemory)?;
        Ok(())
    }

    fn is_executed(&self, contents: &Contents) -> bool {
        let mut info = trivet_ipc::memory::Info::default();
        trivet_ipc::memory::info(contents.0, &mut info).is_ok() && info.executable_mappings != 0
    }

    fn report_promptly(&self, badge: u64) -> Result<(), Error> {
        trivet_ipc::endpoint::report_promptly(slot::ENDPOINT, badge).map_err(|_| Error::NoLocks)
    }

    fn monotonic_ns(&self) -> u64 {
        self.clock.clock().map_or(0, |(monotonic, _)| monotonic)
    }

    async fn sleep_until<'a>(&'a self, request: &'a Request, deadline_ns: u64) {
        // A cancel ends the sleep, and the wait beside it says so.
        let _ = request.runtime().sleep_until(request, deadline_ns).await;
    }

    fn label_for_new(&self, request: &Request, parent: Label, name: &[u8]) -> Label {
        // Where the engine gives no label, the object gets the one that nothing is granted on.
        request.label_for_new(parent, name).unwrap_or_default()
    }

    fn job(&self, request: &Request) -> Job {
        let stamp = request.stamp();
        let (session, group) = self.credentials.job(stamp.row).unwrap_or_default();
        Job {
            process: stamp.process,
            group,
            session,
        }
    }

    fn user(&self, request: &Request) -> u32 {
        let row = self.credentials.row(request.stamp().row);
        row.map_or(NOBODY, |row| row.file_user)
    }

    fn account(&self, request: &Request) -> u64 {
        // Whoever is gone meanwhile gets no answer.
        trivet_ipc::endpoint::caller(slot::ENDPOINT, request.token()).map_or(0, |caller| caller.account)
    }

    #[inline]
    fn file_size_limit(&self, request: &Request) -> u64 {
        self.credentials.file_size_limit(request.stamp().row)
    }

    fn is_group_of(&self, group: u64, session: u64) -> bool {
        (0..ROW_COUNT as u32).any(|row| self.credentials.job(row) == Some((session, group)))
    }

    fn watch_process(&self, number: u64) -> Result<(), Error> {
        trivet_ipc::endpoint::watch_process(slot::ENDPOINT, number).map_err(|_| Error::NoLocks)
    }

    fn random(&self, bytes: &mut [u8]) -> Result<(), Error> {
        match trivet_ipc::entropy::fill(Handle::ENTROPY, &mut *bytes) {
            Ok(count) if count == bytes.len() as u64 => Ok(()),
            _ => Err(Error::InputOutput),
        }
    }

    fn boot_view(&self, offset: u64, length: u64, label: Label) -> Result<Contents, Error> {
        trivet_ipc::memory::view(slot::BOOT_ARCHIVE, offset, length, label.0)
            .map(Contents)
            .map_err(|_| Error::NoMemory)
    }
}
