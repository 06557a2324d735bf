//! What the kernel itself needs of the boot archive: policy, init, seed, its own symbols.

use super::symbols::SymbolTable;
use core::fmt;
use trivet_abi::archive::{Archive, ArchiveError, Content, File};
use trivet_abi::start::{INIT_PATH, POLICY_PATH};

/// Bytes of the seed that are used.
pub const SEED_BYTES: usize = 32;

/// Path of the random bytes for this boot.
const SEED: &[u8] = b"boot/seed";
/// Path of the kernel's ELF file, or its symbols alone.
const SYMBOLS: &[u8] = b"boot/symbols/kernel";

/// A file's place in the archive: offset and length in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Offset, a multiple of the page size.
    pub offset: usize,
    /// Bytes.
    pub length: usize,
}

/// Where the parts lie.
#[derive(Clone, Copy, Debug)]
pub struct BootArchive {
    /// The policy.
    pub policy: Extent,
    /// The first program.
    pub init: Extent,
    /// The seed, if there is one long enough.
    pub seed: Option<Extent>,
    /// The kernel's symbols, if they are there.
    pub symbols: Option<Extent>,
}

/// Why the archive cannot be booted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootArchiveError {
    /// It is no valid archive.
    Archive(ArchiveError),
    /// A file that must be there is missing.
    Missing(&'static [u8]),
    /// The contents of a file are not what was packed.
    Damaged(&'static [u8]),
}

impl fmt::Display for BootArchiveError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, path) = match self {
            BootArchiveError::Archive(error) => {
                return write!(formatter, "the boot archive is not valid: {error:?}");
            }
            BootArchiveError::Missing(path) => ("has no", path),
            BootArchiveError::Damaged(path) => ("has a damaged", path),
        };
        write!(
            formatter,
            "the boot archive {what} {}",
            core::str::from_utf8(path).unwrap_or("file")
        )
    }
}

fn file<'a>(archive: &Archive<'a>, path: &'static [u8]) -> Result<File<'a>, BootArchiveError> {
    match archive.find(path).map(|entry| entry.content) {
        Some(Content::File(file)) if file.is_intact() => Ok(file),
        Some(Content::File(_)) => Err(BootArchiveError::Damaged(path)),
        _ => Err(BootArchiveError::Missing(path)),
    }
}

fn extent(file: &File<'_>) -> Extent {
    Extent {
        offset: file.offset as usize,
        length: file.data.len(),
    }
}

impl BootArchive {
    /// Checks the archive and finds the parts. Policy and init must be there and intact; the others may be missing.
    ///
    /// # Errors
    /// See [`BootArchiveError`].
    pub fn open(bytes: &[u8]) -> Result<BootArchive, BootArchiveError> {
        let archive = Archive::open(bytes).map_err(BootArchiveError::Archive)?;
        let seed = file(&archive, SEED)
            .ok()
            .filter(|seed| seed.data.len() >= SEED_BYTES);
        Ok(BootArchive {
            policy: extent(&file(&archive, POLICY_PATH)?),
            init: extent(&file(&archive, INIT_PATH)?),
            seed: seed.as_ref().map(extent),
            symbols: file(&archive, SYMBOLS).ok().as_ref().map(extent),
        })
    }
}

impl Extent {
    /// The file's bytes in the archive.
    #[must_use]
    pub fn bytes(self, archive: &[u8]) -> &[u8] {
        &archive[self.offset..self.offset + self.length]
    }
}

/// Takes the seed out of the archive: its words, and zeros where it was, so that nobody reads it again.
pub fn take_seed(archive: &mut [u8], seed: Extent) -> [u64; SEED_BYTES / 8] {
    let bytes = &mut archive[seed.offset..seed.offset + seed.length];
    let mut words = [0; SEED_BYTES / 8];
    for (word, chunk) in words.iter_mut().zip(bytes.chunks_exact(8)) {
        let mut value = [0; 8];
        value.copy_from_slice(chunk);
        *word = u64::from_le_bytes(value);
    }
    bytes.fill(0);
    words
}

/// The kernel's symbols in an archive.
#[must_use]
pub fn symbol_table(archive: &[u8], symbols: Extent) -> Option<SymbolTable<'_>> {
    SymbolTable::parse(symbols.bytes(archive))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_archive_is_refused_with_a_reason() {
        let error = BootArchive::open(&[0; 100]).unwrap_err();
        assert!(std::format!("{error}").contains("not valid"));
        let missing = BootArchiveError::Missing(INIT_PATH);
        assert_eq!(std::format!("{missing}"), "the boot archive has no boot/init");
    }

    #[test]
    fn a_seed_can_be_taken_once() {
        let mut bytes = (0..64).collect::<Vec<u8>>();
        let extent = Extent {
            offset: 8,
            length: 40,
        };
        assert_eq!(
            take_seed(&mut bytes, extent)[0],
            u64::from_le_bytes([8, 9, 10, 11, 12, 13, 14, 15])
        );
        assert!(bytes[8..48].iter().all(|&byte| byte == 0));
        assert_eq!(bytes[48], 48);
    }
}
