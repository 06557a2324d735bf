//! Extended attributes.

use crate::credentials::Credentials;
use crate::error::Error;
use crate::extended::{How, VALUE_MAX};
use crate::open_file::OpenFlags;
use crate::testing::Fixture;

impl Fixture {
    fn set(&self, path: &str, name: &str, value: &[u8], how: How) -> Result<(), Error> {
        let file = self.open(path, OpenFlags::PATH | OpenFlags::NO_FOLLOW, 0)?;
        self.vfs
            .set_extended_attribute(&self.caller(), &file, name.as_bytes(), value, how)
    }

    fn get(&self, path: &str, name: &str) -> Result<Vec<u8>, Error> {
        let file = self.open(path, OpenFlags::PATH | OpenFlags::NO_FOLLOW, 0)?;
        self.vfs
            .extended_attribute(&self.caller(), &file, name.as_bytes())
    }

    fn attribute_names(&self, path: &str) -> Vec<u8> {
        let file = self.open(path, OpenFlags::PATH, 0).unwrap();
        file.place
            .file_system()
            .extended_attributes(&file.place.node)
            .unwrap()
    }

    /// Bytes of the server's memory that the top's file system has charged.
    fn server_bytes(&self) -> u64 {
        match self.root.place.file_system() {
            crate::file_system::AnyFileSystem::Tmpfs(tmpfs) => tmpfs.used().bytes,
            _ => 0,
        }
    }

    fn remove(&self, path: &str, name: &str) -> Result<(), Error> {
        let file = self.open(path, OpenFlags::PATH, 0)?;
        self.vfs
            .remove_extended_attribute(&self.caller(), &file, name.as_bytes())
    }
}

#[test]
fn attributes_are_set_read_listed_and_removed() {
    let fixture = Fixture::new();
    fixture.create("/f");
    assert_eq!(fixture.get("/f", "user.a"), Err(Error::NoData));
    assert_eq!(fixture.attribute_names("/f"), b"");
    fixture.set("/f", "user.a", b"one", How::Either).unwrap();
    fixture.set("/f", "user.b", b"", How::Create).unwrap();
    assert_eq!(fixture.get("/f", "user.a").unwrap(), b"one");
    assert_eq!(fixture.get("/f", "user.b").unwrap(), b"");
    assert_eq!(fixture.attribute_names("/f"), b"user.a\0user.b\0");
    assert_eq!(fixture.set("/f", "user.a", b"x", How::Create), Err(Error::Exists));
    assert_eq!(
        fixture.set("/f", "user.c", b"x", How::Replace),
        Err(Error::NoData)
    );
    fixture.set("/f", "user.a", b"two!", How::Replace).unwrap();
    assert_eq!(fixture.get("/f", "user.a").unwrap(), b"two!");
    fixture.remove("/f", "user.a").unwrap();
    assert_eq!(fixture.remove("/f", "user.a"), Err(Error::NoData));
    assert_eq!(fixture.attribute_names("/f"), b"user.b\0");
}

#[test]
fn other_name_spaces_and_wrong_names_are_refused() {
    let fixture = Fixture::new();
    fixture.create("/f");
    for name in [
        "security.selinux",
        "trusted.x",
        "system.posix_acl_access",
        "plain",
    ] {
        assert_eq!(
            fixture.set("/f", name, b"x", How::Either),
            Err(Error::NotSupported),
            "{name}"
        );
        assert_eq!(fixture.get("/f", name), Err(Error::NotSupported));
    }
    assert_eq!(
        fixture.set("/f", "user.", b"x", How::Either),
        Err(Error::InvalidArgument)
    );
    let long = format!("user.{}", "n".repeat(251));
    assert_eq!(fixture.set("/f", &long, b"x", How::Either), Err(Error::Range));
    let large = vec![0; VALUE_MAX + 1];
    assert_eq!(
        fixture.set("/f", "user.a", &large, How::Either),
        Err(Error::NoSpace)
    );
}

#[test]
fn attributes_follow_the_files_permissions_and_kind() {
    let mut fixture = Fixture::new();
    fixture.create("/f");
    fixture.set("/f", "user.a", b"one", How::Either).unwrap();
    fixture.symlink("/f", "/l").unwrap();
    assert_eq!(
        fixture.set("/l", "user.a", b"x", How::Either),
        Err(Error::NotPermitted)
    );
    assert_eq!(fixture.get("/l", "user.a"), Err(Error::NoData));
    // The top is sticky, and the superuser's.
    assert_eq!(
        fixture.set("/", "user.a", b"x", How::Either),
        Err(Error::NotPermitted)
    );
    fixture.credentials = Credentials::new(5, 5, &[]);
    assert_eq!(
        fixture.set("/f", "user.a", b"x", How::Either),
        Err(Error::AccessDenied)
    );
    assert_eq!(fixture.remove("/f", "user.a"), Err(Error::AccessDenied));
}

#[test]
fn attributes_are_charged_and_given_back() {
    let fixture = Fixture::new();
    fixture.create("/f");
    let before = fixture.server_bytes();
    fixture.set("/f", "user.a", &[0; 1000], How::Either).unwrap();
    let one = fixture.server_bytes();
    assert!(one >= before + 1000);
    fixture.set("/f", "user.a", &[0; 10], How::Either).unwrap();
    assert!(fixture.server_bytes() < one - 900);
    fixture.remove("/f", "user.a").unwrap();
    assert_eq!(fixture.server_bytes(), before);
    fixture.set("/f", "user.a", &[0; 1000], How::Either).unwrap();
    fixture.unlink("/f").unwrap();
    for badge in fixture.vfs.open_files.badges() {
        fixture.vfs.close(badge);
    }
    assert!(fixture.server_bytes() < before);
    // No more names than a list may have.
    fixture.create("/g");
    let mut number = 0;
    let refused = loop {
        number += 1;
        let name = format!("user.{number}");
        if let Err(error) = fixture.set("/g", &name, &[0; 10], How::Either) {
            break error;
        }
        assert!(number < 10_000);
    };
    assert_eq!(refused, Error::NoSpace);
}
