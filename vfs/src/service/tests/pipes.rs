//! Pipes and FIFOs: order, atomic writes, ends, waiting, cancel, readiness.

use crate::error::Error;
use crate::open_file::{OpenFile, OpenFlags};
use crate::service::open::Answer;
use crate::stream::Stream;
use crate::testing::{FakeBackend, FakeRequest, Fixture, Tasks, run};
use proptest::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use trivet_abi::Label;
use trivet_abi::event::readiness::{ERR, HUP, IN, OUT};

type File = Rc<OpenFile<FakeBackend>>;

/// A pipe with its badges.
struct Ends {
    reading: (u64, File),
    writing: (u64, File),
}

fn pipe(fixture: &Fixture, flags: u64) -> Ends {
    let made = run(fixture.vfs.pipe(&fixture.credentials, Label(9), OpenFlags(flags)));
    let (reading, writing) = made.unwrap();
    assert_eq!((reading.readiness, writing.readiness), (0, OUT));
    let mut readiness = fixture.vfs.backend.readiness.borrow_mut();
    readiness.insert(reading.badge, reading.readiness);
    readiness.insert(writing.badge, writing.readiness);
    let file = |badge| fixture.vfs.open_files.get(badge).unwrap();
    Ends {
        reading: (reading.badge, file(reading.badge)),
        writing: (writing.badge, file(writing.badge)),
    }
}

fn bits(fixture: &Fixture, badge: u64) -> u32 {
    fixture.vfs.backend.readiness.borrow()[&badge]
}

fn close(fixture: &Fixture, end: &(u64, File)) {
    fixture.vfs.open_files.remove(end.0);
}

fn read(fixture: &Fixture, file: &File, count: usize) -> Result<Vec<u8>, Error> {
    let request = FakeRequest::with_room(count);
    let done = run(fixture.vfs.read(file, &request, count as u64))?;
    Ok(request.received(done))
}

/// What a request ended with.
type Outcome = Rc<Cell<Option<Result<u64, Error>>>>;

async fn reads(fixture: &Fixture, file: File, request: FakeRequest, outcome: Outcome) {
    let room = request.room.borrow().len() as u64;
    let result = fixture.vfs.read(&file, &request, room).await;
    outcome.set(Some(result));
}

async fn writes(fixture: &Fixture, file: File, request: FakeRequest, outcome: Outcome) {
    let result = fixture
        .vfs
        .write(&file, &request, request.sent.len() as u64)
        .await;
    outcome.set(Some(result));
}

#[test]
fn bytes_come_out_in_the_order_in_which_they_went_in() {
    let fixture = Fixture::new();
    let ends = pipe(&fixture, 0);
    fixture.write(&ends.writing.1, b"hello ").unwrap();
    fixture.write(&ends.writing.1, b"world").unwrap();
    assert_eq!(read(&fixture, &ends.reading.1, 4).unwrap(), b"hell");
    assert_eq!(read(&fixture, &ends.reading.1, 100).unwrap(), b"o world");
}

#[test]
fn the_end_of_file_comes_when_the_last_writer_is_gone() {
    let fixture = Fixture::new();
    let ends = pipe(&fixture, 0);
    fixture.write(&ends.writing.1, b"rest").unwrap();
    close(&fixture, &ends.writing);
    assert_eq!(bits(&fixture, ends.reading.0), IN | HUP);
    assert_eq!(read(&fixture, &ends.reading.1, 9).unwrap(), b"rest");
    assert_eq!(read(&fixture, &ends.reading.1, 9).unwrap(), b"");
    assert_eq!(bits(&fixture, ends.reading.0), HUP);
}

#[test]
fn writing_without_a_reader_is_epipe() {
    let fixture = Fixture::new();
    let ends = pipe(&fixture, 0);
    close(&fixture, &ends.reading);
    assert_eq!(fixture.write(&ends.writing.1, b"x"), Err(Error::BrokenPipe));
    assert_eq!(bits(&fixture, ends.writing.0), ERR | OUT);
}

#[test]
fn a_waiting_writer_hears_that_the_last_reader_is_gone() {
    let fixture = Fixture::new();
    let ends = pipe(&fixture, 0);
    fixture.write(&ends.writing.1, &[1; 65536]).unwrap();
    let mut tasks = Tasks::default();
    let outcome = Outcome::default();
    let writer = FakeRequest::sending(b"more");
    tasks.start(writes(&fixture, ends.writing.1.clone(), writer, outcome.clone()));
    assert_eq!(outcome.get(), None);
    close(&fixture, &ends.reading);
    tasks.settle();
    assert_eq!(outcome.get(), Some(Err(Error::BrokenPipe)));
}

