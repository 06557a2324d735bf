//! Paths, links, renames, permissions.

use crate::credentials::Credentials;
use crate::error::Error;
use crate::file_system::FileSystem;
use crate::mounts::{Location, MountFlags};
use crate::open_file::OpenFlags;
use crate::service::AtFlags;
use crate::service::open::Answer;
use crate::testing::{Fixture, run};
use std::rc::Rc;

#[test]
fn components_and_paths_that_are_too_long_are_refused() {
    let fixture = Fixture::new();
    assert_eq!(fixture.mkdir(&"n".repeat(256)), Err(Error::NameTooLong));
    assert_eq!(fixture.mkdir(&"n".repeat(255)), Ok(()));
    assert_eq!(fixture.stat(&"/x".repeat(2048)), Err(Error::NameTooLong));
    assert_eq!(fixture.stat(""), Err(Error::NoEntry));
}

#[test]
fn symbolic_links_are_followed_up_to_forty() {
    let fixture = Fixture::new();
    fixture.create("/l0");
    for number in 1..=41 {
        fixture
            .symlink(&format!("l{}", number - 1), &format!("/l{number}"))
            .unwrap();
    }
    assert!(fixture.stat("/l40").is_ok());
    assert_eq!(fixture.stat("/l41"), Err(Error::Loop));
    fixture.symlink("self", "/self").unwrap();
    assert_eq!(fixture.stat("/self"), Err(Error::Loop));
    assert!(fixture.lstat("/self").is_ok());
}

#[test]
fn a_slash_behind_a_link_follows_it() {
    let fixture = Fixture::new();
    fixture.mkdir("/d").unwrap();
    fixture.symlink("d", "/l").unwrap();
    assert_eq!(
        fixture.lstat("/l/").unwrap().inode,
        fixture.stat("/d").unwrap().inode
    );
    fixture.create("/f");
    assert_eq!(fixture.stat("/f/"), Err(Error::NotDirectory));
}

#[test]
fn dot_dot_ends_at_the_root() {
    let fixture = Fixture::new();
    fixture.mkdir("/a").unwrap();
    assert_eq!(
        fixture.stat("/a/../../../a").unwrap().inode,
        fixture.stat("/a").unwrap().inode
    );
}

#[test]
fn an_exclusive_create_does_not_follow_a_link_that_leads_nowhere() {
    let fixture = Fixture::new();
    fixture.symlink("nowhere", "/l").unwrap();
    let flags = OpenFlags::CREATE | OpenFlags::EXCLUSIVE | OpenFlags::READ_WRITE;
    assert_eq!(fixture.open("/l", flags, 0o600).err(), Some(Error::Exists));
    assert!(
        fixture
            .open("/l", OpenFlags::CREATE | OpenFlags::READ_WRITE, 0o600)
            .is_ok()
    );
    assert!(fixture.stat("/nowhere").is_ok());
}

#[test]
fn a_directory_cannot_be_moved_below_itself() {
    let fixture = Fixture::new();
    fixture.mkdir("/a").unwrap();
    fixture.mkdir("/a/b").unwrap();
    assert_eq!(fixture.rename("/a", "/a/b/c", 0), Err(Error::InvalidArgument));
    assert_eq!(fixture.rename("/a/b", "/a", 0), Err(Error::NotEmpty));
    assert_eq!(
        fixture.rename("/a", "/a", 0),
        Err(Error::InvalidArgument).or(Ok(()))
    );
}

#[test]
fn exchanging_keeps_both_and_their_parents() {
    let fixture = Fixture::new();
    fixture.mkdir("/a").unwrap();
    fixture.mkdir("/a/inner").unwrap();
    fixture.create("/f");
    fixture.rename("/a/inner", "/f", AtFlags::EXCHANGE).unwrap();
    assert_eq!(fixture.stat("/a").unwrap().links, 2);
    assert_eq!(fixture.stat("/").unwrap().links, 4);
    assert_eq!(
        fixture.stat("/f/..").unwrap().inode,
        fixture.stat("/").unwrap().inode
    );
    assert_eq!(
        fixture.rename("/a", "/missing", AtFlags::EXCHANGE),
        Err(Error::NoEntry)
    );
}

#[test]
fn a_removed_directory_takes_no_new_names() {
    let fixture = Fixture::new();
    fixture.mkdir("/d").unwrap();
    let directory = fixture.open("/d", OpenFlags::DIRECTORY, 0).unwrap();
    fixture.rmdir("/d").unwrap();
    let made = run(fixture
        .vfs
        .make_directory(&fixture.caller(), &directory, b"x", 0o755));
    assert_eq!(made, Err(Error::NoEntry));
    assert_eq!(
        run(fixture.vfs.path(&fixture.caller(), &directory)),
        Err(Error::NoEntry)
    );
}

