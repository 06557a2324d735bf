//! Mounting from inside: file systems in memory with their limits, bind mounts, what a mount forbids.

use crate::credentials::Credentials;
use crate::error::Error;
use crate::judge::FileMethod;
use crate::open_file::OpenFlags;
use crate::testing::{FakeRequest, Fixture, run};

const READ_ONLY: u64 = 1;
const NO_DEVICES: u64 = 4;
const REMOUNT: u64 = 0x20;
const RECURSIVE: u64 = 0x4000;
const DETACH: u64 = 2;

fn superuser() -> Fixture {
    let mut fixture = Fixture::new();
    fixture.credentials = Credentials::root();
    fixture.mkdir("/m").unwrap();
    fixture
}

impl Fixture {
    fn mount(&self, path: &str, kind: &str, options: &str, flags: u64) -> Result<(), Error> {
        run(self.vfs.mount(
            &self.caller(),
            &self.root,
            path.as_bytes(),
            kind.as_bytes(),
            options.as_bytes(),
            flags,
        ))
    }

    fn bind(&self, source: &str, path: &str, flags: u64) -> Result<(), Error> {
        let source = self.open(source, OpenFlags::PATH, 0)?;
        run(self
            .vfs
            .bind(&self.caller(), &self.root, path.as_bytes(), &source, flags))
    }

    fn unmount(&self, path: &str, flags: u64) -> Result<(), Error> {
        run(self
            .vfs
            .unmount(&self.caller(), &self.root, path.as_bytes(), flags))
    }

    /// Ends the sessions of everything that is open, but for the top directory.
    fn close_files(&self) {
        for badge in self.vfs.open_files.badges() {
            let is_root = |file: &std::rc::Rc<_>| std::rc::Rc::ptr_eq(file, &self.root);
            if !self.vfs.open_files.get(badge).is_some_and(|file| is_root(&file)) {
                self.vfs.close(badge);
            }
        }
    }

    /// Writes that many bytes at the end of a file; answers how many fitted.
    fn append(&self, path: &str, length: usize) -> Result<u64, Error> {
        let file = self.open(
            path,
            OpenFlags::WRITE_ONLY | OpenFlags::APPEND | OpenFlags::CREATE,
            0o600,
        )?;
        let request = FakeRequest::sending(&vec![1; length]);
        run(self.vfs.write(&file, &request, length as u64))
    }
}

#[test]
fn a_mounted_tmpfs_covers_the_directory_and_its_end_shows_it_again() {
    let fixture = superuser();
    fixture.create("/m/below");
    fixture.mount("/m", "tmpfs", "mode=755,uid=7", 0).unwrap();
    assert_eq!(fixture.stat("/m/below"), Err(Error::NoEntry));
    let top = fixture.stat("/m").unwrap();
    assert_eq!((top.mode, top.user), (0o755, 7));
    fixture.create("/m/inside");
    assert_eq!(fixture.rmdir("/m"), Err(Error::Busy));
    fixture.close_files();
    fixture.unmount("/m", 0).unwrap();
    assert!(fixture.stat("/m/below").is_ok());
    assert_eq!(fixture.stat("/m/inside"), Err(Error::NoEntry));
    assert_eq!(fixture.unmount("/m", 0), Err(Error::InvalidArgument));
}

#[test]
fn a_mount_has_a_quota_of_its_own() {
    let fixture = superuser();
    fixture.mount("/m", "tmpfs", "size=8k,nr_inodes=3", 0).unwrap();
    assert_eq!(fixture.append("/m/a", 12_288), Ok(8192));
    assert_eq!(fixture.append("/m/a", 1), Err(Error::NoSpace));
    assert_eq!(fixture.append("/other", 1), Ok(1));
    // The top, /m/a and one more.
    fixture.create("/m/b");
    assert_eq!(
        fixture
            .open("/m/c", OpenFlags::CREATE | OpenFlags::WRITE_ONLY, 0o600)
            .err(),
        Some(Error::NoSpace)
    );
    fixture.unlink("/m/a").unwrap();
    fixture.close_files();
    assert_eq!(fixture.append("/m/c", 8192), Ok(8192));
}