#[test]
fn a_full_pipe_refuses_what_shall_not_wait() {
    let fixture = Fixture::new();
    let ends = pipe(&fixture, OpenFlags::NON_BLOCK);
    assert_eq!(read(&fixture, &ends.reading.1, 1), Err(Error::Again));
    assert_eq!(fixture.write(&ends.writing.1, &[1; 70_000]), Ok(65536));
    assert_eq!(fixture.write(&ends.writing.1, b"x"), Err(Error::Again));
    assert_eq!(bits(&fixture, ends.writing.0), 0);
    // Less room than the write needs, and it may not be split.
    assert_eq!(read(&fixture, &ends.reading.1, 4095).unwrap().len(), 4095);
    assert_eq!(fixture.write(&ends.writing.1, &[2; 4096]), Err(Error::Again));
    assert_eq!(bits(&fixture, ends.writing.0), 0);
    assert_eq!(read(&fixture, &ends.reading.1, 1).unwrap().len(), 1);
    assert_eq!(bits(&fixture, ends.writing.0), OUT);
    assert_eq!(fixture.write(&ends.writing.1, &[2; 4096]), Ok(4096));
}

#[test]
fn a_writer_copies_straight_to_a_waiting_reader() {
    let fixture = Fixture::new();
    let ends = pipe(&fixture, 0);
    let mut tasks = Tasks::default();
    let (request, outcome) = (FakeRequest::with_room(10), Outcome::default());
    tasks.start(reads(
        &fixture,
        ends.reading.1.clone(),
        request.clone(),
        outcome.clone(),
    ));
    assert_eq!(fixture.write(&ends.writing.1, b"hello"), Ok(5));
    // It never became readable: nothing was left for anybody else.
    assert_eq!(bits(&fixture, ends.reading.0), 0);
    tasks.settle();
    assert_eq!(outcome.get(), Some(Ok(5)));
    assert_eq!(request.received(5), b"hello");
}

#[test]
fn a_reader_takes_straight_from_a_waiting_writer() {
    let fixture = Fixture::new();
    let ends = pipe(&fixture, 0);
    let mut tasks = Tasks::default();
    let outcome = Outcome::default();
    let bytes: Vec<u8> = (0..200_000u32).map(|number| (number % 251) as u8).collect();
    let writer = FakeRequest::sending(&bytes);
    tasks.start(writes(&fixture, ends.writing.1.clone(), writer, outcome.clone()));
    assert_eq!(outcome.get(), None);
    let mut got = read(&fixture, &ends.reading.1, 150_000).unwrap();
    assert_eq!(got.len(), 150_000);
    tasks.settle();
    assert_eq!(outcome.get(), Some(Ok(200_000)));
    got.extend(read(&fixture, &ends.reading.1, 150_000).unwrap());
    assert_eq!(got, bytes);
}

#[test]
fn a_signal_ends_a_write_with_what_it_has_written() {
    let fixture = Fixture::new();
    let ends = pipe(&fixture, 0);
    let mut tasks = Tasks::default();
    let (request, outcome) = (FakeRequest::sending(&[7; 100_000]), Outcome::default());
    tasks.start(writes(
        &fixture,
        ends.writing.1.clone(),
        request.clone(),
        outcome.clone(),
    ));
    request.cancelled.set(Some(Error::Interrupted));
    tasks.settle();
    assert_eq!(outcome.get(), Some(Ok(65536)));
    let (request, outcome) = (FakeRequest::sending(b"x"), Outcome::default());
    request.cancelled.set(Some(Error::Interrupted));
    tasks.start(writes(&fixture, ends.writing.1.clone(), request, outcome.clone()));
    assert_eq!(outcome.get(), Some(Err(Error::Interrupted)));
}

#[test]
fn bytes_of_a_reader_that_a_signal_ends_are_not_lost() {
    let fixture = Fixture::new();
    let ends = pipe(&fixture, 0);
    let mut tasks = Tasks::default();
    let (request, outcome) = (FakeRequest::with_room(10), Outcome::default());
    tasks.start(reads(
        &fixture,
        ends.reading.1.clone(),
        request.clone(),
        outcome.clone(),
    ));
    fixture.write(&ends.writing.1, b"data").unwrap();
    request.cancelled.set(Some(Error::Interrupted));
    tasks.settle();
    assert_eq!(outcome.get(), Some(Ok(4)));
    // And one that is ended before anything came leaves them to the next.
    let (request, outcome) = (FakeRequest::with_room(10), Outcome::default());
    tasks.start(reads(
        &fixture,
        ends.reading.1.clone(),
        request.clone(),
        outcome.clone(),
    ));
    request.cancelled.set(Some(Error::Interrupted));
    tasks.settle();
    assert_eq!(outcome.get(), Some(Err(Error::Interrupted)));
    fixture.write(&ends.writing.1, b"next").unwrap();
    assert_eq!(read(&fixture, &ends.reading.1, 10).unwrap(), b"next");
}

