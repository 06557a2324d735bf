//! Copies inside the server, and files that are programs.

use crate::error::Error;
use crate::judge::FileMethod;
use crate::open_file::{OpenFile, OpenFlags};
use crate::testing::{FakeBackend, FakeRequest, Fixture, run};
use std::rc::Rc;

type File = Rc<OpenFile<FakeBackend>>;

fn filled(fixture: &Fixture, path: &str, bytes: &[u8]) -> File {
    fixture.create(path);
    let file = fixture.open(path, OpenFlags::READ_WRITE, 0).unwrap();
    let request = FakeRequest::sending(bytes);
    assert_eq!(
        run(fixture.vfs.write(&file, &request, bytes.len() as u64)),
        Ok(bytes.len() as u64)
    );
    file.offset.set(0);
    file
}

fn contents(fixture: &Fixture, file: &File) -> Vec<u8> {
    let request = FakeRequest::with_room(1 << 20);
    let done = run(fixture.vfs.read_at(file, &request, 0, 1 << 20)).unwrap();
    request.received(done)
}

fn copy(fixture: &Fixture, from: (&File, i64), to: (&File, i64), length: u64) -> Result<u64, Error> {
    let request = FakeRequest::default();
    run(fixture.vfs.copy_range(
        &fixture.caller(),
        &request,
        (from.0, from.1),
        (to.0, to.1),
        length,
    ))
}

#[test]
fn a_copy_inside_the_server_moves_bytes_and_the_offsets_that_were_not_given() {
    let fixture = Fixture::new();
    let bytes: Vec<u8> = (0..70_000u32).map(|number| number as u8).collect();
    let (source, target) = (filled(&fixture, "/s", &bytes), filled(&fixture, "/t", b""));
    assert_eq!(copy(&fixture, (&source, -1), (&target, -1), 1 << 30), Ok(70_000));
    assert_eq!(contents(&fixture, &target), bytes);
    assert_eq!((source.offset.get(), target.offset.get()), (70_000, 70_000));
    assert_eq!(copy(&fixture, (&source, -1), (&target, -1), 1), Ok(0));
    assert_eq!(copy(&fixture, (&source, 10), (&target, 0), 5), Ok(5));
    assert_eq!(source.offset.get(), 70_000);
    assert_eq!(&contents(&fixture, &target)[..6], &[10, 11, 12, 13, 14, 5]);
}

#[test]
fn a_hole_is_copied_as_zeros() {
    let fixture = Fixture::new();
    let (source, target) = (filled(&fixture, "/s", b"ab"), filled(&fixture, "/t", b"xxxxxxxx"));
    run(fixture.vfs.set_size(&source, &FakeRequest::default(), 6)).unwrap();
    assert_eq!(copy(&fixture, (&source, 0), (&target, 0), 8), Ok(6));
    assert_eq!(contents(&fixture, &target), b"ab\0\0\0\0xx");
}

#[test]
fn copies_that_make_no_sense_are_refused() {
    let mut fixture = Fixture::new();
    let (source, target) = (filled(&fixture, "/s", b"abcdef"), filled(&fixture, "/t", b""));
    assert_eq!(
        copy(&fixture, (&source, 0), (&source, 3), 6),
        Err(Error::InvalidArgument)
    );
    assert_eq!(copy(&fixture, (&source, 0), (&source, 6), 6), Ok(6));
    let reading = fixture.open("/t", 0, 0).unwrap();
    let writing = fixture.open("/t", OpenFlags::WRITE_ONLY, 0).unwrap();
    let appending = fixture
        .open("/t", OpenFlags::WRITE_ONLY | OpenFlags::APPEND, 0)
        .unwrap();
    for (from, to) in [(&writing, &target), (&source, &reading), (&source, &appending)] {
        assert_eq!(copy(&fixture, (from, 0), (to, 0), 1), Err(Error::BadDescriptor));
    }
    let directory = fixture.open("/", 0, 0).unwrap();
    assert_eq!(
        copy(&fixture, (&directory, 0), (&target, 0), 1),
        Err(Error::IsDirectory)
    );
    // The method was judged on the target; reading the source is judged here.
    fixture.judge.refused.push((1, FileMethod::Read));
    assert_eq!(
        copy(&fixture, (&source, 0), (&target, 0), 1),
        Err(Error::AccessDenied)
    );
}

#[test]
fn a_copy_that_meets_the_quota_is_short_and_then_fails() {
    let fixture = Fixture::with_limits(12_288, 100);
    let (source, target) = (filled(&fixture, "/s", &[7; 8192]), filled(&fixture, "/t", b""));
    assert_eq!(copy(&fixture, (&source, -1), (&target, -1), 8192), Ok(4096));
    assert_eq!(
        copy(&fixture, (&source, -1), (&target, -1), 8192),
        Err(Error::NoSpace)
    );
}

#[test]
fn a_program_that_runs_is_not_opened_to_be_written_and_one_that_is_written_does_not_start() {
    let fixture = Fixture::new();
    let file = filled(&fixture, "/program", b"#!/bin/sh\n");
    assert_eq!(fixture.vfs.check_not_written(&file.place), Err(Error::TextBusy));
    for badge in fixture.vfs.open_files.badges() {
        if fixture
            .vfs
            .open_files
            .get(badge)
            .is_some_and(|open| open.flags.get().writes())
        {
            fixture.vfs.close(badge);
        }
    }
    assert_eq!(fixture.vfs.check_not_written(&file.place), Ok(()));
    // Lent, as for the process server, and mapped.
    run(crate::file_system::FileSystem::with_contents(
        file.place.file_system(),
        &file.place.node,
        &FakeRequest::default(),
        |_| (),
    ))
    .unwrap();
    assert!(fixture.open("/program", OpenFlags::WRITE_ONLY, 0).is_ok());
    fixture.vfs.backend.executed.set(true);
    assert_eq!(
        fixture.open("/program", OpenFlags::WRITE_ONLY, 0).err(),
        Some(Error::TextBusy)
    );
    assert!(fixture.open("/program", 0, 0).is_ok());
}
