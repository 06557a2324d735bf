//! Mounts, and directories from which another server goes on.

use crate::error::Error;
use crate::file_system::FileSystem;
use crate::mounts::{Location, MountFlags};
use crate::open_file::OpenFlags;
use crate::service::AtFlags;
use crate::service::open::Answer;
use crate::testing::{FakeBackend, FakeRequest, Fixture, run};

impl Fixture {
    fn directory(&self, path: &str) -> Location<FakeBackend> {
        let place = run(self
            .vfs
            .resolve(&self.caller(), &self.root, path.as_bytes(), AtFlags::default()));
        place.unwrap()
    }

    fn answer(&self, path: &str, flags: u64) -> Result<Answer, Error> {
        run(self.vfs.open(
            &self.caller(),
            &FakeRequest::default(),
            &self.root,
            path.as_bytes(),
            OpenFlags(flags),
            0,
        ))
    }
}

fn with_proc() -> Fixture {
    let fixture = Fixture::new();
    fixture.mkdir("/proc").unwrap();
    fixture.mkdir("/dev").unwrap();
    let place = fixture.directory("/proc");
    fixture.vfs.mounts.mount_remote(place).unwrap();
    fixture
}

#[test]
fn a_path_into_the_process_servers_files_is_left_to_the_caller() {
    let fixture = with_proc();
    for (path, left) in [
        ("/proc", 0),
        ("/proc/", 0),
        ("/proc/self/status", 11),
        ("/dev/..//proc///1/", 2),
    ] {
        match fixture.answer(path, 0) {
            Ok(Answer::Files(bytes)) => assert_eq!(bytes, left, "{path}"),
            other => panic!("{path}: {other:?}"),
        }
        assert_eq!(fixture.stat(path), Err(Error::Remote));
    }
    assert_eq!(fixture.rmdir("/proc"), Err(Error::Remote));
    assert_eq!(fixture.rename("/dev", "/proc/x", 0), Err(Error::Remote));
    // The way up does not cross the mount again.
    assert_eq!(fixture.stat("/proc/..").err(), Some(Error::Remote));
}

#[test]
fn a_link_into_the_process_servers_files_is_given_with_what_follows_it() {
    let fixture = with_proc();
    fixture.symlink("/proc/self/fd", "/dev/fd").unwrap();
    fixture.symlink("../dev/fd", "/dev/other").unwrap();
    for (path, left, says) in [
        ("/dev/fd/17", 2, "/proc/self/fd"),
        ("/dev/fd", 0, "/proc/self/fd"),
        ("dev//other//3", 1, "../dev/fd"),
    ] {
        let Ok(Answer::Link(link, bytes)) = fixture.answer(path, 0) else {
            panic!("{path} is a link");
        };
        assert_eq!(bytes, left);
        let file = fixture.vfs.open_files.get(link.badge).unwrap();
        let text = run(fixture.vfs.read_link(&fixture.caller(), &file, b""));
        assert_eq!(text.unwrap(), says.as_bytes());
        fixture.vfs.open_files.remove(link.badge);
    }
    // The link itself is this server's.
    assert!(fixture.lstat("/dev/fd").is_ok());
    let keep = OpenFlags::PATH | OpenFlags::NO_FOLLOW;
    assert!(matches!(fixture.answer("/dev/fd", keep), Ok(Answer::Opened(_))));
}

#[test]
fn a_file_system_that_is_mounted_elsewhere_too_has_one_device_number() {
    let fixture = Fixture::new();
    fixture.mkdir("/a").unwrap();
    fixture.mkdir("/b").unwrap();
    fixture.create("/a/file");
    let source = fixture.directory("/a");
    let place = fixture.directory("/b");
    let file_system = std::rc::Rc::clone(&source.mount.file_system);
    fixture
        .vfs
        .mounts
        .mount(
            place,
            file_system,
            source.node.clone(),
            MountFlags(MountFlags::READ_ONLY),
        )
        .unwrap();
    let found =
        run(fixture
            .vfs
            .attributes_at(&fixture.caller(), &fixture.root, b"/b/file", AtFlags::default()));
    assert_eq!(found.unwrap().1, source.mount.device);
    // Nothing is changed through it, and all is seen through it.
    assert!(matches!(
        fixture.open("/b/new", OpenFlags::CREATE | OpenFlags::WRITE_ONLY, 0o600),
        Err(Error::ReadOnly)
    ));
    fixture.create("/a/new");
    assert!(fixture.stat("/b/new").is_ok());
    assert_eq!(fixture.rename("/a/new", "/b/other", 0), Err(Error::CrossDevice));
    assert!(
        source
            .file_system()
            .same(&source.node, &fixture.directory("/b").node)
    );
}

#[test]
fn the_list_of_mounts_names_each_and_where_it_stands() {
    let fixture = with_proc();
    fixture.mkdir("/with space").unwrap();
    let (source, place) = (fixture.directory("/dev"), fixture.directory("/with space"));
    let file_system = std::rc::Rc::clone(&source.mount.file_system);
    fixture
        .vfs
        .mounts
        .mount(
            place,
            file_system,
            source.node.clone(),
            MountFlags(MountFlags::READ_ONLY),
        )
        .unwrap();
    let text =
        |root: &Location<FakeBackend>| String::from_utf8(run(fixture.vfs.mounts.describe(root))).unwrap();
    assert_eq!(
        text(&fixture.root.root),
        "tmpfs / tmpfs rw 0 0\nproc /proc proc rw 0 0\ntmpfs /with\\040space tmpfs ro 0 0\n"
    );
    // A root further down sees nothing of what lies outside.
    assert_eq!(text(&source), "");
}

#[test]
fn the_device_of_mounts_is_read_as_a_text() {
    let mut fixture = with_proc();
    fixture.credentials = crate::credentials::Credentials::root();
    let mode = crate::attributes::Kind::CharacterDevice as u32 | 0o444;
    run(fixture.vfs.make_node(
        &fixture.caller(),
        &fixture.root,
        b"/mounts",
        mode,
        crate::devices::MOUNTS,
    ))
    .unwrap();
    let file = fixture.open("/mounts", 0, 0).unwrap();
    let mut text = Vec::new();
    loop {
        let request = FakeRequest::with_room(10);
        let done = run(fixture.vfs.read(&file, &request, 10)).unwrap();
        if done == 0 {
            break;
        }
        text.extend(request.received(done));
    }
    assert_eq!(text, b"tmpfs / tmpfs rw 0 0\nproc /proc proc rw 0 0\n");
}
