//! The hash of a source tree: names, kinds, execute bits and contents of everything in it.
//!
//! A recipe pins it beside the tarball's hash, and it is taken again after the build: a build that changes the
//! source, or a cached tree that somebody edited, is noticed.

use crate::build::fingerprint::hex;
use crate::failure::{Context, Failure, Result};
use sha2::{Digest, Sha256};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The hash of everything in `folder`, in hexadecimal digits. Times and owners do not count.
pub fn tree_hash(folder: &Path) -> Result<String> {
    let mut hash = Sha256::new();
    add(&mut hash, folder, b"")?;
    Ok(hex(&hash.finalize()))
}

fn add(hash: &mut Sha256, folder: &Path, inside: &[u8]) -> Result<()> {
    let context = || format!("reading {}", folder.display());
    let mut entries = fs::read_dir(folder)
        .context(context)?
        .collect::<std::io::Result<Vec<_>>>()
        .context(context)?;
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name());
        let guest = [inside, b"/", name.as_bytes()].concat();
        let metadata = fs::symlink_metadata(&path).context(|| format!("reading {}", path.display()))?;
        if metadata.is_dir() {
            record(hash, b'd', &guest, &[]);
            add(hash, &path, &guest)?;
        } else if metadata.is_symlink() {
            let target = fs::read_link(&path).context(|| format!("reading {}", path.display()))?;
            record(hash, b'l', &guest, target.as_os_str().as_bytes());
        } else if metadata.is_file() {
            let kind = if metadata.permissions().mode() & 0o100 == 0 {
                b'f'
            } else {
                b'x'
            };
            let data = fs::read(&path).context(|| format!("reading {}", path.display()))?;
            record(hash, kind, &guest, &data);
        } else {
            return Err(Failure::new(format!("{} is a special file", path.display())));
        }
    }
    Ok(())
}

/// One entry; the lengths keep neighbours apart.
fn record(hash: &mut Sha256, kind: u8, path: &[u8], data: &[u8]) {
    hash.update([kind]);
    hash.update((path.len() as u64).to_le_bytes());
    hash.update(path);
    hash.update((data.len() as u64).to_le_bytes());
    hash.update(data);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_change_of_contents_names_or_execute_bits_changes_the_hash() {
        let folder = tempfile::tempdir().unwrap();
        let hash = || tree_hash(folder.path()).unwrap();
        fs::write(folder.path().join("a"), "1").unwrap();
        let first = hash();
        assert_eq!(first, hash());
        fs::write(folder.path().join("a"), "2").unwrap();
        assert_ne!(first, hash());
        fs::write(folder.path().join("a"), "1").unwrap();
        assert_eq!(first, hash());
        fs::set_permissions(folder.path().join("a"), fs::Permissions::from_mode(0o755)).unwrap();
        let executable = hash();
        assert_ne!(first, executable);
        fs::write(folder.path().join("b"), "").unwrap();
        assert_ne!(executable, hash());
    }
}
