//! Ports: unmodified upstream programs, built by our toolchain.
//!
//! A port is a folder under `ports/` with a `recipe.toml`, which is data (`recipe`). `source` fetches the
//! upstream tarball and unpacks it, `tree` proves that nothing touches it, `build` runs the recipe's steps,
//! `test` its single tests and `suite` upstream's whole test suite, in the guest.

pub mod build;
pub mod recipe;
pub mod source;
pub mod suite;
pub mod test;
pub mod tree;

use crate::failure::{Context, Result};
use crate::project::Project;
use recipe::Recipe;
use std::fs;
use std::path::PathBuf;

/// A program of a port in the image.
#[derive(Debug, Clone)]
pub struct GuestProgram {
    /// The port.
    pub port: String,
    /// Its path in the guest.
    pub guest: String,
    /// The file on the host.
    pub host: PathBuf,
    /// Its further names, which are links in its folder.
    pub links: Vec<String>,
}

/// The programs of all ports that belong to every image, and of those in `wanted`, built if need be.
pub fn guest_programs(project: &Project, wanted: &[String], offline: bool) -> Result<Vec<GuestProgram>> {
    let mut programs = Vec::new();
    for name in wanted {
        Recipe::read(project, name)?;
    }
    let is_wanted = |recipe: &&Recipe| recipe.in_image || wanted.contains(&recipe.name);
    for recipe in Recipe::all(project)?.iter().filter(is_wanted) {
        let folder = build::build(project, recipe, offline)?;
        for program in &recipe.programs {
            let links = match &program.links {
                None => Vec::new(),
                Some(list) => {
                    let path = folder.join(list);
                    let text = fs::read_to_string(&path).context(|| format!("reading {}", path.display()))?;
                    names(&text, &program.to)
                }
            };
            programs.push(GuestProgram {
                port: recipe.name.clone(),
                guest: program.to.clone(),
                host: folder.join(&program.from),
                links,
            });
        }
    }
    // A program that a port of its own makes takes the place of another's link.
    let own: Vec<String> = programs.iter().map(|program| program.guest.clone()).collect();
    for program in &mut programs {
        let folder = folder_of(&program.guest).to_owned();
        program
            .links
            .retain(|link| !own.contains(&format!("{folder}{link}")));
    }
    Ok(programs)
}

/// The port that makes a program of this name and is not in every image.
pub fn port_of(project: &Project, program: &str) -> Result<Option<String>> {
    let makes = |recipe: &Recipe| {
        let mut names = recipe.programs.iter().map(|made| made.to.rsplit('/').next());
        names.any(|name| name == Some(program))
    };
    Ok(Recipe::all(project)?
        .into_iter()
        .find(|recipe| !recipe.in_image && makes(recipe))
        .map(|recipe| recipe.name))
}

/// A path's folder, with its slash.
pub fn folder_of(path: &str) -> &str {
    &path[..path.rfind('/').map_or(0, |slash| slash + 1)]
}

/// The names in a list of paths, each once, without the program's own.
fn names(list: &str, program: &str) -> Vec<String> {
    let mut names: Vec<String> = list
        .lines()
        .filter_map(|line| line.rsplit('/').next())
        .filter(|name| !name.is_empty() && *name != program.rsplit('/').next().unwrap_or_default())
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_the_last_parts_of_the_paths() {
        assert_eq!(
            names("/bin/ls\n/usr/bin/awk\n/bin/busybox\n/sbin/ls\n\n", "bin/busybox"),
            ["awk", "ls"]
        );
        assert_eq!(folder_of("bin/busybox"), "bin/");
    }
}
