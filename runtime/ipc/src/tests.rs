//! Tests on the host, where the calls' numbers mean nothing: what the stubs put into registers is tested in the guest.

use trivet_abi::handle::Handle;

use crate::{Failure, FailureKind, file};

#[test]
fn a_call_on_another_system_fails_with_enosys_and_changes_nothing() {
    let failure = file::seek(Handle(0), 5, file::Whence::Start).unwrap_err();
    assert_eq!(failure.errno(), 38);
    let mut byte = [7u8];
    let failure = file::read(Handle(0), 1, &mut byte).unwrap_err();
    assert_eq!((failure.errno(), byte), (38, [7]));
}

#[test]
fn failures_say_whose_they_are() {
    let server = Failure::<file::FileError>::from_status(2).unwrap();
    assert_eq!(server.kind(), FailureKind::Server(file::FileError::NotFound));
    let kernel = Failure::<file::FileError>::from_status(-3).unwrap();
    assert_eq!(
        kernel.kind(),
        FailureKind::Call(trivet_abi::error::CallError::Denied)
    );
    assert_eq!(kernel.errno(), 13);
    assert_eq!(
        Failure::<file::FileError>::from_status(1234).unwrap().kind(),
        FailureKind::Unlisted(1234)
    );
    assert_eq!(Failure::<file::FileError>::from_status(0), None);
    assert_eq!(
        Failure::<file::FileError>::from_status(1 << 40).unwrap().errno(),
        71
    );
    assert_eq!(size_of::<Result<(), Failure<file::FileError>>>(), 4);
}

#[test]
fn the_tables_say_what_the_constants_say() {
    let interface = crate::INTERFACES
        .iter()
        .find(|interface| interface.name == "File")
        .unwrap();
    assert_eq!(interface.number, file::INTERFACE.0);
    let mask = interface
        .methods
        .iter()
        .fold(0, |mask, method| mask | 1u64 << method.number);
    assert_eq!(mask, file::METHODS);
    let open = interface
        .methods
        .iter()
        .find(|method| method.name == "open")
        .unwrap();
    assert_eq!(open.number, file::method::OPEN);
    assert!(
        matches!(open.words[0].kind, crate::describe::WordKind::Flags(flags) if flags.contains(&("CREATE", 0x40)))
    );
    assert!(matches!(
        open.sent,
        [crate::describe::Bulk {
            name: "path",
            is_name: true,
            ..
        }]
    ));
    assert_eq!(
        open.reply_handles,
        crate::describe::Handles { max: 1, exact: true }
    );
    let attributes = interface
        .methods
        .iter()
        .find(|method| method.name == "attributes")
        .unwrap();
    assert!(matches!(
        attributes.room[0].kind,
        crate::describe::BulkKind::Fixed { size: 144 }
    ));
}