#[test]
fn a_reader_with_bad_memory_hurts_neither_the_writer_nor_the_next_reader() {
    let fixture = Fixture::new();
    let ends = pipe(&fixture, 0);
    let mut tasks = Tasks::default();
    let (bad, bad_outcome) = (FakeRequest::with_room(10), Outcome::default());
    bad.broken.set(true);
    let (good, good_outcome) = (FakeRequest::with_room(10), Outcome::default());
    tasks.start(reads(&fixture, ends.reading.1.clone(), bad, bad_outcome.clone()));
    tasks.start(reads(
        &fixture,
        ends.reading.1.clone(),
        good.clone(),
        good_outcome.clone(),
    ));
    assert_eq!(fixture.write(&ends.writing.1, b"bytes"), Ok(5));
    tasks.settle();
    assert_eq!(bad_outcome.get(), Some(Err(Error::BadAddress)));
    assert_eq!(good_outcome.get(), Some(Ok(5)));
    assert_eq!(good.received(5), b"bytes");
}

#[test]
fn bytes_that_did_not_reach_their_reader_are_the_next_to_be_read() {
    let fixture = Fixture::new();
    let ends = pipe(&fixture, 0);
    let request = FakeRequest::sending(b"abcdef");
    assert_eq!(run(fixture.vfs.write(&ends.writing.1, &request, 6)), Ok(6));
    let taken = read(&fixture, &ends.reading.1, 4).unwrap();
    assert_eq!(taken, b"abcd");
    read(&fixture, &ends.reading.1, 4).unwrap();
    assert_eq!(bits(&fixture, ends.reading.0) & IN, 0);
    fixture.vfs.take_back(&ends.reading.1, b"ef");
    fixture.vfs.take_back(&ends.reading.1, &taken);
    assert_eq!(bits(&fixture, ends.reading.0) & IN, IN);
    assert_eq!(read(&fixture, &ends.reading.1, 100).unwrap(), b"abcdef");
    // A file is read again from where it was.
    fixture.create("/f");
    let file = fixture.open("/f", OpenFlags::READ_WRITE, 0).unwrap();
    file.offset.set(7);
    fixture.vfs.take_back(&file, b"abc");
    assert_eq!(file.offset.get(), 4);
}

#[test]
fn a_writer_with_bad_memory_does_not_hurt_the_reader() {
    let fixture = Fixture::new();
    let ends = pipe(&fixture, 0);
    let mut tasks = Tasks::default();
    let (request, outcome) = (FakeRequest::with_room(10), Outcome::default());
    tasks.start(reads(
        &fixture,
        ends.reading.1.clone(),
        request.clone(),
        outcome.clone(),
    ));
    let bad = FakeRequest::sending(b"bytes");
    bad.broken.set(true);
    assert_eq!(
        run(fixture.vfs.write(&ends.writing.1, &bad, 5)),
        Err(Error::BadAddress)
    );
    tasks.settle();
    assert_eq!(outcome.get(), None);
    fixture.write(&ends.writing.1, b"good").unwrap();
    tasks.settle();
    assert_eq!(outcome.get(), Some(Ok(4)));
}

#[test]
fn capacity_can_be_changed_and_keeps_what_is_inside() {
    let fixture = Fixture::new();
    let ends = pipe(&fixture, OpenFlags::NON_BLOCK);
    let Some(Stream::Pipe(inner)) = &ends.reading.1.stream else {
        panic!("a pipe");
    };
    let request = FakeRequest::default();
    let bytes: Vec<u8> = (0..60_000u32).map(|number| (number % 253) as u8).collect();
    fixture.write(&ends.writing.1, &bytes).unwrap();
    assert_eq!(inner.set_capacity(&request, 4096), Err(Error::Busy));
    assert_eq!(inner.set_capacity(&request, 65537), Ok(131_072));
    assert_eq!(fixture.write(&ends.writing.1, &[9; 100_000]), Ok(71_072));
    assert_eq!(read(&fixture, &ends.reading.1, 60_000).unwrap(), bytes);
    assert_eq!(read(&fixture, &ends.reading.1, 100_000).unwrap(), vec![9; 71_072]);
    assert_eq!(inner.set_capacity(&request, 1), Ok(4096));
    assert_eq!(fixture.write(&ends.writing.1, &[9; 5000]), Ok(4096));
    assert_eq!(inner.set_capacity(&request, 0), Err(Error::InvalidArgument));
    assert_eq!(
        inner.set_capacity(&request, u64::MAX),
        Err(Error::InvalidArgument)
    );
    assert_eq!(
        inner.set_capacity(&request, (1 << 20) + 1),
        Err(Error::NotPermitted)
    );
}

