//! Debian's archive, by apt with a state of its own below the cache folder.
//!
//! Needs no root and never touches /etc or the system's package lists. Only the release's main section is
//! asked, because a version pinned by its checksum must not depend on what the security section holds today.

use crate::build::fingerprint::hex;
use crate::failure::{Context, Failure, Result};
use crate::progress::Progress;
use crate::project::Project;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

const MIRROR: &str = "http://deb.debian.org/debian";
const RELEASE: &str = "bookworm";
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
/// Package lists older than this are fetched anew before something is looked up in them.
const LISTS_AGE: Duration = Duration::from_secs(24 * 3600);

/// What to fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The upstream tarball of a source package.
    UpstreamTarball,
    /// A binary package.
    Package,
}

/// apt with its own state.
pub struct Debian<'a> {
    project: &'a Project,
    folder: PathBuf,
}

impl<'a> Debian<'a> {
    /// Prepares the folders; nothing is fetched yet.
    pub fn new(project: &'a Project) -> Result<Self> {
        let folder = project.cache_folder("apt")?;
        for name in ["state/lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(folder.join(name)).context(|| format!("making {}", folder.display()))?;
        }
        let mirror = std::env::var("TRIVET_DEBIAN_MIRROR").unwrap_or_else(|_| MIRROR.to_owned());
        let list = format!(
            "deb [arch=amd64 signed-by={KEYRING}] {mirror} {RELEASE} main\ndeb-src [signed-by={KEYRING}] {mirror} {RELEASE} main\n"
        );
        let path = folder.join("sources.list");
        if fs::read_to_string(&path).ok().as_deref() != Some(&list) {
            fs::write(&path, list).context(|| format!("writing {}", path.display()))?;
        }
        Ok(Debian { project, folder })
    }

    /// Fetches a package's file into `folder`.
    pub fn fetch(&self, kind: Kind, package: &str, folder: &Path) -> Result<()> {
        let _lock = self.project.lock("debian")?;
        let progress = Progress::start(format!("fetching {package} from Debian"));
        self.update()?;
        let arguments: &[&str] = match kind {
            Kind::UpstreamTarball => &["source", "--quiet", "--download-only", "--tar-only"],
            Kind::Package => &["download", "--quiet"],
        };
        fs::create_dir_all(folder).context(|| format!("making {}", folder.display()))?;
        let mut apt = self.apt();
        apt.args(arguments).arg(package).current_dir(folder);
        run(&mut apt, &format!("fetching {package}"))?;
        progress.done();
        Ok(())
    }

    /// The packages that a package depends on by name, with those among them that match `pattern` only.
    pub fn depends(&self, package: &str, pattern: &str) -> Result<Vec<String>> {
        let _lock = self.project.lock("debian")?;
        self.update()?;
        let mut command = Command::new("apt-cache");
        command
            .args(self.options())
            .args(["depends", "--important", package])
            .stdin(Stdio::null());
        let output = command.output().context(|| "starting apt-cache")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let names = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("Depends: "));
        Ok(names
            .filter(|name| name.starts_with(pattern))
            .map(str::to_owned)
            .collect())
    }

    fn update(&self) -> Result<()> {
        let stamp = self.folder.join("updated");
        let age = fs::metadata(&stamp).and_then(|metadata| metadata.modified());
        let is_fresh = age.is_ok_and(|time| {
            SystemTime::now()
                .duration_since(time)
                .is_ok_and(|age| age < LISTS_AGE)
        });
        if is_fresh {
            return Ok(());
        }
        run(
            self.apt().args(["update", "--quiet"]),
            "fetching Debian's package lists",
        )?;
        fs::write(&stamp, "").context(|| format!("writing {}", stamp.display()))
    }

    fn options(&self) -> Vec<String> {
        let folder = self.folder.display();
        [
            format!("Dir::State={folder}/state"),
            format!("Dir::Cache={folder}/cache"),
            format!("Dir::Etc::sourcelist={folder}/sources.list"),
            "Dir::Etc::sourceparts=/dev/null".to_owned(),
            "Dir::State::status=/dev/null".to_owned(),
            // Started as root, apt would change to a user who cannot write below the cache folder.
            "APT::Sandbox::User=".to_owned(),
        ]
        .into_iter()
        .flat_map(|option| ["--option".to_owned(), option])
        .collect()
    }

    fn apt(&self) -> Command {
        let mut command = Command::new("apt-get");
        command.args(self.options());
        command
    }
}

fn run(command: &mut Command, what: &str) -> Result<()> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .context(|| "starting apt-get")?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!("{what} failed:\n{}", text.trim_end()))
        .help("is the network there? TRIVET_DEBIAN_MIRROR names another mirror than deb.debian.org"))
}

/// The SHA-256 of a file, in hexadecimal digits.
pub fn sha256_file(path: &Path) -> Result<String> {
    struct Hash(Sha256);
    impl io::Write for Hash {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut file = File::open(path).context(|| format!("opening {}", path.display()))?;
    let mut hash = Hash(Sha256::new());
    io::copy(&mut file, &mut hash).context(|| format!("reading {}", path.display()))?;
    Ok(hex(&hash.0.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_file_is_that_of_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "abc").unwrap();
        assert_eq!(
            sha256_file(&path).unwrap(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn apt_never_looks_outside_the_cache_folder() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::at(folder.path(), folder.path());
        let options = Debian::new(&project).unwrap().options().join(" ");
        for part in ["Dir::State=", "Dir::Cache=", "Dir::Etc::sourcelist="] {
            assert!(
                options.contains(&format!("{part}{}", folder.path().display())),
                "{options}"
            );
        }
        assert!(options.contains("Dir::Etc::sourceparts=/dev/null"));
    }
}
