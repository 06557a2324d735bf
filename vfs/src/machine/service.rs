//! The file server as a service: which interface a session speaks, who asks, and what becomes of sessions that end.

use super::backend::Machine;
use super::console::Link;
use super::mapped::Mapped;
use crate::attributes::Kind;
use crate::credentials::Credentials;
use crate::open_file::OpenFile;
use crate::server::Vfs;
use crate::service::open::Opened;
use alloc::rc::Rc;
use core::cell::RefCell;
use trivet_abi::event::readiness;
use trivet_abi::{InterfaceNumber, Label};
use trivet_ipc::file::FileError;
use trivet_server::services::{file as file_dispatch, file_server, terminals as terminals_dispatch};
use trivet_server::{Answer, AtOnce, CLOSED_STEP, Events, NewSession, ReceivedHandle, Request};

/// Badges of the session for pipes and nameless files, and of the process server's for terminals. Open files have badges with a
/// generation, which are larger.
const FILE_SERVER_BADGE: u64 = 1;
const TERMINALS_BADGE: u64 = 2;

/// The file server behind its interfaces.
pub struct Service {
    pub(super) vfs: Vfs<Machine>,
    credentials: Mapped,
    /// Badge of the session on the machine's root directory.
    root_badge: u64,
    /// Labels of what has no name.
    pub(super) labels: NamelessLabels,
    /// The console's side of its terminal, while that is open.
    pub(super) console: RefCell<Option<Rc<Link>>>,
}

/// Labels of what has no name.
#[derive(Clone, Copy, Debug)]
pub struct NamelessLabels {
    /// Pipes.
    pub pipes: Label,
    /// Files in memory.
    pub files: Label,
    /// The console's terminal.
    pub terminal: Label,
}

impl Service {
    /// A service over this server.
    pub fn new(vfs: Vfs<Machine>, credentials: Mapped, root_badge: u64, labels: NamelessLabels) -> Service {
        Service {
            vfs,
            credentials,
            root_badge,
            labels,
            console: RefCell::new(None),
        }
    }

    /// Serves one request by what its session is.
    pub async fn dispatch(&self, request: Request) -> Answer {
        match request.badge() {
            FILE_SERVER_BADGE => file_server::dispatch(self, request).await,
            TERMINALS_BADGE => terminals_dispatch::dispatch(self, request).await,
            _ => file_dispatch::dispatch(self, request).await,
        }
    }

    pub(super) fn file(&self, request: &Request) -> Result<Rc<OpenFile<Machine>>, FileError> {
        self.vfs
            .open_files
            .get(request.badge())
            .ok_or(FileError::BadDescriptor)
    }

    /// The open file from which a path of the request goes: with the caller's own root, where that was changed (chroot).
    pub(super) fn directory(
        &self,
        request: &Request,
        credentials: &Credentials,
    ) -> Result<Rc<OpenFile<Machine>>, FileError> {
        self.rooted(self.file(request)?, request.badge(), credentials)
    }

    /// As `directory`, for a handle of the request.
    pub(super) fn other_directory(
        &self,
        handle: &ReceivedHandle,
        credentials: &Credentials,
    ) -> Result<Rc<OpenFile<Machine>>, FileError> {
        let badge = handle.own_badge().ok_or(FileError::BadDescriptor)?;
        self.rooted(self.other_file(handle)?, badge, credentials)
    }

    #[inline]
    fn rooted(
        &self,
        file: Rc<OpenFile<Machine>>,
        badge: u64,
        credentials: &Credentials,
    ) -> Result<Rc<OpenFile<Machine>>, FileError> {
        if credentials.root == 0 {
            return Ok(file);
        }
        let root = self.vfs.open_files.get(credentials.root);
        let root = root.ok_or(FileError::InputOutput)?.place.clone();
        // The machine's root, which each program has a session with, is the caller's root.
        let place = if badge == self.root_badge {
            root.clone()
        } else {
            file.place.clone()
        };
        Ok(Rc::new(OpenFile::new(place, root, file.flags.get())))
    }

    /// The open file that a handle of the request stands for; it must be one of this server's.
    pub(super) fn other_file(&self, handle: &ReceivedHandle) -> Result<Rc<OpenFile<Machine>>, FileError> {
        let badge = handle.own_badge().ok_or(FileError::BadDescriptor)?;
        self.vfs.open_files.get(badge).ok_or(FileError::BadDescriptor)
    }

    /// Who asks, by the row that the kernel stamped on the request.
    pub(super) fn caller_of(&self, request: &Request) -> Result<Credentials, FileError> {
        self.credentials
            .caller(request.stamp().row, false)
            .ok_or(FileError::InputOutput)
    }

    /// As `caller_of`, by the real ids, for `access`.
    pub(super) fn real_caller_of(&self, request: &Request) -> Result<Credentials, FileError> {
        self.credentials
            .caller(request.stamp().row, true)
            .ok_or(FileError::InputOutput)
    }

    pub(super) fn session(opened: &Opened) -> NewSession {
        let interface = InterfaceNumber(trivet_ipc::file::INTERFACE.0);
        let session = NewSession::new(opened.badge, interface, opened.attributes.label);
        let is_plain = matches!(opened.attributes.kind, Kind::Regular | Kind::Directory);
        NewSession {
            readiness: opened.readiness | if is_plain { readiness::PLAIN } else { 0 },
            // Nobody waits for the end of an open file, but for that of a pipe, a terminal, a lock, or one that is watched.
            quiet: is_plain && !opened.is_watched,
            // What is only read and has a name changes nothing by its end, but that its file system is less in use.
            lazy: !opened.writes && opened.attributes.links > 0 && !opened.is_watched,
            ..session
        }
    }

    /// Hears of every open file that was closed, where it counts that it is.
    pub(super) fn hear_of_closed(&self, request: &Request) {
        let mut badges = [0; CLOSED_STEP];
        loop {
            let count = request.runtime().kernel().take_closed(&mut badges);
            for &badge in &badges[..count] {
                self.vfs.close(badge);
            }
            if count < CLOSED_STEP {
                return;
            }
        }
    }
}

impl Events for Service {
    #[inline]
    fn at_once(&self, request: &Request, answer: &mut Answer) -> AtOnce {
        self.serve_straight(request, answer)
    }

    fn closed(&self, badge: u64) {
        self.vfs.close(badge);
    }

    fn undelivered(&self, badge: u64, method: u8, bytes: &[u8]) {
        if method == trivet_ipc::file::method::READ
            && let Some(file) = self.vfs.open_files.get(badge)
        {
            self.vfs.take_back(&file, bytes);
        }
    }

    fn process_gone(&self, process: u64) {
        self.vfs.locks.release_process(process);
    }
}
