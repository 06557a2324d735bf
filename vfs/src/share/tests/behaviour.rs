//! What programs see of a shared folder, and what the host then has.

use super::HostFolder;
use crate::attributes::{Kind, NewInode, Timestamp};
use crate::error::Error;
use crate::file_system::{AnyFileSystem, FileSystem};
use crate::mounts::{Location, MountFlags};
use crate::open_file::{OpenFile, OpenFlags};
use crate::service::AtFlags;
use crate::service::bytes::Whence;
use crate::service::open::Answer;
use crate::share::{Owners, ShareFs};
use crate::testing::{FakeBackend, FakeRequest, Fixture, run};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::rc::Rc;
use trivet_abi::Label;

/// A server with a shared folder at /s.
struct Shared {
    fixture: Fixture,
    host: tempfile::TempDir,
    folder: Rc<HostFolder>,
}

impl Shared {
    fn new(read_only: bool) -> Shared {
        let fixture = Fixture::new();
        let host = tempfile::tempdir().unwrap();
        let (folder, top) = HostFolder::at(host.path());
        let folder = Rc::new(folder);
        let own = fs::metadata(host.path()).unwrap();
        let owners = Owners {
            host: (own.uid(), own.gid()),
            guest: (1000, 1000),
            others: 65534,
        };
        let root = fixture.vfs.mounts.root();
        let new = NewInode {
            kind: Kind::Directory,
            mode: 0o755,
            user: 0,
            group: 0,
            special_device: 0,
            label: Label(1),
            now: Timestamp::default(),
        };
        let node = run(root.file_system().create(&root.node, b"s", &new)).unwrap();
        let place = Location {
            mount: root.mount,
            node,
        };
        let backend = Rc::clone(&fixture.vfs.backend);
        let share = ShareFs::new(backend, Rc::clone(&folder), &top, owners, Label(1), read_only);
        let file_system = Rc::new(AnyFileSystem::Share(share));
        let top = file_system.root();
        fixture
            .vfs
            .mounts
            .mount(place, file_system, top, MountFlags(u64::from(read_only)))
            .unwrap();
        Shared {
            fixture,
            host,
            folder,
        }
    }

    fn open(&self, path: &str, flags: u64, mode: u32) -> Result<Rc<OpenFile<FakeBackend>>, Error> {
        let request = FakeRequest::default();
        let vfs = &self.fixture.vfs;
        let opened = run(vfs.open(
            &self.fixture.caller(),
            &request,
            &self.fixture.root,
            path.as_bytes(),
            OpenFlags(flags),
            mode,
        ))?;
        let Answer::Opened(opened) = opened else {
            panic!("{path} leads elsewhere")
        };
        Ok(vfs.open_files.get(opened.badge).unwrap())
    }

    fn close(&self, file: Rc<OpenFile<FakeBackend>>) {
        let badge = self.badge(&file);
        drop(file);
        self.fixture.vfs.close(badge);
    }

    fn badge(&self, file: &Rc<OpenFile<FakeBackend>>) -> u64 {
        let files = &self.fixture.vfs.open_files;
        (0..1000)
            .flat_map(|index| (1..40).map(move |generation| generation << 32 | index))
            .find(|&badge| files.get(badge).is_some_and(|found| Rc::ptr_eq(&found, file)))
            .unwrap()
    }

    fn write(&self, file: &OpenFile<FakeBackend>, bytes: &[u8]) -> Result<u64, Error> {
        let request = FakeRequest::sending(bytes);
        run(self.fixture.vfs.write(file, &request, bytes.len() as u64))
    }

    fn read(&self, file: &OpenFile<FakeBackend>, room: usize) -> Result<Vec<u8>, Error> {
        let request = FakeRequest::with_room(room);
        let count = run(self.fixture.vfs.read(file, &request, room as u64))?;
        Ok(request.received(count))
    }

    fn size(&self, file: &OpenFile<FakeBackend>) -> u64 {
        run(file.place.file_system().refresh(&file.place.node)).unwrap();
        file.place.attributes().size
    }
}

const READ: u64 = 0;
const WRITE: u64 = OpenFlags::WRITE_ONLY;
const BOTH: u64 = OpenFlags::READ_WRITE;
const CREATE: u64 = OpenFlags::CREATE;

#[test]
fn what_a_program_writes_is_on_the_host() {
    let shared = Shared::new(false);
    let file = shared.open("/s/new", WRITE | CREATE, 0o640).unwrap();
    let bytes = vec![7; 100_000];
    assert_eq!(shared.write(&file, &bytes), Ok(100_000));
    let host = shared.host.path().join("new");
    assert_eq!(fs::read(&host).unwrap(), bytes);
    assert_eq!(fs::metadata(&host).unwrap().permissions().mode() & 0o7777, 0o640);
    let attributes = file.place.attributes();
    assert_eq!((attributes.size, attributes.user), (100_000, 1000));
}