#[test]
fn wrong_options_kinds_and_flags_are_refused() {
    let fixture = superuser();
    for options in [
        "size",
        "size=",
        "size=1x",
        "size=99999999999g",
        "mode=9",
        "uid=-1",
        "colour=red",
    ] {
        assert_eq!(
            fixture.mount("/m", "tmpfs", options, 0),
            Err(Error::InvalidArgument),
            "{options}"
        );
    }
    assert_eq!(fixture.mount("/m", "ext4", "", 0), Err(Error::NoDevice));
    assert_eq!(
        fixture.mount("/m", "tmpfs", "", 1 << 40),
        Err(Error::InvalidArgument)
    );
    fixture.create("/file");
    assert_eq!(fixture.mount("/file", "tmpfs", "", 0), Err(Error::NotDirectory));
    assert_eq!(fixture.mount("/none", "tmpfs", "", 0), Err(Error::NoEntry));
    assert_eq!(fixture.unmount("/m", 1 << 30), Err(Error::InvalidArgument));
    assert_eq!(fixture.unmount("/", 0), Err(Error::Busy));
}

#[test]
fn only_the_superuser_mounts_and_only_where_the_policy_lets_them() {
    let mut fixture = superuser();
    fixture.credentials = Credentials::new(1000, 1000, &[]);
    assert_eq!(fixture.mount("/m", "tmpfs", "", 0), Err(Error::NotPermitted));
    assert_eq!(fixture.unmount("/m", 0), Err(Error::NotPermitted));
    fixture.credentials = Credentials::root();
    fixture.judge.refused.push((1, FileMethod::Mount));
    assert_eq!(fixture.mount("/m", "tmpfs", "", 0), Err(Error::AccessDenied));
}

#[test]
fn a_mount_keeps_the_label_of_the_directory_that_it_covers() {
    let fixture = superuser();
    fixture.mkdir("/.secret").unwrap();
    fixture.mount("/.secret", "tmpfs", "", 0).unwrap();
    assert_eq!(fixture.stat("/.secret").unwrap().label.0, 2);
    fixture.create("/.secret/file");
    assert_eq!(fixture.stat("/.secret/file").unwrap().label.0, 2);
    // What is bound keeps its own.
    fixture.bind("/.secret/file", "/plain", 0).unwrap_err();
    fixture.create("/plain");
    fixture.bind("/.secret/file", "/plain", 0).unwrap();
    assert_eq!(fixture.stat("/plain").unwrap().label.0, 2);
}

#[test]
fn a_busy_mount_stays_and_a_detached_one_lives_on_for_whoever_has_it_open() {
    let fixture = superuser();
    fixture.mount("/m", "tmpfs", "", 0).unwrap();
    fixture.mkdir("/m/inner").unwrap();
    fixture.mount("/m/inner", "tmpfs", "", 0).unwrap();
    fixture.create("/m/file");
    let file = fixture.open("/m/file", OpenFlags::READ_WRITE, 0).unwrap();
    assert_eq!(fixture.unmount("/m", 0), Err(Error::Busy));
    fixture.unmount("/m", DETACH).unwrap();
    assert_eq!(fixture.stat("/m/file"), Err(Error::NoEntry));
    let request = FakeRequest::sending(b"still here");
    assert_eq!(run(fixture.vfs.write(&file, &request, 10)), Ok(10));
    assert_eq!(fixture.vfs.mounts.all().len(), 1);
}

#[test]
fn a_read_only_mount_refuses_changes_and_a_remount_allows_them() {
    let fixture = superuser();
    fixture.mount("/m", "tmpfs", "", 0).unwrap();
    fixture.create("/m/file");
    let _writing = fixture.open("/m/file", OpenFlags::WRITE_ONLY, 0).unwrap();
    // Not while somebody writes.
    assert_eq!(fixture.mount("/m", "", "", REMOUNT | READ_ONLY), Err(Error::Busy));
    fixture.close_files();
    fixture.mount("/m", "", "", REMOUNT | READ_ONLY).unwrap();
    assert_eq!(fixture.append("/m/file", 1), Err(Error::ReadOnly));
    assert_eq!(fixture.mkdir("/m/new"), Err(Error::ReadOnly));
    assert_eq!(fixture.unlink("/m/file"), Err(Error::ReadOnly));
    fixture.mount("/m", "", "", REMOUNT).unwrap();
    assert_eq!(fixture.append("/m/file", 1), Ok(1));
    assert_eq!(
        fixture.mount("/m/file", "", "", REMOUNT),
        Err(Error::InvalidArgument)
    );
}

