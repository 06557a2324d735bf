//! The same random operations here and in a folder of the host: results, errors and the tree that remains must agree.
//! The host is a Linux system and its file system the one that people trust.

use crate::attributes::Kind;
use crate::credentials::Credentials;
use crate::error::Error;
use crate::open_file::OpenFlags;
use crate::service::AtFlags;
use crate::testing::{FakeRequest, Fixture, run};
use proptest::prelude::*;
use std::fs;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

#[derive(Clone, Debug)]
enum Step {
    MakeDirectory(String),
    Write(String, u16, u8),
    SetSize(String, u16),
    Unlink(String),
    RemoveDirectory(String),
    Rename(String, String),
    Link(String, String),
    Symlink(String, String),
    Stat(String),
}

fn path() -> impl Strategy<Value = String> {
    let component = prop_oneof![5 => "[abc]", 1 => Just("..".to_owned()), 1 => Just(".".to_owned())];
    (
        proptest::collection::vec(component, 1..4),
        prop_oneof![6 => Just(""), 1 => Just("/")],
    )
        .prop_map(|(parts, end)| parts.join("/") + end)
}

/// Where links lead: never upwards, so that no path of three components leaves the folder.
fn target() -> impl Strategy<Value = String> {
    proptest::collection::vec("[abc]", 1..4).prop_map(|parts| parts.join("/"))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => path().prop_map(Step::MakeDirectory),
        4 => (path(), 0u16..9000, any::<u8>()).prop_map(|(path, at, byte)| Step::Write(path, at, byte)),
        1 => (path(), 0u16..9000).prop_map(|(path, size)| Step::SetSize(path, size)),
        2 => path().prop_map(Step::Unlink),
        2 => path().prop_map(Step::RemoveDirectory),
        5 => (path(), path()).prop_map(|(from, to)| Step::Rename(from, to)),
        2 => (path(), path()).prop_map(|(from, to)| Step::Link(from, to)),
        2 => (target(), path()).prop_map(|(target, at)| Step::Symlink(target, at)),
        2 => path().prop_map(Step::Stat),
    ]
}

fn errno<T>(result: io::Result<T>) -> Result<T, u16> {
    result.map_err(|error| error.raw_os_error().unwrap_or(0) as u16)
}

/// Paths are resolved below a folder three deep, so that ".." never leaves what both sides share.
const BASE: &str = "x/y/z";

/// `std` cuts a trailing slash in some calls; paths are put together as text.
fn host_path(root: &Path, path: &str) -> PathBuf {
    PathBuf::from(format!("{}/{BASE}/{path}", root.display()))
}

fn on_host(root: &Path, step: &Step) -> Result<u64, u16> {
    let at = |path: &str| host_path(root, path);
    match step {
        Step::MakeDirectory(path) => errno(fs::create_dir(at(path))).map(|()| 0),
        Step::Write(path, offset, byte) => errno(
            fs::OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .open(at(path))
                .and_then(|file| {
                    file.write_at(&[*byte; 10], u64::from(*offset))
                        .map(|count| count as u64)
                }),
        ),
        Step::SetSize(path, size) => errno(
            fs::OpenOptions::new()
                .write(true)
                .open(at(path))
                .and_then(|file| file.set_len(u64::from(*size)).map(|()| 0)),
        ),
        Step::Unlink(path) => errno(fs::remove_file(at(path))).map(|()| 0),
        Step::RemoveDirectory(path) => errno(fs::remove_dir(at(path))).map(|()| 0),
        Step::Rename(from, to) => errno(fs::rename(at(from), at(to))).map(|()| 0),
        Step::Link(from, to) => errno(fs::hard_link(at(from), at(to))).map(|()| 0),
        Step::Symlink(target, path) => errno(symlink(target, at(path))).map(|()| 0),
        Step::Stat(path) => {
            errno(fs::metadata(at(path))).map(|found| if found.is_dir() { 0 } else { found.size() })
        }
    }
}