#[test]
fn a_file_that_nobody_may_write_is_written_by_who_makes_it() {
    let shared = Shared::new(false);
    let file = shared.open("/s/fixed", WRITE | CREATE, 0o444).unwrap();
    assert_eq!(shared.write(&file, b"once"), Ok(4));
    let host = shared.host.path().join("fixed");
    assert_eq!(fs::metadata(&host).unwrap().permissions().mode() & 0o7777, 0o444);
    assert_eq!(fs::read(&host).unwrap(), b"once");
    assert_eq!(shared.open("/s/fixed", WRITE, 0).err(), Some(Error::AccessDenied));
}

#[test]
fn what_the_host_changes_is_seen_at_once() {
    let shared = Shared::new(false);
    let host = shared.host.path().join("f");
    fs::write(&host, "one").unwrap();
    let file = shared.open("/s/f", READ, 0).unwrap();
    assert_eq!(shared.read(&file, 10).unwrap(), b"one");
    fs::write(&host, "one and two").unwrap();
    assert_eq!(shared.size(&file), 11);
    assert_eq!(shared.read(&file, 10).unwrap(), b" and two");
    fs::remove_file(&host).unwrap();
    assert_eq!(shared.open("/s/f", READ, 0).err(), Some(Error::NoEntry));
}

#[test]
fn a_read_only_folder_refuses_every_change_with_erofs() {
    let shared = Shared::new(true);
    fs::write(shared.host.path().join("f"), "text").unwrap();
    let vfs = &shared.fixture.vfs;
    let (caller, root) = (shared.fixture.caller(), &shared.fixture.root);
    assert_eq!(shared.open("/s/f", WRITE, 0).err(), Some(Error::ReadOnly));
    assert_eq!(
        shared.open("/s/f", READ | OpenFlags::TRUNCATE, 0).err(),
        Some(Error::ReadOnly)
    );
    assert_eq!(
        shared.open("/s/new", WRITE | CREATE, 0o600).err(),
        Some(Error::ReadOnly)
    );
    assert_eq!(
        run(vfs.unlink(&caller, root, b"/s/f", AtFlags::default())),
        Err(Error::ReadOnly)
    );
    assert_eq!(
        run(vfs.make_directory(&caller, root, b"/s/d", 0o755)),
        Err(Error::ReadOnly)
    );
    assert_eq!(
        run(vfs.set_mode(&caller, root, b"/s/f", 0o600, AtFlags::default())),
        Err(Error::ReadOnly)
    );
    assert_eq!(
        run(vfs.symlink(&caller, root, b"x", b"/s/l")),
        Err(Error::ReadOnly)
    );
    let flags = AtFlags::default();
    assert_eq!(
        run(vfs.rename(&caller, root, b"/s/f", root, b"/s/g", flags)),
        Err(Error::ReadOnly)
    );
    assert_eq!(
        run(vfs.link(&caller, root, b"/s/f", root, b"/s/g", flags)),
        Err(Error::ReadOnly)
    );
    let file = shared.open("/s/f", READ, 0).unwrap();
    assert_eq!(shared.read(&file, 10).unwrap(), b"text");
    assert_eq!(fs::read(shared.host.path().join("f")).unwrap(), b"text");
}

#[test]
fn links_that_the_host_made_lead_nowhere_outside() {
    let shared = Shared::new(false);
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "x").unwrap();
    let host = shared.host.path();
    fs::create_dir(host.join("d")).unwrap();
    symlink(outside.path().join("secret"), host.join("absolute")).unwrap();
    symlink(outside.path(), host.join("folder")).unwrap();
    let depth = "../".repeat(40);
    symlink(
        format!("{depth}{}", outside.path().join("secret").display()),
        host.join("d/climbs"),
    )
    .unwrap();
    // Each is followed in the guest's own tree, which has no such file.
    for path in ["/s/absolute", "/s/folder/secret", "/s/d/climbs"] {
        assert_eq!(shared.open(path, READ, 0).err(), Some(Error::NoEntry), "{path}");
    }
    assert_eq!(
        shared.open("/s/absolute", WRITE | CREATE, 0o600).err(),
        Some(Error::NoEntry)
    );
    let up = format!("/s/d/{depth}{}/secret", outside.path().display());
    assert_eq!(shared.open(&up, READ, 0).err(), Some(Error::NoEntry));
    // Above the folder is the guest's own tree.
    let above = shared.open("/s/d/../..", READ, 0).unwrap();
    assert!(above.place.is(&shared.fixture.root.place));
    assert_eq!(fs::read(outside.path().join("secret")).unwrap(), b"x");
}

