//! Dispatchers refuse what an interface does not allow, before a handler sees it.

use super::*;
use crate::answer::{INVALID, NOT_IMPLEMENTED};
use proptest::prelude::*;
use trivet_abi::handle::Handle;
use trivet_ipc::describe::{BulkKind, Method, WordKind};

fn status_of(request: FakeRequest) -> u16 {
    let kernel = FakeKernel::new(64);
    let token = kernel.request(request);
    serve(&kernel, &PipeServer::default(), limits());
    kernel.answer(token).expect("answered").status
}

#[test]
fn a_struct_comes_back_whole() {
    let kernel = FakeKernel::new(64);
    let room = size_of::<file::Attributes>();
    let token = kernel.request(FakeRequest {
        method: file::method::ATTRIBUTES,
        badge: 42,
        room,
        ..FakeRequest::default()
    });
    serve(&kernel, &PipeServer::default(), limits());
    let answer = kernel.answer(token).unwrap();
    assert_eq!((answer.status, answer.copied), (0, room));
    let attributes: file::Attributes = trivet_ipc::plain::from_bytes(&answer.room).unwrap();
    assert_eq!((attributes.inode, attributes.mode), (42, 0o644));
}

#[test]
fn a_method_without_a_handler_and_a_number_without_a_method_are_enosys() {
    assert_eq!(
        status_of(FakeRequest {
            method: file::method::SYNC,
            ..FakeRequest::default()
        }),
        NOT_IMPLEMENTED
    );
    assert_eq!(
        status_of(FakeRequest {
            method: 61,
            ..FakeRequest::default()
        }),
        NOT_IMPLEMENTED
    );
    assert_eq!(
        status_of(FakeRequest {
            method: 255,
            ..FakeRequest::default()
        }),
        NOT_IMPLEMENTED
    );
}

#[test]
fn a_truth_value_is_0_or_1() {
    let sync = |word| FakeRequest {
        method: file::method::SYNC,
        words: [word, 0, 0, 0, 0, 0],
        ..FakeRequest::default()
    };
    assert_eq!(status_of(sync(1)), NOT_IMPLEMENTED);
    assert_eq!(status_of(sync(2)), INVALID);
}

#[test]
fn an_unknown_enum_value_is_refused() {
    let seek = |whence| FakeRequest {
        method: file::method::SEEK,
        words: [0, whence, 0, 0, 0, 0],
        ..FakeRequest::default()
    };
    assert_eq!(status_of(seek(2)), NOT_IMPLEMENTED);
    assert_eq!(status_of(seek(5)), INVALID);
    assert_eq!(status_of(seek(1 << 32)), INVALID);
}

#[test]
fn an_undefined_flag_and_a_word_wider_than_its_type_are_refused() {
    let open = |flags, mode| FakeRequest {
        method: file::method::OPEN,
        words: [flags, mode, 0, 0, 0, 0],
        sent: b"x".to_vec(),
        ..FakeRequest::default()
    };
    assert_eq!(status_of(open(0x40, 0o777)), 0);
    assert_eq!(status_of(open(1 << 63, 0)), INVALID);
    assert_eq!(status_of(open(0, 1 << 32)), INVALID);
}

#[test]
fn bytes_that_no_argument_takes_are_refused() {
    let seek = FakeRequest {
        method: file::method::SEEK,
        sent: vec![1],
        ..FakeRequest::default()
    };
    assert_eq!(status_of(seek), INVALID);
}

#[test]
fn a_name_longer_than_its_bound_is_refused() {
    let open = |length| FakeRequest {
        method: file::method::OPEN,
        sent: vec![b'a'; length],
        ..FakeRequest::default()
    };
    assert_eq!(status_of(open(4096)), 0);
    assert_eq!(status_of(open(4097)), INVALID);
}

#[test]
fn a_length_word_beyond_the_bytes_is_refused() {
    // symlink: contents, then the path; word 0 is the length of the contents.
    let symlink = |length| FakeRequest {
        method: file::method::SYMLINK,
        words: [length, 0, 0, 0, 0, 0],
        sent: b"abcdef".to_vec(),
        ..FakeRequest::default()
    };
    assert_eq!(status_of(symlink(6)), NOT_IMPLEMENTED);
    assert_eq!(status_of(symlink(7)), INVALID);
    assert_eq!(status_of(symlink(u64::MAX)), INVALID);
}

