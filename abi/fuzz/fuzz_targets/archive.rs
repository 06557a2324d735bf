//! Random boot archives, their index checksum made right so that the checks behind it are reached.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trivet_abi::archive::{Archive, Content, HEADER_SIZE, MAGIC, VERSION, checksum, header};

fuzz_target!(|data: &[u8]| {
    let mut bytes = data.to_vec();
    if bytes.len() >= HEADER_SIZE {
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[header::VERSION..][..4].copy_from_slice(&VERSION.to_le_bytes());
        let offset = u64::from_le_bytes(bytes[header::DATA_OFFSET..][..8].try_into().unwrap());
        let end = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .clamp(HEADER_SIZE, bytes.len());
        let sum = checksum(checksum(0, &bytes[..header::CHECKSUM]), &bytes[HEADER_SIZE..end]);
        bytes[header::CHECKSUM..][..8].copy_from_slice(&sum.to_le_bytes());
    }
    if let Ok(archive) = Archive::open(&bytes) {
        for entry in archive.entries() {
            assert_eq!(
                archive.find(entry.path).map(|found| found.index),
                Some(entry.index)
            );
            if let Content::File(file) = entry.content {
                let _ = file.is_intact();
            }
        }
        assert_eq!(archive.entries().count(), archive.len() as usize);
    }
});
