//! Terminals with programs, masters and sessions, on the fake backend.

mod job_control;
mod pseudo;

use crate::attributes::Kind;
use crate::error::Error;
use crate::file_system::FileSystem;
use crate::open_file::{OpenFile, OpenFlags};
use crate::stream::Stream;
use crate::terminal::device::Terminal;
use crate::terminal::sessions::Job;
use crate::terminal::terminals::{DEVICE_MASTER, PSEUDO_MAX};
use crate::testing::{FakeBackend, FakeRequest, Fixture, run};
use std::cell::Cell;
use std::rc::Rc;
use trivet_abi::Label;

type File = Rc<OpenFile<FakeBackend>>;

/// What a request ended with.
type Outcome = Rc<Cell<Option<Result<u64, Error>>>>;

/// A server with a directory for pseudo terminals.
struct Machine {
    fixture: Fixture,
}

/// An open file with its badge.
struct Open {
    badge: u64,
    file: File,
}

const LEADER: Job = Job {
    process: 10,
    group: 10,
    session: 10,
};
const OTHER_GROUP: Job = Job {
    process: 11,
    group: 11,
    session: 10,
};
const STRANGER: Job = Job {
    process: 20,
    group: 20,
    session: 20,
};
const NO_CONTROL: u64 = OpenFlags::READ_WRITE | OpenFlags::NO_CONTROLLING_TERMINAL;

impl Machine {
    fn new() -> Machine {
        let fixture = Fixture::new();
        fixture
            .vfs
            .terminals
            .set_directory(fixture.root.place.clone(), Label(7));
        *fixture.vfs.backend.groups.borrow_mut() = vec![(10, 10), (11, 10), (20, 20)];
        Machine { fixture }
    }

    /// Opens the device with this number as this process.
    fn open_device(&self, job: Job, device: u64, flags: u64) -> Result<Open, Error> {
        let request = FakeRequest {
            job,
            user: 1000,
            ..FakeRequest::default()
        };
        let vfs = &self.fixture.vfs;
        let flags = OpenFlags(flags);
        let stream = vfs
            .terminals
            .open(&request, device, flags)?
            .expect("a terminal's number");
        let open = OpenFile {
            stream: Some(stream),
            ..OpenFile::new(vfs.mounts.root(), vfs.mounts.root(), flags)
        };
        let opened = vfs.add(open)?;
        let mut readiness = vfs.backend.readiness.borrow_mut();
        readiness.insert(opened.badge, opened.readiness);
        Ok(Open {
            badge: opened.badge,
            file: vfs.open_files.get(opened.badge).expect("just opened"),
        })
    }

    /// A pseudo terminal: the unlocked master, and its number.
    fn master(&self) -> (Open, u64) {
        let master = self
            .open_device(STRANGER, DEVICE_MASTER, NO_CONTROL)
            .expect("a master");
        let terminal = terminal(&master);
        terminal.is_locked.set(false);
        let number = match terminal.other_side() {
            crate::terminal::device::OtherSide::Master(number) => u64::from(number),
            crate::terminal::device::OtherSide::Console => panic!("the console"),
        };
        (master, number)
    }

    fn slave(&self, job: Job, number: u64, flags: u64) -> Result<Open, Error> {
        self.open_device(job, crate::devices::number(136, number), flags)
    }

    /// Both ends; the slave as `job`'s controlling terminal where it leads a session.
    fn pair(&self, job: Job) -> (Open, Open) {
        let (master, number) = self.master();
        let slave = self.slave(job, number, OpenFlags::READ_WRITE).expect("a slave");
        (master, slave)
    }

    fn read(&self, job: Job, open: &Open, count: usize) -> Result<Vec<u8>, Error> {
        let request = FakeRequest {
            job,
            ..FakeRequest::with_room(count)
        };
        let done = run(self.fixture.vfs.read(&open.file, &request, count as u64))?;
        Ok(request.received(done))
    }

    fn write(&self, job: Job, open: &Open, bytes: &[u8]) -> Result<u64, Error> {
        let request = FakeRequest {
            job,
            ..FakeRequest::sending(bytes)
        };
        run(self.fixture.vfs.write(&open.file, &request, bytes.len() as u64))
    }

    fn close(&self, open: &Open) {
        self.fixture.vfs.open_files.remove(open.badge);
    }

    fn bits(&self, open: &Open) -> u32 {
        self.fixture.vfs.backend.readiness.borrow()[&open.badge]
    }

    /// The news that wait: group and signal.
    fn news(&self) -> Vec<(u64, u64, u32)> {
        let request = FakeRequest::default();
        let mut all = Vec::new();
        request.cancelled.set(Some(Error::Interrupted));
        while let Ok(news) = run(self.fixture.vfs.terminals.news(&request)) {
            all.push((news.session, news.group, news.signal));
        }
        all
    }

    async fn reads(&self, job: Job, file: File, request: FakeRequest, outcome: Outcome) {
        let request = FakeRequest { job, ..request };
        let room = request.room.borrow().len() as u64;
        outcome.set(Some(self.fixture.vfs.read(&file, &request, room).await));
    }

    async fn writes(&self, job: Job, file: File, request: FakeRequest, outcome: Outcome) {
        let request = FakeRequest { job, ..request };
        let length = request.sent.len() as u64;
        outcome.set(Some(self.fixture.vfs.write(&file, &request, length).await));
    }
}

fn terminal(open: &Open) -> Rc<Terminal<FakeBackend>> {
    match &open.file.stream {
        Some(Stream::Terminal(file)) => Rc::clone(&file.terminal),
        Some(Stream::Master(master)) => Rc::clone(master.terminal()),
        _ => panic!("no terminal"),
    }
}

fn by(job: Job) -> FakeRequest {
    FakeRequest {
        job,
        user: 1000,
        ..FakeRequest::default()
    }
}

fn names(machine: &Machine) -> Vec<Vec<u8>> {
    let place = &machine.fixture.root.place;
    let entries = run(place.file_system().entries(&place.node, 0, 100)).expect("entries");
    entries
        .into_iter()
        .map(|entry| entry.name)
        .filter(|name| !name.starts_with(b"."))
        .collect()
}
