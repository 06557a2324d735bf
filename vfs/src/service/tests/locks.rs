//! Record locks, locks of open files, flock: who stands in whose way, waiting, deadlocks, release.

use crate::error::Error;
use crate::locks::Owner;
use crate::open_file::{OpenFile, OpenFlags};
use crate::service::bytes::Whence;
use crate::service::locks::{LockKind, Ownership, Section};
use crate::testing::{FakeBackend, FakeRequest, Fixture, Tasks, run};
use std::cell::Cell;
use std::rc::Rc;

type File = Rc<OpenFile<FakeBackend>>;
type Outcome = Rc<Cell<Option<Result<(), Error>>>>;

use LockKind::{Exclusive, Shared, Unlock};
use Ownership::{OpenFile as OfFile, Process, Whole};

fn section(start: i64, length: i64) -> Section {
    Section {
        whence: Whence::Start,
        start,
        length,
    }
}

fn lock(
    fixture: &Fixture,
    file: &File,
    owner: Ownership,
    kind: LockKind,
    at: (i64, i64),
) -> Result<(), Error> {
    let request = FakeRequest::default();
    run(fixture
        .vfs
        .lock(&request, file, owner, kind, section(at.0, at.1), false))
}

async fn waits(
    fixture: &Fixture,
    file: File,
    request: FakeRequest,
    owner: Ownership,
    kind: LockKind,
    at: (i64, i64),
    outcome: Outcome,
) {
    let result = fixture
        .vfs
        .lock(&request, &file, owner, kind, section(at.0, at.1), true)
        .await;
    outcome.set(Some(result));
}

#[test]
fn readers_share_and_a_writer_is_alone() {
    let fixture = Fixture::new();
    let file = fixture.create("/f");
    lock(&fixture, &file, Process(1), Shared, (0, 10)).unwrap();
    lock(&fixture, &file, Process(2), Shared, (5, 10)).unwrap();
    assert_eq!(
        lock(&fixture, &file, Process(3), Exclusive, (14, 1)),
        Err(Error::Again)
    );
    lock(&fixture, &file, Process(3), Exclusive, (15, 0)).unwrap();
    let found = fixture
        .vfs
        .test_lock(&file, Process(1), Exclusive, section(0, 0))
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.owner, found.range.first, found.range.last),
        (Owner::Process(2), 5, 14)
    );
    // One's own locks never stand in the way; the end of the file is no end.
    assert_eq!(
        fixture
            .vfs
            .test_lock(&file, Process(3), Exclusive, section(1 << 40, 5)),
        Ok(None)
    );
    lock(&fixture, &file, Process(2), Unlock, (0, 0)).unwrap();
    lock(&fixture, &file, Process(3), Exclusive, (14, 1)).unwrap();
}

#[test]
fn a_lock_needs_a_descriptor_open_for_it() {
    let fixture = Fixture::new();
    fixture.create("/f");
    let reader = fixture.open("/f", 0, 0).unwrap();
    let writer = fixture.open("/f", OpenFlags::WRITE_ONLY, 0).unwrap();
    assert_eq!(
        lock(&fixture, &reader, Process(1), Exclusive, (0, 0)),
        Err(Error::BadDescriptor)
    );
    assert_eq!(
        lock(&fixture, &writer, Process(1), Shared, (0, 0)),
        Err(Error::BadDescriptor)
    );
    lock(&fixture, &reader, Whole(1), Exclusive, (0, 0)).unwrap();
}

#[test]
fn sections_that_are_none_are_refused() {
    let fixture = Fixture::new();
    let file = fixture.create("/f");
    for (at, error) in [
        ((-1, 1), Error::InvalidArgument),
        ((5, -6), Error::InvalidArgument),
        ((i64::MIN, i64::MIN), Error::InvalidArgument),
        ((i64::MAX, 2), Error::Overflow),
        ((1, i64::MAX), Error::Overflow),
    ] {
        let wanted = lock(&fixture, &file, Process(1), Exclusive, at);
        if at == (1, i64::MAX) {
            assert_eq!(wanted, Ok(()));
        } else {
            assert_eq!(wanted, Err(error), "{at:?}");
        }
    }
    lock(&fixture, &file, Process(1), Exclusive, (5, -5)).unwrap();
    assert_eq!(
        lock(&fixture, &file, Process(2), Shared, (0, 1)),
        Err(Error::Again)
    );
}

#[test]
fn who_waits_gets_the_lock_when_it_is_free() {
    let fixture = Fixture::new();
    let file = fixture.create("/f");
    lock(&fixture, &file, Process(1), Exclusive, (0, 0)).unwrap();
    let mut tasks = Tasks::default();
    let outcome = Outcome::default();
    let request = FakeRequest::default();
    tasks.start(waits(
        &fixture,
        file.clone(),
        request,
        Process(2),
        Exclusive,
        (3, 1),
        outcome.clone(),
    ));
    assert_eq!(outcome.get(), None);
    // A part that does not matter.
    lock(&fixture, &file, Process(1), Unlock, (0, 3)).unwrap();
    tasks.settle();
    assert_eq!(outcome.get(), None);
    // An exclusive lock that becomes a shared one is still in the way of an exclusive one.
    lock(&fixture, &file, Process(1), Shared, (0, 0)).unwrap();
    tasks.settle();
    assert_eq!(outcome.get(), None);
    fixture.vfs.close_locks(&file, 1);
    tasks.settle();
    assert_eq!(outcome.get(), Some(Ok(())));
    assert_eq!(
        lock(&fixture, &file, Process(1), Shared, (3, 1)),
        Err(Error::Again)
    );
}

