//! Devices without state.

use crate::attributes::Kind;
use crate::credentials::Credentials;
use crate::devices::number;
use crate::error::Error;
use crate::open_file::{OpenFile, OpenFlags};
use crate::service::bytes::Whence;
use crate::testing::{FakeBackend, FakeRequest, Fixture, run};
use std::rc::Rc;

fn device(fixture: &mut Fixture, minor: u64) -> Result<Rc<OpenFile<FakeBackend>>, Error> {
    fixture.credentials = Credentials::root();
    let mode = Kind::CharacterDevice as u32 | 0o666;
    let made = run(fixture.vfs.make_node(
        &fixture.caller(),
        &fixture.root,
        b"/device",
        mode,
        number(1, minor),
    ));
    made.unwrap();
    assert_eq!(fixture.stat("/device").unwrap().special_device, number(1, minor));
    fixture.open("/device", OpenFlags::READ_WRITE, 0)
}

fn read(fixture: &Fixture, file: &OpenFile<FakeBackend>, count: usize) -> Result<Vec<u8>, Error> {
    let request = FakeRequest::with_room(count);
    let done = run(fixture.vfs.read(file, &request, count as u64))?;
    Ok(request.received(done))
}

#[test]
fn null_is_empty_and_takes_everything() {
    let mut fixture = Fixture::new();
    let file = device(&mut fixture, 3).unwrap();
    assert_eq!(read(&fixture, &file, 10).unwrap(), b"");
    assert_eq!(fixture.write(&file, &[1; 5000]), Ok(5000));
    assert_eq!(run(fixture.vfs.seek(&file, 7, Whence::Start)), Ok(0));
    assert_eq!(fixture.stat("/device").unwrap().size, 0);
}

#[test]
fn zero_and_full_read_as_zeros_and_full_takes_nothing() {
    let mut fixture = Fixture::new();
    let file = device(&mut fixture, 5).unwrap();
    assert_eq!(read(&fixture, &file, 200_000).unwrap(), vec![0; 200_000]);
    assert_eq!(fixture.write(&file, b"x"), Ok(1));
    fixture.unlink("/device").unwrap();
    let file = device(&mut fixture, 7).unwrap();
    assert_eq!(read(&fixture, &file, 9).unwrap(), [0; 9]);
    assert_eq!(fixture.write(&file, b"x"), Err(Error::NoSpace));
}

#[test]
fn random_gives_what_was_asked_for_in_parts_of_any_length() {
    let mut fixture = Fixture::new();
    let file = device(&mut fixture, 8).unwrap();
    for count in [1, 255, 256, 257, 10_000] {
        let bytes = read(&fixture, &file, count).unwrap();
        assert_eq!(bytes.len(), count);
        assert!(bytes.iter().all(|&byte| byte != 0xaa));
    }
}

#[test]
fn a_number_without_a_device_is_enxio() {
    let mut fixture = Fixture::new();
    assert!(matches!(device(&mut fixture, 200), Err(Error::NoDeviceOrAddress)));
}
