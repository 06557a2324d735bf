//! Client stubs against dispatchers: what a client passes is what the handler gets, in every form of message.

use super::*;
use crate::answer::{Answer, Give};
use crate::bytes::SentValues;
use crate::executor::NoEvents;
use crate::services::{file, file_server, processes};
use std::borrow::Cow;
use trivet_abi::handle::Handle;
use trivet_ipc::loopback::{Connection, Message, Reply, connect};
use trivet_ipc::shared::AtFlags;
use trivet_ipc::{CallOptions, file as client, file_server as client_server, processes as client_processes};

/// Serves each call of this thread by `serve`, over a fake kernel of its own with a small window.
fn connected<F, Fut>(serve: F) -> Connection
where
    F: Fn(Request) -> Fut + 'static,
    Fut: Future<Output = Answer>,
{
    connect(move |message: Message| {
        let kernel = FakeKernel::new(48);
        let token = kernel.request(FakeRequest {
            method: message.method,
            words: message.words,
            badge: u64::from(message.on.0),
            process: 1,
            sent: message.sent,
            room: message.room,
            handles: message.handles.iter().map(|sent| sent.handle).collect(),
        });
        let runtime = Runtime::new(Box::new(kernel.clone()), limits(), (0, 0));
        run(&runtime, &NoEvents, &serve);
        let answer = kernel.answer(token).expect("answered");
        let minted = answer.minted.map(|session| Handle(session.badge as u32));
        Reply {
            status: i64::from(answer.status),
            words: answer.words,
            bytes: answer.room[..answer.copied].to_vec(),
            handles: minted.into_iter().chain(answer.handles).collect(),
        }
    })
}

/// Answers with what it got, so that a test sees it.
struct Echo;

impl file::FileService for Echo {
    async fn seek(&self, _: &Request, offset: i64, whence: client::Whence) -> Result<i64, FileError> {
        Ok(offset * 10 + whence.number().cast_signed())
    }

    async fn read(&self, request: &Request, count: u64) -> Result<ReadReply, FileError> {
        let bytes: Vec<u8> = (0..count.min(request.room())).map(|byte| byte as u8).collect();
        Ok(ReadReply {
            count: bytes.len() as u64,
            data: bytes.into(),
        })
    }

    async fn write(&self, _: &Request, data: Sent<'_>) -> Result<u64, FileError> {
        Ok(data.to_vec()?.iter().map(|byte| u64::from(*byte)).sum())
    }

    async fn attributes(&self, request: &Request) -> Result<client::Attributes, FileError> {
        Ok(client::Attributes {
            inode: request.badge(),
            size: -3,
            ..client::Attributes::default()
        })
    }

    async fn flags(&self, _: &Request) -> Result<OpenFlags, FileError> {
        Ok(OpenFlags::APPEND | OpenFlags::NON_BLOCK)
    }

    async fn test_lock(
        &self,
        _: &Request,
        owner: client::LockOwner,
        kind: client::LockKind,
        range: client::LockRange,
    ) -> Result<file::TestLockReply, FileError> {
        assert_eq!(
            (owner, kind),
            (client::LockOwner::OpenFile, client::LockKind::Exclusive)
        );
        let found = client::LockRange { process: 42, ..range };
        Ok(file::TestLockReply {
            found,
            kind: client::LockKind::Shared,
        })
    }

    async fn open(
        &self,
        request: &Request,
        path: Name<Cow<'_, [u8]>>,
        flags: OpenFlags,
        mode: u32,
        mask: u32,
    ) -> Result<Decided<OpenReply>, FileError> {
        let judge = request.judge();
        let path = path.open(&judge);
        judge.require(LABEL)?;
        assert_eq!(
            (path.len(), flags, mask),
            (4096, OpenFlags::CREATE | OpenFlags::EXCLUSIVE, 0o22)
        );
        let session = NewSession::new(11, client::INTERFACE, LABEL);
        Ok(judge.decided(OpenReply {
            file: session.into(),
            kind: u64::from(mode),
            remaining: 5,
        })?)
    }

