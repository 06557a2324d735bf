//! The straight path answers what the whole path answers, or leaves it to that.

use crate::credentials::Credentials;
use crate::error::Error;
use crate::judge::FileMethod;
use crate::open_file::OpenFlags;
use crate::service::AtFlags;
use crate::service::open::Answer;
use crate::testing::{FakeRequest, Fixture, run};
use proptest::prelude::*;

/// A tree with what paths can meet: directories without permission, links, other labels, mounts.
fn tree() -> Fixture {
    let mut fixture = Fixture::new();
    for directory in ["/a", "/a/b", "/a/.s", "/closed", "/over", "/proc"] {
        fixture.mkdir(directory).unwrap();
    }
    for file in ["/f", "/a/f", "/a/b/f", "/a/.s/f", "/closed/f", "/.f"] {
        fixture.create(file);
    }
    fixture.symlink("a/b", "/l").unwrap();
    fixture.symlink("/none", "/a/l").unwrap();
    let closed = run(fixture.vfs.set_mode(
        &fixture.caller(),
        &fixture.root,
        b"/closed",
        0,
        AtFlags::default(),
    ));
    closed.unwrap();
    let user = std::mem::replace(&mut fixture.credentials, Credentials::root());
    run(fixture
        .vfs
        .mount(&fixture.caller(), &fixture.root, b"/over", b"tmpfs", b"", 0))
    .unwrap();
    fixture.credentials = user;
    fixture.create("/over/f");
    let place = run(fixture
        .vfs
        .resolve(&fixture.caller(), &fixture.root, b"/proc", AtFlags::default()))
    .unwrap();
    fixture.vfs.mounts.mount_remote(place).unwrap();
    fixture
}

fn path() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "a", "b", "f", "l", ".s", ".f", "closed", "over", "proc", "none", ".", "..", "",
    ]);
    (prop::collection::vec(name, 0..5), any::<bool>()).prop_map(|(names, absolute)| {
        let path = names.join("/");
        if absolute { format!("/{path}") } else { path }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn the_straight_path_agrees_with_the_whole_one(
        path in path(),
        flags in prop::sample::select(vec![0, 1, 2, 3, OpenFlags::DIRECTORY, OpenFlags::NO_FOLLOW, OpenFlags::NO_FOLLOW | 1, OpenFlags::APPEND | 1]),
        keep in any::<bool>(),
        refused in prop::option::of((1u32..3, prop::sample::select(vec![
            FileMethod::Open, FileMethod::Read, FileMethod::Write, FileMethod::AttributesAt,
        ]))),
    ) {
        let mut fixture = tree();
        fixture.judge.refused.extend(refused);
        let (caller, file, bytes) = (fixture.caller(), &fixture.root, path.as_bytes());
        let at = AtFlags(if keep { AtFlags::SYMLINK_NO_FOLLOW } else { 0 });
        let whole = run(fixture.vfs.attributes_at(&caller, file, bytes, at));
        if let Some(straight) = fixture.vfs.attributes_at_once(&caller, file, bytes, at) {
            prop_assert_eq!(straight.map(|place| (place.attributes(), place.mount.device)), whole);
        }
        let open = OpenFlags(flags);
        let whole = run(fixture.vfs.open(&caller, &FakeRequest::default(), file, bytes, open, 0));
        if let Some(straight) = fixture.vfs.open_at_once(&caller, file, bytes, open) {
            let straight = straight.map(|opened| (opened.attributes, opened.readiness));
            let whole = match whole {
                Ok(Answer::Opened(opened)) => Ok((opened.attributes, opened.readiness)),
                Ok(other) => panic!("{other:?}"),
                Err(error) => Err(error),
            };
            prop_assert_eq!(straight, whole);
        }
    }
}

#[test]
fn plain_paths_take_the_straight_path() {
    let fixture = tree();
    let (caller, file) = (fixture.caller(), &fixture.root);
    for path in ["/f", "a/b/f", "/a/.s/f", "/over/f", "a"] {
        let found = fixture
            .vfs
            .attributes_at_once(&caller, file, path.as_bytes(), AtFlags::default());
        assert!(found.is_some_and(|found| found.is_ok()), "{path}");
        let opened = fixture
            .vfs
            .open_at_once(&caller, file, path.as_bytes(), OpenFlags(0));
        assert!(opened.is_some_and(|opened| opened.is_ok()), "{path}");
    }
    let closed = fixture
        .vfs
        .attributes_at_once(&caller, file, b"/closed/f", AtFlags::default());
    assert_eq!(closed.map(|found| found.err()), Some(Some(Error::AccessDenied)));
    // A zero byte ends the path of `attributes_at`, and is none of a path to open.
    let found = fixture
        .vfs
        .attributes_at_once(&caller, file, b"/a/f\0/none", AtFlags::default());
    assert!(found.is_some_and(|found| found.is_ok()));
    assert!(
        fixture
            .vfs
            .open_at_once(&caller, file, b"/a/f\0", OpenFlags(0))
            .is_none()
    );
}

#[test]
fn reads_and_writes_at_once_move_the_offset_as_the_others_do() {
    let fixture = Fixture::new();
    fixture.create("/f");
    let file = fixture.open("/f", OpenFlags::READ_WRITE, 0).unwrap();
    let request = FakeRequest::sending(b"hello");
    assert_eq!(fixture.vfs.write_at_once(&file, &request, None, 5), Some(Ok(5)));
    assert_eq!(file.offset.get(), 5);
    assert_eq!(
        fixture.vfs.write_at_once(&file, &request, Some(5), 5),
        Some(Ok(5))
    );
    assert_eq!(file.offset.get(), 5);
    let room = FakeRequest::with_room(20);
    assert_eq!(fixture.vfs.read_at_once(&file, &room, None, 20), Some(Ok(5)));
    assert_eq!(room.received(5), b"hello");
    assert_eq!(file.offset.get(), 10);
    assert_eq!(fixture.vfs.read_at_once(&file, &room, Some(-1), 20), None);
    let reading = fixture.open("/f", 0, 0).unwrap();
    assert_eq!(fixture.vfs.write_at_once(&reading, &request, None, 5), None);
}
