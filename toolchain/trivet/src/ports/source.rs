//! A port's source: the upstream tarball from Debian, checked, and its unpacked tree.

use super::recipe::Recipe;
use super::tree::tree_hash;
use crate::debian::{Debian, Kind, sha256_file};
use crate::failure::{Context, Failure, Result};
use crate::project::Project;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The checked tarball, fetched if it is not in the cache.
pub fn tarball(project: &Project, recipe: &Recipe, offline: bool) -> Result<PathBuf> {
    let folder = project.cache_folder("sources")?;
    let path = folder.join(&recipe.source.tarball);
    if path.is_file() && sha256_file(&path)? == recipe.source.sha256 {
        return Ok(path);
    }
    if offline {
        return Err(
            Failure::new(format!("the source of {} is not in the cache", recipe.name))
                .help("run the command once without --offline"),
        );
    }
    // Fetched beside, so that a broken file never takes the place of a good one.
    let fetched =
        tempfile::tempdir_in(&folder).context(|| format!("making a folder in {}", folder.display()))?;
    Debian::new(project)?.fetch(Kind::UpstreamTarball, &recipe.source.package, fetched.path())?;
    let new = fetched.path().join(&recipe.source.tarball);
    if !new.is_file() {
        let names: Vec<String> = fs::read_dir(fetched.path())
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        return Err(Failure::new(format!(
            "Debian's package {} no longer has {}, but {}",
            recipe.source.package,
            recipe.source.tarball,
            names.join(", ")
        ))
        .help(format!(
            "ports/{}/recipe.toml must name the new version, with its hashes",
            recipe.name
        )));
    }
    let hash = sha256_file(&new)?;
    if hash != recipe.source.sha256 {
        return Err(Failure::new(format!(
            "{}: its SHA-256 is {hash}, not {}",
            new.display(),
            recipe.source.sha256
        ))
        .help("the file is damaged or not the one that the recipe was written for; it was not used"));
    }
    fs::rename(&new, &path).context(|| format!("writing {}", path.display()))?;
    Ok(path)
}

/// Unpacks the tarball into `folder`, without its top folder, and compares the tree with the recipe's hash.
pub fn unpack(recipe: &Recipe, tarball: &Path, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).context(|| format!("making {}", folder.display()))?;
    let mut tar = Command::new("tar");
    tar.args(["--extract", "--strip-components=1", "--no-same-owner", "--file"])
        .arg(tarball);
    tar.arg("--directory").arg(folder);
    let status = tar.status().context(|| "starting tar")?;
    if !status.success() {
        return Err(Failure::new(format!("unpacking {} failed", tarball.display())));
    }
    check(recipe, folder, "unpacking")
}

/// Compares a source tree with the recipe's hash.
pub fn check(recipe: &Recipe, folder: &Path, after: &str) -> Result<()> {
    let hash = tree_hash(folder)?;
    if hash == recipe.source.tree {
        return Ok(());
    }
    Err(Failure::new(format!(
        "the source of {} is not as the recipe says: after {after} its tree's hash is {hash}",
        recipe.name
    ))
    .help("a port builds the upstream source as it is; its steps may write only to the build folder"))
}