    async fn rename(
        &self,
        request: &Request,
        path: Name<Cow<'_, [u8]>>,
        target_directory: &ReceivedHandle,
        target: Name<Cow<'_, [u8]>>,
        flags: AtFlags,
    ) -> Result<Decided<()>, FileError> {
        let judge = request.judge();
        judge.require(LABEL)?;
        assert_eq!(
            path.open(&judge).as_ref(),
            b"a path that is longer than the window of this test's kernel"
        );
        assert_eq!(target.open(&judge).as_ref(), b"new");
        assert_eq!(
            (target_directory.handle(), flags),
            (Handle(9), AtFlags::NO_REPLACE)
        );
        Ok(judge.decided(())?)
    }

    async fn mount(
        &self,
        request: &Request,
        path: Name<Cow<'_, [u8]>>,
        kind: Sent<'_>,
        options: Sent<'_>,
        flags: u64,
    ) -> Result<Decided<()>, FileError> {
        let judge = request.judge();
        judge.require(LABEL)?;
        assert_eq!(path.open(&judge).as_ref(), b"/mnt");
        assert_eq!(
            (kind.to_vec()?, options.to_vec()?, flags),
            (b"tmpfs".to_vec(), b"".to_vec(), 6)
        );
        Ok(judge.decided(())?)
    }

    async fn set_times(
        &self,
        request: &Request,
        path: Name<Cow<'_, [u8]>>,
        times: client::Times,
        flags: AtFlags,
    ) -> Result<Decided<()>, FileError> {
        let judge = request.judge();
        judge.require(LABEL)?;
        let expected = client::Times {
            modify_nanoseconds: -1,
            ..client::Times::default()
        };
        assert_eq!(
            (path.open(&judge).as_ref(), times, flags),
            (&b"f"[..], expected, AtFlags::SYMLINK_NO_FOLLOW)
        );
        Ok(judge.decided(())?)
    }
}

impl file_server::FileServerService for Echo {
    async fn pipe(
        &self,
        _: &Request,
        _: OpenFlags,
    ) -> Result<file_server::PipeReply, file_server::FileServerError> {
        let end = |badge| Give::Mint(NewSession::new(badge, client::INTERFACE, LABEL));
        Ok(file_server::PipeReply {
            read_end: end(21),
            write_end: end(22),
        })
    }
}

impl processes::ProcessesService for Echo {
    async fn spawn(
        &self,
        _: &Request,
        setup: client_processes::Setup,
        arguments: Sent<'_>,
        environment: Sent<'_>,
        places: SentValues<'_, client_processes::Place>,
        program: &ReceivedHandle,
    ) -> Result<processes::SpawnReply, processes::ProcessesError> {
        assert_eq!(setup.group, 77);
        let bytes = |sent: Sent<'_>| sent.to_vec().expect("the fake kernel copies");
        assert_eq!(
            (bytes(arguments), bytes(environment)),
            (b"sh\0-c\0".to_vec(), vec![b'E'; 100])
        );
        let numbers: Vec<u32> = places
            .to_vec()
            .expect("the fake kernel copies")
            .iter()
            .map(|place| place.number)
            .collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5]);
        assert_eq!(program.handle(), Handle(10));
        Ok(processes::SpawnReply {
            process: 1234,
            interpreter_length: 7,
            interpreter: b"/bin/sh".to_vec().into(),
        })
    }
}

fn files() -> Connection {
    connected(|request| dispatch(&Echo, request))
}

const FILE: Handle = Handle(3);

#[test]
fn words_arrive_as_they_were_passed() {
    let _connection = files();
    assert_eq!(client::seek(FILE, -4, client::Whence::End), Ok(-38));
    assert_eq!(client::flags(FILE), Ok(OpenFlags::APPEND | OpenFlags::NON_BLOCK));
}

#[test]
fn bytes_go_both_ways() {
    let _connection = files();
    assert_eq!(client::write(FILE, &[1u8; 200]), Ok(200));
    let mut data = [9u8; 8];
    assert_eq!(client::read(FILE, 5, &mut data), Ok(5));
    assert_eq!(data, [0, 1, 2, 3, 4, 9, 9, 9]);
}

#[test]
fn a_deadline_changes_nothing_but_the_deadline() {
    let _connection = files();
    let options = CallOptions::DEFAULT.deadline_ns(1).interruptible();
    let mut data = [9u8; 2];
    assert_eq!(client::read_with(options, FILE, 2, &mut data), Ok(2));
    assert_eq!(client::write_with(options, FILE, b"\x02\x03"), Ok(5));
    assert_eq!(client::seek_with(options, FILE, 1, client::Whence::Start), Ok(10));
    assert_eq!(data, [0, 1]);
}