fn here(fixture: &Fixture, step: &Step) -> Result<u64, u16> {
    let at = |path: &str| format!("/{BASE}/{path}");
    let done = |result: Result<(), Error>| result.map(|()| 0);
    let result = match step {
        Step::MakeDirectory(path) => done(fixture.mkdir(&at(path))),
        Step::Write(path, offset, byte) => fixture
            .open(&at(path), OpenFlags::CREATE | OpenFlags::WRITE_ONLY, 0o644)
            .and_then(|file| {
                run(fixture
                    .vfs
                    .write_at(&file, &FakeRequest::sending(&[*byte; 10]), i64::from(*offset), 10))
            }),
        Step::SetSize(path, size) => fixture
            .open(&at(path), OpenFlags::WRITE_ONLY, 0)
            .and_then(|file| {
                done(run(fixture.vfs.set_size(
                    &file,
                    &FakeRequest::default(),
                    i64::from(*size),
                )))
            }),
        Step::Unlink(path) => done(fixture.unlink(&at(path))),
        Step::RemoveDirectory(path) => done(fixture.rmdir(&at(path))),
        Step::Rename(from, to) => done(fixture.rename(&at(from), &at(to), 0)),
        Step::Link(from, to) => done(fixture.link(&at(from), &at(to))),
        Step::Symlink(target, path) => done(fixture.symlink(target, &at(path))),
        Step::Stat(path) => fixture.stat(&at(path)).map(|found| match found.kind {
            Kind::Directory => 0,
            _ => found.size,
        }),
    };
    result.map_err(Error::number)
}

/// Everything below a folder of the host: path, kind, links, and contents or target.
fn host_tree(root: &Path, below: &str, lines: &mut Vec<String>) {
    let mut names: Vec<String> = fs::read_dir(root.join(below))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    for name in names {
        let path = format!("{below}/{name}");
        let full = root.join(&path);
        let found = fs::symlink_metadata(&full).unwrap();
        if found.is_dir() {
            lines.push(format!("{path} directory {}", found.nlink()));
            host_tree(root, &path, lines);
        } else if found.is_symlink() {
            lines.push(format!("{path} -> {}", fs::read_link(&full).unwrap().display()));
        } else {
            lines.push(format!(
                "{path} file {} {:?}",
                found.nlink(),
                fs::read(&full).unwrap()
            ));
        }
    }
}

fn tree_here(fixture: &Fixture, below: &str, lines: &mut Vec<String>) {
    let mut names = fixture.names(&format!("/{below}"), 32768).unwrap();
    names.retain(|name| name != "." && name != "..");
    names.sort();
    for name in names {
        let path = format!("{below}/{name}");
        let found = fixture.lstat(&format!("/{path}")).unwrap();
        match found.kind {
            Kind::Directory => {
                lines.push(format!("{path} directory {}", found.links));
                tree_here(fixture, &path, lines);
            }
            Kind::Symlink => {
                let text = run(fixture
                    .vfs
                    .read_link(&fixture.caller(), &fixture.root, path.as_bytes()))
                .unwrap();
                lines.push(format!("{path} -> {}", String::from_utf8(text).unwrap()));
            }
            _ => {
                let file = fixture.open(&format!("/{path}"), 0, 0).unwrap();
                let bytes = fixture.read_at(&file, 0, found.size as usize).unwrap();
                lines.push(format!("{path} file {} {bytes:?}", found.links));
            }
        }
    }
}

static FOLDERS: AtomicU32 = AtomicU32::new(0);

/// A folder of the host that goes away with its owner. In memory where the host has such a place, since links to directories
/// are counted there as POSIX systems traditionally do.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let shared_memory = Path::new("/dev/shm");
        let base = if shared_memory.is_dir() {
            shared_memory.to_path_buf()
        } else {
            std::env::temp_dir()
        };
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let folder = base.join(format!("trivet-vfs-test-{}-{number}", std::process::id()));
        fs::create_dir_all(folder.join(BASE)).unwrap();
        Folder(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nothing to report to: the folder lies among temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn agree(steps: &[Step]) {
    let folder = Folder::new();
    let mut fixture = Fixture::with_limits(1 << 24, 10_000);
    fixture.credentials = Credentials::root();
    for path in ["x", "x/y", "x/y/z"] {
        fixture.mkdir(path).unwrap();
    }
    for step in steps {
        let (expected, got) = (on_host(&folder.0, step), here(&fixture, step));
        assert_eq!(got, expected, "{step:?} of {steps:?}");
    }
    let (mut expected, mut got) = (Vec::new(), Vec::new());
    host_tree(&folder.0, "x", &mut expected);
    tree_here(&fixture, "x", &mut got);
    assert_eq!(got, expected, "after {steps:?}");
}

// PROPTEST_CASES sets how many sequences are tried.
proptest! {
    #[test]
    fn every_operation_does_what_the_host_does(steps in proptest::collection::vec(step(), 1..40)) {
        agree(&steps);
    }
}

#[test]
fn exchange_flags_are_told_apart_from_plain_renames() {
    let fixture = Fixture::new();
    fixture.create("/a");
    fixture.create("/b");
    let both = AtFlags::EXCHANGE | AtFlags::NO_REPLACE;
    assert_eq!(fixture.rename("/a", "/b", both), Err(Error::InvalidArgument));
    assert_eq!(
        fixture.rename("/a", "/b", AtFlags::NO_REPLACE),
        Err(Error::Exists)
    );
}