#[test]
fn a_signal_ends_the_wait() {
    let fixture = Fixture::new();
    let file = fixture.create("/f");
    lock(&fixture, &file, Process(1), Exclusive, (0, 0)).unwrap();
    let mut tasks = Tasks::default();
    let (outcome, request) = (Outcome::default(), FakeRequest::default());
    tasks.start(waits(
        &fixture,
        file.clone(),
        request.clone(),
        Process(2),
        Shared,
        (0, 0),
        outcome.clone(),
    ));
    request.cancelled.set(Some(Error::Interrupted));
    tasks.settle();
    assert_eq!(outcome.get(), Some(Err(Error::Interrupted)));
    fixture.vfs.close_locks(&file, 1);
    assert!(fixture.vfs.locks.is_empty(), "nothing is kept for nobody");
}

#[test]
fn processes_that_would_wait_for_one_another_get_edeadlk() {
    let fixture = Fixture::new();
    let (first, second) = (fixture.create("/a"), fixture.create("/b"));
    let third = fixture.create("/c");
    lock(&fixture, &first, Process(1), Exclusive, (0, 0)).unwrap();
    lock(&fixture, &second, Process(2), Exclusive, (0, 0)).unwrap();
    lock(&fixture, &third, Process(3), Exclusive, (0, 0)).unwrap();
    let mut tasks = Tasks::default();
    let outcomes = [Outcome::default(), Outcome::default(), Outcome::default()];
    let wait = |process, file: &File, outcome: &Outcome| {
        waits(
            &fixture,
            file.clone(),
            FakeRequest::default(),
            Process(process),
            Exclusive,
            (0, 0),
            outcome.clone(),
        )
    };
    tasks.start(wait(1, &second, &outcomes[0]));
    tasks.start(wait(2, &third, &outcomes[1]));
    tasks.start(wait(3, &first, &outcomes[2]));
    assert_eq!(outcomes[0].get(), None);
    assert_eq!(outcomes[1].get(), None);
    assert_eq!(outcomes[2].get(), Some(Err(Error::Deadlock)));
    // It goes on when the third ends.
    fixture.vfs.locks.release_process(3);
    tasks.settle();
    assert_eq!(outcomes[1].get(), Some(Ok(())));
}

#[test]
fn locks_of_open_files_go_with_them_and_see_record_locks() {
    let fixture = Fixture::new();
    fixture.create("/f");
    let badge = |flags| {
        let file = fixture.open("/f", flags, 0).unwrap();
        // The files are numbered as they are opened: the root, the created one, then these.
        (file, (fixture.vfs.open_files.count() as u64 - 1) | (1 << 32))
    };
    let (first, first_badge) = badge(OpenFlags::READ_WRITE);
    let (second, second_badge) = badge(OpenFlags::READ_WRITE);
    lock(&fixture, &first, OfFile(first_badge), Exclusive, (0, 4)).unwrap();
    assert_eq!(
        lock(&fixture, &second, OfFile(second_badge), Shared, (0, 1)),
        Err(Error::Again)
    );
    assert_eq!(
        lock(&fixture, &second, Process(7), Shared, (0, 1)),
        Err(Error::Again)
    );
    // flock's are apart from both, and change their kind.
    lock(&fixture, &second, Whole(second_badge), Exclusive, (0, 0)).unwrap();
    assert_eq!(
        lock(&fixture, &first, Whole(first_badge), Shared, (0, 0)),
        Err(Error::Again)
    );
    lock(&fixture, &second, Whole(second_badge), Shared, (0, 0)).unwrap();
    lock(&fixture, &first, Whole(first_badge), Shared, (0, 0)).unwrap();
    fixture.vfs.close(first_badge);
    lock(&fixture, &second, Process(7), Exclusive, (0, 1)).unwrap();
    lock(&fixture, &second, Whole(second_badge), Exclusive, (0, 0)).unwrap();
    fixture.vfs.close(second_badge);
    fixture.vfs.locks.release_process(7);
    assert!(fixture.vfs.locks.is_empty());
}

#[test]
fn a_hog_of_locks_gets_enolck() {
    let fixture = Fixture::new();
    let file = fixture.create("/f");
    let mut taken = 0;
    while lock(&fixture, &file, Process(1), Exclusive, (taken * 2, 1)).is_ok() {
        taken += 1;
        assert!(taken < 10_000);
    }
    assert_eq!(
        lock(&fixture, &file, Process(1), Exclusive, (taken * 2, 1)),
        Err(Error::NoLocks)
    );
    fixture.vfs.locks.release_process(1);
    lock(&fixture, &file, Process(2), Exclusive, (0, 0)).unwrap();
}