#[test]
fn segments_are_one_run_of_bytes() {
    let _connection = files();
    let parts: [&[u8]; 3] = [&[1, 2], &[], &[3]];
    let segments: Vec<_> = parts
        .iter()
        .map(|part| trivet_ipc::In::<[u8]>::from(*part).segment())
        .collect();
    assert_eq!(
        client::write_vectored(CallOptions::DEFAULT, FILE, &segments),
        Ok(6)
    );
}

#[test]
fn a_struct_comes_back_into_the_callers_memory() {
    let _connection = files();
    let mut attributes = client::Attributes::default();
    assert_eq!(client::attributes(FILE, &mut attributes), Ok(()));
    assert_eq!((attributes.inode, attributes.size), (3, -3));
}

#[test]
fn structs_go_both_ways_in_one_message() {
    let _connection = files();
    let range = client::LockRange {
        start: 5,
        length: 6,
        ..client::LockRange::default()
    };
    let mut found = client::LockRange::default();
    let kind = client::test_lock(
        FILE,
        client::LockOwner::OpenFile,
        client::LockKind::Exclusive,
        &range,
        &mut found,
    );
    assert_eq!(kind, Ok(client::LockKind::Shared));
    assert_eq!(found, client::LockRange { process: 42, ..range });
}

#[test]
fn a_name_of_any_allowed_length_arrives_and_a_session_comes_back() {
    let _connection = files();
    let path = vec![b'p'; 4096];
    let options = CallOptions::DEFAULT.into_descriptor(true);
    let flags = OpenFlags::CREATE | OpenFlags::EXCLUSIVE;
    let opened = client::open_with(options, FILE, path.as_slice(), flags, 0o640, 0o22).unwrap();
    assert_eq!(
        (opened.file, opened.kind, opened.remaining),
        (Handle(11), 0o640, 5)
    );
}

#[test]
fn two_names_and_a_handle_keep_apart() {
    let _connection = files();
    let path = "a path that is longer than the window of this test's kernel";
    assert_eq!(
        client::rename(FILE, path, Handle(9), "new", AtFlags::NO_REPLACE),
        Ok(())
    );
}

#[test]
fn three_runs_of_bytes_keep_apart_also_when_one_is_empty() {
    let _connection = files();
    assert_eq!(client::mount(FILE, "/mnt", "tmpfs", "", 6), Ok(()));
}

#[test]
fn a_struct_behind_a_name_arrives_whole() {
    let _connection = files();
    let times = client::Times {
        modify_nanoseconds: -1,
        ..client::Times::default()
    };
    assert_eq!(
        client::set_times(FILE, "f", &times, AtFlags::SYMLINK_NO_FOLLOW),
        Ok(())
    );
}

#[test]
fn an_error_arrives_with_its_type() {
    let _connection = files();
    let failure = client::sync(FILE, true).unwrap_err();
    assert_eq!(failure.server(), Some(FileError::NotImplemented));
}

#[test]
fn two_sessions_come_back_in_their_order() {
    let _connection = connected(|request| file_server::dispatch(&Echo, request));
    let ends = client_server::pipe(Handle(4), OpenFlags::EMPTY).unwrap();
    // The fake kernel's second session is minted by hand: its handle is an own one.
    assert_eq!((ends.read_end, ends.write_end), (Handle(21), Handle::own(22, 1)));
}

#[test]
fn lists_of_structs_arrive_in_their_order_with_a_handle_beside() {
    let _connection = connected(|request| processes::dispatch(&Echo, request));
    let setup = client_processes::Setup {
        group: 77,
        ..client_processes::Setup::default()
    };
    let places: Vec<_> = (0..6)
        .map(|number| client_processes::Place {
            number,
            ..client_processes::Place::default()
        })
        .collect();
    let mut interpreter = [0u8; 16];
    let spawned = client_processes::spawn(
        Handle::PROCESS_SERVER,
        &setup,
        "sh\0-c\0",
        &[b'E'; 100],
        places.as_slice(),
        Handle(10),
        &mut interpreter,
    )
    .unwrap();
    assert_eq!((spawned.process, spawned.interpreter_length), (1234, 7));
    assert_eq!(&interpreter[..7], b"/bin/sh");
}