#[test]
fn a_mount_without_devices_opens_none() {
    let fixture = superuser();
    fixture.mount("/m", "tmpfs", "", NO_DEVICES).unwrap();
    let mode = crate::attributes::Kind::CharacterDevice as u32 | 0o666;
    run(fixture.vfs.make_node(
        &fixture.caller(),
        &fixture.root,
        b"/m/null",
        mode,
        crate::devices::number(1, 3),
    ))
    .unwrap();
    assert_eq!(fixture.open("/m/null", 0, 0).err(), Some(Error::AccessDenied));
    let text = run(fixture.vfs.mounts.describe(&fixture.root.root));
    assert!(String::from_utf8(text).unwrap().contains("/m tmpfs rw,nodev 0 0"));
}

#[test]
fn a_bind_shows_one_directory_at_two_places() {
    let fixture = superuser();
    fixture.mkdir("/a").unwrap();
    fixture.mkdir("/a/inner").unwrap();
    fixture.mount("/a/inner", "tmpfs", "", 0).unwrap();
    fixture.create("/a/inner/deep");
    fixture.create("/a/file");
    fixture.bind("/a", "/m", 0).unwrap();
    assert_eq!(
        fixture.stat("/m/file").unwrap().inode,
        fixture.stat("/a/file").unwrap().inode
    );
    // What is mounted inside comes along only with MS_REC.
    assert_eq!(fixture.stat("/m/inner/deep"), Err(Error::NoEntry));
    fixture.unmount("/m", 0).unwrap();
    fixture.bind("/a", "/m", RECURSIVE).unwrap();
    assert!(fixture.stat("/m/inner/deep").is_ok());
    fixture.create("/plain");
    assert_eq!(fixture.bind("/plain", "/m", 0), Err(Error::NotDirectory));
}

#[test]
fn mounts_have_a_number_that_they_do_not_exceed() {
    let fixture = superuser();
    let mut mounted = 0;
    while fixture.mount("/m", "tmpfs", "", 0).is_ok() {
        mounted += 1;
        assert!(mounted < 1000);
    }
    assert_eq!(fixture.mount("/m", "tmpfs", "", 0), Err(Error::NoMemory));
    for _ in 0..mounted {
        fixture.unmount("/m", 0).unwrap();
    }
}

#[test]
fn what_is_unmounted_ends_its_watches_also_inside() {
    use crate::anonymous::Allowance;
    use crate::anonymous::observer::events;

    let fixture = superuser();
    fixture.mount("/m", "tmpfs", "", 0).unwrap();
    fixture.mkdir("/m/inside").unwrap();
    fixture.mount("/m/inside", "tmpfs", "", 0).unwrap();
    let observing = &fixture.vfs.anonymous.observing;
    let share = Allowance::new(1).take(0, 1).unwrap();
    let observer = observing.observer(&fixture.vfs.backend, 0, share);
    for path in ["/m", "/m/inside", "/"] {
        let place = fixture.open(path, OpenFlags::DIRECTORY, 0).unwrap().place.clone();
        fixture
            .vfs
            .observe(&fixture.caller(), &observer, &place, events::CREATE)
            .unwrap();
    }
    fixture.close_files();
    fixture.unmount("/m", DETACH).unwrap();
    let request = FakeRequest::with_room(1024);
    let count = run(observer.read(&request, 1024, false)).unwrap();
    let bytes = request.received(count);
    let masks: Vec<u32> = bytes
        .chunks_exact(16)
        .map(|event| u32::from_ne_bytes(event[4..8].try_into().unwrap()))
        .collect();
    let ended = [events::UNMOUNT, events::IGNORED];
    assert_eq!(masks, [ended, ended].concat());
    // The watch of what is still mounted stays.
    assert!(!observing.is_empty());
    assert_eq!(observer.stop(3), Ok(()));
}