#[test]
fn names_are_made_moved_linked_and_removed() {
    let shared = Shared::new(false);
    let vfs = &shared.fixture.vfs;
    let (caller, root, host) = (shared.fixture.caller(), &shared.fixture.root, shared.host.path());
    run(vfs.make_directory(&caller, root, b"/s/d", 0o755)).unwrap();
    fs::write(host.join("d/f"), "1").unwrap();
    let flags = AtFlags::default();
    run(vfs.rename(&caller, root, b"/s/d", root, b"/s/e", flags)).unwrap();
    run(vfs.link(&caller, root, b"/s/e/f", root, b"/s/g", flags)).unwrap();
    assert_eq!(fs::metadata(host.join("g")).unwrap().nlink(), 2);
    run(vfs.symlink(&caller, root, b"e/f", b"/s/l")).unwrap();
    assert_eq!(run(vfs.read_link(&caller, root, b"/s/l")).unwrap(), b"e/f");
    let file = shared.open("/s/l", READ, 0).unwrap();
    assert_eq!(shared.read(&file, 9).unwrap(), b"1");
    run(vfs.unlink(&caller, root, b"/s/g", flags)).unwrap();
    run(vfs.unlink(&caller, root, b"/s/e/f", flags)).unwrap();
    run(vfs.unlink(&caller, root, b"/s/e", AtFlags(AtFlags::REMOVE_DIRECTORY))).unwrap();
    assert!(!host.join("e").exists() && !host.join("g").exists());
    let other = run(vfs.rename(&caller, root, b"/s/l", root, b"/elsewhere", flags));
    assert_eq!(other, Err(Error::CrossDevice));
}

#[test]
fn a_renamed_directory_has_its_new_path() {
    let shared = Shared::new(false);
    let vfs = &shared.fixture.vfs;
    let (caller, root) = (shared.fixture.caller(), &shared.fixture.root);
    fs::create_dir_all(shared.host.path().join("a/b")).unwrap();
    let inner = shared.open("/s/a/b", READ | OpenFlags::DIRECTORY, 0).unwrap();
    assert_eq!(run(vfs.path(&caller, &inner)).unwrap(), b"/s/a/b");
    run(vfs.rename(&caller, root, b"/s/a", root, b"/s/c", AtFlags::default())).unwrap();
    assert_eq!(run(vfs.path(&caller, &inner)).unwrap(), b"/s/c/b");
}

#[test]
fn an_open_file_outlives_its_name() {
    let shared = Shared::new(false);
    let vfs = &shared.fixture.vfs;
    let (caller, root) = (shared.fixture.caller(), &shared.fixture.root);
    let file = shared.open("/s/f", BOTH | CREATE, 0o600).unwrap();
    shared.write(&file, b"first").unwrap();
    fs::write(shared.host.path().join("other"), "other").unwrap();
    run(vfs.unlink(&caller, root, b"/s/f", AtFlags::default())).unwrap();
    assert_eq!(file.place.attributes().links, 0);
    shared.write(&file, b" second").unwrap();
    run(vfs.seek(&file, 0, Whence::Start)).unwrap();
    assert_eq!(shared.read(&file, 20).unwrap(), b"first second");
    // Another file under the same name is none of its own.
    fs::write(shared.host.path().join("f"), "new").unwrap();
    assert_eq!(shared.size(&file), 12);
    assert_eq!(
        run(vfs.set_size(&file, &FakeRequest::default(), 3)),
        Err(Error::InputOutput)
    );
    assert_eq!(fs::read(shared.host.path().join("f")).unwrap(), b"new");
}

#[test]
fn a_file_that_is_replaced_stays_what_it_was_for_who_has_it_open() {
    let shared = Shared::new(false);
    let vfs = &shared.fixture.vfs;
    let (caller, root) = (shared.fixture.caller(), &shared.fixture.root);
    fs::write(shared.host.path().join("old"), "old").unwrap();
    fs::write(shared.host.path().join("new"), "newer").unwrap();
    let file = shared.open("/s/old", BOTH, 0).unwrap();
    run(vfs.rename(&caller, root, b"/s/new", root, b"/s/old", AtFlags::default())).unwrap();
    assert_eq!(shared.read(&file, 9).unwrap(), b"old");
    assert_eq!(shared.size(&file), 3);
    let now = shared.open("/s/old", READ, 0).unwrap();
    assert_eq!(shared.read(&now, 9).unwrap(), b"newer");
    assert!(!now.place.is(&file.place));
}

