//! A pipe behaves the same whether its requests take the straight path where they can, or all go the whole way.

use crate::error::Error;
use crate::open_file::{OpenFile, OpenFlags};
use crate::pipe::{ReadNow, WriteNow};
use crate::testing::{FakeBackend, FakeRequest, Fixture, Tasks, run};
use proptest::prelude::*;
use std::cell::Cell;
use std::rc::Rc;
use trivet_abi::Label;

type File = Rc<OpenFile<FakeBackend>>;

/// One request: what it ended with.
#[derive(Clone, Default)]
struct Call {
    request: FakeRequest,
    outcome: Rc<Cell<Option<Result<u64, Error>>>>,
    /// It reads, and waits parked.
    parked: Rc<Cell<bool>>,
}

/// Result and room of a request.
type Seen = (Option<Result<u64, Error>>, Vec<u8>);

/// A pipe, and whoever uses it.
struct World<'a> {
    fixture: &'a Fixture,
    /// Badge and file of the reading and the writing ends, while they are open.
    ends: [Vec<(u64, File)>; 2],
    tasks: Tasks<'a>,
    calls: Vec<Call>,
    straight: bool,
}

async fn transfer(fixture: &Fixture, file: File, call: Call, writes: bool) {
    let (request, room) = (&call.request, call.request.room.borrow().len() as u64);
    let result = if writes {
        fixture.vfs.write(&file, request, request.sent.len() as u64).await
    } else {
        fixture.vfs.read(&file, request, room).await
    };
    call.outcome.set(Some(result));
}