#[test]
fn seeking_in_a_pipe_is_espipe() {
    let fixture = Fixture::new();
    let ends = pipe(&fixture, 0);
    assert_eq!(fixture.read_at(&ends.reading.1, 0, 1), Err(Error::IllegalSeek));
    assert_eq!(
        run(fixture
            .vfs
            .seek(&ends.reading.1, 0, crate::service::bytes::Whence::Current)),
        Err(Error::IllegalSeek)
    );
    assert_eq!(
        run(fixture
            .vfs
            .allocate(&ends.writing.1, &FakeRequest::default(), 0, 0, 1)),
        Err(Error::IllegalSeek)
    );
}

fn make_fifo(fixture: &Fixture, path: &str) {
    let mode = 0o010_644;
    run(fixture
        .vfs
        .make_node(&fixture.caller(), &fixture.root, path.as_bytes(), mode, 0))
    .unwrap();
}

/// The badge of what was opened.
type Badge = Rc<Cell<Option<Result<u64, Error>>>>;

async fn opens(fixture: &Fixture, request: FakeRequest, flags: u64, badge: Badge) {
    let opened = fixture
        .vfs
        .open(
            &fixture.caller(),
            &request,
            &fixture.root,
            b"/fifo",
            OpenFlags(flags),
            0,
        )
        .await;
    let badge_of = |answer| match answer {
        Answer::Opened(opened) => opened.badge,
        _ => panic!("it leads elsewhere"),
    };
    badge.set(Some(opened.map(badge_of)));
}

#[test]
fn opening_a_fifo_waits_for_the_other_end() {
    let fixture = Fixture::new();
    make_fifo(&fixture, "/fifo");
    let mut tasks = Tasks::default();
    let (reader, writer) = (Badge::default(), Badge::default());
    tasks.start(opens(&fixture, FakeRequest::default(), 0, reader.clone()));
    tasks.settle();
    assert_eq!(reader.get(), None);
    tasks.start(opens(
        &fixture,
        FakeRequest::default(),
        OpenFlags::WRITE_ONLY,
        writer.clone(),
    ));
    tasks.settle();
    let reader = fixture
        .vfs
        .open_files
        .get(reader.get().unwrap().unwrap())
        .unwrap();
    let writer = fixture
        .vfs
        .open_files
        .get(writer.get().unwrap().unwrap())
        .unwrap();
    fixture.write(&writer, b"through").unwrap();
    assert_eq!(read(&fixture, &reader, 20).unwrap(), b"through");
}

#[test]
fn a_fifo_that_shall_not_wait_opens_for_reading_and_not_for_writing() {
    let fixture = Fixture::new();
    make_fifo(&fixture, "/fifo");
    let writing = OpenFlags::WRITE_ONLY | OpenFlags::NON_BLOCK;
    assert!(matches!(
        fixture.open("/fifo", writing, 0),
        Err(Error::NoDeviceOrAddress)
    ));
    let reader = fixture.open("/fifo", OpenFlags::NON_BLOCK, 0).unwrap();
    assert_eq!(read(&fixture, &reader, 1).unwrap(), b"", "nobody writes: the end");
    let writer = fixture.open("/fifo", writing, 0).unwrap();
    assert_eq!(read(&fixture, &reader, 1), Err(Error::Again));
    fixture.write(&writer, b"x").unwrap();
    assert_eq!(read(&fixture, &reader, 1).unwrap(), b"x");
}

#[test]
fn an_open_of_a_fifo_that_a_signal_ends_leaves_no_end_behind() {
    let fixture = Fixture::new();
    make_fifo(&fixture, "/fifo");
    let mut tasks = Tasks::default();
    let (request, badge) = (FakeRequest::default(), Badge::default());
    tasks.start(opens(&fixture, request.clone(), 0, badge.clone()));
    request.cancelled.set(Some(Error::Interrupted));
    tasks.settle();
    assert_eq!(badge.get(), Some(Err(Error::Interrupted)));
    let writing = OpenFlags::WRITE_ONLY | OpenFlags::NON_BLOCK;
    assert!(matches!(
        fixture.open("/fifo", writing, 0),
        Err(Error::NoDeviceOrAddress)
    ));
}

