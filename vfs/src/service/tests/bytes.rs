//! Reading, writing, sizes.

use crate::error::Error;
use crate::open_file::OpenFlags;
use crate::service::bytes::Whence;
use crate::testing::{FakeRequest, Fixture, run};

#[test]
fn a_hole_reads_as_zeros_and_takes_no_room() {
    let fixture = Fixture::new();
    let file = fixture.create("/f");
    run(fixture.vfs.seek(&file, 3 * 4096, Whence::Start)).unwrap();
    fixture.write(&file, b"end").unwrap();
    assert_eq!(fixture.read_at(&file, 0, 5).unwrap(), [0; 5]);
    let attributes = fixture.stat("/f").unwrap();
    assert_eq!((attributes.size, attributes.blocks), (3 * 4096 + 3, 8));
    assert_eq!(run(fixture.vfs.seek(&file, 0, Whence::Data)), Ok(3 * 4096));
    assert_eq!(
        run(fixture.vfs.seek(&file, 3 * 4096, Whence::Hole)),
        Ok(3 * 4096 + 3)
    );
    assert_eq!(
        run(fixture.vfs.seek(&file, 3 * 4096 + 3, Whence::Data)),
        Err(Error::NoDeviceOrAddress)
    );
}

#[test]
fn bytes_cut_off_by_a_smaller_size_read_zero_when_the_file_grows_again() {
    let fixture = Fixture::new();
    let file = fixture.create("/f");
    fixture.write(&file, b"abcdefgh").unwrap();
    run(fixture.vfs.set_size(&file, &FakeRequest::default(), 3)).unwrap();
    run(fixture.vfs.set_size(&file, &FakeRequest::default(), 8)).unwrap();
    assert_eq!(fixture.read_at(&file, 0, 9).unwrap(), b"abc\0\0\0\0\0");
}

#[test]
fn appending_writes_at_the_end_and_moves_the_offset_there() {
    let fixture = Fixture::new();
    let file = fixture.create("/f");
    fixture.write(&file, b"one").unwrap();
    let appending = fixture
        .open("/f", OpenFlags::WRITE_ONLY | OpenFlags::APPEND, 0)
        .unwrap();
    fixture.write(&appending, b"two").unwrap();
    assert_eq!(appending.offset.get(), 6);
    assert_eq!(fixture.read_at(&file, 0, 10).unwrap(), b"onetwo");
}

#[test]
fn the_quota_makes_a_write_short_and_then_fails() {
    let fixture = Fixture::with_limits(4 * 4096, 10);
    let file = fixture.create("/f");
    assert_eq!(fixture.write(&file, &[1; 5 * 4096]), Ok(4 * 4096));
    assert_eq!(fixture.write(&file, b"x"), Err(Error::NoSpace));
    fixture.unlink("/f").unwrap();
    let other = fixture.create("/g");
    assert_eq!(
        fixture.write(&other, b"x"),
        Err(Error::NoSpace),
        "an open file keeps its room"
    );
}

#[test]
fn room_comes_back_when_the_last_reference_goes() {
    let fixture = Fixture::with_limits(4 * 4096, 10);
    let badge = {
        let file = fixture.create("/f");
        fixture.write(&file, &[1; 4 * 4096]).unwrap();
        fixture.unlink("/f").unwrap();
        // The only open file besides the root.
        1 << 32 | 1
    };
    fixture.vfs.open_files.remove(badge);
    assert!(fixture.vfs.open_files.get(badge).is_none());
    let other = fixture.create("/g");
    assert_eq!(fixture.write(&other, &[2; 4 * 4096]), Ok(4 * 4096));
}

#[test]
fn reading_needs_a_descriptor_open_for_reading() {
    let fixture = Fixture::new();
    fixture.create("/f");
    let writer = fixture.open("/f", OpenFlags::WRITE_ONLY, 0).unwrap();
    assert_eq!(fixture.read_at(&writer, 0, 1), Err(Error::BadDescriptor));
    let reader = fixture.open("/f", 0, 0).unwrap();
    assert_eq!(fixture.write(&reader, b"x"), Err(Error::BadDescriptor));
    let path_only = fixture.open("/f", OpenFlags::PATH, 0).unwrap();
    assert_eq!(fixture.read_at(&path_only, 0, 1), Err(Error::BadDescriptor));
}

