//! The policy's word on names: labels belong to inodes, and each name is judged.

use crate::error::Error;
use crate::judge::FileMethod;
use crate::open_file::OpenFlags;
use crate::testing::Fixture;

#[test]
fn the_label_is_decided_at_creation_and_stays_through_renames() {
    let fixture = Fixture::new();
    fixture.create("/.secret");
    assert_eq!(fixture.stat("/.secret").unwrap().label.0, 2);
    fixture.rename("/.secret", "/plain", 0).unwrap();
    assert_eq!(fixture.stat("/plain").unwrap().label.0, 2);
    fixture.create("/open");
    fixture.rename("/open", "/.hidden", 0).unwrap();
    assert_eq!(fixture.stat("/.hidden").unwrap().label.0, 1);
}

#[test]
fn opening_is_judged_by_what_it_is_for() {
    let mut fixture = Fixture::new();
    fixture.create("/.secret");
    fixture.judge.refused.push((2, FileMethod::Write));
    assert!(fixture.open("/.secret", 0, 0).is_ok());
    assert_eq!(
        fixture.open("/.secret", OpenFlags::READ_WRITE, 0).err(),
        Some(Error::AccessDenied)
    );
    assert_eq!(
        fixture
            .open("/.new", OpenFlags::CREATE | OpenFlags::WRITE_ONLY, 0o600)
            .err(),
        Some(Error::AccessDenied)
    );
}

#[test]
fn truncating_without_write_access_is_judged_as_setting_the_size() {
    let mut fixture = Fixture::new();
    fixture.create("/.secret");
    fixture.judge.refused.push((2, FileMethod::SetSize));
    assert_eq!(
        fixture.open("/.secret", OpenFlags::TRUNCATE, 0).err(),
        Some(Error::AccessDenied)
    );
}

#[test]
fn a_directory_that_may_not_be_searched_hides_whether_a_name_exists() {
    let mut fixture = Fixture::new();
    fixture.mkdir("/.vault").unwrap();
    fixture.create("/.vault/there");
    fixture.judge.refused.push((2, FileMethod::Open));
    assert_eq!(fixture.stat("/.vault/there"), Err(Error::AccessDenied));
    assert_eq!(fixture.stat("/.vault/missing"), Err(Error::AccessDenied));
}

#[test]
fn linking_and_renaming_are_judged_on_the_inode_and_on_the_directory() {
    let mut fixture = Fixture::new();
    fixture.create("/.secret");
    fixture.create("/plain");
    fixture.judge.refused.push((2, FileMethod::Link));
    fixture.judge.refused.push((2, FileMethod::Rename));
    assert_eq!(fixture.link("/.secret", "/copy"), Err(Error::AccessDenied));
    assert_eq!(fixture.rename("/.secret", "/moved", 0), Err(Error::AccessDenied));
    assert_eq!(fixture.rename("/plain", "/.secret", 0), Err(Error::AccessDenied));
    assert!(fixture.stat("/.secret").is_ok());
}

#[test]
fn a_file_that_was_refused_leaves_no_name_behind() {
    let mut fixture = Fixture::new();
    fixture.judge.refused.push((2, FileMethod::Write));
    let flags = OpenFlags::CREATE | OpenFlags::WRITE_ONLY;
    assert_eq!(
        fixture.open("/.new", flags, 0o600).err(),
        Some(Error::AccessDenied)
    );
    assert_eq!(fixture.stat("/.new"), Err(Error::NoEntry));
}
