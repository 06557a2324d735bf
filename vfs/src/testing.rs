//! Fakes for the tests of this crate: contents in vectors, a policy in a table, futures that are always ready.

use crate::attributes::{Attributes, Kind, NewInode, Timestamp};
use crate::backend::Backend;
use crate::credentials::Credentials;
use crate::error::Error;
use crate::file_system::AnyFileSystem;
use crate::judge::{FileMethod, Judge};
use crate::open_file::OpenFile;
use crate::server::Vfs;
use crate::terminal::sessions::Job;
use crate::tmpfs::{Tmpfs, TmpfsOptions};
use crate::walk::Caller;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use trivet_abi::Label;

/// Attributes for tests of permissions.
pub fn attributes(kind: Kind, mode: u32, user: u32, group: u32) -> Attributes {
    Attributes {
        inode: 9,
        kind,
        mode,
        links: 1,
        user,
        group,
        size: 0,
        blocks: 0,
        special_device: 0,
        access: Timestamp::default(),
        modify: Timestamp::default(),
        change: Timestamp::default(),
        label: Label(1),
    }
}

/// Runs a future that never waits.
pub fn run<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a file system in memory waited"),
    }
}

/// A request: bytes IN, and room OUT. A clone is the same request, as a token is.
#[derive(Clone, Debug, Default)]
pub struct FakeRequest {
    pub sent: Rc<Vec<u8>>,
    pub room: Rc<RefCell<Vec<u8>>>,
    /// Why it waits no more.
    pub cancelled: Rc<Cell<Option<Error>>>,
    /// Its memory cannot be used.
    pub broken: Rc<Cell<bool>>,
    /// Who makes it.
    pub job: Job,
    /// And as which user.
    pub user: u32,
    /// It was parked, and is to be served from its beginning.
    pub resumed: Rc<Cell<bool>>,
}

/// A request that was parked.
#[derive(Debug)]
pub struct FakeParked {
    pub request: FakeRequest,
    pub answered: Cell<bool>,
}

impl Drop for FakeParked {
    fn drop(&mut self) {
        if !self.answered.get() {
            self.request.resumed.set(true);
        }
    }
}

impl FakeRequest {
    pub fn sending(bytes: &[u8]) -> FakeRequest {
        FakeRequest {
            sent: Rc::new(bytes.to_vec()),
            ..FakeRequest::default()
        }
    }

    pub fn with_room(length: usize) -> FakeRequest {
        FakeRequest {
            room: Rc::new(RefCell::new(vec![0xaa; length])),
            ..FakeRequest::default()
        }
    }

    /// The first `count` bytes of its room.
    pub fn received(&self, count: u64) -> Vec<u8> {
        self.room.borrow()[..count as usize].to_vec()
    }
}

/// Futures that wait for one another, polled in turn.
#[derive(Default)]
pub struct Tasks<'a> {
    tasks: Vec<Option<std::pin::Pin<Box<dyn Future<Output = ()> + 'a>>>>,
}

impl<'a> Tasks<'a> {
    /// Adds one, and polls it once; its number.
    pub fn start(&mut self, task: impl Future<Output = ()> + 'a) -> usize {
        self.tasks.push(Some(Box::pin(task)));
        let index = self.tasks.len() - 1;
        self.poll(index);
        index
    }

    fn poll(&mut self, index: usize) {
        if let Some(task) = &mut self.tasks[index]
            && task
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_ready()
        {
            self.tasks[index] = None;
        }
    }

    /// Polls all until none comes further: a round for each that may wait for another.
    pub fn settle(&mut self) {
        for _ in 0..=self.tasks.len() {
            for index in 0..self.tasks.len() {
                self.poll(index);
            }
        }
    }
}

/// Contents in vectors, and a clock that moves on by a second at each look.
#[derive(Default)]
pub struct FakeBackend {
    time: Cell<u64>,
    /// Readiness by badge, as the changes left it.
    pub readiness: RefCell<std::collections::BTreeMap<u64, u32>>,
    /// Monotonic time, which tests set.
    pub monotonic: Cell<u64>,
    /// Process groups with their sessions.
    pub groups: RefCell<Vec<(u64, u64)>>,
    /// Bytes that a file may have.
    pub file_size_limit: Cell<Option<u64>>,
    /// Whether contents that were lent run as a program.
    pub executed: Cell<bool>,
}

impl Backend for FakeBackend {
    type Contents = RefCell<Vec<u8>>;
    type Request = FakeRequest;
    type Token = FakeRequest;
    type Parked = FakeParked;
    type Folder = crate::share::tests::HostFolder;

