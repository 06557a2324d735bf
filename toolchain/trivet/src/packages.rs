//! Data of Debian's packages that every image holds: time zones, terminals, services and protocols.
//!
//! They are fetched and unpacked once, into the cache folder; nothing of them is in the tree.

use crate::debian::{Debian, Kind};
use crate::failure::{Context, Failure, Result};
use crate::progress::Progress;
use crate::project::Project;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A part of a package.
struct Part {
    /// Debian's package.
    package: &'static str,
    /// The file or folder in it, which lies at the same place in the guest.
    path: &'static str,
    /// Folders below it that are left out.
    without: &'static [&'static str],
}

const PARTS: [Part; 4] = [
    // posix is what lies beside it once more; right counts leap seconds, which no clock here does.
    Part {
        package: "tzdata",
        path: "usr/share/zoneinfo",
        without: &["posix", "right"],
    },
    Part {
        package: "ncurses-base",
        path: "lib/terminfo",
        without: &[],
    },
    Part {
        package: "netbase",
        path: "etc/services",
        without: &[],
    },
    Part {
        package: "netbase",
        path: "etc/protocols",
        without: &[],
    },
];

/// A file or folder of the host that lies in every image.
#[derive(Debug)]
pub struct Data {
    /// Its path in the guest.
    pub guest: String,
    /// Where it lies on the host.
    pub host: PathBuf,
    /// The package that it comes from.
    pub package: String,
}

/// All parts, unpacked if they are not in the cache.
pub fn data(project: &Project, offline: bool) -> Result<Vec<Data>> {
    PARTS
        .iter()
        .map(|part| {
            let folder = unpacked(project, part, offline)?;
            Ok(Data {
                guest: part.path.to_owned(),
                host: folder.join(part.path),
                package: part.package.to_owned(),
            })
        })
        .collect()
}

fn unpacked(project: &Project, part: &Part, offline: bool) -> Result<PathBuf> {
    let _lock = project.lock(&format!("package-{}", part.package))?;
    let folder = project.cache_folder("packages")?.join(part.package);
    if folder.join(part.path).exists() {
        return Ok(folder);
    }
    if offline {
        return Err(
            Failure::new(format!("Debian's package {} is not in the cache", part.package))
                .help("run the command once without --offline"),
        );
    }
    let progress = Progress::start(format!("unpacking Debian's {}", part.package));
    // Unpacked beside, so that half of a package never counts as one.
    let parent = folder.parent().unwrap_or(Path::new("/"));
    let new = tempfile::tempdir_in(parent).context(|| format!("making a folder in {}", parent.display()))?;
    Debian::new(project)?.fetch(Kind::Package, part.package, &new.path().join("fetched"))?;
    let root = new.path().join("root");
    let entries = fs::read_dir(new.path().join("fetched")).context(|| "listing what was fetched")?;
    for entry in entries.flatten() {
        let mut unpack = Command::new("dpkg-deb");
        unpack.arg("--extract").arg(entry.path()).arg(&root);
        if !unpack.status().context(|| "starting dpkg-deb")?.success() {
            return Err(Failure::new(format!(
                "{} cannot be unpacked",
                entry.path().display()
            )));
        }
    }
    if !root.join(part.path).exists() {
        return Err(Failure::new(format!(
            "Debian's {} has no {}",
            part.package, part.path
        )));
    }
    for name in part.without {
        let unwanted = root.join(part.path).join(name);
        if unwanted.exists() {
            fs::remove_dir_all(&unwanted).context(|| format!("removing {}", unwanted.display()))?;
        }
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).context(|| format!("removing {}", folder.display()))?;
    }
    fs::rename(&root, &folder).context(|| format!("writing {}", folder.display()))?;
    progress.done();
    Ok(folder)
}
