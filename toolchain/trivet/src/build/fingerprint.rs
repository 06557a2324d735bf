//! A fingerprint of source folders: whether a build's inputs changed since it last succeeded.
//!
//! It is made of each file's path, size and time of change, not of its contents: reading the metadata of the
//! whole tree takes a few milliseconds, a cargo call that finds nothing to do takes two hundred.

use crate::failure::{Context, Result};
use sha2::{Digest, Sha256};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The fingerprint of all files in `inputs` (files or folders; one that is missing counts as empty) and of
/// the `settings` text, as a hexadecimal string.
pub fn fingerprint(inputs: &[PathBuf], settings: &str) -> Result<String> {
    let mut hash = Sha256::new();
    hash.update(settings.as_bytes());
    for input in inputs {
        let mut files = Vec::new();
        collect(input, &mut files)?;
        files.sort();
        for (path, size, seconds, nanoseconds) in files {
            hash.update(path.as_os_str().as_encoded_bytes());
            hash.update([0]);
            hash.update(size.to_le_bytes());
            hash.update(seconds.to_le_bytes());
            hash.update(nanoseconds.to_le_bytes());
        }
    }
    Ok(hex(&hash.finalize()))
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Whether `stamp` holds this fingerprint, that is, whether the build that wrote it is still current.
pub fn is_current(stamp: &Path, fingerprint: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|text| text == fingerprint)
}

/// Records that a build with this fingerprint succeeded.
pub fn record(stamp: &Path, fingerprint: &str) -> Result<()> {
    fs::write(stamp, fingerprint).context(|| format!("writing {}", stamp.display()))
}

fn collect(path: &Path, files: &mut Vec<(PathBuf, u64, i64, i64)>) -> Result<()> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).context(|| format!("looking at {}", path.display())),
    };
    if !metadata.is_dir() {
        files.push((
            path.into(),
            metadata.size(),
            metadata.mtime(),
            metadata.mtime_nsec(),
        ));
        return Ok(());
    }
    for entry in fs::read_dir(path).context(|| format!("listing {}", path.display()))? {
        let entry = entry.context(|| format!("listing {}", path.display()))?;
        // Hidden files are editors' and version control's, and `target` is cargo's output.
        let name = entry.file_name();
        if !name.as_encoded_bytes().starts_with(b".") && name != "target" {
            collect(&entry.path(), files)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprint_changes_with_a_file_and_with_the_settings() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("src/a.rs"), "1").unwrap();
        let inputs = [folder.path().to_path_buf(), folder.path().join("missing")];
        let first = fingerprint(&inputs, "x").unwrap();
        assert_eq!(first, fingerprint(&inputs, "x").unwrap());
        assert_ne!(first, fingerprint(&inputs, "y").unwrap());
        fs::write(folder.path().join("src/a.rs"), "12").unwrap();
        let second = fingerprint(&inputs, "x").unwrap();
        assert_ne!(first, second);
        fs::write(folder.path().join("src/b.rs"), "").unwrap();
        assert_ne!(second, fingerprint(&inputs, "x").unwrap());
    }

    #[test]
    fn hidden_files_and_build_output_do_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let inputs = [folder.path().to_path_buf()];
        let first = fingerprint(&inputs, "").unwrap();
        fs::create_dir(folder.path().join("target")).unwrap();
        fs::write(folder.path().join("target/x"), "1").unwrap();
        fs::write(folder.path().join(".x.swp"), "1").unwrap();
        assert_eq!(first, fingerprint(&inputs, "").unwrap());
    }

    #[test]
    fn a_stamp_is_current_only_for_its_fingerprint() {
        let folder = tempfile::tempdir().unwrap();
        let stamp = folder.path().join("stamp");
        assert!(!is_current(&stamp, "a"));
        record(&stamp, "a").unwrap();
        assert!(is_current(&stamp, "a") && !is_current(&stamp, "b"));
    }
}