impl<'a> World<'a> {
    fn new(fixture: &'a Fixture, straight: bool) -> World<'a> {
        let made = run(fixture.vfs.pipe(&fixture.credentials, Label(9), OpenFlags(0)));
        let (reading, writing) = made.unwrap();
        let end = |badge| vec![(badge, fixture.vfs.open_files.get(badge).unwrap())];
        World {
            fixture,
            ends: [end(reading.badge), end(writing.badge)],
            tasks: Tasks::default(),
            calls: Vec::new(),
            straight,
        }
    }

    fn start(&mut self, request: FakeRequest, writes: bool, waits: bool) {
        let Some((_, file)) = self.ends[usize::from(writes)].first().cloned() else {
            return;
        };
        let wanted = OpenFlags(file.flags.get().0 & 3 | if waits { 0 } else { OpenFlags::NON_BLOCK });
        if file.flags.get() != wanted {
            self.fixture.vfs.resume_reader(&file);
            self.resume();
            file.flags.set(wanted);
        }
        let call = Call {
            request,
            ..Call::default()
        };
        self.calls.push(call.clone());
        if !self.straight || !self.at_once(&file, &call, writes) {
            self.resume();
            self.tasks.start(transfer(self.fixture, file, call, writes));
        }
    }

    /// As the executor: what the straight path leaves alone is served by a task.
    fn at_once(&mut self, file: &File, call: &Call, writes: bool) -> bool {
        let request = &call.request;
        if writes {
            let length = request.sent.len() as u64;
            match self.fixture.vfs.write_pipe_at_once(file, request, length) {
                None => return false,
                Some(Ok(WriteNow::Done(count))) => call.outcome.set(Some(Ok(count))),
                Some(Ok(WriteNow::Given(count, reader))) => {
                    call.outcome.set(Some(Ok(count)));
                    assert!(reader.answered.get());
                    let is_reader = |other: &&Call| Rc::ptr_eq(&other.request.room, &reader.request.room);
                    let parked = self.calls.iter().find(is_reader).unwrap();
                    assert!(parked.parked.take());
                    parked.outcome.set(Some(Ok(count)));
                }
                Some(Err(error)) => call.outcome.set(Some(Err(error))),
            }
        } else {
            let room = request.room.borrow().len() as u64;
            match self.fixture.vfs.read_pipe_at_once(file, request, room) {
                None => return false,
                Some(Ok(ReadNow::Done(count))) => call.outcome.set(Some(Ok(count))),
                Some(Ok(ReadNow::Parked)) => call.parked.set(true),
                Some(Err(error)) => call.outcome.set(Some(Err(error))),
            }
        }
        true
    }

    /// Serves the requests that were parked and are not any more.
    fn resume(&mut self) {
        for call in &self.calls {
            if call.request.resumed.get() && call.parked.take() {
                // Its descriptor may be closed meanwhile; the request holds the file.
                let file = self.ends[0].first().map(|end| end.1.clone());
                let file = file.unwrap_or_else(|| panic!("a reader waits at an end that is closed"));
                self.tasks
                    .start(transfer(self.fixture, file, call.clone(), false));
            }
        }
    }

    fn cancel(&mut self, writes: bool) {
        let waits = |call: &&Call| {
            call.outcome.get().is_none()
                && call.request.sent.is_empty() != writes
                && call.request.cancelled.get().is_none()
        };
        if let Some(call) = self.calls.iter().find(waits) {
            call.request.cancelled.set(Some(Error::Interrupted));
            if call.parked.get() {
                call.request.resumed.set(true);
            }
        }
    }

    fn settle(&mut self) {
        self.resume();
        self.tasks.settle();
    }

    fn see(&self) -> Vec<Seen> {
        let see = |call: &Call| (call.outcome.get(), call.request.room.borrow().clone());
        self.calls.iter().map(see).collect()
    }
}

/// What happens to a pipe.
#[derive(Clone, Debug)]
enum Step {
    Write(u16, bool),
    Read(u16, bool),
    CancelWriter,
    CancelReader,
    CloseWriter,
    CloseReader,
    TakeBack,
}

fn step() -> impl Strategy<Value = Step> {
    let length = || prop_oneof![6 => 1u16..70, 1 => 60u16..2000, 1 => 1u16..60_000, 1 => Just(0)];
    prop_oneof![
        8 => (length(), prop::bool::weighted(0.8)).prop_map(|(length, waits)| Step::Write(length, waits)),
        8 => (length(), prop::bool::weighted(0.8)).prop_map(|(length, waits)| Step::Read(length, waits)),
        1 => Just(Step::CancelWriter),
        2 => Just(Step::CancelReader),
        1 => Just(Step::TakeBack),
        1 => prop_oneof![4 => Just(Step::TakeBack), 1 => Just(Step::CloseWriter), 1 => Just(Step::CloseReader)],
    ]
}

fn play(world: &mut World<'_>, number: usize, step: &Step) {
    match *step {
        Step::Write(length, waits) => {
            let bytes: Vec<u8> = (0..length)
                .map(|at| (number * 31 + usize::from(at)) as u8)
                .collect();
            world.start(FakeRequest::sending(&bytes), true, waits);
        }
        Step::Read(length, waits) => world.start(FakeRequest::with_room(length.into()), false, waits),
        Step::CancelWriter => world.cancel(true),
        Step::CancelReader => world.cancel(false),
        Step::CloseWriter | Step::CloseReader => {
            let writes = matches!(step, Step::CloseWriter);
            // The kernel tells a session's end when no call of it is pending.
            let pending = world
                .calls
                .iter()
                .any(|call| call.outcome.get().is_none() && call.request.sent.is_empty() != writes);
            if !pending && let Some((badge, _)) = world.ends[usize::from(writes)].pop() {
                world.fixture.vfs.close(badge);
            }
        }
        Step::TakeBack => {
            if let Some((_, file)) = world.ends[0].first() {
                world.fixture.vfs.take_back(file, &[number as u8; 3]);
            }
        }
    }
    world.settle();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn the_straight_path_of_a_pipe_agrees_with_the_whole_one(steps in proptest::collection::vec(step(), 1..40)) {
        let (one, other) = (Fixture::new(), Fixture::new());
        let (mut whole, mut straight) = (World::new(&one, false), World::new(&other, true));
        for (number, step) in steps.iter().enumerate() {
            play(&mut whole, number, step);
            play(&mut straight, number, step);
            prop_assert_eq!(whole.see(), straight.see(), "after step {}: {:?}", number, step);
            prop_assert_eq!(&*one.vfs.backend.readiness.borrow(), &*other.vfs.backend.readiness.borrow());
        }
    }
}

#[test]
fn a_reader_of_an_empty_pipe_is_parked_and_answered_by_the_writer() {
    let fixture = Fixture::new();
    let mut world = World::new(&fixture, true);
    world.start(FakeRequest::with_room(10), false, true);
    assert!(world.calls[0].parked.get());
    world.start(FakeRequest::sending(b"hello"), true, true);
    let outcomes: Vec<_> = world.calls.iter().map(|call| call.outcome.get()).collect();
    assert_eq!(outcomes, [Some(Ok(5)), Some(Ok(5))]);
    assert_eq!(world.calls[0].request.received(5), b"hello");
    // And bytes that are there are read at once.
    world.start(FakeRequest::sending(b"again"), true, true);
    world.start(FakeRequest::with_room(10), false, true);
    assert_eq!(world.calls[3].outcome.get(), Some(Ok(5)));
    assert_eq!(world.calls[3].request.received(5), b"again");
}