#[test]
fn a_struct_behind_a_name_is_not_part_of_the_name() {
    let times = file::Times {
        access_seconds: 9,
        ..file::Times::default()
    };
    let mut sent = b"clock".to_vec();
    sent.extend_from_slice(trivet_ipc::plain::bytes_of(&times));
    let request = |sent: Vec<u8>| FakeRequest {
        method: file::method::SET_TIMES,
        sent,
        ..FakeRequest::default()
    };
    assert_eq!(status_of(request(sent)), 0);
    assert_eq!(status_of(request(vec![0; 31])), INVALID);
}

#[test]
fn bytes_beyond_the_window_are_fetched_when_they_are_wanted() {
    let kernel = FakeKernel::new(16);
    let bytes: Vec<u8> = (0..200).collect();
    kernel.request(write(&bytes));
    let token = kernel.request(read(1, 200));
    serve(&kernel, &PipeServer::default(), limits());
    assert_eq!(kernel.answer(token).unwrap().room, bytes);
}

#[test]
fn a_missing_handle_is_refused_and_one_that_nobody_takes_is_closed() {
    let copy = |handles| FakeRequest {
        method: file::method::COPY_RANGE,
        handles,
        ..FakeRequest::default()
    };
    assert_eq!(status_of(copy(vec![])), INVALID);
    let kernel = FakeKernel::new(64);
    let token = kernel.request(copy(vec![Handle::own(5, 0), Handle::own(6, 0)]));
    serve(&kernel, &PipeServer::default(), limits());
    assert_eq!(kernel.answer(token).unwrap().words[0], 5);
    assert_eq!(kernel.closed_handles(), [Handle::own(5, 0), Handle::own(6, 0)]);
}

/// A word that the interface allows more often than not.
fn word(kind: WordKind, random: u64) -> u64 {
    let pick = |members: &[(&str, u64)]| members[random as usize % members.len()].1;
    match kind {
        _ if random % 16 == 15 => random,
        WordKind::Number { bits: 64, .. } => random,
        WordKind::Number { bits, .. } => random & ((1 << (bits - 1)) - 1),
        WordKind::Truth => random & 1,
        WordKind::Enum(members) => pick(members),
        WordKind::Flags(members) => pick(members) | members[0].1,
        WordKind::Slot | WordKind::Length(_) => random % 64,
    }
}

/// Bytes that the interface allows more often than not.
fn bytes(method: &Method, random: &[u8]) -> Vec<u8> {
    let mut sent = Vec::new();
    for bulk in method.sent {
        let length = match bulk.kind {
            BulkKind::Bytes { max } => max.min(u64::from(random[0])),
            BulkKind::Fixed { size } => size,
            BulkKind::Values { size, max } => size * max.min(u64::from(random[0] % 8)),
        };
        sent.extend(random.iter().cycle().take(length as usize));
    }
    if random[0] == 7 {
        sent.truncate(usize::from(random[1]));
    }
    sent
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn any_message_is_answered(
        which in any::<prop::sample::Index>(),
        stray in prop::option::weighted(0.05, any::<u8>()),
        random in prop::collection::vec(any::<u64>(), 6),
        payload in prop::collection::vec(any::<u8>(), 2..64),
        handles in 0u32..3,
        room in 0usize..300,
    ) {
        let interface = trivet_ipc::INTERFACES.iter().find(|interface| interface.name == "File").unwrap();
        let method = which.get(interface.methods);
        let mut words = [0; 6];
        for (place, random) in words.iter_mut().zip(&random) {
            *place = *random;
        }
        for (index, described) in method.words.iter().enumerate() {
            words[index] = word(described.kind, random[index]);
        }
        let kernel = FakeKernel::new(40);
        // A write first, so that no read waits.
        kernel.request(write(b"something to read"));
        let token = kernel.request(FakeRequest {
            method: stray.unwrap_or(method.number),
            words,
            sent: bytes(method, &payload),
            room,
            handles: (0..handles).map(|index| Handle::own(index + 1, 0)).collect(),
            ..FakeRequest::default()
        });
        serve(&kernel, &PipeServer::default(), limits());
        let answer = kernel.answer(token).expect("answered");
        let listed = method.errors.iter().any(|(_, number)| *number == answer.status);
        prop_assert!(
            stray.is_some() || answer.status == 0 || answer.status == INVALID || answer.status == NOT_IMPLEMENTED || listed,
            "{} answered {}", method.name, answer.status
        );
        prop_assert!(answer.copied <= room);
    }
}