#[test]
fn a_fifo_opened_for_both_never_waits_and_is_its_own_other_end() {
    let fixture = Fixture::new();
    make_fifo(&fixture, "/fifo");
    let both = fixture.open("/fifo", OpenFlags::READ_WRITE, 0).unwrap();
    fixture.write(&both, b"self").unwrap();
    assert_eq!(read(&fixture, &both, 9).unwrap(), b"self");
}

/// What happens to a pipe.
#[derive(Clone, Debug)]
enum Step {
    Write(u16),
    Read(u16),
    CancelWriter,
    CancelReader,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => prop_oneof![1u16..200, 4000u16..4200, 1u16..60_000].prop_map(Step::Write),
        4 => prop_oneof![1u16..200, 4000u16..4200, 1u16..60_000].prop_map(Step::Read),
        1 => Just(Step::CancelWriter),
        1 => Just(Step::CancelReader),
    ]
}

/// Under way: the request, what it ended with, and the number of the write.
type Pending = VecDeque<(FakeRequest, Outcome)>;

proptest! {
    /// Writers and readers that wait and are cancelled at random: every byte that a writer counts comes out once, each writer's in order,
    /// and a write of up to PIPE_BUF bytes in one piece.
    #[test]
    fn no_byte_is_lost_doubled_or_mixed(steps in proptest::collection::vec(step(), 1..60)) {
        let fixture = Fixture::new();
        let ends = pipe(&fixture, 0);
        let mut tasks = Tasks::default();
        let (mut writers, mut readers) = (Pending::new(), Pending::new());
        let got = RefCell::new(Vec::new());
        let mut written: Vec<(u8, usize, FakeRequest, Outcome)> = Vec::new();
        let collect = |readers: &mut Pending| {
            readers.retain(|(request, outcome)| match outcome.get() {
                Some(Ok(count)) => { got.borrow_mut().extend(request.received(count)); false }
                Some(Err(_)) => false,
                None => true,
            });
        };
        for step in steps {
            match step {
                Step::Write(length) => {
                    let tag = written.len() as u8;
                    let (request, outcome) = (FakeRequest::sending(&vec![tag; length.into()]), Outcome::default());
                    tasks.start(writes(&fixture, ends.writing.1.clone(), request.clone(), outcome.clone()));
                    written.push((tag, length.into(), request.clone(), outcome.clone()));
                    writers.push_back((request, outcome));
                }
                Step::Read(length) => {
                    let (request, outcome) = (FakeRequest::with_room(length.into()), Outcome::default());
                    tasks.start(reads(&fixture, ends.reading.1.clone(), request.clone(), outcome.clone()));
                    readers.push_back((request, outcome));
                }
                Step::CancelWriter => if let Some((request, _)) = writers.pop_front() {
                    request.cancelled.set(Some(Error::Interrupted));
                },
                Step::CancelReader => if let Some((request, _)) = readers.front() {
                    request.cancelled.set(Some(Error::Interrupted));
                },
            }
            tasks.settle();
            collect(&mut readers);
        }
        // Everything that is still inside comes out, and nobody waits for ever.
        let mut rounds = 0;
        while written.iter().any(|(_, _, _, outcome)| outcome.get().is_none()) || bits(&fixture, ends.reading.0) & IN != 0 {
            let (request, outcome) = (FakeRequest::with_room(50_000), Outcome::default());
            tasks.start(reads(&fixture, ends.reading.1.clone(), request.clone(), outcome.clone()));
            readers.push_back((request, outcome));
            tasks.settle();
            collect(&mut readers);
            rounds += 1;
            prop_assert!(rounds < 200, "somebody waits for ever");
        }
        let mut got = got.into_inner();
        for (tag, length, _, outcome) in &written {
            let counted = match outcome.get() { Some(Ok(count)) => count as usize, _ => 0 };
            let places: Vec<usize> = got.iter().enumerate().filter(|(_, byte)| *byte == tag).map(|(at, _)| at).collect();
            prop_assert_eq!(places.len(), counted);
            if *length <= 4096 && counted > 0 {
                prop_assert_eq!(counted, *length);
                prop_assert_eq!(places[counted - 1] - places[0] + 1, counted, "in one piece");
            }
        }
        got.clear();
    }
}
