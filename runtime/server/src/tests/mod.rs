//! The runtime over the fake kernel: a small file server whose reads wait, whose names are judged.

mod calls;
mod decoding;
mod end_to_end;
mod names;
mod schedules;
mod waiting;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use trivet_abi::error::CallError;
use trivet_abi::{InterfaceNumber, Label};
use trivet_ipc::file;
use trivet_ipc::shared::OpenFlags;

use crate::answer::{Answer, NewSession, Output};
use crate::bytes::Sent;
use crate::executor::{Events, Limits, Stopped, run};
use crate::fake::{FakeKernel, FakeRequest};
use crate::judge::{Decided, Name};
use crate::parked::{AtOnce, Parked};
use crate::request::{ReceivedHandle, Request};
use crate::services::file::{FileError, FileService, OpenReply, ReadReply, dispatch};
use crate::{Runtime, wait::WaitQueue};

/// The label of everything that the test server opens.
const LABEL: Label = Label(7);

/// A server with one pipe for all its sessions.
#[derive(Default)]
struct PipeServer {
    bytes: RefCell<VecDeque<u8>>,
    readers: WaitQueue,
    /// Badges of sessions that were closed.
    closed: RefCell<Vec<u64>>,
    /// Bytes of answers that reached nobody, with badge and method.
    undelivered: RefCell<Vec<(u64, u8, Vec<u8>)>>,
    /// Do not ask the policy: what a wrong handler would do.
    forgets_to_judge: Cell<bool>,
    /// How many handlers are running.
    running: Cell<usize>,
    /// Reads wait without a future.
    parks: bool,
    /// The one that does.
    parked: RefCell<Option<Parked>>,
}

/// The server, and the one whose reads wait without a future: nobody can tell them apart.
fn servers() -> [PipeServer; 2] {
    let parking = PipeServer {
        parks: true,
        ..PipeServer::default()
    };
    [PipeServer::default(), parking]
}

/// Counts a handler as running until it ends in whatever way.
struct Running<'a>(&'a Cell<usize>);
impl<'a> Running<'a> {
    fn new(count: &'a Cell<usize>) -> Running<'a> {
        count.set(count.get() + 1);
        Running(count)
    }
}
impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl Events for PipeServer {
    fn at_once(&self, request: &Request, answer: &mut Answer) -> AtOnce {
        let parked = self.parked.take();
        if !self.parks || !self.bytes.borrow().is_empty() || !self.readers.is_empty() {
            return AtOnce::No;
        }
        match (request.method(), parked) {
            (file::method::READ, None) => {
                self.parked.replace(Some(request.park()));
                AtOnce::Parked
            }
            (file::method::WRITE, Some(parked)) if parked.is_waiting() && request.sent() <= parked.room() => {
                parked.buffer_reply(request.at_hand(0));
                *answer = Answer::words([request.sent(), 0, 0, 0, 0, 0]);
                AtOnce::AnsweredBoth(parked)
            }
            _ => AtOnce::No,
        }
    }

    fn closed(&self, badge: u64) {
        self.closed.borrow_mut().push(badge);
    }

    fn undelivered(&self, badge: u64, method: u8, bytes: &[u8]) {
        self.undelivered
            .borrow_mut()
            .push((badge, method, bytes.to_vec()));
    }
}

impl FileService for PipeServer {
    async fn read(&self, request: &Request, count: u64) -> Result<ReadReply, FileError> {
        let _running = Running::new(&self.running);
        while self.bytes.borrow().is_empty() {
            self.readers.wait(request).await?;
        }
        let count = self
            .bytes
            .borrow()
            .len()
            .min(count as usize)
            .min(request.room() as usize);
        let data: Vec<u8> = self.bytes.borrow_mut().drain(..count).collect();
        // Bytes that this reader left are for the next.
        if !self.bytes.borrow().is_empty() {
            self.readers.wake_one();
        }
        Ok(ReadReply {
            data: data.into(),
            count: count as u64,
        })
    }

    async fn write(&self, _request: &Request, data: Sent<'_>) -> Result<u64, FileError> {
        let bytes = data.to_vec()?;
        self.bytes.borrow_mut().extend(bytes);
        self.readers.wake_one();
        Ok(data.length())
    }

    async fn attributes(&self, request: &Request) -> Result<file::Attributes, FileError> {
        Ok(file::Attributes {
            inode: request.badge(),
            mode: 0o644,
            ..file::Attributes::default()
        })
    }

    async fn open(
        &self,
        request: &Request,
        path: Name<std::borrow::Cow<'_, [u8]>>,
        _flags: OpenFlags,
        _mode: u32,
        _mask: u32,
    ) -> Result<Decided<OpenReply>, FileError> {
        let judge = request.judge();
        let path = path.open(&judge);
        if !self.forgets_to_judge.get() {
            judge.require(LABEL)?;
        }
        let session = NewSession::new(path.len() as u64, InterfaceNumber(32), LABEL);
        Ok(judge.decided(OpenReply {
            file: session.into(),
            kind: path.len() as u64,
            remaining: 0,
        })?)
    }

    async fn set_times(
        &self,
        request: &Request,
        path: Name<std::borrow::Cow<'_, [u8]>>,
        times: file::Times,
        _flags: trivet_ipc::shared::AtFlags,
    ) -> Result<Decided<()>, FileError> {
        let judge = request.judge();
        let path = path.open(&judge);
        judge.require(LABEL)?;
        if (path.as_ref(), times.access_seconds) != (&b"clock"[..], 9) {
            return Err(FileError::NotFound);
        }
        Ok(judge.decided(())?)
    }

    async fn copy_range(
        &self,
        _request: &Request,
        source: &ReceivedHandle,
        _source_offset: i64,
        offset: i64,
        _length: u64,
    ) -> Result<u64, FileError> {
        if offset < 0 {
            return Err(FileError::InvalidArgument);
        }
        Ok(source.own_badge().unwrap_or(0))
    }
}

/// Serves what the kernel has queued, until nothing is left.
fn serve(kernel: &FakeKernel, server: &PipeServer, limits: Limits) -> Runtime {
    let runtime = Runtime::new(Box::new(kernel.clone()), limits, (100, 2));
    let stopped = run(&runtime, server, |request| dispatch(server, request));
    assert_eq!(stopped, Stopped::Failed(CallError::Gone));
    runtime
}

fn limits() -> Limits {
    Limits {
        tasks: 8,
        tasks_per_account: 4,
        background: 4,
    }
}

fn read(process: u64, room: usize) -> FakeRequest {
    FakeRequest {
        method: file::method::READ,
        words: [room as u64, 0, 0, 0, 0, 0],
        process,
        room,
        ..FakeRequest::default()
    }
}

fn write(bytes: &[u8]) -> FakeRequest {
    FakeRequest {
        method: file::method::WRITE,
        sent: bytes.to_vec(),
        process: 99,
        ..FakeRequest::default()
    }
}

/// An `Output` is what a reply holds; this keeps the name in use where replies are made by `into`.
fn output_of(bytes: &[u8]) -> Output {
    bytes.to_vec().into()
}

#[test]
fn an_answer_holds_the_bytes_that_it_was_given() {
    assert_eq!(output_of(b"abc").bytes(), b"abc");
    assert_eq!(Output::Copied.bytes(), b"");
    assert_eq!(Output::Static(b"xy").bytes(), b"xy");
}

/// A place where a step of a test leaves a token for a later one.
fn shared<T: Default>() -> Rc<RefCell<T>> {
    Rc::default()
}