#[test]
fn who_appends_does_so_behind_what_the_host_has() {
    let shared = Shared::new(false);
    let host = shared.host.path().join("log");
    fs::write(&host, "a").unwrap();
    let file = shared.open("/s/log", WRITE | OpenFlags::APPEND, 0).unwrap();
    shared.write(&file, b"b").unwrap();
    fs::write(&host, "abc").unwrap();
    shared.write(&file, b"d").unwrap();
    assert_eq!(fs::read(&host).unwrap(), b"abcd");
}

#[test]
fn set_id_bits_and_other_owners_stay_away_from_the_host() {
    let shared = Shared::new(false);
    let vfs = &shared.fixture.vfs;
    let (caller, root) = (shared.fixture.caller(), &shared.fixture.root);
    shared.open("/s/f", WRITE | CREATE, 0o6755).unwrap();
    let mode = || {
        fs::metadata(shared.host.path().join("f"))
            .unwrap()
            .permissions()
            .mode()
            & 0o7777
    };
    assert_eq!(mode(), 0o755);
    run(vfs.set_mode(&caller, root, b"/s/f", 0o6711, AtFlags::default())).unwrap();
    assert_eq!(mode(), 0o711);
    let given = run(vfs.set_owner(&caller, root, b"/s/f", (Some(0), None), AtFlags::default()));
    assert_eq!(given, Err(Error::NotPermitted));
    run(vfs.set_owner(
        &caller,
        root,
        b"/s/f",
        (Some(1000), Some(1000)),
        AtFlags::default(),
    ))
    .unwrap();
    let device = run(vfs.make_node(&caller, root, b"/s/dev", 0o020_666, 0x103));
    assert_eq!(device, Err(Error::NotPermitted));
}

#[test]
fn contents_that_are_mapped_follow_what_is_written() {
    let shared = Shared::new(false);
    let host = shared.host.path().join("m");
    fs::write(&host, vec![1; 5000]).unwrap();
    let file = shared.open("/s/m", BOTH, 0).unwrap();
    let lend = || {
        let node = &file.place.node;
        run(file
            .place
            .file_system()
            .with_contents(node, &FakeRequest::default(), |contents| {
                contents.borrow().clone()
            }))
        .unwrap()
    };
    let bytes = lend();
    assert_eq!((bytes.len(), bytes[4999], bytes[5000]), (8192, 1, 0));
    shared.write(&file, &[2, 2]).unwrap();
    assert_eq!(lend()[..3], [2, 2, 1]);
    fs::write(&host, [9]).unwrap();
    assert_eq!(lend().len(), 4096);
    assert_eq!(lend()[..2], [9, 0]);
}

#[test]
fn a_directory_lists_each_name_once() {
    let shared = Shared::new(false);
    for number in 0..300 {
        fs::write(shared.host.path().join(format!("file-{number:03}")), "").unwrap();
    }
    let directory = shared.open("/s", READ | OpenFlags::DIRECTORY, 0).unwrap();
    let mut names = Vec::new();
    loop {
        let request = FakeRequest::with_room(1000);
        let vfs = &shared.fixture.vfs;
        let count = run(vfs.entries(&shared.fixture.caller(), &directory, &request, 1000)).unwrap();
        if count == 0 {
            break;
        }
        let bytes = request.received(count);
        let mut at = 0;
        while at < bytes.len() {
            let length = usize::from(u16::from_le_bytes([bytes[at + 16], bytes[at + 17]]));
            let name = &bytes[at + 19..at + length];
            let end = name.iter().position(|&byte| byte == 0).unwrap();
            names.push(String::from_utf8(name[..end].to_vec()).unwrap());
            at += length;
        }
    }
    assert_eq!(names.len(), 302);
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 302);
}

#[test]
fn a_driver_that_is_gone_is_an_error_and_every_node_is_forgotten_once() {
    let shared = Shared::new(false);
    fs::create_dir_all(shared.host.path().join("a/b/c")).unwrap();
    fs::write(shared.host.path().join("a/b/c/f"), "x").unwrap();
    for _ in 0..3 {
        let file = shared.open("/s/a/b/c/f", BOTH, 0).unwrap();
        assert_eq!(shared.read(&file, 4).unwrap(), b"x");
        shared.close(file);
    }
    // The top is left.
    assert_eq!(shared.folder.count(), 1);
    let file = shared.open("/s/a/b/c/f", BOTH, 0).unwrap();
    shared.folder.dead.set(true);
    assert_eq!(shared.read(&file, 4), Err(Error::InputOutput));
    assert_eq!(shared.write(&file, b"y"), Err(Error::InputOutput));
    assert_eq!(shared.open("/s/a", READ, 0).err(), Some(Error::InputOutput));
}