#[test]
fn the_path_of_a_directory_follows_its_renames() {
    let fixture = Fixture::new();
    fixture.mkdir("/a").unwrap();
    fixture.mkdir("/a/b").unwrap();
    let directory = fixture.open("/a/b", OpenFlags::DIRECTORY, 0).unwrap();
    fixture.rename("/a", "/z", 0).unwrap();
    assert_eq!(
        run(fixture.vfs.path(&fixture.caller(), &directory)).unwrap(),
        b"/z/b"
    );
    assert_eq!(
        run(fixture.vfs.path(&fixture.caller(), &fixture.root)).unwrap(),
        b"/"
    );
}

#[test]
fn others_cannot_remove_from_a_sticky_directory() {
    let mut fixture = Fixture::new();
    fixture.create("/mine");
    fixture.credentials = Credentials::new(2000, 2000, &[]);
    assert_eq!(fixture.unlink("/mine"), Err(Error::NotPermitted));
    assert_eq!(fixture.rename("/mine", "/yours", 0), Err(Error::NotPermitted));
}

#[test]
fn search_permission_is_needed_on_the_way() {
    let mut fixture = Fixture::new();
    run(fixture
        .vfs
        .make_directory(&fixture.caller(), &fixture.root, b"/closed", 0o700))
    .unwrap();
    fixture.create("/closed/f");
    fixture.credentials = Credentials::new(2000, 2000, &[]);
    assert_eq!(fixture.stat("/closed/f"), Err(Error::AccessDenied));
    assert_eq!(fixture.stat("/closed/missing"), Err(Error::AccessDenied));
}

#[test]
fn a_mount_hides_what_it_covers_and_dot_dot_leaves_it() {
    let fixture = Fixture::new();
    fixture.mkdir("/m").unwrap();
    fixture.create("/m/hidden");
    let inner = Fixture::new();
    inner.create("/shown");
    let on = fixture.open("/m", OpenFlags::DIRECTORY, 0).unwrap().place.clone();
    let file_system = Rc::clone(&inner.root.place.mount.file_system);
    let top = file_system.root();
    fixture
        .vfs
        .mounts
        .mount(
            on.clone(),
            Rc::clone(&file_system),
            top.clone(),
            MountFlags::default(),
        )
        .unwrap();
    assert!(fixture.stat("/m/shown").is_ok());
    assert_eq!(fixture.stat("/m/hidden"), Err(Error::NoEntry));
    assert_eq!(
        fixture.stat("/m/..").unwrap().inode,
        fixture.stat("/").unwrap().inode
    );
    assert_eq!(fixture.rmdir("/m"), Err(Error::Busy));
    assert_eq!(fixture.rename("/m", "/n", 0), Err(Error::Busy));
    fixture.create("/g");
    assert_eq!(fixture.link("/g", "/m/g"), Err(Error::CrossDevice));
    assert_eq!(
        fixture
            .vfs
            .mounts
            .mount(on, file_system, top, MountFlags::default()),
        Err(Error::Busy)
    );
    let place = {
        let directory = run(fixture
            .vfs
            .resolve(&fixture.caller(), &fixture.root, b"/m", AtFlags::default()));
        directory.unwrap()
    };
    assert_eq!(fixture.vfs.mounts.unmount(&place), Ok(()));
    drop::<Location<_>>(place);
    assert!(fixture.stat("/m/hidden").is_ok());
}

#[test]
fn a_tree_far_deeper_than_the_stack_can_be_dropped() {
    let fixture = Fixture::with_limits(1 << 20, 300_000);
    fixture.mkdir("/d").unwrap();
    let mut directory = fixture.open("/d", OpenFlags::DIRECTORY, 0).unwrap();
    for _ in 0..200_000 {
        run(fixture
            .vfs
            .make_directory(&fixture.caller(), &directory, b"d", 0o755))
        .unwrap();
        let opened = run(fixture.vfs.open(
            &fixture.caller(),
            &crate::testing::FakeRequest::default(),
            &directory,
            b"d",
            OpenFlags(OpenFlags::DIRECTORY),
            0,
        ));
        let Ok(Answer::Opened(opened)) = opened else {
            panic!("it is a directory");
        };
        let badge = opened.badge;
        directory = fixture.vfs.open_files.get(badge).unwrap();
        fixture.vfs.open_files.remove(badge);
    }
    assert_eq!(
        run(fixture.vfs.path(&fixture.caller(), &directory)),
        Err(Error::NameTooLong)
    );
}

#[test]
fn a_nameless_file_has_no_links_and_can_be_given_a_name() {
    let fixture = Fixture::new();
    let flags = OpenFlags::TEMPORARY | OpenFlags::READ_WRITE;
    let file = fixture.open("/", flags, 0o600).unwrap();
    fixture.write(&file, b"kept").unwrap();
    assert_eq!(file.place.attributes().links, 0);
    let flags = AtFlags(AtFlags::EMPTY_PATH);
    run(fixture
        .vfs
        .link(&fixture.caller(), &file, b"", &fixture.root, b"/named", flags))
    .unwrap();
    assert_eq!(fixture.stat("/named").unwrap().size, 4);
}
