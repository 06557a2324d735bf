//! What the methods of `File` do, over a tmpfs.

mod against_host;
mod at_once;
mod bytes;
mod copy;
mod devices;
mod extended;
mod locks;
mod mounting;
mod mounts;
mod names;
mod observing;
mod pipes;
mod pipes_at_once;
mod policy;

use crate::attributes::Attributes;
use crate::error::Error;
use crate::open_file::{OpenFile, OpenFlags};
use crate::service::AtFlags;
use crate::service::open::Answer;
use crate::testing::{FakeBackend, FakeRequest, Fixture, run};
use std::rc::Rc;

/// Short forms of the operations.
impl Fixture {
    fn open(&self, path: &str, flags: u64, mode: u32) -> Result<Rc<OpenFile<FakeBackend>>, Error> {
        let opened = run(self.vfs.open(
            &self.caller(),
            &FakeRequest::default(),
            &self.root,
            path.as_bytes(),
            OpenFlags(flags),
            mode,
        ))?;
        let Answer::Opened(opened) = opened else {
            panic!("{path} leads elsewhere");
        };
        Ok(self.vfs.open_files.get(opened.badge).unwrap())
    }

    fn create(&self, path: &str) -> Rc<OpenFile<FakeBackend>> {
        self.open(path, OpenFlags::CREATE | OpenFlags::READ_WRITE, 0o644)
            .unwrap()
    }

    fn mkdir(&self, path: &str) -> Result<(), Error> {
        run(self
            .vfs
            .make_directory(&self.caller(), &self.root, path.as_bytes(), 0o755))
    }

    fn unlink(&self, path: &str) -> Result<(), Error> {
        run(self
            .vfs
            .unlink(&self.caller(), &self.root, path.as_bytes(), AtFlags::default()))
    }

    fn rmdir(&self, path: &str) -> Result<(), Error> {
        let flags = AtFlags(AtFlags::REMOVE_DIRECTORY);
        run(self
            .vfs
            .unlink(&self.caller(), &self.root, path.as_bytes(), flags))
    }

    fn rename(&self, from: &str, to: &str, flags: u64) -> Result<(), Error> {
        let (from, to) = (from.as_bytes(), to.as_bytes());
        run(self
            .vfs
            .rename(&self.caller(), &self.root, from, &self.root, to, AtFlags(flags)))
    }

    fn link(&self, from: &str, to: &str) -> Result<(), Error> {
        let (from, to) = (from.as_bytes(), to.as_bytes());
        run(self.vfs.link(
            &self.caller(),
            &self.root,
            from,
            &self.root,
            to,
            AtFlags::default(),
        ))
    }

    fn symlink(&self, target: &str, path: &str) -> Result<(), Error> {
        run(self
            .vfs
            .symlink(&self.caller(), &self.root, target.as_bytes(), path.as_bytes()))
    }

    fn stat(&self, path: &str) -> Result<Attributes, Error> {
        run(self
            .vfs
            .attributes_at(&self.caller(), &self.root, path.as_bytes(), AtFlags::default()))
        .map(|found| found.0)
    }

    fn lstat(&self, path: &str) -> Result<Attributes, Error> {
        let flags = AtFlags(AtFlags::SYMLINK_NO_FOLLOW);
        run(self
            .vfs
            .attributes_at(&self.caller(), &self.root, path.as_bytes(), flags))
        .map(|found| found.0)
    }

    fn write(&self, file: &OpenFile<FakeBackend>, bytes: &[u8]) -> Result<u64, Error> {
        run(self
            .vfs
            .write(file, &FakeRequest::sending(bytes), bytes.len() as u64))
    }

    fn read_at(&self, file: &OpenFile<FakeBackend>, offset: i64, count: usize) -> Result<Vec<u8>, Error> {
        let request = FakeRequest::with_room(count);
        let done = run(self.vfs.read_at(file, &request, offset, count as u64))?;
        let mut bytes = request.room.take();
        bytes.truncate(done as usize);
        Ok(bytes)
    }

    fn names(&self, path: &str, room: usize) -> Result<Vec<String>, Error> {
        let directory = self.open(path, OpenFlags::DIRECTORY, 0)?;
        let mut names = Vec::new();
        loop {
            let request = FakeRequest::with_room(room);
            let count = run(self
                .vfs
                .entries(&self.caller(), &directory, &request, room as u64))?
                as usize;
            if count == 0 {
                return Ok(names);
            }
            let bytes = request.room.take();
            let mut at = 0;
            while at < count {
                let length = usize::from(u16::from_le_bytes([bytes[at + 16], bytes[at + 17]]));
                let name = &bytes[at + 19..at + length];
                let end = name.iter().position(|&byte| byte == 0).unwrap();
                names.push(String::from_utf8(name[..end].to_vec()).unwrap());
                at += length;
            }
            assert_eq!(at, count);
        }
    }
}