#[test]
fn offsets_below_zero_or_beyond_the_largest_are_refused() {
    let fixture = Fixture::new();
    let file = fixture.create("/f");
    assert_eq!(
        run(fixture.vfs.seek(&file, -1, Whence::Start)),
        Err(Error::InvalidArgument)
    );
    assert_eq!(
        run(fixture.vfs.seek(&file, i64::MAX, Whence::Start)),
        Ok(i64::MAX as u64)
    );
    assert_eq!(
        run(fixture.vfs.seek(&file, 1, Whence::Current)),
        Err(Error::Overflow)
    );
    assert_eq!(fixture.read_at(&file, -1, 1), Err(Error::InvalidArgument));
    assert_eq!(fixture.write(&file, b"x"), Err(Error::FileTooBig));
}

#[test]
fn a_punched_hole_reads_zero_and_frees_its_pages() {
    let fixture = Fixture::new();
    let file = fixture.create("/f");
    fixture.write(&file, &[7; 3 * 4096]).unwrap();
    run(fixture
        .vfs
        .allocate(&file, &FakeRequest::default(), 3, 4000, 4096 + 200))
    .unwrap();
    let bytes = fixture.read_at(&file, 0, 3 * 4096).unwrap();
    assert!(bytes[..4000].iter().all(|&byte| byte == 7));
    assert!(bytes[4000..8296].iter().all(|&byte| byte == 0));
    assert!(bytes[8296..].iter().all(|&byte| byte == 7));
    assert_eq!(fixture.stat("/f").unwrap().blocks, 16);
}

#[test]
fn writing_takes_set_user_id_away() {
    let fixture = Fixture::new();
    let file = fixture
        .open("/f", OpenFlags::CREATE | OpenFlags::READ_WRITE, 0o6755)
        .unwrap();
    assert_eq!(fixture.stat("/f").unwrap().mode, 0o6755);
    fixture.write(&file, b"x").unwrap();
    assert_eq!(fixture.stat("/f").unwrap().mode, 0o755);
}

#[test]
fn listing_gives_every_name_once_however_small_the_room() {
    let fixture = Fixture::new();
    let mut expected = vec![".".to_owned(), "..".to_owned()];
    for number in 0..100 {
        let name = format!("entry-{number:03}");
        fixture.create(&name);
        expected.push(name);
    }
    assert_eq!(fixture.names("/", 32768).unwrap(), expected);
    assert_eq!(fixture.names("/", 40).unwrap(), expected);
    assert_eq!(fixture.names("/", 8), Err(Error::InvalidArgument));
}

#[test]
fn a_name_removed_while_listing_does_not_move_the_others() {
    let fixture = Fixture::new();
    for name in ["/a", "/b", "/c", "/d"] {
        fixture.create(name);
    }
    let directory = fixture.open("/", OpenFlags::DIRECTORY, 0).unwrap();
    let request = FakeRequest::with_room(4 * 24);
    run(fixture
        .vfs
        .entries(&fixture.caller(), &directory, &request, 4 * 24))
    .unwrap();
    fixture.unlink("/a").unwrap();
    let request = FakeRequest::with_room(24);
    run(fixture.vfs.entries(&fixture.caller(), &directory, &request, 24)).unwrap();
    assert_eq!(request.room.borrow()[19], b'c');
}

#[test]
fn mapping_a_file_marks_its_access_time_as_reading_it_does() {
    let fixture = Fixture::new();
    let file = fixture.create("/f");
    fixture.write(&file, b"contents").unwrap();
    let before = fixture.stat("/f").unwrap();
    run(crate::file_system::FileSystem::with_contents(
        file.place.file_system(),
        &file.place.node,
        &FakeRequest::default(),
        |_| (),
    ))
    .unwrap();
    let after = fixture.stat("/f").unwrap();
    assert!(after.access > before.access && after.access > after.modify);
    assert_eq!(after.modify, before.modify);
    // Once it lies behind the last change, it stays for a day.
    assert_eq!(fixture.read_at(&file, 0, 1).unwrap(), b"c");
    assert_eq!(fixture.stat("/f").unwrap().access, after.access);
}
