//! The boot archive from both sides: what the packer writes, the reader accepts and finds again; what was
//! changed on the way, the reader refuses.

use proptest::prelude::*;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use trivet_abi::PAGE_SIZE;
use trivet_abi::archive::{
    Archive, ArchiveError, Content, HEADER_SIZE, checksum, compare_paths, entry, header,
};
use trivet_image::archive::{Attributes, PackError, Packer};

fn sample() -> Vec<u8> {
    let mut packer = Packer::new();
    let plain = Attributes::with_mode(0o644);
    packer
        .file(b"etc/hosts", plain, b"127.0.0.1 localhost\n".to_vec())
        .unwrap();
    packer
        .file(b"bin/tool", Attributes::with_mode(0o755), vec![7; PAGE_SIZE + 1])
        .unwrap();
    packer.file(b"bin-old", plain, Vec::new()).unwrap();
    packer.symlink(b"bin/link", b"../bin-old").unwrap();
    packer.directory(b"tmp", Attributes::with_mode(0o1777)).unwrap();
    packer.to_bytes().unwrap()
}

/// Writes a valid checksum over a changed index, so that the checks behind it are reached.
fn reseal(bytes: &mut [u8]) {
    let data = u64::from_le_bytes(bytes[header::DATA_OFFSET..][..8].try_into().unwrap()) as usize;
    let data = data.clamp(HEADER_SIZE, bytes.len());
    let sum = checksum(checksum(0, &bytes[..header::CHECKSUM]), &bytes[HEADER_SIZE..data]);
    bytes[header::CHECKSUM..][..8].copy_from_slice(&sum.to_le_bytes());
}

/// Walks everything that the archive offers, as a server would.
fn walk(archive: &Archive<'_>) -> usize {
    let mut bytes = 0;
    for entry in archive.entries() {
        assert_eq!(
            archive.find(entry.path).map(|found| found.index),
            Some(entry.index)
        );
        bytes += match entry.content {
            Content::File(file) => file.data.len() + usize::from(file.is_intact()),
            Content::Directory => 0,
            Content::Symlink { target } => target.len(),
        };
    }
    bytes
}

#[test]
fn packed_files_are_found_again() {
    let bytes = sample();
    let archive = Archive::open(&bytes).unwrap();
    let paths: Vec<_> = archive
        .entries()
        .map(|e| String::from_utf8_lossy(e.path).into_owned())
        .collect();
    assert_eq!(
        paths,
        [
            "bin",
            "bin/link",
            "bin/tool",
            "bin-old",
            "etc",
            "etc/hosts",
            "tmp"
        ]
    );
    let tool = archive.find(b"bin/tool").unwrap();
    assert_eq!((tool.mode, tool.uid, tool.modified_s), (0o755, 0, 1_704_067_200));
    let Content::File(file) = tool.content else {
        panic!("bin/tool is a file")
    };
    assert_eq!(file.data, vec![7; PAGE_SIZE + 1]);
    assert!(file.is_intact());
    assert!(archive.find(b"bin/tools").is_none() && archive.find(b"").is_none());
    let Content::Symlink { target } = archive.find(b"bin/link").unwrap().content else {
        panic!("a link")
    };
    assert_eq!(target, b"../bin-old");
}

#[test]
fn each_file_starts_on_a_page_and_ends_in_zeros() {
    let bytes = sample();
    for entry in Archive::open(&bytes).unwrap().entries() {
        if let Content::File(file) = entry.content {
            let start = file.offset as usize;
            assert_eq!(start % PAGE_SIZE, 0);
            let end = start + file.data.len();
            assert!(
                bytes[end..end.next_multiple_of(PAGE_SIZE)]
                    .iter()
                    .all(|&byte| byte == 0)
            );
        }
    }
    assert_eq!(bytes.len() % PAGE_SIZE, 0);
}

#[test]
fn an_empty_archive_is_valid() {
    let bytes = Packer::new().to_bytes().unwrap();
    assert!(Archive::open(&bytes).unwrap().is_empty());
}

#[test]
fn bytes_behind_the_end_are_ignored() {
    let mut bytes = sample();
    bytes.extend_from_slice(&[0xff; 100]);
    assert!(Archive::open(&bytes).is_ok());
}

#[test]
fn a_truncated_archive_is_refused() {
    let bytes = sample();
    for length in [
        0,
        8,
        HEADER_SIZE - 1,
        HEADER_SIZE,
        bytes.len() / 2,
        bytes.len() - 1,
    ] {
        assert_eq!(
            Archive::open(&bytes[..length]).unwrap_err(),
            ArchiveError::Truncated,
            "{length} bytes"
        );
    }
}

#[test]
fn foreign_bytes_and_other_versions_are_refused() {
    assert_eq!(
        Archive::open(&[0x7f; 4096]).unwrap_err(),
        ArchiveError::NotAnArchive
    );
    let mut bytes = sample();
    bytes[header::VERSION] += 1;
    assert_eq!(Archive::open(&bytes).unwrap_err(), ArchiveError::WrongVersion);
}

#[test]
fn every_changed_byte_of_the_index_is_noticed() {
    let bytes = sample();
    let archive_end = bytes.len() - 4 * PAGE_SIZE;
    for position in 0..archive_end {
        let mut changed = bytes.clone();
        changed[position] ^= 1;
        assert!(Archive::open(&changed).is_err(), "byte {position}");
    }
}

#[test]
fn changed_contents_are_noticed_by_the_file() {
    let mut bytes = sample();
    let offset = match Archive::open(&bytes).unwrap().find(b"etc/hosts").unwrap().content {
        Content::File(file) => file.offset as usize,
        _ => panic!("etc/hosts is a file"),
    };
    bytes[offset] ^= 1;
    let archive = Archive::open(&bytes).unwrap();
    let Content::File(file) = archive.find(b"etc/hosts").unwrap().content else {
        panic!("a file")
    };
    assert!(!file.is_intact());
}