    fn now_ns(&self) -> u64 {
        self.time.set(self.time.get() + 1_000_000_000);
        self.time.get()
    }

    fn create(&self, size: u64, _: Label) -> Result<RefCell<Vec<u8>>, Error> {
        Ok(RefCell::new(vec![0; size as usize]))
    }

    fn create_for_mapping(&self, size: u64, label: Label) -> Result<RefCell<Vec<u8>>, Error> {
        self.create(size, label)
    }

    fn resize(&self, contents: &RefCell<Vec<u8>>, size: u64) -> Result<(), Error> {
        contents.borrow_mut().resize(size as usize, 0);
        Ok(())
    }

    fn punch(&self, contents: &RefCell<Vec<u8>>, offset: u64, length: u64) -> Result<(), Error> {
        let mut contents = contents.borrow_mut();
        let end = ((offset + length) as usize).min(contents.len());
        contents[offset as usize..end].fill(0);
        Ok(())
    }

    fn copy_out(
        &self,
        request: &FakeRequest,
        request_offset: u64,
        contents: &RefCell<Vec<u8>>,
        offset: u64,
        length: u64,
    ) -> Result<u64, Error> {
        let contents = contents.borrow();
        self.give(
            request,
            request_offset,
            &contents[offset as usize..(offset + length) as usize],
        )
    }

    fn copy_in(
        &self,
        request: &FakeRequest,
        request_offset: u64,
        contents: &RefCell<Vec<u8>>,
        offset: u64,
        length: u64,
    ) -> Result<u64, Error> {
        if request.broken.get() {
            return Err(Error::BadAddress);
        }
        let from = request_offset as usize;
        let length = (length as usize).min(request.sent.len() - from);
        contents.borrow_mut()[offset as usize..offset as usize + length]
            .copy_from_slice(&request.sent[from..from + length]);
        Ok(length as u64)
    }

    fn give(&self, request: &FakeRequest, request_offset: u64, bytes: &[u8]) -> Result<u64, Error> {
        if request.broken.get() {
            return Err(Error::BadAddress);
        }
        let mut room = request.room.borrow_mut();
        let from = request_offset as usize;
        let length = bytes.len().min(room.len() - from);
        room[from..from + length].copy_from_slice(&bytes[..length]);
        Ok(length as u64)
    }

    fn label_for_new(&self, _: &FakeRequest, parent: Label, _: &[u8]) -> Label {
        parent
    }

    fn load(&self, contents: &RefCell<Vec<u8>>, offset: u64, into: &mut [u8]) -> Result<(), Error> {
        let contents = contents.borrow();
        into.copy_from_slice(&contents[offset as usize..offset as usize + into.len()]);
        Ok(())
    }

    fn store(&self, contents: &RefCell<Vec<u8>>, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        contents.borrow_mut()[offset as usize..offset as usize + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn is_executed(&self, _contents: &RefCell<Vec<u8>>) -> bool {
        self.executed.get()
    }

    fn report_promptly(&self, _badge: u64) -> Result<(), Error> {
        Ok(())
    }

    fn create_for(&self, _: &FakeRequest, size: u64, label: Label) -> Result<RefCell<Vec<u8>>, Error> {
        self.create(size, label)
    }

    fn copy_contents(
        &self,
        source: (&RefCell<Vec<u8>>, u64),
        target: (&RefCell<Vec<u8>>, u64),
        length: u64,
    ) -> Result<(), Error> {
        let (from, to, length) = (source.1 as usize, target.1 as usize, length as usize);
        let bytes = source.0.borrow()[from..from + length].to_vec();
        target.0.borrow_mut()[to..to + length].copy_from_slice(&bytes);
        Ok(())
    }

    fn at_hand<'a>(&self, request: &'a FakeRequest, offset: u64, length: usize) -> Option<&'a [u8]> {
        // As if only short messages came whole.
        (request.sent.len() <= 64 && !request.broken.get())
            .then(|| request.sent.get(offset as usize..offset as usize + length))?
    }

    fn take(&self, request: &FakeRequest, offset: u64, into: &mut [u8]) -> Result<usize, Error> {
        if request.broken.get() {
            return Err(Error::BadAddress);
        }
        into.copy_from_slice(&request.sent[offset as usize..offset as usize + into.len()]);
        Ok(into.len())
    }

    fn token(&self, request: &FakeRequest) -> FakeRequest {
        request.clone()
    }

    fn park(&self, request: &FakeRequest) -> FakeParked {
        FakeParked {
            request: request.clone(),
            answered: Cell::new(false),
        }
    }

