//! What observers hear, and what they are refused.

use crate::anonymous::observer::{Observer, events};
use crate::anonymous::{Allowance, Share};
use crate::error::Error;
use crate::judge::FileMethod;
use crate::open_file::OpenFlags;
use crate::testing::{FakeBackend, FakeRequest, Fixture, run};
use std::rc::Rc;
use trivet_abi::Label;

fn share() -> Share {
    Allowance::new(1).take(0, 1).unwrap()
}

fn observer(fixture: &Fixture) -> Rc<Observer<FakeBackend>> {
    let observing = &fixture.vfs.anonymous.observing;
    observing.observer(&fixture.vfs.backend, 0, share())
}

/// Watch, mask and name of each event that waits.
fn heard(observer: &Observer<FakeBackend>) -> Vec<(i32, u32, String)> {
    let request = FakeRequest::with_room(1 << 16);
    let Ok(count) = run(observer.read(&request, 1 << 16, false)) else {
        return Vec::new();
    };
    let mut rest = &request.received(count)[..];
    let mut found = Vec::new();
    while !rest.is_empty() {
        let word = |at: usize| u32::from_ne_bytes(rest[at..at + 4].try_into().unwrap());
        let length = word(12) as usize;
        let name = rest[16..16 + length].iter().take_while(|&&byte| byte != 0);
        let name = String::from_utf8(name.copied().collect()).unwrap();
        found.push((word(0) as i32, word(4), name));
        rest = &rest[16 + length..];
    }
    found
}

#[test]
fn a_directory_tells_of_names_and_of_what_is_done_with_its_files() {
    let fixture = Fixture::new();
    let observer = observer(&fixture);
    let watched = fixture
        .vfs
        .observe(&fixture.caller(), &observer, &fixture.root.place, events::ALL);
    assert_eq!(watched, Ok(1));
    fixture.create("/a");
    let file = fixture.open("/a", OpenFlags::WRITE_ONLY, 0).unwrap();
    run(fixture.vfs.write(&file, &FakeRequest::sending(b"x"), 1)).unwrap();
    fixture.unlink("/a").unwrap();
    let named = |mask: u32| (1, mask, "a".to_owned());
    let all = heard(&observer);
    assert_eq!(all[0], named(events::CREATE));
    assert!(all.contains(&named(events::OPEN)) && all.contains(&named(events::MODIFY)));
    assert_eq!(all.last(), Some(&named(events::DELETE)));
    // A file without its name tells its directory nothing more.
    run(fixture.vfs.write(&file, &FakeRequest::sending(b"x"), 1)).unwrap();
    assert_eq!(heard(&observer), []);
}

#[test]
fn who_may_not_read_a_file_cannot_watch_it() {
    let mut fixture = Fixture::new();
    let observer = observer(&fixture);
    fixture.create("/a");
    let file = fixture.open("/a", 0, 0).unwrap();
    run(fixture
        .vfs
        .set_mode(&fixture.caller(), &fixture.root, b"/a", 0o200, Default::default()))
    .unwrap();
    let watch = |fixture: &Fixture| {
        fixture
            .vfs
            .observe(&fixture.caller(), &observer, &file.place, events::OPEN)
    };
    assert_eq!(watch(&fixture), Err(Error::AccessDenied));
    run(fixture
        .vfs
        .set_mode(&fixture.caller(), &fixture.root, b"/a", 0o400, Default::default()))
    .unwrap();
    fixture.judge.refused.push((Label(1).0, FileMethod::Read));
    assert_eq!(watch(&fixture), Err(Error::AccessDenied));
    fixture.judge.refused.clear();
    assert_eq!(watch(&fixture), Ok(1));
}

#[test]
fn an_observer_that_is_gone_watches_nothing() {
    let fixture = Fixture::new();
    let (first, second) = (observer(&fixture), observer(&fixture));
    for observer in [&first, &second] {
        fixture
            .vfs
            .observe(&fixture.caller(), observer, &fixture.root.place, events::CREATE)
            .unwrap();
    }
    drop(first);
    assert!(!fixture.vfs.anonymous.observing.is_empty());
    second.stop(1).unwrap();
    assert!(fixture.vfs.anonymous.observing.is_empty());
    assert_eq!(heard(&second), [(1, events::IGNORED, String::new())]);
    assert_eq!(second.stop(1), Err(Error::InvalidArgument));
}

#[test]
fn events_beyond_the_bound_become_one_that_says_so() {
    let fixture = Fixture::new();
    let observer = observer(&fixture);
    fixture.create("/a");
    let file = fixture.open("/a", OpenFlags::READ_WRITE, 0).unwrap();
    let wanted = events::MODIFY | events::ATTRIB;
    fixture
        .vfs
        .observe(&fixture.caller(), &observer, &file.place, wanted)
        .unwrap();
    for _ in 0..20_000 {
        run(fixture.vfs.write(&file, &FakeRequest::sending(b"x"), 1)).unwrap();
        run(fixture
            .vfs
            .set_mode(&fixture.caller(), &fixture.root, b"/a", 0o600, Default::default()))
        .unwrap();
        file.offset.set(0);
    }
    let mut last = Vec::new();
    loop {
        let more = heard(&observer);
        if more.is_empty() {
            break;
        }
        last = more;
    }
    assert_eq!(last.last(), Some(&(-1, events::QUEUE_OVERFLOW, String::new())));
}

#[test]
fn a_file_grows_to_the_limit_of_who_writes() {
    let fixture = Fixture::new();
    fixture.create("/a");
    let file = fixture.open("/a", OpenFlags::READ_WRITE, 0).unwrap();
    fixture.vfs.backend.file_size_limit.set(Some(10));
    let write = |offset: i64| {
        run(fixture
            .vfs
            .write_at(&file, &FakeRequest::sending(b"123456"), offset, 6))
    };
    assert_eq!(write(0), Ok(6));
    assert_eq!(write(6), Ok(4));
    assert_eq!(write(10), Err(Error::FileTooBig));
    let request = FakeRequest::default();
    assert_eq!(
        run(fixture.vfs.set_size(&file, &request, 11)),
        Err(Error::FileTooBig)
    );
    assert_eq!(
        run(fixture.vfs.allocate(&file, &request, 0, 0, 11)),
        Err(Error::FileTooBig)
    );
    assert_eq!(run(fixture.vfs.set_size(&file, &request, 10)), Ok(()));
}