#[test]
fn bytes_beyond_a_files_end_must_be_zero() {
    let mut bytes = sample();
    let last = bytes.len() - 1;
    bytes[last] = 1;
    assert!(matches!(
        Archive::open(&bytes),
        Err(ArchiveError::BadEntry { .. })
    ));
}

#[test]
fn overlapping_files_and_broken_fields_are_refused_behind_a_right_checksum() {
    let bytes = sample();
    let tool = Archive::open(&bytes).unwrap().find(b"bin/tool").unwrap().index as usize;
    let at = HEADER_SIZE + tool * trivet_abi::archive::ENTRY_SIZE;
    for (field, value) in [
        (entry::DATA_OFFSET, 0xff_u8),
        (entry::NAME_OFFSET, 1),
        (entry::NAME_LENGTH, 0),
        (entry::KIND, 9),
        (entry::RESERVED_7, 1),
        (entry::MODE + 1, 0x10),
        (entry::MODIFIED_NS + 3, 0xff),
        (entry::SIZE + 7, 0xff),
        (entry::RESERVED_56, 1),
    ] {
        let mut changed = bytes.clone();
        changed[at + field] = value;
        reseal(&mut changed);
        assert!(Archive::open(&changed).is_err(), "field at {field}");
    }
}

#[test]
fn paths_that_escape_or_repeat_are_not_packed() {
    let plain = Attributes::with_mode(0o644);
    for path in [
        &b""[..],
        b"/a",
        b"a/",
        b"a//b",
        b".",
        b"a/../b",
        b"a/.",
        b"a\0b",
        &[b'x'; 256],
    ] {
        let result = Packer::new().file(path, plain, Vec::new());
        assert!(
            matches!(result, Err(PackError::BadPath(_))),
            "{:?}",
            String::from_utf8_lossy(path)
        );
    }
    let mut packer = Packer::new();
    packer.file(b"a", plain, Vec::new()).unwrap();
    assert!(matches!(
        packer.file(b"a", plain, Vec::new()),
        Err(PackError::Twice(_))
    ));
    assert!(matches!(
        packer.file(b"a/b", plain, Vec::new()),
        Err(PackError::NotADirectory(_))
    ));
}

#[test]
fn a_host_folder_keeps_permissions_and_links() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("sub")).unwrap();
    fs::write(folder.path().join("sub/run.sh"), "echo\n").unwrap();
    fs::set_permissions(
        folder.path().join("sub/run.sh"),
        fs::Permissions::from_mode(0o4750),
    )
    .unwrap();
    symlink("sub/run.sh", folder.path().join("link")).unwrap();
    let mut packer = Packer::new();
    packer.host_path(folder.path(), b"app/data", 1000, 1000).unwrap();
    let bytes = packer.to_bytes().unwrap();
    let archive = Archive::open(&bytes).unwrap();
    let script = archive.find(b"app/data/sub/run.sh").unwrap();
    assert_eq!((script.mode, script.uid, script.gid), (0o750, 1000, 1000));
    assert!(matches!(
        archive.find(b"app/data/link").unwrap().content,
        Content::Symlink {
            target: b"sub/run.sh"
        }
    ));
}

#[test]
fn a_directory_comes_right_before_its_contents() {
    assert!(compare_paths(b"a", b"a/b").is_lt());
    assert!(compare_paths(b"a/b", b"a-b").is_lt());
    assert!(compare_paths(b"a/b", b"a/b").is_eq());
}

fn path_strategy() -> impl Strategy<Value = Vec<u8>> {
    let name = prop::collection::vec(prop_oneof![Just(b'a'), Just(b'-'), Just(b'~'), 1_u8..=255], 1..4);
    prop::collection::vec(name, 1..4).prop_map(|names| names.join(&b'/'))
}

proptest! {
    #[test]
    fn any_files_survive_packing(files in prop::collection::vec((path_strategy(), prop::collection::vec(any::<u8>(), 0..9000)), 0..12)) {
        let mut packer = Packer::new();
        let mut kept = Vec::new();
        for (path, data) in files {
            if packer.file(&path, Attributes::with_mode(0o600), data.clone()).is_ok() {
                kept.push((path, data));
            }
        }
        let bytes = packer.to_bytes().unwrap();
        let archive = Archive::open(&bytes).unwrap();
        for (path, data) in &kept {
            let Some(Content::File(file)) = archive.find(path).map(|entry| entry.content) else {
                return Err(TestCaseError::fail("a packed file is missing"));
            };
            prop_assert_eq!(file.data, &data[..]);
            prop_assert!(file.is_intact());
        }
        walk(&archive);
    }

    #[test]
    fn random_bytes_never_break_the_reader(mut bytes in prop::collection::vec(any::<u8>(), 0..20_000), seal in any::<bool>()) {
        if seal && bytes.len() >= HEADER_SIZE {
            bytes[..8].copy_from_slice(&trivet_abi::archive::MAGIC);
            bytes[header::VERSION..][..4].copy_from_slice(&1_u32.to_le_bytes());
            reseal(&mut bytes);
        }
        if let Ok(archive) = Archive::open(&bytes) {
            walk(&archive);
        }
    }

    #[test]
    fn damaged_archives_never_break_the_reader(changes in prop::collection::vec((0_usize..1024, any::<u8>()), 1..6)) {
        let mut bytes = sample();
        for (position, value) in changes {
            bytes[position] = value;
        }
        reseal(&mut bytes);
        if let Ok(archive) = Archive::open(&bytes) {
            walk(&archive);
        }
    }
}