    fn parked_room(&self, parked: &FakeParked) -> Option<u64> {
        let waits = parked.request.cancelled.get().is_none();
        waits.then(|| parked.request.room.borrow().len() as u64)
    }

    fn give_parked(&self, parked: &FakeParked, bytes: &[u8]) {
        parked.request.room.borrow_mut()[..bytes.len()].copy_from_slice(bytes);
        parked.answered.set(true);
    }

    fn copy_between(
        &self,
        _: &FakeRequest,
        source: (FakeRequest, u64),
        target: (FakeRequest, u64),
        length: u64,
    ) -> Result<u64, Error> {
        let mut bytes = vec![0; length as usize];
        self.take(&source.0, source.1, &mut bytes)?;
        self.give(&target.0, target.1, &bytes)
    }

    fn cancelled(&self, request: &FakeRequest) -> Option<Error> {
        request.cancelled.get()
    }

    fn set_readiness(&self, badge: u64, set: u32, clear: u32, _: u32) {
        let mut readiness = self.readiness.borrow_mut();
        let bits = readiness.entry(badge).or_default();
        *bits = *bits & !clear | set;
    }

    fn monotonic_ns(&self) -> u64 {
        self.monotonic.get()
    }

    async fn sleep_until<'a>(&'a self, _: &'a FakeRequest, deadline_ns: u64) {
        std::future::poll_fn(|_| match self.monotonic.get() < deadline_ns {
            true => Poll::Pending,
            false => Poll::Ready(()),
        })
        .await;
    }

    fn job(&self, request: &FakeRequest) -> Job {
        request.job
    }

    fn user(&self, request: &FakeRequest) -> u32 {
        request.user
    }

    fn account(&self, _: &FakeRequest) -> u64 {
        0
    }

    fn file_size_limit(&self, _: &FakeRequest) -> u64 {
        self.file_size_limit.get().unwrap_or(u64::MAX)
    }

    fn is_group_of(&self, group: u64, session: u64) -> bool {
        self.groups.borrow().contains(&(group, session))
    }

    fn watch_process(&self, _: u64) -> Result<(), Error> {
        Ok(())
    }

    fn random(&self, bytes: &mut [u8]) -> Result<(), Error> {
        bytes.fill(self.now_ns() as u8 | 1);
        Ok(())
    }

    fn boot_view(&self, _: u64, length: u64, _: Label) -> Result<RefCell<Vec<u8>>, Error> {
        Ok(RefCell::new(vec![0; length as usize]))
    }
}

/// A policy that refuses what is listed, and gives names that begin with a dot the label 2, all others their parent's.
#[derive(Default)]
pub struct FakeJudge {
    pub refused: Vec<(u32, FileMethod)>,
}

impl Judge for FakeJudge {
    fn allows(&self, label: Label, method: FileMethod) -> bool {
        !self.refused.contains(&(label.0, method))
    }

    fn label_for_new(&self, parent: Label, name: &[u8]) -> Label {
        if name.first() == Some(&b'.') {
            Label(2)
        } else {
            parent
        }
    }
}

/// A server over one empty tmpfs, with a caller.
pub struct Fixture {
    pub vfs: Vfs<FakeBackend>,
    pub judge: FakeJudge,
    pub credentials: Credentials,
    pub root: Rc<OpenFile<FakeBackend>>,
}

impl Fixture {
    pub fn with_limits(size_limit: u64, inode_limit: u64) -> Fixture {
        let backend = Rc::new(FakeBackend::default());
        let top = NewInode {
            kind: Kind::Directory,
            mode: 0o1777,
            user: 0,
            group: 0,
            special_device: 0,
            label: Label(1),
            now: Timestamp::default(),
        };
        let tmpfs = Tmpfs::new(
            Rc::clone(&backend),
            &TmpfsOptions {
                size_limit,
                inode_limit,
                server_bytes_limit: 1 << 30,
                top,
            },
        )
        .unwrap();
        let vfs = Vfs::new(backend, AnyFileSystem::Tmpfs(tmpfs));
        let badge = vfs.open_root().unwrap();
        let root = vfs.open_files.get(badge).unwrap();
        Fixture {
            vfs,
            judge: FakeJudge::default(),
            credentials: Credentials::new(1000, 1000, &[]),
            root,
        }
    }

    pub fn new() -> Fixture {
        Fixture::with_limits(1 << 20, 1000)
    }

    pub fn caller(&self) -> Caller<'_, FakeJudge> {
        Caller {
            credentials: &self.credentials,
            judge: &self.judge,
        }
    }
}
