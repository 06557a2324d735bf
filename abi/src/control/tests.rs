//! Tests of the control channel's frames: round trips, and hostile bytes.

use super::*;
use proptest::prelude::*;

const SIZE: TerminalSize = TerminalSize {
    rows: 24,
    columns: 80,
};

fn to_guest_and_back(message: ToGuest<'_>) {
    let mut buffer = vec![0; FRAME_HEADER + PAYLOAD_MAX];
    let length = message.encode(&mut buffer).unwrap();
    let (frame, used) = split(&buffer[..length]).unwrap().unwrap();
    assert_eq!((ToGuest::decode(frame), used), (Ok(message), length));
}

fn to_host_and_back(message: ToHost<'_>) {
    let mut buffer = vec![0; FRAME_HEADER + PAYLOAD_MAX];
    let length = message.encode(&mut buffer).unwrap();
    let (frame, used) = split(&buffer[..length]).unwrap().unwrap();
    assert_eq!((ToHost::decode(frame), used), (Ok(message), length));
}

#[test]
fn messages_to_the_guest_survive_the_channel() {
    to_guest_and_back(ToGuest::Hello { version: VERSION });
    to_guest_and_back(ToGuest::Job {
        job: 7,
        terminal: Some(SIZE),
        program: b"lua",
    });
    to_guest_and_back(ToGuest::Job {
        job: 0,
        terminal: None,
        program: b"/app/hello",
    });
    to_guest_and_back(ToGuest::Argument(b""));
    to_guest_and_back(ToGuest::Argument(&vec![b'x'; STRING_MAX]));
    to_guest_and_back(ToGuest::Environment(b"PATH=/bin"));
    to_guest_and_back(ToGuest::Directory(b"/app"));
    to_guest_and_back(ToGuest::FixedAddresses);
    to_guest_and_back(ToGuest::Start);
    to_guest_and_back(ToGuest::InputEnd { bytes: u64::MAX });
    to_guest_and_back(ToGuest::Resize(SIZE));
    to_guest_and_back(ToGuest::Signal { job: 1, signal: 15 });
    to_guest_and_back(ToGuest::Shutdown);
}

#[test]
fn messages_to_the_host_survive_the_channel() {
    to_host_and_back(ToHost::Hello { version: VERSION });
    to_host_and_back(ToHost::Started { job: 1, process: 42 });
    for reason in [
        Refusal::NotFound,
        Refusal::CannotExecute,
        Refusal::NoResource,
        Refusal::Denied,
    ] {
        to_host_and_back(ToHost::Refused {
            job: 1,
            reason,
            text: "no such program",
        });
    }
    to_host_and_back(ToHost::Denied {
        job: 1,
        text: "app may not call file.write on tmp",
    });
    for end in [End::Status(0), End::Status(255), End::Signal(1), End::Signal(127)] {
        to_host_and_back(ToHost::Exited {
            job: 1,
            end,
            output_bytes: 1,
            error_bytes: 2,
            denied: 3,
        });
    }
    to_host_and_back(ToHost::Failed { text: "no policy" });
}

#[test]
fn a_crash_carries_its_return_addresses_up_to_the_limit() {
    let crash = Crash::new(1, 11, 0xdead, 0x40_1000, 0x40_0000, b"/bin/lua");
    let addresses: Vec<u64> = (0..100).collect();
    let mut buffer = vec![0; 4096];
    let length = encode_crash(&crash, &addresses, &mut buffer).unwrap();
    let (frame, _) = split(&buffer[..length]).unwrap().unwrap();
    let Ok(ToHost::Crash(received)) = ToHost::decode(frame) else {
        panic!("a crash report")
    };
    assert_eq!((received.signal, received.program), (11, &b"/bin/lua"[..]));
    assert_eq!(
        received.return_addresses().collect::<Vec<_>>(),
        addresses[..FRAMES_MAX]
    );
    to_host_and_back(ToHost::Crash(received));
}

