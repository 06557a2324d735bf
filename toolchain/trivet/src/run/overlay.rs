//! What a policy's machine has in its image besides: `FILE.image.toml` beside `FILE.policy`.
//!
//! A policy that knows users needs their names, passwords and homes, and programs under labels of their own. The file says which; it
//! cannot take anything away, and puts nothing below /boot.

use crate::failure::{Context, Failure, Result};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};
use trivet_image::archive::{Attributes, Packer};

/// The file's contents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overlay {
    /// Program and arguments that run where the command line names none.
    #[serde(default)]
    pub start: Vec<String>,
    #[serde(default)]
    file: Vec<HostFile>,
    #[serde(default)]
    copy: Vec<Copy>,
    #[serde(default)]
    directory: Vec<Directory>,
    /// Where the file lies; `file` entries are relative to it.
    #[serde(skip)]
    folder: PathBuf,
}

/// A file of the host, in the place of one that the image has already.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct HostFile {
    host: String,
    guest: String,
    #[serde(default)]
    user: u32,
    #[serde(default)]
    group: u32,
    #[serde(default = "readable")]
    mode: u32,
}

/// A program of the image once more, under a name (and by it a label) and permissions of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Copy {
    of: String,
    guest: String,
    #[serde(default = "executable")]
    mode: u32,
}

/// A folder. Those of /home are file systems of their own in the guest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Directory {
    guest: String,
    #[serde(default)]
    user: u32,
    #[serde(default)]
    group: u32,
    #[serde(default = "executable")]
    mode: u32,
}

fn readable() -> u32 {
    0o644
}

fn executable() -> u32 {
    0o755
}

impl Overlay {
    /// What lies beside a policy; nothing if nothing does.
    pub fn beside(policy: Option<&Path>) -> Result<Overlay> {
        let Some(policy) = policy else {
            return Ok(Overlay::default());
        };
        let path = policy.with_extension("image.toml");
        if !path.is_file() {
            return Ok(Overlay::default());
        }
        let text = fs::read_to_string(&path).context(|| format!("reading {}", path.display()))?;
        let overlay: Overlay = toml::from_str(&text).context(|| format!("reading {}", path.display()))?;
        let guests = overlay.file.iter().map(|file| &file.guest);
        let guests = guests.chain(overlay.copy.iter().map(|copy| &copy.guest));
        for guest in guests.chain(overlay.directory.iter().map(|directory| &directory.guest)) {
            if guest == "boot"
                || guest.starts_with("boot/")
                || !trivet_abi::archive::is_path(guest.as_bytes())
            {
                return Err(Failure::new(format!(
                    "{}: the guest cannot have the path {guest}",
                    path.display()
                ))
                .help("paths have no slash in front, no .., and are not below boot"));
            }
        }
        Ok(Overlay {
            folder: path.parent().unwrap_or(Path::new("")).to_owned(),
            ..overlay
        })
    }

    /// Adds everything. `programs` are those of the image: path in the guest, file on the host.
    pub fn pack(&self, packer: &mut Packer, programs: &[(String, PathBuf)]) -> Result<()> {
        let attributes = |user, group, mode| Attributes {
            uid: user,
            gid: group,
            ..Attributes::with_mode(mode)
        };
        let mut add = |guest: &str, host: &Path, attributes| {
            let data = fs::read(host).context(|| format!("reading {}", host.display()))?;
            packer.remove(guest.as_bytes());
            packer
                .file(guest.as_bytes(), attributes, data)
                .context(|| format!("packing {guest}"))
        };
        for file in &self.file {
            let attributes = attributes(file.user, file.group, file.mode);
            add(&file.guest, &self.folder.join(&file.host), attributes)?;
        }
        for copy in &self.copy {
            let Some((_, host)) = programs.iter().find(|(guest, _)| *guest == copy.of) else {
                return Err(Failure::new(format!("the image has no program {}", copy.of)));
            };
            add(&copy.guest, host, attributes(0, 0, copy.mode))?;
        }
        for directory in &self.directory {
            let attributes = attributes(directory.user, directory.group, directory.mode);
            packer
                .directory(directory.guest.as_bytes(), attributes)
                .context(|| format!("packing {}", directory.guest))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beside(text: &str) -> Result<Overlay> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("some.image.toml"), text).unwrap();
        fs::write(folder.path().join("shadow"), "secret").unwrap();
        let overlay = Overlay::beside(Some(&folder.path().join("some.policy")))?;
        let mut packer = Packer::new();
        packer
            .file(b"etc/shadow", Attributes::with_mode(0o644), b"default".to_vec())
            .unwrap();
        overlay.pack(
            &mut packer,
            &[("bin/box".to_owned(), folder.path().join("shadow"))],
        )?;
        packer.to_bytes().unwrap();
        Ok(overlay)
    }

    #[test]
    fn a_policy_without_one_adds_nothing() {
        let overlay = Overlay::beside(Some(Path::new("/nowhere/some.policy"))).unwrap();
        assert_eq!(overlay, Overlay::default());
    }

    #[test]
    fn files_of_the_image_are_replaced_and_programs_doubled() {
        let overlay = beside(
            "start = [\"login\"]
             [[file]]\nhost = \"shadow\"\nguest = \"etc/shadow\"\nmode = 0o600
             [[copy]]\nof = \"bin/box\"\nguest = \"bin/login\"\nmode = 0o4755
             [[directory]]\nguest = \"home/alice\"\nuser = 1001\ngroup = 1001\nmode = 0o700",
        );
        assert_eq!(overlay.unwrap().start, ["login"]);
    }

    #[test]
    fn nothing_lies_below_boot_or_outside() {
        for guest in ["boot/policy", "boot", "../etc", "/etc/passwd", ""] {
            assert!(
                beside(&format!("[[directory]]\nguest = \"{guest}\"")).is_err(),
                "{guest}"
            );
        }
        assert!(beside("[[copy]]\nof = \"bin/none\"\nguest = \"bin/login\"").is_err());
        assert!(beside("nonsense = 1").is_err());
    }
}