#[test]
fn an_incomplete_frame_waits_for_more() {
    let mut buffer = [0; 64];
    let length = ToGuest::Argument(b"hello").encode(&mut buffer).unwrap();
    for part in 0..length {
        assert_eq!(split(&buffer[..part]), Ok(None), "{part} bytes");
    }
    assert_eq!(split(&buffer).unwrap().unwrap().1, length);
}

#[test]
fn a_frame_that_claims_too_much_is_refused_before_it_is_read() {
    let mut header = [0; FRAME_HEADER];
    header[4..].copy_from_slice(&(PAYLOAD_MAX as u32 + 1).to_le_bytes());
    assert_eq!(split(&header), Err(FrameError::BadHeader));
    assert_eq!(split(&[1, 0, 1, 0, 0, 0, 0, 0]), Err(FrameError::BadHeader));
}

#[test]
fn strings_that_c_cannot_hold_are_refused() {
    let mut buffer = vec![0; 2 * PAYLOAD_MAX];
    assert_eq!(
        ToGuest::Argument(b"a\0b").encode(&mut buffer),
        Err(FrameError::BadPayload)
    );
    assert_eq!(
        ToGuest::Argument(&vec![b'x'; STRING_MAX + 1]).encode(&mut buffer),
        Err(FrameError::BadPayload)
    );
    let frame = Frame {
        kind: kind::ARGUMENT,
        payload: b"\x03\0\0\0a\0b",
    };
    assert_eq!(ToGuest::decode(frame), Err(FrameError::BadPayload));
}

#[test]
fn fields_out_of_range_are_refused() {
    let bad = |kind, payload: &[u8]| {
        assert_eq!(
            ToGuest::decode(Frame { kind, payload }),
            Err(FrameError::BadPayload)
        )
    };
    bad(kind::SIGNAL, &[0, 0, 0, 0, 0, 0, 0, 0]);
    bad(kind::SIGNAL, &[0, 0, 0, 0, 65, 0, 0, 0]);
    bad(kind::START, &[0]);
    bad(kind::HELLO, &[0, 0, 0]);
    bad(kind::JOB, &[0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let exited = |by_signal: u8, value: u8| {
        let mut payload = [0; 32];
        (payload[4], payload[6]) = (by_signal, value);
        ToHost::decode(Frame {
            kind: kind::EXITED,
            payload: &payload,
        })
        .map(|_| ())
    };
    assert_eq!(exited(1, 9), Ok(()));
    assert_eq!(exited(1, 0), Err(FrameError::BadPayload));
    assert_eq!(exited(1, 128), Err(FrameError::BadPayload));
    assert_eq!(exited(2, 0), Err(FrameError::BadPayload));
}

#[test]
fn each_side_refuses_its_own_messages() {
    assert_eq!(
        ToGuest::decode(Frame {
            kind: kind::FAILED,
            payload: &[]
        }),
        Err(FrameError::UnknownKind)
    );
    assert_eq!(
        ToHost::decode(Frame {
            kind: kind::START,
            payload: &[]
        }),
        Err(FrameError::UnknownKind)
    );
}

#[test]
fn a_small_buffer_is_an_error() {
    for room in 0..FRAME_HEADER + 4 {
        assert_eq!(
            ToGuest::Hello { version: 1 }.encode(&mut vec![0; room]),
            Err(FrameError::NoRoom)
        );
    }
}

proptest! {
    #[test]
    fn random_bytes_never_break_the_channel(bytes in prop::collection::vec(any::<u8>(), 0..200), kind in 0_u16..140) {
        let _ = split(&bytes);
        // What decodes encodes to the same bytes: no frame has two readings.
        let frame = Frame { kind, payload: &bytes };
        let mut buffer = vec![0; 512];
        if let Ok(message) = ToGuest::decode(frame) {
            let length = message.encode(&mut buffer).unwrap();
            let again = split(&buffer[..length]).unwrap().unwrap().0;
            prop_assert_eq!(ToGuest::decode(again), Ok(message));
        }
        if let Ok(message) = ToHost::decode(frame) {
            let length = message.encode(&mut buffer).unwrap();
            prop_assert_eq!(&buffer[FRAME_HEADER..length], &bytes[..]);
        }
    }
}
